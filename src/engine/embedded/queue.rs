//! Documents on their way from the readers to the index, so few that they fit into a bounded memory.
//!
//! tantivy lets ten thousand documents wait, whatever their size. Here each takes room for as long as it waits, and a
//! reader that finds none waits in its turn.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use tantivy::{TantivyDocument, schema::Document};

/// So many bytes may wait; one document alone may be larger.
const ROOM: usize = 8 << 20;

/// The room of all documents that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Queue {
    /// A document with room for its bytes, as soon as there is some.
    pub(super) fn admit(&self, document: TantivyDocument, bytes: usize) -> Queued {
        let Shared { taken, freed } = &*self.shared;
        let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |taken: &mut usize| *taken > 0 && taken.saturating_add(bytes) > ROOM;
        let mut taken = freed.wait_while(taken, full).unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_add(bytes);
        drop(taken);
        Queued { document, _room: Room { shared: Arc::clone(&self.shared), bytes } }
    }
}

/// What a document takes until it is dropped.
#[derive(Debug)]
struct Room {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut taken = self.shared.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(self.bytes);
        self.shared.freed.notify_all();
    }
}

/// A document that waits.
#[derive(Debug)]
pub(super) struct Queued {
    document: TantivyDocument,
    _room: Room,
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
    use super::{Queue, ROOM};
    use std::{sync::mpsc::channel, thread, time::Duration};
    use tantivy::{TantivyDocument, schema::Document as _};

    #[test]
    fn a_document_waits_for_room_and_a_large_one_for_all_of_it() {
        let queue = Queue::default();
        let admit = |bytes| queue.admit(TantivyDocument::new(), bytes);
        let (first, second) = (admit(ROOM / 2), admit(ROOM / 2));
        thread::scope(|scope| {
            let (send, receive) = channel();
            scope.spawn(move || send.send(admit(10 * ROOM)));
            assert!(receive.recv_timeout(Duration::from_millis(50)).is_err(), "there is no room");
            drop(first.into_tantivy_document());
            assert!(receive.recv_timeout(Duration::from_millis(50)).is_err(), "there is not room enough");
            drop(second);
            assert!(receive.recv_timeout(Duration::from_secs(60)).is_ok());
        });
        assert!(queue.shared.taken.lock().is_ok_and(|taken| *taken == 0));
    }
}
