//! Regular expressions of schemas, which come in several dialects, in the one that the validator reads (ECMA 262).
//!
//! AWS's services publish the patterns of their own languages: `\A` and `\Z` are Python's and Java's, surrogates are Java's
//! way to write characters beyond U+FFFF, and a class that ends in `\w-` is taken for a range by stricter parsers.

/// The pattern, translated.
pub(crate) fn translate(pattern: &str) -> String {
    let mut pattern = pattern.to_owned();
    for surrogates in [r"\uD800\uDBFF-\uDC00\uDFFF", r"\uD800\uDC00-\uDBFF\uDFFF", r"\uD83C-\uDBFF\uDC00-\uDFFF"] {
        pattern = pattern.replace(surrogates, "\u{10000}-\u{10ffff}");
    }
    // To look ahead several times is to look ahead once.
    pattern = pattern.replace(r"(?!\.)+", r"(?!\.)");
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(each) = rest.next() {
        match each {
            '\\' => {
                let Some(escaped) = rest.next() else {
                    out.push('\\');
                    break;
                };
                match escaped {
                    'A' if !in_class => out.push('^'),
                    'Z' | 'z' if !in_class => out.push('$'),
                    _ => {
                        out.push('\\');
                        out.push(escaped);
                    }
                }
                if matches!(escaped, 'p' | 'P') && rest.peek() == Some(&'{') {
                    for each in rest.by_ref() {
                        out.push(each);
                        if each == '}' {
                            break;
                        }
                    }
                }
                let is_set = matches!(escaped, 'w' | 'W' | 's' | 'S' | 'd' | 'D' | 'p' | 'P');
                if in_class && is_set && rest.peek() == Some(&'-') {
                    out.push('\\');
                }
            }
            '[' if !in_class => {
                in_class = true;
                out.push(each);
            }
            ']' => {
                in_class = false;
                out.push(each);
            }
            _ => out.push(each),
        }
    }
    out
}

/// True if the validator reads the pattern.
pub(crate) fn is_known(pattern: &str) -> bool {
    jsonschema::validator_for(&serde_json::json!({ "pattern": pattern })).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{is_known, translate};

    #[test]
    fn dialects() {
        for (pattern, expected) in [
            (r"\A[0-9a-f]+\Z", "^[0-9a-f]+$"),
            (r"^[\w-.]+$", r"^[\w\-.]+$"),
            (r"^[\p{L}\p{Z}-_]*$", r"^[\p{L}\p{Z}\-_]*$"),
            (r"^(/(?!\.)+[a-z]+)$", r"^(/(?!\.)[a-z]+)$"),
            (r"[\uD800\uDBFF-\uDC00\uDFFF\t]*", "[\u{10000}-\u{10ffff}\\t]*"),
            (r"^[a-z]{3}\d-\w$", r"^[a-z]{3}\d-\w$"),
            ("\\", "\\"),
        ] {
            assert_eq!(translate(pattern), expected);
        }
        assert!(is_known("^a$") && !is_known("["));
    }
}
