//! `serve` and `eval` over a cluster: what they ask of it, and what they say when it is away.

use super::TestIndex;
use crate::{
    serve::Server,
    workbench::{Workbench, corpus},
};
use serde_json::Value;
use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// What `curl` says of a path of the node.
fn curl(method: &str, url: &str) -> String {
    let output = Command::new("curl").args(["-s", "-X", method, url]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A way to a node that can be cut, and that keeps what is asked.
struct Road {
    port: u16,
    is_cut: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<u8>>>,
}

impl Road {
    /// A way to the node of an index.
    fn to(index: &TestIndex) -> Self {
        let node = index.0.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let road = Self {
            port: listener.local_addr().unwrap().port(),
            is_cut: Arc::default(),
            asked: Arc::default(),
        };
        let (is_cut, asked) = (Arc::clone(&road.is_cut), Arc::clone(&road.asked));
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(&node).unwrap();
                let ways = [
                    (client.try_clone().unwrap(), server.try_clone().unwrap(), Some(Arc::clone(&asked))),
                    (server, client, None),
                ];
                for (from, to, asked) in ways {
                    let is_cut = Arc::clone(&is_cut);
                    thread::spawn(move || carry(from, to, &is_cut, asked.as_deref()));
                }
            }
        });
        road
    }

    fn url(&self, index: &TestIndex) -> String {
        format!("http://127.0.0.1:{}/{}", self.port, index.0.rsplit('/').next().unwrap())
    }

    /// The number of searches that were asked since the last time, but for those by which the server watches the engine.
    fn searches(&self) -> usize {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        let asked = String::from_utf8_lossy(&asked);
        asked.matches("/_search").count() - asked.matches("terminate_after").count()
    }
}

