//! How the slots of a phrase stand to each other, and which tokens of a text are a match of it.
//!
//! A window slides over the tokens that may fill slots. Each slot needs a token of its own in it. Slots with the same
//! terms share their tokens out in order, which is the best that can be done; only where sets of terms overlap is a
//! bipartite matching necessary.

use std::{collections::BTreeMap, iter, mem};

/// How the slots of a leaf must stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    places: Vec<Place>,
    /// The number of slots of each unit.
    units: Vec<usize>,
    /// The groups of several slots.
    repeated: Vec<Repeated>,
    /// How far units may stand from their places in the leaf, in positions; 0 for an exact phrase.
    pub slop: u32,
}

/// The place of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The unit of the slot.
    pub unit: usize,
    /// The position relative to the first slot; for a `near`, relative to the first slot of the unit.
    pub offset: u32,
    /// The first slot with the same terms.
    pub group: usize,
}

/// Slots with the same terms.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Repeated {
    group: usize,
    /// The offsets of the slots, in order.
    offsets: Vec<u32>,
}

/// A token of a text that may fill a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filler {
    /// Where the phrase would begin if the token filled the slot: its position minus the slot's offset.
    pub begins: i64,
    /// The index of the slot.
    pub slot: usize,
    /// The position of the token.
    pub position: u32,
}

impl Shape {
    pub(super) fn new(places: Vec<Place>, slop: u32) -> Self {
        let mut units = vec![0; places.iter().map(|place| place.unit + 1).max().unwrap_or(0)];
        let mut groups: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for place in &places {
            units[place.unit] += 1;
            groups.entry(place.group).or_default().push(place.offset);
        }
        let repeated = groups.into_iter().filter(|(_, offsets)| offsets.len() > 1);
        let repeated = repeated.map(|(group, mut offsets)| {
            offsets.sort_unstable();
            Repeated { group, offsets }
        });
        Self { units, repeated: repeated.collect(), places, slop }
    }

    /// Whether each match is an adjacent run of tokens that are all different: `begins` is all that has to be compared.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.slop == 0
            && self.units.len() == 1
            && self.places.windows(2).all(|pair| pair[0].offset < pair[1].offset)
    }

    /// The first slot with the same terms as this one.
    #[must_use]
    pub fn group(&self, slot: usize) -> usize {
        self.places[slot].group
    }

    /// The slots with the terms of this group.
    pub fn slots(&self, group: usize) -> impl Iterator<Item = usize> {
        (0..self.places.len()).filter(move |slot| self.places[*slot].group == group)
    }

    /// Where the phrase would begin if a token at this position filled the slot.
    #[must_use]
    pub fn begins(&self, slot: usize, position: u32) -> i64 {
        i64::from(position) - i64::from(self.places[slot].offset)
    }

    /// Whether tokens at these positions, in order, can be enough for all slots of a group: this alone rules out most
    /// texts for a phrase that repeats a word.
    #[must_use]
    pub fn may_suffice(&self, group: usize, positions: &[u32]) -> bool {
        let Some(repeated) = self.repeated.iter().find(|repeated| repeated.group == group) else {
            return !positions.is_empty();
        };
        let between = |some: &[u32]| some.last().zip(some.first()).map_or(0, |(last, first)| last - first);
        let span = between(&repeated.offsets).saturating_add(self.slop);
        positions.windows(repeated.offsets.len()).any(|some| between(some) <= span)
    }

    /// For each filler, whether it belongs to a match; `fillers` must be sorted. A match has one filler for every slot:
    /// their `begins` differ by at most the slop, and are equal within a unit. Two neighbours of a phrase that are
    /// swapped differ by 2. No token fills two slots.
    #[must_use]
    pub fn matching(&self, fillers: &[Filler]) -> Vec<bool> {
        let whole = self.whole_units(fillers);
        let tokens = Tokens::new(self, &whole);
        let mut belongs = vec![false; fillers.len()];
        // The number of fillers of each slot in the window, the number of slots without any, and up to where the window
        // is marked already.
        let mut inside = vec![0_usize; self.places.len()];
        let mut empty = inside.len();
        let (mut from, mut marked) = (0, 0);
        // Where the tokens begin that were last found to suffice: a window with them needs no others.
        let mut sufficient = None;
        let mut to = 0;
        for together in whole.chunk_by(|(_, a), (_, b)| a.begins == b.begins) {
            to += together.len();
            for (_, filler) in together {
                empty -= usize::from(inside[filler.slot] == 0);
                inside[filler.slot] += 1;
            }
            while whole[to - 1].1.begins - whole[from].1.begins > i64::from(self.slop) {
                let slot = whole[from].1.slot;
                inside[slot] -= 1;
                empty += usize::from(inside[slot] == 0);
                from += 1;
            }
            if empty > 0 {
                continue;
            }
            if sufficient.is_none_or(|begins| begins < whole[from].1.begins) {
                sufficient = tokens.sufficient(&whole[from..to]);
            }
            if sufficient.is_some() {
                whole[from.max(marked)..to].iter().for_each(|(index, _)| belongs[*index] = true);
                marked = to;
            }
        }
        belongs
    }

    /// The fillers, with their indices, that begin together with fillers for all other slots of their unit.
    fn whole_units(&self, fillers: &[Filler]) -> Vec<(usize, Filler)> {
        let all = (0..).zip(fillers.iter().copied());
        if self.has_single_slots() {
            return all.collect();
        }
        let unit = |filler: &Filler| self.places[filler.slot].unit;
        let mut whole = Vec::with_capacity(fillers.len());
        let mut at = 0;
        let mut filled = vec![0_usize; self.units.len()];
        for together in fillers.chunk_by(|a, b| a.begins == b.begins) {
            filled.fill(0);
            let mut last = None;
            for filler in together {
                // Two tokens at one position fill one slot.
                if last.replace(filler.slot) != Some(filler.slot) {
                    filled[unit(filler)] += 1;
                }
            }
            let all_there = |filler: &Filler| filled[unit(filler)] == self.units[unit(filler)];
            whole.extend((at..).zip(together.iter().copied()).filter(|(_, filler)| all_there(filler)));
            at += together.len();
        }
        whole
    }

    /// Whether each slot is a unit of its own.
    fn has_single_slots(&self) -> bool {
        self.units.len() == self.places.len()
    }
}

