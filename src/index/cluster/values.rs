//! The values of a field with their counts: all of them, or an error.

use super::{MAX_LISTED, engine::Engine};
use crate::{index::IndexError, problem::message};
use serde_json::{Value, json};
use std::{collections::HashMap, time::Instant};

/// Number of combinations of values that are counted at a time, and at most.
const PAIRS: usize = 10_000;
const MAX_PAIRS: usize = 1_000_000;

/// The values of a field that a regular expression selects, with the number of pages.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if there are too many; else as for every request.
pub(super) fn values(
    engine: &Engine,
    query: &Value,
    field: &str,
    include: Option<&str>,
    deadline: Option<Instant>,
) -> Result<HashMap<String, u64>, IndexError> {
    let mut terms = json!({"field": field, "size": MAX_LISTED, "shard_size": MAX_LISTED});
    if let Some(include) = include {
        terms["include"] = json!(include);
    }
    let body =
        json!({"size": 0, "track_total_hits": false, "query": query, "aggs": {"values": {"terms": terms}}});
    let answer = engine.search(&body, deadline)?;
    let found = &answer["aggregations"]["values"];
    if found["sum_other_doc_count"].as_u64() == Some(0) {
        return Ok(buckets(found));
    }
    if include.is_some() {
        return Err(too_many(MAX_LISTED));
    }
    // One answer has no room for all.
    let mut counts = HashMap::new();
    let sources = json!([{"value": {"terms": {"field": field}}}]);
    each_bucket(engine, query, &sources, deadline, |bucket| {
        let (value, count) = (bucket["key"]["value"].as_str(), bucket["doc_count"].as_u64());
        counts.extend(value.map(str::to_owned).zip(count));
    })?;
    Ok(counts)
}

/// Calls `visit` with each different combination of values of some sources.
pub(super) fn each_pair(
    engine: &Engine,
    query: &Value,
    sources: &Value,
    deadline: Option<Instant>,
    mut visit: impl FnMut(&Value),
) -> Result<(), IndexError> {
    each_bucket(engine, query, sources, deadline, |bucket| visit(&bucket["key"]))
}

fn each_bucket(
    engine: &Engine,
    query: &Value,
    sources: &Value,
    deadline: Option<Instant>,
    mut visit: impl FnMut(&Value),
) -> Result<(), IndexError> {
    let mut composite = json!({"size": PAIRS, "sources": sources});
    let mut seen = 0;
    loop {
        let body = json!({"size": 0, "track_total_hits": false, "query": query, "aggs": {"pairs": {"composite": composite}}});
        let answer = engine.search(&body, deadline)?;
        let pairs = &answer["aggregations"]["pairs"];
        let found = pairs["buckets"].as_array().map(Vec::as_slice).unwrap_or_default();
        found.iter().for_each(&mut visit);
        seen += found.len();
        if found.len() < PAIRS || pairs["after_key"].is_null() {
            return Ok(());
        }
        if seen > MAX_PAIRS {
            return Err(too_many(MAX_PAIRS));
        }
        composite["after"] = pairs["after_key"].clone();
    }
}

fn too_many(most: usize) -> IndexError {
    IndexError::TooMuch(message!("over {} values would have to be counted; narrow the query", most))
}

/// The buckets of a terms aggregation.
pub(super) fn buckets(aggregation: &Value) -> HashMap<String, u64> {
    let buckets = aggregation["buckets"].as_array().into_iter().flatten();
    buckets
        .filter_map(|bucket| Some((bucket["key"].as_str()?.to_owned(), bucket["doc_count"].as_u64()?)))
        .collect()
}
