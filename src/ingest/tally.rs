//! What one thread of an ingest has done: added up when the thread ends, so that nothing is shared while it runs.

use super::{FileNote, Report};
use crate::{
    index::{ExcludedFile, Ledger},
    source::{File, PassedOver, path_hash},
};
use std::collections::{BTreeMap, HashSet};

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub report: Report,
    /// Keys that a file gave up, or whose article has changed: an excluded file may have a claim.
    pub freed: HashSet<u64>,
    /// Keys of articles that were written under a key that their file did not have.
    pub claimed: Vec<u64>,
    /// The hashes of the paths of files that gave up their keys.
    pub gave_up: Vec<u64>,
    /// The files without an article of their own, by path.
    pub excluded: BTreeMap<String, ExcludedFile>,
    /// Whether anything was written.
    pub wrote: bool,
}

impl Tally {
    /// Adds what another thread has done.
    pub(super) fn add(&mut self, other: Self) {
        self.report.add(other.report);
        self.freed.extend(other.freed);
        self.claimed.extend(other.claimed);
        self.gave_up.extend(other.gave_up);
        self.excluded.extend(other.excluded);
        self.wrote |= other.wrote;
    }

    /// Notes a file that was passed over.
    pub(super) fn skip(&mut self, passed: PassedOver) {
        let note = FileNote { path: passed.path, code: passed.code.to_owned(), reason: passed.reason };
        self.report.skipped.add(vec![note]);
    }

    /// Notes that a file, which held the key `held`, has no article any more.
    pub(super) fn give_up(&mut self, path: &str, held: Option<u64>) {
        self.freed.extend(held);
        self.gave_up.extend(held.map(|_| path_hash(path)));
        self.report.removed += u64::from(held.is_some());
    }

    /// Takes back that the article of a file was counted in this run, if it was.
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
