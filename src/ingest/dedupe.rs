//! Decides which of several files with one key holds the article.
//!
//! The latest date wins; among equal dates, the path that sorts first. The others are excluded, and are read again when
//! the holder goes or changes. An id that is only a file's path below its root says nothing of the article: it never
//! displaces an id from a text, and of several files with the same such id, all but the first become known by their
//! whole paths. So is an id of a record that begins with that path. A number that repeats within one file is no id: all records
//! that have it but one become known by what they say, as those without an id.

use super::{
    file::FileReader,
    job::{Job, Rename},
    records::suffix,
    tally::Tally,
    target::Target,
};
use crate::{
    article::{Moment, is_row_number},
    index::{Excluded, ExcludedFile, IndexError, Known, Ledger, Record, RecordFilter},
    source::{File, Kind, path_hash},
};
use jiff::Timestamp;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashSet},
    num::NonZeroU64,
    path::Path,
    sync::Arc,
};

/// The records of about this many keys are in memory at a time.
const DECIDED: usize = 1 << 13;

/// The reasons of so many excluded records name the key: each that does is in memory by itself, while others are shared.
const NAMED: usize = 10_000;

/// What happens to one of several files with one key. A file without a decision stays as it is.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// Read it again, so that it gets another id.
    Rename(File, Rename),
    /// Exclude it: another file holds the key.
    Exclude(File, ExcludedFile),
}

/// Decides for the files that share an id and a locale. `may_be_renamed` says whether an article's id is one that only its file
/// knows, and may still become another; `is_there`, whether the file can be read again.
fn decide(
    mut records: Vec<Record>,
    may_be_renamed: &dyn Fn(&Record, Rename) -> bool,
    is_there: &dyn Fn(&File) -> bool,
) -> Vec<Decision> {
    records.sort_by(before);
    let renamed = |record: &Record, rename| may_be_renamed(record, rename) && is_there(&record.file);
    let Some((winner, losers)) = records.split_first() else { return Vec::new() };
    if renamed(winner, Rename::Path) && !losers.iter().all(|loser| may_be_renamed(loser, Rename::Path)) {
        return vec![Decision::Rename(winner.file.clone(), Rename::Path)];
    }
    let decision = |loser: &Record| {
        // Only damage gives one file two documents: it is read once more.
        let is_of_file = loser.file.path == winner.file.path;
        let is_winner = is_of_file && loser.file.record == winner.file.record;
        let rename = if is_of_file && !is_winner { Rename::Record } else { Rename::Path };
        if renamed(loser, rename) && !is_winner || is_winner && is_there(&loser.file) {
            return Some(Decision::Rename(loser.file.clone(), rename));
        }
        let why = if loser.yields && !winner.yields {
            "has the whole article"
        } else if instant(loser) != instant(winner) {
            "has a later date"
        } else if loser.file.path == winner.file.path {
            "has it in another record with the same date"
        } else {
            "has the same date and the first path"
        };
        let excluded = ExcludedFile {
            code: "duplicate-id".into(),
            reason: format!("duplicate of {}, which {why}", winner.file.path),
            key: format!("{}\n{}", winner.id, winner.locale),
        };
        (!is_winner).then(|| Decision::Exclude(loser.file.clone(), excluded))
    };
    losers.iter().filter_map(decision).collect()
}

/// Orders two records with one key: a whole article first, then the later date, then the path that sorts first.
fn before(a: &Record, b: &Record) -> Ordering {
    let place = |record: &Record| (record.file.path.clone(), record.file.record);
    a.yields.cmp(&b.yields).then_with(|| instant(b).cmp(&instant(a))).then_with(|| place(a).cmp(&place(b)))
}

/// The instant by which a record is ordered.
fn instant(record: &Record) -> Option<Timestamp> {
    record.published.map(Moment::instant)
}

/// Whether only the file knows the id of an article: the path of the file below some root, in which the number of a record is the
/// one that may become another.
fn is_known_by_file(Record { file, id, .. }: &Record, rename: Rename) -> bool {
    if file.record == 0 {
        return rename == Rename::Path && Path::new(&file.path).with_extension("").ends_with(id);
    }
    // A record is known by its bytes, or by the number that its file has for it.
    let of_file = || id.strip_suffix(&suffix(file.record)).filter(|_| rename == Rename::Path);
    let numbered = || id.rsplit_once('#').filter(|(_, number)| is_row_number(number)).map(|(name, _)| name);
    // The whole path without the root of the system is one that it ends with as well.
    of_file().or_else(numbered).is_some_and(|name| Path::new(&file.path).ends_with(name))
}

