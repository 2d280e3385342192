//! Whose credentials a command signs its requests with, seen from outside: a listener on this machine takes the requests.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use support::{Program, tempdir};

/// Answers that no stack exists, that the login is of the account 999999999999 without an alias, gives out the role's key `ASSUMED`,
/// and notes `service key` for each request.
pub(crate) struct Recorder {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    pub(crate) fn start() -> Recorder {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let noted = Arc::clone(&noted);
                std::thread::spawn(move || serve(connection, &noted));
            }
        });
        Recorder { url, seen }
    }

    /// The different requests, in the order of their first.
    pub(crate) fn seen(&self) -> Vec<String> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.dedup();
        seen
    }
}

const ROLE: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
    <AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
    <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::999999999999:user/me</Arn><UserId>U</UserId><Account>999999999999</Account>\
    </GetCallerIdentityResult></GetCallerIdentityResponse>";
const NO_ALIAS: &str =
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
const NO_STACK: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
    <Message>Stack with id x does not exist</Message></Error></ErrorResponse>";

fn serve(mut connection: TcpStream, noted: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    loop {
        let (mut length, mut signed) = (0, String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let Some((name, value)) = line.trim().split_once(':') else {
                if line.trim().is_empty() {
                    break;
                }
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "authorization" => signed = value.to_owned(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        // `Credential=KEY/20260301/us-east-1/cloudformation/aws4_request`
        let scope = signed.split("Credential=").nth(1).unwrap_or_default();
        let mut parts = scope.split('/');
        let (key, service) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
        noted.lock().unwrap().push(format!("{service} {key}"));
        let (status, answer) = match service {
            "sts" if body.windows(9).any(|part| part == b"GetCaller") => ("200 OK", CALLER),
            "sts" => ("200 OK", ROLE),
            "iam" => ("403 Forbidden", NO_ALIAS),
            _ => ("400 Bad Request", NO_STACK),
        };
        let length = answer.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\n\r\n");
        if connection.write_all((head + answer).as_bytes()).is_err() {
            return;
        }
    }
}

const CONFIG: &str = "
[profile work]
aws_access_key_id = FROMPROFILE
aws_secret_access_key = s
[profile role]
role_arn = arn:aws:iam::000000000000:role/deployer
source_profile = work
[profile mfa]
role_arn = arn:aws:iam::000000000000:role/deployer
source_profile = work
mfa_serial = arn:aws:iam::000000000000:mfa/me
[profile behind-mfa]
role_arn = arn:aws:iam::000000000000:role/second
source_profile = mfa
[profile lost]
role_arn = arn:aws:iam::000000000000:role/deployer
source_profile = wrok
[profile empty]
region = us-east-1
[profile sso]
sso_session = company
sso_account_id = 000000000000
sso_role_name = deployer
[profile old-sso]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
sso_account_id = 000000000000
sso_role_name = deployer
[profile role-by-sso]
role_arn = arn:aws:iam::000000000000:role/deployer
source_profile = sso
[profile console]
login_session = arn:aws:iam::000000000000:user/me
[sso-session company]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
";

/// An expired token in the cache of the AWS CLI, whose file is named after the SHA-1 of the session's name.
const EXPIRED: &str = r#"{"accessToken":"x","expiresAt":"2020-01-01T00:00:00Z","region":"us-east-1","startUrl":"https://example.awsapps.com/start"}"#;
const SHA1_OF_COMPANY: &str = "71b21161ffa1e6516bcc072aaf5ef38cbe85b511";

/// Standard error of the command, and the requests it sent.
fn run(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let recorder = Recorder::start();
    let home = tempdir();
    let config = home.path().join("config");
    fs::write(&config, CONFIG).unwrap();
    let cache = home.path().join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    fs::write(cache.join(format!("{SHA1_OF_COMPANY}.json")), EXPIRED).unwrap();
    let mut program = Program::formwork()
        .args(arguments)
        .args(["--quiet"])
        .env("HOME", home.path())
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_ENDPOINT_URL", &recorder.url)
        .call(home.path().display(), "[HOME]");
    // Cargo and rustup find their own folders by it otherwise.
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        if std::env::var_os(name).is_none()
            && let Some(home) = std::env::var_os("HOME")
        {
            program = program.env(name, std::path::Path::new(&home).join(folder));
        }
    }
    for (name, value) in environment {
        program = program.env(name, value);
    }
    let run = program.run();
    let text = run.shown();
    let error = text.find("error:").map_or("", |at| &text[at..]);
    format!("{error}requests: {}", recorder.seen().join(", "))
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "FROMENVIRONMENT"), ("AWS_SECRET_ACCESS_KEY", "s")];

#[test]
fn the_profile_on_the_command_line_wins() {
    let session = [KEYS[0], KEYS[1], ("AWS_SESSION_TOKEN", "t"), ("AWS_PROFILE", "mfa")];
    for command in
        [&["outputs", "--app", "habitpay"][..], &["diff", "--app", "habitpay"], &["destroy", "--app", "habitpay"]]
    {
        let with = |profile: &str| run(&[command, &["--profile", profile]].concat(), &session);
        // A command that asks a question asks first whose login it is.
        let head = |key: &str| if command[0] == "destroy" { format!("sts {key}, iam {key}, ") } else { String::new() };
        let work = format!("requests: {}cloudformation FROMPROFILE", head("FROMPROFILE"));
        assert_eq!(with("work"), work, "{command:?}");
        let role = format!("requests: sts FROMPROFILE, {}cloudformation ASSUMED", head("ASSUMED"));
        assert_eq!(with("role"), role, "{command:?}");
    }
    let import = ["import-template", "--stack", "x", "--region", "us-east-1", "--profile", "work"];
    assert!(run(&import, &session).ends_with("requests: cloudformation FROMPROFILE"), "{}", run(&import, &session));
}

/// As in the AWS CLI: what the environment names is not an option, and its keys win over its profile.
#[test]
fn without_it_the_environment_decides() {
    let outputs = ["outputs", "--app", "habitpay"];
    assert_eq!(run(&outputs, &KEYS), "requests: cloudformation FROMENVIRONMENT");
    let both = [KEYS[0], KEYS[1], ("AWS_PROFILE", "work")];
    assert_eq!(run(&outputs, &both), "requests: cloudformation FROMENVIRONMENT");
    assert_eq!(run(&outputs, &[("AWS_PROFILE", "work")]), "requests: cloudformation FROMPROFILE");
}

/// A server that the environment names for one service stands in the message about it.
#[test]
fn the_server_that_does_not_answer_is_named() {
    // The port of a service that throws away what it is sent, and that nobody runs.
    let server = ("AWS_ENDPOINT_URL_CLOUDFORMATION", "http://127.0.0.1:9");
    let shown = run(&["outputs", "--app", "habitpay"], &[KEYS[0], KEYS[1], server]);
    assert!(shown.starts_with("error: cannot reach http://127.0.0.1:9: "), "{shown}");
}

/// Whoever reads it on its way has the login; the connection is not even tried.
#[test]
fn a_session_token_does_not_leave_this_machine_in_the_clear() {
    let session = [KEYS[0], KEYS[1], ("AWS_SESSION_TOKEN", "t")];
    let elsewhere = ["--app", "habitpay", "--endpoint-url", "http://192.0.2.1:4566"];
    let [outputs, destroy] =
        ["outputs", "destroy"].map(|command| run(&[&[command], &elsewhere[..]].concat(), &session));
    assert_snapshot!(outputs, @"
    error: a session token is not sent over plain HTTP to another machine: `http://192.0.2.1:4566`
    hint: give the server's `https://` URL, or consent with `--allow-plain-http`
    [exit code 1]
    requests:
    ");
    assert_eq!(destroy, outputs);
}

#[test]
fn a_profile_that_cannot_be_used_is_an_error_before_any_request() {
    let with = |profile: &str| run(&["outputs", "--app", "habitpay", "--profile", profile], &KEYS);
    assert_snapshot!(with("wrok"), @"
    error: `--profile` names the profile `wrok`, which does not exist; the profiles are behind-mfa, console, empty, lost, mfa, old-sso, role, role-by-sso, sso, work
    hint: did you mean `work`?
    [exit code 1]
    requests:
    ");
    assert_snapshot!(with("nobody"), @"
    error: `--profile` names the profile `nobody`, which does not exist; the profiles are behind-mfa, console, empty, lost, mfa, old-sso, role, role-by-sso, sso, work
    [exit code 1]
    requests:
    ");
    assert_snapshot!(with(""), @"
    error: `--profile` names the profile ``, which does not exist; the profiles are behind-mfa, console, empty, lost, mfa, old-sso, role, role-by-sso, sso, work
    [exit code 1]
    requests:
    ");
    assert_snapshot!(with("lost"), @"
    error: the profile `lost` takes its credentials from the profile `wrok`, which does not exist; the profiles are behind-mfa, console, empty, lost, mfa, old-sso, role, role-by-sso, sso, work
    hint: did you mean `work`?
    [exit code 1]
    requests:
    ");
    assert_snapshot!(with("empty"), @"
    error: the profile `empty` has no credentials: neither keys nor a role, an SSO session or a helper program
    hint: `aws configure --profile empty` or `aws configure sso --profile empty` adds them
    [exit code 1]
    requests:
    ");
    assert_snapshot!(run(&["outputs", "--app", "habitpay"], &[("AWS_PROFILE", "wrok")]), @"
    error: AWS_PROFILE names the profile `wrok`, which does not exist; the profiles are behind-mfa, console, empty, lost, mfa, old-sso, role, role-by-sso, sso, work
    hint: did you mean `work`?
    [exit code 1]
    requests:
    ");
}

#[test]
fn an_mfa_code_and_an_expired_login_are_named_with_the_way_out() {
    let with = |profile: &str| run(&["outputs", "--app", "habitpay", "--profile", profile], &KEYS);
    assert_snapshot!(with("mfa"), @r#"
    error: the role of the profile `mfa` needs an MFA code (`mfa_serial`), which this program does not ask for
    hint: `eval "$(aws configure export-credentials --profile mfa --format env)"` asks for it and sets the credentials in the environment; then run the same command without the profile
    [exit code 1]
    requests:
    "#);
    assert_snapshot!(with("behind-mfa"), @r#"
    error: the role of the profile `mfa` needs an MFA code (`mfa_serial`), which this program does not ask for
    hint: `eval "$(aws configure export-credentials --profile behind-mfa --format env)"` asks for it and sets the credentials in the environment; then run the same command without the profile
    [exit code 1]
    requests:
    "#);
    assert_snapshot!(with("sso"), @"
    error: the AWS credentials cannot be used: the SSO token has expired and cannot be refreshed
    hint: log in with `aws sso login --profile sso`
    [exit code 2]
    requests:
    ");
    assert_snapshot!(with("old-sso"), @"
    error: the AWS credentials cannot be used: nobody has logged in yet
    hint: log in with `aws sso login --profile old-sso`
    [exit code 2]
    requests:
    ");
    assert_snapshot!(with("role-by-sso"), @"
    error: the AWS credentials cannot be used: the SSO token has expired and cannot be refreshed
    hint: log in with `aws sso login --profile sso`
    [exit code 2]
    requests:
    ");
    assert_snapshot!(with("console"), @"
    error: the AWS credentials cannot be used: nobody has logged in yet
    hint: log in with `aws login --profile console`
    [exit code 2]
    requests:
    ");
}
