//! Requests to a snapshot and its answers: plain data that fits any engine.

use crate::{
    article::{BuiltIn, MentionPlaces, Moment, NameClass},
    query::{Query, TermSet},
    schema::{FieldKind, Schema},
    source::Place,
    symbol::Symbol,
};
use jiff::{Timestamp, tz::TimeZone};
use std::fmt;

/// A document of one snapshot. The number is opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocRef(pub u64);

/// Which documents to retrieve, and what to count over all matches.
#[derive(Clone, Debug)]
pub struct Retrieval {
    /// The query that pages must match.
    pub query: Query,
    /// The words as typed. An article comes first if its title equals them, or if it is about the security that they
    /// denote.
    pub typed: String,
    /// The id of an article to leave out.
    pub without: Option<String>,
    /// The order.
    pub sort: Sort,
    /// The decay of scores with age, if any.
    pub recency: Option<Recency>,
    /// Which pages count as one document.
    pub collapse: Collapse,
    /// Only documents after this place, in any order but that of relevance. Not with stories.
    pub after: Option<OrderPlace>,
    /// How many of these documents to skip.
    pub offset: usize,
    /// Maximum number of documents; 0 only counts.
    pub limit: usize,
    /// What to count over all matches.
    pub facets: Vec<FacetRequest>,
    /// The time zone in which years, months and days are counted.
    pub zone: TimeZone,
}

/// Which pages are collapsed into one document. The best of them represents it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collapse {
    /// None: each page is a document.
    Pages,
    /// The pages of one article.
    Articles,
    /// The pages of one article and of its near-copies.
    Stories,
}

/// The result of a retrieval.
#[derive(Clone, Debug)]
pub struct Retrieved {
    /// The number of pages that match.
    pub pages: usize,
    /// The number of articles that match, each in one locale or more.
    pub articles: usize,
    /// The number of stories that match, if stories were collapsed.
    pub stories: Option<usize>,
    /// The number of documents up to [`Retrieval::after`]; 0 without it.
    pub before: usize,
    /// The documents asked for, in order.
    pub docs: Vec<ScoredDoc>,
    /// The counts asked for, in order.
    pub facets: Vec<Facet>,
}

/// A retrieved document: the best page of what it collapses.
#[derive(Clone, Debug)]
pub struct ScoredDoc {
    /// The page.
    pub doc: DocRef,
    /// Its score, if documents are sorted by relevance.
    pub score: Option<f32>,
    /// When it was published.
    pub published: Option<Moment>,
    /// The value by which it is ordered, if documents are sorted by a key and it has any.
    pub value: Option<KeyValue>,
    /// The near-copies of its article, if stories are collapsed and it has any.
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
    pub published: Option<Moment>,
    /// Its score, if it matches and its article has other pages.
    pub score: Option<f32>,
}

/// A set of terms in one field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTerms {
    /// The field; `None` for all fields that plain words search.
    pub field: Option<String>,
    /// The terms.
    pub terms: TermSet,
}

/// The statistics from which scores are computed.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// The number of pages; those that were removed recently may be counted.
    pub docs: u64,
    /// The mean length of a document in tokens, weighted by the boosts of the fields; at least 1.
    pub mean_length: f32,
    /// For each set of terms, an upper bound of the number of documents with any of them.
    pub doc_freqs: Vec<u64>,
}

/// Positions from this one on are not reported, which bounds the work on a long text.
pub const MAX_POSITION: u32 = 1 << 14;

/// The positions of some terms in a document.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    /// For each field asked for, the positions below [`MAX_POSITION`] with the index of the set of the term at each,
    /// unordered.
    pub fields: Vec<Vec<(u32, usize)>>,
    /// The length of the document in tokens, weighted by the boosts of the fields.
    pub length: f32,
}

/// How a score is computed.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The score, or its part.
    pub value: f32,
    /// What the part is.
    pub description: String,
    /// The parts of this part.
    pub details: Vec<Explanation>,
}

/// The order of documents. Those of one score, date or value are ordered newest first, then by their ids and locales, so that
/// the order does not depend on how documents lie in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Best match first.
    Relevance,
    /// Latest first; articles without a date come last.
    Newest,
    /// Earliest first; articles without a date come last.
    Oldest,
    /// By the values of a key.
    Key(KeyOrder),
}

