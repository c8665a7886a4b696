//! Lowers a query to tantivy's terms.

use super::{
    Embedded, expand,
    layout::{ASIDE_MARKER, INSTANTS},
    phrase::PlacesQuery,
    score::AnyTerm,
};
use crate::{
    query::{DateRange, Query, Wanted, Words},
    schema::{FieldDef, FieldKind},
    symbol::Symbol,
};
use jiff::Timestamp;
use std::{cell::RefCell, collections::HashMap, ops::Bound};
use tantivy::{
    DateTime, DocId, Searcher, SegmentReader, TantivyError, Term,
    query::{
        AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, ExistsQuery, Occur, PhraseQuery,
        Query as TantivyQuery, RangeQuery, TermQuery, TermSetQuery,
        doc_predicate_query::{DocPredicateQuery, FunctionPredicate},
    },
    schema::{Facet, Field, IndexRecordOption},
};

type Lowered = Box<dyn TantivyQuery>;

/// A word with more forms than this (a prefix, a single Han character) is scored as one term whose
/// occurrences are counted, instead of as a sum of terms.
const MAX_SCORED_FORMS: usize = 64;
/// A word with more forms than this is looked for without a score, which costs a bit a document where a score
/// costs a cursor of some kilobytes a form.
const MAX_COUNTED_FORMS: usize = 4096;
/// All words of a query together may stand for so many words of the index.
const MAX_TERMS: usize = 200_000;
/// A query ready to be run on one state of the index. Documents that are no articles never match.
pub(super) fn lower(engine: &Embedded, searcher: &Searcher, query: &Query) -> tantivy::Result<Lowered> {
    Lowering { engine, searcher, expanded: RefCell::new(HashMap::new()) }.query(query)
}

struct Lowering<'e> {
    engine: &'e Embedded,
    searcher: &'e Searcher,
    /// What the words of the query stand for, each looked up once.
    expanded: RefCell<HashMap<(Field, Wanted), Vec<Term>>>,
}

