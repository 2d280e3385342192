//! What a change permits that was not permitted before: policy statements, rules of security groups.
//!
//! Deliberately simple: a statement or a rule that is new, and not contained in an old one, counts. Whether an old one in
//! another resource permits the same already is not looked up, so that the answer errs towards showing too much.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::path::{Path, Step};
use crate::value::{canonical, same, scalar_text};

/// One thing that is permitted more widely than before.
#[derive(Clone, Debug, PartialEq)]
pub struct Broadening {
    /// The resource.
    pub logical_id: String,
    /// Its type.
    pub type_name: String,
    /// Where in its properties.
    pub path: Path,
    /// In which way.
    pub kind: BroadeningKind,
    /// The statement, the rule, the policy's ARN.
    pub value: Value,
}

/// In which way something is permitted more widely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BroadeningKind {
    /// A statement that allows.
    Allow,
    /// A statement that denies is gone.
    DenyRemoved,
    /// A managed policy is attached.
    ManagedPolicy,
    /// A boundary of permissions is gone or another one.
    Boundary,
    /// A permission to invoke, as a resource of its own.
    Permission,
    /// Traffic that comes in.
    Ingress,
    /// Traffic that goes out.
    Egress,
}

impl BroadeningKind {
    /// What happened, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            BroadeningKind::Allow => "allows",
            BroadeningKind::DenyRemoved => "no longer denies",
            BroadeningKind::ManagedPolicy => "attaches",
            BroadeningKind::Boundary => "changes the boundary to",
            BroadeningKind::Permission => "lets invoke",
            BroadeningKind::Ingress => "opens to",
            BroadeningKind::Egress => "opens towards",
        }
    }
}

/// In one line: who, what, whom.
impl fmt::Display for Broadening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {} {}", self.logical_id, self.kind.as_str(), self.summary())
    }
}

impl Broadening {
    /// The value in a few words.
    pub fn summary(&self) -> String {
        match self.kind {
            BroadeningKind::Allow | BroadeningKind::DenyRemoved => statement_summary(&self.value),
            BroadeningKind::Ingress | BroadeningKind::Egress => rule_summary(&self.value),
            BroadeningKind::Permission => {
                let field = |name| self.value.get(name).map(words).unwrap_or_default();
                format!("{} ({})", field("Principal"), field("Action"))
            }
            BroadeningKind::ManagedPolicy | BroadeningKind::Boundary => words(&self.value),
        }
    }
}

/// What the new resources permit beyond the old ones.
pub(crate) fn find(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<Broadening> {
    let mut found = Vec::new();
    for (id, resource) in new {
        let before = old.get(id).filter(|before| before.get("Type") == resource.get("Type"));
        resource_broadening(id, before, Some(resource), &mut found);
    }
    for (id, resource) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
        // A denial goes with the policy that says it; with a role goes also what the role was permitted.
        if type_of(resource).ends_with("Policy") {
            resource_broadening(id, Some(resource), None, &mut found);
        }
    }
    found
}

fn type_of(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or_default()
}

