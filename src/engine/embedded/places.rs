//! Looks at the best articles again: at the positions that the index has of the words of the query, or at the texts.
//!
//! Positions cost the less, the fewer the words are: a few blocks of lists that the first look has mostly read, where
//! a text is a block of the store to unpack and cut into words, or, where the store has no texts, a file to read.

use super::{expand::Found, fetch::ArticleReader, word::Lengths};
use crate::{
    engine::deadline,
    search::{LOOKED_IN, Places, SecondLook, Seen},
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
    /// The word, in the order of [`SecondLook`].
    pub term: usize,
    /// The field, as an index of [`LOOKED_IN`].
    pub of: usize,
    pub field: Field,
    pub found: Arc<Found>,
}

/// A second look with what the index knows of its words.
pub(super) struct Look<'q> {
    pub second: SecondLook<'q>,
    pub terms: Vec<TermInField>,
    /// The fields that an article's length is measured by, and what each is worth.
    pub worth: Vec<(Field, Score)>,
}

/// Of a field its place in [`LOOKED_IN`].
pub(super) fn looked_in(name: &str) -> Option<usize> {
    LOOKED_IN.iter().position(|field| *field == name)
}

impl Look<'_> {
    /// What there is to see in some documents, in their order.
    pub(super) fn see(
        &self,
        reader: &ArticleReader<'_>,
        addresses: impl Iterator<Item = DocAddress>,
    ) -> tantivy::Result<Vec<Seen>> {
        let addresses: Vec<DocAddress> = addresses.collect();
        let lists: usize = self.terms.iter().map(|term| term.found.len()).sum();
        if self.second.needs_texts() || lists > MAX_LISTS {
            let see = |address: &DocAddress| {
                deadline::look();
                Ok(self.second.see(&reader.texts(*address)?))
            };
            return addresses.iter().map(see).collect();
        }
        let mut places = vec![Places::default(); addresses.len()];
        let mut order: Vec<usize> = (0..addresses.len()).collect();
        order.sort_unstable_by_key(|index| addresses[*index]);
        for of_segment in order.chunk_by(|a, b| addresses[*a].segment_ord == addresses[*b].segment_ord) {
            let Some(first) = of_segment.first() else { continue };
            let segment = reader.view.searcher.segment_reader(addresses[*first].segment_ord);
            self.read(segment, &addresses, of_segment, &mut places)?;
        }
        Ok(places.into_iter().map(|places| self.second.see_places(places)).collect())
    }

    /// Reads where documents of a segment have the words; `indices` are in order of document.
    fn read(
        &self,
        segment: &SegmentReader,
        addresses: &[DocAddress],
        indices: &[usize],
        places: &mut [Places],
    ) -> tantivy::Result<()> {
        let lengths = Lengths::new(segment, self.worth.iter().copied())?;
        for index in indices {
            places[*index].length = lengths.of(addresses[*index].doc_id);
        }
        let mut positions = Vec::new();
        for term in &self.terms {
            deadline::look();
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
