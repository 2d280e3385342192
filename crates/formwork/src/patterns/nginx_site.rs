//! `NginxSite`: https for an instance that runs nginx, without a load balancer.

use std::marker::PhantomData;

use formwork_assembly::Problem;
use formwork_template::reference::pascal_case;
use formwork_template::{Reference, Val, Value, backticked, function, token};

use super::ingress::{self, OriginIngress};
use super::origin_secret::{OPEN, ORIGIN_SECRET_HEADER, OriginSecret, OriginSecretHandle};
use super::redirects::Redirects;
use super::reverse_proxy::{ReverseProxy, Told};
use crate::acm::Certificate;
use crate::cloudfront::names::find;
use crate::cloudfront::{Behavior, Distribution, HttpVersion, Origin, Transport, ViewerProtocolPolicy};
use crate::domain::{self, folded};
use crate::region::{Anywhere, Aws, Home, In, Region, UsEast1};
use crate::route53::{AliasRecords, AliasRecordsHandle, HostedZone};
use crate::{Handle, IntoStacks, Stack, Stacks, Untyped, cfn};

/// A site behind CloudFront on an instance that exists already, with its home in region `R`.
///
/// Stacks: `<name>-edge` in us-east-1 with `Certificate`; `<name>-site` in the home region with `Distribution`, the records `AliasA`,
/// `AliasAaaa` and `AliasHttps`, the output `Url`, and the files of [`ReverseProxy`] as `Nginx`. Where the home region is us-east-1, all
/// of it is in `<name>-site`. A further name, such as `www.example.com`, has records of its own, `AliasWwwExampleComA` and so on, and
/// is one of the certificate's.
///
/// Viewers who come over plain http are refused by CloudFront, with a 403: nothing that they sent by mistake reaches the instance, and
/// nothing else answers on port 80. With [`plain_http`](Self::plain_http) they are sent to https instead, as browsers of visitors want
/// it who type the bare name; that holds for [`redirects`](Self::redirects), too.
///
/// A certificate that is replaced stays until the distribution, which is in another stack, has the new one; then `deploy` deletes it.
///
/// ```
/// use formwork::prelude::*;
///
/// let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
/// let origin = Origin::public_http("origin.example.com");
/// let mut site = NginxSite {
///     redirects: vec!["www.example.com".into()],
///     plain_http: ViewerProtocolPolicy::RedirectToHttps,
///     proxy: Some(ReverseProxy { active: Color::Green, ..ReverseProxy::new("example.com") }),
///     ..NginxSite::<EuCentral1>::new("example", "example.com", &zone, origin)
/// }
/// .build();
/// site.site.output("Distribution", site.distribution.id());
/// let app = App::new().with(site);
/// # app.synth().unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct NginxSite<R> {
    /// Beginning of the names of the stacks.
    pub name: String,
    /// The name under which viewers come.
    pub domain_name: String,
    /// Further names under which viewers come, and get the same; `*` may be the first label of one. nginx has to answer to them, too.
    pub other_names: Vec<String>,
    /// Names whose viewers are sent to [`domain_name`](Self::domain_name), with path and query, by a function at the edge; `*` may be the
    /// first label of one, and is for every name of that depth which is not served.
    pub redirects: Vec<String>,
    /// The zone that the name lies in, and the others as a rule.
    pub zone: HostedZone,
    /// Zones of names that lie elsewhere. Each name takes the zone that fits it best.
    pub other_zones: Vec<HostedZone>,
    /// The instance.
    pub origin: Origin,
    /// Behaviours for paths of a pattern; the first that fits is used.
    pub behaviors: Vec<(String, Behavior)>,
    /// Answer to viewers that come over plain http: they are refused, unless said otherwise.
    pub plain_http: ViewerProtocolPolicy,
    /// True if names have HTTPS records, by which browsers know of HTTP/3 before they connect; true, unless said otherwise. A distribution
    /// without HTTP/3 never has them.
    pub https_records: bool,
    /// A certificate that is there already, and is for every name: none, unless said otherwise, so that one is made.
    pub certificate: Option<Handle<Certificate, UsEast1>>,
    /// nginx on the instance: as [`ReverseProxy::new`] has it for the name and the other names, unless said otherwise. `None`: something
    /// else answers there, such as Caddy or an nginx of your own, and no file is written.
    pub proxy: Option<ReverseProxy>,
    /// The secret by which the origin knows the distribution: none, unless said otherwise, and synth warns of it. The stack has it as
    /// `OriginSecret1` and so on, made by Secrets Manager, the distribution sends it, and nginx asks for it.
    pub origin_secret: Option<OriginSecret>,
    /// Rules by which CloudFront alone reaches the instance, as `Ingress`: none, unless said otherwise.
    pub ingress: Option<OriginIngress>,
    /// The code of the home region, e.g. `eu-central-1`.
    pub region: String,
    /// The home region as a type, where there is one.
    pub home: PhantomData<fn() -> R>,
}

