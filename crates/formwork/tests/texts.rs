//! Values in texts, through synth: within a stack, across stacks, and in places that take none.

use formwork::prelude::*;
use formwork::{App, Location, Problem};

/// Problems of synth, with the lines after the first one of this test.
#[track_caller]
fn problems(app: App) -> String {
    let line = std::panic::Location::caller().line();
    let report = app.synth().map(|assembly| panic!("{:?}", assembly.stacks[0].template)).unwrap_err();
    let shown = |Problem { message, location, hint, .. }: Problem| {
        let place = location.map(|Location { line: at, .. }| format!("{}", i64::from(at) - i64::from(line)));
        format!(
            "{}: {message}{}\n",
            place.unwrap_or_default(),
            hint.map(|hint| format!("\n  hint: {hint}")).unwrap_or_default()
        )
    };
    report.problems.into_iter().map(shown).collect()
}

fn zone() -> HostedZone {
    HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com")
}

#[test]
fn values_of_other_stacks_travel_in_texts() {
    let mut edge = Stack::<UsEast1>::new("edge");
    let certificate = edge.add("Certificate", Certificate::dns_validated("example.com", &zone()));
    let mut app = Stack::<EuCentral1>::new("app");
    let topic = Untyped::new("Custom::Topic", json!({ "Text": format!("<{}>", certificate.arn()) }));
    let topic = app.add("Topic", topic);
    app.output("Both", format!("{}, {}", topic.ref_value(), certificate.arn()));
    let assembly = App::new().with(app).with(edge).synth().unwrap();
    let (app, edge) = (&assembly.stacks[0], &assembly.stacks[1]);
    assert_eq!(app.depends_on, std::slice::from_ref(&edge.id));
    assert_eq!(app.imports.len(), 1);
    insta::assert_snapshot!(app.template, @r#"
{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Metadata": {
    "Formwork": {
      "Uses": [
        {
          "Producer": "edge@us-east-1",
          "Output": "ExportCertificateArn"
        }
      ]
    }
  },
  "Parameters": {
    "EdgeCertificateArn": {
      "Type": "String",
      "Description": "Arn of Certificate in stack edge (us-east-1), filled in by the deployer"
    }
  },
  "Resources": {
    "Topic": {
      "Type": "Custom::Topic",
      "Properties": {
        "Text": {
          "Fn::Sub": "<${EdgeCertificateArn}>"
        }
      }
    }
  },
  "Outputs": {
    "Both": {
      "Value": {
        "Fn::Sub": "${Topic}, ${EdgeCertificateArn}"
      }
    }
  }
}
"#);
    assert!(edge.template.contains("ExportCertificateArn"));
}

#[test]
fn resources_that_name_each_other_in_texts_are_a_cycle() {
    let mut stack = Stack::<UsEast1>::new("s");
    let first = stack.add("First", Untyped::new("Custom::A", json!({})));
    let second = stack.add("Second", Untyped::new("Custom::A", json!({ "Text": format!("{}!", first.ref_value()) })));
    let options = stack.options(&first);
    options.property("Text", "a" + second.ref_value());
    insta::assert_snapshot!(problems(App::new().with(stack)), @"-4: resources need each other: `First` -> `Second` -> `First`");
}

