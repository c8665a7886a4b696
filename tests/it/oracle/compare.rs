//! Demands that two engines give the same answers, but for what ranks and for the order of equals.

use super::articles::{IDS, LOCALES, PATHS};
use jiff::tz::TimeZone;
use newsdex::{
    index::{
        Facet, FacetBy, FacetRequest, Fetch, FieldTerms, IndexError, Ledger, RecordFilter, Snapshot, Sort,
        StoredArticle, key_hash,
    },
    query::{Query, Slot},
    search::{self, Answer, Hit, Request},
    source::path_hash,
    symbol::Symbol,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};

type Same = Result<(), TestCaseError>;

/// A query with how its answer is cut and counted.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub query: Query,
    pub offset: usize,
    pub limit: usize,
    pub facet_limit: usize,
    pub zone: &'static str,
    pub without: Option<String>,
    /// An order by a key.
    pub sort: Sort,
}

/// As many hits as there can be.
const ALL: usize = 100;

/// That two snapshots hold the same.
pub(super) fn same_contents(tested: &dyn Snapshot, oracle: &dyn Snapshot) -> Same {
    let contents = |snapshot: &dyn Snapshot| -> BTreeMap<String, String> {
        let all = scanned(snapshot, &Query::All, Fetch::Full).unwrap();
        all.iter().map(|article| (article.path.clone(), written(article))).collect()
    };
    prop_assert_eq!(contents(tested), contents(oracle));

    let status = |snapshot: &dyn Snapshot| {
        let mut status = snapshot.status().unwrap();
        let counts: Vec<u64> = status.locales.iter().map(|(_, count)| *count).collect();
        assert!(counts.is_sorted_by(|a, b| a >= b), "most first: {counts:?}");
        status.locales.sort();
        (status.articles, status.pages, status.excluded, status.locales, status.keys, status.published)
    };
    prop_assert_eq!(status(tested), status(oracle));

    let mut keys: Vec<String> = IDS.iter().map(|id| (*id).to_owned()).collect();
    keys.extend(IDS.iter().flat_map(|id| LOCALES.map(|locale| format!("{id}/{locale}"))));
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let articles = |snapshot: &dyn Snapshot| -> Vec<Option<String>> {
        snapshot.articles(&keys).unwrap().iter().map(|found| found.as_ref().map(written)).collect()
    };
    prop_assert_eq!(articles(tested), articles(oracle));

    prop_assert_eq!(ledger(tested.ledger().unwrap()), ledger(oracle.ledger().unwrap()));
    let mut sources: Vec<u64> = PATHS.iter().skip(1).map(|path| path_hash(path)).collect();
    sources.sort_unstable();
    let keys = IDS.iter().take(4).flat_map(|id| LOCALES.map(|locale| key_hash(id, locale))).collect();
    for filter in [
        RecordFilter::Keys(keys),
        RecordFilter::Keys(HashSet::new()),
        RecordFilter::Sources { sources: sources.clone(), below: vec!["/news".into()] },
        RecordFilter::Sources { sources, below: vec!["/news/below".into(), "/newsroom/a.md".into()] },
    ] {
        prop_assert_eq!(tested.records(&filter).unwrap(), oracle.records(&filter).unwrap(), "{:?}", filter);
    }
    Ok(())
}

