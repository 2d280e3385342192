//! Times that nginx and a shell take.

use std::time::Duration;

use formwork_assembly::Problem;

/// A day; nginx takes more, and nobody means it.
pub(super) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reports a time that nginx or a shell does not take.
pub(super) fn check(what: &str, value: Duration, problems: &mut Vec<Problem>) {
    let message = match value {
        value if value.subsec_nanos() != 0 => "is not whole seconds",
        Duration::ZERO => "is not a time at all",
        value if value > LONGEST => "is more than a day",
        _ => return,
    };
    problems.push(Problem::error(format!("the proxy's {what} of `{}` s {message}", value.as_secs_f64())));
}
