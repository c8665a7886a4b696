//! Reads a file of many records and writes the articles that are new.
//!
//! The file is read twice. The first pass splits it and hashes each record, which tells what is new and what is gone, in 24
//! bytes a record. The second reads the new records alone, from their places. So a record that moves costs nothing but
//! its hash.

use super::{
    FileNote,
    file::{FileReader, LARGE, remove},
    job::{BATCH, Job, Pass, Rename, Unfinished},
    tally::Tally,
    target::Target,
};
use crate::{
    article::{RecordParser, Unread},
    index::{
        ExcludedFile, IndexError, Known, RecordsFile, UnreadRecord, UnreadRecords, key_hash,
        memory_of_article, memory_of_text,
    },
    problem::{Parsed, Problem},
    source::{
        CUT_OFF, Candidate, Contents, File, PassedOver, Piece, Place, RecordsBuilder, RereadError,
        SplitError, Splitter, Stream, UnpackError, path_hash,
    },
};
use std::{
    cell::Cell,
    collections::HashMap,
    io::{self, BufRead, Read},
    num::NonZeroU64,
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};
use xxhash_rust::xxh3::xxh3_64;

/// A file that changes while it is read is read again, this many times at most.
const ATTEMPTS: usize = 5;

/// How the first pass ended.
enum Split {
    /// With records, or with parts that should be some.
    Some(Box<Pass>),
    /// The file holds no records, for a reason.
    None(File, ExcludedFile),
}

/// How far the second pass came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    End,
    /// It is time to commit.
    Commit,
    /// The ingest was stopped.
    Stop,
}

/// Why the second pass ended early.
enum Stop {
    /// The file has changed since the first pass.
    Changed,
    /// The target fails.
    Target(IndexError),
}

impl From<IndexError> for Stop {
    fn from(error: IndexError) -> Self {
        Self::Target(error)
    }
}

