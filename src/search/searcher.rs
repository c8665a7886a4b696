//! What every door searches with: the command line, HTTP, the page, agents. Each makes a [`Searcher`] for one snapshot, so
//! that the same question has the same answer everywhere.

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

/// What was found, and what is told beside it.
#[derive(Clone, Debug)]
pub struct SearchResponse {
    /// The query that was answered.
    pub query: Query,
    /// The answer.
    pub answer: Answer,
    /// The order of the hits.
    pub sort: Sort,
    /// Whether no article has all of the words, so that articles with some of them were searched for.
    pub relaxed: bool,
    /// How anything unusual was read, and whether the query was relaxed, a line each.
    pub notes: Vec<String>,
    /// What else to ask, where nothing has all of the words.
    pub suggestions: Vec<Suggestion>,
}

/// The note of [`SearchResponse::relaxed`].
const RELAXED: &str = "no article has all of these words; showing articles that have some of them";
/// The note of a relaxed query that was only counted.
const RELAXED_COUNT: &str = "no article has all of these words; counting articles that have some of them";

impl<'s> Searcher<'s> {
    /// A searcher for a snapshot, in a language of queries.
    #[must_use]
    pub fn new(snapshot: &'s dyn Snapshot, language: &'s Language) -> Self {
        Self { snapshot, language }
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &'s dyn Snapshot {
        self.snapshot
    }

    /// The query that some words and filters make together, with names of securities looked up.
    ///
    /// # Errors
    ///
    /// [`SearchError::Words`] or [`SearchError::Value`] if the words or a filter cannot be read; if the index cannot.
    pub fn resolve(&self, words: &str, filters: &Filters) -> Result<ResolvedQuery, SearchError> {
        filters.query(words, self.snapshot, self.language)
    }

    /// The query for articles that are similar to one, among those that words and filters take. Of an article without
    /// rare terms it finds nothing, and a note says why.
    ///
    /// # Errors
    ///
    /// As [`Searcher::resolve`].
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

    /// Answers a query; where no article has all of its words, and [`SearchOptions::relax`] allows it, with articles that
    /// have some of them.
    ///
    /// # Errors
    ///
    /// [`SearchError::Value`] if the options contradict the query; if the index cannot be read, or the query expands to
    /// more than an index will read.
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

    /// All articles that match, in batches.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::scan`].
    pub fn scan(&self, resolved: &ResolvedQuery, fetch: Fetch) -> Result<Batches<'s>, IndexError> {
        self.snapshot.scan(&resolve_required(self.snapshot, &resolved.query)?, fetch)
    }
}

/// Answers a request; where no article has all of its plain words, with articles that have some of them. Says whether
/// that was so, and the request is then the one that was answered.
///
/// # Errors
///
/// As [`search`].
pub fn relaxing(snapshot: &dyn Snapshot, request: &mut Request) -> Result<(Answer, bool), IndexError> {
    let answer = search(snapshot, request)?;
    if answer.total == 0
        && let Some(query) = request.query.relaxed()
    {
        let strict = std::mem::replace(&mut request.query, query);
        // A relaxed query that expands to too much is no reason to fail: the strict one was answered.
        if let Ok(relaxed) = search(snapshot, request)
            && relaxed.total > 0
        {
            return Ok((relaxed, true));
        }
        request.query = strict;
    }
    Ok((answer, false))
}
