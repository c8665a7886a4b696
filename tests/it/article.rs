//! Reading articles: the corpus as a table, the rules one by one, and properties over generated files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::PathBuf};

use newsdex::{
    article::{Article, Keys, MentionPlace, unreadable},
    problem::Parsed,
};
use proptest::prelude::*;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn file(name: &str) -> Parsed<Article> {
    Article::parse(&fs::read(corpus().join(name)).unwrap(), name, &Keys::default())
}

fn parse(text: &str) -> Parsed<Article> {
    Article::parse(text.as_bytes(), "folder/name.md", &Keys::default())
}

/// An article with nothing to complain about around a body.
fn with_body(body: &str) -> Article {
    let front =
        "---\ntitle: \"T\"\nurl: \"https://e.com/en/news/123456.md\"\ndatetime: \"2025-03-07\"\n---\n";
    parse(&format!("{front}{body}")).value
}

fn with_front(lines: &str) -> Parsed<Article> {
    parse(&format!("---\n{lines}\n---\nText.\n"))
}

fn codes(parsed: &Parsed<Article>) -> Vec<&str> {
    parsed.problems.iter().map(|problem| problem.code).collect()
}

fn symbols(article: &Article, source: MentionPlace) -> Vec<String> {
    let of_source = article.symbols.iter().filter(|named| named.sources.has(source));
    of_source.map(|listed| listed.symbol.canonical()).collect()
}

#[test]
fn reads_the_real_page() {
    let Parsed { value: article, problems } = file("en/230905679.md");
    assert_eq!(problems, []);
    assert_eq!((article.key().as_str(), article.kind.as_str()), ("230905679/en", "news"));
    assert_eq!(article.published.unwrap().to_string(), "2025-03-07T00:56:22Z");
    assert!(
        article.title.starts_with("National People's Congress") && article.title.ends_with("industry chain")
    );
    assert!(article.body.starts_with("Focusing on") && article.body.ends_with("photovoltaic industry"));
    assert!(!article.body.contains("Related") && !article.body.contains("Strathmore"));
    assert!(article.description.starts_with("National People's Congress"));
    assert_eq!(article.body_line, 16);
    assert_eq!(symbols(&article, MentionPlace::Listed), ["600586.SH", "159863.SZ", "399319.SZ"]);
    assert_eq!(article.related, ["286625840", "287092474", "287067838", "286763889", "287002497"]);
    assert_eq!(article.extra["locales"], ["zh-CN", "en", "zh-HK"]);
}

#[test]
fn reads_the_corpus() {
    let pages = [
        ("zh-CN/230905679.md", "230905679/zh-CN", "news", "600586.SH 159863.SZ 399319.SZ", ""),
        ("zh-HK/230905679.md", "230905679/zh-HK", "news", "600586.SH 159863.SZ 399319.SZ", ""),
        ("en/205114820.md", "205114820/en", "news", "600519.SH", ""),
        ("zh-CN/198204417.md", "198204417/zh-CN", "news", "000001.SZ", ""),
        ("en/228015566.md", "228015566/en", "news", "BRK.B.US", ""),
        ("en/TSLA.US.md", "en/TSLA.US/en", "symbol", "TSLA.US", ""),
        ("en/notes/harbour.md", "en/notes/harbour", "", "", "no-front-matter"),
        ("en/notes/freight.txt", "en/notes/freight", "", "", "no-front-matter"),
        ("broken/gb18030.md", "221000101/zh-CN", "news", "", "encoding-detected"),
        ("broken/big5.md", "221000102/zh-HK", "news", "", "encoding-detected"),
        ("broken/utf16.md", "221000103/en", "news", "", "encoding-detected"),
        ("broken/damaged_utf8.md", "221000104/en", "news", "", "invalid-utf8"),
        ("broken/bad_yaml.md", "221000105/en", "news", "", "front-matter-tolerant"),
        ("broken/unterminated.md", "221000106/en", "", "", "front-matter-unterminated missing-field"),
        ("broken/duplicate_keys.md", "221000107/en", "", "", "duplicate-key"),
        ("broken/control.md", "221000108/en", "news", "", "control-characters"),
        ("broken/bidi.md", "221000109/en", "news", "", "bidi-control"),
        (
            "broken/bad_values.md",
            "broken/bad_values",
            "",
            "AAPL.US",
            "bad-date bad-url bad-locale bad-ticker",
        ),
        ("broken/late_date.md", "221000110/en", "news", "", "date-out-of-range"),
        ("broken/title_break.md", "221000111/en", "news", "", ""),
        ("broken/crlf.md", "221000112/en", "news", "", ""),
    ];
    for (name, key, kind, listed, problems) in pages {
        let parsed = file(name);
        assert_eq!(codes(&parsed).join(" "), problems, "{name}");
        assert_eq!((parsed.value.key().as_str(), parsed.value.kind.as_str()), (key, kind), "{name}");
        assert_eq!(symbols(&parsed.value, MentionPlace::Listed).join(" "), listed, "{name}");
        assert!(!parsed.value.title.is_empty() && !parsed.value.body.is_empty(), "{name}");
    }
}

#[test]
fn keeps_what_broken_files_say() {
    assert_eq!(file("broken/gb18030.md").value.title, "豆粕期货收涨，油厂开机率回落");
    assert_eq!(file("broken/big5.md").value.title, "豆粕期貨收漲，油廠開機率回落");
    assert_eq!(file("broken/bad_yaml.md").value.title, "*ST Kanghe: why a \"buy\" rating came back #1");
    assert_eq!(file("broken/duplicate_keys.md").value.title, "Rice stocks fall to a five-year low");
    assert_eq!(file("broken/control.md").value.title, "Cocoa [31mjumps[0m on weather");
    assert_eq!(file("broken/bidi.md").value.title, "Cotton tnelis futures slip");
    assert_eq!(file("broken/bad_values.md").value.title, "2025");
    assert_eq!(
        file("broken/unterminated.md").value.body,
        "Barley exports resume after two years, the ministry said."
    );
    let broken = file("broken/title_break.md").value;
    assert_eq!(broken.title, "Wheat tender draws six offers");
    assert_eq!(broken.body, "A tender for wheat drew six offers.");
    assert_eq!(broken.related, ["221000099", "221000098"]);
    assert_eq!(file("en/notes/harbour.md").value.title, "Harbour fees to rise in July");
    assert_eq!(file("en/notes/freight.txt").value.title, "freight");
}

