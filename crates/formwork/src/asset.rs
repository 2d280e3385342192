//! Assets: content that a stack ships to a bucket. [`Scope::asset`] records it and gives the object it will be; synth reads no file, and
//! the commands hash and upload what is there when they run. The record is [`formwork_assembly::Asset`].

use std::borrow::Cow;

use formwork_assembly::visible::visible;
use formwork_assembly::{Asset as Record, AssetSource, BUCKET_PARAMETER, Location, Problem};
use formwork_template::{
    Attribute, Parameter, ParameterType, Reference, S3Object, Shape, Source, StackId, Val, logical_id, token,
};

use crate::contents::Contents;
use crate::inner::Inner;
use crate::plain;
use crate::scope::Scope;

/// Bytes of a path of the file system, at most.
const MAX_PATH: usize = 4_096;
/// Characters of the end of a key, at most.
const MAX_EXTENSION: usize = 32;

/// Content to be shipped: a file, a folder, or a content that the source has.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut stack = Stack::<EuCentral1>::new("reports");
/// let script = stack.asset("Script", Asset::file("jobs/nightly.py"));
/// let settings = stack.asset("Settings", Asset::text(r#"{"retries":3}"#).extension("json"));
/// stack.output("ScriptUri", script.s3_uri());
/// stack.output("SettingsUrl", settings.url());
/// ```
///
/// A relative path begins at the root of the workspace and stays in it. A folder is shipped as a zip.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    source: AssetSource,
    exclude: Vec<String>,
    /// Given, whether the source takes one or not.
    extension: Option<String>,
}

impl Asset {
    /// A file, shipped as it is.
    pub fn file(path: impl Into<String>) -> Asset {
        Asset::new(AssetSource::File { path: path.into() })
    }

    /// A folder, shipped as a zip: for the code of a function, or a website. What a `.gitignore` in the folder names is left out.
    pub fn folder(path: impl Into<String>) -> Asset {
        Asset::new(AssetSource::Folder { path: path.into() })
    }

    /// A text that the source has. All of it must be known now.
    pub fn text(text: impl Into<String>) -> Asset {
        Asset::bytes(text.into())
    }

    /// Bytes that the source has, by `include_bytes!` for example.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Asset {
        Asset::new(AssetSource::Content { bytes: bytes.into(), extension: String::new() })
    }

    /// Leaves files of a folder out: a pattern as in a `.gitignore`, e.g. `*.map` or `/tests/`. Several may be given.
    pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
        self.exclude.push(pattern.into());
        self
    }

    /// Sets the end of the key of a content: `json` for `….json`. A file has its own.
    pub fn extension(mut self, extension: impl Into<String>) -> Self {
        self.extension = Some(extension.into());
        self
    }

    fn new(source: AssetSource) -> Asset {
        Asset { source, exclude: Vec::new(), extension: None }
    }

    /// The content's place, as it is recorded, and all that is wrong with it.
    fn checked(self) -> (AssetSource, Vec<String>, Vec<Problem>) {
        let Asset { mut source, exclude, extension } = self;
        let mut problems = Vec::new();
        match &mut source {
            AssetSource::File { path } => problems.extend(path_problem("a file", path)),
            AssetSource::Folder { path } => problems.extend(path_problem("a folder", path)),
            AssetSource::Content { bytes, extension: own } => {
                if std::str::from_utf8(bytes).is_ok_and(token::is_in) {
                    let message = format!("the content cannot be shipped: {}", token::NOT_YET_KNOWN);
                    let hint = "give the value to what reads the content, by an environment variable or a parameter";
                    problems.push(Problem::error(message).hint(hint));
                }
                own.clone_from(&extension.clone().unwrap_or_default());
            }
        }
        match (&source, &extension) {
            (_, None) => {}
            (AssetSource::Content { .. }, Some(extension)) => problems.extend(extension_problem(extension)),
            (_, Some(extension)) => {
                let message = format!("the extension {} is for a content", plain::shortened(extension));
                problems.push(Problem::error(message).hint("a file keeps its own, a folder becomes a `zip`"));
            }
        }
        let is_folder = matches!(source, AssetSource::Folder { .. });
        for pattern in &exclude {
            if !is_folder {
                let message = format!("{} leaves out files of a folder", plain::shortened(pattern));
                problems.push(Problem::error(message).hint("this is not a folder: `Asset::folder`"));
            } else if let Some(reason) = text_fault(pattern) {
                let message = format!("{} is not a pattern of files: {reason}", plain::shortened(pattern));
                problems.push(Problem::error(message).hint("one line of a `.gitignore`, such as `*.map`"));
            }
        }
        (source, exclude, problems)
    }
}

