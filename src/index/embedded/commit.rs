//! One commit of an index, with caches of what was read from it.

use super::{
    CommitPayload, Definition,
    columns::Columns,
    damaged,
    deadline::{TimedOut, until},
    expand::{self, ExpandedTerms, Scope},
    guard::{guarded, too_much_of},
    layout, message_of, place_cache,
};
use crate::{
    index::{IndexError, KeyCounts},
    query::TermSet,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};
use tantivy::{
    DocAddress, Searcher, Term,
    collector::Collector,
    query::{Bm25StatisticsProvider, EnableScoring, Query},
    schema::Field,
};
use xxhash_rust::xxh3::Xxh3;

/// One commit of an index, with caches of what was read from it.
pub(super) struct Commit {
    pub definition: Arc<Definition>,
    pub searcher: Searcher,
    /// The payload of the commit.
    pub payload: CommitPayload,
    /// What tells it from other commits.
    pub generation: u64,
    /// The columns of each segment, opened when first needed.
    columns: Vec<OnceLock<Columns>>,
    /// The number of pages, once it was asked for.
    pages: OnceLock<u64>,
    /// Whether every article has one page.
    pub single: OnceLock<bool>,
    /// The free keys, once they were asked for.
    pub keys: OnceLock<KeyCounts>,
    /// Cached expansions of term sets.
    expanded: Mutex<Expansions>,
    /// Cached places of records.
    pub places: place_cache::Cache,
}

/// Scores are computed from the articles only: documents that record what is excluded, or where records are, have no words.
impl Bm25StatisticsProvider for Commit {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.searcher.total_num_tokens(field)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        self.pages()
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(self.searcher.doc_freq(term)?.min(self.pages()?))
    }
}

/// The cached expansions, and the number of their terms.
#[derive(Default)]
struct Expansions {
    by_set: HashMap<(Scope, TermSet), Arc<ExpandedTerms>>,
    terms: usize,
}

/// Maximum number of terms in all cached expansions, about 50 bytes each. A search expands the terms of its query again
/// for the rerank.
const MAX_KEPT_TERMS: usize = 1 << 18;
/// Maximum number of cached expansions.
const MAX_EXPANSIONS: usize = 4096;

impl Commit {
    pub(super) fn new(definition: Arc<Definition>, searcher: Searcher, payload: CommitPayload) -> Self {
        let columns = searcher.segment_readers().iter().map(|_| OnceLock::new()).collect();
        Self {
            generation: generation(&searcher),
            definition,
            searcher,
            payload,
            columns,
            pages: OnceLock::new(),
            single: OnceLock::new(),
            keys: OnceLock::new(),
            expanded: Mutex::default(),
            places: place_cache::Cache::default(),
        }
    }

    /// The number of pages. As lengths and document frequencies do, it counts those that were removed since their segments
    /// were written.
    pub(super) fn pages(&self) -> tantivy::Result<u64> {
        if let Some(pages) = self.pages.get() {
            return Ok(*pages);
        }
        let mut pages = 0;
        for segment in self.searcher.segment_readers() {
            pages += u64::from(segment.max_doc() - layout::excluded_docs(segment)?);
        }
        Ok(*self.pages.get_or_init(|| pages))
    }

    /// What scores are computed with.
    pub(super) fn scoring(&self) -> EnableScoring<'_> {
        EnableScoring::enabled_from_statistics_provider(self, &self.searcher)
    }

    /// Collects the documents that match a query.
    pub(super) fn search<C: Collector>(&self, query: &dyn Query, collector: &C) -> tantivy::Result<C::Fruit> {
        self.searcher.search_with_statistics_provider(query, collector, self)
    }

    /// Runs work on the commit until a deadline. A panic of tantivy, which damage causes, becomes an error.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`]; [`IndexError::TimedOut`] past the deadline; [`IndexError::TooMuch`] for a query that
    /// expands to too many terms, which the engine says by [`too_much`](super::guard::too_much).
    pub(super) fn guarded<T>(
        &self,
        deadline: Option<Instant>,
        work: impl FnOnce(&Self) -> tantivy::Result<T>,
    ) -> Result<T, IndexError> {
        let path = &self.definition.path;
        match guarded(|| until(deadline, || work(self))) {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(error))) => Err(match too_much_of(&error) {
                Some(message) => IndexError::TooMuch(message),
                None => damaged(path, &message_of(&error)),
            }),
            Ok(Err(TimedOut)) => Err(IndexError::TimedOut),
            Err(said) => Err(damaged(path, &said)),
        }
    }

    /// The terms of a scope that a set expands to.
    pub(super) fn expanded(&self, scope: &Scope, terms: &TermSet) -> tantivy::Result<Arc<ExpandedTerms>> {
        let kept = || self.expanded.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (scope.clone(), terms.clone());
        if let Some(found) = kept().by_set.get(&key) {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(expand::find(&self.searcher, scope, terms)?);
        let terms = found.terms_of_all_segments();
        if terms <= MAX_KEPT_TERMS {
            let mut kept = kept();
            if kept.terms + terms > MAX_KEPT_TERMS || kept.by_set.len() >= MAX_EXPANSIONS {
                *kept = Expansions::default();
            }
            if kept.by_set.insert(key, Arc::clone(&found)).is_none() {
                kept.terms += terms;
            }
        }
        Ok(found)
    }

    /// The columns of the segment of a document.
    pub(super) fn columns(&self, address: DocAddress) -> tantivy::Result<&Columns> {
        let columns = &self.columns[address.segment_ord as usize];
        if let Some(columns) = columns.get() {
            return Ok(columns);
        }
        let opened = Columns::open(self.searcher.segment_reader(address.segment_ord))?;
        Ok(columns.get_or_init(|| opened))
    }
}

/// The hash of the segment ids and their deletions, which identifies a commit.
fn generation(searcher: &Searcher) -> u64 {
    let mut hash = Xxh3::new();
    for segment in searcher.segment_readers() {
        hash.update(segment.segment_id().uuid_string().as_bytes());
        hash.update(&segment.delete_opstamp().unwrap_or_default().to_le_bytes());
    }
    hash.digest()
}
