//! Files of many records: what of them is new, changed, gone, doubled and broken, and where each record is.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::Stdio,
    time::{Duration, SystemTime},
};

/// What is added to the ids of records, as ids of few digits belong to their files.
const FIRST: u32 = 300_000_000;

/// A record whose id is a number.
fn record(id: u32, title: &str) -> String {
    let id = FIRST + id;
    format!(
        "{{\"id\": \"{id}\", \"title\": \"{title}\", \"body\": \"Text of {title}.\", \"date\": \"2025-03-07\"}}"
    )
}

fn counts(report: &serde_json::Value) -> [u64; 4] {
    ["indexed", "updated", "unchanged", "removed"].map(|name| report[name].as_u64().unwrap())
}

/// Writes `a.jsonl` with a time of modification that surely differs from the one before.
fn write(bench: &Workbench, second: u64, lines: &[String]) {
    bench.write("a.jsonl", &(lines.join("\n") + "\n"));
    let file = fs::File::options().append(true).open(bench.news().join("a.jsonl")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second)).unwrap();
}

/// The number with which a record was written; any other id as it is.
fn number(id: &str) -> String {
    let number = id.parse().ok().filter(|number| (FIRST..FIRST + 100_000).contains(number));
    number.map_or_else(|| id.to_owned(), |number: u32| (number - FIRST).to_string())
}

/// The ids of the hits of a query with the lines of their records.
fn hits(bench: &Workbench, query: &str) -> Vec<(String, u64)> {
    let answer = bench.json(&["query", query, "--limit", "100", "--format", "json"]);
    let hits = answer["hits"].as_array().unwrap().iter();
    let mut hits: Vec<(String, u64)> =
        hits.map(|hit| (number(hit["id"].as_str().unwrap()), hit["record_line"].as_u64().unwrap())).collect();
    hits.sort();
    hits
}

fn skipped(report: &serde_json::Value) -> Vec<(u64, String)> {
    let notes = report["skipped"].as_array().unwrap().iter();
    notes.map(|note| (note["line"].as_u64().unwrap(), note["code"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn one_line_more_or_less_is_one_article_wherever_it_stands() {
    let bench = Workbench::new();
    let mut lines: Vec<String> = (1..=50).map(|id| record(id, &format!("solar {id}"))).collect();
    write(&bench, 0, &lines);
    assert_eq!(counts(&bench.ingest()), [50, 0, 0, 0]);
    assert_eq!(counts(&bench.ingest()), [0, 0, 50, 0]);
    for (second, at) in [(1, 50), (2, 25), (3, 0)] {
        let id = 100 + u32::try_from(at).unwrap();
        lines.insert(at, record(id, &format!("wind {id}")));
        write(&bench, second, &lines);
        assert_eq!(counts(&bench.ingest()), [1, 0, 49 + second, 0], "at {at}");
        assert_eq!(hits(&bench, &format!("title:{id}")), [(id.to_string(), at as u64 + 1)]);
    }
    // All others have moved, and are told at their new places.
    assert_eq!(hits(&bench, "solar 1").first().unwrap(), &("1".to_owned(), 2));
    assert_eq!(hits(&bench, "title:50"), [("50".to_owned(), 52)]);
    lines.remove(10);
    write(&bench, 4, &lines);
    assert_eq!(counts(&bench.ingest()), [0, 0, 52, 1]);
    assert_eq!(hits(&bench, "title:10"), []);
    lines[5] = record(5, "hydropower 5");
    write(&bench, 5, &lines);
    assert_eq!(counts(&bench.ingest()), [0, 1, 51, 0]);
    assert_eq!(hits(&bench, "hydropower"), [("5".to_owned(), 6)]);
    lines.reverse();
    write(&bench, 6, &lines);
    assert_eq!(counts(&bench.ingest()), [0, 0, 52, 0]);
    assert_eq!(hits(&bench, "hydropower"), [("5".to_owned(), 47)]);
    assert!(bench.ok(&["check", "--files"]).contains("sound"));
    fs::remove_file(bench.news().join("a.jsonl")).unwrap();
    bench.article("1.md", 200_000_001, "03-07", "coal");
    assert_eq!(counts(&bench.ingest()), [1, 0, 0, 52]);
    assert_eq!(hits(&bench, "solar"), []);
}

#[test]
fn records_without_ids_are_told_apart_by_their_bytes_and_occurrence() {
    let bench = Workbench::new();
    let same = "{\"title\": \"solar glass\"}".to_owned();
    let other = "{\"title\": \"solar cell\"}".to_owned();
    write(&bench, 0, &[same.clone(), other.clone(), same.clone()]);
    assert_eq!(counts(&bench.ingest()), [3, 0, 0, 0]);
    let ids: Vec<String> = hits(&bench, "solar").into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| id.starts_with("a.jsonl#")), "{ids:?}");
    write(&bench, 1, &[same.clone(), same.clone(), same, other]);
    assert_eq!(counts(&bench.ingest()), [1, 0, 3, 0]);
    let lines: Vec<u64> = hits(&bench, "glass").into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines.iter().sum::<u64>(), 1 + 2 + 3);
    // The same file in another folder has the same records; they are other articles.
    bench.write("sub/a.jsonl", "{\"title\": \"solar glass\"}\n");
    assert_eq!(counts(&bench.ingest())[0], 1);
    assert_eq!(hits(&bench, "glass").len(), 4);
}

#[test]
fn of_two_records_with_one_id_the_later_is_shown_and_the_other_takes_its_place_when_it_goes() {
    let bench = Workbench::new();
    let dated = |day: u32, title: &str| {
        format!("{{\"id\": \"3000007\", \"title\": \"{title}\", \"date\": \"2025-03-{day:02}\"}}")
    };
    let (old, new) = (dated(1, "solar early"), dated(2, "solar late"));
    write(&bench, 0, &[new.clone(), old.clone()]);
    let report = bench.ingest();
    assert_eq!((counts(&report), skipped(&report)), ([1, 0, 0, 0], vec![(2, "duplicate-id".into())]));
    assert_eq!(hits(&bench, "solar"), [("3000007".into(), 1)]);
    write(&bench, 1, &[record(8, "wind"), old.clone(), new]);
    let report = bench.ingest();
    assert_eq!((counts(&report), skipped(&report)), ([1, 0, 1, 0], vec![(2, "duplicate-id".into())]));
    assert_eq!(hits(&bench, "solar"), [("3000007".into(), 3)]);
    write(&bench, 2, &[record(8, "wind"), old]);
    bench.ingest();
    assert_eq!(hits(&bench, "solar early"), [("3000007".into(), 2)]);
    assert!(skipped(&bench.ingest()).is_empty());
}

#[test]
fn a_broken_record_is_reported_at_each_ingest_and_the_others_are_kept() {
    let bench = Workbench::new();
    write(
        &bench,
        0,
        &[
            record(1, "solar"),
            "{\"title\": \"cut".to_owned(),
            String::new(),
            "{\"colour\": \"red\"}".to_owned(),
            "17".to_owned(),
            record(2, "solar"),
        ],
    );
    let expected: Vec<(u64, String)> =
        vec![(2, "bad-record".into()), (4, "no-title-or-text".into()), (5, "bad-record".into())];
    let report = bench.ingest();
    assert_eq!((counts(&report), skipped(&report)), ([2, 0, 0, 0], expected.clone()));
    assert!(report["skipped"][1]["reason"].as_str().unwrap().contains("colour"), "{report}");
    let again = bench.ingest();
    assert_eq!((counts(&again), skipped(&again)), ([0, 0, 2, 0], expected));
    assert_eq!(hits(&bench, "solar"), [("1".into(), 1), ("2".into(), 6)]);
    let dry = bench.json(&["ingest", "news", "--dry-run", "--format", "json"]);
    assert_eq!(counts(&dry), [0, 0, 2, 0]);
}

#[test]
fn paths_name_the_line_and_nothing_stored_is_read_from_the_place() {
    let bench = Workbench::new();
    write(&bench, 0, &[record(1, "wind"), record(2, "solar glass")]);
    bench.ok(&["ingest", "news", "--store", "none"]);
    assert!(bench.ok(&["query", "solar", "--format", "paths"]).trim_end().ends_with("a.jsonl:2"));
    let shown = bench.ok(&["show", "300000002"]);
    assert!(shown.contains("Text of solar glass."), "{shown}");
    write(&bench, 1, &[record(3, "coal"), record(1, "wind"), record(2, "solar glass")]);
    bench.ok(&["ingest", "news"]);
    assert!(bench.ok(&["query", "glass", "--format", "paths"]).trim_end().ends_with("a.jsonl:3"));
    assert!(bench.ok(&["show", "300000002"]).contains("Text of solar glass."));
}

#[test]
fn a_file_of_records_may_become_another_and_a_page() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_007, "03-07", "solar");
    let of_page = r#"{"id": "200000007", "locale": "en", "title": "solar", "date": "2025-03-01"}"#;
    write(&bench, 0, &[of_page.to_owned()]);
    assert_eq!(bench.ingest()["skipped"][0]["code"], "duplicate-id");
    fs::rename(bench.news().join("a.jsonl"), bench.news().join("b.jsonl")).unwrap();
    fs::remove_file(bench.news().join("1.md")).unwrap();
    assert_eq!(counts(&bench.ingest())[0], 1);
    assert_eq!(hits(&bench, "solar"), [("200000007".into(), 1)]);
    assert!(bench.ok(&["check"]).contains("sound"));
}

