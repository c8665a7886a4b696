//! A run of characters without white space: a field with its value, a notation, a pattern, or words.

use super::{Parser, plain};
use crate::{
    problem::Problem,
    query::{
        FieldKind, Pattern, Query, Slot, Span, Wanted, Words,
        pattern::{MAX_EDITS, MAX_FUZZY},
        value::{self, Asked},
        words::{Reading, leaf, unquoted},
    },
    symbol::{Confidence, Symbol},
    text::{self, WordKind, fold, is_han_like},
};

/// Saved queries may use each other this deep.
const MAX_SAVED: usize = 10;

impl<'t> Parser<'t> {
    /// A run of characters up to white space, a parenthesis, a quote or a bar.
    pub(super) fn raw_chunk(&mut self) -> (&'t str, usize) {
        let start = self.at;
        let rest = &self.text[start..];
        let ends = |c: char| c.is_whitespace() || matches!(plain(c), '(' | ')' | '"' | '|');
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        (&rest[..length], start)
    }

    pub(super) fn chunk(&mut self) -> Option<Query> {
        let (chunk, start) = self.raw_chunk();
        if let Some((name, value_at)) = value::field_name(chunk) {
            if let Some(asked) = Asked::find(name, &self.language.fields) {
                self.at = start + value_at;
                // A field inside the group of another one wins.
                let outer = self.field.replace(asked);
                let query = self.after_colon(name, start);
                self.field = outer;
                return query;
            }
            if name.eq_ignore_ascii_case("query") {
                self.at = start + value_at;
                return self.saved(start);
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

    /// What follows `name:`, the field being set.
    fn after_colon(&mut self, name: &str, start: usize) -> Option<Query> {
        let is_words = self.field.as_ref().is_some_and(Asked::is_words);
        match self.text[self.at..].chars().next().map(plain) {
            Some('(') => self.group(),
            Some('"') => self.phrase(),
            None | Some(')' | '|') => self.missing_value(name, start),
            Some(c) if c.is_whitespace() => self.missing_value(name, start),
            Some(c) => {
                let regex_at = self.at;
                if let Some(pieces) = (c == '/').then(|| self.regex()).flatten() {
                    return self.leaf_of(pieces, regex_at..self.at);
                }
                let (chunk, at) = self.raw_chunk();
                let (chunk, boost) = split_boost(chunk);
                self.at -= boost;
                if chunk.is_empty() {
                    return self.boost_of_nothing();
                }
                if is_words {
                    return self.words(chunk, at);
                }
                let value = self.two_words_of_a_period(chunk, at).unwrap_or(chunk);
                self.value(value, at)
            }
        }
    }

    /// `last week` behind `date:` is one value, though it holds a space.
    fn two_words_of_a_period(&mut self, chunk: &str, at: usize) -> Option<&'t str> {
        let asked = self.field.as_ref().is_some_and(|field| field.kind == FieldKind::Date);
        let begins = ["last", "this"].iter().any(|word| chunk.eq_ignore_ascii_case(word));
        if !asked || !begins {
            return None;
        }
        let rest = self.text[self.at..].trim_start();
        let unit = rest.split(|c: char| !c.is_ascii_alphabetic()).next()?;
        let known = ["week", "month", "quarter", "year"];
        if !known.iter().any(|name| unit.eq_ignore_ascii_case(name)) {
            return None;
        }
        self.at = self.text.len() - rest.len() + unit.len();
        Some(&self.text[at..self.at])
    }

    fn boost_of_nothing(&mut self) -> Option<Query> {
        let span = self.character(self.at);
        self.refuse(Problem::new(
            "bad-boost",
            span,
            "a boost stands right behind what it boosts, as in `solar^2`",
        ))
    }

    fn unknown_field(&mut self, name: &str, start: usize) -> Option<Query> {
        let message = format!("there is no field `{name}`");
        let hint = match self.language.fields.nearest(name) {
            Some(near) => format!("did you mean `{near}:`? For the words themselves, use quotes"),
            None => "for the words themselves, use quotes".into(),
        };
        self.refuse(Problem::new("unknown-field", start..start + name.len(), message).hint(hint))
    }

    fn missing_value(&mut self, name: &str, start: usize) -> Option<Query> {
        let span = start..self.at;
        let hint = format!("write the value right behind the colon, or `{name}:*` for any");
        self.refuse(Problem::new("missing-value", span, format!("`{name}:` has no value")).hint(hint))
    }

    /// The query that was saved under the name that follows.
    fn saved(&mut self, start: usize) -> Option<Query> {
        let name = if self.text[self.at..].starts_with(|c| plain(c) == '"') {
            self.quoted().0
        } else {
            let (chunk, _) = self.raw_chunk();
            let (chunk, boost) = split_boost(chunk);
            self.at -= boost;
            chunk
        };
        let name = name.trim();
        let span = start..self.at;
        let Some(text) = self.language.saved.get(name) else {
            let message = format!("no query was saved as `{name}`");
            let problem = Problem::new("unknown-query", span, message);
            let names: Vec<&str> = self.language.saved.keys().map(String::as_str).collect();
            return self.refuse(match names.as_slice() {
                [] => problem.hint("save one with `newsdex save NAME QUERY`"),
                names => problem.hint(format!("there are {}", names.join(", "))),
            });
        };
        if self.inside.iter().any(|outer| outer == name) || self.inside.len() >= MAX_SAVED {
            let message = format!("the saved query `{name}` asks for itself, or is nested too deep");
            return self.refuse(Problem::new("bad-saved-query", span, message));
        }
        let mut inside = self.inside.clone();
        inside.push(name.to_owned());
        let mut inner = Parser {
            text,
            at: 0,
            depth: self.depth,
            clauses: self.clauses,
            field: self.field.clone(),
            language: self.language,
            inside,
            problems: Vec::new(),
        };
        let query = inner.whole();
        self.clauses = inner.clauses;
        // Places in the saved text are none in this one.
        self.problems.extend(inner.problems.into_iter().map(|problem| Problem {
            span: span.clone(),
            message: format!("in the saved query `{name}`: {}", problem.message),
            ..problem
        }));
        (!self.stopped()).then_some(query)
    }

    /// `/colou?r/`, unless the slash is none of an expression.
    pub(super) fn regex(&mut self) -> Option<Pieces> {
        if self.field.as_ref().is_some_and(|field| !field.is_words()) {
            return None;
        }
        let rest = self.text[self.at..].strip_prefix('/')?;
        let mut escaped = false;
        let ends = |(index, c): &(usize, char)| {
            let here = *c == '/' && !escaped;
            escaped = *c == '\\' && !escaped;
            let after = rest[index + c.len_utf8()..].chars().next().map(plain);
            here && after.is_none_or(|c| c.is_whitespace() || matches!(c, ')' | '^'))
        };
        let mut line = rest.char_indices().take_while(|(_, c)| !c.is_whitespace());
        let expression = &rest[..line.find(ends)?.0];
        if expression.is_empty() {
            return None;
        }
        let start = self.at;
        self.at += expression.len() + 2;
        let pattern = Pattern::regex(&expression.replace("\\/", "/"));
        Some(pieces(pattern, "bad-regex", &self.text[start..self.at], start))
    }

    /// The leaf of a pattern in the field that is asked, or its refusal.
    pub(super) fn leaf_of(&mut self, pieces: Pieces, span: Span) -> Option<Query> {
        match pieces {
            Ok(slots) => {
                let field = self.field.as_ref().map(|field| field.name.clone());
                self.counted(Query::Words(Words { field, slots, slop: 0, span }))
            }
            Err(problem) => self.refuse(problem),
        }
    }

    /// Unquoted words; also as a security where they can be nothing else.
    fn words(&mut self, chunk: &str, start: usize) -> Option<Query> {
        let span = start..start + chunk.len();
        let (chunk, near) = self.without_edits(chunk, start);
        if let Some(pieces) = near.or_else(|| wildcard(chunk, start)) {
            return self.leaf_of(pieces, span);
        }
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
            let readings = std::iter::once(value::one_security(chunk, symbol)).chain(words);
            return self.counted(Query::or(readings.collect()));
        }
        match words {
            Some(words) if reading == Reading::Forms => {
                let query = self.with_synonyms(words, start, chunk);
                self.counted(query)
            }
            Some(words) => self.counted(words),
            None => self.nothing_in(piece, start),
        }
    }

    /// A chunk without a `~1` at its end, and the words that are so near to it; none where the `~1` says
    /// nothing, as behind a number.
    fn without_edits<'c>(&mut self, chunk: &'c str, start: usize) -> (&'c str, Option<Pieces>) {
        let Some((at, tilde)) = chunk.char_indices().rev().find(|(_, c)| plain(*c) == '~') else {
            return (chunk, None);
        };
        let (word, edits) = (&chunk[..at], &chunk[at + tilde.len_utf8()..]);
        let edits = match edits.parse::<u8>() {
            _ if edits.is_empty() => 1,
            Ok(edits) if edits < 10 => edits,
            _ => return (chunk, None),
        };
        let span = start + at..start + chunk.len();
        let words: Vec<text::Word> = text::words(word).collect();
        let only = match words.as_slice() {
            [only] if only.span == (0..word.len()) => only,
            [first, ..] if word.chars().all(is_han_like) => first,
            _ => return (chunk, None),
        };
        let numeric = only.kind != WordKind::Word || only.text.bytes().any(|byte| byte.is_ascii_digit());
        if numeric || only.text.chars().count() > MAX_FUZZY {
            let message = format!(
                "`{word}` was looked for as it is: numbers, Han characters and words of over {MAX_FUZZY} letters \
                 have no near ones"
            );
            self.note("not-fuzzy", span, message);
            return (word, None);
        }
        if edits > MAX_EDITS {
            self.note("dangling-operator", span, format!("at most {MAX_EDITS} letters of a word can differ"));
        }
        (chunk, Some(pieces(Ok(Pattern::fuzzy(&only.text, edits)), "bad-word", chunk, start)))
    }

