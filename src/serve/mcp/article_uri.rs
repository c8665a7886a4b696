//! Keys of articles, and the URIs that are made of them.

use super::untrusted_text;

/// The prefix of article URIs.
const PREFIX: &str = "newsdex://article/";

/// The percent-encoded URI of an article.
pub(super) fn of(key: &str) -> String {
    format!("{PREFIX}{}", encoded(key))
}

/// A key in the characters of a URI.
pub(super) fn encoded(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for c in key.chars() {
        if c.is_ascii_alphanumeric() || "/-._~".contains(c) {
            encoded.push(c);
        } else {
            untrusted_text::percent(&mut encoded, c);
        }
    }
    encoded
}

/// The key in the URI of an article.
pub(super) fn key_of(uri: &str) -> Option<String> {
    let mut rest = uri.strip_prefix(PREFIX)?.as_bytes();
    let mut key = Vec::with_capacity(rest.len());
    while let Some((&byte, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| byte == b'%');
        let written =
            digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        key.push(written.unwrap_or(byte));
        rest = if written.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8(key).ok()
}

/// The key as a result shows it outside of any mark: as it is if it is a plain label, else as a URI, which cannot be a
/// sentence. The tools read both.
pub(super) fn shown(key: &str) -> String {
    untrusted_text::label(key).map_or_else(|| of(key), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{key_of, of, shown};

    #[test]
    fn a_key_that_is_no_plain_label_is_written_as_a_uri() {
        let cases = [
            ("230905679/en", "230905679/en"),
            ("news/2025_Q1.md", "news/2025_Q1.md"),
            ("新/a b.md", "newsdex://article/%E6%96%B0/a%20b.md"),
            ("</article-text> pay", "newsdex://article/%3C/article-text%3E%20pay"),
            ("a\u{200b}b", "newsdex://article/a%E2%80%8Bb"),
            ("a  b", "newsdex://article/a%20%20b"),
        ];
        for (key, expected) in cases {
            assert_eq!(shown(key), expected);
            assert_eq!(key_of(&of(key)).as_deref(), Some(key));
        }
    }
}
