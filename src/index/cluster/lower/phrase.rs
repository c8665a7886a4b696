//! Lowers the leaves of several words: phrases and `near`.

use super::{
    Lowering, nothing,
    spans::{Filler, MAX_CLAUSES, Spans, Unit, clauses},
};
use crate::{
    index::{IndexError, cluster::mapping},
    problem::message,
    query::{TermSet, Words},
    schema::FieldKind,
    text,
};
use serde_json::{Value, json};

/// Maximum number of phrases of the engine that a phrase with slop stands for: of more, spans take fewer clauses.
const MAX_PHRASES: usize = 256;

impl Lowering<'_> {
    /// The documents that have the words of a phrase or a `near` in a field.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if they take too many clauses; else as for every request.
    pub(super) fn phrase(&self, field: &str, prefix: &str, words: &Words) -> Result<Value, IndexError> {
        let characters = self.characters(field);
        let spans = Spans { field, characters: characters.as_deref() };
        let units = self.units(spans, prefix, words)?;
        let may_be_apart = |slots: &[_]| words.slop == 0 || slots.len() == 1;
        let is_adjacent = words.slots.windows(2).all(|pair| pair[1].offset == pair[0].offset + 1);
        if is_adjacent && units.iter().all(|unit| may_be_apart(&unit.0)) {
            let most = if words.slop == 0 { 1 } else { MAX_PHRASES };
            let fillers: Vec<&Filler> =
                units.iter().flat_map(|unit| &unit.0).map(|(_, filler)| filler).collect();
            if let Some(phrases) = phrases(field, &fillers, words.slop, most) {
                return Ok(phrases);
            }
        }
        spans.within(&units, words.slop).ok_or_else(|| too_much(words))
    }

    /// The words of an exact phrase in a field, as a span.
    pub(super) fn exact_spans(&self, field: &str, prefix: &str, words: &Words) -> Result<Value, IndexError> {
        let characters = self.characters(field);
        let spans = Spans { field, characters: characters.as_deref() };
        let units = self.units(spans, prefix, words)?;
        spans.within(&units, 0).ok_or_else(|| too_much(words))
    }

    /// The field of the single characters of a field of words.
    fn characters(&self, field: &str) -> Option<String> {
        let row = self.schema.fields().iter().find(|row| mapping::words(&row.name) == field)?;
        (row.kind == FieldKind::Text).then(|| mapping::characters(&row.name))
    }

    /// The units of a leaf. An exact phrase is one.
    fn units(&self, spans: Spans<'_>, prefix: &str, words: &Words) -> Result<Vec<Unit>, IndexError> {
        let mut units: Vec<Unit> = Vec::new();
        for slot in &words.slots {
            let unit = if words.slop == 0 { 0 } else { slot.unit };
            units.resize_with(units.len().max(unit + 1), Unit::default);
            units[unit].0.push((slot.offset, self.filler(spans, prefix, &slot.terms)?));
        }
        Ok(units)
    }

    /// The tokens that may fill a slot.
    fn filler(&self, spans: Spans<'_>, prefix: &str, set: &TermSet) -> Result<Filler, IndexError> {
        let words = match set {
            TermSet::Prefix(character) if spans.characters.is_some() && is_one_han(character) => {
                return Ok(Filler::beginning(character));
            }
            TermSet::Any(sets) => {
                let each = sets.iter().map(|set| self.filler(spans, prefix, set));
                return Ok(Filler::any(each.collect::<Result<Vec<_>, _>>()?));
            }
            TermSet::Exact(word) => [word.clone()].into(),
            set => self.expander.terms(set)?,
        };
        Ok(Filler::words(words.iter().map(|word| [prefix, word].concat()).collect()))
    }
}

/// A phrase of the engine for each choice of words, of which there are at most so many; `None` if there are more. The best one
/// gives the score.
fn phrases(field: &str, fillers: &[&Filler], slop: u32, most: usize) -> Option<Value> {
    let mut phrases = vec![String::new()];
    for filler in fillers {
        if !filler.characters.is_empty() || phrases.len() * filler.words.len() > most {
            return None;
        }
        phrases = phrases
            .iter()
            .flat_map(|phrase| filler.words.iter().map(move |word| [phrase, " ", word].concat()))
            .collect();
    }
    let phrase =
        |words: String| json!({"match_phrase": {field: {"query": words.trim_start(), "slop": slop}}});
    let mut phrases: Vec<Value> = phrases.into_iter().map(phrase).collect();
    Some(match phrases.len() {
        0 => nothing(),
        1 => phrases.swap_remove(0),
        _ => json!({"dis_max": {"queries": phrases}}),
    })
}

/// Fails if what words were lowered to has too many clauses.
pub(super) fn check(words: &Words, lowered: Value) -> Result<Value, IndexError> {
    if clauses(&lowered) > MAX_CLAUSES { Err(too_much(words)) } else { Ok(lowered) }
}

fn too_much(words: &Words) -> IndexError {
    IndexError::TooMuch(message!(
        "`{}` takes over {} clauses of an engine; use fewer words, synonyms and patterns, or let them be less far apart",
        words.to_string(),
        MAX_CLAUSES
    ))
}

pub(super) fn is_one_han(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(text::is_han_like) && characters.next().is_none()
}
