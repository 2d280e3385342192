//! Changes that CloudFormation refuses when it comes to them, half-way through an update: a replacement under the name that the resource
//! has, or under that of one that an earlier update left, and another value for an export that is imported. `foreseen` finds them before the first stack is touched.
//!
//! Sources: AWS CloudFormation Template Reference, "CloudFormation resource custom naming"; User Guide, "Get exported outputs from a
//! deployed CloudFormation stack"; API Reference, `ListImports`.

use std::fmt;

use formwork_assembly::StackId;
use formwork_diff::ExportFate;
use formwork_template::joined_names;

/// A change that CloudFormation refuses, or may refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A resource is replaced and keeps the name that there can be only once.
    KeptName {
        /// The resource's name in the template.
        logical_id: String,
        /// Its type.
        type_name: String,
        /// The reason, with the property and the name.
        reason: String,
    },
    /// A resource is to have the name of one that an earlier update left, and that is still there.
    NameOfOld {
        /// The resource's name in the template.
        logical_id: String,
        /// Its type.
        type_name: String,
        /// The physical id of the old one.
        old: String,
        /// Deployed stacks that still use the old one.
        users: Vec<StackId>,
        /// The option of `gc` that deletes it.
        allow: String,
    },
    /// An export does not stay as it is, and other stacks import it.
    Export {
        /// The name of the export.
        name: String,
        /// The fate of the export.
        fate: ExportFate,
        /// The names of the stacks that import it.
        importers: Vec<String>,
        /// True if none of them imports it any more once the app's templates for them are deployed.
        is_let_go: bool,
    },
}

impl Refused {
    /// False if only the deployment decides.
    pub fn is_certain(&self) -> bool {
        !matches!(self, Refused::Export { fate: ExportFate::MayChange, .. })
    }

    /// A hint on what to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Refused::KeptName { logical_id, .. } => format!(
                "give `{logical_id}` another name in the source, or none, so that AWS makes one; once that is deployed, it can have the old name again"
            ),
            Refused::NameOfOld { logical_id, users, allow, .. } if users.is_empty() => {
                format!(
                    "`cargo formwork gc {allow}` deletes the old one; or give `{logical_id}` another name in the source"
                )
            }
            Refused::NameOfOld { logical_id, .. } => format!(
                "give `{logical_id}` another name in the source; when nothing uses the old one any more, the deploy deletes it"
            ),
            Refused::Export { importers, is_let_go: true, .. } => format!(
                "deploy {} first and alone: by the app's templates, {} not import that any more",
                joined_names(importers),
                if importers.len() == 1 { "it does" } else { "they do" }
            ),
            Refused::Export { importers, .. } => format!(
                "keep the export as it is, and export the new value under another name; when {} no longer import{} the old one, remove it",
                joined_names(importers),
                if importers.len() == 1 { "s" } else { "" }
            ),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::KeptName { logical_id, type_name, reason } => {
                write!(f, "`{logical_id}` ({type_name}) is replaced: {reason}")
            }
            Refused::NameOfOld { logical_id, type_name, old, users, .. } => {
                write!(
                    f,
                    "`{logical_id}` ({type_name}) gets the name of {old}, which an earlier update left and which is still there"
                )?;
                match users.as_slice() {
                    [] => Ok(()),
                    users => {
                        let plural = if users.len() == 1 { "s" } else { "" };
                        let users: Vec<String> = users.iter().map(|id| id.name.to_string()).collect();
                        write!(f, ": {} use{plural} it", joined_names(&users))
                    }
                }
            }
            Refused::Export { name, fate, importers, .. } => {
                let fate = match fate {
                    ExportFate::Goes => "goes",
                    ExportFate::Changes => "gets another value",
                    ExportFate::MayChange => "may get another value, or go,",
                };
                let (importers, plural) = (joined_names(importers), if importers.len() == 1 { "s" } else { "" });
                write!(
                    f,
                    "the export `{name}` {fate} while {importers} import{plural} it, which CloudFormation refuses"
                )
            }
        }
    }
}
