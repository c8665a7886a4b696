//! Finds the matches of a query in a text, with the analysis that indexed it.

use crate::{
    query::{Filler, FirstCharFilter, Query, TermMatcher, Words},
    text::{self, TokenKind},
};
use std::ops::Range;

/// Finds the words of a query in the texts of articles.
#[derive(Debug)]
pub struct Marker<'q> {
    leaves: Vec<Leaf<'q>>,
    first_chars: FirstCharFilter,
}

#[derive(Debug)]
struct Leaf<'q> {
    words: &'q Words,
    matchers: Vec<TermMatcher<'q>>,
}

/// A range of a text that a leaf of the query matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub span: Range<usize>,
    /// The index of the leaf.
    pub leaf: usize,
}

/// At most this many matches of a leaf are kept per text: more add nothing, and a million would take a second.
const MAX_MARKS: usize = 10_000;

/// A word of the text that may stand in a slot of a leaf.
struct TextMatch {
    slot: usize,
    position: u32,
    span: Range<usize>,
}

/// The matches of one leaf so far.
#[derive(Default)]
struct LeafMatches {
    /// Incomplete phrases: position of the first word, its start byte, and the number of filled slots.
    begun: Vec<(u32, usize, usize)>,
    /// For a phrase with slop: all words that may belong to it.
    found: Vec<TextMatch>,
    spans: Vec<Range<usize>>,
}

impl<'q> Marker<'q> {
    /// A marker for the non-negated words of a query.
    #[must_use]
    pub fn new(query: &'q Query) -> Self {
        let mut leaves: Vec<Leaf<'q>> = Vec::new();
        let mut add = |words: &'q Words| {
            if !leaves.iter().any(|leaf| {
                leaf.words.slots == words.slots
                    && leaf.words.field == words.field
                    && leaf.words.slop == words.slop
            }) {
                leaves.push(Leaf {
                    words,
                    matchers: words.slots.iter().map(|slot| slot.terms.matcher()).collect(),
                });
            }
        };
        query.each_words(&mut add);
        query.each_leaf(&mut |leaf| {
            if let Query::Security(security) = leaf {
                security.names.iter().for_each(&mut add);
            }
        });
        let first_chars = FirstCharFilter::of(leaves.iter().flat_map(|leaf| &leaf.matchers));
        Self { leaves, first_chars }
    }

    /// The matched ranges of a field's text, in order and disjoint.
    #[must_use]
    pub fn spans(&self, field: &str, text: &str) -> Vec<Range<usize>> {
        let mut spans: Vec<Range<usize>> = Vec::new();
        for mark in self.marks(field, text) {
            match spans.last_mut() {
                Some(last) if mark.span.start <= last.end => last.end = last.end.max(mark.span.end),
                _ => spans.push(mark.span),
            }
        }
        spans
    }

    /// The matches of all leaves, ordered by start.
    pub(super) fn marks(&self, field: &str, text: &str) -> Vec<Mark> {
        let asked: Vec<usize> = (0..self.leaves.len())
            .filter(|&leaf| self.leaves[leaf].words.field.as_deref().is_none_or(|asked| asked == field))
            .collect();
        if asked.is_empty() {
            return Vec::new();
        }
        let mut seen: Vec<LeafMatches> = self.leaves.iter().map(|_| LeafMatches::default()).collect();
        let mut words = text::Tokens::new(text);
        let mut word = text::Token::default();
        while words.advance(&mut word) {
            if !self.first_chars.may_take(&word.text) {
                continue;
            }
            for &leaf in &asked {
                self.leaves[leaf].see(text, &word, &mut seen[leaf]);
            }
        }
        let mut marks = Vec::new();
        for (leaf, seen) in seen.into_iter().enumerate() {
            let spans = self.leaves[leaf].spans(seen);
            marks.extend(spans.into_iter().map(|span| Mark { span, leaf }));
        }
        marks.sort_by_key(|mark| (mark.span.start, mark.span.end));
        marks
    }
}

/// Whether a matcher accepts a bigram only for its first character.
fn takes_one_character(matcher: &TermMatcher<'_>, pair: &str) -> bool {
    match matcher {
        TermMatcher::Prefix(prefix) => prefix.chars().count() == 1,
        TermMatcher::Any(matchers) => {
            let mut taking = matchers.iter().filter(|matcher| matcher.takes(pair)).peekable();
            taking.peek().is_some() && taking.all(|matcher| takes_one_character(matcher, pair))
        }
        _ => false,
    }
}

