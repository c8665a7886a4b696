//! One ingest while it runs.

use super::{Control, FileNote, IngestError, Options, Report};
use crate::{
    article::{self, Article, Keys},
    corpus::{Candidate, Corpus, PassedOver},
    engine::{Aside, Engine, EngineError, File, Inventory, Known, Writer, key_hash, path_hash},
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::Ordering,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Instant,
};

/// Files are handed over in parcels, as a lock a file would cost more than many files do.
const PARCEL: usize = 32;
/// So many parcels wait at the most, so that the walk does not run ahead of the reading.
const WAITING: usize = 16;

pub(super) struct Run<'r> {
    inventory: Inventory,
    corpus: &'r Corpus,
    options: &'r Options,
    control: &'r Control,
    keys: Keys,
    state: Mutex<State>,
    started: Instant,
}

/// What the threads write together.
#[derive(Default)]
struct State {
    report: Report,
    /// The keys of the articles that the index will hold, as far as they are known.
    held: HashSet<u64>,
    /// Keys, as id and locale, that more than one file may hold.
    clashes: BTreeSet<(String, String)>,
    /// The files that were set aside earlier and have been read again.
    recalled: HashSet<String>,
    failure: Option<EngineError>,
    wrote: bool,
}

/// A file to be read, with what the index knows of it.
struct Job {
    candidate: Candidate,
    known: Option<Known>,
}

