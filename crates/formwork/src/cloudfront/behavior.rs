//! Behaviours: what a distribution does with a request.
//!
//! Source of the ids of the managed policies: CloudFront Developer Guide, "Use managed cache policies", "Use managed
//! origin request policies" and "Use managed response headers policies".

use formwork_assembly::Problem;
use formwork_resources::cloudfront::distribution::{FunctionAssociation, ViewerProtocolPolicy};
use formwork_template::{Val, cloudfront, token};

use super::origin::Origin;
use crate::plain;

/// The behaviour of a distribution towards requests, by default or for paths of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Behavior {
    /// The origin of the content.
    pub origin: Origin,
    /// The answer to viewers that come over plain http. They are sent to https unless said otherwise.
    pub viewer_protocol_policy: ViewerProtocolPolicy,
    /// The methods that are passed on: all seven, unless said otherwise.
    pub allowed_methods: AllowedMethods,
    /// The rule for what is kept at the edge: nothing, unless said otherwise, as an API wants it.
    pub cache_policy: CachePolicy,
    /// The part of the request that reaches the origin: all of it, unless said otherwise, its `Host` header included.
    pub origin_request_policy: Option<OriginRequestPolicy>,
    /// The headers that are added to responses: none, unless said otherwise.
    pub response_headers_policy: Option<ResponseHeadersPolicy>,
    /// The ARN of a CloudFront function that sees each request first, and may answer it: none, unless said otherwise.
    pub viewer_request: Option<Val<String>>,
    /// The ARN of a CloudFront function that sees each response last: none, unless said otherwise.
    pub viewer_response: Option<Val<String>>,
    /// True if CloudFront compresses responses, which is the default. It does so only where the cache policy asks.
    pub compress: bool,
}

/// The methods that a behaviour passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedMethods {
    /// `GET` and `HEAD`.
    GetHead,
    /// `GET`, `HEAD` and `OPTIONS`.
    GetHeadOptions,
    /// All seven.
    All,
}

/// The rule for what is kept at the edge, and under which key.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CachePolicy {
    /// Nothing is kept.
    CachingDisabled,
    /// Responses are kept by path alone, compressed: for files.
    CachingOptimized,
    /// Another policy, by its id.
    Id(Val<String>),
}

/// The part of a request that reaches the origin, beyond what the cache key has.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OriginRequestPolicy {
    /// Everything that the viewer sent.
    AllViewer,
    /// Everything that the viewer sent, and what CloudFront knows of the viewer: `CloudFront-Viewer-Address` and others.
    AllViewerAndCloudFrontHeaders202206,
    /// Another policy, by its id.
    Id(Val<String>),
}

/// The headers that are added to responses.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResponseHeadersPolicy {
    /// `Strict-Transport-Security`, `X-Content-Type-Options`, `X-Frame-Options` and others.
    SecurityHeaders,
    /// Another policy, by its id.
    Id(Val<String>),
}

impl Behavior {
    /// The behaviour in front of an API: https, every method, nothing kept, the whole request passed on.
    pub fn new(origin: Origin) -> Self {
        Behavior {
            origin,
            viewer_protocol_policy: ViewerProtocolPolicy::RedirectToHttps,
            allowed_methods: AllowedMethods::All,
            cache_policy: CachePolicy::CachingDisabled,
            origin_request_policy: Some(OriginRequestPolicy::AllViewer),
            response_headers_policy: None,
            viewer_request: None,
            viewer_response: None,
            compress: true,
        }
    }
}

impl From<Origin> for Behavior {
    fn from(origin: Origin) -> Self {
        Behavior::new(origin)
    }
}

