//! Deliveries: the way of a proxy's files to its instance, by Systems Manager ([`document`]) or over a shell ([`shell`]).
//!
//! Both run one script, `deliver.sh`, whose text never changes with a proxy: values are set before it, and each of them has been
//! checked.

mod document;
mod settings;
mod shell;

use std::time::Duration;

use formwork_assembly::{Carrier as Told, Problem};
use formwork_template::{Function, Val, Value};

pub use settings::{Carrier, Delivery};

use super::duration::{self, LONGEST};
use super::location::check_path;
use super::runtime::Runtime;
use super::secrets;
use super::settings::ReverseProxy;
use super::upstream::Upstream;
use crate::{Scope, plain};

/// The script.
const SCRIPT: &str = include_str!("deliver.sh");

/// The script with the functions that it uses; `main` is its last line.
fn script_text() -> String {
    match SCRIPT.rsplit_once("\nmain\n") {
        Some((functions, "")) => format!("{functions}{}\nmain\n", secrets::FUNCTIONS),
        _ => SCRIPT.to_owned(),
    }
}

/// The least time beyond the drain that a delivery may take: asking the backend, docker, nginx.
const LEAST: Duration = Duration::from_secs(60);

/// Mistakes that a delivery can have.
pub(super) fn problems(proxy: &ReverseProxy, delivery: &Delivery, problems: &mut Vec<Problem>) {
    if proxy.is_closed() && delivery.switches() && proxy.origin_secret_arns.is_empty() {
        let hint = "`OriginSecret` added to the stack gives them, and `NginxSite` passes them on";
        problems.push(Problem::error("a delivery of a closed proxy needs the ARNs of its secrets").hint(hint));
    }
    let arns = proxy.origin_secret_arns.iter();
    problems.extend(arns.filter_map(|arn| plain::arn("the ARN of a secret", arn, "AWS::SecretsManager::Secret")));
    if proxy.health_path.is_none() {
        let hint = "set `health_path`, at which nginx tells which files it has";
        problems.push(Problem::error("a delivery needs the proxy's health path").hint(hint));
    }
    let directory = &delivery.directory;
    if let Err(reason) = check_directory(directory) {
        let hint = "an absolute path of letters, digits, `.`, `_` and `-`, e.g. `/opt/formwork/nginx`";
        problems.push(Problem::error(format!("{directory:?} is not a folder for the files: {reason}")).hint(hint));
    }
    let path = &delivery.check_path;
    if let Err(reason) = check_path(path) {
        problems.push(Problem::error(format!("{path:?} is not a path of a backend: {reason}")));
    }
    duration::check("drain", delivery.drain, problems);
    duration::check("delivery timeout", delivery.timeout, problems);
    let least = delivery.drain.saturating_add(LEAST);
    if delivery.timeout < least && delivery.timeout <= LONGEST && delivery.drain <= LONGEST {
        let message = format!(
            "the delivery timeout of `{}` s is less than {} s, which a delivery with this drain may take",
            delivery.timeout.as_secs(),
            least.as_secs()
        );
        problems.push(Problem::error(message));
    }
    // The idle connections of before take requests for that long.
    if delivery.drain < proxy.keep_alive {
        let message = format!(
            "the drain of `{}` s is less than the proxy's keep-alive of {} s: the other backend may be asked after a delivery",
            delivery.drain.as_secs(),
            proxy.keep_alive.as_secs()
        );
        problems.push(Problem::warning(message));
    }
    if let Carrier::Ssm { instance_id } = &delivery.carrier
        && let Some(id) = text_of(instance_id)
        && !is_instance_id(id)
    {
        let message = format!("{id:?} is not the id of an instance");
        problems.push(Problem::error(message).hint("`i-` and 17 hexadecimal digits; or `mi-` for a machine elsewhere"));
    }
}

