//! The parts that the JSON documents of several commands share, and the document of a failure.
//!
//! A command's own document is in the command's file, and in the list of `commands::schema`. Their schemas are
//! `schemas/output/<command>.schema.json`. A property may be added; every other change breaks programs that read them.

use formwork_assembly::{Location, Problem, StackId};
use serde::Serialize;

use crate::error::CliError;

/// Output of any command with `--json` when it fails before it has an answer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorDocument {
    /// The error.
    error: ErrorPart,
}

/// The error of a command.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorPart {
    /// The message.
    message: String,
    /// The place in the source; missing if it is about none, or about several.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationPart>,
    /// Causes, from the nearest to the root.
    causes: Vec<String>,
    /// Hints on how to correct it.
    hints: Vec<String>,
    /// The stack that it is about; missing if it is about none, or about several.
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<StackName>,
    /// CloudFormation's status of that stack; missing if that is not the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Problems in the source of the stacks, if they are the cause.
    problems: Vec<ProblemPart>,
}

/// One thing that is wrong, or questionable, in the source of the stacks.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemPart {
    /// An error stops synth, a warning does not.
    severity: SeverityPart,
    /// The message.
    message: String,
    /// Place in the source, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationPart>,
    /// Hint on how to correct it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Severities of problems.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) enum SeverityPart {
    /// Synth goes on.
    Warning,
    /// Synth writes nothing.
    Error,
}

/// A place in the source.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocationPart {
    /// The file, relative to the workspace.
    pub(crate) file: String,
    /// The line, counted from one.
    pub(crate) line: u32,
    /// The column, counted from one; of a template's file, not of a source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<u32>,
}

/// A stack, as what names it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct StackName {
    /// Name and region, `NAME@REGION`: what names the stack in `dependsOn` and on the command line.
    id: String,
    /// The stack's name, unique in its region.
    name: String,
    /// The region's code, such as `us-east-1`.
    region: String,
}

/// A warning about a stack.
#[cfg(feature = "deploy")]
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct WarningPart {
    /// Name and region of the stack, `NAME@REGION`.
    pub(crate) stack: String,
    /// The message.
    pub(crate) message: String,
}

/// A resource of a deployed stack.
#[cfg(feature = "deploy")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourcePart {
    /// The name in the template.
    logical_id: String,
    /// Its type.
    #[serde(rename = "type")]
    type_name: String,
    /// Its physical id, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_id: Option<String>,
    /// CloudFormation's status, such as `UPDATE_FAILED`.
    status: String,
    /// Reason for the status, if CloudFormation gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[cfg(feature = "deploy")]
impl From<&formwork_deploy::StackResource> for ResourcePart {
    fn from(resource: &formwork_deploy::StackResource) -> Self {
        ResourcePart {
            logical_id: resource.logical_id.clone(),
            type_name: resource.type_name.clone(),
            physical_id: resource.physical_id.clone(),
            status: resource.status.to_string(),
            reason: resource.reason.clone(),
        }
    }
}

/// A change that CloudFormation refuses when it comes to it.
#[cfg(feature = "deploy")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefusedPart {
    /// The change, and why it is refused.
    change: String,
    /// False if only the deployment decides.
    is_certain: bool,
}

/// A resource that would be replaced or deleted while other deployed stacks use it.
#[cfg(feature = "deploy")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct InUsePart {
    /// The resource's name in the template.
    logical_id: String,
    /// Its type.
    #[serde(rename = "type")]
    type_name: String,
    /// The change that would be made to it, as in `diff`.
    impact: String,
    /// The stacks that use it.
    used_by: Vec<StackName>,
}

/// A change of a resource of a nested stack.
#[cfg(feature = "deploy")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct NestedPart {
    /// Logical ids, from that of the nested stack down to that of the resource.
    path: Vec<String>,
    /// The resource's type.
    #[serde(rename = "type")]
    type_name: String,
    /// The change, as in `diff`.
    impact: String,
    /// The properties that change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<NestedPropertyPart>,
    /// The place in the source that added the resource; missing of one that goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<LocationPart>,
}

