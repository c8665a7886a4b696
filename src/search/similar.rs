//! More like this: builds a query from an article.

use super::pages;
use crate::{
    index::{IndexError, Snapshot, StoredArticle, idf},
    query::{Query, Slot, TermSet, Words},
    text::{self, TokenKind, english},
};
use std::{cmp::Reverse, collections::HashMap};

/// At most this many words of an article are queried; the document frequency is read for at most this many.
const MAX_TERMS: usize = 25;
const MAX_CANDIDATES: usize = 300;
/// An occurrence in the title counts as this many in the body.
const TITLE_WEIGHT: u32 = 3;
/// One in this many queried words must match.
const ONE_REQUIRED_OF: usize = 5;
/// A word that more than one in this many pages have is too common to query.
const COMMON_FRACTION: u64 = 10;

/// The query for articles with the significant words of `article`: frequent in it, rare elsewhere. It matches
/// `article` too. `None` if there are no such words.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if a word expands to too many terms; else as every method of [`Snapshot`].
pub fn similar(snapshot: &dyn Snapshot, article: &StoredArticle) -> Result<Option<Query>, IndexError> {
    // By stem, to count the forms of a word together: weighted frequency, first position, and the first form.
    let mut term_freq: HashMap<String, (u32, usize, text::Token)> = HashMap::new();
    let mut seen = 0;
    for (text, boost) in [(&article.title, TITLE_WEIGHT), (&article.description, 1), (&article.body, 1)] {
        for word in text::tokens(text) {
            seen += 1;
            // Skip single characters and ends of runs: they match too many words.
            if !matches!(word.kind, TokenKind::Word | TokenKind::Bigram) || word.text.chars().count() == 1 {
                continue;
            }
            let stem = english::stem(&word.text).into_owned();
            term_freq.entry(stem).or_insert((0, seen, word)).0 += boost;
        }
    }
    let mut term_freq: Vec<(u32, usize, text::Token)> = term_freq.into_values().collect();
    // Of equally frequent words, the earlier are more significant.
    term_freq.sort_unstable_by_key(|(term_freq, first, _)| (Reverse(*term_freq), *first));
    term_freq.truncate(MAX_CANDIDATES);
    let all = pages(snapshot, Query::All)?;
    let sets: Vec<TermSet> = term_freq
        .iter()
        .map(|(_, _, word)| match word.kind {
            TokenKind::Word => TermSet::Forms(word.text.clone()),
            _ => TermSet::Exact(word.text.clone()),
        })
        .collect();
    let doc_freqs = snapshot.doc_freqs(None, &sets)?;
    let mut weighed: Vec<(f32, Words)> = Vec::new();
    for (((term_freq, ..), terms), doc_freqs) in term_freq.into_iter().zip(sets).zip(doc_freqs) {
        let doc_freq: u64 = doc_freqs.iter().map(|(_, doc_freq)| doc_freq).sum();
        // The article itself counts as one. In a small index a tenth of the pages is too few to call a word common.
        if doc_freq > 1 && doc_freq * COMMON_FRACTION <= all.max(COMMON_FRACTION * COMMON_FRACTION) {
            #[expect(clippy::cast_precision_loss, reason = "no text has a word 2^24 times")]
            let weight = (1.0 + term_freq as f32).ln() * idf(doc_freq, all);
            let slots = vec![Slot { offset: 0, unit: 0, terms }];
            weighed.push((weight, Words { field: None, slots, slop: 0, span: 0..0, plain: false }));
        }
    }
    weighed.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    weighed.truncate(MAX_TERMS);
    let clauses: Vec<Query> = weighed.into_iter().map(|(_, words)| Query::Words(words)).collect();
    let least = clauses.len().div_ceil(ONE_REQUIRED_OF);
    let similar = Query::MinShouldMatch { clauses, least: Some(least), optional: Vec::new() };
    Ok((least > 0).then_some(similar))
}
