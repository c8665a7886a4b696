//! An engine must find what an index without any index finds: the same sets, totals, counts, groups and order of dates.
//!
//! The oracle keeps plain articles and looks at each of them, by what the query language says. What is ranked is not
//! compared, as the oracle ranks nothing; laws of ranking are beside it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod articles;
mod compare;
mod counting;
mod history;
mod laws;
mod matching;
mod memory;
mod questions;
mod snapshot;
mod stored;

use crate::cluster::TestIndex;
use articles::{IDS, schema, sessions};
use compare::{Question, same_answers, same_contents, same_terms};
use history::{Session, apply};
use memory::MemoryIndex;
use newsdex::{
    index::{Index as _, KeyOrder, Location, Snapshot, Sort},
    query::Query,
    search::{Filters, SearchError, Searcher},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use questions::{language, tree, typed};
use tempfile::TempDir;

/// A query as a tree or as a text.
#[derive(Clone, Debug)]
enum Asked {
    Tree(Query),
    Typed(String),
}

/// Zones whose days begin at other instants, that have changed their clocks, or that have left a day out.
const ZONES: [&str; 5] = ["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kolkata", "Pacific/Apia"];

/// Free keys, and fields of the user's own, by whose values articles are ordered.
const ORDERS: [&str; 6] = ["tags", "stats.likes", "created", "author", "event", "rating"];

fn questions() -> impl Strategy<Value = Vec<(Asked, Question)>> {
    let asked = prop_oneof![tree().prop_map(Asked::Tree), typed().prop_map(Asked::Typed)];
    let without = option::weighted(0.2, select(&IDS[..]).prop_map(str::to_owned));
    let key = (select(&ORDERS[..]), any::<bool>());
    let sort = key.prop_map(|(key, descending)| Sort::Key(KeyOrder { key: key.to_owned(), descending }));
    let limits = (0..4_usize, 0..5_usize, prop_oneof![Just(usize::MAX), 0..4_usize]);
    let cut = (limits, select(&ZONES[..]), without, sort);
    let question = |((offset, limit, facet_limit), zone, without, sort)| Question {
        query: Query::All,
        offset,
        limit,
        facet_limit,
        zone,
        without,
        sort,
    };
    vec((asked, cut.prop_map(question)), 12)
}

/// The question that was asked, once what it names is looked up; none where its text is refused.
fn resolved(
    asked: &Asked,
    question: &Question,
    tested: &dyn Snapshot,
    oracle: &dyn Snapshot,
) -> Result<Option<Question>, TestCaseError> {
    let text = match asked {
        Asked::Tree(query) => return Ok(Some(Question { query: query.clone(), ..question.clone() })),
        Asked::Typed(text) => text,
    };
    let language = language(oracle.schema());
    let resolve = |snapshot| match Searcher::new(snapshot, &language).resolve(text, &Filters::default()) {
        Ok(resolved) => Some(resolved.query),
        Err(SearchError::Words { .. }) => None,
        Err(error) => panic!("{text}: {error}"),
    };
    let query = resolve(oracle);
    prop_assert_eq!(&resolve(tested), &query, "{}", text);
    Ok(query.map(|query| Question { query, ..question.clone() }))
}

/// That the index at a location, once it has gone through some sessions, answers questions as the oracle does: then, and when
/// it has been merged and opened again.
fn same_as_oracle(
    location: &Location,
    sessions: &[Session],
    questions: &[(Asked, Question)],
) -> Result<(), TestCaseError> {
    let oracle = MemoryIndex::new(schema());
    apply(&oracle, sessions, &|| {});
    let oracle = oracle.snapshot().unwrap();
    // An engine that looks after itself has no maintenance.
    let maintenance = location.maintenance().ok();
    let optimize = || maintenance.iter().for_each(|maintenance| maintenance.optimize().unwrap());

    let index = location.create_or_open(&schema()).unwrap();
    apply(&*index, sessions, &optimize);
    let tested = index.snapshot().unwrap();
    same_contents(&*tested, &*oracle)?;
    let mut asked = Vec::new();
    for (one, question) in questions {
        asked.extend(resolved(one, question, &*tested, &*oracle)?);
    }
    for question in &asked {
        same_answers(&*tested, &*oracle, question, maintenance.is_some())?;
        same_terms(&*tested, &*oracle, &question.query, false)?;
    }

    drop((tested, index));
    optimize();
    let reopened = location.open().unwrap().snapshot().unwrap();
    same_contents(&*reopened, &*oracle)?;
    for question in &asked {
        same_answers(&*reopened, &*oracle, question, maintenance.is_some())?;
        same_terms(&*reopened, &*oracle, &question.query, maintenance.is_some())?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_embedded_engine_answers_as_the_oracle(sessions in sessions(), questions in questions()) {
        let folder = TempDir::new().unwrap();
        same_as_oracle(&Location::from(folder.path()), &sessions, &questions)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cluster_answers_as_the_oracle(sessions in sessions(), questions in questions()) {
        if let Some(index) = TestIndex::new() {
            same_as_oracle(&Location::parse(index.0.as_ref()).unwrap(), &sessions, &questions)?;
        }
    }
}
