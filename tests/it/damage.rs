//! A damaged index: every command says so, `check` finds it, `repair` mends it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use std::{collections::BTreeSet, fs, path::Path};

/// An index of two segments, in one of which an article has been replaced.
fn bench() -> Workbench {
    let bench = Workbench::new();
    for id in 200_000_001..200_000_005 {
        bench.article(
            &format!("{id}.md"),
            id,
            "03-07",
            "solar glass from [a factory](https://news.example/x)",
        );
    }
    bench.write("named/by/path.md", "# Solar\n\nA solar article without an address.\n");
    bench.ingest();
    bench.article("200000002.md", 200_000_002, "03-08", "solar glass, again");
    bench.article("200000009.md", 200_000_009, "03-09", "solar wind");
    bench.ingest();
    bench
}

/// The names of the files of an index, without its locks.
fn files(index: &Path) -> BTreeSet<String> {
    let names = fs::read_dir(index).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| Path::new(name).extension().is_none_or(|ending| ending != "lock")).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for name in files(from) {
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

/// Whether a file of an index is of a kind.
fn is(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|known| known == ending)
}

/// Damages a file in some way.
fn damage(file: &Path, way: usize) {
    let mut bytes = fs::read(file).unwrap();
    match way {
        0 => fs::remove_file(file).unwrap(),
        1 => fs::write(file, &bytes[..bytes.len() / 2]).unwrap(),
        2 => fs::write(file, "").unwrap(),
        _ => {
            // In the list of files to be tidied away, a name that stands for none any more may be anything.
            let at = if file.ends_with(".managed.json") { 0 } else { bytes.len() / 3 };
            bytes[at] ^= 0x10;
            fs::write(file, bytes).unwrap();
        }
    }
}

#[test]
fn whatever_is_damaged_is_found_and_mended_and_nothing_panics() {
    let bench = bench();
    let whole = bench.sorted_keys(&["solar"]);
    assert_eq!(whole.len(), 6);
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
    assert_eq!(bench.ok(&["check", "--files"]), "the index is sound\n");
    assert_eq!(bench.ok(&["repair"]), "the index is sound\n");
    let sound = bench.path().join("sound");
    copy(&bench.index(), &sound);
    let names = files(&sound);
    assert!(names.len() >= 15, "{names:?}");
    let kind = |name: &str| name.split_once('.').map(|(_, kind)| kind.to_owned());
    for (number, name) in names.iter().enumerate() {
        // Two ways for the file of one segment and two for that of the other; all four for what is there once.
        let alike: Vec<&String> = names.iter().filter(|other| kind(other) == kind(name)).collect();
        let first = alike.first() == Some(&name);
        let ways = match (alike.len(), first) {
            (1, _) => 0..4,
            (_, true) => 0..2,
            (_, false) => 2..4,
        };
        for way in ways {
            fs::remove_dir_all(bench.index()).unwrap();
            copy(&sound, &bench.index());
            damage(&bench.index().join(name), way);
            let told = format!("{name}, damaged in way {way}");
            let output = bench.run(&["check"]);
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(1), "{told}: {said}");
            assert!(said.contains(name), "{told}: {said}");
            // One way of damage is enough to see what other commands make of it.
            let asked: &[&[&str]] = &[
                &["query", "solar"],
                &["list"],
                &["status"],
                &["facets", "--by", "month"],
                &["show", "200000001/en"],
                &["similar", "200000001/en"],
                &["query", "sola*", "--sort", "newest"],
                &["ingest", "news", "--dry-run"],
            ];
            for args in asked.iter().skip((number + way) % 3).step_by(3) {
                let output = bench.run(args);
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.code().is_some_and(|code| code <= 2), "{told}: {args:?}: {said}");
                assert!(!said.contains("panicked"), "{told}: {args:?}: {said}");
                if output.status.code() == Some(2) {
                    assert!(said.contains("newsdex check"), "{told}: {args:?}: {said}");
                }
            }
            let output = bench.run(&["repair"]);
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(said.contains(name), "{told}: {said}");
            assert_eq!(bench.ok(&["check"]), "the index is sound\n", "{told}");
            // Which files a segment was made from is in its columns alone.
            if is(name, "fast") {
                assert!(
                    output.status.code() == Some(1) && said.contains("run `newsdex ingest`"),
                    "{told}: {said}"
                );
                bench.ingest();
            } else {
                assert_eq!(output.status.code(), Some(0), "{told}: {said}");
            }
            assert_eq!(bench.sorted_keys(&["solar"]), whole, "{told}");
            assert_eq!(bench.ingest()["unchanged"], 6, "{told}");
        }
    }
}

