//! Lowers a query to queries of tantivy.

use super::{
    commit::Commit,
    excluded::Excluded,
    expand::{ExpandedTerms, Scope},
    explain::Named,
    fading::FadingQuery,
    guard::too_much,
    keys,
    layout::{self, EXCLUDED_MARKER},
    moments::Moments,
    pairs::{self, Entries},
    phrase::SlopPhraseQuery,
    union::SkippingUnion,
    word::{InField, Ranking, WordQuery},
};
use crate::{
    article::BuiltIn,
    index::{
        Retrieval, Sort, TermFreqs,
        ranking::{SYMBOL_BOOST, TITLE_BOOST},
        stamp::INSTANTS,
        terms::article_hash,
    },
    problem::message,
    query::{self, DateRange, Query, Role, Security, Slot, TermSet, Words},
    schema::{FieldDef, FieldKind},
    symbol, text,
};
use jiff::{Timestamp, tz::TimeZone};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    ops::Bound,
    sync::Arc,
};
use tantivy::{
    DateTime, DocId, Searcher, SegmentReader, Term,
    query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, ExistsQuery, Occur, PhraseQuery,
        Query as TantivyQuery, RangeQuery, TermQuery,
        doc_predicate_query::{DocPredicateQuery, FunctionPredicate},
    },
    schema::{Facet, Field, IndexRecordOption},
};

mod cost;
mod security;
mod synonyms;

pub(super) type Lowered = Box<dyn TantivyQuery>;

/// Maximum number of index terms to which all words of a query expand together.
const MAX_TERMS: usize = 200_000;
/// Maximum number of bytes of dictionaries at which all patterns of a query look together. Each takes about 50 ns, and
/// `*ing` looks at 720,000 of 292,526 articles.
const MAX_WALKED: u64 = 40_000_000;
/// Maximum number of index terms of a phrase or a `near`: each needs a cursor of some kilobytes.
const MAX_CURSORS: usize = 10_000;
/// Maximum number of words of all phrases with slop and `near`s of a query, as each walks through whole fields of an
/// article.
const MAX_LOOSE: usize = 64;
/// Maximum number of words of a query that expand to many terms: each needs four bytes per document.
const MAX_COUNTED: usize = 64;
/// Longer titles, in tokens, are not compared: field norms are exact only up to this length.
const MAX_TITLE_TOKENS: usize = 40;

/// As [`Lowering::query`], within the limit of cost.
pub(super) fn lower(commit: &Commit, query: &Query) -> tantivy::Result<Lowered> {
    Lowering::new(commit).affordable(query)
}

/// For each set, its terms in a field, or in all fields that plain words search, with their document frequencies, most
/// frequent first.
pub(super) fn doc_freqs(
    commit: &Commit,
    field: Option<&str>,
    sets: &[TermSet],
) -> tantivy::Result<Vec<TermFreqs>> {
    sets.iter().map(|set| doc_freqs_of(commit, field, set)).collect()
}

fn doc_freqs_of(commit: &Commit, field: Option<&str>, set: &TermSet) -> tantivy::Result<TermFreqs> {
    let lowering = Lowering::new(commit);
    let mut counts: HashMap<String, u64> = HashMap::new();
    for (_, scope) in lowering.asked(field) {
        for (term, documents) in lowering.found(&scope, set)?.words() {
            let word = &term[scope.prefix.len()..];
            let count = counts.entry(word.to_owned()).or_default();
            *count = in_any(field, *count, documents);
        }
    }
    let mut counts: TermFreqs = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    Ok(counts)
}

/// How many documents have a word in one of two places that [`Lowering::asked`] tells for a field. A word in the title is mostly in
/// the body as well, so that without a field it is not the sum; but the spellings of a free key are in different articles.
pub(super) fn in_any(field: Option<&str>, one: u64, other: u64) -> u64 {
    if field.is_some() { one.saturating_add(other) } else { one.max(other) }
}

