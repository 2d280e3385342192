//! Attributes: values that a resource, or a thing that exists already, has.

use std::borrow::Cow;

/// An attribute of a resource: the value of `Ref`, or one of `Fn::GetAtt`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// Value of `Ref`, under the name it has for people: `Arn` for a certificate, `Name` for a record set. The name
    /// appears in the names of parameters and outputs only.
    Ref(Cow<'static, str>),
    /// Value of `Fn::GetAtt`, e.g. `DomainName` or `Endpoint.Address`.
    GetAtt(Cow<'static, str>),
}

impl Attribute {
    /// The attribute's part in the names of outputs and parameters: letters and digits only.
    pub fn export_part(&self) -> String {
        let (Attribute::Ref(name) | Attribute::GetAtt(name)) = self;
        name.chars().filter(char::is_ascii_alphanumeric).collect()
    }
}
