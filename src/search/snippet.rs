//! Cuts the fragments of a text that best show why it matched.
//!
//! A fragment is chosen by the number of different query words in it, then by the number of all matches, then by
//! earliness. It starts with a sentence if one starts nearby, otherwise it is cut between words. It holds no
//! markup: marks are byte ranges of its text.

use super::marks::{Mark, Marker};
use crate::text;
use std::ops::Range;

/// A fragment of a text with its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The text on one line, with `…` where it was cut.
    pub text: String,
    /// The matched byte ranges of `text`, in order and disjoint.
    pub marks: Vec<Range<usize>>,
    /// The line of the file, from 1, with the first mark, or with the start of the fragment if there is no mark.
    /// `None` if the text's place in the file is not known.
    pub line: Option<u32>,
}

/// The best fragments of a field's text, in text order: at most `count`, each about `length` columns. If nothing
/// matched, the start of the text without marks. `first_line` is the line of the file on which the text starts, if
/// known.
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

/// The fragment with the most different query words that does not overlap those in `taken`.
fn best_fragment(text: &str, marks: &[Mark], taken: &[Range<usize>], length: usize) -> Option<Range<usize>> {
    let mut best: Option<((usize, usize), &Mark)> = None;
    let mut last = 0;
    for (first, mark) in marks.iter().enumerate() {
        if taken.iter().any(|fragment| mark.span.start < fragment.end && fragment.start < mark.span.end) {
            continue;
        }
        // Leave some room for the start of the sentence.
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
    // Do not cut a mark in two.
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

/// The start of a fragment that shows the word at `at`: the start of its sentence if near, else a few words before.
fn begin(text: &str, at: usize, length: usize, floor: usize) -> usize {
    let far = backward(text, at, length / 2).max(floor);
    let before = &text[far..at];
    if let Some(end) =
        before.char_indices().rev().find(|(index, c)| ends_sentence(*c) && !text::is_wrap(text, far + index))
    {
        let after = far + end.0 + end.1.len_utf8();
        // A full stop inside a number or name does not end a sentence.
        if !end.1.is_ascii() || text[after..].starts_with(char::is_whitespace) {
            return after + leading_space(&text[after..at]);
        }
    }
    if far == floor {
        return far + leading_space(&text[far..at]);
    }
    let near = backward(text, at, length / 5).max(floor);
    let mut spaces = text[near..at].char_indices().filter(|(_, c)| c.is_whitespace());
    let skip = spaces.find(|(index, _)| !text::is_wrap(text, near + index)).map_or(0, |(index, _)| index);
    near + skip + leading_space(&text[near + skip..at])
}

/// The end of a fragment that must reach past `from` and may reach `end`: after a sentence that ends in the last
/// third, else between words.
fn cut_end(text: &str, from: usize, end: usize) -> usize {
    if end >= text.len() {
        return text.trim_end().len().max(from);
    }
    let late = backward(text, end, columns(text, from..end).map(|(_, width)| width).sum::<usize>() / 3);
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

/// The byte offset of each character of a range, and its width in columns. An ideograph is as wide as two letters, and says
/// as much; a line feed inside a word is not shown.
fn columns(text: &str, range: Range<usize>) -> impl DoubleEndedIterator<Item = (usize, usize)> {
    text[range.clone()].char_indices().map(move |(index, c)| {
        let at = range.start + index;
        let width = if text::is_han_like(c) { 2 } else { usize::from(!text::is_wrap(text, at)) };
        (at, width)
    })
}

/// The offset `length` columns after `from`. Combining characters stay with their base.
fn forward(text: &str, from: usize, length: usize) -> usize {
    let mut left = length;
    let over = columns(text, from..text.len()).find(|(_, width)| match left.checked_sub(*width) {
        Some(less) => {
            left = less;
            false
        }
        None => true,
    });
    let end = over.map_or(text.len(), |(at, _)| at);
    let joined = text[end..].find(|c| !joins(c)).unwrap_or(text.len() - end);
    // Cut long runs of combining characters: they are an attack.
    end + if joined <= 32 { joined } else { 0 }
}

/// The offset `length` columns before `from`.
fn backward(text: &str, from: usize, length: usize) -> usize {
    let mut left = length;
    let within = columns(text, 0..from).rev().take_while(|(_, width)| match left.checked_sub(*width) {
        Some(less) => {
            left = less;
            true
        }
        None => false,
    });
    within.last().map_or(from, |(at, _)| at)
}

/// Whether a character combines with the one before it.
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
    let mut shown = String::from(if fragment.start > 0 { "…" } else { "" });
    let mut placed: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    let mut due = spans.into_iter().peekable();
    for (at, c) in text::on_one_line(&text[fragment.clone()]) {
        let at = fragment.start + at;
        let start = shown.len();
        shown.push(c);
        while due.next_if(|span| span.end <= at).is_some() {}
        if let Some(span) = due.peek().filter(|span| span.start <= at) {
            match placed.last_mut() {
                Some(last) if span.start < at => last.end = shown.len(),
                _ => placed.push(start..shown.len()),
            }
        }
    }
    if fragment.end < text.trim_end().len() {
        shown.push('…');
    }
    let line = first_line.map(|first| first.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX)));
    Snippet { text: shown, marks: placed, line }
}

