//! An index that is built anew beside the one that is served, and swapped in.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::{
    index::{IndexError, Snapshot, WriterOptions},
    query::{Query, Synonyms},
    schema::Schema,
    search::{self, Request},
};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
};

/// Makes the index one of format 1, as far as its list of segments tells.
fn make_older(folder: &std::path::Path) {
    let list = folder.join("meta.json");
    let text = fs::read_to_string(&list).unwrap();
    let (before, rest) = text.split_once("\\\"format\\\":").unwrap();
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    fs::write(&list, format!("{before}\\\"format\\\":1{after}")).unwrap();
    fs::remove_file(folder.join("meta.copy")).unwrap();
}

/// The names of the files of the index, sorted.
fn files(bench: &Workbench) -> Vec<String> {
    let entries = fs::read_dir(bench.index()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_older_index_is_built_anew_where_that_is_asked() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.md", 200_000_002, "03-08", "solar");
    bench.ingest();
    make_older(&bench.index());
    fs::remove_file(bench.news().join("b.md")).unwrap();
    bench.article("c.md", 200_000_003, "03-09", "solar");
    let before = files(&bench);
    let said = bench.fails(&["ingest", "news"], 2);
    assert!(said.contains("has format 1.") && said.contains("--reindex"), "{said}");
    let report = bench.json(&["ingest", "news", "--reindex", "--dry-run", "--format", "json"]);
    assert_eq!((&report["indexed"], &report["removed"]), (&2.into(), &0.into()));
    assert_eq!(files(&bench), before, "neither changes a file");
    let report = bench.json(&["ingest", "news", "--reindex", "--format", "json"]);
    assert_eq!((&report["indexed"], &report["unchanged"]), (&2.into(), &0.into()));
    assert_eq!(bench.keys(&["solar", "--sort", "oldest"]), ["200000001/en", "200000003/en"]);
    assert_eq!(bench.ok(&["check", "--files"]), "the index is sound\n");
    let left: Vec<String> = files(&bench).into_iter().filter(|name| before.contains(name)).collect();
    assert!(left.iter().all(|name| name.starts_with('.') || name.starts_with("meta.")), "{left:?}");
    assert!(!bench.index().join(".reindex").exists());
    assert_eq!(bench.ingest()["unchanged"], 2, "an ingest goes on with it");
}

/// Another version may have kept a schema that this one cannot read.
#[test]
fn an_older_index_with_an_unknown_schema_is_built_anew() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.ingest();
    make_older(&bench.index());
    let list = bench.index().join("meta.json");
    let text = fs::read_to_string(&list).unwrap();
    fs::write(&list, text.replace("\\\"schema\\\"", "\\\"fields_of_old\\\"")).unwrap();
    bench.ok(&["ingest", "news", "--reindex", "--quiet"]);
    assert_eq!(bench.keys(&["solar"]), ["200000001/en"]);
}

#[test]
fn an_index_with_articles_from_elsewhere_is_not_replaced() {
    let bench = Workbench::new();
    bench.article("a/1.md", 200_000_001, "03-07", "solar");
    bench.article("b/2.md", 200_000_002, "03-08", "solar");
    bench.ingest();
    make_older(&bench.index());
    let before = files(&bench);
    let said = bench.fails(&["ingest", "news/a", "--reindex"], 2);
    assert!(said.contains("from outside of the given paths") && said.contains("b/2.md"), "{said}");
    assert_eq!(files(&bench), before);
    bench.ok(&["ingest", "news/a", "news/b", "--reindex", "--quiet"]);
    assert_eq!(bench.keys(&["solar", "--sort", "oldest"]), ["200000001/en", "200000002/en"]);
}

#[test]
fn an_index_is_not_replaced_where_a_file_of_it_was_not_read() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", &"solar ".repeat(1000));
    bench.article("b.md", 200_000_002, "03-08", "solar");
    bench.ingest();
    let limited = ["ingest", "news", "--reindex", "--max-file-size", "1kB"];
    let said = bench.fails(&limited, 2);
    assert!(said.contains("a.md") && said.contains("stays as it was"), "{said}");
    assert_eq!(bench.keys(&["solar"]).len(), 2);
    // What the index has not is no loss.
    std::fs::remove_file(bench.news().join("a.md")).unwrap();
    bench.ingest();
    bench.article("a.md", 200_000_001, "03-07", &"solar ".repeat(1000));
    bench.ok(&limited);
}

