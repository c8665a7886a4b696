//! The facets of a retrieval: how many pages, or how many articles, have each value.
//!
//! The engine counts pages by value in one request. It has no exact count of articles: pairs of value and article are more than
//! it can put into an answer, and a composite aggregation goes over all matches again for each 10,000 pairs. So columns of
//! the matches are read, once for all facets, and counted on this side. All pages of an article have one hash, and hashes are
//! spread evenly: the matches are read in ranges of it, each of which is small, tells all of its articles, and is read while
//! others are. 100,000 pages took the engine 0.6 s, with pairs 1.2 s for the tickers alone.

use super::{
    Definition, MAX_READ,
    asked::{asked, joined},
    by_key::with_key,
    engine::{Engine, MAX_HITS},
    expand::escaped,
    known::{Known, hash_of},
    lower::any,
    mapping,
    order::all,
    values::values,
};
use crate::{
    index::{Facet, FacetBy, FacetRequest, IndexError, pairs},
    problem::message,
    query::key_spellings,
    schema::FieldKind,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

/// About so many pages are read in one request, and so many requests are under way at a time.
const PAGES_AT_ONCE: u64 = 2_500;
const READERS: usize = 4;

/// Besides its text, a value with its count has about so many bytes in memory.
const ENTRY: usize = 64;

/// Values, each with the number of pages or articles.
type Counts = BTreeMap<String, u64>;

/// Counts what a query matches.
pub(super) struct Counting<'c> {
    pub engine: &'c Engine,
    pub definition: &'c Definition,
    pub known: &'c Known,
    pub query: &'c Value,
    pub zone: &'c TimeZone,
    pub deadline: Option<Instant>,
}

