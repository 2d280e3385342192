//! `AWS::CloudFront::Distribution`: https in front of an origin.

use formwork_assembly::Problem;
use formwork_resources::cloudfront as l1;
use formwork_resources::cloudfront::distribution as cfn;
use formwork_resources::cloudfront::distribution::{HttpVersion, MinimumProtocolVersion, PriceClass};
use formwork_template::{HasAttributes, Reference, Val, token};

use super::behavior::{AllowedMethods, Behavior, OriginRequestPolicy, ResponseHeadersPolicy, check_path_pattern};
use super::certificate::ForCloudFront;
use super::names::uncovered;
use super::origin::{Origin, Transport};
use crate::acm::{self, Certificate};
use crate::domain::{self, Use};
use crate::existing;
use crate::plain;
use crate::region::{Aws, In, Partition as _, UsEast1};
use crate::{Construct, Handle, Lowered, Scope};

/// A CloudFront distribution, as a rule with a certificate of its own.
///
/// The certificate is one of us-east-1, as CloudFront wants it; one of another region does not compile, and one of
/// [`Anywhere`](crate::region::Anywhere) is checked by synth. Nothing of a distribution needs a replacement. A change takes minutes
/// until it is everywhere.
///
/// ```
/// use formwork::prelude::*;
///
/// let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
/// let mut edge = Stack::<UsEast1>::new("example-edge");
/// let certificate = edge.add("Certificate", Certificate::dns_validated("example.com", &zone));
///
/// let mut site = Stack::<EuCentral1>::new("example-site");
/// let distribution = site.add(
///     "Distribution",
///     Distribution {
///         aliases: vec!["example.com".into()],
///         ..Distribution::new(Origin::public_https("origin.example.com"), &certificate)
///     },
/// );
/// site.output("Domain", distribution.domain_name());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The certificate that viewers see. It must be for every alias. `None`: CloudFront's own, for its own name alone,
    /// `….cloudfront.net`.
    pub certificate: Option<Handle<Certificate, UsEast1>>,
    /// The names under which viewers come. No two distributions of the world share one.
    pub aliases: Vec<String>,
    /// Source of the content, and handling of requests that fit no other behaviour.
    pub default_behavior: Behavior,
    /// Behaviours for paths of a pattern; the first that fits is used.
    pub behaviors: Vec<(String, Behavior)>,
    /// The oldest TLS that viewers may speak: TLS 1.2 with the ciphers of 2021, unless said otherwise.
    pub minimum_protocol_version: MinimumProtocolVersion,
    /// The newest HTTP that viewers may speak: HTTP/3, unless said otherwise.
    pub http_version: HttpVersion,
    /// True if viewers may come over IPv6, which is the default. The name needs an AAAA record then.
    pub ipv6: bool,
    /// The part of the world from which content is served: all of it, unless said otherwise.
    pub price_class: PriceClass,
    /// The log of requests: none, unless said otherwise.
    pub logging: Option<Logging>,
    /// The ARN of a WAF web ACL that requests pass first: none, unless said otherwise.
    pub web_acl: Option<Val<String>>,
    /// The path for `/`, e.g. `index.html`.
    pub default_root_object: Option<String>,
    /// A note for people, at most 128 characters.
    pub comment: Option<String>,
    /// True if requests are served, which is the default.
    pub enabled: bool,
    /// Tags of the distribution alone; those of its stack do not reach it.
    pub tags: Vec<(String, String)>,
}

/// The log of requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Logging {
    /// The bucket's domain name, e.g. `logs.s3.amazonaws.com`; the bucket must allow ACLs.
    pub bucket: Val<String>,
    /// The beginning of the names of the log files.
    pub prefix: Option<String>,
    /// True if cookies are logged.
    pub include_cookies: bool,
}

const PRICE_CLASSES: [&str; 4] = ["None", "PriceClass_100", "PriceClass_200", "PriceClass_All"];

const PROTOCOLS: [&str; 9] = [
    "SSLv3",
    "TLSv1",
    "TLSv1_2016",
    "TLSv1.1_2016",
    "TLSv1.2_2018",
    "TLSv1.2_2019",
    "TLSv1.2_2021",
    "TLSv1.2_2025",
    "TLSv1.3_2025",
];

