//! An index that keeps plain articles in memory and has nothing else: its snapshots scan them.

use super::snapshot::MemorySnapshot;
use newsdex::{
    article::Article,
    index::{ExcludedFile, Index, IndexError, Location, RecordsFile, Snapshot, Writer, WriterOptions},
    schema::Schema,
    source::File,
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// A file or a record with what the index keeps of it.
#[derive(Debug)]
pub(super) struct Document {
    pub file: File,
    pub kept: Kept,
}

/// What is kept of a file or a record.
#[derive(Debug)]
pub(super) enum Kept {
    Article(Article),
    Excluded(ExcludedFile),
    Records(RecordsFile),
}

/// Documents in the order in which they were put.
pub(super) type Documents = Vec<Arc<Document>>;

/// An index in memory.
pub(crate) struct MemoryIndex {
    schema: Arc<Schema>,
    committed: Mutex<Arc<Documents>>,
    generation: AtomicU64,
    is_written: AtomicBool,
}

impl MemoryIndex {
    /// An index without articles.
    pub(crate) fn new(schema: Schema) -> Self {
        Self {
            schema: Arc::new(schema),
            committed: Mutex::default(),
            generation: AtomicU64::new(0),
            is_written: AtomicBool::new(false),
        }
    }

    fn committed(&self) -> MutexGuard<'_, Arc<Documents>> {
        self.committed.lock().unwrap()
    }
}

/// Where the index says that it is.
pub(super) fn location() -> Location {
    Location::Folder("memory".into())
}

impl Index for MemoryIndex {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, IndexError> {
        let documents = Arc::clone(&self.committed());
        let generation = self.generation.load(Ordering::Relaxed);
        Ok(Arc::new(MemorySnapshot::new(Arc::clone(&self.schema), documents, generation)))
    }

    fn writer(&self, _: WriterOptions) -> Result<Box<dyn Writer + '_>, IndexError> {
        if self.is_written.swap(true, Ordering::AcqRel) {
            return Err(IndexError::Locked(location()));
        }
        let written = Mutex::new(Documents::clone(&self.committed()));
        Ok(Box::new(MemoryWriter { index: self, written }))
    }
}

/// The one writer of the index: it changes a copy, which a commit makes the index.
struct MemoryWriter<'i> {
    index: &'i MemoryIndex,
    written: Mutex<Documents>,
}

impl Drop for MemoryWriter<'_> {
    fn drop(&mut self) {
        self.index.is_written.store(false, Ordering::Release);
    }
}

impl MemoryWriter<'_> {
    fn written(&self) -> MutexGuard<'_, Documents> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, file: &File, kept: Kept) {
        let mut written = self.written();
        let key = (&file.path, file.record);
        let is_new = written.iter().all(|document| (&document.file.path, document.file.record) != key);
        assert!(is_new, "what was kept of {key:?} was removed before");
        written.push(Arc::new(Document { file: file.clone(), kept }));
    }
}

impl Writer for MemoryWriter<'_> {
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError> {
        self.add(file, Kept::Article(article.clone()));
        Ok(())
    }

    fn exclude(&self, file: &File, excluded: &ExcludedFile) -> Result<(), IndexError> {
        self.add(file, Kept::Excluded(excluded.clone()));
        Ok(())
    }

    fn put_records(&self, of: &RecordsFile) -> Result<(), IndexError> {
        self.remove_record(&of.file.path, 0);
        self.add(&of.file, Kept::Records(of.clone()));
        Ok(())
    }

    fn remove(&self, path: &str) {
        self.written().retain(|document| document.file.path != path);
    }

    fn remove_record(&self, path: &str, record: u64) {
        self.written().retain(|document| document.file.path != path || document.file.record != record);
    }

    fn commit(&mut self) -> Result<(), IndexError> {
        *self.index.committed() = Arc::new(self.written().clone());
        self.index.generation.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn failure(&mut self) -> Option<IndexError> {
        None
    }

    fn finish(self: Box<Self>, _complete: bool) -> Result<(), IndexError> {
        Ok(())
    }
}
