//! Unions: one variant per alternative, and a way out for those that AWS adds tomorrow.

use formwork_schema::ir::{Alternative, Union};

use super::structs;
use super::text::{Text, line};
use super::types::Types;
use crate::names;

pub(super) fn emit(text: &mut Text, union: &Union, types: &Types) {
    let name = types.name(&union.name);
    let names: Vec<String> = union.alternatives.iter().map(|alternative| alternative.name.clone()).collect();
    let variants: Vec<(&Alternative, String)> = union.alternatives.iter().zip(names::variants(&names)).collect();
    line!(text, "");
    text.doc("", &format!("`{}`: one of these.", union.name), &union.doc);
    line!(text, "#[derive(Clone)]");
    line!(text, "pub enum {name} {{");
    for (alternative, variant) in &variants {
        let first = format!("`{}`{}", alternative.name, structs::update(alternative.update));
        text.doc("    ", &first, &alternative.doc);
        line!(text, "    {variant}(Val<{}>),", types.inside(&alternative.ty));
    }
    line!(text, "    /// A form that the schema does not have.");
    line!(text, "    Other(Value),");
    line!(text, "}}");
    structs::debug(text, &name, "debug");
    line!(text, "");
    line!(text, "impl ToJson for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn write(&self, out: &mut JsonWriter) {{");
    line!(text, "        match self {{");
    for (alternative, variant) in &variants {
        match &alternative.key {
            Some(key) => line!(text, "            {name}::{variant}(value) => out.object(&[({key:?}, value)]),"),
            None => line!(text, "            {name}::{variant}(value) => value.write(out),"),
        }
    }
    line!(text, "            {name}::Other(value) => value.write(out),");
    line!(text, "        }}");
    line!(text, "    }}");
    line!(text, "}}");
}
