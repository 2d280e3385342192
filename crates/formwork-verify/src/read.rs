//! Sites out of an assembly: the meaning of its templates and of the files beside them.

use formwork_assembly::{Assembly, StackArtifact};
use formwork_model::document::Entry;
use formwork_model::term::{Hole, Piece};
use formwork_model::{Document, Evaluator, Known, Term, parameter};
use formwork_template::{StackId, Template};

use crate::settings::normal;
use crate::site::{Health, Origin, PlainHttp, Secret, Site, SiteName, TlsVersion, WebSocket, ZoneRef};

/// The response headers policies of AWS that set the headers which keep browsers from harm: `SecurityHeadersPolicy`,
/// `CORS-and-SecurityHeadersPolicy`, `CORS-with-preflight-and-SecurityHeadersPolicy`.
///
/// Source: Amazon CloudFront Developer Guide, "Use managed response headers policies".
const SECURITY_HEADERS: &[&str] = &[
    "67f7725c-6f97-4210-82d7-5512b31e9d03",
    "e61eb60c-9c35-4d20-a928-2b84e02af89c",
    "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
];

/// A site, and where it is in the assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The site. The distribution's name is not in a template: only AWS knows it, once it is deployed.
    pub site: Site,
    /// The stack with the distribution.
    pub stack: StackId,
    /// The distribution's name in the template.
    pub logical_id: String,
    /// The output of the stack that has the distribution's own name, if there is one.
    pub output: Option<String>,
    /// The stack and the parameter of it that has the active backend, if one has; the site's [`Health::color`] is then not known, since
    /// the deployed stack has it.
    pub switch: Option<(StackId, String)>,
}

/// The sites of these stacks: every distribution with a name of its own.
pub fn sites(assembly: &Assembly, stacks: &[StackId]) -> Vec<Found> {
    let templates: Vec<(&StackArtifact, Worked)> =
        assembly.stacks.iter().filter_map(|stack| Some((stack, Worked::out(&stack.template)?))).collect();
    let mut found = Vec::new();
    for (stack, worked) in templates.iter().filter(|(stack, _)| stacks.contains(&stack.id)) {
        for (logical_id, _, properties) in worked.of_type("AWS::CloudFront::Distribution") {
            let Some(config) = at(properties, &["DistributionConfig"]) else { continue };
            let names =
                list(config, &["Aliases"]).iter().filter_map(text).map(|name| normal(&name)).collect::<Vec<_>>();
            if names.is_empty() {
                continue;
            }
            let switch = switch(&templates, &names);
            let mut site = site(config, names, assembly, &templates, (stack, worked));
            if let (Some(health), Some(_)) = (&mut site.health, &switch) {
                health.color = None;
            }
            found.push(Found {
                site,
                switch,
                stack: stack.id.clone(),
                logical_id: logical_id.clone(),
                output: worked.output(logical_id),
            });
        }
    }
    found
}

fn site(
    config: &Term,
    names: Vec<String>,
    assembly: &Assembly,
    templates: &[(&StackArtifact, Worked)],
    own: (&StackArtifact, &Worked),
) -> Site {
    let behavior = at(config, &["DefaultCacheBehavior"]);
    let of_behavior = |key: &str| behavior.and_then(|behavior| at(behavior, &[key])).and_then(text);
    let http = at(config, &["HttpVersion"]).and_then(text).unwrap_or_default();
    let floor = at(config, &["ViewerCertificate", "MinimumProtocolVersion"]).and_then(text);
    let is_true = |key: &str| at(config, &[key]) == Some(&Term::Bool(true));
    let closed = templates.iter().any(|(_, worked)| worked.admits_prefix_lists_alone());
    let configurations = configurations(assembly, templates, &names);
    Site {
        distribution: None,
        ipv6: is_true("IPV6Enabled"),
        http2: http.starts_with("http2"),
        http3: http.ends_with("http3") || http == "http2and3",
        plain_http: match of_behavior("ViewerProtocolPolicy").as_deref() {
            Some("redirect-to-https") => PlainHttp::Redirected,
            Some("allow-all") => PlainHttp::Served,
            _ => PlainHttp::Refused,
        },
        tls_floor: floor.as_deref().and_then(TlsVersion::of_policy).unwrap_or(TlsVersion::Tls10),
        security_headers: of_behavior("ResponseHeadersPolicyId").is_some_and(|id| SECURITY_HEADERS.contains(&&*id)),
        websocket: match configurations.iter().any(|text| text.contains("map $http_upgrade ")) {
            true => WebSocket::Passed,
            false => WebSocket::Unknown,
        },
        health: configurations.iter().find_map(|text| health_in(text)),
        origin: origin(config, of_behavior("TargetOriginId").as_deref(), closed),
        instance: templates.iter().find_map(|(_, worked)| worked.instance()),
        secrets: secrets(config, templates, own, &names),
        names: names.into_iter().map(|name| of_name(name, templates)).collect(),
    }
}

