//! What goes wrong between newsdex and a node: an ingest ends in the right index, or with a clear error.

use super::{
    TestIndex,
    proxy::{Answer, Asked, Node, Proxy},
    told,
};
use crate::{serve::Server, workbench::Workbench};
use newsdex::index::{IndexError, Location, WriterOptions};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fmt::Write as _,
    fs,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// An index in a cluster and one in a folder, which are to hold the same.
struct Pair {
    bench: Workbench,
    index: TestIndex,
    node: Node,
    /// The name of the index in the cluster.
    name: String,
}

impl Pair {
    /// `None` without a cluster.
    fn new() -> Option<Self> {
        let index = TestIndex::new()?;
        let (node, name) = index.parts();
        let bench = Workbench::new();
        for number in 0..60 {
            // Some are so long that they take more than one request.
            let words = if number % 3 == 0 { 9_000 } else { 9 };
            bench.article(
                &format!("{number}.md"),
                9_007_000 + number,
                "03-07",
                &"first solar ".repeat(words),
            );
        }
        bench.write("wire.csv", &rows(0..40, "first"));
        Some(Self { bench, index, node, name })
    }

    /// Changes, moves, removes and adds articles.
    fn change(&self) {
        for number in 0..15 {
            self.bench.article(&format!("{number}.md"), 9_007_000 + number, "03-08", "second glass");
        }
        for number in 20..25 {
            // Another article in the file: its documents may be on another shard.
            self.bench.article(&format!("{number}.md"), 9_008_000 + number, "03-09", "second coal");
        }
        for number in 30..40 {
            fs::remove_file(self.bench.news().join(format!("{number}.md"))).unwrap();
        }
        for number in 40..42 {
            let moved = self.bench.news().join(format!("moved-{number}.md"));
            fs::rename(self.bench.news().join(format!("{number}.md")), moved).unwrap();
        }
        self.bench.article("new.md", 9_009_000, "03-10", "second rate");
        // An article that is held by two files.
        self.bench.article("copy.md", 9_007_050, "03-11", "second holder");
        self.bench.write("wire.csv", &rows(10..50, "second"));
    }

    fn ingest(&self, url: &str) -> std::process::Output {
        self.bench.run(&["ingest", "news", "--quiet", "--index", url])
    }

    fn ingest_well(&self, url: &str, case: &str) {
        let output = self.ingest(url);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{case}: {said}");
        // Whoever holds the lease is told by it, even if the answer to taking it was lost.
        assert!(!said.contains("another process"), "{case}: {said}");
    }

    /// Holds the index of the cluster, without a proxy, to that of the folder.
    fn assert_same(&self, case: &str) {
        self.bench.ok(&["ingest", "news", "--quiet"]);
        for query in ["*", "first", "second"] {
            let here = ["query", "--each-locale", "--limit", "1000", "--format", "json", query];
            let there = [&here[..], &["--index", &self.index.0]].concat();
            assert_eq!(told(&self.bench, &there), told(&self.bench, &here), "{case}: {query}");
        }
        let told = |index: &str| {
            let status = self.bench.json(&["status", "--format", "json", "--index", index]);
            ["articles", "pages", "set_aside"].map(|name| status[name].to_string())
        };
        let folder = self.bench.index();
        assert_eq!(told(&self.index.0), told(folder.to_str().unwrap()), "{case}");
    }

    /// Sends a request to the node, without a proxy.
    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("http://{}{path}", self.node.0);
        let body = body.to_string();
        let args = ["-sS", "-X", method, "-H", "Content-Type: application/json", "-d", &body, &url];
        serde_json::from_slice(&Command::new("curl").args(args).output().unwrap().stdout).unwrap()
    }
}

fn rows(numbers: std::ops::Range<u32>, word: &str) -> String {
    let mut text = String::from("id,title,datetime,locale,body\n");
    for number in numbers {
        let day = number % 28 + 1;
        let _ = writeln!(text, "{number},Row {number},2025-03-{day:02}T08:00:00Z,en,{word} row {number}");
    }
    text
}

