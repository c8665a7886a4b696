//! Orders documents by the values of a free key, or of a field: numbers before dates and dates before texts, whatever the
//! direction, and documents without a value last.

use super::{
    by_text::{LazyText, Texts},
    deadline::DeadlineCheck,
    keys, layout,
    moments::Moments,
    pairs::{self, Bits},
};
use crate::{
    index::{
        KeyOrder, KeyValue,
        key_order::{Direction, Place},
    },
    query,
};
use jiff::Timestamp;
use std::{cmp::Ordering, ops::Range, sync::Arc};
use tantivy::{
    DocId, Score, SegmentReader,
    collector::{SegmentSortKeyComputer, SortKeyComputer, sort_key::Comparator},
    columnar::{Column, StrColumn},
    schema::Type,
};

impl Place<LazyText> {
    /// The value, which means the same in every segment.
    pub(super) fn value(&self) -> Option<KeyValue> {
        Some(match self {
            Self::Number(bits) => KeyValue::Number(bits.number()),
            Self::Date(bits) => KeyValue::Date(Timestamp::from_millisecond(bits.millis()).ok()?),
            Self::Text(text) => KeyValue::Text(text.text().to_owned()),
        })
    }
}

/// A text of a segment: its rank among the values there, and its ordinal in the column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked {
    rank: u64,
    ordinal: u64,
}

impl Direction {
    /// Which of two documents of one segment comes first.
    pub(super) fn in_segment(self, a: Option<&Place<Ranked>>, b: Option<&Place<Ranked>>) -> Ordering {
        self.order(a, b, |a, b| a.rank.cmp(&b.rank))
    }
}

/// The greatest are retrieved first, so the order is reversed.
impl Comparator<Option<Place<Ranked>>> for Direction {
    fn compare(&self, a: &Option<Place<Ranked>>, b: &Option<Place<Ranked>>) -> Ordering {
        self.in_segment(b.as_ref(), a.as_ref())
    }
}

impl Comparator<Option<Place<LazyText>>> for Direction {
    fn compare(&self, a: &Option<Place<LazyText>>, b: &Option<Place<LazyText>>) -> Ordering {
        self.order(b.as_ref(), a.as_ref(), LazyText::cmp)
    }
}

/// Orders by the values of a key.
#[derive(Clone, Debug)]
pub(super) struct ByKey(pub KeyOrder);

impl SortKeyComputer for ByKey {
    type SortKey = Option<Place<LazyText>>;
    type Child = SegmentValues;
    type Comparator = Direction;

    fn comparator(&self) -> Direction {
        Direction::of(&self.0)
    }

    fn segment_sort_key_computer(&self, segment: &SegmentReader) -> tantivy::Result<SegmentValues> {
        SegmentValues::open(segment, &self.0)
    }
}

impl SegmentSortKeyComputer for SegmentValues {
    type SortKey = Option<Place<LazyText>>;
    type SegmentSortKey = Option<Place<Ranked>>;
    type SegmentComparator = Direction;

    fn segment_comparator(&self) -> Direction {
        self.direction
    }

    #[inline]
    fn segment_sort_key(&mut self, doc: DocId, _: Score) -> Option<Place<Ranked>> {
        self.place(doc)
    }

    fn convert_segment_sort_key(&self, place: Option<Place<Ranked>>) -> Option<Place<LazyText>> {
        Some(match place? {
            Place::Number(bits) => Place::Number(bits),
            Place::Date(bits) => Place::Date(bits),
            Place::Text(Ranked { rank, ordinal }) => Place::Text(self.texts.lazy(Some(ordinal), Some(rank))),
        })
    }
}

/// The values of a key in a segment.
pub(super) struct SegmentValues {
    pub(super) direction: Direction,
    values: Values,
    texts: Arc<Texts>,
}

enum Values {
    Numbers(Column<f64>),
    Dates(Moments),
    Texts(Ranks),
    /// What compares of a free key, and its texts.
    Pairs(Option<Compared>, Ranks),
}

