//! Which of several files with one key holds the article.
//!
//! The one with the later date does, and of equals the one whose path comes first. The others are set aside;
//! they are read again when the holder goes or changes.

use super::{
    Report,
    run::{Job, Run},
};
use crate::{
    article::Article,
    index::{ExcludedFile, Index, IndexError, Inventory, KeyedFile, Known, Writer, key_hash},
    source::{File, path_hash},
};
use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap, HashSet},
    path::Path,
};

/// What a rehearsal has read.
pub(super) struct DryRun {
    /// The articles by their key.
    files_with_key: HashMap<u64, Vec<KeyedFile>>,
    /// The files that were read or are gone, by the hashes of their paths, and whether their text gives an id.
    read: HashMap<u64, bool>,
    /// The keys of the articles that the index would hold, as far as they are known.
    held: HashSet<u64>,
    /// Those that more than one file may hold, as id and locale.
    clashes: BTreeSet<(String, String)>,
}

impl DryRun {
    pub(super) fn of(inventory: &Inventory) -> Self {
        Self {
            files_with_key: HashMap::new(),
            read: HashMap::new(),
            held: inventory.files.iter().filter_map(|known| known.key).collect(),
            clashes: BTreeSet::new(),
        }
    }

    /// Notes that a file has no article any more.
    pub(super) fn give_up(&mut self, path: &str) {
        self.read.insert(path_hash(path), false);
    }

    /// Notes an article of a file, of which the index holds another key perhaps.
    pub(super) fn add(&mut self, article: &Article, file: &File, held: Option<u64>) {
        let holder = KeyedFile { file: file.clone(), published: article.published };
        self.read.insert(path_hash(&file.path), !article.named_by_path);
        let key = key_hash(&article.id, &article.locale);
        let files_with_key = self.files_with_key.entry(key).or_default();
        if files_with_key.iter().all(|other| other.file.path != file.path) {
            files_with_key.push(holder);
        }
        if !self.held.insert(key) && held != Some(key) {
            self.clashes.insert((article.id.clone(), article.locale.clone()));
        }
    }
}

