//! The text of `Fn::Sub`, read once and in one way: what stands in it literally, and the names that are filled in.
//!
//! Source: AWS CloudFormation Template Reference, "Fn::Sub": `${Name}`, `${LogicalId.Attribute}`, and `${!Literal}`, which is
//! written as `${Literal}`. Blanks around a name are not part of it.

/// One part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    /// Text that stays as it is.
    Text(&'t str),
    /// The inside of `${!…}`, which stays as `${…}`.
    Literal(&'t str),
    /// The name inside of `${…}`: a variable, a parameter, a resource, or `LogicalId.Attribute`.
    Name(&'t str),
}

/// The parts of a text, in order. A `${` that is not closed is text.
pub fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if let Some(inner) = rest.strip_prefix("${")
            && let Some((name, behind)) = inner.split_once('}')
        {
            rest = behind;
            return Some(match name.strip_prefix('!') {
                Some(literal) => Part::Literal(literal),
                None => Part::Name(name.trim()),
            });
        }
        if rest.is_empty() {
            return None;
        }
        // A `${` at the beginning is one that is not closed, and so is all that follows.
        let end = if rest.starts_with("${") { rest.len() } else { rest.find("${").unwrap_or(rest.len()) };
        let (plain, behind) = rest.split_at(end);
        rest = behind;
        Some(Part::Text(plain))
    })
}

/// The names that a text fills in, as often as they stand in it.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    parts(text).filter_map(|part| match part {
        Part::Name(name) => Some(name),
        Part::Text(_) | Part::Literal(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::Part::{Literal, Name, Text};
    use super::{Part, parts};

    #[track_caller]
    fn check(text: &str, expected: &[Part<'_>]) {
        assert_eq!(parts(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn names_literals_and_text() {
        check("", &[]);
        check("plain $ { }", &[Text("plain $ { }")]);
        check("a-${B}-${ C.D }", &[Text("a-"), Name("B"), Text("-"), Name("C.D")]);
        check("${!Kept}${AWS::Region}", &[Literal("Kept"), Name("AWS::Region")]);
        check("${A${B}", &[Name("A${B")]);
        check("x${open", &[Text("x"), Text("${open")]);
        check("${}", &[Name("")]);
    }
}
