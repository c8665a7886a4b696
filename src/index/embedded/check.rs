//! Reads every byte of an index and reports what is wrong.
//!
//! The files come first: each has a check sum, and the list of segments a copy. If these are sound, `contents` compares
//! what they hold.

use super::{
    Embedded,
    commit::Commit,
    contents, damaged,
    directory::IndexDirectory,
    guard::guarded,
    ledger::Ingested,
    message_of,
    meta::{COPY, Copy, MANAGED, META},
    places, read_payload,
    texts::whole,
    unreadable,
};
use crate::{
    article::Keys,
    index::{Finding, IndexError, stamp::Stamp},
    source::{OpenError, RereadError, compare, file_of, reread},
};
use std::{
    collections::HashSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};
use tantivy::{Index as TantivyIndex, SegmentMeta, directory::error::OpenReadError, index::SegmentComponent};

/// What is wrong with the index in a folder.
pub(super) fn check(path: &Path) -> Result<Vec<Finding>, IndexError> {
    loop {
        let before = read(path, META)?;
        let findings = check_once(path, before.as_deref())?;
        // Files that a writer has replaced meanwhile are not damaged.
        if findings.is_empty() || read(path, META)? == before {
            return Ok(findings);
        }
    }
}

fn check_once(path: &Path, meta: Option<&[u8]>) -> Result<Vec<Finding>, IndexError> {
    let mut findings = Vec::new();
    let copy = read(path, COPY)?.map(|bytes| Copy::read(&bytes));
    let Some(meta) = meta else {
        // A killed first ingest leaves the copy without the list itself. Later ingests never do.
        return match copy {
            Some(Some(copy)) if copy.has_before() => Ok(vec![finding(META, "missing")]),
            _ => Err(IndexError::Missing(path.into())),
        };
    };
    of_this_version(path, meta)?;
    match copy {
        Some(Some(copy)) if copy.vouches_for(meta) => {}
        Some(Some(_)) => return Ok(vec![finding(META, "not what was committed")]),
        Some(None) => findings.push(finding(COPY, "damaged")),
        None => findings.push(finding(COPY, "missing")),
    }
    let managed = read(path, MANAGED)?;
    let managed = managed.and_then(|bytes| serde_json::from_slice::<HashSet<PathBuf>>(&bytes).ok());
    if managed.is_none() {
        findings.push(finding(MANAGED, "missing or damaged"));
    }
    for segment in segments(path)? {
        findings.extend(damaged_files(path, &segment)?);
        for file in managed
            .iter()
            .flat_map(|managed| files(&segment).into_iter().filter(|file| !managed.contains(file)))
        {
            findings.push(finding(MANAGED, &format!("does not list {}", file.display())));
        }
    }
    if !findings.is_empty() {
        return Ok(findings);
    }
    match Embedded::open(path) {
        Ok(index) => contents::contents(&index.current().commit),
        Err(error) => Ok(vec![Finding { place: path.display().to_string(), message: error.to_string() }]),
    }
}

/// Refuses an index of another version, of which nothing can be told. A list of segments that does not say is damaged, and
/// not refused.
fn of_this_version(path: &Path, meta: &[u8]) -> Result<(), IndexError> {
    let meta: serde_json::Value = serde_json::from_slice(meta).unwrap_or_default();
    match meta["payload"].as_str().map(|payload| read_payload(path, payload)) {
        Some(Err(error @ (IndexError::Older { .. } | IndexError::Newer { .. }))) => Err(error),
        _ => Ok(()),
    }
}

