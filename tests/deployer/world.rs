//! The embedded engine, with somebody who looks at it after every call and may end the run there.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::rc::Rc;

use formwork::assembly::{Assembly, StackId};
use formwork_deploy::shipping::{Shipping, Store};
use formwork_deploy::{
    Answer, ByName, Consent, DeployOptions, DeployReport, Error, Limits, NamedResource, Observer, Pending, Preview,
    Progress, deploy, paced,
};
use formwork_diff::Registry;
use formwork_local::{InProcess, Options, Server};
use formwork_model::objects::{Bucket, Content, ObjectFacts, ObjectPage, Objects};
use formwork_model::service::{Answer as Called, Call, CallError, CloudFormation as _, Layer, Layered};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::faults::chance::Chance;

pub(crate) struct World {
    runtime: Runtime,
    service: InProcess,
    url: String,
    _folder: tempfile::TempDir,
}

/// When a run is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kill {
    Never,
    /// Before the call of this number.
    Before(usize),
    /// When the call was carried out, and before its answer came.
    After(usize),
    /// The same of a change set's execution, by somebody at the keyboard: the run cleans up and reports.
    Interrupt(usize),
}

/// Values that a stack has from others: its parameter, and the type and region of the resource whose physical id it is.
const USED: &[(&str, &str, &str, &str, &str)] = &[
    ("site", "ap-northeast-2", "EdgeQueueRef", "AWS::SQS::Queue", "us-east-1"),
    ("site", "ap-northeast-2", "EdgeSettingRef", "AWS::SSM::Parameter", "us-east-1"),
    ("site", "ap-northeast-2", "EdgeCertificateRef", "AWS::CertificateManager::Certificate", "us-east-1"),
    ("third", "eu-west-1", "SiteCopyRef", "AWS::SSM::Parameter", "ap-northeast-2"),
];

/// Counts calls, looks after each whether what is used is there, and stops for good at one of them.
#[derive(Clone)]
struct Watch(Rc<Watching>);

struct Watching {
    service: InProcess,
    kill: Kill,
    calls: Cell<usize>,
    killed: Notify,
    log: RefCell<Vec<String>>,
    /// The last call of a run that was killed after it.
    last: RefCell<Option<String>>,
}

impl Layer for Watch {
    async fn around<'a, T: 'a>(
        &'a self,
        call: Call,
        region: &'a str,
        attempt: impl Fn() -> Called<'a, T> + 'a,
    ) -> Result<T, CallError> {
        let watching = &self.0;
        let number = watching.calls.get() + 1;
        watching.calls.set(number);
        if watching.kill == Kill::Before(number) {
            watching.killed.notify_one();
            pending::<()>().await;
        }
        let answer = attempt().await;
        if call.is_write() {
            watching.log.borrow_mut().push(format!("{} {region}", call.as_str()));
        }
        // Before others make theirs.
        let execute = Call::ExecuteChangeSet.as_str();
        let executed = watching.log.borrow().iter().filter(|call| call.starts_with(execute)).count();
        check_used(&watching.service).await;
        let is_interrupted = call == Call::ExecuteChangeSet && watching.kill == Kill::Interrupt(executed);
        if watching.kill == Kill::After(number) || is_interrupted {
            watching.last.replace(Some(format!("{} {region}", call.as_str())));
            watching.killed.notify_one();
            pending::<()>().await;
        }
        answer
    }
}

/// Lets others go first, as often as chance will have it.
#[derive(Clone)]
struct Turns(Rc<Chance>);

impl Layer for Turns {
    async fn around<'a, T: 'a>(
        &'a self,
        _: Call,
        _: &'a str,
        attempt: impl Fn() -> Called<'a, T> + 'a,
    ) -> Result<T, CallError> {
        for _ in 0..self.0.below(12) {
            tokio::task::yield_now().await;
        }
        attempt().await
    }
}

/// Calls of S3 that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Nothing,
    Uploads,
    /// The bucket is in another region.
    Region,
}

/// The engine's objects, watched as its other calls are.
struct Watched {
    watch: Watch,
    refused: Refused,
}

impl Watched {
    fn around<'a, T: 'a>(
        &'a self,
        name: &'static str,
        key: &'a str,
        writes: bool,
        call: impl Future<Output = Result<T, CallError>> + 'a,
    ) -> Called<'a, T> {
        Box::pin(async move {
            let watching = &self.watch.0;
            let number = watching.calls.get() + 1;
            watching.calls.set(number);
            if watching.kill == Kill::Before(number) {
                watching.killed.notify_one();
                pending::<()>().await;
            }
            let answer = call.await;
            if writes {
                let end = key.split_once('.').map_or("", |(_, end)| end);
                watching.log.borrow_mut().push(format!("{name} {end}"));
            }
            if watching.kill == Kill::After(number) {
                watching.killed.notify_one();
                pending::<()>().await;
            }
            answer
        })
    }
}

impl Objects for Watched {
    fn elsewhere(&self, bucket: &Bucket) -> Option<String> {
        (self.refused == Refused::Region).then(|| "us-west-2".to_owned()).filter(|_| bucket.region != "us-west-2")
    }

