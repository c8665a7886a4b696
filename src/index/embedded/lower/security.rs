//! Lowers a security: the articles that name it, and those that are about it.

use super::{Lowered, Lowering, facet, without};
use crate::{
    article::{AboutPart, BuiltIn},
    index::{
        embedded::{explain::Named, phrase::SlopPhraseQuery, union::SkippingUnion},
        ranking::{NAME_LEAD, PART_BOOSTS},
        terms::{about_term, readings},
    },
    query::{Security, Words},
    schema::FieldKind,
};
use tantivy::{
    Term,
    query::{BooleanQuery, ConstScoreQuery, EmptyQuery, TermQuery},
    schema::IndexRecordOption,
};

impl Lowering<'_> {
    /// Articles that name a security in any of its readings, or by an ambiguous notation of it.
    pub(super) fn named(&self, security: &Security) -> Lowered {
        let Some((_, field)) = self.field(BuiltIn::Symbol.name()) else { return Box::new(EmptyQuery) };
        let mut any = Vec::new();
        for path in readings(security) {
            let other = Term::from_field_text(self.commit.definition.layout.alternative, &path);
            any.push(facet(field, &path));
            any.push(Box::new(TermQuery::new(other, IndexRecordOption::Basic)));
        }
        Box::new(BooleanQuery::union(any))
    }

    /// Articles about a security. Each part that names it, by a code or by a name, adds to the score.
    pub(super) fn about(&self, security: &Security) -> tantivy::Result<Lowered> {
        let about = self.commit.definition.layout.about;
        let mut parts = Vec::new();
        for (part, boost) in AboutPart::ALL.into_iter().zip(PART_BOOSTS) {
            let mut any: Vec<Lowered> = Vec::new();
            for path in readings(security) {
                let term = Term::from_field_text(about, &about_term(part, &path));
                any.push(Box::new(TermQuery::new(term, IndexRecordOption::Basic)));
            }
            let mut by_name: Vec<Lowered> = Vec::new();
            for name in &security.names {
                by_name.extend(self.name_in(part, name)?);
            }
            if part == AboutPart::Lead && !by_name.is_empty() {
                // Where others are listed and this one is not, the name is a mention or that of another firm.
                let others = without(self.exists(BuiltIn::Symbol.name()), self.named(security));
                by_name = vec![without(Box::new(SkippingUnion::sum(by_name)), others)];
            }
            any.extend(by_name);
            let any = ConstScoreQuery::new(Box::new(SkippingUnion::sum(any)), boost);
            let what = format!("{} is named in: {}", security.typed, part.as_str());
            parts.push(Named::boxed(what, Box::new(any)));
        }
        Ok(Box::new(SkippingUnion::sum(parts)))
    }

    /// Articles that have a name in this part.
    fn name_in(&self, part: AboutPart, name: &Words) -> tantivy::Result<Vec<Lowered>> {
        let places: &[(BuiltIn, u32)] = match part {
            AboutPart::Title => &[(BuiltIn::Title, u32::MAX)],
            AboutPart::Lead => &[(BuiltIn::Description, NAME_LEAD), (BuiltIn::Body, NAME_LEAD)],
            AboutPart::First => &[],
        };
        let mut found: Vec<Lowered> = Vec::new();
        for (place, within) in places {
            let text = self.field(place.name()).filter(|(def, _)| def.kind == FieldKind::Text);
            let Some((_, field)) = text else { continue };
            let slots = name.slots.iter().map(|slot| self.found(&field.into(), &slot.terms));
            let slots = slots.collect::<tantivy::Result<Vec<_>>>()?;
            found.push(Box::new(SlopPhraseQuery { field, slots, shape: name.shape(), within: *within }));
        }
        Ok(found)
    }
}