impl FileReader<'_> {
    /// Reads the records of a file that are new, and removes those that are gone. Once it is time to commit, the rest is left
    /// to be read after that: see [`Job::unfinished`]. Returns the time spent in the first pass.
    pub(super) fn read_records(
        &self,
        job: &mut Job,
        splitter: Splitter,
        target: &dyn Target,
        tally: &mut Tally,
    ) -> Result<Duration, IndexError> {
        let path = job.candidate.text.clone();
        // A decoder may take as much memory as a large article.
        let is_packed = job.candidate.kind.may_be_packed;
        let _alone = is_packed.then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner));
        // What the index has of the file besides records must go, such as the article that the file once was.
        let mut anew = job.known.is_some_and(|known| !known.has_records) && job.again.is_none();
        // What was done to the file. It is counted once the file is done with, as an attempt that begins anew removes all of it.
        let mut done = Tally::default();
        for attempt in 1..=ATTEMPTS {
            let started = Instant::now();
            let mut work = match job.unfinished.take() {
                Some(mut work) => {
                    done = std::mem::take(&mut work.done);
                    work
                }
                None => match self.split(&job.candidate, splitter) {
                    // Another attempt has removed what this one cannot see.
                    Ok(Split::Some(pass)) if attempt > 1 && pass.cut.is_some() => {
                        tally.add(done);
                        tally.skip(changing(&path));
                        return Ok(started.elapsed());
                    }
                    Ok(Split::Some(pass)) => {
                        done.forget();
                        if anew {
                            target.remove(&path);
                            done.give_up(&path, 0, job.known.and_then(|known| known.key));
                        }
                        if job.again.is_none() {
                            done.report.repaired.add(pass.malformed.iter().cloned().collect());
                        }
                        Box::new(self.compare(job, *pass, anew, &mut done))
                    }
                    Ok(Split::None(file, excluded)) => {
                        self.count(&file);
                        if attempt > 1 {
                            // An attempt may have written of a file that the index does not know.
                            target.remove(&path);
                        }
                        remove(job, target, tally);
                        target.exclude(&file, &excluded)?;
                        tally.wrote = true;
                        tally.give_up(&path, 0, job.known.and_then(|known| known.key));
                        tally.exclude(&path, 0, excluded);
                        return Ok(started.elapsed());
                    }
                    Err(mut passed) => {
                        tally.add(done);
                        if job.known.is_some() {
                            passed.reason.push_str("; the index keeps what it has of it");
                        }
                        tally.skip(passed);
                        return Ok(started.elapsed());
                    }
                },
            };
            let waited = started.elapsed();
            match self.write_records(job, &mut work, target, &mut done) {
                Ok(reached) => {
                    if job.again.is_none() {
                        if reached == Reached::End {
                            Self::remove_gone(&path, &mut work, target, &mut done);
                        }
                        Self::note(&mut work, reached, target, &mut done)?;
                    }
                    if reached == Reached::Commit {
                        tally.wrote |= done.wrote;
                        work.done = done;
                        job.unfinished = Some(work);
                    } else {
                        tally.add(done);
                        self.count(&work.pass.of.file);
                    }
                    return Ok(waited);
                }
                Err(Stop::Target(error)) => return Err(error),
                // What is kept would be removed with the rest.
                Err(Stop::Changed) if attempt < ATTEMPTS && work.kept == 0 => anew |= job.again.is_none(),
                Err(Stop::Changed) => {
                    tally.add(done);
                    tally.skip(changing(&path));
                    return Ok(waited);
                }
            }
        }
        Ok(Duration::ZERO)
    }

    /// Counts a file as read.
    fn count(&self, file: &File) {
        self.control.read.fetch_add(1, Ordering::Relaxed);
        self.control.bytes.fetch_add(file.size, Ordering::Relaxed);
    }

    /// Removes the records that are gone, once what has taken their place is written: a commit before that shows them still.
    fn remove_gone(path: &str, work: &mut Unfinished, target: &dyn Target, tally: &mut Tally) {
        if work.anew || work.kept > 0 {
            return;
        }
        let unseen = work.unseen.drain().map(|(key, record)| (record, Some(key)));
        for (record, held) in unseen.chain(work.gone.drain(..)) {
            target.remove_record(path, record);
            tally.give_up(path, record, held);
            tally.wrote = true;
        }
    }

    /// Writes what is known of the file. Until all of it was read, and while more of it is kept than it holds, the next ingest
    /// reads it again.
    fn note(
        work: &mut Unfinished,
        reached: Reached,
        target: &dyn Target,
        tally: &mut Tally,
    ) -> Result<(), IndexError> {
        let Unfinished { pass: Pass { of, cut, .. }, kept, is_told, .. } = work;
        let is_read = reached == Reached::End;
        let is_whole = is_read && cut.is_none() && *kept == 0;
        if is_read {
            if let Some(mut cut) = cut.take() {
                if *kept > 0 {
                    cut.reason.push_str("; the index keeps what it has of the rest");
                }
                of.unread.add(cut);
            }
            tally.skip_records(&of.file.path, &of.unread);
        } else if std::mem::replace(is_told, true) {
            return Ok(());
        }
        let modified = of.file.modified;
        if !is_whole {
            of.file.modified = Known::UNREAD;
        }
        target.put_records(of)?;
        of.file.modified = modified;
        tally.wrote = true;
        Ok(())
    }

    /// The first pass.
    fn split(&self, candidate: &Candidate, splitter: Splitter) -> Result<Split, PassedOver> {
        let limit = usize::try_from(self.options.max_file_size).unwrap_or(usize::MAX);
        let passed = |code, reason| PassedOver { path: candidate.text.clone(), code, reason };
        let none = |file, code: &str, reason| {
            let file = File { contents: candidate.kind.chosen(), ..file };
            Ok(Split::None(file, ExcludedFile { code: code.to_owned(), reason, key: String::new() }))
        };
        for attempt in 1..=ATTEMPTS {
            let mut stream = candidate.stream().map_err(|error| passed(error.code(), error.to_string()))?;
            let extent = Extent::default();
            let mut input = Watched { input: &mut stream, extent: &extent };
            let mut found = Found::default();
            let shape = splitter
                .split(&mut input, &self.keys, limit, &mut |place, piece| found.add(place, piece, &extent));
            let failed = extent.error.take();
            let shape = match (shape, &failed) {
                (Ok(shape), _) => shape,
                (Err(SplitError::NoRecords { code, reason }), None) => {
                    let Ok((file, _)) = stream.finish(false) else { continue };
                    return none(file, code, reason);
                }
                (Err(error), None) => return Err(passed(error.code(), error.to_string())),
                (Err(_), Some(error)) => return Err(passed(code_of(error), error.to_string())),
            };
            if let Some(error) = failed {
                // An archive that grows too much is refused as a whole.
                let is_bad = matches!(UnpackError::of(&error), Some(UnpackError::BadRatio(_)));
                if is_bad || found.line == 0 {
                    return Err(passed(code_of(&error), error.to_string()));
                }
                found.cut = Some(UnreadRecord {
                    line: found.line,
                    code: code_of(&error).to_owned(),
                    reason: format!("{error}; nothing behind this line was read"),
                });
            }
            if self.texts_in_files && !stream.is_seekable() {
                return Err(passed("no-places", no_places(&stream)));
            }
            let malformed = stream.problem().map(|(problem, line)| FileNote {
                path: candidate.text.clone(),
                line: Some(line),
                code: problem.code.to_owned(),
                reason: problem.message.to_string(),
            });
            // A file that always grows is read up to where it was.
            match stream.finish(attempt == ATTEMPTS) {
                Ok((file, reader)) => {
                    let Found { builder, unread, cut, .. } = found;
                    let records = builder.finish(splitter, shape);
                    if records.places().is_empty() && unread.by_code.is_empty() && cut.is_none() {
                        return none(file, "no-records", "it holds no records".to_owned());
                    }
                    let of = RecordsFile { file, records, documents: 0, unread };
                    return Ok(Split::Some(Box::new(Pass { of, cut, reader, malformed })));
                }
                Err(RereadError::Changed) => {}
                Err(RereadError::Open(error)) => return Err(passed(error.code(), error.to_string())),
            }
        }
        Err(changing(&candidate.text))
    }

    /// Compares what the first pass found with what the index has: which records are new, and which are gone. Where the file is
    /// cut off, or articles stay when their files are gone, those that are not seen are kept. `anew` says that the target has
    /// none any more.
    fn compare(&self, job: &Job, mut pass: Pass, anew: bool, tally: &mut Tally) -> Unfinished {
        let (path, records) = (&job.candidate.text, &pass.of.records);
        let places = records.places();
        // What the file was by mistake is not kept.
        let is_as_before =
            |known: Known| known.contents.is_none_or(|was| was == Contents::Records(records.splitter));
        let may_keep =
            !anew && job.known.is_none_or(is_as_before) && (pass.cut.is_some() || self.options.keep_missing);
        let mut new: Vec<u32> = Vec::new();
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (mut unseen, mut gone, mut documents, mut kept) = (HashMap::new(), Vec::new(), 0, 0);
        if let Some(again) = &job.again {
            new.extend((0..places.len()).filter(|at| again.contains(&places[*at].0)).map(number));
        } else {
            let mut at = 0;
            for (record, held) in job.records.iter() {
                while places.get(at).is_some_and(|(id, _)| *id < record) {
                    new.push(number(at));
                    at += 1;
                }
                let is_there = !anew && places.get(at).is_some_and(|(id, _)| *id == record);
                at += usize::from(is_there);
                if is_there || may_keep {
                    documents += 1;
                    tally.report.unchanged += u64::from(held.is_some());
                } else if anew {
                    tally.wrote = true;
                    tally.give_up(path, record, held);
                } else if held.is_none() {
                    gone.push((record, None));
                }
                if !is_there {
                    kept += u64::from(may_keep);
                    let earlier = held.and_then(|key| unseen.insert(key, record));
                    // An ingest that was killed may have left two records with one key.
                    gone.extend(earlier.filter(|_| !anew && !may_keep).map(|earlier| (earlier, held)));
                }
            }
            new.extend((at..places.len()).map(number));
            let is_there = |record| may_keep || !anew && records.place(record).is_some();
            let still_there = job.excluded.iter().filter(|one| is_there(one.record));
            for one in still_there {
                tally.keep_excluded(one);
            }
        }
        new.sort_unstable_by_key(|at| places[*at as usize].1.offset);
        pass.of.documents = documents;
        Unfinished { pass, new, at: 0, anew, kept, unseen, gone, is_told: false, done: Tally::default() }
    }

    /// The second pass: writes the new records, until it is time to commit.
    fn write_records(
        &self,
        job: &Job,
        work: &mut Unfinished,
        target: &dyn Target,
        tally: &mut Tally,
    ) -> Result<Reached, Stop> {
        let Unfinished { pass: Pass { of, reader, .. }, new, at, anew, kept, unseen, .. } = work;
        let RecordsFile { file: whole, records, documents, unread } = of;
        let parser = RecordParser::new(records.shape.format, &records.shape.head, &self.keys);
        let mut writer = RecordWriter { reader: self, job, parser, target, tally, anew: *anew, unseen, kept };
        let mut bytes = Vec::new();
        let first = *at;
        while let Some(number) = new.get(*at) {
            if self.stopped() {
                return Ok(Reached::Stop);
            }
            if *at - first >= BATCH && job.until.is_some_and(|until| Instant::now() >= until) {
                return Ok(Reached::Commit);
            }
            let (record, place) = records.places()[*number as usize];
            reader.read(place, &mut bytes).map_err(|_| Stop::Changed)?;
            let hash = xxh3_64(&bytes);
            if !records.has_bytes(hash) {
                return Err(Stop::Changed);
            }
            *at += 1;
            let path = job.candidate.text.clone();
            let (modified, size) = (whole.modified, u64::from(place.bytes));
            let file = File { path, record, modified, size, hash, contents: None };
            match writer.write(&bytes, &file, place.line)? {
                Ok(replaced) => *documents += u64::from(!replaced),
                Err(Unread { code, reason }) => {
                    unread.add(UnreadRecord { line: place.line, code: code.to_owned(), reason });
                }
            }
        }
        Ok(Reached::End)
    }
}

