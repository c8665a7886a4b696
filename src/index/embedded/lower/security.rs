//! Lowers a security: the articles that name it, and those that are about it.

use super::{Lowered, Lowering, facet};
use crate::{
    article::{AboutPart, BuiltIn, LEAD_CHARS},
    index::embedded::{explain::Named, layout::about_term, phrase::SlopPhraseQuery},
    query::{Security, Slot, TermSet, Words},
    schema::FieldKind,
    symbol::Symbol,
    text,
};
use std::iter;
use tantivy::{
    Term,
    query::{BooleanQuery, ConstScoreQuery, EmptyQuery, TermQuery},
    schema::IndexRecordOption,
};

/// The scores of `about:` for a security in the title, in the lead, and first in the list.
const PART_BOOSTS: [f32; 3] = [3.0, 2.0, 1.0];

impl Lowering<'_> {
    /// Articles that name a security in any of its readings, or by an ambiguous notation of it.
    pub(super) fn named(&self, security: &Security) -> Lowered {
        let Some((_, field)) = self.field(BuiltIn::Symbol.name()) else { return Box::new(EmptyQuery) };
        let mut readings = Vec::new();
        for path in paths(security) {
            let other = Term::from_field_text(self.commit.definition.layout.alternative, &path);
            readings.push(facet(field, &path));
            readings.push(Box::new(TermQuery::new(other, IndexRecordOption::Basic)));
        }
        Box::new(BooleanQuery::union(readings))
    }

    /// Articles about a security. Each part that names it, by a code or by a name, adds to the score.
    pub(super) fn about(&self, security: &Security) -> tantivy::Result<Lowered> {
        let about = self.commit.definition.layout.about;
        let mut parts = Vec::new();
        for (part, boost) in AboutPart::ALL.into_iter().zip(PART_BOOSTS) {
            let mut any: Vec<Lowered> = Vec::new();
            for path in paths(security) {
                let term = Term::from_field_text(about, &about_term(part, &path));
                any.push(Box::new(TermQuery::new(term, IndexRecordOption::Basic)));
            }
            for name in &security.names {
                any.extend(self.name_in(part, name)?);
            }
            let any = ConstScoreQuery::new(Box::new(BooleanQuery::union(any)), boost);
            let what = format!("{} is named in: {}", security.typed, part.as_str());
            parts.push(Named::boxed(what, Box::new(any)));
        }
        Ok(Box::new(BooleanQuery::union(parts)))
    }

    /// Articles that have a name in this part.
    fn name_in(&self, part: AboutPart, name: &Words) -> tantivy::Result<Vec<Lowered>> {
        let places: &[(BuiltIn, u32)] = match part {
            AboutPart::Title => &[(BuiltIn::Title, u32::MAX)],
            AboutPart::Lead => &[(BuiltIn::Description, u32::MAX), (BuiltIn::Body, lead_positions(name))],
            AboutPart::First => &[],
        };
        let mut found: Vec<Lowered> = Vec::new();
        for (place, within) in places {
            let text = self.field(place.name()).filter(|(def, _)| def.kind == FieldKind::Text);
            let Some((_, field)) = text else { continue };
            let slots = name.slots.iter().map(|slot| Ok((slot.offset, self.found(field, &slot.terms)?)));
            let slots = slots.collect::<tantivy::Result<Vec<_>>>()?;
            found.push(Box::new(SlopPhraseQuery { field, slots, shape: name.shape(), within: *within }));
        }
        Ok(found)
    }
}

/// About how many positions the lead of a body has, which is told by characters: a word of letters takes six with the space
/// behind it, a bigram one.
fn lead_positions(name: &Words) -> u32 {
    let is_han = |slot: &Slot| match &slot.terms {
        TermSet::Exact(word) | TermSet::Prefix(word) => word.chars().all(text::is_han_like),
        _ => false,
    };
    if name.slots.iter().all(is_han) { LEAD_CHARS } else { LEAD_CHARS / 6 }
}

/// The facet paths of all readings of a security.
fn paths(security: &Security) -> impl Iterator<Item = String> {
    let readings = security.readings.iter();
    readings.flat_map(|symbol| iter::once(symbol).chain(symbol.alternatives())).map(Symbol::facet)
}
