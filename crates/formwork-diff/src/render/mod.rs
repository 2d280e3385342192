//! A diff as people read it. Marks and words carry the meaning; colour only repeats it.
//!
//! One line per resource: mark, word, logical id, type, place in the source; below it one line per property, `before → after`.
//! Texts of several lines, and policies, are shown as the lines that differ (modules `text` and `lines`), long values as the
//! places that do (`windows`). Values are in the module `value`; `compare` chooses. Nothing of a template goes to the terminal
//! that cannot be seen ([`formwork_assembly::visible`]).

mod compare;
mod entries;
mod lines;
mod looks;
mod paint;
mod properties;
mod text;
mod value;
mod windows;

use std::fmt::Write;

use formwork_assembly::visible::{paragraph, visible};

use crate::broadening::Broadening;
use crate::diff::{Diff, ResourceDiff};
use crate::impact::Impact;

use paint::{Colour, Paint};
pub(crate) use value::short;

/// The way in which a diff is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// With terminal colours; nothing is told by colour alone.
    pub colour: bool,
    /// Everything: values in full length, all properties of resources that come or go, unchanged lines of texts.
    pub verbose: bool,
}

/// The diff as text that ends with a line end; empty when there is nothing to show. The totals are not part of it: they are
/// one line for all stacks together ([`Diff::totals`]).
pub fn render(diff: &Diff, options: &RenderOptions) -> String {
    let mut out = Output::new(options);
    out.resources("Resources", &diff.resources);
    out.sections(diff);
    out.broadening(&diff.broadening);
    for note in &diff.notes {
        out.gap();
        let _ = writeln!(out.text, "note: {}", paragraph(note));
    }
    out.text
}

/// The text of [`render`] of these resources, below a title.
pub fn render_resources(title: &str, resources: &[ResourceDiff], options: &RenderOptions) -> String {
    let mut out = Output::new(options);
    out.resources(title, resources);
    out.text
}

/// The text of [`render`] below the line of a resource; empty when there is nothing.
pub fn render_resource(resource: &ResourceDiff, options: &RenderOptions) -> String {
    let mut out = Output::new(options);
    out.resource(resource);
    out.text
}

/// The text of [`render`] about parameters, outputs and the rest: everything beside resources, permissions and notes.
pub fn render_sections(diff: &Diff, options: &RenderOptions) -> String {
    let mut out = Output::new(options);
    out.sections(diff);
    out.text
}

/// The text so far, and how it is written.
pub(crate) struct Output {
    pub(crate) text: String,
    pub(crate) paint: Paint,
    pub(crate) options: RenderOptions,
}

impl Output {
    pub(crate) fn new(options: &RenderOptions) -> Self {
        Output { text: String::new(), paint: Paint(options.colour), options: *options }
    }

    /// The lines in which two texts differ.
    pub(crate) fn text_lines(&mut self, before: &str, after: &str) {
        let (lines, remarks) = lines::difference(before, after, self.options.verbose);
        self.lines(lines);
        remarks.iter().for_each(|remark| self.remark(remark));
    }

