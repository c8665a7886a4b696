//! From a source to an index: what is new, changed and gone, on all cores.
//!
//! One thread walks and compares with the [`Ledger`] of the index; the others read, parse and write
//! (`pool`, `file`). Two files with one key are both written at first; when all are there, the ledger tells which keys two
//! files have, the later `datetime` stays, and the others are excluded (`dedupe`): of an article that is written only the
//! hash of its key is remembered. A dry run does the same with a target that writes nothing, and remembers which record each
//! file would have (`target`).

mod dedupe;
mod file;
mod pool;
mod report;
mod tally;
mod target;

pub use report::{FileNote, Notes, Report};

use crate::{
    article::Article,
    index::{
        ExcludedFile, Index, IndexError, Ledger, Record, RecordFilter, Snapshot, WriterOptions, key_hash,
    },
    problem::{Parsed, Problem},
    schema::Schema,
    source::{File, Source, SourceError, path_hash},
};
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

/// How a source is ingested.
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
    /// How the writer of the index uses the machine.
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
    /// The source cannot be walked.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The index cannot be read or written.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Brings an index in step with a source. What an ingest that was killed has left undone is done as well. After each
/// commit, `committed` is called with the number of files that were read by then.
///
/// # Errors
///
/// If the index cannot be read or written. Files that cannot be read are no errors: the report names them.
pub fn ingest(
    index: &dyn Index,
    source: &Source,
    options: &Options,
    control: &Control,
    committed: &mut dyn FnMut(u64),
) -> Result<Report, IngestError> {
    let started = Instant::now();
    // From here on no other process writes, so that what is read now stays true.
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
    target.writer.finish(!report.stopped)?;
    Ok(Report { took: started.elapsed(), ..report })
}

/// What [`ingest`] would do with an index, or, without one, with a new one. Nothing is written.
///
/// # Errors
///
/// If the index cannot be read.
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

/// Brings a target in step with a source. `committed` is called after each commit.
fn run(
    reader: &FileReader<'_>,
    mut ledger: Ledger,
    target: &mut dyn Target,
    committed: &mut dyn FnMut(),
) -> Result<Report, IndexError> {
    let started = Instant::now();
    let FileReader { source, options, control, .. } = reader;
    // An ingest that was killed between two commits may have left files excluded for a key that no file holds any more.
    let mut tally = Tally { freed: ledger.unheld(), ..Tally::default() };
    let mut files = source.walk();
    loop {
        let time = options.commit_every;
        let ended = match pool::read(reader, &mut files, &mut ledger, &*target, time, &mut tally) {
            Ok(ended) => ended,
            Err(error) => return Err(target.failure().unwrap_or(error)),
        };
        if ended && !options.keep_missing && !reader.stopped() {
            remove_gone(source, &ledger, &*target, &mut tally)?;
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

/// Removes the articles of files that are gone: what a glob or an unreadable folder hides is not.
fn remove_gone(
    source: &Source,
    ledger: &Ledger,
    target: &dyn Target,
    tally: &mut Tally,
) -> Result<(), IndexError> {
    let unseen = ledger.unseen();
    if unseen.is_empty() {
        return Ok(());
    }
    let mut records = target.records(&RecordFilter::Sources { sources: unseen, below: source.roots() })?;
    // Of a file with two documents, as only damage makes them, the article is removed once.
    records.dedup_by(|a, b| a.file.path == b.file.path);
    for Record { file, .. } in records {
        if Source::is_gone(&file.path) {
            target.remove(&file.path);
            tally.wrote = true;
            tally.give_up(&file.path, ledger.get(path_hash(&file.path)).and_then(|known| known.key));
        }
    }
    Ok(())
}

/// Whether an index is in step with a source already; told by names and times alone, without the right to write.
///
/// # Errors
///
/// If the index cannot be read.
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
        if known.is_none_or(|known| known.modified != candidate.modified || known.size != candidate.size) {
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

/// Ingests one article that came from no file. It takes the place of whatever has its key.
///
/// # Errors
///
/// If the index cannot be read or written.
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
    // It may have been excluded under its own path.
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
    let note =
        |problem: Problem| FileNote { path: "-".into(), code: problem.code.into(), reason: problem.message };
    report.repaired.add(problems.into_iter().map(note).collect());
    report.took = started.elapsed();
    Ok(report)
}
