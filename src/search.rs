//! Search: resolve → retrieve → rerank → group → highlight, written once over the trait `Snapshot`; also
//! relaxation, suggestions, completion and similar articles.
//!
//! [`search`](fn@search) turns a [`Request`] into an [`Answer`]; renderers turn that into bytes.

mod analysis;
mod complete;
mod marks;
mod names;
mod options;
mod params;
mod pipeline;
mod recognize;
mod request;
mod required;
mod rerank;
mod searcher;
mod similar;
mod snippet;
mod suggest;

pub use analysis::{Analysis, analyze};
pub use complete::{Completion, CompletionKind, complete};
pub use marks::Marker;
pub use names::{look_up, name_of, prepare_names_of, resolve_names};
pub use options::{OPTIONS, OptionRow, OptionValue, SearchOption};
pub use params::SearchParams;
pub use pipeline::search;
pub use request::{
    Filters, MatchMode, ResolvedQuery, SearchError, SearchOptions, counted_by, overview, read,
};
pub use rerank::{RERANK_DEPTH, RERANK_FIELDS, RerankBoost, RerankFeatures, Reranker};
pub use searcher::{SearchResponse, Searcher, scan};
pub use similar::similar;
pub use snippet::{Snippet, snippets};
pub use suggest::{Suggestion, SuggestionKind, suggest, unknown_words};

use pipeline::{articles, pages, prepare_articles};

use crate::{
    index::{Copies, Facet, FacetRequest, OrderPlace, Recency, Sort, StoredArticle},
    query::Query,
};
use jiff::tz::TimeZone;
use std::time::Duration;

/// One search: which articles match, their order, and how hits are shown.
#[derive(Clone, Debug)]
pub struct Request {
    /// The articles that match.
    pub query: Query,
    /// The words as typed. An article whose title is exactly these words, or that is about the security they
    /// denote, ranks first.
    pub typed: String,
    /// The id of an article to leave out of the hits.
    pub without: Option<String>,
    /// The order of the hits.
    pub sort: Sort,
    /// If set, scores decay with the age of the article.
    pub recency: Option<Recency>,
    /// Only hits after this place, in any order but that of relevance. Not with `stories`.
    pub after: Option<OrderPlace>,
    /// How many of these hits to skip.
    pub offset: usize,
    /// At most this many hits; 0 only counts.
    pub limit: usize,
    /// What to count over all matching articles.
    pub facets: Vec<FacetRequest>,
    /// At most this many snippets per hit.
    pub snippets: usize,
    /// Approximate length of a snippet in columns: a letter takes one, an ideograph two.
    pub snippet_length: usize,
    /// Hits carry their whole body while all bodies together stay within this many bytes.
    pub text_budget: usize,
    /// Whether each hit explains its score.
    pub explain: bool,
    /// Whether the locales of an article form one hit and count once.
    pub grouped: bool,
    /// Whether near-copies form one hit. Needs `grouped`.
    pub stories: bool,
    /// Preferred locales, like `zh-HK` or `zh`: an article that matches in several locales is shown in the first of
    /// these, otherwise in the one with the best match.
    pub prefer: Vec<String>,
    /// The time zone in which years, months and days are counted.
    pub zone: TimeZone,
}

impl Request {
    /// The ten best articles for a query, with one snippet each.
    #[must_use]
    pub fn new(query: Query) -> Self {
        Self {
            query,
            typed: String::new(),
            without: None,
            sort: Sort::Relevance,
            recency: None,
            after: None,
            offset: 0,
            limit: 10,
            facets: Vec::new(),
            snippets: 1,
            snippet_length: 240,
            text_budget: 0,
            explain: false,
            grouped: true,
            stories: false,
            prefer: Vec::new(),
            zone: TimeZone::UTC,
        }
    }
}

/// The result of a search.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The exact number of hits: `stories` if requested, else `articles` if grouped, else `pages`.
    pub total: usize,
    /// How many stories match, if stories were requested. A story is an article with its near-copies.
    pub stories: Option<usize>,
    /// How many articles match, each in one locale or more.
    pub articles: usize,
    /// How many pages match.
    pub pages: usize,
    /// How many hits come before the first of `hits`.
    pub skipped: usize,
    /// The requested hits, in order: first those that match, then, if these do not fill the first page, those that match
    /// some of the words.
    pub hits: Vec<Hit>,
    /// The requested counts, in order.
    pub facets: Vec<Facet>,
    /// How long the search took.
    pub took: Duration,
}

/// At most this many other locales of an article are named.
pub const MAX_ALSO: usize = 20;

/// One matching article.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The stored article.
    pub article: StoredArticle,
    /// The score, if hits are sorted by relevance.
    pub score: Option<f32>,
    /// Its place in an order by date or by a key, unless near-copies form one hit: they come and go with other articles.
    pub place: Option<OrderPlace>,
    /// The first [`MAX_ALSO`] other locales of the article, matching or not, if hits are grouped.
    pub also: Vec<String>,
    /// How many further locales it has.
    pub more_locales: usize,
    /// The near-copies of the article, if requested and there are any.
    pub copies: Option<Copies>,
    /// The matched words of the title, as byte ranges of it.
    pub title_marks: Vec<std::ops::Range<usize>>,
    /// The best-matching fragments of the text.
    pub snippets: Vec<Snippet>,
    /// How the score was computed, one line each.
    pub explanation: Vec<String>,
    /// Whether the article has only some of the words. Totals and facets do not count it.
    pub relaxed: bool,
}
