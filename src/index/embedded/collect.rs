//! Counts matching articles by the values of their columns.
//!
//! An article counts once per value, even with several pages or with several values below one path.

use super::{columns::text_of, deadline::DeadlineCheck, docs::Match, keys, layout, moments::Moments, pairs};
use crate::{
    index::{
        Facet, FacetRequest,
        stamp::{INSTANTS, Stamp},
    },
    query,
};
use jiff::{Timestamp, tz::TimeZone};
use std::{collections::HashMap, ops::Range};
use tantivy::{DocId, Searcher, SegmentReader, columnar::StrColumn, schema::Type};

/// The most frequent values of the matching articles; or periods, in order of time. `matches` must be ordered by
/// article. `single` says that each is an article of its own; then they are ordered by segment.
pub(super) fn facet(
    searcher: &Searcher,
    wanted: &FacetRequest,
    zone: &TimeZone,
    matches: &[Match],
    single: bool,
) -> tantivy::Result<Facet> {
    let by = &wanted.by;
    let is_path = searcher.segment_readers().first().is_some_and(|segment| is_facet(segment, &by.field));
    let mut counts = match by.levels {
        Some(levels) if by.is_calendar() => {
            let mut days = Days::open(searcher, &by.field, levels, zone)?;
            let counts = by_article(matches, |found, numbers| numbers.extend(days.number(found)));
            let names = days.names.into_iter().map(String::into_bytes);
            names.zip(counts).filter(|(_, count)| *count > 0).collect()
        }
        levels => {
            let all = single && is_path && are_all(searcher, matches)?;
            let mut counts = if all { by_dictionary(searcher, &by.field, levels)? } else { None };
            if counts.is_none() && single && levels.is_none() {
                counts = by_ordinal(searcher, &by.field, matches)?;
            }
            if let Some(counts) = counts {
                counts
            } else {
                let texts = Texts::open(searcher, &by.field, levels, matches)?;
                let counts = by_article(matches, |found, numbers| texts.numbers(found, numbers));
                texts.names.into_iter().zip(counts).collect()
            }
        }
    };
    let distinct = counts.len();
    let most_first = |(a, n): &(Vec<u8>, u64), (b, m): &(Vec<u8>, u64)| m.cmp(n).then_with(|| a.cmp(b));
    if wanted.limit < distinct {
        counts.select_nth_unstable_by(wanted.limit, most_first);
        counts.truncate(wanted.limit);
    }
    if by.is_calendar() {
        counts.sort_unstable();
    } else {
        counts.sort_unstable_by(most_first);
    }
    let labelled = |(value, count): (Vec<u8>, u64)| (by.label(&text_of(&value, is_path)), count);
    Ok(Facet { by: by.clone(), counts: counts.into_iter().map(labelled).collect(), distinct })
}

/// Values as the index stores them, each with its number of articles.
type Counts = Vec<(Vec<u8>, u64)>;

/// For each value, by its number, the number of articles that have it.
fn by_article(matches: &[Match], mut numbers_of: impl FnMut(&Match, &mut Vec<usize>)) -> Vec<u64> {
    let mut counts: Vec<u64> = Vec::new();
    // For each value, the last article that was counted.
    let mut last: Vec<Option<u64>> = Vec::new();
    let mut numbers = Vec::new();
    let steps = DeadlineCheck::default();
    for found in matches {
        steps.step();
        numbers.clear();
        numbers_of(found, &mut numbers);
        for &number in &numbers {
            if number >= counts.len() {
                counts.resize(number + 1, 0);
                last.resize(number + 1, None);
            }
            if last[number].replace(found.article) != Some(found.article) {
                counts[number] += 1;
            }
        }
    }
    counts
}

/// Whether the matches are all pages of an index without removed pages.
fn are_all(searcher: &Searcher, matches: &[Match]) -> tantivy::Result<bool> {
    let mut pages = 0;
    for segment in searcher.segment_readers() {
        if segment.has_deletes() {
            return Ok(false);
        }
        pages += u64::from(segment.max_doc() - layout::excluded_docs(segment)?);
    }
    Ok(pages == matches.len() as u64)
}

