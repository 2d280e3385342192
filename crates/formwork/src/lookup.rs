//! Look-ups: existing things by their names or ids, whose other values are asked from AWS once and kept in `formwork.lock`.
//!
//! ```
//! use formwork::prelude::*;
//!
//! fn app(context: &Context) -> Result<App, Pending> {
//!     let (zone, server) =
//!         context.lookup((HostedZone::named("example.com"), Instance::<EuWest1>::id("i-0123456789abcdef0")))?;
//!     let mut edge = Stack::<UsEast1>::new("edge");
//!     let certificate = edge.add("Certificate", Certificate::dns_validated("api.example.com", &zone));
//!     edge.add("Distribution", Distribution::new(Origin::instance(&server), &certificate));
//!     Ok(App::new().with(edge))
//! }
//!
//! // The program asks nobody. A test says what is there; the commands ask AWS, or take what `formwork.lock` has.
//! let context = Context::default()
//!     .given(HostedZone::named("example.com"), [("Id", "Z0123456789ABCDEFGHIJ")])
//!     .given(Instance::<EuWest1>::id("i-0123456789abcdef0"), [("PublicDnsName", "ec2-192-0-2-7.eu-west-1.compute.amazonaws.com")]);
//! let assembly = formwork::synth(app, &context)?;
//! assert!(assembly.stacks[0].template.contains("ec2-192-0-2-7"));
//! # Ok::<(), formwork::assembly::Report>(())
//! ```
//!
//! What there is to look up is in [`found`](crate::found).

use std::fmt;

use formwork_assembly::lookup::{self, Answer};
use formwork_assembly::{Found, Problem, Report};

use crate::context::Context;

/// What can be looked up: one thing, or several in a tuple, of which all that is missing is reported at once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a look-up",
    note = "for example `HostedZone::named(\"example.com\")`"
)]
pub trait Lookup {
    /// What it gives.
    type Found;

    /// Takes what was found from the context.
    ///
    /// # Errors
    ///
    /// What was not found yet.
    fn find(self, context: &Context) -> Result<Self::Found, Pending>;
}

/// A look-up of one thing: a question, and what is made of the answer.
pub trait Question {
    /// The question.
    fn question(&self) -> lookup::Lookup;
}

/// What an app still has to look up. Its function ends with it, by `?`; the command that runs it looks it up and runs it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    missing: Vec<lookup::Lookup>,
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.missing.iter().map(ToString::to_string).collect();
        write!(f, "not looked up yet: {}", all.join(", "))
    }
}

impl std::error::Error for Pending {}

impl Pending {
    /// Together with what else is missing.
    fn and(mut self, other: Pending) -> Pending {
        for lookup in other.missing {
            if !self.missing.contains(&lookup) {
                self.missing.push(lookup);
            }
        }
        self
    }

    /// What a program reports of an app that ended so. What is wrong besides comes first: nothing is asked for an app that is wrong.
    pub(crate) fn report(self, context: &Context) -> Report {
        let mut report = Report::new(context.problems());
        if report.is_ok() {
            report.problems.extend(self.missing.iter().map(|lookup| {
                let problem = Problem::error(format!("{lookup} is not looked up yet"));
                let problem = Problem { location: lookup.location.clone(), ..problem };
                problem.hint("the commands `lookup`, `diff` and `deploy` ask AWS; a test says what is there with `Context::given`")
            }));
            report.missing = self.missing;
        }
        report
    }
}

impl Context {
    /// Looks up existing things: one, or a tuple of several.
    ///
    /// # Errors
    ///
    /// What is not looked up yet: the function of the app ends with it, by `?`.
    pub fn lookup<L: Lookup>(&self, what: L) -> Result<L::Found, Pending> {
        what.find(self)
    }

    /// Asks one question, for the look-ups of one's own. A question that is wrong is a problem of the app, and nobody is asked.
    ///
    /// # Errors
    ///
    /// The question, if it is not answered yet.
    pub fn ask(&self, question: lookup::Lookup, wrong: Option<Problem>) -> Result<Found, Pending> {
        if let Some(problem) = wrong {
            self.problem(Problem { location: question.location.clone(), ..problem });
        }
        self.found(&question).cloned().ok_or(Pending { missing: vec![question] })
    }

    /// The context with the answer to a look-up, for tests: properties by their names in CloudFormation's schema. The thing has no others.
    pub fn given<V: Into<Answer>>(
        self,
        what: impl Question,
        values: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Self {
        self.with_found([Found::given(what.question(), values)])
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        #[expect(non_snake_case, reason = "the names of the types are those of the values")]
        impl<$($name: Lookup),+> Lookup for ($($name,)+) {
            type Found = ($($name::Found,)+);

            fn find(self, context: &Context) -> Result<Self::Found, Pending> {
                let ($($name,)+) = self;
                // All of them are asked before the first that is missing ends it.
                $(let $name = $name.find(context);)+
                let mut pending: Option<Pending> = None;
                $(
                    if let Err(missing) = &$name {
                        pending = Some(match pending {
                            Some(others) => others.and(missing.clone()),
                            None => missing.clone(),
                        });
                    }
                )+
                match (pending, $($name,)+) {
                    (None, $(Ok($name),)+) => Ok(($($name,)+)),
                    (pending, ..) => Err(pending.unwrap_or(Pending { missing: Vec::new() })),
                }
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
