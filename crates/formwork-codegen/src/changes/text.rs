//! Changes as a section of CHANGELOG.md, and as JSON.

use std::fmt::{self, Write};

use formwork_schema::ir::{Update, service_of};
use serde_json::{Value, json};

use super::{Change, Changes, Effect, Kind, Place};
use crate::features;

impl Changes {
    /// The section: what breaks first, each part by service.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("### Schema snapshot {} (before: {})\n\n", self.after, self.before);
        if self.is_empty() {
            text.push_str("Nothing changes for users.\n");
            return text;
        }
        let _ = writeln!(text, "{}.", self.summary());
        let breaks = |change: &Change| change.effect() != Effect::Informs;
        let intro = "For what source must change, where stacks are refused, and what now replaces a resource.";
        self.part(&mut text, &format!("#### Breaking\n\n{intro}\n"), &self.region_lines(true), breaks);
        self.part(&mut text, "#### New and changed\n", &self.region_lines(false), |change| !breaks(change));
        text
    }

    /// The same as JSON: a list of changes, each with its type, kind, effect and text.
    pub fn to_json(&self) -> String {
        let changes: Vec<Value> = self
            .by_type
            .iter()
            .flat_map(|(type_name, list)| list.iter().map(move |change| entry(type_name, change)))
            .collect();
        json!({
            "before": self.before,
            "after": self.after,
            "newServices": self.new_services,
            "goneServices": self.gone_services,
            "newRegions": self.new_regions.keys().collect::<Vec<_>>(),
            "goneRegions": self.gone_regions,
            "changes": changes,
        })
        .to_string()
    }

    fn summary(&self) -> String {
        let all = || self.by_type.values().flatten();
        let count = |is_meant: fn(&Change) -> bool| all().filter(|change| is_meant(change)).count();
        let of_properties = |place: &Place| place.kind == Kind::Struct;
        let added = |change: &&Change| matches!(change, Change::Added { place, .. } if of_properties(place));
        let removed = |change: &&Change| matches!(change, Change::Removed(place) if of_properties(place));
        format!(
            "Types: {} new, {} gone. Properties: {} new, {} gone. Changes: {}, of which {} break and {} replace",
            count(|change| matches!(change, Change::TypeAdded(_))),
            count(|change| matches!(change, Change::TypeRemoved)),
            all().filter(added).count(),
            all().filter(removed).count(),
            all().count(),
            count(|change| change.effect() == Effect::Breaks),
            count(|change| change.effect() == Effect::Replaces),
        )
    }

    fn region_lines(&self, is_breaking: bool) -> Vec<String> {
        if is_breaking {
            self.gone_regions.iter().map(|region| format!("- the region `{region}` is not known any more")).collect()
        } else {
            let line = |(region, types)| format!("- the region `{region}` is known now; of types it has {types}");
            self.new_regions.iter().map(line).collect()
        }
    }

    fn part(&self, text: &mut String, title: &str, lines: &[String], is_meant: impl Fn(&Change) -> bool) {
        let mut part = String::new();
        for line in lines {
            let _ = writeln!(part, "{line}");
        }
        for (service, types) in self.by_service() {
            let mut is_first = true;
            for (type_name, list) in types {
                let name = type_name.strip_prefix("AWS::").unwrap_or(type_name);
                for change in list.iter().filter(|change| is_meant(change)) {
                    if std::mem::take(&mut is_first) {
                        let _ = writeln!(
                            part,
                            "- **{service}**, feature `{}`{}",
                            features::feature_of(service),
                            self.of_service(service)
                        );
                    }
                    let _ = writeln!(part, "  - `{name}`: {change}");
                }
            }
        }
        if !part.is_empty() {
            let _ = write!(text, "\n{title}\n{part}");
        }
    }

    fn of_service(&self, service: &str) -> &'static str {
        if self.new_services.contains(service) {
            ", a new service"
        } else if self.gone_services.contains(service) {
            ", which is gone"
        } else {
            ""
        }
    }
}

fn entry(type_name: &str, change: &Change) -> Value {
    json!({
        "service": service_of(type_name),
        "type": type_name,
        "kind": change.kind(),
        "effect": match change.effect() {
            Effect::Breaks => "breaks",
            Effect::Replaces => "replaces",
            Effect::Informs => "informs",
        },
        "text": change.to_string(),
    })
}

