//! Values: the conversions into them, and their spelling in texts.

use formwork_template::{
    Function, IndexMap, JsonWriter, KeyValue, Lowering, Map, Output, Reference, Resource, StackId, Style, Template,
    ToJson, Val, Value, function, json, pseudo, some, token,
};

fn own() -> StackId {
    StackId::new("app", "eu-central-1")
}

fn bucket() -> Reference {
    Reference::to(own(), "Bucket")
}

fn arn() -> Val<String> {
    bucket().get_att("Arn")
}

/// A reference to a stack in another region.
fn elsewhere() -> Val<String> {
    Reference::to(StackId::new("edge-x", "us-east-1"), "Certificate").get_ref("Arn")
}

/// The value in a template of the stack `app`, and what cannot be written.
#[track_caller]
fn written(value: impl Into<Value>) -> (String, Vec<String>) {
    let mut template =
        Template { lowering: Lowering { stack: Some(own()), ..Lowering::default() }, ..Template::default() };
    template.outputs.insert("O".into(), Output::new(value));
    let written = template.write_json(Style::Compact);
    let survey: Vec<String> = template.survey().problems.into_iter().map(|(_, problem)| problem).collect();
    assert_eq!(written.problems, survey);
    assert!(!token::is_in(&written.text), "{:?}", written.text);
    let text =
        written.text.split_once(r#""O":{"Value":"#).map(|(_, text)| text.trim_end_matches('}')).unwrap_or_default();
    (text.to_owned(), written.problems)
}

#[track_caller]
fn check(text: impl Into<Val<String>>, expected: &str) {
    let (text, problems) = written(text.into());
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(text, expected.trim_end_matches('}'));
}

#[track_caller]
fn refused(text: impl Into<Value>, expected: &str) {
    let (_, problems) = written(text);
    assert_eq!(problems, [expected]);
}

#[test]
fn texts_with_values_are_subs() {
    check(format!("{}/*", arn()), r#"{"Fn::Sub":"${Bucket.Arn}/*"}"#);
    check(format!("{:?}/*", arn()), r#"{"Fn::Sub":"${Bucket.Arn}/*"}"#);
    check(arn() + "/*", r#"{"Fn::Sub":"${Bucket.Arn}/*"}"#);
    check(&arn() + &arn(), r#"{"Fn::Sub":"${Bucket.Arn}${Bucket.Arn}"}"#);
    check("a-" + &arn() + 1 + "-b", r#"{"Fn::Sub":"a-${Bucket.Arn}1-b"}"#);
    check(format!("{}", arn()), r#"{"Fn::GetAtt":["Bucket","Arn"]}"#);
    let port: Val<i64> = function::parameter("Port");
    check(format!("{}:{port}", pseudo::region()), r#"{"Fn::Sub":"${AWS::Region}:${Port}"}"#);
    check(format!("{}/x", elsewhere()), r#"{"Fn::Sub":"${EdgeXCertificateArn}/x"}"#);
    check(Val::<String>::from("a") + "b", r#""ab""#);
    check(format!("{}-{}", Val::<i64>::untyped("80"), Val::<bool>::from(true)), r#""80-true""#);
}

#[test]
fn what_sub_has_no_words_for_is_joined() {
    check(format!("${{X}}{}", arn()), r#"{"Fn::Join":["",["${X}",{"Fn::GetAtt":["Bucket","Arn"]}]]}"#);
    check(format!("${{{}}}", arn()), r#"{"Fn::Join":["",["${",{"Fn::GetAtt":["Bucket","Arn"]},"}"]]}"#);
    check(format!("${}", arn()), r#"{"Fn::Join":["",["$",{"Fn::GetAtt":["Bucket","Arn"]}]]}"#);
    check(format!("{}$", arn()), r#"{"Fn::Sub":"${Bucket.Arn}$"}"#);
    let first: Val<String> = function::select(0, function::split("'", "a'\\\"b"));
    check(format!("{first}é"), r#"{"Fn::Join":["",[{"Fn::Select":[0,{"Fn::Split":["'","a'\\\"b"]}]},"é"]]}"#);
    check(format!("{}!", function::parameter::<String>("a}b")), r#"{"Fn::Join":["",[{"Ref":"a}b"},"!"]]}"#);
    let exported = function::import_value::<String>(format!("{}-x", pseudo::stack_name()));
    check(format!("{exported}."), r#"{"Fn::Join":["",[{"Fn::ImportValue":{"Fn::Sub":"${AWS::StackName}-x"}},"."]]}"#);
}

#[test]
fn tokens_are_in_functions_too() {
    let nested = function::join(",", [format!("{}/a", arn()), "b".into()]);
    check(
        format!("<{nested}>"),
        r#"{"Fn::Join":["",["<",{"Fn::Join":[",",[{"Fn::Join":["",[{"Fn::GetAtt":["Bucket","Arn"]},"/a"]]},"b"]]},">"]]}"#,
    );
    check(function::sub(format!("${{AWS::Region}}:{}", arn())), r#"{"Fn::Sub":"${AWS::Region}:${Bucket.Arn}"}"#);
    check(
        function::sub_with(format!("${{Value1}}:{}", function::base64("x")), [("Value1", "y")]),
        r#"{"Fn::Sub":["${Value1}:${Value2}",{"Value1":"y","Value2":{"Fn::Base64":"x"}}]}"#,
    );
    // A variable of that name hides the reference.
    check(
        function::sub_with(format!("${{Bucket.Arn}}:{}", arn()), [("Bucket.Arn", "y")]),
        r#"{"Fn::Sub":["${Bucket.Arn}:${Value1}",{"Bucket.Arn":"y","Value1":{"Fn::GetAtt":["Bucket","Arn"]}}]}"#,
    );
    check(
        function::if_::<String>("C", format!("{}/a", arn()), "b"),
        r#"{"Fn::If":["C",{"Fn::Sub":"${Bucket.Arn}/a"},"b"]}"#,
    );
}

#[test]
fn references_in_tokens_are_references() {
    let mut template =
        Template { lowering: Lowering { stack: Some(own()), ..Lowering::default() }, ..Template::default() };
    let sub = function::sub(format!("{}", elsewhere()));
    template.outputs.insert("O".into(), Output::new(json!([format!("{}-{}", arn(), elsewhere()), sub])));
    let names: Vec<String> = template.references().iter().map(|(_, reference)| reference.output_name()).collect();
    assert_eq!(names, ["ExportBucketArn", "ExportCertificateArn", "ExportCertificateArn"]);
}

#[test]
fn what_is_not_a_text_is_refused() {
    let list: Val<Vec<Val<String>>> = bucket().get_att("Names");
    refused(format!("a{list:?}"), "the text `a${Bucket.Names}` has a list in it");
    refused(format!("{:?}", function::availability_zones()), "the text `${Fn::GetAZs}` has a list in it");
    refused(
        format!("{:?}", bucket()),
        "the text `${Bucket}` has a value that is not a text, or a handle, in it: say which value of it, such as `bucket.arn()`",
    );
    refused(format!("{:?}", function::equals("a", "b")), "the text `${Fn::Equals}` has a condition in it");
    refused(
        format!("a{}", pseudo::no_value::<String>()),
        "the text `a${AWS::NoValue}` has `AWS::NoValue`, which is not a text, in it",
    );
    refused(function::sub(format!("${{A{}}}", arn())), "the text has a value inside of the braces of `${…}`");
}

/// `{:?}` of what has a value in it: Rust's notation would be in the template.
#[test]
fn values_in_the_notation_of_rust_are_refused() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "it is formatted")]
    struct Zone(Val<String>, u8);
    #[derive(Debug)]
    #[expect(dead_code, reason = "it is formatted")]
    struct Named {
        name: &'static str,
        arn: Val<String>,
    }
    let how = |text: &str| {
        format!("the text `{text}` is how Rust shows a value to programmers: put each value itself into it with `{{}}`")
    };
    refused(format!("{:?}", Some(&arn())), &how("Some(${Bucket.Arn})"));
    refused(format!("<{:?}>", Ok::<_, ()>(arn())), &how("<Ok(${Bucket.Arn})>"));
    refused(format!("{:?}", vec![arn()]), &how("[${Bucket.Arn}]"));
    refused(format!("{:?}", [Val::from("a"), arn()]), &how("[a, ${Bucket.Arn}]"));
    refused(format!("{:?}", ("a", Zone(arn(), 1))), &how(r#"("a", Zone(${Bucket.Arn}, 1))"#));
    let named = Named { name: "a", arn: arn() };
    refused(format!("{named:?}"), &how(r#"Named { name: "a", arn: ${Bucket.Arn} }"#));
    refused(format!("{:#?}", Some(arn())), &how("Some(\n    ${Bucket.Arn},\n)"));
    refused(function::sub(format!("{:?}", Some(arn()))), &how("Some(${Bucket.Arn})"));
    refused(format!("{:?}", ("a", arn())), &how(r#"("a", ${Bucket.Arn})"#));
    // Texts that people write themselves.
    check(format!("[{}]", arn()), r#"{"Fn::Sub":"[${Bucket.Arn}]"}"#);
    check(format!("Some({})", arn()), r#"{"Fn::Sub":"Some(${Bucket.Arn})"}"#);
    check(
        format!("rate({:?}) [x] {{ a: {:?} }}", arn(), arn()),
        r#"{"Fn::Sub":"rate(${Bucket.Arn}) [x] { a: ${Bucket.Arn} }"}"#,
    );
}

#[test]
fn changed_tokens_are_refused() {
    let text = format!("{}/*", arn());
    let changed = "a value in it was changed after it was put in: by upper or lower case, for example";
    let cut = "a value in it was cut, or it has a character from U+FDD0 to U+FDD3, which no text has";
    refused(text.to_uppercase() + "a", &format!("the text `…/*a`: {changed}"));
    // The rest of a token is not for people.
    refused(&text[3..], &format!("the text `…/*`: {cut}"));
    refused(format!("a{}", &text[9..]), &format!("the text `…/*`: {cut}"));
    refused(format!("{text}{}", &text[3..]), &format!("the text `${{Bucket.Arn}}…/*`: {cut}"));
    for (changed_text, reason) in [
        (text.replace("Bucket", "Basket"), changed),
        (text.to_lowercase(), changed),
        (text.chars().skip(1).collect(), cut),
        (text.chars().take(20).collect(), cut),
        (text.chars().rev().collect(), cut),
        ("\u{fdd0}".to_owned(), cut),
        ("\u{fdd0}{}#00000000\u{fdd1}".to_owned(), changed),
        ("a\u{fdd3}b".to_owned(), cut),
        (format!("\u{fdd0}{text}\u{fdd1}"), changed),
    ] {
        let (_, problems) = written(changed_text.as_str());
        assert!(problems.len() == 1 && problems[0].ends_with(reason), "{changed_text:?}: {problems:?}");
    }
    let escaped = "a value in it was escaped, by `{:?}` of a text for example: put it in with `{}`";
    let debug = format!("{text:?}");
    let url: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for text in [debug, format!("{:?}", Some(vec![&text])), url, format!("{:?}", format!("{text:?}"))] {
        let (_, problems) = written(text.as_str());
        assert!(problems.len() == 1 && problems[0].ends_with(escaped), "{text:?}: {problems:?}");
    }
}

#[test]
fn a_text_in_another_notation_keeps_its_tokens() {
    let document = serde_json::json!({ "Resource": format!("{}/*", arn()) }).to_string();
    check(document, r#"{"Fn::Sub":"{\"Resource\":\"${Bucket.Arn}/*\"}"}"#);
}

#[test]
fn debug_is_no_text_of_rust() {
    let values: Val<Vec<Val<String>>> = [arn(), "b".into()].into();
    check(format!("{values:?}"), r#"{"Fn::Sub":"[${Bucket.Arn},\"b\"]"}"#);
    check(format!("{:?}", Value::from(arn())), r#"{"Fn::GetAtt":["Bucket","Arn"]}"#);
    check(format!("{:?}", json!({ "A": arn() })), r#"{"Fn::Sub":"{\"A\":${Bucket.Arn}}"}"#);
    assert_eq!(format!("{:?} {:#?}", Val::<String>::from("a"), json!(["a", null])), "a [\n  \"a\",\n  null\n]");
}

#[test]
fn templates_that_were_read_are_left_as_they_are() {
    let text =
        format!(r#"{{"Resources":{{}},"Outputs":{{"O":{{"Value":{}}}}}}}"#, serde_json::json!(format!("{}!", arn())));
    let template = Template::from_json(&text).unwrap();
    assert_eq!(template.survey().problems, []);
    assert!(template.to_json(Style::Compact).0.contains('\u{fdd0}'));
}

/// Every place that takes no function.
#[test]
fn tokens_in_names_are_problems_of_their_entries() {
    let text = || format!("{}-x", arn());
    let mut template =
        Template { lowering: Lowering { stack: Some(own()), ..Lowering::default() }, ..Template::default() };
    template.description = Some(text());
    template.transform = Some(text().into());
    template.metadata.insert("M".into(), json!({ "K": text() }));
    let parameter = formwork_template::Parameter { default: Some(text().into()), ..Default::default() };
    template.parameters.insert("P".into(), parameter);
    template.mappings.insert("Map".into(), json!({ "A": { "B": text() } }));
    template.rules.insert("Rule".into(), json!({ "Assertions": [{ "AssertDescription": text() }] }));
    template.conditions.insert("C".into(), function::equals(function::parameter::<String>(&text()), "x").into());
    let mut resource = Resource::untyped("A::B::C", Box::new(Map::from([(text(), Value::Null)])));
    resource.condition = Some(text());
    resource.depends_on = vec![text(), "B".into()];
    resource.deletion_policy = Some(text().as_str().into());
    template.resources.insert("R".into(), resource);
    let mut output = Output::new(json!([
        function::join(&text(), ["a"]),
        function::find_in_map::<String>(&text(), "a", "b"),
        Function::GetAtt { logical_id: text(), attribute: "X".into() },
        Function::Transform { name: text(), parameters: None },
        function::if_::<String>(&text(), "a", "b"),
    ]));
    output.description = Some(text());
    output.condition = Some(text());
    template.outputs.insert("O".into(), output);
    let problems: Vec<String> = template
        .survey()
        .problems
        .into_iter()
        .map(|(entry, problem)| format!("{}: {problem}", entry.unwrap_or_default()))
        .collect();
    assert_eq!(template.write_json(Style::Pretty).problems.len(), problems.len());
    insta::assert_snapshot!(problems.join("\n"), @"
: `${Bucket.Arn}-x` cannot be a description: it is known only when the stack is deployed
: `${Bucket.Arn}-x` cannot be the name of a macro: it is known only when the stack is deployed
: `${Bucket.Arn}-x` cannot be metadata of a template: it is known only when the stack is deployed
P: `${Bucket.Arn}-x` cannot be part of a parameter: it is known only when the stack is deployed
Rule: `${Bucket.Arn}-x` cannot be part of a rule: it is known only when the stack is deployed
Map: `${Bucket.Arn}-x` cannot be part of a mapping: it is known only when the stack is deployed
C: `${Bucket.Arn}-x` cannot be a name in a function: it is known only when the stack is deployed
R: `${Bucket.Arn}-x` cannot be the name of a condition: it is known only when the stack is deployed
R: `${Bucket.Arn}-x` cannot be a logical id: it is known only when the stack is deployed
R: `${Bucket.Arn}-x` cannot be a key: it is known only when the stack is deployed
R: `${Bucket.Arn}-x` cannot be a policy: it is known only when the stack is deployed
O: `${Bucket.Arn}-x` cannot be the description of an output: it is known only when the stack is deployed
O: `${Bucket.Arn}-x` cannot be the name of a condition: it is known only when the stack is deployed
O: `${Bucket.Arn}-x` cannot be a name in a function: it is known only when the stack is deployed
O: `${Bucket.Arn}-x` cannot be a name in a function: it is known only when the stack is deployed
O: `${Bucket.Arn}-x` cannot be a name in a function: it is known only when the stack is deployed
O: `${Bucket.Arn}-x` cannot be a name in a function: it is known only when the stack is deployed
");
    assert!(!token::is_in(&template.to_json(Style::Pretty).0));
}

#[test]
fn what_can_stand_for_a_value() {
    let region = pseudo::region();
    assert_eq!(Val::<String>::from(&region), region);
    let integers: [Val<i64>; 7] =
        [3u8.into(), 3u16.into(), 3u32.into(), 3i8.into(), 3i16.into(), 3usize.into(), 3u64.into()];
    assert_eq!(integers, [const { Val::Literal(3) }; 7]);
    let numbers: [Val<f64>; 4] = [3u8.into(), 3i32.into(), 3i64.into(), 3usize.into()];
    assert_eq!(numbers, [const { Val::Literal(3.0) }; 4]);
    assert_eq!(some::<f64>(1), Some(Val::Literal(1.0)));
    assert_eq!(written(Val::<i64>::from(u64::MAX)).0, u64::MAX.to_string());
    assert_eq!(written(Val::<f64>::from(i64::MAX)).0, i64::MAX.to_string());
    let names: Val<Vec<Val<String>>> = ["a", "b"].into();
    assert_eq!(names, vec!["a", "b"].into());
    assert_eq!(names, ["a", "b"].into_iter().collect());
    assert_eq!(names, ["a".to_owned(), "b".to_owned()].as_slice().into());
    let (a, b): (Val<String>, Val<String>) = ("a".into(), "b".into());
    assert_eq!(names, [&a, &b].into());
    let map: Val<IndexMap<String, Val<i64>>> = [("a", 1), ("b", 2)].into();
    assert_eq!(map, vec![("a", 1u8), ("b", 2)].into_iter().collect());
    assert_eq!(written(json!([Some(1), None::<i64>, Some("a")])).0, r#"[1,{"Ref":"AWS::NoValue"},"a"]"#);
    assert_eq!(Value::from(None::<bool>), Value::from(pseudo::no_value::<bool>()));
    assert_eq!(json!({ "a": [1u8, 2usize], "b": &region, "c": region }).as_map().map(Map::len), Some(3));
}

#[derive(Debug, PartialEq)]
struct Tag(Val<String>, Val<String>);

impl KeyValue for Tag {
    fn key_value(key: Val<String>, value: Val<String>) -> Self {
        Tag(key, value)
    }
}

impl ToJson for Tag {
    fn write(&self, out: &mut JsonWriter) {
        out.object(&[("Key", &self.0), ("Value", &self.1)]);
    }
}

#[test]
fn pairs_stand_for_tags() {
    let tags: Val<Vec<Val<Tag>>> = [("team", "web"), ("stage", "prod")].into();
    assert_eq!(tags, vec![("team".to_owned(), "web".to_owned()), ("stage".to_owned(), "prod".to_owned())].into());
    assert_eq!(tags, [("team", Val::from("web")), ("stage", "prod".into())].into());
    assert_eq!(tags, [("team", "web"), ("stage", "prod")].into_iter().collect());
    assert_eq!(Val::Literal(vec![("team", "web").into(), ("stage", "prod").into()]), tags);
}

/// The reader knows the functions by the names that they are written under.
#[test]
fn every_function_has_the_name_that_it_is_read_by() {
    let functions = [
        r#"{"Ref": "A"}"#,
        r#"{"Condition": "A"}"#,
        r#"{"Fn::GetAtt": ["A", "Arn"]}"#,
        r#"{"Fn::Sub": "${A}"}"#,
        r#"{"Fn::Join": ["", ["a", "b"]]}"#,
        r#"{"Fn::Split": [",", "a,b"]}"#,
        r#"{"Fn::Select": [0, ["a"]]}"#,
        r#"{"Fn::If": ["A", "a", "b"]}"#,
        r#"{"Fn::FindInMap": ["A", "a", "b"]}"#,
        r#"{"Fn::ImportValue": "a"}"#,
        r#"{"Fn::GetStackOutput": {"StackName": "a", "OutputName": "b"}}"#,
        r#"{"Fn::GetAZs": ""}"#,
        r#"{"Fn::Base64": "a"}"#,
        r#"{"Fn::Cidr": ["10.0.0.0/16", 2]}"#,
        r#"{"Fn::Transform": {"Name": "a"}}"#,
        r#"{"Fn::Length": ["a"]}"#,
        r#"{"Fn::ToJsonString": {"a": 1}}"#,
        r#"{"Fn::And": [{"Condition": "A"}, {"Condition": "B"}]}"#,
        r#"{"Fn::Or": [{"Condition": "A"}, {"Condition": "B"}]}"#,
        r#"{"Fn::Not": [{"Condition": "A"}]}"#,
        r#"{"Fn::Equals": ["a", "b"]}"#,
        r#"{"Fn::Contains": [["a"], "a"]}"#,
        r#"{"Fn::EachMemberEquals": [["a"], "a"]}"#,
        r#"{"Fn::EachMemberIn": [["a"], ["a"]]}"#,
        r#"{"Fn::RefAll": "AWS::EC2::VPC::Id"}"#,
        r#"{"Fn::ValueOf": ["A", "b"]}"#,
        r#"{"Fn::ValueOfAll": ["A", "b"]}"#,
    ];
    for text in functions {
        let template = format!(r#"{{"Outputs": {{"O": {{"Value": {text}}}}}}}"#);
        let template = Template::from_json(&template).unwrap();
        let Value::Function(function) = &template.outputs["O"].value else { panic!("{text}") };
        assert!(text.starts_with(&format!("{{\"{}\":", function.name())), "{text} {}", function.name());
        assert_eq!(function.to_map().keys().collect::<Vec<_>>(), [function.name()], "{text}");
    }
}
