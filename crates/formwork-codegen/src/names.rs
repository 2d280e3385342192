//! Rust spellings of AWS's names. Every exception is in [`WORDS`] or [`RESERVED_TYPES`].
//!
//! The rule: a word begins at a capital letter that follows a small letter or a digit, and at the last capital of a row of
//! capitals that a small letter follows. So `SSLSupportMethod` is `ssl_support_method` and `IPV6Enabled` is `ipv6_enabled`.
//! A plural `s` belongs to the capitals before it: `SubnetIDs` is `subnet_ids`.

use std::collections::BTreeSet;

/// Words with capitals inside, and how they are written so that the rule keeps them together.
pub const WORDS: &[(&str, &str)] = &[
    ("DynamoDB", "Dynamodb"),
    ("GiB", "Gib"),
    ("GraphQL", "Graphql"),
    ("IPv4", "Ipv4"),
    ("IPv6", "Ipv6"),
    ("IoT", "Iot"),
    ("MiB", "Mib"),
    ("MySQL", "Mysql"),
    ("OAuth", "Oauth"),
    ("OpenID", "Openid"),
    ("PostgreSQL", "Postgresql"),
    ("VCpu", "Vcpu"),
    ("vCpu", "Vcpu"),
    ("vCPU", "Vcpu"),
];

/// Names of types that generated code itself uses; a nested type of such a name gets `Property` after it.
pub const RESERVED_TYPES: &[&str] = &[
    "Box",
    "Clone",
    "Debug",
    "Default",
    "Eq",
    "Err",
    "From",
    "FromKeyValue",
    "FromS3Object",
    "HasAttributes",
    "InS3",
    "IndexMap",
    "Into",
    "JsonWriter",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Properties",
    "Reference",
    "ResourceType",
    "Result",
    "Self",
    "Some",
    "String",
    "ToJson",
    "Val",
    "Value",
    "Vec",
];

/// Keywords of Rust, edition 2024: a field or a module of such a name gets `_` after it.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Methods that every type of attributes has; an attribute of such a name gets `_` after it.
pub const RESERVED_METHODS: &[&str] = &["clone", "eq", "fmt", "from", "into", "ne", "ref_value", "reference"];

/// A text whose German letters are written as those of ASCII: `größer` -> `groesser`.
pub fn transliterated(text: &str) -> String {
    let mut written = String::new();
    for character in text.chars() {
        match character {
            'ä' => written.push_str("ae"),
            'ö' => written.push_str("oe"),
            'ü' => written.push_str("ue"),
            'Ä' => written.push_str("Ae"),
            'Ö' => written.push_str("Oe"),
            'Ü' => written.push_str("Ue"),
            'ß' => written.push_str("ss"),
            other => written.push(other),
        }
    }
    written
}

/// The struct of a resource type, from the last part of its name. None of AWS's has a name that generated code needs.
pub fn resource_type(name: &str) -> String {
    let mut rust: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    if RESERVED_TYPES.contains(&rust.as_str()) || rust == "Self" {
        rust.push_str("Resource");
    }
    rust
}

/// A field, method or module: `DomainName` -> `domain_name`.
pub fn snake(name: &str) -> String {
    let mut name = name.to_owned();
    for (word, spelling) in WORDS {
        name = name.replace(word, spelling);
    }
    let characters: Vec<char> = name.chars().collect();
    let is_upper = |index: usize| characters.get(index).is_some_and(char::is_ascii_uppercase);
    let is_lower = |index: usize| characters.get(index).is_some_and(char::is_ascii_lowercase);
    let is_digit = |index: usize| characters.get(index).is_some_and(char::is_ascii_digit);
    let mut snake = String::new();
    for (index, character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            if !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
            continue;
        }
        let begins = is_upper(index)
            && index > 0
            && (is_lower(index - 1)
                || is_digit(index - 1)
                || (is_upper(index - 1) && is_lower(index + 1) && !is_plural(&characters, index + 1)));
        if begins && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    while snake.ends_with('_') {
        snake.pop();
    }
    if snake.is_empty() || snake.starts_with(|first: char| first.is_ascii_digit()) {
        snake.insert(0, '_');
    }
    if KEYWORDS.contains(&snake.as_str()) {
        snake.push('_');
    }
    snake
}

/// True if the character is the `s` of a plural: `ARNs`, `AZsPerRegion`.
fn is_plural(characters: &[char], index: usize) -> bool {
    characters.get(index) == Some(&'s') && characters.get(index + 1).is_none_or(|next| next.is_ascii_uppercase())
}

/// A nested type. `taken` are the resource's own types.
pub fn nested_type(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut rust: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    if !rust.starts_with(|first: char| first.is_ascii_alphabetic()) {
        rust.insert(0, 'T');
    }
    if RESERVED_TYPES.contains(&rust.as_str()) || taken.contains(&rust) {
        rust.push_str("Property");
    }
    unique(rust, taken)
}

/// The name itself, or with the lowest number after it that makes it unique.
pub fn unique(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.clone();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        let apart = if name.ends_with(|last: char| last.is_ascii_digit()) { "_" } else { "" };
        candidate = format!("{name}{apart}{number}");
        number += 1;
    }
    candidate
}

/// Names of characters that stand alone in a value or at its start.
const SYMBOLS: &[(char, &str)] = &[
    ('*', "Star"),
    ('+', "Plus"),
    ('-', "Minus"),
    ('.', "Dot"),
    ('/', "Slash"),
    ('<', "Less"),
    ('=', "Equal"),
    ('>', "Greater"),
    ('!', "Not"),
    ('$', "Dollar"),
    ('%', "Percent"),
    ('&', "And"),
    (',', "Comma"),
    (':', "Colon"),
    ('_', "Underscore"),
    ('|', "Or"),
    ('~', "Tilde"),
];

/// The variants of an enum, in the order of its values: `https-only` -> `HttpsOnly`, `TLSv1.2_2021` -> `TLSv1_2_2021`.
///
/// Two values that give one name are kept apart by a number. `Other` is the way out of every enum.
pub fn variants(values: &[String]) -> Vec<String> {
    let mut taken = BTreeSet::from(["Other".to_owned(), "Self".to_owned()]);
    values
        .iter()
        .map(|value| {
            let name = variant(value);
            if name == "Other" || name == "Self" {
                return unique(format!("{name}Value"), &mut taken);
            }
            unique(name, &mut taken)
        })
        .collect()
}

fn variant(value: &str) -> String {
    let mut name = String::new();
    for part in value.split(|character: char| !character.is_ascii_alphanumeric()) {
        let Some(first) = part.chars().next() else { continue };
        // Digits on both sides: without the underscore `1.12` and `11.2` were one name.
        if first.is_ascii_digit() && name.ends_with(|last: char| last.is_ascii_digit()) {
            name.push('_');
        }
        name.push(first.to_ascii_uppercase());
        let is_shouted = part.len() > 1 && !part.contains(|c: char| c.is_ascii_lowercase());
        for character in part.chars().skip(1) {
            name.push(if is_shouted { character.to_ascii_lowercase() } else { character });
        }
    }
    if name.is_empty() {
        name = value
            .chars()
            .filter_map(|character| SYMBOLS.iter().find(|(symbol, _)| *symbol == character))
            .map(|(_, word)| *word)
            .collect();
    }
    if name.is_empty() {
        name.push_str(if value.is_empty() { "Empty" } else { "Value" });
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, 'V');
    }
    name
}
