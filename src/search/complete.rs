//! Completions for a query that is still being typed: securities, phrases and words that titles hold, values of a field,
//! names of fields and saved queries.
//!
//! Phrases are learned when they are asked: from the newest titles that have what was typed. So nothing but the articles
//! has to be kept, and what is suggested is in the news.

mod phrases;
mod runs;
mod sample;
mod securities;
mod typed;
mod values;

use super::{articles, prepare_articles};
use crate::{
    index::{IndexError, Snapshot},
    query::{Language, Query, TermSet},
    symbol::Symbol,
    text::{english, fold},
};
use phrases::Phrase;
use std::{collections::HashSet, ops::Range};
use typed::Typed;

/// Names of fields and saved queries are offered from this many typed bytes on.
const MIN_NAME_BYTES: usize = 2;
/// At most this many titles are read for a phrase: of 64, too few of an archive in three languages had a traditional name.
/// If these hardly have what was typed, these further ones are read too.
const MAX_TITLES: usize = 100;
const MORE_TITLES: Range<usize> = MAX_TITLES..250;
/// The titles of this many of the commonest words are read, and at most so many of each.
const SAMPLED_WORDS: usize = 2;
const TITLES_PER_WORD: usize = 30;
/// At most this many phrases are offered for each of these words, so that there is room for words.
const PHRASES_PER_WORD: usize = 2;
/// A phrase of a word is in at least one of this many titles that have the word.
const TITLES_PER_PHRASE: u64 = 10;
/// At most this many phrases are offered, and at most so many phrases and words counted, each by a search that takes up to
/// two milliseconds.
const MAX_PHRASES: usize = 5;
const MAX_COUNTED: usize = 8;
/// At most this many texts are looked up as the name of a security: for one that is no name, dozens of longer ones are tried.
const MAX_NAMES: usize = 3;

/// One completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it completes to.
    pub kind: CompletionKind,
    /// The whole query with the completion.
    pub query: String,
    /// The text that replaces what was typed last: a word, or several.
    pub shown: String,
    /// The name of a security.
    pub name: Option<String>,
    /// The number of articles with what is shown, if it was counted.
    pub count: Option<u64>,
}

/// What a completion completes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// Words that stand together in titles.
    Phrase,
    /// A word in articles.
    Word,
    /// A security that articles name.
    Symbol,
    /// A value of a field.
    Value,
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
            Self::Phrase => "phrase",
            Self::Word => "word",
            Self::Symbol => "symbol",
            Self::Value => "value",
            Self::Field => "field",
            Self::Query => "query",
        }
    }
}

/// Completions of the last words of a query: the security of a code, phrases and the securities that they name, words, names
/// of fields, saved queries. After `field:`, values of the field.
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
    let completer = Completer { snapshot, language, typed: Typed::of(typed), limit };
    let mut completions = match completer.typed.field {
        Some(field) => completer.values(field)?,
        None if completer.typed.last().is_empty() => Vec::new(),
        None => completer.plain()?,
    };
    let mut queries = HashSet::new();
    completions.retain(|completion| queries.insert(completion.query.clone()));
    completions.truncate(limit);
    Ok(completions)
}

/// Completes one text on one snapshot.
struct Completer<'s> {
    snapshot: &'s dyn Snapshot,
    language: &'s Language,
    typed: Typed<'s>,
    limit: usize,
}

