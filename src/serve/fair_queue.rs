//! Which request runs next: fair shares of a few places among clients.
//!
//! A free place goes to the waiting client that has the fewest, and among equals to the one that waits longest for its
//! turn. The last free place goes only to a client that has none: so a newcomer need not wait behind the long requests
//! of others. If too many requests wait, the client with most of them loses its newest.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// The places, and the requests that wait for one.
pub(super) struct FairQueue<C, W> {
    free: usize,
    /// At most this many requests wait.
    max_waiting: usize,
    waiting: usize,
    /// The clients that have a place or wait for one.
    clients: HashMap<C, Share<W>>,
    /// Counts the turns: a client has one whenever it comes or is given a place.
    turn: u64,
}

/// The share of one client.
struct Share<W> {
    /// The number of its places.
    places: usize,
    /// Its waiting requests, oldest first.
    waiting: VecDeque<W>,
    /// Its last turn.
    turn: u64,
}

impl<C: Clone + Eq + Hash, W> FairQueue<C, W> {
    pub(super) fn new(places: usize, max_waiting: usize) -> Self {
        Self { free: places, max_waiting, waiting: 0, clients: HashMap::new(), turn: 0 }
    }

    /// Adds a request of a client. Drops another one, or this one, if too many wait.
    pub(super) fn add(&mut self, client: C, request: W) {
        self.turn += 1;
        let new = Share { places: 0, waiting: VecDeque::new(), turn: self.turn };
        self.clients.entry(client).or_insert(new).waiting.push_back(request);
        self.waiting += 1;
        if self.waiting > self.max_waiting
            && let Some(most) =
                self.clients.values_mut().max_by_key(|share| (share.waiting.len(), share.turn))
        {
            most.waiting.pop_back();
            self.waiting -= 1;
            self.forget_idle();
        }
    }

    /// Gives a place to the next request, if there is a place for one.
    pub(super) fn take_next(&mut self) -> Option<(C, W)> {
        let waiting = self.clients.iter_mut().filter(|(_, share)| !share.waiting.is_empty());
        let (client, share) = waiting.min_by_key(|(_, share)| (share.places, share.turn))?;
        let needed = if share.places == 0 { 1 } else { 2 };
        if self.free < needed {
            return None;
        }
        let request = share.waiting.pop_front()?;
        self.turn += 1;
        (share.places, share.turn) = (share.places + 1, self.turn);
        (self.free, self.waiting) = (self.free - 1, self.waiting - 1);
        Some((client.clone(), request))
    }

    /// Takes a place back from a client.
    pub(super) fn done(&mut self, client: &C) {
        if let Some(share) = self.clients.get_mut(client) {
            share.places -= 1;
            self.free += 1;
        }
        self.forget_idle();
    }

    /// Keeps only those waiting requests that are still there.
    pub(super) fn retain(&mut self, mut is_there: impl FnMut(&W) -> bool) {
        self.clients.values_mut().for_each(|share| share.waiting.retain(&mut is_there));
        self.waiting = self.clients.values().map(|share| share.waiting.len()).sum();
        self.forget_idle();
    }

    fn forget_idle(&mut self) {
        self.clients.retain(|_, share| share.places > 0 || !share.waiting.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::FairQueue;

    /// Gives all places that can be given, and returns who has them with which requests.
    fn given(queue: &mut FairQueue<&'static str, u32>) -> Vec<(&'static str, u32)> {
        std::iter::from_fn(|| queue.take_next()).collect()
    }

    #[test]
    fn a_client_alone_has_all_places_but_one() {
        let mut queue = FairQueue::new(3, 10);
        (0..5).for_each(|request| queue.add("a", request));
        assert_eq!(given(&mut queue), [("a", 0), ("a", 1)]);
        queue.done(&"a");
        assert_eq!(given(&mut queue), [("a", 2)]);
    }

    #[test]
    fn a_newcomer_does_not_wait_for_a_flood() {
        let mut queue = FairQueue::new(3, 100);
        (0..50).for_each(|request| queue.add("flood", request));
        assert_eq!(given(&mut queue), [("flood", 0), ("flood", 1)]);
        // Each request of another client runs at once, however many wait.
        for request in 0..20 {
            queue.add("other", request);
            assert_eq!(given(&mut queue), [("other", request)]);
            queue.done(&"other");
            assert_eq!(given(&mut queue), []);
        }
    }

    /// The clients need the places for equally long: of 60 places, each of three gets 20.
    #[test]
    fn clients_that_always_ask_get_equal_shares() {
        let mut queue = FairQueue::new(3, 1000);
        for request in 0..100 {
            for client in ["a", "b", "c"] {
                queue.add(client, request);
            }
        }
        (100..300).for_each(|request| queue.add("a", request));
        let mut running: std::collections::VecDeque<_> = given(&mut queue).into();
        let mut shares = std::collections::BTreeMap::new();
        for _ in 0..60 {
            let (client, _) = running.pop_front().expect("somebody has a place");
            *shares.entry(client).or_insert(0) += 1;
            queue.done(&client);
            running.extend(given(&mut queue));
        }
        assert_eq!(shares.into_iter().collect::<Vec<_>>(), [("a", 20), ("b", 20), ("c", 20)]);
    }

    #[test]
    fn requests_of_one_client_run_in_their_order() {
        let mut queue = FairQueue::new(2, 10);
        (0..4).for_each(|request| queue.add("a", request));
        for request in 0..4 {
            assert_eq!(given(&mut queue), [("a", request)]);
            queue.done(&"a");
        }
    }

    #[test]
    fn a_full_queue_drops_the_newest_request_of_the_client_with_most() {
        let mut queue = FairQueue::new(2, 4);
        (0..5).for_each(|request| queue.add("flood", request));
        (0..2).for_each(|request| queue.add("other", request));
        let mut all = Vec::new();
        while let Some((client, request)) = queue.take_next() {
            queue.done(&client);
            all.push((client, request));
        }
        all.sort_unstable();
        assert_eq!(all, [("flood", 0), ("flood", 1), ("other", 0), ("other", 1)]);
    }

    #[test]
    fn a_request_that_is_gone_takes_no_place() {
        let mut queue = FairQueue::new(2, 2);
        (0..2).for_each(|request| queue.add("a", request));
        queue.retain(|request| *request > 0);
        queue.add("b", 2);
        let mut all = given(&mut queue);
        all.sort_unstable();
        assert_eq!(all, [("a", 1), ("b", 2)]);
        assert!(queue.clients.len() == 2 && queue.waiting == 0);
        queue.done(&"a");
        queue.done(&"b");
        assert!(queue.clients.is_empty() && queue.free == 2);
    }
}
