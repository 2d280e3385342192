//! Everything that is worked out of a content while it goes by: its length, its MD5, and one checksum of those that S3 knows.
//!
//! Source: S3 User Guide, "Checking object integrity in Amazon S3".

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc::{CRC_32_ISCSI, CRC_64_NVME, Crc, Digest as Running, Table};
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
static CRC64: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_NVME);

/// A kind of checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Algorithm {
    Crc32,
    Crc32C,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// Of which bytes a checksum of an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Kind {
    /// Of the content.
    FullObject,
    /// Of the checksums of the parts.
    Composite,
}

/// A checksum of an object or a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksum {
    pub(crate) algorithm: Algorithm,
    pub(crate) kind: Kind,
    /// In base64; that of parts with their number behind it.
    pub(crate) value: String,
}

impl Algorithm {
    pub(crate) const ALL: [Algorithm; 5] =
        [Algorithm::Crc32, Algorithm::Crc32C, Algorithm::Crc64Nvme, Algorithm::Sha1, Algorithm::Sha256];

    /// Its name in answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Algorithm::Crc32 => "CRC32",
            Algorithm::Crc32C => "CRC32C",
            Algorithm::Crc64Nvme => "CRC64NVME",
            Algorithm::Sha1 => "SHA1",
            Algorithm::Sha256 => "SHA256",
        }
    }

    /// The header, or trailer, with its value.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Algorithm::Crc32 => "x-amz-checksum-crc32",
            Algorithm::Crc32C => "x-amz-checksum-crc32c",
            Algorithm::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Algorithm::Sha1 => "x-amz-checksum-sha1",
            Algorithm::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The element of XML with its value.
    pub(crate) fn element(self) -> String {
        format!("Checksum{}", self.name())
    }

    /// The one of the name, in any case.
    pub(crate) fn named(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
    }

    /// The one whose value stands in the header.
    pub(crate) fn in_header(header: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|one| one.header().eq_ignore_ascii_case(header))
    }

    /// The length of its value in bytes.
    fn length(self) -> usize {
        match self {
            Algorithm::Crc32 | Algorithm::Crc32C => 4,
            Algorithm::Crc64Nvme => 8,
            Algorithm::Sha1 => 20,
            Algorithm::Sha256 => 32,
        }
    }

    /// True if it is a value of this kind, in base64.
    pub(crate) fn is_value(self, value: &str) -> bool {
        STANDARD.decode(value).is_ok_and(|bytes| bytes.len() == self.length())
    }

    /// The kind that an upload has if nobody names one.
    pub(crate) fn usual_kind(self) -> Kind {
        if self == Algorithm::Crc64Nvme { Kind::FullObject } else { Kind::Composite }
    }

    /// True if the checksum of an object of several parts can be of this kind.
    pub(crate) fn can_be(self, kind: Kind) -> bool {
        match self {
            Algorithm::Crc32 | Algorithm::Crc32C => true,
            Algorithm::Crc64Nvme => kind == Kind::FullObject,
            Algorithm::Sha1 | Algorithm::Sha256 => kind == Kind::Composite,
        }
    }
}

impl Kind {
    /// Its name in headers and answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::FullObject => "FULL_OBJECT",
            Kind::Composite => "COMPOSITE",
        }
    }

    /// The one of the name.
    pub(crate) fn named(name: &str) -> Option<Kind> {
        [Kind::FullObject, Kind::Composite].into_iter().find(|one| one.name() == name)
    }
}

