//! The query language: how texts are read, and what is refused with which help.

use crate::{typing::Typist, workbench::Workbench};
use newsdex::{
    problem::{Note, Parsed},
    query::{Clock, FieldKind, Fields, Language, Pattern, Query, Synonyms},
    search::{self, Request, resolve_names, suggest},
};
use proptest::prelude::*;

fn parse(text: &str) -> Parsed<Query> {
    parse_with(text, &[])
}

/// Parses a text for an index with some free keys, which are in order.
fn parse_with(text: &str, keys: &[&str]) -> Parsed<Query> {
    let fields = [
        ("title", FieldKind::Words),
        ("body", FieldKind::Words),
        ("id", FieldKind::Keyword),
        ("locale", FieldKind::Keyword),
        ("symbol", FieldKind::Symbol),
        ("topic", FieldKind::Path),
        ("published", FieldKind::Date),
        ("nsymbols", FieldKind::Number),
    ];
    let fields = Fields::new(fields.map(|(name, kind)| (name.to_owned(), kind)).to_vec());
    let now = "2025-03-07T12:00:00Z[UTC]".parse().expect("a time");
    let keys: Vec<(String, u64)> = keys.iter().map(|key| ((*key).to_owned(), 1)).collect();
    Query::parse_with_keys(text, &Language::new(fields, Clock { now }), &keys)
}

/// Whether a key is asked is decided by what stands around its colon.
#[test]
fn free_keys_are_read_like_keywords() {
    let keys = ["a.b", "http", "nyse", "tags", "关键词"];
    let table = [
        ("tags:solar", "tags:\"solar\""),
        ("Tags:Solar", "tags:\"solar\""),
        ("tags:\"solar glass\"", "tags:\"solar glass\""),
        ("tags:(solar OR wind)", "tags:\"solar\" OR tags:\"wind\""),
        ("tags:sol*", "tags:sol*"),
        ("-tags:solar", "NOT tags:\"solar\""),
        ("tags:solar^2", "tags:\"solar\"^2"),
        ("tags:*", "tags:*"),
        ("a.b:x", "a.b:\"x\""),
        ("关键词:光伏", "关键词:\"光伏\""),
        ("tags:>3", "tags:>3"),
        ("tags:≥3", "tags:>=3"),
        ("tags:>= 3", "tags:>=3"),
        ("tags:1..3", "tags:1..3"),
        ("tags:>=2025-03", "tags:2025-03-01.."),
        ("tags:(<1 OR >3)", "tags:<1 OR tags:>3"),
        // A bare year is a number and a period.
        ("tags:>2024", "tags:>2024 OR tags:2025-01-01.."),
        ("tags:a..b", "tags:\"a b\""),
        // As without such keys.
        ("tags: solar", "tags AND solar"),
        ("tags：solar", "\"tags solar\""),
        ("http://solar", "\"http solar\""),
        ("NYSE:GS", "symbol:GS.US OR \"nyse gs\""),
    ];
    for (text, expected) in table {
        let parsed = parse_with(text, &keys);
        assert!(parsed.problems.iter().all(|problem| !problem.fatal), "{text}: {:?}", parsed.problems);
        assert_eq!(parsed.value.to_string(), expected, "{text}");
    }
    for text in ["tags:>x", "tag:x"] {
        assert!(parse_with(text, &keys).problems.iter().any(|problem| problem.fatal), "{text}");
    }
}