impl Run<'_> {
    /// Of several files with one key keeps one, and reads again what was set aside for a key that may be free now. Says
    /// whether anything was written.
    pub(super) fn dedupe(&self, engine: &dyn Index, writer: &dyn Writer) -> Result<bool, IndexError> {
        let mut wrote = false;
        for (id, locale) in engine.duplicate_keys()? {
            let mut files_with_key = engine.files_with_key(&id, &locale)?;
            files_with_key.sort_by(before);
            // Once only: a file may have the name of the id that its text gives it, and then keeps that id.
            let may_be_renamed = |file: &File| {
                is_named_by_path(file, &id) && !self.state().renamed.contains(&path_hash(&file.path))
            };
            // An id that is only a path says nothing of its article, and does not displace what has it from its text.
            let Some((winner, losers)) = files_with_key.split_first() else { continue };
            if may_be_renamed(&winner.file)
                && !losers.iter().all(|loser| may_be_renamed(&loser.file))
                && self.read_again(&winner.file, Some(writer))?
            {
                wrote = true;
                continue;
            }
            let winner = winner.file.path.clone();
            for (loser, aside) in set_aside(&id, &locale, files_with_key) {
                // Two documents of one file, as only damage makes them: it is read once more.
                let is_winner = loser.path == winner;
                if (is_winner || may_be_renamed(&loser)) && self.read_again(&loser, Some(writer))? {
                    wrote = true;
                    continue;
                }
                if is_winner {
                    continue;
                }
                wrote = true;
                self.uncount(&loser);
                writer.remove(&loser.path);
                writer.set_aside(&loser, &aside)?;
                let held = self.inventory.files.get(path_hash(&loser.path)).and_then(|known| known.key);
                let mut state = self.state();
                // Others were set aside in favour of one that held the key before this run.
                state.freed.extend(held);
                state.aside.insert(loser.path, aside);
            }
        }
        Ok(self.recall(Some(writer))? || wrote)
    }

    /// Reads a file again, so that its article is known by its whole path unless its text gives it an id. False where the
    /// file is not there.
    fn read_again(&self, file: &File, writer: Option<&dyn Writer>) -> Result<bool, IndexError> {
        let path = path_hash(&file.path);
        self.state().renamed.insert(path);
        let Ok(candidate) = self.source.find(&file.path) else { return Ok(false) };
        self.uncount(file);
        // What an ingest has just written is known as well.
        let known = Some(self.inventory.files.get(path).unwrap_or_default());
        self.read_one(&Job { candidate, known }, writer)?;
        Ok(true)
    }

    /// The same as [`Run::dedupe`] without writing, from what was read and what the index has.
    pub(super) fn dedupe_dry(&self, engine: Option<&dyn Index>) -> Result<(), IndexError> {
        let mut clashes: BTreeSet<_> =
            engine.map(Index::duplicate_keys).transpose()?.into_iter().flatten().collect();
        loop {
            let recalled = self.recall(None)?;
            if let Some(dry_run) = &mut self.state().dry_run {
                clashes.append(&mut dry_run.clashes);
            }
            if clashes.is_empty() && !recalled {
                return Ok(());
            }
            for (id, locale) in std::mem::take(&mut clashes) {
                let kept = match engine {
                    Some(engine) => engine.files_with_key(&id, &locale)?,
                    None => Vec::new(),
                };
                let kept: Vec<KeyedFile> = kept.into_iter().filter(|holder| self.is_kept(holder)).collect();
                for holder in &kept {
                    // Whether the index knows it by its path alone, the file tells.
                    if is_named_by_path(&holder.file, &id) {
                        self.read_again(&holder.file, None)?;
                    }
                }
                self.dedupe_key_dry(&id, &locale, kept);
            }
        }
    }

    /// Whether the file is as the index has it: it was neither read nor found to be gone.
    fn is_kept(&self, holder: &KeyedFile) -> bool {
        let path = path_hash(&holder.file.path);
        !self.state().dry_run.as_ref().is_some_and(|dry_run| dry_run.read.contains_key(&path))
    }

    fn dedupe_key_dry(&self, id: &str, locale: &str, kept: Vec<KeyedFile>) {
        let mut state = self.state();
        let Some(dry_run) = &state.dry_run else { return };
        let by_text = |file: &File| dry_run.read.get(&path_hash(&file.path)).copied();
        let mut files_with_key =
            dry_run.files_with_key.get(&key_hash(id, locale)).cloned().unwrap_or_default();
        files_with_key.extend(kept.into_iter().filter(|holder| by_text(&holder.file).is_none()));
        // What is named by its path is renamed where it loses, or where another has the id from its text.
        files_with_key.retain(|holder| by_text(&holder.file).unwrap_or(true));
        files_with_key.sort_by(before);
        for (loser, aside) in set_aside(id, locale, files_with_key) {
            let held = self.inventory.files.get(path_hash(&loser.path)).and_then(|known| known.key);
            if state.aside.insert(loser.path.clone(), aside).is_none() {
                self.uncount_in(&mut state.report, &loser);
                state.freed.extend(held);
            }
        }
    }

    /// Takes back that the article of a file was counted in this run, if it was.
    fn uncount(&self, file: &File) {
        self.uncount_in(&mut self.state().report, file);
    }

    fn uncount_in(&self, report: &mut Report, file: &File) {
        let known = self.inventory.files.get(path_hash(&file.path)).filter(|known| known.key.is_some());
        let count = match known {
            None => &mut report.indexed,
            Some(known) if known.hash != file.hash => &mut report.updated,
            Some(known) if known.seen => &mut report.unchanged,
            Some(_) => return,
        };
        *count = count.saturating_sub(1);
    }

    /// Reads again the files that were set aside for a key that its holder has given up or changed.
    fn recall(&self, writer: Option<&dyn Writer>) -> Result<bool, IndexError> {
        let freed = std::mem::take(&mut self.state().freed);
        let mut wrote = false;
        for (path, aside) in &self.inventory.aside {
            if !aside.key_hash().is_some_and(|key| freed.contains(&key)) {
                continue;
            }
            let known = self.inventory.files.get(path_hash(path));
            // What is gone was removed already, and what has changed was read already.
            let Ok(candidate) = self.source.find(path) else { continue };
            let same = |known: Known| known.modified == candidate.modified && known.size == candidate.size;
            // Once only: it may be set aside again, for whatever has the key then.
            if known.is_some_and(same) && self.state().recalled.insert(path_hash(path)) {
                self.state().aside.remove(path);
                self.read_one(&Job { candidate, known }, writer)?;
                wrote = true;
            }
        }
        Ok(wrote)
    }
}

/// Whether the id of a file's article is only its path below some root.
fn is_named_by_path(file: &File, id: &str) -> bool {
    let stem = Path::new(&file.path).with_extension("");
    stem.ends_with(id)
}

/// Of two files with one key the later comes first, and of equals the one whose path does.
fn before(a: &KeyedFile, b: &KeyedFile) -> Ordering {
    b.published.cmp(&a.published).then_with(|| a.file.path.cmp(&b.file.path))
}

/// The files, in order, that do not hold the article, with the reason: all but the first.
fn set_aside(id: &str, locale: &str, files_with_key: Vec<KeyedFile>) -> Vec<(File, ExcludedFile)> {
    let mut files_with_key = files_with_key.into_iter();
    let Some(winner) = files_with_key.next() else { return Vec::new() };
    let lose = |loser: KeyedFile| {
        let why = if loser.published == winner.published {
            "has the same date and the first path"
        } else {
            "has a later date"
        };
        let reason = format!("duplicate of {}, which {why}", winner.file.path);
        (loser.file, ExcludedFile { code: "duplicate-id".into(), reason, key: format!("{id}\n{locale}") })
    };
    files_with_key.map(lose).collect()
}
