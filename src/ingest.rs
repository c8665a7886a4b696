//! From a corpus to an engine: what is new, changed and gone, on all cores.
//!
//! One thread walks and compares with what the index knows; the others read, parse and hand articles to
//! the engine's writer. Two files with one key both go in at first; when all are there, the engine itself
//! says which share a key, the later `datetime` stays, and the others are set aside, so that nothing has to
//! be remembered about a million articles to find the few that clash.

mod report;
mod run;

pub use report::{FileNote, Notes, Report};

use crate::{
    corpus::{Corpus, CorpusError},
    engine::{Engine, EngineError, WriterOptions},
};
use std::sync::atomic::{AtomicBool, AtomicU64};

/// How a corpus is ingested.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files over this many bytes are skipped.
    pub max_file_size: u64,
    /// Whether articles stay whose files are gone.
    pub keep_missing: bool,
    /// Threads that read and parse.
    pub readers: usize,
    /// How the engine's writer uses the machine.
    pub writer: WriterOptions,
}

/// What others may see and say of an ingest while it runs.
#[derive(Debug, Default)]
pub struct Control {
    /// Set to end the ingest early; what is done by then is committed.
    pub stop: AtomicBool,
    /// Files walked so far.
    pub walked: AtomicU64,
    /// Files read so far.
    pub read: AtomicU64,
    /// Bytes read so far.
    pub bytes: AtomicU64,
}

/// Why an ingest failed. Readers of the index go on to see its last commit.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The corpus cannot be walked.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The index cannot be read or written.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Brings an index in step with a corpus.
///
/// # Errors
///
/// Where the index cannot be read or written. Files that cannot be read are no errors: the report names them.
pub fn ingest(
    engine: &dyn Engine,
    corpus: &Corpus,
    options: &Options,
    control: &Control,
) -> Result<Report, IngestError> {
    let inventory = engine.inventory()?;
    let mut writer = engine.writer(options.writer)?;
    let mut run = run::Run::new(inventory, corpus, options, control, engine.schema().keys());
    run.read_all(Some(&*writer))?;
    if !options.keep_missing && !run.stopped() {
        run.remove_gone(engine, &*writer)?;
    }
    if run.changed() {
        writer.commit()?;
        engine.refresh()?;
        while run.settle(engine, &*writer)? {
            writer.commit()?;
            engine.refresh()?;
        }
    }
    writer.finish()?;
    engine.refresh()?;
    Ok(run.into_report())
}

/// What [`ingest`] would do with an index, or, without one, with a new one. Nothing is written.
///
/// # Errors
///
/// Where the index cannot be read.
pub fn rehearse(
    engine: Option<&dyn Engine>,
    schema: &crate::schema::Schema,
    corpus: &Corpus,
    options: &Options,
    control: &Control,
) -> Result<Report, IngestError> {
    let inventory = engine.map(Engine::inventory).transpose()?.unwrap_or_default();
    let mut run = run::Run::new(inventory, corpus, options, control, schema.keys());
    run.read_all(None)?;
    if let Some(engine) = engine.filter(|_| !options.keep_missing) {
        run.count_gone(engine)?;
    }
    Ok(run.into_report())
}

/// Ingests one article that came from no file; it takes the place of the last one of its key that did.
///
/// # Errors
///
/// Where the index cannot be read or written.
pub fn ingest_bytes(engine: &dyn Engine, bytes: &[u8], options: &Options) -> Result<Report, IngestError> {
    run::from_bytes(engine, bytes, options)
}
