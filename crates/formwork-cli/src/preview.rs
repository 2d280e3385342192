//! The view of a change of a stack, before it is made: the same in `diff`, `deploy` and `destroy`.

use formwork_assembly::visible::visible;
use formwork_assembly::{StackId, joined};
use formwork_deploy::{
    How, NestedChange, Operation, Reported, Source, StackDestroyPlan, StackPlan, StackRecoveryPlan, StackResource,
    status,
};
use formwork_diff::{Diff, RenderOptions, render, render_resources};
use formwork_model::status::StackStatus;

use crate::paint::{Paint, Style};
use crate::typed::Typed;
use crate::wording::NESTED;

/// The command that writes files which nothing delivers.
pub(crate) fn deliver(typed: &Typed) -> String {
    typed.adapted("`cargo formwork files --out DIR`")
}

/// The first step of the deletion of a stack that is protected from it.
const SWITCHED_OFF: &str = "switch termination protection off";

/// The first step of a deploy over what a failed creation left.
const DELETE_REMAINS: &str = "delete what a failed creation left";

/// The operation on a stack, in words: `update, after edge; termination protection on`.
pub(crate) fn what(stack: &StackPlan) -> String {
    let mut what = match stack.operation {
        None if stack.termination_protection.is_some() => "no changes to resources".to_owned(),
        None => "no changes".to_owned(),
        Some(Operation::Create) => "create".to_owned(),
        Some(Operation::Update) => "update".to_owned(),
        Some(Operation::Recreate) if stack.is_protected => format!("{SWITCHED_OFF}, {DELETE_REMAINS}, and create"),
        Some(Operation::Recreate) => format!("{DELETE_REMAINS}, and create"),
        Some(Operation::Delete) => "delete".to_owned(),
        Some(Operation::Rollback) => "roll back".to_owned(),
    };
    if let Source::Template { after } = &stack.source
        && !after.is_empty()
    {
        what += &format!(", after {}", visible(&joined(after)));
    }
    match stack.termination_protection {
        Some(true) => what += "; termination protection on",
        Some(false) => what += "; termination protection off",
        None => {}
    }
    what
}

/// The preview of one stack, below a line that names it.
pub(crate) fn planned(stack: &StackPlan, paint: Paint, verbose: bool, typed: &Typed) -> String {
    let mut what = what(stack);
    let mut text = match stack.remains.resources.is_empty() {
        true => String::new(),
        false => {
            what = "then create".to_owned();
            let deletes = match stack.is_protected {
                true => format!("{SWITCHED_OFF}, and {DELETE_REMAINS}"),
                false => DELETE_REMAINS.to_owned(),
            };
            diff(&stack.id, &deletes, &stack.remains, paint, verbose) + "\n"
        }
    };
    text += &diff(&stack.id, &what, &stack.diff, paint, verbose);
    let options = RenderOptions { colour: paint.0, verbose };
    text += &nested(&stack.nested, &options);
    let files = formwork_diff::files::render(&stack.files, &options, &deliver(typed));
    if !files.is_empty() {
        text += &format!("\n{files}");
    }
    let assets = formwork_diff::assets::render(&stack.assets, &options);
    if !assets.is_empty() {
        text += &format!("\n{assets}");
    }
    let later = later(stack);
    if !later.is_empty() {
        text += &format!("\n{}\n", paint.apply(Style::Strong, "Before and after the update"));
        later.iter().for_each(|line| text += &format!("  {}\n", visible(line)));
    }
    if !stack.in_use.is_empty() {
        text += &format!("\n{}\n", paint.apply(Style::Strong, "In use by other stacks"));
    }
    for used in &stack.in_use {
        let mark = paint.apply(Style::Warning, "warning:");
        text += &format!("  {mark} {used}; the deployed one is deleted before that stack is updated\n");
    }
    if !stack.refused.is_empty() {
        text += &format!("\n{}\n", paint.apply(Style::Strong, "What CloudFormation refuses"));
    }
    for refused in &stack.refused {
        let mark = paint.apply(Style::Warning, "warning:");
        text += &format!("  {mark} {}\n", visible(&refused.to_string()));
    }
    text
}