#[test]
fn tells_text_from_other_files() {
    for (name, reason) in
        [("empty", Some("empty")), ("blank", Some("empty")), ("binary", Some("binary")), ("big5", None)]
    {
        assert_eq!(
            unreadable(&fs::read(corpus().join(format!("broken/{name}.md"))).unwrap()),
            reason,
            "{name}"
        );
    }
    let utf16: Vec<u8> = "A line of text".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let noise: Vec<u8> = (0..=255_u8).cycle().take(4096).collect();
    for (bytes, reason) in [
        (&b"---"[..], Some("empty")),
        (b"\xef\xbb\xbf", Some("empty")),
        (b"\x1f\x8b\x08 and so on", Some("binary")),
        (&[0; 100], Some("binary")),
        (&noise, Some("binary")),
        (&utf16, None),
        (b"text with one \0 in it, which is dirt and no reason", None),
    ] {
        assert_eq!(unreadable(bytes), reason);
    }
    assert_eq!(Article::parse(&utf16, "x.md", &Keys::default()).value.body, "A line of text");
}

#[test]
fn reads_every_spelling_of_a_date() {
    let at = "2025-03-07T00:56:22Z";
    let day = "2025-03-07";
    for (text, expected) in [
        ("2025-03-07T00:56:22.000Z", at),
        ("2025-03-07T08:56:22+08:00", at),
        ("2025-03-07 00:56:22Z", at),
        ("2025-03-07T00:56:22", at),
        ("2025/03/07 00:56:22", at),
        ("1741308982", at),
        ("1741308982000", at),
        ("Fri, 07 Mar 2025 00:56:22 GMT", at),
        ("2025-03-07", day),
        ("2025-3-7", day),
        ("2025年3月7日", day),
        ("2025/03/07 08:56", "2025-03-07T08:56:00Z"),
        ("2025-03-07 08:56:22 +0800", at),
        ("2025/03/07 08:56:22 +08:00", at),
        ("2025-03-06 19:56:22 -05:00", at),
        ("2025-03", "2025-03-01"),
        ("2025年3月", "2025-03-01"),
        ("March 7, 2025", day),
        ("7 March 2025", day),
        ("Mar 7, 2025", day),
        ("Sept. 7 2025", "2025-09-07"),
        ("7th of March 2025", day),
        ("Friday, March 7th, 2025", day),
        ("March 2025", "2025-03-01"),
        ("7-Mar-2025", day),
        ("20250307", day),
        ("20250307T005622Z", at),
        ("20250307T085622+0800", at),
        ("20250307085622", "2025-03-07T08:56:22Z"),
        ("2025-03-07 08.56.22", "2025-03-07T08:56:22Z"),
        // Only one order is a day.
        ("31.12.2025", "2025-12-31"),
        ("12/31/2025", "2025-12-31"),
        ("03/03/2025", "2025-03-03"),
        // Clocks of twelve hours. Twelve is the first hour of each half.
        ("March 7, 2025 12:56:22 AM", at),
        ("March 7, 2025 8:56 p.m.", "2025-03-07T20:56:00Z"),
        ("7 March 2025 08:56", "2025-03-07T08:56:00Z"),
        ("2025-03-07 8:56 AM", "2025-03-07T08:56:00Z"),
        ("2025-03-07 12:05 pm", "2025-03-07T12:05:00Z"),
        ("2025-03-07 11:56pm", "2025-03-07T23:56:00Z"),
        ("Mar 7, 2025 at 8 am", "2025-03-07T08:00:00Z"),
        ("2025年3月7日 下午3:05", "2025-03-07T15:05:00Z"),
        ("2025年3月7日 上午12:05", "2025-03-07T00:05:00Z"),
        ("2025年3月7日（星期五）晚上8點05分", "2025-03-07T20:05:00Z"),
        ("2025年3月7日星期五凌晨3时", "2025-03-07T03:00:00Z"),
        ("2025年3月7日中午1點", "2025-03-07T13:00:00Z"),
        ("北京时间2025年3月7日08:56:22", at),
        ("２０２５-０３-０７", day),
        ("２０２５年３月７日　０８：５６", "2025-03-07T08:56:00Z"),
        // What programs write: JavaScript, C, Ruby, Go.
        ("Fri Mar 07 2025 08:56:22 GMT+0800 (China Standard Time)", at),
        ("Thu Mar 06 2025 19:56:22 GMT-0500 (Eastern Standard Time)", at),
        ("Fri Mar  7 00:56:22 2025", at),
        ("Fri Mar  7 00:56:22 UTC 2025", at),
        ("2025-03-07 00:56:22 UTC", at),
        ("2025-03-07 08:56:22.123456 +0800 CST", "2025-03-07T00:56:22.123456Z"),
        ("Fri, 7 Mar 2025 08:56:22 +0800", at),
        ("2025-03-07T08:56:22+08:00[Asia/Shanghai]", at),
        // Offsets and zones.
        ("2025-03-07 08:56:22 UTC+8", at),
        ("2025-03-07 06:26:22 GMT+5:30", at),
        ("2025-03-06 19:56:22 EST", at),
        ("2025-03-07+08:00", day),
        ("2025-03-07-05:00", day),
        // What stands in brackets may be the zone.
        ("2025-03-07 08:56:22 (UTC+8)", at),
        ("2025年3月7日 08:56:22（北京时间）", at),
        ("2025-03-07 08:56 (ET)", day),
        ("2025-03-07 00:56:22 (3)", at),
        ("2025-03-07Z", day),
        // The day is certain, the instant is not.
        ("2025-03-07 8:56 pm ET", day),
        ("March 7, 2025, 8:56 a.m. Eastern Standard Time", day),
        ("2025-03-07 08:56:22 CST", day),
        ("2025-03-07T08:56:22[Asia/Shanghai]", day),
        ("2025年3月7日 晚上12:05", day),
        ("2025-03-07 13:05 AM", day),
        ("1678-01-01", "1678-01-01"),
        ("2261-12-31", "2261-12-31"),
        ("2025-03-07T00:00:00Z", "2025-03-07T00:00:00Z"),
        ("2025-03-07 00:00", "2025-03-07T00:00:00Z"),
    ] {
        let parsed = with_front(&format!("title: T\nurl: https://e.com/news/123456\ndate: \"{text}\""));
        assert_eq!(codes(&parsed), [""; 0], "{text}");
        assert_eq!(parsed.value.published.unwrap().to_string(), expected, "{text}");
    }
}

