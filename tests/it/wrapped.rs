//! Text in Chinese that is broken over lines: it is the same text, and a match is told to be on its own line.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::{Workbench, article};
use newsdex::{
    article::{Article, Keys, stated_names},
    query::{Clock, Fields, Language, Query},
    search::{Marker, snippets},
    text::{Sketch, tokens},
};
use proptest::prelude::*;
use std::{collections::HashSet, fmt::Write as _};

/// A paragraph with stops, codes in brackets and words of letters.
const WITH_STOPS: &str = "据悉，宁德时代（300750）与浙江龙盛（SH：600352）昨晚披露，双方将在杭州湾新区共建钠离子储能基地，\
    首期投资四十亿元。“此举旨在降低锂价波动风险”，董秘王某对记者说。A股开盘后，贵州茅台（600519）小幅走低，\
    （上交所：601318）则逆市翻红；カナダ工場も増設する。";
/// A paragraph without stops.
const WITHOUT_STOPS: &str =
    "公司拟实施员工持股计划资金来源为自筹由董事会监事会审议通过后提交股东大会表决并授权管理层办理具体事宜";

/// The text in lines of at most `width` characters; words of letters and numbers are not cut.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let letters = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(letters.max(first.len_utf8()));
        let count = word.chars().count();
        if used > 0 && used + count > width {
            out.push('\n');
            used = 0;
        }
        out.push_str(word);
        used += count;
        rest = after;
    }
    out
}

fn parsed(body: &str) -> Article {
    Article::parse(article(1, "03-07", body).as_bytes(), "a.md", &Keys::default()).value
}

/// The words of a text with their positions.
fn words(text: &str) -> Vec<(String, u32)> {
    tokens(text).map(|word| (word.text, word.position)).collect()
}

#[test]
fn every_run_of_a_wrapped_paragraph_is_on_its_own_line_at_every_width() {
    for text in [WITH_STOPS, WITHOUT_STOPS] {
        let chars: Vec<char> = text.chars().collect();
        let is_run = |run: &&[char]| run.iter().all(|c| ('\u{4e00}'..='\u{9fff}').contains(c));
        let runs: Vec<String> = chars.windows(4).filter(is_run).map(|run| run.iter().collect()).collect();
        assert_eq!(runs.iter().collect::<HashSet<_>>().len(), runs.len(), "no run stands twice");
        for width in 1..=chars.len() {
            let source = wrapped(text, width);
            let body = parsed(&source).body;
            assert_eq!(body, source, "the text has the lines of its source");
            for run in &runs {
                let query = Query::parse(run, &Language::new(Fields::default(), Clock::utc())).value;
                let found = snippets(&Marker::new(&query), "body", &body, Some(1), 1, 80).remove(0);
                // The bytes of the text before the run are those of the source, without its line feeds.
                let mut left = text.find(run).unwrap();
                let line = 1 + source
                    .lines()
                    .take_while(|line| {
                        let is_above = line.len() <= left;
                        left -= if is_above { line.len() } else { 0 };
                        is_above
                    })
                    .count();
                assert_eq!(found.line, u32::try_from(line).ok(), "{run} at width {width}");
                assert_eq!(&found.text[found.marks[0].clone()], run, "at width {width}");
            }
        }
    }
}

#[test]
fn a_wrapped_paragraph_is_the_same_text_at_every_width() {
    for text in [WITH_STOPS, WITHOUT_STOPS] {
        let whole = parsed(text);
        let names = |article: &Article| stated_names(&article.title, &article.body, &article.symbols);
        let sketch = |article: &Article| Sketch::of(&[&article.title, &article.body]);
        for width in 1..=text.chars().count() {
            let cut = parsed(&wrapped(text, width));
            assert_eq!(words(&cut.body), words(&whole.body), "{width}");
            assert_eq!(cut.symbols, whole.symbols, "{width}");
            assert_eq!(names(&cut), names(&whole), "{width}");
            assert_eq!(sketch(&cut), sketch(&whole), "{width}");
        }
    }
    let codes: Vec<String> =
        parsed(WITH_STOPS).symbols.iter().map(|named| named.symbol.to_string()).collect();
    assert_eq!(codes, ["300750.SZ", "600352.SH", "600519.SH", "601318.SH"]);
}

#[test]
fn the_lead_has_500_characters_without_line_feeds() {
    let body = |before: usize| wrapped(&("文".repeat(before) + "（600519）"), 7);
    let is_in_lead =
        |before| parsed(&body(before)).symbols[0].sources.iter().any(|place| place.as_str() == "lead");
    // A bracket opens before the code.
    assert!(is_in_lead(498) && !is_in_lead(499));
}

