//! The template diff: one walk over the new template, producers before consumers, so that what becomes of a resource is known when
//! the resources that refer to it are compared.

use std::collections::BTreeSet;
use std::rc::Rc;

use formwork_model::term::KNOWN_AFTER;
use formwork_model::{Hole, Named, Term, names_in};
use formwork_schema::facts::Registry;
use formwork_template::{IndexMap, Template, joined, joined_names};
use serde_json::{Map, Value, json};

use crate::around::AroundResource;
use crate::compare::{self, Around, Change, Follows, Kind};
use crate::diff::{Basis, Diff, EntryDiff, PropertyDiff, ResourceDiff};
use crate::facts::Facts;
use crate::fates::{Fate, Fates};
use crate::impact::Impact;
use crate::parameters::{ParameterValue, ParameterValues};
use crate::path::{Path, Step};
use crate::sections::{self, entries};
use crate::side::{Exists, Resource, Side};
use crate::{exports, names, origin_secrets, policies};

pub(crate) fn between(
    before: Option<&Template>,
    after: &Template,
    registry: &Registry,
    values: Option<&ParameterValues>,
) -> Diff {
    let pseudo = values.map(|values| &values.pseudo);
    // A parameter that is a secret on one side is one on the other: its value may be the same.
    let secrets: BTreeSet<String> =
        before.into_iter().chain([after]).flat_map(formwork_model::secret::parameters).collect();
    let new = Side::new(after, values.map(|values| &values.after), pseudo, &secrets, None);
    let old = before.map(|before| Side::new(before, values.map(|values| &values.before), pseudo, &secrets, Some(&new)));

    let mut walk = Walk { registry, old: old.as_ref(), new: &new, fates: Fates::default(), notes: Vec::new() };
    walk.fates.secrets = walk.changed_secrets(before, values);
    let mut resources = walk.resources();
    let (mut notes, fates) = (walk.notes, walk.fates);
    policies::remark(registry, &mut resources, old.as_ref());
    names::remark(registry, &mut resources, old.as_ref(), &new);

    let mut secret_places = Vec::new();
    for side in old.iter().chain([&new]) {
        crate::secret::places(side, &new, &mut secret_places);
        notes.extend(side.faults.iter().map(|fault| format!("a value cannot be worked out: {fault}")));
    }
    notes.dedup();
    let broadening = crate::broadening::find(old.as_ref(), &new);
    let outputs = |side: &Side<'_>| -> Map<String, Value> {
        let outputs = side.outputs.iter().map(|(name, output)| (name.clone(), output.to_template()));
        outputs.chain(sections::object(&side.document.open_outputs)).collect()
    };
    notes.extend(old.iter().flat_map(|old| exports::following(&fates, old, &new)));
    notes.extend(old.iter().flat_map(|old| origin_secrets::remarks(old, &new)));
    let section = |of: fn(&Template) -> Map<String, Value>| entries(before.map(of).as_ref(), Some(&of(after)));
    let mut others = section(sections::others);
    if others.iter().any(|entry| entry.name == "Transform" && sections::calls_macros(entry)) {
        notes.push(
            "macros under `Transform` may make other resources of the same template: what they make is known to the change set alone"
                .to_owned(),
        );
    }
    let loops = |side: &Side<'_>| sections::object(&side.document.open_resources);
    others.extend(entries(old.as_ref().map(loops).as_ref(), Some(&loops(&new))));
    let mut diff = Diff {
        is_new_stack: before.is_none(),
        resources,
        parameters: section(sections::parameters),
        parameter_values: values.map(|values| parameter_values(old.as_ref(), &new, values)).unwrap_or_default(),
        outputs: entries(old.as_ref().map(outputs).as_ref(), Some(&outputs(&new))),
        exports: old.as_ref().map(|old| exports::changed(&fates, old, &new)).unwrap_or_default(),
        conditions: section(|template| sections::object(&template.conditions)),
        mappings: section(|template| sections::object(&template.mappings)),
        rules: section(|template| sections::object(&template.rules)),
        metadata: section(sections::metadata),
        others,
        tags: Vec::new(),
        broadening,
        notes,
        secret_places,
    };
    crate::items::name(&mut diff.resources, old.as_ref(), &new);
    crate::uses::count(&mut diff, &[old.as_ref(), Some(&new)]);
    if before.is_some() && !diff.is_change() && !diff.is_empty() {
        diff.notes.push(
            "Description and Metadata of the template are not a change to CloudFormation by themselves: they reach the stack with \
             the next update"
                .to_owned(),
        );
    }
    crate::mask::mask(&mut diff, registry, old.as_ref(), &new);
    diff
}

