//! Facts about resource types: what a change does, what can be asked for, where the type exists.
//!
//! The facts of all types are one generated text of sorted lines, embedded in the program. Nothing is parsed at start: a
//! question finds its line by bisection and reads that line only, which takes microseconds.
//!
//! Facts that the schemas do not have, or that differ from what CloudFormation does, are in `overlay`, by hand and with sources. A user's own
//! types are known to a [`Registry`], which has their lines made at run time.

mod data;
mod deletion;
mod derived;
mod identity;
mod overlay;
mod paths;
mod registry;
mod table;

pub use data::holds_data;
pub use deletion::DefaultPolicy;
pub use identity::AttributeKind;
pub(crate) use overlay::{Changes, attributes, changes, ref_name_of};
pub use paths::Paths;
pub use registry::Registry;
pub use table::{Row, rows};

use paths::{Lies, lies};
use table::{BETWEEN_TRANSFORMS, COLUMNS, Column, TABLE};

/// The effect of a property's change on the deployed resource.
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
    /// The end of each column: a line is split once, however many questions follow.
    ends: [u32; COLUMNS],
}

/// The facts of a type of AWS, e.g. of `AWS::CloudFront::Distribution`; `None` when no region has such a type. Where types of users
/// may come, [`Registry::of`] is asked.
pub fn of(type_name: &str) -> Option<TypeFacts<'static>> {
    table::find(type_name).map(TypeFacts::new)
}

/// The names of all types, sorted.
pub fn type_names() -> impl Iterator<Item = &'static str> {
    table::lines(TABLE).map(table::name)
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
    fn new(line: &'t str) -> TypeFacts<'t> {
        let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
        let mut ends = [length; COLUMNS];
        for (end, (place, _)) in ends.iter_mut().zip(line.match_indices('\t')) {
            *end = u32::try_from(place).unwrap_or(length);
        }
        TypeFacts { line, ends }
    }

    /// The type's name.
    pub fn type_name(&self) -> &'t str {
        self.column(Column::Type)
    }

    /// The effect of a change at `path`. A path is made of property names, with `*` for the index of a list and the key of a
    /// map: `["DomainValidationOptions", "*", "DomainName"]`.
    ///
    /// A change below a create-only place counts, and so does one of an object that contains such a place: whether the place
    /// itself is different then is not to be seen from the path.
    pub fn replacement(&self, path: &[&str]) -> Replacement {
        if self.flag('r') {
            // There are handlers, but none that updates.
            return Replacement::Yes;
        }
        if path.iter().all(|name| *name == "*") {
            return Replacement::Unknown;
        }
        let touches = |mut places: Paths<'t>| places.any(|place| lies(path, place) != Lies::Apart);
        if touches(self.create_only()) || touches(self.replacing()) {
            return Replacement::Yes;
        }
        if touches(self.conditional_create_only()) {
            return Replacement::Maybe;
        }
        // A type from before the registry does not list what it replaces.
        let is_update = |place| lies(path, place) >= Lies::Inside;
        if self.flag('l') && !self.updating().any(is_update) { Replacement::Maybe } else { Replacement::No }
    }

    /// Places whose change replaces the resource, dotted, with `*` for the items of a list.
    pub fn create_only(&self) -> Paths<'t> {
        self.paths(Column::CreateOnly)
    }

    /// Top-level properties whose change replaces the resource though the schema does not list them: AWS's page says so, or of a type
    /// without handlers its service specification.
    pub fn replacing(&self) -> Paths<'t> {
        self.paths(Column::Replacing)
    }

    /// Top-level properties that are known to be changed in place, of a type whose schema does not list what it replaces, or where
    /// AWS's page says otherwise than its service specification.
    pub fn updating(&self) -> Paths<'t> {
        self.paths(Column::Updating)
    }

    /// Places whose change may replace the resource: the schema says so, the sources disagree, or it is part of what the resource is
    /// known by and no source settles it.
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

    /// True if the value at `path` cannot be read back.
    pub fn is_write_only(&self, path: &[&str]) -> bool {
        self.write_only().any(|place| lies(path, place) >= Lies::Inside)
    }

    /// True if the value at `path` is free JSON or inside of such: a document that the schema does not describe, where a number and
    /// a text are different things. Anywhere else CloudFormation makes of `5` and `"5"` the same.
    pub fn is_free_json(&self, path: &[&str]) -> bool {
        self.free_json().any(|place| lies(path, place) >= Lies::Inside)
    }

    /// Places that take JSON of any form.
    pub fn free_json(&self) -> Paths<'t> {
        self.paths(Column::FreeJson)
    }

    /// True if a text at `path` is a password, a token or a key, which is not to be shown.
    pub fn is_secret(&self, path: &[&str]) -> bool {
        self.secrets().any(|place| lies(path, place) >= Lies::Inside)
    }

    /// Places whose text is a password, a token or a key.
    pub fn secrets(&self) -> Paths<'t> {
        self.paths(Column::Secrets)
    }

    /// Top-level properties without which the type cannot be made.
    pub fn required(&self) -> Paths<'t> {
        self.paths(Column::Required)
    }

    /// The properties that name one resource of the type.
    pub fn primary_identifier(&self) -> Paths<'t> {
        self.paths(Column::PrimaryIdentifier)
    }

    /// The attributes that `Fn::GetAtt` takes.
    pub fn attributes(&self) -> Paths<'t> {
        self.paths(Column::Attributes)
    }

    /// The usual name of the value that `Ref` gives, e.g. `Arn`; `Ref` when it has no name of its own.
    pub fn ref_name(&self) -> &'t str {
        self.column(Column::RefName)
    }

    /// True if a resource of the type can be updated at all; `None` for types from before the registry.
    pub fn has_update_handler(&self) -> Option<bool> {
        if self.flag('l') { None } else { Some(!self.flag('r')) }
    }

    /// True if the type takes tags.
    pub fn is_taggable(&self) -> bool {
        self.flag('t')
    }

    /// True if tags can be changed without a replacement; only of interest for a type that takes tags.
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

    /// Lists whose items have no order: another order of the same items is not a change.
    ///
    /// Source: CloudFormation CLI User Guide, "Resource type schema", `insertionOrder`: with `false`, "updates to the order of
    /// array items" are none. Tags are left out, whose order never has a meaning.
    pub fn unordered(&self) -> Paths<'t> {
        self.paths(Column::Unordered)
    }

    /// True if the list at `path` has no order. A path is as for [`replacement`](Self::replacement).
    pub fn is_unordered(&self, path: &[&str]) -> bool {
        self.unordered().any(|place| lies(path, place) == Lies::Same)
    }

    /// True if the type exists in `region`, e.g. `ap-northeast-2`; `None` when nothing is known of the region, or of where the type
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
        let column = column as usize;
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before] as usize + 1);
        // A line with fewer columns has the last ones empty.
        self.line.get(start..self.ends[column] as usize).unwrap_or_default()
    }

    fn paths(&self, column: Column) -> Paths<'t> {
        Paths::new(self.column(column))
    }

    fn flag(&self, flag: char) -> bool {
        self.column(Column::Flags).contains(flag)
    }
}
