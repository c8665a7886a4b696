//! The one writer of an index.

use super::{
    Embedded, Remembered, check, damaged,
    directory::IndexDirectory,
    layout, locked,
    queue::{Queue, Queued},
    unwritable,
};
use crate::{
    article::Article,
    engine::{Aside, Engine as _, EngineError, File, Writer, WriterOptions},
};
use jiff::Timestamp;
use std::path::PathBuf;
use tantivy::{
    Index, IndexWriter, SegmentMeta, TantivyDocument, TantivyError, Term,
    indexer::{IndexWriterOptions, LogMergePolicy, MergeCandidate, MergePolicy, UserOperation},
};

/// tantivy refuses a thread less memory than this.
const MIN_MEMORY: usize = 16_000_000;
/// And more than this.
const MAX_MEMORY: usize = 4_000_000_000;
/// Of the memory of an ingest so much is left for all but the postings of segments to be: articles that are read
/// and wait, a segment's dictionary while it is written, columns that grow by doubling, files that are merged.
/// Measured: with 128 MiB of postings the process has 190 MB at the most, merges of large segments aside.
const OTHER_MEMORY: usize = 128 << 20;

/// What a document takes beside its texts, about.
const OTHER_BYTES: usize = 1 << 10;

/// Merges as tantivy would, but nothing that is damaged: a merge reads no check sums, and what it writes has new ones.
#[derive(Debug)]
struct SoundMerges {
    path: PathBuf,
}

impl MergePolicy for SoundMerges {
    fn compute_merge_candidates(&self, segments: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let mut candidates = LogMergePolicy::default().compute_merge_candidates(segments);
        let is_sound = |segment: &&SegmentMeta| {
            check::damaged_files(&self.path, segment).is_ok_and(|findings| findings.is_empty())
        };
        candidates.retain(|candidate| {
            let of_candidate: Vec<_> =
                segments.iter().filter(|segment| candidate.0.contains(&segment.id())).collect();
            of_candidate.iter().all(is_sound)
        });
        candidates
    }
}

pub(super) struct EmbeddedWriter<'e> {
    engine: &'e Embedded,
    writer: IndexWriter<Queued>,
    queue: Queue,
}

impl<'e> EmbeddedWriter<'e> {
    pub(super) fn new(engine: &'e Embedded, options: WriterOptions) -> Result<Self, EngineError> {
        let memory = options.memory.saturating_sub(OTHER_MEMORY).max(MIN_MEMORY);
        let threads = options.threads.clamp(1, memory / MIN_MEMORY);
        let settings = IndexWriterOptions::builder()
            .num_worker_threads(threads)
            .memory_budget_per_thread((memory / threads).clamp(MIN_MEMORY, MAX_MEMORY))
            // Two merges at a time would need the memory of two.
            .num_merge_threads(1)
            .build();
        let index =
            IndexDirectory::for_merging(&engine.path).map_err(|error| unwritable(&engine.path, &error))?;
        let mut index = Index::open(index).map_err(|error| unwritable(&engine.path, &error))?;
        index.set_tokenizers(layout::tokenizers());
        let writer = index.writer_with_options(settings).map_err(|error| match error {
            TantivyError::LockFailure(error, _) => locked(&engine.path, &error),
            error => unwritable(&engine.path, &error),
        })?;
        writer.set_merge_policy(Box::new(SoundMerges { path: engine.path.clone() }));
        // What an ingest that was killed has left would stand in the way of files of the same name.
        writer.garbage_collect_files().wait().map_err(|error| unwritable(&engine.path, &error))?;
        Ok(Self { engine, writer, queue: Queue::default() })
    }

    /// Hands over a document of so many bytes, which is made when there is room for it.
    fn add(&self, bytes: usize, document: impl FnOnce() -> TantivyDocument) -> Result<(), EngineError> {
        let room = self.queue.room(bytes.saturating_add(OTHER_BYTES), || self.check_alive());
        room.and_then(|room| self.writer.add_document(Queued::new(document(), room)))
            .map(drop)
            .map_err(|error| unwritable(&self.engine.path, &error))
    }

    /// Whether the threads that build the index are alive. tantivy says so only to whoever writes: here what is to be
    /// removed is nothing, as no path is empty.
    fn check_alive(&self) -> tantivy::Result<()> {
        let nothing = Term::from_field_text(self.engine.layout.path, "");
        self.writer.run([UserOperation::Delete(nothing)]).map(drop)
    }
}

impl Writer for EmbeddedWriter<'_> {
    fn put(&self, article: &Article, file: &File) -> Result<(), EngineError> {
        // Front matter may hold most of a file, and a body in another encoding may be longer than its file.
        let in_file = usize::try_from(file.size).unwrap_or(usize::MAX);
        let bytes = in_file.max(article.title.len() + article.body.len());
        self.add(bytes, || self.engine.layout.document(&self.engine.schema, article, file))
    }

    fn set_aside(&self, file: &File, aside: &Aside) -> Result<(), EngineError> {
        self.add(0, || self.engine.layout.aside_document(file, aside))
    }

    fn remove(&self, path: &str) {
        self.writer.delete_term(Term::from_field_text(self.engine.layout.path, path));
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        let remembered =
            Remembered { ingested: Some(Timestamp::now()), ..Remembered::new(&self.engine.schema) };
        let payload = remembered.to_json(&self.engine.path)?;
        let mut prepared =
            self.writer.prepare_commit().map_err(|error| unwritable(&self.engine.path, &error))?;
        prepared.set_payload(&payload);
        prepared.commit().map(drop).map_err(|error| unwritable(&self.engine.path, &error))
    }

    fn failure(&mut self) -> Option<EngineError> {
        match self.writer.prepare_commit() {
            Ok(prepared) => prepared.abort().err().map(|error| unwritable(&self.engine.path, &error)),
            Err(error) => Some(unwritable(&self.engine.path, &error)),
        }
    }

    fn optimize(&mut self) -> Result<(), EngineError> {
        let failed = |error| unwritable(&self.engine.path, &error);
        let segments = self.engine.index.searchable_segment_metas().map_err(failed)?;
        if segments.len() < 2 && segments.iter().all(|segment| segment.num_deleted_docs() == 0) {
            return Ok(());
        }
        for segment in &segments {
            if let Some(finding) = check::damaged_files(&self.engine.path, segment)?.first() {
                let message = format!("{}: {}", finding.place, finding.message);
                return Err(damaged(&self.engine.path, &message));
            }
        }
        let all: Vec<_> = segments.iter().map(SegmentMeta::id).collect();
        self.writer.merge(&all).wait().map_err(failed)?;
        self.engine.refresh()?;
        self.writer.garbage_collect_files().wait().map(drop).map_err(failed)
    }

    fn finish(self: Box<Self>) -> Result<(), EngineError> {
        let path = self.engine.path.clone();
        // Merges that are under way make fewer segments; what they replace is removed with them.
        self.writer.wait_merging_threads().map_err(|error| unwritable(&path, &error))
    }
}
