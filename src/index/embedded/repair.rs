//! Repairs an index: keeps what is sound.

use super::{
    Embedded, check, contents, damaged,
    directory::IndexDirectory,
    guard::guarded,
    is_there,
    layout::{self, FileNumber},
    ledger, locked, message_of,
    meta::{self, COPY, Copy, MANAGED, META},
    places, read_payload, unreadable, unwritable,
};
use crate::article::BuiltIn;
use crate::index::{Finding, IndexError, Known, Lost, Repaired, place_table::TABLE};
use crate::source::{InputFormat, path_hash};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};
use tantivy::{
    Directory as _, DocId, Index as TantivyIndex, SegmentMeta,
    columnar::{Column, ColumnarReader, DynamicColumn, StrColumn},
    directory::INDEX_WRITER_LOCK,
    fastfield::AliveBitSet,
    index::SegmentComponent,
};

/// The file with the articles that repairs left out and that were not read again yet.
const LOST: &str = "lost.json";

/// An article in [`LOST`]. Earlier versions wrote an array of the first two.
#[derive(Serialize, Deserialize)]
struct LostArticle {
    path: String,
    id: Option<String>,
    #[serde(default)]
    record: u64,
}

/// The content of [`LOST`].
#[derive(Default, Serialize, Deserialize)]
struct LostFiles {
    lost: Vec<LostArticle>,
    /// By path, what files were read as that their names do not tell.
    #[serde(default)]
    formats: BTreeMap<String, String>,
    /// The number of documents that cannot be named.
    unnamed: u64,
}

impl LostFiles {
    fn new(lost: &[Lost], unnamed: u64) -> Self {
        let article = |Lost { path, record, id, .. }: &Lost| LostArticle {
            path: path.clone(),
            id: id.clone(),
            record: *record,
        };
        let chosen = lost.iter().filter(|lost| lost.format != InputFormat::Auto);
        let formats = chosen.map(|lost| (lost.path.clone(), lost.format.to_string())).collect();
        Self { lost: lost.iter().map(article).collect(), formats, unnamed }
    }

    fn articles(self) -> Vec<Lost> {
        let Self { lost, formats, .. } = self;
        let format = |path: &String| formats.get(path).and_then(|name| name.parse().ok()).unwrap_or_default();
        let article = |LostArticle { path, id, record }| Lost { format: format(&path), path, record, id };
        lost.into_iter().map(article).collect()
    }
}

