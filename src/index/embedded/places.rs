//! Where the records of files are: tables in documents of their own, as places change while records stay the same.
//!
//! The places of a file are cut into parts by the beginnings of the ids, each a document, so that one place costs the
//! reading of a small part. All parts of a file are replaced together. Those of few records are in the document of the file.

use super::{
    commit::Commit,
    docs::addresses,
    layout::RECORDS_FILE,
    place_cache::{MAX_PARTS, Part, RecordsFile},
};
use crate::{
    article::Format,
    source::{Contents, Place, Shape, Splitter, path_hash},
};
use std::sync::{Arc, PoisonError};
use tantivy::{
    TantivyDocument, Term,
    query::TermQuery,
    schema::{IndexRecordOption, Value as _},
};

/// The number of records in a part, about.
const PART: usize = 4096;
/// Bytes of an entry: the id, the offset, the length and the line.
const ENTRY: usize = 24;

/// So few records have their places in the document of their file.
const FEW: usize = 64;

/// The number of documents of parts of so many places.
pub(super) fn count(places: usize) -> usize {
    if places <= FEW { 0 } else { places.div_ceil(PART).next_power_of_two() }
}

/// The places of a file that has no documents of parts; empty if it has.
pub(super) fn few(places: &[(u64, Place)]) -> Vec<u8> {
    if count(places.len()) == 0 { written(places) } else { Vec::new() }
}

fn written(places: &[(u64, Place)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(places.len() * ENTRY);
    for (id, Place { offset, bytes: length, line }) in places {
        bytes.extend(id.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(line.to_le_bytes());
    }
    bytes
}

/// The parts of some places, which are ordered by id.
pub(super) fn parts(places: &[(u64, Place)]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let (count, mut rest) = (count(places.len()), places);
    (0..count).map(move |part| {
        let (of_part, after) = rest.split_at(rest.partition_point(|(id, _)| part_of(*id, count) <= part));
        rest = after;
        written(of_part)
    })
}

/// The part that holds an id, of a number of parts. The first bit of all ids is the same.
fn part_of(id: u64, count: usize) -> usize {
    let place = (u128::from(id << 1) * count as u128) >> 64;
    usize::try_from(place).unwrap_or_default()
}

/// The place of a record in the part that holds its id.
fn find(part: &[u8], id: u64) -> Option<Place> {
    let (entries, _) = part.as_chunks::<ENTRY>();
    let long =
        |entry: &[u8; ENTRY], from: usize| u64::from_le_bytes(std::array::from_fn(|at| entry[from + at]));
    let short =
        |entry: &[u8; ENTRY], from: usize| u32::from_le_bytes(std::array::from_fn(|at| entry[from + at]));
    let at = entries.binary_search_by_key(&id, |entry| long(entry, 0)).ok()?;
    let entry = &entries[at];
    Some(Place { offset: long(entry, 8), bytes: short(entry, 16), line: short(entry, 20) })
}

/// Where a record is, and how it is to be parsed.
pub(super) fn place(commit: &Commit, path: &str, record: u64) -> tantivy::Result<Option<(Place, Shape)>> {
    let source = path_hash(path);
    let Some(file) = file(commit, path, source)? else { return Ok(None) };
    let bytes = match file.parts {
        0 => Arc::clone(&file.few),
        parts => part_bytes(commit, path, (source, part_of(record, parts)))?,
    };
    Ok(find(&bytes, record).map(|place| (place, file.shape.clone())))
}

/// What a file was read as; `None` if that is not known, or its name tells it.
pub(super) fn contents(commit: &Commit, path: &str) -> tantivy::Result<Option<Contents>> {
    if let Some(file) = file(commit, path, path_hash(path))? {
        return Ok(Some(Contents::Records(file.splitter)));
    }
    let term = Term::from_field_text(commit.definition.layout.path, path);
    let found = addresses(&commit.searcher, &TermQuery::new(term, IndexRecordOption::Basic))?;
    let Some(address) = found.first() else { return Ok(None) };
    Ok(commit.columns(*address)?.format(address.doc_id).map(Contents::Whole))
}

fn part_bytes(commit: &Commit, path: &str, key: (u64, usize)) -> tantivy::Result<Part> {
    let cached = || commit.places.parts.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = cached().get(&key) {
        return Ok(Arc::clone(known));
    }
    let document = document(commit, path, key.1 as u64 + 1)?;
    let read = Arc::new(document.and_then(|document| bytes(commit, &document)).unwrap_or_default());
    let mut cached = cached();
    if cached.len() >= MAX_PARTS {
        cached.clear();
    }
    cached.insert(key, Arc::clone(&read));
    Ok(read)
}

fn file(commit: &Commit, path: &str, source: u64) -> tantivy::Result<Option<Arc<RecordsFile>>> {
    let cached = || commit.places.files.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = cached().get(&source) {
        return Ok(known.clone());
    }
    let read = document(commit, path, RECORDS_FILE)?.and_then(|document| {
        let texts = document.get_all(commit.definition.layout.excluded).filter_map(|text| text.as_str());
        let texts: Vec<&str> = texts.collect();
        let [_, format, parts, _, splitter, ..] = texts.as_slice() else { return None };
        let splitter = Splitter::ALL.into_iter().find(|known| known.as_str() == *splitter)?;
        let format = Format::ALL.into_iter().find(|known| known.as_str() == *format)?;
        let mut bytes = document.get_all(commit.definition.layout.places);
        let mut bytes =
            || bytes.next().and_then(|bytes| bytes.as_bytes().map(<[u8]>::to_vec)).unwrap_or_default();
        let shape = Shape { format, head: bytes() };
        Some(Arc::new(RecordsFile { splitter, shape, parts: parts.parse().ok()?, few: Arc::new(bytes()) }))
    });
    cached().insert(source, read.clone());
    Ok(read)
}

/// A document of a file of many records.
fn document(commit: &Commit, path: &str, number: u64) -> tantivy::Result<Option<TantivyDocument>> {
    let term = commit.definition.layout.source_term(path, number);
    let found = addresses(&commit.searcher, &TermQuery::new(term, IndexRecordOption::Basic))?;
    found.first().map(|address| commit.searcher.doc(*address)).transpose()
}

fn bytes(commit: &Commit, document: &TantivyDocument) -> Option<Vec<u8>> {
    document.get_first(commit.definition.layout.places)?.as_bytes().map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::{Place, count, few, find, part_of, parts};
    use xxhash_rust::xxh3::xxh3_64;

    #[test]
    fn every_place_is_found_in_the_part_of_its_id() {
        for total in [0_u32, 1, 64, 65, 4096, 4097, 20_000] {
            let mut places: Vec<(u64, Place)> = (0..total)
                .map(|n| {
                    let id = xxh3_64(&n.to_le_bytes()) | 1 << 63;
                    (id, Place { offset: u64::from(n) << 33, bytes: n, line: n + 1 })
                })
                .collect();
            places.sort_unstable_by_key(|(id, _)| *id);
            let parts: Vec<Vec<u8>> = parts(&places).collect();
            assert_eq!(parts.len(), count(places.len()));
            let inside = few(&places);
            assert_eq!(inside.len(), if total <= 64 { total as usize * 24 } else { 0 });
            for (id, place) in &places {
                let part = parts.get(part_of(*id, parts.len())).unwrap_or(&inside);
                assert_eq!(find(part, *id), Some(*place));
                assert_eq!(find(part, *id ^ 1), None);
            }
        }
    }
}
