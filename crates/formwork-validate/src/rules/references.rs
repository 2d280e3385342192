//! Functions: their form, where they stand, and that what they refer to exists.
//!
//! Source: AWS CloudFormation Template Reference, "Intrinsic functions"; what a type's attributes are is in its schema.

use std::collections::BTreeSet;

use formwork_model::references::names_of;
use formwork_template::function::Function;
use formwork_template::graph::Graph;
use formwork_template::{Template, Value, pseudo, sub};

use crate::check::{Check, Parts};
use crate::finding::{Finding, rule};
use crate::instance::is_macro;
use crate::items;
use crate::rules::{conditions, cycles, functions, listed, modules, path, types};
use crate::walk::walk;

/// The functions that there are, by their key in JSON.
const FUNCTIONS: &[&str] = &[
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::RefAll",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
];

/// The part of the template in which a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Resource,
    Condition,
    Output,
    /// The name of an export.
    Export,
    /// The collection of a loop.
    Collection,
}

impl Part {
    /// True if it is decided before there is any resource.
    ///
    /// Source, of exports: AWS CloudFormation Template Reference, "Outputs": the name cannot depend on a resource.
    fn is_early(self) -> bool {
        matches!(self, Part::Condition | Part::Collection | Part::Export)
    }

    fn noun(self) -> &'static str {
        match self {
            Part::Resource => "a resource",
            Part::Condition => "a condition",
            Part::Output => "an output",
            Part::Export => "the name of an export",
            Part::Collection => "the collection of a loop",
        }
    }
}

pub(crate) fn check<'t>(check: &mut Check<'t, '_>, parts: &'t Parts) {
    let template = check.template;
    let mut needs = Graph::new(template.resources.len());
    for (node, (id, resource)) in template.resources.iter().enumerate() {
        let mut targets: BTreeSet<usize> = BTreeSet::new();
        let beside = [("CreationPolicy", &resource.creation_policy), ("UpdatePolicy", &resource.update_policy)];
        let mut values: Vec<(&str, &'t Value)> = Vec::new();
        values.extend(parts.properties.get(id).map(|properties| ("Properties", properties)));
        values.extend(beside.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?))));
        for (key, value) in values {
            let mut place = path(&["Resources", id, key]);
            walk(value, &mut place, &mut |place, value| visit(check, Part::Resource, place, value, &mut targets));
            functions::too_large(check, &mut place, value);
        }
        for (key, value) in &resource.metadata {
            let mut place = path(&["Resources", id, "Metadata", key]);
            // Metadata is read after the resource is made: a reference there is no reason to wait.
            walk(value, &mut place, &mut |place, value| {
                visit(check, Part::Resource, place, value, &mut BTreeSet::new())
            });
        }
        targets.extend(resource.depends_on.iter().filter_map(|id| template.resources.get_index_of(id)));
        // The serverless transform makes several resources of one: who waits for whom is decided there.
        let of_transform = check.has_macros && resource.type_name.starts_with("AWS::Serverless::");
        if !of_transform {
            targets.into_iter().for_each(|target| needs.add(node, target));
        }
    }
    for (name, condition) in &template.conditions {
        let mut place = path(&["Conditions", name]);
        walk(condition, &mut place, &mut |place, value| {
            visit(check, Part::Condition, place, value, &mut BTreeSet::new())
        });
    }
    for (name, output) in &template.outputs {
        let mut place = path(&["Outputs", name, "Value"]);
        walk(&output.value, &mut place, &mut |place, value| {
            visit(check, Part::Output, place, value, &mut BTreeSet::new())
        });
        if let Some(export) = &output.export_name {
            let mut place = path(&["Outputs", name, "Export", "Name"]);
            walk(export, &mut place, &mut |place, value| {
                visit(check, Part::Export, place, value, &mut BTreeSet::new())
            });
        }
    }
    for (key, value) in &template.metadata {
        let mut place = path(&["Metadata", key]);
        walk(value, &mut place, &mut |place, value| no_null(check, place, value));
    }
    loops(check, &path(&["Resources"]), template.resource_macros.keys());
    loops(check, &path(&["Outputs"]), template.output_macros.keys());
    loops(check, &path(&["Conditions"]), template.conditions.keys());
    loops(check, &path(&["Mappings"]), template.mappings.keys());
    cycles::check(check, &needs);
}

