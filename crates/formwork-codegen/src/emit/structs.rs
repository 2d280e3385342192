//! Structs: of a resource's properties, and of nested objects.

use std::collections::BTreeSet;

use formwork_schema::ir::{Property, Resource, Struct, Type, Update};

use super::text::{Text, line};
use super::types::Types;
use crate::objects::{Pair, pair};
use crate::{docs, names};

/// A field: what it is in Rust and in the template.
struct Field<'a> {
    rust: String,
    ty: String,
    property: &'a Property,
}

/// The resource's own struct with everything that makes it one. Gives the names of the types that the service offers.
pub(super) fn resource(text: &mut Text, resource: &Resource, types: &Types) -> Vec<String> {
    let name = types.resource.clone();
    let fields = fields(&resource.properties, types);
    line!(text, "");
    text.doc("", &docs::linked(&resource.type_name), &resource.doc);
    if resource.replaced_by_any_change {
        line!(text, "///");
        line!(text, "/// There is no way to update such a resource: any change replaces it.");
    }
    let required = structure(text, &name, &fields, types);
    debug(text, &name, "debug_properties");
    line!(text, "");
    line!(text, "impl Properties for {name} {{");
    table(text, &fields);
    line!(text, "}}");
    line!(text, "");
    line!(text, "impl ResourceType for {name} {{");
    line!(text, "    const TYPE_NAME: &'static str = \"{}\";", resource.type_name);
    if resource.ref_name != "Ref" {
        line!(text, "    const REF_NAME: &'static str = {:?};", resource.ref_name);
    }
    line!(text, "}}");
    line!(text, "");
    line!(text, "impl HasAttributes for {name} {{");
    line!(text, "    type Attributes = {name}Attributes;");
    line!(text, "}}");
    let mut exports = vec![name];
    exports.extend(required);
    exports
}

/// A nested object's struct.
pub(super) fn nested(text: &mut Text, nested: &Struct, types: &Types) {
    let name = types.name(&nested.name);
    let fields = fields(&nested.properties, types);
    line!(text, "");
    text.doc("", &format!("`{}`", nested.name), &nested.doc);
    structure(text, &name, &fields, types);
    debug(text, &name, "debug");
    line!(text, "");
    line!(text, "impl ToJson for {name} {{");
    table(text, &fields);
    line!(text, "}}");
    key_value(text, &name, &fields);
    object(text, &name, nested, &fields);
}

/// The place of an object in S3, which needs nothing else: it can be made of one.
fn object(text: &mut Text, name: &str, nested: &Struct, fields: &[Field<'_>]) {
    let Some(Pair { bucket, is_arn, key, is_all: true }) = pair(&nested.name, &nested.properties) else { return };
    line!(text, "");
    line!(text, "impl FromS3Object for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn from_s3_object(object: &InS3) -> Self {{");
    line!(text, "        {name} {{");
    for field in fields {
        let value = match &field.property.name {
            own if *own == bucket.name && is_arn => "object.bucket_arn()",
            own if *own == bucket.name => "object.bucket()",
            own if *own == key.name => "object.key()",
            _ => "",
        };
        match (value, field.property.required) {
            ("", _) => line!(text, "            {}: None,", field.rust),
            (value, true) => line!(text, "            {}: {value},", field.rust),
            (value, false) => line!(text, "            {}: Some({value}),", field.rust),
        }
    }
    line!(text, "        }}");
    line!(text, "    }}");
    line!(text, "}}");
}

/// A key with a value and nothing else, such as a tag: it can be written as a pair.
fn key_value(text: &mut Text, name: &str, fields: &[Field<'_>]) {
    let [key, value] = fields else { return };
    let is = |field: &Field<'_>, name: &str| field.property.name == name && field.property.ty == Type::String;
    if !is(key, "Key") || !is(value, "Value") {
        return;
    }
    let given = |field: &Field<'_>| match field.property.required {
        true => field.rust.clone(),
        false => format!("{0}: Some({0})", field.rust),
    };
    line!(text, "");
    line!(text, "impl FromKeyValue for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn key_value(key: Val<String>, value: Val<String>) -> Self {{");
    line!(text, "        {name} {{ {}, {} }}", given(key), given(value));
    line!(text, "    }}");
    line!(text, "}}");
}

fn fields<'a>(properties: &'a [Property], types: &Types) -> Vec<Field<'a>> {
    field_names(properties)
        .into_iter()
        .map(|(rust, property)| Field { rust, ty: format!("Val<{}>", types.inside(&property.ty)), property })
        .collect()
}