#[test]
fn a_value_in_a_name_is_a_problem_at_its_line() {
    let mut stack = Stack::<UsEast1>::new("s");
    let thing = stack.add("Thing", Untyped::new("Custom::A", json!({})));
    let value = format!("x-{}", thing.ref_value());
    let mut other = Stack::<UsEast1>::new(value.clone());
    other.output("A", "a");
    stack.add(&value, Untyped::new("Custom::A", json!({})));
    stack.add("Keys", Untyped::new("Custom::A", formwork::function::object([(&value, "a".into())])));
    stack.add("Type", Untyped::new(value.clone(), json!({})));
    stack.file(&value, "a");
    stack.file("a.txt", value.clone());
    stack.output(&value, "a");
    stack.output("Output", "a").description(value.clone()).condition(&value).export(value.clone());
    stack.parameter::<String>("Parameter", Parameter { description: Some(value.clone()), ..Default::default() });
    stack.condition(&value, function::equals("a", "b"));
    stack.mapping("Mapping", json!({ "A": { "B": value } }));
    stack.description(value.clone());
    stack.tag("a", value.clone());
    stack.options(&thing).condition(&value).acknowledge("rule", &value);
    stack.add("Upper", Untyped::new("Custom::A", json!({ "Text": value.to_uppercase() })));
    stack.add("Debug", Untyped::new("Custom::A", json!({ "Text": format!("{thing:?}") })));
    stack.add("Attributes", Untyped::new("Custom::A", json!({ "Text": format!("{:?}", *thing) })));
    stack.add("Twice", Untyped::new("Custom::A", json!({ "Text": format!("{value:?}") })));
    insta::assert_snapshot!(problems(App::new().with(stack).with(other)), @r#"
-17: "x-${Thing}" cannot name a resource or a construct: it has a value in it that is known only when the stack is deployed
  hint: for example `x`
-15: "x-${Thing}" is not a resource type: it has three parts of letters and digits, with `::` between them
  hint: for example `Custom::Thing` or `Acme::Service::Resource`
-14: "x-${Thing}" is not a path below the assembly's `files/`: it has a value in it that is known only when the stack is deployed
  hint: names of letters, digits, `.`, `_` and `-`, with `/` between them
-13: the file `a.txt` has a value in it that is known only when the stack is deployed
  hint: give it to the server by a parameter or an output
-12: "x-${Thing}" cannot name an output: it has a value in it that is known only when the stack is deployed
  hint: for example `x`
-9: "x-${Thing}" cannot name a condition: it has a value in it that is known only when the stack is deployed
  hint: for example `x`
-5: the reason "x-${Thing}" for `rule` cannot be shown: it has a value in it that is known only when the stack is deployed
-19: "x-${Thing}" is not a stack name: it has a value in it that is known only when the stack is deployed
  hint: a letter, then letters, digits and hyphens, 128 at most
-22: stack `s`: `x-${Thing}` cannot be a description: it is known only when the stack is deployed
-10: stack `s`, `Parameter`: `x-${Thing}` cannot be part of a parameter: it is known only when the stack is deployed
-8: stack `s`, `Mapping`: `x-${Thing}` cannot be part of a mapping: it is known only when the stack is deployed
-21: stack `s`, `Thing`: `x-${Thing}` cannot be the name of a condition: it is known only when the stack is deployed
-16: stack `s`, `Keys`: `x-${Thing}` cannot be a key: it is known only when the stack is deployed
-15: stack `s`, `Type`: `x-${Thing}` cannot be a resource type: it is known only when the stack is deployed
-4: stack `s`, `Upper`: the text `X-…`: a value in it was changed after it was put in: by upper or lower case, for example
-3: stack `s`, `Debug`: the text `Handle(${Thing})` has a value that is not a text, or a handle, in it: say which value of it, such as `bucket.arn()`
-2: stack `s`, `Attributes`: the text `UntypedAttributes(${Thing})` has a value that is not a text, or a handle, in it: say which value of it, such as `bucket.arn()`
-1: stack `s`, `Twice`: the text `"x-${Thing}"`: a value in it was escaped, by `{:?}` of a text for example: put it in with `{}`
-11: stack `s`, `Output`: `x-${Thing}` cannot be the description of an output: it is known only when the stack is deployed
-11: stack `s`, `Output`: `x-${Thing}` cannot be the name of a condition: it is known only when the stack is deployed
-22: stack `s` cannot have the tag "a" = "x-${Thing}": it has a value in it that is known only when the stack is deployed
"#);
}

#[test]
fn checks_see_a_hole() {
    let mut stack = Stack::<UsEast1>::new("s");
    let domain: Val<String> = stack.parameter("Domain", Parameter::default());
    let id: Val<String> = stack.parameter("Zone", Parameter::default());
    let zone = HostedZone::from_id(format!("{id}"), format!("{domain}"));
    let certificate = Certificate {
        subject_alternative_names: vec![format!("*.{domain}")],
        ..Certificate::dns_validated(format!("www.{domain}"), &zone)
    };
    let certificate = stack.add("Certificate", certificate);
    let origin = Origin { path: Some(format!("/{domain}")), ..Origin::public_https(format!("origin.{domain}")) };
    let distribution =
        Distribution { aliases: vec![format!("www.{domain}")], ..Distribution::new(origin, &certificate) };
    let distribution = stack.add("Distribution", distribution);
    stack.add("Alias", AliasRecords::new(&zone, format!("www.{domain}"), &distribution));
    stack.add("Text", RecordSet::new(&zone, format!("a.{domain}"), Record::Txt(vec![format!("d=\"{domain}\" é")])));
    let assembly = App::new().with(stack).synth().unwrap();
    assert_eq!(assembly.warnings, []);
    insta::assert_snapshot!(assembly.stacks[0].template);

    let mut stack = Stack::<UsEast1>::new("s");
    let domain: Val<String> = stack.parameter("Domain", Parameter::default());
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    stack.add("Certificate", Certificate::dns_validated(format!("a b.{domain}"), &zone));
    stack.add("Record", RecordSet::new(&zone, format!("{domain}.example.org"), Record::Txt(vec!["a".into()])));
    insta::assert_snapshot!(problems(App::new().with(stack)), @r#"
-2: "a b.${Domain}" is not a domain name: ` ` is not allowed in it
-1: `${Domain}.example.org` does not lie in the zone `example.com`
  hint: its name ends in `.example.com`, or is `example.com`
"#);
}

#[test]
fn patterns_see_a_hole() {
    let mut parameters = Stack::<EuCentral1>::new("parameters");
    let name = parameters.add("Name", Untyped::new("Custom::Name", json!({})));
    let domain = format!("{}.example.com", name.ref_value());
    let site = NginxSite::new("site", domain.clone(), &zone(), Origin::public_https("origin.example.com"));
    let site = NginxSite::<EuCentral1> { redirects: vec!["www.example.com".into()], proxy: None, ..site };
    let assembly = App::new().with(site).with(parameters).synth().unwrap();
    let template = &assembly.stacks[1].template;
    assert!(template.contains(r#""Fn::Sub": "https://${ParametersNameRef}.example.com""#));
    assert!(template.contains("var location = 'https://${ParametersNameRef}.example.com'"));

    let mut parameters = Stack::<EuCentral1>::new("parameters");
    let name = parameters.add("Name", Untyped::new("Custom::Name", json!({})));
    let site = NginxSite::new("site", "example.com", &zone(), Origin::public_https("origin.example.com"));
    let other = format!("{}.example.com", name.ref_value());
    let site = NginxSite::<EuCentral1> { other_names: vec![other], proxy: None, ..site };
    insta::assert_snapshot!(problems(App::new().with(site).with(parameters)), @r#"
0: "Alias${Name}.example.com" cannot name a resource or a construct: it has a value in it that is known only when the stack is deployed
  hint: for example `Aliasexamplecom`
-3: the origin is open: whoever finds its address is served without CloudFront
  hint: `origin_secret: Some(OriginSecret::Sent(1))` is the first step of closing it, `ingress` the other
"#);
}
