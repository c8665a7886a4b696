//! The index as a thing on disk: who may open it, and what is said where there is none.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::{
    index::{Fetch, Snapshot, WriterOptions},
    query::Query,
    search::{self, Request},
};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

#[test]
fn a_missing_index_is_said_with_the_way_to_make_one() {
    let bench = Workbench::new();
    let said = bench.fails(&["query", "solar"], 2);
    assert!(said.contains("there is no index at") && said.contains("newsdex ingest PATH"), "{said}");
}

#[test]
fn another_folder_is_left_alone() {
    let bench = Workbench::new();
    fs::create_dir(bench.index()).unwrap();
    fs::write(bench.index().join("thesis.doc"), "x").unwrap();
    let said = bench.fails(&["ingest", "news"], 2);
    assert!(said.contains("not a newsdex index") && said.contains("thesis.doc"), "{said}");
    assert_eq!(fs::read_dir(bench.index()).unwrap().count(), 1);
}

#[test]
fn an_index_of_another_format_is_refused_by_name_and_untouched() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.ingest();
    let meta = bench.index().join("meta.json");
    let newer = fs::read_to_string(&meta).unwrap().replace("\\\"format\\\":8", "\\\"format\\\":99");
    let version = |version| format!("\\\"version\\\":\\\"{version}\\\"");
    let newer = newer.replace(&version(env!("CARGO_PKG_VERSION")), &version("7.5.0"));
    fs::write(&meta, &newer).unwrap();
    fs::remove_file(bench.index().join("meta.copy")).unwrap();
    let commands =
        [vec!["query", "solar"], vec!["ingest", "news"], vec!["status"], vec!["list"], vec!["check"]];
    for args in &commands {
        let said = bench.fails(args, 2);
        assert!(said.contains("newsdex 7.5.0, which is newer"), "{said}");
    }
    assert_eq!(fs::read_to_string(&meta).unwrap(), newer);
    let older = newer.replace("\\\"format\\\":99", "\\\"format\\\":1");
    fs::write(&meta, &older).unwrap();
    for args in &commands {
        assert!(bench.fails(args, 2).contains("has format 1."));
    }
    assert_eq!(fs::read_to_string(&meta).unwrap(), older);
}

#[test]
fn one_segment_holds_what_many_held() {
    let bench = Workbench::new();
    for (id, day) in (200_000_001..).zip(["03-07", "03-08", "03-09", "03-10"]) {
        bench.article(&format!("{id}.md"), id, day, "solar");
        bench.ingest();
    }
    fs::remove_file(bench.news().join("200000002.md")).unwrap();
    bench.ingest();
    let keys = bench.keys(&["solar", "--sort", "oldest"]);
    assert_eq!(keys, ["200000001/en", "200000003/en", "200000004/en"]);
    assert!(bench.json(&["status", "--format", "json"])["segments"].as_u64() > Some(1));
    let said = bench.ok(&["optimize"]);
    assert!(said.starts_with("segments  ") && said.contains(" → 1\n"), "{said}");
    let files = fs::read_dir(bench.index()).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(files.filter(|path| path.extension().is_some_and(|kind| kind == "store")).count(), 1);
    let status = bench.json(&["status", "--format", "json"]);
    assert_eq!((&status["segments"], &status["pages"]), (&1.into(), &3.into()));
    assert_eq!(bench.keys(&["solar", "--sort", "oldest"]), keys);
    // What was committed says so still, and there is nothing left to do.
    assert_eq!(bench.ingest()["unchanged"], 3);
    assert!(bench.ok(&["optimize"]).contains("segments  1 → 1\n"));
    bench.fails(&["optimize", "--index", "elsewhere"], 2);
}

/// Of a query of many words some are required, by how many articles have them: here the three rarest of six, which are in
/// 1, 2 and 3 articles. Ten removed articles had the rarest; until a merge their postings are still there.
#[test]
fn removed_articles_do_not_change_which_words_are_required() {
    let bench = Workbench::new();
    let words = ["amber", "basalt", "cobalt", "dolomite", "epidote", "feldspar"];
    let mut id = 200_000_000;
    let mut expected = Vec::new();
    for (times, word) in (1..).zip(words) {
        for _ in 0..times {
            id += 1;
            bench.article(&format!("{id}.md"), id, "03-07", word);
            if times <= 3 {
                expected.push(format!("{id}/en"));
            }
        }
    }
    for gone in 0..10 {
        bench.article(&format!("gone-{gone}.md"), 300_000_000 + gone, "03-07", "amber");
    }
    bench.ingest();
    for gone in 0..10 {
        fs::remove_file(bench.news().join(format!("gone-{gone}.md"))).unwrap();
    }
    bench.ingest();
    let query = words.join(" ");
    let filled = || {
        let mut keys = bench.relaxed_keys(&[&query]);
        assert!(keys.iter().all(|(_, is_relaxed)| *is_relaxed), "no article has two of the words");
        keys.sort();
        keys.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    assert_eq!(filled(), expected);
    bench.ok(&["optimize"]);
    assert_eq!(filled(), expected);
}

#[test]
fn a_mistyped_url_makes_no_folder() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    let before = fs::read_dir(bench.path()).unwrap().count();
    for url in [
        "htp://127.0.0.1:9200/news",
        "127.0.0.1:9200/news",
        "http//127.0.0.1:9200/news",
        "http:/127.0.0.1:9200/news",
        "http://a:1,http://b:2/news",
    ] {
        for command in [
            &["ingest", "news"][..],
            &["query", "solar"],
            &["query", "solar", "--in", "news"],
            &["list", "solar"],
            &["show", "200000001"],
            &["facets", "solar"],
            &["similar", "200000001"],
            &["status"],
            &["check"],
            &["repair"],
            &["optimize"],
            &["schema"],
            &["eval", "news"],
            &["mcp"],
            &["serve", "--listen", "127.0.0.1:0"],
        ] {
            let said = bench.fails(&[command, &["--index", url]].concat(), 2);
            assert!(said.contains("--index: `") && said.contains(url), "{command:?}: {said}");
            assert!(said.contains("http://") && !said.contains("newsdex ingest"), "{command:?}: {said}");
            let output = bench.command(command).env("NEWSDEX_INDEX", url).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
            assert!(said.contains("NEWSDEX_INDEX: `") && said.contains(url), "{command:?}: {said}");
        }
    }
    assert_eq!(fs::read_dir(bench.path()).unwrap().count(), before);
    bench.ok(&["ingest", "news", "--quiet", "--index", "./htp:/news"]);
    assert!(bench.path().join("htp:/news/meta.json").exists());
}

