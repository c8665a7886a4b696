//! The name of an index stands for one generation of it, which a rebuild replaces.

use super::{
    TestIndex, curl,
    proxy::{Answer, Node, Proxy},
};
use crate::workbench::Workbench;
use newsdex::index::{IndexError, Location};
use serde_json::json;
use std::{process::Child, thread, time::Duration};

/// The indexes that a name stands for.
fn behind(index: &TestIndex) -> Vec<String> {
    let (node, name) = index.0.rsplit_once('/').unwrap();
    let aliases = curl(&[&format!("{node}/_cat/aliases/{name}?format=json")]);
    aliases.as_array().unwrap().iter().map(|alias| alias["index"].as_str().unwrap().to_owned()).collect()
}

/// All generations of an index that there are.
fn all(index: &TestIndex) -> usize {
    let (node, name) = index.0.rsplit_once('/').unwrap();
    curl(&[&format!("{node}/_cat/indices/{name}-*?format=json")]).as_array().unwrap().len()
}

/// A folder with so many articles of one word.
fn archive(count: u64) -> Workbench {
    let bench = Workbench::new();
    for id in 1..=count {
        bench.article(&format!("{id}.md"), id, "03-01", "perovskite");
    }
    bench
}

fn count(bench: &Workbench, index: &TestIndex) -> u64 {
    bench.ok(&["query", "perovskite", "--count", "--index", &index.0]).trim().parse().unwrap()
}

#[test]
fn a_rebuild_gives_the_name_to_a_new_generation() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(3);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let first = behind(&index);
    assert!(first.len() == 1 && first[0].ends_with("-000001"), "{first:?}");
    let reader = Location::parse(index.0.as_ref()).open().unwrap();
    let before = reader.snapshot().unwrap().generation();

    bench.article("4.md", 4, "03-02", "perovskite");
    bench.ok(&["ingest", "--quiet", "--reindex", "news", "--index", &index.0]);
    let second = behind(&index);
    assert!(second.len() == 1 && second[0].ends_with("-000002"), "{second:?}");
    assert_eq!((all(&index), count(&bench, &index)), (1, 4));
    thread::sleep(Duration::from_secs(1));
    let snapshot = reader.snapshot().unwrap();
    assert_ne!(snapshot.generation(), before);
    assert_eq!(snapshot.status().unwrap().articles, 4);

    // The settings of the load are not left in place, and an ingest goes on where the rebuild ended.
    let settings = curl(&[&format!("{}/_settings?flat_settings=true", index.0)]);
    let settings = &settings[&second[0]]["settings"];
    assert!(
        settings["index.refresh_interval"].is_null() && settings["index.gc_deletes"].is_null(),
        "{settings}"
    );
    bench.article("1.md", 1, "03-01", "perovskite again");
    let report = bench.ok(&["ingest", "news", "--index", &index.0]);
    assert!(report.contains("updated 1, unchanged 3"), "{report}");
}

#[test]
fn a_reader_is_told_of_other_fields() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(2);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let reader = Location::parse(index.0.as_ref()).open().unwrap();
    reader.snapshot().unwrap();
    bench.write("../schema.yaml", "version: 1\nfields:\n  desk: {kind: keyword, from: [desk]}\n");
    let schema = bench.path().join("schema.yaml");
    let with = ["--schema", schema.to_str().unwrap(), "--index", &index.0];
    bench.fails(&[&["ingest", "--quiet", "news"], &with[..]].concat(), 2);
    bench.ok(&[&["ingest", "--quiet", "--reindex", "news"], &with[..]].concat());
    thread::sleep(Duration::from_secs(1));
    assert!(matches!(reader.snapshot(), Err(IndexError::Replaced(_))));
    // Without a schema file, an ingest keeps the schema of the index.
    let report = bench.ok(&["ingest", "news", "--index", &index.0]);
    assert!(report.contains("unchanged 2"), "{report}");
}

