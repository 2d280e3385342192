//! A machine to which a site's files are delivered: a folder, and programs of the names that the script calls. What `docker` runs is a
//! real nginx.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use formwork::prelude::*;
use support::{paths, tempdir, write_program};
use tempfile::TempDir;

use crate::client::{Client, get};
use crate::{Dns, NAME, eventually, files};

/// docker, as far as the script uses it. A file `on-<command>` beside it is run before the command.
const DOCKER: &str = r#"#!/bin/sh
set -u
here=$(dirname "$0")/..
conf=$here/site/conf
is_up() { kill -0 "$(cat "$here/run/logs/nginx.pid" 2>/dev/null)" 2>/dev/null; }
nginx() { "$PROGRAM" -p "$here/run" "$@"; }
before() { if [ -e "$here/on-$1" ]; then . "$here/on-$1"; fi; }
case "$*" in
'compose version')
    ;;
'compose up --detach')
    before up
    # A container whose file is the same stays.
    if is_up && cmp -s "$here/site/docker-compose.yml" "$here/run/up.yml"; then exit 0; fi
    if is_up; then nginx -c "$conf/nginx.conf" -s stop; while is_up; do sleep 0.05; done; fi
    nginx -c "$conf/nginx.conf" >>"$here/run/log" 2>>"$here/run/errors" </dev/null || exit 1
    cp "$here/site/docker-compose.yml" "$here/run/up.yml"
    ;;
'compose down')
    ! is_up || nginx -c "$conf/nginx.conf" -s stop
    ;;
'exec nginx true')
    is_up
    ;;
'exec nginx curl '*)
    is_up || exit 1
    shift 3
    exec curl --config "$here/names" "$@"
    ;;
'exec nginx nginx -t '*)
    is_up || exit 1
    before test
    nginx -t -q -c "$conf/${7#/etc/nginx/}"
    ;;
'exec nginx nginx -s reload')
    is_up || exit 1
    before reload
    nginx -c "$conf/nginx.conf" -s reload
    ;;
'top nginx -eo pid,ppid,args')
    is_up || exit 1
    master=$(cat "$here/run/logs/nginx.pid")
    ps -eo pid,ppid,args | awk -v master="$master" '$1 == master || $2 == master'
    ;;
*)
    echo "docker $* is not for here" >&2
    exit 125
    ;;
esac
"#;

/// The program that runs a script, as the agent of Systems Manager does: the environment is the machine's, not the test's.
/// nginx has a use of its own for a variable `NGINX`.
const RUN: &str = r#"#!/bin/sh
here=$(dirname "$0")
export PATH="$here/bin:/usr/sbin:/usr/bin:/sbin:/bin" PROGRAM='{nginx}'
[ ! -e "$here/limits" ] || . "$here/limits"
sh "$1" >"$here/now" 2>&1
code=$?
cat "$here/now" >>"$here/said"
cat "$here/now"
exit $code
"#;

/// A machine with docker on it.
pub(crate) struct Machine {
    folder: TempDir,
    pub(crate) port: u16,
}

