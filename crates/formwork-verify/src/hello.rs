//! The first message of an old TLS, by hand: no library of today offers TLS 1.0 or 1.1, so whether a server still takes it is asked
//! with a ClientHello, and read in the first bytes of its answer.
//!
//! Sources: RFC 5246, §7.4.1.2 (ClientHello), §6.2.1 (records), §7.2 (alerts); RFC 2246 and RFC 4346 have the same forms; RFC 6066, §3
//! (server name); RFC 8422, §5.1 (curves and points); RFC 7507, RFC 5746 (the two values that are not cipher suites).

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::net::{Connection, NetError};
use crate::site::TlsVersion;

/// The cipher suites that servers have had for TLS 1.0 to 1.2: ECDHE, DHE and RSA, with AES in GCM and CBC, 3DES and RC4.
const CIPHER_SUITES: &[u16] = &[
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc023, 0xc027, 0xc024, 0xc028, 0xc009, 0xc013, 0xc00a, 0xc014,
    0x009e, 0x009f, 0x0067, 0x006b, 0x0033, 0x0039, 0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0xc008, 0xc012,
    0x0016, 0x000a, 0xc007, 0xc011, 0x0005,
    // TLS_EMPTY_RENEGOTIATION_INFO_SCSV, without which careful servers refuse.
    0x00ff,
];
/// secp256r1, secp384r1, x25519.
const CURVES: &[u16] = &[23, 24, 29];
/// RSA and ECDSA with SHA-256, SHA-384 and SHA-1, and RSA-PSS.
const SIGNATURES: &[u16] = &[0x0403, 0x0503, 0x0401, 0x0501, 0x0804, 0x0805, 0x0203, 0x0201];

/// The server's answer to an offer of one version at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// A ServerHello of that version.
    Accepted,
    /// An alert, or the end of the connection.
    Refused,
}

/// Offers the server this version, and none that is newer.
pub(crate) async fn offer(stream: &mut Connection, name: &str, version: TlsVersion) -> Result<Offer, NetError> {
    stream.write_all(&client_hello(name, version)).await.map_err(NetError::answer)?;
    // The head of a record, the head of a handshake message, and the version in it.
    let mut answer = Vec::new();
    while answer.len() < 11 {
        let mut buffer = [0; 11];
        match stream.read(&mut buffer).await {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            // A server may refuse by a reset.
            Err(_) => break,
        }
        if answer.first().is_some_and(|kind| *kind != HANDSHAKE) {
            break;
        }
    }
    read(&answer, version)
}

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;

fn read(answer: &[u8], offered: TlsVersion) -> Result<Offer, NetError> {
    match answer {
        [] | [ALERT, ..] => Ok(Offer::Refused),
        [HANDSHAKE, _, _, _, _, SERVER_HELLO, _, _, _, major, minor, ..] if [*major, *minor] == number(offered) => {
            Ok(Offer::Accepted)
        }
        // A server that answers with another version than it was offered does not speak this one.
        [HANDSHAKE, _, _, _, _, SERVER_HELLO, _, _, _, 3, _, ..] => Ok(Offer::Refused),
        [HANDSHAKE, ..] if answer.len() < 11 => Ok(Offer::Refused),
        _ => Err(NetError::Answer("the answer is not TLS".to_owned())),
    }
}

fn number(version: TlsVersion) -> [u8; 2] {
    match version {
        TlsVersion::Tls10 => [3, 1],
        TlsVersion::Tls11 => [3, 2],
        // TLS 1.3 says 1.2 here; it is never offered.
        TlsVersion::Tls12 | TlsVersion::Tls13 => [3, 3],
    }
}

fn client_hello(name: &str, version: TlsVersion) -> Vec<u8> {
    let mut hello = number(version).to_vec();
    // Not random: nothing is ever encrypted on this connection.
    hello.extend([0x5a; 32]);
    // No session.
    hello.push(0);
    hello.extend(sized(&words(CIPHER_SUITES)));
    // No compression.
    hello.extend([1, 0]);
    let host = [&[0][..], &sized(name.as_bytes())].concat();
    let mut extensions = extension(0, &sized(&host));
    extensions.extend(extension(10, &sized(&words(CURVES))));
    extensions.extend(extension(11, &[1, 0]));
    if version >= TlsVersion::Tls12 {
        extensions.extend(extension(13, &sized(&words(SIGNATURES))));
    }
    hello.extend(sized(&extensions));
    let length = hello.len();
    // ClientHello, with a length of three bytes.
    let mut message = vec![1, 0, (length >> 8) as u8, length as u8];
    message.extend(hello);
    [&[HANDSHAKE, 3, 1][..], &sized(&message)].concat()
}

fn words(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// The bytes after their length.
fn sized(bytes: &[u8]) -> Vec<u8> {
    // A name has 253 bytes at most.
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &sized(content)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_says_what_it_offers() {
        let hello = client_hello("a.example", TlsVersion::Tls11);
        let hex: String = hello.iter().map(|byte| format!("{byte:02x}")).collect();
        let random = "5a".repeat(32);
        insta::assert_snapshot!(hex.replace(&random, "…"), @"1603010095010000910302…000044c02bc02fc02cc030cca9cca8c023c027c024c028c009c013c00ac014009e009f0067006b00330039009c009d003c003d002f0035c008c0120016000ac007c011000500ff010000240000000e000c000009612e6578616d706c65000a0008000600170018001d000b00020100");
    }

    #[test]
    fn answers() {
        let hello = |minor| [22, 3, 3, 0, 70, 2, 0, 0, 66, 3, minor, 9, 9];
        let accepted = |answer: &[u8], offered| read(answer, offered).map(|offer| offer == Offer::Accepted);
        assert_eq!(accepted(&hello(1), TlsVersion::Tls10), Ok(true));
        assert_eq!(accepted(&hello(2), TlsVersion::Tls11), Ok(true));
        assert_eq!(accepted(&hello(3), TlsVersion::Tls12), Ok(true));
        // Downgraded, which is not an answer to the question.
        assert_eq!(accepted(&hello(1), TlsVersion::Tls11), Ok(false));
        // An alert, the end, and the end too early.
        assert_eq!(accepted(&[21, 3, 1, 0, 2, 2, 70], TlsVersion::Tls10), Ok(false));
        assert_eq!(accepted(&[], TlsVersion::Tls10), Ok(false));
        assert_eq!(accepted(&[22, 3, 1], TlsVersion::Tls10), Ok(false));
        // No TLS at all.
        for garbage in [&b"HTTP/1.1 400 Bad Request"[..], &[0; 11], &[22; 11], &[255; 400]] {
            assert!(read(garbage, TlsVersion::Tls10).is_err(), "{garbage:?}");
        }
    }
}
