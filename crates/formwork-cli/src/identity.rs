//! The login of a run: whose it is is asked once, and held against the account that the environment is bound to before anything else is
//! sent. The head above every question says where an answer has its effect.

use std::time::Duration;

use formwork_assembly::StackId;
use formwork_assembly::visible::visible;
use formwork_aws::sts;
use formwork_aws::{Aws, Error, iam, service};
use formwork_model::service::Caller;
use serde::Serialize;

use crate::args::AwsOptions;
use crate::connection;
use crate::error::CliError;
use crate::paint::{Paint, Style};
use crate::plan_file::Place;
use crate::session::Session;

/// Limit of the time for the account's alias.
const LONGEST_ALIAS: Duration = Duration::from_secs(3);

/// Message about a server that does not answer `GetCallerIdentity`.
pub(crate) const UNKNOWN: &str = "the server does not say for which account the login is";

/// The identity of the login, asked once a run; `None` of a server that does not say.
///
/// # Errors
///
/// When there is no login, it is refused, or the server does not answer.
pub(crate) async fn caller<'s>(aws: &Aws, region: &str, session: &'s Session) -> Result<Option<&'s Caller>, Error> {
    if session.caller.get().is_none() {
        let found = match sts::caller(aws, region).await {
            Ok(found) => Some(found),
            // A server that is not AWS may speak CloudFormation alone.
            Err(
                Error::Service { .. }
                | Error::NotTheService { .. }
                | Error::Incomplete { .. }
                | Error::Forbidden { .. },
            ) => None,
            Err(error) => return Err(error),
        };
        session.caller.get_or_init(|| found);
    }
    Ok(session.caller.get().and_then(Option::as_ref))
}

/// Refuses a login of another account than that of the environment, or than that of what the app looked up.
///
/// # Errors
///
/// When it is of another one, or nobody says of which it is.
pub(crate) async fn check_account(
    aws: &Aws,
    region: &str,
    options: &AwsOptions,
    session: &Session,
) -> Result<(), CliError> {
    if let Some(looked_up) = session.looked_up.get().filter(|_| !options.is_local()) {
        let caller = caller(aws, region, session).await?.ok_or_else(|| CliError::service(UNKNOWN))?;
        looked_up.check(&caller.account)?;
    }
    let Some(environment) = session.chosen().map(|chosen| &chosen.environment) else { return Ok(()) };
    let Some(own) = environment.account.as_ref().filter(|_| !options.is_local()) else { return Ok(()) };
    let bound = format!(
        "the environment `{}` is bound to the account `{own}` ({})",
        environment.name,
        environment.place_of("account")
    );
    let error = match caller(aws, region, session).await? {
        Some(caller) if caller.account == *own => return Ok(()),
        Some(caller) => {
            CliError::input(format!("{bound}, but the login is for account `{}`: {}", caller.account, caller.arn))
        }
        None => CliError::input(format!("{bound}, but {UNKNOWN}")),
    };
    Err(error.hint("name a profile of that account with `--profile`, or with `profile` in the environment"))
}

/// Place and login of a run.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    /// The number of the account; missing with the embedded engine, and where the server does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The account's alias; missing if it has none, or the login may not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
    /// The regions of the selected stacks.
    regions: Vec<String>,
    /// The ARN of the user or role.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    /// The profile of the AWS configuration; missing if none was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    /// The environment; missing without `--env`.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    /// The server that stands in for AWS's; missing for AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    /// True for the embedded engine.
    local: bool,
}

impl Head {
    /// The head of a run that is about these stacks.
    ///
    /// # Errors
    ///
    /// When there is no login, or it cannot be used.
    pub(crate) async fn ask(
        aws: &Aws,
        options: &AwsOptions,
        session: &Session,
        stacks: &[StackId],
    ) -> Result<Head, Error> {
        let mut head = Head {
            environment: session.chosen().map(|chosen| chosen.environment.name.clone()),
            local: options.is_local(),
            ..Head::default()
        };
        for stack in stacks {
            if !head.regions.iter().any(|region| *region == *stack.region) {
                head.regions.push(stack.region.to_string());
            }
        }
        if head.local {
            return Ok(head);
        }
        let region = stacks.first().map_or("us-east-1", |stack| &stack.region);
        if let Some(caller) = caller(aws, region, session).await? {
            head.account = Some(caller.account.clone());
            head.login = Some(caller.arn.clone());
            // Many logins may not ask for it, and nothing depends on it.
            let alias = tokio::time::timeout(LONGEST_ALIAS, iam::account_alias(aws, region)).await;
            head.alias = alias.ok().and_then(Result::ok).flatten();
        }
        head.profile = connection::profile(options, session);
        head.server = aws.given_server(&service::CLOUDFORMATION);
        Ok(head)
    }

    /// The part of it that a plan is bound to: another login or profile of the account may execute it.
    pub(crate) fn place(&self) -> Place {
        Place {
            environment: self.environment.clone(),
            account: self.account.clone(),
            regions: self.regions.clone(),
            server: self.server.clone(),
            local: self.local,
        }
    }

    /// As people read it: a line for each thing that is known. Of the embedded engine, the environment alone is worth one.
    pub(crate) fn lines(&self, paint: Paint) -> String {
        let account = self.account.as_ref().map(|account| match &self.alias {
            Some(alias) => format!("{account} ({alias})"),
            None => account.clone(),
        });
        let regions = (!self.local).then(|| self.regions.join(", "));
        let region = if self.regions.len() > 1 { "Regions" } else { "Region" };
        let all = [
            ("Account", account),
            (region, regions),
            ("Login", self.login.clone()),
            ("Profile", self.profile.clone()),
            ("Environment", self.environment.clone()),
            ("Server", self.server.clone()),
        ];
        let line = |(name, value): (&str, Option<String>)| {
            Some(format!("{} {}\n", paint.apply(Style::Strong, &format!("{name:<11}")), visible(&value?)))
        };
        all.into_iter().filter_map(line).collect()
    }
}
