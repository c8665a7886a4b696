//! Which of the articles that are found comes first.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::{
    index::{Positions, Statistics, StoredArticle},
    query::{Clock, Fields, Language, Query},
    schema::Schema,
    search::{RERANK_FIELDS, RerankBoost, Reranker},
};

/// A bench with one article for each title and body, `200000001` the first.
fn with(articles: &[(&str, &str)]) -> Workbench {
    let bench = Workbench::new();
    for (id, (title, body)) in (200_000_001_u64..).zip(articles) {
        let page = format!(
            "---\ntitle: \"{title}\"\ntype: \"News\"\nlocale: \"en\"\nurl: \"https://n.example/en/news/{id}.md\"\n\
             datetime: \"2025-03-0{}T08:00:00Z\"\n---\n\n{body}\n",
            id % 10
        );
        bench.write(&format!("{id}.md"), &page);
    }
    bench.ingest();
    bench
}

fn key(number: u64) -> String {
    format!("{}/en", 200_000_000 + number)
}

#[test]
fn words_that_stand_together_count_for_more() {
    let filler = "and then the board said little of note about what it had planned for the autumn ";
    let bench = with(&[
        ("One", &format!("The solar farm. {filler} The glass maker.")),
        ("Two", &format!("The glass solar farm. {filler} The maker.")),
        ("Three", &format!("The solar glass farm. {filler} The maker.")),
    ]);
    assert_eq!(bench.keys(&["solar glass"]), [key(3), key(2), key(1)], "near and in order comes first");
    let told = bench.ok(&["query", "solar glass", "--explain", "--limit", "1"]);
    assert!(told.contains("rerank: query terms near each other"), "{told}");
    assert!(told.contains("`solar`: idf"), "{told}");
    // Pages of hits go together.
    for (offset, expected) in ["0", "1", "2"].into_iter().zip([key(3), key(2), key(1)]) {
        let page = bench.json(&["query", "solar glass", "-n1", "--offset", offset, "--format", "json"]);
        assert_eq!(page["hits"][0]["key"], expected.as_str());
    }
}

#[test]
fn single_characters_of_a_chinese_question_count() {
    let bench = with(&[
        ("甲", "该电池厂的总部位于福建省宁德市，产品销往欧洲各国。"),
        ("乙", "该电池厂创建于二〇一一年，产品销往欧洲各国的市场。"),
        ("丙", "该电池厂雇用员工十万人，产品销往欧洲各国的市场去。"),
    ]);
    // 创立 and 创建 have no pair in common.
    assert_eq!(bench.relaxed_keys(&["该电池厂是在什么时候创立的呢"])[0], (key(2), true));
}

#[test]
fn what_makes_a_question_is_not_looked_for() {
    let bench = with(&[
        ("甲", "什么是好公司？什么时候买入？什么人适合？"),
        ("乙", "钙钛矿电池的转换效率达到了百分之三十三。"),
    ]);
    assert_eq!(bench.keys(&["钙钛矿电池的转换效率是什么"]), [key(2)]);
    let asked = bench.ok(&["query", "--analyze", "什么时候买入什么人适合呢"]);
    assert!(!asked.contains("什么 "), "{asked}");
}

#[test]
fn a_whole_title_comes_first() {
    let bench = with(&[
        ("Solar glass prices fall again as solar glass makers add solar glass", "solar glass prices fall"),
        ("Solar glass prices", "A long note about many other things, none of which is told in its heading."),
        ("宁德时代", "公司公告。"),
        ("宁德时代发布新电池，宁德时代股价上涨", "宁德时代宁德时代宁德时代"),
    ]);
    assert_eq!(bench.keys(&["Solar glass: prices!"])[0], key(2));
    assert_eq!(bench.keys(&["宁德时代"])[0], key(3));
    assert_eq!(bench.keys(&["宁德时代", "--locale", "en"])[0], key(3), "a filter changes nothing");
    assert_eq!(bench.keys(&["glass solar prices"])[0], key(1), "the order of the words matters");
    let told = bench.ok(&["query", "solar glass prices", "--explain", "-n1"]);
    assert!(told.contains("the title equals the query"), "{told}");
    let bench = with(&[
        ("Shares in $TSLA.US fall as makers of cars do", "Nothing."),
        ("你应该现在买入贵州茅台的股票吗", "没有。"),
        ("你应该", "你应该现在买入贵州茅台的股票，现在买入贵州茅台的股票，现在买入贵州茅台。"),
        ("Glass", "solar"),
        ("Wind", "glass and solar, solar glass and glass"),
    ]);
    assert_eq!(bench.keys(&["Shares in $TSLA.US fall as makers of cars do"])[0], key(1), "with a notation");
    assert_eq!(bench.keys(&["你应该现在买入贵州茅台的股票吗"])[0], key(2), "with what makes a question");
    assert_eq!(bench.keys(&["glass (solar OR wind)"])[0], key(5), "more was typed than the title");
}