/// The fields of a struct: the name of each in Rust, and its property.
pub fn field_names(properties: &[Property]) -> Vec<(String, &Property)> {
    let mut taken = BTreeSet::new();
    let name = |property: &Property| names::unique(names::snake(&property.name), &mut taken);
    properties.iter().map(name).zip(properties).collect()
}

/// The struct and its constructor; the name of its `…Required` if it has one.
fn structure(text: &mut Text, name: &str, fields: &[Field<'_>], types: &Types) -> Option<String> {
    let required: Vec<&Field<'_>> = fields.iter().filter(|field| field.property.required).collect();
    if fields.is_empty() {
        line!(text, "#[derive(Clone, Default)]");
        line!(text, "pub struct {name} {{}}");
        return None;
    }
    line!(text, "#[derive(Clone)]");
    line!(text, "pub struct {name} {{");
    for field in fields {
        let first = format!("`{}`{}", field.property.name, update(field.property.update));
        text.doc("    ", &first, &field.property.doc);
        if field.property.required {
            line!(text, "    pub {}: {},", field.rust, field.ty);
        } else {
            line!(text, "    pub {}: Option<{}>,", field.rust, field.ty);
        }
    }
    line!(text, "}}");
    match required.as_slice() {
        [] => {
            // Written out: the derive calls a function for every field, and checks every call.
            line!(text, "");
            line!(text, "impl Default for {name} {{");
            line!(text, "    #[inline]");
            line!(text, "    fn default() -> Self {{");
            line!(text, "        {name} {{");
            for field in fields {
                line!(text, "            {}: None,", field.rust);
            }
            line!(text, "        }}");
            line!(text, "    }}");
            line!(text, "}}");
            None
        }
        [one] => {
            line!(text, "");
            line!(text, "impl {name} {{");
            line!(text, "    /// With what is required: `{}`.", one.property.name);
            line!(text, "    #[inline]");
            line!(text, "    pub fn new({}: impl Into<{}>) -> Self {{", one.rust, one.ty);
            line!(text, "        {name} {{");
            for field in fields {
                if field.property.required {
                    line!(text, "            {0}: {0}.into(),", field.rust);
                } else {
                    line!(text, "            {}: None,", field.rust);
                }
            }
            line!(text, "        }}");
            line!(text, "    }}");
            line!(text, "}}");
            None
        }
        several => Some(with_required(text, name, fields, several, types)),
    }
}

fn with_required(text: &mut Text, name: &str, fields: &[Field<'_>], required: &[&Field<'_>], types: &Types) -> String {
    let group = types.required(name);
    line!(text, "");
    line!(text, "/// What [`{name}::new`] requires.");
    line!(text, "pub struct {group} {{");
    for field in required {
        line!(text, "    /// `{}`", field.property.name);
        line!(text, "    pub {}: {},", field.rust, field.ty);
    }
    line!(text, "}}");
    line!(text, "");
    line!(text, "impl {name} {{");
    line!(text, "    /// With what is required.");
    line!(text, "    #[inline]");
    line!(text, "    pub fn new(required: {group}) -> Self {{");
    line!(text, "        {name} {{");
    for field in fields {
        if field.property.required {
            line!(text, "            {0}: required.{0},", field.rust);
        } else {
            line!(text, "            {}: None,", field.rust);
        }
    }
    line!(text, "        }}");
    line!(text, "    }}");
    line!(text, "}}");
    group
}

/// The effect of a change, after the name in a doc comment.
pub(super) fn update(update: Update) -> &'static str {
    match update {
        Update::InPlace => "",
        Update::Replacement => ". Update: replacement",
        Update::MayReplace => ". Update: may replace",
    }
}

/// `Debug`, by one function for all types.
pub(super) fn debug(text: &mut Text, name: &str, function: &str) {
    line!(text, "");
    line!(text, "impl fmt::Debug for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{");
    line!(text, "        {function}(self, f)");
    line!(text, "    }}");
    line!(text, "}}");
}

/// The one function of a struct: its table.
fn table(text: &mut Text, fields: &[Field<'_>]) {
    line!(text, "    #[inline]");
    line!(text, "    fn write(&self, out: &mut JsonWriter) {{");
    if fields.is_empty() {
        line!(text, "        out.object(&[]);");
    } else {
        line!(text, "        out.object(&[");
        for field in fields {
            line!(text, "            ({:?}, &self.{}),", field.property.name, field.rust);
        }
        line!(text, "        ]);");
    }
    line!(text, "    }}");
}
