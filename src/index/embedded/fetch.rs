//! Reads what the index keeps of articles, from columns and from the store.

use super::{
    Definition, Remembered, collect,
    expand::{self, ExpandedTerms},
    layout,
};
use crate::{
    article::MentionPlaces,
    index::{DocRef, Fetch, StoredArticle, deadline},
    query::TermSet,
    schema::FieldKind,
    symbol::Symbol,
};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use tantivy::{
    DateTime, DocAddress, DocId, Searcher, SegmentReader, TantivyDocument,
    columnar::{Column, StrColumn},
    schema::{Field, Value as _},
};
use xxhash_rust::xxh3::Xxh3;

/// A file of more bytes is read only to be shown, not to be ranked.
const LARGE_FILE: u64 = 1 << 20;

/// The first values of some documents in a column, empty where there is none.
fn values(column: Option<&StrColumn>, docs: &[DocId]) -> tantivy::Result<Vec<String>> {
    let mut values = vec![String::new(); docs.len()];
    let Some(column) = column else { return Ok(values) };
    let ordinal = |(index, doc): (usize, &DocId)| Some((column.term_ords(*doc).next()?, index));
    let mut wanted: Vec<(u64, usize)> = docs.iter().enumerate().filter_map(ordinal).collect();
    wanted.sort_unstable();
    let mut ordinals: Vec<u64> = wanted.iter().map(|(ordinal, _)| *ordinal).collect();
    ordinals.dedup();
    let mut groups = wanted.chunk_by(|(a, _), (b, _)| a == b);
    column.dictionary().sorted_ords_to_term_cb(&ordinals, |term| {
        for (_, index) in groups.next().unwrap_or_default() {
            values[*index] = String::from_utf8_lossy(term).into_owned();
        }
    })?;
    Ok(values)
}

/// The place of a document in the segments of its snapshot.
pub(super) fn address(DocRef(number): DocRef) -> DocAddress {
    let half = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default();
    DocAddress::new(half(number >> 32), half(number))
}

/// The document of a place.
pub(super) fn doc_ref(address: DocAddress) -> DocRef {
    DocRef(u64::from(address.segment_ord) << 32 | u64::from(address.doc_id))
}

/// One commit of an index, with what has been opened and found out of it.
pub(super) struct EmbeddedSnapshot {
    pub definition: Arc<Definition>,
    pub searcher: Searcher,
    /// What the commit says of itself.
    pub remembered: Remembered,
    /// Of each segment, opened when the first article of it is read.
    columns: Vec<OnceLock<Columns>>,
    /// Whether every article has one page.
    pub single: OnceLock<bool>,
    /// The terms that sets expand to, as far as they were asked for.
    expanded: Mutex<Expansions>,
}

/// Expansions that are kept, and how many terms they have together.
#[derive(Default)]
struct Expansions {
    by_set: HashMap<(Field, TermSet), Arc<ExpandedTerms>>,
    terms: usize,
}

/// Expansions of at most this many terms together are kept, of some 50 bytes each: a search asks for those of its query
/// again when it reranks.
const MAX_KEPT_TERMS: usize = 1 << 18;
/// At most this many expansions are kept.
const MAX_EXPANSIONS: usize = 4096;

impl EmbeddedSnapshot {
    pub(super) fn new(definition: Arc<Definition>, searcher: Searcher, remembered: Remembered) -> Self {
        let columns = searcher.segment_readers().iter().map(|_| OnceLock::new()).collect();
        Self {
            definition,
            searcher,
            remembered,
            columns,
            single: OnceLock::new(),
            expanded: Mutex::default(),
        }
    }

