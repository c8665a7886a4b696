//! Bringing an index in step with folders: what is new, changed, gone, doubled and passed over.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::{Workbench, article, corpus};
use newsdex::{index::ExcludedFile, source::Source};
use std::{
    fs,
    io::Write as _,
    io::{BufRead as _, BufReader},
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

fn counts(report: &serde_json::Value) -> [u64; 4] {
    ["indexed", "updated", "unchanged", "removed"].map(|name| report[name].as_u64().unwrap())
}

/// The codes under which files were skipped, by file name.
fn skipped(report: &serde_json::Value) -> Vec<(String, String)> {
    let notes = report["skipped"].as_array().unwrap().iter();
    let name = |note: &serde_json::Value| {
        Path::new(note["path"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned()
    };
    notes.map(|note| (name(note), note["code"].as_str().unwrap().to_owned())).collect()
}

/// Writes a file with a time of modification that surely differs from the one before.
fn rewrite(bench: &Workbench, name: &str, text: &str) {
    bench.write(name, text);
    let file = fs::File::options().append(true).open(bench.news().join(name)).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(10)).unwrap();
}

#[test]
fn a_second_run_reads_only_what_has_changed() {
    let bench = Workbench::new();
    for n in 1..=3 {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", "solar");
    }
    assert_eq!(counts(&bench.ingest()), [3, 0, 0, 0]);
    let again = bench.ingest();
    assert_eq!(counts(&again), [0, 0, 3, 0]);
    assert_eq!(again["bytes"], 0, "nothing was read");

    rewrite(&bench, "1.md", &article(200_000_001, "03-07", "wind"));
    fs::remove_file(bench.news().join("2.md")).unwrap();
    bench.article("4.md", 200_000_004, "03-07", "solar");
    assert_eq!(counts(&bench.ingest()), [1, 1, 1, 1]);
    assert_eq!(bench.sorted_keys(&["solar"]), ["200000003/en", "200000004/en"]);
    assert_eq!(bench.keys(&["wind"]), ["200000001/en"]);
    assert_eq!(counts(&bench.ingest()), [0, 0, 3, 0]);
}

#[test]
fn a_file_that_was_only_touched_counts_as_unchanged() {
    let bench = Workbench::new();
    let text = article(200_000_001, "03-07", "solar");
    bench.write("1.md", &text);
    bench.ingest();
    rewrite(&bench, "1.md", &text);
    assert_eq!(counts(&bench.ingest()), [0, 0, 1, 0]);
    let third = bench.ingest();
    assert_eq!((counts(&third), third["bytes"].as_u64()), ([0, 0, 1, 0], Some(0)));
    assert_eq!(bench.keys(&["solar"]).len(), 1);
}

#[test]
fn only_what_is_below_the_roots_is_taken_for_gone() {
    let bench = Workbench::new();
    bench.article("a/1.md", 200_000_001, "03-07", "solar");
    bench.article("ab/2.md", 200_000_002, "03-07", "solar");
    bench.ok(&["ingest", "news"]);
    fs::remove_file(bench.news().join("ab/2.md")).unwrap();
    assert_eq!(counts(&bench.json(&["ingest", "news/a", "--format", "json"])), [0, 0, 1, 0]);
    assert_eq!(bench.keys(&["solar"]).len(), 2);
    assert_eq!(counts(&bench.json(&["ingest", "news", "--keep-missing", "--format", "json"])), [0, 0, 1, 0]);
    assert_eq!(bench.keys(&["solar"]).len(), 2);
    assert_eq!(counts(&bench.json(&["ingest", "news", "--dry-run", "--format", "json"])), [0, 0, 1, 1]);
    assert_eq!(bench.keys(&["solar"]).len(), 2);
    assert_eq!(counts(&bench.ingest()), [0, 0, 1, 1]);
    assert_eq!(bench.keys(&["solar"]), ["200000001/en"]);
    // A root that is not there is a slip or a disk that is not mounted, not a deletion.
    fs::rename(bench.news(), bench.path().join("elsewhere")).unwrap();
    bench.fails(&["ingest", "news"], 2);
    assert_eq!(bench.keys(&["solar"]), ["200000001/en"]);
}

#[test]
fn a_renamed_file_stays_one_article() {
    let bench = Workbench::new();
    bench.article("old.md", 200_000_001, "03-07", "solar");
    bench.ingest();
    fs::rename(bench.news().join("old.md"), bench.news().join("a-new.md")).unwrap();
    let report = bench.ingest();
    assert_eq!(counts(&report), [1, 0, 0, 1]);
    assert_eq!(skipped(&report), []);
    assert_eq!(bench.keys(&["solar"]), ["200000001/en"]);
}

#[test]
fn of_two_files_with_one_key_the_later_date_stays_and_the_report_says_so() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-09", "solar late");
    bench.article("b.md", 200_000_001, "03-07", "solar early");
    let report = bench.ingest();
    assert_eq!(counts(&report), [1, 0, 0, 0]);
    assert_eq!(skipped(&report), [("b.md".to_owned(), "duplicate-id".to_owned())]);
    assert!(report["skipped"][0]["reason"].as_str().unwrap().contains("a.md"));
    assert_eq!(bench.keys(&["solar"]).len(), 1);
    assert_eq!(bench.keys(&["early"]).len(), 0);

    // It stays so without being read again, and is named again.
    let again = bench.ingest();
    assert_eq!((counts(&again), again["bytes"].as_u64()), ([0, 0, 1, 0], Some(0)));
    assert_eq!(skipped(&again), [("b.md".to_owned(), "duplicate-id".to_owned())]);

    // A still later one takes the place of the first.
    bench.article("c.md", 200_000_001, "03-10", "solar latest");
    let third = bench.ingest();
    assert_eq!(counts(&third), [1, 0, 0, 0]);
    assert_eq!(bench.keys(&["latest"]).len(), 1);
    assert_eq!(bench.keys(&["solar"]).len(), 1);

    // Where the holder goes, the next in date comes back.
    fs::remove_file(bench.news().join("c.md")).unwrap();
    bench.ingest();
    assert_eq!(bench.keys(&["late"]).len(), 1);
    assert_eq!(bench.keys(&["solar"]).len(), 1);
    fs::remove_file(bench.news().join("a.md")).unwrap();
    bench.ingest();
    assert_eq!(bench.keys(&["early"]).len(), 1);
    assert_eq!(counts(&bench.ingest()), [0, 0, 1, 0]);
}

#[test]
fn the_holder_of_a_key_does_not_depend_on_history() {
    let bench = Workbench::new();
    bench.article("w.md", 200_000_001, "05-01", "solar w");
    bench.article("x.md", 200_000_001, "03-01", "solar x");
    bench.ingest();
    rewrite(&bench, "w.md", &article(200_000_001, "01-01", "solar w again"));
    let report = bench.ingest();
    assert_eq!(skipped(&report), [("w.md".to_owned(), "duplicate-id".to_owned())]);
    assert_eq!(counts(&report)[0], 1, "the other came back, once");
    let hits = bench.json(&["query", "solar", "--format", "json"]);
    assert_eq!(hits["total"], 1);
    assert!(hits["hits"][0]["path"].as_str().unwrap().ends_with("x.md"));
    // A loser that becomes an article of its own is counted once and is no loser any more.
    fs::remove_file(bench.news().join("x.md")).unwrap();
    rewrite(&bench, "w.md", &article(200_000_002, "01-01", "solar w alone"));
    let report = bench.ingest();
    assert_eq!((counts(&report), skipped(&report)), ([1, 0, 0, 1], vec![]));
}

#[test]
fn files_without_an_address_are_not_taken_for_one_another() {
    let bench = Workbench::new();
    bench.write("a/note.md", "alpha text one\n");
    bench.write("b/note.md", "bravo text two\n");
    let report = bench.json(&["ingest", "news/a", "news/b", "--format", "json"]);
    assert_eq!((counts(&report), skipped(&report)), ([2, 0, 0, 0], vec![]));
    assert_eq!(bench.keys(&["alpha"]).len() + bench.keys(&["bravo"]).len(), 2);
    let again = bench.json(&["ingest", "news/a", "news/b", "--format", "json"]);
    assert_eq!((counts(&again), again["bytes"].as_u64()), ([0, 0, 2, 0], Some(0)));
}

#[test]
fn an_id_that_is_only_a_path_never_displaces_an_article() {
    for order in [["aa.md", "zz.md"], ["zz.md", "aa.md"]] {
        let bench = Workbench::new();
        bench.write("m.md", "plain words of a note\n");
        for (name, id) in order.iter().zip(["m", "other"]) {
            bench.write(name, &format!("---\ntitle: T\nid: {id}\ndatetime: 2025-03-07\n---\nsolar\n"));
        }
        let report = bench.ingest();
        assert_eq!((counts(&report), skipped(&report)), ([3, 0, 0, 0], vec![]));
        assert_eq!(bench.keys(&["note"]).len(), 1);
        assert_eq!(bench.keys(&["solar"]).len(), 2);
        assert_eq!(counts(&bench.ingest()), [0, 0, 3, 0]);
    }
}

#[test]
fn an_id_that_is_only_a_path_yields_although_it_comes_first() {
    let bench = Workbench::new();
    bench.write("m.md", "plain words of a note\n");
    bench.ingest();
    bench.write("z.md", "---\ntitle: T\nid: m\n---\nsolar\n");
    let rehearsed = bench.json(&["ingest", "news", "--dry-run", "--format", "json"]);
    for report in [rehearsed, bench.ingest()] {
        assert_eq!((counts(&report), skipped(&report)), ([1, 0, 1, 0], vec![]), "{report}");
    }
    assert_eq!(bench.keys(&["solar"]), ["m"]);
    let whole = bench.keys(&["note"]);
    assert!(whole[0].ends_with("news/m.md"), "{whole:?}");
    // It stays known by its whole path when it changes.
    rewrite(&bench, "m.md", "plain words of a longer note\n");
    assert_eq!((counts(&bench.ingest()), bench.keys(&["longer"])), ([0, 1, 1, 0], whole));
    // Two files that have the id from their texts are settled by their paths, whatever they are called.
    bench.write("n/m.md", "---\ntitle: T\nid: m\n---\nwind\n");
    assert_eq!(skipped(&bench.ingest()), [("z.md".to_owned(), "duplicate-id".to_owned())]);
}

#[test]
fn a_dry_run_counts_what_is_named_alike_as_the_ingest_does() {
    let both = |bench: &Workbench, folders: &[&str]| {
        let ingest = [&["ingest", "--format", "json"], folders].concat();
        let rehearsed = bench.json(&[&ingest[..], &["--dry-run"]].concat());
        let done = bench.json(&ingest);
        assert_eq!((counts(&rehearsed), skipped(&rehearsed)), (counts(&done), skipped(&done)));
        assert_eq!(rehearsed["repaired"], done["repaired"]);
        counts(&done)
    };
    let bench = Workbench::new();
    bench.write("a/note.md", "alpha text one\n");
    bench.write("b/note.md", "bravo text two\n");
    assert_eq!(both(&bench, &["news/a"]), [1, 0, 0, 0]);
    assert_eq!(both(&bench, &["news/a", "news/b"]), [1, 0, 1, 0]);
    // A text that has the id of another in a file of that name.
    let bench = Workbench::new();
    bench.write("m.md", "---\ntitle: T\nid: m\n---\nsolar\n");
    assert_eq!(both(&bench, &["news"]), [1, 0, 0, 0]);
    bench.write("z.md", "---\ntitle: T\nid: m\n---\nwind\n");
    assert_eq!(both(&bench, &["news"]), [0, 0, 1, 0]);
    // One that holds a key is emptied, and another has it.
    bench.write("m.md", "");
    assert_eq!(both(&bench, &["news"]), [1, 0, 0, 1]);
    // A folder that is not walked holds a key.
    bench.write("n/one.md", "---\ntitle: T\nid: n\ndatetime: 2025-03-09\n---\nsolar\n");
    bench.write("o/two.md", "---\ntitle: T\nid: n\ndatetime: 2025-03-08\n---\nsolar\n");
    assert_eq!(both(&bench, &["news/n"]), [1, 0, 0, 0]);
    assert_eq!(both(&bench, &["news/o"]), [0, 0, 0, 0]);
}

#[test]
fn what_cannot_be_read_again_is_set_aside_all_the_same() {
    let bench = Workbench::new();
    bench.write("a/m.md", "plain words of a note\n");
    bench.json(&["ingest", "news/a", "--format", "json"]);
    fs::rename(bench.news().join("a"), bench.path().join("away")).unwrap();
    bench.write("b/z.md", "---\ntitle: T\nid: m\n---\nsolar\n");
    let report = bench.json(&["ingest", "news/b", "--format", "json"]);
    assert_eq!(skipped(&report), [("z.md".to_owned(), "duplicate-id".to_owned())], "{report}");
    let again = bench.json(&["ingest", "news/b", "--format", "json"]);
    assert_eq!((counts(&again), again["bytes"].as_u64()), ([0, 0, 0, 0], Some(0)), "{again}");
}

#[test]
fn a_linked_file_comes_back_as_well() {
    let bench = Workbench::new();
    fs::write(bench.path().join("outside.md"), article(200_000_001, "03-07", "solar")).unwrap();
    symlink(bench.path().join("outside.md"), bench.news().join("link.md")).unwrap();
    bench.article("late.md", 200_000_001, "03-09", "solar");
    let ingest = || bench.json(&["ingest", "news", "--follow", "--format", "json"]);
    assert_eq!(skipped(&ingest())[0].0, "link.md");
    fs::remove_file(bench.news().join("late.md")).unwrap();
    assert_eq!((counts(&ingest()), bench.keys(&["solar"]).len()), ([1, 0, 0, 1], 1));
}

#[test]
fn what_is_only_out_of_sight_is_not_gone() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.txt", 200_000_002, "03-07", "solar");
    bench.ingest();
    assert_eq!(counts(&bench.json(&["ingest", "news", "--glob", "*.txt", "--format", "json"])), [0, 0, 1, 0]);
    assert_eq!(bench.keys(&["solar"]).len(), 2);
    bench.write("a.md", "");
    let report = bench.ingest();
    assert_eq!((counts(&report), bench.keys(&["solar"]).len()), ([0, 0, 1, 1], 1));
}

