//! Parameters of a template replaced by literals: in `Ref`, and in the texts of `Fn::Sub`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use formwork_template::sub::{self, Part};
use formwork_template::{Function, Map, Template, Value};

/// Values of parameters. A value may have names for `Fn::Sub` in it: `${AWS::Region}`.
#[derive(Debug)]
pub(super) struct Literals(pub(super) BTreeMap<String, String>);

impl Literals {
    /// The template without these parameters.
    pub(super) fn fill(&self, mut template: Template) -> Template {
        template.parameters.retain(|name, _| !self.0.contains_key(name));
        for map in [&mut template.conditions, &mut template.rules, &mut template.resource_macros] {
            self.entries(map);
        }
        for map in [&mut template.output_macros, &mut template.others] {
            self.entries(map);
        }
        for resource in template.resources.values_mut() {
            if let Value::Map(mut properties) = resource.properties.to_value() {
                self.entries(&mut properties);
                resource.properties = Box::new(properties);
            }
            let policies = [&mut resource.creation_policy, &mut resource.update_policy];
            for policy in policies.into_iter().flatten() {
                *policy = self.value(policy);
            }
            self.entries(&mut resource.metadata);
            self.entries(&mut resource.others);
        }
        for output in template.outputs.values_mut() {
            output.value = self.value(&output.value);
            output.export_name = output.export_name.as_ref().map(|name| self.value(name));
        }
        template
    }

    fn entries(&self, map: &mut Map) {
        for value in map.values_mut() {
            *value = self.value(value);
        }
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
            Value::List(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            Value::Map(map) => Value::Map(self.filled(map)),
            Value::Function(function) => match &**function {
                Function::Ref(name) => match self.0.get(name) {
                    Some(literal) => substituted(literal.clone(), Map::new()),
                    None => value.clone(),
                },
                Function::Sub { text, variables } => substituted(self.text(text, variables), self.filled(variables)),
                other => Value::spelled(self.filled(&other.to_map())),
            },
        }
    }

    fn filled(&self, map: &Map) -> Map {
        map.iter().map(|(key, value)| (key.clone(), self.value(value))).collect()
    }

    /// A text of `Fn::Sub`, in which a variable stands before a parameter of its name.
    fn text(&self, text: &str, variables: &Map) -> String {
        let mut filled = String::new();
        for part in sub::parts(text) {
            // Writing to a `String` cannot fail.
            _ = match part {
                Part::Text(text) => write!(filled, "{text}"),
                Part::Literal(text) => write!(filled, "${{!{text}}}"),
                Part::Name(name) => match self.0.get(name).filter(|_| !variables.contains_key(name)) {
                    Some(literal) => write!(filled, "{literal}"),
                    None => write!(filled, "${{{name}}}"),
                },
            };
        }
        filled
    }
}

/// The function of a text, or the text itself if it has nothing to fill in.
fn substituted(text: String, variables: Map) -> Value {
    match variables.is_empty() && sub::parts(&text).all(|part| matches!(part, Part::Text(_))) {
        true => Value::String(text),
        false => Function::Sub { text, variables }.into(),
    }
}

#[cfg(test)]
mod tests {
    use formwork_template::{Style, Template};
    use serde_json::{Value, json};

    use super::Literals;

    fn filled(outputs: Value) -> Value {
        let outputs: serde_json::Map<_, _> = outputs.as_object().expect("an object").clone();
        let outputs: Value = outputs.into_iter().map(|(name, value)| (name, json!({ "Value": value }))).collect();
        let template = json!({ "Parameters": { "B": { "Type": "String" }, "K": { "Type": "String" }, "Own": { "Type": "String" } }, "Outputs": outputs });
        let template = Template::from_json(&template.to_string()).expect("a template");
        let literals = [("B", "b-${AWS::Region}"), ("K", "0123.zip")].map(|(name, text)| (name.into(), text.into()));
        let (text, problems) = Literals(literals.into()).fill(template).to_json(Style::Compact);
        assert!(problems.is_empty(), "{problems:?}");
        let template: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(template["Parameters"].as_object().map(serde_json::Map::len), Some(1));
        template["Outputs"].as_object().expect("outputs").values().map(|output| output["Value"].clone()).collect()
    }

    #[test]
    fn parameters_are_literals_wherever_they_are_used() {
        let found = filled(json!({
            "A": { "Ref": "K" },
            "B": { "Ref": "B" },
            "C": { "Fn::Sub": "s3://${B}/${K}/${Own}/${!K}" },
            "D": { "Fn::Sub": ["${K}/${B}", { "B": { "Ref": "K" } }] },
            "E": { "Fn::Join": ["/", ["a", { "Ref": "K" }, { "Ref": "Own" }]] },
            "F": { "Fn::Sub": "${K}" },
            "G": "${K}",
        }));
        let expected = json!([
            "0123.zip",
            { "Fn::Sub": "b-${AWS::Region}" },
            { "Fn::Sub": "s3://b-${AWS::Region}/0123.zip/${Own}/${!K}" },
            { "Fn::Sub": ["0123.zip/${B}", { "B": "0123.zip" }] },
            { "Fn::Join": ["/", ["a", "0123.zip", { "Ref": "Own" }]] },
            "0123.zip",
            "${K}",
        ]);
        assert_eq!(found, expected);
    }
}
