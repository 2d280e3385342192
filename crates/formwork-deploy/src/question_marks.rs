//! Letters beyond ASCII in a deployed template: `GetTemplate` answers with `?` in the place of each.
//!
//! Against a new template, such a text would always differ, and what it was cannot be known. So where the deployed text fits the
//! new one but for these letters, it is taken for the same, and the place is remembered: only the change set knows whether it
//! changes.
//!
//! Source: aws/aws-cdk-cli, `mangleLikeCloudFormation`: one `?` for each code point from U+0080 on.

use formwork_template::{Style, Template};
use serde_json::{Map, Value};

/// A deployed template, as far as it can be known.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) template: Template,
    /// The places whose text is the new template's for want of the deployed one: `Resources.Topic.Properties.DisplayName`.
    pub(crate) uncertain: Vec<String>,
}

/// The deployed template with the letters of `new` where it has `?` for them.
pub(crate) fn restore(deployed: Template, new: &Template) -> Restored {
    let tree = |template: &Template| {
        let (text, _) = template.to_json(Style::Compact);
        // Before anything is parsed: templates without such letters are the rule.
        Some(text)
            .filter(|text| text.contains('?') || !text.is_ascii())
            .and_then(|text| serde_json::from_str(&text).ok())
    };
    let (Some(mut before), Some(after)) = (tree(&deployed), tree(new)) else {
        return Restored { template: deployed, uncertain: Vec::new() };
    };
    let mut uncertain = Vec::new();
    restore_value(&mut before, &after, "", &mut uncertain);
    if uncertain.is_empty() {
        return Restored { template: deployed, uncertain };
    }
    match Template::from_json(&before.to_string()) {
        Ok(template) => Restored { template, uncertain },
        Err(_) => Restored { template: deployed, uncertain: Vec::new() },
    }
}

fn restore_value(before: &mut Value, after: &Value, place: &str, uncertain: &mut Vec<String>) {
    match (before, after) {
        (Value::String(before), Value::String(after)) if is_mangled(before, after) => {
            before.clone_from(after);
            uncertain.push(place.to_owned());
        }
        (Value::Array(before), Value::Array(after)) => {
            for (index, (before, after)) in before.iter_mut().zip(after).enumerate() {
                restore_value(before, after, &format!("{place}[{index}]"), uncertain);
            }
        }
        (Value::Object(before), Value::Object(after)) => {
            restore_keys(before, after, place, uncertain);
            for (key, before) in before.iter_mut() {
                if let Some(after) = after.get(key) {
                    restore_value(before, after, &below(place, key), uncertain);
                }
            }
        }
        _ => {}
    }
}

/// Keys are texts too: those of tags and of free JSON.
fn restore_keys(before: &mut Map<String, Value>, after: &Map<String, Value>, place: &str, uncertain: &mut Vec<String>) {
    let is_foreign = |key: &String| key.contains('?') && !after.contains_key(key);
    if !before.keys().any(is_foreign) {
        return;
    }
    let taken: Vec<String> = before.keys().cloned().collect();
    let entries = std::mem::take(before).into_iter().map(|(key, value)| {
        let fitting = after.keys().find(|new| !taken.contains(new) && is_mangled(&key, new));
        match fitting {
            Some(new) => {
                uncertain.push(below(place, new));
                (new.clone(), value)
            }
            None => (key, value),
        }
    });
    *before = entries.collect();
}

fn below(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}

/// Whether `deployed` is what `GetTemplate` makes of `text`, and of other texts too.
fn is_mangled(deployed: &str, text: &str) -> bool {
    !text.is_ascii()
        && deployed.is_ascii()
        && deployed.chars().eq(text.chars().map(|c| if c.is_ascii() { c } else { '?' }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, tag: &str) -> Template {
        let text = format!(
            r#"{{"Description":"{name}","Resources":{{"Topic":{{"Type":"AWS::SNS::Topic","Properties":{{"DisplayName":"{name}",
            "Tags":[{{"Key":"{tag}","Value":"{name}"}}]}},"Metadata":{{"{tag}":1}}}}}}}}"#
        );
        Template::from_json(&text).unwrap()
    }

    #[track_caller]
    fn check(deployed: &Template, new: &Template, expected: &Template, places: &[&str]) {
        let json = |template: &Template| template.to_json(Style::Compact).0;
        let deployed = Template::from_json(&json(deployed)).unwrap();
        let restored = restore(deployed, new);
        assert_eq!(json(&restored.template), json(expected));
        assert_eq!(restored.uncertain, places);
    }

    #[test]
    fn what_cannot_be_compared_is_taken_for_the_same_and_named() {
        let new = topic("Grüße 🎉", "größe");
        check(
            &topic("Gr??e ?", "gr??e"),
            &new,
            &new,
            &[
                "Description",
                "Resources.Topic.Properties.DisplayName",
                "Resources.Topic.Properties.Tags[0].Key",
                "Resources.Topic.Properties.Tags[0].Value",
                "Resources.Topic.Metadata.größe",
            ],
        );
    }

    #[test]
    fn everything_else_is_compared() {
        for (deployed, new) in [
            // A real question mark.
            ("why?", "why?"),
            ("why?", "why"),
            // Of another length, or another text beside the letter.
            ("Gr?e", "Grüße"),
            ("Gr??", "Grüße"),
            ("gr??e", "Grüße"),
            // A server that answers with the letters themselves.
            ("Grüße", "Grüsse"),
            ("Größe", "Grüße"),
        ] {
            let deployed = topic(deployed, "a");
            check(&deployed, &topic(new, "a"), &deployed, &[]);
        }
    }
}
