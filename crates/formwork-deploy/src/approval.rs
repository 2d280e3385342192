//! Approvals that are given before a run: by severity, and by name for what is lost.
//!
//! | [`Consent`] | asks about a deploy | asks about a deletion |
//! |---|---|---|
//! | `Ask` | every change | every deletion |
//! | `GivenUnlessBroadening` | what permits more, and losses | the loss of data |
//! | `Given` | losses | the loss of data |
//! | `GivenForLosses` | the loss of data where it needs its name | the same |
//!
//! A loss that is approved by name is not asked about.

use formwork_assembly::StackId;
use formwork_diff::{Diff, Impact, ResourceDiff};

use crate::nested::NestedChange;
use crate::plan::{DestroyPlan, Plan, StackPlan};
use crate::progress::{Consent, Preview};
use crate::resources::NamedResource;

/// Losses that are approved by name before the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByName {
    /// Resources that may be replaced or deleted. A logical id alone permits one: where several stacks lose a resource of that name,
    /// it permits none of them.
    pub allowed: Vec<NamedResource>,
    /// True if data is lost by its name alone, whatever is approved by severity.
    pub data_always: bool,
}

/// A deployed resource that would be lost.
#[derive(Clone, Debug)]
pub struct Loss<'p> {
    /// Its stack; of a resource of a nested stack, the one that is deployed.
    pub stack: &'p StackId,
    /// Its logical id; before it, those of the nested stacks that it is in.
    pub path: Vec<&'p str>,
    /// Its type.
    pub type_name: &'p str,
    /// The change that it undergoes.
    pub impact: Impact,
    holds_data: bool,
}

impl<'p> Loss<'p> {
    fn of_resource(stack: &'p StackId, resource: &'p ResourceDiff) -> Loss<'p> {
        let ResourceDiff { logical_id, type_name, impact, .. } = resource;
        Loss { stack, path: vec![logical_id], type_name, impact: *impact, holds_data: resource.loses_data() }
    }

    fn of_nested(stack: &'p StackId, change: &'p NestedChange) -> Option<Loss<'p>> {
        let NestedChange { path, type_name, impact } = change;
        let resource = ResourceDiff { type_name: type_name.clone(), impact: *impact, ..ResourceDiff::default() };
        resource.is_lost().then(|| Loss {
            stack,
            path: path.iter().map(String::as_str).collect(),
            type_name,
            impact: *impact,
            holds_data: resource.loses_data(),
        })
    }

    /// True if it holds data.
    pub fn holds_data(&self) -> bool {
        self.holds_data
    }

    /// The name by which it is permitted.
    pub fn logical_id(&self) -> &'p str {
        self.path.last().copied().unwrap_or_default()
    }
}

impl ByName {
    /// Losses of a preview that are not approved by name.
    pub fn open<'p>(&self, preview: Preview<'p>) -> Vec<Loss<'p>> {
        let losses = match preview {
            Preview::Deploy(plan) => of_stacks(&plan.stacks),
            Preview::Exceeding { stack, .. } => of_stacks(std::slice::from_ref(stack)),
            Preview::Destroy(plan) => plan.stacks.iter().flat_map(|stack| of_diff(&stack.id, &stack.diff)).collect(),
            Preview::Recovery(_) => Vec::new(),
        };
        let permits = |one: &NamedResource, loss: &Loss<'_>| {
            one.logical_id == loss.logical_id()
                && match &one.stack {
                    Some(selector) => selector.names(loss.stack),
                    None => {
                        let same = |other: &&Loss<'_>| other.logical_id() == loss.logical_id();
                        losses.iter().filter(same).count() == 1
                    }
                }
        };
        let is_open = |loss: &&Loss<'p>| !self.allowed.iter().any(|one| permits(one, loss));
        losses.iter().filter(is_open).cloned().collect()
    }

    /// True if this loss is one of those that are approved by name.
    pub(crate) fn allows(&self, stack: &StackId, logical_id: &str) -> bool {
        self.allowed
            .iter()
            .any(|one| one.logical_id == logical_id && one.stack.as_ref().is_none_or(|selector| selector.names(stack)))
    }
}

fn of_stacks(stacks: &[StackPlan]) -> Vec<Loss<'_>> {
    // A resource that a failed creation left is a loss only if it holds data: nothing else of it was ever in use.
    let remains = stacks.iter().flat_map(|stack| of_diff(&stack.id, &stack.remains)).filter(Loss::holds_data);
    let own = stacks.iter().flat_map(|stack| of_diff(&stack.id, &stack.diff));
    let nested = stacks.iter().flat_map(|stack| stack.nested.iter().map(|change| (&stack.id, change)));
    let nested = nested.filter_map(|(stack, change)| Loss::of_nested(stack, change));
    remains.chain(own).chain(nested).collect()
}

