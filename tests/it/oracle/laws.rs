//! Laws of ranking, which no oracle can tell: what must not change the score of an article.

use super::{
    articles::{distinct_articles, schema},
    questions::{language, tree, typed},
};
use jiff::Timestamp;
use newsdex::{
    article::{Article, Moment, read_date},
    index::{ExcludedFile, Index, Location, Snapshot, WriterOptions},
    query::Query,
    search::{self, Request},
    source::File,
};
use proptest::{collection::vec, prelude::*, sample::Index as Choice};
use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};
use tempfile::TempDir;

/// An index in a folder of its own.
struct Indexed {
    folder: TempDir,
    index: Arc<dyn Index>,
}

impl Indexed {
    /// The articles in this order, so many to a commit.
    fn new<'a>(articles: impl IntoIterator<Item = &'a Article>, a_commit: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let index = Location::from(folder.path()).create_or_open(&schema()).unwrap();
        let indexed = Self { folder, index };
        let articles: Vec<&Article> = articles.into_iter().collect();
        let mut writer = indexed.index.writer(WriterOptions { threads: 1, memory: 0 }).unwrap();
        for some in articles.chunks(a_commit) {
            for article in some {
                let path = format!("/{}", article.key());
                writer.put(article, &File { path, ..File::default() }).unwrap();
            }
            writer.commit().unwrap();
        }
        writer.finish(true).unwrap();
        indexed
    }

    fn snapshot(&self) -> Arc<dyn Snapshot> {
        self.index.snapshot().unwrap()
    }

    fn remove(&self, article: &Article) {
        let mut writer = self.index.writer(WriterOptions { threads: 1, memory: 0 }).unwrap();
        writer.remove(&format!("/{}", article.key()));
        writer.commit().unwrap();
        writer.finish(true).unwrap();
    }

    /// The pages that a query finds, with their scores, best first.
    fn scores(&self, query: &Query) -> Vec<(String, f32)> {
        let mut request = Request::new(query.clone());
        (request.grouped, request.limit, request.snippets) = (false, 100, 0);
        let hits = search::search(&*self.snapshot(), &request).unwrap().hits;
        hits.into_iter().map(|hit| (hit.article.key, hit.score.unwrap())).collect()
    }
}

/// Whether two scores differ by no more than the order of their sums may make them.
fn are_near(a: f32, b: f32) -> bool {
    (a - b).abs() <= 1e-4 * a.abs().max(b.abs()).max(1.0)
}

