//! What the index knows of files of many records, and where the records are.

use super::{
    document::{self, Documents, Prepared, hex, id_of},
    engine::Engine,
    lower::with_ids,
};
use crate::{
    article::Format,
    index::{
        IndexError, RecordsFile, UnreadRecord, UnreadRecords,
        place_table::{RECORDS_FILE, few, find, part_of, parts},
    },
    source::{Contents, Place, Shape, Splitter, path_hash},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::Instant;
use ureq::http::{Method, StatusCode};

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

/// The format of a name.
fn format(name: &Value) -> Option<Format> {
    Format::ALL.into_iter().find(|format| Some(format.as_str()) == name.as_str())
}

/// What a document keeps, if it is there.
fn kept(
    engine: &Engine,
    path: &str,
    record: u64,
    deadline: Option<Instant>,
) -> Result<Option<Value>, IndexError> {
    let source = path_hash(path);
    let path = engine.path(&format!("/_doc/{}?routing={}", hex(id_of(source, record)), hex(source)));
    let reply = engine.ask(&Method::GET, &path, None, deadline)?;
    if !reply.status.is_success() && reply.status != StatusCode::NOT_FOUND {
        return Err(engine.failed(&reply));
    }
    let answer: Option<Value> = reply.json();
    Ok(answer.filter(|answer| answer["found"] == true).map(|mut answer| answer["_source"]["kept"].take()))
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

/// Where a record is, and how it is to be parsed.
pub(super) fn place(
    engine: &Engine,
    path: &str,
    record: u64,
    deadline: Option<Instant>,
) -> Result<Option<(Place, Shape)>, IndexError> {
    let Some(file) = kept(engine, path, RECORDS_FILE, deadline)? else { return Ok(None) };
    let decoded = |value: &Value| STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
    let parts = file["parts"].as_u64().and_then(|parts| usize::try_from(parts).ok());
    let (Some(format), Some(parts)) = (format(&file["format"]), parts) else { return Ok(None) };
    let places = if parts == 0 {
        decoded(&file["places"])
    } else {
        let number = part_of(record, parts) as u64 + 1;
        let Some(part) = kept(engine, path, number, deadline)? else { return Ok(None) };
        decoded(&part["places"])
    };
    let shape = Shape { format, head: decoded(&file["head"]) };
    Ok(find(&places, record).map(|place| (place, shape)))
}
