//! The names that CloudFormation takes for stacks.
//!
//! Source: AWS CloudFormation API Reference, `CreateStack`, `StackName`.

use std::fmt;

use crate::token;

/// Characters of a stack's name, at most.
const MAX_STACK_NAME: usize = 128;

/// A reason for which CloudFormation does not take a name for a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// It is empty.
    Empty,
    /// A part of it is known only when a stack is deployed.
    NotYetKnown,
    /// It does not begin with a letter.
    FirstCharacter,
    /// A character other than letters, digits and hyphens.
    Character(char),
    /// It is too long.
    Length(usize),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameError::Empty => f.write_str("it is empty"),
            NameError::NotYetKnown => f.write_str(token::NOT_YET_KNOWN),
            NameError::FirstCharacter => f.write_str("it does not begin with a letter"),
            NameError::Character(other) => write!(f, "`{}` is not allowed in it", other.escape_debug()),
            NameError::Length(length) => write!(f, "it has {length} characters"),
        }
    }
}

impl std::error::Error for NameError {}

/// Holds a name against what CloudFormation takes for a stack.
///
/// # Errors
///
/// The first reason why it does not.
pub fn check_stack_name(name: &str) -> Result<(), NameError> {
    if token::is_in(name) {
        return Err(NameError::NotYetKnown);
    }
    match name.chars().next() {
        None => return Err(NameError::Empty),
        Some(first) if !first.is_ascii_alphabetic() => return Err(NameError::FirstCharacter),
        Some(_) => {}
    }
    if let Some(other) = name.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
        return Err(NameError::Character(other));
    }
    if name.len() > MAX_STACK_NAME { Err(NameError::Length(name.len())) } else { Ok(()) }
}

/// True for a stack name that CloudFormation takes.
pub fn is_stack_name(name: &str) -> bool {
    check_stack_name(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{NameError, check_stack_name};

    #[test]
    fn letters_digits_and_hyphens_a_letter_first() {
        assert_eq!(check_stack_name("a-1"), Ok(()));
        assert_eq!(check_stack_name(&"a".repeat(128)), Ok(()));
        assert_eq!(check_stack_name(""), Err(NameError::Empty));
        assert_eq!(check_stack_name("1a"), Err(NameError::FirstCharacter));
        assert_eq!(check_stack_name("a_b"), Err(NameError::Character('_')));
        assert_eq!(check_stack_name(&"a".repeat(129)), Err(NameError::Length(129)));
    }
}
