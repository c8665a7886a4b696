//! The report of an ingest.

use super::REJECTED;
use crate::{
    index::{Rejected, RejectedDocument},
    source::Ignored,
};
use std::{collections::BTreeMap, time::Duration};

/// Maximum number of notes to keep; more are only counted.
const MAX_NAMED: usize = 100_000;

impl FileNote {
    /// The path, with the line if it is about a record: `news.jsonl:17`.
    #[must_use]
    pub fn place(&self) -> String {
        match self.line {
            None => self.path.clone(),
            Some(line) => format!("{}:{line}", self.path),
        }
    }
}

/// The report of an ingest.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Number of articles of files new to the index.
    pub indexed: u64,
    /// Number of articles of files that have changed.
    pub updated: u64,
    /// Number of files that have not changed.
    pub unchanged: u64,
    /// Number of articles removed because their files are gone or hold none any more.
    pub removed: u64,
    /// Notes on articles that were kept although something in their files was wrong.
    pub repaired: Notes,
    /// Notes on files that were not read, or hold no article. What the index has of a file that cannot be read for the
    /// moment stays.
    pub skipped: Notes,
    /// Files of folders that were not read, as nothing reads their kind.
    pub ignored: Ignored,
    /// Roots that hold no file any more, whose articles were kept.
    pub emptied: Vec<EmptyRoot>,
    /// Number of bytes read.
    pub bytes: u64,
    /// The time that the ingest took.
    pub took: Duration,
    /// Whether the ingest was stopped early.
    pub stopped: bool,
}

impl Report {
    /// Adds the counts and notes of another report of the same ingest.
    pub(super) fn add(&mut self, other: Self) {
        self.indexed += other.indexed;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.removed += other.removed;
        self.repaired.append(other.repaired);
        self.skipped.append(other.skipped);
        self.emptied.extend(other.emptied);
    }

    /// Notes what an engine has rejected, which was counted when it was sent.
    pub(super) fn note_rejected(&mut self, rejected: Rejected) {
        let Rejected { named, others, articles } = rejected;
        let of_new = articles.min(self.indexed);
        self.indexed -= of_new;
        self.updated = self.updated.saturating_sub(articles - of_new);
        for RejectedDocument { path, reason } in named {
            self.skipped.add(vec![FileNote { path, line: None, code: REJECTED.to_owned(), reason }]);
        }
        self.skipped.count(REJECTED, others);
    }

    /// Adds a root that holds no file, if the index has files from it.
    pub fn kept(&mut self, root: &str, files: usize) {
        if files > 0 {
            self.emptied.push(EmptyRoot { path: root.to_owned(), files: files as u64 });
        }
    }
}

/// A root that holds no file any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptyRoot {
    /// Its absolute path as text.
    pub path: String,
    /// Number of files that the index has from it.
    pub files: u64,
}

/// A note on a file, or on a record of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileNote {
    /// The path of the file.
    pub path: String,
    /// The line on which the record begins, from 1; `None` for a whole file.
    pub line: Option<u32>,
    /// A stable name of the kind of note.
    pub code: String,
    /// The note in words.
    pub reason: String,
}

/// Notes on files, counted by kind.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    named: Vec<FileNote>,
    by_code: BTreeMap<String, u64>,
    files: u64,
}

impl Notes {
    /// Adds the notes on one file.
    pub fn add(&mut self, notes: Vec<FileNote>) {
        self.files += u64::from(!notes.is_empty());
        for note in notes {
            *self.by_code.entry(note.code.clone()).or_default() += 1;
            if self.named.len() < MAX_NAMED {
                self.named.push(note);
            }
        }
    }

    /// Whether no more notes are named.
    pub(super) fn is_full(&self) -> bool {
        self.named.len() >= MAX_NAMED
    }

    /// Counts notes that are not named.
    pub(super) fn count(&mut self, code: &str, notes: u64) {
        if notes > 0 {
            self.files += notes;
            *self.by_code.entry(code.to_owned()).or_default() += notes;
        }
    }

    fn append(&mut self, other: Self) {
        self.files += other.files;
        for (code, count) in other.by_code {
            *self.by_code.entry(code).or_default() += count;
        }
        self.named.extend(other.named.into_iter().take(MAX_NAMED.saturating_sub(self.named.len())));
    }

    /// The number of files and records with notes.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.files
    }

    /// The number of notes of each kind.
    #[must_use]
    pub fn by_code(&self) -> &BTreeMap<String, u64> {
        &self.by_code
    }

    /// The first hundred thousand notes, ordered by path.
    #[must_use]
    pub fn named(&self) -> &[FileNote] {
        &self.named
    }

    pub(super) fn sort(&mut self) {
        self.named.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    }
}
