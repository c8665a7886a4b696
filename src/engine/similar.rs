//! More like this: the query that an article makes of itself.

use super::{Engine, EngineError, pages};
use crate::{
    query::{Query, Slot, Wanted, Words},
    search::{Kept, rarity},
    text::{self, WordKind},
};
use std::{collections::HashMap, mem};

/// So many words of an article are asked for, and of so many it is told how rare they are.
const ASKED: usize = 25;
const WEIGHED: usize = 300;
/// So many occurrences in the body is one in the title worth.
const IN_TITLE: u32 = 3;
/// Of the words asked for, one of so many must be there.
const ENOUGH: usize = 5;
/// A word that more than one of so many pages have says nothing about an article.
const COMMON: u64 = 10;

/// The query for articles that have the significant words of another, which does not match itself in any of its
/// locales. Words are significant that it has often and few other articles have.
///
/// # Errors
///
/// Where the index cannot be read.
pub fn similar(engine: &dyn Engine, article: &Kept) -> Result<Query, EngineError> {
    let mut often: HashMap<(String, WordKind), u32> = HashMap::new();
    for (text, worth) in [(&article.title, IN_TITLE), (&article.description, 1), (&article.body, 1)] {
        let mut words = text::Words::new(text);
        let mut word = text::Word::default();
        while words.advance(&mut word) {
            // Single characters and the ends of runs stand for too many words.
            if matches!(word.kind, WordKind::Word | WordKind::Gram) && word.text.chars().count() > 1 {
                *often.entry((mem::take(&mut word.text), word.kind)).or_default() += worth;
            }
        }
    }
    let mut often: Vec<((String, WordKind), u32)> = often.into_iter().collect();
    often.sort_unstable_by(|((a, _), n), ((b, _), m)| m.cmp(n).then_with(|| a.cmp(b)));
    often.truncate(WEIGHED);
    let all = pages(engine, Query::All)?;
    let mut weighed: Vec<(f32, Words)> = Vec::new();
    for ((word, kind), often) in often {
        let wanted = if kind == WordKind::Word { Wanted::Forms(word) } else { Wanted::Exact(word) };
        let having: u64 = engine.words(None, &wanted)?.iter().map(|(_, having)| having).sum();
        // The article has it itself.
        if having > 1 && having * COMMON <= all.max(COMMON * COMMON) {
            #[expect(clippy::cast_precision_loss, reason = "no text has a word 2^24 times")]
            let weight = (1.0 + often as f32).ln() * rarity(having, all);
            let slots = vec![Slot { offset: 0, unit: 0, wanted }];
            weighed.push((weight, Words { field: None, slots, slop: 0, span: 0..0, plain: false }));
        }
    }
    weighed.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    weighed.truncate(ASKED);
    let words: Vec<Words> = weighed.into_iter().map(|(_, words)| words).collect();
    let least = words.len().div_ceil(ENOUGH);
    Ok(Query::and([Query::Most(words, Some(least)), Query::Not(Box::new(itself(article)))]))
}

/// The pages of an article.
fn itself(article: &Kept) -> Query {
    let slot = |word: text::Word| Slot { offset: word.position, unit: 0, wanted: Wanted::Exact(word.text) };
    let slots = text::words(&article.id).map(slot).collect();
    Query::Words(Words { field: Some("id".into()), slots, slop: 0, span: 0..0, plain: false })
}