/// Lowers queries on one commit. Counts what they have.
pub(super) struct Lowering<'e> {
    commit: &'e Commit,
    searcher: &'e Searcher,
    /// The expansions of the query's words. Each counts once.
    expanded: RefCell<HashMap<(Scope, TermSet), Arc<ExpandedTerms>>>,
    /// The number of terms in these expansions.
    words: Cell<usize>,
    /// The number of bytes of dictionaries at which they looked.
    walked: Cell<u64>,
    /// The number of words with so many terms that their frequencies are summed before scoring.
    counted: Cell<usize>,
    /// The number of words in phrases with slop and `near`s.
    loose: Cell<usize>,
    /// Whether an excluded clause is being lowered.
    excluding: Cell<bool>,
}

impl<'e> Lowering<'e> {
    pub(super) fn new(commit: &'e Commit) -> Self {
        Self {
            commit,
            searcher: &commit.searcher,
            expanded: RefCell::new(HashMap::new()),
            words: Cell::new(0),
            walked: Cell::new(0),
            counted: Cell::new(0),
            loose: Cell::new(0),
            excluding: Cell::new(false),
        }
    }

    /// As [`Lowering::query`], if the query does not cost too much.
    fn affordable(&self, query: &Query) -> tantivy::Result<Lowered> {
        let lowered = self.query(query)?;
        self.check_cost(query)?;
        Ok(lowered)
    }

    /// Lowers a query. Documents that only record an excluded file never match.
    pub(super) fn query(&self, query: &Query) -> tantivy::Result<Lowered> {
        Ok(match query {
            Query::All => self.articles(),
            Query::Words(words) => self.words(words)?,
            Query::MinShouldMatch { clauses, least, optional } => {
                self.min_should_match(clauses, least.unwrap_or(1), optional)?
            }
            Query::Synonyms(several) => self.synonyms(several)?,
            Query::Security(security) => match security.role {
                Role::Any => filter(self.named(security)),
                Role::About => self.about(security)?,
                Role::Mentioned => filter(without(self.named(security), self.about(security)?)),
            },
            Query::Path { field, path } => match self.field(field) {
                Some((_, field)) => filter(facet(field, path)),
                None => Box::new(EmptyQuery),
            },
            Query::Date { field, range, zone } => self.date(field, *range, zone),
            Query::Number { field, from, to } => self.number(field, *from, *to),
            Query::Exists(field) => self.exists(field),
            Query::And(parts) => self.all(parts)?,
            Query::Or(parts) => self.any(parts)?,
            Query::Not(inner) => without(filter(self.articles()), self.excluded(inner)?),
            Query::Boost(inner, by) => Box::new(BoostQuery::new(self.query(inner)?, *by)),
        })
    }

    /// Lowers the query of a request. With ranking, scores decay with age if asked, and articles come first whose title
    /// equals what was typed, or which are about the security that was typed.
    pub(super) fn request(&self, request: &Retrieval) -> tantivy::Result<Lowered> {
        let mut lowered = self.affordable(&request.query)?;
        if let Some(id) = &request.without {
            lowered = without(lowered, has_article(id));
        }
        if request.sort != Sort::Relevance {
            return Ok(lowered);
        }
        if let Some(recency) = request.recency {
            lowered = Box::new(FadingQuery { query: lowered, recency });
        }
        let title = self.whole_title(&request.typed)?;
        let about = symbol::typed(&request.typed).map(|symbol| {
            let (readings, names) = (vec![symbol], Vec::new());
            self.about(&Security { typed: request.typed.clone(), readings, names, role: Role::About })
        });
        let about = about.transpose()?.map(|about| Box::new(BoostQuery::new(about, SYMBOL_BOOST)) as Lowered);
        let firsts: Vec<Lowered> = title.into_iter().chain(about).collect();
        if firsts.is_empty() {
            return Ok(lowered);
        }
        let mut clauses = vec![(Occur::Must, lowered)];
        clauses.extend(firsts.into_iter().map(|first| (Occur::Should, Box::new(Ranking(first)) as Lowered)));
        Ok(Box::new(BooleanQuery::new(clauses)))
    }

