//! The query language: text to tree and tree to text. Every engine lowers the tree in its own way.
//!
//! The parser corrects slips (an unbalanced quote, a trailing `OR`, full-width punctuation) and reports how it read
//! them. It refuses what would mislead (an unknown field, an invalid date). All leaves about text have one shape,
//! [`Words`]: slots at relative positions, each with the set of terms that may stand there. Engines match and
//! snippets mark by the same [`TermSet`], so that whatever is found can be shown.

mod chinese_date;
mod dates;
mod expand;
mod keys;
mod names;
mod parse;
mod pattern;
mod punctuation;
mod saved;
mod shape;
mod synonyms;
mod value;
mod words;
mod write;

pub use dates::{Clock, DateRange};
pub use keys::{FreeKeys, find as find_key, key_name, key_spellings, likely as likely_keys};
pub use names::Names;
pub use parse::MAX_QUERY;
pub use pattern::{LuceneRegexp, Pattern, State};
pub(crate) use punctuation::{ascii, separates, separates_values};
pub use saved::{is_name, read_saved, write_saved};
pub use shape::{Filler, Shape};
pub use synonyms::{FileError, Synonyms};
pub use words::{FirstCharFilter, Slot, TermMatcher, TermSet, Words};
pub use write::quoted;

use crate::{problem::Parsed, symbol::Symbol};
use jiff::tz::TimeZone;
use std::{
    collections::BTreeMap,
    ops::{Bound, Range},
};

/// The reference of the query language, in Markdown.
pub const REFERENCE: &str = include_str!("query/reference.md");

/// A query, as a tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Every article.
    All,
    /// Words in a text or keyword field, or in all fields that plain words search.
    Words(Words),
    /// At least `least` of some clauses. A relaxed query and a long run of Han characters become this.
    MinShouldMatch {
        /// The clauses.
        clauses: Vec<Query>,
        /// How many of the clauses an article must match. `None` means enough of those that are rare in the index:
        /// [`search`](crate::search) resolves it to a number before an engine is asked.
        least: Option<usize>,
        /// Clauses that an article need not match; they only add to its score.
        optional: Vec<Query>,
    },
    /// Queries with the same meaning, the typed one first. The best match gives the score.
    Synonyms(Vec<Query>),
    /// Articles that name a security.
    Security(Security),
    /// A path of a facet field, and all paths below it: `market:CN` is `/CN` of `symbol`.
    Path {
        /// The facet field.
        field: String,
        /// The path, beginning with a slash.
        path: String,
    },
    /// A date field within a range of instants.
    Date {
        /// The date field.
        field: String,
        /// The instants that match.
        range: DateRange,
        /// The time zone in which the range was typed.
        zone: TimeZone,
    },
    /// A number field between two bounds.
    Number {
        /// The number field.
        field: String,
        /// The lower bound.
        from: Bound<f64>,
        /// The upper bound.
        to: Bound<f64>,
    },
    /// Articles that have any value in the field.
    Exists(String),
    /// All of these.
    And(Vec<Query>),
    /// Any of these.
    Or(Vec<Query>),
    /// All articles but these.
    Not(Box<Query>),
    /// The query with its score multiplied.
    Boost(Box<Query>, f32),
}

/// A security that a query asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Security {
    /// The notation or name, as typed.
    pub typed: String,
    /// What it may mean: one symbol, or several if it is ambiguous, with their [alternatives](Symbol::alternatives).
    /// Empty if it can only be a name, which an index may know.
    pub readings: Vec<Symbol>,
    /// Its names, as phrases: an article whose title or lead has one is about the security. Empty until an index resolves
    /// them.
    pub names: Vec<Words>,
    /// The part that the security plays in an article.
    pub role: Role,
}

/// The part that a security plays in an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The article names it.
    Any,
    /// The article is about it: names it in the title or the lead, or lists it first.
    About,
    /// The article names it, but is not about it.
    Mentioned,
}

impl Role {
    /// The field name that a query uses for this role.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "symbol",
            Self::About => "about",
            Self::Mentioned => "mentions",
        }
    }
}

/// How a query asks a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// By words, in all their English forms, and by phrases.
    Words,
    /// By words as they are written, without other forms.
    Keyword,
    /// By any notation of a security.
    Symbol,
    /// By a path, which includes all paths below it.
    Path,
    /// By a period.
    Date,
    /// By a number or a range of numbers.
    Number,
    /// As a keyword; after a sign of comparison or as a range, by a number or a period.
    Key,
}

/// The fields that a query may name.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, FieldKind)>);

impl Fields {
    /// The fields, each with its kind.
    #[must_use]
    pub fn new(fields: Vec<(String, FieldKind)>) -> Self {
        Self(fields)
    }

