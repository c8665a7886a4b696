//! The tally of one ingest thread. It is added up when the thread ends, so that running threads share nothing.

use super::{FileNote, Report};
use crate::{
    index::{Excluded, ExcludedFile, Exclusions, Ledger, UnreadRecords, Why},
    source::{File, PassedOver, path_hash},
};
use std::{
    collections::{BTreeMap, HashSet},
    num::NonZeroU64,
    sync::Arc,
};

/// What one thread did.
#[derive(Default)]
pub(super) struct Tally {
    pub report: Report,
    /// Keys that a record gave up, or whose article changed. An excluded record may claim them.
    pub freed: HashSet<NonZeroU64>,
    /// Keys of written articles that their records did not hold before.
    pub claimed: Vec<NonZeroU64>,
    /// The records that gave up their keys, by the hash of the path and the id of the record.
    pub gave_up: Vec<(u64, u64)>,
    /// The excluded files and records, by path and id of the record.
    pub excluded: BTreeMap<(Arc<str>, u64), Arc<Why>>,
    exclusions: Exclusions,
    /// Whether anything was written.
    pub wrote: bool,
}

impl Tally {
    /// Adds the tally of another thread.
    pub(super) fn add(&mut self, other: Self) {
        self.report.add(other.report);
        self.freed.extend(other.freed);
        if self.claimed.is_empty() {
            // A file may have a million of them.
            self.claimed = other.claimed;
        } else {
            self.claimed.extend(other.claimed);
        }
        self.gave_up.extend(other.gave_up);
        self.excluded.extend(other.excluded);
        self.wrote |= other.wrote;
    }

    /// Forgets what was done, but not that something was written.
    pub(super) fn forget(&mut self) {
        *self = Self { wrote: self.wrote, ..Self::default() };
    }

    /// Notes that a file or, by its id, a record is excluded.
    pub(super) fn exclude(&mut self, path: &str, record: u64, excluded: ExcludedFile) {
        let Excluded { path, record, why, .. } = self.exclusions.entry(path, record, excluded);
        self.excluded.insert((path, record), why);
    }

    /// Notes the same of one that was excluded before.
    pub(super) fn keep_excluded(&mut self, excluded: &Excluded) {
        let Excluded { path, record, why, .. } = excluded;
        self.excluded.insert((Arc::clone(path), *record), Arc::clone(why));
    }

    /// Adds a note on a skipped file.
    pub(super) fn skip(&mut self, passed: PassedOver) {
        let PassedOver { path, code, reason } = passed;
        self.report.skipped.add(vec![FileNote { path, line: None, code: code.to_owned(), reason }]);
    }

    /// Adds notes on the parts of a file that gave no article.
    pub(super) fn skip_records(&mut self, path: &str, unread: &UnreadRecords) {
        let mut unnamed = unread.by_code.clone();
        let note = |part: &crate::index::UnreadRecord| {
            if let Some(count) = unnamed.get_mut(&part.code) {
                *count = count.saturating_sub(1);
            }
            FileNote {
                path: path.to_owned(),
                line: Some(part.line),
                code: part.code.clone(),
                reason: part.reason.clone(),
            }
        };
        let notes: Vec<FileNote> = unread.named.iter().map(note).collect();
        for note in notes {
            self.report.skipped.add(vec![note]);
        }
        for (code, count) in unnamed {
            self.report.skipped.count(&code, count);
        }
    }

    /// Records that a file or record with the key `held` has no article any more.
    pub(super) fn give_up(&mut self, path: &str, record: u64, held: Option<NonZeroU64>) {
        self.freed.extend(held);
        self.gave_up.extend(held.map(|_| (path_hash(path), record)));
        self.report.removed += u64::from(held.is_some());
    }

    /// Takes the article of a record out of the counts of this run, if it was counted.
    pub(super) fn uncount(&mut self, file: &File, ledger: &Ledger) {
        let source = path_hash(&file.path);
        let held = ledger.key_of(source, file.record).flatten();
        // A record of a file of many is known by its bytes, so what is known of it has not changed.
        let known = ledger.get(source);
        let count = match known.filter(|_| held.is_some()) {
            None => &mut self.report.indexed,
            Some(known) if file.record == 0 && known.hash != file.hash => &mut self.report.updated,
            Some(known) if known.seen => &mut self.report.unchanged,
            Some(_) => return,
        };
        *count = count.saturating_sub(1);
    }
}
