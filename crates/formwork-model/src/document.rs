//! A template as it is deployed: loops written out, resources with their properties as trees, and the references between them.

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::{IndexMap, Map, Template, Value, graph::Graph};

use crate::computed;
use crate::evaluate::{EvalError, Evaluator};
use crate::known::Known;
use crate::references::visit_names;
use crate::repeat;

/// A template with its loops written out.
#[derive(Debug, Default)]
pub struct Document {
    /// Constant tables.
    pub mappings: Map,
    /// Named conditions.
    pub conditions: Map,
    /// Assertions over parameters.
    pub rules: Map,
    /// The resources.
    pub resources: IndexMap<String, Entry>,
    /// The outputs, each as the object that spells it.
    pub outputs: Map,
    /// Loops of `Conditions` that cannot be written out.
    pub open_conditions: Map,
    /// Loops of `Resources` that cannot be written out, and macros there.
    pub open_resources: Map,
    /// Loops of `Outputs` that cannot be written out, and macros there.
    pub open_outputs: Map,
    /// Entries that a loop made, by section and key, each with the path of its body in the template.
    pub origins: Origins,
}

/// A resource of a [`Document`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// The type's name.
    pub type_name: String,
    /// The properties.
    pub properties: Map,
    /// The function that gives all properties, where one stands in their place: `Properties: {"Fn::If": …}`.
    pub whole: Option<Value>,
    /// The condition under which there is such a resource.
    pub condition: Option<String>,
    /// Logical ids of resources that must exist first, beyond those that the properties refer to.
    pub depends_on: Vec<String>,
    /// Everything beside these: `DeletionPolicy`, `UpdateReplacePolicy`, `CreationPolicy`, `UpdatePolicy`, `Metadata`, and attributes
    /// that this version does not know.
    pub attributes: Map,
}

impl Document {
    /// The document of a template. `known` is asked for the collections of loops.
    ///
    /// # Errors
    ///
    /// Where a loop grows without bounds, or its collection is wrong whatever is known.
    pub fn new(template: &Template, known: &dyn Known) -> Result<Document, EvalError> {
        let mut document = Document::unexpanded(template);
        if is_extended(template) {
            document.write_out(template, known)?;
        }
        Ok(document)
    }

    /// The document of a template whose loops stay as they are.
    pub fn unexpanded(template: &Template) -> Document {
        Document {
            mappings: template.mappings.clone(),
            conditions: template.conditions.clone(),
            rules: template.rules.clone(),
            resources: template.resources.iter().map(|(id, resource)| (id.clone(), Entry::of(resource))).collect(),
            outputs: template.outputs.iter().map(|(name, output)| (name.clone(), output_of(output))).collect(),
            open_conditions: Map::new(),
            open_resources: template.resource_macros.clone(),
            open_outputs: template.output_macros.clone(),
            origins: BTreeMap::new(),
        }
    }

    fn write_out(&mut self, template: &Template, known: &dyn Known) -> Result<(), EvalError> {
        let none = Map::new();
        let evaluator = Evaluator::new(&none, &template.mappings, known);
        if self.conditions.keys().any(|key| key.starts_with(repeat::LOOP)) {
            let written = repeat::write_out(&self.conditions, &evaluator)?;
            note_origins(&mut self.origins, "Conditions", &written.origins);
            self.conditions = written.entries;
            self.open_conditions = written.open;
        }
        computed::named(&mut self.conditions, &Evaluator::new(&none, &template.mappings, known))?;
        // Conditions may decide about the collections of the other sections.
        let evaluator = Evaluator::new(&self.conditions, &template.mappings, known);
        let (loops, macros): (Map, Map) =
            template.resource_macros.clone().into_iter().partition(|(key, _)| key.starts_with(repeat::LOOP));
        let written = repeat::write_out(&loops, &evaluator)?;
        note_origins(&mut self.origins, "Resources", &written.origins);
        self.open_resources = macros.into_iter().chain(written.open).collect();
        for (id, value) in written.entries {
            match Entry::read(&value) {
                Some(entry) => _ = self.resources.insert(id, entry),
                None => _ = self.open_resources.insert(id, value),
            }
        }
        for entry in self.resources.values_mut() {
            if entry.properties.iter().any(|(key, value)| key.starts_with(repeat::LOOP) || repeat::is_in(value)) {
                let written = repeat::write_out(&entry.properties, &evaluator)?;
                entry.properties = written.entries.into_iter().chain(written.open).collect();
            }
        }
        for entry in self.resources.values_mut() {
            computed::named(&mut entry.properties, &evaluator)?;
            computed::named(&mut entry.attributes, &evaluator)?;
        }
        let (loops, macros): (Map, Map) =
            template.output_macros.clone().into_iter().partition(|(key, _)| key.starts_with(repeat::LOOP));
        let written = repeat::write_out(&loops, &evaluator)?;
        note_origins(&mut self.origins, "Outputs", &written.origins);
        self.outputs.extend(written.entries);
        computed::named(&mut self.outputs, &evaluator)?;
        self.open_outputs = macros.into_iter().chain(written.open).collect();
        Ok(())
    }

