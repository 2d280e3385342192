//! `NginxSite`: https for an instance that runs nginx, without a load balancer.

use std::marker::PhantomData;

use formwork_assembly::Problem;
use formwork_template::reference::pascal_case;
use formwork_template::{function, token};

use super::ingress::OriginIngress;
use super::origin_secret::{OPEN, ORIGIN_SECRET_HEADER, OriginSecret, OriginSecretHandle};
use super::redirects::Redirects;
use super::reverse_proxy::{ReverseProxy, Told};
use crate::acm::Certificate;
use crate::cloudfront::{Behavior, Distribution, HttpVersion, Origin, Transport, ViewerProtocolPolicy};
use crate::domain;
use crate::region::{Aws, Region, UsEast1};
use crate::route53::{AliasRecords, AliasRecordsHandle, HostedZone};
use crate::{Handle, IntoStacks, Stack, Untyped, cfn};

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
    /// Names whose viewers are sent to [`domain_name`](Self::domain_name), with path and query, by a function at the edge.
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
    /// The home region, which is in the type alone.
    pub region: PhantomData<fn() -> R>,
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

impl<R: Region<Partition = Aws>> NginxSite<R> {
    /// The site `domain_name` on the instance behind `origin`.
    pub fn new(
        name: impl Into<String>,
        domain_name: impl Into<String>,
        zone: &HostedZone,
        origin: Origin,
    ) -> NginxSite<R> {
        let domain_name = domain_name.into();
        let proxy = Some(ReverseProxy::new(&domain_name));
        NginxSite {
            name: name.into(),
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
            region: PhantomData,
        }
    }

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
        let mut site = Stack::<R>::new(format!("{}-site", self.name));
        let names = self.names(&mut site);
        let (edge, certificate) = self.certificate(&mut site, &names);
        let redirects = match self.redirects.is_empty() {
            true => None,
            false => Some(site.add("Redirects", Redirects::new(self.redirects.clone(), &self.domain_name))),
        };
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
        let has_http3 = matches!(distribution.http_version, HttpVersion::Http3 | HttpVersion::Http2and3);
        let distribution = site.add("Distribution", distribution);
        let mut records = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let id = if place == 0 {
                "Alias".to_owned()
            } else if token::is_in(name) {
                // It cannot be a part of an id, and is reported as one.
                format!("Alias{name}")
            } else {
                format!("Alias{}", pascal_case(&name.replace('*', "any")))
            };
            let alias = AliasRecords::new(self.zone_of(name), name, &distribution);
            records.push(site.add(&id, AliasRecords { https: self.https_records && has_http3, ..alias }));
        }
        site.output("Url", format!("https://{}", without_dot(&self.domain_name)));
        if let Some(delivery) = self.add_proxy(&mut site)
            && origin_secret.is_some()
        {
            // nginx takes a new secret before CloudFront sends it.
            site.options(&distribution).depends_on(&delivery);
        }
        NginxSiteStacks { edge, site, certificate, distribution, records, origin_secret, redirects }
    }

    /// Adds what keeps strangers from the origin: the secret, to the origin of every behaviour that has the site's own, and the rules.
    #[track_caller]
    fn close(&mut self, site: &mut Stack<R>) -> Option<OriginSecretHandle> {
        if let Some(ingress) = self.ingress.take() {
            site.add("Ingress", ingress);
        }
        let Some(secret) = self.origin_secret else {
            let is_public =
                matches!(self.origin.transport, Transport::PublicHttp { .. } | Transport::PublicHttps { .. });
            if is_public && self.origin.custom_headers.is_empty() {
                let hint =
                    "`origin_secret: Some(OriginSecret::Sent(1))` is the first step of closing it, `ingress` the other";
                site.problem(Problem::warning(OPEN).hint(hint).at(self.origin.location.clone()));
            }
            return None;
        };
        let handle = site.add("OriginSecret", secret);
        let behaviors = self.behaviors.iter_mut().map(|(_, behavior)| &mut behavior.origin);
        let own = self.origin.clone();
        for origin in behaviors.filter(|origin| **origin == own).chain([&mut self.origin]) {
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
        if R::CODE == UsEast1::CODE {
            // `R` is `UsEast1`, which the compiler does not know here.
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
        if proxy.server_names == [self.domain_name.as_str()] {
            for name in &self.other_names {
                if !proxy.server_names.iter().any(|other| without_dot(other).eq_ignore_ascii_case(without_dot(name))) {
                    proxy.server_names.push(name.clone());
                }
            }
        }
        for name in std::iter::once(&self.domain_name).chain(&self.other_names) {
            if !proxy.answers(name) {
                let message = format!("the site's nginx does not answer to `{name}`");
                site.problem(Problem::error(message).hint("add the name to the proxy's `server_names`"));
            }
        }
        site.add("Nginx", Told(proxy))
    }
}

/// A name without the dot that ends an absolute one.
fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

impl<R: Region<Partition = Aws>> IntoStacks for NginxSite<R> {
    fn into_stacks(self) -> Vec<Stack> {
        self.build().into_stacks()
    }
}

impl<R> IntoStacks for NginxSiteStacks<R> {
    fn into_stacks(self) -> Vec<Stack> {
        (self.edge, self.site).into_stacks()
    }
}
