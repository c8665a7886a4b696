//! Whether an article is one that a query asks for, by what the query language says and nothing else.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use newsdex::{
    article::{Article, MentionPlace, Moment, Named},
    index::{KeyOrder, KeyValue},
    query::{DateRange, Query, Role, Security, TermMatcher, Words},
    schema::{FieldDef, FieldKind, Schema, Value, comparable},
    symbol::Symbol,
    text::{self, Token},
};
use std::{
    cmp::Ordering,
    iter,
    ops::{Bound, RangeBounds as _},
};

/// Whether an article matches a query.
pub(super) fn matches(schema: &Schema, query: &Query, article: &Article) -> bool {
    let words_match = |words: &Words| words_match(schema, words, article);
    match query {
        Query::All => true,
        Query::Words(words) => words_match(words),
        Query::MinShouldMatch { clauses, least, .. } => {
            let least = least.expect("the search puts a number before an index is asked");
            clauses.iter().filter(|clause| matches(schema, clause, article)).count() >= least
        }
        Query::Security(security) => security_matches(security, article),
        Query::Path { field, path } => is_any(schema, field, article, |value| is_at_or_below(value, path)),
        Query::Date { field, range, zone } => {
            is_any(schema, field, article, |value| is_in_range(value, *range, zone))
        }
        Query::Number { field, from, to } => {
            is_any(schema, field, article, |value| is_between(value, *from, *to))
        }
        Query::Exists(field) => match free(schema, Some(field)) {
            Some(key) => !values_of_key(schema, key, article).is_empty(),
            None => is_any(schema, field, article, |_| true),
        },
        Query::And(parts) => parts.iter().all(|part| matches(schema, part, article)),
        Query::Synonyms(parts) | Query::Or(parts) => parts.iter().any(|part| matches(schema, part, article)),
        Query::Not(inner) => !matches(schema, inner, article),
        Query::Boost(inner, _) => matches(schema, inner, article),
    }
}

/// The values that an article has for a field.
pub(super) fn values<'a>(field: &FieldDef, article: &'a Article) -> Vec<Value<'a>> {
    let mut values = Vec::new();
    Schema::values(field, article, |value| values.push(value));
    values
}

/// Where words are looked for.
#[derive(Clone, Copy)]
pub(super) enum Searched<'s> {
    Field(&'s FieldDef),
    /// A free key in one spelling: a name that no row of the schema has.
    Key(&'s Schema, &'s str),
}

/// The field or free key of a name, or, without one, all fields that plain words search; no others than those of words.
pub(super) fn searched<'s>(
    schema: &'s Schema,
    name: Option<&'s str>,
) -> impl Iterator<Item = Searched<'s>> + use<'s> {
    let is_asked = move |field: &&FieldDef| name.map_or(field.search, |name| field.name == name);
    let has_words = |field: &&FieldDef| matches!(field.kind, FieldKind::Text | FieldKind::Keyword);
    let fields = schema.fields().iter().filter(is_asked).filter(has_words).map(Searched::Field);
    let spelled = |key: &'s str| {
        let others = spellings(key).iter().copied().filter(move |other| *other != key);
        iter::once(key).chain(others).map(|key| Searched::Key(schema, key))
    };
    fields.chain(free(schema, name).into_iter().flat_map(spelled))
}

/// The name, if it is not that of a field.
fn free<'s>(schema: &'s Schema, name: Option<&'s str>) -> Option<&'s str> {
    name.filter(|name| schema.field(name).is_none())
}

/// The keys that the name of a key asks for: of the well-known ones, those among which articles are drawn.
fn spellings(key: &str) -> &[&str] {
    if key == "tags" { &["tags", "keywords", "标签"] } else { &[] }
}

/// The values that an article has for a free key in any spelling.
pub(super) fn values_of_key<'a>(schema: &Schema, key: &str, article: &'a Article) -> Vec<&'a str> {
    let mut keys = schema.free_keys(article);
    let mut values = keys.remove(key).unwrap_or_default();
    values.extend(spellings(key).iter().filter_map(|key| keys.remove(*key)).flatten());
    values.into_iter().collect()
}

/// What an article has for a key, or a field, as an order by it takes it: of several values the first in the order.
pub(super) fn first_value(schema: &Schema, order: &KeyOrder, article: &Article) -> Option<KeyValue> {
    let value = |value: Value<'_>| match value {
        Value::Text(text) => KeyValue::Text(text.into_owned()),
        Value::Path(path) => KeyValue::Text(path),
        Value::Number(number) => KeyValue::Number(number),
        Value::Date(moment) => KeyValue::Date(moment.instant()),
    };
    let values: Vec<KeyValue> = match schema.field(&order.key) {
        Some(field) => values(field, article).into_iter().map(value).collect(),
        None => values_of_key(schema, &order.key, article)
            .into_iter()
            .flat_map(|text| comparable(text).map(value).chain([KeyValue::Text(text.to_owned())]))
            .collect(),
    };
    values.into_iter().min_by(|a, b| order_of_values(Some(a), Some(b), order))
}

/// Numbers, then dates, then texts, each in the direction; what has none comes last.
pub(super) fn order_of_values(a: Option<&KeyValue>, b: Option<&KeyValue>, order: &KeyOrder) -> Ordering {
    let kind = |value: Option<&KeyValue>| match value {
        Some(KeyValue::Number(_)) => 0,
        Some(KeyValue::Date(_)) => 1,
        Some(KeyValue::Text(_)) => 2,
        None => 3,
    };
    let values = match (a, b) {
        (Some(KeyValue::Number(a)), Some(KeyValue::Number(b))) => a.partial_cmp(b).unwrap(),
        (Some(KeyValue::Date(a)), Some(KeyValue::Date(b))) => a.cmp(b),
        (Some(KeyValue::Text(a)), Some(KeyValue::Text(b))) => a.cmp(b),
        _ => Ordering::Equal,
    };
    kind(a).cmp(&kind(b)).then(if order.descending { values.reverse() } else { values })
}

