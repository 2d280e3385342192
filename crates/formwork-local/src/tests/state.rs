//! The disk: nothing acknowledged is lost, and nothing is overwritten that could not be read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, io};

use crate::engine::{Engine, Options};
use crate::error::LocalError;
use crate::objects::Objects;
use crate::objects::digest::{Algorithm, Digests, Kind};
use crate::objects::uploads::{Upload, Uploads};
use crate::store::Medium;
use crate::time::{Clock, Hand, System};
use crate::wire::Reply;

pub(super) const TOPIC: &str =
    "%7B%22Resources%22%3A%7B%22A%22%3A%7B%22Type%22%3A%22AWS%3A%3ASNS%3A%3ATopic%22%7D%7D%7D";
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/cloudformation/aws4_request";

pub(super) fn open(state: &Path, speed: Option<f64>) -> Result<Engine, LocalError> {
    open_at(state, speed, Arc::new(System))
}

pub(super) fn open_at(state: &Path, speed: Option<f64>, clock: Arc<dyn Clock>) -> Result<Engine, LocalError> {
    Engine::open(&Options { state: state.to_owned(), speed, ..Options::default() }, clock, |_| {})
}

fn ask(engine: &Engine, body: &str) -> (u16, String) {
    ask_with(engine, body, None)
}

/// The same with a header of faults. A connection that is cut has no status.
pub(super) fn ask_with(engine: &Engine, body: &str, faults: Option<&str>) -> (u16, String) {
    match wait(engine.query(body.as_bytes(), AUTHORIZATION, faults.map(str::as_bytes)).ready()) {
        Reply::Answer { status, body, .. } => (status, String::from_utf8(body).unwrap()),
        Reply::Cut => (0, String::new()),
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn stacks_outlive_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), None).unwrap();
    assert_eq!(ask(&engine, &format!("Action=CreateStack&StackName=a&TemplateBody={TOPIC}")).0, 200);
    assert!(matches!(open(folder.path(), None), Err(LocalError::InUse { .. })));
    drop(engine);
    let engine = open(folder.path(), None).unwrap();
    assert!(ask(&engine, "Action=DescribeStacks&StackName=a").1.contains("<StackStatus>CREATE_COMPLETE</StackStatus>"));
}

#[test]
fn an_operation_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Hand::new());
    let engine = open_at(folder.path(), Some(1.0), clock.clone()).unwrap();
    ask(&engine, &format!("Action=CreateStack&StackName=a&TemplateBody={TOPIC}"));
    assert!(ask(&engine, "Action=DescribeStacks&StackName=a").1.contains("CREATE_IN_PROGRESS"));
    drop(engine);
    let engine = open_at(folder.path(), Some(1.0), clock.clone()).unwrap();
    while let Some(due) = engine.tick() {
        clock.pass(due.saturating_sub(clock.now()));
    }
    assert!(ask(&engine, "Action=DescribeStacks&StackName=a").1.contains("CREATE_COMPLETE"));
    let events = ask(&engine, "Action=DescribeStackEvents&StackName=a").1;
    assert_eq!(events.matches("<member>").count(), 5, "{events}");
}

#[test]
fn what_cannot_be_read_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), None).unwrap());
    fs::write(folder.path().join("VERSION"), "7\n").unwrap();
    assert!(matches!(open(folder.path(), None), Err(LocalError::Version { found: 7, known: 5, .. })));
    fs::write(folder.path().join("VERSION"), "formwork-local 5\n").unwrap();
    let journal = folder.path().join("journal");
    fs::write(&journal, "this is no journal at all").unwrap();
    assert!(matches!(open(folder.path(), None), Err(LocalError::Unreadable { .. })));
    assert_eq!(fs::read_to_string(&journal).unwrap(), "this is no journal at all");
}

/// A disk with so much room; cutting a file needs none.
#[derive(Debug)]
struct Full {
    file: fs::File,
    room: Arc<AtomicUsize>,
}

impl Medium for Full {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = self.room.load(Ordering::Relaxed);
        let fits = room.min(bytes.len());
        self.file.append(&bytes[..fits])?;
        self.room.store(room - fits, Ordering::Relaxed);
        if fits == bytes.len() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.cut(length)
    }
}

/// An engine on such a disk, its room and its clock.
fn on_full_disk(folder: &Path, speed: Option<f64>) -> (Engine, Arc<AtomicUsize>, Arc<Hand>) {
    let options = Options { state: folder.to_owned(), speed, ..Options::default() };
    let room = Arc::new(AtomicUsize::new(usize::MAX));
    let own = room.clone();
    let clock = Arc::new(Hand::new());
    let engine = Engine::open(&options, clock.clone(), |store| {
        let file = fs::File::options().append(true).open(folder.join("journal")).unwrap();
        store.set_medium(Box::new(Full { file, room: own }));
    });
    (engine.unwrap(), room, clock)
}