/// Carries bytes until the way is cut.
fn carry(mut from: TcpStream, mut to: TcpStream, is_cut: &AtomicBool, asked: Option<&Mutex<Vec<u8>>>) {
    from.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut bytes = vec![0; 1 << 16];
    while !is_cut.load(Ordering::SeqCst) {
        match from.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => {
                if let Some(asked) = asked {
                    asked.lock().unwrap().extend_from_slice(&bytes[..count]);
                }
                if to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// Waits until `/healthz` has a status.
fn wait_for(server: &Server, status: u16) -> String {
    let started = Instant::now();
    loop {
        let health = server.get("/healthz");
        if health.status == status {
            return health.body;
        }
        assert!(started.elapsed() < Duration::from_secs(15), "{} {}", health.status, health.body);
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_server_tells_that_its_cluster_is_away_and_that_it_is_back() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    bench.ok(&["ingest", "--quiet", corpus().to_str().unwrap(), "--index", &index.0]);
    let road = Road::to(&index);
    let url = road.url(&index);
    let server = Server::start(&bench, &["--index", &url]);
    assert_eq!(wait_for(&server, 200), "ok\n");
    let found = server.json("/api/search?q=perovskite")["total"].as_u64().unwrap();
    assert!(found > 0);
    let complaints = |server: &Server| {
        let metrics = server.get("/metrics").body;
        metrics.lines().find_map(|line| line.strip_prefix("newsdex_complaints ").map(str::to_owned)).unwrap()
    };
    assert_eq!(complaints(&server), "0");
    let is_away = || {
        let degraded = wait_for(&server, 503);
        assert!(degraded.starts_with("degraded\nindex: the engine"), "{degraded}");
        assert!(!degraded.contains("127.0.0.1") && !degraded.contains("test-"), "{degraded}");
        assert_eq!(complaints(&server), "1");
    };
    // The node cannot be reached.
    road.is_cut.store(true, Ordering::SeqCst);
    is_away();
    for path in ["/api/search?q=solar", "/search?q=solar"] {
        let asked = Instant::now();
        let answer = server.get(path);
        assert_eq!(answer.status, 503, "{path}: {}", answer.body);
        assert!(answer.body.contains("the index cannot be reached"), "{path}: {}", answer.body);
        assert!(!answer.body.contains("127.0.0.1"), "{path}: {}", answer.body);
        assert!(asked.elapsed() < Duration::from_secs(5), "{path}: {:?}", asked.elapsed());
    }
    let said = bench.fails(&["serve", "--listen", "127.0.0.1:0", "--index", &url], 2);
    assert!(said.contains("cannot reach the index"), "{said}");
    road.is_cut.store(false, Ordering::SeqCst);
    assert_eq!(wait_for(&server, 200), "ok\n");
    assert_eq!(server.json("/api/search?q=perovskite&limit=3")["total"].as_u64(), Some(found));
    assert_eq!(complaints(&server), "0");
    // The node answers, and has no shard of the index to ask.
    curl("POST", &format!("{}/_close", index.0));
    is_away();
    curl("POST", &format!("{}/_open", index.0));
    assert_eq!(wait_for(&server, 200), "ok\n");
    assert_eq!(server.json("/api/search?q=perovskite&limit=4")["total"].as_u64(), Some(found));
}

#[test]
fn a_server_tells_that_its_index_was_removed() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    bench.article("a.md", 1, "03-07", "perovskite");
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let server = Server::start(&bench, &["--index", &index.0]);
    assert_eq!(wait_for(&server, 200), "ok\n");
    curl("DELETE", &format!("{}-000001", index.0));
    assert_eq!(wait_for(&server, 503), "degraded\nindex: there is no index any more\n");
    let answer = server.get("/api/search?q=perovskite");
    assert_eq!(answer.status, 503, "{}", answer.body);
    // No request has found damage, and the next index is searched.
    assert_eq!(server.get("/healthz").body, "degraded\nindex: there is no index any more\n");
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    assert_eq!(wait_for(&server, 200), "ok\n");
    assert_eq!(server.json("/api/search?q=perovskite&limit=3")["total"], 1);
}

#[test]
fn a_search_is_few_requests() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    bench.ok(&["ingest", "--quiet", corpus().to_str().unwrap(), "--index", &index.0]);
    let road = Road::to(&index);
    let server = Server::start(&bench, &["--index", &road.url(&index)]);
    // The engine refreshes once more what was ingested, which is a generation. What is asked once for each is asked here.
    for limit in [1, 2] {
        thread::sleep(Duration::from_secs(3));
        server.json(&format!("/api/search?q=apple&limit={limit}"));
    }
    thread::sleep(Duration::from_secs(1));
    let mut too_many = Vec::new();
    for (path, most) in [
        // Totals, hits, and the pages of their articles; frequencies where there are synonyms.
        ("/api/search?q=perovskite", 4),
        ("/api/search?q=%22solar+glass%22", 3),
        ("/api/search?q=published:2025&sort=newest", 3),
        // Securities and names among the words, forms, frequencies, how rare the words of the phrase are, totals, hits and
        // pages; then the articles that have only some of the words.
        ("/api/search?q=solar+glass", 16),
        ("/api/search?q=%E9%92%99%E9%92%9B%E7%9F%BF%E7%94%B5%E6%B1%A0", 8),
        // Six facets, and the names of all securities that are shown.
        ("/search?q=module", 30),
    ] {
        road.searches();
        assert_eq!(server.get(path).status, 200, "{path}");
        let asked = road.searches();
        if !(1..=most).contains(&asked) {
            too_many.push((path, asked));
        }
    }
    assert_eq!(too_many, []);
}

/// Writes a set of documents, questions and judgements that are much alike.
fn judged(bench: &Workbench) {
    let set = bench.path().join("set");
    fs::create_dir(&set).unwrap();
    let mut state = 11_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let words = [
        "solar", "glass", "wind", "rates", "bank", "price", "shares", "falling", "rise", "chip", "gold",
        "oil", "光伏", "玻璃", "银行", "股价", "黄金", "芯片",
    ];
    let mut text = |count: u64| -> String {
        let chosen: Vec<&str> = (0..count).map(|_| words[usize::try_from(random(18)).unwrap()]).collect();
        chosen.join(" ")
    };
    let documents: Vec<String> = (0..300_u64)
        .map(|id| {
            serde_json::json!({"id": format!("d{id}"), "title": text(1 + id % 5), "body": text(5 + id % 60)})
                .to_string()
        })
        .collect();
    let queries: Vec<String> = (0..60_u64).map(|id| format!("q{id}\t{}", text(1 + id % 5))).collect();
    let judgements: Vec<String> = (0..60)
        .flat_map(|query| (0..60).map(move |n| (query, n)))
        .map(|(query, n)| format!("q{query}\td{}\t{}", n * 5 + random(5), random(4)))
        .collect();
    fs::write(set.join("docs.jsonl"), documents.join("\n")).unwrap();
    fs::write(set.join("queries.tsv"), queries.join("\n")).unwrap();
    fs::write(set.join("qrels.tsv"), judgements.join("\n")).unwrap();
}

/// The indexes of evaluations beside an index.
fn left(index: &TestIndex) -> Value {
    serde_json::from_str(&curl("GET", &format!("{}-eval-*", index.0))).unwrap()
}

#[test]
fn an_evaluation_measures_the_cluster_and_leaves_nothing() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    judged(&bench);
    bench.ok(&["ingest", "--quiet", corpus().to_str().unwrap(), "--index", &index.0]);
    // What the writes of an index change.
    let written = || -> Value {
        let stats: Value =
            serde_json::from_str(&curl("GET", &format!("{}/_stats/docs,indexing,search", index.0))).unwrap();
        let of = &stats["_all"]["primaries"];
        serde_json::json!([of["docs"]["count"], of["indexing"]["index_total"], of["search"]["query_total"]])
    };
    let before = written();
    let ndcg = |more: &[&str]| {
        let result = bench.json(&[&["eval", "set", "--format", "json"], more].concat());
        assert_eq!((&result["documents"], &result["questions"]), (&300.into(), &60.into()));
        result["measures"]["nDCG@10"]["mean"].as_f64().unwrap()
    };
    let (here, there) = (ndcg(&[]), ndcg(&["--index", &index.0, "--run", "run.txt"]));
    assert!((here - there).abs() < 0.01, "{here} here, {there} there");
    assert!(fs::read_to_string(bench.path().join("run.txt")).unwrap().starts_with("q0 Q0 d"));
    assert_eq!(left(&index), serde_json::json!({}));
    // Neither after an error. What another one has left is told, and stays.
    let other = format!("{}-eval-1-1", index.0);
    bench.ok(&["ingest", "--quiet", corpus().to_str().unwrap(), "--index", &other]);
    fs::write(bench.path().join("set/docs.jsonl"), "{\"id\": \"a\", \"title\": \"b\"}\nnothing\n").unwrap();
    let said = bench.fails(&["eval", "set", "--index", &index.0], 2);
    assert!(said.contains("docs.jsonl") || said.contains("line 2"), "{said}");
    assert!(said.contains(&format!("`curl -X DELETE {other}")), "{said}");
    let left = left(&index);
    let names: Vec<&String> = left.as_object().unwrap().keys().collect();
    assert!(names.len() == 1 && names[0].contains("-eval-1-1"), "{names:?}");
    for name in names {
        curl("DELETE", &format!("{}/{name}", index.0.rsplit_once('/').unwrap().0));
    }
    assert!(before[1].as_u64() > Some(0), "{before}");
    assert_eq!(written(), before, "the index that was named is neither read nor written");
}
