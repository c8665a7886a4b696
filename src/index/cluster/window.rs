//! How many requests are in flight.

use super::lock;
use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::Instant,
};

/// How many requests are in flight: fewer when the engine takes no more or is slow, again more when it is not.
pub(super) struct Window {
    state: Mutex<Flight>,
    left: Condvar,
}

struct Flight {
    count: usize,
    most: usize,
    narrowed: Instant,
}

impl Window {
    const MOST: usize = 16;

    pub(super) fn new() -> Self {
        let state = Flight { count: 0, most: Self::MOST, narrowed: Instant::now() };
        Self { state: Mutex::new(state), left: Condvar::new() }
    }

    /// Waits for a place.
    pub(super) fn enter(&self) -> InFlight<'_> {
        let mut state = lock(&self.state);
        while state.count >= state.most {
            state = self.left.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.count += 1;
        InFlight(self)
    }

    /// Halves the window for a request that was sent at a time. Those that were in flight together halve it once.
    pub(super) fn narrow(&self, sent: Instant) {
        let mut state = lock(&self.state);
        if sent >= state.narrowed {
            state.most = (state.most.min(state.count) / 2).max(1);
            state.narrowed = Instant::now();
        }
    }

    pub(super) fn widen(&self) {
        let mut state = lock(&self.state);
        state.most = (state.most + 1).min(Self::MOST);
        self.left.notify_all();
    }
}

pub(super) struct InFlight<'w>(&'w Window);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).count -= 1;
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::{Window, lock};
    use std::time::Instant;

    #[test]
    fn requests_that_fail_together_halve_the_window_once() {
        let window = Window::new();
        let most = || lock(&window.state).most;
        let _places: Vec<_> = (0..Window::MOST).map(|_| window.enter()).collect();
        let sent = Instant::now();
        window.narrow(sent);
        window.narrow(sent);
        assert_eq!(most(), Window::MOST / 2);
        (0..10).for_each(|_| window.narrow(Instant::now()));
        assert_eq!(most(), 1);
        (0..100).for_each(|_| window.widen());
        assert_eq!(most(), Window::MOST);
    }
}
