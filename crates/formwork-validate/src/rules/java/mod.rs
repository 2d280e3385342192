//! `AllowedPattern` as CloudFormation reads it: a regular expression of `java.util.regex`, which the whole value must match.
//!
//! [`Pattern::read`] follows Java's own reader, so only what Java refuses is a mistake, and writes the pattern anew for the
//! engine here: every literal as its code, every class in brackets of its own, so that nothing depends on the engine's dialect.
//! Where the engine cannot follow (a block of Unicode, a size beyond its limits), nothing is said of any value.
//!
//! Sources: Java SE API, `java.util.regex.Pattern`; AWS CloudFormation Template Reference, "Parameters", `AllowedPattern`:
//! "the pattern must match the entire parameter value", of a `CommaDelimitedList` "each value in the list".

mod class;
mod escape;

/// The engine: without the feature `schemas` a small one, which has no words for what looks around, goes back or is a property of Unicode.
#[cfg(feature = "schemas")]
use fancy_regex::RegexBuilder;
#[cfg(not(feature = "schemas"))]
use regex_lite::RegexBuilder;

/// Groups within groups, at most as deep; deeper ones are read by nobody here.
const MAX_DEPTH: usize = 100;
/// Longer patterns are not held against values: the engine would take its time.
const MAX_LENGTH: usize = 20_000;
/// The engine's bound in bytes; a pattern can be well below a template's bounds and far above this one.
const MAX_COMPILED: usize = 1 << 20;
/// Number of times that the engine may backtrack before it gives up.
#[cfg(feature = "schemas")]
const MAX_STEPS: usize = 200_000;
/// Never matches, and reads nothing.
const NEVER: &str = "(?!)";
/// Java's ends of lines.
const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// A pattern that Java reads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    /// For the engine; nothing when it has no words for it.
    translated: Option<String>,
}

/// The reason for which Java refuses a pattern.
pub(crate) type Refused = &'static str;

impl Pattern {
    /// Reads a pattern as Java does.
    pub(crate) fn read(pattern: &str) -> Result<Pattern, Refused> {
        let mut reader = Reader::new(pattern);
        let text = reader.alternatives(0);
        if reader.is_too_deep {
            return Ok(Pattern { translated: None });
        }
        let text = text?;
        if reader.peek().is_some() {
            return Err("a `)` closes nothing");
        }
        let is_known = !reader.is_unknown && pattern.len() <= MAX_LENGTH;
        Ok(Pattern { translated: is_known.then_some(text) })
    }

    /// True if the whole text matches; nothing when that cannot be told here.
    pub(crate) fn matches(&self, text: &str) -> Option<bool> {
        let whole = format!(r"\A(?:{})\z", self.translated.as_ref()?);
        is_match(&whole, text)
    }
}

#[cfg(feature = "schemas")]
fn is_match(pattern: &str, text: &str) -> Option<bool> {
    let mut builder = RegexBuilder::new(pattern);
    builder.delegate_size_limit(MAX_COMPILED).backtrack_limit(MAX_STEPS);
    builder.build().ok()?.is_match(text).ok()
}

#[cfg(not(feature = "schemas"))]
fn is_match(pattern: &str, text: &str) -> Option<bool> {
    Some(RegexBuilder::new(pattern).size_limit(MAX_COMPILED).build().ok()?.is_match(text))
}

/// The flags that change what is read; the others are the engine's.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    /// `x`: white space and comments are none of the pattern.
    comments: bool,
    /// `s`: `.` is every character.
    dot_all: bool,
    /// `m`: `^` and `$` are about lines.
    multiline: bool,
    /// `d`: only `\n` ends a line.
    unix_lines: bool,
}

/// A character of the pattern, and whether `\Q…\E` makes it a literal.
type Each = (char, bool);

struct Reader {
    pattern: Vec<Each>,
    at: usize,
    flags: Flags,
    groups: usize,
    names: Vec<String>,
    /// True if something stands in it that the engine has no words for.
    is_unknown: bool,
    is_too_deep: bool,
}

/// Part of a pattern that a quantifier can follow.
struct Atom {
    text: String,
    /// True if it reads no character, such as `^` and `(?=…)`: engines do not repeat it.
    is_empty: bool,
}

impl Atom {
    fn of(text: impl Into<String>) -> Atom {
        Atom { text: text.into(), is_empty: false }
    }

    fn empty(text: impl Into<String>) -> Atom {
        Atom { text: text.into(), is_empty: true }
    }
}

impl Reader {
    fn new(pattern: &str) -> Reader {
        Reader {
            pattern: unquoted(pattern),
            at: 0,
            flags: Flags::default(),
            groups: 0,
            names: Vec::new(),
            is_unknown: false,
            is_too_deep: false,
        }
    }