/// The stacks of a site, to which more can be added, and the handles of its parts.
#[derive(Debug)]
pub struct NginxSiteStacks<R> {
    /// The stack in us-east-1 with the certificate; none where the home region is that one, or the certificate was there already.
    pub edge: Option<Stack<UsEast1>>,
    /// The stack in the home region with everything else.
    pub site: Stack<R>,
    /// The certificate.
    pub certificate: Handle<Certificate, UsEast1>,
    /// The distribution.
    pub distribution: Handle<Distribution, R>,
    /// The records of every name: of the first one, of the others, and of those that are redirected.
    pub records: Vec<AliasRecordsHandle<R>>,
    /// The secret by which the origin knows the distribution, if it has one.
    pub origin_secret: Option<OriginSecretHandle>,
    /// The function of the redirects, if there are any.
    pub redirects: Option<Handle<cfn::cloudfront::Function, R>>,
}

impl<R: Region> NginxSite<R> {
    /// The site `domain_name` on the instance behind `origin`.
    pub fn new(
        name: impl Into<String>,
        domain_name: impl Into<String>,
        zone: &HostedZone,
        origin: Origin,
    ) -> NginxSite<R>
    where
        R: In<Aws>,
    {
        NginxSite::at_home(name.into(), R::CODE, domain_name.into(), zone, origin)
    }
}

impl NginxSite<Anywhere> {
    /// The same in a region that is known only when the program runs, such as one of `context.regions()`.
    ///
    /// ```
    /// use formwork::prelude::*;
    ///
    /// let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    /// let origin = Origin::public_http("origin.example.com");
    /// let site = NginxSite::in_region("example", "eu-central-1", "example.com", &zone, origin);
    /// # assert_eq!(App::new().with(site).synth().unwrap().stacks.len(), 2);
    /// ```
    pub fn in_region(
        name: impl Into<String>,
        region: impl AsRef<str>,
        domain_name: impl Into<String>,
        zone: &HostedZone,
        origin: Origin,
    ) -> NginxSite<Anywhere> {
        NginxSite::at_home(name.into(), region.as_ref(), domain_name.into(), zone, origin)
    }
}

impl<R> NginxSite<R> {
    fn at_home(name: String, region: &str, domain_name: String, zone: &HostedZone, origin: Origin) -> NginxSite<R> {
        let proxy = Some(ReverseProxy::new(&domain_name));
        NginxSite {
            name,
            domain_name,
            other_names: Vec::new(),
            redirects: Vec::new(),
            zone: zone.clone(),
            other_zones: Vec::new(),
            origin,
            behaviors: Vec::new(),
            plain_http: ViewerProtocolPolicy::HttpsOnly,
            https_records: true,
            certificate: None,
            proxy,
            origin_secret: None,
            ingress: None,
            region: region.to_owned(),
            home: PhantomData,
        }
    }
}

impl<R: Home + In<Aws>> NginxSite<R> {
    /// The stacks with everything in them, and the handles of its parts.
    #[track_caller]
    pub fn build(self) -> NginxSiteStacks<R> {
        self.build_with(|distribution| distribution)
    }

