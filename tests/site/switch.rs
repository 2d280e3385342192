//! `switch`, and `deploy` and `diff` beside it: the embedded engine hands the association's script to a machine whose docker runs a real
//! nginx, and the stack does what becomes of it there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use formwork::prelude::*;
use insta::assert_snapshot;
use support::python::with_credentials;
use support::{Engine, Program, Run, tempdir};
use tempfile::TempDir;

use crate::machine::Machine;
use crate::{Backend, Dns, FIRST, SECOND, eventually, free_port};

/// An app that keeps to the contract of a stack program, and writes an assembly that the test made.
const APP: &str = r##"//! Copies an assembly.
use std::{env, fs, io, path::Path};

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &to)?; } else { fs::copy(entry.path(), to)?; }
    }
    Ok(())
}

fn main() {
    let out = env::args().skip_while(|argument| argument != "--out").nth(1).unwrap();
    let _ = fs::remove_dir_all(&out);
    copy(Path::new(&env::var("ASSEMBLY").unwrap()), Path::new(&out)).unwrap();
    println!(r#"{{"problems":[]}}"#);
}
"##;

/// A workspace, an engine, and a machine with both backends.
pub(crate) struct World {
    pub(crate) machine: Machine,
    pub(crate) dns: Dns,
    pub(crate) engine: Engine,
    blue: Option<Backend>,
    green: Option<Backend>,
    folder: TempDir,
}

impl World {
    #[track_caller]
    pub(crate) fn start() -> Self {
        World::new(true)
    }

    /// The same with an engine to which every delivery succeeds.
    #[track_caller]
    pub(crate) fn without_machine() -> Self {
        World::new(false)
    }

    #[track_caller]
    fn new(delivers: bool) -> Self {
        let dns = Dns::start();
        let machine = Machine::new(free_port());
        let blue = Some(Backend::start("blue", FIRST, dns.backend_port));
        let green = Some(Backend::start("green", SECOND, dns.backend_port));
        machine.knows(&dns, "blue.internal", FIRST);
        machine.knows(&dns, "green.internal", SECOND);
        let runner = machine.runner().display().to_string();
        let hand_over = ["--on-association", &runner];
        let engine = Engine::with(if delivers { &hand_over } else { &[] });
        let folder = tempdir();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"shop\"]\n");
        write("shop/Cargo.toml", "[package]\nname = \"shop\"\nedition = \"2024\"\n\n[package.metadata.formwork]\n");
        write("shop/src/main.rs", APP);
        World { machine, dns, engine, blue, green, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn proxy(&self) -> ReverseProxy {
        let delivery = Delivery { drain: Duration::from_secs(2), ..Delivery::ssm("i-0123456789abcdef0") };
        self.machine.proxy(&self.dns, delivery)
    }

    /// The source of the app is this from now on.
    pub(crate) fn source(&self, proxy: ReverseProxy) {
        let mut stack = Stack::<EuCentral1>::new("site");
        // Without a delivery the proxy has no resource, and a stack has at least one.
        stack.add("Topic", Untyped::new("AWS::SNS::Topic", json!({})));
        stack.add("Nginx", proxy);
        self.app(App::new().with(stack));
    }

    /// The same with a whole app.
    pub(crate) fn app(&self, app: App) {
        let assembly = app.synth().unwrap_or_else(|report| panic!("{report:?}"));
        assembly.write(&self.assembly()).unwrap();
    }

    /// The folder of the assembly.
    pub(crate) fn assembly(&self) -> PathBuf {
        self.path().join("assembly")
    }

    pub(crate) fn program(&self, arguments: &[&str]) -> Program {
        let path = self.path();
        with_credentials(Program::formwork())
            .args(arguments)
            .current_dir(&path)
            .env("CARGO_TARGET_DIR", path.join("target"))
            .env("ASSEMBLY", self.assembly())
            .call(path.display(), "[WORKSPACE]")
            .call(self.machine.path().display(), "[MACHINE]")
            .call(self.dns.backend_port, "[BACKEND]")
            .call(self.machine.port, "[PORT]")
            .call(self.dns.address.port(), "[DNS]")
    }

    /// A command against the engine.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.program(&[arguments, &["--endpoint-url", self.engine.url()]].concat()).run()
    }

    pub(crate) fn site(&self) -> String {
        format!("http://127.0.0.1:{}", self.machine.port)
    }

    pub(crate) fn switch(&self, arguments: &[&str]) -> Run {
        self.run(&[&["switch"], arguments, &["--site", &self.site()]].concat())
    }

    /// Starts a backend, or ends it and its connections.
    pub(crate) fn keep(&mut self, color: Color, runs: bool) {
        let (place, name, address) = match color {
            Color::Blue => (&mut self.blue, "blue", FIRST),
            Color::Green => (&mut self.green, "green", SECOND),
        };
        match runs {
            true if place.is_none() => *place = Some(Backend::start(name, address, self.dns.backend_port)),
            true => {}
            false => *place = None,
        }
    }

    fn file(&self) -> String {
        fs::read_to_string(self.machine.directory().join("conf/nginx.conf")).unwrap()
    }
}

/// Digests vary with the ports and folders of a run.
fn without_digests(text: &str) -> String {
    let is_digest = |word: &str| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut out = String::new();
    let mut word = String::new();
    for character in text.chars().chain(['\0']) {
        if character.is_ascii_alphanumeric() {
            word.push(character);
            continue;
        }
        out += if is_digest(&word) { "[DIGEST]" } else { &word };
        word.clear();
        if character != '\0' {
            out.push(character);
        }
    }
    out
}

fn shown(run: &Run) -> String {
    without_digests(&run.snapshot())
}

/// The whole way: deploy, look, switch, deploy again, change a file, switch back.
#[test]
fn a_site_is_delivered_switched_and_stays_switched() {
    let world = World::start();
    world.source(world.proxy());
    assert_snapshot!("0_not_deployed", shown(&world.switch(&["green", "--yes"])));
    world.run(&["deploy", "--yes"]).success();
    eventually("blue answers", || world.machine.backend() == "blue");
    assert_snapshot!("1_status", shown(&world.switch(&["--status"])));
    assert_snapshot!("2_without_an_answer", shown(&world.switch(&["green"])));
    assert_eq!(world.machine.backend(), "blue");
    assert_snapshot!("3_switch", shown(&world.switch(&["green", "--yes"])));
    assert_eq!(world.machine.backend(), "green");
    assert_snapshot!("4_switch_again", shown(&world.switch(&["green", "--yes"])));

    // The switch is not in the source, and stays.
    let same = world.run(&["diff", "--fail-on", "any-change"]);
    assert_eq!(same.code, Some(0), "{}", same.snapshot());
    world.source(ReverseProxy { max_body_mib: 30, ..world.proxy() });
    let diff = world.run(&["diff", "--fail-on", "any-change"]);
    assert_eq!(diff.code, Some(3));
    assert_snapshot!("5_another_file", shown(&diff));
    world.run(&["deploy", "--yes"]).success();
    assert!(world.machine.health().starts_with("green "));
    assert!(world.file().contains("client_max_body_size 30m"));
    let back = world.switch(&["blue", "--yes", "--json"]).success().json();
    assert_eq!(back["switches"][0]["active"], "blue");
    assert_eq!(back["switches"][0]["answer"], world.machine.health());
    assert_eq!(world.machine.backend(), "blue");
}

/// For any failure on the machine: the stack reports it and is rolled back, and so is the machine.
#[test]
fn a_switch_that_fails_is_rolled_back() {
    let mut world = World::start();
    world.source(world.proxy());
    world.run(&["deploy", "--yes"]).success();
    eventually("blue answers", || world.machine.backend() == "blue");
    let (health, file) = (world.machine.health(), world.file());
    let fails = |world: &World| {
        let run = world.switch(&["green", "--yes"]);
        assert_eq!((world.machine.health(), world.file()), (health.clone(), file.clone()));
        assert_eq!(world.machine.backend(), "blue");
        let status = world.switch(&["--status", "--json"]).success().json();
        assert_eq!(status["switches"][0]["active"], "blue");
        run
    };
    world.machine.before("test", "echo 'nonsense;' >>\"$conf/.nginx.conf.new\"\n");
    let run = fails(&world);
    assert!(
        run.stderr.contains("nginx does not take the file; the previous files stay in place"),
        "{}",
        run.snapshot()
    );
    world.machine.forget("test");

    world.machine.limit("ulimit -f 2\n");
    let run = fails(&world);
    assert!(run.stderr.contains("cannot be written; the previous files stay in place"), "{}", run.snapshot());
    world.machine.limit("");

    // Once: the rollback is not killed too.
    let kill = "[ -e \"$here/once\" ] || { : >\"$here/once\"; kill -KILL $PPID; sleep 0.2; exit 1; }\n";
    world.machine.before("reload", kill);
    let run = fails(&world);
    assert!(run.stderr.contains("the association has failed with exit status: 137"), "{}", run.snapshot());
    world.machine.forget("reload");

    world.green = None;
    assert_snapshot!("dead", shown(&fails(&world)));

    // The other way round: nothing is wrong any more.
    world.green = Some(Backend::start("green", SECOND, world.dns.backend_port));
    world.switch(&["green", "--yes"]).success();
    assert_eq!(world.machine.backend(), "green");
    world.blue = None;
    assert_eq!(world.machine.backend(), "green");
}

/// A site that answers otherwise than it should, and one that does not answer.
#[test]
fn the_sites_own_answer_is_asked_for() {
    let world = World::start();
    world.source(world.proxy());
    world.run(&["deploy", "--yes"]).success();
    eventually("blue answers", || world.machine.backend() == "blue");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let run = world.run(&["switch", "green", "--yes", "--site", &nobody]);
    assert_eq!(run.code, Some(3), "{}", run.snapshot());
    assert!(run.stderr.contains("the site was not seen to have switched"), "{}", run.snapshot());
    eventually("green answers", || world.machine.backend() == "green");
    let run = world.run(&["switch", "green", "--yes", "--json", "--site", &nobody]);
    assert_eq!(run.code, Some(3), "{}", run.snapshot());
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["switches"][0]["active"], "green");
    assert!(json["switches"][0]["unanswered"].is_string(), "{json}");
    // Another site under that address.
    let port = free_port();
    let _other = Backend::start("other", FIRST, port);
    let run = world.run(&["switch", "blue", "--yes", "--site", &format!("http://{FIRST}:{port}")]);
    assert_eq!(run.code, Some(3), "{}", run.snapshot());
    assert!(run.stderr.contains("the site answers `"), "{}", run.snapshot());
}