impl Distribution {
    /// A distribution in front of an origin, or with a whole [`Behavior`]. Of an origin alone it is as an API wants it: https, every
    /// method, nothing kept at the edge.
    pub fn new(default_behavior: impl Into<Behavior>, certificate: &impl ForCloudFront) -> Self {
        Distribution { certificate: Some(certificate.for_cloudfront()), ..Self::without_certificate(default_behavior) }
    }

    /// The same without a certificate of its own, and so without aliases: viewers come under CloudFront's name, `….cloudfront.net`.
    pub fn without_certificate(default_behavior: impl Into<Behavior>) -> Self {
        Distribution {
            certificate: None,
            aliases: Vec::new(),
            default_behavior: default_behavior.into(),
            behaviors: Vec::new(),
            minimum_protocol_version: MinimumProtocolVersion::TLSv1_2_2021,
            http_version: HttpVersion::Http2and3,
            ipv6: true,
            price_class: PriceClass::PriceClassAll,
            logging: None,
            web_acl: None,
            default_root_object: None,
            comment: None,
            enabled: true,
            tags: Vec::new(),
        }
    }

    fn check(&self, problems: &mut Vec<Problem>) {
        for (index, alias) in self.aliases.iter().enumerate() {
            if let Err(reason) = domain::check(alias, Use::Wildcard) {
                problems.push(Problem::error(format!("{alias:?} is not an alias: {reason}")));
            }
            if self.aliases[..index].iter().any(|other| domain::folded(other) == domain::folded(alias)) {
                problems.push(Problem::error(format!("the alias `{alias}` stands there twice")));
            }
        }
        self.check_certificate(problems);
        for (index, (pattern, _)) in self.behaviors.iter().enumerate() {
            check_path_pattern(pattern, problems);
            // CloudFront refuses the second one, which would never be used (CloudFront API Reference, `CacheBehavior`).
            if self.behaviors[..index].iter().any(|(other, _)| other == pattern) {
                problems.push(Problem::error(format!("the distribution has two behaviours for `{pattern}`")));
            }
        }
        if let Some(root) = self.default_root_object.as_deref().filter(|root| root.starts_with('/')) {
            let message = format!("the default root object `{root}` begins with a slash, and CloudFront adds one");
            problems.push(Problem::warning(message).hint(format!("write `{}`", root.trim_start_matches('/'))));
        }
        if let Some(acl) = self.web_acl.as_ref().and_then(Val::literal)
            && token::with_holes(acl, "x").split(':').nth(5).is_some_and(|rest| rest.starts_with("regional/"))
        {
            let hint = "a web ACL for distributions has the scope `CLOUDFRONT`, and is in `us-east-1`";
            problems.push(Problem::error(format!("the distribution's web ACL `{acl}` is regional")).hint(hint));
        }
        for behavior in self.all_behaviors() {
            self.check_origin(&behavior.origin, behavior.origin_request_policy.as_ref(), problems);
        }
        self.check_texts(problems);
    }

    /// Sources: CloudFront API Reference, `DistributionConfig` (comments of 128 characters, root objects of 255) and `LoggingConfig`.
    fn check_texts(&self, problems: &mut Vec<Problem>) {
        plain::tags("the distribution", &self.tags, problems);
        problems.extend(self.comment.as_deref().and_then(|it| plain::text("a comment of a distribution", it, 128)));
        problems
            .extend(self.default_root_object.as_deref().and_then(|it| plain::text("a default root object", it, 255)));
        self.check_words(problems);
        if let Some(logging) = &self.logging {
            let bucket = logging.bucket.literal();
            problems.extend(bucket.and_then(|bucket| Some((bucket, domain::check(bucket, Use::Host).err()?))).map(
                |(bucket, reason)| {
                    let bucket = plain::shortened(bucket);
                    Problem::error(format!("{bucket} is not the domain name of a bucket for logs: {reason}"))
                        .hint("for example `logs.s3.amazonaws.com`")
                },
            ));
            // Source: CloudFront API Reference, `LoggingConfig`, `Bucket`.
            let other = bucket.map(|bucket| token::with_holes(bucket, ".s3.x.amazonaws.com")).filter(|bucket| {
                let is_of_s3 = (bucket.contains(".s3.") || bucket.contains(".s3-")) && !bucket.contains(".s3-website");
                domain::check(bucket, Use::Host).is_ok() && !is_of_s3
            });
            problems.extend(other.map(|bucket| {
                let message = format!("`{bucket}` is not the domain name of a bucket for logs");
                Problem::error(message).hint("for example `logs.s3.amazonaws.com`; that of a website takes no logs")
            }));
            problems.extend(logging.prefix.as_deref().and_then(|it| plain::text("a prefix of logs", it, 256)));
        }
        self.all_behaviors().for_each(|behavior| behavior.check(problems));
    }

