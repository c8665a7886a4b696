//! What people and scripts see: formats, exit codes, and that no text of an article is obeyed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::{
    index::StoredArticle,
    render::{Look, ResultPage, answer_text},
    search::{Answer, Hit},
};
use std::{
    io::Read as _,
    process::{Command, Stdio},
    time::Duration,
};

#[test]
fn json_says_what_was_found() {
    let bench = Workbench::with_corpus();
    let answer = bench.json(&["query", "perovskite", "--facets", "--format", "json"]);
    let hit = &answer["hits"][0];
    assert_eq!(hit["rank"], 1);
    assert_eq!(hit["key"], "230905679/en");
    assert_eq!(hit["published"], "2025-03-07T00:56:22Z");
    assert_eq!(hit["symbols"], serde_json::json!(["600586.SH", "159863.SZ", "399319.SZ"]));
    assert!(hit["path"].as_str().unwrap().ends_with("tests/corpus/en/230905679.md"));
    assert_eq!(answer["facets"]["month"].as_array().unwrap().len(), 3);
    assert_eq!(answer["total"], 3);
    assert_eq!(answer["query"], "(perovskite = \"钙钛 钛矿\")");
    // Marks count characters, so that a script can cut with them.
    let answer = bench.json(&["query", "钙钛矿", "--locale", "zh-CN", "--format", "json"]);
    let snippet = &answer["hits"][0]["snippets"][0];
    let text: Vec<char> = snippet["text"].as_str().unwrap().chars().collect();
    for mark in snippet["marks"].as_array().unwrap() {
        let (from, to) = serde_json::from_value::<(usize, usize)>(mark.clone()).unwrap();
        assert_eq!(text[from..to].iter().collect::<String>(), "钙钛矿");
    }
    assert!(!snippet["marks"].as_array().unwrap().is_empty());
}

#[test]
fn the_other_formats() {
    let bench = Workbench::with_corpus();
    let lines = bench.ok(&["query", "perovskite", "--format", "jsonl"]);
    let keys: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["key"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(keys.len(), 3);
    let table = bench.ok(&["query", "perovskite", "--format", "csv"]);
    assert!(table.starts_with("rank,key,id,locale,kind,title,url,path,published,symbols,score,snippet\r\n"));
    assert_eq!(table.matches("\r\n").count(), 4);
    let paths = bench.ok(&["query", "perovskite", "--format", "paths"]);
    assert!(paths.lines().next().unwrap().ends_with("tests/corpus/en/230905679.md:16"));
    assert_eq!(bench.ok(&["query", "perovskite", "--count"]), "3\n");
    let text = bench.ok(&["query", "perovskite", "--limit", "1", "--offset", "1"]);
    assert!(text.starts_with("  2. ") && text.contains("2–2 of 3 articles"), "{text}");
    let text = bench.ok(&["query", "perovskite", "--facets", "--explain"]);
    for part in ["symbol:", "600586.SH", "market:", "CN", "month:", "2025-03", "█", "idf"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let listed = bench.ok(&["list", "perovskite", "--no-synonyms"]);
    assert_eq!(listed.lines().count(), 3);
    assert!(listed.lines().all(|line| line.split('\t').count() == 4), "{listed}");
    assert!(bench.ok(&["list", "--format", "json"]).lines().all(|line| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["hash"].as_str().unwrap().len() == 16
    }));
    let article = bench.ok(&["show", "230905679/zh-HK"]);
    assert!(article.contains("鈣鈦礦") && article.contains("230905679/zh-HK"));
    assert_eq!(
        bench.json(&["show", "230905679/en", "--format", "json"])["related"].as_array().unwrap().len(),
        5
    );
    assert!(bench.fails(&["show", "1/en"], 1).contains("there is no article 1/en"));
    assert!(bench.ok(&["completions", "bash"]).contains("newsdex"));
    bench.ok(&["man", "pages"]);
    assert!(bench.path().join("pages/newsdex-query.1").exists());
}

#[test]
fn facets_count_articles() {
    let bench = Workbench::with_corpus();
    let counts = bench.json(&["facets", "--by", "market,year,locale,symbol", "--format", "json"]);
    assert_eq!(counts["total"], 26, "articles, not pages");
    for by in ["market", "year", "locale", "symbol"] {
        assert!(!counts["facets"][by].as_array().unwrap().is_empty(), "{by}");
    }
    // Every count is the number of articles that the filter of the same value finds.
    for (by, flag) in [("market", "--market"), ("year", "--date"), ("symbol", "--symbol")] {
        for count in counts["facets"][by].as_array().unwrap() {
            let value = count["value"].as_str().unwrap();
            let found = bench.run(&["query", flag, value, "--count"]);
            let found: u64 = String::from_utf8(found.stdout).unwrap().trim().parse().unwrap();
            assert_eq!(Some(found), count["count"].as_u64(), "{by} {value}");
        }
    }
    assert!(bench.fails(&["facets", "--by", "title"], 2).contains("cannot count by `title`"));
    assert!(bench.ok(&["facets", "--by", "day", "--format", "csv"]).contains("day,2025-03-07,1\r\n"));
}

#[test]
fn exit_codes_are_those_of_grep() {
    let bench = Workbench::with_corpus();
    bench.ok(&["query", "perovskite"]);
    bench.fails(&["query", "absolutelynowhere"], 1);
    bench.fails(&["query", "perovskite", "--no-such-flag"], 2);
    bench.fails(&["query", "--date", "soon"], 2);
    bench.fails(&["query", "--symbol", "!"], 2);
    let said = bench.fails(&["query", "solar AND tilte:x"], 2);
    let expected = "error: there is no field `tilte`\n  solar AND tilte:x\n            ^^^^^\n  hint: did you mean `title:`";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let bench = Workbench::new();
    for n in 0..3000 {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", "solar");
    }
    bench.ingest();
    for args in [vec!["list"], vec!["query", "solar", "--limit", "3000", "--format", "json"]] {
        let mut child = bench.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 10];
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut first).unwrap();
        drop(out);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty());
    }
}

