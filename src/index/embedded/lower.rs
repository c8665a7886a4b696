//! Lowers a query to tantivy's terms.

use super::{
    commit::Commit,
    expand::ExpandedTerms,
    explain::Named,
    fading::FadingQuery,
    layout::{self, ASIDE_MARKER, INSTANTS, about_term},
    phrase::SlopPhraseQuery,
    word::{InField, Ranking, WordQuery},
};
use crate::{
    article::AboutPart,
    index::{Retrieval, Sort, TermFreqs},
    query::{DateRange, Query, Role, Security, Slot, TermSet, Words},
    schema::{FieldDef, FieldKind},
    symbol::{self, Symbol},
    text,
};
use jiff::Timestamp;
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    iter,
    ops::Bound,
    sync::Arc,
};
use tantivy::{
    DateTime, DocId, Searcher, SegmentReader, TantivyError, Term,
    query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, ExistsQuery,
        Occur, PhraseQuery, Query as TantivyQuery, RangeQuery, TermQuery,
        doc_predicate_query::{DocPredicateQuery, FunctionPredicate},
    },
    schema::{Facet, Field, IndexRecordOption},
};

type Lowered = Box<dyn TantivyQuery>;

/// All words of a query together may stand for so many words of the index.
const MAX_TERMS: usize = 200_000;
/// The words of a phrase, or on the sides of `near`, may stand for so many together: each takes a cursor of some
/// kilobytes.
const MAX_CURSORS: usize = 10_000;
/// All phrases of a query whose words may be apart have so many words together, or all fields of an article would be gone
/// through for each.
const MAX_LOOSE: usize = 64;
/// So many words with many forms may be in a query: each takes four bytes a document.
const MAX_COUNTED: usize = 64;
/// What it adds that the title is just what was typed, and (times a part's worth) that the article is about the
/// security that was: more than any words do.
const TITLE_BOOST: f32 = 10_000.0;
const SYMBOL_BOOST: f32 = 1_000.0;
/// A longer title is not told to be whole: the lengths that an index keeps are exact up to this.
const LONGEST_TITLE: usize = 40;
/// What it adds to the score of `about:` that a security is in the title, in the lead, listed first.
const PART_BOOSTS: [f32; 3] = [3.0, 2.0, 1.0];

/// As [`Lowering::query`].
pub(super) fn lower(commit: &Commit, query: &Query) -> tantivy::Result<Lowered> {
    Lowering::new(commit).query(query)
}

/// For each set of terms, those that a field has, or all fields that plain words search, with the number of documents that
/// have each, most first.
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
    for (_, field) in lowering.asked(field) {
        for (word, documents) in lowering.found(field, set)?.words() {
            let count = counts.entry(word.to_owned()).or_default();
            // What is in the title is mostly in the body as well.
            *count = documents.max(*count);
        }
    }
    let mut counts: TermFreqs = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    Ok(counts)
}

/// Turns queries into tantivy's, on one state of the index.
pub(super) struct Lowering<'e> {
    commit: &'e Commit,
    searcher: &'e Searcher,
    /// What the words of the query stand for, each counted once.
    expanded: RefCell<HashMap<(Field, TermSet), Arc<ExpandedTerms>>>,
    /// How many words that are.
    words: Cell<usize>,
    /// How many of its words stand for so many that they are counted beforehand.
    counted: Cell<usize>,
    /// How many words its phrases have whose words may be apart.
    loose: Cell<usize>,
    /// Whether what is lowered now is to be excluded.
    excluding: Cell<bool>,
}

impl<'e> Lowering<'e> {
    pub(super) fn new(commit: &'e Commit) -> Self {
        Self {
            commit,
            searcher: &commit.searcher,
            expanded: RefCell::new(HashMap::new()),
            words: Cell::new(0),
            counted: Cell::new(0),
            loose: Cell::new(0),
            excluding: Cell::new(false),
        }
    }

