//! Reads a run of characters without white space: a field with its value, a security, a pattern, or words.

use super::{
    MAX_QUERY, MAX_SYNONYMS, Parser,
    pattern::{wildcard, without_question_mark},
    slots,
};
use crate::{
    problem::{Message, Problem, message},
    query::{
        DateRange, FieldKind, Query,
        expand::Typed,
        keys, nearest,
        punctuation::{self, ascii, in_ascii},
        synonyms::MAX_TERM_WORDS,
        value::{self, FieldQuery},
        words::{Reading, leaf, unquoted},
    },
    symbol::{Confidence, Symbol},
};
use std::ops::Bound;

/// How many names of saved queries an error message lists.
const MAX_NAMES: usize = 10;
/// Maximum nesting of saved queries.
const MAX_SAVED: usize = 10;

impl<'t> Parser<'t> {
    /// Takes the characters up to white space, a parenthesis, a quote or a bar. Returns them and their byte offset.
    pub(super) fn raw_chunk(&mut self) -> (&'t str, usize) {
        let start = self.at;
        let rest = &self.text[start..];
        let ends = |c: char| c.is_whitespace() || matches!(ascii(c), '(' | ')' | '"' | '|');
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        (&rest[..length], start)
    }

    pub(super) fn chunk(&mut self) -> Option<Query> {
        if self.take_period() {
            return None;
        }
        if let Some(date) = self.date_phrase() {
            return Some(date);
        }
        let (chunk, start) = self.raw_chunk();
        self.at = start;
        let chunk = self.first_item(chunk);
        let chunk = self.period_within(chunk).map_or(chunk, |length| &chunk[..length]);
        self.at += chunk.len();
        if let Some((name, value_at)) = value::field_name(chunk).or_else(|| self.key_name(chunk)) {
            let asked = FieldQuery::find(name, &self.language.fields);
            if let Some(asked) = asked.or_else(|| self.key(name, start + value_at)) {
                let takes_list = asked.takes_list();
                self.at = start + value_at;
                // Inside the group of a field, a field of its own wins.
                let outer = self.field.replace(asked);
                let read = |parser: &mut Self| parser.after_colon(name, start);
                let query = self.alone(|parser| if takes_list { parser.list(read) } else { read(parser) });
                self.field = outer;
                return query;
            }
            if name.eq_ignore_ascii_case("query") {
                self.at = start + value_at;
                return self.saved(start);
            }
            let punctuation = value_at == chunk.len() || !chunk[name.len()..].starts_with(':');
            if punctuation {
                let is_key = &chunk[name.len()..] == ":" && keys::find(name, self.keys).is_some();
                let message = if is_key {
                    message!(
                        "no value follows `{}:` without a space, so it was read as a word; `{}:*` finds any value",
                        name,
                        name
                    )
                } else {
                    message!("`{}` is not a field; the colon was read as punctuation", name)
                };
                self.note("read-as-word", start..start + name.len(), message);
            } else if !chunk[value_at..].starts_with("//")
                && value::exact_symbol(split_boost(chunk).0).is_none()
            {
                return self.unknown_field(name, start);
            }
        }
        let (chunk, boost) = split_boost(chunk);
        self.at -= boost;
        if chunk.is_empty() {
            return self.boost_of_nothing();
        }
        if in_ascii(chunk) == "*" && self.field.is_none() {
            return Some(Query::All);
        }
        if self.field.as_ref().is_some_and(|field| !field.is_words()) {
            return self.value(chunk, start);
        }
        if self.field.is_some()
            && let Some(compared) = self.compared(chunk, start)
        {
            return Some(compared);
        }
        self.words(chunk, start)
    }

    /// The name of a free key with characters that no field has, before the colon of a chunk, and the byte offset of the
    /// value.
    fn key_name(&self, chunk: &'t str) -> Option<(&'t str, usize)> {
        let (name, _) = chunk.split_once(':')?;
        keys::find(name, self.keys).map(|_| (name, name.len() + 1))
    }

