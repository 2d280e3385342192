//! A review as one page that needs nothing else: no script, no font, no picture, no request. A policy in the page forbids all of them.
//!
//! Headings, lists and `details` are what a keyboard and a screen reader move by. Marks and words carry the meaning; colour repeats it.

use std::fmt::Write as _;

use formwork_assembly::visible::{visible, visible_lines};
use formwork_diff::{Diff, Impact, RenderOptions, ResourceDiff, assets, files, render_resource, render_sections};

use super::style::STYLE;
use super::{Review, Reviewed, alarms};
use crate::graph::Graph;
use crate::wording::{NESTED, count};

/// Room for what is below the names: a page stays below 2 MB.
const MOST_OF_DETAILS: usize = 1_300_000;
/// Room for one of them.
const MOST_OF_ONE: usize = 100_000;
/// A name, a reason or a list in a line is cut there.
const LONGEST: usize = 400;

/// The page.
pub(crate) fn page(review: &Review<'_>) -> String {
    Page { text: String::new(), room: MOST_OF_DETAILS }.of(review)
}

struct Page {
    text: String,
    /// The bytes that are left for details.
    room: usize,
}

impl Page {
    fn of(mut self, review: &Review<'_>) -> String {
        let name = word(&review.name);
        let _ = write!(
            self.text,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>Preview of {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#changes\">To the changes</a>\n\
             <header>\n<h1>Preview of <code>{name}</code></h1>\n<p>{}</p>\n</header>\n",
            escaped(&review.totals)
        );
        self.contents(review);
        self.text += "<main id=\"changes\" tabindex=\"-1\">\n";
        self.alarms(review);
        for (place, stack) in review.stacks.iter().enumerate() {
            self.stack(place, stack);
        }
        if let Some(graph) = review.graph.as_ref().filter(|graph| graph.nodes.len() > 1) {
            self.text += "<section aria-labelledby=\"order\">\n<h2 id=\"order\">Stacks, and what they wait for</h2>\n";
            self.graph(graph);
            self.text += "</section>\n";
        }
        let _ = write!(
            self.text,
            "</main>\n<footer>\n<p class=\"faint\">Made by <code>{}</code>, formwork {}</p>\n</footer>\n</body>\n</html>\n",
            word(review.command.trim_matches('`')),
            env!("CARGO_PKG_VERSION")
        );
        self.text
    }

    fn contents(&mut self, review: &Review<'_>) {
        if review.stacks.len() < 2 {
            return;
        }
        self.text += "<nav aria-label=\"Stacks\">\n<ul>\n";
        for (place, stack) in review.stacks.iter().enumerate() {
            let (title, what) = (word(&stack.title), word(&stack.what));
            let _ = writeln!(self.text, "<li><a href=\"#stack-{place}\">{title}</a>: {what}</li>");
        }
        self.text += "</ul>\n</nav>\n";
    }

    fn alarms(&mut self, review: &Review<'_>) {
        let alarms = alarms::of(review);
        if alarms.is_empty() {
            return;
        }
        self.text += "<section class=\"alarms\" aria-labelledby=\"first\">\n\
                      <h2 id=\"first\">Replaced, destroyed, or permitted beyond before</h2>\n<ul>\n";
        for alarm in alarms {
            let (what, subject, stack) = (escaped(&alarm.what), word(&alarm.subject), word(alarm.stack));
            let _ = write!(self.text, "<li><span class=\"what alarm\">{what}</span> <code>{subject}</code>");
            if !alarm.type_name.is_empty() {
                let _ = write!(self.text, " {}", word(&alarm.type_name));
            }
            if review.stacks.len() > 1 {
                let _ = write!(self.text, " of {stack}");
            }
            if !alarm.why.is_empty() {
                let _ = write!(self.text, ": {}", sentence(&alarm.why.join("; ")));
            }
            self.text += "</li>\n";
        }
        self.text += "</ul>\n</section>\n";
    }

    fn stack(&mut self, place: usize, stack: &Reviewed<'_>) {
        let (title, what) = (word(&stack.title), word(&stack.what));
        let totals = if stack.changes { format!("; {}", escaped(&stack.totals)) } else { String::new() };
        let _ = writeln!(
            self.text,
            "<section aria-labelledby=\"stack-{place}\">\n<h2 id=\"stack-{place}\">{title}</h2>\n<p>{what}{totals}</p>"
        );
        for diff in &stack.diffs {
            self.resources("Resources", diff.resources.iter().collect());
            self.permissions(diff);
            let rest = render_sections(diff, &RenderOptions { colour: false, verbose: false });
            self.block("Parameters, outputs and the rest", &rest);
            for note in &diff.notes {
                let _ = writeln!(self.text, "<p>Note: {}</p>", sentence(note));
            }
        }
        self.resources(NESTED, stack.nested.clone());
        let files = files::render(stack.files, &RenderOptions { colour: false, verbose: false }, &stack.deliver);
        self.block("Files", files.strip_prefix("Files\n").unwrap_or(&files));
        let assets = assets::render(stack.assets, &RenderOptions { colour: false, verbose: false });
        self.block("Assets", assets.strip_prefix("Assets\n").unwrap_or(&assets));
        self.sentences("Before and after the update", &stack.steps);
        self.sentences("In use by other stacks", &stack.in_use);
        self.sentences("What CloudFormation refuses", &stack.refused);
        if !stack.graph.nodes.is_empty() {
            let number = count(stack.graph.nodes.len(), "resource");
            let _ = writeln!(self.text, "<h3>Graph</h3>\n<details>\n<summary>What needs what: {number}</summary>");
            self.graph(&stack.graph);
            self.text += "</details>\n";
        }
        self.text += "</section>\n";
    }

    fn resources(&mut self, title: &str, mut resources: Vec<&ResourceDiff>) {
        if resources.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "<h3>{title}</h3>\n<ul class=\"rows\">");
        resources.sort_by_key(|resource| !resource.impact.is_destructive());
        for resource in resources {
            let options = RenderOptions { colour: false, verbose: true };
            let mut details = render_resource(resource, &options);
            if details.len() > MOST_OF_ONE.min(self.room) {
                details = render_resource(resource, &RenderOptions::default());
            }
            let details = self.lines(&details);
            let line = format!(
                "<span class=\"what {}\">{} {}</span> <code>{}</code> <span>{}</span>",
                class(resource.impact),
                resource.impact.mark(),
                resource.impact,
                word(&resource.logical_id),
                word(&resource.type_name)
            );
            let location = resource.location.as_ref().map(|location| word(&location.to_string()));
            let location = location.map(|text| format!(" <span class=\"faint\">{text}</span>")).unwrap_or_default();
            let _ = match details.is_empty() {
                true => writeln!(self.text, "<li><div class=\"row\">{line}{location}</div></li>"),
                false => {
                    let open = if resource.impact.is_destructive() { " open" } else { "" };
                    writeln!(
                        self.text,
                        "<li><details{open}><summary>{line}{location}</summary><pre>{details}</pre></details></li>"
                    )
                }
            };
        }
        self.text += "</ul>\n";
    }

