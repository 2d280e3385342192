//! The source of a stack, section by section. It is written twice: the first time tells how often each variable is used and as
//! what, which the second time needs.

use std::collections::{BTreeMap, BTreeSet};

use formwork_schema::ir::Type;
use formwork_template::{
    DeletionPolicy, Function, Map, Output, Parameter, ParameterType, Resource, Template, UpdateReplacePolicy, Value,
};

use crate::catalog::Catalog;
use crate::code::Code;
use crate::expression::Place;
use crate::options::Options;
use crate::remark::{Remark, together};
use crate::scope::Uses;
use crate::writer::Writer;
use crate::{literal, order};

/// The depth of a statement in `app`.
const INDENT: usize = 4;

/// Source of a stack, as it was written.
pub(crate) struct Source {
    /// `src/lib.rs`
    pub(crate) text: String,
    /// The features of `formwork` that it needs.
    pub(crate) features: BTreeSet<String>,
    pub(crate) remarks: Vec<Remark>,
}

pub(crate) fn write(template: &Template, options: &Options) -> Source {
    let mut catalog = Catalog::default();
    let first = {
        let mut writer = Writer::new(template, &mut catalog, Uses::default());
        writer.stack(options);
        writer.uses
    };
    let mut writer = Writer::new(template, &mut catalog, first);
    let body = writer.stack(options);
    let text = writer.file(options, &body);
    Source { text, features: writer.services.into_values().collect(), remarks: writer.remarks }
}

