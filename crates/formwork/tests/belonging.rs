//! Parameters, conditions and mappings of one stack in the template of another: values travel, names are problems.

use formwork::assembly::AssetSource;
use formwork::prelude::*;
use formwork::{App, Location, Problem};

/// Problems of synth, with the lines after the first one of this test.
#[track_caller]
fn problems(app: App) -> String {
    let line = std::panic::Location::caller().line();
    let report = app.synth().map(|assembly| panic!("{:?}", assembly.stacks[0].template)).unwrap_err();
    let shown = |Problem { message, location, hint, .. }: Problem| {
        let place = location.map(|Location { line: at, .. }| format!("{}", i64::from(at) - i64::from(line)));
        let hint = hint.map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{}: {message}{hint}\n", place.unwrap_or_default())
    };
    report.problems.into_iter().map(shown).collect()
}

fn zone(name: Val<String>) -> cfn::route53::HostedZone {
    cfn::route53::HostedZone { name: Some(name), ..Default::default() }
}

#[test]
fn a_parameter_of_another_stack_is_that_one() {
    let mut producer = Stack::<UsEast1>::new("o");
    let stage: Val<String> = producer.parameter("Stage", parameter::text().default("prod"));
    let names: Val<Vec<Val<String>>> = producer.parameter("Names", parameter::list().default("a,b"));
    producer.add("Zone", zone(stage.clone()));
    let mut consumer = Stack::<EuCentral1>::new("t");
    let own: Val<String> = consumer.parameter("Stage", parameter::text().default("test"));
    consumer.output("Own", own);
    consumer.output("Other", format!("<{stage}>"));
    consumer.output("Second", function::select::<String>(1, names));
    let is_production = consumer.condition("IsProduction", function::equals(&stage, "prod"));
    consumer.output("Size", function::if_::<String>(&is_production, "large", "small"));
    let assembly = App::new().with(producer).with(consumer).synth().unwrap();
    insta::assert_snapshot!(assembly.stacks[1].template, @r#"
{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Metadata": {
    "Formwork": {
      "Uses": [
        {
          "Producer": "o@us-east-1",
          "Output": "ExportStageRef"
        },
        {
          "Producer": "o@us-east-1",
          "Output": "ExportNamesRef"
        }
      ]
    }
  },
  "Parameters": {
    "Stage": {
      "Type": "String",
      "Default": "test"
    },
    "OStageRef": {
      "Type": "String",
      "Description": "Ref of Stage in stack o (us-east-1), filled in by the deployer"
    },
    "ONamesRef": {
      "Type": "CommaDelimitedList",
      "Description": "Ref of Names in stack o (us-east-1), filled in by the deployer"
    }
  },
  "Conditions": {
    "IsProduction": {
      "Fn::Equals": [
        {
          "Ref": "OStageRef"
        },
        "prod"
      ]
    }
  },
  "Resources": {},
  "Outputs": {
    "Own": {
      "Value": {
        "Ref": "Stage"
      }
    },
    "Other": {
      "Value": {
        "Fn::Sub": "<${OStageRef}>"
      }
    },
    "Second": {
      "Value": {
        "Fn::Select": [
          1,
          {
            "Ref": "ONamesRef"
          }
        ]
      }
    },
    "Size": {
      "Value": {
        "Fn::If": [
          "IsProduction",
          "large",
          "small"
        ]
      }
    }
  }
}
"#);
    insta::assert_snapshot!(assembly.stacks[0].template, @r#"
{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Parameters": {
    "Stage": {
      "Type": "String",
      "Default": "prod"
    },
    "Names": {
      "Type": "CommaDelimitedList",
      "Default": "a,b"
    }
  },
  "Resources": {
    "Zone": {
      "Type": "AWS::Route53::HostedZone",
      "Properties": {
        "Name": {
          "Ref": "Stage"
        }
      }
    }
  },
  "Outputs": {
    "ExportStageRef": {
      "Value": {
        "Ref": "Stage"
      }
    },
    "ExportNamesRef": {
      "Value": {
        "Fn::Join": [
          ",",
          {
            "Ref": "Names"
          }
        ]
      }
    }
  }
}
"#);
}

#[test]
fn a_parameter_comes_down_to_a_nested_stack() {
    let mut shop = Stack::<UsEast1>::new("shop");
    let password: Val<String> = shop.parameter("Password", parameter::text().no_echo());
    let mut inner = Stack::<UsEast1>::new("inner");
    inner.add("Thing", Untyped::new("Custom::Thing", json!({ "Password": password })));
    let mut middle = Stack::<UsEast1>::new("middle");
    middle.add("Inner", NestedStack::new(inner));
    shop.add("Middle", NestedStack::new(middle));
    let assembly = App::new().with(shop).synth().unwrap();
    let contents = assembly.assets.iter().filter_map(|asset| match &asset.source {
        AssetSource::Content { bytes, .. } => std::str::from_utf8(bytes).ok(),
        _ => None,
    });
    let templates: Vec<&str> = contents.collect();
    assert_eq!(templates.len(), 2);
    for template in templates {
        assert!(
            template.contains("\"NoEcho\": true") && template.contains("\"Ref\": \"ShopPasswordRef\""),
            "{template}"
        );
    }
}

