//! Values that a stack hands to the stacks nested in it, as far as they are known before the deployment.

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::term::Hole;
use formwork_model::{Term, secret};
use formwork_template::Template;

use crate::diff::Diff;
use crate::parameters::ParameterValues;
use crate::side::{Exists, Resource, Side};

/// The type of a nested stack.
pub const NESTED_STACK: &str = "AWS::CloudFormation::Stack";

/// The value of a parameter of a nested stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// This one.
    Known(String),
    /// The deployed one: nothing that it is made of changes.
    AsDeployed,
    /// One that is known during the deployment.
    Later,
    /// One that has a secret in it.
    Secret,
}

/// The parameters that each nested stack is handed by `after`, by the logical id of the nested stack and the parameter's name. `diff` is the
/// difference of the two templates with these values.
pub fn handed(
    before: Option<&Template>,
    after: &Template,
    values: &ParameterValues,
    diff: &Diff,
) -> BTreeMap<String, BTreeMap<String, Handed>> {
    let secrets: BTreeSet<String> = before.into_iter().chain([after]).flat_map(secret::parameters).collect();
    let new = Side::new(after, Some(&values.after), Some(&values.pseudo), &secrets, None);
    let old = before.map(|before| Side::new(before, Some(&values.before), Some(&values.pseudo), &secrets, Some(&new)));
    let nested = new.resources.iter().filter(|(_, one)| one.type_name == NESTED_STACK && one.exists != Exists::No);
    let of_one = |(id, resource): (&String, &std::rc::Rc<Resource>)| {
        let deployed = old.as_ref().and_then(|old| old.resources.get(id)).map(|resource| parameters(resource));
        let deployed = deployed.unwrap_or_default();
        let one = |(name, term): (&str, &Term)| {
            let value = match text(term) {
                Some(text) => Handed::Known(text),
                None if names(term, &|name| secrets.contains(name)) => Handed::Secret,
                None if deployed.get(name) == Some(&term) && !names(term, &|name| diff.resource(name).is_some()) => {
                    Handed::AsDeployed
                }
                None => Handed::Later,
            };
            (name.to_owned(), value)
        };
        (id.clone(), parameters(resource).into_iter().map(one).collect())
    };
    nested.map(of_one).collect()
}

fn parameters(resource: &Resource) -> BTreeMap<&str, &Term> {
    let Term::Map(properties) = &resource.properties else { return BTreeMap::new() };
    let Some(Term::Map(parameters)) = properties.get("Parameters") else { return BTreeMap::new() };
    parameters.iter().map(|(name, term)| (name.as_str(), term)).collect()
}

/// The text as which the value is handed over; the items of a list with commas between them.
fn text(term: &Term) -> Option<String> {
    match term {
        Term::List(items) => Some(items.iter().map(text).collect::<Option<Vec<_>>>()?.join(",")),
        term => term.known_text(),
    }
}

/// True if one of the names in the value is such a one.
fn names(term: &Term, is_such: &dyn Fn(&str) -> bool) -> bool {
    let mut found = false;
    term.visit_holes(&mut |hole| {
        found |= match hole {
            Hole::Parameter(name) | Hole::Reference(name) | Hole::Attribute(name, _) => is_such(name),
            _ => false,
        };
    });
    found
}

#[cfg(test)]
mod tests {
    use formwork_schema::facts::Registry;

    use super::*;
    use crate::parameters::ParameterValue;

    #[test]
    fn what_is_known_of_what_is_handed_over() {
        let template = |size: &str, name: &str| {
            let text = format!(
                r#"{{"Parameters": {{"Key": {{"Type": "String", "NoEcho": true}}, "Zone": {{"Type": "String"}}, "From": {{"Type": "String"}}}},
                "Resources": {{
                    "Topic": {{"Type": "AWS::SNS::Topic", "Properties": {{"TopicName": "{name}"}}}},
                    "Queue": {{"Type": "AWS::SQS::Queue"}},
                    "In": {{"Type": "AWS::CloudFormation::Stack", "Properties": {{"TemplateURL": "u", "Parameters": {{
                        "Size": {size}, "List": ["a", {{"Ref": "Zone"}}], "Key": {{"Fn::Sub": "x-${{Key}}"}}, "Zone": {{"Ref": "Zone"}},
                        "Topic": {{"Fn::GetAtt": ["Topic", "TopicArn"]}}, "Queue": {{"Ref": "Queue"}}, "From": {{"Ref": "From"}},
                        "Secret": "{{{{resolve:secretsmanager:a}}}}"}}}}}}}}}}"#
            );
            Template::from_json(&text).unwrap()
        };
        let (before, after) = (template("1", "one"), template("2", "two"));
        let values = |from: ParameterValue| {
            let known = |text: &str| ParameterValue::Known(text.to_owned());
            [("Key".to_owned(), known("k")), ("Zone".to_owned(), known("z")), ("From".to_owned(), from)].into()
        };
        let values = ParameterValues {
            before: values(ParameterValue::Known("old".to_owned())),
            after: values(ParameterValue::KnownAfter("edge".to_owned())),
            ..ParameterValues::default()
        };
        let told = |before: Option<&Template>| {
            let diff = Diff::between_with(before, &after, &Registry::default(), &values);
            let handed = handed(before, &after, &values, &diff);
            let told = handed["In"].iter().map(|(name, value)| format!("{name}: {value:?}"));
            told.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(told(Some(&before)), @r#"
        From: Later
        Key: Secret
        List: Known("a,z")
        Queue: AsDeployed
        Secret: AsDeployed
        Size: Known("2")
        Topic: Later
        Zone: Known("z")
        "#);
        insta::assert_snapshot!(told(None), @r#"
        From: Later
        Key: Secret
        List: Known("a,z")
        Queue: Later
        Secret: Later
        Size: Known("2")
        Topic: Later
        Zone: Known("z")
        "#);
    }
}
