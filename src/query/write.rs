//! Writes a query tree as text, in the query language as far as its syntax can express the tree.

use super::{Query, Security, Slot, TermSet, Words, punctuation::ascii};
use crate::article::BuiltIn;
use std::{fmt, ops::Bound};

/// The text in quotes; quotes inside it become spaces.
#[must_use]
pub fn quoted(text: &str) -> String {
    let inner: String = text.chars().map(|c| if ascii(c) == '"' { ' ' } else { c }).collect();
    format!("\"{inner}\"")
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Query::All => f.write_str("*"),
            Query::Words(words) => words.fmt(f),
            Query::MinShouldMatch { clauses, least, optional } => {
                f.write_str("(")?;
                list(f, clauses.iter().map(Grouped), " ")?;
                f.write_str(")~")?;
                least.map_or(Ok(()), |least| write!(f, "{least}"))?;
                optional.iter().try_for_each(|clause| write!(f, " {}?", Grouped(clause)))
            }
            Query::Synonyms(several) if several.len() == 1 => list(f, several.iter(), ""),
            Query::Synonyms(several) => {
                f.write_str("(")?;
                joined(f, several, " = ")?;
                f.write_str(")")
            }
            Query::Security(security) => security.fmt(f),
            Query::Path { field, path } if field == BuiltIn::Symbol.name() => {
                match path.trim_matches('/').split_once('/') {
                    Some((_, venue)) => write!(f, "venue:{venue}"),
                    None => write!(f, "market:{}", path.trim_matches('/')),
                }
            }
            Query::Path { field, path } => {
                let path = path.trim_start_matches('/');
                let plain =
                    !path.contains(|c: char| c.is_whitespace() || matches!(ascii(c), '(' | ')' | '"' | '|'));
                if plain { write!(f, "{field}:{path}") } else { write!(f, "{field}:{}", quoted(path)) }
            }
            Query::Date { field, range, zone } => {
                let field = if field == BuiltIn::Published.name() { "date" } else { field };
                write!(f, "{field}:{}", range.written(zone))
            }
            Query::Number { field, from, to } => match (from, to) {
                (Bound::Included(from), Bound::Included(to)) if from.to_bits() == to.to_bits() => {
                    write!(f, "{field}:{from}")
                }
                (Bound::Included(from), Bound::Included(to)) => write!(f, "{field}:{from}..{to}"),
                (Bound::Included(from), _) => write!(f, "{field}:>={from}"),
                (Bound::Excluded(from), _) => write!(f, "{field}:>{from}"),
                (Bound::Unbounded, Bound::Included(to)) => write!(f, "{field}:<={to}"),
                (Bound::Unbounded, Bound::Excluded(to)) => write!(f, "{field}:<{to}"),
                (Bound::Unbounded, Bound::Unbounded) => write!(f, "{field}:*"),
            },
            Query::Exists(field) => write!(f, "{field}:*"),
            Query::And(parts) => joined(f, parts, " AND "),
            Query::Or(parts) => joined(f, parts, " OR "),
            Query::Not(inner) => write!(f, "NOT {}", Operand(inner)),
            Query::Boost(inner, by) => write!(f, "{}^{by}", Operand(inner)),
        }
    }
}

impl fmt::Display for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.role.as_str())?;
        let symbols =
            self.readings.iter().flat_map(|reading| std::iter::once(reading).chain(reading.alternatives()));
        if self.readings.is_empty() { f.write_str(&quoted(&self.typed)) } else { list(f, symbols, "|") }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field}:")?;
        }
        if self.is_near() {
            let open = if self.field.is_some() { "(" } else { "" };
            let units = self.slots.chunk_by(|a, b| a.unit == b.unit).map(Unit);
            f.write_str(open)?;
            list(f, units, &format!(" near/{} ", self.slop))?;
            return f.write_str(if open.is_empty() { "" } else { ")" });
        }
        Unit(&self.slots).fmt(f)?;
        if self.slop > 0 { write!(f, "~{}", self.slop) } else { Ok(()) }
    }
}

/// Slots at fixed offsets: one word, or a phrase.
struct Unit<'q>(&'q [Slot]);

impl fmt::Display for Unit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [slot] = self.0 {
            return slot.terms.fmt(f);
        }
        f.write_str("\"")?;
        for (index, slot) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            match &slot.terms {
                TermSet::Exact(word) | TermSet::Forms(word) => f.write_str(word)?,
                other => other.fmt(f)?,
            }
        }
        f.write_str("\"")
    }
}

impl fmt::Display for TermSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TermSet::Exact(word) => write!(f, "\"{word}\""),
            TermSet::Forms(word) => f.write_str(word),
            TermSet::Prefix(prefix) => write!(f, "{prefix}*"),
            TermSet::Pattern(pattern) => pattern.fmt(f),
            TermSet::Any(sets) => {
                f.write_str("(")?;
                list(f, sets.iter(), " OR ")?;
                f.write_str(")")
            }
        }
    }
}

/// The operand of `NOT` or `^`, in parentheses where needed.
struct Operand<'q>(&'q Query);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            part @ (Query::And(_) | Query::Or(_) | Query::Not(_)) => write!(f, "({part})"),
            Query::Words(words) if words.is_near() && words.field.is_none() => write!(f, "({words})"),
            part => part.fmt(f),
        }
    }
}

/// A part of a conjunction or disjunction, in parentheses where needed.
struct Grouped<'q>(&'q Query);

impl fmt::Display for Grouped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            part @ (Query::And(_) | Query::Or(_)) => write!(f, "({part})"),
            part => part.fmt(f),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Query], by: &str) -> fmt::Result {
    list(f, parts.iter().map(Grouped), by)
}

fn list(f: &mut fmt::Formatter<'_>, items: impl Iterator<Item = impl fmt::Display>, by: &str) -> fmt::Result {
    for (index, item) in items.enumerate() {
        if index > 0 {
            f.write_str(by)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}
