//! The tally of one ingest thread. It is added up when the thread ends, so that running threads share nothing.

use super::{FileNote, Report};
use crate::{
    index::{ExcludedFile, Ledger},
    source::{File, PassedOver, path_hash},
};
use std::collections::{BTreeMap, HashSet};

/// What one thread did.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub report: Report,
    /// Keys that a file gave up, or whose article changed. An excluded file may claim them.
    pub freed: HashSet<u64>,
    /// Keys of written articles that their files did not hold before.
    pub claimed: Vec<u64>,
    /// Path hashes of the files that gave up their keys.
    pub gave_up: Vec<u64>,
    /// The excluded files, by path.
    pub excluded: BTreeMap<String, ExcludedFile>,
    /// Whether anything was written.
    pub wrote: bool,
}

impl Tally {
    /// Adds the tally of another thread.
    pub(super) fn add(&mut self, other: Self) {
        self.report.add(other.report);
        self.freed.extend(other.freed);
        self.claimed.extend(other.claimed);
        self.gave_up.extend(other.gave_up);
        self.excluded.extend(other.excluded);
        self.wrote |= other.wrote;
    }

    /// Adds a note on a skipped file.
    pub(super) fn skip(&mut self, passed: PassedOver) {
        let note = FileNote { path: passed.path, code: passed.code.to_owned(), reason: passed.reason };
        self.report.skipped.add(vec![note]);
    }

    /// Records that a file with the key `held` has no article any more.
    pub(super) fn give_up(&mut self, path: &str, held: Option<u64>) {
        self.freed.extend(held);
        self.gave_up.extend(held.map(|_| path_hash(path)));
        self.report.removed += u64::from(held.is_some());
    }

    /// Takes the article of a file out of the counts of this run, if it was counted.
    pub(super) fn uncount(&mut self, file: &File, ledger: &Ledger) {
        let known = ledger.get(path_hash(&file.path)).filter(|known| known.key.is_some());
        let count = match known {
            None => &mut self.report.indexed,
            Some(known) if known.hash != file.hash => &mut self.report.updated,
            Some(known) if known.seen => &mut self.report.unchanged,
            Some(_) => return,
        };
        *count = count.saturating_sub(1);
    }
}