    /// The free key of a name, unless what is written would be words if there were no such key: after a full-width colon,
    /// before white space, in an address and in a security.
    fn key(&self, name: &str, value_at: usize) -> Option<FieldQuery> {
        let before = self.text.get(..value_at)?.strip_suffix(':')?;
        let value = &self.text[value_at..];
        let written = &self.text[before.len() - name.len()..];
        let chunk = &written[..written.find(char::is_whitespace).unwrap_or(written.len())];
        let is_words = value.is_empty()
            || value.starts_with(|c: char| c.is_whitespace() || matches!(ascii(c), ')' | '|'))
            || value.starts_with("//")
            || value::exact_symbol(split_boost(chunk).0).is_some();
        if is_words {
            return None;
        }
        keys::find(name, self.keys).map(FieldQuery::of_key)
    }

    /// The query for a value of a free key that is a number. One with a sign is asked for as a number, because words have no
    /// sign; another as a word, but not where the article has only its negative.
    pub(super) fn number_of_key(&self, value: &str, at: usize) -> Option<Query> {
        let key = self.field.as_ref().filter(|field| field.kind == FieldKind::Key)?;
        let (number, has_sign) = value::bare_number(value)?;
        let equals = |number| Query::Number {
            field: key.name.clone(),
            from: Bound::Included(number),
            to: Bound::Included(number),
        };
        if has_sign {
            return Some(equals(number));
        }
        let mut words = leaf(value, at, Reading::Exact)?;
        words.field = Some(key.name.clone());
        words.span = at..at + value.len();
        let negative_only = Query::And(vec![equals(-number), Query::Not(Box::new(equals(number)))]);
        Some(Query::And(vec![Query::Words(words), Query::Not(Box::new(negative_only))]))
    }

    /// The numbers or the period that a value of a free key asks for, if it is a comparison or a range.
    fn compared(&mut self, value: &str, at: usize) -> Option<Query> {
        let asked = self.field.as_ref().filter(|field| field.kind == FieldKind::Key)?;
        let has_sign = value::has_sign(value);
        if !has_sign && !value.contains("..") {
            return None;
        }
        // Text may have two dots.
        if !has_sign && asked.read(value, self.language).is_err() {
            return None;
        }
        self.value(value, at)
    }

    /// Reads what follows `name:`; the field is set already.
    fn after_colon(&mut self, name: &str, start: usize) -> Option<Query> {
        self.skip_to_value();
        let is_words = self.field.as_ref().is_some_and(FieldQuery::is_words);
        let kind = self.field.as_ref().map(|field| field.kind);
        let takes_list = self.field.as_ref().is_some_and(FieldQuery::takes_list);
        match self.text[self.at..].chars().next().map(ascii) {
            Some('(') => self.group(),
            Some('"') => self.phrase(),
            None | Some(')' | '|') => self.missing_value(name, start),
            Some(c) if c.is_whitespace() || takes_list && punctuation::separates(c) => {
                self.missing_value(name, start)
            }
            Some(c) => {
                let regex_at = self.at;
                if let Some(pieces) = (c == '/').then(|| self.regex()).flatten() {
                    return self.leaf_of(pieces, regex_at..self.at);
                }
                let (chunk, at) = self.value_chunk();
                if chunk.is_empty() {
                    return self.boost_of_nothing();
                }
                let is_key = kind == Some(FieldKind::Key);
                if is_words && !(is_key && value::has_sign(chunk)) {
                    return self.compared(chunk, at).or_else(|| self.words(chunk, at));
                }
                let is_sign = matches!(in_ascii(chunk).as_str(), ">" | ">=" | "<" | "<=" | "≥" | "≤");
                if is_sign && matches!(kind, Some(FieldKind::Date | FieldKind::Number | FieldKind::Key)) {
                    return self.bound(at);
                }
                let longer = self.markdown_link(chunk, at).or_else(|| self.two_words_of_a_period(chunk, at));
                self.value(longer.unwrap_or(chunk), at)
            }
        }
    }

