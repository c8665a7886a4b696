//! Reads the query language by recursive descent, within bounds on length, depth and number of clauses.
//!
//! ```text
//! any    = all { OR all }
//! all    = one { [AND] one }
//! one    = ( NOT | "-" ) one | "+" one | atom [ "^" number ]
//! atom   = "(" any ")" | phrase | field ":" value | word
//! value  = "(" any ")" | phrase | range | word
//! ```

use super::{
    Clock, DateRange, FieldKind, Fields, Query, Span,
    words::{Reading, leaf, unquoted},
};
use crate::{
    problem::{Parsed, Problem},
    symbol::{Confidence, Symbol},
};

/// Names that a query may use beside those of the schema, and the facet level that each stands for.
pub(super) const ALIASES: [(&str, Alias); 4] = [
    ("ticker", Alias::Symbol),
    ("market", Alias::Market),
    ("venue", Alias::Venue),
    ("date", Alias::Published),
];

#[derive(Clone, Copy)]
pub(super) enum Alias {
    Symbol,
    Market,
    Venue,
    Published,
}

/// A query over this many bytes is refused.
const MAX_BYTES: usize = 16 * 1024;
/// Parentheses and negations may nest this deep.
const MAX_DEPTH: usize = 100;
/// A query may have this many leaves.
const MAX_CLAUSES: usize = 1024;

pub(super) fn query(text: &str, fields: &Fields, clock: &Clock) -> Parsed<Query> {
    let mut parser =
        Parser { text, at: 0, depth: 0, clauses: 0, field: None, fields, clock, problems: Vec::new() };
    if text.len() > MAX_BYTES {
        let message = format!("the query has {} bytes; at most {MAX_BYTES} are read", text.len());
        parser.problems.push(Problem::new("query-too-long", 0..0, message).fatal());
        return Parsed { value: Query::All, problems: parser.problems };
    }
    let mut parts = Vec::new();
    while parser.peek().is_some() && !parser.stopped() {
        parts.extend(parser.any());
        // What ends an expression before the text does is a parenthesis too many.
        if parser.take(')') {
            let span = parser.at - 1..parser.at;
            parser.note("unbalanced-parenthesis", span, "this parenthesis closes nothing and was left out");
        }
    }
    Parsed { value: Query::and(parts), problems: parser.problems }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    clauses: usize,
    /// The field that the words read now are looked for in.
    field: Option<String>,
    fields: &'t Fields,
    clock: &'t Clock,
    problems: Vec<Problem>,
}

/// The ASCII punctuation that a full-width or typographic character stands for.
fn plain(c: char) -> char {
    match c {
        '（' => '(',
        '）' => ')',
        '“' | '”' | '„' | '「' | '」' | '『' | '』' | '＂' => '"',
        '：' => ':',
        '＊' => '*',
        '－' => '-',
        '＾' => '^',
        other => other,
    }
}