/// The parameter by which these names are switched: a switch says where its site answers, or its stack delivers to it alone.
fn switch(templates: &[(&StackArtifact, Worked)], names: &[String]) -> Option<(StackId, String)> {
    let is_of_names = |url: &str| {
        let host = url.strip_prefix("https://").and_then(|rest| rest.split('/').next());
        host.is_some_and(|host| names.contains(&normal(host)))
    };
    templates.iter().find_map(|(stack, worked)| {
        let named = stack.switches.iter().find(|switch| switch.health.as_deref().is_some_and(is_of_names));
        let only = || {
            let [switch] = &*stack.switches else { return None };
            let mut delivers = false;
            for (_, _, association) in worked.of_type("AWS::SSM::Association") {
                visit_texts(association, &mut |text| delivers |= serves(text, names));
            }
            delivers.then_some(switch)
        };
        Some((stack.id.clone(), named.or_else(only)?.parameter.clone()))
    })
}

/// The name of a site, with its records in the stacks.
fn of_name(name: String, templates: &[(&StackArtifact, Worked)]) -> SiteName {
    let mut records = Vec::new();
    for (_, worked) in templates {
        records.extend(worked.of_type("AWS::Route53::RecordSet").map(|(_, _, properties)| (properties, properties)));
        for (_, _, group) in worked.of_type("AWS::Route53::RecordSetGroup") {
            records.extend(list(group, &["RecordSets"]).iter().map(|record| (group, record)));
        }
    }
    records.retain(|(_, record)| at(record, &["Name"]).and_then(text).is_some_and(|other| normal(&other) == name));
    let is = |record: &Term, kind: &str| at(record, &["Type"]).and_then(text).as_deref() == Some(kind);
    let zone = records.first().map(|(group, record)| {
        let of = |key: &str| at(record, &[key]).or_else(|| at(group, &[key])).and_then(text);
        ZoneRef { id: of("HostedZoneId"), name: of("HostedZoneName").map(|name| normal(&name)) }
    });
    SiteName { https_record: records.iter().any(|(_, record)| is(record, "HTTPS")), zone, name }
}

fn origin(config: &Term, id: Option<&str>, closed: bool) -> Option<Origin> {
    let origins = list(config, &["Origins"]);
    let origin = origins.iter().find(|origin| at(origin, &["Id"]).and_then(text).as_deref() == id)?;
    let private = at(origin, &["VpcOriginConfig"]).is_some();
    let custom = at(origin, &["CustomOriginConfig"]);
    if custom.is_none() && !private {
        return None;
    }
    let of_custom = |key: &str| custom.and_then(|custom| at(custom, &[key])).and_then(text);
    let https = of_custom("OriginProtocolPolicy").as_deref() == Some("https-only");
    let port = of_custom(if https { "HTTPSPort" } else { "HTTPPort" }).and_then(|port| port.parse().ok());
    let secret_header = list(origin, &["OriginCustomHeaders"]).iter().find_map(|header| {
        let name = at(header, &["HeaderName"]).and_then(text)?;
        let is_dynamic =
            at(header, &["HeaderValue"]).is_some_and(|value| text(value).is_none_or(|it| it.contains("{{resolve:")));
        (is_dynamic || name.to_ascii_lowercase().contains("secret")).then_some(name)
    });
    Some(Origin {
        domain_name: normal(&at(origin, &["DomainName"]).and_then(text)?),
        port: port.unwrap_or(if https { 443 } else { 80 }),
        https,
        private,
        closed: closed || secret_header.is_some(),
        secret_header,
    })
}