/// The "full disk": a clear error, and nothing lost.
#[test]
fn a_full_disk_refuses_what_it_cannot_hold_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let (engine, room, _) = on_full_disk(folder.path(), None);
    assert_eq!(ask(&engine, &format!("Action=CreateStack&StackName=a&TemplateBody={TOPIC}")).0, 200);
    let whole = fs::metadata(&journal).unwrap().len();
    for left in [0, 1, 100] {
        room.store(left, Ordering::Relaxed);
        let (status, text) = ask(&engine, &format!("Action=CreateStack&StackName=b&TemplateBody={TOPIC}"));
        assert_eq!(status, 500);
        assert!(text.contains("the state could not be written, and the request was not carried out"), "{text}");
        assert!(text.contains("no storage space"), "{text}");
        // The half that was written is gone, what was there before is there, and what was refused is not.
        assert_eq!(fs::metadata(&journal).unwrap().len(), whole);
        assert_eq!(ask(&engine, "Action=DescribeStacks&StackName=a").0, 200);
        assert_eq!(ask(&engine, "Action=DescribeStacks&StackName=b").0, 400);
    }
    room.store(usize::MAX, Ordering::Relaxed);
    assert_eq!(ask(&engine, &format!("Action=CreateStack&StackName=b&TemplateBody={TOPIC}")).0, 200);
    drop(engine);
    let engine = open(folder.path(), None).unwrap();
    for stack in ["a", "b"] {
        let text = ask(&engine, &format!("Action=DescribeStacks&StackName={stack}")).1;
        assert!(text.contains("CREATE_COMPLETE"), "{text}");
    }
}

#[test]
fn the_clock_looks_anew_at_what_could_not_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, room, clock) = on_full_disk(folder.path(), Some(1.0));
    ask(&engine, &format!("Action=CreateStack&StackName=a&TemplateBody={TOPIC}"));
    wait(engine.woken());
    room.store(0, Ordering::Relaxed);
    clock.pass(60_000);
    // The operation is done, the clock would wait for nothing, and then it is not done.
    assert_eq!(engine.tick(), None);
    wait(async { tokio::time::timeout(Duration::from_secs(30), engine.woken()).await }).expect("the clock is woken");
    room.store(usize::MAX, Ordering::Relaxed);
    clock.pass(60_000);
    assert_eq!(engine.tick(), None);
    assert!(ask(&engine, "Action=DescribeStacks&StackName=a").1.contains("<StackStatus>CREATE_COMPLETE"));
}

#[test]
fn a_journal_is_written_anew_when_most_of_it_is_history() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let engine = open(folder.path(), None).unwrap();
    let description = "x".repeat(40_000);
    let mut longest = 0;
    for number in 0..150 {
        let body = format!(
            "%7B%22Description%22%3A%22d%22%2C%22Metadata%22%3A%7B%22m%22%3A%22{description}%22%7D%2C%22Resources%22%3A%7B%22A%22%3A%7B%22Type%22%3A%22AWS%3A%3ASNS%3A%3ATopic%22%2C%22Properties%22%3A%7B%22DisplayName%22%3A%22{number}%22%7D%7D%7D%7D"
        );
        let action = if number == 0 { "CreateStack" } else { "UpdateStack" };
        let (status, text) = ask(&engine, &format!("Action={action}&StackName=a&TemplateBody={body}"));
        assert_eq!(status, 200, "{text}");
        longest = fs::metadata(&journal).unwrap().len().max(longest);
    }
    assert!(longest < 5 * 1_048_576, "{longest}");
    drop(engine);
    let engine = open(folder.path(), None).unwrap();
    let text = ask(&engine, "Action=DescribeStackResources&StackName=a").1;
    assert!(text.contains("UPDATE_COMPLETE"), "{text}");
    let (mut events, mut token) = (0, String::new());
    loop {
        let text = ask(&engine, &format!("Action=DescribeStackEvents&StackName=a{token}")).1;
        events += text.matches("<member>").count();
        let Some((_, rest)) = text.split_once("<NextToken>") else { break };
        token = format!("&NextToken={}", rest.split('<').next().unwrap());
    }
    // Five of the creation; of each update the stack's three and the resource's two.
    assert_eq!(events, 5 + 149 * 5);
}