#[test]
fn a_second_writer_is_told_and_nothing_is_lost() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.ingest();
    let index = bench.location().open().unwrap();
    let writer = index.writer(WriterOptions { threads: 1, memory: 0 }).unwrap();
    bench.article("b.md", 200_000_002, "03-08", "wind");
    for command in [&["ingest", "news"][..], &["optimize"], &["repair"]] {
        let said = bench.fails(&[command, &["--lock-wait", "0s"]].concat(), 2);
        assert!(said.contains("is being written by another process"), "{said}");
    }
    assert_eq!(bench.keys(&["solar"]), ["200000001/en"]);
    // Whoever waits is told, is ended by Ctrl-C, and goes on when the other one is done.
    let wait = || {
        let mut waiting = bench.command(&["ingest", "news", "--format", "json", "--lock-wait", "1m"]);
        let mut waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut note = String::new();
        let mut said = BufReader::new(waiting.stderr.take().unwrap());
        said.read_line(&mut note).unwrap();
        assert!(note.contains("waiting up to 60 s"), "{note}");
        (waiting, said)
    };
    let (mut interrupted, _said) = wait();
    let id = interrupted.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(interrupted.wait().unwrap().code(), Some(130));
    let (waiting, _said) = wait();
    drop(writer);
    let report: serde_json::Value =
        serde_json::from_slice(&waiting.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(report["indexed"], 1);
}

#[test]
fn an_index_that_may_not_be_written_is_searched() {
    let bench = Workbench::with_corpus();
    let files = fs::read_dir(bench.index()).unwrap().map(|entry| entry.unwrap().path());
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o044, 0o044, "{name} can be read by others");
    }
    let before: Vec<_> = names(&bench);
    fs::set_permissions(bench.index(), fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(bench.keys(&["perovskite"])[0], "230905679/en");
    fs::set_permissions(bench.index(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(names(&bench), before, "a query leaves no file behind");
}

fn names(bench: &Workbench) -> Vec<String> {
    let entries = fs::read_dir(bench.index()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_ingest_killed_at_its_beginning_leaves_the_way_free() {
    let bench = Workbench::new();
    for n in 0..300 {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", "solar");
    }
    for delay in [0, 2, 4, 6, 8, 12, 20, 40] {
        let mut child = bench.command(&["ingest", "news"]).stdout(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    bench.ingest();
    assert_eq!(bench.keys(&["solar"]).len(), 300);
}

#[test]
fn a_damaged_index_is_an_error_and_no_panic() {
    let bench = Workbench::with_corpus();
    let segment = names(&bench).into_iter().find(|name| name.contains(".store")).unwrap();
    fs::write(bench.index().join(segment), b"").unwrap();
    let said = bench.fails(&["query", "perovskite"], 2);
    assert!(said.contains("cannot be read"), "{said}");
}

#[test]
fn status_adds_up() {
    let bench = Workbench::with_corpus();
    let status = bench.json(&["status", "--format", "json"]);
    let listed = bench.ok(&["list"]).lines().count() as u64;
    assert_eq!(status["pages"].as_u64(), Some(listed));
    assert_eq!(status["articles"], 26);
    assert_eq!(status["set_aside"], 3);
    assert_eq!(status["locales"]["zh-HK"], 4);
    let disk: u64 =
        fs::read_dir(bench.index()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(status["bytes"].as_u64(), Some(disk));
    assert!(bench.ok(&["status"]).contains("published 2024-"));
}

#[test]
fn a_snapshot_never_changes() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.ingest();
    let index = bench.location().open().unwrap();
    let before = index.snapshot().unwrap();
    assert!(Arc::ptr_eq(&before, &index.snapshot().unwrap()), "nothing was committed");
    bench.article("b.md", 200_000_002, "03-08", "solar");
    bench.ingest();
    let after = index.snapshot().unwrap();
    assert_ne!(before.generation(), after.generation());
    let pages = |snapshot: &dyn Snapshot| search::search(snapshot, &Request::new(Query::All)).unwrap().pages;
    assert_eq!((pages(&*before), pages(&*after)), (1, 2));
    let read = |fetch| {
        let batches = after.scan(&Query::All, fetch).unwrap();
        let mut read: Vec<_> = batches.flat_map(|batch| batch.unwrap()).collect();
        read.sort_by(|a, b| a.key.cmp(&b.key));
        read.into_iter().map(|article| (article.key, article.body.contains("solar"))).collect::<Vec<_>>()
    };
    let both = |has_body| [("200000001/en".to_owned(), has_body), ("200000002/en".to_owned(), has_body)];
    assert_eq!(read(Fetch::Metadata), both(false));
    assert_eq!(read(Fetch::Full), both(true));
}
