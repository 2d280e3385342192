//! The document of one stack: what CloudFormation calls a template.
//!
//! A [`Template`] is a value. It is built by the model (crate `formwork`) out of typed resources, or read from JSON; both
//! ways give the same thing, and [`Template::to_json`] writes it, byte for byte the same every time. Nothing here does
//! I/O, and nothing here knows AWS's resource types: those implement [`Properties`] from outside.
//!
//! Reading order: [`value`] (a literal or an intrinsic function), [`convert`] (conversions into them), [`token`] (functions in texts), [`function`] (all intrinsic functions), [`mod@reference`]
//! (typed references between resources and between stacks), [`template`] (the sections), [`mod@json`] (the writer), [`yaml`] (the
//! other notation; reading it is behind the feature of that name). Facts that stacks and commands both need are here too:
//! [`region`], [`cloudfront`], [`names`], [`graph`], [`sub`] (the text of `Fn::Sub`), [`memory`] (what a
//! template says of its app), [`replaced`], [`secret`] (names of secrets).

mod attribute;
pub mod cloudfront;
pub mod convert;
pub mod dynamic;
pub mod existing;
pub mod function;
pub mod graph;
pub mod json;
pub mod logical_id;
mod macros;
pub mod memory;
pub mod names;
pub mod notation;
mod object;
pub mod pseudo;
mod read;
pub mod reference;
pub mod region;
pub mod replaced;
pub mod resource;
pub mod secret;
mod spelling;
pub mod sub;
mod substitute;
pub mod template;
pub mod text;
pub mod token;
pub mod value;
pub mod yaml;

pub use convert::KeyValue;
pub use existing::{Existing, Place};
pub use function::Function;
pub use json::{Field, JsonWriter, Style, ToJson, Written};
#[doc(hidden)]
pub use macros::json_object;
pub use object::{FromS3Object, S3Object};
pub use read::{ReadError, text_of};
#[cfg(feature = "yaml")]
pub use read::{Reading, Remark, RemarkKind};
pub use reference::{Attribute, Lowering, Nested, Reference, References, Shape, Shaped, Source, StackId};
pub use resource::{DeletionPolicy, HasAttributes, Properties, Resource, ResourceType, UpdateReplacePolicy};
pub use spelling::{backticked, did_you_mean, joined, joined_names, shortened};
pub use template::{Output, Parameter, ParameterType, Template};
pub use value::{Map, NotLiteral, Val, Value, some};

/// The map of the document: keeps the order in which its author wrote it.
pub use indexmap::IndexMap;