pub(crate) fn visit(
    check: &mut Check<'_, '_>,
    part: Part,
    place: &[String],
    value: &Value,
    targets: &mut BTreeSet<usize>,
) {
    match value {
        Value::Null => no_null(check, place, value),
        Value::Map(entries) => {
            loops(check, place, entries.keys());
            malformed(check, place, entries);
        }
        Value::Function(function) => {
            let mut place = place.to_vec();
            place.push(function.name().to_owned());
            names_of(function, &mut |named| {
                targets.extend(named.logical_id().and_then(|id| check.template.resources.get_index_of(id)));
            });
            match &**function {
                Function::Ref(id) => reference(check, part, &place, id, &[]),
                Function::GetAtt { logical_id, attribute } => {
                    get_att(check, part, &place, logical_id, attribute.as_str());
                }
                Function::Sub { text, variables } => {
                    let known: Vec<&str> = variables.keys().map(String::as_str).collect();
                    for variable in sub::parts(text) {
                        match variable {
                            sub::Part::Text(text) => {
                                // A script's own `${` is a mistake that CloudFormation refuses.
                                if let Some(rest) = text.strip_prefix("${") {
                                    let message = format!("`${{{rest}` in `Fn::Sub` has no end");
                                    check.add(Finding::error(rule::FUNCTION, &place, message).value(rest));
                                }
                            }
                            sub::Part::Literal(_) => {}
                            sub::Part::Name(name) if known.contains(&name) => {}
                            sub::Part::Name(name) => match name.split_once('.') {
                                Some((id, attribute)) => get_att(check, part, &place, id, Some(attribute)),
                                None => reference(check, part, &place, name, &known),
                            },
                        }
                    }
                }
                Function::If { condition, .. } => conditions::exists(check, condition, &place),
                Function::FindInMap { map, top_level_key, second_level_key, default } => {
                    find_in_map(
                        check,
                        &place,
                        [map, top_level_key, second_level_key].map(Value::as_str),
                        default.is_some(),
                    );
                }
                Function::And(_) | Function::Or(_) | Function::Not(_) | Function::Equals(..)
                    if part != Part::Condition =>
                {
                    let message = format!("`{}` stands where a value is expected", function.name());
                    check.add(
                        Finding::error(rule::FUNCTION, &place, message)
                            .hint("give the condition a name in `Conditions`, and choose a value with `Fn::If`"),
                    );
                }
                Function::Contains(..)
                | Function::EachMemberEquals(..)
                | Function::EachMemberIn(..)
                | Function::RefAll(_)
                | Function::ValueOf(..)
                | Function::ValueOfAll(..) => {
                    let message = format!("`{}` can stand in `Rules` only", function.name());
                    check.add(Finding::error(rule::FUNCTION, &place, message));
                }
                Function::ImportValue(_) | Function::GetStackOutput { .. } | Function::GetAzs(_) if part.is_early() => {
                    let message = format!("`{}` stands in {}, which is decided before", function.name(), part.noun());
                    check.add(Finding::error(rule::FUNCTION, &place, message).allowed("parameters and mappings"));
                }
                Function::ImportValue(argument) => import_value(check, &place, argument),
                Function::Length(_) | Function::ToJsonString(_) if !has_extensions(check.template) => {
                    let message = format!("`{}` needs the transform `AWS::LanguageExtensions`", function.name());
                    check.add(Finding::error(rule::FUNCTION, &place, message));
                }
                function => functions::arguments(check, &place, function),
            }
        }
        _ => {}
    }
}

