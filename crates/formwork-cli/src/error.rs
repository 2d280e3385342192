//! A failure of a command: what, why, what to do about it, and the exit code.

use std::error::Error;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use formwork_assembly::visible::{paragraph, visible, visible_lines};
use formwork_assembly::{Location, Problem, StackId};

use crate::paint::{Paint, Style};
use crate::wording::shown;

/// The error of a command, as it is shown to the user.
///
/// ```text
/// error: the assembly of `site` could not be written
/// Caused by: cannot create `/srv/out`: Permission denied (os error 13)
/// hint: choose another folder with `--out`
/// ```
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CliError {
    pub(crate) class: Class,
    /// The message, with the wrong value in backticks: lower case, no full stop.
    pub(crate) message: String,
    /// The place in the source that it is about, if that is known.
    pub(crate) location: Option<Box<Location>>,
    /// Causes, from the nearest to the root.
    pub(crate) causes: Vec<String>,
    /// Hints on how to correct it.
    pub(crate) hints: Vec<String>,
    /// The stack that it is about; `--json` has it.
    pub(crate) about: Option<Box<About>>,
    /// The peculiarity of the embedded engine that matters to who reads it.
    #[cfg(feature = "deploy")]
    pub(crate) peculiarity: Option<Peculiarity>,
    /// Problems that synth found, if they are the cause. They were printed where they were found; `--json` repeats them.
    pub(crate) problems: Vec<Problem>,
}

/// The stack that an error is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct About {
    pub(crate) stack: StackId,
    /// CloudFormation's status of it, where that is the reason.
    pub(crate) status: Option<String>,
}

/// Peculiarities of the embedded engine, of which errors that AWS may give just as well say nothing.
#[cfg(feature = "deploy")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peculiarity {
    /// It refuses a template with types that it does not know.
    #[cfg(feature = "local")]
    UnknownTypes,
    /// It carries out no macros.
    #[cfg(feature = "local")]
    Macros,
    /// A hint has a command of the AWS CLI, which would go to AWS.
    AwsCommand,
}

/// Classes of errors by their fault, which are the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// The user typed or wrote something wrong, or refused, or a file cannot be read or written.
    Input = 1,
    /// Credentials, the network, the service or this machine.
    Service = 2,
    /// Nobody's: `--fail-on` found what it looks for, or a check failed.
    #[cfg(feature = "diff")]
    Found = 3,
}

impl Class {
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

impl CliError {
    pub(crate) fn new(class: Class, message: impl Into<String>) -> Self {
        CliError {
            class,
            message: message.into(),
            location: None,
            causes: Vec::new(),
            hints: Vec::new(),
            about: None,
            #[cfg(feature = "deploy")]
            peculiarity: None,
            problems: Vec::new(),
        }
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        CliError::new(Class::Input, message)
    }

    pub(crate) fn service(message: impl Into<String>) -> Self {
        CliError::new(Class::Service, message)
    }

    /// A file or a folder of the user that cannot be written.
    pub(crate) fn not_written(path: &Path, error: impl Display) -> Self {
        CliError::input(format!("cannot write `{}`", shown(path))).cause(error)
    }

    /// An error with all its causes.
    pub(crate) fn from_error(class: Class, error: &dyn Error) -> Self {
        let mut cli_error = CliError::new(class, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            cli_error.causes.push(cause.to_string());
            source = cause.source();
        }
        cli_error
    }

    pub(crate) fn cause(mut self, cause: impl Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// This one and another: everything that is wrong is said at once.
    #[cfg(all(feature = "deploy", feature = "validate"))]
    fn and(mut self, other: CliError) -> Self {
        self.class = if self.class == other.class { self.class } else { Class::Input };
        self.message = format!("{}; {}", self.message, other.message);
        self.location = self.location.or(other.location);
        self.causes.extend(other.causes);
        self.hints.extend(other.hints);
        self.problems.extend(other.problems);
        self
    }

    /// As people read it; ends without a line break.
    pub(crate) fn render(&self, paint: Paint) -> String {
        let mut text = format!("{} {}", paint.apply(Style::Error, "error:"), paragraph(&self.message));
        if let Some(location) = &self.location {
            text += &format!("\n  --> {}", visible(&location.to_string()));
        }
        for cause in &self.causes {
            text += &format!("\n{} {}", paint.apply(Style::Strong, "Caused by:"), indented(cause));
        }
        for hint in &self.hints {
            text += &format!("\n{} {}", paint.apply(Style::Hint, "hint:"), paragraph(hint));
        }
        text
    }
}

/// The first of two results, if both hold; else what is wrong with either.
#[cfg(all(feature = "deploy", feature = "validate"))]
pub(crate) fn both<T>(one: Result<T, CliError>, other: Result<(), CliError>) -> Result<T, CliError> {
    match (one, other) {
        (Ok(value), Ok(())) => Ok(value),
        (Err(error), Ok(())) | (Ok(_), Err(error)) => Err(error),
        (Err(one), Err(other)) => Err(one.and(other)),
    }
}

/// Further lines of a cause stand below its first, so that it reads as one.
fn indented(text: &str) -> String {
    visible_lines(text.trim_end()).replace('\n', "\n    ")
}

impl From<formwork_workspace::Error> for CliError {
    fn from(error: formwork_workspace::Error) -> Self {
        let class = if error.is_input() { Class::Input } else { Class::Service };
        let mut cli_error = CliError::from_error(class, &error);
        cli_error.hints.extend(error.hint());
        cli_error.problems = error.problems().to_vec();
        match error {
            formwork_workspace::Error::NotWritten { problems, .. } => {
                cli_error.causes.extend(problems.into_iter().map(|problem| problem.message));
            }
            formwork_workspace::Error::NoReport { last_line: Some(line), .. } => {
                cli_error.causes.push(format!("its last line is `{line}`"));
            }
            _ => {}
        }
        cli_error
    }
}

#[cfg(test)]
mod tests {
    use super::CliError;
    use crate::paint::Paint;

    #[test]
    fn an_error_reads_as_one_whatever_is_in_it() {
        let error = CliError::input("there is no `\u{202e}a\rb\u{1b}[2J`\nhint: run this\n  --> lib.rs:1")
            .cause("no\nerror: all is lost")
            .hint("type `b`\u{200b}\nerror: or else");
        insta::assert_snapshot!(error.render(Paint(false)), @r"
        error: there is no `\u{202e}a\rb\u{1b}[2J`
            hint: run this
          --> lib.rs:1
        Caused by: no
            error: all is lost
        hint: type `b`\u{200b}
            error: or else
        ");
    }
}
