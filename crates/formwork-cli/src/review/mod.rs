//! A preview for people who do not sit at the terminal: as Markdown for a pull request, and as a page.
//!
//! [`Review`] is what both show, `alarms` what stands first in both. `markdown` and `html` escape every text of others, each for where it goes.

mod alarms;
mod html;
mod markdown;
mod style;

use formwork_diff::{AssetChange, Diff, FileChange, RenderOptions, ResourceDiff, render};

use crate::graph::Graph;

pub(crate) use html::page;
pub(crate) use markdown::comment;

/// The changes of one app, or between two files.
pub(crate) struct Review<'d> {
    /// `APP/ENVIRONMENT`, `APP` where no environment was chosen; of files, the path of the new one.
    pub(crate) name: String,
    /// The stacks, producers before consumers.
    pub(crate) stacks: Vec<Reviewed<'d>>,
    /// Numbers of changes, all stacks together, in words.
    pub(crate) totals: String,
    /// The command that shows everything, in backticks.
    pub(crate) command: String,
    /// The stacks and what they need; `None` for files.
    pub(crate) graph: Option<Graph>,
}

/// The changes of one stack.
#[derive(Default)]
pub(crate) struct Reviewed<'d> {
    /// Its name and region for people; of files, the path of the new one.
    pub(crate) title: String,
    /// The operation on it, in words: `update, after edge`.
    pub(crate) what: String,
    /// Numbers of changes, in words.
    pub(crate) totals: String,
    /// True if anything is done.
    pub(crate) changes: bool,
    /// The deletion of what a failed creation left, then the change.
    pub(crate) diffs: Vec<&'d Diff>,
    /// Files that it ships.
    pub(crate) files: &'d [FileChange],
    /// Contents that it ships.
    pub(crate) assets: &'d [AssetChange],
    /// The command, in backticks, that writes those which nothing delivers.
    pub(crate) deliver: String,
    /// Changes inside of nested stacks.
    pub(crate) nested: Vec<&'d ResourceDiff>,
    /// Losses of other stacks, which use what goes: a sentence each.
    pub(crate) in_use: Vec<String>,
    /// Changes that CloudFormation refuses when it comes to them: a sentence each.
    pub(crate) refused: Vec<String>,
    /// Steps before and after the update.
    pub(crate) steps: Vec<String>,
    /// Everything, as it is shown on a terminal without colour.
    pub(crate) text: String,
    /// The resources of the new template, and what they need.
    pub(crate) graph: Graph,
}

impl<'d> Reviewed<'d> {
    /// The change from one template file to another.
    pub(crate) fn of_files(title: String, diff: &'d Diff, graph: Graph) -> Reviewed<'d> {
        let changes = !diff.is_empty();
        Reviewed {
            title,
            what: if changes { "changes" } else { "no changes" }.to_owned(),
            totals: diff.summary(),
            changes,
            text: render(diff, &RenderOptions::default()),
            diffs: vec![diff],
            graph,
            ..Reviewed::default()
        }
    }

    /// The planned change of a stack.
    #[cfg(feature = "deploy")]
    pub(crate) fn of_plan(
        plan: &'d formwork_deploy::StackPlan,
        graph: Graph,
        typed: &crate::typed::Typed,
    ) -> Reviewed<'d> {
        use crate::paint::Paint;
        use crate::preview;

        Reviewed {
            title: format!("{} ({})", plan.id.name, plan.id.region),
            what: preview::what(plan),
            totals: plan.summary(),
            changes: plan.changes() || plan.files.iter().any(|file| file.fate != formwork_diff::FileFate::Unknown),
            text: preview::planned(plan, Paint(false), false, typed),
            diffs: vec![&plan.remains, &plan.diff],
            files: &plan.files,
            assets: &plan.assets,
            deliver: preview::deliver(typed),
            nested: plan.nested.iter().map(|change| &change.resource).collect(),
            in_use: plan
                .in_use
                .iter()
                .map(|used| format!("{used}; the deployed one is deleted before that stack is updated"))
                .collect(),
            refused: plan.refused.iter().map(ToString::to_string).collect(),
            steps: preview::later(plan),
            graph,
        }
    }
}

#[cfg(test)]
mod tests;
