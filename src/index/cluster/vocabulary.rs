//! The words of an index, from which patterns are expanded: documents of their own, each with words that came first with the
//! pages of one bulk request.
//!
//! They are written before these pages, so that no page has a word that is not among them, whatever is killed. The words of pages
//! that are gone stay until the index is built anew; they match nothing.

use super::{
    engine::Engine,
    mapping::{self, Doc},
    values::buckets,
};
use crate::index::IndexError;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use xxhash_rust::xxh3::xxh3_64;

/// Number of words of a document, and of those that one request looks up.
const AT_ONCE: usize = 10_000;
/// Maximum number of words that a writer remembers, 18 bytes each. Beyond that they are sent once more.
const MAX_REMEMBERED: usize = 2_000_000;

/// Which words a writer need not send, as the index has them.
#[derive(Default)]
pub(super) struct Vocabulary {
    /// Whether there were words before this writer.
    is_begun: bool,
    /// The hashes of words that the index has.
    present: Mutex<HashSet<u64>>,
}

impl Vocabulary {
    /// What the index has. Of its words, none is remembered yet.
    ///
    /// # Errors
    ///
    /// As for every request.
    pub(super) fn of(engine: &Engine) -> Result<Self, IndexError> {
        let words = json!({"term": {mapping::DOC: Doc::Vocabulary.as_str()}});
        let body = json!({"size": 0, "track_total_hits": true, "query": words});
        let answer = engine.search(&body, None)?;
        Ok(Self { is_begun: answer["hits"]["total"]["value"] != 0, present: Mutex::default() })
    }

    /// Leaves out the words that the index has for all that is remembered.
    pub(super) fn leave_out_present(&self, words: &mut Vec<String>) {
        let present = self.present();
        words.retain(|word| !present.contains(&xxh3_64(word.as_bytes())));
    }

    /// Those of some words that the index does not have.
    ///
    /// # Errors
    ///
    /// As for every request.
    pub(super) fn missing(&self, engine: &Engine, mut words: Vec<String>) -> Result<Vec<String>, IndexError> {
        self.leave_out_present(&mut words);
        if self.is_begun {
            for some in words.chunks(AT_ONCE) {
                self.remember(&present(engine, some, None)?);
            }
            self.leave_out_present(&mut words);
        }
        Ok(words)
    }

    /// Notes that the index has some words.
    pub(super) fn remember(&self, words: &[String]) {
        let mut present = self.present();
        if present.len() + words.len() > MAX_REMEMBERED {
            present.clear();
        }
        present.extend(words.iter().map(|word| xxh3_64(word.as_bytes())));
    }

    fn present(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The documents of some words, as JSON.
pub(super) fn documents(words: &[String]) -> impl Iterator<Item = Vec<u8>> {
    words.chunks(AT_ONCE).map(|some| {
        json!({mapping::DOC: Doc::Vocabulary.as_str(), mapping::VOCABULARY: some}).to_string().into_bytes()
    })
}

/// Those of some words that the index has.
///
/// # Errors
///
/// As for every request.
pub(super) fn present(
    engine: &Engine,
    words: &[String],
    deadline: Option<Instant>,
) -> Result<Vec<String>, IndexError> {
    let has = json!({"terms": {mapping::VOCABULARY: words}});
    included(engine, &json!(words), &has, words.len().max(1), deadline)
}

/// The words that an aggregation includes, at most so many. `has` finds the documents with one of them: no others are looked at.
///
/// # Errors
///
/// As for every request.
pub(super) fn included(
    engine: &Engine,
    include: &Value,
    has: &Value,
    most: usize,
    deadline: Option<Instant>,
) -> Result<Vec<String>, IndexError> {
    let words = json!({"terms": {"field": mapping::VOCABULARY, "include": include, "size": most}});
    let body = json!({"size": 0, "track_total_hits": false, "query": has, "aggs": {"words": words}});
    let answer = engine.search(&body, deadline)?;
    Ok(buckets(&answer["aggregations"]["words"]).into_keys().collect())
}
