//! Spans of the engine: which documents have words that stand to each other in some way.

use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};

/// A term that no text has.
const NO_TERM: &str = "\u{fffe}";
/// Maximum number of clauses of a query: an engine takes no more. It counts each term and each gap of its spans.
pub(super) const MAX_CLAUSES: usize = 1024;
/// Maximum number of units of which all orders are asked.
const MAX_ORDERED: usize = 4;

/// The words of a field that may stand in a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filler {
    /// None of them begins with one of the characters.
    pub words: BTreeSet<String>,
    /// Any word may that begins with one of these characters.
    pub characters: BTreeSet<String>,
    /// But for these words.
    except: BTreeSet<String>,
}

impl Filler {
    pub(super) fn words(words: BTreeSet<String>) -> Self {
        Self { words, ..Self::default() }
    }

    /// All words that begin with a character.
    pub(super) fn beginning(character: &str) -> Self {
        Self { characters: [character.to_owned()].into(), ..Self::default() }
    }

    /// The words that any of some fillers takes.
    pub(super) fn any(fillers: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for filler in fillers {
            all.words.extend(filler.words);
            all.characters.extend(filler.characters);
        }
        all.words.retain(|word| first(word).is_none_or(|first| !all.characters.contains(first)));
        all
    }

    fn takes(&self, word: &str) -> bool {
        self.words.contains(word) || first(word).is_some_and(|first| self.characters.contains(first))
    }

    fn is_disjoint(&self, other: &Self) -> bool {
        self.characters.is_disjoint(&other.characters)
            && !self.words.iter().any(|word| other.takes(word))
            && !other.words.iter().any(|word| self.takes(word))
    }
}

/// The first character of a word.
fn first(word: &str) -> Option<&str> {
    word.chars().next().map(|first| &word[..first.len_utf8()])
}

/// Divides what some slots take into parts, each with the slots that take it. No word is in two parts.
fn parts(slots: &[&Filler]) -> BTreeMap<Vec<usize>, Filler> {
    let takers = |takes: &dyn Fn(&Filler) -> bool| -> Vec<usize> {
        (0..).zip(slots).filter(|(_, filler)| takes(filler)).map(|(slot, _)| slot).collect()
    };
    let mut parts: BTreeMap<Vec<usize>, Filler> = BTreeMap::new();
    let characters: BTreeSet<&str> =
        slots.iter().flat_map(|filler| &filler.characters).map(String::as_str).collect();
    for character in &characters {
        let part = parts.entry(takers(&|filler| filler.characters.contains(*character))).or_default();
        part.characters.insert((*character).to_owned());
    }
    let words: BTreeSet<&String> = slots.iter().flat_map(|filler| &filler.words).collect();
    for word in words {
        let of_word = takers(&|filler| filler.takes(word));
        if let Some(first) = first(word).filter(|first| characters.contains(first)) {
            let of_first = takers(&|filler| filler.characters.contains(first));
            if of_first == of_word {
                continue;
            }
            parts.entry(of_first).or_default().except.insert(word.clone());
        }
        parts.entry(of_word).or_default().words.insert(word.clone());
    }
    parts
}

/// Slots at fixed places from each other: their offsets, in order, and what may stand there.
#[derive(Clone, Debug, Default)]
pub(super) struct Unit(pub Vec<(u32, Filler)>);

impl Unit {
    /// Where its first slot is.
    fn offset(&self) -> u32 {
        self.0.first().map_or(0, |(offset, _)| *offset)
    }

    /// The number of positions from its first slot to its last.
    fn width(&self) -> u32 {
        self.0.last().map_or(0, |(offset, _)| 1 + offset - self.offset())
    }

    fn has_gap(&self) -> bool {
        self.width() as usize > self.0.len()
    }

    fn is_disjoint(&self, other: &Self) -> bool {
        self.0.iter().all(|(_, filler)| other.0.iter().all(|(_, other)| filler.is_disjoint(other)))
    }
}

/// A unit of which a window is made.
#[derive(Clone, Copy)]
struct Placed<'v> {
    offset: i64,
    width: i64,
    /// The span of its first slot, and that of the whole.
    first: &'v Value,
    whole: &'v Value,
    /// Units with the same number take the same words, those with different numbers have none in common.
    part: usize,
}

/// Spans in a field.
#[derive(Clone, Copy)]
pub(super) struct Spans<'f> {
    pub field: &'f str,
    /// The field that has the first characters of its words, at their positions, if there is one.
    pub characters: Option<&'f str>,
}

