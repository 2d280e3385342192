//! What services ask of properties beyond what their schemas say, one module a service. Rules of which a service's own
//! documentation is sure, and which do not change from year to year; no tables of what AWS offers today.
//!
//! Each is asked about the properties as CloudFormation would see them in one scenario ([`crate::instance`]), so that conditions
//! and functions need no thought: what is not known is a placeholder, and says nothing.

mod backup;
mod certificates;
mod cidr;
mod cloudfront;
mod codebuild;
mod codepipeline;
mod distributions;
mod dynamodb;
mod ecs;
mod elasticache;
mod key_policies;
mod lambda;
mod limits;
mod names;
pub(crate) mod policies;
mod ports;
mod route53;
mod security_groups;
mod user_data;
mod web_acls;

pub(crate) use names::folded;

use formwork_template::{Template, Value};
use serde_json::Value as Json;

use crate::check::{Check, Parts};
use crate::finding::Severity;
use crate::instance::{Reader, placeholder, refers, spelled};
use crate::rules::macros;
use crate::schema::Explained;

/// What a rule says; places count from the root of the properties.
pub(crate) type Errors = Vec<Explained>;

/// What is wrong with the properties of a type in one scenario.
pub(crate) fn errors(
    reader: &mut Reader<'_>,
    parts: &Parts,
    region: Option<&str>,
    type_name: &str,
    properties: &Json,
) -> Errors {
    let at = At { value: properties, path: Vec::new() };
    let mut errors = Errors::new();
    let mut peers = Peers { reader, parts };
    match type_name {
        "AWS::Backup::BackupPlan" => backup::plan(&at, &mut errors),
        "AWS::CertificateManager::Certificate" => certificates::certificate(&at, &mut errors),
        "AWS::CloudFront::Distribution" => {
            cloudfront::distribution(&at, &mut errors);
            distributions::check(&at, &mut peers, &mut errors);
        }
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => dynamodb::table(&at, &mut errors),
        "AWS::ElastiCache::ReplicationGroup" => elasticache::replication_group(&at, &mut errors),
        "AWS::Lambda::Function" => {
            lambda::function(&at, &mut errors);
            limits::function(&at, region, &mut errors);
        }
        "AWS::CodePipeline::Pipeline" => codepipeline::pipeline(&at, &mut errors),
        "AWS::ECS::TaskDefinition" => ecs::task_definition(&at, &mut errors),
        "AWS::Route53::RecordSet" => {
            route53::record_set(&at, region, &mut errors);
            distributions::record_set(&at, &mut peers, &mut errors);
        }
        "AWS::Route53::RecordSetGroup" => {
            route53::record_set_group(&at, region, &mut errors);
            distributions::record_set_group(&at, &mut peers, &mut errors);
        }
        "AWS::WAFv2::WebACLAssociation" => web_acls::association(&at, &mut peers, &mut errors),
        _ => {}
    }
    cidr::check(type_name, &at, &mut errors);
    ports::check(&at, &mut errors);
    security_groups::check(type_name, &at, &mut errors);
    web_acls::scope(type_name, &at, region, &mut errors);
    key_policies::check(type_name, &at, &mut errors);
    policies::check(type_name, &at, &mut errors);
    errors
}

/// The other resources of the template, as CloudFormation would see them in the same scenario.
struct Peers<'p, 'r> {
    reader: &'p mut Reader<'r>,
    parts: &'p Parts,
}

impl Peers<'_, '_> {
    /// The properties of the resource that a value refers to, if it is of the type.
    fn of(&mut self, at: &At<'_>, type_name: &str) -> Option<Json> {
        let (id, _) = refers(at.value)?;
        let resource = resource(self.reader.template, id, type_name)?;
        if macros::rewrites(self.reader.template, resource) {
            return None;
        }
        self.reader.read(self.parts.properties.get(id)?)
    }
}

/// Rules about a resource's references to others, which are not known in the properties as CloudFormation sees them.
pub(crate) fn references(check: &mut Check<'_, '_>, id: &str, type_name: &str, properties: &Value) {
    cloudfront::certificate_region(check, id, type_name, properties);
    codebuild::role(check, id, type_name, properties);
    user_data::check(check, id, type_name, properties);
}

