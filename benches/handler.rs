//! The least that answers `GET /api/search` over HTTP: no limits, no checks, no cache, no metrics, nothing but the search and
//! its bytes. What `newsdex serve` answers in the same time, divided by what this does, is what all the rest costs.
//!
//! `cargo bench --bench handler -- INDEX ADDRESS`, then the same load on this and on `newsdex serve` in turn.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it prints its address")]

use axum::{Router, extract::RawQuery, http::header::CONTENT_TYPE, routing::get};
use newsdex::{
    index::{Location, Snapshot},
    query::{Clock, Language},
    render,
    search::{Filters, SearchOptions, Searcher},
};
use std::{env, path::Path, sync::Arc, thread};
use tokio::{net::TcpListener, runtime, sync::Semaphore, task};

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [index, address] = &args[..] else {
        println!("usage: cargo bench --bench handler -- INDEX ADDRESS");
        return;
    };
    let snapshot = Location::from(Path::new(index)).open().unwrap().snapshot().unwrap();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let places = Arc::new(Semaphore::new(cores));
    let search = move |RawQuery(query): RawQuery| {
        let (places, snapshot) = (Arc::clone(&places), Arc::clone(&snapshot));
        async move {
            let _place = places.acquire().await.unwrap();
            let bytes =
                task::spawn_blocking(move || answer(&*snapshot, &query.unwrap_or_default())).await.unwrap();
            ([(CONTENT_TYPE, "application/json")], bytes)
        }
    };
    let runtime = runtime::Builder::new_multi_thread().worker_threads(cores).enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await.unwrap();
        println!("http://{address}/");
        axum::serve(listener, Router::new().route("/api/search", get(search))).await.unwrap();
    });
}

/// The bytes of `newsdex serve` for the parameters that `load.lua` has.
fn answer(snapshot: &dyn Snapshot, parameters: &str) -> Vec<u8> {
    let (mut words, mut how) = (String::new(), SearchOptions::default());
    for (name, value) in form_urlencoded::parse(parameters.as_bytes()) {
        match &*name {
            "offset" => how.offset = value.parse().unwrap(),
            "snippet_length" => how.snippet_length = value.parse().unwrap(),
            _ => words = value.into_owned(),
        }
    }
    let language = Language::new(snapshot.schema().query_fields(), Clock::utc());
    let searcher = Searcher::new(snapshot, &language);
    let resolved = searcher.resolve(&words, &Filters::default()).unwrap();
    let found = searcher.search(&resolved, &how).unwrap();
    let (query, suggestions) = (&found.query.to_string(), &found.suggestions);
    let mut bytes = Vec::new();
    let (answer, notes) = (&found.answer, &found.notes);
    let shown = render::ResultPage { query, answer, notes, suggestions, next_cursor: None };
    render::answer_json(&mut bytes, &shown).unwrap();
    bytes
}
