//! What is found, and in which order.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use proptest::prelude::*;

#[test]
fn the_main_job() {
    let bench = Workbench::with_corpus();
    assert_eq!(bench.keys(&["perovskite"])[0], "230905679/en", "the article about it comes first");
    assert_eq!(bench.keys(&["Strathmore"]), [""; 0], "titles of related articles are not text of this one");
    let all = bench.sorted_keys(&["--symbol", "600586"]);
    assert_eq!(all, ["230905679/en", "230905679/zh-CN", "230905679/zh-HK"]);
    for notation in
        ["600586.CN", "600586.SH", "600586.SS", "SH600586", "sh.600586", "1.600586", "600586 CH Equity"]
    {
        assert_eq!(bench.sorted_keys(&["--symbol", notation]), all, "{notation}");
        assert_eq!(bench.sorted_keys(&["--ticker", notation]), all, "{notation}");
    }
    assert_eq!(bench.sorted_keys(&["symbol:600586"]), all);
    assert_eq!(bench.sorted_keys(&["600586.SH"]), all, "a notation among the words finds the security");
    assert_eq!(bench.keys(&["perovskite", "--symbol", "600586"])[0], "230905679/en");
    assert_eq!(bench.keys(&["perovskite", "--symbol", "600586", "--no-synonyms"]), ["230905679/en"]);
}

#[test]
fn simplified_and_traditional_meet() {
    let bench = Workbench::with_corpus();
    let both = ["230905679/zh-CN", "230905679/zh-HK"];
    for query in ["钙钛矿", "鈣鈦礦", "\"钙钛矿光伏\"", "鈣鈦礦光伏產業鏈", "钙", "矿*"]
    {
        assert_eq!(bench.sorted_keys(&[query, "--no-synonyms"]), both, "{query}");
    }
}

#[test]
fn filters() {
    let bench = Workbench::with_corpus();
    let all: usize = bench.ok(&["query", "--count", "--each-locale"]).trim().parse().unwrap();
    assert_eq!(all, 31);
    let count = |args: &[&str]| bench.keys(args).len();
    assert_eq!(count(&["--locale", "en"]) + count(&["--locale", "zh"]) + count(&["NOT", "locale:*"]), all);
    assert_eq!(count(&["--locale", "zh-CN"]), 5);
    assert_eq!(count(&["--locale", "en", "--locale", "zh-CN"]), count(&["--locale", "en"]) + 5);
    assert_eq!(count(&["--kind", "symbol"]), 1);
    assert_eq!(count(&["--date", "2025-03-07"]), 3);
    assert_eq!(count(&["--since", "2025-03-07", "--until", "2025-03-07"]), 3);
    assert_eq!(count(&["--until", "2024"]) + count(&["--since", "2025"]), count(&["published:*"]));
    assert_eq!(count(&["--date", "2025-03", "--symbol", "600586", "--market", "CN"]), 3);
    assert_eq!(count(&["--market", "US", "--symbol", "600586"]), 0);
    assert_eq!(bench.sorted_keys(&["--market", "SH"]), bench.sorted_keys(&["venue:SH"]));
    assert!(bench.fails(&["query", "--market", "no such"], 2).contains("--market"));
}

/// The same filters as repeated options, as lists with commas, and over several options.
#[test]
fn commas_separate_the_values_of_a_filter() {
    let bench = Workbench::with_corpus();
    let same = |list: &[&str], repeated: &[&str]| {
        let found = bench.sorted_keys(list);
        assert!(!found.is_empty(), "{list:?}");
        assert_eq!(found, bench.sorted_keys(repeated), "{list:?}");
    };
    same(&["--locale", "en,zh-CN"], &["--locale", "en", "--locale", "zh-CN"]);
    same(&["--symbol", "600586, 601865"], &["--symbol", "600586", "--symbol", "601865"]);
    same(&["--about", "600586，601865"], &["--about", "600586", "--about", "601865"]);
    same(&["--market", "CN,HK"], &["--market", "CN", "--market", "HK"]);
    same(&["--kind", "symbol,news"], &["--kind", "symbol", "--kind", "news"]);
    assert!(bench.fails(&["query", "--market", "CN,no such"], 2).contains("`no such` is not a market"));
}

