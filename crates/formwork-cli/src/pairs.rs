//! Values of parameters of stacks on the command line: `STACK:KEY=VALUE`.

#[cfg(feature = "validate")]
use std::collections::BTreeMap;
use std::fmt;

use formwork_assembly::Selector;
#[cfg(feature = "validate")]
use formwork_assembly::StackId;

/// A parameter of a stack, and what was typed behind it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) stack: Selector,
    pub(crate) key: String,
    /// `None` if nothing was; else it may be secret.
    pub(crate) value: Option<String>,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("stack", &self.stack).field("key", &self.key).finish_non_exhaustive()
    }
}

/// `STACK:KEY=VALUE`
///
/// # Errors
///
/// When it is not of this form.
pub(crate) fn pair(text: &str) -> Result<Pair, String> {
    let pair = pair_or_key(text)?;
    if pair.value.is_none() { Err("it has no `=`; the form is STACK:KEY=VALUE".to_owned()) } else { Ok(pair) }
}

/// `STACK:KEY=VALUE`, or `STACK:KEY` for a value that is asked for.
///
/// # Errors
///
/// When it is neither.
pub(crate) fn pair_or_key(text: &str) -> Result<Pair, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    match name.split_once(':').filter(|(stack, key)| !stack.is_empty() && !key.is_empty()) {
        Some((stack, key)) => Ok(Pair { stack: Selector::read(stack), key: key.to_owned(), value }),
        None => Err("the form is STACK:KEY=VALUE".to_owned()),
    }
}

#[cfg(feature = "deploy")]
impl Pair {
    /// The parameter as it is typed: `STACK:KEY`.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.stack, self.key)
    }
}

/// The values that are given to a stack. What is given for one region holds there against what is given for all.
#[cfg(feature = "validate")]
pub(crate) fn of_stack(pairs: &[Pair], id: &StackId) -> BTreeMap<String, String> {
    let named = || pairs.iter().filter(|pair| pair.stack.names(id));
    let (all, own) =
        (named().filter(|pair| pair.stack.region.is_none()), named().filter(|pair| pair.stack.region.is_some()));
    all.chain(own).filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::{pair, pair_or_key};

    #[test]
    fn forms() {
        let one = pair("orders@eu-west-1:Key=a:b=c").unwrap();
        assert_eq!(
            (one.stack.to_string().as_str(), one.key.as_str(), one.value.as_deref()),
            ("orders@eu-west-1", "Key", Some("a:b=c"))
        );
        let shown = format!("{one:?}");
        assert!(shown.contains("Key") && !shown.contains("b=c"), "{shown}");
        assert_eq!(pair_or_key("orders:Key").unwrap().value, None);
        assert_eq!(pair("orders:Key").unwrap_err(), "it has no `=`; the form is STACK:KEY=VALUE");
        for text in ["", "orders", ":Key=a", "orders:=a", "Key=a", "orders=a:b"] {
            assert_eq!(pair_or_key(text).unwrap_err(), "the form is STACK:KEY=VALUE", "{text}");
        }
    }
}