    /// The same with a change of the distribution, beyond this type's own fields; `change` gets the one that would be added. What no
    /// field of a distribution covers is changed afterwards, by [`Scope::edit`](crate::Scope::edit).
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    /// # let site = NginxSite::<EuCentral1>::new("example", "example.com", &zone, Origin::public_http("origin.example.com"));
    /// # let context = Context::default();
    /// let web_acl = context.get("web-acl", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2");
    /// let site = site.build_with(|distribution| Distribution { web_acl: some(web_acl), ..distribution });
    /// ```
    #[track_caller]
    pub fn build_with(mut self, change: impl FnOnce(Distribution) -> Distribution) -> NginxSiteStacks<R> {
        let mut site = Stack::<R>::of(format!("{}-site", self.name), &self.region);
        self.fold_names();
        site.problems(self.zones_of_two_names());
        let names = self.names(&mut site);
        let (edge, certificate) = self.certificate(&mut site, &names);
        let redirects = match self.redirects.is_empty() {
            true => None,
            false => {
                let redirects = Redirects::new(self.redirects.clone(), &self.domain_name);
                Some(site.add("Redirects", Redirects { served: self.other_names.clone(), ..redirects }))
            }
        };
        let (own, ingress) = (self.origin.domain_name.clone(), self.ingress.clone());
        let origin_secret = self.close(&mut site);
        let mut behavior =
            Behavior { viewer_protocol_policy: self.plain_http.clone(), ..Behavior::new(self.origin.clone()) };
        if let Some(function) = &redirects {
            behavior.viewer_request = Some(function.function_arn());
            for (pattern, behavior) in &mut self.behaviors {
                if behavior.viewer_request.is_some() {
                    let message =
                        format!("the behaviour of `{pattern}` has a function of its own, and the redirects need one");
                    site.problem(
                        Problem::error(message)
                            .hint("have the function of the behaviour do both, or give up `redirects`"),
                    );
                }
                behavior.viewer_request = Some(function.function_arn());
            }
        }
        let distribution = change(Distribution {
            aliases: names.clone(),
            behaviors: std::mem::take(&mut self.behaviors),
            ..Distribution::new(behavior, &certificate)
        });
        let has_ipv6 = distribution.ipv6;
        let has_http3 = matches!(distribution.http_version, HttpVersion::Http3 | HttpVersion::Http2and3);
        let distribution = site.add("Distribution", distribution);
        if let Some(function) = &redirects {
            let kept = Kept {
                distribution: Handle::reference(&distribution).clone(),
                function: function.function_arn().into(),
                names: self.redirects.clone(),
            };
            site.check(move |stacks| kept.check(stacks));
        }
        if origin_secret.is_some() && self.proxy.as_ref().is_none_or(|proxy| !proxy.is_closed()) {
            let (distribution, own) = (Handle::reference(&distribution).clone(), Value::from(&own));
            site.check(move |stacks| unsent(stacks, &distribution, &own));
        }
        if let Some(ingress) = ingress {
            let distribution = Handle::reference(&distribution).clone();
            site.check(move |stacks| ingress::shut_out(&ingress, &own, &distribution, stacks));
        }
        let mut records = Vec::new();
        for (id, name) in self.record_ids(&mut site, &names) {
            let alias = AliasRecords::new(self.zone_of(name), name, &distribution);
            let https = self.https_records && has_http3;
            records.push(site.add(&id, AliasRecords { https, ipv6: has_ipv6, ..alias }));
        }
        site.output("Url", format!("https://{}", without_dot(&self.domain_name)));
        if let Some(delivery) = self.add_proxy(&mut site) {
            // nginx takes a new secret before CloudFront sends it, and asks for none before CloudFront stops sending one. The template by
            // which a site is opened has no secret any more, so this does not depend on there being one.
            site.options(&distribution).depends_on(&delivery);
        }
        NginxSiteStacks { edge, site, certificate, distribution, records, origin_secret, redirects }
    }

