//! Names that AWS would draw by chance: UUIDs, physical ids, request ids. With a seed they are the same in every run.

use crate::time::Millis;

/// A source of names. splitmix64 (Steele, Lea, Flood 2014): small, and good enough for names that only must differ.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Ids { state: seed }
    }

    /// A seed that differs from process to process.
    pub(crate) fn from_time(now: Millis) -> Self {
        use std::hash::{BuildHasher as _, Hasher as _};
        // The standard library's own randomness, asked once.
        let random = std::hash::RandomState::new().build_hasher().finish();
        Ids::new(random ^ now)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `length` characters out of `alphabet`.
    pub(crate) fn word(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| {
                let place = (self.next() >> 8) as usize % alphabet.len().max(1);
                alphabet.get(place).map_or('0', |byte| char::from(*byte))
            })
            .collect()
    }

    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.word(b"0123456789abcdef", length)
    }

    pub(crate) fn upper(&mut self, length: usize) -> String {
        self.word(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", length)
    }

    pub(crate) fn lower(&mut self, length: usize) -> String {
        self.word(b"abcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    pub(crate) fn mixed(&mut self, length: usize) -> String {
        self.word(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    pub(crate) fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            (b >> 48 & 0x3fff) | 0x8000,
            b & 0xffff_ffff_ffff
        )
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        // 53 bits: what a double holds.
        ((self.next() >> 11) as f64) / ((1_u64 << 53) as f64) < p
    }
}
