//! Takes up what an ingest has committed.

use super::App;
use std::time::Duration;
use tokio::{task, time};

/// How often the index is looked at: a commit is seen after so long.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Looks after the index for ever. Where it cannot be read for a moment, the last state goes on to be searched.
pub(super) async fn reload(app: App) {
    let mut generation = None;
    loop {
        let engine = app.executor.engine();
        // Beside the executor, so that a new commit is seen however much there is to do.
        let seen = task::spawn_blocking(move || {
            // What is wrong with it is told by whoever asks something of it.
            let _ = engine.refresh();
            let now = engine.generation();
            (generation != Some(now)).then(|| (now, engine.status().map_or(0, |status| status.pages)))
        });
        if let Ok(Some((now, pages))) = seen.await {
            generation = Some(now);
            app.metrics.loaded(pages);
        }
        time::sleep(POLL_INTERVAL).await;
    }
}
