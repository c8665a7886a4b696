//! What an index knows of the files that it was made from, in little memory.

use super::ExcludedFile;
use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_64;

/// What the index knows of the files that it was made from.
#[derive(Debug, Default)]
pub struct Inventory {
    /// All of them.
    pub files: Files,
    /// The files that were set aside, with their paths.
    pub aside: Vec<(String, ExcludedFile)>,
}

impl Inventory {
    /// The keys for which files were set aside, and which no file holds any more.
    #[must_use]
    pub fn unheld(&self) -> HashSet<u64> {
        let mut unheld: HashSet<u64> = self.aside.iter().filter_map(|(_, aside)| aside.key_hash()).collect();
        if !unheld.is_empty() {
            self.files.iter().filter_map(|known| known.key).for_each(|key| {
                unheld.remove(&key);
            });
        }
        unheld
    }
}

/// A file that the index knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// When it was modified, in nanoseconds since 1970.
    pub modified: i64,
    /// Its length in bytes.
    pub size: u64,
    /// XXH3 of its bytes.
    pub hash: u64,
    /// [`key_hash`] of its article, or none where it was set aside.
    pub key: Option<u64>,
    /// Whether an ingest has met the file.
    pub seen: bool,
}

/// Files by [`path_hash`](crate::source::path_hash), in 48 bytes each: a table sorted by the hashes, which are spread so evenly that the place of
/// one can be told from it.
#[derive(Debug, Default)]
pub struct Files {
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    path: u64,
    modified: i64,
    size: u64,
    hash: u64,
    key: u64,
    has_key: bool,
    seen: bool,
}

impl Entry {
    fn known(&self) -> Known {
        let Self { modified, size, hash, key, has_key, seen, .. } = *self;
        Known { modified, size, hash, key: has_key.then_some(key), seen }
    }
}

impl Files {
    /// The table of the files that `each` tells, about `count` of them. Of two with one path one stays.
    ///
    /// # Errors
    ///
    /// What `each` says.
    pub fn collect<E>(
        count: usize,
        each: impl FnOnce(&mut dyn FnMut(u64, Known)) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut entries = Vec::with_capacity(count);
        each(&mut |path, Known { modified, size, hash, key, seen }| {
            let has_key = key.is_some();
            entries.push(Entry { path, modified, size, hash, key: key.unwrap_or_default(), has_key, seen });
        })?;
        entries.sort_unstable_by_key(|entry| entry.path);
        entries.dedup_by_key(|entry| entry.path);
        Ok(Self { entries })
    }

    /// The file of a path.
    #[must_use]
    pub fn get(&self, path: u64) -> Option<Known> {
        self.find(path).map(|at| self.entries[at].known())
    }

    /// The file of a path, which was met.
    pub fn see(&mut self, path: u64) -> Option<Known> {
        let at = self.find(path)?;
        self.entries[at].seen = true;
        Some(self.entries[at].known())
    }

    /// All files.
    pub fn iter(&self) -> impl Iterator<Item = Known> {
        self.entries.iter().map(Entry::known)
    }

    fn find(&self, path: u64) -> Option<usize> {
        let Self { entries } = self;
        // Steps that double, from where it should be, until it lies between two of them.
        let guess = place(path, entries.len());
        let (mut from, mut to) = (guess, guess);
        let mut step = 1;
        while from > 0 && entries[from].path > path {
            from = from.saturating_sub(step);
            step *= 2;
        }
        step = 1;
        while to < entries.len() && entries[to].path < path {
            to = to.saturating_add(step).min(entries.len());
            step *= 2;
        }
        let to = to.saturating_add(1).min(entries.len());
        entries[from..to].binary_search_by_key(&path, |entry| entry.path).ok().map(|at| from + at)
    }
}

/// Where a hash stands among so many that are spread evenly.
fn place(hash: u64, count: usize) -> usize {
    let place = (u128::from(hash) * count as u128) >> 64;
    usize::try_from(place).unwrap_or_default()
}

/// The hash by which an [`Inventory`] knows an article.
#[must_use]
pub fn key_hash(id: &str, locale: &str) -> u64 {
    xxh3_64(id.as_bytes()) ^ xxh3_64(locale.as_bytes()).rotate_left(32)
}

#[cfg(test)]
mod tests {
    use super::{Files, Known};
    use std::collections::HashMap;
    use xxhash_rust::xxh3::xxh3_64;

    fn table(files: impl Iterator<Item = (u64, Known)>) -> Files {
        let done = Files::collect(0, |add| {
            files.for_each(|(path, known)| add(path, known));
            Ok::<(), ()>(())
        });
        done.expect("nothing can fail")
    }

    #[test]
    fn files_are_found_by_their_hashes_however_these_lie() {
        let spread: Vec<u64> = (0..3000u64).map(|n| xxh3_64(&n.to_le_bytes())).collect();
        let crowded: Vec<u64> = (0..3000).map(|n| n * 7).chain([u64::MAX, u64::MAX - 1]).collect();
        for paths in [spread, crowded, vec![0], vec![u64::MAX], Vec::new()] {
            let known =
                |path: u64| Known { size: path, key: (path > 20).then_some(path), ..Known::default() };
            let by_path: HashMap<u64, Known> = paths.iter().map(|&path| (path, known(path))).collect();
            let mut files = table(paths.iter().chain(paths.last()).map(|&path| (path, known(path))));
            for path in paths.iter().flat_map(|&path| [path, path.wrapping_add(1), path ^ (1 << 63)]) {
                assert_eq!(files.get(path), by_path.get(&path).copied(), "{path}");
            }
            for &path in &paths {
                assert!(files.see(path).is_some_and(|known| known.seen));
            }
            assert!(files.iter().all(|known| known.seen) && files.iter().count() == by_path.len());
        }
    }
}