/// That two snapshots answer a question alike. `by_term` says that the engine tested counts a document for each of several terms
/// that it has, as the oracle does, and not once.
pub(super) fn same_answers(
    tested: &dyn Snapshot,
    oracle: &dyn Snapshot,
    question: &Question,
    by_term: bool,
) -> Same {
    // An index may refuse what asks for too much; what it does not refuse it answers.
    let found = match scanned(tested, &question.query, Fetch::Metadata) {
        Err(IndexError::TooMuch(_)) => return Ok(()),
        found => paths(&found.unwrap()),
    };
    let expected = paths(&scanned(oracle, &question.query, Fetch::Metadata).unwrap());
    prop_assert_eq!(found, expected, "{}", question.query);
    for sort in Sort::FIXED.into_iter().chain([question.sort.clone()]) {
        for grouped in [true, false] {
            let mut request = request(question, sort.clone(), grouped);
            // What is counted does not depend on the order.
            request.facets = if sort == Sort::Newest { facets(question.facet_limit) } else { Vec::new() };
            let (all, expected) = (answer(tested, &request), answer(oracle, &request));
            same_counts(&all, &expected, &question.query)?;
            let shown = |answer: &Answer| match (&sort, grouped) {
                // Which page of an article is shown is a matter of rank.
                (Sort::Relevance, true) => sorted_articles(&answer.hits),
                (Sort::Relevance, false) => sorted_hits(answer),
                (Sort::Newest | Sort::Oldest | Sort::Key(_), _) => hits(answer),
            };
            prop_assert_eq!(shown(&all), shown(&expected), "{:?} {}: {}", sort, grouped, question.query);
            (request.offset, request.limit) = (question.offset, question.limit);
            request.facets.clear();
            let (some, expected_some) = (answer(tested, &request), answer(oracle, &request));
            same_counts(&some, &expected_some, &question.query)?;
            prop_assert_eq!(some.hits.len(), expected_some.hits.len());
            if sort != Sort::Relevance {
                prop_assert_eq!(hits(&some), hits(&expected_some), "{:?}: {}", sort, question.query);
                let values = |answer: &Answer| -> Vec<_> {
                    answer.hits.iter().map(|hit| hit.place.clone().map(|place| place.value)).collect()
                };
                prop_assert_eq!(values(&some), values(&expected_some), "{:?}: {}", sort, question.query);
            }
            // What comes after a place is what comes after so many documents.
            let last = all.hits.get(question.offset);
            if let Some(place) = last.and_then(|last| last.place.clone()) {
                (request.after, request.offset, request.limit) = (Some(place), 0, ALL);
                let rest = hits(&answer(tested, &request));
                prop_assert_eq!(
                    &rest[..],
                    &hits(&expected)[question.offset + 1..],
                    "{:?}: {}",
                    sort,
                    question.query
                );
            }
            let ids = |answer: &Answer| -> BTreeSet<String> {
                answer.hits.iter().map(|hit| hit.article.id.clone()).collect()
            };
            prop_assert!(ids(&some).is_subset(&ids(&all)));
        }
    }
    // Of an article in several locales that which is preferred is shown.
    let mut request = request(question, Sort::Newest, true);
    request.prefer = vec!["zh-HK".into(), "zh".into()];
    let shown = |snapshot: &dyn Snapshot| sorted_hits(&answer(snapshot, &request));
    prop_assert_eq!(shown(tested), shown(oracle), "zh is preferred: {}", question.query);
    same_live_doc_freqs(tested, oracle, &question.query, by_term)
}

/// That two snapshots have the same terms and securities; `exact` says that the one tested has no removed documents.
pub(super) fn same_terms(tested: &dyn Snapshot, oracle: &dyn Snapshot, query: &Query, exact: bool) -> Same {
    let (symbols, mut expected) = (tested.symbols().unwrap(), oracle.symbols().unwrap());
    prop_assert!(symbols.is_sorted_by_key(Symbol::facet));
    expected.sort_by_key(Symbol::facet);
    prop_assert!(expected.iter().all(|symbol| symbols.contains(symbol)));
    prop_assert!(!exact || symbols == expected, "{:?} {:?}", symbols, expected);
    for FieldTerms { field, terms } in field_terms(query) {
        let doc_freqs = |snapshot: &dyn Snapshot| -> BTreeMap<String, u64> {
            let freqs = snapshot.doc_freqs(field.as_deref(), std::slice::from_ref(&terms)).unwrap().remove(0);
            assert!(freqs.is_sorted_by(|(_, a), (_, b)| a >= b), "most first: {freqs:?}");
            freqs.into_iter().collect()
        };
        let (found, expected) = (doc_freqs(tested), doc_freqs(oracle));
        for (term, doc_freq) in &expected {
            prop_assert!(found.contains_key(term), "{} of {:?}", term, field);
            prop_assert!(field.is_none() || found[term] >= *doc_freq, "{} of {:?}", term, field);
        }
        if exact {
            prop_assert!(found.keys().eq(expected.keys()), "{:?}: {:?} {:?}", field, found, expected);
            // Without a field the embedded engine has the number of the field that has the term most often, not that of
            // the documents; of a key with several spellings it has the sum.
            let is_sum = field.as_deref() == Some("tags");
            prop_assert!(
                is_sum || field.is_none() || found == expected,
                "{:?}: {:?} {:?}",
                field,
                found,
                expected
            );
        }
    }
    Ok(())
}

