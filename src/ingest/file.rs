//! Reads one file and writes its article.

use super::{Control, FileNote, Options, job::Job, tally::Tally, target::Target};
use crate::{
    article::{self, Article, Format, Keys, RecordParser, Unread},
    index::{ExcludedFile, IndexError, key_hash, memory_of_article, memory_of_text},
    problem::{Parsed, Problem},
    schema::Schema,
    source::{Contents, File, Kind, PassedOver, Source, Splitter, path_hash, split_index_page},
};
use std::{
    num::NonZeroU64,
    sync::{Mutex, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

/// Only one file or record of more bytes than this is read at a time, which bounds the memory of many readers.
pub(super) const LARGE: u64 = 4 << 20;

/// Reads files for all reader threads.
pub(super) struct FileReader<'r> {
    pub source: &'r Source,
    pub options: &'r Options,
    pub control: &'r Control,
    /// The front matter keys of the members of an article.
    pub keys: Keys,
    /// Whether the index reads texts from their files.
    pub texts_in_files: bool,
    /// Held while a large file is read.
    pub large: Mutex<()>,
}

impl<'r> FileReader<'r> {
    pub(super) fn new(
        source: &'r Source,
        options: &'r Options,
        control: &'r Control,
        schema: &Schema,
    ) -> Self {
        let texts_in_files = schema.left_in_files().next().is_some();
        Self { source, options, control, keys: schema.keys(), texts_in_files, large: Mutex::new(()) }
    }

    pub(super) fn stopped(&self) -> bool {
        self.control.stop.load(Ordering::Relaxed)
    }

    /// Whether the memory of the ingest suffices for what a file of so many bytes needs.
    pub(super) fn fits(&self, path: &str, size: u64, needed: u64) -> Result<(), PassedOver> {
        let Some(asked) = self.options.writer.lacking(needed) else { return Ok(()) };
        let reason = format!("{size} bytes; to index it, `newsdex ingest` needs --memory {asked}MiB or more");
        Err(PassedOver { path: path.to_owned(), code: "too-large", reason })
    }

    /// Reads one file. Writes its articles, or that it has none. Returns the time spent waiting for its bytes.
    pub(super) fn read(
        &self,
        job: &mut Job,
        target: &dyn Target,
        tally: &mut Tally,
    ) -> Result<Duration, IndexError> {
        let format = match job.candidate.kind.contents {
            Contents::Whole(format) => format,
            Contents::Records(splitter) => return self.read_records(job, splitter, target, tally),
        };
        let path = &job.candidate.text;
        let held = job.known.and_then(|known| known.key);
        let is_large = job.candidate.size > LARGE || job.candidate.kind.may_be_packed;
        let alone = is_large.then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner));
        let mut fits = Ok(());
        if is_large {
            target.settle()?;
            fits = self.fits(path, job.candidate.size, memory_of_text(job.candidate.size));
        }
        let started = Instant::now();
        let read = fits.and_then(|()| job.candidate.read(self.options.max_file_size));
        let waited = started.elapsed();
        // A disk may fail or go, a right or memory be missing, for a while only. The index keeps the old fingerprint, so that
        // the next ingest reads the file again, or finds that it is gone.
        let skip = |mut passed: PassedOver, tally: &mut Tally| {
            if held.is_some() {
                passed.reason.push_str("; the index keeps what it has of it");
            }
            tally.skip(passed);
            Ok(waited)
        };
        let (bytes, file) = match read {
            Ok(read) => read,
            Err(passed) => return skip(passed, tally),
        };
        self.control.read.fetch_add(1, Ordering::Relaxed);
        self.control.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let unread = match article::unreadable(&bytes) {
            Some(code) => Err(Unread { code, reason: reason_of(code).into() }),
            None => RecordParser::new(format, &[], &self.keys).parse(&bytes, &job.candidate.name),
        };
        let Parsed { value: mut article, problems } = match unread {
            Ok(parsed) => parsed,
            Err(Unread { code, reason }) => {
                let excluded = ExcludedFile { code: code.into(), reason, key: String::new() };
                remove(job, target, tally);
                target.exclude(&file, &excluded)?;
                tally.wrote = true;
                tally.give_up(path, 0, held);
                tally.exclude(path, 0, excluded);
                return Ok(waited);
            }
        };
        // A page with an id of its own is an article, which most are. Nothing can be found again inside a file that is
        // compressed or decoded.
        let is_seekable = || !job.candidate.kind.may_be_packed && std::str::from_utf8(&bytes).is_ok();
        let may_be_split = article.named_by_path && (!self.texts_in_files || is_seekable());
        if may_be_split && is_index_page(job.candidate.kind, &bytes) {
            drop((bytes, alone));
            return self.read_records(job, Splitter::IndexPage, target, tally);
        }
        drop(bytes);
        if is_large && let Err(passed) = self.fits(path, file.size, memory_of_article(&article)) {
            return skip(passed, tally);
        }
        name_by_path(&mut article, &file, held, job.rename.is_some());
        let same_bytes = job.known.is_some_and(|known| known.hash == file.hash && known.size == file.size);
        remove(job, target, tally);
        target.put(&article, &file)?;
        tally.wrote = true;
        let key = key_hash(&article.id, &article.locale);
        if held != Some(key) {
            tally.claimed.push(key);
            tally.gave_up.extend(held.map(|_| (path_hash(path), 0)));
        }
        if !same_bytes {
            tally.freed.extend(held);
        }
        match (held, same_bytes) {
            (Some(_), true) => tally.report.unchanged += 1,
            (Some(_), false) => tally.report.updated += 1,
            (None, _) => tally.report.indexed += 1,
        }
        // A file that is read again to be renamed has had its notes.
        if job.rename.is_none() {
            let note = |problem: Problem| FileNote {
                path: path.clone(),
                line: None,
                code: problem.code.to_owned(),
                reason: problem.message.to_string(),
            };
            tally.report.repaired.add(problems.into_iter().map(note).collect());
        }
        Ok(waited)
    }
}

