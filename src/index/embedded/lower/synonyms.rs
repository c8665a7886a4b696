//! Synonyms: what was typed counts most.

use super::{Lowered, Lowering, MAX_LOOSE};
use crate::{
    index::{embedded::union::SkippingUnion, idf, ranking::synonym_boost},
    query::{Query, Words},
};
use tantivy::query::{BoostQuery, EmptyQuery};

impl Lowering<'_> {
    /// Queries with the same meaning, the typed one first. The best match gives the score. A synonym that is rarer than what
    /// was typed, or that has more words, weighs no more for it.
    pub(super) fn synonyms(&self, several: &[Query]) -> tantivy::Result<Lowered> {
        let Some((typed, others)) = several.split_first() else { return Ok(Box::new(EmptyQuery)) };
        if others.is_empty() {
            return self.query(typed);
        }
        let weight = self.idf_of(typed)?;
        let mut parts = vec![self.query(typed)?];
        for other in others {
            // Synonyms were not typed, so they must not make a query too long.
            if self.loose.get() + loose_slots(other) > MAX_LOOSE {
                continue;
            }
            let boost = synonym_boost(typed, other) * (weight / self.idf_of(other)?).min(1.0);
            parts.push(Box::new(BoostQuery::new(self.query(other)?, boost)));
        }
        Ok(Box::new(SkippingUnion::max(parts)))
    }

    /// The sum of the inverse document frequencies of the words of a query, which is about what its best match scores.
    fn idf_of(&self, query: &Query) -> tantivy::Result<f32> {
        let mut sum = Ok(0.0);
        query.each_words(&mut |words| {
            if let Ok(so_far) = sum {
                sum = self.idf_of_words(words).map(|idf| so_far + idf);
            }
        });
        sum
    }

    fn idf_of_words(&self, words: &Words) -> tantivy::Result<f32> {
        let asked = self.asked(words.field.as_deref());
        let mut sum = 0.0;
        for slot in &words.slots {
            let mut doc_freq = 0;
            for (_, scope) in &asked {
                doc_freq = self.found(scope, &slot.terms)?.doc_freq().max(doc_freq);
            }
            sum += idf(doc_freq, self.commit.pages()?);
        }
        Ok(sum)
    }
}

/// The number of words in phrases with slop.
fn loose_slots(query: &Query) -> usize {
    let mut slots = 0;
    query.each_words(&mut |words| slots += if words.slop > 0 { words.slots.len() } else { 0 });
    slots
}

#[cfg(test)]
mod tests {
    use crate::{
        index::embedded::{fixture::Fixture, lower::lower},
        query::Query,
    };

    /// All bodies have the mean length, so that one occurrence scores the idf, ln(1 + (N − n + 0.5) / (n + 0.5)): of five
    /// bodies three have `solar`, ln(12 / 7), two `sun`, ln(12 / 5), and one `光伏`.
    #[test]
    fn a_synonym_counts_less_than_what_was_typed() {
        let index = Fixture::of_bodies(&["solar x", "solar sun", "sun x", "光伏", "solar y"]);
        let (solar, sun) = ((12.0_f32 / 7.0).ln(), (12.0_f32 / 5.0).ln());
        let cases = [
            // `sun` is rarer, and weighs no more for it. With both the best counts, not the sum.
            ("solar", "sun", vec![(0, solar), (1, solar), (2, 0.8 * solar), (4, solar)]),
            ("sun", "solar", vec![(0, 0.8 * solar), (1, sun), (2, sun), (4, 0.8 * solar)]),
            ("solar", "光伏", vec![(0, solar), (1, solar), (3, 0.5 * solar), (4, solar)]),
        ];
        for (typed, other, expected) in cases {
            let query = Query::Synonyms(vec![Fixture::query(typed), Fixture::query(other)]);
            let found = index.scored(&*lower(&index.commit, &query).expect("it is within the limits"));
            assert_eq!(found.len(), expected.len(), "{typed}: {found:?}");
            for ((doc, score), (expected_doc, expected)) in found.into_iter().zip(expected) {
                assert_eq!(doc, expected_doc, "{typed}");
                assert!((score - expected).abs() < 1e-5, "{typed}, {doc}: {score}, not {expected}");
            }
        }
    }
}
