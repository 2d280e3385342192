//! The URL of a bucket, of an object in it, and of a call about either.
//!
//! Sources: S3 User Guide, "Virtual hosting of general purpose buckets" (a bucket with dots in its name has no certificate as a host);
//! S3 API Reference, "Authenticating Requests (AWS Signature Version 4)" (each byte of a key is escaped, but for the slashes).

use std::borrow::Cow;

use formwork_model::objects::Bucket;
use percent_encoding::{AsciiSet, utf8_percent_encode};

use crate::client::{ESCAPED, escaped};

/// Characters of a key that are not escaped.
const IN_KEYS: &AsciiSet = &ESCAPED.remove(b'/');

/// A parameter of a query; some have a name and no value.
pub(super) type Parameter<'a> = (&'static str, Option<Cow<'a, str>>);

/// The URL of a call. `server` is that of the region; `is_given` is true for one that stands in for AWS's, of which only paths are
/// known to work.
pub(super) fn url(server: &str, is_given: bool, bucket: &Bucket, key: &str, query: &[Parameter<'_>]) -> String {
    let name = escaped(&bucket.name);
    let base = match server.split_once("://") {
        Some((scheme, host)) if !is_given && is_host(&bucket.name) => format!("{scheme}://{name}.{host}"),
        _ => format!("{server}/{name}"),
    };
    let mut url = format!("{base}/{}", utf8_percent_encode(key, IN_KEYS));
    for (index, (name, value)) in query.iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url += name;
        if let Some(value) = value {
            url.push('=');
            url += &escaped(value);
        }
    }
    url
}

/// True if a bucket's name is one label of a host's name.
fn is_host(name: &str) -> bool {
    let is_outer = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| is_outer(*byte) || *byte == b'-')
        && bytes.first().zip(bytes.last()).is_some_and(|(first, last)| is_outer(*first) && is_outer(*last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::S3;

    fn bucket(name: &str) -> Bucket {
        Bucket { name: name.to_owned(), region: "eu-central-1".to_owned(), owner: "111122223333".to_owned() }
    }

    #[test]
    fn urls() {
        let aws = |name: &str, region: &str, fips: bool, key: &str| {
            url(&S3.endpoint(region, fips).url, false, &bucket(name), key, &[])
        };
        let query: [Parameter<'_>; 2] = [("uploads", None), ("prefix", Some("a b/ü+".into()))];
        insta::assert_snapshot!(
            [
                aws("assets-1", "eu-central-1", false, "a/b.zip"),
                aws("assets-1", "cn-north-1", false, "a"),
                aws("assets-1", "us-gov-west-1", true, "a"),
                aws("my.assets", "eu-central-1", false, "a"),
                aws("Assets", "us-east-1", false, "a"),
                aws("b/../c", "us-east-1", false, "a"),
                aws("assets-1", "us-east-1", false, "/a b+c/../ü?#%/"),
                url("http://127.0.0.1:4566", true, &bucket("assets-1"), "k", &query),
            ]
            .join("\n"),
            @"
        https://assets-1.s3.eu-central-1.amazonaws.com/a/b.zip
        https://assets-1.s3.cn-north-1.amazonaws.com.cn/a
        https://assets-1.s3-fips.us-gov-west-1.amazonaws.com/a
        https://s3.eu-central-1.amazonaws.com/my.assets/a
        https://s3.us-east-1.amazonaws.com/Assets/a
        https://s3.us-east-1.amazonaws.com/b%2F..%2Fc/a
        https://assets-1.s3.us-east-1.amazonaws.com//a%20b%2Bc/../%C3%BC%3F%23%25/
        http://127.0.0.1:4566/assets-1/k?uploads&prefix=a%20b%2F%C3%BC%2B
        "
        );
    }
}
