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
//! // The program does not ask AWS. A test gives the answers; the commands ask AWS, or take the answers from `formwork.lock`.
//! let context = Context::default()
//!     .given(HostedZone::named("example.com"), [("Id", "Z0123456789ABCDEFGHIJ")])
//!     .given(Instance::<EuWest1>::id("i-0123456789abcdef0"), [("PublicDnsName", "ec2-192-0-2-7.eu-west-1.compute.amazonaws.com")]);
//! let assembly = formwork::synth(app, &context)?;
//! assert!(assembly.stacks[0].template.contains("ec2-192-0-2-7"));
//! # Ok::<(), formwork::assembly::Report>(())
//! ```
//!
//! The things that can be looked up are in [`found`](crate::found).

use std::fmt;

use formwork_assembly::lookup::{self, Answer};
use formwork_assembly::{Found, Problem, Report};

use crate::context::Context;

/// A look-up of one thing, or of several in a tuple, whose missing answers are reported together.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a look-up",
    note = "for example `HostedZone::named(\"example.com\")`"
)]
pub trait Lookup {
    /// Answer of the look-up.
    type Found;

    /// Takes the answer from the context.
    ///
    /// # Errors
    ///
    /// The look-ups that have no answer yet.
    fn find(self, context: &Context) -> Result<Self::Found, Pending>;
}

/// A look-up of one thing.
pub trait Question {
    /// The question.
    fn question(&self) -> lookup::Lookup;
}

/// Missing look-ups of an app. Its function returns them, by `?`; the command that runs it looks them up and runs it again.
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
    /// All look-ups that are missing here or there, each once.
    fn and(mut self, other: Pending) -> Pending {
        for lookup in other.missing {
            if !self.missing.contains(&lookup) {
                self.missing.push(lookup);
            }
        }
        self
    }

    /// Report of a program whose app has missing look-ups; of an app with errors, the errors alone: nothing is looked up for it.
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
    /// The missing look-ups: the function of the app returns them, by `?`.
    pub fn lookup<L: Lookup>(&self, what: L) -> Result<L::Found, Pending> {
        what.find(self)
    }

    /// Asks one question, for look-ups of your own. A wrong question is a problem of the app, and is not asked.
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