#[test]
fn reset_deletes_states_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    assert!(!crate::reset(&state).unwrap());
    drop(open(&state, None).unwrap());
    assert!(crate::reset(&state).unwrap());
    assert!(!state.exists());
    // A folder of somebody, and one that somebody put something into later.
    fs::create_dir(&state).unwrap();
    assert!(!crate::reset(&state).unwrap());
    fs::write(state.join("diary.txt"), "dear diary").unwrap();
    assert!(matches!(crate::reset(&state), Err(LocalError::NoState { .. })));
    assert!(matches!(open(&state, None), Err(LocalError::NoState { .. })));
    fs::remove_file(state.join("diary.txt")).unwrap();
    drop(open(&state, None).unwrap());
    fs::write(state.join("diary.txt"), "dear diary").unwrap();
    assert!(crate::reset(&state).unwrap());
    assert_eq!(fs::read_dir(&state).unwrap().count(), 1);
    assert!(matches!(open(&state.join("diary.txt"), None), Err(LocalError::NoState { .. })));
}

/// `VERSION`, `LOCK`, `stacks` and `objects` are names that others give too.
#[test]
fn a_folder_of_somebody_is_left_as_it_is_whatever_its_files_are_called() {
    let workspace = |files: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    };
    for files in [
        &[("VERSION", "1.4.2\n"), ("stacks/site.rs", "fn main() {}\n")][..],
        &[("VERSION", "1.4.2\n"), ("LOCK", "x = 1\n")],
        &[("VERSION", "2\n"), ("objects/o.blend", "o")],
        &[("VERSION", "2\n"), ("LOCK", "locked = true\n"), ("objects/o.blend", "o")],
        &[("VERSION", "1\n"), ("LOCK", "7\n"), ("stacks/site.rs", "fn main() {}\n")],
        &[("VERSION", "0\n"), ("LOCK", "7\n")],
        &[("VERSION", "formwork-local three\n"), ("LOCK", "7\n")],
        &[("VERSION", ""), ("LOCK", "7\n")],
        &[("VERSION/notes.txt", "1"), ("LOCK", "7\n")],
        &[("stacks/site.rs", "fn main() {}\n")],
        &[("objects/o.blend", "o"), ("LOCK", "7\n")],
        &[("journal", "dear journal")],
        &[("LOCK", "locked = true\n")],
    ] {
        let folder = workspace(files);
        assert!(matches!(open(folder.path(), None), Err(LocalError::NoState { .. })), "{files:?}");
        assert!(matches!(crate::has_state(folder.path()), Err(LocalError::NoState { .. })), "{files:?}");
        assert!(matches!(crate::reset(folder.path()), Err(LocalError::NoState { .. })), "{files:?}");
        for (name, content) in files {
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), *content, "{files:?}");
        }
        assert_eq!(folder.path().join("LOCK").exists(), files.iter().any(|(name, _)| *name == "LOCK"));
    }
    // A number that no engine ever wrote so may be that of a newer one, and is not enough to delete something.
    let folder = workspace(&[("VERSION", "99\n"), ("LOCK", "7\n"), ("objects/o.blend", "o")]);
    assert!(matches!(open(folder.path(), None), Err(LocalError::Version { found: 99, known: 5, .. })));
    assert!(matches!(crate::reset(folder.path()), Err(LocalError::NoState { .. })));
    assert_eq!(fs::read_to_string(folder.path().join("LOCK")).unwrap(), "7\n");
}

