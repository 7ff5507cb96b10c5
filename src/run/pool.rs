//! What the workers of a run share: what is still to be played, and what can no longer be.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::schedule::{Batch, Starts};
use crate::side::{Casting, Side};
use crate::target::StartError;

/// The batches of a run, handed out in their order, and the sides that cannot be started any more.
pub(super) struct Pool {
    state: Mutex<State>,
    /// The state has changed in a way that somebody may wait for.
    changed: Condvar,
}

struct State {
    batches: std::vec::IntoIter<Batch>,
    /// What is planned to be started for the batches that nobody has yet.
    starts_ahead: Starts,
    has_begun: bool,
    /// Whether several may play.
    is_open: bool,
    is_closed: bool,
    ruled_out: Vec<RuledOut>,
}

/// A side that cannot be started any more, as one trial has shown.
struct RuledOut {
    side: Side,
    trial: usize,
    why: StartError,
}

impl Pool {
    pub(super) fn new(batches: Vec<Batch>) -> Self {
        let starts_ahead =
            batches.iter().map(|batch| batch.starts).fold(Starts::default(), |all, one| all + one);
        Self {
            state: Mutex::new(State {
                batches: batches.into_iter(),
                starts_ahead,
                has_begun: false,
                is_open: false,
                is_closed: false,
                ruled_out: Vec::new(),
            }),
            changed: Condvar::new(),
        }
    }

    /// The next batch to be played, once it may be; `None` if there is nothing more to play.
    ///
    /// The first one is played alone until the pool is [opened](Self::open).
    pub(super) fn next_batch(&self) -> Option<Batch> {
        let must_wait = |state: &mut State| state.has_begun && !state.is_open;
        let mut state =
            self.changed.wait_while(self.lock(), must_wait).unwrap_or_else(PoisonError::into_inner);
        state.has_begun = true;
        let batch = state.batches.next()?;
        let left = state.batches.as_slice().iter().map(|batch| batch.starts);
        state.starts_ahead = left.fold(Starts::default(), |all, one| all + one);
        Some(batch)
    }

    /// What is planned to be started for the batches that nobody has yet.
    pub(super) fn starts_ahead(&self) -> Starts {
        self.lock().starts_ahead
    }

    /// Lets the others play, too: it is known what comes of starting the target.
    ///
    /// A program that listens at a port of its own choice is found out when it is started the first time. Several at a
    /// time would be in each other's way, and each would fail for another reason.
    pub(super) fn open(&self) {
        self.lock().is_open = true;
        self.changed.notify_all();
    }

    /// Nothing more is handed out.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.batches = Vec::new().into_iter();
        drop(state);
        self.open();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// A side cannot be started any more: in this trial, by its place in the schedule, that was seen.
    pub(super) fn rule_out(&self, side: Side, trial: usize, why: StartError) {
        let mut state = self.lock();
        match state.ruled_out.iter_mut().find(|failure| failure.side == side) {
            Some(earlier) if earlier.trial <= trial => {}
            Some(later) => *later = RuledOut { side, trial, why },
            None => state.ruled_out.push(RuledOut { side, trial, why }),
        }
    }

    /// Why a trial in this casting cannot be played, if one before it in the schedule has shown that. Once all of those
    /// are played, the answer is the same whatever the order in which they were.
    pub(super) fn ruled_out(&self, casting: Casting, trial: usize) -> Option<StartError> {
        let state = self.lock();
        let sides = [(Side::Server, casting.needs_server()), (Side::Client, casting.needs_client())];
        let of =
            |side: Side| state.ruled_out.iter().find(|failure| failure.side == side && failure.trial < trial);
        let failure = sides.into_iter().filter(|(_, is_needed)| *is_needed).find_map(|(side, _)| of(side));
        failure.map(|failure| failure.why.clone())
    }

    /// Nothing can panic while it is locked.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::target::NoStop;

    fn pool(batches: usize) -> Pool {
        let starts = Starts { servers: 1, clients: 0 };
        Pool::new((0..batches).map(|index| Batch { trials: index..index + 1, starts }).collect())
    }

    fn first_trial(batch: Option<Batch>) -> Option<usize> {
        batch.map(|batch| batch.trials.start)
    }

    #[test]
    fn batches_are_handed_out_in_order_and_what_is_left_is_counted() {
        let pool = pool(2);
        assert_eq!(pool.starts_ahead().servers, 2);
        assert_eq!(first_trial(pool.next_batch()), Some(0));
        assert_eq!(pool.starts_ahead().servers, 1);
        pool.open();
        assert_eq!(first_trial(pool.next_batch()), Some(1));
        assert_eq!(first_trial(pool.next_batch()), None);
    }

    #[test]
    fn the_others_wait_until_it_is_open_or_closed() {
        for (act, then) in [(Pool::open as fn(&Pool), Some(1)), (Pool::close, None)] {
            let pool = pool(2);
            pool.next_batch().unwrap();
            thread::scope(|scope| {
                let other = scope.spawn(|| first_trial(pool.next_batch()));
                act(&pool);
                assert_eq!(other.join().unwrap(), then);
            });
        }
    }

    #[test]
    fn a_failure_concerns_what_comes_after_it_and_needs_the_side_and_the_first_counts() {
        let pool = pool(9);
        for trial in [5, 3, 7] {
            pool.rule_out(Side::Server, trial, StartError::blocked(NoStop));
        }
        let fails = |casting, trial| pool.ruled_out(casting, trial).is_some();
        assert!(!fails(Casting::SERVER, 3) && fails(Casting::SERVER, 4) && fails(Casting::Pair, 4));
        assert!(!fails(Casting::CLIENT, 8));
    }
}
