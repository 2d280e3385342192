//! Retries of calls that no SDK crate makes: the number of tries, the pauses between them, and the errors that are not tried again.

use std::io::ErrorKind;
use std::time::Duration;

use crate::causes::chain;

/// AWS throttles by account: 5 tries with growing pauses outlast the calls of other tools.
pub(crate) const ATTEMPTS: u32 = 5;

/// The mean of the first pause is half of this.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Pause before the next try, after `failed` tries. `chance`, between 0 and 1, keeps programs that were refused together
/// from coming back together.
pub(crate) fn pause(failed: u32, chance: f64) -> Duration {
    let longest = FIRST_PAUSE * 2_u32.saturating_pow(failed.saturating_sub(1).min(10));
    longest.min(LONGEST_PAUSE).mul_f64(chance.clamp(0.0, 1.0))
}

/// A connection that broke is an I/O error too, and worth another try; its kind differs from that of one that could not be made.
pub(crate) fn is_no_connection(error: &(dyn std::error::Error + 'static)) -> bool {
    use ErrorKind as Kind;
    for error in chain(error) {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            let broken = [Kind::ConnectionReset, Kind::ConnectionAborted, Kind::BrokenPipe, Kind::UnexpectedEof];
            return !broken.contains(&error.kind());
        }
        // The connector's own type for this is private.
        if error.to_string().starts_with("HTTP connect timeout") {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_end() {
        let longest: Vec<u128> = (1..=8).map(|failed| pause(failed, 1.0).as_millis()).collect();
        assert_eq!(longest, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
        assert_eq!(pause(3, 0.0), Duration::ZERO);
        assert_eq!(pause(u32::MAX, 0.5), Duration::from_secs(10));
    }
}
