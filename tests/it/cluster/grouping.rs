//! Stories, and orders by free keys, of a real cluster are those of the embedded index.

use super::TestIndex;
use crate::workbench::Workbench;

/// Near-copies in two locales, some without a date, with keys of all kinds: numbers, dates, texts, several, none.
fn articles(bench: &Workbench) {
    let text = |seed: usize| -> String {
        let word = |n| format!("word{}", (n * n * 7 + n * seed * 13 + seed * seed) % 997);
        (0..80).map(word).collect::<Vec<_>>().join(" ")
    };
    let scores =
        ["3", "10", "-2.5", "2024-02-01", "2024-01-05T10:00:00Z", "high", "low", "[7, low]", "", "10"];
    for n in 0..60_usize {
        let day = match n % 11 {
            0 => String::new(),
            of => format!("date: 2025-{:02}-{:02}\n", 1 + of / 2, 1 + n % 28),
        };
        let score = match scores[n % scores.len()] {
            "" => String::new(),
            score => format!("score: {score}\n"),
        };
        let rare = if n == 5 { "rare: yes indeed\n" } else { "" };
        for locale in if n % 3 == 0 { &["en", "zh-CN"][..] } else { &["en"] } {
            bench.write(
                &format!("{n}-{locale}.md"),
                &format!(
                    "---\ntitle: T{n}\nid: a{n:02}\nlocale: {locale}\n{day}{score}{rare}---\n\nglass {}\n",
                    text(n % 9)
                ),
            );
        }
    }
}

#[test]
fn stories_and_orders_are_those_of_the_embedded_index() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    articles(&bench);
    bench.ingest();
    let news = bench.news();
    bench.ok(&["ingest", "--quiet", news.to_str().unwrap(), "--index", &index.0]);
    let told = |args: &[&str]| {
        let mut answer = bench.json(args);
        for volatile in ["took_ms", "generation", "index", "next"] {
            answer.as_object_mut().unwrap().remove(volatile);
        }
        for hit in answer["hits"].as_array_mut().unwrap() {
            hit.as_object_mut().unwrap().remove("score");
        }
        answer
    };
    let mut stories = 0;
    for query in ["glass", "word7", "locale:en", "*"] {
        for sort in ["newest", "oldest", "score:asc", "score:desc", "rare:desc"] {
            for more in [
                &["--stories"][..],
                &["--stories", "--offset", "2", "-n", "3"],
                &[],
                &["--offset", "7", "-n", "20"],
                &["--each-locale"],
                &["--each-locale", "--offset", "50"],
            ] {
                let here = [&["query", "--format", "json", "--sort", sort, query][..], more].concat();
                let there = [&here[..], &["--index", &index.0]].concat();
                let answer = told(&here);
                assert_eq!(told(&there), answer, "{query} {sort} {more:?}");
                stories +=
                    answer["hits"].as_array().unwrap().iter().filter(|hit| !hit["copies"].is_null()).count();
            }
        }
        let facets = ["facets", "--by", "month", "--format", "json", query];
        let there = [&facets[..], &["--index", &index.0]].concat();
        assert_eq!(bench.json(&there)["facets"], bench.json(&facets)["facets"], "{query}");
    }
    assert!(stories > 20, "there are copies: {stories}");
}

/// A zone that the system gives by rules has no name that the engine knows, and two offsets.
#[test]
fn a_zone_without_a_name_is_refused_if_its_offset_changes() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    articles(&bench);
    let news = bench.news();
    bench.ok(&["ingest", "--quiet", news.to_str().unwrap(), "--index", &index.0]);
    let facets = |zone: &str| {
        let args = ["facets", "--by", "month", "glass", "--index", &index.0];
        bench.command(&args).env("TZ", zone).output().unwrap()
    };
    let refused = facets("EST5EDT,M3.2.0,M11.1.0");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("time zone without a name"), "{said}");
    for zone in ["America/New_York", "XYZ-8"] {
        let told = facets(zone);
        assert!(told.status.success(), "{zone}: {}", String::from_utf8_lossy(&told.stderr));
    }
}

#[test]
fn pages_without_a_date_come_last_whatever_their_shard() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    for n in 0..9 {
        let date = if n < 2 { "date: 1969-12-31\n" } else { "" };
        bench.write(&format!("{n}.md"), &format!("---\ntitle: T{n}\nid: a{n}\n{date}---\n\nglass\n"));
    }
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    for sort in ["newest", "oldest"] {
        // Which shard answers first differs from time to time.
        for (_, n) in (0..5).flat_map(|again| (2..9).map(move |n| (again, n))) {
            let (offset, with) = (n.to_string(), ["--limit", "1", "--format", "paths", "--index", &index.0]);
            let found =
                bench.ok(&[&["query", "glass", "--sort", sort, "--offset", &offset], &with[..]].concat());
            assert!(found.contains(&format!("/{n}.md:")), "{sort} {n}: {found}");
        }
    }
}
