//! Escapes: characters by their numbers, classes by their letters, references to groups, properties of Unicode.

use super::{Atom, LINE_ENDS, NEVER, Reader, Refused, literal};

const UNKNOWN: Refused = "there is no escape of this letter";
const DIGITS: &str = "a number in an escape has too few digits";

/// The classes of one letter, small as they are and capital negated. Without a flag they are about ASCII.
const CLASSES: [(char, &str); 5] = [
    ('d', "0-9"),
    ('h', r"\x{20}\x{9}\x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}"),
    ('s', r"\x{20}\x{9}\x{a}\x{b}\x{c}\x{d}"),
    ('v', r"\x{a}\x{b}\x{c}\x{d}\x{85}\x{2028}\x{2029}"),
    ('w', "a-zA-Z0-9_"),
];

/// Java's own names of classes: those of POSIX, of ASCII alone, and some more.
const PROPERTIES: &[(&str, &str)] = &[
    ("ASCII", r"\x{0}-\x{7f}"),
    ("Alnum", "a-zA-Z0-9"),
    ("Alpha", "a-zA-Z"),
    ("Blank", r"\x{20}\x{9}"),
    ("Cntrl", r"\x{0}-\x{1f}\x{7f}"),
    ("Digit", "0-9"),
    ("Graph", r"\x{21}-\x{7e}"),
    ("L1", r"\x{0}-\x{ff}"),
    ("LC", r"\p{Lu}\p{Ll}\p{Lt}"),
    ("LD", r"\p{L}\p{Nd}"),
    ("Lower", "a-z"),
    ("Print", r"\x{20}-\x{7e}"),
    ("Punct", r"\x{21}-\x{2f}\x{3a}-\x{40}\x{5b}-\x{60}\x{7b}-\x{7e}"),
    ("Space", r"\x{20}\x{9}\x{a}\x{b}\x{c}\x{d}"),
    ("Upper", "A-Z"),
    ("XDigit", "0-9a-fA-F"),
    ("all", r"\x{0}-\x{10ffff}"),
];

/// Unicode's categories.
const CATEGORIES: &[&str] = &[
    "C", "Cc", "Cf", "Cn", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P",
    "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
];

impl Reader {
    /// An escape, at its `\`, outside of classes.
    pub(super) fn escape(&mut self) -> Result<Atom, Refused> {
        let letter = self.second().ok_or("a `\\` stands at the end")?;
        let simple = match letter {
            'A' => Some(Atom::empty(r"\A")),
            'B' => Some(Atom::empty(r"\B")),
            'G' => Some(Atom::empty(r"\G")),
            'z' => Some(Atom::empty(r"\z")),
            'R' => Some(Atom::of(format!(r"(?>\r\n|[\x{{b}}\x{{c}}{LINE_ENDS}])"))),
            _ => None,
        };
        if let Some(atom) = simple {
            self.at += 2;
            return Ok(atom);
        }
        match letter {
            'Z' => {
                self.at += 2;
                let flags = self.flags;
                self.flags.multiline = false;
                let end = self.end_of_line();
                self.flags = flags;
                Ok(Atom::empty(end))
            }
            'b' => {
                self.at += 2;
                if self.is_at('{') {
                    self.is_unknown = true;
                    self.braces()?;
                }
                Ok(Atom::empty(r"\b"))
            }
            'X' => {
                self.at += 2;
                self.is_unknown = true;
                Ok(Atom::of("(?s:.)"))
            }
            'k' => {
                self.at += 2;
                if !self.pass('<') {
                    return Err("`\\k` needs the name of a group: `\\k<name>`");
                }
                let name = self.name()?;
                match self.names.contains(&name) {
                    true => Ok(Atom::of(format!(r"\k<{name}>"))),
                    false => Err("`\\k<…>` names a group that is not before it"),
                }
            }
            '1'..='9' => {
                self.at += 1;
                Ok(Atom::of(self.group_by_number()))
            }
            _ => Ok(match self.escape_in_class()? {
                Ok(code) => Atom::of(literal(code)),
                Err(class) => Atom::of(class),
            }),
        }
    }

    /// `\1`: as many digits as there are groups for.
    fn group_by_number(&mut self) -> String {
        let mut number = 0;
        while let Some(digit) = self.pattern.get(self.at).and_then(|(each, _)| each.to_digit(10)) {
            let longer = number * 10 + digit as usize;
            if number > 0 && longer > self.groups {
                break;
            }
            number = longer;
            self.at += 1;
        }
        if number > self.groups { NEVER.to_owned() } else { format!("(?:\\{number})") }
    }

