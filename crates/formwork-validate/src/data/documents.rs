//! Documents within properties and beside them: state machines, SSM documents, update policies, `AWS::CloudFormation::Init`.
//!
//! Sources: Amazon States Language (states-language.net/spec.html) and Step Functions Developer Guide; Systems Manager User Guide,
//! "Data elements and parameters"; CloudFormation User Guide, "UpdatePolicy attribute" and "AWS::CloudFormation::Init".

use formwork_template::function::Function;
use serde_json::{Value as Json, json};

use super::subject::Subject;
use crate::check::Check;
use crate::finding::{Finding, Severity, rule};
use crate::instance::{Reader, placeholder, worked_out};
use crate::rules::{explained, path};
use crate::scenario::Scenario;
use crate::schema::{Compiled, Explained};

/// The types that have an update policy, for people.
const WITH_UPDATE_POLICY: &str = "groups of Auto Scaling, replication groups of ElastiCache, domains of Elasticsearch and \
                                  OpenSearch, aliases of Lambda and fleets of AppStream have one";

/// Placeholder in a document for a value that is filled in later.
const UNKNOWN: &str = "${";

pub(super) fn check(check: &mut Check<'_, '_>, subject: &Subject<'_>) {
    match subject.type_name {
        "AWS::StepFunctions::StateMachine" => {
            for key in ["Definition", "DefinitionString"] {
                state_machine(check, subject, key);
            }
        }
        "AWS::SSM::Document" => {
            let Some(content) = document(subject, "Content") else { return };
            let Some(schema) = check.schemas.data.document("document", |schema| schema) else { return };
            judged(check, subject, "Content", &content, &schema);
        }
        _ => {}
    }
}

/// Value of a property, as an object: itself, or what its text says in JSON. A text that is put together by `Fn::Sub` is one, too.
fn document(subject: &Subject<'_>, key: &str) -> Option<Json> {
    let value = subject.instance.get(key)?;
    if let Some(text) = value.as_str() {
        let parsed = serde_json::from_str(text).ok()?;
        return Some(worked_out(&parsed, UNKNOWN));
    }
    if placeholder(value).is_none() {
        return Some(worked_out(value, UNKNOWN));
    }
    match subject.properties.as_map()?.get(key)?.as_function()? {
        Function::Sub { text, .. } => serde_json::from_str(text).ok().map(|parsed| worked_out(&parsed, UNKNOWN)),
        _ => None,
    }
}

fn state_machine(check: &mut Check<'_, '_>, subject: &Subject<'_>, key: &str) {
    let Some(definition) = document(subject, key) else { return };
    let name = match definition.get("QueryLanguage").and_then(Json::as_str) {
        Some("JSONata") => "statemachine jsonata",
        _ => "statemachine",
    };
    let Some(schema) = check.schemas.data.document(name, |schema| states_language(name, schema)) else { return };
    judged(check, subject, key, &definition, &schema);
    let mut wrong = Vec::new();
    transitions(&definition, &[], &mut wrong);
    // Names that `Fn::Sub` fills stand between the same signs, and are gone from the text that it gives.
    let written = match subject.instance.get(key) {
        Some(Json::String(text)) => serde_json::from_str(text).ok(),
        Some(value) => Some(value.clone()).filter(|value| placeholder(value).is_none()),
        None => None,
    };
    if let Some((written, names)) = written.zip(substitutions(subject)) {
        unsubstituted(&written, &[], &names, &mut wrong);
    }
    for explained in wrong {
        told(check, subject, key, explained);
    }
}

/// Says what is wrong in a document at its place, or at that of the text that it is in.
fn judged(check: &mut Check<'_, '_>, subject: &Subject<'_>, key: &str, value: &Json, schema: &Compiled) {
    for explained in schema.errors(value) {
        told(check, subject, key, explained);
    }
}

fn told(check: &mut Check<'_, '_>, subject: &Subject<'_>, key: &str, explained: Explained) {
    let is_text = subject.instance.get(key).is_none_or(|value| value.is_string() || placeholder(value).is_some());
    let inner = explained.path.join(".");
    let place: Vec<String> = match is_text {
        true => vec![key.to_owned()],
        false => [key.to_owned()].into_iter().chain(explained.path.iter().cloned()).collect(),
    };
    // The message names what the document has, not the property that it is in.
    let name = explained.path.iter().rev().find(|segment| segment.parse::<usize>().is_err());
    let name = name.map_or_else(|| format!("`{key}`"), |name| format!("`{name}`"));
    let mut message = explained.message.replacen("{}", &name, 1);
    if is_text && !inner.is_empty() {
        message += &format!(", at `{inner}`");
    }
    check.add(subject.finding(&Explained { rule: rule::DOCUMENT, path: place, message, ..explained }));
}