/// The walk over the new template.
struct Walk<'w, 't> {
    registry: &'w Registry,
    old: Option<&'w Side<'t>>,
    new: &'w Side<'t>,
    fates: Fates<'w>,
    notes: Vec<String>,
}

impl<'w> Walk<'w, '_> {
    /// `NoEcho` parameters whose value changes: the values are compared and never shown.
    fn changed_secrets(&self, before: Option<&Template>, values: Option<&ParameterValues>) -> Vec<String> {
        let Some(before) = before else { return Vec::new() };
        let value = |template: &Template, given: Option<&IndexMap<String, ParameterValue>>, name: &str| {
            given.and_then(|given| given.get(name)).cloned().or_else(|| {
                let default = formwork_model::parameter::default_text(template.parameters.get(name)?)?;
                Some(ParameterValue::Known(default))
            })
        };
        let differs = |name: &&String| {
            let old = value(before, values.map(|values| &values.before), name);
            let new = value(self.new.template, values.map(|values| &values.after), name);
            old.is_some() && new.is_some() && old != new
        };
        self.new.secrets.iter().filter(differs).cloned().collect()
    }

    /// All resources that change, in the order of the new template, those that leave it at the end.
    fn resources(&mut self) -> Vec<ResourceDiff> {
        let new = self.new;
        let mut found: Vec<(usize, ResourceDiff)> = Vec::new();
        let graph = new.document.graph();
        for place in graph.order() {
            let Some((id, resource)) = new.resources.get_index(place) else { continue };
            let old = self.old.and_then(|side| side.resource(id));
            if resource.exists == Exists::No && old.is_none() {
                continue;
            }
            let diff = match old {
                _ if resource.exists == Exists::No => None,
                None => Some(self.created(id, resource)),
                // It refers to nothing that changes, as most do.
                Some(old) if Rc::ptr_eq(old, resource) && self.is_settled(graph.needs(place)) => {
                    self.dependencies(id);
                    None
                }
                Some(old) => self.changed(id, old, resource),
            };
            found.extend(diff.map(|diff| (place, diff)));
        }
        found.sort_by_key(|(place, _)| *place);
        let mut resources: Vec<ResourceDiff> = found.into_iter().map(|(_, diff)| diff).collect();
        for (id, old) in self.old.map(|side| &side.resources).into_iter().flatten() {
            if old.exists != Exists::No && new.resource(id).is_none() {
                resources.push(removed(id, old));
            }
        }
        resources
    }

    /// True if neither the resources at these places nor any secret change.
    fn is_settled(&self, places: &[usize]) -> bool {
        let has_fate = |place: &usize| self.new.resources.get_index(*place).is_some_and(|(id, _)| self.fates.has(id));
        self.fates.secrets.is_empty() && !places.iter().any(has_fate)
    }

    fn created(&mut self, id: &str, resource: &Resource) -> ResourceDiff {
        self.fates.put(id, Fate::Created, self.registry.of(&resource.type_name));
        let impact = if resource.exists == Exists::Yes { Impact::Create } else { Impact::MayCreate };
        whole(id, resource, impact)
    }

    fn changed(&mut self, id: &str, old: &Resource, new: &Resource) -> Option<ResourceDiff> {
        let facts = Facts::of(self.registry, &new.type_name);
        let around = AroundResource { facts: &facts, fates: &self.fates };
        if old.type_name == new.type_name
            && old.exists == new.exists
            && compare::is_same(&old.properties, &new.properties, &around)
            && old.attributes == new.attributes
            && new.attributes.values().all(|term| compare::follows(term, &around) == Follows::No)
        {
            self.dependencies(id);
            return None;
        }
        let mut found = Vec::new();
        compare::changes(&Path::default(), Some(&old.properties), Some(&new.properties), &around, &mut found);
        self.reveal(id, &new.properties, &around, &mut found);
        let places: Vec<(Vec<String>, Kind)> = found
            .iter()
            .map(|change| {
                // AWS decides the value in the place of a property that is removed: it may be the same.
                let is_given = change.after.is_some();
                let kind = if is_given { change.kind } else { Kind::Unsure };
                (change.path.names().into_iter().map(str::to_owned).collect(), kind)
            })
            .collect();
        let properties: Vec<PropertyDiff> = found.into_iter().map(|change| self.property(id, &facts, change)).collect();
        let mut diff = ResourceDiff {
            logical_id: id.to_owned(),
            type_name: new.type_name.clone(),
            old_type_name: (old.type_name != new.type_name).then(|| old.type_name.clone()),
            properties,
            attributes: Vec::new(),
            policy: new.word("UpdateReplacePolicy").filter(|policy| policy != "Delete"),
            ..ResourceDiff::default()
        };
        if diff.old_type_name.is_some() {
            diff.reasons.push(TYPE_CHANGED.to_owned());
        }
        let open = self.attributes(&mut diff, old, new);
        settle(&mut diff);
        diff.impact = diff.impact.max(open);
        self.existence(&mut diff, old, new);
        self.dependencies(id);
        let fate = match diff.impact {
            Impact::Replace => Some(Fate::Replaced { places }),
            Impact::MayReplace => Some(Fate::MayBeReplaced),
            Impact::NoChange => None,
            _ => Some(Fate::Updated { places }),
        };
        if let Some(fate) = fate {
            self.fates.put(id, fate, facts.0);
        }
        (diff.impact != Impact::NoChange).then_some(diff)
    }

    /// Decides the changes that hang on a secret that changes, by the secret itself.
    fn reveal(&self, id: &str, properties: &Term, around: &dyn Around, found: &mut Vec<Change<'_>>) {
        let mut names_one = false;
        properties.visit_holes(&mut |hole| {
            names_one |= matches!(hole, Hole::Parameter(name) if self.fates.secrets.contains(name));
        });
        if !names_one {
            return;
        }
        let (Some(old), Some(new)) = (self.old.and_then(|side| side.revealed(id)), self.new.revealed(id)) else {
            return;
        };
        let mut certain = Vec::new();
        compare::changes(&Path::default(), Some(&old), Some(&new), around, &mut certain);
        found.retain_mut(|change| {
            if !matches!(change.kind, Kind::Follows | Kind::MayFollow) {
                return true;
            }
            let inside = |one: &Change<'_>| {
                one.path.steps.starts_with(&change.path.steps) || change.path.steps.starts_with(&one.path.steps)
            };
            match certain.iter().find(|one| inside(one)) {
                Some(one) if matches!(one.kind, Kind::Different) => change.kind = Kind::Follows,
                Some(_) => {}
                None => return false,
            }
            true
        });
    }

    /// Adds what changes beside the properties. Gives the impact of attributes that say the same as before and refer to something
    /// that changes: `Metadata` and the policies may refer to resources, parameters and mappings too.
    fn attributes(&self, diff: &mut ResourceDiff, old: &Resource, new: &Resource) -> Impact {
        let facts = Facts(None);
        let around = AroundResource { facts: &facts, fates: &self.fates };
        let mut impact = Impact::NoChange;
        let names: BTreeSet<&String> = old.attributes.keys().chain(new.attributes.keys()).collect();
        for name in names {
            let (before, after) = (old.attributes.get(name), new.attributes.get(name));
            let mut found = Vec::new();
            compare::changes(&Path::default().name(name), before, after, &around, &mut found);
            let Some(change) = found.first() else { continue };
            let json = |term: Option<&Term>| term.map(Term::to_template);
            let entry = EntryDiff { name: name.clone(), before: json(before), after: json(after), used_by: None };
            if entry.before != entry.after {
                diff.attributes.push(entry);
                continue;
            }
            let is_certain = found.iter().any(|change| matches!(change.kind, Kind::Different | Kind::Follows));
            impact = impact.max(if is_certain { Impact::Update } else { Impact::MayUpdate });
            let why = change.because.as_deref().unwrap_or("a value that it refers to changes");
            diff.reasons.push(format!("{name}: {why}"));
        }
        impact
    }

    /// Impact of an undecided condition, by which the resource is created or removed.
    fn existence(&self, diff: &mut ResourceDiff, old: &Resource, new: &Resource) {
        let stays = matches!(old.word("DeletionPolicy").as_deref(), Some("Retain" | "RetainExceptOnCreate"));
        let goes = if stays { Impact::Orphan } else { Impact::MayDestroy };
        let (impact, why) = match (&old.exists, &new.exists) {
            (Exists::Perhaps(_, before), Exists::Perhaps(_, after)) if before == after => return,
            (Exists::Perhaps(..), Exists::Perhaps(name, _)) => {
                (goes, format!("it may leave the stack or be created, as `{name}` does not hold or holds now"))
            }
            (_, Exists::Perhaps(name, _)) => (goes, format!("it leaves the stack if `{name}` does not hold")),
            (Exists::Perhaps(name, _), _) => {
                (Impact::MayCreate, format!("it is created if `{name}` did not hold before"))
            }
            _ => return,
        };
        diff.reasons.push(why);
        diff.impact = diff.impact.max(impact);
    }

    /// `DependsOn` and `Condition` alone are not a change to CloudFormation.
    ///
    /// Source: AWS CloudFormation API Reference, `ResourceChange`, `Scope`, which has neither; measured by ministack issue 1646.
    fn dependencies(&mut self, id: &str) {
        let old = self.old.and_then(|old| old.document.resources.get(id));
        let (Some(old), Some(new)) = (old, self.new.document.resources.get(id)) else { return };
        let sorted = |ids: &'w [String]| ids.iter().collect::<BTreeSet<_>>();
        let differs = [
            ("DependsOn", old.depends_on != new.depends_on && sorted(&old.depends_on) != sorted(&new.depends_on)),
            ("Condition", old.condition != new.condition),
        ];
        let names: Vec<&str> = differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| *name).collect();
        if !names.is_empty() {
            self.notes.push(format!(
                "`{id}`: {} changes, which is not a change to CloudFormation by itself: it reaches the stack with the next update",
                joined_names(names)
            ));
        }
    }

    fn property(&self, id: &str, facts: &Facts<'_>, change: Change<'_>) -> PropertyDiff {
        let verdict = match (change.before, change.after) {
            (None, value) | (value, None) => facts.change(&change.path, value),
            _ => facts.change(&change.path, None),
        };
        let is_certain = matches!(change.kind, Kind::Different | Kind::Follows);
        let impact = match (verdict.impact, change.kind) {
            (Impact::Replace, _) if !is_certain => Impact::MayReplace,
            // Whether CloudFormation lists another order of such a list is not documented.
            (Impact::Update, Kind::OrderOnly) if facts.is_unordered(&change.path) => Impact::MayUpdate,
            (Impact::Update, Kind::MayFollow) => Impact::MayUpdate,
            (impact, _) => impact,
        };
        let basis = match (change.kind, verdict.known) {
            (Kind::Unsure | Kind::Follows | Kind::MayFollow, _) => Basis::Runtime,
            (_, false) => Basis::Unknown,
            (_, true) => Basis::Static,
        };
        PropertyDiff {
            impact,
            basis,
            order_only: change.kind == Kind::OrderOnly,
            because: change.because.clone().or_else(|| self.cause(id, &change)),
            before: change.before.map(Term::to_template),
            after: change.after.map(Term::to_template),
            path: change.path,
        }
    }

    /// The parameters, conditions and mappings through which a property changes that the template says as before.
    fn cause(&self, id: &str, change: &Change<'_>) -> Option<String> {
        let written =
            |side: &'w Side<'_>| side.document.resources.get(id).and_then(|entry| written_at(entry, &change.path));
        let (old, new) = (self.old.and_then(written)?, written(self.new)?);
        if old != new {
            return None;
        }
        let differs = |named: &Named| match named {
            Named::Ref(name) => {
                let value = |side: &Side<'_>| side.parameters.get(name).cloned();
                (self.old.and_then(value) != value(self.new)).then(|| format!("parameter `{name}`"))
            }
            Named::Condition(name) => {
                let truth = |side: &Side<'_>| side.conditions.get(name).cloned();
                (self.old.and_then(truth) != truth(self.new)).then(|| format!("condition `{name}`"))
            }
            Named::Mapping(name) => {
                let table = |side: &Side<'_>| side.document.mappings.get(name).cloned();
                (self.old.and_then(table) != table(self.new)).then(|| format!("mapping `{name}`"))
            }
            Named::Attribute(..) => None,
        };
        let causes: Vec<String> = names_in(new).iter().filter_map(differs).collect();
        match causes.as_slice() {
            [] => None,
            [one] => Some(format!("{one} changes")),
            several => Some(format!("{} change", joined(several))),
        }
    }
}

