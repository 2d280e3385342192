//! Stacks are looked at, planned, deployed through change sets, followed and destroyed. Every call is one of the trait
//! [`formwork_model::service::CloudFormation`], whoever answers it.
//!
//! It prints nothing and asks nobody. What happens goes to an [`Observer`], which also answers the one question of a run;
//! what became of every stack comes back as a report.
//!
//! Reading order: [`mod@deploy`] (the whole path), [`plan`] (what is approved), [`status`] (what a stack's status allows),
//! `change_set` and `events` (CloudFormation's oddities, each with its source), [`mod@destroy`], [`mod@recover`], [`paced()`] (calls held back and made again),
//! [`error`].

pub mod approval;
mod capabilities;
mod carry_out;
mod change_set;
mod course;
pub mod deploy;
pub mod destroy;
pub mod diff;
pub mod error;
pub mod events;
mod execute;
mod files;
mod foreseen;
pub mod gc;
mod held;
mod hints;
pub mod history;
mod hooks;
pub mod in_use;
mod inside;
mod intermediate;
mod leaving;
pub mod left_behind;
mod native;
mod nested;
mod no_change;
pub mod operation;
mod order;
pub mod orphans;
mod others;
pub mod outputs;
pub mod overview;
pub mod owners;
mod pace;
mod paced;
mod parameters;
pub mod plan;
mod preview;
pub mod progress;
mod question_marks;
pub mod reasons;
mod recheck;
pub mod recover;
pub mod refused;
mod regional;
pub mod removal;
pub mod report;
mod request;
pub mod resources;
pub mod reviewed;
pub mod reviewing;
pub mod shipping;
mod shrink;
mod stack;
mod stage;
pub mod status;
pub mod switch;
mod template;
mod token;
mod unpinned;
mod waiting;

pub use approval::{ByName, Loss};
pub use deploy::deploy;
pub use destroy::{DestroyOptions, DestroyReport, destroy};
pub use diff::{DiffOptions, diff};
pub use error::Error;
pub use events::{ResourceEvent, ValidationRecord};
/// True for a `NoEcho` parameter.
pub use formwork_model::secret::is_no_echo;
pub use formwork_model::service::{CreatedChangeSet, StackOutput};
pub use gc::{Collected, Garbage, GcOptions, LONGEST_RUN, Left, Maker, Stays, collect, garbage};
pub use held::Held;
pub use history::history;
pub use in_use::{Consumer, InUse};
pub use left_behind::{LeftBehind, Next};
pub use nested::NestedChange;
pub use operation::Operation;
pub use orphans::{Orphan, Orphans, Unlisted, orphans};
pub use outputs::{StackOutputs, outputs};
pub use overview::{DeployedOverview, StackOverview, overview};
pub use paced::{Limits, Paced, Pacing, Rate, Unanswered, UnansweredCall, paced, paced_watched};
pub use parameters::GivenParameter;
pub use plan::{
    DestroyPlan, Kept, Plan, RecoveryPlan, Removal, Source, StackDestroyPlan, StackPlan, StackRecoveryPlan,
};
pub use progress::{Answer, Consent, Observer, Pending, Preview, Progress};
pub use reasons::KnownReason;
pub use recover::{RecoverOptions, Recovery, RecoveryReport, recover};
pub use refused::Refused;
pub use removal::{How, Leftover};
pub use report::{DeployOptions, DeployReport, Failure, Outcome, StackReport};
pub use resources::{NamedResource, StackResource};
pub use reviewed::{Reviewed, ReviewedDeployed, ReviewedStack, ReviewedValue};
pub use stack::original_template;
pub use status::{EventStatus, Reported, ResourceStatus, StackStatus, Standing, WayOut};
pub use waiting::WaitingChangeSet;
