//! Time as the API writes it. Everything inside counts milliseconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) type Millis = u64;

/// The time now.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    #[cfg(test)]
    let now = now + PASSED.get();
    now
}

#[cfg(test)]
thread_local! {
    static PASSED: std::cell::Cell<Millis> = const { std::cell::Cell::new(0) };
}

/// Time passes, in this test.
#[cfg(test)]
pub(crate) fn pass(millis: Millis) {
    PASSED.set(PASSED.get() + millis);
}

/// E.g. `2026-11-23T23:42:25.123Z`.
pub(crate) fn text(millis: Millis) -> String {
    let Parts { year, month, day, hour, minute, second, milli, .. } = parts(millis);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// As in headers of HTTP, e.g. `Mon, 23 Nov 2026 23:42:25 GMT`.
pub(crate) fn http(millis: Millis) -> String {
    const DAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Parts { weekday, year, month, day, hour, minute, second, .. } = parts(millis);
    let name =
        |names: &[&'static str], place: u64| usize::try_from(place).ok().and_then(|place| names.get(place).copied());
    let (weekday, month) = (name(DAYS, weekday).unwrap_or_default(), name(MONTHS, month - 1).unwrap_or_default());
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

struct Parts {
    /// Monday is 0.
    weekday: u64,
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    milli: u64,
}

fn parts(millis: Millis) -> Parts {
    let (days, of_day) = (millis / 86_400_000, millis % 86_400_000);
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`, for days after 1970.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    // The first of January 1970 was a Thursday.
    Parts { weekday: (days + 3) % 7, year, month, day, hour, minute, second, milli }
}

#[cfg(test)]
mod tests {
    use super::{http, text};

    #[test]
    fn days_months_and_leap_years() {
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(951_782_400_123), "2000-02-29T00:00:00.123Z");
        assert_eq!(text(1_795_477_345_000), "2026-11-23T23:42:25.000Z");
        assert_eq!(http(1_795_477_345_000), "Mon, 23 Nov 2026 23:42:25 GMT");
        assert_eq!(http(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
