//! What was asked of one generation of an index: each answer is asked for once, and kept as long as there is room.

use crate::{
    index::{KeyCounts, NameStatement, TermFreqs},
    query::TermSet,
    symbol::Symbol,
};
use serde_json::Value;
use std::{
    borrow::Borrow,
    collections::{BTreeMap, HashMap},
    hash::Hash,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Maximum number of counts, of statements of names, and of words.
const MAX_COUNTS: usize = 100_000;
const MAX_STATEMENTS: usize = 100_000;
const MAX_WORDS: usize = 100_000;
/// Maximum size of the documents, and of the facets, in memory, in bytes.
const MAX_DOCUMENTS: usize = 32 << 20;
const MAX_FACETS: usize = 16 << 20;

/// The answers of one generation.
pub(super) struct Known {
    pub overview: OnceLock<Overview>,
    pub symbols: OnceLock<Vec<Symbol>>,
    pub keys: OnceLock<KeyCounts>,
    /// The number of pages that a query matches.
    pub counts: Answers<String, u64>,
    /// The numbers of pages and of articles that a query matches.
    pub totals: Answers<String, (usize, usize)>,
    /// The values of a facet, each with its number of articles that a query matches.
    pub facets: Answers<String, Arc<BTreeMap<String, u64>>>,
    /// What articles state of a name.
    pub names: Answers<String, Arc<[NameStatement]>>,
    /// How articles spell the names of a security, by its facet and the number of spellings that were asked for.
    pub spellings: Answers<(String, usize), Arc<TermFreqs>>,
    /// The words of a set of terms.
    pub expanded: Answers<TermSet, Arc<[String]>>,
    /// The documents by their ids.
    pub documents: Answers<u64, Arc<Value>>,
}

/// The size of an index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Overview {
    /// Number of pages.
    pub pages: u64,
    /// The mean and the greatest length of a page in tokens, each field by its boost.
    pub mean_length: f32,
    pub max_length: f64,
    /// Whether every article has one page.
    pub single: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            overview: OnceLock::new(),
            symbols: OnceLock::new(),
            keys: OnceLock::new(),
            counts: Answers::new(MAX_COUNTS),
            totals: Answers::new(MAX_COUNTS),
            facets: Answers::new(MAX_FACETS),
            names: Answers::new(MAX_STATEMENTS),
            spellings: Answers::new(MAX_WORDS),
            expanded: Answers::new(MAX_WORDS),
            documents: Answers::new(MAX_DOCUMENTS),
        }
    }
}

impl Overview {
    /// Number of documents that are read in one request.
    pub(super) fn documents_at_once(&self) -> usize {
        /// Number of tokens in one request: about eight bytes each.
        const TOKENS: f64 = 4_000_000.0;
        const MAX: f64 = 100.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to the maximum")]
        let count = (TOKENS / self.max_length.max(1.0)).clamp(1.0, MAX) as usize;
        count
    }
}

/// Answers by what was asked. If there is no room for one, all others are forgotten.
pub(super) struct Answers<K, V> {
    room: usize,
    known: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    answers: HashMap<K, V>,
    size: usize,
}

impl<K: Eq + Hash, V: Clone> Answers<K, V> {
    pub(super) fn new(room: usize) -> Self {
        Self { room, known: Mutex::new(Kept { answers: HashMap::new(), size: 0 }) }
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, asked: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).answers.get(asked).cloned()
    }

    /// Keeps an answer of some size.
    pub(super) fn keep(&self, asked: K, answer: V, size: usize) {
        if size > self.room {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !known.answers.contains_key(&asked);
        if is_new && known.size + size > self.room {
            known.answers.clear();
            known.size = 0;
        }
        if is_new {
            known.size += size;
        }
        known.answers.insert(asked, answer);
    }
}

/// About so many bytes has a value in memory.
pub(super) fn size_of_value(value: &Value) -> usize {
    /// Besides its text or its members.
    const OWN: usize = 64;
    OWN + match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(size_of_value).sum(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| OWN + name.len() + size_of_value(value)).sum()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Overview};

    #[test]
    fn what_has_no_room_takes_that_of_all_others() {
        let answers = Answers::new(10);
        for number in 0..5 {
            answers.keep(number, number * 2, 2);
        }
        assert_eq!((answers.get(&0), answers.get(&4)), (Some(0), Some(8)));
        // Kept again, it takes no more room.
        answers.keep(0, 0, 2);
        assert_eq!(answers.get(&4), Some(8));
        answers.keep(5, 10, 1);
        assert_eq!((answers.get(&4), answers.get(&5)), (None, Some(10)));
        answers.keep(6, 12, 11);
        assert_eq!((answers.get(&5), answers.get(&6)), (Some(10), None), "larger than all room");
    }

    #[test]
    fn long_articles_are_read_one_at_a_time() {
        let at_once = |max_length| {
            Overview { pages: 1, mean_length: 1.0, max_length, single: true }.documents_at_once()
        };
        assert_eq!([0.0, 1e3, 4e5, 4e6, 1e9].map(at_once), [100, 100, 10, 1, 1]);
    }
}