    /// The terms of a field that a set expands to.
    pub(super) fn expanded(&self, field: Field, terms: &TermSet) -> tantivy::Result<Arc<ExpandedTerms>> {
        let kept = || self.expanded.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (field, terms.clone());
        if let Some(found) = kept().by_set.get(&key) {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(expand::find(&self.searcher, field, terms)?);
        let terms = found.terms_of_all_segments();
        if terms <= MAX_KEPT_TERMS {
            let mut kept = kept();
            if kept.terms + terms > MAX_KEPT_TERMS || kept.by_set.len() >= MAX_EXPANSIONS {
                *kept = Expansions::default();
            }
            if kept.by_set.insert(key, Arc::clone(&found)).is_none() {
                kept.terms += terms;
            }
        }
        Ok(found)
    }

    /// The hash of what the segments are and what was removed of them.
    pub(super) fn hash_of_segments(&self) -> u64 {
        let mut hash = Xxh3::new();
        for segment in self.searcher.segment_readers() {
            hash.update(segment.segment_id().uuid_string().as_bytes());
            hash.update(&segment.delete_opstamp().unwrap_or_default().to_le_bytes());
        }
        hash.digest()
    }

    /// The columns of the segment of a document.
    pub(super) fn columns(&self, address: DocAddress) -> tantivy::Result<&Columns> {
        let columns = &self.columns[address.segment_ord as usize];
        if let Some(columns) = columns.get() {
            return Ok(columns);
        }
        let opened = Columns::open(self.searcher.segment_reader(address.segment_ord))?;
        Ok(columns.get_or_init(|| opened))
    }
}

/// A column whose values many articles share. To read one is to unpack a block of a dictionary, so that those that were
/// read are kept: a server is asked for the same ones again and again.
struct Shared {
    column: StrColumn,
    read: Mutex<HashMap<u64, String>>,
}

/// So many values of a column are kept.
const KEPT_VALUES: usize = 4096;

impl Shared {
    fn new(column: StrColumn) -> Self {
        Self { column, read: Mutex::default() }
    }

    /// A value as text; facets as paths.
    fn value(&self, ordinal: u64, facet: bool) -> String {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = read.get(&ordinal) {
            return value.clone();
        }
        let value = collect::value(&self.column, ordinal, facet);
        if read.len() >= KEPT_VALUES {
            read.clear();
        }
        read.insert(ordinal, value.clone());
        value
    }

    /// The first value of a document, or empty.
    fn first(&self, doc: DocId) -> String {
        self.column.term_ords(doc).next().map(|ordinal| self.value(ordinal, false)).unwrap_or_default()
    }
}

pub(super) struct Columns {
    path: Option<StrColumn>,
    id: Option<StrColumn>,
    locale: Option<Shared>,
    kind: Option<Shared>,
    symbol: Option<Shared>,
    published: Column<DateTime>,
    hash: Column<u64>,
    size: Column<u64>,
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let published = columns.date("published")?;
        Ok(Self {
            path: columns.str(layout::PATH)?,
            id: columns.str("id")?,
            locale: columns.str("locale")?.map(Shared::new),
            kind: columns.str("kind")?.map(Shared::new),
            symbol: columns.str("symbol")?.map(Shared::new),
            published,
            hash: columns.u64(layout::HASH)?,
            size: columns.u64(layout::SIZE)?,
        })
    }

    /// What the columns hold of some documents of the segment.
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

    /// What the columns of numbers hold, and the key.
    fn numbers(&self, doc: DocId, id: String, locale: String) -> StoredArticle {
        StoredArticle {
            key: if locale.is_empty() { id.clone() } else { format!("{id}/{locale}") },
            id,
            locale,
            published: self.published.first(doc).and_then(timestamp),
            hash: self.hash.first(doc).unwrap_or_default(),
            ..StoredArticle::default()
        }
    }
}

impl EmbeddedSnapshot {
    /// The facet paths of an article's securities, in the order of the column.
    fn symbols(&self, address: DocAddress) -> tantivy::Result<Vec<String>> {
        let Some(shared) = &self.columns(address)?.symbol else { return Ok(Vec::new()) };
        let ordinals = shared.column.term_ords(address.doc_id);
        Ok(ordinals.map(|ordinal| shared.value(ordinal, true)).collect())
    }

    /// When an article was published.
    pub(super) fn published(&self, address: DocAddress) -> tantivy::Result<Option<Timestamp>> {
        Ok(self.columns(address)?.published.first(address.doc_id).and_then(timestamp))
    }