#[test]
fn colours_only_where_they_are_wanted() {
    let bench = Workbench::with_corpus();
    let colored = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command: Command = bench.command(args);
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap().contains('\x1b')
    };
    assert!(!colored(&["query", "perovskite"], &[]), "a pipe is no terminal");
    assert!(colored(&["query", "perovskite", "--color", "always"], &[]));
    assert!(colored(&["query", "perovskite", "--color", "always"], &[("NO_COLOR", "1")]), "a flag wins");
    assert!(!colored(&["query", "perovskite", "--color", "never"], &[]));
    let links =
        bench.command(&["query", "perovskite", "--color", "always"]).env("FORCE_HYPERLINK", "1").output();
    let text = String::from_utf8(links.unwrap().stdout).unwrap();
    assert!(text.contains("\x1b]8;;https://longbridge.com/en/news/230905679.md\x1b\\"), "{text}");
}

#[test]
fn no_text_of_an_article_is_obeyed() {
    let bench = Workbench::new();
    let front = |title: &str| {
        format!("---\ntitle: \"{title}\"\nurl: \"https://n.example/en/news/200000001.md\"\n---\n")
    };
    let title = "=HYPERLINK(evil) \x1b]0;pwned\x07 \u{202e}solar\u{202c} <b>&";
    bench.write("a\nb.md", &format!("{}\nsolar \x1b[2J \u{9b}31m wind, \u{2028} \"quoted\"\n", front(title)));
    bench.ingest();
    for args in [
        vec!["query", "solar"],
        vec!["query", "solar", "--color", "always"],
        vec!["query", "solar", "--format", "paths"],
        vec!["query", "solar", "--format", "csv"],
        vec!["facets", "--by", "kind", "--format", "csv"],
        vec!["list"],
        vec!["show", "200000001/en"],
        vec!["ingest", "news"],
    ] {
        let output = bench.run(&args);
        let text = String::from_utf8(output.stdout).unwrap();
        for hostile in ["\x1b]0;", "\x1b[2J", "\x07", "\u{9b}", "\u{202e}", "\u{2028}"] {
            assert!(!text.contains(hostile), "{args:?}: {text:?}");
        }
    }
    assert_eq!(bench.ok(&["list"]).lines().count(), 1, "a line break in a name is not one in a list");
    assert_eq!(bench.ok(&["query", "solar", "--format", "paths"]).lines().count(), 1);
    let table = bench.ok(&["query", "solar", "--format", "csv"]);
    assert!(table.contains("'=HYPERLINK"), "{table}");
    assert_eq!(table.lines().count(), 2, "a line break in a name is not one in a table");
}