#[test]
fn an_index_of_records_and_pages_merges_and_counts_them_alike() {
    let bench = Workbench::new();
    for part in 0..4 {
        let lines: Vec<String> = (0..30).map(|n| record(100 * part + n, "solar")).collect();
        bench.write(&format!("{part}.jsonl"), &lines.join("\n"));
        bench.article(&format!("{part}.md"), u64::from(200_000_000 + part), "03-07", "solar");
        bench.ingest();
    }
    let total = |bench: &Workbench| bench.json(&["query", "solar", "--format", "json"])["articles"].as_u64();
    assert_eq!(total(&bench), Some(124));
    let status = bench.json(&["status", "--format", "json"]);
    assert_eq!((status["articles"].as_u64(), status["set_aside"].as_u64()), (Some(124), Some(0)), "{status}");
    bench.ok(&["optimize"]);
    assert_eq!(total(&bench), Some(124));
    assert_eq!(hits(&bench, "solar id:300000129"), [("129".into(), 30)]);
    assert!(bench.ok(&["check", "--files"]).contains("sound"));
}

#[test]
fn a_head_of_other_columns_makes_other_articles() {
    let bench = Workbench::new();
    let written = |head: &str, second: u64| {
        bench.write("a.csv", &format!("{head}\nsolar glass,tin smelter\n"));
        let file = fs::File::options().append(true).open(bench.news().join("a.csv")).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second)).unwrap();
    };
    written("title,body", 0);
    bench.ingest();
    assert_eq!(hits(&bench, "title:solar").len(), 1);
    written("body,title", 1);
    bench.ingest();
    assert_eq!((hits(&bench, "title:solar").len(), hits(&bench, "title:tin").len()), (0, 1));
}

#[test]
fn a_file_without_records_is_told_each_time_and_read_once() {
    let bench = Workbench::new();
    bench.write("a.json", "[{\"colour\": \"red\"}, {\"colour\": \"blue\"}]");
    let report = bench.ingest();
    assert_eq!(report["skipped"][0]["code"], "no-title-or-text", "{report}");
    let again = bench.ingest();
    assert_eq!(
        (&again["skipped"][0]["code"], &again["bytes"]),
        (&"no-title-or-text".into(), &0.into()),
        "{again}"
    );
    bench.write("a.json", "[{\"title\": \"solar\"}]");
    assert_eq!(counts(&bench.ingest()), [1, 0, 0, 0]);
    bench.write("a.json", "[{\"colour\": \"red\"}]");
    assert_eq!(counts(&bench.ingest()), [0, 0, 0, 1]);
}

#[test]
fn a_file_is_read_again_as_what_it_was_read_as() {
    let bench = Workbench::new();
    let dated = |id: u32, day: u32| {
        format!("{{\"id\": \"{id}\", \"title\": \"solar\", \"date\": \"2025-03-{day:02}\"}}\n")
    };
    bench.write("x.log", &(dated(200_000_007, 1) + &dated(200_000_008, 1)));
    bench.ok(&["ingest", "news/x.log", "--input-format", "jsonl"]);
    bench.write("b/y.jsonl", &dated(200_000_007, 2));
    bench.ok(&["ingest", "news/b"]);
    assert_eq!(hits(&bench, "solar").len(), 2);
    fs::remove_file(bench.news().join("b/y.jsonl")).unwrap();
    bench.ok(&["ingest", "news/b", "--allow-empty"]);
    assert_eq!(hits(&bench, "solar"), [("200000007".into(), 1), ("200000008".into(), 2)]);
    // What the user says now counts, although the file has not changed.
    bench.write("z.txt", &dated(200_000_009, 1));
    bench.ok(&["ingest", "news/z.txt"]);
    bench.ok(&["ingest", "news/z.txt", "--input-format", "jsonl"]);
    assert_eq!(hits(&bench, "id:200000009"), [("200000009".into(), 1)]);
}

