//! The ledger of an index: the files and the records that it was made from, in little memory.
//!
//! A record is the source of one article. A file of one article is its only record; a file of many has an entry for itself,
//! and one for each record.

use super::{ExcludedFile, UnreadRecords};
use crate::{
    article::Moment,
    source::{Contents, File},
};
use std::{collections::HashSet, num::NonZeroU64, ops::Range, sync::Arc};
use xxhash_rust::xxh3::xxh3_64;

/// The files and records that an index was made from, keyed by the hash of the file's path.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Sorted by source.
    files: Vec<FileEntry>,
    /// The records of files that have many, sorted by source and record.
    records: Arc<Vec<RecordEntry>>,
    /// For each of `records`, a bit: whether it gave up its key in this ingest. Empty if none did.
    gave_up: Vec<u64>,
    /// The keys of second documents of one record, which only damage causes.
    twice: Vec<NonZeroU64>,
    /// The excluded files and records.
    pub excluded: Vec<Excluded>,
    /// For the paths of files with many records, the parts that gave no article.
    pub unread: Vec<(String, UnreadRecords)>,
}

/// A file or a record that is known, but has no article of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The path of the file.
    pub path: Arc<str>,
    /// The id of the record in the file; 0 for a whole file.
    pub record: u64,
    /// Why.
    pub why: Arc<Why>,
    /// For a duplicate, the [`key_hash`] of the article that another file or record holds.
    pub key: Option<NonZeroU64>,
}

/// Why a file or a record has no article of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Why {
    /// A stable name of the reason: see [`ExcludedFile`].
    pub code: String,
    /// The reason in words.
    pub reason: String,
}

/// Makes [`Excluded`] entries. What many of them say is in memory once.
#[derive(Debug, Default)]
pub struct Exclusions {
    paths: HashSet<Arc<str>>,
    whys: HashSet<Arc<Why>>,
}

impl Exclusions {
    /// The entry of a file or, by its id, a record.
    pub fn entry(&mut self, path: &str, record: u64, excluded: ExcludedFile) -> Excluded {
        let key = excluded.key_hash();
        let path = self.paths.get(path).cloned().unwrap_or_else(|| {
            let path: Arc<str> = path.into();
            self.paths.insert(Arc::clone(&path));
            path
        });
        let ExcludedFile { code, reason, .. } = excluded;
        let why = Why { code, reason };
        let why = self.whys.get(&why).cloned().unwrap_or_else(|| {
            let why = Arc::new(why);
            self.whys.insert(Arc::clone(&why));
            why
        });
        Excluded { path, record, why, key }
    }
}

/// What an index knows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Modification time of the file, in nanoseconds since 1970.
    pub modified: i64,
    /// Size of the file, in bytes.
    pub size: u64,
    /// XXH3 of the file's bytes.
    pub hash: u64,
    /// The [`key_hash`] of its article; `None` if the file is excluded, or holds many records.
    pub key: Option<NonZeroU64>,
    /// Whether the file holds many records.
    pub has_records: bool,
    /// What it was read as, if it holds many records or the user has said it; else the name tells.
    pub contents: Option<Contents>,
    /// Whether the running ingest has seen the file.
    pub seen: bool,
}

/// A record with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The file or the part of it that it was read from.
    pub file: File,
    /// The id of its article; empty if it has none.
    pub id: String,
    /// The locale of its article, or empty.
    pub locale: String,
    /// When its article was published.
    pub published: Option<Moment>,
    /// Whether it gives way to any other record with its key.
    pub yields: bool,
}

/// Selects records.
#[derive(Clone, Debug)]
pub enum RecordFilter {
    /// Records of articles with one of these [`key_hash`]es.
    Keys(HashSet<NonZeroU64>),
    /// The files below some folders whose [`path_hash`](crate::source::path_hash) is one of these.
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

/// A file in 48 bytes.
#[derive(Clone, Copy, Debug)]
struct FileEntry {
    source: u64,
    modified: i64,
    size: u64,
    hash: u64,
    key: Option<NonZeroU64>,
    has_records: bool,
    contents: Option<Contents>,
    /// Whether the file gave up its key in this ingest.
    gave_up: bool,
    seen: bool,
}

/// A record in 24 bytes.
#[derive(Clone, Copy, Debug)]
struct RecordEntry {
    source: u64,
    record: u64,
    key: Option<NonZeroU64>,
}

impl Known {
    /// As the time of modification: the file was not read to its end, and is to be read again.
    pub const UNREAD: i64 = i64::MIN;
}

impl FileEntry {
    fn new(source: u64, known: Known) -> Self {
        let Known { modified, size, hash, key, has_records, contents, seen } = known;
        Self { source, modified, size, hash, key, has_records, contents, gave_up: false, seen }
    }

