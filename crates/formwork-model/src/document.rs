//! A template as it is deployed: loops written out, resources with their properties as trees, and the references between them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use formwork_template::{IndexMap, Map, Template, Value, graph::Graph};

use crate::computed;
use crate::evaluate::{EvalError, Evaluator};
use crate::known::Known;
use crate::references::visit_names;
use crate::repeat::{self, Origins};

/// A template with its loops written out. It borrows from the template what it has from there as it is.
#[derive(Debug, Default)]
pub struct Document<'t> {
    /// Constant tables.
    pub mappings: Cow<'t, Map>,
    /// Named conditions.
    pub conditions: Cow<'t, Map>,
    /// Assertions over parameters.
    pub rules: Cow<'t, Map>,
    /// The resources.
    pub resources: IndexMap<String, Entry<'t>>,
    /// The outputs, each as the object that spells it.
    pub outputs: Map,
    /// Loops of `Conditions` that cannot be written out.
    pub open_conditions: Map,
    /// Loops of `Resources` that cannot be written out, what they made that is not a resource or has a name that is not known, and
    /// macros there.
    pub open_resources: Map,
    /// Loops of `Outputs` that cannot be written out, and macros there.
    pub open_outputs: Map,
    /// Origins of entries that loops made, by their paths in the template.
    pub origins: Origins,
}

/// A resource of a [`Document`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry<'t> {
    /// The type's name.
    pub type_name: String,
    /// The properties.
    pub properties: Cow<'t, Map>,
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

impl<'t> Document<'t> {
    /// The document of a template. `known` is asked for the collections of loops.
    ///
    /// # Errors
    ///
    /// Where a loop grows without bounds, or its collection is wrong whatever is known.
    pub fn new(template: &'t Template, known: &dyn Known) -> Result<Document<'t>, EvalError> {
        let mut document = Document::unexpanded(template);
        if is_extended(template) {
            document.write_out(template, known)?;
        }
        Ok(document)
    }

    /// The document of a template whose loops stay as they are.
    pub fn unexpanded(template: &'t Template) -> Document<'t> {
        Document {
            mappings: Cow::Borrowed(&template.mappings),
            conditions: Cow::Borrowed(&template.conditions),
            rules: Cow::Borrowed(&template.rules),
            resources: template.resources.iter().map(|(id, resource)| (id.clone(), Entry::of(resource))).collect(),
            outputs: template.outputs.iter().map(|(name, output)| (name.clone(), output_of(output))).collect(),
            open_conditions: Map::new(),
            open_resources: template.resource_macros.clone(),
            open_outputs: template.output_macros.clone(),
            origins: Origins::default(),
        }
    }

    fn write_out(&mut self, template: &Template, known: &dyn Known) -> Result<(), EvalError> {
        let none = Map::new();
        let evaluator = Evaluator::new(&none, &template.mappings, known);
        if self.conditions.keys().any(|key| key.starts_with(repeat::LOOP)) {
            let written = repeat::write_out(&self.conditions, &evaluator)?;
            self.origins.note(&["Conditions"], &written.origins);
            self.conditions = Cow::Owned(written.entries);
            self.open_conditions = written.open;
        }
        if computed::is_in_any(&self.conditions) {
            computed::named(self.conditions.to_mut(), &Evaluator::new(&none, &template.mappings, known))?;
        }
        // Conditions may decide about the collections of the other sections.
        let evaluator = Evaluator::new(&self.conditions, &template.mappings, known);
        let (loops, macros): (Map, Map) =
            template.resource_macros.clone().into_iter().partition(|(key, _)| key.starts_with(repeat::LOOP));
        let written = repeat::write_out(&loops, &evaluator)?;
        self.origins.note(&["Resources"], &written.origins);
        for id in written.entries.keys().filter(|id| self.resources.contains_key(*id)) {
            self.origins.note_repeated(&["Resources".to_owned(), id.clone()]);
        }
        self.open_resources = macros.into_iter().chain(written.open).collect();
        for (id, mut value) in written.entries {
            if let Value::Map(entry) = &mut value {
                computed::attributes(entry, &evaluator)?;
            }
            match Entry::read(&value) {
                Some(entry) => _ = self.resources.insert(id, entry),
                None => _ = self.open_resources.insert(id, value),
            }
        }
        let mut in_properties = Vec::new();
        for (id, entry) in &mut self.resources {
            if entry.properties.iter().any(|(key, value)| key.starts_with(repeat::LOOP) || repeat::is_in(value)) {
                let mut written = repeat::write_out(&entry.properties, &evaluator)?;
                let entries = std::mem::take(&mut written.entries);
                entry.properties = Cow::Owned(entries.into_iter().chain(std::mem::take(&mut written.open)).collect());
                in_properties.push((id.clone(), written.origins));
            }
        }
        for (id, origins) in in_properties {
            self.origins.note(&["Resources", &id, "Properties"], &origins);
        }
        for entry in self.resources.values_mut() {
            if computed::is_in_any(&entry.properties) {
                computed::named(entry.properties.to_mut(), &evaluator)?;
            }
            computed::named(&mut entry.attributes, &evaluator)?;
        }
        let (loops, macros): (Map, Map) =
            template.output_macros.clone().into_iter().partition(|(key, _)| key.starts_with(repeat::LOOP));
        let written = repeat::write_out(&loops, &evaluator)?;
        self.origins.note(&["Outputs"], &written.origins);
        for name in written.entries.keys().filter(|name| self.outputs.contains_key(*name)) {
            self.origins.note_repeated(&["Outputs".to_owned(), name.clone()]);
        }
        for (name, mut value) in written.entries {
            if let Value::Map(output) = &mut value {
                computed::attributes(output, &evaluator)?;
            }
            self.outputs.insert(name, value);
        }
        computed::named(&mut self.outputs, &evaluator)?;
        self.open_outputs = macros.into_iter().chain(written.open).collect();
        Ok(())
    }

    /// The same without its template.
    pub fn into_owned(self) -> Document<'static> {
        let owned = |map: Cow<'_, Map>| Cow::Owned(map.into_owned());
        let entry = |entry: Entry<'_>| {
            let Entry { type_name, properties, whole, condition, depends_on, attributes } = entry;
            Entry { type_name, properties: owned(properties), whole, condition, depends_on, attributes }
        };
        Document {
            mappings: owned(self.mappings),
            conditions: owned(self.conditions),
            rules: owned(self.rules),
            resources: self.resources.into_iter().map(|(id, own)| (id, entry(own))).collect(),
            outputs: self.outputs,
            open_conditions: self.open_conditions,
            open_resources: self.open_resources,
            open_outputs: self.open_outputs,
            origins: self.origins,
        }
    }

