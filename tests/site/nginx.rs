//! A running nginx, with the files that synth wrote.

use std::fs;
use std::fs::File;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use formwork::prelude::*;
use support::{paths, tempdir};
use tempfile::TempDir;

use crate::{eventually, file};

/// A running nginx; it ends with the value.
pub(crate) struct Nginx {
    pub(crate) port: u16,
    folder: TempDir,
    master: Child,
}

impl Nginx {
    /// Starts nginx with the files of this proxy, and waits until it answers.
    #[track_caller]
    pub(crate) fn start(proxy: ReverseProxy) -> Self {
        Self::start_with(proxy, |configuration| configuration)
    }

    /// The same, with the configuration changed.
    #[track_caller]
    pub(crate) fn start_with(proxy: ReverseProxy, change: fn(String) -> String) -> Self {
        Self::start_in(tempdir(), proxy, change)
    }

    /// The same, with these secrets of the origin.
    #[track_caller]
    pub(crate) fn start_closed(proxy: ReverseProxy, secrets: &str) -> Self {
        let folder = tempdir();
        write_secrets(folder.path(), secrets);
        Self::start_in(folder, proxy, |configuration| configuration)
    }

    /// Puts other secrets in the place of these.
    #[track_caller]
    pub(crate) fn set_secrets(&self, secrets: &str) {
        write_secrets(self.folder.path(), secrets);
        succeeded(command(self.folder.path()).args(["-s", "reload"]).output().unwrap());
    }

    #[track_caller]
    fn start_in(folder: TempDir, proxy: ReverseProxy, change: fn(String) -> String) -> Self {
        // The workers are another user than the test, and write bodies below this folder.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all(folder.path().join("logs")).unwrap();
        let port = proxy.port;
        write(folder.path(), &change(file(proxy, "conf/nginx.conf")));
        let log = File::create(folder.path().join("log")).unwrap();
        let errors = File::create(folder.path().join("errors")).unwrap();
        let master = command(folder.path())
            .args(["-g", "daemon off;"])
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut nginx = Nginx { port, folder, master };
        eventually("nginx listens", || {
            assert!(nginx.master.try_wait().unwrap().is_none(), "nginx ended: {}", nginx.errors());
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        nginx
    }

    /// Puts the files of another proxy in the place of these, as a delivery does: nginx tests them first, then takes them over.
    #[track_caller]
    pub(crate) fn reload(&self, proxy: ReverseProxy) {
        self.reload_with(proxy, |configuration| configuration);
    }

    #[track_caller]
    pub(crate) fn reload_with(&self, proxy: ReverseProxy, change: fn(String) -> String) {
        assert_eq!(self.port, proxy.port, "the port stays");
        write(self.folder.path(), &change(file(proxy, "conf/nginx.conf")));
        succeeded(command(self.folder.path()).arg("-t").output().unwrap());
        succeeded(command(self.folder.path()).args(["-s", "reload"]).output().unwrap());
    }

    /// Ends nginx as `docker stop` does, and waits for it.
    #[track_caller]
    pub(crate) fn stop(mut self) {
        succeeded(command(self.folder.path()).args(["-s", "quit"]).output().unwrap());
        eventually("nginx ends", || self.master.try_wait().unwrap().is_some());
        assert!(self.master.wait().unwrap().success(), "{}", self.errors());
    }

    /// The processes that serve requests.
    pub(crate) fn workers(&self) -> Vec<u32> {
        let master = self.master.id();
        let parent = |id: u32| -> Option<u32> {
            // After the name, which is in brackets: the state, then the parent.
            let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            text.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
        };
        let ids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        ids.filter(|id| parent(*id) == Some(master)).collect()
    }

    /// The log of requests.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The same, byte for byte.
    pub(crate) fn log_bytes(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("log")).unwrap()
    }

    /// Standard error of nginx.
    pub(crate) fn errors(&self) -> String {
        fs::read_to_string(self.folder.path().join("errors")).unwrap()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The workers end with their master only if it ends them; killed, it could not.
        if self.master.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = Command::new("kill").args(["-TERM", &self.master.id().to_string()]).status();
        }
        let _ = self.master.wait();
    }
}

/// Has nginx read a configuration, without a run of it.
#[track_caller]
pub(crate) fn test(configuration: &str) {
    read_in(&tempdir(), configuration).unwrap_or_else(|said| panic!("{said}\n{configuration}"));
}

/// The same, with these secrets of the origin.
#[track_caller]
pub(crate) fn test_closed(configuration: &str, secrets: &str) {
    let folder = tempdir();
    write_secrets(folder.path(), secrets);
    read_in(&folder, configuration).unwrap_or_else(|said| panic!("{said}\n{configuration}"));
}

/// Has an nginx whose main file is elsewhere read one that it includes from `folder`.
#[track_caller]
pub(crate) fn test_included(folder: &Path, configuration: &str, secrets: &str) {
    write_secrets(folder, secrets);
    write(folder, configuration);
    let included = folder.join("conf/nginx.conf");
    test(&format!("events {{}}\nhttp {{\n    include {};\n}}\n", included.display()));
}

/// Reason of nginx to refuse a configuration.
#[track_caller]
pub(crate) fn refusal(configuration: &str) -> String {
    read_in(&tempdir(), configuration).expect_err("nginx takes the configuration")
}

fn read_in(folder: &TempDir, configuration: &str) -> Result<(), String> {
    fs::create_dir_all(folder.path().join("logs")).unwrap();
    write(folder.path(), configuration);
    let output = command(folder.path()).arg("-t").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let clean = output.status.success() && !["[warn]", "[error]", "[alert]"].iter().any(|level| said.contains(level));
    if clean { Ok(()) } else { Err(said) }
}

fn write_secrets(folder: &Path, secrets: &str) {
    fs::create_dir_all(folder.join("conf")).unwrap();
    fs::write(folder.join("conf/origin-secrets"), secrets).unwrap();
}

fn write(folder: &Path, configuration: &str) {
    fs::create_dir_all(folder.join("conf")).unwrap();
    let beside = folder.join("conf/nginx.conf.new");
    fs::write(&beside, configuration).unwrap();
    fs::rename(beside, folder.join("conf/nginx.conf")).unwrap();
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(paths::nginx());
    command.arg("-p").arg(folder).arg("-c").arg(folder.join("conf/nginx.conf"));
    command
}

#[track_caller]
fn succeeded(output: Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