    /// Takes one value of the field, up to its boost or the rest of its list. Returns it and its byte offset.
    fn value_chunk(&mut self) -> (&'t str, usize) {
        let (chunk, start) = self.raw_chunk();
        let takes_list = self.field.as_ref().is_some_and(FieldQuery::takes_list);
        let chunk = if takes_list { self.first_item(chunk) } else { chunk };
        let (chunk, _) = split_boost(chunk);
        self.at = start + chunk.len();
        (chunk, start)
    }

    /// The beginning of a chunk up to what separates words, or values of the field.
    fn first_item(&self, chunk: &'t str) -> &'t str {
        match &self.field {
            Some(field) if field.lists_values() => punctuation::first_value(chunk),
            _ => punctuation::first_word(chunk),
        }
    }

    /// Reads the period or number behind a sign of comparison and white space, as in `date: >= 2025-03`.
    fn bound(&mut self, sign: usize) -> Option<Query> {
        self.skip_to_value();
        let (chunk, at) = self.value_chunk();
        let end = self.two_words_of_a_period(chunk, at).map_or(at + chunk.len(), |longer| at + longer.len());
        self.value(self.text[sign..end].trim_end(), sign)
    }

    /// Skips the white space of `title: apple`, unless an operator or another field follows.
    fn skip_to_value(&mut self) {
        let colon = self.at;
        let is_value = self.operand_follows() && !self.sign_follows();
        let value = self.at;
        self.at = if is_value && !self.field_follows() || value == colon { value } else { colon };
    }

    /// Whether the name of a field with its colon is next.
    pub(super) fn field_follows(&self) -> bool {
        let named = value::field_name(&self.text[self.at..]).map(|(name, _)| name);
        let is_field = |name| FieldQuery::find(name, &self.language.fields).is_some();
        named.is_some_and(|name| name.eq_ignore_ascii_case("query") || is_field(name)) || self.key_follows()
    }

    /// Whether the name of a free key with its colon is next.
    fn key_follows(&self) -> bool {
        let rest = &self.text[self.at..];
        let name =
            rest.split(|c: char| c.is_whitespace() || matches!(ascii(c), '(' | ')' | '"' | '|' | ':')).next();
        name.is_some_and(|name| self.key(name, self.at + name.len() + 1).is_some())
    }

    /// Takes `[600586.CN](https://…)` after `symbol:` as one value, despite its parentheses.
    fn markdown_link(&mut self, chunk: &str, at: usize) -> Option<&'t str> {
        let asked = self.field.as_ref().is_some_and(|field| field.kind == FieldKind::Symbol);
        let address = self.text[self.at..].strip_prefix('(').filter(|_| asked)?;
        let length = address.find(')').filter(|_| chunk.starts_with('[') && chunk.ends_with(']'))?;
        if address[..length].contains(char::is_whitespace) {
            return None;
        }
        self.at += length + 2;
        Some(&self.text[at..self.at])
    }

