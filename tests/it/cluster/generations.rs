//! The name of an index stands for one generation of it, which a rebuild replaces.

use super::{
    TestIndex, curl,
    proxy::{Answer, Asked, Proxy},
};
use crate::workbench::Workbench;
use newsdex::index::{IndexError, Location};
use serde_json::{Value, json};
use std::{
    fs,
    process::{Child, Command},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

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

/// Whether a request lets the name of an index stand for a new generation.
fn is_swap(asked: &Asked, name: &str) -> bool {
    let body = String::from_utf8_lossy(&asked.body);
    asked.is("/_aliases") && body.contains(&format!("\"alias\":\"{name}\""))
}

/// Tells a request about the index of a name.
type IsIt = fn(&Asked, &str) -> bool;

/// Whether a request creates or deletes a generation of an index.
fn is_of_index(method: &str, asked: &Asked, name: &str) -> bool {
    asked.method == method
        && asked.path.starts_with(&format!("/{name}-"))
        && asked.path.matches('/').count() == 1
}

/// An index of two articles, and its archive, which has one more since.
fn grown() -> Option<(TestIndex, Workbench)> {
    let (index, bench) = (TestIndex::new()?, archive(2));
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    bench.article("3.md", 3, "03-02", "perovskite");
    Some((index, bench))
}

/// The arguments that build an index anew.
fn reindex(url: &str) -> [&str; 6] {
    ["ingest", "--quiet", "--reindex", "news", "--index", url]
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
    let reader = Location::parse(index.0.as_ref()).unwrap().open().unwrap();
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
    let reader = Location::parse(index.0.as_ref()).unwrap().open().unwrap();
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
    let (node, name) = index.parts();
    // As an engine answers that is taking a snapshot of the index.
    let proxy = Proxy::start(move |asked| match asked.method.as_str() {
        "DELETE" if asked.is("-000001") => {
            Answer::error(400, "snapshot_in_progress_exception", "it is being snapshotted")
        }
        _ => node.pass(asked),
    });
    bench.article("3.md", 3, "03-02", "perovskite");
    let told = bench.fails(&["ingest", "--quiet", "--reindex", "news", "--index", &proxy.url(&name)], 2);
    assert!(told.contains("-000001 could not be removed (it is being snapshotted)"), "{told}");
    assert_eq!((all(&index), count(&bench, &index)), (2, 3));
    assert!(behind(&index)[0].ends_with("-000002"));
    bench.ok(&["ingest", "--quiet", "--reindex", "news", "--index", &index.0]);
    assert_eq!((all(&index), count(&bench, &index)), (1, 3));
    assert!(behind(&index)[0].ends_with("-000004"), "the number of a generation is its epoch");
}

#[test]
fn the_old_page_on_another_shard_goes_after_a_writer_that_failed() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(2);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    // A writer that ends in the middle of its work.
    let open = Location::parse(index.0.as_ref()).unwrap().open().unwrap();
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
    let writer = Location::parse(index.0.as_ref()).unwrap();
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

#[test]
fn a_swap_whose_answer_is_lost_is_done() {
    let Some((index, bench)) = grown() else { return };
    let (node, name) = index.parts();
    let (of, is_lost) = (name.clone(), AtomicBool::new(false));
    let proxy = Proxy::start(move |asked| {
        let answer = node.pass(asked);
        let is_first = is_swap(asked, &of) && !is_lost.swap(true, Ordering::Relaxed);
        if is_first { Answer::Nothing } else { answer }
    });
    bench.ok(&reindex(&proxy.url(&name)));
    assert_eq!((behind(&index).len(), all(&index), count(&bench, &index)), (1, 1, 3));
}

#[test]
fn a_swap_that_comes_after_its_sender_gave_up_changes_nothing() {
    let Some((index, bench)) = grown() else { return };
    let (node, name) = index.parts();
    let of = name.clone();
    let late = Arc::new(Mutex::new(None));
    let told = Arc::clone(&late);
    let proxy = Proxy::start(move |asked| {
        if !is_swap(asked, &of) {
            return node.pass(asked);
        }
        // Longer than is waited for it.
        thread::sleep(Duration::from_secs(10));
        let answer = node.pass(asked);
        *told.lock().unwrap() = Some(answer.clone());
        answer
    });
    let said = bench.fails(&reindex(&proxy.url(&name)), 2);
    assert!(said.contains("still stands for") && said.contains("-000001: no answer in time"), "{said}");
    let started = Instant::now();
    while late.lock().unwrap().is_none() && started.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(50));
    }
    let answer = late.lock().unwrap().take();
    assert!(matches!(&answer, Some(Answer::Whole(404, _))), "{answer:?}");
    assert_eq!((behind(&index).len(), all(&index), count(&bench, &index)), (1, 1, 2));
    bench.ok(&reindex(&index.0));
    assert_eq!((behind(&index).len(), all(&index), count(&bench, &index)), (1, 1, 3));
}

