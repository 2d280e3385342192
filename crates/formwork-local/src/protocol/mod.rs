//! The Query protocol: a form comes in, XML goes out.
//!
//! [`form`] reads a request's fields, [`xml`] writes answers, [`ApiError`] is every way in which a request is refused, with
//! AWS's code and HTTP status. Which region is meant stands in the scope of the signature ([`scope_of`]); the signature
//! itself is not checked: the engine has no secrets to hold against it.
//!
//! Source: AWS CloudFormation API Reference, "Making Query requests" and "Common error types".

pub(crate) mod form;
#[cfg(feature = "server")]
pub(crate) mod xml;

pub(crate) use form::Form;

/// A refusal: what goes into `ErrorResponse`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: &'static str,
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        ApiError { code, status, message: message.into() }
    }

    /// CloudFormation's word for almost everything that is wrong with a request.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationError", 400, message)
    }

    pub(crate) fn no_stack(name: &str) -> Self {
        Self::validation(format!("Stack with id {name} does not exist"))
    }

    /// The answer of operations that change a stack, and of the one that lists its events.
    ///
    /// Source: cloudtools/stacker#683 (`DescribeStackEvents`).
    pub(crate) fn no_stack_to_change(name: &str) -> Self {
        Self::validation(format!("Stack [{name}] does not exist"))
    }

    pub(crate) fn no_change_set(name: &str) -> Self {
        Self::new("ChangeSetNotFound", 404, format!("ChangeSet [{name}] does not exist"))
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new("InternalFailure", 500, message)
    }
}

/// The scope of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

/// The scope of a signature, in a header: `Credential=AKID/20261123/us-east-1/cloudformation/aws4_request, …`.
pub(crate) fn scope_of(authorization: &str) -> Option<Scope<'_>> {
    credential(authorization.split_once("Credential=")?.1)
}

/// The same in a signed URL, where `X-Amz-Credential` is `AKID/20261123/us-east-1/cloudformation/aws4_request`.
pub(crate) fn credential(text: &str) -> Option<Scope<'_>> {
    let mut parts = text.split(['/', ',', ' ']).skip(2);
    let (region, service) = (parts.next()?, parts.next()?);
    let is_region = region.len() >= 7
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_region.then_some(Scope { region, service })
}

#[cfg(test)]
mod tests {
    use super::{Scope, credential, scope_of};

    #[test]
    fn the_region_stands_in_the_scope() {
        let header = "AWS4-HMAC-SHA256 Credential=AKID/20261123/ap-northeast-2/cloudformation/aws4_request, SignedHeaders=host, Signature=0";
        let expected = Some(Scope { region: "ap-northeast-2", service: "cloudformation" });
        assert_eq!(scope_of(header), expected);
        assert_eq!(credential("AKID/20261123/ap-northeast-2/cloudformation/aws4_request"), expected);
        assert_eq!(scope_of("AWS4-HMAC-SHA256 Credential=AKID"), None);
        assert_eq!(scope_of("Credential=a/b/../x"), None);
    }
}
