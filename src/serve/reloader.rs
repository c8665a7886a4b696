//! Switches to new commits of the index.

use super::App;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task, time};

/// How often to look for a new commit.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Time to count the pages of a new commit.
const STATUS: Duration = Duration::from_secs(5);

/// Switches to each new commit, for ever.
pub(super) async fn reload(app: App) {
    let mut generation = None;
    loop {
        let executor = Arc::clone(&app.executor);
        // Not on the executor, whose queue may be full.
        let seen = task::spawn_blocking(move || {
            let snapshot = executor.reload();
            let now = snapshot.generation();
            // With a deadline: what an engine does not answer must not delay the next look.
            let pages =
                || snapshot.with_deadline(Instant::now() + STATUS).status().map_or(0, |status| status.pages);
            (generation != Some(now)).then(|| (now, pages()))
        });
        if let Ok(Some((now, pages))) = seen.await {
            generation = Some(now);
            app.metrics.loaded(pages);
        }
        time::sleep(POLL_INTERVAL).await;
    }
}
