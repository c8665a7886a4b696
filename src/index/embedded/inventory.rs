//! Which files an index was made from, read from its columns alone.

use super::{
    Embedded, collect, fetch,
    layout::{ARTICLE, ASIDE_MARKER, HASH, MODIFIED, PATH, SIZE},
    read,
};
use crate::index::{ExcludedFile, Files, Inventory, Known};
use crate::source::{File, path_hash};
use std::collections::{BTreeSet, HashSet};
use tantivy::{
    DateTime, DocId, SegmentReader, TantivyDocument, Term,
    columnar::{Column, StrColumn},
    query::TermQuery,
    schema::{IndexRecordOption, Value as _},
};
use xxhash_rust::xxh3::xxh3_64;

pub(super) fn inventory(engine: &Embedded) -> tantivy::Result<Inventory> {
    let snapshot = engine.snapshot();
    let searcher = &snapshot.searcher;
    let files = Files::collect(usize::try_from(searcher.num_docs()).unwrap_or(0), |add| {
        searcher.segment_readers().iter().try_for_each(|segment| add_segment(segment, add))
    })?;
    let mut inventory = Inventory { files, aside: Vec::new() };
    let marker = Term::from_field_text(engine.layout.aside, ASIDE_MARKER);
    let query = TermQuery::new(marker, IndexRecordOption::Basic);
    let reader = fetch::ArticleReader::new(engine, &snapshot);
    for address in read::addresses(searcher, &query)? {
        let document: TantivyDocument = searcher.doc(address)?;
        let mut parts =
            document.get_all(engine.layout.aside).filter_map(|part| part.as_str().map(str::to_owned));
        let mut part = || parts.next().unwrap_or_default();
        let (_, code, reason, key) = (part(), part(), part(), part());
        inventory.aside.push((reader.columns(address)?.path, ExcludedFile { code, reason, key }));
    }
    Ok(inventory)
}

/// A file that the index was made from.
pub(super) struct Ingested {
    /// As it was.
    pub file: File,
    /// Whether it has an article, and is not only set aside.
    pub has_article: bool,
    /// When that was published, in milliseconds since 1970.
    pub published: Option<i64>,
}

/// The files that the index was made from.
pub(super) fn files(engine: &Embedded) -> tantivy::Result<Vec<Ingested>> {
    let snapshot = engine.snapshot();
    let mut files = Vec::new();
    for segment in snapshot.searcher.segment_readers() {
        let columns = segment.fast_fields();
        let Some(paths) = columns.str(PATH)? else { continue };
        let (modified, size, hash) = (columns.i64(MODIFIED)?, columns.u64(SIZE)?, columns.u64(HASH)?);
        let (articles, published) = (columns.u64(ARTICLE)?, columns.date("published")?);
        for doc in segment.doc_ids_alive() {
            let file = File {
                path: collect::first(Some(&paths), doc),
                modified: modified.first(doc).unwrap_or_default(),
                size: size.first(doc).unwrap_or_default(),
                hash: hash.first(doc).unwrap_or_default(),
            };
            let has_article = articles.first(doc).is_some();
            let published = published.first(doc).map(DateTime::into_timestamp_millis);
            files.push(Ingested { file, has_article, published });
        }
    }
    Ok(files)
}

fn add_segment(segment: &SegmentReader, add: &mut dyn FnMut(u64, Known)) -> tantivy::Result<()> {
    let columns = segment.fast_fields();
    let Some(paths) = columns.str(PATH)? else { return Ok(()) };
    let path_hashes = hashes(&paths)?;
    let keys = Keys::open(segment)?;
    let (modified, size, hash) = (columns.i64(MODIFIED)?, columns.u64(SIZE)?, columns.u64(HASH)?);
    for doc in segment.doc_ids_alive() {
        let Some(&path) = of(&paths, &path_hashes, doc) else { continue };
        let known = Known {
            modified: modified.first(doc).unwrap_or_default(),
            size: size.first(doc).unwrap_or_default(),
            hash: hash.first(doc).unwrap_or_default(),
            key: keys.of(doc),
            seen: false,
        };
        add(path, known);
    }
    Ok(())
}

/// The [`key_hash`](crate::index::key_hash) of each article of a segment, told from its columns of numbers.
struct Keys {
    articles: Column<u64>,
    locales: Option<(StrColumn, Vec<u64>)>,
}

impl Keys {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let locales = segment.fast_fields().str("locale")?;
        let with_hashes = |column: StrColumn| hashes(&column).map(|hashes| (column, hashes));
        Ok(Self {
            articles: segment.fast_fields().u64(ARTICLE)?,
            locales: locales.map(with_hashes).transpose()?,
        })
    }

    /// None for what is no article.
    fn of(&self, doc: DocId) -> Option<u64> {
        let locale = self.locales.as_ref().and_then(|(column, hashes)| of(column, hashes, doc)).copied();
        let locale = locale.unwrap_or_else(|| xxh3_64(b""));
        self.articles.first(doc).map(|id| id ^ locale.rotate_left(32))
    }
}