    /// Takes `last week` and `past 30 days` after `date:` as one value, despite the spaces, and so `last week..today`.
    fn two_words_of_a_period(&mut self, chunk: &str, at: usize) -> Option<&'t str> {
        let asked = self.field.as_ref().is_some_and(|field| field.kind == FieldKind::Date);
        let mut end = chunk.rsplit("..").next()?;
        let mut joined = None;
        while asked && ["last", "this", "past"].iter().any(|word| end.eq_ignore_ascii_case(word)) {
            let rest = self.text[self.at..].trim_start();
            let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let counted = number > 0 && !end.eq_ignore_ascii_case("this");
            let rest = if counted { rest[number..].trim_start() } else { rest };
            let unit = rest.split(|c: char| !c.is_ascii_alphabetic()).next()?;
            let name = if counted { unit.trim_end_matches(['s', 'S']) } else { unit };
            let known = ["week", "month", "quarter", "year"];
            let is_unit = known.iter().any(|unit| name.eq_ignore_ascii_case(unit))
                || counted && name.eq_ignore_ascii_case("day");
            if !is_unit || end.eq_ignore_ascii_case("past") && !counted {
                break;
            }
            self.at = self.text.len() - rest.len() + unit.len();
            end = if self.text[self.at..].starts_with("..") { self.raw_chunk().0 } else { "" };
            end = end.trim_start_matches('.');
            joined = Some(&self.text[at..self.at]);
        }
        joined
    }

    fn boost_of_nothing(&mut self) -> Option<Query> {
        let span = self.character(self.at);
        self.fail(Problem::new(
            "bad-boost",
            span,
            message!("a boost follows its word without a space, as in `solar^2`"),
        ))
    }

    fn unknown_field(&mut self, name: &str, start: usize) -> Option<Query> {
        let message = message!("there is no field `{}`", name);
        let quote = || message!("to search for the words themselves, quote them");
        let or_field =
            |near| message!("did you mean `{}:`? To search for the words themselves, quote them", near);
        let hint = match self.language.fields.nearest(name, self.keys) {
            Some(near) => or_field(near),
            None if self.keys.is_empty() => quote(),
            None => {
                let keys = keys::likely(name, self.keys);
                let more = if self.keys.len() > keys.len() { " …" } else { "" };
                message!(
                    "keys of the index: {}; to search for the words themselves, quote them",
                    keys.join(", ") + more
                )
            }
        };
        self.fail(Problem::new("unknown-field", start..start + name.len(), message).hint(hint))
    }

    fn missing_value(&mut self, name: &str, start: usize) -> Option<Query> {
        let span = start..self.at;
        let hint = message!("write the value after the colon, or `{}:*` for any value", name);
        self.fail(Problem::new("missing-value", span, message!("`{}:` has no value", name)).hint(hint))
    }

    /// Expands the saved query whose name follows.
    fn saved(&mut self, start: usize) -> Option<Query> {
        self.skip_to_value();
        let name = if self.text[self.at..].starts_with(|c| ascii(c) == '"') {
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
            let message = message!("there is no saved query `{}`", name);
            let problem = Problem::new("unknown-query", span, message);
            let names = self.language.saved.keys().map(String::as_str);
            let near = nearest(names.clone(), name);
            let shown: Vec<&str> = names.take(MAX_NAMES).collect();
            return self.fail(problem.hint(match near {
                Some(near) => message!("did you mean `query:{}`?", near),
                None if shown.is_empty() => message!("save one with `newsdex save NAME QUERY`"),
                None => message!("saved queries: {}", shown.join(", ")),
            }));
        };
        if self.inside.iter().any(|outer| outer == name) || self.inside.len() >= MAX_SAVED {
            let message = message!("the saved query `{}` contains itself or is nested too deep", name);
            return self.fail(Problem::new("bad-saved-query", span, message));
        }
        if text.len() > MAX_QUERY {
            let message = message!("the saved query `{}` is longer than {} bytes", name, MAX_QUERY);
            return self.fail(Problem::new("query-too-long", span, message));
        }
        let mut inside = self.inside.clone();
        inside.push(name.to_owned());
        let mut inner = Parser {
            text,
            at: 0,
            depth: self.depth,
            clauses: self.clauses,
            synonyms: self.synonyms,
            automata: self.automata,
            field: self.field.clone(),
            language: self.language,
            keys: self.keys,
            alone: false,
            negated: false,
            period: DateRange::default(),
            period_field: None,
            inside,
            problems: Vec::new(),
        };
        let query = inner.whole();
        (self.clauses, self.synonyms, self.automata) = (inner.clauses, inner.synonyms, inner.automata);
        // Spans in the saved text are meaningless in this one.
        self.problems.extend(inner.problems.into_iter().map(|problem| Problem {
            span: span.clone(),
            instead: None,
            message: message!("in the saved query `{}`: {}", name, problem.message),
            ..problem
        }));
        (!self.stopped()).then(|| query.unrelaxable())
    }

    /// Reads unquoted words. A word that is a security beyond doubt also becomes one.
    fn words(&mut self, mut chunk: &str, start: usize) -> Option<Query> {
        if !self.alone
            && let Some(end) = value::end_of_code(chunk)
        {
            self.at -= chunk.len() - end;
            chunk = &chunk[..end];
        }
        let span = start..start + chunk.len();
        let as_written = chunk.strip_prefix(|c| ascii(c) == '=');
        if as_written == Some("") && self.text[self.at..].starts_with(|c| ascii(c) == '"') {
            return self.phrase();
        }
        if let Some(number) = self.number_of_key(as_written.unwrap_or(chunk), start) {
            return self.counted(number);
        }
        let is_pattern = without_question_mark(chunk).contains(|c| matches!(ascii(c), '*' | '~' | '?'));
        if is_pattern && as_written.is_some() {
            self.note(
                "dangling-operator",
                start..start + chunk.chars().next().map_or(1, char::len_utf8),
                message!("a `=` before a pattern has no effect"),
            );
        } else if let Some(as_written) = as_written
            && let Some(mut words) =
                self.locale(as_written, start).or_else(|| leaf(as_written, start, Reading::Exact))
        {
            words.field = self.field.as_ref().map(|field| field.name.clone());
            words.span = span;
            return self.counted(Query::Words(words));
        }
        let (chunk, near) = self.without_edits(chunk, start);
        if let Some(pieces) = near.or_else(|| wildcard(chunk, start)) {
            return self.leaf_of(pieces, span);
        }
        let (piece, reading) = match (chunk.strip_suffix(|c| ascii(c) == '*'), &self.field) {
            (Some(piece), _) => (piece, Reading::Prefix),
            (None, Some(field)) if matches!(field.kind, FieldKind::Keyword | FieldKind::Key) => {
                (chunk, Reading::Exact)
            }
            (None, _) => (chunk, Reading::Forms),
        };
        if piece.is_empty()
            && let Some(field) = &self.field
        {
            return Some(Query::Exists(field.name.clone()));
        }
        if self.field.is_some() && piece.starts_with(|c| ascii(c) == '-') && self.minus_at(start) {
            let message = message!(
                "a dash after the colon was read as punctuation; to exclude a value write `-field:value`"
            );
            self.note("dangling-operator", self.character(start), message);
        }
        let asking = without_question_mark(piece).len();
        let operator = |(at, c): &(usize, char)| matches!(ascii(*c), '*' | '~') || *c == '?' && *at < asking;
        if let Some((at, c)) = piece.char_indices().find(operator) {
            let message = message!("a `{}` inside a word was read as punctuation", ascii(c));
            self.note("dangling-operator", start + at..start + at + c.len_utf8(), message);
        }
        let field = self.field.as_ref().map(|field| field.name.as_str());
        let locale = self.locale(piece, start).filter(|_| reading == Reading::Exact);
        let words = locale.map(Query::Words).or_else(|| unquoted(piece, start, reading, field));
        let symbol = value::exact_symbol(chunk).filter(|_| field.is_none());
        let words = match words {
            Some(words) if reading == Reading::Forms => Some(self.with_synonyms(words, start, chunk)),
            words => words,
        };
        if let Some(symbol) = symbol {
            let span = start..start + chunk.len();
            let readings = std::iter::once(&symbol).chain(symbol.alternatives());
            let readings = Message::any_of(readings.map(ToString::to_string));
            let message = message!("`{}` was also read as the security {}", chunk, readings);
            let word = format!("={chunk}");
            self.problems.push(Problem::new("read-as-symbol", span, message).instead(word));
            let readings = std::iter::once(value::one_security(chunk, symbol)).chain(words);
            return self.counted(Query::or(readings.collect()));
        }
        match words {
            Some(words) => self.counted(words),
            None => self.nothing_in(piece, start),
        }
    }

    /// Adds synonyms to the words of a chunk. A synonym of several words also takes the chunks after it.
    fn with_synonyms(&mut self, words: Query, start: usize, chunk: &str) -> Query {
        let synonyms = &self.language.synonyms;
        if synonyms.is_empty() {
            return words;
        }
        let mut ends = vec![start + chunk.len()];
        let mut reader = self.at;
        // A boost or a `near` after the chunk applies to this chunk only.
        while ends.len() < MAX_TERM_WORDS
            && !self.alone
            && let Some(end) = self.plain_word_behind(reader)
        {
            let behind = self.text[end..].trim_start();
            if self.near_at(self.text.len() - behind.len()).is_some() {
                break;
            }
            ends.push(end);
            reader = end;
        }
        let field = self.field.as_ref().map(|field| field.name.as_str());
        let typed = Typed { text: self.text, start, ends, field };
        let (with_synonyms, end) = typed.with_synonyms(words.clone(), synonyms);
        // Synonyms were not typed, so they must not make a query too long.
        let mut all = 0;
        with_synonyms.each_words(&mut |words| all += words.slots.len());
        let added = all - slots(&with_synonyms);
        if self.synonyms + added > MAX_SYNONYMS {
            return words;
        }
        self.synonyms += added;
        self.at = self.at.max(end);
        with_synonyms
    }

    /// The byte offset at which the next chunk ends, if it is a plain word.
    fn plain_word_behind(&self, at: usize) -> Option<usize> {
        let rest = &self.text[at..];
        let word = rest.trim_start();
        let begins = at + rest.len() - word.len();
        let length = word.find(char::is_whitespace).unwrap_or(word.len());
        let word = punctuation::first_word(&word[..length]).trim_end_matches(|c| ascii(c) == ')');
        let operator = matches!(in_ascii(word).as_str(), "AND" | "OR" | "NOT");
        let special = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '\'' | '&' | '.' | '’'));
        let spoken = word.trim_end_matches(|c| matches!(ascii(c), '?' | '!'));
        let plain = begins > at && !spoken.is_empty() && !operator && !spoken.contains(special);
        (plain && !word.starts_with(|c| matches!(ascii(c), '-' | '&'))).then_some(begins + word.len())
    }

    /// Reads the value of a field that is not text.
    pub(super) fn value(&mut self, value: &str, at: usize) -> Option<Query> {
        let span = at..at + value.len();
        let read = self.field.as_ref()?.read(value, self.language);
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
                self.fail(match hint {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                })
            }
        }
    }
}

/// The note for an ambiguous notation of a security.
fn ambiguity(typed: &str, readings: &[Symbol]) -> Option<Message> {
    let symbol = readings.iter().find(|symbol| symbol.confidence() == Confidence::Ambiguous)?;
    let readings = std::iter::once(symbol).chain(symbol.alternatives());
    let readings = Message::any_of(readings.map(ToString::to_string));
    Some(message!("`{}` may be {}; both are matched", typed, readings))
}

/// Splits a chunk before its boost. Returns the length of the boost, which is read later. Before a letter a leading caret is
/// that of an index: `^GSPC`.
fn split_boost(chunk: &str) -> (&str, usize) {
    let is_caret = |c| ascii(c) == '^';
    let name = chunk
        .strip_prefix(is_caret)
        .filter(|name| name.starts_with(|c: char| ascii(c).is_ascii_alphabetic()));
    let from = name.map_or(0, |name| chunk.len() - name.len());
    match chunk[from..].find(is_caret) {
        Some(index) => (&chunk[..from + index], chunk.len() - from - index),
        None => (chunk, 0),
    }
}
