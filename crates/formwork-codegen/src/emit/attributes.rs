//! Attributes: what a handle to a resource offers.

use std::collections::BTreeSet;

use formwork_schema::ir::{Attribute, Resource};

use super::text::{Text, line};
use super::types::Types;
use crate::names;

pub(super) fn emit(text: &mut Text, resource: &Resource, types: &Types) {
    let name = format!("{}Attributes", types.resource);
    line!(text, "");
    line!(text, "/// What can be asked of a deployed `{}`.", resource.type_name);
    line!(text, "#[derive(Clone, Debug)]");
    line!(text, "pub struct {name}(Reference);");
    line!(text, "");
    line!(text, "impl From<Reference> for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn from(reference: Reference) -> Self {{");
    line!(text, "        {name}(reference)");
    line!(text, "    }}");
    line!(text, "}}");
    line!(text, "");
    line!(text, "impl {name} {{");
    line!(text, "    /// The resource itself, for attributes that have no method here.");
    line!(text, "    #[inline]");
    line!(text, "    pub fn reference(&self) -> &Reference {{");
    line!(text, "        &self.0");
    line!(text, "    }}");
    line!(text, "");
    line!(
        text,
        "    /// `Ref`: {}.",
        match resource.ref_name.as_str() {
            "Ref" => "what names the resource".to_owned(),
            known => format!("the resource's `{known}`"),
        }
    );
    line!(text, "    #[inline]");
    line!(text, "    pub fn ref_value(&self) -> Val<String> {{");
    line!(text, "        self.0.get_ref({:?})", resource.ref_name);
    line!(text, "    }}");
    for (method, attribute) in methods(resource) {
        line!(text, "");
        text.doc("    ", &format!("`{}`", attribute.name), &attribute.doc);
        line!(text, "    #[inline]");
        line!(text, "    pub fn {method}(&self) -> Val<{}> {{", types.inside(&attribute.ty));
        line!(text, "        self.0.get_att({:?})", attribute.name);
        line!(text, "    }}");
    }
    line!(text, "}}");
}

/// The attributes of a resource type: the method for each, and the attribute.
pub fn methods(resource: &Resource) -> Vec<(String, &Attribute)> {
    let mut taken: BTreeSet<String> = names::RESERVED_METHODS.iter().map(|method| (*method).to_owned()).collect();
    let name = |attribute: &Attribute| {
        let mut method = names::snake(&attribute.name);
        if names::RESERVED_METHODS.contains(&method.as_str()) {
            method.push('_');
        }
        names::unique(method, &mut taken)
    };
    resource.attributes.iter().map(name).zip(&resource.attributes).collect()
}