impl Change {
    /// One word for the kind of change.
    fn kind(&self) -> &'static str {
        match self {
            Change::TypeAdded(_) => "typeAdded",
            Change::TypeRemoved => "typeRemoved",
            Change::NestedRemoved(..) => "nestedTypeRemoved",
            Change::NestedChanged(..) => "nestedTypeChanged",
            Change::Added { place, .. } => match place.kind {
                Kind::Struct => "propertyAdded",
                _ => "alternativeAdded",
            },
            Change::Removed(place) => match place.kind {
                Kind::Struct => "propertyRemoved",
                _ => "alternativeRemoved",
            },
            Change::ValuesAdded(..) => "valuesAdded",
            Change::ValuesRemoved(..) => "valuesRemoved",
            Change::Retyped(..) => "retyped",
            Change::Respelled(..) => "respelled",
            Change::Required(_) => "required",
            Change::Optional(_) => "optional",
            Change::Updates(..) | Change::AnyChangeReplaces(_) => "replacement",
            Change::AttributeAdded(..) => "attributeAdded",
            Change::AttributeRemoved(_) => "attributeRemoved",
            Change::AttributeRetyped(..) => "attributeRetyped",
            Change::Fact(..) | Change::List(..) => "fact",
            Change::RegionsAdded(_) => "regionsAdded",
            Change::RegionsRemoved(_) => "regionsRemoved",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::TypeAdded(1) => write!(f, "a new type, in 1 region"),
            Change::TypeAdded(regions) => write!(f, "a new type, in {regions} regions"),
            Change::TypeRemoved => write!(f, "the type is gone"),
            Change::NestedRemoved(kind, name) => write!(f, "the {kind} `{name}` is gone"),
            Change::NestedChanged(name, before, after) => {
                write!(f, "`{name}` is now of kind {after}, was of kind {before}")
            }
            Change::Added { place, ty, required: false } => write!(f, "new {place} of type `{ty}`"),
            Change::Added { place, ty, required: true } => write!(f, "new {place} of type `{ty}`, which must be set"),
            Change::Removed(place) => write!(f, "{place} is gone"),
            Change::ValuesAdded(name, values) => write!(f, "new values of `{name}`: {}", quoted(values)),
            Change::ValuesRemoved(name, values) => write!(f, "values of `{name}` are gone: {}", quoted(values)),
            Change::Retyped(place, before, after) => write!(f, "{place} has the type `{after}`, had `{before}`"),
            Change::Respelled(place, before, after) => write!(f, "{place} is `{after}` in Rust, was `{before}`"),
            Change::Required(place) => write!(f, "{place} must be set"),
            Change::Optional(place) => write!(f, "{place} need not be set any more"),
            Change::Updates(place, before, after) => {
                write!(f, "a change of {place} {}, before it {}", does(*after), did(*before))
            }
            Change::AnyChangeReplaces(true) => write!(f, "any change replaces the resource"),
            Change::AnyChangeReplaces(false) => write!(f, "can be updated in place"),
            Change::AttributeAdded(name, ty) => write!(f, "new attribute `{name}` of type `{ty}`"),
            Change::AttributeRemoved(name) => write!(f, "the attribute `{name}` is gone"),
            Change::AttributeRetyped(name, before, after) => {
                write!(f, "the attribute `{name}` has the type `{after}`, had `{before}`")
            }
            Change::Fact("flags", before, after) => flags(f, before, after),
            Change::Fact(name, before, after) => write!(f, "{name}: {}, was {}", listed(after), listed(before)),
            Change::List(name, added, removed) if removed.is_empty() => write!(f, "{name}: also {}", quoted(added)),
            Change::List(name, added, removed) if added.is_empty() => {
                write!(f, "{name}: no longer {}", quoted(removed))
            }
            Change::List(name, added, removed) => {
                write!(f, "{name}: also {}, no longer {}", quoted(added), quoted(removed))
            }
            Change::RegionsAdded(regions) => write!(f, "also in {}", regions.join(", ")),
            Change::RegionsRemoved(regions) => write!(f, "no longer in {}", regions.join(", ")),
        }
    }
}

fn does(update: Update) -> &'static str {
    match update {
        Update::InPlace => "is made in place",
        Update::Replacement => "replaces the resource",
        Update::MayReplace => "may replace the resource",
    }
}

fn did(update: Update) -> &'static str {
    match update {
        Update::InPlace => "was made in place",
        Update::Replacement => "replaced it",
        Update::MayReplace => "might replace it",
    }
}

fn listed(places: &str) -> String {
    if places.is_empty() { "none".to_owned() } else { format!("`{}`", places.replace(',', ", ")) }
}

fn quoted(values: &[String]) -> String {
    values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
}

/// The flags of the table of facts that came or went.
fn flags(f: &mut fmt::Formatter<'_>, before: &str, after: &str) -> fmt::Result {
    const MEANINGS: &[(char, &str, &str)] = &[
        ('l', "the schema no longer tells how it is updated", "the schema tells how it is updated"),
        ('t', "takes tags", "takes no tags any more"),
        ('n', "tags cannot be changed", "tags can be changed"),
        ('d', "a replacement deletes the old resource first", "a replacement makes the new resource first"),
    ];
    let told =
        MEANINGS.iter().filter_map(|(flag, set, cleared)| match (before.contains(*flag), after.contains(*flag)) {
            (false, true) => Some(*set),
            (true, false) => Some(*cleared),
            _ => None,
        });
    f.write_str(&told.collect::<Vec<_>>().join("; "))
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Struct => "struct",
            Kind::Union => "union",
            Kind::Enum => "enum",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { kind, owner, name } = self;
        match kind {
            Kind::Struct if owner.is_empty() => write!(f, "property `{name}`"),
            Kind::Struct => write!(f, "property `{owner}.{name}`"),
            Kind::Union => write!(f, "alternative `{name}` of `{owner}`"),
            Kind::Enum => write!(f, "value `{name}` of `{owner}`"),
        }
    }
}