/// The value that a template writes at a place, or the innermost function around it.
fn written_at<'e>(entry: &'e formwork_model::Entry<'_>, path: &Path) -> Option<&'e formwork_template::Value> {
    let mut steps = path.steps.iter();
    let Some(Step::Name(name)) = steps.next() else { return None };
    let mut value = entry.properties.get(name).or(entry.whole.as_ref())?;
    for step in steps {
        let inner = match (value, step) {
            (formwork_template::Value::Map(map), Step::Name(name)) => map.get(name),
            (formwork_template::Value::List(items), Step::Item { after, .. }) => {
                after.and_then(|index| items.get(index))
            }
            _ => None,
        };
        match inner {
            Some(inner) => value = inner,
            None => break,
        }
    }
    Some(value)
}

/// A resource that comes or goes, with all it has.
fn whole(id: &str, resource: &Resource, impact: Impact) -> ResourceDiff {
    let entries = match &resource.properties {
        Term::Map(entries) => entries.iter().collect(),
        _ => Vec::new(),
    };
    let properties = entries.into_iter().map(|(name, term)| {
        let (value, path) = (Some(term.to_template()), Path::default().name(name));
        match impact {
            Impact::Create | Impact::MayCreate => {
                PropertyDiff { path, after: value, impact, ..PropertyDiff::default() }
            }
            _ => PropertyDiff { path, before: value, impact, ..PropertyDiff::default() },
        }
    });
    ResourceDiff {
        logical_id: id.to_owned(),
        type_name: resource.type_name.clone(),
        impact,
        properties: properties.collect(),
        condition: match &resource.exists {
            Exists::Perhaps(name, _) => Some(name.clone()),
            _ => None,
        },
        ..ResourceDiff::default()
    }
}

