//! What may have been meant by a query that finds nothing.

use super::{Engine, EngineError};
use crate::{
    query::{Pattern, Query, Wanted, Words, distance},
    search::Request,
    symbol::Symbol,
};
use std::collections::HashMap;

/// So many suggestions are made for one word or security.
const MAX_NEAR: usize = 3;
/// So many words, securities and parts of a query are looked at: each is a search.
const MAX_ASKED: usize = 4;
/// A word of fewer letters has too many near ones.
const SHORTEST: usize = 3;
/// In a word of so many letters two may be wrong.
const LONG: usize = 6;

/// Something else to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Of what sort it is.
    pub kind: SuggestionKind,
    /// The part of the query that may be wrong, as a query writes it.
    pub asked: String,
    /// What may stand there instead; none where it may be left out.
    pub instead: Option<String>,
    /// How many documents have what stands there instead, or how many articles the rest of the query finds.
    pub count: u64,
}

/// What sort of suggestion one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuggestionKind {
    /// A word that differs by a letter or two.
    Word,
    /// A security whose notation is near.
    Symbol,
    /// The query without one of its parts.
    Without,
}

impl SuggestionKind {
    /// The name in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Symbol => "symbol",
            Self::Without => "without",
        }
    }
}

/// Looks for what a query that finds nothing may have meant.
///
/// # Errors
///
/// Where the index cannot be read.
pub fn suggest(engine: &dyn Engine, query: &Query) -> Result<Vec<Suggestion>, EngineError> {
    let mut suggestions = near_words(engine, query)?;
    suggestions.extend(near_symbols(engine, query)?);
    suggestions.extend(without_a_part(engine, query)?);
    Ok(suggestions)
}

/// For each word that no document has, the words nearest to it; never for numbers.
fn near_words(engine: &dyn Engine, query: &Query) -> Result<Vec<Suggestion>, EngineError> {
    let mut asked: Vec<(Option<&str>, &Wanted, &str)> = Vec::new();
    query.each_words(&mut |words: &Words| {
        for slot in &words.slots {
            if let Wanted::Exact(word) | Wanted::Forms(word) = &slot.wanted {
                let letters =
                    word.chars().count() >= SHORTEST && word.bytes().all(|b| b.is_ascii_alphabetic());
                if letters && !asked.iter().any(|(.., known)| known == word) {
                    asked.push((words.field.as_deref(), &slot.wanted, word));
                }
            }
        }
    });
    let mut suggestions = Vec::new();
    for (field, wanted, word) in asked.into_iter().take(MAX_ASKED) {
        if !engine.words(field, wanted)?.is_empty() {
            continue;
        }
        let mut near = engine.words(field, &Wanted::Pattern(Pattern::fuzzy(word, 1)))?;
        if near.is_empty() && word.len() >= LONG {
            near = engine.words(field, &Wanted::Pattern(Pattern::fuzzy(word, 2)))?;
        }
        let near = near.into_iter().take(MAX_NEAR).map(|(instead, count)| Suggestion {
            kind: SuggestionKind::Word,
            asked: word.to_owned(),
            instead: Some(instead),
            count,
        });
        suggestions.extend(near);
    }
    Ok(suggestions)
}

/// For each security that no article names, those with the same code elsewhere or a code that is near.
fn near_symbols(engine: &dyn Engine, query: &Query) -> Result<Vec<Suggestion>, EngineError> {
    let mut asked: Vec<Symbol> = Vec::new();
    query.clone().each_security(&mut |security| asked.extend(security.readings.iter().cloned()));
    asked.truncate(MAX_ASKED);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let mut near: Vec<HashMap<Symbol, u64>> = vec![HashMap::new(); asked.len()];
    let mut known = vec![false; asked.len()];
    engine.each_symbol(&mut |symbol, count| {
        for (index, asked) in asked.iter().enumerate() {
            known[index] |= symbol == *asked;
            let elsewhere = symbol.code() == asked.code();
            let close = symbol.venue() == asked.venue()
                && symbol.code().len().abs_diff(asked.code().len()) <= 1
                && distance(symbol.code(), asked.code()) == 1;
            if elsewhere || close {
                *near[index].entry(symbol.clone()).or_default() += count;
            }
        }
    })?;
    let mut suggestions = Vec::new();
    for ((asked, near), known) in asked.iter().zip(near).zip(known) {
        if known {
            continue;
        }
        let mut near: Vec<(Symbol, u64)> = near.into_iter().collect();
        let elsewhere = |symbol: &Symbol| symbol.code() == asked.code();
        near.sort_by(|(a, n), (b, m)| elsewhere(b).cmp(&elsewhere(a)).then(m.cmp(n)).then(a.cmp(b)));
        suggestions.extend(near.into_iter().take(MAX_NEAR).map(|(symbol, count)| Suggestion {
            kind: SuggestionKind::Symbol,
            asked: asked.canonical(),
            instead: Some(symbol.canonical()),
            count,
        }));
    }
    Ok(suggestions)
}

/// The parts of a conjunction without which it finds something, filters first.
fn without_a_part(engine: &dyn Engine, query: &Query) -> Result<Vec<Suggestion>, EngineError> {
    let Query::And(parts) = query else { return Ok(Vec::new()) };
    let mut asked: Vec<usize> = (0..parts.len()).collect();
    asked.sort_by_key(|index| parts[*index].has_ranked_words());
    let mut suggestions = Vec::new();
    for left_out in asked.into_iter().take(MAX_ASKED) {
        let rest = parts.iter().enumerate().filter(|(index, _)| *index != left_out);
        let mut request = Request::new(Query::and(rest.map(|(_, part)| part.clone())));
        request.limit = 0;
        let count = engine.search(&request)?.articles as u64;
        if count > 0 {
            let asked = parts[left_out].to_string();
            suggestions.push(Suggestion { kind: SuggestionKind::Without, asked, instead: None, count });
        }
    }
    Ok(suggestions)
}
