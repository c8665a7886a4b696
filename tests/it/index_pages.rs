//! Index pages in Markdown: which pages are lists of articles, and what each item says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::{
    article::{Article, Keys, RecordParser},
    source::{Piece, split_index_page},
};
use std::{io::Write, process::Stdio};

/// The articles of an index page with the lines on which they begin; `None` if the page is an article itself.
fn items(page: &str) -> Option<Vec<(u32, Article)>> {
    let mut records = Vec::new();
    let shape = split_index_page(page, &mut |place, piece| {
        let Piece::Record(bytes) = piece else { panic!("{piece:?}") };
        records.push((place.line, bytes.to_vec()));
    })?;
    let keys = Keys::default();
    let parser = RecordParser::new(shape.format, &shape.head, &keys);
    let article = |(line, bytes): (u32, Vec<u8>)| (line, parser.parse(&bytes, "news.md#1").unwrap().value);
    Some(records.into_iter().map(article).collect())
}

/// Line, title, date, summary and source of each item.
fn told(page: &str) -> Vec<(u32, String, String, String, String)> {
    let tell = |(line, article): (u32, Article)| {
        let date = article.published.map_or_else(String::new, |date| date.to_string());
        let source = article.extra.get("source").map_or_else(String::new, |source| source.join(", "));
        (line, article.title, date, article.description, source)
    };
    items(page).unwrap_or_else(|| panic!("no index page: {page}")).into_iter().map(tell).collect()
}

