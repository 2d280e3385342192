//! Nothing of the schemas is dropped silently: the schemas are walked here by other code than the reader's, and every type,
//! property, listed value and fact found must be in the intermediate representation, in the list of what is widened, in the
//! table of facts, or in the few lines below.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use formwork_codegen::{generate, workspace};
use formwork_schema::facts;
use formwork_schema::ir::{Resource, Type};
use formwork_schema::snapshot::Snapshot;
use serde_json::{Map, Value};

fn snapshot() -> Snapshot {
    let root = workspace::root(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the repository");
    Snapshot::read(&root.join("schemas")).expect("the snapshot is whole")
}

/// Everything that a schema says, by place: a definition's or the root's, then names, with `*` for items and the values of maps.
#[derive(Default)]
struct Found {
    properties: BTreeSet<String>,
    values: BTreeSet<String>,
}

struct Walk<'s> {
    schema: &'s Value,
    /// The definitions that the types know by name; others are looked into where they are referred to.
    named: BTreeMap<String, String>,
    /// Places where the types say less: nothing is looked for below.
    widened: BTreeSet<&'s str>,
    read_only: BTreeSet<String>,
    seen: BTreeSet<String>,
    found: Found,
}

impl<'s> Walk<'s> {
    /// True if every field of the object is read-only: then it is asked for, and not set.
    fn is_read_only_inside(&self, node: &'s Value, place: &str) -> bool {
        let node = match node["$ref"].as_str() {
            Some(target) => self.schema.pointer(target.trim_start_matches('#')).unwrap_or(node),
            None => node,
        };
        let mut fields = entries(node, "properties").peekable();
        fields.peek().is_some() && fields.all(|(name, _)| self.read_only.contains(&format!("{place}.{name}")))
    }

    fn node(&mut self, node: &'s Value, place: &str, chain: &[&'s str]) {
        if self.widened.contains(place) {
            return;
        }
        if let Some(name) = node["$ref"].as_str().and_then(|target| target.strip_prefix("#/definitions/")) {
            let target = &self.schema["definitions"][name];
            match self.named.get(name).cloned() {
                // The items of a list that is a definition have its name.
                Some(own) if self.seen.insert(own.clone()) => {
                    self.node(if target["type"] == "array" { &target["items"] } else { target }, &own, &[]);
                }
                Some(_) => {}
                None if chain.contains(&name) => {}
                None if self.widened.contains(name) => {}
                None => self.node(target, place, &[chain, &[name]].concat()),
            }
            return;
        }
        for (name, inside) in entries(node, "properties") {
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            if self.read_only.contains(&place) || self.is_read_only_inside(inside, &place) {
                continue;
            }
            self.found.properties.insert(place.clone());
            self.node(inside, &place, chain);
        }
        let items = format!("{place}.*");
        let maps = entries(node, "patternProperties").map(|(_, inside)| inside);
        let inside = [&node["items"], &node["additionalProperties"]].into_iter().filter(|inside| inside.is_object());
        for inside in maps.chain(inside) {
            self.node(inside, &items, chain);
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for part in node[keyword].as_array().into_iter().flatten() {
                self.node(part, place, chain);
            }
        }
        let is_text = node["type"].as_str().is_none_or(|word| word == "string");
        let listed = node["enum"].as_array().into_iter().flatten().chain(node.get("const"));
        self.found.values.extend(listed.filter(|_| is_text).filter_map(Value::as_str).map(str::to_owned));
    }
}

fn entries<'s>(node: &'s Value, keyword: &str) -> impl Iterator<Item = (&'s String, &'s Value)> {
    node[keyword].as_object().into_iter().flatten()
}

/// The places of all fields of the types, written as [`Walk`] writes them.
fn places(resource: &Resource, named: &BTreeSet<&String>) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for property in &resource.properties {
        field(resource, named, &property.ty, property.name.clone(), &mut places);
    }
    for nested in resource.structs.iter().filter(|nested| named.contains(&nested.name)) {
        below(resource, named, &nested.name, &nested.name, &mut places);
    }
    for nested in resource.unions.iter().filter(|nested| named.contains(&nested.name)) {
        below(resource, named, &nested.name, &nested.name, &mut places);
    }
    places
}