/// What an answer with one hit of this title looks like on a terminal of so many columns.
fn on_a_terminal(title: &str, width: Option<usize>) -> String {
    let article = StoredArticle { key: "1/en".into(), title: title.into(), ..StoredArticle::default() };
    let hit = Hit {
        relaxed: false,
        article,
        score: None,
        place: None,
        also: vec![],
        more_locales: 0,
        copies: None,
        title_marks: vec![],
        snippets: vec![],
        explanation: vec![],
    };
    let answer = Answer {
        total: 1,
        stories: None,
        articles: 1,
        pages: 1,
        skipped: 0,
        hits: vec![hit],
        facets: vec![],
        took: Duration::ZERO,
    };
    let shown = ResultPage { query: "", answer: &answer, notes: &[], suggestions: &[], next_cursor: None };
    let mut out = Vec::new();
    answer_text(&mut out, &shown, &Look { width, ..Look::default() }).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn lines_are_broken_for_a_terminal_only() {
    let long = "Solar glass makers cut their output for a third month";
    assert!(on_a_terminal(long, None).contains(long));
    let broken = on_a_terminal(long, Some(30));
    assert!(
        broken.starts_with("  1. Solar glass makers cut\n     their output for a third\n     month\n"),
        "{broken}"
    );
    // An ideograph takes two columns, and closing punctuation begins no line.
    let broken = on_a_terminal("玻璃廠連續三個月減產。玻璃廠連續三個月減產", Some(25));
    assert!(broken.starts_with("  1. 玻璃廠連續三個月減\n     產。玻璃廠連續三個月\n"), "{broken}");
    // A word that fits on no line is cut.
    assert!(on_a_terminal(&"x".repeat(100), Some(10)).contains(&format!("\n     {}\n", "x".repeat(20))));
}

#[test]
fn a_notation_is_explained() {
    let bench = Workbench::new();
    let text = bench.ok(&["symbol", "600586", "CH", "Equity"]);
    assert!(text.starts_with("600586 CH Equity → 600586.SH  stock, market CN, "), "{text}");
    assert!(text.contains("600586.SS") && text.contains("SH600586"), "{text}");
    assert_eq!(bench.ok(&["symbol", "AAPL.US", "700.HK"]).matches(" → ").count(), 2);
    let read = bench.json(&["symbol", "000001.CN", "--format", "json"]);
    assert_eq!((&read["symbol"], &read["confidence"]), (&"000001.SZ".into(), &"ambiguous".into()));
    assert_eq!(read["alternatives"], serde_json::json!(["000001.SH"]));
    assert!(bench.fails(&["symbol", "no such thing at all"], 1).contains("is not a security notation"));
}

#[test]
fn counts_speak_of_what_a_search_finds() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar glass");
    bench.article("b.md", 200_000_002, "03-07", "copper mine");
    bench.article("c.md", 200_000_003, "03-07", "wheat");
    bench.ingest();
    // No article has both words: two have one of them, and are shown but not counted.
    let found = bench.json(&["query", "solar copper", "--format", "json"]);
    assert_eq!((&found["total"], found["hits"].as_array().unwrap().len()), (&0.into(), 2));
    let counts = bench.json(&["facets", "solar copper", "--by", "locale", "--format", "json"]);
    assert_eq!((&counts["total"], counts["facets"]["locale"].as_array().unwrap().len()), (&0.into(), 0));
    let any = bench.json(&["facets", "solar copper", "--match", "any", "--by", "locale", "--format", "json"]);
    assert_eq!((&any["total"], &any["facets"]["locale"][0]["count"]), (&2.into(), &2.into()));
    let strict = bench.json(&["facets", "solar glass", "--by", "locale", "--format", "json"]);
    assert_eq!((&strict["total"], strict["notes"].as_array().unwrap().len()), (&1.into(), 0));
}