    /// Sources: CloudFront API Reference, `DistributionConfig` (a web ACL of AWS WAF Classic is named by its id) and `ViewerCertificate`.
    fn check_words(&self, problems: &mut Vec<Problem>) {
        if let Some(acl) = &self.web_acl {
            let is_classic = acl.literal().is_some_and(|acl| existing::id_fault("AWS::WAF::WebACL", acl).is_none());
            problems.extend(plain::arn("the ARN of a web ACL", acl, "AWS::WAFv2::WebACL").filter(|_| !is_classic));
            // Source: AWS WAF API Reference, `CreateWebACL`, `Scope`: `CLOUDFRONT` is in `us-east-1`.
            let known = acl.literal().map(|acl| token::with_holes(acl, "\0"));
            let parts: Vec<&str> = known.as_deref().unwrap_or_default().splitn(6, ':').collect();
            if let &[_, _, "wafv2", region, _, rest] = parts.as_slice()
                && !matches!(region, "" | "us-east-1" | "\0")
                && rest.starts_with("global/")
            {
                let message = format!("the distribution's web ACL is in `{region}`");
                problems.push(Problem::error(message).hint("web ACLs of distributions are in `us-east-1`"));
            }
        }
        let words = [
            plain::word("a price class", self.price_class.as_str(), &PRICE_CLASSES),
            plain::word("an HTTP version", self.http_version.as_str(), &["http1.1", "http2", "http2and3", "http3"]),
            plain::word("a minimum protocol version", self.minimum_protocol_version.as_str(), &PROTOCOLS),
        ];
        problems.extend(words.into_iter().flatten());
    }

    /// The default behaviour and the others.
    fn all_behaviors(&self) -> impl Iterator<Item = &Behavior> {
        std::iter::once(&self.default_behavior).chain(self.behaviors.iter().map(|(_, behavior)| behavior))
    }

    /// Aliases without a certificate for them.
    ///
    /// Source: Amazon CloudFront Developer Guide, "Requirements for using alternate domain names".
    fn check_certificate(&self, problems: &mut Vec<Problem>) {
        if let Some(alias) = self.aliases.first().filter(|_| self.certificate.is_none()) {
            let message = format!("the distribution has the alias `{alias}` and no certificate for it");
            problems.push(Problem::error(message).hint("`Distribution::new` takes one"));
        }
    }

    /// An origin that answers under its own name only, or that is the distribution itself.
    ///
    /// Source: Amazon CloudFront Developer Guide, "Use managed origin request policies" (`AllViewerExceptHostHeader`).
    fn check_origin(&self, origin: &Origin, policy: Option<&OriginRequestPolicy>, problems: &mut Vec<Problem>) {
        let Some(name) = origin.domain_name.literal().map(|name| domain::folded(name)) else { return };
        let mut report = |problem: Problem| problems.push(problem.at(origin.location.clone()));
        let is_name = domain::check(&name, Use::Host).is_ok();
        // A VPC origin is reached by its id, whatever its name.
        let is_asked = !matches!(origin.transport, Transport::Vpc { .. });
        if is_name && is_asked && self.aliases.iter().any(|alias| domain::folded(alias) == name) {
            let hint =
                "once the alias points to the distribution, CloudFront asks itself: give the server its own name";
            report(Problem::warning(format!("the origin `{name}` is an alias of the distribution itself")).hint(hint));
        }
        let sends_host = matches!(
            policy,
            Some(OriginRequestPolicy::AllViewer | OriginRequestPolicy::AllViewerAndCloudFrontHeaders202206)
        );
        let is_bound = name.ends_with(".on.aws")
            || name.ends_with(".amazonaws.com")
                && [".execute-api.", ".s3-website", ".s3."].iter().any(|part| name.contains(part));
        if sends_host && is_bound {
            let message =
                format!("the origin `{name}` refuses the viewer's `Host`, which the origin request policy sends");
            let hint = "use the policy AllViewerExceptHostHeader, `b689b0a8-53d0-40ab-baf2-68738e2966ac`, by its id";
            report(Problem::warning(message).hint(hint));
        }
    }

