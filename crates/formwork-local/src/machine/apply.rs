//! A resource becomes what the template says: created, updated in place, or replaced; and, after a failure, what it was.

use formwork_model::Term;
use formwork_schema::facts::ReplacementStrategy;
use serde_json::Value as Json;

use super::events::{configured, note_configured, resource_event, tell_deletion};
use super::nested;
use super::stop::fail;
use super::under_way::{duration, operation, operation_mut, set_state};
use super::wait::awaited;
use crate::evaluate::{References, json as json_of};
use crate::faults::FaultAt;
use crate::model::{Doing, OnFailure, Place, StackResource, StepState};
use crate::resources::{self, Made, Owner, change, special};
use crate::time::Millis;
use crate::world::World;
use formwork_model::status::ResourceStatus;

/// One resource of the template, worked out.
struct Wanted {
    resource: StackResource,
    /// The resource that is there now.
    old: Option<StackResource>,
    place: Place,
    stack_name: String,
    /// Nothing goes back when something fails.
    is_kept: bool,
    /// The stack's tags, which are the resource's too, become others.
    is_tagged: bool,
    /// At AWS it would wait for signals of what runs on it.
    awaits_signals: bool,
}

fn wanted(world: &mut World, id: &str, logical_id: &str) -> Result<Wanted, String> {
    let plan = world.plan_of_operation(id).map_err(|error| error.message)?;
    let document = &plan.document;
    let stack = world.stacks.get(id).ok_or("the stack is gone")?;
    let operation = stack.operation.as_ref().ok_or("the operation is gone")?;
    let entry = document.entry(logical_id).ok_or("the resource is gone")?;
    let mut resource = unmade(logical_id, &entry.type_name, world.now());
    resource.depends_on = document.dependencies.get(logical_id).into_iter().flatten().cloned().collect();
    let ((), imported) = world.evaluate(stack, &plan, References::Checked, |evaluator| {
        let json = |name: &str| Ok::<_, String>(evaluator.attribute(entry, name)?.as_ref().map(json_of));
        resource.properties = evaluator.map(&entry.properties)?;
        resource.metadata = json("Metadata")?.map(|metadata| metadata.to_string());
        resource.creation_policy = json("CreationPolicy")?;
        resource.update_policy = json("UpdatePolicy")?;
        resource.deletion_policy = evaluator.policy(entry, "DeletionPolicy")?;
        resource.update_replace_policy = evaluator.policy(entry, "UpdateReplacePolicy")?;
        Ok(())
    })?;
    let wanted = Wanted {
        old: stack.content.resources.get(logical_id).filter(|old| old.is_there()).cloned(),
        place: stack.place.clone(),
        stack_name: stack.name.clone(),
        is_kept: operation.on_failure == OnFailure::DoNothing,
        is_tagged: operation.target.tags != operation.before.tags
            && change::takes_tags(&world.registry, &entry.type_name),
        awaits_signals: resource.creation_policy.as_ref().is_some_and(|policy| policy.get("ResourceSignal").is_some()),
        resource,
    };
    if !imported.is_empty()
        && let Some(operation) = operation_mut(world, id)
    {
        operation.target.imports.extend(imported);
    }
    Ok(wanted)
}

/// A resource that is still to be made.
fn unmade(logical_id: &str, type_name: &str, now: Millis) -> StackResource {
    StackResource {
        logical_id: logical_id.to_owned(),
        type_name: type_name.to_owned(),
        physical_id: String::new(),
        birth: 0,
        status: ResourceStatus::CreateInProgress,
        reason: None,
        updated: now,
        properties: Json::Object(serde_json::Map::new()),
        attributes: Default::default(),
        depends_on: Vec::new(),
        deletion_policy: None,
        update_replace_policy: None,
        creation_policy: None,
        update_policy: None,
        metadata: None,
        actual: None,
        is_stuck: false,
        history: Vec::new(),
    }
}

