//! The engine: the world, its state on disk, and the clock that moves operations. `wire` and `server` give it a wire.
//!
//! Requests change the world one after the other; what they changed goes to a thread that writes. That thread takes whatever has
//! gathered while it wrote the last time, makes it durable at once, and only then lets the answers go. If it cannot, the world goes
//! back to what is on the disk, and everybody who waits is told.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use formwork_schema::facts::Registry;
use serde_json::Value as Json;
use tokio::sync::{Notify, oneshot};

use crate::api::{self, Request};
use crate::error::LocalError;
use crate::existing;
use crate::faults::{Fate, Faults};
use crate::machine;
use crate::model::{Existing, Stack};
use crate::objects::Objects;
use crate::objects::disk::Disk;
use crate::past::Past;
use crate::protocol::{ApiError, Form};
use crate::store::{Batch, Store};
use crate::time::{Clock, Millis};
use crate::world::World;

/// Settings of the engine.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder of the state.
    pub state: PathBuf,
    /// The address to listen on; the loopback address without it.
    pub listen_on: Option<IpAddr>,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The speed as a multiple of AWS's, e.g. 100; without it everything is done at once.
    pub speed: Option<f64>,
    /// The faults that are made on purpose.
    pub faults: Faults,
    /// The resource types that are known: AWS's, and a user's own.
    pub registry: Registry,
    /// The program that carries out associations of Systems Manager: it is given the file of a script. Without it they succeed at once.
    pub on_association: Option<PathBuf>,
}

/// State and clock. Answers are sent only after what they tell of is on the disk.
#[derive(Debug)]
pub(crate) struct Engine {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    /// Always taken before the queue, never after.
    inner: Mutex<Inner>,
    queue: Mutex<Queue>,
    /// The queue has something for the writer.
    queued: Condvar,
    /// Something was started: the clock must look anew.
    woken: Notify,
    /// See [`Options::on_association`].
    on_association: Option<PathBuf>,
    /// There is a writer: what changes is kept on the disk.
    is_kept: bool,
}

#[derive(Debug)]
struct Inner {
    world: World,
    /// The number of events of each stack that were handed to the writer.
    handed: BTreeMap<String, usize>,
    past: Past,
    /// The state could not be written: the clock stands still until then.
    stalled: Option<Millis>,
    /// The state can no longer be read.
    broken: Option<String>,
}

#[derive(Debug, Default)]
struct Queue {
    batch: Batch,
    waiting: Vec<oneshot::Sender<Outcome>>,
    /// The writer is at work on what it took before.
    is_writing: bool,
    is_closing: bool,
}

/// `Ok` if what an answer tells of is on the disk; otherwise the reason.
pub(crate) type Outcome = Result<(), String>;

/// A request that was carried out, and what its answer waits for.
pub(crate) struct Carried {
    pub(crate) action: String,
    pub(crate) result: Result<Json, ApiError>,
    pub(crate) request_id: String,
    pub(crate) written: Option<oneshot::Receiver<Outcome>>,
}

/// The code of an answer that does not come: the connection is cut.
pub(crate) const CUT: &str = "Cut";

/// Waits until what an answer tells of is on the disk.
pub(crate) async fn is_written(written: oneshot::Receiver<Outcome>) -> Result<(), ApiError> {
    let reason = match written.await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(reason)) => reason,
        Err(_) => "the engine ends".to_owned(),
    };
    let message = format!("the state could not be written, and the request was not carried out: {reason}");
    Err(ApiError::internal(message))
}

