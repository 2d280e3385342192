//! Behaviours: what a distribution does with a request.
//!
//! Source of the ids of the managed policies: CloudFront Developer Guide, "Use managed cache policies", "Use managed
//! origin request policies" and "Use managed response headers policies".

use formwork_assembly::Problem;
use formwork_resources::cloudfront::distribution::{FunctionAssociation, ViewerProtocolPolicy};
use formwork_template::{Val, token};

use super::origin::Origin;
use crate::plain;

/// Characters of an id or an ARN, at most.
const MAX_ID: usize = 2_048;

/// What a distribution does with requests, by default or for paths of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Behavior {
    /// Where the content comes from.
    pub origin: Origin,
    /// What happens to viewers that come over plain http. They are sent to https unless said otherwise.
    pub viewer_protocol_policy: ViewerProtocolPolicy,
    /// The methods that are passed on: all seven, unless said otherwise.
    pub allowed_methods: AllowedMethods,
    /// What is kept at the edge: nothing, unless said otherwise, as an API wants it.
    pub cache_policy: CachePolicy,
    /// What of the request reaches the origin: all of it, unless said otherwise, its `Host` header included.
    pub origin_request_policy: Option<OriginRequestPolicy>,
    /// What is added to responses: nothing, unless said otherwise.
    pub response_headers_policy: Option<ResponseHeadersPolicy>,
    /// The ARN of a CloudFront function that sees each request first, and may answer it: none, unless said otherwise.
    pub viewer_request: Option<Val<String>>,
    /// The ARN of a CloudFront function that sees each response last: none, unless said otherwise.
    pub viewer_response: Option<Val<String>>,
    /// Whether CloudFront compresses responses; yes, unless said otherwise. It does so only where the cache policy asks.
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

/// What is kept at the edge, and under which key.
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

/// What of a request reaches the origin, beyond what the cache key has.
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

/// What is added to responses.
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
            ("the id of a cache policy", Some(self.cache_policy.id())),
            ("the id of an origin request policy", self.origin_request_policy.as_ref().map(OriginRequestPolicy::id)),
            (
                "the id of a response headers policy",
                self.response_headers_policy.as_ref().map(ResponseHeadersPolicy::id),
            ),
            ("the ARN of a function", self.viewer_request.clone()),
            ("the ARN of a function", self.viewer_response.clone()),
        ];
        problems.extend(ids.iter().filter_map(|(what, id)| plain::value(what, id.as_ref()?, MAX_ID)));
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
            CachePolicy::CachingDisabled => "4135ea2d-6df8-44a3-9df3-4b5a84be39ad".into(),
            CachePolicy::CachingOptimized => "658327ea-f89d-4fab-a63d-7e88639e58f6".into(),
            CachePolicy::Id(id) => id.clone(),
        }
    }
}

impl OriginRequestPolicy {
    /// The policy's id.
    pub fn id(&self) -> Val<String> {
        match self {
            OriginRequestPolicy::AllViewer => "216adef6-5c7f-47e4-b989-5492eafa07d3".into(),
            OriginRequestPolicy::AllViewerAndCloudFrontHeaders202206 => "33f36d7e-f396-46d9-90e0-52428a34d9dc".into(),
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
