//! Schedules of EventBridge and of what takes them over.
//!
//! Source: Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled rules"; EventBridge Scheduler User Guide, "Schedule
//! types in EventBridge Scheduler"; AWS Glue Developer Guide, "Time-based schedules for jobs and crawlers".

use super::at::{At, Errors};
use crate::finding::rule;

const CRON: &str = "`cron(MINUTES HOURS DAY-OF-MONTH MONTH DAY-OF-WEEK YEAR)`, where one of the days is `?`";
const RATE: &str = "`rate(VALUE UNIT)`, with `minute`, `hour` or `day` for 1 and `minutes`, `hours` or `days` beyond";

pub(super) fn check(type_name: &str, at: &At<'_>, errors: &mut Errors) {
    let property = match type_name {
        "AWS::Events::Rule" | "AWS::Scheduler::Schedule" => "ScheduleExpression",
        "AWS::Glue::Trigger" => "Schedule",
        _ => return,
    };
    let Some(at) = at.get(property) else { return };
    let Some(text) = at.text().filter(|text| !text.is_empty()) else { return };
    let wrong = |allowed: &str| at.wrong(rule::PROPERTY_VALUE, "{} is {value}").allowed(allowed);
    let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if inside("cron").is_some_and(|inside| !is_cron(inside)) {
        errors.push(wrong(CRON));
    }
    let is_rule = type_name == "AWS::Events::Rule";
    if inside("rate").is_some_and(|inside| !is_rate(inside, is_rule)) {
        errors.push(wrong(RATE));
    }
    // The schema reports a text that is neither.
}

fn is_cron(text: &str) -> bool {
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [_, _, day_of_month, _, day_of_week, _] => *day_of_month == "?" || *day_of_week == "?",
        _ => false,
    }
}

/// Rules take the unit in the number of its value, schedules in any.
fn is_rate(text: &str, is_rule: bool) -> bool {
    let [value, unit] = text.split_whitespace().collect::<Vec<_>>()[..] else { return false };
    let Ok(value) = value.parse::<u64>() else { return false };
    let (one, several) = (["minute", "hour", "day"], ["minutes", "hours", "days"]);
    match value {
        0 => false,
        _ if !is_rule => one.contains(&unit) || several.contains(&unit),
        1 => one.contains(&unit),
        _ => several.contains(&unit),
    }
}
