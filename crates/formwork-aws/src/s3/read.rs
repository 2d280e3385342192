//! Answers of S3 as plain data.
//!
//! Source: S3 API Reference, `HeadObject`, `GetObject`, `ListObjectsV2` (with `encoding-type=url`, keys are escaped as in forms: a space
//! is a plus sign).

use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use formwork_model::objects::{ObjectFacts, ObjectPage};
use percent_encoding::percent_decode_str;

use crate::error::Error;
use crate::xml::Element;

/// An object's facts by the headers of its content.
pub(super) fn facts(call: &'static str, key: &str, headers: &Headers) -> Result<ObjectFacts, Error> {
    let missing = |field| Error::Incomplete { call, field };
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let length = length.ok_or_else(|| missing("Content-Length"))?;
    let modified = headers.get("last-modified").and_then(|time| time_of(time, Format::HttpDate));
    Ok(ObjectFacts { key: key.to_owned(), length, modified: modified.ok_or_else(|| missing("Last-Modified"))? })
}

/// A time in RFC 3339, to the second: so they sort as texts, whichever call told them.
fn time_of(text: &str, format: Format) -> Option<String> {
    let time = DateTime::from_str(text, format).ok()?;
    DateTime::from_secs(time.secs()).fmt(Format::DateTime).ok()
}

/// A page of a list.
pub(super) fn page(document: &Element) -> Result<ObjectPage, Error> {
    let is_escaped = document.child("EncodingType").is_some_and(|encoding| encoding.text == "url");
    let contents = document.elements.iter().filter(|element| element.name == "Contents");
    let objects = contents.map(|element| listed(element, is_escaped)).collect::<Result<_, _>>()?;
    let is_truncated = document.child("IsTruncated").is_some_and(|element| element.text == "true");
    let next = match is_truncated {
        true => Some(text(document, "NextContinuationToken")?.to_owned()),
        false => None,
    };
    Ok(ObjectPage { objects, next })
}

fn listed(element: &Element, is_escaped: bool) -> Result<ObjectFacts, Error> {
    let key = text(element, "Key")?;
    let length = text(element, "Size")?.parse().map_err(|_| missing("Size"))?;
    let modified = time_of(text(element, "LastModified")?, Format::DateTime).ok_or_else(|| missing("LastModified"))?;
    Ok(ObjectFacts { key: if is_escaped { decoded(key)? } else { key.to_owned() }, length, modified })
}

fn missing(field: &'static str) -> Error {
    Error::Incomplete { call: "ListObjectsV2", field }
}

fn text<'a>(element: &'a Element, name: &'static str) -> Result<&'a str, Error> {
    element.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
}

fn decoded(key: &str) -> Result<String, Error> {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map(|key| key.into_owned()).map_err(|_| missing("Key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let text = "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
            <NextContinuationToken>t</NextContinuationToken>\
            <Contents><Key>a+b%2Bc/%C3%BC</Key><Size>7</Size><LastModified>2026-01-02T03:04:05.678Z</LastModified></Contents>\
            </ListBucketResult>";
        let read = page(&Element::read(text).unwrap()).unwrap();
        assert_eq!(read.next.as_deref(), Some("t"));
        let told = read.objects.iter().map(|one| (one.key.as_str(), one.length, one.modified.as_str()));
        assert_eq!(told.collect::<Vec<_>>(), [("a b+c/ü", 7, "2026-01-02T03:04:05Z")]);
        let plain = text.replace("<EncodingType>url</EncodingType>", "").replace("<NextContinuationToken>t<", "<X>t<");
        let plain = plain.replace("</NextContinuationToken>", "</X>");
        assert!(matches!(
            page(&Element::read(&plain).unwrap()),
            Err(Error::Incomplete { field: "NextContinuationToken", .. })
        ));
        let plain = plain.replace("<IsTruncated>true", "<IsTruncated>false");
        assert_eq!(page(&Element::read(&plain).unwrap()).unwrap().objects[0].key, "a+b%2Bc/%C3%BC");
    }

    #[test]
    fn facts_are_read() {
        let mut headers = Headers::new();
        headers.insert("content-length", "1");
        headers.insert("last-modified", "Fri, 02 Jan 2026 03:04:05 GMT");
        let read = facts("GetObject", "k", &headers).unwrap();
        assert_eq!((read.length, read.modified.as_str()), (1, "2026-01-02T03:04:05Z"));
        headers.insert("last-modified", "yesterday");
        assert!(matches!(facts("HeadObject", "k", &headers), Err(Error::Incomplete { field: "Last-Modified", .. })));
    }
}
