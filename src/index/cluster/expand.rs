//! Finds the words of the index that a pattern matches, and counts documents: requests that a lowering needs.

use super::{engine::Engine, mapping};
use crate::{
    index::IndexError,
    problem::message,
    query::{Pattern, TermSet},
    text::english::forms,
};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::Instant,
};

/// Maximum number of words to which a pattern expands.
const MAX_TERMS: usize = 10_000;
/// Maximum number of misspelt words that an engine suggests.
const MAX_FUZZY: usize = 1_000;

/// Asks an index about its words. Each question is asked once.
pub(super) struct Expander<'e> {
    pub engine: &'e Engine,
    pub deadline: Option<Instant>,
    docs: Cell<Option<u64>>,
    counts: RefCell<HashMap<String, u64>>,
    expanded: RefCell<HashMap<TermSet, Vec<String>>>,
}

/// A pattern that the engine itself can match.
pub(super) struct Native(String);

impl Native {
    /// A pattern behind a prefix in the engine's own language; `None` for one that it reads otherwise.
    pub(super) fn of(prefix: &str, pattern: &Pattern) -> Option<Self> {
        let regexp = pattern.lucene_regexp()?;
        Some(Self(format!("{}{regexp}", escaped(prefix))))
    }

    /// The documents that have a match in a field.
    pub(super) fn query(&self, field: &str) -> Value {
        json!({"regexp": {field: {"value": self.0, "flags": "NONE", "max_determinized_states": 100_000}}})
    }
}

impl<'e> Expander<'e> {
    pub(super) fn new(engine: &'e Engine, deadline: Option<Instant>) -> Self {
        Self {
            engine,
            deadline,
            docs: Cell::new(None),
            counts: RefCell::default(),
            expanded: RefCell::default(),
        }
    }

    /// The words of the index that belong to a set, in whatever field.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if there are too many; else as for every request.
    pub(super) fn terms(&self, set: &TermSet) -> Result<Vec<String>, IndexError> {
        if let Some(known) = self.expanded.borrow().get(set) {
            return Ok(known.clone());
        }
        let mut found = match set {
            TermSet::Exact(word) => vec![word.clone()],
            TermSet::Forms(word) => self.present(forms(word))?,
            TermSet::Prefix(prefix) => self.vocabulary(&format!("{}.*", escaped(prefix)))?,
            TermSet::Pattern(pattern) => match pattern.lucene_regexp() {
                Some(regexp) => self.vocabulary(&regexp)?,
                None => self.fuzzy(pattern)?,
            },
            TermSet::Any(sets) => {
                let mut all = Vec::new();
                for set in sets {
                    all.extend(self.terms(set)?);
                }
                all
            }
        };
        found.sort_unstable();
        found.dedup();
        if found.len() > MAX_TERMS {
            return Err(IndexError::TooMuch(message!(
                "the query expands to over {} terms; write more of its words",
                MAX_TERMS
            )));
        }
        self.expanded.borrow_mut().insert(set.clone(), found.clone());
        Ok(found)
    }

    /// Those of some words that the index has.
    fn present(&self, words: Vec<String>) -> Result<Vec<String>, IndexError> {
        let has = |field: &str, word: &str| json!({"term": {field: {"value": word}}});
        let either = |word: &String| json!({"bool": {"should": [has(mapping::WORDS, word), has(mapping::OTHERS, word)]}});
        let counts = self.counts(&words.iter().map(either).collect::<Vec<_>>())?;
        Ok(words.into_iter().zip(counts).filter(|(_, count)| *count > 0).map(|(word, _)| word).collect())
    }

    /// The words that a regular expression matches.
    fn vocabulary(&self, regexp: &str) -> Result<Vec<String>, IndexError> {
        let all = |field: &str| json!({"terms": {"field": field, "include": regexp, "size": MAX_TERMS + 1}});
        let body = json!({
            "size": 0, "track_total_hits": false,
            "aggs": {"words": all(mapping::WORDS), "others": all(mapping::OTHERS)},
        });
        let answer = self.engine.search(&body, self.deadline)?;
        let aggregations = &answer["aggregations"];
        let [words, others] = ["words", "others"].map(|name| buckets(&aggregations[name]).into_keys());
        Ok(words.chain(others).collect())
    }

