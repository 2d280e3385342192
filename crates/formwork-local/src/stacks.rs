//! Stacks as such: made, with the rules of their names.

use crate::model::{Content, Place, Stack};
use crate::secrets::Secrets;
use crate::world::World;
use formwork_model::status::StackStatus;

/// A stack without anything in it; nothing is told of it yet.
pub(crate) fn new_stack(world: &mut World, place: &Place, name: &str) -> String {
    let id = format!(
        "arn:{}:cloudformation:{}:{}:stack/{name}/{}",
        place.partition(),
        place.region,
        place.account,
        world.ids.uuid()
    );
    world.insert(Stack {
        id: id.clone(),
        name: name.to_owned(),
        place: place.clone(),
        created: world.now(),
        updated: None,
        deleted: None,
        status: StackStatus::ReviewInProgress,
        reason: None,
        termination_protection: false,
        disable_rollback: false,
        content: Content::default(),
        last_whole: None,
        undo: None,
        leftovers: Vec::new(),
        events: Vec::new(),
        change_sets: Default::default(),
        operation: None,
        operations: Vec::new(),
        left_behind: Vec::new(),
        removals: Vec::new(),
        signals: Default::default(),
        parent: None,
        root: None,
        express: false,
        drift: None,
        left_secrets: Secrets::default(),
    });
    world.changed.insert(id.clone());
    id
}

/// Source: API Reference, `CreateChangeSet`, `StackName`.
pub(crate) fn is_id(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-:/._+".contains(&byte);
    text.strip_prefix("arn:").is_some_and(|rest| rest.bytes().all(is_part))
}
