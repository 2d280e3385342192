//! The journal's frames: a header with checksums, then lines of text.
//!
//! ```text
//! header   "FWJ2", length of the lines, CRC-32 of the lines, CRC-32 of the header so far; numbers little-endian, 4 bytes each
//! lines    state ARN JSON | event ARN JSON | gone ARN
//! ```
//!
//! Every frame was flushed before the next was begun, so that only the last one can be unfinished. A frame that does not hold what
//! it says and is not the last was damaged otherwise: then nothing of the journal is trusted, and nothing is changed.

use super::Stacks;

pub(super) const STATE: &[u8] = b"state ";
pub(super) const EVENT: &[u8] = b"event ";
pub(super) const GONE: &[u8] = b"gone ";

const MAGIC: &[u8; 4] = b"FWJ2";
const HEADER: usize = 16;

/// What a journal holds.
#[derive(Debug, Default)]
pub(super) struct Contents<'a> {
    pub(super) stacks: Stacks<'a>,
    /// The end of the last whole frame.
    pub(super) length: u64,
}

/// What is kept of one stack.
#[derive(Debug, Default)]
pub(super) struct Kept<'a> {
    pub(super) state: &'a [u8],
    pub(super) events: Vec<&'a [u8]>,
}

impl Contents<'_> {
    /// How many bytes are still so.
    pub(super) fn live(&self) -> u64 {
        let of = |kept: &Kept<'_>| kept.state.len() + kept.events.iter().map(|event| event.len()).sum::<usize>();
        self.stacks.values().map(of).sum::<usize>() as u64
    }

    /// A journal with the same contents and nothing else: a frame for each stack.
    pub(super) fn rewritten(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for (id, kept) in &self.stacks {
            let mut lines = Vec::new();
            let states = std::iter::once((STATE, kept.state));
            for (kind, json) in states.chain(kept.events.iter().map(|event| (EVENT, *event))) {
                lines.extend([kind, id.as_bytes(), b" ", json, b"\n"].concat());
            }
            text.extend(of(&lines));
        }
        text
    }
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

/// Reads a journal.
///
/// # Errors
///
/// When something else than the last frame is damaged, or a line is none.
pub(super) fn read(text: &[u8]) -> Result<Contents<'_>, String> {
    let mut contents = Contents::default();
    let mut place = 0;
    while place < text.len() {
        let rest = &text[place..];
        let Some(length) = length_of(rest) else {
            if rest.len() < HEADER || is_unwritten(rest) {
                break;
            }
            return Err(format!("there is no frame at byte {place}"));
        };
        let Some(lines) = rest.get(HEADER..HEADER + length) else { break };
        if crc32fast::hash(lines).to_le_bytes() != rest[8..12] {
            if rest.len() == HEADER + length {
                break;
            }
            return Err(format!("the frame at byte {place} is damaged"));
        }
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            take(&mut contents, line)
                .ok_or_else(|| format!("a line of the frame at byte {place} is none of a journal"))?;
        }
        place += HEADER + length;
        contents.length = place as u64;
    }
    Ok(contents)
}

/// After a loss of power, room that was taken for a frame may never have been filled, from its start on.
fn is_unwritten(text: &[u8]) -> bool {
    let follows = |place: usize| text[place..].starts_with(MAGIC) && length_of(&text[place..]).is_some();
    text.iter().take(HEADER).all(|byte| *byte == 0) && !(HEADER..text.len()).any(follows)
}

/// The length of the lines, if this is a header.
fn length_of(text: &[u8]) -> Option<usize> {
    let header = text.get(..HEADER)?;
    let is_whole = header.starts_with(MAGIC) && crc32fast::hash(&header[..12]).to_le_bytes() == header[12..];
    is_whole.then(|| u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize)
}

fn take<'a>(contents: &mut Contents<'a>, line: &'a [u8]) -> Option<()> {
    let (kind, rest) = [STATE, EVENT, GONE].iter().find_map(|kind| Some((*kind, line.strip_prefix(*kind)?)))?;
    let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
    let id = std::str::from_utf8(&rest[..end]).ok()?;
    if kind == GONE {
        contents.stacks.remove(id);
        return Some(());
    }
    let json = rest.get(end + 1..)?;
    let kept = contents.stacks.entry(id).or_default();
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
        [&b"state a {\"n\":1}\nevent a 1\n"[..], b"state b 2\nevent a 2\n", b"gone b\nstate a {\"n\":2}\n"]
            .map(of)
            .concat()
    }

    #[test]
    fn the_last_word_counts_and_events_pile_up() {
        let text = journal();
        let contents = read(&text).unwrap();
        assert_eq!(contents.length, text.len() as u64);
        assert_eq!(contents.stacks.keys().copied().collect::<Vec<_>>(), ["a"]);
        assert_eq!(contents.stacks["a"].state, b"{\"n\":2}");
        assert_eq!(contents.stacks["a"].events, [b"1", b"2"]);
        let anew = contents.rewritten();
        assert_eq!(read(&anew).unwrap().stacks["a"].events, [b"1", b"2"]);
        assert!(anew.len() < text.len());
    }

    #[test]
    fn whatever_a_crash_leaves_of_the_last_frame_is_dropped() {
        let text = journal();
        let two = text.len() - of(b"gone b\nstate a {\"n\":2}\n").len();
        for length in two..text.len() {
            assert_eq!(read(&text[..length]).unwrap().length, two as u64, "cut at {length}");
        }
        // Room that was never written, after a loss of power.
        let zeros = [&text[..two], &[0; 100], b"lines"].concat();
        assert_eq!(read(&zeros).unwrap().length, two as u64);
        assert!(read(&[&text[..two], &[0; 100], &text[two..]].concat()).is_err());
        let mut garbled = text.clone();
        *garbled.last_mut().unwrap() ^= 1;
        assert_eq!(read(&garbled).unwrap().length, two as u64);
    }

    #[test]
    fn damage_elsewhere_is_no_crash() {
        let text = journal();
        let first = of(b"state a {\"n\":1}\nevent a 1\n").len();
        for place in 0..first {
            let mut damaged = text.clone();
            damaged[place] ^= 0x40;
            assert!(read(&damaged).is_err(), "byte {place}");
        }
        assert!(read(&of(b"nonsense\n")).is_err());
    }
}
