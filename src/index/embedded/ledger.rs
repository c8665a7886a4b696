//! Reads from columns which files the index was made from.

use super::{
    columns,
    columns::optional_u64,
    commit::Commit,
    deadline::DeadlineCheck,
    docs::addresses,
    layout::{ARTICLE, DOCUMENTS, EXCLUDED_MARKER, FileNumber, HASH, MODIFIED, PATH, RECORD, SIZE, YIELDS},
    moments::Moments,
};
use crate::{
    article::BuiltIn,
    index::{
        ExcludedFile, Exclusions, Known, Ledger, LedgerBuilder, Record, RecordFilter, UnreadRecord,
        UnreadRecords,
        ledger::key_of_hashes,
        place_table::{RECORDS_FILE, TABLE},
        stamp::Stamp,
    },
    source::{File, is_below},
};
use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU64,
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
    let (mut all, mut records) = (0, 0);
    for segment in searcher.segment_readers() {
        all += segment.num_docs() as usize;
        let column = optional_u64(segment, RECORD)?;
        records += column.map_or(0, |column| column.values.num_vals() as usize);
    }
    let mut builder = LedgerBuilder::with_capacity(all.saturating_sub(records), records);
    for segment in searcher.segment_readers() {
        add_segment(segment, &mut builder)?;
    }
    let mut ledger = builder.finish();
    let mut exclusions = Exclusions::default();
    let marker = Term::from_field_text(commit.definition.layout.excluded, EXCLUDED_MARKER);
    let query = TermQuery::new(marker, IndexRecordOption::Basic);
    for address in addresses(searcher, &query)? {
        let columns = commit.columns(address)?;
        let kind = columns.record(address.doc_id);
        // The places of records are large, and not needed here; nor is a file of which all was read.
        let is_told = kind == Some(RECORDS_FILE) && !columns.file_number(address.doc_id).has_unread;
        if is_told || kind.is_some_and(|number| number > RECORDS_FILE && number < TABLE) {
            continue;
        }
        let path = commit.path(address)?;
        let document: TantivyDocument = searcher.doc(address)?;
        let mut parts = document
            .get_all(commit.definition.layout.excluded)
            .filter_map(|part| part.as_str().map(str::to_owned));
        let mut part = || parts.next().unwrap_or_default();
        let (_, code, reason, key) = (part(), part(), part(), part());
        if kind == Some(RECORDS_FILE) {
            // The name of the splitter follows.
            let named: Vec<UnreadRecord> = parts.skip(1).filter_map(|part| unread(&part)).collect();
            let counts = key.lines().filter_map(|line| line.split_once(' '));
            let by_code: BTreeMap<String, u64> =
                counts.filter_map(|(code, count)| Some((code.to_owned(), count.parse().ok()?))).collect();
            if !by_code.is_empty() {
                ledger.unread.push((path, UnreadRecords { named, by_code }));
            }
            continue;
        }
        let excluded = ExcludedFile { code, reason, key };
        ledger.excluded.push(exclusions.entry(&path, kind.unwrap_or_default(), excluded));
    }
    Ok(ledger)
}

/// Reads a part of a file that gave no article, as the document of the file names it.
fn unread(part: &str) -> Option<UnreadRecord> {
    let mut parts = part.splitn(3, '\n');
    let line = parts.next()?.parse().ok()?;
    Some(UnreadRecord { line, code: parts.next()?.to_owned(), reason: parts.next()?.to_owned() })
}

/// A file that the index was made from.
pub(super) struct Ingested {
    /// The file as it was ingested.
    pub file: File,
    /// Whether it holds many records.
    pub has_records: bool,
    /// If the ingest has not read it to its end, or kept more than it holds: the records that the index has of it, sorted.
    pub records: Vec<u64>,
    /// Whether the index has an article of it; false if it is excluded, or holds many records.
    pub has_article: bool,
    /// When its article was published.
    pub published: Option<Stamp>,
}

/// The files that the index was made from.
pub(super) fn files(commit: &Commit) -> tantivy::Result<Vec<Ingested>> {
    let mut files = Vec::new();
    let mut unread: HashMap<String, usize> = HashMap::new();
    for segment in commit.searcher.segment_readers() {
        let columns = segment.fast_fields();
        let Some(paths) = columns.str(PATH)? else { continue };
        let articles = columns.u64(ARTICLE)?;
        let published = Moments::open(segment, BuiltIn::Published.name())?;
        let file_columns = FileColumns::open(segment)?;
        for doc in segment.doc_ids_alive() {
            let file = file_columns.of(&paths, doc);
            let record = file_columns.record.as_ref().and_then(|record| record.first(doc));
            // A file of many records has a document of its own.
            if record.is_some_and(|record| record != RECORDS_FILE) {
                continue;
            }
            let has_records = record.is_some();
            let has_article = articles.first(doc).is_some();
            let published = published.first(doc);
            if has_records && file.modified == Known::UNREAD {
                unread.insert(file.path.clone(), files.len());
            }
            files.push(Ingested { file, has_records, records: Vec::new(), has_article, published });
        }
    }
    if unread.is_empty() {
        return Ok(files);
    }
    for segment in commit.searcher.segment_readers() {
        let Some(paths) = segment.fast_fields().str(PATH)? else { continue };
        let Some(numbers) = optional_u64(segment, RECORD)? else { continue };
        let is_record = |doc: &DocId| numbers.first(*doc).is_some_and(|number| number > TABLE);
        for doc in segment.doc_ids_alive().filter(is_record) {
            if let Some(at) = unread.get(&columns::first(Some(&paths), doc)) {
                files[*at].records.extend(numbers.first(doc));
            }
        }
    }
    for at in unread.into_values() {
        files[at].records.sort_unstable();
    }
    Ok(files)
}

