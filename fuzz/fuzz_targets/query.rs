//! Any text is a query: what is told of it lies in it, and what was read is written so that it reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsdex::{
    query::{Clock, Language, Query},
    schema::Schema,
};
use std::sync::LazyLock;

static LANGUAGE: LazyLock<Language> = LazyLock::new(|| {
    let schema = Schema::built_in().expect("the built-in schema is one");
    Language::new(schema.query_fields(), Clock::utc())
});

fuzz_target!(|text: &str| {
    let parsed = Query::parse(text, &LANGUAGE);
    for problem in &parsed.problems {
        assert!(text.get(problem.span.clone()).is_some(), "{problem:?}");
    }
    let _ = parsed.value.to_string();
});
