//! Origins: where a distribution gets its content from.

use std::collections::BTreeMap;
use std::time::Duration;

use formwork_assembly::{Location, Problem};
use formwork_resources::cloudfront::distribution as cfn;
use formwork_template::cloudfront::is_kept;
use formwork_template::secret::{self, Header};
use formwork_template::{Function, Reference, StackId, Val, Value, dynamic, token};

use crate::domain::{self, Use};
use crate::found::Instance;
use crate::{Stacks, plain};

/// Characters of an origin's path and of its id.
///
/// Source: CloudFront API Reference, `Origin` (`OriginPath`: 255; `Id`: 128).
const MAX_PATH: usize = 255;
const MAX_ID: usize = 128;

/// Characters of a custom header's name and value.
///
/// Source: Amazon CloudFront Developer Guide, "Quotas on headers".
const MAX_HEADER: (usize, usize) = (256, 1_783);

/// Custom headers of an origin, and characters of their names and values together. The number is a quota that AWS raises for who asks; the
/// sum is not.
///
/// Source: Amazon CloudFront Developer Guide, "Quotas on headers" (custom headers of an origin: their number, and all names and values
/// combined).
const MAX_HEADERS: (usize, usize) = (30, 10_240);

/// Seconds that CloudFront waits for an answer and keeps a connection, at most: for everybody, and by a quota that was raised.
///
/// Sources: CloudFront API Reference, `CustomOriginConfig` and `VpcOriginConfig` (1 to 120); aws/aws-cdk pull request 18837 (180 at most).
const MAX_TIMEOUT: (u64, u64) = (120, 180);

/// Reports a port on which CloudFront does not come to an origin; `what` is whose it is.
///
/// Source: Amazon CloudFront Developer Guide, "HTTP port" and "HTTPS port".
pub(super) fn check_port(what: &str, port: u16) -> Option<Problem> {
    (!matches!(port, 80 | 443 | 1024..)).then(|| {
        let message = format!("CloudFront does not connect to port `{port}`, which is {what}");
        Problem::error(message).hint("80, 443, or 1024 and above")
    })
}

/// Reports a time that CloudFront does not take; `what` is the timeout's name.
fn check_timeout(what: &str, timeout: Duration) -> Option<Problem> {
    let (most, raised) = MAX_TIMEOUT;
    let seconds = timeout.as_secs_f64();
    if timeout.is_zero() || timeout.subsec_nanos() != 0 {
        let message = format!("the origin's {what} timeout of `{seconds}` s is not whole seconds, one or more");
        return Some(Problem::error(message));
    }
    match timeout.as_secs() {
        time if time > raised => {
            let message = format!(
                "the origin's {what} timeout of `{time}` s is more than CloudFront has by any quota, {raised} s"
            );
            Some(Problem::error(message).hint(format!("{most} s or less, unless AWS has raised the quota")))
        }
        time if time > most => {
            let message =
                format!("CloudFront refuses the origin's {what} timeout of `{time}` s without a raised quota");
            Some(Problem::warning(message).hint(format!("{most} s or less")))
        }
        _ => None,
    }
}

fn in_plain_text(name: &str) -> String {
    format!("the header `{name}` has a secret in plain text, which everybody reads who sees the template")
}

/// True if all that is secret of a value would be in the template.
fn is_plain(value: &str) -> bool {
    // A scheme of RFC 7617 or RFC 6750 before a value that is not known here.
    let written = token::with_holes(value, "");
    !matches!(written.trim(), "" | "Basic" | "Bearer") && !dynamic::is_in(value)
}

/// A header with a secret that is a parameter's value, and so is shown by everything that shows parameters.
pub(super) struct FromParameter {
    header: String,
    parameter: Reference,
    location: Location,
}

