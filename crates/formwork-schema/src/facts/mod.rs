//! Facts about resource types: what a change does, what can be asked for, where the type exists.
//!
//! The facts of all types are one generated text of sorted lines, embedded in the program. Nothing is parsed at start: a
//! question finds its line by bisection and reads that line only, which takes microseconds.
//!
//! What the schemas do not say, or say otherwise than CloudFormation behaves, is in `overlay`, by hand and with sources. A user's own
//! types are known to a [`Registry`], which has their lines made at run time.

mod overlay;
mod registry;
mod table;

pub(crate) use overlay::{attributes, may_replace, ref_name_of};
pub use registry::Registry;
pub use table::{Row, rows};

use table::{BETWEEN_TRANSFORMS, Column, TABLE};

/// What a change of a property does to the deployed resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replacement {
    /// It is updated in place.
    No,
    /// Nothing is known.
    Unknown,
    /// It may be replaced, depending on the values.
    Maybe,
    /// It is replaced.
    Yes,
}

/// In which order a replacement happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplacementStrategy {
    /// The new resource is made first; what CloudFormation does unless a type says otherwise.
    CreateThenDelete,
    /// The old resource is deleted first: there is a time without any.
    DeleteThenCreate,
}

/// The facts of one resource type. A cheap copy: it points into the embedded table, or into a [`Registry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeFacts<'t> {
    line: &'t str,
}

/// The facts of a type of AWS, e.g. of `AWS::CloudFront::Distribution`; `None` when no region has such a type. Where types of users
/// may come, [`Registry::of`] is asked.
pub fn of(type_name: &str) -> Option<TypeFacts<'static>> {
    let line = table::find(TABLE, type_name)?;
    // The lines of the header are no types.
    (!line.starts_with(['#', '!'])).then_some(TypeFacts { line })
}

/// The names of all types, sorted.
pub fn type_names() -> impl Iterator<Item = &'static str> {
    table::lines(TABLE).map(|line| TypeFacts { line }.type_name())
}

/// The regions whose types are known, sorted.
pub fn regions() -> impl Iterator<Item = &'static str> {
    table::regions(TABLE)
}

/// The day of the snapshot that the facts were made from, e.g. `2026-10-20`.
pub fn snapshot_date() -> &'static str {
    table::header(TABLE, "date").unwrap_or_default()
}