/// `zh-Hans` in an article, a filter and a key is what the archive writes `zh-CN` (BCP 47; case and `_` say nothing).
#[test]
fn a_locale_is_asked_in_any_spelling() {
    let bench = Workbench::new();
    for (id, locale) in [(1, "zh-Hans"), (1, "zh-Hant"), (2, "zh_TW"), (3, "en-US"), (3, "de")] {
        let text = format!("---\ntitle: T\nid: {id}\nlocale: {locale}\n---\n\nvexillum\n");
        bench.write(&format!("{id}-{locale}.md"), &text);
    }
    bench.ingest();
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    for (asked, found) in [
        ("zh-Hans", keys(&["1/zh-CN"])),
        ("ZH_cn", keys(&["1/zh-CN"])),
        ("zh-Hant", keys(&["1/zh-HK"])),
        ("zh-Hant-TW", keys(&["2/zh-TW"])),
        ("zh", keys(&["1/zh-CN", "1/zh-HK", "2/zh-TW"])),
        ("en", keys(&["3/en-US"])),
        ("zh-hans,DE", keys(&["1/zh-CN", "3/de"])),
    ] {
        assert_eq!(bench.sorted_keys(&["vexillum", "--locale", asked]), found, "{asked}");
        let query = format!("vexillum locale:({})", asked.replace(',', " OR "));
        assert_eq!(bench.sorted_keys(&[&query]), found, "{query}");
    }
    assert_eq!(bench.sorted_keys(&["vexillum locale:\"zh-Hans\""]), keys(&["1/zh-CN"]));
    let answer = bench.json(&["query", "vexillum", "--prefer", "zh-Hant", "--format", "json"]);
    let mut shown = answer["hits"].as_array().unwrap().iter().map(|hit| &hit["key"]);
    assert!(shown.any(|key| key == "1/zh-HK"), "{answer}");
    for key in ["1/zh-CN", "1/zh-Hans", "1/zh_cn"] {
        assert!(bench.ok(&["show", key]).contains("1/zh-CN"), "{key}");
    }
    assert!(bench.fails(&["show", "1/fr"], 1).contains("1/fr"));
}

#[test]
fn an_ambiguous_symbol_matches_both_readings_and_says_so() {
    let bench = Workbench::new();
    let page = |id: u64, code: &str| {
        format!(
            "---\ntitle: \"T{id}\"\nurl: \"https://n.example/en/news/{id}.md\"\n---\n\nx\n\n### Related Stocks\n\n\
             - [{code}](https://n.example/en/quote/{code}.md)\n"
        )
    };
    bench.write("share.md", &page(200_000_001, "000001.SZ"));
    bench.write("index.md", &page(200_000_002, "000001.SH"));
    bench.write("either.md", &page(200_000_003, "000001.CN"));
    bench.ingest();
    assert_eq!(bench.sorted_keys(&["--symbol", "000001.SZ"]), ["200000001", "200000003"].map(en));
    assert_eq!(bench.sorted_keys(&["--symbol", "000001.SH"]), ["200000002", "200000003"].map(en));
    assert_eq!(bench.sorted_keys(&["--symbol", "000001.CN"]).len(), 3);
    let answer = bench.json(&["query", "--symbol", "000001.CN", "--format", "json"]);
    assert!(answer["notes"][0].as_str().unwrap().contains("000001.SZ or 000001.SH; both are matched"));
}

fn en(id: &str) -> String {
    format!("{id}/en")
}

