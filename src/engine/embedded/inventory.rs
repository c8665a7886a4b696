//! Which files an index was made from, read from its columns alone.

use super::{
    Embedded, collect, fetch,
    layout::{ASIDE_MARKER, HASH, MODIFIED, PATH, SIZE},
    read,
};
use crate::engine::{Aside, File, Inventory, Known, path_hash};
use tantivy::{
    SegmentReader, TantivyDocument, Term,
    columnar::StrColumn,
    query::TermQuery,
    schema::{IndexRecordOption, Value as _},
};
use xxhash_rust::xxh3::xxh3_64;

pub(super) fn inventory(engine: &Embedded) -> tantivy::Result<Inventory> {
    let view = engine.view();
    let searcher = &view.searcher;
    let mut inventory = Inventory::default();
    inventory.files.reserve(usize::try_from(searcher.num_docs()).unwrap_or(0));
    for segment in searcher.segment_readers() {
        add_segment(segment, &mut inventory)?;
    }
    let marker = Term::from_field_text(engine.layout.aside, ASIDE_MARKER);
    let query = TermQuery::new(marker, IndexRecordOption::Basic);
    let reader = fetch::ArticleReader::new(engine, &view);
    for address in read::addresses(searcher, &query)? {
        let document: TantivyDocument = searcher.doc(address)?;
        let mut parts =
            document.get_all(engine.layout.aside).filter_map(|part| part.as_str().map(str::to_owned));
        let mut part = || parts.next().unwrap_or_default();
        let (_, code, reason, key) = (part(), part(), part(), part());
        inventory.aside.push((reader.columns(address)?.path, Aside { code, reason, key }));
    }
    Ok(inventory)
}

/// The files that the index was made from, as they were.
pub(super) fn files(engine: &Embedded) -> tantivy::Result<Vec<File>> {
    let view = engine.view();
    let mut files = Vec::new();
    for segment in view.searcher.segment_readers() {
        let columns = segment.fast_fields();
        let Some(paths) = columns.str(PATH)? else { continue };
        let (modified, size, hash) = (columns.i64(MODIFIED)?, columns.u64(SIZE)?, columns.u64(HASH)?);
        for doc in segment.doc_ids_alive() {
            files.push(File {
                path: collect::first(Some(&paths), doc),
                modified: modified.first(doc).unwrap_or_default(),
                size: size.first(doc).unwrap_or_default(),
                hash: hash.first(doc).unwrap_or_default(),
            });
        }
    }
    Ok(files)
}

fn add_segment(segment: &SegmentReader, inventory: &mut Inventory) -> tantivy::Result<()> {
    let columns = segment.fast_fields();
    let Some(paths) = columns.str(PATH)? else { return Ok(()) };
    let path_hashes = hashes(&paths)?;
    let ids = columns.str("id")?;
    let id_hashes = ids.as_ref().map(hashes).transpose()?.unwrap_or_default();
    let locales = columns.str("locale")?;
    let locale_hashes = locales.as_ref().map(hashes).transpose()?.unwrap_or_default();
    let no_locale = xxh3_64(b"");
    let (modified, size, hash) = (columns.i64(MODIFIED)?, columns.u64(SIZE)?, columns.u64(HASH)?);
    for doc in segment.doc_ids_alive() {
        let of = |column: Option<&StrColumn>, hashes: &[u64]| {
            let ordinal = column.and_then(|column| column.term_ords(doc).next());
            ordinal.and_then(|ordinal| hashes.get(usize::try_from(ordinal).ok()?).copied())
        };
        let Some(path) = of(Some(&paths), &path_hashes) else { continue };
        let locale = of(locales.as_ref(), &locale_hashes).unwrap_or(no_locale).rotate_left(32);
        let known = Known {
            modified: modified.first(doc).unwrap_or_default(),
            size: size.first(doc).unwrap_or_default(),
            hash: hash.first(doc).unwrap_or_default(),
            key: of(ids.as_ref(), &id_hashes).map(|id| id ^ locale),
            seen: false,
        };
        inventory.files.insert(path, known);
    }
    Ok(())
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
    for segment in engine.view().searcher.segment_readers() {
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