/// The words of each value of a field.
pub(super) fn words_of(searched: Searched<'_>, article: &Article) -> Vec<Vec<Token>> {
    let words = |value| match value {
        Value::Text(text) => text::tokens(&text).collect(),
        _ => Vec::new(),
    };
    match searched {
        Searched::Field(field) => values(field, article).into_iter().map(words).collect(),
        Searched::Key(schema, key) => schema
            .free_keys(article)
            .remove(key)
            .into_iter()
            .flatten()
            .map(|value| text::tokens(value).collect())
            .collect(),
    }
}

/// Whether words stand in one of the fields that they are looked for in.
fn words_match(schema: &Schema, words: &Words, article: &Article) -> bool {
    let matchers: Vec<TermMatcher<'_>> = words.slots.iter().map(|slot| slot.terms.matcher()).collect();
    let texts = searched(schema, words.field.as_deref()).flat_map(|field| words_of(field, article));
    let mut texts = texts.filter(|text| fill_slots(words, &matchers, text, &mut Vec::new()));
    texts.next().is_some()
}

/// Whether the slots behind those that are filled can be filled as well: every choice of words is tried.
fn fill_slots<'t>(
    words: &Words,
    matchers: &[TermMatcher<'_>],
    text: &'t [Token],
    filled: &mut Vec<&'t Token>,
) -> bool {
    let slot = filled.len();
    if slot == words.slots.len() {
        return true;
    }
    text.iter().any(|word| {
        if !matchers[slot].takes(&word.text) || !fits(words, filled, word) {
            return false;
        }
        filled.push(word);
        let found = fill_slots(words, matchers, text, filled);
        filled.pop();
        found
    })
}

/// Whether a word may fill the next slot beside the words that fill those before: it is none of them, and the leaf would
/// begin where it begins for them, or for another unit no further away than the slop.
fn fits(words: &Words, filled: &[&Token], word: &Token) -> bool {
    let begins = |slot: usize, word: &Token| i64::from(word.position) - i64::from(words.slots[slot].offset);
    filled.iter().enumerate().all(|(slot, other)| {
        let apart = begins(slot, other).abs_diff(begins(filled.len(), word));
        let is_same_unit = words.slots[slot].unit == words.slots[filled.len()].unit;
        let most = if is_same_unit { 0 } else { u64::from(words.slop) };
        other.position != word.position && apart <= most
    })
}

fn security_matches(security: &Security, article: &Article) -> bool {
    let asked: Vec<&Symbol> = security.readings.iter().flat_map(readings).collect();
    let is_asked = |named: &Named| readings(&named.symbol).any(|symbol| asked.contains(&symbol));
    let is_named = article.symbols.iter().any(is_asked);
    // The article is about what it names in the title or the lead, and about the first of a list of up to five.
    let listed = article.symbols.iter().filter(|named| named.sources.has(MentionPlace::Listed)).count();
    let is_about = article.symbols.iter().enumerate().any(|(place, named)| {
        let is_first = place == 0 && named.sources.has(MentionPlace::Listed) && listed <= 5;
        let in_title_or_lead =
            named.sources.has(MentionPlace::Title) || named.sources.has(MentionPlace::Lead);
        is_asked(named) && (is_first || in_title_or_lead)
    });
    match security.role {
        Role::Any => is_named,
        Role::About => is_about,
        Role::Mentioned => is_named && !is_about,
    }
}

/// All that a notation may be.
fn readings(symbol: &Symbol) -> impl Iterator<Item = &Symbol> {
    iter::once(symbol).chain(symbol.alternatives())
}

/// Whether a value of a field passes a test.
fn is_any(schema: &Schema, field: &str, article: &Article, test: impl Fn(&Value<'_>) -> bool) -> bool {
    match schema.field(field) {
        Some(field) => values(field, article).iter().any(test),
        None => {
            values_of_key(schema, field, article).into_iter().flat_map(comparable).any(|value| test(&value))
        }
    }
}

fn is_at_or_below(value: &Value<'_>, path: &str) -> bool {
    let Value::Path(value) = value else { return false };
    let rest = value.strip_prefix(path.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_in_range(value: &Value<'_>, range: DateRange, zone: &TimeZone) -> bool {
    let is_empty = range.start.zip(range.end).is_some_and(|(start, end)| start >= end);
    let date = |at: Timestamp| at.to_zoned(zone.clone()).date();
    match value {
        Value::Date(Moment::Instant(at)) => {
            range.start.is_none_or(|start| start <= *at) && range.end.is_none_or(|end| *at < end)
        }
        // A day is within if it is the day of any instant of the range. Dates are whole seconds.
        Value::Date(Moment::Day(day)) => {
            let last = range.end.map(|end| end - 1.second());
            !is_empty
                && range.start.is_none_or(|start| date(start) <= *day)
                && last.is_none_or(|last| *day <= date(last))
        }
        _ => false,
    }
}

fn is_between(value: &Value<'_>, from: Bound<f64>, to: Bound<f64>) -> bool {
    let Value::Number(number) = value else { return false };
    (from, to).contains(number)
}
