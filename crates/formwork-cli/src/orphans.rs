//! Stacks that the app deployed and has no more: they are named, with the command that deletes them.

use formwork_assembly::visible::visible;
use formwork_assembly::{Assembly, Selector, StackArtifact, StackId};
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

/// The ids that patterns name whole and that no stack of the assembly has.
pub(crate) fn named(patterns: &[String], assembly: &Assembly) -> Vec<StackId> {
    let whole = patterns.iter().filter(|pattern| !pattern.contains(['*', '?']));
    let ids = whole.filter_map(|pattern| StackId::read(&Selector::read(pattern).to_string()));
    ids.filter(|id| assembly.stack(id).is_none()).collect()
}

/// A stack of which no more is known than its name and region.
pub(crate) fn artifact(id: &StackId) -> StackArtifact {
    let partition = formwork_template::region::partition_of(&id.region).code.to_owned();
    StackArtifact { id: id.clone(), partition, ..StackArtifact::default() }
}
