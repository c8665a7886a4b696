//! One word of a query that stands for many words of an index, scored as one word.
//!
//! A cursor for each of thousands of words would cost kilobytes each and a heap over all of them; here one list
//! of documents is read after the other, and the occurrences are added up per document.

use super::{expand::Found, score};
use std::sync::Arc;
use tantivy::{
    DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError,
    fieldnorm::FieldNormReader,
    postings::BlockSegmentPostings,
    query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight},
    schema::{Field, IndexRecordOption},
};

/// Any of many words of a field.
#[derive(Clone, Debug)]
pub(super) struct ManyWords {
    pub field: Field,
    pub found: Arc<Found>,
    /// In how many documents any of them is, at most.
    pub doc_freq: u64,
}

impl Query for ManyWords {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let bm25 = score::bm25(scoring, self.field, self.doc_freq)?;
        Ok(Box::new(ManyWeight { query: self.clone(), bm25 }))
    }
}

struct ManyWeight {
    query: ManyWords,
    bm25: Option<Bm25Weight>,
}

impl Weight for ManyWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let index = reader.inverted_index(self.query.field)?;
        let mut counts: Vec<u16> = Vec::new();
        let mut postings: Option<BlockSegmentPostings> = None;
        for info in self.query.found.of_segment(reader) {
            counts.resize(reader.max_doc() as usize, 0);
            let postings = match &mut postings {
                Some(postings) => {
                    index.reset_block_postings_from_terminfo(info, postings)?;
                    postings
                }
                none => {
                    none.insert(index.read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?)
                }
            };
            while postings.block_len() > 0 {
                for (doc, freq) in postings.docs().iter().zip(postings.freqs()) {
                    let count = &mut counts[*doc as usize];
                    *count = count.saturating_add(u16::try_from(*freq).unwrap_or(u16::MAX));
                }
                postings.advance();
            }
        }
        if counts.is_empty() {
            return Ok(Box::new(EmptyScorer));
        }
        let norms = score::norms(reader, self.query.field)?;
        let bm25 = self.bm25.as_ref().map(|bm25| bm25.boost_by(boost));
        let mut scorer = ManyScorer { counts, doc: 0, bm25, norms };
        scorer.settle(0);
        Ok(Box::new(scorer))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if scorer.doc() > doc || scorer.seek(doc) != doc {
            return Err(TantivyError::InvalidArgument(format!("document #({doc}) does not match")));
        }
        Ok(Explanation::new("any of many words", scorer.score()))
    }
}

struct ManyScorer {
    /// How often each document of the segment has any of the words.
    counts: Vec<u16>,
    doc: DocId,
    bm25: Option<Bm25Weight>,
    norms: FieldNormReader,
}

impl ManyScorer {
    /// Goes to the first document from `target` on that has any of the words.
    fn settle(&mut self, target: DocId) -> DocId {
        let rest = self.counts.get(target as usize..).unwrap_or_default();
        let found = (target..).zip(rest).find(|(_, count)| **count > 0);
        self.doc = found.map_or(TERMINATED, |(doc, _)| doc);
        self.doc
    }
}

impl DocSet for ManyScorer {
    fn advance(&mut self) -> DocId {
        if self.doc == TERMINATED { TERMINATED } else { self.settle(self.doc + 1) }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if target <= self.doc { self.doc } else { self.settle(target) }
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        // What it costs to go through, not what there is: the counts are there.
        u32::try_from(self.counts.len()).unwrap_or(u32::MAX)
    }
}

impl Scorer for ManyScorer {
    fn score(&mut self) -> Score {
        let count = self.counts.get(self.doc as usize).copied().unwrap_or_default();
        let norm = self.norms.fieldnorm_id(self.doc);
        self.bm25.as_ref().map_or(1.0, |bm25| bm25.score(norm, count.into()))
    }
}