fn no_null(check: &mut Check<'_, '_>, place: &[String], value: &Value) {
    if matches!(value, Value::Null) {
        let finding = Finding::error(rule::NULL, place, "`null` is not allowed in a template");
        check.add(
            finding.hint("leave the entry out, write `{\"Ref\": \"AWS::NoValue\"}`, or quote it if a text is meant"),
        );
    }
}

/// The name of an export is a text, and known before any resource is.
///
/// Source: AWS CloudFormation Template Reference, `Fn::ImportValue`, "Supported functions".
fn import_value(check: &mut Check<'_, '_>, place: &[String], argument: &Value) {
    let wrong = match argument {
        Value::List(_) => "a list".to_owned(),
        Value::Map(entries) if !entries.keys().any(|key| is_macro(key)) && !check.has_macros => "an object".to_owned(),
        Value::Function(function) => match &**function {
            Function::ImportValue(_)
            | Function::GetAtt { .. }
            | Function::GetAzs(_)
            | Function::GetStackOutput { .. } => {
                format!("`{}`", function.name())
            }
            Function::Ref(id) if check.template.resources.contains_key(id) => format!("the resource `{id}`"),
            _ => return,
        },
        _ => return,
    };
    let message = format!("`Fn::ImportValue` of {wrong}");
    check.add(
        Finding::error(rule::FUNCTION, place, message).allowed("a text, or a function of parameters that gives one"),
    );
}

/// Loops are unrolled by a transform; without it, CloudFormation takes one for an entry of this name.
fn loops<'k>(check: &mut Check<'_, '_>, place: &[String], keys: impl IntoIterator<Item = &'k String>) {
    if has_extensions(check.template) {
        return;
    }
    for key in keys.into_iter().filter(|key| key.starts_with("Fn::ForEach::")) {
        let mut place = place.to_vec();
        place.push(key.clone());
        let finding =
            Finding::error(rule::FUNCTION, &place, "`Fn::ForEach` needs the transform `AWS::LanguageExtensions`");
        check.add(finding.hint("write `Transform: AWS::LanguageExtensions` beside `Resources`"));
    }
}

