//! `near/5`: words and phrases within five positions of each other, in any order.

use super::{MAX_LOOSE, MAX_SLOP, Parser};
use crate::{
    problem::{Problem, message},
    query::{
        Query, Slot, Span, TermSet, Words,
        punctuation::{ascii, digits, in_ascii},
    },
};

impl Parser<'_> {
    /// Reads one operand, or several joined by `near/5`.
    pub(super) fn near(&mut self) -> Option<Query> {
        if let Some((_, span)) = self.near_operator() {
            self.note(
                "dangling-operator",
                span,
                message!("a `near` without words on both sides was left out"),
            );
            if !self.operand_follows() {
                return None;
            }
        }
        let first = self.one()?;
        let mut operands = vec![first];
        let mut chain: Option<(u32, Span)> = None;
        while let Some((distance, span)) = self.near_operator() {
            let operand = if self.operand_follows() { self.alone(Self::one) } else { None };
            match (operand, &chain) {
                (Some(_), Some((known, _))) if *known != distance => {
                    let message = message!(
                        "one chain of `near` has one distance; put a part of it in a query of its own"
                    );
                    return self.fail(Problem::new("bad-near", span, message));
                }
                (Some(_), _) if !(1..=MAX_SLOP).contains(&distance) => {
                    let message = message!("`near` takes a distance from 1 to {}", MAX_SLOP);
                    return self.fail(Problem::new("bad-near", span, message));
                }
                (Some(operand), _) => {
                    operands.push(operand);
                    chain = Some((distance, span));
                }
                (None, _) if self.stopped() => return None,
                (None, _) => {
                    self.note(
                        "dangling-operator",
                        span,
                        message!("a `near` without words on both sides was left out"),
                    );
                }
            }
        }
        match chain {
            None => operands.pop(),
            Some((distance, span)) => self.joined(operands, distance, span),
        }
    }

    /// Takes `near/5`. Returns its distance and span.
    pub(super) fn near_operator(&mut self) -> Option<(u32, Span)> {
        self.peek();
        let (distance, length) = self.near_at(self.at)?;
        let start = self.at;
        self.at += length;
        Some((distance, start..self.at))
    }

    /// The distance and the length in bytes of the `near/5` at a byte offset.
    pub(super) fn near_at(&self, at: usize) -> Option<(u32, usize)> {
        let rest = &self.text[at..];
        let name: usize = rest.chars().take("near/".len()).map(char::len_utf8).sum();
        if !in_ascii(&rest[..name]).eq_ignore_ascii_case("near/") {
            return None;
        }
        let digits = digits(&rest[name..]);
        let after = rest[name + digits..].chars().next().map(ascii);
        if digits == 0 || after.is_some_and(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"')) {
            return None;
        }
        let distance = in_ascii(&rest[name..name + digits]).parse().unwrap_or(u32::MAX);
        Some((distance, name + digits))
    }

    fn joined(&mut self, operands: Vec<Query>, distance: u32, span: Span) -> Option<Query> {
        let mut joined: Option<Words> = None;
        for (unit, operand) in operands.into_iter().enumerate() {
            let operand = self.without_phrases(operand, &span);
            let Some((field, mut slots)) = self.unit_of(operand) else {
                let message = message!("`near` joins words, phrases and groups of single words");
                return self.fail(Problem::new("bad-near", span, message));
            };
            for slot in &mut slots {
                slot.unit = unit;
            }
            match &mut joined {
                None => {
                    joined = Some(Words { field, slots, slop: distance, span: span.clone(), plain: false });
                }
                Some(words) if words.field == field => words.slots.extend(slots),
                Some(_) => {
                    let message =
                        message!("`near` joins words of one field, as in `title:(solar near/5 glass)`");
                    return self.fail(Problem::new("bad-near", span, message));
                }
            }
        }
        if joined.as_ref().is_some_and(|words| words.slots.len() > MAX_LOOSE) {
            let message = message!("`near` joins at most {} words", MAX_LOOSE);
            return self.fail(Problem::new("bad-near", span, message));
        }
        joined.map(Query::Words)
    }

    /// Of synonyms, keeps the typed one and single words: a slot beside `near` has no room for phrases.
    fn without_phrases(&mut self, query: Query, span: &Span) -> Query {
        let mut several = match query {
            Query::Synonyms(several) => several,
            Query::Or(parts) => {
                let parts = parts.into_iter().map(|part| self.without_phrases(part, span));
                return Query::or(parts.collect());
            }
            other => return other,
        };
        let is_word = |one: &Query| matches!(one, Query::Words(words) if words.slots.len() == 1);
        let all = several.len();
        if several.first().is_some_and(is_word) {
            several.retain(is_word);
        } else {
            several.truncate(1);
        }
        let is_told = self.problems.iter().any(|problem| problem.code == "synonyms-left-out");
        if several.len() < all && !is_told {
            let message = message!("synonyms of several words or characters were ignored beside `near`");
            self.note("synonyms-left-out", span.clone(), message);
        }
        Query::or(several)
    }

    /// One side of a `near`: the field and slots of a word or phrase.
    fn unit_of(&self, query: Query) -> Option<Unit> {
        match query {
            Query::Words(words) if words.slop == 0 => Some((words.field, words.slots)),
            // The bigrams of a Han run keep the offsets at which they were typed.
            Query::MinShouldMatch { clauses, .. } => {
                let units = clauses.into_iter().map(|clause| self.unit_of(clause));
                let (fields, slots): (Vec<_>, Vec<_>) =
                    units.collect::<Option<Vec<Unit>>>()?.into_iter().unzip();
                Some((fields.into_iter().next()?, slots.concat()))
            }
            // A security notation is matched as it was typed.
            Query::Or(mut parts) => match parts.as_slice() {
                [Query::Security(security), Query::Words(words)]
                    if self.text.get(words.span.clone()) == Some(&security.typed) =>
                {
                    self.unit_of(parts.swap_remove(1))
                }
                _ => self.any_of(parts.into_iter()),
            },
            _ => None,
        }
    }

    /// One slot for the union of some single words.
    fn any_of(&self, parts: impl Iterator<Item = Query>) -> Option<Unit> {
        let mut field = None;
        let mut sets = Vec::new();
        for part in parts {
            let (of_part, mut slots) = self.unit_of(part)?;
            let slot = slots.pop().filter(|_| slots.is_empty())?;
            if sets.is_empty() {
                field = of_part;
            } else if field != of_part {
                return None;
            }
            sets.push(slot.terms);
        }
        Some((field, vec![Slot { offset: 0, unit: 0, terms: TermSet::Any(sets) }]))
    }
}

/// A field, and the slots of a word or phrase in it.
type Unit = (Option<String>, Vec<Slot>);