/// The text, if it is known now.
fn text_of(value: &Val<String>) -> Option<&str> {
    match value {
        Val::Literal(text) => Some(text),
        Val::Function(function) => match &**function {
            Function::Untyped(value) => Value::as_str(value),
            _ => None,
        },
    }
}

/// Source: Systems Manager API Reference, `InstanceInformation`, "InstanceId".
fn is_instance_id(id: &str) -> bool {
    let digits =
        id.strip_prefix("mi-").map(|digits| (digits, [17, 17])).or(id.strip_prefix("i-").map(|it| (it, [8, 17])));
    digits.is_some_and(|(digits, lengths)| {
        lengths.contains(&digits.len()) && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Checks the name of the folder for the files. The error is the reason why they cannot be put into it.
fn check_directory(directory: &str) -> Result<(), String> {
    let Some(rest) = directory.strip_prefix('/') else { return Err("it does not begin with `/`".into()) };
    if directory.len() > 200 {
        return Err(format!("it has {} bytes, 200 are allowed", directory.len()));
    }
    if let Some(other) = directory.chars().find(|c| !c.is_ascii_alphanumeric() && !"/._-".contains(*c)) {
        return Err(format!("`{}` is not allowed in it", other.escape_debug()));
    }
    if let Some(part) = rest.split('/').find(|part| matches!(*part, "" | "." | "..") || part.starts_with('-')) {
        return Err(format!("`{part}` is not a name in it"));
    }
    Ok(())
}

/// Values of the script, by their names: the same for both carriers but for the files and the active backend.
fn values(proxy: &ReverseProxy, delivery: &Delivery) -> Vec<(&'static str, String)> {
    let address = |upstream: &Upstream| {
        upstream.backend().map(|backend| format!("{}:{}", backend.host, backend.port)).unwrap_or_default()
    };
    let container = match &proxy.runtime {
        Runtime::Compose(compose) => compose.container_name.clone(),
        Runtime::Existing => String::new(),
    };
    vec![
        ("blue", address(&proxy.blue)),
        ("green", address(&proxy.green)),
        ("directory", delivery.directory.clone()),
        ("container", container),
        ("host", proxy.host()),
        ("port", proxy.port.to_string()),
        ("health", proxy.health_path.clone().unwrap_or_default()),
        ("check", delivery.check_path.clone()),
        ("drain", delivery.drain.as_secs().to_string()),
    ]
}

/// Adds an output with the digests of the files that were added, each as `<path>:<digest>`.
pub(super) fn add_output<R>(name: &str, digests: &[String], scope: &mut Scope<R>) {
    let (stack, output) = (scope.stack_id().clone(), format!("{}{name}", scope.logical_id()));
    for entry in digests {
        let path = entry.rsplit_once(':').map_or("", |(path, _)| path);
        scope.carrier(path, Told::Output { stack: stack.clone(), output: output.clone(), entry: entry.clone() });
    }
    scope.output(name, digests.join(" "));
}

pub(super) use document::add as add_document;
pub(super) use shell::script;

#[cfg(test)]
mod tests {
    use super::{check_directory, is_instance_id};

    #[test]
    fn folders() {
        for good in ["/a", "/opt/formwork/nginx", "/srv/a.b_c-d"] {
            assert_eq!(check_directory(good), Ok(()), "{good}");
        }
        let long = format!("/{}", "a".repeat(200));
        for bad in
            ["", "/", "a", "./a", "/a/", "//a", "/a/../b", "/a b", "/a;", "/a'", "/$a", "/a\n", "/-a", "/{{a}}", &long]
        {
            assert!(check_directory(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn instances() {
        for good in ["i-0123456789abcdef0", "i-01234567", "mi-0123456789abcdef0"] {
            assert!(is_instance_id(good), "{good}");
        }
        for bad in
            ["", "i-", "i-0123456789ABCDEF0", "i-0123", "mi-01234567", "x-0123456789abcdef0", "i-0123456789abcdef0 "]
        {
            assert!(!is_instance_id(bad), "{bad}");
        }
    }
}