/// `--status` says what does not fit: other files than the stack's, a rollback that failed. The failure says where the script's words are, and
/// which command does the same again.
#[test]
fn a_status_that_does_not_fit_is_said() {
    let world = World::start();
    world.source(world.proxy());
    world.run(&["deploy", "--yes"]).success();
    eventually("blue answers", || world.machine.backend() == "blue");
    let port = free_port();
    let _other = Backend::start("blue 0123456789abcdef", FIRST, port);
    let other = format!("http://{FIRST}:{port}");
    let run = world.run(&["switch", "--status", "--site", &other]);
    assert_eq!(run.code, Some(3), "{}", run.snapshot());
    assert!(run.stderr.contains("error: the site answers `blue 0123456789abcdef"), "{}", run.snapshot());
    let json = world.run(&["switch", "--status", "--json", "--site", &other]).json();
    assert_eq!(json["switches"][0]["misfits"].as_array().map(Vec::len), Some(1), "{json}");

    // Neither the delivery nor its rollback.
    world.machine.limit("exit 1\n");
    assert_snapshot!("not_rolled_back", shown(&world.switch(&["green", "--yes"])));
    assert_snapshot!("status_not_rolled_back", shown(&world.switch(&["--status"])));
    let json = world.switch(&["--status", "--json"]).json();
    assert_eq!(json["switches"][0]["status"], "UPDATE_ROLLBACK_FAILED");
}

