//! Parts that the commands that call AWS share: the stacks, the login, the end; and the words for a failure of AWS.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use formwork_assembly::{Assembly, Selector, StackArtifact, StackId, joined};
use formwork_aws::{Aws, Fault, LoginError, S3, Sdk};
#[cfg(feature = "local")]
use formwork_deploy::paced;
use formwork_deploy::shipping::{Store, bucket};
use formwork_deploy::{Error, Limits, Unlisted, paced_watched, status};
use formwork_model::objects::Objects;
use formwork_model::service::CloudFormation;

use crate::args::{AwsOptions, Target};
use crate::connection::{options, runtime};
use crate::error::{About, Class, CliError, Peculiarity};
use crate::identity;
use crate::interrupts::Interrupts;
use crate::lookups::{self, Asks};
use crate::pattern;
use crate::runs::Runs;
use crate::session::{Session, Synthesized, Warnings};
use crate::silence::Silences;
use crate::typed::Typed;

/// The services that a command calls, with one login.
pub(crate) struct Clients {
    /// CloudFormation.
    pub(crate) service: Box<dyn CloudFormation>,
    /// S3, as far as contents are shipped.
    pub(crate) objects: Store,
    /// The others.
    pub(crate) aws: Rc<Aws>,
    /// Wishes to end the command.
    interrupts: Interrupts,
}

impl Clients {
    /// Ends when somebody wants the command to end, which then says itself what was done by then.
    pub(crate) fn interrupted(&self) -> impl Future<Output = ()> {
        self.interrupts.taken()
    }
}

/// The stacks of one app that a command is about.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) synthesized: Synthesized,
    /// Their ids, in the app's order.
    pub(crate) ids: Vec<StackId>,
}

impl Selected {
    /// The stacks that the patterns pick, of an app that is synthesized. What it looks up is asked for, unless `locked`.
    ///
    /// # Errors
    ///
    /// When synth fails, a pattern picks none, or `--region` contradicts the source.
    pub(crate) fn synthesize(target: &Target, session: &Session, locked: bool) -> Result<Selected, CliError> {
        let asks = if locked { Asks::Nothing } else { Asks::ForWhatIsMissing };
        // The stack of a bucket goes with those that ship something.
        let mut target = target.clone();
        target.stacks.retain(|pattern| !names_bucket(pattern));
        Selected::of(lookups::synth_one(&target, session, Warnings::Shown, asks)?, &target)
    }

    /// The same for a command that only needs to know which stacks there are: without synth's warnings.
    ///
    /// # Errors
    ///
    /// See [`Selected::synthesize`].
    pub(crate) fn look_at(target: &Target, session: &Session) -> Result<Selected, CliError> {
        let mut synthesized = lookups::synth_one(target, session, Warnings::Hidden, Asks::Nothing)?;
        add_buckets(&mut synthesized.assembly, &target.stacks);
        Selected::of(synthesized, target)
    }