    fn head<'a>(&'a self, bucket: &'a Bucket, key: &'a str) -> Called<'a, Option<ObjectFacts>> {
        self.around("HeadObject", key, false, self.watch.0.service.head(bucket, key))
    }

    fn get<'a>(&'a self, bucket: &'a Bucket, key: &'a str, limit: usize) -> Called<'a, Option<Vec<u8>>> {
        self.around("GetObject", key, false, self.watch.0.service.get(bucket, key, limit))
    }

    fn put<'a>(
        &'a self,
        bucket: &'a Bucket,
        key: &'a str,
        content: &'a Content,
        sent: &'a (dyn Fn(u64) + 'a),
    ) -> Called<'a, ()> {
        if self.refused == Refused::Uploads {
            let (region, message) = (bucket.region.clone(), "Access Denied".to_owned());
            let refused = CallError::Forbidden { permission: "s3", call: "PutObject", region, message };
            return Box::pin(async move { Err(refused) });
        }
        self.around("PutObject", key, true, self.watch.0.service.put(bucket, key, content, sent))
    }

    fn list<'a>(&'a self, bucket: &'a Bucket, prefix: &'a str, token: Option<&'a str>) -> Called<'a, ObjectPage> {
        self.around("ListObjectsV2", prefix, false, self.watch.0.service.list(bucket, prefix, token))
    }

    fn delete<'a>(&'a self, bucket: &'a Bucket, key: &'a str) -> Called<'a, ()> {
        self.around("DeleteObject", key, true, self.watch.0.service.delete(bucket, key))
    }
}