    fn known(&self) -> Known {
        let Self { modified, size, hash, key, has_records, contents, seen, .. } = *self;
        Known { modified, size, hash, key, has_records, contents, seen }
    }
}

/// The records of one file that a ledger knows.
#[derive(Clone, Debug, Default)]
pub struct KnownRecords {
    all: Arc<Vec<RecordEntry>>,
    range: Range<usize>,
}

impl KnownRecords {
    /// The key of the article of a record, if the record is known and has one.
    #[must_use]
    pub fn key_of(&self, record: u64) -> Option<NonZeroU64> {
        let of_file = &self.all[self.range.clone()];
        let at = of_file.binary_search_by_key(&record, |entry| entry.record).ok()?;
        of_file[at].key
    }

    /// The ids of the records with the keys of their articles, ordered by id. No key means that the record is excluded.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Option<NonZeroU64>)> + '_ {
        self.all[self.range.clone()].iter().map(|entry| (entry.record, entry.key))
    }
}

/// Collects the files and records of a ledger, in any order.
#[derive(Debug, Default)]
pub struct LedgerBuilder {
    files: Vec<FileEntry>,
    records: Vec<RecordEntry>,
    /// The sources of documents that hold places of records, one for each.
    parts: Vec<u64>,
    /// For files of many records, the number of documents that they should have beside their own.
    expected: Vec<(u64, u64)>,
}

impl LedgerBuilder {
    /// With room for so many files and records.
    #[must_use]
    pub fn with_capacity(files: usize, records: usize) -> Self {
        Self { files: Vec::with_capacity(files), records: Vec::with_capacity(records), ..Self::default() }
    }

    /// Adds a file by the hash of its path.
    pub fn file(&mut self, source: u64, known: Known) {
        self.files.push(FileEntry::new(source, known));
    }

    /// Adds a record of a file by the hash of the file's path.
    pub fn record(&mut self, source: u64, record: u64, key: Option<NonZeroU64>) {
        self.records.push(RecordEntry { source, record, key });
    }

    /// Adds a document that holds places of the records of a file.
    pub fn part(&mut self, source: u64) {
        self.parts.push(source);
    }

    /// Says how many documents a file of many records should have beside its own.
    pub fn expect(&mut self, source: u64, documents: u64) {
        self.expected.push((source, documents));
    }

    /// The ledger. A file of many records that lacks some of its documents is one to be read again.
    #[must_use]
    pub fn finish(self) -> Ledger {
        let Self { mut files, mut records, mut parts, expected } = self;
        let mut twice = Vec::new();
        records.sort_unstable_by_key(|entry| (entry.source, entry.record));
        records.dedup_by(|second, first| {
            let is_same = (first.source, first.record) == (second.source, second.record);
            twice.extend(second.key.filter(|_| is_same));
            is_same
        });
        files.sort_unstable_by_key(|entry| entry.source);
        files.dedup_by(|second, first| {
            let is_same = first.source == second.source;
            twice.extend(second.key.filter(|_| is_same));
            is_same
        });
        parts.sort_unstable();
        let of_source = |sorted: &[u64], source: u64| {
            sorted.partition_point(|of| *of <= source) - sorted.partition_point(|of| *of < source)
        };
        for (source, documents) in expected {
            let before = |bound: u64| records.partition_point(|entry| entry.source < bound);
            let last = source.checked_add(1).map_or(records.len(), before);
            let there = last - before(source) + of_source(&parts, source);
            if there as u64 != documents
                && let Ok(at) = files.binary_search_by_key(&source, |entry| entry.source)
            {
                files[at].modified = Known::UNREAD;
            }
        }
        // An ingest that was killed may have committed records of a file without the entry of the file itself.
        let is_file = |source| files.binary_search_by_key(&source, |entry| entry.source).is_ok();
        let mut alone: Vec<u64> = Vec::new();
        let mut last = None;
        for RecordEntry { source, .. } in &records {
            if last.replace(*source) != Some(*source) && !is_file(*source) {
                alone.push(*source);
            }
        }
        for source in alone {
            let unread = Known { modified: Known::UNREAD, has_records: true, ..Known::default() };
            files.push(FileEntry::new(source, unread));
        }
        files.sort_unstable_by_key(|entry| entry.source);
        Ledger { files, records: Arc::new(records), twice, ..Ledger::default() }
    }
}

impl Ledger {
    /// What is known of a file, by the hash of its path.
    #[must_use]
    pub fn get(&self, source: u64) -> Option<Known> {
        self.find(source).map(|at| self.files[at].known())
    }

    /// Marks a file as seen. Returns what is known of it.
    pub fn see(&mut self, source: u64) -> Option<Known> {
        let file = self.find(source)?;
        let entry = &mut self.files[file];
        entry.seen = true;
        Some(entry.known())
    }

