//! Context: values that come in from outside when the stacks are synthesized, as `--context key=value` or from an environment.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::str::FromStr;

use formwork_assembly::{ContextValue, Environment, Found, Lookup, Problem};
use formwork_template::memory::Owner;
use formwork_template::{backticked, did_you_mean};

/// The context values that were given, and a record of those that were asked for.
#[derive(Debug, Default)]
pub struct Context {
    given: BTreeMap<String, String>,
    pub(crate) environment: Option<Environment>,
    asked: RefCell<Vec<ContextValue>>,
    found: Vec<Found>,
    looked_up: RefCell<Vec<Lookup>>,
    problems: RefCell<Vec<Problem>>,
    owner: Option<Owner>,
}

impl Context {
    /// A context with these values.
    pub fn new<K: Into<String>, V: Into<String>>(given: impl IntoIterator<Item = (K, V)>) -> Self {
        let given = given.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Context { given, ..Context::default() }
    }

    /// The context with answers to look-ups beside those that it has.
    pub(crate) fn with_found(mut self, found: impl IntoIterator<Item = Found>) -> Self {
        self.found.extend(found);
        self
    }

    /// The context of this app: templates say that they are part of it.
    pub(crate) fn with_owner(mut self, owner: Option<Owner>) -> Self {
        self.owner = owner;
        self
    }

    /// The app, if it was named.
    pub(crate) fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }

    /// The answer to a look-up, if it is there; notes that it was asked for.
    pub(crate) fn found(&self, lookup: &Lookup) -> Option<&Found> {
        let found = self.found.iter().find(|found| found.answers(lookup))?;
        let mut looked_up = self.looked_up.borrow_mut();
        if !looked_up.contains(lookup) {
            looked_up.push(lookup.clone());
        }
        Some(found)
    }

    /// Problems that were reported so far. Values that the app does not ask for are known only when it has ended.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        self.problems.borrow().clone()
    }

    /// Look-ups that were answered.
    pub(crate) fn looked_up(&self) -> Vec<Lookup> {
        self.looked_up.borrow().clone()
    }

    /// The value of `key`: the one that was given, else the environment's.
    fn value(&self, key: &str) -> Option<&String> {
        self.given.get(key).or_else(|| self.environment.as_ref()?.context.get(key))
    }

    /// The value of `key`, or `default` if none was given.
    #[track_caller]
    pub fn get(&self, key: &str, default: impl Into<String>) -> String {
        let given = self.value(key);
        let value = given.cloned().unwrap_or_else(|| default.into());
        self.record(key, &value, given.is_some());
        value
    }

    /// The value of `key` as a `T`, or `default` if none was given. What is given and is not a `T` is reported by synth.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let context = Context::new([("port", "8443")]);
    /// let port = context.get_or::<u16>("port", 443);
    /// # assert_eq!(port, 8443);
    /// ```
    #[track_caller]
    pub fn get_or<T>(&self, key: &str, default: T) -> T
    where
        T: FromStr<Err: fmt::Display> + fmt::Display,
    {
        match self.value(key) {
            Some(text) => self.parse(key, text).unwrap_or(default),
            None => {
                self.record(key, &default.to_string(), false);
                default
            }
        }
    }

    /// The value of `key`, which must be given and must be a `T`.
    ///
    /// If it is missing or is not a `T`, the result is `None`: synth reports that with all other problems, and writes nothing, so that an
    /// app can stop there.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// fn app(context: &Context) -> App {
    ///     let (owner, replicas) = (context.require::<String>("owner"), context.require::<u32>("replicas"));
    ///     let (Some(owner), Some(replicas)) = (owner, replicas) else { return App::new() };
    ///     // …
    ///     App::new().tag("owner", owner).tag("replicas", replicas.to_string())
    /// }
    /// # assert_eq!(formwork::synth(app, &Context::default()).unwrap_err().problems.len(), 2);
    /// ```
    #[track_caller]
    pub fn require<T>(&self, key: &str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let Some(text) = self.value(key) else {
            self.record(key, "", false);
            let problem = Problem::error(format!("the context value `{key}` is required, and was not given"));
            let option = format!("`--context {key}=…`");
            self.problem(problem.hint(match &self.environment {
                Some(environment) => {
                    let (name, place) = (&environment.name, environment.place_of("context"));
                    format!("give it in `context` of the environment `{name}` ({place}), or with {option}")
                }
                None => format!("give it with {option}"),
            }));
            return None;
        };
        self.parse(key, text)
    }

    /// Reports something wrong: synth reports it with everything else it finds. It is placed at this line, unless it has a place.
    #[track_caller]
    pub fn problem(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem.placed(Location::caller()));
    }

    #[track_caller]
    fn parse<T: FromStr<Err: fmt::Display>>(&self, key: &str, text: &str) -> Option<T> {
        self.record(key, text, true);
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let of = match &self.environment {
                    Some(environment) if !self.given.contains_key(key) => {
                        let place = environment.place_of(&format!("context.{key}"));
                        format!(" of the environment `{}` ({place})", environment.name)
                    }
                    _ => String::new(),
                };
                self.problem(Problem::error(format!("the context value `{key}`{of} is {text:?}: {error}")));
                None
            }
        }
    }

    #[track_caller]
    fn record(&self, key: &str, value: &str, given: bool) {
        let location = Location::caller().into();
        self.asked.borrow_mut().push(ContextValue { key: key.to_owned(), value: value.to_owned(), given, location });
    }

    /// All that is wrong with what was given, once the app is made: what the app reported, and values that it did not ask for. Synth reports it;
    /// who hands an app a context of their own gives it to [`App::problem`](crate::App::problem).
    pub fn mistakes(&self) -> Vec<Problem> {
        self.finish().1
    }

    /// Everything that was asked for, and the problems with what was given.
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
