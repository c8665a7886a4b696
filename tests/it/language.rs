//! What the parts of the query language find: patterns, nearness, securities and what articles are about, zones,
//! words and queries of the user's own, one article in several locales, and help where nothing is found.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::{Workbench, corpus};
use serde_json::{Value, json};
use std::{fs, io::Write as _, process::Stdio};

/// The articles with these bodies, numbered from 1.
fn with_bodies(bodies: &[&str]) -> Workbench {
    let bench = Workbench::new();
    for (n, body) in (1..).zip(bodies) {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", body);
    }
    bench.ingest();
    bench
}

/// The numbers of the articles that a query finds.
fn found(bench: &Workbench, query: &[&str]) -> Vec<u64> {
    let number = |key: &String| key.trim_end_matches("/en").parse::<u64>().unwrap() - 200_000_000;
    bench.sorted_keys(query).iter().map(number).collect()
}

#[test]
fn parts_of_words() {
    let bench = with_bodies(&[
        "word world wood ward",
        "perovskite cells and 600585",
        "pyrite colour 600586",
        "colors of 钙钛矿 panels",
        "钙铁矿 and peroxide",
    ]);
    let table: [(&str, &[u64]); 18] = [
        ("wor?d", &[1]),
        ("w?rd", &[1]),
        ("p*ite", &[2, 3]),
        ("*ite", &[2, 3]),
        ("6005?5", &[2]),
        ("perovskyte~1", &[2]),
        ("perovskyt~2", &[2]),
        ("perovskyt~1", &[]),
        ("body:perovskyte~1", &[2]),
        ("600584~1", &[]),
        ("/钙钛/", &[4]),
        ("/鈣鈦/", &[4]),
        ("/colou?rs?/", &[3, 4]),
        ("/COLOURS?/", &[3]),
        ("/colo/", &[]),
        ("/6005(85|86)/", &[2, 3]),
        ("钙?矿", &[4, 5]),
        ("cells?", &[2]),
    ];
    for (query, numbers) in table {
        assert_eq!(found(&bench, &[query]), numbers, "{query}");
    }
    for (query, said) in
        [("/a(/", "invalid pattern"), ("/(a{200}){200}/", "invalid pattern"), ("/[z-a]/", "invalid pattern")]
    {
        assert!(bench.fails(&["query", query], 2).contains(said), "{query}");
    }
}

#[test]
fn a_period_in_words_restricts_the_articles() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "The price of 600586 fell.");
    bench.article("2.md", 200_000_002, "04-07", "The price of 600586 fell again.");
    bench.ingest();
    assert_eq!(found(&bench, &["600586"]), [1, 2]);
    for typed in
        ["600586 in March 2025", "600586 fell until March 2025", "2025年3月 600586", "before 2025-04 fell"]
    {
        assert_eq!(found(&bench, &[typed]), [1], "{typed}");
    }
    assert_eq!(found(&bench, &["600586 since April 2025"]), [2]);
    assert_eq!(found(&bench, &["in April 2025"]), [2]);
    let answer = bench.json(&["query", "what happened to 600586 in March 2025", "--format", "json"]);
    assert!(answer["query"].as_str().unwrap().ends_with("AND date:2025-03"), "{}", answer["query"]);
    let note = "`in March 2025` was read as the period 2025-03; put it in quotes for the words";
    assert!(answer["notes"].as_array().unwrap().contains(&json!(note)), "{}", answer["notes"]);
    let offered = bench.json(&["query", "fell March 2025", "--format", "json"]);
    let note = "`March 2025` was searched as words; for the period write `date:2025-03`";
    assert!(offered["notes"].as_array().unwrap().contains(&json!(note)), "{}", offered["notes"]);
}

#[test]
fn a_written_date_is_a_phrase() {
    let bench =
        with_bodies(&["公司3月7日公告减息", "公司7月3日公告减息", "March 7 and more", "7 boys in March"]);
    let table: [(&str, &[u64]); 6] = [
        ("3月7日", &[1]),
        ("7月3日", &[2]),
        ("3月7日减息", &[1]),
        ("减息 3月7日", &[1]),
        ("March 7", &[3]),
        ("7 March", &[]),
    ];
    for (query, numbers) in table {
        assert_eq!(found(&bench, &[query]), numbers, "{query}");
    }
}

#[test]
fn near_each_other() {
    let bench = with_bodies(&[
        "solar panels need much glass",
        "glass for solar",
        "solar one two three four five six glass",
        "the solar glass price rose; nothing else",
        "价格上涨：光伏玻璃",
        "solar and wind but no other",
    ]);
    let table: [(&str, &[u64]); 14] = [
        ("solar near/5 glass", &[1, 2, 4]),
        ("glass NEAR/2 solar", &[2, 4]),
        ("solar near/7 glass", &[1, 2, 3, 4]),
        ("\"solar glass\" near/3 price", &[4]),
        ("\"glass solar\" near/3 price", &[]),
        ("(panels OR price) near/4 glass", &[1, 4]),
        ("solar near/5 solar", &[]),
        ("solar near/5 \"solar\"", &[]),
        ("(solar OR wind) near/9 solar", &[6]),
        ("sol* near/3 solar", &[]),
        ("光伏玻璃 near/5 价格", &[5]),
        ("玻璃 near/2 价格", &[]),
        ("body:(solar near/2 glass)", &[2, 4]),
        ("solar near/3 price near/3 glass", &[4]),
    ];
    for (query, numbers) in table {
        assert_eq!(found(&bench, &[query]), numbers, "{query}");
    }
    for query in [
        "solar near/5 NOT glass",
        "title:solar near/5 body:glass",
        "a near/5 b near/6 c",
        "a near/3 \"b c\"~2",
    ] {
        assert!(bench.fails(&["query", query], 2).contains("near"), "{query}");
    }
}