/// Whether the bytes of a file are an index page, each item of which is an article.
pub(super) fn is_index_page(kind: Kind, bytes: &[u8]) -> bool {
    kind.contents == Contents::Whole(Format::Markdown)
        && article::decoded(bytes).is_some_and(|text| split_index_page(&text, &mut |_, _| ()).is_some())
}

/// Removes the index's documents of a file, if there are any.
pub(super) fn remove(job: &Job, target: &dyn Target, tally: &mut Tally) {
    if job.known.is_some() {
        target.remove(&job.candidate.text);
        tally.wrote = true;
    }
    // The file had many records before.
    for (record, held) in job.records.iter() {
        tally.give_up(&job.candidate.text, record, held);
    }
}

/// If an article's id is only its file's path below the root, replaces it with the whole path, provided that the
/// article is to be renamed or had that id before.
fn name_by_path(article: &mut Article, file: &File, held: Option<NonZeroU64>, rename: bool) {
    if article.named_by_path {
        let whole = file.path.trim_start_matches('/');
        if rename || held == Some(key_hash(whole, &article.locale)) {
            whole.clone_into(&mut article.id);
        }
    }
}

/// Why a file without an article is excluded.
pub(super) fn reason_of(code: &str) -> &'static str {
    match code {
        "empty" => "no text",
        _ => "not a text file",
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::{FileReader, Job, Source, Tally};
    use crate::{
        index::{Known, KnownRecords, WriterOptions, key_hash},
        ingest::{Control, Options, target::DryRun},
        schema::Schema,
        source::PassedOver,
    };
    use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

    /// The code of the note on a file that was walked and then changed. Its article must stay.
    fn note(change: impl FnOnce(&Path)) -> String {
        let folder = tempfile::tempdir().expect("there is room");
        fs::write(folder.path().join("a.md"), "text").expect("there is room");
        let source = Source::new(&[folder.path().to_owned()], &[], false).expect("it is there");
        let candidate = source.walk().next().expect("it has a file").expect("it is regular");
        change(&candidate.path);
        let options = Options {
            max_file_size: 4,
            keep_missing: false,
            allow_empty: false,
            readers: 1..=1,
            commit_every: None,
            writer: WriterOptions { threads: 1, memory: 0 },
        };
        let (control, schema) = (Control::default(), Schema::built_in().expect("it is sound"));
        let reader = FileReader::new(&source, &options, &control, &schema);
        let known = Known { key: Some(key_hash("a", "en")), ..Known::default() };
        let mut job = Job {
            candidate,
            known: Some(known),
            records: KnownRecords::default(),
            excluded: Vec::new(),
            again: None,
            rename: None,
            until: None,
            unfinished: None,
        };
        let target = DryRun::new(None);
        let mut tally = Tally::default();
        reader.read(&mut job, &target, &mut tally).expect("a dry run cannot fail");
        assert!(!tally.wrote && tally.report.removed == 0);
        tally.report.skipped.named()[0].code.clone()
    }

    #[test]
    fn what_cannot_be_read_stays_whatever_its_file_has_become() {
        let remove = |path: &Path| fs::remove_file(path).expect("it is there");
        assert_eq!(note(remove), "unreadable");
        let pipe = |path: &Path| {
            remove(path);
            assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
        };
        assert_eq!(note(pipe), "not-a-regular-file");
        let link = |path: &Path| {
            fs::rename(path, path.with_extension("moved")).expect("it is there");
            symlink(path.with_extension("moved"), path).expect("there is room");
        };
        assert_eq!(note(link), "symlink");
        let grow = |path: &Path| fs::write(path, "more text").expect("there is room");
        assert_eq!(note(grow), "too-large");
        // A pipe has no text that a reindex would lose.
        for (code, is_unread) in [
            ("unreadable", true),
            ("symlink", true),
            ("too-large", true),
            ("changing", true),
            ("not-a-regular-file", false),
        ] {
            assert_eq!(PassedOver::is_unread(code), is_unread, "{code}");
        }
    }
}
