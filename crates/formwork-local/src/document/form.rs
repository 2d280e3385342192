//! Faults in the form of a template, in CloudFormation's words.
//!
//! Source: answers of AWS as recorded in localstack/localstack, `tests/aws/services/cloudformation/api` (`test_validations`,
//! `test_stacks`, `test_templates`). Where none is known, what the reader found is said.

use formwork_template::resource::ATTRIBUTES;
use formwork_template::{Map, ReadError, Template, Value};

/// The template that the text is, or the reason for which it is not one.
pub(super) fn template(text: &str) -> Result<Template, String> {
    let root = Value::from_text(text).map_err(|error| words(&error))?;
    if !matches!(root, Value::Map(_)) {
        // What people see who give a file's name, or nothing, in place of what is in it.
        return Err("Template format error: unsupported structure.".to_owned());
    }
    let mut path = Vec::new();
    if let Some(place) = null(&root, &mut path) {
        return Err(format!("[{place}] 'null' values are not allowed in templates"));
    }
    members(&root)?;
    Template::from_value(root).map_err(|error| words(&error))
}

/// The words for what the reader could not read.
pub(super) fn words(error: &ReadError) -> String {
    let said = match error {
        ReadError::Json { line, column, reason } => {
            format!("JSON not well-formed. (line {line}, column {column}): {reason}")
        }
        ReadError::Yaml { line, column, reason } => {
            format!("YAML not well-formed. (line {line}, column {column}): {reason}")
        }
        other => other.to_string(),
    };
    format!("Template format error: {said}")
}

/// The place of the first null.
fn null(value: &Value, path: &mut Vec<String>) -> Option<String> {
    fn inside(step: String, value: &Value, path: &mut Vec<String>) -> Option<String> {
        path.push(step);
        let found = null(value, path);
        path.pop();
        found
    }
    match value {
        Value::Null => Some(format!("/{}", path.join("/"))),
        Value::List(items) => items.iter().enumerate().find_map(|(index, item)| inside(index.to_string(), item, path)),
        Value::Map(map) => map.iter().find_map(|(key, value)| inside(key.clone(), value, path)),
        Value::Function(function) => {
            let has_null = function.arguments().into_iter().any(|argument| null(argument, &mut Vec::new()).is_some());
            has_null.then(|| null(&Value::Map(function.to_map()), path)).flatten()
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Refuses members of the sections that do not have what they must.
fn members(root: &Value) -> Result<(), String> {
    for (id, resource) in entries(root, "Resources")? {
        if let Some(unknown) = resource.keys().find(|key| !ATTRIBUTES.contains(&key.as_str())) {
            return Err(format!("Invalid template resource property '{unknown}'"));
        }
        if !resource.contains_key("Type") {
            return Err(format!(
                "Template format error: [/Resources/{id}] Every Resources object must contain a Type member."
            ));
        }
    }
    if entries(root, "Parameters")?.iter().any(|(_, parameter)| !parameter.contains_key("Type")) {
        return Err("Template format error: Every Parameters object must contain a Type member.".to_owned());
    }
    if entries(root, "Outputs")?.iter().any(|(_, output)| !output.contains_key("Value")) {
        return Err("Template format error: Every Outputs member must contain a Value object".to_owned());
    }
    Ok(())
}

/// The members of a section that people wrote: macros make others.
fn entries<'a>(root: &'a Value, section: &str) -> Result<Vec<(&'a str, &'a Map)>, String> {
    let Value::Map(root) = root else { return Ok(Vec::new()) };
    let none = || format!("Template format error: Any {section} member must be an object.");
    let members = match root.get(section) {
        None => return Ok(Vec::new()),
        Some(Value::Map(members)) => members,
        // One member whose name spells a function: the reader knows what to do with it.
        Some(Value::Function(_)) => return Ok(Vec::new()),
        Some(_) => return Err(none()),
    };
    let mut found = Vec::new();
    for (name, member) in members {
        match member {
            Value::Map(member) => found.push((name.as_str(), member)),
            Value::Function(_) => {}
            _ if name == "Fn::Transform" || name.starts_with("Fn::ForEach::") => {}
            _ => return Err(none()),
        }
    }
    Ok(found)
}