impl<'t> Parser<'t> {
    /// The next character that is no white space, as plain punctuation.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next().map(plain)
    }

    fn take(&mut self, wanted: char) -> bool {
        let next = self.text[self.at..].chars().next();
        let found = next.filter(|c| plain(*c) == wanted);
        self.at += found.map_or(0, char::len_utf8);
        found.is_some()
    }

    /// Takes an operator that is spelt as a word of its own.
    fn keyword(&mut self, words: &[&str]) -> bool {
        self.peek();
        let rest = &self.text[self.at..];
        let ends = |word: &&&str| {
            let after = rest[word.len()..].chars().next().map(plain);
            after.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"'))
        };
        let found = words.iter().filter(|word| rest.starts_with(**word)).find(ends);
        self.at += found.map_or(0, |word| word.len());
        found.is_some()
    }

    fn note(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.problems.push(Problem::new(code, span, message));
    }

    fn refuse(&mut self, problem: Problem) -> Option<Query> {
        self.problems.push(problem.fatal());
        None
    }

    fn stopped(&self) -> bool {
        self.problems.iter().any(|problem| problem.fatal)
    }

    fn any(&mut self) -> Option<Query> {
        let mut parts: Vec<Query> = self.all().into_iter().collect();
        loop {
            let at = self.at;
            if !self.keyword(&["OR", "||", "|"]) {
                return (!parts.is_empty()).then(|| Query::or(parts));
            }
            let before = parts.len();
            parts.extend(self.all());
            if parts.len() == before || before == 0 {
                self.note(
                    "dangling-operator",
                    at..self.at,
                    "an `OR` without words on both sides was left out",
                );
            }
            if self.stopped() {
                return None;
            }
        }
    }

    fn all(&mut self) -> Option<Query> {
        let mut parts = Vec::new();
        loop {
            let at = self.at;
            if self.keyword(&["AND", "&&"]) && (parts.is_empty() || matches!(self.peek(), None | Some(')'))) {
                self.note(
                    "dangling-operator",
                    at..self.at,
                    "an `AND` without words on both sides was left out",
                );
            }
            let saved = self.at;
            let or_follows = self.keyword(&["OR", "||", "|"]);
            self.at = saved;
            if or_follows || self.stopped() || matches!(self.peek(), None | Some(')')) {
                return (!parts.is_empty()).then(|| Query::and(parts));
            }
            parts.extend(self.one());
        }
    }

    fn one(&mut self) -> Option<Query> {
        self.depth += 1;
        let query = if self.depth > MAX_DEPTH {
            let at = self.at..self.at + 1;
            self.refuse(Problem::new(
                "too-deep",
                at,
                format!("the query nests deeper than {MAX_DEPTH} levels"),
            ))
        } else {
            self.one_within_depth()
        };
        self.depth -= 1;
        query
    }

    fn one_within_depth(&mut self) -> Option<Query> {
        let at = self.at;
        let word_not = self.keyword(&["NOT"]);
        if word_not || matches!(self.peek(), Some('-' | '!')) {
            if !word_not {
                self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
            }
            // A dash with nothing behind it is punctuation, as in `oil - gas`.
            let dash = !word_not && self.text[self.at..].starts_with(char::is_whitespace);
            if dash {
                return None;
            }
            let ends = matches!(self.peek(), None | Some(')'));
            let inner = if ends { None } else { self.one() };
            if inner.is_none() && !self.stopped() {
                self.note("dangling-operator", at..self.at, "a `NOT` with nothing behind it was left out");
            }
            return inner.map(|inner| Query::Not(Box::new(inner)));
        }
        self.take('+');
        let query = self.atom()?;
        Some(self.boosted(query))
    }

    /// A `^2` that stands right behind an atom.
    fn boosted(&mut self, query: Query) -> Query {
        if !self.take('^') {
            return query;
        }
        let rest = &self.text[self.at..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let span = self.at - 1..self.at + digits;
        self.at += digits;
        match rest[..digits].parse::<f32>() {
            Ok(by) if by > 0.0 && by <= 1000.0 => Query::Boost(Box::new(query), by),
            _ => {
                let message = "a boost is a number over 0 and up to 1000, as in `solar^2`";
                self.problems.push(Problem::new("bad-boost", span, message).fatal());
                query
            }
        }
    }

    fn atom(&mut self) -> Option<Query> {
        self.clauses += 1;
        if self.clauses > MAX_CLAUSES {
            let at = self.at..self.at;
            return self.refuse(Problem::new(
                "too-many-clauses",
                at,
                format!("the query has over {MAX_CLAUSES} clauses"),
            ));
        }
        match self.peek()? {
            '(' => self.group(),
            '"' => self.phrase(),
            _ => self.chunk(),
        }
    }

    fn group(&mut self) -> Option<Query> {
        let at = self.at;
        self.take('(');
        let inner = self.any();
        self.peek();
        if !self.take(')') && !self.stopped() {
            self.note("unbalanced-parenthesis", at..at + 1, "this parenthesis was closed at the end");
        }
        inner
    }

    /// The text between quotes and where it begins, the closing quote being optional at the end.
    fn quoted(&mut self) -> (&'t str, usize) {
        let open = self.at;
        self.take('"');
        let rest = &self.text[self.at..];
        let start = self.at;
        if let Some(length) = rest.find(|c| plain(c) == '"') {
            self.at += length;
            self.take('"');
            return (&rest[..length], start);
        }
        self.at = self.text.len();
        self.note("unbalanced-quote", open..open + 1, "this quote was closed at the end");
        (rest, start)
    }

    fn phrase(&mut self) -> Option<Query> {
        let (piece, at) = self.quoted();
        let mut words = leaf(piece, at, Reading::Exact)?;
        if self.take('~') {
            let rest = &self.text[self.at..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            words.slop = rest[..digits].parse().unwrap_or(u32::MAX).min(1000);
            self.at += digits;
        }
        words.field.clone_from(&self.field);
        Some(Query::Words(words))
    }

    /// A run of characters up to white space, a parenthesis or a quote.
    fn raw_chunk(&mut self) -> (&'t str, usize) {
        let start = self.at;
        let rest = &self.text[start..];
        let ends = |c: char| c.is_whitespace() || matches!(plain(c), '(' | ')' | '"');
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        (&rest[..length], start)
    }

    fn chunk(&mut self) -> Option<Query> {
        let (chunk, start) = self.raw_chunk();
        if let Some((name, colon)) = field_name(chunk) {
            let value_at = start + colon;
            let known = self.fields.kind(name).is_some() || alias(name).is_some();
            if known && self.field.is_none() {
                self.at = value_at;
                return self.value(name, start);
            }
            if !known && !chunk[colon..].starts_with("//") && exact_symbol(chunk).is_none() {
                return self.unknown_field(name, start);
            }
        }
        if chunk == "*" {
            return Some(Query::All);
        }
        self.words(chunk, start)
    }

    fn unknown_field(&mut self, name: &str, start: usize) -> Option<Query> {
        let message = format!("there is no field `{name}`");
        let hint = match self.fields.nearest(name) {
            Some(near) => format!("did you mean `{near}:`? For the words themselves, use quotes"),
            None => "for the words themselves, use quotes".into(),
        };
        self.refuse(Problem::new("unknown-field", start..start + name.len(), message).hint(hint))
    }

    /// Unquoted words; also as a security where they can be nothing else.
    fn words(&mut self, chunk: &str, start: usize) -> Option<Query> {
        let (chunk, _) = split_boost(chunk);
        self.at = start + chunk.len();
        let (piece, reading) = match chunk.strip_suffix(['*', '＊']) {
            Some(piece) => (piece, Reading::Prefix),
            None => (chunk, Reading::Forms),
        };
        let words = unquoted(piece, start, reading, self.field.as_deref());
        let Some(symbol) = exact_symbol(chunk).filter(|_| self.field.is_none()) else { return words };
        let span = start..self.at;
        self.note("read-as-symbol", span, format!("`{chunk}` was also read as the security {symbol}"));
        Some(Query::or(std::iter::once(Query::Symbol(symbol)).chain(words).collect()))
    }

    /// What follows `name:`.
    fn value(&mut self, name: &str, start: usize) -> Option<Query> {
        match self.text[self.at..].chars().next().map(plain) {
            None | Some(')') => self.missing_value(name, start),
            Some(c) if c.is_whitespace() => self.missing_value(name, start),
            Some('(') => {
                self.field = Some(name.to_owned());
                let inner = self.group();
                self.field = None;
                inner
            }
            Some('"') => {
                let at = self.at;
                if self.asks_words(name) {
                    self.field = Some(name.to_owned());
                    let query = self.phrase();
                    self.field = None;
                    return query;
                }
                let (piece, _) = self.quoted();
                self.read_value(name, piece, at)
            }
            Some(_) => {
                let (chunk, at) = self.raw_chunk();
                let (chunk, boost) = split_boost(chunk);
                self.at -= boost;
                self.read_value(name, chunk, at)
            }
        }
    }

    fn asks_words(&self, name: &str) -> bool {
        self.fields.kind(name) == Some(FieldKind::Words)
    }

    fn missing_value(&mut self, name: &str, start: usize) -> Option<Query> {
        let span = start..self.at;
        let hint = format!("write the value right behind the colon, or `{name}:*` for any");
        self.refuse(Problem::new("missing-value", span, format!("`{name}:` has no value")).hint(hint))
    }

    fn read_value(&mut self, name: &str, value: &str, at: usize) -> Option<Query> {
        let span = at..at + value.len();
        let alias = alias(name);
        let field = match alias {
            Some(Alias::Symbol | Alias::Market | Alias::Venue) => "symbol",
            Some(Alias::Published) => "published",
            None => name,
        };
        if value == "*" {
            return Some(Query::Exists(field.to_owned()));
        }
        let read = match (alias, self.fields.kind(field)) {
            (Some(Alias::Market), _) => market(value),
            (Some(Alias::Venue), _) => venue(value),
            (_, Some(FieldKind::Symbol)) => symbol(value),
            (_, Some(FieldKind::Path)) => {
                Ok(Query::Path { field: field.to_owned(), path: format!("/{}", value.trim_matches('/')) })
            }
            (_, Some(FieldKind::Date)) => DateRange::parse(value, self.clock)
                .map(|range| Query::Date { field: field.to_owned(), range })
                .map_err(|message| (message, None)),
            (_, Some(FieldKind::Number)) => number(field, value),
            (_, Some(FieldKind::Words) | None) => {
                self.field = Some(field.to_owned());
                let query = self.words(value, at);
                self.field = None;
                return query;
            }
        };
        match read {
            Ok(query) => {
                if let Query::Symbol(symbol) = &query
                    && symbol.confidence() == Confidence::Ambiguous
                {
                    let others: Vec<_> = symbol.alternatives().iter().map(Symbol::canonical).collect();
                    let message =
                        format!("`{value}` may be {symbol} or {}; both are matched", others.join(" or "));
                    self.note("ambiguous-symbol", span, message);
                }
                Some(query)
            }
            Err((message, hint)) => {
                let problem = Problem::new("bad-value", span, message);
                self.refuse(match hint {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                })
            }
        }
    }
}

/// A value that could not be read: what was wrong, and what would help.
type Refusal = (String, Option<String>);

/// The name before the colon of a chunk, and where the value begins.
fn field_name(chunk: &str) -> Option<(&str, usize)> {
    let (index, colon) = chunk.char_indices().find(|(_, c)| plain(*c) == ':')?;
    let name = &chunk[..index];
    let plain_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain_name.then_some((name, index + colon.len_utf8()))
}

fn alias(name: &str) -> Option<Alias> {
    ALIASES.iter().find(|(known, _)| *known == name).map(|(_, alias)| *alias)
}

/// The length of a trailing `^2` is given back to be read as a boost.
fn split_boost(chunk: &str) -> (&str, usize) {
    match chunk.rfind(['^', '＾']) {
        Some(index) if index > 0 => (&chunk[..index], chunk.len() - index),
        _ => (chunk, 0),
    }
}

/// The security that an unquoted word names beyond doubt: with a venue, or as the six digits of an A-share.
fn exact_symbol(chunk: &str) -> Option<Symbol> {
    let digits = chunk.bytes().filter(u8::is_ascii_digit).count();
    let listed_form = digits == 6 && matches!(chunk.len(), 6 | 9);
    Symbol::parse(chunk).filter(|symbol| {
        let venue_given = symbol.confidence() == Confidence::Exact && chunk.contains(['.', ':', '$', '/']);
        venue_given || listed_form
    })
}

fn symbol(value: &str) -> Result<Query, Refusal> {
    let hint = "write it as 600586.SH, 700.HK, AAPL.US or as your data vendor does";
    Symbol::parse(value)
        .map(Query::Symbol)
        .ok_or_else(|| (format!("`{value}` is no notation of a security"), Some(hint.into())))
}

fn market(value: &str) -> Result<Query, Refusal> {
    let value = value.to_ascii_uppercase();
    if value.is_empty() || value.len() > 8 || !value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err((format!("`{value}` is no market"), Some("markets are CN, HK, US, SG and so on".into())));
    }
    Ok(match value.as_str() {
        "SH" | "SZ" | "BJ" => Query::Path { field: "symbol".into(), path: format!("/CN/{value}") },
        _ => Query::Path { field: "symbol".into(), path: format!("/{value}") },
    })
}

