//! Names that send their viewers to another one, by a function at the edge: neither the instance nor its nginx hears of them.
//!
//! Sources: Amazon CloudFront Developer Guide, "CloudFront Functions event structure", "General helper methods" (`rawQueryString`) and
//! "Quotas on CloudFront Functions" (10 KB of code); CloudFront API Reference, `CreateFunction` (names of 1 to 64 letters, digits,
//! `-` and `_`).

use formwork_assembly::Problem;
use formwork_template::token;

use crate::cfn::cloudfront::Function;
use crate::cfn::cloudfront::FunctionRequired;
use crate::cfn::cloudfront::function::{FunctionConfig, FunctionConfigRequired, Runtime};
use crate::cloudfront::names::is_for;
use crate::domain::{self, Use, folded};
use crate::{Construct, Handle, Scope};

/// The longest name of a function.
const MAX_NAME: usize = 64;

/// The longest code of a function, in bytes.
const MAX_CODE: usize = 10_240;

/// A CloudFront function that sends viewers of some names to another name, with path and query as they are.
///
/// `*` stands for one label, as it does in a certificate, and never for a name that is served: neither for the name to which viewers are sent,
/// nor for one of [`served`](Self::served).
///
/// It is the first to see the requests of behaviours that have it as
/// [`viewer_request`](crate::cloudfront::Behavior::viewer_request); those for other names go on unchanged.
///
/// ```
/// use formwork::patterns::Redirects;
/// use formwork::prelude::*;
///
/// let mut site = Stack::<EuCentral1>::new("example-site");
/// let function = site.add("Redirects", Redirects::new(["www.example.com"], "example.com"));
/// let behavior = Behavior {
///     viewer_request: some(function.function_arn()),
///     ..Behavior::new(Origin::public_https("origin.example.com"))
/// };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirects {
    /// The names that are left; `*` may stand for the first label of one.
    pub from: Vec<String>,
    /// The name to which viewers are sent.
    pub to: String,
    /// Names that are served themselves, although a `*` would stand for them: none, unless said otherwise.
    pub served: Vec<String>,
}

impl Redirects {
    /// Redirects from some names to another one.
    pub fn new<N: Into<String>>(from: impl IntoIterator<Item = N>, to: impl Into<String>) -> Self {
        Redirects { from: from.into_iter().map(N::into).collect(), to: to.into(), served: Vec::new() }
    }

    /// Names that a `*` would stand for, and that are served; those of other depths are left out.
    fn kept(&self) -> Vec<String> {
        let names = self.served.iter().chain([&self.to]).map(|name| folded(name));
        let is_meant = |name: &String| {
            // One that is known only when the stack is deployed may be meant.
            let is_open = |text: &String| token::is_in(text);
            self.from.iter().any(|from| is_open(from) || is_open(name) || is_for(from, name, false))
        };
        let mut kept: Vec<String> = names.filter(|name| !name.starts_with('*')).filter(is_meant).collect();
        kept.sort();
        kept.dedup();
        kept
    }

    /// The function, in JavaScript. The names were checked: there is nothing in them that could end a text.
    fn code(&self) -> String {
        let from: Vec<String> = self.from.iter().map(|name| format!("'{}'", folded(name))).collect();
        let mut condition = "names.includes(host)".to_owned();
        if self.from.iter().any(|name| name.starts_with('*')) {
            // `*` is for a whole label.
            let star = "names.includes(host.replace(/^[^.]+/, '*'))";
            // One text of all of them: what stands in quotes by itself is a name that the function answers for.
            condition = match self.kept() {
                kept if kept.is_empty() => format!("{condition} || {star}"),
                kept => format!("{condition} || {star} && !' {} '.includes(' ' + host + ' ')", kept.join(" ")),
            };
        }
        let (from, to) = (from.join(", "), folded(&self.to));
        format!(
            "\
function handler(event) {{
    var request = event.request;
    var host = request.headers.host ? request.headers.host.value.toLowerCase().replace(/\\.?(:[0-9]*)?$/, '') : '';
    var names = [{from}];
    if (!({condition})) {{
        return request;
    }}
    var query = request.rawQueryString();
    var location = 'https://{to}' + request.uri + (query ? '?' + query : '');
    return {{ statusCode: 301, statusDescription: 'Moved Permanently', headers: {{ location: {{ value: location }} }} }};
}}
"
        )
    }
}

impl<R> Construct<R> for Redirects {
    type Handle = Handle<Function, R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        let names = self.from.iter().chain(&self.served).map(|name| (name, Use::Wildcard));
        let names = names.chain([(&self.to, Use::Host)]);
        let mut problems: Vec<Problem> = names
            .filter_map(|(name, usage)| {
                let reason = domain::check(name, usage).err()?;
                Some(Problem::error(format!("{name:?} is not a domain name: {reason}")))
            })
            .collect();
        if let Some(name) = self.from.iter().find(|name| folded(name) == folded(&self.to)) {
            let message = format!("`{name}` would send viewers of `{}` to itself, again and again", self.to);
            problems.push(Problem::error(message));
        }
        let name = format!("{}-{}", scope.stack_id().name, scope.logical_id());
        if name.len() > MAX_NAME {
            let message = format!("the function's name `{name}` has {} characters, {MAX_NAME} are allowed", name.len());
            problems.push(Problem::error(message).hint("give the stack a shorter name"));
        }
        let code = self.code();
        if token::with_holes(&code, "").len() > MAX_CODE {
            let message = format!("the redirects take {} bytes of code, a function has {MAX_CODE} at most", code.len());
            problems.push(Problem::error(message).hint("a name with `*` stands for many"));
        }
        scope.problems(problems);
        let config = FunctionConfig::new(FunctionConfigRequired {
            comment: "sends viewers to another name".into(),
            runtime: Runtime::CloudfrontJs2_0.into(),
        });
        scope.resource(Function {
            auto_publish: Some(true.into()),
            ..Function::new(FunctionRequired {
                function_code: code.into(),
                function_config: config.into(),
                name: name.into(),
            })
        })
    }
}
