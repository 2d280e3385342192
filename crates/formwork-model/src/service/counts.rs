//! A layer that counts calls.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Answer, Call, CallError, Layer};

/// Numbers of calls that were made, by their names.
#[derive(Debug, Default)]
pub struct Counts {
    made: RefCell<BTreeMap<Call, usize>>,
}

impl Counts {
    /// The calls so far, each with its number. They are forgotten.
    pub fn take(&self) -> BTreeMap<Call, usize> {
        self.made.take()
    }
}

impl Layer for Counts {
    async fn around<'a, T: 'a>(
        &'a self,
        call: Call,
        _: &'a str,
        attempt: impl Fn() -> Answer<'a, T> + 'a,
    ) -> Result<T, CallError> {
        *self.made.borrow_mut().entry(call).or_default() += 1;
        attempt().await
    }
}
