//! The question and the answer that pass between callers and engines, and the snippets of an answer.
//!
//! Nothing here knows how an index is kept: whoever asks fills in a [`Request`], an engine gives back an
//! [`Answer`], and renderers turn that into bytes.

mod bm25;
mod marks;
mod rerank;
mod snippet;

pub use bm25::{idf, tf_saturation};
pub use marks::Marker;
pub use rerank::{
    Lengths, RERANK_DEPTH, RERANK_FIELDS, RerankBoost, RerankFeatures, Reranker, TermPositions,
};
pub use snippet::{Snippet, snippets};

use crate::{
    article::MentionPlaces,
    query::Query,
    schema::{FieldKind, Schema},
    symbol::Symbol,
};
use jiff::{Timestamp, tz::TimeZone};
use std::time::Duration;

/// What is asked of an engine.
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
            explain: false,
            grouped: true,
            stories: false,
            prefer: Vec::new(),
            zone: TimeZone::UTC,
        }
    }
}

/// The order of hits. Equals are in the order in which the index keeps them; where nothing is ranked but what an
/// article is about, the newest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Best match first.
    Relevance,
    /// Latest first; articles without a date come last.
    Newest,
    /// Earliest first; articles without a date come last.
    Oldest,
}

/// How the score of an article fades with its age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recency {
    /// The present, from which ages are counted.
    pub now: Timestamp,
    /// The age, in seconds and over 0, at which half of a score is left.
    pub half_life: f64,
}

impl Recency {
    /// No article fades by more than this many half-lives, so that relevance still orders what is that old.
    const MOST: f64 = 100.0;

    /// By what a score is multiplied: 2 to the power of −age / half-life. What is of the future has no age, and
    /// what has no date is as old as can be.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a factor needs no more digits")]
    pub fn factor(&self, published: Option<Timestamp>) -> f32 {
        let age = published.map_or(f64::INFINITY, |at| self.now.duration_since(at).as_secs_f64().max(0.0));
        (-(age / self.half_life).min(Self::MOST)).exp2() as f32
    }
}

/// One thing to be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetRequest {
    /// What by.
    pub by: FacetBy,
    /// At most so many values, those of the highest count; those of a calendar are given in order of time.
    pub limit: usize,
}

/// What articles are counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetBy {
    /// The name that people use: `symbol`, `market`, `month`, or that of a field.
    pub name: String,
    /// The field that is counted.
    pub field: String,
    /// For paths, how many of their levels are told apart; none for whole values.
    pub levels: Option<usize>,
}

impl FacetBy {
    /// What a name counts by: `market` and `venue`, `year`, `month` and `day`, or a field of the schema that
    /// is kept so that it can be counted.
    #[must_use]
    pub fn named(name: &str, schema: &Schema) -> Option<Self> {
        let (field, levels) = match name {
            "ticker" => ("symbol", None),
            "market" => ("symbol", Some(1)),
            "venue" => ("symbol", Some(2)),
            "year" => ("published", Some(1)),
            "month" => ("published", Some(2)),
            "day" => ("published", Some(3)),
            name => (name, None),
        };
        let row = schema.field(field)?;
        let calendar = row.kind == FieldKind::Date && levels.is_some();
        let countable = calendar || matches!(row.kind, FieldKind::Keyword | FieldKind::Facet) && row.count;
        countable.then(|| Self { name: name.to_owned(), field: field.to_owned(), levels })
    }

    /// Whether the values are periods of time.
    #[must_use]
    pub fn is_calendar(&self) -> bool {
        matches!(self.name.as_str(), "year" | "month" | "day")
    }

    /// A value as people write it: `/CN/SH/600586` as `600586.SH`.
    #[must_use]
    pub fn label(&self, value: &str) -> String {
        match (self.field.as_str(), self.levels) {
            ("symbol", None) => {
                Symbol::from_facet(value).map_or_else(|| value.to_owned(), |symbol| symbol.canonical())
            }
            ("symbol", Some(_)) => value.rsplit('/').next().unwrap_or(value).to_owned(),
            _ => value.trim_start_matches('/').to_owned(),
        }
    }
}

/// What an engine answers.
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
    /// How long the engine took.
    pub took: Duration,
}

/// The counts over all matching articles.
#[derive(Clone, Debug)]
pub struct Facet {
    /// What was counted by.
    pub by: FacetBy,
    /// Value, as people write it, and number of articles.
    pub counts: Vec<(String, u64)>,
    /// How many values there are, listed or not.
    pub distinct: usize,
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

/// Other articles that match and are near-copies of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    /// How many they are.
    pub count: usize,
    /// When the first article of the story was published, the hit being one of them.
    pub first: Timestamp,
    /// When the last was.
    pub last: Timestamp,
}

/// An article as an index keeps it.
#[derive(Clone, Debug, Default)]
pub struct StoredArticle {
    /// Id and locale, `230905679/en`.
    pub key: String,
    /// The id, which all locales of an article share.
    pub id: String,
    /// The locale, or empty.
    pub locale: String,
    /// `news`, `symbol` and so on.
    pub kind: String,
    /// The title.
    pub title: String,
    /// Where it was published, or empty.
    pub url: String,
    /// The file that it was read from, as an absolute path.
    pub path: String,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// Its securities, the most important first, with where it names them.
    pub symbols: Vec<(Symbol, MentionPlaces)>,
    /// Its description, where that is not the beginning of the body.
    pub description: String,
    /// Its text; empty where the caller asked for none.
    pub body: String,
    /// The line of the file on which the body begins, from 1.
    pub body_line: u32,
    /// The ids of articles that it links to.
    pub related: Vec<String>,
    /// XXH3 of the file's bytes.
    pub hash: u64,
    /// Whether the index has its texts from the file, which is gone or has changed since it was ingested.
    pub stale: bool,
}
