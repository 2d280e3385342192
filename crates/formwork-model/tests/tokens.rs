//! Texts made of literals and functions: what a template has in their place gives, evaluated, the same as their parts one after the
//! other.

use formwork_model::EvalError;
use formwork_model::evaluate::Evaluator;
use formwork_model::known::Known;
use formwork_model::term::Term;
use formwork_template::{
    Function, IndexMap, Lowering, Map, Output, Reference, References, StackId, Style, Template, Val, Value, function,
    json, pseudo, token,
};
use proptest::prelude::*;

/// Everything is known: a name's value is the name, in characters that could be taken for something else.
struct Everything;

impl Known for Everything {
    fn parameter(&self, name: &str) -> Option<Term> {
        Some(Term::text(format!("<${{{name}}}>")))
    }

    fn pseudo(&self, name: &str) -> Term {
        Term::text(format!("<{name}>"))
    }

    fn reference(&self, logical_id: &str) -> Result<Term, EvalError> {
        Ok(Term::text(format!("<{logical_id}>")))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Term, EvalError> {
        Ok(Term::text(format!("<{logical_id}.{attribute}>")))
    }

    fn import(&self, name: &str) -> Result<Option<Term>, EvalError> {
        Ok(Some(Term::text(format!("<import {name}>"))))
    }

    fn stack_output(&self, stack: &str, output: &str, _: Option<&str>) -> Result<Option<Term>, EvalError> {
        Ok(Some(Term::text(format!("<output {stack}.{output}>"))))
    }
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z/:*.-]{0,6}",
        "[$!{}AB.:'\"\\\\#é]{0,8}",
        Just("${AWS::Region}".to_owned()),
        Just("${!A}".to_owned()),
        any::<String>().prop_map(|text| text.replace(|c: char| ('\u{fdd0}'..='\u{fdd3}').contains(&c), "")),
    ]
}

fn value() -> impl Strategy<Value = Val<String>> {
    let stack = prop_oneof![Just("app"), Just("other")];
    let region = prop_oneof![Just("eu-central-1"), Just("us-east-1")];
    let reference = (stack, region, any::<bool>()).prop_map(|(stack, region, is_attribute)| {
        let reference = Reference::to(StackId::new(stack, region), "Thing");
        if is_attribute { reference.get_att("Endpoint.Port") } else { reference.get_ref("Id") }
    });
    let leaf = prop_oneof![
        4 => reference,
        1 => literal().prop_map(Val::Literal),
        1 => Just(pseudo::stack_name()),
        1 => "[A-Za-z0-9}{.]{1,5}".prop_map(|name| function::parameter(&name)),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            (literal(), proptest::collection::vec(inner.clone(), 1..3))
                .prop_map(|(delimiter, values)| { function::join(&delimiter, values) }),
            (literal(), inner.clone()).prop_map(|(text, value)| text_of(&[Ok(text), Err(value)]).into()),
            inner.clone().prop_map(function::base64),
            (literal(), inner)
                .prop_map(|(name, value)| function::sub_with("${X}${!Y}", [("X", format!("{name}{value}"))])),
        ]
    })
}

fn text_of(parts: &[Result<String, Val<String>>]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Ok(text) => text.clone(),
            Err(value) => value.to_string(),
        })
        .collect()
}

fn evaluated(value: &Value) -> Result<Option<String>, EvalError> {
    let (conditions, mappings) = (Map::new(), Map::new());
    Ok(Evaluator::new(&conditions, &mappings, &Everything).value(value)?.known_text())
}

