//! Approvals that are given before a run: by severity, and by name for what is lost.
//!
//! | [`Consent`] | asks about a deploy | asks about a deletion, or a way out |
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
use crate::plan::{DestroyPlan, Plan, RecoveryPlan, StackPlan};
use crate::progress::{Consent, Preview};
use crate::removal::How;
use crate::resources::NamedResource;

/// Losses that are approved by name before the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByName {
    /// Resources that may be replaced or deleted, each by a name that one loss has: where several have it, it permits none of them.
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
    data_words: &'static str,
}

impl<'p> Loss<'p> {
    fn of_resource(stack: &'p StackId, resource: &'p ResourceDiff) -> Loss<'p> {
        let ResourceDiff { logical_id, type_name, impact, .. } = resource;
        Loss {
            stack,
            path: vec![logical_id],
            type_name,
            impact: *impact,
            holds_data: resource.loses_data(),
            data_words: resource.data_words(),
        }
    }

    fn of_nested(stack: &'p StackId, change: &'p NestedChange) -> Option<Loss<'p>> {
        let NestedChange { path, resource, is_with_outer } = change;
        // The loss of a nested stack is that of what is in it, but for data.
        let counts = if *is_with_outer { resource.loses_data() } else { resource.is_lost() };
        counts.then(|| Loss { path: path.iter().map(String::as_str).collect(), ..Loss::of_resource(stack, resource) })
    }

    /// True if it holds data.
    pub fn holds_data(&self) -> bool {
        self.holds_data
    }

    /// `holds data`, or `may hold data` of a nested stack.
    pub fn data_words(&self) -> &'static str {
        self.data_words
    }

    /// The name by which it is permitted: `Table`, or `Inner/Table` in a nested stack.
    pub fn name(&self) -> String {
        self.path.join("/")
    }
}

impl ByName {
    /// Losses of a preview that are not approved by name.
    pub fn open<'p>(&self, preview: Preview<'p>) -> Vec<Loss<'p>> {
        let losses = match preview {
            Preview::Deploy(plan) => of_stacks(&plan.stacks),
            Preview::Exceeding { stack, .. } => of_stacks(std::slice::from_ref(stack)),
            Preview::Destroy(plan) => {
                let stacks = plan.stacks.iter();
                stacks
                    .flat_map(|stack| of_diff(&stack.id, &stack.diff).chain(inside(&stack.id, &stack.nested)))
                    .collect()
            }
            Preview::Recovery(plan) => {
                let stacks = plan.stacks.iter();
                stacks
                    .flat_map(|stack| of_diff(&stack.id, &stack.deletes).chain(inside(&stack.id, &stack.nested)))
                    .collect()
            }
        };
        let permitted: Vec<usize> = self.allowed.iter().filter_map(|one| named(one, &losses)).collect();
        let open = losses.iter().enumerate().filter(|(index, _)| !permitted.contains(index));
        open.map(|(_, loss)| loss.clone()).collect()
    }

    /// True if this loss is one of those that are approved by name.
    pub(crate) fn allows(&self, stack: &StackId, logical_id: &str) -> bool {
        self.allowed.iter().any(|one| one.names(stack, logical_id))
    }
}

/// The position of the loss that has this name: by its whole path, or else by its last part. A name that several have is the name of none.
fn named(one: &NamedResource, losses: &[Loss<'_>]) -> Option<usize> {
    let only = |is_it: &dyn Fn(&Loss<'_>) -> bool| {
        let mut found = losses.iter().enumerate().filter(|(_, loss)| one.is_of(loss.stack) && is_it(loss));
        let first = found.next().map(|(index, _)| index);
        (first, found.next().is_none())
    };
    match only(&|loss| loss.name() == one.logical_id) {
        (Some(index), is_only) => is_only.then_some(index),
        (None, _) => match only(&|loss| loss.path.last() == Some(&one.logical_id.as_str())) {
            (Some(index), true) => Some(index),
            _ => None,
        },
    }
}

fn of_stacks(stacks: &[StackPlan]) -> Vec<Loss<'_>> {
    // A resource that a failed creation left is a loss only if it holds data: nothing else of it was ever in use.
    let remains = stacks.iter().flat_map(|stack| of_diff(&stack.id, &stack.remains)).filter(Loss::holds_data);
    let own = stacks.iter().flat_map(|stack| of_diff(&stack.id, &stack.diff).chain(of_removals(stack)));
    let nested = stacks.iter().flat_map(|stack| inside(&stack.id, &stack.nested));
    remains.chain(own).chain(nested).collect()
}