#[test]
fn what_is_of_one_template_alone_is_a_problem_in_another() {
    let mut owner = Stack::<UsEast1>::new("o");
    owner.add("Zone", zone("example.com".into()));
    let condition = owner.condition("C", function::equals("a", "b"));
    let mapping = owner.mapping("M", json!({ "a": { "b": "c" } }));
    let secret: Val<String> = owner.parameter("Secret", parameter::text().no_echo());
    let plain: Val<String> = owner.parameter("Plain", parameter::text());
    let mut user = Stack::<UsEast1>::new("t");
    let thing = user.add("Thing", zone("example.org".into()));
    user.output("If", function::if_::<String>(&condition, "a", "b"));
    user.condition("Not", function::not(&condition));
    user.condition("And", function::and([Value::from(&condition), function::condition("Not").into()]));
    user.output("Found", mapping.get::<String>("a", "b"));
    user.output("Text", format!("x{}", mapping.get::<String>("a", "b")));
    user.output("ByName", function::find_in_map::<String>(mapping.as_ref(), "a", "b"));
    user.output("InText", format!("x{}", function::if_::<String>(&condition, "a", "b")));
    user.output("Secret", secret);
    user.options(&thing).condition(&condition);
    user.rule("Rule", json!({ "Assertions": [{ "Assert": function::equals(&plain, "a") }] }));
    user.metadata("About", plain);
    insta::assert_snapshot!(problems(App::new().with(owner).with(user)), @"
-3: the condition `C` of stack `o` is not one of stack `t`
  hint: a condition holds in its own template only: add one to each
-13: the metadata of stack `t` uses `Plain` of stack `o`
  hint: values of other stacks come to conditions, resources and outputs only
-2: `Rule` of stack `t` uses `Plain` of stack `o`
  hint: values of other stacks come to conditions, resources and outputs only
-10: the condition `C` of stack `o` is not one of stack `t`
  hint: a condition holds in its own template only: add one to each
-9: the condition `C` of stack `o` is not one of stack `t`
  hint: a condition holds in its own template only: add one to each
-11: the condition `C` of stack `o` is not one of stack `t`
  hint: a condition holds in its own template only: add one to each
-8: the mapping `M` of stack `o` is not one of stack `t`
  hint: a mapping is of its own template only: add one to each
-7: the mapping `M` of stack `o` is not one of stack `t`
  hint: a mapping is of its own template only: add one to each
-6: the mapping `M` of stack `o` is not one of stack `t`
  hint: a mapping is of its own template only: add one to each
-5: the condition `C` of stack `o` is not one of stack `t`
  hint: a condition holds in its own template only: add one to each
-4: `Secret` uses the parameter `Secret` of stack `o`, which is `NoEcho`: as an output everybody could read it
  hint: add a parameter to this stack, too, or keep the secret in Secrets Manager
");
}

#[test]
fn names_are_what_they_were_in_their_own_template() {
    let mut stack = Stack::<UsEast1>::new("t");
    let condition = stack.condition("C", function::equals("a", "b"));
    let mapping = stack.mapping("M", json!({ "a": { "b": "c" } }));
    stack.condition("Not", function::not(&condition));
    let value = function::if_::<String>(&condition, mapping.get::<String>("a", "b"), "d");
    let plain: Val<i64> = stack.parameter("P", parameter::number());
    stack.rule("Rule", json!({ "Assertions": [{ "Assert": function::equals(&plain, 1) }] }));
    stack.add(
        "Thing",
        Untyped::new("Custom::Thing", json!({ "Value": value, "Text": format!("<{value}>"), "P": plain })),
    );
    insta::assert_snapshot!(App::new().with(stack).synth().unwrap().stacks[0].template, @r#"
{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Parameters": {
    "P": {
      "Type": "Number"
    }
  },
  "Rules": {
    "Rule": {
      "Assertions": [
        {
          "Assert": {
            "Fn::Equals": [
              {
                "Ref": "P"
              },
              1
            ]
          }
        }
      ]
    }
  },
  "Mappings": {
    "M": {
      "a": {
        "b": "c"
      }
    }
  },
  "Conditions": {
    "C": {
      "Fn::Equals": [
        "a",
        "b"
      ]
    },
    "Not": {
      "Fn::Not": [
        {
          "Condition": "C"
        }
      ]
    }
  },
  "Resources": {
    "Thing": {
      "Type": "Custom::Thing",
      "Properties": {
        "Value": {
          "Fn::If": [
            "C",
            {
              "Fn::FindInMap": [
                "M",
                "a",
                "b"
              ]
            },
            "d"
          ]
        },
        "Text": {
          "Fn::Join": [
            "",
            [
              "<",
              {
                "Fn::If": [
                  "C",
                  {
                    "Fn::FindInMap": [
                      "M",
                      "a",
                      "b"
                    ]
                  },
                  "d"
                ]
              },
              ">"
            ]
          ]
        },
        "P": {
          "Ref": "P"
        }
      }
    }
  }
}
"#);
}