#[test]
fn another_version_is_refused_or_built_anew() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(2);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let mapping = format!("{}/_mapping", index.0);
    let known = curl(&[&mapping]);
    let meta = known.as_object().unwrap().values().next().unwrap()["mappings"]["_meta"]["newsdex"].clone();
    let mark = |analysis: u64| {
        let mut meta = meta.clone();
        meta["analysis"] = json!(analysis);
        curl(&["-XPUT", &mapping, "-d", &json!({"_meta": {"newsdex": meta}}).to_string()]);
    };
    let analysis = meta["analysis"].as_u64().unwrap();
    mark(analysis + 1);
    for args in [&["ingest", "news"][..], &["ingest", "--reindex", "news"], &["query", "perovskite"]] {
        let told = bench.fails(&[args, &["--index", &index.0]].concat(), 2);
        assert!(told.contains("newer"), "{args:?}: {told}");
    }
    mark(analysis - 1);
    let told = bench.fails(&["query", "perovskite", "--index", &index.0], 2);
    assert!(told.contains("--reindex"), "{told}");
    bench.ok(&["ingest", "--quiet", "--reindex", "news", "--index", &index.0]);
    assert_eq!((count(&bench, &index), all(&index)), (2, 1));
}

#[test]
fn an_index_that_has_the_name_itself_is_replaced_as_well() {
    let Some(index) = TestIndex::new() else { return };
    let Some(plain) = TestIndex::new() else { return };
    let bench = archive(2);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    // As an operator makes one from the mapping of another.
    let known = curl(&[&index.0]);
    let known = known.as_object().unwrap().values().next().unwrap();
    let mut settings = json!({});
    for name in ["similarity", "max_regex_length", "max_terms_count"] {
        settings[name] = known["settings"]["index"][name].clone();
    }
    let body = json!({"settings": {"index": settings}, "mappings": known["mappings"]});
    let made = curl(&["-XPUT", &plain.0, "-d", &body.to_string()]);
    assert_eq!(made["acknowledged"], true, "{made}");
    bench.ok(&["ingest", "--quiet", "news", "--index", &plain.0]);
    assert_eq!((count(&bench, &plain), behind(&plain).len()), (2, 0));
    bench.ok(&["ingest", "--quiet", "--reindex", "news", "--index", &plain.0]);
    assert_eq!((count(&bench, &plain), behind(&plain).len(), all(&plain)), (2, 1, 1));
}

/// Kills a process as `kill -9` does, and waits for its end.
fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_rebuild_leaves_the_old_generation() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(300);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    for after in [30, 150, 400, 800] {
        let mut rebuild =
            bench.command(&["ingest", "--quiet", "--reindex", "news", "--index", &index.0]).spawn().unwrap();
        thread::sleep(Duration::from_millis(after));
        // Whether it was killed before or after the end, the name stands for one whole index.
        kill(&mut rebuild);
        assert_eq!((behind(&index).len(), count(&bench, &index)), (1, 300), "after {after} ms");
    }
    bench.ok(&["ingest", "--quiet", "--reindex", "news", "--index", &index.0]);
    assert_eq!((all(&index), count(&bench, &index)), (1, 300));
}

#[test]
fn a_generation_that_cannot_be_removed_yet_is_removed_by_the_next_rebuild() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(2);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let (node, name) = index.0.trim_start_matches("http://").split_once('/').unwrap();
    let node = Node(node.to_owned());
    // As an engine answers that is taking a snapshot of the index.
    let proxy = Proxy::start(move |asked| match asked.method.as_str() {
        "DELETE" if asked.is("-000001") => {
            Answer::error(400, "snapshot_in_progress_exception", "it is being snapshotted")
        }
        _ => node.pass(asked),
    });
    bench.article("3.md", 3, "03-02", "perovskite");
    let told = bench.fails(&["ingest", "--quiet", "--reindex", "news", "--index", &proxy.url(name)], 2);
    assert!(told.contains("-000001 could not be removed (it is being snapshotted)"), "{told}");
    assert_eq!((all(&index), count(&bench, &index)), (2, 3));
    assert!(behind(&index)[0].ends_with("-000002"));
    bench.ok(&["ingest", "--quiet", "--reindex", "news", "--index", &index.0]);
    assert_eq!((all(&index), count(&bench, &index)), (1, 3));
    assert!(behind(&index)[0].ends_with("-000003"));
}

