//! An existing CloudFormation template as Rust: the source of a stack crate whose template means the same.
//!
//! [`import`] is a pure function from a [`Template`] to texts by file name; what it could not say in types is in
//! [`Import::remarks`], and in the source as an explicit untyped value with a comment: nothing is dropped, nothing is
//! changed. What "the same" means is defined by [`differences`].
//!
//! Resources become structs of the generated crate when every property has a place in its type, and `Untyped` otherwise;
//! `Ref` and `Fn::GetAtt` become handles. A value of a kind that a property's type has no room for, such as the text `"80"`
//! for a number, stays what it is, as `Val::untyped("80")`: CloudFormation would convert it, and a `diff` against the deployed
//! stack would show it as changed.
//!
//! Reading order: `writer` (the statements), `expression` (the values), `catalog` (how a type is spelled, which is the code
//! generator's knowledge), `scope` (variables) and `order`, `code` (layout), `literal` (hostile texts), `package` (the files
//! beside the source), [`mod@equal`].

mod catalog;
mod code;
pub mod equal;
mod expression;
mod literal;
mod order;
mod package;
mod scope;
mod writer;

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::Template;

pub use equal::differences;
pub use package::{crate_name, is_stack_name, stack_name};

/// What is known beside the template.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The stack's name.
    pub name: String,
    /// The stack's region, e.g. `us-east-1`.
    pub region: String,
    /// Where the template comes from, for a comment: a file's name.
    pub source: Option<String>,
    /// Comments of entries of the template, by path (`Resources.Bucket`).
    pub comments: BTreeMap<String, String>,
    /// What stands after `formwork = ` in the manifest, without features: `path = "../formwork"`.
    pub dependency: String,
}

/// The source of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The files of the crate, by path.
    pub files: BTreeMap<String, String>,
    /// The features of the crate `formwork` that the source needs.
    pub features: BTreeSet<String>,
    /// What is not typed, in the order of the source.
    pub remarks: Vec<Remark>,
}

/// Something that could not be said in types, and stands in the source as it stands in the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The entry of the template, e.g. `Resources.Bucket`.
    pub place: String,
    /// What of the entry, e.g. `Tags[0].Value`, if it is not all of it.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// The stack crate of a template.
pub fn import(template: &Template, options: &Options) -> Import {
    let source = writer::write(template, options);
    let files = BTreeMap::from([
        ("Cargo.toml".to_owned(), package::manifest(options, &source.features)),
        ("src/lib.rs".to_owned(), source.text),
        ("src/main.rs".to_owned(), package::main(options)),
    ]);
    Import { files, features: source.features, remarks: source.remarks }
}
