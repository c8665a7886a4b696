//! Values of a field that a query names.

use super::{Completer, CompletionKind, MAX_NAMES};
use crate::{
    article::BuiltIn,
    index::{FacetBy, FacetRequest, IndexError},
    query::{DateRange, FieldKind, Query, Slot, TermSet, Words, find_key, quoted},
    search::{Completion, Request, articles, search},
};

/// At most this many values of a field are counted, most frequent first.
const MAX_VALUES: usize = 1000;
/// Field names that ask for a security.
const SECURITY_FIELDS: [&str; 4] = ["symbol", "ticker", "about", "mentions"];
/// Keyword fields whose values differ from article to article.
const IDENTITIES: [BuiltIn; 3] = [BuiltIn::Id, BuiltIn::Url, BuiltIn::Related];
/// Periods that are offered for a date, in English and in Chinese.
const PERIODS: [&str; 6] = ["today", "yesterday", "last week", "this month", "last month", "this year"];
const CHINESE_PERIODS: [&str; 6] = ["今天", "昨天", "上周", "本月", "上个月", "今年"];

impl Completer<'_> {
    /// Values of the field that begin with what was typed of one, with their counts.
    pub(super) fn values(&self, field: &str) -> Result<Vec<Completion>, IndexError> {
        let name = field.to_ascii_lowercase();
        let name = if name == "date" { BuiltIn::Published.name() } else { &name };
        if SECURITY_FIELDS.contains(&name) {
            return self.security_values();
        }
        match self.language.fields.find(name) {
            Some((_, FieldKind::Date)) => self.periods(name),
            Some((_, FieldKind::Words)) => self.field_words(name),
            _ => self.counted_values(name),
        }
    }

    fn security_values(&self) -> Result<Vec<Completion>, IndexError> {
        let last = self.typed.last();
        // Here lower-case letters are a code too.
        let code = last.trim_start_matches('$').to_ascii_uppercase();
        let is_number = code.contains(|c: char| c.is_ascii_digit());
        let mut found = self.codes(&code, if is_number { self.limit } else { self.limit.div_ceil(2) })?;
        if last.is_empty() || is_number {
            return Ok(found);
        }
        found.extend(self.named(self.typed.start, last)?);
        for phrase in self.phrases_and_words()?.into_iter().take(MAX_NAMES - 1) {
            found.extend(self.named(phrase.from, &phrase.text)?);
        }
        Ok(found)
    }

    fn periods(&self, field: &str) -> Result<Vec<Completion>, IndexError> {
        let periods = if self.typed.is_chinese() { CHINESE_PERIODS } else { PERIODS };
        let mut found = Vec::new();
        for period in periods.into_iter().filter(|period| self.typed.begins(period)) {
            let clock = &self.language.clock;
            let Ok(range) = DateRange::parse(period, clock) else { continue };
            let query = Query::Date { field: field.to_owned(), range, zone: clock.zone().clone() };
            let count = articles(self.snapshot, query)?;
            found.push(self.value(period, count));
        }
        Ok(found)
    }

    fn field_words(&self, field: &str) -> Result<Vec<Completion>, IndexError> {
        let Some(prefix) = self.typed.prefix() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for (word, _) in self.dictionary(Some(field), &prefix)? {
            let slots = vec![Slot { offset: 0, unit: 0, terms: TermSet::Forms(word.clone()) }];
            let words = Words { field: Some(field.to_owned()), slots, slop: 0, span: 0..0, plain: false };
            let count = articles(self.snapshot, Query::Words(words))?;
            found.push(self.completion(CompletionKind::Word, self.typed.start, word, Some(count)));
        }
        Ok(found)
    }

    /// Values of a field with a column, such as `market`.
    fn counted_values(&self, field: &str) -> Result<Vec<Completion>, IndexError> {
        let schema = self.snapshot.schema();
        let is_identity = IDENTITIES.into_iter().any(|identity| identity.name() == field);
        let is_key = self.language.fields.find(field).is_none() && self.has_key(field)?;
        let by = FacetBy::named(field, schema).filter(|by| !is_identity && !by.is_calendar());
        let Some(by) = by.or_else(|| is_key.then(|| FacetBy::of_key(field.to_owned()))) else {
            return Ok(Vec::new());
        };
        let is_keyword = is_key || matches!(self.language.fields.find(field), Some((_, FieldKind::Keyword)));
        // The fewer articles, the sooner they are counted.
        let query = match Words::phrase(self.typed.last()) {
            Some(words) if is_keyword => {
                let mut words = Words { field: Some(field.to_owned()), ..words };
                if let Some(Slot { terms, .. }) = words.slots.last_mut()
                    && let TermSet::Exact(word) = terms
                {
                    *terms = TermSet::Prefix(std::mem::take(word));
                }
                Query::Words(words)
            }
            _ => Query::All,
        };
        let mut request = Request::new(query);
        (request.limit, request.facets) = (0, vec![FacetRequest { by, limit: MAX_VALUES }]);
        let facets = match search(self.snapshot, &request) {
            Err(IndexError::TooMuch(_)) => return Ok(Vec::new()),
            answer => answer?.facets,
        };
        let values = facets.iter().flat_map(|facet| &facet.counts);
        let values = values.filter(|(value, _)| self.typed.begins(value)).take(self.limit);
        Ok(values.map(|(value, count)| self.value(value, *count)).collect())
    }

    fn has_key(&self, name: &str) -> Result<bool, IndexError> {
        Ok(find_key(name, &self.snapshot.keys()?).is_some())
    }

    /// A value, in quotes if it has more than letters, digits and the marks of a name or path.
    fn value(&self, value: &str, count: u64) -> Completion {
        let is_plain = value.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c));
        let written = if is_plain { value.to_owned() } else { quoted(value) };
        self.completion(CompletionKind::Value, self.typed.start, written, Some(count))
    }
}
