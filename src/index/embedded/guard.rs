//! Catches panics that a damaged index causes.
//!
//! tantivy trusts the bytes of its files, so a changed bit can lead it out of bounds. Such a panic is caught where the
//! engine is entered and becomes an error.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

thread_local! {
    static GUARDED: Cell<u32> = const { Cell::new(0) };
}

/// Name prefixes of tantivy's writer threads. Their panics become errors of the writer.
const THREADS: [&str; 4] = ["thrd-tantivy", "merge_thread", "segment_updater", "docstore-compressor"];

/// Runs work. If it panics, returns the panic message.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    GUARDED.set(GUARDED.get() + 1);
    // The work borrows only what it reads, or what is dropped with its writer.
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(GUARDED.get() - 1);
    done.map_err(|panic| said(&*panic))
}

/// Whether a panic of this thread is expected and becomes an error, so that it need not be printed on standard error.
#[must_use]
pub fn expects_panics() -> bool {
    let of_writer = |name: &str| THREADS.iter().any(|beginning| name.starts_with(beginning));
    GUARDED.get() > 0 || thread::current().name().is_some_and(of_writer)
}

fn said(panic: &dyn Any) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "cannot be read".into())
}