    /// What the columns hold of an article.
    pub(super) fn metadata(&self, address: DocAddress) -> tantivy::Result<StoredArticle> {
        let columns = self.columns(address)?;
        let doc = address.doc_id;
        let first =
            |shared: &Option<Shared>| shared.as_ref().map(|shared| shared.first(doc)).unwrap_or_default();
        let (id, locale) = (collect::first(columns.id.as_ref(), doc), first(&columns.locale));
        Ok(StoredArticle {
            kind: first(&columns.kind),
            path: collect::first(columns.path.as_ref(), doc),
            ..columns.numbers(doc, id, locale)
        })
    }

    /// Some documents, in their order.
    pub(super) fn read_all(&self, docs: &[DocRef], fetch: Fetch) -> tantivy::Result<Vec<StoredArticle>> {
        let read = |doc: &DocRef| {
            deadline::check();
            match fetch {
                Fetch::Metadata => self.metadata(address(*doc)),
                Fetch::Texts => self.texts(address(*doc)),
                Fetch::Full => self.read(address(*doc)),
            }
        };
        docs.iter().map(read).collect()
    }

    /// The whole article.
    pub(super) fn read(&self, address: DocAddress) -> tantivy::Result<StoredArticle> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let mut kept = self.metadata(address)?;
        self.add_stored(&document, &mut kept);
        self.add_from_file(address, u64::MAX, &mut kept)?;
        let ranks = document.get_first(self.definition.layout.ranks).and_then(|ranks| ranks.as_str());
        kept.symbols = ranked(ranks.unwrap_or_default(), self.symbols(address)?);
        let line =
            document.get_first(self.definition.layout.line).and_then(|line| line.as_u64()).unwrap_or(1);
        kept.body_line = u32::try_from(line).unwrap_or(u32::MAX);
        Ok(kept)
    }

    /// An article with its texts, and whatever else is stored with them. Texts that only a large file has are left out.
    pub(super) fn texts(&self, address: DocAddress) -> tantivy::Result<StoredArticle> {
        let mut kept =
            if self.definition.texts.is_some() { self.metadata(address)? } else { StoredArticle::default() };
        self.add_stored(&self.searcher.doc(address)?, &mut kept);
        self.add_from_file(address, LARGE_FILE, &mut kept)?;
        Ok(kept)
    }

    /// Adds the texts that the index does not keep, from a file that is no larger than `limit`.
    fn add_from_file(
        &self,
        address: DocAddress,
        limit: u64,
        kept: &mut StoredArticle,
    ) -> tantivy::Result<()> {
        let Some(texts) = &self.definition.texts else { return Ok(()) };
        let size = self.columns(address)?.size.first(address.doc_id).unwrap_or_default();
        if size <= limit {
            texts.add(kept, size);
        }
        Ok(())
    }

    fn add_stored(&self, document: &TantivyDocument, kept: &mut StoredArticle) {
        let rows = self.definition.schema.fields().iter().zip(&self.definition.layout.fields);
        for (def, field) in rows.filter(|(def, _)| matches!(def.kind, FieldKind::Text | FieldKind::Keyword)) {
            let mut values = document.get_all(*field).filter_map(|value| value.as_str().map(str::to_owned));
            match def.name.as_str() {
                "title" => kept.title = values.next().unwrap_or_default(),
                "description" => kept.description = values.next().unwrap_or_default(),
                "body" => kept.body = values.next().unwrap_or_default(),
                "url" => kept.url = values.next().unwrap_or_default(),
                "related" => kept.related = values.collect(),
                _ => {}
            }
        }
    }
}

/// The securities of an article in its order, from their facet paths in the order of the column.
pub(super) fn ranked(ranks: &str, paths: Vec<String>) -> Vec<(Symbol, MentionPlaces)> {
    let mut ranked: Vec<_> = ranks.chars().map(layout::rank).zip(paths).collect();
    ranked.sort_by_key(|(rank, _)| rank.place);
    let symbols = ranked.into_iter().filter_map(|(rank, path)| {
        let symbol = Symbol::from_facet(&path)?;
        // The notation that was ambiguous gives the other readings.
        let read = rank.ambiguous.then(|| Symbol::parse(&format!("{}.CN", symbol.code()))).flatten();
        Some((read.filter(|read| *read == symbol).unwrap_or(symbol), rank.sources))
    });
    symbols.collect()
}

pub(super) fn timestamp(at: DateTime) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.into_timestamp_millis()).ok()
}
