//! Time as the API writes it. Everything inside counts milliseconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) type Millis = u64;

/// A source of the time. Tests have one of their own, in which time passes only when the test says so.
pub(crate) trait Clock: std::fmt::Debug + Send + Sync {
    fn now(&self) -> Millis;
}

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct System;

impl Clock for System {
    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A clock that stands still until somebody moves it: that of an engine in memory, and of tests.
#[derive(Debug)]
pub(crate) struct Hand(std::sync::atomic::AtomicU64);

impl Hand {
    /// At 2026-11-28T00:00:00Z.
    pub(crate) fn new() -> Self {
        Hand(1_795_824_000_000.into())
    }

    /// Time passes.
    pub(crate) fn pass(&self, millis: Millis) {
        self.0.fetch_add(millis, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Millis {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// E.g. `2026-11-23T23:42:25.123Z`; the last time there is for one that no calendar has.
pub(crate) fn text(millis: Millis) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
    let time = time.unwrap_or(PrimitiveDateTime::MAX.assume_utc());
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second, milli) = time.to_hms_milli();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The nanoseconds since 1970 of a time as [`text`] writes it.
pub(crate) fn nanoseconds(text: &str) -> Option<i128> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u16>().ok();
    let byte = |range| number(range).and_then(|number| u8::try_from(number).ok());
    let month = Month::try_from(byte(5..7)?).ok()?;
    let date = Date::from_calendar_date(number(0..4)?.into(), month, byte(8..10)?).ok()?;
    let time = date.with_hms_milli(byte(11..13)?, byte(14..16)?, byte(17..19)?, number(20..23)?).ok()?;
    Some(time.assume_utc().unix_timestamp_nanos())
}

/// As in headers of HTTP, e.g. `Mon, 23 Nov 2026 23:42:25 GMT`.
#[cfg(feature = "server")]
pub(crate) fn http(millis: Millis) -> String {
    // What HTTP's form of a date has no room for is a mistake of somebody's clock.
    let latest = 253_402_300_799_000;
    httpdate::fmt_http_date(UNIX_EPOCH + std::time::Duration::from_millis(millis.min(latest)))
}

#[cfg(test)]
mod tests {
    use super::{http, nanoseconds, text};

    #[test]
    fn days_months_and_leap_years() {
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(951_782_400_123), "2000-02-29T00:00:00.123Z");
        assert_eq!(text(1_795_477_345_000), "2026-11-23T23:42:25.000Z");
        for millis in [0, 951_782_400_123, 1_795_477_345_000] {
            assert_eq!(nanoseconds(&text(millis)), Some(i128::from(millis) * 1_000_000));
        }
        assert_eq!(http(1_795_477_345_000), "Mon, 23 Nov 2026 23:42:25 GMT");
        assert_eq!(http(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(
            (text(u64::MAX).as_str(), http(u64::MAX).as_str()),
            ("9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT")
        );
    }
}
