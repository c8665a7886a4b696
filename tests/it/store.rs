//! An index that leaves texts in their files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::{Workbench, corpus};
use serde_json::Value;
use std::fs;

/// What a query shows of its hits: keys, scores, titles, snippets, but not when it was asked.
fn shown(bench: &Workbench, index: &str, query: &str) -> Value {
    let answer = bench.json(&[
        "query",
        query,
        "--index",
        index,
        "--format",
        "json",
        "--snippets",
        "3",
        "--each-locale",
    ]);
    answer["hits"].clone()
}

#[test]
fn hits_are_the_same_whether_texts_are_stored_or_left_in_their_files() {
    let bench = Workbench::new();
    let corpus = corpus();
    let corpus = corpus.to_str().unwrap();
    // One thread, so that equals stand in the same order.
    bench.ok(&["ingest", corpus, "--quiet", "--index", "with", "--threads", "1"]);
    bench.ok(&["ingest", corpus, "--quiet", "--index", "without", "--store", "none", "--threads", "1"]);
    for query in
        ["perovskite", "solar glass", "鈣鈦礦", "\"solar glass\"", "about:600586", "solar OR 电池 OR wind"]
    {
        let with = shown(&bench, "with", query);
        assert!(!with.as_array().unwrap().is_empty(), "{query}");
        assert_eq!(shown(&bench, "without", query), with, "{query}");
    }
    let show = |index| bench.json(&["show", "230905679/en", "--index", index, "--format", "json"]);
    assert_eq!(show("without"), show("with"));
    let similar = |index| bench.ok(&["similar", "230905679/en", "--index", index, "--format", "paths"]);
    assert_eq!(similar("without"), similar("with"));
    let words = |index| {
        let status = bench.json(&["status", "--index", index, "--format", "json"]);
        status["pages"].clone()
    };
    assert_eq!(words("without"), words("with"));
}

#[test]
fn a_text_whose_file_has_changed_is_not_shown_until_it_is_ingested_again() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "01-02", "A battery factory opens.");
    bench.article("b.md", 200_000_002, "01-03", "A battery factory closes.");
    bench.article("c.md", 200_000_003, "01-04", "A battery factory burns.");
    bench.ok(&["ingest", "news", "--quiet", "--store", "none"]);
    bench.article("a.md", 200_000_001, "01-02", "A battery factory OPENS.");
    fs::remove_file(bench.news().join("b.md")).unwrap();
    let hits = bench.json(&["query", "battery", "--format", "json", "--sort", "oldest"])["hits"].clone();
    let seen: Vec<(&str, bool, usize)> = hits
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| {
            let stale = hit["stale"].as_bool().unwrap_or(false);
            (hit["title"].as_str().unwrap(), stale, hit["snippets"].as_array().unwrap().len())
        })
        .collect();
    assert_eq!(seen, [("", true, 0), ("", true, 0), ("Article 200000003", false, 1)]);
    let text = bench.ok(&["show", "200000001/en"]);
    assert!(text.contains("the file is gone, or has changed") && !text.contains("OPENS"), "{text}");
    bench.ok(&["ingest", "news", "--quiet"]);
    let text = bench.ok(&["query", "battery"]);
    assert!(text.contains("OPENS") && !text.contains("has changed") && text.contains("2 articles"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_is_not_waited_for() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "01-02", "A battery factory opens.");
    bench.ok(&["ingest", "news", "--quiet", "--store", "none"]);
    let file = bench.news().join("a.md");
    fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    let text = bench.ok(&["query", "battery"]);
    assert!(text.contains("200000001/en") && text.contains("the file is gone"), "{text}");
}

#[test]
fn an_index_goes_on_with_what_it_stores_and_refuses_the_other() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "01-02", "A battery factory opens.");
    bench.ok(&["ingest", "news", "--quiet", "--store", "none"]);
    bench.ok(&["ingest", "news", "--quiet", "--store", "none"]);
    bench.ok(&["ingest", "news", "--quiet"]);
    let schema = bench.ok(&["schema"]);
    assert!(schema.lines().any(|line| line.contains("body:") && line.contains("stored: false")), "{schema}");
    for more in [&[][..], &["--dry-run"]] {
        let args = [&["ingest", "news", "--store", "texts"], more].concat();
        let said = bench.fails(&args, 2);
        assert!(
            said.contains("field `body` has stored false instead of true") && said.contains("--store"),
            "{said}"
        );
    }
    let article = fs::File::open(bench.news().join("a.md")).unwrap();
    let output = bench.command(&["ingest", "-"]).stdin(article).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(2) && said.contains("cannot hold an article from standard input"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_whose_name_is_no_text_is_found_again() {
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Workbench::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xE9.md");
    fs::write(bench.news().join(name), crate::workbench::article(200_000_001, "03-07", "A battery opens."))
        .unwrap();
    bench.write("a\\xE9.md", &crate::workbench::article(200_000_002, "03-08", "A battery closes."));
    bench.ok(&["ingest", "news", "--quiet", "--store", "none"]);
    let text = bench.ok(&["query", "battery"]);
    assert!(text.contains("opens") && text.contains("closes"), "{text}");
    assert_eq!(bench.ok(&["check", "--files"]), "the index is sound\n");
}

#[cfg(unix)]
#[test]
fn a_byte_of_a_name_and_its_spelling_are_two_files() {
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Workbench::new();
    let folder = |name: &[u8]| bench.news().join(std::ffi::OsStr::from_bytes(name));
    for (name, text) in [(&b"\xE9"[..], "A battery opens."), (br"\xE9", "A battery closes.")] {
        fs::create_dir(folder(name)).unwrap();
        fs::write(folder(name).join("a.md"), text).unwrap();
    }
    for (index, store) in [("left", "none"), ("stored", "texts")] {
        let ingest = ["ingest", "news", "--format", "json", "--index", index];
        let report = bench.json(&[&ingest[..], &["--store", store]].concat());
        assert_eq!(report["indexed"], 2, "{report}");
        let again = bench.json(&ingest);
        assert_eq!((&again["unchanged"], &again["bytes"]), (&2.into(), &0.into()), "{again}");
        let text = bench.ok(&["query", "battery", "--index", index]);
        assert!(text.contains("opens") && text.contains("closes"), "{text}");
        assert_eq!(bench.ok(&["check", "--files", "--index", index]), "the index is sound\n");
        let paths =
            bench.ok(&["query", "battery", "--index", index, "--format", "paths", "--sort", "oldest"]);
        let mut paths: Vec<&str> = paths.lines().collect();
        paths.sort_unstable();
        assert_eq!(paths, [r"news/\x5CxE9/a.md:1", r"news/\xE9/a.md:1"]);
        for key in [r"\xE9/a", r"\x5CxE9/a"] {
            assert!(bench.ok(&["show", key, "--index", index]).contains("battery"), "{key}");
        }
    }
    // Each goes alone, whether its folder is walked or named.
    fs::remove_file(folder(b"\xE9").join("a.md")).unwrap();
    fs::write(folder(b"\xE9").join("b.md"), "A turbine.").unwrap();
    let output =
        bench.command(&["ingest", "--index", "stored", "--quiet"]).arg(folder(b"\xE9")).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(bench.ok(&["query", "battery", "--count", "--index", "stored"]), "1\n");
    assert_eq!(bench.ok(&["query", "turbine", "--count", "--index", "stored"]), "1\n");
    assert!(bench.ok(&["query", "battery", "--index", "stored"]).contains("closes"));
}
