//! Counts matching articles by the values of their columns.
//!
//! An article with several pages, or with several values below one path, is counted once for each value.

use super::matches::Match;
use crate::search::{Facet, FacetWanted};
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use std::collections::HashMap;
use tantivy::{
    DateTime, DocId, Searcher, SegmentReader,
    columnar::{Column, StrColumn},
    schema::{Facet as Path, Type},
};

/// The most frequent values of the matching articles, or, of a calendar, all in order of time. `matches` are in order
/// of their articles; `single` says that each is an article of its own, in order of segment.
pub(super) fn facet(
    searcher: &Searcher,
    wanted: &FacetWanted,
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
            days.names.into_iter().map(String::into_bytes).zip(counts).collect()
        }
        None if single => by_ordinal(searcher, &by.field, matches)?,
        levels => {
            let texts = Texts::open(searcher, &by.field, levels, matches)?;
            let counts = by_article(matches, |found, numbers| texts.numbers(found, numbers));
            texts.names.into_iter().zip(counts).collect()
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

/// For each number that a value has, in how many articles it is.
fn by_article(matches: &[Match], mut numbers_of: impl FnMut(&Match, &mut Vec<usize>)) -> Vec<u64> {
    let mut counts: Vec<u64> = Vec::new();
    // The last article that was counted for each value.
    let mut last: Vec<Option<u64>> = Vec::new();
    let mut numbers = Vec::new();
    for found in matches {
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

/// Whole values of matches that are articles of their own: counted where they are, and looked up only where there are any.
fn by_ordinal(searcher: &Searcher, field: &str, matches: &[Match]) -> tantivy::Result<Vec<(Vec<u8>, u64)>> {
    let mut counts: HashMap<Vec<u8>, u64> = HashMap::new();
    for of_segment in matches.chunk_by(|a, b| a.address.segment_ord == b.address.segment_ord) {
        let Some(first) = of_segment.first() else { continue };
        let segment = searcher.segment_reader(first.address.segment_ord);
        let Some(column) = segment.fast_fields().str(field)? else { continue };
        // How many have each ordinal, and the last of them, as an article may have a value twice.
        let mut of_ordinal: Vec<(u64, Option<DocId>)> = vec![(0, None); column.num_terms()];
        for found in of_segment {
            let doc = found.address.doc_id;
            for ordinal in column.term_ords(doc) {
                if let Some((count, last)) = of_ordinal.get_mut(index(ordinal))
                    && last.replace(doc) != Some(doc)
                {
                    *count += 1;
                }
            }
        }
        let some: Vec<(u64, u64)> = (0..)
            .zip(of_ordinal)
            .map(|(ordinal, (count, _))| (ordinal, count))
            .filter(|(_, count)| *count > 0)
            .collect();
        let ordinals: Vec<u64> = some.iter().map(|(ordinal, _)| *ordinal).collect();
        let mut next = some.into_iter();
        column.dictionary().sorted_ords_to_term_cb(&ordinals, |value| {
            let count = next.next().map_or(0, |(_, count)| count);
            match counts.get_mut(value) {
                Some(known) => *known += count,
                None => {
                    counts.insert(value.to_vec(), count);
                }
            }
        })?;
    }
    Ok(counts.into_iter().collect())
}

/// Texts or facet paths, these perhaps cut to their first levels, numbered over all segments from 0.
struct Texts {
    segments: Vec<Option<Numbered>>,
    names: Vec<Vec<u8>>,
}

struct Numbered {
    column: StrColumn,
    /// The number of each value of the segment that a match has, by its ordinal.
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
            let column = segment.fast_fields().str(field)?;
            columns.push(column.map(|column| (vec![false; column.num_terms()], column)));
        }
        for found in matches {
            if let Some((wanted, column)) = &mut columns[found.address.segment_ord as usize] {
                for ordinal in column.term_ords(found.address.doc_id) {
                    if let Some(wanted) = wanted.get_mut(index(ordinal)) {
                        *wanted = true;
                    }
                }
            }
        }
        let mut texts = Self { segments: Vec::new(), names: Vec::new() };
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        for column in columns {
            let numbered = column.map(|(wanted, column)| texts.number(column, &wanted, levels, &mut known));
            texts.segments.push(numbered.transpose()?);
        }
        Ok(texts)
    }

    /// Numbers the wanted values of a segment in one pass over its dictionary: looking them up one by one would unpack a
    /// block for each.
    fn number(
        &mut self,
        column: StrColumn,
        wanted: &[bool],
        levels: Option<usize>,
        known: &mut HashMap<Vec<u8>, usize>,
    ) -> tantivy::Result<Numbered> {
        let mut numbers = vec![0; wanted.len()];
        let ordinals: Vec<u64> =
            (0..).zip(wanted).filter(|(_, wanted)| **wanted).map(|(ordinal, _)| ordinal).collect();
        let mut next = ordinals.iter();
        column.dictionary().sorted_ords_to_term_cb(&ordinals, |value| {
            let Some(&ordinal) = next.next() else { return };
            // The levels of a path lie between zero bytes.
            let level_ends = value.iter().enumerate().filter(|(_, byte)| **byte == 0);
            let end = levels.and_then(|levels| level_ends.map(|(end, _)| end).nth(levels.checked_sub(1)?));
            let value = &value[..end.unwrap_or(value.len())];
            numbers[index(ordinal)] = known.get(value).copied().unwrap_or_else(|| {
                self.names.push(value.to_vec());
                known.insert(value.to_vec(), self.names.len() - 1);
                self.names.len() - 1
            });
        })?;
        Ok(Numbered { column, numbers })
    }

    fn numbers(&self, found: &Match, numbers: &mut Vec<usize>) {
        if let Some(segment) = &self.segments[found.address.segment_ord as usize] {
            let ordinals = segment.column.term_ords(found.address.doc_id);
            numbers.extend(ordinals.filter_map(|ordinal| segment.numbers.get(index(ordinal)).copied()));
        }
    }
}

/// Instants as years, months or days of a zone.
struct Days<'z> {
    columns: Vec<Column<DateTime>>,
    levels: usize,
    zone: &'z TimeZone,
    /// An offset of the zone, and the seconds from which and up to which it holds.
    offset: Offset,
    holds: (i64, i64),
    known: HashMap<i64, usize>,
    /// The day that was asked for last, as neighbours are mostly of one.
    last: Option<(i64, usize)>,
    names: Vec<String>,
}

