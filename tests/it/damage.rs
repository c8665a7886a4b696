//! A damaged index: every command says so, `check` finds it, `repair` mends it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::{
    article::Article,
    corpus::Corpus,
    engine::{Embedded, Engine as _, WriterOptions},
    schema::Schema,
};
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
            let at = bytes.len() / 3;
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
    for (number, name) in names.iter().enumerate() {
        // Two of the four ways each, so that all files and all ways are met.
        for way in [number % 4, (number + 2) % 4] {
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
    for name in files(&bench.index()) {
        if is(&name, "store") {
            damage(&bench.index().join(name), 1);
        }
    }
    let output = bench.run(&["repair", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((told["lost"].as_array().unwrap().len(), told["read_again"].as_u64()), (6, Some(5)), "{told}");
    assert!(told["missing"][0].as_str().unwrap().ends_with("200000003.md"), "{told}");
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
    assert_eq!(bench.keys(&["solar"]).len(), 5);
}

#[test]
fn neither_list_nor_copy_is_the_end_of_an_index() {
    let bench = bench();
    for name in ["meta.json", "meta.copy"] {
        damage(&bench.index().join(name), 1);
    }
    let said = bench.fails(&["repair"], 2);
    assert!(said.contains("ingest into a new directory"), "{said}");
    assert!(bench.fails(&["query", "solar"], 2).contains("newsdex check"));
    assert!(Workbench::new().fails(&["check"], 2).contains("there is no index"));
    assert!(Workbench::new().fails(&["repair"], 2).contains("there is no index"));
}

#[test]
fn an_index_of_another_version_is_not_repaired() {
    let bench = bench();
    let meta = bench.index().join("meta.json");
    let newer = fs::read_to_string(&meta).unwrap().replace("\\\"analysis\\\":1", "\\\"analysis\\\":99");
    fs::remove_file(bench.index().join("meta.copy")).unwrap();
    fs::write(&meta, &newer).unwrap();
    assert!(bench.fails(&["repair"], 2).contains("newer than this one"));
    assert_eq!(fs::read_to_string(&meta).unwrap(), newer);
}

#[test]
fn what_does_not_fit_together_is_found_although_every_file_is_sound() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.article("b.md", 200_000_001, "03-08", "solar");
    let schema = Schema::built_in().unwrap();
    let engine = Embedded::create_or_open(&bench.index(), &schema).unwrap();
    let mut writer = engine.writer(WriterOptions { threads: 1, memory: 0 }).unwrap();
    for candidate in Corpus::new(&[bench.news()], &[], false).unwrap().walk() {
        let candidate = candidate.unwrap();
        let (bytes, file) = candidate.read(1 << 20).unwrap();
        let article = Article::parse(&bytes, &candidate.name, &schema.keys()).value;
        writer.put(&article, &file).unwrap();
        if candidate.name == "a.md" {
            writer.put(&article, &file).unwrap();
        }
    }
    writer.commit().unwrap();
    writer.finish().unwrap();
    let output = bench.run(&["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = told.to_string();
    assert!(text.contains("two documents of this file") && text.contains("has the same article"), "{text}");
    assert_eq!(told["sound"], false);
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
