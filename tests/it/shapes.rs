//! Files of records in the shapes that programs and services write: what each record says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use newsdex::{
    article::{Article, Format, Keys, Outline, RecordParser},
    source::{Piece, Splitter},
};
use std::{fs, path::PathBuf};

fn bytes(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/records").join(name)).unwrap()
}

/// The articles of a file with the lines on which they begin; nothing in it is broken. Each is read from its place alone.
fn articles(splitter: Splitter, name: &str) -> Vec<(u32, Article)> {
    let (bytes, keys) = (bytes(name), Keys::default());
    let mut places = Vec::new();
    let shape = splitter
        .split(&mut &bytes[..], &keys, 10_000, &mut |place, piece| {
            assert!(matches!(piece, Piece::Record(_)), "{name}: {piece:?}");
            places.push(place);
        })
        .unwrap();
    let parser = RecordParser::new(shape.format, &shape.head, &keys);
    let article = |place: newsdex::source::Place| {
        let start = usize::try_from(place.offset).unwrap();
        let parsed = parser.parse(&bytes[start..][..place.bytes as usize], name).unwrap();
        assert_eq!(parsed.problems, [], "{name}");
        (place.line, parsed.value)
    };
    places.into_iter().map(article).collect()
}

fn symbols(article: &Article) -> Vec<String> {
    article.symbols.iter().map(|named| named.symbol.canonical()).collect()
}

fn published(article: &Article) -> String {
    article.published.unwrap().to_string()
}

#[test]
fn the_detail_of_a_news_page_is_an_article() {
    let found = articles(Splitter::Json, "longbridge.json");
    let [(1, article)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (article.id.as_str(), article.url.as_str()),
        ("230905679", "https://longbridge.example/news/230905679")
    );
    // The title is empty, so that the summary stands in; the text begins with it.
    assert_eq!(
        article.body.lines().next().unwrap(),
        "Copper smelters in the north cut output by a tenth in March."
    );
    assert!(article.title.starts_with("Copper smelters in the north cut output"), "{}", article.title);
    // date -u -d @1741337782
    assert_eq!(published(article), "2025-03-07T08:56:22Z");
    assert_eq!(symbols(article), ["AAPL.US", "700.HK"]);
    assert_eq!(
        (&article.extra["author.name"], &article.extra["likes"]),
        (&vec!["Metals desk".to_owned()], &vec!["3".to_owned()])
    );
}

#[test]
fn rows_of_a_set_of_news_are_articles() {
    let found = articles(Splitter::Csv, "fnspid.csv");
    let [(2, ford), (5, tractors)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (ford.title.as_str(), published(ford).as_str()),
        ("Ford adds a shift in Ohio, and 200 jobs", "2023-12-16T23:00:00Z")
    );
    assert_eq!(ford.body, "Ford adds a shift.\n\n\"Demand is back,\" the plant said.");
    assert_eq!(
        (ford.url.as_str(), symbols(ford)),
        ("https://news.example/ford-adds-shift", vec!["F.US".to_owned()])
    );
    assert_eq!(ford.extra["Publisher"], ["Example Wire"]);
    assert_eq!((tractors.body.as_str(), tractors.description.as_str()), ("", "Sales of tractors slow."));
}

#[test]
fn a_feed_of_sentiments_is_a_list_of_articles() {
    let found = articles(Splitter::Json, "alphavantage.json");
    let [(5, chips), (17, oil)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (chips.title.as_str(), published(chips).as_str()),
        ("Chip maker raises its outlook", "2024-01-10T15:30:00Z")
    );
    assert_eq!((symbols(chips), symbols(oil)), (vec!["NVDA.US".to_owned(), "AMD.US".to_owned()], vec![]));
    assert_eq!(
        (&chips.extra["source"], &chips.extra["authors"]),
        (&vec!["Example Wire".to_owned()], &vec!["Ann Reed".to_owned()])
    );
}

#[test]
fn headlines_of_an_api_are_articles() {
    let found = articles(Splitter::Json, "finnhub.json");
    let [(1, exports), (2, quiet)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (exports.id.as_str(), exports.title.as_str()),
        ("finnhub.json#25286", "More sops for exporters & banks")
    );
    assert_eq!(symbols(exports), ["AAPL.US", "MSFT.US"]);
    // date -u -d @1569550360, in seconds and in milliseconds
    for article in [exports, quiet] {
        assert_eq!(published(article), "2019-09-27T02:12:40Z");
        assert_eq!(article.extra["source"], ["Example Wire"]);
    }
}

