//! The punctuation of the query language, however it was typed: keyboards for Chinese and Japanese, and editors that
//! correct typography, produce other characters than ASCII.

use crate::{
    symbol::is_legal_form,
    text::{self, fold, is_han_like},
};

/// Distance in code points from an ASCII character to its full-width form.
const WIDE: u32 = 0xFEE0;

/// The ASCII character that a full-width or typographic one stands for: a digit, a letter, a quote, a minus sign, any
/// other operator.
pub(crate) fn ascii(c: char) -> char {
    match c {
        '\0'..='\x7F' => c,
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - WIDE).unwrap_or(c),
        '“' | '”' | '„' | '‟' | '«' | '»' | '「' | '」' | '『' | '』' | '｢' | '｣' | '〝' | '〞' | '〟'
        | '﹁' | '﹂' | '﹃' | '﹄' => '"',
        // Hyphens, the dashes to which editors correct them, and minus signs.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        other => other,
    }
}

/// The text with ASCII for all that stands for it.
pub(super) fn in_ascii(text: &str) -> String {
    text.chars().map(ascii).collect()
}

/// The length in bytes of a word of ASCII at the beginning of a text, in which it may be written with full-width
/// characters.
pub(super) fn begins_with(text: &str, word: &str) -> Option<usize> {
    let mut characters = text.chars();
    word.chars()
        .all(|wanted| characters.next().map(ascii) == Some(wanted))
        .then(|| text.len() - characters.as_str().len())
}

/// The length in bytes of the ASCII digits at the beginning of a text, which may be full-width.
pub(super) fn digits(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c| ascii(c).is_ascii_digit()).len()
}

/// Whether a character separates words as white space does: a comma, a semicolon, a full stop, or a bracket that is no
/// operator.
pub(crate) fn separates(c: char) -> bool {
    matches!(
        c,
        ',' | ';'
            | '，'
            | '；'
            | '、'
            | '。'
            | '､'
            | '｡'
            | '﹐'
            | '﹑'
            | '﹔'
            | '،'
            | '؛'
            | '…'
            | '《'
            | '》'
            | '〈'
            | '〉'
            | '【'
            | '】'
            | '〔'
            | '〕'
            | '〖'
            | '〗'
    )
}

/// Whether a character before the rest of a list separates its values as it separates words; none does before the legal
/// form of a company, as in `Alphabet, Inc.`.
pub(crate) fn separates_values(c: char, behind: &str) -> bool {
    separates(c) && !begins_with_legal_form(behind)
}

fn begins_with_legal_form(text: &str) -> bool {
    let text = text.trim_start();
    let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    // Codes are in capitals: `T,CO`.
    word.contains(char::is_lowercase) && is_legal_form(&fold(word))
}

/// The beginning of a text up to a character that separates values ([`separates_values`]).
pub(super) fn first_value(text: &str) -> &str {
    let ends = |(at, c): &(usize, char)| separates_values(*c, &text[at + c.len_utf8()..]);
    text.char_indices().find(ends).map_or(text, |(at, _)| &text[..at])
}

/// Whether a character between two others separates words, though it is an operator elsewhere: a dash of sentences, an
/// exclamation mark, and what joins only words without Han characters (`A/B`, `S&P`, `12:30`); a `?` that is no wildcard.
fn separates_between(before: Option<char>, c: char, after: Option<char>) -> bool {
    let beside_han = || [before, after].into_iter().flatten().any(is_han_like);
    match c {
        '\u{2014}' | '\u{2015}' => true,
        c => match ascii(c) {
            '!' => true,
            '/' | '+' | '&' | ':' | '?' => beside_han(),
            _ => separates(c),
        },
    }
}

/// The beginning of a text up to a character that separates words ([`separates`]).
pub(super) fn first_word(text: &str) -> &str {
    let ends = |(at, c): &(usize, char)| separates(*c) && !is_within_word(text, *at);
    text.char_indices().find(ends).map_or(text, |(at, _)| &text[..at])
}

/// The words of a text without white space that punctuation separates, each with its byte offset.
pub(super) fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let (mut start, mut before) = (0, None);
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let after = text[end..].chars().next();
        if separates_between(before, c, after) && !is_within_word(&text[start..], at - start) {
            words.push((start, &text[start..at]));
            start = end;
        }
        before = Some(c);
    }
    words.push((start, &text[start..]));
    words.retain(|(_, word)| !word.is_empty());
    words
}

/// Whether a byte offset is within a word: the comma of `$1,234`.
fn is_within_word(text: &str, at: usize) -> bool {
    text::tokens(text).take_while(|word| word.span.start < at).any(|word| word.span.end > at)
}