/// Leaves one file per key.
pub(super) struct Dedupe<'d> {
    reader: &'d FileReader<'d>,
    ledger: &'d Ledger,
    tally: &'d mut Tally,
    /// The records that were read again to get another id: path hash and id of the record.
    renamed: HashSet<((u64, u64), Rename)>,
    /// The records that were excluded and read again.
    recalled: HashSet<(u64, u64)>,
    /// The number of reasons that name the key.
    named: usize,
}

impl<'d> Dedupe<'d> {
    pub(super) fn new(reader: &'d FileReader<'d>, ledger: &'d Ledger, tally: &'d mut Tally) -> Self {
        Self { reader, ledger, tally, renamed: HashSet::new(), recalled: HashSet::new(), named: 0 }
    }

    /// Leaves one file per key. Commits until nothing changes, as a file that is read again may take the key of
    /// another. Calls `committed` after each commit.
    pub(super) fn run(
        mut self,
        target: &mut dyn Target,
        committed: &mut dyn FnMut(),
    ) -> Result<(), IndexError> {
        let mut keys = self.ledger.duplicate_keys(&std::mem::take(&mut self.tally.claimed));
        loop {
            self.tally.wrote = false;
            let all: Vec<NonZeroU64> = keys.iter().copied().collect();
            for some in all.chunks(DECIDED) {
                self.decide_all(some.iter().copied().collect(), target)?;
            }
            self.recall(target)?;
            if !self.tally.wrote {
                return Ok(());
            }
            target.commit()?;
            committed();
            keys.extend(self.tally.claimed.drain(..));
        }
    }

    fn decide_all(&mut self, keys: HashSet<NonZeroU64>, target: &dyn Target) -> Result<(), IndexError> {
        let mut by_key: BTreeMap<(String, String), Vec<Record>> = BTreeMap::new();
        for record in target.records(&RecordFilter::Keys(keys))? {
            by_key.entry((record.id.clone(), record.locale.clone())).or_default().push(record);
        }
        let mut to_rename: BTreeMap<(String, Rename), HashSet<u64>> = BTreeMap::new();
        for records in by_key.into_values().filter(|records| records.len() > 1) {
            // Rename only once: if its text gives a file the id that is also its name, it keeps that id.
            let may_be_renamed = |record: &Record, rename| {
                is_known_by_file(record, rename) && !self.renamed.contains(&(record_of(&record.file), rename))
            };
            let is_there = |file: &File| self.reader.source.find(&file.path).is_ok();
            for decision in decide(records, &may_be_renamed, &is_there) {
                match decision {
                    Decision::Rename(file, rename) => {
                        self.renamed.insert((record_of(&file), rename));
                        if self.reader.source.find(&file.path).is_ok() {
                            self.tally.uncount(&file, self.ledger);
                            to_rename.entry((file.path, rename)).or_default().insert(file.record);
                        }
                    }
                    Decision::Exclude(file, excluded) => self.exclude(&file, excluded, target)?,
                }
            }
        }
        to_rename
            .into_iter()
            .try_for_each(|((path, rename), records)| self.read(&path, records, Some(rename), target))
    }

    fn exclude(
        &mut self,
        file: &File,
        mut excluded: ExcludedFile,
        target: &dyn Target,
    ) -> Result<(), IndexError> {
        if file.record != 0 && self.named < NAMED {
            self.named += 1;
            let key = excluded.key.trim_end_matches('\n').replace('\n', "/");
            excluded.reason = format!("{}; its key is {key}", excluded.reason);
        }
        self.tally.uncount(file, self.ledger);
        if file.record == 0 {
            target.remove(&file.path);
        } else {
            target.remove_record(&file.path, file.record);
        }
        target.exclude(file, &excluded)?;
        self.tally.wrote = true;
        // Others may be excluded in favour of this one, if it held the key before this run.
        let (source, record) = record_of(file);
        self.tally.freed.extend(self.ledger.key_of(source, record).flatten());
        self.tally.exclude(&file.path, record, excluded);
        Ok(())
    }

    /// Reads some records of a file again.
    fn read(
        &mut self,
        path: &str,
        records: HashSet<u64>,
        rename: Option<Rename>,
        target: &dyn Target,
    ) -> Result<(), IndexError> {
        let Ok(mut candidate) = self.reader.source.find(path) else { return Ok(()) };
        if let Some(contents) = target.contents(path)? {
            candidate.kind = Kind { contents, is_chosen: true, ..candidate.kind };
        }
        // The target has the file, even if only this run has written it.
        let known = Some(self.ledger.get(path_hash(path)).unwrap_or_default());
        let mut job = Job {
            candidate,
            known,
            records: self.ledger.records(path_hash(path)),
            excluded: Vec::new(),
            again: Some(records),
            rename,
            until: None,
            unfinished: None,
        };
        self.reader.read(&mut job, target, self.tally).map(drop)
    }