    /// The next character, when it has a meaning of its own; white space of `x` is passed.
    fn peek(&mut self) -> Option<Each> {
        while self.flags.comments {
            match self.pattern.get(self.at) {
                Some((each, false)) if each.is_ascii_whitespace() => self.at += 1,
                Some(('#', false)) => {
                    while self.pattern.get(self.at).is_some_and(|(each, _)| *each != '\n') {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        self.pattern.get(self.at).copied()
    }

    /// True if this stands next, as a sign and no literal.
    fn is_at(&mut self, sign: char) -> bool {
        self.peek() == Some((sign, false))
    }

    /// Passes the sign if it stands next.
    fn pass(&mut self, sign: char) -> bool {
        let there = self.is_at(sign);
        self.at += usize::from(there);
        there
    }

    /// The character after the next one, whatever it means.
    fn second(&self) -> Option<char> {
        self.pattern.get(self.at + 1).map(|(each, _)| *each)
    }

    fn alternatives(&mut self, depth: usize) -> Result<String, Refused> {
        if depth > MAX_DEPTH {
            self.is_too_deep = true;
            self.at = self.pattern.len();
            return Ok(String::new());
        }
        let mut out = self.sequence(depth)?;
        while self.pass('|') {
            out.push('|');
            out += &self.sequence(depth)?;
        }
        Ok(out)
    }

    fn sequence(&mut self, depth: usize) -> Result<String, Refused> {
        let mut out = String::new();
        while let Some((each, quoted)) = self.peek() {
            let atom = match each {
                _ if quoted => self.one(),
                '|' | ')' => break,
                '(' => match self.group(depth)? {
                    Ok(atom) => atom,
                    Err(flags) => {
                        out += &flags;
                        continue;
                    }
                },
                '[' => {
                    self.at += 1;
                    Atom::of(self.class(depth)?)
                }
                '\\' => self.escape()?,
                '^' => {
                    self.at += 1;
                    Atom::empty(if self.flags.multiline { r"(?m:^)" } else { r"\A" })
                }
                '$' => {
                    self.at += 1;
                    Atom::empty(self.end_of_line())
                }
                '.' => {
                    self.at += 1;
                    Atom::of(match self.flags {
                        Flags { dot_all: true, .. } => "(?s:.)".to_owned(),
                        Flags { unix_lines: true, .. } => r"[^\n]".to_owned(),
                        _ => format!("[^{LINE_ENDS}]"),
                    })
                }
                '?' | '*' | '+' => return Err("a quantifier (`?`, `*`, `+`) has nothing before it"),
                // A quantifier of nothing is one to Java.
                '{' => Atom::of("(?:)"),
                _ => self.one(),
            };
            out += &self.quantified(atom)?;
        }
        Ok(out)
    }

    /// The next character as itself.
    fn one(&mut self) -> Atom {
        let code = self.pattern.get(self.at).map_or(0, |(each, _)| u32::from(*each));
        self.at += 1;
        Atom::of(literal(code))
    }

    /// `$`, which is also true before an end of line that ends the text.
    fn end_of_line(&mut self) -> String {
        if self.flags.multiline {
            return format!(r"(?=\z|[{LINE_ENDS}])");
        }
        // At the pattern's very end nothing can read that end of line.
        match self.peek() {
            None => r"\z".to_owned(),
            Some(_) if self.flags.unix_lines => r"(?=\n?\z)".to_owned(),
            Some(_) => format!(r"(?=(?:\r\n|[{LINE_ENDS}])?\z)"),
        }
    }

    /// A group, or flags for what follows.
    fn group(&mut self, depth: usize) -> Result<Result<Atom, String>, Refused> {
        self.at += 1;
        let flags = self.flags;
        let mut is_empty = false;
        let mut opened = "(".to_owned();
        if self.is_at('?') {
            self.at += 1;
            let kind = self.pattern.get(self.at).map(|(each, _)| *each);
            self.at += 1;
            match kind {
                Some(sign @ (':' | '>')) => opened = format!("(?{sign}"),
                Some(sign @ ('=' | '!')) => {
                    is_empty = true;
                    opened = format!("(?{sign}");
                }
                Some('<') => match self.pattern.get(self.at).map(|(each, _)| *each) {
                    Some(sign @ ('=' | '!')) => {
                        self.at += 1;
                        is_empty = true;
                        opened = format!("(?<{sign}");
                    }
                    _ => {
                        let name = self.name()?;
                        if self.names.contains(&name) {
                            return Err("two groups have the same name");
                        }
                        opened = format!("(?<{name}>");
                        self.names.push(name);
                        self.groups += 1;
                    }
                },
                _ => {
                    self.at -= 1;
                    match self.flags()? {
                        Ok(set) => opened = format!("(?{set}:"),
                        Err(set) => return Ok(Err(set)),
                    }
                }
            }
        } else {
            self.groups += 1;
        }
        let inside = self.alternatives(depth + 1)?;
        self.flags = flags;
        if !self.pass(')') {
            return Err("a group is not closed");
        }
        let text = format!("{opened}{inside})");
        Ok(Ok(if is_empty { Atom::empty(text) } else { Atom::of(text) }))
    }

    /// `i-s:` of a group, or `i-s)` for what follows; what of it is the engine's.
    fn flags(&mut self) -> Result<Result<String, String>, Refused> {
        let (mut on, mut ignores_case) = (true, None);
        while let Some((each, _)) = self.pattern.get(self.at).copied() {
            self.at += 1;
            match each {
                'i' => ignores_case = Some(on),
                'm' => self.flags.multiline = on,
                's' => self.flags.dot_all = on,
                'd' => self.flags.unix_lines = on,
                'x' => self.flags.comments = on,
                'u' => {}
                // The classes of Unicode: what `\w` is, too.
                'U' => self.is_unknown = true,
                '-' if on => on = false,
                ':' | ')' => {
                    let set = match ignores_case {
                        Some(true) => "i",
                        Some(false) => "-i",
                        None => "",
                    };
                    let alone = if set.is_empty() { String::new() } else { format!("(?{set})") };
                    return Ok(if each == ':' { Ok(set.to_owned()) } else { Err(alone) });
                }
                _ => break,
            }
        }
        Err("a group `(?…)` is of a kind that there is not")
    }

    /// The name of a group, up to `>`.
    fn name(&mut self) -> Result<String, Refused> {
        let mut name = String::new();
        while let Some((each, _)) = self.pattern.get(self.at).copied() {
            self.at += 1;
            match each {
                '>' if !name.is_empty() => return Ok(name),
                _ if each.is_ascii_alphabetic() || (!name.is_empty() && each.is_ascii_digit()) => name.push(each),
                _ => break,
            }
        }
        Err("the name of a group is letters and digits, and ends in `>`")
    }

    fn quantified(&mut self, atom: Atom) -> Result<String, Refused> {
        let Some((sign, false)) = self.peek() else { return Ok(atom.text) };
        let (least, quantifier) = match sign {
            '?' | '*' => (0, sign.to_string()),
            '+' => (1, sign.to_string()),
            // Up to the closing brace.
            '{' => self.bounds()?,
            _ => return Ok(atom.text),
        };
        self.at += 1;
        let way = match self.peek() {
            Some((way @ ('?' | '+'), false)) => {
                self.at += 1;
                Some(way)
            }
            _ => None,
        };
        if atom.is_empty {
            return Ok(match (least, way) {
                (0, Some('?')) => format!("(?:|{})", atom.text),
                (0, _) => format!("(?:{}|)", atom.text),
                _ => atom.text,
            });
        }
        Ok(match way {
            Some('?') => format!("{}{quantifier}?", atom.text),
            Some(_) => format!("(?>{}{quantifier})", atom.text),
            None => format!("{}{quantifier}", atom.text),
        })
    }

    /// `{2}`, `{2,}`, `{2,3}`; the least, and the whole for the engine.
    fn bounds(&mut self) -> Result<(u32, String), Refused> {
        const FORM: Refused = "a `{` begins no repetition: write `\\{`, or `{2}`, `{2,}`, `{2,3}`";
        self.at += 1;
        let least = self.digits().ok_or(FORM)?;
        let mut most = Some(least);
        if self.pass(',') {
            most = self.digits();
            if most.is_none() && !self.is_at('}') {
                return Err(FORM);
            }
        }
        if !self.is_at('}') {
            return Err(FORM);
        }
        match most {
            Some(most) if most < least => Err("a repetition's upper bound is below its lower one"),
            Some(most) if most == least => Ok((least, format!("{{{least}}}"))),
            Some(most) => Ok((least, format!("{{{least},{most}}}"))),
            None => Ok((least, format!("{{{least},}}"))),
        }
    }

    fn digits(&mut self) -> Option<u32> {
        let mut number: Option<u32> = None;
        while let Some((each, false)) = self.peek() {
            let Some(digit) = each.to_digit(10) else { break };
            number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
            self.at += 1;
        }
        number
    }
}

/// A character for the engine, whatever it would mean there.
fn literal(code: u32) -> String {
    match char::from_u32(code) {
        Some(_) => format!(r"\x{{{code:x}}}"),
        // Half of a character, which no text has.
        None => r"[^\x{0}-\x{10ffff}]".to_owned(),
    }
}

/// The pattern's characters, those between `\Q` and `\E` as literals.
fn unquoted(pattern: &str) -> Vec<Each> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix(r"\Q") {
            let (inside, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            out.extend(inside.chars().map(|each| (each, true)));
            rest = after;
            continue;
        }
        out.push((first, false));
        rest = &rest[first.len_utf8()..];
        if first == '\\'
            && let Some(second) = rest.chars().next()
        {
            out.push((second, false));
            rest = &rest[second.len_utf8()..];
        }
    }
    out
}

#[cfg(test)]
mod tests;