fn inside<'p>(stack: &'p StackId, nested: &'p [NestedChange]) -> impl Iterator<Item = Loss<'p>> {
    nested.iter().filter_map(move |change| Loss::of_nested(stack, change))
}

/// Resources that this run replaces, and whose old ones it deletes when others have followed. A policy that synth gave them keeps them until then,
/// so that their diff has no loss. What an earlier run left was approved with it.
fn of_removals(stack: &StackPlan) -> impl Iterator<Item = Loss<'_>> {
    let deleted = stack.removals.iter().filter(|removal| removal.how == How::Deleted);
    let replaced = deleted.filter_map(|removal| {
        let is_it = |resource: &&ResourceDiff| {
            resource.logical_id == removal.logical_id && resource.physical_id == removal.physical_id
        };
        stack.diff.resources.iter().find(is_it)
    });
    let kept = replaced.filter(|resource| resource.impact.is_destructive() && !resource.is_lost());
    kept.map(|resource| Loss { holds_data: resource.holds_data(), ..Loss::of_resource(&stack.id, resource) })
}

fn of_diff<'p>(stack: &'p StackId, diff: &'p Diff) -> impl Iterator<Item = Loss<'p>> {
    diff.losses().map(move |resource| Loss::of_resource(stack, resource))
}

impl Consent {
    /// True if somebody has to be asked about the plan of a deploy.
    pub fn asks_about(self, by_name: &ByName, plan: &Plan) -> bool {
        let is_unprotected = |stack: &StackPlan| stack.termination_protection == Some(false);
        let permits_more = plan.stacks.iter().any(|stack| !stack.diff.broadening.is_empty() || is_unprotected(stack));
        self.asks(permits_more, &by_name.open(Preview::Deploy(plan)), by_name)
    }

    /// True if somebody has to be asked about a stack that is changed more than was approved.
    pub fn asks_about_more(self, by_name: &ByName, stack: &StackPlan, exceeding: &[String]) -> bool {
        let permits_more = !stack.diff.broadening.is_empty();
        self.asks(permits_more, &by_name.open(Preview::Exceeding { stack, exceeding }), by_name)
    }

    /// True if somebody has to be asked about a deletion.
    pub fn asks_about_deletion(self, by_name: &ByName, plan: &DestroyPlan) -> bool {
        self.asks_about_data(&by_name.open(Preview::Destroy(plan)), by_name)
    }

    /// True if somebody has to be asked about a recovery.
    pub fn asks_about_recovery(self, by_name: &ByName, plan: &RecoveryPlan) -> bool {
        self.asks_about_data(&by_name.open(Preview::Recovery(plan)), by_name)
    }