/// Asserts what the items of a page tell.
fn check(page: &str, expected: &[(u32, &str, &str, &str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(line, title, date, summary, source)| {
            (*line, (*title).to_owned(), (*date).to_owned(), (*summary).to_owned(), (*source).to_owned())
        })
        .collect();
    assert_eq!(told(page), expected, "{page}");
}

const ONE: &str = "Copper climbs as smelters cut output";
const TWO: &str = "Ferry line to list its shares";
const THREE: &str = "Tin slips for a third day";
const A: &str = "[Copper climbs as smelters cut output](https://wire.example/a1)";
const B: &str = "[Ferry line to list its shares](https://wire.example/b2)";
const C: &str = "[Tin slips for a third day](https://wire.example/c3)";

#[test]
fn a_summary_may_be_a_plain_line_below_the_link() {
    let page = format!(
        "# News\n\nThe newest first.\n\n- {A}\n  Three smelters said: less until spring.\n  Prices rose.\n\n- {B}\n\n  \
         The owners will sell a third.\n- {C}\n  Stocks grew.\n"
    );
    check(
        &page,
        &[
            (5, ONE, "", "Three smelters said: less until spring. Prices rose.", ""),
            (9, TWO, "", "The owners will sell a third.", ""),
            (12, THREE, "", "Stocks grew.", ""),
        ],
    );
    let chinese = "# 财经要闻\n\n* [铜价上涨，冶炼厂减产](https://wire.example/1)\n    三家冶炼厂表示将减产。\n\
        * [渡轮公司计划上市发行股份](https://wire.example/2)\n    股东将出售三成股份。\n\
        * [锡价连续第三个交易日下跌](https://wire.example/3)\n    库存增加。\n";
    check(
        chinese,
        &[
            (3, "铜价上涨，冶炼厂减产", "", "三家冶炼厂表示将减产。", ""),
            (5, "渡轮公司计划上市发行股份", "", "股东将出售三成股份。", ""),
            (7, "锡价连续第三个交易日下跌", "", "库存增加。", ""),
        ],
    );
}

#[test]
fn the_time_may_stand_on_the_line_of_the_link() {
    check(
        &format!(
            "- 2024-05-01 {A} — Smelters cut output.\n- 2024-05-01 09:30 {B}\n- 2024-04-30 {C} — Stocks grew.\n"
        ),
        &[
            (1, ONE, "2024-05-01", "Smelters cut output.", ""),
            (2, TWO, "2024-05-01T09:30:00Z", "", ""),
            (3, THREE, "2024-04-30", "Stocks grew.", ""),
        ],
    );
    check(
        &format!(
            "# Metals\n* {A} (May 1, 2024)\n* {B} (30 April 2024)\n* {C} (Example Wire, April 29, 2024)\n"
        ),
        &[
            (2, ONE, "2024-05-01", "", ""),
            (3, TWO, "2024-04-30", "", ""),
            (4, THREE, "2024-04-29", "", "Example Wire"),
        ],
    );
    // A time without a day is kept, and is a date with that of the page.
    let list =
        format!("1. **{A}** - Reuters, 08:30\n2. **{B}** - Reuters, 08:10\n3. **{C}** - Wire, 07:00\n");
    let found = items(&list).unwrap();
    assert_eq!(
        (&found[0].1.extra["source"], &found[0].1.extra["time"], found[0].1.published),
        (&vec!["Reuters".to_owned()], &vec!["08:30".to_owned()], None)
    );
    check(
        &format!("---\ndate: 2024-05-01\n---\n{list}"),
        &[
            (4, ONE, "2024-05-01T08:30:00Z", "", "Reuters"),
            (5, TWO, "2024-05-01T08:10:00Z", "", "Reuters"),
            (6, THREE, "2024-05-01T07:00:00Z", "", "Wire"),
        ],
    );
    check(
        "## 要闻\n1、[铜价上涨](https://wire.example/1)（2024年5月1日）\n2、[渡轮公司上市](https://wire.example/2)（新华社 2024-04-30）\n\
         3、2024年4月29日 [锡价下跌](https://wire.example/3)：库存增加。\n",
        &[
            (2, "铜价上涨", "2024-05-01", "", ""),
            (3, "渡轮公司上市", "2024-04-30", "", "新华社"),
            (4, "锡价下跌", "2024-04-29", "库存增加。", ""),
        ],
    );
}

#[test]
fn the_rows_of_a_table_may_be_items() {
    check(
        &format!(
            "# Archive\n\n| Date | Title | Source | Topic |\n|---|:---|---|---|\n| 2024-05-01 | {A} | Reuters | metals |\n\
             | 2024-04-30 | {B} | Wire | |\n| 2024-04-29 | {C} | Wire | metals |\n"
        ),
        &[
            (5, ONE, "2024-05-01", "", "Reuters"),
            (6, TWO, "2024-04-30", "", "Wire"),
            (7, THREE, "2024-04-29", "", "Wire"),
        ],
    );
    let chinese = "| 日期 | 标题 | 来源 | 板块 |\n| --- | --- | --- | --- |\n| 2024-05-01 | [铜价上涨](https://wire.example/1) | 示例财经 | 金属 |\n\
        | 2024-04-30 | [渡轮公司上市](https://wire.example/2) | 示例财经 | 航运 |\n| 2024-04-29 | [锡价下跌](https://wire.example/3) | 示例财经 | 金属 |\n";
    let found = items(chinese).unwrap();
    assert_eq!(found[1].1.extra["source"], ["示例财经"]);
    assert_eq!((found[1].0, &found[1].1.extra["板块"]), (4, &vec!["航运".to_owned()]));
    assert_eq!(found[1].1.published, newsdex::article::read_date("2024-04-30"));
}

#[test]
fn headings_with_a_link_may_be_items() {
    check(
        &format!(
            "# News\n\n### {A}\n\nThree smelters cut output.\nPrices rose.\n\n### {B}\n*Example Wire, May 1, 2024*\n\n\
             The owners will sell a third.\n\n[Read more](https://wire.example/b2)\n\n### {C}\n\nStocks grew.\n"
        ),
        &[
            (3, ONE, "", "Three smelters cut output. Prices rose.", ""),
            (8, TWO, "2024-05-01", "The owners will sell a third.", "Example Wire"),
            (15, THREE, "", "Stocks grew.", ""),
        ],
    );
    check(
        "## [铜价上涨，冶炼厂集体减产](https://wire.example/1)\n三家冶炼厂减产。\n## [渡轮公司计划上市发行股份](https://wire.example/2)\n\
         股东出售股份。\n## [锡价连续第三个交易日下跌](https://wire.example/3)\n库存增加。\n",
        &[
            (1, "铜价上涨，冶炼厂集体减产", "", "三家冶炼厂减产。", ""),
            (3, "渡轮公司计划上市发行股份", "", "股东出售股份。", ""),
            (5, "锡价连续第三个交易日下跌", "", "库存增加。", ""),
        ],
    );
}

#[test]
fn a_heading_may_give_the_date_of_the_items_below_it() {
    check(
        &format!("# News\n\n## 2024-05-01\n\n{A}\n\n09:30 {B}\n\n## April 30, 2024\n\n{C} — Stocks grew.\n"),
        &[
            (5, ONE, "2024-05-01", "", ""),
            (7, TWO, "2024-05-01T09:30:00Z", "", ""),
            (11, THREE, "2024-04-30", "Stocks grew.", ""),
        ],
    );
    // A heading of a part keeps the date above it; one of the same level does not.
    let found = told(&format!(
        "## 2024-05-01\n### Metals\n- {A}\n- {C}\n### Ships\n- {B}\n## Undated\n- [Zinc stands still on Friday](https://wire.example/d4)\n"
    ));
    let dates: Vec<&str> = found.iter().map(|item| item.2.as_str()).collect();
    assert_eq!(dates, ["2024-05-01", "2024-05-01", "2024-05-01", ""]);
    check(
        "# 快讯\n\n**2024年5月1日**\n\n- 08:30 [铜价上涨](https://wire.example/1)\n- [锡价下跌](https://wire.example/3)\n\n**2024年4月30日**\n\n\
         - [渡轮公司上市](https://wire.example/2)\n",
        &[
            (5, "铜价上涨", "2024-05-01T08:30:00Z", "", ""),
            (6, "锡价下跌", "2024-05-01", "", ""),
            (10, "渡轮公司上市", "2024-04-30", "", ""),
        ],
    );
}

/// Articles that hold lists of links, in the shapes of the items above, and lists of links that are no news.
#[test]
fn an_article_with_links_stays_one() {
    let long = "Copper rose to its highest price in eleven weeks on Thursday after three smelters said so. "
        .repeat(6);
    let short = "Copper rose on Thursday after three smelters cut output.";
    let dated = format!("- {A} (May 1, 2024)\n- {B} (May 1, 2024)\n- {C} (May 1, 2024)\n");
    let said = format!("- {A} — Smelters cut output.\n- {B} — A third is sold.\n- {C} — Stocks grew.\n");
    let parts = format!("## {A}\n\n{long}\n\n{long}\n\n{long}\n\n{long}\n\n");
    for page in [
        format!("# Copper climbs\n\n{long}\n\n{dated}"),
        format!("# Copper climbs\n\n{long}\n\n## Related\n\n{said}"),
        format!("# Copper climbs\n\n{short}\n\n## Related news\n\n{dated}"),
        format!("# Copper climbs\n\n{short}\n\n## Elsewhere\n\n{dated}"),
        format!("# Copper climbs\n\n{short}\n\nRead more:\n\n{dated}"),
        format!("# Copper climbs\n\n{short} {short} {short}\n\n{dated}"),
        format!("# 铜价上涨\n\n三家冶炼厂周四表示将减产，铜价升至十一周高位。\n\n相关阅读：\n\n{dated}"),
        format!("# 铜价上涨\n\n三家冶炼厂周四表示将减产，铜价升至十一周高位。\n\n## 参考资料\n\n{dated}"),
        format!("# References\n\n{dated}"),
        format!("{dated}\n\n{short}\n\n{short}\n"),
        // Titles alone, and sentences with links.
        format!("# Copper climbs\n\n- {A}\n- {B}\n- {C}\n"),
        format!("- {A} rose on Thursday.\n- {B} fell.\n- {C}, which is far, did nothing.\n"),
        // Parts of an article with a link in each heading.
        parts.repeat(4),
        // The author of a collection has written it.
        format!("---\ntitle: What to read\nauthor: Ines Moreau\n---\n{dated}"),
        // Two are no list.
        format!("- {A} (May 1, 2024)\n- {B} (May 1, 2024)\n"),
        // The pages of a handbook, a list of programs, the versions of one, the contents of a page, prices.
        "# Docs\n- [Getting started](https://docs.example/start.md): how to begin\n- [Options](https://docs.example/options.md): all of them\n\
         - [API reference](https://docs.example/api.md): each call\n"
            .to_owned(),
        "- [ripgrep](https://code.example/ripgrep) — searches files\n- [fd](https://code.example/fd) — finds files\n\
         - [bat](https://code.example/bat) — prints files\n"
            .to_owned(),
        "## [1.2.0](https://code.example/v1.2.0) (2024-05-01)\n- fixes\n## [1.1.0](https://code.example/v1.1.0) (2024-04-01)\n- fixes\n\
         ## [1.0.0](https://code.example/v1.0.0) (2024-03-01)\n- fixes\n"
            .to_owned(),
        "- [The first of the parts](#one): begins\n- [The second of the parts](#two): goes on\n- [The last of the parts](#three): ends\n".to_owned(),
        "| Name | Price |\n|---|---|\n| [Kanghe Pharma Group Ltd](https://longbridge.com/en/quote/600586.CN.md) | 2024-05-01 |\n".repeat(4),
    ] {
        assert!(items(&page).is_none(), "{page}");
    }
}

#[test]
fn a_list_of_related_articles_is_not_of_the_page() {
    let zinc = "[Zinc stands still on Friday](https://wire.example/d4)";
    let lead = "[Lead recovers on Friday](https://wire.example/e5)";
    let dated =
        format!("- {A} (May 1, 2024)\n- {B} (May 1, 2024)\n- {C} (May 1, 2024)\n- {zinc} (May 1, 2024)\n");
    let page = format!("# News\n\n{dated}\n## Related\n\n- {lead} (May 2, 2024)\n");
    let titles: Vec<String> = told(&page).into_iter().map(|item| item.1).collect();
    assert_eq!(titles, [ONE, TWO, THREE, "Zinc stands still on Friday"]);
}

#[test]
fn the_front_matter_of_a_page_is_read_by_the_names_of_its_members() {
    for (date, locale) in
        [("created", "in-language"), ("Publish-Date", "Language Code"), ("pubDate", "inLanguage")]
    {
        let page = format!(
            "---\n{date}: 2026-03-05\n{locale}: zh-CN\n---\n- {A}\n  - Summary: Less.\n- {B}\n  - Summary: A third.\n"
        );
        for (_, article) in items(&page).unwrap() {
            let told = article.published.map(|date| date.to_string());
            assert_eq!(told.as_deref(), Some("2026-03-05"), "{date}");
            assert_eq!(article.locale, "zh-CN", "{locale}");
        }
    }
}

#[test]
fn an_item_added_costs_one_article() {
    let pages: [(&str, &dyn Fn(u32) -> String); 2] = [
        ("# News\n\n## 2025-03-07\n\n", &|n| {
            format!("- 09:30 [Solar glass climbs {n}](https://wire.example/a{n})\n")
        }),
        ("| Date | Title | Desk |\n|--|--|--|\n", &|n| {
            format!("| 2025-03-07 | [Solar glass climbs {n}](https://wire.example/a{n}) | metals |\n")
        }),
    ];
    for (head, item) in pages {
        let bench = Workbench::new();
        let write = |head: &str, last: u32| {
            let items: String = (1..=last).rev().map(item).collect();
            bench.write("news.md", &format!("{head}{items}"));
        };
        let counts =
            |report: &serde_json::Value| ["indexed", "updated", "removed"].map(|name| report[name].clone());
        write(head, 20);
        assert_eq!(counts(&bench.ingest()), [20, 0, 0], "{head}");
        write(head, 21);
        assert_eq!(counts(&bench.ingest()), [1, 0, 0], "{head}");
        // What stands above an item is a part of what it says.
        write(&head.replace("-03-", "-04-").replace("Desk", "Source"), 21);
        let report = bench.ingest();
        assert_ne!(counts(&report), [0, 0, 0], "{head}");
        let hits = bench.json(&["query", "solar", "--format", "json", "--limit", "1"]);
        assert_eq!(hits["total"], 21, "{head}");
    }
}

#[test]
fn an_index_page_may_be_compressed_and_its_items_give_way() {
    let bench = Workbench::new();
    let link = |id: u32, title: &str| format!("[{title}](https://longbridge.com/en/news/{id}.md)");
    let page = format!(
        "# News\n\n## 2025-03-07\n\n- 09:30 {}\n- 09:00 {}\n- 08:30 {}\n",
        link(230_905_679, "Solar glass climbs again"),
        link(230_905_680, "Solar roofs are dear"),
        link(230_905_681, "Solar farms are built")
    );
    bench.write("news.md", &page);
    let packed = bench.news().join("news.md.gz");
    let mut gzip = std::process::Command::new("gzip")
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(std::fs::File::create(packed).unwrap())
        .spawn()
        .unwrap();
    gzip.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    assert!(gzip.wait().unwrap().success());
    std::fs::remove_file(bench.news().join("news.md")).unwrap();
    assert_eq!(bench.ingest()["indexed"], 3);
    let lines = |bench: &Workbench| {
        let answer = bench.json(&["query", "solar", "--format", "json"]);
        let hits = answer["hits"].as_array().unwrap().iter();
        let mut hits: Vec<(String, u64)> = hits
            .map(|hit| (hit["id"].as_str().unwrap().to_owned(), hit["record_line"].as_u64().unwrap_or(0)))
            .collect();
        hits.sort();
        hits
    };
    let expected = |first| {
        vec![("230905679".to_owned(), first), ("230905680".to_owned(), 6), ("230905681".to_owned(), 7)]
    };
    assert_eq!(lines(&bench), expected(5));
    bench.article("whole.md", 230_905_679, "03-07", "solar glass");
    bench.ingest();
    assert_eq!(lines(&bench), expected(0));
    // Texts are read from files only where they can be found again: such a page is one text then.
    let bench = Workbench::new();
    let written =
        std::process::Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut gzip = written.unwrap();
    gzip.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    std::fs::create_dir_all(bench.news()).unwrap();
    std::fs::write(bench.news().join("news.md.gz"), gzip.wait_with_output().unwrap().stdout).unwrap();
    bench.ok(&["ingest", "news", "--store", "none"]);
    assert_eq!(bench.json(&["query", "solar", "--format", "json"])["articles"], 1);
}
