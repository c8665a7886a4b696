//! Completions for a query that is still being typed.

use super::pages;
use crate::{
    index::{IndexError, Snapshot},
    query::{Language, Query, Slot, TermSet, Words},
    symbol::Symbol,
    text::{self, TokenKind},
};
use std::collections::BTreeSet;

/// At most this many completions of a run of Han characters are tried: each costs a search.
const MAX_TRIED: usize = 12;
/// Names of fields and saved queries are offered from this many typed bytes on.
const MIN_TYPED_BYTES: usize = 2;

/// One completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it completes to.
    pub kind: CompletionKind,
    /// The whole query with the completion.
    pub query: String,
    /// The text that replaces the last typed word.
    pub shown: String,
    /// How many pages match it, if known.
    pub count: Option<u64>,
}

/// What a completion completes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A word in articles.
    Word,
    /// A security that articles name.
    Symbol,
    /// The name of a field.
    Field,
    /// A saved query.
    Query,
}

impl CompletionKind {
    /// The lower-case name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Symbol => "symbol",
            Self::Field => "field",
            Self::Query => "query",
        }
    }
}

/// Completions of the last word of a query, likeliest first: securities by code prefix, words, names of fields.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub fn complete(
    snapshot: &dyn Snapshot,
    language: &Language,
    typed: &str,
    limit: usize,
) -> Result<Vec<Completion>, IndexError> {
    let start = typed.rfind(|c: char| c.is_whitespace() || "()\"|+-".contains(c));
    let start = start.map_or(0, |at| at + typed[at..].chars().next().map_or(0, char::len_utf8));
    let (before, last) = typed.split_at(start);
    let (field, last) = match last.rsplit_once(':') {
        Some((field, last)) => (Some(field), last),
        None => (None, last),
    };
    if last.is_empty() {
        return Ok(Vec::new());
    }
    let lead = field.map_or_else(|| before.to_owned(), |field| format!("{before}{field}:"));
    let mut completions = Vec::new();
    let names_security =
        field.is_some_and(|field| ["symbol", "ticker", "about", "mentions"].contains(&field));
    if names_security || field.is_none() {
        // After the name of a security field, lower-case letters are a code too.
        let code = if names_security { last.to_ascii_uppercase() } else { last.to_owned() };
        symbols(snapshot, &lead, &code, limit, &mut completions)?;
    }
    if !names_security {
        words(snapshot, &lead, last, limit, &mut completions)?;
    }
    if field.is_none() && last.len() >= MIN_TYPED_BYTES {
        let name = last.to_ascii_lowercase();
        let mut offer = |kind, shown: String| {
            completions.push(Completion { kind, query: format!("{before}{shown}"), shown, count: None });
        };
        for (known, _) in language.fields.iter().filter(|(known, _)| known.starts_with(&name)) {
            offer(CompletionKind::Field, format!("{known}:"));
        }
        for known in language.saved.keys().filter(|known| known.starts_with(last)) {
            offer(CompletionKind::Query, format!("query:{known}"));
        }
    }
    completions.truncate(limit);
    Ok(completions)
}

/// Adds securities whose code starts with what was typed. Only capitals, digits and dots count as a code:
/// lower-case letters are a word.
fn symbols(
    snapshot: &dyn Snapshot,
    lead: &str,
    last: &str,
    limit: usize,
    into: &mut Vec<Completion>,
) -> Result<(), IndexError> {
    let code = last.trim_start_matches('$');
    let is_code = code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.');
    if code.is_empty() || !is_code {
        return Ok(());
    }
    let mut found: BTreeSet<(usize, String)> = BTreeSet::new();
    for canonical in snapshot.symbols()?.iter().map(Symbol::canonical) {
        if canonical.starts_with(code) {
            // Prefer short codes: more of them has been typed.
            found.insert((canonical.len(), canonical));
            if found.len() > 4 * limit {
                found.pop_last();
            }
        }
    }
    let mut counted = Vec::new();
    for (_, canonical) in found {
        let Some(symbol) = Symbol::parse(&canonical) else { continue };
        let count = pages(snapshot, super::suggest::naming(&symbol))?;
        if count > 0 {
            counted.push((count, canonical));
        }
    }
    counted.sort_by(|(n, a), (m, b)| m.cmp(n).then_with(|| a.cmp(b)));
    into.extend(counted.into_iter().take(limit).map(|(count, shown)| Completion {
        kind: CompletionKind::Symbol,
        query: format!("{lead}{shown}"),
        shown,
        count: Some(count),
    }));
    Ok(())
}

/// Adds words that start with the last typed one; for a run of Han characters, its longer runs.
fn words(
    snapshot: &dyn Snapshot,
    lead: &str,
    last: &str,
    limit: usize,
    into: &mut Vec<Completion>,
) -> Result<(), IndexError> {
    let run: Vec<text::Token> = text::tokens(last).collect();
    let Some(word) = run.last() else { return Ok(()) };
    let prefix = TermSet::Prefix(word.text.clone());
    let known = match snapshot.doc_freqs(None, &[prefix]) {
        Ok(known) => known.into_iter().flatten(),
        // A prefix of too many terms says too little to complete.
        Err(IndexError::TooMuch(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut offer = |shown: String, count| {
        let query = format!("{lead}{shown}");
        into.push(Completion { kind: CompletionKind::Word, query, shown, count: Some(count) });
    };
    if matches!(word.kind, TokenKind::Tail | TokenKind::Single) {
        let mut counted = Vec::new();
        for (pair, _) in known.filter(|(pair, _)| pair.chars().count() == 2).take(MAX_TRIED) {
            let longer: String = last.chars().chain(pair.chars().skip(1)).collect();
            let slots = text::tokens(&longer)
                .filter(|word| word.kind == TokenKind::Bigram)
                .map(|word| Slot { offset: word.position, unit: 0, terms: TermSet::Exact(word.text) });
            let words = Words { field: None, slots: slots.collect(), slop: 0, span: 0..0, plain: false };
            let count = if words.slots.is_empty() { 0 } else { pages(snapshot, Query::Words(words))? };
            if count > 0 {
                counted.push((count, longer));
            }
        }
        counted.sort_by(|(n, a), (m, b)| m.cmp(n).then_with(|| a.cmp(b)));
        counted.into_iter().take(limit).for_each(|(count, longer)| offer(longer, count));
    } else if word.kind == TokenKind::Word && run.len() == 1 {
        // Skip terms with digits: nobody needs numbers completed.
        let letters = |word: &str| word.chars().all(char::is_alphabetic);
        let known = known.filter(|(word, _)| letters(word));
        known.take(limit).for_each(|(word, count)| offer(word, count));
    }
    Ok(())
}
