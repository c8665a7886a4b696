//! One ingest while it runs: walking, reading and writing.

use super::{Control, FileNote, IngestError, Options, Report, dedupe::DryRun};
use crate::{
    article::{self, Article, Keys},
    index::{ExcludedFile, Files, Index, IndexError, Inventory, Known, Writer, key_hash},
    problem::Parsed,
    source::{Candidate, PassedOver, Source},
    source::{File, path_hash},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, Scope},
    time::{Duration, Instant},
};

/// Files are handed over in parcels, as a lock a file would cost more than many files do.
const BATCH: usize = 32;
/// Of files of more bytes only one at a time is read, so that many readers do not need much memory.
const LARGE: u64 = 4 << 20;
/// At most this many parcels wait, so that the walk does not run ahead of the reading.
const WAITING: usize = 16;

pub(super) struct Run<'r> {
    pub(super) inventory: Inventory,
    pub(super) source: &'r Source,
    options: &'r Options,
    control: &'r Control,
    keys: Keys,
    state: Mutex<State>,
    /// Held by who reads a large file.
    large: Mutex<()>,
    started: Instant,
}

/// What the threads write together.
#[derive(Default)]
pub(super) struct State {
    pub report: Report,
    /// Keys that a file held and gave up, or whose article has changed: another file may have a claim.
    pub freed: HashSet<u64>,
    /// The files, by the hashes of their paths, that were read again to be known by their whole paths.
    pub renamed: HashSet<u64>,
    /// The files, by the hashes of their paths, that were set aside and read again.
    pub recalled: HashSet<u64>,
    /// Files that have no article of their own, as it looks now.
    pub aside: BTreeMap<String, ExcludedFile>,
    /// What a rehearsal has to remember, as it writes nothing that could be asked.
    pub dry_run: Option<DryRun>,
    failure: Option<IndexError>,
    pub wrote: bool,
}

/// How many readers run. There are always enough of them, as a walk that finds none would end before its files do.
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

    /// Counts one more, and says whether there may be one more.
    fn enter(&self) -> bool {
        let more = |running| (running < self.most).then_some(running + 1);
        self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Counts one less, and says whether there may be one less.
    fn leave(&self) -> bool {
        let fewer = |running| (running > self.least).then(|| running - 1);
        self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_ok()
    }
}

/// A file to be read, with what the index knows of it.
pub(super) struct Job {
    pub candidate: Candidate,
    pub known: Option<Known>,
}

