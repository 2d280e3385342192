//! The sections beside the resources, compared entry by entry as they are written.

use formwork_template::json::to_value;
use formwork_template::{Template, Value, memory};
use serde_json::{Map, Value as Json};

use crate::diff::EntryDiff;
use crate::value::same;

/// A value of the document as plain JSON, functions as the objects that spell them.
pub(crate) fn plain(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => Json::Number(number.clone()),
        Value::String(text) => Json::String(text.clone()),
        Value::List(items) => Json::Array(items.iter().map(plain).collect()),
        Value::Map(map) => Json::Object(object(map)),
        Value::Function(function) => match &**function {
            formwork_template::Function::Untyped(value) => plain(value),
            function => Json::Object(object(&function.to_map())),
        },
    }
}

/// An object of the document as plain JSON.
pub(crate) fn object(map: &formwork_template::Map) -> Map<String, Json> {
    map.iter().map(|(key, item)| (key.clone(), plain(item))).collect()
}

/// The declarations of parameters.
pub(crate) fn parameters(template: &Template) -> Map<String, Json> {
    template.parameters.iter().map(|(name, parameter)| (name.clone(), plain(&to_value(parameter)))).collect()
}

/// The template's metadata, without the memory of the deployer, which is never a change.
pub(crate) fn metadata(template: &Template) -> Map<String, Json> {
    let mut metadata = object(&template.metadata);
    metadata.retain(|name, _| name != memory::ENTRY);
    metadata
}

/// The sections of the template that no command has a meaning for, its description without the mark of its app, and its transforms.
pub(crate) fn others(template: &Template) -> Map<String, Json> {
    let mut others = Map::new();
    let description = template.description.as_deref().map(|whole| (whole, memory::without_mark(whole)));
    if let Some((_, text)) = description.filter(|(whole, text)| whole.is_empty() || !text.is_empty()) {
        others.insert("Description".to_owned(), Json::from(text));
    }
    if let Some(transform) = &template.transform {
        others.insert("Transform".to_owned(), plain(transform));
    }
    others.extend(object(&template.others));
    others
}

/// True for a change of `Transform` that is not one of `AWS::LanguageExtensions` alone, which is worked out on both sides.
pub(crate) fn calls_macros(transform: &EntryDiff) -> bool {
    let macros = |side: &Option<Json>| -> Vec<Json> {
        let all = match side {
            None => Vec::new(),
            Some(Json::Array(all)) => all.clone(),
            Some(one) => vec![one.clone()],
        };
        all.into_iter().filter(|one| one != "AWS::LanguageExtensions").collect()
    };
    macros(&transform.before) != macros(&transform.after)
}

/// The entries that differ, those of the new side first.
pub(crate) fn entries(before: Option<&Map<String, Json>>, after: Option<&Map<String, Json>>) -> Vec<EntryDiff> {
    let empty = Map::new();
    let (before, after) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    let stay = after.iter().map(|(name, entry)| (name, before.get(name), Some(entry))).filter(|(_, before, after)| {
        match (before, after) {
            (Some(before), Some(after)) => !same(before, after),
            _ => true,
        }
    });
    let gone =
        before.iter().filter(|(name, _)| !after.contains_key(*name)).map(|(name, entry)| (name, Some(entry), None));
    stay.chain(gone)
        .map(|(name, before, after)| EntryDiff {
            name: name.clone(),
            before: before.cloned(),
            after: after.cloned(),
            used_by: None,
        })
        .collect()
}
