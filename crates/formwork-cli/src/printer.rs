//! The only place that prints: data on standard output, everything else on standard error. Whatever is printed is made
//! visible on its way out ([`Paint::terminal`]), so that no name and no message can move the cursor or turn a line around.

use std::cell::Cell;
#[cfg(feature = "deploy")]
use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use formwork_assembly::visible::is_visible;
#[cfg(feature = "deploy")]
use formwork_model::secret::MASK;

use crate::args::{ColorChoice, OutputOptions};
use crate::documents::ErrorDocument;
use crate::error::CliError;
use crate::paint::{Paint, ascii};
#[cfg(feature = "deploy")]
use crate::terminal::{LiveRegion, Prompt};

/// The output of all parts of the program; passed by reference to each part that prints.
#[derive(Debug)]
pub(crate) struct Printer {
    json: bool,
    quiet: bool,
    verbose: bool,
    live: bool,
    /// Lines at the end of standard error that are drawn again and again. Whatever is printed takes their place.
    #[cfg(feature = "deploy")]
    region: Option<LiveRegion>,
    /// True if standard output is a terminal.
    is_seen: bool,
    /// Of standard output.
    data: Paint,
    /// Of standard error.
    notes: Paint,
    /// True if standard output is a terminal that shows ASCII alone.
    data_is_ascii: bool,
    /// True if standard error is.
    notes_are_ascii: bool,
    /// The choice itself, for programs that we run.
    color: ColorChoice,
    /// True if the one JSON document of this run has been printed.
    printed_document: Cell<bool>,
    /// Secrets of this run, which nothing that is printed has: as they are, and as JSON spells them.
    #[cfg(feature = "deploy")]
    secrets: RefCell<Vec<String>>,
}

/// Shorter secrets are not kept out of texts, which would have them by chance.
#[cfg(feature = "deploy")]
const SHORTEST_SECRET: usize = 6;