#[test]
fn never_guesses_a_date() {
    for (text, code) in [
        ("yesterday", "bad-date"),
        ("2025-02-30", "bad-date"),
        ("2016-12-31T23:59:60Z", "bad-date"),
        ("2025-03-07T24:00:00Z", "bad-date"),
        ("2025-13", "bad-date"),
        ("2025.03", "bad-date"),
        ("Marsh 7, 2025", "bad-date"),
        ("February 30, 2025", "bad-date"),
        ("03/07/2025", "bad-date"),
        ("3/7/2025, 8:56:22 AM", "bad-date"),
        ("13/13/2025", "bad-date"),
        ("07-03-25", "bad-date"),
        ("Mar 7", "bad-date"),
        ("2025", "bad-date"),
        ("2025-03 08:56", "bad-date"),
        ("2025-03-07 25:00", "bad-date"),
        ("2025-03-07 08:56:22 +0870", "bad-date"),
        ("2025-03-07 - 2025-03-09", "bad-date"),
        ("2025-03-07 08:56 to 09:30", "bad-date"),
        ("20251307", "bad-date"),
        ("Apple 7 March 2025", "bad-date"),
        ("March 7, 2025 and what came of it", "bad-date"),
        ("3.14", "bad-date"),
        ("2025年度3月7日", "bad-date"),
        ("5月1日", "bad-date"),
        ("1650-01-01", "date-out-of-range"),
        ("1677-12-31T23:59:59Z", "date-out-of-range"),
        ("2262-01-01T00:00:00Z", "date-out-of-range"),
    ] {
        let parsed = with_front(&format!("title: T\nurl: https://e.com/news/123456\ndate: \"{text}\""));
        assert_eq!((codes(&parsed).as_slice(), parsed.value.published), (&[code][..], None), "{text}");
    }
}

#[test]
fn takes_identity_from_the_address() {
    for (url, key) in [
        ("https://longbridge.com/news/230905679", "230905679"),
        ("https://longbridge.com/zh-HK/news/230905679.md?channel=x", "230905679/zh-HK"),
        ("https://longbridge.com/quote/AS.US/news/230905679", "230905679"),
        ("https://m.lbctrl.com/news/post/230905679", "230905679"),
        ("https://example.com/a/b", "folder/name"),
        ("https://longbridge.com/en/news/12.md", "folder/name/en"),
    ] {
        assert_eq!(with_front(&format!("url: \"{url}\"")).value.key(), key, "{url}");
    }
    for url in [
        "javascript:alert(1)",
        "https://longbridge.com@evil.example/en/news/230905679",
        "https://e.com/../news/230905679",
        "https://e.com/\\\\..\\\\news/230905679",
        "//longbridge.com@evil.example/en/news/230905679",
        "javascript:/news/230905679",
        "file:///en/news/230905679.md",
        "https://e.com/\\n/news/230905679",
        "ftp://e.com/news/230905679",
    ] {
        let parsed = with_front(&format!("url: \"{url}\""));
        assert!(codes(&parsed).contains(&"bad-url"), "{url}");
        assert_eq!((parsed.value.url.as_str(), parsed.value.id.as_str()), ("", "folder/name"));
    }
    for (url, key, shown) in [
        ("/en/news/920000011.md", "920000011/en", ""),
        ("zh-CN/news/920000011.md", "920000011/zh-CN", ""),
        ("//e.com/en/news/920000011.md", "920000011/en", ""),
        ("https://e.com/en/news/920000011 x", "920000011/en", ""),
        ("https://e.com/en/news/920000011?q=it's", "920000011/en", "https://e.com/en/news/920000011?q=it's"),
    ] {
        let parsed = with_front(&format!("url: \"{url}\""));
        assert_eq!(codes(&parsed).contains(&"bad-url"), shown.is_empty(), "{url}");
        assert_eq!((parsed.value.key().as_str(), parsed.value.url.as_str()), (key, shown), "{url}");
    }
    for (text, locale) in [
        ("ZH_cn", "zh-CN"),
        ("zh-Hant-HK", "zh-HK"),
        ("zh-Hans", "zh-CN"),
        ("EN", "en"),
        ("en-us", "en-US"),
        ("../en", ""),
    ] {
        assert_eq!(with_front(&format!("locale: \"{text}\"")).value.locale, locale, "{text}");
    }
}

#[test]
fn reads_odd_front_matter() {
    for (line, title) in [
        ("title: Apple #1 in China", "Apple #1 in China"),
        ("title: CMOC: New Buy: x", "CMOC: New Buy: x"),
        ("title: \"He said \"buy\" twice\"", "He said \"buy\" twice"),
        ("title: @Tesla `surges`", "@Tesla `surges`"),
        ("title: %5 up", "%5 up"),
        ("title: |\n  one\n  two", "one two"),
        ("title: 'it''s'", "it's"),
        ("title: \"\\ud83d\\ude00 up\"", "😀 up"),
        ("title: [a, b]", "name"),
        ("title: ~", "name"),
        ("title: \"  \"", "name"),
    ] {
        assert_eq!(with_front(line).value.title, title, "{line}");
    }
    let article =
        with_front("source: {name: Wire, tags: [a, b]}\ndeep: {a: {b: c}}\nwords: [x, 2, true]").value;
    assert_eq!(article.extra["source.name"], ["Wire"]);
    assert_eq!(article.extra["source.tags"], ["a", "b"]);
    assert_eq!(article.extra["words"], ["x", "2", "true"]);
    let article = with_front("authors: [{name: A}, {name: B}, C]").value;
    assert_eq!(
        (&article.extra["authors.name"], &article.extra["authors"]),
        (&vec!["A".to_owned(), "B".to_owned()], &vec!["C".to_owned()])
    );
}

#[test]
fn lines_of_a_chinese_paragraph_are_kept() {
    for markdown in [
        "第一条，\n第二条。\n第三条",
        "公司拟实施员工持\n股计划，资金自筹。\n完",
        "一\n二\n三，四。五，\n六",
        "一\n二\n三\n\n四",
        "浙江龙盛（上海，\n代码600352）涨停，\n收盘。",
        "かな\nカナ。\n한국\n어",
    ] {
        assert_eq!(with_body(markdown).body, markdown);
    }
    assert_eq!(with_body("表示\n*强调*，后来\n又说。\n\n完").body, "表示\n强调，后来\n又说。\n\n完");
    assert_eq!(with_body("<div>\n第一，\n第二\n</div>").body, "第一，\n第二");
    // Words are those of the paragraph on one line.
    let words = |text: &str| newsdex::text::tokens(text).map(|token| token.text).collect::<Vec<_>>();
    let cut = "公司拟实施员\n工持股计划，资金来源\n为自筹，由董事会、\n监事会审议ＡＢ\nＣ１．\n５。か\nな";
    assert_eq!(words(&with_body(cut).body), words(&cut.replace('\n', "")));
}