impl<'r> Run<'r> {
    pub(super) fn new(
        inventory: Inventory,
        corpus: &'r Corpus,
        options: &'r Options,
        control: &'r Control,
        keys: Keys,
    ) -> Self {
        let held = inventory.files.values().filter_map(|known| known.key).collect();
        let state = Mutex::new(State { held, ..State::default() });
        Self { inventory, corpus, options, control, keys, state, started: Instant::now() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stopped(&self) -> bool {
        self.control.stop.load(Ordering::Relaxed)
    }

    /// Whether anything was written.
    pub(super) fn changed(&self) -> bool {
        self.state().wrote
    }

    pub(super) fn into_report(self) -> Report {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut report = state.report;
        report.bytes = self.control.bytes.load(Ordering::Relaxed);
        report.stopped = self.control.stop.load(Ordering::Relaxed);
        report.took = self.started.elapsed();
        report.repaired.sort();
        report.skipped.sort();
        report
    }

    /// Walks the corpus and reads what is new or changed. Without a writer nothing is written.
    pub(super) fn read_all(&mut self, writer: Option<&dyn Writer>) -> Result<(), IngestError> {
        let mut files = std::mem::take(&mut self.inventory.files);
        let (send, receive) = sync_channel::<Vec<Job>>(WAITING);
        let receive = Mutex::new(receive);
        thread::scope(|scope| {
            for _ in 0..self.options.readers.max(1) {
                scope.spawn(|| self.read_jobs(&receive, writer));
            }
            self.walk(&mut files, &send);
            // The readers end when nothing more can come.
            drop(send);
        });
        self.inventory.files = files;
        match self.state().failure.take() {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }

    /// Sends every file that must be read, and marks those of `files` that are there.
    fn walk(&self, files: &mut HashMap<u64, Known>, send: &SyncSender<Vec<Job>>) {
        let aside: HashMap<&str, &Aside> =
            self.inventory.aside.iter().map(|(path, aside)| (path.as_str(), aside)).collect();
        let mut parcel = Vec::with_capacity(PARCEL);
        for found in self.corpus.walk() {
            if self.stopped() {
                break;
            }
            self.control.walked.fetch_add(1, Ordering::Relaxed);
            let candidate = match found {
                Ok(candidate) => candidate,
                Err(passed) => {
                    self.skip(passed);
                    continue;
                }
            };
            let known = files.get_mut(&candidate.hash()).map(|known| {
                known.seen = true;
                *known
            });
            if known.is_some_and(|known| known.modified == candidate.modified && known.size == candidate.size)
            {
                match aside.get(candidate.text.as_str()) {
                    Some(aside) => self.note_aside(&candidate.text, aside),
                    None => self.state().report.unchanged += 1,
                }
                continue;
            }
            parcel.push(Job { candidate, known });
            if parcel.len() == PARCEL && send.send(std::mem::take(&mut parcel)).is_err() {
                break;
            }
        }
        // Where nobody receives any more, a reader has failed and has left the reason.
        let _ = send.send(parcel);
    }

    fn read_jobs(&self, receive: &Mutex<Receiver<Vec<Job>>>, writer: Option<&dyn Writer>) {
        loop {
            let parcel = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(parcel) = parcel else { return };
            for job in parcel {
                if self.state().failure.is_some() {
                    // The channel is emptied, so that the walk does not wait for ever.
                    self.control.stop.store(true, Ordering::Relaxed);
                    break;
                }
                if let Err(error) = self.read_one(&job, writer) {
                    self.state().failure.get_or_insert(error);
                }
            }
        }
    }

    fn read_one(&self, job: &Job, writer: Option<&dyn Writer>) -> Result<(), EngineError> {
        let path = &job.candidate.text;
        let (bytes, file) = match job.candidate.read(self.options.max_file_size) {
            Ok(read) => read,
            Err(passed) => {
                // What the index has of the file is no longer true.
                if job.known.is_some() {
                    self.write(writer, |writer| {
                        writer.remove(path);
                        Ok(())
                    })?;
                }
                self.skip(passed);
                return Ok(());
            }
        };
        self.control.read.fetch_add(1, Ordering::Relaxed);
        self.control.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let same_bytes = job.known.is_some_and(|known| known.hash == file.hash && known.size == file.size);
        if let Some(code) = article::unreadable(&bytes) {
            let aside = Aside { code: code.into(), reason: reason_of(code).into(), key: String::new() };
            self.write(writer, |writer| {
                if job.known.is_some() {
                    writer.remove(path);
                }
                writer.set_aside(&file, &aside)
            })?;
            self.note_aside(path, &aside);
            return Ok(());
        }
        let parsed = Article::parse(&bytes, &job.candidate.name, &self.keys);
        drop(bytes);
        let article = parsed.value;
        self.write(writer, |writer| {
            if job.known.is_some() {
                writer.remove(path);
            }
            writer.put(&article, &file)
        })?;
        let key = key_hash(&article.id, &article.locale);
        let mut state = self.state();
        let own = job.known.and_then(|known| known.key) == Some(key);
        if !state.held.insert(key) && !own {
            state.clashes.insert((article.id.clone(), article.locale.clone()));
        }
        match (job.known.and_then(|known| known.key), same_bytes) {
            (Some(_), true) => state.report.unchanged += 1,
            (Some(_), false) => state.report.updated += 1,
            (None, _) => state.report.indexed += 1,
        }
        let notes = parsed.problems.into_iter().map(|problem| FileNote {
            path: path.clone(),
            code: problem.code.to_owned(),
            reason: problem.message,
        });
        state.report.repaired.add(notes.collect());
        Ok(())
    }

    fn write(
        &self,
        writer: Option<&dyn Writer>,
        write: impl FnOnce(&dyn Writer) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let Some(writer) = writer else { return Ok(()) };
        write(writer)?;
        self.state().wrote = true;
        Ok(())
    }

    fn skip(&self, passed: PassedOver) {
        let note = FileNote { path: passed.path, code: passed.code.to_owned(), reason: passed.reason };
        self.state().report.skipped.add(vec![note]);
    }

    fn note_aside(&self, path: &str, aside: &Aside) {
        let note = FileNote { path: path.to_owned(), code: aside.code.clone(), reason: aside.reason.clone() };
        self.state().report.skipped.add(vec![note]);
    }

    /// The paths of files below the roots that the index knows and the walk did not meet.
    fn gone(&self, engine: &dyn Engine) -> Result<Vec<String>, EngineError> {
        let unseen = |hash: u64| self.inventory.files.get(&hash).is_some_and(|known| !known.seen);
        if self.inventory.files.values().all(|known| known.seen) {
            return Ok(Vec::new());
        }
        engine.paths_below(&self.corpus.roots(), &unseen)
    }

    pub(super) fn count_gone(&self, engine: &dyn Engine) -> Result<(), EngineError> {
        self.state().report.removed = self.gone(engine)?.len() as u64;
        Ok(())
    }

    pub(super) fn remove_gone(&self, engine: &dyn Engine, writer: &dyn Writer) -> Result<(), EngineError> {
        for path in self.gone(engine)? {
            writer.remove(&path);
            let known = self.inventory.files.get(&path_hash(&path));
            let mut state = self.state();
            state.wrote = true;
            state.report.removed += u64::from(known.is_some_and(|known| known.key.is_some()));
        }
        Ok(())
    }

    /// Of several files with one key keeps the one with the later date, and reads again what was set aside
    /// for a key that nobody holds any more. Says whether anything was written.
    pub(super) fn settle(&self, engine: &dyn Engine, writer: &dyn Writer) -> Result<bool, EngineError> {
        let clashes = std::mem::take(&mut self.state().clashes);
        let mut wrote = false;
        for (id, locale) in clashes {
            let mut holders = engine.holders(&id, &locale)?;
            holders.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.file.path.cmp(&b.file.path)));
            let Some((winner, losers)) = holders.split_first() else { continue };
            for loser in losers {
                let reason = format!("the same article is in {}, which is the later one", winner.file.path);
                let aside = Aside { code: "duplicate-id".into(), reason, key: key_text(&id, &locale) };
                writer.remove(&loser.file.path);
                writer.set_aside(&loser.file, &aside)?;
                self.note_aside(&loser.file.path, &aside);
                self.uncount(&loser.file);
                wrote = true;
            }
        }
        Ok(self.recall(engine, writer)? || wrote)
    }

    /// Takes back that the article of a file was counted in this run, if it was.
    fn uncount(&self, file: &File) {
        let known = self.inventory.files.get(&path_hash(&file.path)).filter(|known| known.key.is_some());
        let mut state = self.state();
        match known {
            None => state.report.indexed = state.report.indexed.saturating_sub(1),
            Some(known) if known.hash != file.hash => {
                state.report.updated = state.report.updated.saturating_sub(1);
            }
            Some(_) => state.report.unchanged = state.report.unchanged.saturating_sub(1),
        }
    }

    /// Reads again the files that were set aside earlier for a key that is free now.
    fn recall(&self, engine: &dyn Engine, writer: &dyn Writer) -> Result<bool, EngineError> {
        let mut wrote = false;
        for (path, aside) in &self.inventory.aside {
            let Some((id, locale)) = aside.key.split_once('\n') else { continue };
            if !engine.holders(id, locale)?.is_empty() || !self.state().recalled.insert(path.clone()) {
                continue;
            }
            // What is gone was removed already.
            let Ok(candidate) = self.corpus.find(path) else { continue };
            let known = self.inventory.files.get(&path_hash(path)).copied();
            self.read_one(&Job { candidate, known }, Some(writer))?;
            wrote = true;
        }
        Ok(wrote)
    }
}

/// An id and a locale in one text that gives them back.
fn key_text(id: &str, locale: &str) -> String {
    format!("{id}\n{locale}")
}

fn reason_of(code: &str) -> &'static str {
    match code {
        "empty" => "it holds no text",
        _ => "it is no text file",
    }
}