/// The schema as AWS means it: `#/` stands for the whole, ARNs are of any partition, and with JSONata every state is written in it.
fn states_language(name: &str, mut schema: Json) -> Json {
    // Definitions stand at the root, where rewriting leaves them.
    let choice = schema.pointer_mut("/definitions/choice").and_then(Json::as_object_mut);
    let inner = choice.and_then(|choice| choice.shift_remove("definitions"));
    for (name, definition) in inner.as_ref().and_then(Json::as_object).into_iter().flatten() {
        schema["definitions"][format!("choice.{name}")] = definition.clone();
    }
    replace(&mut schema, "$ref", &|target| match target.strip_prefix("#/definitions/choice/definitions/") {
        Some(name) => Some(format!("#/definitions/choice.{name}")),
        None => (target == "#/").then(|| "#".to_owned()),
    });
    replace(&mut schema, "pattern", &|pattern| {
        pattern.strip_prefix("^arn:aws:").map(|rest| format!("^arn:aws[a-z-]*:{rest}"))
    });
    if name == "statemachine" {
        return schema;
    }
    let definitions = &mut schema["definitions"];
    definitions["common"]["allOf"] = json!([{ "properties": {
        "QueryLanguage": { "const": "JSONata" }, "InputPath": false, "OutputPath": false, "Parameters": false,
        "ResultPath": false, "ResultSelector": false,
    } }]);
    definitions["choice"]["allOf"] = json!([{ "properties": { "Choices": { "items": {
        "type": "object", "additionalProperties": false, "required": ["Condition", "Next"],
        "properties": {
            "Comment": { "type": "string" }, "Condition": { "type": "string" }, "Next": { "type": "string" },
            "Assign": { "type": "object" }, "Output": { "type": ["string", "object"] },
        },
    } } } }]);
    definitions["wait"]["properties"]["Seconds"] = json!({ "type": ["number", "string"] });
    for key in ["ItemsPath", "MaxConcurrencyPath"] {
        definitions["map"]["properties"][key] = false.into();
    }
    for state in ["choice", "fail", "map", "parallel", "pass", "task", "wait"] {
        definitions[state]["properties"]["Arguments"] = json!({ "type": ["string", "object"] });
    }
    schema
}