#[test]
fn a_stopped_ingest_of_a_file_of_records_goes_on_the_next_time() {
    let bench = Workbench::new();
    let lines: Vec<String> = (0..30_000).map(|id| record(id, &format!("solar {id}"))).collect();
    write(&bench, 0, &lines);
    let mut running = bench.command(&["ingest", "news", "--threads", "1"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let id = running.id().to_string();
    std::process::Command::new("kill").args(["-INT", &id]).status().unwrap();
    running.wait().unwrap();
    let report = bench.ingest();
    let all: u64 = counts(&report)[0] + counts(&report)[2];
    assert_eq!((all, counts(&report)[3]), (30_000, 0), "{report}");
    assert_eq!(counts(&bench.ingest()), [0, 0, 30_000, 0]);
}

#[test]
fn what_a_repair_leaves_out_of_a_file_of_records_is_read_again() {
    let bench = Workbench::new();
    for part in 0..2_u32 {
        let lines: Vec<String> = (0..40 * (part + 1)).map(|id| record(id, &format!("solar {id}"))).collect();
        write(&bench, u64::from(part), &lines);
        bench.ingest();
    }
    let store = fs::read_dir(bench.index()).unwrap().flatten().map(|file| file.path());
    let store = store.filter(|path| path.extension().is_some_and(|of| of == "store"));
    let largest = store.max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut bytes = fs::read(&largest).unwrap();
    bytes[10..20].fill(0xAA);
    fs::write(&largest, bytes).unwrap();
    bench.run(&["repair"]);
    let answer = bench.json(&["query", "solar", "--count", "--format", "json"]);
    let again = bench.ingest();
    assert_eq!(counts(&again)[0] + counts(&again)[2], 80, "{answer} {again}");
    assert_eq!(hits(&bench, "title:79"), [("79".into(), 80)]);
}

/// Damages the texts of all segments.
fn damage_texts(bench: &Workbench) {
    for file in fs::read_dir(bench.index()).unwrap().flatten().map(|file| file.path()) {
        if file.extension().is_some_and(|of| of == "store") {
            let mut bytes = fs::read(&file).unwrap();
            bytes[100..110].fill(0xAA);
            fs::write(&file, bytes).unwrap();
        }
    }
}

/// 100 lines, of which a cut leaves 48 whole and a part, or `--keep-missing` the same 48: what the index alone has is told by
/// `check --files`, and by each repair that loses it until it is there again.
#[test]
fn records_that_only_the_index_had_are_told_when_a_repair_loses_them() {
    let lines: Vec<String> = (0..100).map(|id| record(id, &format!("solar {id}"))).collect();
    for is_cut in [true, false] {
        let bench = Workbench::new();
        write(&bench, 0, &lines);
        bench.ingest();
        assert_eq!(bench.ok(&["check", "--files"]), "the index is sound\n");
        let path = fs::read_dir(bench.news()).unwrap().flatten().next().unwrap().path();
        let whole = fs::read_to_string(&path).unwrap();
        let kept: usize = whole.split_inclusive('\n').take(48).map(str::len).sum();
        fs::write(&path, &whole[..kept + if is_cut { 8 } else { 0 }]).unwrap();
        bench.ok(&["ingest", "news", "--keep-missing", "--quiet"][..if is_cut { 2 } else { 4 }]);
        let articles = |id: &str| bench.sorted_keys(&[id]).len();
        assert_eq!(articles("solar"), 100);

        let output = bench.run(&["check", "--files"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.ends_with(": 52 records are not in the file any more\n"), "{said}");
        assert_eq!(bench.ok(&["check"]), "the index is sound\n");

        damage_texts(&bench);
        let output = bench.run(&["repair"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("records   100 to reindex from the dropped segments\n"), "{said}");
        assert!(said.contains("records   48 reindexed, 52 not\n"), "{said}");
        assert!(said.contains("the file does not have this record any more\n"), "{said}");
        assert!(said.contains("and 32 more\n"), "{said}");
        assert_eq!(articles("solar"), 48);

        // They stay recorded, each with its id.
        let output = bench.run(&["repair", "--format", "json"]);
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        let missing = told["missing"].as_array().unwrap();
        let ids: BTreeSet<&str> = missing.iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!((missing.len(), ids.len(), told["read_again"].as_u64()), (52, 52, Some(0)), "{told}");

        fs::write(&path, &whole).unwrap();
        bench.ingest();
        assert_eq!(articles("solar"), 100);
        assert_eq!(bench.ok(&["repair"]), "the index is sound\n");
        assert_eq!(bench.ok(&["check", "--files"]), "the index is sound\n");
    }
}

#[test]
fn a_file_that_holds_nothing_is_told() {
    let bench = Workbench::new();
    for (name, text) in [("list.json", "[]"), ("lines.jsonl", "\n"), ("head.csv", "title,text\n")] {
        bench.write(name, text);
    }
    for _ in 0..2 {
        let report = bench.ingest();
        let codes: Vec<&str> =
            report["skipped"].as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["no-records"; 3], "{report}");
    }
    bench.write("list.json", "[{\"title\": \"solar\"}]");
    assert_eq!(counts(&bench.ingest()), [1, 0, 0, 0]);
}

#[test]
fn the_repair_of_a_record_is_told_with_its_line() {
    let bench = Workbench::new();
    write(&bench, 0, &[record(1, "solar"), "{\"title\": \"solar\", \"date\": \"nonsense\"}".to_owned()]);
    let report = bench.ingest();
    let notes: Vec<_> =
        report["repaired"].as_array().unwrap().iter().map(|note| (&note["line"], &note["code"])).collect();
    assert_eq!(notes, [(&2.into(), &"bad-date".into())], "{report}");
}

#[test]
fn the_same_small_number_in_two_files_names_two_articles() {
    let bench = Workbench::new();
    let row = |id: &str, title: &str| {
        format!("{{\"id\": {id}, \"title\": \"solar {title}\", \"date\": \"2025-03-07\"}}\n")
    };
    let ids = |bench: &Workbench| hits(bench, "solar").into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    // Six digits are the number of a row, seven that of an article.
    bench.write("a.jsonl", &(row("1", "glass") + &row("999999", "cell") + &row("1000000", "roof")));
    bench.write("b.csv", "id,title,date\n1,solar farm,2025-03-07\n1000000,solar roof,2025-03-07\n");
    let report = bench.ingest();
    assert_eq!(report["indexed"], 4, "{report}");
    assert_eq!(report["skipped"][0]["code"], "duplicate-id");
    assert_eq!(ids(&bench), ["1000000", "a.jsonl#1", "a.jsonl#999999", "b.csv#1"]);
    assert!(bench.ok(&["show", "b.csv#1"]).contains("solar farm"));
    // The number in a URL is the article's.
    bench.write(
        "c.json",
        "{\"id\": 3, \"title\": \"wind\", \"url\": \"https://longbridge.com/en/news/230905679\"}",
    );
    bench.ingest();
    assert_eq!(hits(&bench, "wind")[0].0, "230905679");
    // Two files of one name below two folders that were ingested.
    bench.write("sub/a.jsonl", &(row("1", "park") + &row("1", "park again")));
    let report = bench.json(&["ingest", "news/sub", "--format", "json"]);
    assert_eq!((&report["indexed"], report["skipped"].as_array().unwrap().len()), (&2.into(), 0), "{report}");
    let found = ids(&bench);
    assert!(found.iter().any(|id| id.ends_with("news/sub/a.jsonl#1")), "{found:?}");
    assert_eq!(found.len(), 6);
    assert_eq!(bench.ingest()["indexed"], 0);
    assert_eq!(ids(&bench), found);
    assert!(bench.ok(&["check"]).contains("sound"));
    // A changed row is the same article.
    bench.write("b.csv", "id,title,date\n1,solar farms,2025-03-08\n1000000,solar roof,2025-03-07\n");
    assert_eq!(bench.ingest()["updated"], 1);
    assert!(bench.ok(&["show", "b.csv#1"]).contains("solar farms"));
}

#[test]
fn a_description_alone_is_no_article() {
    let bench = Workbench::new();
    let package =
        r#"{"name": "x", "version": "1.0.0", "description": "Finds solar panels", "main": "index.js"}"#;
    bench.write("package.json", package);
    bench.write("list.json", &format!("[{package}, {package}]"));
    bench.write("list.jsonl", &format!("{package}\n{package}\n"));
    bench.write("parts.csv", "name,description\nx,solar panel\n");
    let report = bench.ingest();
    assert_eq!(report["indexed"], 0, "{report}");
    for note in report["skipped"].as_array().unwrap() {
        assert_eq!(note["code"], "no-title-or-text", "{note}");
        let reason = note["reason"].as_str().unwrap();
        let expected = if note["path"].as_str().unwrap().contains("parts") {
            "none of its columns is a title or a text: name, description"
        } else {
            "a summary alone, without a date, a URL or an id of seven digits, is no article: name, version, description, main"
        };
        assert_eq!(reason, expected);
    }
    assert_eq!(report["skipped"].as_array().unwrap().len(), 4);
    // With a date, a URL or the number of an article it is one.
    bench.write(
        "flash.jsonl",
        "{\"description\": \"solar a\", \"published_at\": 1741337782}\n{\"description\": \"solar b\", \"url\": \"https://wire.example/1\"}\n\
         {\"description\": \"solar c\", \"id\": 230905679, \"title\": \"\"}\n{\"description\": \"solar d\", \"id\": 7}\n",
    );
    bench.write("flash.csv", "description,date\nsolar e,2025-03-07\nsolar f,\n");
    let report = bench.ingest();
    assert_eq!(report["indexed"], 4, "{report}");
    let notes = report["skipped"].as_array().unwrap().iter();
    let broken: Vec<_> =
        notes.filter(|note| note["line"].is_u64()).map(|note| note["line"].as_u64()).collect();
    assert_eq!(broken, [Some(3), Some(4)], "{report}");
}

/// Replaces the bytes of a file with a time of modification that surely differs from the one before.
fn write_bytes(bench: &Workbench, name: &str, second: u64, bytes: &[u8]) {
    fs::create_dir_all(bench.news()).unwrap();
    fs::write(bench.news().join(name), bytes).unwrap();
    let file = fs::File::options().append(true).open(bench.news().join(name)).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second)).unwrap();
}

/// The notes of a report as `line code`, and their reasons.
fn notes(report: &serde_json::Value) -> Vec<(String, String)> {
    let text = |note: &serde_json::Value| note["reason"].as_str().unwrap().to_owned();
    let notes = report["skipped"].as_array().unwrap().iter();
    notes.map(|note| (format!("{} {}", note["line"], note["code"].as_str().unwrap()), text(note))).collect()
}

#[test]
fn what_lies_behind_the_end_of_a_file_that_is_cut_off_stays_in_the_index() {
    let lines: Vec<String> = (1..=9).map(|id| record(id, &format!("solar {id}"))).collect();
    let rows: Vec<String> = (1..=9).map(|id| format!("{id},solar {id},\"Text, of {id}\"\n")).collect();
    let rows = rows.concat();
    let items: Vec<String> =
        (1..=9).map(|id| format!("<item>\n<guid>{id}</guid><title>solar {id}</title></item>\n")).collect();
    let items = items.concat();
    // Each is cut inside of its seventh record, which begins on this line.
    let cases = [
        ("a.jsonl", lines.join("\n") + "\n", "\"id\": \"300000007\"", "7 cut-off"),
        ("a.json", format!("[\n{}\n]", lines.join(",\n")), "\"id\": \"300000007\"", "8 cut-off"),
        (
            "b.json",
            format!("{{\"items\": [\n{}\n]}}", lines.join(",\n")),
            "\"id\": \"300000007\"",
            "8 cut-off",
        ),
        ("a.csv", format!("id,title,text\n{rows}"), "solar 7", "8 cut-off"),
        ("a.csv", format!("id,title,text\n{rows}"), " of 7", "8 cut-off"),
        ("a.xml", format!("<rss><channel>\n{items}</channel></rss>"), "solar 7", "14 cut-off"),
    ];
    for (name, whole, end, expected) in cases {
        let bench = Workbench::new();
        write_bytes(&bench, name, 0, whole.as_bytes());
        assert_eq!(counts(&bench.ingest()), [9, 0, 0, 0], "{name}");
        let cut = &whole.as_bytes()[..whole.find(end).unwrap() + end.len()];
        write_bytes(&bench, name, 1, cut);
        for _ in 0..2 {
            let dry = bench.json(&["ingest", "news", "--dry-run", "--format", "json"]);
            let report = bench.ingest();
            assert_eq!((counts(&report), counts(&dry)), ([0, 0, 9, 0], [0, 0, 9, 0]), "{name} {report}");
            let [(place, reason)] = &notes(&report)[..] else { panic!("{name} {report}") };
            assert_eq!(place, expected, "{name} {report}");
            assert!(reason.ends_with("the index keeps what it has of the rest"), "{report}");
        }
        assert_eq!(bench.sorted_keys(&["title:9"]).len(), 1, "{name}");
        assert_eq!(bench.ok(&["check"]), "the index is sound\n");
        let told = String::from_utf8(bench.run(&["check", "--files"]).stdout).unwrap();
        assert!(told.ends_with(": 3 records are not in the file any more\n"), "{name}: {told}");
        write_bytes(&bench, name, 2, whole.as_bytes());
        let report = bench.ingest();
        assert_eq!((counts(&report), notes(&report).len()), ([0, 0, 9, 0], 0), "{name} {report}");
        // A new index has what the file has.
        write_bytes(&bench, name, 3, cut);
        let report = bench.json(&["ingest", "news", "--index", "new", "--format", "json"]);
        assert_eq!((counts(&report), &*notes(&report)[0].0), ([6, 0, 0, 0], expected), "{name}");
        assert!(!notes(&report)[0].1.contains("keeps"), "{report}");
    }
}

#[test]
fn of_an_archive_that_is_cut_off_the_rest_is_kept() {
    let mut state = 1_u64;
    // Words that are not compressed much, so that a cut is far from the ends.
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:x}", state >> 16)
    };
    let lines: String = (0..2_000).map(|id| record(id, &format!("{} {}", word(), word())) + "\n").collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(lines.as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    let bench = Workbench::new();
    write_bytes(&bench, "a.jsonl.gz", 0, &whole);
    assert_eq!(counts(&bench.ingest()), [2_000, 0, 0, 0]);
    write_bytes(&bench, "a.jsonl.gz", 1, &whole[..whole.len() / 2]);
    let report = bench.ingest();
    assert_eq!(counts(&report), [0, 0, 2_000, 0], "{report}");
    let [(place, reason)] = &notes(&report)[..] else { panic!("{report}") };
    assert!(place.ends_with(" bad-archive") && reason.contains("keeps what it has of the rest"), "{report}");
    let line: u32 = place.split(' ').next().unwrap().parse().unwrap();
    assert!((100..1_900).contains(&line), "{report}");
    let report = bench.json(&["ingest", "news", "--index", "new", "--format", "json"]);
    let there = counts(&report)[0];
    assert!(there == u64::from(line) || there + 1 == u64::from(line), "{report}");
}

