//! The two factors of BM25, shared by the scorers of words and the rerank.

/// `k1`, the saturation of the term frequency, and `b`, the weight of the article's length.
const K1: f32 = 2.0;
const B: f32 = 0.5;

/// The saturated term frequency, from 0 to 3. `length` is the article's length divided by the mean length.
#[must_use]
pub fn tf_saturation(term_freq: f32, length: f32) -> f32 {
    (1.0 + K1) * term_freq / (term_freq + K1 * (1.0 - B + B * length))
}

/// The inverse document frequency of a term that `doc_freq` of `all` documents have, as in Lucene.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a logarithm needs no more digits")]
pub fn idf(doc_freq: u64, all: u64) -> f32 {
    let (doc_freq, all) = (doc_freq.min(all) as f32, all as f32);
    (1.0 + (all - doc_freq + 0.5) / (doc_freq + 0.5)).ln()
}
