//! The script at work, on a machine whose docker runs a real nginx: a switch, and the ways in which one can fail.

use std::fs;
use std::process::Command;
use std::time::Duration;

use formwork::prelude::*;
use insta::assert_snapshot;
use support::paths;

use crate::client::Client;
use crate::machine::Machine;
use crate::{Backend, Dns, FIRST, NAME, SECOND, eventually, files, free_port};

/// A machine with both backends, and nginx on the first one.
struct Site {
    machine: Machine,
    dns: Dns,
    blue: Option<Backend>,
    green: Option<Backend>,
}

/// Delivery over a shell that does not wait long for WebSockets.
fn quick() -> Delivery {
    Delivery { drain: Duration::from_secs(2), ..Delivery::shell() }
}

impl Site {
    #[track_caller]
    fn start() -> Self {
        let dns = Dns::start();
        let machine = Machine::new(free_port());
        let (blue, green) =
            (Backend::start("blue", FIRST, dns.backend_port), Backend::start("green", SECOND, dns.backend_port));
        machine.knows(&dns, "blue.internal", FIRST);
        machine.knows(&dns, "green.internal", SECOND);
        let site = Site { machine, dns, blue: Some(blue), green: Some(green) };
        assert!(site.machine.deliver(site.proxy(Color::Blue)), "{}", site.machine.said());
        eventually("blue answers", || site.machine.backend() == "blue");
        site.machine.said();
        site
    }

    /// Ends the first backend.
    fn drop_blue(&mut self) {
        self.blue = None;
    }

    fn proxy(&self, active: Color) -> ReverseProxy {
        ReverseProxy { active, ..self.machine.proxy(&self.dns, quick()) }
    }

    /// A delivery that fails, and leaves everything as it was.
    #[track_caller]
    fn fails(&self, proxy: ReverseProxy) -> String {
        let (health, listing) = (self.machine.health(), self.machine.listing());
        let file = fs::read(self.machine.directory().join("conf/nginx.conf")).unwrap();
        let delivered = self.machine.deliver(proxy);
        let said = self.machine.said();
        assert!(!delivered, "{said}");
        assert_eq!(self.machine.health(), health, "{said}");
        assert_eq!(self.machine.backend(), "blue");
        assert_eq!(self.machine.listing(), listing, "{said}");
        assert_eq!(fs::read(self.machine.directory().join("conf/nginx.conf")).unwrap(), file);
        said
    }
}

#[test]
fn a_delivery_starts_nginx_and_the_next_one_switches() {
    let site = Site::start();
    let digest = site.machine.health().strip_prefix("blue ").unwrap().to_owned();
    let listing = site.machine.listing();
    assert_eq!(listing, [".lock", "conf/nginx.conf", "docker-compose.yml"]);
    assert!(site.machine.deliver(site.proxy(Color::Green)), "{}", site.machine.said());
    assert_eq!(site.machine.health(), format!("green {digest}"));
    assert_eq!(site.machine.backend(), "green");
    assert_eq!(site.machine.listing(), listing);
    assert_eq!(site.machine.said(), format!("formwork: nginx has the files: green {digest}\n"));
    // The same again does nothing, and needs no backend.
    drop(site.green);
    assert!(site.machine.deliver(ReverseProxy { active: Color::Green, ..site.machine.proxy(&site.dns, quick()) }));
    assert_eq!(site.machine.said(), format!("formwork: nginx has these files: green {digest}\n"));
}

#[test]
fn a_file_for_the_same_backend_is_brought_though_that_is_away() {
    let mut site = Site::start();
    site.drop_blue();
    let proxy = ReverseProxy { max_body_mib: 7, ..site.machine.proxy(&site.dns, quick()) };
    assert!(site.machine.deliver(proxy), "{}", site.machine.said());
    let file = fs::read_to_string(site.machine.directory().join("conf/nginx.conf")).unwrap();
    assert!(file.contains("client_max_body_size 7m"));
}

#[test]
fn a_dead_backend_is_not_switched_to() {
    let mut site = Site::start();
    site.green = None;
    let said = site.fails(site.proxy(Color::Green)).replace(&site.dns.backend_port.to_string(), "[PORT]");
    assert_snapshot!(said, @"formwork: green does not answer at green.internal:[PORT]; the previous files stay in place");
}

