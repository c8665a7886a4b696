//! An index of a real cluster answers as the others do. `NEWSDEX_TEST_CLUSTER` is the URL of a node, which `tests/run` starts;
//! without it these tests say that they were skipped.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod faults;
mod generations;
mod grouping;
mod phrases;
mod proxy;
mod serving;
mod snapshots;
mod vocabulary;

use crate::workbench::{Workbench, corpus};
use proxy::Node;
use std::{
    env,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// An index of its own in the cluster, which goes with this value.
pub(crate) struct TestIndex(pub String);

impl TestIndex {
    /// A new name of an index; `None` without a cluster.
    #[expect(clippy::print_stderr, reason = "a test says that it was skipped")]
    pub(crate) fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(node) = env::var("NEWSDEX_TEST_CLUSTER") else {
            eprintln!("skipped: NEWSDEX_TEST_CLUSTER names no cluster");
            return None;
        };
        // One shard would hide what several do otherwise.
        let node = node.trim_end_matches('/');
        let template = r#"{"index_patterns":["test-*"],"template":{"settings":{"number_of_shards":3,"number_of_replicas":0}}}"#;
        let url = format!("{node}/_index_template/newsdex-test");
        let put = ["-sf", "-XPUT", &url, "-H", "content-type: application/json", "-d", template];
        assert!(Command::new("curl").args(put).output().unwrap().status.success(), "the template is taken");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Some(Self(format!("{}/test-{}-{number}", node, std::process::id())))
    }

    /// The node of the index, for a proxy before it, and its name.
    fn parts(&self) -> (Node, String) {
        let (node, name) = self.0.trim_start_matches("http://").split_once('/').unwrap();
        (Node(node.to_owned()), name.to_owned())
    }
}

impl Drop for TestIndex {
    fn drop(&mut self) {
        // All generations, and an index of exactly this name.
        curl(&["-XDELETE", &format!("{}-*", self.0)]);
        curl(&["-XDELETE", &self.0]);
    }
}

/// What a node answers to a request of `curl`.
pub(crate) fn curl(args: &[&str]) -> serde_json::Value {
    let json = ["-s", "-H", "Content-Type: application/json"];
    let output = Command::new("curl").args(json).args(args).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// What an answer says but for scores, times and the order of equals.
fn told(bench: &Workbench, args: &[&str]) -> String {
    let mut answer = bench.json(args);
    for volatile in ["took_ms", "generation", "index"] {
        answer.as_object_mut().unwrap().remove(volatile);
    }
    let mut keys: Vec<String> =
        answer["hits"].as_array().into_iter().flatten().map(|hit| hit["key"].to_string()).collect();
    keys.sort();
    let counts = ["total", "pages", "articles", "facets"].map(|name| format!("{name} {}", answer[name]));
    format!("{} {keys:?}", counts.join(" "))
}

#[test]
fn the_same_commands_give_the_same_answers() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::with_corpus();
    let corpus = corpus();
    bench.ok(&["ingest", "--quiet", corpus.to_str().unwrap(), "--index", &index.0]);
    let again = bench.ok(&["ingest", corpus.to_str().unwrap(), "--index", &index.0]);
    assert!(again.is_empty() || !again.contains("indexed 1"), "{again}");
    for query in [
        "perovskite",
        "solar glass",
        "\"solar glass\"",
        "solar glass~2",
        "photovoltaic OR 光伏",
        "钙钛矿",
        "钙钛矿 -组件",
        "A股",
        "title:apple",
        "pro*",
        "gl?ss",
        "/perov.*/",
        "/^perov.*$/",
        r"/\Aperov.*|sol.*(?-u:\b)/",
        r"solar -/^gl.*s(?-u:\b)$/",
        "solra~1",
        "symbol:600586",
        "about:600586",
        "mentions:AAPL",
        "market:CN",
        "published:2025",
        "published:2025-03..2025-08",
        "locale:zh-CN",
        "has:symbol",
        "author:*",
        "nsymbols>1",
        "solar near/5 glass",
        "(solar OR apple) -vietnam",
        "what happened to solar glass makers",
        "*",
    ] {
        for more in [
            &["query", "--limit", "100"][..],
            &["query", "--limit", "3", "--sort", "newest"],
            &["facets", "--by", "ticker"],
            &["facets", "--by", "month"],
        ] {
            let here = [more, &["--format", "json", query]].concat();
            let there = [&here[..], &["--index", &index.0]].concat();
            assert_eq!(told(&bench, &there), told(&bench, &here), "{query} {more:?}");
        }
    }
}

#[test]
fn what_a_cluster_cannot_do_is_said() {
    let bench = Workbench::with_corpus();
    let ingest = |more: &[&str]| bench.fails(&[&["ingest", "news", "--index"], more].concat(), 2);
    // Nothing is sent before these are refused.
    for (args, told) in [
        (&["http://127.0.0.1:1/news", "--store", "none"][..], "--store none"),
        (&["http://me:secret@127.0.0.1:1/news"], "NEWSDEX_PASSWORD"),
        (&["http://127.0.0.1:1/"], "name"),
    ] {
        let said = ingest(args);
        assert!(said.contains(told) && !said.contains("secret"), "{args:?}: {said}");
    }
    for command in ["check", "repair"] {
        let said = bench.fails(&[command, "--index", "http://127.0.0.1:1/news"], 2);
        assert!(said.contains("not supported"), "{command}: {said}");
    }
}
