//! Input of the rules of services: a value within the properties with its place, and the other resources of the template.

use formwork_template::Template;
use serde_json::Value as Json;

use crate::check::Parts;
use crate::finding::Severity;
use crate::instance::{Reader, placeholder, refers, spelled};
use crate::rules::macros;
use crate::schema::Explained;

/// Errors of a rule; places count from the root of the properties.
pub(crate) type Errors = Vec<Explained>;

/// The other resources of the template, as CloudFormation would see them in the same scenario.
pub(super) struct Peers<'p, 'r> {
    pub(super) reader: &'p mut Reader<'r>,
    pub(super) parts: &'p Parts,
}

impl Peers<'_, '_> {
    /// The properties of the resource that a value refers to, if it is of the type.
    pub(super) fn of(&mut self, at: &At<'_>, type_name: &str) -> Option<Json> {
        let (id, _) = refers(at.value)?;
        let resource = resource(self.reader.setting.template, id, type_name)?;
        if macros::rewrites(self.reader.setting.template, resource) {
            return None;
        }
        self.reader.read(self.parts.properties.get(id)?)
    }
}

/// The resource with this logical id, if it is of the type.
pub(super) fn resource<'t>(
    template: &'t Template,
    id: &str,
    type_name: &str,
) -> Option<&'t formwork_template::Resource> {
    template.resources.get(id).filter(|resource| resource.type_name == type_name)
}

/// A value within the properties, and its place.
#[derive(Clone, Debug)]
pub(super) struct At<'v> {
    pub(super) value: &'v Json,
    pub(super) path: Vec<String>,
}

impl<'v> At<'v> {
    pub(super) fn below(&self, segment: String, value: &'v Json) -> At<'v> {
        At { value, path: self.path.iter().cloned().chain([segment]).collect() }
    }

    /// The value itself, when it is known.
    pub(super) fn known(&self) -> Option<&'v Json> {
        placeholder(self.value).is_none().then_some(self.value)
    }

    /// The entry of an object.
    pub(super) fn get(&self, key: &str) -> Option<At<'v>> {
        let value = self.known()?.as_object()?.get(key)?;
        Some(self.below(key.to_owned(), value))
    }

    /// The entry at the end of a path of keys.
    pub(super) fn find(&self, keys: &[&str]) -> Option<At<'v>> {
        keys.iter().try_fold(self.clone(), |at, key| at.get(key))
    }

    /// True if an object has the entry, known or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The entries of a list; none of anything else.
    pub(super) fn items(&self) -> Vec<At<'v>> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, item)| self.below(index.to_string(), item)).collect()
    }

    /// The entries of a list, or the one value that may stand in its place.
    pub(super) fn one_or_many(&self) -> Vec<At<'v>> {
        if self.value.is_array() { self.items() } else { vec![self.clone()] }
    }

    /// The entries of an object.
    pub(super) fn entries(&self) -> Vec<(&'v str, At<'v>)> {
        let entries = self.known().and_then(Json::as_object).into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), self.below(key.clone(), value))).collect()
    }

    /// A text, or how `Fn::Sub` would spell a function that gives one.
    pub(super) fn spelled(&self) -> Option<&'v str> {
        spelled(self.value)
    }

    /// True if an object in it has such a key; most have none, and this makes no places.
    pub(super) fn mentions(&self, is_it: fn(&str) -> bool) -> bool {
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
    pub(super) fn all(&self, visit: &mut dyn FnMut(&At<'v>)) {
        visit(self);
        for (key, entry) in self.entries() {
            // Names in these maps are people's own, and no properties.
            if !matches!(key, "Parameters" | "Variables") {
                entry.all(visit);
            }
        }
        for item in self.items() {
            item.all(visit);
        }
    }

    /// A known text.
    pub(super) fn text(&self) -> Option<&'v str> {
        self.value.as_str()
    }

    /// A known truth value; CloudFormation takes texts for one, too.
    pub(super) fn truth(&self) -> Option<bool> {
        match self.value {
            Json::Bool(value) => Some(*value),
            Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A known whole number; CloudFormation takes texts for one, too.
    pub(super) fn integer(&self) -> Option<i64> {
        match self.value {
            Json::Number(number) => number.as_i64(),
            Json::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A mistake of this place. In the message, `{}` is the place's name and `{value}` its value.
    pub(super) fn wrong(&self, rule: &'static str, message: &str) -> Explained {
        Explained {
            path: self.path.clone(),
            value: message.contains("{value}").then(|| self.value.clone()),
            ..Explained::error(rule, message.to_owned())
        }
    }
}

impl Explained {
    pub(super) fn allowed(self, allowed: impl Into<String>) -> Explained {
        Explained { allowed: Some(allowed.into()), ..self }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Explained {
        Explained { hint: Some(hint.into()), ..self }
    }

    pub(super) fn warning(self) -> Explained {
        Explained { severity: Severity::Warning, ..self }
    }

    /// Error with these as the allowed values, of which the value was perhaps meant to be one.
    pub(super) fn one_of(self, wrong: &str, known: &[&str]) -> Explained {
        let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        let allowed = crate::rules::listed(known.iter().map(String::as_str));
        Explained { allowed: Some(allowed), wrong: wrong.to_owned(), known, ..self }
    }
}