/// The secrets of the origin: those that a delivery of these names takes to nginx, and the one that the distribution sends.
fn secrets(
    config: &Term,
    templates: &[(&StackArtifact, Worked)],
    (stack, worked): (&StackArtifact, &Worked),
    names: &[String],
) -> Vec<Secret> {
    let mut found = Vec::new();
    for (stack, worked) in templates {
        for (_, _, association) in worked.of_type("AWS::SSM::Association") {
            let mut is_of_site = false;
            visit_texts(association, &mut |text| is_of_site |= serves(text, names));
            if is_of_site {
                let given = list(association, &["Parameters", "Secrets"]);
                given.iter().for_each(|value| worked.secrets_in(value, stack, &mut found));
            }
        }
    }
    let target = at(config, &["DefaultCacheBehavior", "TargetOriginId"]);
    for origin in list(config, &["Origins"]).iter().filter(|origin| at(origin, &["Id"]) == target) {
        for header in list(origin, &["OriginCustomHeaders"]) {
            at(header, &["HeaderValue"]).into_iter().for_each(|value| worked.secrets_in(value, stack, &mut found));
        }
    }
    found
}

/// nginx's configurations for one of these names: the files that go with the stacks, or what an association carries.
fn configurations(assembly: &Assembly, templates: &[(&StackArtifact, Worked)], names: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut take = |text: &str| {
        if serves(text, names) {
            found.push(text.to_owned());
        }
    };
    assembly.files.iter().for_each(|file| take(&file.content));
    for (_, worked) in templates {
        worked.of_type("AWS::SSM::Association").for_each(|(_, _, properties)| visit_texts(properties, &mut take));
    }
    found
}

fn visit_texts(term: &Term, visit: &mut dyn FnMut(&str)) {
    match term {
        Term::Text(text) => visit(text),
        Term::Base64(inner) => visit_texts(inner, visit),
        Term::List(items) => items.iter().for_each(|item| visit_texts(item, visit)),
        Term::Map(entries) => entries.values().for_each(|entry| visit_texts(entry, visit)),
        _ => {}
    }
}

/// True for a configuration of nginx, as synth writes it, with a server for one of these names.
fn serves(configuration: &str, names: &[String]) -> bool {
    let covers = |server: &str, name: &str| {
        server == name
            || server
                .strip_prefix('*')
                .is_some_and(|rest| name.split_once('.').is_some_and(|(_, it)| rest.strip_prefix('.') == Some(it)))
    };
    let mut served =
        configuration.lines().filter_map(|line| line.trim().strip_prefix("server_name \"")?.strip_suffix("\";"));
    served.any(|server| names.iter().any(|name| covers(server, name)))
}

/// Path and text of nginx's own answer, in a configuration as synth writes it.
fn health_in(configuration: &str) -> Option<Health> {
    // Blocks that are open, with their paths if they are exact locations: that of a closed origin has another one in it.
    let mut blocks: Vec<Option<&str>> = Vec::new();
    for line in configuration.lines().map(str::trim) {
        if let Some(head) = line.strip_suffix(" {") {
            blocks.push(head.strip_prefix("location = "));
        } else if line == "}" {
            blocks.pop();
        } else if let Some(path) = blocks.iter().rev().find_map(|block| *block)
            && let Some(answer) = line.strip_prefix("return 200 \"").and_then(|rest| rest.strip_suffix("\\n\";"))
            && let Some((color, digest)) = answer.rsplit_once(' ')
            && digest.len() == 16
            && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            let color = matches!(color, "blue" | "green").then(|| color.to_owned());
            return Some(Health { path: path.to_owned(), color, digest: Some(digest.to_owned()) });
        }
    }
    None
}

/// A template, worked out as far as it can be without AWS.
struct Worked {
    resources: Vec<(String, String, Term)>,
    outputs: Vec<(String, Term)>,
}

impl Worked {
    fn out(template: &str) -> Option<Worked> {
        let template = Template::from_json(template).ok()?;
        let known = Defaults(&template);
        let document = Document::new(&template, &known).ok()?;
        let evaluator = Evaluator::new(&document.conditions, &document.mappings, &known);
        let of = |entry: &Entry| evaluator.map(&entry.properties).ok();
        let resources = document.resources.iter();
        let resources =
            resources.filter_map(|(id, entry)| Some((id.clone(), entry.type_name.clone(), of(entry)?))).collect();
        let outputs = document.outputs.iter();
        let outputs =
            outputs.filter_map(|(name, output)| Some((name.clone(), evaluator.value(output).ok()?))).collect();
        Some(Worked { resources, outputs })
    }