    /// The field of this name (ASCII case is ignored), and its kind.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(&str, FieldKind)> {
        let found = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(known, kind)| (known.as_str(), *kind))
    }

    /// The fields by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, FieldKind)> {
        self.0.iter().map(|(name, kind)| (name.as_str(), *kind))
    }

    /// The known name nearest to a misspelt one, among these fields, the aliases, `query` and some keys; of keys that are equally
    /// near, the most used.
    #[must_use]
    pub fn nearest<'n>(&'n self, name: &str, keys: FreeKeys<'n>) -> Option<&'n str> {
        let likely = keys::likely(name, keys);
        let name = name.to_ascii_lowercase();
        let known = self.0.iter().map(|(known, _)| known.as_str());
        let names = known.chain(value::ALIASES.map(|(alias, _)| alias)).chain(["query"]);
        nearest(names.chain(likely), &name)
    }
}

/// The names that a query may use, with their meanings.
#[derive(Clone, Debug)]
pub struct Language {
    /// The fields.
    pub fields: Fields,
    /// What "today" means.
    pub clock: Clock,
    /// The synonyms.
    pub synonyms: Synonyms,
    /// The user's names of securities.
    pub names: Names,
    /// The user's saved queries, by name.
    pub saved: BTreeMap<String, String>,
}

impl Language {
    /// The language without synonyms and saved queries.
    #[must_use]
    pub fn new(fields: Fields, clock: Clock) -> Self {
        let (synonyms, names) = (Synonyms::default(), Names::default());
        Self { fields, clock, synonyms, names, saved: BTreeMap::new() }
    }
}

impl Query {
    /// Parses a query. Problems that are not fatal say how something unusual was read.
    #[must_use]
    pub fn parse(text: &str, language: &Language) -> Parsed<Query> {
        parse::query(text, language, &[])
    }

    /// As [`Query::parse`], for an index with some keys, which must be in order.
    #[must_use]
    pub fn parse_with_keys(text: &str, language: &Language, keys: FreeKeys<'_>) -> Parsed<Query> {
        parse::query(text, language, keys)
    }

    /// The conjunction of queries, with nested `And` flattened.
    #[must_use]
    pub fn and(parts: impl IntoIterator<Item = Query>) -> Query {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Query::All => {}
                Query::And(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        match all.len() {
            0 => Query::All,
            1 => all.swap_remove(0),
            _ => Query::And(all),
        }
    }

    /// The disjunction of queries; without parts, [`Query::All`].
    #[must_use]
    pub fn or(mut parts: Vec<Query>) -> Query {
        match parts.len() {
            0 => Query::All,
            1 => parts.swap_remove(0),
            _ => Query::Or(parts),
        }
    }

    /// Whether two parts of a query ask for the same, wherever each was typed.
    #[must_use]
    pub fn asks_as(&self, other: &Query) -> bool {
        match (self, other) {
            (Query::Words(a), Query::Words(b)) => a.asks_as(b),
            (Query::Synonyms(a), Query::Synonyms(b))
            | (Query::And(a), Query::And(b))
            | (Query::Or(a), Query::Or(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.asks_as(b))
            }
            (a, b) => a == b,
        }
    }

    /// Calls `visit` with every leaf, except those below a `Not`.
    pub fn each_leaf<'q>(&'q self, visit: &mut dyn FnMut(&'q Query)) {
        match self {
            Query::And(parts) | Query::Or(parts) => parts.iter().for_each(|part| part.each_leaf(visit)),
            Query::MinShouldMatch { clauses, optional, .. } => {
                clauses.iter().chain(optional).for_each(|part| part.each_leaf(visit));
            }
            Query::Boost(inner, _) => inner.each_leaf(visit),
            Query::Not(_) => {}
            leaf => visit(leaf),
        }
    }

    /// Calls `visit` with all words that a match may contain, so none below a `Not`.
    pub fn each_words<'q>(&'q self, visit: &mut dyn FnMut(&'q Words)) {
        self.each_leaf(&mut |leaf| match leaf {
            Query::Words(words) => visit(words),
            Query::Synonyms(several) => several.iter().for_each(|one| one.each_words(visit)),
            _ => {}
        });
    }

    /// The byte range from which its words were read; empty without words.
    pub(crate) fn span(&self) -> Span {
        let mut span: Option<Span> = None;
        self.each_words(&mut |words| {
            let so_far = span.take().unwrap_or_else(|| words.span.clone());
            span = Some(so_far.start.min(words.span.start)..so_far.end.max(words.span.end));
        });
        span.unwrap_or_default()
    }

    /// Calls `visit` with all words that a match may contain, to change them.
    pub fn each_words_mut(&mut self, visit: &mut dyn FnMut(&mut Words)) {
        match self {
            Query::Words(words) => visit(words),
            Query::Synonyms(parts) | Query::And(parts) | Query::Or(parts) => {
                for part in parts {
                    part.each_words_mut(visit);
                }
            }
            Query::MinShouldMatch { clauses, optional, .. } => {
                clauses.iter_mut().chain(optional).for_each(|part| part.each_words_mut(visit));
            }
            Query::Boost(inner, _) => inner.each_words_mut(visit),
            _ => {}
        }
    }

    /// Calls `visit` with every security of the query.
    pub fn each_security(&mut self, visit: &mut dyn FnMut(&mut Security)) {
        self.each_security_ranking(false, &mut |security, _| visit(security));
    }

    /// Calls `visit` with every security, and whether it only ranks, as all of the query does if `ranks`.
    pub(crate) fn each_security_ranking(&mut self, ranks: bool, visit: &mut dyn FnMut(&mut Security, bool)) {
        match self {
            Query::Security(security) => visit(security, ranks),
            Query::And(parts) | Query::Or(parts) => {
                for part in parts {
                    part.each_security_ranking(ranks, visit);
                }
            }
            Query::MinShouldMatch { clauses, optional, .. } => {
                for part in clauses {
                    part.each_security_ranking(ranks, visit);
                }
                for part in optional {
                    part.each_security_ranking(true, visit);
                }
            }
            Query::Not(inner) | Query::Boost(inner, _) => inner.each_security_ranking(ranks, visit),
            _ => {}
        }
    }
}

/// A byte range of the query text.
type Span = Range<usize>;

/// The name nearest to a misspelt one, if its distance is at most 1 plus a quarter of the length.
fn nearest<'n>(names: impl Iterator<Item = &'n str>, name: &str) -> Option<&'n str> {
    let near = names.map(|known| (distance(known, name), known)).min_by_key(|(distance, _)| *distance);
    near.filter(|(distance, _)| *distance <= 1 + name.len() / 4).map(|(_, known)| known)
}