    /// Articles whose title has exactly the tokens of a text, in their order.
    fn whole_title(&self, typed: &str) -> tantivy::Result<Option<Lowered>> {
        let Some((def, field)) =
            self.field(BuiltIn::Title.name()).filter(|(def, _)| def.kind == FieldKind::Text)
        else {
            return Ok(None);
        };
        let words = text::tokens(typed).take(MAX_TITLE_TOKENS + 1);
        let slots =
            words.map(|word| Slot { offset: word.position, unit: 0, terms: TermSet::Exact(word.text) });
        let slots: Vec<Slot> = slots.collect();
        if slots.is_empty() || slots.len() > MAX_TITLE_TOKENS {
            return Ok(None);
        }
        let length = u32::try_from(slots.len()).unwrap_or(u32::MAX);
        let words = Words { field: Some(def.name.clone()), slots, slop: 0, span: 0..0, plain: false };
        let is_whole = FunctionPredicate::from(move |segment: &SegmentReader| {
            let norms = segment.get_fieldnorms_reader(field)?;
            Ok(move |doc: DocId| norms.fieldnorm(doc) == length)
        });
        let clauses = vec![
            (Occur::Must, self.words(&words)?),
            (Occur::Must, Box::new(DocPredicateQuery::from(is_whole)) as Lowered),
        ];
        let whole = ConstScoreQuery::new(Box::new(BooleanQuery::new(clauses)), TITLE_BOOST);
        Ok(Some(Named::boxed("the title equals the query", Box::new(whole))))
    }

    /// At least `least` of some clauses. Optional clauses only add to the score.
    fn min_should_match(
        &self,
        clauses: &[Query],
        least: usize,
        optional: &[Query],
    ) -> tantivy::Result<Lowered> {
        let lowered = |clauses: &[Query]| {
            clauses.iter().map(|clause| self.query(clause)).collect::<Result<Vec<_>, _>>()
        };
        let required = BooleanQuery::union_with_minimum_required_clauses(lowered(clauses)?, least);
        let mut clauses: Vec<(Occur, Lowered)> = vec![(Occur::Must, Box::new(required))];
        let mut optional = lowered(optional)?;
        // Of several, tantivy would make a union that reads far beyond the documents with what is required.
        if optional.len() > 1 {
            optional = vec![Box::new(SkippingUnion::sum(optional))];
        }
        clauses.extend(optional.into_iter().map(|part| (Occur::Should, part)));
        Ok(Box::new(BooleanQuery::new(clauses)))
    }

    /// Lowers an excluded clause. tantivy's phrase scorer must not be advanced past its end, and exclusion does that.
    fn excluded(&self, inner: &Query) -> tantivy::Result<Lowered> {
        let outer = self.excluding.replace(true);
        let lowered = self.query(inner);
        self.excluding.set(outer);
        Ok(Box::new(Excluded(lowered?)))
    }

    /// All documents except those that only record an excluded file.
    fn articles(&self) -> Lowered {
        let excluded = self.commit.definition.layout.excluded;
        let any = |segment: &SegmentReader| !matches!(layout::excluded_docs(segment), Ok(0));
        if !self.searcher.segment_readers().iter().any(any) {
            return Box::new(AllQuery);
        }
        let marker = Term::from_field_text(excluded, EXCLUDED_MARKER);
        without(Box::new(AllQuery), Box::new(TermQuery::new(marker, IndexRecordOption::Basic)))
    }

    fn field(&self, name: &str) -> Option<(&FieldDef, Field)> {
        let rows = self.commit.definition.schema.fields().iter().zip(&self.commit.definition.layout.fields);
        rows.map(|(def, field)| (def, *field)).find(|(def, _)| def.name == name)
    }