/// A source with the active backend in it cannot be switched.
#[test]
fn a_source_that_has_the_backend_in_it_refuses() {
    let world = World::start();
    world.source(ReverseProxy { delivery: None, ..world.proxy() });
    assert_snapshot!("pinned", shown(&world.switch(&["green", "--yes"])));
    world.source(ReverseProxy { delivery: Some(Delivery::shell()), ..world.proxy() });
    assert_eq!(world.switch(&["--status"]).code, Some(1));
}

/// Files that nothing carries: the stack tells that they are others, and `files` writes them.
#[test]
fn files_for_a_machine_of_ones_own() {
    let world = World::start();
    let proxy = || {
        let delivery = Delivery { directory: world.machine.directory().display().to_string(), ..Delivery::shell() };
        ReverseProxy { delivery: Some(delivery), ..world.proxy() }
    };
    world.source(ReverseProxy { delivery: None, ..world.proxy() });
    let new = world.run(&["diff"]).success();
    assert!(new.stdout.contains("+ new      site/Nginx/conf/nginx.conf"), "{}", new.snapshot());
    world.source(proxy());
    world.run(&["deploy", "--yes"]).success();
    assert!(!world.run(&["diff"]).success().stdout.contains("Files"));
    world.source(ReverseProxy { active: Color::Green, ..proxy() });
    let diff = world.run(&["diff", "--fail-on", "any-change"]);
    assert_eq!(diff.code, Some(3));
    assert_snapshot!("to_deliver", shown(&diff));
    let out = world.path().join("out");
    let written = world.program(&["files", "--out", &out.display().to_string()]).run();
    assert_snapshot!("files", shown(&written));
    let script = fs::read_to_string(out.join("site/Nginx/deliver.sh")).unwrap();
    assert!(script.contains("active='green'"));
    assert!(Path::new(&out.join("site/Nginx/conf/nginx.conf")).is_file());
}
