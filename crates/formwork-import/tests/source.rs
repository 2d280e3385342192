//! The source of small templates, whole; and of any template whatever, without a panic.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use std::collections::BTreeMap;

use formwork_import::{Import, Options, comments, import};
use formwork_template::Template;
use insta::assert_snapshot;
use proptest::prelude::*;

fn imported(template: &Template) -> Import {
    with_comments(template, Default::default())
}

fn with_comments(template: &Template, comments: BTreeMap<String, String>) -> Import {
    let options = Options {
        name: "example".to_owned(),
        region: "eu-west-1".to_owned(),
        dependency: "path = \"../formwork\"".to_owned(),
        comments,
        ..Options::default()
    };
    import(template, &options)
}

/// The source, and below it what the command says.
fn source(text: &str) -> String {
    let import = with_comments(&Template::from_text(text).unwrap(), comments(text));
    let remarks =
        import.remarks.iter().map(|remark| format!("{} | {} | {}\n", remark.place, remark.path, remark.reason));
    format!("{}-----\n{}", import.files["src/lib.rs"], remarks.collect::<String>())
}

#[test]
fn a_network() {
    assert_snapshot!(source(include_str!("network.yaml")));
}

#[test]
fn what_is_not_typed() {
    assert_snapshot!(source(include_str!("untyped.yaml")));
}

/// Texts of several lines, parameters in places that come before them, names that only CloudFormation or a macro takes, and scalars of
/// another kind than their type. `tests/import` compiles it.
#[test]
fn lines_and_macros() {
    assert_snapshot!(source(include_str!("../../../tests/import/templates/lines_and_macros.yaml")));
}

#[test]
fn the_files_of_a_crate() {
    let import = imported(&Template::from_text("Resources: {Topic: {Type: 'AWS::SNS::Topic'}}").unwrap());
    let files = import.files.iter().map(|(path, text)| format!("--- {path}\n{text}"));
    assert_snapshot!(files.collect::<String>());
}

/// Any JSON, with functions and hostile texts in it.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![Just("A".to_owned()), Just("P".to_owned()), "\\PC{0,6}", any::<String>()];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        text.clone().prop_map(Into::into),
        text.clone().prop_map(|name| serde_json::json!({ "Ref": name })),
        text.clone().prop_map(|name| serde_json::json!({ "Fn::GetAtt": [name, "Arn"] })),
    ];
    leaf.prop_recursive(4, 24, 4, move |inside| {
        let key = prop_oneof![
            Just("Fn::If".to_owned()),
            Just("Fn::Join".to_owned()),
            Just("Fn::Sub".to_owned()),
            Just("Fn::Select".to_owned()),
            Just("Tags".to_owned()),
            Just("BlockDeviceMappings".to_owned()),
            text.clone(),
        ];
        prop_oneof![
            proptest::collection::vec(inside.clone(), 0..4).prop_map(Into::into),
            proptest::collection::vec((key, inside), 0..4)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn template() -> impl Strategy<Value = Template> {
    let type_name = prop_oneof![
        Just("AWS::EC2::Instance".to_owned()),
        Just("AWS::S3::Bucket".to_owned()),
        Just("AWS::WAFv2::WebACL".to_owned()),
        Just("Custom::Thing".to_owned()),
        any::<String>(),
    ];
    let id = prop_oneof![Just("A".to_owned()), Just("Stack".to_owned()), "[a-zA-Z0-9]{1,4}", any::<String>()];
    let resource = (type_name, json(), json(), proptest::option::of(id.clone()));
    let resources = proptest::collection::vec((id.clone(), resource), 0..4);
    (resources, json(), json(), id).prop_filter_map("a template", |(resources, condition, output, name)| {
        let resources: serde_json::Map<String, serde_json::Value> = resources
            .into_iter()
            .map(|(id, (type_name, properties, metadata, depends_on))| {
                let properties = serde_json::json!({ "Tags": properties, "UserData": metadata });
                let mut resource = serde_json::json!({ "Type": type_name, "Properties": properties });
                if let Some(depends_on) = depends_on {
                    resource["DependsOn"] = depends_on.into();
                }
                (id, resource)
            })
            .collect();
        let text = serde_json::json!({
            "Description": name.clone(),
            "Parameters": { "P": { "Type": "String", "Default": name.clone() } },
            "Conditions": { name.clone(): condition },
            "Resources": resources,
            "Outputs": { name: { "Value": [output] } },
        });
        Template::from_json(&text.to_string()).ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_template_leads_to_a_panic(template in template()) {
        let ends_well = imported(&template).files["src/lib.rs"].ends_with("    App::new().with(stack)\n}\n");
        prop_assert!(ends_well);
    }
}
