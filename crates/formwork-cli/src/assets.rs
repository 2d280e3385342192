//! Contents that the stacks ship: hashed before anything is asked, and packed in a folder for the time of the run.

use std::path::PathBuf;

use clap::Args;
use formwork_assembly::Asset;
use formwork_assets::Shipment;
use formwork_deploy::Error;
use formwork_deploy::shipping::Shipping;
use formwork_deploy::shipping::bucket::{BucketChoice, with_buckets};
use formwork_workspace::bucket_name;

use crate::aws::{Clients, Selected};
use crate::error::CliError;
use crate::identity;
use crate::session::Session;
use crate::shipments;

/// Options about contents that are shipped.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Assets")]
pub(crate) struct AssetOptions {
    /// The bucket for code, files and long templates, in place of that of the stack `formwork-assets`; `{region}` and `{account}` in it stand for
    /// those of the run
    #[arg(long, value_name = "NAME", value_parser = bucket_name)]
    asset_bucket: Option<String>,
}

impl AssetOptions {
    /// The bucket that is meant: by the option, by the environment, or that of the stack.
    fn choice(&self, session: &Session) -> BucketChoice {
        let named = shipments::named(self.asset_bucket.as_deref(), session);
        named.map_or(BucketChoice::OfStack, BucketChoice::Named)
    }
}

/// The contents that the selected stacks ship.
pub(crate) struct Contents {
    shipments: Vec<Shipment>,
    choice: BucketChoice,
    is_skipped: bool,
    scratch: tempfile::TempDir,
}

impl Contents {
    /// Reads and hashes what the selected stacks ship, unless it is `skipped`, and adds the stacks of the buckets to theirs.
    ///
    /// # Errors
    ///
    /// Everything that cannot be shipped.
    pub(crate) fn read(
        selected: &mut Selected,
        options: &AssetOptions,
        session: &Session,
        is_skipped: bool,
    ) -> Result<Contents, CliError> {
        let choice = options.choice(session);
        warn_of_bootstrap(&choice, session);
        let Selected { synthesized, ids, .. } = selected;
        let assets: Vec<&Asset> =
            synthesized.assembly.assets.iter().filter(|asset| ids.contains(&asset.stack)).collect();
        // Templates of nested stacks are no code: they are compared always.
        let read: Vec<&Asset> = assets.iter().copied().filter(|asset| !is_skipped || asset.is_template()).collect();
        if read.len() < assets.len() {
            session
                .printer
                .important("warning: code and files are not compared: what is deployed is taken for what is there");
        }
        let shipments = shipments::prepared(session, &root(session)?, &read)?;
        with_buckets(&mut synthesized.assembly, ids, &choice)?;
        let scratch = private_folder()
            .map_err(|error| CliError::service("cannot make a folder for what is packed").cause(error))?;
        Ok(Contents { shipments, choice, is_skipped, scratch })
    }

    /// The same for a run of the deployer. The login is asked for, if it is needed to name a bucket.
    ///
    /// # Errors
    ///
    /// When the login cannot be asked for.
    pub(crate) async fn shipping(&self, clients: &Clients, session: &Session, region: &str) -> Result<Shipping, Error> {
        let caller = match self.choice {
            BucketChoice::OfStack => session.caller.get().and_then(Option::as_ref),
            BucketChoice::Named(_) => identity::caller(&clients.aws, region, session).await?,
        };
        Ok(Shipping {
            objects: clients.objects.clone(),
            choice: self.choice.clone(),
            account: caller.map(|caller| caller.account.clone()),
            shipments: self.shipments.clone(),
            is_checked: false,
            is_skipped: self.is_skipped,
            scratch: self.scratch.path().to_owned(),
        })
    }
}

/// The folder at which relative paths begin: that of the workspace, or this one where there is none.
fn root(session: &Session) -> Result<PathBuf, CliError> {
    match session.workspace() {
        Ok(workspace) => Ok(workspace.root.clone()),
        Err(_) => std::env::current_dir().map_err(|error| CliError::service("cannot find this folder").cause(error)),
    }
}

/// A folder for what is packed, which nobody else may read: contents may be private.
fn private_folder() -> std::io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("formwork-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// The CDK deletes what it does not see in use.
fn warn_of_bootstrap(choice: &BucketChoice, session: &Session) {
    if let BucketChoice::Named(name) = choice
        && name.starts_with("cdk-")
        && name.contains("-assets-")
    {
        session.printer.important(format_args!(
            "warning: `{name}` is the CDK's: `cdk gc` does not see the values of parameters, and deletes what these stacks use"
        ));
    }
}
