//! Runs random and damaged queries against the corpus of the tests, and says how long they take.
//!
//! `cargo bench --bench queries [-- COUNT [SEED]]`, a million by default. Each is parsed, its names are looked
//! up, and it is answered with ten hits and their snippets. Ends with code 1 if one takes more than 100 times
//! the median in the best of ten runs: the first run may have been interrupted.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it prints its figures")]

#[path = "../tests/it/typing.rs"]
mod typing;

use newsdex::{
    index::{Location, Snapshot},
    query::{Clock, Language, Query, Synonyms},
    search::{self, Request, resolve_names, suggest},
};
use std::{
    env,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

fn main() -> ExitCode {
    let numbers: Vec<u64> = env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let count = usize::try_from(numbers.first().copied().unwrap_or(1_000_000)).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let index = folder.path().join("index");
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut ingest = Command::new(env!("CARGO_BIN_EXE_newsdex"));
    assert!(ingest.args(["ingest", "--quiet", corpus, "--index"]).arg(&index).status().unwrap().success());

    let snapshot = Location::from(index.as_path()).open().unwrap().snapshot().unwrap();
    let mut language = Language::new(snapshot.schema().query_fields(), Clock::utc());
    language.synonyms = Synonyms::new(vec![vec!["PV".into(), "solar".into(), "光伏".into()]]);
    language.saved.insert("glass".into(), "\"solar glass\" OR perovskite".into());
    let mut typist = typing::Typist::new(numbers.get(1).copied().unwrap_or(7));
    let (mut read, mut found) = (0, 0);
    let mut times: Vec<(Duration, String)> = Vec::with_capacity(count);
    for _ in 0..count {
        let query = typist.query();
        let (time, hits) = timed(&*snapshot, &language, &query);
        read += usize::from(hits.is_some());
        found += usize::from(hits.is_some_and(|hits| hits > 0));
        times.push((time, query));
    }
    times.sort_unstable();
    let median = times[count / 2].0;
    let but_one_of = |of: usize| times[count - 1 - count / of].0;
    println!("{count} queries, {read} read, {found} with hits");
    println!(
        "median {median:.1?}, 99 % {:.1?}, 99.99 % {:.1?}, longest {:.1?}",
        but_one_of(100),
        but_one_of(10_000),
        times[count - 1].0
    );
    let slow = times.iter().rev().take_while(|(time, _)| *time > 100 * median);
    let again = slow.map(|(_, query)| {
        let best = (0..10).map(|_| timed(&*snapshot, &language, query).0).min().unwrap_or_default();
        (best, query)
    });
    let mut worst: Vec<_> = again.collect();
    worst.sort_unstable();
    println!("{} took over 100 medians once", worst.len());
    worst.retain(|(best, _)| *best > 100 * median);
    for (best, query) in worst.iter().rev().take(20) {
        println!("{best:.1?} in the best of ten: {query:?}");
    }
    if worst.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The time that a query takes, and the number of hits if it was not refused.
fn timed(snapshot: &dyn Snapshot, language: &Language, text: &str) -> (Duration, Option<usize>) {
    let started = Instant::now();
    let parsed = Query::parse(text, language);
    let mut hits = None;
    if parsed.problems.iter().all(|problem| !problem.fatal) {
        let mut query = parsed.value;
        resolve_names(snapshot, &mut query, "").unwrap();
        let answer = search::search(snapshot, &Request::new(query.clone())).unwrap();
        if answer.total == 0 {
            suggest(snapshot, &query, text, &|_| Ok(1)).unwrap();
        }
        hits = Some(answer.total);
    }
    (started.elapsed(), hits)
}
