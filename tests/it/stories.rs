//! Near-copies, and articles like another.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::text::Sketch;
use proptest::prelude::*;

/// A text of so many words, the same for the same seed.
fn text(seed: u64, words: usize) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..words).map(|_| format!("word{}", next() % 2000)).collect()
}

#[test]
fn a_sketch_tells_near_copies() {
    let sketch = |words: &[String]| Sketch::of(&[&words.join(" ")]);
    // A sketch is a sample, and may err: how often do texts of which such a part is the same agree?
    let agreeing = |change: &dyn Fn(u64, &mut Vec<String>)| {
        let agrees = |seed: &u64| {
            let mut other = text(*seed, 300);
            change(*seed, &mut other);
            sketch(&text(*seed, 300)).agrees(sketch(&other))
        };
        (0..1000).filter(agrees).count()
    };
    assert_eq!(agreeing(&|_, _| ()), 1000, "the same text");
    assert_eq!(
        agreeing(&|_, words| words.iter_mut().for_each(|word| *word = word.to_uppercase() + ",")),
        1000
    );
    assert!(agreeing(&|_, words| words[100] = "other".into()) > 990, "one word of 300");
    assert!(agreeing(&|seed, words| words.extend(text(seed + 1000, 25))) > 950, "92 % in common");
    assert!(agreeing(&|seed, words| words.extend(text(seed + 1000, 200))) < 50, "60 % in common");
    assert_eq!(agreeing(&|seed, words| *words = text(seed + 1000, 300)), 0, "another text");
    assert!(!Sketch::of(&[""]).agrees(Sketch::of(&[""])), "nothing agrees with nothing");
    assert!(!Sketch::of(&["Stocks rose on Monday"]).agrees(Sketch::of(&["Stocks fell on Monday"])));
    assert!(Sketch::of(&["Stocks rose on Monday."]).agrees(Sketch::of(&["Stocks rose, on monday"])));
    // Short texts agree where all words do, whichever letter of whichever word differs.
    for length in 1..30 {
        for place in 0..length {
            let one = "x".repeat(length);
            let other = format!("{}y{}", &one[..place], &one[place + 1..]);
            let [one, other] = [one, other].map(|word| Sketch::of(&[&format!("This notice is of {word}")]));
            assert!(!one.agrees(other), "letter {place} of {length}");
        }
    }
    let han: String = ('\u{4e00}'..'\u{4f00}').collect();
    let parts = format!("{}，{}", &han[..300], &han[300..]);
    assert!(Sketch::of(&[&han]).agrees(Sketch::of(&[&parts])));
    let backwards: String = han.chars().rev().collect();
    assert!(!Sketch::of(&[&han]).agrees(Sketch::of(&[&backwards])));
}

proptest! {
    /// Sketches that agree have a band in common, so that looking there misses none.
    #[test]
    fn sketches_that_agree_share_a_band(bits in 1..u64::MAX, flips in prop::collection::vec(0..64_u32, 0..8)) {
        let one = Sketch::from_bits(bits);
        let other = Sketch::from_bits(flips.iter().fold(bits, |bits, flip| bits ^ 1 << flip));
        if one.agrees(other) {
            prop_assert!(one.bands().zip(other.bands()).any(|(a, b)| a == b));
        }
    }

    #[test]
    fn any_text_has_a_sketch(one in any::<String>(), other in any::<String>()) {
        let sketch = Sketch::of(&[&one, &other]);
        prop_assert!(sketch.bits() == 0 || sketch.agrees(Sketch::of(&[&one, &other])));
    }
}

/// A bench with three copies of one article, one that is too late, and others.
fn with_copies() -> Workbench {
    let bench = Workbench::new();
    let body = text(7, 120).join(" ");
    let page = |id: &str, at: &str, body: &str| {
        let page = format!("---\ntitle: Glass {id}\nid: {id}\nlocale: en\ndate: {at}\n---\n\n{body}\n");
        bench.write(&format!("{id}.md"), &page);
    };
    page("first", "2025-03-07T09:31:00Z", &format!("glass {body}"));
    page("second", "2025-03-07T11:00:00Z", &format!("glass glass {body}"));
    page("third", "2025-03-07T14:02:00Z", &format!("glass {body} and a line more"));
    page("late", "2025-06-07T09:31:00Z", &format!("glass {body}"));
    page("other", "2025-03-07T09:31:00Z", &format!("glass {}", text(8, 120).join(" ")));
    page("undated", "", &format!("glass {body}"));
    bench.ingest();
    bench
}

