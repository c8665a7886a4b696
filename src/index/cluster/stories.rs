//! The stories of all matches: their columns are read, and grouped on this side.

use super::{
    MAX_READ,
    document::{id_of, stamp, stamp_columns},
    engine::Engine,
    mapping,
};
use crate::{
    index::{
        DocRef, IndexError,
        stories::{Candidate, Stories},
    },
    problem::message,
    text::Sketch,
};
use serde_json::{Value, json};
use std::time::Instant;

/// Groups what a query matches into stories.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if too much matches; else as for every request.
pub(super) fn stories(
    engine: &Engine,
    query: &Value,
    deadline: Option<Instant>,
) -> Result<Stories, IndexError> {
    let too_much = || {
        IndexError::TooMuch(message!(
            "over {} pages match, too many to be grouped into stories; narrow the query",
            MAX_READ
        ))
    };
    // What is too much is not read first.
    let body = json!({"size": 0, "track_total_hits": MAX_READ + 1, "query": query});
    let answer = engine.search_for("hits.total", &body, deadline)?;
    if answer["hits"]["total"]["value"].as_u64().is_some_and(|count| count > MAX_READ as u64) {
        return Err(too_much());
    }
    let [days, instants] = stamp_columns();
    // A document is told by its place, so that nothing is read of it but columns.
    let mut scan = engine.scan(
        json!({
            "query": query, "_source": false, "stored_fields": "_none_",
            "docvalue_fields": [mapping::SKETCH, days, instants],
            "sort": [mapping::ARTICLE, mapping::SOURCE, mapping::RECORD],
        }),
        deadline,
    )?;
    let mut matches = Vec::new();
    while let Some(hits) = scan.next_batch()? {
        for hit in &hits {
            let place = |at: usize| hit["sort"][at].as_i64().map(i64::cast_unsigned);
            let (Some(article), Some(source), Some(record)) = (place(0), place(1), place(2)) else {
                return Err(engine.unreadable("a page without its place"));
            };
            matches.push(Candidate {
                doc: DocRef(id_of(source, record)),
                article,
                hash: article,
                published: stamp(hit),
                sketch: Sketch::from_bits(
                    hit["fields"][mapping::SKETCH][0].as_i64().unwrap_or_default().cast_unsigned(),
                ),
            });
        }
        if matches.len() > MAX_READ {
            return Err(too_much());
        }
    }
    Stories::new(&matches, || match deadline {
        Some(deadline) if Instant::now() >= deadline => Err(IndexError::TimedOut),
        _ => Ok(()),
    })
}
