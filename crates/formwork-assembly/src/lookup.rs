//! Look-ups: facts about AWS that an app asks for. A stack program does not ask AWS: it is given the earlier answers
//! ([`Found`], from `formwork.lock`), and reports the look-ups that are missing ([`Lookup`]).

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use crate::problem::Location;
use crate::visible::visible;

/// A question to AWS: one resource, and which of its properties.
///
/// Two are the same if they ask about the same resource, even for different properties.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The type of the resource, e.g. `AWS::Route53::HostedZone`.
    pub type_name: String,
    /// The region's code.
    pub region: String,
    /// The resource.
    pub by: By,
    /// The properties that the app wants to know.
    pub wanted: Vec<String>,
    /// Place of the look-up in the source; `None` in a lock.
    pub location: Option<Location>,
}

/// Ways to name one resource of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The one with this primary identifier.
    Identifier(String),
    /// The only one with these properties.
    Properties {
        /// Properties, and the texts that they are.
        equal: BTreeMap<String, String>,
        /// Properties that it has.
        with: Vec<String>,
        /// Properties that it does not have.
        without: Vec<String>,
    },
}

/// An answer to a [`Lookup`].
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The question; what it wanted are the names of the values.
    pub lookup: Lookup,
    /// Properties of the resource; null for one that it does not have.
    pub values: Map<String, Value>,
}

impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        (&self.type_name, &self.region, &self.by) == (&other.type_name, &other.region, &other.by)
    }
}

impl Eq for Lookup {}

impl Lookup {
    /// Value of one line of JSON, as the program prints it and a lock has it.
    pub fn to_json(&self) -> Value {
        let mut json = self.question();
        json["wanted"] = json!(self.wanted);
        if let Some(location) = &self.location {
            json["location"] = location.to_json();
        }
        json
    }

    fn question(&self) -> Value {
        let mut json = json!({ "type": self.type_name, "region": self.region });
        match &self.by {
            By::Identifier(identifier) => json["identifier"] = json!(identifier),
            By::Properties { equal, with, without } => {
                json["where"] = json!(equal);
                for (key, names) in [("with", with), ("without", without)] {
                    if !names.is_empty() {
                        json[key] = json!(names);
                    }
                }
            }
        }
        json
    }

    /// Reads what [`Lookup::to_json`] wrote.
    pub fn from_json(json: &Value) -> Option<Self> {
        let lookup = Lookup::read_question(json)?;
        Some(Lookup { wanted: texts(&json["wanted"])?, location: Location::from_json(&json["location"]), ..lookup })
    }

    fn read_question(json: &Value) -> Option<Self> {
        let text = |key: &str| json[key].as_str().map(str::to_owned);
        let by = match text("identifier") {
            Some(identifier) => By::Identifier(identifier),
            None => {
                let pair = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
                let names = |key: &str| if json[key].is_null() { Some(Vec::new()) } else { texts(&json[key]) };
                let equal = json["where"].as_object()?.iter().map(pair).collect::<Option<_>>()?;
                By::Properties { equal, with: names("with")?, without: names("without")? }
            }
        };
        Some(Lookup { type_name: text("type")?, region: text("region")?, by, wanted: Vec::new(), location: None })
    }

    /// Key by which look-ups are sorted in a lock: region, type, resource.
    pub fn key(&self) -> String {
        self.question().to_string()
    }
}

/// A property of a thing: a text, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Answer::Text(text.to_owned())
    }
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Answer::Text(text)
    }
}

impl<const N: usize> From<[&str; N]> for Answer {
    fn from(texts: [&str; N]) -> Self {
        Answer::Texts(texts.map(str::to_owned).to_vec())
    }
}

impl Found {
    /// The answer with these values; what else is wanted, the thing does not have.
    pub fn given<V: Into<Answer>>(lookup: Lookup, values: impl IntoIterator<Item = (&'static str, V)>) -> Self {
        let mut all: Map<String, Value> = lookup.wanted.iter().map(|name| (name.clone(), Value::Null)).collect();
        for (name, value) in values {
            let value = match value.into() {
                Answer::Text(text) => json!(text),
                Answer::Texts(texts) => json!(texts),
            };
            all.insert(name.to_owned(), value);
        }
        Found { lookup, values: all }
    }

    /// The property, if it is a text that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// The property, if it is a list of texts; else none of them.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.values.get(name).and_then(texts).unwrap_or_default()
    }