#[test]
fn a_dry_run_says_what_an_ingest_does() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.md", 200_000_001, "03-08", "solar");
    bench.write("empty.md", "");
    bench.article("d.md", 200_000_001, "03-06", "solar");
    for step in 0..4 {
        let rehearsed = bench.json(&["ingest", "news", "--dry-run", "--format", "json"]);
        let done = bench.ingest();
        assert_eq!(counts(&rehearsed), counts(&done), "step {step}");
        assert_eq!(skipped(&rehearsed), skipped(&done), "step {step}");
        bench.article("c.md", 200_000_001, "03-09", "solar");
        let gone = ["a.md", "c.md", "b.md", "c.md"][step];
        fs::remove_file(bench.news().join(gone)).unwrap();
    }
}

#[test]
fn many_may_ask_a_folder_at_once() {
    let bench = Workbench::new();
    for n in 0..50 {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", "solar");
    }
    let ask = || {
        bench.command(&["query", "solar", "--count", "--in", "news"]).stdout(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..6).map(|_| ask()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "50\n");
    }
}

#[test]
fn what_holds_no_article_is_skipped_with_its_reason_and_never_matches() {
    let bench = Workbench::new();
    bench.article("good.md", 200_000_001, "03-07", "solar");
    bench.write("empty.md", "");
    bench.write("blank.md", " \n\u{3000}\n");
    fs::write(bench.news().join("picture.md"), b"\x89PNG\r\n\x1a\n\0\0\0\x01\0\x02\xff\xfe".repeat(40))
        .unwrap();
    bench.write("large.md", &article(200_000_002, "03-07", &"word ".repeat(20_000)));
    bench.write(".hidden.md", &article(200_000_003, "03-07", "solar"));
    bench.write(".git/x.md", &article(200_000_004, "03-07", "solar"));
    bench.write("notes.doc", &article(200_000_005, "03-07", "solar"));
    symlink("good.md", bench.news().join("link.md")).unwrap();
    symlink("nowhere.md", bench.news().join("dangling.md")).unwrap();
    symlink("..", bench.news().join("up")).unwrap();
    let fifo = bench.news().join("pipe.md");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let args = ["ingest", "news", "--max-file-size", "50kB", "--format", "json"];
    let report = bench.json(&args);
    assert_eq!(counts(&report), [1, 0, 0, 0]);
    let expected = [
        ("blank.md", "empty"),
        ("dangling.md", "symlink"),
        ("empty.md", "empty"),
        ("large.md", "too-large"),
        ("link.md", "symlink"),
        ("picture.md", "binary"),
        ("pipe.md", "not-a-regular-file"),
    ];
    let expected = expected.map(|(name, code)| (name.to_owned(), code.to_owned()));
    assert_eq!(skipped(&report), expected);
    assert_eq!(skipped(&bench.json(&args)), expected, "named again");
    assert_eq!(bench.json(&args)["bytes"], 0, "and not read again");
    for query in [vec![], vec!["*"], vec!["NOT", "wind"], vec!["solar"], vec!["--since", "2020"]] {
        assert_eq!(bench.keys(&query), ["200000001/en"], "{query:?}");
    }
    assert_eq!(bench.ok(&["list"]).lines().count(), 1);
    bench.fails(&["ingest", "news", "--strict"], 1);
    fs::remove_file(fifo).unwrap();
    fs::remove_file(bench.news().join("up")).unwrap();
    let followed = bench.json(&["ingest", "news", "--follow", "--max-file-size", "50kB", "--format", "json"]);
    assert!(skipped(&followed).contains(&("dangling.md".to_owned(), "unreadable".to_owned())), "{followed}");
}