fn of_diff<'p>(stack: &'p StackId, diff: &'p Diff) -> impl Iterator<Item = Loss<'p>> {
    diff.losses().map(move |resource| Loss::of_resource(stack, resource))
}

impl Consent {
    /// True if somebody has to be asked about the plan of a deploy.
    pub fn asks_about(self, by_name: &ByName, plan: &Plan) -> bool {
        let permits_more = plan.stacks.iter().any(|stack| !stack.diff.broadening.is_empty());
        self.asks(permits_more, &by_name.open(Preview::Deploy(plan)), by_name)
    }

    /// True if somebody has to be asked about a stack that is changed more than was approved.
    pub fn asks_about_more(self, by_name: &ByName, stack: &StackPlan, exceeding: &[String]) -> bool {
        let permits_more = !stack.diff.broadening.is_empty();
        self.asks(permits_more, &by_name.open(Preview::Exceeding { stack, exceeding }), by_name)
    }

    /// True if somebody has to be asked about a deletion.
    pub fn asks_about_deletion(self, by_name: &ByName, plan: &DestroyPlan) -> bool {
        let open = by_name.open(Preview::Destroy(plan));
        match self {
            Consent::Ask => true,
            Consent::GivenUnlessBroadening | Consent::Given => open.iter().any(Loss::holds_data),
            Consent::GivenForLosses => by_name.data_always && open.iter().any(Loss::holds_data),
        }
    }

    fn asks(self, permits_more: bool, open: &[Loss<'_>], by_name: &ByName) -> bool {
        match self {
            Consent::Ask => true,
            Consent::GivenUnlessBroadening => permits_more || !open.is_empty(),
            Consent::Given => !open.is_empty(),
            Consent::GivenForLosses => by_name.data_always && open.iter().any(Loss::holds_data),
        }
    }
}

#[cfg(test)]
mod tests {
    use formwork_assembly::Selector;
    use formwork_diff::Registry;
    use formwork_template::Template;

    use super::*;
    use crate::operation::Operation;
    use crate::plan::{Source, StackDestroyPlan};

    const ALL: [Consent; 4] = [Consent::Ask, Consent::GivenUnlessBroadening, Consent::Given, Consent::GivenForLosses];

    fn diff(before: &str, after: &str) -> Diff {
        let read = |resources: &str| Template::from_json(&format!(r#"{{"Resources":{{{resources}}}}}"#)).unwrap();
        Diff::between(Some(&read(before)), &read(after), &Registry::new())
    }

    fn plan(name: &str, diff: Diff) -> StackPlan {
        StackPlan {
            policy_first: Vec::new(),
            kept: Vec::new(),
            removals: Vec::new(),
            id: StackId::new(name, "us-east-1"),
            operation: Some(Operation::Update),
            diff,
            source: Source::ChangeSet,
            termination_protection: None,
            files: Vec::new(),
            assets: Vec::new(),
            in_use: Vec::new(),
            refused: Vec::new(),
            nested: Vec::new(),
            remains: Diff::default(),
        }
    }

    const TOPIC: &str = r#""Topic":{"Type":"AWS::SNS::Topic"}"#;
    const NAMED: &str = r#""Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"a"}}"#;
    const SHOWN: &str = r#""Topic":{"Type":"AWS::SNS::Topic","Properties":{"DisplayName":"a"}}"#;
    const TABLE: &str = r#""Table":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"a"}}"#;
    const OTHER_TABLE: &str = r#""Table":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"b"}}"#;
    const KEPT_TABLE: &str = r#""Table":{"Type":"AWS::DynamoDB::Table","DeletionPolicy":"Retain"}"#;
    const OPEN: &str = r#""Rule":{"Type":"AWS::EC2::SecurityGroupIngress","Properties":{"GroupId":"sg-1","IpProtocol":"tcp",
        "FromPort":22,"ToPort":22,"CidrIp":"0.0.0.0/0"}}"#;

    /// For each severity, an `x` where somebody is asked: any change, broadening, losses, never.
    fn asked(by_name: &ByName, diff: &Diff) -> String {
        let plan = Plan { stacks: vec![plan("site", diff.clone())] };
        ALL.map(|consent| if consent.asks_about(by_name, &plan) { "x" } else { "-" }).concat()
    }