fn queries() -> impl Strategy<Value = Vec<Query>> {
    let language = language(&schema());
    let read = move |text: String| Query::parse(&text, &language);
    let typed = typed().prop_map(read).prop_filter_map("fatal problems", |parsed| {
        parsed.problems.iter().all(|problem| !problem.fatal).then_some(parsed.value)
    });
    vec(prop_oneof![tree(), typed], 8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_ingest_changes_no_score(
        articles in distinct_articles(),
        queries in queries(),
        a_commit in 1..6_usize,
    ) {
        let (one, other) = (Indexed::new(&articles, articles.len()), Indexed::new(articles.iter().rev(), a_commit));
        for query in queries {
            let (hits, others) = (one.scores(&query), other.scores(&query));
            let of: BTreeMap<&str, f32> = others.iter().map(|(key, score)| (key.as_str(), *score)).collect();
            prop_assert_eq!(hits.len(), of.len(), "{}", query);
            for (key, score) in &hits {
                prop_assert!(are_near(*score, of[key.as_str()]), "{}: {:?} {:?}", query, hits, others);
            }
            // What is clearly better in the one comes first in the other.
            for (worse, better) in others.iter().enumerate().flat_map(|(at, worse)| {
                others[at + 1..].iter().map(move |better| (worse, better))
            }) {
                prop_assert!(worse.1 >= better.1 || are_near(worse.1, better.1), "{}: {:?}", query, others);
            }
        }
    }

    #[test]
    fn a_boost_of_1_changes_no_score(articles in distinct_articles(), queries in queries()) {
        let index = Indexed::new(&articles, 5);
        for query in queries {
            let boosted = boosted(&query);
            let (hits, others) = (index.scores(&query), index.scores(&boosted));
            let of: BTreeMap<&str, f32> = others.iter().map(|(key, score)| (key.as_str(), *score)).collect();
            prop_assert_eq!(hits.len(), of.len(), "{}", query);
            for (key, score) in &hits {
                prop_assert!(are_near(*score, of[key.as_str()]), "{}: {:?} {:?}", query, hits, others);
            }
        }
    }

    #[test]
    fn a_copy_of_an_article_scores_as_it_does(
        articles in distinct_articles(),
        chosen in any::<Choice>(),
        queries in queries(),
    ) {
        let article = chosen.get(&articles);
        let copy = Article { id: format!("{}000", article.id), ..article.clone() };
        let index = Indexed::new(articles.iter().chain([&copy]), 3);
        for query in queries.into_iter().filter(|query| !asks_for_an_id(query)) {
            let hits = index.scores(&query);
            let score = |article: &Article| {
                hits.iter().find(|(key, _)| *key == article.key()).map(|(_, score)| *score)
            };
            match (score(article), score(&copy)) {
                (Some(one), Some(other)) => prop_assert!(are_near(one, other), "{}: {:?}", query, hits),
                (one, other) => prop_assert_eq!(one, other, "{}: {:?}", query, hits),
            }
        }
    }

    #[test]
    fn an_optimize_after_removals_changes_no_set_of_hits(
        articles in distinct_articles(),
        gone in vec(any::<Choice>(), 1..4),
        queries in queries(),
    ) {
        let index = Indexed::new(&articles, 4);
        for gone in gone {
            index.remove(gone.get(&articles));
        }
        let sets = || -> Vec<Vec<String>> {
            let keys = |query: &Query| {
                let mut keys: Vec<String> = index.scores(query).into_iter().map(|(key, _)| key).collect();
                keys.sort();
                keys
            };
            queries.iter().map(keys).collect()
        };
        let before = sets();
        Location::from(index.folder.path()).maintenance().unwrap().optimize().unwrap();
        prop_assert_eq!(index.snapshot().status().unwrap().segments.map(|segments| segments < 2), Some(true));
        prop_assert_eq!(sets(), before);
    }
}

/// Articles with one text: the newest come first, those of one instant in the order of their keys, and those without a date last,
/// however they were written and however few are asked for.
#[test]
fn equally_relevant_articles_are_ordered_by_date_and_key() {
    let dates = [
        Some("2025-03-07T08:00:00Z"),
        None,
        Some("2025-03-05"),
        Some("2025-03-07T08:00:00Z"),
        Some("2024-12-31"),
    ];
    let article = |number: usize| Article {
        id: format!("{:02}", 37 * number % 60),
        title: "Solar glass".into(),
        body: "Makers of solar glass shut two furnaces.".into(),
        published: dates[number % dates.len()].and_then(read_date),
        ..Article::default()
    };
    let articles: Vec<Article> = (0..60).map(article).collect();
    let mut expected: Vec<(Reverse<Option<Timestamp>>, String)> = articles
        .iter()
        .map(|article| (Reverse(article.published.map(Moment::instant)), article.key()))
        .collect();
    expected.sort();
    let expected: Vec<String> = expected.into_iter().map(|(_, key)| key).collect();
    let language = language(&schema());
    for a_commit in [60, 7, 1] {
        let indexes = [Indexed::new(&articles, a_commit), Indexed::new(articles.iter().rev(), a_commit)];
        for text in [
            "solar",
            "solar glass",
            "\"solar glass\"",
            "sol*",
            "furnaces makers two",
            "glass OR shut OR wind",
        ] {
            let mut request = Request::new(Query::parse(text, &language).value);
            for limit in [3, 10, 60] {
                (request.limit, request.snippets) = (limit, 0);
                for index in &indexes {
                    let hits = search::search(&*index.snapshot(), &request).unwrap().hits;
                    let keys: Vec<String> = hits.into_iter().map(|hit| hit.article.key).collect();
                    assert_eq!(keys, expected[..limit], "{text}, {a_commit} a commit");
                }
            }
        }
    }
}

/// A document that says why a file has no article has no words.
#[test]
fn what_is_no_article_changes_no_score() {
    let article = |number: u32| Article {
        id: number.to_string(),
        title: "Solar glass".into(),
        body: "solar wind ".repeat(usize::try_from(number).unwrap()),
        ..Article::default()
    };
    let articles: Vec<Article> = (1..9).map(article).collect();
    let (one, other) = (Indexed::new(&articles, 8), Indexed::new(&articles, 8));
    let mut writer = other.index.writer(WriterOptions { threads: 1, memory: 0 }).unwrap();
    for number in 0..20 {
        let file = File { path: format!("/empty/{number}"), ..File::default() };
        let reason = ExcludedFile { code: "empty".into(), reason: "no text".into(), key: String::new() };
        writer.exclude(&file, &reason).unwrap();
    }
    writer.commit().unwrap();
    writer.finish(true).unwrap();
    let language = language(&schema());
    for text in ["solar", "solar wind", "\"solar glass\"", "\"wind solar\"~3", "win*", "solar -glass"] {
        let query = Query::parse(text, &language).value;
        assert_eq!(one.scores(&query), other.scores(&query), "{text}");
    }
}

/// The same query with a boost of 1 at every part that has a score: exclusions have none.
fn boosted(query: &Query) -> Query {
    let inner = match query {
        Query::Not(_) => return query.clone(),
        Query::And(parts) => Query::And(parts.iter().map(boosted).collect()),
        Query::Or(parts) => Query::Or(parts.iter().map(boosted).collect()),
        Query::Boost(inner, by) => Query::Boost(Box::new(boosted(inner)), *by),
        leaf => leaf.clone(),
    };
    Query::Boost(Box::new(inner), 1.0)
}

/// Whether a query tells an article from its copy.
fn asks_for_an_id(query: &Query) -> bool {
    match query {
        Query::And(parts) | Query::Or(parts) => parts.iter().any(asks_for_an_id),
        Query::Not(inner) | Query::Boost(inner, _) => asks_for_an_id(inner),
        leaf => {
            let mut asks = false;
            leaf.each_words(&mut |words| asks |= words.field.as_deref() == Some("id"));
            asks
        }
    }
}
