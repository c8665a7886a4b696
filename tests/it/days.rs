//! A date without a time is that day in every zone, wherever it is shown, found, counted or sorted.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::{serve::Server, workbench::Workbench};
use serde_json::Value;

/// One article dated by a day, and one by its first instant in UTC.
fn bench() -> Workbench {
    let bench = Workbench::new();
    dated(&bench, "day", "2025-03-07");
    dated(&bench, "instant", "2025-03-07T00:00:00Z");
    bench.ingest();
    bench
}

fn dated(bench: &Workbench, id: &str, date: &str) {
    bench.write(
        &format!("{id}.md"),
        &format!("---\ntitle: The {id}\nid: {id}\ndate: {date}\n---\n\nvexillum\n"),
    );
}

#[test]
fn it_is_found_and_counted_on_that_day_in_every_zone() {
    let bench = bench();
    for (zone, day_of_instant) in [
        ("UTC", "2025-03-07"),
        ("America/New_York", "2025-03-06"),
        ("Asia/Shanghai", "2025-03-07"),
        ("Pacific/Kiritimati", "2025-03-07"),
        ("Pacific/Pago_Pago", "2025-03-06"),
    ] {
        for day in ["2025-03-06", "2025-03-07", "2025-03-08"] {
            let mut expected = Vec::new();
            expected.extend((day == "2025-03-07").then_some("day"));
            expected.extend((day == day_of_instant).then_some("instant"));
            for asked in [&["vexillum", "--date", day][..], &[&format!("vexillum date:{day}")]] {
                assert_eq!(
                    bench.sorted_keys(&[asked, &["--tz", zone]].concat()),
                    expected,
                    "{asked:?} in {zone}"
                );
            }
        }
        assert_eq!(
            bench.sorted_keys(&["vexillum -date:2025-03-07", "--tz", zone]).len(),
            usize::from(day_of_instant != "2025-03-07")
        );
        let table = bench.ok(&["facets", "vexillum", "--by", "day", "--tz", zone, "--format", "csv"]);
        let counts: Vec<&str> = table.lines().skip(1).collect();
        let expected = if day_of_instant == "2025-03-07" {
            vec!["day,2025-03-07,2"]
        } else {
            vec!["day,2025-03-06,1", "day,2025-03-07,1"]
        };
        assert_eq!(counts, expected, "{zone}");
    }
}

#[test]
fn it_is_shown_without_a_time() {
    let bench = bench();
    let york = ["--tz", "America/New_York"];
    let shown = bench.ok(&[&["query", "title:day"][..], &york].concat());
    assert!(shown.contains("     2025-03-07  day "), "{shown}");
    let shown = bench.ok(&[&["query", "title:instant"][..], &york].concat());
    assert!(shown.contains("     2025-03-06 19:00-05:00  instant "), "{shown}");
    let shown = bench.ok(&[&["show", "day"][..], &york].concat());
    assert!(shown.contains("published  2025-03-07\n"), "{shown}");
    assert_eq!(bench.json(&["query", "title:day", "--format", "json"])["hits"][0]["published"], "2025-03-07");
    assert_eq!(bench.json(&["show", "day", "--format", "json"])["published"], "2025-03-07");
    assert_eq!(bench.json(&["show", "instant", "--format", "json"])["published"], "2025-03-07T00:00:00Z");
    assert!(bench.ok(&["query", "title:day", "--format", "csv"]).contains(",2025-03-07,"));
    assert!(bench.ok(&["list", "title:day"]).contains("\t2025-03-07\t"));
    dated(&bench, "instant", "2025-03-08T00:00:00Z");
    bench.ingest();
    let status = bench.ok(&[&["status"][..], &york].concat());
    assert!(status.contains("published 2025-03-07 to 2025-03-07 19:00-05:00\n"), "{status}");
    assert_eq!(bench.json(&["status", "--format", "json"])["first"], "2025-03-07");
}

