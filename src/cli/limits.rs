//! The limits that the operating system sets for a process (`ulimit`).

use super::hinted;
use crate::ingest::Options;

/// Address space of a thread: the heap that glibc reserves for it, and its stack.
const THREAD: u64 = 66 << 20;
/// Address space of the program and of what it maps, beside the heap.
const PROGRAM: u64 = 32 << 20;
/// The least memory of an ingest.
const LEAST: usize = 140 << 20;

/// Makes it an error to write past the limit of file sizes (`ulimit -f`), whose signal would end the process without a word.
/// Called before any thread starts, as threads inherit it.
pub(super) fn survive_large_files() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal};
        // If it fails, the signal ends the process as before.
        let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
    }
}

/// The options of an ingest within the limit of address space (`ulimit -v`): fewer threads and less memory if these do not
/// fit. An allocation that fails would end the process.
///
/// # Errors
///
/// If not even the least of each fits.
pub(super) fn within_address_space(wanted: Options) -> anyhow::Result<Options> {
    let Some(limit) = address_space() else { return Ok(wanted) };
    let mut least = Options { readers: 1..=1, ..wanted.clone() };
    (least.writer.threads, least.writer.memory) = (1, least.writer.memory.min(LEAST));
    let needed = needed(&least);
    [wanted, least].into_iter().find(|options| self::needed(options) <= limit).ok_or_else(|| {
        hinted(
            format!(
                "the limit of address space is {} MiB, and an ingest needs {} MiB",
                limit >> 20,
                needed >> 20
            ),
            "raise the limit with `ulimit -v`",
        )
    })
}

/// The address space that an ingest may take.
fn needed(options: &Options) -> u64 {
    // Each thread that builds the index has another one for its texts, and one thread merges.
    let threads = options.readers.end() + 2 * options.writer.threads + 1;
    PROGRAM + options.writer.memory as u64 + threads as u64 * THREAD
}

fn address_space() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
        let (soft, _) = getrlimit(Resource::RLIMIT_AS).ok()?;
        Some(soft).filter(|soft| *soft != RLIM_INFINITY)
    }
    #[cfg(not(target_os = "linux"))]
    None
}