/// Every physical id that a deployed stack has from another one is one of a resource that is there.
async fn check_used(service: &InProcess) {
    let lost = lost(service).await;
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// Things that deployed stacks use and that are gone.
pub(crate) async fn lost(service: &InProcess) -> Vec<String> {
    let mut lost = Vec::new();
    for (stack, region, parameter, type_name, home) in USED {
        let Some(found) = service.stack(region, stack).await.unwrap() else { continue };
        let Some((_, id)) = found.parameters.iter().find(|(key, _)| key == parameter) else { continue };
        if !service.has_resource(home, type_name, id).await.unwrap() {
            lost.push(format!("`{stack}` ({}) uses {parameter} = {id}, which is gone", found.status));
        }
    }
    lost
}

/// The messages of a run, a line each.
#[derive(Default)]
pub(crate) struct Heard(RefCell<Vec<String>>);

impl Heard {
    pub(crate) fn text(&self) -> String {
        self.0.borrow().join("\n")
    }
}

impl Observer for Heard {
    fn progress(&self, progress: Progress) {
        let line = match progress {
            Progress::Started { stack, operation, .. } => format!("{}: {}", stack.name, operation.doing()),
            Progress::Ended { stack, status, .. } => format!("{}: {status}", stack.name),
            Progress::Removing { stack, left } => format!("{}: deleting the old {}", stack.name, left.logical_id),
            Progress::Removed { stack, left, failure: None } => {
                format!("{}: deleted the old {}", stack.name, left.logical_id)
            }
            Progress::Removed { stack, left, failure: Some(reason) } => {
                format!("{}: did not delete the old {}: {reason}", stack.name, left.logical_id)
            }
            Progress::Warning { stack, message } => format!("{}: {message}", stack.name),
            _ => return,
        };
        self.0.borrow_mut().push(line);
    }

    fn preview(&self, preview: Preview<'_>) {
        if let Preview::Deploy(plan) = preview {
            for stack in &plan.stacks {
                let mut lines = self.0.borrow_mut();
                lines.extend(stack.policy_first.iter().map(|id| format!("{}: policy first: {id}", stack.id.name)));
                lines.extend(stack.kept.iter().map(|kept| format!("{}: kept: {}", stack.id.name, kept.logical_id)));
                lines
                    .extend(stack.removals.iter().map(|one| format!("{}: removal: {}", stack.id.name, one.logical_id)));
                lines.extend(stack.in_use.iter().map(|used| format!("{}: in use: {used}", stack.id.name)));
            }
        }
    }

    fn approve<'a>(&'a self, _: Preview<'a>) -> Pending<'a> {
        Box::pin(async { Answer::Yes })
    }
}

/// A run that came to its end, or was killed.
pub(crate) struct Ended {
    pub(crate) report: Option<Result<DeployReport, Error>>,
    /// The call at which it was killed.
    pub(crate) last: Option<String>,
    /// The calls that write, in their order.
    pub(crate) log: Vec<String>,
    /// The number of all calls.
    pub(crate) calls: usize,
    pub(crate) heard: String,
}

impl World {
    pub(crate) fn new() -> World {
        let folder = support::tempdir();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let options = Options {
            state: folder.path().join("state"),
            listen_on: None,
            port: 0,
            speed: None,
            faults: Default::default(),
            registry: Registry::default(),
            on_association: None,
        };
        let server = runtime.block_on(Server::bind(&options)).unwrap();
        let (service, url) = (server.in_process(), server.url());
        runtime.spawn(server.serve());
        World { runtime, service, url, _folder: folder }
    }

    /// Has the engine do something wrong from now on: the JSON of a file of faults.
    pub(crate) fn bring_faults(&self, faults: &str) {
        let address = self.url.trim_start_matches("http://");
        let body = "Action=ListStacks&Version=2010-05-15";
        let length = body.len();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Formwork-Faults: {faults}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    pub(crate) fn deploy(&self, assembly: &Assembly, kill: Kill, consent: Consent) -> Ended {
        let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).collect();
        self.deploy_some(assembly, &ids, kill, consent)
    }

    pub(crate) fn deploy_some(&self, assembly: &Assembly, ids: &[StackId], kill: Kill, consent: Consent) -> Ended {
        self.run(assembly, ids, None, kill, consent, Refused::Nothing)
    }

    /// The same of stacks that ship something.
    pub(crate) fn ship(
        &self,
        assembly: &Assembly,
        ids: &[StackId],
        shipping: &Shipping,
        kill: Kill,
        refused: Refused,
    ) -> Ended {
        self.run(assembly, ids, Some(shipping.clone()), kill, Consent::Given, refused)
    }

    /// Two runs at once; their calls come in an order that is drawn from the seed.
    pub(crate) fn ship_both(&self, runs: [(&Assembly, &[StackId], &Shipping); 2], seed: u64) -> [Ended; 2] {
        let turns = Turns(Rc::new(Chance::new(seed)));
        let run = |(assembly, ids, shipping): (&Assembly, &[StackId], &Shipping)| {
            let (assembly, ids, shipping, turns) = (assembly.clone(), ids.to_vec(), shipping.clone(), turns.clone());
            async move {
                let options = DeployOptions {
                    consent: Consent::Given,
                    concurrency: 4,
                    regions: Default::default(),
                    parameters: Vec::new(),
                    registry: Registry::default(),
                    previous_templates: false,
                    shipping: Some(shipping),
                    by_name: ByName::default(),
                };
                let service = paced(Layered { inner: self.service.clone(), layer: turns }, Limits::NEARBY);
                let heard = Heard::default();
                let report = Some(deploy(&service, &assembly, &ids, &options, &heard, pending()).await);
                Ended { report, last: None, log: Vec::new(), calls: 0, heard: heard.text() }
            }
        };
        let [one, other] = runs;
        let (one, other) = self.runtime.block_on(async { tokio::join!(run(one), run(other)) });
        [one, other]
    }

    fn run(
        &self,
        assembly: &Assembly,
        ids: &[StackId],
        shipping: Option<Shipping>,
        kill: Kill,
        consent: Consent,
        refused: Refused,
    ) -> Ended {
        // A queue holds data: its old one is deleted by its name.
        let queue = NamedResource { stack: None, logical_id: "Queue".to_owned() };
        let mut options = DeployOptions {
            consent,
            // One after the other, so that what is heard is always the same.
            concurrency: if kill == Kill::Never { 1 } else { 4 },
            regions: Default::default(),
            parameters: Vec::new(),
            registry: Registry::default(),
            previous_templates: false,
            shipping: None,
            by_name: ByName { allowed: vec![queue], ..ByName::default() },
        };
        let watching = Watching {
            service: self.service.clone(),
            kill,
            calls: Cell::new(0),
            killed: Notify::new(),
            log: RefCell::default(),
            last: RefCell::default(),
        };
        let (watch, heard) = (Watch(Rc::new(watching)), Heard::default());
        options.shipping = shipping.map(|shipping| {
            let objects = Store(Rc::new(Watched { watch: watch.clone(), refused }));
            Shipping { objects, ..shipping }
        });
        let service = paced(Layered { inner: self.service.clone(), layer: watch.clone() }, Limits::NEARBY);
        let report = self.runtime.block_on(async {
            let killed = watch.0.killed.notified();
            if matches!(kill, Kill::Interrupt(_)) {
                return Some(deploy(&service, assembly, ids, &options, &heard, killed).await);
            }
            tokio::select! {
                report = deploy(&service, assembly, ids, &options, &heard, pending()) => Some(report),
                () = killed => None,
            }
        });
        let last = watch.0.last.take();
        Ended { report, last, log: watch.0.log.take(), calls: watch.0.calls.get(), heard: heard.text() }
    }

    pub(crate) fn service(&self) -> &InProcess {
        &self.service
    }

    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// True if there is such a resource.
    pub(crate) fn has(&self, region: &str, type_name: &str, identifier: &str) -> bool {
        self.runtime.block_on(self.service.has_resource(region, type_name, identifier)).unwrap()
    }

    /// The parameters of a deployed stack.
    pub(crate) fn parameters(&self, region: &str, stack: &str) -> Vec<(String, String)> {
        self.runtime
            .block_on(self.service.stack(region, stack))
            .unwrap()
            .map(|found| found.parameters)
            .unwrap_or_default()
    }
}