impl FromParameter {
    /// Source: AWS CloudFormation User Guide, "Parameters" (`NoEcho`).
    pub(super) fn check(&self, stacks: &Stacks<'_>) -> Option<Problem> {
        let Reference { stack, logical_id, .. } = &self.parameter;
        let template = stacks.templates().find(|(id, _)| *id == stack)?.1;
        let parameter = template.parameters.get(&**logical_id).filter(|parameter| !parameter.is_masked())?;
        let hint = "`no_echo` masks the parameter; a secret of Secrets Manager needs none: `dynamic::secret`";
        let problem = match parameter.default.as_ref().and_then(Value::as_str).is_some_and(is_plain) {
            true => Problem::error(format!(
                "{}: it is the default of the parameter `{logical_id}`",
                in_plain_text(&self.header)
            )),
            false => Problem::warning(format!(
                "the header `{}` has a secret, and its parameter `{logical_id}` is shown to everybody who sees the stack",
                self.header
            )),
        };
        Some(problem.hint(hint).at(self.location.clone()))
    }
}

/// True if a value of a header may have the character.
///
/// Source: RFC 9110, "Field values".
fn is_of_header(c: char) -> bool {
    matches!(c, ' '..='~')
}

/// True for a name that no public DNS has.
///
/// Sources: Amazon VPC User Guide, "DNS attributes for your VPC" (private host names end in `.ec2.internal` and `.compute.internal`); RFC 6761,
/// RFC 6762 and RFC 8375 (names that are not of the DNS, or of the home network); ICANN, "Reserved name: .INTERNAL" (2024).
fn is_private(name: &str) -> bool {
    let name = format!(".{}", domain::folded(name));
    [".internal", ".local", ".localhost", ".invalid", ".test", ".home.arpa"].iter().any(|end| name.ends_with(end))
}

/// The reason why requests cannot have this path in front of theirs.
fn check_path(path: &str) -> Result<(), String> {
    // A value that is known only when the stack is deployed may be the beginning, with its slash.
    let path = &*token::with_holes(path, if path.starts_with('/') { "x" } else { "/x" });
    if !path.starts_with('/') || path.ends_with('/') {
        return Err("it does not begin with `/`, or ends with one".into());
    }
    if path.len() > MAX_PATH {
        return Err(format!("it has {} characters, {MAX_PATH} are allowed", path.len()));
    }
    // RFC 3986, `pchar`; other characters of a path are written as `%` and two digits.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@%".contains(c);
    if let Some(other) = path.chars().find(|c| !allowed(*c)) {
        return Err(format!("`{}` is not allowed in it", other.escape_debug()));
    }
    match path.split('/').skip(1).find(|part| matches!(*part, "" | "." | "..")) {
        Some(part) => Err(format!("`{part}` is not a name in it")),
        None => Ok(()),
    }
}

/// A server that a distribution gets its content from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The origin's name within the distribution; `origin` unless said otherwise. Two behaviours with one origin share it.
    pub id: String,
    /// The server's domain name; no URL, and no IP address.
    pub domain_name: Val<String>,
    /// The connection of CloudFront to it.
    pub transport: Transport,
    /// The text that is put before every path, e.g. `/v1`.
    pub path: Option<String>,
    /// Time that CloudFront waits for a part of an answer: 30 seconds, unless said otherwise.
    pub read_timeout: Option<Duration>,
    /// Time that CloudFront keeps an idle connection to the server: 5 seconds, unless said otherwise. The server has to keep it longer.
    pub keepalive_timeout: Option<Duration>,
    /// Headers that CloudFront adds to every request to the origin.
    pub custom_headers: BTreeMap<String, Val<String>>,
    /// The place of the origin in the source, for messages.
    pub location: Location,
}