#[test]
fn a_line_feed_inside_a_word_does_not_end_it() {
    for (text, cut) in [
        ("宁德\n时代", "宁德 德时 时代 代"),
        ("證\n券", "证券 券"),
        ("カ\nナ", "カナ ナ"),
        ("ｶ\nﾞｽ", "ガス ス"),
        ("カﾞ\nﾞな", "ガな な"),
        ("々\nﾞ\n場", "々场 场"),
        ("宁德，\n时代", "宁德 德 时代 代"),
        ("ＡＢ\nＣ１．\n５", "abc1.5"),
        // Hangul, Latin and numbers have spaces.
        ("한국\n어", "한국 국 어"),
        ("ab\ncd 12\n34", "ab cd 12 34"),
        ("A\n股", "a 股"),
        // Not alone.
        ("宁德\n\n时代", "宁德 德 时代 代"),
        ("宁德 \n时代", "宁德 德 时代 代"),
        ("宁德\n　时代", "宁德 德 时代 代"),
    ] {
        let words: Vec<String> = tokens(text).map(|word| word.text).collect();
        assert_eq!(words.join(" "), cut, "{text:?}");
    }
    let spans: Vec<_> = tokens("宁德\n时代").map(|word| word.span).collect();
    assert_eq!(spans, [0..6, 3..10, 7..13, 10..13]);
}

#[test]
fn the_end_of_a_block_ends_a_word() {
    for (markdown, plain) in [
        ("- 项目\n- 条款", "项目 \n条款"),
        ("## 标题\n正文", "标题 \n正文"),
        ("标题\n---\n正文", "标题\n\n正文"),
        ("甲方  \n乙方", "甲方 \n乙方"),
        ("甲方<br>\n乙方", "甲方 \n乙方"),
        ("甲方<br>乙方", "甲方 乙方"),
        ("> 引文\n\n正文", "引文\n\n正文"),
        ("|名称|价格|\n|-|-|\n|铜|铝|\n|锌|镍|", "名称 | 价格\n\n铜 | 铝 \n锌 | 镍"),
        ("```\n甲方\n乙方\n```\n丙方", "甲方 \n乙方 \n\n丙方"),
        ("开头\n\n    甲方\n    乙方\n丙方", "开头\n\n甲方 \n乙方 \n丙方"),
        ("<p>甲方</p>\n<p>乙方</p>", "甲方 \n乙方"),
        ("- 项目。\n- Apple", "项目。 \nApple"),
        // Within a block.
        ("<p>甲方\n乙方</p>", "甲方\n乙方"),
        ("> 甲方\n> 乙方", "甲方\n乙方"),
        ("- 甲方\n  乙方", "甲方\n乙方"),
        ("**甲方**\n*乙方*", "甲方\n乙方"),
    ] {
        assert_eq!(parsed(markdown).body, plain, "{markdown:?}");
    }
    let heading = Article::parse("公司拟实\n施计划\n===\n\n正文".as_bytes(), "a.md", &Keys::default()).value;
    assert_eq!(heading.title, "公司拟实施计划");
}

#[test]
fn a_snippet_has_no_break_in_a_word_and_begins_with_its_sentence() {
    let text = "铜价昨日下跌。铝价今日大幅上涨，创下三年新高。";
    for width in 1..=text.chars().count() {
        let query = Query::parse("三年新高", &Language::new(Fields::default(), Clock::utc())).value;
        let found = snippets(&Marker::new(&query), "body", &wrapped(text, width), Some(1), 1, 60).remove(0);
        assert_eq!(found.text, "…铝价今日大幅上涨，创下三年新高。", "{width}");
    }
}

#[test]
fn a_wrapped_match_is_told_with_its_line_and_shown_whole() {
    let bench = Workbench::new();
    let mut news = String::new();
    for line in wrapped(WITHOUT_STOPS, 7).lines() {
        writeln!(news, "{line}").unwrap();
    }
    bench.article("a.md", 1, "03-07", &news);
    bench.ingest();
    // The body begins on line 14 of the file; a line has seven characters.
    for (at, run) in [(0, "公司拟实"), (4, "施员工持"), (13, "来源为自"), (46, "具体事宜")] {
        assert_eq!(WITHOUT_STOPS.find(run), Some(3 * at));
        let paths = bench.ok(&["query", run, "--format", "paths"]);
        assert!(paths.trim_end().ends_with(&format!("a.md:{}", 14 + at / 7)), "{run}: {paths}");
    }
    let hit = &bench.json(&["query", "员工持股计划", "--format", "json"])["hits"][0];
    assert!(hit["snippets"][0]["text"].as_str().unwrap().contains("拟实施员工持股计划资金"), "{hit}");
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
}

proptest! {
    #[test]
    fn words_are_those_of_the_text_on_one_line(text in "[证證場かなカｶＡｂ９々，。（）「」]{0,40}", width in 1_usize..12) {
        let cut = wrapped(&text, width);
        prop_assert_eq!(words(&cut), words(&text));
        // A word begins on the line on which its first character stands.
        let lines = |at: usize| cut[..at].matches('\n').count();
        for (word, whole) in tokens(&cut).zip(tokens(&text)) {
            prop_assert_eq!(word.span.start - lines(word.span.start), whole.span.start);
        }
    }
}