    /// The same for a command that deletes: a name with its region may be one of a stack that the app has no more, if the service says that
    /// the app deployed it.
    ///
    /// # Errors
    ///
    /// See [`Selected::synthesize`].
    pub(crate) fn with_orphans(target: &Target, session: &Session) -> Result<Selected, CliError> {
        let mut synthesized = lookups::synth_one(target, session, Warnings::Hidden, Asks::Nothing)?;
        let named = named_whole(&target.stacks, &synthesized.assembly);
        if !named.is_empty() {
            let region = named.first().map_or("us-east-1", |id| &*id.region);
            let assembly = &synthesized.assembly;
            let find = async |clients: &Clients| {
                let regions = named.iter().map(|id| id.region.to_string()).collect();
                let orphans = formwork_deploy::orphans(&clients.service, assembly, &regions).await;
                // The stack of a bucket is of all apps.
                let open = || named.iter().filter(|id| !bucket::is_bucket(id));
                let is_meant = |unlisted: &&Unlisted| open().any(|id| *id.region == *unlisted.region);
                if let Some(error) = orphans.unlisted.iter().filter(is_meant).find_map(|one| one.reason.clone()) {
                    return Err(error.into());
                }
                let mut found: Vec<StackId> = orphans.found.into_iter().map(|orphan| orphan.id).collect();
                for id in named.iter().filter(|id| bucket::is_bucket(id)) {
                    if clients.service.stack(&id.region, &id.name).await?.is_some() {
                        found.push(id.clone());
                    }
                }
                let meant: Vec<&StackId> = named.iter().filter(|id| found.contains(id)).collect();
                formwork_deploy::orphans::artifacts(&clients.service, assembly, &meant).await
            };
            let artifacts = look_in(region, &target.aws, session, find)?;
            synthesized.assembly.stacks.extend(artifacts);
        }
        let regions = Runs::of(session).regions(&synthesized.assembly);
        let gone = gone(&target.stacks, &synthesized.assembly).map(|name| of_gone(name, &regions, &session.typed));
        Selected::of(synthesized, target).map_err(|error| match gone {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }

    fn of(synthesized: Synthesized, target: &Target) -> Result<Selected, CliError> {
        let selected = pattern::select(&synthesized.assembly.stacks, &target.stacks)?;
        if let Some(region) = &target.aws.region
            && let Some(other) = selected.iter().find(|stack| stack.region() != region)
        {
            return Err(CliError::input(format!(
                "`{}` is in {} by its source, and `--region` says {region}",
                other.name(),
                other.region()
            ))
            .hint(format!("leave out `--region`, or pick the stacks of one region with `'*@{region}'`")));
        }
        let ids = selected.into_iter().map(|stack| stack.id.clone()).collect();
        Ok(Selected { synthesized, ids })
    }

    /// The app's name: also of a finished assembly, which says whose it is.
    pub(crate) fn app(&self) -> &str {
        self.assembly().owner.as_ref().map_or(&self.synthesized.app.name, |owner| &owner.app)
    }

    pub(crate) fn assembly(&self) -> &Assembly {
        &self.synthesized.assembly
    }

    /// Runs `work` with the clients, and calls `tick` now and then meanwhile.
    ///
    /// # Errors
    ///
    /// The error of `work`, or that of a machine that cannot run it at all.
    pub(crate) fn run<T>(
        &self,
        aws: &AwsOptions,
        session: &Session,
        work: impl AsyncFnOnce(&Clients) -> Result<T, Error>,
        tick: impl Fn(),
    ) -> Result<T, CliError> {
        run_in(self.region(), aws, session, Some(self.assembly()), work, tick)
    }

    /// The same of work that only looks, and has nothing to tell meanwhile but that calls have no answer.
    ///
    /// # Errors
    ///
    /// See [`Selected::run`].
    pub(crate) fn look<T>(
        &self,
        aws: &AwsOptions,
        session: &Session,
        work: impl AsyncFnOnce(&Clients) -> Result<T, Error>,
    ) -> Result<T, CliError> {
        look_in(self.region(), aws, session, work)
    }

    fn region(&self) -> &str {
        self.assembly().stacks.first().map_or("us-east-1", StackArtifact::region)
    }
}

/// Runs `work`, which has nothing to tell meanwhile but that calls have no answer. See [`run_in`].
///
/// # Errors
///
/// See [`Selected::run`].
pub(crate) fn look_in<T>(
    region: &str,
    aws: &AwsOptions,
    session: &Session,
    work: impl AsyncFnOnce(&Clients) -> Result<T, Error>,
) -> Result<T, CliError> {
    let silences = Silences::new(session);
    run_in(region, aws, session, None, work, || silences.tick())
}

/// True for a pattern that names the stack of a bucket.
fn names_bucket(pattern: &str) -> bool {
    *Selector::read(pattern).name == *bucket::STACK
}

/// Adds the stacks of buckets that are named, in the regions of the app: for commands that look at what is deployed.
fn add_buckets(assembly: &mut Assembly, patterns: &[String]) {
    if patterns.iter().any(|pattern| names_bucket(pattern)) {
        let regions: BTreeSet<String> = assembly.stacks.iter().map(|stack| stack.region().to_owned()).collect();
        // Every app has them, under this name.
        let bucket =
            |region| StackArtifact { template: "{}".to_owned(), ..known_by_name(&StackId::new(bucket::STACK, region)) };
        let buckets = regions.into_iter().map(bucket);
        assembly.stacks.extend(buckets);
    }
}

/// The ids that patterns name whole and that no stack of the assembly has.
fn named_whole(patterns: &[String], assembly: &Assembly) -> Vec<StackId> {
    let whole = patterns.iter().filter(|pattern| !pattern.contains(['*', '?']));
    let ids = whole.filter_map(|pattern| StackId::read(&Selector::read(pattern).to_string()));
    ids.filter(|id| assembly.stack(id).is_none()).collect()
}

/// The first pattern that no stack of the assembly matches, if it is a name without a region.
fn gone<'p>(patterns: &'p [String], assembly: &Assembly) -> Option<&'p str> {
    let is_open = |pattern: &&String| !assembly.stacks.iter().any(|stack| pattern::matches(pattern, stack));
    patterns.iter().find(is_open).map(String::as_str).filter(|pattern| !pattern.contains(['*', '?', '@']))
}