    /// Adds what keeps strangers from the origin: the secret, to every origin at the site's own server, and the rules.
    #[track_caller]
    fn close(&mut self, site: &mut Stack<R>) -> Option<OriginSecretHandle> {
        if let Some(ingress) = self.ingress.take() {
            if let Some(proxy) = &mut self.proxy {
                proxy.ipv6 |= ingress.ipv6.is_some();
            }
            site.add("Ingress", ingress);
        }
        let Some(secret) = self.origin_secret else {
            let is_public =
                matches!(self.origin.transport, Transport::PublicHttp { .. } | Transport::PublicHttps { .. });
            // An nginx of this pattern asks for this secret alone; of another server it is not known, unless nothing is sent to it.
            let is_open = match &self.proxy {
                Some(proxy) => proxy.origin_secret.is_none(),
                None => !self.origin.may_send_a_secret(),
            };
            if is_public && is_open {
                let hint =
                    "`origin_secret: Some(OriginSecret::Sent(1))` is the first step of closing it, `ingress` the other";
                site.problem(Problem::warning(OPEN).hint(hint).at(self.origin.location.clone()));
            }
            return None;
        };
        site.problems(self.other_secrets(secret));
        let handle = site.add("OriginSecret", secret);
        let behaviors = self.behaviors.iter_mut().map(|(_, behavior)| &mut behavior.origin);
        let own = self.origin.domain_name.clone();
        for origin in behaviors.filter(|origin| is_server(&origin.domain_name, &own)).chain([&mut self.origin]) {
            origin.custom_headers.insert(ORIGIN_SECRET_HEADER.to_owned(), handle.header.clone());
        }
        if let Some(proxy) = &mut self.proxy {
            proxy.origin_secret = Some(secret);
            proxy.origin_secret_arns = handle.arns.clone();
        }
        site.output("OriginSecrets", function::join(" ", handle.arns.clone()))
            .description("The ARNs of the secrets that nginx takes, for origin-secrets.sh");
        Some(handle)
    }

    /// Secrets in whose place the site's own one would be.
    fn other_secrets(&self, secret: OriginSecret) -> Vec<Problem> {
        let mut problems = Vec::new();
        let own = self.proxy.as_ref().and_then(|proxy| proxy.origin_secret).filter(|own| *own != secret);
        if let Some(own) = own {
            let message =
                format!("the site's origin secret is `{secret:?}`, and its proxy has `{own:?}`, which is not used");
            let hint = "leave `origin_secret` of the proxy out: it is the site's";
            problems.push(Problem::error(message).hint(hint));
        }
        if self.proxy.as_ref().is_some_and(|proxy| !proxy.origin_secret_arns.is_empty()) {
            let hint = "leave `origin_secret_arns` of the proxy out: they are those of the site's `origin_secret`";
            problems.push(
                Problem::error("the site makes its origin's secrets, and its proxy has ARNs of others").hint(hint),
            );
        }
        let mut origins = vec![&self.origin];
        for origin in self.behaviors.iter().map(|(_, behavior)| &behavior.origin) {
            if is_server(&origin.domain_name, &self.origin.domain_name) && !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        for origin in origins {
            let names = origin.custom_headers.keys();
            for name in names.filter(|name| name.eq_ignore_ascii_case(ORIGIN_SECRET_HEADER)) {
                let message = format!(
                    "the origin has a header `{name}` already, in whose place the site's origin secret would be sent"
                );
                let hint = "leave the header out, or the site's `origin_secret`";
                problems.push(Problem::error(message).hint(hint).at(origin.location.clone()));
            }
        }
        problems
    }

    /// Names are written as CloudFront takes them: in lower case, without the dot that ends an absolute one.
    fn fold_names(&mut self) {
        for name in [&mut self.domain_name].into_iter().chain(&mut self.other_names).chain(&mut self.redirects) {
            *name = folded(name);
        }
    }

    /// Every name once, the first one first; those that cannot be are reported.
    #[track_caller]
    fn names(&self, site: &mut Stack<R>) -> Vec<String> {
        if self.domain_name.starts_with('*') {
            let message = format!("the site's own name is `{}`, to which no viewer can be sent", self.domain_name);
            site.problem(Problem::error(message).hint("give a name without `*`, and this one as one of `other_names`"));
        }
        let mut names: Vec<String> = vec![without_dot(&self.domain_name).to_owned()];
        for name in self.other_names.iter().chain(&self.redirects) {
            let name = without_dot(name);
            match names.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                true => site.problem(Problem::error(format!("the site has the name `{name}` twice"))),
                false => names.push(name.to_owned()),
            }
        }
        names
    }

