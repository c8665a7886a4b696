//! The names of securities, which stand beside their codes.

use crate::{
    index::Snapshot,
    search::{name_of, prepare_names_of},
    symbol::Symbol,
};
use quick_cache::sync::Cache;
use std::{collections::BTreeSet, sync::Arc};

/// At most this many names are kept.
const MAX_NAMES: usize = 10_000;

/// Names that were decided, each for the generation of an index: to decide one takes several searches.
#[derive(Clone)]
pub(in crate::serve) struct KnownNames(Arc<Cache<(u64, String), Option<String>>>);

impl Default for KnownNames {
    fn default() -> Self {
        Self(Arc::new(Cache::new(MAX_NAMES)))
    }
}

/// The names of one generation.
#[derive(Clone)]
pub(super) struct Names<'s> {
    pub snapshot: &'s dyn Snapshot,
    pub known: KnownNames,
}

impl Names<'_> {
    /// Announces that the names of these securities are asked next.
    pub(super) fn prepare(&self, symbols: impl Iterator<Item = Symbol>) {
        let generation = self.snapshot.generation();
        let is_unknown = |symbol: &Symbol| self.known.0.peek(&(generation, symbol.canonical())).is_none();
        let unknown: BTreeSet<Symbol> = symbols.filter(is_unknown).collect();
        // As in [`Names::of`], an error is none.
        let _ = prepare_names_of(self.snapshot, &unknown.into_iter().collect::<Vec<_>>());
    }

    /// The name that articles give a security, if it is clear. A page without it is better than none, so that an error of the
    /// index is no error here.
    pub(super) fn of(&self, symbol: &Symbol) -> Option<String> {
        let key = (self.snapshot.generation(), symbol.canonical());
        if let Some(name) = self.known.0.get(&key) {
            return name;
        }
        let name = name_of(self.snapshot, symbol).ok()?;
        self.known.0.insert(key, name.clone());
        name
    }
}