impl Printer {
    pub(crate) fn new(options: &OutputOptions) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colored = |terminal: bool| match options.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !set("NO_COLOR") && !is_dumb,
        };
        let is_ascii = !shows_utf_8(["LC_ALL", "LC_CTYPE", "LANG"].map(|name| std::env::var(name).ok()));
        let live = err && !is_dumb && !options.quiet && !options.verbose && !set("CI");
        Printer {
            json: options.json,
            quiet: options.quiet,
            verbose: options.verbose,
            live,
            #[cfg(feature = "deploy")]
            region: live.then(|| LiveRegion::new(err && is_ascii)),
            is_seen: out,
            data: Paint(colored(out)),
            notes: Paint(colored(err)),
            data_is_ascii: out && is_ascii,
            notes_are_ascii: err && is_ascii,
            color: options.color,
            printed_document: Cell::new(false),
            #[cfg(feature = "deploy")]
            secrets: RefCell::default(),
        }
    }

    /// Keeps a secret out of whatever is printed from now on.
    #[cfg(feature = "deploy")]
    pub(crate) fn hide(&self, secret: &str) {
        if secret.chars().count() < SHORTEST_SECRET {
            return;
        }
        let mut secrets = self.secrets.borrow_mut();
        let spelled = escaped(&serde_json::Value::from(secret).to_string());
        let spelled = spelled.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(secret);
        secrets.extend([secret.to_owned(), spelled.to_owned()]);
        // One may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// A text without the secrets of this run.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        #[cfg(feature = "deploy")]
        let text = &self.secrets.borrow().iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK));
        text.to_owned()
    }

    /// True if the answer is to be one JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// True if `--verbose` was given.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// True if progress is shown as it goes: on a terminal, outside CI, without `--quiet` and `--verbose`.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// The prompt for questions; `None` when there is no terminal.
    #[cfg(feature = "deploy")]
    pub(crate) fn prompt(&self) -> Option<Prompt> {
        (io::stderr().is_terminal() && io::stdin().is_terminal()).then_some(Prompt(self.notes))
    }

    /// Colours of standard output.
    #[cfg(feature = "diff")]
    pub(crate) fn data_paint(&self) -> Paint {
        self.data
    }

    /// Colours of standard error.
    pub(crate) fn note_paint(&self) -> Paint {
        self.notes
    }

    /// The value of `--color`; `None` for `auto`.
    pub(crate) fn color_flag(&self) -> Option<bool> {
        match self.color {
            ColorChoice::Auto => None,
            ColorChoice::Always => Some(true),
            ColorChoice::Never => Some(false),
        }
    }

    /// The answer, as text. Ends it with a line break if it has none.
    ///
    /// # Errors
    ///
    /// When standard output cannot be written, as on a full disk. A reader that has ended, as `head` does, is not an error.
    pub(crate) fn text(&self, text: &str) -> Result<(), CliError> {
        self.out(&self.data.terminal(text))
    }

    /// A file that the user asked to see: byte by byte, except where it would be read on a terminal.
    ///
    /// # Errors
    ///
    /// See [`Printer::text`].
    pub(crate) fn file(&self, text: &str) -> Result<(), CliError> {
        if self.is_seen { self.text(text) } else { self.out(text) }
    }

    fn out(&self, text: &str) -> Result<(), CliError> {
        if text.is_empty() {
            return Ok(());
        }
        let text = self.without_secrets(text);
        let text = if self.data_is_ascii { ascii(&text) } else { text };
        let end = if text.ends_with('\n') { "" } else { "\n" };
        self.erase();
        let mut out = io::stdout().lock();
        match write!(out, "{text}{end}").and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CliError::service("cannot write to standard output").cause(error))
            }
            _ => Ok(()),
        }
    }

    /// The answer, as the one JSON document of this run.
    ///
    /// # Errors
    ///
    /// See [`Printer::text`].
    pub(crate) fn document(&self, document: &impl Serialize) -> Result<(), CliError> {
        self.printed_document.set(true);
        let text = serde_json::to_string_pretty(document)
            .map_err(|error| CliError::service("cannot write the answer as JSON").cause(error))?;
        self.out(&escaped(&text))
    }

    /// JSON documents, one a line.
    ///
    /// # Errors
    ///
    /// See [`Printer::text`].
    #[cfg(feature = "validate")]
    pub(crate) fn json_lines(&self, lines: &[String]) -> Result<(), CliError> {
        let lines: Vec<_> = lines.iter().map(|line| escaped(line)).collect();
        self.out(&lines.join("\n"))
    }

    /// Prints a note on progress; `--quiet` hides it.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.quiet {
            self.write(text);
        }
    }

    /// Prints a detail that only `--verbose` shows.
    #[cfg(feature = "deploy")]
    pub(crate) fn detail(&self, text: impl Display) {
        if self.verbose {
            self.write(text);
        }
    }

    /// A warning or a problem, which nothing hides.
    pub(crate) fn important(&self, text: impl Display) {
        self.write(text);
    }

    /// A failure; with `--json`, as the document too, unless the command has printed one.
    pub(crate) fn error(&self, error: &CliError) {
        if self.json && !self.printed_document.get() {
            // If that fails, the text below still says what happened.
            let _ = self.document(&ErrorDocument::from(error));
        }
        self.write(error.render(self.notes));
    }

    /// Lines that show what is going on now; `None` when progress is not shown.
    #[cfg(feature = "deploy")]
    pub(crate) fn live_region(&self) -> Option<&LiveRegion> {
        self.region.as_ref()
    }

    /// Makes room for what is printed.
    fn erase(&self) {
        #[cfg(feature = "deploy")]
        if let Some(region) = &self.region {
            region.erase();
        }
    }

    fn write(&self, text: impl Display) {
        // Nobody is left to be told if standard error is gone.
        let text = self.notes.terminal(&self.without_secrets(&text.to_string()));
        let text = if self.notes_are_ascii { ascii(&text) } else { text };
        self.erase();
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// True if a terminal shows UTF-8 by these settings, the first that is not empty. Without any, most do.
fn shows_utf_8(settings: [Option<String>; 3]) -> bool {
    let setting = settings.into_iter().flatten().find(|setting| !setting.is_empty());
    setting.is_none_or(|setting| setting.to_ascii_uppercase().replace('-', "").contains("UTF8"))
}

/// A JSON document in which every character that cannot be seen is spelled `\u202e`, which means the same: outside of its
/// texts it has none but its line ends.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if is_visible(character) || character == '\n' {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped += &format!("\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{escaped, shows_utf_8};

    #[test]
    fn a_terminal_shows_utf_8_unless_its_settings_say_otherwise() {
        let shows = |settings: [&str; 3]| shows_utf_8(settings.map(|text| Some(text.to_owned())));
        assert!(shows_utf_8([None, None, None]) && shows(["", "", ""]));
        assert!(shows(["", "", "de_DE.UTF-8"]) && shows(["C.utf8", "", "C"]));
        assert!(!shows(["C", "", "de_DE.UTF-8"]) && !shows(["", "ja_JP.eucJP", ""]) && !shows(["", "", "POSIX"]));
    }

    #[test]
    fn a_document_means_the_same_and_can_be_seen() {
        let value = serde_json::json!({ "söte\u{202e}": "a\u{7f}\u{e0041}\u{a0}b\u{1b}\r\n" });
        let text = escaped(&serde_json::to_string_pretty(&value).expect("it is JSON"));
        insta::assert_snapshot!(text, @r#"
        {
          "söte\u202e": "a\u007f\udb40\udc41\u00a0b\u001b\r\n"
        }
        "#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(value));
    }
}
