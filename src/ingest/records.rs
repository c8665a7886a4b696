//! Reads a file of many records and writes the articles that are new.
//!
//! The file is read twice. The first pass splits it and hashes each record, which tells what is new and what is gone, in 24
//! bytes a record. The second reads the new records alone, from their places. So a record that moves costs nothing but
//! its hash.

use super::{
    FileNote,
    file::{FileReader, Job, LARGE, remove},
    tally::Tally,
    target::Target,
};
use crate::{
    article::{RecordParser, Unread},
    index::{
        ExcludedFile, IndexError, RecordsFile, UnreadRecord, UnreadRecords, key_hash, memory_of_article,
        memory_of_text,
    },
    problem::{Parsed, Problem},
    source::{
        Candidate, File, PassedOver, Piece, PlaceReader, Records, RecordsBuilder, RereadError, SplitError,
        Splitter, path_hash,
    },
};
use std::{
    collections::HashSet,
    num::NonZeroU64,
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};
use xxhash_rust::xxh3::xxh3_64;

/// A file that changes while it is read is read again, this many times at most.
const ATTEMPTS: usize = 5;

/// What the first pass found.
struct Pass {
    file: File,
    records: Records,
    unread: UnreadRecords,
    /// Reads records from their places.
    reader: PlaceReader,
}

/// How the first pass ended.
enum Split {
    /// With records, or with parts that should be some.
    Some(Box<Pass>),
    /// The file holds no records, for a reason.
    None(File, ExcludedFile),
}

