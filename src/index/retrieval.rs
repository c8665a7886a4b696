//! What is asked of a snapshot and what it answers: plain data that fits any engine.

use crate::{
    article::MentionPlaces,
    query::{Query, TermSet},
    schema::{FieldKind, Schema},
    symbol::Symbol,
};
use jiff::{Timestamp, tz::TimeZone};

/// A document of one snapshot. The number means nothing to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocRef(pub u64);

/// Which documents are wanted, and what is counted of all matches.
#[derive(Clone, Debug)]
pub struct Retrieval {
    /// Which pages match.
    pub query: Query,
    /// The words as they were typed: an article whose title is just these, or which is about the security that
    /// they are a notation of, comes first.
    pub typed: String,
    /// The id of an article that does not match.
    pub without: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// Whether scores fade with age.
    pub recency: Option<Recency>,
    /// What is one document of the answer.
    pub collapse: Collapse,
    /// How many documents are skipped.
    pub offset: usize,
    /// How many are wanted at the most; 0 counts only.
    pub limit: usize,
    /// What is counted over all matches.
    pub facets: Vec<FacetRequest>,
    /// The zone in which years, months and days are counted.
    pub zone: TimeZone,
}

/// What pages are taken together, represented by the best of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collapse {
    /// Nothing: each page is by itself.
    Pages,
    /// The pages of an article.
    Articles,
    /// The pages of an article and of its near-copies.
    Stories,
}

/// What was retrieved.
#[derive(Clone, Debug)]
pub struct Retrieved {
    /// How many pages match.
    pub pages: usize,
    /// How many articles match, each in one locale or more.
    pub articles: usize,
    /// How many stories match, if they were collapsed.
    pub stories: Option<usize>,
    /// The documents that were asked for, in order.
    pub docs: Vec<ScoredDoc>,
    /// The counts that were asked for, in order.
    pub facets: Vec<Facet>,
}

/// A document that matches: the best page of what is collapsed.
#[derive(Clone, Copy, Debug)]
pub struct ScoredDoc {
    /// The page.
    pub doc: DocRef,
    /// Its score, where documents are sorted by relevance.
    pub score: Option<f32>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// The near-copies of its article, where stories are collapsed and there are any.
    pub copies: Option<Copies>,
}

/// A page of an article.
#[derive(Clone, Debug)]
pub struct Member {
    /// The page.
    pub doc: DocRef,
    /// Its locale, or empty.
    pub locale: String,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// Its score if it matches, and there are other pages of its article.
    pub score: Option<f32>,
}

/// Terms of a field, or, without one, of all fields that plain words search.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTerms {
    /// The field.
    pub field: Option<String>,
    /// The terms.
    pub terms: TermSet,
}

/// What scores are computed from.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// The number of documents.
    pub docs: u64,
    /// The mean length of a document in words, each field by its boost; at least 1.
    pub mean_length: f32,
    /// For each set of terms, in how many documents any of them is, at most.
    pub doc_freqs: Vec<u64>,
}

/// Positions from this one on are not told: only so much of a text is looked at.
pub const MAX_POSITION: u32 = 1 << 14;

/// Where a document has some terms.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    /// For each field that was asked for, positions below [`MAX_POSITION`] with the index of the set of terms that stands there, in no particular
    /// order.
    pub fields: Vec<Vec<(u32, usize)>>,
    /// The length of the document in words, each field by its boost.
    pub length: f32,
}

/// How a score came about.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The score, or the part of it.
    pub value: f32,
    /// What it is.
    pub description: String,
    /// Its parts.
    pub details: Vec<Explanation>,
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
