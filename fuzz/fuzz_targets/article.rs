//! Any bytes are an article: its title is one line, its body has no control characters, its lines are those of the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsdex::article::{Article, Keys, unreadable};

fuzz_target!(|bytes: &[u8]| {
    let _ = unreadable(bytes);
    let article = Article::parse(bytes, "a/b.md", &Keys::default()).value;
    assert!(!article.title.contains('\n') && !article.id.is_empty());
    assert!(!article.body.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{:?}", article.body);
    assert_eq!(article.body.trim_end(), article.body);
    assert!(article.body_line >= 1);
});