impl Machine {
    /// A machine on which nothing runs. Its backends are those that the DNS server knows.
    pub(crate) fn new(port: u16) -> Self {
        let machine = Machine { folder: tempdir(), port };
        // The workers are another user than the test, and write bodies below this folder.
        fs::set_permissions(machine.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all(machine.path().join("run/logs")).unwrap();
        machine.program("bin/docker", DOCKER);
        machine.program("run.sh", &RUN.replace("{nginx}", &paths::nginx().display().to_string()));
        fs::write(machine.path().join("names"), "").unwrap();
        machine
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the files.
    pub(crate) fn directory(&self) -> PathBuf {
        self.path().join("site")
    }

    /// The program that runs scripts here.
    pub(crate) fn runner(&self) -> PathBuf {
        self.path().join("run.sh")
    }

    pub(crate) fn program(&self, name: &str, text: &str) {
        write_program(&self.path().join(name), text);
    }

    /// Has curl find a backend where nginx's DNS server finds it.
    pub(crate) fn knows(&self, dns: &Dns, name: &str, address: std::net::Ipv4Addr) {
        dns.set(name, address);
        let mut names = fs::read_to_string(self.path().join("names")).unwrap();
        names += &format!("connect-to = \"{name}:{0}:{address}:{0}\"\n", dns.backend_port);
        fs::write(self.path().join("names"), names).unwrap();
    }

    /// Something that happens right before docker does this.
    pub(crate) fn before(&self, command: &str, shell: &str) {
        fs::write(self.path().join(format!("on-{command}")), shell).unwrap();
    }

    /// Something that holds for scripts from now on; nothing with an empty text.
    pub(crate) fn limit(&self, shell: &str) {
        fs::write(self.path().join("limits"), shell).unwrap();
    }

    pub(crate) fn forget(&self, command: &str) {
        fs::remove_file(self.path().join(format!("on-{command}"))).unwrap();
    }

    /// A proxy whose files belong here.
    pub(crate) fn proxy(&self, dns: &Dns, delivery: Delivery) -> ReverseProxy {
        let delivery = Delivery { directory: self.directory().display().to_string(), ..delivery };
        ReverseProxy { port: self.port, delivery: Some(delivery), ..crate::proxy(dns) }
    }

    /// Runs the script of a proxy that is delivered over a shell; true if it succeeded.
    #[track_caller]
    pub(crate) fn deliver(&self, proxy: ReverseProxy) -> bool {
        self.run(&files(proxy).into_iter().find(|(path, _)| path == "deliver.sh").unwrap().1)
    }

    /// Runs a script; true if it succeeded.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> bool {
        fs::write(self.path().join("deliver.sh"), script).unwrap();
        let mut run = Command::new(self.runner());
        run.arg(self.path().join("deliver.sh")).stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap().success()
    }

    /// Runs the script of a proxy until something holds, and kills it and all that it started.
    pub(crate) fn killed(&self, proxy: ReverseProxy, what: &str, holds: impl FnMut() -> bool) {
        self.ended(proxy, "KILL", what, holds);
    }

    /// Runs the script of a proxy until something holds, and ends it by a signal.
    pub(crate) fn ended(&self, proxy: ReverseProxy, signal: &str, what: &str, holds: impl FnMut() -> bool) {
        let script = files(proxy).into_iter().find(|(path, _)| path == "deliver.sh").unwrap().1;
        fs::write(self.path().join("deliver.sh"), script).unwrap();
        let mut run = Command::new(self.runner());
        run.arg(self.path().join("deliver.sh")).stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
        let mut running = run.spawn().unwrap();
        eventually(what, holds);
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", running.id())).unwrap();
        let script = children.split_whitespace().next().unwrap().to_owned();
        let whom = if signal == "KILL" { format!("-{}", running.id()) } else { script };
        assert!(Command::new("kill").args(["-s", signal, "--", &whom]).status().unwrap().success());
        assert!(!running.wait().unwrap().success());
    }

    /// Has nginx read its files.
    pub(crate) fn reload(&self) {
        let mut run = Command::new(paths::nginx());
        run.arg("-p").arg(self.path().join("run")).arg("-c").arg(self.directory().join("conf/nginx.conf"));
        assert!(run.args(["-s", "reload"]).status().unwrap().success());
    }

    /// Output of scripts since the last time.
    pub(crate) fn said(&self) -> String {
        let said = fs::read_to_string(self.path().join("said")).unwrap_or_default();
        let _ = fs::remove_file(self.path().join("said"));
        said.replace(&self.path().display().to_string(), "[MACHINE]")
    }

    /// The active backend and the digest, as nginx says them.
    pub(crate) fn health(&self) -> String {
        get(self.port, "/_formwork/health").text().trim_end().to_owned()
    }

    /// The backend that answers.
    pub(crate) fn backend(&self) -> String {
        Client::connect(self.port)
            .send("GET", "/", &format!("Host: {NAME}\r\n"), b"")
            .map(|it| it.backend())
            .unwrap_or_default()
    }

    /// Every file of the folder, hidden ones too.
    pub(crate) fn listing(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.directory()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(self.directory()).unwrap().display().to_string());
                }
            }
        }
        found.sort();
        found
    }

    fn master(&self) -> Option<u32> {
        fs::read_to_string(self.path().join("run/logs/nginx.pid")).ok()?.trim().parse().ok()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(master) = self.master() {
            let _ = Command::new("kill").args(["-TERM", &master.to_string()]).status();
            eventually("nginx ends", || self.master().is_none() || !Path::new(&format!("/proc/{master}")).exists());
        }
    }
}
