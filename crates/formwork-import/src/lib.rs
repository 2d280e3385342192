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
//! generator's knowledge), `scope` (variables) and `order`, `code` (layout), `literal` (hostile texts), `comments`, `package`
//! (the files beside the source), [`mod@equal`].

mod catalog;
mod code;
mod comments;
pub mod equal;
mod expression;
mod literal;
mod order;
mod package;
mod remark;
mod scope;
mod writer;

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::Template;

pub use comments::comments;
pub use equal::differences;
pub use package::{crate_name, is_stack_name, stack_name};
pub use remark::{Remark, together};

/// The regions that a stack can be in.
pub fn regions() -> impl Iterator<Item = &'static str> {
    formwork_schema::facts::regions()
}

/// What is known beside the template.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The stack's name.
    pub name: String,
    /// The stack's region, e.g. `us-east-1`.
    pub region: String,
    /// Where the template comes from, for a comment, e.g. "`network.yaml`".
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