    /// True if it is the answer to the look-up: about the same resource, with every property that is wanted.
    pub fn answers(&self, lookup: &Lookup) -> bool {
        self.lookup == *lookup && lookup.wanted.iter().all(|name| self.values.contains_key(name))
    }

    /// The value as JSON.
    pub fn to_json(&self) -> Value {
        let mut json = self.lookup.question();
        let mut values: Vec<(&String, &Value)> = self.values.iter().collect();
        values.sort_unstable_by_key(|(name, _)| *name);
        json["values"] = values.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        json
    }

    /// Reads what [`Found::to_json`] wrote.
    pub fn from_json(json: &Value) -> Option<Self> {
        let values = json["values"].as_object()?.clone();
        let lookup = Lookup { wanted: values.keys().cloned().collect(), ..Lookup::read_question(json)? };
        Some(Found { lookup, values })
    }
}

/// Answers to look-ups, in the form in which a stack program gets them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// The account in which everything was found, if it is known.
    pub account: Option<String>,
    /// The answers.
    pub found: Vec<Found>,
}

impl Answers {
    /// The text of one argument.
    pub fn to_json(&self) -> String {
        let found: Vec<Value> = self.found.iter().map(Found::to_json).collect();
        match &self.account {
            Some(account) => json!({ "account": account, "found": found }).to_string(),
            None => Value::Array(found).to_string(),
        }
    }

    /// Reads what [`Answers::to_json`] wrote.
    pub fn from_json(text: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(text).ok()?;
        let (account, found) = match &json {
            Value::Array(found) => (None, found),
            json => (Some(json["account"].as_str()?.to_owned()), json["found"].as_array()?),
        };
        Some(Answers { account, found: found.iter().map(Found::from_json).collect::<Option<_>>()? })
    }
}

fn texts(json: &Value) -> Option<Vec<String>> {
    json.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The resource as people speak of it: ``the public hosted zone `habitpay.link` ``.
impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let type_name = self.type_name.as_str();
        let kind = match type_name {
            "AWS::EC2::Instance" => "instance",
            "AWS::EC2::PrefixList" => "prefix list",
            "AWS::Route53::HostedZone" => match &self.by {
                By::Properties { with, .. } if !with.is_empty() => "private hosted zone",
                _ => "public hosted zone",
            },
            "AWS::SSM::Parameter" => "parameter",
            other => other,
        };
        let name = match &self.by {
            By::Identifier(identifier) => format!("`{}`", visible(identifier)),
            By::Properties { equal, .. } => {
                formwork_template::joined_names(equal.values().map(|value| visible(value.trim_end_matches('.'))))
            }
        };
        write!(f, "the {} {name}", visible(kind))?;
        // A zone has no region.
        if type_name == "AWS::Route53::HostedZone" { Ok(()) } else { write!(f, " in {}", visible(&self.region)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_answers_come_back_from_json() {
        let zone = Lookup {
            type_name: "AWS::Route53::HostedZone".to_owned(),
            region: "us-east-1".to_owned(),
            by: By::Properties {
                equal: [("Name".to_owned(), "habitpay.link.".to_owned())].into(),
                with: Vec::new(),
                without: vec!["VPCs".to_owned()],
            },
            wanted: vec!["Id".to_owned()],
            location: Some(Location { file: "src/lib.rs".into(), line: 7 }),
        };
        let read = Lookup::from_json(&zone.to_json()).unwrap();
        assert_eq!((&read, &read.wanted, &read.location), (&zone, &zone.wanted, &zone.location));
        assert_eq!(read.to_string(), "the public hosted zone `habitpay.link`");

        let values = json!({ "Id": "Z1", "Alias": null }).as_object().unwrap().clone();
        let found = Found { lookup: zone.clone(), values };
        for account in [None, Some("123456789012".to_owned())] {
            let answers = Answers { account, found: vec![found.clone()] };
            assert_eq!(Answers::from_json(&answers.to_json()), Some(answers));
        }
        assert!(found.answers(&zone));
        // A look-up of one more property is not answered.
        assert!(!found.answers(&Lookup { wanted: vec!["NameServers".to_owned()], ..zone.clone() }));
        let other = Lookup { by: By::Identifier("Z1".to_owned()), ..zone };
        assert!(!found.answers(&other));
    }

    #[test]
    fn what_is_not_of_the_form_is_refused() {
        for text in
            ["", "{}", "[{}]", r#"[{"type":"a","region":"b","values":{}}]"#, r#"[{"type":"a","identifier":"b"}]"#]
        {
            assert_eq!(Answers::from_json(text), None, "{text}");
        }
    }
}