    /// The words within some edits of a long word, as far as the engine suggests them.
    fn fuzzy(&self, pattern: &Pattern) -> Result<Vec<String>, IndexError> {
        let Some((word, edits)) = pattern.fuzzy_word() else { return Ok(Vec::new()) };
        let mut found = self.present(vec![word.to_owned()])?;
        if edits > 0 {
            let near = |field: &str| {
                json!({"text": word, "term": {
                    "field": field, "suggest_mode": "always", "max_edits": edits.clamp(1, 2), "prefix_length": 0,
                    "min_word_length": 1, "min_doc_freq": 0, "accuracy": 0, "size": MAX_FUZZY, "shard_size": MAX_FUZZY,
                    "max_inspections": 10, "max_term_freq": 1_000_000_000, "sort": "score",
                    "string_distance": "damerau_levenshtein",
                }})
            };
            let body = json!({
                "size": 0, "track_total_hits": false,
                "suggest": {"words": near(mapping::WORDS), "others": near(mapping::OTHERS)},
            });
            let answer = self.engine.search(&body, self.deadline)?;
            for suggestions in ["words", "others"] {
                let options = answer["suggest"][suggestions][0]["options"].as_array().into_iter().flatten();
                found.extend(options.filter_map(|option| option["text"].as_str().map(str::to_owned)));
            }
        }
        found.retain(|word| pattern.takes(word));
        Ok(found)
    }

    /// The words of a set with the number of documents that have each in a field, behind a prefix.
    pub(super) fn doc_freqs(
        &self,
        field: &str,
        prefix: &str,
        set: &TermSet,
    ) -> Result<Vec<(String, u64)>, IndexError> {
        let words = self.terms(set)?;
        let queries: Vec<Value> =
            words.iter().map(|word| json!({"term": {field: {"value": format!("{prefix}{word}")}}})).collect();
        let counts = self.counts(&queries)?;
        Ok(words.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect())
    }

    /// The number of pages of the index.
    pub(super) fn docs(&self) -> Result<u64, IndexError> {
        if let Some(docs) = self.docs.get() {
            return Ok(docs);
        }
        let docs = self.count(&json!({"match_all": {}}))?;
        self.docs.set(Some(docs));
        Ok(docs)
    }

    /// The number of pages that a query matches.
    pub(super) fn count(&self, query: &Value) -> Result<u64, IndexError> {
        Ok(self.counts(std::slice::from_ref(query))?[0])
    }

    /// The number of pages that each query matches, in one request.
    pub(super) fn counts(&self, queries: &[Value]) -> Result<Vec<u64>, IndexError> {
        /// Number of queries of a request: an engine takes no more clauses.
        const AT_ONCE: usize = 500;
        let keys: Vec<String> = queries.iter().map(Value::to_string).collect();
        let unknown: Vec<usize> = {
            let counts = self.counts.borrow();
            (0..queries.len()).filter(|at| !counts.contains_key(&keys[*at])).collect()
        };
        for some in unknown.chunks(AT_ONCE) {
            let mut filters = json!({});
            for at in some {
                filters[at.to_string()] = queries[*at].clone();
            }
            let body = json!({
                "size": 0, "track_total_hits": false,
                "query": {"term": {mapping::DOC: mapping::Doc::Page.as_str()}},
                "aggs": {"each": {"filters": {"filters": filters}}},
            });
            let answer = self.engine.search(&body, self.deadline)?;
            for at in some {
                let count = answer["aggregations"]["each"]["buckets"][at.to_string()]["doc_count"].as_u64();
                let count = count.ok_or_else(|| self.engine.unreadable("an answer without counts"))?;
                self.counts.borrow_mut().insert(keys[*at].clone(), count);
            }
        }
        let counts = self.counts.borrow();
        Ok(keys.iter().map(|key| counts.get(key).copied().unwrap_or_default()).collect())
    }
}

/// The buckets of a terms aggregation.
pub(super) fn buckets(aggregation: &Value) -> HashMap<String, u64> {
    let buckets = aggregation["buckets"].as_array().into_iter().flatten();
    buckets
        .filter_map(|bucket| Some((bucket["key"].as_str()?.to_owned(), bucket["doc_count"].as_u64()?)))
        .collect()
}

/// A text as a regular expression of Lucene that matches it.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
