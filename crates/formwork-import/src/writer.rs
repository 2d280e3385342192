//! State while the source of a stack is written: variables, their uses, parts that are written already, and remarks.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use formwork_schema::ir::Type;
use formwork_template::Template;

use crate::catalog::{Catalog, Known};
use crate::remark::Remark;
use crate::scope::{self, Uses};

pub(crate) struct Writer<'t> {
    pub(crate) template: &'t Template,
    pub(crate) catalog: &'t mut Catalog,
    pub(crate) variables: BTreeMap<String, String>,
    /// The findings of the first writing.
    pub(crate) before: Uses,
    pub(crate) uses: Uses,
    /// The parameters that stand in the source by now.
    pub(crate) declared: BTreeSet<String>,
    /// The resources that do, with the generated type of each that has one.
    pub(crate) added: BTreeMap<String, Option<Rc<Known>>>,
    /// The modules of services that the source uses, with their features.
    pub(crate) services: BTreeMap<String, String>,
    pub(crate) remarks: Vec<Remark>,
    /// The entry that is being written.
    pub(crate) current: String,
}

impl<'t> Writer<'t> {
    pub(crate) fn new(template: &'t Template, catalog: &'t mut Catalog, before: Uses) -> Self {
        Writer {
            template,
            catalog,
            variables: scope::variables(template),
            before,
            uses: Uses::default(),
            declared: BTreeSet::new(),
            added: BTreeMap::new(),
            services: BTreeMap::new(),
            remarks: Vec::new(),
            current: String::new(),
        }
    }

    /// Something that has no typed form: all of the entry that is being written, or what is at a path in it.
    pub(crate) fn remark(&mut self, path: &str, reason: impl Into<String>) {
        self.remarks.push(Remark { place: self.current.clone(), path: path.to_owned(), reason: reason.into() });
    }

    /// The value of a parameter that has been declared, and its type.
    pub(crate) fn parameter(&mut self, name: &str, want: Option<&Type>) -> Option<(String, Type)> {
        let parameter = self.template.parameters.get(name).filter(|_| self.declared.contains(name))?;
        *self.uses.count.entry(name.to_owned()).or_default() += 1;
        self.uses.wanted.entry(name.to_owned()).or_default().extend(want.cloned());
        let variable = self.variables.get(name)?;
        let is_last = self.before.count.get(name) == Some(&1);
        let code = if is_last { variable.clone() } else { format!("{variable}.clone()") };
        Some((code, self.before.type_of(name, parameter)))
    }

    /// The handle of a resource that has been added.
    pub(crate) fn handle(&mut self, logical_id: &str) -> Option<String> {
        if !self.is_added(logical_id) {
            return None;
        }
        *self.uses.count.entry(logical_id.to_owned()).or_default() += 1;
        self.variables.get(logical_id).cloned()
    }

    pub(crate) fn is_added(&self, logical_id: &str) -> bool {
        self.added.contains_key(logical_id)
    }

    /// The generated type of a resource; nothing when it is an untyped one.
    pub(crate) fn type_of(&self, logical_id: &str) -> Option<Rc<Known>> {
        self.added.get(logical_id).cloned().flatten()
    }

    /// The name in the source of a type of a resource type's properties.
    pub(crate) fn nested(&mut self, known: &Known, rust: String) -> String {
        self.type_in_module(known, &rust, rust.clone())
    }

    /// The name in the source of what the constructor of a type takes.
    pub(crate) fn group(&mut self, known: &Known, path: &str) -> String {
        let rust = path.rsplit("::").next().unwrap_or(path);
        let (group, is_offered) = known.group(rust);
        if is_offered { format!("{}::{group}", known.service) } else { self.type_in_module(known, rust, group) }
    }

    /// `name` is `rust` itself, or what its constructor takes.
    fn type_in_module(&mut self, known: &Known, rust: &str, name: String) -> String {
        let modules = self.uses.types.entry(name.clone()).or_default();
        let catalog = &self.catalog;
        let same = |module: &String| {
            *module == known.module || catalog.of_module(module).is_some_and(|other| known.shares(&other, rust))
        };
        let module = modules.keys().find(|module| same(module)).unwrap_or(&known.module).clone();
        *modules.entry(module.clone()).or_default() += 1;
        if self.before.import_of(&name) == Some(&module) {
            return name;
        }
        self.services.insert(known.service.clone(), known.feature.clone());
        format!("{}::{name}", known.module)
    }

    /// True if `Ref` of the name is a text here.
    pub(crate) fn is_text(&self, name: &str) -> bool {
        match self.template.parameters.get(name) {
            Some(parameter) => self.before.type_of(name, parameter) == Type::String,
            None => {
                self.is_added(name)
                    || (name.starts_with("AWS::") && !["AWS::NoValue", "AWS::NotificationARNs"].contains(&name))
            }
        }
    }
}
