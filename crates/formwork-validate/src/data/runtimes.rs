//! Runtimes of Lambda: from when on no function is created with one, and from when on AWS mends nothing in it.
//!
//! Source: AWS Lambda Developer Guide, "Lambda runtimes", "Runtime deprecation policy". The days are those of the snapshot, and so is
//! the day that they are compared with.

use formwork_schema::extensions::{self, Runtime};
use serde_json::Value as Json;

use super::subject::Subject;
use crate::check::Check;
use crate::finding::{Finding, Severity, rule};
use crate::instance::trace;
use crate::rules::path;

pub(super) fn check(check: &mut Check<'_, '_>, subject: &Subject<'_>) {
    if subject.type_name != "AWS::Lambda::Function" {
        return;
    }
    let Some(name) = subject.instance.get("Runtime").and_then(Json::as_str) else { return };
    let mut place = path(&["Resources", subject.id, "Properties"]);
    place.extend(trace(subject.properties, &["Runtime".to_owned()], subject.scenario));
    let known = check.schemas.data.runtime(name);
    check.findings.extend(known.and_then(|known| judged(name, &known, extensions::date(), &place)));
}

/// Runtimes that the serverless transform passes on as they are: of a function, and of all of them.
pub(super) fn of_transform(check: &mut Check<'_, '_>) {
    let template = check.template;
    let functions = template.resources.iter().filter(|(_, resource)| resource.type_name == "AWS::Serverless::Function");
    let of_functions =
        functions.map(|(id, resource)| (vec!["Resources", id, "Properties"], resource.properties.to_value()));
    let global = template.others.get("Globals").and_then(|globals| globals.as_map()?.get("Function").cloned());
    let all: Vec<_> = of_functions.chain(global.map(|global| (vec!["Globals", "Function"], global))).collect();
    for (mut place, properties) in all {
        place.push("Runtime");
        let name = properties.as_map().and_then(|entries| entries.get("Runtime")?.as_str());
        let Some((name, known)) = name.and_then(|name| Some((name, check.schemas.data.runtime(name)?))) else {
            continue;
        };
        check.findings.extend(judged(name, &known, extensions::date(), &path(&place)));
    }
}

/// Finding about a runtime on a day, if there is one.
fn judged(name: &str, runtime: &Runtime, today: &str, place: &[String]) -> Option<Finding> {
    let past = |day: &Option<String>| day.as_deref().filter(|day| *day <= today).map(str::to_owned);
    // A function whose runtime is closed for updates can stay, and nothing of it can change.
    let closed = past(&runtime.update_block);
    let about = match closed {
        Some(_) => place.iter().take(2).cloned().collect(),
        None => place.to_vec(),
    };
    let (severity, message) = match (past(&runtime.create_block), past(&runtime.deprecated)) {
        (Some(day), _) => {
            let also = closed.map(|day| format!(", nor updated since {day}")).unwrap_or_default();
            let message = format!("`Runtime` is `{name}`, with which no function can be created since {day}{also}");
            (Severity::Error, message)
        }
        (None, Some(day)) => (Severity::Warning, format!("`Runtime` is `{name}`, which is deprecated since {day}")),
        (None, None) => return None,
    };
    let found =
        Finding { severity, ages: vec![about], ..Finding::error(rule::NOT_OFFERED, place, message) }.value(name);
    Some(match &runtime.successor {
        Some(successor) => found.hint(format!("take `{successor}`")),
        None => found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_decide() {
        let day = |day: &str| Some(day.to_owned());
        let runtime = Runtime {
            deprecated: day("2024-01-10"),
            create_block: day("2024-02-10"),
            update_block: day("2024-03-10"),
            successor: None,
        };
        let severity = |today: &str| judged("x1", &runtime, today, &[]).map(|finding| finding.severity);
        assert_eq!(severity("2024-01-09"), None);
        assert_eq!(severity("2024-01-10"), Some(Severity::Warning));
        assert_eq!(severity("2024-02-10"), Some(Severity::Error));
        assert_eq!(judged("x1", &Runtime::default(), "2030-01-01", &[]), None);
    }
}
