//! Orders documents by a column of texts, so that equals have one order, whatever the segments are.

use super::columns;
use std::{
    cmp::Ordering,
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use tantivy::{
    DocId, Score, SegmentReader,
    collector::{SegmentSortKeyComputer, SortKeyComputer, sort_key::Comparator},
    columnar::StrColumn,
};

/// Orders by the first text of a document in the column of a field, the first text first.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByText(pub &'static str);

/// The ordinal of a text, which orders the texts of one segment.
type Ordinal = Option<u64>;

/// The texts of a segment. Those of the documents that may be retrieved are read together, and only if they are compared
/// with another segment's: to read one, a block is decompressed.
pub(super) struct Texts {
    column: Option<StrColumn>,
    /// Whether they are the values of free keys, which stand behind their keys.
    are_pairs: bool,
    wanted: Mutex<Vec<u64>>,
    read: OnceLock<HashMap<u64, String>>,
}

impl Texts {
    pub(super) fn new(column: Option<StrColumn>, are_pairs: bool) -> Self {
        Self { column, are_pairs, wanted: Mutex::default(), read: OnceLock::new() }
    }

    /// A text to be read when it is compared. Of the texts of one segment, that of the lower rank comes first.
    pub(super) fn lazy(self: &Arc<Self>, ordinal: Ordinal, rank: Option<u64>) -> LazyText {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).extend(ordinal);
        LazyText { texts: self.clone(), ordinal, rank }
    }

    fn get(&self, ordinal: Ordinal) -> &str {
        let read = self.read.get_or_init(|| {
            let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            wanted.sort_unstable();
            wanted.dedup();
            // A column has only ordinals of its dictionary. In a damaged index, the texts are empty.
            let texts = self.column.as_ref().and_then(|column| columns::texts(column, &wanted).ok());
            wanted.iter().copied().zip(texts.unwrap_or_default()).collect()
        });
        let text = ordinal.and_then(|ordinal| read.get(&ordinal)).map_or("", String::as_str);
        if self.are_pairs { text.split_once('\0').map_or(text, |(_, value)| value) } else { text }
    }
}

pub(super) struct SegmentTexts(Arc<Texts>);

/// A text that may not be read yet.
#[derive(Clone)]
pub(super) struct LazyText {
    texts: Arc<Texts>,
    ordinal: Ordinal,
    /// Its place among the texts of its segment.
    rank: Option<u64>,
}

impl LazyText {
    pub(super) fn text(&self) -> &str {
        self.texts.get(self.ordinal)
    }

    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.texts, &other.texts) {
            self.rank.cmp(&other.rank)
        } else {
            self.text().cmp(other.text())
        }
    }
}

impl fmt::Debug for LazyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.ordinal)
    }
}

/// The order of texts. The greatest are retrieved first, so it is reversed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FirstTextFirst;

impl Comparator<Ordinal> for FirstTextFirst {
    fn compare(&self, a: &Ordinal, b: &Ordinal) -> Ordering {
        b.cmp(a)
    }
}

impl Comparator<LazyText> for FirstTextFirst {
    fn compare(&self, a: &LazyText, b: &LazyText) -> Ordering {
        b.cmp(a)
    }
}

impl SortKeyComputer for ByText {
    type SortKey = LazyText;
    type Child = SegmentTexts;
    type Comparator = FirstTextFirst;

    fn segment_sort_key_computer(&self, segment: &SegmentReader) -> tantivy::Result<SegmentTexts> {
        let column = segment.fast_fields().str(self.0)?;
        Ok(SegmentTexts(Arc::new(Texts::new(column, false))))
    }
}

impl SegmentSortKeyComputer for SegmentTexts {
    type SortKey = LazyText;
    type SegmentSortKey = Ordinal;
    type SegmentComparator = FirstTextFirst;

    #[inline]
    fn segment_sort_key(&mut self, doc: DocId, _: Score) -> Ordinal {
        self.0.column.as_ref()?.ords().first(doc)
    }

    fn convert_segment_sort_key(&self, ordinal: Ordinal) -> LazyText {
        self.0.lazy(ordinal, ordinal)
    }
}