    /// Reads those again that are excluded for a key whose holder gave it up or changed.
    fn recall(&mut self, target: &dyn Target) -> Result<(), IndexError> {
        let freed = std::mem::take(&mut self.tally.freed);
        let mut to_read: BTreeMap<(String, Option<Rename>), HashSet<u64>> = BTreeMap::new();
        for Excluded { path, record, key, .. } in &self.ledger.excluded {
            if !key.is_some_and(|key| freed.contains(&key)) {
                continue;
            }
            let of = (path_hash(path), *record);
            let known = self.ledger.get(of.0);
            // A file that is gone was removed already; one that has changed was read already, but for the records that are
            // as they were.
            let Ok(candidate) = self.reader.source.find(path) else { continue };
            let same = |known: Known| {
                *record != 0 || known.modified == candidate.modified && known.size == candidate.size
            };
            // Once only: it may be excluded again, in favour of the present holder.
            if known.is_some_and(same) && self.recalled.insert(of) {
                self.tally.excluded.remove(&(Arc::clone(path), *record));
                let renames = [Rename::Record, Rename::Path];
                let rename = renames.into_iter().find(|rename| self.renamed.contains(&(of, *rename)));
                to_read.entry((path.to_string(), rename)).or_default().insert(*record);
            }
        }
        to_read
            .into_iter()
            .try_for_each(|((path, rename), records)| self.read(&path, records, rename, target))
    }
}

/// The hash of the path and the id of a record.
fn record_of(file: &File) -> (u64, u64) {
    (path_hash(&file.path), file.record)
}

#[cfg(test)]
mod tests {
    use super::{Decision, decide, is_known_by_file};
    use crate::article::Moment;
    use crate::{index::Record, source::File};

    fn record(path: &str, id: &str, day: Option<&str>) -> Record {
        let file = File { path: path.into(), ..File::default() };
        let published = day.map(|day| Moment::Day(day.parse().expect("it is a date")));
        Record { file, id: id.into(), locale: "en".into(), published, yields: false }
    }

    /// The decisions: `path` for a renamed file, `path: reason` for an excluded one.
    fn decided(records: &[Record]) -> Vec<String> {
        let decisions = decide(records.to_vec(), &is_known_by_file, &|file| !file.path.contains("gone"));
        let told = decisions.into_iter().map(|decision| match decision {
            Decision::Rename(file, _) => file.path,
            Decision::Exclude(file, excluded) => format!("{}: {}", file.path, excluded.reason),
        });
        told.collect()
    }

    #[test]
    fn the_later_date_holds_the_key_and_of_equals_the_first_path() {
        let (old, new) = (record("/a.md", "7", Some("2025-01-01")), record("/b.md", "7", Some("2025-01-02")));
        let undated = record("/0.md", "7", None);
        assert_eq!(
            decided(&[old.clone(), new.clone(), undated]),
            [
                "/a.md: duplicate of /b.md, which has a later date",
                "/0.md: duplicate of /b.md, which has a later date"
            ]
        );
        let same = record("/c.md", "7", Some("2025-01-02"));
        assert_eq!(
            decided(&[same, new.clone()]),
            ["/c.md: duplicate of /b.md, which has the same date and the first path"]
        );
        assert_eq!(decided(&[new]), [""; 0]);
        assert_eq!(decided(&[]), [""; 0]);
    }

    #[test]
    fn an_id_that_is_only_a_path_yields() {
        let (by_path, by_text) =
            (record("/x/7.md", "7", Some("2025-01-02")), record("/b.md", "7", Some("2025-01-01")));
        assert_eq!(decided(&[by_path.clone(), by_text.clone()]), ["/x/7.md"], "although it is later");
        let other = record("/y/7.md", "7", Some("2025-01-01"));
        assert_eq!(
            decided(&[by_path.clone(), other]),
            ["/y/7.md"],
            "the first keeps it, the other is renamed"
        );
        let gone = record("/gone/7.md", "7", Some("2025-01-03"));
        assert_eq!(decided(&[gone, by_text]), ["/b.md: duplicate of /gone/7.md, which has a later date"]);
    }

    #[test]
    fn a_file_with_two_documents_is_read_again() {
        let one = record("/a.md", "7", Some("2025-01-01"));
        assert_eq!(decided(&[one.clone(), one]), ["/a.md"]);
        let gone = record("/gone.md", "7", Some("2025-01-01"));
        assert_eq!(decided(&[gone.clone(), gone]), [""; 0]);
    }
}
