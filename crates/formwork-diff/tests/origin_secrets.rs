//! Remarks on steps that a change of an origin's secret skips.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use formwork_diff::{Diff, Registry};
use formwork_template::Template;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// Bringing of the files to nginx.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// An association, on which the distribution depends.
    Association,
    /// An association that the distribution does not depend on.
    Unordered,
    /// Somebody.
    Hand,
}

/// The stack of a site: the generation that the distribution sends, and those that nginx asks for.
fn site(by: By, sent: Option<u32>, asked: &[u32]) -> Template {
    let reference = |generation: &u32| json!({ "Ref": format!("OriginSecret{generation}") });
    let mut origin = json!({ "Id": "origin", "DomainName": "origin.example.com" });
    if let Some(generation) = sent {
        let value = json!({ "Fn::Sub": format!("{{{{resolve:secretsmanager:${{OriginSecret{generation}}}:SecretString:::}}}}") });
        origin["OriginCustomHeaders"] = json!([{ "HeaderName": "X-Origin-Secret", "HeaderValue": value }]);
    }
    let mut resources = json!({
        "Distribution": {
            "Type": "AWS::CloudFront::Distribution",
            "Properties": { "DistributionConfig": { "Origins": [origin] } }
        }
    });
    for generation in sent.iter().chain(asked) {
        resources[format!("OriginSecret{generation}")] = json!({ "Type": "AWS::SecretsManager::Secret" });
    }
    if by != By::Hand {
        let mut parameters = json!({ "Digest": ["0123456789abcdef"] });
        if !asked.is_empty() {
            let arns: Vec<Value> = asked.iter().map(reference).collect();
            parameters["Secrets"] = json!([{ "Fn::Join": [" ", arns] }]);
        }
        resources["NginxDelivery"] =
            json!({ "Type": "AWS::SSM::Association", "Properties": { "Parameters": parameters } });
    }
    if by == By::Association {
        resources["Distribution"]["DependsOn"] = json!("NginxDelivery");
    }
    Template::from_json(&json!({ "Resources": resources }).to_string()).unwrap()
}

/// Remarks about a step, without the one that `DependsOn` changes.
fn said(before: &Template, after: &Template) -> String {
    let notes = Diff::between(Some(before), after, &Registry::new()).notes;
    notes.into_iter().filter(|note| !note.contains("`DependsOn`")).collect::<Vec<_>>().join("\n")
}

#[test]
fn steps_that_lose_requests() {
    let by = |by: By| move |sent, asked: &[u32]| site(by, sent, asked);
    let (ssm, unordered, hand) = (by(By::Association), by(By::Unordered), by(By::Hand));
    assert_snapshot!("closed_at_once", said(&ssm(None, &[]), &ssm(Some(1), &[1])));
    assert_snapshot!("skipped", said(&ssm(Some(1), &[1]), &ssm(Some(3), &[3, 2])));
    assert_snapshot!("back", said(&ssm(Some(2), &[2, 1]), &ssm(Some(1), &[1])));
    assert_snapshot!("unordered", said(&unordered(Some(1), &[1]), &unordered(Some(2), &[2, 1])));
    assert_snapshot!("opened_unordered", said(&unordered(Some(1), &[1]), &unordered(None, &[])));
    assert_snapshot!("opened_by_hand", said(&hand(Some(1), &[]), &hand(None, &[])));
    assert_snapshot!("renewed_by_hand", said(&hand(Some(1), &[]), &hand(Some(2), &[])));
}

#[test]
fn steps_that_lose_none() {
    let ssm = |sent, asked: &[u32]| site(By::Association, sent, asked);
    let hand = |sent| site(By::Hand, sent, &[]);
    for (before, after) in [
        // Sent first, then asked for; the next generation; opened again.
        (ssm(None, &[]), ssm(Some(1), &[])),
        (ssm(Some(1), &[]), ssm(Some(1), &[1])),
        (ssm(Some(1), &[1]), ssm(Some(2), &[2, 1])),
        (ssm(Some(7), &[7, 6]), ssm(Some(7), &[])),
        (ssm(Some(7), &[7, 6]), ssm(None, &[])),
        // Nobody is asked meanwhile.
        (ssm(Some(1), &[]), ssm(Some(5), &[])),
        // The files follow the stack.
        (hand(None), hand(Some(1))),
        (ssm(Some(1), &[1]), ssm(Some(1), &[1])),
    ] {
        assert_eq!(said(&before, &after), "");
    }
    let empty = Template::from_json(r#"{ "Resources": {} }"#).unwrap();
    assert_eq!(said(&empty, &ssm(Some(1), &[1])), "");
}
