//! Runs a program as a person or a script would, and makes what it prints comparable.
//!
//! All that varies from run to run is replaced here and nowhere else, so that a snapshot can hold the whole output.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use regex_lite::Regex;

use crate::paths;

/// The time that a program may take before it counts as hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// The texts that vary, and those that stand in their place. Earlier ones win.
const FILTERS: &[(&str, &str)] = &[
    // Said of a build that takes long, which is a matter of the machine.
    (r"(?m)^cargo is at work on .*\n", ""),
    (
        r"arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):\d{12}:([A-Za-z]+)/[A-Za-z0-9/_.:-]+",
        "arn:$1:$2:$3:[ACCOUNT]:$4/[ID]",
    ),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[UUID]"),
    (r"\bE[A-Z0-9]{13}\b", "[DISTRIBUTION]"),
    (r"\b[a-z0-9]{13,14}\.cloudfront\.net\b", "[DISTRIBUTION].cloudfront.net"),
    // Below the folder that the command runs in, paths are printed relative to it.
    (r"\btarget/formwork/([a-z])", "[TARGET]/formwork/$1"),
    // A folder of builds that is not below the workspace's has one for each workspace, by its place.
    (r"/formwork/[^/\n]*-[0-9a-f]{16}\b", "/formwork"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
    (r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+\d{2}:\d{2})?", "[DATE]"),
    (r"\b\d{2}:\d{2}:\d{2}\b", "[TIME]"),
    (r"(?m)^ *\d+:\d{2}  ?", "[TIME] "),
    (r"\b\d+(\.\d+)? ?(ms|s)\b", "[SECONDS]"),
    (r"\bawscli-cloudformation-package-deploy-\d+\b", "[CHANGE-SET]"),
    // What CloudFormation puts behind the names of a stack and a resource.
    (r"\b([A-Za-z0-9]+-[A-Za-z0-9]+)-[0-9A-Z]{12}\b", "$1-[RANDOM]"),
    (r"\bformwork-\d{8,}[0-9a-z-]*\b", "formwork-[CHANGE-SET]"),
];

/// A program to run.
#[derive(Debug)]
pub struct Program {
    pub(crate) command: Command,
    /// Texts that vary by the test, such as its folder, and what stands in their place.
    pub(crate) names: Vec<(String, String)>,
    input: &'static str,
    turn: Option<&'static Mutex<()>>,
}

/// Every command for stacks writes the app's assembly to the same folder, with its own context. Tests of one program run
/// at once, so the commands take turns.
static TURN: Mutex<()> = Mutex::new(());

/// The run of a program.
#[derive(Clone, Debug)]
pub struct Run {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// As printed.
    pub stdout: String,
    /// As printed.
    pub stderr: String,
    pub(crate) names: Vec<(String, String)>,
}

impl Program {
    /// A program that knows nothing of the machine's AWS settings, colours or terminal; it starts in the repository.
    pub fn new(path: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(path);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(paths::root())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/nonexistent/config")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
            .env("XDG_STATE_HOME", state_folder())
            .env("NO_COLOR", "1")
            .env_remove("CI")
            .env_remove("FORMWORK_CALLED_AS")
            .env_remove("CARGO_TERM_COLOR")
            .env_remove("RUST_BACKTRACE");
        let name = |path: PathBuf, name: &str| (path.display().to_string(), name.to_owned());
        let names = vec![name(paths::target_directory(), "[TARGET]"), name(paths::root(), "[ROOT]")];
        Program { command, names, input: "", turn: None }
    }

    /// The command line `cargo-formwork`.
    pub fn formwork() -> Self {
        Program { turn: Some(&TURN), ..Program::new(paths::cargo_formwork()) }
    }

    /// More arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    /// One more argument.
    pub fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The folder to start in.
    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// The text on its standard input, which is never a terminal.
    pub fn input(mut self, input: &'static str) -> Self {
        self.input = input;
        self
    }

    /// A text that varies by the test, and what stands in its place in snapshots.
    pub fn call(mut self, text: impl fmt::Display, name: &str) -> Self {
        self.names.push((text.to_string(), name.to_owned()));
        self
    }

    /// Takes no turns: a program whose folders no other one has.
    pub fn at_once(self) -> Self {
        Program { turn: None, ..self }
    }

    /// Waits until no other test runs the program.
    pub(crate) fn take_turn(&self) -> Option<MutexGuard<'static, ()>> {
        // A test that failed while it had its turn has told so itself.
        self.turn.map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(mut self) -> Run {
        let _turn = self.take_turn();
        let shown = format!("{:?}", self.command);
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read may be gone already.
            let _ = std::io::Write::write_all(&mut stdin, self.input.as_bytes());
        }
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (code, stdout, stderr) = std::thread::scope(|scope| {
            let stdout = scope.spawn(|| text(stdout));
            let stderr = scope.spawn(|| text(stderr));
            let code = wait(&mut child, &shown);
            (code, stdout.join().expect("readable"), stderr.join().expect("readable"))
        });
        // The longest first: a folder's path may begin with another's.
        self.names.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Run { code, stdout, stderr, names: self.names }
    }
}

impl Program {
    /// Runs it to its end, and kills it when it is time to; `None` if it was killed.
    #[track_caller]
    pub fn run_or_kill(mut self, is_time: impl Fn() -> bool) -> Option<i32> {
        let _turn = self.take_turn();
        let shown = format!("{:?}", self.command);
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = child.try_wait().expect("a program can be waited for") {
                return Some(status.code().expect("nobody else kills it"));
            }
            if is_time() {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        let _ = child.wait();
        panic!("{shown} hangs");
    }
}

/// A program that goes on while a test does other things; ended with the value.
#[derive(Debug)]
pub struct Started {
    child: Child,
    lines: Receiver<(Stream, String)>,
    stdout: String,
    stderr: String,
    names: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug)]
