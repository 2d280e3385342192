//! Letters beyond ASCII in a deployed template: `GetTemplate` answers with `?` in the place of each.
//!
//! Against a new template, such a text would always differ, and what it was cannot be known. So where the deployed text fits the
//! new one but for these letters, it is taken for the same, and the place is remembered: only the change set knows whether it
//! changes.
//!
//! Source: aws/aws-cdk-cli, `mangleLikeCloudFormation`: one `?` for each code point from U+0080 on.

use formwork_template::json::to_value;
use formwork_template::{Function, Map, Template, Value};

/// A deployed template, as far as it can be known.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) template: Template,
    /// The places whose text is the new template's for want of the deployed one: `Resources.Topic.Properties.DisplayName`.
    pub(crate) uncertain: Vec<String>,
}

/// The deployed template with the letters of `new` where it has `?` for them.
pub(crate) fn restore(deployed: Template, new: &Template) -> Restored {
    let after = to_value(new);
    // Most templates have no such letters.
    if !has_letters(&after) {
        return Restored { template: deployed, uncertain: Vec::new() };
    }
    let mut before = to_value(&deployed);
    let mut uncertain = Vec::new();
    restore_value(&mut before, &after, "", &mut uncertain);
    if uncertain.is_empty() {
        return Restored { template: deployed, uncertain };
    }
    match Template::from_value(before) {
        Ok(template) => Restored { template, uncertain },
        Err(_) => Restored { template: deployed, uncertain: Vec::new() },
    }
}

/// True if a text or a key in the value has letters beyond ASCII.
fn has_letters(value: &Value) -> bool {
    let in_map = |map: &Map| map.iter().any(|(key, item)| !key.is_ascii() || has_letters(item));
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => !text.is_ascii(),
        Value::List(items) => items.iter().any(has_letters),
        Value::Map(map) => in_map(map),
        Value::Function(function) => match &**function {
            Function::Untyped(value) => has_letters(value),
            function => in_map(&function.to_map()),
        },
    }
}

fn restore_value(before: &mut Value, after: &Value, place: &str, uncertain: &mut Vec<String>) {
    match (before, after) {
        (Value::String(before), Value::String(after)) if is_mangled(before, after) => {
            before.clone_from(after);
            uncertain.push(place.to_owned());
        }
        (Value::List(before), Value::List(after)) => {
            for (index, (before, after)) in before.iter_mut().zip(after).enumerate() {
                restore_value(before, after, &format!("{place}[{index}]"), uncertain);
            }
        }
        (Value::Map(before), Value::Map(after)) => restore_map(before, after, place, uncertain),
        (before @ Value::Function(_), Value::Function(new)) => {
            let Value::Function(old) = &*before else { return };
            let (mut map, known) = (old.to_map(), uncertain.len());
            restore_map(&mut map, &new.to_map(), place, uncertain);
            if uncertain.len() > known {
                *before = Value::spelled(map);
            }
        }
        _ => {}
    }
}

fn restore_map(before: &mut Map, after: &Map, place: &str, uncertain: &mut Vec<String>) {
    restore_keys(before, after, place, uncertain);
    for (key, before) in before.iter_mut() {
        if let Some(after) = after.get(key) {
            restore_value(before, after, &below(place, key), uncertain);
        }
    }
}

/// Keys are texts too: those of tags and of free JSON.
fn restore_keys(before: &mut Map, after: &Map, place: &str, uncertain: &mut Vec<String>) {
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

/// True if `deployed` is what `GetTemplate` makes of `text`, and of other texts too.
fn is_mangled(deployed: &str, text: &str) -> bool {
    !text.is_ascii()
        && deployed.is_ascii()
        && deployed.chars().eq(text.chars().map(|c| if c.is_ascii() { c } else { '?' }))
}

#[cfg(test)]
mod tests {
    use formwork_template::Style;

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

    #[test]
    fn texts_inside_functions_are_restored_and_the_functions_stay() {
        let queue = |text: &str, variable: &str| {
            let text = format!(
                r#"{{"Resources":{{"Queue":{{"Type":"AWS::SQS::Queue","Properties":{{
                "QueueName":{{"Fn::Sub":["{text} ${{{variable}}}",{{"{variable}":{{"Ref":"AWS::Region"}}}}]}},
                "Tags":[{{"Fn::Join":["",["{text}",{{"Ref":"AWS::StackName"}}]]}}]}}}}}}}}"#
            );
            Template::from_json(&text).unwrap()
        };
        let new = queue("Grüße", "Größe");
        check(
            &queue("Gr??e", "Gr??e"),
            &new,
            &new,
            &[
                "Resources.Queue.Properties.QueueName.Fn::Sub[0]",
                "Resources.Queue.Properties.QueueName.Fn::Sub[1].Größe",
                "Resources.Queue.Properties.Tags[0].Fn::Join[1][0]",
            ],
        );
        let restored = restore(queue("Gr??e", "Gr??e"), &new).template;
        let properties = |template: &Template| template.resources["Queue"].properties.to_value();
        assert_eq!(properties(&restored), properties(&new));
    }
}