    /// The words of a chunk, and of those behind it that belong to it, with what the user means by the same.
    fn with_synonyms(&mut self, words: Query, start: usize, chunk: &str) -> Query {
        let synonyms = self.language.synonyms.clone();
        if synonyms.longest() == 0 {
            return words;
        }
        let mut ends = vec![start + chunk.len()];
        let mut reader = self.at;
        // A boost behind the chunk is for this chunk alone.
        while ends.len() < synonyms.longest()
            && let Some(end) = self.plain_word_behind(reader)
        {
            ends.push(end);
            reader = end;
        }
        let field = self.field.as_ref().map(|field| field.name.clone());
        for (more, end) in ends.into_iter().enumerate().rev() {
            let typed = &self.text[start..end];
            let Some(others) = synonyms.of(typed) else { continue };
            let phrases = others.filter_map(|term| leaf(term, start, Reading::EachForm));
            let phrases = phrases
                .map(|words| Words { field: field.clone(), span: start..end, ..words })
                .collect::<Vec<_>>();
            if more == 0 {
                return match words {
                    Query::Words(words) => Query::Synonyms(std::iter::once(words).chain(phrases).collect()),
                    other => Query::or(vec![other, Query::Synonyms(phrases)]),
                };
            }
            self.at = end;
            let each = typed
                .split_whitespace()
                .filter_map(|word| unquoted(word, start, Reading::Forms, field.as_deref()));
            return Query::or(vec![Query::and(each), Query::Synonyms(phrases)]);
        }
        words
    }

