//! The fast path: stretches of ASCII letters and digits, found in blocks of 64 bytes.
//!
//! English words are short and vary in length, so a loop over bytes spends most of its time on one
//! mispredicted exit per word. Instead, a register classifies eight bytes at a time, and each byte becomes
//! one bit. A count of zeros then finds where a word begins and ends, without a loop.

/// Bytes per block: one for each bit of a register.
const WIDTH: usize = 64;

/// The classes of 64 bytes of a text as bit masks; the first byte is the lowest bit.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Byte offset of the block in the text.
    start: usize,
    letters: u64,
    /// ASCII letters and digits.
    alphanumeric: u64,
    /// Bytes of non-ASCII characters.
    beyond: u64,
}

/// Consecutive ASCII letters and digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) start: usize,
    /// Length in bytes, at most [`Stretch::MAX_STRETCH_BYTES`].
    pub(super) length: usize,
    /// Whether one of them is a letter.
    pub(super) has_letters: bool,
}

impl Stretch {
    /// A stretch of this length may continue: only one block is examined.
    pub(super) const MAX_STRETCH_BYTES: usize = WIDTH;
}

impl Block {
    /// Classifies the bytes from `start`, with spaces after the last byte of the text.
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

    /// The first stretch at or after byte `at` of the text `bytes`. Its length is 0 if a non-ASCII character
    /// or the end of the block comes first; its start is then where to continue.
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

/// Gathers the top bits of eight bytes in one byte; the lowest bit is the first byte's.
#[inline]
fn side_by_side(tops: u64) -> u64 {
    // Each of the eight set bits of the factor moves one bit into the top byte; no two of them collide.
    (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

const TOP: u64 = 0x8080_8080_8080_8080;
const EACH: u64 = 0x0101_0101_0101_0101;

/// The classes of eight bytes: the top bit of a byte is set if it is of the class.
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

/// Sets the top bit of each byte of `low` that is from `first` to `last`. All bytes must be below 128.
#[inline]
fn between(low: u64, first: u8, last: u8) -> u64 {
    let from_first = low + EACH * u64::from(0x80 - first);
    let after_last = low + EACH * u64::from(0x7F - last);
    from_first & !after_last & TOP
}
