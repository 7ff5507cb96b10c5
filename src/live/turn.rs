//! Turns: so many play at a time, and others meanwhile only wait.
//!
//! A program that says nothing and does nothing needs no processor. While it is waited for, another can play; so the waits of a
//! run take hardly longer together than the longest of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a turn has to be free until a player takes it that would not be needed if nobody had to wait: it starts an
/// interpreter of its own, and many waits are shorter.
const FREE_FOR: Duration = Duration::from_millis(100);

/// How many may still play.
#[derive(Debug)]
pub(crate) struct Turns {
    state: Mutex<State>,
    /// What those wait for that begin, as one of those that are needed anyway.
    changed: Condvar,
    /// What extra ones wait for besides the time: that there is nothing more to play.
    over: Condvar,
}

#[derive(Debug)]
struct State {
    /// Below zero where some go on that have waited: they are not kept from it, because what they talk to may have a timeout.
    free: isize,
    free_since: Instant,
    /// How many want to begin that are not extra ones.
    beginning: isize,
}

impl Turns {
    /// As many may play at a time.
    pub(crate) fn new(at_a_time: usize) -> Arc<Self> {
        let state = State { free: at_a_time.cast_signed(), free_since: Instant::now(), beginning: 0 };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new(), over: Condvar::new() })
    }

    /// Has those that want to begin see that there is nothing more to play.
    pub(crate) fn end(&self) {
        // Those that have looked and do not wait yet hold the lock.
        drop(self.lock());
        self.changed.notify_all();
        self.over.notify_all();
    }

    /// Waits until another may begin; false once there is nothing to play.
    fn begin(&self, is_extra: bool, has_something_to_play: impl Fn() -> bool) -> bool {
        let mut state = self.lock();
        state.beginning += isize::from(!is_extra);
        let begins = loop {
            if !has_something_to_play() {
                break false;
            }
            let ahead = if is_extra { state.beginning } else { 0 };
            let is_free = state.free > ahead;
            state = if is_extra {
                let patience = FREE_FOR.saturating_sub(state.free_since.elapsed());
                if is_free && patience.is_zero() {
                    break true;
                }
                let patience = if is_free { patience } else { FREE_FOR };
                self.over.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0
            } else if is_free {
                break true;
            } else {
                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        };
        state.beginning -= isize::from(!is_extra);
        if begins {
            state.free -= 1;
            state.free_since = Instant::now();
        }
        begins
    }

    /// One that has begun goes on, even where that makes it one too many for a while.
    fn go_on(&self) {
        self.lock().free -= 1;
    }

    fn give_back(&self) {
        let mut state = self.lock();
        if state.free <= 0 {
            state.free_since = Instant::now();
        }
        state.free += 1;
        drop(state);
        self.changed.notify_all();
    }

    /// Nothing can panic while it is locked.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of one that plays. It may be given up in each wait.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Arc<Turns>,
    /// Whether it has not been taken yet, and is taken only where others wait.
    is_extra: AtomicBool,
    is_held: AtomicBool,
}

impl Turn {
    /// One that has to be taken first.
    pub(crate) fn new(turns: &Arc<Turns>, is_extra: bool) -> Arc<Self> {
        Arc::new(Self { turns: Arc::clone(turns), is_extra: is_extra.into(), is_held: false.into() })
    }

    /// Waits until it may begin, and holds the turn until what is returned is dropped; `None` once there is nothing to play.
    pub(crate) fn take(self: &Arc<Self>, has_something_to_play: impl Fn() -> bool) -> Option<Taken> {
        if !self.turns.begin(self.is_extra.load(Ordering::Relaxed), has_something_to_play) {
            return None;
        }
        self.is_extra.store(false, Ordering::Relaxed);
        self.is_held.store(true, Ordering::Relaxed);
        Some(Taken(Arc::clone(self)))
    }

    /// Lets another play until what is returned is dropped; `None` where it is not held, or another wait has given it up.
    pub(super) fn let_others_play(self: &Arc<Self>) -> Option<LetPlay> {
        self.give_back().then(|| LetPlay(Arc::clone(self)))
    }

    fn give_back(&self) -> bool {
        let was_held = self.is_held.swap(false, Ordering::Relaxed);
        if was_held {
            self.turns.give_back();
        }
        was_held
    }
}

/// A turn that is held.
#[derive(Debug)]
pub(crate) struct Taken(Arc<Turn>);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// A turn that is given up for a wait.
#[derive(Debug)]
pub(super) struct LetPlay(Arc<Turn>);

impl Drop for LetPlay {
    fn drop(&mut self) {
        self.0.turns.go_on();
        self.0.is_held.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    #[test]
    fn another_plays_while_one_waits_and_the_one_that_waits_goes_on_at_once() {
        let turns = Turns::new(1);
        let turn = Turn::new(&turns, false);
        let taken = turn.take(|| true);
        let waits = turn.let_others_play();
        assert!(waits.is_some());
        assert!(turn.let_others_play().is_none(), "a turn can be given up once");
        let others_turn = Turn::new(&turns, false).take(|| true);
        assert!(others_turn.is_some());
        drop(waits);
        assert_eq!(turns.lock().free, -1);

        let (told, heard) = channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let _taken = Turn::new(&turns, false).take(|| true);
                told.send("begins").unwrap();
            });
            drop(others_turn);
            // Only one may begin to play at a time, and one plays that has waited.
            assert!(heard.try_recv().is_err());
            drop(taken);
            assert_eq!(heard.recv(), Ok("begins"));
        });
        assert_eq!(turns.lock().free, 1);
    }

    #[test]
    fn an_extra_one_begins_only_where_a_turn_stays_free() {
        let turns = Turns::new(1);
        let began = Instant::now();
        assert!(Turn::new(&turns, true).take(|| true).is_some());
        assert!(began.elapsed() >= FREE_FOR / 2, "a turn that was only just free was taken");
    }

    #[test]
    fn none_is_taken_once_there_is_nothing_to_play() {
        let turns = Turns::new(1);
        let taken = Turn::new(&turns, false).take(|| true);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let waits = scope.spawn(|| Turn::new(&turns, true).take(|| !is_over.load(Ordering::Relaxed)));
            is_over.store(true, Ordering::Relaxed);
            turns.end();
            assert!(waits.join().unwrap().is_none());
        });
        drop(taken);
    }
}
