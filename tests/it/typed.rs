//! What people type first finds what they mean: each on the articles of `tests/typed`, which were written for it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::{serve::Server, workbench::Workbench};
use serde_json::Value;
use std::path::PathBuf;

fn bench() -> Workbench {
    let bench = Workbench::new();
    let articles = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/typed");
    bench.ok(&["ingest", "--quiet", articles.to_str().unwrap()]);
    bench
}

/// The topic and name of a hit: `tesla/norway`.
fn name(hit: &Value) -> String {
    let path = hit["path"].as_str().unwrap().trim_end_matches(".md");
    path.rsplit('/').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/")
}

/// The articles that match in full and those that fill the page, best first.
fn answer(bench: &Workbench, args: &[&str]) -> (Vec<String>, Vec<String>) {
    let answer = bench.json(&[&["query", "--format", "json"], args].concat());
    let (relaxed, full): (Vec<&Value>, Vec<&Value>) =
        answer["hits"].as_array().unwrap().iter().partition(|hit| hit["relaxed"] == true);
    assert_eq!(answer["total"], full.len(), "what fills the page is not counted: {args:?}");
    [full, relaxed].map(|hits| hits.into_iter().map(name).collect::<Vec<_>>()).into()
}

/// The articles that match in full, in alphabetical order.
fn found(bench: &Workbench, args: &[&str]) -> Vec<String> {
    let mut names = answer(bench, args).0;
    names.sort();
    names
}

#[test]
fn a_further_word_narrows() {
    let bench = bench();
    assert_eq!(found(&bench, &["tesla model 3"]), ["tesla/norway", "tesla/production"]);
    let (full, relaxed) = answer(&bench, &["tesla model 3 production"]);
    assert_eq!(full, ["tesla/production"]);
    assert_eq!(relaxed, ["tesla/norway"], "the name and the number are kept");
    assert_eq!(
        found(&bench, &["tesla model 3 production", "--sort", "newest"]),
        ["tesla/production"],
        "and no phone, chip or tablet"
    );
}

#[test]
fn the_rate_cuts_of_the_federal_reserve() {
    let bench = bench();
    let all = ["fed/cut", "fed/lower", "fed/simplified", "fed/traditional"];
    for typed in ["federal reserve rate cut", "fed rate cut", "聯儲局減息", "美联储降息"] {
        assert_eq!(found(&bench, &[typed]), all, "{typed}");
    }
    let first = |typed| answer(&bench, &[typed]).0[0].clone();
    assert_eq!(first("federal reserve rate cut"), "fed/cut", "what was typed counts most");
    assert_eq!(first("聯儲局減息"), "fed/traditional");
    assert_eq!(first("美联储降息"), "fed/simplified");
}

#[test]
fn a_ticker_is_the_security() {
    let bench = bench();
    let listed = ["apple/a", "apple/b", "apple/c", "apple/d", "others/tablets"];
    assert_eq!(found(&bench, &["AAPL"]), listed);
    assert!(bench.notes(&["AAPL"]).contains("`AAPL` was also read as the security AAPL.US"));
    let (full, _) = answer(&bench, &["TSLA layoffs"]);
    assert!(["tesla/results", "tesla/workforce"].contains(&full[0].as_str()), "{full:?}");
    assert_eq!(found(&bench, &["TSLA layoffs"]), ["others/twitter", "tesla/results", "tesla/workforce"]);
}

#[test]
fn a_name_is_the_security() {
    let bench = bench();
    let of_tesla: Vec<String> =
        ["norway", "production", "results", "roof", "workforce"].map(|name| format!("tesla/{name}")).into();
    assert_eq!(found(&bench, &["--symbol", "tesla"]), of_tesla);
    assert_eq!(found(&bench, &["--symbol", "贵州茅台"]), ["china/moutai"]);
    assert_eq!(found(&bench, &["--symbol", "腾讯"]), ["china/tencent", "china/tencent2"]);
    let battery = ["china/battery", "china/battery2", "china/battery3", "china/battery4"];
    for name in ["宁德时代", "寧德時代"] {
        assert_eq!(found(&bench, &["--symbol", name]), battery, "{name}");
    }
    assert!(bench.ok(&["symbol", "tesla"]).starts_with("tesla → TSLA.US  Tesla"));
    let unknown = bench.run(&["symbol", "stellantis"]);
    assert_eq!((unknown.status.code(), unknown.stdout.as_slice()), (Some(1), &b""[..]));
}