    /// A query ready to be run. Documents that are no articles never match.
    pub(super) fn query(&self, query: &Query) -> tantivy::Result<Lowered> {
        Ok(match query {
            Query::All => self.articles(),
            Query::Words(words) => self.words(words)?,
            Query::MinShouldMatch { words, least, optional } => {
                self.min_should_match(words, least.unwrap_or(1), optional)?
            }
            Query::Synonyms(several) => {
                let parts = several.iter().map(|words| self.words(words)).collect::<Result<_, _>>()?;
                Box::new(DisjunctionMaxQuery::new(parts))
            }
            Query::Security(security) => match security.role {
                Role::Any => filter(self.named(security)),
                Role::About => self.about(security),
                Role::Mentioned => filter(without(self.named(security), self.about(security))),
            },
            Query::Path { field, path } => match self.field(field) {
                Some((_, field)) => filter(facet(field, path)),
                None => Box::new(EmptyQuery),
            },
            Query::Date { field, range, .. } => self.date(field, *range),
            Query::Number { field, from, to } => self.number(field, *from, *to),
            Query::Exists(field) => self.exists(field),
            Query::And(parts) => self.all(parts)?,
            Query::Or(parts) => self.any(parts)?,
            Query::Not(inner) => without(self.articles(), self.excluded(inner)?),
            Query::Boost(inner, by) => Box::new(BoostQuery::new(self.query(inner)?, *by)),
        })
    }

