//! docker's own reader of compose files reads ours. It needs no engine for that.

use std::fs;

use support::{Program, paths, tempdir};

use crate::files;
use crate::variants::variants;

#[test]
fn docker_reads_every_variant() {
    for (name, proxy) in variants() {
        println!("{name}");
        let Some((_, content)) = files(proxy).into_iter().find(|(path, _)| path == "docker-compose.yml") else {
            continue;
        };
        let folder = tempdir();
        fs::write(folder.path().join("docker-compose.yml"), content).unwrap();
        let read =
            |argument: &str| Program::new(paths::compose()).args(["config", argument]).current_dir(folder.path()).run();
        let services = read("--services").success();
        assert_eq!((services.stdout.trim(), services.stderr.trim()), ("nginx", ""));
        let quiet = read("--quiet").success();
        assert_eq!((quiet.stdout.trim(), quiet.stderr.trim()), ("", ""));
    }
}
