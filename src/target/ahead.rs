//! Programs that were started before it is their turn, because an interpreter takes its time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Programs that have been started and that nobody has asked for yet, shared by all that were cloned from one target.
#[derive(Debug)]
pub(super) struct StartedAhead<T>(Arc<Mutex<VecDeque<T>>>);

impl<T> Default for StartedAhead<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for StartedAhead<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> StartedAhead<T> {
    /// The one that was started first, if there is one.
    pub(super) fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Starts one more, unless there are as many as are `wanted`. One that does not start is left out: what is wrong with
    /// it is told when it is its turn.
    pub(super) fn add<E>(&self, wanted: usize, start: impl FnOnce() -> Result<T, E>) {
        // Held while it is started: several threads together would start too many.
        let mut started = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if started.len() < wanted {
            started.extend(start().ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_started_than_are_wanted_and_the_first_comes_first() {
        let ahead = StartedAhead::default();
        let other = ahead.clone();
        for number in 0..4 {
            other.add(2, || Ok::<_, ()>(number));
        }
        assert_eq!([ahead.take(), ahead.take(), ahead.take()], [Some(0), Some(1), None]);
    }

    #[test]
    fn one_that_does_not_start_is_left_out() {
        let ahead = StartedAhead::<u32>::default();
        ahead.add(1, || Err("no"));
        assert_eq!(ahead.take(), None);
    }
}
