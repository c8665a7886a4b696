//! [`Searcher`] is the one entry point to searching, for the command line, HTTP, the web page and agents. The same
//! query has the same answer everywhere.

use super::{
    Answer, Filters, Request, ResolvedQuery, SearchError, SearchOptions, Suggestion,
    required::resolve_required, search, similar, suggest,
};
use crate::{
    index::{Batches, Fetch, IndexError, Snapshot, Sort, StoredArticle},
    query::{Language, Query},
};

/// Searches one snapshot.
#[derive(Clone, Copy)]
pub struct Searcher<'s> {
    snapshot: &'s dyn Snapshot,
    language: &'s Language,
}

/// An answer with notes and suggestions.
#[derive(Clone, Debug)]
pub struct SearchResponse {
    /// The query that was answered.
    pub query: Query,
    /// The answer.
    pub answer: Answer,
    /// The order of the hits.
    pub sort: Sort,
    /// Whether no article had all of the words, so that the search was relaxed to some of them.
    pub relaxed: bool,
    /// How anything unusual was read, and whether the query was relaxed; one line each.
    pub notes: Vec<String>,
    /// What to search for instead, if no article has all of the words.
    pub suggestions: Vec<Suggestion>,
}

/// The note of [`SearchResponse::relaxed`].
const RELAXED: &str = "no article has all of these words; showing articles that have some of them";
/// The note of a relaxed query that was only counted.
const RELAXED_COUNT: &str = "no article has all of these words; counting articles that have some of them";

impl<'s> Searcher<'s> {
    /// A searcher on a snapshot, for one query language.
    #[must_use]
    pub fn new(snapshot: &'s dyn Snapshot, language: &'s Language) -> Self {
        Self { snapshot, language }
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &'s dyn Snapshot {
        self.snapshot
    }

    /// The words and filters as one query, with names of securities resolved.
    ///
    /// # Errors
    ///
    /// [`SearchError::Words`] if the words cannot be parsed; [`SearchError::Value`] if a filter cannot;
    /// [`SearchError::Index`] if the index fails.
    pub fn resolve(&self, words: &str, filters: &Filters) -> Result<ResolvedQuery, SearchError> {
        filters.query(words, self.snapshot, self.language)
    }

    /// The query for articles similar to `article` that match words and filters. If the article has no rare terms,
    /// the query matches nothing and a note says why.
    ///
    /// # Errors
    ///
    /// [`SearchError::Words`] if the words cannot be parsed; [`SearchError::Value`] if a filter cannot;
    /// [`SearchError::Index`] if the index fails.
    pub fn resolve_similar(
        &self,
        article: &StoredArticle,
        words: &str,
        filters: &Filters,
    ) -> Result<ResolvedQuery, SearchError> {
        let mut resolved = self.resolve(words, filters)?;
        let similar = similar(self.snapshot, article)?;
        if similar.is_none() {
            resolved.notes.push(format!("{} has no rare terms to find similar articles by", article.key));
        }
        resolved.query = Query::and([similar.unwrap_or(Query::Or(Vec::new())), resolved.query]);
        resolved.like = Some(article.id.clone());
        Ok(resolved)
    }

    /// Answers a query. If no article has all of its words and [`SearchOptions::relax`] is set, searches for some
    /// of them.
    ///
    /// # Errors
    ///
    /// [`SearchError::Value`] if the options contradict the query; [`SearchError::Index`] if the query expands to
    /// too many terms or the index fails.
    pub fn search(
        &self,
        resolved: &ResolvedQuery,
        options: &SearchOptions,
    ) -> Result<SearchResponse, SearchError> {
        let mut request = resolved.request(options, self.snapshot.schema(), &self.language.clock)?;
        let (answer, relaxed) = if options.relax {
            relaxing(self.snapshot, &mut request)?
        } else {
            (search(self.snapshot, &request)?, false)
        };
        // A similar-articles request has no typed words to correct.
        let suggested = options.suggest && resolved.like.is_none() && (answer.total == 0 || relaxed);
        let suggestions = if suggested { suggest(self.snapshot, &resolved.query)? } else { Vec::new() };
        let mut notes = resolved.notes.clone();
        if relaxed {
            notes.push(if options.limit > 0 { RELAXED } else { RELAXED_COUNT }.to_owned());
        }
        Ok(SearchResponse { query: request.query, answer, sort: request.sort, relaxed, notes, suggestions })
    }

    /// All matching articles, in batches and in no particular order.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if the query expands to too many terms; else as every method of [`Snapshot`].
    pub fn scan(&self, resolved: &ResolvedQuery, fetch: Fetch) -> Result<Batches<'s>, IndexError> {
        scan(self.snapshot, &resolved.query, fetch)
    }
}

/// All matching articles, in batches and in no particular order.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if the query expands to too many terms; else as every method of [`Snapshot`].
pub fn scan<'s>(snapshot: &'s dyn Snapshot, query: &Query, fetch: Fetch) -> Result<Batches<'s>, IndexError> {
    snapshot.scan(&resolve_required(snapshot, query)?, fetch)
}

/// Answers a request. If no article has all of its plain words, searches for some of them. Returns whether it did;
/// `request` then holds the relaxed query.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if the query expands to too many terms; else as every method of [`Snapshot`].
fn relaxing(snapshot: &dyn Snapshot, request: &mut Request) -> Result<(Answer, bool), IndexError> {
    let answer = search(snapshot, request)?;
    if answer.total == 0
        && let Some(query) = request.query.relaxed()
    {
        let strict = std::mem::replace(&mut request.query, query);
        match search(snapshot, request) {
            Ok(relaxed) if relaxed.total > 0 => return Ok((relaxed, true)),
            // A relaxed query may expand to too many terms. Ignore that: the strict query was answered.
            Ok(_) | Err(IndexError::TooMuch(_)) => request.query = strict,
            Err(error) => return Err(error),
        }
    }
    Ok((answer, false))
}
