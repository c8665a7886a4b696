//! Lowers the leaves of several words: phrases and `near`.

use super::{
    Lowering, MAX_RANKED, any, nothing,
    spans::{Filler, MAX_CLAUSES, Spans, Unit, clauses},
    term,
};
use crate::{
    index::{IndexError, cluster::mapping, idf},
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

    /// What the score of a phrase or a `near` in some fields is multiplied by: it is that of a term as rare as the rarest slot, and
    /// an engine adds the idf of each word that may stand in a slot.
    ///
    /// # Errors
    ///
    /// As for every request.
    pub(super) fn rarity(&self, fields: &[String], words: &Words) -> Result<f32, IndexError> {
        let Some(first) = fields.first() else { return Ok(1.0) };
        let characters = self.characters(first);
        let units = self.units(Spans { field: first, characters: characters.as_deref() }, "", words)?;
        let fillers: Vec<&Filler> = units.iter().flat_map(|unit| &unit.0).map(|(_, filler)| filler).collect();
        let is_plain = |filler: &&Filler| filler.characters.is_empty() && filler.words.len() == 1;
        if words.slop == 0 && fillers.iter().all(is_plain) {
            return Ok(1.0);
        }
        let word_in = |word: &String| any(fields.iter().map(|field| term(field, &json!(word))).collect());
        let character_in = |character: &String| {
            let each = fields.iter().filter_map(|field| self.characters(field));
            any(each.map(|field| term(&field, &json!(character))).collect())
        };
        let of_slot = |filler: &&Filler| -> Vec<Value> {
            filler.words.iter().map(word_in).chain(filler.characters.iter().map(character_in)).collect()
        };
        let slots: Vec<Vec<Value>> = fillers.iter().map(of_slot).collect();
        let each: Vec<&Value> = slots.iter().flatten().collect();
        if each.len() > MAX_RANKED {
            #[expect(clippy::cast_precision_loss, reason = "a factor needs no more digits")]
            return Ok(1.0 / each.len() as f32);
        }
        let mut queries: Vec<Value> = slots.iter().map(|slot| any(slot.clone())).collect();
        queries.extend(each.into_iter().cloned());
        let docs = self.expander.docs()?;
        let idfs: Vec<f32> =
            self.expander.counts(&queries, &queries)?.into_iter().map(|count| idf(count, docs)).collect();
        let (of_slots, of_words) = idfs.split_at(slots.len());
        Ok(of_slots.iter().copied().fold(0.0, f32::max) / of_words.iter().sum::<f32>().max(f32::EPSILON))
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