    fn all(&self, parts: &[Query]) -> tantivy::Result<Lowered> {
        let mut clauses = Vec::with_capacity(parts.len() + 1);
        for part in parts {
            clauses.push(match part {
                Query::Not(inner) => (Occur::MustNot, self.excluded(inner)?),
                part => (Occur::Must, self.query(part)?),
            });
        }
        if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            clauses.push((Occur::Must, filter(self.articles())));
        }
        Ok(Box::new(BooleanQuery::new(clauses)))
    }

    /// Lowers a disjunction, whose scores are summed. Nested `Or`s are flattened, and a part that occurs n times is
    /// lowered once with boost n, as each further part would walk through all its matches.
    fn any(&self, parts: &[Query]) -> tantivy::Result<Lowered> {
        let mut different: Vec<(&Query, f32)> = Vec::with_capacity(parts.len());
        let mut waiting: Vec<&Query> = parts.iter().rev().collect();
        while let Some(part) = waiting.pop() {
            if let Query::Or(inner) = part {
                waiting.extend(inner.iter().rev());
            } else if let Some((_, times)) = different.iter_mut().find(|(other, _)| part.asks_as(other)) {
                *times += 1.0;
            } else {
                different.push((part, 1.0));
            }
        }
        let lowered = different.into_iter().map(|(part, times)| {
            // tantivy drops a clause that takes all documents of a segment, and its score with it.
            let query = if *part == Query::All { filter(self.articles()) } else { self.query(part)? };
            Ok(if times > 1.0 { Box::new(BoostQuery::new(query, times)) } else { query })
        });
        Ok(Box::new(BooleanQuery::union(lowered.collect::<tantivy::Result<_>>()?)))
    }

    /// The terms of a scope to which a set expands. Fails if the query has too many terms with them.
    pub(super) fn found(&self, scope: &Scope, wanted: &TermSet) -> tantivy::Result<Arc<ExpandedTerms>> {
        let key = (scope.clone(), wanted.clone());
        if let Some(found) = self.expanded.borrow().get(&key) {
            return Ok(found.clone());
        }
        let found = self.commit.expanded(scope, wanted)?;
        self.words.set(self.words.get() + found.len());
        if self.words.get() > MAX_TERMS {
            let message = message!("the query expands to over {} terms; write more of its words", MAX_TERMS);
            return Err(too_much(message));
        }
        self.walked.set(self.walked.get() + u64::from(found.walked()));
        if self.walked.get() > MAX_WALKED {
            return Err(too_much(message!(
                "the patterns of the query look at too many words of the index; use fewer, or write more of their beginnings"
            )));
        }
        self.expanded.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// The field of this name, or the free key in all its spellings; without one, all fields that plain words search.
    pub(super) fn asked(&self, name: Option<&str>) -> Vec<(&FieldDef, Scope)> {
        if let Some(name) = name {
            if let Some((def, field)) = self.field(name) {
                return vec![(def, field.into())];
            }
            let layout = &self.commit.definition.layout;
            let key = |key: &str| (&layout.key, Scope { field: layout.keys, prefix: pairs::scope(key) });
            return query::key_spellings(name).map(key).collect();
        }
        let rows = self.commit.definition.schema.fields().iter().zip(&self.commit.definition.layout.fields);
        rows.filter(|(def, _)| def.search).map(|(def, field)| (def, (*field).into())).collect()
    }

    /// Lowers words in their field, or in all fields that plain words search.
    fn words(&self, words: &Words) -> tantivy::Result<Lowered> {
        let asked = self.asked(words.field.as_deref());
        if let [slot] = words.slots.as_slice() {
            let mut fields = Vec::with_capacity(asked.len());
            for (def, scope) in &asked {
                let found = self.found(scope, &slot.terms)?;
                fields.push(InField { field: scope.field, found, boost: def.boost });
            }
            let word = WordQuery { word: words.to_string(), fields };
            if word.is_counted() {
                self.counted.set(self.counted.get() + 1);
                if self.counted.get() > MAX_COUNTED {
                    let message = message!(
                        "over {} words of the query expand to many terms each; write more of them",
                        MAX_COUNTED
                    );
                    return Err(too_much(message));
                }
            }
            return Ok(unscored_keyword(&asked, Box::new(word)));
        }
        if words.slop > 0 {
            self.loose.set(self.loose.get() + words.slots.len());
            if self.loose.get() > MAX_LOOSE {
                let message = message!(
                    "the phrases with `~` and the sides of `near` have over {} words together; use fewer",
                    MAX_LOOSE
                );
                return Err(too_much(message));
            }
        }
        let mut parts: Vec<Lowered> = Vec::with_capacity(asked.len());
        for (def, scope) in &asked {
            let phrase = self.phrase(words, scope)?;
            let what = format!("{words} in {}, boost {}", def.name, def.boost);
            parts.push(Named::boxed(what, Box::new(BoostQuery::new(phrase, def.boost))));
        }
        // Positions of documents that other clauses exclude are not read.
        Ok(unscored_keyword(&asked, Box::new(SkippingUnion::sum(parts))))
    }

    fn phrase(&self, words: &Words, scope: &Scope) -> tantivy::Result<Lowered> {
        let field = scope.field;
        let mut slots = Vec::with_capacity(words.slots.len());
        for slot in &words.slots {
            slots.push(self.found(scope, &slot.terms)?);
        }
        let mut terms = Vec::with_capacity(slots.len());
        for (Slot { offset, .. }, found) in words.slots.iter().zip(&slots) {
            if found.len() == 0 {
                return Ok(Box::new(EmptyQuery));
            }
            if let Some(word) = found.only_term() {
                terms.push((*offset as usize, Term::from_field_text(field, word)));
            }
        }
        let cursors: usize = slots.iter().map(|found| found.len()).sum();
        if cursors > MAX_CURSORS {
            let message = message!(
                "the words of `{}` expand to over {} terms; write more of them",
                words.to_string(),
                MAX_CURSORS
            );
            return Err(too_much(message));
        }
        if terms.len() < slots.len() || words.slop > 0 || self.excluding.get() {
            return Ok(Box::new(SlopPhraseQuery { field, slots, shape: words.shape(), within: u32::MAX }));
        }
        Ok(Box::new(PhraseQuery::new_with_offset(terms)))
    }

    /// The articles with a moment in a range. Only in the margins of the range do instants and days differ.
    fn date(&self, name: &str, range: DateRange, zone: &TimeZone) -> Lowered {
        let days = range.of_days(zone);
        if self.field(name).is_none() {
            return compared(
                query::key_spellings(name).flat_map(|key| pairs::moments(key, days, range)).collect(),
            );
        }
        let any_day = |segment: &SegmentReader| Moments::any_day(segment, name);
        if days == range || !self.searcher.segment_readers().iter().any(any_day) {
            return self.instants(name, range);
        }
        let column = name.to_owned();
        let is_within = FunctionPredicate::from(move |segment: &SegmentReader| {
            let moments = Moments::open(segment, &column)?;
            let within = |range: DateRange| {
                let from = range.start.map_or(i64::MIN, Timestamp::as_millisecond);
                from..range.end.map_or(i64::MAX, Timestamp::as_millisecond)
            };
            let (days, instants) = (within(days), within(range));
            Ok(move |doc: DocId| {
                moments.all(doc).any(|at| if at.is_day { &days } else { &instants }.contains(&at.millis))
            })
        });
        let margins = self.instants(name, range.or(days));
        let within = Box::new(DocPredicateQuery::from(is_within));
        filter(Box::new(BooleanQuery::new(vec![(Occur::Must, margins), (Occur::Must, within)])))
    }

    /// The articles with a moment whose instant is in a range.
    fn instants(&self, name: &str, range: DateRange) -> Lowered {
        let Some((_, field)) = self.field(name) else { return Box::new(EmptyQuery) };
        let (first, last) = (*INSTANTS.start(), *INSTANTS.end());
        let millis = |at: Timestamp| at.as_millisecond();
        if range.start.is_some_and(|at| millis(at) > last) || range.end.is_some_and(|at| millis(at) <= first)
        {
            return Box::new(EmptyQuery);
        }
        let term = |at: i64| Term::from_field_date(field, DateTime::from_timestamp_millis(at));
        let start = range.start.map(millis).filter(|at| *at > first);
        let end = range.end.map(millis).filter(|at| *at <= last);
        if start.is_none() && end.is_none() {
            return self.exists(name);
        }
        filter(Box::new(RangeQuery::new(
            start.map_or(Bound::Unbounded, |at| Bound::Included(term(at))),
            end.map_or(Bound::Unbounded, |at| Bound::Excluded(term(at))),
        )))
    }

    fn number(&self, name: &str, from: Bound<f64>, to: Bound<f64>) -> Lowered {
        if (from, to) == (Bound::Unbounded, Bound::Unbounded) && self.field(name).is_some() {
            return self.exists(name);
        }
        let Some((_, field)) = self.field(name) else {
            return compared(query::key_spellings(name).map(|key| pairs::numbers(key, from, to)).collect());
        };
        let bound = |number: Bound<f64>| number.map(|number| Term::from_field_f64(field, number));
        filter(Box::new(RangeQuery::new(bound(from), bound(to))))
    }

    fn exists(&self, name: &str) -> Lowered {
        let has = |name: &str| {
            let has = Term::from_field_text(self.commit.definition.layout.has, name);
            Box::new(TermQuery::new(has, IndexRecordOption::Basic)) as Lowered
        };
        let Some((def, field)) = self.field(name) else {
            return filter(Box::new(BooleanQuery::union(query::key_spellings(name).map(has).collect())));
        };
        if def.kind == FieldKind::Text {
            let has_words = FunctionPredicate::from(move |segment: &SegmentReader| {
                let norms = segment.get_fieldnorms_reader(field)?;
                Ok(move |doc: DocId| norms.fieldnorm_id(doc) > 0)
            });
            return filter(Box::new(DocPredicateQuery::from(has_words)));
        }
        if def.kind == FieldKind::Keyword && !def.count {
            return filter(has(name));
        }
        filter(Box::new(ExistsQuery::new(name.to_owned(), false)))
    }
}

