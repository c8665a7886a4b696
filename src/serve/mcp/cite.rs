//! The sentence of an article that shows why it was found, with the lines of the file on which it stands.

use super::untrusted_text;
use crate::{index::StoredArticle, search::Snippet};
use std::ops::Range;

/// About so many characters of a sentence are quoted before the word that was found, and behind it.
const BEFORE: usize = 200;
const BEHIND: usize = 400;
/// A text of more bytes is not searched for the place of a snippet; the snippet is then quoted itself.
const LONG: usize = 1 << 20;
/// A line that is shorter than this was ended on purpose, as in a list, and not because the page was full.
const FULL: usize = 60;

/// A part of an article as it stands there.
#[derive(Debug, Default)]
pub(super) struct Quote {
    /// The text on one line.
    pub text: String,
    /// The first and the last line of the file, where they are known.
    pub lines: Option<(u32, u32)>,
}

/// The sentence of the first word that was found.
pub(super) fn quote(article: &StoredArticle, snippet: Option<&Snippet>) -> Quote {
    let Some(snippet) = snippet else { return Quote::default() };
    let Some(line) = snippet.line else {
        let found = place(&article.description, snippet, |_| true);
        let text = found.map_or(bare(snippet), |at| &article.description[sentence(&article.description, at)]);
        return Quote { text: untrusted_text::line(text, 2 * (BEFORE + BEHIND)), lines: None };
    };
    let line_at = |at: usize| line_of(article, at);
    let found = place(&article.body, snippet, |at| line_at(at) == line);
    let Some(found) = found.or_else(|| place(&article.body, snippet, |_| true)) else {
        return Quote {
            text: untrusted_text::line(bare(snippet), 2 * (BEFORE + BEHIND)),
            lines: Some((line, line)),
        };
    };
    let span = sentence(&article.body, found);
    let lines = Some((line_at(span.start), line_at(span.end)));
    Quote { text: untrusted_text::line(&article.body[span], 2 * (BEFORE + BEHIND)), lines }
}

/// The line of the file on which a byte of the body stands.
pub(super) fn line_of(article: &StoredArticle, at: usize) -> u32 {
    let breaks = article.body[..at].matches('\n').count();
    article.body_line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX))
}

/// A snippet without the signs that it was cut.
fn bare(snippet: &Snippet) -> &str {
    let text = snippet.text.strip_prefix('…').unwrap_or(&snippet.text);
    text.strip_suffix('…').unwrap_or(text)
}

/// Where the first mark of a snippet stands in the text that it was cut from, or its beginning without marks. Snippets have
/// one space for every run of white space, so that the text is compared with that done to it as well.
fn place(text: &str, snippet: &Snippet, fits: impl Fn(usize) -> bool) -> Option<Range<usize>> {
    if text.len() > LONG {
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

/// A text with one space for every run of white space, and where each of its bytes comes from.
fn flattened(text: &str) -> (String, Vec<usize>) {
    let mut flat = String::with_capacity(text.len());
    let mut origins = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if !c.is_whitespace() {
            flat.push(c);
            origins.extend((at..).take(c.len_utf8()));
        } else if !flat.is_empty() && !flat.ends_with(' ') {
            flat.push(' ');
            origins.push(at);
        }
    }
    (flat, origins)
}

/// The sentence around a place, cut between words where it is long.
fn sentence(text: &str, at: Range<usize>) -> Range<usize> {
    let far = text[..at.start].char_indices().rev().take(BEFORE).last().map_or(at.start, |(byte, _)| byte);
    let begins = (far..at.start).rev().find(|end| text.is_char_boundary(*end) && ends(text, *end));
    let start = begins.unwrap_or_else(|| if far == 0 { 0 } else { after_word(text, far, at.start) });
    let start = start
        + text[start..at.start].chars().take_while(|c| c.is_whitespace()).map(char::len_utf8).sum::<usize>();
    let near = text[at.end..].char_indices().nth(BEHIND).map_or(text.len(), |(byte, _)| at.end + byte);
    let finish = (at.end.max(start + 1)..=near).find(|end| text.is_char_boundary(*end) && ends(text, *end));
    let end =
        finish.unwrap_or_else(|| if near == text.len() { near } else { before_word(text, at.end, near) });
    start..end - trailing_space(&text[start..end])
}

fn trailing_space(text: &str) -> usize {
    text.len() - text.trim_end().len()
}

/// Where the next word begins after one that may have been cut.
fn after_word(text: &str, from: usize, until: usize) -> usize {
    text[from..until].find(char::is_whitespace).map_or(from, |space| from + space)
}

/// Where the last word ends before one that may have been cut.
fn before_word(text: &str, from: usize, until: usize) -> usize {
    text[from..until]
        .rfind(char::is_whitespace)
        .filter(|space| *space > 0)
        .map_or(until, |space| from + space)
}

/// Whether a sentence ends just before this byte.
fn ends(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let Some(last) = before.chars().next_back() else { return true };
    match last {
        '。' | '！' | '？' | '；' => !after.starts_with(['”', '’', '」', '』', '）']),
        '”' | '」' | '』' => before[..at - last.len_utf8()].ends_with(['。', '！', '？']),
        '\n' => after.starts_with('\n') || before.trim_end().ends_with('\n') || line_is_short(before),
        '!' | '?' => after.starts_with(char::is_whitespace) || after.is_empty(),
        '.' => after.is_empty() || after.starts_with(char::is_whitespace) && !abbreviates(before, after),
        _ => after.starts_with("\n\n"),
    }
}

fn line_is_short(before: &str) -> bool {
    let line = before.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default();
    line.chars().take(FULL).count() < FULL
}

/// Whether a full stop is one of an abbreviation: of a single letter, of a known one, or before a small letter.
fn abbreviates(before: &str, after: &str) -> bool {
    let word = before.trim_end_matches('.').rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let known =
        ["mr", "mrs", "ms", "dr", "inc", "ltd", "corp", "co", "no", "vs", "st", "jr", "sr", "approx", "est"];
    let single = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    single
        || known.contains(&word.to_lowercase().as_str())
        || after.trim_start().starts_with(char::is_lowercase)
}