impl Counting<'_> {
    /// The facets in the order of the requests. `by_page` says that pages are counted, or that every article has one.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if too much would have to be counted; else as for every request.
    pub(super) fn facets(&self, wanted: &[FacetRequest], by_page: bool) -> Result<Vec<Facet>, IndexError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        // A word of one language is in one page of an article.
        let by_page = by_page || !self.any_article_twice()?;
        let counted = |by: &FacetBy| by_page && (!by.is_calendar() || self.zone_name().is_some());
        let read: Vec<&FacetBy> = wanted.iter().map(|wanted| &wanted.by).filter(|by| !counted(by)).collect();
        let count = |by: &FacetBy| self.counted(by).map(Arc::new);
        thread::scope(|scope| {
            let each: Vec<_> = wanted
                .iter()
                .map(|wanted| counted(&wanted.by).then(|| asked(scope, move || count(&wanted.by))))
                .collect();
            let mut read = self.read(&read, by_page)?.into_iter();
            let facets = wanted.iter().zip(each).map(|(wanted, counted)| {
                let counts = counted.map(joined).transpose()?.or_else(|| read.next()).unwrap_or_default();
                Ok(facet(wanted, &counts))
            });
            facets.collect()
        })
    }

    /// The number of pages with each value, as the engine counts them.
    fn counted(&self, by: &FacetBy) -> Result<Counts, IndexError> {
        if by.is_calendar() {
            return self.periods(by);
        }
        let (field, include) = match self.definition.schema.field(&by.field) {
            None => {
                let each = key_spellings(&by.field).map(|key| format!("{}.*", escaped(&pairs::scope(key))));
                (mapping::KEY_PAIR.to_owned(), Some(each.collect::<Vec<_>>().join("|")))
            }
            Some(row) => match by.levels.filter(|_| row.kind == FieldKind::Facet) {
                None => (mapping::shown(&by.field), None),
                Some(levels) => (mapping::levels(&by.field), Some("/[^/]+".repeat(levels))),
            },
        };
        let found = values(self.engine, self.query, &field, include.as_deref(), self.deadline)?;
        if self.definition.schema.field(&by.field).is_some() {
            return Ok(found.into_iter().collect());
        }
        // What has a value under two spellings of the key counts once.
        let mut of_value: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
        for (pair, count) in found {
            let value = pair.split_once('\0').map_or("", |(_, value)| value).to_owned();
            of_value.entry(value).or_default().push((pair, count));
        }
        let mut counts = Counts::new();
        for (value, pairs) in of_value {
            let count = if let [(_, count)] = pairs.as_slice() {
                *count
            } else {
                let pairs: Vec<&String> = pairs.iter().map(|(pair, _)| pair).collect();
                self.pages(&all(&[self.query.clone(), json!({"terms": {mapping::KEY_PAIR: pairs}})]))?
            };
            counts.insert(value, count);
        }
        Ok(counts)
    }

    /// The number of pages of each year, month or day, as the engine counts them: days without a time are the same in all
    /// zones.
    fn periods(&self, by: &FacetBy) -> Result<Counts, IndexError> {
        let (interval, format) = match by.levels {
            Some(1) | None => ("year", "uuuu"),
            Some(2) => ("month", "uuuu-MM"),
            Some(_) => ("day", "uuuu-MM-dd"),
        };
        let mut counts = Counts::new();
        for is_day in [true, false] {
            let zone = if is_day { Some("UTC".to_owned()) } else { self.zone_name() };
            let dates = json!({
                "field": mapping::moments(&by.field, is_day), "calendar_interval": interval, "format": format,
                "time_zone": zone, "min_doc_count": 1,
            });
            let body = json!({"size": 0, "track_total_hits": false, "query": self.query, "aggs": {"periods": {"date_histogram": dates}}});
            let answer = self.engine.search(&body, self.deadline)?;
            for bucket in answer["aggregations"]["periods"]["buckets"].as_array().into_iter().flatten() {
                let (period, count) = (bucket["key_as_string"].as_str(), bucket["doc_count"].as_u64());
                if let Some((period, count)) = period.zip(count) {
                    *counts.entry(period.to_owned()).or_default() += count;
                }
            }
        }
        Ok(counts)
    }

    /// The zone as the engine names it: by its name, or by its offset if that never changes. `None` for one by rules of its own,
    /// as the system may give it.
    fn zone_name(&self) -> Option<String> {
        if let Some(name) = self.zone.iana_name() {
            return Some(name.to_owned());
        }
        let is_fixed = self.zone.following(Timestamp::MIN).next().is_none();
        is_fixed.then(|| self.zone.to_offset(Timestamp::UNIX_EPOCH).to_string())
    }

    /// Whether an article has two pages that match: they are on one shard.
    fn any_article_twice(&self) -> Result<bool, IndexError> {
        let twice = json!({
            "field": mapping::ARTICLE, "size": 1, "shard_size": 1, "min_doc_count": 2, "shard_min_doc_count": 2,
        });
        let body = json!({"size": 0, "track_total_hits": false, "query": self.query, "aggs": {"twice": {"terms": twice}}});
        let answer = self.engine.search(&body, self.deadline)?;
        Ok(answer["aggregations"]["twice"]["buckets"][0].is_object())
    }

    /// The number of pages that match.
    fn pages(&self, query: &Value) -> Result<u64, IndexError> {
        let body = json!({"size": 0, "track_total_hits": true, "query": query});
        let answer = self.engine.search_for("hits.total", &body, self.deadline)?;
        Ok(answer["hits"]["total"]["value"].as_u64().unwrap_or_default())
    }

    /// The counts of each facet from the columns of all matches.
    fn read(&self, wanted: &[&FacetBy], by_page: bool) -> Result<Vec<Arc<Counts>>, IndexError> {
        // A zone without a name cannot be told from others.
        let zone = self.zone_name();
        let key = |by: &FacetBy| {
            let zone = if by.is_calendar() { zone.as_deref()? } else { "" };
            Some(hash_of(&format!("{by_page} {} {:?} {zone} {}", by.field, by.levels, self.query)))
        };
        let mut found: Vec<Option<Arc<Counts>>> =
            wanted.iter().map(|by| self.known.facets.get(&key(by)?)).collect();
        let unknown: Vec<usize> = (0..wanted.len()).filter(|at| found[*at].is_none()).collect();
        if !unknown.is_empty() {
            let columns: Vec<Column<'_>> =
                unknown.iter().map(|at| Column::of(wanted[*at], self.definition, self.zone)).collect();
            for (at, counts) in unknown.into_iter().zip(self.read_columns(&columns, by_page)?) {
                let counts = Arc::new(counts);
                if let Some(key) = key(wanted[at]) {
                    let size = counts.keys().map(|value| value.len() + ENTRY).sum::<usize>();
                    self.known.facets.keep(key, Arc::clone(&counts), size);
                }
                found[at] = Some(counts);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    fn read_columns(&self, columns: &[Column<'_>], by_page: bool) -> Result<Vec<Counts>, IndexError> {
        let query = all(&[self.query.clone(), any(columns.iter().map(Column::having).collect())]);
        let pages = self.pages(&query)?;
        let too_many = || {
            IndexError::TooMuch(message!(
                "{} pages match, too many for the values of their articles to be counted; narrow the query or count each locale",
                usize::try_from(pages).unwrap_or(usize::MAX)
            ))
        };
        if pages > MAX_READ as u64 {
            return Err(too_many());
        }
        // What shows hits besides has the rest of the time for them.
        let deadline = self.deadline.map(|deadline| {
            let now = Instant::now();
            now + deadline.saturating_duration_since(now).mul_f32(0.75)
        });
        let reading = Reading { engine: self.engine, query: &query, columns, by_page, deadline };
        match reading.all(pages / PAGES_AT_ONCE + 1) {
            Err(IndexError::TimedOut) => Err(IndexError::TooMuch(message!(
                "the values of the articles of {} pages were not counted in time; narrow the query or count each locale",
                usize::try_from(pages).unwrap_or(usize::MAX)
            ))),
            counts => counts,
        }
    }
}

/// The most frequent values; or periods, in order of time.
fn facet(wanted: &FacetRequest, counts: &Counts) -> Facet {
    let by = &wanted.by;
    let distinct = counts.len();
    let mut counts: Vec<(&String, u64)> = counts.iter().map(|(value, count)| (value, *count)).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(wanted.limit);
    if by.is_calendar() {
        counts.sort_unstable();
    }
    let counts = counts.into_iter().map(|(value, count)| (by.label(value), count)).collect();
    Facet { by: by.clone(), counts, distinct }
}

/// What a page is read for.
enum Column<'c> {
    /// Values of a field, as paths cut to some levels.
    Values { field: String, levels: Option<usize> },
    /// Values behind the spellings of a key.
    Key { key: &'c str, scopes: Vec<String> },
    /// Periods of so many levels of the moments of a field.
    Periods { field: &'c str, levels: usize, zone: &'c TimeZone },
}

impl<'c> Column<'c> {
    fn of(by: &'c FacetBy, definition: &Definition, zone: &'c TimeZone) -> Self {
        if by.is_calendar() {
            return Self::Periods { field: &by.field, levels: by.levels.unwrap_or(1), zone };
        }
        match definition.schema.field(&by.field) {
            None => {
                Self::Key { key: &by.field, scopes: key_spellings(&by.field).map(pairs::scope).collect() }
            }
            Some(row) => Self::Values {
                field: mapping::shown(&by.field),
                levels: by.levels.filter(|_| row.kind == FieldKind::Facet),
            },
        }
    }

    /// The pages that have a value.
    fn having(&self) -> Value {
        let exists = |field: &str| json!({"exists": {"field": field}});
        match self {
            Self::Values { field, .. } => exists(field),
            Self::Key { key, .. } => with_key(key),
            Self::Periods { field, .. } => {
                any([true, false].map(|is_day| exists(&mapping::moments(field, is_day))).to_vec())
            }
        }
    }

    /// The fields that are read.
    fn fields(&self) -> Vec<String> {
        match self {
            Self::Values { field, .. } => vec![field.clone()],
            Self::Key { .. } => vec![mapping::KEY_PAIR.to_owned()],
            Self::Periods { field, .. } => {
                [true, false].map(|is_day| mapping::moments(field, is_day)).to_vec()
            }
        }
    }

    /// Adds the values of a page. One may be added several times.
    fn add<'h>(&self, fields: &'h Value, found: &mut Vec<Cow<'h, str>>) {
        let texts = |field: &str| fields[field].as_array().into_iter().flatten().filter_map(Value::as_str);
        match self {
            Self::Values { field, levels } => found.extend(texts(field).map(|value| {
                let ends = || value.match_indices('/').map(|(at, _)| at);
                let end = levels.and_then(|levels| ends().nth(levels));
                Cow::Borrowed(&value[..end.unwrap_or(value.len())])
            })),
            Self::Key { scopes, .. } => found.extend(texts(mapping::KEY_PAIR).filter_map(|pair| {
                scopes.iter().find_map(|scope| pair.strip_prefix(scope.as_str())).map(Cow::Borrowed)
            })),
            Self::Periods { field, levels, zone } => {
                for is_day in [true, false] {
                    let moments = texts(&mapping::moments(field, is_day))
                        .filter_map(|millis| Timestamp::from_millisecond(millis.parse().ok()?).ok());
                    found.extend(moments.map(|at| {
                        let date = if is_day { TimeZone::UTC.to_datetime(at) } else { zone.to_datetime(at) };
                        Cow::Owned(match levels {
                            1 => format!("{:04}", date.year()),
                            2 => format!("{:04}-{:02}", date.year(), date.month()),
                            _ => format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
                        })
                    }));
                }
            }
        }
    }
}

/// Reads columns of what a query matches.
struct Reading<'c> {
    engine: &'c Engine,
    query: &'c Value,
    columns: &'c [Column<'c>],
    by_page: bool,
    deadline: Option<Instant>,
}