/// The tokens of a text, which the slots have to share.
struct Tokens<'s> {
    shape: &'s Shape,
    /// For each group of several slots, the positions of its tokens, in order, each once.
    of_repeated: Vec<Vec<u32>>,
    /// Whether it is not enough that each group has tokens for its slots.
    mixed: bool,
}

impl<'s> Tokens<'s> {
    fn new(shape: &'s Shape, fillers: &[(usize, Filler)]) -> Self {
        let group = |filler: &Filler| shape.places[filler.slot].group;
        let mut tokens: Vec<(u32, usize)> =
            fillers.iter().map(|(_, filler)| (filler.position, group(filler))).collect();
        tokens.sort_unstable();
        tokens.dedup();
        let shared = tokens.windows(2).any(|pair| pair[0].0 == pair[1].0);
        let of = |repeated: &Repeated| {
            let own = tokens.iter().filter(|(_, group)| *group == repeated.group);
            own.map(|(position, _)| *position).collect()
        };
        let of_repeated = shape.repeated.iter().map(of).collect();
        // A unit of several slots can stand only where all its tokens are.
        let mixed = shared || !shape.repeated.is_empty() && !shape.has_single_slots();
        Self { shape, of_repeated, mixed }
    }

    /// Where the first of some tokens of a window begins that suffice for the slots, each of which has a filler in the
    /// window; `None` if no tokens do.
    fn sufficient(&self, window: &[(usize, Filler)]) -> Option<i64> {
        let (first, last) = (window.first()?.1.begins, window.last()?.1.begins);
        let mut earliest = i64::MAX;
        for (repeated, positions) in iter::zip(&self.shape.repeated, &self.of_repeated) {
            earliest = earliest.min(repeated.sufficient(positions, first, last)?);
        }
        if self.mixed { self.matched(window) } else { Some(earliest) }
    }

    /// As [`Tokens::sufficient`], for slots any of which may share tokens.
    fn matched(&self, window: &[(usize, Filler)]) -> Option<i64> {
        let slots = self.shape.places.len();
        let mut of_slot: Vec<Vec<u32>> = vec![Vec::new(); slots];
        for (_, filler) in window.iter().rev() {
            let words = &mut of_slot[filler.slot];
            // A slot with as many tokens as there are slots needs no more: the other slots leave it one.
            if words.len() < slots {
                words.push(filler.position);
            }
        }
        let mut words = of_slot.concat();
        words.sort_unstable();
        words.dedup();
        if words.len() < slots {
            return None;
        }
        let index = |position: &u32| words.binary_search(position).unwrap_or_default();
        let of_slot = of_slot.iter().map(|positions| positions.iter().map(index).collect()).collect();
        let mut matching =
            Matching { of_slot, taken: vec![None; words.len()], tried: vec![slots; words.len()] };
        if !(0..slots).all(|slot| matching.take(slot, slot)) {
            return None;
        }
        let taken = iter::zip(&words, &matching.taken);
        taken.filter_map(|(position, slot)| Some(self.shape.begins((*slot)?, *position))).min()
    }
}

impl Repeated {
    /// As [`Tokens::sufficient`], for the slots of this group and tokens that begin between two places. Each slot from
    /// the last one on takes the latest token that the slots behind it have left.
    fn sufficient(&self, positions: &[u32], first: i64, last: i64) -> Option<i64> {
        let mut earliest = i64::MAX;
        let mut left = positions;
        for offset in self.offsets.iter().map(|offset| i64::from(*offset)).rev() {
            // By bisection: behind the window there may be all of a long text.
            left = &left[..left.partition_point(|position| i64::from(*position) - offset <= last)];
            let (position, others) = left.split_last()?;
            let begins = i64::from(*position) - offset;
            if begins < first {
                return None;
            }
            earliest = earliest.min(begins);
            left = others;
        }
        Some(earliest)
    }
}

