//! Handshakes, and the judgement about the certificates that come with them. A handshake takes any certificate, so that one that is
//! wrong does not hide everything behind it; nothing that is secret is ever sent.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, RootCertStore, SignatureScheme,
};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::net::{Connection, NetError};

/// A connection after its handshake.
pub(crate) struct Secured {
    pub(crate) stream: TlsStream<Connection>,
    /// Certificates as the server sent them, its own first.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The protocol that both chose, such as `h2`.
    pub(crate) alpn: Option<Vec<u8>>,
    /// The version of TLS, in words.
    pub(crate) version: &'static str,
}

/// Makes a TLS connection for `name`, offering these protocols.
pub(crate) async fn handshake(stream: Connection, name: &str, alpn: &[&[u8]]) -> Result<Secured, NetError> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(NetError::answer)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Any(provider)))
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    let server = ServerName::try_from(name.to_owned()).map_err(NetError::answer)?;
    let stream = TlsConnector::from(Arc::new(config)).connect(server, stream).await.map_err(NetError::answer)?;
    let (_, connection) = stream.get_ref();
    let chain = connection.peer_certificates().unwrap_or_default().iter().map(|it| it.clone().into_owned()).collect();
    let alpn = connection.alpn_protocol().map(<[u8]>::to_vec);
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        _ => "an unknown version of TLS",
    };
    Ok(Secured { stream, chain, alpn, version })
}

/// Takes any certificate, if its owner has the key.
#[derive(Debug)]
struct Any(Arc<CryptoProvider>);

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The judgement about certificates.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The names that the certificate is for, where the one that was asked for is not among them.
    pub(crate) other_names: Option<Vec<String>>,
    /// Reason why the chain does not lead to an authority that is trusted, at a time within the certificate's own.
    pub(crate) untrusted: Option<String>,
    /// The first moment of the certificate, in seconds since 1970.
    pub(crate) not_before: u64,
    /// The last moment of the certificate, in seconds since 1970.
    pub(crate) not_after: u64,
    /// Certificates that came with it.
    pub(crate) intermediates: usize,
}

/// Judges the certificates that a server sent for `name`: its names, its chain and its time, each by itself.
///
/// # Errors
///
/// When the certificate cannot be read.
pub(crate) fn judge(
    chain: &[CertificateDer<'_>],
    name: &str,
    roots: &RootCertStore,
    now: UnixTime,
) -> Result<Judged, String> {
    let (own, intermediates) = chain.split_first().ok_or("the server sent no certificate")?;
    let algorithms = ring::default_provider().signature_verification_algorithms;
    let certificate =
        ParsedCertificate::try_from(own).map_err(|error| format!("the certificate cannot be read: {error}"))?;
    let server = ServerName::try_from(name).map_err(|error| error.to_string())?;
    let (not_before, not_after) = validity(&certificate, &algorithms).ok_or("the certificate says no validity")?;
    let other_names = match verify_server_name(&certificate, &server) {
        Ok(()) => None,
        Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. })) => {
            Some(presented.iter().map(|name| plain_name(name).to_owned()).collect())
        }
        Err(_) => Some(Vec::new()),
    };
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now.as_secs().clamp(not_before, not_after)));
    let trusted = verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, time, algorithms.all);
    Ok(Judged {
        other_names,
        untrusted: trusted.err().map(|error| match error {
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => "its issuer is not known".to_owned(),
            Error::InvalidCertificate(CertificateError::BadSignature) => "its issuer did not sign it".to_owned(),
            Error::InvalidCertificate(error) => error.to_string(),
            error => error.to_string(),
        }),
        not_before,
        not_after,
        intermediates: intermediates.len(),
    })
}

/// `api.example.com` of `DnsName("api.example.com")`.
fn plain_name(presented: &str) -> &str {
    presented.split('"').nth(1).unwrap_or(presented)
}

/// The first and the last moment of a certificate.
///
/// rustls gives neither, but it looks at them before anything else and says them when the time is wrong; so it is asked at both ends of
/// time, without an authority that could be found.
fn validity(certificate: &ParsedCertificate<'_>, algorithms: &WebPkiSupportedAlgorithms) -> Option<(u64, u64)> {
    let none = RootCertStore::empty();
    let at = |seconds| {
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        verify_server_cert_signed_by_trust_anchor(certificate, &none, &[], time, algorithms.all).err()
    };
    // The first second after the year 9999, the last that a certificate can have.
    let not_after = match at(253_402_300_800) {
        Some(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => not_after.as_secs(),
        _ => return None,
    };
    let not_before = match at(0) {
        Some(Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) => {
            not_before.as_secs()
        }
        // From 1970 on, or from before.
        _ => 0,
    };
    Some((not_before, not_after))
}