/// A request with a word where the engine has a number in each page: it refuses them.
fn with_refused_pages(asked: &Asked) -> Asked {
    let mut passed = asked.clone();
    let lines = asked.body.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let text = String::from_utf8_lossy(line);
        if text.starts_with("{\"doc\":\"page\"") {
            text.replace("\"line\":", "\"line\":\"x\",\"was\":")
        } else {
            text.into()
        }
    });
    passed.body = lines.collect::<String>().into();
    passed
}

/// Counts requests by their paths.
#[derive(Default)]
struct Turns(Mutex<HashMap<String, usize>>);

impl Turns {
    /// How many came before this one.
    fn next(&self, asked: &Asked) -> usize {
        let mut turns = self.0.lock().unwrap();
        let turn = turns.entry(format!("{} {}", asked.method, asked.path)).or_default();
        *turn += 1;
        *turn - 1
    }
}

/// The first two of any five requests to a path fail, except the first of a client.
fn fails(turn: usize, asked: &Asked) -> bool {
    asked.path != "/" && turn % 5 < 2
}

/// Changes the results in the answer to a bulk request.
fn with_results(answer: Answer, change: impl FnOnce(&mut Vec<Value>)) -> Answer {
    answer.map(|body| {
        let mut answer: Value = serde_json::from_slice(&body).unwrap();
        if let Some(items) = answer["items"].as_array_mut() {
            change(items);
        }
        answer.to_string().into_bytes()
    })
}

type Fault = fn(&Node, &Asked, usize) -> Answer;
type Change = fn(&mut Value);

/// Runs two ingests and a query through a proxy with a fault. The cases run side by side, as they mostly wait.
fn ends_in_the_right_index(cases: &[(&str, Fault)]) {
    let run = |case: &str, fault: Fault| {
        let Some(pair) = Pair::new() else { return };
        let (node, turns) = (pair.node.clone(), Turns::default());
        let proxy = Proxy::start(move |asked| fault(&node, asked, turns.next(asked)));
        pair.ingest_well(&proxy.url(&pair.name), case);
        pair.change();
        pair.ingest_well(&proxy.url(&pair.name), case);
        pair.assert_same(case);
        let here = pair.bench.sorted_keys(&["*"]);
        assert_eq!(pair.bench.sorted_keys(&["*", "--index", &proxy.url(&pair.name)]), here, "{case}");
    };
    thread::scope(|scope| {
        for (case, fault) in cases {
            scope.spawn(|| run(case, *fault));
        }
    });
}

#[test]
fn a_request_without_an_answer_is_sent_again() {
    ends_in_the_right_index(&[
        ("429", |node, asked, turn| match turn % 5 {
            0 | 1 => Answer::error(429, "circuit_breaking_exception", "Data too large"),
            _ => node.pass(asked),
        }),
        ("503", |node, asked, turn| match turn % 5 {
            0 | 1 => Answer::json(503, "<html>no backend</html>"),
            _ => node.pass(asked),
        }),
        ("closed before an answer, nothing done", |node, asked, turn| {
            if fails(turn, asked) { Answer::Nothing } else { node.pass(asked) }
        }),
        ("closed before an answer, all done", |node, asked, turn| {
            let answer = node.pass(asked);
            if fails(turn, asked) { Answer::Nothing } else { answer }
        }),
        ("half a body", |node, asked, turn| match node.pass(asked) {
            Answer::Whole(status, body) if fails(turn, asked) => {
                let end = if turn % 2 == 0 { 0 } else { body.len() / 2 };
                Answer::Cut(status, body, end)
            }
            answer => answer,
        }),
        ("slow", |node, asked, _| match node.pass(asked) {
            Answer::Whole(status, body) => Answer::Trickle(status, body),
            answer => answer,
        }),
    ]);
}

