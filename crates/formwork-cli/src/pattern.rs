//! The patterns by which stacks are picked on the command line.

use formwork_assembly::{Selector, StackArtifact, did_you_mean};
use formwork_template::backticked;

use crate::error::CliError;

/// The stacks that any of `patterns` matches, in the order of `stacks`; all of them when there is no pattern.
///
/// In a pattern, `*` stands for any text and `?` for any character. It is held against a stack's name, or, if it has an
/// `@`, against its name and region, such as `site@us-east-1`.
///
/// # Errors
///
/// When a pattern matches no stack.
pub(crate) fn select<'a>(
    stacks: impl IntoIterator<Item = &'a StackArtifact>,
    patterns: &[String],
) -> Result<Vec<&'a StackArtifact>, CliError> {
    let stacks: Vec<&StackArtifact> = stacks.into_iter().collect();
    for pattern in patterns {
        if !stacks.iter().any(|stack| matches(pattern, stack)) {
            return Err(no_match(pattern, &stacks));
        }
    }
    Ok(stacks
        .into_iter()
        .filter(|stack| patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, stack)))
        .collect())
}

fn no_match(pattern: &str, stacks: &[&StackArtifact]) -> CliError {
    let typed = Selector::read(pattern);
    let mut names: Vec<String> = stacks.iter().map(|stack| typed.spelling_of(&stack.id)).collect();
    names.sort();
    names.dedup();
    let wild = pattern.contains(['*', '?']);
    let error = CliError::input(format!("no stack {} `{pattern}`", if wild { "matches" } else { "has the name" }));
    match Some(pattern).filter(|_| !wild).and_then(|pattern| did_you_mean(pattern, names.iter().map(String::as_str))) {
        Some(close) => error.hint(format!("did you mean `{close}`?")),
        None if names.is_empty() => error.hint("there are no stacks"),
        None => error.hint(format!("the stacks are {}", backticked(&names))),
    }
}

pub(crate) fn matches(pattern: &str, stack: &StackArtifact) -> bool {
    Selector::read(pattern).is_matched_by(&stack.id, glob)
}

/// True if `text` as a whole matches `pattern`. Linear in space, and in time the product of the lengths: after a
/// mismatch only the last `*` can take one character more.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use formwork_assembly::{StackArtifact, StackId};
    use insta::assert_snapshot;

    use super::{glob, select};
    use crate::paint::Paint;

    fn stacks() -> Vec<StackArtifact> {
        [("site-edge", "us-east-1"), ("site-home", "eu-west-1"), ("site-home", "us-east-1")]
            .map(|(name, region)| StackArtifact { id: StackId::new(name, region), ..StackArtifact::default() })
            .into()
    }

    fn ids(patterns: &[&str]) -> Result<Vec<String>, String> {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let stacks = stacks();
        select(&stacks, &patterns)
            .map(|found| found.iter().map(|stack| stack.id.to_string()).collect())
            .map_err(|error| error.render(Paint(false)))
    }

    #[test]
    fn globs() {
        for (pattern, text) in
            [("", ""), ("*", ""), ("a*", "a"), ("a*c*e", "abcde"), ("?b*", "abc"), ("*ab", "aab"), ("**", "x")]
        {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("?", ""), ("a", "ab"), ("*b", "ba"), ("a*c*e", "abcd"), ("a?", "a")] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
        // Takes no exponential time.
        assert!(!glob(&"*a".repeat(50), &"b".repeat(10_000)));
    }

    #[test]
    fn stacks_are_picked_in_their_own_order() {
        assert_eq!(ids(&[]).unwrap().len(), 3);
        assert_eq!(
            ids(&["site-home", "*-edge"]).unwrap(),
            ["site-edge@us-east-1", "site-home@eu-west-1", "site-home@us-east-1"]
        );
        assert_eq!(ids(&["*@eu-*"]).unwrap(), ["site-home@eu-west-1"]);
    }

    #[test]
    fn a_pattern_without_a_stack_is_an_error() {
        assert_snapshot!(ids(&["site-edge", "sit-home"]).unwrap_err(), @r"
        error: no stack has the name `sit-home`
        hint: did you mean `site-home`?
        ");
        assert_snapshot!(ids(&["web*"]).unwrap_err(), @r"
        error: no stack matches `web*`
        hint: the stacks are `site-edge`, `site-home`
        ");
        assert_snapshot!(ids(&["site-home@us-east-2"]).unwrap_err(), @r"
        error: no stack has the name `site-home@us-east-2`
        hint: did you mean `site-home@us-east-1`?
        ");
        assert_snapshot!(select(&[], &["*".into()]).unwrap_err().render(Paint(false)), @r"
        error: no stack matches `*`
        hint: there are no stacks
        ");
    }
}