impl Sort {
    /// The orders that every index has.
    pub const FIXED: [Self; 3] = [Self::Relevance, Self::Newest, Self::Oldest];

    /// The order of a name, as options write it: `newest`, `price`, `price:asc` or `price:desc`. `None` if behind the colon is
    /// another word, or no key before it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if let Some(fixed) = Self::FIXED.into_iter().find(|fixed| fixed.to_string() == name) {
            return Some(fixed);
        }
        // As in queries, `date` is when an article was published.
        match name {
            "date" | "date:desc" => return Some(Self::Newest),
            "date:asc" => return Some(Self::Oldest),
            _ => {}
        }
        let (key, direction) = name.rsplit_once([':', '：']).unwrap_or((name, "asc"));
        let descending = match direction {
            "asc" => false,
            "desc" => true,
            _ => return None,
        };
        (!key.trim().is_empty()).then(|| Self::Key(KeyOrder { key: key.trim().to_owned(), descending }))
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relevance => f.write_str("relevance"),
            Self::Newest => f.write_str("newest"),
            Self::Oldest => f.write_str("oldest"),
            Self::Key(KeyOrder { key, descending }) => {
                write!(f, "{key}:{}", if *descending { "desc" } else { "asc" })
            }
        }
    }
}

/// An order by the values of a free key or a field. Numbers come before dates and dates before texts, and articles without a
/// value last, whatever the direction. Of several values of an article, the first in the order counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOrder {
    /// The name of the key or field.
    pub key: String,
    /// Whether the greatest value comes first.
    pub descending: bool,
}

/// A value by which a document is ordered.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyValue {
    /// A number.
    Number(f64),
    /// An instant; of a day, its first.
    Date(Timestamp),
    /// A text, ordered by its characters.
    Text(String),
}

/// A place in an order by date or by a key, which means the same in every commit: that of a document, whether it is still
/// there or not.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderPlace {
    /// The value by which the document is ordered, if that is a key and it has one.
    pub value: Option<KeyValue>,
    /// The instant by which the document is ordered, if it has a date.
    pub published: Option<Timestamp>,
    /// The id of its article.
    pub id: String,
    /// Its locale; `None` if the pages of an article are one document, so that all of them are at this place.
    pub locale: Option<String>,
}

/// The decay of scores with the age of an article.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recency {
    /// The present, from which ages are measured.
    pub now: Timestamp,
    /// The half-life of a score, in seconds; over 0.
    pub half_life: f64,
}

impl Recency {
    /// Maximum decay, in half-lives, so that relevance still orders older articles.
    const MOST: f64 = 100.0;

    /// The factor of a score: 2^(−age / half-life). A date in the future gives 1; without a date the decay is the
    /// maximum.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a factor needs no more digits")]
    pub fn factor(&self, published: Option<Timestamp>) -> f32 {
        let age = published.map_or(f64::INFINITY, |at| self.now.duration_since(at).as_secs_f64().max(0.0));
        (-(age / self.half_life).min(Self::MOST)).exp2() as f32
    }
}

/// A request for one facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetRequest {
    /// What to count by.
    pub by: FacetBy,
    /// Maximum number of values. The most frequent are kept; periods are then ordered by time.
    pub limit: usize,
}

/// What to count articles by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetBy {
    /// The name in requests: `symbol`, `market`, `month`, or that of a field.
    pub name: String,
    /// The field, or the free key, whose values are counted.
    pub field: String,
    /// For paths and dates, the number of levels to keep; `None` for whole values.
    pub levels: Option<usize>,
}

impl FacetBy {
    /// The facet of a name: `market` or `venue`, `year`, `month` or `day`, or a countable field of the schema.
    #[must_use]
    pub fn named(name: &str, schema: &Schema) -> Option<Self> {
        let (field, levels) = match name {
            "ticker" => (BuiltIn::Symbol.name(), None),
            "market" => (BuiltIn::Symbol.name(), Some(1)),
            "venue" => (BuiltIn::Symbol.name(), Some(2)),
            "year" => (BuiltIn::Published.name(), Some(1)),
            "month" => (BuiltIn::Published.name(), Some(2)),
            "day" => (BuiltIn::Published.name(), Some(3)),
            name => (name, None),
        };
        let row = schema.field(field)?;
        let calendar = row.kind == FieldKind::Date && levels.is_some();
        let countable = calendar || matches!(row.kind, FieldKind::Keyword | FieldKind::Facet) && row.count;
        countable.then(|| Self { name: name.to_owned(), field: field.to_owned(), levels })
    }