/// A page with a title, a lead, a rest far behind it, and a list of securities.
fn page(id: u64, title: &str, lead: &str, rest: &str, listed: &[&str]) -> String {
    let filler = "Some more words of no matter. ".repeat(20);
    let link = |code: &&str| format!("- [{code}](https://n.example/en/quote/{code}.md)");
    let links = listed.iter().map(link).collect::<Vec<_>>().join("\n");
    format!(
        "---\ntitle: \"{title}\"\nlocale: en\nurl: \"https://n.example/en/news/{id}.md\"\n\
         datetime: \"2025-03-07T08:00:00Z\"\n---\n\n{lead}\n\n{filler}\n\n{rest}\n\n### Related Stocks\n\n{links}\n"
    )
}

#[test]
fn about_and_mentions() {
    let bench = Workbench::new();
    bench.write("1.md", &page(200_000_001, "Firm (NASDAQ: AAPL) rises", "x", "y", &["TSLA.US", "AAPL.US"]));
    bench.write("2.md", &page(200_000_002, "Two", "A lead with $AAPL in it.", "y", &[]));
    bench.write("3.md", &page(200_000_003, "Three", "x", "y", &["AAPL.US", "TSLA.US"]));
    bench.write("4.md", &page(200_000_004, "Four", "x", "Far behind stands $AAPL.", &["TSLA.US"]));
    bench.write("5.md", &page(200_000_005, "Five", "x", "y", &["TSLA.US", "AAPL.US", "NVDA.US"]));
    bench.write("6.md", &page(200_000_006, "Six", "x", "y", &["000001.CN"]));
    bench.ingest();
    assert_eq!(found(&bench, &["about:AAPL"]), [1, 2, 3]);
    assert_eq!(found(&bench, &["--about", "NASDAQ:AAPL"]), [1, 2, 3]);
    assert_eq!(found(&bench, &["mentions:AAPL"]), [4, 5]);
    assert_eq!(found(&bench, &["symbol:AAPL"]), [1, 2, 3, 4, 5]);
    assert_eq!(found(&bench, &["symbol:AAPL", "nsymbols:<=2"]), [1, 2, 3, 4]);
    assert_eq!(found(&bench, &["about:000001.SH"]), [6], "an ambiguous notation is about either reading");
    let either = &bench.json(&["query", "about:000001.SH", "--explain", "--format", "json"])["hits"][0];
    assert_eq!(either["ambiguous"], json!({"000001.SZ": ["000001.SH"]}), "the hit is marked");
    assert_eq!(either["explanation"][0], "000001.SZ: about (first-listed); named in listed");
    assert!(bench.ok(&["query", "symbol:000001.SH"]).contains("000001.SZ|000001.SH"));
    let ranked = bench.keys(&["about:AAPL"]);
    assert_eq!(ranked, ["200000001/en", "200000002/en", "200000003/en"], "the title says most");
    let answer = bench.json(&["query", "about:AAPL", "--explain", "--format", "json"]);
    let said: Vec<_> = answer["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| hit["explanation"][0].as_str().unwrap())
        .collect();
    assert_eq!(
        said,
        [
            "AAPL.US: about (title); named in listed, title",
            "AAPL.US: about (lead); named in lead",
            "AAPL.US: about (first-listed); named in listed",
        ]
    );
    let hit = &bench.json(&["query", "id:200000004", "--format", "json"])["hits"][0];
    assert_eq!(hit["symbols"], json!(["TSLA.US", "AAPL.US"]), "in the order of the article");
    assert_eq!(hit["sources"], json!({"AAPL.US": ["body"], "TSLA.US": ["listed"]}));
}

#[test]
fn a_security_by_its_name() {
    let bench = Workbench::with_corpus();
    let tesla = bench.sorted_keys(&["--symbol", "TSLA.US"]);
    assert!(!tesla.is_empty());
    for name in ["tesla", "Tesla", "tesla inc"] {
        assert_eq!(bench.sorted_keys(&["--symbol", name]), tesla, "{name}");
        let answer = bench.json(&["query", &format!("symbol:\"{name}\""), "--format", "json"]);
        let note = answer["notes"][0].as_str().unwrap();
        assert!(note.contains("was read as the name of TSLA.US (Tesla, Inc. (TSLA.US))"), "{note}");
    }
    let nobody = bench.json(&["query", "--symbol", "no such firm", "--format", "json"]);
    assert_eq!(nobody["total"], 0);
    assert!(nobody["notes"][0].as_str().unwrap().contains("nor the name of a security in the index"));
    let misspelt = bench.json(&["query", "--symbol", "tesle", "--format", "json"]);
    let note = misspelt["notes"][0].as_str().unwrap();
    assert!(note.contains("TESLE.US, which no article names; did you mean TSLA.US (Tesla"), "{note}");
    // A ticker that articles name is the ticker, in whatever part it is asked for.
    let mentions = bench.json(&["query", "mentions:AAPL", "--format", "json"]);
    assert_eq!(mentions["query"], "mentions:AAPL.US");
    let apple = bench.json(&["query", "--symbol", "AAPL", "--format", "json"]);
    assert_eq!(apple["notes"], json!([]));
}

#[test]
fn the_zone_decides_what_a_day_is() {
    let bench = Workbench::new();
    let at = |id: u64, time: &str| {
        format!(
            "---\ntitle: T\nlocale: en\nurl: \"https://n.example/en/news/{id}.md\"\ndatetime: \"{time}\"\n---\n\nsolar\n"
        )
    };
    bench.write("1.md", &at(200_000_001, "2025-03-06T15:59:59Z"));
    bench.write("2.md", &at(200_000_002, "2025-03-06T16:00:00Z"));
    bench.write("3.md", &at(200_000_003, "2025-03-07T15:59:59Z"));
    bench.write("4.md", &at(200_000_004, "2025-03-07T16:00:00Z"));
    bench.ingest();
    assert_eq!(found(&bench, &["--date", "2025-03-07"]), [3, 4]);
    let shanghai = ["--date", "2025-03-07", "--tz", "Asia/Shanghai"];
    assert_eq!(found(&bench, &shanghai), [2, 3]);
    assert_eq!(found(&bench, &["date:2025-03-07", "--tz", "Asia/Shanghai"]), [2, 3]);
    let days = |zone: &str| {
        bench.json(&["facets", "--by", "day", "--format", "json", "--tz", zone])["facets"]["day"].clone()
    };
    let day = |value: &str, count: u64| json!({"value": value, "count": count});
    assert_eq!(days("UTC"), json!([day("2025-03-06", 2), day("2025-03-07", 2)]));
    assert_eq!(
        days("Asia/Shanghai"),
        json!([day("2025-03-06", 1), day("2025-03-07", 2), day("2025-03-08", 1)])
    );
    let text = bench.ok(&["query", "id:200000004", "--tz", "Asia/Shanghai"]);
    assert!(text.contains("2025-03-08 00:00+08:00"), "{text}");
    let relative = bench.json(&["query", "date:7d", "--tz", "Asia/Shanghai", "--format", "json"]);
    let note = relative["notes"][0].as_str().unwrap();
    assert!(note.starts_with("`7d` is 20") && note.ends_with("(Asia/Shanghai)"), "{note}");
    assert!(bench.json(&["query", "--since", "yesterday", "--format", "json"])["notes"][0].is_string());
    assert!(bench.fails(&["query", "solar", "--tz", "Mars/Base"], 2).contains("is not a time zone"));
    // A zone whose clocks change: midnight to midnight, whatever the offset.
    bench.write("5.md", &at(200_000_005, "2025-03-10T03:59:59Z"));
    bench.write("6.md", &at(200_000_006, "2025-03-10T04:00:00Z"));
    bench.write("7.md", &at(200_000_007, "2024-11-03T04:00:00Z"));
    bench.write("8.md", &at(200_000_008, "2024-11-04T04:59:59Z"));
    bench.ingest();
    assert_eq!(found(&bench, &["--date", "2025-03-09", "--tz", "America/New_York"]), [5]);
    let counted = days("America/New_York");
    for (value, count) in [("2024-11-03", 2), ("2025-03-09", 1), ("2025-03-10", 1), ("2025-03-06", 2)] {
        assert!(counted.as_array().unwrap().contains(&day(value, count)), "{value}: {counted}");
    }
}

#[test]
fn counts_by_day_agree_with_the_filter_at_changes_of_the_clock() {
    let bench = Workbench::new();
    let at = |id: u64, time: &str| {
        format!(
            "---\ntitle: T\nlocale: en\nurl: \"https://n.example/en/news/{id}.md\"\ndatetime: \"{time}\"\n---\n\nx\n"
        )
    };
    bench.write("0.md", &at(200_000_000, "2025-03-30T01:00:00Z"));
    for n in 1..9 {
        bench.write(&format!("{n}.md"), &at(200_000_000 + n, &format!("2025-01-1{n}T23:30:00Z")));
    }
    bench.write("9.md", &at(200_000_009, "1969-12-31T23:59:59.5Z"));
    bench.ingest();
    let counts = bench.json(&["facets", "--by", "day", "--tz", "Europe/London", "--format", "json"]);
    for count in counts["facets"]["day"].as_array().unwrap() {
        let found = bench.ok(&[
            "query",
            "--count",
            "--tz",
            "Europe/London",
            "--date",
            count["value"].as_str().unwrap(),
        ]);
        assert_eq!(found.trim(), count["count"].to_string(), "{count}");
    }
    assert_eq!(counts["facets"]["day"].as_array().unwrap().len(), 10);
}

#[test]
fn excluded_phrases() {
    let bench = with_bodies(&["wind and solar", "solar wind", "the price of wind"]);
    assert_eq!(found(&bench, &["wind -\"solar wind\""]), [1, 3]);
    assert_eq!(found(&bench, &["NOT \"solar wind\""]), [1, 3]);
    assert_eq!(found(&bench, &["wind -(\"wind solar\" OR \"of wind\")"]), [1, 2]);
    assert_eq!(found(&bench, &["wind -(price near/3 wind)"]), [1, 2]);
}

#[test]
fn words_and_queries_of_ones_own() {
    let bench =
        with_bodies(&["PV prices", "photovoltaic plants", "光伏玻璃", "solar cells", "a PV cell", "wind"]);
    assert_eq!(found(&bench, &["pv", "--no-synonyms"]), [1, 5]);
    assert_eq!(found(&bench, &["pv"]), [1, 2, 3, 4, 5], "solar is built in");
    let settings = bench.path().join("config/newsdex");
    fs::create_dir_all(&settings).unwrap();
    fs::write(settings.join("synonyms.yaml"), "- PV, photovoltaic, 光伏\n- solar cell, PV cell\n").unwrap();
    assert_eq!(found(&bench, &["pv"]), [1, 2, 3, 5]);
    assert_eq!(found(&bench, &["光伏"]), [1, 2, 3, 5]);
    assert_eq!(found(&bench, &["\"pv\""]), [1, 5], "what is quoted is as it is");
    assert_eq!(found(&bench, &["solar cell"]), [4, 5]);
    assert_eq!(found(&bench, &["photovoltaic near/2 price"]), [1]);
    let told = bench.json(&["query", "光伏 near/2 price", "--format", "json"]);
    assert_eq!(told["total"], 1);
    fs::write(settings.join("synonyms.yaml"), "- PV, photovoltaic, 光伏板\n- solar cell, PV cell\n").unwrap();
    let told = bench.json(&["query", "pv near/2 price", "--format", "json"]);
    assert_eq!(told["total"], 1);
    assert!(told["notes"][0].as_str().unwrap().contains("ignored beside `near`"), "{told}");
    fs::write(settings.join("synonyms.yaml"), "- PV, photovoltaic, 光伏\n- solar cell, PV cell\n").unwrap();
    let reading = |query: &str| bench.json(&["query", query, "--format", "json"])["query"].clone();
    assert_eq!(reading("NOT solar cell"), "NOT solar AND cell", "a synonym does not reach across a dash");
    assert_eq!(reading("title:solar cell"), "title:solar AND cell");
    assert_eq!(reading("solar cell near/5 prices"), "solar AND cell near/5 prices");
    assert_eq!(found(&bench, &["NOT pv"]), [4, 6]);
    let analysis = bench.ok(&["query", "pv", "--analyze"]);
    assert!(analysis.contains("synonyms") && analysis.contains("photovoltaic 1"), "{analysis}");
    let tree = bench.json(&["query", "pv", "--analyze", "--format", "json"]);
    assert_eq!(tree["tree"]["parts"].as_array().unwrap().len(), 3);
    fs::write(bench.path().join("other.yaml"), "- [wind, pv]\n").unwrap();
    assert_eq!(found(&bench, &["wind", "--synonyms", "other.yaml"]), [1, 5, 6]);
    fs::write(bench.path().join("bad.yaml"), "- a\n- {b: c}\n").unwrap();
    assert!(bench.fails(&["query", "wind", "--synonyms", "bad.yaml"], 2).contains("bad.yaml: line"));
    assert!(bench.fails(&["query", "wind", "--synonyms", "none.yaml"], 2).contains("none.yaml"));

    bench.ok(&["save", "power", "pv OR wind"]);
    bench.ok(&["save", "calm", "query:power -wind"]);
    assert_eq!(found(&bench, &["query:power"]), [1, 2, 3, 5, 6]);
    assert_eq!(found(&bench, &["query:calm price"]), [1]);
    assert_eq!(bench.ok(&["save", "power"]), "pv OR wind\n");
    assert_eq!(bench.ok(&["save"]).lines().count(), 2);
    assert!(bench.fails(&["save", "power", "query:calm"], 2).contains("contains itself"));
    assert!(bench.fails(&["save", "x", "tilte:solar"], 2).contains("did you mean `title:`"));
    assert!(bench.fails(&["save", "a b", "solar"], 2).contains("is not a valid query name"));
    assert!(bench.fails(&["query", "query:none"], 2).contains("saved queries: calm, power"));
    bench.ok(&["save", "calm", "--remove"]);
    assert!(bench.fails(&["save", "calm"], 1).contains("there is no saved query calm"));
}

#[test]
fn built_in_synonyms_join_languages_and_scripts() {
    let bench = with_bodies(&[
        "聯儲局減息四分一厘",
        "美联储宣布降息",
        "The Federal Reserve approved a rate cut.",
        "The Fed cuts rates",
        "美联储维持利率不变",
        "降息预期升温，美联储官员讲话",
    ]);
    for typed in ["聯儲局減息", "美联储降息", "fed rate cut"] {
        assert_eq!(found(&bench, &[typed]), [1, 2, 3, 4, 6], "{typed}");
    }
    assert_eq!(found(&bench, &["美联储降息预期"]), [6]);
    assert_eq!(found(&bench, &["聯儲局減息", "--no-synonyms"]), [1]);
    assert_eq!(found(&bench, &["\"fed\" \"rates\""]), [4], "what is quoted is as it is");
    assert_eq!(found(&bench, &["fed, rate cuts?"]), [1, 2, 3, 4, 6], "whatever stands behind the last word");
    // Synonyms were not typed, so they do not make a query too long: its last words have none.
    assert_eq!(found(&bench, &[&"fed rate cut ".repeat(100)]), [4]);
    let first = |typed: &str| {
        let told = bench.json(&["query", typed, "--format", "json"]);
        told["hits"][0]["id"].clone()
    };
    assert_eq!(first("聯儲局減息"), "200000001", "what was typed counts most");
    assert_eq!(first("fed cuts rates"), "200000004");
    let analysis = bench.ok(&["query", "聯儲局減息", "--analyze"]);
    assert!(analysis.contains("synonyms") && analysis.contains("\"rate cut\""), "{analysis}");
    assert!(
        bench
            .fails(&["query", "fed", "--no-synonyms", "--synonyms", "a.yaml"], 2)
            .contains("cannot be used with")
    );

    fs::write(bench.path().join("own.yaml"), "- 降息, easing\n").unwrap();
    let own = found(&bench, &["美联储降息", "--synonyms", "own.yaml"]);
    assert_eq!(own, [2, 6], "the user's group replaces that of 减息, and the Fed is still built in");
}

#[test]
fn synonyms_stand_beside_the_schema() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "photovoltaic plants");
    fs::create_dir(bench.path().join("schema")).unwrap();
    let schema = "version: 1\nfields:\n  author: {kind: keyword, from: [author]}\n";
    fs::write(bench.path().join("schema/own.yaml"), schema).unwrap();
    fs::write(bench.path().join("schema/synonyms.yaml"), "- [moat, photovoltaic]\n").unwrap();
    bench.ok(&["ingest", "news", "--quiet", "--schema", "schema/own.yaml"]);
    assert_eq!(found(&bench, &["moat"]), [1]);
}

