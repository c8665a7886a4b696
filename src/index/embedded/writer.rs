//! The only writer of an index.

use super::{
    CommitPayload, Embedded, check, damaged,
    directory::IndexDirectory,
    layout, locked, meta,
    queue::{Queue, Queued},
    repair, unwritable, unwritten,
};
use crate::{
    article::Article,
    index::{ExcludedFile, Index as _, IndexError, RecordsFile, Writer, WriterOptions, place_table},
    source::File,
};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::{
        PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, Ordering},
    },
};
use tantivy::{
    Index as TantivyIndex, IndexWriter, SegmentMeta, TantivyDocument, TantivyError, Term,
    index::SegmentComponent,
    indexer::{
        IndexWriterOptions, LogMergePolicy, MergeCandidate, MergePolicy, PreparedCommit, UserOperation,
    },
};

/// The least memory budget that tantivy accepts for a thread, in bytes.
const MIN_MEMORY: usize = 16_000_000;
/// The greatest memory budget that tantivy accepts for a thread, in bytes.
const MAX_MEMORY: usize = 4_000_000_000;
/// The part of an ingest's memory, in bytes, for everything but postings of new segments and merges: articles being
/// read or queued, the dictionary of a segment being written, columns that double as they grow, the program. Measured.
const OTHER_MEMORY: usize = 104 << 20;
/// Memory of a merge per document, in bytes, for its new number and those of its values. Measured, with some margin.
const MERGED_DOCUMENT: u64 = 64;

/// A document of more bytes than this is indexed alone.
const LARGE: usize = 4 << 20;

/// Memory of a queued document beside its texts, in bytes; an estimate.
const OTHER_BYTES: usize = 1 << 10;

/// tantivy's merge policy, within a memory budget, so that an ingest needs no more memory for a larger index. Leaves
/// damaged segments alone: a merge does not verify check sums, and what it writes has valid ones.
#[derive(Debug)]
struct BoundedMerges {
    path: PathBuf,
    /// The budget, in bytes.
    memory: u64,
}

impl BoundedMerges {
    /// The segments, among these, that one merge has the memory for.
    fn fitting<'s>(&self, segments: impl Iterator<Item = &'s SegmentMeta>) -> Vec<&'s SegmentMeta> {
        let (mut documents, mut largest, mut fitting) = (0, 0, Vec::new());
        for segment in segments {
            // Texts are copied segment by segment, and the store of the current one is mapped.
            let store = self.path.join(segment.relative_path(SegmentComponent::Store));
            let store = fs::metadata(store).map_or(0, |store| store.len());
            let with_it = documents + u64::from(segment.num_docs());
            if with_it.saturating_mul(MERGED_DOCUMENT).saturating_add(store.max(largest)) <= self.memory {
                (documents, largest) = (with_it, store.max(largest));
                fitting.push(segment);
            }
        }
        fitting
    }

    fn is_sound(&self, segment: &SegmentMeta) -> bool {
        check::damaged_files(&self.path, segment).is_ok_and(|findings| findings.is_empty())
    }
}

impl MergePolicy for BoundedMerges {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let by_id: HashMap<_, _> = segments.iter().map(|segment| (segment.id(), segment)).collect();
        let candidates = LogMergePolicy::default().compute_merge_candidates(segments);
        let fitting =
            candidates.iter().map(|one| self.fitting(one.0.iter().filter_map(|id| by_id.get(id).copied())));
        fitting
            .filter(|segments| segments.len() > 1 && segments.iter().all(|segment| self.is_sound(segment)))
            .map(|segments| MergeCandidate(segments.into_iter().map(SegmentMeta::id).collect()))
            .collect()
    }
}

pub(super) struct EmbeddedWriter<'e> {
    engine: &'e Embedded,
    /// Locked by each that adds a document, and for itself by what waits for all documents before.
    writer: RwLock<IndexWriter<Queued>>,
    queue: Queue,
    /// Whether a large document is being indexed.
    indexes_large: AtomicBool,
}

