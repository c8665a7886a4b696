//! A sketch of a text: 64 bits that are mostly the same for texts that are mostly the same.
//!
//! The features of a text are its words and its pairs of neighbouring words. They are dealt out to 64 bins by
//! their hashes, and a bit of the least hash in each bin is kept (`MinHash` of one permutation, Li and König's one
//! bit a bin, with the empty bins filled from their neighbours as Shrivastava and Li do). Two texts that have a
//! part `r` of all their features in common agree in about `(1 + r) / 2` of the bits, give or take 2.4 of the 64.
//!
//! What is compared is text with text, not with a query, so words are cut coarsely and at the pace of memory:
//! letters and digits of ASCII whatever their case, single characters of three bytes, and all else together.

/// The sketch of a text. That of a text without words agrees with none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sketch(u64);

/// So many bits may differ between texts of which 80 % agree: a tenth of 64.
const MOST_APART: u32 = 6;
/// A text of fewer words fills too few bins to be compared by them; its sketch is a plain hash, which only the
/// same words have.
const FEWEST_WORDS: usize = 24;

impl Sketch {
    /// The sketch of a text in several parts.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut least = [u64::MAX; 64];
        let (mut words, mut whole, mut before) = (0, 0_u64, 0);
        for part in parts {
            each_word(part.as_bytes(), |word| {
                let word = mixed(word);
                // A product's highest bits, which decide here, depend on all bits of its factors.
                for feature in [word, (before ^ word.rotate_left(32)).wrapping_mul(GOLDEN)] {
                    let bin = &mut least[(feature >> 58) as usize];
                    *bin = feature.min(*bin);
                }
                whole = (whole.rotate_left(5) ^ word).wrapping_mul(GOLDEN);
                (before, words) = (word, words + 1);
            });
        }
        if words < FEWEST_WORDS {
            return Self(mixed(whole));
        }
        let mut bits = 0;
        for bin in 0..64 {
            // An empty bin takes what the next one that is not has, changed by how far that is.
            let Some(far) = (0..64).find(|far| least[(bin + far) % 64] != u64::MAX) else { break };
            let hash = mixed(least[(bin + far) % 64].wrapping_add(far as u64));
            bits |= (hash & 1) << bin;
        }
        // 0 is kept for texts without words.
        Self(bits.max(1))
    }

    /// The sketch whose number is kept in an index.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The number to be kept; 0 for a text without words.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Whether two texts have at least about 80 % of their words and pairs in common. Of texts that have just
    /// so much, half are told; most of those with 90 % are, and few of those with 60 %.
    #[must_use]
    pub fn agrees(self, other: Self) -> bool {
        self.0 != 0 && other.0 != 0 && (self.0 ^ other.0).count_ones() <= MOST_APART
    }

    /// Values of parts of the sketch, by number, of which sketches that agree have at least one in common.
    pub fn bands(self) -> impl Iterator<Item = (u32, u64)> {
        // One more than the bits that may differ, of nine bits or ten.
        (0..=MOST_APART).map(move |band| {
            let (from, to) = (64 * band / (MOST_APART + 1), 64 * (band + 1) / (MOST_APART + 1));
            (band, self.0 >> from & ((1 << (to - from)) - 1))
        })
    }
}

/// An odd number without a pattern: 2^64 over the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A number whose bits all depend on all bits of another (the finaliser of `SplitMix64`).
fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}

/// Calls `visit` with a hash of every word.
fn each_word(bytes: &[u8], mut visit: impl FnMut(u64)) {
    let mut word = 0_u64;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let length = match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                word = word.rotate_left(7) ^ u64::from(byte | 0x20);
                at += 1;
                continue;
            }
            // Letters of two bytes belong to the words that they stand in.
            0xC3..0xE0 => {
                let second = bytes.get(at + 1).copied().unwrap_or_default();
                word = word.rotate_left(14) ^ u64::from(byte) << 7 ^ u64::from(second);
                at += 2;
                continue;
            }
            0xE0..0xF0 => 3,
            0xF0.. => 4,
            _ => 1,
        };
        if word != 0 {
            visit(word);
            word = 0;
        }
        // General punctuation, and that of Han text, are no words.
        let is_punctuation =
            matches!(bytes.get(at..at + 2), Some([0xE2, _] | [0xE3, 0x80] | [0xEF, 0xBC | 0xBD]));
        if length == 3 && !is_punctuation {
            let three = bytes.get(at..at + 3).unwrap_or_default();
            visit(three.iter().fold(1, |word, byte| word << 8 | u64::from(*byte)));
        }
        at += length;
    }
    if word != 0 {
        visit(word);
    }
}
