//! Reads the positions of query terms in documents, and the statistics from which scores are computed.

use super::{
    commit::Commit,
    deadline::{self, DeadlineCheck},
    docs::address,
    expand::ExpandedTerms,
    lower::{Lowering, in_any},
    word::{Lengths, mean_length},
};
use crate::{
    index::{DocRef, FieldTerms, MAX_POSITION, Positions, Statistics},
    schema::FieldKind,
};
use std::sync::Arc;
use tantivy::{
    DocAddress, DocSet as _, Score, SegmentReader, TERMINATED,
    postings::{Postings as _, TermInfo},
    schema::{Field, IndexRecordOption},
};

/// With more posting lists than this in a segment, reading the texts is faster: each list takes some microseconds.
const MAX_LISTS: usize = 256;

/// The statistics from which scores for these sets of terms are computed.
pub(super) fn statistics(commit: &Commit, terms: &[FieldTerms]) -> tantivy::Result<Statistics> {
    let docs = commit.pages()?;
    let lowering = Lowering::new(commit);
    let mut mean: Score = 0.0;
    for (field, boost) in text_fields(&lowering) {
        let mut tokens = 0;
        for segment in commit.searcher.segment_readers() {
            tokens += segment.inverted_index(field)?.total_num_tokens();
        }
        mean += boost * mean_length(tokens, docs);
    }
    let mut doc_freqs = Vec::with_capacity(terms.len());
    for FieldTerms { field, terms } in terms {
        let mut doc_freq = 0;
        for (_, scope) in lowering.asked(field.as_deref()) {
            doc_freq = in_any(field.as_deref(), lowering.found(&scope, terms)?.doc_freq(), doc_freq);
        }
        doc_freqs.push(doc_freq);
    }
    Ok(Statistics { docs, mean_length: mean.max(1.0), doc_freqs })
}

/// For each set of terms, an upper bound of the number of documents with any of them, without removed documents.
pub(super) fn live_doc_freqs(commit: &Commit, terms: &[FieldTerms]) -> tantivy::Result<Vec<u64>> {
    let lowering = Lowering::new(commit);
    let mut doc_freqs = Vec::with_capacity(terms.len());
    for FieldTerms { field, terms } in terms {
        let mut most = 0;
        for (_, scope) in lowering.asked(field.as_deref()) {
            let found = lowering.found(&scope, terms)?;
            let mut doc_freq = 0;
            for segment in commit.searcher.segment_readers() {
                doc_freq += live_doc_freq(segment, scope.field, found.of_segment(segment))?;
            }
            most = in_any(field.as_deref(), doc_freq, most);
        }
        doc_freqs.push(most);
    }
    Ok(doc_freqs)
}

/// The sum of the document frequencies of some terms of a segment, without removed documents. If no document of the
/// segment was removed, the dictionary has them; else the postings are read.
fn live_doc_freq<'t>(
    segment: &SegmentReader,
    field: Field,
    terms: impl Iterator<Item = &'t TermInfo>,
) -> tantivy::Result<u64> {
    let Some(alive) = segment.alive_bitset() else {
        return Ok(terms.map(|info| u64::from(info.doc_freq)).sum());
    };
    let inverted = segment.inverted_index(field)?;
    let steps = DeadlineCheck::default();
    let mut doc_freq = 0;
    for info in terms {
        let mut list = inverted.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        while list.doc() != TERMINATED {
            steps.step();
            doc_freq += u64::from(alive.is_alive(list.doc()));
            list.advance();
        }
    }
    Ok(doc_freq)
}

/// The fields whose lengths make up the length of an article, with their boosts.
fn text_fields(lowering: &Lowering<'_>) -> Vec<(Field, Score)> {
    let asked = lowering.asked(None).into_iter().filter(|(def, _)| def.kind == FieldKind::Text);
    asked.map(|(def, scope)| (scope.field, def.boost)).collect()
}

/// A set of terms in one of the fields asked for.
struct TermsInField {
    /// The index of the set in the request.
    set: usize,
    /// The index of the field in the request.
    of: usize,
    field: Field,
    found: Arc<ExpandedTerms>,
}

/// The positions of the terms in each document, in the same order; `None` if there are so many terms that reading the
/// texts is faster.
pub(super) fn positions(
    commit: &Commit,
    docs: &[DocRef],
    terms: &[FieldTerms],
    fields: &[&str],
) -> tantivy::Result<Option<Vec<Positions>>> {
    let lowering = Lowering::new(commit);
    let mut sets = Vec::new();
    for (set, FieldTerms { field, terms }) in terms.iter().enumerate() {
        for (def, scope) in lowering.asked(field.as_deref()) {
            if let Some(of) = fields.iter().position(|name| *name == def.name) {
                sets.push(TermsInField {
                    set,
                    of,
                    field: scope.field,
                    found: lowering.found(&scope, terms)?,
                });
            }
        }
    }
    if sets.iter().map(|set| set.found.len()).sum::<usize>() > MAX_LISTS {
        return Ok(None);
    }
    let addresses: Vec<DocAddress> = docs.iter().map(|doc| address(*doc)).collect();
    let empty = Positions { fields: vec![Vec::new(); fields.len()], length: 0.0 };
    let mut positions = vec![empty; docs.len()];
    let mut order: Vec<usize> = (0..addresses.len()).collect();
    order.sort_unstable_by_key(|index| addresses[*index]);
    let text_fields = text_fields(&lowering);
    for of_segment in order.chunk_by(|a, b| addresses[*a].segment_ord == addresses[*b].segment_ord) {
        let Some(first) = of_segment.first() else { continue };
        let segment = commit.searcher.segment_reader(addresses[*first].segment_ord);
        let lengths = Lengths::new(segment, text_fields.iter().copied())?;
        for index in of_segment {
            positions[*index].length = lengths.of(addresses[*index].doc_id);
        }
        for set in &sets {
            read(segment, set, &addresses, of_segment, &mut positions)?;
        }
    }
    Ok(Some(positions))
}

/// Reads the positions of a set of terms in documents of one segment. `indices` must be ordered by document.
fn read(
    segment: &SegmentReader,
    set: &TermsInField,
    addresses: &[DocAddress],
    indices: &[usize],
    positions: &mut [Positions],
) -> tantivy::Result<()> {
    deadline::check();
    let mut lists = set.found.of_segment(segment).peekable();
    if lists.peek().is_none() {
        return Ok(());
    }
    let inverted = segment.inverted_index(set.field)?;
    let mut of_doc = Vec::new();
    for info in lists {
        let mut list =
            inverted.read_postings_from_terminfo(info, IndexRecordOption::WithFreqsAndPositions)?;
        for index in indices {
            let doc = addresses[*index].doc_id;
            if list.doc() < doc {
                list.seek(doc);
            }
            if list.doc() == doc {
                list.positions(&mut of_doc);
                let found = of_doc.iter().take_while(|position| **position < MAX_POSITION);
                let found = found.map(|position| (*position, set.set));
                positions[*index].fields[set.of].extend(found);
            }
        }
    }
    Ok(())
}
