//! Reads the query language by recursive descent, within bounds on length, depth and number of clauses.
//!
//! ```text
//! any    = all { OR all }
//! all    = near { [AND] near }
//! near   = one { "near/" number one }
//! one    = ( NOT | "-" ) list | "+" one | atom [ "^" number ]
//! list   = one { "," atom [ "^" number ] }, without white space
//! atom   = "(" any ")" | phrase | regex | field ":" list of values | word
//! value  = "(" any ")" | phrase | regex | range | word
//! ```

mod chunk;
mod near;
mod pattern;
mod period;

use super::{
    DateRange, FreeKeys, Language, Query, Span,
    expand::keep_apart,
    punctuation::{ascii, begins_with, digits, first_word, in_ascii, separates},
    value::{FieldQuery, exact_symbol},
    words::{MAX_SLOP, Reading, Words, leaf},
};
use crate::{
    article::{BuiltIn, canonical_locale},
    problem::{Message, Parsed, Problem, message},
    text::is_default_ignorable,
};

/// Maximum length of a query, in bytes.
pub const MAX_QUERY: usize = 16 * 1024;
/// Maximum nesting of parentheses and negations.
const MAX_DEPTH: usize = 100;
/// Maximum number of words and values of a query, with those of its saved queries.
const MAX_CLAUSES: usize = 1024;
/// Maximum number of words of a phrase with slop, or of the sides of a `near`.
const MAX_LOOSE: usize = 32;
/// Maximum number of words that synonyms add; further words have none.
const MAX_SYNONYMS: usize = 512;
/// Maximum size of the automata of all patterns of a query together, in bytes.
const MAX_AUTOMATA: usize = 4 << 20;

pub(super) fn query(text: &str, language: &Language, keys: FreeKeys<'_>) -> Parsed<Query> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        clauses: 0,
        synonyms: 0,
        automata: 0,
        field: None,
        language,
        keys,
        alone: false,
        negated: false,
        period: DateRange::default(),
        period_field: None,
        inside: Vec::new(),
        problems: Vec::new(),
    };
    if text.len() > MAX_QUERY {
        let message = message!("the query is longer than {} bytes", MAX_QUERY);
        parser.problems.push(Problem::new("query-too-long", 0..0, message).fatal());
        return Parsed { value: Query::All, problems: parser.problems };
    }
    let value = parser.whole();
    Parsed { value, problems: parser.problems }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    clauses: usize,
    /// The number of words of synonyms so far, which were not typed.
    synonyms: usize,
    /// The size of the automata so far, in bytes.
    automata: usize,
    /// The field in which the next words are searched.
    field: Option<FieldQuery>,
    language: &'t Language,
    /// The free keys of the index.
    keys: FreeKeys<'t>,
    /// Whether the next operand is a single word, as after `near`, `-` and `field:`.
    alone: bool,
    /// Whether the next operand is excluded, so that each item of a list is.
    negated: bool,
    /// The period of the whole text that was read from words, and the field of dates if there was one.
    period: DateRange,
    period_field: Option<String>,
    /// The names of the saved queries that are being expanded, outermost first.
    inside: Vec<String>,
    problems: Vec<Problem>,
}

impl<'t> Parser<'t> {
    /// Parses the whole text.
    fn whole(&mut self) -> Query {
        let mut parts = Vec::new();
        while self.peek().is_some() && !self.stopped() {
            parts.extend(self.any());
            // If the expression ends before the text, a closing parenthesis follows that was never opened.
            let span = self.character(self.at);
            if self.take(')') {
                let message = message!("this parenthesis closes nothing and was ignored");
                self.note("unbalanced-parenthesis", span, message);
            }
        }
        parts.extend(self.taken_period());
        if parts.is_empty() && !self.text.trim().is_empty() && !self.stopped() {
            let message = message!("the query has no term to search for");
            self.problems.push(Problem::new("nothing-to-find", 0..self.text.len(), message).fatal());
        }
        Query::and(parts)
    }

    /// Skips white space and what separates words like it. Returns the next character, as ASCII.
    fn peek(&mut self) -> Option<char> {
        self.at = self.text.len() - self.text[self.at..].trim_start_matches(says_nothing).len();
        self.text[self.at..].chars().next().map(ascii)
    }

    /// The byte range of the character at a byte offset.
    fn character(&self, at: usize) -> Span {
        at..at + self.text[at..].chars().next().map_or(0, char::len_utf8)
    }

