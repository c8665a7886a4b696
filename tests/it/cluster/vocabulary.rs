//! The words of an index are documents of their own, from which patterns are expanded.

use super::{TestIndex, curl, proxy::Proxy};
use crate::workbench::Workbench;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

/// A word of its own for each number up to 17,575: `qabcq`.
fn word(number: u64) -> String {
    let letter = |n: u64| char::from(b"abcdefghijklmnopqrstuvwxyz"[usize::try_from(n % 26).unwrap()]);
    format!("q{}{}{}q", letter(number / 676), letter(number / 26), letter(number))
}

/// 30 words of a number, and ten of the next.
fn text(number: u64) -> String {
    (0..40).map(|n| word(number * 30 + n)).collect::<Vec<_>>().join(" ")
}

fn archive(numbers: std::ops::Range<u64>) -> Workbench {
    let bench = Workbench::new();
    for number in numbers {
        bench.article(&format!("{number}.md"), 9_000_000 + number, "03-07", &text(number));
    }
    bench
}

/// The words of the vocabulary with the numbers of their documents.
fn vocabulary(index: &TestIndex) -> Vec<(String, u64)> {
    let body = json!({"size": 0, "aggs": {"words": {"terms": {"field": "vocabulary", "size": 20_000}}}});
    let answer = curl(&[&format!("{}/_search", index.0), "-d", &body.to_string()]);
    let buckets = answer["aggregations"]["words"]["buckets"].as_array().unwrap().iter();
    buckets
        .map(|bucket| (bucket["key"].as_str().unwrap().to_owned(), bucket["doc_count"].as_u64().unwrap()))
        .collect()
}

#[test]
fn no_page_is_sent_before_its_words_are_there() {
    let Some(index) = TestIndex::new() else { return };
    let (node, name) = index.parts();
    let (known, early) = (Mutex::new(HashSet::new()), Arc::new(Mutex::new(Vec::new())));
    let found = Arc::clone(&early);
    let proxy = Proxy::start(move |asked| {
        let lines = String::from_utf8_lossy(&asked.body).into_owned();
        let documents: Vec<Value> = if asked.is("/_bulk") {
            lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
        } else {
            Vec::new()
        };
        for words in documents.iter().filter(|document| document["doc"] == "page") {
            let known = known.lock().unwrap();
            for text in words["w"].as_object().unwrap().values().filter_map(Value::as_str) {
                let words = text.split(' ').filter(|word| !word.is_empty() && !known.contains(*word));
                found.lock().unwrap().extend(words.map(str::to_owned));
            }
        }
        let answer = node.pass(asked);
        for document in documents.iter().filter(|document| document["doc"] == "vocabulary") {
            let words = document["vocabulary"].as_array().unwrap().iter();
            known.lock().unwrap().extend(words.map(|word| word.as_str().unwrap().to_owned()));
        }
        answer
    });
    let bench = archive(0..400);
    // Long enough for many requests.
    for number in 400..420 {
        bench.article(&format!("{number}.md"), 9_000_000 + number, "03-07", &text(number).repeat(2_000));
    }
    bench.ok(&["ingest", "--quiet", "news", "--index", &proxy.url(&name)]);
    assert_eq!(*early.lock().unwrap(), Vec::<String>::new());
    let words: HashSet<String> = vocabulary(&index).into_iter().map(|(word, _)| word).collect();
    let ours = words.iter().filter(|word| word.len() == 5 && word.starts_with('q') && word.ends_with('q'));
    assert_eq!(ours.count(), 420 * 30 + 10);
}

#[test]
fn a_word_is_sent_once_and_expands_what_came_later() {
    let Some(index) = TestIndex::new() else { return };
    let count = |bench: &Workbench, query: &str| -> u64 {
        let output = bench.run(&["query", query, "--count", "--index", &index.0]);
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    };
    let bench = archive(0..20);
    let ingest = ["ingest", "--quiet", "--threads", "1", "news", "--index", &index.0];
    bench.ok(&ingest);
    assert_eq!(count(&bench, "perovskit* near/1 glass"), 0);
    bench.article("1.md", 9_000_001, "03-07", &format!("{} perovskites glass", text(1)));
    bench.article("20.md", 9_000_020, "03-07", &text(20));
    bench.ok(&ingest);
    // A prefix beside another word is expanded.
    assert_eq!(count(&bench, "perovskit* near/1 glass"), 1);
    assert_eq!(count(&bench, &format!("{} near/1 {}*", word(610), &word(611)[..4])), 1);
    let twice: Vec<_> = vocabulary(&index).into_iter().filter(|(_, documents)| *documents > 1).collect();
    assert_eq!(twice, []);
    // What is gone is found no more, though its words stay.
    bench.article("1.md", 9_000_001, "03-07", &text(1));
    bench.ok(&ingest);
    assert_eq!(count(&bench, "perovskit* near/1 glass"), 0);
    assert_eq!(count(&bench, "perovskit*"), 0);
}
