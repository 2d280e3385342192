//! Classes, `[…]`: unions by writing one in another, intersections by `&&`.

use super::{Reader, Refused, literal};

/// The engine's class of no character.
const NOTHING: &str = r"[^\x{0}-\x{10ffff}]";

impl Reader {
    /// A class, after its `[`.
    pub(super) fn class(&mut self, depth: usize) -> Result<String, Refused> {
        let negated = self.pattern.get(self.at) == Some(&('^', false));
        self.at += usize::from(negated);
        let items = self.items(depth + 1)?;
        self.at += 1;
        Ok(format!("[{}{items}]", if negated { "^" } else { "" }))
    }

    /// Items of a class, up to its `]`.
    fn items(&mut self, depth: usize) -> Result<String, Refused> {
        if depth > super::MAX_DEPTH {
            self.is_too_deep = true;
            self.at = self.pattern.len();
            return Ok(NOTHING.to_owned());
        }
        let mut out = String::new();
        loop {
            let Some((each, quoted)) = self.peek() else { return Err("a class `[…]` is not closed") };
            match each {
                _ if quoted => out += &self.range()?,
                '[' => {
                    self.at += 1;
                    out += &self.class(depth)?;
                }
                '&' if self.second() == Some('&') => {
                    self.at += 2;
                    let right = self.right(depth)?;
                    out = match (out.is_empty(), right.is_empty()) {
                        (true, true) => return Err("`&&` in a class has nothing on either side"),
                        (true, false) => right,
                        (false, true) => out,
                        (false, false) => format!("[[{out}]&&[{right}]]"),
                    };
                }
                ']' if !out.is_empty() => return Ok(out),
                _ => out += &self.range()?,
            }
        }
    }

    /// The right side of `&&`.
    fn right(&mut self, depth: usize) -> Result<String, Refused> {
        let mut out = String::new();
        loop {
            match self.peek() {
                None => return Err("a class `[…]` is not closed"),
                Some((']' | '&', false)) => return Ok(out),
                Some(('[', false)) => {
                    self.at += 1;
                    out += &self.class(depth)?;
                }
                Some(_) => out += &self.items(depth + 1)?,
            }
        }
    }

    /// One character, a range, or a class by its escape.
    fn range(&mut self) -> Result<String, Refused> {
        let first = match self.peek() {
            Some(('\\', false)) => match self.escape_in_class()? {
                Ok(code) => code,
                Err(class) => return Ok(class),
            },
            Some((each, _)) => {
                self.at += 1;
                u32::from(each)
            }
            None => return Err("a class `[…]` is not closed"),
        };
        if self.is_at('-') {
            match self.second() {
                // A `-` before a class or at the end is itself.
                Some('[' | ']') | None => {}
                Some(_) => {
                    self.at += 1;
                    let last = match self.peek() {
                        Some(('\\', false)) => self.escape_in_class()?.ok(),
                        Some((each, _)) => {
                            self.at += 1;
                            Some(u32::from(each))
                        }
                        None => None,
                    };
                    return match last.filter(|last| *last >= first) {
                        Some(last) => Ok(span(first, last)),
                        None => Err("a range in a class ends before it begins"),
                    };
                }
            }
        }
        Ok(if char::from_u32(first).is_some() { literal(first) } else { NOTHING.to_owned() })
    }
}

/// A range for the engine, without the halves of characters, which no text has.
fn span(first: u32, last: u32) -> String {
    let first = if (0xd800..=0xdfff).contains(&first) { 0xe000 } else { first };
    let last = if (0xd800..=0xdfff).contains(&last) { 0xd7ff } else { last };
    if first > last { NOTHING.to_owned() } else { format!("{}-{}", literal(first), literal(last)) }
}
