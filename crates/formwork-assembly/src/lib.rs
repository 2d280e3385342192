//! The cloud assembly: the folder that synth writes and everything after it reads.
//!
//! ```text
//! <out>/manifest.json                  for the CDK CLI: stacks, environments, dependencies
//! <out>/formwork.json                  for us: imports between stacks, source locations, context, problems
//! <out>/<stack>.template.json          one a stack
//! <out>/files/…                        files that go with the stacks, such as a site's nginx.conf
//! <out>/assets/…                       contents that the stacks ship to a bucket
//! ```
//!
//! A program that defines stacks only ever writes one ([`Assembly::write`]); the deployer only ever reads one
//! ([`Assembly::read`]). The two never share a process, so that defining stacks needs neither the AWS SDK nor an async
//! runtime. [`problem`] is what synth has to say to the person who wrote the stacks; [`visible`] is how text of others is
//! written to a terminal.

mod asset;
pub mod environment;
pub mod lookup;
mod manifest;
pub mod problem;
mod read;
mod report;
mod selector;
pub mod visible;
mod write;

pub use asset::{Asset, AssetSource, BUCKET_PARAMETER, TEMPLATE_EXTENSION};
pub use environment::Environment;
pub use formwork_template::memory::Owner;
pub use formwork_template::{StackId, did_you_mean, joined, joined_names, region};
pub use lookup::{Answers, Found, Lookup};
pub use problem::{Location, Problem, Severity};
pub use read::ReadError;
pub use report::Report;
pub use selector::Selector;
pub use write::WriteError;

/// The stacks of one app, synthesized.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembly {
    /// In the order in which the app lists them.
    pub stacks: Vec<StackArtifact>,
    /// Files that go with the stacks; paths below `files/`.
    pub files: Vec<FileArtifact>,
    /// Contents that the stacks ship to a bucket.
    pub assets: Vec<Asset>,
    /// The context values that the app asked for.
    pub context: Vec<ContextValue>,
    /// Look-ups of the app.
    pub lookups: Vec<Lookup>,
    /// The account in which they were answered, if it is known: elsewhere, what was found is another thing, or is not there.
    pub account: Option<String>,
    /// Warnings of synth.
    pub warnings: Vec<Problem>,
    /// The app and its environment, as its templates say it; `None` if synth was not given a name.
    pub owner: Option<Owner>,
}

impl Assembly {
    /// The assets of a stack.
    pub fn assets_of<'a>(&'a self, stack: &'a StackId) -> impl Iterator<Item = &'a Asset> {
        self.assets.iter().filter(move |asset| asset.stack == *stack)
    }
}

/// One stack of an assembly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackArtifact {
    /// Its name and region.
    pub id: StackId,
    /// The region's partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The text of its file.
    pub template: String,
    /// Stacks that must be deployed first, those it imports from, and those the app named.
    pub depends_on: Vec<StackId>,
    /// Parameters that the deployer fills with other stacks' outputs.
    pub imports: Vec<Import>,
    /// Tags of the stack, which CloudFormation passes on to its resources.
    pub tags: Vec<(String, String)>,
    /// True if CloudFormation refuses to delete the stack.
    pub termination_protection: bool,
    /// The place in the source where the stack was made.
    pub location: Option<Location>,
    /// The places in the source where the resources were added, by logical id.
    pub locations: Vec<(String, Location)>,
    /// Switches of the stack: parameters that can be changed without a change of the source.
    pub switches: Vec<Switch>,
    /// The stacks nested in it, at any depth.
    pub nested: Vec<NestedArtifact>,
    /// Findings of validation that the source acknowledges. They are not part of the template: CloudFormation sees no change.
    pub acknowledged: Vec<Acknowledgement>,
}

/// A stack that is a resource of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NestedArtifact {
    /// The logical ids on the way to it, with `/` between them: `Network`, `Network/Subnets`.
    pub path: String,
    /// The asset of the outermost stack that is its template.
    pub asset: String,
    /// The line of the source where the stack was made.
    pub location: Option<Location>,
    /// The line of the source where each resource was added, by logical id.
    pub locations: Vec<(String, Location)>,
    /// Findings of validation that the source acknowledges.
    pub acknowledged: Vec<Acknowledgement>,
}

