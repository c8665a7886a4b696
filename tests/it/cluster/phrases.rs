//! Phrases that leave out positions, as those of a date or of a run that goes on do.

use super::TestIndex;
use crate::workbench::Workbench;
use newsdex::{
    index::{Fetch, Location},
    query::{Query, Slot, TermSet, Words},
};
use std::{fs, iter};

const TITLES: [&str; 8] = [
    "alpha beta",
    "alpha x beta",
    "alpha x y beta",
    "alpha x y z beta",
    "beta alpha",
    "alpha x beta gamma",
    "alpha beta x gamma",
    "alpha x betamax",
];

/// A word at an offset in a unit.
fn slot((unit, offset, word): (usize, u32, &str)) -> Slot {
    let terms = match word.strip_suffix('*') {
        Some(prefix) => TermSet::Any(vec![TermSet::Exact("beta".into()), TermSet::Prefix(prefix.into())]),
        None => TermSet::Exact(word.into()),
    };
    Slot { offset, unit, terms }
}

#[test]
fn what_a_phrase_leaves_out_may_be_any_word() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    let lines: Vec<String> = (1..)
        .zip(TITLES)
        .map(|(id, title)| serde_json::json!({"id": id.to_string(), "title": title}).to_string())
        .collect();
    fs::write(bench.path().join("titles.jsonl"), lines.join("\n")).unwrap();
    bench.ok(&["ingest", "--quiet", "titles.jsonl", "--index", &index.0]);
    let snapshot = Location::parse(index.0.as_ref()).unwrap().open().unwrap().snapshot().unwrap();
    let exact = |offsets: &[(u32, &'static str)]| -> Vec<(usize, u32, &'static str)> {
        offsets.iter().map(|(offset, word)| (0, *offset, *word)).collect()
    };
    let apart = |offsets: &[(u32, &'static str)]| -> Vec<(usize, u32, &'static str)> {
        (0..).zip(offsets).map(|(unit, (offset, word))| (unit, *offset, *word)).collect()
    };
    for (slots, slop, expected) in [
        (exact(&[(0, "alpha"), (2, "beta")]), 0, &[2, 6][..]),
        (exact(&[(0, "alpha"), (2, "betam*")]), 0, &[2, 6, 8]),
        (exact(&[(0, "alpha"), (2, "beta"), (3, "gamma")]), 0, &[6]),
        (exact(&[(0, "alpha"), (1, "beta"), (3, "gamma")]), 0, &[7]),
        (apart(&[(0, "alpha"), (2, "beta")]), 1, &[1, 2, 3, 6, 7]),
        (apart(&[(0, "alpha"), (2, "betam*")]), 1, &[1, 2, 3, 6, 7, 8]),
        (apart(&[(0, "alpha"), (2, "beta")]), 3, &[1, 2, 3, 4, 5, 6, 7]),
        // A unit with a gap beside a word, which may stand in the gap.
        (vec![(0, 0, "alpha"), (0, 2, "beta"), (1, 0, "x")], 1, &[2, 6]),
        (vec![(0, 0, "alpha"), (0, 2, "beta"), (1, 0, "gamma")], 3, &[6]),
        (vec![(0, 0, "alpha"), (0, 2, "beta"), (1, 0, "gamma")], 2, &[]),
    ] {
        let words = Words {
            field: None,
            slots: slots.iter().copied().map(slot).collect(),
            slop,
            span: 0..0,
            plain: false,
        };
        let mut found = Vec::new();
        for batch in snapshot.scan(&Query::Words(words), Fetch::Full).unwrap() {
            for article in batch.unwrap() {
                found.push(1 + TITLES.iter().position(|title| *title == article.title).unwrap());
            }
        }
        found.sort_unstable();
        assert_eq!(found, expected, "{slots:?} within {slop}");
    }
}

/// Titles of a few words, some of which are synonyms or begin alike.
fn titles() -> Vec<String> {
    const WORDS: [&str; 10] =
        ["solar", "光伏", "glass", "glasses", "玻璃", "bank", "rates", "rate", "cut", "co2"];
    // The constants of Knuth's MMIX.
    let next = |seed: &u64| {
        Some(seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    let mut numbers = iter::successors(Some(1), next).map(|seed| (seed >> 33) as usize);
    let mut title = |length| {
        let words = numbers.by_ref().take(length).map(|number| WORDS[number % WORDS.len()]);
        words.collect::<Vec<_>>().join(" ")
    };
    (0..240).map(|number| title(1 + number % 12)).collect()
}

#[test]
fn phrases_and_near_find_what_they_find_in_a_folder() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    let lines: Vec<String> = (1..)
        .zip(titles())
        .map(|(id, title)| serde_json::json!({"id": id.to_string(), "title": title}).to_string())
        .collect();
    fs::write(bench.path().join("titles.jsonl"), lines.join("\n")).unwrap();
    for to in [&*index.0, "folder"] {
        bench.ok(&["ingest", "--quiet", "titles.jsonl", "--index", to]);
    }
    for query in [
        "solar near/5 solar",
        "sol* near/3 solar",
        "gla* near/4 glass near/4 glasses",
        "solar near/5 光伏",
        "solar near/6 光伏 near/6 玻璃 near/6 glass",
        "(光伏 near/1 solar) glasses 光伏",
        "rates near/2 glass near/2 bank",
        "光* near/3 光伏",
        "(光* OR bank) near/3 (光伏 OR glass)",
        "\"solar glass\" near/9 glass",
        "\"光伏 bank\" near/4 rates",
        "\"光伏 bank\" near/9 光伏",
        "\"bank glass 光伏 玻璃\"~3",
        "\"rates cut 光伏 co2\"~4",
        "\"光伏 solar 光伏 glass\"~6",
        "\"glass 玻璃 bank rates cut\"~9",
        "\"solar solar glass\"~3",
    ] {
        let [found, expected] =
            [&*index.0, "folder"].map(|index| bench.sorted_keys(&[query, "--index", index]));
        assert!(!expected.is_empty() && expected.len() < titles().len(), "{query} tells titles apart");
        assert_eq!(found, expected, "{query}");
    }
    // None of these titles is there; what is too much says what helps.
    for query in ["\"rates cut 伏光 co2\"~4", "solar near/1 glass near/1 bank"] {
        assert_eq!(bench.sorted_keys(&[query, "--index", &index.0]), [""; 0], "{query}");
    }
    let long = format!("\"{}\"~40", "solar 光伏 glass 玻璃 bank rates ".repeat(3));
    let told = bench.fails(&["query", &long, "--index", &index.0], 2);
    assert!(told.contains("use fewer words"), "{told}");
}

/// A pattern ranks as the word that it expands to, and what is loose as a term as rare as its rarest word: as in a folder.
#[test]
fn patterns_and_loose_phrases_score_as_in_a_folder() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    for (id, number) in (9_000_000..).zip(0..40_usize) {
        // Of equal length, with few that have the rarer words, in different numbers.
        let rare = ["perovskite", "glass", "glasses", "钙钛"][number % 4];
        let times = if number < 12 { number / 4 + 1 } else { 0 };
        let words = [vec![rare; times], vec!["solar"; 3], vec!["market"; 20 - times]].concat();
        bench.article(&format!("{number}.md"), id, "03-07", &words.join(" "));
    }
    bench.ok(&["ingest", "--quiet", "news"]);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    // Spans count a match for less, the further its words are apart: of these, the best hit is compared.
    for (query, least, compared) in [
        ("perovsk*", 0.75, 5),
        ("/perov.*/", 0.75, 5),
        ("perovskyte~1", 0.75, 5),
        ("钙", 0.75, 5),
        ("glass near/3 solar", 0.5, 1),
        ("\"glass solar\"~2", 0.5, 1),
    ] {
        let scores = |more: &[&str]| -> Vec<(String, f64)> {
            let args = ["query", query, "--no-synonyms", "--limit", "5", "--format", "json"];
            let answer = bench.json(&[&args, more].concat());
            let hits = answer["hits"].as_array().unwrap().iter();
            hits.map(|hit| (hit["key"].to_string(), hit["score"].as_f64().unwrap())).collect()
        };
        let (here, there) = (scores(&[]), scores(&["--index", &index.0]));
        assert!(!here.is_empty(), "{query}");
        for (key, score) in here.iter().take(compared) {
            let (_, found) = there.iter().find(|(other, _)| other == key).unwrap();
            assert!((least..1.25).contains(&(found / score)), "{query}: {here:?} {there:?}");
        }
    }
}
