//! The deployer's memory, which is part of each template: the app that a stack belongs to, what it uses of other stacks, and the
//! resources that an update keeps until their users have followed.
//!
//! It is the entry `Formwork` of the template's `Metadata`, and a mark at the end of its `Description`, which CloudFormation lists for all
//! stacks. Neither is ever a change by itself. Stack tags would be: they are propagated to every resource.

use crate::reference::StackId;
use crate::template::Template;
use crate::value::{Map, Value};

/// The name of the entry of `Metadata`.
pub const ENTRY: &str = "Formwork";
/// Begin of the mark.
const MARK: &str = "[formwork ";

/// Memory of the deployer in a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The app; `None` where synth was not given its name.
    pub app: Option<Owner>,
    /// Values of other stacks that the stack uses.
    pub uses: Vec<Use>,
    /// Logical ids of the resources of which a replaced one is kept until its users have followed: synth gave them their
    /// `UpdateReplacePolicy`.
    pub keeps: Vec<String>,
}

/// An app, in one of its environments.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The app's name.
    pub app: String,
    /// The environment, if the app has environments.
    pub environment: Option<String>,
}

/// A value of another stack that a stack uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The stack that gives the value.
    pub producer: StackId,
    /// The name of its output.
    pub output: String,
}

impl Owner {
    /// True if a stack of `other` is not one of this app: of another name, or of another environment. An app that had no environments can have
    /// some later.
    pub fn differs_from(&self, other: &Owner) -> bool {
        let are_two = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
        self.app != other.app || are_two(&self.environment, &other.environment)
    }

    /// `shop`, or `shop/prod` with an environment.
    pub fn name(&self) -> String {
        match &self.environment {
            Some(environment) => format!("{}/{environment}", self.app),
            None => self.app.clone(),
        }
    }

    /// The app of this name, without an environment.
    pub fn app(name: impl Into<String>) -> Owner {
        Owner { app: name.into(), environment: None }
    }

    /// The mark: `[formwork app]` or `[formwork app/environment]`.
    pub fn mark(&self) -> String {
        match &self.environment {
            Some(environment) => format!("{MARK}{}/{environment}]", self.app),
            None => format!("{MARK}{}]", self.app),
        }
    }

    /// The owner whose mark ends the description.
    pub fn of_description(description: &str) -> Option<Owner> {
        let (_, words) = split(description)?;
        let (app, environment) = match words.split_once('/') {
            Some((app, environment)) => (app, Some(environment.to_owned())),
            None => (words, None),
        };
        Some(Owner { app: app.to_owned(), environment })
    }
}

/// The description without its mark; empty if it has nothing else.
pub fn without_mark(description: &str) -> &str {
    split(description).map_or(description, |(text, _)| text)
}

/// The text before the mark at the end, and the words in the mark.
fn split(description: &str) -> Option<(&str, &str)> {
    let (text, words) = description.strip_suffix(']')?.rsplit_once(MARK)?;
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let is_mark = words.splitn(2, '/').all(is_word) && (text.is_empty() || text.ends_with(' '));
    is_mark.then(|| (text.trim_end(), words))
}

impl Memory {
    /// Writes the memory into the template, in the place of one that it has.
    pub fn write(&self, template: &mut Template) {
        template.metadata.shift_remove(ENTRY);
        if let Some((text, _)) = template.description.as_deref().and_then(split) {
            template.description = Some(text.to_owned()).filter(|text| !text.is_empty());
        }
        if let Some(owner) = &self.app {
            let text = template.description.take();
            let text = text.filter(|text| !text.is_empty()).map(|text| format!("{text} ")).unwrap_or_default();
            template.description = Some(text + &owner.mark());
        }
        if *self != Memory::default() {
            template.metadata.insert(ENTRY.to_owned(), Value::Map(self.to_map()));
        }
    }

    fn to_map(&self) -> Map {
        let mut map = Map::new();
        let text = |text: &str| Value::String(text.to_owned());
        if let Some(owner) = &self.app {
            map.insert("App".to_owned(), text(&owner.app));
            if let Some(environment) = &owner.environment {
                map.insert("Environment".to_owned(), text(environment));
            }
        }
        if !self.uses.is_empty() {
            let uses = self.uses.iter().map(|used| {
                let entries = [("Producer", used.producer.to_string()), ("Output", used.output.clone())];
                Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect())
            });
            map.insert("Uses".to_owned(), Value::List(uses.collect()));
        }
        if !self.keeps.is_empty() {
            map.insert("Keeps".to_owned(), Value::List(self.keeps.iter().map(|id| text(id)).collect()));
        }
        map
    }

    /// The memory of a template; an empty one where it has none, or none that can be read.
    pub fn read(template: &Template) -> Memory {
        let Some(Value::Map(map)) = template.metadata.get(ENTRY) else { return Memory::default() };
        let items = |key: &str| match map.get(key) {
            Some(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        let app = text(map, "App").map(|app| Owner { app, environment: text(map, "Environment") });
        let uses = items("Uses").iter().filter_map(|used| {
            let Value::Map(used) = used else { return None };
            Some(Use { producer: StackId::read(&text(used, "Producer")?)?, output: text(used, "Output")? })
        });
        let keeps = items("Keeps").iter().filter_map(|id| id.as_str().map(str::to_owned));
        Memory { app, uses: uses.collect(), keeps: keeps.collect() }
    }
}

fn text(map: &Map, key: &str) -> Option<String> {
    map.get(key).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Memory {
        let used = |producer: &str, output: &str| Use {
            producer: StackId::read(producer).unwrap_or_default(),
            output: output.to_owned(),
        };
        Memory {
            app: Some(Owner { app: "shop".to_owned(), environment: Some("prod".to_owned()) }),
            uses: vec![used("edge@us-east-1", "ExportQueueArn"), used("edge@eu-west-1", "ExportQueueArn")],
            keeps: vec!["Table".to_owned()],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for description in [None, Some("Orders"), Some("Orders [formwork old]"), Some("[formwork shop]")] {
            let mut template = Template { description: description.map(str::to_owned), ..Template::default() };
            memory().write(&mut template);
            let once = format!("{template:?}");
            memory().write(&mut template);
            assert_eq!(format!("{template:?}"), once);
            let (text, _) = template.to_json(crate::Style::Compact);
            let read = Template::from_json(&text).map(|template| (Memory::read(&template), template.description));
            let (read, description) = read.unwrap_or_default();
            assert_eq!(read, memory());
            assert_eq!(description.as_deref().and_then(Owner::of_description), memory().app);
        }
    }

    #[test]
    fn nothing_to_remember_is_not_written() {
        let mut template = Template { description: Some("Orders [formwork shop]".to_owned()), ..Template::default() };
        memory().write(&mut template);
        Memory::default().write(&mut template);
        assert_eq!((template.description.as_deref(), template.metadata.len()), (Some("Orders"), 0));
    }

    #[test]
    fn marks() {
        let owner = |text: &str| Owner::of_description(text).map(|owner| owner.mark());
        assert_eq!(owner("Orders [formwork shop/prod]").as_deref(), Some("[formwork shop/prod]"));
        assert_eq!(owner("[formwork shop]").as_deref(), Some("[formwork shop]"));
        assert_eq!(without_mark("Orders [formwork shop]"), "Orders");
        for other in [
            "",
            "Orders",
            "[formwork ]",
            "[formwork a b]",
            "[formwork a/b/c]",
            "[formwork shop] of ours",
            "x[formwork shop]",
        ] {
            assert_eq!(owner(other), None, "{other}");
            assert_eq!(without_mark(other), other);
        }
    }
}