#[test]
fn columns_may_have_chinese_names() {
    let found = articles(Splitter::Csv, "akshare.csv");
    let [(2, article)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (article.title.as_str(), article.url.as_str()),
        ("白酒价格企稳", "http://news.example/a/202403071.html")
    );
    assert!(
        article.body.starts_with("白酒批发价格连续三周企稳，") && article.body.ends_with("渠道库存下降。")
    );
    assert_eq!(
        (published(article).as_str(), symbols(article)),
        ("2024-03-07T08:56:22Z", vec!["600519.SH".to_owned()])
    );
    assert_eq!(article.extra["文章来源"], ["示例财经"]);
}

#[test]
fn a_clipped_page_has_its_source_as_url() {
    let parsed = Article::parse(&bytes("clipper.md"), "clipper.md", &Keys::default());
    let article = parsed.value;
    assert_eq!(
        (article.url.as_str(), published(&article).as_str()),
        ("https://news.example/grid-batteries", "2025-03-07")
    );
    assert_eq!(article.extra["author"], ["Ann Reed", "Bo Lin"]);
    assert_eq!(article.extra["tags"], ["clippings", "energy"]);
    assert_eq!((&article.extra["created"], parsed.problems.len()), (&vec!["2025-03-09".to_owned()], 0));
}