#[test]
fn entities_are_those_of_html_and_are_decoded_once() {
    // The named and numeric character references of the HTML standard, with its windows-1252 replacements.
    for (written, text) in [
        ("Johnson &amp; Johnson&#8217;s", "Johnson & Johnson’s"),
        ("&eacute; &Uuml; &szlig; &ccedil;", "é Ü ß ç"),
        ("&Zopf; &frac34; &permil; &rarr; &CounterClockwiseContourIntegral; &NotEqualTilde;", "ℤ ¾ ‰ → ∳ ≂̸"),
        ("&amp;lt; &amp;amp;amp;", "&lt; &amp;amp;"),
        ("it&#146;s &#x93;big&#x94; &#128;5 &#x85;", "it’s “big” €5 …"),
        ("a&#0;b &#xD800;c &#x110000;d", "a\u{fffd}b \u{fffd}c \u{fffd}d"),
        ("AT&T S&P&nbsp;500 R&D; &unknown; & x", "AT&T S&P\u{a0}500 R&D; &unknown; & x"),
        ("a&#27;b&#8;c", "abc"),
        ("a&#10;b", "a b"),
    ] {
        let spaced = text.replace('\u{a0}', " ");
        let front =
            format!("title: '{written}'\ndescription: '{written}'\nauthor: '{written}'\ntags: ['{written}']");
        let article = with_front(&front).value;
        assert_eq!(article.title, spaced, "{written}");
        for text_of_it in [&article.description, &article.extra["author"][0], &article.extra["tags"][0]] {
            assert_eq!(text_of_it.replace('\n', " "), text, "{written}");
        }
        assert_eq!(with_body(&format!("Text {written}")).body, format!("Text {text}"), "{written}");
        assert_eq!(with_body(&format!("<div>\n{written}\n</div>")).body, text, "{written}");
        assert_eq!(with_body(&format!("Text <i>{written}</i>.")).body, format!("Text {text}."), "{written}");
    }
    assert_eq!(with_body("<p>&copy 2025 ?a=1&copy=2 &amp</p>").body, "© 2025 ?a=1&copy=2 &");
    assert_eq!(with_body("one &#10; `&amp;`\ntwo").body, "one   &amp;\ntwo");
    let article = with_front("url: 'https://e.com/x?a=1&copy=2&amp;b'\nid: 'a&amp;b'\ntitle: 'T'").value;
    assert_eq!((article.url.as_str(), article.id.as_str()), ("https://e.com/x?a=1&copy=2&amp;b", "a&amp;b"));
    let article = with_front("symbols: ['[AT&amp;T](https://e.com/quote/T.US)', BRK.B.US]\ntitle: 'T'").value;
    assert_eq!(symbols(&article, MentionPlace::Listed), ["T.US", "BRK.B.US"]);
    let repeated = parse(
        "---\ntitle: 'A &amp; B'\ndescription: 'C &amp; D rise.'\n---\n# A &amp; B\n\nC &amp; D rise. E.",
    )
    .value;
    assert_eq!((repeated.title.as_str(), repeated.description.as_str()), ("A & B", ""));
    assert_eq!(repeated.body, "C & D rise. E.");
}

#[test]
fn links_to_the_news_of_other_sites_are_text() {
    let other = "- [Copper squeeze](https://www.example.org/news/copper-squeeze)\n- [Solar glut](https://e.com/news/12345)";
    let text = "Copper squeeze\nSolar glut";
    for (body, expected, related) in [
        (other.to_owned(), text.to_owned(), ""),
        (format!("Notes.\n\n## Links\n\n{other}"), format!("Notes.\n\nLinks\n\n{text}"), ""),
        (
            "Notes.\n\n1. [One](https://e.com/news/one)\n2. **[Two](https://e.com/news/)**".to_owned(),
            "Notes.\n\nOne\nTwo".to_owned(),
            "",
        ),
        (
            format!("Notes.\n\n{other}\n\n## Related News\n\n- [Tin](https://e.com/en/news/200000001.md)"),
            format!("Notes.\n\n{text}"),
            "200000001",
        ),
    ] {
        let article = with_body(&body);
        assert_eq!(
            (article.body.as_str(), article.related.join(" ").as_str()),
            (expected.as_str(), related),
            "{body}"
        );
    }
}

#[test]
fn a_page_that_is_left_without_text_is_reported() {
    let front = "---\ntitle: T\nurl: https://e.com/en/news/123456.md\ndate: 2025-03-07\n---\n";
    for (body, is_reported) in [
        ("- [Tin](https://e.com/en/news/200000001.md)\n", true),
        ("# T\n\n- [A](https://e.com/en/quote/AAPL.US.md)\n", true),
        ("1. **[Tin](https://e.com/en/news/200000001.md)**\n", true),
        ("<script>\nx()\n</script>\n", true),
        ("- [Tin](https://e.org/news/tin)\n", false),
        ("Text.\n\n- [Tin](https://e.com/en/news/200000001.md)\n", false),
        ("# T\n", false),
        ("", false),
    ] {
        let parsed = parse(&format!("{front}{body}"));
        assert_eq!(codes(&parsed).contains(&"no-text"), is_reported, "{body}: {:?}", codes(&parsed));
    }
}

#[test]
fn reads_front_matter_in_toml_and_json() {
    let toml = "title = \"Copper rises\" # up\ndate = 2025-03-07T08:56:22+08:00\nid = 3.10\nsymbols = ['600586.SH', \"AAPL.US\"]\n\
                weight = 1_000\nrate = 0.500\ndraft = false\ntags = [1.50, 0x1F]\n[params]\nauthor = \"A & B\"\n[[parts]]\nname = \"x\"";
    let json = r#""title": "Copper rises", "date": "2025-03-07T08:56:22+08:00",
        "id": 3.10, "symbols": ["600586.SH", "AAPL.US"], "weight": 1_000, "rate": 0.500, "draft": false,
        "tags": [1.50, 31], "params": {"author": "A & B"}, "parts": [{"name": "x"}], "none": null"#;
    let json = &json.replace("1_000", "1000");
    for (opening, block, closing) in [
        ("+++", toml.to_owned(), "+++"),
        ("---toml", toml.to_owned(), "---"),
        ("--- TOML ", toml.to_owned(), "---"),
        ("---json", format!("{{{json}}}"), "---"),
        (";;;", json.to_owned(), ";;;"),
        (";;;", format!("{{\n{json}\n}}"), ";;;"),
    ] {
        let Parsed { value: article, problems } = parse(&format!("{opening}\n{block}\n{closing}\nText.\n"));
        let known = ["missing-field"];
        assert!(problems.iter().all(|problem| known.contains(&problem.code)), "{opening}: {problems:?}");
        assert_eq!(
            (article.title.as_str(), article.id.as_str(), article.body.as_str()),
            ("Copper rises", "3.10", "Text.")
        );
        assert_eq!(article.published.unwrap().to_string(), "2025-03-07T00:56:22Z");
        assert_eq!(symbols(&article, MentionPlace::Listed), ["600586.SH", "AAPL.US"]);
        let extra = |key: &str| article.extra[key].join(" ");
        assert!(["1_000", "1000"].contains(&extra("weight").as_str()));
        assert_eq!((extra("rate").as_str(), extra("draft").as_str()), ("0.500", "false"));
        assert!(["1.50 0x1F", "1.50 31"].contains(&extra("tags").as_str()), "{}", extra("tags"));
        assert_eq!((extra("params.author").as_str(), extra("parts.name").as_str()), ("A & B", "x"));
        assert!(!article.extra.contains_key("none"));
    }
    for opening in ["---yaml", "--- yml", "---YAML"] {
        let article = parse(&format!("{opening}\ntitle: Copper rises\nid: 7\n---\nText.\n")).value;
        assert_eq!(
            (article.title.as_str(), article.id.as_str(), article.body.as_str()),
            ("Copper rises", "7", "Text.")
        );
    }
    let dates = [("2025-03-07", "2025-03-07"), ("2025-03-07 08:56:22", "2025-03-07T08:56:22Z")];
    for (written, expected) in dates {
        let article = parse(&format!("+++\ndate = {written}\n+++\nText.")).value;
        assert_eq!(article.published.unwrap().to_string(), expected);
    }
}