fn venue(value: &str) -> Result<Query, Refusal> {
    let probe = match value.to_ascii_uppercase().as_str() {
        china @ ("SH" | "SZ" | "BJ") => return market(china),
        other => format!("X.{other}"),
    };
    let symbol = Symbol::parse(&probe).ok_or_else(|| (format!("`{value}` is no venue"), None))?;
    Ok(Query::Path { field: "symbol".into(), path: format!("/{}/{}", symbol.market(), symbol.venue()) })
}

/// `3`, `1..3`, `..3`, `1..`, `<3`, `<=3`, `>3`, `>=3`.
fn number(field: &str, value: &str) -> Result<Query, Refusal> {
    let read = |text: &str| match text.trim() {
        "" => Ok(None),
        digits => digits.parse::<f64>().ok().filter(|n| n.is_finite()).map(Some).ok_or_else(|| {
            (
                format!("`{digits}` is no number"),
                Some(format!("as in `{field}:3`, `{field}:1..3` or `{field}:<=3`")),
            )
        }),
    };
    let (from, to) = if let Some((from, to)) = value.split_once("..") {
        (read(from)?, read(to)?)
    } else if let Some(rest) = value.strip_prefix("<=") {
        (None, read(rest)?)
    } else if let Some(rest) = value.strip_prefix(">=") {
        (read(rest)?, None)
    } else if let Some(rest) = value.strip_prefix('<') {
        (None, read(rest)?.map(f64::next_down))
    } else if let Some(rest) = value.strip_prefix('>') {
        (read(rest)?.map(f64::next_up), None)
    } else {
        (read(value)?, read(value)?)
    };
    if from.is_none() && to.is_none() {
        return Err((format!("`{field}:{value}` has no number"), None));
    }
    Ok(Query::Number { field: field.to_owned(), from, to })
}
