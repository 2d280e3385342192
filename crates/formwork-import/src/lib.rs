//! An existing CloudFormation template as Rust: the source of a stack crate whose template means the same.
//!
//! [`import`] is a pure function from a [`Template`] to texts by file name; what it could not say in types is in
//! [`Import::remarks`], and in the source as an explicit untyped value with a comment: nothing is dropped, nothing is
//! changed. What "the same" means is defined by [`differences`].
//!
//! Resources become structs of the generated crate when every property has a place in its type, and `Untyped` otherwise;
//! `Ref` and `Fn::GetAtt` become handles. A scalar of another kind than its property's type, such as the text `"80"` for a
//! number, becomes what CloudFormation converts it to, if that has one spelling only. A value that the type has no room for stays
//! what it is, as `Val::untyped(…)`.
//!
//! Reading order: `source` (the statements), `expression` (the values), `convert` (scalars of another kind), `writer` (what both
//! know), `catalog` (how a type is spelled, which is the code generator's knowledge), `scope` (variables) and `order`, `code`
//! (layout), `literal` (hostile texts), `comments`, `package` (the files beside the source), [`mod@equal`].

mod catalog;
mod code;
mod comments;
mod convert;
pub mod equal;
mod expression;
mod literal;
mod options;
mod order;
mod package;
mod remark;
mod scope;
mod source;
mod writer;

use std::collections::{BTreeMap, BTreeSet};

use formwork_template::Template;

pub use comments::{comments, left_out};
pub use equal::differences;
pub use options::Options;
pub use package::{crate_name, stack_name};
pub use remark::{Remark, together};

/// The regions that a stack can be in.
pub fn regions() -> impl Iterator<Item = &'static str> {
    formwork_schema::facts::regions()
}

/// The source of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The files of the crate, by path.
    pub files: BTreeMap<String, String>,
    /// The features of the crate `formwork` that the source needs.
    pub features: BTreeSet<String>,
    /// Everything that is not typed, in the order of the source.
    pub remarks: Vec<Remark>,
}

/// The stack crate of a template.
pub fn import(template: &Template, options: &Options) -> Import {
    let source = source::write(template, options);
    let files = BTreeMap::from([
        ("Cargo.toml".to_owned(), package::manifest(options, &source.features)),
        ("src/lib.rs".to_owned(), source.text),
        ("src/main.rs".to_owned(), package::main(options)),
    ]);
    Import { files, features: source.features, remarks: source.remarks }
}
