//! Exports that do not stay: who imports them is asked, and only of those.

use formwork_deploy::{Answer, Consent, Error, Outcome};

use crate::answers::{change, change_set, change_set_deleted, creating, event, events, executed, stack, template};
use crate::server::{Server, Step, on, refuse};
use crate::{Listener, deploy, site};

fn exporting(value: &str) -> String {
    format!(
        r#"{{"Resources":{{"Topic":{{"Type":"AWS::SNS::Topic"}}}},"Outputs":{{"A":{{"Value":"{value}","Export":{{"Name":"a"}}}}}}}}"#
    )
}

/// The export gets another value, and the question who imports it has these answers.
fn run(consent: Consent, answers: Vec<Step>, goes_on: bool) -> (Result<Outcome, Error>, String) {
    let mut steps = vec![stack("UPDATE_COMPLETE", ""), template(&exporting("one")), creating()];
    let changed = change("Modify", "Topic", "<Replacement>False</Replacement>");
    steps.extend([change_set(&changed), change_set(&changed)]);
    steps.extend(answers);
    match goes_on {
        true => steps.extend([
            executed(),
            events(&[event(30, "site", "UPDATE_COMPLETE", "")]),
            stack("UPDATE_COMPLETE", ""),
        ]),
        false => steps.push(change_set_deleted()),
    }
    let server = Server::start(steps);
    let listener = Listener::new(Answer::Yes);
    let report = deploy(&server, &site(&exporting("two")), consent, &listener);
    server.finish();
    (report.map(|report| report.stacks[0].outcome.clone()), listener.told())
}

#[test]
fn an_export_that_nobody_imports_may_change() {
    let nobody = || {
        refuse("ListImports", 400, "ValidationError", "Export 'a' is not imported by any stack.")
            .with("ExportName", "a")
    };
    let (outcome, told) = run(Consent::Given, vec![nobody()], true);
    assert!(matches!(outcome, Ok(Outcome::Done(_))), "{outcome:?}\n{told}");
    assert!(!told.contains("warning"), "{told}");
}

#[test]
fn all_pages_of_importers_are_read() {
    let page = |name: &str, next: &str| on("ListImports", &format!("<Imports><member>{name}</member></Imports>{next}"));
    let pages = || vec![page("b", "<NextToken>2</NextToken>"), page("c", "").with("NextToken", "2")];
    for consent in [Consent::Given, Consent::GivenUnlessBroadening, Consent::GivenForLosses] {
        let (outcome, _) = run(consent, pages(), false);
        let error = outcome.unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"in `site`, the export `a` gets another value while `b` and `c` import it, which CloudFormation refuses");
            insta::assert_snapshot!(error.hint().unwrap(), @"keep the export as it is, and export the new value under another name; when `b` and `c` no longer import the old one, remove it");
        }
    }
}

/// A login that may not ask can still deploy.
#[test]
fn who_imports_may_be_a_secret() {
    let (outcome, told) = run(Consent::Given, vec![refuse("ListImports", 403, "AccessDenied", "no")], true);
    assert!(matches!(outcome, Ok(Outcome::Done(_))), "{outcome:?}\n{told}");
    insta::assert_snapshot!(told, @"
    site: preparing
    site: warning: whether other stacks import `a` is not known: `cloudformation:ListImports` is not allowed
    plan: 0 to create, 1 to update, 0 to replace, 0 to destroy
    site: updating
    site: site UPDATE_COMPLETE
    site: UPDATE_COMPLETE, done: true
    ");
}
