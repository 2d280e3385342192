//! Values of the generated types, built as [`Choices`] say: everything set, only what is required, or anything at random.
//!
//! `cargo xtask codegen` writes an `impl Sample` for every type of some services into `generated`. The test `schemas` holds
//! what the values serialize to against the schemas.

use std::any::type_name;

use formwork_template::{IndexMap, Properties, Val, Value};

#[rustfmt::skip]
#[allow(clippy::match_single_binding, reason = "a union may have one alternative only")]
mod generated;

pub use generated::SERVICES;

/// A resource type, and how a value of it is built.
#[derive(Debug)]
pub struct Type {
    /// The type's name, e.g. `AWS::S3::Bucket`.
    pub name: &'static str,
    /// Builds one.
    pub build: fn(&mut Choices) -> Box<dyn Properties>,
}

/// A type of which values can be built.
pub trait Sample: Sized {
    /// A value of it.
    fn sample(choices: &mut Choices) -> Self;

    /// True if a value of the type is being built, so that another one would be inside of it.
    fn is_open(choices: &Choices) -> bool {
        choices.open.contains(&type_name::<Self>())
    }
}

/// The choices of what is built: which optional fields are set, which alternatives and values are taken.
#[derive(Debug)]
pub struct Choices {
    kind: Kind,
    /// The types that are being built, outermost first.
    open: Vec<&'static str>,
    /// True if nothing optional is set for now.
    is_sparse: bool,
    /// The number of ways that led to the alternatives that are being built.
    ways: usize,
    /// The most ways to any alternative or value.
    most: usize,
}

#[derive(Debug)]
enum Kind {
    /// Nothing optional is set.
    Minimal,
    /// Everything is set; of alternatives and values, the one at this place, counted round.
    Full(usize),
    /// As these bytes say; nothing optional is set when they are at an end.
    Random(std::vec::IntoIter<u8>),
}

/// Texts that are hard to write down.
const TEXTS: &[&str] =
    &["sample", "", "\"quoted\"\\\n\t", "${AWS::Region}", "{{resolve:ssm:name}}", "\u{1F980} \u{0}", "</script>"];

/// The key of every map.
pub const KEY: &str = "SampleKey";

/// A custom resource that the templates around samples have. What its attributes are, nobody knows.
pub const ANYTHING: &str = "Anything";

impl Choices {
    /// Nothing optional is set.
    pub fn minimal() -> Choices {
        Choices::of(Kind::Minimal)
    }

    /// Everything is set but what would contain itself; of alternatives and values, the one at `place`, counted round.
    pub fn full(place: usize) -> Choices {
        Choices::of(Kind::Full(place))
    }

    /// As the bytes say: with ever fewer of them, ever less is set.
    pub fn random(bytes: Vec<u8>) -> Choices {
        Choices::of(Kind::Random(bytes.into_iter()))
    }

    fn of(kind: Kind) -> Choices {
        Choices { kind, open: Vec::new(), is_sparse: false, ways: 1, most: 1 }
    }

    /// The number of full samples: with one for each place below, every alternative and every value was taken.
    pub fn most(&self) -> usize {
        self.most
    }

    /// A value.
    pub fn make<T: Sample>(&mut self) -> T {
        let ways = self.ways;
        self.open.push(type_name::<T>());
        let value = T::sample(self);
        self.open.pop();
        self.ways = ways;
        value
    }

    /// The value of a required field.
    pub fn required<T: Sample>(&mut self) -> Val<T>
    where
        Val<T>: From<T>,
    {
        self.make::<T>().into()
    }

    /// The value of an optional field, or none.
    pub fn optional<T: Sample>(&mut self) -> Option<Val<T>>
    where
        Val<T>: From<T>,
    {
        let is_set = match self.kind {
            _ if self.is_sparse => false,
            Kind::Minimal => false,
            Kind::Full(_) => true,
            Kind::Random(_) => self.below(3) == 1,
        };
        is_set.then(|| self.ending())
    }

