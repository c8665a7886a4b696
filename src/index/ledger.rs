//! The ledger of an index: the records that it was made from, in little memory.
//!
//! A record is the source of one article: a file, and the number of the article in the file. A Markdown file has one
//! record.

use super::ExcludedFile;
use crate::{article::Moment, source::File};
use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_64;

/// The records that an index was made from, keyed by the hash of the file's path.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Sorted by `(source, record)`.
    entries: Vec<Entry>,
    /// The keys of second documents of one `(source, record)`, which only damage causes.
    twice: Vec<u64>,
    /// The excluded files, with their paths.
    pub excluded: Vec<(String, ExcludedFile)>,
}

/// What an index knows of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Modification time of its file, in nanoseconds since 1970.
    pub modified: i64,
    /// Size of its file, in bytes.
    pub size: u64,
    /// XXH3 of the file's bytes.
    pub hash: u64,
    /// The [`key_hash`] of its article; `None` if the file is excluded.
    pub key: Option<u64>,
    /// Whether the running ingest has seen its file.
    pub seen: bool,
}

/// A record with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The file that it was read from.
    pub file: File,
    /// The id of its article; empty if the file is excluded.
    pub id: String,
    /// The locale of its article, or empty.
    pub locale: String,
    /// When its article was published.
    pub published: Option<Moment>,
}

/// Selects records.
#[derive(Clone, Debug)]
pub enum RecordFilter {
    /// Records of articles with one of these [`key_hash`]es.
    Keys(HashSet<u64>),
    /// Records of files below some folders whose [`path_hash`](crate::source::path_hash) is one of these.
    Sources {
        /// The hashes, sorted.
        sources: Vec<u64>,
        /// The paths of the folders, or of single files.
        below: Vec<String>,
    },
}

/// [`Ledger::duplicate_keys`] sorts about this many keys at a time, one range of hashes after the other, which bounds
/// its memory.
const COMPARED: usize = 1 << 20;

/// A record in 48 bytes.
#[derive(Clone, Copy, Debug)]
struct Entry {
    source: u64,
    modified: i64,
    size: u64,
    hash: u64,
    key: u64,
    record: u32,
    has_key: bool,
    /// Whether the record gave up its key in this ingest.
    gave_up: bool,
    seen: bool,
}

impl Entry {
    fn known(&self) -> Known {
        let Self { modified, size, hash, key, has_key, seen, .. } = *self;
        Known { modified, size, hash, key: has_key.then_some(key), seen }
    }
}

impl Ledger {
    /// Collects the records that `each` passes to its argument, as the hash of the file's path, the number of the
    /// record in the file, and what is known of it. `count` is about their number.
    ///
    /// # Errors
    ///
    /// The error of `each`.
    pub fn collect<E>(
        count: usize,
        each: impl FnOnce(&mut dyn FnMut(u64, u32, Known)) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut entries = Vec::with_capacity(count);
        each(&mut |source, record, Known { modified, size, hash, key, seen }| {
            let (key, has_key) = (key.unwrap_or_default(), key.is_some());
            entries.push(Entry { source, modified, size, hash, key, record, has_key, gave_up: false, seen });
        })?;
        entries.sort_unstable_by_key(|entry| (entry.source, entry.record));
        let mut twice = Vec::new();
        entries.dedup_by(|second, first| {
            let is_same = (first.source, first.record) == (second.source, second.record);
            twice.extend((is_same && second.has_key).then_some(second.key));
            is_same
        });
        Ok(Self { entries, twice, excluded: Vec::new() })
    }

    /// The first record of a file, by the hash of the file's path.
    #[must_use]
    pub fn get(&self, source: u64) -> Option<Known> {
        self.first(source).map(|at| self.entries[at].known())
    }

    /// Marks all records of a file as seen. Returns the first.
    pub fn see(&mut self, source: u64) -> Option<Known> {
        let first = self.first(source)?;
        for entry in self.of_source(first) {
            entry.seen = true;
        }
        Some(self.entries[first].known())
    }

    /// Marks the keys of a file's records as no longer held.
    pub fn give_up(&mut self, source: u64) {
        if let Some(first) = self.first(source) {
            for entry in self.of_source(first) {
                entry.gave_up = true;
            }
        }
    }

    /// The path hashes of the files that the ingest has not seen, sorted.
    #[must_use]
    pub fn unseen(&self) -> Vec<u64> {
        let mut unseen: Vec<u64> =
            self.entries.iter().filter(|entry| !entry.seen).map(|entry| entry.source).collect();
        unseen.dedup();
        unseen
    }

    /// The keys that two or more records hold, counting those in `more` as held as well.
    #[must_use]
    pub fn duplicate_keys(&self, more: &[u64]) -> HashSet<u64> {
        self.duplicates(more, COMPARED)
    }