impl Reading<'_> {
    /// The counts of each column, in so many ranges of the hash of the article.
    fn all(&self, ranges: u64) -> Result<Vec<Counts>, IndexError> {
        let width = u64::MAX / ranges;
        let next = AtomicU64::new(0);
        let read = || {
            let mut counts = vec![HashMap::new(); self.columns.len()];
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= ranges {
                    return Ok(counts);
                }
                let first = number * width;
                let last = if number + 1 == ranges { u64::MAX } else { first + width - 1 };
                if let Err(error) = self.range(first, last, &mut counts) {
                    // The others need not go on.
                    next.store(ranges, Ordering::Relaxed);
                    return Err(error);
                }
            }
        };
        let readers = READERS.min(usize::try_from(ranges).unwrap_or(READERS));
        let read: Vec<Result<Vec<HashMap<String, u64>>, IndexError>> = thread::scope(|scope| {
            let readers: Vec<_> = (0..readers).map(|_| asked(scope, read)).collect();
            readers.into_iter().map(joined).collect()
        });
        let mut sums = vec![Counts::new(); self.columns.len()];
        for some in read {
            for (sum, counts) in sums.iter_mut().zip(some?) {
                for (value, count) in counts {
                    *sum.entry(value).or_default() += count;
                }
            }
        }
        Ok(sums)
    }

    /// Adds the counts of the articles whose hash, in the order of the engine, is in a range.
    fn range(&self, first: u64, last: u64, counts: &mut [HashMap<String, u64>]) -> Result<(), IndexError> {
        let place = |number: u64| (number ^ (1 << 63)).cast_signed();
        let range = json!({"range": {mapping::ARTICLE: {"gte": place(first), "lte": place(last)}}});
        let fields: BTreeSet<String> = self.columns.iter().flat_map(Column::fields).collect();
        let is_moment = |field: &str| {
            [true, false].into_iter().any(|is_day| mapping::parts(field).0 == mapping::moments_of(is_day))
        };
        let fields = fields.iter().map(|field| {
            if is_moment(field) { json!({"field": field, "format": "epoch_millis"}) } else { json!(field) }
        });
        let fields: Vec<Value> = fields.chain([json!(mapping::ARTICLE)]).collect();
        let body = json!({
            "query": {"bool": {"filter": [self.query, range]}}, "size": MAX_HITS, "track_total_hits": false, "sort": ["_doc"],
            "_source": false, "stored_fields": "_none_", "docvalue_fields": fields,
        });
        let answer = self.engine.search(&body, self.deadline)?;
        let hits = answer["hits"]["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
        if hits.len() >= MAX_HITS {
            if first == last {
                return Err(IndexError::TooMuch(message!(
                    "an article has {} pages or more, too many to be shown; omit the grouping",
                    MAX_HITS
                )));
            }
            let middle = first + (last - first) / 2;
            self.range(first, middle, counts)?;
            return self.range(middle + 1, last, counts);
        }
        let mut pages = Vec::with_capacity(hits.len());
        for hit in hits {
            let article = hit["fields"][mapping::ARTICLE][0].as_i64();
            let article = article.ok_or_else(|| self.engine.unreadable("a page without its article"))?;
            pages.push((article, &hit["fields"]));
        }
        pages.sort_unstable_by_key(|(article, _)| *article);
        let mut values = Vec::new();
        for pages in pages.chunk_by(|(a, _), (b, _)| a == b && !self.by_page) {
            for (column, counts) in self.columns.iter().zip(counts.iter_mut()) {
                values.clear();
                for (_, fields) in pages {
                    column.add(fields, &mut values);
                }
                values.sort_unstable();
                values.dedup();
                for value in &values {
                    match counts.get_mut(value.as_ref()) {
                        Some(count) => *count += 1,
                        None => drop(counts.insert(value.as_ref().to_owned(), 1)),
                    }
                }
            }
        }
        Ok(())
    }
}
