//! Which of several files with one key holds the article.
//!
//! The one with the later date does, and of equals the one whose path comes first. The others are set aside;
//! they are read again when the holder goes or changes.

use super::run::{Job, Run};
use crate::{
    article::Article,
    engine::{Aside, Engine, EngineError, File, Holder, Known, Writer, key_hash, path_hash},
};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

/// What a rehearsal has read.
#[derive(Default)]
pub(super) struct Rehearsal {
    /// The articles by their key.
    holders: HashMap<u64, Vec<Holder>>,
    /// The files whose text gives their id, by the hashes of their paths.
    named_by_text: HashSet<u64>,
}

impl Rehearsal {
    pub(super) fn add(&mut self, article: &Article, file: &File) {
        let holder = Holder { file: file.clone(), published: article.published };
        if !article.named_by_path {
            self.named_by_text.insert(path_hash(&file.path));
        }
        self.holders.entry(key_hash(&article.id, &article.locale)).or_default().push(holder);
    }
}

impl Run<'_> {
    /// Of several files with one key keeps one, and reads again what was set aside for a key that may be
    /// free now. Says whether anything was written.
    pub(super) fn settle(&self, engine: &dyn Engine, writer: &dyn Writer) -> Result<bool, EngineError> {
        let clashes = std::mem::take(&mut self.state().clashes);
        let mut wrote = false;
        for (id, locale) in clashes {
            for (loser, aside) in losers(&id, &locale, engine.holders(&id, &locale)?) {
                wrote = true;
                self.uncount(&loser);
                // Once only: a file may have the name of the id that its text gives it, and then keeps that id.
                if is_named_by_path(&loser, &id)
                    && self.state().renamed.insert(path_hash(&loser.path))
                    && let Ok(candidate) = self.corpus.find(&loser.path)
                {
                    // Its id says nothing of its article; it is read again to be known by its whole path.
                    let known = Some(Known { key: None, ..Known::default() });
                    self.read_one(&Job { candidate, known }, Some(writer))?;
                    continue;
                }
                writer.remove(&loser.path);
                writer.set_aside(&loser, &aside)?;
                let held = self.inventory.files.get(&path_hash(&loser.path)).and_then(|known| known.key);
                let mut state = self.state();
                // Others were set aside in favour of one that held the key before this run.
                state.freed.extend(held);
                state.aside.insert(loser.path, aside);
            }
        }
        Ok(self.recall(Some(writer))? || wrote)
    }

    /// The same without writing, from what was read and what the index has.
    pub(super) fn settle_rehearsed(&self, engine: Option<&dyn Engine>) -> Result<(), EngineError> {
        loop {
            let recalled = self.recall(None)?;
            let clashes = std::mem::take(&mut self.state().clashes);
            if clashes.is_empty() && !recalled {
                return Ok(());
            }
            for (id, locale) in clashes {
                let kept = match engine {
                    Some(engine) => engine.holders(&id, &locale)?,
                    None => Vec::new(),
                };
                let mut holders =
                    self.state().rehearsal.holders.get(&key_hash(&id, &locale)).cloned().unwrap_or_default();
                for holder in kept {
                    let known = self.inventory.files.get(&path_hash(&holder.file.path));
                    let read_again = holders.iter().any(|read| read.file.path == holder.file.path);
                    if !read_again && known.is_some_and(|known| known.seen) {
                        holders.push(holder);
                    }
                }
                for (loser, aside) in losers(&id, &locale, holders) {
                    let named_by_text =
                        self.state().rehearsal.named_by_text.contains(&path_hash(&loser.path));
                    if (named_by_text || !is_named_by_path(&loser, &id))
                        && self.state().aside.insert(loser.path.clone(), aside).is_none()
                    {
                        self.uncount(&loser);
                    }
                }
            }
        }
    }

    /// Takes back that the article of a file was counted in this run, if it was.
    fn uncount(&self, file: &File) {
        let known = self.inventory.files.get(&path_hash(&file.path)).filter(|known| known.key.is_some());
        let report = &mut self.state().report;
        let count = match known {
            None => &mut report.indexed,
            Some(known) if known.hash != file.hash => &mut report.updated,
            Some(known) if known.seen => &mut report.unchanged,
            Some(_) => return,
        };
        *count = count.saturating_sub(1);
    }

    /// Reads again the files that were set aside for a key that its holder has given up or changed.
    fn recall(&self, writer: Option<&dyn Writer>) -> Result<bool, EngineError> {
        let freed = std::mem::take(&mut self.state().freed);
        let mut wrote = false;
        for (path, aside) in &self.inventory.aside {
            if !aside.key_hash().is_some_and(|key| freed.contains(&key)) {
                continue;
            }
            let known = self.inventory.files.get(&path_hash(path)).copied();
            // What is gone was removed already, and what has changed was read already.
            let Ok(candidate) = self.corpus.find(path) else { continue };
            let same = |known: Known| known.modified == candidate.modified && known.size == candidate.size;
            if known.is_some_and(same) {
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

/// The files that do not hold the article, with the reason.
fn losers(id: &str, locale: &str, mut holders: Vec<Holder>) -> Vec<(File, Aside)> {
    holders.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.file.path.cmp(&b.file.path)));
    let mut holders = holders.into_iter();
    let Some(winner) = holders.next() else { return Vec::new() };
    let lose = |loser: Holder| {
        let why = if loser.published == winner.published {
            "has the same date and comes first by its path"
        } else {
            "has a later date"
        };
        let reason = format!("the same article is in {}, which {why}", winner.file.path);
        (loser.file, Aside { code: "duplicate-id".into(), reason, key: format!("{id}\n{locale}") })
    };
    holders.map(lose).collect()
}