fn same_live_doc_freqs(tested: &dyn Snapshot, oracle: &dyn Snapshot, query: &Query, by_term: bool) -> Same {
    let terms = field_terms(query);
    let freqs = |snapshot: &dyn Snapshot| snapshot.live_doc_freqs(&terms).unwrap();
    let (found, expected) = (freqs(tested), freqs(oracle));
    if by_term {
        prop_assert_eq!(found, expected, "{:?}", terms);
        return Ok(());
    }
    let is_within = |(found, expected): (&u64, &u64)| found <= expected && (*found == 0) == (*expected == 0);
    prop_assert!(found.iter().zip(&expected).all(is_within), "{:?} {:?}: {:?}", found, expected, terms);
    Ok(())
}

/// The sets of terms that a query asks for.
fn field_terms(query: &Query) -> Vec<FieldTerms> {
    let mut terms = Vec::new();
    query.each_words(&mut |words| {
        let of_slot = |slot: &Slot| FieldTerms { field: words.field.clone(), terms: slot.terms.clone() };
        terms.extend(words.slots.iter().map(of_slot));
    });
    terms
}

fn request(question: &Question, sort: Sort, grouped: bool) -> Request {
    let mut request = Request::new(question.query.clone());
    (request.sort, request.grouped, request.limit) = (sort, grouped, ALL);
    request.without.clone_from(&question.without);
    request.zone = TimeZone::get(question.zone).unwrap();
    request
}

/// Everything that can be counted, and of paths of the user's own the first level too.
fn facets(limit: usize) -> Vec<FacetRequest> {
    let by = |name: &str, field: &str, levels| FacetBy { name: name.into(), field: field.into(), levels };
    let all = [
        by("symbol", "symbol", None),
        by("market", "symbol", Some(1)),
        by("venue", "symbol", Some(2)),
        by("locale", "locale", None),
        by("kind", "kind", None),
        by("id", "id", None),
        by("author", "author", None),
        by("topic", "topic", None),
        by("topic", "topic", Some(1)),
        by("tags", "tags", None),
        by("stats.likes", "stats.likes", None),
        by("year", "published", Some(1)),
        by("month", "published", Some(2)),
        by("day", "published", Some(3)),
    ];
    all.map(|by| FacetRequest { by, limit }).into()
}

fn answer(snapshot: &dyn Snapshot, request: &Request) -> Answer {
    search::search(snapshot, request).unwrap()
}

fn same_counts(found: &Answer, expected: &Answer, query: &Query) -> Same {
    let totals = |answer: &Answer| (answer.total, answer.pages, answer.articles);
    prop_assert_eq!(totals(found), totals(expected), "{}", query);
    for (found, expected) in found.facets.iter().zip(&expected.facets) {
        same_facet(found, expected, query)?;
    }
    Ok(())
}