    /// The origins of all behaviours, each once.
    fn origins(&self, problems: &mut Vec<Problem>) -> Vec<Val<cfn::Origin>> {
        let mut origins: Vec<&Origin> = Vec::new();
        for origin in self.all_behaviors().map(|behavior| &behavior.origin) {
            match origins.iter().find(|other| other.id == origin.id) {
                None => origins.push(origin),
                Some(other) if *other == origin => {}
                Some(_) => {
                    let message = format!("the distribution has two different origins with the id `{}`", origin.id);
                    problems.push(Problem::error(message).hint("give one of them another `id`"));
                }
            }
        }
        origins.into_iter().map(|origin| Val::Literal(origin.lower(problems))).collect()
    }

    fn viewer_certificate(&self) -> cfn::ViewerCertificate {
        let Some(certificate) = &self.certificate else {
            // CloudFront chooses the protocols for its own name.
            return cfn::ViewerCertificate {
                cloud_front_default_certificate: Some(true.into()),
                ..cfn::ViewerCertificate::default()
            };
        };
        cfn::ViewerCertificate {
            acm_certificate_arn: Some(certificate.arn()),
            minimum_protocol_version: Some(self.minimum_protocol_version.clone().into()),
            ssl_support_method: Some(cfn::SslSupportMethod::SniOnly.into()),
            ..cfn::ViewerCertificate::default()
        }
    }

    fn default_cache_behavior(&self) -> cfn::DefaultCacheBehavior {
        let behavior = &self.default_behavior;
        cfn::DefaultCacheBehavior {
            allowed_methods: Some(methods(behavior.allowed_methods)),
            cache_policy_id: Some(behavior.cache_policy.id()),
            origin_request_policy_id: behavior.origin_request_policy.as_ref().map(OriginRequestPolicy::id),
            response_headers_policy_id: behavior.response_headers_policy.as_ref().map(ResponseHeadersPolicy::id),
            function_associations: behavior.functions(),
            compress: Some(behavior.compress.into()),
            ..cfn::DefaultCacheBehavior::new(cfn::DefaultCacheBehaviorRequired {
                target_origin_id: behavior.origin.id.as_str().into(),
                viewer_protocol_policy: behavior.viewer_protocol_policy.clone().into(),
            })
        }
    }
}

fn cache_behavior(pattern: String, behavior: &Behavior) -> Val<cfn::CacheBehavior> {
    Val::Literal(cfn::CacheBehavior {
        allowed_methods: Some(methods(behavior.allowed_methods)),
        cache_policy_id: Some(behavior.cache_policy.id()),
        origin_request_policy_id: behavior.origin_request_policy.as_ref().map(OriginRequestPolicy::id),
        response_headers_policy_id: behavior.response_headers_policy.as_ref().map(ResponseHeadersPolicy::id),
        function_associations: behavior.functions(),
        compress: Some(behavior.compress.into()),
        ..cfn::CacheBehavior::new(cfn::CacheBehaviorRequired {
            path_pattern: pattern.into(),
            target_origin_id: behavior.origin.id.as_str().into(),
            viewer_protocol_policy: behavior.viewer_protocol_policy.as_str().into(),
        })
    })
}

fn methods(methods: AllowedMethods) -> Val<Vec<Val<String>>> {
    Val::Literal(methods.as_strs().iter().map(|method| Val::from(*method)).collect())
}