#[test]
fn readings() {
    let table = [
        ("", "*"),
        ("   ", "*"),
        ("*", "*"),
        ("perovskite", "perovskite"),
        ("solar power", "solar AND power"),
        ("solar AND power", "solar AND power"),
        ("solar OR wind power", "solar OR (wind AND power)"),
        ("solar | wind", "solar OR wind"),
        ("(solar OR wind) power", "(solar OR wind) AND power"),
        ("solar -wind", "solar AND NOT wind"),
        ("solar NOT wind", "solar AND NOT wind"),
        ("NOT (a b)", "NOT (a AND b)"),
        ("+solar", "solar"),
        ("oil - gas", "oil AND gas"),
        ("\"interest rate\"", "\"interest rate\""),
        ("\"rate\"", "\"rate\""),
        ("\"interest rate\"~3", "\"interest rate\"~3"),
        ("batter*", "batter*"),
        ("COVID-19", "\"covid 19\""),
        ("S&P", "\"s p\""),
        ("U.S.", "us"),
        ("1,234,567", "\"1234567\""),
        ("solar^2", "solar^2"),
        ("*^2", "*^2"),
        ("title:solar^2", "title:solar^2"),
        ("symbol:AAPL^2", "symbol:AAPL.US^2"),
        ("(solar wind)^0.5", "(solar AND wind)^0.5"),
        ("title:solar", "title:solar"),
        ("title:\"solar power\"", "title:\"solar power\""),
        ("title:(solar OR wind)", "title:solar OR title:wind"),
        ("locale:zh-CN", "locale:\"zh cn\""),
        ("symbol:600586", "symbol:600586.SH"),
        ("symbol:SH600586", "symbol:600586.SH"),
        ("ticker:600586.CN", "symbol:600586.SH"),
        ("symbol:AAPL", "symbol:AAPL.US"),
        ("market:cn", "market:CN"),
        ("venue:SZ", "venue:SZ"),
        ("topic:energy/solar", "topic:energy/solar"),
        ("date:2025-03", "date:2025-03"),
        ("date:\"last week\"", "date:2025-02-24..2025-03-02"),
        ("nsymbols:1..3", "nsymbols:1..3"),
        ("nsymbols:<=3", "nsymbols:<=3"),
        ("nsymbols:>3", "nsymbols:>3"),
        ("nsymbols:3", "nsymbols:3"),
        ("nsymbols:(1 OR 2)", "nsymbols:1 OR nsymbols:2"),
        ("symbol:(AAPL.US OR 700.HK)", "symbol:AAPL.US OR symbol:700.HK"),
        ("symbol:(\"700 HK\")", "symbol:700.HK"),
        ("market:(US OR CN)", "market:US OR market:CN"),
        ("date:(2024 OR 2025)", "date:2024 OR date:2025"),
        ("title:(oil symbol:AAPL)", "title:oil AND symbol:AAPL.US"),
        ("TITLE:solar", "title:solar"),
        ("locale:news", "locale:\"news\""),
        ("oil|gas", "oil OR gas"),
        ("oil||gas", "oil OR gas"),
        ("title:*", "title:*"),
        // Han: a word is its pairs, a character whatever begins with it, a sentence most of its pairs.
        ("钙钛矿", "\"钙钛 钛矿\""),
        ("鈣鈦礦", "\"钙钛 钛矿\""),
        ("铜", "铜*"),
        ("A股", "\"a 股*\""),
        ("钙钛矿产业链", "(\"钙钛\" \"钛矿\" \"矿产\" \"产业\" \"业链\")~4"),
        ("\"钙钛矿产业链\"", "\"钙钛 钛矿 矿产 产业 业链\""),
        ("（solar OR wind）：", "solar OR wind"),
        ("“interest rate”", "\"interest rate\""),
        ("title：solar", "title:solar"),
        ("NOT (solar near/5 glass)", "NOT (solar near/5 glass)"),
        ("(solar near/5 glass)^2", "(solar near/5 glass)^2"),
        ("/café/", "/cafe/"),
        ("?olar", "?olar"),
        ("date:last week..today", "date:2025-02-24..2025-03-07"),
        ("date:2025-02..last week", "date:2025-02-01..2025-03-02"),
        ("date:..9999", "date:*"),
        ("nsymbols:1...3", "nsymbols:1..3"),
        ("topic:\"x y\"", "topic:\"x y\""),
        ("symbol:[600586.CN](https://longbridge.com/en/quote/600586.CN.md)", "symbol:600586.SH"),
        ("https://news.example/a", "\"https news example a\""),
        // White space behind the colon of a known field.
        ("title: apple", "title:apple"),
        ("title：　apple pie", "title:apple AND pie"),
        ("title: \"solar power\"", "title:\"solar power\""),
        ("title: (oil OR gas)", "title:oil OR title:gas"),
        ("-title: apple oil", "NOT title:apple AND oil"),
        ("symbol: AAPL", "symbol:AAPL.US"),
        ("date: >= 2025-03", "date:2025-03-01.."),
        ("date:< 2025 oil", "date:..2024-12-31 AND oil"),
        ("date:＞＝ ２０２５", "date:2025-01-01.."),
        ("date:>= last week oil", "date:2025-02-24.. AND oil"),
        ("nsymbols: >= 3", "nsymbols:>=3"),
        ("date: last week", "date:2025-02-24..2025-03-02"),
        ("title:\napple", "title:apple"),
    ];
    for (text, reading) in table {
        let parsed = parse(text);
        let fatal: Vec<_> = parsed.problems.iter().filter(|problem| problem.fatal).collect();
        assert!(fatal.is_empty(), "{text}: {fatal:?}");
        assert_eq!(parsed.value.to_string(), reading, "{text}");
    }
}

