//! `near/5`: words and phrases within so many words of each other, in any order.

use super::{Parser, plain};
use crate::{
    problem::Problem,
    query::{Query, Slot, Span, Wanted, Words},
};

/// The most words that `near` may leave between.
const FARTHEST: u32 = 1000;

impl Parser<'_> {
    /// One thing, or several with `near/5` between them.
    pub(super) fn near(&mut self) -> Option<Query> {
        if let Some((_, span)) = self.near_operator() {
            self.note("dangling-operator", span, "a `near` without words on both sides was left out");
        }
        let first = self.one()?;
        let mut operands = vec![first];
        let mut chain: Option<(u32, Span)> = None;
        while let Some((distance, span)) = self.near_operator() {
            let operand = if matches!(self.peek(), None | Some(')')) { None } else { self.one() };
            match (operand, &chain) {
                (Some(_), Some((known, _))) if *known != distance => {
                    let message =
                        "one chain of `near` has one distance; put a part of it in a query of its own";
                    return self.refuse(Problem::new("bad-near", span, message));
                }
                (Some(operand), _) => {
                    operands.push(operand);
                    chain = Some((distance, span));
                }
                (None, _) if self.stopped() => return None,
                (None, _) => {
                    self.note("dangling-operator", span, "a `near` without words on both sides was left out");
                }
            }
        }
        match chain {
            None => operands.pop(),
            Some((distance, span)) => self.joined(operands, distance, span),
        }
    }

    /// Takes `near/5`, and says how far and where.
    fn near_operator(&mut self) -> Option<(u32, Span)> {
        self.peek();
        let rest = &self.text[self.at..];
        let name = rest.get(..5).filter(|name| name.eq_ignore_ascii_case("near/"))?;
        let digits =
            rest[name.len()..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - name.len());
        let after = rest[name.len() + digits..].chars().next().map(plain);
        if digits == 0 || after.is_some_and(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"')) {
            return None;
        }
        let distance = rest[name.len()..name.len() + digits].parse().unwrap_or(FARTHEST);
        let start = self.at;
        self.at += name.len() + digits;
        Some((distance.clamp(1, FARTHEST), start..self.at))
    }

    fn joined(&mut self, operands: Vec<Query>, distance: u32, span: Span) -> Option<Query> {
        let mut joined: Option<Words> = None;
        for (unit, operand) in operands.into_iter().enumerate() {
            let Some((field, mut slots)) = unit_of(operand) else {
                let message = "`near` stands between words, phrases and groups of single words";
                return self.refuse(Problem::new("bad-near", span, message));
            };
            for slot in &mut slots {
                slot.unit = unit;
            }
            match &mut joined {
                None => joined = Some(Words { field, slots, slop: distance, span: span.clone() }),
                Some(words) if words.field == field => words.slots.extend(slots),
                Some(_) => {
                    let message =
                        "`near` stands between words of one field, as in `title:(solar near/5 glass)`";
                    return self.refuse(Problem::new("bad-near", span, message));
                }
            }
        }
        joined.map(Query::Words)
    }
}

/// What stands on one side of `near`: the field and the slots of a word or phrase.
fn unit_of(query: Query) -> Option<(Option<String>, Vec<Slot>)> {
    match query {
        Query::Words(words) if words.slop == 0 => Some((words.field, words.slots)),
        // A run of Han characters stands as it was typed.
        Query::Most(several, _) => {
            let field = several.first()?.field.clone();
            Some((field, several.into_iter().flat_map(|words| words.slots).collect()))
        }
        Query::Synonyms(several) => any_of(several.into_iter().map(Query::Words)),
        // A notation of a security stands as it was typed.
        Query::Or(parts) if matches!(parts.as_slice(), [Query::Security(_), Query::Words(_)]) => {
            unit_of(parts.into_iter().nth(1)?)
        }
        Query::Or(parts) => any_of(parts.into_iter()),
        _ => None,
    }
}

/// One slot for any of some single words.
fn any_of(parts: impl Iterator<Item = Query>) -> Option<(Option<String>, Vec<Slot>)> {
    let mut field = None;
    let mut sets = Vec::new();
    for part in parts {
        let (of_part, mut slots) = unit_of(part)?;
        let slot = slots.pop().filter(|_| slots.is_empty())?;
        if sets.is_empty() {
            field = of_part;
        } else if field != of_part {
            return None;
        }
        sets.push(slot.wanted);
    }
    Some((field, vec![Slot { offset: 0, unit: 0, wanted: Wanted::Any(sets) }]))
}
