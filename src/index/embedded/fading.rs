//! Scores that decay with the age of an article.

use crate::{article::BuiltIn, index::Recency};
use jiff::Timestamp;
use tantivy::{
    DateTime, DocId, DocSet, Score, SegmentReader,
    columnar::Column,
    query::{EnableScoring, Explanation, Query, Scorer, Weight},
};

/// A query whose scores are multiplied by [`Recency::factor`].
#[derive(Debug)]
pub(super) struct FadingQuery {
    pub query: Box<dyn Query>,
    pub recency: Recency,
}

impl Clone for FadingQuery {
    fn clone(&self) -> Self {
        Self { query: self.query.box_clone(), recency: self.recency }
    }
}

impl Query for FadingQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let weight = self.query.weight(scoring)?;
        Ok(match scoring {
            EnableScoring::Enabled { .. } => Box::new(FadingWeight { weight, recency: self.recency }),
            EnableScoring::Disabled { .. } => weight,
        })
    }
}

struct FadingWeight {
    weight: Box<dyn Weight>,
    recency: Recency,
}

/// The recency factor of a document.
pub(super) fn factor(recency: &Recency, published: &Column<DateTime>, doc: DocId) -> Score {
    let published = published.first(doc).map(|at| Timestamp::from_millisecond(at.into_timestamp_millis()));
    recency.factor(published.and_then(Result::ok))
}

impl Weight for FadingWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let scorer = self.weight.scorer(reader, boost)?;
        let published = reader.fast_fields().date(BuiltIn::Published.name())?;
        Ok(Box::new(FadingScorer { scorer, recency: self.recency, published }))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let inner = self.weight.explain(reader, doc)?;
        let factor = factor(&self.recency, &reader.fast_fields().date(BuiltIn::Published.name())?, doc);
        let mut explanation = Explanation::new("score × recency factor", inner.value() * factor);
        explanation.add_detail(inner);
        explanation.add_const("recency factor: 2^(-age / half-life)", factor);
        Ok(explanation)
    }
}

struct FadingScorer {
    scorer: Box<dyn Scorer>,
    recency: Recency,
    published: Column<DateTime>,
}

impl DocSet for FadingScorer {
    fn advance(&mut self) -> DocId {
        self.scorer.advance()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        self.scorer.seek(target)
    }

    fn doc(&self) -> DocId {
        self.scorer.doc()
    }

    fn size_hint(&self) -> u32 {
        self.scorer.size_hint()
    }

    fn cost(&self) -> u64 {
        self.scorer.cost()
    }
}

impl Scorer for FadingScorer {
    fn score(&mut self) -> Score {
        self.scorer.score() * factor(&self.recency, &self.published, self.scorer.doc())
    }
}