impl<'r> Run<'r> {
    pub(super) fn new(
        inventory: Inventory,
        source: &'r Source,
        options: &'r Options,
        control: &'r Control,
        keys: Keys,
    ) -> Self {
        Self {
            inventory,
            source,
            options,
            control,
            keys,
            state: Mutex::default(),
            large: Mutex::new(()),
            started: Instant::now(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stopped(&self) -> bool {
        self.control.stop.load(Ordering::Relaxed)
    }

    /// Whether anything was written since this was asked last.
    pub(super) fn has_written(&self) -> bool {
        std::mem::take(&mut self.state().wrote)
    }

    /// Takes up what an ingest that was killed between two commits has not settled: files that were set aside for a key
    /// that nobody holds any more.
    pub(super) fn recover(&self) {
        self.state().freed.extend(self.inventory.unheld());
    }

    /// From now on nothing is written.
    pub(super) fn dry_run(&self) {
        self.state().dry_run = Some(DryRun::of(&self.inventory));
    }

    pub(super) fn into_report(self) -> Report {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut report = state.report;
        for (path, ExcludedFile { code, reason, .. }) in state.aside {
            report.skipped.add(vec![FileNote { path, code, reason }]);
        }
        report.bytes = self.control.bytes.load(Ordering::Relaxed);
        report.stopped = self.control.stop.load(Ordering::Relaxed);
        report.took = self.started.elapsed();
        report.repaired.sort();
        report.skipped.sort();
        report
    }

    /// Reads those of some files that are new or changed, for a time or until they end, and says whether they ended.
    /// Without a writer nothing is written.
    pub(super) fn read(
        &mut self,
        found: &mut dyn Iterator<Item = Result<Candidate, PassedOver>>,
        writer: Option<&dyn Writer>,
        time: Option<Duration>,
    ) -> Result<bool, IngestError> {
        let mut files = std::mem::take(&mut self.inventory.files);
        let (send, receive) = sync_channel::<Vec<Job>>(WAITING);
        let receive = Arc::new(Mutex::new(receive));
        let (run, readers) = (&*self, Readers::new(&self.options.readers));
        let ended = thread::scope(|scope| {
            for _ in 0..readers.least {
                run.start_reader(scope, Arc::clone(&receive), writer, &readers);
            }
            // The readers alone hold the other end, so that sending fails when none is left.
            drop(receive);
            let ended = self.walk(found, &mut files, &send, time);
            drop(send);
            ended
        });
        self.inventory.files = files;
        match self.state().failure.take() {
            Some(error) => Err(error.into()),
            None => Ok(ended),
        }
    }

    /// Sends every file that must be read, and marks those of `files` that are there; for a time or until the files
    /// end, and says whether they ended.
    fn walk(
        &self,
        found: &mut dyn Iterator<Item = Result<Candidate, PassedOver>>,
        files: &mut Files,
        send: &SyncSender<Vec<Job>>,
        time: Option<Duration>,
    ) -> bool {
        let started = Instant::now();
        let aside: HashMap<&str, &ExcludedFile> =
            self.inventory.aside.iter().map(|(path, aside)| (path.as_str(), aside)).collect();
        let mut batch = Vec::with_capacity(BATCH);
        let mut ended = false;
        // Each time some files are taken, however short it is.
        let is_over = |taken: usize| taken >= BATCH && time.is_some_and(|time| started.elapsed() >= time);
        for taken in 0.. {
            if is_over(taken) {
                break;
            }
            let Some(found) = found.next().filter(|_| !self.stopped()) else {
                ended = true;
                break;
            };
            self.control.walked.fetch_add(1, Ordering::Relaxed);
            let candidate = match found {
                Ok(candidate) => candidate,
                Err(passed) => {
                    self.skip(passed);
                    continue;
                }
            };
            let known = files.see(candidate.hash());
            if known.is_some_and(|known| known.modified == candidate.modified && known.size == candidate.size)
            {
                match aside.get(candidate.text.as_str()) {
                    Some(aside) => {
                        self.state().aside.insert(candidate.text, (*aside).clone());
                    }
                    None => self.state().report.unchanged += 1,
                }
                continue;
            }
            batch.push(Job { candidate, known });
            if batch.len() == BATCH && send.send(std::mem::take(&mut batch)).is_err() {
                ended = true;
                break;
            }
        }
        // Where nobody receives any more, a reader has failed and has left the reason.
        let _ = send.send(batch);
        ended
    }

    /// Starts a thread that reads jobs until there are none, unless as many run as may. It starts another one where files are
    /// mostly waited for, and leaves where they are not and enough are left.
    fn start_reader<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        receive: Arc<Mutex<Receiver<Vec<Job>>>>,
        writer: Option<&'s dyn Writer>,
        readers: &'s Readers,
    ) {
        if !readers.enter() {
            return;
        }
        scope.spawn(move || {
            while let Some(waited) = self.read_batch(&receive, writer) {
                if waited {
                    self.start_reader(scope, Arc::clone(&receive), writer, readers);
                } else if readers.leave() {
                    return;
                }
            }
        });
    }

    /// Reads the next parcel, and says whether most of the time was spent waiting for bytes of files; none where there is
    /// no parcel left, or the index cannot be written.
    fn read_batch(&self, receive: &Mutex<Receiver<Vec<Job>>>, writer: Option<&dyn Writer>) -> Option<bool> {
        let batch = receive.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()?;
        let (started, mut waited) = (Instant::now(), Duration::ZERO);
        for job in batch {
            match self.read_one(&job, writer) {
                Ok(time) => waited += time,
                Err(error) => drop(self.state().failure.get_or_insert(error)),
            }
            if self.state().failure.is_some() {
                return None;
            }
        }
        Some(waited * 2 > started.elapsed())
    }

    /// Reads one file, and writes its article, or that it has none. Tells how long its bytes were waited for.
    pub(super) fn read_one(&self, job: &Job, writer: Option<&dyn Writer>) -> Result<Duration, IndexError> {
        let path = &job.candidate.text;
        let held = job.known.and_then(|known| known.key);
        let is_large = job.candidate.size > LARGE;
        let _alone = is_large.then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner));
        let started = Instant::now();
        let read = job.candidate.read(self.options.max_file_size);
        let waited = started.elapsed();
        let (bytes, file) = match read {
            Ok(read) => read,
            Err(passed) => {
                // What the index has of the file is no longer true.
                if job.known.is_some() {
                    self.replace(job, writer, |_| Ok(()))?;
                }
                self.give_up(path, held);
                self.skip(passed);
                return Ok(waited);
            }
        };
        self.control.read.fetch_add(1, Ordering::Relaxed);
        self.control.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if let Some(code) = article::unreadable(&bytes) {
            let aside =
                ExcludedFile { code: code.into(), reason: reason_of(code).into(), key: String::new() };
            self.replace(job, writer, |writer| writer.set_aside(&file, &aside))?;
            self.give_up(path, held);
            self.state().aside.insert(path.clone(), aside);
            return Ok(waited);
        }
        let Parsed { value: mut article, problems } = Article::parse(&bytes, &job.candidate.name, &self.keys);
        drop(bytes);
        let same_bytes = job.known.is_some_and(|known| known.hash == file.hash && known.size == file.size);
        self.claim(&mut article, &file, held, same_bytes);
        self.replace(job, writer, |writer| writer.put(&article, &file))?;
        let notes = problems.into_iter().map(|problem| FileNote {
            path: path.clone(),
            code: problem.code.to_owned(),
            reason: problem.message,
        });
        let mut state = self.state();
        if let Some(dry_run) = &mut state.dry_run {
            dry_run.add(&article, &file, held);
        }
        match (held, same_bytes) {
            (Some(_), true) => state.report.unchanged += 1,
            (Some(_), false) => state.report.updated += 1,
            (None, _) => state.report.indexed += 1,
        }
        // What is read again was told already.
        if !state.renamed.contains(&path_hash(path)) {
            state.report.repaired.add(notes.collect());
        }
        Ok(waited)
    }