fn field(resource: &Resource, named: &BTreeSet<&String>, ty: &Type, place: String, places: &mut BTreeSet<String>) {
    if places.insert(place.clone()) {
        inside(resource, named, ty, &place, places);
    }
}

fn inside(resource: &Resource, named: &BTreeSet<&String>, ty: &Type, place: &str, places: &mut BTreeSet<String>) {
    match ty {
        Type::List(item) | Type::Map(item) => inside(resource, named, item, &format!("{place}.*"), places),
        Type::Boxed(value) => inside(resource, named, value, place, places),
        Type::Struct(name) | Type::Union(name) if !named.contains(name) => below(resource, named, name, place, places),
        _ => {}
    }
}

fn below(resource: &Resource, named: &BTreeSet<&String>, name: &str, place: &str, places: &mut BTreeSet<String>) {
    for nested in resource.structs.iter().filter(|nested| nested.name == name) {
        for property in &nested.properties {
            field(resource, named, &property.ty, format!("{place}.{}", property.name), places);
        }
    }
    for union in resource.unions.iter().filter(|union| union.name == name) {
        for alternative in &union.alternatives {
            match &alternative.key {
                Some(key) => field(resource, named, &alternative.ty, format!("{place}.{key}"), places),
                None => inside(resource, named, &alternative.ty, place, places),
            }
        }
    }
}