fn removed(id: &str, resource: &Resource) -> ResourceDiff {
    let policy = resource.word("DeletionPolicy");
    let is_open = policy.is_none() && resource.attributes.contains_key("DeletionPolicy");
    // `RetainExceptOnCreate` deletes only what a failed creation left behind.
    let impact = match policy.as_deref() {
        Some("Retain" | "RetainExceptOnCreate") => Impact::Orphan,
        _ if resource.exists != Exists::Yes || is_open => Impact::MayDestroy,
        _ => Impact::Destroy,
    };
    let mut diff = ResourceDiff { policy: policy.filter(|policy| policy != "Delete"), ..whole(id, resource, impact) };
    if is_open {
        diff.reasons.push("its DeletionPolicy depends on a value that is not known".to_owned());
    }
    diff
}

/// CloudFormation's own answer to a change of type is "Update of resource type is not permitted".
pub(crate) const TYPE_CHANGED: &str =
    "CloudFormation refuses another type under the same logical id: give the resource a new one";

/// Sets the impact of a resource that stays from what its properties and attributes say.
pub(crate) fn settle(diff: &mut ResourceDiff) {
    let attributes = (!diff.attributes.is_empty()).then_some(Impact::Update);
    let whole = diff.old_type_name.is_some().then_some(Impact::Replace);
    let properties = diff.properties.iter().map(|property| property.impact);
    diff.impact = properties.chain(attributes).chain(whole).max().unwrap_or_default();
}

fn parameter_values(old: Option<&Side<'_>>, new: &Side<'_>, values: &ParameterValues) -> Vec<EntryDiff> {
    let shown = |side: &Side<'_>, given: &IndexMap<String, ParameterValue>| {
        let value = |name: &String| match given.get(name) {
            Some(ParameterValue::KnownAfter(stack)) => Some(json!({ KNOWN_AFTER: stack })),
            _ if side.secrets.contains(name) => None,
            Some(ParameterValue::Known(text)) => Some(Value::from(text.as_str())),
            None => match side.parameters.get(name)? {
                Term::Hole(Hole::Parameter(_)) => None,
                term => Some(term.to_template()),
            },
        };
        let entry = |name: &String| Some((name.clone(), value(name)?));
        side.template.parameters.keys().filter_map(entry).collect::<Map<String, Value>>()
    };
    let old = old.map(|old| shown(old, &values.before));
    entries(old.as_ref(), Some(&shown(new, &values.after)))
}