#[test]
fn a_number_is_kept_where_few_articles_have_all_words() {
    let bench = with_bodies(&[
        "The model 3 leaves the factory",
        "The model 7 leaves the factory in Oslo",
        "A factory in Oslo",
    ]);
    let found = |typed: &str| -> Vec<String> {
        bench.relaxed_keys(&[typed]).into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(found("model 3 factory zebra"), ["200000001/en"]);
    // A number that no article has is not insisted on, and neither is a year.
    assert_eq!(found("model 8 factory oslo")[0], "200000002/en");
    assert_eq!(found("model 2018 factory oslo")[0], "200000002/en");
}

#[test]
fn one_article_in_several_locales_is_one_hit() {
    let bench = Workbench::with_corpus();
    let query = |args: &[&str]| bench.json(&[&["query", "--format", "json"], args].concat());
    let answer = query(&["--symbol", "600586"]);
    assert_eq!([&answer["total"], &answer["articles"], &answer["pages"]], [1, 1, 3]);
    assert_eq!(answer["hits"][0]["also"].as_array().unwrap().len(), 2);
    let preferred = query(&["--symbol", "600586", "--prefer", "zh-HK"]);
    assert_eq!(preferred["hits"][0]["key"], "230905679/zh-HK");
    assert_eq!(preferred["hits"][0]["also"], json!(["en", "zh-CN"]));
    let other = query(&["perovskite", "--prefer", "zh-HK", "-n", "1", "--no-synonyms"]);
    assert_eq!(other["hits"][0]["key"], "230905679/en", "a page that does not match is not shown");
    assert_eq!(query(&["钙钛矿", "--prefer", "zh"])["hits"][0]["id"], "230905679");
    let pages = query(&["--symbol", "600586", "--each-locale"]);
    assert_eq!([&pages["total"], &pages["articles"], &pages["pages"]], [3, 1, 3]);
    assert_eq!(pages["hits"][0]["also"], json!([]));
    let text = bench.ok(&["query", "--symbol", "600586"]);
    assert!(text.contains("1 article on 3 pages") && text.contains("  also "), "{text}");
    // Without a date a page comes last in either order.
    let dated = crate::workbench::article(200_000_100, "03-07", "zebra");
    bench.write("en.md", &dated);
    let undated = dated.replace("\"en\"", "\"zh-CN\"").replace("/en/", "/zh-CN/");
    bench.write("zh.md", &undated.replace("datetime: \"2025-03-07T08:00:00Z\"\n", ""));
    bench.ok(&["ingest", "news", "--quiet"]);
    for sort in ["oldest", "newest"] {
        assert_eq!(query(&["zebra", "--sort", sort])["hits"][0]["key"], "200000100/en", "{sort}");
    }
    bench.ok(&["ingest", corpus().to_str().unwrap(), "--quiet"]);
    fs::remove_file(bench.news().join("en.md")).unwrap();
    fs::remove_file(bench.news().join("zh.md")).unwrap();
    bench.ok(&["ingest", "news", "--quiet", "--allow-empty"]);
    // Paging goes through every article once.
    let all = query(&["-n", "100"]);
    let total = all["total"].as_u64().unwrap();
    let mut ids: Vec<String> = Vec::new();
    for offset in (0..total).step_by(7) {
        let page = query(&["-n", "7", "--offset", &offset.to_string()]);
        ids.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(ids.len() as u64, total);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len() as u64, total);
    assert_eq!(all["pages"], 31);
    // Counts are of articles, or of pages.
    let market = |args: &[&str]| {
        let counts =
            bench.json(&[&["facets", "--by", "symbol", "--format", "json", "-n", "100"], args].concat());
        let counts = counts["facets"]["symbol"].as_array().unwrap().clone();
        counts.iter().find(|count| count["value"] == "600586.SH").unwrap()["count"].as_u64().unwrap()
    };
    assert_eq!((market(&[]), market(&["--each-locale"])), (1, 3));
}

#[test]
fn the_files_beside_the_grouped_ones_do_not_matter() {
    // With files excluded and without, pages of one locale are articles.
    let bench = with_bodies(&["solar", "solar"]);
    bench.article("again.md", 200_000_001, "03-06", "solar");
    bench.ingest();
    let answer = bench.json(&["query", "solar", "--format", "json"]);
    assert_eq!([&answer["total"], &answer["articles"], &answer["pages"]], [2, 2, 2]);
    bench.write(
        "zh.md",
        &crate::workbench::article(200_000_001, "03-07", "solar")
            .replace("\"en\"", "\"zh-CN\"")
            .replace("/en/", "/zh-CN/"),
    );
    bench.ingest();
    let answer = bench.json(&["query", "solar", "--format", "json"]);
    assert_eq!([&answer["total"], &answer["articles"], &answer["pages"]], [2, 2, 3]);
}

#[test]
fn what_may_have_been_meant() {
    let bench = Workbench::with_corpus();
    let asked = |args: &[&str]| {
        let answer = bench.json(&[&["query", "--format", "json"], args].concat());
        assert_eq!(answer["total"], 0, "{args:?}");
        answer["suggestions"].clone()
    };
    let suggestion = |kind: &str, asked: &str, instead: Option<&str>, count: u64| json!({"kind": kind, "asked": asked, "instead": instead, "count": count});
    assert_eq!(asked(&["perovskyte"]), json!([suggestion("word", "perovskyte", Some("perovskite"), 3)]));
    assert!(asked(&["perovskite", "--date", "2023"]).as_array().unwrap().contains(&suggestion(
        "without",
        "date:2023",
        None,
        3
    )));
    assert_eq!(
        asked(&["symbol:600586.SZ"]),
        json!([suggestion("symbol", "600586.SZ", Some("600586.SH"), 3)])
    );
    assert_eq!(asked(&["symbol:TSLAA"])[0]["instead"], "TSLA.US");
    assert_eq!(asked(&["600585999"]), json!([]), "numbers have no near ones");
    let both = asked(&["perovskite", "--date", "1999", "--market", "SG"]);
    assert_eq!(both, json!([suggestion("without", "market:SG AND date:1999", None, 3)]));
    let text = bench.run(&["query", "perovskyte"]);
    assert_eq!(text.status.code(), Some(1));
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("note: no article has `perovskyte`\n")
            && text.contains("\ndid you mean perovskite (3)?"),
        "{text}"
    );
}