/// The number of articles with each path, cut to its first levels if `levels` is given. If every page is an article,
/// these are the document frequencies in the term dictionary. `None` if one value lies below another: a term counts
/// both.
fn by_dictionary(searcher: &Searcher, field: &str, levels: Option<usize>) -> tantivy::Result<Option<Counts>> {
    let mut counts: HashMap<Vec<u8>, u64> = HashMap::new();
    for segment in searcher.segment_readers() {
        let Some(column) = segment.fast_fields().str(field)? else { continue };
        let index = segment.inverted_index(segment.schema().get_field(field)?)?;
        let mut words = index.terms().stream()?;
        let mut before: Option<(Vec<u8>, u32)> = None;
        let mut values = 0;
        let mut take = |path: Vec<u8>, documents: u32, is_value: bool| {
            values += usize::from(is_value);
            // Zero bytes separate the levels of a path.
            let depth = path.split(|byte| *byte == 0).count();
            if levels.map_or(is_value, |levels| depth == levels || depth < levels && is_value) {
                *counts.entry(path).or_default() += u64::from(documents);
            }
        };
        while words.advance() {
            let path = words.key();
            if let Some((before, documents)) = before.take() {
                let is_above = path.strip_prefix(&before[..]).is_some_and(|rest| rest.first() == Some(&0));
                take(before, documents, !is_above);
            }
            // The root is above all paths.
            before = (!path.is_empty()).then(|| (path.to_vec(), words.value().doc_freq));
        }
        if let Some((last, documents)) = before {
            take(last, documents, true);
        }
        if values != column.num_terms() {
            return Ok(None);
        }
    }
    Ok(Some(counts.into_iter().collect()))
}

/// Counts whole values of matches that are articles of their own, by ordinal. Only values that occur are looked up. `None` if
/// a key has several spellings in a segment: an article may have one value under two.
fn by_ordinal(searcher: &Searcher, field: &str, matches: &[Match]) -> tantivy::Result<Option<Counts>> {
    let mut counts: HashMap<Vec<u8>, u64> = HashMap::new();
    for of_segment in matches.chunk_by(|a, b| a.address.segment_ord == b.address.segment_ord) {
        let Some(first) = of_segment.first() else { continue };
        let segment = searcher.segment_reader(first.address.segment_ord);
        let mut values = Values::open(segment, field)?;
        if values.len() > 1 {
            return Ok(None);
        }
        let Some(Values { column, ordinals, value_at }) = values.pop() else { continue };
        // For each ordinal, its count and the last document counted, as an article may have a value twice.
        let mut of_ordinal: Vec<(u64, Option<DocId>)> = vec![(0, None); length(&ordinals)];
        for found in of_segment {
            let doc = found.address.doc_id;
            for ordinal in column.term_ords(doc) {
                let at = ordinal.checked_sub(ordinals.start).map(index);
                if let Some((count, last)) = at.and_then(|at| of_ordinal.get_mut(at))
                    && last.replace(doc) != Some(doc)
                {
                    *count += 1;
                }
            }
        }
        let some: Vec<(u64, u64)> = ordinals
            .zip(of_ordinal)
            .map(|(ordinal, (count, _))| (ordinal, count))
            .filter(|(_, count)| *count > 0)
            .collect();
        let ordinals: Vec<u64> = some.iter().map(|(ordinal, _)| *ordinal).collect();
        let mut next = some.into_iter();
        column.dictionary().sorted_ords_to_term_cb(&ordinals, |value| {
            let count = next.next().map_or(0, |(_, count)| count);
            let value = &value[value_at..];
            match counts.get_mut(value) {
                Some(known) => *known += count,
                None => {
                    counts.insert(value.to_vec(), count);
                }
            }
        })?;
    }
    Ok(Some(counts.into_iter().collect()))
}

/// The values of a field in a segment, or those of a spelling of a free key, which are a range of the column of all keys.
struct Values {
    column: StrColumn,
    ordinals: Range<u64>,
    /// The byte offset at which a value begins, behind its key.
    value_at: usize,
}

impl Values {
    fn open(segment: &SegmentReader, field: &str) -> tantivy::Result<Vec<Self>> {
        let columns = segment.fast_fields();
        if segment.schema().get_field(field).is_ok() {
            let whole = |column: StrColumn| {
                let ordinals = 0..column.num_terms() as u64;
                Self { column, ordinals, value_at: 0 }
            };
            return Ok(columns.str(field)?.map(whole).into_iter().collect());
        }
        let Some(column) = columns.str(layout::KEYS)? else { return Ok(Vec::new()) };
        let mut values = Vec::new();
        for key in query::key_spellings(field) {
            let ordinals = keys::values(&column, key)?;
            if !ordinals.is_empty() {
                values.push(Self { column: column.clone(), ordinals, value_at: pairs::scope(key).len() });
            }
        }
        Ok(values)
    }
}

