//! Lowers a query to the query language of the engine.

mod phrase;
mod spans;

use super::{
    document::{hex, instant, long},
    expand::{Expander, Native},
    mapping::{self, words},
};
use crate::{
    article::{AboutPart, BuiltIn},
    index::{
        IndexError, Retrieval, Sort,
        bm25::K1,
        idf, pairs,
        ranking::{NAME_LEAD, PART_BOOSTS, SYMBOL_BOOST, TITLE_BOOST, synonym_boost},
        stamp::INSTANTS,
        terms::{about_term, article_hash, readings},
        tf_saturation,
    },
    query::{DateRange, Query, Role, Security, TermSet, Words, key_spellings},
    schema::{FieldDef, FieldKind, Schema},
    symbol,
    text::{self, english::stem},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use std::{collections::BTreeSet, ops::Bound};

/// Maximum number of words by which the matches of a pattern are ranked. Those of a broader one are all equal.
const MAX_RANKED: usize = 100;

/// Lowers queries for an index.
#[derive(Clone, Copy)]
pub(super) struct Lowering<'e> {
    pub schema: &'e Schema,
    pub expander: &'e Expander<'e>,
    /// Whether scores matter.
    is_ranked: bool,
    /// What scores of words and of phrases are multiplied by, for those of the embedded index.
    pub factor: f32,
    pub phrase_factor: f32,
}

/// What a request is lowered to.
pub(super) struct Lowered {
    /// Scores pages where their order is that of relevance.
    pub ranked: Value,
    /// Finds the same pages without their scores, so that it is the same at each instant: by this, pages are counted.
    pub matching: Value,
}