#[test]
fn a_loop_of_links_ends() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    symlink("..", bench.news().join("up")).unwrap();
    symlink("self.md", bench.news().join("self.md")).unwrap();
    bench.ok(&["ingest", "news", "--follow"]);
    assert_eq!(bench.keys(&["solar"]), ["200000001/en"]);
}

#[test]
fn globs_choose_files() {
    let bench = Workbench::new();
    bench.article("a/1.md", 200_000_001, "03-07", "solar");
    bench.article("b/2.html", 200_000_002, "03-07", "solar");
    bench.ok(&["ingest", "news", "--glob", "*.html", "--glob", "a/**"]);
    assert_eq!(bench.keys(&["solar"]).len(), 2);
    bench.fails(&["ingest", "news", "--glob", "a[", "--index", "other"], 2);
}

#[test]
fn standard_input_is_one_article() {
    let bench = Workbench::new();
    let send = |text: &str| {
        let mut child = bench.command(&["ingest", "-", "--format", "json"]);
        let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    assert_eq!(send(&article(200_000_001, "03-07", "solar"))["indexed"], 1);
    assert_eq!(send(&article(200_000_001, "03-08", "wind"))["updated"], 1);
    assert_eq!(bench.keys(&["wind"]), ["200000001/en"]);
    assert_eq!(bench.keys(&["solar"]).len(), 0);
    let said = bench.fails(&["ingest", "-"], 2);
    assert!(said.contains("standard input holds no article (empty)"), "{said}");
    bench.article("a.md", 200_000_009, "03-07", "solar");
    bench.ingest();
    assert_eq!(bench.keys(&["wind"]).len(), 1, "what came from no file is not gone");
    // A later file takes its place, and gives it up to a newer article from standard input.
    bench.article("b.md", 200_000_001, "03-09", "rain");
    bench.ingest();
    assert_eq!((bench.keys(&["rain"]).len(), bench.keys(&["wind"]).len()), (1, 0));
    send(&article(200_000_001, "03-10", "snow"));
    let status = bench.json(&["status", "--format", "json"]);
    assert_eq!((&status["articles"], &status["set_aside"]), (&2.into(), &0.into()));
    bench.ingest();
    assert_eq!((bench.keys(&["rain"]).len(), bench.keys(&["snow"]).len()), (0, 1));
}

#[test]
fn a_dry_run_writes_nothing() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    let report = bench.json(&["ingest", "news", "--dry-run", "--format", "json"]);
    assert_eq!(counts(&report), [1, 0, 0, 0]);
    assert!(!bench.index().exists());
    assert!(bench.ok(&["ingest", "news", "--dry-run"]).contains("nothing was written"));
}