/// True for a template with `AWS::LanguageExtensions`, or with a macro that may do what it does. AWS's other macros do not.
fn has_extensions(template: &Template) -> bool {
    let all = match &template.transform {
        None => return false,
        Some(Value::List(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    all.iter().any(|one| match one {
        Value::String(name) => is_extension(name),
        Value::Map(entries) => entries.get("Name").and_then(Value::as_str).is_some_and(is_extension),
        _ => false,
    })
}

fn is_extension(name: &str) -> bool {
    name == "AWS::LanguageExtensions" || !name.starts_with("AWS::")
}

/// An object that was meant to be a function, and is none.
fn malformed(check: &mut Check<'_, '_>, place: &[String], entries: &formwork_template::Map) {
    let is_function =
        |key: &&String| (*key == "Ref" && entries.len() == 1) || (key.starts_with("Fn::") && !is_macro(key));
    let Some(key) = entries.keys().find(is_function) else { return };
    let mut place = place.to_vec();
    place.push(key.clone());
    if key != "Ref" && !FUNCTIONS.contains(&key.as_str()) {
        let finding = Finding::error(rule::FUNCTION, &place, format!("there is no function `{key}`"));
        // The beginning that all have does not make them alike.
        let names = FUNCTIONS.iter().filter_map(|name| name.strip_prefix("Fn::"));
        let close = formwork_template::did_you_mean(key.trim_start_matches("Fn::"), names);
        let finding = finding.value(key);
        check.add(match close {
            Some(name) => finding.hint(format!("did you mean `Fn::{name}`?")),
            None => finding,
        });
        return;
    }
    if entries.len() > 1 {
        check.add(Finding::error(rule::FUNCTION, &place, format!("`{key}` must be alone in its object")));
        return;
    }
    // `["text", {}]` is in order; the document keeps its spelling by not making a function of it.
    let holds_macro = match entries.values().next() {
        Some(Value::Function(function)) => matches!(**function, Function::Transform { .. }),
        Some(Value::Map(map)) => map.contains_key("Fn::Transform"),
        _ => false,
    };
    let is_sub_without_variables = key == "Fn::Sub"
        && matches!(entries.values().next().and_then(Value::as_list), Some([Value::String(_), Value::Map(map)]) if map.is_empty());
    // With the extensions, functions give names; those that are known have been written out.
    let gives_name = |argument: &Value| matches!(argument, Value::Function(_));
    let is_computed = match (key.as_str(), entries.values().next()) {
        ("Ref", Some(name)) => gives_name(name),
        ("Fn::GetAtt", Some(Value::List(items))) => items.len() == 2 && gives_name(&items[0]),
        _ => false,
    };
    if is_sub_without_variables || holds_macro || check.has_macros || (is_computed && has_extensions(check.template)) {
        return;
    }
    let allowed = match key.as_str() {
        "Ref" => "a name",
        "Fn::GetAtt" => "a logical id and an attribute",
        "Fn::Sub" => "a text, or a text and an object of variables",
        "Fn::Join" => "a delimiter and a list",
        "Fn::Split" => "a delimiter and a text",
        "Fn::Select" => "an index and a list",
        "Fn::If" => "the name of a condition and two values",
        "Fn::FindInMap" => "the name of a mapping and two keys",
        "Fn::Cidr" => "a block, a count, and bits",
        "Fn::Equals" => "two values",
        "Fn::Not" => "a list of one condition",
        _ => "its arguments as the reference has them",
    };
    check.add(
        Finding::error(rule::FUNCTION, &place, format!("the arguments of `{key}` are not of its form"))
            .allowed(allowed),
    );
}

fn reference(check: &mut Check<'_, '_>, part: Part, place: &[String], id: &str, variables: &[&str]) {
    let template = check.template;
    let parameters = template.parameters.keys().map(String::as_str).filter(|name| !items::is_in(name));
    let resources = template.resources.keys().map(String::as_str);
    let is_parameter = template.parameters.contains_key(id) || pseudo::ALL.contains(&id);
    if is_parameter || (!part.is_early() && template.resources.contains_key(id)) {
        return;
    }
    if template.resources.contains_key(id) {
        let message = format!("{} refers to the resource `{id}`", part.noun());
        check
            .add(Finding::error(rule::REFERENCE, place, message).value(id).allowed("parameters and pseudo parameters"));
        return;
    }
    // Macros make resources, and loops have variables.
    if check.may_bring(id, template.resources.keys()) || is_of_module(template, id) {
        return;
    }
    // A condition is decided before there is any resource.
    let resources = resources.filter(|_| !part.is_early());
    let known = || parameters.clone().chain(resources.clone()).chain(variables.iter().copied());
    let what = if part.is_early() { "parameter" } else { "parameter or resource" };
    let finding = Finding::error(rule::REFERENCE, place, format!("there is no {what} `{id}`"));
    let names: Vec<&str> = known().collect();
    let finding = if names.is_empty() { finding } else { finding.allowed(listed(names)) };
    check.add(finding.value(id).meant(id, known().chain(pseudo::ALL)));
}

fn get_att(check: &mut Check<'_, '_>, part: Part, place: &[String], id: &str, attribute: Option<&str>) {
    let template = check.template;
    if part.is_early() {
        let message = format!("{} refers to an attribute of `{id}`", part.noun());
        check.add(Finding::error(rule::REFERENCE, place, message).value(id));
        return;
    }
    let Some(resource) = template.resources.get(id) else {
        if check.may_bring(id, template.resources.keys()) || is_of_module(template, id) {
            return;
        }
        let ids = || template.resources.keys().map(String::as_str);
        let message = match template.parameters.contains_key(id) {
            true => format!("`{id}` is a parameter, which has no attributes"),
            false => format!("there is no resource `{id}`"),
        };
        let finding = Finding::error(rule::REFERENCE, place, message).value(id).meant(id, ids());
        check.add(if template.resources.is_empty() { finding } else { finding.allowed(listed(ids())) });
        return;
    };
    let Some(attribute) = attribute else { return };
    if types::known(check, &resource.type_name) != types::Known::Yes || is_open(&resource.type_name, attribute) {
        return;
    }
    let Some(of_type) = check.schemas.attributes(&resource.type_name) else { return };
    let known: Vec<&str> = of_type.names.iter().map(String::as_str).collect();
    let contains = |name: &str| {
        name == attribute
            || name.strip_prefix(attribute).is_some_and(|rest| rest.starts_with('.'))
            || attribute.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
    };
    if known.iter().any(|name| contains(name)) || of_type.read_only.iter().any(|name| contains(name)) {
        return;
    }
    let message = format!("`{}` has no attribute `{attribute}`", resource.type_name);
    let finding =
        Finding::error(rule::ATTRIBUTE, place, message).value(attribute).meant(attribute, known.iter().copied());
    check.add(if known.is_empty() { finding.hint("it has none: use `Ref`") } else { finding.allowed(listed(known)) });
}

/// A module's resources are called by its own logical id and theirs.
///
/// Source: AWS CloudFormation User Guide, "Reference module resources in CloudFormation templates".
pub(crate) fn is_of_module(template: &Template, id: &str) -> bool {
    let mut resources = template.resources.iter();
    resources.any(|(module, resource)| resource.type_name.ends_with(modules::SUFFIX) && id.starts_with(module.as_str()))
}

/// Types whose attributes are named by somebody else: a custom resource's function, a nested stack's outputs.
fn is_open(type_name: &str, attribute: &str) -> bool {
    match type_name {
        "AWS::CloudFormation::CustomResource" | "AWS::CloudFormation::Macro" => true,
        "AWS::CloudFormation::Stack" | "AWS::ServiceCatalog::CloudFormationProvisionedProduct" => {
            attribute.starts_with("Outputs.")
        }
        _ => false,
    }
}

fn find_in_map(check: &mut Check<'_, '_>, place: &[String], keys: [Option<&str>; 3], has_default: bool) {
    let mappings = &check.template.mappings;
    let [Some(name), top, second] = keys else { return };
    // A transform can bring mappings, and a default makes every key right.
    if check.has_macros
        || has_default
        || [Some(name), top, second].into_iter().flatten().any(items::is_in)
        || mappings.keys().any(|key| is_macro(key))
    {
        return;
    }
    let Some(map) = mappings.get(name) else {
        let names = || mappings.keys().map(String::as_str);
        let finding = Finding::error(rule::MAPPING, place, format!("there is no mapping `{name}`")).value(name);
        check.add(if mappings.is_empty() { finding } else { finding.allowed(listed(names())).meant(name, names()) });
        return;
    };
    let Some(map) = map.as_map().filter(|map| !map.keys().any(|key| is_macro(key))) else { return };
    let rows: Vec<_> = match top {
        None => map.values().collect(),
        Some(top) => match map.get(top) {
            Some(row) => vec![row],
            None => {
                let names = || map.keys().map(String::as_str);
                let finding = Finding::error(rule::MAPPING, place, format!("the mapping `{name}` has no key `{top}`"));
                check.add(finding.value(top).allowed(listed(names())).meant(top, names()));
                return;
            }
        },
    };
    let Some(second) = second else { return };
    let rows: Vec<_> = rows.into_iter().filter_map(Value::as_map).collect();
    let has = |row: &&formwork_template::Map| row.contains_key(second) || row.keys().any(|key| is_macro(key));
    // With the first key unknown, one row that has it is enough.
    if rows.is_empty() || rows.iter().any(has) {
        return;
    }
    let names = || rows.iter().flat_map(|row| row.keys()).map(String::as_str);
    let finding = Finding::error(rule::MAPPING, place, format!("the mapping `{name}` has no second key `{second}`"));
    check.add(finding.value(second).allowed(listed(names())).meant(second, names()));
}