/// Repairs the index in a folder: restores the list of segments from its copy, and leaves out damaged segments.
pub(super) fn repair(path: &Path) -> Result<Repaired, IndexError> {
    if matches!(is_there(path), Ok(false)) {
        return Err(IndexError::Missing(path.into()));
    }
    let directory = IndexDirectory::for_writing(path).map_err(|error| unreadable(path, &error))?;
    let _lock = directory.acquire_lock(&INDEX_WRITER_LOCK).map_err(|error| locked(path, &error))?;
    let before = read_lost(path)?;
    let mut repaired = Repaired { unnamed: before.unnamed, lost: before.articles(), ..Repaired::default() };
    restore_list(path, &directory, &mut repaired.findings)?;
    let mut lost = Vec::new();
    for segment in load(path)?.segments {
        let findings = check::damaged_files(path, &segment)?;
        if !findings.is_empty() {
            repaired.findings.extend(findings);
            lost.push(segment);
        }
    }
    leave_out(path, &directory, &lost, &mut repaired)?;
    // Files with correct check sums may still contradict each other.
    let opened = Embedded::open(path)?.current();
    let commit = &opened.commit;
    let mut lost = Vec::new();
    let duplicates = commit.guarded(None, contents::duplicate_files)?;
    for (place, reader) in commit.searcher.segment_readers().iter().enumerate() {
        let mut findings = contents::of_segment(commit, reader);
        let here = duplicates.iter().filter(|(segment, _)| *segment == place);
        findings.extend(here.map(|(_, path)| Finding {
            place: path.clone(),
            message: "the index had two documents for this file".into(),
        }));
        if !findings.is_empty() {
            repaired.findings.extend(findings);
            lost.extend(
                load(path)?.segments.into_iter().filter(|segment| segment.id() == reader.segment_id()),
            );
        }
    }
    drop(opened);
    leave_out(path, &directory, &lost, &mut repaired)?;
    let commit = &Embedded::open(path)?.current().commit;
    let kept = commit.guarded(None, ledger::ledger)?;
    // What was written again since is in a segment that was kept. A file of many records may lack other documents than those
    // of its records: the ledger knows.
    let is_whole = |known: Known| !known.has_records || known.modified != Known::UNREAD;
    repaired.lost.retain(|lost| match (path_hash(&lost.path), lost.record) {
        (source, 0) => !kept.get(source).is_some_and(is_whole),
        (source, record) => kept.key_of(source, record).is_none(),
    });
    repaired.lost.sort();
    repaired.lost.dedup();
    // A file is read again with its records.
    let with_records: HashSet<String> =
        repaired.lost.iter().filter(|lost| lost.record != 0).map(|lost| lost.path.clone()).collect();
    repaired.lost.retain(|lost| lost.record != 0 || !with_records.contains(&lost.path));
    // What is left of a file tells how it was read.
    let mut known: HashMap<String, InputFormat> = HashMap::new();
    for one in repaired.lost.iter_mut().filter(|one| one.format == InputFormat::Auto) {
        if !known.contains_key(&one.path) {
            let contents = commit.guarded(None, |commit| places::contents(commit, &one.path))?;
            known.insert(one.path.clone(), contents.and_then(InputFormat::of).unwrap_or_default());
        }
        one.format = known.get(&one.path).copied().unwrap_or_default();
    }
    repaired.kept = commit.searcher.segment_readers().len();
    Ok(repaired)
}

/// The articles that repairs left out and that were not read again yet.
fn read_lost(path: &Path) -> Result<LostFiles, IndexError> {
    let Some(bytes) = check::read(path, LOST)? else { return Ok(LostFiles::default()) };
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}

fn write_lost(path: &Path, directory: &IndexDirectory, lost_files: &LostFiles) -> Result<(), IndexError> {
    if lost_files.lost.is_empty() && lost_files.unnamed == 0 {
        return match fs::remove_file(path.join(LOST)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritable(path, &error)),
            _ => Ok(()),
        };
    }
    let bytes = serde_json::to_vec(lost_files).map_err(|error| unwritable(path, &error))?;
    directory.atomic_write(Path::new(LOST), &bytes).map_err(|error| unwritable(path, &error))
}

/// Records that the articles which a repair left out were read again, if it could name them, except for some.
pub(super) fn mark_read_again(path: &Path, except: &[Lost]) -> Result<(), IndexError> {
    let directory = IndexDirectory::for_writing(path).map_err(|error| unreadable(path, &error))?;
    let _lock = directory.acquire_lock(&INDEX_WRITER_LOCK).map_err(|error| locked(path, &error))?;
    let unnamed = read_lost(path)?.unnamed;
    write_lost(path, &directory, &LostFiles::new(except, unnamed))
}

/// Records that everything was read again.
pub(super) fn forget_lost(path: &Path) -> Result<(), IndexError> {
    let directory = IndexDirectory::for_writing(path).map_err(|error| unreadable(path, &error))?;
    write_lost(path, &directory, &LostFiles::default())
}

/// Records that folders were read to their end, which includes the files that a repair could not name.
pub(super) fn mark_unnamed_read_again(path: &Path) -> Result<(), IndexError> {
    let lost_files = read_lost(path)?;
    if lost_files.unnamed == 0 {
        return Ok(());
    }
    let directory = IndexDirectory::for_writing(path).map_err(|error| unreadable(path, &error))?;
    write_lost(path, &directory, &LostFiles { unnamed: 0, ..lost_files })
}

