//! Switches and carriers of constructs by hand, held against the templates.

use formwork::assembly::{Carrier, Switch};
use formwork::prelude::*;

/// A construct that switches and delivers a file, as its edit says it.
struct Site(fn(&mut Scope<UsEast1>));

impl Construct<UsEast1> for Site {
    type Handle = ();

    fn add_to(self, scope: &mut Scope<UsEast1>) {
        let _: Val<String> = scope.parameter("Active", parameter::text().default("blue").allowed(["blue", "green"]));
        let _: Val<String> = scope.parameter("Other", parameter::text().default("blue"));
        scope.add("Thing", Untyped::new("Custom::Thing", json!({ "Digest": "0123456789abcdef", "Number": 1 })));
        scope.file("nginx.conf", "# nothing");
        scope.output("Files", "nginx.conf:0123 other:4567");
        (self.0)(scope);
    }
}

fn switch(parameter: &str, digest_at: &str, health: &str) -> Switch {
    Switch { parameter: parameter.into(), digest_at: digest_at.into(), health: Some(health.into()) }
}

const DIGEST: &str = "/Resources/MySiteThing/Properties/Digest";
const HEALTH: &str = "https://example.com/health";

fn output(scope: &Scope<UsEast1>, output: &str, entry: &str) -> Carrier {
    Carrier::Output { stack: scope.stack_id().clone(), output: output.into(), entry: entry.into() }
}

/// Problems of synth with how far below the construct's line they are.
fn said(edit: fn(&mut Scope<UsEast1>)) -> String {
    let mut stack = Stack::<UsEast1>::new("t");
    stack.add("MySite", Site(edit));
    let line = line!() - 1;
    let problems = App::new().with(stack).synth().map_or_else(|report| report.problems, |it| it.warnings);
    let said = |problem: Problem| {
        assert_eq!(problem.location.as_ref().map(|location| location.line), Some(line), "{}", problem.message);
        let hint = problem.hint.map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{}{hint}\n", problem.message)
    };
    problems.into_iter().map(said).collect()
}

#[test]
fn what_is_there() {
    assert_eq!(said(|scope| scope.switch(switch("Active", DIGEST, HEALTH))), "");
    assert_eq!(said(|scope| scope.switch(switch("MySiteActive", DIGEST, HEALTH))), "");
    let mut stack = Stack::<UsEast1>::new("t");
    stack.add("MySite", Site(|scope| scope.switch(switch("Active", DIGEST, HEALTH))));
    let switches = &App::new().with(stack).synth().unwrap().stacks[0].switches;
    assert_eq!(switches[0].parameter, "MySiteActive");
    assert_eq!(said(|scope| scope.carrier("nginx.conf", output(scope, "MySiteFiles", "nginx.conf:0123"))), "");
}

#[test]
fn what_is_not_there() {
    let cases = [
        said(|scope| scope.switch(switch("Aktive", DIGEST, HEALTH))),
        said(|scope| scope.switch(switch("Other", DIGEST, HEALTH))),
        said(|scope| scope.switch(switch("Active", "/no/such", HEALTH))),
        said(|scope| scope.switch(switch("Active", "/Resources/MySiteThing/Properties/Number", HEALTH))),
        said(|scope| scope.switch(switch("Active", DIGEST, "ftp://\u{1b}[2J"))),
        said(|scope| scope.switch(switch("Active", DIGEST, "https://example.com/a b"))),
        said(|scope| {
            scope.switch(switch("Active", DIGEST, HEALTH));
            scope.switch(switch("MySiteActive", DIGEST, HEALTH));
        }),
        said(|scope| scope.carrier("no-such-file", output(scope, "MySiteFiles", "nginx.conf:0123"))),
        said(|scope| scope.carrier("nginx.conf", output(scope, "Files", "nginx.conf:0123"))),
        said(|scope| scope.carrier("nginx.conf", output(scope, "MySiteFiles", "nginx.conf:9999"))),
        said(|scope| {
            let pointer = "/Resources/Nope".to_owned();
            scope.carrier("nginx.conf", Carrier::Template { stack: scope.stack_id().clone(), pointer });
        }),
    ];
    insta::assert_snapshot!(cases.concat(), @r#"
"Aktive", by which a switch is made, is not a parameter of stack `t`
  hint: `parameter` adds one, with the choices as its `allowed` values
the parameter "MySiteOther", by which a switch is made, does not say two values that it can have
  hint: `allowed(["blue", "green"])`
"/no/such" is not the place of a digest in the template: there is no text
  hint: a JSON pointer, such as `/Resources/NginxDelivery/Properties/Parameters/Digest/0`
"/Resources/MySiteThing/Properties/Number" is not the place of a digest in the template: there is no text
  hint: a JSON pointer, such as `/Resources/NginxDelivery/Properties/Parameters/Digest/0`
"ftp://\u{1b}[2J" is not the URL at which a site answers with its choice: it begins with neither `https://` nor `http://`
  hint: for example `https://example.com/_formwork/health`
"https://example.com/a b" is not the URL at which a site answers with its choice: ` ` is not allowed in it
  hint: for example `https://example.com/_formwork/health`
the parameter `MySiteActive` is that of two switches
"no-such-file" is not a file that was added here
  hint: `file` adds one, before what carries it is named
what is said to carry the file "nginx.conf" does not: stack `t` does not have the output "Files"
what is said to carry the file "nginx.conf" does not: the output "MySiteFiles" does not have the word "nginx.conf:9999"
what is said to carry the file "nginx.conf" does not: there is nothing at "/Resources/Nope" in its template
"#);
}
