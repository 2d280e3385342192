//! STS: whose login it is.

use crate::client::{Answer, Request};
use crate::error::Error;
use crate::login::Aws;
use crate::service::STS;

/// The identity of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account's number.
    pub account: String,
    /// The ARN of the user or role.
    pub arn: String,
}

/// Gets the identity of the login.
///
/// # Errors
///
/// When there is no login, or it cannot be used.
pub async fn caller(aws: &Aws, region: &str) -> Result<Caller, Error> {
    const CALL: &str = "GetCallerIdentity";
    let request = Request::Query { version: "2011-06-15", parameters: &[] };
    let Answer::Xml(answer) = aws.call(&STS, region, CALL, request).await? else {
        return Err(Error::Incomplete { call: CALL, field: "Account" });
    };
    let text = |field| answer.text_of(field).map(str::to_owned).ok_or(Error::Incomplete { call: CALL, field });
    Ok(Caller { account: text("Account")?, arn: text("Arn")? })
}