/// Texts or facet paths, the latter cut to their first levels if `levels` is given. Numbered from 0 over all segments.
struct Texts {
    segments: Vec<Vec<Numbered>>,
    names: Vec<Vec<u8>>,
}

struct Numbered {
    column: StrColumn,
    /// The first ordinal of the values.
    first: u64,
    /// For each ordinal from there on that a match has, the number of its value.
    numbers: Vec<usize>,
}

impl Texts {
    fn open(
        searcher: &Searcher,
        field: &str,
        levels: Option<usize>,
        matches: &[Match],
    ) -> tantivy::Result<Self> {
        let mut columns = Vec::new();
        for segment in searcher.segment_readers() {
            let values = Values::open(segment, field)?.into_iter();
            let values = values.map(|values| (vec![false; length(&values.ordinals)], values));
            columns.push(values.collect::<Vec<_>>());
        }
        let steps = DeadlineCheck::default();
        for found in matches {
            steps.step();
            for (wanted, values) in &mut columns[found.address.segment_ord as usize] {
                for ordinal in values.column.term_ords(found.address.doc_id) {
                    let at = ordinal.checked_sub(values.ordinals.start).map(index);
                    if let Some(wanted) = at.and_then(|at| wanted.get_mut(at)) {
                        *wanted = true;
                    }
                }
            }
        }
        let mut texts = Self { segments: Vec::new(), names: Vec::new() };
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        for of_segment in columns {
            let numbered = of_segment.into_iter();
            let numbered = numbered.map(|(wanted, values)| texts.number(values, &wanted, levels, &mut known));
            let numbered = numbered.collect::<Result<_, _>>()?;
            texts.segments.push(numbered);
        }
        Ok(texts)
    }

    /// Numbers the wanted values of a segment in one pass over its dictionary: single look-ups would decompress a block
    /// for each.
    fn number(
        &mut self,
        values: Values,
        wanted: &[bool],
        levels: Option<usize>,
        known: &mut HashMap<Vec<u8>, usize>,
    ) -> tantivy::Result<Numbered> {
        let Values { column, ordinals, value_at } = values;
        let first = ordinals.start;
        let mut numbers = vec![0; wanted.len()];
        let ordinals: Vec<u64> =
            ordinals.zip(wanted).filter(|(_, wanted)| **wanted).map(|(ordinal, _)| ordinal).collect();
        let mut next = ordinals.iter();
        column.dictionary().sorted_ords_to_term_cb(&ordinals, |value| {
            let Some(&ordinal) = next.next() else { return };
            let value = &value[value_at..];
            // Zero bytes separate the levels of a path.
            let level_ends = value.iter().enumerate().filter(|(_, byte)| **byte == 0);
            let end = levels.and_then(|levels| level_ends.map(|(end, _)| end).nth(levels.checked_sub(1)?));
            let value = &value[..end.unwrap_or(value.len())];
            numbers[index(ordinal - first)] = known.get(value).copied().unwrap_or_else(|| {
                self.names.push(value.to_vec());
                known.insert(value.to_vec(), self.names.len() - 1);
                self.names.len() - 1
            });
        })?;
        Ok(Numbered { column, first, numbers })
    }

    fn numbers(&self, found: &Match, numbers: &mut Vec<usize>) {
        for values in &self.segments[found.address.segment_ord as usize] {
            let ordinals = values.column.term_ords(found.address.doc_id);
            let at = |ordinal: u64| ordinal.checked_sub(values.first).map(index);
            numbers.extend(ordinals.filter_map(|ordinal| values.numbers.get(at(ordinal)?).copied()));
        }
    }
}

/// Moments as years, months or days; instants in a time zone.
struct Days<'z> {
    columns: Vec<Moments>,
    levels: usize,
    zone: &'z TimeZone,
    /// For each UTC day from [`FIRST_DAY`] on, the result of [`Days::meet`]; zeros before it is known.
    of_utc: Vec<[u32; 4]>,
    /// For each local day, the number of its name.
    known: HashMap<i64, u32>,
    names: Vec<String>,
}

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;
/// The first and the last UTC day that an index can hold.
const FIRST_DAY: i64 = INSTANTS.start().div_euclid(1000 * DAY);
const LAST_DAY: i64 = INSTANTS.end().div_euclid(1000 * DAY);
/// Marks a UTC day with a change of the zone's offset: each instant of it is converted by itself.
const CHANGING: u32 = u32::MAX;

