//! Properties that every policy and every rule must have: compared with the requests and packets that they permit, one by one.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

use formwork_diff::{Broadening, Diff, Registry};
use formwork_template::Template;
use proptest::prelude::*;
use serde_json::{Value, json};

fn broadening(type_name: &str, before: &Value, after: &Value) -> Vec<Broadening> {
    let template = |properties: &Value| {
        let resources = json!({ "Thing": { "Type": type_name, "Properties": properties } });
        Template::from_json(&json!({ "Resources": resources }).to_string()).unwrap()
    };
    Diff::between(Some(&template(before)), &template(after), &Registry::new()).broadening
}

/// A statement of a small language: what it says can be tried out request by request.
#[derive(Clone, Debug, PartialEq)]
struct Statement {
    allows: bool,
    actions: Vec<&'static str>,
    not_actions: bool,
    resources: Vec<&'static str>,
    not_resources: bool,
    /// The values of the one condition, if it has one.
    regions: Option<Vec<&'static str>>,
}

const ACTIONS: [&str; 7] = ["*", "s:*", "s:a*", "s:ab", "s:?b", "t:*", "t:a"];
const RESOURCES: [&str; 6] = ["*", "x*", "xy", "x?", "*y", "z"];
const REGIONS: [&str; 2] = ["eu", "us"];
/// Requests: these actions on these resources in these regions.
const ALL_ACTIONS: [&str; 6] = ["s:ab", "s:aa", "s:b", "s:bb", "t:a", "t:b"];
const ALL_RESOURCES: [&str; 6] = ["x", "xy", "xz", "z", "zy", "y"];

fn statement() -> impl Strategy<Value = Statement> {
    let lists = (
        proptest::sample::subsequence(&ACTIONS[..], 1..3),
        proptest::sample::subsequence(&RESOURCES[..], 1..3),
        proptest::option::of(proptest::sample::subsequence(&REGIONS[..], 1..=2)),
    );
    (lists, prop::bool::weighted(0.75), prop::bool::weighted(0.2), prop::bool::weighted(0.2)).prop_map(
        |((actions, resources, regions), allows, not_actions, not_resources)| Statement {
            allows,
            actions,
            not_actions,
            resources,
            not_resources,
            regions,
        },
    )
}

fn policy(statements: &[Statement]) -> Value {
    let one = |statement: &Statement| {
        let mut value = json!({ "Effect": if statement.allows { "Allow" } else { "Deny" } });
        value[if statement.not_actions { "NotAction" } else { "Action" }] = json!(statement.actions);
        value[if statement.not_resources { "NotResource" } else { "Resource" }] = json!(statement.resources);
        if let Some(regions) = &statement.regions {
            value["Condition"] = json!({ "StringEquals": { "aws:RequestedRegion": regions } });
        }
        value
    };
    json!({ "PolicyDocument": { "Statement": statements.iter().map(one).collect::<Vec<_>>() } })
}

/// True for a text that the pattern matches.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|taken| matches(rest, &text[taken..])),
        Some((b'?', rest)) => !text.is_empty() && matches(rest, &text[1..]),
        Some((own, rest)) => text.first() == Some(own) && matches(rest, &text[1..]),
    }
}

fn says(statement: &Statement, action: &str, resource: &str, region: &str) -> bool {
    let any =
        |patterns: &[&str], text: &str| patterns.iter().any(|pattern| matches(pattern.as_bytes(), text.as_bytes()));
    any(&statement.actions, action) != statement.not_actions
        && any(&statement.resources, resource) != statement.not_resources
        && statement.regions.as_ref().is_none_or(|regions| regions.contains(&region))
}

fn requests() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    ALL_ACTIONS.into_iter().flat_map(|action| {
        ALL_RESOURCES
            .into_iter()
            .flat_map(move |resource| ["eu", "us", "ap"].into_iter().map(move |region| (action, resource, region)))
    })
}

/// True if a request is permitted by the statements alone.
fn permits(statements: &[Statement], (action, resource, region): (&str, &str, &str)) -> bool {
    let said = |allows: bool| statements.iter().any(|one| one.allows == allows && says(one, action, resource, region));
    said(true) && !said(false)
}

