//! A question to a site, as a viewer asks it: which backend answers, with which files. It is the deployer's own look at what it did.
//!
//! CloudFormation's word that an association succeeded has been early before (terraform-provider-aws issue 31175).

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::causes::words;

/// Time for one question.
const PATIENCE: Duration = Duration::from_secs(5);

/// Longest answer that is read: two words are expected.
const LONGEST: usize = 1_024;

/// A question to a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The address that viewers have: `https://example.com/_formwork/health`.
    pub url: String,
    /// Another server that is asked in its place, by scheme, host and port.
    pub at: Option<String>,
}

impl Question {
    /// The answer; the error says why there is none.
    ///
    /// # Errors
    ///
    /// When the site cannot be reached, or answers with a failure or something else than a text.
    pub async fn ask(&self) -> Result<String, String> {
        let (host, path) = self.parts().ok_or_else(|| format!("`{}` is not an address", self.url))?;
        let address = match &self.at {
            Some(server) => format!("{}{path}", server.trim_end_matches('/')),
            None => self.url.clone(),
        };
        let settings = HttpConnectorSettings::builder().connect_timeout(PATIENCE).read_timeout(PATIENCE).build();
        let connector = Connector::builder()
            .connector_settings(settings)
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .build();
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(address.as_str()).map_err(|error| format!("`{address}` is not an address: {error}"))?;
        request.headers_mut().insert("host", host.to_owned());
        let asked = async {
            let response = connector.call(request).await.map_err(|error| words(&error))?;
            let status = response.status().as_u16();
            let mut stream = ByteStream::new(response.into_body());
            let mut body = Vec::new();
            while body.len() <= LONGEST
                && let Some(part) = stream.try_next().await.map_err(|error| words(&error))?
            {
                body.extend_from_slice(&part);
            }
            Ok::<_, String>((status, body))
        };
        let (status, body) = tokio::time::timeout(PATIENCE * 2, asked)
            .await
            .map_err(|_| format!("no answer within {} seconds", (PATIENCE * 2).as_secs()))??;
        if status != 200 {
            return Err(format!("the answer has the status {status}"));
        }
        match std::str::from_utf8(&body) {
            Ok(text) if body.len() <= LONGEST => Ok(text.trim_end().to_owned()),
            _ => Err("the answer is something else than a backend and a digest".to_owned()),
        }
    }

    /// Host and path of the address.
    fn parts(&self) -> Option<(&str, &str)> {
        let (_, rest) = self.url.split_once("://")?;
        let slash = rest.find('/')?;
        Some(rest.split_at(slash))
    }
}

#[cfg(test)]
mod tests {
    use super::Question;

    #[test]
    fn parts() {
        let question = |url: &str| Question { url: url.to_owned(), at: None };
        let url = "https://api.example.com/_formwork/health";
        assert_eq!(question(url).parts(), Some(("api.example.com", "/_formwork/health")));
        assert_eq!(question("api.example.com").parts(), None);
        assert_eq!(question("https://api.example.com").parts(), None);
    }
}
