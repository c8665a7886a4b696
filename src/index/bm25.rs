//! The two halves of BM25, which words, characters and the rerank are all weighed by.

/// How soon more occurrences count for less, and how much the length of an article matters.
const K1: f32 = 2.0;
const B: f32 = 0.5;

/// What an occurrence count is worth in an article of some length: from 0 to 3. `length` is the article's over the
/// mean of all.
#[must_use]
pub fn tf_saturation(term_freq: f32, length: f32) -> f32 {
    (1.0 + K1) * term_freq / (term_freq + K1 * (1.0 - B + B * length))
}

/// How much it says that an article has a word that so many of all articles have (its rarity, or idf).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a logarithm needs no more digits")]
pub fn idf(doc_freq: u64, all: u64) -> f32 {
    let (doc_freq, all) = (doc_freq.min(all) as f32, all as f32);
    (1.0 + (all - doc_freq + 0.5) / (doc_freq + 0.5)).ln()
}