    /// Gives an article the id that it has in the index, and notes what becomes of the key that its file held. Several may
    /// have one key until all are there. An id that is only a file's path below its root says nothing: where another file
    /// has it, the whole path takes its place, and stays in it.
    fn claim(&self, article: &mut Article, file: &File, held: Option<u64>, same_bytes: bool) {
        let mut state = self.state();
        if article.named_by_path {
            let whole = file.path.trim_start_matches('/');
            if held == Some(key_hash(whole, &article.locale))
                || state.renamed.contains(&path_hash(&file.path))
            {
                whole.clone_into(&mut article.id);
            }
        }
        if !same_bytes {
            state.freed.extend(held);
        }
    }

    /// Notes that a file's article is no longer there.
    fn give_up(&self, path: &str, held: Option<u64>) {
        let mut state = self.state();
        if let Some(dry_run) = &mut state.dry_run {
            dry_run.give_up(path);
        }
        state.freed.extend(held);
        state.report.removed += u64::from(held.is_some());
    }

    /// Removes what the index has of a file, if anything, and writes something else.
    fn replace(
        &self,
        job: &Job,
        writer: Option<&dyn Writer>,
        write: impl FnOnce(&dyn Writer) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let Some(writer) = writer else { return Ok(()) };
        if job.known.is_some() {
            writer.remove(&job.candidate.text);
        }
        write(writer)?;
        self.state().wrote = true;
        Ok(())
    }

    fn skip(&self, passed: PassedOver) {
        let note = FileNote { path: passed.path, code: passed.code.to_owned(), reason: passed.reason };
        self.state().report.skipped.add(vec![note]);
    }

    /// The paths of files below the roots that the index knows, that the walk did not meet, and that are not
    /// there: what a glob or an unreadable folder hides is not gone.
    pub(super) fn gone(&self, engine: &dyn Index) -> Result<Vec<String>, IndexError> {
        if self.inventory.files.iter().all(|known| known.seen) {
            return Ok(Vec::new());
        }
        let unseen = |hash: u64| self.inventory.files.get(hash).is_some_and(|known| !known.seen);
        let mut paths = engine.paths_below(&self.source.roots(), &unseen)?;
        paths.retain(|path| Source::is_gone(path));
        Ok(paths)
    }

    /// Removes the articles of files that are gone; without a writer, counts them.
    pub(super) fn remove_gone(
        &self,
        engine: &dyn Index,
        writer: Option<&dyn Writer>,
    ) -> Result<(), IndexError> {
        for path in self.gone(engine)? {
            if let Some(writer) = writer {
                writer.remove(&path);
                self.state().wrote = true;
            }
            self.give_up(&path, self.inventory.files.get(path_hash(&path)).and_then(|known| known.key));
        }
        Ok(())
    }
}

pub(super) fn reason_of(code: &str) -> &'static str {
    match code {
        "empty" => "no text",
        _ => "not a text file",
    }
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