#[test]
fn misspelt_words_are_corrected_together() {
    let bench = with_bodies(&[
        "Tesla layoffs reach the design studio",
        "Tesla announced layoffs",
        "teslin teslin",
        "layers of paint",
    ]);
    let answer = bench.json(&["query", "tesle layofs", "--format", "json"]);
    assert_eq!(answer["total"], 0);
    let correction = |asked: &str, instead: &str, count: u64| json!([{"kind": "word", "asked": asked, "instead": instead, "count": count}]);
    assert_eq!(answer["suggestions"], correction("tesle layofs", "tesla layoffs", 2));
    assert_eq!(answer["notes"], json!(["no article has `tesle` or `layofs`"]));
    // The count is that of the whole query with its filters.
    let filtered = bench.json(&["query", "tesle \"layofs reach\"", "--date", "2025", "--format", "json"]);
    assert_eq!(filtered["suggestions"], correction("tesle \"layofs reach\"", "tesla \"layoffs reach\"", 1));
    let without = bench.json(&["query", "tesle layofs", "--date", "1999", "--format", "json"]);
    assert_eq!(without["suggestions"], json!([]), "nothing of that year");
    let text = String::from_utf8(bench.run(&["query", "tesle layofs"]).stdout).unwrap();
    assert!(text.starts_with("note: no article has `tesle` or `layofs`\n"), "{text}");
    assert!(text.contains("\ndid you mean tesla layoffs (2)?\n"), "{text}");
    // One word is wrong: the others are shown, and it is said which one.
    let one = bench.json(&["query", "tesla qwertyuiop", "--format", "json"]);
    assert_eq!(one["notes"][1], "no article has `qwertyuiop`");
    assert_eq!(one["hits"][0]["relaxed"], true);
}