#[test]
fn an_object_at_the_start_is_front_matter_if_an_article_follows_it() {
    let front = "{\n\t\"title\": \"\\ud83d\\ude00 up\",\n\t\"date\": \"2025-03-07\"\n}\n";
    let Parsed { value: article, problems } = parse(&format!("{front}\nText.\n"));
    assert_eq!((article.title.as_str(), article.body.as_str(), article.body_line), ("😀 up", "Text.", 6));
    assert!(problems.iter().all(|problem| problem.code == "missing-field"), "{problems:?}");
    let broken = front.replace("2025-03-07\"", "2025-03-07\",");
    let parsed = parse(&format!("{broken}Text.\n"));
    assert!(codes(&parsed).contains(&"front-matter-tolerant"));
    assert_eq!((parsed.value.title.as_str(), parsed.value.body.as_str()), ("😀 up", "Text."));
    assert!(parsed.value.published.is_some());
    for text in [
        front,
        "{\"title\": \"x\"} and more\nText.",
        "{\"size\": 3}\n\nThis is what the server sends.",
        "{}\nText.",
        "{braces} begin it\nText.",
        "{\nand end it\n}\nText.",
    ] {
        let parsed = parse(text);
        assert!(codes(&parsed).contains(&"no-front-matter"), "{text}");
        assert!(parsed.value.body.starts_with('{'), "{text}");
    }
}

#[test]
fn front_matter_with_mistakes_is_reported_and_is_no_text() {
    for (text, title, body) in [
        ("+++\ntitle = \"Copper\"\ndate = no date\nrate = \n+++\nText.", "Copper", "Text."),
        ("+++\ndate = \n= x\ntitle = \"Copper\"\n+++\nText.", "Copper", "Text."),
        ("+++\ntitle = \"Copper\"\n\nText.", "Copper", "Text."),
        ("---toml\ntitle: Copper\n---\nText.", "name", "Text."),
        (
            "---json\n{\n\"title\": \"Copper\",\n\"list\": [1, 2],\n// draftish\n}\n---\nText.",
            "Copper",
            "Text.",
        ),
        (";;;\n\"title\": \"Copper\"\n\"id\": 1\n;;;\nText.", "Copper", "Text."),
        (";;;\n{\"title\": \"Copper\"}\n\nText.", "Copper", "Text."),
        ("---json\nnothing at all\n---\nText.", "name", "Text."),
        ("+++\n+++\nText.", "name", "Text."),
    ] {
        let parsed = parse(text);
        assert_eq!((parsed.value.title.as_str(), parsed.value.body.as_str()), (title, body), "{text}");
        let reported = ["front-matter-tolerant", "front-matter-unterminated", "no-front-matter"];
        assert!(codes(&parsed).iter().any(|code| reported.contains(code)), "{text}: {:?}", codes(&parsed));
    }
    let deep =
        format!("---json\n{{\"title\": \"T\", \"x\": {}{}}}\n---\nText.", "[".repeat(9999), "]".repeat(9999));
    assert_eq!(parse(&deep).value.body, "Text.");
    let deep = format!("+++\ntitle = \"T\"\nx = {}{}\n+++\nText.", "[".repeat(9999), "]".repeat(9999));
    let parsed = parse(&deep);
    assert_eq!((parsed.value.title.as_str(), parsed.value.body.as_str()), ("T", "Text."));
    assert!(codes(&parsed).contains(&"front-matter-tolerant"));
    for text in ["+++ more\nText.", "+++\nText.\n", "---text\nText.\n---", ";;;\nText."] {
        assert!(parse(text).value.body.contains("Text."), "{text}");
    }
}

