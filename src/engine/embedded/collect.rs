//! Counts matching articles by the values of their columns.

use crate::search::FacetBy;
use std::{collections::HashMap, mem};
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::StrColumn,
    schema::Facet,
};

/// Counts all matches, and how many have each value.
pub(super) struct CountBy<'r> {
    pub by: Vec<&'r FacetBy>,
}

/// The number of matches, and per thing counted by the number of matches of each value.
pub(super) type Counts = (usize, Vec<HashMap<String, u64>>);

impl Collector for CountBy<'_> {
    type Fruit = Counts;
    type Child = SegmentCounts;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentCounts> {
        let counters = self.by.iter().map(|by| Counter::new(segment, by)).collect::<Result<_, _>>()?;
        Ok(SegmentCounts { total: 0, counters })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Counts>) -> tantivy::Result<Counts> {
        let mut merged: Counts = (0, self.by.iter().map(|_| HashMap::new()).collect());
        for (total, counts) in fruits {
            merged.0 += total;
            for (into, from) in merged.1.iter_mut().zip(counts) {
                for (value, count) in from {
                    *into.entry(value).or_default() += count;
                }
            }
        }
        Ok(merged)
    }
}

pub(super) struct SegmentCounts {
    total: usize,
    counters: Vec<Counter>,
}

impl SegmentCollector for SegmentCounts {
    type Fruit = Counts;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.total += 1;
        for counter in &mut self.counters {
            counter.count(doc);
        }
    }

    fn harvest(self) -> Counts {
        (self.total, self.counters.into_iter().map(Counter::into_counts).collect())
    }
}

/// Counts one column of one segment, by the ordinals of its values.
struct Counter {
    column: Option<StrColumn>,
    /// How many levels of a path are told apart; none for whole values.
    levels: Option<usize>,
    facet: bool,
    counts: Vec<u64>,
    /// By ordinal the bucket that the value belongs to, or [`UNKNOWN`], where paths are cut to levels.
    bucket: Vec<u32>,
    /// The buckets by number, each with the last document counted in it, so that none is counted twice.
    buckets: Vec<(String, Option<DocId>)>,
}

const UNKNOWN: u32 = u32::MAX;

impl Counter {
    fn new(segment: &SegmentReader, by: &FacetBy) -> tantivy::Result<Self> {
        let facet = segment.schema().get_field(&by.field).is_ok_and(|field| {
            segment.schema().get_field_entry(field).field_type().value_type() == tantivy::schema::Type::Facet
        });
        let column = segment.fast_fields().str(&by.field)?;
        let values = column.as_ref().map_or(0, |column| column.num_terms());
        let (counts, bucket) = match by.levels {
            None => (vec![0; values], Vec::new()),
            Some(_) => (Vec::new(), vec![UNKNOWN; values]),
        };
        Ok(Self { column, levels: by.levels, facet, counts, bucket, buckets: Vec::new() })
    }

    fn count(&mut self, doc: DocId) {
        let Some(column) = &self.column else { return };
        for ordinal in column.term_ords(doc) {
            let Ok(index) = usize::try_from(ordinal) else { continue };
            let Some(levels) = self.levels else {
                if let Some(count) = self.counts.get_mut(index) {
                    *count += 1;
                }
                continue;
            };
            if self.bucket[index] == UNKNOWN {
                let value = cut(&value(column, ordinal, self.facet), levels);
                let known = self.buckets.iter().position(|(name, _)| *name == value);
                let bucket = known.unwrap_or_else(|| {
                    self.buckets.push((value, None));
                    self.counts.push(0);
                    self.buckets.len() - 1
                });
                self.bucket[index] = u32::try_from(bucket).unwrap_or(UNKNOWN - 1);
            }
            let bucket = self.bucket[index] as usize;
            if mem::replace(&mut self.buckets[bucket].1, Some(doc)) != Some(doc) {
                self.counts[bucket] += 1;
            }
        }
    }

    fn into_counts(self) -> HashMap<String, u64> {
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        match (&self.column, self.levels) {
            (Some(_), Some(_)) => {
                counted.map(|(bucket, count)| (self.buckets[bucket].0.clone(), *count)).collect()
            }
            (Some(column), None) => {
                counted.map(|(ordinal, count)| (value(column, ordinal as u64, self.facet), *count)).collect()
            }
            (None, _) => HashMap::new(),
        }
    }
}

/// A value of a column as text; facets as paths.
pub(super) fn value(column: &StrColumn, ordinal: u64, facet: bool) -> String {
    let mut text = String::new();
    // An ordinal of the column is in its dictionary; a damaged index gives an empty text.
    let _ = column.ord_to_str(ordinal, &mut text);
    if facet {
        return Facet::from_encoded(text.into_bytes())
            .map(|facet| facet.to_path_string())
            .unwrap_or_default();
    }
    text
}

/// The first levels of a path.
fn cut(path: &str, levels: usize) -> String {
    let end = path.match_indices('/').nth(levels).map_or(path.len(), |(index, _)| index);
    path[..end].to_owned()
}
