//! Facts that are known before anything is varied: the region, and values that parameters are given.

use std::collections::BTreeMap;

use formwork_model::parameter::{self, SystemParameter};
use formwork_model::{Hole, Term, secret};
use formwork_template::Template;

/// Facts that are known before anything is varied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'t> {
    pub(crate) template: &'t Template,
    pub(crate) region: Option<&'t str>,
    /// Values that parameters are given.
    pub(crate) given: &'t BTreeMap<String, String>,
}

impl<'t> Setting<'t> {
    /// The value that a parameter is given. Of one that names an entry of Systems Manager nobody knows the value.
    pub(crate) fn given(self, name: &str) -> Option<&'t str> {
        let parameter = self.template.parameters.get(name)?;
        let is_name = parameter::system_parameter(&parameter.parameter_type) == Some(SystemParameter::Value);
        self.given.get(name).filter(|_| !is_name).map(String::as_str)
    }

    /// A parameter's value, or a hole for it. What is secret stays unknown: findings show values.
    pub(crate) fn parameter(self, name: &str) -> Option<Term> {
        let parameter = self.template.parameters.get(name)?;
        let given = self.given(name).filter(|_| !secret::is_no_echo(parameter));
        let hole = || Term::Hole(Hole::Parameter(name.to_owned()));
        Some(given.map_or_else(hole, |text| parameter::read(&parameter.parameter_type, text)))
    }
}