/// Punctuation between words separates them, as a comma with white space does.
#[test]
fn punctuation_separates_words() {
    let two = [
        "苹果，华为",
        "苹果、华为",
        "苹果；华为",
        "苹果,华为",
        "苹果;华为",
        "苹果。华为",
        "苹果！华为",
        "苹果!华为",
        "苹果…华为",
        "苹果——华为",
        "苹果 ——华为",
        "苹果—华为",
        "苹果/华为",
        "苹果＋华为",
        "苹果＆华为",
        "苹果：华为",
        "《苹果》华为",
        "【苹果】华为",
        "“苹果”、“华为”",
        "（苹果，华为）",
        "，苹果，，华为。",
        "蘋果､華為",
        "苹果 ，华为",
    ];
    for text in two {
        assert_eq!(parse(text).value.to_string(), "\"苹果\" AND \"华为\"", "{text}");
        assert_eq!(parse(text).problems, [], "{text}");
    }
    let table = [
        ("A股、港股", "\"a 股*\" AND \"港股\""),
        ("apple,tesla", "apple AND tesla"),
        ("apple^2,tesla", "apple^2 AND tesla"),
        ("苹果^2，华为^0.5。特斯拉", "\"苹果\"^2 AND \"华为\"^0.5 AND \"特斯 斯拉\""),
        ("title:apple^2,tesla", "title:apple^2 AND title:tesla"),
        ("title:apple^2,tesla^3 oil", "title:apple^2 AND title:tesla^3 AND oil"),
        ("market:HK^2,US", "market:HK^2 OR market:US"),
        ("apple;tesla", "apple AND tesla"),
        ("solar—wind", "solar AND wind"),
        ("title:苹果，华为", "title:\"苹果\" AND title:\"华为\""),
        ("title:(苹果，华为)", "title:\"苹果\" AND title:\"华为\""),
        ("苹果，华为 OR 小米", "(\"苹果\" AND \"华为\") OR \"小米\""),
        ("苹果，-华为", "\"苹果\" AND NOT \"华为\""),
        ("苹果，title:华为", "\"苹果\" AND title:\"华为\""),
        ("600586,600519", "(symbol:600586.SH OR \"600586\") AND (symbol:600519.SH OR \"600519\")"),
        // What is one word stays one.
        ("\"苹果，华为\"", "\"苹果 华为\""),
        ("1,234.5", "\"1234.5\""),
        ("$1,234", "\"1234\""),
        ("US–China", "\"us china\""),
        ("埃隆·马斯克", "\"埃隆 马斯 斯克\""),
        ("S&P500", "\"s p500\""),
        ("A/B股", "\"a b 股*\""),
        ("12:30", "\"12 30\""),
        ("topic:\"新闻，评论\"", "topic:新闻，评论"),
    ];
    for (text, reading) in table {
        assert_eq!(parse(text).value.to_string(), reading, "{text}");
    }
    // A sentence is read likewise, with or without white space.
    let of_words = |text: &str| Query::of_words(text, &Synonyms::built_in()).to_string();
    assert_eq!(of_words("苹果，华为。"), of_words("苹果 华为"));
    assert_ne!(of_words("rate, cut"), of_words("rate cut"), "a term ends at punctuation");
}

