//! Content that a stack ships to a bucket: files, folders and contents, recorded by synth and read by nobody before `diff` and `deploy`.
//!
//! A template names an asset by two parameters, for its bucket and its key, which the deployer fills. The key is made of the hash of the content,
//! so that changed content is a changed parameter.

use formwork_template::StackId;

use crate::Location;

/// The parameter for the bucket, in every stack that ships something. All assets of a stack are in one bucket.
pub const BUCKET_PARAMETER: &str = "AssetBucket";

/// Content that a stack ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The stack.
    pub stack: StackId,
    /// Its name, with the names of the constructs around it in front, e.g. `ApiCode`; unique in the stack.
    pub id: String,
    /// The parameter that is filled with the key, e.g. `ApiCodeKey`. The bucket's is [`BUCKET_PARAMETER`].
    pub parameter: String,
    /// The content's place.
    pub source: AssetSource,
    /// Patterns of files of a folder that are left out, as in a `.gitignore`.
    pub exclude: Vec<String>,
    /// The line of the source that added it.
    pub location: Location,
}

/// The extension of the templates of nested stacks.
pub const TEMPLATE_EXTENSION: &str = "template.json";

impl Asset {
    /// True for the template of a nested stack, which a change set reads.
    pub fn is_template(&self) -> bool {
        matches!(&self.source, AssetSource::Content { extension, .. } if extension == TEMPLATE_EXTENSION)
    }

    /// The file of a content in the assembly, e.g. `assets/site@eu-west-1/Page.html`.
    pub(crate) fn file(&self) -> String {
        let dot = |extension: &str| if extension.is_empty() { String::new() } else { format!(".{extension}") };
        let end = match &self.source {
            AssetSource::Content { extension, .. } => dot(extension),
            AssetSource::File { .. } | AssetSource::Folder { .. } => String::new(),
        };
        format!("assets/{}/{}{end}", self.stack, self.id)
    }
}

/// The place of an asset's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetSource {
    /// A file, which is shipped as it is. A relative path begins at the root of the workspace.
    File {
        /// The file's path, with `/`.
        path: String,
    },
    /// A folder, which is shipped as a zip. A relative path begins at the root of the workspace.
    Folder {
        /// The folder's path, with `/`.
        path: String,
    },
    /// Content that the stack's source has; it is in the assembly as `assets/STACK@REGION/ID.EXTENSION`.
    Content {
        /// The bytes.
        bytes: Vec<u8>,
        /// The end of the key's name, without a dot, e.g. `json`; may be empty.
        extension: String,
    },
}
