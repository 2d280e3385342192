//! An error and its causes, which have the reason: the outermost sentence often says only that something happened.

use std::error::Error;
use std::iter::successors;

/// The error and its causes, the outermost first.
pub(crate) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| (*error).source())
}

/// The first error of type `T`.
pub(crate) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The last cause, which is the one that says what happened; the others say `dispatch failure`.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().unwrap_or(error).to_string().trim_end_matches('.').to_owned()
}

/// The words of all of them, those that the words before have already left out.
pub fn words(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .skip(1)
        .map(ToString::to_string)
        .fold(error.to_string(), |text, cause| if text.contains(&cause) { text } else { format!("{text}: {cause}") })
}
