//! The deadline of a snapshot.
//!
//! A thread that reads a commit has a deadline. The engine's long loops check the clock from time to time. Past the
//! deadline the work is unwound from wherever it is, even from inside tantivy.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Instant,
};

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A loop checks the clock once per this many steps.
const STEPS: u32 = 1024;

/// The deadline has passed.
#[derive(Debug)]
pub(super) struct TimedOut;

/// Runs work, and unwinds it past the deadline.
pub(super) fn until<T>(deadline: Option<Instant>, work: impl FnOnce() -> T) -> Result<T, TimedOut> {
    if deadline.is_none() {
        return Ok(work());
    }
    let _restored = Restored(DEADLINE.replace(deadline));
    // Unwinding drops whatever the work has begun.
    catch_unwind(AssertUnwindSafe(work)).map_err(|thrown| {
        thrown.downcast::<TimedOut>().map_or_else(|panic| resume_unwind(panic), |timed_out| *timed_out)
    })
}

/// Restores the outer deadline of the thread, even on a panic.
struct Restored(Option<Instant>);

impl Drop for Restored {
    fn drop(&mut self) {
        DEADLINE.set(self.0);
    }
}

/// Unwinds if the deadline has passed.
pub(super) fn check() {
    if DEADLINE.get().is_some_and(|deadline| Instant::now() >= deadline) {
        // `resume_unwind` calls no panic hook.
        resume_unwind(Box::new(TimedOut));
    }
}

/// Counts the steps of a loop, to check the clock now and then.
#[derive(Debug, Default)]
pub(super) struct DeadlineCheck(Cell<u32>);

impl DeadlineCheck {
    /// The number of steps so far.
    pub(super) fn count(&self) -> u32 {
        self.0.get()
    }

    /// Counts one step of the loop.
    #[inline]
    pub(super) fn step(&self) {
        let steps = self.0.get();
        if steps.is_multiple_of(STEPS) {
            check();
        }
        self.0.set(steps.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::{DeadlineCheck, TimedOut, check, until};
    use std::{
        panic::catch_unwind,
        time::{Duration, Instant},
    };

    #[test]
    fn what_is_late_is_given_up_and_nothing_else() {
        let long = || {
            let steps = DeadlineCheck::default();
            (0..5000).for_each(|_| steps.step());
        };
        let later = Some(Instant::now() + Duration::from_secs(600));
        assert!(until(None, long).is_ok());
        assert!(until(later, long).is_ok());
        assert!(matches!(until(Some(Instant::now()), long), Err(TimedOut)));
        // No deadline remains.
        check();
        // A panic is passed on.
        assert!(catch_unwind(|| until(later, || panic!("as it should"))).is_err());
    }
}
