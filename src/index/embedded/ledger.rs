//! Reads from columns which files the index was made from.

use super::{
    columns,
    commit::Commit,
    deadline::DeadlineCheck,
    docs::addresses,
    layout::{ARTICLE, EXCLUDED_MARKER, HASH, MODIFIED, PATH, SIZE},
    moments::{Moments, Stamp},
};
use crate::{
    article::BuiltIn,
    index::{ExcludedFile, Known, Ledger, Record, RecordFilter},
    source::{File, is_below},
};
use tantivy::{
    DocId, SegmentReader, TantivyDocument, Term,
    columnar::{Column, StrColumn},
    query::TermQuery,
    schema::{IndexRecordOption, Value as _},
};
use xxhash_rust::xxh3::xxh3_64;

pub(super) fn ledger(commit: &Commit) -> tantivy::Result<Ledger> {
    let searcher = &commit.searcher;
    let mut ledger = Ledger::collect(usize::try_from(searcher.num_docs()).unwrap_or(0), |add| {
        searcher.segment_readers().iter().try_for_each(|segment| add_segment(segment, add))
    })?;
    let marker = Term::from_field_text(commit.definition.layout.excluded, EXCLUDED_MARKER);
    let query = TermQuery::new(marker, IndexRecordOption::Basic);
    for address in addresses(searcher, &query)? {
        let document: TantivyDocument = searcher.doc(address)?;
        let mut parts = document
            .get_all(commit.definition.layout.excluded)
            .filter_map(|part| part.as_str().map(str::to_owned));
        let mut part = || parts.next().unwrap_or_default();
        let (_, code, reason, key) = (part(), part(), part(), part());
        ledger.excluded.push((commit.metadata(address)?.path, ExcludedFile { code, reason, key }));
    }
    Ok(ledger)
}

/// A file that the index was made from.
pub(super) struct Ingested {
    /// The file as it was ingested.
    pub file: File,
    /// Whether the index has an article of it; false if it is excluded.
    pub has_article: bool,
    /// When its article was published.
    pub published: Option<Stamp>,
}

/// The files that the index was made from.
pub(super) fn files(commit: &Commit) -> tantivy::Result<Vec<Ingested>> {
    let mut files = Vec::new();
    for segment in commit.searcher.segment_readers() {
        let columns = segment.fast_fields();
        let Some(paths) = columns.str(PATH)? else { continue };
        let articles = columns.u64(ARTICLE)?;
        let published = Moments::open(segment, BuiltIn::Published.name())?;
        let file_columns = FileColumns::open(segment)?;
        for doc in segment.doc_ids_alive() {
            let file = file_columns.of(&paths, doc);
            let has_article = articles.first(doc).is_some();
            let published = published.first(doc);
            files.push(Ingested { file, has_article, published });
        }
    }
    Ok(files)
}

fn add_segment(segment: &SegmentReader, add: &mut dyn FnMut(u64, u32, Known)) -> tantivy::Result<()> {
    let Some(paths) = segment.fast_fields().str(PATH)? else { return Ok(()) };
    let path_hashes = hashes(&paths)?;
    let keys = KeyColumns::open(segment)?;
    let FileColumns { modified, size, hash } = FileColumns::open(segment)?;
    for doc in segment.doc_ids_alive() {
        let Some(&source) = of(&paths, &path_hashes, doc) else { continue };
        let known = Known {
            modified: modified.first(doc).unwrap_or_default(),
            size: size.first(doc).unwrap_or_default(),
            hash: hash.first(doc).unwrap_or_default(),
            key: keys.of(doc),
            seen: false,
        };
        add(source, 0, known);
    }
    Ok(())
}

/// The [`key_hash`](crate::index::key_hash) of each article of a segment, computed from columns.
struct KeyColumns {
    articles: Column<u64>,
    locales: Option<(StrColumn, Vec<u64>)>,
}

