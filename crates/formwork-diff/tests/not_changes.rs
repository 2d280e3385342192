//! Differences of two templates that change nothing of what is deployed, or may change nothing, and one that cannot be judged here.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::{Diff, Registry, RenderOptions, render};
use formwork_template::Template;
use insta::assert_snapshot;

/// The output for two whole templates.
fn both(before: &str, after: &str) -> String {
    let [before, after] = [before, after].map(|text| Template::from_json(text).unwrap());
    let diff = Diff::between(Some(&before), &after, &Registry::new());
    format!("{}\n{}", render(&diff, &RenderOptions::default()), diff.totals())
}

/// The output when `before` becomes `after`; both are the entries of `Resources`.
fn show(before: &str, after: &str) -> String {
    let [before, after] = [before, after].map(|text| format!(r#"{{"Resources":{{{text}}}}}"#));
    both(&before, &after)
}

/// The region of a deployed stack has its entry in the deployed mapping: one that comes, or goes, is another region's.
#[test]
fn a_region_that_comes_to_a_mapping_is_not_that_of_the_stack() {
    let of = |regions: &str, default: &str| {
        format!(
            r#"{{"Mappings":{{"R":{{{regions}}}}},"Conditions":{{"C":{{"Fn::Equals":[{{"Fn::FindInMap":["R",{{"Ref":"AWS::Region"}},"Cidr"]}},"10.0.0.0/16"]}}}},
            "Resources":{{"Net":{{"Type":"AWS::EC2::VPC","Properties":{{"CidrBlock":{{"Fn::FindInMap":["R",{{"Ref":"AWS::Region"}},"Cidr"{default}]}}}}}},
            "Text":{{"Type":"AWS::SNS::Topic","Properties":{{"TopicName":{{"Fn::Sub":["a-${{X}}",{{"X":{{"Fn::FindInMap":["R",{{"Ref":"AWS::Region"}},"Cidr"]}}}}]}}}}}},
            "Perhaps":{{"Type":"AWS::SNS::Topic","Condition":"C"}}}}}}"#
        )
    };
    let (one, two) = (r#""us-east-1":{"Cidr":"10.0.0.0/16"}"#, r#""eu-west-1":{"Cidr":"10.1.0.0/16"}"#);
    let all = format!("{one},{two}");
    assert_snapshot!(both(&of(one, ""), &of(&all, "")), @"
Mappings
  [~] R
      eu-west-1  + { Cidr: 10.1.0.0/16 }
      3 resources use it

0 to create, 0 to update, 0 to replace, 0 to destroy
");
    assert_snapshot!(both(&of(&all, ""), &of(one, "")), @"
Mappings
  [~] R
      eu-west-1  - { Cidr: 10.1.0.0/16 }
      3 resources use it

0 to create, 0 to update, 0 to replace, 0 to destroy
");
    // Its own entry may be another one.
    assert_snapshot!(both(&of(one, ""), &of(&one.replace("10.0", "10.9"), "")), @"
Resources
  [?]  may replace  Net      AWS::EC2::VPC
      CidrBlock  FindInMap(R, ${AWS::Region}, Cidr)  (may replace: an entry of a mapping changes, and may be the one that is meant)
  [?]  may replace  Text     AWS::SNS::Topic
      TopicName  a-FindInMap(R, ${AWS::Region}, Cidr)  (may replace: mapping `R` changes)
  [-?] may destroy  Perhaps  AWS::SNS::Topic
      it may leave the stack or be created, as `C` does not hold or holds now

Mappings
  [~] R
      us-east-1.Cidr  10.0.0.0/16 → 10.9.0.0/16
      3 resources use it

0 to create, 2 to update (2 may be replaced), 0 to replace, 1 to destroy (1 may be destroyed)
");
    // No entry is in both, so the one that is meant is not known.
    assert_snapshot!(both(&of(one, ""), &of(two, "")), @"
Resources
  [?]  may replace  Net      AWS::EC2::VPC
      CidrBlock  FindInMap(R, ${AWS::Region}, Cidr)  (may replace: an entry of a mapping changes, and may be the one that is meant)
  [?]  may replace  Text     AWS::SNS::Topic
      TopicName  a-FindInMap(R, ${AWS::Region}, Cidr)  (may replace: mapping `R` changes)
  [-?] may destroy  Perhaps  AWS::SNS::Topic
      it may leave the stack or be created, as `C` does not hold or holds now

Mappings
  [~] R
      eu-west-1  + { Cidr: 10.1.0.0/16 }
      us-east-1  - { Cidr: 10.0.0.0/16 }
      3 resources use it

0 to create, 2 to update (2 may be replaced), 0 to replace, 1 to destroy (1 may be destroyed)
");
    // With a default, the deployed region need not have an entry.
    let default = r#",{"DefaultValue":"10.2.0.0/16"}"#;
    let extended = |text: String| text.replacen('{', r#"{"Transform":"AWS::LanguageExtensions","#, 1);
    assert_snapshot!(both(&extended(of(one, default)), &extended(of(&all, default))), @"
Resources
  [?] may replace  Net  AWS::EC2::VPC
      CidrBlock  FindInMap(R, ${AWS::Region}, Cidr, { DefaultValue: 10.2.0.0/16 })  (may replace: an entry of a mapping changes, and may be the one that is meant)

Mappings
  [~] R
      eu-west-1  + { Cidr: 10.1.0.0/16 }
      3 resources use it

0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy
");
}

#[test]
fn spellings_of_a_truth_value_may_be_a_change() {
    let database = |encrypted: &str| {
        format!(
            r#""D":{{"Type":"AWS::RDS::DBInstance","Properties":{{"StorageEncrypted":{encrypted},"MultiAZ":{encrypted}}}}}"#
        )
    };
    assert_snapshot!(show(&database("true"), &database("\"True\"")), @"
Resources
  [?] may replace  D  AWS::RDS::DBInstance
      holds data
      StorageEncrypted  true → True  (may replace: `true` and `True` may be the same truth value)
      MultiAZ           true → True  (may replace: `true` and `True` may be the same truth value)

0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy
");
    assert_snapshot!(show(&database("true"), &database("\"true\"")), @"0 to create, 0 to update, 0 to replace, 0 to destroy");
    assert_snapshot!(show(&database("\"TRUE\""), &database("\"False\"")), @"
Resources
  [±] replace  D  AWS::RDS::DBInstance
      holds data
      StorageEncrypted  TRUE → False  (replaces)
      MultiAZ           TRUE → False  (may replace)

0 to create, 0 to update, 1 to replace, 0 to destroy
");
    let document = |value: &str| {
        format!(
            r#""D":{{"Type":"AWS::SSM::Document","Properties":{{"Content":{{"schemaVersion":"2.2","x":{value}}}}}}}"#
        )
    };
    assert_snapshot!(show(&document("\"true\""), &document("\"True\"")), @"
Resources
  [?] may replace  D  AWS::SSM::Document
      Content.x  true → True  (may replace)

0 to create, 1 to update (1 may be replaced), 0 to replace, 0 to destroy
");
}

/// An empty object where a change replaces is nothing, at any depth and in both directions.
#[test]
fn an_empty_object_does_not_replace() {
    let task = |more: &str| format!(r#""T":{{"Type":"AWS::ECS::TaskDefinition","Properties":{{"Family":"a"{more}}}}}"#);
    for nothing in [r#","RuntimePlatform":{}"#, r#","ProxyConfiguration":{"ContainerName":{"Ref":"AWS::NoValue"}}"#] {
        for (before, after) in [("", nothing), (nothing, "")] {
            let shown = show(&task(before), &task(after));
            assert!(shown.ends_with("0 to create, 1 to update, 0 to replace, 0 to destroy"), "{shown}");
        }
    }
    assert_snapshot!(show(&task(""), &task(r#","RuntimePlatform":{}"#)), @"
Resources
  [~] update  T  AWS::ECS::TaskDefinition
      RuntimePlatform  + {}

0 to create, 1 to update, 0 to replace, 0 to destroy
");
    assert_snapshot!(show(&task(""), &task(r#","RuntimePlatform":{"CpuArchitecture":"ARM64"}"#)), @"
Resources
  [±] replace  T  AWS::ECS::TaskDefinition
      RuntimePlatform  + { CpuArchitecture: ARM64 }  (replaces)

0 to create, 0 to update, 1 to replace, 0 to destroy
");
}

#[test]
fn another_macro_is_told() {
    let of = |transform: &str| {
        format!(r#"{{"Transform":{transform},"Resources":{{"T":{{"Type":"AWS::SNS::Topic","Properties":{{}}}}}}}}"#)
    };
    assert_snapshot!(both(&of(r#""One""#), &of(r#"["One","Two"]"#)), @"
Template
  [~] Transform  One → [One, Two]

note: macros under `Transform` may make other resources of the same template: what they make is known to the change set alone

0 to create, 0 to update, 0 to replace, 0 to destroy
");
    let same = both(&of(r#""One""#), &of(r#"["One"]"#));
    assert!(!same.contains("macros"), "{same}");
    let extended = both(&of(r#""One""#), &of(r#"["AWS::LanguageExtensions","One"]"#));
    assert!(!extended.contains("macros"), "{extended}");
}