/// What belongs to the first value of a document.
fn of<'h, T>(column: &StrColumn, of_values: &'h [T], doc: DocId) -> Option<&'h T> {
    let ordinal = column.term_ords(doc).next()?;
    of_values.get(usize::try_from(ordinal).ok()?)
}

/// So many keys are compared at a time. Of more articles those are compared that fall into one part of all hashes,
/// part by part, so that it takes the memory of these however many there are, and a look at all columns for each part.
const COMPARED: u64 = 1 << 20;

/// The ids and locales that more than one page has.
pub(super) fn duplicate_keys(engine: &Embedded) -> tantivy::Result<Vec<(String, String)>> {
    duplicate_keys_by(engine, COMPARED)
}

fn duplicate_keys_by(engine: &Embedded, at_a_time: u64) -> tantivy::Result<Vec<(String, String)>> {
    let snapshot = engine.snapshot();
    let searcher = &snapshot.searcher;
    let segments = searcher.segment_readers();
    let keys: Vec<Keys> = segments.iter().map(Keys::open).collect::<Result<_, _>>()?;
    let parts = searcher.num_docs().div_ceil(at_a_time).max(1);
    let part_of = |key: u64| (u128::from(key) * u128::from(parts)) >> 64;
    let mut duplicate_keys = HashSet::new();
    let mut compared = Vec::new();
    for part in 0..parts {
        compared.clear();
        for (segment, keys) in segments.iter().zip(&keys) {
            let keys = segment.doc_ids_alive().filter_map(|doc| keys.of(doc));
            compared.extend(keys.filter(|key| part_of(*key) == u128::from(part)));
        }
        compared.sort_unstable();
        duplicate_keys.extend(compared.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]));
    }
    let mut names = BTreeSet::new();
    if duplicate_keys.is_empty() {
        return Ok(Vec::new());
    }
    for (segment, keys) in segments.iter().zip(&keys) {
        let columns = segment.fast_fields();
        let (ids, locales) = (columns.str("id")?, columns.str("locale")?);
        for doc in segment
            .doc_ids_alive()
            .filter(|doc| keys.of(*doc).is_some_and(|key| duplicate_keys.contains(&key)))
        {
            names.insert((collect::first(ids.as_ref(), doc), collect::first(locales.as_ref(), doc)));
        }
    }
    Ok(names.into_iter().collect())
}

/// The hashes of a column's values, by their ordinals.
fn hashes(column: &StrColumn) -> tantivy::Result<Vec<u64>> {
    let mut hashes = Vec::with_capacity(column.num_terms());
    let mut stream = column.dictionary().stream()?;
    while stream.advance() {
        hashes.push(xxh3_64(stream.key()));
    }
    Ok(hashes)
}

/// The paths below the roots, or equal to one of them, whose hashes are wanted.
pub(super) fn paths_below(
    engine: &Embedded,
    roots: &[String],
    wanted: &dyn Fn(u64) -> bool,
) -> tantivy::Result<Vec<String>> {
    let mut found = Vec::new();
    for segment in engine.snapshot().searcher.segment_readers() {
        let Some(paths) = segment.fast_fields().str(PATH)? else { continue };
        let mut stream = paths.dictionary().stream()?;
        while stream.advance() {
            let Ok(path) = std::str::from_utf8(stream.key()) else { continue };
            let below = roots.iter().any(|root| {
                let rest = path.strip_prefix(root.as_str());
                rest.is_some_and(|rest| rest.is_empty() || root.ends_with('/') || rest.starts_with('/'))
            });
            if below && wanted(path_hash(path)) {
                found.push(path.to_owned());
            }
        }
    }
    // A file that was updated is in several segments until they are merged.
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::duplicate_keys_by;
    use crate::{
        article::Article,
        index::{Embedded, Index as _, WriterOptions},
        schema::Schema,
        source::File,
    };

    #[test]
    fn doubles_are_found_however_few_are_compared_at_a_time() {
        let folder = tempfile::tempdir().expect("there is room");
        let schema = Schema::built_in().expect("it is sound");
        let engine = Embedded::create_or_open(folder.path(), &schema).expect("the folder is empty");
        let mut writer = engine.writer(WriterOptions { threads: 1, memory: 0 }).expect("nobody writes");
        for (n, id) in ["a", "b", "a", "c", "d", "e", "b", "f", "a"].into_iter().enumerate() {
            let locale = if n == 4 { "zh-CN" } else { "en" };
            let text = format!("---\ntitle: T\nid: {id}\nlocale: {locale}\n---\nsolar\n");
            let article = Article::parse(text.as_bytes(), "x.md", &schema.keys()).value;
            let file = File { path: format!("/{n}.md"), modified: 0, size: 0, hash: 0 };
            writer.put(&article, &file).expect("it can be written");
        }
        writer.commit().expect("it can be written");
        engine.refresh().expect("it can be read");
        let of = |id: &str| (id.to_owned(), "en".to_owned());
        for at_a_time in [1, 2, 5, 1000] {
            let duplicate_keys = duplicate_keys_by(&engine, at_a_time).expect("it can be read");
            assert_eq!(duplicate_keys, [of("a"), of("b")], "{at_a_time} at a time");
        }
    }
}