/// The articles with a number or a date of a free key in one of some ranges.
fn compared(ranges: Vec<Entries>) -> Lowered {
    let has_any = FunctionPredicate::from(move |segment: &SegmentReader| keys::has_any(segment, &ranges));
    filter(Box::new(DocPredicateQuery::from(has_any)))
}

/// The pages of the article with this id.
fn has_article(id: &str) -> Lowered {
    let hash = article_hash(id);
    let is_it = FunctionPredicate::from(move |segment: &SegmentReader| {
        let articles = segment.fast_fields().u64(layout::ARTICLE)?;
        Ok(move |doc: DocId| articles.first(doc) == Some(hash))
    });
    Box::new(DocPredicateQuery::from(is_it))
}

fn facet(field: Field, path: &str) -> Lowered {
    let Ok(facet) = Facet::from_text(path) else { return Box::new(EmptyQuery) };
    Box::new(TermQuery::new(Term::from_facet(field, &facet), IndexRecordOption::Basic))
}

/// A keyword matches or not; its rarity says nothing about relevance. So its score is constant.
fn unscored_keyword(asked: &[(&FieldDef, Scope)], query: Lowered) -> Lowered {
    if asked.iter().all(|(def, _)| def.kind == FieldKind::Keyword) { filter(query) } else { query }
}