#[test]
fn what_was_removed_is_not_suggested() {
    let bench = with_bodies(&["zebra and $ZZZ", "horse"]);
    fs::remove_file(bench.news().join("1.md")).unwrap();
    bench.ingest();
    for query in ["zebro", "symbol:ZZX.US"] {
        assert_eq!(bench.json(&["query", query, "--format", "json"])["suggestions"], json!([]), "{query}");
    }
}

#[test]
fn snippets_as_many_and_as_long_as_asked() {
    let filler = "Nothing is said here at all. ".repeat(30);
    let bench =
        with_bodies(&[&format!("solar first.\n\n{filler}\n\nThen solar again.\n\n{filler}\n\nsolar last.")]);
    let snippets = |args: &[&str]| {
        let answer = bench.json(&[&["query", "solar", "--format", "json"], args].concat());
        answer["hits"][0]["snippets"].as_array().unwrap().clone()
    };
    assert_eq!(snippets(&[]).len(), 1);
    assert_eq!(snippets(&["--snippets", "0"]).len(), 0);
    let three = snippets(&["--snippets", "3", "--snippet-length", "40"]);
    assert_eq!(three.len(), 3);
    assert!(three.iter().all(|snippet| snippet["text"].as_str().unwrap().chars().count() < 60), "{three:?}");
    let file = fs::read_to_string(bench.news().join("1.md")).unwrap();
    for snippet in &three {
        let line = usize::try_from(snippet["line"].as_u64().unwrap()).unwrap();
        assert!(file.lines().nth(line - 1).unwrap().contains("solar"));
    }
    let paths = bench.ok(&["query", "solar", "--format", "paths"]);
    let (path, line) = paths.trim().rsplit_once(':').unwrap();
    assert_eq!(path, "news/1.md");
    assert!(file.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap().contains("solar"));
}

