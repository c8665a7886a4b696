//! The one writer of an index.

use super::{Embedded, Remembered, locked, unwritable};
use crate::{
    article::Article,
    engine::{Aside, EngineError, File, Writer, WriterOptions},
};
use jiff::Timestamp;
use tantivy::{IndexWriter, TantivyError, Term, indexer::IndexWriterOptions};

/// tantivy refuses a thread less memory than this.
const MIN_MEMORY: usize = 16_000_000;
/// And more than this.
const MAX_MEMORY: usize = 4_000_000_000;

pub(super) struct EmbeddedWriter<'e> {
    engine: &'e Embedded,
    writer: IndexWriter,
}

impl<'e> EmbeddedWriter<'e> {
    pub(super) fn new(engine: &'e Embedded, options: WriterOptions) -> Result<Self, EngineError> {
        let threads = options.threads.max(1);
        let settings = IndexWriterOptions::builder()
            .num_worker_threads(threads)
            .memory_budget_per_thread((options.memory / threads).clamp(MIN_MEMORY, MAX_MEMORY))
            .num_merge_threads(threads.min(4))
            .build();
        let writer = engine.index.writer_with_options(settings).map_err(|error| match error {
            TantivyError::LockFailure(error, _) => locked(&engine.path, &error),
            error => unwritable(&engine.path, &error),
        })?;
        Ok(Self { engine, writer })
    }

    fn failed(&self, error: &TantivyError) -> EngineError {
        unwritable(&self.engine.path, error)
    }
}

impl Writer for EmbeddedWriter<'_> {
    fn put(&self, article: &Article, file: &File) -> Result<(), EngineError> {
        let document = self.engine.layout.document(&self.engine.schema, article, file);
        self.writer.add_document(document).map(drop).map_err(|error| self.failed(&error))
    }

    fn set_aside(&self, file: &File, aside: &Aside) -> Result<(), EngineError> {
        let document = self.engine.layout.aside_document(file, aside);
        self.writer.add_document(document).map(drop).map_err(|error| self.failed(&error))
    }

    fn remove(&self, path: &str) {
        self.writer.delete_term(Term::from_field_text(self.engine.layout.path, path));
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        let remembered =
            Remembered { ingested: Some(Timestamp::now()), ..Remembered::new(&self.engine.schema) };
        let payload =
            serde_json::to_string(&remembered).map_err(|error| unwritable(&self.engine.path, &error))?;
        let mut prepared =
            self.writer.prepare_commit().map_err(|error| unwritable(&self.engine.path, &error))?;
        prepared.set_payload(&payload);
        prepared.commit().map(drop).map_err(|error| unwritable(&self.engine.path, &error))
    }

    fn finish(self: Box<Self>) -> Result<(), EngineError> {
        let path = self.engine.path.clone();
        // Merges that are under way make fewer segments; what they replace is removed with them.
        self.writer.wait_merging_threads().map_err(|error| unwritable(&path, &error))
    }
}