/// The same documents, all with score 1.
fn filter(query: Lowered) -> Lowered {
    Box::new(ConstScoreQuery::new(query, 1.0))
}

fn without(all: Lowered, excluded: Lowered) -> Lowered {
    Box::new(BooleanQuery::new(vec![(Occur::Must, all), (Occur::MustNot, excluded)]))
}

#[cfg(test)]
mod tests {
    use super::{MAX_LOOSE, lower};
    use crate::{
        index::embedded::fixture::Fixture,
        query::{DateRange, Query},
    };
    use jiff::{Timestamp, tz::TimeZone};
    use tantivy::Score;

    /// The numbers of the articles that match with their scores, in order of number.
    fn scored(index: &Fixture, query: &Query) -> Vec<(u32, Score)> {
        index.scored(&*lower(&index.commit, query).expect("it is within the limits"))
    }

    fn matching(index: &Fixture, query: &Query) -> Vec<u32> {
        scored(index, query).into_iter().map(|(doc, _)| doc).collect()
    }

    fn assert_scores(found: &[(u32, Score)], expected: &[(u32, Score)]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((doc, score), (expected_doc, expected)) in found.iter().zip(expected) {
            assert!(doc == expected_doc && (score - expected).abs() < 1e-4, "{found:?}");
        }
    }

    #[test]
    fn a_clause_that_is_asked_twice_counts_twice() {
        let index = Fixture::of_bodies(&["solar", "wind", "solar wind glass"]);
        let once = scored(&index, &Fixture::query("solar"));
        let doubled: Vec<_> = once.iter().map(|(doc, score)| (*doc, 2.0 * score)).collect();
        assert_scores(&scored(&index, &Fixture::query("solar OR solar")), &doubled);
        assert_scores(&scored(&index, &Fixture::query("solar^2")), &doubled);
        assert_scores(&scored(&index, &Fixture::query("solar^1")), &once);
    }

