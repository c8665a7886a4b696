//! Counts matching articles by the values of their columns.

use crate::search::FacetBy;
use std::collections::HashMap;
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::StrColumn,
    schema::{Facet, Type},
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
    counts: Vec<u64>,
    /// Where paths are cut to levels, the number of the cut path for each ordinal.
    cut: Option<Cut>,
    facet: bool,
}

/// The paths of a dictionary cut to their first levels.
struct Cut {
    number: Vec<usize>,
    paths: Vec<String>,
    /// The last document counted for each path, so that two values below one path count once.
    last: Vec<Option<DocId>>,
}

impl Counter {
    fn new(segment: &SegmentReader, by: &FacetBy) -> tantivy::Result<Self> {
        let facet = segment.schema().get_field(&by.field).is_ok_and(|field| {
            segment.schema().get_field_entry(field).field_type().value_type() == Type::Facet
        });
        let column = segment.fast_fields().str(&by.field)?;
        let cut = match (&column, by.levels) {
            (Some(column), Some(levels)) => Some(Cut::new(column, levels)?),
            _ => None,
        };
        let values = column.as_ref().map_or(0, |column| column.num_terms());
        let counts = vec![0; cut.as_ref().map_or(values, |cut| cut.paths.len())];
        Ok(Self { column, counts, cut, facet })
    }

    fn count(&mut self, doc: DocId) {
        let Some(column) = &self.column else { return };
        for ordinal in column.term_ords(doc) {
            let Ok(mut index) = usize::try_from(ordinal) else { continue };
            if let Some(cut) = &mut self.cut {
                index = cut.number[index];
                if cut.last[index].replace(doc) == Some(doc) {
                    continue;
                }
            }
            self.counts[index] += 1;
        }
    }

    fn into_counts(self) -> HashMap<String, u64> {
        let mut counted = HashMap::new();
        match (self.cut, self.column) {
            (Some(cut), _) => {
                counted.extend(cut.paths.into_iter().zip(self.counts).filter(|(_, count)| *count > 0));
            }
            (None, Some(column)) => {
                // One pass over the dictionary: looking values up one by one would unpack a block for each.
                let mut counts = self.counts.into_iter();
                let Ok(mut values) = column.dictionary().stream() else { return counted };
                while values.advance() {
                    if let Some(count) = counts.next().filter(|count| *count > 0) {
                        counted.insert(text_of(values.key(), self.facet), count);
                    }
                }
            }
            (None, None) => {}
        }
        counted
    }
}

impl Cut {
    fn new(column: &StrColumn, levels: usize) -> tantivy::Result<Self> {
        let mut cut =
            Self { number: Vec::with_capacity(column.num_terms()), paths: Vec::new(), last: Vec::new() };
        let mut values = column.dictionary().stream()?;
        while values.advance() {
            let path = text_of(values.key(), true);
            let end = path.match_indices('/').nth(levels).map_or(path.len(), |(index, _)| index);
            // The dictionary is in order, so that equal beginnings stand together.
            if cut.paths.last().is_none_or(|last| last != &path[..end]) {
                cut.paths.push(path[..end].to_owned());
            }
            cut.number.push(cut.paths.len() - 1);
        }
        cut.last.resize(cut.paths.len(), None);
        Ok(cut)
    }
}

/// A value of a column as text; facets as paths.
pub(super) fn value(column: &StrColumn, ordinal: u64, facet: bool) -> String {
    let mut text = String::new();
    // An ordinal of the column is in its dictionary; a damaged index gives an empty text.
    let _ = column.ord_to_str(ordinal, &mut text);
    if facet { text_of(text.as_bytes(), true) } else { text }
}

/// An entry of a column's dictionary as text.
fn text_of(entry: &[u8], facet: bool) -> String {
    if !facet {
        return String::from_utf8_lossy(entry).into_owned();
    }
    Facet::from_encoded(entry.to_vec()).map(|facet| facet.to_path_string()).unwrap_or_default()
}