impl Completer<'_> {
    /// Completions of plain words.
    fn plain(&self) -> Result<Vec<Completion>, IndexError> {
        let mut completions = self.securities_by_code()?;
        let begins = self.typed.context().first().copied().unwrap_or(self.typed.start);
        let mut names = self.named(begins, &self.typed.text[begins..])?;
        let mut asked = 1;
        let phrases = self.phrases_and_words()?;
        let counted = phrases.iter().take(MAX_COUNTED.saturating_sub(completions.len()));
        let counted = counted.map(|phrase| Query::of_words(&phrase.text, &self.language.synonyms));
        prepare_articles(self.snapshot, counted.collect())?;
        for phrase in phrases {
            let Phrase { from, text, kind, .. } = phrase;
            if kind == CompletionKind::Phrase && asked < MAX_NAMES {
                asked += 1;
                names.extend(self.named(from, &text)?);
            }
            let count = if completions.len() < MAX_COUNTED { Some(self.count(&text)?) } else { None };
            // Words of the dictionary may be those of removed articles.
            if count != Some(0) {
                completions.push(self.completion(kind, from, text, count));
            }
            // A security stands behind the phrase that names it.
            completions.append(&mut names);
        }
        completions.append(&mut names);
        completions.extend(self.fields()?);
        Ok(completions)
    }

    /// A completion that replaces what was typed from byte `from` on.
    fn completion(&self, kind: CompletionKind, from: usize, shown: String, count: Option<u64>) -> Completion {
        let query = format!("{}{shown}", &self.typed.text[..from]);
        Completion { kind, query, shown, name: None, count }
    }

    /// The number of articles with these words.
    fn count(&self, text: &str) -> Result<u64, IndexError> {
        articles(self.snapshot, Query::of_words(text, &self.language.synonyms))
    }

    /// Phrases first, then words.
    fn phrases_and_words(&self) -> Result<Vec<Phrase>, IndexError> {
        if self.typed.is_han() {
            return self.runs();
        }
        let Some(prefix) = self.typed.prefix() else { return Ok(Vec::new()) };
        let context = self.typed.context();
        for from in &context {
            let phrases = self.phrases_after(*from, &prefix)?;
            if !phrases.is_empty() {
                return Ok(phrases);
            }
        }
        let mut words = self.words(&prefix)?;
        if !context.is_empty() {
            // No title joins them to the words before.
            words.truncate(MAX_PHRASES);
        }
        Ok(words)
    }

    /// The commonest words with a prefix, and phrases that begin with them.
    fn words(&self, prefix: &str) -> Result<Vec<Phrase>, IndexError> {
        let words = self.dictionary(Some("title"), prefix)?;
        let words = if words.is_empty() { self.dictionary(None, prefix)? } else { words };
        let most = words.first().map_or(0, |(_, documents)| *documents);
        let (mut found, mut single) = (Vec::new(), Vec::new());
        for (number, (word, documents)) in words.into_iter().enumerate() {
            let mut replaced = false;
            // A rare word beside a common one is hardly meant.
            if number < SAMPLED_WORDS && 10 * documents >= most {
                let titles =
                    sample::titles(self.snapshot, &[(0, TermSet::Exact(word.clone()))], 0..TITLES_PER_WORD)?;
                let mut longer = phrases::after(&titles, std::slice::from_ref(&word), None, self.typed.start);
                longer.retain(|phrase| TITLES_PER_PHRASE * phrase.support >= titles.len() as u64);
                longer.truncate(PHRASES_PER_WORD);
                replaced = word != prefix && longer.iter().any(|phrase| phrase.replaces(titles.len() as u64));
                // What a sample has, all titles have as often.
                for phrase in &mut longer {
                    phrase.support = phrase.support * documents / titles.len().max(1) as u64;
                }
                found.extend(longer);
            }
            if !replaced {
                let (from, kind) = (self.typed.start, CompletionKind::Word);
                single.push(Phrase { from, text: word, kind, support: documents });
            }
        }
        found.sort_by_key(|phrase| std::cmp::Reverse(phrase.support));
        found.extend(single);
        Ok(found)
    }

    /// The commonest words of a field with a prefix, one for each stem.
    fn dictionary(&self, field: Option<&str>, prefix: &str) -> Result<Vec<(String, u64)>, IndexError> {
        let known = match self.snapshot.doc_freqs(field, &[TermSet::Prefix(prefix.to_owned())]) {
            Ok(known) => known.into_iter().flatten(),
            // A prefix of too many terms says too little to complete.
            Err(IndexError::TooMuch(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut stems = HashSet::new();
        // Skip terms with digits: nobody needs numbers completed.
        let known = known.filter(|(word, _)| word.chars().all(char::is_alphabetic));
        let known = known.filter(|(word, _)| word == prefix || !phrases::is_stop_word(word));
        let known = known.filter(|(word, _)| stems.insert(english::stem(word).into_owned()));
        Ok(known.take(self.limit).collect())
    }

    /// Phrases that begin with the typed words from byte `from` on.
    fn phrases_after(&self, from: usize, prefix: &str) -> Result<Vec<Phrase>, IndexError> {
        let first = |mut phrases: Vec<Phrase>| {
            phrases.truncate(MAX_PHRASES);
            phrases
        };
        let words = self.typed.words(from);
        let mut slots: Vec<(u32, TermSet)> =
            (0..).zip(words.iter().map(|word| TermSet::Exact(word.clone()))).collect();
        let context = slots.clone();
        // One letter begins more terms than are worth reading.
        if prefix.chars().count() > 1 {
            slots.push((u32::try_from(words.len()).unwrap_or(u32::MAX), TermSet::Prefix(prefix.to_owned())));
            match sample::titles(self.snapshot, &slots, 0..MAX_TITLES) {
                Err(IndexError::TooMuch(_)) => {}
                titles => return Ok(first(phrases::after(&titles?, &words, Some(prefix), from))),
            }
        }
        let mut titles = sample::titles(self.snapshot, &context, 0..MAX_TITLES)?;
        let mut phrases = phrases::after(&titles, &words, Some(prefix), from);
        if phrases.is_empty() && titles.len() == MAX_TITLES {
            titles.extend(sample::titles(self.snapshot, &context, MORE_TITLES)?);
            phrases = phrases::after(&titles, &words, Some(prefix), from);
        }
        Ok(first(phrases))
    }

    /// Names of fields, free keys and saved queries.
    fn fields(&self) -> Result<Vec<Completion>, IndexError> {
        let last = self.typed.last();
        if last.len() < MIN_NAME_BYTES {
            return Ok(Vec::new());
        }
        let name = fold(last);
        let keys = self.snapshot.keys()?;
        let fields = self.language.fields.iter().filter(|(known, _)| known.starts_with(&*name));
        let fields = fields.map(|(known, _)| (CompletionKind::Field, format!("{known}:")));
        let saved = self.language.saved.keys().filter(|known| known.starts_with(last));
        let saved = saved.map(|known| (CompletionKind::Query, format!("query:{known}")));
        let keys = keys.iter().filter(|(known, _)| known.starts_with(&*name));
        let keys = keys.take(self.limit).map(|(known, _)| (CompletionKind::Field, format!("{known}:")));
        let named = fields.chain(keys).chain(saved);
        Ok(named.map(|(kind, shown)| self.completion(kind, self.typed.start, shown, None)).collect())
    }

    /// The completion by a security.
    fn security(&self, from: usize, symbol: &Symbol, name: Option<String>, count: u64) -> Completion {
        let shown = symbol.canonical();
        Completion { name, ..self.completion(CompletionKind::Symbol, from, shown, Some(count)) }
    }
}
