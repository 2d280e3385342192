//! Enums: the listed values, and a way out for those that AWS adds tomorrow.

use formwork_schema::ir::Enum;

use super::text::{Text, line};
use crate::names;

pub(super) fn emit(text: &mut Text, listed: &Enum, name: &str) {
    let variants = names::variants(&listed.values);
    line!(text, "");
    text.doc("", &format!("`{}`", listed.name), &listed.doc);
    line!(text, "pub enum {name} {{");
    for (value, variant) in listed.values.iter().zip(&variants) {
        line!(text, "    /// {}", code(value));
        line!(text, "    {variant},");
    }
    line!(text, "    /// A value that the schema does not list.");
    line!(text, "    Other(String),");
    line!(text, "}}");
    line!(text, "");
    line!(text, "impl {name} {{");
    line!(text, "    /// The value in a template.");
    line!(text, "    #[inline]");
    line!(text, "    pub fn as_str(&self) -> &str {{");
    line!(text, "        match self {{");
    for (value, variant) in listed.values.iter().zip(&variants) {
        line!(text, "            {name}::{variant} => {value:?},");
    }
    line!(text, "            {name}::Other(value) => value,");
    line!(text, "        }}");
    line!(text, "    }}");
    line!(text, "}}");
    line!(text, "");
    line!(text, "impl From<&str> for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn from(value: &str) -> Self {{");
    line!(text, "        match value {{");
    for (value, variant) in listed.values.iter().zip(&variants) {
        line!(text, "            {value:?} => {name}::{variant},");
    }
    line!(text, "            other => {name}::Other(other.to_owned()),");
    line!(text, "        }}");
    line!(text, "    }}");
    line!(text, "}}");
    line!(text, "");
    // By way of the text: derives would match on every value again. No `Eq`: its derive has a function that is not inline.
    line!(text, "impl Clone for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn clone(&self) -> Self {{");
    line!(text, "        {name}::from(self.as_str())");
    line!(text, "    }}");
    line!(text, "}}");
    line!(text, "");
    line!(text, "impl PartialEq for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn eq(&self, other: &Self) -> bool {{");
    line!(text, "        self.as_str() == other.as_str()");
    line!(text, "    }}");
    line!(text, "}}");
    line!(text, "");
    line!(text, "impl fmt::Debug for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{");
    line!(text, "        fmt::Debug::fmt(self.as_str(), f)");
    line!(text, "    }}");
    line!(text, "}}");
    line!(text, "");
    line!(text, "impl ToJson for {name} {{");
    line!(text, "    #[inline]");
    line!(text, "    fn write(&self, out: &mut JsonWriter) {{");
    line!(text, "        out.string(self.as_str());");
    line!(text, "    }}");
    line!(text, "}}");
}

/// The value as code in a doc comment.
fn code(value: &str) -> String {
    let is_plain = !value.is_empty() && !value.contains(['`', '\n']) && value.trim() == value;
    if is_plain { format!("`{value}`") } else { format!("`{}`", value.escape_default().to_string().replace('`', "'")) }
        .replace("``", "(empty)")
}