/// A list without white space is words that must all be there, or values of which one must.
#[test]
fn commas_make_lists() {
    // An exclusion is of each item of a list, in a field as without one.
    let none_of_both = [
        ("solar -苹果、华为", "solar AND NOT (\"苹果\" OR \"华为\")"),
        ("-apple,tesla", "NOT (apple OR tesla)"),
        ("NOT apple，tesla; oil", "NOT (apple OR tesla) AND oil"),
        ("-title:apple,tesla", "NOT (title:apple OR title:tesla)"),
        ("-\"solar glass\",tesla^2", "NOT (\"solar glass\" OR tesla^2)"),
        ("-apple^2,tesla", "NOT (apple^2 OR tesla)"),
        ("-apple, tesla", "NOT apple AND tesla"),
        ("-(apple,tesla)", "NOT (apple AND tesla)"),
        ("-(title:apple,tesla)", "NOT (title:apple AND title:tesla)"),
        ("-apple,-tesla", "NOT apple AND NOT tesla"),
        ("-apple,title:tesla", "NOT apple AND title:tesla"),
    ];
    // The list of a field ends before an operator and before another field.
    let of_field = [
        ("title:apple,body:tesla", "title:apple AND body:tesla"),
        ("body:苹果，symbol:AAPL", "body:\"苹果\" AND symbol:AAPL.US"),
        ("title:apple,NOT tesla", "title:apple AND NOT tesla"),
        ("title:apple,OR,tesla", "title:apple OR tesla"),
        ("title:苹果，-华为", "title:\"苹果\" AND NOT \"华为\""),
        ("title:apple,\"solar glass\",oil", "title:apple AND title:\"solar glass\" AND title:oil"),
        ("title:apple, tesla", "title:apple AND tesla"),
        ("title:，苹果，，华为。", "title:\"苹果\" AND title:\"华为\""),
        ("/colou?rs?/,apple", "/colou?rs?/ AND apple"),
        ("/colou?rs?/，apple", "/colou?rs?/ AND apple"),
        ("title:/colou?rs?/、apple", "title:/colou?rs?/ AND title:apple"),
        ("-/colou?rs?/,/appl.*/", "NOT (/colou?rs?/ OR /appl.*/)"),
        ("/a,b/", "/a,b/"),
        ("title:body:oil,gas", "title:\"body oil\" AND title:gas"),
    ];
    for (text, reading) in none_of_both.into_iter().chain(of_field) {
        assert_eq!(parse(text).value.to_string(), reading, "{text}");
    }
    // A list of values is any of them, by the rule of the options.
    let values = [
        ("market:HK,US", "market:HK OR market:US"),
        ("market:HK、US oil", "(market:HK OR market:US) AND oil"),
        ("-market:HK,US", "NOT (market:HK OR market:US)"),
        ("symbol:AAPL,TSLA", "symbol:AAPL.US OR symbol:TSLA.US"),
        ("symbol:AAPL;TSLA。", "symbol:AAPL.US OR symbol:TSLA.US"),
        ("symbol:(AAPL;TSLA)", "symbol:AAPL.US AND symbol:TSLA.US"),
        ("symbol:AAPL，NASDAQ:TSLA", "symbol:AAPL.US OR symbol:TSLA.US"),
        ("symbol:\"Crown, Cork\",AAPL", "symbol:\"Crown, Cork\" OR symbol:AAPL.US"),
        ("symbol:Alphabet,Inc", "symbol:\"Alphabet,Inc\""),
        ("symbol:AAPL,700,388.HK", "symbol:AAPL.US OR symbol:700.HK OR symbol:388.HK"),
        ("date:>= 2025,2023", "date:2025-01-01.. OR date:2023"),
        ("symbol:AAPL,-TSLA", "symbol:AAPL.US AND NOT tsla"),
        ("market:HK,title:oil", "market:HK AND title:oil"),
        ("market:HK, oil", "market:HK AND oil"),
        ("locale:zh-Hans,en", "locale:\"zh cn\" OR locale:\"en\""),
        ("id:1,2", "id:\"1\" OR id:\"2\""),
        ("date:2024,2025", "date:2024 OR date:2025"),
        ("topic:energy,solar", "topic:energy,solar"),
    ];
    for (text, reading) in values {
        assert_eq!(parse(text).value.to_string(), reading, "{text}");
    }
}