fn load(path: &Path) -> Result<tantivy::IndexMeta, IndexError> {
    let directory = IndexDirectory::for_reading(path).map_err(|error| unreadable(path, &error))?;
    let metas =
        guarded(|| TantivyIndex::open(directory)?.load_metas()).map_err(|said| damaged(path, &said))?;
    metas.map_err(|error| damaged(path, &message_of(&error)))
}

/// Restores the list of segments, its copy, and the list of files that tantivy may remove.
fn restore_list(
    path: &Path,
    directory: &IndexDirectory,
    findings: &mut Vec<Finding>,
) -> Result<(), IndexError> {
    let mut found = |place: &str, message: &str| {
        findings.push(Finding { place: place.to_owned(), message: message.to_owned() });
    };
    let write = |name: &str, bytes: &[u8]| {
        directory.atomic_write(Path::new(name), bytes).map_err(|error| unwritable(path, &error))
    };
    let list = check::read(path, META)?;
    let readable = |list: &Vec<u8>| serde_json::from_slice::<serde_json::Value>(list).is_ok();
    match (list, meta::copy_in(path)) {
        (Some(list), Some(copy)) if copy.vouches_for(&list) => check_version(path, &list)?,
        (_, Some(copy)) => {
            check_version(path, &copy.meta)?;
            found(META, "was not what was committed; restored from its copy");
            write(META, &copy.meta)?;
        }
        (Some(list), None) if readable(&list) => {
            check_version(path, &list)?;
            found(COPY, "was damaged or missing; rebuilt");
            write(COPY, &Copy::write(&list, Some(&list)))?;
        }
        _ => {
            let message = "meta.json and its copy are both damaged; ingest into a new folder".into();
            return Err(IndexError::Unreadable { location: path.into(), message });
        }
    }
    let managed = check::read(path, MANAGED)?;
    let managed = managed.and_then(|bytes| serde_json::from_slice::<HashSet<PathBuf>>(&bytes).ok());
    let of_segments: Vec<PathBuf> = load(path)?.segments.iter().flat_map(check::files).collect();
    if !managed.is_some_and(|managed| of_segments.iter().all(|file| managed.contains(file))) {
        found(MANAGED, "was damaged or missing; rebuilt");
        write_managed(path, directory)?;
    }
    Ok(())
}

/// Lists all files of segments in the folder as files that tantivy may remove.
pub(super) fn write_managed(path: &Path, directory: &IndexDirectory) -> Result<(), IndexError> {
    let files = fs::read_dir(path).map_err(|error| unreadable(path, &error))?.flatten();
    // The file names of a segment begin with its id, 32 hexadecimal digits.
    let of_segment =
        |name: &String| name.len() > 32 && name.as_bytes()[..32].iter().all(u8::is_ascii_hexdigit);
    let names = files.map(|file| file.file_name().to_string_lossy().into_owned()).filter(of_segment);
    let names: HashSet<String> = names.chain([META.to_owned()]).collect();
    let bytes = serde_json::to_vec(&names).map_err(|error| unwritable(path, &error))?;
    directory.atomic_write(Path::new(MANAGED), &bytes).map_err(|error| unwritable(path, &error))
}

/// Refuses a list of another program or another version, which a repair must not change.
pub(super) fn check_version(path: &Path, list: &[u8]) -> Result<(), IndexError> {
    let list: serde_json::Value = serde_json::from_slice(list).map_err(|error| unreadable(path, &error))?;
    let payload = list.get("payload").and_then(serde_json::Value::as_str).ok_or_else(|| {
        IndexError::Foreign { location: path.into(), why: "its commits have no metadata of newsdex".into() }
    })?;
    read_payload(path, payload).map(drop)
}

