//! What a reader sees of one generation of an index, and when it is another one.

use super::{
    TestIndex, curl,
    proxy::{Answer, Proxy},
};
use crate::{serve::Server, workbench::Workbench};
use jiff::{Timestamp, tz::TimeZone};
use newsdex::{
    index::{
        Collapse, Fetch, Index, IndexError, Location, Recency, Retrieval, Snapshot, Sort, WriterOptions,
    },
    query::Query,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Longer than a reader goes by an answer about the generation.
const FRESH: Duration = Duration::from_millis(600);

/// Longer than that, and than it takes the server to look.
const LOOKED: Duration = Duration::from_millis(1_500);

/// A folder with so many articles about rates, each with a topic, ingested.
fn archive(index: &TestIndex, count: u64) -> Workbench {
    let bench = Workbench::new();
    for id in 1..=count {
        let head = format!("id: {id}\nlocale: en\ntopic: rates\ndatetime: 2025-03-0{}T08:00:00Z", id % 9 + 1);
        bench.write(&format!("{id}.md"), &format!("---\n{head}\n---\n# Page {id}\n\nThe rates rise.\n"));
    }
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    bench
}

fn open(url: &str) -> Arc<dyn Index> {
    Location::parse(url.as_ref()).unwrap().open().unwrap()
}

/// The first pages of all.
fn everything(limit: usize) -> Retrieval {
    Retrieval {
        query: Query::All,
        typed: String::new(),
        without: None,
        sort: Sort::Newest,
        recency: None,
        collapse: Collapse::Pages,
        after: None,
        offset: 0,
        limit,
        facets: Vec::new(),
        zone: TimeZone::UTC,
    }
}

fn pages(snapshot: &dyn Snapshot) -> usize {
    snapshot.retrieve(&everything(0)).unwrap().pages
}

/// The pages that an index has, with what tells their shards.
fn hits(index: &TestIndex) -> Vec<Value> {
    let body = r#"{"query": {"term": {"doc": "page"}}, "size": 100}"#;
    let found = curl(&[&format!("{}/_search", index.0), "-d", body]);
    found["hits"]["hits"].as_array().unwrap().clone()
}

#[test]
fn a_server_never_asks_another_index_than_its_own() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(&index, 3);
    let server = Server::start(&bench, &["--index", &index.0]);
    let rates = "/api/search?q=topic:rates";
    assert_eq!(server.json(rates)["total"], 3);
    // With the same fields, the server goes on with the new index.
    bench.ok(&["ingest", "--quiet", "--reindex", "news", "--index", &index.0]);
    let started = Instant::now();
    for number in 0.. {
        let answer = server.get(&format!("{rates}&limit={}", number % 50 + 2));
        assert!(answer.status == 503 || answer.body.contains("\"total\":3"), "{}", answer.body);
        if answer.status == 200 && started.elapsed() > LOOKED {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{}", answer.body);
        thread::sleep(Duration::from_millis(100));
    }
    // With other fields, it says that the index is another one.
    bench.write("../own.yaml", "version: 1\nfields:\n  topic: {kind: facet, from: [topic]}\n");
    let own = bench.path().join("own.yaml");
    let own = ["--schema", own.to_str().unwrap(), "--index", &index.0];
    bench.ok(&[&["ingest", "--quiet", "--reindex", "news"], &own[..]].concat());
    let started = Instant::now();
    for number in 0.. {
        let answer = server.get(&format!("{rates}&limit={}", number % 50 + 60));
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert!(answer.body.contains("the index was built anew"), "{}", answer.body);
        if started.elapsed() > LOOKED {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    let health = server.get("/healthz");
    assert_eq!(health.status, 503);
    assert!(health.body.contains("as long as that is there"), "{}", health.body);
    assert_eq!(bench.sorted_keys(&["topic:rates", "--index", &index.0]).len(), 3);
}

#[test]
fn an_index_that_takes_the_name_of_another_is_not_asked_for_it() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(&index, 3);
    let reader = open(&index.0);
    let before = reader.snapshot().unwrap();
    assert_eq!(pages(&*before), 3);
    curl(&["-XDELETE", &format!("{}-000001", index.0)]);
    assert!(matches!(before.retrieve(&everything(5)), Err(IndexError::Replaced(_))));
    bench.article("4.md", 4, "03-02", "The rates fall.");
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    thread::sleep(FRESH);
    let after = reader.snapshot().unwrap();
    assert_eq!(pages(&*after), 4);
    assert!(matches!(before.retrieve(&everything(6)), Err(IndexError::Replaced(_))));
}

#[test]
fn each_copy_of_a_page_is_shown_as_it_was_found() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(&index, 7);
    // What an ingest leaves that is killed before it removes the pages of other articles, which the files had before.
    for (number, hit) in (0_u64..).zip(hits(&index)) {
        let mut source = hit["_source"].clone();
        source["page"]["article"] = json!(number + 1_000);
        source["f"]["title"] = json!("An old page");
        for routing in (0..8).map(|bits: u64| format!("{bits:016x}")) {
            let at = format!("{}/_doc/{}?routing={routing}", index.0, hit["_id"].as_str().unwrap());
            let is_taken = curl(&[&at])["found"] == true;
            if !is_taken {
                let put = format!("{at}&version=1&version_type=external&refresh=true");
                curl(&["-XPUT", &put, "-d", &source.to_string()]);
                break;
            }
        }
    }
    let copies = hits(&index).len();
    assert_eq!(copies, 14);
    for limit in ["50", "1000"] {
        for words in [&["query", "*"][..], &["query", "published:2025", "--sort", "newest"]] {
            let more = ["--limit", limit, "--format", "json", "--index", &index.0];
            let answer = bench.json(&[words, &more].concat());
            let shown: Vec<&str> =
                answer["hits"].as_array().unwrap().iter().map(|hit| hit["title"].as_str().unwrap()).collect();
            assert_eq!((&answer["total"], shown.len()), (&json!(copies), copies), "{limit} {words:?}");
            let old = shown.iter().filter(|title| **title == "An old page").count();
            let new: BTreeSet<&str> =
                shown.iter().copied().filter(|title| title.starts_with("Page")).collect();
            assert_eq!((old, new.len()), (7, 7), "{limit} {words:?}: {shown:?}");
        }
    }
}

#[test]
fn the_answers_of_a_scan_are_of_a_bounded_size() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    let body = "perovskite ".repeat(10_000);
    for id in 1..=120 {
        bench.article(&format!("{id}.md"), id, "03-01", &body);
    }
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let (node, name) = index.parts();
    let sizes: Arc<Mutex<Vec<usize>>> = Arc::default();
    let proxy = {
        let sizes = Arc::clone(&sizes);
        Proxy::start(move |asked| {
            node.pass(asked).map(|answer| {
                sizes.lock().unwrap().push(answer.len());
                answer
            })
        })
    };
    let snapshot = open(&proxy.url(&name)).snapshot().unwrap();
    sizes.lock().unwrap().clear();
    let mut ids = BTreeSet::new();
    for batch in snapshot.scan(&Query::All, Fetch::Full).unwrap() {
        for article in batch.unwrap() {
            assert!(article.body.len() > 100_000);
            ids.insert(article.id);
        }
    }
    assert_eq!(ids.len(), 120);
    let sizes = std::mem::take(&mut *sizes.lock().unwrap());
    // All of them are 13 MB, a batch 8 MB at most.
    let (most, all) = (sizes.iter().max().unwrap(), sizes.iter().sum::<usize>());
    assert!(*most < 12_000_000 && all > 13_000_000 && sizes.len() < 10, "{sizes:?}");
    // Columns are read all at once.
    let mut batches = 0;
    for batch in snapshot.scan(&Query::All, Fetch::Metadata).unwrap() {
        assert_eq!(batch.unwrap().len(), 120);
        batches += 1;
    }
    assert_eq!(batches, 1);
}

