//! Files of the user's settings: how they are read and written.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use std::{fs, path::PathBuf};

/// A workbench with one article, and the path of its settings folder.
fn with_settings() -> (Workbench, PathBuf) {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "photovoltaic plants");
    bench.ingest();
    let settings = bench.path().join("config/newsdex");
    fs::create_dir_all(&settings).unwrap();
    (bench, settings)
}

/// A text as Windows Notepad saves it: UTF-8 with a byte order mark, UTF-16 in both orders.
fn from_notepad(text: &str) -> [Vec<u8>; 3] {
    let units = || format!("\u{feff}{text}").encode_utf16().collect::<Vec<_>>();
    [
        format!("\u{feff}{text}").into_bytes(),
        units().into_iter().flat_map(u16::to_le_bytes).collect(),
        units().into_iter().flat_map(u16::to_be_bytes).collect(),
    ]
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_settings_file() {
    let (bench, settings) = with_settings();
    let set = bench.path().join("set");
    fs::create_dir(&set).unwrap();
    fs::write(set.join("docs.jsonl"), "\u{feff}{\"id\": \"a\", \"text\": \"solar glass\"}\n").unwrap();
    let synonyms = from_notepad("- moat, photovoltaic\n");
    let queries = from_notepad("kept: photovoltaic\n");
    let schema = from_notepad("version: 1\nfields:\n  author: {kind: keyword, from: [author]}\n");
    let questions = from_notepad("1\tsolar\n");
    let judgements = from_notepad("1 a 1\n");
    for at in 0..3 {
        fs::write(settings.join("synonyms.yaml"), &synonyms[at]).unwrap();
        fs::write(settings.join("queries.yaml"), &queries[at]).unwrap();
        fs::write(bench.path().join("own.yaml"), &schema[at]).unwrap();
        fs::write(set.join("queries.tsv"), &questions[at]).unwrap();
        fs::write(set.join("qrels.tsv"), &judgements[at]).unwrap();
        assert_eq!(bench.ok(&["query", "moat", "--count"]), "1\n");
        assert_eq!(bench.ok(&["query", "query:kept", "--count"]), "1\n");
        assert!(bench.ok(&["schema", "--schema", "own.yaml"]).contains("author"));
        assert!(bench.ok(&["eval", "set"]).starts_with("1 documents, 1 queries\n"));
    }
    for name in ["synonyms.yaml", "queries.yaml", "names.yaml"] {
        fs::write(settings.join(name), b"caf\xe9: [1]\n").unwrap();
        let said = bench.fails(&["query", "photovoltaic"], 2);
        assert!(said.contains(name) && said.contains("not UTF-8 text"), "{said}");
        fs::remove_file(settings.join(name)).unwrap();
    }
}
