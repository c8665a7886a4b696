//! Chooses which words of a relaxed query are required: some of those that are rare in the index.
//!
//! [`Query::MinShouldMatch`] without a number is resolved here, so every implementation of `Snapshot` gets the same
//! query. Removed articles do not count, so merging segments does not change it.

use crate::{
    index::{FieldTerms, IndexError, Snapshot},
    query::{Query, Slot, Words},
};

/// A word is rare if at most one in this many documents has it.
const RARE: u64 = 20;
/// One in this many required words must match.
const ONE_REQUIRED_OF: usize = 8;
/// With this many words or fewer, none is optional.
const FEW: usize = 4;
/// At most this many words of a query are used, rarest first.
const MAX_WORDS: usize = 64;

/// The query with a number in every [`Query::MinShouldMatch`].
///
/// # Errors
///
/// [`IndexError::TooMuch`] if a word expands to too many terms.
pub(super) fn resolve_required(snapshot: &dyn Snapshot, query: &Query) -> Result<Query, IndexError> {
    let every = |parts: &[Query]| {
        parts.iter().map(|part| resolve_required(snapshot, part)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match query {
        Query::MinShouldMatch { clauses, least: None, .. } => {
            let clauses = distinct(clauses);
            let doc_freqs = doc_freqs(snapshot, &clauses)?;
            rarest_required(doc_freqs.into_iter().zip(clauses).collect(), snapshot.statistics(&[])?.docs)
        }
        Query::And(parts) => Query::And(every(parts)?),
        Query::Or(parts) => Query::Or(every(parts)?),
        Query::Not(inner) => Query::Not(Box::new(resolve_required(snapshot, inner)?)),
        Query::Boost(inner, by) => Query::Boost(Box::new(resolve_required(snapshot, inner)?), *by),
        other => other.clone(),
    })
}

/// The clauses without duplicates.
fn distinct(clauses: &[Query]) -> Vec<Query> {
    let mut distinct: Vec<Query> = Vec::with_capacity(clauses.len());
    for clause in clauses {
        if !distinct.iter().any(|known| known.asks_as(clause)) {
            distinct.push(clause.clone());
        }
    }
    distinct
}

/// An estimate of each clause's document frequency.
fn doc_freqs(snapshot: &dyn Snapshot, clauses: &[Query]) -> Result<Vec<u64>, IndexError> {
    let mut sets: Vec<FieldTerms> = Vec::new();
    for clause in clauses {
        clause.each_words(&mut |words| {
            let of = |slot: &Slot| FieldTerms { field: words.field.clone(), terms: slot.terms.clone() };
            sets.extend(words.slots.iter().map(of));
        });
    }
    let mut of_slots = snapshot.live_doc_freqs(&sets)?.into_iter();
    Ok(clauses.iter().map(|clause| doc_freq(clause, &mut of_slots)).collect())
}

/// The estimate for one clause: a phrase or conjunction takes that of its rarest part, a disjunction the sum.
fn doc_freq(clause: &Query, of_slots: &mut impl Iterator<Item = u64>) -> u64 {
    let phrase = |words: &Words, of_slots: &mut dyn Iterator<Item = u64>| {
        of_slots.take(words.slots.len()).min().unwrap_or_default()
    };
    match clause {
        Query::Words(words) => phrase(words, of_slots),
        Query::Synonyms(parts) | Query::Or(parts) => parts.iter().map(|part| doc_freq(part, of_slots)).sum(),
        Query::And(parts) | Query::MinShouldMatch { clauses: parts, .. } => {
            parts.iter().map(|part| doc_freq(part, of_slots)).min().unwrap_or_default()
        }
        _ => 0,
    }
}

/// Splits the words into required and optional ones. The rare words are required, but at least half of all; one in
/// [`ONE_REQUIRED_OF`] required words must match. Optional words only rank. Words that no document has are dropped.
fn rarest_required(mut clauses: Vec<(u64, Query)>, docs: u64) -> Query {
    clauses.retain(|(doc_freq, _)| *doc_freq > 0);
    clauses.sort_by_key(|(doc_freq, _)| *doc_freq);
    let rare = clauses.iter().filter(|(doc_freq, _)| doc_freq * RARE <= docs).count();
    clauses.truncate(MAX_WORDS);
    let mut clauses: Vec<Query> = clauses.into_iter().map(|(_, clause)| clause).collect();
    if clauses.is_empty() {
        return Query::Or(Vec::new());
    }
    let all = clauses.len();
    let required = if all <= FEW { all } else { rare.max(all.div_ceil(2)).min(all) };
    let optional = clauses.split_off(required);
    Query::MinShouldMatch { clauses, least: Some(required.div_ceil(ONE_REQUIRED_OF)), optional }
}

#[cfg(test)]
mod tests {
    use super::{MAX_WORDS, rarest_required};
    use crate::query::{Query, Slot, TermSet, Words};

    /// Resolves words with these document frequencies among 1000 documents; up to 50 is rare. Returns how many must
    /// match, of how many, and the number of optional words.
    fn resolved(doc_freqs: &[u64]) -> Option<(usize, usize, usize)> {
        let word = |doc_freq: u64| {
            let terms = TermSet::Exact(format!("w{doc_freq}"));
            let slots = vec![Slot { offset: 0, unit: 0, terms }];
            (doc_freq, Query::Words(Words { field: None, slots, slop: 0, span: 0..0, plain: true }))
        };
        match rarest_required(doc_freqs.iter().copied().map(word).collect(), 1000) {
            Query::MinShouldMatch { clauses, least: Some(least), optional } => {
                Some((least, clauses.len(), optional.len()))
            }
            _ => None,
        }
    }

    #[test]
    fn an_eighth_of_the_rare_words_is_required() {
        // None of four words is optional; one of them must match.
        assert_eq!(resolved(&[900, 900, 900, 900]), Some((1, 4, 0)));
        // Of six common words, half are required: three, of which one must match.
        assert_eq!(resolved(&[900; 6]), Some((1, 3, 3)));
        // Nine of ten words are rare: an eighth, rounded up, is two.
        assert_eq!(resolved(&[1, 2, 3, 4, 5, 6, 7, 8, 50, 51]), Some((2, 9, 1)));
        // Words that no document has are dropped, and so are all but the rarest 64.
        assert_eq!(resolved(&[0, 7]), Some((1, 1, 0)));
        assert_eq!(resolved(&[0]), None);
        assert_eq!(resolved(&[9; 100]), Some((MAX_WORDS / 8, MAX_WORDS, 0)));
    }
}