/// A rebuild that does not learn whether the name stands for the new generation; the request for that, which is still to come.
fn in_doubt(index: &TestIndex, bench: &Workbench) -> Asked {
    let (node, name) = index.parts();
    let of = name.clone();
    let swap = Arc::new(Mutex::new(None));
    let held = Arc::clone(&swap);
    let proxy = Proxy::start(move |asked| {
        if is_swap(asked, &of) {
            *held.lock().unwrap() = Some(asked.clone());
        }
        if asked.is("/_aliases") { Answer::error(500, "gone", "the node is gone") } else { node.pass(asked) }
    });
    let said = bench.fails(&reindex(&proxy.url(&name)), 2);
    assert!(said.contains("it is not known whether") && said.contains("the node is gone"), "{said}");
    assert_eq!((all(index), count(bench, index)), (2, 2));
    let swap = swap.lock().unwrap().take();
    swap.unwrap()
}

#[test]
fn the_next_rebuild_copes_with_a_swap_that_was_in_doubt() {
    let Some((index, bench)) = grown() else { return };
    let (node, name) = index.parts();
    let is_whole = |count_of: u64, when: &str| {
        assert_eq!(
            (behind(&index).len(), all(&index), count(&bench, &index)),
            (1, 1, count_of),
            "it comes {when}"
        );
    };
    // It never comes, or after the next rebuild.
    let swap = in_doubt(&index, &bench);
    bench.ok(&reindex(&index.0));
    is_whole(3, "never");
    node.pass(&swap);
    is_whole(3, "after the next rebuild");

    fs::remove_file(bench.news().join("3.md")).unwrap();
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    bench.article("3.md", 3, "03-02", "perovskite");
    let swap = in_doubt(&index, &bench);
    node.pass(&swap);
    assert_eq!((behind(&index).len(), all(&index), count(&bench, &index)), (1, 2, 3));
    bench.ok(&reindex(&index.0));
    is_whole(3, "before the next rebuild");

    // At each request of the next rebuild.
    for (method, end) in [
        ("PUT", "_doc/0000000000000000"),
        ("GET", "-*/_alias"),
        ("POST", "/_aliases"),
        ("DELETE", ""),
        ("POST", "/_bulk"),
    ] {
        fs::remove_file(bench.news().join("3.md")).unwrap();
        bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
        bench.article("3.md", 3, "03-02", "perovskite");
        let late = Mutex::new(Some(in_doubt(&index, &bench)));
        let node = node.clone();
        let proxy = Proxy::start(move |asked| {
            if asked.method == method
                && asked.is(end)
                && let Some(swap) = late.lock().unwrap().take()
            {
                node.pass(&swap);
            }
            node.pass(asked)
        });
        // Where it comes before its generation is retired, the lease is that of another generation.
        let output = bench.run(&reindex(&proxy.url(&name)));
        let said = String::from_utf8(output.stderr).unwrap();
        let is_refused = output.status.code() == Some(2) && said.contains("another process");
        assert!(output.status.success() || is_refused, "{method} {end}: {said}");
        assert_eq!((behind(&index).len(), count(&bench, &index)), (1, 3), "{method} {end}: {said}");
        bench.ok(&reindex(&index.0));
        is_whole(3, end);
    }
}