#[test]
fn words_forms_phrases_and_operators() {
    let bench = Workbench::new();
    let bodies = [
        "The battery maker raised its interest rates forecast",
        "Batteries are made; interest in rates fell",
        "COVID-19 cut S&P 500 profits by 3.5% to $1,234,567",
        "It is worth 1234567 dollars, said the U.S. company's boss",
        "A Société Générale résumé of the ｂａｔｔｅｒｙ market",
    ];
    for (n, body) in (1..).zip(bodies) {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", body);
    }
    bench.ingest();
    let table: [(&[&str], &[u32]); 24] = [
        (&["battery"], &[1, 2, 5]),
        (&["batteries"], &[1, 2, 5]),
        (&["BATTERY"], &[1, 2, 5]),
        (&["\"battery\""], &[1, 5]),
        (&["\"batteries\""], &[2]),
        (&["batter*"], &[1, 2, 5]),
        (&["interest rates"], &[1, 2]),
        (&["\"interest rates\""], &[1]),
        (&["\"interest rates\"~1"], &[1, 2]),
        (&["battery -interest"], &[5]),
        (&["battery NOT interest"], &[5]),
        (&["covid OR company"], &[3, 4]),
        (&["covid-19"], &[3]),
        (&["S&P"], &[3]),
        (&["3.5%"], &[3]),
        (&["$1,234,567"], &[3, 4]),
        (&["us company"], &[4]),
        (&["societe generale resume"], &[5]),
        (&["NOT (battery OR covid)"], &[4]),
        (&["title:battery"], &[]),
        (&["body:battery"], &[1, 2, 5]),
        (&["id:200000003"], &[3]),
        (&["url:news.example battery"], &[1, 2, 5]),
        (&["covid^3 OR battery"], &[1, 2, 3, 5]),
    ];
    for (query, found) in table {
        let keys: Vec<_> = found.iter().map(|n| format!("{}/en", 200_000_000 + n)).collect();
        assert_eq!(bench.sorted_keys(query), keys, "{query:?}");
    }
    assert_eq!(bench.keys(&["covid^9 OR battery"])[0], "200000003/en");
}

#[test]
fn a_single_character_is_ranked_and_loose_phrases_are_bounded() {
    let bench = Workbench::new();
    let run: String = ('\u{4e00}'..'\u{4ef0}').flat_map(|c| ['铜', c, '，']).collect();
    bench.article("1.md", 200_000_001, "03-07", &run);
    bench.article("2.md", 200_000_002, "03-07", "铜价，铜矿");
    bench.article("3.md", 200_000_003, "03-07", "白铜与许多别的事情没有关系的文字在这里写得很长很长很长");
    bench.article("4.md", 200_000_004, "03-07", "A股的铝");
    bench.ingest();
    let keys = bench.keys(&["铜"]);
    assert_eq!(keys.len(), 3);
    assert!(keys[2] == "200000003/en", "the article that names it least comes last: {keys:?}");
    assert_eq!(bench.sorted_keys(&["\"铜 价\"~2"]), ["200000002/en"]);
    assert_eq!(bench.sorted_keys(&["\"a股 铝\"~3"]), ["200000004/en"]);
    assert_eq!(bench.sorted_keys(&["\"a龘 铝\"~3"]), [""; 0]);
    assert_eq!(bench.sorted_keys(&["\"铝 股\"~3"]), ["200000004/en"], "in any order");
}

#[test]
fn dates_beyond_the_index_are_no_wrong_answers() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "solar");
    bench.ingest();
    for found in [["--until", "2300"], ["--since", "1500"], ["--since", "0001"], ["--until", "9999"]] {
        assert_eq!(bench.keys(&found).len(), 1, "{found:?}");
    }
    for none in [["--since", "2300"], ["--until", "1500"]] {
        assert_eq!(bench.keys(&none).len(), 0, "{none:?}");
    }
    assert!(
        bench
            .fails(&["query", "--since", "2025-05", "--until", "2025-01"], 2)
            .contains("have no time in common")
    );
}

