//! A running BIND, with zones of a test.

use std::fs;
use std::fs::File;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::{paths, tempdir};
use tempfile::TempDir;

use crate::{eventually, free_port};

/// A running name server; it ends with the value.
pub(crate) struct Named {
    pub(crate) address: SocketAddr,
    folder: TempDir,
    server: Child,
}

impl Named {
    /// Starts a server that knows these zones: names, and records in the form of a zone file.
    #[track_caller]
    pub(crate) fn start(zones: &[(&str, String)]) -> Self {
        // A port may be taken between the moment when it is free and the one when it is used.
        (0..10).find_map(|_| Named::try_start(zones)).expect("a free port")
    }

    fn try_start(zones: &[(&str, String)]) -> Option<Self> {
        let folder = tempdir();
        let port = free_port();
        let mut configuration = format!(
            "options {{ directory \"{}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no;\n\
             pid-file none; session-keyfile none; dnssec-validation no; minimal-responses yes; notify no; allow-transfer {{ none; }}; }};\n\
             controls {{ }};\n",
            folder.path().display()
        );
        for (name, records) in zones {
            configuration += &format!("zone \"{name}\" {{ type primary; file \"{name}.zone\"; }};\n");
            let head = "$TTL 60\n@ SOA ns1 hostmaster 1 3600 600 86400 60\n";
            fs::write(folder.path().join(format!("{name}.zone")), format!("{head}{records}\n")).unwrap();
        }
        fs::write(folder.path().join("named.conf"), configuration).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let server = Command::new(paths::named())
            .args(["-g", "-n", "1", "-c"])
            .arg(folder.path().join("named.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut named = Named { address: ([127, 0, 0, 1], port).into(), folder, server };
        let asked = zones[0].0;
        let mut ended = false;
        eventually("the name server answers", || {
            ended = named.server.try_wait().unwrap().is_some();
            ended || named.answers(asked)
        });
        let log = named.log();
        assert!(!log.contains("not loaded due to errors"), "{log}");
        assert!(!ended || log.contains("unable to listen"), "named ended: {log}");
        (!ended).then_some(named)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// True if a question for the SOA record of a zone is answered without an error.
    fn answers(&self, zone: &str) -> bool {
        let mut question = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in zone.split('.') {
            question.push(u8::try_from(label.len()).unwrap());
            question.extend(label.as_bytes());
        }
        question.extend([0, 0, 6, 0, 1]);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let mut answer = [0; 512];
        socket.send_to(&question, self.address).is_ok()
            && socket.recv(&mut answer).is_ok()
            && answer[3] & 0x0f == 0
            && answer[7] > 0
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
