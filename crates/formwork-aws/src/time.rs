//! Times as texts, in the form in which services write them.

use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use formwork_model::service::Timestamp;

/// A time in RFC 3339, of whole seconds; times sort as texts.
pub fn rfc_3339(time: SystemTime) -> String {
    let seconds = DateTime::from(time).secs();
    DateTime::from_secs(seconds).fmt(Format::DateTime).unwrap_or_default()
}

/// A time of a service, as the deployer compares it.
pub(crate) fn timestamp(time: &DateTime) -> Timestamp {
    Timestamp { order: time.as_nanos(), text: time.fmt(Format::DateTime).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::rfc_3339;

    #[test]
    fn times_are_of_whole_seconds() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_999);
        assert_eq!(rfc_3339(time), "2023-11-14T22:13:20Z");
    }
}