/// The content of a file of the index; `None` if there is none. Being unreadable, by permission for example, is not
/// damage.
pub(super) fn read(path: &Path, name: &str) -> Result<Option<Vec<u8>>, IndexError> {
    match fs::read(path.join(name)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// The list of segments. Opens none of them.
pub(super) fn segments(path: &Path) -> Result<Vec<SegmentMeta>, IndexError> {
    let directory = IndexDirectory::for_reading(path).map_err(|error| unreadable(path, &error))?;
    let metas = guarded(|| TantivyIndex::open(directory)?.searchable_segment_metas());
    metas.map_err(|said| damaged(path, &said))?.map_err(|error| damaged(path, &message_of(&error)))
}

/// The files of a segment that are missing or have a wrong check sum.
pub(super) fn damaged_files(path: &Path, segment: &SegmentMeta) -> Result<Vec<Finding>, IndexError> {
    let directory = IndexDirectory::for_reading(path).map_err(|error| unreadable(path, &error))?;
    let index = guarded(|| TantivyIndex::open(directory)).map_err(|said| damaged(path, &said))?;
    let index = index.map_err(|error| damaged(path, &message_of(&error)))?;
    let mut findings = Vec::new();
    for file in files(segment) {
        let message = match guarded(|| index.directory().validate_checksum(&file)) {
            Ok(Ok(true)) => continue,
            Ok(Ok(false)) => "wrong checksum".to_owned(),
            Ok(Err(OpenReadError::FileDoesNotExist(_))) => "missing".to_owned(),
            // A file that the system refuses to read may be sound.
            Ok(Err(OpenReadError::IoError { io_error, .. })) if io_error.raw_os_error().is_some() => {
                return Err(unreadable(path, &*io_error));
            }
            Ok(Err(OpenReadError::IoError { io_error, .. })) => format!("cannot be read: {io_error}"),
            Ok(Err(error)) => error.to_string(),
            Err(said) => format!("cannot be read: {said}"),
        };
        findings.push(finding(&file.display().to_string(), &message));
    }
    Ok(findings)
}

/// The files of a segment.
pub(super) fn files(segment: &SegmentMeta) -> Vec<PathBuf> {
    let mut parts = vec![
        SegmentComponent::Postings,
        SegmentComponent::Positions,
        SegmentComponent::Terms,
        SegmentComponent::FastFields,
        SegmentComponent::FieldNorms,
        SegmentComponent::Store,
    ];
    if segment.has_deletes() {
        parts.push(SegmentComponent::Delete);
    }
    parts.into_iter().map(|part| segment.relative_path(part)).collect()
}

/// The files that have changed since they were ingested, and those of which the index has more than they hold.
pub(super) fn changed_files(commit: &Commit) -> Result<Vec<Finding>, IndexError> {
    let mut findings = Vec::new();
    let keys = commit.definition.schema.keys();
    for source in commit.guarded(None, super::ledger::files)? {
        // An article from standard input has no file.
        if source.file.path.starts_with("stdin:") {
            continue;
        }
        if let Some(message) = changed(&source, &keys) {
            findings.push(finding(&source.file.path, message));
            continue;
        }
        // The file is as it was, so the places of its records are those that the index has.
        let mut kept = 0_usize;
        for record in &source.records {
            let place = commit.guarded(None, |commit| places::place(commit, &source.file.path, *record))?;
            kept += usize::from(place.is_none());
        }
        if kept > 0 {
            let records = if kept == 1 { "record is" } else { "records are" };
            findings.push(finding(&source.file.path, &format!("{kept} {records} not in the file any more")));
        }
    }
    Ok(findings)
}

/// How a file differs from when it was ingested, or the index from the file.
fn changed(of: &Ingested, keys: &Keys) -> Option<&'static str> {
    let Ingested { file, has_records, has_article, published, .. } = of;
    let read = if *has_records {
        compare(&file_of(&file.path), file.size, file.hash).map(|()| Vec::new())
    } else {
        reread(&file_of(&file.path), file.size, file.hash)
    };
    match read {
        Ok(bytes) => {
            // A date is kept in one column only, so compare it with the file.
            let told = || whole(&file.path, file.contents, &bytes, keys)?.published.map(Stamp::of);
            (*has_article && *published != told()).then_some("the index has another date than the file")
        }
        Err(RereadError::Changed) => Some("the file has changed since it was indexed"),
        Err(RereadError::Open(OpenError::Unreadable(_))) => Some("the file is gone or unreadable"),
        Err(RereadError::Open(_)) => Some("no longer a regular file"),
    }
}

fn finding(place: &str, message: &str) -> Finding {
    Finding { place: place.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Embedded, check};
    use crate::{article::Article, index::File, schema::Schema};
    use tantivy::{IndexWriter, TantivyDocument};

    /// The findings in an index of one article whose document `change` was applied to before it was written.
    fn found(change: impl FnOnce(&Embedded, &mut TantivyDocument)) -> Vec<String> {
        let folder = tempfile::tempdir().expect("there is room");
        let schema = Schema::built_in().expect("it is sound");
        let engine = Embedded::create_or_open(folder.path(), &schema).expect("the folder is empty");
        let text =
            "---\ntitle: T\nid: a\nurl: https://news.example/a\nsymbols: [0700.HK]\n---\nsolar $BABA\n";
        let article = Article::parse(text.as_bytes(), "a.md", &schema.keys()).value;
        let file = File { path: "/a.md".into(), ..File::default() };
        let mut document = engine.definition.layout.document(&schema, &article, &file);
        change(&engine, &mut document);
        let mut writer: IndexWriter =
            engine.index.writer_with_num_threads(1, 20_000_000).expect("nobody writes");
        writer.add_document(document).expect("it can be written");
        let payload = engine.current().commit.payload.to_json(folder.path()).expect("it is JSON");
        let mut commit = writer.prepare_commit().expect("it can be written");
        commit.set_payload(&payload);
        commit.commit().expect("it can be written");
        let findings = check(folder.path()).expect("it can be read");
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn terms_that_no_document_tells_are_found() {
        assert_eq!(found(|_, _| ()), Vec::<String>::new());
        let fields = ["_about", "_alternative", "_has", "_names", "_spellings"];
        for name in fields {
            let said = found(|engine, document| {
                document.add_text(
                    engine.definition.layout.schema.get_field(name).expect("it is a field"),
                    "title/HK/HK/1",
                );
            });
            let told: Vec<&str> =
                fields.into_iter().filter(|name| said.iter().any(|said| said.contains(name))).collect();
            assert_eq!(told, [name], "{said:?}");
        }
    }
}
