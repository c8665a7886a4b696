//! Documents on their way from readers to the index, within a bounded memory.
//!
//! tantivy queues up to ten thousand documents of any size. Here each document takes room while it is queued, and a
//! reader waits until there is room for the next.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};
use tantivy::{TantivyDocument, schema::Document};

/// Maximum size of all queued documents, in bytes. A single document may be larger.
const ROOM: usize = 8 << 20;
/// How long a reader waits before it checks whether the indexing threads are alive.
const PATIENCE: Duration = Duration::from_secs(1);

/// Tracks the room of all queued documents.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    shared: Arc<QueueState>,
}

#[derive(Debug, Default)]
struct QueueState {
    taken: Mutex<Taken>,
    freed: Condvar,
}

impl Queue {
    /// Waits for room for a document of this many bytes. While there is none, calls `alive` from time to time.
    ///
    /// # Errors
    ///
    /// The error of `alive`: without threads that index, there will never be room.
    pub(super) fn room(
        &self,
        bytes: usize,
        alive: impl Fn() -> tantivy::Result<()>,
    ) -> tantivy::Result<Room> {
        let QueueState { taken, freed } = &*self.shared;
        let full = |taken: &mut Taken| taken.bytes > 0 && taken.bytes.saturating_add(bytes) > ROOM;
        loop {
            let mut guard = taken.lock().unwrap_or_else(PoisonError::into_inner);
            guard.waiting += 1;
            let waited = freed.wait_timeout_while(guard, PATIENCE, full);
            let (mut taken, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            taken.waiting -= 1;
            if !waited.timed_out() {
                taken.bytes = taken.bytes.saturating_add(bytes);
                return Ok(Room { shared: Arc::clone(&self.shared), bytes });
            }
            drop(taken);
            alive()?;
        }
    }
}

#[derive(Debug, Default)]
struct Taken {
    bytes: usize,
    /// Number of waiting readers: a wake-up is a system call even if nobody waits.
    waiting: usize,
}

/// The room of a document, freed when dropped.
#[derive(Debug)]
pub(super) struct Room {
    shared: Arc<QueueState>,
    bytes: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut taken = self.shared.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.bytes = taken.bytes.saturating_sub(self.bytes);
        if taken.waiting > 0 {
            self.shared.freed.notify_all();
        }
    }
}

/// A queued document with its room.
#[derive(Debug)]
pub(super) struct Queued {
    document: TantivyDocument,
    _room: Room,
}

impl Queued {
    pub(super) fn new(document: TantivyDocument, room: Room) -> Self {
        Self { document, _room: room }
    }
}

impl Document for Queued {
    type Value<'a> = <TantivyDocument as Document>::Value<'a>;
    type FieldsValuesIter<'a> = <TantivyDocument as Document>::FieldsValuesIter<'a>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.document.iter_fields_and_values()
    }

    fn into_tantivy_document(self) -> TantivyDocument {
        self.document
    }
}

#[cfg(test)]
mod tests {
    use super::{Queue, Queued, ROOM};
    use std::{sync::mpsc::channel, thread, time::Duration};
    use tantivy::{TantivyDocument, TantivyError, schema::Document as _};

    #[test]
    fn a_document_waits_for_room_and_a_large_one_for_all_of_it() {
        let queue = Queue::default();
        let room = |bytes| queue.room(bytes, || Ok(())).expect("all are alive");
        let first = Queued::new(TantivyDocument::new(), room(ROOM / 2));
        let second = room(ROOM / 2);
        thread::scope(|scope| {
            let (send, receive) = channel();
            scope.spawn(move || send.send(room(10 * ROOM)));
            assert!(receive.recv_timeout(Duration::from_millis(50)).is_err(), "there is no room");
            drop(first.into_tantivy_document());
            assert!(receive.recv_timeout(Duration::from_millis(50)).is_err(), "there is not room enough");
            drop(second);
            assert!(receive.recv_timeout(Duration::from_secs(60)).is_ok());
        });
        assert!(queue.shared.taken.lock().is_ok_and(|taken| taken.bytes == 0 && taken.waiting == 0));
    }

    #[test]
    fn nobody_waits_for_the_dead() {
        let queue = Queue::default();
        let _all = queue.room(ROOM, || Ok(()));
        let dead = || Err(TantivyError::ErrorInThread("the disk is full".into()));
        assert!(queue.room(1, dead).is_err());
    }
}
