//! Where each part of a text stands, for messages about a template file. JSON is read as the YAML that it is.

use saphyr_parser::{Event, Parser};

/// Where a value stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Names of keys and indexes of lists, from the root.
    pub path: Vec<String>,
    /// Counted from one. Of an entry, where its key stands.
    pub line: usize,
    /// Counted from one.
    pub column: usize,
}

/// The places of all entries of a text in JSON or YAML, in its order; those before the first mistake, when it has one.
///
/// A function in short form counts as its argument, so that a path never has `Fn::Sub` for a `!Sub`.
pub fn places(text: &str) -> Vec<Place> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        let (line, column) = (span.start.line(), span.start.col() + 1);
        match event {
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                leave(&mut open, &mut path);
                continue;
            }
            Event::Scalar(ref text, ..) if matches!(open.last(), Some(Open::Key)) => {
                path.push(text.clone().into_owned());
                found.push(Place { path: path.clone(), line, column });
                open.pop();
                open.push(Open::Value);
                continue;
            }
            Event::Scalar(..) | Event::Alias(_) | Event::MappingStart(..) | Event::SequenceStart(..) => {
                match open.last() {
                    // A key that is no scalar: the text is no template.
                    Some(Open::Key) => break,
                    Some(Open::Item(index)) => {
                        path.push(index.to_string());
                        found.push(Place { path: path.clone(), line, column });
                    }
                    Some(Open::Value) | None => {}
                }
            }
            _ => continue,
        }
        match event {
            Event::MappingStart(..) => open.push(Open::Key),
            Event::SequenceStart(..) => open.push(Open::Item(0)),
            _ => leave(&mut open, &mut path),
        }
    }
    found
}

/// What is expected next in an open mapping or sequence.
enum Open {
    Key,
    Value,
    Item(usize),
}

/// A value is complete: what encloses it waits for the next.
fn leave(open: &mut [Open], path: &mut Vec<String>) {
    let next = match open.last() {
        Some(Open::Value) => Open::Key,
        Some(Open::Item(index)) => Open::Item(index + 1),
        Some(Open::Key) | None => return,
    };
    path.pop();
    if let Some(last) = open.last_mut() {
        *last = next;
    }
}
