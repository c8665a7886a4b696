//! Completion: what is suggested while a query is typed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::{
    index::Snapshot,
    query::{Clock, Language},
    search::{self, Completion},
};
use std::sync::Arc;

/// An index of titles, each with a locale and the securities that the page lists.
struct Titles {
    snapshot: Arc<dyn Snapshot>,
    language: Language,
    _bench: Workbench,
}

impl Titles {
    fn of(titles: &[(&str, &str, &str)]) -> Self {
        let bench = Workbench::new();
        for (id, (title, locale, symbols)) in (200_000_001..).zip(titles) {
            let head = format!("title: \"{title}\"\nlocale: {locale}\ntype: News\nid: {id}\ndesk: Asia");
            let date = "datetime: 2025-03-06T08:00:00Z";
            bench.write(
                &format!("{id}.md"),
                &format!("---\n{head}\n{date}\nsymbols: [{symbols}]\n---\nText {id}.\n"),
            );
        }
        bench.ingest();
        let index = bench.location().open().unwrap();
        let now = "2025-03-07T12:00:00Z[UTC]".parse().unwrap();
        let language = Language::new(index.schema().query_fields(), Clock { now });
        Self { snapshot: index.snapshot().unwrap(), language, _bench: bench }
    }

    fn completions(&self, typed: &str) -> Vec<Completion> {
        search::complete(&*self.snapshot, &self.language, typed, 8).unwrap()
    }

    /// What is shown, with its kind and count.
    fn shown(&self, typed: &str) -> Vec<(String, &'static str, Option<u64>)> {
        let completions = self.completions(typed).into_iter();
        completions.map(|one| (one.shown, one.kind.as_str(), one.count)).collect()
    }

    fn queries(&self, typed: &str) -> Vec<String> {
        self.completions(typed).into_iter().map(|completion| completion.query).collect()
    }
}

fn one(shown: &str, kind: &'static str, count: u64) -> (String, &'static str, Option<u64>) {
    (shown.to_owned(), kind, Some(count))
}

fn english() -> Titles {
    Titles::of(&[
        ("Goldman Sachs (NYSE: GS) opens an office", "en", "GS.US"),
        ("Goldman Sachs (NYSE: GS) names a chief", "en", "GS.US"),
        ("Chief of Goldman Sachs (NYSE: GS) leaves", "en", "GS.US"),
        ("GOLDMAN SACHS (NYSE: GS): results", "en", "GS.US"),
        ("Gold price rises", "en", ""),
        ("Why the gold price falls", "en", ""),
        ("Golden harvest in the south", "en", ""),
        ("A share said to be a source of goods", "en", "GSX.US, 600586.SH"),
    ])
}

#[test]
fn a_phrase_and_the_security_that_it_names_are_suggested() {
    let titles = english();
    let completions = titles.completions("goldman s");
    let shown: Vec<_> = completions.iter().map(|one| (&*one.shown, one.name.as_deref(), one.count)).collect();
    let expected = [("Goldman Sachs", None, Some(4)), ("GS.US", Some("Goldman Sachs"), Some(4))];
    assert_eq!(shown, expected);
    assert_eq!(titles.queries("oil OR goldman sa"), ["oil OR Goldman Sachs", "oil OR GS.US"]);
    assert_eq!(titles.queries("brent goldman s"), ["brent Goldman Sachs", "brent GS.US"]);
    assert!(titles.queries("\"goldman s").contains(&"\"Goldman Sachs".to_owned()));
    let of_gold = titles.shown("gold");
    for expected in
        [one("Goldman Sachs", "phrase", 4), one("gold price", "phrase", 2), one("golden", "word", 1)]
    {
        assert!(
            of_gold.iter().any(|(shown, kind, count)| {
                (shown.to_lowercase(), *kind, *count) == (expected.0.to_lowercase(), expected.1, expected.2)
            }),
            "{expected:?} in {of_gold:?}"
        );
    }
    assert_eq!(titles.shown("goldman x"), []);
    assert_eq!(titles.shown("goldman "), [], "nothing is being typed");
}

#[test]
fn a_security_is_suggested_by_its_code() {
    let titles = english();
    let named = |typed: &str| -> Vec<(String, Option<String>)> {
        let securities = titles.completions(typed).into_iter().filter(|one| one.kind.as_str() == "symbol");
        securities.map(|one| (one.shown, one.name)).collect()
    };
    let goldman = ("GS.US".to_owned(), Some("Goldman Sachs".to_owned()));
    let other = ("GSX.US".to_owned(), None);
    assert_eq!(named("GS"), [goldman.clone(), other.clone()], "the exact code first");
    assert_eq!(named("gs"), std::slice::from_ref(&goldman), "what articles mean by it");
    assert_eq!(named("about:gs"), [goldman.clone(), other]);
    assert_eq!(named("about:goldm"), [goldman]);
    assert_eq!(named("6005"), [("600586.SH".to_owned(), None)]);
    assert_eq!(named("SH600586"), [("600586.SH".to_owned(), None)], "a notation of another system");
    assert_eq!(named("a"), [], "a word");
}

