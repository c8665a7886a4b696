//! The rooms of the crate: which module uses which, and which crate is named where.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod uses;

use std::{
    fs,
    path::{Path, PathBuf},
};
use uses::Uses;

/// The modules in reading order: each may use only those above it.
const ROOMS: [&str; 14] = [
    "problem", "text", "symbol", "article", "query", "schema", "source", "index", "search", "ingest", "eval",
    "render", "serve", "cli",
];

/// Crates, and other things, that only some rooms may name.
const KEPT: [(&str, &[&str]); 45] = [
    ("frostem::", &["text"]),
    ("pulldown_cmark::", &["article"]),
    ("encoding_rs::", &["article"]),
    ("html5gum::", &["article"]),
    ("quick_xml::", &["article"]),
    ("chardetng::", &["article"]),
    ("serde_yaml::", &["article", "query", "schema"]),
    ("tantivy::", &["index"]),
    ("tantivy_fst::", &["index"]),
    ("walkdir::", &["source"]),
    ("globset::", &["source"]),
    ("rustix::", &["source"]),
    ("fs::", &["source", "index", "cli"]),
    ("toml::", &["article"]),
    ("serde_json::", &["article", "render", "index", "eval", "serve"]),
    ("flate2::", &["source"]),
    ("zstd::", &["source"]),
    ("lzma_rust2::", &["source"]),
    ("tempfile::", &["cli"]),
    ("fs4::", &["cli"]),
    ("nix::", &["cli"]),
    ("serde::", &["article", "render", "index", "eval", "schema", "serve"]),
    ("regex_automata::", &["query"]),
    ("regex_syntax::", &["query"]),
    ("ureq::", &["index"]),
    ("rustls_native_certs::", &["index"]),
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

/// The code of a file before its tests; nothing of a file that only tests use.
fn without_tests(code: &str) -> &str {
    let end = ["#[cfg(test)]", "#![cfg(test)]"].iter().filter_map(|attribute| code.find(attribute)).min();
    &code[..end.unwrap_or(code.len())]
}

/// Whether the code names the crate or module as a path of its own, not as the end of a longer name.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

/// What the modules use, without comments and tests.
fn uses() -> Uses {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules = sources().into_iter().map(|(_, path, code)| {
        let below = path.strip_prefix(&src).unwrap().with_extension("");
        let module = below.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
        (module, without_tests(&code).to_owned())
    });
    Uses::new(modules.collect())
}

#[test]
fn a_room_uses_only_rooms_above_it() {
    let place = |room: &str| {
        let place = ROOMS.iter().position(|name| *name == room);
        place.unwrap_or_else(|| panic!("`{room}` is no room"))
    };
    for (from, to) in &uses().between_siblings()[&[][..]] {
        assert!(place(to) < place(from), "`{from}` uses `{to}`, which is below it");
    }
}

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let siblings = uses().between_siblings();
    assert!(
        siblings.contains_key(&["index".to_owned(), "embedded".to_owned()][..]),
        "every depth is looked at"
    );
    for (parent, edges) in siblings {
        assert_eq!(uses::circle(&edges), None, "in `{}`", parent.join("::"));
    }
}

#[test]
fn a_use_is_followed_to_where_the_item_is() {
    let module = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    let code = |path: &str, code: &str| (module(path), code.to_owned());
    let uses = Uses::new(
        [
            code("a", "pub use b::{Deep, self as c};\nmod b;\npub struct Own;"),
            code("a::b", "use super::Own;"),
            code("a::d", "use super::{\n    Deep,\n    Own,\n};\nuse std::fs;"),
            code("e", "fn f() -> crate::a::Deep {}"),
        ]
        .into(),
    );
    let edges = [("a", "a::b"), ("a::b", "a"), ("a::d", "a"), ("a::d", "a::b"), ("e", "a::b")];
    assert_eq!(uses.edges(), edges.map(|(from, to)| (module(from), module(to))).into());
    let circle = |edges: &[(&str, &str)]| {
        uses::circle(&edges.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect())
    };
    assert_eq!(circle(&[("a", "b"), ("b", "c"), ("a", "c")]), None);
    let found = circle(&[("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")]);
    assert_eq!(found, Some(vec!["b → c".to_owned(), "c → b".to_owned()]));
}

#[test]
fn crates_stay_in_their_rooms() {
    for (room, path, code) in sources() {
        // Its tests may need what the room does not.
        let code = without_tests(&code);
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