/// The reason for which a text cannot be a path or a pattern.
fn text_fault(text: &str) -> Option<Cow<'static, str>> {
    if token::is_in(text) {
        return Some(token::NOT_YET_KNOWN.into());
    }
    if text.trim().is_empty() {
        return Some("it is empty".into());
    }
    if text.len() > MAX_PATH {
        return Some(format!("it has {} bytes, {MAX_PATH} are allowed", text.len()).into());
    }
    (visible(text) != text).then(|| "a character of it cannot be seen".into())
}

/// Problem of a path that is not one below the workspace, nor an absolute one.
fn path_problem(what: &str, path: &str) -> Option<Problem> {
    let error = |reason: Cow<'_, str>, hint: &str| {
        Some(Problem::error(format!("{} is not the path of {what}: {reason}", plain::shortened(path))).hint(hint))
    };
    if let Some(reason) = text_fault(path) {
        return error(reason, "a path from the root of the workspace, with `/`");
    }
    let mut rest = path.chars().skip(1);
    let is_absolute =
        path.starts_with('/') || (rest.next() == Some(':') && rest.next().is_some_and(|c| "/\\".contains(c)));
    if is_absolute {
        return None;
    }
    if path.contains('\\') {
        return error("it has a `\\` in it".into(), "the names in a path are separated by `/`");
    }
    let mut depth = 0_usize;
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if depth == 0 => {
                let hint = "a relative path begins at the root of the workspace and stays in it; an absolute one may be anywhere";
                return error("it leaves the workspace".into(), hint);
            }
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    None
}

/// Problem of the end of a key, which is the end of a file's name in the assembly, too.
fn extension_problem(extension: &str) -> Option<Problem> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let reason = if token::is_in(extension) {
        token::NOT_YET_KNOWN.to_owned()
    } else if extension.len() > MAX_EXTENSION {
        format!("it has {} characters, {MAX_EXTENSION} are allowed", extension.chars().count())
    } else if !extension.split('.').all(is_word) {
        "it is letters and digits, with dots between them".to_owned()
    } else {
        return None;
    };
    let message = format!("{} is not an extension: {reason}", plain::shortened(extension));
    Some(Problem::error(message).hint("for example `json`"))
}

impl<R> Scope<R> {
    /// Ships content to a bucket, and returns the object it will be. Under the construct's own id and `name`, the stack has the parameter
    /// `<id>Key` for its key, which is made of the content's hash: changed content is a changed parameter, in every preview.
    ///
    /// A generated type for an object takes it as it is, a text takes one of its values.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// let mut stack = Stack::<EuCentral1>::new("reports");
    /// let web = stack.asset("Web", Asset::folder("web/dist").exclude("*.map"));
    /// stack.output("Place", web.location()); // the parameters `AssetBucket` and `WebKey`
    /// ```
    #[track_caller]
    pub fn asset(&mut self, name: &str, asset: Asset) -> S3Object {
        let here = self.location();
        self.inner_mut().asset(name, asset, here)
    }
}

