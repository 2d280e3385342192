//! STS: whose login it is.

use formwork_model::service::Caller;

use crate::client::{Answer, Request};
use crate::error::Error;
use crate::login::Aws;
use crate::service::STS;

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