#[test]
fn totals_are_known_at_another_instant() {
    let Some(index) = TestIndex::new() else { return };
    archive(&index, 3);
    let (node, name) = index.parts();
    let counted = Arc::new(AtomicUsize::new(0));
    let proxy = {
        let counted = Arc::clone(&counted);
        Proxy::start(move |asked| {
            let counts = String::from_utf8_lossy(&asked.body).contains("\"track_total_hits\":true");
            counted.fetch_add(usize::from(counts), Ordering::Relaxed);
            node.pass(asked)
        })
    };
    let snapshot = open(&proxy.url(&name)).snapshot().unwrap();
    let ask = |second: i64| {
        let now = Timestamp::from_second(1_750_000_000 + second).unwrap();
        let recency = Some(Recency { now, half_life: 1e6 });
        let found =
            snapshot.retrieve(&Retrieval { sort: Sort::Relevance, recency, ..everything(10) }).unwrap();
        assert_eq!((found.pages, found.docs.len()), (3, 3));
        counted.load(Ordering::Relaxed)
    };
    let first = ask(0);
    assert_eq!(ask(1), first);
    assert_eq!(ask(2_000), first);
}

/// The generation of an index, with the number of pages. The server looks so: it asks for the health first.
fn seen(reader: &dyn Index) -> (u64, usize) {
    thread::sleep(FRESH);
    reader.health().unwrap();
    let snapshot = reader.snapshot().unwrap();
    (snapshot.generation(), pages(&*snapshot))
}

