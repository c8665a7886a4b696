//! Search, once for all engines: resolve → retrieve → rerank → group → highlight; relaxation, suggestions, completion and
//! similar articles.
//!
//! A [`Request`] becomes an [`Answer`] by [`search`](fn@search); renderers turn that into bytes.

mod analysis;
mod complete;
mod marks;
mod names;
mod pipeline;
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
pub use names::resolve;
pub use pipeline::search;
pub use request::{Filters, ResolvedQuery, SearchError, SearchOptions, counted_by, overview, read};
pub use rerank::{RERANK_DEPTH, RERANK_FIELDS, RerankBoost, RerankFeatures, Reranker};
pub use searcher::{SearchResponse, Searcher, relaxing};
pub use similar::similar;
pub use snippet::{Snippet, snippets};
pub use suggest::{Suggestion, SuggestionKind, suggest};

use pipeline::pages;

use crate::{
    index::{Copies, Facet, FacetRequest, Recency, Sort, StoredArticle},
    query::Query,
};
use jiff::tz::TimeZone;
use std::time::Duration;

/// What is searched for, and how it is shown.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which articles.
    pub query: Query,
    /// The words as they were typed: an article whose title is just these, or which is about the security that
    /// they are a notation of, comes first.
    pub typed: String,
    /// The id of an article that is no hit itself.
    pub without: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// Whether what is ranked fades with its age.
    pub recency: Option<Recency>,
    /// How many hits are passed over first.
    pub offset: usize,
    /// How many hits are wanted at the most; 0 counts only.
    pub limit: usize,
    /// What is to be counted over all matching articles.
    pub facets: Vec<FacetRequest>,
    /// How many snippets a hit may have.
    pub snippets: usize,
    /// About how long a snippet is, in columns: a letter takes one, an ideograph two.
    pub snippet_length: usize,
    /// Hits have their whole texts as long as these have no more bytes together.
    pub text_budget: usize,
    /// Whether each hit says how its score came about.
    pub explain: bool,
    /// Whether an article in several locales is one hit, and counts once.
    pub grouped: bool,
    /// Whether near-copies of an article are one hit with it. Only where articles are grouped.
    pub stories: bool,
    /// Of an article that matches in several locales the first of these is shown, as `zh-HK` or `zh`; without
    /// one of them, that which matches best.
    pub prefer: Vec<String>,
    /// The zone in which years, months and days are counted.
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

/// What was found.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How many hits there are, exactly: `stories` where they were asked for, or `articles` where those are
    /// grouped, else `pages`.
    pub total: usize,
    /// How many stories match, each in one article or several near-copies, where that was asked.
    pub stories: Option<usize>,
    /// How many articles match, each in one locale or more.
    pub articles: usize,
    /// How many pages match.
    pub pages: usize,
    /// The hits that were asked for, in order.
    pub hits: Vec<Hit>,
    /// The counts that were asked for, in order.
    pub facets: Vec<Facet>,
    /// How long it took.
    pub took: Duration,
}

/// One matching article.
#[derive(Clone, Debug)]
pub struct Hit {
    /// What it is and holds.
    pub article: StoredArticle,
    /// The score, where hits are sorted by relevance.
    pub score: Option<f32>,
    /// The other locales of the article, matching or not, where hits are grouped.
    pub also: Vec<String>,
    /// The near-copies of the article, where they were asked for and there are any.
    pub copies: Option<Copies>,
    /// The words of the title that matched, as byte ranges of it.
    pub title_marks: Vec<std::ops::Range<usize>>,
    /// The parts of the text that matched best.
    pub snippets: Vec<Snippet>,
    /// How the score came about, a line each.
    pub explanation: Vec<String>,
}