impl Behavior {
    /// Reports ids and ARNs that cannot be ones.
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        let ids = [
            ("the id of a cache policy", Some(self.cache_policy.id()), "AWS::CloudFront::CachePolicy"),
            (
                "the id of an origin request policy",
                self.origin_request_policy.as_ref().map(OriginRequestPolicy::id),
                "AWS::CloudFront::OriginRequestPolicy",
            ),
            (
                "the id of a response headers policy",
                self.response_headers_policy.as_ref().map(ResponseHeadersPolicy::id),
                "AWS::CloudFront::ResponseHeadersPolicy",
            ),
        ];
        problems.extend(ids.iter().filter_map(|(what, id, type_name)| plain::id(what, id.as_ref()?, type_name)));
        let functions = [&self.viewer_request, &self.viewer_response].into_iter().flatten();
        problems.extend(
            functions
                .filter_map(|arn| plain::arn("the ARN of a CloudFront function", arn, "AWS::CloudFront::Function")),
        );
        let policies = ["allow-all", "https-only", "redirect-to-https"];
        problems.extend(plain::word("a viewer protocol policy", self.viewer_protocol_policy.as_str(), &policies));
    }

    /// The functions with the events on which they run.
    pub(super) fn functions(&self) -> Option<Val<Vec<Val<FunctionAssociation>>>> {
        let events = [("viewer-request", &self.viewer_request), ("viewer-response", &self.viewer_response)];
        let associations: Vec<Val<FunctionAssociation>> = events
            .into_iter()
            .filter_map(|(event, function)| {
                let function_arn = Some(function.clone()?);
                Some(FunctionAssociation { event_type: Some(event.into()), function_arn }.into())
            })
            .collect();
        (!associations.is_empty()).then_some(Val::Literal(associations))
    }
}

/// Reports a path pattern that CloudFront would refuse.
///
/// Source: CloudFront Developer Guide, "Path pattern": at most 255 of `A-Z a-z 0-9 _ - . $ / ~ " ' @ : +`, `&` as
/// `&amp;`, `*` and `?`.
pub(super) fn check_path_pattern(pattern: &str, problems: &mut Vec<Problem>) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.$/~\"'@:+&;*?".contains(c);
    let known = token::with_holes(pattern, "x");
    if known.is_empty() || known.len() > 255 || !known.chars().all(allowed) {
        let hint = "1 to 255 of A-Z a-z 0-9 _ - . $ / ~ \" ' @ : + & ; * ?, e.g. `/static/*`";
        problems.push(Problem::error(format!("{pattern:?} is not a path pattern")).hint(hint));
    }
}

impl AllowedMethods {
    /// The methods, in the order of CloudFront's own console.
    pub fn as_strs(self) -> &'static [&'static str] {
        match self {
            AllowedMethods::GetHead => &["GET", "HEAD"],
            AllowedMethods::GetHeadOptions => &["GET", "HEAD", "OPTIONS"],
            AllowedMethods::All => &["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
        }
    }
}

impl CachePolicy {
    /// The policy's id.
    pub fn id(&self) -> Val<String> {
        match self {
            CachePolicy::CachingDisabled => cloudfront::CACHING_DISABLED.into(),
            CachePolicy::CachingOptimized => cloudfront::CACHING_OPTIMIZED.into(),
            CachePolicy::Id(id) => id.clone(),
        }
    }
}

impl OriginRequestPolicy {
    /// The policy's id.
    pub fn id(&self) -> Val<String> {
        match self {
            OriginRequestPolicy::AllViewer => cloudfront::ALL_VIEWER.into(),
            OriginRequestPolicy::AllViewerAndCloudFrontHeaders202206 => {
                cloudfront::ALL_VIEWER_AND_CLOUDFRONT_HEADERS.into()
            }
            OriginRequestPolicy::Id(id) => id.clone(),
        }
    }
}

impl ResponseHeadersPolicy {
    /// The policy's id.
    pub fn id(&self) -> Val<String> {
        match self {
            ResponseHeadersPolicy::SecurityHeaders => "67f7725c-6f97-4210-82d7-5512b31e9d03".into(),
            ResponseHeadersPolicy::Id(id) => id.clone(),
        }
    }
}