#[test]
fn folders_of_other_engines_are_known_as_such() {
    let left = |folder: &Path| {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    drop(open(&path, None).unwrap());
    assert_eq!(fs::read_to_string(path.join("VERSION")).unwrap(), "formwork-local 5\n");
    // The last one that was spelled as a number.
    fs::write(path.join("VERSION"), "2\n").unwrap();
    assert!(matches!(open(&path, None), Err(LocalError::Version { found: 2, known: 5, .. })));
    // A newer one is refused, and what is not known of it stays when it is deleted.
    fs::write(path.join("VERSION"), "formwork-local 99\n").unwrap();
    fs::create_dir(path.join("stacks")).unwrap();
    assert!(matches!(open(&path, None), Err(LocalError::Version { found: 99, known: 5, .. })));
    assert!(crate::reset(&path).unwrap());
    assert_eq!(left(&path), ["stacks"]);
    // The first version kept its stacks in files.
    fs::write(path.join("stacks/1.json"), "{}").unwrap();
    fs::write(path.join("VERSION"), "1\n").unwrap();
    fs::write(path.join("LOCK"), "").unwrap();
    assert!(matches!(open(&path, None), Err(LocalError::Version { found: 1, known: 5, .. })));
    assert!(crate::reset(&path).unwrap());
    assert!(!path.exists());
    // Starts that were stopped before there was a version.
    for files in [&[("LOCK", "7\n")][..], &[("LOCK", "7\n"), ("journal", ""), ("VERSION.new", "formwork")]] {
        fs::create_dir(&path).unwrap();
        files.iter().for_each(|(name, content)| fs::write(path.join(name), content).unwrap());
        assert!(crate::has_state(&path).unwrap());
        drop(open(&path, None).unwrap());
        assert!(crate::reset(&path).unwrap());
        assert!(!path.exists());
    }
}

/// The values of `NoEcho` parameters are in the journal, and whatever is in templates in the objects.
#[cfg(unix)]
#[test]
fn nobody_else_reads_a_state() {
    use std::os::unix::fs::PermissionsExt as _;

    fn modes(path: &Path, of_files: &mut Vec<u32>, of_folders: &mut Vec<u32>) {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        if !path.is_dir() {
            return of_files.push(mode);
        }
        of_folders.push(mode);
        fs::read_dir(path).unwrap().for_each(|entry| modes(&entry.unwrap().path(), of_files, of_folders));
    }
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    let set = |name: &str, mode| fs::set_permissions(state.join(name), fs::Permissions::from_mode(mode)).unwrap();
    set("", 0o755);
    let engine = open(&state, None).unwrap();
    assert_eq!(ask(&engine, &format!("Action=CreateStack&StackName=a&TemplateBody={TOPIC}")).0, 200);
    let Objects::Disk(disk) = engine.objects() else { panic!("it has a state") };
    engine.objects().put("b", "k", b"a template".to_vec(), 0).unwrap();
    disk.make_bucket("empty").unwrap();
    let headers = BTreeMap::new();
    let (algorithm, kind) = (Algorithm::Crc32, Kind::Composite);
    let (bucket, key) = ("b".to_owned(), "k".to_owned());
    let upload = Upload { bucket, key, headers, algorithm, kind, is_named: true, initiated: 0 };
    Uploads::of(&disk).begin("u", &upload).unwrap();
    let unfinished = disk.begin(Digests::new(algorithm, false)).unwrap();
    drop(engine);
    let (mut of_files, mut of_folders) = (Vec::new(), Vec::new());
    modes(&state, &mut of_files, &mut of_folders);
    assert_eq!(of_files, [0o600; 6]);
    assert_eq!(of_folders, [0o700; 7]);
    drop(unfinished);

    // As earlier engines made them. The folder is as somebody wants it.
    for (name, mode) in [("", 0o755), ("VERSION", 0o644), ("LOCK", 0o664), ("journal", 0o644), ("objects", 0o755)] {
        set(name, mode);
    }
    drop(open(&state, None).unwrap());
    let (mut of_files, mut of_folders) = (Vec::new(), Vec::new());
    modes(&state, &mut of_files, &mut of_folders);
    assert_eq!(of_files, [0o600; 5]);
    assert_eq!(of_folders, [0o755, 0o700, 0o700, 0o700, 0o700, 0o700]);
}

#[test]
fn who_uses_a_folder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let url = "http://127.0.0.1:4566";
    let options = Options { state: folder.path().to_owned(), ..Options::default() };
    let _engine = Engine::open(&options, Arc::new(System), |store| store.listens_at(url)).unwrap();
    let Err(LocalError::InUse { holder, .. }) = open(folder.path(), None) else { panic!("it is not in use") };
    assert_eq!((holder.process, holder.url.as_deref()), (Some(std::process::id()), Some(url)));
    // What somebody else wrote there is not repeated.
    fs::write(folder.path().join("LOCK"), "7\nhttp://\u{1b}[31m\n").unwrap();
    let Err(LocalError::InUse { holder, .. }) = open(folder.path(), None) else { panic!("it is not in use") };
    assert_eq!((holder.process, holder.url), (Some(7), None));
}

#[test]
fn malformed_requests_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path(), None).unwrap();
    for body in [
        "",
        "Action=%zz",
        "Action",
        "Action=CreateStack",
        "Action=CreateStack&StackName=a&TemplateBody=%7B",
        "Action=Nope",
    ] {
        let (status, text) = ask(&engine, body);
        assert_eq!(status, 400, "{body}");
        assert!(text.starts_with("<ErrorResponse"), "{body}: {text}");
    }
}

/// cloudformation.md, "Events": a read may be older than the last change.
#[test]
fn a_read_can_be_stale_once() {
    let folder = tempfile::tempdir().unwrap();
    let faults =
        serde_json::from_value(serde_json::json!({ "stale": [{ "action": "DescribeStacks", "times": 1 }] })).unwrap();
    let engine = Engine::open(
        &Options { state: folder.path().to_owned(), faults, ..Options::default() },
        Arc::new(System),
        |_| {},
    )
    .unwrap();
    ask(&engine, &format!("Action=CreateStack&StackName=a&TemplateBody={TOPIC}"));
    assert!(ask(&engine, "Action=DescribeStacks&StackName=a").1.contains("does not exist"));
    assert!(ask(&engine, "Action=DescribeStacks&StackName=a").1.contains("CREATE_COMPLETE"));
}