/// A stable name of why a file cannot be read on.
fn code_of(error: &io::Error) -> &'static str {
    UnpackError::of(error).map_or("unreadable", UnpackError::code)
}

/// Why a record of a file cannot be read again from its place, and what to do.
fn no_places(stream: &Stream) -> String {
    let (why, way_out) = match stream.encoding() {
        Some(name) => (format!("in {name}"), "convert it to UTF-8"),
        None => ("compressed".to_owned(), "decompress it"),
    };
    format!(
        "it is {why}, and this index reads texts from their places in files (--store none), which only a plain file in UTF-8 has; \
         {way_out}, or ingest it into an index that stores texts (--store texts)"
    )
}

/// How far a text was read.
#[derive(Default)]
struct Extent {
    /// The number of bytes.
    bytes: Cell<u64>,
    /// Whether an error ended it, and which.
    failed: Cell<bool>,
    error: Cell<Option<io::Error>>,
}

/// An input that ends where it cannot be read on, and tells how far it was read.
struct Watched<'i> {
    input: &'i mut dyn BufRead,
    extent: &'i Extent,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Watched<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.extent.failed.get() {
            return Ok(&[]);
        }
        match self.input.fill_buf() {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.extent.failed.set(true);
                self.extent.error.set(Some(error));
                Ok(&[])
            }
            read => read,
        }
    }

    fn consume(&mut self, bytes: usize) {
        self.extent.bytes.set(self.extent.bytes.get() + bytes as u64);
        self.input.consume(bytes);
    }
}

