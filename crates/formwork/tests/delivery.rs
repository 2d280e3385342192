//! Deliveries: what they add to a stack, hostile values in every field, and the limits of what is delivered.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::time::Duration;

use formwork::assembly::{Assembly, Problem, Report, Severity};
use formwork::prelude::*;
use insta::assert_snapshot;
use serde_json::Value as Json;

/// Texts that end a word of a shell, a line of a log, or a parameter of a document.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "a b",
    "a;b",
    "a'b",
    "'; id; '",
    "a\"b",
    "a`id`",
    "$(id)",
    "${HOME}",
    "$a",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "a\0b",
    "a\u{1b}[2Jb",
    "a\u{202e}b",
    "a\u{2028}b",
    "\u{e9}",
    "a&&b",
    "a|b",
    "a>b",
    "a\\b",
    "a*b",
    "?",
    "!a",
    "{{ Conf }}",
    "{{a}}",
    "../a",
    "~",
    "-rf",
    "#a",
    "a:b",
];

fn synth(proxy: ReverseProxy) -> Result<Assembly, Report> {
    let mut stack = Stack::<EuCentral1>::new("site");
    stack.add("Nginx", proxy);
    App::new().with(stack).synth()
}

fn problems(proxy: ReverseProxy) -> Vec<Problem> {
    synth(proxy).map_or_else(|report| report.problems, |assembly| assembly.warnings)
}

fn said(problems: &[Problem]) -> String {
    let said = |problem: &Problem| {
        let hint = problem.hint.as_deref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{}: {}{hint}\n", problem.severity.as_str(), problem.message)
    };
    problems.iter().map(said).collect()
}

fn ssm() -> Delivery {
    Delivery::ssm("i-0123456789abcdef0")
}

fn with(delivery: Delivery) -> ReverseProxy {
    ReverseProxy { delivery: Some(delivery), ..ReverseProxy::new("example.com") }
}

fn template(proxy: ReverseProxy) -> Json {
    serde_json::from_str(&synth(proxy).unwrap().stacks[0].template).unwrap()
}

