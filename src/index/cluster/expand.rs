//! Finds the words of the index that a pattern matches, and counts documents: requests that a lowering needs.

use super::{
    engine::Engine,
    known::{Known, Overview, hash_of, size_of_texts},
    mapping,
    values::buckets,
    vocabulary,
};
use crate::{
    article::BuiltIn,
    index::IndexError,
    problem::message,
    query::{Pattern, TermSet},
    text::english::forms,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Instant,
};

/// Maximum number of words to which a pattern expands.
const MAX_TERMS: usize = 10_000;
/// Maximum number of misspelt words that an engine suggests.
const MAX_FUZZY: usize = 1_000;

/// Asks an index about its words. Each question is asked once.
pub(super) struct Expander<'e> {
    pub engine: &'e Engine,
    pub known: &'e Known,
    pub deadline: Option<Instant>,
}

/// A pattern that the engine itself can match.
pub(super) struct Native(String);

impl Native {
    /// A pattern behind a prefix in the engine's own language; `None` for one that it cannot say.
    pub(super) fn of(prefix: &str, pattern: &Pattern) -> Option<Self> {
        let regexp = pattern.lucene_regexp().filter(|regexp| regexp.is_exact)?;
        Some(Self(format!("{}{}", escaped(prefix), regexp.expression)))
    }

    /// The documents that have a match in a field.
    pub(super) fn query(&self, field: &str) -> Value {
        json!({"regexp": {field: {"value": self.0, "flags": "NONE", "max_determinized_states": 100_000}}})
    }
}

impl<'e> Expander<'e> {
    pub(super) fn new(engine: &'e Engine, known: &'e Known, deadline: Option<Instant>) -> Self {
        Self { engine, known, deadline }
    }

    /// The words of the index that belong to a set, in whatever field.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if there are too many; else as for every request.
    pub(super) fn terms(&self, set: &TermSet) -> Result<Arc<[String]>, IndexError> {
        let found = match self.known.expanded.get(&hash_of(set)) {
            Some(known) => known,
            None => self.keep(set, self.looked_up(set)?),
        };
        few(&found, MAX_TERMS)?;
        Ok(found)
    }

    /// The words of a set, as the engine tells them.
    fn looked_up(&self, set: &TermSet) -> Result<Vec<String>, IndexError> {
        Ok(match set {
            TermSet::Exact(word) => vec![word.clone()],
            TermSet::Forms(word) => self.present(&forms(word))?,
            TermSet::Prefix(prefix) => self.matching(&format!("{}.*", escaped(prefix)))?,
            TermSet::Pattern(pattern) => match pattern.lucene_regexp() {
                Some(regexp) => {
                    let mut found = self.matching(&regexp.expression)?;
                    if !regexp.is_exact {
                        few(&found, MAX_TERMS)?;
                        found.retain(|word| pattern.takes(word));
                    }
                    found
                }
                None => self.fuzzy(pattern)?,
            },
            TermSet::Any(sets) => {
                let mut all = Vec::new();
                for set in sets {
                    all.extend_from_slice(&self.terms(set)?);
                }
                all
            }
        })
    }

