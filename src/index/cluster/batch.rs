//! The operations of a writer that wait to be sent, and those that are on their way, in the order of their versions.

use super::{document::Prepared, lock};
use std::{
    collections::{BTreeSet, HashSet},
    mem,
    sync::{Condvar, Mutex, PoisonError},
};

/// What is waiting to be sent.
#[derive(Default)]
pub(super) struct Buffer {
    /// Number of operations since the ingest began.
    pub sequence: u64,
    pub bytes: usize,
    pub operations: Vec<Operation>,
    /// Words of the pages among them that the index may not have.
    pub words: HashSet<String>,
}

pub(super) enum Operation {
    /// Writes a document. `path` is that of its file.
    Put { prepared: Prepared, path: String, version: u64 },
    /// Removes all documents of a file, or those of one id.
    Remove { source: u64, only: Only, version: u64 },
}

/// Which documents of a file are removed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    All,
    /// The one with this id.
    Id(u64),
    /// Those of places.
    Places,
}

impl Only {
    pub(super) fn takes(self, id: u64, is_places: bool) -> bool {
        match self {
            Self::All => true,
            Self::Id(only) => only == id,
            Self::Places => is_places,
        }
    }
}

impl Operation {
    pub(super) fn version(&self) -> u64 {
        match self {
            Self::Put { version, .. } | Self::Remove { version, .. } => *version,
        }
    }
}

/// Some operations on their way, in the order of their versions.
pub(super) struct Batch<'w> {
    pub operations: Vec<Operation>,
    pub words: HashSet<String>,
    pub first: u64,
    underway: &'w Underway,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        lock(&self.underway.firsts).remove(&self.first);
        self.underway.changed.notify_all();
    }
}

/// The first versions of the batches that are on their way.
#[derive(Default)]
pub(super) struct Underway {
    firsts: Mutex<BTreeSet<u64>>,
    changed: Condvar,
}

impl Underway {
    /// The waiting operations as a batch; `None` if there are none.
    pub(super) fn take(&self, buffer: &mut Buffer) -> Option<Batch<'_>> {
        buffer.bytes = 0;
        let (operations, words) = (mem::take(&mut buffer.operations), mem::take(&mut buffer.words));
        let first = operations.first()?.version();
        lock(&self.firsts).insert(first);
        Some(Batch { operations, words, first, underway: self })
    }

    /// As [`Underway::take`], but for the last removals whose documents may be still to come: a new page comes before the old one is
    /// removed, so they go together.
    pub(super) fn take_full(&self, buffer: &mut Buffer) -> Option<Batch<'_>> {
        /// Number of operations among which these are: more than there are threads that put articles.
        const LAST: usize = 256;
        let last = buffer.operations.split_off(buffer.operations.len().saturating_sub(LAST));
        let mut sources: HashSet<u64> = HashSet::new();
        let (mut held, mut taken) = (Vec::new(), Vec::new());
        for operation in last.into_iter().rev() {
            match &operation {
                Operation::Remove { source, .. } if !sources.contains(source) => held.push(operation),
                Operation::Remove { .. } => taken.push(operation),
                Operation::Put { prepared, .. } => {
                    sources.insert(prepared.source);
                    taken.push(operation);
                }
            }
        }
        buffer.operations.extend(taken.into_iter().rev());
        let batch = self.take(buffer);
        buffer.operations.extend(held.into_iter().rev());
        batch
    }

    /// Waits until no batch before this version is on its way. Batches wait only for earlier ones, so never in a circle.
    pub(super) fn wait_before(&self, version: u64) {
        let mut firsts = lock(&self.firsts);
        while firsts.first().is_some_and(|first| *first < version) {
            firsts = self.changed.wait(firsts).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffer, Only, Operation, Prepared, Underway};
    use crate::index::cluster::mapping::Doc;
    use std::{
        sync::mpsc::{RecvTimeoutError, channel},
        thread,
        time::Duration,
    };

    fn buffer(version: u64) -> Buffer {
        let operations = vec![Operation::Remove { source: 1, only: Only::All, version }];
        Buffer { operations, ..Buffer::default() }
    }

    #[test]
    fn a_removal_waits_for_the_batches_before_it() {
        let underway = Underway::default();
        assert!(underway.take(&mut Buffer::default()).is_none());
        let first = underway.take(&mut buffer(1)).expect("it has an operation");
        let _own = underway.take(&mut buffer(5));
        let _later = underway.take(&mut buffer(9));
        let (done, ended) = channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                underway.wait_before(5);
                done.send(()).expect("it is waited for");
            });
            assert_eq!(ended.recv_timeout(Duration::from_millis(100)), Err(RecvTimeoutError::Timeout));
            drop(first);
            assert_eq!(ended.recv_timeout(Duration::from_secs(10)), Ok(()));
        });
    }

    #[test]
    fn a_removal_goes_with_what_takes_the_place() {
        let remove = |source, version| Operation::Remove { source, only: Only::All, version };
        let put = |source, version| {
            let (body, words) = (Vec::new(), Vec::new());
            let prepared = Prepared { id: source, routing: source, source, doc: Doc::Page, body, words };
            Operation::Put { prepared, path: String::new(), version }
        };
        let operations = vec![remove(1, 1), remove(2, 2), put(1, 3), remove(3, 4)];
        let (underway, mut buffer) = (Underway::default(), Buffer { operations, ..Buffer::default() });
        let versions =
            |operations: &[Operation]| operations.iter().map(Operation::version).collect::<Vec<_>>();
        let full = underway.take_full(&mut buffer).expect("it has an operation");
        assert_eq!((versions(&full.operations), versions(&buffer.operations)), (vec![1, 3], vec![2, 4]));
        buffer.operations.push(put(3, 5));
        let rest = underway.take(&mut buffer).expect("it has an operation");
        assert_eq!(versions(&rest.operations), [2, 4, 5]);
    }
}