/// Removes segments from the list of segments, and records their articles.
fn leave_out(
    path: &Path,
    directory: &IndexDirectory,
    segments: &[SegmentMeta],
    repaired: &mut Repaired,
) -> Result<(), IndexError> {
    if segments.is_empty() {
        return Ok(());
    }
    for segment in segments {
        match articles_of(path, segment) {
            Some(articles) => repaired.lost.extend(articles),
            None => repaired.unnamed += u64::from(segment.num_docs()),
        }
        repaired.left_out += 1;
    }
    // Written before the list, so that the articles stay recorded if the repair is killed.
    write_lost(path, directory, &LostFiles::new(&repaired.lost, repaired.unnamed))?;
    let gone: HashSet<String> = segments.iter().map(|segment| segment.id().uuid_string()).collect();
    let failed = |error: &dyn std::error::Error| unwritable(path, error);
    let bytes = fs::read(path.join(META)).map_err(|error| failed(&error))?;
    let mut metas: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| failed(&error))?;
    if let Some(segments) = metas.get_mut("segments").and_then(serde_json::Value::as_array_mut) {
        segments.retain(|segment| {
            let id = segment.get("segment_id").and_then(serde_json::Value::as_str).unwrap_or_default();
            !gone.contains(&id.replace('-', ""))
        });
    }
    let bytes = serde_json::to_vec(&metas).map_err(|error| failed(&error))?;
    directory.atomic_write(Path::new(META), &bytes).map_err(|error| failed(&error))
}

/// The articles of a segment; `None` unless the file of its columns is sound.
pub(super) fn articles_of(path: &Path, segment: &SegmentMeta) -> Option<Vec<Lost>> {
    let directory = IndexDirectory::for_reading(path).ok()?;
    let read = || -> Option<Vec<Lost>> {
        let index = TantivyIndex::open(directory).ok()?;
        let file = segment.relative_path(SegmentComponent::FastFields);
        if !index.directory().validate_checksum(&file).ok()? {
            return None;
        }
        let columns = ColumnarReader::open(index.directory().open_read(&file).ok()?).ok()?;
        let column = |name: &str| -> Option<StrColumn> {
            match columns.read_columns(name).ok()?.first()?.open().ok()? {
                DynamicColumn::Str(column) => Some(column),
                _ => None,
            }
        };
        let numbers = |name: &str| -> Option<Column<u64>> {
            match columns.read_columns(name).ok()?.first()?.open().ok()? {
                DynamicColumn::U64(column) => Some(column),
                _ => None,
            }
        };
        let number = |column: &Option<Column<u64>>, doc: DocId| column.as_ref()?.first(doc);
        let (paths, ids) = (column(layout::PATH)?, column(BuiltIn::Id.name()));
        let (documents, records) = (numbers(layout::DOCUMENTS), numbers(layout::RECORD));
        let of = |doc: DocId| {
            let id = super::columns::first(ids.as_ref(), doc);
            let record = number(&records, doc);
            let chosen = number(&documents, doc).filter(|_| record.is_none());
            let chosen = chosen.and_then(|number| FileNumber::read(number).contents);
            Lost {
                path: super::columns::first(Some(&paths), doc),
                record: record.filter(|record| *record > TABLE).unwrap_or_default(),
                id: Some(id).filter(|id| !id.is_empty()),
                format: chosen.and_then(InputFormat::of).unwrap_or_default(),
            }
        };
        let removed = segment.has_deletes().then(|| segment.relative_path(SegmentComponent::Delete));
        let alive = removed.and_then(|file| {
            let sound = index.directory().validate_checksum(&file).ok()?;
            let bytes = index.directory().open_read(&file).ok()?.read_bytes().ok()?;
            sound.then(|| AliveBitSet::open(bytes))
        });
        let is_alive = |doc: &DocId| alive.as_ref().is_none_or(|alive| alive.is_alive(*doc));
        Some((0..segment.max_doc()).filter(is_alive).map(of).collect())
    };
    guarded(read).ok().flatten()
}
