//! The moments of date fields: a column of instants, and one that says which of them are days.

use crate::index::stamp::Stamp;

use std::iter;
use tantivy::{DateTime, DocId, SegmentReader, columnar::Column};

/// The name of the column that says which moments of a date field are days. A document without a day has no value in it.
pub(super) fn day_column(field: &str) -> String {
    format!("_day_{field}")
}

/// The moments of a date field: the first instants of those that are days, and which these are.
pub(super) struct Moments {
    instants: Column<DateTime>,
    days: Column<bool>,
}

impl Moments {
    pub(super) fn open(segment: &SegmentReader, field: &str) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self { instants: columns.date(field)?, days: columns.bool(&day_column(field))? })
    }

    /// Whether a segment has any day in a field.
    pub(super) fn any_day(segment: &SegmentReader, field: &str) -> bool {
        segment.fast_fields().bool(&day_column(field)).is_ok_and(|days| days.values.num_vals() > 0)
    }

    /// The first moment of a document.
    pub(super) fn first(&self, doc: DocId) -> Option<Stamp> {
        let millis = self.instants.first(doc)?.into_timestamp_millis();
        Some(Stamp { millis, is_day: self.days.first(doc).unwrap_or_default() })
    }

    /// All moments of a document.
    pub(super) fn all(&self, doc: DocId) -> impl Iterator<Item = Stamp> {
        let days = self.days.values_for_doc(doc).chain(iter::repeat(false));
        let stamp =
            |(instant, is_day): (DateTime, bool)| Stamp { millis: instant.into_timestamp_millis(), is_day };
        self.instants.values_for_doc(doc).zip(days).map(stamp)
    }
}