#[test]
fn byte_order_marks_at_the_start_are_no_text() {
    let mark = '\u{feff}';
    for text in [
        format!("{mark}{mark}---\ntitle: T\n---\nText."),
        format!("{mark}{mark}{mark}\n{mark}---\n{mark}title: T\n---\n{mark}# T\n\nText."),
        format!("{mark}{mark}+++\n{mark}{mark}title = \"T\"\n+++\n{mark}Text."),
        format!("{mark}{mark}{{\"title\": \"T\"}}\n{mark}Text."),
    ] {
        for bytes in [text.clone().into_bytes(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()] {
            let article = Article::parse(&bytes, "name.md", &Keys::default()).value;
            assert_eq!((article.title.as_str(), article.body.as_str()), ("T", "Text."), "{text:?}");
        }
    }
    assert_eq!(parse(&format!("{mark}{mark}Text.")).value.body, "Text.");
    assert_eq!(unreadable("\u{feff}\u{feff}".as_bytes()), Some("empty"));
}

#[test]
fn a_tag_before_a_text_is_its_first_word() {
    for (line, title) in [
        ("title: !Important notice", "!Important notice"),
        ("title: !Important", "!Important"),
        ("title: ! Important notice", "! Important notice"),
        ("title: !Wow, prices rise", "!Wow, prices rise"),
        ("title: !Price 1.50", "!Price 1.50"),
        ("title: !!str 1.50", "1.50"),
    ] {
        assert_eq!(with_front(line).value.title, title, "{line}");
    }
    let article =
        with_front("x: [!Important notice, b]\ny: {z: !a b}\nmap: !Thing {k: v}\nlist: !Thing [k]").value;
    let extra = |key: &str| article.extra[key].join("|");
    assert_eq!((extra("x").as_str(), extra("y.z").as_str()), ("!Important notice|b", "!a b"));
    assert_eq!((extra("map.k").as_str(), extra("list").as_str()), ("v", "k"));
}

#[test]
fn merge_keys_are_merged_as_yaml_says() {
    let defaults =
        "defaults: &defaults {title: Merged, author: A, rate: 1.50}\nother: &other {author: B, desk: C}\n";
    for (lines, title, author, desk) in [
        ("<<: *defaults", "Merged", Some("A"), None),
        ("title: Own\n<<: *defaults", "Own", Some("A"), None),
        ("<<: *defaults\ntitle: Own", "Own", Some("A"), None),
        ("<<: [*defaults, *other]", "Merged", Some("A"), Some("C")),
        ("<<: [*other, *defaults]", "Merged", Some("B"), Some("C")),
        ("<<: {title: Here}", "Here", None, None),
    ] {
        let parsed = with_front(&format!("{defaults}{lines}"));
        let extra = |key: &str| parsed.value.extra.get(key).map(|texts| texts[0].as_str());
        assert_eq!(
            (parsed.value.title.as_str(), extra("author"), extra("desk")),
            (title, author, desk),
            "{lines}"
        );
        assert!(!codes(&parsed).contains(&"merge-key"), "{lines}");
    }
    for lines in ["title: Own\n<<: text", "title: Own\n<<: [text]", "title: Own: a\n<<: *defaults"] {
        let parsed = with_front(&format!("{defaults}{lines}"));
        assert!(codes(&parsed).contains(&"merge-key"), "{lines}: {:?}", codes(&parsed));
        assert!(parsed.value.title.starts_with("Own"), "{lines}");
    }
}

#[test]
fn a_scalar_is_the_text_that_the_file_has() {
    // What YAML 1.1, YAML 1.2 or a parser may read as a number, a truth value or a time.
    let scalars = "3.10 1.600500 0.000001 116.00700 0x1F 0o17 0b11 017 007 1_000 .5 5. 1e3 -0 +7 .inf .nan 1:30 \
                   12345678901234567 12345678901234567890 true False NO yes on 2025-03-07 2001-12-14t21:59:43.10-05:00";
    for text in scalars.split(' ') {
        for (lines, where_it_is) in [
            (format!("id: {text}\ntitle: {text}\nx: {text}"), "x"),
            (format!("id: {text}\ntitle: {text}\nx: [a, {text}]"), "x"),
            (format!("id: {text}\ntitle: {text}\nx: [a, [b], {text}]"), "x"),
            (format!("id: {text}\ntitle: {text}\nx:\n  - {text}\nother: [flow]"), "x"),
            (format!("id: {text}\ntitle: {text}\nx: {{y: {text}}}"), "x.y"),
            (format!("id: {text}\ntitle: {text}\nx: {{y: [a, {text}]}}"), "x.y"),
            (format!("id: {text}\ntitle: {text}\nx: [{{y: {text}}}]"), "x.y"),
            (format!("id: {text}\ntitle: {text}\nx: &at {text}\ny: *at"), "y"),
        ] {
            let Parsed { value: article, problems } = with_front(&lines);
            assert!(
                article.extra[where_it_is].iter().any(|value| value == text),
                "{lines}: {:?}",
                article.extra
            );
            assert_eq!((article.id.as_str(), article.title.as_str()), (text, text), "{lines}");
            let known = ["missing-field", "front-matter-type"];
            assert!(problems.iter().all(|problem| known.contains(&problem.code)), "{lines}: {problems:?}");
        }
    }
    let article =
        with_front("1.50: a\ntrue: b\n0x1F: [c]\nx: !!str 2.50\ny: !!float 2.50\nz: \"0x1F\"").value;
    let extra = [("0x1F", "c"), ("1.50", "a"), ("true", "b"), ("x", "2.50"), ("y", "2.50"), ("z", "0x1F")];
    let found: Vec<_> = article.extra.iter().map(|(key, texts)| (key.as_str(), texts[0].as_str())).collect();
    assert_eq!(found, extra);
    for nothing in ["~", "null", "Null", "NULL", ""] {
        let article = with_front(&format!("title: {nothing}\nid: {nothing}\nx: {nothing}")).value;
        assert_eq!((article.title.as_str(), article.id.as_str()), ("name", "folder/name"));
        assert!(article.extra.is_empty(), "{nothing}");
    }
}

#[test]
fn a_code_of_a_security_keeps_its_zeros() {
    for (line, listed) in [
        ("symbol: 1.600500", "600500.SH"),
        ("symbols: [1.600500, 0.000001, 116.00700]", "600500.SH 000001.SZ 700.HK"),
        ("symbols:\n- 0.000001\n- 116.00700", "000001.SZ 700.HK"),
        ("symbols: [{code: 0.000010}, {code: 000001, market: SZ}]", "000010.SZ 000001.SZ"),
    ] {
        let article = with_front(line).value;
        assert_eq!(symbols(&article, MentionPlace::Listed).join(" "), listed, "{line}");
    }
}

#[test]
fn reads_securities_however_they_are_listed() {
    for (line, listed, has_wrong_type) in [
        ("tickers: \"AAPL.US, 700.HK\"", "AAPL.US 700.HK", false),
        ("tickers: [{symbol: AAPL, market: US}]", "AAPL.US", false),
        ("tickers: [{code: \"00700\", market: HK}, MSFT.US]", "700.HK MSFT.US", false),
        ("tickers:\n  - Ticker: 600586.SH\n    name: x", "600586.SH", false),
        ("ticker: {symbol: AAPL.US}", "AAPL.US", false),
        ("tickers: [{name: Apple}, MSFT.US]", "MSFT.US", true),
        ("ticker: {name: Apple}", "", true),
    ] {
        let parsed = with_front(line);
        assert_eq!(symbols(&parsed.value, MentionPlace::Listed).join(" "), listed, "{line}");
        assert_eq!(codes(&parsed).contains(&"front-matter-type"), has_wrong_type, "{line}");
    }
}

#[test]
fn makes_plain_text_line_by_line() {
    for (markdown, plain) in [
        ("One *two* **three** ~~four~~ `five`.", "One two three four five."),
        ("A [link](https://e.com) and ![a chart](data:image/png;base64,QUJD)", "A link and a chart"),
        ("# T\n\nText.", "Text."),
        ("# **T**\n\nText.", "Text."),
        ("T\n===\n\nText.", "Text."),
        ("# Other\n\nText.", "Other\n\nText."),
        ("one\ntwo", "one\ntwo"),
        ("中文\n换行\n\n下一段 a\nb", "中文\n换行\n\n下一段 a\nb"),
        ("> quoted\n> twice\n\n- item\n  more\n- next", "quoted\ntwice\n\nitem\nmore\nnext"),
        ("|a|b|\n|-|-|\n|1||\n|3|4|", "a | b\n\n1\n3 | 4"),
        (
            "<p>One</p><p>two</p>\n<script>\nno()\n</script>\n<b>th</b>ree &amp; &#52;",
            "One two\n\n\n\nthree & 4",
        ),
        ("a <b>bold</b> move<br>next", "a bold move next"),
        ("```\nlet x;\n\nlet y;\n```\nend", "let x;\n\nlet y;\n\nend"),
        ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
    ] {
        assert_eq!(with_body(markdown).body, plain, "{markdown}");
    }
    assert_eq!(with_body("\n\n# T\n\nText.").body_line, 10);
}

#[test]
fn keeps_text_in_angle_brackets() {
    for (markdown, plain) in [
        ("Motors <GM> and <IBM> rose.", "Motors <GM> and <IBM> rose."),
        (
            "<International Telecom Japan Inc> and\n<Mark Resources Inc>",
            "<International Telecom Japan Inc> and\n<Mark Resources Inc>",
        ),
        ("<DAL> fell **hard**.", "<DAL> fell hard."),
        ("if x <y then z> w", "if x <y then z> w"),
        ("if x <b then z> w", "if x <b then z> w"),
        ("Sears <S> and <U> and <b>bold</b>", "Sears <S> and <U> and bold"),
        ("<B>bold</B> of <B>", "bold of <B>"),
        ("<NAV> and <DD> rose<BR>again", "<NAV> and <DD> rose again"),
        ("<S> one\n\ntwo</S>", "<S> one\n\ntwo"),
        ("<DIV CLASS=\"a > b\">one <GM></DIV>", "one <GM>"),
        ("<img src='a.png' alt=\"<b>\"/>one<!-- <GM> --> two", "one two"),
        ("<div\nclass=\"x\">one</div>", "one"),
        ("a <script>no()</script> z <SCRIPT>no() <GM>", "a  z"),
    ] {
        assert_eq!(with_body(markdown).body, plain, "{markdown}");
    }
    let article = with_body("# STANDARD OIL <SRD> TO FORM <S>\n\nText.");
    assert_eq!(article.body, "STANDARD OIL <SRD> TO FORM <S>\n\nText.");
}

#[test]
fn reads_english_in_windows_1252() {
    let page = |body: &[u8]| {
        let bytes = [&b"---\ntitle: \"T\"\n---\n"[..], body].concat();
        Article::parse(&bytes, "x.md", &Keys::default()).value.body
    };
    for (bytes, text) in [
        (&b"Body costs \xa35 and \xa36"[..], "Body costs £5 and £6"),
        (b"A caf\xe9 costs \xa35", "A café costs £5"),
        (
            b"\x93It\x92s up 3\xbd\xb0\x94 \x96 or so\x85 Acme\x99 \xa9\xa0\xae \x805",
            "“It’s up 3½°” – or so… Acme™ ©\u{a0}® €5",
        ),
        (
            b"Za\xbf\xf3\xb3\xe6 g\xea\xb6l\xb1 ja\xbc\xf1, m\xf3wi\xb1 wszyscy w \xa3odzi",
            "Zażółć gęślą jaźń, mówią wszyscy w Łodzi",
        ),
        (b"\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0", "Привет, мир"),
    ] {
        assert_eq!(page(bytes), text);
    }
    for bytes in [&b"It rose \xe2\x80"[..], b"A slash \xc0\xaf and \xc0\x80"] {
        assert!(page(bytes).contains('\u{fffd}'));
    }
}

#[test]
fn cuts_the_tail_by_its_links() {
    let news = |text: &str| format!("[{text}](https://e.com/en/news/200001.md)");
    let quote = |code: &str| format!("[{code}](https://e.com/en/quote/{code}.md)");
    let (n, q) = (news("Other"), quote("AAPL.US"));
    for (tail, is_cut) in [
        (format!("### 相关股票\n\n- {q}"), true),
        (format!("- {q}\n- {q}\n\n- {n}\n"), true),
        (format!("## N\n\n- {n}\n\n### Q\n\n- {q}\n\n## N\n\n- {n}"), true),
        (format!("**Related**\n\n* {n}"), true),
        (format!("Related\n-------\n\n1. {n}\n2. {n}"), true),
        (format!("### Q\n\n- {q}\n\n## N\n"), true),
        (format!("### Q\n\n## N\n\n- {n}\n"), true),
        (format!("### Q\n\n1. {q}\n\n## N\n"), true),
        (format!("### Q\n\n## N\n\n1. {n}\n"), true),
        ("### Q\n\n## N\n".to_owned(), false),
        (format!("- {}", news("A title [with]\nbreaks] in it")), false),
        (format!("- {}", news("A title [with]\nbreaks in it")), true),
        (format!("- {n}\n\nlast words"), false),
        (format!("- some words\n- {n}"), false),
        (format!("- {n} and words"), false),
        (format!("- [ ] a task\n\nSee {n}"), false),
        (format!("Read {n}"), false),
        ("- [other](https://e.com/about)".to_owned(), false),
    ] {
        let article = with_body(&format!("Body.\n\n{tail}\n"));
        assert_eq!(article.body == "Body.", is_cut, "{tail}: {:?}", article.body);
        assert_eq!(!article.symbols.is_empty() || !article.related.is_empty(), is_cut, "{tail}");
    }
    assert_eq!(with_body(&format!("- {q}\n")).body, "");
}

#[test]
fn names_each_security_once_with_its_sources() {
    let body = "[st]ST/US/NVDA#英伟达.US[/st] and Apple (NASDAQ: AAPL).\n\n- [700.HK](https://e.com/quote/700.HK.md)";
    let article =
        parse(&format!("---\ntitle: \"T\"\nsymbols:\n  - AAPL.US\n  - 00700.HK\n---\n{body}")).value;
    assert_eq!(symbols(&article, MentionPlace::Listed), ["AAPL.US", "700.HK"]);
    assert_eq!(symbols(&article, MentionPlace::Lead), ["AAPL.US", "NVDA.US"]);
    assert_eq!(symbols(&article, MentionPlace::Body), [""; 0]);
    assert_eq!(article.body, "英伟达.US and Apple (NASDAQ: AAPL).");
    let links: Vec<String> =
        (1..=1500).map(|code| format!("- [{code}.HK](https://e.com/quote/{code}.HK.md)")).collect();
    let many = links.join(
        "
",
    );
    assert_eq!(with_body(&many).symbols.len(), 1_000);
}

#[test]
fn leaves_out_a_description_that_repeats_the_body() {
    for (description, kept) in [("One two…", ""), ("One  two three.", ""), ("Another.", "Another.")] {
        let article =
            parse(&format!("---\ntitle: T\ndescription: \"{description}\"\n---\nOne two\nthree.\n")).value;
        assert_eq!(article.description, kept);
    }
    for (description, body, is_kept) in [
        ("* Says one * Two", "* Says one * Two (more)", false),
        ("1. One and two", "# **T**\n\n1. One and *two*, and three", false),
        ("The <b>big</b> one <GM>", "The <b>big</b> one <GM> rose", false),
        ("AT&amp;T [link](https://e.com) rose", "AT&amp;T [link](https://e.com) rose", false),
        ("* Says two", "* Says one", true),
        ("One two three", "One two", true),
    ] {
        let front = format!("---\ntitle: T\ndescription: \"{description}\"\n---\n");
        assert_eq!(
            !parse(&format!("{front}{body}\n")).value.description.is_empty(),
            is_kept,
            "{description}"
        );
    }
    assert_eq!(parse("---\ntitle: T\ndescription: \"One.\"\n---\n").value.description, "One.");
}

#[test]
fn hostile_markdown_takes_linear_time() {
    let started = std::time::Instant::now();
    for unit in [
        "> ",
        "[",
        "[ (](",
        "*a_ ",
        "<!-- ",
        "a <![CDATA[",
        "<",
        "[^a\n",
        "[st]",
        "- [a\n",
        "`a ",
        "&#",
        "<script>",
        "<S> ",
        "<S> </B> ",
        "<a b=\"<a c='",
        "<div x=1 ",
        "## a\n\n",
    ] {
        let _ = with_body(&unit.repeat(40_000));
    }
    assert!(started.elapsed().as_secs() < 60);
}

/// A front matter of the shapes that the quick reader takes, and some that it must leave to the parser.
fn block() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[ -~]{0,12}".prop_map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
        "[a-z \\\\nt/\"u0-9]{0,8}".prop_map(|text| format!("\"{text}\"")),
        "[a-z 钙\n]{0,8}".prop_map(|text| format!("\"{text}\"")),
        "[ -&(-~]{0,10}".prop_map(|text| format!("'{text}'")),
        "[ -~]{0,8}",
        "[0-9a-fxo.:e_-]{0,6}",
        prop::sample::select(vec![
            "null",
            "True",
            "~",
            "0x1f",
            "1e3",
            "0o7",
            "007",
            "12",
            ".5",
            "no",
            "2025-03-07",
            "nan"
        ])
        .prop_map(str::to_owned),
    ];
    let list = (0..3_usize, prop::collection::vec(value.clone(), 0..3)).prop_map(|(indent, items)| {
        items.iter().map(|item| format!("\n{}- {item}", " ".repeat(indent))).collect::<Vec<_>>().concat()
    });
    let entry = ("[a-c]{1,2}", prop_oneof![value.prop_map(|value| format!(" {value}")), list]);
    prop::collection::vec(entry.prop_map(|(key, value)| format!("{key}:{value}\n")), 1..5)
        .prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn any_bytes_make_an_article(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = unreadable(&bytes);
        let article = Article::parse(&bytes, "a/b.md", &Keys::default()).value;
        prop_assert!(!article.title.contains('\n') && !article.id.is_empty());
    }

    #[test]
    fn any_markup_makes_an_article(text in "(---\n)?([a-z]{1,3}|[-#>*\\[\\](){}<>|`~:\"'\\\\&!0-9 \n]|title: |中|/news/|/quote/|\\]\\(){0,60}") {
        let article = parse(&text).value;
        prop_assert!(!article.body.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        prop_assert_eq!(article.body.trim_end(), &article.body);
    }

    /// A key with a map in it sends the same block through the YAML parser.
    #[test]
    fn the_quick_reader_reads_what_the_parser_reads(block in block()) {
        let quick = parse(&format!("---\n{block}---\nText.\n"));
        let mut slow = parse(&format!("---\n{block}zz: {{k: v}}\n---\nText.\n"));
        let refused = ["front-matter-tolerant", "no-front-matter"];
        if codes(&slow).iter().any(|code| refused.contains(code)) {
            return Ok(());
        }
        prop_assert_eq!(slow.value.extra.remove("zz.k"), Some(vec!["v".to_owned()]));
        slow.value.body_line -= 1;
        prop_assert_eq!(quick.value, slow.value);
    }

    #[test]
    fn every_word_is_on_its_line(lines in prop::collection::vec("([-*>#] |  |[|] ?|1[.] |```|<p>)?([a-z]{0,3}[*_` |]?){0,4}", 1..14)) {
        let numbered: Vec<String> = lines.iter().enumerate().map(|(at, line)| format!("{line} w{at}w")).collect();
        let article = with_body(&numbered.join("\n"));
        for (at, line) in article.body.lines().enumerate() {
            let file_line = article.body_line as usize + at;
            for word in line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with('w') && word.ends_with('w')) {
                if let Ok(number) = word.trim_matches('w').parse::<usize>() {
                    prop_assert_eq!(file_line, number + 6, "{:?}\n{:?}", &numbered, &article.body);
                }
            }
        }
    }
}

