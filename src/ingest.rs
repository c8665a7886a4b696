//! Ingests a source into an index: new, changed and removed files, on all cores.
//!
//! One thread walks the source and compares it with the [`Ledger`] of the index; the others read, parse and write
//! (`pool`, `file`). Files with the same key are all written first. At the end the ledger tells which keys several
//! files have: the file with the latest `datetime` keeps its key, the others are excluded (`dedupe`). Of a written
//! article only the hash of its key stays in memory. A dry run does the same with a target that writes nothing and
//! remembers the record that each file would have (`target`).

mod decide;
mod dedupe;
mod file;
mod gone;
mod pool;
mod report;
mod tally;
mod target;

pub use report::{EmptyRoot, FileNote, Notes, Report};

use crate::{
    article::Article,
    index::{ExcludedFile, Index, IndexError, Ledger, RecordFilter, Snapshot, WriterOptions, key_hash},
    problem::{Parsed, Problem},
    schema::Schema,
    source::{File, Source, SourceError},
};
use decide::{Decision, decide};
use dedupe::Dedupe;
use file::FileReader;
use std::{
    collections::HashSet,
    ops::RangeInclusive,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};
use tally::Tally;
use target::{DryRun, IndexTarget, Target};
use xxhash_rust::xxh3::xxh3_64;

/// The options of an ingest.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files over this many bytes are skipped.
    pub max_file_size: u64,
    /// Whether articles stay in the index when their files are gone.
    pub keep_missing: bool,
    /// Whether the articles of a root that holds no file any more are removed.
    pub allow_empty: bool,
    /// Number of threads that read and parse: at first, and at most while they mostly wait for the disk.
    pub readers: RangeInclusive<usize>,
    /// Commit after this much time of reading; `None` commits only at the end.
    pub commit_every: Option<Duration>,
    /// The threads and the memory of the index writer.
    pub writer: WriterOptions,
}

/// The progress of a running ingest, and the means to stop it.
#[derive(Debug, Default)]
pub struct Control {
    /// Set to stop the ingest early. What is done by then is committed.
    pub stop: AtomicBool,
    /// Set when there is nothing left to stop.
    pub ended: AtomicBool,
    /// Number of files walked so far.
    pub walked: AtomicU64,
    /// Number of files read so far.
    pub read: AtomicU64,
    /// Number of bytes read so far.
    pub bytes: AtomicU64,
    /// Number of files read by the last commit, which keeps them whatever happens.
    pub committed: AtomicU64,
}

/// Why an ingest failed. Readers of the index still see its last commit.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The source cannot be walked.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The index cannot be read or written.
    #[error("{0}")]
    Index(#[from] IndexError),
}

/// Updates an index from a source. Also completes what a killed ingest left undone. Calls `committed` after each
/// commit, with the number of files read by then.
///
/// # Errors
///
/// [`IngestError::Index`] if the index cannot be read or written. Files that cannot be read are only reported.
pub fn ingest(
    index: &dyn Index,
    source: &Source,
    options: &Options,
    control: &Control,
    committed: &mut dyn FnMut(u64),
) -> Result<Report, IngestError> {
    let started = Instant::now();
    // From here on no other process writes, so what is read now stays true.
    let writer = index.writer(options.writer)?;
    let mut committed = || {
        let read = control.read.load(Ordering::Relaxed);
        control.committed.store(read, Ordering::Relaxed);
        committed(read);
    };
    let mut target = IndexTarget { index, writer };
    let ledger = index.snapshot()?.ledger()?;
    let reader = FileReader::new(source, options, control, index.schema().keys());
    let report = run(&reader, ledger, &mut target, &mut committed)?;
    target.writer.finish(source.has_folders() && !report.stopped && report.emptied.is_empty())?;
    Ok(Report { took: started.elapsed(), stopped: reader.stopped(), ..report })
}

/// Reports what [`ingest`] would do with an index, or, without one, with a new one. Writes nothing.
///
/// # Errors
///
/// [`IngestError::Index`] if the index cannot be read.
pub fn dry_run(
    snapshot: Option<&dyn Snapshot>,
    schema: &Schema,
    source: &Source,
    options: &Options,
    control: &Control,
) -> Result<Report, IngestError> {
    let options = Options { commit_every: None, ..options.clone() };
    let mut target = DryRun::new(snapshot);
    let reader = FileReader::new(source, &options, control, schema.keys());
    let ledger = target.ledger()?;
    Ok(run(&reader, ledger, &mut target, &mut || ())?)
}