#[test]
fn han_names_end_where_words_do_and_keep_their_script() {
    let titles = Titles::of(&[
        ("光伏行业回暖", "zh-CN", ""),
        ("光伏行业的产能", "zh-CN", ""),
        ("今年光伏玻璃涨价", "zh-CN", ""),
        ("光伏玻璃库存下降", "zh-CN", ""),
        ("各行业的玻璃", "zh-CN", ""),
        ("行业与玻璃", "zh-CN", ""),
        ("玻璃行业", "zh-CN", ""),
        ("行业和玻璃", "zh-CN", ""),
        ("寧德時代擴產", "zh-HK", ""),
        ("寧德時代業績", "zh-HK", ""),
        ("宁德时代(300750.SZ)扩产", "zh-CN", "300750.SZ"),
        ("宁德时代(300750.SZ)公告", "zh-CN", "300750.SZ"),
        ("新时代", "zh-CN", ""),
        ("時代", "zh-HK", ""),
        ("大时代", "zh-CN", ""),
    ]);
    let solar = titles.shown("光伏");
    let expected = [one("光伏玻璃", "phrase", 2), one("光伏行业", "phrase", 2)];
    assert!(solar.len() == 2 && expected.iter().all(|one| solar.contains(one)), "{solar:?}");
    // Both scripts are found, whichever is typed.
    let phrases = |typed: &str| -> Vec<(String, &'static str, Option<u64>)> {
        titles.shown(typed).into_iter().filter(|(_, kind, _)| *kind == "phrase").collect()
    };
    assert_eq!(phrases("寧德"), [one("寧德時代", "phrase", 4)]);
    assert_eq!(phrases("宁德"), [one("宁德时代", "phrase", 4)]);
    assert_eq!(phrases("宁"), [one("宁德时代", "phrase", 4)]);
    let security = titles.completions("寧德").into_iter().find(|one| one.kind.as_str() == "symbol").unwrap();
    assert_eq!((&*security.shown, security.name.as_deref()), ("300750.SZ", Some("寧德時代")));
    assert_eq!(titles.queries("扩产 AND 宁德")[0], "扩产 AND 宁德时代");
}

#[test]
fn values_of_a_field_are_suggested_with_their_counts() {
    let titles = Titles::of(&[
        ("Solar power grows", "en", "GS.US"),
        ("Solid results", "en", "AAPL.US, 700.HK"),
        ("光伏", "zh-CN", "600586.SH"),
    ]);
    assert_eq!(
        titles.shown("market:"),
        [one("US", "value", 2), one("CN", "value", 1), one("HK", "value", 1)]
    );
    assert_eq!(titles.queries("solar market:u"), ["solar market:US"]);
    assert_eq!(titles.shown("locale:"), [one("en", "value", 2), one("zh-CN", "value", 1)]);
    assert_eq!(titles.shown("locale:zh"), [one("zh-CN", "value", 1)]);
    assert_eq!(titles.shown("kind:"), [one("news", "value", 3)]);
    assert_eq!(titles.shown("title:sol"), [one("solar", "word", 1), one("solid", "word", 1)]);
    let periods =
        ["today", "yesterday", "\"last week\"", "\"this month\"", "\"last month\"", "\"this year\""];
    let counts = [0, 3, 0, 3, 0, 3];
    let expected: Vec<_> = periods.iter().zip(counts).map(|(period, n)| one(period, "value", n)).collect();
    assert_eq!(titles.shown("date:"), expected);
    assert_eq!(titles.queries("date:今"), ["date:今天", "date:今年"]);
    assert_eq!(titles.queries("光伏 date:")[1], "光伏 date:昨天");
    assert_eq!(titles.queries("loc"), ["locale:"]);
    // A free key is offered like a field.
    assert_eq!(titles.queries("desk"), ["desk:"]);
    assert_eq!(titles.shown("desk:a"), [one("Asia", "value", 3)]);
    for nothing in ["", "id:", "url:", "nosuch:a", "nsymbols:1", "year:2", "locale:x"] {
        assert_eq!(titles.queries(nothing), [""; 0], "{nothing}");
    }
}

#[test]
fn whatever_is_typed_is_bounded() {
    let titles = english();
    let long = "goldman ".repeat(100) + "s";
    let typed = ["\"", "((", "+", "-", ":", "a:b:c", "$", "…", "🅰", "：", "\u{0}", "date:last w", &long];
    for typed in typed {
        assert!(titles.completions(typed).len() <= 8, "{typed}");
    }
}