#[test]
fn another_schema_and_a_damaged_segment_are_reasons_too() {
    let bench = Workbench::new();
    bench.write("1.md", "---\ntitle: T\nid: a\ndesk: energy\n---\nsolar\n");
    bench.ingest();
    bench.write("../schema.yaml", "version: 1\nfields:\n  desk: {kind: keyword, from: [desk]}\n");
    let with_schema = ["ingest", "news", "--quiet", "--schema", "schema.yaml"];
    let said = bench.fails(&with_schema, 2);
    assert!(said.contains("has another schema") && said.contains("--reindex"), "{said}");
    bench.ok(&[&with_schema[..], &["--reindex"]].concat());
    assert_eq!(bench.ok(&["query", "desk:energy", "--count"]), "1\n");
    let store = files(&bench).into_iter().find(|name| name.contains(".store")).unwrap();
    fs::write(bench.index().join(store), "x").unwrap();
    bench.fails(&["check"], 1);
    // Without a schema file, the schema is kept.
    bench.ok(&["ingest", "news", "--quiet", "--reindex"]);
    assert_eq!(bench.ok(&["query", "desk:energy", "--count"]), "1\n");
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
}

#[test]
fn a_new_index_needs_no_old_one_and_a_newer_one_is_refused() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "solar");
    bench.ok(&["ingest", "news", "--reindex", "--quiet"]);
    assert_eq!(bench.keys(&["solar"]), ["200000001/en"]);
    let list = bench.index().join("meta.json");
    let text = fs::read_to_string(&list).unwrap();
    let newer = text.replace("\\\"analysis\\\":", "\\\"analysis\\\":9");
    fs::write(&list, &newer).unwrap();
    fs::remove_file(bench.index().join("meta.copy")).unwrap();
    let said = bench.fails(&["ingest", "news", "--reindex"], 2);
    assert!(said.contains("newer than this version"), "{said}");
    assert_eq!(fs::read_to_string(&list).unwrap(), newer);
    let said = bench.fails(&["ingest", "-", "--reindex"], 2);
    assert!(said.contains("cannot be combined"), "{said}");
}

#[test]
fn the_index_of_a_folder_that_is_searched_is_built_anew_by_itself() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "solar");
    let query = || bench.ok(&["query", "solar", "--count", "--in", "news"]);
    assert_eq!(query(), "1\n");
    let caches = bench.path().join("cache/newsdex");
    make_older(&fs::read_dir(caches).unwrap().next().unwrap().unwrap().path());
    assert_eq!(query(), "1\n");
}

/// Whoever has opened the old index sees it until the swap, and then the new one, if that has the same fields.
#[test]
fn the_old_index_is_served_until_the_new_one_is_there() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "solar");
    bench.ingest();
    let index = bench.location().open().unwrap();
    let old = index.snapshot().unwrap();
    let found = |snapshot: &dyn Snapshot| {
        search::search(snapshot, &Request::new(Query::of_words("solar", &Synonyms::default())))
            .unwrap()
            .articles
    };
    let schema = Schema::built_in().unwrap();
    let rebuild = bench.location().rebuild(&schema).unwrap();
    let writer = rebuild.index().writer(WriterOptions { threads: 1, memory: 0 }).unwrap();
    assert!(matches!(bench.location().rebuild(&schema), Err(IndexError::Locked(_))));
    assert_eq!(found(&*index.snapshot().unwrap()), 1, "nothing is replaced yet");
    writer.finish(true).unwrap();
    rebuild.replace().unwrap();
    assert_eq!(found(&*old), 1, "the commit that was opened stays as it was");
    assert_eq!(found(&*index.snapshot().unwrap()), 0, "the new index is empty");
    bench.write("../schema.yaml", "version: 1\nfields:\n  desk: {kind: keyword, from: [desk]}\n");
    bench.ok(&["ingest", "news", "--quiet", "--reindex", "--schema", "schema.yaml"]);
    assert!(matches!(index.snapshot(), Err(IndexError::Replaced(_))), "it has other fields");
}

#[test]
fn an_ingest_that_is_stopped_leaves_the_old_index() {
    let bench = Workbench::new();
    for n in 0..3000 {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", "solar");
    }
    bench.ingest();
    fs::write(bench.news().join("0.md"), "---\nid: new\n---\nwind\n").unwrap();
    let mut child = bench.command(&["ingest", "news", "--reindex"]);
    let mut child = child.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    while !bench.index().join(".reindex/meta.json").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be stopped");
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let said: Vec<String> =
        BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said:?}");
    assert!(said.iter().any(|line| line.contains("stays as it was")), "{said:?}");
    let report = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    assert!(report.ends_with("nothing of what is counted above is kept\n"), "{report}");
    assert!(!report.contains("committed"), "{report}");
    bench.fails(&["query", "wind", "--count"], 1);
    assert_eq!(bench.ok(&["query", "solar", "--count"]), "3000\n");
    assert!(!bench.index().join(".reindex").exists());
}