#[test]
fn a_file_that_nginx_does_not_take_is_not_put_in_place() {
    let site = Site::start();
    site.machine.before("test", "echo 'nonsense;' >>\"$conf/.nginx.conf.new\"\n");
    let said = site.fails(site.proxy(Color::Green));
    assert!(said.contains("unknown directive \"nonsense\""), "{said}");
    assert!(said.contains("formwork: nginx does not take the file; the previous files stay in place"), "{said}");
    site.machine.forget("test");
    // nginx reports a file that it cannot carry out in its log alone.
    site.machine.before("reload", "[ -e \"$here/once\" ] || { : >\"$here/once\"; exit 0; }\n");
    let said = site.fails(site.proxy(Color::Green));
    assert!(
        said.ends_with("formwork: nginx did not take over the files; the previous files stay in place\n"),
        "{said}"
    );
}

#[test]
fn a_full_disk_changes_nothing() {
    let site = Site::start();
    // Files have at most 1,024 bytes.
    site.machine.limit("ulimit -f 2\n");
    let said = site.fails(site.proxy(Color::Green));
    assert!(said.contains(".nginx.conf.new\" cannot be written; the previous files stay in place"), "{said}");
    site.machine.limit("");
    assert!(site.machine.deliver(site.proxy(Color::Green)), "{}", site.machine.said());
    assert_eq!(site.machine.backend(), "green");
}

/// Killed at each of the steps: nginx goes on with the files of before, and the next delivery brings its own, whichever they are.
#[test]
fn a_kill_in_the_middle_leaves_the_files_of_before_in_force() {
    for (command, next) in [("test", Color::Blue), ("reload", Color::Blue), ("reload", Color::Green)] {
        let site = Site::start();
        let (health, listing) = (site.machine.health(), site.machine.listing());
        site.machine.before(command, "kill -KILL $PPID\nsleep 0.2\nexit 1\n");
        assert!(!site.machine.deliver(site.proxy(Color::Green)), "{}", site.machine.said());
        assert_eq!(site.machine.health(), health);
        assert_eq!(site.machine.backend(), "blue");
        site.machine.forget(command);
        assert!(site.machine.deliver(site.proxy(next)), "{}", site.machine.said());
        assert_eq!(site.machine.backend(), next.as_str());
        assert_eq!(site.machine.listing(), listing);
    }
}