#[test]
fn any_field_can_be_asked_for() {
    let bench = Workbench::with_corpus();
    let with = |query: &str| bench.keys(&[query]).len();
    let all = with("*");
    for field in
        ["title", "body", "id", "locale", "kind", "url", "related", "published", "symbol", "nsymbols"]
    {
        let has = with(&format!("{field}:*"));
        assert!(has > 0, "{field}");
        assert_eq!(has + with(&format!("NOT {field}:*")), all, "{field}");
    }
    assert_eq!(bench.json(&["ingest", corpus().to_str().unwrap(), "--format", "json"])["indexed"], 0);
}

#[test]
fn a_question_finds_its_article_and_few_words_must_all_be_there() {
    let filler =
        ["the market of today is what it was", "makers of things are in the market", "of the and in a to"];
    let mut bodies = vec!["Perovskite cells lose their output when humid air reaches the layers"];
    bodies.extend(filler);
    let bench = with_bodies(&bodies);
    let question = "why do the cells made of perovskite lose so much output in humid weather";
    let answer = bench.json(&["query", question, "--format", "json"]);
    assert_eq!(answer["total"], 0, "no article has `weather`");
    assert_eq!(answer["hits"][0]["id"], "200000001");
    assert_eq!(answer["hits"][0]["relaxed"], true);
    assert!(answer["notes"][0].as_str().unwrap().contains("no article has all of these words"), "{answer}");
    // All words must be there, however many; no others are counted.
    assert_eq!(found(&bench, &["humid output cells"]), [1]);
    assert_eq!(found(&bench, &["perovskite cells lose output humid air"]), [1]);
    let relaxed = bench.json(&["query", "perovskite zebra", "--format", "json"]);
    assert_eq!(relaxed["hits"][0]["id"], "200000001");
    assert_eq!(bench.json(&["query", "perovskite AND zebra", "--format", "json"])["hits"], json!([]));
    assert_eq!(bench.json(&["query", "perovskite +\"zebra\"", "--format", "json"])["hits"], json!([]));
    // What is excluded, grouped or insisted on is not relaxed.
    assert_eq!(found(&bench, &["market NOT (makers today humid zebra)"]), [2, 3]);
    for strict in ["perovskite +(zebra horse)", "(perovskite zebra) AND cells", "COVID-19", "perovskite-19"] {
        assert_eq!(bench.json(&["query", strict, "--format", "json"])["hits"], json!([]), "{strict}");
    }
    assert_eq!(bench.run(&["query", "--count", "perovskite zebra"]).stdout, b"0\n");
    assert_eq!(bench.run(&["query", "perovskite zebra"]).status.code(), Some(1), "nothing has all words");
    let machine = bench.run(&["query", "--format", "jsonl", "perovskite zebra"]);
    assert!(String::from_utf8(machine.stderr).unwrap().contains("no article has all of these words"));
    for full_only in ["csv", "paths"] {
        let output = bench.run(&["query", "--format", full_only, "perovskite zebra"]);
        assert!(!String::from_utf8(output.stdout).unwrap().contains("200000001"), "{full_only}");
    }
    let reading =
        |query: &str| bench.json(&["query", query, "--no-synonyms", "--format", "json"])["query"].clone();
    assert_eq!(
        reading("新能源汽车产业 solar"),
        "(\"新能\" \"能源\" \"源汽\" \"汽车\" \"车产\" \"产业\")~4 AND solar"
    );
    // Beside a question filters stay what they are.
    assert_eq!(bench.json(&["query", question, "--date", "1999", "--format", "json"])["hits"], json!([]));
}

