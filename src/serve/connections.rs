//! The open connections, and which of them gives way when there is no place for a new one.

use hyper::body::{Body, Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// The open connections, up to a limit.
pub(super) struct Connections {
    places: Arc<Semaphore>,
    open: Mutex<Vec<Arc<Connection>>>,
}

/// An open connection.
pub(super) struct Connection {
    turn: Mutex<(Turn, Instant)>,
    evicted: Notify,
}

/// Whose turn it is on a connection. Those that wait for their clients give way first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// The server waits for a request, or for the rest of one.
    Client,
    /// The request is being answered.
    Server,
}

/// The place of an open connection, until it is dropped.
pub(super) struct Place {
    connections: Arc<Connections>,
    connection: Arc<Connection>,
    _permit: Option<OwnedSemaphorePermit>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connections {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { places: Arc::new(Semaphore::new(limit)), open: Mutex::default() })
    }

    /// The place of a new connection. If there is none, another connection gives way.
    pub(super) async fn place(self: &Arc<Self>) -> Place {
        if self.places.available_permits() == 0 {
            self.evict();
        }
        // Fails only if the semaphore is closed, which it never is.
        let permit = Arc::clone(&self.places).acquire_owned().await.ok();
        let connection =
            Arc::new(Connection { turn: Mutex::new((Turn::Client, Instant::now())), evicted: Notify::new() });
        locked(&self.open).push(Arc::clone(&connection));
        Place { connections: Arc::clone(self), connection, _permit: permit }
    }

    /// Closes the connection that has waited longest for its client, else the one that has been answered longest. Returns
    /// whether there is any.
    pub(super) fn evict(&self) -> bool {
        let mut open = locked(&self.open);
        let longest = open.iter().enumerate().min_by_key(|(_, connection)| *locked(&connection.turn));
        let Some((at, _)) = longest else { return false };
        open.swap_remove(at).evicted.notify_one();
        true
    }
}

impl Place {
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Completes when the connection has to give way.
    pub(super) async fn evicted(&self) {
        self.connection.evicted.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        locked(&self.connections.open).retain(|open| !Arc::ptr_eq(open, &self.connection));
    }
}

/// A body with whose end, or loss, the turn changes.
pub(super) struct TurningBody<B> {
    body: B,
    connection: Arc<Connection>,
    next: Turn,
}

impl<B> TurningBody<B> {
    pub(super) fn new(body: B, connection: &Arc<Connection>, next: Turn) -> Self {
        Self { body, connection: Arc::clone(connection), next }
    }
}

impl<B> Drop for TurningBody<B> {
    fn drop(&mut self) {
        *locked(&self.connection.turn) = (self.next, Instant::now());
    }
}

impl<B: Body + Unpin> Body for TurningBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::{Connections, Place, Turn, TurningBody};

    /// Whether a connection has to give way.
    async fn is_evicted(place: &Place) -> bool {
        tokio::select! {
            biased;
            () = place.evicted() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn the_one_that_waits_longest_for_its_client_gives_way() {
        let connections = Connections::new(3);
        let first = connections.place().await;
        let second = connections.place().await;
        let third = connections.place().await;
        // The first has sent its request, and the second has been answered.
        drop(TurningBody::new((), first.connection(), Turn::Server));
        drop(TurningBody::new((), second.connection(), Turn::Server));
        drop(TurningBody::new((), second.connection(), Turn::Client));
        for (expected, others) in [(&third, [&first, &second]), (&second, [&first, &first])] {
            assert!(connections.evict());
            assert!(is_evicted(expected).await);
            assert!(!is_evicted(others[0]).await && !is_evicted(others[1]).await);
        }
        // Only what is being answered is left.
        assert!(connections.evict() && is_evicted(&first).await);
        assert!(!connections.evict());
    }

    #[tokio::test]
    async fn a_new_connection_gets_the_place_of_another() {
        let connections = Connections::new(1);
        let old = connections.place().await;
        let closes = async {
            old.evicted().await;
            drop(old);
        };
        let ((), new) = tokio::join!(closes, connections.place());
        assert!(!is_evicted(&new).await);
    }
}