    /// Where the next chunk ends, if it is a word and nothing else.
    fn plain_word_behind(&self, at: usize) -> Option<usize> {
        let rest = &self.text[at..];
        let word = rest.trim_start();
        let begins = at + rest.len() - word.len();
        let length = word.find(char::is_whitespace).unwrap_or(word.len());
        let word = word[..length].trim_end_matches([')', '）']);
        let operator = matches!(word, "AND" | "OR" | "NOT");
        let special = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '\'' | '&' | '.' | '’'));
        let plain = begins > at && !word.is_empty() && !operator && !word.contains(special);
        (plain && !word.starts_with(['-', '&'])).then_some(begins + word.len())
    }

    /// The value of a field that is no text.
    pub(super) fn value(&mut self, value: &str, at: usize) -> Option<Query> {
        let span = at..at + value.len();
        let read = self.field.as_ref()?.read(value, &self.language.clock);
        match read {
            Ok(query) => {
                match &query {
                    Query::Security(security) => {
                        if let Some(message) = ambiguity(value, &security.readings) {
                            self.note("ambiguous-symbol", span, message);
                        }
                    }
                    Query::Date { range, zone, .. } => {
                        if let Some(message) = range.note(value, zone) {
                            self.note("relative-date", span, message);
                        }
                    }
                    _ => {}
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

/// The slots of a pattern, or why there are none.
pub(super) type Pieces = Result<Vec<Slot>, Problem>;

fn pieces(pattern: Result<Pattern, String>, code: &'static str, typed: &str, start: usize) -> Pieces {
    let refused = |message| {
        Problem::new(code, start..start + typed.len(), format!("`{typed}` cannot be used: {message}"))
    };
    let slot = |pattern| Slot { offset: 0, unit: 0, wanted: Wanted::Pattern(pattern) };
    pattern.map(|pattern| vec![slot(pattern)]).map_err(refused)
}

/// A chunk with `?` or `*` inside as what it stands for, if it is one.
fn wildcard(chunk: &str, start: usize) -> Option<Pieces> {
    // At the end of a word a `?` asks a question.
    let chunk = chunk.trim_matches('?');
    let inside = |(at, c): (usize, char)| c == '?' || plain(c) == '*' && at + c.len_utf8() < chunk.len();
    if !chunk.char_indices().any(inside) || chunk.chars().all(|c| plain(c) == '*') {
        return None;
    }
    if chunk.chars().all(|c| c == '?' || is_han_like(c)) {
        return Some(Ok(han_with_gaps(chunk)));
    }
    let literal: String = chunk.chars().map(|c| if c == '?' || plain(c) == '*' { 'x' } else { c }).collect();
    let words: Vec<text::Word> = text::words(&literal).collect();
    let whole = matches!(words.as_slice(), [word] if word.span == (0..literal.len())
        && matches!(word.kind, WordKind::Word | WordKind::Number));
    if !whole {
        return None;
    }
    let mut pattern = String::with_capacity(chunk.len());
    for c in chunk.chars() {
        match plain(c) {
            '*' => pattern.push('*'),
            '?' => pattern.push('?'),
            _ => pattern.push_str(&fold(c.encode_utf8(&mut [0; 4]))),
        }
    }
    Some(pieces(Pattern::wildcard(&pattern), "bad-wildcard", chunk, start))
}

/// `钙?矿`: the characters at their places, with any one character at a gap.
fn han_with_gaps(chunk: &str) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut offset = 0;
    for piece in chunk.split_inclusive('?') {
        if let Some(words) = leaf(piece.trim_end_matches('?'), 0, Reading::Exact) {
            slots.extend(words.slots.into_iter().map(|slot| Slot { offset: slot.offset + offset, ..slot }));
        }
        offset += u32::try_from(piece.chars().count()).unwrap_or(u32::MAX);
    }
    slots
}

/// What is said of a notation that may be several securities.
fn ambiguity(typed: &str, readings: &[Symbol]) -> Option<String> {
    let symbol = readings.iter().find(|symbol| symbol.confidence() == Confidence::Ambiguous)?;
    let others: Vec<_> = symbol.alternatives().iter().map(ToString::to_string).collect();
    Some(format!("`{typed}` may be {symbol} or {}; both are matched", others.join(" or ")))
}

/// The length of a trailing `^2` is given back to be read as a boost.
fn split_boost(chunk: &str) -> (&str, usize) {
    match chunk.find(['^', '＾']) {
        Some(index) => (&chunk[..index], chunk.len() - index),
        None => (chunk, 0),
    }
}