#[test]
fn an_interrupt_commits_what_is_done() {
    let bench = Workbench::new();
    for n in 0..4000 {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", "solar wind");
    }
    // It commits after each 32 files, and is interrupted after the first commit, of 125.
    let ingest = ["ingest", "news", "--threads", "1", "--format", "jsonl", "--commit-every", "1ns"];
    let mut child = bench.command(&ingest).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    assert!(first.contains("commit"));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    // It may be interrupted before it has read more than the first 32.
    let last = lines.last().unwrap_or(first);
    let last: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{last}");
    let done: u64 = bench.ok(&["query", "solar", "--count"]).trim().parse().unwrap();
    assert!(done < 4000 && last["read"] == done, "{done}: {last}");
    bench.ingest();
    assert_eq!(bench.ok(&["query", "solar", "--count"]).trim(), "4000");
}

#[test]
fn the_corpus_is_read_whole() {
    let bench = Workbench::new();
    let report = bench.json(&["ingest", corpus().to_str().unwrap(), "--format", "json"]);
    let files = walk(&corpus());
    let skips = report["skipped"].as_array().unwrap().len();
    assert_eq!(report["indexed"].as_u64(), Some((files - skips) as u64));
    assert_eq!(skips, 3);
    let lines = bench.ok(&["ingest", corpus().to_str().unwrap(), "--format", "jsonl"]);
    assert_eq!(lines.lines().count(), 3, "{lines}");
    let text = bench.ok(&["ingest", corpus().to_str().unwrap(), "--index", "new"]);
    assert!(text.contains("indexed 31, updated 0"), "{text}");
    assert!(text.contains("repaired") && text.contains("3 encoding-detected"), "{text}");
    assert!(text.contains("broken/binary.md: not a text file"), "{text}");
    assert_eq!(bench.ok(&["ingest", corpus().to_str().unwrap(), "--index", "new", "--quiet"]), "");
}

