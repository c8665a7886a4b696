//! Where the records of files are: tables in documents of their own, as places change while records stay the same.
//!
//! The places of a file are cut into parts by the beginnings of the ids, each a document, so that one place costs the
//! reading of a small part. All parts of a file are replaced together. Those of few records are in the document of the file.

use super::{
    commit::Commit,
    docs::addresses,
    place_cache::{MAX_PARTS, Part, RecordsFile},
};
use crate::{
    article::Format,
    index::place_table::{RECORDS_FILE, find, part_of},
    source::{Contents, Place, Shape, Splitter, path_hash},
};
use std::sync::{Arc, PoisonError};
use tantivy::{
    TantivyDocument, Term,
    query::TermQuery,
    schema::{IndexRecordOption, Value as _},
};

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
    Ok(commit.columns(*address)?.file_number(address.doc_id).contents)
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
