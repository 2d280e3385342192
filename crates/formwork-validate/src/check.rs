//! One run over one template: what the rules share, and the findings.

use std::collections::BTreeMap;

use formwork_template::{JsonWriter, Lowering, Properties, Style, Template, Value};

use crate::finding::Finding;
use crate::schema::Schemas;

/// What the rules share.
pub(crate) struct Check<'t, 's> {
    pub(crate) template: &'t Template,
    pub(crate) region: Option<&'t str>,
    pub(crate) schemas: &'s mut Schemas,
    /// Whether the template that CloudFormation deploys is made of this one by macros, so that names may come from there.
    pub(crate) has_macros: bool,
    pub(crate) findings: Vec<Finding>,
}

/// The properties of the resources as trees.
pub(crate) struct Parts {
    pub(crate) properties: BTreeMap<String, Value>,
}

impl Parts {
    pub(crate) fn of(template: &Template) -> Parts {
        let properties = template.resources.iter();
        Parts {
            properties: properties.map(|(id, resource)| (id.clone(), whole(resource.properties.to_value()))).collect(),
        }
    }
}

impl Check<'_, '_> {
    pub(crate) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// Whether the template has macros that bring names with them. A macro within a resource's properties brings none.
pub(crate) fn has_macros(template: &Template) -> bool {
    template.transform.is_some()
        || !template.resource_macros.is_empty()
        || template.others.contains_key("Fn::Transform")
}

/// A function may stand for all properties; the document keeps it as the object that spells it.
fn whole(properties: Value) -> Value {
    match properties {
        Value::Map(entries) if entries.len() == 1 && entries.keys().all(|key| key.starts_with("Fn::")) => {
            let lowering = Lowering::default();
            let mut out = JsonWriter::new(Style::Compact, &lowering);
            Properties::write(&entries, &mut out);
            let read = serde_json::from_slice::<serde_json::Value>(&out.finish().text);
            read.map_or(Value::Map(entries), Value::from)
        }
        other => other,
    }
}