impl Engine {
    /// Goes on with what is in the state folder. `prepare` is handed the store before anything is written: it is told there where the
    /// engine listens and, in tests, made to fail.
    pub(crate) fn open(
        options: &Options,
        clock: Arc<dyn Clock>,
        prepare: impl FnOnce(&mut Store),
    ) -> Result<Engine, LocalError> {
        let (mut store, stacks) = Store::open(&options.state)?;
        prepare(&mut store);
        let disk = Disk::new(&store.objects());
        disk.sweep().map_err(|source| LocalError::State { path: store.objects(), source })?;
        let objects = Objects::Disk(disk);
        let handed = handed(&stacks);
        let registry = Arc::new(options.registry.clone());
        let mut world = World::new(stacks, registry, options.faults.clone(), options.speed, objects, clock);
        world.runs.is_on = options.on_association.is_some();
        let past = Past::new(&mut world);
        let inner = Inner { world, handed, past, stalled: None, broken: None };
        let shared = Arc::new(Shared {
            inner: Mutex::new(inner),
            queue: Mutex::default(),
            queued: Condvar::new(),
            woken: Notify::new(),
            on_association: options.on_association.clone(),
            is_kept: true,
        });
        let own = shared.clone();
        let writer = std::thread::Builder::new().name("formwork-local-writer".to_owned());
        let writer = writer
            .spawn(move || own.write(store))
            .map_err(|source| LocalError::State { path: options.state.clone(), source })?;
        Ok(Engine { shared, writer: Some(writer) })
    }

    /// An engine that keeps nothing, and writes nothing to the disk.
    pub(crate) fn in_memory(registry: Registry, clock: Arc<dyn Clock>) -> Engine {
        let objects = Objects::in_memory();
        let mut world = World::new(Vec::new(), Arc::new(registry), Faults::default(), None, objects, clock);
        let past = Past::new(&mut world);
        let inner = Inner { world, handed: BTreeMap::new(), past, stalled: None, broken: None };
        let shared = Shared {
            inner: Mutex::new(inner),
            queue: Mutex::default(),
            queued: Condvar::new(),
            woken: Notify::new(),
            on_association: None,
            is_kept: false,
        };
        Engine { shared: Arc::new(shared), writer: None }
    }

    /// Adds faults to an engine that runs.
    pub(crate) fn bring_faults(&self, faults: &[u8]) -> Result<(), ApiError> {
        let world = &mut lock(&self.shared.inner).world;
        let calls = world.calls;
        world.bring_faults(faults, calls)
    }

    pub(crate) fn listens_at(&self, endpoint: &str) {
        lock(&self.shared.inner).world.endpoint = endpoint.to_owned();
    }

    /// The time now.
    pub(crate) fn now(&self) -> Millis {
        lock(&self.shared.inner).world.now()
    }

    /// Something was started since the clock last looked.
    pub(crate) async fn woken(&self) {
        self.shared.woken.notified().await;
    }

    /// Carries out a call of the program that runs the engine.
    pub(crate) async fn call(&self, region: &str, form: Form) -> Result<Json, ApiError> {
        let Carried { result, written, .. } = self.carry_out(Ok(form), region, None);
        match written {
            Some(written) => is_written(written).await.and(result),
            None => result,
        }
    }

    pub(crate) fn carry_out(&self, form: Result<Form, ApiError>, region: &str, faults: Option<&[u8]>) -> Carried {
        let mut inner = lock(&self.shared.inner);
        let inner = &mut *inner;
        let request_id = inner.world.ids.uuid();
        if let Some(reason) = &inner.broken {
            let result = Err(ApiError::internal(format!("the state cannot be read: {reason}")));
            return Carried { action: String::new(), result, request_id, written: None };
        }
        inner.world.calls += 1;
        let call = inner.world.calls;
        let mut action = String::new();
        let mut reads = false;
        let result = form.and_then(|form| {
            action = form.get("Action").unwrap_or_default().to_owned();
            if action.is_empty() {
                return Err(ApiError::new("MissingAction", 400, "the request has no Action"));
            }
            let request = Request { form: &form, region };
            let world = &mut inner.world;
            if let Some(header) = faults {
                world.bring_faults(header, call)?;
            }
            reads = api::reads_only(&action);
            let now = world.now();
            world.rates.check(&world.faults, region, now)?;
            let fate = world.faults.fate(&mut world.ids, &action, call);
            match fate {
                Fate::Refused(error) => return Err(error),
                Fate::Stale => return api::answer(&mut inner.past.world(world), &action, &request),
                Fate::Answered | Fate::Cut => {}
            }
            if !reads {
                inner.past.look(world);
            }
            let result = api::answer(world, &action, &request);
            if !reads && !world.changed.is_empty() {
                inner.past.turn();
            }
            // The call is carried out; only its answer is lost.
            if fate == Fate::Cut { Err(ApiError::new(CUT, 0, "")) } else { result }
        });
        // Who only reads moves nothing: what can be read is not lost when nothing can be written.
        if !reads && !inner.world.active.is_empty() {
            machine::tick(&mut inner.world);
            self.shared.carry_out(&mut inner.world);
            self.shared.woken.notify_one();
        }
        let written = self.shared.hand_over(inner);
        Carried { action, result, request_id, written }
    }

