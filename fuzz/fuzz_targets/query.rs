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

/// Free keys, in order.
static KEYS: LazyLock<[(String, u64); 3]> =
    LazyLock::new(|| ["a.b", "tags", "关键词"].map(|key| (key.to_owned(), 1)));

fuzz_target!(|text: &str| {
    let parsed = Query::parse_with_keys(text, &LANGUAGE, &*KEYS);
    for problem in &parsed.problems {
        assert!(text.get(problem.span.clone()).is_some(), "{problem:?}");
    }
    let _ = parsed.value.to_string();
});
