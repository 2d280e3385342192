//! Names that say that their value is a secret: of properties, variables and headers.

/// Words at the end of a name that say that its value is a secret.
const SECRET: [&str; 16] = [
    "accesskey",
    "accesstoken",
    "apikey",
    "authtoken",
    "clientsecret",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "refreshtoken",
    "secret",
    "secretkey",
    "secretstring",
    "sessiontoken",
    "token",
];

/// True for a name that says that its value is a secret: `MasterUserPassword`, `DB_PASSWORD`. The `ServiceToken` of a custom
/// resource is the address of what makes it.
pub fn sounds(name: &str) -> bool {
    let letters = || name.bytes().rev().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    // Most names end in other letters.
    let mut last = letters();
    let is_end =
        |word: &str, (last, before)| matches!(word.as_bytes(), [.., one, other] if (*other, *one) == (last, before));
    let ends_as = |letters| SECRET.iter().any(|word| is_end(word, letters));
    if !last.next().zip(last.next()).is_some_and(ends_as) {
        return false;
    }
    let ends_with = |word: &str| {
        let mut own = letters();
        word.bytes().rev().all(|byte| own.next() == Some(byte))
    };
    SECRET.iter().any(|word| ends_with(word)) && !letters().eq("servicetoken".bytes().rev())
}

/// Words in the name of a header whose value is a secret: credentials, and what proves who sent a request.
///
/// Sources: RFC 9110, "Authorization"; Amazon CloudFront Developer Guide, "Restrict access to Application Load Balancers" (a header with a
/// random value that only CloudFront sends); AWS Security Blog, "How to enhance Amazon CloudFront origin security with AWS WAF and AWS
/// Secrets Manager" (`x-origin-verify`).
const HEADER: [&str; 19] = [
    "apikey",
    "authorization",
    "bearer",
    "cred",
    "credential",
    "credentials",
    "hmac",
    "jwt",
    "key",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "psk",
    "pwd",
    "secret",
    "token",
    "verification",
    "verify",
];

/// Words in the name of a header whose value may be a secret, or say something else of the same matter; and AWS's example of one,
/// `X-Custom-Header`.
const HEADER_PERHAPS: [&str; 8] = ["auth", "authentication", "csrf", "custom", "nonce", "session", "sid", "signature"];

/// Degrees of certainty that a header's value is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Header {
    /// Its name says something else.
    No,
    /// Its name is about who sends the request.
    Perhaps,
    /// Its name is that of a secret.
    Yes,
}

/// The degree that the name of a header gives.
pub fn header(name: &str) -> Header {
    let name = name.to_ascii_lowercase();
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    // `XApiKey` is one word.
    let ends_so =
        |word: &str| ["apikey", "password", "passphrase", "secret", "token"].iter().any(|end| word.ends_with(end));
    if words().any(|word| HEADER.contains(&word) || ends_so(word)) {
        return Header::Yes;
    }
    match words().any(|word| HEADER_PERHAPS.contains(&word)) {
        true => Header::Perhaps,
        false => Header::No,
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, header};

    #[test]
    fn headers() {
        for name in [
            "Authorization",
            "Proxy-Authorization",
            "X-Api-Key",
            "XApiKey",
            "X-Access-Token",
            "X-Origin-Verify",
            "x-origin-secret",
            "X-Credential",
            "X-Pass",
            "X-Pwd",
            "X-Passphrase",
            "X-Bearer",
            "X-JWT",
            "X_SHARED_SECRET",
        ] {
            assert_eq!(header(name), Header::Yes, "{name}");
        }
        for name in ["X-Auth", "X-Custom-Auth", "X-CDN-Auth", "X-Session", "X-Signature", "X-Custom-Header"] {
            assert_eq!(header(name), Header::Perhaps, "{name}");
        }
        for name in ["X-Stage", "X-Forwarded-Host", "X-Author", "X-Keyboard", "X-Passenger", "X-Tenant"] {
            assert_eq!(header(name), Header::No, "{name}");
        }
    }
}