    /// The names with the ids of their records. Of two names of one id, such as `www.example.com` and `www-example.com`, the second one has
    /// its signs written out.
    #[track_caller]
    fn record_ids<'n>(&self, site: &mut Stack<R>, names: &'n [String]) -> Vec<(String, &'n str)> {
        let mut ids: Vec<(String, &str)> = Vec::new();
        for (place, name) in names.iter().enumerate() {
            if place == 0 {
                ids.push(("Alias".to_owned(), name));
                continue;
            }
            if token::is_in(name) {
                // It cannot be a part of an id, and is reported as one.
                ids.push((format!("Alias{name}"), name));
                continue;
            }
            let usual = name.replace('*', "any");
            let written_out = name.replace('*', "star").replace('-', ".dash.");
            let spellings = [usual, written_out].map(|it| format!("Alias{}", pascal_case(&it)));
            match spellings.iter().find(|id| !ids.iter().any(|(other, _)| other == *id)) {
                Some(id) => ids.push((id.clone(), name)),
                None => {
                    let [id, _] = &spellings;
                    let other = ids.iter().find(|(other, _)| other == id).map_or("", |(_, name)| name);
                    let message = format!("the records of `{name}` and of `{other}` would have one logical id, `{id}`");
                    let hint = "give one of the names to a site of its own";
                    site.problem(Problem::error(message).hint(hint));
                }
            }
        }
        ids
    }

    /// Zones of one id and of several names.
    fn zones_of_two_names(&self) -> Vec<Problem> {
        let zones: Vec<&HostedZone> = std::iter::once(&self.zone).chain(&self.other_zones).collect();
        let mut problems = Vec::new();
        for (place, zone) in zones.iter().enumerate() {
            let is_other = |other: &&&HostedZone| other.id == zone.id && folded(&other.name) != folded(&zone.name);
            if let (Some(id), Some(other)) = (zone.id.literal(), zones[..place].iter().find(is_other)) {
                let message =
                    format!("`{id}` is the id of one zone, and is given to `{}` and `{}`", other.name, zone.name);
                let hint = "a zone has one name; `aws route53 list-hosted-zones` lists both";
                problems.push(Problem::error(message).hint(hint).at(zone.location.clone()));
            }
        }
        problems
    }

    /// The zone that a name lies in: of several, the one that fits it best.
    fn zone_of(&self, name: &str) -> &HostedZone {
        let zones = std::iter::once(&self.zone).chain(&self.other_zones);
        zones.filter(|zone| domain::is_in(name, &zone.name)).max_by_key(|zone| zone.name.len()).unwrap_or(&self.zone)
    }

    /// The certificate, and the stack that it is in, if it has one of its own.
    #[track_caller]
    fn certificate(
        &self,
        site: &mut Stack<R>,
        names: &[String],
    ) -> (Option<Stack<UsEast1>>, Handle<Certificate, UsEast1>) {
        if let Some(certificate) = &self.certificate {
            return (None, certificate.clone());
        }
        let certificate = Certificate {
            subject_alternative_names: names.iter().skip(1).cloned().collect(),
            zones: std::iter::once(&self.zone).chain(&self.other_zones).cloned().collect(),
            ..Certificate::dns_validated(&self.domain_name, &self.zone)
        };
        if site.region() == UsEast1::CODE {
            // `R` is `UsEast1`, or `Anywhere`, which the compiler does not know here.
            let certificate = site.add("Certificate", certificate);
            return (None, Handle::new(Handle::reference(&certificate).clone()));
        }
        let mut edge = Stack::<UsEast1>::new(format!("{}-edge", self.name));
        let certificate = edge.add("Certificate", certificate);
        (Some(edge), certificate)
    }

    #[track_caller]
    fn add_proxy(self, site: &mut Stack<R>) -> Option<Handle<Untyped, R>> {
        let mut proxy = self.proxy?;
        if proxy.server_names.iter().map(|name| folded(name)).eq([folded(&self.domain_name)]) {
            for name in &self.other_names {
                if !proxy.server_names.iter().any(|other| without_dot(other).eq_ignore_ascii_case(without_dot(name))) {
                    proxy.server_names.push(name.clone());
                }
            }
        }
        let mut names = Vec::new();
        for name in std::iter::once(&self.domain_name).chain(&self.other_names) {
            if !proxy.answers(name) {
                let message = format!("the site's nginx does not answer to `{name}`");
                site.problem(Problem::error(message).hint("add the name to the proxy's `server_names`"));
                names.push(name.clone());
            }
        }
        site.add("Nginx", Told { proxy, names })
    }
}