impl<'e> EmbeddedWriter<'e> {
    pub(super) fn new(engine: &'e Embedded, options: WriterOptions) -> Result<Self, IndexError> {
        let spare = options.memory.saturating_sub(OTHER_MEMORY);
        let merges = (spare / 3).max(MIN_MEMORY);
        let memory = (spare - spare / 3).max(MIN_MEMORY);
        let threads = options.threads.clamp(1, memory / MIN_MEMORY);
        let settings = IndexWriterOptions::builder()
            .num_worker_threads(threads)
            .memory_budget_per_thread((memory / threads).clamp(MIN_MEMORY, MAX_MEMORY))
            // Two merges at a time would need twice the memory.
            .num_merge_threads(1)
            .build();
        let index = IndexDirectory::for_merging(&engine.definition.path)
            .map_err(|error| unwritable(&engine.definition.path, &error))?;
        let mut index =
            TantivyIndex::open(index).map_err(|error| unwritable(&engine.definition.path, &error))?;
        index.set_tokenizers(layout::tokenizers());
        let writer = index.writer_with_options(settings).map_err(|error| match error {
            TantivyError::LockFailure(error, _) => locked(&engine.definition.path, &error),
            error => unwritten(&engine.definition.path, &error),
        })?;
        let merges = BoundedMerges {
            path: engine.definition.path.clone(),
            memory: u64::try_from(merges).unwrap_or(u64::MAX),
        };
        writer.set_merge_policy(Box::new(merges));
        // Delete what a killed ingest has left: names of files may be reused.
        meta::clear_new(&engine.definition.path)
            .map_err(|error| unwritable(&engine.definition.path, &error))?;
        writer.garbage_collect_files().wait().map_err(|error| unwritable(&engine.definition.path, &error))?;
        let (writer, indexes_large) = (RwLock::new(writer), AtomicBool::new(false));
        Ok(Self { engine, writer, queue: Queue::default(), indexes_large })
    }

    /// Queues a document of this many bytes. The document is built once there is room for it. A large one is indexed alone:
    /// its words may take ten times its bytes, in which the threads would not fit together.
    fn add(&self, bytes: usize, document: impl FnOnce() -> TantivyDocument) -> Result<(), IndexError> {
        let room = self.queue.room(bytes.saturating_add(OTHER_BYTES), || self.check_alive());
        let room = room.map_err(|error| self.failed(&error))?;
        self.settle()?;
        if bytes > LARGE {
            let mut writer = self.writer.write().unwrap_or_else(PoisonError::into_inner);
            flush(&mut writer).map_err(|error| self.failed(&error))?;
            self.indexes_large.store(true, Ordering::Relaxed);
            writer.add_document(Queued::new(document(), room))
        } else {
            self.shared().add_document(Queued::new(document(), room))
        }
        .map(drop)
        .map_err(|error| self.failed(&error))
    }

    fn shared(&self) -> RwLockReadGuard<'_, IndexWriter<Queued>> {
        self.writer.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn exclusive(&mut self) -> &mut IndexWriter<Queued> {
        self.writer.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: &TantivyError) -> IndexError {
        unwritten(&self.engine.definition.path, error)
    }

    /// Whether the indexing threads are alive. tantivy reports that only to an operation; this one deletes nothing, as
    /// no path is empty.
    fn check_alive(&self) -> tantivy::Result<()> {
        let nothing = Term::from_field_text(self.engine.definition.layout.path, "");
        self.shared().run([UserOperation::Delete(nothing)]).map(drop)
    }

    /// Merges all segments into one, without removed documents.
    pub(super) fn optimize(&mut self) -> Result<(), IndexError> {
        let segments = self.engine.index.searchable_segment_metas().map_err(|error| self.failed(&error))?;
        if segments.len() < 2 && segments.iter().all(|segment| segment.num_deleted_docs() == 0) {
            return Ok(());
        }
        for segment in &segments {
            if let Some(finding) = check::damaged_files(&self.engine.definition.path, segment)?.first() {
                let message = format!("{}: {}", finding.place, finding.message);
                return Err(damaged(&self.engine.definition.path, &message));
            }
        }
        let all: Vec<_> = segments.iter().map(SegmentMeta::id).collect();
        let merged = self.exclusive().merge(&all).wait();
        merged.map_err(|error| self.failed(&error))?;
        self.engine.snapshot()?;
        let cleared = self.exclusive().garbage_collect_files().wait();
        cleared.map(drop).map_err(|error| self.failed(&error))
    }
}

