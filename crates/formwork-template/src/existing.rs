//! Things that exist already, outside the app's stacks: their known values are written in place of their attributes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::attribute::Attribute;

/// A thing that exists: its type, and the values known of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Existing {
    /// The name of its type, e.g. `AWS::S3::Bucket`.
    pub type_name: Cow<'static, str>,
    /// Value of `Ref`.
    ref_value: Option<String>,
    attributes: BTreeMap<Cow<'static, str>, String>,
    /// Reason why the thing cannot be what its author calls it. None of its values is known then.
    pub fault: Option<String>,
    /// Place in the source where it was named.
    pub place: Place,
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file.
    pub file: Cow<'static, str>,
    /// The line, from one.
    pub line: u32,
}

impl Existing {
    /// A thing of which nothing is known.
    pub fn new(type_name: impl Into<Cow<'static, str>>, place: Place) -> Existing {
        Existing { type_name: type_name.into(), ref_value: None, attributes: BTreeMap::new(), fault: None, place }
    }

    /// The thing with a known `Ref`. A function can be a part of the text, see [`token`](crate::token).
    pub fn with_ref(mut self, text: impl Into<String>) -> Existing {
        self.ref_value = Some(text.into());
        self
    }

    /// The thing with a known attribute.
    pub fn with(mut self, attribute: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Existing {
        self.attributes.insert(attribute.into(), text.into());
        self
    }

    /// Value of an attribute; `None` if it is not known.
    pub fn value(&self, attribute: &Attribute) -> Option<&str> {
        match attribute {
            _ if self.fault.is_some() => None,
            Attribute::Ref(_) => self.ref_value.as_deref(),
            Attribute::GetAtt(name) => self.attributes.get(&**name).map(String::as_str),
        }
    }

    /// The names of the attributes that are known.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(|name| &**name)
    }
}

impl Place {
    /// The place of the caller.
    #[track_caller]
    pub fn caller() -> Place {
        let place = std::panic::Location::caller();
        Place { file: Cow::Borrowed(place.file()), line: place.line() }
    }
}