/// That the counts are the same. Which of the values with one count are left out, and their order, is not defined; of a
/// calendar the order is.
fn same_facet(found: &Facet, expected: &Facet, query: &Query) -> Same {
    prop_assert_eq!(&found.by, &expected.by);
    prop_assert_eq!(found.distinct, expected.distinct, "{:?}: {}", found, query);
    let least = |facet: &Facet| facet.counts.iter().map(|(_, count)| *count).min();
    let above = |facet: &Facet| -> BTreeSet<(String, u64)> {
        let is_whole = facet.counts.len() == facet.distinct;
        let is_sure = |(_, count): &&(String, u64)| is_whole || Some(*count) > least(facet);
        facet.counts.iter().filter(is_sure).cloned().collect()
    };
    let counts = |facet: &Facet| {
        let mut counts: Vec<u64> = facet.counts.iter().map(|(_, count)| *count).collect();
        if facet.by.is_calendar() {
            counts.sort_unstable_by(|a, b| b.cmp(a));
        }
        counts
    };
    prop_assert_eq!(counts(found), counts(expected), "{:?} {:?}: {}", found, expected, query);
    prop_assert_eq!(above(found), above(expected), "{}", query);
    if found.by.is_calendar() {
        prop_assert!(found.counts.is_sorted(), "in order of time: {:?}", found);
    }
    Ok(())
}

/// The hits in order, each with the locales beside it.
fn hits(answer: &Answer) -> Vec<(String, Vec<String>)> {
    answer.hits.iter().map(|hit| (hit.article.key.clone(), hit.also.clone())).collect()
}

/// The hits in alphabetical order, each with the locales beside it.
fn sorted_hits(answer: &Answer) -> Vec<(String, Vec<String>)> {
    let mut hits = hits(answer);
    hits.sort();
    hits
}

/// The articles that were hit, each with its locales, in alphabetical order.
fn sorted_articles(hits: &[Hit]) -> Vec<(String, Vec<String>)> {
    let article = |hit: &Hit| {
        let shown = Some(&hit.article.locale).filter(|locale| !locale.is_empty());
        let mut locales: Vec<String> = hit.also.iter().chain(shown).cloned().collect();
        locales.sort();
        (hit.article.id.clone(), locales)
    };
    let mut articles: Vec<_> = hits.iter().map(article).collect();
    articles.sort();
    articles
}

fn scanned(snapshot: &dyn Snapshot, query: &Query, fetch: Fetch) -> Result<Vec<StoredArticle>, IndexError> {
    let batches: Result<Vec<_>, _> = search::scan(snapshot, query, fetch)?.collect();
    Ok(batches?.into_iter().flatten().collect())
}

fn paths(articles: &[StoredArticle]) -> Vec<String> {
    let mut paths: Vec<String> =
        articles.iter().map(|article| format!("{} {}", article.path, article.key)).collect();
    paths.sort();
    paths
}

/// All that an index tells of an article; of symbols their other readings too, but not how sure they are.
fn written(article: &StoredArticle) -> String {
    let symbol = |(symbol, places): &(newsdex::symbol::Symbol, newsdex::article::MentionPlaces)| {
        let others: Vec<String> = symbol.alternatives().iter().map(ToString::to_string).collect();
        format!("{symbol} {others:?} {places:?}")
    };
    let symbols: Vec<String> = article.symbols.iter().map(symbol).collect();
    format!("{symbols:?} {:?}", StoredArticle { symbols: Vec::new(), ..article.clone() })
}

/// All that a ledger tells.
fn ledger(mut ledger: Ledger) -> String {
    ledger.excluded.sort_by(|a, b| (&a.path, a.record).cmp(&(&b.path, b.record)));
    let known: Vec<_> = PATHS.iter().map(|path| ledger.get(path_hash(path))).collect();
    let unheld: BTreeSet<_> = ledger.unheld().into_iter().collect();
    let duplicates = ledger.duplicate_keys(&[]);
    format!("{:?} {known:?} {unheld:?} {duplicates:?} {:?}", ledger.unseen(), ledger.excluded)
}