/// The number of files with an extension that is read.
fn walk(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let count = |path: &Path| {
        let read = path.extension().is_some_and(|extension| extension == "md" || extension == "txt");
        if path.is_dir() { walk(path) } else { usize::from(read) }
    };
    entries.map(|path| count(&path)).sum()
}

#[test]
fn copies_that_are_named_by_their_id_are_settled() {
    let bench = Workbench::new();
    for folder in ["first", "second", "third"] {
        bench.article(&format!("{folder}/200000001.md"), 200_000_001, "03-07", "solar");
    }
    let rehearsed = bench.json(&["ingest", "news", "--dry-run", "--format", "json"]);
    for report in [rehearsed, bench.ingest()] {
        assert_eq!((&report["indexed"], &report["skipped_files"]), (&1.into(), &2.into()), "{report}");
    }
    assert_eq!(bench.keys(&["solar"]), ["200000001/en"]);
    assert_eq!(bench.ingest()["unchanged"], 1);
}

/// What an ingest of many small files prints that commits as often as it may: after each 32 files.
fn ingest_with_commits(bench: &Workbench) -> Vec<serde_json::Value> {
    let text = bench.ok(&["ingest", "news", "--format", "jsonl", "--commit-every", "1ns"]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_ingest_commits_at_intervals_and_says_so() {
    let bench = Workbench::new();
    for id in 0..300 {
        bench.article(&format!("{id:03}.md"), 200_000_000 + id, "03-07", "solar");
    }
    let lines = ingest_with_commits(&bench);
    let read: Vec<u64> = lines
        .iter()
        .filter(|line| line["event"] == "commit")
        .map(|line| line["read"].as_u64().unwrap())
        .collect();
    assert!(read.len() > 1 && read.is_sorted() && read.last() == Some(&300), "{read:?}");
    assert_eq!(bench.keys(&["solar"]).len(), 300);
    assert_eq!(ingest_with_commits(&bench).len(), 0, "nothing has changed, so that nothing is committed");
    let once = bench.ok(&["ingest", "news", "--format", "jsonl", "--commit-every", "0s", "--index", "other"]);
    assert_eq!(once.lines().count(), 1, "{once}");
    bench.ok(&["ingest", "news", "--quiet", "--commit-every", "1ns", "--index", "third"]);
    bench.fails(&["ingest", "news", "--commit-every", "soon"], 2);
}

#[test]
fn an_ingest_settles_what_a_killed_one_has_left() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.md", 200_000_001, "03-08", "solar wind");
    bench.write_past_ingest(|writer, article, file| writer.put(article, file).unwrap());
    assert_eq!(bench.keys(&["solar"]).len(), 2, "both are there");
    let report = bench.ingest();
    assert_eq!(report["skipped"][0]["code"], "duplicate-id", "{report}");
    assert_eq!((bench.keys(&["solar"]).len(), bench.keys(&["wind"]).len()), (1, 1));

    let bench = Workbench::new();
    bench.article("b.md", 200_000_001, "03-08", "solar wind");
    let key = "200000001\nen".to_owned();
    let aside = ExcludedFile { code: "duplicate-id".into(), reason: String::new(), key };
    bench.write_past_ingest(|writer, _, file| writer.exclude(file, &aside).unwrap());
    let found = bench.ok(&["query", "wind", "--in", "news", "--index", "index"]);
    assert!(found.contains("200000001/en"), "{found}");
    assert_eq!(bench.ingest()["unchanged"], 1);
}

#[test]
fn a_folder_is_current_although_another_one_has_what_nobody_holds() {
    let bench = Workbench::new();
    bench.article("a/x.md", 200_000_001, "03-08", "solar");
    bench.article("b/x.md", 200_000_001, "03-07", "solar");
    bench.article("a/y.md", 200_000_002, "03-07", "solar");
    bench.ok(&["ingest", "news/a", "news/b", "--quiet"]);
    fs::rename(bench.news().join("b"), bench.path().join("away")).unwrap();
    fs::remove_file(bench.news().join("a/x.md")).unwrap();
    bench.ok(&["ingest", "news/a", "--quiet"]);
    let before = fs::read(bench.index().join("meta.json")).unwrap();
    let snapshot = bench.location().open().unwrap().snapshot().unwrap();
    let corpus = Source::new(&[bench.news().join("a")], &[], false).unwrap();
    assert!(newsdex::ingest::is_current(&*snapshot, &corpus, 1 << 20).unwrap());
    assert_eq!(fs::read(bench.index().join("meta.json")).unwrap(), before);
}

#[test]
fn a_file_that_cannot_be_read_now_keeps_its_article() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.md", 200_000_002, "03-07", "solar");
    bench.ingest();
    rewrite(&bench, "a.md", &article(200_000_001, "03-07", &"wind ".repeat(2000)));
    let limited = ["ingest", "news", "--max-file-size", "1kB", "--format", "json"];
    let rehearsed = bench.json(&[&limited[..], &["--dry-run"]].concat());
    // Told at each ingest, as each tries again.
    for report in [rehearsed, bench.json(&limited), bench.json(&limited)] {
        assert_eq!(counts(&report), [0, 0, 1, 0]);
        assert_eq!(skipped(&report), [("a.md".to_owned(), "too-large".to_owned())]);
        assert!(report["skipped"][0]["reason"].as_str().unwrap().contains("the index keeps"), "{report}");
    }
    bench.fails(&["ingest", "news", "--max-file-size", "1kB", "--strict"], 1);
    assert_eq!(bench.sorted_keys(&["solar"]), ["200000001/en", "200000002/en"]);
    // As soon as it can be read, it is.
    assert_eq!(counts(&bench.ingest()), [0, 1, 1, 0]);
    assert_eq!(
        (bench.keys(&["solar"]), bench.keys(&["wind"])),
        (vec!["200000002/en".into()], vec!["200000001/en".into()])
    );
}