#[test]
fn the_results_of_a_bulk_request_are_matched_by_id() {
    ends_in_the_right_index(&[
        ("one is missing", |node, asked, turn| {
            let answer = node.pass(asked);
            if !asked.is("/_bulk") || turn % 2 == 1 {
                return answer;
            }
            // What is not told was not done either.
            with_results(answer, |items| drop(items.remove(items.len() / 2)))
        }),
        ("all are missing", |node, asked, turn| {
            let is_spoiled = asked.is("/_bulk") && turn % 2 == 0;
            if is_spoiled { Answer::json(200, "{}") } else { node.pass(asked) }
        }),
        ("swapped", |node, asked, _| {
            let answer = node.pass(asked);
            if asked.is("/_bulk") { with_results(answer, |items| items.reverse()) } else { answer }
        }),
        ("one too many", |node, asked, turn| {
            let answer = node.pass(asked);
            if !asked.is("/_bulk") || turn % 2 == 1 {
                return answer;
            }
            with_results(answer, |items| {
                let mut stranger = items[0].clone();
                stranger["index"]["_id"] = json!("0123456789abcdef");
                items.insert(0, stranger);
                let twice = items[items.len() - 1].clone();
                items.push(twice);
            })
        }),
        ("some are for later", |node, asked, turn| {
            if !asked.is("/_bulk") || turn % 3 == 2 {
                return node.pass(asked);
            }
            // Every other document is left out, and told to be.
            let lines: Vec<&[u8]> = asked.body.split_inclusive(|byte| *byte == b'\n').collect();
            let (mut passed, mut at, mut left) = (asked.clone(), 0, Vec::new());
            passed.body.clear();
            for number in 0.. {
                let Some(head) = lines.get(at) else { break };
                let head: Value = serde_json::from_slice(head).unwrap();
                let end = if head["index"].is_null() { at + 1 } else { at + 2 };
                if number % 2 == 0 {
                    passed.body.extend(lines[at..end].concat());
                } else {
                    left.push((number, head));
                }
                at = end;
            }
            with_results(node.pass(&passed), |items| {
                for (number, head) in left {
                    let (name, of) = head.as_object().unwrap().iter().next().unwrap();
                    let status = if number % 4 == 1 { 429 } else { 503 };
                    let error = json!({"type": "rejected_execution_exception", "reason": "queue is full"});
                    items.insert(number, json!({name: {"_id": of["_id"], "status": status, "error": error}}));
                }
            })
        }),
        ("conflicts of which nothing is told at first", |node, asked, turn| {
            if asked.is("/_bulk") {
                node.pass(asked);
            }
            if !asked.is("/_mget") || turn % 2 == 1 {
                return node.pass(asked);
            }
            let docs =
                serde_json::from_slice::<Value>(&asked.body).unwrap()["docs"].as_array().unwrap().len();
            let error = json!({"type": "no_shard_available_action_exception", "reason": "it is moving"});
            Answer::json(200, &json!({"docs": vec![json!({"error": error}); docs]}).to_string())
        }),
        ("a shard that takes no part in a refresh", |node, asked, turn| {
            let answer = node.pass(asked);
            if !asked.is("/_refresh") || turn % 2 == 1 {
                return answer;
            }
            answer.map(|_| json!({"_shards": {"total": 3, "successful": 2, "failed": 0}}).to_string().into())
        }),
        (
            "413",
            |node, asked, _| {
                if asked.body.len() > 1 << 20 { Answer::json(413, "") } else { node.pass(asked) }
            },
        ),
    ]);
}

