//! A file to read, and what is left to do of it.

use super::{report::FileNote, tally::Tally};
use crate::{
    index::{Excluded, Known, KnownRecords, RecordsFile, UnreadRecord},
    source::{Candidate, PlaceReader},
};
use std::{
    collections::{HashMap, HashSet},
    num::NonZeroU64,
    time::Instant,
};

/// Number of files per batch for a reader: a lock per file would cost more than reading many of them. At least as many files,
/// or records of one, are read between two commits.
pub(super) const BATCH: usize = 32;

/// What becomes of an id that only its file knows, if another article has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rename {
    /// The path below the root in it becomes the whole path.
    Path,
    /// The number of the row in it becomes the id of the record.
    Record,
}

/// A file to read, and what the index knows of it.
pub(super) struct Job {
    pub candidate: Candidate,
    pub known: Option<Known>,
    /// The records of the file that the index has.
    pub records: KnownRecords,
    /// Those of them that are excluded.
    pub excluded: Vec<Excluded>,
    /// The records to read again although the index may have them; `None` to read what is new.
    pub again: Option<HashSet<u64>>,
    /// What an id becomes that only its file knows.
    pub rename: Option<Rename>,
    /// When to stop between two records of a file, so that what was read is committed; `None` to read to the end.
    pub until: Option<Instant>,
    /// Of a file of many records, of which some are written, what is left to do.
    pub unfinished: Option<Box<Unfinished>>,
}

/// What the first pass found.
pub(super) struct Pass {
    /// The file with its records, of which none has a document yet.
    pub of: RecordsFile,
    /// Where and why the file could not be read on, if it is cut off or damaged.
    pub cut: Option<UnreadRecord>,
    /// Reads records from their places.
    pub reader: PlaceReader,
    /// What was malformed in its encoding.
    pub malformed: Option<FileNote>,
}

/// The second pass over a file, on its way.
pub(super) struct Unfinished {
    pub pass: Pass,
    /// The new records, ordered by place, and the number of those that were read.
    pub new: Vec<u32>,
    pub at: usize,
    /// Whether the index had none of the file's records at first.
    pub anew: bool,
    /// The number of records that the first pass has not seen and the index keeps.
    pub kept: u64,
    /// The records that it has not seen, by the keys of their articles: an article with one of these has changed.
    pub unseen: HashMap<NonZeroU64, u64>,
    /// The others that it has not seen, unless the index keeps them: excluded records, and, after an ingest that was killed, a
    /// second one with the key of its article.
    pub gone: Vec<(u64, Option<NonZeroU64>)>,
    /// Whether the index knows that the file was not read to its end.
    pub is_told: bool,
    /// What was done to the file so far.
    pub done: Tally,
}
