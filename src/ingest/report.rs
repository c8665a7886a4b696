//! What an ingest did.

use std::{collections::BTreeMap, time::Duration};

/// So many files are named; more are counted.
const MAX_NAMED: usize = 100_000;

/// What an ingest did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Articles of files that the index did not know.
    pub indexed: u64,
    /// Articles of files that have changed.
    pub updated: u64,
    /// Files that are as the index knows them, and were not read.
    pub unchanged: u64,
    /// Articles whose files are gone.
    pub removed: u64,
    /// Articles that were kept although something about their files was wrong.
    pub repaired: Notes,
    /// Files without an article in the index.
    pub skipped: Notes,
    /// Bytes read.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
    /// Whether it was ended early.
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
    }
}

/// Something about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileNote {
    /// The file.
    pub path: String,
    /// A stable name of the kind of thing.
    pub code: String,
    /// The thing in words.
    pub reason: String,
}

/// Things about files, counted by kind.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    named: Vec<FileNote>,
    by_code: BTreeMap<String, u64>,
    files: u64,
}

impl Notes {
    /// Adds what was noted of one file.
    pub fn add(&mut self, notes: Vec<FileNote>) {
        self.files += u64::from(!notes.is_empty());
        for note in notes {
            *self.by_code.entry(note.code.clone()).or_default() += 1;
            if self.named.len() < MAX_NAMED {
                self.named.push(note);
            }
        }
    }

    fn append(&mut self, other: Self) {
        self.files += other.files;
        for (code, count) in other.by_code {
            *self.by_code.entry(code).or_default() += count;
        }
        self.named.extend(other.named.into_iter().take(MAX_NAMED.saturating_sub(self.named.len())));
    }

    /// The number of files.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.files
    }

    /// How many times each kind was noted.
    #[must_use]
    pub fn by_code(&self) -> &BTreeMap<String, u64> {
        &self.by_code
    }

    /// The notes in order of path; the first hundred thousand that were met.
    #[must_use]
    pub fn named(&self) -> &[FileNote] {
        &self.named
    }

    pub(super) fn sort(&mut self) {
        self.named.sort_by(|a, b| a.path.cmp(&b.path));
    }
}