impl Leaf<'_> {
    /// The end of the matched part of a token. A single character is found as the start of a bigram; the second
    /// character is not part of the match.
    fn end(&self, slot: usize, text: &str, word: &text::Token) -> usize {
        if word.kind == TokenKind::Bigram && takes_one_character(&self.matchers[slot], &word.text) {
            let first = text[word.span.clone()].chars().next().map_or(0, char::len_utf8);
            return word.span.start + first;
        }
        word.span.end
    }

    /// Reads the next token of a text.
    fn see(&self, text: &str, word: &text::Token, seen: &mut LeafMatches) {
        let slots = &self.words.slots;
        let full = seen.spans.len() >= MAX_MARKS || seen.found.len() >= 10 * MAX_MARKS;
        if full {
            return;
        }
        if slots.len() == 1 {
            if self.matchers[0].takes(&word.text) {
                seen.spans.push(word.span.start..self.end(0, text, word));
            }
        } else if self.words.slop > 0 {
            for slot in (0..slots.len()).filter(|slot| self.matchers[*slot].takes(&word.text)) {
                let span = word.span.start..self.end(slot, text, word);
                seen.found.push(TextMatch { slot, position: word.position, span });
            }
        } else {
            let spans = &mut seen.spans;
            seen.begun.retain_mut(|(begins, start, filled)| {
                let due = *begins + slots[*filled].offset;
                if due > word.position {
                    return true;
                }
                let fits = due == word.position && self.matchers[*filled].takes(&word.text);
                *filled += 1;
                if fits && *filled == slots.len() {
                    spans.push(*start..self.end(*filled - 1, text, word));
                }
                fits && *filled < slots.len()
            });
            if self.matchers[0].takes(&word.text) {
                seen.begun.push((word.position, word.span.start, 1));
            }
        }
    }

    /// The spans of all complete matches.
    fn spans(&self, mut seen: LeafMatches) -> Vec<Range<usize>> {
        if seen.found.is_empty() {
            return seen.spans;
        }
        let slots = &self.words.slots;
        let begins = |word: &TextMatch| i64::from(word.position) - i64::from(slots[word.slot].offset);
        seen.found.sort_by_key(|word| (begins(word), word.slot));
        let filler =
            |word: &TextMatch| Filler { begins: begins(word), slot: word.slot, position: word.position };
        let fillers: Vec<Filler> = seen.found.iter().map(filler).collect();
        let belongs = self.words.shape().matching(&fillers);
        let loose = seen.found.into_iter().zip(belongs).filter(|(_, belongs)| *belongs);
        seen.spans.extend(loose.map(|(word, _)| word.span));
        seen.spans
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_MARKS, Marker, takes_one_character};
    use crate::{
        query::{Clock, Language, Query, TermSet},
        schema::Schema,
    };

    fn parsed(text: &str) -> Query {
        let schema = Schema::built_in().expect("it is sound");
        Query::parse(text, &Language::new(schema.query_fields(), Clock::utc())).value
    }

    /// The marks in a field, each as its leaf and its text.
    fn marks<'t>(query: &Query, field: &str, text: &'t str) -> Vec<(usize, &'t str)> {
        let marks = Marker::new(query).marks(field, text);
        marks.into_iter().map(|mark| (mark.leaf, &text[mark.span])).collect()
    }

    #[test]
    fn a_phrase_may_begin_within_its_own_beginning() {
        let cases: [(&str, &str, &[&str]); 4] = [
            ("\"a a b\"", "a a a b", &["a a b"]),
            ("\"a b a\"", "a b a b a", &["a b a", "a b a"]),
            ("\"a b\"", "a x b a", &[]),
            ("\"a b\"", "a a. b b", &["a. b"]),
        ];
        for (query, text, marked) in cases {
            let query = parsed(query);
            let found: Vec<_> = marks(&query, "body", text).into_iter().map(|(_, text)| text).collect();
            assert_eq!(found, marked, "{query} in {text}");
        }
        let query = parsed("\"a b a\"");
        let spans = Marker::new(&query).spans("body", "a b a b a x a b a");
        assert_eq!(spans, [0..9, 12..17], "spans are disjoint");
    }

    /// Snippets are chosen by the number of different leaves in them.
    #[test]
    fn the_same_words_are_one_leaf_wherever_they_were_typed() {
        let query =
            parsed("solar OR (glass AND solar) OR title:glass OR \"solar glass\" OR \"solar glass\"~3");
        let both = [(0, "solar"), (1, "glass")];
        let phrases = [(3, "solar glass"), (4, "solar"), (4, "glass")];
        let sorted = |mut marks: Vec<(usize, &'static str)>| {
            marks.sort_unstable_by_key(|(leaf, text)| (*leaf, std::cmp::Reverse(*text)));
            marks
        };
        assert_eq!(sorted(marks(&query, "body", "solar glass")), [&both[..], &phrases].concat());
        let of_title = [&both[..], &[(2, "glass")], &phrases].concat();
        assert_eq!(sorted(marks(&query, "title", "solar glass")), of_title);
    }

    #[test]
    fn a_pair_is_marked_whole_if_any_set_takes_it_whole() {
        let prefix = |text: &str| TermSet::Prefix(text.to_owned());
        let copper = TermSet::Any(vec![prefix("铜"), TermSet::Exact("铜价".into()), prefix("铝锭")]);
        for (pair, expected) in [("铜矿", true), ("铜价", false), ("铝锭", false), ("铝价", false)] {
            let matcher = copper.matcher();
            assert_eq!(takes_one_character(&matcher, pair), expected, "{pair}");
        }
        assert!(!takes_one_character(&prefix("铜价").matcher(), "铜价"), "two characters were typed");
    }

    #[test]
    fn a_leaf_has_a_limited_number_of_marks() {
        let query = parsed("solar OR \"solar glass\"");
        let text = "solar glass ".repeat(MAX_MARKS + 1);
        let found = Marker::new(&query).marks("body", &text);
        for leaf in [0, 1] {
            assert_eq!(found.iter().filter(|mark| mark.leaf == leaf).count(), MAX_MARKS);
        }
    }
}
