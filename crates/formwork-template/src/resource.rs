//! One entry of a template's `Resources`: a type, its properties, and the attributes that go beside them.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use crate::json::{JsonWriter, ToJson};
use crate::reference::Reference;
use crate::value::{Map, Value};

/// The properties of a resource: a generated struct, or a tree that was read. Of which type they are can be asked: they are `Any`.
pub trait Properties: Any + fmt::Debug + Send + Sync {
    /// Writes the properties as one JSON object.
    fn write(&self, out: &mut JsonWriter);

    /// The properties as a tree, in which typed references stay what they are.
    fn to_value(&self) -> Value {
        crate::json::properties_to_value(self)
    }

    /// The properties themselves, where they are a tree already.
    fn as_map(&self) -> Option<&Map> {
        None
    }
}

/// A type whose values are the properties of one CloudFormation resource type (an L1 type).
pub trait ResourceType: Properties + HasAttributes + 'static {
    /// The type's name, e.g. `AWS::CloudFront::Distribution`.
    const TYPE_NAME: &'static str;
    /// The attribute or property that `Ref` returns, where that is known: `Id`, `BucketName`.
    const REF_NAME: &'static str = "Ref";
}

/// A type that has deployed counterparts, of which values can be asked: an L1 or an L2 type.
pub trait HasAttributes {
    /// The attributes that a handle to it offers: one method per attribute.
    type Attributes: From<Reference>;
}

/// The attributes that every resource may have.
pub const ATTRIBUTES: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// One resource of a template.
#[derive(Debug)]
pub struct Resource {
    /// The type's name, e.g. `AWS::Route53::RecordSet`.
    pub type_name: Cow<'static, str>,
    /// The type's properties.
    pub properties: Box<dyn Properties>,
    /// Logical ids of resources that must exist first, beyond those that the properties refer to.
    pub depends_on: Vec<String>,
    /// The condition under which the resource is made at all.
    pub condition: Option<String>,
    /// The fate of the deployed resource when it leaves the template.
    pub deletion_policy: Option<DeletionPolicy>,
    /// The fate of the old resource when an update replaces it.
    pub update_replace_policy: Option<UpdateReplacePolicy>,
    /// Anything, for people and tools.
    pub metadata: Map,
    /// The events for which CloudFormation waits before the resource counts as created.
    pub creation_policy: Option<Value>,
    /// The way in which CloudFormation updates the resource.
    pub update_policy: Option<Value>,
    /// Attributes that this version does not know; kept and written as they were read.
    pub others: Map,
}

/// `DeletionPolicy`: what happens to the deployed resource when it leaves the template or its stack is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeletionPolicy {
    /// It is deleted.
    Delete,
    /// It stays, and belongs to no stack.
    Retain,
    /// It stays, unless its creation failed.
    RetainExceptOnCreate,
    /// It is deleted after a snapshot was made.
    Snapshot,
    /// Another word than these; CloudFormation will have the last one on it.
    Other(String),
}

/// `UpdateReplacePolicy`: what happens to the old resource when an update replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateReplacePolicy {
    /// It is deleted.
    Delete,
    /// It stays, and belongs to no stack.
    Retain,
    /// It is deleted after a snapshot was made.
    Snapshot,
    /// Another word than these.
    Other(String),
}

impl Resource {
    /// A resource with properties of an L1 type and nothing beside them.
    pub fn new<T: ResourceType>(properties: T) -> Self {
        Self::untyped(T::TYPE_NAME, Box::new(properties))
    }

    /// A resource of any type.
    pub fn untyped(type_name: impl Into<Cow<'static, str>>, properties: Box<dyn Properties>) -> Self {
        Resource {
            type_name: type_name.into(),
            properties,
            depends_on: Vec::new(),
            condition: None,
            deletion_policy: None,
            update_replace_policy: None,
            metadata: Map::new(),
            creation_policy: None,
            update_policy: None,
            others: Map::new(),
        }
    }
}

impl DeletionPolicy {
    /// The policy's word in a template.
    pub fn as_str(&self) -> &str {
        match self {
            DeletionPolicy::Delete => "Delete",
            DeletionPolicy::Retain => "Retain",
            DeletionPolicy::RetainExceptOnCreate => "RetainExceptOnCreate",
            DeletionPolicy::Snapshot => "Snapshot",
            DeletionPolicy::Other(word) => word,
        }
    }
}

impl From<&str> for DeletionPolicy {
    fn from(word: &str) -> Self {
        match word {
            "Delete" => DeletionPolicy::Delete,
            "Retain" => DeletionPolicy::Retain,
            "RetainExceptOnCreate" => DeletionPolicy::RetainExceptOnCreate,
            "Snapshot" => DeletionPolicy::Snapshot,
            other => DeletionPolicy::Other(other.to_owned()),
        }
    }
}

impl UpdateReplacePolicy {
    /// The policy's word in a template.
    pub fn as_str(&self) -> &str {
        match self {
            UpdateReplacePolicy::Delete => "Delete",
            UpdateReplacePolicy::Retain => "Retain",
            UpdateReplacePolicy::Snapshot => "Snapshot",
            UpdateReplacePolicy::Other(word) => word,
        }
    }
}

impl From<&str> for UpdateReplacePolicy {
    fn from(word: &str) -> Self {
        match word {
            "Delete" => UpdateReplacePolicy::Delete,
            "Retain" => UpdateReplacePolicy::Retain,
            "Snapshot" => UpdateReplacePolicy::Snapshot,
            other => UpdateReplacePolicy::Other(other.to_owned()),
        }
    }
}

/// Properties that were read, or given as JSON.
impl Properties for Map {
    fn write(&self, out: &mut JsonWriter) {
        ToJson::write(self, out);
    }

    fn to_value(&self) -> Value {
        Value::Map(self.clone())
    }

    fn as_map(&self) -> Option<&Map> {
        Some(self)
    }
}

/// An entry of `DependsOn`, in error messages.
const LOGICAL_ID: &str = "a logical id";

impl ToJson for Resource {
    fn write(&self, out: &mut JsonWriter) {
        out.begin_object();
        out.key("Type");
        out.name("a resource type", &self.type_name);
        if let Some(condition) = &self.condition {
            out.key("Condition");
            out.name("the name of a condition", condition);
        }
        match self.depends_on.as_slice() {
            [] => {}
            [one] => {
                out.key("DependsOn");
                out.name(LOGICAL_ID, one);
            }
            several => {
                out.key("DependsOn");
                out.plain(LOGICAL_ID, |out| out.list(several));
            }
        }
        out.key("Properties");
        self.properties.write(out);
        for (key, policy) in [("CreationPolicy", &self.creation_policy), ("UpdatePolicy", &self.update_policy)] {
            if let Some(policy) = policy {
                out.key(key);
                policy.write(out);
            }
        }
        if let Some(policy) = &self.deletion_policy {
            out.key("DeletionPolicy");
            out.name("a policy", policy.as_str());
        }
        if let Some(policy) = &self.update_replace_policy {
            out.key("UpdateReplacePolicy");
            out.name("a policy", policy.as_str());
        }
        if !self.metadata.is_empty() {
            out.key("Metadata");
            ToJson::write(&self.metadata, out);
        }
        for (key, value) in &self.others {
            out.key(key);
            value.write(out);
        }
        out.end_object();
    }
}
