//! Cuts from a text the parts that show best why it was found.
//!
//! A fragment is chosen for the number of different query words in it, then for how many there are at all,
//! then for how early it stands. It begins at the start of a sentence where one is near, is cut between
//! words otherwise, and holds no markup: the marks are ranges of its text.

use super::marks::{Mark, Marker};
use crate::text;
use std::ops::Range;

/// A part of a text with what matched in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The text on one line, with `…` where it was cut.
    pub text: String,
    /// The byte ranges of `text` that matched, in order and apart from each other.
    pub marks: Vec<Range<usize>>,
    /// The line of the file on which the first mark, or else the text, begins, from 1; none for a text whose
    /// place in the file is not kept.
    pub line: Option<u32>,
}

/// The best fragments of a field's text, in the order in which they stand in it: at most `count`, each of
/// about `length` columns. Where nothing matched, the beginning of the text without marks.
/// `first_line` is the line of the file on which the text begins, if it is known.
#[must_use]
pub fn snippets(
    marker: &Marker<'_>,
    field: &str,
    text: &str,
    first_line: Option<u32>,
    count: usize,
    length: usize,
) -> Vec<Snippet> {
    if text.is_empty() || count == 0 {
        return Vec::new();
    }
    let marks = marker.marks(field, text);
    let mut fragments: Vec<Range<usize>> = Vec::new();
    while fragments.len() < count {
        let Some(fragment) = best_fragment(text, &marks, &fragments, length) else { break };
        fragments.push(fragment);
    }
    if fragments.is_empty() {
        let end = forward(text, 0, length);
        fragments.push(0..cut_end(text, 0, end));
    }
    fragments.sort_by_key(|fragment| fragment.start);
    fragments.into_iter().map(|fragment| cut(text, fragment, &marks, first_line)).collect()
}

/// The fragment with the most different query words that does not touch those already taken.
fn best_fragment(text: &str, marks: &[Mark], taken: &[Range<usize>], length: usize) -> Option<Range<usize>> {
    let mut best: Option<((usize, usize), &Mark)> = None;
    let mut last = 0;
    for (first, mark) in marks.iter().enumerate() {
        if taken.iter().any(|fragment| mark.span.start < fragment.end && fragment.start < mark.span.end) {
            continue;
        }
        // A little room is left for the beginning of the sentence.
        let end = forward(text, mark.span.start, length - length / 4);
        last = last.max(first);
        while last < marks.len() && marks[last].span.end <= end {
            last += 1;
        }
        let inside = &marks[first..last.max(first + 1)];
        let score = (distinct(inside), inside.len());
        if best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, mark));
        }
    }
    let (_, Mark { span, .. }) = best?;
    let ends = taken.iter().map(|fragment| fragment.end);
    let floor = ends.filter(|end| *end <= span.start).max().unwrap_or(0);
    let starts = taken.iter().map(|fragment| fragment.start);
    let ceiling = starts.filter(|start| *start >= span.end).min().unwrap_or(text.len());
    let start = begin(text, span.start, length, floor);
    let end = cut_end(text, span.end, forward(text, start, length).max(span.end));
    // A word is marked whole or not at all.
    let whole =
        marks.iter().filter(|mark| mark.span.start < end).map(|mark| mark.span.end).fold(end, usize::max);
    Some(start..whole.min(ceiling))
}