impl Writer<'_> {
    /// The statement that binds what is used later, and is a statement only otherwise.
    fn bind(&self, id: &str, code: &Code) -> String {
        let binding = match self.variables.get(id) {
            Some(variable) if self.before.count.contains_key(id) => format!("let {variable} = "),
            _ => String::new(),
        };
        code.statement(INDENT, &binding, ";")
    }

    fn file(&self, options: &Options, body: &str) -> String {
        let mut text = format!("//! The stack `{}`", options.name);
        if let Some(source) = &options.source {
            text += &format!(", imported from {}", literal::comment(source, usize::MAX).join(" "));
        }
        text += ".\n";
        if let Some(description) = &self.template.description {
            let lines = literal::comment(description, 96);
            if !lines.is_empty() {
                text += "//!\n";
            }
            for line in lines {
                text += &format!("//! {}\n", line.replace('[', "\\[").replace('<', "\\<"));
            }
        }
        text.push('\n');
        let mut types: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for name in self.uses.types.keys() {
            if let Some(module) = self.before.import_of(name) {
                types.entry(module).or_default().push(name);
            }
        }
        let services: Vec<&str> = self.services.keys().map(String::as_str).collect();
        let types = types.into_iter().map(|(module, names)| import_line(&format!("formwork::cfn::{module}"), &names));
        let mut imports: Vec<String> = types.collect();
        if !services.is_empty() {
            imports.push(import_line("formwork::cfn", &services));
        }
        // As rustfmt sorts them: a module before what is in it, lists last.
        imports.sort_by(|one, other| one.trim_end_matches([';', '\n']).cmp(other.trim_end_matches([';', '\n'])));
        text += &imports.concat();
        text += "use formwork::prelude::*;\n\n";
        text += "/// The app: one stack.\n";
        text += "pub fn app(_context: &Context) -> App {\n";
        let region = formwork_template::reference::pascal_case(&options.region);
        let mutable = if body.is_empty() { "" } else { "mut " };
        text += &format!("    let {mutable}stack = Stack::<{region}>::new({:?});\n", options.name);
        text + body + "\n    App::new().with(stack)\n}\n"
    }

    /// The statements between the stack's `new` and its way into the app.
    fn stack(&mut self, options: &Options) -> String {
        let template = self.template;
        let mut blocks = Vec::new();
        if let Some(description) = &template.description {
            blocks.push(call("description", vec![Code::text(description)]));
        }
        for (name, parameter) in &template.parameters {
            blocks.push(
                self.commented(options, &["Parameters", name], |writer| writer.parameter_statement(name, parameter)),
            );
        }
        blocks.push(self.whole());
        for (section, method, field, entries) in
            [("Rules", "rule", "rules", &template.rules), ("Mappings", "mapping", "mappings", &template.mappings)]
        {
            for (name, value) in entries {
                blocks.push(self.commented(options, &[section, name], |writer| {
                    let json = Code::Json(writer.json(value));
                    match formwork_template::logical_id::check(name) {
                        Ok(()) => call(method, vec![Code::text(name), json]),
                        Err(_) => {
                            writer.remark("", "a name that is not a logical id");
                            insert(field, name, json)
                        }
                    }
                }));
            }
        }
        for (name, value) in &template.conditions {
            blocks
                .push(self.commented(options, &["Conditions", name], |writer| writer.condition_statement(name, value)));
        }
        for id in order::order(template) {
            if let Some(resource) = template.resources.get(id) {
                blocks.push(self.commented(options, &["Resources", id], |writer| writer.resource(id, resource)));
            }
        }
        for (name, output) in &template.outputs {
            blocks.push(self.commented(options, &["Outputs", name], |writer| writer.output(name, output)));
        }
        blocks.push(self.rest());
        join(blocks)
    }

    fn commented(&mut self, options: &Options, path: &[&str], write: impl FnOnce(&mut Self) -> String) -> String {
        self.current = path.join(".");
        let before = self.remarks.len();
        let statement = write(self);
        let mut text = String::new();
        let mut comment = |words: &str| {
            for line in literal::comment(words, 92) {
                text += &format!("    // {line}\n");
            }
        };
        if let Some(words) = options.comments.get(&self.current) {
            comment(words);
        }
        for (_, words) in together(&self.remarks[before..]) {
            comment(&format!("Untyped: {words}."));
        }
        text + &statement
    }

    /// Statements about the template as a whole, which may name parameters.
    fn whole(&mut self) -> String {
        let template = self.template;
        let mut text = String::new();
        if let Some(transform) = &template.transform {
            self.current = "Transform".to_owned();
            self.remark("", "macros change the template when it is deployed");
            let argument = self.argument(transform);
            text += &call("transform", vec![argument]);
        }
        for (key, value) in &template.metadata {
            let value = self.argument(value);
            text += &call("metadata", vec![Code::text(key), value]);
        }
        text
    }

    fn parameter_statement(&mut self, name: &str, parameter: &Parameter) -> String {
        let ty = match self.before.type_of(name, parameter) {
            Type::Integer => "i64",
            Type::Number => "f64",
            Type::Boolean => "bool",
            Type::List(_) => "Vec<Val<String>>",
            _ => "String",
        };
        let mut fields = Vec::new();
        match &parameter.parameter_type {
            ParameterType::String => {}
            ParameterType::Number => fields.push(("parameter_type", Code::raw("ParameterType::Number"))),
            ParameterType::CommaDelimitedList => {
                fields.push(("parameter_type", Code::raw("ParameterType::CommaDelimitedList")))
            }
            ParameterType::NumberList => fields.push(("parameter_type", Code::raw("ParameterType::NumberList"))),
            other => fields.push(("parameter_type", string(other.as_str()))),
        }
        let mut value = |writer: &mut Self, name, value: &Option<Value>| {
            if let Some(value) = value {
                let code = into(writer.argument(value));
                fields.push((name, Code::call("Some", [code])));
            }
        };
        value(self, "default", &parameter.default);
        value(self, "min_length", &parameter.min_length);
        value(self, "max_length", &parameter.max_length);
        value(self, "min_value", &parameter.min_value);
        value(self, "max_value", &parameter.max_value);
        value(self, "no_echo", &parameter.no_echo);
        if let Some(values) = &parameter.allowed_values {
            let values: Vec<Code> = values.iter().map(|value| into(self.argument(value))).collect();
            fields.push(("allowed_values", Code::call("Some", [Code::Vec(values)])));
        }
        let texts = [
            ("description", &parameter.description),
            ("allowed_pattern", &parameter.allowed_pattern),
            ("constraint_description", &parameter.constraint_description),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                fields.push((name, Code::call("Some", [string(text)])));
            }
        }
        let fields: Vec<_> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let default = Code::call("Parameter::default", []);
        let parameter = match fields.is_empty() {
            true => default,
            false => Code::Struct("Parameter".to_owned(), fields, Some(Box::new(default))),
        };
        self.declared.insert(name.to_owned());
        self.bind(name, &Code::call(format!("stack.parameter::<{ty}>"), [Code::text(name), parameter]))
    }

    fn condition_statement(&mut self, name: &str, value: &Value) -> String {
        let is_name = formwork_template::logical_id::check(name).is_ok();
        match self.condition(value).filter(|_| is_name) {
            Some(code) => call("condition", vec![Code::text(name), code]),
            None => {
                self.remark("", "a value that is not a condition function, or a name that is not a logical id");
                let json = Code::Json(self.json(value));
                insert("conditions", name, json)
            }
        }
    }

    /// A condition function; nothing when the value is something else.
    fn condition(&mut self, value: &Value) -> Option<Code> {
        let each = |writer: &mut Self, values: &[Value]| -> Option<Vec<Code>> {
            values.iter().map(|value| writer.condition(value)).collect()
        };
        Some(match value.as_function()? {
            Function::Condition(name) => Code::call("function::condition", [Code::text(name)]),
            Function::Equals(left, right) => {
                Code::call("function::equals", [self.argument(left), self.argument(right)])
            }
            Function::Not(condition) => Code::call("function::not", [self.condition(condition)?]),
            Function::And(conditions) => Code::call("function::and", [Code::Array(each(self, conditions)?)]),
            Function::Or(conditions) => Code::call("function::or", [Code::Array(each(self, conditions)?)]),
            _ => return None,
        })
    }

    fn resource(&mut self, id: &str, resource: &Resource) -> String {
        let properties = resource.properties.to_value();
        let known = self.catalog.get(&resource.type_name);
        let mut typed = None;
        let mut newer = Map::new();
        if let (Some(known), Value::Map(entries)) = (&known, &properties) {
            let place = Place { known, path: "" };
            let has = |name: &str| known.schema.properties.iter().any(|property| property.name == name);
            let (own, others): (Map, Map) = entries.clone().into_iter().partition(|(name, _)| has(name));
            typed = self.structure(&own, &known.schema.properties, None, place);
            if typed.is_some() {
                newer = others;
            }
        } else if known.is_none() {
            self.remark(
                "",
                match resource.type_name.starts_with("Custom::") {
                    true => "a custom resource",
                    false => "a type that formwork does not have",
                },
            );
        } else {
            self.remark("Properties", "a function in place of all properties");
        }
        let construct = match (&typed, &known) {
            (Some(construct), Some(known)) => {
                self.services.insert(known.service.clone(), known.feature.clone());
                construct.clone()
            }
            _ => {
                let json = Code::Json(self.json(&properties));
                Code::call("Untyped::new", [Code::text(&resource.type_name), json])
            }
        };
        self.added.insert(id.to_owned(), known.filter(|_| typed.is_some()));
        let options = self.resource_options(id, resource, &newer);
        let add = Code::chain(Code::raw("stack"), vec![("add", vec![Code::text(id), construct])]);
        self.bind(id, &add) + &options
    }

    /// Calls for the resource attributes beside the properties.
    fn resource_options(&mut self, id: &str, resource: &Resource, newer: &Map) -> String {
        let mut calls: Vec<(&'static str, Vec<Code>)> = Vec::new();
        let targets: Option<Vec<String>> =
            match resource.depends_on.iter().all(|other| self.is_added(other) && other != id) {
                true => resource.depends_on.iter().map(|other| self.handle(other)).collect(),
                false => None,
            };
        match targets {
            Some(targets) => {
                calls.extend(targets.iter().map(|target| ("depends_on", vec![Code::raw(format!("&{target}"))])));
            }
            None => {
                self.remark("DependsOn", "a resource that is not there, or needs this one itself");
                let ids: Value = resource.depends_on.clone().into();
                let json = Code::Json(self.json(&ids));
                calls.push(("attribute", vec![Code::text("DependsOn"), json]));
            }
        }
        if let Some(condition) = &resource.condition {
            calls.push(("condition", vec![Code::text(condition)]));
        }
        let is_retained = resource.deletion_policy == Some(DeletionPolicy::Retain)
            && resource.update_replace_policy == Some(UpdateReplacePolicy::Retain);
        if is_retained {
            calls.push(("retain", Vec::new()));
        } else {
            let policy = |path: &str, word: &str, known: &[&str]| match known.contains(&word) {
                true => Code::raw(format!("{path}::{word}")),
                false => string(word),
            };
            if let Some(deletion) = &resource.deletion_policy {
                let known = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];
                calls.push(("deletion_policy", vec![policy("DeletionPolicy", deletion.as_str(), &known)]));
            }
            if let Some(replace) = &resource.update_replace_policy {
                let known = ["Delete", "Retain", "Snapshot"];
                calls.push(("update_replace_policy", vec![policy("UpdateReplacePolicy", replace.as_str(), &known)]));
            }
        }
        for (name, policy) in
            [("creation_policy", &resource.creation_policy), ("update_policy", &resource.update_policy)]
        {
            if let Some(policy) = policy {
                calls.push((name, vec![Code::Json(self.json(policy))]));
            }
        }
        for (name, entries) in [("property", newer), ("metadata", &resource.metadata), ("attribute", &resource.others)]
        {
            for (key, value) in entries {
                match name {
                    "property" => self.remark(key, "a property that the type does not have"),
                    "attribute" => self.remark(key, "a function or an attribute that formwork does not know"),
                    _ => {}
                }
                let value = self.argument(value);
                calls.push((name, vec![Code::text(key), value]));
            }
        }
        if calls.is_empty() {
            return String::new();
        }
        let Some(variable) = self.handle(id) else { return String::new() };
        calls.insert(0, ("options", vec![Code::raw(format!("&{variable}"))]));
        Code::chain(Code::raw("stack"), calls).statement(INDENT, "", ";")
    }

    fn output(&mut self, name: &str, output: &Output) -> String {
        let mut calls = vec![("output", vec![Code::text(name), self.argument(&output.value)])];
        if let Some(description) = &output.description {
            calls.push(("description", vec![Code::text(description)]));
        }
        if let Some(export) = &output.export_name {
            calls.push(("export", vec![self.argument(export)]));
        }
        if let Some(condition) = &output.condition {
            calls.push(("condition", vec![Code::text(condition)]));
        }
        Code::chain(Code::raw("stack"), calls).statement(INDENT, "", ";")
    }

    /// Parts of the template that only macros and newer versions of CloudFormation understand.
    fn rest(&mut self) -> String {
        let template = self.template;
        let mut text = String::new();
        for (section, field, entries) in [
            ("Resources", "resource_macros", &template.resource_macros),
            ("Outputs", "output_macros", &template.output_macros),
            ("", "others", &template.others),
        ] {
            for (key, value) in entries {
                self.current = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
                let reason = match section {
                    "" => "a section that formwork does not know",
                    _ => "a macro makes entries of it when the stack is deployed",
                };
                self.remark("", reason);
                let json = Code::Json(self.json(value));
                text += &format!("    // Untyped: {reason}.\n{}", insert(field, key, json));
            }
        }
        text
    }
}