fn resource_broadening(id: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Broadening>) {
    let nothing = Value::Null;
    let type_name = type_of(after.or(before).unwrap_or(&nothing));
    let old = before.and_then(|before| before.get("Properties")).unwrap_or(&nothing);
    let new = after.and_then(|after| after.get("Properties")).unwrap_or(&nothing);
    let mut add = |path: Path, kind, value: &Value| {
        found.push(Broadening {
            logical_id: id.to_owned(),
            type_name: type_name.to_owned(),
            path,
            kind,
            value: value.clone(),
        });
    };

    let (mut old_statements, mut new_statements) = (Vec::new(), Vec::new());
    statements(&Path::default(), old, &mut old_statements);
    statements(&Path::default(), new, &mut new_statements);
    let effect = |statement: &Value, word: &str| statement.get("Effect").and_then(Value::as_str) == Some(word);
    for (path, statement) in new_statements.iter().filter(|(_, statement)| effect(statement, "Allow")) {
        let is_known = |(_, old): &(Path, &Value)| effect(old, "Allow") && covers(old, statement);
        if !old_statements.iter().any(is_known) {
            add(path.clone(), BroadeningKind::Allow, statement);
        }
    }
    for (path, statement) in old_statements.iter().filter(|(_, statement)| effect(statement, "Deny")) {
        let is_kept = |(_, new): &(Path, &Value)| effect(new, "Deny") && covers(new, statement);
        if !new_statements.iter().any(is_kept) {
            add(path.clone(), BroadeningKind::DenyRemoved, statement);
        }
    }

    let root = Path::default();
    let mut lists: Vec<(&str, BroadeningKind)> = vec![("ManagedPolicyArns", BroadeningKind::ManagedPolicy)];
    match type_name {
        "AWS::EC2::SecurityGroup" => {
            lists.push(("SecurityGroupIngress", BroadeningKind::Ingress));
            lists.push(("SecurityGroupEgress", BroadeningKind::Egress));
            // Without a rule of its own, a group lets everything out.
            if !items(old, "SecurityGroupEgress").is_empty()
                && items(new, "SecurityGroupEgress").is_empty()
                && after.is_some()
            {
                let all = serde_json::json!({ "CidrIp": "0.0.0.0/0", "IpProtocol": "-1" });
                add(root.name("SecurityGroupEgress"), BroadeningKind::Egress, &all);
            }
        }
        "AWS::EC2::SecurityGroupIngress" if !rule_covers(old, new) => add(root.clone(), BroadeningKind::Ingress, new),
        "AWS::EC2::SecurityGroupEgress" if !rule_covers(old, new) => add(root.clone(), BroadeningKind::Egress, new),
        "AWS::Lambda::Permission" if !same(old, new) => add(root.clone(), BroadeningKind::Permission, new),
        _ => {}
    }
    for (name, kind) in lists {
        let old_items = items(old, name);
        for (index, item) in items(new, name).iter().enumerate() {
            let is_known = old_items.iter().any(|old| match kind {
                BroadeningKind::ManagedPolicy => same(old, item),
                _ => rule_covers(old, item),
            });
            if !is_known {
                let (before, after) = (None, Some(index));
                add(root.name(name).with(Step::Item { before, after }), kind, item);
            }
        }
    }
    if let Some(boundary) = old.get("PermissionsBoundary")
        && after.is_some()
        && !new.get("PermissionsBoundary").is_some_and(|new| same(boundary, new))
    {
        let value = new.get("PermissionsBoundary").unwrap_or(&Value::Null);
        add(root.name("PermissionsBoundary"), BroadeningKind::Boundary, value);
    }
}

/// The items of a property that takes one or several.
fn items<'a>(properties: &'a Value, name: &str) -> Vec<&'a Value> {
    properties.get(name).map(as_list).unwrap_or_default()
}

/// A list, or the one value that stands for a list of one.
fn as_list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// All statements of policies below a value: objects with an `Effect` in a `Statement`.
fn statements<'a>(path: &Path, value: &'a Value, found: &mut Vec<(Path, &'a Value)>) {
    match value {
        Value::Object(map) => {
            for (name, item) in map {
                let path = path.name(name);
                if name == "Statement" {
                    for (index, statement) in as_list(item).into_iter().enumerate() {
                        if statement.get("Effect").is_some() {
                            let (before, after) = (None, Some(index));
                            found.push((path.with(Step::Item { before, after }), statement));
                        }
                    }
                } else {
                    statements(&path, item, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let (before, after) = (None, Some(index));
                statements(&path.with(Step::Item { before, after }), item, found);
            }
        }
        _ => {}
    }
}

/// Whether `wide` says at least what `narrow` says: the same statement, but for its `Sid` and for fewer actions, resources
/// or principals.
fn covers(wide: &Value, narrow: &Value) -> bool {
    const SETS: [&str; 3] = ["Action", "Resource", "Principal"];
    let set = |statement: &Value, name: &str| -> BTreeSet<String> {
        let mut set = BTreeSet::new();
        collect(statement.get(name).unwrap_or(&Value::Null), "", &mut set);
        set
    };
    let rest = |statement: &Value| -> Option<String> {
        let mut map = statement.as_object()?.clone();
        for name in SETS {
            map.remove(name);
        }
        map.remove("Sid");
        Some(canonical(&Value::Object(map)))
    };
    let is_absent = |statement: &Value, name: &str| statement.get(name).is_none();
    rest(wide) == rest(narrow)
        && SETS.iter().all(|name| {
            let (all, some) = (set(wide, name), set(narrow, name));
            is_absent(wide, name) == is_absent(narrow, name)
                && (some.is_subset(&all) || (*name != "Principal" && all.contains("\"*\"")))
        })
}

/// The scalars and functions of a field that takes one or several, each with the key it stands under.
fn collect(value: &Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, key, found)),
        Value::Object(map) if !crate::value::is_function(value) => {
            map.iter().for_each(|(name, item)| collect(item, name, found));
        }
        Value::Null => {}
        item => {
            found.insert(format!("{key}{}", canonical(item)));
        }
    }
}

