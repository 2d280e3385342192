//! IAM: the alias of an account.
//!
//! Source: IAM API Reference, `ListAccountAliases`: an account has one alias at most.

use crate::client::{Answer, Request};
use crate::error::Error;
use crate::login::Aws;
use crate::service::IAM;

/// The alias of the login's account; `None` if it has none.
///
/// # Errors
///
/// When the call fails; many logins may not make it.
pub async fn account_alias(aws: &Aws, region: &str) -> Result<Option<String>, Error> {
    const CALL: &str = "ListAccountAliases";
    let request = Request::Query { version: "2010-05-08", parameters: &[] };
    let Answer::Xml(answer) = aws.call(&IAM, region, CALL, request).await? else { return Ok(None) };
    let aliases = answer.find("AccountAliases");
    let alias = aliases.and_then(|aliases| aliases.text_of("member"));
    Ok(alias.filter(|alias| !alias.is_empty()).map(str::to_owned))
}