/// Writes one more page, without a refresh.
fn write(index: &TestIndex, number: u64) {
    let hit = &hits(index)[0];
    let mut source = hit["_source"].clone();
    source["page"]["article"] = json!(number);
    let put = format!("{}/_doc/{number:016x}?routing={}", index.0, hit["_routing"].as_str().unwrap());
    let answer = curl(&["-XPUT", &put, "-d", &source.to_string()]);
    assert_eq!(answer["result"], "created", "{answer}");
}

fn set(index: &TestIndex, settings: &Value) {
    let answer =
        curl(&["-XPUT", &format!("{}/_settings", index.0), "-d", &json!({"index": settings}).to_string()]);
    assert_eq!(answer["acknowledged"], true, "{answer}");
}

#[test]
fn a_generation_is_what_searches_see() {
    let Some(index) = TestIndex::new() else { return };
    archive(&index, 3);
    let reader = open(&index.0);
    set(&index, &json!({"refresh_interval": "-1"}));
    curl(&["-XPOST", &format!("{}/_refresh", index.0)]);
    let first = seen(&*reader);
    assert_eq!(first.1, 3);
    // Pages, and the lease, as an ingest writes them.
    for number in 0..5 {
        write(&index, 100 + number);
        curl(&["-XPUT", &format!("{}/_doc/{:016x}?routing=0", index.0, 7), "-d", r#"{"doc": "lease"}"#]);
    }
    assert_eq!(seen(&*reader), first);
    curl(&["-XPOST", &format!("{}/_refresh", index.0)]);
    let second = seen(&*reader);
    assert!(second.0 != first.0 && second.1 == 8, "{second:?}");
    assert_eq!(seen(&*reader), second);
    // The engine refreshes by itself, at once or when it is asked after a while.
    for (number, idle_after) in [(200, "30s"), (201, "100ms")] {
        set(&index, &json!({"refresh_interval": null, "search.idle.after": idle_after}));
        let before = seen(&*reader);
        write(&index, number);
        thread::sleep(Duration::from_secs(2));
        let after = seen(&*reader);
        assert!(after.0 != before.0 && after.1 == before.1 + 1, "{idle_after}: {before:?} {after:?}");
        assert_eq!(seen(&*reader), after);
    }
}

#[test]
fn a_generation_never_comes_again() {
    let Some(index) = TestIndex::new() else { return };
    archive(&index, 3);
    let reader = open(&index.0);
    set(&index, &json!({"refresh_interval": "-1"}));
    let mut known: HashMap<u64, usize> = HashMap::new();
    for restart in 0..3 {
        for number in 0..4 {
            let (generation, pages) = seen(&*reader);
            assert_eq!(*known.entry(generation).or_insert(pages), pages, "restart {restart}, {number}");
            write(&index, 1_000 * (restart + 1) + number);
            curl(&["-XPOST", &format!("{}/_refresh", index.0)]);
        }
        // Its shards start again, and count from 0 on.
        curl(&["-XPOST", &format!("{}/_close", index.0)]);
        curl(&["-XPOST", &format!("{}/_open?wait_for_active_shards=all", index.0)]);
    }
    assert!(known.len() >= 12, "{known:?}");
}

#[test]
fn an_ingest_under_way_is_no_generation() {
    let Some(index) = TestIndex::new() else { return };
    archive(&index, 3);
    let reader = open(&index.0);
    let writing = open(&index.0);
    let writer = writing.writer(WriterOptions { threads: 1, memory: 0 }).unwrap();
    let first = seen(&*reader);
    // The lease is renewed each four seconds.
    let until = Instant::now() + Duration::from_secs(9);
    while Instant::now() < until {
        assert_eq!(seen(&*reader), first);
    }
    writer.finish(true).unwrap();
}

/// Rows that state many names, each in many articles: more pairs of both than an engine counts at a time.
fn rows_of_names(names: u32, articles: u32) -> String {
    const EACH: u32 = 16;
    let mut rows = String::from("id,title,datetime,locale,body\n");
    let mut id = 0;
    for first in (0..names).step_by(EACH as usize) {
        for _ in 0..articles {
            id += 1;
            let stated: String = (first..names.min(first + EACH)).fold(String::new(), |mut text, name| {
                let letter = |of: u32| char::from(b'A' + u8::try_from(of % 26).unwrap());
                let code: String = [letter(name / 676), letter(name / 26), letter(name)].iter().collect();
                let _ = write!(text, "Quanta{name:04} Inc (NYSE: Q{code}) rose. ");
                text
            });
            let _ = writeln!(rows, "{id},Row {id},2025-03-07T08:00:00Z,en,{stated}");
        }
    }
    rows
}

#[test]
fn all_names_and_all_their_articles_are_known() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    bench.write("wire.csv", &rows_of_names(1_100, 66));
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    bench.ok(&["ingest", "--quiet", "news"]);
    let here = bench.location().open().unwrap().snapshot().unwrap();
    let there = open(&index.0).snapshot().unwrap();
    let told = |snapshot: &dyn Snapshot, key: &str| -> Vec<(String, String, usize)> {
        let found = match key {
            "quanta" => snapshot.longer_names(key, 2_000).unwrap(),
            key => snapshot.names(key).unwrap(),
        };
        let mut told: Vec<_> =
            found.into_iter().map(|of| (of.key, of.symbol.facet(), of.articles.len())).collect();
        told.sort();
        told
    };
    let all = told(&*here, "quanta");
    assert!(all.len() >= 1_100, "{}", all.len());
    assert_eq!(told(&*there, "quanta"), all);
    for key in ["quanta0007", "quanta1099"] {
        assert_eq!(told(&*there, key), told(&*here, key), "{key}");
        assert!(!told(&*here, key).is_empty());
    }
}

#[test]
fn a_cluster_that_answers_not_now_is_told_as_that() {
    let Some(index) = TestIndex::new() else { return };
    let bench = archive(&index, 3);
    let (node, name) = index.parts();
    let is_red = Arc::new(AtomicBool::new(false));
    let proxy = {
        let is_red = Arc::clone(&is_red);
        Proxy::start(move |asked| {
            let is_search = asked.is("/_search");
            if is_search && is_red.load(Ordering::Relaxed) {
                return Answer::error(503, "no_shard_available_action_exception", "no shard is there");
            }
            node.pass(asked)
        })
    };
    let url = proxy.url(&name);
    let snapshot = open(&url).snapshot().unwrap();
    pages(&*snapshot);
    is_red.store(true, Ordering::Relaxed);
    let late = snapshot.with_deadline(Instant::now() + Duration::from_secs(2));
    let error = late.retrieve(&Retrieval { without: Some("1".into()), ..everything(0) }).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("503") && said.contains("no shard is there") && said.contains(&url), "{said}");
    is_red.store(false, Ordering::Relaxed);
    let server = Server::start(&bench, &["--index", &url]);
    assert_eq!(server.json("/api/search?q=rates")["total"], 3);
    is_red.store(true, Ordering::Relaxed);
    let answer = server.get("/api/search?q=page");
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("the index cannot be reached"), "{}", answer.body);
}