/// Full-width characters are those of ASCII 0xFEE0 above (Unicode, Halfwidth and Fullwidth Forms).
#[test]
fn operators_may_be_full_width() {
    let narrow = [
        "(solar | wind) -coal",
        "solar || wind",
        "solar && wind",
        "+solar wind",
        "!coal solar",
        "\"solar glass\"~3",
        "solar^2",
        "wor?d",
        "batter*",
        "p*ite",
        "perovskyte~1",
        "=batteries",
        "=\"solar\"",
        "title:solar",
        "title:*",
        "*",
        "/colou?rs?/",
        "solar near/5 glass",
        "solar OR wind",
        "solar AND NOT wind",
        "nsymbols:<=3",
        "nsymbols:1..3",
        "date:2025-03",
        "market:(US OR CN)",
        "symbol:AAPL",
        "title:\"a b\"~2",
        "钙?矿",
        "what is solar?",
        "solar NOT wind",
        "1-3",
    ];
    let wide = |c: char| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xFEE0) } else { Some(c) };
    for text in narrow {
        // The name of a field is ASCII.
        let (field, rest) = text.split_once(':').unwrap_or(("", text));
        let colon = if field.is_empty() { "" } else { "：" };
        let typed = format!("{field}{colon}{}", rest.chars().filter_map(wide).collect::<String>());
        assert_eq!(parse(&typed).value.to_string(), parse(text).value.to_string(), "{typed}");
    }
    for quotes in ["“”", "„“", "「」", "『』", "＂＂", "«»", "﹁﹂", "｢｣", "〝〞"] {
        let typed = quotes.chars().map(String::from).collect::<Vec<_>>().join("solar glass");
        assert_eq!(parse(&typed).value.to_string(), "\"solar glass\"", "{typed}");
    }
}

#[test]
fn minus_signs_exclude() {
    for minus in ["-", "\u{2212}", "\u{FF0D}", "\u{FE63}", "\u{2013}", "\u{2014}", "\u{2011}", "!", "！"] {
        assert_eq!(parse(&format!("wind {minus}solar")).value.to_string(), "wind AND NOT solar", "{minus}");
        let between = parse(&format!("wind {minus} solar")).value.to_string();
        assert_eq!(between, "wind AND solar", "{minus}");
    }
    // Nor does a character before it that nobody sees change what it asks.
    for unseen in ["\u{FEFF}", "\u{200B}", "\u{200E}", "\u{61C}", "\u{FE0F}", "\u{3164}", "，", "\u{3000}"] {
        assert_eq!(
            parse(&format!("wind {unseen}-solar")).value.to_string(),
            "wind AND NOT solar",
            "{unseen:?}"
        );
        assert_eq!(parse(&format!("{unseen}title:solar")).value.to_string(), "title:solar", "{unseen:?}");
        assert_eq!(
            parse(&format!("wind NOT{unseen} solar")).value.to_string(),
            "wind AND NOT solar",
            "{unseen:?}"
        );
    }
    // Before a number, a typographic one is its sign.
    let signs = [
        ("\u{2212}5%", "\"5\""),
        ("CPI \u{2212}0.3%", "cpi AND \"0.3\""),
        ("CPI (\u{2013}5%)", "cpi AND \"5\""),
        ("CPI \u{2212}５%", "cpi AND \"5\""),
        ("title:\u{2212}5%", "title:\"5\""),
        ("title: \u{2212}5%", "title:\"5\""),
        ("-CPI,\u{2212}5%", "NOT (cpi OR \"5\")"),
        ("CPI -5%", "cpi AND NOT \"5\""),
        ("CPI －5%", "cpi AND NOT \"5\""),
        ("CPI \u{2212}\"5\"", "cpi AND NOT \"5\""),
        ("glass \u{2212}600586", "glass AND NOT (symbol:600586.SH OR \"600586\")"),
    ];
    for (text, reading) in signs {
        assert_eq!(parse(text).value.to_string(), reading, "{text}");
    }
    // A dash that belongs between words is told, with its place.
    let told = parse("风电 –煤").problems;
    assert_eq!((told[0].code, told[0].span.clone()), ("read-as-minus", 7..10));
    assert_eq!(parse("风电 −煤").problems, []);
}

