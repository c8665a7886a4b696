//! [`Searcher`] is the one entry point to searching, for the command line, HTTP, the web page and agents. The same
//! query has the same answer everywhere.

use super::{
    Answer, Filters, Hit, Request, ResolvedQuery, SearchError, SearchOptions, Suggestion, articles,
    required::resolve_required, search, similar, suggest, unknown_words,
};
use crate::{
    index::{Batches, Fetch, IndexError, Snapshot, Sort, StoredArticle},
    problem::{Message, Note, message},
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
    /// How anything unusual was read, and how many hits have only some of the words.
    pub notes: Vec<Note>,
    /// What to search for instead, if no article matches.
    pub suggestions: Vec<Suggestion>,
}

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
            let message = message!("{} has no rare terms to find similar articles by", &article.key);
            resolved.notes.push(message.into());
        }
        let similar = similar.unwrap_or(Query::Or(Vec::new()));
        resolved.relaxed = resolved.relaxed.map(|relaxed| Query::and([similar.clone(), relaxed]));
        resolved.query = Query::and([similar, resolved.query]);
        resolved.like = Some(article.id.clone());
        Ok(resolved)
    }

    /// Answers a query. Where fewer articles match than fit on the first page, and hits are sorted by relevance, the page
    /// is filled with articles that have some of the words.
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
        let request = resolved.request(options, self.snapshot, &self.language.clock)?;
        let mut answer = search(self.snapshot, &request)?;
        let mut notes = resolved.notes.clone();
        let is_first_page = request.sort == Sort::Relevance && request.offset == 0;
        if let Some(relaxed) = resolved.relaxed.as_ref().filter(|_| is_first_page)
            && answer.hits.len() < request.limit
        {
            let full = answer.hits.len();
            self.fill(&request, relaxed, &mut answer.hits)?;
            if answer.hits.len() > full {
                notes.push(relaxed_note(answer.articles).into());
            }
        }
        // A similar-articles request has no typed words to correct.
        let suggested = options.suggest && resolved.like.is_none() && answer.total == 0;
        let mut suggestions = Vec::new();
        if suggested {
            let found_by = |text: &str| match self.resolve(text, &resolved.filters) {
                Ok(corrected) => articles(self.snapshot, corrected.query),
                Err(SearchError::Index(error)) => Err(error),
                Err(_) => Ok(0),
            };
            suggestions = suggest(self.snapshot, &resolved.query, &resolved.typed, &found_by)?;
            notes.extend(unknown_note(&unknown_words(self.snapshot, &resolved.query)?).map(Note::from));
        }
        Ok(SearchResponse { query: request.query, answer, sort: request.sort, notes, suggestions })
    }

    /// Fills the hits of a request up to its limit with the best matches of a relaxed query.
    fn fill(&self, request: &Request, relaxed: &Query, hits: &mut Vec<Hit>) -> Result<(), IndexError> {
        let used: usize = hits.iter().map(|hit| hit.article.body.len()).sum();
        let room = request.limit - hits.len();
        // Another page of an article that matches fully may match some of the words.
        let other_pages = hits.iter().filter(|hit| !hit.also.is_empty()).count();
        let request = Request {
            query: Query::and([relaxed.clone(), Query::Not(Box::new(request.query.clone()))]),
            limit: room + other_pages,
            text_budget: request.text_budget - used,
            facets: Vec::new(),
            ..request.clone()
        };
        let more = match search(self.snapshot, &request) {
            Ok(answer) => answer.hits,
            // A relaxed query may expand to too many terms. Ignore that: the query itself was answered.
            Err(IndexError::TooMuch(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let known = |hits: &[Hit], hit: &Hit| {
            let of =
                |hit: &Hit| if request.grouped { hit.article.id.clone() } else { hit.article.key.clone() };
            hits.iter().any(|other| of(other) == of(hit))
        };
        let full = hits.len();
        let more = more.into_iter().filter(|hit| !known(&hits[..full], hit)).take(room);
        let more: Vec<Hit> = more.map(|hit| Hit { relaxed: true, ..hit }).collect();
        hits.extend(more);
        Ok(())
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

/// The note that names the words that no article has.
fn unknown_note(words: &[String]) -> Option<Message> {
    let written = words.iter().map(|word| format!("`{word}`"));
    (!words.is_empty()).then(|| message!("no article has {}", Message::any_of(written)))
}

/// The note that some hits have only some of the words, if this number of articles have all of them.
fn relaxed_note(articles: usize) -> Message {
    match articles {
        0 => message!("no article has all of these words; showing articles that have some of them"),
        1 => message!("only one article has all of these words; the others have some of them"),
        several => {
            message!("only {} articles have all of these words; the others have some of them", several)
        }
    }
}
