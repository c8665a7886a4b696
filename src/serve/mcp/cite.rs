//! Quotes the sentence of an article that shows why it matched, with its lines in the file.

use super::untrusted_text;
use crate::{
    index::StoredArticle,
    search::Snippet,
    text::{is_wrap, on_one_line, unwrapped},
};
use std::ops::Range;

/// Approximate number of characters quoted before the match, and after it.
const CHARS_BEFORE: usize = 200;
const CHARS_AFTER: usize = 400;
/// In a text of more bytes, the snippet is not located; the snippet itself is quoted.
const MAX_LOCATED_BYTES: usize = 1 << 20;
/// A line with fewer characters ends on purpose, as in a list; a longer one was wrapped.
const WRAPPED_LINE_CHARS: usize = 60;

/// A verbatim part of an article.
#[derive(Debug, Default)]
pub(super) struct Quote {
    /// The text on one line.
    pub text: String,
    /// The first and the last line in the file, if known.
    pub lines: Option<(u32, u32)>,
}

/// The sentence with the first match.
pub(super) fn quote(article: &StoredArticle, snippet: Option<&Snippet>) -> Quote {
    let Some(snippet) = snippet else { return Quote::default() };
    let Some(line) = snippet.line else {
        let found = place(&article.description, snippet, |_| true);
        let text = found.map_or(bare(snippet), |at| &article.description[sentence(&article.description, at)]);
        return Quote {
            text: untrusted_text::line(&unwrapped(text), 2 * (CHARS_BEFORE + CHARS_AFTER)),
            lines: None,
        };
    };
    let line_at = |at: usize| article.line_at(at);
    let found = place(&article.body, snippet, |at| line_at(at) == Some(line));
    let Some(found) = found.or_else(|| place(&article.body, snippet, |_| true)) else {
        return Quote {
            text: untrusted_text::line(bare(snippet), 2 * (CHARS_BEFORE + CHARS_AFTER)),
            lines: Some((line, line)),
        };
    };
    let span = sentence(&article.body, found);
    let lines = line_at(span.start).zip(line_at(span.end));
    let text = unwrapped(&article.body[span]);
    Quote { text: untrusted_text::line(&text, 2 * (CHARS_BEFORE + CHARS_AFTER)), lines }
}

/// A snippet without its ellipses.
fn bare(snippet: &Snippet) -> &str {
    let text = snippet.text.strip_prefix('…').unwrap_or(&snippet.text);
    text.strip_suffix('…').unwrap_or(text)
}

/// Locates the first mark of a snippet in its text, or the start of a snippet without marks. A snippet has its
/// white space collapsed, so the text is compared in that form.
fn place(text: &str, snippet: &Snippet, fits: impl Fn(usize) -> bool) -> Option<Range<usize>> {
    if text.len() > MAX_LOCATED_BYTES {
        return None;
    }
    let (flat, origins) = flattened(text);
    let wanted = bare(snippet);
    let lead = snippet.text.len() - snippet.text.strip_prefix('…').unwrap_or(&snippet.text).len();
    let mark = snippet
        .marks
        .first()
        .map_or(0..0, |mark| mark.start.saturating_sub(lead)..mark.end.saturating_sub(lead));
    let at = |flat: usize| origins.get(flat).copied().unwrap_or(text.len());
    let found =
        flat.match_indices(wanted.trim()).map(|(start, _)| at(start + mark.start)..at(start + mark.end));
    found.into_iter().find(|place| fits(place.start) && text.get(place.clone()).is_some())
}

/// A text on one line as in a snippet, and for each byte its offset in the text.
fn flattened(text: &str) -> (String, Vec<usize>) {
    let mut flat = String::with_capacity(text.len());
    let mut origins = Vec::with_capacity(text.len());
    for (at, c) in on_one_line(text) {
        flat.push(c);
        origins.extend((at..).take(c.len_utf8()));
    }
    (flat, origins)
}

/// The sentence around a range, cut between words if it is long.
fn sentence(text: &str, at: Range<usize>) -> Range<usize> {
    let far =
        text[..at.start].char_indices().rev().take(CHARS_BEFORE).last().map_or(at.start, |(byte, _)| byte);
    let begins = (far..at.start).rev().find(|end| text.is_char_boundary(*end) && ends(text, *end));
    let start = begins.unwrap_or_else(|| if far == 0 { 0 } else { after_word(text, far, at.start) });
    let start = start
        + text[start..at.start].chars().take_while(|c| c.is_whitespace()).map(char::len_utf8).sum::<usize>();
    let near = text[at.end..].char_indices().nth(CHARS_AFTER).map_or(text.len(), |(byte, _)| at.end + byte);
    let finish = (at.end.max(start + 1)..=near).find(|end| text.is_char_boundary(*end) && ends(text, *end));
    let end =
        finish.unwrap_or_else(|| if near == text.len() { near } else { before_word(text, at.end, near) });
    start..end - trailing_space(&text[start..end])
}

fn trailing_space(text: &str) -> usize {
    text.len() - text.trim_end().len()
}

/// The end of a word that may have been cut.
fn after_word(text: &str, from: usize, until: usize) -> usize {
    text[from..until].find(char::is_whitespace).map_or(from, |space| from + space)
}

/// The start of a word that may have been cut.
fn before_word(text: &str, from: usize, until: usize) -> usize {
    text[from..until]
        .rfind(char::is_whitespace)
        .filter(|space| *space > 0)
        .map_or(until, |space| from + space)
}

/// Whether a sentence ends at this byte.
fn ends(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let Some(last) = before.chars().next_back() else { return true };
    match last {
        '。' | '！' | '？' | '；' => !after.starts_with(['”', '’', '」', '』', '）']),
        '”' | '」' | '』' => before[..at - last.len_utf8()].ends_with(['。', '！', '？']),
        '\n' if is_wrap(text, at - 1) => false,
        '\n' => after.starts_with('\n') || before.trim_end().ends_with('\n') || line_is_short(before),
        '!' | '?' => after.starts_with(char::is_whitespace) || after.is_empty(),
        '.' => after.is_empty() || after.starts_with(char::is_whitespace) && !abbreviates(before, after),
        _ => after.starts_with("\n\n"),
    }
}

fn line_is_short(before: &str) -> bool {
    let line = before.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default();
    line.chars().take(WRAPPED_LINE_CHARS).count() < WRAPPED_LINE_CHARS
}

/// Whether a full stop belongs to an abbreviation: a single letter, a known one, or one before a lower-case letter.
fn abbreviates(before: &str, after: &str) -> bool {
    let word = before.trim_end_matches('.').rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let known =
        ["mr", "mrs", "ms", "dr", "inc", "ltd", "corp", "co", "no", "vs", "st", "jr", "sr", "approx", "est"];
    let single = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    single
        || known.contains(&word.to_lowercase().as_str())
        || after.trim_start().starts_with(char::is_lowercase)
}
