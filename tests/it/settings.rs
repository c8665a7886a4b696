//! Files of the user's settings: how they are read and written.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use std::{fs, path::PathBuf};

/// A workbench with one article, and the path of its settings folder.
fn with_settings() -> (Workbench, PathBuf) {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "photovoltaic plants");
    bench.ingest();
    let settings = bench.path().join("config/newsdex");
    fs::create_dir_all(&settings).unwrap();
    (bench, settings)
}

/// A text as Windows Notepad saves it: UTF-8 with a byte order mark, UTF-16 in both orders.
fn from_notepad(text: &str) -> [Vec<u8>; 3] {
    let units = || format!("\u{feff}{text}").encode_utf16().collect::<Vec<_>>();
    [
        format!("\u{feff}{text}").into_bytes(),
        units().into_iter().flat_map(u16::to_le_bytes).collect(),
        units().into_iter().flat_map(u16::to_be_bytes).collect(),
    ]
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_settings_file() {
    let (bench, settings) = with_settings();
    let set = bench.path().join("set");
    fs::create_dir(&set).unwrap();
    fs::write(set.join("docs.jsonl"), "\u{feff}{\"id\": \"a\", \"text\": \"solar glass\"}\n").unwrap();
    let synonyms = from_notepad("- moat, photovoltaic\n");
    let queries = from_notepad("kept: photovoltaic\n");
    let schema = from_notepad("version: 1\nfields:\n  author: {kind: keyword, from: [author]}\n");
    let questions = from_notepad("1\tsolar\n");
    let judgements = from_notepad("1 a 1\n");
    for at in 0..3 {
        fs::write(settings.join("synonyms.yaml"), &synonyms[at]).unwrap();
        fs::write(settings.join("queries.yaml"), &queries[at]).unwrap();
        fs::write(bench.path().join("own.yaml"), &schema[at]).unwrap();
        fs::write(set.join("queries.tsv"), &questions[at]).unwrap();
        fs::write(set.join("qrels.tsv"), &judgements[at]).unwrap();
        assert_eq!(bench.ok(&["query", "moat", "--count"]), "1\n");
        assert_eq!(bench.ok(&["query", "query:kept", "--count"]), "1\n");
        assert!(bench.ok(&["schema", "--schema", "own.yaml"]).contains("author"));
        assert!(bench.ok(&["eval", "set"]).starts_with("1 documents, 1 queries\n"));
    }
    for name in ["synonyms.yaml", "queries.yaml", "names.yaml"] {
        fs::write(settings.join(name), b"caf\xe9: [1]\n").unwrap();
        let said = bench.fails(&["query", "photovoltaic"], 2);
        assert!(said.contains(name) && said.contains("not UTF-8 text"), "{said}");
        fs::remove_file(settings.join(name)).unwrap();
    }
}

#[test]
fn queries_saved_at_once_are_all_kept() {
    let (bench, settings) = with_settings();
    let names: Vec<String> = (10..30).map(|number| format!("q{number}")).collect();
    let saving = names.iter().map(|name| bench.command(&["save", name, "solar"]).spawn().unwrap());
    for mut one in saving.collect::<Vec<_>>() {
        assert!(one.wait().unwrap().success());
    }
    let expected: Vec<String> = names.iter().map(|name| format!("{name}\tsolar")).collect();
    assert_eq!(bench.ok(&["save"]).lines().collect::<Vec<_>>(), expected);
    let left: Vec<String> = fs::read_dir(&settings)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["queries.yaml", "queries.lock"].contains(&name.as_str()))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(unix)]
#[test]
fn a_linked_file_of_queries_stays_a_link_with_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let (bench, settings) = with_settings();
    let target = bench.path().join("dotfiles.yaml");
    fs::write(&target, "old: wind\n").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&target, settings.join("queries.yaml")).unwrap();
    bench.ok(&["save", "new", "solar"]);
    assert!(settings.join("queries.yaml").is_symlink());
    assert!(fs::read_to_string(&target).unwrap().contains("new"));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_that_is_not_there_yet_stays_a_link() {
    use std::os::unix::fs::symlink;
    let (bench, settings) = with_settings();
    let link = settings.join("queries.yaml");
    fs::create_dir(bench.path().join("dotfiles")).unwrap();
    // Relative links, by way of another one.
    symlink("dotfiles/queries.yaml", bench.path().join("there")).unwrap();
    let up = "../".repeat(settings.strip_prefix(bench.path()).unwrap().components().count());
    symlink(format!("{up}there"), &link).unwrap();
    bench.ok(&["save", "new", "solar"]);
    assert!(link.is_symlink());
    assert!(fs::read_to_string(bench.path().join("dotfiles/queries.yaml")).unwrap().contains("new"));
    // A loop leads to no file.
    fs::remove_file(bench.path().join("there")).unwrap();
    symlink(&link, bench.path().join("there")).unwrap();
    let said = bench.fails(&["save", "newer", "wind"], 2);
    assert!(said.contains("queries.yaml") && said.contains("symbolic links"), "{said}");
    assert!(link.is_symlink());
}
