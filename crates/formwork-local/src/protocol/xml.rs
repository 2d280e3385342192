//! Answers as XML. A handler gives a JSON value: objects become elements, lists `member` elements, `null` nothing.

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use serde_json::{Map, Value, json};

use super::ApiError;

const CLOUDFORMATION: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";
const S3: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// `<ActionResponse><ActionResult>…</ActionResult><ResponseMetadata>…`.
pub(crate) fn answer(action: &str, result: &Value, request_id: &str) -> Vec<u8> {
    let namespace = if crate::api::is_of_tokens(action) { STS } else { CLOUDFORMATION };
    let mut body = Map::new();
    body.insert(format!("{action}Result"), result.clone());
    body.insert("ResponseMetadata".to_owned(), json!({ "RequestId": request_id }));
    document(&format!("{action}Response"), Some(namespace), Lists::Members, &Value::Object(body))
}

/// `<ErrorResponse>`.
pub(crate) fn error(error: &ApiError, request_id: &str) -> Vec<u8> {
    let kind = if error.status < 500 { "Sender" } else { "Receiver" };
    let body = json!({
        "Error": { "Type": kind, "Code": error.code, "Message": error.message },
        "RequestId": request_id,
    });
    document("ErrorResponse", Some(CLOUDFORMATION), Lists::Members, &body)
}

/// S3's form of a refusal, with what it tells beside code and message.
pub(crate) fn bucket_error(code: &str, message: &str, details: Map<String, Value>) -> Vec<u8> {
    let mut body = Map::from_iter([("Code".to_owned(), json!(code)), ("Message".to_owned(), json!(message))]);
    body.extend(details);
    document("Error", None, Lists::Repeated, &Value::Object(body))
}

/// S3's form of an answer: where a list stands in it, its name stands around each of the items, and nothing around them all.
pub(crate) fn bucket_answer(root: &str, body: &Value) -> Vec<u8> {
    document(root, Some(S3), Lists::Repeated, body)
}

/// The form of a list.
#[derive(Clone, Copy)]
enum Lists {
    /// Its name around a `member` for each item.
    Members,
    /// Its name around each item.
    Repeated,
}

fn document(root: &str, namespace: Option<&str>, lists: Lists, body: &Value) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let mut start = BytesStart::new(root);
    if let Some(namespace) = namespace {
        start.push_attribute(("xmlns", namespace));
    }
    // Writing to memory cannot fail; were it to, the answer would be cut short and the client would say so.
    let _ = writer.write_event(Event::Start(start));
    content(&mut writer, lists, body);
    let _ = writer.write_event(Event::End(BytesEnd::new(root)));
    writer.into_inner()
}

fn element(writer: &mut Writer<Vec<u8>>, lists: Lists, name: &str, value: &Value) {
    if value.is_null() {
        return;
    }
    if let (Lists::Repeated, Value::Array(items)) = (lists, value) {
        return items.iter().for_each(|item| element(writer, lists, name, item));
    }
    let _ = writer.write_event(Event::Start(BytesStart::new(name)));
    content(writer, lists, value);
    let _ = writer.write_event(Event::End(BytesEnd::new(name)));
}

fn content(writer: &mut Writer<Vec<u8>>, lists: Lists, value: &Value) {
    match value {
        Value::Null => {}
        Value::Object(fields) => fields.iter().for_each(|(name, value)| element(writer, lists, name, value)),
        Value::Array(items) => items.iter().for_each(|item| element(writer, lists, "member", item)),
        Value::String(text) => {
            let text = allowed(text);
            let _ = writer.write_event(Event::Text(BytesText::new(&text)));
        }
        other => {
            let _ = writer.write_event(Event::Text(BytesText::new(&other.to_string())));
        }
    }
}

/// XML 1.0 has no way to say most control characters; a template may contain them all the same.
fn allowed(text: &str) -> std::borrow::Cow<'_, str> {
    let refused = |c: char| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.contains(refused) { text.replace(refused, "\u{fffd}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_members_and_nothing_is_left_out() {
        let result =
            json!({ "Stacks": [{ "Name": "a<b&c", "Gone": null, "On": true }], "Empty": [], "Odd": "a\u{1}b" });
        let text = String::from_utf8(answer("DescribeStacks", &result, "r-1")).unwrap();
        insta::assert_snapshot!(text, @r#"<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><Name>a&lt;b&amp;c</Name><On>true</On></member></Stacks><Empty></Empty><Odd>a�b</Odd></DescribeStacksResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DescribeStacksResponse>"#);
    }

    #[test]
    fn lists_of_s3_have_no_members() {
        let body = json!({ "Name": "b", "Contents": [{ "Key": "1" }, { "Key": "2" }], "CommonPrefixes": [] });
        let text = String::from_utf8(bucket_answer("ListBucketResult", &body)).unwrap();
        insta::assert_snapshot!(text, @r#"<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Contents><Key>1</Key></Contents><Contents><Key>2</Key></Contents></ListBucketResult>"#);
    }

    #[test]
    fn a_refusal() {
        let text = String::from_utf8(error(&ApiError::validation("no"), "r-1")).unwrap();
        insta::assert_snapshot!(text, @r#"<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>ValidationError</Code><Message>no</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"#);
    }
}
