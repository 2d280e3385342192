//! One run over one template: what the rules share, and the findings.

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::{JsonWriter, Lowering, Properties, Style, Template, Value};

use crate::finding::Finding;
use crate::items;
use crate::options::Options;
use crate::scenario::{Scenario, Setting, scenarios};
use crate::schemas::Schemas;

/// Everything that the rules share.
pub(crate) struct Check<'t, 's> {
    pub(crate) template: &'t Template,
    pub(crate) region: Option<&'t str>,
    /// Values that parameters are given.
    pub(crate) given: &'t BTreeMap<String, String>,
    pub(crate) schemas: &'s mut Schemas,
    /// True if the template that CloudFormation deploys is made of this one by macros, so that names may come from there.
    pub(crate) has_macros: bool,
    pub(crate) findings: Vec<Finding>,
    /// The scenarios that were worked out, by the names of their conditions: most resources depend on the same few.
    scenarios: BTreeMap<String, Vec<Vec<bool>>>,
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

impl<'t, 's> Check<'t, 's> {
    pub(crate) fn new(template: &'t Template, options: &'t Options, schemas: &'s mut Schemas) -> Check<'t, 's> {
        let (has_macros, region) = (has_macros(template), options.region.as_deref());
        Check {
            template,
            region,
            given: &options.parameters,
            schemas,
            has_macros,
            findings: Vec::new(),
            scenarios: BTreeMap::new(),
        }
    }

    /// Facts that are known before anything is varied.
    pub(crate) fn setting(&self) -> Setting<'t> {
        Setting { template: self.template, region: self.region, given: self.given }
    }

    /// The same, with values that parameters are given, and without findings.
    pub(crate) fn with_given<'g>(&'g mut self, given: &'g BTreeMap<String, String>) -> Check<'g, 'g> {
        let (template, region, has_macros) = (self.template, self.region, self.has_macros);
        let (findings, scenarios) = (Vec::new(), BTreeMap::new());
        Check { template, region, given, schemas: self.schemas, has_macros, findings, scenarios }
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// True if there may be an entry of this name, of which nothing is known: by a macro, or by a loop over unknown items.
    pub(crate) fn may_bring<'k>(&self, name: &str, keys: impl IntoIterator<Item = &'k String>) -> bool {
        let is_it = |key: &String| items::is_in(key) && items::may_be(key, name);
        self.has_macros || items::is_in(name) || keys.into_iter().any(is_it)
    }

    /// The scenarios for `conditions` in which there is an entry with the condition `of`.
    pub(crate) fn scenarios<'c>(&mut self, conditions: &BTreeSet<&'c str>, of: Option<&str>) -> Vec<Scenario<'c>> {
        let names: Vec<&str> = conditions.iter().copied().collect();
        let key = names.join("\u{0}");
        if !self.scenarios.contains_key(&key) {
            let found = scenarios(self.setting(), conditions);
            self.scenarios.insert(key.clone(), found.iter().map(|one| one.values().copied().collect()).collect());
        }
        let all = self.scenarios.get(&key).into_iter().flatten();
        let all = all.map(|holds| conditions.iter().copied().zip(holds.iter().copied()).collect::<Scenario<'c>>());
        all.filter(|scenario| of.is_none_or(|name| scenario.get(name) != Some(&false))).collect()
    }
}

/// True if the template has macros that bring names with them. A macro within a resource's properties does not, and the language
/// extensions bring only those of the loops that are still there.
pub(crate) fn has_macros(template: &Template) -> bool {
    let is_extension = |value: &Value| value.as_str() == Some("AWS::LanguageExtensions");
    let brings_names = template.transform.as_ref().is_some_and(|transform| match transform {
        Value::List(names) => !names.iter().all(is_extension),
        name => !is_extension(name),
    });
    brings_names || !template.resource_macros.is_empty() || template.others.contains_key("Fn::Transform")
}

/// A function may stand for all properties; the document keeps it as the object that spells it.
fn whole(properties: Value) -> Value {
    match properties {
        Value::Map(entries) if entries.len() == 1 && entries.keys().all(|key| key.starts_with("Fn::")) => {
            let lowering = Lowering::default();
            let mut out = JsonWriter::new(Style::Compact, &lowering);
            Properties::write(&entries, &mut out);
            let read = serde_json::from_str::<serde_json::Value>(&out.finish().text);
            read.map_or(Value::Map(entries), Value::from)
        }
        other => other,
    }
}
