//! The meaning of a template, for every command: validation, preview, engine, import and deployer ask here and nowhere else, so that
//! they cannot disagree about one document.
//!
//! A [`Document`] is a template whose loops are written out. An [`Evaluator`] reduces its values to [`Term`]s: literals, with a
//! [`Hole`] wherever a value is not known, and with the source of that value. Callers differ only in what they know, which they say
//! by the trait [`Known`].
//!
//! Reading order: [`term`] (the values), [`known`] (the questions), [`evaluate`] (functions and conditions), [`document`] (resources
//! and what they refer to), [`secret`] and [`parameter`], then the calls of the service and what they answer: [`service`], [`status`] and
//! [`change_set`].
//!
//! Nothing here does I/O, and nothing here knows AWS's resource types.

pub mod change_set;
mod cidr;
mod computed;
pub mod document;
mod error;
pub mod evaluate;
mod functions;
pub mod known;
pub mod objects;
pub mod parameter;
pub mod references;
mod repeat;
mod rules;
pub mod secret;
pub mod service;
pub mod status;
pub mod term;

pub use change_set::{ChangeSet, ResourceChange};
pub use document::{Document, Entry};
pub use evaluate::{EvalError, Evaluator};
pub use known::{Known, Pseudo};
pub use references::{Name, Named, names_in};
pub use repeat::{LOOP, Origins};
pub use term::{Hole, Piece, Term};