#[test]
fn the_old_page_on_another_shard_goes_after_a_writer_that_failed() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(2);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    // A writer that ends in the middle of its work.
    let open = Location::parse(index.0.as_ref()).open().unwrap();
    drop(open.writer(newsdex::index::WriterOptions { threads: 1, memory: 0 }).unwrap());
    // What it has not come to remove: pages of another article, which the same file had before.
    let found =
        curl(&[&format!("{}/_search", index.0), "-d", r#"{"query": {"term": {"doc": "page"}}, "size": 1}"#]);
    let hit = &found["hits"]["hits"][0];
    for routing in 0..8 {
        let url = format!(
            "{}/_doc/{}?routing={routing:016x}&version=1&version_type=external",
            index.0,
            hit["_id"].as_str().unwrap()
        );
        curl(&["-XPUT", &url, "-d", &hit["_source"].to_string()]);
    }
    curl(&["-XPOST", &format!("{}/_refresh", index.0)]);
    let pages = || {
        curl(&[&format!("{}/_count", index.0), "-d", r#"{"query": {"term": {"doc": "page"}}}"#])["count"]
            .clone()
    };
    assert_eq!(pages(), 4, "one on each of the two other shards");
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    curl(&["-XPOST", &format!("{}/_refresh", index.0)]);
    assert_eq!((pages(), count(&bench, &index)), (json!(2), 2));
}

#[test]
fn the_rows_that_a_killed_ingest_has_not_removed_go_with_the_next() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    let write = |word: &str, from: u32| {
        let row = |id| format!("{id},Row {id},2025-03-0{id}T08:00:00Z,en,{word} perovskite\n");
        let rows: String = (from..from + 3).map(row).collect();
        bench.write("wire.csv", &format!("id,title,datetime,locale,body\n{rows}"));
        bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    };
    write("first", 1);
    let pages = r#"{"query": {"term": {"doc": "page"}}, "size": 10}"#;
    let first = curl(&[&format!("{}/_search", index.0), "-d", pages]);
    write("again", 1);
    // As if the second ingest had died before it removed what the first one wrote: a later version than that of the removal.
    for hit in first["hits"]["hits"].as_array().unwrap() {
        let (id, routing) = (hit["_id"].as_str().unwrap(), hit["_routing"].as_str().unwrap());
        let version = (2_u64 << 32) + 1_000_000;
        let url = format!(
            "{}/_doc/{id}?routing={routing}&version={version}&version_type=external&refresh=true",
            index.0
        );
        curl(&["-XPUT", &url, "-d", &hit["_source"].to_string()]);
    }
    assert_eq!(
        curl(&[&format!("{}/_count", index.0), "-d", r#"{"query": {"term": {"doc": "page"}}}"#])["count"],
        6
    );
    write("second", 2);
    let keys = bench.sorted_keys(&["row", "--index", &index.0]);
    assert_eq!(keys, ["wire.csv#2/en", "wire.csv#3/en", "wire.csv#4/en"]);
}

#[test]
fn nobody_else_writes_while_one_does() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(2);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let writer = Location::parse(index.0.as_ref());
    let open = writer.open().unwrap();
    let writing = open.writer(newsdex::index::WriterOptions { threads: 1, memory: 0 }).unwrap();
    for args in [&["ingest", "news"][..], &["ingest", "--reindex", "news"]] {
        bench.article("3.md", 3, "03-02", "perovskite");
        let told = bench.fails(&[args, &["--lock-wait", "0s", "--index", &index.0]].concat(), 2);
        assert!(told.contains("another process"), "{args:?}: {told}");
    }
    writing.finish(true).unwrap();
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    assert_eq!(count(&bench, &index), 3);
}