/// The connection of CloudFront to an origin.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Transport {
    /// Plain http over the internet: whatever passes between CloudFront and the server can be read and changed on its
    /// way. Synth warns about it.
    PublicHttp {
        /// The server's port.
        port: u16,
    },
    /// https over the internet; the server has a certificate for its domain name (or for the viewer's, where the `Host`
    /// header is forwarded) that a public authority issued.
    PublicHttps {
        /// The server's port.
        port: u16,
    },
    /// Through a VPC origin to a private address, in AWS's network alone. Protocol and port are those of the VPC origin: http and that of
    /// [`VpcOrigin::port`](super::VpcOrigin::port) for one of this type.
    Vpc {
        /// The id of the VPC origin.
        vpc_origin_id: Val<String>,
    },
}

/// The place in the source is not part of the value.
impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        let Origin { id, domain_name, transport, path, custom_headers, read_timeout, keepalive_timeout, location: _ } =
            self;
        (id, domain_name, transport) == (&other.id, &other.domain_name, &other.transport)
            && (path, custom_headers) == (&other.path, &other.custom_headers)
            && (read_timeout, keepalive_timeout) == (&other.read_timeout, &other.keepalive_timeout)
    }
}

impl Origin {
    /// A server on the internet, over plain http on port 80.
    #[track_caller]
    pub fn public_http(domain_name: impl Into<Val<String>>) -> Self {
        Self::new(domain_name.into(), Transport::PublicHttp { port: 80 }, std::panic::Location::caller().into())
    }

    /// A server on the internet, over https on port 443.
    #[track_caller]
    pub fn public_https(domain_name: impl Into<Val<String>>) -> Self {
        Self::new(domain_name.into(), Transport::PublicHttps { port: 443 }, std::panic::Location::caller().into())
    }

    /// An instance that was looked up, by its public DNS name, over plain http on port 80. That name changes when the instance is
    /// stopped and started again, unless it has an elastic address.
    #[track_caller]
    pub fn instance<R>(instance: &Instance<R>) -> Self {
        Self::public_http(instance.public_dns_name.clone().unwrap_or_default())
    }

    /// A server in a VPC, by its VPC origin.
    #[track_caller]
    pub fn vpc(vpc_origin_id: impl Into<Val<String>>, domain_name: impl Into<Val<String>>) -> Self {
        let transport = Transport::Vpc { vpc_origin_id: vpc_origin_id.into() };
        Self::new(domain_name.into(), transport, std::panic::Location::caller().into())
    }

    fn new(domain_name: Val<String>, transport: Transport, location: Location) -> Self {
        Origin {
            id: "origin".to_owned(),
            domain_name,
            transport,
            path: None,
            read_timeout: None,
            keepalive_timeout: None,
            custom_headers: BTreeMap::new(),
            location,
        }
    }