/// A finding of validation that is known about a resource, and why it is in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The resource's logical id.
    pub logical_id: String,
    /// The rule's id, such as `web-acl`.
    pub rule: String,
    /// The reason for which the finding is in order.
    pub reason: String,
    /// The place in the source where it was acknowledged.
    pub location: Location,
}

/// A parameter that carries a value from one stack to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The parameter's name in the consumer.
    pub parameter: String,
    /// The producer.
    pub producer: StackId,
    /// The output's name in the producer.
    pub output: String,
}

/// A file that goes with the stacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileArtifact {
    /// Relative, with `/`, e.g. `habitpay/conf/nginx.conf`.
    pub path: String,
    /// The file's text.
    pub content: String,
    /// The part of a deployed stack that shows which file was delivered; `None` if no part does.
    pub carrier: Option<Carrier>,
}

/// The beginning of each message of a script that delivers files: what a service reports of it has words of ours where this is.
pub const SCRIPT_SAYS: &str = "formwork: ";

/// Parts of a deployed stack that show which file was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The template: it has the text, with functions of parameters in it.
    Template {
        /// The stack.
        stack: StackId,
        /// The place of the text in the template, as a JSON pointer.
        pointer: String,
    },
    /// An output: it has a word for each file.
    Output {
        /// The stack.
        stack: StackId,
        /// The output's name.
        output: String,
        /// The word for this file.
        entry: String,
    },
}

/// A choice between two backends, made by a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// The parameter's name; its allowed values are the choices.
    pub parameter: String,
    /// The place of the files' digest in the template, as a JSON pointer.
    pub digest_at: String,
    /// The URL at which the site answers with its choice and the digest of its files: `blue 85dd2b1a1a0f9a1c`.
    pub health: Option<String>,
}

/// A context value that the app asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextValue {
    /// The key, as given to `--context key=value`.
    pub key: String,
    /// The value that the app got; the default if none was given.
    pub value: String,
    /// True if the value was given; false if it is the app's default.
    pub given: bool,
    /// The place in the source where it was asked for.
    pub location: Location,
}

impl StackArtifact {
    /// The stack's name, unique in its region.
    pub fn name(&self) -> &str {
        &self.id.name
    }

    /// The region's code, e.g. `us-east-1`.
    pub fn region(&self) -> &str {
        &self.id.region
    }

    /// The value in the template at a place, a JSON pointer.
    pub fn at(&self, pointer: &str) -> Option<serde_json::Value> {
        let template: serde_json::Value = serde_json::from_str(&self.template).ok()?;
        template.pointer(pointer).filter(|_| !pointer.is_empty()).cloned()
    }

    /// The place in the source where the resource with this logical id was added.
    pub fn location_of(&self, logical_id: &str) -> Option<&Location> {
        self.locations.iter().find(|(id, _)| id == logical_id).map(|(_, location)| location)
    }
}

impl Assembly {
    /// The stack's name; with its region, `NAME@REGION`, where several stacks of the app have the name, or the app does not have it any more:
    /// of such a one there is no template.
    pub fn spelling(&self, id: &StackId) -> String {
        let is_one = self.stacks.iter().filter(|stack| stack.id.name == id.name).count() < 2;
        let is_known = self.stack(id).is_none_or(|stack| !stack.template.is_empty());
        if is_one && is_known { id.name.to_string() } else { id.to_string() }
    }

    /// The template of a nested stack of `stack`; `None` if it is not in the assembly.
    pub fn nested_template(&self, stack: &StackId, nested: &NestedArtifact) -> Option<&str> {
        let asset = self.assets.iter().find(|asset| asset.stack == *stack && asset.id == nested.asset)?;
        match &asset.source {
            AssetSource::Content { bytes, .. } => std::str::from_utf8(bytes).ok(),
            AssetSource::File { .. } | AssetSource::Folder { .. } => None,
        }
    }

    /// The stack with this id.
    pub fn stack(&self, id: &StackId) -> Option<&StackArtifact> {
        self.stacks.iter().find(|stack| stack.id == *id)
    }

    /// The template's file name: by the stack's name, and by its region too where two stacks share a name.
    pub fn template_file(&self, stack: &StackArtifact) -> String {
        let shared = self.stacks.iter().filter(|other| other.id.name == stack.id.name).count() > 1;
        if shared {
            format!("{}.{}.template.json", stack.id.name, stack.id.region)
        } else {
            format!("{}.template.json", stack.id.name)
        }
    }
}