fn add_segment(segment: &SegmentReader, builder: &mut LedgerBuilder) -> tantivy::Result<()> {
    let Some(paths) = segment.fast_fields().str(PATH)? else { return Ok(()) };
    let path_hashes = hashes(&paths)?;
    let keys = KeyColumns::open(segment)?;
    let FileColumns { modified, size, hash, record, documents } = FileColumns::open(segment)?;
    let number = |doc| {
        let number = documents.as_ref().and_then(|documents| documents.first(doc));
        number.map(FileNumber::read).unwrap_or_default()
    };
    for doc in segment.doc_ids_alive() {
        let Some(&source) = of(&paths, &path_hashes, doc) else { continue };
        let record = record.as_ref().and_then(|record| record.first(doc));
        match record {
            None | Some(RECORDS_FILE) => builder.file(
                source,
                Known {
                    modified: modified.first(doc).unwrap_or_default(),
                    size: size.first(doc).unwrap_or_default(),
                    hash: hash.first(doc).unwrap_or_default(),
                    key: keys.of(doc),
                    has_records: record.is_some(),
                    contents: number(doc).contents,
                    seen: false,
                },
            ),
            Some(record) if record > TABLE => builder.record(source, record, keys.of(doc)),
            Some(_) => builder.part(source),
        }
        if record == Some(RECORDS_FILE) {
            builder.expect(source, number(doc).documents);
        }
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
    fn of(&self, doc: DocId) -> Option<NonZeroU64> {
        let locale = self.locales.as_ref().and_then(|(column, hashes)| of(column, hashes, doc)).copied();
        let locale = locale.unwrap_or_else(|| xxh3_64(b""));
        self.articles.first(doc).map(|id| key_of_hashes(id, locale))
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
        let yields = segment.fast_fields().column_opt::<bool>(YIELDS)?;
        // Of a file of many records, a filter of files takes one document, whichever it is.
        let mut met = vec![false; paths.num_terms()];
        let mut is_first = |doc| {
            let ordinal = paths.term_ords(doc).next().and_then(|ordinal| usize::try_from(ordinal).ok());
            let place = ordinal.and_then(|ordinal| met.get_mut(ordinal));
            place.is_some_and(|met| !std::mem::replace(met, true))
        };
        let of_files = matches!(filter, RecordFilter::Sources { .. });
        for doc in segment.doc_ids_alive() {
            steps.step();
            if takes(doc) && (!of_files || is_first(doc)) {
                records.push(Record {
                    file: files.of(&paths, doc),
                    id: columns::first(ids.as_ref(), doc),
                    locale: columns::first(locales.as_ref(), doc),
                    published: published.first(doc).and_then(Stamp::moment),
                    yields: yields.as_ref().is_some_and(|yields| yields.first(doc).unwrap_or_default()),
                });
            }
        }
    }
    records.sort_by(|a, b| (&a.file.path, a.file.record).cmp(&(&b.file.path, b.file.record)));
    Ok(records)
}

/// The columns of a segment that describe the files of its documents.
struct FileColumns {
    modified: Column<i64>,
    size: Column<u64>,
    hash: Column<u64>,
    /// `None` if the segment has whole files only.
    record: Option<Column<u64>>,
    documents: Option<Column<u64>>,
}

impl FileColumns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            modified: columns.i64(MODIFIED)?,
            size: columns.u64(SIZE)?,
            hash: columns.u64(HASH)?,
            record: optional_u64(segment, RECORD)?,
            documents: optional_u64(segment, DOCUMENTS)?,
        })
    }

    fn of(&self, paths: &StrColumn, doc: DocId) -> File {
        let record = self.record.as_ref().and_then(|record| record.first(doc));
        let number = self.documents.as_ref().and_then(|documents| documents.first(doc));
        File {
            path: columns::first(Some(paths), doc),
            record: record.unwrap_or_default(),
            contents: number
                .filter(|_| record.is_none())
                .and_then(|number| FileNumber::read(number).contents),
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