#[test]
fn about_is_what_titles_name() {
    let bench = bench();
    assert_eq!(found(&bench, &["about:GE"]), ["ge/first", "ge/second", "ge/third"]);
    let google = ["google/a", "google/b", "google/c", "google/d", "google/e"];
    assert_eq!(found(&bench, &["about:google title:google"]), google);
    assert_eq!(found(&bench, &["about:google"]), google, "a mention in the text is none");
}

#[test]
fn a_question_and_a_date_find_the_article() {
    let bench = bench();
    let (full, relaxed) = answer(&bench, &["tesla layoffs", "--date", "2018"]);
    let first = full.iter().chain(&relaxed).next().unwrap();
    assert_eq!(first, "tesla/workforce", "and neither Ford nor Telecom Italia: {full:?} {relaxed:?}");
    assert_eq!(found(&bench, &["what happened to 600586 in March 2025"]), ["china/march"]);
    assert_eq!(found(&bench, &["600586怎么了 2025年3月"]), ["china/march"]);
}

#[test]
fn misspelt_words_are_corrected_together() {
    let bench = bench();
    let answer = bench.json(&["query", "tesle layofs", "--format", "json"]);
    let offered: Vec<&Value> =
        answer["suggestions"].as_array().unwrap().iter().filter(|one| one["kind"] == "word").collect();
    assert_eq!(offered[0]["instead"], "tesla layoffs");
    let count = offered[0]["count"].as_u64().unwrap();
    assert_eq!(count, found(&bench, &["tesla layoffs"]).len() as u64, "one link that finds so many");
    let offers = |args: &[&str]| -> Vec<(String, u64)> {
        let answer = bench.json(&[&["query", "--format", "json"], args].concat());
        let offered = answer["suggestions"].as_array().unwrap().iter().map(|one| {
            let text = one["instead"].as_str().or(one["asked"].as_str()).unwrap();
            (text.to_owned(), one["count"].as_u64().unwrap())
        });
        offered.collect()
    };
    // What only a synonym finds is offered too, beside a filter; what finds nothing once it is read anew is not.
    assert!(offers(&["tesle layofs", "--date", "2018"]).contains(&("tesla layoffs".into(), 1)));
    let of_period = offers(&["yesterdey tesla"]);
    assert!(of_period.iter().all(|(_, count)| *count > 0), "{of_period:?}");
    // A part is named as it was typed, without its synonyms.
    let parts = offers(&["layoffs norway tesla"]);
    assert!(parts.contains(&("layoffs".into(), 1)), "{parts:?}");
    assert!(answer["notes"].to_string().contains("no article has `tesle` or `layofs`"), "{answer}");
}

#[test]
fn the_box_completes_names_and_phrases() {
    let bench = bench();
    let server = Server::start(&bench, &[]);
    let completed = |typed: &str| -> Vec<String> {
        let answer = server.json(&format!("/api/suggest?q={typed}"));
        let offered = answer["completions"].as_array().unwrap().iter();
        offered.map(|one| one["shown"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(completed("goldman+s"), ["Goldman Sachs", "GS.US"], "and not said, source or share");
    let words = ["光伏行业", "光伏玻璃", "光伏设备"];
    let solar = completed("%E5%85%89%E4%BC%8F");
    assert!(words.iter().all(|word| solar.iter().any(|shown| shown == word)), "{solar:?}");
    assert!(
        solar.iter().all(|shown| words.contains(&shown.as_str())),
        "no debris of two characters: {solar:?}"
    );
    // 寧德 and 宁德, each in its own script.
    assert_eq!(completed("%E5%AF%A7%E5%BE%B7")[0], "寧德時代");
    assert!(completed("%E5%AF%A7%E5%BE%B7").iter().all(|shown| !shown.contains('宁')));
    assert_eq!(completed("%E5%AE%81%E5%BE%B7")[0], "宁德时代");
}