#[test]
fn every_property_and_value_is_typed_or_listed_as_widened() {
    let snapshot = snapshot();
    let (mut missing, mut count) = (BTreeSet::new(), 0);
    for type_name in snapshot.schemas.keys() {
        let schema = snapshot.schema(type_name).expect("patches apply").expect("it is there");
        let resource = generate::resource(&snapshot, type_name).expect("readable");
        let nested: BTreeSet<&String> =
            resource.structs.iter().map(|one| &one.name).chain(resource.unions.iter().map(|one| &one.name)).collect();
        let capital = |name: &str| name[..1].to_uppercase() + &name[1..];
        let named: BTreeMap<String, String> = entries(&schema, "definitions")
            .map(|(name, _)| (name.clone(), capital(name)))
            .filter(|(_, own)| nested.contains(own))
            .collect();
        let mut walk = Walk {
            schema: &schema,
            named: named.clone(),
            // A struct with the fields of all alternatives has them.
            widened: resource
                .widened
                .iter()
                .filter(|one| !one.reason.contains("one struct"))
                .map(|one| one.path.as_str())
                .collect(),
            read_only: dotted(&schema, "readOnlyProperties").into_iter().collect(),
            seen: BTreeSet::new(),
            found: Found::default(),
        };
        walk.node(&schema, "", &[]);
        let own = named.values().collect();
        let places = places(&resource, &own);
        let values: BTreeSet<&String> = resource.enums.iter().flat_map(|listed| &listed.values).collect();
        count += walk.found.properties.len();
        let lost = walk.found.properties.iter().filter(|place| !places.contains(*place));
        missing.extend(lost.map(|place| format!("{type_name} {place}")));
        let lost = walk.found.values.iter().filter(|value| !values.contains(value));
        missing.extend(lost.map(|value| format!("{type_name} = {value}")));
    }
    assert!(count > 40_000, "{count}");
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn every_type_is_generated() {
    let snapshot = snapshot();
    let services: Vec<&str> = snapshot.services().into_keys().collect();
    let output = generate(&snapshot, &services).expect("it generates");
    let generated: BTreeSet<&str> = output
        .resources
        .values()
        .filter_map(|text| text.split_once("const TYPE_NAME: &'static str = \"")?.1.split('"').next())
        .collect();
    assert_eq!(generated, snapshot.schemas.keys().map(String::as_str).collect());
}

fn dotted(schema: &Value, keyword: &str) -> Vec<String> {
    let pointers = schema[keyword].as_array().into_iter().flatten().filter_map(Value::as_str);
    pointers.map(|pointer| pointer.trim_start_matches("/properties/").replace('/', ".")).collect()
}

fn sorted(list: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    list.into_iter().map(Into::into).collect()
}

#[test]
fn every_fact_of_every_type_is_in_the_table() {
    let snapshot = snapshot();
    assert_eq!(sorted(facts::type_names()), snapshot.schemas.keys().cloned().collect());
    for type_name in snapshot.schemas.keys() {
        let schema = snapshot.schema(type_name).expect("patches apply").expect("it is there");
        let facts = facts::of(type_name).expect("it is there");
        let is = |found: BTreeSet<String>, keyword: &str| {
            assert_eq!(found, sorted(dotted(&schema, keyword)), "{type_name} {keyword}");
        };
        is(sorted(facts.create_only()), "createOnlyProperties");
        is(sorted(facts.read_only()), "readOnlyProperties");
        is(sorted(facts.write_only()), "writeOnlyProperties");
        assert_eq!(facts.primary_identifier().collect::<Vec<_>>(), dotted(&schema, "primaryIdentifier"), "{type_name}");
        let conditional = sorted(facts.conditional_create_only());
        assert!(conditional.is_superset(&sorted(dotted(&schema, "conditionalCreateOnlyProperties"))), "{type_name}");
        let required = sorted(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
        let lost: Vec<String> = required.difference(&sorted(facts.required())).cloned().collect();
        let is_settable = |name: &String| {
            schema["properties"].get(name).is_some()
                && !facts.read_only().any(|place| place.split('.').next() == Some(name))
        };
        assert!(!lost.iter().any(is_settable), "{type_name} {lost:?}");
        let handlers = schema["handlers"].as_object().filter(|handlers| !handlers.is_empty());
        assert_eq!(facts.has_update_handler(), handlers.map(|handlers| handlers.contains_key("update")), "{type_name}");
        let strategy = schema["replacementStrategy"] == "delete_then_create";
        assert_eq!(
            facts.replacement_strategy() == facts::ReplacementStrategy::DeleteThenCreate,
            strategy,
            "{type_name}"
        );
        let transforms: BTreeMap<String, String> =
            facts.property_transforms().map(|(place, expression)| (place.to_owned(), expression.to_owned())).collect();
        let none = Map::new();
        let own = schema["propertyTransform"].as_object().unwrap_or(&none);
        let own = own.iter().map(|(place, text)| {
            let place = place.trim_start_matches('/').trim_start_matches("properties/").replace('/', ".");
            (place, text.as_str().unwrap_or_default().replace('\n', "\\n"))
        });
        assert_eq!(transforms, own.collect(), "{type_name}");
        assert_eq!(sorted(facts.regions()), snapshot.regions.by_type[type_name], "{type_name}");
        let tagging = &schema["tagging"];
        let says = tagging.get("taggable").or(schema.get("taggable")).and_then(Value::as_bool);
        assert!(!facts.is_taggable() || says != Some(false), "{type_name}");
        assert!(facts.is_taggable() || says != Some(true) || facts.tag_property().is_none(), "{type_name}");
        assert_eq!(facts.tags_are_updatable(), tagging["tagUpdatable"] != false, "{type_name}");
        // Every read-only place that is not a list's is asked for, itself or field by field.
        for place in facts.read_only().filter(|place| !place.contains('*')) {
            let asked =
                |name: &str| name.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            assert!(facts.attributes().any(asked) || inside_of_a_list(&schema, place), "{type_name} {place}");
        }
    }
}

/// True if a place that is written without `*` leads through a list.
fn inside_of_a_list(schema: &Value, place: &str) -> bool {
    let mut node = schema;
    for name in place.split('.') {
        while let Some(target) = node["$ref"].as_str() {
            node = schema.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null);
        }
        if node["type"] == "array" {
            return true;
        }
        node = &node["properties"][name];
    }
    false
}
