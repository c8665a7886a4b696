//! Pages of HTML of different shapes, with the text that a reader finds in them.

use newsdex::article::{Article, Format, Keys, RecordParser, read_date};
use proptest::prelude::*;
use std::{collections::HashMap, fs, path::PathBuf};

/// The pages of `tests/html`, each with its text.
const PAGES: [&str; 24] = [
    "amp", "banner", "breaks", "broken", "cell", "chinese", "divs", "hant", "layout", "linked", "list",
    "live", "long", "minified", "mobile", "news", "paywall", "portal", "readers", "script", "short", "soup",
    "table", "teasers",
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/html")
}

fn article(bytes: &[u8]) -> Article {
    let keys = Keys::default();
    RecordParser::new(Format::Html, b"", &keys).parse(bytes, "saved/page.html").expect("an article").value
}

fn page(name: &str) -> Article {
    article(&fs::read(folder().join(name).with_extension("html")).expect("a page"))
}

/// How often each word occurs; each Han character is one.
fn words(text: &str) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    let is_han = |c: char| ('\u{2e80}'..='\u{9fff}').contains(&c);
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        for part in word.split_inclusive(is_han).filter(|part| !part.is_empty()) {
            *found.entry(part.to_lowercase()).or_default() += 1;
        }
    }
    found
}

/// Precision and recall of the words of a text.
fn measure(found: &str, wanted: &str) -> (f64, f64) {
    let (found, wanted) = (words(found), words(wanted));
    let both: usize = found.iter().map(|(word, count)| *count.min(wanted.get(word).unwrap_or(&0))).sum();
    let share = |all: &HashMap<String, usize>| {
        f64::from(u32::try_from(both).expect("few"))
            / f64::from(u32::try_from(all.values().sum::<usize>()).expect("few"))
    };
    (share(&found), share(&wanted))
}

#[test]
fn the_text_of_a_page_is_that_of_its_article() {
    let mut poor = Vec::new();
    for name in PAGES {
        let wanted = fs::read_to_string(folder().join(name).with_extension("txt")).expect("a text");
        let (precision, recall) = measure(&page(name).body, &wanted);
        if precision < 0.97 || recall < 0.99 {
            poor.push(format!("{name}: precision {precision:.3}, recall {recall:.3}: {:?}", page(name).body));
        }
    }
    assert!(poor.is_empty(), "{}", poor.join("\n"));
}

/// A page whose article ends with some blocks.
fn ending_with(blocks: &str) -> Article {
    let page = format!(
        "<title>Phones sell again</title><article><h1>Phones sell again</h1>\
         <p>Shops sold more phones in March than in any month since the summer, the ministry said.</p>{blocks}</article>"
    );
    article(page.as_bytes())
}

#[test]
fn a_paragraph_is_kept_whatever_its_first_words() {
    for paragraph in [
        "Advertisement revenue fell 12% at YouTube in the first quarter, its owner said.",
        "Become a member of the euro area, and rates converge within a year, economists say.",
        "Share this of the market grew to a third, from a quarter in the year before.",
        "Related: sales of phones rose in the east as well, but more slowly than in the west.",
        "Subscribe to our view or not, prices will fall, the bank wrote to its clients.",
        "相关报道称，手机销量在三月份升至去年夏天以来的最高水平。",
    ] {
        let body = ending_with(&format!("<p>{paragraph}</p>")).body;
        assert!(body.ends_with(paragraph), "{paragraph}: {body}");
    }
    for notice in [
        "<p>ADVERTISEMENT</p>",
        "<p>Become a member of our club</p>",
        "<p>Related: <a href=/1>Sales of phones rose in the east as well, but more slowly than in the west.</a></p>",
    ] {
        let body = ending_with(notice).body;
        assert!(body.ends_with("the ministry said."), "{notice}: {body}");
    }
}

