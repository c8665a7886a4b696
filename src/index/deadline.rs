//! How long a question may take.
//!
//! A thread has a deadline for all that it asks of engines. The loops of an engine that may be long look at the clock now
//! and then; past the deadline the work is unwound from wherever it is, in a loop of tantivy's too, and ends in
//! [`IndexError::Late`](super::IndexError::Late).

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Instant,
};

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Whether there is someone to catch what is unwound.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// A loop looks at the clock once in so many steps.
const STEPS: u32 = 1024;

/// Does some work, of which engines give up what they are asked when the time is up.
pub fn until<T>(deadline: Instant, work: impl FnOnce() -> T) -> T {
    let _restored = Restored(&DEADLINE, DEADLINE.replace(Some(deadline)));
    work()
}

/// Puts the value of a thread back, also where the work panics.
struct Restored<T: Copy + 'static>(&'static std::thread::LocalKey<Cell<T>>, T);

impl<T: Copy> Drop for Restored<T> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

/// The time was up.
#[derive(Debug)]
pub(super) struct Late;

/// Does some work that looks at the clock.
pub(super) fn in_time<T>(work: impl FnOnce() -> T) -> Result<T, Late> {
    if DEADLINE.get().is_none() {
        return Ok(work());
    }
    let _restored = Restored(&CAUGHT, CAUGHT.replace(true));
    // Whatever the work has begun is dropped with it.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|thrown| thrown.downcast::<Late>().map_or_else(|panic| resume_unwind(panic), |late| *late))
}

/// Gives up if the time is up.
pub(super) fn check() {
    if CAUGHT.get() && DEADLINE.get().is_some_and(|deadline| Instant::now() >= deadline) {
        // No hook is called: this is no panic.
        resume_unwind(Box::new(Late));
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
    use super::{DeadlineCheck, Late, check, in_time, until};
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
        let then = Instant::now() + Duration::from_secs(600);
        assert!(in_time(long).is_ok());
        assert!(until(then, || in_time(long)).is_ok());
        assert!(matches!(until(Instant::now(), || in_time(long)), Err(Late)));
        // What nobody catches goes on; what comes after has no deadline.
        until(Instant::now(), long);
        assert!(in_time(check).is_ok());
        // A panic stays one.
        assert!(catch_unwind(|| until(then, || in_time(|| panic!("as it should")))).is_err());
    }
}
