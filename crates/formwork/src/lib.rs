//! formwork: CloudFormation in Rust.
//!
//! Resources are Rust structs. An [`App`] owns [`Stack`]s, a stack is in a region, and [`Stack::add`](Scope::add) takes a
//! [`Construct`] and returns a [`Handle`], by which other resources refer to it, in whatever stack and region they are.
//! Synth turns the app into a cloud assembly: a CloudFormation template for each stack, and a manifest.
//!
//! ```
//! use formwork::prelude::*;
//!
//! fn app(context: &Context) -> App {
//!     let zone = HostedZone::from_id(context.get("zone-id", "Z0123456789ABCDEFGHIJ"), "example.com");
//!     let mut edge = Stack::<UsEast1>::new("example-edge");
//!     edge.add("Certificate", Certificate::dns_validated("example.com", &zone));
//!     App::new().with(edge)
//! }
//!
//! let assembly = formwork::synth(app, &Context::default()).unwrap();
//! assert!(assembly.stacks[0].template.contains("AWS::CertificateManager::Certificate"));
//! ```
//!
//! Three levels, one way to add them:
//!
//! - **L1**, [`cfn`]: a generated struct for every resource type, with every property. [`Untyped`] is for the types beyond.
//! - **L2**, by service ([`acm`], [`cloudfront`], [`route53`]): defaults, checks, and handles in place of ARNs. What one
//!   does not cover is reached by [`Scope::edit`].
//! - **Patterns**, [`patterns`]: several resources or stacks in one value.
//!
//! A construct of your own is written as these are: [`Construct`] has an example. What a [`Scope`] offers is all that they use.
//!
//! Stacks are tested with the crate `formwork-testing`: what they synthesize, and what becomes of them when they are deployed, in memory. The book in
//! `docs/book` goes through all of it step by step, from the first site to CI.
//!
//! A crate that uses this one links no AWS SDK, no async runtime and no proc macro; deploying is another program's job.

pub mod acm;
mod app;
mod asset;
pub mod cloudfront;
mod contents;
mod context;
mod domain;
mod environment;
pub mod existing;
pub mod found;
mod handle;
mod inner;
mod into_value;
mod known;
pub mod lookup;
mod named;
mod nested;
mod options;
pub mod parameter;
pub mod patterns;
mod plain;
pub mod prelude;
mod program;
pub mod region;
pub mod route53;
mod scope;
mod stack;
mod switching;
mod synth;
pub mod testing;
mod travel;
mod untyped;

pub use app::{App, IntoApp, IntoStacks};
pub use asset::Asset;
pub use contents::Stacks;
pub use context::Context;
pub use existing::FromExisting;
pub use handle::Handle;
pub use into_value::IntoValue;
pub use lookup::Pending;
pub use named::{Condition, Mapping};
pub use nested::{NestedStack, NestedStackAttributes};
pub use options::{OutputOptions, ResourceOptions};
pub use program::main;
pub use scope::{Construct, Lowered, Scope};
pub use stack::Stack;
pub use synth::synth;
pub use untyped::{Untyped, UntypedAttributes, UntypedProperties};

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// L1: the generated types, one module per service. Each is behind the feature of its name.
pub use formwork_resources as cfn;

/// Names that the modules use that `cargo formwork generate` makes of a crate's own schemas.
#[doc(hidden)]
pub mod l1 {
    pub use std::fmt;

    pub use formwork_template::json::{debug, debug_properties};
    pub use formwork_template::{
        FromS3Object, HasAttributes, IndexMap, JsonWriter, KeyValue as FromKeyValue, Properties, Reference,
        ResourceType, S3Object as InS3, ToJson, Val, Value,
    };
}

pub use formwork_assembly as assembly;
pub use formwork_assembly::{Location, Problem};
pub use formwork_template as template;
pub use formwork_template::{
    DeletionPolicy, Function, IndexMap, Map, Parameter, ParameterType, References, S3Object, UpdateReplacePolicy, Val,
    Value, dynamic, function, json, pseudo, some,
};