impl KeyColumns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let locales = segment.fast_fields().str(BuiltIn::Locale.name())?;
        let with_hashes = |column: StrColumn| hashes(&column).map(|hashes| (column, hashes));
        Ok(Self {
            articles: segment.fast_fields().u64(ARTICLE)?,
            locales: locales.map(with_hashes).transpose()?,
        })
    }

    /// `None` for an excluded file.
    fn of(&self, doc: DocId) -> Option<u64> {
        let locale = self.locales.as_ref().and_then(|(column, hashes)| of(column, hashes, doc)).copied();
        let locale = locale.unwrap_or_else(|| xxh3_64(b""));
        self.articles.first(doc).map(|id| id ^ locale.rotate_left(32))
    }
}

/// The entry in `of_values` for the first value of a document.
fn of<'h, T>(column: &StrColumn, of_values: &'h [T], doc: DocId) -> Option<&'h T> {
    let ordinal = column.term_ords(doc).next()?;
    of_values.get(usize::try_from(ordinal).ok()?)
}

/// The records that a filter selects, ordered by path.
pub(super) fn records(commit: &Commit, filter: &RecordFilter) -> tantivy::Result<Vec<Record>> {
    let mut records = Vec::new();
    let steps = DeadlineCheck::default();
    for segment in commit.searcher.segment_readers() {
        let columns = segment.fast_fields();
        let Some(paths) = columns.str(PATH)? else { continue };
        let takes: Box<dyn Fn(DocId) -> bool> = match filter {
            RecordFilter::Keys(wanted) => {
                let keys = KeyColumns::open(segment)?;
                Box::new(move |doc| keys.of(doc).is_some_and(|key| wanted.contains(&key)))
            }
            RecordFilter::Sources { sources, below } => {
                let mut wanted = Vec::with_capacity(paths.num_terms());
                let mut stream = paths.dictionary().stream()?;
                while stream.advance() {
                    let is_below = |path: &str| below.iter().any(|root| is_below(path, root));
                    wanted.push(
                        sources.binary_search(&xxh3_64(stream.key())).is_ok()
                            && std::str::from_utf8(stream.key()).is_ok_and(is_below),
                    );
                }
                let paths = &paths;
                Box::new(move |doc| of(paths, &wanted, doc).copied().unwrap_or_default())
            }
        };
        let (ids, locales) = (columns.str(BuiltIn::Id.name())?, columns.str(BuiltIn::Locale.name())?);
        let published = Moments::open(segment, BuiltIn::Published.name())?;
        let files = FileColumns::open(segment)?;
        for doc in segment.doc_ids_alive() {
            steps.step();
            if takes(doc) {
                records.push(Record {
                    file: files.of(&paths, doc),
                    id: columns::first(ids.as_ref(), doc),
                    locale: columns::first(locales.as_ref(), doc),
                    published: published.first(doc).and_then(Stamp::moment),
                });
            }
        }
    }
    records.sort_by(|a, b| a.file.path.cmp(&b.file.path));
    Ok(records)
}

/// The columns of a segment that describe the files of its documents.
struct FileColumns {
    modified: Column<i64>,
    size: Column<u64>,
    hash: Column<u64>,
}

impl FileColumns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self { modified: columns.i64(MODIFIED)?, size: columns.u64(SIZE)?, hash: columns.u64(HASH)? })
    }

    fn of(&self, paths: &StrColumn, doc: DocId) -> File {
        File {
            path: columns::first(Some(paths), doc),
            modified: self.modified.first(doc).unwrap_or_default(),
            size: self.size.first(doc).unwrap_or_default(),
            hash: self.hash.first(doc).unwrap_or_default(),
        }
    }
}

/// The hashes of a column's values, indexed by ordinal.
fn hashes(column: &StrColumn) -> tantivy::Result<Vec<u64>> {
    let mut hashes = Vec::with_capacity(column.num_terms());
    let mut stream = column.dictionary().stream()?;
    while stream.advance() {
        hashes.push(xxh3_64(stream.key()));
    }
    Ok(hashes)
}