/// The function of a site's redirects, which the behaviours of its distribution have to keep, whatever is changed of it.
struct Kept {
    distribution: Reference,
    /// Its ARN.
    function: Value,
    /// The names that are redirected.
    names: Vec<String>,
}

impl Kept {
    fn check(&self, stacks: &Stacks<'_>) -> Vec<Problem> {
        let Some(resource) = stacks.resource(&self.distribution) else { return Vec::new() };
        let properties = resource.properties.to_value();
        let config = |key: &str| find(&properties, &["DistributionConfig", key]);
        let others = config("CacheBehaviors").and_then(Value::as_list).unwrap_or_default();
        let mut problems = Vec::new();
        for behavior in config("DefaultCacheBehavior").into_iter().chain(others) {
            let functions = find(behavior, &["FunctionAssociations"]).and_then(Value::as_list).unwrap_or_default();
            let is_kept = functions.iter().any(|association| {
                find(association, &["FunctionARN"]) == Some(&self.function)
                    && find(association, &["EventType"]).and_then(Value::as_str) == Some("viewer-request")
            });
            if !is_kept {
                let which = match find(behavior, &["PathPattern"]).and_then(Value::as_str) {
                    Some(pattern) => format!("behaviour of `{pattern}`"),
                    None => "default behaviour".to_owned(),
                };
                let names = backticked(self.names.iter().map(String::as_str));
                let message = format!(
                    "the {which} does not have the function of the redirects: viewers of {names} are not sent on"
                );
                let hint = "keep `viewer_request` as the pattern gives it, or leave `redirects` out and have one function do both";
                problems.push(Problem::error(message).hint(hint));
            }
        }
        problems
    }
}

/// Origins at the site's own server to which its secret is not sent any more.
fn unsent(stacks: &Stacks<'_>, distribution: &Reference, own: &Value) -> Vec<Problem> {
    let Some(resource) = stacks.resource(distribution) else { return Vec::new() };
    let properties = resource.properties.to_value();
    let origins = find(&properties, &["DistributionConfig", "Origins"]).and_then(Value::as_list).unwrap_or_default();
    let lacking = origins.iter().filter(|origin| {
        let headers = find(origin, &["OriginCustomHeaders"]).and_then(Value::as_list).unwrap_or_default();
        let is_sent = headers.iter().filter_map(|header| find(header, &["HeaderName"])).any(|name| {
            // A name that is not known now may be the one.
            name.as_str().is_none_or(|name| name.eq_ignore_ascii_case(ORIGIN_SECRET_HEADER))
        });
        let is_own = find(origin, &["DomainName"]).is_some_and(|name| match (name.as_str(), own.as_str()) {
            (Some(name), Some(own)) => folded(name) == folded(own),
            _ => name == own,
        });
        is_own && !is_sent
    });
    let problem = |origin: &Value| {
        let id = find(origin, &["Id"]).and_then(Value::as_str).unwrap_or_default();
        let message = format!("the origin `{id}` is the site's own, and is not sent its `{ORIGIN_SECRET_HEADER}`");
        Problem::error(message).hint("keep `custom_headers` of the origin as the pattern gives them")
    };
    lacking.map(problem).collect()
}

/// True if both are one server's name.
fn is_server(name: &Val<String>, own: &Val<String>) -> bool {
    match (name.literal(), own.literal()) {
        (Some(name), Some(own)) => folded(name) == folded(own),
        _ => name == own,
    }
}

/// A name without the dot that ends an absolute one.
fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

impl<R: Home + In<Aws>> IntoStacks for NginxSite<R> {
    fn into_stacks(self) -> Vec<Stack> {
        self.build().into_stacks()
    }
}

impl<R> IntoStacks for NginxSiteStacks<R> {
    fn into_stacks(self) -> Vec<Stack> {
        (self.edge, self.site).into_stacks()
    }
}
