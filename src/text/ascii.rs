//! The fast path: stretches of ASCII letters and digits, found in blocks of 64 bytes.
//!
//! English words are short and of all lengths, so that a loop over bytes spends most of its time on one
//! mispredicted exit per word. A block's bytes are told apart eight at a time in a register instead and kept
//! as one bit each: where a word begins and ends is then a count of zeros, without a loop.

/// How many bytes a block has: one bit of a register for each.
const WIDTH: usize = 64;

/// What each of 64 bytes of a text is, the first in the lowest bit.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Where in the text the first byte stands.
    start: usize,
    letters: u64,
    /// Letters and digits of ASCII.
    alphanumeric: u64,
    /// Parts of characters that are not ASCII.
    beyond: u64,
}

/// Letters and digits of ASCII in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) start: usize,
    /// How many there are, at most [`Stretch::LONGEST`].
    pub(super) length: usize,
    /// Whether one of them is a letter.
    pub(super) has_letters: bool,
}

impl Stretch {
    /// The length from which on a stretch may go on: no more than a block is looked at.
    pub(super) const LONGEST: usize = WIDTH;
}

impl Block {
    /// The bytes from `start` on, with spaces after the last.
    #[inline]
    pub(super) fn read(bytes: &[u8], start: usize) -> Self {
        let rest = bytes.get(start..).unwrap_or_default();
        if let Some(whole) = rest.first_chunk() {
            return Self::of(whole, start);
        }
        let mut padded = [b' '; WIDTH];
        padded[..rest.len()].copy_from_slice(rest);
        Self::of(&padded, start)
    }

    #[inline(never)]
    fn of(bytes: &[u8; WIDTH], start: usize) -> Self {
        let mut block = Self { start, letters: 0, alphanumeric: 0, beyond: 0 };
        for (place, &eight) in bytes.as_chunks().0.iter().enumerate() {
            let kinds = Kinds::of(u64::from_le_bytes(eight));
            block.letters |= side_by_side(kinds.letters) << (8 * place);
            block.alphanumeric |= side_by_side(kinds.alphanumeric) << (8 * place);
            block.beyond |= side_by_side(kinds.beyond) << (8 * place);
        }
        block
    }

    /// The first stretch from `at` on, where `bytes` are those of the text; of length 0 where a character that
    /// is not ASCII comes first, or nothing in reach: its start is then where to look on.
    #[inline]
    pub(super) fn stretch(&mut self, bytes: &[u8], at: usize) -> Stretch {
        let mut offset = at.wrapping_sub(self.start);
        if offset >= WIDTH {
            *self = Self::read(bytes, at);
            offset = 0;
        }
        offset += ((self.alphanumeric | self.beyond) >> offset).trailing_zeros() as usize;
        if offset >= WIDTH {
            return Stretch { start: self.start + WIDTH, length: 0, has_letters: false };
        }
        let start = self.start + offset;
        let mut length = (!(self.alphanumeric >> offset)).trailing_zeros() as usize;
        if length == 0 {
            return Stretch { start, length, has_letters: false };
        }
        if offset + length == WIDTH {
            *self = Self::read(bytes, start);
            offset = 0;
            length = (!self.alphanumeric).trailing_zeros() as usize;
        }
        let inside = u64::MAX >> (WIDTH - length) << offset;
        Stretch { start, length, has_letters: self.letters & inside != 0 }
    }
}

/// The top bit of each of eight bytes as the bits of one byte, the first byte's lowest.
#[inline]
fn side_by_side(tops: u64) -> u64 {
    // Each of the eight ones of the factor moves one of the bits into the top byte, and no two bits meet.
    (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

const TOP: u64 = 0x8080_8080_8080_8080;
const EACH: u64 = 0x0101_0101_0101_0101;

/// For each of eight bytes, a set top bit where it is of the kind.
struct Kinds {
    letters: u64,
    alphanumeric: u64,
    beyond: u64,
}

impl Kinds {
    #[inline]
    fn of(bytes: u64) -> Self {
        let beyond = bytes & TOP;
        let low = bytes & !TOP;
        let letters = between(low | (0x20 * EACH), b'a', b'z') & !beyond;
        let digits = between(low, b'0', b'9') & !beyond;
        Self { letters, alphanumeric: letters | digits, beyond }
    }
}

/// The top bits of the bytes of `low`, all below 128, that lie from `first` to `last`.
#[inline]
fn between(low: u64, first: u8, last: u8) -> u64 {
    let from_first = low + EACH * u64::from(0x80 - first);
    let after_last = low + EACH * u64::from(0x7F - last);
    from_first & !after_last & TOP
}