#[test]
fn a_label_alone_does_not_drop_good_text() {
    let said = "<p>“We expect phones to sell well until the autumn”, said Ada Brandt of Nordkai Bank.</p>\
                <p>“The rise is owed to one maker alone”, said Ines Moreau of the Harbour Institute.</p>";
    for label in ["COMMENTS:", "Comment", "POPULAR", "Trending"] {
        let body = ending_with(&format!("<section><h2>{label}</h2>{said}</section>")).body;
        assert!(body.contains("until the autumn") && body.contains("one maker alone"), "{label}: {body}");
    }
    // Labels that only a site has, a class, a tag, and links agree with them.
    let titles = "<p><a href=/1>Tin slips for a third day in a row</a> <a href=/2>Ferry line to list shares</a> \
                  The owners will sell a third of it in spring, and the rest of it in the year after.</p>";
    for beside in [
        format!("<section><h2>2 comments</h2>{said}</section>"),
        format!("<section><h2>Leave a comment</h2>{said}</section>"),
        format!("<section><h2>Reader comments</h2>{said}</section>"),
        format!("<section class=comments><h2>Comments</h2>{said}</section>"),
        format!("<aside><h2>Comments</h2>{said}</aside>"),
        format!("<section><h2>Trending</h2>{titles}</section>"),
    ] {
        let body = ending_with(&beside).body;
        assert!(body.ends_with("the ministry said."), "{beside}: {body}");
    }
}

#[test]
fn each_line_of_the_text_is_a_line_of_the_page() {
    for name in PAGES {
        let source = fs::read_to_string(folder().join(name).with_extension("html")).expect("a page");
        let source: Vec<&str> = source.lines().collect();
        let article = page(name);
        for (below, line) in article.body.lines().enumerate() {
            let of_page = source[article.body_line as usize - 1 + below];
            let line = line.replace('\u{2029}', " ");
            for word in line.split(|c: char| !c.is_ascii_alphabetic()) {
                assert!(of_page.contains(word), "{name}: {word:?} is not in {of_page:?}");
            }
        }
    }
}

#[test]
fn the_members_of_a_page_are_read_from_its_head() {
    let news = page("news");
    assert_eq!(news.title, "Copper climbs as smelters cut output");
    assert_eq!(news.description, "Three smelters said they would run below capacity until spring.");
    assert_eq!((news.id.as_str(), news.locale.as_str()), ("481516234", "en-GB"));
    assert_eq!(news.url, "https://gazette.example/markets/news/481516234");
    assert_eq!(news.published, read_date("2026-03-05T08:30:00Z"));
    let extra = |article: &Article, key: &str| article.extra.get(key).cloned().unwrap_or_default();
    assert_eq!(extra(&news, "tags"), ["copper", "smelters", "London Metal Exchange"]);
    assert_eq!(extra(&news, "author"), ["Ines Moreau"]);
    assert_eq!(extra(&news, "source"), ["The Harbour Gazette"]);

    let amp = page("amp");
    assert_eq!(amp.title, "Bank of Valdoro holds its key rate at 3.5 per cent");
    assert_eq!(amp.published, read_date("2026-02-11T12:00:00+01:00"));
    assert_eq!(extra(&amp, "tags"), ["rates", "central bank"]);

    let chinese = page("chinese");
    assert_eq!(chinese.title, "港口集团三季度净利润增长两成");
    assert_eq!((chinese.locale.as_str(), chinese.published), ("zh-CN", read_date("2026-10-28 18:05")));
    assert_eq!(extra(&chinese, "tags"), ["港口", "净利润", "航运"]);

    assert_eq!(page("linked").body.split('\u{2029}').count(), 3);
    assert_eq!(page("soup").title, "Ferry line to list shares");
    let minified = page("minified");
    assert_eq!((minified.body_line, minified.published), (1, read_date("2026-07-02")));
    // Its paragraphs stand on one line, so that no line feed divides them.
    assert_eq!(minified.body.split('\u{2029}').count(), 4);
}

#[test]
fn a_page_is_decoded_as_it_declares() {
    // GB 18030: 铜 is CDAD, 价 is BCDB, 上 is C9CF, 涨 is D5C7.
    let words = b"\xcd\xad\xbc\xdb\xc9\xcf\xd5\xc7";
    for declaration in
        ["<meta charset=gbk>", "<META http-equiv=Content-Type content='text/html; charset=GB2312'>"]
    {
        let bytes = [b"<title>a</title>", declaration.as_bytes(), b"<p>", &words[..], b"</p>"].concat();
        assert_eq!(article(&bytes).body, "铜价上涨");
    }
    // What is valid in UTF-8 is that: a page was saved in it and kept what it declared before.
    assert_eq!(article("<meta charset=gbk><p>铜价上涨</p>".as_bytes()).body, "铜价上涨");
    // UTF-16 has a mark.
    let wide: Vec<u8> = "\u{feff}<p>铜价上涨</p>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(article(&wide).body, "铜价上涨");
    // What is declared wrongly does not count.
    assert_eq!(
        article(b"<meta charset=utf-8><p>It costs \xa3100 in London.</p>").body,
        "It costs £100 in London."
    );
}

