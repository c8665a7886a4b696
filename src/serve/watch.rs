//! Keeps an index in step with folders while they change.

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

/// What changes is waited for until it has been quiet for so long, as files are written in pieces.
const DEBOUNCE: Duration = Duration::from_millis(500);
/// How often it is looked whether the end was asked for.
const LOOK: Duration = Duration::from_millis(200);
/// What no event tells, as on a file system of another machine, is found after so long.
const RESCAN_INTERVAL: Duration = Duration::from_secs(600);
/// Where another process writes the index, or a disk is full, it is tried again after so long.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// Calls `ingest` at once, and whenever something below the folders has changed, until it is stopped. `ingest` says whether
/// it has done all; where not, it is called again after a while.
///
/// # Errors
///
/// Where the folders cannot be watched.
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
                // Reading is no change; an ingest does nothing else to the files.
                if events.iter().any(|event| !matches!(event.kind, EventKind::Access(_))) {
                    due = Some(Instant::now());
                }
            }
            // Events were lost: only looking at everything tells.
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