    /// The facet of a free key.
    #[must_use]
    pub fn of_key(key: String) -> Self {
        Self { name: key.clone(), field: key, levels: None }
    }

    /// Whether the values are periods of time.
    #[must_use]
    pub fn is_calendar(&self) -> bool {
        matches!(self.name.as_str(), "year" | "month" | "day")
    }

    /// A value as people write it: `/CN/SH/600586` as `600586.SH`.
    #[must_use]
    pub fn label(&self, value: &str) -> String {
        match (BuiltIn::named(&self.field), self.levels) {
            (Some(BuiltIn::Symbol), None) => {
                Symbol::from_facet(value).map_or_else(|| value.to_owned(), |symbol| symbol.canonical())
            }
            (Some(BuiltIn::Symbol), Some(_)) => value.rsplit('/').next().unwrap_or(value).to_owned(),
            _ => value.trim_start_matches('/').to_owned(),
        }
    }
}

/// The counts of one facet over all matching articles.
#[derive(Clone, Debug)]
pub struct Facet {
    /// What was counted by.
    pub by: FacetBy,
    /// Values as people write them, each with its number of articles.
    pub counts: Vec<(String, u64)>,
    /// The number of distinct values, listed or not.
    pub distinct: usize,
}

/// The other articles of a hit's story that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    /// The number of these articles.
    pub count: usize,
    /// When the first article of the story, the hit included, was published.
    pub first: Moment,
    /// When the last one was published.
    pub last: Moment,
}

/// An article as the index stores it.
#[derive(Clone, Debug, Default)]
pub struct StoredArticle {
    /// The id and the locale, `230905679/en`.
    pub key: String,
    /// The id, which all locales of an article share.
    pub id: String,
    /// The locale; empty if the article has none.
    pub locale: String,
    /// `news`, `symbol` and so on.
    pub kind: String,
    /// The title.
    pub title: String,
    /// Where it was published; empty if unknown.
    pub url: String,
    /// The absolute path of its file.
    pub path: String,
    /// The id of the record of the file that it was read from; 0 for the whole file.
    pub record: u64,
    /// Where that record is; `None` for the whole file, and for a record that its file no longer has, but the index keeps.
    pub place: Option<Place>,
    /// When it was published.
    pub published: Option<Moment>,
    /// Its securities, most important first, with the places that name them.
    pub symbols: Vec<(Symbol, MentionPlaces)>,
    /// Its description, unless that is the beginning of the body.
    pub description: String,
    /// Its text; empty if the caller did not ask for it.
    pub body: String,
    /// The line of the file on which the body begins, from 1. All of a record counts as on the line on which the record begins.
    pub body_line: u32,
    /// The ids of the articles to which it links.
    pub related: Vec<String>,
    /// Its free keys, each with its values; empty unless the article was asked for by its key.
    pub keys: Vec<(String, Vec<String>)>,
    /// XXH3 of the file's bytes.
    pub hash: u64,
    /// Whether the file that holds its texts is gone or has changed since it was ingested.
    pub stale: bool,
}

impl StoredArticle {
    /// The line of the file that holds a byte of the body, from 1; `None` for a record whose place is not known.
    #[must_use]
    pub fn line_at(&self, byte: usize) -> Option<u32> {
        if self.is_record() {
            return self.place.map(|place| place.line);
        }
        let breaks = self.body[..byte].matches('\n').count();
        Some(self.body_line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX)))
    }

    /// Whether the article is a record of a file of many.
    #[must_use]
    pub fn is_record(&self) -> bool {
        self.record != 0
    }
}

/// The articles that state one name for one security in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameStatement {
    /// The key of the name.
    pub key: String,
    /// The security.
    pub symbol: Symbol,
    /// How the name is stated.
    pub class: NameClass,
    /// Numbers of the articles, without removed ones, each once: the pages of one article share its number.
    pub articles: Vec<u64>,
}
