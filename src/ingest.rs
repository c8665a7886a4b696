//! From a corpus to an engine: what is new, changed and gone, on all cores.
//!
//! One thread walks and compares with what the index knows; the others read, parse and hand articles to
//! the engine's writer. Two files with one key both go in at first; when all are there, the engine itself
//! says which share a key, the later `datetime` stays, and the others are set aside, so that nothing has to
//! be remembered about a million articles to find the few that clash.

mod dedupe;
mod report;
mod run;

pub use report::{FileNote, Notes, Report};

use crate::{
    article::Article,
    index::{ExcludedFile, Index, IndexError, Writer, WriterOptions},
    problem::{Parsed, Problem},
    schema::Schema,
    source::File,
    source::{Source, SourceError},
};
use std::{
    ops::RangeInclusive,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};
use xxhash_rust::xxh3::xxh3_64;

/// How a corpus is ingested.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files over this many bytes are skipped.
    pub max_file_size: u64,
    /// Whether articles stay whose files are gone.
    pub keep_missing: bool,
    /// Threads that read and parse: how many there are at first, and how many there may be while they mostly wait for the
    /// disk.
    pub readers: RangeInclusive<usize>,
    /// What was read for so long is committed; without it, nothing before the end.
    pub commit_every: Option<Duration>,
    /// How the engine's writer uses the machine.
    pub writer: WriterOptions,
}

/// What others may see and say of an ingest while it runs.
#[derive(Debug, Default)]
pub struct Control {
    /// Set to end the ingest early; what is done by then is committed.
    pub stop: AtomicBool,
    /// Set when there is nothing left to end.
    pub ended: AtomicBool,
    /// Files walked so far.
    pub walked: AtomicU64,
    /// Files read so far.
    pub read: AtomicU64,
    /// Bytes read so far.
    pub bytes: AtomicU64,
    /// Files read by the last commit: what they held is safe.
    pub committed: AtomicU64,
}

/// Why an ingest failed. Readers of the index go on to see its last commit.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The corpus cannot be walked.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The index cannot be read or written.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Brings an index in step with a corpus. What an ingest that was killed has left undone is done as well. After each
/// commit, `committed` is called with the number of files that were read by then.
///
/// # Errors
///
/// Where the index cannot be read or written. Files that cannot be read are no errors: the report names them.
pub fn ingest(
    engine: &dyn Index,
    source: &Source,
    options: &Options,
    control: &Control,
    committed: &mut dyn FnMut(u64),
) -> Result<Report, IngestError> {
    // From here on no other process writes, so that what is read now stays true.
    let mut writer = engine.writer(options.writer)?;
    engine.refresh()?;
    let inventory = engine.inventory()?;
    let mut run = run::Run::new(inventory, source, options, control, engine.schema().keys());
    run.recover();
    let mut commit = |writer: &mut dyn Writer| {
        writer.commit()?;
        let read = control.read.load(Ordering::Relaxed);
        control.committed.store(read, Ordering::Relaxed);
        committed(read);
        engine.refresh()
    };
    let mut files = source.walk();
    loop {
        let ended = match run.read(&mut files, Some(&*writer), options.commit_every) {
            Ok(ended) => ended,
            Err(error) => return Err(writer.failure().map_or(error, IngestError::from)),
        };
        if ended && !options.keep_missing && !run.stopped() {
            run.remove_gone(engine, Some(&*writer))?;
        }
        if run.has_written() {
            commit(&mut *writer)?;
        }
        if ended {
            break;
        }
    }
    while run.dedupe(engine, &*writer)? {
        commit(&mut *writer)?;
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
pub fn dry_run(
    engine: Option<&dyn Index>,
    schema: &Schema,
    source: &Source,
    options: &Options,
    control: &Control,
) -> Result<Report, IngestError> {
    let inventory = engine.map(Index::inventory).transpose()?.unwrap_or_default();
    let mut run = run::Run::new(inventory, source, options, control, schema.keys());
    run.recover();
    run.dry_run();
    run.read(&mut source.walk(), None, None)?;
    if let Some(engine) = engine.filter(|_| !options.keep_missing) {
        run.remove_gone(engine, None)?;
    }
    run.dedupe_dry(engine)?;
    Ok(run.into_report())
}

/// Whether an index is in step with a corpus already; told by names and times alone, without the right to
/// write.
///
/// # Errors
///
/// Where the index cannot be read.
pub fn is_current(engine: &dyn Index, source: &Source, max_file_size: u64) -> Result<bool, IndexError> {
    let inventory = engine.inventory()?;
    let unheld = inventory.unheld();
    let may_hold = |(path, aside): &(String, ExcludedFile)| {
        aside.key_hash().is_some_and(|key| unheld.contains(&key)) && source.has(path)
    };
    if inventory.aside.iter().any(may_hold) || !engine.duplicate_keys()?.is_empty() {
        return Ok(false);
    }
    let mut files = inventory.files;
    for candidate in source.walk().flatten() {
        let known = files.see(candidate.hash());
        if known.is_none() && candidate.size > max_file_size {
            continue;
        }
        if known.is_none_or(|known| known.modified != candidate.modified || known.size != candidate.size) {
            return Ok(false);
        }
    }
    let unseen =
        engine.paths_below(&source.roots(), &|hash| files.get(hash).is_some_and(|known| !known.seen))?;
    Ok(!unseen.iter().any(|path| Source::is_gone(path)))
}

/// Ingests one article that came from no file. It takes the place of whatever has its key.
///
/// # Errors
///
/// Where the index cannot be read or written.
pub fn ingest_bytes(engine: &dyn Index, bytes: &[u8], options: &Options) -> Result<Report, IngestError> {
    let started = Instant::now();
    let hash = xxh3_64(bytes);
    let Parsed { value: article, problems } =
        Article::parse(bytes, &format!("standard-input-{hash:016x}"), &engine.schema().keys());
    let path = format!("stdin:{}", article.key());
    let file = File { path, modified: 0, size: bytes.len() as u64, hash };
    let mut writer = engine.writer(options.writer)?;
    engine.refresh()?;
    let files_with_key = engine.files_with_key(&article.id, &article.locale)?;
    for holder in &files_with_key {
        writer.remove(&holder.file.path);
    }
    // It may have been set aside under its own path.
    writer.remove(&file.path);
    writer.put(&article, &file)?;
    writer.commit()?;
    writer.finish()?;
    engine.refresh()?;
    let mut report = Report { bytes: bytes.len() as u64, ..Report::default() };
    if files_with_key.is_empty() {
        report.indexed = 1;
    } else {
        report.updated = 1;
    }
    let note =
        |problem: Problem| FileNote { path: "-".into(), code: problem.code.into(), reason: problem.message };
    report.repaired.add(problems.into_iter().map(note).collect());
    report.took = started.elapsed();
    Ok(report)
}