pub(super) fn start(world: &mut World, id: &str, index: usize, logical_id: &str, now: Millis) {
    let mut wanted = match wanted(world, id, logical_id) {
        Ok(wanted) => wanted,
        Err(reason) => return could_not_start(world, id, index, logical_id, &reason),
    };
    match wanted.old.take() {
        // "Resources without a last known stable state will be deleted upon the next stack operation": it is made anew.
        // Source: User Guide, "Choose how to handle failures when provisioning resources".
        Some(unfinished) if unfinished.status == ResourceStatus::CreateFailed => {
            if unfinished.type_name == special::NESTED_STACK {
                // Its own deletion takes time, and nothing has its name.
                if let Some(stack) = world.stack_mut(id) {
                    stack.leftovers.push(unfinished);
                }
            } else {
                tell_deletion(world, id, &unfinished);
                world.free_identity(&unfinished, &wanted.place);
            }
            create(world, id, index, wanted, now);
        }
        None => create(world, id, index, wanted, now),
        Some(old) => {
            let after = Term::from_json(&wanted.resource.properties);
            let differences = change::differences(world.registry.of(&old.type_name), &old.properties, &after);
            // A nested stack looks at its own template, which may have changed behind the same address.
            let is_nested = old.type_name == special::NESTED_STACK;
            if differences.is_empty()
                && change::is_same_metadata(old.metadata.as_deref(), wanted.resource.metadata.as_deref())
                && !is_nested
                && old.status != ResourceStatus::UpdateFailed
                && !wanted.is_tagged
            {
                keep(world, id, logical_id, &wanted.resource);
                set_state(world, id, index, StepState::Done);
            } else if change::replaces(&world.registry, &old.type_name, &differences) {
                replace(world, id, index, wanted, old, now);
            } else {
                let changed: Vec<&str> =
                    differences.iter().filter_map(|one| one.path.first()).map(String::as_str).collect();
                update(world, id, index, wanted, old, &changed, now);
            }
        }
    }
}

/// Nothing to do at the service; what only CloudFormation knows is noted.
fn keep(world: &mut World, id: &str, logical_id: &str, wanted: &StackResource) {
    if let Some(resource) = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(logical_id)) {
        resource.depends_on.clone_from(&wanted.depends_on);
        resource.deletion_policy.clone_from(&wanted.deletion_policy);
        resource.update_replace_policy.clone_from(&wanted.update_replace_policy);
        resource.creation_policy.clone_from(&wanted.creation_policy);
        resource.update_policy.clone_from(&wanted.update_policy);
    }
}

/// The properties could not be worked out.
fn could_not_start(world: &mut World, id: &str, index: usize, logical_id: &str, reason: &str) {
    let is_there = world
        .stacks
        .get(id)
        .and_then(|stack| stack.content.resources.get(logical_id))
        .is_some_and(StackResource::is_there);
    if is_there {
        resource_event(world, id, logical_id, ResourceStatus::UpdateFailed, Some(reason));
    } else {
        let type_name = world
            .plan_of_operation(id)
            .ok()
            .and_then(|plan| plan.document.entry(logical_id).map(|entry| entry.type_name.clone()))
            .unwrap_or_default();
        let now = world.now();
        if let Some(stack) = world.stack_mut(id) {
            let resource =
                StackResource { status: ResourceStatus::CreateFailed, ..unmade(logical_id, &type_name, now) };
            stack.content.resources.insert(logical_id.to_owned(), resource);
        }
        resource_event(world, id, logical_id, ResourceStatus::CreateFailed, Some(reason));
    }
    fail(world, id, index);
}