/// Whether one rule of a security group lets through all that another one does.
fn rule_covers(wide: &Value, narrow: &Value) -> bool {
    let port =
        |rule: &Value, name: &str| rule.get(name).and_then(scalar_text).and_then(|text| text.parse::<i64>().ok());
    let protocol = |rule: &Value| rule.get("IpProtocol").and_then(scalar_text);
    let rest = |rule: &Value| -> Option<String> {
        let mut map = rule.as_object()?.clone();
        for name in ["IpProtocol", "FromPort", "ToPort", "Description"] {
            map.remove(name);
        }
        Some(canonical(&Value::Object(map)))
    };
    if same(wide, narrow) {
        return true;
    }
    let ports =
        || match (port(wide, "FromPort"), port(wide, "ToPort"), port(narrow, "FromPort"), port(narrow, "ToPort")) {
            (Some(low), Some(high), Some(from), Some(to)) => low <= from && to <= high,
            _ => {
                let text = |rule: &Value, name: &str| rule.get(name).map(canonical);
                text(wide, "FromPort") == text(narrow, "FromPort") && text(wide, "ToPort") == text(narrow, "ToPort")
            }
        };
    rest(wide).is_some()
        && rest(wide) == rest(narrow)
        && (protocol(wide).as_deref() == Some("-1") || (protocol(wide) == protocol(narrow) && ports()))
}

fn statement_summary(statement: &Value) -> String {
    let field = |name: &str| statement.get(name).map(words);
    let either = |name: &str, not: &str| field(name).or_else(|| field(not).map(|words| format!("all but {words}")));
    let mut text = either("Action", "NotAction").unwrap_or_else(|| "everything".to_owned());
    if let Some(resource) = either("Resource", "NotResource") {
        text.push_str(&format!(" on {resource}"));
    }
    if let Some(principal) = either("Principal", "NotPrincipal") {
        text.push_str(&format!(" to {principal}"));
    }
    if statement.get("Condition").is_some() {
        text.push_str(" (with conditions)");
    }
    text
}

fn rule_summary(rule: &Value) -> String {
    const PEERS: [&str; 8] = [
        "CidrIp",
        "CidrIpv6",
        "SourcePrefixListId",
        "DestinationPrefixListId",
        "SourceSecurityGroupId",
        "DestinationSecurityGroupId",
        "SourceSecurityGroupName",
        "GroupName",
    ];
    let peer = PEERS.iter().find_map(|name| rule.get(*name)).map(words);
    let field = |name: &str| rule.get(name).map(words);
    let ports = match (field("FromPort"), field("ToPort")) {
        (Some(from), Some(to)) if from == to => format!(" {from}"),
        (Some(from), Some(to)) => format!(" {from}-{to}"),
        _ => String::new(),
    };
    let protocol = match field("IpProtocol").as_deref() {
        Some("-1") | None => "all traffic".to_owned(),
        Some(protocol) => format!("{protocol}{ports}"),
    };
    format!("{} ({protocol})", peer.unwrap_or_else(|| "a peer".to_owned()))
}

/// A field that takes one or several, as people list them.
fn words(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(map) if !crate::value::is_function(value) => {
            let entries = map.iter().map(|(name, item)| format!("{name} {}", words(item)));
            entries.collect::<Vec<_>>().join(", ")
        }
        Value::Null => "none".to_owned(),
        item => crate::render::short(item),
    }
}
