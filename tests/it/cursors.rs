//! Pages by cursor: each hit once, also if the index changes between two pages.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::{
    serve::{Server, until},
    workbench::Workbench,
};
use serde_json::Value;

/// Writes a page of an article. `at` is a day of March 2025 with or without a time.
fn page(bench: &Workbench, id: &str, locale: &str, at: &str, title: &str) {
    let head = format!("id: {id}\nlocale: {locale}\ndatetime: 2025-03-{at}");
    bench.write(&name(id, locale), &format!("---\ntitle: {title}\n{head}\n---\nCopper of {title}.\n"));
}

fn name(id: &str, locale: &str) -> String {
    format!("{id}-{locale}.md")
}

fn remove(bench: &Workbench, id: &str, locale: &str) {
    std::fs::remove_file(bench.news().join(name(id, locale))).unwrap();
}

fn keys(answer: &Value) -> Vec<String> {
    let hits = answer["hits"].as_array().unwrap().iter();
    hits.map(|hit| hit["key"].as_str().unwrap().to_owned()).collect()
}

/// The keys from a cursor, or from the beginning, to the end.
fn rest(server: &Server, address: &str, mut cursor: Option<String>) -> Vec<String> {
    let mut all = Vec::new();
    // An endless chain of pages would hang the test.
    for _ in 0..100 {
        let from = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let answer = server.json(&format!("{address}{from}"));
        all.extend(keys(&answer));
        cursor = next(&answer);
        if cursor.is_none() {
            return all;
        }
    }
    panic!("{address} has no end: {all:?}");
}

fn next(answer: &Value) -> Option<String> {
    answer["next_cursor"].as_str().map(str::to_owned)
}

/// Ingests, and waits until the server searches this number of pages.
fn ingest(bench: &Workbench, server: &Server, pages: u64) {
    bench.ingest();
    until("the server takes up the commit", || server.json("/api/status")["pages"] == pages);
}

/// Articles of which some share their time, day or page, and two have no date.
fn archive() -> Workbench {
    let bench = Workbench::new();
    for (id, at) in [
        ("a", "05T08:00:00Z"),
        ("c", "05T08:00:00Z"),
        ("e", "05T08:00:00Z"),
        ("g", "05"),
        ("i", "04T10:00:00Z"),
        ("k", "06T10:00:00Z"),
    ] {
        page(&bench, id, "en", at, &format!("article {id}"));
    }
    // Its pages are on both sides of most others.
    page(&bench, "m", "en", "07T10:00:00Z", "article m");
    page(&bench, "m", "zh-CN", "04T09:00:00Z", "article m");
    for id in ["o", "p"] {
        let text = format!("---\ntitle: article {id}\nid: {id}\nlocale: en\n---\nCopper of article {id}.\n");
        bench.write(&format!("{id}.md"), &text);
    }
    bench.ingest();
    bench
}

#[test]
fn pages_by_cursor_have_each_hit_once() {
    let bench = archive();
    let server = Server::start(&bench, &[]);
    // By the dates above. A day begins at midnight, in UTC.
    let newest = ["m/en", "k/en", "a/en", "c/en", "e/en", "g/en", "i/en", "o/en", "p/en"];
    let oldest = ["m/zh-CN", "i/en", "g/en", "a/en", "c/en", "e/en", "k/en", "o/en", "p/en"];
    for limit in [1, 2, 3, 4, 8, 100] {
        let of = |parameters: &str| {
            rest(&server, &format!("/api/search?q=copper&{parameters}&limit={limit}"), None)
        };
        assert_eq!(of("sort=newest"), newest, "{limit}");
        assert_eq!(of("sort=oldest"), oldest, "{limit}");
        let pages = of("sort=newest&each_locale=true");
        assert_eq!(
            pages,
            ["m/en", "k/en", "a/en", "c/en", "e/en", "g/en", "i/en", "m/zh-CN", "o/en", "p/en"]
        );
        for parameters in ["sort=relevance", "sort=newest&stories=true"] {
            let whole = server.json(&format!("/api/search?q=copper&{parameters}&limit=100"));
            assert_eq!(of(parameters), keys(&whole), "{parameters} {limit}");
        }
    }
}

#[test]
fn similar_articles_are_paged_as_well() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let key = keys(&server.json("/api/search?q=perovskite&limit=1")).remove(0);
    for sort in ["relevance", "newest"] {
        let address = format!("/api/similar/{key}?sort={sort}");
        let whole = keys(&server.json(&format!("{address}&limit=100")));
        assert!(whole.len() > 2, "{whole:?}");
        assert_eq!(rest(&server, &format!("{address}&limit=2"), None), whole, "{sort}");
    }
}

