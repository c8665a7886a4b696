//! The values of fields that are not text: securities, markets, paths, periods and numbers.

use super::{
    DateRange, FieldKind, Fields, Language, Names, Query, Role, Security,
    punctuation::{ascii, in_ascii},
};
use crate::{
    article::BuiltIn,
    problem::{Message, message},
    symbol::{Confidence, Symbol},
    text,
};
use std::ops::Bound;

/// Field names beside those of the schema, each with how it restricts the field that it stands for.
pub(super) const ALIASES: [(&str, Level); 6] = [
    ("ticker", Level::Whole),
    ("about", Level::About),
    ("mentions", Level::Mentions),
    ("market", Level::Market),
    ("venue", Level::Venue),
    ("date", Level::Period),
];

/// How an alias restricts the field that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Whole,
    About,
    Mentions,
    Market,
    Venue,
    Period,
}

impl Level {
    fn role(self) -> Role {
        match self {
            Self::About => Role::About,
            Self::Mentions => Role::Mentioned,
            _ => Role::Any,
        }
    }
}

/// A field that a query names.
#[derive(Clone, Debug)]
pub(super) struct FieldQuery {
    /// Its name in the schema.
    pub name: String,
    pub kind: FieldKind,
    level: Level,
}

/// Why a value could not be read: the message, and a hint.
pub(super) type ValueError = (Message, Option<Message>);

impl FieldQuery {
    /// The field of that name or alias, in any case.
    pub(super) fn find(name: &str, fields: &Fields) -> Option<Self> {
        let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
        let (name, level) = match alias {
            Some((_, Level::Period)) => (BuiltIn::Published.name(), Level::Period),
            Some((_, level)) => (BuiltIn::Symbol.name(), *level),
            None => (name, Level::Whole),
        };
        let (name, kind) = fields.find(name)?;
        Some(Self { name: name.to_owned(), kind, level })
    }

    /// A free key.
    pub(super) fn of_key(name: String) -> Self {
        Self { name, kind: FieldKind::Key, level: Level::Whole }
    }

    /// A comparison or a range of a free key: a bare year may be a number as well.
    fn compared(&self, value: &str, language: &Language) -> Result<Query, ValueError> {
        let number = number(&self.name, &in_ascii(value).replace('≥', ">=").replace('≤', "<="));
        let range = DateRange::parse(value, &language.clock);
        let date =
            |range| Query::Date { field: self.name.clone(), range, zone: language.clock.zone().clone() };
        match (number, range) {
            (Ok(number), Ok(range)) => Ok(Query::Or(vec![number, date(range)])),
            (Ok(number), Err(_)) => Ok(number),
            (Err(_), Ok(range)) => Ok(date(range)),
            (Err(_), Err(_)) => {
                let hint = message!(
                    "write `{}:>=10`, `{}:1..3` or `{}:>=2025-03`",
                    &self.name,
                    &self.name,
                    &self.name
                );
                Err((message!("`{}` compares neither numbers nor dates", value), Some(hint)))
            }
        }
    }

    /// Whether the field is asked by words.
    pub(super) fn is_words(&self) -> bool {
        matches!(self.kind, FieldKind::Words | FieldKind::Keyword | FieldKind::Key)
    }

    /// Whether commas separate values of the field, as in `market:HK,US`. Elsewhere they may belong to a value.
    pub(super) fn lists_values(&self) -> bool {
        let keywords = [BuiltIn::Id, BuiltIn::Locale, BuiltIn::Kind].map(BuiltIn::name);
        matches!(self.kind, FieldKind::Symbol | FieldKind::Date) || keywords.contains(&self.name.as_str())
    }

    /// Whether a comma ends a word or value of the field.
    pub(super) fn takes_list(&self) -> bool {
        self.kind == FieldKind::Words || self.lists_values()
    }