/// The numbers of the full matches and of those that fill the page.
fn full_and_relaxed(bench: &Workbench, args: &[&str]) -> (Vec<u64>, Vec<u64>) {
    let answer = bench.json(&[&["query", "--format", "json"], args].concat());
    let number = |hit: &Value| hit["id"].as_str().unwrap().parse::<u64>().unwrap() - 200_000_000;
    let (relaxed, full): (Vec<&Value>, Vec<&Value>) =
        answer["hits"].as_array().unwrap().iter().partition(|hit| hit["relaxed"] == true);
    let mut numbers = [full, relaxed].map(|hits| hits.into_iter().map(number).collect::<Vec<u64>>());
    for numbers in &mut numbers {
        numbers.sort_unstable();
    }
    let [full, relaxed] = numbers;
    (full, relaxed)
}

#[test]
fn a_further_word_narrows_at_every_door() {
    let bench = with_bodies(&[
        "tesla builds the model y and raises production",
        "tesla sells the model y",
        "tesla hires",
        "production of oil",
        "rain",
    ]);
    let four = "tesla model y production";
    assert_eq!(full_and_relaxed(&bench, &["tesla model y"]), (vec![1, 2], vec![3]));
    assert_eq!(full_and_relaxed(&bench, &[four]), (vec![1], vec![2, 3, 4]));
    let answer = bench.json(&["query", four, "--format", "json", "--facets"]);
    assert_eq!((&answer["total"], &answer["articles"], &answer["pages"]), (&json!(1), &json!(1), &json!(1)));
    assert!(answer["notes"][0].as_str().unwrap().starts_with("only one article has all of these words"));
    assert_eq!(answer["hits"][0]["id"], "200000001", "the full match comes first");
    let text = bench.run(&["query", four]).stdout;
    let text = String::from_utf8(text).unwrap();
    let mark = text.find("some of the words ──").expect("a mark");
    assert!(text.find("200000001").unwrap() < mark && mark < text.find("200000002").unwrap(), "{text}");
    // Counts and lists speak of full matches only.
    let facets = bench.json(&["facets", four, "--by", "locale", "--format", "json"]);
    assert_eq!(facets["total"], 1);
    let listed = bench.run(&["list", four]).stdout;
    assert_eq!(String::from_utf8(listed).unwrap().lines().count(), 1);
    // Neither by date, nor beyond the first page, nor where it is not wanted.
    for args in [&["--sort", "newest"][..], &["--sort", "oldest"], &["--match", "all"]] {
        assert_eq!(full_and_relaxed(&bench, &[&[four], args].concat()), (vec![1], vec![]), "{args:?}");
    }
    assert_eq!(full_and_relaxed(&bench, &[four, "--offset", "1"]), (vec![], vec![]));
    assert_eq!(full_and_relaxed(&bench, &[four, "-n", "1"]), (vec![1], vec![]), "the page is full");
    assert_eq!(full_and_relaxed(&bench, &[four, "-n", "2"]), (vec![1], vec![2]), "as many as fit");
    // Any word is enough, and all are counted.
    assert_eq!(full_and_relaxed(&bench, &[four, "--match", "any"]), (vec![1, 2, 3, 4], vec![]));
    assert_eq!(bench.run(&["query", "--count", four, "--match", "any"]).stdout, b"4\n");
    assert_eq!(bench.run(&["query", "--count", four]).stdout, b"1\n");
    // Filters hold for what fills the page too.
    assert_eq!(full_and_relaxed(&bench, &[four, "--locale", "zh-CN"]), (vec![], vec![]));
}