impl SegmentValues {
    pub(super) fn open(segment: &SegmentReader, order: &KeyOrder) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let kind = segment.schema().get_field(&order.key).ok();
        let kind = kind.map(|field| segment.schema().get_field_entry(field).field_type().value_type());
        let (mut texts, are_pairs) = (None, kind.is_none());
        let values = match kind {
            Some(Type::F64) => Values::Numbers(columns.f64(&order.key)?),
            Some(Type::Date) => Values::Dates(Moments::open(segment, &order.key)?),
            Some(_) => {
                texts = columns.str(&order.key)?;
                Values::Texts(Ranks::of_field(texts.clone()))
            }
            None => {
                texts = columns.str(layout::KEYS)?;
                let compared = columns.str(layout::COMPARABLE)?;
                let compared = compared.map(|column| Compared::open(column, &order.key)).transpose()?;
                Values::Pairs(compared, Ranks::of_key(texts.clone(), &order.key)?)
            }
        };
        let direction = Direction::of(order);
        Ok(Self { direction, values, texts: Arc::new(Texts::new(texts, are_pairs)) })
    }

    /// The value of a document that comes first.
    pub(super) fn place(&self, doc: DocId) -> Option<Place<Ranked>> {
        match &self.values {
            Values::Numbers(column) => {
                self.first(column.values_for_doc(doc).map(|number| Place::Number(Bits::of_number(number))))
            }
            Values::Dates(moments) => {
                self.first(moments.all(doc).map(|stamp| Place::Date(Bits::of_millis(stamp.millis))))
            }
            Values::Texts(ranks) => self.first(ranks.of(doc)),
            Values::Pairs(compared, ranks) => {
                let compared = compared.iter().flat_map(|compared| compared.of(doc));
                // Texts come last, so they are looked up only where nothing else is.
                self.first(compared).or_else(|| self.first(ranks.of(doc)))
            }
        }
    }

    fn first(&self, places: impl Iterator<Item = Place<Ranked>>) -> Option<Place<Ranked>> {
        places.min_by(|a, b| self.direction.in_segment(Some(a), Some(b)))
    }

    /// Where a value is among those of the segment, whether one of them is equal or not.
    pub(super) fn locate(&self, value: &KeyValue) -> tantivy::Result<Place<Ranked>> {
        Ok(match value {
            KeyValue::Number(number) => Place::Number(Bits::of_number(*number)),
            KeyValue::Date(at) => Place::Date(Bits::of_millis(at.as_millisecond())),
            KeyValue::Text(text) => match &self.values {
                Values::Texts(ranks) | Values::Pairs(_, ranks) => Place::Text(ranks.locate(text)?),
                Values::Numbers(_) | Values::Dates(_) => Place::Text(Ranked { rank: 0, ordinal: 0 }),
            },
        })
    }
}

/// The numbers and dates of a free key: a range of a column for each spelling, decoded.
struct Compared {
    column: StrColumn,
    /// The first ordinal of each range, with its places.
    ranges: Vec<(u64, Vec<Option<Place<Ranked>>>)>,
}

impl Compared {
    fn open(column: StrColumn, name: &str) -> tantivy::Result<Self> {
        let steps = DeadlineCheck::default();
        let mut ranges = Vec::new();
        for key in query::key_spellings(name) {
            let range = keys::values(&column, key)?;
            let ordinals: Vec<u64> = range.clone().collect();
            let value_at = pairs::scope(key).len();
            let mut places = Vec::with_capacity(ordinals.len());
            column.dictionary().sorted_ords_to_term_cb(&ordinals, |entry| {
                steps.step();
                let compared = entry.get(value_at..).and_then(pairs::compared);
                places.push(compared.map(
                    |(is_number, bits)| {
                        if is_number { Place::Number(bits) } else { Place::Date(bits) }
                    },
                ));
            })?;
            if !places.is_empty() {
                ranges.push((range.start, places));
            }
        }
        Ok(Self { column, ranges })
    }

    fn of(&self, doc: DocId) -> impl Iterator<Item = Place<Ranked>> {
        let place = |ordinal: u64| {
            let of_range = |(first, places): &(u64, Vec<_>)| {
                *places.get(usize::try_from(ordinal.checked_sub(*first)?).ok()?)?
            };
            self.ranges.iter().find_map(of_range)
        };
        self.column.term_ords(doc).filter_map(place)
    }
}

/// The texts of a field, or of a free key: a range of a column for each spelling. Ranks of texts that are there are odd, so that
/// there is one for each text between two of them.
struct Ranks {
    column: Option<StrColumn>,
    ranges: Vec<TextRange>,
    /// The rank behind all texts.
    end: u64,
}