    /// The query for a value of the field.
    pub(super) fn read(&self, value: &str, language: &Language) -> Result<Query, ValueError> {
        let field = || self.name.clone();
        // Names and paths stay as they were typed.
        let ascii = in_ascii(value);
        // `about` and `mentions` have no column that could be tested for a value.
        if ascii == "*" && self.level.role() == Role::Any {
            return Ok(Query::Exists(field()));
        }
        match (self.level, self.kind) {
            (Level::Market, _) => market(&ascii),
            (Level::Venue, _) => venue(&ascii),
            (level, FieldKind::Symbol) => security(value, level.role(), &language.names),
            (_, FieldKind::Date) => DateRange::parse(value, &language.clock)
                .map(|range| Query::Date { field: field(), range, zone: language.clock.zone().clone() })
                .map_err(|message| (message, None)),
            (_, FieldKind::Number) => number(&self.name, &ascii),
            (_, FieldKind::Key) => self.compared(value, language),
            (_, FieldKind::Path) if ascii.contains('*') => {
                let hint = message!("`{}:energy` matches a path and everything below it", &self.name);
                Err((message!("`{}`: a path cannot have wildcards", value), Some(hint)))
            }
            (_, FieldKind::Path | FieldKind::Words | FieldKind::Keyword) => {
                Ok(Query::Path { field: field(), path: format!("/{}", value.trim_matches('/')) })
            }
        }
    }
}

/// Whether a value begins with a sign of comparison.
pub(super) fn has_sign(value: &str) -> bool {
    value.starts_with(|c| matches!(ascii(c), '>' | '<') || matches!(c, '≥' | '≤'))
}

/// The number that a value is, and whether it is written with a sign.
pub(super) fn bare_number(value: &str) -> Option<(f64, bool)> {
    let value = in_ascii(value.trim());
    let digits = value.trim_start_matches(['-', '+']);
    let number = value.parse::<f64>().ok().filter(|number| number.is_finite())?;
    // `inf` is a word.
    digits
        .starts_with(|c: char| c.is_ascii_digit() || c == '.')
        .then_some((number, digits.len() < value.len()))
}

/// Whether a name before a colon always has a meaning of its own.
pub(super) fn is_reserved(name: &str) -> bool {
    name == "query" || ALIASES.iter().any(|(alias, _)| *alias == name)
}

/// The field name before the colon of a chunk, and the byte offset of the value.
pub(super) fn field_name(chunk: &str) -> Option<(&str, usize)> {
    let (name, behind) = chunk.split_at(chunk.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?);
    let colon = behind.chars().next().filter(|c| ascii(*c) == ':')?;
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some((name, name.len() + colon.len_utf8()))
}

/// The security that an unquoted word names beyond doubt: by venue, cashtag, Yahoo's caret, the six digits of an A-share
/// (`600586`, `SH600586`) or Hong Kong's five (`HK00700`; fewer may be a year, as in `HK1997`).
pub(super) fn exact_symbol(chunk: &str) -> Option<Symbol> {
    let digits = chunk.bytes().filter(u8::is_ascii_digit).count();
    let listed_form = matches!((digits, chunk.len()), (6, 6 | 8 | 9) | (5, 7));
    let capitals = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase());
    Symbol::parse(chunk).filter(|symbol| {
        let venue_given = symbol.confidence() == Confidence::Exact && chunk.contains(['.', ':', '/', '^']);
        let cashtag = chunk.strip_prefix('$').is_some_and(|code| code.split(['.', '-', '/']).all(capitals));
        venue_given || listed_form || cashtag
    })
}

/// Units after which six digits are a number: `600000元`.
const HAN_UNITS: &str = "元万萬亿億股户戶人年月日吨噸台辆輛个個份点點";

/// The bytes of `600586`, `hk00700` and `SH600586`.
const CODE_LENGTHS: [usize; 3] = [6, 7, 8];

/// The byte offset at which to split a word into the code of a share in digits and Han text, as in `600586怎么了` and
/// `龙净环保SH600388`.
pub(super) fn end_of_code(chunk: &str) -> Option<usize> {
    let is_code = |text: &str| {
        let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        digits.bytes().all(|b| b.is_ascii_digit()) && exact_symbol(text).is_some()
    };
    let is_han = |c: Option<char>| c.is_some_and(text::is_han_like);
    CODE_LENGTHS.into_iter().find_map(|length| {
        if let Some((code, behind)) = chunk.split_at_checked(length)
            && is_code(code)
            && is_han(behind.chars().next())
            && !behind.starts_with(|c| HAN_UNITS.contains(c))
        {
            return Some(length);
        }
        let at = chunk.len().checked_sub(length)?;
        let (before, code) = chunk.split_at_checked(at)?;
        (is_han(before.chars().next_back()) && is_code(code)).then_some(at)
    })
}