/// What the second pass did.
struct Done {
    /// The parts of the file that gave no article.
    unread: UnreadRecords,
    /// The number of records that have a document now.
    documents: u64,
    /// Whether the ingest was stopped before the end.
    is_stopped: bool,
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
    /// Reads the records of a file that are new, and removes those that are gone. Returns the time spent in the first pass.
    pub(super) fn read_records(
        &self,
        job: &Job,
        splitter: Splitter,
        target: &dyn Target,
        tally: &mut Tally,
    ) -> Result<Duration, IndexError> {
        let path = &job.candidate.text;
        // A decoder may take as much memory as a large article.
        let is_packed = job.candidate.kind.may_be_packed;
        let _alone = is_packed.then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner));
        // What the index has of the file besides records must go, such as the article that the file once was.
        let mut anew = job.known.is_some_and(|known| !known.has_records) && job.again.is_none();
        for attempt in 1..=ATTEMPTS {
            let started = Instant::now();
            let mut pass = match self.split(&job.candidate, splitter) {
                Ok(Split::Some(pass)) => *pass,
                Ok(Split::None(file, excluded)) => {
                    self.count(&file);
                    remove(job, target, tally);
                    target.exclude(&file, &excluded)?;
                    tally.wrote = true;
                    tally.give_up(path, 0, job.known.and_then(|known| known.key));
                    tally.excluded.insert((path.clone(), 0), excluded);
                    return Ok(started.elapsed());
                }
                Err(mut passed) => {
                    if job.known.is_some() {
                        passed.reason.push_str("; the index keeps what it has of it");
                    }
                    tally.skip(passed);
                    return Ok(started.elapsed());
                }
            };
            let waited = started.elapsed();
            let mut done = Tally::default();
            if anew {
                target.remove(path);
                done.give_up(path, 0, job.known.and_then(|known| known.key));
            }
            match self.write_records(job, &mut pass, anew, target, &mut done) {
                Ok(done_with) => {
                    self.count(&pass.file);
                    tally.add(done);
                    let Done { unread, documents, is_stopped } = done_with;
                    // A file that was not read to its end keeps its old fingerprint, so that the next ingest goes on.
                    if job.again.is_none() && !is_stopped {
                        tally.skip_records(path, &unread);
                        let Pass { file, records, .. } = pass;
                        target.put_records(&RecordsFile { file, records, documents, unread })?;
                        tally.wrote = true;
                    }
                    return Ok(waited);
                }
                Err(Stop::Target(error)) => return Err(error),
                Err(Stop::Changed) if attempt < ATTEMPTS => anew |= job.again.is_none(),
                Err(Stop::Changed) => {
                    tally.add(done);
                    tally.skip(changing(path));
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

    /// The first pass.
    fn split(&self, candidate: &Candidate, splitter: Splitter) -> Result<Split, PassedOver> {
        let limit = usize::try_from(self.options.max_file_size).unwrap_or(usize::MAX);
        let passed = |code, reason| PassedOver { path: candidate.text.clone(), code, reason };
        let none = |file, code: &str, reason| {
            Ok(Split::None(file, ExcludedFile { code: code.to_owned(), reason, key: String::new() }))
        };
        for attempt in 1..=ATTEMPTS {
            let mut stream = candidate.stream().map_err(|error| passed(error.code(), error.to_string()))?;
            let (mut builder, mut unread) = (RecordsBuilder::default(), UnreadRecords::default());
            let shape = splitter.split(&mut stream, &self.keys, limit, &mut |place, piece| match piece {
                Piece::Record(bytes) => builder.add(xxh3_64(bytes), place),
                Piece::Broken { code, reason } => {
                    unread.add(UnreadRecord { line: place.line, code: code.to_owned(), reason });
                }
            });
            let shape = match shape {
                Ok(shape) => shape,
                Err(SplitError::NoRecords { code, reason }) => {
                    let Ok((file, _)) = stream.finish(false) else { continue };
                    return none(file, code, reason);
                }
                Err(error) => return Err(passed(error.code(), error.to_string())),
            };
            if self.texts_in_files && !stream.is_seekable() {
                let reason = "compressed, or not UTF-8: an index that reads texts from their files (--store none) finds no places in it";
                return Err(passed("no-places", reason.to_owned()));
            }
            // A file that always grows is read up to where it was.
            match stream.finish(attempt == ATTEMPTS) {
                Ok((file, reader)) => {
                    let records = builder.finish(splitter, shape);
                    if records.places().is_empty() && unread.by_code.is_empty() {
                        return none(file, "no-records", "it holds no records".to_owned());
                    }
                    return Ok(Split::Some(Box::new(Pass { file, records, unread, reader })));
                }
                Err(RereadError::Changed) => {}
                Err(RereadError::Open(error)) => return Err(passed(error.code(), error.to_string())),
            }
        }
        Err(changing(&candidate.text))
    }

    /// The second pass: writes the new records, and removes those that are gone. `anew` says that the target has none any
    /// more.
    fn write_records(
        &self,
        job: &Job,
        pass: &mut Pass,
        anew: bool,
        target: &dyn Target,
        tally: &mut Tally,
    ) -> Result<Done, Stop> {
        let Pass { file: whole, records, unread, reader } = pass;
        let (path, places) = (&job.candidate.text, records.places());
        let mut new: Vec<u32> = Vec::new();
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        // The keys of records that are gone: an article whose key is one of these has changed.
        let mut freed = HashSet::new();
        let (mut documents, mut is_stopped) = (0, false);
        if let Some(again) = &job.again {
            new.extend((0..places.len()).filter(|at| again.contains(&places[*at].0)).map(number));
        } else {
            let mut at = 0;
            for (record, held) in job.records.iter() {
                while places.get(at).is_some_and(|(id, _)| *id < record) {
                    new.push(number(at));
                    at += 1;
                }
                let is_there = places.get(at).is_some_and(|(id, _)| *id == record);
                if is_there && !anew {
                    at += 1;
                    documents += 1;
                    tally.report.unchanged += u64::from(held.is_some());
                    continue;
                }
                if !anew {
                    target.remove_record(path, record);
                }
                tally.wrote = true;
                tally.give_up(path, record, held);
                freed.extend(held);
            }
            new.extend((at..places.len()).map(number));
            let still_there = job.excluded.iter().filter(|one| !anew && records.place(one.record).is_some());
            tally.excluded.extend(still_there.map(|one| ((path.clone(), one.record), one.why.clone())));
        }
        new.sort_unstable_by_key(|at| places[*at as usize].1.offset);
        let mut unread = unread.clone();
        let parser = RecordParser::new(records.shape.format, &records.shape.head, &self.keys);
        let mut writer = RecordWriter { reader: self, job, parser, target, tally, freed };
        let mut bytes = Vec::new();
        for at in new {
            if self.stopped() {
                is_stopped = true;
                break;
            }
            let (record, place) = places[at as usize];
            reader.read(place, &mut bytes).map_err(|_| Stop::Changed)?;
            let hash = xxh3_64(&bytes);
            if !records.has_bytes(hash) {
                return Err(Stop::Changed);
            }
            let modified = whole.modified;
            let file = File { path: path.clone(), record, modified, size: u64::from(place.bytes), hash };
            match writer.write(&bytes, &file, place.line)? {
                Ok(()) => documents += 1,
                Err(Unread { code, reason }) => {
                    unread.add(UnreadRecord { line: place.line, code: code.to_owned(), reason });
                }
            }
        }
        Ok(Done { unread, documents, is_stopped })
    }
}

/// Writes the articles of the new records of a file.
struct RecordWriter<'w> {
    reader: &'w FileReader<'w>,
    job: &'w Job,
    parser: RecordParser<'w>,
    target: &'w dyn Target,
    tally: &'w mut Tally,
    /// The keys of records that are gone.
    freed: HashSet<NonZeroU64>,
}

impl RecordWriter<'_> {
    /// Writes the article of a record that begins on a line, or tells why there is none.
    fn write(&mut self, bytes: &[u8], file: &File, line: u32) -> Result<Result<(), Unread>, IndexError> {
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
            let within = article.id.strip_prefix(&job.candidate.name).unwrap_or_default();
            let whole = format!("{}{within}", file.path.trim_start_matches('/'));
            if job.rename || held == Some(key_hash(&whole, &article.locale)) {
                article.id = whole;
            }
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
        if self.freed.remove(&key) {
            tally.report.updated += 1;
            tally.report.removed = tally.report.removed.saturating_sub(1);
        } else if held.is_some() {
            tally.report.unchanged += 1;
        } else {
            tally.report.indexed += 1;
        }
        // A record that is read again to be renamed has had its notes.
        if !job.rename && !problems.is_empty() {
            let note = |problem: Problem| FileNote {
                path: file.path.clone(),
                line: Some(line),
                code: problem.code.to_owned(),
                reason: problem.message.to_string(),
            };
            tally.report.repaired.add(problems.into_iter().map(note).collect());
        }
        Ok(Ok(()))
    }
}

/// What follows the name of a file in the id of an article that is known by its record only.
pub(super) fn suffix(record: u64) -> String {
    format!("#{record:016x}")
}

fn changing(path: &str) -> PassedOver {
    PassedOver { path: path.to_owned(), code: "changing", reason: "changed each time it was read".to_owned() }
}
