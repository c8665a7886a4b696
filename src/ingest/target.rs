//! The target of an ingest: an index, or nothing in a dry run.

use crate::{
    article::Article,
    index::{ExcludedFile, Index, IndexError, Ledger, Record, RecordFilter, Snapshot, Writer, key_hash},
    source::{File, is_below, path_hash},
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What an ingest writes to.
pub(super) trait Target: Sync {
    /// Adds the article of a file. Whatever the target has of the file must have been removed.
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError>;

    /// Records that a file has no article, and why. Whatever the target has of the file must have been removed.
    fn exclude(&self, file: &File, excluded: &ExcludedFile) -> Result<(), IndexError>;

    /// Removes whatever the target has of a file.
    fn remove(&self, path: &str);

    /// Waits until a large document is written, if one is being indexed.
    fn settle(&self) -> Result<(), IndexError> {
        Ok(())
    }

    /// Makes everything written visible to [`Target::records`].
    fn commit(&mut self) -> Result<(), IndexError>;

    /// The records that a filter selects, as of the last commit.
    fn records(&self, filter: &RecordFilter) -> Result<Vec<Record>, IndexError>;

    /// The error of a failed thread of the target: other methods only report that the thread is gone.
    fn failure(&mut self) -> Option<IndexError>;
}

/// A target that is an index.
pub(super) struct IndexTarget<'t> {
    pub index: &'t dyn Index,
    pub writer: Box<dyn Writer + 't>,
}

impl Target for IndexTarget<'_> {
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError> {
        self.writer.put(article, file)
    }

    fn exclude(&self, file: &File, excluded: &ExcludedFile) -> Result<(), IndexError> {
        self.writer.exclude(file, excluded)
    }

    fn remove(&self, path: &str) {
        self.writer.remove(path);
    }

    fn settle(&self) -> Result<(), IndexError> {
        self.writer.settle()
    }

    fn commit(&mut self) -> Result<(), IndexError> {
        self.writer.commit()?;
        // Unmaps the segments of the previous commit, so that merged ones can be removed.
        self.index.snapshot().map(drop)
    }

    fn records(&self, filter: &RecordFilter) -> Result<Vec<Record>, IndexError> {
        self.index.snapshot()?.records(filter)
    }

    fn failure(&mut self) -> Option<IndexError> {
        self.writer.failure()
    }
}

/// The target of a dry run: an index, if there is one, under an overlay of what the run would have written.
pub(super) struct DryRun<'t> {
    snapshot: Option<&'t dyn Snapshot>,
    /// For each file that the run has written or removed, by path hash, the record that it has now.
    overlay: Mutex<HashMap<u64, Option<Record>>>,
}

impl<'t> DryRun<'t> {
    pub(super) fn new(snapshot: Option<&'t dyn Snapshot>) -> Self {
        Self { snapshot, overlay: Mutex::default() }
    }

    /// The ledger of the index; empty without an index.
    pub(super) fn ledger(&self) -> Result<Ledger, IndexError> {
        self.snapshot.map_or_else(|| Ok(Ledger::default()), Snapshot::ledger)
    }

    fn overlay(&self) -> MutexGuard<'_, HashMap<u64, Option<Record>>> {
        self.overlay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Target for DryRun<'_> {
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError> {
        let record = Record {
            file: file.clone(),
            id: article.id.clone(),
            locale: article.locale.clone(),
            published: article.published,
        };
        self.overlay().insert(path_hash(&file.path), Some(record));
        Ok(())
    }

    fn exclude(&self, file: &File, _: &ExcludedFile) -> Result<(), IndexError> {
        self.remove(&file.path);
        Ok(())
    }

    fn remove(&self, path: &str) {
        self.overlay().insert(path_hash(path), None);
    }

    fn commit(&mut self) -> Result<(), IndexError> {
        Ok(())
    }

    fn records(&self, filter: &RecordFilter) -> Result<Vec<Record>, IndexError> {
        let of_index = self.snapshot.map(|snapshot| snapshot.records(filter)).transpose()?;
        let overlay = self.overlay();
        let kept =
            of_index.into_iter().flatten().filter(|of| !overlay.contains_key(&path_hash(&of.file.path)));
        let takes = |source: u64, record: &Record| match filter {
            RecordFilter::Keys(keys) => keys.contains(&key_hash(&record.id, &record.locale)),
            RecordFilter::Sources { sources, below } => {
                let path = &record.file.path;
                sources.binary_search(&source).is_ok() && below.iter().any(|root| is_below(path, root))
            }
        };
        let written = overlay
            .iter()
            .filter_map(|(source, record)| record.as_ref().filter(|record| takes(*source, record)).cloned());
        Ok(kept.chain(written).collect())
    }

    fn failure(&mut self) -> Option<IndexError> {
        None
    }
}