/// `stack.method(arguments);`
fn call(method: &'static str, arguments: Vec<Code>) -> String {
    Code::chain(Code::raw("stack"), vec![(method, arguments)]).statement(INDENT, "", ";")
}

/// Statement that puts a value without a method of its own into the template.
fn insert(field: &str, key: &str, value: Code) -> String {
    Code::call(format!("stack.template_mut().{field}.insert"), [string(key), value]).statement(INDENT, "", ";")
}

/// A text where a `String` is wanted, or something else that one converts to.
fn string(text: &str) -> Code {
    Code::Raw(format!("{}.into()", literal::text(text)))
}

fn into(code: Code) -> Code {
    match code {
        Code::Raw(text) if !text.contains('\n') && !text.starts_with('-') => Code::Raw(format!("{text}.into()")),
        Code::Json(_) => code,
        other => Code::call("Value::from", [other]),
    }
}

fn import_line(path: &str, names: &[&str]) -> String {
    if let [only] = names {
        return format!("use {path}::{only};\n");
    }
    let line = format!("use {path}::{{{}}};\n", names.join(", "));
    if line.len() <= 101 {
        return line;
    }
    let mut text = format!("use {path}::{{\n   ");
    let mut width = 3;
    for name in names {
        if width + name.len() + 2 > 100 {
            text += "\n   ";
            width = 3;
        }
        text += &format!(" {name},");
        width += name.len() + 2;
    }
    text + "\n};\n"
}

/// Blocks with an empty line around each that has several lines.
fn join(blocks: Vec<String>) -> String {
    let mut text = String::new();
    let mut is_open = false;
    for block in blocks.into_iter().filter(|block| !block.is_empty()) {
        let is_long = block.lines().count() > 1;
        if !text.is_empty() && (is_long || is_open) {
            text.push('\n');
        }
        is_open = is_long;
        text += &block;
    }
    text
}