/// The change of a property of a resource inside of a nested stack.
#[cfg(feature = "deploy")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct NestedPropertyPart {
    /// The place below the resource's properties.
    path: String,
    /// The impact of it on the resource, as in `diff`.
    impact: String,
    /// Cause of it, where it is another change.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
}

/// A file that a stack ships.
#[cfg(feature = "deploy")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct FilePart {
    /// Its path in the assembly, below `files/`.
    path: String,
    /// Its change: `new`, `changed`, `toDeliver` if somebody has to deliver it, `unknown` if nothing deployed shows which file was
    /// delivered.
    change: String,
    /// The text that was delivered, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// The text that will be, where the stack delivers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

#[cfg(feature = "deploy")]
impl From<&formwork_diff::FileChange> for FilePart {
    fn from(file: &formwork_diff::FileChange) -> Self {
        use formwork_diff::FileFate;
        let (before, after) = match &file.fate {
            FileFate::New { after, .. } => (None, Some(after.clone())),
            FileFate::Changed { before, after, .. } => (Some(before.clone()), Some(after.clone())),
            FileFate::ToDeliver { .. } | FileFate::Unknown => (None, None),
        };
        FilePart { path: file.path.clone(), change: file.fate.as_str().to_owned(), before, after }
    }
}

/// A content that a stack ships and that changes.
#[cfg(feature = "deploy")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssetPart {
    /// Its id in the stack.
    id: String,
    /// Its place; missing for a content of the stack's source.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// The number of its files.
    count: usize,
    /// The bytes of its files.
    length: u64,
    /// Its change: `new`, `changed`, `moved` to another bucket, `unknown` if it differs and its files are not known.
    change: String,
    /// The reason for which its files are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The files and folders at its place that are not shipped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOutPart>,
    /// The files that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<AssetFilePart>,
}

/// Files and folders that are not shipped, of one reason.
#[cfg(feature = "deploy")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct LeftOutPart {
    /// The thing that leaves them out: `the asset's patterns`, `.ignore`, `.gitignore`, `CACHEDIR.TAG`, or `its name`, which is `.git`.
    by: String,
    /// The number of them; a folder is one.
    count: usize,
    /// The paths of the first ones.
    paths: Vec<String>,
}

/// A file of a content that differs.
#[cfg(feature = "deploy")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct AssetFilePart {
    /// Its path; empty for a content that is one file.
    path: String,
    /// Its change: `added`, `removed`, `changed`.
    change: String,
    /// The text before, where both are texts that were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// The text after.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// True if it can be executed from now on, false if not any more; missing where that stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    executable: Option<bool>,
}

#[cfg(feature = "deploy")]
impl From<&formwork_diff::AssetChange> for AssetPart {
    fn from(asset: &formwork_diff::AssetChange) -> Self {
        use formwork_diff::AssetFate;
        let (reason, files) = match &asset.fate {
            AssetFate::Changed(files) => (None, files.iter().map(AssetFilePart::from).collect()),
            AssetFate::Unknown { reason } => (Some(reason.clone()), Vec::new()),
            AssetFate::New | AssetFate::Moved => (None, Vec::new()),
        };
        AssetPart {
            id: asset.id.clone(),
            place: asset.place.clone(),
            count: asset.files,
            length: asset.length,
            change: asset.fate.as_str().to_owned(),
            reason,
            left_out: asset.left_out.iter().map(LeftOutPart::from).collect(),
            files,
        }
    }
}

#[cfg(feature = "deploy")]
impl From<&formwork_diff::LeftOut> for LeftOutPart {
    fn from(one: &formwork_diff::LeftOut) -> Self {
        LeftOutPart { by: one.by.clone(), count: one.count, paths: one.paths.clone() }
    }
}

#[cfg(feature = "deploy")]
impl From<&formwork_diff::AssetFile> for AssetFilePart {
    fn from(file: &formwork_diff::AssetFile) -> Self {
        use formwork_diff::AssetFileFate;
        let (texts, executable) = match &file.fate {
            AssetFileFate::Changed { texts, executable, .. } => (texts.clone(), *executable),
            AssetFileFate::Added(_) | AssetFileFate::Removed(_) => (None, None),
        };
        let (before, after) = texts.unzip();
        AssetFilePart { path: file.path.clone(), change: file.fate.as_str().to_owned(), before, after, executable }
    }
}

