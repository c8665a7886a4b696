//! More like this: the query that an article makes of itself.

use super::pages;
use crate::{
    index::{IndexError, Snapshot, StoredArticle, idf},
    query::{Query, Slot, TermSet, Words},
    text::{self, TokenKind, english},
};
use std::{cmp::Reverse, collections::HashMap};

/// So many words of an article are asked for, and of so many it is told how rare they are.
const ASKED: usize = 25;
const WEIGHED: usize = 300;
/// So many occurrences in the body is one in the title worth.
const IN_TITLE: u32 = 3;
/// Of the words asked for, one of so many must be there.
const ENOUGH: usize = 5;
/// A word that more than one of so many pages have says nothing about an article.
const COMMON: u64 = 10;

/// The query for articles that have the significant words of another; it matches that one as well. None where it
/// has no such words: those that it has often and few other articles have.
///
/// # Errors
///
/// Where the index cannot be read.
pub fn similar(snapshot: &dyn Snapshot, article: &StoredArticle) -> Result<Option<Query>, IndexError> {
    // By stem, so that the forms of a word are one: how often, where first, and as it stands there.
    let mut term_freq: HashMap<String, (u32, usize, text::Token)> = HashMap::new();
    let mut seen = 0;
    for (text, boost) in [(&article.title, IN_TITLE), (&article.description, 1), (&article.body, 1)] {
        for word in text::tokens(text) {
            seen += 1;
            // Single characters and the ends of runs stand for too many words.
            if !matches!(word.kind, TokenKind::Word | TokenKind::Bigram) || word.text.chars().count() == 1 {
                continue;
            }
            let stem = english::stem(&word.text).into_owned();
            term_freq.entry(stem).or_insert((0, seen, word)).0 += boost;
        }
    }
    let mut term_freq: Vec<(u32, usize, text::Token)> = term_freq.into_values().collect();
    // Of those that it has equally often, the first say most.
    term_freq.sort_unstable_by_key(|(term_freq, first, _)| (Reverse(*term_freq), *first));
    term_freq.truncate(WEIGHED);
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
        // The article has it itself; of a small index a tenth is too few to tell what is common.
        if doc_freq > 1 && doc_freq * COMMON <= all.max(COMMON * COMMON) {
            #[expect(clippy::cast_precision_loss, reason = "no text has a word 2^24 times")]
            let weight = (1.0 + term_freq as f32).ln() * idf(doc_freq, all);
            let slots = vec![Slot { offset: 0, unit: 0, terms }];
            weighed.push((weight, Words { field: None, slots, slop: 0, span: 0..0, plain: false }));
        }
    }
    weighed.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    weighed.truncate(ASKED);
    let words: Vec<Words> = weighed.into_iter().map(|(_, words)| words).collect();
    let least = words.len().div_ceil(ENOUGH);
    Ok((!words.is_empty()).then_some(Query::min_should_match(words, Some(least))))
}