#[test]
fn a_duplicate_among_records_is_told_with_its_key() {
    let bench = Workbench::new();
    write(&bench, 0, &[record(1, "solar"), record(2, "solar"), record(2, "wind")]);
    let report = bench.ingest();
    let [(_, reason)] = &notes(&report)[..] else { panic!("{report}") };
    assert!(reason.contains("a.jsonl") && reason.ends_with("300000002"), "{report}");
}

#[test]
fn a_number_that_repeats_in_one_file_is_no_id() {
    let bench = Workbench::new();
    let row = |day: u32, title: &str| {
        format!("{{\"id\": 7, \"title\": \"solar {title}\", \"date\": \"2025-03-0{day}\"}}")
    };
    let lines: Vec<String> =
        [(1, "glass"), (3, "cell"), (2, "roof")].map(|(day, title)| row(day, title)).to_vec();
    write(&bench, 0, &lines);
    let report = bench.ingest();
    assert_eq!((counts(&report), notes(&report).len()), ([3, 0, 0, 0], 0), "{report}");
    let found = hits(&bench, "solar");
    // The latest keeps the number.
    assert_eq!(
        found.iter().filter(|(id, _)| id == "a.jsonl#7").collect::<Vec<_>>(),
        [&("a.jsonl#7".into(), 2)]
    );
    assert_eq!(found.iter().filter(|(id, _)| id.starts_with("a.jsonl#")).count(), 3, "{found:?}");
    assert_eq!(counts(&bench.ingest()), [0, 0, 3, 0]);
    // One more, in front of all, and then one less.
    let more = [&[row(1, "farm")], &lines[..]].concat();
    write(&bench, 1, &more);
    assert_eq!(counts(&bench.ingest()), [1, 0, 3, 0]);
    let moved: Vec<_> = found.iter().map(|(id, line)| (id.clone(), line + 1)).collect();
    assert!(moved.iter().all(|hit| hits(&bench, "solar").contains(hit)), "{found:?}");
    write(&bench, 2, &more[..3]);
    assert_eq!(counts(&bench.ingest()), [0, 0, 3, 1]);
    // The same file below another folder.
    bench.write("sub/a.jsonl", &(lines.join("\n") + "\n"));
    bench.json(&["ingest", "news/sub", "--format", "json"]);
    assert_eq!(hits(&bench, "solar").len(), 6);
    assert!(bench.ok(&["check"]).contains("sound"));
}