fn replace(schema: &mut Json, key: &str, by: &dyn Fn(&str) -> Option<String>) {
    match schema {
        Json::Object(entries) => {
            for (name, value) in entries {
                match value.as_str().filter(|_| name == key).and_then(by) {
                    Some(other) => *value = other.into(),
                    None => replace(value, key, by),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| replace(item, key, by)),
        _ => {}
    }
}

/// The states that others name as the first or the next one, which must be states beside them.
fn transitions(machine: &Json, at: &[String], wrong: &mut Vec<Explained>) {
    let states = machine.get("States").filter(|states| placeholder(states).is_none());
    let Some(states) = states.and_then(Json::as_object) else { return };
    let target = |value: Option<&Json>, place: Vec<String>, wrong: &mut Vec<Explained>| {
        let Some(name) = value.and_then(Json::as_str).filter(|name| !states.contains_key(*name)) else { return };
        let known: Vec<String> = states.keys().cloned().collect();
        wrong.push(Explained {
            path: place,
            known,
            wrong: name.to_owned(),
            ..Explained::error(rule::DOCUMENT, format!("`{name}` is not a state beside this one"))
        });
    };
    let below = |at: &[String], more: &[&str]| -> Vec<String> {
        at.iter().cloned().chain(more.iter().map(|segment| (*segment).to_owned())).collect()
    };
    target(machine.get("StartAt"), below(at, &["StartAt"]), wrong);
    for (name, state) in states {
        let here = below(at, &["States", name]);
        for key in ["Next", "Default"] {
            target(state.get(key), below(&here, &[key]), wrong);
        }
        for list in ["Catch", "Choices"] {
            for (index, entry) in state.get(list).and_then(Json::as_array).into_iter().flatten().enumerate() {
                target(entry.get("Next"), below(&here, &[list, &index.to_string(), "Next"]), wrong);
            }
        }
        for (index, branch) in state.get("Branches").and_then(Json::as_array).into_iter().flatten().enumerate() {
            transitions(branch, &below(&here, &["Branches", &index.to_string()]), wrong);
        }
        for key in ["ItemProcessor", "Iterator"] {
            if let Some(inner) = state.get(key) {
                transitions(inner, &below(&here, &[key]), wrong);
            }
        }
    }
}

/// The names that `DefinitionSubstitutions` gives values to; `None` where they are not known.
fn substitutions(subject: &Subject<'_>) -> Option<Vec<String>> {
    match subject.instance.get("DefinitionSubstitutions") {
        None => Some(Vec::new()),
        Some(names) if placeholder(names).is_some() => None,
        Some(names) => Some(names.as_object()?.keys().cloned().collect()),
    }
}

/// Tasks whose resource is a name that nothing is put in for.
///
/// Source: AWS CloudFormation Template Reference, `AWS::StepFunctions::StateMachine`, `DefinitionSubstitutions`; Step Functions
/// Developer Guide, "Task workflow state" (`Resource` is an ARN).
fn unsubstituted(value: &Json, at: &[String], names: &[String], wrong: &mut Vec<Explained>) {
    let entries: Vec<(String, &Json)> = match value {
        Json::Object(entries) => entries.iter().map(|(key, item)| (key.clone(), item)).collect(),
        Json::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => return,
    };
    let is_task = value.get("Type").and_then(Json::as_str) == Some("Task");
    for (key, item) in entries {
        let place: Vec<String> = at.iter().cloned().chain([key.clone()]).collect();
        let text = item.as_str().filter(|_| is_task && key == "Resource");
        let name = text.and_then(|text| text.strip_prefix("${")?.strip_suffix('}'));
        match name.filter(|name| !names.iter().any(|known| known == name)) {
            Some(name) => wrong.push(Explained {
                path: place,
                known: names.to_vec(),
                wrong: name.to_owned(),
                ..Explained::error(rule::DOCUMENT, format!("`DefinitionSubstitutions` has nothing for `${{{name}}}`"))
            }),
            None => unsubstituted(item, &place, names, wrong),
        }
    }
}

/// Documents of resources that are beside their properties.
pub(super) fn beside_properties(check: &mut Check<'_, '_>) {
    let template = check.template;
    let scenario = Scenario::new();
    for (id, resource) in &template.resources {
        let type_name = &*resource.type_name;
        if let Some(policy) = &resource.update_policy {
            let mut reader = Reader { setting: check.setting(), scenario: &scenario, schemas: check.schemas };
            let policy = reader.read(policy).filter(|policy| placeholder(policy).is_none());
            let schema = check.schemas.data.document("update_policy", |schema| schema);
            if let Some((policy, schema)) = policy.zip(schema) {
                let value = json!({ "Type": type_name, "UpdatePolicy": policy });
                let mut errors = schema.errors(&value);
                for one in errors.iter_mut().filter(|one| one.path == ["UpdatePolicy"] && one.hint.is_none()) {
                    one.hint = Some(WITH_UPDATE_POLICY.to_owned());
                }
                add(check, id, type_name, &[], Severity::Error, rule::RESOURCE, errors);
            }
        }
        let init = resource.metadata.get("AWS::CloudFormation::Init");
        if let Some(init) = init {
            let mut reader = Reader { setting: check.setting(), scenario: &scenario, schemas: check.schemas };
            let init = reader.read(init).filter(|init| placeholder(init).is_none());
            let schema = check.schemas.data.document("cfn_init", |schema| schema);
            if let Some((init, schema)) = init.zip(schema) {
                // CloudFormation looks at no metadata: what is wrong here fails on the instance, later.
                let place = ["Metadata", "AWS::CloudFormation::Init"];
                add(check, id, type_name, &place, Severity::Warning, rule::DOCUMENT, schema.errors(&init));
            }
        }
    }
}

fn add(
    check: &mut Check<'_, '_>,
    id: &str,
    type_name: &str,
    place: &[&str],
    severity: Severity,
    rule: &'static str,
    errors: Vec<Explained>,
) {
    for explained in errors {
        let mut at = path(&["Resources", id]);
        at.extend(path(place));
        at.extend(explained.path.iter().cloned());
        let Some(schema) = check.schemas.get(type_name) else { return };
        let found = explained::finding(type_name, &schema, &Explained { rule, severity, ..explained }, &at);
        check.add(Finding { severity, ..found });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Store;

    #[test]
    fn every_schema_compiles() {
        let mut data = Store::default();
        for name in ["statemachine", "statemachine jsonata"] {
            let schema = data.document(name, |schema| states_language(name, schema)).expect("a schema");
            assert_eq!(schema.failure(), None, "{name}");
        }
        for name in ["document", "cfn_init", "update_policy"] {
            let schema = data.document(name, |schema| schema).expect("a schema");
            assert_eq!(schema.failure(), None, "{name}");
        }
    }
}
