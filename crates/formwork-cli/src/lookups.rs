//! Look-ups of apps: answers are in `formwork.lock`, and are asked from AWS where that is allowed. The program of an app runs until none is
//! missing; each time it is given the answers so far.
//!
//! With `--local`, things that no stack of the embedded engine made are entered there, and kept in a file of its own below `target/`.

use formwork_assembly::{Found, Lookup};
use formwork_aws::{Aws, LookupError, lookup};
use formwork_workspace::{App, Lock};

use crate::args::{AppOptions, AwsOptions, Target};
use crate::connection;
use crate::error::{Class, CliError};
use crate::identity;
use crate::interrupts::Interrupts;
use crate::looked_up::LookedUp;
use crate::session::{Destination, Ran, Session, Synthesized, Warnings, not_looked_up, place};

/// Limit of the runs of a program until nothing is missing: an app may use an answer for its next look-up.
const ROUNDS: usize = 20;

/// The account of the embedded engine.
const LOCAL_ACCOUNT: &str = "000000000000";

/// Look-ups for which AWS is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// None.
    Nothing,
    /// Those that the file does not have.
    ForWhatIsMissing,
    /// All, again.
    ForAll,
}

/// Result of the look-ups of apps.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) synthesized: Vec<Synthesized>,
    /// The lock after the look-ups.
    pub(crate) lock: Lock,
    /// The lock before them.
    pub(crate) before: Lock,
}

/// Builds and runs the one app of the target, or reads its finished assembly. The account of
/// what it looked up is held against every login of this run.
///
/// # Errors
///
/// When synth fails, or something cannot be looked up.
pub(crate) fn synth_one(
    target: &Target,
    session: &Session,
    warnings: Warnings,
    asks: Asks,
) -> Result<Synthesized, CliError> {
    let chosen = session.choose(&target.app)?;
    if let Some(folder) = &target.assembly {
        let mut finished = Synthesized::finished(folder)?;
        match chosen {
            Some(chosen) => finished.fit(&chosen.environment)?,
            None => is_of_no_environment(&finished, session)?,
        }
        if let Some(account) = finished.assembly.account.clone() {
            session.looked_up.get_or_init(|| LookedUp { account, is_in_assembly: true });
        }
        return Ok(finished);
    }
    let app = session.one_app(&target.app)?;
    let mut resolved = resolve(&[app], &target.app, &target.aws, session, warnings, asks)?;
    let one = resolved.synthesized.pop().ok_or_else(|| CliError::service("nothing was synthesized"))?;
    if let Some(account) = resolved.lock.account.filter(|_| !one.assembly.lookups.is_empty()) {
        session.looked_up.get_or_init(|| LookedUp { account, is_in_assembly: false });
    }
    Ok(one)
}

/// An error if a finished assembly was made for an environment that is known here, with an account and regions of its own.
fn is_of_no_environment(finished: &Synthesized, session: &Session) -> Result<(), CliError> {
    let owner = finished.assembly.owner.as_ref();
    let (Some(name), Ok(workspace)) = (owner.and_then(|owner| owner.environment.as_deref()), session.workspace())
    else {
        return Ok(());
    };
    let Ok(known) = formwork_workspace::environment(&workspace.root, name) else { return Ok(()) };
    let location = &known.environment.location;
    let error = format!("the assembly was made for the environment `{name}` ({location}), and is used without one");
    Err(CliError::input(error)
        .hint(format!("`--env {name}` has its account, its login, its regions and its protection")))
}

/// Builds and runs apps until nothing is missing. What was found is written to the file.
///
/// # Errors
///
/// When synth fails, or something cannot be looked up.
pub(crate) fn resolve(
    apps: &[&App],
    options: &AppOptions,
    aws: &AwsOptions,
    session: &Session,
    warnings: Warnings,
    asks: Asks,
) -> Result<Resolved, CliError> {
    session.choose(options)?;
    let before = lock_of(aws, session)?;
    let mut lock = before.clone();
    let mut known = lock.answers();
    if asks == Asks::ForAll {
        known.found.clear();
    }
    for _ in 0..ROUNDS {
        let missing = match session.synth(apps, options, Destination::Scratch, warnings, &known)? {
            Ran::Synthesized(synthesized) => {
                if lock != before {
                    lock.write()?;
                }
                return Ok(Resolved { synthesized, lock, before });
            }
            Ran::Missing(missing) if asks == Asks::Nothing => return Err(not_looked_up(&missing, &session.typed)),
            Ran::Missing(missing) => missing,
        };
        let questions: Vec<Lookup> = missing.into_iter().flat_map(|(_, lookups)| lookups).collect();
        if let Some(again) = questions.iter().find(|lookup| known.found.iter().any(|found| found.answers(lookup))) {
            return Err(CliError::service(format!("{again} was found, and is asked for again{}", place(again))));
        }
        let (account, found) = ask(&questions, aws, session)?;
        if let Some(own) = &lock.account {
            LookedUp { account: own.clone(), is_in_assembly: false }.check(&account)?;
        }
        (lock.account, known.account) = (Some(account.clone()), Some(account));
        for one in found {
            lock.keep(one.clone());
            known.found.retain(|other| other.lookup != one.lookup);
            known.found.push(one);
        }
    }
    Err(CliError::input(format!("something is still missing after {ROUNDS} rounds of look-ups")))
}