/// What a splitter finds.
#[derive(Default)]
struct Found {
    builder: RecordsBuilder,
    unread: UnreadRecords,
    /// Where the file is cut off, unless records follow.
    cut: Option<UnreadRecord>,
    /// The line of the last piece; 0 before the first.
    line: u32,
}

impl Found {
    fn add(&mut self, place: Place, piece: Piece<'_>, extent: &Extent) {
        self.line = place.line;
        let unread = |code: &str, reason| UnreadRecord { line: place.line, code: code.to_owned(), reason };
        match piece {
            // How it goes on is not known: a row of CSV may end anywhere.
            Piece::Record(bytes)
                if extent.failed.get() && place.offset + bytes.len() as u64 == extent.bytes.get() => {}
            Piece::Record(bytes) => {
                if let Some(before) = self.cut.take() {
                    self.unread.add(UnreadRecord { code: "bad-record".to_owned(), ..before });
                }
                self.builder.add(xxh3_64(bytes), place);
            }
            Piece::Broken { code: CUT_OFF, reason } if self.cut.is_none() => {
                self.cut = Some(unread(CUT_OFF, reason));
            }
            Piece::Broken { code, reason } => self.unread.add(unread(code, reason)),
        }
    }
}

/// Writes the articles of the new records of a file.
struct RecordWriter<'w> {
    reader: &'w FileReader<'w>,
    job: &'w Job,
    parser: RecordParser<'w>,
    target: &'w dyn Target,
    tally: &'w mut Tally,
    /// Whether the target had none of the file's records at first.
    anew: bool,
    /// The records that the first pass has not seen, by the keys of their articles, and how many the index keeps.
    unseen: &'w mut HashMap<NonZeroU64, u64>,
    kept: &'w mut u64,
}

