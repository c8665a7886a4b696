//! Walks files, and reads the new and changed ones on several threads.

use super::{
    decide::{Decision, decide},
    file::FileReader,
    job::{BATCH, Job},
    tally::Tally,
    target::Target,
};
use crate::{
    index::{Excluded, IndexError, KnownRecords, Ledger, UnreadRecords},
    source::{Candidate, Contents, PassedOver},
};
use std::{
    collections::HashMap,
    io,
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread::{self, Scope},
    time::{Duration, Instant},
};

/// Maximum number of queued batches, so that the walk does not run far ahead of the readers.
const MAX_WAITING: usize = 16;

/// The queue of files to read.
type JobQueue = Receiver<Vec<Job>>;
/// What a reader did, or why it stopped.
type Done = Result<Progress, IndexError>;

/// How far an ingest came.
#[derive(Default)]
pub(super) struct Progress {
    pub tally: Tally,
    /// The files that are left to read, as it is time to commit.
    left: Vec<Job>,
}

impl Progress {
    fn add(&mut self, other: Self) {
        self.tally.add(other.tally);
        self.left.extend(other.left);
    }
}

/// Counts the running readers. The count never falls below `least`: without readers the walk would end early.
struct Readers {
    running: AtomicUsize,
    least: usize,
    most: usize,
}

impl Readers {
    fn new(range: &RangeInclusive<usize>) -> Self {
        let least = (*range.start()).max(1);
        Self { running: AtomicUsize::new(0), least, most: least.max(*range.end()) }
    }

    /// Counts one reader more, unless there are `most`. Returns whether it did.
    fn enter(&self) -> bool {
        let more = |running| (running < self.most).then_some(running + 1);
        self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Counts one reader less, unless only `least` are left. Returns whether it did.
    fn leave(&self) -> bool {
        let fewer = |running| (running > self.least).then(|| running - 1);
        self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_ok()
    }
}

/// What the reader threads share.
struct Pool<'p> {
    reader: &'p FileReader<'p>,
    target: &'p dyn Target,
    batches: Mutex<JobQueue>,
    readers: Readers,
    failed: AtomicBool,
    /// From when on files of many records are left for after a commit.
    until: Option<Instant>,
}

/// Reads what was left and the new and changed files among `files`, for a time or to their end. Adds what was done to `progress`.
/// Returns whether there is nothing left.
///
/// # Errors
///
/// The first error of the target; the tally is then incomplete.
pub(super) fn read(
    reader: &FileReader<'_>,
    files: &mut dyn Iterator<Item = Result<Candidate, PassedOver>>,
    ledger: &mut Ledger,
    target: &dyn Target,
    time: Option<Duration>,
    progress: &mut Progress,
) -> Result<bool, IndexError> {
    let (send, batches) = sync_channel::<Vec<Job>>(MAX_WAITING);
    let (report, done) = channel::<Done>();
    let readers = Readers::new(&reader.options.readers);
    let batches = Mutex::new(batches);
    // Only the readers own the pool, so that sending fails when none is left.
    let until = time.map(|time| Instant::now() + time);
    let pool = Arc::new(Pool { reader, target, batches, readers, failed: AtomicBool::new(false), until });
    let ended = thread::scope(|scope| {
        let mut refused = None;
        for _ in 0..pool.readers.least {
            refused = start_reader(scope, &pool, &report).err().or(refused);
        }
        // One reader is enough.
        if let Some(error) = refused.filter(|_| pool.readers.running.load(Ordering::Relaxed) == 0) {
            return Err(IndexError::Threads(error.to_string()));
        }
        drop((pool, report));
        let ended = walk(reader, files, ledger, &send, until, progress, &done);
        drop(send);
        ended
    })?;
    for done in done {
        progress.add(done?);
    }
    Ok(ended && progress.left.is_empty())
}