#[test]
fn items_of_a_json_feed_are_articles() {
    let found = articles(Splitter::Json, "feed.json");
    let [(6, fees), (16, note)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((fees.id.as_str(), fees.url.as_str()), ("n-1", "https://feed.example/n-1"));
    assert_eq!(
        (fees.body.as_str(), published(fees).as_str()),
        ("Harbour fees rise in July.", "2025-03-07T00:00:00Z")
    );
    assert_eq!((&fees.extra["authors.name"], fees.extra["tags"].len()), (&vec!["Ann Reed".to_owned()], 2));
    assert_eq!((note.id.as_str(), note.title.as_str()), ("n-2", "A short note without a title."));
}

/// The article of a JSON object.
fn object(text: &str) -> Article {
    let keys = Keys::default();
    RecordParser::new(Format::Json, b"", &keys).parse(text.as_bytes(), "a.json").unwrap().value
}

#[test]
fn keys_are_the_same_in_any_spelling() {
    for key in ["published_at", "publishedAt", "Published At", "PUBLISHED-AT"] {
        assert_eq!(published(&object(&format!(r#"{{"title":"a","{key}":"2025-03-07"}}"#))), "2025-03-07");
        let page = format!("---\ntitle: a\n{key}: 2025-03-07\n---\nText.");
        let page = Article::parse(page.as_bytes(), "a.md", &Keys::default()).value;
        assert_eq!(published(&page), "2025-03-07", "{key}");
    }
}

#[test]
fn a_key_in_doubt_is_used_only_if_its_value_fits() {
    let article = object(
        r#"{"title":"a","source":"Reuters","time":"half past nine","related":"more of it","stock":"up"}"#,
    );
    assert_eq!((article.url.as_str(), article.published, symbols(&article).len()), ("", None, 0));
    assert_eq!(
        article.extra.keys().map(String::as_str).collect::<Vec<_>>(),
        ["related", "source", "stock", "time"]
    );
    let page = Article::parse(b"---\ntitle: a\nsource: Reuters\n---\nText.", "a.md", &Keys::default());
    assert_eq!(page.value.extra["source"], ["Reuters"]);
    assert!(page.problems.iter().all(|problem| problem.code != "bad-url"));
}

#[test]
fn members_are_found_in_objects() {
    let article = object(
        r#"{"id":7,"data":{"headline":{"main":"a"},"attributes":{"publishedAt":"2025-03-07"},"body":"b"}}"#,
    );
    assert_eq!((article.id.as_str(), article.title.as_str(), article.body.as_str()), ("a.json#7", "a", "b"));
    assert_eq!(article.extra["attributes.publishedAt"], ["2025-03-07"]);
}

#[test]
fn unix_time_is_a_date_in_front_matter_too() {
    for (written, expected) in [
        ("1741337782", "2025-03-07T08:56:22Z"),
        ("1741337782000", "2025-03-07T08:56:22Z"),
        ("1741337782.5", "2025-03-07T08:56:22.5Z"),
        ("1741337782000.25", "2025-03-07T08:56:22.00025Z"),
        ("1741337782000001", "2025-03-07T08:56:22.000001Z"),
        ("1741337782000000001", "2025-03-07T08:56:22.000000001Z"),
        // date -u -d @100000000
        ("100000000", "1973-03-03T09:46:40Z"),
        ("100000000000000000", "1973-03-03T09:46:40Z"),
    ] {
        let page = format!("---\ntitle: a\ndatetime: {written}\n---\nText.");
        assert_eq!(published(&Article::parse(page.as_bytes(), "a.md", &Keys::default()).value), expected);
        assert_eq!(published(&object(&format!(r#"{{"title":"a","datetime":{written}}}"#))), expected);
    }
}

#[test]
fn numbers_of_other_lengths_are_no_unix_time() {
    for written in ["17413377", "17413377820", "17413377820000000", "17413377820000000000", "1741337782."] {
        let article = object(&format!(r#"{{"title":"a","time":"{written}"}}"#));
        assert_eq!(article.published, None, "{written}");
    }
}

#[test]
fn a_text_may_be_a_list_of_paragraphs() {
    let (title, body) = (r#""title":"a""#, "First.\n\nSecond.");
    for list in [
        r#"["First.","Second."]"#,
        r#"[{"text":"First."},{"text":"Second."}]"#,
        r#"[{"type":"text","content":"First."},{"type":"image","url":"x"},{"content":"Second."}]"#,
        r#"[{"value":"First."},"Second."]"#,
    ] {
        for key in ["body", "content", "content_elements"] {
            assert_eq!(object(&format!(r#"{{{title},"{key}":{list}}}"#)).body, body, "{list}");
        }
        let article = object(&format!(r#"{{{title},"summary":{list},"body":"Text."}}"#));
        assert_eq!(article.description, body, "{list}");
        let page = format!("---\ntitle: a\nsummary: {list}\n---\nText.");
        let page = Article::parse(page.as_bytes(), "a.md", &Keys::default()).value;
        assert_eq!((page.description.as_str(), page.body.as_str()), (body, "Text."), "{list}");
        let keys = Keys::default();
        let row = format!("a,\"{}\"", list.replace('"', "\"\""));
        let parser = RecordParser::new(newsdex::article::Format::Csv, b",title,body", &keys);
        assert_eq!(parser.parse(row.as_bytes(), "a.csv").unwrap().value.body, body, "{list}");
    }
    let html = object(r#"{"title":"a","body":["<p>First.</p>","<p>Second.</p>"]}"#);
    assert_eq!(html.body, body);
    let untitled = object(r#"{"body":["First.","Second."]}"#);
    assert_eq!((untitled.title.as_str(), untitled.body.as_str()), ("First.", body));
    assert_eq!(object(r#"{"title":["a"],"date":["2025-03-07"],"body":["b"]}"#).title, "a");
}

#[test]
fn an_object_whose_text_is_a_list_of_blocks_is_one_article() {
    let keys = Keys::default();
    for (file, expected) in [
        (r#"{"title":"a","body":[{"text":"b"},{"text":"c"}]}"#, 1),
        (r#"{"content":[{"text":"b"},{"text":"c"}],"tags":[{"title":"x"}]}"#, 1),
        (r#"{"content":[{"title":"a","text":"b"},{"title":"c","text":"d"}]}"#, 2),
    ] {
        let mut number = 0;
        let mut each = |_, piece: Piece<'_>| number += usize::from(matches!(piece, Piece::Record(_)));
        Splitter::Json.split(&mut file.as_bytes(), &keys, 10_000, &mut each).unwrap();
        assert_eq!(number, expected, "{file}");
    }
}

#[test]
fn types_of_extended_json_are_what_they_hold() {
    for date in [
        r#"{"$date":"2024-05-01T08:00:00Z"}"#,
        r#"{"$date":1714550400000}"#,
        r#"{ "$date" : {"$numberLong": "1714550400000"} }"#,
    ] {
        // date -u -d @1714550400
        let expected = "2024-05-01T08:00:00Z";
        let json = format!(
            r#"{{"_id":{{"$oid":"6631f0"}},"title":"a","date":{date},"likes":{{"$numberInt":"3"}},"seen":[{date},{date}],"by":{{"at":{date}}}}}"#
        );
        let of_json = object(&json);
        let page = Article::parse(format!("{json}\n\nText.").as_bytes(), "a.md", &Keys::default()).value;
        let lines = format!(
            "_id: {{$oid: \"6631f0\"}}\ntitle: a\ndate: {date}\nlikes: {{$numberInt: 3}}\nseen: [{date}, {date}]\nby: {{at: {date}}}"
        );
        let yaml = Article::parse(format!("---\n{lines}\n---\nText.").as_bytes(), "a.md", &Keys::default());
        for article in [of_json, page, yaml.value] {
            assert_eq!((article.id.as_str(), published(&article).as_str()), ("6631f0", expected), "{date}");
            assert_eq!(article.extra["likes"], ["3"]);
            assert_eq!(article.extra["seen"], [expected, expected]);
            assert_eq!(article.extra["by.at"], [expected]);
        }
    }
    // Numbers of a date are milliseconds, however few digits they have: date -u -d @-86400
    let early = object(r#"{"title":"a","date":{"$date":{"$numberLong":"-86400000"}}}"#);
    assert_eq!(published(&early), "1969-12-31T00:00:00Z");
    assert_eq!(object(r#"{"title":"a","x":{"$date":1,"y":2}}"#).extra["x.y"], ["2"]);
    let deep = format!(r#"{{"title":"a","x":{}1{}}}"#, r#"{"$date":"#.repeat(99), "}".repeat(99));
    assert_eq!(object(&deep).title, "a");
}

#[test]
fn shapes_of_services_are_read() {
    // What each says of title, text or summary, instant and securities.
    let at = "2025-03-07T08:56:22Z";
    let cases = [
        // JSON:API, as Seeking Alpha and Strapi have it
        (
            r#"{"id":"1","type":"news","attributes":{"publishOn":"2025-03-07T03:56:22-05:00","title":"a","content":"b"}}"#,
            "b",
            at,
            "",
        ),
        (
            r#"{"id":1,"attributes":{"title":"a","body":"b","publishedAt":"2025-03-07T08:56:22Z"}}"#,
            "b",
            at,
            "",
        ),
        (
            r#"{"attributes.title":"a","attributes.content":"b","attributes.publishOn":"2025-03-07T08:56:22Z"}"#,
            "b",
            at,
            "",
        ),
        // WordPress
        (
            r#"{"id":1,"date":"2025-03-07T16:56:22","date_gmt":"2025-03-07T08:56:22","title":{"rendered":"a"},"content":{"rendered":"<p>b</p>"}}"#,
            "b",
            at,
            "",
        ),
        // Arc
        (
            r#"{"headlines":{"basic":"a"},"display_date":"2025-03-07T08:56:22Z","content_elements":[{"type":"text","_id":"x","content":"b"}]}"#,
            "b",
            at,
            "",
        ),
        // Polygon, Tiingo, Marketaux, Benzinga, Yahoo, GDELT
        (
            r#"{"title":"a","published_utc":"2025-03-07T08:56:22Z","article_url":"https://e.example/a","tickers":["AAPL"]}"#,
            "",
            at,
            "AAPL.US",
        ),
        (r#"{"title":"a","publishedDate":"2025-03-07T08:56:22Z","tickers":["aapl"]}"#, "", at, "AAPL.US"),
        (
            r#"{"uuid":"u","title":"a","snippet":"s","published_at":"2025-03-07T08:56:22Z","entities":[{"symbol":"AAPL","name":"Apple"}]}"#,
            "",
            at,
            "AAPL.US",
        ),
        (
            r#"{"title":"a","teaser":"t","body":"<p>b</p>","created":"Fri, 07 Mar 2025 03:56:22 -0500","stocks":[{"name":"AAPL"},{"name":"BRK.B"}]}"#,
            "b",
            at,
            "AAPL.US BRK.B.US",
        ),
        (
            r#"{"id":"y","content":{"title":"a","summary":"s","displayTime":"2025-03-07T08:56:22Z","canonicalUrl":{"url":"https://e.example/a"}}}"#,
            "",
            at,
            "",
        ),
        (r#"{"title":"a","providerPublishTime":1741337782,"relatedTickers":["AAPL"]}"#, "", at, "AAPL.US"),
        (r#"{"title":"a","seendate":"20250307T085622Z","url":"https://e.example/a"}"#, "", at, ""),
        // EastMoney, Sina, CLS, Jin10, Wallstreetcn
        (
            r#"{"title":"a","digest":"d","showTime":"2025-03-07 08:56:22","uniqueUrl":"http://e.example/a"}"#,
            "",
            at,
            "",
        ),
        (r#"{"title":"a","intro":"i","ctime":"1741337782","docurl":"https://e.example/a"}"#, "", at, ""),
        (
            r#"{"title":"a","brief":"c","content":"b","ctime":1741337782,"shareurl":"https://e.example/a","stock_list":[{"name":"贵州茅台","StockID":"sh600519"}]}"#,
            "b",
            at,
            "600519.SH",
        ),
        (
            r#"{"id":"2","time":"2025-03-07 08:56:22","type":0,"data":{"title":"a","content":"b"}}"#,
            "b",
            at,
            "",
        ),
        (
            r#"{"title":"a","content_text":"b","display_time":1741337782,"uri":"https://e.example/a"}"#,
            "b",
            at,
            "",
        ),
    ];
    for (json, body, instant, securities) in cases {
        let article = object(json);
        let found = (article.title.as_str(), article.body.as_str(), published(&article));
        assert_eq!(found, ("a", body, instant.to_owned()), "{json}");
        assert_eq!(symbols(&article).join(" "), securities, "{json}");
        assert_eq!(article.url.ends_with("e.example/a"), json.contains("e.example"), "{json}");
    }
}

#[test]
fn small_mistakes_of_json_are_mended_and_told() {
    let keys = Keys::default();
    let parser = RecordParser::new(Format::Json, b"", &keys);
    let cases: [(&[u8], &str, &[&str]); 8] = [
        (b"{\"title\": \"Copper\", \"price\": NaN}", "Copper", &["json-repaired"]),
        (b"{\"title\": \"Copper\", \"body\": \"a\tb\",}", "Copper", &["json-repaired"]),
        (b"{\"title\": \"Copper\nrises\"}", "Copper rises", &["json-repaired"]),
        (b"{\"title\": \"Copper\x80\"}", "Copper\u{fffd}", &["invalid-utf8"]),
        (b"{\"title\": \"\xe9\", \"price\": -Infinity}", "\u{fffd}", &["invalid-utf8", "json-repaired"]),
        (b"{\"title\": \"Copper\", \"price\": 1}", "Copper", &[]),
        // Half of a pair of UTF-16 is no character; both halves are one.
        (br#"{"title": "Copper", "mood": "\ud83d"}"#, "Copper", &["json-repaired"]),
        (br#"{"title": "Copper \ud83d\ude00"}"#, "Copper \u{1f600}", &[]),
    ];
    for (bytes, title, codes) in cases {
        let parsed = parser.parse(bytes, "a.json").unwrap();
        let found: Vec<&str> = parsed.problems.iter().map(|problem| problem.code).collect();
        assert_eq!((&*parsed.value.title, &*found), (title, codes), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_block_with_a_title_of_its_own_takes_no_text_from_the_others() {
    let article = object(
        r#"{"title":"a","body":[{"type":"text","content":"Copper rose"},{"type":"image","title":"pic"}]}"#,
    );
    assert_eq!(article.body, "Copper rose");
}

#[test]
fn an_article_may_be_in_eight_objects() {
    let within = |objects: usize| {
        format!("{}{{\"title\":\"Copper\"}}{}", "{\"a\":".repeat(objects), "}".repeat(objects))
    };
    let keys = Keys::default();
    let parser = RecordParser::new(Format::Json, b"", &keys);
    for objects in [0, 1, 5, 8] {
        let read = parser.parse(within(objects).as_bytes(), "a.jsonl#1");
        assert_eq!(read.map(|read| read.value.title), Ok("Copper".to_owned()), "{objects}");
    }
    assert!(parser.parse(within(9).as_bytes(), "a.jsonl#1").is_err());
}

#[test]
fn what_is_no_article_is_told_in_words_of_its_format() {
    let keys = Keys::default();
    let reason = |format, text: &str| {
        let read = RecordParser::new(format, b"", &keys).parse(text.as_bytes(), "a");
        let unread = read.expect_err(text);
        assert_eq!(unread.code, "no-title-or-text");
        unread.reason
    };
    for page in ["<html><body></body></html>", "<html lang=en><body><img src=a></body></html>"] {
        assert_eq!(reason(Format::Html, page), "the page has no title and no text");
    }
    assert_eq!(reason(Format::Json, "{}"), "it has no title and no text");
    assert_eq!(
        reason(Format::Json, r#"{"summary":"Copper rose.","uuid":"abc-def"}"#),
        "a summary alone, without a date, a URL or an id of seven digits, is no article: summary, uuid"
    );
    let told = Outline::of(br#"{"summary":"Copper rose.","uuid":"abc-def"}"#, &keys).unwrap().complaint;
    assert!(told.starts_with("a summary alone, "), "{told}");
    assert_eq!(
        reason(Format::Json, r#"{"summary":"","date":"2025-03-07"}"#),
        "none of its keys is a title or a text: summary, date"
    );
}

#[test]
fn a_key_in_doubt_makes_no_article() {
    for (json, is_article) in [
        (r#"{"digest":"sha256:1","date":"2025-03-07"}"#, false),
        (r#"{"summary":"s","date":"2025-03-07"}"#, true),
        (r#"{"summary":"s"}"#, false),
    ] {
        let outline = Outline::of(json.as_bytes(), &Keys::default()).unwrap();
        assert_eq!(outline.is_article(), is_article, "{json}");
    }
}

#[test]
fn the_keys_and_columns_of_a_record_are_bounded() {
    let (keys, count) = (Keys::default(), (1 << 16) + 5);
    let codes = |parser: &RecordParser<'_>, bytes: &[u8]| {
        let parsed = parser.parse(bytes, "a").unwrap();
        assert_eq!(parsed.value.title, "Copper");
        parsed.problems.iter().map(|problem| problem.message.to_string()).find(|said| said.contains("65536"))
    };
    let members: Vec<String> = (1..count).map(|n| format!("\"k{n}\":{n}")).collect();
    let text = format!("{{\"title\":\"Copper\",{}}}", members.join(","));
    let parser = RecordParser::new(Format::Json, b"", &keys);
    let told = "the record has more than 65536 keys; the others were left out";
    assert_eq!(codes(&parser, text.as_bytes()).as_deref(), Some(told));
    assert_eq!(codes(&parser, b"{\"title\": \"Copper\", \"k\": 1}"), None);
    let names: Vec<String> = (1..count).map(|n| format!("k{n}")).collect();
    let head = format!(",title,{}", names.join(","));
    let parser = RecordParser::new(newsdex::article::Format::Csv, head.as_bytes(), &keys);
    let row = "Copper".to_owned() + &",1".repeat(count - 1);
    assert_eq!(codes(&parser, row.as_bytes()).as_deref(), Some(&*told.replace("keys", "columns")));
    let short = parser.parse(&row.as_bytes()[..row.len() - 2], "a").unwrap_err();
    assert_eq!(short.reason, format!("the row has {} columns instead of {count}", count - 1));
}

#[test]
fn the_key_of_a_member_is_kept() {
    let keys = Keys::default();
    let parser = RecordParser::new(Format::Json, b"", &keys);
    let parsed = parser.parse(br#""AAPL": {"title": "Apple", "tags": ["a", "b"]}"#, "a.json").unwrap();
    assert_eq!((&*parsed.value.title, &*parsed.value.id), ("Apple", "a.json"));
    assert_eq!(parsed.value.extra["key"], ["AAPL"]);
    assert_eq!(parsed.value.extra["tags"], ["a", "b"]);
    assert_eq!(parsed.problems, []);
    assert_eq!(parser.parse(br#""AAPL": 5"#, "a.json").unwrap_err().code, "bad-record");
}

#[test]
fn what_cannot_be_read_is_told() {
    let keys = Keys::default();
    let parser = RecordParser::new(Format::Json, b"", &keys);
    let cases: [(&[u8], &str); 4] = [
        (b"{\"title\": \xff}", "bad-record"),
        (b"{\"title\": }", "bad-record"),
        (b"[1]", "bad-record"),
        (b"{\"open\": 1}", "no-title-or-text"),
    ];
    for (bytes, code) in cases {
        assert_eq!(parser.parse(bytes, "a.json").unwrap_err().code, code);
    }
}

#[test]
fn other_keys_are_bounded() {
    let many: Vec<String> =
        (0..1_000).map(|n| format!(r#""k{n}":"{}""#, "x".repeat(66_000 / (1 + n * n)))).collect();
    let article = object(&format!(r#"{{"title":"a",{}}}"#, many.join(",")));
    assert_eq!((article.extra.len(), article.extra["k0"][0].len()), (250, 65_000));
}
