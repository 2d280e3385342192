//! Colour and weight of a text on a terminal.

/// Whether a stream takes colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paint(pub(crate) bool);

/// What a text is, which decides its colour. Nothing may rest on colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Error,
    Warning,
    Hint,
    Strong,
    Faint,
    Success,
}

impl Paint {
    pub(crate) fn apply(self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Error => "1;31",
            Style::Warning => "1;33",
            Style::Hint => "1;36",
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Success => "1;32",
        };
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