impl Inner {
    fn asset(&mut self, name: &str, asset: Asset, here: Location) -> S3Object {
        let (id, accepted) = self.name_entry("an asset", name, &here);
        let parameter = parameter(&id);
        let object = object(&self.contents.id, &parameter);
        let (source, exclude, problems) = asset.checked();
        for problem in problems {
            let problem = Problem { message: format!("asset `{id}`: {}", problem.message), ..problem };
            self.contents.problem(problem.at(here.clone()));
        }
        match accepted {
            true => {
                let stack = self.contents.id.clone();
                self.contents.ship(Record { stack, id, parameter, source, exclude, location: here });
            }
            false => {
                self.contents.refused.extend([parameter, BUCKET_PARAMETER.to_owned()]);
            }
        }
        object
    }
}

impl Contents {
    /// Records an asset, with its parameters.
    pub(crate) fn ship(&mut self, asset: Record) {
        let here = asset.location.clone();
        if let Err(reason) = logical_id::check(&asset.parameter) {
            let message =
                format!("{} cannot name an asset: its parameter `…Key`, {reason}", plain::shortened(&asset.id));
            self.problem(Problem::error(message).at(here));
            self.refused.extend([asset.parameter, BUCKET_PARAMETER.to_owned()]);
            return;
        }
        // A content is a file of the assembly, which may be unpacked where names differ by more than their case.
        let same = |other: &&Record| other.id != asset.id && other.id.eq_ignore_ascii_case(&asset.id);
        if let Some(other) = self.assets.iter().find(same) {
            let message = format!("the assets `{}` and `{}` differ by case alone", other.id, asset.id);
            self.problem(
                Problem::error(message).at(here.clone()).hint(format!("the first one is at {}", other.location)),
            );
        }
        if self.assets.is_empty() {
            self.fill(BUCKET_PARAMETER, &bucket_description(THE_DEPLOYER), &here);
        }
        self.fill(&asset.parameter, &key_description(&asset.id, THE_DEPLOYER), &here);
        self.assets.push(asset);
    }

    /// Takes the assets out of a stack that becomes a nested one. Its parameters stay, and are filled by the stack around it.
    pub(crate) fn take_assets(&mut self) -> Vec<Record> {
        for asset in &self.assets {
            if let Some(parameter) = self.template.parameters.get_mut(&asset.parameter) {
                parameter.description = Some(key_description(&asset.id, THE_STACK_AROUND));
            }
        }
        if !self.assets.is_empty()
            && let Some(parameter) = self.template.parameters.get_mut(BUCKET_PARAMETER)
        {
            parameter.description = Some(bucket_description(THE_STACK_AROUND));
        }
        std::mem::take(&mut self.assets)
    }

    /// Adds a parameter that the deployer fills.
    fn fill(&mut self, name: &str, description: &str, here: &Location) {
        self.reserve(name, here);
        let parameter = Parameter {
            parameter_type: ParameterType::String,
            description: Some(description.to_owned()),
            ..Parameter::default()
        };
        self.template.parameters.insert(name.to_owned(), parameter);
        self.locations.entry(name.to_owned()).or_insert_with(|| here.clone());
    }
}

/// Those who fill parameters, in descriptions.
pub(crate) const THE_DEPLOYER: &str = "the deployer";
pub(crate) const THE_STACK_AROUND: &str = "the stack around this one";

fn bucket_description(filled_by: &str) -> String {
    format!("Bucket of the content that the stack ships, filled in by {filled_by}")
}

fn key_description(id: &str, filled_by: &str) -> String {
    format!("Key of the content {id}, filled in by {filled_by}")
}

/// The parameter for the key of an asset.
pub(crate) fn parameter(id: &str) -> String {
    format!("{id}Key")
}

/// The object that an asset of a stack is, by its parameter.
pub(crate) fn object(stack: &StackId, parameter: &str) -> S3Object {
    S3Object::new(value_of(stack, BUCKET_PARAMETER), value_of(stack, parameter))
}

/// The value of a parameter, as a reference that travels like those to resources.
fn value_of(stack: &StackId, parameter: &str) -> Val<String> {
    let attribute = Attribute::Ref(Cow::Borrowed("Value"));
    let reference = Reference {
        stack: stack.clone(),
        logical_id: parameter.into(),
        attribute: attribute.clone(),
        shape: Shape::Scalar,
        source: Source::Resource,
    };
    reference.value(attribute)
}