const POLICY: &str = "AWS::IAM::ManagedPolicy";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Nothing that is permitted anew goes unsaid.
    #[test]
    fn a_request_that_is_permitted_anew_is_found(
        before in prop::collection::vec(statement(), 0..4),
        after in prop::collection::vec(statement(), 0..4),
    ) {
        let opens = requests().any(|request| permits(&after, request) && !permits(&before, request));
        let told = broadening(POLICY, &policy(&before), &policy(&after));
        prop_assert!(!opens || !told.is_empty());
    }

    /// A statement that is said in pieces says the same.
    #[test]
    fn statements_that_are_split_or_merged_permit_the_same(
        statements in prop::collection::vec(statement(), 1..4),
        turns in 0_usize..4,
    ) {
        let mut pieces: Vec<Statement> = statements
            .iter()
            .flat_map(|whole| {
                let actions: Vec<Vec<&'static str>> = if whole.not_actions {
                    vec![whole.actions.clone()]
                } else {
                    whole.actions.iter().map(|action| vec![*action]).collect()
                };
                actions.into_iter().map(|actions| Statement { actions, ..whole.clone() })
            })
            .flat_map(|whole| match &whole.regions {
                Some(regions) => regions
                    .iter()
                    .map(|region| Statement { regions: Some(vec![*region]), ..whole.clone() })
                    .collect(),
                None => vec![whole],
            })
            .collect();
        let places = pieces.len();
        pieces.rotate_left(turns % places);
        prop_assert_eq!(broadening(POLICY, &policy(&statements), &policy(&pieces)), vec![]);
        prop_assert_eq!(broadening(POLICY, &policy(&pieces), &policy(&statements)), vec![]);
    }

    /// Less is not more: an action, a resource, a statement that allows fewer; a denial more.
    #[test]
    fn what_is_narrowed_permits_no_more(
        statements in prop::collection::vec(statement(), 1..4),
        denied in statement(),
        place in 0_usize..4,
    ) {
        let before = policy(&statements);
        let place = place % statements.len();
        let mut fewer = statements.clone();
        let gone = fewer.remove(place);
        if gone.allows {
            prop_assert_eq!(broadening(POLICY, &before, &policy(&fewer)), vec![]);
        }
        let mut smaller = statements.clone();
        if smaller[place].allows && smaller[place].regions.is_none() {
            smaller[place].regions = Some(vec!["eu"]);
            prop_assert_eq!(broadening(POLICY, &before, &policy(&smaller)), vec![]);
        }
        for list in [false, true] {
            let mut smaller = statements.clone();
            let one = &mut smaller[place];
            let (items, is_opposite) =
                if list { (&mut one.resources, one.not_resources) } else { (&mut one.actions, one.not_actions) };
            if items.len() > 1 && one.allows != is_opposite {
                items.pop();
                prop_assert_eq!(broadening(POLICY, &before, &policy(&smaller)), vec![]);
            }
        }
        let mut more = statements;
        more.push(Statement { allows: false, ..denied });
        prop_assert_eq!(broadening(POLICY, &before, &policy(&more)), vec![]);
    }
}

/// A rule of a security group over a few addresses and ports.
type Rule = (u8, u8, u8, u8, bool);

fn rule() -> impl Strategy<Value = Rule> {
    (0_u8..8, 29_u8..=32, 1_u8..6, 0_u8..4, any::<bool>())
}

fn group(rules: &[Rule]) -> Value {
    let one = |(host, length, from, more, is_udp): &Rule| {
        json!({ "IpProtocol": if *is_udp { "udp" } else { "tcp" }, "FromPort": from, "ToPort": from + more,
            "CidrIp": format!("10.0.0.{host}/{length}") })
    };
    json!({ "GroupDescription": "g", "SecurityGroupIngress": rules.iter().map(one).collect::<Vec<_>>() })
}

fn lets_in(rules: &[Rule], host: u8, port: u8, udp: bool) -> bool {
    rules.iter().any(|(own, length, from, more, is_udp)| {
        let size = 1_u8 << (32 - length);
        host / size == own / size && *from <= port && port <= from + more && *is_udp == udp
    })
}

/// An entry of a network ACL: its number, whether it allows, and its traffic.
type Entry = (u16, bool, Rule);

fn entry() -> impl Strategy<Value = Entry> {
    (1_u16..50, any::<bool>(), rule())
}

fn acl(entries: &[Entry]) -> Value {
    let mut resources = json!({ "Acl": { "Type": "AWS::EC2::NetworkAcl", "Properties": { "VpcId": "v" } } });
    for (place, (number, allows, (host, length, from, more, is_udp))) in entries.iter().enumerate() {
        resources[format!("Entry{place}")] = json!({ "Type": "AWS::EC2::NetworkAclEntry", "Properties": {
            "NetworkAclId": { "Ref": "Acl" }, "RuleNumber": number, "RuleAction": if *allows { "allow" } else { "deny" },
            "Protocol": if *is_udp { 17 } else { 6 }, "PortRange": { "From": from, "To": from + more },
            "CidrBlock": format!("10.0.0.{host}/{length}") } });
    }
    resources
}

fn passes(entries: &[Entry], host: u8, port: u8, udp: bool) -> bool {
    let mut sorted = entries.to_vec();
    sorted.sort_by_key(|(number, ..)| *number);
    let first = sorted.iter().find(|(_, _, rule)| lets_in(&[*rule], host, port, udp));
    first.is_some_and(|(_, allows, _)| *allows)
}