    /// A name for a request that is refused before it is read.
    pub(crate) fn request_id(&self) -> String {
        lock(&self.shared.inner).world.ids.uuid()
    }

    /// Moves what is due; says when something is due next.
    pub(crate) fn tick(&self) -> Option<Millis> {
        let mut inner = lock(&self.shared.inner);
        // The disk is full or gone: nothing moves until it is back; what is on it is right.
        if let Some(until) = inner.stalled.filter(|until| inner.world.now() < *until) {
            return Some(until);
        }
        inner.stalled = None;
        let due = machine::tick(&mut inner.world);
        self.shared.carry_out(&mut inner.world);
        self.shared.hand_over(&mut inner);
        due
    }

    /// Something tells a wait condition's handle. Says whether the handle is known, once that is on the disk.
    pub(crate) async fn signal(&self, url: &str, signal: &Json) -> bool {
        let written = {
            let mut inner = lock(&self.shared.inner);
            if !inner.world.signal(url, signal) {
                return false;
            }
            self.shared.woken.notify_one();
            self.shared.hand_over(&mut inner)
        };
        match written {
            Some(written) => matches!(written.await, Ok(Ok(()))),
            None => true,
        }
    }

    /// The answer of a service with a protocol of JSON, once what it tells is on the disk.
    pub(crate) async fn answer_json(
        &self,
        call: impl FnOnce(&mut World) -> Result<Json, ApiError>,
    ) -> Result<Json, ApiError> {
        let (found, written) = {
            let mut inner = lock(&self.shared.inner);
            let found = call(&mut inner.world);
            (found, self.shared.hand_over(&mut inner))
        };
        let is_kept = match written {
            Some(written) => matches!(written.await, Ok(Ok(()))),
            None => true,
        };
        if is_kept { found } else { Err(ApiError::internal("the state could not be written".to_owned())) }
    }

    /// Enters a thing that no stack made.
    pub(crate) fn enter(&self, region: &str, type_name: &str, identifier: Option<&str>, properties: Json) -> Existing {
        existing::enter(&mut lock(&self.shared.inner).world, region, type_name, identifier, properties)
    }

    /// The names of the stacks that are deployed, each with the logical ids of its resources.
    pub(crate) fn deployed(&self) -> Vec<(String, Vec<String>)> {
        let inner = lock(&self.shared.inner);
        let stacks = inner.world.stacks.values().filter(|stack| stack.deleted.is_none());
        stacks.map(|stack| (stack.name.clone(), stack.content.resources.keys().cloned().collect())).collect()
    }