fn create(world: &mut World, id: &str, index: usize, wanted: Wanted, now: Millis) {
    let Wanted { mut resource, place, stack_name, awaits_signals, .. } = wanted;
    let logical_id = resource.logical_id.clone();
    let owner = Owner { place: &place, stack_name: &stack_name, logical_id: &logical_id };
    let identity = world.identity_of(&resource, &place);
    let taken = identity.as_deref().is_some_and(|identity| world.owner_of(identity).is_some());
    let fails = world
        .faults
        .of_resource(&stack_name, &logical_id, FaultAt::Create)
        .or_else(|| taken.then(|| exists_already(&resource, identity.as_deref())));
    let fails =
        fails.or_else(|| special::refusal(Doing::Create, &owner, &resource.type_name, "", &resource.properties, world));
    world.put(id, resource.clone());
    resource_event(world, id, &logical_id, ResourceStatus::CreateInProgress, None);
    if let Some(reason) = fails {
        resource_event(world, id, &logical_id, ResourceStatus::CreateFailed, Some(&reason));
        return fail(world, id, index);
    }
    match make(world, id, &owner, &resource) {
        Ok(made) => {
            resource.physical_id = made.physical_id;
            resource.birth = world.ids.next();
            resource.attributes = made.attributes;
        }
        Err(reason) => {
            resource_event(world, id, &logical_id, ResourceStatus::CreateFailed, Some(&reason));
            return fail(world, id, index);
        }
    }
    if let Some(identity) = identity {
        world.take_identity(identity, id);
    }
    let type_name = resource.type_name.clone();
    world.put(id, resource);
    resource_event(world, id, &logical_id, ResourceStatus::CreateInProgress, Some("Resource creation Initiated"));
    if awaits_signals {
        let reason = "CreationPolicy is not waited for: in the embedded engine nothing runs that could send a signal";
        resource_event(world, id, &logical_id, ResourceStatus::CreateInProgress, Some(reason));
    }
    for (record, _) in awaited(world, id, &logical_id) {
        resource_event(world, id, &logical_id, ResourceStatus::CreateInProgress, Some(&record.reason()));
    }
    if special::is_checked(&type_name) && !operation(world, id).is_some_and(|operation| operation.express) {
        configured(world, id, &logical_id);
    }
    run(world, id, index, &type_name, Doing::Create, now);
    note_configured(world, id);
}

fn exists_already(resource: &StackResource, identity: Option<&str>) -> String {
    let name = identity.and_then(|identity| identity.splitn(3, ' ').nth(2)).unwrap_or_default();
    format!(
        "Resource handler returned message: \"Resource of type '{}' with identifier '{name}' already exists.\" (HandlerErrorCode: AlreadyExists)",
        resource.type_name
    )
}

fn make(world: &mut World, id: &str, owner: &Owner<'_>, resource: &StackResource) -> Result<Made, String> {
    match resource.type_name.as_str() {
        special::NESTED_STACK => nested::create(world, id, owner, &resource.properties),
        special::WAIT_HANDLE => {
            let url = format!("{}/_signal/{}", world.endpoint, world.ids.hex(32));
            Ok(Made { attributes: [("Id".to_owned(), url.clone().into())].into_iter().collect(), physical_id: url })
        }
        type_name => Ok(resources::make(&world.registry, &mut world.ids, owner, type_name, &resource.properties)),
    }
}

fn update(
    world: &mut World,
    id: &str,
    index: usize,
    wanted: Wanted,
    old: StackResource,
    changed: &[&str],
    now: Millis,
) {
    let Wanted { resource, place, stack_name, .. } = wanted;
    let logical_id = old.logical_id.clone();
    let owner = Owner { place: &place, stack_name: &stack_name, logical_id: &logical_id };
    let fails = world.faults.of_resource(&stack_name, &logical_id, FaultAt::Update).or_else(|| {
        special::refusal(Doing::Update, &owner, &old.type_name, &old.physical_id, &resource.properties, world)
    });
    let is_nested = old.type_name == special::NESTED_STACK;
    if is_nested && fails.is_none() {
        match nested::update(world, &old.physical_id, &resource.properties) {
            Ok(true) => {}
            Ok(false) => {
                keep(world, id, &logical_id, &resource);
                // Inside nothing changes; what the parent says of it may be another thing all the same.
                let has_same_metadata = change::is_same_metadata(old.metadata.as_deref(), resource.metadata.as_deref());
                if !changed.is_empty() || !has_same_metadata {
                    let listed = world.stack_mut(id).and_then(|stack| stack.content.resources.get_mut(&logical_id));
                    if let Some(listed) = listed {
                        listed.properties = resource.properties;
                        listed.metadata = resource.metadata;
                    }
                    resource_event(world, id, &logical_id, ResourceStatus::UpdateInProgress, None);
                    resource_event(world, id, &logical_id, ResourceStatus::UpdateComplete, None);
                }
                return set_state(world, id, index, StepState::Done);
            }
            Err(reason) => {
                resource_event(world, id, &logical_id, ResourceStatus::UpdateInProgress, None);
                resource_event(world, id, &logical_id, ResourceStatus::UpdateFailed, Some(&reason));
                return fail(world, id, index);
            }
        }
    }
    if fails.is_none() {
        let mut updated = StackResource {
            physical_id: old.physical_id.clone(),
            birth: old.birth,
            attributes: old.attributes.clone(),
            is_stuck: false,
            history: special::history(&old, &resource.properties),
            actual: None,
            ..resource
        };
        resources::follow(&mut updated);
        special::after_update(&mut world.ids, &mut updated, changed, &place.region);
        world.put(id, updated);
    }
    resource_event(world, id, &logical_id, ResourceStatus::UpdateInProgress, None);
    if let Some(reason) = fails {
        resource_event(world, id, &logical_id, ResourceStatus::UpdateFailed, Some(&reason));
        return fail(world, id, index);
    }
    run(world, id, index, &old.type_name, Doing::Update, now);
}

