//! Terminal colours, or none.

use crate::impact::Impact;

/// Whether colours are written.
#[derive(Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

/// A colour by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// What comes.
    Green,
    /// What changes.
    Yellow,
    /// What goes.
    Red,
    /// What stays, and what is known later.
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
        let code = match colour {
            Colour::Red => "31",
            Colour::Green => "32",
            Colour::Yellow => "33",
            Colour::Cyan => "36",
        };
        self.code(code, text)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    fn code(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