#[test]
fn a_record_that_its_file_no_longer_has_is_on_no_line() {
    let bench = Workbench::new();
    write(&bench, 0, &[record(1, "solar"), record(2, "gold")]);
    bench.ingest();
    assert_eq!(bench.ok(&["query", "gold", "--format", "paths"]), "news/a.jsonl:2\n");
    write(&bench, 1, &[record(1, "solar")]);
    bench.ok(&["ingest", "news", "--keep-missing", "--quiet"]);
    for query in ["gold", "id:300000002"] {
        assert_eq!(bench.ok(&["query", query, "--format", "paths"]), "news/a.jsonl\n");
    }
    let hit = &bench.json(&["query", "gold", "--format", "json"])["hits"][0];
    assert_eq!(hit.get("record_line"), Some(&serde_json::Value::Null), "{hit}");
    assert_eq!(hit["snippets"][0]["line"], serde_json::Value::Null, "{hit}");
    let shown = bench.json(&["show", "300000002", "--format", "json"]);
    assert_eq!((&shown["title"], &shown["body_line"]), (&"gold".into(), &serde_json::Value::Null));
    assert_eq!(bench.ok(&["query", "solar", "--format", "paths"]), "news/a.jsonl:1\n");
}

#[test]
fn records_that_change_in_several_commits_are_counted_as_updated() {
    let bench = Workbench::new();
    let lines = |word: &str| (0..200).map(|id| record(id, word)).collect::<Vec<_>>();
    write(&bench, 0, &lines("solar"));
    bench.ingest();
    write(&bench, 1, &lines("hydropower"));
    let report =
        bench.json(&["ingest", "news", "--commit-every", "1ns", "--threads", "1", "--format", "json"]);
    assert_eq!(counts(&report), [0, 200, 0, 0], "{report}");
}

#[test]
fn a_file_that_was_read_as_the_wrong_thing_is_read_again_as_the_right_one() {
    let page = "{\n\"id\": 300000001,\n\"title\": \"solar\"\n}\n";
    let line = record(1, "solar") + "\n";
    // For each text, the formats as which it is read, one after the other, with the number of articles.
    let cases: [(&str, &[(&str, u64)]); 3] = [
        (&line, &[("csv", 0), ("jsonl", 1), ("markdown", 1), ("json", 1), ("csv", 0), ("tsv", 0)]),
        (
            "title,note\nsolar,a\nsolar,b\n",
            &[("csv", 2), ("markdown", 1), ("csv", 2), ("tsv", 0), ("csv", 2)],
        ),
        (page, &[("jsonl", 0), ("json", 1), ("feed", 0), ("json", 1)]),
    ];
    for (text, formats) in cases {
        let bench = Workbench::new();
        bench.write("a.log", text);
        for (format, articles) in formats {
            let args = ["ingest", "news/a.log", "--input-format", format, "--format", "json"];
            let report = bench.json(&args);
            assert_ne!(report["bytes"], 0, "{format}: {report}");
            assert_eq!(bench.keys(&["solar"]).len() as u64, *articles, "{format}: {report}");
            // Now it is known, with the word of the user and without.
            for args in [&args[..], &["ingest", "news/a.log", "--format", "json"]] {
                let again = bench.json(args);
                assert_eq!(
                    (&again["bytes"], &again["unchanged"]),
                    (&0.into(), &(*articles).into()),
                    "{again}"
                );
                assert_eq!(again["skipped"], report["skipped"], "{format}");
            }
        }
        assert!(bench.ok(&["check", "--files"]).contains("sound"));
    }
}

#[test]
fn records_of_the_wrong_format_are_not_kept_for_a_file_that_is_cut_off() {
    let bench = Workbench::new();
    bench.write("a.log", "{\"title\": \"solar\"}\n{\"tit");
    let ingest = |format| {
        bench.json(&["ingest", "news/a.log", "--keep-missing", "--input-format", format, "--format", "json"])
    };
    assert_eq!(counts(&ingest("csv"))[0], 0);
    assert_eq!(counts(&ingest("jsonl")), [1, 0, 0, 0]);
    bench.write("b.log", "title\nsolar\nsolar glass\n");
    let ingest = |format| {
        bench.json(&["ingest", "news/b.log", "--keep-missing", "--input-format", format, "--format", "json"])
    };
    assert_eq!(counts(&ingest("csv")), [2, 0, 0, 0]);
    assert_eq!(counts(&ingest("tsv"))[3], 2);
}

#[test]
fn a_record_that_has_changed_before_the_cut_replaces_what_it_was() {
    let bench = Workbench::new();
    let mut lines: Vec<String> = (1..=5).map(|id| record(id, &format!("solar {id}"))).collect();
    write(&bench, 0, &lines);
    bench.ingest();
    lines[1] = record(2, "hydropower 2");
    let cut = lines[..3].join("\n") + "\n{\"id\": \"300000004";
    write_bytes(&bench, "a.jsonl", 1, cut.as_bytes());
    let report = bench.ingest();
    assert_eq!(counts(&report), [0, 1, 4, 0], "{report}");
    let keys = |query| bench.sorted_keys(&[query]);
    assert_eq!(
        (keys("solar"), keys("hydropower")),
        ([1, 3, 4, 5].map(|id| (FIRST + id).to_string()).to_vec(), vec![(FIRST + 2).to_string()])
    );
    // Now the file ends there.
    write(&bench, 2, &lines[..3]);
    assert_eq!(counts(&bench.ingest()), [0, 0, 3, 2]);
}