/// Takes all files of `news` away: what is left is a folder such as that on which a disk is mounted.
fn empty(bench: &Workbench) {
    fs::rename(bench.news(), bench.path().join("away")).unwrap();
    fs::create_dir(bench.news()).unwrap();
}

#[test]
fn a_folder_that_holds_no_files_keeps_its_articles_unless_told_otherwise() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.md", 200_000_002, "03-07", "solar");
    bench.article("other/c.md", 200_000_003, "03-07", "solar");
    fs::rename(bench.news().join("other"), bench.path().join("other")).unwrap();
    bench.ok(&["ingest", "news", "other", "--quiet"]);
    empty(&bench);
    // A hidden file is none.
    bench.write(".mount-point", "not mounted");
    fs::remove_file(bench.path().join("other/c.md")).unwrap();
    fs::write(bench.path().join("other/d.md"), article(200_000_004, "03-07", "solar")).unwrap();
    let news = fs::canonicalize(bench.news()).unwrap();
    for args in [&["--dry-run"][..], &["--reindex"], &[], &["--quiet"]] {
        let args = [&["ingest", "news", "other"], args].concat();
        let said = bench.fails(&args, 1);
        assert!(said.contains(news.to_str().unwrap()) && said.contains("--allow-empty"), "{said}");
    }
    // The other folder was ingested all the same.
    assert_eq!(bench.sorted_keys(&["solar"]), ["200000001/en", "200000002/en", "200000004/en"]);
    let report = bench.json(&["ingest", "news", "--dry-run", "--allow-empty", "--format", "json"]);
    assert_eq!((counts(&report), report["emptied"].as_array().unwrap().len()), ([0, 0, 0, 2], 0));
    let report = bench.ingest();
    assert_eq!(counts(&report), [0, 0, 0, 0]);
    assert_eq!(report["emptied"], serde_json::json!([{ "path": news, "files": 2 }]));
    bench.ok(&["ingest", "news", "--keep-missing"]);
    assert_eq!(bench.keys(&["solar"]).len(), 3);
    assert_eq!(counts(&bench.json(&["ingest", "news", "--allow-empty", "--format", "json"])), [0, 0, 0, 2]);
    assert_eq!(bench.keys(&["solar"]), ["200000004/en"]);
    // Nothing is left to keep.
    bench.ok(&["ingest", "news"]);
}

