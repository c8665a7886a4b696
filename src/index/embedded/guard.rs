//! What becomes an error where the engine is entered: panics that a damaged index causes, and queries that cost too much.
//!
//! tantivy trusts the bytes of its files, so a changed bit can lead it out of bounds. Such a panic is caught where the
//! engine is entered and becomes an error.

use crate::problem::Message;
use std::{
    any::Any,
    cell::Cell,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};
use tantivy::TantivyError;

thread_local! {
    static GUARDED: Cell<u32> = const { Cell::new(0) };
}

/// Name prefixes of tantivy's writer threads. Their panics become errors of the writer.
const THREADS: [&str; 4] = ["thrd-tantivy", "merge_thread", "segment_updater", "docstore-compressor"];

/// Runs work. If it panics, returns the panic message.
///
/// # Errors
///
/// The message of the panic.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
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

/// A query that costs too much, as an error that tantivy passes on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct TooMuch(Message);

/// The error for a query that costs too much.
pub(super) fn too_much(message: Message) -> TantivyError {
    TantivyError::IoError(Arc::new(io::Error::other(TooMuch(message))))
}

/// The message of [`too_much`], or of an argument that tantivy refuses.
pub(super) fn too_much_of(error: &TantivyError) -> Option<Message> {
    match error {
        TantivyError::IoError(error) => {
            error.get_ref()?.downcast_ref().map(|TooMuch(message)| message.clone())
        }
        TantivyError::InvalidArgument(message) => Some(Message::verbatim(message)),
        _ => None,
    }
}

fn said(panic: &dyn Any) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "cannot be read".into())
}