#[test]
fn a_question_mark_in_a_sentence_is_no_wildcard() {
    assert_eq!(parse("降息了吗？股市").value.to_string(), "\"降息 息了 了吗\" AND \"股市\"");
    assert_eq!(parse("钙?矿").value.to_string(), "\"钙* 矿*\"");
    let sentence = parse("美联储会不会再次降息?股市会怎样?").value.to_string();
    assert!(sentence.contains("股市") && !sentence.contains('*'), "{sentence}");
}

#[test]
fn slips_are_forgiven_and_told() {
    let table = [
        ("\"interest rate", "\"interest rate\"", "unbalanced-quote"),
        ("(solar wind", "solar AND wind", "unbalanced-parenthesis"),
        ("solar) wind", "solar AND wind", "unbalanced-parenthesis"),
        ("solar OR", "solar", "dangling-operator"),
        ("OR solar", "solar", "dangling-operator"),
        ("solar AND", "solar", "dangling-operator"),
        ("AND solar", "solar", "dangling-operator"),
        ("U.S.*x", "\"us x\"", "dangling-operator"),
        ("10~20", "\"10 20\"", "dangling-operator"),
        ("600585~1", "symbol:600585.SH OR \"600585\"", "not-fuzzy"),
        ("COVID-19~1", "\"covid 19\"", "not-fuzzy"),
        ("sol*~1", "sol*", "not-fuzzy"),
        ("solar~10", "solar~2", "dangling-operator"),
        ("\"sol* glass\"", "\"sol glass\"", "dangling-operator"),
        ("\"solar glass\"~99999", "\"solar glass\"~1000", "dangling-operator"),
        ("co?id-19", "\"co id 19\"", "dangling-operator"),
        ("solar near/5 OR wind", "solar OR wind", "dangling-operator"),
        ("solar near/5 AND wind", "solar AND wind", "dangling-operator"),
        ("NOT OR wind", "wind", "dangling-operator"),
        ("near/5 OR solar", "solar", "dangling-operator"),
        ("solar near/5 near/5 glass", "solar near/5 glass", "dangling-operator"),
        ("solar near/5 | wind", "solar OR wind", "dangling-operator"),
        ("000001.CN", "symbol:000001.SZ|000001.SH OR \"000001 cn\"", "read-as-symbol"),
        ("$AAPL", "symbol:AAPL.US OR aapl", "read-as-symbol"),
        ("NASDAQ:AAPL^2", "(symbol:AAPL.US OR \"nasdaq aapl\")^2", "read-as-symbol"),
        ("钙钛矿~", "\"钙钛 钛矿\"", "not-fuzzy"),
        ("solar~3", "solar~2", "dangling-operator"),
        ("near/5 solar", "solar", "dangling-operator"),
        ("solar near/5", "solar", "dangling-operator"),
        ("(solar near/5) glass", "solar AND glass", "dangling-operator"),
        ("date:7d", "date:2025-03-01..2025-03-07", "relative-date"),
        ("\"solar power\"~", "\"solar power\"", "dangling-operator"),
        ("oil 🚀", "oil", "no-word"),
        ("title:-oil", "title:oil", "dangling-operator"),
        ("Markets Rise: oil", "markets AND rise AND oil", "read-as-word"),
        ("Wedbush：oil", "\"wedbush oil\"", "read-as-word"),
        ("solar NOT", "solar", "dangling-operator"),
        ("600586.SH", "symbol:600586.SH OR \"600586 sh\"", "read-as-symbol"),
        ("600586", "symbol:600586.SH OR \"600586\"", "read-as-symbol"),
        ("NASDAQ:AAPL", "symbol:AAPL.US OR \"nasdaq aapl\"", "read-as-symbol"),
        ("symbol:000001.CN", "symbol:000001.SZ|000001.SH", "ambiguous-symbol"),
    ];
    for (text, reading, code) in table {
        let parsed = parse(text);
        assert!(parsed.problems.iter().all(|problem| !problem.fatal), "{text}: {:?}", parsed.problems);
        assert_eq!(parsed.value.to_string(), reading, "{text}");
        assert!(parsed.problems.iter().any(|problem| problem.code == code), "{text}: {:?}", parsed.problems);
    }
}