impl Writer for EmbeddedWriter<'_> {
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError> {
        // Front matter may be most of a file, and a body in another encoding may be longer than its file.
        let in_file = usize::try_from(file.size).unwrap_or(usize::MAX);
        let bytes = in_file.max(article.title.len() + article.body.len());
        self.add(bytes, || {
            self.engine.definition.layout.document(&self.engine.definition.schema, article, file)
        })
    }

    fn exclude(&self, file: &File, excluded: &ExcludedFile) -> Result<(), IndexError> {
        self.add(0, || self.engine.definition.layout.excluded_document(file, excluded))
    }

    fn put_records(&self, of: &RecordsFile) -> Result<(), IndexError> {
        let (layout, path) = (&self.engine.definition.layout, &of.file.path);
        self.shared().delete_term(layout.source_term(path, place_table::TABLE));
        let parts = place_table::count(of.records.places().len()) as u64;
        let few = place_table::few(of.records.places());
        self.add(of.records.shape.head.len(), || layout.records_document(of, parts, &few))?;
        for (number, part) in (1..).zip(place_table::parts(of.records.places())) {
            self.add(part.len(), || layout.places_document(path, number, &part))?;
        }
        Ok(())
    }

    fn remove(&self, path: &str) {
        self.shared().delete_term(Term::from_field_text(self.engine.definition.layout.path, path));
    }

    fn remove_record(&self, path: &str, record: u64) {
        self.shared().delete_term(self.engine.definition.layout.source_term(path, record));
    }

    fn commit(&mut self) -> Result<(), IndexError> {
        let payload = CommitPayload {
            ingested: Some(Timestamp::now()),
            ..CommitPayload::new(&self.engine.definition.schema)
        };
        let payload = payload.to_json(&self.engine.definition.path)?;
        let prepared = self.exclusive().prepare_commit();
        let committed = prepared.and_then(|mut prepared| {
            prepared.set_payload(&payload);
            prepared.commit()
        });
        committed.map(drop).map_err(|error| self.failed(&error))
    }

    fn settle(&self) -> Result<(), IndexError> {
        if !self.indexes_large.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut writer = self.writer.write().unwrap_or_else(PoisonError::into_inner);
        if self.indexes_large.swap(false, Ordering::Relaxed) {
            flush(&mut writer).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    fn failure(&mut self) -> Option<IndexError> {
        let aborted = self.exclusive().prepare_commit().and_then(PreparedCommit::abort);
        aborted.err().map(|error| self.failed(&error))
    }

    fn finish(self: Box<Self>, complete: bool) -> Result<(), IndexError> {
        let path = &self.engine.definition.path;
        if complete {
            // While this writer has the lock: a repair may write the same file.
            repair::mark_unnamed_read_again(path)?;
        }
        // Pending merges leave fewer segments, and remove the files of those that they replace.
        let writer = self.writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        writer.wait_merging_threads().map_err(|error| unwritten(path, &error))
    }
}

/// Waits until all documents so far are indexed and out of memory. The next commit includes them.
fn flush(writer: &mut IndexWriter<Queued>) -> tantivy::Result<()> {
    writer.prepare_commit().map(drop)
}

#[cfg(test)]
mod tests {
    use super::{BoundedMerges, MERGED_DOCUMENT, MergePolicy as _};
    use std::fs;
    use tantivy::{
        Index as TantivyIndex, IndexWriter, SegmentMeta, TantivyDocument,
        index::SegmentComponent,
        indexer::NoMergePolicy,
        schema::{STORED, Schema},
    };

    #[test]
    fn a_merge_takes_no_more_segments_than_fit() {
        let folder = tempfile::tempdir().expect("there is room");
        let mut schema = Schema::builder();
        let text = schema.add_text_field("text", STORED);
        let index = TantivyIndex::create_in_dir(folder.path(), schema.build()).expect("it can be made");
        let mut writer: IndexWriter =
            index.writer_with_num_threads(1, 20_000_000).expect("it can be written");
        writer.set_merge_policy(Box::new(NoMergePolicy));
        for number in 0..8 {
            for _ in 0..10 {
                let mut document = TantivyDocument::new();
                document.add_text(text, format!("segment {number}"));
                writer.add_document(document).expect("it can be written");
            }
            writer.commit().expect("it can be written");
        }
        let segments = index.searchable_segment_metas().expect("it can be read");
        let store = |segment: &SegmentMeta| {
            let path = folder.path().join(segment.relative_path(SegmentComponent::Store));
            fs::metadata(path).expect("it is there").len()
        };
        let largest = segments.iter().map(store).max().expect("there are eight");
        let merged = |memory| {
            let merges = BoundedMerges { path: folder.path().to_owned(), memory };
            let candidates = merges.compute_merge_candidates(&segments);
            candidates.iter().map(|candidate| candidate.0.len()).collect::<Vec<_>>()
        };
        assert_eq!(merged(80 * MERGED_DOCUMENT + largest), [8], "as tantivy would");
        assert_eq!(merged(79 * MERGED_DOCUMENT + largest), [7]);
        assert_eq!(merged(20 * MERGED_DOCUMENT + largest), [2]);
        assert_eq!(merged(19 * MERGED_DOCUMENT + largest), [0_usize; 0], "one alone is not merged");
        assert_eq!(merged(largest - 1), [0_usize; 0]);
    }
}