#[test]
fn records_that_leave_their_file_stay_if_articles_without_files_do() {
    let bench = Workbench::new();
    let mut lines: Vec<String> = (1..=5).map(|id| record(id, &format!("solar {id}"))).collect();
    write(&bench, 0, &lines);
    bench.ingest();
    lines[2] = record(3, "hydropower 3");
    lines.remove(1);
    write(&bench, 1, &lines);
    let keep = ["ingest", "news", "--keep-missing", "--format", "json"];
    for expected in [[0, 1, 4, 0], [0, 0, 5, 0]] {
        let report = bench.json(&keep);
        assert_eq!((counts(&report), notes(&report).len()), (expected, 0), "{report}");
    }
    let keys = |query| bench.sorted_keys(&[query]);
    assert_eq!(keys("solar"), [1, 2, 4, 5].map(|id| (FIRST + id).to_string()));
    assert_eq!(keys("hydropower"), [(FIRST + 3).to_string()]);
    assert_eq!(counts(&bench.ingest()), [0, 0, 4, 1], "they go as soon as they may");
    assert_eq!(counts(&bench.ingest()), [0, 0, 4, 0]);
}

#[test]
fn an_ingest_commits_within_a_file_and_goes_on_where_it_was_killed() {
    let bench = Workbench::new();
    let lines: Vec<String> = (0..500).map(|id| record(id, &format!("solar {id}"))).collect();
    write(&bench, 0, &lines);
    bench.write(
        "b.json",
        &format!("[{}]", (500..700).map(|id| record(id, "wind")).collect::<Vec<_>>().join(",")),
    );
    let each = ["ingest", "news", "--format", "jsonl", "--commit-every", "1ns", "--threads", "1"];
    let printed = bench.ok(&[&each[..], &["--index", "other"]].concat());
    let commits = printed.lines().filter(|line| line.contains("\"commit\"")).count();
    assert!(commits > 2, "{printed}");
    let articles = |more: &[&str]| {
        let args = [&["query", "*", "--format", "json"], more].concat();
        bench.json(&args)["articles"].as_u64().unwrap()
    };
    assert_eq!(articles(&["--index", "other"]), 700);
    assert_eq!(bench.ok(&[&each[..], &["--index", "other"]].concat()).lines().count(), 0);

    let mut running = bench.command(&each).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(running.stdout.take().unwrap()).read_line(&mut first).unwrap();
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(first.contains("\"commit\""), "{first}");
    let there = articles(&[]);
    assert!(there > 0);
    assert!(bench.ok(&["check"]).contains("sound"));
    let [indexed, updated, unchanged, removed] = counts(&bench.ingest());
    assert_eq!((indexed + unchanged, updated, removed), (700, 0, 0));
    assert_eq!(unchanged, there);
    assert_eq!(counts(&bench.ingest()), [0, 0, 700, 0]);
    // While some records go and others come.
    let lines: Vec<String> = (100..600).map(|id| record(id, &format!("solar {id}"))).collect();
    write(&bench, 1, &lines);
    fs::remove_file(bench.news().join("b.json")).unwrap();
    bench.ok(&each);
    assert_eq!(hits(&bench, "title:solar id:300000599"), [("599".into(), 500)]);
    assert_eq!(articles(&[]), 500);
    assert_eq!(counts(&bench.ingest()), [0, 0, 500, 0]);
}

#[test]
fn the_articles_of_a_file_that_has_changed_stay_until_others_take_their_place() {
    let bench = Workbench::new();
    let lines =
        |word: &str| -> Vec<String> { (0..500).map(|id| record(id, &format!("{word} {id}"))).collect() };
    let each = ["ingest", "news", "--format", "jsonl", "--commit-every", "1ns", "--threads", "1"];
    let matching =
        |query: &str| bench.json(&["query", query, "--format", "json"])["articles"].as_u64().unwrap();
    let articles = || matching("*");
    write(&bench, 0, &lines("solar"));
    bench.ingest();
    write(&bench, 1, &lines("wind"));
    let mut running = bench.command(&each).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(running.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("\"commit\""), "{first}");
    assert_eq!(articles(), 500, "in the middle of the file");
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(articles(), 500, "killed");
    assert!(bench.ok(&["check"]).contains("sound"));
    bench.ingest();
    assert_eq!((articles(), matching("wind")), (500, 500));
    assert_eq!(counts(&bench.ingest()), [0, 0, 500, 0]);
    write(&bench, 2, &lines("glass"));
    let report =
        bench.json(&["ingest", "news", "--format", "json", "--commit-every", "1ns", "--threads", "1"]);
    assert_eq!(counts(&report), [0, 500, 0, 0], "{report}");
    assert_eq!((articles(), matching("glass")), (500, 500));
    assert_eq!(counts(&bench.ingest()), [0, 0, 500, 0]);
}

#[test]
fn a_file_is_shown_checked_and_repaired_as_what_it_was_read_as() {
    let page = "<html><head><title>Solar glass</title><meta property=\"article:published_time\" content=\"2025-03-07\"></head>\
                <body><article><p>Makers of glass cut output in March, as stocks rose to a record.</p></article></body></html>";
    for store in ["texts", "none"] {
        let bench = Workbench::new();
        bench.write("x.dat", page);
        bench.write(
            "y.html",
            "---\ntitle: Wind farms\ndate: 2025-03-08\n---\n\nThe blades <turn> at night.\n",
        );
        let args =
            |file: &'static str, format: &'static str| ["ingest", file, "--input-format", format, "--quiet"];
        bench.ok(&[&args("news/x.dat", "html")[..], &["--store", store]].concat());
        bench.ok(&args("news/y.html", "markdown"));
        let shown = |title: &str, text: &str| {
            let key = &bench.sorted_keys(&[&format!("title:{title}")])[0];
            let shown = bench.ok(&["show", key]);
            assert!(shown.contains(text) && !shown.contains("<p>"), "{store}: {shown}");
        };
        let all = || {
            shown("glass", "Makers of glass cut output");
            shown("blades OR title:wind", "The blades <turn> at night.");
        };
        all();
        assert_eq!(bench.ok(&["check", "--files"]), "the index is sound\n");
        // Nobody says now that it is a page; it has not changed.
        assert_eq!(counts(&bench.json(&["ingest", "news/x.dat", "--format", "json"])), [0, 0, 1, 0]);
        shown("glass", "Makers of glass cut output");
        for file in fs::read_dir(bench.index()).unwrap().flatten().map(|file| file.path()) {
            if file.extension().is_some_and(|of| of == "store") {
                let mut bytes = fs::read(&file).unwrap();
                bytes[5..15].fill(0xAA);
                fs::write(&file, bytes).unwrap();
            }
        }
        bench.ok(&["repair"]);
        all();
        assert_eq!(bench.ok(&["check", "--files"]), "the index is sound\n");
        // What the user says counts.
        let report = bench.json(&["ingest", "news/x.dat", "--input-format", "markdown", "--format", "json"]);
        assert_eq!(counts(&report)[2], 1, "{report}");
        assert_ne!(report["bytes"], 0, "{report}");
    }
}

#[test]
fn a_file_of_one_article_that_comes_back_is_read_as_what_it_was() {
    let bench = Workbench::new();
    let page = |day: u32, word: &str| {
        format!(
            "<title>Solar {word}</title><link rel=canonical href=https://news.example/en/news/200000001>\
             <meta property=\"article:published_time\" content=\"2025-03-0{day}\"><p>Makers cut output.</p>"
        )
    };
    bench.write("x.dat", &page(1, "early"));
    bench.write("z/y.html", &page(2, "late"));
    bench.ok(&["ingest", "news/x.dat", "--input-format", "html", "--quiet"]);
    bench.ok(&["ingest", "news/z", "--quiet"]);
    assert_eq!((bench.keys(&["early"]).len(), bench.keys(&["late"]).len()), (0, 1));
    fs::remove_file(bench.news().join("z/y.html")).unwrap();
    bench.ok(&["ingest", "news/z", "--allow-empty", "--quiet"]);
    let answer = bench.json(&["query", "early", "--format", "json"]);
    assert_eq!(answer["hits"][0]["title"], "Solar early", "{answer}");
}