#[test]
fn a_code_brings_what_is_about_its_security_first() {
    let bench = with(&[
        ("Cars", "The cat sat on a tsla tsla tsla tsla sticker for low prices, low, low."),
        ("Carmaker $TSLA.US cuts prices", "It said so in a filing which names many other things too. tsla"),
        ("Two makers", &format!("{} $TSLA.US and tsla.", "Much is said of other things. ".repeat(40))),
        ("Again $TSLA.US cuts prices", "It said so in another filing of things. tsla"),
        ("Lowest prices at $LOW.US", "It is low."),
    ]);
    for typed in ["TSLA", "$TSLA", "TSLA.US"] {
        let keys = bench.keys(&[typed]);
        assert_eq!(keys[..2], [key(4), key(2)], "{typed}: the newest of those about it");
    }
    for typed in ["tsla", "low", "low prices", "LOW prices"] {
        let answer = bench.json(&["query", typed, "--format", "json"]);
        assert!(answer["hits"][0]["score"].as_f64().unwrap() < 100.0, "{typed} is words");
    }
}

#[test]
fn pages_of_hits_meet_where_the_rerank_ends() {
    let bench = Workbench::new();
    for id in 0..120_u64 {
        let apart = "and other words ".repeat(usize::try_from(id * 7 % 5).unwrap());
        bench.article(&format!("{id}.md"), 200_000_000 + id, "03-07", &format!("solar {apart} glass"));
    }
    bench.ingest();
    let whole = bench.keys(&["solar glass"]);
    assert_eq!(whole.len(), 120);
    for offset in ["0", "20", "45", "49", "50", "51", "100", "119", "120"] {
        let from: usize = offset.parse().unwrap();
        let answer = bench.json(&["query", "solar glass", "-n7", "--offset", offset, "--format", "json"]);
        let page: Vec<&str> =
            answer["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap()).collect();
        assert_eq!(page, whole[from..120.min(from + 7)], "{offset}");
    }
}

/// Statistics by which some sets of terms are equally rare, with an idf of about 2.
fn equally_rare(sets: usize) -> Statistics {
    Statistics { docs: 1000, mean_length: 20.0, doc_freqs: vec![134; sets] }
}

/// What the rerank adds for a body, where every word is equally rare.
fn added(query: &str, body: &str) -> RerankBoost {
    let query = Query::parse(query, &Language::new(Fields::default(), Clock::utc())).value;
    let (terms, boosts) = Reranker::terms(&query);
    let statistics = equally_rare(terms.len());
    let look = Reranker::new(&terms, &boosts, &statistics, &Schema::built_in().unwrap());
    let article =
        |body: &str| look.features(&StoredArticle { body: body.into(), ..StoredArticle::default() });
    // An article without any of it is looked at as well, so that characters tell.
    look.added(&[article(body), article("nothing of it")])[0]
}

#[test]
fn each_thing_that_the_rerank_sees_counts() {
    let near = |query: &str, body: &str| added(query, body).nearness;
    let in_order = near("solar glass", "some solar glass of a maker in the far west");
    let reversed = near("solar glass", "some glass solar of a maker in the far west");
    let apart = near("solar glass", "some solar of a glass maker in the far west");
    let too_far = near("solar glass", "solar of some maker in the very far west has no glass");
    assert!(in_order > reversed && reversed > apart && apart > 0.0, "{in_order} {reversed} {apart}");
    assert!(too_far.abs() < f32::EPSILON, "{too_far}");
    let boosted = near("solar^0.01 glass^0.01", "some solar glass of a maker in the far west");
    assert!(boosted < in_order / 10.0, "a boost is one of what is added, too");

    let question = "钙钛矿电池转换效率达到多高";
    let filler = "这里说的是别的事情与所问的没有任何关系可言罢了";
    let together = added(question, &format!("钙钛矿电池转换效率{filler}"));
    let scattered = added(question, &format!("钙钛矿电池{filler}转换效率"));
    assert!(together.passage > scattered.passage && scattered.passage > 0.0);
    assert!((together.characters - scattered.characters).abs() < 1e-6, "the same characters");
    assert!(together.characters > added(question, &format!("钙钛矿电池{filler}")).characters);
}

/// What the rerank adds for words in places of an article of so many words.
fn added_by_places(query: &str, words: u16, places: &[(usize, u32)]) -> RerankBoost {
    let query = Query::parse(query, &Language::new(Fields::default(), Clock::utc())).value;
    let (terms, boosts) = Reranker::terms(&query);
    let statistics = equally_rare(terms.len());
    let look = Reranker::new(&terms, &boosts, &statistics, &Schema::built_in().unwrap());
    let body = RERANK_FIELDS.iter().position(|field| *field == "body").unwrap();
    let mut article = Positions { fields: vec![Vec::new(); RERANK_FIELDS.len()], length: f32::from(words) };
    article.fields[body].extend(places.iter().map(|(term, position)| (*position, *term)));
    look.added(&[look.features_at(article)])[0]
}

#[test]
fn places_tell_the_rerank_what_a_text_tells() {
    let text = added("solar glass", "Some solar glass of a maker of solar panels, and the glass");
    assert!(text.nearness > 0.0);
    let in_any_order = [(1, 2), (1, 11), (0, 1), (0, 7)];
    assert_eq!(added_by_places("solar glass", 12, &in_any_order), text);
    // A word that is also a form of the next one is the first, as in a text.
    let text = added("solar sol* glass", "solar glass");
    assert_eq!(added_by_places("solar sol* glass", 2, &[(1, 0), (0, 0), (2, 1)]), text);
    let beyond = added_by_places("solar glass", 11, &[(0, 1 << 20), (1, (1 << 20) + 1)]);
    assert!(beyond.sum().abs() < f32::EPSILON, "only so much of an article is looked at");
}

#[test]
fn english_is_ranked_the_same_without_its_texts() {
    let bench = Workbench::new();
    for id in 0..30_u64 {
        let apart = "and other words ".repeat(usize::try_from(id * 7 % 5).unwrap());
        let title = if id % 4 == 0 { "Solar power of glasses" } else { "Something else" };
        let body = format!("solar {apart} glass, which solarpark{id} had, solar glasses {apart}");
        let page = format!("---\ntitle: {title}\nid: {}\n---\n\n{body}\n", 200_000_000 + id);
        bench.write(&format!("{}/{id}.md", id % 3), &page);
    }
    bench.ok(&["ingest", "news", "--quiet", "--index", "with", "--threads", "1"]);
    bench.ok(&["ingest", "news", "--quiet", "--index", "without", "--store", "none", "--threads", "1"]);
    std::fs::remove_dir_all(bench.news()).unwrap();
    let scores = |index: &str, query: &str| {
        let answer = bench.json(&["query", query, "--index", index, "-n30", "--format", "json"]);
        let hit = |hit: &serde_json::Value| (hit["key"].clone(), hit["score"].clone());
        answer["hits"].as_array().unwrap().iter().map(hit).collect::<Vec<_>>()
    };
    for query in ["solar glass", "title:solar glass", "solar OR \"solar glass\" OR power", "glas* solar^3"] {
        let with = scores("with", query);
        assert!(with.len() > 7, "{query}");
        assert!(with.iter().any(|(_, score)| *score != with[0].1), "{query}");
        assert_eq!(scores("without", query), with, "{query}");
    }
}

#[test]
fn the_page_that_was_scored_is_explained() {
    let bench = Workbench::new();
    let page = |locale: &str, body: &str| {
        let page = format!("---\ntitle: T {locale}\nid: one\nlocale: {locale}\n---\n\n{body}\n");
        bench.write(&format!("{locale}.md"), &page);
    };
    page("en", "solar glass and solar glass");
    page("zh-CN", "solar 电池 and other words, then glass");
    bench.ingest();
    let told = bench.ok(&["query", "solar glass", "--prefer", "zh-CN", "--explain"]);
    assert!(told.contains("one/zh-CN") && told.contains("of the page one/en"), "{told}");
}

#[test]
fn scores_fade_with_age_where_that_is_asked() {
    let bench = Workbench::new();
    let days_ago = |days: i64| jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
    let page = |id: &str, date: &str, body: &str| {
        bench.write(&format!("{id}.md"), &format!("---\ntitle: T\nid: {id}\n{date}---\n\n{body}\n"));
    };
    let dated = |days: i64| format!("date: {}\n", days_ago(days));
    page("old", &dated(40), "glass glass glass");
    page(
        "new",
        &dated(1),
        "A few words of which one is glass, and the others are of no interest to anybody.",
    );
    page("undated", "", "glass glass glass glass");
    bench.ingest();
    assert_eq!(bench.keys(&["glass"]), ["undated", "old", "new"]);
    assert_eq!(bench.keys(&["glass", "--recency", "2d"]), ["new", "old", "undated"]);
    assert_eq!(bench.keys(&["glass", "--recency", "90d"]), ["old", "new", "undated"]);
    assert_eq!(bench.keys(&["glass", "--recency", "30y"]).len(), 3);
    let told = bench.ok(&["query", "glass", "--recency", "30d", "--explain"]);
    assert!(told.contains("2^(-age / half-life)"), "{told}");
    for wrong in ["soon", "0d", "-3d", "99999999999y"] {
        let said = bench.fails(&["query", "glass", &format!("--recency={wrong}")], 2);
        assert!(said.contains("--recency"), "{said}");
    }
    bench.fails(&["query", "glass", "--recency", "3d", "--sort", "newest"], 2);
    bench.fails(&["query", "--since", "2020", "--recency", "3d"], 2);
}

#[test]
fn an_equals_sign_takes_a_word_as_it_is_written() {
    let bench = with(&[("One", "a battery"), ("Two", "some batteries")]);
    assert_eq!(bench.keys(&["battery"]).len(), 2);
    assert_eq!(bench.keys(&["=battery"]), [key(1)]);
    assert_eq!(bench.keys(&["body:=batteries"]), [key(2)]);
    assert_eq!(bench.keys(&["=\"a battery\""]), [key(1)]);
    assert_eq!(bench.keys(&["a -=battery"]), [""; 0]);
    assert_eq!(bench.keys(&["=battery?"]), [key(1)], "a question mark at the end asks");
    let answer = bench.json(&["query", "=batter*", "--format", "json"]);
    assert_eq!(answer["total"], 2);
    assert!(answer["notes"][0].as_str().unwrap().contains("before a pattern"), "{answer}");
    assert_eq!(bench.keys(&["batter* -=battery"]), [key(2)]);
}

#[test]
fn what_is_asked_twice_is_asked_once_and_worth_twice() {
    let bench =
        with(&[("One", "The solar farm and the glass maker."), ("Two", "A glass maker. Another glass.")]);
    let asked = |query: &str| {
        let mut answer = bench.json(&["query", query, "--format", "json", "--explain"]);
        let hits = answer["hits"].as_array_mut().unwrap();
        let scores: Vec<_> =
            hits.iter().map(|hit| (hit["key"].to_string(), hit["score"].to_string())).collect();
        (scores, hits[0]["explanation"].to_string().matches("glass").count())
    };
    let (nested, told) = asked("glass OR (glass OR (glass OR glass))");
    let (flat, told_flat) = asked("glass^4");
    assert_eq!(nested, flat);
    assert_eq!(told, told_flat, "it is walked through once");
    let (nested, _) = asked("NOT x AND (glass OR (glass AND maker))");
    assert_eq!(nested.len(), 2, "an AND between them is kept");
}