/// The Levenshtein distance of two short names, in bytes.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Query, Synonyms, distance, nearest};

    /// Words with their distances, as textbooks have them.
    #[test]
    fn a_distance_is_that_of_levenshtein() {
        let cases = [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("saturday", "sunday", 3),
            ("flaw", "lawn", 2),
            ("intention", "execution", 5),
            // Two neighbours that are swapped are two edits.
            ("ab", "ba", 2),
        ];
        for (a, b, expected) in cases {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn a_misspelt_name_may_differ_more_the_longer_it_is() {
        let known = |name| nearest(["title", "published", "body"].into_iter(), name);
        assert_eq!(known("titel"), Some("title"));
        // Of nine letters, one and two more may differ, which is a quarter rounded down.
        assert_eq!(known("pubxixhxd"), Some("published"));
        assert_eq!(known("pubxxxhxd"), None);
        assert_eq!(known("boxx"), Some("body"));
        assert_eq!(known("xxx"), None);
    }

    /// The clauses of a min-should-match as they are written, and how many of them must match.
    fn clauses(query: Option<Query>) -> Option<(Vec<String>, Option<usize>)> {
        match query? {
            Query::MinShouldMatch { clauses, least, .. } => {
                Some((clauses.iter().map(ToString::to_string).collect(), least))
            }
            _ => None,
        }
    }

    #[test]
    fn the_bigrams_of_question_words_are_left_out_of_a_sentence() {
        let (kept, least) =
            clauses(Some(Query::of_words("钙钛矿电池是什么材料做的呢", &Synonyms::default())))
                .expect("it is long");
        // 是什, 什么 and 么材 overlap 什么, and 的呢 overlaps 呢.
        let expected = ["钙钛", "钛矿", "矿电", "电池", "池是", "材料", "料做", "做的"];
        assert_eq!(kept, expected.map(|pair| format!("\"{pair}\"")));
        // Of eight bigrams, a third rounded down may lie across word boundaries.
        assert_eq!(least, Some(6));
        let (only, _) =
            clauses(Some(Query::of_words("什么什么什么什么什么", &Synonyms::default()))).expect("it is long");
        assert_eq!(only.len(), 9, "there are no others");
    }

    #[test]
    fn all_words_are_required_until_a_query_is_relaxed() {
        let four = Query::of_words("solar glass wind covid-19", &Synonyms::default());
        assert_eq!(four.to_string(), "solar AND glass AND wind AND \"covid 19\"");
        // What is split from its phrase may be in any form.
        let words = ["solar", "glass", "wind", "covid", "19"].map(str::to_owned).to_vec();
        assert_eq!(clauses(four.relaxed()), Some((words.clone(), None)));
        assert_eq!(clauses(Some(four.any_word())), Some((words, Some(1))));
        assert_eq!(Query::of_words("covid-19", &Synonyms::default()).relaxed(), None, "one word");
        assert_eq!(Query::of_words("solar", &Synonyms::default()).relaxed(), None);
    }
}