/// The ranks go on, and a page may have another length.
#[test]
fn a_page_by_cursor_is_as_one_by_offset() {
    let bench = archive();
    let server = Server::start(&bench, &[]);
    for sort in ["relevance", "newest", "oldest"] {
        let address = format!("/api/search?q=copper&sort={sort}&facets=true");
        let first = server.json(&format!("{address}&limit=2&offset=1"));
        let mut by_cursor = server.json(&format!("{address}&limit=3&cursor={}", next(&first).unwrap()));
        let mut by_offset = server.json(&format!("{address}&limit=3&offset=3"));
        assert_eq!(by_cursor["hits"][0]["rank"], 4);
        for answer in [&mut by_cursor, &mut by_offset] {
            answer.as_object_mut().unwrap().remove("took_ms");
        }
        assert_eq!(by_cursor, by_offset, "{sort}");
    }
}

#[test]
fn an_order_by_date_goes_on_after_an_ingest() {
    let bench = archive();
    let server = Server::start(&bench, &[]);
    for sort in ["newest", "oldest"] {
        let bench = archive();
        let server = Server::start(&bench, &[]);
        let address = format!("/api/search?q=copper&sort={sort}");
        let first = server.json(&format!("{address}&limit=4"));
        // Newest: m k a c. Oldest: m i g a. The last one, an earlier one and one to come go; one is rewritten.
        let last = keys(&first)[3].replace("/en", "");
        remove(&bench, &last, "en");
        let earlier = keys(&first)[1].replace("/en", "");
        remove(&bench, &earlier, "en");
        page(&bench, "e", "en", "05T08:00:00Z", "article e, corrected");
        // Before and after the place in both orders, by time and by key.
        page(&bench, "0", "en", "05T08:00:00Z", "article 0");
        page(&bench, "d", "en", "05T08:00:00Z", "article d");
        page(&bench, "x", "en", "09T08:00:00Z", "article x");
        page(&bench, "y", "en", "01T08:00:00Z", "article y");
        ingest(&bench, &server, 12);
        let expected: &[&str] = match sort {
            // Behind c at 08:00 of the 5th, and without c and k.
            "newest" => &["d/en", "e/en", "g/en", "i/en", "y/en", "o/en", "p/en"],
            // Behind a at 08:00 of the 5th, and without a and i.
            _ => &["c/en", "d/en", "e/en", "k/en", "x/en", "o/en", "p/en"],
        };
        for limit in [1, 2, 100] {
            let rest = rest(&server, &format!("{address}&limit={limit}"), next(&first));
            assert_eq!(rest, expected, "{sort} {limit}");
        }
        let second = server.json(&format!("{address}&limit=1&cursor={}", next(&first).unwrap()));
        let whole = keys(&server.json(&format!("{address}&limit=100")));
        let rank = whole.iter().position(|key| *key == expected[0]).unwrap() + 1;
        assert_eq!(second["hits"][0]["rank"], rank, "it is the rank in the index as it is now");
    }
    // Each page an article of its own.
    let address = "/api/search?q=copper&sort=newest&each_locale=true&limit=7";
    let first = server.json(address);
    page(&bench, "i", "de", "04T10:00:00Z", "article i");
    page(&bench, "i", "fr", "04T10:00:00Z", "article i");
    ingest(&bench, &server, 12);
    assert_eq!(
        rest(&server, address, next(&first)),
        ["i/fr", "m/zh-CN", "o/en", "p/en"],
        "i/en was the last"
    );
}

#[test]
fn an_offset_ends_with_its_state_of_the_index() {
    let bench = archive();
    let server = Server::start(&bench, &[]);
    let addresses = ["/api/search?q=copper&limit=2", "/api/search?q=copper&sort=newest&stories=true&limit=2"];
    let cursors = addresses.map(|address| next(&server.json(address)).unwrap());
    page(&bench, "x", "en", "09T08:00:00Z", "article x");
    ingest(&bench, &server, 11);
    for (address, cursor) in addresses.iter().zip(cursors) {
        let refused = server.get(&format!("{address}&cursor={cursor}"));
        assert_eq!(refused.status, 410, "{}", refused.body);
        let problem: Value = serde_json::from_str(&refused.body).unwrap();
        assert_eq!(problem["type"], "urn:newsdex:problem:gone");
        assert_eq!(problem["parameter"], "cursor");
        assert_eq!(problem["detail"], "the index has changed; call again without the cursor");
    }
}

#[test]
fn a_cursor_belongs_to_its_parameters() {
    let bench = archive();
    let server = Server::start(&bench, &[]);
    for sort in ["relevance", "newest"] {
        let first = server.json(&format!("/api/search?q=copper&sort={sort}&limit=2"));
        let cursor = next(&first).unwrap();
        for (address, said) in [
            (format!("/api/search?q=article&sort={sort}&limit=2&cursor={cursor}"), "other arguments"),
            (format!("/api/search?q=copper&sort=oldest&cursor={cursor}"), "other arguments"),
            (format!("/api/search?q=copper&sort={sort}&since=2025&cursor={cursor}"), "other arguments"),
            (format!("/api/similar/a?q=copper&sort={sort}&cursor={cursor}"), "other arguments"),
            (format!("/api/search?q=copper&sort={sort}&offset=2&cursor={cursor}"), "cannot be combined"),
            (format!("/api/search?q=copper&sort={sort}&cursor={cursor}x"), "not a valid cursor"),
            (format!("/api/search?q=copper&sort={sort}&cursor=2"), "not a valid cursor"),
        ] {
            let refused = server.get(&address);
            assert_eq!(refused.status, 400, "{address}: {}", refused.body);
            let problem: Value = serde_json::from_str(&refused.body).unwrap();
            assert_eq!(problem["parameter"], "cursor", "{address}");
            assert!(problem["detail"].as_str().unwrap().contains(said), "{address}: {problem}");
        }
        // The order of the parameters and the form of the answer do not matter.
        let lines = server.get(&format!("/api/search?cursor={cursor}&format=jsonl&sort={sort}&q=copper"));
        assert_eq!((lines.status, lines.body.lines().count()), (200, 7), "{}", lines.body);
    }
    assert_eq!(next(&server.json("/api/search?q=copper&limit=0")), None, "nothing was shown");
}