fn replace(world: &mut World, id: &str, index: usize, wanted: Wanted, mut old: StackResource, now: Millis) {
    let Wanted { mut resource, place, stack_name, is_kept, .. } = wanted;
    // What becomes of the old one is what the template says that replaces it.
    old.update_replace_policy.clone_from(&resource.update_replace_policy);
    let logical_id = old.logical_id.clone();
    let owner = Owner { place: &place, stack_name: &stack_name, logical_id: &logical_id };
    if is_kept {
        // Source: aws-cdk issue 30546, cdklabs/aws-cdk-notices pull request 1167.
        let reason = "Replacement type updates not supported on stack with disable-rollback.";
        resource_event(world, id, &logical_id, ResourceStatus::UpdateFailed, Some(reason));
        return fail(world, id, index);
    }
    resource_event(
        world,
        id,
        &logical_id,
        ResourceStatus::UpdateInProgress,
        Some("Requested update requires the creation of a new physical resource; hence creating one."),
    );
    let strategy = world.registry.of(&old.type_name).map(|facts| facts.replacement_strategy());
    let deletes_first = strategy == Some(ReplacementStrategy::DeleteThenCreate)
        && old.update_replace_policy.as_deref() != Some("Retain");
    if deletes_first {
        // The record stays until there is another one: should that fail, it is made again as it was.
        tell_deletion(world, id, &old);
        world.free_identity(&old, &place);
    }
    let identity = world.identity_of(&resource, &place);
    let taken = identity.as_deref().is_some_and(|identity| world.owner_of(identity).is_some());
    let same_name = taken && identity == world.identity_of(&old, &place);
    let fails = if same_name {
        Some(format!(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {} and update the stack again.",
            old.physical_id
        ))
    } else if taken {
        Some(exists_already(&resource, identity.as_deref()))
    } else {
        world.faults.of_resource(&stack_name, &logical_id, FaultAt::Create).or_else(|| {
            special::refusal(Doing::Replace, &owner, &resource.type_name, &old.physical_id, &resource.properties, world)
        })
    };
    let made = match fails {
        Some(reason) => Err(reason),
        None => make(world, id, &owner, &resource),
    };
    match made {
        Err(reason) => {
            if deletes_first && let Some(own) = world.identity_of(&old, &place) {
                world.take_identity(own, id);
            }
            resource_event(world, id, &logical_id, ResourceStatus::UpdateFailed, Some(&reason));
            fail(world, id, index);
        }
        Ok(made) => {
            resource.physical_id = made.physical_id;
            resource.birth = world.ids.next();
            resource.attributes = made.attributes;
            if let Some(identity) = identity {
                world.take_identity(identity, id);
            }
            let type_name = resource.type_name.clone();
            world.put(id, resource);
            if let Some(stack) = world.stack_mut(id)
                && !deletes_first
            {
                stack.leftovers.push(old);
            }
            resource_event(
                world,
                id,
                &logical_id,
                ResourceStatus::UpdateInProgress,
                Some("Resource creation Initiated"),
            );
            for (record, _) in awaited(world, id, &logical_id) {
                resource_event(world, id, &logical_id, ResourceStatus::UpdateInProgress, Some(&record.reason()));
            }
            run(world, id, index, &type_name, Doing::Replace, now);
        }
    }
}

fn run(world: &mut World, id: &str, index: usize, type_name: &str, doing: Doing, now: Millis) {
    let until = now + duration(world, id, type_name, doing);
    set_state(world, id, index, StepState::Running { since: now, until, fails: None, doing });
}
