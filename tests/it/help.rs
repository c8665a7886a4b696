//! Help and the man pages: every command has examples, and the examples work.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::{Workbench, corpus};
use std::{collections::BTreeSet, env, fs, path::Path, process::Command};

/// Commands whose examples do not end by themselves, or open a browser: that clap takes them is enough.
const ENDLESS: [&str; 1] = ["serve"];

/// The commands, by the list in `newsdex --help`.
fn commands(bench: &Workbench) -> Vec<String> {
    let help = bench.ok(&["--help"]);
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    list.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

/// The lines of a shell in a help's section of examples.
fn examples(help: &str) -> Vec<String> {
    let section = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("no examples: {help}"));
    let lines: Vec<&str> = section.lines().filter(|line| !line.trim().is_empty()).collect();
    let (comments, commands): (Vec<&str>, Vec<&str>) =
        lines.into_iter().partition(|line| line.starts_with("  # "));
    assert_eq!(comments.len(), commands.len(), "each example says what it does: {help}");
    commands.into_iter().map(|line| line.trim().to_owned()).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(drop).unwrap() }
    }
}

/// A home folder with what the examples name: an archive, its index, a schema file and a set of judgements.
fn home() -> Workbench {
    let bench = Workbench::new();
    copy(&corpus(), &bench.news());
    let write = |name: &str, text: &str| fs::write(bench.path().join(name), text).unwrap();
    write("fields.yaml", "version: 1\nfields:\n  author: {kind: keyword, from: [author]}\n");
    fs::create_dir(bench.path().join("judged")).unwrap();
    write(
        "judged/docs.jsonl",
        "{\"id\": \"a\", \"title\": \"Solar glass\", \"body\": \"Output was cut.\"}\n",
    );
    write("judged/queries.tsv", "1\tsolar glass\n");
    write("judged/qrels.tsv", "query-id\tcorpus-id\tscore\n1\ta\t1\n");
    for name in [".local/share/bash-completion/completions", ".config/fish/completions", "bin"] {
        fs::create_dir_all(bench.path().join(name)).unwrap();
    }
    fs::hard_link(env!("CARGO_BIN_EXE_newsdex"), bench.path().join("bin/newsdex"))
        .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_newsdex"), bench.path().join("bin/newsdex")).map(drop))
        .unwrap();
    bench.ok(&["ingest", "news", "--quiet"]);
    bench
}

/// Runs a line of a shell as a user would, at home.
fn shell(bench: &Workbench, line: &str) {
    let path = format!("{}:{}", bench.path().join("bin").display(), env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(bench.path()).env_clear();
    shell.env("PATH", path).env("HOME", bench.path()).env("NEWSDEX_INDEX", bench.index()).env("TZ", "UTC");
    let output = shell.stdin(std::process::Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{line}: {said}");
}

#[test]
fn every_command_has_examples_that_work() {
    let bench = home();
    let commands = commands(&bench);
    assert!(commands.len() > 15 && commands.contains(&"ingest".to_owned()), "{commands:?}");
    for name in commands {
        let help = bench.ok(&[&name, "--help"]);
        if name != "query" {
            assert_eq!(bench.ok(&["help", &name]), help, "{name}");
        }
        let lines = examples(&help);
        assert!((2..=4).contains(&lines.len()), "{name}: {lines:?}");
        for line in lines {
            assert!(line.contains("newsdex "), "{line}");
            let is_endless = ENDLESS.contains(&name.as_str());
            shell(&bench, &if is_endless { format!("{line} --help") } else { line });
        }
        let short = bench.ok(&[&name, "-h"]);
        assert!(!short.contains("Examples:") && short.contains("--help"), "{short}");
    }
    for line in examples(&bench.ok(&["--help"])) {
        let is_endless = ENDLESS.iter().any(|name| line.starts_with(&format!("newsdex {name} ")));
        shell(&bench, &if is_endless { format!("{line} --help") } else { line });
    }
}

#[test]
fn every_command_has_a_man_page() {
    let bench = Workbench::new();
    assert!(bench.ok(&["man", "pages"]).contains("wrote the man pages to pages"));
    let pages: BTreeSet<String> = fs::read_dir(bench.path().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut expected: BTreeSet<String> =
        commands(&bench).iter().map(|name| format!("newsdex-{name}.1")).collect();
    expected.insert("newsdex.1".into());
    assert_eq!(pages, expected);
    for page in pages {
        let text = fs::read_to_string(bench.path().join("pages").join(&page)).unwrap();
        let sections =
            ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"];
        let heads: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        let places = sections.map(|section| heads.iter().position(|head| head.trim_matches('"') == section));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{page}: {heads:?}");
        let name = page.trim_end_matches(".1").replacen('-', " ", 1);
        let command = name.strip_prefix("newsdex").unwrap().trim();
        let help = bench.ok(&[&[command][usize::from(command.is_empty())..], &["--help"]].concat());
        let shown = [("\\*(Aq", "'"), ("\\(ti", "~"), ("\\", "")];
        let shown = shown.iter().fold(text, |text, (roff, plain)| text.replace(roff, plain));
        for line in examples(&help) {
            assert!(shown.contains(&line), "{page}: {line}");
        }
    }
}

#[test]
fn the_index_is_named_by_option_environment_or_default() {
    let bench = Workbench::with_corpus();
    let help = bench.ok(&["query", "-h"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("[env: NEWSDEX_INDEX] [default: ~/.local/share/newsdex/index]"), "{help}");
    assert!(bench.ok(&["status"]).contains(bench.index().to_str().unwrap()));
    assert!(bench.fails(&["status", "--index", "other"], 2).contains("there is no index at other"));
    assert!(bench.fails(&["status", "--index", ""], 2).contains("--index <DIR>"));
    // An empty variable names no folder.
    let empty = bench.command(&["status"]).env("NEWSDEX_INDEX", "").output().unwrap();
    let said = String::from_utf8(empty.stderr).unwrap();
    assert!(said.contains("there is no index at") && said.contains("data/newsdex/index"), "{said}");
    assert!(said.contains("\n  hint: create one with `newsdex ingest PATH"), "{said}");
    // A look into a folder goes by the option alone, so that it never mixes with the archive.
    bench.write("one.md", "# One\n\nsolar\n");
    let before = bench.ok(&["status"]);
    bench.ok(&["query", "solar", "--in", "news"]);
    assert_eq!(bench.ok(&["status"]), before);
    assert!(bench.path().join("cache/newsdex").is_dir());
    bench.ok(&["query", "solar", "--in", "news", "--index", "named"]);
    assert!(bench.ok(&["status", "--index", "named"]).contains("articles  1"));
}

#[test]
fn values_have_names_in_capitals() {
    let bench = Workbench::new();
    for command in commands(&bench) {
        let help = bench.ok(&[&command, "-h"]);
        for name in help.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(name, _)| name) {
            assert_eq!(name, name.to_uppercase(), "{command}: {help}");
        }
    }
}
