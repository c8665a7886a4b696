//! Where a damaged index may make what reads it panic.
//!
//! tantivy trusts the bytes of its files: a bit that has changed can lead it out of bounds. Such a panic is caught where
//! the engine is entered and becomes an error like any other.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

thread_local! {
    static GUARDED: Cell<u32> = const { Cell::new(0) };
}

/// The beginnings of the names of the threads in which a writer of tantivy works. What goes wrong there is an error of
/// the writer.
const THREADS: [&str; 4] = ["thrd-tantivy", "merge_thread", "segment_updater", "docstore-compressor"];

/// Does some work; where it panics, says what the panic said.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    GUARDED.set(GUARDED.get() + 1);
    // What the work has borrowed is read only, or is given up with the writer that it belongs to.
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(GUARDED.get() - 1);
    done.map_err(|panic| said(&*panic))
}

/// Whether a panic of this thread is expected, and becomes an error: then it need not be told on standard error.
#[must_use]
pub fn expects_panics() -> bool {
    let of_writer = |name: &str| THREADS.iter().any(|beginning| name.starts_with(beginning));
    GUARDED.get() > 0 || thread::current().name().is_some_and(of_writer)
}

fn said(panic: &dyn Any) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "cannot be read".into())
}