#[test]
fn it_is_shown_without_a_time_by_the_server() {
    let bench = bench();
    let server = Server::start(&bench, &["--tz", "America/New_York"]);
    assert_eq!(server.json("/api/search?q=title:day")["hits"][0]["published"], "2025-03-07");
    let counts = server.json("/api/facets?by=day");
    assert!(counts.to_string().contains("2025-03-07"), "{counts}");
    let found = server.json("/api/search?q=vexillum&date=2025-03-07");
    let keys: Vec<&Value> = found["hits"].as_array().unwrap().iter().map(|hit| &hit["key"]).collect();
    assert_eq!(keys, ["day"]);
    for (address, shown) in [
        ("/?q=title:day", r#"<time datetime="2025-03-07">2025-03-07</time>"#),
        ("/?q=title:instant", r#"<time datetime="2025-03-07T00:00:00Z">2025-03-06 19:00</time>"#),
        ("/article/day", r#"<time datetime="2025-03-07">2025-03-07</time>"#),
    ] {
        let page = server.get(address).body;
        assert!(page.contains(shown), "{page}");
    }
}

#[test]
fn it_is_sorted_as_its_first_instant_in_utc() {
    let bench = Workbench::new();
    dated(&bench, "before", "2025-03-06T23:59:59Z");
    dated(&bench, "day", "2025-03-07");
    dated(&bench, "after", "2025-03-07T00:00:01Z");
    dated(&bench, "later", "2025-03-08");
    bench.ingest();
    for zone in ["UTC", "America/New_York", "Asia/Shanghai"] {
        let sorted = |sort| bench.keys(&["vexillum", "--sort", sort, "--tz", zone]);
        assert_eq!(sorted("oldest"), ["before", "day", "after", "later"]);
        assert_eq!(sorted("newest"), ["later", "after", "day", "before"]);
    }
}

#[test]
fn of_two_files_with_one_key_the_later_instant_is_indexed() {
    let bench = Workbench::new();
    let file = |name: &str, date: &str| {
        bench.write(name, &format!("---\ntitle: {name}\nid: one\ndate: {date}\n---\n\nvexillum\n"));
    };
    file("a.md", "2025-03-07");
    file("b.md", "2025-03-07T00:00:01Z");
    bench.ingest();
    assert_eq!(bench.json(&["show", "one", "--format", "json"])["title"], "b.md");
    file("b.md", "2025-03-07T00:00:00Z");
    bench.ingest();
    assert_eq!(bench.json(&["show", "one", "--format", "json"])["title"], "a.md", "the first path");
    assert_eq!(bench.ok(&["check", "--files"]), "the index is sound\n");
}

#[test]
fn a_field_of_the_users_own_has_days_too() {
    let bench = Workbench::new();
    let schema = bench.path().join("schema.yaml");
    std::fs::write(&schema, "version: 1\nfields:\n  event: {kind: date, from: [event]}\n").unwrap();
    for (id, event) in [
        ("day", "2025-03-07"),
        ("instant", "2025-03-07T00:00:00Z"),
        ("both", "[2025-01-01T08:00:00Z, 2025-03-07]"),
    ] {
        bench.write(
            &format!("{id}.md"),
            &format!("---\ntitle: T\nid: {id}\nevent: {event}\n---\n\nvexillum\n"),
        );
    }
    bench.ok(&["ingest", "news", "--quiet", "--schema", schema.to_str().unwrap()]);
    let found = |day: &str| bench.sorted_keys(&[&format!("event:{day}"), "--tz", "America/New_York"]);
    assert_eq!(found("2025-03-07"), ["both", "day"]);
    assert_eq!(found("2025-03-06"), ["instant"]);
    assert_eq!(found("2025-01-01"), ["both"]);
}

#[test]
fn a_story_of_days_is_told_by_days() {
    let bench = Workbench::new();
    let body: Vec<String> = (0..60).map(|number| format!("word{number}")).collect();
    for (id, date) in [("one", "2025-03-06"), ("two", "2025-03-07")] {
        bench.write(
            &format!("{id}.md"),
            &format!("---\ntitle: T\nid: {id}\ndate: {date}\n---\n\n{}\n", body.join(" ")),
        );
    }
    bench.ingest();
    let told = bench.ok(&["query", "word1", "--stories", "--tz", "America/New_York"]);
    assert!(told.contains("+1 near-duplicate, first 2025-03-06, last 2025-03-07"), "{told}");
}
