//! Adds synonyms to words that were typed.

use super::{
    Query, Synonyms, TermSet, Words, punctuation,
    synonyms::{MAX_TERM_WORDS, Term},
    words::{Reading, leaf, unquoted},
};
use crate::text::{english, fold, is_han_like};
use std::ops::Range;

/// Han characters that join words, folded. One that remains between two terms need not be in an article.
const LINKS: [char; 12] = ['的', '和', '与', '及', '将', '在', '对', '或', '已', '拟', '再', '后'];

/// A piece of query text that may have synonyms.
pub(super) struct Typed<'t> {
    /// The whole text.
    pub text: &'t str,
    /// The offset at which the piece begins.
    pub start: usize,
    /// The offset at which the piece ends, then those at which words behind it end that a term may take as well.
    pub ends: Vec<usize>,
    /// The field that is asked.
    pub field: Option<&'t str>,
}

impl Typed<'_> {
    /// The words of the piece with their synonyms, and the offset at which they end.
    pub(super) fn with_synonyms(&self, words: Query, synonyms: &Synonyms) -> (Query, usize) {
        let end = self.ends[0];
        match synonyms.longest(self.text, self.start, &self.ends) {
            Some((span, others)) if span.end == end => (self.same_meaning(words, &others, &span), end),
            Some((span, others)) => {
                let each = self.text[span.clone()].split_whitespace();
                let each = each.filter_map(|word| unquoted(word, self.start, Reading::Forms, self.field));
                (self.same_meaning(Query::and(each), &others, &span), span.end)
            }
            None => match self.in_parts(&self.text[self.start..end], synonyms) {
                Some(parts) => (Query::Synonyms(vec![words, parts]), end),
                None => (words, end),
            },
        }
    }

    fn same_meaning(&self, typed: Query, others: &[&Term], span: &Range<usize>) -> Query {
        let others = others.iter().filter_map(|term| {
            let words = leaf(&term.text, span.start, Reading::EachForm)?;
            let field = self.field.map(str::to_owned);
            let plain = self.field.is_none();
            Some(Words { field, span: span.clone(), plain, ..words }.with_slop(term.slop))
        });
        let all: Vec<Query> = std::iter::once(typed).chain(others.map(Query::Words)).collect();
        let all = without_shorter(all);
        if all.len() == 1 { Query::and(all) } else { Query::Synonyms(all) }
    }

    /// A Han run as the terms in it, with their synonyms, and what remains between them. `None` without terms, or where
    /// a character remains alone: then a term was most likely cut out of two other words, as 国债 out of 中国债券.
    fn in_parts(&self, run: &str, synonyms: &Synonyms) -> Option<Query> {
        if !run.contains(is_han_like) {
            return None;
        }
        let found = synonyms.within(run);
        if found.is_empty() {
            return None;
        }
        let mut parts = Vec::new();
        let mut from = 0;
        for (span, others) in &found {
            self.add_between(run, from..span.start, &mut parts)?;
            let words = unquoted(&run[span.clone()], self.start + span.start, Reading::Forms, self.field)?;
            parts.push(self.same_meaning(words, others, &(self.start + span.start..self.start + span.end)));
            from = span.end;
        }
        self.add_between(run, from..run.len(), &mut parts)?;
        keep_apart(&mut parts);
        Some(Query::and(parts))
    }

    /// Adds what remains between terms; `None` if that is no word.
    fn add_between(&self, run: &str, span: Range<usize>, parts: &mut Vec<Query>) -> Option<()> {
        let rest = &run[span.clone()];
        let folded = fold(rest);
        let mut characters = folded.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) if LINKS.contains(&only) => {}
            (Some(only), None) if is_han_like(only) => return None,
            _ => parts.extend(unquoted(rest, self.start + span.start, Reading::Forms, self.field)),
        }
        Some(())
    }
}

/// The words of a query by their stems.
fn stems_of(query: &Query) -> Vec<String> {
    let mut stems = Vec::new();
    query.each_words(&mut |words| {
        for slot in &words.slots {
            if let TermSet::Exact(word) | TermSet::Forms(word) | TermSet::Prefix(word) = &slot.terms {
                stems.push(english::stem(word).into_owned());
            }
        }
    });
    stems
}

/// Synonyms without those that are a part of what was typed first: a further word must narrow, so that `solar power` is not
/// `solar`.
fn without_shorter(mut all: Vec<Query>) -> Vec<Query> {
    let typed = all.first().map(stems_of).unwrap_or_default();
    let is_part = |other: &Query| {
        let other = stems_of(other);
        !other.is_empty() && typed.windows(other.len()).any(|part| part == other)
    };
    let mut index = 0;
    all.retain(|one| {
        index += 1;
        index == 1 || !is_part(one)
    });
    all
}