    /// The needs of resources for one another: by `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`. Nodes are in the order of
    /// [`Document::resources`].
    pub fn graph(&self) -> Graph {
        let mut graph = Graph::new(self.resources.len());
        for (place, entry) in self.resources.values().enumerate() {
            let mut needed: BTreeSet<usize> = BTreeSet::new();
            entry.visit_needs(&mut |id| needed.extend(self.resources.get_index_of(id)));
            needed.into_iter().for_each(|other| graph.add(place, other));
        }
        graph
    }
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

impl<'t> Entry<'t> {
    fn of(resource: &'t formwork_template::Resource) -> Entry<'t> {
        let (properties, whole) = match resource.properties.as_map() {
            Some(map) if !is_function(map) => (Cow::Borrowed(map), None),
            _ => properties_of(Some(resource.properties.to_value())),
        };
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

    /// A resource that a loop wrote; `None` where the value is not one, or a name in it is not known.
    fn read(value: &Value) -> Option<Entry<'static>> {
        let mut map = value.as_map()?.clone();
        let type_name = map.shift_remove("Type")?.as_str()?.to_owned();
        let (properties, whole) = properties_of(map.shift_remove("Properties"));
        let text = |name: Value| name.as_str().map(str::to_owned);
        let condition = match map.shift_remove("Condition") {
            Some(name) => Some(text(name)?),
            None => None,
        };
        let depends_on = match map.shift_remove("DependsOn") {
            Some(Value::List(several)) => several.into_iter().map(text).collect::<Option<_>>()?,
            Some(one) => vec![text(one)?],
            None => Vec::new(),
        };
        Some(Entry { type_name, properties, whole, condition, depends_on, attributes: map })
    }

    /// The entry as the object that spells it.
    pub fn to_value(&self) -> Value {
        let mut map = Map::from_iter([("Type".to_owned(), Value::from(self.type_name.as_str()))]);
        let properties = self.whole.clone().or_else(|| {
            let properties = (!self.properties.is_empty()).then(|| self.properties.clone().into_owned());
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

    /// Logical ids and parameters that the entry names; names that are not resources included.
    pub fn needs(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.visit_needs(&mut |id| _ = found.insert(id.to_owned()));
        found
    }

    fn visit_needs(&self, visit: &mut dyn FnMut(&str)) {
        self.depends_on.iter().for_each(|id| visit(id));
        for value in self.values() {
            visit_names(value, &mut |name| name.logical_id().into_iter().for_each(&mut *visit));
        }
    }
}

/// The properties, and the function in their place if there is one.
fn properties_of(value: Option<Value>) -> (Cow<'static, Map>, Option<Value>) {
    match value {
        Some(Value::Map(map)) if is_function(&map) => (Cow::default(), Some(Value::Map(map).recognised())),
        Some(Value::Map(map)) => (Cow::Owned(map), None),
        Some(whole @ Value::Function(_)) => (Cow::default(), Some(whole)),
        _ => (Cow::default(), None),
    }
}

/// True for a function whose arguments are not of its form.
fn is_function(map: &Map) -> bool {
    map.len() == 1 && map.keys().all(|name| name.starts_with("Fn::") && !name.starts_with(repeat::LOOP))
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
