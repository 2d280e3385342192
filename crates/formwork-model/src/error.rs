//! Reasons for which a value cannot be worked out. The words are CloudFormation's own, as people search for them.

use std::fmt;

/// Bytes of one text at most: a template has no more, and a text that grows beyond was made to grow.
pub const MAX_TEXT: usize = 1_048_576;

/// A reason for which a value cannot be worked out, whatever is known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvalError {
    /// A function whose arguments are not of its form.
    Malformed {
        /// The function, e.g. `Fn::Join`.
        function: String,
    },
    /// A condition that the template does not have.
    UnknownCondition {
        /// Its name.
        name: String,
    },
    /// A condition that hangs on itself.
    CircularCondition {
        /// Its name.
        name: String,
    },
    /// A value where a condition must be.
    NotACondition,
    /// A mapping that the template does not have.
    UnknownMapping {
        /// Its name.
        name: String,
    },
    /// Keys that a mapping does not have.
    UnknownMappingKey {
        /// The mapping, the first and the second key.
        keys: [String; 3],
    },
    /// A look-up inside of a mapping: it could find itself.
    LookUpInMapping,
    /// `Fn::Select` beyond the end of a list.
    NoItem {
        /// The index as it was given.
        index: String,
    },
    /// `Fn::Select` of an item that is `null`.
    NullItem,
    /// A name in `Fn::Sub` whose value is a list or an object.
    NotAText {
        /// The name.
        variable: String,
    },
    /// A block that cannot be cut as `Fn::Cidr` is asked to.
    Cidr {
        /// The reason.
        reason: String,
    },
    /// A function of rules outside of a rule.
    RulesOnly {
        /// The function.
        function: &'static str,
    },
    /// A macro, which only the service carries out.
    Macro {
        /// Its name.
        name: String,
    },
    /// A text that grows beyond what is worked out.
    TooLarge,
    /// A policy that is not one of those allowed.
    Policy {
        /// The attribute, e.g. `DeletionPolicy`.
        attribute: &'static str,
        /// The word.
        word: String,
        /// The words allowed.
        allowed: &'static [&'static str],
    },
    /// Rules of the template that do not hold, with their descriptions.
    Rules {
        /// One a rule.
        broken: Vec<String>,
    },
    /// The words of whoever was asked for a value.
    Unavailable {
        /// The words.
        reason: String,
    },
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvalError::Malformed { function } => f.write_str(&malformed(function)),
            EvalError::UnknownCondition { name } => write!(
                f,
                "Template error: unresolved condition dependency {name} in the Conditions block of the template"
            ),
            EvalError::CircularCondition { name } => {
                write!(f, "Template format error: Circular dependency of condition {name}")
            }
            EvalError::NotACondition => f.write_str(
                "Template format error: Conditions can only be boolean operations on parameters and other conditions",
            ),
            EvalError::UnknownMapping { name } => write!(
                f,
                "Template error: Mapping named '{name}' is not present in the 'Mappings' section of template."
            ),
            EvalError::UnknownMappingKey { keys: [map, top, second] } => {
                write!(f, "Template error: Unable to get mapping for {map}::{top}::{second}")
            }
            EvalError::LookUpInMapping => {
                f.write_str("Template format error: Every Mappings attribute must be a String or a List.")
            }
            EvalError::NoItem { index } => {
                write!(f, "Template error: Fn::Select cannot select nonexistent value at index {index}")
            }
            EvalError::NullItem => {
                f.write_str("Template error: Fn::Select requires that the list contains no null values")
            }
            EvalError::NotAText { variable } => {
                write!(f, "Template error: variable {variable} in Fn::Sub expression does not resolve to a string")
            }
            EvalError::Cidr { reason } => write!(f, "Template error: Fn::Cidr: {reason}"),
            EvalError::RulesOnly { function } => {
                write!(f, "Template format error: {function} can be used in rules only")
            }
            EvalError::Macro { name } => write!(f, "No transform named {name} found."),
            EvalError::TooLarge => {
                write!(f, "Template error: a value grows beyond {MAX_TEXT} bytes when its functions are worked out")
            }
            EvalError::Policy { attribute, word, allowed } => {
                write!(f, "Template error: {attribute} {word} is none of {}", allowed.join(", "))
            }
            EvalError::Rules { broken } => write!(f, "Template constraint failed: {}", broken.join("; ")),
            EvalError::Unavailable { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for EvalError {}

/// CloudFormation's words for a function whose arguments are not of its form.
fn malformed(name: &str) -> String {
    let form = match name {
        "Fn::Join" => "two parameters, the first a string delimiter and the second a list of strings to be joined",
        "Fn::Split" => "two parameters, the first a string delimiter and the second a string to be split",
        "Fn::Select" => "two parameters, the second a list of values",
        "Fn::If" => "a list of three: the name of a condition and two values",
        "Fn::Sub" => "a string, or a list of a string and a map of variables",
        "Fn::FindInMap" => "three parameters, the map name, the top level key and the second level key",
        "Fn::GetAtt" => "two non-empty parameters, the resource name and the resource attribute",
        "Fn::Cidr" => "an IP block, a count from 1 to 256 and optionally the number of host bits",
        "Fn::GetStackOutput" => "StackName and OutputName, and optionally Region and RoleArn",
        "Fn::Equals" => "a list of two",
        "Fn::Not" => "a list of one condition",
        "Fn::And" | "Fn::Or" => "a list of two to ten conditions",
        _ => return format!("Template format error: {name} is not a valid intrinsic function"),
    };
    format!("Template error: every {name} object requires {form}")
}