/// Takes from each of several required parts the synonyms that another part has typed: of `semiconductor chip` both words
/// must be there.
pub(super) fn keep_apart(parts: &mut [Query]) {
    let typed = |part: &Query| match part {
        Query::Synonyms(several) => several.first().map(stems_of).unwrap_or_default(),
        other => stems_of(other),
    };
    let all: Vec<Vec<String>> = parts.iter().map(typed).collect();
    for (index, part) in parts.iter_mut().enumerate() {
        let Query::Synonyms(several) = part else { continue };
        let is_typed = |other: &Query| {
            let other = stems_of(other);
            all.iter().enumerate().any(|(place, typed)| place != index && *typed == other)
        };
        let (before, mut place) = (several.len(), 0);
        several.retain(|one| {
            place += 1;
            place == 1 || !is_typed(one)
        });
        if several.len() == 1 && before > 1 {
            *part = several.swap_remove(0);
        }
    }
}

impl Query {
    /// The query for a text without operators: a question, a sentence, a heading. All of its words are required.
    #[must_use]
    pub fn of_words(text: &str, synonyms: &Synonyms) -> Query {
        Self::of_words_at(text, 0..text.len(), synonyms)
    }

    /// The same for a part of a query text, by its byte range.
    #[must_use]
    pub fn of_words_at(text: &str, part: Range<usize>, synonyms: &Synonyms) -> Query {
        let text = &text[..part.end];
        let mut at = part.start;
        let spans = text[part.start..].split_whitespace().flat_map(|chunk| {
            let start = at + text[at..].find(chunk).unwrap_or_default();
            at = start + chunk.len();
            let words = punctuation::words(chunk).into_iter();
            words.map(move |(from, word)| start + from..start + from + word.len())
        });
        let spans: Vec<Range<usize>> = spans.collect();
        let mut parts = Vec::new();
        let mut next = 0;
        while let Some(span) = spans.get(next) {
            // A term does not go on behind punctuation.
            let together = |pair: &&[Range<usize>]| text[pair[0].end..pair[1].start].trim().is_empty();
            let more = spans[next..].windows(2).take(MAX_TERM_WORDS - 1).take_while(together);
            let ends = std::iter::once(span.end).chain(more.map(|pair| pair[1].end)).collect();
            next += 1;
            if let Some(words) = unquoted(&text[span.clone()], span.start, Reading::Forms, None) {
                let typed = Typed { text, start: span.start, ends, field: None };
                let (words, end) = typed.with_synonyms(words, synonyms);
                parts.push(words);
                next = spans.partition_point(|span| span.end <= end);
            }
        }
        keep_apart(&mut parts);
        Query::and(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::{Query, Synonyms};

    fn read(text: &str) -> String {
        let groups = [["联储局", "Fed"], ["减息", "降息"], ["国债", "公债"]];
        let groups = groups.map(|group| group.map(str::to_owned).to_vec());
        Query::of_words(text, &Synonyms::new(groups.to_vec())).to_string()
    }

    #[test]
    fn a_han_run_may_hold_terms() {
        let cases = [
            ("减息", "(\"减息\" = \"降息\")"),
            // Of the four bigrams, a third rounded down may be missing.
            (
                "联储局减息",
                "((\"联储\" \"储局\" \"局减\" \"减息\")~3 = ((\"联储 储局\" = fed) AND (\"减息\" = \"降息\")))",
            ),
            ("預期減息", "(\"预期 期减 减息\" = (\"预期\" AND (\"减息\" = \"降息\")))"),
            // A character that joins words is not asked for.
            (
                "减息的预期",
                "((\"减息\" \"息的\" \"的预\" \"预期\")~3 = ((\"减息\" = \"降息\") AND \"的预 预期\"))",
            ),
            (
                "联储局将减息",
                "((\"联储\" \"储局\" \"局将\" \"将减\" \"减息\")~4 = ((\"联储 储局\" = fed) AND (\"减息\" = \"降息\")))",
            ),
            // 国债 is no word of this.
            ("中国债券", "\"中国 国债 债券\""),
        ];
        for (typed, expected) in cases {
            assert_eq!(read(typed), expected, "{typed}");
        }
    }

    #[test]
    fn a_further_word_narrows() {
        let written = |text: &str| {
            let groups = [["semiconductor", "chip"], ["solar", "solar power"], ["分红", "派息"]];
            let groups = groups.map(|group| group.map(str::to_owned).to_vec());
            Query::of_words(text, &Synonyms::new(groups.to_vec())).to_string()
        };
        assert_eq!(written("chips"), "(chips = semiconductor)");
        assert_eq!(written("semiconductor chips"), "semiconductor AND chips");
        assert_eq!(written("solar"), "(solar = \"solar power\")");
        assert_eq!(written("solar power"), "solar AND power", "`solar` is a part of it");
        assert_eq!(written("分红派息"), "(\"分红 红派 派息\" = (\"分红\" AND \"派息\"))");
    }

    #[test]
    fn a_relaxed_run_is_taken_apart_as_it_was_typed() {
        let query = Query::of_words("联储局减息", &Synonyms::built_in());
        assert!(query.is_plain());
        let relaxed = query.relaxed().map(|relaxed| relaxed.to_string());
        assert_eq!(relaxed.as_deref(), Some("(联储 储局 局减 减息)~"));
    }
}