/// Where words are looked for.
#[derive(Clone, Copy)]
enum Scope<'s> {
    /// In all fields that plain words search.
    All,
    /// In one field.
    Field(&'s FieldDef),
    /// Among the values of a free key.
    Key(&'s str),
}

impl<'e> Lowering<'e> {
    pub(super) fn new(schema: &'e Schema, expander: &'e Expander<'e>) -> Self {
        let product = &expander.engine.product;
        let (factor, phrase_factor) = (product.score_factor(K1), product.score_factor(mapping::PHRASE_K1));
        Self { schema, expander, is_ranked: false, factor, phrase_factor }
    }

    /// Lowers the query of a request, for pages. With ranking, scores decay with age if asked, and articles come first whose
    /// title equals what was typed, or which are about the security that was typed.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if it expands to too many terms; else as for every request.
    pub(super) fn request(&self, request: &Retrieval) -> Result<Lowered, IndexError> {
        let mut sets = Vec::new();
        request.query.each_words(&mut |words| {
            // A word alone in all fields is looked up by the engine.
            if words.field.is_some() || words.slots.len() > 1 {
                sets.extend(words.slots.iter().map(|slot| slot.terms.clone()));
            }
        });
        self.expander.prepare(sets.iter())?;
        let ranked = Self { is_ranked: request.sort == Sort::Relevance, ..*self };
        let mut query = ranked.query(&request.query)?;
        if let Some(id) = &request.without {
            query = json!({"bool": {"must": [query], "must_not": [term(mapping::ARTICLE, &json!(long(article_hash(id))))]}});
        }
        let pages = term(mapping::DOC, &json!(mapping::Doc::Page.as_str()));
        let matching = json!({"bool": {"filter": [pages, query]}});
        if request.sort != Sort::Relevance {
            return Ok(Lowered { ranked: matching.clone(), matching });
        }
        if let Some(recency) = request.recency {
            let published = mapping::shown(BuiltIn::Published.name());
            let now = instant(recency.now.as_millisecond()).unwrap_or_default();
            let scale = format!("{}ms", (recency.half_life * 1000.0).round().max(1.0));
            let past = json!({"range": {published.as_str(): {"lte": now}}});
            let future = json!({"range": {published.as_str(): {"gt": now}}});
            let without = json!({"bool": {"must_not": [{"exists": {"field": published}}]}});
            query = json!({"function_score": {
                "query": query, "score_mode": "first", "boost_mode": "multiply",
                "functions": [
                    {"filter": past, "exp": {published.as_str(): {"origin": now, "scale": scale, "decay": 0.5}}},
                    {"filter": future, "weight": 1.0},
                    {"filter": without, "weight": recency.factor(None)},
                ],
            }});
        }
        let mut first = Vec::new();
        if let Some(title) = whole_title(&request.typed) {
            first.push(constant(&term(mapping::TITLE, &json!(title)), TITLE_BOOST));
        }
        if let Some(symbol) = symbol::typed(&request.typed) {
            let (readings, names) = (vec![symbol], Vec::new());
            let security = Security { typed: request.typed.clone(), readings, names, role: Role::About };
            first.push(boosted(self.about(&security)?, SYMBOL_BOOST));
        }
        let ranked = json!({"bool": {"filter": [pages], "must": [query], "should": first}});
        Ok(Lowered { ranked, matching })
    }

    /// Lowers a query. What is not a page may match too.
    pub(super) fn query(&self, query: &Query) -> Result<Value, IndexError> {
        let all = |parts: &[Query]| parts.iter().map(|part| self.query(part)).collect::<Result<Vec<_>, _>>();
        Ok(match query {
            Query::All => json!({"match_all": {}}),
            Query::Words(words) => self.words(words)?,
            Query::MinShouldMatch { clauses, least, optional } => json!({"bool": {
                "must": [{"bool": {"should": all(clauses)?, "minimum_should_match": least.unwrap_or(1)}}],
                "should": all(optional)?,
            }}),
            Query::Synonyms(several) => self.synonyms(several)?,
            Query::Security(security) => match security.role {
                Role::Any => Self::named(security),
                Role::About => self.about(security)?,
                Role::Mentioned => constant(
                    &json!({"bool": {"filter": [Self::named(security)], "must_not": [self.about(security)?]}}),
                    1.0,
                ),
            },
            // The root is above all paths.
            Query::Path { field, path } if path == "/" => constant(&term(mapping::HAS, &json!(field)), 1.0),
            Query::Path { field, path } => constant(&term(&mapping::levels(field), &json!(path)), 1.0),
            Query::Date { field, range, zone } => constant(&self.date(field, *range, zone), 1.0),
            Query::Number { field, from, to } => constant(&self.number(field, *from, *to), 1.0),
            Query::Exists(field) if self.schema.field(field).is_some() => {
                constant(&term(mapping::HAS, &json!(field)), 1.0)
            }
            Query::Exists(key) => {
                constant(&terms_query(mapping::HAS, key_spellings(key).map(str::to_owned)), 1.0)
            }
            Query::And(parts) => {
                let (mut must, mut must_not) = (Vec::new(), Vec::new());
                for part in parts {
                    match part {
                        Query::Not(inner) => must_not.push(self.query(inner)?),
                        part => must.push(self.query(part)?),
                    }
                }
                if must.is_empty() {
                    must.push(json!({"match_all": {}}));
                }
                json!({"bool": {"must": must, "must_not": must_not}})
            }
            Query::Or(parts) if parts.is_empty() => nothing(),
            Query::Or(parts) => json!({"bool": {"should": all(parts)?, "minimum_should_match": 1}}),
            Query::Not(inner) => {
                json!({"bool": {"must": [{"match_all": {}}], "must_not": [self.query(inner)?]}})
            }
            Query::Boost(inner, by) => boosted(self.query(inner)?, *by),
        })
    }

    fn scope<'s>(&'s self, field: Option<&'s str>) -> Scope<'s> {
        match field {
            None => Scope::All,
            Some(name) => self.schema.field(name).map_or(Scope::Key(name), Scope::Field),
        }
    }

    /// The text fields that plain words search, with their boosts.
    fn searched(&self) -> impl Iterator<Item = &FieldDef> {
        self.schema.fields().iter().filter(|field| field.search)
    }

    fn words(&self, words: &Words) -> Result<Value, IndexError> {
        let scope = self.scope(words.field.as_deref());
        if let [slot] = words.slots.as_slice() {
            return self.word(scope, &slot.terms);
        }
        let lowered = match scope {
            Scope::All => {
                let fields: Vec<String> = self.searched().map(|field| mapping::words(&field.name)).collect();
                let factor = self.factor_of(&fields, words)?;
                let mut parts = Vec::new();
                for field in self.searched() {
                    let phrase = self.phrase(&mapping::words(&field.name), "", words)?;
                    parts.push(boosted(phrase, field.boost * factor));
                }
                any(parts)
            }
            Scope::Field(field) => {
                let name = mapping::words(&field.name);
                let phrase = self.phrase(&name, "", words)?;
                if field.kind == FieldKind::Text {
                    boosted(phrase, field.boost * self.factor_of(&[name], words)?)
                } else {
                    constant(&phrase, 1.0)
                }
            }
            Scope::Key(key) => {
                let each =
                    key_spellings(key).map(|key| self.phrase(mapping::KEY_WORDS, &pairs::scope(key), words));
                constant(&any(each.collect::<Result<_, _>>()?), 1.0)
            }
        };
        phrase::check(words, lowered)
    }

    /// What the scores of a phrase or a `near` in some fields are multiplied by.
    fn factor_of(&self, fields: &[String], words: &Words) -> Result<f32, IndexError> {
        Ok(if self.is_ranked { self.rarity(fields, words)? * self.phrase_factor } else { 1.0 })
    }

    /// One word: which documents have it decides the set of terms, and how it counts their stem.
    fn word(&self, scope: Scope<'_>, terms: &TermSet) -> Result<Value, IndexError> {
        let has = self.any_in(&self.places_of(scope), terms)?;
        let ranking = match (scope, stem_of(terms)) {
            _ if !self.is_ranked => None,
            (Scope::All, Some(stem)) => Some(boosted(term(mapping::STEMS, &json!(stem)), self.factor)),
            (Scope::All, None) => self.ranking_of_pattern(None, terms, &has)?,
            (Scope::Field(row), None) if row.kind == FieldKind::Text => {
                self.ranking_of_pattern(Some(row), terms, &has)?
            }
            (Scope::Field(row), Some(_)) if row.kind == FieldKind::Text => match terms {
                TermSet::Exact(word) | TermSet::Forms(word) => {
                    let forms = self.expander.terms(&TermSet::Forms(word.clone()))?;
                    let field = words(&row.name);
                    let each: Vec<Value> = forms.iter().map(|form| term(&field, &json!(form))).collect();
                    (!each.is_empty()).then(|| boosted(best_of(&each), self.phrase_factor))
                }
                _ => None,
            },
            _ => None,
        };
        Ok(match ranking {
            Some(ranking) => json!({"bool": {"filter": [has], "should": [ranking]}}),
            None => constant(&has, 1.0),
        })
    }

    /// How the matches of a pattern rank: as if its words were one word that all documents of `has` have. `None` if it has too many
    /// words.
    fn ranking_of_pattern(
        &self,
        row: Option<&FieldDef>,
        terms: &TermSet,
        has: &Value,
    ) -> Result<Option<Value>, IndexError> {
        if let TermSet::Prefix(character) = terms
            && phrase::is_one_han(character)
        {
            return self.ranking_of_character(row, character, has).map(Some);
        }
        let found = match self.expander.terms(terms) {
            Ok(found) if (1..=MAX_RANKED).contains(&found.len()) => found,
            Ok(_) | Err(IndexError::TooMuch(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let (field, factor) = match row {
            Some(row) => (words(&row.name), self.phrase_factor),
            None => (mapping::STEMS.to_owned(), self.factor),
        };
        let ranked = |word: &String| if row.is_some() { word.clone() } else { stem(word).into_owned() };
        let ranked: BTreeSet<String> = found.iter().map(ranked).collect();
        let mut queries: Vec<Value> = ranked.iter().map(|word| term(&field, &json!(word))).collect();
        queries.push(has.clone());
        let docs = self.expander.docs()?;
        let mut idfs: Vec<f32> =
            self.expander.counts(&queries, &queries)?.into_iter().map(|count| idf(count, docs)).collect();
        queries.pop();
        let of_all = idfs.pop().unwrap_or_default();
        let each: Vec<Value> =
            queries.into_iter().zip(idfs).map(|(query, idf)| boosted(query, of_all / idf * factor)).collect();
        Ok(Some(best_of(&each)))
    }

    /// As [`Lowering::ranking_of_pattern`], for all words that begin with a character.
    fn ranking_of_character(
        &self,
        row: Option<&FieldDef>,
        character: &str,
        has: &Value,
    ) -> Result<Value, IndexError> {
        let rows: Vec<&FieldDef> = row.map_or_else(|| self.searched().collect(), |row| vec![row]);
        let fields: Vec<String> = rows.iter().map(|row| mapping::characters(&row.name)).collect();
        let terms: Vec<Value> = fields.iter().map(|field| term(field, &json!(character))).collect();
        // The engine has the idf among the documents with the field: those with words of such a script.
        let mut queries = terms.clone();
        queries.extend(fields.iter().map(|field| json!({"exists": {"field": field}})));
        queries.push(has.clone());
        let counts = self.expander.counts(&queries, &queries)?;
        let of_all = idf(counts.last().copied().unwrap_or_default(), self.expander.docs()?);
        let (with_term, with_field) = counts.split_at(rows.len());
        let each: Vec<Value> = terms
            .into_iter()
            .zip(rows)
            .zip(with_term.iter().zip(with_field))
            .map(|((query, row), (count, all))| {
                let of_field = of_all / idf(*count, *all) * tf_saturation(row.boost, 1.0);
                boosted(query, of_field * self.factor)
            })
            .collect();
        Ok(best_of(&each))
    }

    /// The documents that have any term of a set in a field, or in all that plain words search.
    pub(super) fn has(&self, field: Option<&str>, terms: &TermSet) -> Result<Value, IndexError> {
        self.any_in(&self.places(field), terms)
    }

    /// The fields that have the terms of a row of the schema, of a free key in all its spellings, or of all that plain words
    /// search, and what these terms begin with.
    pub(super) fn places(&self, field: Option<&str>) -> Vec<(String, String)> {
        self.places_of(self.scope(field))
    }

    /// The fields of a scope, and what their terms begin with.
    fn places_of(&self, scope: Scope<'_>) -> Vec<(String, String)> {
        match scope {
            Scope::All => self.searched().map(|field| (words(&field.name), String::new())).collect(),
            Scope::Field(field) => vec![(words(&field.name), String::new())],
            Scope::Key(key) => {
                key_spellings(key).map(|key| (mapping::KEY_WORDS.to_owned(), pairs::scope(key))).collect()
            }
        }
    }

    /// The documents that have any term of a set in one of some fields, behind what their terms begin with.
    fn any_in(&self, places: &[(String, String)], terms: &TermSet) -> Result<Value, IndexError> {
        let each = places.iter().map(|(field, prefix)| self.any_of(field, prefix, terms));
        Ok(any(each.collect::<Result<_, _>>()?))
    }

    /// The documents that have any term of a set in a field. All terms begin with `prefix`.
    fn any_of(&self, field: &str, prefix: &str, set: &TermSet) -> Result<Value, IndexError> {
        Ok(match set {
            TermSet::Exact(word) => term(field, &json!([prefix, word].concat())),
            TermSet::Forms(word) => {
                let forms = text::english::forms(word).into_iter().map(|form| [prefix, &form].concat());
                terms_query(field, forms)
            }
            TermSet::Prefix(word) => json!({"prefix": {field: {"value": format!("{prefix}{word}")}}}),
            TermSet::Pattern(pattern) => match Native::of(prefix, pattern) {
                Some(native) => native.query(field),
                None => {
                    terms_query(field, self.expander.terms(set)?.iter().map(|word| [prefix, word].concat()))
                }
            },
            TermSet::Any(sets) => {
                let parts =
                    sets.iter().map(|set| self.any_of(field, prefix, set)).collect::<Result<Vec<_>, _>>()?;
                json!({"bool": {"should": parts, "minimum_should_match": 1}})
            }
        })
    }

    /// Articles that name a security in any of its readings, or by an ambiguous notation of it.
    fn named(security: &Security) -> Value {
        let symbols = terms_query(&mapping::levels(BuiltIn::Symbol.name()), readings(security));
        let others = terms_query(mapping::ALTERNATIVE, readings(security));
        constant(&json!({"bool": {"should": [symbols, others], "minimum_should_match": 1}}), 1.0)
    }

    /// Articles about a security. Each part that names it, by a code or by a name, adds to the score.
    fn about(&self, security: &Security) -> Result<Value, IndexError> {
        let mut parts = Vec::new();
        for (part, boost) in AboutPart::ALL.into_iter().zip(PART_BOOSTS) {
            let codes = readings(security).map(|path| about_term(part, &path));
            let mut any = vec![terms_query(mapping::ABOUT, codes)];
            let mut by_name = Vec::new();
            for name in &security.names {
                by_name.extend(self.name_in(part, name)?);
            }
            if part == AboutPart::Lead && !by_name.is_empty() {
                // Where others are listed and this one is not, the name is a mention or that of another firm.
                let symbols = term(mapping::HAS, &json!(BuiltIn::Symbol.name()));
                let others = json!({"bool": {"filter": [symbols], "must_not": [Self::named(security)]}});
                by_name = vec![json!({"bool": {
                    "should": by_name, "minimum_should_match": 1, "must_not": [others],
                }})];
            }
            any.extend(by_name);
            parts.push(constant(&json!({"bool": {"should": any, "minimum_should_match": 1}}), boost));
        }
        Ok(json!({"bool": {"should": parts, "minimum_should_match": 1}}))
    }

    /// Articles that have a name in this part.
    fn name_in(&self, part: AboutPart, name: &Words) -> Result<Vec<Value>, IndexError> {
        let places: &[(BuiltIn, Option<u32>)] = match part {
            AboutPart::Title => &[(BuiltIn::Title, None)],
            AboutPart::Lead => &[(BuiltIn::Description, Some(NAME_LEAD)), (BuiltIn::Body, Some(NAME_LEAD))],
            AboutPart::First => &[],
        };
        let mut found = Vec::new();
        for (place, within) in places {
            let Some(field) = self.schema.field(place.name()) else { continue };
            let field = words(&field.name);
            found.push(match within {
                None => self.phrase(&field, "", name)?,
                Some(within) => {
                    let span = self.exact_spans(&field, "", name)?;
                    json!({"span_first": {"match": span, "end": within}})
                }
            });
        }
        Ok(found)
    }

    /// Queries with the same meaning, the typed one first. The best match gives the score. A synonym that is rarer than what
    /// was typed weighs no more for it.
    fn synonyms(&self, several: &[Query]) -> Result<Value, IndexError> {
        let Some((typed, others)) = several.split_first() else { return Ok(nothing()) };
        let mut parts = vec![self.query(typed)?];
        if others.is_empty() {
            return Ok(parts.remove(0));
        }
        let idfs = self.idfs_of(several)?;
        for (other, idf) in others.iter().zip(&idfs[1..]) {
            let boost = synonym_boost(typed, other) * (idfs[0] / idf).min(1.0);
            parts.push(boosted(self.query(other)?, boost));
        }
        Ok(json!({"dis_max": {"queries": parts}}))
    }

    /// For each query the sum of the inverse document frequencies of its words, which is about what its best match scores.
    fn idfs_of(&self, queries: &[Query]) -> Result<Vec<f32>, IndexError> {
        let (mut has, mut of) = (Vec::new(), Vec::new());
        for (at, query) in queries.iter().enumerate() {
            let mut sets = Vec::new();
            query.each_words(&mut |words| sets.extend(words.slots.iter().map(|slot| &slot.terms)));
            for set in sets {
                has.push(self.has(None, set)?);
                of.push(at);
            }
        }
        let docs = self.expander.docs()?;
        let mut idfs = vec![0.0; queries.len()];
        for (at, count) in of.into_iter().zip(self.expander.counts(&has, &has)?) {
            idfs[at] += idf(count, docs);
        }
        Ok(idfs)
    }

    /// The articles with a moment in a range. Only in the margins of the range do instants and days differ.
    fn date(&self, name: &str, range: DateRange, zone: &TimeZone) -> Value {
        let days = range.of_days(zone);
        if self.schema.field(name).is_none() {
            return any(key_spellings(name)
                .flat_map(|key| pairs::moments(key, days, range))
                .map(compared)
                .collect());
        }
        let within = |is_day: bool, range: DateRange| {
            let mut bounds = json!({});
            let at = |at: Timestamp| instant(at.as_millisecond().clamp(*INSTANTS.start(), *INSTANTS.end()));
            if let Some(start) = range.start.and_then(at) {
                bounds["gte"] = json!(start);
            }
            if let Some(end) = range.end.and_then(at) {
                bounds["lt"] = json!(end);
            }
            let field = mapping::moments(name, is_day);
            if bounds == json!({}) {
                json!({"exists": {"field": field}})
            } else {
                json!({"range": {field: bounds}})
            }
        };
        json!({"bool": {"should": [within(true, days), within(false, range)], "minimum_should_match": 1}})
    }

    fn number(&self, name: &str, from: Bound<f64>, to: Bound<f64>) -> Value {
        if self.schema.field(name).is_none() {
            return any(key_spellings(name).map(|key| compared(pairs::numbers(key, from, to))).collect());
        }
        let mut bounds = json!({});
        for (bound, inclusive, exclusive) in [(from, "gte", "gt"), (to, "lte", "lt")] {
            match bound {
                Bound::Included(number) => bounds[inclusive] = json!(number),
                Bound::Excluded(number) => bounds[exclusive] = json!(number),
                Bound::Unbounded => {}
            }
        }
        let field = mapping::shown(name);
        if bounds == json!({}) {
            json!({"exists": {"field": field}})
        } else {
            json!({"range": {field: bounds}})
        }
    }
}

/// The documents that any of some queries finds.
pub(super) fn any(mut queries: Vec<Value>) -> Value {
    if queries.len() == 1 {
        return queries.swap_remove(0);
    }
    json!({"bool": {"should": queries, "minimum_should_match": 1}})
}

/// The documents that any of some queries finds, with the best of their scores.
fn best_of(queries: &[Value]) -> Value {
    json!({"dis_max": {"queries": queries}})
}

/// The articles with a number or a date of a free key in a range.
fn compared(entries: pairs::Entries) -> Value {
    json!({"range": {mapping::KEY_COMPARABLE: {"gte": entries.start, "lt": entries.end}}})
}

/// The tokens of a text as the title of an article keeps them; `None` if there are none.
pub(super) fn whole_title(typed: &str) -> Option<String> {
    let tokens: Vec<String> = text::tokens(typed).map(|token| token.text).collect();
    (!tokens.is_empty()).then(|| tokens.join(" "))
}

/// The stem by which a word ranks.
fn stem_of(set: &TermSet) -> Option<String> {
    match set {
        TermSet::Exact(word) | TermSet::Forms(word) => Some(stem(word).into_owned()),
        _ => None,
    }
}

fn term(field: &str, value: &Value) -> Value {
    json!({"term": {field: {"value": value}}})
}

fn terms_query(field: &str, values: impl IntoIterator<Item = String>) -> Value {
    let values: Vec<String> = values.into_iter().collect();
    match values.as_slice() {
        [] => nothing(),
        [one] => term(field, &json!(one)),
        several => json!({"terms": {field: several}}),
    }
}

/// The same documents, all with one score.
fn constant(query: &Value, score: f32) -> Value {
    json!({"constant_score": {"filter": query, "boost": score}})
}

fn boosted(query: Value, by: f32) -> Value {
    if (by - 1.0).abs() < f32::EPSILON {
        return query;
    }
    json!({"bool": {"must": [query], "boost": by}})
}

fn nothing() -> Value {
    json!({"match_none": {}})
}

/// The documents with these ids.
pub(super) fn with_ids(ids: &[u64]) -> Value {
    json!({"ids": {"values": ids.iter().map(|id| hex(*id)).collect::<Vec<_>>()}})
}