#[test]
fn a_writer_of_the_old_generation_is_refused_after_the_swap() {
    let Some((index, bench)) = grown() else { return };
    let (node, name) = index.parts();
    let late = Mutex::new(Some(in_doubt(&index, &bench)));
    // It comes when the writer has the lease of the old generation, and before it could forestall it.
    let proxy = Proxy::start(move |asked| {
        if asked.is("-*/_alias")
            && let Some(swap) = late.lock().unwrap().take()
        {
            node.pass(&swap);
        }
        node.pass(asked)
    });
    bench.article("4.md", 4, "03-02", "perovskite");
    let told = bench.fails(&["ingest", "news", "--lock-wait", "0s", "--index", &proxy.url(&name)], 2);
    assert!(told.contains("another process"), "{told}");
    bench.ok(&["ingest", "--quiet", "news", "--index", &proxy.url(&name)]);
    assert_eq!((behind(&index).len(), count(&bench, &index)), (1, 4));
}

#[test]
fn a_swap_that_comes_after_another_ingest_does_not_take_back_what_that_wrote() {
    let Some((index, bench)) = grown() else { return };
    let (node, _) = index.parts();
    let swap = in_doubt(&index, &bench);
    bench.article("4.md", 4, "03-02", "perovskite");
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    node.pass(&swap);
    assert_eq!((behind(&index).len(), count(&bench, &index)), (1, 4));
    bench.ok(&reindex(&index.0));
    assert_eq!((behind(&index).len(), all(&index), count(&bench, &index)), (1, 1, 4));
}

#[test]
fn a_rebuild_that_is_killed_at_a_request_leaves_one_whole_index() {
    let Some((index, bench)) = grown() else { return };
    let (node, name) = index.parts();
    let is_put = |asked: &Asked, name: &str| is_of_index("PUT", asked, name);
    let is_delete = |asked: &Asked, name: &str| is_of_index("DELETE", asked, name);
    let is_bulk = |asked: &Asked, _: &str| asked.is("/_bulk");
    let instants: [(&str, IsIt); 4] =
        [("create", is_put), ("bulk", is_bulk), ("swap", is_swap), ("delete", is_delete)];
    for (what, is_it) in instants {
        // The request does not come to the node; it comes after the kill; or the kill comes before the answer.
        for (before, after) in [(false, false), (false, true), (true, false)] {
            fs::remove_file(bench.news().join("3.md")).unwrap();
            bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
            bench.article("3.md", 3, "03-02", "perovskite");
            let (of, node) = (name.clone(), node.clone());
            let pid = Arc::new(AtomicU32::new(0));
            let ended = Arc::clone(&pid);
            let proxy = Proxy::start(move |asked| {
                if !is_it(asked, &of) {
                    return node.pass(asked);
                }
                let mut answer = Answer::Nothing;
                if before {
                    answer = node.pass(asked);
                }
                while ended.load(Ordering::Relaxed) == 0 {
                    thread::sleep(Duration::from_millis(1));
                }
                let process = ended.load(Ordering::Relaxed).to_string();
                Command::new("kill").args(["-9", &process]).status().unwrap();
                if after {
                    answer = node.pass(asked);
                }
                answer
            });
            let mut rebuild = bench.command(&reindex(&proxy.url(&name))).spawn().unwrap();
            pid.store(rebuild.id(), Ordering::Relaxed);
            assert_eq!(rebuild.wait().unwrap().code(), None, "{what}: it was killed");
            // What was passed on after the kill has been answered by then.
            thread::sleep(Duration::from_millis(500));
            let is_swapped = what == "delete" || what == "swap" && (before || after);
            let expected = (1, if is_swapped { 3 } else { 2 });
            assert_eq!((behind(&index).len(), count(&bench, &index)), expected, "{what} {before} {after}");
            bench.ok(&reindex(&index.0));
            let now = (behind(&index).len(), all(&index), count(&bench, &index));
            assert_eq!(now, (1, 1, 3), "{what} {before} {after}");
        }
    }
}