/// A security by one of the user's names or in any notation, or, without readings, possibly by another name.
fn security(value: &str, role: Role, names: &Names) -> Result<Query, ValueError> {
    let of_user = names.get(value).map(<[Symbol]>::to_vec);
    let readings = of_user.unwrap_or_else(|| Symbol::parse(&in_ascii(value)).into_iter().collect());
    if readings.is_empty() && text::tokens(value).next().is_none() {
        let hint = message!("write 600586.SH, 700.HK, AAPL.US, the notation of your data vendor, or a name");
        return Err((message!("`{}` is not a security notation", value), Some(hint)));
    }
    Ok(Query::Security(Security { typed: value.trim().to_owned(), readings, names: Vec::new(), role }))
}

/// The query for a security that a word of the query names.
pub(super) fn one_security(typed: &str, symbol: Symbol) -> Query {
    Query::Security(Security {
        typed: typed.to_owned(),
        readings: vec![symbol],
        names: Vec::new(),
        role: Role::Any,
    })
}

fn market(value: &str) -> Result<Query, ValueError> {
    let path = match value.to_ascii_uppercase().as_str() {
        venue @ ("SH" | "SZ" | "BJ") => format!("/CN/{venue}"),
        market if Symbol::is_market(market) => format!("/{market}"),
        _ => {
            return Err((
                message!("`{}` is not a market", value),
                Some(message!("markets are CN, HK, US, SG and so on")),
            ));
        }
    };
    Ok(Query::Path { field: BuiltIn::Symbol.name().into(), path })
}

fn venue(value: &str) -> Result<Query, ValueError> {
    let path = Symbol::venue_facet(&value.to_ascii_uppercase());
    let path = path.ok_or_else(|| (message!("`{}` is not a venue", value), None))?;
    Ok(Query::Path { field: BuiltIn::Symbol.name().into(), path })
}

/// `3`, `1..3`, `..3`, `1..`, `<3`, `<=3`, `>3`, `>=3`.
fn number(field: &str, value: &str) -> Result<Query, ValueError> {
    let read = |text: &str| {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let hint = message!("write `{}:3`, `{}:1..3` or `{}:<=3`", field, field, field);
        let wrong = if text.trim().is_empty() { value } else { text.trim() };
        number.ok_or_else(|| (message!("`{}` is not a number", wrong), Some(hint)))
    };
    let end = |text: &str| match text.trim() {
        "" => Ok(Bound::Unbounded),
        text => read(text).map(Bound::Included),
    };
    let (from, to) = if let Some((from, to)) = value.split_once("..") {
        (end(from)?, end(to.trim_start_matches('.'))?)
    } else if let Some(rest) = value.strip_prefix("<=") {
        (Bound::Unbounded, Bound::Included(read(rest)?))
    } else if let Some(rest) = value.strip_prefix(">=") {
        (Bound::Included(read(rest)?), Bound::Unbounded)
    } else if let Some(rest) = value.strip_prefix('<') {
        (Bound::Unbounded, Bound::Excluded(read(rest)?))
    } else if let Some(rest) = value.strip_prefix('>') {
        (Bound::Excluded(read(rest)?), Bound::Unbounded)
    } else {
        (Bound::Included(read(value)?), Bound::Included(read(value)?))
    };
    if from == Bound::Unbounded && to == Bound::Unbounded {
        return Err((message!("`{}` has no number", format!("{field}:{value}")), None));
    }
    if let (Bound::Included(low), Bound::Included(high)) = (from, to)
        && low > high
    {
        return Err((message!("`{}` ends before it begins", value), None));
    }
    Ok(Query::Number { field: field.to_owned(), from, to })
}
