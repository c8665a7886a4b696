//! Finds in a text what a query found: the same words, by the same analysis.

use crate::{
    query::{Filler, Query, Test, Words, near},
    text,
};
use std::ops::Range;

/// Looks for the words of a query in the texts of articles.
#[derive(Debug)]
pub struct Marker<'q> {
    leaves: Vec<Leaf<'q>>,
}

#[derive(Debug)]
struct Leaf<'q> {
    words: &'q Words,
    tests: Vec<Test<'q>>,
}

/// A part of a text that a leaf of the query matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub span: Range<usize>,
    /// Which leaf, as an index.
    pub leaf: usize,
}

/// A word of the text that may stand in a slot of a leaf.
struct Found {
    slot: usize,
    position: u32,
    span: Range<usize>,
}

impl<'q> Marker<'q> {
    /// A marker for the words that the query wants to be there.
    #[must_use]
    pub fn new(query: &'q Query) -> Self {
        let mut leaves: Vec<Leaf<'q>> = Vec::new();
        query.each_words(&mut |words| {
            if !leaves.iter().any(|leaf| leaf.words.slots == words.slots && leaf.words.field == words.field) {
                leaves
                    .push(Leaf { words, tests: words.slots.iter().map(|slot| slot.wanted.test()).collect() });
            }
        });
        Self { leaves }
    }

    /// The parts of a field's text that match, in order and apart from each other.
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

    /// The matches of each leaf, in order of their beginning.
    pub(super) fn marks(&self, field: &str, text: &str) -> Vec<Mark> {
        let asked: Vec<usize> = (0..self.leaves.len())
            .filter(|&leaf| self.leaves[leaf].words.field.as_deref().is_none_or(|asked| asked == field))
            .collect();
        if asked.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<Vec<Found>> = self.leaves.iter().map(|_| Vec::new()).collect();
        let mut words = text::Words::new(text);
        let mut word = text::Word::default();
        while words.advance(&mut word) {
            for &leaf in &asked {
                for (slot, test) in self.leaves[leaf].tests.iter().enumerate() {
                    if test.takes(&word.text) {
                        found[leaf].push(Found { slot, position: word.position, span: word.span.clone() });
                    }
                }
            }
        }
        let mut marks = Vec::new();
        for leaf in asked {
            self.leaves[leaf].matches(&found[leaf], |span| marks.push(Mark { span, leaf }));
        }
        marks.sort_by_key(|mark| (mark.span.start, mark.span.end));
        marks
    }
}

impl Leaf<'_> {
    /// Gives the spans of the words that together fill all slots.
    fn matches(&self, found: &[Found], mut give: impl FnMut(Range<usize>)) {
        let slots = &self.words.slots;
        if slots.len() == 1 {
            for word in found {
                give(word.span.clone());
            }
        } else if self.words.slop > 0 {
            let begins = |word: &Found| i64::from(word.position) - i64::from(slots[word.slot].offset);
            let mut found: Vec<(Filler, &Found)> =
                found.iter().map(|word| (Filler { begins: begins(word), slot: word.slot }, word)).collect();
            found.sort_by_key(|(filler, _)| *filler);
            let fillers: Vec<Filler> = found.iter().map(|(filler, _)| *filler).collect();
            let belongs = near(&fillers, slots.len(), self.words.slop);
            for ((_, word), _) in found.iter().zip(belongs).filter(|(_, belongs)| *belongs) {
                give(word.span.clone());
            }
        } else {
            for (index, first) in found.iter().enumerate().filter(|(_, word)| word.slot == 0) {
                let mut end = first.span.end;
                let complete = (1..slots.len()).all(|slot| {
                    let at = first.position + slots[slot].offset;
                    let later = found[index..].iter().take_while(|word| word.position <= at);
                    let hit = later.filter(|word| word.slot == slot && word.position == at).last();
                    end = hit.map_or(end, |word| word.span.end);
                    hit.is_some()
                });
                if complete {
                    give(first.span.start..end);
                }
            }
        }
    }
}