#[test]
fn forms_are_one_word_and_neighbours_count() {
    let mut bodies = vec![
        "battery batteries and ten other words here",
        "battery battery and ten other words here",
        "rain fell on the roof while glass was broken and nobody of them all saw what became of the solar lamp",
        "rain fell on the roof while solar glass was broken and nobody of them all saw what became of the lamp",
    ];
    // Among so few articles every word would be a common one.
    bodies.extend(["the market of today is what it was"; 12]);
    let bench = with_bodies(&bodies);
    let hits = bench.json(&["query", "battery", "--format", "json"])["hits"].clone();
    assert_eq!(hits[0]["score"], hits[1]["score"], "a form counts as the word does");
    let ranked = bench.relaxed_keys(&["which solar glass roof was broken"]);
    assert_eq!(ranked[0], ("200000004/en".to_owned(), true), "the same words, nearer to each other");
}

#[test]
fn counts_of_all_articles_are_the_same_with_articles_removed_beside_them() {
    let counts = |removes: bool| {
        let bench = Workbench::new();
        bench.write("own.yaml", "version: 1\nfields:\n  topic: {kind: facet, from: [topic], count: true}\n");
        let symbols = ["600586.SH", "000001.SZ", "0700.HK", "AAPL.US", "600519.SH", "9988.HK"];
        for n in 0..40 {
            let some: Vec<&str> = (0..n % 4).map(|k| symbols[(n * 5 + k * 7) % symbols.len()]).collect();
            let topic = ["/energy", "/energy/solar", "/energy/wind", "/money"][n % 4];
            let text = format!(
                "---\ntitle: T\nid: a{n}\nsymbols: [{}]\ntopic: {topic}\n---\n\nx\n",
                some.join(", ")
            );
            bench.write(&format!("{n}.md"), &text);
        }
        if removes {
            bench.write(
                "gone.md",
                "---\ntitle: T\nid: gone\nsymbols: [AAPL.US, 0700.HK]\ntopic: /money\n---\n\nx\n",
            );
        }
        bench.write("aside.md", "");
        bench.ok(&["ingest", "news", "--quiet", "--schema", "news/own.yaml"]);
        if removes {
            std::fs::remove_file(bench.news().join("gone.md")).unwrap();
            bench.ok(&["ingest", "news", "--quiet"]);
        }
        let by = ["symbol", "market", "venue", "topic"];
        let args = by.iter().flat_map(|by| ["--by", by]);
        let args: Vec<&str> = ["facets", "--format", "json", "-n", "100"].into_iter().chain(args).collect();
        (bench.json(&args), bench.json(&[&args[..], &["--since", "2100"]].concat()))
    };
    let (all, none) = counts(false);
    assert_eq!((&all, &none), (&counts(true).0, &counts(true).1));
    assert_eq!(all["facets"]["market"].as_array().unwrap().len(), 3, "{all}");
    let topic = |value: &str, count: u64| json!({"value": value, "count": count});
    let topics = all["facets"]["topic"].as_array().unwrap();
    assert!(topics.contains(&topic("energy", 10)) && topics.contains(&topic("energy/solar", 10)), "{all}");
    assert!(none["facets"]["symbol"].as_array().unwrap().is_empty(), "{none}");
}

/// `market:HK,US` asks for what `--market HK,US` does.
#[test]
fn a_list_of_values_is_that_of_the_option() {
    let bench = Workbench::new();
    for (number, symbol) in (1..).zip(["700.HK", "AAPL.US", "600586.SH"]) {
        bench.listing(200_000_000 + number, "News", symbol, "It rose.");
    }
    bench.ingest();
    for (query, option, list) in [("market", "--market", "HK,US"), ("symbol", "--symbol", "700.HK,AAPL")] {
        let asked = bench.sorted_keys(&[&format!("{query}:{list}")]);
        assert_eq!(asked, ["200000001/en", "200000002/en"], "{query}");
        assert_eq!(asked, bench.sorted_keys(&[option, list]), "{query}");
        assert_eq!(bench.keys(&[&format!("rose -{query}:{list}")]), ["200000003/en"], "{query}");
    }
    assert_eq!(bench.keys(&["rose locale:zh-Hans,en"]).len(), 3);
}

#[test]
fn a_query_of_standard_input_is_read_like_any_other() {
    let bench = with_bodies(&["wind and solar", "solar wind", "the price of wind"]);
    let asked = |args: &[&str], query: &[u8]| {
        let mut command = bench.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Of a query that is too long not all is read.
        let _ = child.stdin.take().unwrap().write_all(query);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    assert_eq!(asked(&["query", "-", "--count"], b"\"solar wind\"\n").1, "1\n");
    assert_eq!(asked(&["query", "-", "--count", "--since", "2000"], b"wind\0 OR\nprice").1, "3\n");
    assert!(asked(&["facets", "-", "--by", "locale"], b"solar").1.contains('2'));
    for long in ["w ".repeat(1 << 20), "钙".repeat(1 << 20)] {
        let (code, _, said) = asked(&["query", "-"], long.as_bytes());
        assert!(code == 2 && said.contains("longer than 16384 bytes"), "{code}: {said}");
    }
    assert!(asked(&["query", "-"], b"\xff solar").2.contains("is not UTF-8"));
}