fn lock_of(aws: &AwsOptions, session: &Session) -> Result<Lock, CliError> {
    #[cfg(feature = "local")]
    if aws.is_local() {
        return session.local_lock();
    }
    #[cfg(not(feature = "local"))]
    let _ = aws;
    session.lock()
}

/// The account that was asked, and its answers.
fn ask(questions: &[Lookup], aws: &AwsOptions, session: &Session) -> Result<(String, Vec<Found>), CliError> {
    let runtime = connection::runtime()?;
    #[cfg_attr(not(feature = "local"), expect(unused_mut, reason = "only the embedded engine changes them"))]
    let mut options = connection::options(aws, session);
    #[cfg(feature = "local")]
    let things =
        if aws.is_local() { Some(crate::local::start(&runtime, aws, session, &mut options)?.things) } else { None };
    let region = questions.first().map_or("us-east-1", |lookup| lookup.region.as_str());
    let interrupts = Interrupts::default();
    let result = runtime.block_on(interrupts.until(async {
        let login = Aws::load(&options, region).await?;
        identity::check_account(&login, region, aws, session).await?;
        let account = match options.keys {
            Some(_) => LOCAL_ACCOUNT.to_owned(),
            None => {
                let caller = identity::caller(&login, region, session).await?;
                caller.ok_or_else(|| CliError::service(identity::UNKNOWN))?.account.clone()
            }
        };
        let (mut found, mut failed) = (Vec::new(), Vec::new());
        for question in questions {
            let answer = lookup::resolve(&login, question).await;
            #[cfg(feature = "local")]
            let answer = match (answer, &things) {
                (Err(LookupError::Nothing { .. }), Some(things)) => {
                    crate::local::enter(things, &Found { lookup: question.clone(), values: Default::default() });
                    session.printer.note(format_args!(
                        "{question} is in no stack of the embedded engine: it was entered there as an existing thing"
                    ));
                    lookup::resolve(&login, question).await
                }
                (answer, _) => answer,
            };
            match answer {
                Ok(answer) => found.push(answer),
                // Nothing more is heard of a service that cannot be asked.
                Err(error @ LookupError::Aws(_)) if failed.is_empty() => return Err(refused(question, &error)),
                Err(error) => failed.push((question, error)),
            }
        }
        match failed.as_slice() {
            [] => Ok((account, found)),
            [(question, error)] => Err(refused(question, error)),
            several => Err(all_refused(several)),
        }
    }));
    runtime.shutdown_background();
    result.map_err(|error| aws.reached(error, &session.typed))
}

/// Several look-ups that gave nothing, each with its place in the source.
fn all_refused(failed: &[(&Lookup, LookupError)]) -> CliError {
    let mut all = CliError::input(format!("{} look-ups gave nothing", failed.len()));
    for (question, error) in failed {
        let place = question.location.as_ref().map(|location| format!(", looked up at {location}")).unwrap_or_default();
        all.causes.push(format!("{error}{place}"));
        all.hints.extend(error.hint());
    }
    all
}

/// A look-up that gave nothing, with its place in the source.
fn refused(question: &Lookup, error: &LookupError) -> CliError {
    if let LookupError::Aws(error) = error {
        return error.clone().into();
    }
    let mut cli_error = CliError::new(Class::Input, error.to_string());
    if let Some(location) = &question.location {
        cli_error.causes.push(format!("it is looked up at {location}"));
    }
    cli_error.hints.extend(error.hint());
    cli_error
}

#[cfg(test)]
mod tests {
    use formwork_assembly::lookup::By;
    use formwork_assembly::{Location, Lookup};
    use formwork_aws::LookupError;

    use super::all_refused;
    use crate::paint::Paint;

    #[test]
    fn every_look_up_that_gave_nothing_is_told() {
        let lookup = |identifier: &str, line: u32| Lookup {
            type_name: "AWS::EC2::Instance".into(),
            region: "eu-west-1".into(),
            by: By::Identifier(identifier.into()),
            location: Some(Location { file: "src/lib.rs".into(), line }),
            wanted: Vec::new(),
        };
        let lookups = [lookup("i-0123456789abcdef0", 3), lookup("i-0123456789abcdef1", 4)];
        let nothing =
            |lookup: &Lookup| LookupError::Nothing { lookup: Box::new(lookup.clone()), asked: "asked".into() };
        let failed = lookups.each_ref().map(|lookup| (lookup, nothing(lookup)));
        insta::assert_snapshot!(all_refused(&failed).render(Paint(false)), @"
error: 2 look-ups gave nothing
Caused by: the instance `i-0123456789abcdef0` in eu-west-1 was not found: asked, looked up at src/lib.rs:3
Caused by: the instance `i-0123456789abcdef1` in eu-west-1 was not found: asked, looked up at src/lib.rs:4
hint: `aws cloudcontrol get-resource --type-name AWS::EC2::Instance --identifier i-0123456789abcdef0 --region eu-west-1` shows what is there; the login's account has to be the right one
hint: `aws cloudcontrol get-resource --type-name AWS::EC2::Instance --identifier i-0123456789abcdef1 --region eu-west-1` shows what is there; the login's account has to be the right one
");
    }
}