    pub(super) fn lower(&self, problems: &mut Vec<Problem>) -> cfn::Origin {
        self.check(problems);
        let seconds = |timeout: Option<Duration>| {
            timeout.map(|timeout| i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX).into())
        };
        let custom = |protocol: &str| cfn::CustomOriginConfig {
            origin_read_timeout: seconds(self.read_timeout),
            origin_keepalive_timeout: seconds(self.keepalive_timeout),
            ..cfn::CustomOriginConfig::new(protocol)
        };
        let (custom_origin_config, vpc_origin_config) = match &self.transport {
            Transport::PublicHttp { port } => {
                let config =
                    cfn::CustomOriginConfig { http_port: Some(i64::from(*port).into()), ..custom("http-only") };
                (Some(config), None)
            }
            Transport::PublicHttps { port } => {
                let config = cfn::CustomOriginConfig {
                    https_port: Some(i64::from(*port).into()),
                    origin_ssl_protocols: Some(["TLSv1.2"].into()),
                    ..custom("https-only")
                };
                (Some(config), None)
            }
            Transport::Vpc { vpc_origin_id } => {
                let config = cfn::VpcOriginConfig {
                    origin_read_timeout: seconds(self.read_timeout),
                    origin_keepalive_timeout: seconds(self.keepalive_timeout),
                    ..cfn::VpcOriginConfig::new(vpc_origin_id.clone())
                };
                (None, Some(config))
            }
        };
        let headers = self.custom_headers.iter().map(|(name, value)| {
            cfn::OriginCustomHeader::new(cfn::OriginCustomHeaderRequired {
                header_name: name.into(),
                header_value: value.clone(),
            })
        });
        let headers: Vec<_> = headers.collect();
        cfn::Origin {
            origin_path: self.path.as_ref().map(Val::from),
            origin_custom_headers: (!headers.is_empty()).then(|| headers.into()),
            custom_origin_config: custom_origin_config.map(Val::Literal),
            vpc_origin_config: vpc_origin_config.map(Val::Literal),
            ..cfn::Origin::new(cfn::OriginRequired {
                domain_name: self.domain_name.clone(),
                id: self.id.as_str().into(),
            })
        }
    }

    /// Parameters whose values are secrets that the origin is sent.
    pub(super) fn secrets_of_parameters(&self, own: &StackId) -> Vec<FromParameter> {
        let mut found = Vec::new();
        for (name, value) in self.custom_headers.iter().filter(|(name, _)| secret::header(name) == Header::Yes) {
            let mut add = |function: &Function| {
                let parameter = match function {
                    Function::Reference(reference) if reference.existing().is_none() => reference.clone(),
                    Function::Ref(name) => Reference::to(own.clone(), name.as_str()),
                    _ => return,
                };
                found.push(FromParameter { header: name.clone(), parameter, location: self.location.clone() });
            };
            match value {
                Val::Literal(text) => {
                    for part in token::parts(text).unwrap_or_default() {
                        if let token::Part::Function(function) = part {
                            Value::Function(function).visit_functions(&mut add);
                        }
                    }
                }
                Val::Function(function) => Value::Function(function.clone()).visit_functions(&mut add),
            }
        }
        found
    }

    /// True if a header may be a secret by which the server knows CloudFront: a text that everybody reads, under a name that says nothing
    /// of a secret, is none.
    pub(crate) fn may_send_a_secret(&self) -> bool {
        self.custom_headers.iter().any(|(name, value)| {
            !value.literal().is_some_and(|value| is_plain(value)) || secret::header(name) != Header::No
        })
    }

    /// Headers that CloudFront does not take together.
    fn check_headers(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let (most, longest) = MAX_HEADERS;
        let count = self.custom_headers.len();
        if count > most {
            let message = format!(
                "the origin has `{count}` custom headers, and CloudFront adds {most} at most without a raised quota"
            );
            problems.push(Problem::warning(message).hint("send several values in one header"));
        }
        let known = |value: &Val<String>| value.literal().map_or(0, |value| token::with_holes(value, "").len());
        let sum: usize = self.custom_headers.iter().map(|(name, value)| name.len() + known(value)).sum();
        if sum > longest {
            let message = format!(
                "the custom headers of the origin have `{sum}` characters, {longest} are allowed for all of their names and values"
            );
            problems.push(Problem::error(message));
        }
        let mut names: Vec<&String> = self.custom_headers.keys().collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        for pair in names.windows(2).filter(|pair| pair[0].eq_ignore_ascii_case(pair[1])) {
            let message = format!("`{}` and `{}` are one header, and the origin has both", pair[0], pair[1]);
            problems.push(Problem::error(message).hint("upper and lower case are the same in a header's name"));
        }
        problems
    }

    fn check(&self, problems: &mut Vec<Problem>) {
        let mut report = |problem: Problem| problems.push(problem.at(self.location.clone()));
        if self.domain_name.literal().is_some_and(String::is_empty) {
            let hint = "an instance without a public address has no public DNS name, and is reached with `Origin::vpc`";
            report(Problem::error("the origin has no domain name").hint(hint));
        } else if let Some(name) = self.domain_name.literal()
            && let Err(reason) = domain::check(name, Use::Host)
        {
            report(Problem::error(format!("{name:?} is not an origin: {reason}")));
        } else if let Some(name) = self.domain_name.literal()
            && !matches!(self.transport, Transport::Vpc { .. })
            && is_private(name)
        {
            let message = format!("{name:?} is a private name, which CloudFront does not find over the internet");
            report(
                Problem::error(message)
                    .hint("`Origin::vpc` reaches a private address; over the internet, give a public name"),
            );
        }
        if let Some(path) = self.path.as_deref()
            && let Err(reason) = check_path(path)
        {
            let hint = "it begins with `/` and does not end with one, e.g. `/v1`";
            report(Problem::error(format!("{path:?} is not an origin path: {reason}")).hint(hint));
        }
        if let Some(problem) = plain::text("an id of an origin", &self.id, MAX_ID) {
            report(problem.hint("1 to 128 printable characters, e.g. `origin`"));
        }
        if let Transport::Vpc { vpc_origin_id } = &self.transport
            && let Some(problem) = plain::id("the id of a VPC origin", vpc_origin_id, "AWS::CloudFront::VpcOrigin")
        {
            report(problem);
        }
        for (what, timeout) in [("read", self.read_timeout), ("keep-alive", self.keepalive_timeout)] {
            if let Some(problem) = timeout.and_then(|timeout| check_timeout(what, timeout)) {
                report(problem);
            }
        }
        if let Transport::PublicHttp { port } | Transport::PublicHttps { port } = self.transport
            && let Some(problem) = check_port("the origin's", port)
        {
            report(problem);
        }
        self.check_headers().into_iter().for_each(&mut report);
        for (name, value) in &self.custom_headers {
            let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if name.is_empty() || !name.chars().all(token) {
                report(Problem::error(format!("{name:?} is not a name of a header")));
            }
            if is_kept(name) {
                let hint = "name a header of your own, such as `X-Origin-Secret`";
                report(
                    Problem::error(format!("CloudFront does not let an origin be given the header `{name}`"))
                        .hint(hint),
                );
            }
            let (longest_name, longest_value) = MAX_HEADER;
            if name.len() > longest_name
                || value.literal().is_some_and(|value| token::with_holes(value, "").len() > longest_value)
            {
                let message = format!(
                    "the header `{name}` is too long: {longest_name} characters of name, {longest_value} of value"
                );
                report(Problem::error(message));
            }
            if value.literal().is_some_and(|value| is_plain(value)) {
                let hint = "`OriginSecret` makes one, and `dynamic::secret` names one that Secrets Manager has";
                match secret::header(name) {
                    Header::Yes => report(Problem::error(in_plain_text(name)).hint(hint)),
                    Header::Perhaps => {
                        let message = format!(
                            "the header `{name}` may have a secret in plain text: everybody reads it who sees the template"
                        );
                        report(Problem::warning(message).hint(hint));
                    }
                    Header::No => {}
                }
            }
            let written = value.literal().map(|value| token::with_holes(value, "x"));
            if let Some(written) = written.as_deref().filter(|it| it.is_empty() || it.trim_matches([' ', '\t']) != *it)
            {
                let message =
                    format!("the value {written:?} of the header `{name}` is empty, or has a blank at an end");
                report(
                    Problem::error(message)
                        .hint("a header without a value is left out; blanks at an end do not arrive"),
                );
            }
            if written.is_some_and(|written| !written.chars().all(is_of_header)) {
                let message = format!("the value of the header `{name}` has a character that a header cannot have");
                report(Problem::error(message).hint("printable ASCII"));
            }
        }
        if let Transport::PublicHttp { .. } = self.transport {
            let message = "CloudFront reaches the origin over plain http: what passes there can be read and changed";
            let hint = "`Origin::vpc` needs a private address; `Origin::public_https` needs a server that ends TLS, which the nginx of `ReverseProxy` does not";
            report(Problem::warning(message).hint(hint));
        }
    }
}