    fn take(&mut self, wanted: char) -> bool {
        let next = self.text[self.at..].chars().next();
        let found = next.filter(|c| ascii(*c) == wanted);
        self.at += found.map_or(0, char::len_utf8);
        found.is_some()
    }

    /// Takes one of these operators, if it stands next as a word of its own.
    fn keyword(&mut self, words: &[&str]) -> bool {
        self.peek();
        let rest = &self.text[self.at..];
        let found = words.iter().find_map(|word| {
            let length = begins_with(rest, word)?;
            let after = rest[length..].chars().next().map(ascii);
            let ends = after.is_none_or(|c| says_nothing(c) || matches!(c, '(' | ')' | '"'));
            (ends || word.starts_with('|')).then_some(length)
        });
        self.at += found.unwrap_or(0);
        found.is_some()
    }

    fn note(&mut self, code: &'static str, span: Span, message: Message) {
        self.problems.push(Problem::new(code, span, message));
    }

    fn fail(&mut self, problem: Problem) -> Option<Query> {
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
                    message!("an `OR` without words on both sides was ignored"),
                );
            }
            if self.stopped() {
                return None;
            }
        }
    }

    fn all(&mut self) -> Option<Query> {
        let mut parts = Vec::new();
        let mut explicit = false;
        loop {
            let at = self.at;
            let operator = self.keyword(&["AND", "&&"]);
            explicit |= operator;
            if operator && (parts.is_empty() || matches!(self.peek(), None | Some(')'))) {
                self.note(
                    "dangling-operator",
                    at..self.at,
                    message!("an `AND` without words on both sides was ignored"),
                );
            }
            let saved = self.at;
            let or_follows = self.keyword(&["OR", "||", "|"]);
            self.at = saved;
            if or_follows || self.stopped() || matches!(self.peek(), None | Some(')')) {
                if parts.is_empty() {
                    return None;
                }
                let required = |part: Query| if explicit { part.unrelaxable() } else { part };
                keep_apart(&mut parts);
                return Some(Query::and(parts.into_iter().map(required)));
            }
            parts.extend(self.near());
        }
    }

    fn one(&mut self) -> Option<Query> {
        self.depth += 1;
        let query = if self.depth > MAX_DEPTH {
            let at = self.character(self.at);
            self.fail(Problem::new(
                "too-deep",
                at,
                message!("the query is nested deeper than {} levels", MAX_DEPTH),
            ))
        } else {
            self.one_within_depth()
        };
        self.depth -= 1;
        query
    }

    fn one_within_depth(&mut self) -> Option<Query> {
        self.peek();
        let at = self.at;
        let word_not = self.keyword(&["NOT"]);
        if word_not || self.minus_follows() {
            if !word_not {
                self.at = self.character(self.at).end;
            }
            // A dash before white space is punctuation, as in `oil - gas`, and so are two long ones, as Chinese writes
            // them.
            let rest = &self.text[self.at..];
            let dash = rest.starts_with(|c: char| c.is_whitespace() || separates(c));
            if !word_not && (dash || self.text[at..].starts_with("——")) {
                self.at = self.text.len() - rest.trim_start_matches('—').len();
                return None;
            }
            self.tell_of_long_dash(at);
            let outer = std::mem::replace(&mut self.negated, true);
            let inner =
                if self.operand_follows() { self.alone(|parser| parser.list(Self::one)) } else { None };
            self.negated = outer;
            if inner.is_none() && !self.stopped() {
                self.note(
                    "dangling-operator",
                    at..self.at,
                    message!("a `NOT` with nothing after it was ignored"),
                );
            }
            return inner.map(|inner| Query::Not(Box::new(inner)));
        }
        let required = self.take('+');
        let query = self.atom()?;
        let query = if required { query.unrelaxable() } else { query };
        Some(self.boosted(query))
    }

    /// Whether a `-` or `!` is next.
    fn minus_follows(&mut self) -> bool {
        self.peek();
        self.minus_at(self.at)
    }

    /// Whether there is a `-` or `!` at a byte offset. A typographic minus before a digit is the sign of a number, unless
    /// the digits are the code of a security.
    fn minus_at(&self, at: usize) -> bool {
        let rest = &self.text[at..];
        let is_typographic = |c| ascii(c) == '-' && !matches!(c, '-' | '－' | '﹣');
        let is_number = rest.strip_prefix(is_typographic).is_some_and(|number| {
            let word = number.split(char::is_whitespace).next().unwrap_or_default();
            digits(number) > 0 && exact_symbol(first_word(word)).is_none()
        });
        rest.starts_with(|c| matches!(ascii(c), '-' | '!')) && !is_number
    }

    /// Whether an operator that belongs to the next operand is next.
    fn sign_follows(&mut self) -> bool {
        self.minus_follows() || self.peek() == Some('+')
    }

    /// Notes that a dash that belongs between words was read as a minus sign.
    fn tell_of_long_dash(&mut self, at: usize) {
        let span = self.character(at);
        let dash = &self.text[span.clone()];
        if dash.starts_with(['\u{2013}', '\u{2014}', '\u{2015}']) {
            let message = message!("the dash `{}` before a word excludes it, as `-` does", dash);
            self.note("read-as-minus", span, message);
        }
    }

    /// Applies the boost, as in `^2`, that directly follows an atom.
    fn boosted(&mut self, query: Query) -> Query {
        let start = self.at;
        if !self.take('^') {
            return query;
        }
        let (chunk, at) = self.raw_chunk();
        // A list may go on behind it, or a sentence.
        let by = first_word(chunk);
        self.at = at + by.len();
        let span = start..self.at;
        match in_ascii(by).parse::<f32>() {
            Ok(by) if by > 0.0 && by <= 1000.0 => Query::Boost(Box::new(query), by),
            _ => {
                let message = message!("a boost is a number over 0 and at most 1000, as in `solar^2`");
                self.problems.push(Problem::new("bad-boost", span, message).fatal());
                query
            }
        }
    }

    fn atom(&mut self) -> Option<Query> {
        let first = self.peek()?;
        if first != '(' {
            self.count(1)?;
        }
        match first {
            '(' => self.group(),
            '"' => self.phrase(),
            '/' => {
                let start = self.at;
                match self.regex() {
                    Some(pieces) => self.leaf_of(pieces, start..self.at),
                    None => self.chunk(),
                }
            }
            _ => self.chunk(),
        }
    }

    /// Reads the items of a list: an article must have all words, as in `title:apple,tesla`, one of the values, as in
    /// `market:HK,US`, and none of what is excluded, as in `-apple,tesla`.
    fn list(&mut self, first: impl FnOnce(&mut Self) -> Option<Query>) -> Option<Query> {
        let first = first(self);
        let mut items: Vec<Query> = first.map(|first| self.boosted(first)).into_iter().collect();
        while !self.stopped() && self.item_follows() {
            let item = self.atom();
            items.extend(item.map(|item| self.boosted(item)));
        }
        let lists_values = self.field.as_ref().is_some_and(FieldQuery::lists_values);
        match items.len() {
            0 | 1 => items.pop(),
            _ if self.negated => Some(Query::or(items)),
            _ if lists_values => Some(Query::or(items).unrelaxable()),
            _ => Some(Query::and(items)),
        }
    }

    /// Whether a list goes on behind a comma or the like: with an item that is no operator and names no field.
    fn item_follows(&mut self) -> bool {
        let at = self.at;
        let listed = self.text[at..].trim_start_matches(separates);
        self.at = self.text.len() - listed.len();
        let is_near = !listed.starts_with(char::is_whitespace);
        let is_item = self.at > at && is_near && self.operand_follows() && !self.keyword(&["NOT"]);
        let is_item = is_item && !self.sign_follows() && !self.field_follows();
        self.at = at;
        is_item
    }

    /// Whether an operand follows, not another operator or the end.
    fn operand_follows(&mut self) -> bool {
        let at = self.at;
        let operator = self.keyword(&["AND", "&&", "OR", "||", "|"]) || self.near_operator().is_some();
        self.at = at;
        !operator && !matches!(self.peek(), None | Some(')'))
    }

    /// Reads an operand that is a single word unless it is in parentheses.
    fn alone<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.alone, true);
        let value = read(self);
        self.alone = outer;
        value
    }

    fn group(&mut self) -> Option<Query> {
        let at = self.at;
        self.take('(');
        let outer = (self.alone, self.negated);
        (self.alone, self.negated) = (false, false);
        let inner = self.any();
        (self.alone, self.negated) = outer;
        self.peek();
        if !self.take(')') && !self.stopped() {
            self.note(
                "unbalanced-parenthesis",
                self.character(at),
                message!("this parenthesis was closed at the end"),
            );
        }
        inner.map(Query::unrelaxable)
    }

    /// The text between quotes and its byte offset. The closing quote may be missing at the end.
    fn quoted(&mut self) -> (&'t str, usize) {
        let open = self.at;
        self.take('"');
        let rest = &self.text[self.at..];
        let start = self.at;
        if let Some(length) = rest.find(|c| ascii(c) == '"') {
            self.at += length;
            self.take('"');
            return (&rest[..length], start);
        }
        self.at = self.text.len();
        self.note("unbalanced-quote", self.character(open), message!("this quote was closed at the end"));
        (rest, start)
    }

    /// Reads quoted text: a phrase, or a value of a field that is not text.
    fn phrase(&mut self) -> Option<Query> {
        let (piece, at) = self.quoted();
        let mut slop = 0;
        let tilde = self.character(self.at);
        if self.take('~') {
            let rest = &self.text[self.at..];
            let digits = digits(rest);
            if digits == 0 {
                self.note(
                    "dangling-operator",
                    tilde,
                    message!("a `~` without a number after it was ignored"),
                );
            } else {
                slop = in_ascii(&rest[..digits]).parse().unwrap_or(u32::MAX);
                if slop > MAX_SLOP {
                    let message =
                        message!("the words of a phrase can be at most {} positions apart", MAX_SLOP);
                    self.note("dangling-operator", tilde, message);
                    slop = MAX_SLOP;
                }
            }
            self.at += digits;
        }
        if self.field.as_ref().is_some_and(|field| !field.is_words()) {
            return self.value(piece, at);
        }
        if let Some(number) = self.number_of_key(piece, at) {
            return self.counted(number);
        }
        let words = self.locale(piece, at).or_else(|| leaf(piece, at, Reading::Exact));
        let Some(mut words) = words else { return self.nothing_in(piece, at) };
        if piece.contains(|c| ascii(c) == '*') {
            let message = message!("a `*` between quotes was read as punctuation");
            self.note("dangling-operator", at..at + piece.len(), message);
        }
        if slop > 0 && words.slots.len() > MAX_LOOSE {
            let message = message!("a phrase with `~` has at most {} words", MAX_LOOSE);
            return self.fail(Problem::new("phrase-too-long", at..at + piece.len(), message));
        }
        words = words.with_slop(slop);
        words.field = self.field.as_ref().map(|field| field.name.clone());
        self.counted(Query::Words(words))
    }

    /// The leaf of a locale in any spelling, in the field of locales: `zh-Hans` asks for `zh-CN`.
    fn locale(&self, piece: &str, at: usize) -> Option<Words> {
        let field = self.field.as_ref().filter(|field| field.name == BuiltIn::Locale.name())?;
        let words = leaf(&canonical_locale(piece)?, at, Reading::Exact)?;
        Some(Words { field: Some(field.name.clone()), span: at..at + piece.len(), ..words })
    }

    fn nothing_in(&mut self, piece: &str, at: usize) -> Option<Query> {
        self.note("no-word", at..at + piece.len(), message!("`{}` has no word and was ignored", piece));
        None
    }

    /// The leaf, unless the query has too many words with it.
    fn counted(&mut self, query: Query) -> Option<Query> {
        self.count(slots(&query).saturating_sub(1))?;
        Some(query)
    }

    /// Counts more words or values; refuses the query over [`MAX_CLAUSES`].
    fn count(&mut self, more: usize) -> Option<()> {
        self.clauses += more;
        if self.clauses > MAX_CLAUSES {
            let message = message!("the query has over {} words and values", MAX_CLAUSES);
            self.fail(Problem::new("too-many-clauses", self.at..self.at, message))?;
        }
        Some(())
    }
}

/// Whether a character between two words of a query is neither a part of them nor an operator.
fn says_nothing(c: char) -> bool {
    c.is_whitespace() || separates(c) || is_default_ignorable(c)
}

/// The number of words of a query as they were typed, so without synonyms.
fn slots(query: &Query) -> usize {
    let mut typed = 0;
    query.each_leaf(&mut |leaf| match leaf {
        Query::Words(words) => typed += words.slots.len(),
        Query::Synonyms(several) => typed += several.first().map_or(0, slots),
        _ => {}
    });
    typed
}