    /// The records of a file that has many.
    #[must_use]
    pub fn records(&self, source: u64) -> KnownRecords {
        KnownRecords { all: Arc::clone(&self.records), range: self.range(source) }
    }

    /// Whether the ledger has a record, and then the key of its article. Record 0 is the whole file.
    #[must_use]
    pub fn key_of(&self, source: u64, record: u64) -> Option<Option<NonZeroU64>> {
        if record == 0 {
            return self.get(source).map(|known| known.key);
        }
        self.find_record(source, record).map(|at| self.records[at].key)
    }

    /// Marks the key of a record as no longer held. Record 0 is the whole file.
    pub fn give_up(&mut self, source: u64, record: u64) {
        if record == 0 {
            if let Some(at) = self.find(source) {
                self.files[at].gave_up = true;
            }
        } else if let Some(at) = self.find_record(source, record) {
            self.gave_up.resize(self.records.len().div_ceil(64), 0);
            self.gave_up[at / 64] |= 1 << (at % 64);
        }
    }

    /// The path hashes of the files that the ingest has not seen, sorted.
    #[must_use]
    pub fn unseen(&self) -> Vec<u64> {
        self.files.iter().filter(|entry| !entry.seen).map(|entry| entry.source).collect()
    }

    /// The keys that two or more records hold, counting those in `more` as held as well.
    #[must_use]
    pub fn duplicate_keys(&self, more: &[NonZeroU64]) -> HashSet<NonZeroU64> {
        self.duplicates(more, COMPARED)
    }

    fn duplicates(&self, more: &[NonZeroU64], at_a_time: usize) -> HashSet<NonZeroU64> {
        let held = || self.held().chain(self.twice.iter().copied()).chain(more.iter().copied());
        let all = self.files.len() + self.records.len() + self.twice.len() + more.len();
        let parts = all.div_ceil(at_a_time).max(1);
        let (mut duplicates, mut compared) = (HashSet::new(), Vec::new());
        for part in 0..parts {
            compared.clear();
            compared.extend(held().filter(|key| place(key.get(), parts) == part));
            compared.sort_unstable();
            duplicates.extend(compared.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]));
        }
        duplicates
    }

    /// The keys that records hold and did not give up.
    fn held(&self) -> impl Iterator<Item = NonZeroU64> + '_ {
        let of_files = self.files.iter().filter(|entry| !entry.gave_up).filter_map(|entry| entry.key);
        let gave_up = |at: usize| self.gave_up.get(at / 64).is_some_and(|bits| bits & 1 << (at % 64) != 0);
        let of_records = self.records.iter().enumerate().filter(move |(at, _)| !gave_up(*at));
        of_files.chain(of_records.filter_map(|(_, entry)| entry.key))
    }

    /// The keys that an excluded record would have, but no record holds any more.
    #[must_use]
    pub fn unheld(&self) -> HashSet<NonZeroU64> {
        let mut unheld: HashSet<NonZeroU64> =
            self.excluded.iter().filter_map(|excluded| excluded.key).collect();
        if !unheld.is_empty() {
            for key in self.held() {
                unheld.remove(&key);
            }
        }
        unheld
    }

    /// The range of a file's records.
    fn range(&self, source: u64) -> Range<usize> {
        let start = self.records.partition_point(|entry| entry.source < source);
        let length = self.records[start..].partition_point(|entry| entry.source == source);
        start..start + length
    }

    fn find_record(&self, source: u64, record: u64) -> Option<usize> {
        self.records.binary_search_by_key(&(source, record), |entry| (entry.source, entry.record)).ok()
    }

    /// The index of a file's entry. Hashes are spread evenly, so the search begins where the hash should be and widens in
    /// doubling steps.
    fn find(&self, source: u64) -> Option<usize> {
        let Self { files, .. } = self;
        let guess = place(source, files.len());
        let (mut from, mut to) = (guess, guess);
        let mut step = 1;
        while from > 0 && files[from].source >= source {
            from = from.saturating_sub(step);
            step *= 2;
        }
        step = 1;
        while to < files.len() && files[to].source < source {
            to = to.saturating_add(step).min(files.len());
            step *= 2;
        }
        let to = to.saturating_add(1).min(files.len());
        let at = from + files[from..to].partition_point(|entry| entry.source < source);
        files.get(at).filter(|entry| entry.source == source).map(|_| at)
    }
}

/// The index at which a hash is expected among `count` evenly spread hashes.
fn place(hash: u64, count: usize) -> usize {
    let place = (u128::from(hash) * count as u128) >> 64;
    usize::try_from(place).unwrap_or_default()
}

/// The hash of an article's id and locale, by which a [`Ledger`] knows it.
#[must_use]
pub fn key_hash(id: &str, locale: &str) -> NonZeroU64 {
    key_of_hashes(xxh3_64(id.as_bytes()), xxh3_64(locale.as_bytes()))
}

