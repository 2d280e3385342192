//! Context: values that come in from outside when the stacks are synthesized, as `--context key=value`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::str::FromStr;

use formwork_assembly::{ContextValue, Problem};
use formwork_template::{backticked, did_you_mean};

/// The context values that were given, and a record of those that were asked for.
#[derive(Debug, Default)]
pub struct Context {
    given: BTreeMap<String, String>,
    asked: RefCell<Vec<ContextValue>>,
    problems: RefCell<Vec<Problem>>,
}

impl Context {
    /// A context with these values.
    pub fn new<K: Into<String>, V: Into<String>>(given: impl IntoIterator<Item = (K, V)>) -> Self {
        let given = given.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Context { given, ..Context::default() }
    }

    /// The value of `key`, or `default` if none was given.
    #[track_caller]
    pub fn get(&self, key: &str, default: impl Into<String>) -> String {
        let given = self.given.get(key);
        let value = given.cloned().unwrap_or_else(|| default.into());
        self.record(key, &value, given.is_some());
        value
    }

    /// The value of `key`, which must be given and must be a `T`.
    ///
    /// If it is missing or is no `T`, synth reports that with everything else it finds, and writes nothing; until then
    /// `T::default()` stands in.
    #[track_caller]
    pub fn require<T>(&self, key: &str) -> T
    where
        T: FromStr<Err: fmt::Display> + Default,
    {
        let location = Location::caller();
        let Some(text) = self.given.get(key) else {
            self.record(key, "", false);
            let problem = Problem::error(format!("the context value `{key}` is required, and was not given"));
            self.problems.borrow_mut().push(problem.at(location).hint(format!("give it with `--context {key}=…`")));
            return T::default();
        };
        self.record(key, text, true);
        text.parse().unwrap_or_else(|error| {
            let problem = Problem::error(format!("the context value `{key}` is {text:?}: {error}"));
            self.problems.borrow_mut().push(problem.at(location));
            T::default()
        })
    }

    #[track_caller]
    fn record(&self, key: &str, value: &str, given: bool) {
        let location = Location::caller().into();
        self.asked.borrow_mut().push(ContextValue { key: key.to_owned(), value: value.to_owned(), given, location });
    }

    /// What was asked for, and what is wrong with what was given.
    pub(crate) fn finish(&self) -> (Vec<ContextValue>, Vec<Problem>) {
        let asked = self.asked.borrow().clone();
        let mut problems = self.problems.borrow().clone();
        let known: Vec<&str> = asked.iter().map(|value| value.key.as_str()).collect();
        for key in self.given.keys().filter(|key| !known.contains(&key.as_str())) {
            let problem = Problem::error(format!("the app asks for no context value `{key}`"));
            problems.push(match (did_you_mean(key, known.iter().copied()), known.is_empty()) {
                (Some(close), _) => problem.hint(format!("did you mean `{close}`?")),
                (None, true) => problem.hint("it asks for none at all"),
                (None, false) => problem.hint(format!("it asks for {}", backticked(&known))),
            });
        }
        (asked, problems)
    }
}