impl<'z> Days<'z> {
    fn open(searcher: &Searcher, field: &str, levels: usize, zone: &'z TimeZone) -> tantivy::Result<Self> {
        let columns = searcher.segment_readers().iter().map(|segment| Moments::open(segment, field));
        Ok(Self {
            columns: columns.collect::<Result<_, _>>()?,
            levels,
            zone,
            of_utc: vec![[0; 4]; usize::try_from(LAST_DAY - FIRST_DAY + 1).unwrap_or_default()],
            known: HashMap::new(),
            names: Vec::new(),
        })
    }

    fn number(&mut self, found: &Match) -> Option<usize> {
        let column = &self.columns[found.address.segment_ord as usize];
        let Stamp { millis, is_day } = column.first(found.address.doc_id)?;
        let second = millis.div_euclid(1000);
        let day = second.div_euclid(DAY);
        let at = usize::try_from(day - FIRST_DAY).ok()?;
        let mut known = *self.of_utc.get(at)?;
        if known[1] == 0 {
            known = self.meet(day)?;
            self.of_utc[at] = known;
        }
        let [midnight, before, after, own] = known;
        let number = if is_day {
            own - 1
        } else if before == CHANGING {
            let offset = self.zone.to_offset(Timestamp::from_second(second).ok()?);
            self.name((second + i64::from(offset.seconds())).div_euclid(DAY))?
        } else if second.rem_euclid(DAY) < i64::from(midnight) {
            before - 1
        } else {
            after - 1
        };
        usize::try_from(number).ok()
    }

    /// For a UTC day: the second at which a local day begins; the numbers, from 1, of the names before it and from it on,
    /// and that of its own name, which a day without a time has in every zone.
    fn meet(&mut self, day: i64) -> Option<[u32; 4]> {
        let own = self.name(day)? + 1;
        // A change at the first instant of the day is in force all day.
        let begins = Timestamp::from_second(day * DAY).ok()?;
        let ends = (day + 1) * DAY;
        let changes =
            self.zone.following(begins).next().is_some_and(|change| change.timestamp().as_second() < ends);
        if changes {
            return Some([0, CHANGING, CHANGING, own]);
        }
        let local = day * DAY + i64::from(self.zone.to_offset(begins).seconds());
        let midnight = (-local).rem_euclid(DAY);
        let before = self.name(local.div_euclid(DAY))?;
        // If local midnight is that of UTC, nothing lies before it.
        let after = if midnight == 0 { before } else { self.name(local.div_euclid(DAY) + 1)? };
        Some([u32::try_from(midnight).ok()?, before + 1, after + 1, own])
    }

    /// The number of a local day's name.
    fn name(&mut self, day: i64) -> Option<u32> {
        if let Some(number) = self.known.get(&day) {
            return Some(*number);
        }
        let date = Timestamp::from_second(day * DAY).ok()?.to_zoned(TimeZone::UTC).date();
        let name = match self.levels {
            1 => date.strftime("%Y").to_string(),
            2 => date.strftime("%Y-%m").to_string(),
            _ => date.to_string(),
        };
        // Each day comes here once; years and months repeat, but there are few.
        let known = if self.levels < 3 { self.names.iter().rposition(|known| *known == name) } else { None };
        let number = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        let number = u32::try_from(number).ok()?;
        self.known.insert(day, number);
        Some(number)
    }
}

fn index(ordinal: u64) -> usize {
    usize::try_from(ordinal).unwrap_or(usize::MAX)
}

fn length(ordinals: &Range<u64>) -> usize {
    index(ordinals.end - ordinals.start)
}

fn is_facet(segment: &SegmentReader, field: &str) -> bool {
    let schema = segment.schema();
    schema
        .get_field(field)
        .is_ok_and(|field| schema.get_field_entry(field).field_type().value_type() == Type::Facet)
}

#[cfg(test)]
mod tests {
    use super::facet;
    use crate::{
        article::{Article, MentionPlace, MentionPlaces, Moment, Named},
        index::{
            FacetBy, FacetRequest,
            embedded::{docs::Match, fixture::Fixture},
        },
        schema::Schema,
        symbol::Symbol,
    };
    use jiff::tz::TimeZone;
    use std::{collections::BTreeMap, ops::Range};
    use tantivy::DocAddress;