/// Numbers of resources by the way in which they change.
#[cfg(feature = "diff")]
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct TotalsPart {
    /// Resources that are created, those that may be included.
    create: usize,
    /// Of `create`, those that may be created, or not.
    may_create: usize,
    /// Resources that are updated, those that may be updated or replaced included.
    update: usize,
    /// Of `update`, those that may be updated, or not at all.
    may_update: usize,
    /// Of `update`, those that may be replaced.
    may_replace: usize,
    /// Resources that are replaced.
    replace: usize,
    /// Resources that are deleted, those that may be included.
    destroy: usize,
    /// Of `destroy`, those that may be deleted, or stay.
    may_destroy: usize,
    /// Resources that leave their stack and stay deployed.
    keep: usize,
    /// Resources that come into a stack.
    import: usize,
}

impl StackName {
    pub(crate) fn new(id: &StackId) -> Self {
        StackName { id: id.to_string(), name: id.name.to_string(), region: id.region.to_string() }
    }
}

#[cfg(feature = "deploy")]
impl From<&formwork_deploy::Refused> for RefusedPart {
    fn from(refused: &formwork_deploy::Refused) -> Self {
        RefusedPart { change: refused.to_string(), is_certain: refused.is_certain() }
    }
}

#[cfg(feature = "deploy")]
impl From<&formwork_deploy::InUse> for InUsePart {
    fn from(used: &formwork_deploy::InUse) -> Self {
        InUsePart {
            logical_id: used.logical_id.clone(),
            type_name: used.type_name.clone(),
            impact: used.impact.to_string(),
            used_by: used.consumers.iter().map(|stack| StackName::new(&stack.id)).collect(),
        }
    }
}

#[cfg(feature = "deploy")]
impl From<&formwork_diff::PropertyDiff> for NestedPropertyPart {
    fn from(property: &formwork_diff::PropertyDiff) -> Self {
        let (path, impact) = (property.path.to_string(), property.impact.to_string());
        NestedPropertyPart { path, impact, because: property.because.clone() }
    }
}

#[cfg(feature = "deploy")]
impl From<&formwork_deploy::NestedChange> for NestedPart {
    fn from(change: &formwork_deploy::NestedChange) -> Self {
        NestedPart {
            path: change.path.clone(),
            type_name: change.resource.type_name.clone(),
            impact: change.resource.impact.to_string(),
            properties: change.resource.properties.iter().map(NestedPropertyPart::from).collect(),
            source: change.resource.location.as_ref().map(LocationPart::from),
        }
    }
}

impl From<&CliError> for ErrorDocument {
    fn from(error: &CliError) -> Self {
        ErrorDocument {
            error: ErrorPart {
                message: error.message.clone(),
                location: error.location.as_deref().map(LocationPart::from),
                causes: error.causes.clone(),
                hints: error.hints.clone(),
                stack: error.about.as_ref().map(|about| StackName::new(&about.stack)),
                status: error.about.as_ref().and_then(|about| about.status.clone()),
                problems: error.problems.iter().map(ProblemPart::from).collect(),
            },
        }
    }
}

impl From<&Problem> for ProblemPart {
    fn from(problem: &Problem) -> Self {
        ProblemPart {
            severity: match problem.severity {
                formwork_assembly::Severity::Warning => SeverityPart::Warning,
                formwork_assembly::Severity::Error => SeverityPart::Error,
            },
            message: problem.message.clone(),
            location: problem.location.as_ref().map(LocationPart::from),
            hint: problem.hint.clone(),
        }
    }
}

impl From<&Location> for LocationPart {
    fn from(location: &Location) -> Self {
        LocationPart { file: location.file.to_string(), line: location.line, column: None }
    }
}

#[cfg(feature = "diff")]
impl From<formwork_diff::Totals> for TotalsPart {
    fn from(totals: formwork_diff::Totals) -> Self {
        TotalsPart {
            create: totals.create,
            may_create: totals.may_create,
            update: totals.update,
            may_update: totals.may_update,
            may_replace: totals.may_replace,
            replace: totals.replace,
            destroy: totals.destroy,
            may_destroy: totals.may_destroy,
            keep: totals.keep,
            import: totals.import,
        }
    }
}
