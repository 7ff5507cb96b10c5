//! What is done now and then while a class is graded.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Nobody looks at a page more often.
const EVERY: Duration = Duration::from_secs(5);
/// What takes long is done less often, so that it takes at most one part in so many of the time.
const TIME_TO_COST: u32 = 25;

/// When something is due that is done now and then, by one of several threads.
#[derive(Debug, Default)]
pub(super) struct NowAndThen {
    due: Mutex<Option<Instant>>,
}

impl NowAndThen {
    /// Does it, if it is due and no other thread is at it. The first time it is due at once.
    pub(super) fn act(&self, act: impl FnOnce()) {
        let Ok(mut due) = self.due.try_lock() else { return };
        let begun = Instant::now();
        if due.is_some_and(|due| begun < due) {
            return;
        }
        act();
        *due = Some(Instant::now() + EVERY.max(begun.elapsed() * TIME_TO_COST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_done_at_once_and_then_not_before_it_is_due() {
        let now_and_then = NowAndThen::default();
        let mut times = 0;
        now_and_then.act(|| times += 1);
        now_and_then.act(|| times += 1);
        assert_eq!(times, 1);
        *now_and_then.due.lock().unwrap() = Some(Instant::now());
        // Whoever comes while somebody is at it goes on without it.
        now_and_then.act(|| now_and_then.act(|| unreachable!("it is being done")));
        let due = now_and_then.due.lock().unwrap().unwrap();
        assert!(due > Instant::now() && due <= Instant::now() + EVERY, "{due:?}");
    }
}