#[test]
fn a_write_that_comes_late_changes_nothing() {
    let Some(pair) = Pair::new() else { return };
    let sent: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let late = Arc::new(AtomicBool::new(false));
    let proxy = {
        let (node, sent, late) = (pair.node.clone(), Arc::clone(&sent), Arc::clone(&late));
        Proxy::start(move |asked| {
            let answer = node.pass(asked);
            if asked.is("/_bulk") {
                node.pass(asked);
                if late.load(Ordering::Relaxed) {
                    sent.lock().unwrap().iter().for_each(|old| drop(node.pass(old)));
                } else {
                    sent.lock().unwrap().push(asked.clone());
                }
            }
            answer
        })
    };
    pair.ingest_well(&proxy.url(&pair.name), "twice");
    pair.assert_same("twice");
    assert!(sent.lock().unwrap().len() > 1, "it took several requests");
    late.store(true, Ordering::Relaxed);
    pair.change();
    pair.ingest_well(&proxy.url(&pair.name), "late");
    sent.lock().unwrap().iter().for_each(|old| drop(pair.node.pass(old)));
    pair.send("POST", &format!("/{}/_refresh", pair.name), &Value::Null);
    pair.assert_same("late");
}

#[test]
fn an_ingest_outlives_a_node_that_is_away_for_a_while() {
    let Some(pair) = Pair::new() else { return };
    let bulks = Arc::new(AtomicUsize::new(0));
    let proxy = {
        let (node, bulks) = (pair.node.clone(), Arc::clone(&bulks));
        Proxy::start(move |asked| {
            bulks.fetch_add(usize::from(asked.is("/_bulk")), Ordering::Relaxed);
            node.pass(asked)
        })
    };
    // A node that is always away comes first.
    let url = proxy.url(&pair.name).replace("http://", "http://127.0.0.1:1,");
    thread::scope(|scope| {
        let ingest = scope.spawn(|| pair.ingest_well(&url, "away"));
        while bulks.load(Ordering::Relaxed) == 0 && !ingest.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        proxy.refuse_for(Duration::from_secs(2));
    });
    assert!(bulks.load(Ordering::Relaxed) > 0);
    pair.assert_same("away");
}

#[test]
fn an_answer_that_leaves_something_out_is_an_error() {
    let Some(pair) = Pair::new() else { return };
    pair.ingest_well(&pair.index.0, "direct");
    let change = |node: &Node, asked: &Asked, change: Change| {
        let answer = node.pass(asked);
        if !asked.is("/_search") {
            return answer;
        }
        answer.map(|body| {
            let mut answer: Value = serde_json::from_slice(&body).unwrap();
            change(&mut answer);
            answer.to_string().into_bytes()
        })
    };
    for (case, spoil, message) in [
        (
            "a failed shard",
            (|answer| {
                answer["_shards"] = json!({"total": 2, "successful": 1, "failed": 1, "failures": [
                    {"shard": 0, "reason": {"type": "x", "reason": "the shard is away"}}]});
                answer["hits"]["hits"].as_array_mut().unwrap().clear();
            }) as Change,
            "some shards did not answer: the shard is away",
        ),
        ("time is over", |answer| answer["timed_out"] = json!(true), "timed out"),
    ] {
        let node = pair.node.clone();
        let proxy = Proxy::start(move |asked| change(&node, asked, spoil));
        let url = proxy.url(&pair.name);
        for args in [
            &["query", "solar"][..],
            &["query", "*", "--sort", "newest", "--format", "json"],
            &["list"],
            &["facets", "--by", "month"],
            &["ingest", "news", "--quiet"],
        ] {
            let output = pair.bench.run(&[args, &["--index", &url]].concat());
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{case} {args:?}: {said}");
            assert!(said.contains(message), "{case} {args:?}: {said}");
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert!(stdout.is_empty(), "{case} {args:?}: {stdout}");
        }
    }
    pair.assert_same("left out");
}

