//! Builds an index anew beside the one in a folder, and swaps it in.
//!
//! The new index is made in a folder inside that of the old one, so on the same disk. At the end its files are linked
//! into the folder of the old one, where no segment has their names, and its list of segments replaces the old list as
//! any commit does. So at each instant the folder has one whole index: the old one before that write, the new one after
//! it. The next writer removes what a killed rebuild has left.

use super::{
    CommitPayload, Embedded, check,
    directory::IndexDirectory,
    is_there, locked,
    meta::{self, META, NEW},
    repair, unreadable, unwritable,
    writer::EmbeddedWriter,
};
use crate::{
    index::{Index, IndexError, Rebuild, Writer as _, WriterOptions},
    schema::Schema,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tantivy::{
    Directory as _,
    directory::{DirectoryLock, INDEX_WRITER_LOCK},
};

/// A new index, and the lock of the old one.
pub(in crate::index) struct EmbeddedRebuild {
    path: PathBuf,
    new: Embedded,
    /// Held until the new index is in place, so that nobody writes to the old one meanwhile.
    lock: Option<DirectoryLock>,
}

impl EmbeddedRebuild {
    /// Begins to build the index in a folder anew, with a schema. The old one may be of an older format, or damaged.
    pub(in crate::index) fn new(path: &Path, schema: &Schema) -> Result<Self, IndexError> {
        if matches!(is_there(path), Ok(false)) {
            return Err(IndexError::Missing(path.into()));
        }
        let directory = IndexDirectory::for_writing(path).map_err(|error| unreadable(path, &error))?;
        let lock = directory.acquire_lock(&INDEX_WRITER_LOCK).map_err(|error| locked(path, &error))?;
        match repair::check_version(path, &list_of(path)?) {
            Ok(()) | Err(IndexError::Older { .. }) => {}
            Err(error) => return Err(error),
        }
        meta::clear_new(path).map_err(|error| unwritable(path, &error))?;
        let new = Embedded::create_or_open(&path.join(NEW), schema)?;
        Ok(Self { path: path.to_owned(), new, lock: Some(lock) })
    }

    /// Links the files of the new index into the folder of the old one, and replaces the list of segments.
    fn swap(&self) -> Result<(), IndexError> {
        let new = self.path.join(NEW);
        let failed = |error: io::Error| unwritable(&self.path, &error);
        for file in check::segments(&new)?.iter().flat_map(check::files) {
            fs::hard_link(new.join(&file), self.path.join(&file))
                // Not every file system has links.
                .or_else(|_| copy_durably(&new.join(&file), &self.path.join(&file)))
                .map_err(failed)?;
        }
        let directory =
            IndexDirectory::for_writing(&self.path).map_err(|error| unreadable(&self.path, &error))?;
        directory.sync_directory().map_err(failed)?;
        // All files of segments are listed, so that a writer removes those that the list of segments does not name.
        repair::write_managed(&self.path, &directory)?;
        let list = fs::read(new.join(META)).map_err(failed)?;
        directory.atomic_write(Path::new(META), &list).map_err(failed)?;
        // All articles were read again.
        repair::forget_lost(&self.path)
    }
}

impl Rebuild for EmbeddedRebuild {
    fn index(&self) -> &dyn Index {
        &self.new
    }

    fn old_paths(&self) -> Result<Vec<String>, IndexError> {
        let segments = check::segments(&self.path).unwrap_or_default();
        let articles =
            segments.iter().filter_map(|segment| repair::articles_of(&self.path, segment)).flatten();
        Ok(articles.filter(|article| article.id.is_some()).map(|article| article.path).collect())
    }

    fn replace(mut self: Box<Self>) -> Result<(), IndexError> {
        self.swap()?;
        self.lock = None;
        // A writer removes the files of the old index as it begins. If another process writes by now, that one does.
        let index = Embedded::open(&self.path)?;
        match EmbeddedWriter::new(&index, WriterOptions { threads: 1, memory: 0 }) {
            Ok(writer) => Box::new(writer).finish(false),
            Err(IndexError::Locked(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Drop for EmbeddedRebuild {
    fn drop(&mut self) {
        // A later writer tries again.
        let _ = meta::clear_new(&self.path);
    }
}

/// The schema that the index in a folder was made with, also by an older version. `None` if it cannot be told.
pub(in crate::index) fn schema_of(path: &Path) -> Option<Schema> {
    let list: serde_json::Value = serde_json::from_slice(&list_of(path).ok()?).ok()?;
    let payload: CommitPayload = serde_json::from_str(list["payload"].as_str()?).ok()?;
    Some(Schema::from_stored(payload.schema).ok()?.read_from(payload.schema_file))
}

/// The list of segments, or its copy if it is damaged or missing.
fn list_of(path: &Path) -> Result<Vec<u8>, IndexError> {
    let list = check::read(path, META)?;
    let sound = list.filter(|list| serde_json::from_slice::<serde_json::Value>(list).is_ok());
    let list = sound.or_else(|| meta::copy_in(path).map(|copy| copy.meta));
    list.ok_or_else(|| IndexError::Foreign { location: path.into(), why: "its meta.json is damaged".into() })
}

/// Copies a file, and waits until it is on the disk.
fn copy_durably(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    fs::File::open(to)?.sync_all()
}