/// A range of a column.
struct TextRange {
    ordinals: Range<u64>,
    /// The key that stands before each text; `None` for a field.
    key: Option<String>,
    /// The ranks among the texts of all ranges; `None` if there is no other.
    ranks: Option<Vec<u64>>,
}

impl TextRange {
    fn rank(&self, ordinal: u64) -> u64 {
        let at = ordinal - self.ordinals.start;
        let several = self.ranks.as_ref().and_then(|ranks| ranks.get(usize::try_from(at).ok()?).copied());
        several.unwrap_or(2 * at + 1)
    }
}

impl Ranks {
    fn of_field(column: Option<StrColumn>) -> Self {
        let end = column.as_ref().map_or(0, |column| column.num_terms() as u64);
        let whole = TextRange { ordinals: 0..end, key: None, ranks: None };
        Self { column, ranges: vec![whole], end: 2 * end }
    }

    fn of_key(column: Option<StrColumn>, name: &str) -> tantivy::Result<Self> {
        let mut ranges = Vec::new();
        let Some(column) = column else { return Ok(Self { column, ranges, end: 0 }) };
        for key in query::key_spellings(name) {
            let ordinals = keys::values(&column, key)?;
            if !ordinals.is_empty() {
                ranges.push(TextRange { ordinals, key: Some(key.to_owned()), ranks: None });
            }
        }
        let end = match ranges.as_slice() {
            [] => 0,
            [only] => 2 * (only.ordinals.end - only.ordinals.start),
            _ => rank(&column, &mut ranges)?,
        };
        Ok(Self { column: Some(column), ranges, end })
    }

    fn of(&self, doc: DocId) -> impl Iterator<Item = Place<Ranked>> {
        let ranked = |ordinal: u64| {
            let range = self.ranges.iter().find(|range| range.ordinals.contains(&ordinal))?;
            Some(Place::Text(Ranked { rank: range.rank(ordinal), ordinal }))
        };
        self.column.iter().flat_map(move |column| column.term_ords(doc)).filter_map(ranked)
    }

    fn locate(&self, text: &str) -> tantivy::Result<Ranked> {
        let mut found = Ranked { rank: self.end, ordinal: 0 };
        let Some(column) = &self.column else { return Ok(found) };
        for range in &self.ranges {
            let entry = range.key.as_ref().map_or_else(|| text.to_owned(), |key| pairs::pair(key, text));
            if let Some(ordinal) = column.dictionary().term_ord(&entry)? {
                return Ok(Ranked { rank: range.rank(ordinal), ordinal });
            }
            let next = keys::ordinals(column, &(entry.clone()..entry + "\0"))?.start;
            if range.ordinals.contains(&next) {
                found.rank = found.rank.min(range.rank(next) - 1);
            }
        }
        Ok(found)
    }
}

/// Ranks the texts of several ranges by merging them; equal ones have one rank. Returns the rank behind all.
fn rank(column: &StrColumn, ranges: &mut [TextRange]) -> tantivy::Result<u64> {
    let mut streams = Vec::with_capacity(ranges.len());
    for range in ranges {
        let Some(key) = &range.key else { continue };
        let (entries, value_at) = (pairs::entries(key), pairs::scope(key).len());
        let mut stream = column.dictionary().range().ge(&entries.start).lt(&entries.end).into_stream()?;
        if stream.advance() {
            streams.push((stream, value_at, range.ranks.insert(Vec::new())));
        }
    }
    let steps = DeadlineCheck::default();
    let (mut last, mut rank): (Option<Vec<u8>>, u64) = (None, 0);
    loop {
        steps.step();
        let first =
            streams.iter().enumerate().min_by_key(|(_, (stream, value_at, _))| &stream.key()[*value_at..]);
        let Some((at, (stream, value_at, _))) = first else { return Ok(rank + 1) };
        let value = &stream.key()[*value_at..];
        if last.as_deref() != Some(value) {
            rank = if last.is_none() { 1 } else { rank + 2 };
            last = Some(value.to_vec());
        }
        let (stream, _, ranks) = &mut streams[at];
        ranks.push(rank);
        if !stream.advance() {
            streams.swap_remove(at);
        }
    }
}
