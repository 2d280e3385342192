//! CloudFront: distributions.
//!
//! Source: CloudFront API Reference, `ListDistributions`.

use crate::client::{Answer, Request};
use crate::error::Error;
use crate::login::Aws;
use crate::service::CLOUDFRONT;

/// Pages that are read, at most, of 100 distributions each: an account has 500 unless AWS raised its quota.
const PAGES: usize = 100;

/// A distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Its id.
    pub id: String,
    /// The name that CloudFront gave it.
    pub domain_name: String,
    /// The names under which viewers come.
    pub aliases: Vec<String>,
}

/// All distributions of the account. `region` says the partition.
///
/// # Errors
///
/// When a call fails.
pub async fn distributions(aws: &Aws, region: &str) -> Result<Vec<Distribution>, Error> {
    const CALL: &str = "ListDistributions";
    let mut found = Vec::new();
    let mut marker = String::new();
    for _ in 0..PAGES {
        let mut parameters = vec![("MaxItems", "100")];
        if !marker.is_empty() {
            parameters.push(("Marker", &marker));
        }
        let request =
            Request::Get { path: "/2020-05-31/distribution", parameters: &parameters, root: "DistributionList" };
        let Answer::Xml(answer) = aws.call(&CLOUDFRONT, region, CALL, request).await? else {
            return Err(Error::Incomplete { call: CALL, field: "document" });
        };
        let page = answer.child("Items");
        for summary in page.map(|items| items.elements.as_slice()).unwrap_or_default() {
            // Not `find`: behaviours and origins lie deeper, and have elements of the same names.
            let text = |name: &str| summary.child(name).map(|one| one.text.clone()).unwrap_or_default();
            let aliases = summary.child("Aliases").and_then(|aliases| aliases.find("Items"));
            found.push(Distribution {
                id: text("Id"),
                domain_name: text("DomainName"),
                aliases: aliases
                    .into_iter()
                    .flat_map(|items| &items.elements)
                    .map(|alias| alias.text.clone())
                    .collect(),
            });
        }
        match answer.child("NextMarker").map(|next| next.text.clone()) {
            Some(next) if !next.is_empty() => marker = next,
            _ => break,
        }
    }
    Ok(found)
}
