//! Synonyms: what was typed counts most.

use super::{Lowered, Lowering, MAX_LOOSE};
use crate::{
    index::{embedded::union::SkippingUnion, idf},
    query::{Query, Words},
};
use tantivy::query::{BoostQuery, EmptyQuery};

/// What a synonym counts for each point of what was typed.
const SYNONYM_BOOST: f32 = 0.5;

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
            let boost = SYNONYM_BOOST * (weight / self.idf_of(other)?).min(1.0);
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
            for (_, field) in &asked {
                doc_freq = self.found(*field, &slot.terms)?.doc_freq().max(doc_freq);
            }
            sum += idf(doc_freq, self.searcher.num_docs());
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
