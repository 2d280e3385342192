//! A schema that is compiled.

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::explained::Explained;
use super::{explain, keywords, pattern, rewrite};

/// A schema, rewritten, and what holds values against it.
pub(crate) struct Ready {
    schema: Value,
    validator: Validator,
}

impl Ready {
    /// Compiles a schema; the reason if it cannot be compiled.
    pub(crate) fn of(schema: &Value) -> Result<Ready, String> {
        compile(schema)
    }

    /// True if the value is as the schema asks.
    pub(crate) fn holds(&self, instance: &Value) -> bool {
        self.validator.is_valid(instance)
    }

    /// Faults of the value.
    pub(crate) fn errors(&self, instance: &Value) -> Vec<Explained> {
        if self.holds(instance) {
            return Vec::new();
        }
        self.validator.iter_errors(instance).flat_map(|error| explain::explain(&self.schema, &error)).collect()
    }
}

fn compile(schema: &Value) -> Result<Ready, String> {
    build(rewrite::rewrite(schema)).or_else(|_| {
        // A pattern in yet another dialect: the rest of the schema still holds.
        let mut schema = rewrite::rewrite(schema);
        drop_patterns(&mut schema);
        build(schema)
    })
}

fn drop_patterns(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            entries.retain(|key, value| key != "pattern" || value.as_str().is_none_or(pattern::is_known));
            entries.values_mut().for_each(drop_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_patterns),
        _ => {}
    }
}

pub(crate) fn build(schema: Value) -> Result<Ready, String> {
    // 2019-09 is the draft that takes what stands beside a `$ref`, and lists of `items`.
    let options = jsonschema::options().with_draft(Draft::Draft201909).should_validate_formats(false);
    let validator = keywords::register(options).build(&schema).map_err(|error| error.to_string())?;
    Ok(Ready { schema, validator })
}
