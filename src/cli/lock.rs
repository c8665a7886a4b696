//! The write lock of an index: commands wait some time for another process that holds it.

use super::{Interrupted, filters, index_error};
use crate::index::{IndexError, Location};
use std::time::{Duration, Instant};

/// How long a command waits by default for a process that writes a folder.
const FOLDER: Duration = Duration::from_secs(5);
/// The same for an index of a cluster: longer than it takes to tell that a writer of another machine has died.
const REMOTE: Duration = Duration::from_secs(20);

/// How long a command waits for the lock.
#[derive(Debug, clap::Args)]
pub(super) struct LockArgs {
    /// Wait up to this long (at least 1s) while another process writes the index, e.g. 30s, 10m [default: 5s; 20s for a URL]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    lock_wait: Option<Duration>,
}

impl LockArgs {
    /// How long to wait for the lock of an index.
    pub(super) fn limit(&self, location: &Location) -> Duration {
        self.lock_wait.unwrap_or(match location {
            Location::Folder(_) => FOLDER,
            Location::Remote(_) => REMOTE,
        })
    }
}

/// Calls `write` until another process releases the lock, for up to `limit` or until `stopped`. Prints a note when
/// it starts to wait.
///
/// # Errors
///
/// [`IndexError::Locked`] if the lock is still held after `limit`; [`Interrupted`] if `stopped`; else the error of
/// `write`.
pub(super) fn wait<T>(
    limit: Duration,
    stopped: impl Fn() -> bool,
    mut write: impl FnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let started = Instant::now();
    let mut told = false;
    loop {
        match write() {
            Err(error) if is_locked(&error) && stopped() => return Err(Interrupted.into()),
            // Not a busy loop: each attempt waits a second for the lock.
            Err(error) if is_locked(&error) && started.elapsed() < limit => {
                if !told {
                    let seconds = limit.as_secs_f32();
                    filters::tell(&format!(
                        "another process is writing the index; waiting up to {seconds} s"
                    ));
                    told = true;
                }
            }
            outcome => return outcome,
        }
    }
}

pub(super) fn is_locked(error: &anyhow::Error) -> bool {
    matches!(index_error(error), Some(IndexError::Locked(_)))
}

/// A duration such as `30s`, `5m` or `1h 30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = |error: jiff::Error| format!("`{text}` is not a duration such as 30s: {error}");
    let span: jiff::SignedDuration = text.parse().map_err(wrong)?;
    Duration::try_from(span).map_err(wrong)
}
