//! Actions in policies of IAM: whether there are such.
//!
//! Warnings, since IAM takes a policy with an action that does not exist, and the action is then never allowed. Source: IAM User
//! Guide, "IAM JSON policy elements: Action"; the list of actions is AWS's Service Authorization Reference, by way of cfn-lint.

use super::subject::Subject;
use crate::check::Check;
use crate::finding::{Severity, rule};
use crate::rules::services::policies::statements;
use crate::schema::Explained;

pub(super) fn check(check: &mut Check<'_, '_>, subject: &Subject<'_>) {
    for action in statements(subject.type_name, subject.instance) {
        let services = check.schemas.data.actions();
        let Some((service, name)) = action.text.split_once(':') else { continue };
        // Of what is a pattern itself, or no action at all, a rule about the form of policies tells.
        if service.is_empty() || name.is_empty() || service.contains('*') {
            continue;
        }
        let explained =
            |message: String| Explained { severity: Severity::Warning, ..action.at.wrong(rule::ACTION, &message) };
        let Some(actions) = services.get(&service.to_ascii_lowercase()) else {
            let names: Vec<String> = services.keys().cloned().collect();
            let wrong = explained(format!("there is no service `{service}` in IAM, of `{}`", action.text));
            check.add(subject.finding(&Explained { known: names, wrong: service.to_owned(), ..wrong }));
            continue;
        };
        if actions.iter().any(|known| matches(name.as_bytes(), known.as_bytes())) {
            continue;
        }
        let wrong = match name.contains(['*', '?']) {
            true => explained(format!("no action is like `{}`", action.text)),
            false => explained(format!("there is no action `{}`", action.text)),
        };
        let known = actions.iter().map(|known| format!("{service}:{known}")).collect();
        check.add(subject.finding(&Explained { known, wrong: action.text.to_owned(), ..wrong }));
    }
}

/// True for a name that matches a pattern with `*` and `?`, in whatever letters.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // Where to go on when what follows the last `*` does not fit.
    let (mut at, mut place, mut back) = (0, 0, None);
    while place < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                back = Some((at, place));
                at += 1;
            }
            Some(each) if *each == b'?' || each.eq_ignore_ascii_case(&name[place]) => {
                at += 1;
                place += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    (at, place) = (star + 1, from + 1);
                    back = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|each| *each == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("GetObject", "getobject", true),
            ("Get*", "GetObject", true),
            ("*Object*", "GetObjectAcl", true),
            ("Get?bject", "GetObject", true),
            ("*", "GetObject", true),
            ("Get*Acl", "GetObject", false),
            ("GetObjct", "GetObject", false),
            ("*a*b*c", "aXbXbXc", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
