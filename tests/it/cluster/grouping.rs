//! Stories, orders by free keys, and facets by article of a real cluster are those of the embedded index.

use super::{
    TestIndex,
    proxy::{Answer, Node, Proxy},
};
use crate::{serve::Server, workbench::Workbench};

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

/// Articles in one, two or three locales, whose pages have several values, partly the same: symbols, kinds, moments that are days
/// in one locale and instants in another, keys under two spellings.
fn many_locales(bench: &Workbench, articles: usize) {
    let mut records = String::new();
    for n in 0..articles {
        for (at, locale) in ["en", "zh-CN", "zh-TW"].into_iter().enumerate().take(1 + n % 3) {
            let ticker = |number: usize| match number % 4 {
                0 => format!("{:06}.SZ", 1 + number % 37),
                1 => format!("{:04}.HK", 1 + number % 29),
                _ => format!("{}.SH", 600_000 + number % 41),
            };
            // The second has one symbol of its own, the third another, and each shares others.
            let symbols = [ticker(n), ticker(n * 7 + 1), ticker(n + at % 2), ticker(n * 3 + at)];
            let day = format!("20{:02}-{:02}-{:02}", 15 + n % 9, 1 + n % 12, 1 + n * 5 % 28);
            let date = match (n / 3 + at) % 4 {
                0 => day,
                1 => format!("{day}T23:30:00Z"),
                2 => format!("{day}T02:00:00+08:00"),
                _ if n % 2 == 0 => String::new(),
                _ => format!("{day}T12:00:00-05:00"),
            };
            let kind = ["news", "report"][(n + at) % 4 / 2];
            let key = ["byline", "author"][at % 2];
            let record = serde_json::json!({
                "id": format!("a{n}"), "locale": locale, "title": format!("T{n}"), "date": date, "type": kind,
                "symbols": symbols, key: format!("writer {}", n % 11 + at / 2), "desk": format!("desk {}", n % 5 + at),
                "body": format!("glass word{}", (n + at) % 3),
            });
            records.push_str(&(record.to_string() + "\n"));
        }
    }
    bench.write("all.jsonl", &records);
}

/// So many pages that they are read in several ranges.
#[test]
fn facets_by_article_are_those_of_the_embedded_index() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    many_locales(&bench, 3_600);
    bench.ingest();
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let told = |args: &[&str], zone: &str| -> serde_json::Value {
        let output = bench.command(args).env("TZ", zone).output().unwrap();
        let is_answer = output.status.code().is_some_and(|code| code < 2);
        assert!(is_answer, "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let fields = ["ticker", "market", "venue", "locale", "kind", "author", "desk"].map(|by| (by, "UTC"));
    let zones = ["UTC", "Asia/Shanghai", "America/New_York", "XYZ-8", "EST5EDT,M3.2.0,M11.1.0"];
    let calendar = zones.iter().flat_map(|zone| ["year", "month", "day"].map(|by| (by, *zone)));
    for (by, zone) in fields.into_iter().chain(calendar) {
        for query in ["glass", "word1", "ticker:600001.SH", "locale:zh-CN", "glass -locale:en", "nothing"] {
            for more in [&[][..], &["--each-locale"]] {
                let here = [&["facets", "--by", by, "--limit", "1000", "--format", "json", query][..], more]
                    .concat();
                let there = [&here[..], &["--index", &index.0]].concat();
                let (here, there) = (told(&here, zone), told(&there, zone));
                assert_eq!(there["facets"], here["facets"], "{by} {zone} {query} {more:?}");
                assert_eq!(there["total"], here["total"], "{by} {zone} {query} {more:?}");
            }
        }
    }
}

#[test]
fn a_page_shows_its_hits_without_counts_that_are_too_much() {
    let Some(index) = TestIndex::new() else { return };
    let bench = Workbench::new();
    many_locales(&bench, 30);
    bench.ok(&["ingest", "--quiet", "news", "--index", &index.0]);
    let (node, name) = index.0.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let node = Node(node.to_owned());
    // Where the pages that have a value are counted, the engine tells more than are read.
    let proxy = Proxy::start(move |asked| {
        let body = String::from_utf8_lossy(&asked.body);
        if asked.is("/_search") && body.contains("exists") && body.contains("\"track_total_hits\":true") {
            return Answer::json(200, r#"{"_shards":{"failed":0},"hits":{"total":{"value":2000000}}}"#);
        }
        node.pass(asked)
    });
    let server = Server::start(&bench, &["--index", &proxy.url(name)]);
    for path in ["/", "/search?q=glass", "/search?q=glass&market=HK"] {
        let page = server.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert!(page.body.contains("too many for the values of their articles"), "{path}: {}", page.body);
        assert!(page.body.contains("<ol class=\"hits\""), "{path}: {}", page.body);
    }
    // Whoever asks for the counts is told what to do.
    let refused = server.get("/api/facets?q=glass&by=market");
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.body.contains("count each locale"), "{}", refused.body);
    assert_eq!(server.get("/api/facets?q=glass&by=market&each_locale=true").status, 200);
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