fn distinct(marks: &[Mark]) -> usize {
    let mut seen: Vec<usize> = marks.iter().map(|mark| mark.leaf).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

/// Where a fragment that shows the word at `at` begins: with its sentence if that is near, else a few words before.
fn begin(text: &str, at: usize, length: usize, floor: usize) -> usize {
    let far = backward(text, at, length / 2).max(floor);
    let before = &text[far..at];
    if let Some(end) = before.char_indices().rev().find(|(_, c)| ends_sentence(*c)) {
        let after = far + end.0 + end.1.len_utf8();
        // A full stop inside a number or name ends no sentence.
        if !end.1.is_ascii() || text[after..].starts_with(char::is_whitespace) {
            return after + leading_space(&text[after..at]);
        }
    }
    if far == floor {
        return far + leading_space(&text[far..at]);
    }
    let near = backward(text, at, length / 5).max(floor);
    let skip = text[near..at].find(char::is_whitespace).unwrap_or(0);
    near + skip + leading_space(&text[near + skip..at])
}

/// Where a fragment that reaches beyond `from`, and may reach to `end`, is cut: behind a sentence in the last
/// third of that, or between words.
fn cut_end(text: &str, from: usize, end: usize) -> usize {
    if end >= text.len() {
        return text.trim_end().len().max(from);
    }
    let late = backward(text, end, text[from..end].chars().map(width).sum::<usize>() / 3);
    let sentence = text[late..end].char_indices().rev().find(|(index, c)| {
        let after = &text[late + index + c.len_utf8()..];
        ends_sentence(*c) && (!c.is_ascii() || after.starts_with(char::is_whitespace))
    });
    if let Some((index, c)) = sentence {
        return late + index + c.len_utf8();
    }
    let tail = backward(text, end, 24).max(from);
    let inside_word = |c: char| c.is_ascii_alphanumeric();
    let splits = text[end..].starts_with(inside_word) && text[..end].ends_with(inside_word);
    match text[tail..end].rfind(char::is_whitespace) {
        Some(space) if splits => tail + space,
        _ => end,
    }
}

fn ends_sentence(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '\n' | '。' | '！' | '？' | '；')
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// How much of a snippet's length a character takes: an ideograph says as much as two letters, and is as wide.
fn width(c: char) -> usize {
    if text::is_han_like(c) { 2 } else { 1 }
}

/// The offset so much length after `from`, with combining characters kept to what they follow.
fn forward(text: &str, from: usize, length: usize) -> usize {
    let rest = &text[from..];
    let mut left = length;
    let over = rest.char_indices().find(|(_, c)| match left.checked_sub(width(*c)) {
        Some(less) => {
            left = less;
            false
        }
        None => true,
    });
    let end = over.map_or(rest.len(), |(index, _)| index);
    let joined = rest[end..].find(|c| !joins(c)).unwrap_or(rest.len() - end);
    // A long run of joining characters is an attack, and may be cut.
    from + end + if joined <= 32 { joined } else { 0 }
}

/// The offset so much length before `from`.
fn backward(text: &str, from: usize, length: usize) -> usize {
    let mut left = length;
    let within = text[..from].char_indices().rev().take_while(|(_, c)| match left.checked_sub(width(*c)) {
        Some(less) => {
            left = less;
            true
        }
        None => false,
    });
    within.last().map_or(from, |(index, _)| index)
}

/// Whether a character belongs to the one before it.
fn joins(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// Copies a fragment onto one line, with its marks.
fn cut(text: &str, fragment: Range<usize>, marks: &[Mark], first_line: Option<u32>) -> Snippet {
    let inside =
        marks.iter().filter(|mark| fragment.start <= mark.span.start && mark.span.end <= fragment.end);
    let mut spans: Vec<Range<usize>> = Vec::new();
    for mark in inside {
        match spans.last_mut() {
            Some(last) if mark.span.start <= last.end => last.end = last.end.max(mark.span.end),
            _ => spans.push(mark.span.clone()),
        }
    }
    let shown_from = spans.first().map_or(fragment.start, |span| span.start);
    let newlines = text[..shown_from].bytes().filter(|b| *b == b'\n').count();
    let mut flat = Flat::new(if fragment.start > 0 { "…" } else { "" });
    let mut at = fragment.start;
    let mut placed = Vec::with_capacity(spans.len());
    for span in spans {
        flat.push(&text[at..span.start]);
        flat.write_space();
        let start = flat.text.len();
        flat.push(&text[span.clone()]);
        placed.push(start..flat.text.len());
        at = span.end;
    }
    flat.push(&text[at..fragment.end]);
    if fragment.end < text.trim_end().len() {
        flat.text.push('…');
    }
    let line = first_line.map(|first| first.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX)));
    Snippet { text: flat.text, marks: placed, line }
}

/// A text under construction in which every run of white space is one space.
struct Flat {
    text: String,
    space: bool,
}

impl Flat {
    fn new(lead: &str) -> Self {
        Self { text: lead.to_owned(), space: false }
    }

    /// Writes the space that is still owed.
    fn write_space(&mut self) {
        if std::mem::take(&mut self.space) && !self.text.is_empty() {
            self.text.push(' ');
        }
    }

    fn push(&mut self, piece: &str) {
        for c in piece.chars() {
            if c.is_whitespace() {
                self.space = true;
            } else {
                self.write_space();
                self.text.push(c);
            }
        }
    }
}