    /// An empty line between two sections.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    pub(crate) fn title(&mut self, title: &str) {
        self.gap();
        let title = self.paint.bold(title);
        let _ = writeln!(self.text, "{title}");
    }

    fn resources(&mut self, title: &str, resources: &[ResourceDiff]) {
        if resources.is_empty() {
            return;
        }
        self.title(title);
        let width = |text: fn(&ResourceDiff) -> usize, most| resources.iter().map(text).max().unwrap_or(0).min(most);
        let marks = width(|resource| resource.impact.mark().chars().count(), 8);
        let words = width(|resource| resource.impact.as_str().len(), 16);
        let ids = width(|resource| visible(&resource.logical_id).chars().count(), 40);
        let types = width(|resource| visible(&resource.type_name).chars().count(), 48);
        for resource in resources {
            let colour = Colour::of(resource.impact);
            let mark = self.paint.with(colour, &format!("{:marks$}", resource.impact.mark()));
            let word = self.paint.with(colour, &format!("{:words$}", resource.impact.as_str()));
            let mut line = format!("  {mark} {word}  {:ids$}  ", visible(&resource.logical_id));
            match &resource.location {
                Some(location) => {
                    let place = self.paint.dim(&location.to_string());
                    let _ = write!(line, "{:types$}  {place}", visible(&resource.type_name));
                }
                None => line.push_str(&visible(&resource.type_name)),
            }
            let _ = writeln!(self.text, "{}", line.trim_end());
            self.resource(resource);
        }
        self.left_out(resources);
    }

    /// Number of created properties that are only shown on request.
    fn left_out(&mut self, resources: &[ResourceDiff]) {
        let created = resources.iter().filter(|resource| resource.impact == Impact::Create);
        let counts: Vec<usize> =
            created.map(|resource| resource.properties.len()).filter(|properties| *properties > 0).collect();
        let (resources, properties) = (counts.len(), counts.iter().sum::<usize>());
        if self.options.verbose || properties == 0 {
            return;
        }
        let text = match (properties, resources) {
            (1, _) => "1 property of what is created is shown with --verbose".to_owned(),
            (_, 1) => format!("{properties} properties of what is created are shown with --verbose"),
            _ => format!("{properties} properties of {resources} created resources are shown with --verbose"),
        };
        let _ = writeln!(self.text, "  {}", self.paint.dim(&text));
    }

    fn resource(&mut self, resource: &ResourceDiff) {
        if let Some(old) = &resource.old_type_name {
            self.remark(&format!("was {}", visible(old)));
        }
        if let Some(condition) = &resource.condition {
            self.remark(&format!("if `{}` holds", visible(condition)));
        }
        if resource.loses_data() {
            let text = self.paint.with(Colour::Red, resource.data_words());
            let _ = writeln!(self.text, "      {text}");
        }
        for reason in &resource.reasons {
            self.remark(reason);
        }
        let policy = resource.policy.as_deref();
        match (resource.impact, policy) {
            (Impact::Orphan, Some(policy)) => {
                self.remark(&format!("leaves the stack and stays deployed (DeletionPolicy: {policy})"));
            }
            (Impact::Orphan, None) => self.remark("leaves the stack and stays deployed"),
            (Impact::Destroy, Some("Snapshot")) => self.remark("a snapshot is made first (DeletionPolicy: Snapshot)"),
            (Impact::Replace | Impact::MayReplace, Some("Retain")) if resource.is_deleted_later => {}
            (Impact::Replace | Impact::MayReplace, Some("Retain")) => {
                self.remark("a replaced one stays deployed, outside of the stack (UpdateReplacePolicy: Retain)");
            }
            (Impact::Replace | Impact::MayReplace, Some("Snapshot")) => {
                self.remark("a snapshot is made of a replaced one (UpdateReplacePolicy: Snapshot)");
            }
            _ => {}
        }
        let is_whole = matches!(resource.impact, Impact::Create | Impact::Destroy | Impact::Orphan);
        if self.options.verbose || !is_whole {
            self.properties(resource);
        }
    }

    pub(crate) fn remark(&mut self, text: &str) {
        let text = self.paint.dim(&visible(text));
        let _ = writeln!(self.text, "      {text}");
    }

    fn broadening(&mut self, broadening: &[Broadening]) {
        if broadening.is_empty() {
            return;
        }
        self.title("Permits more than before");
        for found in broadening {
            let mark = self.paint.with(Colour::Red, "[!]");
            let place = self.paint.dim(&visible(&found.path.for_people()));
            let line = format!("{} {} {}", found.logical_id, found.kind.as_str(), found.summary());
            let line = format!("  {mark} {}  {place}", visible(&line));
            let _ = writeln!(self.text, "{}", line.trim_end());
        }
    }
}
