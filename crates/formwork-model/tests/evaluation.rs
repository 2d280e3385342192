//! Evaluation: a template's value in, its term out, as the JSON that a template would say it with.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use formwork_model::evaluate::Truth;
use formwork_model::{Document, EvalError, Evaluator, Hole, Known, Term};
use formwork_template::Template;

/// Parameters with these values; everything else is a hole.
struct Given(BTreeMap<String, Term>);

impl Known for Given {
    fn parameter(&self, name: &str) -> Option<Term> {
        self.0.get(name).cloned()
    }
}

fn given() -> Given {
    let values = [
        ("Env", Term::text("prod")),
        ("Azs", Term::List(vec![Term::text("a"), Term::text("b")])),
        ("Open", Term::Hole(Hole::Parameter("Open".to_owned()))),
    ];
    Given(values.into_iter().map(|(name, term)| (name.to_owned(), term)).collect())
}

const SECTIONS: &str = r#"
    "Mappings": {"Sizes": {"prod": {"Cpu": 4, "Zones": ["x", "y"]}, "dev": {"Cpu": 1, "Zones": ["z"]}}},
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]},
        "IsOpen": {"Fn::Equals": [{"Ref": "Open"}, "x"]},
        "Decided": {"Fn::Or": [{"Condition": "IsOpen"}, {"Condition": "IsProd"}]},
        "Round": {"Fn::And": [{"Condition": "Round"}, {"Condition": "IsProd"}]},
        "Missing": {"Fn::And": [{"Condition": "Nowhere"}, {"Condition": "IsProd"}]}
    }"#;