/// Killed while processes of before end: the new colour is in force, and stays, whatever the next delivery brings and becomes of it. The
/// colour of before is asked like any other.
#[test]
fn a_kill_while_processes_of_before_end_leaves_the_new_files_in_force() {
    let mut site = Site::start();
    let listing = site.machine.listing();
    let mut client = Client::connect(site.machine.port);
    let headers = format!("Host: {NAME}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    assert_eq!(client.send("GET", "/", &headers, b"").unwrap().status(), 101);
    let slow = Delivery { drain: Duration::from_secs(60), timeout: Duration::from_secs(300), ..Delivery::shell() };
    let proxy = ReverseProxy { active: Color::Green, ..site.machine.proxy(&site.dns, slow) };
    site.machine.killed(proxy, "nginx runs with green, and its files alone are there", || {
        site.machine.health().starts_with("green") && !site.machine.listing().iter().any(|file| file.contains(".old"))
    });
    site.drop_blue();
    let green = || {
        assert!(site.machine.health().starts_with("green "));
        assert_eq!(site.machine.backend(), "green");
        let file = fs::read_to_string(site.machine.directory().join("conf/nginx.conf")).unwrap();
        assert!(file.contains("proxy_pass http://green;"), "{file}");
        assert_eq!(site.machine.listing(), listing);
    };
    green();
    // Neither what fails nor the colour of before takes the place of it.
    let nowhere = Upstream::new(format!("nowhere.internal:{}", site.dns.backend_port));
    assert!(!site.machine.deliver(ReverseProxy { green: nowhere, ..site.proxy(Color::Green) }));
    green();
    assert!(!site.machine.deliver(site.proxy(Color::Blue)), "{}", site.machine.said());
    green();
}

/// Killed before nginx was asked to take the files over, and nginx started anew, as a machine does that starts anew: it has the new files.
/// And files that an older delivery left so, with its own word on the backend.
#[test]
fn files_that_a_delivery_left_are_known_by_what_nginx_runs_with() {
    for older in [false, true] {
        let mut site = Site::start();
        if older {
            let conf = site.machine.directory().join("conf");
            fs::copy(conf.join("nginx.conf"), conf.join("before")).unwrap();
            assert!(site.machine.deliver(site.proxy(Color::Green)), "{}", site.machine.said());
            fs::rename(conf.join("before"), conf.join(".nginx.conf.old")).unwrap();
            let word = format!("blue blue.internal:{}\n", site.dns.backend_port);
            fs::write(site.machine.directory().join(".delivered"), word).unwrap();
        } else {
            site.machine.before("reload", "kill -KILL $PPID\nsleep 0.2\nexit 1\n");
            assert!(!site.machine.deliver(site.proxy(Color::Green)), "{}", site.machine.said());
            site.machine.forget("reload");
            site.machine.reload();
        }
        eventually("green answers", || site.machine.backend() == "green");
        site.drop_blue();
        site.machine.said();
        let nowhere = Upstream::new(format!("nowhere.internal:{}", site.dns.backend_port));
        assert!(!site.machine.deliver(ReverseProxy { green: nowhere, ..site.proxy(Color::Green) }));
        assert!(!site.machine.deliver(site.proxy(Color::Blue)));
        let said = site.machine.said();
        assert_eq!(said.matches("does not answer at").count(), 2, "{said}");
        let file = fs::read_to_string(site.machine.directory().join("conf/nginx.conf")).unwrap();
        assert!(file.contains("proxy_pass http://green;"), "{file}");
        assert!(site.machine.deliver(site.proxy(Color::Green)), "{}", site.machine.said());
        site.machine.reload();
        eventually("green answers", || site.machine.backend() == "green");
        assert!(!site.machine.listing().iter().any(|file| file.contains(".old")), "{:?}", site.machine.listing());
    }
}

/// Interrupted while processes of before end, it says that nginx has the new files, and has not succeeded.
#[test]
fn an_interruption_while_processes_of_before_end() {
    let site = Site::start();
    let mut client = Client::connect(site.machine.port);
    let headers = format!("Host: {NAME}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    assert_eq!(client.send("GET", "/", &headers, b"").unwrap().status(), 101);
    let slow = Delivery { drain: Duration::from_secs(60), timeout: Duration::from_secs(300), ..Delivery::shell() };
    let proxy = ReverseProxy { active: Color::Green, ..site.machine.proxy(&site.dns, slow) };
    site.machine.ended(proxy, "TERM", "nginx runs with green", || {
        site.machine.health().starts_with("green") && !site.machine.listing().iter().any(|file| file.contains(".old"))
    });
    let digest = site.machine.health().strip_prefix("green ").unwrap().to_owned();
    let said = site.machine.said();
    assert_eq!(said, format!("formwork: the delivery was interrupted, and nginx has the files: green {digest}\n"));
    assert_eq!(site.machine.backend(), "green");
}

/// Files under another port and another name: that nginx has those of before is asked there.
#[test]
fn files_of_before_may_answer_elsewhere() {
    let site = Site::start();
    let port = free_port();
    site.machine.before("reload", "kill -KILL $PPID\nsleep 0.2\nexit 1\n");
    let moved = || ReverseProxy {
        port,
        server_names: vec!["other.example.com".into()],
        runtime: Runtime::Compose(Compose::default()),
        ..site.proxy(Color::Blue)
    };
    site.machine.before("up", "kill -KILL $PPID\nsleep 0.2\nexit 1\n");
    assert!(!site.machine.deliver(moved()));
    site.machine.forget("up");
    site.machine.forget("reload");
    site.machine.said();
    let nowhere = Upstream::new(format!("nowhere.internal:{}", site.dns.backend_port));
    assert!(!site.machine.deliver(ReverseProxy { blue: nowhere, ..moved() }), "{}", site.machine.said());
    assert_eq!(site.machine.backend(), "blue");
    let file = fs::read_to_string(site.machine.directory().join("conf/nginx.conf")).unwrap();
    assert!(file.contains(&format!("listen {};", site.machine.port)), "{file}");
}

/// Ended by a signal that can be heard, it puts back what it has changed, and ends when nginx has the files of before again: whether
/// nginx has taken the new ones over already, is about to, or has not been asked.
#[test]
fn an_interrupted_delivery_puts_everything_back() {
    let reload = "nginx -c \"$conf/nginx.conf\" -s reload";
    let taken = "while [ \"$(curl --silent --header 'Host: {NAME}' http://127.0.0.1:{PORT}/_formwork/health | cut -c 1)\" != g ]; do sleep 0.05; done";
    for (asked, waits) in [("", ""), (reload, ""), (reload, taken)] {
        let site = Site::start();
        let waits = waits.replace("{NAME}", NAME).replace("{PORT}", &site.machine.port.to_string());
        let once = format!("{asked}\n{waits}\nkill -TERM $PPID\nexit 0\n");
        site.machine.before("reload", &format!("[ -e \"$here/once\" ] || {{ : >\"$here/once\"\n{once}}}\n"));
        let said = site.fails(site.proxy(Color::Green));
        assert_eq!(said, "formwork: the delivery was interrupted; the previous files stay in place\n");
    }
}

/// A compose file that changed, such as another version of nginx, has docker make the container anew; if that fails, so is the old one.
#[test]
fn another_compose_file_makes_the_container_anew() {
    let site = Site::start();
    let compose = Compose { image: "nginx:1.28.4-alpine".into(), ..Compose::default() };
    let proxy = || ReverseProxy { runtime: Runtime::Compose(compose.clone()), ..site.proxy(Color::Blue) };
    site.machine.before("up", "grep -q 1.28.4 \"$here/site/docker-compose.yml\" && exit 1\n");
    let said = site.fails(proxy());
    assert_snapshot!(said, @r"
    formwork: docker starts nginx
    formwork: docker does not start nginx; the previous files stay in place
    ");
    site.machine.forget("up");
    assert!(site.machine.deliver(proxy()), "{}", site.machine.said());
    eventually("blue answers", || site.machine.backend() == "blue");
}

/// A first delivery that fails leaves nothing that runs.
#[test]
fn a_first_delivery_that_fails_leaves_no_file() {
    let dns = Dns::start();
    let machine = Machine::new(free_port());
    machine.before("up", "exit 1\n");
    assert!(!machine.deliver(machine.proxy(&dns, quick())));
    assert_eq!(machine.listing(), [".lock"]);
    assert_snapshot!(machine.said(), @r"
    formwork: docker starts nginx
    formwork: docker does not start nginx; nothing of this delivery stays, and nginx has no files yet
    ");
    machine.forget("up");
    // There is no backend yet, and nginx starts all the same.
    assert!(machine.deliver(machine.proxy(&dns, quick())), "{}", machine.said());
    assert!(machine.health().starts_with("blue "));
}

/// A folder that cannot be made, or not be written, is named.
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dns = Dns::start();
    let machine = Machine::new(free_port());
    fs::write(machine.directory(), "").unwrap();
    assert!(!machine.deliver(machine.proxy(&dns, quick())));
    let said = machine.said();
    assert!(said.ends_with("formwork: \"[MACHINE]/site\" cannot be written; nothing is delivered\n"), "{said}");
    fs::remove_file(machine.directory()).unwrap();
    // A folder in the place of the file: no redirection works.
    fs::create_dir_all(machine.directory().join(".lock")).unwrap();
    assert!(!machine.deliver(machine.proxy(&dns, quick())));
    assert_eq!(machine.said(), "formwork: \"[MACHINE]/site\" cannot be written; nothing is delivered\n");
}

/// WebSockets hold a delivery for the time of the drain, and no longer; they stay with their backend.
#[test]
fn websockets_are_waited_for_within_the_drain() {
    let site = Site::start();
    let mut client = Client::connect(site.machine.port);
    let headers = format!("Host: {NAME}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    assert_eq!(client.send("GET", "/", &headers, b"").unwrap().status(), 101);
    assert!(site.machine.deliver(site.proxy(Color::Green)), "{}", site.machine.said());
    let said = site.machine.said();
    assert!(said.contains("old nginx processes still have connections, such as WebSockets"), "{said}");
    assert_eq!(site.machine.backend(), "green");
}

/// Both forms of the script pass the judge of shell scripts, for every runtime.
#[test]
fn shellcheck_finds_nothing() {
    let dns = Dns::start();
    for runtime in [Runtime::Compose(Compose::default()), Runtime::Existing] {
        let proxy = ReverseProxy { runtime, delivery: Some(Delivery::shell()), ..crate::proxy(&dns) };
        let script = files(proxy).into_iter().find(|(path, _)| path == "deliver.sh").unwrap().1;
        let folder = support::tempdir();
        let file = folder.path().join("deliver.sh");
        fs::write(&file, script).unwrap();
        let found = Command::new(paths::shellcheck()).arg(&file).output().unwrap();
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stdout));
    }
}