    fn duplicates(&self, more: &[u64], at_a_time: usize) -> HashSet<u64> {
        let held = || {
            let entries = self.entries.iter().filter(|entry| entry.has_key && !entry.gave_up);
            entries.map(|entry| entry.key).chain(self.twice.iter().copied()).chain(more.iter().copied())
        };
        let parts = (self.entries.len() + self.twice.len() + more.len()).div_ceil(at_a_time).max(1);
        let (mut duplicates, mut compared) = (HashSet::new(), Vec::new());
        for part in 0..parts {
            compared.clear();
            compared.extend(held().filter(|key| place(*key, parts) == part));
            compared.sort_unstable();
            duplicates.extend(compared.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]));
        }
        duplicates
    }

    /// The keys that an excluded file would have, but no record holds any more.
    #[must_use]
    pub fn unheld(&self) -> HashSet<u64> {
        let mut unheld: HashSet<u64> =
            self.excluded.iter().filter_map(|(_, excluded)| excluded.key_hash()).collect();
        if !unheld.is_empty() {
            for entry in self.entries.iter().filter(|entry| entry.has_key) {
                unheld.remove(&entry.key);
            }
        }
        unheld
    }

    /// The entries of one file; `first` is the index of its first entry.
    fn of_source(&mut self, first: usize) -> impl Iterator<Item = &mut Entry> {
        let source = self.entries[first].source;
        self.entries[first..].iter_mut().take_while(move |entry| entry.source == source)
    }

    /// The index of a file's first entry. Hashes are spread evenly, so the search begins where the hash should be and
    /// widens in doubling steps.
    fn first(&self, source: u64) -> Option<usize> {
        let Self { entries, .. } = self;
        let guess = place(source, entries.len());
        let (mut from, mut to) = (guess, guess);
        let mut step = 1;
        while from > 0 && entries[from].source >= source {
            from = from.saturating_sub(step);
            step *= 2;
        }
        step = 1;
        while to < entries.len() && entries[to].source < source {
            to = to.saturating_add(step).min(entries.len());
            step *= 2;
        }
        let to = to.saturating_add(1).min(entries.len());
        let at = from + entries[from..to].partition_point(|entry| entry.source < source);
        entries.get(at).filter(|entry| entry.source == source).map(|_| at)
    }
}

/// The index at which a hash is expected among `count` evenly spread hashes.
fn place(hash: u64, count: usize) -> usize {
    let place = (u128::from(hash) * count as u128) >> 64;
    usize::try_from(place).unwrap_or_default()
}

/// The hash of an article's id and locale, by which a [`Ledger`] knows it.
#[must_use]
pub fn key_hash(id: &str, locale: &str) -> u64 {
    xxh3_64(id.as_bytes()) ^ xxh3_64(locale.as_bytes()).rotate_left(32)
}

#[cfg(test)]
mod tests {
    use super::{Known, Ledger};
    use std::collections::{HashMap, HashSet};
    use xxhash_rust::xxh3::xxh3_64;

    fn ledger(records: impl IntoIterator<Item = (u64, u32, Known)>) -> Ledger {
        let done = Ledger::collect(0, |add| {
            records.into_iter().for_each(|(source, record, known)| add(source, record, known));
            Ok::<(), ()>(())
        });
        done.expect("nothing can fail")
    }

    fn with_key(key: u64) -> Known {
        Known { key: Some(key), ..Known::default() }
    }

    #[test]
    fn files_are_found_by_their_hashes_however_these_lie() {
        let spread: Vec<u64> = (0..3000u64).map(|n| xxh3_64(&n.to_le_bytes())).collect();
        let crowded: Vec<u64> = (0..3000).map(|n| n * 7).chain([u64::MAX, u64::MAX - 1]).collect();
        for sources in [spread, crowded, vec![0], vec![u64::MAX], Vec::new()] {
            let known = |source: u64| Known {
                size: source,
                key: (source > 20).then_some(source),
                ..Known::default()
            };
            let by_source: HashMap<u64, Known> =
                sources.iter().map(|&source| (source, known(source))).collect();
            let mut ledger = ledger(sources.iter().map(|&source| (source, 0, known(source))));
            let near = |source: u64| [source, source.wrapping_add(1), source ^ (1 << 63)];
            for source in sources.iter().copied().flat_map(near) {
                assert_eq!(ledger.get(source), by_source.get(&source).copied(), "{source}");
            }
            let mut all: Vec<u64> = by_source.keys().copied().collect();
            all.sort_unstable();
            assert_eq!(ledger.unseen(), all);
            for &source in &sources {
                assert!(ledger.see(source).is_some_and(|known| known.seen));
            }
            assert_eq!(ledger.unseen(), [0; 0]);
        }
    }

    #[test]
    fn a_source_may_have_many_records_which_are_met_together() {
        let mut ledger = ledger((0..50).flat_map(|source| {
            (0..40).map(move |record| (source, record, with_key(source * 40 + u64::from(record))))
        }));
        assert_eq!(ledger.get(7).and_then(|known| known.key), Some(7 * 40), "the first one");
        assert!(ledger.see(7).is_some());
        assert_eq!(ledger.unseen().len(), 49);
        // Its keys are free for others, those of the next file are not.
        ledger.give_up(7);
        assert_eq!(ledger.duplicate_keys(&[7 * 40 + 39, 8 * 40]), HashSet::from([8 * 40]));
    }

    #[test]
    fn keys_of_two_records_are_duplicates() {
        let ledger = ledger([(1, 0, with_key(10)), (2, 0, with_key(20)), (3, 0, with_key(10))]);
        assert_eq!(ledger.duplicate_keys(&[]), HashSet::from([10]));
        assert_eq!(ledger.duplicate_keys(&[20, 30]), HashSet::from([10, 20]));
        for at_a_time in [1, 2, 3, 1000] {
            assert_eq!(
                ledger.duplicates(&[30, 30, u64::MAX], at_a_time),
                HashSet::from([10, 30]),
                "{at_a_time}"
            );
        }
    }

    #[test]
    fn two_documents_of_one_record_are_duplicates() {
        let ledger = ledger([(1, 0, with_key(10)), (1, 0, with_key(10)), (2, 0, with_key(20))]);
        assert_eq!(ledger.duplicate_keys(&[]), HashSet::from([10]));
    }
}