#[test]
fn an_index_whose_name_goes_on_after_another_survives() {
    let Some((index, bench)) = grown() else { return };
    let others = ["-next", "-old", "-000009"].map(|more| TestIndex(format!("{}{more}", index.0)));
    for other in &others {
        bench.ok(&["ingest", "--quiet", "news", "--index", &other.0]);
    }
    bench.ok(&reindex(&index.0));
    assert_eq!((behind(&index).len(), count(&bench, &index)), (1, 3));
    for other in &others {
        assert_eq!((behind(other).len(), count(&bench, other)), (1, 3), "{}", other.0);
    }
}

#[test]
fn a_document_that_is_rejected_keeps_the_old_generation() {
    let Some(index) = TestIndex::new() else { return };
    let (node, name) = index.parts();
    let bench = archive(3);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    bench.article("4.md", 4, "03-02", "perovskite");
    // The engine refuses the document of one file.
    let refusing = |file: &'static str| {
        let node = node.clone();
        Proxy::start(move |asked| {
            let mut passed = asked.clone();
            let lines = asked.body.split_inclusive(|byte| *byte == b'\n').map(|line| {
                let text = String::from_utf8_lossy(line);
                let is_it = text.contains(file);
                if is_it { text.replace("\"line\":", "\"line\":\"x\",\"was\":") } else { text.into_owned() }
            });
            passed.body = lines.collect::<String>().into_bytes();
            node.pass(&passed)
        })
    };
    let told = bench.fails(&reindex(&refusing("/news/2.md\"").url(&name)), 2);
    assert!(
        told.contains("cannot index") && told.contains("news/2.md, which the present index has"),
        "{told}"
    );
    assert_eq!((all(&index), count(&bench, &index)), (1, 3));
    // A new file is only named.
    bench.fails(&reindex(&refusing("/news/4.md\"").url(&name)), 1);
    assert_eq!((all(&index), count(&bench, &index)), (1, 3));
    assert!(!behind(&index)[0].ends_with("-000001"));
}

#[test]
fn the_new_generation_has_the_aliases_that_others_gave_to_the_old_one() {
    let Some((index, bench)) = grown() else { return };
    let (node, name) = index.0.rsplit_once('/').unwrap();
    let desk = json!({"filter": {"term": {"doc": "page"}}, "index_routing": "1", "search_routing": "2", "is_write_index": true});
    let aliases = [(format!("{name}-desk"), desk), (format!("desk-of-{name}"), json!({}))];
    let old = &behind(&index)[0];
    for (alias, how) in &aliases {
        let made = curl(&["-XPUT", &format!("{node}/{old}/_alias/{alias}"), "-d", &how.to_string()]);
        assert_eq!(made["acknowledged"], true, "{made}");
    }
    bench.ok(&reindex(&index.0));
    let told = curl(&[&format!("{}/_alias", index.0)]);
    let mut expected: serde_json::Map<String, Value> = aliases.into_iter().collect();
    expected.insert(name.to_owned(), json!({}));
    assert_eq!(told, json!({&behind(&index)[0]: {"aliases": expected}}));
}

#[test]
fn an_index_is_created_once_where_a_node_does_not_know_it_yet() {
    let Some(index) = TestIndex::new() else { return };
    let (node, name) = index.parts();
    let (of, path) = (name.clone(), format!("/{name}/_mapping"));
    let (is_made, was_asked) = (AtomicBool::new(false), AtomicBool::new(false));
    let proxy = Proxy::start(move |asked| {
        if is_of_index("PUT", asked, &of) {
            is_made.store(true, Ordering::Relaxed);
        }
        // Once more after it was created.
        let lags = asked.method == "GET" && asked.path == path;
        if lags && (!is_made.load(Ordering::Relaxed) || !was_asked.swap(true, Ordering::Relaxed)) {
            return Answer::error(404, "index_not_found_exception", "no such index");
        }
        node.pass(asked)
    });
    let bench = archive(2);
    bench.ok(&["ingest", "--quiet", "news", "--index", &proxy.url(&name)]);
    assert_eq!((behind(&index).len(), all(&index), count(&bench, &index)), (1, 1, 2));
}

