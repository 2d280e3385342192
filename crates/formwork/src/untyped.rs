//! Resources of types that formwork does not know: custom resources, third-party types, types newer than the schemas.

use std::borrow::Cow;

use formwork_assembly::Problem;
use formwork_template::reference::Shaped;
use formwork_template::{
    Attribute, HasAttributes, JsonWriter, Map, Properties, Reference, Resource, ToJson as _, Val, Value,
};

use crate::handle::Handle;
use crate::scope::{Construct, Lowered, Scope};

/// A resource by the name of its type and its properties as JSON. Nothing checks them before CloudFormation does. After
/// [`Scope::transform`], its type may be any name: that of something that a macro replaces.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut stack = Stack::<UsEast1>::new("example");
/// let properties = json!({ "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:f" });
/// let thing = stack.add("Thing", Untyped::new("Custom::Thing", properties));
/// stack.output("Result", thing.get_att::<String>("Result"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Untyped {
    /// The name of the type, e.g. `Custom::Thing` or `Acme::Service::Resource`.
    pub type_name: String,
    /// The properties: an object, or a function that gives one.
    pub properties: Value,
}

/// The attributes of an untyped resource: any, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct UntypedAttributes(Reference);

impl Untyped {
    /// A resource of the type `type_name`, with properties as [`json!`](crate::json!) makes them.
    pub fn new(type_name: impl Into<String>, properties: impl Into<Value>) -> Self {
        Untyped { type_name: type_name.into(), properties: properties.into() }
    }
}

impl UntypedAttributes {
    /// The value that `Ref` returns.
    pub fn ref_value(&self) -> Val<String> {
        self.0.get_ref("Ref")
    }

    /// The attribute `name`, as `Fn::GetAtt` returns it.
    pub fn get_att<T: Shaped>(&self, name: impl Into<Cow<'static, str>>) -> Val<T> {
        self.0.value(Attribute::GetAtt(name.into()))
    }
}

impl From<Reference> for UntypedAttributes {
    fn from(reference: Reference) -> Self {
        UntypedAttributes(reference)
    }
}

impl HasAttributes for Untyped {
    type Attributes = UntypedAttributes;
}

impl Lowered for Untyped {
    type L1 = UntypedProperties;
}

impl<R> Construct<R> for Untyped {
    type Handle = Handle<Untyped, R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        // A macro may replace the resource, and its own names are as it likes.
        if let Err(reason) = check_type_name(&self.type_name)
            && scope.template().transform.is_none()
        {
            let hint = "for example `Custom::Thing` or `Acme::Service::Resource`";
            scope.problem(Problem::error(format!("{:?} is not a resource type: {reason}", self.type_name)).hint(hint));
        }
        let properties = match self.properties {
            properties @ (Value::Map(_) | Value::Function(_)) => properties,
            Value::Null => Value::Map(Map::new()),
            _ => {
                scope.problem(Problem::error(format!("the properties of a `{}` are not an object", self.type_name)));
                Value::Map(Map::new())
            }
        };
        scope.insert(Resource::untyped(self.type_name, Box::new(UntypedProperties(properties))))
    }
}

/// The properties of an untyped resource, as [`Scope::edit`] changes them.
#[derive(Clone, Debug, PartialEq)]
pub struct UntypedProperties(pub Value);

impl Properties for UntypedProperties {
    fn write(&self, out: &mut JsonWriter) {
        self.0.write(out);
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

/// Source: AWS CloudFormation Template Reference, `AWS::CloudFormation::CustomResource` (60 of letters, digits, `_@-` after
/// `Custom::`); CloudFormation CLI User Guide, `typeName` (three parts of letters and digits, `::MODULE` for modules).
fn check_type_name(name: &str) -> Result<(), &'static str> {
    let alphanumeric = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    if let Some(rest) = name.strip_prefix("Custom::") {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_@-".contains(c);
        return match rest.len() {
            1..=60 if rest.chars().all(allowed) => Ok(()),
            _ => Err("after `Custom::` come 1 to 60 letters, digits and `_@-`"),
        };
    }
    match name.split("::").filter(alphanumeric).count() {
        3 | 4 if name.split("::").all(|part| alphanumeric(&part)) => Ok(()),
        _ => Err("it has three parts of letters and digits, with `::` between them"),
    }
}

#[cfg(test)]
mod tests {
    use super::check_type_name;

    #[test]
    fn type_names() {
        for good in ["Custom::Thing", "Custom::a_@-", "AWS::S3::Bucket", "Acme::Service::Resource::MODULE"] {
            assert_eq!(check_type_name(good), Ok(()), "{good}");
        }
        for bad in ["", "Thing", "Custom::", "Custom::a b", "AWS::S3", "AWS:S3:Bucket", "AWS::S3::", "a::b::c::d::e"] {
            assert!(check_type_name(bad).is_err(), "{bad}");
        }
    }
}
