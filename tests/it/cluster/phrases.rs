//! Phrases that leave out positions, as those of a date or of a run that goes on do.

use super::TestIndex;
use crate::workbench::Workbench;
use newsdex::{
    index::{Fetch, Location},
    query::{Query, Slot, TermSet, Words},
};
use std::fs;

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