    fn permissions(&mut self, diff: &Diff) {
        if diff.broadening.is_empty() {
            return;
        }
        self.text += "<h3>Permits more than before</h3>\n<ul>\n";
        for found in &diff.broadening {
            let what = if found.is_certain { "[!]" } else { "[!] perhaps" };
            let (id, place) = (word(&found.logical_id), word(&found.path.for_people()));
            let says = word(&format!("{} {}", found.kind.as_str(), found.summary()));
            let _ = writeln!(
                self.text,
                "<li><span class=\"what alarm\">{what}</span> <code>{id}</code> {says} <span class=\"faint\">{place}</span></li>"
            );
        }
        self.text += "</ul>\n";
    }

    fn sentences(&mut self, title: &str, sentences: &[String]) {
        if sentences.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "<h3>{title}</h3>\n<ul>");
        for sentence in sentences {
            let _ = writeln!(self.text, "<li>{}</li>", self::sentence(sentence));
        }
        self.text += "</ul>\n";
    }

    fn block(&mut self, title: &str, text: &str) {
        let lines = self.lines(text.trim_matches('\n'));
        if !lines.is_empty() {
            let _ = writeln!(self.text, "<h3>{title}</h3>\n<pre>{lines}</pre>");
        }
    }

    /// Lines of a preview, with those that come and go marked; as many as there is room for.
    fn lines(&mut self, text: &str) -> String {
        let mut shown = String::new();
        let all: Vec<&str> = text.trim_end().lines().collect();
        for (place, line) in all.iter().enumerate() {
            let clean = escaped(&visible_lines(line));
            let marked = match line.trim_start().get(..2) {
                Some("+ ") => format!("<span class=\"plus\">{clean}</span>"),
                Some("- ") => format!("<span class=\"minus\">{clean}</span>"),
                _ => clean,
            };
            if marked.len() + 1 > self.room || shown.len() + marked.len() > MOST_OF_ONE {
                let _ = writeln!(shown, "… {} left out: the page holds no more", count(all.len() - place, "line"));
                break;
            }
            self.room -= marked.len() + 1;
            shown += &format!("{marked}\n");
        }
        shown
    }

    fn graph(&mut self, graph: &Graph) {
        self.text += "<ul>\n";
        for node in &graph.nodes {
            let _ = write!(
                self.text,
                "<li><code>{}</code> <span class=\"faint\">{}</span>",
                word(&node.name),
                word(&node.kind)
            );
            let needs: Vec<&str> = node.needs.iter().map(|need| graph.nodes[*need].name.as_str()).collect();
            if !needs.is_empty() {
                let _ = write!(self.text, " needs {}", word(&needs.join(", ")));
            }
            self.text += "</li>\n";
        }
        self.text += "</ul>\n";
    }
}

fn class(impact: Impact) -> &'static str {
    match impact {
        impact if impact.is_destructive() => "lost",
        Impact::Create | Impact::MayCreate | Impact::Import => "comes",
        Impact::Update | Impact::MayUpdate => "changes",
        _ => "faint",
    }
}

/// A sentence of ours, in whose backticks is code.
fn sentence(text: &str) -> String {
    let text = word(text);
    let mut parts = text.split('`').peekable();
    let mut marked = String::with_capacity(text.len());
    let mut is_code = false;
    while let Some(part) = parts.next() {
        // One that nobody closes is itself.
        match (is_code, parts.peek().is_some()) {
            (false, _) => marked += part,
            (true, true) if part.is_empty() => marked += "``",
            (true, true) => marked += &format!("<code>{part}</code>"),
            (true, false) => marked += &format!("`{part}"),
        }
        is_code = !is_code;
    }
    marked
}

/// A text of others in a line: what cannot be seen is spelled out, what HTML reads is escaped.
fn word(text: &str) -> String {
    let text = visible(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => escaped(&text[..end]) + "…",
        None => escaped(&text),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
