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

#[cfg(test)]
mod tests {
    use super::FadingQuery;
    use crate::{
        article::{Article, Moment},
        index::{
            Recency,
            embedded::{fixture::Fixture, lower::lower},
        },
    };
    use jiff::Timestamp;
    use tantivy::{
        DocAddress,
        collector::{Count, TopDocs},
        query::Query as _,
    };

    const HOUR: i64 = 3600;
    const NOW: i64 = 1_000 * HOUR;

    /// The same text at several ages in hours, or without a date.
    fn aged(ages: &[Option<i64>]) -> Fixture {
        Fixture::of(ages.iter().map(|age| Article {
            published: age.and_then(|age| Timestamp::from_second(NOW - age * HOUR).ok()).map(Moment::Instant),
            ..Fixture::article("solar glass")
        }))
    }

    #[test]
    fn a_score_halves_with_each_half_life() {
        let index = aged(&[Some(20), Some(0), Some(-500), Some(10), None, Some(5)]);
        let plain = || lower(&index.commit, &Fixture::query("solar")).expect("it is within the limits");
        let now = Timestamp::from_second(NOW).expect("a time");
        let fading = FadingQuery { query: plain(), recency: Recency { now, half_life: 36_000.0 } };
        let (before, after) = (index.scored(&*plain()), index.scored(&fading));
        // What is of the future is not older than now; a score decays by at most 100 half-lives.
        let factors = [0.25, 1.0, 1.0, 0.5, (-100.0_f32).exp2(), 0.5_f32.sqrt()];
        assert_eq!(after.len(), factors.len());
        for ((doc, score), ((_, plain), factor)) in after.iter().zip(before.iter().zip(factors)) {
            assert!((score / plain / factor - 1.0).abs() < 1e-5, "{doc}: {score} of {plain}");
            let told = fading.explain(&index.commit.searcher, DocAddress::new(0, *doc));
            assert!((told.expect("it matches").value() - score).abs() < 1e-6, "{doc} is explained");
        }
        assert_eq!(index.commit.searcher.search(&fading, &Count).expect("it can be read"), factors.len());
        index.assert_seeks(&fading);
    }

    /// The best words are in the oldest articles, which a search for the best few must not stop at.
    #[test]
    fn the_best_of_many_are_those_with_the_best_faded_scores() {
        let index = Fixture::of((0..300).map(|number| Article {
            published: Timestamp::from_second(NOW - (300 - number) * HOUR).ok().map(Moment::Instant),
            ..Fixture::article(if number < 150 { "solar solar solar" } else { "solar and wind" })
        }));
        let query = lower(&index.commit, &Fixture::query("solar")).expect("it is within the limits");
        let now = Timestamp::from_second(NOW).expect("a time");
        let fading = FadingQuery { query, recency: Recency { now, half_life: 36_000.0 } };
        let top = TopDocs::with_limit(2).order_by_score();
        let best = index.commit.searcher.search(&fading, &top).expect("it can be read");
        let best: Vec<u32> = best.into_iter().map(|(_, address)| address.doc_id).collect();
        assert_eq!(best, [299, 298]);
    }
}