#[test]
fn a_document_that_the_engine_refuses_is_named() {
    let Some(pair) = Pair::new() else { return };
    let node = pair.node.clone();
    // The engine has no date in one document, and refuses it.
    let proxy = Proxy::start(move |asked| {
        let mut passed = asked.clone();
        let lines = asked.body.split_inclusive(|byte| *byte == b'\n').map(|line| {
            let text = String::from_utf8_lossy(line);
            let is_it = text.contains("/news/7.md\"");
            if is_it { text.replace("\"line\":", "\"line\":\"x\",\"was\":") } else { text.into_owned() }
        });
        passed.body = lines.collect::<String>().into_bytes();
        node.pass(&passed)
    });
    let args = ["ingest", "news", "--format", "json", "--index", &proxy.url(&pair.name)];
    let output = pair.bench.run(&args);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("news/7.md") && report.contains("rejected"), "{report}");
    assert!(report.contains("failed to parse") || report.contains("strict"), "{report}");
    let output = pair.bench.run(&["ingest", "news", "--index", &proxy.url(&pair.name)]);
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.code() == Some(1) && said.contains("news/7.md"), "{said}");
    let mut keys = pair.bench.sorted_keys(&["*", "--index", &pair.index.0]);
    // Without the proxy the engine takes it, and it was the only one.
    pair.ingest_well(&pair.index.0, "direct");
    keys.push("9007007/en".into());
    keys.sort();
    assert_eq!(pair.bench.sorted_keys(&["*", "--index", &pair.index.0]), keys);
    pair.assert_same("refused");
}

#[test]
fn one_document_that_is_too_much_for_the_engine_holds_nothing_up() {
    let Some(pair) = Pair::new() else { return };
    pair.bench.article("large.md", 9_007_999, "03-07", &"first largest ".repeat(120_000));
    let node = pair.node.clone();
    // As an engine answers whose memory does not take the request.
    let proxy = Proxy::start(move |asked| {
        let is_large = asked.body.windows(15).any(|bytes| bytes == b"/news/large.md\"");
        if is_large && asked.is("/_bulk") {
            return Answer::error(429, "circuit_breaking_exception", "[parent] Data too large");
        }
        node.pass(asked)
    });
    let output = pair.bench.run(&["ingest", "news", "--format", "json", "--index", &proxy.url(&pair.name)]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["skipped_files"], 1, "{report}");
    assert!(report.to_string().contains("news/large.md"), "{report}");
    fs::remove_file(pair.bench.news().join("large.md")).unwrap();
    pair.assert_same("all others");
}

#[test]
fn a_page_whose_new_version_is_refused_stays() {
    let Some(pair) = Pair::new() else { return };
    pair.ingest_well(&pair.index.0, "direct");
    let before = pair.bench.sorted_keys(&["*", "--index", &pair.index.0]);
    // Other articles in the files: their pages may be on other shards.
    for number in 0..8 {
        pair.bench.article(&format!("{number}.md"), 9_008_000 + number, "03-09", "second coal");
    }
    let node = pair.node.clone();
    let proxy = Proxy::start(move |asked| node.pass(&with_refused_pages(asked)));
    assert_eq!(pair.ingest(&proxy.url(&pair.name)).status.code(), Some(1));
    assert_eq!(pair.bench.sorted_keys(&["*", "--index", &pair.index.0]), before);
    pair.ingest_well(&pair.index.0, "direct");
    pair.assert_same("taken");
}

#[test]
fn the_settings_are_restored_at_the_second_try() {
    let Some(pair) = Pair::new() else { return };
    let (node, turns) = (pair.node.clone(), Turns::default());
    let proxy = Proxy::start(move |asked| {
        // The first sets them for the load.
        if asked.method == "PUT" && asked.is("/_settings") && turns.next(asked) == 1 {
            return Answer::error(500, "process_cluster_event_timeout_exception", "failed to process");
        }
        node.pass(asked)
    });
    assert_eq!(pair.ingest(&proxy.url(&pair.name)).status.code(), Some(2));
    let settings = pair.send("GET", &format!("/{}/_settings?flat_settings=true", pair.name), &json!({}));
    let settings = &settings.as_object().unwrap().values().next().unwrap()["settings"];
    assert!(
        settings["index.refresh_interval"].is_null() && settings["index.gc_deletes"].is_null(),
        "{settings}"
    );
    pair.ingest_well(&pair.index.0, "direct");
    pair.assert_same("restored");
}

