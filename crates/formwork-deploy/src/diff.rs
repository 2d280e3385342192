//! Comparing stacks with what is deployed, and changing nothing: the first half of a deploy, so that both show the same.
//!
//! A stack that does not exist needs no change set. An existing one gets a change set that is deleted again, unless only the
//! templates are to be compared. A stack that waits for a producer is compared by its templates.

use std::collections::BTreeSet;
use std::future::Future;

use formwork_assembly::{Assembly, StackId};
use formwork_diff::Registry;
use formwork_model::service::CloudFormation;

use crate::approval::ByName;
use crate::deploy::{Purpose, Run};
use crate::error::Error;
use crate::parameters::GivenParameter;
use crate::plan::Plan;
use crate::progress::{Consent, Observer, Progress};
use crate::report::DeployOptions;
use crate::shipping::Shipping;

/// Options of a comparison.
#[derive(Clone, Debug, Default)]
pub struct DiffOptions {
    /// Compare templates, and make no change set.
    pub template_only: bool,
    /// See [`DeployOptions::regions`].
    pub regions: BTreeSet<String>,
    /// Values of parameters.
    pub parameters: Vec<GivenParameter>,
    /// The resource types that are known.
    pub registry: Registry,
    /// Contents that the stacks ship; see [`DeployOptions::shipping`].
    pub shipping: Option<Shipping>,
}

/// The effect of deploying the stacks with these ids; `None` if `interrupt` ended first. The change sets that were made for
/// it are deleted either way.
///
/// # Errors
///
/// When a stack could not be looked at, or CloudFormation refuses its change set.
pub async fn diff(
    service: &dyn CloudFormation,
    assembly: &Assembly,
    ids: &[StackId],
    options: &DiffOptions,
    observer: &dyn Observer,
    interrupt: impl Future<Output = ()>,
) -> Result<Option<Plan>, Error> {
    let purpose = if options.template_only { Purpose::CompareTemplates } else { Purpose::Compare };
    let options = DeployOptions {
        consent: Consent::Ask,
        by_name: ByName::default(),
        concurrency: usize::MAX,
        regions: options.regions.clone(),
        parameters: options.parameters.clone(),
        registry: options.registry.clone(),
        previous_templates: false,
        shipping: options.shipping.clone(),
    };
    let run = Run::new(service, assembly, ids, &options, observer, purpose)?;
    if purpose == Purpose::Compare {
        observer.progress(Progress::Begun { run: run.name.clone() });
    }
    run.until(run.look(), interrupt).await.transpose()
}