/// Steps of a stack beside its update: a line each.
pub(crate) fn later(stack: &StackPlan) -> Vec<String> {
    let names = |users: &[StackId]| {
        let names: Vec<String> = users.iter().map(|id| format!("`{}` ({})", id.name, id.region)).collect();
        (joined(&names), if names.len() == 1 { "has" } else { "have" })
    };
    let first = stack.policy_first.iter().map(|id| {
        format!("`{id}`: an update of its own goes first, which only sets UpdateReplacePolicy: Retain, so that the deployed one stays")
    });
    let kept = stack.kept.iter().map(|kept| {
        let (users, have) = names(&kept.users);
        format!("`{}` ({}): removed by a second update, when {users} {have} followed", kept.logical_id, kept.type_name)
    });
    let removals = stack.removals.iter().map(|removal| {
        let (users, have) = names(&removal.users);
        let id = removal.physical_id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
        let thing = format!("the old `{}` ({}){id}", removal.logical_id, removal.type_name);
        let when = match (removal.users.is_empty(), removal.is_certain) {
            (true, true) => String::new(),
            (true, false) => ", if it is replaced".to_owned(),
            (false, true) => format!(", when {users} {have} followed"),
            (false, false) => format!(", if it is replaced and when {users} {have} followed"),
        };
        match removal.how {
            How::Deleted => format!("{thing}: deleted{when}"),
            How::ByName => format!("{thing}: stays, since it may hold data"),
            How::ByHand => format!("{thing}: stays, since the Cloud Control API cannot delete it"),
        }
    });
    first.chain(kept).chain(removals).collect()
}

