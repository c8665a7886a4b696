//! Questions whose time is up.

use crate::workbench::Workbench;
use newsdex::{
    index::{Fetch, IndexError, Snapshot},
    query::{Clock, Language, Query, TermSet},
    search::{self, Filters, Request, SearchError, SearchOptions, Searcher},
};
use std::{
    thread::sleep,
    time::{Duration, Instant},
};

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
    let index = bench.location().open().expect("it can be asked");
    let snapshot = index.snapshot().expect("it can be asked");
    let (late, early) = (
        snapshot.with_deadline(Instant::now()),
        snapshot.with_deadline(Instant::now() + Duration::from_secs(600)),
    );
    let language = Language::new(snapshot.schema().query_fields(), Clock::utc());
    let options = SearchOptions { facets: search::overview(snapshot.schema()), ..SearchOptions::default() };
    let timed_out = |done: Result<(), IndexError>| matches!(done, Err(IndexError::TimedOut));
    for text in ["solar", "sol*", "\"glass solar\"~4", "solar OR wind", "/pol.*/", "polysilicn~1", "*"] {
        let asked = Searcher::new(&*snapshot, &language).resolve(text, &Filters::default());
        let asked = asked.expect("it can be asked");
        let search = |snapshot: &dyn Snapshot| Searcher::new(snapshot, &language).search(&asked, &options);
        assert!(matches!(search(&*late), Err(SearchError::Index(IndexError::TimedOut))), "{text}");
        assert!(search(&*early).is_ok() && search(&*snapshot).is_ok(), "{text}");
    }
    let prefix = TermSet::Prefix("s".into());
    assert!(timed_out(late.doc_freqs(None, &[prefix]).map(drop)));
    assert!(timed_out(late.symbols().map(drop)));
    assert!(timed_out(late.scan(&Query::All, Fetch::Full).map(drop)));
    // A scan that has begun ends with the error, and tells it once.
    let brief = snapshot.with_deadline(Instant::now() + Duration::from_millis(50));
    if let Ok(mut batches) = brief.scan(&Query::All, Fetch::Full) {
        sleep(Duration::from_millis(60));
        assert!(timed_out(batches.next().expect("the error").map(drop)));
        assert!(batches.next().is_none());
    }
    // One that is late leaves nothing behind that is late.
    let mut request = Request::new(Query::All);
    request.stories = true;
    assert!(timed_out(search::search(&*late, &request).map(drop)));
    assert_eq!(search::search(&*snapshot, &request).expect("it can be asked").pages, 20);
}