/// Updates a target from a source. Calls `committed` after each commit.
fn run(
    reader: &FileReader<'_>,
    mut ledger: Ledger,
    target: &mut dyn Target,
    committed: &mut dyn FnMut(),
) -> Result<Report, IndexError> {
    let started = Instant::now();
    let FileReader { source, options, control, .. } = reader;
    // An ingest killed between two commits may have left files excluded for a key that no file holds any more.
    let mut tally = Tally { freed: ledger.unheld(), ..Tally::default() };
    let mut files = source.walk();
    loop {
        let time = options.commit_every;
        let ended = match pool::read(reader, &mut files, &mut ledger, &*target, time, &mut tally) {
            Ok(ended) => ended,
            Err(error) => return Err(target.failure().unwrap_or(error)),
        };
        if ended && !options.keep_missing && !reader.stopped() {
            gone::remove(reader, &ledger, &*target, &mut tally)?;
        }
        if std::mem::take(&mut tally.wrote) {
            target.commit()?;
            committed();
        }
        if ended {
            break;
        }
    }
    tally.gave_up.drain(..).for_each(|source| ledger.give_up(source));
    Dedupe::new(reader, &ledger, &mut tally).run(target, committed)?;
    let Tally { mut report, excluded, .. } = tally;
    for (path, ExcludedFile { code, reason, .. }) in excluded {
        report.skipped.add(vec![FileNote { path, code, reason }]);
    }
    report.bytes = control.bytes.load(Ordering::Relaxed);
    report.stopped = reader.stopped();
    report.took = started.elapsed();
    report.repaired.sort();
    report.skipped.sort();
    Ok(report)
}

/// Whether an index is up to date with a source, judged by names, times and sizes. Needs no write access.
///
/// # Errors
///
/// The error of the snapshot, if the index cannot be read.
pub fn is_current(snapshot: &dyn Snapshot, source: &Source, max_file_size: u64) -> Result<bool, IndexError> {
    let mut ledger = snapshot.ledger()?;
    let unheld = ledger.unheld();
    let may_hold = |(path, excluded): &(String, ExcludedFile)| {
        excluded.key_hash().is_some_and(|key| unheld.contains(&key)) && source.has(path)
    };
    if ledger.excluded.iter().any(may_hold) || !ledger.duplicate_keys(&[]).is_empty() {
        return Ok(false);
    }
    for candidate in source.walk().flatten() {
        let known = ledger.see(candidate.hash());
        if known.is_none() && candidate.size > max_file_size {
            continue;
        }
        if decide(known, &candidate) == Decision::Read {
            return Ok(false);
        }
    }
    let unseen = ledger.unseen();
    if unseen.is_empty() {
        return Ok(true);
    }
    let records = snapshot.records(&RecordFilter::Sources { sources: unseen, below: source.roots() })?;
    Ok(!records.iter().any(|record| Source::is_gone(&record.file.path)))
}

/// Ingests one article that has no file. It replaces all documents with its key.
///
/// # Errors
///
/// [`IngestError::Index`] if the index cannot be read or written.
pub fn ingest_bytes(index: &dyn Index, bytes: &[u8], options: &Options) -> Result<Report, IngestError> {
    let started = Instant::now();
    let hash = xxh3_64(bytes);
    let Parsed { value: article, problems } =
        Article::parse(bytes, &format!("standard-input-{hash:016x}"), &index.schema().keys());
    let path = format!("stdin:{}", article.key());
    let file = File { path, modified: 0, size: bytes.len() as u64, hash };
    let mut writer = index.writer(options.writer)?;
    let key = key_hash(&article.id, &article.locale);
    let replaced = index.snapshot()?.records(&RecordFilter::Keys(HashSet::from([key])))?;
    for record in &replaced {
        writer.remove(&record.file.path);
    }
    // It may be excluded under its own path.
    writer.remove(&file.path);
    writer.put(&article, &file)?;
    writer.commit()?;
    writer.finish(false)?;
    let mut report = Report { bytes: bytes.len() as u64, ..Report::default() };
    if replaced.is_empty() {
        report.indexed = 1;
    } else {
        report.updated = 1;
    }
    let note = |problem: Problem| FileNote {
        path: "-".into(),
        code: problem.code.into(),
        reason: problem.message.to_string(),
    };
    report.repaired.add(problems.into_iter().map(note).collect());
    report.took = started.elapsed();
    Ok(report)
}
