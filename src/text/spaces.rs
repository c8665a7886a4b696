//! White space: splits a text at it, and tells the line feeds that stand for none.

use std::{borrow::Cow, iter};

/// Whether a line feed between these characters stands for no space, as in the segment break transformation of CSS Text:
/// both are of scripts without spaces between words, or one is a full-width stop, comma or bracket.
pub(crate) fn joins(before: char, after: char) -> bool {
    is_unspaced(before) && is_unspaced(after)
        || is_wide_mark(before) && !after.is_whitespace()
        || is_wide_mark(after) && !before.is_whitespace()
}

/// Whether a line feed stands at byte `at` that is alone and stands for no space: a wrap. Words go on over it.
pub(crate) fn is_wrap(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'\n') {
        return false;
    }
    // Between two characters of ASCII, as at the end of nearly each line of English, there is none.
    let is_foreign = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii());
    (is_foreign(bytes.get(at.wrapping_sub(1))) || is_foreign(bytes.get(at + 1)))
        && text[..at]
            .chars()
            .next_back()
            .zip(text[at + 1..].chars().next())
            .is_some_and(|(before, after)| joins(before, after))
}

/// Whether a character is of a script without spaces between words, or its punctuation.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fff}' | '\u{3001}'..='\u{30ff}' | '\u{31f0}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff01}'..='\u{ff9f}' | '\u{ffe0}'..='\u{ffef}' | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character is a full-width stop, comma or bracket, which has its own space.
fn is_wide_mark(c: char) -> bool {
    matches!(c, '、' | '。' | '〈'..='】' | '〔'..='〛' | '！' | '（' | '）' | '，' | '：' | '；' | '？' | '［' | '］' | '｛' | '｝')
}

/// A text without its [wraps](is_wrap).
pub(crate) fn unwrapped(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut from = 0;
    for (at, _) in text.match_indices('\n').filter(|(at, _)| is_wrap(text, *at)) {
        out.push_str(&text[from..at]);
        from = at + 1;
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// The characters of a text on one line, each with its byte offset: without [wraps](is_wrap) and outer white space, and with
/// one space for all other white space between two words.
pub(crate) fn on_one_line(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut from = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    iter::from_fn(move || {
        if is_wrap(text, from) {
            from += 1;
        }
        let c = text.get(from..end)?.chars().next()?;
        let at = from;
        from += c.len_utf8();
        if !c.is_whitespace() {
            return Some((at, c));
        }
        from = end - text[from..end].trim_start().len();
        Some((at, ' '))
    })
}

/// What [`str::split_whitespace`] gives, several times faster in a build that inlines little: most characters are ASCII.
#[derive(Clone, Debug)]
pub(crate) struct SplitWhitespace<'t> {
    rest: &'t str,
}

impl<'t> SplitWhitespace<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }
}

impl<'t> Iterator for SplitWhitespace<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let text = self.rest;
        let bytes = text.as_bytes();
        let mut start = 0;
        while bytes.get(start) == Some(&b' ') {
            start += 1;
        }
        if !matches!(bytes.get(start), Some(0x21..0x80)) {
            start += text[start..].len() - text[start..].trim_start().len();
        }
        let mut end = start;
        loop {
            match bytes.get(end) {
                Some(0x21..0x80) => end += 1,
                None | Some(b' ') => break,
                Some(_) => match text[end..].chars().next() {
                    Some(c) if !c.is_whitespace() => end += c.len_utf8(),
                    _ => break,
                },
            }
        }
        self.rest = &text[end..];
        (end > start).then(|| &text[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::{SplitWhitespace, is_wrap};

    #[test]
    fn a_line_feed_is_a_wrap_if_a_wide_character_stands_beside_it() {
        for (text, expected) in [
            ("a\nb", false),
            ("。\nb", true),
            ("a\n，", true),
            ("中\n文", true),
            ("中\nb", false),
            ("a\n文", false),
            ("é\né", false),
            ("中\n\n文", false),
            ("。\n ", false),
        ] {
            let at = text.find('\n').expect("there is one");
            assert_eq!(is_wrap(text, at), expected, "{text:?}");
        }
        assert!(!is_wrap("\n文", 0) && !is_wrap("文\n", 3) && !is_wrap("", 0) && !is_wrap("文", 0));
    }

    #[test]
    fn it_splits_as_the_standard_library_does() {
        let texts = [
            "",
            "  ",
            "a",
            " a b\u{b}c\td\ne \u{3000} f",
            "a\u{a0}b\u{3000}Ünï ø\u{85}\u{1f}x",
            "宁德 时代",
            "é",
        ];
        for text in texts {
            let split: Vec<&str> = SplitWhitespace::new(text).collect();
            assert_eq!(split, text.split_whitespace().collect::<Vec<_>>(), "{text:?}");
        }
    }
}