    /// The query of a request. Where it ranks, scores fade with age if that is asked, and those come first whose
    /// title is just what was typed, or which are about the security that was.
    pub(super) fn request(&self, request: &Retrieval) -> tantivy::Result<Lowered> {
        let mut lowered = self.query(&request.query)?;
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
            let security =
                Security { typed: request.typed.clone(), readings: vec![symbol], role: Role::About };
            Box::new(BoostQuery::new(self.about(&security), SYMBOL_BOOST)) as Lowered
        });
        let firsts: Vec<Lowered> = title.into_iter().chain(about).collect();
        if firsts.is_empty() {
            return Ok(lowered);
        }
        let mut clauses = vec![(Occur::Must, lowered)];
        clauses.extend(firsts.into_iter().map(|first| (Occur::Should, Box::new(Ranking(first)) as Lowered)));
        Ok(Box::new(BooleanQuery::new(clauses)))
    }

    /// Articles whose title has the words of a text, in their order, and no others.
    fn whole_title(&self, typed: &str) -> tantivy::Result<Option<Lowered>> {
        let Some((def, field)) = self.field("title").filter(|(def, _)| def.kind == FieldKind::Text) else {
            return Ok(None);
        };
        let words = text::tokens(typed).take(LONGEST_TITLE + 1);
        let slots =
            words.map(|word| Slot { offset: word.position, unit: 0, terms: TermSet::Exact(word.text) });
        let slots: Vec<Slot> = slots.collect();
        if slots.is_empty() || slots.len() > LONGEST_TITLE {
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

    /// At least `least` of some words; optional ones only add to the score.
    fn min_should_match(
        &self,
        words: &[Words],
        least: usize,
        optional: &[Words],
    ) -> tantivy::Result<Lowered> {
        let lowered =
            |words: &[Words]| words.iter().map(|words| self.words(words)).collect::<Result<Vec<_>, _>>();
        let required = BooleanQuery::union_with_minimum_required_clauses(lowered(words)?, least);
        let mut clauses: Vec<(Occur, Lowered)> = vec![(Occur::Must, Box::new(required))];
        clauses.extend(lowered(optional)?.into_iter().map(|part| (Occur::Should, part)));
        Ok(Box::new(BooleanQuery::new(clauses)))
    }

    /// What must not match. tantivy's phrases must not be asked again when they have come to their end, which
    /// an exclusion does.
    fn excluded(&self, inner: &Query) -> tantivy::Result<Lowered> {
        let outer = self.excluding.replace(true);
        let lowered = self.query(inner);
        self.excluding.set(outer);
        lowered
    }

    /// All documents but those that only say that a file was excluded.
    fn articles(&self) -> Lowered {
        let aside = self.commit.definition.layout.aside;
        let any = |segment: &SegmentReader| !matches!(layout::asides(segment), Ok(0));
        if !self.searcher.segment_readers().iter().any(any) {
            return Box::new(AllQuery);
        }
        let marker = Term::from_field_text(aside, ASIDE_MARKER);
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
            clauses.push((Occur::Must, self.articles()));
        }
        Ok(Box::new(BooleanQuery::new(clauses)))
    }

    /// Any of some parts. Their scores are summed, so that an `OR` in an `OR` is one with it, and what is asked n
    /// times is asked once and worth n: each part more would walk through all that it matches.
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
            let query = self.query(part)?;
            Ok(if times > 1.0 { Box::new(BoostQuery::new(query, times)) } else { query })
        });
        Ok(Box::new(BooleanQuery::union(lowered.collect::<tantivy::Result<_>>()?)))
    }

    /// The words of a field that are wanted, within what one query may ask for.
    pub(super) fn found(&self, field: Field, wanted: &TermSet) -> tantivy::Result<Arc<ExpandedTerms>> {
        let key = (field, wanted.clone());
        if let Some(found) = self.expanded.borrow().get(&key) {
            return Ok(found.clone());
        }
        let found = self.commit.expanded(field, wanted)?;
        self.words.set(self.words.get() + found.len());
        if self.words.get() > MAX_TERMS {
            let message = format!("the query expands to over {MAX_TERMS} terms; write more of its words");
            return Err(TantivyError::InvalidArgument(message));
        }
        self.expanded.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// The field of that name, or every field that plain words search.
    pub(super) fn asked(&self, name: Option<&str>) -> Vec<(&FieldDef, Field)> {
        if let Some(name) = name {
            return self.field(name).into_iter().collect();
        }
        let rows = self.commit.definition.schema.fields().iter().zip(&self.commit.definition.layout.fields);
        rows.filter(|(def, _)| def.search).map(|(def, field)| (def, *field)).collect()
    }

    /// Words in the field that they name, or in every field that plain words search.
    fn words(&self, words: &Words) -> tantivy::Result<Lowered> {
        let asked = self.asked(words.field.as_deref());
        if let [slot] = words.slots.as_slice() {
            let mut fields = Vec::with_capacity(asked.len());
            for (def, field) in &asked {
                let found = self.found(*field, &slot.terms)?;
                fields.push(InField { field: *field, found, boost: def.boost });
            }
            let word = WordQuery { word: words.to_string(), fields };
            if word.is_counted() {
                self.counted.set(self.counted.get() + 1);
                if self.counted.get() > MAX_COUNTED {
                    let message = format!(
                        "over {MAX_COUNTED} words of the query expand to many terms each; write more of them"
                    );
                    return Err(TantivyError::InvalidArgument(message));
                }
            }
            return Ok(unscored_keyword(&asked, Box::new(word)));
        }
        if words.slop > 0 {
            self.loose.set(self.loose.get() + words.slots.len());
            if self.loose.get() > MAX_LOOSE {
                let message = format!(
                    "the phrases with `~` and the sides of `near` have over {MAX_LOOSE} words together; use fewer"
                );
                return Err(TantivyError::InvalidArgument(message));
            }
        }
        let mut parts: Vec<Lowered> = Vec::with_capacity(asked.len());
        for (def, field) in &asked {
            let phrase = self.phrase(words, *field)?;
            let what = format!("{words} in {}, boost {}", def.name, def.boost);
            parts.push(Named::boxed(what, Box::new(BoostQuery::new(phrase, def.boost))));
        }
        Ok(unscored_keyword(&asked, Box::new(BooleanQuery::union(parts))))
    }

    fn phrase(&self, words: &Words, field: Field) -> tantivy::Result<Lowered> {
        let mut places = Vec::with_capacity(words.slots.len());
        for slot in &words.slots {
            places.push((slot.offset, self.found(field, &slot.terms)?));
        }
        let mut terms = Vec::with_capacity(places.len());
        for (offset, found) in &places {
            if found.len() == 0 {
                return Ok(Box::new(EmptyQuery));
            }
            if let Some(word) = found.only_word() {
                terms.push((*offset as usize, Term::from_field_text(field, word)));
            }
        }
        let cursors: usize = places.iter().map(|(_, found)| found.len()).sum();
        if cursors > MAX_CURSORS {
            let message =
                format!("the words of `{words}` expand to over {MAX_CURSORS} terms; write more of them");
            return Err(TantivyError::InvalidArgument(message));
        }
        if terms.len() < places.len() || words.slop > 0 || self.excluding.get() {
            return Ok(Box::new(SlopPhraseQuery { field, places, shape: words.shape() }));
        }
        Ok(Box::new(PhraseQuery::new_with_offset(terms)))
    }

    /// Articles that name a security in any of its readings, or that have a notation which may be it.
    fn named(&self, security: &Security) -> Lowered {
        let Some((_, field)) = self.field("symbol") else { return Box::new(EmptyQuery) };
        let mut readings = Vec::new();
        for path in paths(security) {
            let other = Term::from_field_text(self.commit.definition.layout.alternative, &path);
            readings.push(facet(field, &path));
            readings.push(Box::new(TermQuery::new(other, IndexRecordOption::Basic)));
        }
        Box::new(BooleanQuery::union(readings))
    }

    /// Articles about a security: each part that names it adds to the score.
    fn about(&self, security: &Security) -> Lowered {
        let mut parts = Vec::new();
        for (part, boost) in AboutPart::ALL.into_iter().zip(PART_BOOSTS) {
            let any = paths(security).map(|path| {
                let term =
                    Term::from_field_text(self.commit.definition.layout.about, &about_term(part, &path));
                Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Lowered
            });
            let any = ConstScoreQuery::new(Box::new(BooleanQuery::union(any.collect())), boost);
            let what = format!("{} is named in: {}", security.typed, part.as_str());
            parts.push(Named::boxed(what, Box::new(any)));
        }
        Box::new(BooleanQuery::union(parts))
    }

    fn date(&self, name: &str, range: DateRange) -> Lowered {
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
        let Some((_, field)) = self.field(name) else { return Box::new(EmptyQuery) };
        let bound = |number: Bound<f64>| number.map(|number| Term::from_field_f64(field, number));
        filter(Box::new(RangeQuery::new(bound(from), bound(to))))
    }

    fn exists(&self, name: &str) -> Lowered {
        let Some((def, field)) = self.field(name) else { return Box::new(EmptyQuery) };
        if def.kind == FieldKind::Text {
            let has_words = FunctionPredicate::from(move |segment: &SegmentReader| {
                let norms = segment.get_fieldnorms_reader(field)?;
                Ok(move |doc: DocId| norms.fieldnorm_id(doc) > 0)
            });
            return filter(Box::new(DocPredicateQuery::from(has_words)));
        }
        if def.kind == FieldKind::Keyword && !def.count {
            let has = Term::from_field_text(self.commit.definition.layout.has, name);
            return filter(Box::new(TermQuery::new(has, IndexRecordOption::Basic)));
        }
        filter(Box::new(ExistsQuery::new(name.to_owned(), false)))
    }
}

