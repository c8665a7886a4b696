//! What the index knows of files of many records, and where the records are.

use super::{
    document::{self, Documents, Prepared, id_of},
    engine::Engine,
    lower::with_ids,
};
use crate::{
    index::{
        DocRef, IndexError, RecordsFile, UnreadRecord, UnreadRecords,
        place_table::{RECORDS_FILE, few, find, part_of, parts},
    },
    source::{Contents, Place, Shape, Splitter, path_hash},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Instant,
};

/// The document of a file of many records, and those of the places of its records.
pub(super) fn documents(of: &RecordsFile) -> (Prepared, Vec<Prepared>) {
    let Shape { format, head } = &of.records.shape;
    let parts: Vec<Prepared> = (1..)
        .zip(parts(of.records.places()))
        .map(|(number, part)| {
            Documents::places(&of.file.path, number, &json!({"places": STANDARD.encode(part)}))
        })
        .collect();
    let named: Vec<Value> =
        of.unread.named.iter().map(|unread| json!([unread.line, unread.code, unread.reason])).collect();
    let kept = json!({
        "format": format.as_str(), "head": STANDARD.encode(head), "parts": parts.len(),
        "splitter": of.records.splitter.as_str(), "places": STANDARD.encode(few(of.records.places())), "unread": of.unread.by_code, "named": named,
    });
    (Documents::records(of, parts.len() as u64, &kept), parts)
}

/// The parts of a file that gave no article, as its document keeps them.
pub(super) fn unread(kept: &Value) -> UnreadRecords {
    let mut unread = UnreadRecords::default();
    for (code, count) in kept["unread"].as_object().into_iter().flatten() {
        unread.by_code.insert(code.clone(), count.as_u64().unwrap_or_default());
    }
    let named = kept["named"].as_array().into_iter().flatten().filter_map(|named| {
        Some(UnreadRecord {
            line: u32::try_from(named[0].as_u64()?).ok()?,
            code: named[1].as_str()?.to_owned(),
            reason: named[2].as_str()?.to_owned(),
        })
    });
    unread.named.extend(named);
    unread
}

/// What a file was read as; `None` if that is not known, or its name tells it.
pub(super) fn contents(
    engine: &Engine,
    path: &str,
    deadline: Option<Instant>,
) -> Result<Option<Contents>, IndexError> {
    let id = id_of(path_hash(path), RECORDS_FILE);
    let body = json!({
        "query": with_ids(&[id]), "size": 1, "_source": ["file.format", "kept.splitter"], "track_total_hits": false,
    });
    let answer = engine.search(&body, deadline)?;
    let source = &answer["hits"]["hits"][0]["_source"];
    if let Some(name) = source["kept"]["splitter"].as_str() {
        let splitter = Splitter::ALL.into_iter().find(|known| known.as_str() == name);
        return Ok(splitter.map(Contents::Records));
    }
    Ok(document::contents(&source["file"]["format"]))
}

/// Where some records are, each of a file. `documents` gives the documents with some ids, as far as they are there.
pub(super) fn places(
    records: &[(&str, u64)],
    documents: impl Fn(&[DocRef]) -> Result<Vec<Option<Arc<Value>>>, IndexError>,
) -> Result<Vec<Option<Place>>, IndexError> {
    let by_id = |ids: BTreeSet<u64>| -> Result<HashMap<u64, Arc<Value>>, IndexError> {
        let docs: Vec<DocRef> = ids.iter().copied().map(DocRef).collect();
        let found = documents(&docs)?;
        Ok(ids.into_iter().zip(found).filter_map(|(id, found)| Some((id, found?))).collect())
    };
    let file_of = |path: &str| id_of(path_hash(path), RECORDS_FILE);
    let decoded = |value: &Value| STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
    let parts_of = |file: &Value| usize::try_from(file["kept"]["parts"].as_u64()?).ok();
    let files = by_id(records.iter().map(|(path, _)| file_of(path)).collect())?;
    // The document of the part that has a record, if the places are in parts.
    let part = |path: &str, record: u64| {
        let parts = files.get(&file_of(path)).and_then(|file| parts_of(file)).filter(|parts| *parts > 0)?;
        Some(id_of(path_hash(path), part_of(record, parts) as u64 + 1))
    };
    let parts = by_id(records.iter().filter_map(|(path, record)| part(path, *record)).collect())?;
    let places = records.iter().map(|(path, record)| {
        let holder = match part(path, *record) {
            Some(id) => parts.get(&id),
            None => files.get(&file_of(path)),
        };
        find(&decoded(&holder?["kept"]["places"]), *record)
    });
    Ok(places.collect())
}
