//! Any bytes are a page, or are told to have nothing in them: its body has no control characters, and no more lines than the page.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsdex::article::{Format, Keys, RecordParser};

fuzz_target!(|bytes: &[u8]| {
    let keys = Keys::default();
    let Ok(read) = RecordParser::new(Format::Html, b"", &keys).parse(bytes, "a/b.html") else { return };
    let article = read.value;
    assert!(!article.title.contains('\n') && !article.title.is_empty());
    assert!(!article.body.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{:?}", article.body);
    assert_eq!(article.body.trim_end(), article.body);
    assert!(article.body_line >= 1);
});