    /// Which resources need which: by `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`. Nodes are in the order of
    /// [`Document::resources`].
    pub fn graph(&self) -> Graph {
        let mut graph = Graph::new(self.resources.len());
        for (place, entry) in self.resources.values().enumerate() {
            for needed in entry.needs() {
                if let Some(other) = self.resources.get_index_of(needed.as_str()) {
                    graph.add(place, other);
                }
            }
        }
        graph
    }
}

/// Paths by section and key.
pub type Origins = BTreeMap<(&'static str, String), Vec<String>>;

fn note_origins(origins: &mut Origins, section: &'static str, written: &BTreeMap<String, Vec<String>>) {
    let path = |origin: &[String]| [&[section.to_owned()], origin].concat();
    origins.extend(written.iter().map(|(key, origin)| ((section, key.clone()), path(origin))));
}

/// True for a template whose `Transform` includes `AWS::LanguageExtensions`.
pub fn is_extended(template: &Template) -> bool {
    let is_extension = |value: &Value| value.as_str() == Some("AWS::LanguageExtensions");
    match &template.transform {
        Some(Value::List(names)) => names.iter().any(is_extension),
        Some(name) => is_extension(name),
        None => false,
    }
}

impl Entry {
    fn of(resource: &formwork_template::Resource) -> Entry {
        let (properties, whole) = properties_of(Some(resource.properties.to_value()));
        let mut attributes = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                attributes.insert(name.to_owned(), value);
            }
        };
        put("CreationPolicy", resource.creation_policy.clone());
        put("UpdatePolicy", resource.update_policy.clone());
        put("DeletionPolicy", resource.deletion_policy.as_ref().map(|policy| policy.as_str().into()));
        put("UpdateReplacePolicy", resource.update_replace_policy.as_ref().map(|policy| policy.as_str().into()));
        put("Metadata", (!resource.metadata.is_empty()).then(|| Value::Map(resource.metadata.clone())));
        attributes.extend(resource.others.clone());
        Entry {
            type_name: resource.type_name.to_string(),
            properties,
            whole,
            condition: resource.condition.clone(),
            depends_on: resource.depends_on.clone(),
            attributes,
        }
    }

    /// A resource that a loop wrote; `None` where the value is not one.
    fn read(value: &Value) -> Option<Entry> {
        let mut map = value.as_map()?.clone();
        let type_name = map.shift_remove("Type")?.as_str()?.to_owned();
        let (properties, whole) = properties_of(map.shift_remove("Properties"));
        let condition = map.shift_remove("Condition").and_then(|name| name.as_str().map(str::to_owned));
        let depends_on = match map.shift_remove("DependsOn") {
            Some(Value::String(one)) => vec![one],
            Some(Value::List(several)) => several.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        };
        Some(Entry { type_name, properties, whole, condition, depends_on, attributes: map })
    }

    /// The entry as the object that spells it.
    pub fn to_value(&self) -> Value {
        let mut map = Map::from_iter([("Type".to_owned(), Value::from(self.type_name.as_str()))]);
        let properties = self.whole.clone().or_else(|| {
            let properties = (!self.properties.is_empty()).then(|| self.properties.clone());
            properties.map(Value::Map)
        });
        map.extend(properties.map(|properties| ("Properties".to_owned(), properties)));
        map.extend(self.condition.as_deref().map(|name| ("Condition".to_owned(), name.into())));
        if !self.depends_on.is_empty() {
            let ids = self.depends_on.iter().map(|id| id.as_str().into()).collect();
            map.insert("DependsOn".to_owned(), Value::List(ids));
        }
        map.extend(self.attributes.clone());
        Value::Map(map)
    }

    /// All values of the entry.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.properties.values().chain(&self.whole).chain(self.attributes.values())
    }

    /// Logical ids, parameters and conditions' names that the entry names; names that are not resources included.
    pub fn needs(&self) -> BTreeSet<String> {
        let mut found: BTreeSet<String> = self.depends_on.iter().cloned().collect();
        for value in self.values() {
            visit_names(value, &mut |named| {
                if let Some(id) = named.logical_id() {
                    found.insert(id.to_owned());
                }
            });
        }
        found
    }
}

/// The properties, and the function in their place if there is one.
fn properties_of(value: Option<Value>) -> (Map, Option<Value>) {
    match value {
        Some(Value::Map(map)) => match map.keys().next() {
            // A function whose arguments are not of its form.
            Some(name) if map.len() == 1 && name.starts_with("Fn::") && !name.starts_with(repeat::LOOP) => {
                (Map::new(), Some(Value::Map(map).recognised()))
            }
            _ => (map, None),
        },
        Some(whole @ Value::Function(_)) => (Map::new(), Some(whole)),
        _ => (Map::new(), None),
    }
}

fn output_of(output: &formwork_template::Output) -> Value {
    let mut map = Map::new();
    if let Some(description) = &output.description {
        map.insert("Description".to_owned(), description.as_str().into());
    }
    if let Some(condition) = &output.condition {
        map.insert("Condition".to_owned(), condition.as_str().into());
    }
    map.insert("Value".to_owned(), output.value.clone());
    if let Some(name) = &output.export_name {
        map.insert("Export".to_owned(), Value::Map(Map::from_iter([("Name".to_owned(), name.clone())])));
    }
    Value::Map(map)
}
