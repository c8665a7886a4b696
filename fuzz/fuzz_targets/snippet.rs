//! Marks lie in their texts, on boundaries of characters, in order and apart from each other. The query is the first
//! line, the text the rest.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsdex::{
    query::{Clock, Fields, Language, Query},
    search::{Marker, snippets},
};
use std::ops::Range;

fn check(text: &str, marks: &[Range<usize>]) {
    let mut last = 0;
    for mark in marks {
        assert!(last <= mark.start && mark.start < mark.end, "{marks:?} in {text:?}");
        assert!(text.get(mark.clone()).is_some(), "{marks:?} in {text:?}");
        last = mark.end;
    }
}

fuzz_target!(|text: &str| {
    let (query, body) = text.split_once('\n').unwrap_or((text, text));
    let query = Query::parse(query, &Language::new(Fields::default(), Clock::utc())).value;
    let marker = Marker::new(&query);
    check(body, &marker.spans("body", body));
    for snippet in snippets(&marker, "body", body, Some(1), 2, 80) {
        check(&snippet.text, &snippet.marks);
    }
});