#[test]
fn what_would_mislead_is_refused_at_its_place() {
    let table = [
        ("tilte:solar", "unknown-field", 0..5, Some("did you mean `title:`?")),
        ("solar author:wang", "unknown-field", 6..12, None),
        ("date:soon", "bad-value", 5..9, None),
        ("symbol:!!", "bad-value", 7..9, Some("600586.SH")),
        ("date:>=", "bad-value", 5..7, None),
        ("date:>= oil", "bad-value", 5..11, None),
        ("nsymbols:> OR oil", "bad-value", 9..10, None),
        ("nsymbols:many", "bad-value", 9..13, Some("nsymbols:3")),
        ("market:!", "bad-value", 7..8, Some("CN")),
        ("market:china", "bad-value", 7..12, Some("CN")),
        ("nsymbols:5..1", "bad-value", 9..13, None),
        ("topic:a*", "bad-value", 6..8, Some("topic:energy")),
        ("solar near/0 wind", "bad-near", 6..12, None),
        ("/a(/", "bad-regex", 0..4, None),
        ("(symbol:600586 OR glass) near/3 price", "bad-near", 25..31, None),
        ("query:none", "unknown-query", 0..10, Some("newsdex save")),
        ("title:", "missing-value", 0..6, Some("title:*")),
        ("title: OR oil", "missing-value", 0..6, Some("title:*")),
        ("title: -oil", "missing-value", 0..6, Some("title:*")),
        ("title: body:oil", "missing-value", 0..6, Some("title:*")),
        ("title:,", "missing-value", 0..6, Some("title:*")),
        ("风电 date：２０２５－１３", "bad-value", 14..35, None),
        ("solar^0", "bad-boost", 5..7, None),
        ("🚀 ???", "nothing-to-find", 0..8, None),
        ("OR", "nothing-to-find", 0..2, None),
        ("^2", "bad-boost", 0..1, None),
        ("title:^2", "bad-boost", 6..7, None),
        ("solar^2^3", "bad-boost", 5..9, None),
    ];
    for (text, code, span, hint) in table {
        let parsed = parse(text);
        let fatal = parsed.problems.iter().find(|problem| problem.fatal);
        let problem = fatal.unwrap_or_else(|| panic!("{text} is refused"));
        assert_eq!((problem.code, problem.span.clone()), (code, span), "{text}");
        if let Some(hint) = hint {
            assert!(
                problem.hint.as_ref().is_some_and(|given| given.to_string().contains(hint)),
                "{text}: {:?}",
                problem.hint
            );
        }
    }
}

/// A sign alone is what is wrong, not the nothing behind it.
#[test]
fn a_comparison_without_a_value_is_named() {
    for (text, said) in [("date:>=", "`>=` is not a date"), ("nsymbols:> OR oil", "`>` is not a number")] {
        let problem = parse(text).problems.remove(0).message.to_string();
        assert!(problem.starts_with(said), "{text}: {problem}");
    }
}

#[test]
fn saved_queries_do_not_multiply_without_end() {
    let mut language = Language::new(Fields::default(), Clock::utc());
    language.saved.insert("a0".into(), "*".into());
    for n in 1..10 {
        language.saved.insert(format!("a{n}"), format!("query:a{} ", n - 1).repeat(12));
    }
    assert!(Query::parse("query:a2", &language).problems.is_empty());
    let parsed = Query::parse("query:a9", &language);
    assert!(parsed.problems.iter().any(|problem| problem.code == "too-many-clauses" && problem.fatal));
}

