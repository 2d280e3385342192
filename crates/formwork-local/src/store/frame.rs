//! The journal's frames: a header with checksums, then lines of text.
//!
//! ```text
//! header   "FWJ2", length of the lines, CRC-32 of the lines, CRC-32 of the header so far; numbers little-endian, 4 bytes each
//! lines    state ARN JSON | event ARN JSON | gone ARN
//! ```
//!
//! Every frame was flushed before the next was begun, so that only the last one can be unfinished. A frame that does not hold what
//! it says and is not the last was damaged otherwise: then nothing of the journal is trusted, and nothing is changed.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;

pub(super) const STATE: &[u8] = b"state ";
pub(super) const EVENT: &[u8] = b"event ";
pub(super) const GONE: &[u8] = b"gone ";

const MAGIC: &[u8; 4] = b"FWJ2";
const HEADER: usize = 16;

/// The contents of a journal: their places, not their texts, since most of a long journal is history.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) stacks: BTreeMap<String, Kept>,
    /// The end of the last whole frame.
    pub(super) length: u64,
}

/// The place of the JSON of one stack.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) state: Range<u64>,
    pub(super) events: Vec<Range<u64>>,
}

/// A reason for which a journal is not read.
#[derive(Debug)]
pub(super) enum Trouble {
    Io(io::Error),
    /// It is damaged: the fault.
    Damaged(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Io(error)
    }
}

impl Contents {
    /// The number of bytes that are still so.
    pub(super) fn live(&self) -> u64 {
        let length = |range: &Range<u64>| range.end - range.start;
        self.stacks.values().map(|kept| length(&kept.state) + kept.events.iter().map(length).sum::<u64>()).sum()
    }
}

/// A line of a frame.
pub(super) fn line(lines: &mut Vec<u8>, kind: &[u8], id: &str, json: &[u8]) {
    lines.extend_from_slice(kind);
    lines.extend_from_slice(id.as_bytes());
    if !json.is_empty() {
        lines.push(b' ');
        lines.extend_from_slice(json);
    }
    lines.push(b'\n');
}

/// The lines as a frame.
pub(super) fn of(lines: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEADER + lines.len());
    frame.extend_from_slice(MAGIC);
    // Far below: a stack has some megabytes at most.
    frame.extend_from_slice(&u32::try_from(lines.len()).unwrap_or(u32::MAX).to_le_bytes());
    frame.extend_from_slice(&crc32fast::hash(lines).to_le_bytes());
    frame.extend_from_slice(&crc32fast::hash(&frame).to_le_bytes());
    frame.extend_from_slice(lines);
    frame
}

/// Reads a journal of this many bytes, frame by frame.
///
/// # Errors
///
/// When it cannot be read, when something else than the last frame is damaged, or when a line is none.
pub(super) fn read(mut journal: impl Read, size: u64) -> Result<Contents, Trouble> {
    let mut contents = Contents::default();
    let mut lines = Vec::new();
    while contents.length < size {
        let (place, left) = (contents.length, size - contents.length);
        if left < HEADER as u64 {
            break;
        }
        let mut header = [0; HEADER];
        journal.read_exact(&mut header)?;
        let Some(length) = length_of(&header) else {
            let mut rest = Vec::new();
            journal.read_to_end(&mut rest)?;
            if is_unwritten(&header, &rest) {
                break;
            }
            return Err(Trouble::Damaged(format!("there is no frame at byte {place}")));
        };
        if left < (HEADER + length) as u64 {
            break;
        }
        lines.resize(length, 0);
        journal.read_exact(&mut lines)?;
        if crc32fast::hash(&lines).to_le_bytes() != header[8..12] {
            if left == (HEADER + length) as u64 {
                break;
            }
            return Err(Trouble::Damaged(format!("the frame at byte {place} is damaged")));
        }
        let mut start = place + HEADER as u64;
        for line in lines.split(|byte| *byte == b'\n') {
            if !line.is_empty() {
                let taken = take(&mut contents, line, start);
                let none = || Trouble::Damaged(format!("a line of the frame at byte {place} is none of a journal"));
                taken.ok_or_else(none)?;
            }
            start += line.len() as u64 + 1;
        }
        contents.length = place + (HEADER + length) as u64;
    }
    Ok(contents)
}

/// After a loss of power, room that was taken for the last frame may not have been filled: from its start on, from within its header
/// on, or only from there on. Zeros stand there. What was damaged otherwise has none there, or has frames behind it.
fn is_unwritten(header: &[u8; HEADER], rest: &[u8]) -> bool {
    let end = header.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let begun = &header[..end];
    let is_begun = end < HEADER && (begun.starts_with(MAGIC) || MAGIC.starts_with(begun));
    let lacks_start = header[0] == 0;
    let follows = |header: &[u8]| header.try_into().is_ok_and(|header| length_of(&header).is_some());
    (is_begun || lacks_start) && !rest.windows(HEADER).any(follows)
}