    #[test]
    fn an_or_in_an_or_is_one_with_it() {
        let index = Fixture::of_bodies(&["solar", "wind", "solar wind glass"]);
        let [flat, nested] = ["solar OR wind OR glass", "solar OR (wind OR glass)"].map(Fixture::query);
        assert_scores(&scored(&index, &nested), &scored(&index, &flat));
    }

    #[test]
    fn an_excluded_phrase_excludes_what_it_matches_and_nothing_else() {
        let index =
            Fixture::of_bodies(&["solar glass", "glass solar", "solar", "solar glass solar glass", ""]);
        assert_eq!(matching(&index, &Fixture::query("\"solar glass\"")), [0, 3]);
        assert_eq!(matching(&index, &Fixture::query("-\"solar glass\"")), [1, 2, 4]);
        assert_eq!(matching(&index, &Fixture::query("solar -\"solar glass\"")), [1, 2]);
    }

    #[test]
    fn optional_words_only_add_to_scores() {
        let index = Fixture::of_bodies(&["solar", "wind", "solar wind", "glass"]);
        let of = |least, optional| Query::MinShouldMatch {
            clauses: vec![Fixture::query("solar"), Fixture::query("glass")],
            least: Some(least),
            optional,
        };
        let without = scored(&index, &of(1, Vec::new()));
        let with = scored(&index, &of(1, vec![Fixture::query("wind")]));
        assert_eq!(without.iter().map(|(doc, _)| *doc).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(with.iter().map(|(doc, _)| *doc).collect::<Vec<_>>(), [0, 2, 3]);
        assert!(with[1].1 > without[1].1, "the one with `wind`");
        assert!((with[0].1 - without[0].1).abs() < 1e-6, "one without");
        assert_eq!(matching(&index, &of(2, Vec::new())), [0_u32; 0]);
    }

    /// An index keeps instants from 1677 to 2262: 64 bits of nanoseconds around 1970.
    #[test]
    fn a_period_beyond_what_an_index_keeps_is_empty_or_everything_with_a_date() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let index =
            Fixture::of([Some(at("2025-03-07T00:00:00Z")), None].map(|published| crate::article::Article {
                published: published.map(crate::article::Moment::Instant),
                ..crate::article::Article::default()
            }));
        let dated = |start: Option<&str>, end: Option<&str>| Query::Date {
            field: "published".into(),
            range: DateRange { start: start.map(at), end: end.map(at) },
            zone: TimeZone::UTC,
        };
        assert_eq!(matching(&index, &dated(Some("-000100-01-01T00:00:00Z"), None)), [0]);
        assert_eq!(matching(&index, &dated(Some("9000-01-01T00:00:00Z"), None)), [0_u32; 0]);
        assert_eq!(matching(&index, &dated(None, Some("-000100-01-01T00:00:00Z"))), [0_u32; 0]);
        assert_eq!(matching(&index, &dated(Some("2025-03-07T00:00:00Z"), None)), [0], "the start is inside");
        assert_eq!(
            matching(&index, &dated(None, Some("2025-03-07T00:00:00Z"))),
            [0_u32; 0],
            "the end is not"
        );
    }

    #[test]
    fn loose_phrases_have_a_limit_together() {
        let index = Fixture::of_bodies(&["solar"]);
        let phrases = |words: usize| {
            let phrase = format!("\"{}\"~3", vec!["solar"; words].join(" "));
            lower(&index.commit, &Fixture::query(&format!("{phrase} OR \"wind glass\"~3"))).is_ok()
        };
        // The language itself takes no longer phrase than half of that.
        assert!(phrases(MAX_LOOSE / 2));
        let many = vec!["\"solar wind\"~3"; MAX_LOOSE / 2 + 1];
        let numbered: Vec<String> = many
            .iter()
            .enumerate()
            .map(|(number, phrase)| phrase.replace("wind", &format!("w{number}")))
            .collect();
        assert!(lower(&index.commit, &Fixture::query(&numbered.join(" OR "))).is_err());
        assert!(lower(&index.commit, &Fixture::query(&numbered[1..].join(" OR "))).is_ok());
    }
}