/// Ingests an article that came from no file.
pub(super) fn from_bytes(
    engine: &dyn Engine,
    bytes: &[u8],
    options: &Options,
) -> Result<Report, IngestError> {
    let started = Instant::now();
    let mut report = Report { bytes: bytes.len() as u64, ..Report::default() };
    let note =
        |code: &str, reason: &str| FileNote { path: "-".into(), code: code.into(), reason: reason.into() };
    if let Some(code) = article::unreadable(bytes) {
        report.skipped.add(vec![note(code, reason_of(code))]);
        return Ok(report);
    }
    let parsed = Article::parse(bytes, "standard-input", &engine.schema().keys());
    let article = parsed.value;
    let path = format!("stdin:{}", article.key());
    let hash = xxhash_rust::xxh3::xxh3_64(bytes);
    let file = File { path, modified: 0, size: bytes.len() as u64, hash };
    let holders = engine.holders(&article.id, &article.locale)?;
    let mut writer = engine.writer(options.writer)?;
    for holder in &holders {
        writer.remove(&holder.file.path);
    }
    writer.put(&article, &file)?;
    writer.commit()?;
    writer.finish()?;
    engine.refresh()?;
    if holders.is_empty() {
        report.indexed = 1;
    } else {
        report.updated = 1;
    }
    let problems = parsed.problems.iter().map(|problem| note(problem.code, &problem.message));
    report.repaired.add(problems.collect());
    report.took = started.elapsed();
    Ok(report)
}
