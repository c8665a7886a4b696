//! The reference of the query language: every example is read as it says, and runs.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::{Workbench, corpus};
use newsdex::{
    query::{Clock, Language, Query, REFERENCE, Synonyms},
    schema::Schema,
};
use std::fs;

const SCHEMA: &str =
    "version: 1\nfields:\n  author: {kind: keyword, from: [author]}\n  topic: {kind: facet, from: [topic]}\n";
/// Free keys, in order, each with a value.
const KEYS: [(&str, &str); 4] =
    [("created", "2025-03-07"), ("stats.likes", "12"), ("tags", "solar energy"), ("关键词", "芯片")];
const SYNONYMS: &str = "- PV, photovoltaic, 光伏\n- [solar cell, PV cell]\n";
const GLASS: &str = "\"solar glass\" OR \"photovoltaic glass\"";

/// What is typed and how it is read.
fn examples() -> Vec<(&'static str, &'static str)> {
    let blocks = REFERENCE.split("```example\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let line = |line: &'static str| {
        let (typed, reading) = line.split_once("  ").unwrap_or_else(|| panic!("{line}"));
        (typed, reading.trim())
    };
    blocks.flat_map(str::lines).map(line).collect()
}

#[test]
fn every_example_is_read_as_it_says() {
    let fields = Schema::extended_by(SCHEMA).unwrap().query_fields();
    let now = "2025-03-07T12:00:00Z[UTC]".parse().unwrap();
    let mut language = Language::new(fields, Clock { now });
    language.synonyms = Synonyms::read(SYNONYMS).unwrap();
    language.saved.insert("glass".into(), GLASS.into());
    let keys = KEYS.map(|(key, _)| (key.to_owned(), 1));
    assert!(examples().len() > 60, "the examples were found");
    for (typed, reading) in examples() {
        let parsed = Query::parse_with_keys(typed, &language, &keys);
        let fatal: Vec<_> = parsed.problems.iter().filter(|problem| problem.fatal).collect();
        assert!(fatal.is_empty(), "{typed}: {fatal:?}");
        assert_eq!(parsed.value.to_string(), reading, "{typed}");
    }
}

#[test]
fn every_example_runs() {
    let bench = Workbench::new();
    fs::write(bench.path().join("own.yaml"), SCHEMA).unwrap();
    fs::write(bench.path().join("synonyms.yaml"), SYNONYMS).unwrap();
    let front = KEYS.map(|(key, value)| format!("{key}: {value}\n")).concat();
    bench.write("keys.md", &format!("---\ntitle: Keys\ndatetime: 2025-03-07\n{front}---\n\nsolar\n"));
    let folder = corpus();
    bench.ok(&["ingest", "--quiet", folder.to_str().unwrap(), "news", "--schema", "own.yaml"]);
    bench.ok(&["save", "glass", GLASS]);
    for (typed, _) in examples() {
        let output = bench.run(&["query", "--count", "--", typed]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|code| code < 2), "{typed}: {said}");
    }
    assert_eq!(bench.ok(&["help", "query"]), REFERENCE);
    assert!(bench.ok(&["help", "ingest"]).contains("--schema"));
    assert!(bench.ok(&["help"]).contains("facets"));
    assert!(bench.fails(&["help", "nothing"], 2).contains("there is no command `nothing`"));
}
