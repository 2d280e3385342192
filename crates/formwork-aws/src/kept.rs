//! The credentials of a run, found once: the SDK's crates and the client of this crate share them, so that a role is assumed, a helper
//! program run and a portal asked once.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

/// Credentials are renewed this long before they expire: a call may be on its way for as long.
const RENEWED_BEFORE: Duration = Duration::from_secs(120);

/// A provider that keeps what another one gave, as long as it lasts.
#[derive(Debug)]
pub(crate) struct Kept {
    inner: SharedCredentialsProvider,
    known: Mutex<Option<Credentials>>,
}

impl Kept {
    pub(crate) fn new(inner: SharedCredentialsProvider) -> Kept {
        Kept { inner, known: Mutex::default() }
    }

    async fn credentials(&self) -> Result {
        let mut known = self.known.lock().await;
        let lasts = |credentials: &&Credentials| {
            credentials.expiry().is_none_or(|expiry| SystemTime::now() + RENEWED_BEFORE < expiry)
        };
        if let Some(credentials) = known.as_ref().filter(lasts) {
            return Ok(credentials.clone());
        }
        let found = self.inner.provide_credentials().await?;
        *known = Some(found.clone());
        Ok(found)
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