/// The way to delete a stack that the app has no more. `regions` are those of its stacks, now and before.
fn of_gone(name: &str, regions: &BTreeSet<String>, typed: &Typed) -> String {
    let destroy = typed.command(&["destroy", &format!("{name}@REGION")]);
    let hint = format!("a stack that the app has no more is deleted by its name and region: {destroy}");
    match regions.iter().cloned().collect::<Vec<_>>().as_slice() {
        [] => hint,
        regions => format!("{hint}; the app's regions, now and before: {}", joined(regions)),
    }
}

/// A stack of which no more is known than its name and region.
fn known_by_name(id: &StackId) -> StackArtifact {
    let partition = formwork_template::region::partition_of(&id.region).code.to_owned();
    StackArtifact { id: id.clone(), partition, ..StackArtifact::default() }
}

/// Runs `work` with the clients. `region` is where a login that needs a service goes for it, `assembly` has the stacks that the work is
/// about, where they are known.
///
/// # Errors
///
/// See [`Selected::run`].
pub(crate) fn run_in<T>(
    region: &str,
    aws: &AwsOptions,
    session: &Session,
    assembly: Option<&Assembly>,
    work: impl AsyncFnOnce(&Clients) -> Result<T, Error>,
    tick: impl Fn(),
) -> Result<T, CliError> {
    let runtime = runtime()?;
    #[cfg_attr(not(feature = "local"), expect(unused_mut, reason = "only the embedded engine changes them"))]
    let (mut options, mut embedded) = (options(aws, session), None::<(Box<dyn CloudFormation>, Rc<dyn Objects>)>);
    #[cfg(feature = "local")]
    if aws.local {
        let started = crate::local::start(&runtime, aws, session, &mut options)?;
        if let Some(assembly) = assembly {
            started.warn_of_faults(assembly, session);
        }
        let objects = Rc::new(started.service.clone());
        embedded = Some((Box::new(paced(started.service, Limits::NEARBY)), objects));
    }
    let interrupts = Interrupts::default();
    let wishes = interrupts.clone();
    let work = async {
        let login = Rc::new(Aws::load(&options, region).await.map_err(CliError::from)?);
        identity::check_account(&login, region, aws, session).await?;
        let limits = if login.is_nearby() { Limits::NEARBY } else { Limits::AWS };
        let s3 = Rc::new(S3::new(&login));
        let (service, objects) = embedded.unwrap_or_else(|| {
            let service = Box::new(paced_watched(Sdk::new(login.clone()), limits, session.unanswered.clone()));
            (service, s3.clone())
        });
        let clients = Clients { service, objects: Store(objects), aws: login, interrupts };
        let result = work(&clients).await.map_err(|error| protected_by(session, of_deployer(error, &session.typed)));
        // Uploads that were interrupted are given up at S3, too.
        s3.finish().await;
        result
    };
    let result = runtime.block_on(async {
        let work = wishes.until(work);
        tokio::pin!(work);
        let mut clock = tokio::time::interval(Duration::from_millis(500));
        loop {
            tokio::select! {
                result = &mut work => return result,
                _ = clock.tick() => tick(),
            }
        }
    });
    // A question may still wait for its answer, on a thread that nothing can stop.
    runtime.shutdown_background();
    result.map_err(|error| aws.reached(error, &session.typed))
}

