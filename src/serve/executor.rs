//! Runs requests: a bounded number at a time on threads of their own, from a bounded queue, each with a deadline.

use crate::{
    index::{Index, IndexError, Snapshot},
    query::{Clock, Language},
};
use std::{
    mem,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task,
    time::{Instant, timeout_at},
};

/// So many requests wait at the most, beside those that are being answered.
const MAX_WAITING: usize = 512;
/// So many exports run at a time, beside what is answered at once.
pub(super) const MAX_EXPORTS: usize = 2;
/// An answer that takes longer is given up, and so is what the index does for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Work that no longer reads the index is waited for a little longer.
const GRACE: Duration = Duration::from_secs(1);

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Overloaded {
    /// Too many wait already.
    #[error("the server is overloaded; try again in a moment")]
    Full,
    /// It took too long.
    #[error("the query timed out")]
    Late,
    /// The thread that worked on it has ended without one.
    #[error("the request failed because of a bug in newsdex")]
    Broken,
}

/// Runs requests on one index.
pub(super) struct Executor {
    index: Arc<dyn Index>,
    /// The commit that is searched.
    snapshot: RwLock<Arc<dyn Snapshot>>,
    reloading: Mutex<()>,
    /// The language of queries; its clock is set anew for each request.
    language: Language,
    places: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    queue: Semaphore,
}

impl Executor {
    /// An executor that runs `places` requests at a time.
    ///
    /// # Errors
    ///
    /// If the index cannot be read.
    pub(super) fn new(index: Arc<dyn Index>, language: Language, places: usize) -> Result<Self, IndexError> {
        Ok(Self {
            snapshot: RwLock::new(index.snapshot()?),
            reloading: Mutex::new(()),
            index,
            language,
            places: Arc::new(Semaphore::new(places)),
            exports: Arc::new(Semaphore::new(MAX_EXPORTS)),
            queue: Semaphore::new(MAX_WAITING + places),
        })
    }

    /// The commit that is searched.
    pub(super) fn snapshot(&self) -> Arc<dyn Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes over to the newest commit, and returns it. Blocks while the index is read.
    ///
    /// # Errors
    ///
    /// If the index cannot be read; the commit that was searched before still is.
    pub(super) fn reload(&self) -> Result<Arc<dyn Snapshot>, IndexError> {
        // One after the other, so that an older commit never takes the place of a newer one.
        let _alone = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = self.index.snapshot()?;
        let mut searched = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        let old = mem::replace(&mut *searched, Arc::clone(&newest));
        drop(searched);
        // To close the old one may take a while, in which nobody waits.
        drop(old);
        Ok(newest)
    }

    /// A place for what lasts as long as the client likes, until it is dropped.
    ///
    /// # Errors
    ///
    /// Where there is none for too long.
    pub(super) async fn place_for_export(&self) -> Result<OwnedSemaphorePermit, Overloaded> {
        let place = timeout_at(Instant::now() + PATIENCE, Arc::clone(&self.exports).acquire_owned()).await;
        place.map_err(|_| Overloaded::Full)?.map_err(|_| Overloaded::Broken)
    }

    /// Does some work on a thread of its own, with the language as it is at this moment.
    ///
    /// # Errors
    ///
    /// Where too many wait, or it takes too long.
    pub(super) async fn answer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Snapshot, &Language) -> T + Send + 'static,
    ) -> Result<T, Overloaded> {
        let _waiting = self.queue.try_acquire().map_err(|_| Overloaded::Full)?;
        let end = Instant::now() + PATIENCE;
        let place = timeout_at(end, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| Overloaded::Late)?.map_err(|_| Overloaded::Broken)?;
        let (snapshot, mut language) = (self.snapshot(), self.language.clone());
        let work = task::spawn_blocking(move || {
            let _place = place;
            language.clock = Clock::in_zone(language.clock.zone().clone());
            work(&*snapshot.with_deadline(end.into_std()), &language)
        });
        timeout_at(end + GRACE, work).await.map_err(|_| Overloaded::Late)?.map_err(|_| Overloaded::Broken)
    }
}