impl Spans<'_> {
    /// Units that begin within the slop of their places, each word at a position of its own; `None` if that takes too many
    /// clauses.
    pub(super) fn within(self, units: &[Unit], slop: u32) -> Option<Value> {
        if let [unit] = units {
            return Some(self.unit(unit));
        }
        let each: usize = units.iter().map(|unit| clauses(&self.unit(unit))).sum();
        if each > MAX_CLAUSES {
            return None;
        }
        let has_single_slots = units.iter().all(|unit| unit.0.len() == 1);
        let is_disjoint =
            (1..).zip(units).all(|(next, unit)| units[next..].iter().all(|other| unit.is_disjoint(other)));
        let begin_alike = units.iter().all(|unit| unit.offset() == units[0].offset());
        if has_single_slots && is_disjoint && begin_alike {
            // Spans in any order may overlap, which those of different words cannot.
            let room = (slop as usize + 1).checked_sub(units.len());
            let spans = units.iter().map(|unit| self.unit(unit)).collect();
            return Some(room.map_or_else(|| self.nothing(), |room| near(spans, room, false)));
        }
        let can_be_ordered = begin_alike && units.len() <= MAX_ORDERED && !units.iter().any(Unit::has_gap);
        let orders = can_be_ordered.then(|| self.orders(units, slop as usize)).flatten();
        let windows = if has_single_slots {
            self.windows_of_slots(units, slop)
        } else if is_disjoint {
            self.windows_of_units(units, slop)
        } else {
            None
        };
        let best = orders.into_iter().chain(windows).min_by_key(clauses);
        best.or_else(|| self.shifts(units, slop, each)).filter(|best| clauses(best) <= MAX_CLAUSES)
    }

    fn nothing(self) -> Value {
        json!({"span_term": {self.field: NO_TERM}})
    }

    fn any(self, mut spans: Vec<Value>) -> Value {
        match spans.len() {
            // A span needs a term, and no text has this one.
            0 => self.nothing(),
            1 => spans.swap_remove(0),
            _ => json!({"span_or": {"clauses": spans}}),
        }
    }

    fn filler(self, filler: &Filler) -> Value {
        let words = |words: &BTreeSet<String>| -> Vec<Value> {
            words.iter().map(|word| json!({"span_term": {self.field: word}})).collect()
        };
        let mut spans = words(&filler.words);
        if let Some(characters) = self.characters.filter(|_| !filler.characters.is_empty()) {
            let of = |character: &String| {
                let term = json!({"span_term": {characters: character}});
                json!({"field_masking_span": {"query": term, "field": self.field}})
            };
            let mut any = self.any(filler.characters.iter().map(of).collect());
            if !filler.except.is_empty() {
                any = json!({"span_not": {"include": any, "exclude": self.any(words(&filler.except))}});
            }
            spans.push(any);
        }
        self.any(spans)
    }

    fn gap(self, positions: i64) -> Option<Value> {
        (positions > 0).then(|| json!({"span_gap": {self.field: positions}}))
    }

    fn unit(self, unit: &Unit) -> Value {
        let fillers: Vec<Value> = unit.0.iter().map(|(_, filler)| self.filler(filler)).collect();
        let offsets = unit.0.iter().map(|(offset, _)| i64::from(*offset));
        self.exact(&offsets.zip(&fillers).collect::<Vec<_>>())
    }

    /// Spans at exactly these places from each other, in order.
    fn exact(self, placed: &[(i64, &Value)]) -> Value {
        let mut spans = Vec::with_capacity(placed.len());
        let mut next = placed.first().map_or(0, |(place, _)| *place);
        for (place, span) in placed {
            spans.extend(self.gap(place - next));
            spans.push((*span).clone());
            next = place + 1;
        }
        near(spans, 0, true)
    }

    /// Units without gaps, all of which begin within the slop, in each order: those of an order do not overlap. Where they begin
    /// is within the slop whatever their lengths, so the room between them depends on which is the last.
    fn orders(self, units: &[Unit], slop: usize) -> Option<Value> {
        let spans: Vec<Value> = units.iter().map(|unit| self.unit(unit)).collect();
        let each: usize = spans.iter().map(clauses).sum();
        let mut orders = Vec::new();
        for order in permutations(units.len()) {
            // Of equal units the first one comes first.
            let is_other = (1..).zip(&order).all(|(next, unit)| {
                order[next..].iter().all(|later| later > unit || spans[*later] != spans[*unit])
            });
            let before_last: usize = order[..order.len() - 1].iter().map(|unit| units[*unit].0.len()).sum();
            if let Some(room) = slop.checked_sub(before_last).filter(|_| is_other) {
                orders.push(near(order.iter().map(|unit| spans[*unit].clone()).collect(), room, true));
            }
            if orders.len() * each > MAX_CLAUSES {
                return None;
            }
        }
        Some(self.any(orders))
    }

    /// Words, each of which may take positions that another could have. What they take is divided into parts, so that in each
    /// choice of parts two words take either the same or nothing in common.
    fn windows_of_slots(self, units: &[Unit], slop: u32) -> Option<Value> {
        let slots: Vec<&Filler> = units.iter().flat_map(|unit| &unit.0).map(|(_, filler)| filler).collect();
        let parts = parts(&slots);
        let spans: Vec<Value> = parts.values().map(|part| self.filler(part)).collect();
        let mut choices: Vec<Vec<Placed<'_>>> = vec![Vec::new()];
        for (slot, unit) in units.iter().enumerate() {
            let of_slot = (0..).zip(parts.keys()).filter(|(_, takers)| takers.contains(&slot));
            let of_slot: Vec<usize> = of_slot.map(|(part, _)| part).collect();
            if choices.len() * of_slot.len() > MAX_CLAUSES {
                return None;
            }
            let placed = of_slot.into_iter().map(|part| {
                let (first, whole) = (&spans[part], &spans[part]);
                Placed { offset: unit.offset().into(), width: 1, first, whole, part }
            });
            choices = placed
                .flat_map(|placed| choices.iter().map(move |choice| [choice.as_slice(), &[placed]].concat()))
                .collect();
        }
        self.windows(&choices, slop)
    }

    /// Units that have no word in common.
    fn windows_of_units(self, units: &[Unit], slop: u32) -> Option<Value> {
        let spans: Vec<(Value, Value)> = units
            .iter()
            .map(|unit| {
                (
                    unit.0.first().map_or_else(|| self.nothing(), |(_, first)| self.filler(first)),
                    self.unit(unit),
                )
            })
            .collect();
        let placed = (0..).zip(units).zip(&spans).map(|((part, unit), (first, whole))| Placed {
            offset: unit.offset().into(),
            width: unit.width().into(),
            first,
            whole,
            part,
        });
        self.windows(&[placed.collect()], slop)
    }

    /// For each choice of units, for each unit that may come first in the text, and for each number of positions by which it may
    /// come later than the earliest of them for its place: the windows in which the others begin then.
    fn windows(self, choices: &[Vec<Placed<'_>>], slop: u32) -> Option<Value> {
        let slop = i64::from(slop);
        let (mut windows, mut count) = (Vec::new(), 0);
        for units in choices {
            for (at, first) in units.iter().enumerate() {
                let mut others: Vec<&Placed<'_>> = units
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != at)
                    .map(|(_, unit)| unit)
                    .collect();
                // Of units that take the same words, the one that is first in the leaf comes first.
                let comes_before = |other: &Placed<'_>, index: usize| {
                    other.part == first.part && (other.offset, index) < (first.offset, at)
                };
                if (0..).zip(units).any(|(index, other)| comes_before(other, index)) {
                    continue;
                }
                others.sort_by_key(|unit| (unit.part, unit.offset));
                // Where no window begins behind the word that comes next, a later one only ends earlier.
                let latest = others.iter().map(|unit| unit.offset - first.offset - 1).max();
                for late in 0..=latest.unwrap_or_default().clamp(0, slop) {
                    if let Some(window) = self.window(first, &others, slop, late) {
                        count += clauses(&window);
                        windows.push(window);
                    }
                    if count > MAX_CLAUSES {
                        return None;
                    }
                }
            }
        }
        Some(self.any(windows))
    }

    /// A span from the first unit on in which all others have a place, sorted by what they take and by offset. Each window
    /// contains spans that end in it; those that must not begin early begin with the first unit's word themselves: then a
    /// later such word only makes them end later.
    fn window(self, first: &Placed<'_>, others: &[&Placed<'_>], slop: i64, late: i64) -> Option<Value> {
        let bounds = |unit: &Placed<'_>| {
            let apart = unit.offset - first.offset - late;
            (apart.max(1), apart + slop)
        };
        let mut within: Vec<(i64, Value)> = Vec::new();
        if first.width > 1 {
            within.push((first.width, first.whole.clone()));
        }
        let is_alone = others.len() == 1 && within.is_empty();
        for equal in others.chunk_by(|a, b| a.part == b.part) {
            // Any run of those that take the same words needs as many words, which is enough by Hall's theorem: what each
            // may take is a range of them.
            for (from, one) in equal.iter().enumerate() {
                for (count, last) in (1..).zip(&equal[from..]) {
                    let (least, most) = (bounds(one).0, bounds(last).1);
                    let room = usize::try_from(most - least + 1 - i64::try_from(count).ok()?).ok()?;
                    let mut spans = Vec::new();
                    if least > 1 || one.part == first.part || is_alone {
                        spans.push(first.first.clone());
                        spans.extend(self.gap(least - 1));
                    }
                    spans.extend(iter::repeat_n(one.whole.clone(), count));
                    within.push((most + last.width, near(spans, room, true)));
                }
            }
        }
        if is_alone {
            return within.pop().map(|(_, span)| span);
        }
        within.sort_by_key(|(end, _)| *end);
        let (mut window, mut width) = (first.first.clone(), 1);
        for (end, span) in within {
            let longer: Vec<Value> = iter::once(window).chain(self.gap(end - width)).collect();
            window = json!({"span_containing": {"big": near(longer, 0, true), "little": span}});
            width = end;
        }
        Some(window)
    }

    /// All ways in which units may be apart, each as spans at exactly these places; `None` if they have too many clauses, each so
    /// many.
    fn shifts(self, units: &[Unit], slop: u32, each: usize) -> Option<Value> {
        // At least one of them is not shifted.
        let count = u32::try_from(units.len()).ok()?;
        let count = (u64::from(slop) + 1).checked_pow(count)? - u64::from(slop).pow(count);
        if count.saturating_mul(each as u64) > MAX_CLAUSES as u64 {
            return None;
        }
        let fillers: Vec<Vec<Value>> =
            units.iter().map(|unit| unit.0.iter().map(|(_, filler)| self.filler(filler)).collect()).collect();
        let mut phrases = Vec::new();
        for shifts in shifts_within(units.len(), slop) {
            let mut placed: Vec<(i64, &Value)> = Vec::new();
            for ((unit, fillers), shift) in units.iter().zip(&fillers).zip(shifts) {
                let shifted = unit.0.iter().map(|(offset, _)| i64::from(*offset) + i64::from(shift));
                placed.extend(shifted.zip(fillers));
            }
            placed.sort_by_key(|(place, _)| *place);
            // Each word stands at a place of its own.
            if placed.windows(2).all(|pair| pair[0].0 < pair[1].0) {
                phrases.push(self.exact(&placed));
            }
        }
        Some(self.any(phrases))
    }
}

