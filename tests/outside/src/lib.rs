//! A construct and a pattern written outside of formwork, and the types by hand and patterns of formwork itself, from the same source
//! files: all of them use public doors alone. That they compile here is the test.

mod mirror;
mod settings;
mod work_queue;

pub use mirror::{Mirror, MirrorStacks};
pub use settings::{Settings, SettingsHandle};
pub use work_queue::{WorkQueue, WorkQueueHandle};

// The names that formwork has in its root, and its own constructs, as they are there.
pub(crate) use formwork::{
    Construct, Context, Handle, IntoStacks, Lowered, Scope, Stack, Stacks, Untyped, cfn, existing, lookup, region,
};

#[path = "../../../crates/formwork/src/acm/mod.rs"]
pub mod acm;
#[allow(dead_code, reason = "the check of synth, which formwork calls")]
#[path = "../../../crates/formwork/src/cloudfront/mod.rs"]
pub mod cloudfront;
#[path = "../../../crates/formwork/src/domain.rs"]
mod domain;
#[path = "../../../crates/formwork/src/found/mod.rs"]
pub mod found;
#[path = "../../../crates/formwork/src/patterns/mod.rs"]
pub mod patterns;
#[allow(dead_code, reason = "names of exports, which a stack checks")]
#[path = "../../../crates/formwork/src/plain.rs"]
mod plain;
#[path = "../../../crates/formwork/src/route53/mod.rs"]
pub mod route53;