    fn of_type<'a>(&'a self, type_name: &'a str) -> impl Iterator<Item = &'a (String, String, Term)> {
        self.resources.iter().filter(move |(_, other, _)| other == type_name)
    }

    /// The output that gives out the name of this distribution.
    fn output(&self, logical_id: &str) -> Option<String> {
        let is_its_name = |value: Option<&Term>| match value {
            Some(Term::Hole(Hole::Attribute(id, attribute))) => id == logical_id && attribute == "DomainName",
            _ => false,
        };
        self.outputs.iter().find(|(_, output)| is_its_name(at(output, &["Value"]))).map(|(name, _)| name.clone())
    }

    /// True if a security group admits CloudFront's prefix lists, as a closed origin's does.
    fn admits_prefix_lists_alone(&self) -> bool {
        let admits = |rule: &Term| at(rule, &["SourcePrefixListId"]).is_some();
        self.of_type("AWS::EC2::SecurityGroupIngress").any(|(_, _, rule)| admits(rule))
            || self.of_type("AWS::EC2::SecurityGroup").any(|(_, _, group)| {
                let rules = list(group, &["SecurityGroupIngress"]);
                !rules.is_empty() && rules.iter().all(admits)
            })
    }

    /// Adds the secrets that a text refers to, each once.
    fn secrets_in(&self, value: &Term, stack: &StackArtifact, found: &mut Vec<Secret>) {
        let mut add = |secret| {
            if !found.contains(&secret) {
                found.push(secret);
            }
        };
        for piece in value.pieces().unwrap_or_default() {
            match piece {
                Piece::Text(text) | Piece::Hole(Hole::Dynamic(text)) => {
                    arns_in(&text).map(str::to_owned).map(Secret::Existing).for_each(&mut add);
                }
                Piece::Hole(Hole::Reference(logical_id)) => {
                    let mut made = self.of_type("AWS::SecretsManager::Secret");
                    if let Some((_, _, secret)) = made.find(|(other, ..)| *other == logical_id) {
                        let name = at(secret, &["Name"]).and_then(text);
                        add(Secret::Made { stack: stack.id.clone(), logical_id, name });
                    }
                }
                Piece::Hole(_) => {}
            }
        }
    }

    /// The instance to which an association delivers.
    fn instance(&self) -> Option<String> {
        self.of_type("AWS::SSM::Association").find_map(|(_, _, association)| {
            let targets = list(association, &["Targets"]).iter();
            let mut by_id =
                targets.filter(|target| at(target, &["Key"]).and_then(text).as_deref() == Some("InstanceIds"));
            let of_target = by_id.find_map(|target| list(target, &["Values"]).first().and_then(text));
            of_target.or_else(|| at(association, &["InstanceId"]).and_then(text))
        })
    }
}

/// ARNs of secrets in a text: of a list with spaces, or of a dynamic reference, where more follows after a colon.
fn arns_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter_map(|word| {
        let arn = &word[word.find("arn:")?..];
        let end = arn.match_indices(':').nth(6).map_or(arn.len(), |(end, _)| end);
        let is_of_secret = arn.split(':').nth(2) == Some("secretsmanager") && arn.split(':').nth(6).is_some();
        is_of_secret.then_some(&arn[..end])
    })
}

/// Values that are known before a deployment: the defaults of parameters.
struct Defaults<'a>(&'a Template);

impl Known for Defaults<'_> {
    fn parameter(&self, name: &str) -> Option<Term> {
        let found = self.0.parameters.get(name)?;
        Some(match parameter::default_text(found) {
            Some(text) => parameter::read(&found.parameter_type, &text),
            None => Term::Hole(Hole::Parameter(name.to_owned())),
        })
    }
}

fn at<'a>(term: &'a Term, path: &[&str]) -> Option<&'a Term> {
    path.iter().try_fold(term, |term, key| match term {
        Term::Map(entries) => entries.get(*key),
        _ => None,
    })
}

fn list<'a>(term: &'a Term, path: &[&str]) -> &'a [Term] {
    match at(term, path) {
        Some(Term::List(items)) => items,
        _ => &[],
    }
}

fn text(term: &Term) -> Option<String> {
    term.known_text()
}