    pub(crate) fn objects(&self) -> Objects {
        lock(&self.shared.inner).world.objects.clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        lock(&self.shared.queue).is_closing = true;
        self.shared.queued.notify_all();
        if let Some(writer) = self.writer.take() {
            // It only ends; it returns nothing, and a panic of it was told by those who waited.
            let _ = writer.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that panicked while it held the lock leaves data that is as good as after any step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Runs the scripts of associations that wait for it, each beside everything else.
    fn carry_out(self: &Arc<Self>, world: &mut World) {
        let Some(program) = &self.on_association else { return };
        for wanted in world.runs.take() {
            let (program, shared, id) = (program.clone(), self.clone(), world.ids.uuid());
            let (key, stack) = (wanted.key.clone(), wanted.stack.clone());
            let run = move || {
                let result = wanted.run(&program, &std::env::temp_dir(), &id);
                shared.carried_out(&wanted.key, &wanted.stack, result);
            };
            let thread = std::thread::Builder::new().name("formwork-local-association".to_owned());
            if let Err(error) = thread.spawn(run) {
                world.runs.ended(&key, Err(format!("the association cannot be carried out: {error}")));
                world.wake(&stack);
            }
        }
    }

    fn carried_out(&self, key: &str, stack: &str, result: Result<(), String>) {
        let mut inner = lock(&self.inner);
        inner.world.runs.ended(key, result);
        inner.world.wake(stack);
        self.woken.notify_one();
    }

    /// Hands what changed to the writer. `None` when everything is on the disk already.
    fn hand_over(&self, inner: &mut Inner) -> Option<oneshot::Receiver<Outcome>> {
        if !self.is_kept {
            std::mem::take(&mut inner.world.changed).iter().for_each(|id| inner.past.outdate(id));
            return None;
        }
        let mut queue = lock(&self.queue);
        for id in std::mem::take(&mut inner.world.changed) {
            inner.past.outdate(&id);
            let Some(stack) = inner.world.stacks.get(&id) else {
                if inner.handed.remove(&id).is_some() {
                    queue.batch.gone(&id);
                }
                continue;
            };
            let handed = inner.handed.entry(id).or_default();
            queue.batch.stack(stack, stack.events.get(*handed..).unwrap_or_default());
            *handed = stack.events.len();
        }
        if queue.batch.is_empty() && !queue.is_writing {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        queue.waiting.push(sender);
        self.queued.notify_all();
        Some(receiver)
    }

    /// The work of the writer until the engine ends.
    fn write(&self, mut store: Store) {
        loop {
            let (batch, waiting) = {
                let mut queue = lock(&self.queue);
                queue.is_writing = false;
                while queue.batch.is_empty() && queue.waiting.is_empty() {
                    if queue.is_closing {
                        return;
                    }
                    queue = self.queued.wait(queue).unwrap_or_else(PoisonError::into_inner);
                }
                queue.is_writing = true;
                (std::mem::take(&mut queue.batch), std::mem::take(&mut queue.waiting))
            };
            // Who only waits for the last batch has it now.
            let outcome = if batch.is_empty() { Ok(()) } else { store.commit(&batch) };
            match outcome {
                Ok(()) => tell(waiting, &Ok(())),
                Err(error) => self.go_back(&store, waiting, &error),
            }
        }
    }

    /// Nothing that happened since the last good write has happened.
    fn go_back(&self, store: &Store, mut waiting: Vec<oneshot::Sender<Outcome>>, error: &LocalError) {
        loop {
            let mut inner = lock(&self.inner);
            let mut queue = lock(&self.queue);
            waiting.append(&mut queue.waiting);
            queue.batch = Batch::default();
            inner.stalled = Some(inner.world.now() + 1_000);
            let loaded = store.load();
            inner.broken = loaded.as_ref().err().map(chain);
            let is_over = loaded.is_ok() || queue.is_closing;
            if let Ok(stacks) = loaded {
                inner.handed = handed(&stacks);
                inner.world.load(stacks);
                inner.past = Past::new(&mut inner.world);
            }
            drop((inner, queue));
            // The clock waits for what was due in the world that is gone, perhaps for nothing.
            self.woken.notify_one();
            tell(std::mem::take(&mut waiting), &Err(chain(error)));
            if is_over {
                return;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

/// The numbers of events on the disk when these stacks were read from it.
fn handed(stacks: &[Stack]) -> BTreeMap<String, usize> {
    stacks.iter().map(|stack| (stack.id.clone(), stack.events.len())).collect()
}

/// Nobody may be waiting any more: a client that went away.
fn tell(waiting: Vec<oneshot::Sender<Outcome>>, outcome: &Outcome) {
    for one in waiting {
        let _ = one.send(outcome.clone());
    }
}

fn chain(error: &LocalError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
