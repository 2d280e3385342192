//! The files of a stack crate beside its source, and its name.

use std::collections::BTreeSet;

use crate::options::Options;

/// `Cargo.toml`, with the features that the source needs and no others.
pub(crate) fn manifest(options: &Options, features: &BTreeSet<String>) -> String {
    let name = crate_name(&options.name);
    let mut dependency = options.dependency.clone();
    if !features.is_empty() {
        let features: Vec<String> = features.iter().map(|feature| format!("{feature:?}")).collect();
        dependency += &format!(", features = [{}]", features.join(", "));
    }
    format!(
        "\
[package]
name = \"{name}\"
version = \"0.1.0\"
edition = \"2024\"
publish = false

# An app: the commands find it by this.
[package.metadata.formwork]

[dependencies]
formwork = {{ {dependency} }}
"
    )
}

/// `src/main.rs`
pub(crate) fn main(options: &Options) -> String {
    let name = crate_name(&options.name);
    format!(
        "\
//! Writes the cloud assembly of {name}.
use std::process::ExitCode;

fn main() -> ExitCode {{
    formwork::main({}::app)
}}
",
        name.replace('-', "_")
    )
}

/// A stack's name out of a file's: `My_template.v2` -> `My-template-v2`.
pub fn stack_name(text: &str) -> String {
    let mut name = String::new();
    for character in formwork_codegen::names::transliterated(text).chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    let name: String = match name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => name.to_owned(),
        false => format!("stack-{name}"),
    };
    name.chars().take(128).collect::<String>().trim_end_matches('-').to_owned()
}

/// The crate's name for a stack's: in lower case, and none that cargo refuses.
pub fn crate_name(stack: &str) -> String {
    let name = stack.to_ascii_lowercase();
    // Cargo: "the name cannot be used as a package name, it is a Rust keyword", and the crates that every crate has.
    let is_taken = formwork_codegen::names::snake(&name).ends_with('_')
        || ["core", "std", "alloc", "test", "proc-macro", "build", "deps", "examples", "incremental", "formwork"]
            .contains(&name.as_str());
    if is_taken { format!("{name}-stack") } else { name }
}

#[cfg(test)]
mod tests {
    use formwork_template::names::is_stack_name;

    use super::{crate_name, stack_name};

    #[test]
    fn names() {
        for (file, stack) in [
            ("network", "network"),
            ("My_template.v2", "My-template-v2"),
            ("2-tier", "stack-2-tier"),
            ("--", "stack"),
            ("é", "stack"),
            ("größer", "groesser"),
            ("Über uns", "Ueber-uns"),
        ] {
            assert_eq!(stack_name(file), stack);
            assert!(is_stack_name(&stack_name(file)));
        }
        for (stack, name) in [("Site", "site"), ("match", "match-stack"), ("std", "std-stack"), ("a-b", "a-b")] {
            assert_eq!(crate_name(stack), name);
        }
    }
}