#[test]
fn the_documents_name_the_years_that_are_read() {
    let parsed = with_front("title: T\nurl: https://e.com/news/123456\ndate: 1650-01-01");
    let said = &parsed.problems[0].message.to_string();
    let years = said.rsplit_once("outside the years ").unwrap().1;
    for document in [include_str!("../../docs/ingest.md"), include_str!("../../docs/operations.md")] {
        assert!(document.contains(years), "{years}");
    }
}

/// A parser of TOML or JSON keeps a large block many times over in memory.
#[test]
fn of_large_front_matter_in_toml_or_json_the_beginning_is_read() {
    let words = (0..20_000).map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(",\n");
    for text in [
        format!("+++\ntitle = \"Copper rises\"\ntags = [{words}]\n+++\nText.\n"),
        format!("---json\n{{\n\"title\": \"Copper rises\",\n\"tags\": [{words}]\n}}\n---\nText.\n"),
    ] {
        let Parsed { value: article, problems } = parse(&text);
        assert_eq!((article.title.as_str(), article.body.as_str()), ("Copper rises", "Text."));
        let told = problems.iter().find(|problem| problem.code == "front-matter-tolerant").unwrap();
        assert!(told.message.to_string().contains("longer than 64 KiB"), "{told:?}");
    }
}

