//! A sketch of a text: 64 bits of `MinHash`, mostly equal for texts that are mostly equal.
//!
//! The features of a text are its words and its pairs of neighbouring words. Their hashes fall into 64 bins,
//! and each bin keeps one bit of its least hash (one-permutation hashing; b-bit minwise hashing with b = 1,
//! WWW 2010; empty bins filled from their neighbours by rotation, ICML 2014). Two texts that share a fraction
//! `r` of all their features agree in about `(1 + r) / 2` of the bits, give or take 2.4 of the 64.
//!
//! Sketches compare texts with texts, not with queries, so words are split coarsely, at memory speed. A word
//! is a run of ASCII letters and digits (ignoring case) and two-byte letters, or a single three-byte
//! character.

/// The sketch of a text. The sketch of a text without words agrees with none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sketch(u64);

/// Maximum number of bits that differ between texts that share 80 % of their features: a tenth of 64.
const MAX_DIFFERING_BITS: u32 = 6;
/// A text of fewer words fills too few bins to be compared by them; its sketch is a plain hash, which agrees
/// only with that of the same words.
const FEWEST_WORDS: usize = 24;

impl Sketch {
    /// The sketch of a text that is given in several parts.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut least = [u64::MAX; 64];
        let (mut words, mut whole, mut before) = (0, 0_u64, 0);
        for part in parts {
            each_word(part.as_bytes(), |word| {
                let word = mixed(word);
                // The top bits of a product, which choose the bin, depend on all bits of its factors.
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
            // An empty bin takes the hash of the next filled one, changed by the distance to it.
            let Some(far) = (0..64).find(|far| least[(bin + far) % 64] != u64::MAX) else { break };
            let hash = mixed(least[(bin + far) % 64].wrapping_add(far as u64));
            bits |= (hash & 1) << bin;
        }
        // 0 is reserved for texts without words.
        Self(bits.max(1))
    }

    /// The sketch of bits that an index stores.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits to store; 0 for a text without words.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Whether two texts share about 80 % or more of their words and pairs. Of the pairs of texts that share
    /// exactly 80 %, half agree; at 90 % most do, at 60 % few.
    #[must_use]
    pub fn agrees(self, other: Self) -> bool {
        self.0 != 0 && other.0 != 0 && (self.0 ^ other.0).count_ones() <= MAX_DIFFERING_BITS
    }

    /// The bands of the sketch, as number and bits. Sketches that agree have at least one band in common
    /// (locality-sensitive hashing).
    pub fn bands(self) -> impl Iterator<Item = (u32, u64)> {
        // One band more than the bits that may differ; each has nine bits or ten.
        (0..=MAX_DIFFERING_BITS).map(move |band| {
            let (from, to) =
                (64 * band / (MAX_DIFFERING_BITS + 1), 64 * (band + 1) / (MAX_DIFFERING_BITS + 1));
            (band, self.0 >> from & ((1 << (to - from)) - 1))
        })
    }
}

/// An odd number without a pattern: 2^64 over the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Mixes a number, so that each bit of the result depends on all of its bits (the finaliser of `SplitMix64`).
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
            // Two-byte letters belong to the word around them.
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
        // General punctuation and that of Han text are not words.
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