#[test]
fn html_in_the_fields_of_a_record_is_text() {
    let keys = Keys::default();
    let parser = RecordParser::new(Format::Json, b"", &keys);
    let read = |json: &str| parser.parse(json.as_bytes(), "a.jsonl#1").expect("an article").value;
    let html = read(
        r#"{"title":"<b>Tin</b> slips","summary":" <p>Tin &amp; zinc</p>","body":"<div><p>Tin fell\nto a low.</p><script>x</script><p>铜价\n上涨<br>1 &lt; 2</p></div>"}"#,
    );
    assert_eq!((html.title.as_str(), html.description.as_str()), ("Tin slips", "Tin & zinc"));
    assert_eq!(html.body, "Tin fell to a low.\n\n铜价上涨\n\n1 < 2");
    let markdown = read(r#"{"title":"<GM> gains","body":"Tin **fell** to <b>a low</b>."}"#);
    assert_eq!((markdown.title.as_str(), markdown.body.as_str()), ("<GM> gains", "Tin fell to a low."));
}

/// What a careless or hostile page may hold. Anything that is not linear would not end here.
#[test]
fn hostile_pages_are_read_in_linear_time() {
    let many = |text: &str| text.repeat((1 << 20) / text.len());
    let pages = [
        many("<div>"),
        many("</div>"),
        many("<div>x"),
        many("<p>x"),
        many("<li>x<ul>"),
        many("<table><tr><td>x"),
        many("<b><a href=x>"),
        many("<svg>"),
        many("<nav><h1>"),
        many("<article>x</article>"),
        many("<!--"),
        many("<a b"),
        many("&"),
        many("&#x1;"),
        many("\0"),
        many("]]><![CDATA["),
        many("<script>{"),
        many("<meta name=a content=b>"),
        format!("<p class=\"{}\">x</p>", many("ad ")),
        format!("<p>{}", many("word ")),
        format!("<script type=application/ld+json>{}", many("[")),
        format!("<title>{}", many("t")),
        format!("<p>x</p><{}>", many("q")),
        format!("<p>x</p><p {}>", many("b ")),
    ];
    let keys = Keys::default();
    for page in pages {
        let parser = RecordParser::new(Format::Html, b"", &keys);
        if let Ok(read) = parser.parse(page.as_bytes(), "page.html") {
            assert!(read.value.body.len() <= 2 * page.len());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_page(parts in proptest::collection::vec(prop_oneof![
        proptest::sample::select(vec![
            "<div>", "</div>", "<p>", "<h1>", "</h1>", "<td>", "<tr>", "<table>", "</table>", "<nav>", "</nav>", "<article>", "<main>",
            "<li>", "<ul>", "<a href='x'>", "</a>", "<script>", "</script>", "<svg>", "<!--", "-->", "<br>", "&#10;", "&lt;", "\n", " ",
            "<title>", "</title>", "<p class='ad'>", "A sentence of words that is long enough to be good.", "铜价上涨，冶炼厂减产。",
            "<meta charset=gbk>", "<script type='application/ld+json'>{\"@type\":\"Article\",\"articleBody\":\"x\"}</script>",
        ]).prop_map(|part| part.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
    ], 0..60)) {
        let page = parts.concat();
        let keys = Keys::default();
        if let Ok(read) = RecordParser::new(Format::Html, b"", &keys).parse(&page, "page.html") {
            let article = read.value;
            prop_assert!(!article.title.contains('\n') && !article.title.is_empty());
            prop_assert!(!article.body.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            prop_assert_eq!(article.body.trim(), article.body.as_str());
            let lines = 1 + page.iter().filter(|byte| matches!(**byte, b'\n' | b'\r')).count();
            let line_feeds = article.body.matches('\n').count();
            prop_assert!(article.body_line as usize + line_feeds <= lines, "{:?} of {} lines", article.body, lines);
        }
    }
}
