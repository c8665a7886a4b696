//! The union of a few queries, for a search that skips most of its documents.
//!
//! tantivy's union reads 4,096 documents ahead. Beside words that few articles have, it then reads the positions of all
//! documents with the name of a security, to score ten of them.

use tantivy::{
    DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError,
    query::{EnableScoring, Explanation, Query, Scorer, Weight},
};

/// Documents of any of some queries.
#[derive(Debug)]
pub(super) struct SkippingUnion {
    parts: Vec<Box<dyn Query>>,
    combine: Combine,
}

/// How the scores of several queries become one.
#[derive(Clone, Copy, Debug)]
enum Combine {
    Sum,
    Max,
}

impl Combine {
    fn all(self, scores: impl Iterator<Item = Score>) -> Score {
        match self {
            Self::Sum => scores.sum(),
            Self::Max => scores.fold(0.0, Score::max),
        }
    }
}

impl SkippingUnion {
    /// A union whose scores are added.
    pub(super) fn sum(parts: Vec<Box<dyn Query>>) -> Self {
        Self { parts, combine: Combine::Sum }
    }

    /// A union with the score of the best query.
    pub(super) fn max(parts: Vec<Box<dyn Query>>) -> Self {
        Self { parts, combine: Combine::Max }
    }
}

impl Clone for SkippingUnion {
    fn clone(&self) -> Self {
        Self { parts: self.parts.iter().map(|query| query.box_clone()).collect(), combine: self.combine }
    }
}

impl Query for SkippingUnion {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let weights = self.parts.iter().map(|query| query.weight(scoring));
        Ok(Box::new(UnionWeight { parts: weights.collect::<tantivy::Result<_>>()?, combine: self.combine }))
    }
}

struct UnionWeight {
    parts: Vec<Box<dyn Weight>>,
    combine: Combine,
}

impl Weight for UnionWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let scorers = self.parts.iter().map(|weight| weight.scorer(reader, boost));
        let mut scorers = scorers.collect::<tantivy::Result<Vec<_>>>()?;
        scorers.retain(|scorer| scorer.doc() != TERMINATED);
        if scorers.len() == 1
            && let Some(only) = scorers.pop()
        {
            return Ok(only);
        }
        let doc = least(&scorers);
        Ok(Box::new(UnionScorer { scorers, doc, combine: self.combine }))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut parts = Vec::new();
        for weight in &self.parts {
            let mut scorer = weight.scorer(reader, 1.0)?;
            if scorer.doc() == doc || scorer.doc() < doc && scorer.seek(doc) == doc {
                parts.push(weight.explain(reader, doc)?);
            }
        }
        if parts.is_empty() {
            return Err(TantivyError::InvalidArgument(format!("document #({doc}) does not match")));
        }
        let label = match self.combine {
            Combine::Sum => "sum of",
            Combine::Max => "max of",
        };
        let mut all = Explanation::new(label, self.combine.all(parts.iter().map(Explanation::value)));
        for part in parts {
            all.add_detail(part);
        }
        Ok(all)
    }
}

struct UnionScorer {
    /// So few that the least is found by asking each.
    scorers: Vec<Box<dyn Scorer>>,
    doc: DocId,
    combine: Combine,
}

/// The least document of some scorers.
fn least(scorers: &[Box<dyn Scorer>]) -> DocId {
    scorers.iter().map(DocSet::doc).min().unwrap_or(TERMINATED)
}

impl DocSet for UnionScorer {
    fn advance(&mut self) -> DocId {
        if self.doc != TERMINATED {
            for scorer in self.scorers.iter_mut().filter(|scorer| scorer.doc() == self.doc) {
                scorer.advance();
            }
            self.doc = least(&self.scorers);
        }
        self.doc
    }

    fn seek(&mut self, target: DocId) -> DocId {
        for scorer in self.scorers.iter_mut().filter(|scorer| scorer.doc() < target) {
            scorer.seek(target);
        }
        self.doc = least(&self.scorers);
        self.doc
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.scorers.iter().map(DocSet::size_hint).max().unwrap_or(0)
    }

    fn cost(&self) -> u64 {
        self.scorers.iter().map(DocSet::cost).sum()
    }
}

impl Scorer for UnionScorer {
    fn score(&mut self) -> Score {
        let here = self.scorers.iter_mut().filter(|scorer| scorer.doc() == self.doc);
        self.combine.all(here.map(Scorer::score))
    }
}

#[cfg(test)]
mod tests {
    use super::SkippingUnion;
    use crate::index::embedded::{fixture::Fixture, lower::lower};
    use tantivy::{
        DocAddress,
        query::{BooleanQuery, DisjunctionMaxQuery, Query},
    };

    #[test]
    fn it_has_the_documents_and_scores_of_a_union_of_tantivy() {
        let index = Fixture::of_bodies(&["a b", "c", "b", "a c", "a b c", "d", "c d d"]);
        for texts in [&["body:\"a b\"~1", "c", "b"][..], &["a"], &["nosuch", "d"], &[]] {
            let of =
                |text: &&str| lower(&index.commit, &Fixture::query(text)).expect("it is within the limits");
            let parts = || texts.iter().map(of).collect::<Vec<_>>();
            let pairs: [(SkippingUnion, Box<dyn Query>); 2] = [
                (SkippingUnion::sum(parts()), Box::new(BooleanQuery::union(parts()))),
                (SkippingUnion::max(parts()), Box::new(DisjunctionMaxQuery::new(parts()))),
            ];
            for (union, of_tantivy) in pairs {
                let (found, expected) = (index.scored(&union), index.scored(&*of_tantivy));
                assert_eq!(found.len(), expected.len(), "{texts:?}");
                for ((doc, score), (other, expected)) in found.iter().zip(&expected) {
                    assert!(doc == other && (score - expected).abs() < 1e-5, "{texts:?}: {doc}");
                    let told = union.explain(&index.commit.searcher, DocAddress::new(0, *doc));
                    assert!((told.expect("it matches").value() - score).abs() < 1e-5, "{doc} is explained");
                }
                index.assert_seeks(&union);
            }
        }
    }
}