/// The length of the lines, if this is a header.
fn length_of(header: &[u8; HEADER]) -> Option<usize> {
    let is_whole = header.starts_with(MAGIC) && crc32fast::hash(&header[..12]).to_le_bytes() == header[12..];
    is_whole.then(|| u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize)
}

fn take(contents: &mut Contents, line: &[u8], start: u64) -> Option<()> {
    let (kind, rest) = [STATE, EVENT, GONE].iter().find_map(|kind| Some((*kind, line.strip_prefix(*kind)?)))?;
    let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
    let id = std::str::from_utf8(&rest[..end]).ok()?;
    if kind == GONE {
        contents.stacks.remove(id);
        return Some(());
    }
    let json = start + (kind.len() + end + 1) as u64..start + line.len() as u64;
    if json.is_empty() {
        return None;
    }
    if !contents.stacks.contains_key(id) {
        contents.stacks.insert(id.to_owned(), Kept::default());
    }
    let kept = contents.stacks.get_mut(id)?;
    if kind == STATE {
        kept.state = json
    } else {
        kept.events.push(json)
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Vec<u8> {
        [&b"state a {\"n\":1}\nevent a 1\n"[..], b"state b 2\nevent a 22\n", b"gone b\nstate a {\"n\":2}\n"]
            .map(of)
            .concat()
    }

    fn length(text: &[u8]) -> Option<u64> {
        read(text, text.len() as u64).ok().map(|contents| contents.length)
    }

    #[test]
    fn the_last_word_counts_and_events_pile_up() {
        let text = journal();
        let contents = read(&text[..], text.len() as u64).unwrap();
        assert_eq!(contents.length, text.len() as u64);
        assert_eq!(contents.stacks.keys().collect::<Vec<_>>(), ["a"]);
        let at = |range: &Range<u64>| std::str::from_utf8(&text[range.start as usize..range.end as usize]).unwrap();
        assert_eq!(at(&contents.stacks["a"].state), "{\"n\":2}");
        assert_eq!(contents.stacks["a"].events.iter().map(at).collect::<Vec<_>>(), ["1", "22"]);
        assert_eq!(contents.live(), 7 + 3);
    }

    #[test]
    fn whatever_a_crash_leaves_of_the_last_frame_is_dropped() {
        let text = journal();
        let two = text.len() - of(b"gone b\nstate a {\"n\":2}\n").len();
        for cut in two..text.len() {
            assert_eq!(length(&text[..cut]), Some(two as u64), "cut at {cut}");
        }
        // Room that was never written, after a loss of power.
        assert_eq!(length(&[&text[..two], &[0; 100], b"lines"].concat()), Some(two as u64));
        assert_eq!(length(&[&text[..two], &[0; 100], &text[two..]].concat()), None);
        let mut garbled = text.clone();
        *garbled.last_mut().unwrap() ^= 1;
        assert_eq!(length(&garbled), Some(two as u64));
    }

    #[test]
    fn a_header_that_was_half_written_is_dropped_only_at_the_end() {
        let text = journal();
        let one = of(b"state a {\"n\":1}\nevent a 1\n").len();
        let two = text.len() - of(b"gone b\nstate a {\"n\":2}\n").len();
        for written in 1..HEADER {
            for unwritten in [written..two - one, 0..written] {
                let torn = |start: usize, range: &Range<usize>| {
                    let mut text = text.clone();
                    text[start + range.start..start + range.end].fill(0);
                    text
                };
                let of_last = unwritten.start..unwritten.end.min(text.len() - two);
                assert_eq!(length(&torn(two, &of_last)), Some(two as u64), "{unwritten:?} of the last frame");
                // The same in the middle was no crash: each frame was whole before the next was begun.
                assert_eq!(length(&torn(one, &unwritten)), None, "{unwritten:?} of the second frame");
            }
            let mut damaged = text.clone();
            damaged[two + written] ^= 0x40;
            assert_eq!(length(&damaged), None, "byte {written} of the last header");
        }
    }

    #[test]
    fn damage_elsewhere_is_no_crash() {
        let text = journal();
        let first = of(b"state a {\"n\":1}\nevent a 1\n").len();
        for place in 0..first {
            let mut damaged = text.clone();
            damaged[place] ^= 0x40;
            assert_eq!(length(&damaged), None, "byte {place}");
        }
        for nonsense in [&b"nonsense\n"[..], b"state a\n", b"state a \n"] {
            assert_eq!(length(&of(nonsense)), None);
        }
    }
}
