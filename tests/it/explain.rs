//! `newsdex ingest --dry-run --explain`: what of an article was taken from where.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use std::fs;

/// The lines below a place, with single spaces.
fn block(shown: &str, place: &str) -> Vec<String> {
    let lines = shown.lines().skip_while(|line| !line.ends_with(place)).skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn explained(bench: &Workbench) -> String {
    bench.ok(&["ingest", "news", "--dry-run", "--explain"])
}

#[test]
fn the_keys_of_the_first_three_records_are_shown() {
    let bench = Workbench::new();
    let first = r#"{"id": 7, "Headline": "Fees\u001b[31m fall", "datetime": 1741305600, "x": "y", "z": "", "tickers": ["AAPL.US"]}"#;
    let second = r#"{"title": "Tin", "date": "soon", "link": "https://news.example/en/news/230905679"}"#;
    let third = r#"{"colour": "red"}"#;
    bench.write("a.jsonl", &[first, second, third, r#"{"title": "fourth"}"#].join("\n"));
    let shown = explained(&bench);
    // 1741305600 is 20154 days and no seconds after the beginning of 1970.
    let expected = [
        "title ← Headline Fees[31m fall",
        "id ← id a.jsonl#7",
        "published ← datetime 2025-03-07T00:00:00Z",
        "symbol ← tickers AAPL.US",
        "free keys x",
        "not found description, body, locale, kind, url",
    ];
    assert_eq!(block(&shown, "a.jsonl:1"), expected, "{shown}");
    let expected = [
        "title ← title Tin",
        "id ← URL 230905679",
        "locale ← URL en",
        "url ← link https://news.example/en/news/230905679",
        "published ← date not used: soon",
        "not found description, body, kind, symbol",
    ];
    assert_eq!(block(&shown, "a.jsonl:2"), expected, "{shown}");
    let third = block(&shown, "a.jsonl:3");
    assert!(third.len() == 1 && third[0].starts_with("no article: ") && third[0].ends_with("colour"));
    assert!(!shown.contains("a.jsonl:4") && !shown.contains('\u{1b}'), "{shown}");
    assert!(!bench.index().exists());
}

#[test]
fn a_long_value_is_cut_to_its_line() {
    let bench = Workbench::new();
    bench.write("a.md", &format!("---\ntitle: {}\n---\nOne\ntwo {}\n", "铜".repeat(90), "three ".repeat(90)));
    let shown = explained(&bench);
    let of_page: Vec<&str> = shown.lines().take_while(|line| !line.is_empty()).collect();
    assert!(of_page[1].ends_with("铜…") && of_page[2].contains("  One two three"), "{shown}");
    assert!(of_page.iter().all(|line| line.chars().count() <= 100), "{shown}");
}

#[test]
fn a_page_says_what_stands_in_for_its_keys() {
    let bench = Workbench::new();
    bench.write("heading.md", "# Copper rises\n\nIts text.\n");
    bench.write("name.txt", "Only text.\n");
    bench.write("p.html", "<html lang=en><title>Lead</title><p>Lead fell today.</p></html>");
    let shown = explained(&bench);
    let heading = block(&shown, "heading.md");
    assert_eq!(
        heading[..3],
        ["title ← first heading Copper rises", "body ← text Its text.", "id ← file name heading",]
    );
    assert_eq!(block(&shown, "name.txt")[0], "title ← file name name");
    assert_eq!(block(&shown, "p.html")[0], "title ← page Lead");
}

#[test]
fn a_file_without_articles_says_why_with_its_keys() {
    let bench = Workbench::new();
    bench.write("a.csv", "colour,size\nred,7\n");
    bench.write("b.jsonl", "");
    fs::write(bench.news().join("c.md"), [0, 1, 2, 0]).unwrap();
    let shown = explained(&bench);
    assert_eq!(
        block(&shown, "a.csv"),
        ["no article: none of its columns is a title or a text: colour, size"]
    );
    assert_eq!(block(&shown, "b.jsonl"), ["no article: no records"]);
    assert_eq!(block(&shown, "c.md"), ["no article: not a text file"]);
}

#[test]
fn only_the_text_of_a_dry_run_explains() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "solar");
    bench.fails(&["ingest", "news", "--explain"], 2);
    bench.fails(&["ingest", "news", "--explain", "--dry-run", "--format", "json"], 2);
}