/// A checksum that is not yet at its end.
enum Sum {
    Crc32(crc32fast::Hasher),
    Crc32C(Running<'static, u32, Table<16>>),
    Crc64Nvme(Running<'static, u64, Table<16>>),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Sum {
    fn new(algorithm: Algorithm) -> Sum {
        match algorithm {
            Algorithm::Crc32 => Sum::Crc32(crc32fast::Hasher::new()),
            Algorithm::Crc32C => Sum::Crc32C(CRC32C.digest()),
            Algorithm::Crc64Nvme => Sum::Crc64Nvme(CRC64.digest()),
            Algorithm::Sha1 => Sum::Sha1(Sha1::new()),
            Algorithm::Sha256 => Sum::Sha256(Sha256::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Sum::Crc32(sum) => sum.update(bytes),
            Sum::Crc32C(sum) => sum.update(bytes),
            Sum::Crc64Nvme(sum) => sum.update(bytes),
            Sum::Sha1(sum) => sum.update(bytes),
            Sum::Sha256(sum) => sum.update(bytes),
        }
    }

    fn end(self) -> Vec<u8> {
        match self {
            Sum::Crc32(sum) => sum.finalize().to_be_bytes().to_vec(),
            Sum::Crc32C(sum) => sum.finalize().to_be_bytes().to_vec(),
            Sum::Crc64Nvme(sum) => sum.finalize().to_be_bytes().to_vec(),
            Sum::Sha1(sum) => sum.finalize().to_vec(),
            Sum::Sha256(sum) => sum.finalize().to_vec(),
        }
    }
}

/// The digests of a content, as far as it has gone by.
pub(crate) struct Digests {
    length: u64,
    /// Without it, there is an entity tag already.
    md5: Option<Md5>,
    algorithm: Algorithm,
    sum: Sum,
    /// The digest that a signature is of, if that is asked for.
    signed: Option<Sha256>,
}

/// The digests of a whole content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digested {
    pub(crate) length: u64,
    pub(crate) md5: Vec<u8>,
    pub(crate) algorithm: Algorithm,
    /// In base64.
    pub(crate) sum: String,
    /// In hexadecimal.
    pub(crate) signed: Option<String>,
}

impl std::fmt::Debug for Digests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Digests")
            .field("length", &self.length)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl Digests {
    pub(crate) fn new(algorithm: Algorithm, is_signed: bool) -> Digests {
        let signed = is_signed.then(Sha256::new);
        Digests { length: 0, md5: Some(Md5::new()), algorithm, sum: Sum::new(algorithm), signed }
    }

    /// The checksum alone.
    pub(crate) fn sum_alone(algorithm: Algorithm) -> Digests {
        Digests { md5: None, ..Digests::new(algorithm, false) }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        self.sum.update(bytes);
        if let Some(signed) = &mut self.signed {
            signed.update(bytes);
        }
    }

    pub(crate) fn end(self) -> Digested {
        Digested {
            length: self.length,
            md5: self.md5.map(|md5| md5.finalize().to_vec()).unwrap_or_default(),
            algorithm: self.algorithm,
            sum: STANDARD.encode(self.sum.end()),
            signed: self.signed.map(|signed| hexadecimal(&signed.finalize())),
        }
    }
}

/// The entity tag, without its quotes, of an object that was put together of parts with these tags.
///
/// Source: S3 API Reference, `Object`, "ETag".
pub(crate) fn tag_of_parts<'t>(tags: impl IntoIterator<Item = &'t str>) -> String {
    let (mut md5, mut count) = (Md5::new(), 0);
    for tag in tags {
        md5.update(bytes_of(tag));
        count += 1;
    }
    format!("{}-{count}", hexadecimal(&md5.finalize()))
}

/// The checksum of an object's parts, of which these are the checksums.
pub(crate) fn sum_of_parts<'s>(algorithm: Algorithm, sums: impl IntoIterator<Item = &'s str>) -> String {
    let (mut sum, mut count) = (Sum::new(algorithm), 0);
    for part in sums {
        sum.update(&STANDARD.decode(part).unwrap_or_default());
        count += 1;
    }
    format!("{}-{count}", STANDARD.encode(sum.end()))
}

/// Bytes as entity tags spell them.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes that are spelled so, up to where they are not.
fn bytes_of(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map_while(|place| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digested(algorithm: Algorithm, content: &[u8]) -> Digested {
        let mut digests = Digests::new(algorithm, true);
        content.chunks(4).for_each(|chunk| digests.update(chunk));
        digests.end()
    }

    /// The check values of the catalogue of CRCs, and those of RFC 1321 and FIPS 180-4.
    #[test]
    fn sums_are_those_of_everybody() {
        let expected = [
            (Algorithm::Crc32, "cbf43926"),
            (Algorithm::Crc32C, "e3069283"),
            (Algorithm::Crc64Nvme, "ae8b14860a799888"),
            (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (Algorithm::Sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        ];
        for (algorithm, sum) in expected {
            let found = digested(algorithm, b"123456789");
            assert_eq!((found.length, hexadecimal(&STANDARD.decode(&found.sum).unwrap()).as_str()), (9, sum));
            assert_eq!(hexadecimal(&found.md5), "25f9e794323b453885f5181f1b624d0b");
            assert_eq!(found.signed.as_deref(), Some(expected[4].1));
            assert!(algorithm.is_value(&found.sum) && !algorithm.is_value("AA==") && !algorithm.is_value("?"));
            assert_eq!(Algorithm::named(&algorithm.name().to_lowercase()), Some(algorithm));
            assert_eq!(Algorithm::in_header(algorithm.header()), Some(algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.name());
        }
    }

    /// Source of what is expected: Python's `hashlib` and `zlib`.
    #[test]
    fn tags_and_sums_of_parts() {
        let part = "25f9e794323b453885f5181f1b624d0b";
        assert_eq!(tag_of_parts([part, part]), "4f2908c19b573e50b194e208c928de17-2");
        assert_eq!(sum_of_parts(Algorithm::Crc32, ["y/Q5Jg==", "y/Q5Jg=="]), "cCOsTw==-2");
    }
}
