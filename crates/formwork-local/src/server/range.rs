//! The part of an object that a client wants.
//!
//! Source: RFC 9110, section 14; S3 API Reference, `GetObject`.

use std::ops::Range;

use super::refusal::Refusal;

/// The bytes of the header `Range`, in an object of this length; `None` when it is the whole. A header that makes no sense is passed over.
pub(super) fn of(header: &str, length: u64) -> Result<Option<Range<u64>>, Refusal> {
    let Some(wanted) = header.trim().strip_prefix("bytes=") else { return Ok(None) };
    if wanted.contains(',') {
        return Err(Refusal::not_implemented(format!("range: {header}")));
    }
    let Some((first, last)) = wanted.split_once('-') else { return Ok(None) };
    let number = |text: &str| (!text.is_empty()).then(|| text.trim().parse::<u64>());
    let range = match (number(first), number(last)) {
        (Some(Ok(first)), None) => first..length,
        (Some(Ok(first)), Some(Ok(last))) if first <= last => first..length.min(last.saturating_add(1)),
        (None, Some(Ok(most))) => length.saturating_sub(most)..length,
        _ => return Ok(None),
    };
    if range.is_empty() {
        return Err(Refusal::new(416, "InvalidRange", "The requested range is not satisfiable")
            .detail("RangeRequested", header)
            .detail("ActualObjectSize", length.to_string()));
    }
    Ok(Some(range))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn ranges() {
        for (header, expected) in [
            ("", None),
            ("bytes=0-0", Some(0..1)),
            ("bytes=2-", Some(2..10)),
            ("bytes=2-5", Some(2..6)),
            ("bytes=2-99", Some(2..10)),
            ("bytes=0-18446744073709551615", Some(0..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=5-2", None),
            ("bytes=a-b", None),
            ("bytes=", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(of(header, 10).unwrap(), expected, "{header}");
        }
        for header in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=0-1,4-5"] {
            assert!(of(header, 10).is_err(), "{header}");
        }
        assert!(of("bytes=0-", 0).is_err());
    }
}
