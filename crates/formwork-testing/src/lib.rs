//! Tests of stacks: what an app synthesizes, and what becomes of it when it is deployed, changed and deployed again.
//!
//! A development dependency of a stack crate. Nothing here calls AWS, opens a connection, writes to the disk (but for a golden template that
//! is renewed) or waits: the embedded engine runs in memory with a clock of its own, and the deployer is the one that `cargo formwork deploy`
//! runs. Every test has an engine of its own, so that tests run in parallel.
//!
//! ```
//! use formwork::prelude::*;
//! use formwork_testing::{any, deploy, json, object, synth};
//!
//! fn app(context: &Context) -> App {
//!     let mut stack = Stack::<EuCentral1>::new("notes");
//!     let name = context.get("name", "/notes/greeting");
//!     let greeting = Untyped::new("AWS::SSM::Parameter", formwork::json!({ "Name": name, "Type": "String", "Value": "hello" }));
//!     let greeting = stack.add("Greeting", greeting);
//!     stack.output("Name", greeting.ref_value());
//!     App::new().with(stack)
//! }
//!
//! // What is synthesized.
//! let notes = synth(app);
//! let greeting = notes.stack("notes").resource("Greeting");
//! greeting.assert(json!({ "Type": "String" }));
//! greeting.assert(object([("Value", any())]));
//!
//! // What becomes of it.
//! let deployed = deploy(app);
//! assert_eq!(deployed.output("notes", "Name"), "/notes/greeting");
//!
//! // What a change would do to it.
//! let other = formwork_testing::with_context(app, [("name", "/notes/welcome")]);
//! let changes = deployed.preview(other);
//! assert_eq!(changes.replaced(), ["Greeting"]);
//! ```
//!
//! `json!` and `Value` are those of `serde_json`, beside those of a template in `formwork::prelude`: import what you use of this crate by its name,
//! as above, which goes before what `formwork::prelude::*` brings.
//!
//! Failures on purpose are given to a [`Cloud`]:
//!
//! ```
//! use formwork_testing::{Cloud, FaultAt};
//! # use formwork::prelude::*;
//! # fn app(_: &Context) -> App {
//! #     let mut stack = Stack::<EuCentral1>::new("notes");
//! #     stack.add("Greeting", Untyped::new("AWS::SSM::Parameter", formwork::json!({ "Type": "String", "Value": "hello" })));
//! #     App::new().with(stack)
//! # }
//! let cloud = Cloud::new().failing("Greeting", FaultAt::Create, "no room");
//! let run = cloud.deploy(app);
//! assert_eq!(run.status("notes"), "ROLLBACK_COMPLETE");
//! assert_eq!(run.failures("notes"), [("Greeting".to_owned(), "no room".to_owned())]);
//! ```
//!
//! With the feature `schemas` properties are held against the schemas of their types, as AWS does: `Template::findings`, and the engine refuses
//! what they refuse. It compiles a validator of JSON Schema, half a minute of one core; without it tests are built sooner.
//!
//! Functions whose names begin with `assert`, and those that say so under *Panics*, fail a test by a panic at the caller's line. All others
//! return what they found.

mod cloud;
mod golden;
mod known;
mod matching;
mod shipping;
mod synthesized;

pub use cloud::{Changes, Cloud, Deployed, Event, Run, deploy};
pub use matching::{Match, absent, any, attribute, exact, glob, includes, list, object, reference};
pub use synthesized::{Resource, Synthesized, Template, synth, try_synth, with_context};

/// Impact of a change on a resource.
pub use formwork_diff::Impact;
/// Failures on purpose.
pub use formwork_local::{Drift, FaultAt, FaultCode, Faults, OperationFault, ResourceFault, StaleFault};
/// A finding of validation.
#[cfg(feature = "schemas")]
pub use formwork_validate::{Finding, Severity};
/// JSON as it stands in a template.
pub use serde_json::{Value, json};

/// The code in the book compiles, and does what it says.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../../docs/book/first-site.md")]
    struct FirstSite;
    #[doc = include_str!("../../../docs/book/one-struct.md")]
    struct OneStruct;
    #[doc = include_str!("../../../docs/book/from-cdk.md")]
    struct FromCdk;
    #[doc = include_str!("../../../docs/book/values.md")]
    struct Values;
    #[doc = include_str!("../../../docs/book/assets.md")]
    struct Assets;
    #[doc = include_str!("../../../docs/book/constructs.md")]
    struct Constructs;
    #[doc = include_str!("../../../docs/book/preview.md")]
    struct Preview;
    #[doc = include_str!("../../../docs/book/failures.md")]
    struct Failures;
    #[doc = include_str!("../../../docs/book/ci.md")]
    struct Ci;
}
