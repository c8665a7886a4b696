//! The rooms of the crate: which module uses which, and which crate is named where.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules in reading order: each may use only those above it.
const ROOMS: [&str; 14] = [
    "problem", "text", "symbol", "article", "query", "schema", "source", "index", "search", "ingest", "eval",
    "render", "serve", "cli",
];

/// Crates, and other things, that only some rooms may name.
const KEPT: [(&str, &[&str]); 34] = [
    ("frostem::", &["text"]),
    ("pulldown_cmark::", &["article"]),
    ("encoding_rs::", &["article"]),
    ("chardetng::", &["article"]),
    ("serde_yaml::", &["article", "query", "schema"]),
    ("tantivy::", &["index"]),
    ("tantivy_fst::", &["index"]),
    ("walkdir::", &["source"]),
    ("globset::", &["source"]),
    ("fs::", &["source", "index", "cli"]),
    ("serde_json::", &["render", "index", "eval", "serve"]),
    ("lzma_rust2::", &["eval"]),
    ("tempfile::", &["cli"]),
    ("serde::", &["render", "index", "eval", "schema", "serve"]),
    ("regex_automata::", &["query"]),
    ("levenshtein_automata::", &["query"]),
    ("anstyle::", &["render", "cli"]),
    ("indicatif::", &["cli"]),
    ("clap::", &["cli"]),
    ("clap_complete::", &["cli"]),
    ("clap_mangen::", &["cli"]),
    ("ctrlc::", &["cli"]),
    ("anyhow::", &["cli"]),
    ("tokio::", &["serve"]),
    ("hyper::", &["serve"]),
    ("axum::", &["serve"]),
    ("tower_http::", &["serve"]),
    ("maud::", &["serve"]),
    ("schemars::", &["serve"]),
    ("rmcp::", &["serve"]),
    ("notify_debouncer_full::", &["serve"]),
    ("prometheus_client::", &["serve"]),
    ("quick_cache::", &["serve"]),
    ("stdout()", &["cli"]),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The sources of the library by room, without `lib.rs` and `main.rs`, comments left out.
fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for path in files(&src) {
        let below = path.strip_prefix(&src).unwrap().to_str().unwrap();
        let room = below.split(['/', '.']).next().unwrap().to_owned();
        if room == "lib" || room == "main" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        sources.push((room, path, code.join("\n")));
    }
    assert!(sources.len() > 40, "the sources were found");
    sources
}

/// Whether the code names the crate or module as a path of its own, not as the end of a longer name.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

#[test]
fn a_room_uses_only_rooms_above_it() {
    for (room, path, code) in sources() {
        let own = ROOMS.iter().position(|name| *name == room);
        let own = own.unwrap_or_else(|| panic!("{}: `{room}` is no room", path.display()));
        for below in &ROOMS[own + 1..] {
            let direct =
                code.contains(&format!("crate::{below}::")) || code.contains(&format!("crate::{below}}}"));
            let grouped = code.split("use crate::{").skip(1).any(|rest| {
                let block = &rest[..rest.find(';').unwrap_or(rest.len())];
                let mut depth = 0;
                let mut at_start = String::new();
                for c in block.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        c if depth == 0 => at_start.push(c),
                        _ => {}
                    }
                }
                at_start.split([',', '\n']).any(|item| {
                    let item = item.trim();
                    item == *below || item.starts_with(&format!("{below}::"))
                })
            });
            assert!(!direct && !grouped, "{} uses `{below}`, which is below it", path.display());
        }
    }
}

#[test]
fn crates_stay_in_their_rooms() {
    for (room, path, code) in sources() {
        // Its tests may need what the room does not.
        let code = code.split("#[cfg(test)]").next().unwrap();
        for (kept, rooms) in KEPT {
            let named = names(code, kept) || names(code, &format!("std::{kept}"));
            assert!(!named || rooms.contains(&room.as_str()), "{} names {kept}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (_, path, _) in sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} opens with what it is for", path.display());
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(!["mod", "utils", "common", "types", "helpers"].contains(&name), "{}", path.display());
    }
}

#[test]
fn architecture_names_every_room_and_stays_short() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = fs::read_to_string(page).unwrap();
    assert!(text.lines().count() <= 150);
    for room in ROOMS {
        assert!(text.contains(&format!("`{room}`")), "{room}");
    }
}
