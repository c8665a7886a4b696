//! Counts matching articles by the values of their columns.
//!
//! Matches are visited article by article, so that an article with several pages, or with several values
//! below one path, is counted once for each value.

use super::matches::Match;
use crate::search::FacetBy;
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use std::collections::HashMap;
use tantivy::{
    DateTime, DocId, Searcher, SegmentReader,
    columnar::{Column, StrColumn},
    schema::{Facet, Type},
};

/// For a thing to be counted by, the number of matching articles of each value. `matches` are in order of
/// their articles.
pub(super) fn count(
    searcher: &Searcher,
    by: &FacetBy,
    zone: &TimeZone,
    matches: &[Match],
) -> tantivy::Result<HashMap<String, u64>> {
    let mut column = Values::open(searcher, by, zone, matches)?;
    let mut counts: Vec<u64> = Vec::new();
    // The last article that was counted for each value.
    let mut last: Vec<Option<u64>> = Vec::new();
    let mut numbers = Vec::new();
    for found in matches {
        numbers.clear();
        column.numbers(found, &mut numbers);
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
    Ok(column.names().into_iter().zip(counts).filter(|(_, count)| *count > 0).collect())
}

/// The values of a column over all segments, numbered from 0.
enum Values<'z> {
    Texts(Texts),
    Days(Days<'z>),
}

impl<'z> Values<'z> {
    fn open(
        searcher: &Searcher,
        by: &FacetBy,
        zone: &'z TimeZone,
        matches: &[Match],
    ) -> tantivy::Result<Self> {
        Ok(match by.levels {
            Some(levels) if by.is_calendar() => Self::Days(Days::open(searcher, &by.field, levels, zone)?),
            levels => Self::Texts(Texts::open(searcher, &by.field, levels, matches)?),
        })
    }

    /// Adds the numbers of the values that a match has.
    fn numbers(&mut self, found: &Match, numbers: &mut Vec<usize>) {
        match self {
            Self::Texts(texts) => texts.numbers(found, numbers),
            Self::Days(days) => numbers.extend(days.number(found)),
        }
    }

    /// The values by their numbers.
    fn names(self) -> Vec<String> {
        match self {
            Self::Texts(texts) => texts.names,
            Self::Days(days) => days.names,
        }
    }
}

/// Texts or facet paths, these perhaps cut to their first levels.
struct Texts {
    segments: Vec<Option<Numbered>>,
    names: Vec<String>,
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
        let mut known: HashMap<String, usize> = HashMap::new();
        for (segment, column) in searcher.segment_readers().iter().zip(columns) {
            let facet = is_facet(segment, field);
            let numbered =
                column.map(|(wanted, column)| texts.number(column, &wanted, facet, levels, &mut known));
            texts.segments.push(numbered.transpose()?);
        }
        Ok(texts)
    }

    /// Numbers the wanted values of a segment in one pass over its dictionary: looking them up one by one
    /// would unpack a block for each.
    fn number(
        &mut self,
        column: StrColumn,
        wanted: &[bool],
        facet: bool,
        levels: Option<usize>,
        known: &mut HashMap<String, usize>,
    ) -> tantivy::Result<Numbered> {
        let mut numbers = vec![0; wanted.len()];
        let mut values = column.dictionary().stream()?;
        for (number, wanted) in numbers.iter_mut().zip(wanted) {
            if !values.advance() {
                break;
            }
            if !wanted {
                continue;
            }
            let mut value = text_of(values.key(), facet);
            if let Some(end) = levels.and_then(|levels| Some(value.match_indices('/').nth(levels)?.0)) {
                value.truncate(end);
            }
            *number = *known.entry(value).or_insert_with_key(|value| {
                self.names.push(value.clone());
                self.names.len() - 1
            });
        }
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
        if let Some(number) = self.known.get(&day) {
            return Some(*number);
        }
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
    Facet::from_encoded(entry.to_vec()).map(|facet| facet.to_path_string()).unwrap_or_default()
}

/// The first value of a document in a column of text, or empty.
pub(super) fn first(column: Option<&StrColumn>, doc: DocId) -> String {
    let ordinal = column.and_then(|column| column.term_ords(doc).next());
    column.zip(ordinal).map(|(column, ordinal)| value(column, ordinal, false)).unwrap_or_default()
}