#[test]
fn by_systems_manager() {
    let assembly = synth(with(ssm())).unwrap();
    let mut template: Json = serde_json::from_str(&assembly.stacks[0].template).unwrap();
    // The script is a file of its own.
    let commands = template.pointer_mut("/Resources/NginxDocument/Properties/Content/mainSteps/0/inputs/runCommand");
    let commands = std::mem::replace(commands.unwrap(), "the script".into());
    let lines: Vec<&str> = commands.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_snapshot!("document_head", lines[..16].join("\n"));
    assert_snapshot!("template", format!("{template:#}"));
    let told = assembly.files.iter().map(|file| format!("{}: {:?}\n", file.path, file.carrier));
    let told: String = told.chain(assembly.stacks[0].switches.iter().map(|it| format!("{it:?}\n"))).collect();
    assert_snapshot!("told", told);
    for file in &assembly.files {
        let Some(formwork::assembly::Carrier::Template { pointer, .. }) = &file.carrier else { panic!("{file:?}") };
        assert!(template.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn over_a_shell() {
    let assembly = synth(with(Delivery::shell())).unwrap();
    assert_snapshot!("output", assembly.stacks[0].template);
    let paths: Vec<&str> = assembly.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["site/Nginx/docker-compose.yml", "site/Nginx/conf/nginx.conf", "site/Nginx/deliver.sh"]);
    let script = &assembly.files[2].content;
    let ends = script.find("\nserver").or(script.find("end-of-a-file")).unwrap();
    assert_snapshot!("script_head", &script[..ends]);
    let closed = ReverseProxy { origin_secret: Some(OriginSecret::Generation(1)), ..with(Delivery::shell()) };
    let assembly = synth(closed).unwrap();
    let script = &assembly.files.iter().find(|file| file.path.ends_with("deliver.sh")).unwrap().content;
    assert_snapshot!("closed_script_head", &script[..script.find("set -u").unwrap()]);
    // The script that it names for the secrets is one that is there.
    assert!(!script.contains("origin-secrets.sh"), "{script}");
}

/// The commands know the script's words in a reason of the service by their beginning.
#[test]
fn the_script_begins_its_messages_as_the_commands_know_them() {
    let assembly = synth(with(Delivery::shell())).unwrap();
    let script = &assembly.files.iter().find(|file| file.path.ends_with("deliver.sh")).unwrap().content;
    let says = format!("say() {{\n    printf '{}%s\\n' \"$*\"\n}}\n", formwork::assembly::SCRIPT_SAYS);
    assert!(script.contains(&says), "{script}");
    // Nothing else is printed for people.
    let others = script.lines().filter(|line| line.trim_start().starts_with("echo "));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// Nothing of the template but the parameter's value differs between the two, and the digest tells the same files.
#[test]
fn the_active_backend_is_a_parameter() {
    let mut green = template(ReverseProxy { active: Color::Green, ..with(ssm()) });
    let default = green.pointer_mut("/Parameters/NginxActive/Default").unwrap();
    assert_eq!(default.take(), "green");
    *default = "blue".into();
    assert_eq!(green, template(with(ssm())));
}

/// The document is the same for every proxy: otherwise CloudFormation would replace it and wait for nothing.
#[test]
fn the_document_never_changes_with_a_proxy() {
    let document = |proxy| template(proxy)["Resources"]["NginxDocument"].clone();
    let other = ReverseProxy {
        port: 8080,
        server_names: vec!["*.example.org".into(), "example.org".into()],
        health_path: Some("/~a@b:c+d,e".into()),
        runtime: Runtime::Existing,
        ..with(Delivery { directory: "/srv/a_b-c.d".into(), check_path: "/up".into(), ..ssm() })
    };
    assert_eq!(document(with(ssm())), document(other));
}

/// Neither CloudFormation nor the agent gives a delivery up before the other does, and both wait for a long drain.
#[test]
fn the_script_may_take_as_long_as_the_delivery() {
    let seconds = Duration::from_secs;
    for (drain, timeout) in [(30, 300), (7_200, 20_000), (86_000, 86_400)] {
        let template = template(with(Delivery { drain: seconds(drain), timeout: seconds(timeout), ..ssm() }));
        let at = |pointer: &str| template.pointer(pointer).unwrap().clone();
        let step = at("/Resources/NginxDocument/Properties/Content/mainSteps/0/inputs/timeoutSeconds");
        assert_eq!(step, "{{ Timeout }}");
        assert_eq!(
            at("/Resources/NginxDelivery/Properties/Parameters/Timeout"),
            serde_json::json!([timeout.to_string()])
        );
        assert_eq!(at("/Resources/NginxDelivery/Properties/WaitForSuccessTimeoutSeconds"), timeout);
    }
}

/// A value that synth lets pass is one that the document lets pass too.
#[test]
fn values_have_the_patterns_of_the_document() {
    let proxies = [
        with(ssm()),
        ReverseProxy {
            server_names: vec!["*.xn--bcher-kva.example".into()],
            health_path: Some("/a-._~@:+,/b".into()),
            blue: Upstream::new("My_app.example.internal.:65535"),
            green: Upstream::new("10.0.0.7:1"),
            ..with(Delivery { directory: "/a.b/c_d".into(), check_path: "/~a@b:c+d,e.f-g_h".into(), ..ssm() })
        },
        ReverseProxy { runtime: Runtime::Existing, ..with(ssm()) },
    ];
    for proxy in proxies {
        let template = template(proxy);
        let patterns = &template["Resources"]["NginxDocument"]["Properties"]["Content"]["parameters"];
        let given = template["Resources"]["NginxDelivery"]["Properties"]["Parameters"].as_object().unwrap();
        let needed = patterns.as_object().unwrap().iter().filter(|(_, it)| it.get("default").is_none());
        assert_eq!(needed.filter(|(name, _)| !given.contains_key(*name)).count(), 0);
        for (name, value) in given {
            let pattern = patterns[name]["allowedPattern"].as_str().unwrap();
            if let Some(value) = value[0].as_str() {
                assert!(matches(pattern, value), "{name}: {value:?} is not {pattern}");
            }
        }
    }
}

/// Enough of regular expressions for the patterns of the document: groups of classes, repeated.
fn matches(pattern: &str, value: &str) -> bool {
    regex_lite::Regex::new(pattern).unwrap().is_match(value)
}

#[test]
fn hostile_texts_are_refused_in_every_field() {
    let mut passed = Vec::new();
    for text in HOSTILE {
        let fields = [
            ("directory", Delivery { directory: (*text).to_owned(), ..ssm() }),
            ("end of the directory", Delivery { directory: format!("/opt/a{text}"), ..ssm() }),
            ("part of the directory", Delivery { directory: format!("/opt/{text}/a"), ..ssm() }),
            ("check path", Delivery { check_path: (*text).to_owned(), ..ssm() }),
            ("end of the check path", Delivery { check_path: format!("/a{text}"), ..ssm() }),
            ("instance", Delivery::ssm(*text)),
            ("end of the instance", Delivery::ssm(format!("i-0123456789abcdef0{text}"))),
        ];
        for (field, delivery) in fields {
            let carriers = [delivery.carrier.clone(), Carrier::Shell];
            let carriers = carriers.into_iter().take(if field.ends_with("instance") { 1 } else { 2 });
            for delivery in carriers.map(|carrier| Delivery { carrier, ..delivery.clone() }) {
                let problems = problems(with(delivery));
                let shown = said(&problems).replace('\n', "");
                assert!(!shown.contains(char::is_control) && !shown.contains(['\u{202e}', '\u{2028}']), "{shown:?}");
                let is_refused = problems.iter().any(|problem| problem.severity == Severity::Error);
                let nothing = text.is_empty() && field.starts_with("end of");
                // Names and paths still.
                let name = ["end of the directory", "end of the check path"].contains(&field)
                    && matches!(*text, "../a" | "-rf" | "~" | "a:b");
                if !is_refused && !nothing && !name {
                    passed.push((field, *text));
                }
            }
        }
    }
    assert_eq!(passed, []);
}

#[test]
fn what_cannot_be_delivered_is_told() {
    let seconds = Duration::from_secs;
    let cases = [
        ("no health path", ReverseProxy { health_path: None, ..with(ssm()) }),
        ("folder", with(Delivery { directory: "opt/nginx".into(), ..ssm() })),
        ("times", with(Delivery { drain: Duration::ZERO, timeout: seconds(100_000), ..ssm() })),
        ("timeout", with(Delivery { drain: seconds(280), ..ssm() })),
        ("drain", with(Delivery { drain: seconds(2), ..ssm() })),
        ("instance", with(Delivery::ssm("i-123"))),
    ];
    assert_snapshot!(cases.map(|(what, proxy)| format!("--- {what}\n{}", said(&problems(proxy)))).concat());
}

/// As much as fits, in base64, together with the document: Systems Manager takes 64 KB.
#[test]
fn what_passes_fits_into_a_document() {
    let names = |count: usize| (0..count).map(|index| format!("{}{index:03}.example.com", "a".repeat(59))).collect();
    let proxy = |count| ReverseProxy { server_names: names(count), ..with(ssm()) };
    let (mut most, mut too_many) = (1, 1000);
    while too_many - most > 1 {
        let middle = usize::midpoint(most, too_many);
        if synth(proxy(middle)).is_ok() { most = middle } else { too_many = middle }
    }
    let assembly = synth(proxy(most)).unwrap();
    let files: usize = assembly.files.iter().map(|file| file.content.len()).sum();
    // The template, which has the document too, is the nearer limit.
    assert!((36_000..=37 * 1024).contains(&files), "{files}");
    let template: Json = serde_json::from_str(&assembly.stacks[0].template).unwrap();
    let content = template["Resources"]["NginxDocument"]["Properties"]["Content"].to_string().len();
    let all = content + files.div_ceil(3) * 4 + 1024;
    assert!(all <= 64 * 1024, "{all} bytes");
}

/// Files that fit by themselves, in a stack whose template is more than a call can hold.
#[test]
fn a_long_template_is_shipped_and_a_longer_one_refused() {
    let stack = |count: usize, more: usize| {
        let mut stack = Stack::<EuCentral1>::new("site");
        let names = (0..count).map(|index| format!("{}{index:03}.example.com", "a".repeat(59))).collect();
        stack.add("Nginx", ReverseProxy { server_names: names, ..with(ssm()) });
        for index in 0..more {
            let name = format!("{}{index}", "a".repeat(70));
            stack.add(&format!("Queue{index}"), Untyped::new("AWS::SQS::Queue", json!({ "QueueName": name })));
        }
        App::new().with(stack)
    };
    assert!(stack(300, 100).synth().is_ok_and(|assembly| assembly.warnings.is_empty()));
    // Where the resources alone are too many, the files are not to blame.
    assert!(stack(1, 600).synth().is_err_and(|report| report.problems.iter().all(|it| !it.message.contains("files"))));
}

/// Two proxies on one instance have nothing in common there, in one stack and in two: one delivery would undo the other.
#[test]
fn two_proxies_on_one_instance() {
    let at = |instance_id: Val<String>, number: u16| {
        let compose = Compose {
            container_name: format!("nginx-{number}"),
            network: format!("backends-{number}"),
            ..Compose::default()
        };
        let delivery = Delivery { directory: format!("/opt/formwork/nginx-{number}"), ..Delivery::ssm(instance_id) };
        ReverseProxy { port: 8000 + number, runtime: Runtime::Compose(compose), ..with(delivery) }
    };
    let known = |number| at("i-0123456789abcdef0".into(), number);
    let together = |first: ReverseProxy, second: ReverseProxy| {
        let (mut stack, mut other) = (Stack::<EuCentral1>::new("site"), Stack::<EuCentral1>::new("other"));
        stack.add("Nginx", first.clone());
        stack.add("Second", second.clone());
        let one = said(&App::new().with(stack).synth().map_or_else(|report| report.problems, |it| it.warnings));
        let mut stack = Stack::<EuCentral1>::new("site");
        stack.add("Nginx", first);
        other.add("Second", second);
        let two = App::new().with(stack).with(other).synth().map_or_else(|report| report.problems, |it| it.warnings);
        assert_eq!(said(&two), one, "in two stacks as in one");
        one
    };
    assert_eq!(together(known(1), known(2)), "");
    assert_eq!(together(with(ssm()), with(Delivery::ssm("i-0fedcba9876543210"))), "");
    let existing = |number: u16| {
        let (blue, green) = (Upstream::new("127.0.0.1:8080"), Upstream::new("127.0.0.1:8081"));
        ReverseProxy { runtime: Runtime::Existing, blue, green, ..known(number) }
    };
    assert_eq!(together(known(1), existing(2)), "");
    let compose = |edit: fn(&mut Compose)| {
        let mut proxy = known(2);
        let Runtime::Compose(compose) = &mut proxy.runtime else { panic!("docker runs it") };
        edit(compose);
        proxy
    };
    let mut project = known(2);
    project.delivery.as_mut().unwrap().directory = "/srv/Nginx-1".into();
    let cases = [
        ("all", together(with(ssm()), with(ssm()))),
        ("the folder", together(known(1), ReverseProxy { delivery: known(1).delivery, ..known(2) })),
        ("docker's project", together(known(1), project)),
        ("the container", together(known(1), compose(|compose| compose.container_name = "nginx-1".into()))),
        ("the network", together(known(1), compose(|compose| compose.network = "backends-1".into()))),
        ("the port", together(known(1), ReverseProxy { port: 8001, ..known(2) })),
        ("docker's and another", together(known(1), ReverseProxy { port: 8001, ..existing(2) })),
        ("one nginx", together(existing(1), existing(2))),
    ];
    assert_snapshot!(cases.map(|(what, said)| format!("--- {what}\n{said}")).concat());
}

/// A shell names no machine, and distributions with one origin do.
#[test]
fn two_proxies_at_one_origin() {
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let site = |name: &str, host: &str, delivery: Delivery, edit: &dyn Fn(&mut ReverseProxy)| {
        let domain = format!("{name}.example.com");
        let mut site = NginxSite::<EuCentral1>::new(name, &domain, &zone, Origin::public_http(host));
        let mut proxy = ReverseProxy { delivery: Some(delivery), ..ReverseProxy::new(domain) };
        edit(&mut proxy);
        site.proxy = Some(proxy);
        site
    };
    let together = |first: NginxSite<EuCentral1>, second: NginxSite<EuCentral1>| {
        let problems = App::new().with(first).with(second).synth();
        let problems = problems.map_or_else(|report| report.problems, |assembly| assembly.warnings);
        said(&problems.into_iter().filter(|it| it.message.contains("two proxies")).collect::<Vec<_>>())
    };
    let same = |_: &mut ReverseProxy| ();
    let other = |proxy: &mut ReverseProxy| {
        proxy.port = 8080;
        proxy.runtime =
            Runtime::Compose(Compose { container_name: "other".into(), network: "other".into(), ..Compose::default() });
        proxy.delivery.as_mut().unwrap().directory = "/opt/other".into();
    };
    let existing = |proxy: &mut ReverseProxy| proxy.runtime = Runtime::Existing;
    let (shell, o) = (Delivery::shell, "o.example.com");
    let a = |edit: &dyn Fn(&mut ReverseProxy)| site("a", o, shell(), edit);
    assert_eq!(together(a(&same), site("b", "p.example.com", shell(), &same)), "");
    assert_eq!(together(a(&same), site("b", o, shell(), &other)), "");
    let cases = [
        ("two shells", together(a(&same), site("b", "O.example.com.", shell(), &same))),
        ("a shell and Systems Manager", together(a(&same), site("b", o, ssm(), &same))),
        (
            "the folder alone",
            together(
                a(&same),
                site("b", o, shell(), &|proxy| {
                    other(proxy);
                    proxy.delivery.as_mut().unwrap().directory = shell().directory;
                }),
            ),
        ),
        ("one nginx", together(a(&existing), site("b", o, shell(), &existing))),
    ];
    assert_snapshot!(cases.map(|(what, said)| format!("--- {what}\n{said}")).concat());
}

/// An instance that a parameter of the stack names is the same one in this stack alone.
#[test]
fn an_instance_by_a_parameter() {
    let problems = |more: bool| {
        let stack = |name: &str| {
            let mut stack = Stack::<EuCentral1>::new(name);
            let id: Val<String> = stack.parameter("Instance", Parameter::default());
            stack.add("Nginx", with(Delivery::ssm(id.clone())));
            if more && name == "other" {
                stack.add("Second", with(Delivery::ssm(id)));
            }
            stack
        };
        let app = App::new().with(stack("site")).with(stack("other"));
        said(&app.synth().map_or_else(|report| report.problems, |assembly| assembly.warnings))
    };
    assert_eq!(problems(false), "");
    assert_eq!(problems(true).matches("two proxies").count(), 1);
}

#[test]
fn the_digest_is_that_of_the_files_and_not_of_the_colour() {
    let health = |proxy: ReverseProxy| {
        let mut stack = Stack::<EuCentral1>::new("site");
        stack.add("Nginx", proxy);
        let assembly = App::new().with(stack).synth().unwrap();
        let line = assembly.files.iter().flat_map(|file| file.content.lines()).find(|line| line.contains("return 200"));
        line.unwrap().trim().to_owned()
    };
    let usual = || ReverseProxy::new("example.com");
    let blue = health(usual());
    assert_eq!(health(ReverseProxy { active: Color::Green, ..usual() }), blue.replace("blue", "green"));
    assert_ne!(health(ReverseProxy { max_body_mib: 21, ..usual() }), blue);
    // A file beside nginx's own counts too.
    let compose = Compose { network: "other".into(), ..Compose::default() };
    assert_ne!(health(ReverseProxy { runtime: Runtime::Compose(compose), ..usual() }), blue);
}
