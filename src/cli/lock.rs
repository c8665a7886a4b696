//! The lock of an index: a command that writes waits a while for another process that does.

use super::{Interrupted, filters, index_error};
use crate::index::IndexError;
use std::time::{Duration, Instant};

/// How long a command waits for the lock.
#[derive(Debug, clap::Args)]
pub(super) struct LockArgs {
    /// Wait up to this long (at least 1s) while another process writes the index, e.g. 30s, 10m
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub lock_wait: Duration,
}

/// Tries to write for as long as another process has the lock, up to `limit` or until `stopped`, and says on standard error
/// that it waits.
///
/// # Errors
///
/// [`IndexError::Locked`] where the other process goes on, [`Interrupted`] where it was stopped, and what `write` says.
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
            // The engine itself waits a second, so that this loop is no busy one.
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

/// A span of time such as `30s`, `5m` or `1h 30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = |error: jiff::Error| format!("`{text}` is not a duration such as 30s: {error}");
    let span: jiff::SignedDuration = text.parse().map_err(wrong)?;
    Duration::try_from(span).map_err(wrong)
}