/// The values as a template of the stack `app` has them, read back from its text.
fn read_back(values: Vec<Value>, references: References) -> (Vec<Value>, Vec<String>) {
    let lowering = Lowering { stack: Some(StackId::new("app", "eu-central-1")), references, ..Lowering::default() };
    let mut template = Template { lowering, ..Template::default() };
    template.outputs.insert("O".into(), Output::new(Value::List(values)));
    let (text, problems) = template.to_json(Style::Pretty);
    assert!(!token::is_in(&text), "{text:?}");
    let read = Template::from_json(&text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
    (read.outputs["O"].value.as_list().map(<[Value]>::to_vec).unwrap_or_default(), problems)
}

proptest! {
    #[test]
    fn a_text_is_its_parts_one_after_the_other(
        parts in proptest::collection::vec(prop_oneof![literal().prop_map(Ok), value().prop_map(Err)], 0..6),
        references in prop_oneof![Just(References::Parameter), Just(References::Export), Just(References::StackOutput)],
    ) {
        let one_by_one: Vec<Value> = parts.iter().map(|part| match part {
            Ok(text) => text.as_str().into(),
            Err(value) => value.into(),
        }).collect();
        let (single, problems) = read_back(one_by_one, references);
        prop_assert_eq!(problems, Vec::<String>::new());
        let expected: Option<String> = single.iter().map(|value| evaluated(value).unwrap()).collect();
        prop_assert!(expected.is_some());

        let (whole, problems) = read_back(vec![text_of(&parts).into()], references);
        prop_assert_eq!(problems, Vec::<String>::new());
        prop_assert_eq!(evaluated(&whole[0]).unwrap(), expected.clone());

        // The same inside of a document in JSON.
        let document = serde_json::json!({ "A": text_of(&parts) }).to_string();
        let (whole, problems) = read_back(vec![document.into()], references);
        prop_assert_eq!(problems, Vec::<String>::new());
        let whole = evaluated(&whole[0]).unwrap().unwrap_or_default();
        let has_token = parts.iter().any(|part| matches!(part, Err(value) if token::is_in(&value.to_string())));
        if !has_token {
            prop_assert_eq!(whole, serde_json::json!({ "A": expected }).to_string());
        }
    }

    #[test]
    fn any_text_is_written_or_refused(text in "[\u{fdd0}-\u{fdd3}{}'\":,#a-fRef0-9$!]{0,30}") {
        let value = json!([text, 1, Function::Sub { text: text.clone(), variables: Map::new() }]);
        let (values, problems) = read_back(vec![value.clone()], References::Parameter);
        prop_assert!(!problems.is_empty() || values == [value], "{:?}", values);
        let (values, problems) = read_back(vec![text.as_str().into()], References::Parameter);
        prop_assert!(!problems.is_empty() || values == [Value::from(text.as_str())], "{:?}", values);
        let _ = (token::shown(&text), token::with_holes(&text, "x"));
    }

    #[test]
    fn a_token_with_one_character_changed_is_refused(at in 0usize..80, other in any::<char>()) {
        let text = format!("{}", Reference::to(StackId::new("app", "eu-central-1"), "Thing").get_att::<String>("Arn"));
        let changed: String = text.chars().enumerate().map(|(place, c)| if place == at { other } else { c }).collect();
        let (values, problems) = read_back(vec![changed.as_str().into()], References::Parameter);
        prop_assert!(changed == text || problems.len() == 1, "{:?} {:?}", values, problems);
    }
}

/// Texts in which a value is not itself any more: each is a problem, whichever function the value is.
#[test]
fn values_that_were_changed_are_refused() {
    let attribute = Reference::to(StackId::new("app", "eu-central-1"), "Thing").get_att::<String>("Arn");
    type Change = fn(&str) -> String;
    let changes: &[(&str, Change)] = &[
        ("letters and digits", |text| text.chars().filter(char::is_ascii_alphanumeric).collect()),
        ("ASCII", |text| text.chars().filter(char::is_ascii).collect()),
        ("a slug", |text| text.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")),
        ("an environment variable", |text| text.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_")),
        ("the first 40", |text| text.chars().take(40).collect()),
        ("the beginning of a slug", |text| text.chars().filter(char::is_ascii_alphanumeric).take(20).collect()),
        ("escape_default", |text| text.escape_default().to_string()),
        ("escape_unicode", |text| text.escape_unicode().to_string()),
        ("escape_debug", |text| text.escape_debug().to_string()),
        ("bytes", |text| format!("{:?}", text.as_bytes())),
        ("bytes on lines", |text| format!("{:#?}", text.as_bytes())),
        ("reversed", |text| text.chars().rev().collect()),
    ];
    for value in [attribute.to_string(), pseudo::region().to_string(), function::base64("x").to_string()] {
        for (name, change) in changes {
            for text in
                [change(&value), format!("before {} behind", change(&value)), format!("{value}{}", change(&value))]
            {
                let (values, problems) = read_back(vec![text.as_str().into()], References::Parameter);
                assert_eq!(problems.len(), 1, "{name}: {values:?}");
            }
        }
    }
    // Nothing of a value is in these.
    for text in
        ["rgb(239, 183, 144)", "[239, 183, 144, 102]", "Formwork::Reference", "\\u{fdd2}", "formwork, unresolved"]
    {
        assert_eq!(read_back(vec![text.into()], References::Parameter), (vec![text.into()], Vec::new()));
    }
}

#[test]
fn maps_in_values_are_compared_as_they_are() {
    let entries: Val<IndexMap<String, Val<String>>> = [("A", format!("{}!", pseudo::region()))].into();
    let (values, _) = read_back(vec![entries.into()], References::Parameter);
    assert_eq!(values, [json!({ "A": { "Fn::Sub": "${AWS::Region}!" } })]);
}