#[cfg(test)]
mod tests {
    use super::{Mark, Marker, backward, begin, best_fragment, cut, cut_end, forward};
    use crate::query::{Clock, Fields, Language, Query};

    fn parsed(text: &str) -> Query {
        Query::parse(text, &Language::new(Fields::default(), Clock::utc())).value
    }

    #[test]
    fn an_ideograph_is_two_columns_wide() {
        let text = "ab铜价cd";
        for (columns, ahead, behind) in [(0, 0, 10), (1, 1, 9), (2, 2, 8), (3, 2, 8), (4, 5, 5), (6, 8, 2)] {
            assert_eq!(forward(text, 0, columns), ahead, "{columns} columns from the start");
            assert_eq!(backward(text, text.len(), columns), behind, "{columns} columns from the end");
        }
        assert_eq!((forward(text, 2, 99), backward(text, 5, 99)), (text.len(), 0));
    }

    #[test]
    fn a_character_keeps_its_accents_unless_they_are_an_attack() {
        assert_eq!(forward("e\u{301}\u{302}x", 0, 1), "e\u{301}\u{302}".len());
        assert_eq!(forward(&format!("e{}x", "\u{301}".repeat(1000)), 0, 1), 1);
    }

    #[test]
    fn a_fragment_begins_with_its_sentence_else_with_a_word() {
        let cases = [
            ("Rates fell. Profit rose at ALPHA", 80, "Profit"),
            // The full stop of a number ends no sentence.
            ("Costs rose by 3.5 percent at ALPHA", 80, "Costs"),
            ("Rates fell.  It is ALPHA", 80, "It is"),
            ("铜价下跌。铝价上涨ALPHA", 80, "铝价"),
            // The sentence begins more than 20 columns before: the last 8 columns are shown, in whole words.
            ("It is a long way to one two three four five six ALPHA", 40, "six"),
            // The whole text before the word is near enough.
            ("  One two ALPHA", 40, "One"),
        ];
        for (text, length, expected) in cases {
            let at = text.find("ALPHA").expect("it is there");
            let start = begin(text, at, length, 0);
            assert!(text[start..].starts_with(expected), "{:?}", &text[start..]);
        }
        // What another fragment shows is not shown again.
        let text = "One. Two three ALPHA";
        let at = text.find("ALPHA").expect("it is there");
        assert_eq!(begin(text, at, 80, "One. Two".len()), "One. Two ".len());
    }