/// The resource with this logical id, if it is of the type.
fn resource<'t>(template: &'t Template, id: &str, type_name: &str) -> Option<&'t formwork_template::Resource> {
    template.resources.get(id).filter(|resource| resource.type_name == type_name)
}

/// A value within the properties, and its place.
#[derive(Clone, Debug)]
struct At<'v> {
    value: &'v Json,
    path: Vec<String>,
}

impl<'v> At<'v> {
    fn below(&self, segment: String, value: &'v Json) -> At<'v> {
        At { value, path: self.path.iter().cloned().chain([segment]).collect() }
    }

    /// The value itself, when it is known.
    fn known(&self) -> Option<&'v Json> {
        placeholder(self.value).is_none().then_some(self.value)
    }

    /// The entry of an object.
    fn get(&self, key: &str) -> Option<At<'v>> {
        let value = self.known()?.as_object()?.get(key)?;
        Some(self.below(key.to_owned(), value))
    }

    /// The entry at the end of a path of keys.
    fn find(&self, keys: &[&str]) -> Option<At<'v>> {
        keys.iter().try_fold(self.clone(), |at, key| at.get(key))
    }

    /// Whether an object has the entry, known or not.
    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The entries of a list; none of anything else.
    fn items(&self) -> Vec<At<'v>> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, item)| self.below(index.to_string(), item)).collect()
    }

    /// The entries of a list, or the one value that may stand in its place.
    fn one_or_many(&self) -> Vec<At<'v>> {
        if self.value.is_array() { self.items() } else { vec![self.clone()] }
    }

    /// The entries of an object.
    fn entries(&self) -> Vec<(&'v str, At<'v>)> {
        let entries = self.known().and_then(Json::as_object).into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), self.below(key.clone(), value))).collect()
    }

    /// A text, or how `Fn::Sub` would spell a function that gives one.
    fn spelled(&self) -> Option<&'v str> {
        spelled(self.value)
    }

    /// Whether an object in it has such a key; most have none, and this makes no places.
    fn mentions(&self, is_it: fn(&str) -> bool) -> bool {
        fn look(value: &Json, is_it: fn(&str) -> bool) -> bool {
            match value {
                Json::Array(items) => items.iter().any(|item| look(item, is_it)),
                Json::Object(entries) => entries.iter().any(|(key, item)| is_it(key) || look(item, is_it)),
                _ => false,
            }
        }
        look(self.value, is_it)
    }

    /// This value and all that is in it.
    fn all(&self, visit: &mut dyn FnMut(&At<'v>)) {
        visit(self);
        for (key, entry) in self.entries() {
            // What people name themselves there is no property.
            if !matches!(key, "Parameters" | "Variables") {
                entry.all(visit);
            }
        }
        for item in self.items() {
            item.all(visit);
        }
    }

    /// A known text.
    fn text(&self) -> Option<&'v str> {
        self.value.as_str()
    }

    /// A known truth value; CloudFormation takes texts for one, too.
    fn truth(&self) -> Option<bool> {
        match self.value {
            Json::Bool(value) => Some(*value),
            Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A known whole number; CloudFormation takes texts for one, too.
    fn integer(&self) -> Option<i64> {
        match self.value {
            Json::Number(number) => number.as_i64(),
            Json::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A mistake of this place. In the message, `{}` is the place's name and `{value}` its value.
    fn wrong(&self, rule: &'static str, message: &str) -> Explained {
        Explained {
            path: self.path.clone(),
            value: message.contains("{value}").then(|| self.value.clone()),
            ..Explained::error(rule, message.to_owned())
        }
    }
}

impl Explained {
    fn allowed(self, allowed: impl Into<String>) -> Explained {
        Explained { allowed: Some(allowed.into()), ..self }
    }

    fn hint(self, hint: impl Into<String>) -> Explained {
        Explained { hint: Some(hint.into()), ..self }
    }

    fn warning(self) -> Explained {
        Explained { severity: Severity::Warning, ..self }
    }

    /// What is allowed is one of these, and the value was perhaps meant to be one.
    fn one_of(self, wrong: &str, known: &[&str]) -> Explained {
        let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        let allowed = crate::rules::listed(known.iter().map(String::as_str));
        Explained { allowed: Some(allowed), wrong: wrong.to_owned(), known, ..self }
    }
}