    fn asks_about_data(self, open: &[Loss<'_>], by_name: &ByName) -> bool {
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
    use formwork_model::status::StackStatus;
    use formwork_template::Template;

    use super::*;
    use crate::operation::Operation;
    use crate::plan::{StackDestroyPlan, StackRecoveryPlan};
    use crate::status::Reported;

    const ALL: [Consent; 4] = [Consent::Ask, Consent::GivenUnlessBroadening, Consent::Given, Consent::GivenForLosses];

    fn diff(before: &str, after: &str) -> Diff {
        let read = |resources: &str| Template::from_json(&format!(r#"{{"Resources":{{{resources}}}}}"#)).unwrap();
        Diff::between(Some(&read(before)), &read(after), &Registry::new())
    }

    fn plan(name: &str, diff: Diff) -> StackPlan {
        StackPlan { operation: Some(Operation::Update), diff, ..StackPlan::new(StackId::new(name, "us-east-1")) }
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
            resource: ResourceDiff { type_name: type_name.to_owned(), impact, ..ResourceDiff::default() },
            is_with_outer: false,
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
        for name in ["One", "Inner/One"] {
            let named = NamedResource { stack: Some(Selector::read("site")), logical_id: name.to_owned() };
            assert_eq!(asked(&ByName { allowed: vec![named], data_always: true }, table, Impact::Destroy), "x---");
        }
    }

    #[test]
    fn a_deletion_is_what_was_asked_for_and_the_loss_of_data_is_not() {
        let deletion = |template: &str| {
            let template = Template::from_json(&format!(r#"{{"Resources":{{{template}}}}}"#)).unwrap();
            Diff::deletion(&template)
        };
        let destroyed = |by_name: &ByName, template: &str| {
            let stack = StackDestroyPlan {
                leftovers: Vec::new(),
                change_sets: Vec::new(),
                id: StackId::new("site", "us-east-1"),
                diff: deletion(template),
                nested: Vec::new(),
                is_protected: false,
                failed: Vec::new(),
                retain: Vec::new(),
            };
            let plan = DestroyPlan { stacks: vec![stack] };
            ALL.map(|consent| if consent.asks_about_deletion(by_name, &plan) { "x" } else { "-" }).concat()
        };
        // The rollback of a creation that failed.
        let rolled_back = |by_name: &ByName, template: &str| {
            let stack = StackRecoveryPlan {
                id: StackId::new("site", "us-east-1"),
                status: Reported::Known(StackStatus::CreateFailed),
                failed: Vec::new(),
                skip: Vec::new(),
                deletes: deletion(template),
                nested: Vec::new(),
            };
            let plan = RecoveryPlan { stacks: vec![stack] };
            ALL.map(|consent| if consent.asks_about_recovery(by_name, &plan) { "x" } else { "-" }).concat()
        };
        let protected = ByName { data_always: true, ..ByName::default() };
        for (template, expected) in [(TOPIC, "x--- x---"), (TABLE, "xxx- xxxx"), (KEPT_TABLE, "x--- x---")] {
            let both = |asked: &dyn Fn(&ByName, &str) -> String| {
                format!("{} {}", asked(&ByName::default(), template), asked(&protected, template))
            };
            assert_eq!((both(&destroyed).as_str(), both(&rolled_back).as_str()), (expected, expected), "{template}");
        }
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

    /// One option, one loss: of two regions, and of two nested stacks.
    #[test]
    fn a_name_that_several_losses_have_permits_none_of_them() {
        let nested = |path: &[&str]| NestedChange {
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            resource: ResourceDiff {
                type_name: "AWS::SQS::Queue".to_owned(),
                impact: Impact::Destroy,
                ..ResourceDiff::default()
            },
            is_with_outer: false,
        };
        let mut other = plan("a", diff(TABLE, ""));
        other.id = StackId::new("a", "eu-west-1");
        other.nested = vec![nested(&["One", "Queue"]), nested(&["Two", "Queue"]), nested(&["Queue"])];
        let plan = Plan { stacks: vec![plan("a", diff(TABLE, "")), other] };
        let open = |name: &str| {
            let (stack, logical_id) = name.split_once('/').unwrap();
            let one = NamedResource { stack: Some(Selector::read(stack)), logical_id: logical_id.to_owned() };
            ByName { allowed: vec![one], data_always: false }.open(Preview::Deploy(&plan)).len()
        };
        assert_eq!((open("a/Table"), open("a@eu-west-1/Table")), (5, 4));
        assert_eq!((open("a/Queue"), open("a/One/Queue"), open("a/Three/Queue")), (4, 4, 5), "a whole path is exact");
    }
}
