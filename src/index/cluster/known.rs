//! What was asked of one generation of an index: each answer is asked for once, and kept as long as there is room.
//!
//! A question is kept as its hash of 128 bits, as it may be far larger than its answer.

use crate::{
    index::{DocRef, KeyCounts, NameStatement, TermFreqs},
    symbol::Symbol,
};
use serde_json::Value;
use std::{
    borrow::Borrow,
    collections::{BTreeMap, HashMap},
    hash::Hash,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Maximum sizes in memory, in bytes: of numbers, of names or words, of facets, and of documents.
const MAX_NUMBERS: usize = 8 << 20;
const MAX_WORDS: usize = 16 << 20;
const MAX_FACETS: usize = 16 << 20;
const MAX_DOCUMENTS: usize = 32 << 20;
/// What an answer takes besides its own bytes.
const ENTRY: usize = 64;

/// The answers of one generation.
pub(super) struct Known {
    pub overview: OnceLock<Overview>,
    pub symbols: OnceLock<Vec<Symbol>>,
    pub keys: OnceLock<KeyCounts>,
    /// The number of pages that a query matches.
    pub counts: Answers<u128, u64>,
    /// The numbers of pages and of articles that a query matches.
    pub totals: Answers<u128, (usize, usize)>,
    /// The values of a facet, each with its number of articles that a query matches.
    pub facets: Answers<u128, Arc<BTreeMap<String, u64>>>,
    /// What articles state of a name.
    pub names: Answers<String, Arc<[NameStatement]>>,
    /// How articles spell the names of a security, by its facet and the number of spellings that were asked for.
    pub spellings: Answers<(String, usize), Arc<TermFreqs>>,
    /// The words of a set of terms.
    pub expanded: Answers<u128, Arc<[String]>>,
    /// The documents.
    pub documents: Answers<DocRef, Arc<Value>>,
    /// The copy of a page that a document is.
    copies: Answers<DocRef, PageCopy>,
}

/// A page by its id, on the shard of an article. While it moves to the shard of another one, it is on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageCopy {
    pub id: u64,
    pub article: i64,
}

/// The hash of a question.
pub(super) fn hash_of(asked: &(impl Hash + ?Sized)) -> u128 {
    let mut hasher = Xxh3::new();
    asked.hash(&mut hasher);
    hasher.digest128()
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
            counts: Answers::new(MAX_NUMBERS),
            totals: Answers::new(MAX_NUMBERS),
            facets: Answers::new(MAX_FACETS),
            names: Answers::new(MAX_WORDS),
            spellings: Answers::new(MAX_WORDS),
            expanded: Answers::new(MAX_WORDS),
            documents: Answers::new(MAX_DOCUMENTS),
            copies: Answers::new(MAX_NUMBERS),
        }
    }
}

impl Known {
    /// The document that a search found: its id, but for another copy of a page that was found before.
    pub(super) fn doc_of(&self, copy: PageCopy) -> DocRef {
        let first = DocRef(copy.id);
        let doc = match self.copies.get(&first) {
            Some(known) if known != copy => {
                DocRef(xxh3_64(&[copy.id.to_le_bytes(), copy.article.to_le_bytes()].concat()))
            }
            _ => first,
        };
        self.copies.keep(doc, copy, 0);
        doc
    }

    /// Which copy of which page a document is, if a search has found it.
    pub(super) fn copy_of(&self, doc: DocRef) -> Option<PageCopy> {
        self.copies.get(&doc)
    }

    /// The id of a document.
    pub(super) fn id_of(&self, doc: DocRef) -> u64 {
        self.copy_of(doc).map_or(doc.0, |copy| copy.id)
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

    /// Keeps an answer of so many bytes.
    pub(super) fn keep(&self, asked: K, answer: V, bytes: usize) {
        let size = ENTRY + bytes;
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

/// So many bytes have some texts in memory.
pub(super) fn size_of_texts<'t>(texts: impl Iterator<Item = &'t String>) -> usize {
    texts.map(|text| size_of::<String>() + text.len()).sum()
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
    use super::{Answers, DocRef, ENTRY, Known, Overview, PageCopy, hash_of};

    #[test]
    fn what_has_no_room_takes_that_of_all_others() {
        let answers = Answers::new(5 * ENTRY + 10);
        for number in 0..5 {
            answers.keep(number, number * 2, 2);
        }
        assert_eq!((answers.get(&0), answers.get(&4)), (Some(0), Some(8)));
        // Kept again, it takes no more room.
        answers.keep(0, 0, 2);
        assert_eq!(answers.get(&4), Some(8));
        answers.keep(5, 10, 1);
        assert_eq!((answers.get(&4), answers.get(&5)), (None, Some(10)));
        answers.keep(6, 12, 5 * ENTRY);
        assert_eq!((answers.get(&5), answers.get(&6)), (Some(10), None), "larger than all room");
    }

    #[test]
    fn a_question_takes_as_much_room_as_its_answer() {
        let (short, long) = (hash_of("a"), hash_of("ab".repeat(100_000).as_str()));
        assert_ne!(short, long);
        let answers = Answers::new(2 * ENTRY);
        answers.keep(short, 1, 0);
        answers.keep(long, 2, 0);
        assert_eq!((answers.get(&short), answers.get(&long)), (Some(1), Some(2)));
    }

    #[test]
    fn two_copies_of_a_page_are_two_documents() {
        let known = Known::default();
        let [old, new] = [1, 2].map(|article| PageCopy { id: 7, article });
        let docs = [old, new, old, new].map(|copy| known.doc_of(copy));
        assert_eq!(docs[0], DocRef(7));
        assert!(docs[0] == docs[2] && docs[1] == docs[3] && docs[0] != docs[1], "{docs:?}");
        assert_eq!([docs[0], docs[1]].map(|doc| known.copy_of(doc)), [Some(old), Some(new)]);
        assert_eq!([docs[0], docs[1], DocRef(9)].map(|doc| known.id_of(doc)), [7, 7, 9]);
    }

    #[test]
    fn long_articles_are_read_one_at_a_time() {
        let at_once = |max_length| {
            Overview { pages: 1, mean_length: 1.0, max_length, single: true }.documents_at_once()
        };
        assert_eq!([0.0, 1e3, 4e5, 4e6, 1e9].map(at_once), [100, 100, 10, 1, 1]);
    }
}