    /// Counts documents of one segment, each an article of its own. Returns the counts and the number of values.
    fn counted(
        index: &Fixture,
        docs: Range<u32>,
        by: &str,
        zone: &str,
        limit: usize,
    ) -> (Vec<(String, u64)>, usize) {
        let by = FacetBy::named(by, &Schema::built_in().expect("it is sound")).expect("it can be counted");
        let matches: Vec<Match> =
            docs.map(|doc| Match { article: u64::from(doc), address: DocAddress::new(0, doc) }).collect();
        let zone = TimeZone::get(zone).expect("it is known");
        let facet = facet(&index.commit.searcher, &FacetRequest { by, limit }, &zone, &matches, true);
        let facet = facet.expect("it can be read");
        (facet.counts, facet.distinct)
    }

    fn at(instant: &str) -> Article {
        Article { published: instant.parse().ok().map(Moment::Instant), ..Article::default() }
    }

    /// From the history of the zones: clocks that are set forward or back, and a day that Samoa left out.
    #[test]
    fn a_day_begins_at_midnight_in_its_zone() {
        let cases = [
            ("America/New_York", "2025-03-09T04:59:59Z", "2025-03-08"),
            ("America/New_York", "2025-03-09T05:00:00Z", "2025-03-09"),
            ("America/New_York", "2025-03-10T03:59:59Z", "2025-03-09"),
            ("America/New_York", "2025-03-10T04:00:00Z", "2025-03-10"),
            ("America/New_York", "2025-11-03T04:59:59Z", "2025-11-02"),
            ("America/New_York", "2025-11-03T05:00:00Z", "2025-11-03"),
            ("Asia/Kolkata", "2025-01-01T18:29:59Z", "2025-01-01"),
            ("Asia/Kolkata", "2025-01-01T18:30:00Z", "2025-01-02"),
            ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"),
            ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"),
            ("UTC", "1969-12-31T23:59:59.5Z", "1969-12-31"),
            ("UTC", "1970-01-01T00:00:00Z", "1970-01-01"),
        ];
        let index = Fixture::of(cases.map(|(_, instant, _)| at(instant)));
        let mut docs = 0..0;
        for rows in cases.chunk_by(|a, b| a.0 == b.0) {
            docs = docs.end..docs.end + u32::try_from(rows.len()).expect("there are few");
            for (by, length) in [("day", 10), ("month", 7), ("year", 4)] {
                let mut expected: BTreeMap<String, u64> = BTreeMap::new();
                for (_, _, day) in rows {
                    *expected.entry(day[..length].to_owned()).or_default() += 1;
                }
                let (counts, _) = counted(&index, docs.clone(), by, rows[0].0, 99);
                assert_eq!(counts, expected.into_iter().collect::<Vec<_>>(), "{by} in {}", rows[0].0);
            }
        }
    }

    #[test]
    fn the_most_frequent_periods_are_kept_in_order_of_time() {
        let months = ["03", "01", "04", "03", "01", "03", "02", "01", "04"];
        let index = Fixture::of(months.map(|month| at(&format!("2025-{month}-05T00:00:00Z"))));
        let (counts, distinct) = counted(&index, 0..9, "month", "UTC", 3);
        let expected = [("2025-01", 3), ("2025-03", 3), ("2025-04", 2)];
        assert_eq!((counts, distinct), (expected.map(|(month, n)| (month.to_owned(), n)).to_vec(), 4));
    }

    #[test]
    fn all_articles_and_some_are_counted_alike() {
        let naming = |codes: &[&str]| {
            let sources = MentionPlaces::default().with(MentionPlace::Listed);
            let symbols = codes.iter().filter_map(|code| Symbol::parse(code));
            Article {
                symbols: symbols.map(|symbol| Named { symbol, sources }).collect(),
                ..Article::default()
            }
        };
        let articles = [
            naming(&["600586.SH", "000001.SZ", "600519.SH"]),
            naming(&["600586.SH"]),
            naming(&["700.HK"]),
            naming(&[]),
        ];
        // The dictionary has the counts of all articles, but not of all except the last.
        let more = articles.iter().cloned().chain([naming(&["600519.SH", "AAPL.US"])]);
        for index in [Fixture::of(articles.clone()), Fixture::of(more)] {
            let counts = |by: &str| counted(&index, 0..4, by, "UTC", 99).0;
            let expected = |counts: &[(&str, u64)]| -> Vec<(String, u64)> {
                counts.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect()
            };
            assert_eq!(counts("market"), expected(&[("CN", 2), ("HK", 1)]));
            assert_eq!(counts("venue"), expected(&[("SH", 2), ("SZ", 1), ("HK", 1)]));
            let codes = [("600586.SH", 2), ("600519.SH", 1), ("000001.SZ", 1), ("700.HK", 1)];
            assert_eq!(counts("ticker"), expected(&codes));
        }
    }
}