    #[test]
    fn what_is_asked_about() {
        let named = |id: &str| ByName {
            allowed: vec![NamedResource { stack: None, logical_id: id.to_owned() }],
            data_always: true,
        };
        let kept = KEPT_TABLE.replace("DeletionPolicy", "UpdateReplacePolicy");
        for (what, diff, expected, protected, allowed) in [
            ("created", diff("", TOPIC), "x---", "x---", "x---"),
            ("updated", diff(TOPIC, SHOWN), "x---", "x---", "x---"),
            ("opened", diff("", OPEN), "xx--", "xx--", "xx--"),
            ("replaced", diff(TOPIC, NAMED), "xxx-", "xxx-", "x---"),
            ("deleted", diff(TOPIC, ""), "xxx-", "xxx-", "x---"),
            ("data replaced", diff(TABLE, OTHER_TABLE), "xxx-", "xxxx", "x---"),
            ("data deleted", diff(TABLE, ""), "xxx-", "xxxx", "x---"),
            ("data retained", diff(KEPT_TABLE, ""), "x---", "x---", "x---"),
            (
                "data replaced and retained",
                diff(
                    &kept,
                    &kept.replace(
                        "UpdateReplacePolicy\":\"Retain\"",
                        "UpdateReplacePolicy\":\"Retain\",\"Properties\":{\"TableName\":\"b\"}",
                    ),
                ),
                "x---",
                "x---",
                "x---",
            ),
        ] {
            assert_eq!(asked(&ByName::default(), &diff), expected, "{what}");
            assert_eq!(asked(&ByName { data_always: true, ..ByName::default() }, &diff), protected, "{what}");
            let id = if what.contains("data") { "Table" } else { "Topic" };
            assert_eq!(asked(&named(id), &diff), allowed, "{what}, allowed");
        }
    }

    #[test]
    fn losses_inside_of_nested_stacks_are_losses() {
        let change = |type_name: &str, impact| NestedChange {
            path: vec!["Inner".to_owned(), "One".to_owned()],
            type_name: type_name.to_owned(),
            impact,
        };
        let asked = |by_name: &ByName, type_name, impact| {
            let plan = Plan {
                stacks: vec![StackPlan { nested: vec![change(type_name, impact)], ..plan("site", Diff::default()) }],
            };
            ALL.map(|consent| if consent.asks_about(by_name, &plan) { "x" } else { "-" }).concat()
        };
        let (topic, table) = ("AWS::SNS::Topic", "AWS::DynamoDB::Table");
        let protected = ByName { data_always: true, ..ByName::default() };
        assert_eq!(asked(&protected, topic, Impact::Update), "x---");
        assert_eq!(asked(&protected, topic, Impact::Replace), "xxx-");
        assert_eq!(asked(&protected, table, Impact::Destroy), "xxxx");
        let named = NamedResource { stack: Some(Selector::read("site")), logical_id: "One".to_owned() };
        assert_eq!(asked(&ByName { allowed: vec![named], data_always: true }, table, Impact::Destroy), "x---");
    }

    #[test]
    fn a_deletion_is_what_was_asked_for_and_the_loss_of_data_is_not() {
        let asked = |by_name: &ByName, template: &str| {
            let template = Template::from_json(&format!(r#"{{"Resources":{{{template}}}}}"#)).unwrap();
            let stack = StackDestroyPlan {
                leftovers: Vec::new(),
                id: StackId::new("site", "us-east-1"),
                diff: Diff::deletion(&template),
                is_protected: false,
                failed: Vec::new(),
                retain: Vec::new(),
            };
            let plan = DestroyPlan { stacks: vec![stack] };
            ALL.map(|consent| if consent.asks_about_deletion(by_name, &plan) { "x" } else { "-" }).concat()
        };
        let protected = ByName { data_always: true, ..ByName::default() };
        let all = [TOPIC, TABLE, KEPT_TABLE]
            .map(|template| (asked(&ByName::default(), template), asked(&protected, template)));
        let all = all.map(|(one, other)| format!("{one} {other}"));
        assert_eq!(all, ["x--- x---", "xxx- xxxx", "x--- x---"]);
    }

    #[test]
    fn a_name_permits_one_loss() {
        let stacks = vec![plan("a", diff(TABLE, "")), plan("b", diff(TABLE, ""))];
        let plan = Plan { stacks };
        let open = |stack: Option<&str>, id: &str| {
            let one = NamedResource { stack: stack.map(Selector::read), logical_id: id.to_owned() };
            let by_name = ByName { allowed: vec![one], data_always: false };
            let open = by_name.open(Preview::Deploy(&plan));
            open.iter().map(|loss| loss.stack.name.to_string()).collect::<Vec<_>>().concat()
        };
        assert_eq!(open(None, "Table"), "ab", "it is not said which");
        assert_eq!((open(Some("a"), "Table"), open(Some("b@us-east-1"), "Table")), ("b".to_owned(), "a".to_owned()));
        assert_eq!((open(Some("a@eu-west-1"), "Table"), open(Some("a"), "Tabl")), ("ab".to_owned(), "ab".to_owned()));
    }
}
