//! Encodings of Chinese, Japanese and Korean in texts that are damaged.
//!
//! A detector rules an encoding out at the first sequence that is malformed in it, such as a character that the end of a file
//! cuts in two; what is left is an encoding of one byte a character, in which no sequence is malformed. So a text is read here
//! in each encoding without what does not fit, and the detector is asked about the rest.

use super::detected_in;
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS};

const ENCODINGS: [&Encoding; 5] = [GBK, BIG5, SHIFT_JIS, EUC_JP, EUC_KR];

/// At least so many tenths of the characters of a text are usual ones.
const USUAL_TENTHS: usize = 7;

/// Not more than one byte for so many characters is dropped.
const CHARACTERS_PER_DROPPED: usize = 4;

/// The encoding of a text in which some sequences are malformed; `None` if the one that was guessed holds, or no other does.
pub(super) fn mended(bytes: &[u8], guess: &'static Encoding) -> Option<&'static Encoding> {
    if ENCODINGS.contains(&guess) && Census::of(guess, bytes).is_usual() {
        return None;
    }
    let holds = |encoding: &'static Encoding| {
        let census = Census::of(encoding, bytes);
        let is_whole = census.dropped * CHARACTERS_PER_DROPPED <= census.characters;
        let holds = is_whole && census.is_usual() && detected_in(&census.rest) == encoding;
        holds.then(|| (census.usual * 1_000 / census.characters, encoding))
    };
    ENCODINGS.into_iter().filter_map(holds).max_by_key(|(share, _)| *share).map(|(_, encoding)| encoding)
}

/// The characters of two bytes in a text, signs left out.
#[derive(Default)]
struct Census {
    characters: usize,
    usual: usize,
    /// The bytes that are in no character, and all others.
    dropped: usize,
    rest: Vec<u8>,
}

impl Census {
    /// Counts. Where a byte is lost, all pairs up to the next ASCII are out of step: a byte is dropped where two usual characters
    /// follow it.
    fn of(encoding: &'static Encoding, bytes: &[u8]) -> Self {
        let pair = |at: usize| bytes.get(at..at + 2).and_then(|pair| <[u8; 2]>::try_from(pair).ok());
        let is_usual = |at: usize| pair(at).is_some_and(|pair| is_usual(encoding, pair));
        let fits = |at: usize| is_usual(at) || pair(at).is_some_and(|pair| is_sign(encoding, pair));
        let mut census = Self::default();
        let mut at = 0;
        while at < bytes.len() {
            let is_out_of_step = || fits(at + 1) && fits(at + 3) && !(fits(at + 2) && fits(at + 4));
            let taken = if bytes[at].is_ascii() {
                1
            } else if fits(at) {
                let usual = usize::from(is_usual(at));
                census.usual += usual;
                census.characters += usual;
                2
            } else if !is_out_of_step() && pair(at).is_some_and(|pair| is_sound(encoding, pair)) {
                census.characters += 1;
                2
            } else {
                census.dropped += 1;
                at += 1;
                continue;
            };
            census.rest.extend_from_slice(&bytes[at..at + taken]);
            at += taken;
        }
        census
    }

    fn is_usual(&self) -> bool {
        self.usual > 0 && self.usual * 10 >= self.characters * USUAL_TENTHS
    }
}

/// Whether two bytes are in the part of an encoding that has the most frequent characters: in GB 2312, Big5 and JIS X 0208 the
/// characters of level 1 and the kana, in KS X 1001 the syllables.
fn is_usual(encoding: &'static Encoding, [lead, trail]: [u8; 2]) -> bool {
    let is_lead = match lead {
        0x82 | 0x83 | 0x88..=0x97 if encoding == SHIFT_JIS => true,
        0xa4 | 0xa5 if encoding == EUC_JP => true,
        _ if encoding == SHIFT_JIS => false,
        0xa4..=0xc6 if encoding == BIG5 => true,
        _ if encoding == BIG5 => false,
        0xb0..=0xc8 => true,
        0xc9..=0xcf => encoding != EUC_KR,
        0xd0..=0xd7 => encoding == GBK,
        _ => false,
    };
    is_lead && is_trail(encoding, trail)
}

/// Whether two bytes are punctuation or another sign.
fn is_sign(encoding: &'static Encoding, [lead, trail]: [u8; 2]) -> bool {
    let is_lead = if encoding == SHIFT_JIS { lead == 0x81 } else { matches!(lead, 0xa1..=0xa3) };
    is_lead && is_trail(encoding, trail)
}

/// Whether a byte is the second one of usual characters.
fn is_trail(encoding: &'static Encoding, byte: u8) -> bool {
    match byte {
        0x40..=0x7e => encoding == BIG5 || encoding == SHIFT_JIS,
        0x80..=0xa0 => encoding == SHIFT_JIS,
        0xa1..=0xfc => true,
        0xfd | 0xfe => encoding != SHIFT_JIS,
        _ => false,
    }
}

/// Whether two bytes are a character, or two, in an encoding.
fn is_sound(encoding: &'static Encoding, pair: [u8; 2]) -> bool {
    // A byte below these ends no character.
    pair[1] >= 0x40 && encoding.decode_without_bom_handling_and_without_replacement(&pair).is_some()
}