#[test]
fn the_end_of_an_ingest_keeps_nobody_waiting() {
    let Some(index) = TestIndex::new() else { return };
    archive(&index, 3);
    let (node, name) = index.parts();
    let is_noted = Arc::new(AtomicBool::new(false));
    let proxy = {
        let is_noted = Arc::clone(&is_noted);
        Proxy::start(move |asked| {
            if asked.method == "PUT" && asked.is("/_mapping") {
                is_noted.store(true, Ordering::Relaxed);
                thread::sleep(Duration::from_secs(4));
            }
            node.pass(asked)
        })
    };
    let both = open(&proxy.url(&name));
    let writer = both.writer(WriterOptions { threads: 1, memory: 0 }).unwrap();
    let snapshot = both.snapshot().unwrap();
    let before = snapshot.status().unwrap().ingested;
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_noted.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(10));
            }
            let asked = Instant::now();
            assert_eq!(snapshot.status().unwrap().ingested, before);
            assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        });
        writer.finish(true).unwrap();
    });
    assert!(snapshot.status().unwrap().ingested > before);
}

#[test]
fn a_scan_that_is_refused_leaves_no_point_in_time() {
    let Some(index) = TestIndex::new() else { return };
    archive(&index, 3);
    for (status, most) in [(429, 1), (503, 4)] {
        let (node, name) = index.parts();
        let counts: Arc<[AtomicUsize; 3]> = Arc::default();
        let proxy = {
            let counts = Arc::clone(&counts);
            Proxy::start(move |asked| {
                let [opened, closed, refused] = &*counts;
                // Elasticsearch has it elsewhere.
                if asked.is("/point_in_time") || asked.is("/_pit") {
                    let count = if asked.method == "DELETE" { closed } else { opened };
                    count.fetch_add(1, Ordering::Relaxed);
                } else if asked.path == "/_search" && refused.fetch_add(1, Ordering::Relaxed) < 3 {
                    return Answer::error(status, "rejected_execution_exception", "queue is full");
                }
                node.pass(asked)
            })
        };
        let snapshot = open(&proxy.url(&name)).snapshot().unwrap();
        let read: usize =
            snapshot.scan(&Query::All, Fetch::Full).unwrap().map(|batch| batch.unwrap().len()).sum();
        let [opened, closed, _] = &*counts;
        let counts = (opened.load(Ordering::Relaxed), closed.load(Ordering::Relaxed));
        assert_eq!((read, counts.0), (3, counts.1), "{status}: {counts:?}");
        assert!((1..=most).contains(&counts.0), "{status}: {counts:?}");
    }
}
