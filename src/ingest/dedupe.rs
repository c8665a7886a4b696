//! Decides which of several files with one key holds the article.
//!
//! The latest date wins; among equal dates, the path that sorts first. The others are excluded, and are read again when
//! the holder goes or changes. An id that is only a file's path below its root says nothing of the article: it never
//! displaces an id from a text, and of several files with the same such id, all but the first become known by their
//! whole paths.

use super::{
    file::{FileReader, Job},
    tally::Tally,
    target::Target,
};
use crate::{
    article::Moment,
    index::{ExcludedFile, IndexError, Known, Ledger, Record, RecordFilter},
    source::{File, path_hash},
};
use jiff::Timestamp;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashSet},
    path::Path,
};

/// What happens to one of several files with one key. A file without a decision stays as it is.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// Read it again; an id that is only its path below the root becomes the whole path.
    Rename(File),
    /// Exclude it: another file holds the key.
    Exclude(File, ExcludedFile),
}

/// Decides for the files that share an id and a locale. `may_be_renamed` says whether an article's id is only the path
/// of its file below the root, and may still become the whole path; `is_there`, whether the file can be read again.
fn decide(
    mut records: Vec<Record>,
    may_be_renamed: &dyn Fn(&Record) -> bool,
    is_there: &dyn Fn(&File) -> bool,
) -> Vec<Decision> {
    records.sort_by(before);
    let renamed = |record: &Record| may_be_renamed(record) && is_there(&record.file);
    let Some((winner, losers)) = records.split_first() else { return Vec::new() };
    if renamed(winner) && !losers.iter().all(may_be_renamed) {
        return vec![Decision::Rename(winner.file.clone())];
    }
    let decision = |loser: &Record| {
        // Only damage gives one file two documents: it is read once more.
        let is_winner = loser.file.path == winner.file.path;
        if renamed(loser) || is_winner && is_there(&loser.file) {
            return Some(Decision::Rename(loser.file.clone()));
        }
        let why = if instant(loser) == instant(winner) {
            "has the same date and the first path"
        } else {
            "has a later date"
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

/// Orders two files with one key: the later date first, then the path that sorts first.
fn before(a: &Record, b: &Record) -> Ordering {
    instant(b).cmp(&instant(a)).then_with(|| a.file.path.cmp(&b.file.path))
}

/// The instant by which a record is ordered.
fn instant(record: &Record) -> Option<Timestamp> {
    record.published.map(Moment::instant)
}

/// Whether the article's id is only the path of its file below some root.
fn is_named_by_path(record: &Record) -> bool {
    Path::new(&record.file.path).with_extension("").ends_with(&record.id)
}

/// Leaves one file per key.
pub(super) struct Dedupe<'d> {
    reader: &'d FileReader<'d>,
    ledger: &'d Ledger,
    tally: &'d mut Tally,
    /// Path hashes of the files that were read again to become known by their whole paths.
    renamed: HashSet<u64>,
    /// Path hashes of the files that were excluded and read again.
    recalled: HashSet<u64>,
}

impl<'d> Dedupe<'d> {
    pub(super) fn new(reader: &'d FileReader<'d>, ledger: &'d Ledger, tally: &'d mut Tally) -> Self {
        Self { reader, ledger, tally, renamed: HashSet::new(), recalled: HashSet::new() }
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
            if !keys.is_empty() {
                self.decide_all(&keys, target)?;
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

    fn decide_all(&mut self, keys: &HashSet<u64>, target: &dyn Target) -> Result<(), IndexError> {
        let mut by_key: BTreeMap<(String, String), Vec<Record>> = BTreeMap::new();
        for record in target.records(&RecordFilter::Keys(keys.clone()))? {
            by_key.entry((record.id.clone(), record.locale.clone())).or_default().push(record);
        }
        for records in by_key.into_values().filter(|records| records.len() > 1) {
            // Rename only once: if its text gives a file the id that is also its name, it keeps that id.
            let may_be_renamed = |record: &Record| {
                is_named_by_path(record) && !self.renamed.contains(&path_hash(&record.file.path))
            };
            let is_there = |file: &File| self.reader.source.find(&file.path).is_ok();
            for decision in decide(records, &may_be_renamed, &is_there) {
                match decision {
                    Decision::Rename(file) => self.rename(&file, target)?,
                    Decision::Exclude(file, excluded) => self.exclude(file, excluded, target)?,
                }
            }
        }
        Ok(())
    }

    fn exclude(&mut self, file: File, excluded: ExcludedFile, target: &dyn Target) -> Result<(), IndexError> {
        self.tally.uncount(&file, self.ledger);
        target.remove(&file.path);
        target.exclude(&file, &excluded)?;
        self.tally.wrote = true;
        // Other files may be excluded in favour of this one, if it held the key before this run.
        self.tally.freed.extend(self.ledger.get(path_hash(&file.path)).and_then(|known| known.key));
        self.tally.excluded.insert(file.path, excluded);
        Ok(())
    }

    fn rename(&mut self, file: &File, target: &dyn Target) -> Result<(), IndexError> {
        let path = path_hash(&file.path);
        self.renamed.insert(path);
        let Ok(candidate) = self.reader.source.find(&file.path) else { return Ok(()) };
        self.tally.uncount(file, self.ledger);
        // The target has the file, even if only this run has written it.
        let known = Some(self.ledger.get(path).unwrap_or_default());
        self.reader.read(&Job { candidate, known, rename: true }, target, self.tally).map(drop)
    }

    /// Reads the files again that are excluded for a key whose holder gave it up or changed.
    fn recall(&mut self, target: &dyn Target) -> Result<(), IndexError> {
        let freed = std::mem::take(&mut self.tally.freed);
        for (path, excluded) in &self.ledger.excluded {
            if !excluded.key_hash().is_some_and(|key| freed.contains(&key)) {
                continue;
            }
            let hash = path_hash(path);
            let known = self.ledger.get(hash);
            // A file that is gone was removed already; one that has changed was read already.
            let Ok(candidate) = self.reader.source.find(path) else { continue };
            let same = |known: Known| known.modified == candidate.modified && known.size == candidate.size;
            // Once only: it may be excluded again, in favour of the present holder.
            if known.is_some_and(same) && self.recalled.insert(hash) {
                self.tally.excluded.remove(path);
                let rename = self.renamed.contains(&hash);
                self.reader.read(&Job { candidate, known, rename }, target, self.tally)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, decide, is_named_by_path};
    use crate::article::Moment;
    use crate::{index::Record, source::File};

    fn record(path: &str, id: &str, day: Option<&str>) -> Record {
        let file = File { path: path.into(), modified: 0, size: 0, hash: 0 };
        let published = day.map(|day| Moment::Day(day.parse().expect("it is a date")));
        Record { file, id: id.into(), locale: "en".into(), published }
    }

    /// The decisions: `path` for a renamed file, `path: reason` for an excluded one.
    fn decided(records: &[Record]) -> Vec<String> {
        let decisions = decide(records.to_vec(), &is_named_by_path, &|file| !file.path.contains("gone"));
        let told = decisions.into_iter().map(|decision| match decision {
            Decision::Rename(file) => file.path,
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
