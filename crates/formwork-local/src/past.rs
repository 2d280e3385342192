//! All stacks as they were before the last request that changed some: what reads that are stale on purpose are answered from. A request
//! may bring such a fault at any time, so there must always be a past.
//!
//! Copies are made of stacks that changed since the last copy only, and none of their events: of those there only ever come more.

use std::collections::{BTreeMap, BTreeSet};

use crate::faults::Faults;
use crate::model::Stack;
use crate::world::World;

/// The stacks before the last change.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// All stacks when they were last looked at.
    seen: BTreeMap<String, Earlier>,
    /// The differences from that before the last change; `None` was not there.
    before: BTreeMap<String, Option<Earlier>>,
    /// Stacks that changed since they were looked at.
    outdated: BTreeSet<String>,
}

/// A stack without its events, and how many there were.
#[derive(Debug)]
struct Earlier {
    stack: Stack,
    events: usize,
}

impl Past {
    /// Nothing changed yet.
    pub(crate) fn new(world: &mut World) -> Self {
        let mut past = Past { outdated: world.stacks.keys().cloned().collect(), ..Past::default() };
        past.look(world);
        past.turn();
        past
    }

    /// The stack changed, or is gone.
    pub(crate) fn outdate(&mut self, id: &str) {
        if !self.outdated.contains(id) {
            self.outdated.insert(id.to_owned());
        }
    }

    /// Looks at what is, before something may change it.
    pub(crate) fn look(&mut self, world: &mut World) {
        for id in std::mem::take(&mut self.outdated) {
            let copy = world.stacks.get_mut(&id).map(earlier);
            let was = match copy {
                Some(copy) => self.seen.insert(id.clone(), copy),
                None => self.seen.remove(&id),
            };
            self.before.entry(id).or_insert(was);
        }
    }

    /// Something changed: what was seen last is the past.
    pub(crate) fn turn(&mut self) {
        self.before.clear();
    }

    /// The world as it was.
    pub(crate) fn world(&self, now: &World) -> World {
        let seen = self.seen.iter().filter(|(id, _)| !self.before.contains_key(*id)).map(|(_, copy)| copy);
        let stacks = seen.chain(self.before.values().flatten()).map(|copy| {
            let mut stack = copy.stack.clone();
            let events = now.stacks.get(&stack.id).and_then(|stack| stack.events.get(..copy.events));
            stack.events.extend_from_slice(events.unwrap_or_default());
            stack
        });
        World::new(
            stacks.collect(),
            now.registry.clone(),
            Faults::default(),
            now.speed,
            now.objects.clone(),
            now.clock.clone(),
        )
    }
}

fn earlier(stack: &mut Stack) -> Earlier {
    let events = std::mem::take(&mut stack.events);
    let earlier = Earlier { stack: stack.clone(), events: events.len() };
    stack.events = events;
    earlier
}
