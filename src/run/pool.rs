//! What the workers of a run share: what is still to be played, and what can no longer be.

use std::collections::VecDeque;
use std::mem;
use std::num::NonZero;
use std::ops::{Add, Range};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::schedule::{Batch, Starts};
use crate::live::{Turn, Turns};
use crate::side::{Casting, Side};
use crate::target::StartError;

/// The batches of a run, handed out in their order, and the sides that cannot be started any more.
pub(super) struct Pool {
    state: Mutex<State>,
    /// The state has changed in a way that somebody may wait for.
    changed: Condvar,
    turns: Arc<Turns>,
}

struct State {
    batches: VecDeque<Batch>,
    /// What is planned to be started for the batches that nobody has yet.
    starts_ahead: Starts,
    /// How many batches are being played. Trials of them may yet be handed back.
    playing: usize,
    has_begun: bool,
    /// Whether several may play.
    is_open: bool,
    is_closed: bool,
    ruled_out: Vec<RuledOut>,
}

impl State {
    fn may_take(&self) -> bool {
        !self.batches.is_empty() && (self.is_open || !self.has_begun)
    }

    fn is_over(&self) -> bool {
        self.batches.is_empty() && self.playing == 0
    }

    fn count_starts(&mut self) {
        self.starts_ahead = self.batches.iter().map(|batch| batch.starts).fold(Starts::default(), Add::add);
    }
}

/// A side that cannot be started any more, as one trial has shown.
struct RuledOut {
    side: Side,
    trial: usize,
    why: StartError,
}

impl Pool {
    pub(super) fn new(batches: Vec<Batch>, at_a_time: NonZero<usize>) -> Self {
        let starts_ahead = batches.iter().map(|batch| batch.starts).fold(Starts::default(), Add::add);
        Self {
            state: Mutex::new(State {
                batches: batches.into(),
                starts_ahead,
                playing: 0,
                has_begun: false,
                is_open: false,
                is_closed: false,
                ruled_out: Vec::new(),
            }),
            changed: Condvar::new(),
            turns: Turns::new(at_a_time.get()),
        }
    }

    /// A turn for one more that plays. An extra one is taken only where others wait.
    pub(super) fn turn(&self, is_extra: bool) -> Arc<Turn> {
        Turn::new(&self.turns, is_extra)
    }

    /// Waits until there is a batch that may be played; false if there is nothing more to play.
    ///
    /// The first one is played alone until the pool is [opened](Self::open). While one is played, trials of it may yet be
    /// handed back.
    pub(super) fn await_batch(&self) -> bool {
        let must_wait = |state: &mut State| !state.may_take() && !state.is_over();
        let state = self.changed.wait_while(self.lock(), must_wait).unwrap_or_else(PoisonError::into_inner);
        !state.is_over()
    }

    /// Whether there is a batch that may be played.
    pub(super) fn has_batch(&self) -> bool {
        self.lock().may_take()
    }

    /// The next batch, if it may be played. It has to be [ended](Self::end_batch).
    pub(super) fn take_batch(&self) -> Option<Batch> {
        let mut state = self.lock();
        if !state.may_take() {
            return None;
        }
        let batch = state.batches.pop_front()?;
        state.playing += 1;
        state.has_begun = true;
        state.count_starts();
        Some(batch)
    }

    /// A batch was played but for the last of its trials, which will share no server any more: each is a batch of its own from
    /// now on. Whoever is idle plays it, and it makes no difference who that is.
    pub(super) fn end_batch(&self, rest: Range<usize>) {
        let mut state = self.lock();
        state.playing -= 1;
        if !state.is_closed {
            let starts = Starts { servers: 1, clients: 0 };
            for trial in rest.rev() {
                state.batches.push_front(Batch { trials: trial..trial + 1, starts });
            }
            state.count_starts();
        }
        let is_over = state.is_over();
        drop(state);
        match is_over {
            true => self.tell_all(),
            false => self.changed.notify_all(),
        }
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
        if !mem::replace(&mut self.lock().is_open, true) {
            self.changed.notify_all();
        }
    }

    /// Has everybody see who waits for a batch or a turn that there is nothing more to play.
    fn tell_all(&self) {
        self.changed.notify_all();
        self.turns.end();
    }

    /// Nothing more is handed out.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.batches.clear();
        state.is_open = true;
        drop(state);
        self.tell_all();
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
        Pool::new(
            (0..batches).map(|index| Batch { trials: index..index + 1, starts }).collect(),
            NonZero::<usize>::MIN,
        )
    }

    fn next(pool: &Pool) -> Option<usize> {
        pool.await_batch().then(|| pool.take_batch()).flatten().map(|batch| batch.trials.start)
    }

    #[test]
    fn batches_are_handed_out_in_order_and_what_is_left_is_counted() {
        let pool = pool(2);
        assert_eq!(pool.starts_ahead().servers, 2);
        assert_eq!(next(&pool), Some(0));
        assert_eq!(pool.starts_ahead().servers, 1);
        pool.open();
        assert_eq!(next(&pool), Some(1));
        pool.end_batch(0..0);
        pool.end_batch(0..0);
        assert_eq!(next(&pool), None);
    }

    #[test]
    fn what_is_left_of_a_batch_is_played_next_each_trial_by_whoever_is_idle() {
        let pool = pool(2);
        assert_eq!(next(&pool), Some(0));
        pool.open();
        assert_eq!(next(&pool), Some(1));
        thread::scope(|scope| {
            // There may be more to play as long as one plays.
            let other = scope.spawn(|| (next(&pool), next(&pool)));
            pool.end_batch(7..9);
            assert_eq!(other.join().unwrap(), (Some(7), Some(8)));
        });
        assert_eq!(pool.starts_ahead(), Starts::default());
    }

    #[test]
    fn the_others_wait_until_it_is_open_or_closed() {
        for (act, then) in [(Pool::open as fn(&Pool), Some(1)), (Pool::close, None)] {
            let pool = pool(2);
            assert_eq!(next(&pool), Some(0));
            thread::scope(|scope| {
                let other = scope.spawn(|| next(&pool));
                act(&pool);
                pool.end_batch(0..0);
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