#[test]
fn a_folder_is_not_empty_because_a_glob_hides_its_files() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.md", 200_000_002, "03-07", "solar");
    bench.ingest();
    fs::remove_file(bench.news().join("b.md")).unwrap();
    assert_eq!(
        counts(&bench.json(&["ingest", "news", "--glob", "*.txt", "--format", "json"])),
        [0, 0, 0, 1],
        "a.md is only out of sight, b.md is gone"
    );
}

#[test]
fn a_query_in_a_folder_that_holds_no_files_finds_what_it_held() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    let ask = || bench.run(&["query", "solar", "--count", "--in", "news"]);
    assert_eq!(String::from_utf8_lossy(&ask().stdout), "1\n");
    empty(&bench);
    for _ in 0..2 {
        let output = ask();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n");
        assert!(String::from_utf8_lossy(&output.stderr).contains("holds no files"));
    }
}

/// A text of some five megabytes.
fn large(word: &str) -> String {
    format!("{word} glass ").repeat(5_000_000 / (word.len() + 7))
}

#[test]
fn a_large_text_that_the_memory_does_not_suffice_for_is_skipped_with_what_it_needs() {
    let bench = Workbench::new();
    bench.article("large.md", 200_000_001, "03-07", &large("solar"));
    bench.article("small.md", 200_000_002, "03-07", "wind");
    let ingest = |memory: &str| bench.json(&["ingest", "news", "--format", "json", "--memory", memory]);
    let mut report = ingest("20MiB");
    assert_eq!(report["indexed"], 1, "{report}");
    // The first figure is from the size alone, the next one from the words.
    for _ in 0..2 {
        let Some(skipped) = report["skipped"].get(0) else { break };
        assert_eq!(skipped["code"], "too-large");
        let (_, asked) = skipped["reason"].as_str().unwrap().split_once("--memory ").unwrap();
        report = ingest(asked.split_once(' ').unwrap().0);
    }
    assert_eq!(report["indexed"], 1, "{report}");
    assert_eq!(bench.ok(&["query", "solar", "--count"]), "1\n");
}

