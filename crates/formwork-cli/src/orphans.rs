//! Stacks that the app deployed and has no more: they are named, with the command that deletes them.

use formwork_assembly::Assembly;
use formwork_assembly::visible::visible;
use formwork_deploy::{Error, Orphan};

use crate::aws::Clients;
use crate::documents::StackName;
use crate::runs::Runs;
use crate::session::Session;

/// The app's orphans in all its regions, and in those in which this machine deployed it before.
///
/// # Errors
///
/// When stacks cannot be listed.
pub(crate) async fn find(clients: &Clients, assembly: &Assembly, session: &Session) -> Result<Vec<Orphan>, Error> {
    let regions = Runs::of(session).map(|runs| runs.regions(assembly)).unwrap_or_default();
    formwork_deploy::orphans(&clients.service, assembly, &regions).await
}

/// Names them.
pub(crate) fn tell(orphans: &[Orphan], session: &Session) {
    for Orphan { id, status } in orphans {
        let destroy = session.typed.command(&["destroy", &id.to_string()]);
        let line = format!(
            "`{}` ({}) was deployed by this app, which does not have it any more ({status})",
            id.name, id.region
        );
        session.printer.important(format!("{}: {destroy} deletes it", visible(&line)));
    }
}

/// Their names in a document.
pub(crate) fn parts(orphans: &[Orphan]) -> Vec<StackName> {
    orphans.iter().map(|orphan| StackName::new(&orphan.id)).collect()
}