/// The template of a stack as it is deployed; none when there is no such stack.
///
/// # Errors
///
/// When it cannot be read.
#[cfg(feature = "validate")]
pub(crate) fn deployed_template(
    aws: &AwsOptions,
    session: &Session,
    stack: &StackArtifact,
) -> Result<Option<String>, CliError> {
    let work = async |clients: &Clients| {
        formwork_deploy::original_template(&clients.service, stack.region(), stack.name()).await
    };
    look_in(stack.region(), aws, session, work)
}

impl From<LoginError> for CliError {
    fn from(error: LoginError) -> Self {
        let class = class_of(error.fault());
        let mut cli_error = CliError::from_error(class, &error);
        cli_error.hints.extend(error.hint());
        cli_error
    }
}

fn class_of(fault: Fault) -> Class {
    match fault {
        Fault::Input => Class::Input,
        Fault::Environment => Class::Service,
    }
}

impl From<formwork_aws::Error> for CliError {
    fn from(error: formwork_aws::Error) -> Self {
        Error::Aws(error).into()
    }
}

/// The error of a run, with the way out of the status that a stack is in.
pub(crate) fn of_deployer(error: Error, typed: &Typed) -> CliError {
    let way_out = match &error {
        Error::Standing { stack, status, .. } => {
            status::way_out(status).map(|way_out| typed.way_out(stack, way_out, &[]))
        }
        _ => None,
    };
    let mut error = typed.in_hints(CliError::from(error));
    error.hints.extend(way_out);
    error
}

/// The error with the place of the protection, where that is the environment's and not the source's.
fn protected_by(session: &Session, mut error: CliError) -> CliError {
    if let Some(environment) = session.chosen().map(|chosen| &chosen.environment).filter(|own| own.protect) {
        let place = format!(
            "take `protect` out of the environment `{}` ({})",
            environment.name,
            environment.place_of("protect")
        );
        error.hints.iter_mut().for_each(|hint| *hint = hint.replace("switch it off in the source", &place));
    }
    error
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        let mut cli_error = CliError::from_error(class_of(error.fault()), &error);
        cli_error.hints.extend(error.hint());
        let status = error.status().map(ToString::to_string);
        cli_error.about = error.stack().map(|stack| Box::new(About { stack, status }));
        cli_error.peculiarity = match &error {
            // The service's own words are all that it says of the reason.
            #[cfg(feature = "local")]
            Error::Aws(formwork_aws::Error::Service { message, .. })
                if message.contains(formwork_local::UNRECOGNIZED_TYPES) =>
            {
                Some(Peculiarity::UnknownTypes)
            }
            #[cfg(feature = "local")]
            Error::Aws(formwork_aws::Error::Service { message, .. })
                if message.contains(formwork_local::UNKNOWN_TRANSFORM) =>
            {
                Some(Peculiarity::Macros)
            }
            Error::TerminationProtection { is_ready: false, .. } => Some(Peculiarity::AwsCommand),
            _ => None,
        };
        #[cfg(feature = "local")]
        if let Error::Aws(formwork_aws::Error::NoCredentials { login: None, .. }) = &error {
            cli_error.hints.push("`--local` goes the whole way without an account, on an embedded engine".to_owned());
        }
        if let Error::ChangeSet { findings, .. } = &error {
            cli_error.causes.extend(findings.iter().cloned());
        }
        cli_error
    }
}
