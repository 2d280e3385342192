//! Cost of a deploy beyond the server's own work: of one that finds nothing to do, and of one of a thousand stacks.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::figure::Figure;
use super::meter::{Measured, measure};
use super::program::{scratch, text};
use crate::forward::{Built, build_formwork};
use crate::tools;
use crate::workspace::{cargo_here, output, root, target_directory};

/// The server, ended with the value.
pub(super) struct Server(Child);

impl Server {
    /// The embedded engine in a process of its own, and the URL at which it listens.
    pub(super) fn engine(program: &str, state: &Path) -> Result<(Server, String)> {
        let engine = Command::new(program)
            .args(["local", "--quiet", "--state", text(state)?])
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run the embedded engine")?;
        let mut engine = Server(engine);
        let listening = engine.0.stdout.take().context("the engine has an output")?;
        let mut line = String::new();
        BufReader::new(listening).read_line(&mut line).context("the engine does not say where it listens")?;
        let url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        Ok((engine, url))
    }

    /// Its CPU time so far.
    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        cpu_seconds(self.0.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) fn run() -> Result<Vec<Figure>> {
    let mut figures = nothing_to_do()?;
    figures.extend(many_stacks()?);
    Ok(figures)
}

/// Independent stacks of ten resources, as an assembly in the folder.
pub(super) fn write_assembly(folder: &Path, count: usize) -> Result<()> {
    fs::create_dir_all(folder).context("cannot make the folder of an assembly")?;
    let write = |name: &str, json: &Value| {
        let path = folder.join(name);
        fs::write(&path, json.to_string()).with_context(|| format!("cannot write `{}`", path.display()))
    };
    let mut stacks = Vec::new();
    for number in 0..count {
        let topic = |topic: usize| {
            let properties = json!({ "DisplayName": format!("news {number} {topic}") });
            (format!("Topic{topic}"), json!({ "Type": "AWS::SNS::Topic", "Properties": properties }))
        };
        let resources: serde_json::Map<String, Value> = (0..10).map(topic).collect();
        let template = format!("site-{number}.template.json");
        write(&template, &json!({ "Resources": resources }))?;
        stacks.push(json!({
            "name": format!("site-{number}"), "region": "us-east-1", "partition": "aws", "template": template,
            "dependsOn": [], "imports": [], "tags": [], "terminationProtection": false, "locations": {},
            "location": { "file": "src/lib.rs", "line": 1 }, "acknowledged": [], "switches": [],
        }));
    }
    write("formwork.json", &json!({ "version": 1, "stacks": stacks, "files": [], "context": [], "warnings": [] }))
}

/// 1,000 stacks of ten resources, 16 at a time, against the embedded engine in a process of its own: at most 5 ms of our CPU time a
/// stack, and 400 MB.
fn many_stacks() -> Result<Vec<Figure>> {
    output(cargo_here().args(["build", "--quiet", "--release", "--package", "formwork-cli"]))?;
    let program = target_directory()?.join("release/cargo-formwork");
    let program = text(&program)?;
    let of = |count: usize| -> Result<[Measured; 2]> {
        let folder = scratch("deploy-many")?;
        let (assembly, state) = (folder.join("assembly"), folder.join("state"));
        write_assembly(&assembly, count)?;
        let (_engine, url) = Server::engine(program, &state)?;
        let deploy = [
            program,
            "deploy",
            "--quiet",
            "--yes",
            "--concurrency",
            "16",
            "--endpoint-url",
            &url,
            "--assembly",
            text(&assembly)?,
        ];
        let keys = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
        Ok([measure(1, &folder, &deploy, &keys)?, measure(1, &folder, &deploy, &keys)?])
    };
    let ([few, _], [many, unchanged]) = (of(250)?, of(1_000)?);
    let growth = (many.cpu_seconds / 1_000.0) / (few.cpu_seconds / 250.0);
    Ok(vec![
        // A thousandth of seconds is milliseconds.
        Figure::new("first deploy of 1,000 stacks: our CPU time a stack", many.cpu_seconds, 5.0, "CPU ms"),
        Figure::new("first deploy of 1,000 stacks: a stack, against one among 250: CPU time", growth, 1.2, "times"),
        Figure::new("first deploy of 1,000 stacks: memory", many.peak_bytes / 1e6, 400.0, "MB"),
        Figure::new(
            "deploy of 1,000 stacks without changes: our CPU time a stack",
            unchanged.cpu_seconds,
            5.0,
            "CPU ms",
        ),
    ])
}

/// At most 0.5 s beyond the CPU time of the server, which works on one request after the other.
fn nothing_to_do() -> Result<Vec<Figure>> {
    let tools = tools::install(&target_directory()?.join("test-tools"))?;
    let Built::Executable(program) = build_formwork()? else { bail!("`cargo-formwork` does not compile") };
    let program = program.to_str().context("the path of `cargo-formwork` is not UTF-8")?.to_owned();

    let free = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    let port = free.local_addr().context("a bound socket has an address")?.port().to_string();
    drop(free);
    let url = format!("http://127.0.0.1:{port}");
    let server = Command::new(tools.python.with_file_name("ministack"))
        .envs([("AUTH", "true"), ("BIND_HOST", "127.0.0.1"), ("GATEWAY_PORT", &port)])
        .current_dir(scratch("deploy")?)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot run `ministack`")?;
    let server = Server(server);

    let keys = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
    let zone = zone(&tools.python, &url, &keys)?;
    let context = format!("zone-id={zone}");
    let deploy = [
        program.as_str(),
        "deploy",
        "--quiet",
        "--app",
        "habitpay",
        "--endpoint-url",
        &url,
        "--context",
        &context,
        "--yes",
    ];
    measure(1, &root(), &deploy, &keys)?;
    const RUNS: u8 = 7;
    let before = server.cpu_seconds()?;
    let again = measure(RUNS.into(), &root(), &deploy, &keys)?;
    let servers = (server.cpu_seconds()? - before) / f64::from(RUNS);
    let beyond = again.wall_seconds - servers;
    Ok(vec![
        Figure::new("deploy without changes: beyond the server's own time", beyond, 0.5, "s"),
        Figure::new("deploy without changes: our CPU time", again.cpu_seconds, 0.5, "CPU s"),
    ])
}

/// Waits for the server, and makes the hosted zone that habitpay's stacks are about.
fn zone(python: &Path, url: &str, keys: &[(&str, &str)]) -> Result<String> {
    let script = "
import boto3, sys
zones = boto3.client('route53', region_name='us-east-1', endpoint_url=sys.argv[1])
print(zones.create_hosted_zone(Name='habitpay.link', CallerReference='bench')['HostedZone']['Id'].split('/')[-1])
";
    let start = Instant::now();
    loop {
        let made = output(Command::new(python).args(["-c", script, url]).envs(keys.iter().copied()));
        match made {
            Ok(zone) => return Ok(zone.trim().to_owned()),
            Err(error) if start.elapsed() > Duration::from_secs(60) => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// The CPU time of a process so far, as Linux tells it.
fn cpu_seconds(process: u32) -> Result<f64> {
    let path = format!("/proc/{process}/stat");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read `{path}`; this benchmark needs Linux"))?;
    // The second field is the program's name in parentheses, which may hold spaces.
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    let total = ticks(11).zip(ticks(12)).map(|(user, system)| user + system);
    // Linux counts hundredths of a second here on every machine that Rust runs on (`USER_HZ`).
    Ok(total.with_context(|| format!("`{path}` has another form"))? / 100.0)
}
