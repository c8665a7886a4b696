//! Questions that are asked at the same time, each in a thread of its own.

use std::{
    panic,
    thread::{self, Scope, ScopedJoinHandle},
};

/// A question of a thread of its own.
pub(super) enum Asked<'s, T> {
    There(ScopedJoinHandle<'s, T>),
    /// The system starts no more threads.
    Here(T),
}

/// Asks in a thread of its own, if there is one.
pub(super) fn asked<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    ask: impl FnOnce() -> T + Copy + Send + 's,
) -> Asked<'s, T> {
    match thread::Builder::new().spawn_scoped(scope, ask) {
        Ok(thread) => Asked::There(thread),
        Err(_) => Asked::Here(ask()),
    }
}

/// What a question gave.
pub(super) fn joined<T>(asked: Asked<'_, T>) -> T {
    match asked {
        Asked::There(thread) => thread.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked)),
        Asked::Here(answer) => answer,
    }
}
