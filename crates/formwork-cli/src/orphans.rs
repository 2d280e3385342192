//! Stacks that the app deployed and has no more: they are named, with the command that deletes them.

use std::collections::BTreeSet;

use formwork_assembly::Assembly;
use formwork_assembly::visible::{paragraph, visible};
use formwork_deploy::{Orphan, Orphans};

use crate::aws::Clients;
use crate::documents::StackName;
use crate::paint::Style;
use crate::runs::Runs;
use crate::session::Session;

/// The app's orphans in all its regions, and in those in which this machine deployed it before. Whatever else a command says is said whether
/// stacks can be listed or not.
pub(crate) async fn find(clients: &Clients, assembly: &Assembly, session: &Session) -> Orphans {
    formwork_deploy::orphans(&clients.service, assembly, &regions(assembly, session)).await
}

/// The regions in which this machine deployed the app before.
pub(crate) fn regions(assembly: &Assembly, session: &Session) -> BTreeSet<String> {
    Runs::of(session).regions(assembly)
}

/// Names them.
pub(crate) fn tell(orphans: &Orphans, session: &Session) {
    if let Some(error) = orphans.not_looked_for() {
        let mark = session.printer.note_paint().apply(Style::Warning, "warning:");
        let warning = paragraph(&format!("stacks that left the app were not looked for: {error}"));
        session.printer.important(format_args!("{mark} {warning}"));
    }
    for Orphan { id, status } in &orphans.found {
        let destroy = session.typed.command(&["destroy", &id.to_string()]);
        let line = format!(
            "`{}` ({}) was deployed by this app, which does not have it any more ({status})",
            id.name, id.region
        );
        session.printer.important(format!("{}: {destroy} deletes it", visible(&line)));
    }
}

/// Their names in a document.
pub(crate) fn parts(orphans: &Orphans) -> Vec<StackName> {
    orphans.found.iter().map(|orphan| StackName::new(&orphan.id)).collect()
}
