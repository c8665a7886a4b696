//! Ingests folders whenever they change.

use super::{ServeError, Stop};
use notify_debouncer_full::{
    DebounceEventResult, new_debouncer,
    notify::{EventKind, RecursiveMode},
};
use std::{
    path::PathBuf,
    sync::mpsc::{RecvTimeoutError, channel},
    time::{Duration, Instant},
};

/// Files are written in pieces: wait until nothing has changed for this long.
const DEBOUNCE: Duration = Duration::from_millis(500);
/// How often to check whether to stop.
const LOOK: Duration = Duration::from_millis(200);
/// How often to ingest without an event: network file systems send none.
const RESCAN_INTERVAL: Duration = Duration::from_secs(600);
/// How soon to try again after a failed ingest: another process is writing, or the disk is full.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// Calls `ingest` at once and after each change below the folders, until `stop`. `ingest` returns whether it
/// completed; if not, it is called again after two seconds.
///
/// # Errors
///
/// [`ServeError::Watch`] if the folders cannot be watched.
pub fn watch(folders: &[PathBuf], stop: &Stop, mut ingest: impl FnMut() -> bool) -> Result<(), ServeError> {
    let (send, receive) = channel::<DebounceEventResult>();
    let mut debouncer = new_debouncer(DEBOUNCE, None, send).map_err(|error| failed(folders, &error))?;
    for folder in folders {
        let added = debouncer.watch(folder, RecursiveMode::Recursive);
        added.map_err(|error| failed(std::slice::from_ref(folder), &error))?;
    }
    let mut due = Some(Instant::now());
    while !stop.is_asked() {
        if due.is_some_and(|due| due <= Instant::now()) {
            due = Some(Instant::now() + if ingest() { RESCAN_INTERVAL } else { RETRY_DELAY });
        }
        match receive.recv_timeout(LOOK) {
            Ok(Ok(events)) => {
                // Reading is no change, and an ingest only reads the files.
                if events.iter().any(|event| !matches!(event.kind, EventKind::Access(_))) {
                    due = Some(Instant::now());
                }
            }
            // Events were lost, so anything may have changed.
            Ok(Err(_)) => due = Some(Instant::now()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(())
}

fn failed(folders: &[PathBuf], error: &notify_debouncer_full::notify::Error) -> ServeError {
    let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
    ServeError::Watch { folders: folders.join(", "), reason: error.to_string() }
}