impl RecordWriter<'_> {
    /// Writes the article of a record that begins on a line, or tells why there is none. Returns whether it replaces one that
    /// the index would keep.
    fn write(&mut self, bytes: &[u8], file: &File, line: u32) -> Result<Result<bool, Unread>, IndexError> {
        let Self { reader, job, target, .. } = *self;
        let is_large = file.size > LARGE;
        // A file that may be packed holds the lock already.
        let is_locked = job.candidate.kind.may_be_packed;
        let _alone =
            (is_large && !is_locked).then(|| reader.large.lock().unwrap_or_else(PoisonError::into_inner));
        let fits = |needed| {
            let fits = if is_large { reader.fits(&file.path, file.size, needed) } else { Ok(()) };
            fits.map_err(|PassedOver { code, reason, .. }| Unread { code, reason })
        };
        if is_large {
            target.settle()?;
        }
        if let Err(unread) = fits(memory_of_text(file.size)) {
            return Ok(Err(unread));
        }
        let name = format!("{}{}", job.candidate.name, suffix(file.record));
        let Parsed { value: mut article, problems } = match self.parser.parse(bytes, &name) {
            Ok(parsed) => parsed,
            Err(unread) => return Ok(Err(unread)),
        };
        if let Err(unread) = fits(if is_large { memory_of_article(&article) } else { 0 }) {
            return Ok(Err(unread));
        }
        let held = job.records.key_of(file.record).filter(|_| job.again.is_some());
        if article.named_by_path {
            let number = article.id.strip_prefix(&job.candidate.name).unwrap_or_default();
            let id = |rename: Option<Rename>| match rename {
                Some(Rename::Path) => format!("{}{number}", file.path.trim_start_matches('/')),
                Some(Rename::Record) => name.clone(),
                None => article.id.clone(),
            };
            // It keeps the name that it was given before.
            let is_held = |rename: &Rename| held == Some(key_hash(&id(Some(*rename)), &article.locale));
            let given = || [Rename::Path, Rename::Record].into_iter().find(is_held);
            article.id = id(job.rename.or_else(given));
        }
        if job.again.is_some() {
            target.remove_record(&file.path, file.record);
        }
        target.put(&article, file)?;
        let tally = &mut *self.tally;
        tally.wrote = true;
        let key = key_hash(&article.id, &article.locale);
        if held != Some(key) {
            tally.claimed.push(key);
            tally.gave_up.extend(held.map(|_| (path_hash(&file.path), file.record)));
        }
        let replaced = self.unseen.remove(&key);
        let is_kept = replaced.is_some() && *self.kept > 0;
        if let Some(record) = replaced.filter(|_| !self.anew) {
            target.remove_record(&file.path, record);
            tally.give_up(&file.path, record, Some(key));
        }
        if is_kept {
            *self.kept -= 1;
            tally.report.unchanged = tally.report.unchanged.saturating_sub(1);
        }
        if replaced.is_some() {
            tally.report.updated += 1;
            tally.report.removed = tally.report.removed.saturating_sub(1);
        } else if held.is_some() {
            tally.report.unchanged += 1;
        } else {
            tally.report.indexed += 1;
        }
        // A record that is read again to be renamed has had its notes.
        if job.rename.is_none() && !problems.is_empty() {
            let note = |problem: Problem| FileNote {
                path: file.path.clone(),
                line: Some(line),
                code: problem.code.to_owned(),
                reason: problem.message.to_string(),
            };
            tally.report.repaired.add(problems.into_iter().map(note).collect());
        }
        Ok(Ok(is_kept))
    }
}

