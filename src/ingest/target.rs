//! The target of an ingest: an index, or nothing in a dry run.

use crate::{
    article::{Article, Moment},
    index::{
        ExcludedFile, Index, IndexError, Ledger, Record, RecordFilter, RecordsFile, Rejected, Snapshot,
        Writer, key_hash,
    },
    source::{Contents, File, Place, Records, is_below, path_hash},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What an ingest writes to.
pub(super) trait Target: Sync {
    /// Adds the article of a file or record. Whatever the target has of it must have been removed.
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError>;

    /// Records that a file or record has no article, and why. Whatever the target has of it must have been removed.
    fn exclude(&self, file: &File, excluded: &ExcludedFile) -> Result<(), IndexError>;

    /// Adds what is known of a file of many records.
    fn put_records(&self, of: &RecordsFile) -> Result<(), IndexError>;

    /// Removes whatever the target has of a file, with all its records.
    fn remove(&self, path: &str);

    /// Removes one record of a file.
    fn remove_record(&self, path: &str, record: u64);

    /// What a file was read as, as of the last commit: see [`Snapshot::contents`].
    fn contents(&self, path: &str) -> Result<Option<Contents>, IndexError>;

    /// Where a record is in its file, as of the last commit.
    fn place(&self, path: &str, record: u64) -> Result<Option<Place>, IndexError>;

    /// Waits until a large document is written, if one is being indexed.
    fn settle(&self) -> Result<(), IndexError> {
        Ok(())
    }

    /// Makes everything written visible to [`Target::records`].
    fn commit(&mut self) -> Result<(), IndexError>;

    /// The records that a filter selects, as of the last commit.
    fn records(&self, filter: &RecordFilter) -> Result<Vec<Record>, IndexError>;

    /// The documents that the target has rejected since this was last asked.
    fn rejected(&self) -> Rejected {
        Rejected::default()
    }

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

    fn put_records(&self, of: &RecordsFile) -> Result<(), IndexError> {
        self.writer.put_records(of)
    }

    fn remove(&self, path: &str) {
        self.writer.remove(path);
    }

    fn remove_record(&self, path: &str, record: u64) {
        self.writer.remove_record(path, record);
    }

    fn contents(&self, path: &str) -> Result<Option<Contents>, IndexError> {
        self.index.snapshot()?.contents(path)
    }

    fn place(&self, path: &str, record: u64) -> Result<Option<Place>, IndexError> {
        self.index.snapshot()?.place(path, record)
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

    fn rejected(&self) -> Rejected {
        self.writer.rejected()
    }

    fn failure(&mut self) -> Option<IndexError> {
        self.writer.failure()
    }
}

/// The target of a dry run: an index, if there is one, under an overlay of what the run would have written.
pub(super) struct DryRun<'t> {
    snapshot: Option<&'t dyn Snapshot>,
    /// What the run would have written and removed, by the hash of the file's path.
    overlay: Mutex<HashMap<u64, Overlay>>,
}

/// What a dry run would have written and removed of one file.
#[derive(Default)]
struct Overlay {
    /// Whether it was removed with all its records.
    removed: bool,
    path: Box<str>,
    /// For each record that was written or removed since, what it is now.
    records: BTreeMap<u64, Option<Written>>,
    /// The places of its records.
    places: Option<Records>,
}

/// An article that a dry run would have written.
struct Written {
    size: u64,
    hash: u64,
    contents: Option<Contents>,
    id: Box<str>,
    locale: Box<str>,
    published: Option<Moment>,
    yields: bool,
}

impl Written {
    /// As a record of a file. A dry run does not compare the times of files that it has written.
    fn record(&self, path: &str, record: u64) -> Record {
        let Self { size, hash, contents, .. } = *self;
        Record {
            file: File { path: path.to_owned(), record, modified: 0, size, hash, contents },
            id: self.id.to_string(),
            locale: self.locale.to_string(),
            published: self.published,
            yields: self.yields,
        }
    }
}

impl<'t> DryRun<'t> {
    pub(super) fn new(snapshot: Option<&'t dyn Snapshot>) -> Self {
        Self { snapshot, overlay: Mutex::default() }
    }

    /// The ledger of the index; empty without an index.
    pub(super) fn ledger(&self) -> Result<Ledger, IndexError> {
        self.snapshot.map_or_else(|| Ok(Ledger::default()), Snapshot::ledger)
    }

    fn overlay(&self) -> MutexGuard<'_, HashMap<u64, Overlay>> {
        self.overlay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DryRun<'_> {
    fn set(&self, path: &str, record: u64, now: Option<Written>) {
        let new = || Overlay { path: path.into(), ..Overlay::default() };
        self.overlay().entry(path_hash(path)).or_insert_with(new).records.insert(record, now);
    }
}

impl Target for DryRun<'_> {
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError> {
        let written = Written {
            size: file.size,
            hash: file.hash,
            contents: file.contents,
            id: article.id.as_str().into(),
            locale: article.locale.as_str().into(),
            published: article.published,
            yields: article.yields,
        };
        self.set(&file.path, file.record, Some(written));
        Ok(())
    }

    fn exclude(&self, file: &File, _: &ExcludedFile) -> Result<(), IndexError> {
        self.remove_record(&file.path, file.record);
        Ok(())
    }

    fn put_records(&self, of: &RecordsFile) -> Result<(), IndexError> {
        let new = || Overlay { path: of.file.path.as_str().into(), ..Overlay::default() };
        self.overlay().entry(path_hash(&of.file.path)).or_insert_with(new).places = Some(of.records.clone());
        Ok(())
    }

    fn remove(&self, path: &str) {
        let removed = Overlay { removed: true, path: path.into(), ..Overlay::default() };
        self.overlay().insert(path_hash(path), removed);
    }

    fn remove_record(&self, path: &str, record: u64) {
        self.set(path, record, None);
    }

    fn contents(&self, path: &str) -> Result<Option<Contents>, IndexError> {
        if let Some(now) = self.overlay().get(&path_hash(path)) {
            if let Some(records) = &now.places {
                return Ok(Some(Contents::Records(records.splitter)));
            }
            if let Some(Some(whole)) = now.records.get(&0) {
                return Ok(whole.contents);
            }
        }
        self.snapshot.map_or(Ok(None), |snapshot| snapshot.contents(path))
    }

    fn place(&self, path: &str, record: u64) -> Result<Option<Place>, IndexError> {
        if let Some(records) = self.overlay().get(&path_hash(path)).and_then(|of| of.places.as_ref()) {
            return Ok(records.place(record));
        }
        self.snapshot.map_or(Ok(None), |snapshot| snapshot.place(path, record))
    }

    fn commit(&mut self) -> Result<(), IndexError> {
        Ok(())
    }

    fn records(&self, filter: &RecordFilter) -> Result<Vec<Record>, IndexError> {
        let of_index = self.snapshot.map(|snapshot| snapshot.records(filter)).transpose()?;
        let overlay = self.overlay();
        let kept = of_index.into_iter().flatten().filter(|of| {
            let now = overlay.get(&path_hash(&of.file.path));
            now.is_none_or(|now| !now.removed && !now.records.contains_key(&of.file.record))
        });
        let takes = |source: u64, path: &str, written: &Written| match filter {
            RecordFilter::Keys(keys) => keys.contains(&key_hash(&written.id, &written.locale)),
            RecordFilter::Sources { sources, below } => {
                sources.binary_search(&source).is_ok() && below.iter().any(|root| is_below(path, root))
            }
        };
        let mut records: Vec<Record> = kept.collect();
        for (source, Overlay { path, records: now, .. }) in overlay.iter() {
            let written = now.iter().filter_map(|(record, written)| Some((*record, written.as_ref()?)));
            let selected = written.filter(|(_, written)| takes(*source, path, written));
            records.extend(selected.map(|(record, written)| written.record(path, record)));
        }
        Ok(records)
    }

    fn failure(&mut self) -> Option<IndexError> {
        None
    }
}