/// The attributes of a distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct DistributionAttributes(Reference);

impl DistributionAttributes {
    /// The distribution's id, e.g. `E27LVI50CSW06W`.
    pub fn id(&self) -> Val<String> {
        self.0.get_ref("Id")
    }

    /// The name that CloudFront gave it, e.g. `d2fadu0nynjpfn.cloudfront.net`.
    pub fn domain_name(&self) -> Val<String> {
        self.0.get_att("DomainName")
    }
}

impl From<Reference> for DistributionAttributes {
    fn from(reference: Reference) -> Self {
        DistributionAttributes(reference)
    }
}

impl HasAttributes for Distribution {
    type Attributes = DistributionAttributes;
}

impl Lowered for Distribution {
    type L1 = l1::Distribution;
}

impl Distribution {
    /// The generated type with everything filled in.
    fn lower(self, problems: &mut Vec<Problem>) -> l1::Distribution {
        self.check(problems);
        let origins = self.origins(problems);
        let (viewer_certificate, default_cache_behavior) = (self.viewer_certificate(), self.default_cache_behavior());
        let behaviors: Vec<_> =
            self.behaviors.into_iter().map(|(pattern, behavior)| cache_behavior(pattern, &behavior)).collect();
        // CloudFront takes no dot at the end of an absolute name, and no upper-case letters.
        let aliases: Vec<String> = self.aliases.iter().map(|alias| domain::folded(alias)).collect();
        let config = cfn::DistributionConfig {
            aliases: (!aliases.is_empty()).then(|| aliases.into()),
            origins: Some(Val::Literal(origins)),
            cache_behaviors: (!behaviors.is_empty()).then_some(Val::Literal(behaviors)),
            viewer_certificate: Some(viewer_certificate.into()),
            http_version: Some(self.http_version.into()),
            ipv6_enabled: Some(self.ipv6.into()),
            price_class: Some(self.price_class.into()),
            logging: self.logging.map(|logging| logging.lower().into()),
            web_acl_id: self.web_acl,
            default_root_object: self.default_root_object.map(Val::from),
            comment: self.comment.map(Val::from),
            ..cfn::DistributionConfig::new(cfn::DistributionConfigRequired {
                default_cache_behavior: default_cache_behavior.into(),
                enabled: self.enabled.into(),
            })
        };
        l1::Distribution { tags: (!self.tags.is_empty()).then(|| self.tags.into()), ..l1::Distribution::new(config) }
    }
}

impl Logging {
    fn lower(self) -> cfn::Logging {
        cfn::Logging {
            bucket: Some(self.bucket),
            prefix: self.prefix.map(Val::from),
            include_cookies: Some(self.include_cookies.into()),
        }
    }
}

/// Offered in the commercial partition only: China's CloudFront takes certificates of IAM, and GovCloud has none.
impl<R: In<Aws>> Construct<R> for Distribution {
    type Handle = Handle<Distribution, R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        let mut problems = Vec::new();
        if scope.partition() != Aws::CODE {
            let message =
                format!("a distribution cannot be in `{}`: its partition is `{}`", scope.region(), scope.partition());
            problems.push(
                Problem::error(message)
                    .hint("`Distribution` is for the partition `aws`; `cfn::cloudfront::Distribution` is for others"),
            );
        }
        let names = self.certificate.as_ref().and_then(acm::known_names);
        let of_parameters: Vec<_> =
            self.all_behaviors().flat_map(|it| it.origin.secrets_of_parameters(scope.stack_id())).collect();
        if !of_parameters.is_empty() {
            scope.check(move |stacks| of_parameters.iter().filter_map(|secret| secret.check(stacks)).collect());
        }
        let l1 = self.lower(&mut problems);
        scope.problems(problems);
        let handle: Handle<Distribution, R> = scope.resource(l1);
        if let Some(names) = names {
            let reference = Handle::reference(&handle).clone();
            scope.check(move |stacks| {
                let resource = stacks.resource(&reference);
                resource.map_or(Vec::new(), |resource| uncovered(&names, &resource.properties.to_value()))
            });
        }
        handle
    }
}
