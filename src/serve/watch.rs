//! Ingests folders whenever they change.
//!
//! The events of the system end when a watched folder is moved or replaced, so each second the folders are compared
//! with those that are watched. Where the system sends no events, the files are looked at often.

use super::Stop;
use crate::source::Identity;
use notify_debouncer_full::{
    DebounceEventResult, Debouncer, RecommendedCache, new_debouncer,
    notify::{self, ErrorKind, EventKind, RecommendedWatcher, RecursiveMode},
};
use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

/// Files are written in pieces: wait until nothing has changed for this long.
const DEBOUNCE: Duration = Duration::from_millis(500);
/// How often to check whether to stop.
const LOOK: Duration = Duration::from_millis(200);
/// How often to compare the folders with those that are watched.
const COMPARE_INTERVAL: Duration = Duration::from_secs(1);
/// How often to ingest without an event: network file systems send none.
const RESCAN_INTERVAL: Duration = Duration::from_secs(600);
/// How often to ingest if the system sends no events, at the most.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// At most one part in this many of the time goes to looking for changes without events.
const POLL_SHARE: u32 = 20;
/// How soon to try again after a failed ingest: another process is writing, or the disk is full.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// Calls `ingest` at once and after each change of the folders or below them, until `stop`. A folder that is moved,
/// removed or replaced has changed.
///
/// The argument of `ingest` is why the system does not report all changes; empty if it does. `ingest` returns whether
/// it completed; if not, it is called again after two seconds.
pub fn watch(folders: &[PathBuf], stop: &Stop, mut ingest: impl FnMut(&[String]) -> bool) {
    let mut watched = Watched::new(folders);
    let (mut due, mut compared) = (Instant::now(), Instant::now());
    while !stop.is_asked() {
        if compared.elapsed() >= COMPARE_INTERVAL {
            compared = Instant::now();
            watched.is_outdated |= watched.folders != identified(folders);
        }
        if std::mem::take(&mut watched.is_outdated) {
            watched = Watched::new(folders);
            due = Instant::now();
        }
        if due <= Instant::now() {
            let started = Instant::now();
            let is_complete = ingest(&watched.unreported);
            due = Instant::now()
                + match (is_complete, watched.unreported.is_empty()) {
                    (false, _) => RETRY_DELAY,
                    (true, true) => RESCAN_INTERVAL,
                    (true, false) => (started.elapsed() * POLL_SHARE).clamp(POLL_INTERVAL, RESCAN_INTERVAL),
                };
        }
        if watched.wait() {
            due = Instant::now();
        }
    }
}

/// The folders, each with what it is now; `None` if it is not there.
type Folders = Vec<(PathBuf, Option<Identity>)>;

fn identified(folders: &[PathBuf]) -> Folders {
    folders.iter().map(|folder| (folder.clone(), Identity::of(folder))).collect()
}

/// Folders that are watched.
struct Watched {
    /// The folders as they were when the watch began.
    folders: Folders,
    /// Why the system does not report all changes.
    unreported: Vec<String>,
    /// Whether a folder itself was removed or moved.
    is_outdated: bool,
    events: Receiver<DebounceEventResult>,
    /// Kept so that waiting for events takes its time although nobody sends any.
    _sender: Sender<DebounceEventResult>,
    /// Stops when dropped.
    _debouncer: Option<Debouncer<RecommendedWatcher, RecommendedCache>>,
}

impl Watched {
    fn new(folders: &[PathBuf]) -> Self {
        let (sender, events) = channel::<DebounceEventResult>();
        // First: a folder that is replaced meanwhile is told from the one that is watched.
        let folders = identified(folders);
        let mut unreported = Vec::new();
        let mut debouncer = new_debouncer(DEBOUNCE, None, sender.clone())
            .map_err(|error| unreported.push(error.to_string()))
            .ok();
        if let Some(debouncer) = &mut debouncer {
            for (folder, _) in folders.iter().filter(|(_, identity)| identity.is_some()) {
                if let Err(error) = debouncer.watch(folder, RecursiveMode::Recursive) {
                    unreported.push(format!("{}: {error}", folder.display()));
                }
            }
        }
        Self { folders, unreported, is_outdated: false, events, _sender: sender, _debouncer: debouncer }
    }

    /// Waits for events, for a short time. Returns whether there was a change.
    fn wait(&mut self) -> bool {
        match self.events.recv_timeout(LOOK) {
            Ok(Ok(events)) => {
                // Reading is no change, and an ingest only reads the files.
                let mut changes =
                    events.iter().filter(|event| !matches!(event.kind, EventKind::Access(_))).peekable();
                let has_changed = changes.peek().is_some();
                let mut paths = changes.flat_map(|event| &event.paths);
                self.is_outdated |= paths.any(|path| self.folders.iter().any(|(folder, _)| folder == path));
                has_changed
            }
            // Events were lost, so anything may have changed.
            Ok(Err(errors)) => {
                let is_limit = |error: &&notify::Error| matches!(error.kind, ErrorKind::MaxFilesWatch);
                if let Some(limit) = errors.iter().find(is_limit).filter(|_| self.unreported.is_empty()) {
                    self.unreported.push(limit.to_string());
                }
                true
            }
            Err(_) => false,
        }
    }
}
