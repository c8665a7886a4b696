//! Questions whose time is up.

use crate::workbench::Workbench;
use newsdex::{
    index::{Embedded, Fetch, Index as _, IndexError, until},
    query::{Clock, Language, Query, TermSet},
    search::{self, Filters, Request, SearchError, SearchOptions, Searcher},
};
use std::time::{Duration, Instant};

#[test]
fn a_question_is_given_up_when_its_time_is_up_and_harms_none_that_follows() {
    let bench = Workbench::new();
    for n in 0..20 {
        bench.article(
            &format!("{n}.md"),
            200_000_000 + n,
            "03-07",
            "solar glass and solar wind, polysilicon prices, $AAPL",
        );
    }
    bench.ingest();
    let index = Embedded::open(&bench.index()).expect("it can be asked");
    let snapshot = index.snapshot().expect("it can be asked");
    let language = Language::new(snapshot.schema().query_fields(), Clock::utc());
    let searcher = Searcher::new(&*snapshot, &language);
    let asked = |text: &str| searcher.resolve(text, &Filters::default()).expect("it can be asked");
    let options = SearchOptions { facets: search::overview(snapshot.schema()), ..SearchOptions::default() };
    let (now, later) = (Instant::now(), Instant::now() + Duration::from_secs(600));
    let late = |done: Result<(), IndexError>| matches!(done, Err(IndexError::Late));
    for text in ["solar", "sol*", "\"glass solar\"~4", "solar OR wind", "/pol.*/", "polysilicn~1", "*"] {
        let resolved = asked(text);
        let search = || searcher.search(&resolved, &options).map(drop);
        assert!(matches!(until(now, search), Err(SearchError::Index(IndexError::Late))), "{text}");
        assert!(until(later, search).is_ok() && search().is_ok(), "{text}");
    }
    let prefix = TermSet::Prefix("s".into());
    assert!(late(until(now, || snapshot.doc_freqs(None, &[prefix]).map(drop))));
    assert!(late(until(now, || snapshot.symbols().map(drop))));
    assert!(late(until(now, || snapshot.scan(&Query::All, Fetch::Full).map(drop))));
    // One that is late leaves nothing behind that is late.
    let mut request = Request::new(asked("solar").query);
    request.stories = true;
    assert!(late(until(now, || search::search(&*snapshot, &request).map(drop))));
    assert_eq!(search::search(&*snapshot, &request).expect("it can be asked").pages, 20);
}
