//! The columns of a segment from which hits are read.

use super::{
    layout::{self, FileNumber},
    moments::Moments,
};
use crate::{
    article::BuiltIn,
    index::{StoredArticle, stamp::Stamp},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use tantivy::{
    DocAddress, DocId, SegmentReader,
    columnar::{Column, StrColumn},
    schema::Facet,
};

/// A value of a column as text; a facet as its path.
pub(super) fn value(column: &StrColumn, ordinal: u64, facet: bool) -> String {
    let mut text = String::new();
    // A column has only ordinals of its dictionary. In a damaged index, the text is empty.
    let _ = column.ord_to_str(ordinal, &mut text);
    if facet { text_of(text.as_bytes(), true) } else { text }
}

/// An entry of a column's dictionary as text; a facet as its path.
pub(super) fn text_of(entry: &[u8], facet: bool) -> String {
    if !facet {
        return String::from_utf8_lossy(entry).into_owned();
    }
    Facet::from_encoded(entry.to_vec()).map(|path| path.to_path_string()).unwrap_or_default()
}

/// The first value of a document in a text column; empty if there is none.
pub(super) fn first(column: Option<&StrColumn>, doc: DocId) -> String {
    let ordinal = column.and_then(|column| column.term_ords(doc).next());
    column.zip(ordinal).map(|(column, ordinal)| value(column, ordinal, false)).unwrap_or_default()
}

/// The texts of some ordinals, which must ascend, read in one pass.
pub(super) fn texts(column: &StrColumn, ordinals: &[u64]) -> tantivy::Result<Vec<String>> {
    let mut texts = Vec::with_capacity(ordinals.len());
    column.dictionary().sorted_ords_to_term_cb(ordinals, |term| {
        texts.push(String::from_utf8_lossy(term).into_owned());
    })?;
    Ok(texts)
}

/// The first value of each document in a column; empty if there is none.
fn values(column: Option<&StrColumn>, docs: &[DocId]) -> tantivy::Result<Vec<String>> {
    let mut values = vec![String::new(); docs.len()];
    let Some(column) = column else { return Ok(values) };
    let ordinal = |(index, doc): (usize, &DocId)| Some((column.term_ords(*doc).next()?, index));
    let mut wanted: Vec<(u64, usize)> = docs.iter().enumerate().filter_map(ordinal).collect();
    wanted.sort_unstable();
    let mut ordinals: Vec<u64> = wanted.iter().map(|(ordinal, _)| *ordinal).collect();
    ordinals.dedup();
    let groups = wanted.chunk_by(|(a, _), (b, _)| a == b);
    for (group, text) in groups.zip(texts(column, &ordinals)?) {
        for (_, index) in group {
            values[*index].clone_from(&text);
        }
    }
    Ok(values)
}

/// A column whose values many articles share, with a cache of values: reading one decompresses a block of the
/// dictionary, and a server reads the same values again and again.
pub(super) struct CachedColumn {
    pub column: StrColumn,
    read: Mutex<HashMap<u64, String>>,
}

/// Maximum number of cached values of a column.
const KEPT_VALUES: usize = 4096;

impl CachedColumn {
    fn new(column: StrColumn) -> Self {
        Self { column, read: Mutex::default() }
    }

    /// A value as text; a facet as its path.
    pub(super) fn value(&self, ordinal: u64, facet: bool) -> String {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = read.get(&ordinal) {
            return value.clone();
        }
        let value = value(&self.column, ordinal, facet);
        if read.len() >= KEPT_VALUES {
            read.clear();
        }
        read.insert(ordinal, value.clone());
        value
    }

    /// The first value of a document; empty if there is none.
    pub(super) fn first(&self, doc: DocId) -> String {
        self.column.term_ords(doc).next().map(|ordinal| self.value(ordinal, false)).unwrap_or_default()
    }
}

pub(super) struct Columns {
    pub path: Option<StrColumn>,
    pub id: Option<StrColumn>,
    pub locale: Option<CachedColumn>,
    pub kind: Option<CachedColumn>,
    pub symbol: Option<CachedColumn>,
    pub published: Moments,
    hash: Column<u64>,
    pub size: Column<u64>,
    /// The ids of records; `None` if the segment has whole files only.
    record: Option<Column<u64>>,
    documents: Option<Column<u64>>,
}

impl Columns {
    pub(super) fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let published = Moments::open(segment, BuiltIn::Published.name())?;
        Ok(Self {
            path: columns.str(layout::PATH)?,
            id: columns.str(BuiltIn::Id.name())?,
            locale: columns.str(BuiltIn::Locale.name())?.map(CachedColumn::new),
            kind: columns.str(BuiltIn::Kind.name())?.map(CachedColumn::new),
            symbol: columns.str(BuiltIn::Symbol.name())?.map(CachedColumn::new),
            published,
            hash: columns.u64(layout::HASH)?,
            size: columns.u64(layout::SIZE)?,
            record: optional_u64(segment, layout::RECORD)?,
            documents: optional_u64(segment, layout::DOCUMENTS)?,
        })
    }

    /// The metadata of some documents of the segment, in the same order.
    pub(super) fn metadata(&self, addresses: &[DocAddress]) -> tantivy::Result<Vec<StoredArticle>> {
        let docs: Vec<DocId> = addresses.iter().map(|address| address.doc_id).collect();
        let mut paths = values(self.path.as_ref(), &docs)?.into_iter();
        let mut ids = values(self.id.as_ref(), &docs)?.into_iter();
        let mut locales = values(self.locale.as_ref().map(|locale| &locale.column), &docs)?.into_iter();
        let mut kinds = values(self.kind.as_ref().map(|kind| &kind.column), &docs)?.into_iter();
        let article = |doc: DocId| {
            let (path, id, locale, kind) = (paths.next()?, ids.next()?, locales.next()?, kinds.next()?);
            Some(StoredArticle { kind, path, ..self.numbers(doc, id, locale) })
        };
        Ok(docs.into_iter().map_while(article).collect())
    }

    /// The id of the record of a document, or its number in the table of a file; `None` for a whole file.
    pub(super) fn record(&self, doc: DocId) -> Option<u64> {
        self.record.as_ref()?.first(doc)
    }

    /// What is known of the whole file of a document; nothing for a record.
    pub(super) fn file_number(&self, doc: DocId) -> FileNumber {
        let number = self.documents.as_ref().and_then(|documents| documents.first(doc));
        number.map(FileNumber::read).unwrap_or_default()
    }

    /// The key, and the values of the numeric columns.
    pub(super) fn numbers(&self, doc: DocId, id: String, locale: String) -> StoredArticle {
        StoredArticle {
            key: if locale.is_empty() { id.clone() } else { format!("{id}/{locale}") },
            id,
            locale,
            published: self.published.first(doc).and_then(Stamp::moment),
            hash: self.hash.first(doc).unwrap_or_default(),
            record: self.record(doc).unwrap_or_default(),
            ..StoredArticle::default()
        }
    }
}

/// A column of numbers; `None` if no document of the segment has one.
pub(super) fn optional_u64(segment: &SegmentReader, name: &str) -> tantivy::Result<Option<Column<u64>>> {
    segment.fast_fields().column_opt(name)
}