#[test]
fn a_writer_leaves_alone_what_was_built_anew_with_other_fields() {
    let Some(pair) = Pair::new() else { return };
    pair.ingest_well(&pair.index.0, "direct");
    let opened = Location::parse(pair.index.0.as_ref()).unwrap().open().unwrap();
    pair.bench.write("../schema.yaml", "version: 1\nfields:\n  desk: {kind: keyword, from: [desk]}\n");
    let schema = pair.bench.path().join("schema.yaml");
    let with = ["--schema", schema.to_str().unwrap(), "--index", &pair.index.0];
    pair.bench.ok(&[&["ingest", "--quiet", "--reindex", "news"], &with[..]].concat());
    let refused = opened.writer(WriterOptions { threads: 1, memory: 0 });
    assert!(matches!(refused.err(), Some(IndexError::Replaced(_))));
    // It has given the lease up.
    pair.bench.ok(&["ingest", "--quiet", "news", "--lock-wait", "0s", "--index", &pair.index.0]);
}

#[test]
fn all_refused_documents_are_counted() {
    let Some(pair) = Pair::new() else { return };
    let node = pair.node.clone();
    let proxy = Proxy::start(move |asked| node.pass(&with_refused_pages(asked)));
    pair.bench.write("wire.csv", &rows(0..1_040, "first"));
    let output = pair.bench.run(&["ingest", "news", "--format", "json", "--index", &proxy.url(&pair.name)]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // With the 60 files.
    assert_eq!((report["skipped_files"].as_u64(), report["indexed"].as_u64()), (Some(1_100), Some(0)));
}

#[test]
fn an_index_that_is_closed_to_writes_is_told_at_once() {
    let Some(pair) = Pair::new() else { return };
    pair.ingest_well(&pair.index.0, "direct");
    pair.change();
    let path = format!("/{}/_settings", pair.name);
    for block in ["read_only_allow_delete", "write", "read_only"] {
        let set = |closed: Value| pair.send("PUT", &path, &json!({format!("index.blocks.{block}"): closed}));
        // Before an ingest, and in the middle of one.
        let is_set = Arc::new(AtomicBool::new(false));
        for begins_later in [false, true] {
            let (node, set_at, settings) = (pair.node.clone(), Arc::clone(&is_set), path.clone());
            let body = json!({format!("index.blocks.{block}"): true}).to_string().into_bytes();
            let proxy = Proxy::start(move |asked| {
                if asked.is("/_bulk") && !set_at.swap(true, Ordering::Relaxed) {
                    node.pass(&asked.instead("PUT", &settings, body.clone()));
                }
                node.pass(asked)
            });
            if !begins_later {
                set(json!(true));
            }
            let started = Instant::now();
            let output = pair.ingest(&proxy.url(&pair.name));
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{block}: {said}");
            assert!(said.contains("blocked by") && said.contains(&proxy.url(&pair.name)), "{block}: {said}");
            assert!(started.elapsed() < Duration::from_secs(40), "{block}: {:?}", started.elapsed());
            set(Value::Null);
        }
    }
    pair.ingest_well(&pair.index.0, "opened again");
    pair.assert_same("opened again");
    // The settings of the load do not stay.
    let settings = pair.send("GET", &path, &Value::Null).to_string();
    assert!(!settings.contains("refresh_interval") && !settings.contains("gc_deletes"), "{settings}");
}

#[test]
fn killed_at_any_instant_and_run_again_it_converges() {
    let kills = std::env::var("NEWSDEX_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(3);
    let Some(pair) = Pair::new() else { return };
    let started = Instant::now();
    pair.ingest_well(&pair.index.0, "direct");
    let whole = started.elapsed();
    pair.assert_same("direct");
    let args = ["ingest", "news", "--quiet", "--index", &pair.index.0];
    // The golden ratio spreads the instants evenly.
    for kill in 0..kills {
        for number in 0..60 {
            pair.bench.article(
                &format!("{number}.md"),
                9_007_000 + number,
                "03-07",
                &format!("again {kill}"),
            );
        }
        pair.bench.write("wire.csv", &rows(kill..kill + 40, "again"));
        let mut child = pair.bench.command(&args).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(whole.mul_f64(f64::from(kill + 1) * 0.618 % 1.0));
        child.kill().unwrap();
        child.wait().unwrap();
        if kill % 2 == 0 {
            pair.change();
        }
        pair.ingest_well(&pair.index.0, &format!("after kill {kill}"));
        pair.assert_same(&format!("kill {kill}"));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_over_a_slow_node_ends_soon() {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };
    let Some(pair) = Pair::new() else { return };
    let bulks = Arc::new(AtomicUsize::new(0));
    let proxy = {
        let (node, bulks) = (pair.node.clone(), Arc::clone(&bulks));
        Proxy::start(move |asked| {
            if asked.is("/_bulk") {
                bulks.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_secs(1));
            }
            node.pass(asked)
        })
    };
    let args = ["ingest", "news", "--index", &proxy.url(&pair.name)];
    let mut child = pair.bench.command(&args).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    while bulks.load(Ordering::Relaxed) == 0 && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(1));
    }
    let interrupted = Instant::now();
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let code = child.wait().unwrap().code();
    assert!(matches!(code, Some(0 | 130)), "{code:?}");
    assert!(interrupted.elapsed() < Duration::from_secs(30), "{:?}", interrupted.elapsed());
    pair.ingest_well(&pair.index.0, "after an interrupt");
    pair.assert_same("after an interrupt");
}