#[test]
fn as_many_words_as_are_promised() {
    let fatal = |words: usize| parse(&"solar ".repeat(words)).problems.iter().any(|problem| problem.fatal);
    assert!(!fatal(1024) && fatal(1025));
    let fatal = |text: String| parse(&text).problems.iter().any(|problem| problem.fatal);
    for separator in [",", "，", "/钙"] {
        let words = |count: usize| vec!["solar"; count].join(separator);
        assert!(fatal(words(1025)) && fatal(format!("title:{}", words(1025))), "{separator}");
    }
    assert!(!fatal(format!("title:{}", ["solar"; 1024].join(","))));
}

#[test]
fn near_words_are_words_of_letters() {
    let at = Pattern::fuzzy("at", 2);
    assert!(["at", "cat", "ta", "bath", "et"].into_iter().all(|word| at.takes(word)));
    assert!(!["价格", "a1", "batch", "metro"].into_iter().any(|word| at.takes(word)));
}

#[test]
fn bounds_are_kept() {
    let deep = "(".repeat(5000) + "a" + &")".repeat(5000);
    let nots = "NOT ".repeat(3000) + "a";
    let many = "a ".repeat(3000);
    let long = "a".repeat(20_000);
    let phrase = format!("\"{}\"", "a ".repeat(3000));
    let run = "钙钛".repeat(1000);
    let loose = format!("\"{}\"~3", "a ".repeat(40));
    let near = "a near/3 ".repeat(40) + "a";
    let regexes = "/.*a.{5}/ ".repeat(900);
    for (text, code) in [
        (deep, "too-deep"),
        (nots, "too-deep"),
        (many, "too-many-clauses"),
        (phrase, "too-many-clauses"),
        (run, "too-many-clauses"),
        (loose, "phrase-too-long"),
        (near, "bad-near"),
        (regexes, "too-many-patterns"),
        (long, "query-too-long"),
    ] {
        let parsed = parse(&text);
        assert!(parsed.problems.iter().any(|problem| problem.fatal && problem.code == code), "{code}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_that_can_be_typed_panics(text in "(\\PC|[ :()\"*^~|!+-]|title:|symbol:|date:|tags:|a.b:|关键词:|>|[.][.]|OR |NOT |“|（|：|钙){0,40}") {
        let parsed = parse_with(&text, &["a.b", "tags", "关键词"]);
        for problem in parsed.problems {
            prop_assert!(text.get(problem.span).is_some());
        }
        let _ = parsed.value.to_string();
    }
}

#[test]
fn whatever_is_typed_is_read_and_answered() {
    let bench = Workbench::with_corpus();
    let index = bench.location().open().expect("the index opens");
    let engine = index.snapshot().expect("the index can be read");
    let mut language = Language::new(engine.schema().query_fields(), Clock::utc());
    language.synonyms = Synonyms::new(vec![vec!["PV".into(), "solar".into(), "光伏".into()]]);
    language.saved.insert("glass".into(), "\"solar glass\" OR query:glass".into());
    let mut typist = Typist::new(1);
    let (mut read, mut found) = (0, 0);
    for _ in 0..3000 {
        let text = typist.query();
        let Parsed { mut value, problems } = Query::parse(&text, &language);
        for problem in &problems {
            assert!(text.get(problem.span.clone()).is_some(), "{text:?}: {problem:?}");
        }
        if problems.iter().any(|problem| problem.fatal) {
            continue;
        }
        read += 1;
        let notes = resolve_names(&*engine, &mut value, &text).expect("names are looked up");
        for note in notes.into_iter().chain(problems.into_iter().map(Note::from)) {
            let is_sound = note.undo.as_ref().is_none_or(|undo| undo.of(&text).is_some());
            assert!(is_sound, "{text:?}: {note:?}");
        }
        let answer = search::search(&*engine, &Request::new(value.clone()));
        let answer = answer.unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert!(answer.articles <= answer.pages, "{text:?}");
        found += usize::from(answer.total > 0);
        if answer.total == 0 {
            suggest(&*engine, &value, &text, &|_| Ok(1)).expect("suggestions are made");
        }
    }
    assert!(read > 500 && found > 100, "{read} were read and {found} found something");
}
