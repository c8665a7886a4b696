//! The union of a few queries, for a search that skips most of its documents.
//!
//! tantivy's union reads 4,096 documents ahead. Beside words that few articles have, it then reads the positions of all
//! documents with the name of a security, to score ten of them.

use tantivy::{
    DocId, DocSet, Score, SeekDangerResult, SegmentReader, TERMINATED, TantivyError,
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

impl UnionWeight {
    fn union(&self, mut parts: Vec<Part>) -> Box<dyn Scorer> {
        parts.retain(|part| part.next != TERMINATED);
        if parts.len() == 1
            && let Some(only) = parts.pop()
        {
            return only.scorer;
        }
        Box::new(UnionScorer { doc: least(&parts), parts, combine: self.combine })
    }
}

impl Weight for UnionWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut parts = Vec::with_capacity(self.parts.len());
        for weight in &self.parts {
            let scorer = weight.scorer(reader, boost)?;
            parts.push(Part { next: scorer.doc(), is_there: true, scorer });
        }
        Ok(self.union(parts))
    }

    fn scorer_danger(
        &self,
        reader: &SegmentReader,
        target: DocId,
        boost: Score,
    ) -> tantivy::Result<(SeekDangerResult, Box<dyn Scorer>)> {
        let mut parts = Vec::with_capacity(self.parts.len());
        for weight in &self.parts {
            let (found, scorer) = weight.scorer_danger(reader, target, boost)?;
            let mut part = Part { next: target, is_there: false, scorer };
            part.sought(target, found);
            parts.push(part);
        }
        let found = at(&parts, target);
        Ok((found, self.union(parts)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut parts = Vec::new();
        for weight in &self.parts {
            if weight.scorer_danger(reader, doc, 1.0)?.0 == SeekDangerResult::Found {
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
    parts: Vec<Part>,
    doc: DocId,
    combine: Combine,
}

/// A query of a union. It is sought no further than to documents that the search asks about, so that the positions of
/// others need not be read.
struct Part {
    scorer: Box<dyn Scorer>,
    /// The document on which it is, or else a lower bound of its next one.
    next: DocId,
    /// Whether it is on that document.
    is_there: bool,
}

impl Part {
    /// Notes what a seek to a document has found.
    fn sought(&mut self, target: DocId, found: SeekDangerResult) {
        (self.next, self.is_there) = match found {
            SeekDangerResult::Found => (target, true),
            SeekDangerResult::SeekLowerBound(next) => (next, false),
        };
    }

    /// Whether the target matches.
    fn seek_danger(&mut self, target: DocId) {
        if self.next < target || self.next == target && !self.is_there {
            let found = self.scorer.seek_danger(target);
            self.sought(target, found);
        }
    }

    /// Goes to the first document from the target on that matches.
    fn seek(&mut self, target: DocId) {
        if self.is_there && self.next < target {
            self.next = self.scorer.seek(target);
        }
        while !self.is_there && self.next != TERMINATED {
            self.seek_danger(self.next.max(target));
        }
    }
}

/// The least document of some parts, or a lower bound of it.
fn least(parts: &[Part]) -> DocId {
    parts.iter().map(|part| part.next).min().unwrap_or(TERMINATED)
}

/// Whether a part is on the target.
fn at(parts: &[Part], target: DocId) -> SeekDangerResult {
    if parts.iter().any(|part| part.is_there && part.next == target) {
        SeekDangerResult::Found
    } else {
        SeekDangerResult::SeekLowerBound(least(parts))
    }
}

impl DocSet for UnionScorer {
    fn advance(&mut self) -> DocId {
        if self.doc == TERMINATED { TERMINATED } else { self.seek(self.doc + 1) }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        self.parts.iter_mut().for_each(|part| part.seek(target));
        self.doc = least(&self.parts);
        self.doc
    }

    fn seek_danger(&mut self, target: DocId) -> SeekDangerResult {
        if target >= TERMINATED {
            return SeekDangerResult::SeekLowerBound(TERMINATED);
        }
        self.parts.iter_mut().for_each(|part| part.seek_danger(target));
        self.doc = target;
        at(&self.parts, target)
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.parts.iter().map(|part| part.scorer.size_hint()).max().unwrap_or(0)
    }

    fn cost(&self) -> u64 {
        self.parts.iter().map(|part| part.scorer.cost()).sum()
    }
}

impl Scorer for UnionScorer {
    fn score(&mut self) -> Score {
        let here = self.parts.iter_mut().filter(|part| part.is_there && part.next == self.doc);
        self.combine.all(here.map(|part| part.scorer.score()))
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