#[test]
fn what_cannot_be_read_again_is_named() {
    let bench = bench();
    fs::remove_file(bench.news().join("200000003.md")).unwrap();
    // A link in the place of a file may lead anywhere.
    fs::rename(bench.news().join("200000004.md"), bench.path().join("outside.md")).unwrap();
    std::os::unix::fs::symlink(bench.path().join("outside.md"), bench.news().join("200000004.md")).unwrap();
    for name in files(&bench.index()) {
        if is(&name, "store") {
            damage(&bench.index().join(name), 1);
        }
    }
    let output = bench.run(&["repair", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((told["lost"].as_array().unwrap().len(), told["read_again"].as_u64()), (6, Some(4)), "{told}");
    let missing = told["missing"].as_array().unwrap();
    assert_eq!(missing.len(), 2);
    for (name, reason) in [("200000003.md", "No such file"), ("200000004.md", "a symbolic link")] {
        let of_it = missing.iter().find(|one| one["path"].as_str().unwrap().ends_with(name)).unwrap();
        assert!(of_it["reason"].as_str().unwrap().contains(reason), "{told}");
    }
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
    assert_eq!(bench.keys(&["solar"]).len(), 4);
    // Each repair names them until they are there again.
    let output = bench.run(&["repair"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("files     0 reindexed, 2 not\n") && said.contains("200000003.md: "), "{said}");
    fs::remove_file(bench.news().join("200000004.md")).unwrap();
    fs::rename(bench.path().join("outside.md"), bench.news().join("200000004.md")).unwrap();
    bench.ingest();
    let output = bench.run(&["repair", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["missing"].as_array().unwrap().len(), 1, "{told}");
}

#[test]
fn neither_list_nor_copy_is_the_end_of_an_index() {
    let bench = bench();
    for name in ["meta.json", "meta.copy"] {
        damage(&bench.index().join(name), 1);
    }
    let said = bench.fails(&["repair"], 2);
    assert!(said.contains("ingest into a new folder"), "{said}");
    assert!(bench.fails(&["query", "solar"], 2).contains("newsdex check"));
    assert!(Workbench::new().fails(&["check"], 2).contains("there is no index"));
    assert!(Workbench::new().fails(&["repair"], 2).contains("there is no index"));
}

#[test]
fn an_index_of_another_version_is_not_repaired() {
    let bench = bench();
    let meta = bench.index().join("meta.json");
    let newer = fs::read_to_string(&meta).unwrap().replace("\\\"analysis\\\":", "\\\"analysis\\\":9");
    fs::remove_file(bench.index().join("meta.copy")).unwrap();
    fs::write(&meta, &newer).unwrap();
    assert!(bench.fails(&["repair"], 2).contains("newer than this version"));
    assert_eq!(fs::read_to_string(&meta).unwrap(), newer);
    assert!(!bench.index().join("meta.copy").exists(), "nothing is written");
}

#[test]
fn what_does_not_fit_together_is_found_although_every_file_is_sound() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.md", 200_000_001, "03-08", "solar");
    bench.write_past_ingest(|writer, article, file| {
        writer.put(article, file).unwrap();
        if file.path.ends_with("/a.md") {
            writer.put(article, file).unwrap();
        }
    });
    let output = bench.run(&["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = told.to_string();
    assert!(text.contains("two documents for this file"), "{text}");
    assert_eq!(told["sound"], false);
    assert!(bench.ok(&["repair"]).contains("a.md"));
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
    assert_eq!(bench.keys(&["solar"]).len(), 1);

    // An ingest settles it as well, and loses nothing.
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.write_past_ingest(|writer, article, file| {
        writer.put(article, file).unwrap();
        writer.put(article, file).unwrap();
    });
    bench.ingest();
    assert_eq!(bench.keys(&["solar"]), ["200000001/en"]);
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
}

#[test]
fn changed_files_are_told_when_they_are_asked_for() {
    let bench = bench();
    bench.article("200000001.md", 200_000_001, "03-07", "other words");
    fs::remove_file(bench.news().join("200000003.md")).unwrap();
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
    let output = bench.run(&["check", "--files"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines.iter().any(|line| line.contains("200000001.md: the file has changed")), "{said}");
    assert!(lines.iter().any(|line| line.contains("200000003.md: the file is gone")), "{said}");
}

#[test]
fn a_date_that_the_file_does_not_tell_is_found_by_its_file() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.md", 200_000_002, "03-07", "solar");
    bench.write_past_ingest(|writer, article, file| {
        let mut article = article.clone();
        if file.path.ends_with("/b.md") {
            article.published = None;
        }
        writer.put(&article, file).unwrap();
    });
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
    let output = bench.run(&["check", "--files"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("b.md: the index has another date than the file"), "{said}");
}

#[test]
fn what_a_repair_has_left_out_is_known_until_it_was_read_again() {
    let bench = bench();
    for name in files(&bench.index()).iter().filter(|name| is(name, "store")) {
        damage(&bench.index().join(name), 1);
    }
    // As if the process ended after the first half of its work.
    assert_eq!(bench.location().maintenance().unwrap().repair().unwrap().lost.len(), 6);
    assert_eq!(bench.keys(&["solar"]).len(), 0);
    assert!(bench.ok(&["repair"]).contains("6 reindexed, 0 not"));
    assert_eq!(bench.keys(&["solar"]).len(), 6);
    assert_eq!(bench.ok(&["repair"]), "the index is sound\n");
}

/// Repairs say that unknown files are lost until folders are read; then all articles are there again.
fn is_told_until_folders_are_read(bench: &Workbench) {
    for _ in 0..2 {
        let output = bench.run(&["repair"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("articles of unknown files are lost: run `newsdex ingest`"), "{said}");
    }
    bench.ingest();
    assert_eq!(bench.keys(&["solar"]).len(), 6);
    assert_eq!(bench.ok(&["repair"]), "the index is sound\n");
}

#[test]
fn what_a_repair_could_not_name_is_told_until_folders_were_read() {
    let bench = bench();
    for name in files(&bench.index()).iter().filter(|name| is(name, "fast")) {
        damage(&bench.index().join(name), 3);
    }
    is_told_until_folders_are_read(&bench);
}

/// One segment has lost what names its files, another only its texts: the files of the latter are read again at once, those
/// of the former stay unknown until folders are read.
#[test]
fn what_could_not_be_named_is_told_although_the_rest_was_read_again() {
    let bench = bench();
    let names = files(&bench.index());
    let of = |ending| names.iter().filter(move |name| is(name, ending)).collect::<Vec<_>>();
    let (columns, texts) = (of("fast"), of("store"));
    assert!(columns.len() > 1 && columns.len() == texts.len(), "the segments in one order: {names:?}");
    damage(&bench.index().join(columns[0]), 3);
    damage(&bench.index().join(texts[1]), 3);
    is_told_until_folders_are_read(&bench);
}

#[test]
fn a_copy_that_was_made_again_is_as_good_as_the_first() {
    let bench = bench();
    fs::remove_file(bench.index().join("meta.copy")).unwrap();
    bench.ok(&["repair"]);
    fs::remove_file(bench.index().join("meta.json")).unwrap();
    assert!(bench.fails(&["query", "solar"], 2).contains("newsdex repair"));
    bench.ok(&["repair"]);
    assert_eq!(bench.keys(&["solar"]).len(), 6);
}

#[test]
fn articles_keep_their_names_when_they_are_read_again() {
    let bench = Workbench::new();
    bench.write("sub/one.md", "# One\n\nsolar\n");
    bench.article("two.md", 200_000_002, "03-07", "solar");
    bench.ok(&["ingest", "news/sub", "--quiet"]);
    bench.ok(&["ingest", "news/two.md", "--quiet"]);
    let keys = bench.sorted_keys(&["solar"]);
    for name in files(&bench.index()).iter().filter(|name| is(name, "store")) {
        damage(&bench.index().join(name), 3);
    }
    bench.ok(&["repair"]);
    assert_eq!((keys.len(), bench.sorted_keys(&["solar"])), (2, keys));
}

#[test]
fn what_is_damaged_is_not_merged() {
    let bench = bench();
    let index = files(&bench.index());
    let name = index.iter().find(|name| is(name, "fast")).unwrap();
    damage(&bench.index().join(name), 3);
    let said = bench.fails(&["optimize"], 2);
    assert!(said.contains("newsdex check"), "{said}");
    assert_eq!(bench.run(&["check"]).status.code(), Some(1));
}

#[test]
fn a_sound_index_of_strange_articles_is_called_sound() {
    let bench = Workbench::new();
    let long = "x".repeat(63_000);
    bench.write("long.md", &format!("---\nid: {long}\ntitle: t\nauthor: {long}\n---\n\nsolar\n"));
    bench.write(
        "several.md",
        "---\ntitle: t\nauthor: [a, b c, a]\nsymbols: [600586.SH, 000001.SZ, AAPL.US]\n---\n\nsolar\n",
    );
    bench.write("own.yaml", "version: 1\nfields:\n  author: {kind: keyword, from: [author]}\n");
    bench.ok(&["ingest", "news", "--quiet", "--schema", "news/own.yaml"]);
    assert_eq!(bench.ok(&["check", "--files"]), "the index is sound\n");
    for id in 200_000_001..200_000_100 {
        bench.article(&format!("{id}.md"), id % 7 + 200_000_000, "03-07", "solar, of which others tell too");
    }
    let mut child = bench.command(&["ingest", "news", "--quiet", "--commit-every", "1ns"]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(60));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(bench.ok(&["check"]), "the index is sound\n", "an ingest that was killed is no damage");
}

#[test]
fn an_ingest_does_not_merge_damage_away() {
    let bench = Workbench::new();
    for id in 200_000_001..200_000_008 {
        bench.article(&format!("{id}.md"), id, "03-07", "solar");
        bench.ingest();
    }
    // The lengths of texts can be merged whatever they are.
    let index = files(&bench.index());
    let name = index.iter().find(|name| is(name, "fieldnorm")).unwrap();
    let mut bytes = fs::read(bench.index().join(name)).unwrap();
    bytes[0] ^= 1;
    fs::write(bench.index().join(name), bytes).unwrap();
    for id in 200_000_008..200_000_012 {
        bench.article(&format!("{id}.md"), id, "03-07", "solar");
        bench.ingest();
    }
    let output = bench.run(&["check"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && said.contains(name), "{said}");
}