    /// Announces that the terms of these sets are asked next: the forms of all words are looked up in one request.
    pub(super) fn prepare<'s>(&self, sets: impl Iterator<Item = &'s TermSet>) -> Result<(), IndexError> {
        let mut unknown: BTreeMap<&str, (&TermSet, Vec<String>)> = BTreeMap::new();
        for set in sets {
            if let TermSet::Forms(word) = set
                && self.known.expanded.get(&hash_of(set)).is_none()
            {
                unknown.entry(word).or_insert_with(|| (set, forms(word)));
            }
        }
        // One alone is asked when it is needed, if it is. Of so many, an engine takes no more.
        if unknown.len() < 2 || unknown.values().map(|(_, forms)| forms.len()).sum::<usize>() > MAX_TERMS {
            return Ok(());
        }
        let all: Vec<String> = unknown.values().flat_map(|(_, forms)| forms.iter().cloned()).collect();
        let present: HashSet<String> = self.present(&all)?.into_iter().collect();
        for (set, forms) in unknown.into_values() {
            self.keep(set, forms.into_iter().filter(|form| present.contains(form)).collect());
        }
        Ok(())
    }

    /// Keeps the terms of a set, in order.
    fn keep(&self, set: &TermSet, mut found: Vec<String>) -> Arc<[String]> {
        found.sort_unstable();
        found.dedup();
        let found: Arc<[String]> = found.into();
        self.known.expanded.keep(hash_of(set), Arc::clone(&found), size_of_texts(found.iter()));
        found
    }

    /// Those of some words that the index has.
    fn present(&self, words: &[String]) -> Result<Vec<String>, IndexError> {
        vocabulary::present(self.engine, words, self.deadline)
    }

    /// The words that a regular expression matches.
    fn matching(&self, regexp: &str) -> Result<Vec<String>, IndexError> {
        let has = Native(regexp.to_owned()).query(mapping::VOCABULARY);
        vocabulary::included(self.engine, &json!(regexp), &has, MAX_TERMS + 1, self.deadline)
    }

    /// The words within some edits of a long word, as far as the engine suggests them.
    fn fuzzy(&self, pattern: &Pattern) -> Result<Vec<String>, IndexError> {
        let Some((word, edits)) = pattern.fuzzy_word() else {
            let pattern = pattern.to_string();
            return Err(IndexError::TooMuch(message!(
                "`{}` is too long for the engine; shorten it",
                pattern
            )));
        };
        let mut found = self.present(&[word.to_owned()])?;
        if edits > 0 {
            let near = json!({"text": word, "term": {
                "field": mapping::VOCABULARY, "suggest_mode": "always", "max_edits": edits.clamp(1, 2),
                "prefix_length": 0, "min_word_length": 1, "min_doc_freq": 0, "accuracy": 0, "size": MAX_FUZZY,
                "shard_size": MAX_FUZZY, "max_inspections": 10, "max_term_freq": 1_000_000_000, "sort": "score",
                "string_distance": "damerau_levenshtein",
            }});
            let body = json!({"size": 0, "track_total_hits": false, "suggest": {"words": near}});
            let answer = self.engine.search(&body, self.deadline)?;
            let options = answer["suggest"]["words"][0]["options"].as_array();
            let options = options.map(Vec::as_slice).unwrap_or_default();
            // As many as were asked for may not be all.
            few(options, MAX_FUZZY - 1)?;
            found.extend(options.iter().filter_map(|option| option["text"].as_str().map(str::to_owned)));
        }
        found.retain(|word| pattern.takes(word));
        Ok(found)
    }

    /// The words of a set with the numbers of documents that have each in some fields, behind what their terms begin with, joined to
    /// one number.
    pub(super) fn doc_freqs(
        &self,
        places: &[(String, String)],
        set: &TermSet,
        joined: fn(u64, u64) -> u64,
    ) -> Result<Vec<(String, u64)>, IndexError> {
        let words = self.terms(set)?;
        let in_place = |word: &str, (field, prefix): &(String, String)| json!({"term": {field.as_str(): {"value": format!("{prefix}{word}")}}});
        let queries: Vec<Value> =
            words.iter().flat_map(|word| places.iter().map(|place| in_place(word, place))).collect();
        let counts = self.counts(&queries, &queries)?;
        let counts = counts.chunks(places.len().max(1)).map(|counts| counts.iter().copied().fold(0, joined));
        Ok(words.iter().cloned().zip(counts).filter(|(_, count)| *count > 0).collect())
    }

    /// The size of the index.
    pub(super) fn overview(&self) -> Result<Overview, IndexError> {
        if let Some(overview) = self.known.overview.get() {
            return Ok(*overview);
        }
        let locale = mapping::shown(BuiltIn::Locale.name());
        let body = json!({
            "size": 0, "track_total_hits": true,
            "query": {"term": {mapping::DOC: mapping::Doc::Page.as_str()}},
            "aggs": {
                // If all pages have the same locale, no article has two.
                "locales": {"terms": {"field": locale, "missing": "", "size": 2}},
                "mean": {"avg": {"field": mapping::LENGTH}}, "max": {"max": {"field": mapping::LENGTH}},
            },
        });
        let answer = self.engine.search(&body, self.deadline)?;
        let of = &answer["aggregations"];
        #[expect(clippy::cast_possible_truncation, reason = "a mean length needs no more digits")]
        let mean_length = of["mean"]["value"].as_f64().unwrap_or_default() as f32;
        let overview = Overview {
            pages: answer["hits"]["total"]["value"].as_u64().unwrap_or_default(),
            mean_length: mean_length.max(1.0),
            max_length: of["max"]["value"].as_f64().unwrap_or_default(),
            single: buckets(&of["locales"]).len() < 2,
        };
        Ok(*self.known.overview.get_or_init(|| overview))
    }

    /// The number of pages of the index.
    pub(super) fn docs(&self) -> Result<u64, IndexError> {
        Ok(self.overview()?.pages)
    }

    /// The number of pages that each query matches, in one request. `within` finds for each all that it matches, and maybe
    /// more: no other pages are looked at.
    pub(super) fn counts(&self, queries: &[Value], within: &[Value]) -> Result<Vec<u64>, IndexError> {
        /// Number of queries of a request: an engine takes no more clauses.
        const AT_ONCE: usize = 500;
        let keys: Vec<u128> = queries.iter().map(|query| hash_of(&query.to_string())).collect();
        let mut counts: Vec<Option<u64>> = keys.iter().map(|key| self.known.counts.get(key)).collect();
        let unknown: Vec<usize> = (0..queries.len()).filter(|at| counts[*at].is_none()).collect();
        for some in unknown.chunks(AT_ONCE) {
            let mut filters = json!({});
            for at in some {
                filters[at.to_string()] = queries[*at].clone();
            }
            let mut any: Vec<&Value> = Vec::new();
            for at in some {
                if !any.contains(&&within[*at]) {
                    any.push(&within[*at]);
                }
            }
            let body = json!({
                "size": 0, "track_total_hits": false,
                "query": {"bool": {
                    "filter": [{"term": {mapping::DOC: mapping::Doc::Page.as_str()}}],
                    "should": any, "minimum_should_match": 1,
                }},
                "aggs": {"each": {"filters": {"filters": filters}}},
            });
            let answer = self.engine.search(&body, self.deadline)?;
            for at in some {
                let count = answer["aggregations"]["each"]["buckets"][at.to_string()]["doc_count"].as_u64();
                let count = count.ok_or_else(|| self.engine.unreadable("an answer without counts"))?;
                self.known.counts.keep(keys[*at], count, 0);
                counts[*at] = Some(count);
            }
        }
        Ok(counts.into_iter().map(Option::unwrap_or_default).collect())
    }
}

/// Refuses terms of a pattern that are more than so many.
fn few<T>(terms: &[T], most: usize) -> Result<(), IndexError> {
    if terms.len() <= most {
        return Ok(());
    }
    Err(IndexError::TooMuch(message!("the query expands to over {} terms; write more of its words", most)))
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
