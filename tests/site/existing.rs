//! A delivery to an nginx that is there already: it has to include the files, and is told so before anything is brought.

use std::fs;
use std::time::Duration;

use formwork::prelude::*;
use insta::assert_snapshot;

use crate::machine::Machine;
use crate::{Backend, Dns, FIRST, free_port};

/// nginx of this machine, with the main file of the test.
const NGINX: &str = r#"#!/bin/sh
here=$(dirname "$0")/..
exec "$PROGRAM" -p "$here/run" -c "$here/run/main.conf" "$@"
"#;

/// curl, which finds backends where nginx's DNS server finds them.
const CURL: &str = r#"#!/bin/sh
exec /usr/bin/curl --config "$(dirname "$0")/../names" "$@"
"#;

/// The processes of this nginx; other tests have some of their own.
const PS: &str = r#"#!/bin/sh
master=$(cat "$(dirname "$0")/../run/logs/nginx.pid" 2>/dev/null)
/usr/bin/ps "$@" | awk -v master="$master" '$1 == master || $2 == master'
"#;

struct Existing {
    machine: Machine,
    dns: Dns,
    _blue: Backend,
}

impl Existing {
    /// A machine on which an nginx runs that serves something else.
    fn start() -> Self {
        let dns = Dns::start();
        let blue = Backend::start("blue", FIRST, dns.backend_port);
        let machine = Machine::new(free_port());
        machine.knows(&dns, "blue.internal", FIRST);
        for (name, text) in [("nginx", NGINX), ("curl", CURL), ("ps", PS)] {
            machine.program(&format!("bin/{name}"), text);
        }
        let existing = Existing { machine, dns, _blue: blue };
        existing.main("");
        assert!(existing.machine.run("nginx\n"), "{}", existing.machine.said());
        existing
    }

    /// Writes the main file, with these lines in its `http` block.
    fn main(&self, lines: &str) {
        // A comment is not a directive.
        let http =
            format!("# include {}/conf/nginx.conf;\naccess_log off;\n{lines}", self.machine.directory().display());
        let text = format!("error_log stderr;\nevents {{ }}\nhttp {{\n{http}\n}}\n");
        fs::write(self.machine.path().join("run/main.conf"), text).unwrap();
    }

    fn proxy(&self, max_body_mib: u32) -> ReverseProxy {
        let delivery = Delivery { drain: Duration::from_secs(2), ..Delivery::shell() };
        ReverseProxy { runtime: Runtime::Existing, max_body_mib, ..self.machine.proxy(&self.dns, delivery) }
    }
}

#[test]
fn an_nginx_that_does_not_include_the_files_is_told_at_once() {
    let existing = Existing::start();
    let machine = &existing.machine;
    machine.said();
    assert!(!machine.deliver(existing.proxy(1)));
    assert_snapshot!(machine.said(), @r#"formwork: nginx does not read "[MACHINE]/site/conf/nginx.conf": its http block needs the line "include [MACHINE]/site/conf/nginx*.conf;"; nginx has no files yet"#);
    assert_eq!(machine.listing(), [".lock"], "nothing is brought");
    // The line that it says, and others that do the same, each from the first delivery on.
    let folder = machine.directory().display().to_string();
    std::os::unix::fs::symlink(machine.directory(), machine.path().join("link")).unwrap();
    let link = machine.path().join("link").display().to_string();
    let lines = [
        format!("include {folder}/conf/nginx*.conf;"),
        "include ../site/conf/*.conf;".to_owned(),
        format!("include\n    \"{link}/conf/ngin?.conf\";"),
    ];
    for (size, line) in (2..).zip(lines) {
        existing.main(&line);
        assert!(machine.deliver(existing.proxy(size)), "{line}: {}", machine.said());
        assert!(machine.health().starts_with("blue "), "{line}");
        fs::remove_file(machine.directory().join("conf/nginx.conf")).unwrap();
        existing.main("");
        machine.run("nginx -s reload\n");
        machine.said();
    }
    // A configuration that nginx does not take says nothing of its includes.
    existing.main("nonsense;");
    assert!(!machine.deliver(existing.proxy(9)));
    assert!(!machine.said().contains("does not read"));
}

/// A script whose words nobody takes ends where it says that it does: it never goes on without its lock.
#[test]
fn a_delivery_without_an_output_ends_where_it_should() {
    let existing = Existing::start();
    let machine = &existing.machine;
    existing.main(&format!("include {}/conf/nginx*.conf;", machine.directory().display()));
    let script = crate::files(existing.proxy(1)).into_iter().find(|(path, _)| path == "deliver.sh").unwrap().1;
    let file = machine.path().join("quiet.sh");
    let quiet = |script: &str| {
        fs::write(&file, script).unwrap();
        machine.run(&format!("sh {} >&- 2>&-\n", file.display()))
    };
    machine.program("bin/flock", "#!/bin/sh\nexit 1\n");
    assert!(!quiet(&script), "another one has the lock");
    assert_eq!(machine.listing(), [".lock"]);
    machine.program("bin/flock", "#!/bin/sh\nexit 0\n");
    assert!(!quiet(&script.replace("active='blue'", "active='red'")));
    assert_eq!(machine.listing(), [".lock"]);
}
