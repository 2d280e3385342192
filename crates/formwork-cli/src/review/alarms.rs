//! Changes that a reviewer looks at first: losses, replacements, permissions beyond those of before.

use formwork_diff::{Impact, ResourceDiff};

use super::{Review, Reviewed};

/// One line of what to look at first.
pub(super) struct Alarm<'r> {
    /// The stack, for people.
    pub(super) stack: &'r str,
    /// `[-] destroy`, `[!]`.
    pub(super) what: String,
    /// The logical id; of what other stacks use, the whole sentence.
    pub(super) subject: String,
    /// The type.
    pub(super) type_name: String,
    /// Reasons, a clause each.
    pub(super) why: Vec<String>,
}

/// The alarms of all stacks: lost resources by severity, then what other stacks use, what CloudFormation refuses, then permissions.
pub(super) fn of<'r>(review: &'r Review<'_>) -> Vec<Alarm<'r>> {
    let mut lost: Vec<(Impact, Alarm<'_>)> = review.stacks.iter().flat_map(lost).collect();
    lost.sort_by_key(|(impact, _)| std::cmp::Reverse(*impact));
    let in_use = review.stacks.iter().flat_map(|stack| {
        stack.in_use.iter().map(|sentence| Alarm {
            stack: &stack.title,
            what: "[!] in use".to_owned(),
            subject: sentence.clone(),
            type_name: String::new(),
            why: Vec::new(),
        })
    });
    let refused = review.stacks.iter().flat_map(|stack| {
        stack.refused.iter().map(|sentence| Alarm {
            stack: &stack.title,
            what: "[!] refused".to_owned(),
            subject: sentence.clone(),
            type_name: String::new(),
            why: Vec::new(),
        })
    });
    lost.into_iter()
        .map(|(_, alarm)| alarm)
        .chain(in_use)
        .chain(refused)
        .chain(review.stacks.iter().flat_map(broadened))
        .collect()
}

fn lost<'r>(stack: &'r Reviewed<'_>) -> Vec<(Impact, Alarm<'r>)> {
    let own = stack.diffs.iter().flat_map(|diff| &diff.resources).map(|resource| (resource, false));
    let nested = stack.nested.iter().map(|resource| (*resource, true));
    let lost = own.chain(nested).filter(|(resource, _)| resource.impact.is_destructive());
    lost.map(|(resource, is_nested)| (resource.impact, of_lost(&stack.title, resource, is_nested))).collect()
}

fn of_lost<'r>(stack: &'r str, resource: &ResourceDiff, is_nested: bool) -> Alarm<'r> {
    let mut why = resource.why();
    let places = resource.properties.iter().filter(|property| property.impact == resource.impact);
    let places: Vec<String> = match resource.impact {
        Impact::Replace | Impact::MayReplace => places.map(|property| property.path.for_people()).collect(),
        _ => Vec::new(),
    };
    if !places.is_empty() {
        why.push(format!("by {}", places.join(", ")));
    }
    if resource.loses_data() {
        why.insert(0, resource.data_words().to_owned());
    }
    if is_nested {
        why.insert(0, "inside of a nested stack".to_owned());
    }
    Alarm {
        stack,
        what: format!("{} {}", resource.impact.mark(), resource.impact),
        subject: resource.logical_id.clone(),
        type_name: resource.type_name.clone(),
        why,
    }
}

fn broadened<'r>(stack: &'r Reviewed<'_>) -> impl Iterator<Item = Alarm<'r>> {
    let all = stack.diffs.iter().flat_map(|diff| &diff.broadening);
    all.map(|found| Alarm {
        stack: &stack.title,
        what: if found.is_certain { "[!] permits more" } else { "[!] may permit more" }.to_owned(),
        subject: found.logical_id.clone(),
        type_name: found.type_name.clone(),
        why: vec![format!("{} {}", found.kind.as_str(), found.summary()), format!("at {}", found.path.for_people())],
    })
}