/// The changes inside of nested stacks.
fn nested(changes: &[NestedChange], options: &RenderOptions) -> String {
    let resources: Vec<_> = changes.iter().map(|change| change.resource.clone()).collect();
    let text = render_resources(NESTED, &resources, options);
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// A diff below a line that says of what it is.
pub(crate) fn diff(stack: &StackId, what: &str, diff: &Diff, paint: Paint, verbose: bool) -> String {
    let title = paint.apply(Style::Strong, &format!("{} ({})", visible(&stack.name), visible(&stack.region)));
    format!("{title}: {what}\n{}", render(diff, &RenderOptions { colour: paint.0, verbose }))
}

/// The deletion of one stack.
pub(crate) fn deletion(stack: &StackDestroyPlan, paint: Paint, verbose: bool) -> String {
    let what = if stack.is_protected { format!("{SWITCHED_OFF}, and delete") } else { "delete".to_owned() };
    let mut text = diff(&stack.id, &what, &stack.diff, paint, verbose);
    text += &nested(&stack.nested, &RenderOptions { colour: paint.0, verbose });
    if !stack.change_sets.is_empty() {
        text += &format!("\n{}\n", paint.apply(Style::Strong, "Change sets that it holds"));
    }
    for one in &stack.change_sets {
        let made = one.created.as_deref().map(|time| format!(", made {time}")).unwrap_or_default();
        let owner = if one.run.is_none() { ", not by formwork" } else { "" };
        text += &format!("  {}\n", visible(&format!("`{}`{made}{owner}: deleted with it", one.name)));
    }
    if !stack.leftovers.is_empty() {
        text += &format!("\n{}\n", paint.apply(Style::Strong, "Left by earlier updates"));
    }
    for (left, how) in &stack.leftovers {
        let what = match how {
            How::Deleted => "deleted too",
            How::ByName => &format!(
                "stays, since it may hold data: `--allow {}/{}` deletes it too",
                stack.id.name, left.logical_id
            ),
            How::ByHand => "stays, since the Cloud Control API cannot delete it",
        };
        let line = format!("the old `{}` ({}) {}: {what}", left.logical_id, left.type_name, left.physical_id);
        text += &format!("  {}\n", visible(&line));
    }
    text += &failed("Resources that could not be deleted", &stack.failed, &stack.retain, "it is left behind", paint);
    text
}

/// The recovery of one stack.
pub(crate) fn recovery(stack: &StackRecoveryPlan, paint: Paint, verbose: bool) -> String {
    let is_kept = status::is_kept(&stack.status);
    let what = match stack.status {
        Reported::Known(StackStatus::CreateFailed) => "roll back the failed creation, which deletes what it created",
        _ if is_kept => "roll back the failed operation",
        _ => "continue the rollback",
    };
    let title = if is_kept { "Resources that failed" } else { "Resources whose rollback failed" };
    let skipped = "it is skipped, and counts as rolled back whatever it is";
    let head = if stack.deletes.is_empty() {
        let name = format!("{} ({})", visible(&stack.id.name), visible(&stack.id.region));
        format!("{}: {what}\n", paint.apply(Style::Strong, &name))
    } else {
        diff(&stack.id, what, &stack.deletes, paint, verbose)
    };
    let inside = nested(&stack.nested, &RenderOptions { colour: paint.0, verbose });
    head + &inside + &failed(title, &stack.failed, &stack.skip, skipped, paint)
}

fn failed(title: &str, resources: &[StackResource], picked: &[String], remark: &str, paint: Paint) -> String {
    let mut text = String::new();
    if !resources.is_empty() {
        text += &format!("\n{}\n", paint.apply(Style::Strong, title));
    }
    for resource in resources {
        text += &format!("  {}\n", resource_line(resource));
    }
    for id in picked {
        let mark = paint.apply(Style::Warning, "warning:");
        text += &format!("  {mark} `{}`: {remark}\n", visible(id));
    }
    text
}

/// `` Alias (AWS::Route53::RecordSet) UPDATE_FAILED: it is held ``
pub(crate) fn resource_line(resource: &StackResource) -> String {
    let reason = resource.reason.as_deref().map(|reason| format!(": {}", visible(reason))).unwrap_or_default();
    let (id, type_name) = (visible(&resource.logical_id), visible(&resource.type_name));
    format!("{id} ({type_name}) {}{reason}", visible(&resource.status.to_string()))
}

#[cfg(test)]
mod tests {
    use formwork_model::status::ResourceStatus;

    use super::*;

    #[test]
    fn a_preview_says_that_a_protection_is_switched_off() {
        let mut stack = StackPlan {
            operation: Some(Operation::Recreate),
            is_protected: true,
            source: Source::Template { after: Vec::new() },
            termination_protection: Some(true),
            ..StackPlan::new(StackId::new("site", "us-east-1"))
        };
        let mut lines = what(&stack) + "\n";
        let left = r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}"#;
        let left = formwork_template::Template::from_json(left).map(|left| Diff::deletion(&left));
        stack.remains = left.unwrap_or_default();
        lines += &planned(&stack, Paint(false), false, &Typed::plain("cargo formwork"));
        insta::assert_snapshot!(lines, @"
        switch termination protection off, delete what a failed creation left, and create; termination protection on
        site (us-east-1): switch termination protection off, and delete what a failed creation left
        Resources
          [-] destroy  Topic  AWS::SNS::Topic

        site (us-east-1): then create
        ");
    }

    #[test]
    fn the_rollback_of_a_creation_shows_what_it_deletes() {
        let table = r#"{"Resources":{"Table":{"Type":"AWS::DynamoDB::Table"}}}"#;
        let table = formwork_template::Template::from_json(table).map(|table| Diff::deletion(&table));
        let topic = StackResource {
            logical_id: "Topic".to_owned(),
            type_name: "AWS::SNS::Topic".to_owned(),
            physical_id: None,
            status: Reported::Known(ResourceStatus::CreateFailed),
            reason: Some("no quota".to_owned()),
        };
        let mut stack = StackRecoveryPlan {
            id: StackId::new("site", "us-east-1"),
            status: Reported::Known(StackStatus::CreateFailed),
            failed: vec![topic],
            skip: Vec::new(),
            nested: Vec::new(),
            deletes: table.unwrap_or_default(),
        };
        let mut lines = recovery(&stack, Paint(false), false);
        stack.deletes = Diff::default();
        stack.status = Reported::Known(StackStatus::UpdateFailed);
        lines += &recovery(&stack, Paint(false), false);
        insta::assert_snapshot!(lines, @"
        site (us-east-1): roll back the failed creation, which deletes what it created
        Resources
          [-] destroy  Table  AWS::DynamoDB::Table
              holds data

        Resources that failed
          Topic (AWS::SNS::Topic) CREATE_FAILED: no quota
        site (us-east-1): roll back the failed operation

        Resources that failed
          Topic (AWS::SNS::Topic) CREATE_FAILED: no quota
        ");
    }
}