impl<'z> Days<'z> {
    fn open(searcher: &Searcher, field: &str, levels: usize, zone: &'z TimeZone) -> tantivy::Result<Self> {
        let columns = searcher.segment_readers().iter().map(|segment| segment.fast_fields().date(field));
        Ok(Self {
            columns: columns.collect::<Result<_, _>>()?,
            levels,
            zone,
            offset: Offset::UTC,
            holds: (0, 0),
            known: HashMap::new(),
            last: None,
            names: Vec::new(),
        })
    }

    fn number(&mut self, found: &Match) -> Option<usize> {
        let column = &self.columns[found.address.segment_ord as usize];
        let millis = column.first(found.address.doc_id)?.into_timestamp_millis();
        let second = millis.div_euclid(1000);
        if !(self.holds.0..self.holds.1).contains(&second) {
            self.find_offset(second)?;
        }
        let day = (second + i64::from(self.offset.seconds())).div_euclid(86_400);
        if let Some((_, number)) = self.last.filter(|(last, _)| *last == day) {
            return Some(number);
        }
        let number = self.known.get(&day).copied().or_else(|| self.name(day))?;
        self.last = Some((day, number));
        Some(number)
    }

    /// Names a day that has not been met before, and gives the number of that name.
    fn name(&mut self, day: i64) -> Option<usize> {
        let date = Timestamp::from_second(day * 86_400).ok()?.to_zoned(TimeZone::UTC).date();
        let name = match self.levels {
            1 => date.strftime("%Y").to_string(),
            2 => date.strftime("%Y-%m").to_string(),
            _ => date.to_string(),
        };
        // Each day is met once here; the months and years of a calendar are few.
        let known = if self.levels < 3 { self.names.iter().rposition(|known| *known == name) } else { None };
        let number = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        self.known.insert(day, number);
        Some(number)
    }

    /// Looks up the offset of a second, and how long it holds.
    fn find_offset(&mut self, second: i64) -> Option<()> {
        let at = Timestamp::from_second(second).ok()?;
        self.offset = self.zone.to_offset(at);
        // A change at this very second is no preceding one of it, but of the next.
        let next = Timestamp::from_second(second.saturating_add(1)).unwrap_or(at);
        let before = self.zone.preceding(next).next().map(|change| change.timestamp().as_second());
        let after = self.zone.following(at).next().map(|change| change.timestamp().as_second());
        // From a change on, up to and without the next one.
        self.holds = (before.unwrap_or(i64::MIN), after.unwrap_or(i64::MAX));
        Some(())
    }
}

fn index(ordinal: u64) -> usize {
    usize::try_from(ordinal).unwrap_or(usize::MAX)
}

fn is_facet(segment: &SegmentReader, field: &str) -> bool {
    let schema = segment.schema();
    schema
        .get_field(field)
        .is_ok_and(|field| schema.get_field_entry(field).field_type().value_type() == Type::Facet)
}

/// A value of a column as text; facets as paths.
pub(super) fn value(column: &StrColumn, ordinal: u64, facet: bool) -> String {
    let mut text = String::new();
    // An ordinal of the column is in its dictionary; a damaged index gives an empty text.
    let _ = column.ord_to_str(ordinal, &mut text);
    if facet { text_of(text.as_bytes(), true) } else { text }
}

/// An entry of a column's dictionary as text.
pub(super) fn text_of(entry: &[u8], facet: bool) -> String {
    if !facet {
        return String::from_utf8_lossy(entry).into_owned();
    }
    Path::from_encoded(entry.to_vec()).map(|path| path.to_path_string()).unwrap_or_default()
}

/// The first value of a document in a column of text, or empty.
pub(super) fn first(column: Option<&StrColumn>, doc: DocId) -> String {
    let ordinal = column.and_then(|column| column.term_ords(doc).next());
    column.zip(ordinal).map(|(column, ordinal)| value(column, ordinal, false)).unwrap_or_default()
}