    /// A value that is built sparsely if it is inside of one of its type: else there is no end.
    fn ending<T: Sample>(&mut self) -> Val<T>
    where
        Val<T>: From<T>,
    {
        let before = self.is_sparse;
        self.is_sparse |= T::is_open(self);
        let value = self.required();
        self.is_sparse = before;
        value
    }

    /// The number of entries of a list of values of type `T`.
    fn entries<T: Sample>(&mut self) -> usize {
        match self.kind {
            _ if self.is_sparse && T::is_open(self) => 0,
            Kind::Random(_) => self.below(3),
            _ => 1,
        }
    }

    /// One of the listed values.
    pub fn one_of<'v>(&mut self, values: &[&'v str]) -> &'v str {
        let place = self.below(values.len());
        values[place]
    }

    /// The place of an alternative, of so many; the place `last` if another one could go on for ever.
    pub fn alternative<T: Sample>(&mut self, count: usize, last: usize) -> usize {
        // The union itself is open once, since it is being built.
        if self.open.iter().filter(|open| **open == type_name::<T>()).count() > 1 {
            return last;
        }
        let place = self.below(count);
        // What is chosen inside of it is chosen anew each time that it is taken, or some would never be.
        self.ways *= count;
        place
    }

    fn below(&mut self, count: usize) -> usize {
        self.most = self.most.max(self.ways * count);
        match &mut self.kind {
            Kind::Minimal => 0,
            Kind::Full(place) => *place / self.ways % count,
            Kind::Random(bytes) => {
                let bytes =
                    [bytes.next(), if count > 255 { bytes.next() } else { None }].map(Option::unwrap_or_default);
                usize::from(u16::from_le_bytes(bytes)) % count
            }
        }
    }

    fn random_below(&mut self, count: usize) -> usize {
        if matches!(self.kind, Kind::Random(_)) { self.below(count) } else { 0 }
    }
}

impl Sample for String {
    fn sample(choices: &mut Choices) -> Self {
        TEXTS[choices.random_below(TEXTS.len())].to_owned()
    }
}

impl Sample for i64 {
    fn sample(choices: &mut Choices) -> Self {
        [1, 0, -1, i64::MAX, i64::MIN][choices.random_below(5)]
    }
}

impl Sample for f64 {
    fn sample(choices: &mut Choices) -> Self {
        [1.5, 0.0, -0.0, 9e15, f64::MIN_POSITIVE][choices.random_below(5)]
    }
}

impl Sample for bool {
    fn sample(choices: &mut Choices) -> Self {
        choices.random_below(2) == 0
    }
}

impl Sample for Value {
    /// Free JSON, for which the types promise nothing: a value that nobody knows before the stack is deployed.
    fn sample(_: &mut Choices) -> Self {
        formwork_template::json!({"Fn::GetAtt": [ANYTHING, "Any"]})
    }
}

impl<T: Sample> Sample for Vec<Val<T>>
where
    Val<T>: From<T>,
{
    fn sample(choices: &mut Choices) -> Self {
        (0..choices.entries::<T>()).map(|_| choices.ending()).collect()
    }

    fn is_open(choices: &Choices) -> bool {
        T::is_open(choices)
    }
}

impl<T: Sample> Sample for IndexMap<String, Val<T>>
where
    Val<T>: From<T>,
{
    fn sample(choices: &mut Choices) -> Self {
        // One key cannot be there twice.
        (0..choices.entries::<T>().min(1)).map(|_| (KEY.to_owned(), choices.ending())).collect()
    }

    fn is_open(choices: &Choices) -> bool {
        T::is_open(choices)
    }
}

impl<T: Sample> Sample for Box<T> {
    fn sample(choices: &mut Choices) -> Self {
        Box::new(choices.make())
    }

    fn is_open(choices: &Choices) -> bool {
        T::is_open(choices)
    }
}