#[test]
fn a_file_of_one_record_has_one_document_beside_it() {
    let bench = Workbench::new();
    bench.write("a.json", &record(1, "solar"));
    bench.ingest();
    let meta: serde_json::Value =
        serde_json::from_slice(&fs::read(bench.index().join("meta.json")).unwrap()).unwrap();
    let segments = meta["segments"].as_array().unwrap().iter();
    assert_eq!(segments.map(|segment| segment["max_doc"].as_u64().unwrap()).sum::<u64>(), 2);
    // Of many, the places are found as well.
    let lines: Vec<String> = (1..=65).map(|id| record(id, &format!("wind {id}"))).collect();
    write(&bench, 0, &lines[..64]);
    bench.ingest();
    assert_eq!(hits(&bench, "title:64"), [("64".into(), 64)]);
    write(&bench, 1, &lines);
    bench.ingest();
    assert_eq!(hits(&bench, "title:65"), [("65".into(), 65)]);
    assert!(bench.ok(&["check", "--files"]).contains("sound"));
    assert_eq!(counts(&bench.ingest())[2], 65);
}

#[test]
fn keys_whose_values_are_empty_are_told_as_such() {
    let bench = Workbench::new();
    bench.write("a.json", "[{\"title\": \"\", \"colour\": \"red\"}]");
    bench.write(
        "b.jsonl",
        "{\"title\": \"solar\"}\n{\"colour\": \"red\", \"title\": \" \", \"body\": \"\"}\n",
    );
    bench.write("c.json", "[{\"colour\": \"red\"}]");
    let report = bench.ingest();
    let notes = report["skipped"].as_array().unwrap().iter();
    let reasons: Vec<&str> = notes.map(|note| note["reason"].as_str().unwrap()).collect();
    let empty = "what should be its title or its text is empty: ";
    assert_eq!(
        reasons,
        [
            format!("{empty}title"),
            format!("{empty}title, body"),
            "none of its keys is a title or a text: colour".to_owned()
        ]
    );
}

#[test]
fn excluded_records_are_told_alike_by_each_ingest_and_counted_as_records() {
    let bench = Workbench::new();
    let lines: Vec<String> = (0..200).map(|n| record(n / 2, &format!("solar {n}"))).collect();
    write(&bench, 0, &lines);
    let dry = bench.json(&["ingest", "news", "--dry-run", "--format", "json"]);
    let (first, second) = (bench.ingest(), bench.ingest());
    assert_eq!(
        (counts(&dry), counts(&first), counts(&second)),
        ([100, 0, 0, 0], [100, 0, 0, 0], [0, 0, 100, 0])
    );
    assert_eq!(skipped(&first).len(), 100);
    assert_eq!((skipped(&dry), skipped(&second)), (skipped(&first), skipped(&first)));
    let status = bench.ok(&["status"]);
    assert!(status.contains("excluded  100 files and records (duplicates, or no text)"), "{status}");
}

#[test]
fn without_texts_an_archive_is_refused_with_the_reason_and_a_way_out() {
    let bench = Workbench::new();
    let packed = zstd::encode_all(record(1, "solar").as_bytes(), 3).unwrap();
    write_bytes(&bench, "a.json.zst", 0, &packed);
    let wide: Vec<u8> =
        "\u{feff}{\"title\": \"solar\"}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    write_bytes(&bench, "b.jsonl", 0, &wide);
    let report = bench.json(&["ingest", "news", "--store", "none", "--format", "json"]);
    let notes = report["skipped"].as_array().unwrap();
    for (note, parts) in notes
        .iter()
        .zip([["it is compressed", "decompress it"], ["it is in UTF-16LE", "convert it to UTF-8"]])
    {
        let reason = note["reason"].as_str().unwrap();
        let parts = parts.into_iter().chain(["--store none", "--store texts"]);
        assert!(note["code"] == "no-places" && parts.clone().all(|part| reason.contains(part)), "{note}");
    }
    assert_eq!(notes.len(), 2, "{report}");
}

/// The codes of a list of notes with their lines.
fn codes(list: &serde_json::Value) -> Vec<(u64, &str)> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|note| (note["line"].as_u64().unwrap(), note["code"].as_str().unwrap()))
        .collect()
}

#[test]
fn the_members_and_all_lists_of_an_object_are_articles() {
    let bench = Workbench::new();
    let (a, b) = (record(1, "solar"), "{\"headline\": \"wind\"}");
    bench.write("map.json", &format!("{{\"data\": {{\n\"x1\": {a},\n\"x2\": {b}}}}}"));
    let (c, d) = (record(3, "hydropower"), record(4, "coal"));
    bench.write("lists.json", &format!("{{\"news\": [{c}],\n\n\"articles\": [{d}]}}"));
    let report = bench.ingest();
    assert_eq!((counts(&report), skipped(&report)), ([4, 0, 0, 0], vec![]));
    assert_eq!(hits(&bench, "title:solar"), [("1".to_owned(), 2)]);
    assert_eq!(hits(&bench, "key:x2").iter().map(|(_, line)| *line).collect::<Vec<_>>(), [3]);
    assert_eq!(hits(&bench, "title:hydropower"), [("3".to_owned(), 1)]);
    assert_eq!(hits(&bench, "title:coal"), [("4".to_owned(), 3)]);
    assert!(bench.ok(&["check", "--files"]).contains("sound"));
    // A text that is not stored is read from the place of its member.
    bench.ok(&["ingest", "news", "--store", "none", "--index", "other"]);
    let answer = bench.json(&["query", "title:wind", "--index", "other", "--format", "json"]);
    assert_eq!(answer["hits"][0]["title"], "wind");
}

#[test]
fn rows_that_end_with_a_carriage_return_are_records() {
    let bench = Workbench::new();
    bench.write("mac.csv", "sep=;\rid;title;body\r1;solar;\"one\rtwo\"\r2;wind;three\r");
    let report = bench.ingest();
    assert_eq!((counts(&report), skipped(&report)), ([2, 0, 0, 0], vec![]));
    assert_eq!(hits(&bench, "solar two"), [("mac.csv#1".to_owned(), 3)]);
    assert_eq!(hits(&bench, "wind"), [("mac.csv#2".to_owned(), 5)]);
}

