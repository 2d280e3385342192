//! What is tried again, and after how long a pause.

use std::io::ErrorKind;
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

use crate::causes::chain;

/// AWS throttles by account: 5 tries with growing pauses ride out what other tools cause.
pub(crate) const ATTEMPTS: u32 = 5;

/// The mean of the first pause is half of this.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// How long to wait before the try that follows `failed` others. `chance`, between 0 and 1, keeps programs that were refused together
/// from coming back together.
pub(crate) fn pause(failed: u32, chance: f64) -> Duration {
    let longest = FIRST_PAUSE * 2_u32.saturating_pow(failed.saturating_sub(1).min(10));
    longest.min(LONGEST_PAUSE).mul_f64(chance.clamp(0.0, 1.0))
}

/// Forbids to try again when no connection came about: who waits for a wrong endpoint or a missing network wants to hear of
/// it at once. (While a stack is being followed, outages are ridden out by the deployer.)
#[derive(Debug)]
pub struct NobodyThere;

impl ClassifyRetry for NobodyThere {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        match error.as_connector_error() {
            Some(error) if is_no_connection(error) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "formwork: nobody there"
    }
}

/// A connection that broke is an I/O error too, and worth another try; one that never came about is told by its cause.
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
