//! Ingests a source into an index: new, changed and removed files, on all cores.
//!
//! One thread walks the source and compares it with the [`Ledger`] of the index; the others read, parse and write
//! (`pool`, `file`). Files with the same key are all written first. At the end the ledger tells which keys several
//! files have: the file with the latest `datetime` keeps its key, the others are excluded (`dedupe`). Of a written
//! article only the hash of its key stays in memory. A dry run does the same with a target that writes nothing and
//! remembers the record that each file would have (`target`).

mod decide;
mod dedupe;
mod explain;
mod file;
mod gone;
mod job;
mod pool;
mod records;
mod report;
mod tally;
mod target;

pub use explain::{Explained, explain};
pub use report::{EmptyRoot, FileNote, Notes, Report};

use crate::{
    article::{Article, Keys, RecordParser, Unread},
    index::{Excluded, Index, IndexError, Ledger, RecordFilter, Snapshot, WriterOptions, key_hash},
    problem::{Parsed, Problem},
    schema::Schema,
    source::{Contents, File, Piece, Place, Shape, Source, SourceError},
};
use decide::{Decision, decide};
use dedupe::Dedupe;
use file::FileReader;
use pool::Progress;
use std::{
    collections::{BTreeMap, HashSet},
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

/// The code of a document that the engine of the index did not take.
pub const REJECTED: &str = "rejected";

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
    let reader = FileReader::new(source, options, control, index.schema());
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
    let reader = FileReader::new(source, &options, control, schema);
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
    let mut progress = Progress::default();
    progress.tally.freed.extend(ledger.unheld());
    let mut files = source.walk();
    loop {
        let time = options.commit_every;
        let ended = match pool::read(reader, &mut files, &mut ledger, &*target, time, &mut progress) {
            Ok(ended) => ended,
            Err(error) => return Err(target.failure().unwrap_or(error)),
        };
        if ended && !options.keep_missing && !reader.stopped() {
            gone::remove(reader, &ledger, &*target, &mut progress.tally)?;
        }
        if std::mem::take(&mut progress.tally.wrote) {
            target.commit()?;
            committed();
        }
        if ended {
            break;
        }
    }
    let mut tally = progress.tally;
    tally.gave_up.drain(..).for_each(|(source, record)| ledger.give_up(source, record));
    Dedupe::new(reader, &ledger, &mut tally).run(target, committed)?;
    tally.report.note_rejected(target.rejected());
    let Tally { mut report, excluded, .. } = tally;
    for ((path, record), why) in excluded {
        if report.skipped.is_full() {
            report.skipped.count(&why.code, 1);
            continue;
        }
        let place = if record == 0 { None } else { target.place(&path, record)? };
        let (line, code, reason) = (place.map(|place| place.line), why.code.clone(), why.reason.clone());
        report.skipped.add(vec![FileNote { path: path.to_string(), line, code, reason }]);
    }
    report.ignored = files.into_ignored();
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
    let may_hold = |excluded: &Excluded| {
        excluded.key.is_some_and(|key| unheld.contains(&key)) && source.has(&excluded.path)
    };
    if ledger.excluded.iter().any(may_hold) || !ledger.duplicate_keys(&[]).is_empty() {
        return Ok(false);
    }
    for candidate in source.walk().flatten() {
        let known = ledger.see(candidate.hash());
        let is_whole = matches!(candidate.kind.contents, Contents::Whole(_));
        if known.is_none() && is_whole && candidate.size > max_file_size {
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

/// Ingests articles that have no file: those of some bytes, such as standard input. Each replaces all documents with its key.
///
/// # Errors
///
/// [`IngestError::Index`] if the index cannot be read or written.
pub fn ingest_bytes(
    index: &dyn Index,
    bytes: &[u8],
    contents: Contents,
    options: &Options,
) -> Result<Report, IngestError> {
    let started = Instant::now();
    let mut report = Report { bytes: bytes.len() as u64, ..Report::default() };
    let articles = articles_of(bytes, contents, &index.schema().keys(), &mut report);
    let mut writer = index.writer(options.writer)?;
    let keys = articles.iter().map(|(article, _)| key_hash(&article.id, &article.locale)).collect();
    let mut replaced = HashSet::new();
    for record in index.snapshot()?.records(&RecordFilter::Keys(keys))? {
        replaced.insert(key_hash(&record.id, &record.locale));
        if record.file.record == 0 {
            writer.remove(&record.file.path);
        } else {
            writer.remove_record(&record.file.path, record.file.record);
        }
    }
    for (article, file) in &articles {
        // It may be excluded under its own path.
        writer.remove(&file.path);
        writer.put(article, file)?;
        if replaced.contains(&key_hash(&article.id, &article.locale)) {
            report.updated += 1;
        } else {
            report.indexed += 1;
        }
    }
    writer.commit()?;
    report.note_rejected(writer.rejected());
    writer.finish(false)?;
    report.took = started.elapsed();
    Ok(report)
}

/// The articles in some bytes, each with a file of its own. Of several with one key, the last counts.
fn articles_of(bytes: &[u8], contents: Contents, keys: &Keys, report: &mut Report) -> Vec<(Article, File)> {
    let note = |line, code: &str, reason| FileNote { path: "-".into(), line, code: code.to_owned(), reason };
    let (mut places, mut unread) = (Vec::new(), Vec::new());
    let shape = match contents {
        Contents::Whole(format) => {
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            places.push(Place { offset: 0, bytes: length, line: 1 });
            Ok(Shape { format, head: Vec::new() })
        }
        Contents::Records(splitter) => {
            let mut input = bytes;
            splitter.split(&mut input, keys, bytes.len(), &mut |place, piece| match piece {
                Piece::Record(_) => places.push(place),
                Piece::Broken { code, reason } => unread.push(note(Some(place.line), code, reason)),
            })
        }
    };
    let mut articles: BTreeMap<String, (Article, File)> = BTreeMap::new();
    match shape {
        Err(error) => unread.push(note(None, error.code(), error.to_string())),
        Ok(Shape { format, head }) => {
            let parser = RecordParser::new(format, &head, keys);
            for place in places {
                let start = usize::try_from(place.offset).unwrap_or(usize::MAX);
                let Some(record) = bytes.get(start..start.saturating_add(place.bytes as usize)) else {
                    continue;
                };
                let (hash, size) = (xxh3_64(record), record.len() as u64);
                let line = matches!(contents, Contents::Records(_)).then_some(place.line);
                match parser.parse(record, &format!("standard-input-{hash:016x}")) {
                    Err(Unread { code, reason }) => unread.push(note(line, code, reason)),
                    Ok(Parsed { value, problems }) => {
                        let problem =
                            |problem: Problem| note(line, problem.code, problem.message.to_string());
                        report.repaired.add(problems.into_iter().map(problem).collect());
                        let path = format!("stdin:{}", value.key());
                        let file = File { path: path.clone(), size, hash, ..File::default() };
                        articles.insert(path, (value, file));
                    }
                }
            }
        }
    }
    for one in unread {
        report.skipped.add(vec![one]);
    }
    articles.into_values().collect()
}