#[test]
fn what_an_evaluation_could_not_remove_is_named() {
    let Some(index) = TestIndex::new() else { return };
    let (node, name) = index.parts();
    let of = name.clone();
    let proxy = Proxy::start(move |asked| {
        if is_of_index("DELETE", asked, &of) {
            return Answer::error(400, "snapshot_in_progress_exception", "it is being snapshotted");
        }
        node.pass(asked)
    });
    let bench = Workbench::new();
    bench.write(
        "docs.jsonl",
        "{\"id\": \"a\", \"title\": \"Solar glass\", \"body\": \"Makers of solar glass.\"}\n",
    );
    bench.write("queries.tsv", "1\tsolar glass\n");
    bench.write("qrels.tsv", "query-id\tcorpus-id\tscore\n1\ta\t1\n");
    let output = bench.run(&["eval", "news", "--index", &proxy.url(&name)]);
    let said = String::from_utf8(output.stderr).unwrap();
    let removal = said.split('`').nth(1).unwrap_or_default();
    assert!(removal.ends_with("-000001") && said.contains("it is being snapshotted"), "{said}");
    // The command that is told removes it.
    let url = removal.rsplit(' ').next().unwrap().replace(&proxy.url(""), &index.0.replace(&name, ""));
    assert_eq!(curl(&["-XDELETE", &url])["acknowledged"], true, "{url}");
    assert_eq!(all(&index), 0);
}

/// Lets the lease of an index say that a process of another machine holds it.
fn hold(index: &TestIndex) {
    let id = "0000000000000000";
    let lease = format!("{}/_doc/{id}?routing={id}", index.0);
    let mut held = curl(&[&lease])["_source"].take();
    assert!(held["kept"]["epoch"].is_u64(), "{held}");
    held["kept"]["holder"] = json!({"host": "elsewhere", "pid": 1, "token": "1"});
    let answer = curl(&["-XPUT", &lease, "-d", &held.to_string()]);
    assert_eq!(answer["result"], "updated", "{answer}");
}

#[test]
fn a_writer_waits_as_long_as_it_was_told_to() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(2);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    hold(&index);
    for args in [&["ingest", "news"][..], &["ingest", "--reindex", "news"]] {
        let started = Instant::now();
        let told = bench.fails(&[args, &["--lock-wait", "3s", "--index", &index.0]].concat(), 2);
        assert!(told.contains("another process is writing the index; waiting up to 3 s"), "{args:?}: {told}");
        assert!(told.contains("is being written by another process") && told.contains("15 s"), "{told}");
        let took = started.elapsed();
        assert!(took.as_secs() >= 3, "{args:?}: {took:?}");
    }
    // The default is enough to tell that the holder is gone.
    bench.article("3.md", 3, "03-02", "perovskite");
    let started = Instant::now();
    let output = bench.run(&["ingest", "--quiet", "news", "--index", &index.0]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("another process is writing the index"), "{told}");
    assert!(started.elapsed().as_secs() >= 15, "{:?}", started.elapsed());
    assert_eq!(count(&bench, &index), 3);
}

#[test]
fn a_holder_that_is_gone_is_told_by_whoever_tries_again() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(1);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let options = || newsdex::index::WriterOptions { threads: 1, memory: 0 };
    let location = Location::parse(index.0.as_ref()).unwrap();
    hold(&index);
    // One that is renewed is never taken.
    let (started, mut renewed) = (Instant::now(), Instant::now());
    loop {
        let open = location.open().unwrap();
        let asked = Instant::now();
        match open.writer(options()) {
            Ok(_) => break,
            Err(error) => assert!(matches!(error, IndexError::Locked(_)), "{error}"),
        }
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        if started.elapsed() < Duration::from_secs(10) {
            hold(&index);
            renewed = Instant::now();
        }
        thread::sleep(Duration::from_secs(2));
    }
    let unchanged = renewed.elapsed();
    assert!(unchanged.as_secs() >= 15, "{unchanged:?}");
}