enum Stream {
    Out,
    Err,
}

impl Program {
    /// Starts it, and waits until it prints a line with this text.
    #[track_caller]
    pub fn start(mut self, until: &str) -> Started {
        let _turn = self.take_turn();
        let shown = format!("{:?}", self.command);
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
        let (sender, lines) = channel();
        send_lines(child.stdout.take(), Stream::Out, sender.clone());
        send_lines(child.stderr.take(), Stream::Err, sender);
        self.names.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        let mut started = Started { child, lines, stdout: String::new(), stderr: String::new(), names: self.names };
        while !started.stdout.contains(until) && !started.stderr.contains(until) {
            match started.lines.recv_timeout(PATIENCE) {
                Ok(line) => started.take(line),
                Err(error) => panic!("{shown} never printed `{until}` ({error})\n{}{}", started.stdout, started.stderr),
            }
        }
        started
    }
}

/// Sends the signal of Ctrl-C.
#[track_caller]
pub(crate) fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "the program cannot be interrupted");
}

impl Started {
    fn take(&mut self, (stream, line): (Stream, String)) {
        let text = match stream {
            Stream::Out => &mut self.stdout,
            Stream::Err => &mut self.stderr,
        };
        text.push_str(&line);
        text.push('\n');
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The address where it listens, if that is what it printed.
    pub fn url(&self) -> String {
        let url = self.stdout.lines().find_map(|line| line.strip_prefix("listening on "));
        url.expect("it listens").to_owned()
    }

    /// Presses Ctrl-C, and waits for its end.
    #[track_caller]
    pub fn interrupt(mut self) -> Run {
        interrupt(&self.child);
        let code = wait(&mut self.child, "the interrupted program");
        while let Ok(line) = self.lines.recv() {
            self.take(line);
        }
        Run {
            code,
            stdout: std::mem::take(&mut self.stdout),
            stderr: std::mem::take(&mut self.stderr),
            names: std::mem::take(&mut self.names),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn send_lines(source: Option<impl Read + Send + 'static>, stream: Stream, sender: Sender<(Stream, String)>) {
    let Some(source) = source else { return };
    std::thread::spawn(move || {
        for line in BufReader::new(source).lines().map_while(Result::ok) {
            // Nobody may listen any more.
            let _ = sender.send((stream, line));
        }
    });
}

fn text(source: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut source) = source {
        source.read_to_end(&mut bytes).expect("the output of a program can be read");
    }
    String::from_utf8(bytes).expect("programs print UTF-8")
}

pub(crate) fn wait(child: &mut Child, shown: &str) -> Option<i32> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a program can be waited for") {
            return status.code();
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("{shown} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Run {
    /// The whole of what the program did, comparable.
    pub fn snapshot(&self) -> String {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        let (stdout, stderr) = (self.normalised(&self.stdout), self.normalised(&self.stderr));
        format!("exit code: {code}\n----- stdout -----\n{stdout}\n----- stderr -----\n{stderr}")
    }

    /// The output of the program, as a terminal shows it, comparable; and its exit code, unless that is zero.
    pub fn shown(&self) -> String {
        let code = match self.code {
            Some(0) => String::new(),
            Some(code) => format!("[exit code {code}]\n"),
            None => "[ended by a signal]\n".to_owned(),
        };
        format!("{}{}{code}", self.normalised(&self.stdout), self.normalised(&self.stderr))
    }

    /// The run itself, once it is certain that the program succeeded.
    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.snapshot());
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}", self.snapshot()))
    }

    fn normalised(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.names {
            text = text.replace(from, to);
        }
        normalise(&text)
    }
}

/// A text without what varies from run to run.
pub fn normalise(text: &str) -> String {
    static COMPILED: OnceLock<Vec<(Regex, &str)>> = OnceLock::new();
    let filters = COMPILED.get_or_init(|| {
        let compile = |(pattern, name): &(&str, &'static str)| (Regex::new(pattern).expect("a valid pattern"), *name);
        FILTERS.iter().map(compile).collect()
    });
    filters.iter().fold(text.to_owned(), |text, (pattern, name)| pattern.replace_all(&text, *name).into_owned())
}

/// A folder for the state of programs that no other test has: what one app did is not remembered for the next one of that name.
fn state_folder() -> PathBuf {
    let test = std::thread::current().name().unwrap_or_default().replace("::", "-");
    paths::target_directory().join("tests/state").join(format!("{}-{test}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn what_varies_is_replaced_and_nothing_else() {
        let text = "\
arn:aws:acm:us-east-1:000000000000:certificate/e5e0f3fe-9a28-4cdf-b6f0-0dc6a7dfc621
change set 6f0c8a52-0000-4000-8000-1234567890ab
behind d1234567890abc.cloudfront.net (E2QWRUHAPOMQZL)
[1.2 s] 2026-11-23T23:20:38.123Z http://127.0.0.1:4599
2 to create, 1 to update, 0 to replace, 0 to destroy in ap-northeast-2
ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com Z2FDTNDATAQYW2 TLSv1.2_2021
";
        let expected = "\
arn:aws:acm:us-east-1:[ACCOUNT]:certificate/[ID]
change set [UUID]
behind [DISTRIBUTION].cloudfront.net ([DISTRIBUTION])
[[SECONDS]] [DATE] http://127.0.0.1:[PORT]
2 to create, 1 to update, 0 to replace, 0 to destroy in ap-northeast-2
ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com Z2FDTNDATAQYW2 TLSv1.2_2021
";
        assert_eq!(normalise(text), expected);
    }
}
