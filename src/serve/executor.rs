//! Runs requests on blocking threads: a bounded number at a time, from a bounded queue, in fair shares among clients, each
//! with a deadline.

use super::{
    client::Client,
    fair_queue::FairQueue,
    health::{Complaint, Health, Part},
};
use crate::{
    index::{Index, IndexError, Snapshot},
    problem::{Message, message},
    query::{Clock, Language},
};
use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::oneshot,
    task,
    time::{Instant, timeout_at},
};

/// At most this many requests wait, besides the running ones.
const MAX_WAITING: usize = 512;
/// At most this many exports run at a time, besides other requests; one less for a client alone.
pub(super) const MAX_EXPORTS: usize = 3;
/// The deadline of a request, including its time in the queue. The index stops working on it too.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The deadline of a request while the engine of the index does not answer, so that requests do not pile up.
const UNANSWERED_TIMEOUT: Duration = Duration::from_secs(2);
/// The extra time for work after the last read of the index.
const GRACE: Duration = Duration::from_secs(1);

/// The complaint about an index that cannot be read.
const UNREADABLE: &str =
    "the index cannot be read; requests search its last commit that could be read, as long as that is there";
/// The complaint about an engine that does not answer.
const UNANSWERED: &str = "the engine of the index does not answer for all of it";
/// The complaint about an index that was removed from its engine.
const GONE: &str = "there is no index any more";
/// The complaint about a commit in which a request met damage.
const DAMAGED: &str = "requests fail because the index is damaged";

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub(super) enum Overloaded {
    /// The queue is full.
    Full,
    /// The deadline passed.
    TimedOut,
    /// The engine of the index does not answer.
    Unreachable,
    /// The commit that was searched is no more, as the index was built anew.
    Replaced,
    /// The thread panicked.
    Broken,
}

impl Overloaded {
    /// What to tell the client.
    pub(super) fn message(self) -> Message {
        match self {
            Self::Full => message!("the server is overloaded; try again in a moment"),
            Self::TimedOut => message!("the query timed out"),
            Self::Unreachable => message!("the index cannot be reached; try again in a moment"),
            Self::Replaced => message!("the index was built anew, and is not open again yet"),
            Self::Broken => message!("the request failed because of a bug in newsdex"),
        }
    }
}

/// Why a request failed.
pub(super) trait RequestError: From<Overloaded> + Send + 'static {
    /// What the operator must know of the index, if it could not be read.
    fn damage(&self) -> Option<&str>;
}

/// What the operator must know of the index, if it could not be read. A request that was refused tells nothing of it.
pub(super) fn damage_of(error: &IndexError) -> Option<Box<str>> {
    let is_refusal = matches!(
        error,
        IndexError::TooMuch(_)
            | IndexError::TimedOut
            | IndexError::Throttled(_)
            | IndexError::Unreachable { .. }
            | IndexError::Replaced(_)
    );
    (!is_refusal).then(|| error.to_string().into())
}

/// Runs requests on one index.
pub(super) struct Executor {
    index: Arc<dyn Index>,
    /// The snapshot that requests search.
    snapshot: RwLock<Arc<dyn Snapshot>>,
    health: Health,
    /// The generation in which a request met damage.
    damaged: Mutex<Option<u64>>,
    reloading: Mutex<()>,
    /// Whether the engine of the index did not answer when it was asked last.
    unanswered: AtomicBool,
    /// The query language; each request gets a new clock.
    language: Language,
    places: Arc<Places>,
    exports: Arc<Places>,
}

impl Executor {
    /// An executor that runs `places` requests at a time, one less for a client alone. Fails if the index cannot be read.
    pub(super) fn new(
        index: Arc<dyn Index>,
        language: Language,
        places: usize,
        health: Health,
    ) -> Result<Self, IndexError> {
        Ok(Self {
            snapshot: RwLock::new(index.snapshot()?),
            health,
            damaged: Mutex::new(None),
            reloading: Mutex::new(()),
            unanswered: AtomicBool::new(false),
            index,
            language,
            places: Places::new(places),
            exports: Places::new(MAX_EXPORTS),
        })
    }

    /// The snapshot that requests search.
    pub(super) fn snapshot(&self) -> Arc<dyn Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Switches to the newest commit and returns its snapshot. Blocks while the index is read. If it cannot be read, that
    /// is noted, and requests keep searching the previous snapshot.
    pub(super) fn reload(&self) -> Arc<dyn Snapshot> {
        // One at a time, so that an older snapshot never replaces a newer one.
        let _alone = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let health = self.index.health();
        self.unanswered.store(health.is_err(), Ordering::Relaxed);
        if let Err(error) = health {
            let what = if matches!(error, IndexError::Missing(_)) { GONE } else { UNANSWERED };
            self.health.set(Part::Index, &[Complaint { what, why: format!("{what}: {error}") }]);
            return self.snapshot();
        }
        let newest = match self.index.snapshot() {
            Ok(newest) => newest,
            Err(error) => {
                let why = format!("{UNREADABLE}: {error}");
                self.health.set(Part::Index, &[Complaint { what: UNREADABLE, why }]);
                return self.snapshot();
            }
        };
        self.health.set(Part::Index, &[]);
        let mut searched = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        let old = mem::replace(&mut *searched, Arc::clone(&newest));
        drop(searched);
        // Closing the old snapshot may take a while; no lock that requests need is held.
        drop(old);
        let mut damaged = self.damaged();
        if damaged.is_some_and(|generation| generation != newest.generation()) {
            *damaged = None;
            self.health.set(Part::Answers, &[]);
        }
        newest
    }

