//! How much memory a large document takes while it is indexed.
//!
//! tantivy looks at its memory between documents, so one document takes what it takes. The figures are from its source
//! (`tantivy-stacker`, `SegmentWriter`), and were measured.

use crate::{
    article::Article,
    text::{Token, Tokens},
};
use xxhash_rust::xxh3::xxh3_64;

/// The program, the queue, and the empty tables of all threads, in bytes.
const BASE: u64 = 60 << 20;
/// Larger pieces than this are given back to the system once they are freed. For a smaller text, the allocator of glibc keeps
/// two and a half times its bytes of what tantivy has freed: measured for eight texts of 19 MB. Four are counted, as more
/// threads keep more.
const KEPT: u64 = 32 << 20;
/// Bytes of a term beside its letters: its length, its recorder, and the first block of its positions.
const TERM: u64 = 44;
/// Bytes of the position of each further occurrence.
const POSITION: u64 = 4;
/// Bytes of a place in the table of terms, of which at most half are taken.
const PLACE: u64 = 8;
/// Bytes of a term in the list that is sorted before a segment is written.
const SORTED_TERM: u64 = 32;
/// The number of bits by which different words are counted: 4 MiB of them.
const BITS: usize = 1 << 25;

/// The least memory that an ingest needs for a text of this many bytes, whatever its words are.
#[must_use]
pub fn memory_of_text(bytes: u64) -> u64 {
    memory_of(bytes, 0, 0, 0)
}

/// The memory that an ingest needs for an article, if it indexes no other at the time. Reads all of its text.
#[must_use]
pub fn memory_of_article(article: &Article) -> u64 {
    let mut seen = vec![0_u64; BITS / 64];
    let (mut words, mut letters, mut different) = (0_u64, 0_u64, 0_u64);
    let (mut tokens, mut token) = (Tokens::new(&article.body), Token::default());
    while tokens.advance(&mut token) {
        words += 1;
        let bit = usize::try_from(xxh3_64(token.text.as_bytes())).unwrap_or_default() % BITS;
        if seen[bit / 64] & 1 << (bit % 64) == 0 {
            seen[bit / 64] |= 1 << (bit % 64);
            different += 1;
            letters += token.text.len() as u64;
        }
    }
    memory_of((article.title.len() + article.body.len()) as u64, words, different, letters)
}

fn memory_of(bytes: u64, words: u64, different: u64, letters: u64) -> u64 {
    let arena = different * TERM + letters + words.saturating_sub(different) * POSITION;
    let table = (2 * different).next_power_of_two() * PLACE;
    // The document, its copy in a block of the store, one more for the thread that compresses it, and the result.
    let stored = bytes / 2 * 5;
    // At the end there is only the block, and all terms are sorted.
    let kept = if bytes < KEPT { 4 * bytes } else { 0 };
    BASE + arena + table + bytes + kept + stored.max(different * SORTED_TERM)
}

#[cfg(test)]
mod tests {
    use super::{BASE, memory_of_article, memory_of_text};
    use crate::article::Article;
    use std::fmt::Write as _;

    #[test]
    fn different_words_take_most() {
        let of = |body: String| memory_of_article(&Article { body, ..Article::default() });
        let same = "word ".repeat(1 << 16);
        let mut different = String::new();
        for number in 0..1 << 16 {
            write!(different, "{number:04x} ").expect("it is a string");
        }
        assert_eq!(same.len(), different.len());
        // 65,536 terms of four letters: 48 bytes each in the arena, 16 in the table and 32 in the list, where the same
        // words have four bytes each and two and a half of the text.
        let text = same.len() as u64;
        assert!(of(same.clone()) >= memory_of_text(text));
        let expected = (48 + 16 + 32) << 16;
        let got = of(different) - BASE - 5 * text;
        assert!(got.abs_diff(expected) < expected / 100, "{got} {expected}");
        assert!(of(same) < BASE + text * 15 / 2 + (5 << 16));
    }
}