/// The number of clauses that an engine counts in a query of phrases and spans.
pub(super) fn clauses(query: &Value) -> usize {
    match query {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match name.as_str() {
                "span_term" | "span_gap" | "match_phrase" => 1,
                _ => clauses(value),
            })
            .sum(),
        Value::Array(several) => several.iter().map(clauses).sum(),
        _ => 0,
    }
}

/// All shifts of so many units up to a greatest one, of which the least is none.
fn shifts_within(units: usize, most: u32) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    for _ in 0..units {
        let longer = |shifts: &Vec<u32>, next: u32| [shifts.as_slice(), &[next]].concat();
        all = all.iter().flat_map(|shifts| (0..=most).map(move |next| longer(shifts, next))).collect();
    }
    all.retain(|shifts| shifts.iter().min() == Some(&0));
    all
}

/// All orders of the first numbers.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for number in 0..count {
        let inserted = |order: &Vec<usize>, at: usize| {
            let mut longer = order.clone();
            longer.insert(at, number);
            longer
        };
        orders = orders.iter().flat_map(|order| (0..=number).map(move |at| inserted(order, at))).collect();
    }
    orders
}

/// Spans with at most so many positions between them.
fn near(mut spans: Vec<Value>, room: usize, in_order: bool) -> Value {
    if spans.len() == 1 {
        return spans.swap_remove(0);
    }
    json!({"span_near": {"clauses": spans, "slop": room, "in_order": in_order}})
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Filler, MAX_CLAUSES, Spans, Unit, clauses};

    /// So many words of Chinese in three fields, each with others that mean the same: the last character of a word is not asked.
    fn taken(words: u32, alternatives: u32, slop: u32) -> usize {
        let filler = |word| {
            Filler::words((0..alternatives).map(|alternative| format!("{word} {alternative}")).collect())
        };
        let units: Vec<Unit> = (0..words).map(|word| Unit(vec![(2 * word, filler(word))])).collect();
        3 * clauses(&Spans { field: "w.title", characters: None }.within(&units, slop).unwrap())
    }

    #[test]
    fn what_the_documentation_promises_is_within_the_limit() {
        for (words, alternatives, slop) in [(5, 1, 1000), (4, 3, 1000), (12, 1, 3)] {
            let taken = taken(words, alternatives, slop);
            assert!(taken <= MAX_CLAUSES, "{words} words within {slop} take {taken} clauses");
        }
    }
}