    #[test]
    fn a_fragment_ends_after_a_sentence_else_between_words() {
        let cases = [
            ("alpha beta gamma. del|ta epsilon", "alpha beta gamma."),
            ("铜价上涨。铝|价下跌", "铜价上涨。"),
            ("alpha beta gamma del|ta epsilon", "alpha beta gamma"),
            ("alpha beta gamma| delta epsilon", "alpha beta gamma"),
            ("alpha costs 3.5 per|cent of it", "alpha costs 3.5"),
            // The sentence ends in the first third.
            ("Up. Alpha beta gamma delta| epsilon", "Up. Alpha beta gamma delta"),
            ("alpha beta gamma  |", "alpha beta gamma"),
        ];
        for (text, expected) in cases {
            let end = text.find('|').expect("it is there");
            let text = text.replace('|', "");
            assert_eq!(&text[..cut_end(&text, 0, end)], expected);
        }
    }

    #[test]
    fn different_words_count_more_than_many_and_the_first_of_equals_is_chosen() {
        let query = parsed("alpha beta");
        let filler = " nothing of it".repeat(10);
        let cases = [
            (["alpha alpha alpha", "alpha beta", "beta beta"], 1),
            (["alpha", "beta beta", "alpha"], 1),
            (["beta", "alpha", "beta"], 0),
        ];
        for (parts, expected) in cases {
            let text = parts.map(|part| format!("{part}.{filler}. ")).concat();
            let marks = Marker::new(&query).marks("body", &text);
            let best = best_fragment(&text, &marks, &[], 40).expect("there are marks");
            let place = text.find(parts[expected]).expect("it is there");
            assert!(best.contains(&place), "{parts:?}: {:?}", &text[best]);
        }
    }

    #[test]
    fn fragments_of_any_length_are_disjoint_and_the_best_ends_with_a_whole_mark() {
        let text = "Interest rates of one bank rose. 铜价与铝价上涨，interest rate 3.5 percent, 钙钛矿电池的铜价。\n"
            .repeat(3);
        let query = parsed("\"interest rate\" OR 铜价 OR \"钙钛矿电池\" OR percent");
        let marks = Marker::new(&query).marks("body", &text);
        for length in 1..=200 {
            let mut taken = Vec::new();
            while let Some(next) = best_fragment(&text, &marks, &taken, length) {
                assert!(!next.is_empty() && text.is_char_boundary(next.start), "{length}");
                let apart = taken
                    .iter()
                    .all(|known: &std::ops::Range<usize>| next.end <= known.start || known.end <= next.start);
                assert!(apart, "{length}: {next:?} and {taken:?}");
                let torn = |mark: &&Mark| mark.span.start < next.end && next.end < mark.span.end;
                assert!(!taken.is_empty() || marks.iter().find(torn).is_none(), "{length}: {next:?}");
                taken.push(next);
            }
            let shown = |mark: &Mark| {
                taken.iter().any(|fragment| fragment.start < mark.span.end && mark.span.start < fragment.end)
            };
            assert!(marks.iter().all(shown), "{length}: a fragment for each mark");
        }
    }

    #[test]
    fn a_snippet_is_one_line_and_its_marks_move_with_it() {
        let text = "One  two\n\n three\tfour five";
        let at = |word: &str| text.find(word).map(|at| at..at + word.len()).expect("it is there");
        let marks: Vec<Mark> = ["two", "three", "four"].map(|word| Mark { span: at(word), leaf: 0 }).to_vec();
        let whole = cut(text, 0..text.len(), &marks, Some(7));
        assert_eq!(whole.text, "One two three four five");
        assert_eq!((whole.marks, whole.line), (vec![4..7, 8..13, 14..18], Some(7)));
        // `…` has three bytes. The first mark in this fragment is two lines further down.
        let part = cut(text, at("two").start..at("four").end, &marks[1..], Some(7));
        assert_eq!((part.text.as_str(), part.line), ("…two three four…", Some(9)));
        assert_eq!(part.marks, [7..12, 13..17]);
        let touching = [0..2, 2..3, 5..8].map(|span| Mark { span, leaf: 0 });
        assert_eq!(cut(text, 0..text.len(), &touching, None).marks, [0..3, 4..7]);
    }
}