fn evaluate(value: &str) -> Result<Term, EvalError> {
    let text =
        format!(r#"{{"Resources": {{"R": {{"Type": "A::B::C", "Properties": {{"V": {value}}}}}}}, {SECTIONS}}}"#);
    let template = Template::from_json(&text).unwrap();
    let known = given();
    let document = Document::new(&template, &known).unwrap();
    let evaluator = Evaluator::new(&document.conditions, &document.mappings, &known);
    evaluator.value(&document.resources["R"].properties["V"])
}

#[track_caller]
fn check(value: &str, expected: &str) {
    let found = match evaluate(value) {
        Ok(term) => term.to_template().to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expected, "{value}");
}

#[test]
fn one_text_whichever_function_makes_it() {
    for value in [
        r#""a-prod""#,
        r#"{"Fn::Sub": "a-${Env}"}"#,
        r#"{"Fn::Sub": "a-${ Env }"}"#,
        r#"{"Fn::Join": ["-", ["a", {"Ref": "Env"}]]}"#,
        r#"{"Fn::Join": ["", ["a-", {"Fn::Select": ["0", {"Fn::Split": [",", "prod,dev"]}]}]]}"#,
        r#"{"Fn::Sub": ["a-${V}", {"V": {"Fn::If": ["IsProd", {"Ref": "Env"}, "x"]}}]}"#,
    ] {
        check(value, r#""a-prod""#);
    }
    // A hole in a text stays in its place.
    for value in [r#"{"Fn::Sub": "a-${AWS::StackName}"}"#, r#"{"Fn::Join": ["-", ["a", {"Ref": "AWS::StackName"}]]}"#] {
        check(value, r#"{"Fn::Sub":"a-${AWS::StackName}"}"#);
    }
    check(r#"{"Fn::Join": ["", [{"Fn::GetAtt": ["Q", "Arn"]}]]}"#, r#"{"Fn::GetAtt":["Q","Arn"]}"#);
    check(r#"{"Fn::Sub": "${!Literal} ${Q.Arn}"}"#, r#"{"Fn::Sub":"${!Literal} ${Q.Arn}"}"#);
}

#[test]
fn functions_over_known_values() {
    check(r#"{"Fn::FindInMap": ["Sizes", {"Ref": "Env"}, "Cpu"]}"#, "4");
    check(r#"{"Fn::Select": [1, {"Fn::FindInMap": ["Sizes", "prod", "Zones"]}]}"#, r#""y""#);
    check(r#"{"Fn::Length": {"Ref": "Azs"}}"#, "2");
    check(r#"{"Fn::ToJsonString": {"a": [1, {"Ref": "Env"}]}}"#, r#""{\"a\":[1,\"prod\"]}""#);
    check(r#"{"Fn::Cidr": ["10.0.0.0/24", 2, 5]}"#, r#"["10.0.0.0/27","10.0.0.32/27"]"#);
    check(r#"{"Fn::Base64": {"Fn::Sub": "hi ${Env}"}}"#, r#"{"Fn::Base64":"hi prod"}"#);
    check(r#"[1, {"Ref": "AWS::NoValue"}, {"Fn::If": ["IsDev", "x", {"Ref": "AWS::NoValue"}]}]"#, "[1]");
    check(r#"{"a": {"Ref": "AWS::NoValue"}, "b": {"Fn::If": ["Decided", 1, 2]}}"#, r#"{"b":1}"#);
}

#[test]
fn functions_over_values_that_are_not_known() {
    check(
        r#"{"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Q"}]}]}"#,
        r#"{"Fn::Select":["0",{"Fn::Split":[",",{"Ref":"Q"}]}]}"#,
    );
    check(r#"{"Fn::If": ["IsOpen", "x", "y"]}"#, r#"{"Fn::If":["IsOpen","x","y"]}"#);
    check(r#"{"Fn::If": ["IsOpen", "x", "x"]}"#, r#""x""#);
    check(
        r#"{"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Cpu"]}"#,
        r#"{"Fn::FindInMap":["Sizes",{"Ref":"AWS::Region"},"Cpu"]}"#,
    );
    // Another default is another value.
    check(
        r#"{"Fn::FindInMap": ["Sizes", {"Ref": "AWS::StackName"}, "Cpu", {"DefaultValue": "b"}]}"#,
        r#"{"Fn::FindInMap":["Sizes",{"Ref":"AWS::StackName"},"Cpu",{"DefaultValue":"b"}]}"#,
    );
    check(r#""a {{resolve:ssm:/x:1}} b""#, r#""a {{resolve:ssm:/x:1}} b""#);
    check(r#"{"Fn::ImportValue": {"Fn::Sub": "${Env}-x"}}"#, r#"{"Fn::ImportValue":"prod-x"}"#);
}

#[test]
fn errors_are_those_of_cloudformation() {
    check(
        r#"{"Fn::FindInMap": ["Sizes", "prod", "Ram"]}"#,
        "Template error: Unable to get mapping for Sizes::prod::Ram",
    );
    check(
        r#"{"Fn::FindInMap": ["None", "prod", "Ram"]}"#,
        "Template error: Mapping named 'None' is not present in the 'Mappings' section of template.",
    );
    check(r#"{"Fn::Select": [2, ["a"]]}"#, "Template error: Fn::Select cannot select nonexistent value at index 2");
    for condition in ["Nowhere", "Missing"] {
        check(
            &format!(r#"{{"Fn::If": ["{condition}", 1, 2]}}"#),
            "Template error: unresolved condition dependency Nowhere in the Conditions block of the template",
        );
    }
    check(r#"{"Fn::If": ["Round", 1, 2]}"#, "Template format error: Circular dependency of condition Round");
    check(
        r#"{"Fn::Sub": "${Azs}"}"#,
        "Template error: variable Azs in Fn::Sub expression does not resolve to a string",
    );
}

/// A few hundred bytes whose text doubles with every level, and would have 2^24 letters and more.
#[test]
fn a_text_that_doubles_ends_in_an_error() {
    for start in [r#""0123456789""#, r#"{"Ref":"Open"}"#] {
        let mut value = start.to_owned();
        for _ in 0..24 {
            value = format!(r#"{{"Fn::Sub":["${{a}}${{a}}",{{"a":{value}}}]}}"#);
        }
        assert_eq!(evaluate(&value), Err(EvalError::TooLarge));
    }
}

#[test]
fn loops_are_written_out() {
    let template = Template::from_json(
        r#"{"Transform": "AWS::LanguageExtensions", "Resources": {
            "Fn::ForEach::Topics": ["Name", ["a-1", {"Ref": "Env"}], {
                "Topic&{Name}": {"Type": "AWS::SNS::Topic", "Properties": {
                    "TopicName": {"Ref": "Name"}, "Note": "${Name}",
                    "DisplayName": {"Fn::Sub": "of ${Name} in ${AWS::Region}"},
                    "Fn::ForEach::Flags": ["Flag", ["X", "Y"], {"${Flag}": {"Fn::Sub": "${Name}-${Flag}"}}]
                }}
            }],
            "Fn::ForEach::Open": ["Name", {"Ref": "Open"}, {"Q${Name}": {"Type": "AWS::SQS::Queue"}}]
        }, "Outputs": {"Fn::ForEach::Out": ["Name", ["A", "B"], {"Out${Name}": {"Value": "${Name}"}}]}}"#,
    )
    .unwrap();
    let known = given();
    let document = Document::new(&template, &known).unwrap();
    let evaluator = Evaluator::new(&document.conditions, &document.mappings, &known);
    let mut shown = String::new();
    for (id, entry) in &document.resources {
        let properties = evaluator.map(&entry.properties).unwrap().to_template();
        writeln!(shown, "{id} {} {properties}", entry.type_name).unwrap();
    }
    insta::assert_snapshot!(shown, @r#"
Topica1 AWS::SNS::Topic {"TopicName":"a-1","Note":"a-1","DisplayName":{"Fn::Sub":"of a-1 in ${AWS::Region}"},"X":"a-1-X","Y":"a-1-Y"}
Topicprod AWS::SNS::Topic {"TopicName":"prod","Note":"prod","DisplayName":{"Fn::Sub":"of prod in ${AWS::Region}"},"X":"prod-X","Y":"prod-Y"}
"#);
    assert_eq!(document.open_resources.keys().collect::<Vec<_>>(), ["Fn::ForEach::Open"]);
    assert_eq!(document.outputs.keys().collect::<Vec<_>>(), ["OutA", "OutB"]);
}

#[test]
fn functions_give_names_with_the_language_extensions() {
    let text = r#"{"Transform": "AWS::LanguageExtensions", "Resources": {
        "Fn::ForEach::Queues": ["Name", ["A", "B"], {"Q${Name}": {"Type": "A::B::C", "Properties": {
            "Own": {"Ref": {"Fn::Sub": "P${Name}"}},
            "Arn": {"Fn::Join": ["/", [{"Fn::GetAtt": [{"Fn::Sub": "Q${Name}"}, "Arn"]}, "x"]]},
            "Open": {"Ref": {"Ref": "Open"}}
        }}}]
    }}"#;
    let known = given();
    let template = Template::from_json(text).unwrap();
    let document = Document::new(&template, &known).unwrap();
    let evaluator = Evaluator::new(&document.conditions, &document.mappings, &known);
    let mut shown = String::new();
    for (id, entry) in &document.resources {
        writeln!(shown, "{id} {}", evaluator.map(&entry.properties).unwrap().to_template()).unwrap();
    }
    insta::assert_snapshot!(shown, @r#"
QA {"Own":{"Ref":"PA"},"Arn":{"Fn::Sub":"${QA.Arn}/x"},"Open":{"Ref":{"Ref":"Open"}}}
QB {"Own":{"Ref":"PB"},"Arn":{"Fn::Sub":"${QB.Arn}/x"},"Open":{"Ref":{"Ref":"Open"}}}
"#);
}

/// Conditions and dependencies of what a loop makes. One that is not known leaves the resource open, and never without its condition.
#[test]
fn functions_give_the_names_of_conditions_and_of_what_comes_first() {
    let text = r#"{"Transform": "AWS::LanguageExtensions", "Resources": {
        "Fn::ForEach::Queues": ["Name", ["A", "B"], {
            "Q${Name}": {"Type": {"Fn::Sub": "A::B::${Name}"}, "Condition": {"Fn::Sub": "Is${Name}"}, "DependsOn": {"Fn::Sub": "P${Name}"}},
            "R${Name}": {"Type": "A::B::C", "Condition": {"Fn::Join": ["", ["Is", {"Ref": "Name"}]]}, "DependsOn": ["X", {"Fn::Sub": "Q${Name}"}]},
            "S${Name}": {"Type": "A::B::C", "Condition": {"Fn::Sub": "Is${Open}"}},
            "T${Name}": {"Type": "A::B::C", "DependsOn": [{"Fn::Sub": "${Open}"}]},
            "U${Name}": {"Type": "A::B::C", "Condition": 5}
        }]
    }, "Outputs": {
        "Fn::ForEach::Out": ["Name", ["A"], {"O${Name}": {"Condition": {"Fn::Sub": "Is${Name}"}, "Value": "x"}}]
    }}"#;
    let known = given();
    let template = Template::from_json(text).unwrap();
    let document = Document::new(&template, &known).unwrap();
    let mut shown = String::new();
    for (id, entry) in &document.resources {
        writeln!(shown, "{id} {} {:?} {:?}", entry.type_name, entry.condition, entry.depends_on).unwrap();
    }
    insta::assert_snapshot!(shown, @r#"
QA A::B::A Some("IsA") ["PA"]
RA A::B::C Some("IsA") ["X", "QA"]
QB A::B::B Some("IsB") ["PB"]
RB A::B::C Some("IsB") ["X", "QB"]
"#);
    assert_eq!(document.open_resources.keys().collect::<Vec<_>>(), ["SA", "TA", "UA", "SB", "TB", "UB"]);
    let condition = document.outputs.get("OA").and_then(|output| output.as_map()?.get("Condition")?.as_str());
    assert_eq!(condition, Some("IsA"));
}

#[test]
fn loops_that_grow_without_bounds_end_in_an_error() {
    let items = (0..40).map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(",");
    let mut body = r#"{"R${A}x${B}x${C}x${D}": {"Type": "A::B::C"}}"#.to_owned();
    for name in ["A", "B", "C", "D"] {
        body = format!(r#"{{"Fn::ForEach::{name}": ["{name}", [{items}], {body}]}}"#);
    }
    let text = format!(r#"{{"Transform": "AWS::LanguageExtensions", "Resources": {body}}}"#);
    let template = Template::from_json(&text).unwrap();
    assert_eq!(Document::new(&template, &given()).unwrap_err(), EvalError::TooLarge);
}

#[test]
fn a_chain_of_conditions_needs_no_stack() {
    let mut conditions = r#""C0": {"Fn::Equals": ["a", "a"]}"#.to_owned();
    for link in 1..5_000 {
        write!(conditions, r#", "C{link}": {{"Fn::Not": [{{"Condition": "C{}"}}]}}"#, link - 1).unwrap();
    }
    let text = format!(r#"{{"Conditions": {{{conditions}}}, "Resources": {{"R": {{"Type": "A::B::C"}}}}}}"#);
    let template = Template::from_json(&text).unwrap();
    let (known, none) = (given(), formwork_template::Map::new());
    let evaluator = Evaluator::new(&template.conditions, &none, &known);
    assert_eq!(evaluator.condition("C4999"), Ok(Truth::Known(false)));
}

/// A mapping whose value is found in the mapping, by keys that are known and by keys that are not.
#[test]
fn a_mapping_that_looks_itself_up() {
    for key in [r#""a""#, r#"{"Ref": "AWS::Region"}"#] {
        for name in [r#""M""#, r#"{"Ref": "Open"}"#] {
            let found = format!(r#"{{"Fn::FindInMap": [{name}, {key}, "b"]}}"#);
            let text = format!(
                r#"{{"Mappings": {{"M": {{"a": {{"b": {found}}}}}}}, "Resources": {{"R": {{"Type": "A::B::C", "Properties": {{"V": {found}}}}}}}}}"#
            );
            let template = Template::from_json(&text).unwrap();
            let known = given();
            let document = Document::new(&template, &known).unwrap();
            let evaluator = Evaluator::new(&document.conditions, &document.mappings, &known);
            let value = evaluator.value(&document.resources["R"].properties["V"]);
            assert_eq!(value, Err(EvalError::LookUpInMapping), "{text}");
        }
    }
}