/// A bipartite matching of slots and tokens, by augmenting paths.
struct Matching {
    /// The indices of the tokens of each slot.
    of_slot: Vec<Vec<usize>>,
    /// The slot that has taken each token.
    taken: Vec<Option<usize>>,
    /// The slot for which each token was tried last.
    tried: Vec<usize>,
}

impl Matching {
    /// Finds a token for a slot, if necessary by moving other slots to other tokens, on behalf of the slot `wanting` one.
    fn take(&mut self, slot: usize, wanting: usize) -> bool {
        for place in 0..self.of_slot[slot].len() {
            let token = self.of_slot[slot][place];
            if mem::replace(&mut self.tried[token], wanting) == wanting {
                continue;
            }
            if self.taken[token].is_none_or(|holder| self.take(holder, wanting)) {
                self.taken[token] = Some(slot);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{Filler, Shape};
    use crate::query::{Clock, Fields, Language, Query, Words};

    fn words(text: &str) -> Words {
        match Query::parse(text, &Language::new(Fields::default(), Clock::utc())).value {
            Query::Words(words) => words,
            other => panic!("one leaf, not {other}"),
        }
    }

    /// The tokens of a text that may fill slots.
    fn fillers(words: &Words, shape: &Shape, text: &[&str]) -> Vec<Filler> {
        let mut fillers = Vec::new();
        for (slot, wanted) in words.slots.iter().enumerate() {
            let matcher = wanted.terms.matcher();
            for (position, _) in (0..).zip(text).filter(|(_, word)| matcher.takes(word)) {
                fillers.push(Filler { begins: shape.begins(slot, position), slot, position });
            }
        }
        fillers.sort_unstable();
        fillers
    }

    /// Whether slots from the given one on can have a token each, of those that are left.
    fn can_fill(slots: usize, slot: usize, left: &[Filler]) -> bool {
        slot == slots
            || left.iter().filter(|filler| filler.slot == slot).any(|filler| {
                let others: Vec<Filler> =
                    left.iter().copied().filter(|other| other.position != filler.position).collect();
                can_fill(slots, slot + 1, &others)
            })
    }

    /// All texts of six words of `abc`, against the definition: a token belongs to a match if a window of the slop has it
    /// and a token of its own for each slot.
    #[test]
    fn what_belongs_to_a_match_is_in_a_window_with_a_token_for_each_slot() {
        let queries = [
            "\"a a\"~1",
            "\"a a a\"~2",
            "\"a b a\"~2",
            "\"a a b a\"~3",
            "\"b a a b\"~2",
            "a near/2 a near/2 a",
            "(a OR b) near/2 (b OR c) near/2 a",
            "(a OR b) near/3 (a OR c) near/3 (a OR b) near/3 (b OR c)",
            "a* near/2 (a OR b) near/2 a*",
        ];
        for query in queries {
            let words = words(query);
            let shape = words.shape();
            let (mut some, mut none) = (0, 0);
            for number in 0..3_usize.pow(6) {
                let text: Vec<&str> =
                    (0..6).map(|at| ["a", "b", "c"][number / 3_usize.pow(at) % 3]).collect();
                let fillers = fillers(&words, &shape, &text);
                let belongs = |filler: &Filler| {
                    fillers.iter().any(|last| {
                        let window = |other: &&Filler| {
                            other.begins <= last.begins && last.begins - other.begins <= i64::from(words.slop)
                        };
                        let window: Vec<Filler> = fillers.iter().filter(window).copied().collect();
                        window.contains(filler) && can_fill(words.slots.len(), 0, &window)
                    })
                };
                let expected: Vec<bool> = fillers.iter().map(belongs).collect();
                assert_eq!(shape.matching(&fillers), expected, "{query} in {text:?}");
                let matches = expected.contains(&true);
                (some, none) = (some + usize::from(matches), none + usize::from(!matches));
                for group in (0..words.slots.len()).filter(|slot| shape.group(*slot) == *slot) {
                    let of_group = fillers.iter().filter(|filler| filler.slot == group);
                    let positions: Vec<u32> = of_group.map(|filler| filler.position).collect();
                    assert!(!matches || shape.may_suffice(group, &positions), "{query} in {text:?}");
                }
            }
            assert!(some > 0 && none > 0, "{query} tells texts apart");
        }
    }

    #[test]
    fn a_repeated_word_needs_as_many_tokens_near_each_other() {
        let shape = words(&format!("\"{}\"~100", ["the"; 32].join(" "))).shape();
        let every = |step: u32| (0..500).map(|token| token * step).collect::<Vec<_>>();
        // From the first to the last of 32 tokens: 31 steps, at most the slop and the 31 places of the phrase.
        assert!(shape.may_suffice(0, &every(4)), "124 of 131");
        assert!(!shape.may_suffice(0, &every(5)), "155 of 131");
    }
}