/// Queues every file that must be read, and marks all files as seen in the ledger; for a time or to their end. Returns
/// whether they ended.
fn walk(
    reader: &FileReader<'_>,
    files: &mut dyn Iterator<Item = Result<Candidate, PassedOver>>,
    ledger: &mut Ledger,
    send: &SyncSender<Vec<Job>>,
    until: Option<Instant>,
    progress: &mut Progress,
    done: &Receiver<Done>,
) -> Result<bool, IndexError> {
    let is_late = || until.is_some_and(|until| Instant::now() >= until);
    let mut left = std::mem::take(&mut progress.left);
    if reader.stopped() {
        // What was done to those that were begun is still to be counted.
        left.retain(|job| job.unfinished.is_some());
    }
    // Files that were begun come first, each to a reader of its own: so no more of them are open than there are readers.
    left.sort_by_key(|job| job.unfinished.is_none());
    let has_left = !left.is_empty();
    for job in left {
        if send.send(vec![job]).is_err() {
            return Ok(false);
        }
    }
    let excluded = std::mem::take(&mut ledger.excluded);
    let mut by_path: HashMap<&str, Vec<&Excluded>> = HashMap::new();
    for one in &excluded {
        by_path.entry(&one.path).or_default().push(one);
    }
    let unread: HashMap<String, UnreadRecords> = std::mem::take(&mut ledger.unread).into_iter().collect();
    let mut batch = Vec::with_capacity(BATCH);
    let mut ended = false;
    for taken in 0.. {
        // However short the time is, there is something to read.
        if (has_left || taken >= BATCH) && is_late() {
            break;
        }
        let Some(found) = files.next().filter(|_| !reader.stopped()) else {
            ended = true;
            break;
        };
        reader.control.walked.fetch_add(1, Ordering::Relaxed);
        let candidate = match found {
            Ok(candidate) => candidate,
            Err(passed) => {
                progress.tally.skip(passed);
                continue;
            }
        };
        let known = ledger.see(candidate.hash());
        let excluded = by_path.get(candidate.text.as_str()).map(Vec::as_slice).unwrap_or_default();
        let has_records = known.is_some_and(|known| known.has_records);
        let records = if has_records { ledger.records(candidate.hash()) } else { KnownRecords::default() };
        if decide(known, &candidate) == Decision::Keep {
            for one in excluded {
                progress.tally.keep_excluded(one);
            }
            if let Some(unread) = unread.get(&candidate.text) {
                progress.tally.skip_records(&candidate.text, unread);
            }
            progress.tally.report.unchanged += if has_records {
                records.iter().filter(|(_, key)| key.is_some()).count() as u64
            } else {
                u64::from(excluded.is_empty())
            };
            continue;
        }
        let excluded = if has_records { excluded.iter().copied().cloned().collect() } else { Vec::new() };
        batch.push(Job {
            candidate,
            known,
            records,
            excluded,
            again: None,
            rename: None,
            until: None,
            unfinished: None,
        });
        // Sending fails if all readers have stopped; `read` then returns their error.
        if batch.len() == BATCH {
            if send.send(std::mem::take(&mut batch)).is_err() {
                break;
            }
            for one in done.try_iter() {
                progress.add(one?);
            }
        }
    }
    let _ = send.send(batch);
    drop(by_path);
    ledger.excluded = excluded;
    ledger.unread = unread.into_iter().collect();
    Ok(ended)
}

/// Starts a reader thread, unless the maximum is running. It reads batches until there are none. After a batch that
/// mostly waited for files it starts another reader; after any other it ends, if enough readers are left. Fails if the
/// system starts no thread.
fn start_reader<'s>(scope: &'s Scope<'s, '_>, pool: &Arc<Pool<'s>>, report: &Sender<Done>) -> io::Result<()> {
    if !pool.readers.enter() {
        return Ok(());
    }
    let (shared, report) = (Arc::clone(pool), report.clone());
    let read = move || {
        let (mut progress, mut has_read) = (Progress::default(), false);
        let done = loop {
            match read_batch(&shared, &mut progress, &mut has_read) {
                // Without it, those that run go on.
                Ok(Some(true)) => drop(start_reader(scope, &shared, &report)),
                Ok(Some(false)) if shared.readers.leave() => break Ok(progress),
                Ok(Some(false)) => {}
                Ok(None) => break Ok(progress),
                Err(error) => {
                    shared.failed.store(true, Ordering::Relaxed);
                    break Err(error);
                }
            }
        };
        // The receiver outlives all readers, so this cannot fail.
        let _ = report.send(done);
    };
    let started = thread::Builder::new().name("reader".into()).spawn_scoped(scope, read);
    if started.is_err() {
        pool.readers.running.fetch_sub(1, Ordering::Relaxed);
    }
    started.map(drop)
}

/// Reads the next batch. Past the time to commit, files of many records are left, unless the reader `has_read` none yet. Returns
/// whether more than half of the time went to waiting for files; `None` if no batch is left or another reader has failed.
fn read_batch(
    pool: &Pool<'_>,
    progress: &mut Progress,
    has_read: &mut bool,
) -> Result<Option<bool>, IndexError> {
    let next = pool.batches.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let Ok(batch) = next else { return Ok(None) };
    let (started, mut waited) = (Instant::now(), Duration::ZERO);
    for mut job in batch {
        if pool.failed.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let has_records = matches!(job.candidate.kind.contents, Contents::Records(_));
        if has_records && *has_read && pool.until.is_some_and(|until| Instant::now() >= until) {
            progress.left.push(job);
            continue;
        }
        *has_read = true;
        job.until = pool.until.filter(|_| has_records);
        waited += pool.reader.read(&mut job, pool.target, &mut progress.tally)?;
        if job.unfinished.is_some() {
            progress.left.push(job);
        }
    }
    Ok(Some(waited * 2 > started.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::Readers;
    use std::{sync::atomic::Ordering, thread};

    #[test]
    fn there_are_never_too_few_readers_nor_too_many() {
        for _ in 0..200 {
            let readers = Readers::new(&(2..=8));
            let entered = (0..20).filter(|_| readers.enter()).count();
            assert_eq!(entered, 8);
            // All of them find at once that they are not needed.
            let left: usize = thread::scope(|scope| {
                let leaving: Vec<_> = (0..8).map(|_| scope.spawn(|| usize::from(readers.leave()))).collect();
                leaving.into_iter().map(|one| one.join().unwrap_or(0)).sum()
            });
            assert_eq!((left, readers.running.load(Ordering::Relaxed)), (6, 2));
        }
        assert_eq!(Readers::new(&(0..=0)).least, 1);
    }
}