/// The pages of the article of an id.
fn has_article(id: &str) -> Lowered {
    let hash = layout::article_hash(id);
    let is_it = FunctionPredicate::from(move |segment: &SegmentReader| {
        let articles = segment.fast_fields().u64(layout::ARTICLE)?;
        Ok(move |doc: DocId| articles.first(doc) == Some(hash))
    });
    Box::new(DocPredicateQuery::from(is_it))
}

/// The facet paths of all that a security may be.
fn paths(security: &Security) -> impl Iterator<Item = String> {
    let readings = security.readings.iter();
    readings.flat_map(|symbol| iter::once(symbol).chain(symbol.alternatives())).map(Symbol::facet)
}

fn facet(field: Field, path: &str) -> Lowered {
    let Ok(facet) = Facet::from_text(path) else { return Box::new(EmptyQuery) };
    Box::new(TermQuery::new(Term::from_facet(field, &facet), IndexRecordOption::Basic))
}

/// Whether a keyword matches is a matter of yes or no: its rarity says nothing about relevance.
fn unscored_keyword(asked: &[(&FieldDef, Field)], query: Lowered) -> Lowered {
    if asked.iter().all(|(def, _)| def.kind == FieldKind::Keyword) { filter(query) } else { query }
}

/// The same documents with a score that says only that they match.
fn filter(query: Lowered) -> Lowered {
    Box::new(ConstScoreQuery::new(query, 1.0))
}

fn without(all: Lowered, excluded: Lowered) -> Lowered {
    Box::new(BooleanQuery::new(vec![(Occur::Must, all), (Occur::MustNot, excluded)]))
}