impl Lowering<'_> {
    fn query(&self, query: &Query) -> tantivy::Result<Lowered> {
        Ok(match query {
            Query::All => self.articles(),
            Query::Words(words) => self.words(words)?,
            Query::Most(several, least) => {
                let parts = several.iter().map(|words| self.words(words)).collect::<Result<_, _>>()?;
                Box::new(BooleanQuery::union_with_minimum_required_clauses(parts, *least))
            }
            Query::Symbol(symbol) => filter(self.symbol(symbol)),
            Query::Path { field, path } => match self.field(field) {
                Some((_, field)) => filter(facet(field, path)),
                None => Box::new(EmptyQuery),
            },
            Query::Date { field, range } => self.date(field, *range)?,
            Query::Number { field, from, to } => self.number(field, *from, *to),
            Query::Exists(field) => self.exists(field)?,
            Query::And(parts) => self.all(parts)?,
            Query::Or(parts) => {
                let parts = parts.iter().map(|part| self.query(part)).collect::<Result<_, _>>()?;
                Box::new(BooleanQuery::union(parts))
            }
            Query::Not(inner) => without(self.articles(), self.query(inner)?),
            Query::Boost(inner, by) => Box::new(BoostQuery::new(self.query(inner)?, *by)),
        })
    }

    /// All documents but those that only say that a file was set aside.
    fn articles(&self) -> Lowered {
        let aside = self.engine.layout.aside;
        let any = |segment: &SegmentReader| {
            segment.inverted_index(aside).is_ok_and(|index| index.terms().num_terms() > 0)
        };
        if !self.searcher.segment_readers().iter().any(any) {
            return Box::new(AllQuery);
        }
        let marker = Term::from_field_text(aside, ASIDE_MARKER);
        without(Box::new(AllQuery), Box::new(TermQuery::new(marker, IndexRecordOption::Basic)))
    }

    fn field(&self, name: &str) -> Option<(&FieldDef, Field)> {
        let rows = self.engine.schema.fields().iter().zip(&self.engine.layout.fields);
        rows.map(|(def, field)| (def, *field)).find(|(def, _)| def.name == name)
    }

    fn all(&self, parts: &[Query]) -> tantivy::Result<Lowered> {
        let mut clauses = Vec::with_capacity(parts.len() + 1);
        for part in parts {
            clauses.push(match part {
                Query::Not(inner) => (Occur::MustNot, self.query(inner)?),
                part => (Occur::Must, self.query(part)?),
            });
        }
        if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            clauses.push((Occur::Must, self.articles()));
        }
        Ok(Box::new(BooleanQuery::new(clauses)))
    }

    /// The words of a field that are wanted, within what one query may ask for.
    fn terms(&self, field: Field, wanted: &Wanted) -> tantivy::Result<Vec<Term>> {
        let key = (field, wanted.clone());
        if let Some(terms) = self.expanded.borrow().get(&key) {
            return Ok(terms.clone());
        }
        let terms = expand::terms(self.searcher, field, wanted)?;
        let so_far: usize = self.expanded.borrow().values().map(Vec::len).sum();
        if so_far + terms.len() > MAX_TERMS {
            let message =
                format!("the query stands for over {MAX_TERMS} words of the index; write more of its words");
            return Err(TantivyError::InvalidArgument(message));
        }
        self.expanded.borrow_mut().insert(key, terms.clone());
        Ok(terms)
    }

    /// Words in the field that they name, or in every field that plain words search.
    fn words(&self, words: &Words) -> tantivy::Result<Lowered> {
        let asked: Vec<(&FieldDef, Field)> = if let Some(name) = &words.field {
            self.field(name).into_iter().collect()
        } else {
            let rows = self.engine.schema.fields().iter().zip(&self.engine.layout.fields);
            rows.filter(|(def, _)| def.search).map(|(def, field)| (def, *field)).collect()
        };
        if let [slot] = words.slots.as_slice() {
            let mut by_field = Vec::with_capacity(asked.len());
            for (def, field) in &asked {
                by_field.push((self.terms(*field, &slot.wanted)?, def.boost));
            }
            let forms = by_field.iter().map(|(terms, _)| terms.len()).max().unwrap_or(0);
            if forms > MAX_COUNTED_FORMS {
                return Ok(Box::new(TermSetQuery::new(by_field.into_iter().flat_map(|(terms, _)| terms))));
            }
            if forms > MAX_SCORED_FORMS {
                let of_field = by_field.into_iter().zip(&asked).map(|((terms, boost), (_, field))| {
                    let places = vec![(0, terms)];
                    let query = PlacesQuery { field: *field, places, groups: vec![0], slop: 0 };
                    Box::new(BoostQuery::new(Box::new(query), boost)) as Lowered
                });
                return Ok(unscored_keyword(&asked, Box::new(BooleanQuery::union(of_field.collect()))));
            }
            return Ok(unscored_keyword(&asked, Box::new(AnyTerm::new(self.searcher, by_field)?)));
        }
        let mut parts: Vec<Lowered> = Vec::with_capacity(asked.len());
        for (def, field) in &asked {
            let phrase = self.phrase(words, *field)?;
            parts.push(Box::new(BoostQuery::new(phrase, def.boost)));
        }
        Ok(unscored_keyword(&asked, Box::new(BooleanQuery::union(parts))))
    }

    fn phrase(&self, words: &Words, field: Field) -> tantivy::Result<Lowered> {
        let mut places = Vec::with_capacity(words.slots.len());
        for slot in &words.slots {
            places.push((slot.offset, self.terms(field, &slot.wanted)?));
        }
        let single = places.iter().all(|(_, terms)| terms.len() == 1);
        if !single || words.slop > 0 {
            return Ok(Box::new(PlacesQuery { field, places, groups: words.groups(), slop: words.slop }));
        }
        let terms = places
            .into_iter()
            .filter_map(|(offset, terms)| Some((offset as usize, terms.into_iter().next()?)));
        Ok(Box::new(PhraseQuery::new_with_offset(terms.collect())))
    }

    /// A security in its own reading, or in a reading that an ambiguous notation of an article has.
    fn symbol(&self, symbol: &Symbol) -> Lowered {
        let Some((_, field)) = self.field("symbol") else { return Box::new(EmptyQuery) };
        let mut readings = Vec::new();
        for reading in std::iter::once(symbol).chain(symbol.alternatives()) {
            let other = Term::from_field_text(self.engine.layout.alternative, &reading.facet());
            readings.push(facet(field, &reading.facet()));
            readings.push(Box::new(TermQuery::new(other, IndexRecordOption::Basic)));
        }
        Box::new(BooleanQuery::union(readings))
    }

    fn date(&self, name: &str, range: DateRange) -> tantivy::Result<Lowered> {
        let Some((_, field)) = self.field(name) else { return Ok(Box::new(EmptyQuery)) };
        let (first, last) = (*INSTANTS.start(), *INSTANTS.end());
        let millis = |at: Timestamp| at.as_millisecond();
        if range.start.is_some_and(|at| millis(at) > last) || range.end.is_some_and(|at| millis(at) <= first)
        {
            return Ok(Box::new(EmptyQuery));
        }
        let term = |at: i64| Term::from_field_date(field, DateTime::from_timestamp_millis(at));
        let start = range.start.map(millis).filter(|at| *at > first);
        let end = range.end.map(millis).filter(|at| *at <= last);
        if start.is_none() && end.is_none() {
            return self.exists(name);
        }
        Ok(filter(Box::new(RangeQuery::new(
            start.map_or(Bound::Unbounded, |at| Bound::Included(term(at))),
            end.map_or(Bound::Unbounded, |at| Bound::Excluded(term(at))),
        ))))
    }

    fn number(&self, name: &str, from: Bound<f64>, to: Bound<f64>) -> Lowered {
        let Some((_, field)) = self.field(name) else { return Box::new(EmptyQuery) };
        let bound = |number: Bound<f64>| number.map(|number| Term::from_field_f64(field, number));
        filter(Box::new(RangeQuery::new(bound(from), bound(to))))
    }

    fn exists(&self, name: &str) -> tantivy::Result<Lowered> {
        let Some((def, field)) = self.field(name) else { return Ok(Box::new(EmptyQuery)) };
        if def.kind == FieldKind::Text {
            let has_words = FunctionPredicate::from(move |segment: &SegmentReader| {
                let norms = segment.get_fieldnorms_reader(field)?;
                Ok(move |doc: DocId| norms.fieldnorm_id(doc) > 0)
            });
            return Ok(filter(Box::new(DocPredicateQuery::from(has_words))));
        }
        if def.kind == FieldKind::Keyword && !def.count {
            let message =
                format!("`{name}:*` cannot be asked: the field is not kept in a column (`count: false`)");
            return Err(TantivyError::InvalidArgument(message));
        }
        Ok(filter(Box::new(ExistsQuery::new(name.to_owned(), false))))
    }
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
