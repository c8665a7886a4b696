//! Looks at the best articles again: at the positions that the index has of the words of the query, or at the texts.
//!
//! Positions cost the less, the fewer the words are: a few blocks of lists that the first look has mostly read, where
//! a text is a block of the store to unpack and cut into words, or, where the store has no texts, a file to read.

use super::{expand::ExpandedTerms, fetch::EmbeddedSnapshot, word::Lengths};
use crate::{
    index::deadline,
    search::{RERANK_FIELDS, RerankFeatures, Reranker, TermPositions},
};
use std::sync::Arc;
use tantivy::{
    DocAddress, DocSet as _, Score, SegmentReader,
    postings::Postings as _,
    schema::{Field, IndexRecordOption},
};

/// With more lists than this in a segment, the texts are read: each list takes some microseconds.
const MAX_LISTS: usize = 256;

/// What is known of a word of the query in one of the fields that are looked at.
pub(super) struct TermInField {
    /// The word, in the order of [`Reranker`].
    pub term: usize,
    /// The field, as an index of [`RERANK_FIELDS`].
    pub of: usize,
    pub field: Field,
    pub found: Arc<ExpandedTerms>,
}

/// The rerank with what the index knows of its words.
pub(super) struct RerankQuery<'q> {
    pub reranker: Reranker<'q>,
    pub terms: Vec<TermInField>,
    /// The fields that an article's length is measured by, and what each is worth.
    pub boosts: Vec<(Field, Score)>,
}

/// Of a field its place in [`RERANK_FIELDS`].
pub(super) fn rerank_field(name: &str) -> Option<usize> {
    RERANK_FIELDS.iter().position(|field| *field == name)
}

impl RerankQuery<'_> {
    /// What there is to see in some documents, in their order.
    pub(super) fn features(
        &self,
        snapshot: &EmbeddedSnapshot,
        addresses: impl Iterator<Item = DocAddress>,
    ) -> tantivy::Result<Vec<RerankFeatures>> {
        let addresses: Vec<DocAddress> = addresses.collect();
        let lists: usize = self.terms.iter().map(|term| term.found.len()).sum();
        if self.reranker.needs_texts() || lists > MAX_LISTS {
            let features = |address: &DocAddress| {
                deadline::check();
                Ok(self.reranker.features(&snapshot.texts(*address)?))
            };
            return addresses.iter().map(features).collect();
        }
        let mut places = vec![TermPositions::default(); addresses.len()];
        let mut order: Vec<usize> = (0..addresses.len()).collect();
        order.sort_unstable_by_key(|index| addresses[*index]);
        for of_segment in order.chunk_by(|a, b| addresses[*a].segment_ord == addresses[*b].segment_ord) {
            let Some(first) = of_segment.first() else { continue };
            let segment = snapshot.searcher.segment_reader(addresses[*first].segment_ord);
            self.read(segment, &addresses, of_segment, &mut places)?;
        }
        Ok(places.into_iter().map(|places| self.reranker.features_at(places)).collect())
    }

    /// Reads where documents of a segment have the words; `indices` are in order of document.
    fn read(
        &self,
        segment: &SegmentReader,
        addresses: &[DocAddress],
        indices: &[usize],
        places: &mut [TermPositions],
    ) -> tantivy::Result<()> {
        let lengths = Lengths::new(segment, self.boosts.iter().copied())?;
        for index in indices {
            places[*index].length = lengths.of(addresses[*index].doc_id);
        }
        let mut positions = Vec::new();
        for term in &self.terms {
            deadline::check();
            let mut lists = term.found.of_segment(segment).peekable();
            if lists.peek().is_none() {
                continue;
            }
            let inverted = segment.inverted_index(term.field)?;
            for info in lists {
                let mut list =
                    inverted.read_postings_from_terminfo(info, IndexRecordOption::WithFreqsAndPositions)?;
                for index in indices {
                    let doc = addresses[*index].doc_id;
                    if list.doc() < doc {
                        list.seek(doc);
                    }
                    if list.doc() == doc {
                        list.positions(&mut positions);
                        for position in &positions {
                            places[*index].add(term.of, term.term, *position);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
