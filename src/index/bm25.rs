//! The two factors of BM25, shared by the scorers of words and the rerank.

/// `k1`, the saturation of the term frequency, and `b`, the weight of the article's length.
pub(super) const K1: f32 = 2.0;
pub(super) const B: f32 = 0.5;

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

#[cfg(test)]
mod tests {
    use super::{idf, tf_saturation};

    /// `BM25Similarity.idf` of Lucene is ln(1 + (N − n + 0.5) / (n + 0.5)).
    #[test]
    fn an_idf_is_that_of_lucene() {
        // For n of N, e to the power of the idf. An n that is only an upper bound may exceed N.
        let cases = [(0, 3, 8.0), (1, 3, 8.0 / 3.0), (3, 3, 8.0 / 7.0), (9, 3, 8.0 / 7.0)];
        for (doc_freq, all, expected) in cases {
            assert!((idf(doc_freq, all).exp() - expected).abs() < 1e-5, "{doc_freq} of {all}");
        }
    }

    /// By definition half of the maximum k1 + 1 is reached at the frequency k1 · (1 − b + b · length).
    #[test]
    fn a_longer_article_needs_more_occurrences() {
        for (length, half_at) in [(0.0, 1.0), (1.0, 2.0), (3.0, 4.0)] {
            assert!((tf_saturation(half_at, length) - 1.5).abs() < 1e-6, "{length}");
        }
        assert!(tf_saturation(0.0, 1.0).abs() < f32::EPSILON);
        assert!((2.99..3.0).contains(&tf_saturation(1000.0, 1.0)));
    }
}