    /// An escape, at its `\`, that means the same within a class: the code of a character, or a class.
    pub(super) fn escape_in_class(&mut self) -> Result<Result<u32, String>, Refused> {
        let letter = self.second().ok_or("a `\\` stands at the end")?;
        self.at += 2;
        if let Some((small, items)) = CLASSES.iter().find(|(small, _)| letter.eq_ignore_ascii_case(small)) {
            let negated = if letter == *small { "" } else { "^" };
            return Ok(Err(format!("[{negated}{items}]")));
        }
        Ok(Ok(match letter {
            '0' => self.octal()?,
            'a' => 0x07,
            'c' => {
                let each = self.pattern.get(self.at).ok_or("`\\c` needs a character after it")?.0;
                self.at += 1;
                u32::from(each) ^ 64
            }
            'e' => 0x1b,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'u' => self.utf16()?,
            'x' => self.hexadecimal()?,
            'N' => {
                self.is_unknown = true;
                self.braces()?;
                0
            }
            'p' | 'P' => return Ok(Err(self.property(letter == 'P')?)),
            _ if letter.is_ascii_alphanumeric() => return Err(UNKNOWN),
            _ => u32::from(letter),
        }))
    }

    fn digit(&mut self, radix: u32) -> Option<u32> {
        let digit = self.pattern.get(self.at)?.0.to_digit(radix)?;
        self.at += 1;
        Some(digit)
    }

    /// `\07`, `\077`, `\0377`.
    fn octal(&mut self) -> Result<u32, Refused> {
        let first = self.digit(8).ok_or(DIGITS)?;
        let Some(second) = self.digit(8) else { return Ok(first) };
        let number = first * 8 + second;
        match first <= 3 {
            true => Ok(self.digit(8).map_or(number, |third| number * 8 + third)),
            false => Ok(number),
        }
    }

    fn four(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |number, _| Some(number * 16 + self.digit(16)?))
    }

    /// `\u0041`, and two of them for one character beyond U+FFFF.
    fn utf16(&mut self) -> Result<u32, Refused> {
        let high = self.four().ok_or(DIGITS)?;
        let at = self.at;
        let follows = self.pattern.get(at) == Some(&('\\', false)) && self.second() == Some('u');
        if (0xd800..0xdc00).contains(&high) && follows {
            self.at += 2;
            if let Some(low) = self.four().filter(|low| (0xdc00..0xe000).contains(low)) {
                return Ok(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            }
            self.at = at;
        }
        Ok(high)
    }

    /// `\x41`, `\x{1F600}`
    fn hexadecimal(&mut self) -> Result<u32, Refused> {
        if self.pattern.get(self.at) == Some(&('{', false)) {
            let code = u32::from_str_radix(&self.braces()?, 16).ok().filter(|code| *code <= 0x10_ffff);
            return code.ok_or("`\\x{…}` is not the number of a character");
        }
        let high = self.digit(16).ok_or(DIGITS)?;
        Ok(high * 16 + self.digit(16).ok_or(DIGITS)?)
    }

    /// Text in the braces that follow.
    fn braces(&mut self) -> Result<String, Refused> {
        if self.pattern.get(self.at).map(|(each, _)| *each) != Some('{') {
            return Err("an escape needs a name in braces");
        }
        let rest = self.pattern.get(self.at + 1..).unwrap_or_default();
        let length = rest.iter().position(|(each, _)| *each == '}').ok_or("a `{` of an escape is not closed")?;
        let name = rest.iter().take(length).map(|(each, _)| each).collect();
        self.at += length + 2;
        Ok(name)
    }

    /// `\pL`, `\p{Alpha}`, `\P{IsLatin}`
    fn property(&mut self, negated: bool) -> Result<String, Refused> {
        let name = match self.pattern.get(self.at) {
            Some(('{', _)) => self.braces()?,
            Some((each, _)) => {
                self.at += 1;
                each.to_string()
            }
            None => return Err("`\\p` needs the name of a property"),
        };
        let items = match PROPERTIES.iter().find(|(known, _)| *known == name) {
            Some((_, items)) => (*items).to_owned(),
            None if CATEGORIES.contains(&name.as_str()) => format!(r"\p{{{name}}}"),
            // Halves of characters.
            None if name == "Cs" => {
                return Ok(if negated { r"[\x{0}-\x{10ffff}]" } else { r"[^\x{0}-\x{10ffff}]" }.to_owned());
            }
            None => {
                // Scripts, blocks, binary properties, methods of `java.lang.Character`: which there are, Java decides.
                let may_be = name.contains('=') || ["Is", "In", "java"].iter().any(|start| name.starts_with(start));
                if !may_be {
                    return Err("`\\p{…}` names a property that there is not");
                }
                self.is_unknown = true;
                String::from("a")
            }
        };
        Ok(format!("[{}{items}]", if negated { "^" } else { "" }))
    }
}
