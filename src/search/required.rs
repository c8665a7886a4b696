//! Which words of a long query are required: enough of those that are rare in the index.
//!
//! A [`Query::MinShouldMatch`] without a number is resolved here, so that every engine is asked for the same set of
//! articles. Removed articles do not count, so that the set stays the same when segments are merged.

use crate::{
    index::{FieldTerms, IndexError, Snapshot},
    query::{Query, Words},
};

/// A word is rare if at most one of this many documents has it.
const RARE: u64 = 20;
/// Of the required words, one of this many must match.
const ENOUGH: usize = 8;
/// Of this many words or fewer, all are required.
const FEW: usize = 4;
/// At most this many words of a query are used, the rarest.
const MAX_WORDS: usize = 64;

/// The same query, in which every [`Query::MinShouldMatch`] has a number.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if a word expands to more terms than an index will read.
pub(super) fn resolve_required(snapshot: &dyn Snapshot, query: &Query) -> Result<Query, IndexError> {
    let every = |parts: &[Query]| {
        parts.iter().map(|part| resolve_required(snapshot, part)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match query {
        Query::MinShouldMatch { words, least: None, .. } => {
            let words = distinct(words);
            let doc_freqs = doc_freqs(snapshot, &words)?;
            rarest_required(doc_freqs.into_iter().zip(words).collect(), snapshot.statistics(&[])?.docs)
        }
        Query::And(parts) => Query::And(every(parts)?),
        Query::Or(parts) => Query::Or(every(parts)?),
        Query::Not(inner) => Query::Not(Box::new(resolve_required(snapshot, inner)?)),
        Query::Boost(inner, by) => Query::Boost(Box::new(resolve_required(snapshot, inner)?), *by),
        other => other.clone(),
    })
}

/// The words, each once.
fn distinct(words: &[Words]) -> Vec<Words> {
    let mut distinct: Vec<Words> = Vec::with_capacity(words.len());
    for word in words {
        if !distinct.iter().any(|known| (&known.field, &known.slots) == (&word.field, &word.slots)) {
            distinct.push(word.clone());
        }
    }
    distinct
}

/// In how many documents each word is, at most; of a phrase, the rarest of its words.
fn doc_freqs(snapshot: &dyn Snapshot, words: &[Words]) -> Result<Vec<u64>, IndexError> {
    let slots = words.iter().flat_map(|words| words.slots.iter().map(|slot| (&words.field, &slot.terms)));
    let sets: Vec<FieldTerms> =
        slots.map(|(field, terms)| FieldTerms { field: field.clone(), terms: terms.clone() }).collect();
    let mut of_slots = snapshot.live_doc_freqs(&sets)?.into_iter();
    Ok(words
        .iter()
        .map(|words| of_slots.by_ref().take(words.slots.len()).min().unwrap_or_default())
        .collect())
}

/// Requires an eighth of the rare words, or of half of the words where fewer are rare; the others only rank. A word that no
/// document has is dropped.
fn rarest_required(mut words: Vec<(u64, Words)>, docs: u64) -> Query {
    words.retain(|(doc_freq, _)| *doc_freq > 0);
    words.sort_by_key(|(doc_freq, _)| *doc_freq);
    let rare = words.iter().filter(|(doc_freq, _)| doc_freq * RARE <= docs).count();
    words.truncate(MAX_WORDS);
    let mut words: Vec<Words> = words.into_iter().map(|(_, words)| words).collect();
    if words.is_empty() {
        return Query::Or(Vec::new());
    }
    let required =
        if words.len() <= FEW { words.len() } else { rare.max(words.len().div_ceil(2)).min(words.len()) };
    let optional = words.split_off(required);
    Query::MinShouldMatch { words, least: Some(required.div_ceil(ENOUGH)), optional }
}

#[cfg(test)]
mod tests {
    use super::{MAX_WORDS, rarest_required};
    use crate::query::{Query, Slot, TermSet, Words};

    /// Words by how many documents have them, of 1000; those with at most 50 are rare. Says how many are required, of how
    /// many, and how many only rank.
    fn resolved(doc_freqs: &[u64]) -> Option<(usize, usize, usize)> {
        let word = |doc_freq: u64| {
            let terms = TermSet::Exact(format!("w{doc_freq}"));
            let slots = vec![Slot { offset: 0, unit: 0, terms }];
            (doc_freq, Words { field: None, slots, slop: 0, span: 0..0, plain: true })
        };
        match rarest_required(doc_freqs.iter().copied().map(word).collect(), 1000) {
            Query::MinShouldMatch { words, least: Some(least), optional } => {
                Some((least, words.len(), optional.len()))
            }
            _ => None,
        }
    }

    #[test]
    fn an_eighth_of_the_rare_words_is_required() {
        // All of four words may match, and one of them must.
        assert_eq!(resolved(&[900, 900, 900, 900]), Some((1, 4, 0)));
        // Of six common words, half: three, of which one must match.
        assert_eq!(resolved(&[900; 6]), Some((1, 3, 3)));
        // Nine rare words of ten: two eighths, begun.
        assert_eq!(resolved(&[1, 2, 3, 4, 5, 6, 7, 8, 50, 51]), Some((2, 9, 1)));
        // A word that no document has is dropped, and so is all beyond the rarest 64.
        assert_eq!(resolved(&[0, 7]), Some((1, 1, 0)));
        assert_eq!(resolved(&[0]), None);
        assert_eq!(resolved(&[9; 100]), Some((MAX_WORDS / 8, MAX_WORDS, 0)));
    }
}
