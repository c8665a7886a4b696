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
    Clock, FieldKind, Fields, Query, Span, Words,
    value::{self, Asked},
    words::{Reading, leaf, unquoted},
};
use crate::{
    problem::{Parsed, Problem},
    symbol::Confidence,
};

/// A query over this many bytes is refused.
const MAX_BYTES: usize = 16 * 1024;
/// Parentheses and negations may nest this deep.
const MAX_DEPTH: usize = 100;
/// A query may have this many leaves, each word of a phrase being one.
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
    if parts.is_empty() && !text.trim().is_empty() && !parser.stopped() {
        let message = "the query holds nothing to look for";
        parser.problems.push(Problem::new("nothing-to-find", 0..text.len(), message).fatal());
    }
    Parsed { value: Query::and(parts), problems: parser.problems }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    clauses: usize,
    /// The field that what is read now is looked for in.
    field: Option<Asked>,
    fields: &'t Fields,
    clock: &'t Clock,
    problems: Vec<Problem>,
}

/// The ASCII punctuation that a full-width or typographic character stands for.
pub(super) fn plain(c: char) -> char {
    match c {
        '（' => '(',
        '）' => ')',
        '“' | '”' | '„' | '「' | '」' | '『' | '』' | '＂' => '"',
        '：' => ':',
        '＊' => '*',
        '－' => '-',
        '＾' => '^',
        '｜' => '|',
        '～' => '~',
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
            word.starts_with('|') || after.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"'))
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
        let start = self.at - 1;
        let (by, _) = self.raw_chunk();
        let span = start..self.at;
        match by.parse::<f32>() {
            Ok(by) if by > 0.0 && by <= 1000.0 => Query::Boost(Box::new(query), by),
            _ => {
                let message = "a boost is a number over 0 and up to 1000, as in `solar^2`";
                self.problems.push(Problem::new("bad-boost", span, message).fatal());
                query
            }
        }
    }

    fn atom(&mut self) -> Option<Query> {
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

    /// What stands between quotes: a phrase, or the value of a field that is no text.
    fn phrase(&mut self) -> Option<Query> {
        let (piece, at) = self.quoted();
        let mut slop = 0;
        if self.take('~') {
            let rest = &self.text[self.at..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if digits == 0 {
                let span = self.at - 1..self.at;
                self.note("dangling-operator", span, "a `~` without a number behind it was left out");
            } else {
                slop = rest[..digits].parse().unwrap_or(u32::MAX).min(1000);
            }
            self.at += digits;
        }
        if self.field.as_ref().is_some_and(|field| !field.is_words()) {
            return self.value(piece, at);
        }
        let Some(mut words) = leaf(piece, at, Reading::Exact) else { return self.nothing_in(piece, at) };
        words.slop = slop;
        words.field = self.field.as_ref().map(|field| field.name.clone());
        self.counted(Query::Words(words))
    }

    /// A run of characters up to white space, a parenthesis, a quote or a bar.
    fn raw_chunk(&mut self) -> (&'t str, usize) {
        let start = self.at;
        let rest = &self.text[start..];
        let ends = |c: char| c.is_whitespace() || matches!(plain(c), '(' | ')' | '"' | '|');
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        (&rest[..length], start)
    }

    fn chunk(&mut self) -> Option<Query> {
        let (chunk, start) = self.raw_chunk();
        if let Some((name, value_at)) = value::field_name(chunk) {
            if let Some(asked) = Asked::find(name, self.fields) {
                self.at = start + value_at;
                // A field inside the group of another one wins.
                let outer = self.field.replace(asked);
                let query = self.after_colon(name, start);
                self.field = outer;
                return query;
            }
            let punctuation = value_at == chunk.len() || !chunk[name.len()..].starts_with(':');
            if punctuation {
                let message = format!("`{name}` is no field, so that the colon was read as punctuation");
                self.note("read-as-word", start..start + name.len(), message);
            } else if !chunk[value_at..].starts_with("//") && value::exact_symbol(chunk).is_none() {
                return self.unknown_field(name, start);
            }
        }
        let (chunk, boost) = split_boost(chunk);
        self.at -= boost;
        if chunk.is_empty() {
            return self.boost_of_nothing();
        }
        if chunk == "*" && self.field.is_none() {
            return Some(Query::All);
        }
        if self.field.as_ref().is_some_and(|field| !field.is_words()) {
            return self.value(chunk, start);
        }
        self.words(chunk, start)
    }

    fn boost_of_nothing(&mut self) -> Option<Query> {
        let span = self.at..self.at + 1;
        self.refuse(Problem::new(
            "bad-boost",
            span,
            "a boost stands right behind what it boosts, as in `solar^2`",
        ))
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
        let (piece, reading) = match (chunk.strip_suffix(['*', '＊']), &self.field) {
            (Some(piece), _) => (piece, Reading::Prefix),
            (None, Some(field)) if field.kind == FieldKind::Keyword => (chunk, Reading::Exact),
            (None, _) => (chunk, Reading::Forms),
        };
        if piece.is_empty()
            && let Some(field) = &self.field
        {
            return Some(Query::Exists(field.name.clone()));
        }
        if self.field.is_some() && piece.starts_with('-') {
            let message =
                "a dash behind the colon was read as punctuation; for the opposite write `-field:value`";
            self.note("dangling-operator", start..start + 1, message);
        }
        let operator = |(_, c): &(usize, char)| matches!(plain(*c), '*' | '~');
        if let Some((at, c)) = piece.char_indices().find(operator) {
            let message = format!("a `{}` inside a word was read as punctuation", plain(c));
            self.note("dangling-operator", start + at..start + at + c.len_utf8(), message);
        }
        let field = self.field.as_ref().map(|field| field.name.as_str());
        let words = unquoted(piece, start, reading, field);
        if let Some(symbol) = value::exact_symbol(chunk).filter(|_| field.is_none()) {
            let span = start..start + chunk.len();
            self.note("read-as-symbol", span, format!("`{chunk}` was also read as the security {symbol}"));
            let readings = std::iter::once(Query::Symbol(symbol)).chain(words);
            return self.counted(Query::or(readings.collect()));
        }
        match words {
            Some(words) => self.counted(words),
            None => self.nothing_in(piece, start),
        }
    }

    fn nothing_in(&mut self, piece: &str, at: usize) -> Option<Query> {
        self.note("no-word", at..at + piece.len(), format!("`{piece}` holds no word and was left out"));
        None
    }

    /// A leaf, if there are not too many.
    fn counted(&mut self, query: Query) -> Option<Query> {
        let mut leaves = 1;
        query.each_words(&mut |words: &Words| leaves += words.slots.len());
        self.clauses += leaves;
        if self.clauses > MAX_CLAUSES {
            let message = format!("the query has over {MAX_CLAUSES} clauses");
            return self.refuse(Problem::new("too-many-clauses", self.at..self.at, message));
        }
        Some(query)
    }

    /// What follows `name:`, the field being set.
    fn after_colon(&mut self, name: &str, start: usize) -> Option<Query> {
        match self.text[self.at..].chars().next().map(plain) {
            Some('(') => self.group(),
            Some('"') => self.phrase(),
            None | Some(')' | '|') => self.missing_value(name, start),
            Some(c) if c.is_whitespace() => self.missing_value(name, start),
            Some(_) => {
                let (chunk, at) = self.raw_chunk();
                let (chunk, boost) = split_boost(chunk);
                self.at -= boost;
                if chunk.is_empty() {
                    return self.boost_of_nothing();
                }
                if self.field.as_ref().is_some_and(Asked::is_words) {
                    self.words(chunk, at)
                } else {
                    self.value(chunk, at)
                }
            }
        }
    }

    fn missing_value(&mut self, name: &str, start: usize) -> Option<Query> {
        let span = start..self.at;
        let hint = format!("write the value right behind the colon, or `{name}:*` for any");
        self.refuse(Problem::new("missing-value", span, format!("`{name}:` has no value")).hint(hint))
    }

    /// The value of a field that is no text.
    fn value(&mut self, value: &str, at: usize) -> Option<Query> {
        let span = at..at + value.len();
        let read = self.field.as_ref()?.read(value, self.clock);
        match read {
            Ok(query) => {
                if let Query::Symbol(symbol) = &query
                    && symbol.confidence() == Confidence::Ambiguous
                {
                    let others: Vec<_> = symbol.alternatives().iter().map(ToString::to_string).collect();
                    let message =
                        format!("`{value}` may be {symbol} or {}; both are matched", others.join(" or "));
                    self.note("ambiguous-symbol", span, message);
                }
                self.counted(query)
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

/// The length of a trailing `^2` is given back to be read as a boost.
fn split_boost(chunk: &str) -> (&str, usize) {
    match chunk.find(['^', '＾']) {
        Some(index) => (&chunk[..index], chunk.len() - index),
        None => (chunk, 0),
    }
}