fn packets() -> impl Iterator<Item = (u8, u8, bool)> {
    (0..8).flat_map(|host| (1..10).flat_map(move |port| [(host, port, false), (host, port, true)]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// A group opens exactly when a packet comes in that did not.
    #[test]
    fn rules_open_exactly_when_a_packet_comes_in_that_did_not(
        before in prop::collection::vec(rule(), 0..5),
        after in prop::collection::vec(rule(), 0..5),
    ) {
        let opens = packets().any(|(host, port, udp)| lets_in(&after, host, port, udp) && !lets_in(&before, host, port, udp));
        let told = broadening("AWS::EC2::SecurityGroup", &group(&before), &group(&after));
        prop_assert_eq!(!told.is_empty(), opens);
    }

    /// So does a network ACL, in the order of its entries' numbers.
    #[test]
    fn entries_open_exactly_when_a_packet_passes_that_did_not(
        before in prop::collection::vec(entry(), 0..5),
        after in prop::collection::vec(entry(), 0..5),
    ) {
        let distinct = |entries: &[Entry]| {
            let numbers: std::collections::BTreeSet<u16> = entries.iter().map(|(number, ..)| *number).collect();
            numbers.len() == entries.len()
        };
        prop_assume!(distinct(&before) && distinct(&after));
        let opens = packets().any(|(host, port, udp)| passes(&after, host, port, udp) && !passes(&before, host, port, udp));
        let template = |entries: &[Entry]| {
            Template::from_json(&json!({ "Resources": acl(entries) }).to_string()).unwrap()
        };
        let told = Diff::between(Some(&template(&before)), &template(&after), &Registry::new()).broadening;
        prop_assert_eq!(!told.is_empty(), opens, "{:?}", told);
    }
}

/// Types and names that are looked at, with values of any shape in them.
fn anything() -> impl Strategy<Value = Value> {
    const NAMES: [&str; 34] = [
        "Statement",
        "Effect",
        "Principal",
        "AWS",
        "Action",
        "NotAction",
        "Actions",
        "Resource",
        "Condition",
        "StringLike",
        "IpAddress",
        "PolicyDocument",
        "Policies",
        "Policy",
        "Rules",
        "Permission",
        "Roles",
        "Users",
        "ManagedPolicyArns",
        "PermissionsBoundary",
        "SecurityGroupIngress",
        "SecurityGroupEgress",
        "CidrIp",
        "IpProtocol",
        "FromPort",
        "ToPort",
        "PortRange",
        "RuleNumber",
        "PubliclyAccessible",
        "GeoRestriction",
        "Locations",
        "DistributionConfig",
        "Restrictions",
        "Addresses",
    ];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::sample::select(vec![
            "*",
            "s3:*",
            "Allow",
            "Deny",
            "-1",
            "tcp",
            "10.0.0.0/8",
            "::/0",
            "{\"Statement\":[{\"Effect\":1}]}",
            "[{}]",
            "{",
            "true",
            "${",
            "arn:aws:iam::123456789012:root",
            "",
        ])
        .prop_map(Value::from),
        Just(json!({ "Ref": "AWS::NoValue" })),
        Just(json!({ "Fn::GetAtt": ["Thing", "Arn"] })),
        Just(json!({ "Fn::Sub": "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"${A}*\"}}" })),
    ];
    scalar.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((proptest::sample::select(NAMES.to_vec()), inner.clone()), 0..6)
                .prop_map(|entries| entries.into_iter().map(|(name, item)| (name.to_owned(), item)).collect()),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| json!({ "Fn::If": ["Prod", one, other] })),
            inner.prop_map(|one| json!({ "Fn::Join": ["", [one, "/*"]] })),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the shape of what is compared: no panic, and nothing new in what is the same.
    #[test]
    fn any_shape_can_be_compared(
        type_name in proptest::sample::select(vec![
            "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::EC2::SecurityGroup", "AWS::EC2::NetworkAclEntry", "AWS::WAFv2::WebACL",
            "AWS::WAFv2::IPSet", "AWS::CloudFront::Distribution", "AWS::OpenSearchServerless::AccessPolicy",
            "AWS::Lambda::Permission", "AWS::EKS::Cluster", "AWS::KMS::Key", "AWS::Organizations::Policy",
        ]),
        before in anything(),
        after in anything(),
    ) {
        let before = json!({ "Policies": before, "PolicyDocument": before, "Rules": before, "Thing": before });
        let after = json!({ "Policies": after, "PolicyDocument": after, "Rules": after, "Addresses": after });
        for found in broadening(type_name, &before, &after) {
            prop_assert!(!found.to_string().is_empty());
        }
        prop_assert_eq!(broadening(type_name, &after, &after), vec![]);
    }
}