/// What follows the name of a file in the id of an article that is known by its record only.
pub(super) fn suffix(record: u64) -> String {
    format!("#{record:016x}")
}

fn changing(path: &str) -> PassedOver {
    PassedOver { path: path.to_owned(), code: "changing", reason: "changed each time it was read".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{FileReader, Job, Tally};
    use crate::{
        index::{KnownRecords, RecordFilter, WriterOptions},
        ingest::{
            Control, Options, Report,
            target::{DryRun, Target as _},
        },
        schema::Schema,
        source::{Source, path_hash},
    };
    use std::{fs, time::Instant};

    /// Records that are too long for the buffer of a reader to hold many of them.
    fn lines(word: &str, count: u32) -> String {
        let body = "glass ".repeat(200);
        let line =
            |n| format!("{{\"id\": {}, \"title\": \"{word}\", \"body\": \"{body}\"}}\n", 300_000_000 + n);
        (0..count).map(line).collect()
    }

    /// Reads the first of 100 records, and the rest once the file has become another. Returns the report and the number of
    /// articles that were written.
    fn read_while_it_becomes(then: &str) -> (Report, u64) {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("a.jsonl");
        fs::write(&path, lines("solar", 100)).expect("there is room");
        let source = Source::new(&[folder.path().to_owned()], &[], false).expect("it is there");
        let candidate = source.walk().next().expect("it has a file").expect("it is regular");
        let options = Options {
            max_file_size: 1 << 20,
            keep_missing: false,
            allow_empty: false,
            readers: 1..=1,
            commit_every: None,
            writer: WriterOptions { threads: 1, memory: 0 },
        };
        let (control, schema) = (Control::default(), Schema::built_in().expect("it is sound"));
        let reader = FileReader::new(&source, &options, &control, &schema);
        let sources = vec![path_hash(&candidate.text)];
        let mut job = Job {
            candidate,
            known: None,
            records: KnownRecords::default(),
            excluded: Vec::new(),
            again: None,
            rename: None,
            until: Some(Instant::now()),
            unfinished: None,
        };
        let (target, mut tally) = (DryRun::new(None), Tally::default());
        let mut read = |job: &mut Job| reader.read(job, &target, &mut tally).expect("a dry run cannot fail");
        read(&mut job);
        assert!(job.unfinished.is_some(), "it is time to commit");
        fs::write(&path, then).expect("there is room");
        job.until = None;
        read(&mut job);
        assert!(job.unfinished.is_none() && tally.wrote);
        let below = source.roots();
        let written =
            target.records(&RecordFilter::Sources { sources, below }).expect("a dry run cannot fail");
        (tally.report, written.len() as u64)
    }

    fn skipped(report: &Report) -> Vec<&str> {
        report.skipped.named().iter().map(|note| note.code.as_str()).collect()
    }

    #[test]
    fn what_is_read_anew_is_counted_once() {
        let (report, written) = read_while_it_becomes(&lines("hydropower", 50));
        assert_eq!((report.indexed, report.updated, report.removed, written), (50, 0, 0, 50));
        assert_eq!(skipped(&report), [""; 0]);
    }

    #[test]
    fn what_was_written_before_a_file_was_cut_off_is_counted() {
        let (report, written) = read_while_it_becomes(&(lines("hydropower", 50) + "{\"title\": \"cut"));
        assert!((32..100).contains(&written), "{written}");
        assert_eq!((report.indexed, report.updated, report.removed), (written, 0, 0));
        assert_eq!(skipped(&report), ["changing"]);
    }

    #[test]
    fn what_was_written_of_a_file_without_records_is_removed() {
        let (report, written) = read_while_it_becomes("\n");
        assert_eq!((report.indexed, report.updated, report.removed, written), (0, 0, 0, 0));
    }
}
