//! The fast path: where a stretch of ASCII letters and digits ends, eight bytes at a time.
//!
//! English words are short and of all lengths, so that a loop over bytes spends most of its time on one
//! mispredicted exit per word. Eight bytes are classified at once in a register instead, which finds the
//! end of most words without a loop.

use super::LONGEST;

/// What each byte is.
pub(super) const KINDS: [u8; 256] = {
    let mut kinds = [BREAK; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            kinds[byte as usize] = ALPHANUMERIC;
        }
        kinds[byte as usize + 128] = BEYOND;
        byte += 1;
    }
    kinds
};

/// A space, control or punctuation of ASCII.
pub(super) const BREAK: u8 = 0;
/// A letter or digit of ASCII.
pub(super) const ALPHANUMERIC: u8 = 1;
/// Part of a character that is not ASCII.
pub(super) const BEYOND: u8 = 2;

/// Letters and digits of ASCII in a row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stretch {
    /// How many there are.
    pub(super) length: usize,
    /// Whether one of them is a letter.
    pub(super) has_letters: bool,
    /// Whether one of them is a capital.
    pub(super) has_capitals: bool,
}

/// The stretch of letters and digits that `bytes` begins with. No more of it is read than the longest word
/// and a few bytes.
#[inline]
pub(super) fn stretch(bytes: &[u8]) -> Stretch {
    let mut stretch = Stretch::default();
    while let Some(&eight) = bytes.get(stretch.length..).and_then(<[u8]>::first_chunk::<8>) {
        if stretch.add(u64::from_le_bytes(eight)) || stretch.length > LONGEST {
            return stretch;
        }
    }
    // Fewer than eight bytes are left, at the end of a text. Spaces fill them up.
    let rest = bytes.get(stretch.length..).unwrap_or_default();
    let mut eight = [b' '; 8];
    eight.iter_mut().zip(rest).for_each(|(to, &from)| *to = from);
    stretch.add(u64::from_le_bytes(eight));
    stretch
}

impl Stretch {
    /// Adds the letters and digits that eight bytes begin with, and says whether the stretch ends there.
    #[inline]
    fn add(&mut self, eight: u64) -> bool {
        let kinds = Kinds::of(eight);
        let ends = !(kinds.letters | kinds.digits) & TOP;
        let length = ends.trailing_zeros() / 8;
        let inside = 1_u64.checked_shl(8 * length).map_or(u64::MAX, |end| end - 1);
        self.has_letters |= kinds.letters & inside != 0;
        self.has_capitals |= kinds.capitals & inside != 0;
        self.length += length as usize;
        ends != 0
    }
}

const TOP: u64 = 0x8080_8080_8080_8080;
const EACH: u64 = 0x0101_0101_0101_0101;

/// For each of eight bytes, a set top bit where it is of the kind.
struct Kinds {
    letters: u64,
    capitals: u64,
    digits: u64,
}

impl Kinds {
    #[inline]
    fn of(bytes: u64) -> Self {
        let ascii = !bytes & TOP;
        let low = bytes & !TOP;
        let letters = between(low | (0x20 * EACH), b'a', b'z') & ascii;
        let capitals = letters & !(bytes << 2);
        Self { letters, capitals, digits: between(low, b'0', b'9') & ascii }
    }
}

/// The top bits of the bytes of `low`, all below 128, that lie from `first` to `last`.
#[inline]
fn between(low: u64, first: u8, last: u8) -> u64 {
    let from_first = low + EACH * u64::from(0x80 - first);
    let after_last = low + EACH * u64::from(0x7F - last);
    from_first & !after_last & TOP
}