/// Pages by cursor in an order by a key, also if the index changes between two of them.
#[test]
fn an_order_by_a_key_goes_on_after_an_ingest() {
    let priced = |bench: &Workbench, id: &str, keys: &str| {
        let head = format!("id: {id}\nlocale: en\ndatetime: 2025-03-05\n{keys}");
        bench.write(&name(id, "en"), &format!("---\ntitle: article {id}\n{head}\n---\nCopper.\n"));
    };
    let archive = || {
        let bench = Workbench::new();
        for (id, keys) in [
            ("a", "price: 3\ndesk: Tin"),
            ("b", "price: 1\ndesk: Zinc"),
            ("c", "price: 3\ndesk: Lead"),
            ("d", "price: many\ndesk: Tin"),
            ("e", "desk: [Zinc, Iron]"),
            ("f", "price: 2025-01-03"),
        ] {
            priced(&bench, id, keys);
        }
        bench.ingest();
        bench
    };
    let bench = archive();
    let server = Server::start(&bench, &[]);
    for (sort, expected) in [
        ("price", ["b/en", "a/en", "c/en", "f/en", "d/en", "e/en"]),
        ("price:desc", ["a/en", "c/en", "b/en", "f/en", "d/en", "e/en"]),
        ("desk", ["e/en", "c/en", "a/en", "d/en", "b/en", "f/en"]),
        ("desk:desc", ["b/en", "e/en", "a/en", "d/en", "c/en", "f/en"]),
    ] {
        for limit in [1, 2, 5, 100] {
            for parameters in ["", "&each_locale=true", "&stories=true"] {
                let address = format!("/api/search?q=copper&sort={sort}&limit={limit}{parameters}");
                if parameters.ends_with("stories=true") {
                    // Which articles are one story is not said here; each hit comes once.
                    let whole = server
                        .json(&format!("{address}&limit=100").replace(&format!("&limit={limit}&"), "&"));
                    assert_eq!(rest(&server, &address, None), keys(&whole), "{address}");
                } else {
                    assert_eq!(rest(&server, &address, None), expected, "{address}");
                }
            }
        }
        let page = server.get(&format!("/search?q=copper&sort={sort}"));
        assert_eq!(page.status, 200);
        let place = |id: &str| page.body.find(&format!("/article/{id}")).unwrap();
        assert!(expected.map(place).is_sorted(), "{sort}");
    }
    for (sort, expected) in [
        // Behind c: between it and f, after f, a text, and without the key.
        ("price", ["h/en", "f/en", "d/en", "e/en", "k/en"]),
        // Behind b with 1.
        ("price:desc", ["k2/en", "f/en", "d/en", "e/en", "k/en"]),
    ] {
        let bench = archive();
        let server = Server::start(&bench, &[]);
        let address = format!("/api/search?q=copper&sort={sort}");
        let first = server.json(&format!("{address}&limit=3"));
        let last = keys(&first)[2].replace("/en", "");
        // The last one and an earlier one go; one is written before the place.
        remove(&bench, &last, "en");
        remove(&bench, "a", "en");
        let (before, behind) = if sort == "price" { ("0", "4") } else { ("9", "0.5") };
        priced(&bench, "g", &format!("price: {before}"));
        priced(&bench, if sort == "price" { "h" } else { "k2" }, &format!("price: {behind}"));
        priced(&bench, "k", "desk: Gold");
        ingest(&bench, &server, 7);
        for limit in [1, 2, 100] {
            let rest = rest(&server, &format!("{address}&limit={limit}"), next(&first));
            assert_eq!(rest, expected, "{sort} {limit}");
        }
    }
    // The text behind which it goes on is in the index no longer.
    let first = server.json("/api/search?q=copper&sort=desk&limit=2");
    assert_eq!(keys(&first), ["e/en", "c/en"]);
    remove(&bench, "c", "en");
    ingest(&bench, &server, 5);
    let rest = rest(&server, "/api/search?q=copper&sort=desk&limit=2", next(&first));
    assert_eq!(rest, ["a/en", "d/en", "b/en", "f/en"]);
    let refused = server.get("/api/search?q=copper&sort=prize");
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(
        refused.body.contains("cannot sort by `prize`; use relevance, newest, oldest, price, desk"),
        "{}",
        refused.body
    );
}
