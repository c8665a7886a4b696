//! Until when a snapshot answers.
//!
//! A thread that reads a commit has a deadline. The loops of this engine that may be long look at the clock now and then;
//! past the deadline the work is unwound from wherever it is, also in a loop of tantivy's.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Instant,
};

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A loop looks at the clock once in this many steps.
const STEPS: u32 = 1024;

/// The deadline has passed.
#[derive(Debug)]
pub(super) struct TimedOut;

/// Does some work, which is given up past the deadline.
pub(super) fn until<T>(deadline: Option<Instant>, work: impl FnOnce() -> T) -> Result<T, TimedOut> {
    if deadline.is_none() {
        return Ok(work());
    }
    let _restored = Restored(DEADLINE.replace(deadline));
    // Whatever the work has begun is dropped with it.
    catch_unwind(AssertUnwindSafe(work)).map_err(|thrown| {
        thrown.downcast::<TimedOut>().map_or_else(|panic| resume_unwind(panic), |timed_out| *timed_out)
    })
}

/// Puts the deadline of a thread back, also where the work panics.
struct Restored(Option<Instant>);

impl Drop for Restored {
    fn drop(&mut self) {
        DEADLINE.set(self.0);
    }
}

/// Gives up if the deadline has passed.
pub(super) fn check() {
    if DEADLINE.get().is_some_and(|deadline| Instant::now() >= deadline) {
        // No hook is called: this is no panic.
        resume_unwind(Box::new(TimedOut));
    }
}

/// What a loop looks at the clock with.
#[derive(Debug, Default)]
pub(super) struct DeadlineCheck(Cell<u32>);

impl DeadlineCheck {
    /// One step of the loop.
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
        // What comes after has no deadline.
        check();
        // A panic stays one.
        assert!(catch_unwind(|| until(later, || panic!("as it should"))).is_err());
    }
}
