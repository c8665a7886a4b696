//! Reloads the index when an ingest has committed.

use super::App;
use std::{sync::Arc, time::Duration};
use tokio::{task, time};

/// A commit is seen after this time at the latest.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Goes over to each new commit, for ever.
pub(super) async fn reload(app: App) {
    let mut generation = None;
    loop {
        let executor = Arc::clone(&app.executor);
        // Beside the executor, so that a new commit is seen however much there is to do.
        let seen = task::spawn_blocking(move || {
            // Where the index cannot be read for a moment, the last commit goes on to be searched.
            let snapshot = executor.reload().unwrap_or_else(|_| executor.snapshot());
            let now = snapshot.generation();
            (generation != Some(now)).then(|| (now, snapshot.status().map_or(0, |status| status.pages)))
        });
        if let Ok(Some((now, pages))) = seen.await {
            generation = Some(now);
            app.metrics.loaded(pages);
        }
        time::sleep(POLL_INTERVAL).await;
    }
}