#[test]
fn order() {
    let bench = Workbench::new();
    bench.article(
        "1.md",
        200_000_001,
        "03-07",
        "solar and many other words about nothing of interest at all",
    );
    bench.article("2.md", 200_000_002, "03-09", "solar solar solar");
    bench.article("3.md", 200_000_003, "03-08", "solar");
    bench.write(
        "4.md",
        "---\ntitle: \"No date\"\nurl: \"https://n.example/en/news/200000004.md\"\n---\nsolar thing\n",
    );
    bench.ingest();
    assert_eq!(bench.keys(&["solar"])[0], "200000002/en");
    assert_eq!(bench.keys(&["solar"])[3], "200000001/en");
    let newest = ["200000002/en", "200000003/en", "200000001/en", "200000004/en"];
    assert_eq!(bench.keys(&["solar", "--sort", "newest"]), newest);
    assert_eq!(bench.keys(&[]), newest, "without words the newest come first");
    assert_eq!(bench.keys(&["--kind", "news", "--locale", "en"]), newest[..3], "filters alone rank nothing");
    let oldest = ["200000001/en", "200000003/en", "200000002/en", "200000004/en"];
    assert_eq!(bench.keys(&["solar", "--sort", "oldest"]), oldest);
    assert_eq!(bench.keys(&["solar", "--sort", "newest", "--offset", "1"]), newest[1..]);
    assert_eq!(bench.keys(&["solar", "--offset", "99999999999"]), [""; 0]);
    bench.ok(&["query", "solar", "--limit", "99999999999"]);
    assert_eq!(bench.keys(&["title:date OR solar"])[0], "200000004/en", "a title counts for more");
}

#[test]
fn forms_share_one_frequency() {
    let bench = Workbench::new();
    // `glasses` is the rarer spelling; an article that has it must not win for that.
    for n in 1..=20 {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", "one glass here now");
    }
    bench.article("99.md", 200_000_099, "03-07", "one glasses here now");
    bench.ingest();
    let answer = bench.json(&["query", "glass", "--format", "json", "--limit", "30"]);
    let scores: Vec<_> =
        answer["hits"].as_array().unwrap().iter().map(|hit| hit["score"].to_string()).collect();
    assert_eq!(scores.len(), 21);
    assert!(scores.iter().all(|score| *score == scores[0]), "{scores:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// A quoted Han phrase finds exactly the articles whose text holds it.
    #[test]
    fn a_han_phrase_is_a_substring(
        bodies in prop::collection::vec("[钙钛矿光伏a，]{1,12}", 8),
        phrases in prop::collection::vec("[钙钛矿光伏]{1,4}", 12),
    ) {
        let bench = Workbench::new();
        for (n, body) in (1..).zip(&bodies) {
            bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", body);
        }
        bench.ingest();
        for phrase in phrases {
            let holds = (1..).zip(&bodies).filter(|(_, body)| body.contains(&phrase));
            let expected: Vec<_> = holds.map(|(n, _)| format!("{}/en", 200_000_000 + n)).collect();
            let query = format!("body:\"{phrase}\"");
            prop_assert_eq!(bench.sorted_keys(&[&query]), expected, "{} in {:?}", phrase, bodies);
        }
    }
}

#[test]
fn hits_of_one_date_are_in_the_order_of_their_keys() {
    let bench = Workbench::new();
    for session in [[5, 2, 8], [7, 1, 4], [9, 3, 6]] {
        for id in session {
            bench.article(&format!("{id}.md"), 200_000_000 + id, "03-07", "solar");
        }
        bench.ingest();
    }
    let keys: Vec<String> = (1..=9).map(|id| format!("20000000{id}/en")).collect();
    let in_order = || {
        for sort in ["newest", "oldest"] {
            assert_eq!(bench.keys(&["solar", "--sort", sort]), keys, "{sort}");
            for offset in ["0", "3", "6"] {
                let page = [
                    "query", "solar", "--sort", sort, "--limit", "3", "--offset", offset, "--format", "paths",
                ];
                let files: Vec<String> =
                    (1..=3).map(|id| format!("{}.md", offset.parse::<u32>().unwrap() + id)).collect();
                let shown = bench.ok(&page);
                let shown: Vec<&str> =
                    shown.lines().filter_map(|line| line.rsplit('/').next()?.split(':').next()).collect();
                assert_eq!(shown, files, "{sort} from {offset}");
            }
        }
        assert_eq!(bench.keys(&["--locale", "en"]), keys, "filters alone");
    };
    in_order();
    bench.article("2.md", 200_000_002, "03-07", "solar again");
    bench.ingest();
    in_order();
    bench.ok(&["optimize"]);
    in_order();
}
