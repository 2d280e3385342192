//! The effect of a template's change on the deployed stack: values in, values out, no I/O.
//!
//! A [`Diff`] is made of two templates ([`Diff::between`], [`Diff::between_with`] when parameter values are known), then
//! corrected by the change set that CloudFormation made ([`Diff::with_change_set`]), then shown ([`render()`],
//! [`Diff::to_json`]). Neither source tells the truth alone: a template diff cannot know what is worked out while the
//! change set runs, a change set leaves changes out. Types are plain data with public fields; none is an SDK type.
//!
//! Reading order: [`diff`] (the values), `impact`, `between` and `merge` (how they come about), [`change_set`],
//! [`broadening`], [`render`](mod@render).

pub mod approval;
mod around;
pub mod assets;
mod between;
pub mod broadening;
mod compare;
pub mod diff;
mod exports;
mod facts;
mod fates;
pub mod files;
pub mod globals;
mod handed;
mod impact;
mod items;
mod json;
mod loss;
mod made;
mod mask;
mod merge;
mod names;
mod origin_secrets;
mod pairing;
pub mod parameters;
pub mod path;
mod policies;
pub mod render;
mod secret;
pub mod secrets_of_files;
mod sections;
mod sequence;
mod side;
mod things;
mod uses;
mod value;

pub use approval::Excess;
pub use assets::{AssetChange, AssetFate, AssetFile, AssetFileFate, LeftOut};
pub use broadening::Broadening;
pub use diff::{Basis, Diff, EntryDiff, PropertyDiff, ResourceDiff};
pub use exports::{ExportDiff, ExportFate};
pub use files::{FileChange, FileFate};
pub use handed::{Handed, NESTED_STACK, handed};
pub use impact::{Impact, Totals};
pub use parameters::{ParameterValue, ParameterValues};
pub use path::{Path, Step};
pub use render::{RenderOptions, render, render_resource, render_resources, render_sections};

/// The change set as CloudFormation describes it.
pub use formwork_model::change_set::{self, ChangeSet, ResourceChange};

/// The types that are known: AWS's, and a user's own.
pub use formwork_schema::facts::Registry;
/// The values in a diff: plain JSON, intrinsic functions as the objects that spell them.
pub use serde_json::Value;