#[test]
fn of_front_matter_in_yaml_the_first_65536_lines_are_read() {
    // Of a list a thousand values are kept; what tells how far was read is the key after it, on line 3 + the tickers.
    let with = |tickers: usize| {
        let listed = (0..tickers).map(|number| format!("- TAG{number}\n")).collect::<Vec<_>>().concat();
        parse(&format!("---\ntitle: Copper rises\ntags:\n{listed}late: yes\n---\nText.\n"))
    };
    for (written, is_read) in [(65_533, true), (65_534, false), (200_000, false)] {
        let Parsed { value: article, problems } = with(written);
        assert_eq!((article.title.as_str(), article.body.as_str()), ("Copper rises", "Text."));
        assert_eq!(article.extra["tags"].len(), 1000, "of {written}");
        assert_eq!(article.extra.contains_key("late"), is_read, "of {written}");
        let told = problems.iter().any(|problem| {
            problem.code == "front-matter-tolerant"
                && problem.message.to_string().contains("more than 65536 lines")
        });
        assert_eq!(told, !is_read, "{problems:?}");
        assert!(!problems.iter().any(|problem| problem.message.to_string().contains("not valid YAML")));
    }
}

#[test]
fn text_after_very_long_front_matter_without_a_fence_stays_text() {
    let listed = (0..70_000).map(|number| format!("- TAG{number}\n")).collect::<Vec<_>>().concat();
    let article =
        parse(&format!("---\ntitle: Copper rises\ntags:\n{listed}\nText of it.\n\n---\nMore.\n")).value;
    assert_eq!(article.title, "Copper rises");
    assert!(article.body.contains("Text of it.") && article.body.contains("More."), "{}", article.body.len());
}
