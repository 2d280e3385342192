//! The engine: the world, its state on disk, and the clock that moves operations. [`crate::server`] gives it a wire.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use serde_json::Value as Json;
use tokio::sync::Notify;

use crate::api::{self, Request};
use crate::error::LocalError;
use crate::faults::{Fate, Faults};
use crate::machine;
use crate::objects::Objects;
use crate::protocol::{ApiError, Form, region_of, xml};
use crate::store::Store;
use crate::time::{self, Millis};
use crate::world::World;

/// How the engine runs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder of the state.
    pub state: PathBuf,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// How much faster than AWS things go, e.g. 100; without it everything is done at once.
    pub speed: Option<f64>,
    /// What goes wrong on purpose.
    pub faults: Faults,
}

/// State and clock. Answers are sent only after what they tell of is on the disk.
#[derive(Debug)]
pub(crate) struct Engine {
    inner: Mutex<Inner>,
    /// Something was started: the clock must look anew.
    pub(crate) woken: Notify,
}

#[derive(Debug)]
struct Inner {
    world: World,
    store: Store,
}

/// What goes back over the wire.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        body: Vec<u8>,
        request_id: String,
    },
    /// The connection is cut.
    Cut,
}

impl Engine {
    pub(crate) fn open(options: &Options) -> Result<Engine, LocalError> {
        let (store, stacks) = Store::open(&options.state)?;
        let objects = Objects::new(&store.objects());
        let world = World::new(stacks, options.faults.clone(), options.speed, objects);
        Ok(Engine { inner: Mutex::new(Inner { world, store }), woken: Notify::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A thread that panicked while it held the lock leaves data that is as good as after any step.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn listens_at(&self, endpoint: &str) {
        self.lock().world.endpoint = endpoint.to_owned();
    }

    /// Carries out a request of the Query protocol.
    pub(crate) fn query(&self, body: &[u8], authorization: &str, header_region: Option<&str>) -> Reply {
        let mut inner = self.lock();
        let inner = &mut *inner;
        inner.world.calls += 1;
        let call = inner.world.calls;
        let request_id = inner.world.ids.uuid();
        let mut action = String::new();
        let mut result = Form::read(body).and_then(|form| {
            action = form.get("Action").unwrap_or_default().to_owned();
            if action.is_empty() {
                return Err(ApiError::new("MissingAction", 400, "the request has no Action"));
            }
            let region = header_region.or_else(|| region_of(authorization)).unwrap_or("us-east-1");
            let world = &mut inner.world;
            match world.faults.fate(&mut world.ids, &action, call) {
                Fate::Answered => {}
                Fate::Refused(error) => return Err(error),
                // The call is carried out; only its answer is lost.
                Fate::Cut => {
                    let _ = api::answer(world, &action, &Request { form: &form, region });
                    return Err(ApiError::new("Cut", 0, ""));
                }
            }
            api::answer(world, &action, &Request { form: &form, region })
        });
        if inner.world.changed.is_empty() && inner.world.active.is_empty() {
            return reply(&action, result, request_id);
        }
        machine::tick(&mut inner.world);
        if let Err(error) = inner.persist() {
            result = Err(ApiError::internal(format!(
                "the state could not be written, and the request was not carried out: {error}"
            )));
        }
        if !inner.world.active.is_empty() {
            self.woken.notify_one();
        }
        reply(&action, result, request_id)
    }

    /// Moves what is due; says when something is due next.
    pub(crate) fn tick(&self) -> Option<Millis> {
        let mut inner = self.lock();
        let due = machine::tick(&mut inner.world);
        if inner.persist().is_err() {
            // The disk is full or gone: nothing moves until it is back; what is on it is right.
            return Some(time::now() + 1_000);
        }
        due
    }

    /// Something tells a wait condition's handle. Says whether the handle is known.
    pub(crate) fn signal(&self, url: &str, signal: &Json) -> bool {
        let mut inner = self.lock();
        let known =
            inner.world.stacks.values().any(|stack| stack.content.resources.values().any(|one| one.physical_id == url));
        if known {
            let signals = inner.world.signals.entry(url.to_owned()).or_default();
            // The same id again is the same signal.
            if !signals.iter().any(|other| other.get("UniqueId") == signal.get("UniqueId")) {
                signals.push(signal.clone());
            }
            self.woken.notify_one();
        }
        known
    }

    pub(crate) fn objects(&self) -> Objects {
        self.lock().world.objects.clone()
    }
}

impl Inner {
    /// Writes what changed. If that fails, the world goes back to what is on the disk.
    fn persist(&mut self) -> Result<(), LocalError> {
        let changed = std::mem::take(&mut self.world.changed);
        let mut failed = None;
        for id in &changed {
            let written = match self.world.stacks.get(id) {
                Some(stack) => self.store.write(stack),
                None => self.store.remove(id),
            };
            if let Err(error) = written {
                failed = Some(error);
                break;
            }
        }
        let Some(error) = failed else { return Ok(()) };
        for id in &changed {
            self.world.forget(id);
            if let Some(stack) = self.store.read(id) {
                self.world.insert(stack);
            }
        }
        Err(error)
    }
}

fn reply(action: &str, result: Result<Json, ApiError>, request_id: String) -> Reply {
    match result {
        Ok(result) => Reply::Answer { status: 200, body: xml::answer(action, &result, &request_id), request_id },
        Err(error) if error.code == "Cut" => Reply::Cut,
        Err(error) => Reply::Answer { status: error.status, body: xml::error(&error, &request_id), request_id },
    }
}
