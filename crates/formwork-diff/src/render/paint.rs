//! Terminal colours, or none.

use anstyle::{AnsiColor, Effects, Style};

use crate::impact::Impact;

/// The colours, which are written if this is true.
#[derive(Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

/// A colour by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// The colour of what comes.
    Green,
    /// The colour of what changes.
    Yellow,
    /// The colour of what goes.
    Red,
    /// The colour of what stays, and of what is known later.
    Cyan,
}

impl Colour {
    pub(crate) fn of(impact: Impact) -> Colour {
        match impact {
            Impact::MayCreate | Impact::Create | Impact::Import => Colour::Green,
            Impact::MayUpdate | Impact::Update => Colour::Yellow,
            Impact::NoChange | Impact::Orphan => Colour::Cyan,
            Impact::MayReplace | Impact::Replace | Impact::MayDestroy | Impact::Destroy => Colour::Red,
        }
    }
}

impl Paint {
    pub(crate) fn with(self, colour: Colour, text: &str) -> String {
        let colour = match colour {
            Colour::Red => AnsiColor::Red,
            Colour::Green => AnsiColor::Green,
            Colour::Yellow => AnsiColor::Yellow,
            Colour::Cyan => AnsiColor::Cyan,
        };
        self.style(Style::new().fg_color(Some(colour.into())), text)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.style(Style::new().bold(), text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.style(Style::new().effects(Effects::DIMMED), text)
    }

    fn style(self, style: Style, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