#[test]
fn near_copies_are_one_story() {
    let bench = with_copies();
    let answer = bench.json(&["query", "glass", "--stories", "--format", "json"]);
    assert_eq!(
        (&answer["articles"], &answer["stories"], &answer["total"]),
        (&6.into(), &4.into(), &4.into())
    );
    let hits = answer["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 4);
    let story = hits.iter().find(|hit| hit["copies"].is_object()).unwrap();
    assert!(["first", "second", "third"].contains(&story["id"].as_str().unwrap()));
    let expected = serde_json::json!(
        {"count": 2, "first": "2025-03-07T09:31:00Z", "last": "2025-03-07T14:02:00Z"}
    );
    assert_eq!(story["copies"], expected);
    assert_eq!(hits.iter().filter(|hit| hit["copies"].is_object()).count(), 1);
    let shown = bench.ok(&["query", "glass", "--stories"]);
    assert!(shown.contains("+2 near-duplicates, first 09:31, last 14:02"), "{shown}");
    assert!(shown.contains("6 articles in 4 stories"), "{shown}");
    assert_eq!(bench.ok(&["query", "glass", "--stories", "--count"]), "6 articles in 4 stories\n");
    // Page by page the same stories, each once, in any order of hits.
    for sort in ["relevance", "newest", "oldest"] {
        let mut seen: Vec<String> = Vec::new();
        for offset in ["0", "1", "2", "3", "4"] {
            let args = [
                "query",
                "glass",
                "--stories",
                "-n1",
                "--offset",
                offset,
                "--sort",
                sort,
                "--format",
                "json",
            ];
            let page = bench.json(&args);
            seen.extend(
                page["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().into()),
            );
        }
        let copies = seen.iter().filter(|id| ["first", "second", "third"].contains(&id.as_str())).count();
        assert_eq!((seen.len(), copies), (4, 1), "{sort}: {seen:?}");
    }
    assert!(bench.json(&["query", "glass", "--format", "json"])["stories"].is_null());
    assert!(bench.fails(&["query", "glass", "--stories", "--each-locale"], 2).contains("--stories"));
}

#[test]
fn any_page_of_an_article_makes_it_a_copy() {
    let bench = Workbench::new();
    let (en, zh) = (text(7, 120).join(" "), text(9, 120).join(" "));
    let page = |id: &str, locale: &str, time: &str, body: &str| {
        let page = format!(
            "---\ntitle: T\nid: {id}\nlocale: {locale}\ndate: 2025-03-07T{time}:00Z\n---\n\nglass {body}\n"
        );
        bench.write(&format!("{id}-{locale}.md"), &page);
    };
    page("one", "zh-CN", "09:00", &zh);
    page("one", "en", "09:05", &en);
    page("two", "en", "10:00", &en);
    page("two", "zh-CN", "10:05", &zh);
    page("three", "en", "11:00", &en);
    bench.ingest();
    assert_eq!(bench.ok(&["query", "glass", "--stories", "--count"]), "3 articles in 1 story\n");
}

#[test]
fn texts_without_words_are_no_copies() {
    let bench = Workbench::new();
    for id in 0..30 {
        let page =
            format!("---\ntitle: …\nid: e{id}\ndate: 2025-03-07\n---\n\n![](https://i.example/{id}.png)\n");
        bench.write(&format!("{id}.md"), &page);
    }
    bench.ingest();
    assert_eq!(bench.ok(&["query", "*", "--stories", "--count"]), "30 articles in 30 stories\n");
}

#[test]
fn translations_are_no_copies() {
    let bench = Workbench::with_corpus();
    let answer = bench.json(&["query", "--symbol", "600586", "--stories", "--format", "json"]);
    assert_eq!(
        (&answer["articles"], &answer["stories"], &answer["pages"]),
        (&1.into(), &1.into(), &3.into())
    );
    assert!(answer["hits"][0]["copies"].is_null());
    assert_eq!(answer["hits"][0]["also"].as_array().unwrap().len(), 2);
}

#[test]
fn articles_like_another_are_found() {
    let bench = Workbench::new();
    let bodies = [
        "The glass maker Xinyi cut its output of solar glass, as makers of perovskite modules asked for less glass.",
        "Solar glass output fell at Xinyi; perovskite modules need less of such glass, a maker said.",
        "The bank raised its interest rates, and its shares fell in Hong Kong on the news.",
        "A club sold its best player to another club, and the fans were not amused at all.",
    ];
    for (n, body) in (1..).zip(bodies) {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-07", body);
    }
    for n in 5..60 {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-08", &text(n, 40).join(" "));
    }
    bench.ingest();
    let keys = |args: &[&str]| -> Vec<String> {
        let answer = bench.json(&[&["similar", "--format", "json"], args].concat());
        answer["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap().into()).collect()
    };
    assert_eq!(keys(&["200000001/en"])[0], "200000002/en");
    assert_eq!(keys(&["200000001"])[0], "200000002/en", "an id alone will do");
    assert!(!keys(&["200000001"]).contains(&"200000001/en".to_owned()), "not the article itself");
    assert_eq!(keys(&["200000001", "--until", "2024"]), [""; 0], "filters hold");
    assert!(bench.ok(&["similar", "200000001", "--explain"]).contains("idf"));
    assert!(bench.fails(&["similar", "no-such-article"], 1).contains("no-such-article"));
}

#[test]
fn an_article_is_not_like_itself_whatever_its_id() {
    let bench = Workbench::new();
    let page = |id: &str, locale: &str, body: &str| {
        let page = format!("---\ntitle: T\nid: \"{id}\"\nlocale: {locale}\n---\n\n{body}\n");
        bench.write(&format!("{id}-{locale}.md"), &page);
    };
    let body = "Solar glass makers in Anhui cut their output of perovskite modules.";
    page("apple-ipad", "en", body);
    page("apple-ipad", "zh-CN", body);
    page("apple-ipad-pro", "en", body);
    page("———", "en", body);
    page("few", "en", "!");
    for n in 5..60 {
        bench.article(&format!("{n}.md"), 200_000_000 + n, "03-08", &text(n, 40).join(" "));
    }
    bench.ingest();
    let ids = |key: &str| -> Vec<String> {
        let answer = bench.json(&["similar", key, "--format", "json"]);
        let mut ids: Vec<String> =
            answer["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().into()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids("apple-ipad"), ["apple-ipad-pro", "———"]);
    assert_eq!(ids("apple-ipad-pro"), ["apple-ipad", "———"]);
    assert_eq!(ids("———"), ["apple-ipad", "apple-ipad-pro"]);
    let told = bench.command(&["similar", "few"]).output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(told.status.code() == Some(1) && text.contains("no rare terms"), "nothing to go by: {text}");
}