#[test]
fn a_record_with_a_small_mistake_is_kept_and_told_with_its_line() {
    let bench = Workbench::new();
    let lines: [&[u8]; 6] = [
        b"{\"id\": \"1\", \"title\": \"solar\", \"price\": NaN}",
        b"\xef\xbb\xbf{\"id\": \"2\", \"title\": \"solar\"}",
        b"{\"id\": \"3\", \"title\": \"solar\", \"tags\": [\"a\",],}",
        b"{\"id\": \"4\", \"title\": \"solar\", \"body\": \"Caf\xc3\xa9s and \xc3 caf\xc3\xa9s.\"}",
        b"{\"id\": \"5\", \"title\": \"solar\ttwo\"}",
        b"{\"id\": \"6\", \"title\": \"solar\"",
    ];
    fs::write(bench.news().join("a.jsonl"), lines.join(&b'\n')).unwrap();
    fs::write(bench.news().join("b.csv"), b"id,title\n7,caf\xc3\xa9 \xc3\xa9t\xc3\xa9\n8,solar\xff\n")
        .unwrap();
    let report = bench.ingest();
    assert_eq!(counts(&report), [7, 0, 0, 0], "{report}");
    assert_eq!(codes(&report["skipped"]).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [6]);
    let (mended, bytes) = ("json-repaired", "invalid-utf8");
    let mut repaired = codes(&report["repaired"]);
    repaired.sort_unstable();
    assert_eq!(repaired, [(1, mended), (3, bytes), (3, mended), (4, bytes), (5, mended)]);
    assert_eq!(hits(&bench, "solar").len(), 6);
}

#[test]
fn records_before_the_first_article_are_all_counted() {
    let bench = Workbench::new();
    let lines: Vec<String> =
        (0..1_500).map(|n| format!("{{\"colour\": {n}}}")).chain([record(1, "solar")]).collect();
    write(&bench, 0, &lines);
    let text = bench.ok(&["ingest", "news"]);
    assert!(text.contains("indexed 1,"), "{text}");
    assert!(text.contains("skipped 1500: 1500 no-title-or-text"), "{text}");
}

#[test]
fn a_file_that_is_named_is_told_by_its_beginning() {
    let bench = Workbench::new();
    let lines = record(1, "solar") + "\n" + &record(2, "solar") + "\n";
    bench.write("wire.log", &lines);
    bench.write("places.geojson", &format!("[{}]", record(3, "solar")));
    bench.write("feed", "<?xml version=\"1.0\"?><rss><channel><item><title>solar</title><link>https://news.example/news/200000004</link></item></channel></rss>");
    bench.write(
        "page.php",
        "<!DOCTYPE html><html><title>solar</title><body><p>Text of a page.</p></body></html>",
    );
    bench.write("notes.log", "[2025-03-07] solar\n");
    for (name, articles) in
        [("wire.log", 2), ("places.geojson", 1), ("feed", 1), ("page.php", 1), ("notes.log", 1)]
    {
        let path = format!("news/{name}");
        let report = bench.json(&["ingest", &path, "--format", "json"]);
        assert_eq!((counts(&report)[0], skipped(&report)), (articles, vec![]), "{name}");
        let again = bench.json(&["ingest", &path, "--format", "json"]);
        assert_eq!(counts(&again), [0, 0, articles, 0], "{name}");
    }
    assert_eq!(hits(&bench, "id:300000002"), [("2".to_owned(), 2)]);
    // In a folder nothing but the extension counts.
    let report = bench.json(&["ingest", "news", "--index", "other", "--format", "json", "--allow-empty"]);
    assert_eq!(counts(&report), [0; 4]);
}

#[test]
fn standard_input_is_told_by_its_beginning() {
    let bench = Workbench::new();
    for (text, articles) in [
        (record(1, "solar") + "\n" + &record(2, "solar"), 2),
        (format!("[{}]", record(3, "solar")), 1),
        ("<rss><channel><item><title>solar</title></item></channel></rss>".to_owned(), 1),
        ("{\"title\": \"solar\"}\n\nA text with front matter.\n".to_owned(), 1),
    ] {
        let input = bench.path().join("input");
        fs::write(&input, &text).unwrap();
        let mut command = bench.command(&["ingest", "-", "--format", "json"]);
        let output = command.stdin(fs::File::open(&input).unwrap()).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((counts(&report)[0], skipped(&report)), (articles, vec![]), "{text}");
    }
}

#[test]
fn a_feed_that_ends_between_its_items_keeps_the_rest() {
    let item = |id: u32| format!("<item><guid>{id}</guid><title>solar {id}</title></item>\n");
    let items: Vec<String> = (1..=5).map(item).collect();
    let whole = format!("<rss version=\"2.0\"><channel>\n{}</channel></rss>", items.concat());
    for end in [whole.find(&items[3]).unwrap(), whole.find(&items[0]).unwrap(), 10] {
        let bench = Workbench::new();
        write_bytes(&bench, "a.xml", 0, whole.as_bytes());
        assert_eq!(counts(&bench.ingest()), [5, 0, 0, 0]);
        write_bytes(&bench, "a.xml", 1, &whole.as_bytes()[..end]);
        let report = bench.ingest();
        assert_eq!(counts(&report), [0, 0, 5, 0], "{report}");
        assert!(notes(&report)[0].0.ends_with(" cut-off"), "{report}");
        write_bytes(&bench, "a.xml", 2, whole.as_bytes());
        assert_eq!(counts(&bench.ingest()), [0, 0, 5, 0]);
    }
}

#[test]
fn an_empty_file_that_should_be_compressed_keeps_its_articles() {
    let bench = Workbench::new();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all((record(1, "solar") + "\n").as_bytes()).unwrap();
    write_bytes(&bench, "a.jsonl.gz", 0, &encoder.finish().unwrap());
    assert_eq!(counts(&bench.ingest()), [1, 0, 0, 0]);
    write_bytes(&bench, "a.jsonl.gz", 1, b"");
    let report = bench.ingest();
    assert_eq!((counts(&report)[3], &report["skipped"][0]["code"]), (0, &"bad-archive".into()), "{report}");
    assert_eq!(bench.sorted_keys(&["solar"]).len(), 1);
}

#[test]
fn a_file_that_a_glob_matches_is_told_by_its_beginning() {
    let bench = Workbench::new();
    bench.write("wire.log", &(record(1, "solar") + "\n" + &record(2, "solar") + "\n"));
    let report = bench.json(&["ingest", "news", "--glob", "*.log", "--format", "json"]);
    assert_eq!(counts(&report), [2, 0, 0, 0], "{report}");
}

#[test]
fn a_compressed_page_without_an_extension_of_its_own_is_read_and_shown() {
    let bench = Workbench::new();
    let page = "<!DOCTYPE html><html><title>solar</title><body><p>Text of a page.</p></body></html>";
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(page.as_bytes()).unwrap();
    fs::create_dir_all(bench.news()).unwrap();
    fs::write(bench.news().join("page.php"), encoder.finish().unwrap()).unwrap();
    for store in ["texts", "none"] {
        let index = ["--index", store];
        let args = ["ingest", "news/page.php", "--store", store, "--format", "json"];
        let report = bench.json(&[&args[..], &index].concat());
        assert_eq!(counts(&report), [1, 0, 0, 0], "{report}");
        let answer = bench.json(&[&["query", "text", "--format", "json"][..], &index].concat());
        let id = answer["hits"][0]["id"].as_str().unwrap();
        assert!(bench.ok(&[&["show", id][..], &index].concat()).contains("Text of a page."));
    }
}

#[test]
fn a_chosen_format_is_that_of_all_files_of_a_folder() {
    let bench = Workbench::new();
    bench.write("wire.log", &(record(1, "solar") + "\n" + &record(2, "solar") + "\n"));
    bench.write("sub/wire", &(record(3, "solar") + "\n"));
    assert_eq!(counts(&bench.ingest()), [0; 4], "by their extensions, they are none");
    let report = bench.json(&["ingest", "news", "--input-format", "jsonl", "--format", "json"]);
    assert_eq!(counts(&report), [3, 0, 0, 0], "{report}");
}