#[test]
fn a_request_of_the_server_ends_in_time_over_a_slow_node() {
    let Some(pair) = Pair::new() else { return };
    pair.ingest_well(&pair.index.0, "direct");
    let slow = Arc::new(AtomicBool::new(false));
    let proxy = {
        let (node, slow) = (pair.node.clone(), Arc::clone(&slow));
        Proxy::start(move |asked| {
            if asked.is("/_search") && slow.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_secs(30));
            }
            node.pass(asked)
        })
    };
    let server = Server::start(&pair.bench, &["--index", &proxy.url(&pair.name)]);
    let total = server.json("/api/search?q=solar")["total"].clone();
    slow.store(true, Ordering::Relaxed);
    let started = Instant::now();
    let response = server.get("/api/search?q=glass");
    assert!(matches!(response.status, 503 | 504), "{} {}", response.status, response.body);
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    slow.store(false, Ordering::Relaxed);
    assert_eq!(server.json("/api/search?q=solar&limit=7")["total"], total);
}

/// Waits as long as an ingest does before it gives up.
#[test]
#[ignore = "it takes six minutes"]
fn an_engine_that_takes_nothing_is_given_up() {
    let Some(pair) = Pair::new() else { return };
    let node = pair.node.clone();
    let proxy = Proxy::start(move |asked| {
        let full = || Answer::error(429, "rejected_execution_exception", "queue is full");
        if asked.is("/_bulk") { full() } else { node.pass(asked) }
    });
    let started = Instant::now();
    let output = pair.ingest(&proxy.url(&pair.name));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no more requests") && said.contains(&proxy.url(&pair.name)), "{said}");
    assert!(started.elapsed() < Duration::from_secs(400), "{:?}", started.elapsed());
    pair.ingest_well(&pair.index.0, "after it was given up");
    pair.assert_same("after it was given up");
}