#[test]
fn large_texts_are_indexed_among_small_ones() {
    let bench = Workbench::new();
    for id in 0..3 {
        bench.article(&format!("large{id}.md"), 200_000_001 + id, "03-07", &large("solar"));
        bench.article(&format!("small{id}.md"), 200_000_011 + id, "03-07", "solar wind");
    }
    assert_eq!(bench.ingest()["indexed"], 6);
    assert_eq!(bench.ok(&["query", "solar", "--count"]), "6\n");
    bench.article("large1.md", 200_000_002, "03-07", &large("lunar"));
    assert_eq!(bench.ingest()["updated"], 1);
    assert_eq!(bench.ok(&["query", "solar", "--count"]), "5\n");
    assert_eq!(bench.ok(&["query", "lunar", "--count"]), "1\n");
    bench.ok(&["check"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_the_system_is_an_error_in_words() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "solar");
    let limited = |limit: &str| {
        let script = format!("ulimit {limit} && exec \"$0\" ingest news --quiet");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_newsdex")]).current_dir(bench.path());
        let output = shell.env("NEWSDEX_INDEX", bench.index()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = limited("-v 200000");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("the limit of address space is 195 MiB"), "{said}");
    let (code, said) = limited("-f 8");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot be written") && said.contains("File too large"), "{said}");
    let (code, said) = limited("-f unlimited");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_nothing_reads_is_counted_by_extension() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    for name in ["report.PDF", "old/report.pdf", "chart.png", "Makefile", ".hidden.pdf", ".git/a.pdf"] {
        bench.write(name, "%PDF-");
    }
    symlink(bench.news().join("chart.png"), bench.news().join("link.png")).unwrap();
    let text = bench.ok(&["ingest", "news"]);
    assert!(text.contains("\nignored: 4 (.pdf 2, .png 1, no extension 1)\n"), "{text}");
    let ignored = |args: &[&str]| {
        let args = [&["ingest", "news", "--format", "json"], args].concat();
        bench.json(&args)["ignored"].clone()
    };
    let mut expected = serde_json::json!({ "total": 4, "by_extension": { ".pdf": 2, ".png": 1, "none": 1 } });
    assert_eq!(ignored(&[]), expected);
    let paths = ["Makefile", "chart.png", "old/report.pdf", "report.PDF"].map(|name| bench.news().join(name));
    expected["files"] = serde_json::json!(paths);
    assert_eq!(ignored(&["--list-ignored"]), expected);
    assert_eq!(ignored(&["--glob", "*.md"])["total"], 0, "the user chose");
    let listed = bench.ok(&["ingest", "news", "--list-ignored"]);
    assert!(listed.contains("old/report.pdf\n"), "{listed}");
}

#[test]
fn a_compressed_article_is_read_as_its_text() {
    let bench = Workbench::new();
    let text = article(200_000_001, "03-07", "solar");
    fs::create_dir_all(bench.news()).unwrap();
    fs::write(bench.news().join("a.md.zst"), zstd::encode_all(text.as_bytes(), 3).unwrap()).unwrap();
    assert_eq!(counts(&bench.ingest()), [1, 0, 0, 0]);
    assert_eq!(counts(&bench.ingest()), [0, 0, 1, 0]);
    assert_eq!(bench.keys(&["solar"]).len(), 1);
    let packed = fs::read(bench.news().join("a.md.zst")).unwrap();
    fs::write(bench.news().join("b.md.zst"), &packed[..packed.len() - 2]).unwrap();
    let report = bench.ingest();
    assert_eq!(skipped(&report), [("b.md.zst".to_owned(), "bad-archive".to_owned())]);
    assert!(report["skipped"][0]["reason"].as_str().unwrap().contains("cut off"));
}