/// The same, of the XXH3 of the id and the XXH3 of the locale.
pub(super) fn key_of_hashes(id: u64, locale: u64) -> NonZeroU64 {
    NonZeroU64::new(id ^ locale.rotate_left(32)).unwrap_or(NonZeroU64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Known, Ledger, LedgerBuilder};
    use std::{
        collections::{HashMap, HashSet},
        num::NonZeroU64,
    };
    use xxhash_rust::xxh3::xxh3_64;

    fn key(key: u64) -> NonZeroU64 {
        NonZeroU64::new(key).expect("it is not zero")
    }

    /// The ledger of files, and of records `(source, record, key)`.
    fn ledger(files: impl IntoIterator<Item = (u64, Known)>, records: &[(u64, u64, u64)]) -> Ledger {
        let mut builder = LedgerBuilder::default();
        files.into_iter().for_each(|(source, known)| builder.file(source, known));
        for (source, record, of) in records {
            builder.record(*source, *record, Some(key(*of)));
        }
        builder.finish()
    }

    fn with_key(of: u64) -> Known {
        Known { key: Some(key(of)), ..Known::default() }
    }

    #[test]
    fn files_are_found_by_their_hashes_however_these_lie() {
        let spread: Vec<u64> = (0..3000u64).map(|n| xxh3_64(&n.to_le_bytes())).collect();
        let crowded: Vec<u64> = (0..3000).map(|n| n * 7).chain([u64::MAX, u64::MAX - 1]).collect();
        for sources in [spread, crowded, vec![0], vec![u64::MAX], Vec::new()] {
            let known = |source: u64| Known {
                size: source,
                key: (source > 20).then(|| key(source)),
                ..Known::default()
            };
            let by_source: HashMap<u64, Known> =
                sources.iter().map(|&source| (source, known(source))).collect();
            let mut ledger = ledger(sources.iter().map(|&source| (source, known(source))), &[]);
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
    fn a_file_may_have_many_records() {
        let records: Vec<(u64, u64, u64)> = (0..50)
            .flat_map(|source| (1..41).map(move |record| (source, record, source * 41 + record)))
            .collect();
        let file = |source| (source, Known { has_records: true, ..Known::default() });
        let mut ledger = ledger((0..50).map(file), &records);
        let of_7: Vec<u64> = ledger.records(7).iter().map(|(record, _)| record).collect();
        assert_eq!(of_7, (1..41).collect::<Vec<u64>>());
        assert_eq!(ledger.records(50).iter().count(), 0);
        assert_eq!(ledger.key_of(7, 3), Some(Some(key(7 * 41 + 3))));
        assert_eq!((ledger.key_of(7, 41), ledger.key_of(7, 0)), (None, Some(None)));
        assert!(ledger.see(7).is_some());
        assert_eq!(ledger.unseen().len(), 49);
        // The key that it gave up is free for others; the next is not.
        ledger.give_up(7, 3);
        let claimed = [key(7 * 41 + 3), key(7 * 41 + 4)];
        assert_eq!(ledger.duplicate_keys(&claimed), HashSet::from([key(7 * 41 + 4)]));
    }

    #[test]
    fn records_without_their_file_are_read_again() {
        let ledger = ledger([(1, with_key(10))], &[(3, 1, 30), (3, 2, 31)]);
        let known = ledger.get(3).expect("it has records");
        assert!(known.has_records && known.key.is_none() && known.modified == i64::MIN);
        assert_eq!(ledger.unseen(), [1, 3]);
    }

    #[test]
    fn keys_of_two_records_are_duplicates() {
        let ledger = ledger([(1, with_key(10)), (2, with_key(20)), (3, with_key(10))], &[(4, 1, 40)]);
        assert_eq!(ledger.duplicate_keys(&[]), HashSet::from([key(10)]));
        assert_eq!(ledger.duplicate_keys(&[key(20), key(30)]), HashSet::from([key(10), key(20)]));
        for at_a_time in [1, 2, 3, 1000] {
            assert_eq!(
                ledger.duplicates(&[key(30), key(30), key(40), key(u64::MAX)], at_a_time),
                HashSet::from([key(10), key(30), key(40)]),
                "{at_a_time}"
            );
        }
    }

    #[test]
    fn two_documents_of_one_record_are_duplicates() {
        let files = ledger([(1, with_key(10)), (1, with_key(10)), (2, with_key(20))], &[]);
        assert_eq!(files.duplicate_keys(&[]), HashSet::from([key(10)]));
        let records = ledger([], &[(1, 5, 10), (1, 5, 10), (1, 6, 20)]);
        assert_eq!(records.duplicate_keys(&[]), HashSet::from([key(10)]));
    }
}
