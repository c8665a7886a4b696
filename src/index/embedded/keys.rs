//! Which free keys and values a commit has.

use super::{
    columns,
    commit::Commit,
    deadline::DeadlineCheck,
    layout,
    pairs::{self, Entries},
};
use crate::index::{KeyCounts, MAX_INDEX_KEYS};
use std::{
    collections::BTreeMap,
    ops::{Bound, Range},
};
use tantivy::{
    DocAddress, DocId, DocSet as _, SegmentReader, TERMINATED, columnar::StrColumn, schema::IndexRecordOption,
};

/// The ordinals of the entries of a column in a range.
pub(super) fn ordinals(column: &StrColumn, entries: &Entries) -> tantivy::Result<Range<u64>> {
    let bounds = (Bound::Included(&entries.start), Bound::Excluded(&entries.end));
    let (start, end) = column.dictionary().term_bounds_to_ord(bounds.0, bounds.1)?;
    // Behind the last entry, the ordinal of the next one may be anything from their number on.
    let terms = column.num_terms() as u64;
    let start = match start {
        Bound::Included(ordinal) => ordinal.min(terms),
        Bound::Excluded(ordinal) => ordinal.saturating_add(1).min(terms),
        Bound::Unbounded => 0,
    };
    let end = match end {
        Bound::Included(ordinal) => ordinal.saturating_add(1).min(terms),
        Bound::Excluded(ordinal) => ordinal.min(terms),
        Bound::Unbounded => terms,
    };
    Ok(start..end.max(start))
}

/// The ordinals of the values of a key in the column of all pairs.
pub(super) fn values(column: &StrColumn, key: &str) -> tantivy::Result<Range<u64>> {
    ordinals(column, &pairs::entries(key))
}

/// Whether a document of a segment has an entry in one of some ranges.
pub(super) fn has_any(
    segment: &SegmentReader,
    ranges: &[Entries],
) -> tantivy::Result<impl Fn(DocId) -> bool + use<>> {
    let column = segment.fast_fields().str(layout::COMPARABLE)?;
    let mut wanted = Vec::new();
    if let Some(column) = &column {
        for range in ranges {
            wanted.push(ordinals(column, range)?);
        }
    }
    Ok(move |doc| {
        let mut entries = column.iter().flat_map(|column| column.term_ords(doc));
        entries.any(|entry| wanted.iter().any(|range| range.contains(&entry)))
    })
}

/// The free keys of a document, each with its values, in order.
pub(super) fn of_document(
    commit: &Commit,
    address: DocAddress,
) -> tantivy::Result<Vec<(String, Vec<String>)>> {
    let segment = commit.searcher.segment_reader(address.segment_ord);
    let Some(column) = segment.fast_fields().str(layout::KEYS)? else { return Ok(Vec::new()) };
    let mut ordinals: Vec<u64> = column.term_ords(address.doc_id).collect();
    ordinals.sort_unstable();
    ordinals.dedup();
    let mut keys: Vec<(String, Vec<String>)> = Vec::new();
    for pair in columns::texts(&column, &ordinals)? {
        let (key, value) = pair.split_once('\0').unwrap_or((&pair, ""));
        match keys.last_mut() {
            Some((last, values)) if last == key => values.push(value.to_owned()),
            _ => keys.push((key.to_owned(), vec![value.to_owned()])),
        }
    }
    Ok(keys)
}

/// The free keys of a commit, each with the number of pages that have it.
pub(super) fn keys(commit: &Commit) -> tantivy::Result<KeyCounts> {
    if let Some(keys) = commit.keys.get() {
        return Ok(keys.clone());
    }
    let definition = &commit.definition;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for segment in commit.searcher.segment_readers() {
        if segment.fast_fields().str(layout::KEYS)?.is_none_or(|column| column.num_terms() == 0) {
            continue;
        }
        let index = segment.inverted_index(definition.layout.has)?;
        let mut terms = index.terms().stream()?;
        let steps = DeadlineCheck::default();
        let mut of_segment = 0;
        while of_segment < MAX_INDEX_KEYS && terms.advance() {
            steps.step();
            let name = String::from_utf8_lossy(terms.key());
            // A row of the schema that has no column is there as well.
            if definition.schema.field(&name).is_some() {
                continue;
            }
            of_segment += 1;
            let mut pages = u64::from(terms.value().doc_freq);
            if let Some(alive) = segment.alive_bitset() {
                pages = 0;
                let mut list = index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
                while list.doc() != TERMINATED {
                    steps.step();
                    pages += u64::from(alive.is_alive(list.doc()));
                    list.advance();
                }
            }
            if pages > 0 {
                *counts.entry(name.into_owned()).or_default() += pages;
            }
        }
    }
    let keys: KeyCounts = counts.into_iter().take(MAX_INDEX_KEYS).collect();
    Ok(commit.keys.get_or_init(|| keys).clone())
}
