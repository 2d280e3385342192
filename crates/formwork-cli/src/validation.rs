//! The validation that goes before the commands that call AWS.

use std::collections::BTreeMap;

use clap::Args;
use formwork_assembly::{StackArtifact, StackId};
use formwork_schema::facts::Registry;
use formwork_template::Template;
use formwork_validate::{Severity, Validator};

use crate::error::CliError;
use crate::findings::{self, Ignored};
use crate::pairs::{self, Pair};
use crate::session::{Session, Synthesized};
use crate::wording::shown;

/// Validation before the command: on or off, and its rules; for commands that go on to AWS.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Validation")]
pub(crate) struct Validation {
    /// Go on without validation; CloudFormation refuses what is wrong when it comes to it, one thing at a time
    #[arg(long, conflicts_with = "ignore")]
    no_validate: bool,
    #[command(flatten)]
    ignored: Ignored,
}

impl Validation {
    /// Validates the stacks with these ids, before they are compared with what is deployed: prints what there is. `deployed` gives
    /// the template of a stack as it is deployed, and is asked only about stacks with errors about what AWS does not offer any more.
    ///
    /// # Errors
    ///
    /// When CloudFormation would refuse one of them, or a deployed template cannot be read.
    pub(crate) fn before(
        &self,
        session: &Session,
        synthesized: &Synthesized,
        registry: &Registry,
        ids: &[StackId],
        given: &[Pair],
        deployed: impl Fn(&StackArtifact) -> Result<Option<String>, CliError>,
    ) -> Result<(), CliError> {
        if self.no_validate {
            return Ok(());
        }
        let mut validator = Validator::with(registry.clone());
        let stacks = synthesized.assembly.stacks.iter().filter(|stack| ids.contains(&stack.id));
        let mut findings = Vec::new();
        for stack in stacks {
            let file = file_of(synthesized, stack);
            let found = findings::of_stack(&mut validator, stack, taken(given, stack), file.as_deref());
            let (mut found, _) = self.ignored.apply(found);
            if found.iter().any(|finding| finding.severity == Severity::Error && !finding.ages.is_empty()) {
                let before = deployed(stack)?.and_then(|text| Template::from_text(&text).ok());
                if let (Some(before), Ok(now)) = (before, Template::from_json(&stack.template)) {
                    formwork_validate::soften(&mut found, &now, &before);
                }
            }
            findings.extend(found);
            for (_, nested) in findings::nested(&synthesized.assembly, stack) {
                let found = findings::of_stack(&mut validator, &nested, BTreeMap::new(), None);
                findings.extend(self.ignored.apply(found).0);
            }
        }
        findings::say(session, &findings);
        findings::conclude(&findings)
            .map_err(|error| error.hint("where a finding is wrong, `--ignore RULE` goes on without that rule"))
    }
}

/// The file of a template that was there; one of this run is nobody's.
fn file_of(synthesized: &Synthesized, stack: &StackArtifact) -> Option<String> {
    let file = || shown(&synthesized.folder.join(synthesized.assembly.template_file(stack)));
    synthesized.app.is_finished().then(file)
}

/// The values that a stack is given, of those that it takes: what it does not take, the command itself refuses.
fn taken(given: &[Pair], stack: &StackArtifact) -> BTreeMap<String, String> {
    let mut values = pairs::of_stack(given, &stack.id);
    if !values.is_empty() {
        let template = Template::from_json(&stack.template).unwrap_or_default();
        let is_filled = |name: &str| stack.imports.iter().any(|import| import.parameter == name);
        values.retain(|name, _| template.parameters.contains_key(name) && !is_filled(name));
    }
    values
}
