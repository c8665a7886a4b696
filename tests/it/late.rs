//! Questions whose time is up.

use crate::workbench::Workbench;
use newsdex::{
    index::{Embedded, Index, IndexError, until},
    query::{Clock, Language, Query, TermSet},
    search::Request,
    search_request::{self, SearchOptions},
    symbol::Symbol,
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
    let engine = Embedded::open(&bench.index()).expect("it can be asked");
    let language = Language::new(engine.schema().query_fields(), Clock::utc());
    let asked = |text: &str| {
        let (query, _) = search_request::read(text, &language).expect("it can be asked");
        let how =
            SearchOptions { facets: search_request::overview(engine.schema()), ..SearchOptions::default() };
        search_request::ResolvedQuery { query, notes: Vec::new(), typed: text.to_owned(), like: None }
            .request(&how, engine.schema(), &language.clock)
            .expect("it can be asked")
    };
    let (now, later) = (Instant::now(), Instant::now() + Duration::from_secs(600));
    let late = |done: Result<(), IndexError>| matches!(done, Err(IndexError::Late));
    for text in ["solar", "sol*", "\"glass solar\"~4", "solar OR wind", "/pol.*/", "polysilicn~1", "*"] {
        let request = asked(text);
        let search = || engine.search(&request).map(drop);
        assert!(late(until(now, search)), "{text}");
        assert!(until(later, search).is_ok() && search().is_ok(), "{text}");
    }
    let prefix = TermSet::Prefix("s".into());
    assert!(late(until(now, || engine.words(None, &prefix).map(drop))));
    assert!(late(until(now, || engine.each_symbol(&mut |_: Symbol| ()))));
    assert!(late(until(now, || engine.scan(&Query::All, &mut |_| true))));
    // One that is late leaves nothing behind that is late.
    let mut request = Request::new(asked("solar").query);
    request.stories = true;
    assert!(late(until(now, || engine.search(&request).map(drop))));
    assert_eq!(engine.search(&request).expect("it can be asked").pages, 20);
}