impl<'t> TypeFacts<'t> {
    /// The type's name.
    pub fn type_name(&self) -> &'t str {
        self.line.split('\t').next().unwrap_or_default()
    }

    /// What a change at `path` does. A path is made of property names, with `*` for the index of a list and the key of a
    /// map: `["DomainValidationOptions", "*", "DomainName"]`.
    ///
    /// A change below a create-only place counts, and so does one of an object that contains such a place: whether the place
    /// itself is different then is not to be seen from the path.
    pub fn replacement(&self, path: &[&str]) -> Replacement {
        if self.flag('r') {
            // There are handlers, but none that updates.
            return Replacement::Yes;
        }
        let path: Vec<&str> = path.iter().copied().filter(|name| *name != "*").collect();
        if path.is_empty() {
            return Replacement::Unknown;
        }
        let touches = |mut places: Paths<'t>| places.any(|place| meet(place, &path));
        if touches(self.create_only()) {
            Replacement::Yes
        } else if touches(self.conditional_create_only()) || touches(self.primary_identifier()) || self.flag('l') {
            // What a resource is known by cannot change, whatever the schema forgets; and a type from before the registry does not
            // list what it replaces.
            Replacement::Maybe
        } else {
            Replacement::No
        }
    }

    /// Places whose change replaces the resource, dotted, with `*` for the items of a list.
    pub fn create_only(&self) -> Paths<'t> {
        self.paths(Column::CreateOnly)
    }

    /// Places whose change may replace the resource.
    pub fn conditional_create_only(&self) -> Paths<'t> {
        self.paths(Column::ConditionalCreateOnly)
    }

    /// Places that only AWS sets.
    pub fn read_only(&self) -> Paths<'t> {
        self.paths(Column::ReadOnly)
    }

    /// Places that cannot be read back: drift in them is not seen.
    pub fn write_only(&self) -> Paths<'t> {
        self.paths(Column::WriteOnly)
    }

    /// Whether the value at `path` cannot be read back.
    pub fn is_write_only(&self, path: &[&str]) -> bool {
        let path: Vec<&str> = path.iter().copied().filter(|name| *name != "*").collect();
        self.write_only().any(|place| {
            let mut names = place.split('.').filter(|name| *name != "*");
            let mut below = path.iter();
            names.all(|name| below.next() == Some(&name))
        })
    }

    /// Top-level properties without which the type cannot be made.
    pub fn required(&self) -> Paths<'t> {
        self.paths(Column::Required)
    }

    /// The properties that name one resource of the type.
    pub fn primary_identifier(&self) -> Paths<'t> {
        self.paths(Column::PrimaryIdentifier)
    }

    /// What `Fn::GetAtt` takes.
    pub fn attributes(&self) -> Paths<'t> {
        self.paths(Column::Attributes)
    }

    /// What people call the value that `Ref` gives, e.g. `Arn`; `Ref` when it has no name of its own.
    pub fn ref_name(&self) -> &'t str {
        self.column(Column::RefName)
    }

    /// Whether a resource of the type can be updated at all; `None` for types from before the registry.
    pub fn has_update_handler(&self) -> Option<bool> {
        if self.flag('l') { None } else { Some(!self.flag('r')) }
    }

    /// Whether the type takes tags.
    pub fn is_taggable(&self) -> bool {
        self.flag('t')
    }

    /// Whether tags can be changed without a replacement; only of interest for a type that takes tags.
    pub fn tags_are_updatable(&self) -> bool {
        !self.flag('n')
    }

    /// The property that takes tags, dotted.
    pub fn tag_property(&self) -> Option<&'t str> {
        match self.column(Column::TagProperty) {
            "" => None,
            property => Some(property),
        }
    }

    /// Properties whose value AWS keeps in another form than it was written, each with the JSONata expression that gives that
    /// form: `("DBClusterIdentifier", "$lowercase(DBClusterIdentifier)")`. Two values of the same form are equal.
    pub fn property_transforms(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.column(Column::PropertyTransforms).split(BETWEEN_TRANSFORMS).filter_map(|entry| entry.split_once('='))
    }

    /// In which order a replacement happens.
    pub fn replacement_strategy(&self) -> ReplacementStrategy {
        if self.flag('d') { ReplacementStrategy::DeleteThenCreate } else { ReplacementStrategy::CreateThenDelete }
    }

    /// Lists whose items have no order: another order of the same items is no change.
    ///
    /// Source: CloudFormation CLI User Guide, "Resource type schema", `insertionOrder`: with `false`, "updates to the order of
    /// array items" are none. Tags are left out, whose order never has a meaning.
    pub fn unordered(&self) -> Paths<'t> {
        self.paths(Column::Unordered)
    }

    /// Whether the list at `path` has no order. A path is as for [`replacement`](Self::replacement).
    pub fn is_unordered(&self, path: &[&str]) -> bool {
        let path = || path.iter().copied().filter(|name| *name != "*");
        self.unordered().any(|place| place.split('.').filter(|name| *name != "*").eq(path()))
    }

    /// Whether the type exists in `region`, e.g. `ap-northeast-2`; `None` when nothing is known of the region, or of where the type
    /// is: a user's own.
    pub fn available_in(&self, region: &str) -> Option<bool> {
        let bits = self.column(Column::Regions);
        let place = regions().position(|known| known == region).filter(|_| !bits.is_empty())?;
        Some(table::bit(bits, place))
    }

    /// The regions in which the type is known to exist.
    pub fn regions(&self) -> impl Iterator<Item = &'static str> + use<'t> {
        let bits = self.column(Column::Regions);
        regions().enumerate().filter(move |(place, _)| table::bit(bits, *place)).map(|(_, region)| region)
    }

    fn column(&self, column: Column) -> &'t str {
        self.line.split('\t').nth(column as usize).unwrap_or_default()
    }

    fn paths(&self, column: Column) -> Paths<'t> {
        Paths { rest: self.column(column) }
    }

    fn flag(&self, flag: char) -> bool {
        self.column(Column::Flags).contains(flag)
    }
}

/// Places in a resource's properties, dotted.
#[derive(Clone, Debug)]
pub struct Paths<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Paths<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let (path, rest) = self.rest.split_once(',').unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(path)
    }
}

/// Whether one of the two places is the other or contains it. Indexes and keys are left out of both: schemas name the
/// field of a list's item with and without `*`.
fn meet(place: &str, path: &[&str]) -> bool {
    let mut names = place.split('.').filter(|name| *name != "*");
    let mut path = path.iter();
    loop {
        match (names.next(), path.next()) {
            (Some(name), Some(own)) if name == *own => {}
            (Some(_), Some(_)) => return false,
            _ => return true,
        }
    }
}