    /// Notes that a request met damage in a commit. The complaint lasts as long as the commit is searched: that another
    /// request succeeds says nothing of what this one read.
    pub(super) fn note_damage(&self, generation: u64, damage: &str) {
        let mut damaged = self.damaged();
        // The first one is told. A commit that is no longer searched would be complained of for ever.
        if *damaged == Some(generation) || self.snapshot().generation() != generation {
            return;
        }
        *damaged = Some(generation);
        let why = format!("{DAMAGED}: {damage}");
        self.health.set(Part::Answers, &[Complaint { what: DAMAGED, why }]);
    }

    fn damaged(&self) -> MutexGuard<'_, Option<u64>> {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place to run an export, until it is dropped.
    ///
    /// # Errors
    ///
    /// [`Overloaded::Full`] if none is free before the deadline.
    pub(super) async fn export_place(&self) -> Result<Place, Overloaded> {
        let place = timeout_at(Instant::now() + REQUEST_TIMEOUT, self.exports.place());
        place.await.unwrap_or(Err(Overloaded::Full))
    }

    /// Runs `work` on the commit that is searched, with the request's deadline, on a blocking thread.
    ///
    /// # Errors
    ///
    /// That of `work`; [`Overloaded::Full`] if the queue is full; [`Overloaded::TimedOut`] if the deadline passes;
    /// [`Overloaded::Broken`] if `work` panics.
    pub(super) async fn answer<T: Send + 'static, E: RequestError>(
        self: &Arc<Self>,
        work: impl FnOnce(&dyn Snapshot, &Language) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.run(Self::snapshot, work).await
    }

    /// As [`Executor::answer`], on the newest commit.
    ///
    /// # Errors
    ///
    /// As [`Executor::answer`].
    pub(super) async fn answer_newest<T: Send + 'static, E: RequestError>(
        self: &Arc<Self>,
        work: impl FnOnce(&dyn Snapshot, &Language) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.run(Self::reload, work).await
    }

    /// Runs `work` on the snapshot that `choose` returns, with the query language at the current time.
    async fn run<T: Send + 'static, E: RequestError>(
        self: &Arc<Self>,
        choose: fn(&Self) -> Arc<dyn Snapshot>,
        work: impl FnOnce(&dyn Snapshot, &Language) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let is_unanswered = self.unanswered.load(Ordering::Relaxed);
        let end = Instant::now() + if is_unanswered { UNANSWERED_TIMEOUT } else { REQUEST_TIMEOUT };
        let place = timeout_at(end, self.places.place()).await.unwrap_or(Err(Overloaded::TimedOut))?;
        let executor = Arc::clone(self);
        let work = task::spawn_blocking(move || {
            let _place = place;
            let mut language = executor.language.clone();
            language.clock = Clock::in_zone(language.clock.zone().clone());
            let snapshot = choose(&executor);
            let answer = work(&*snapshot.with_deadline(end.into_std()), &language);
            if let Err(error) = &answer
                && let Some(damage) = error.damage()
            {
                executor.note_damage(snapshot.generation(), damage);
            }
            answer
        });
        let done = timeout_at(end + GRACE, work).await.map_err(|_| Overloaded::TimedOut)?;
        done.map_err(|_| Overloaded::Broken)?
    }
}

/// Places for requests, shared fairly among clients.
struct Places {
    queue: Mutex<FairQueue<Client, oneshot::Sender<Place>>>,
}

/// A place of a client, until it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    client: Client,
}

impl Places {
    fn new(places: usize) -> Arc<Self> {
        Arc::new(Self { queue: Mutex::new(FairQueue::new(places, MAX_WAITING)) })
    }

    /// A place for a request of the client that the task answers. Fails if too many requests wait.
    async fn place(self: &Arc<Self>) -> Result<Place, Overloaded> {
        let (given, place) = oneshot::channel();
        {
            let mut queue = self.queue();
            // The clients of some may have gone away.
            queue.retain(|waiting| !waiting.is_closed());
            queue.add(Client::current(), given);
        }
        self.give();
        place.await.map_err(|_| Overloaded::Full)
    }

    /// Gives free places to waiting requests.
    fn give(self: &Arc<Self>) {
        loop {
            let next = self.queue().take_next();
            let Some((client, waiting)) = next else { return };
            // If the request is gone, its place is dropped here, and so given to the next one.
            let _ = waiting.send(Place { places: Arc::clone(self), client });
        }
    }

    fn queue(&self) -> MutexGuard<'_, FairQueue<Client, oneshot::Sender<Place>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.queue().done(&self.client);
        self.places.give();
    }
}
