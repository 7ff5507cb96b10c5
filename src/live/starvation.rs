//! Whether a program leaves something unread only because it gets no processor.

use std::time::{Duration, Instant};

use super::pause::RUNS_MAX;
use crate::os::run_delay::RunDelay;
use crate::os::silence::Roots;

/// After how long it is looked at why something is unread, and after how long again: most programs have read it by then.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A program is starved if it has waited for a processor for at least one part in so many of the time.
const STARVED_FROM: u32 = 2;

/// A program that has something to read.
#[derive(Debug)]
pub(super) struct Starvation {
    looked_at: Instant,
    run_delay: Option<(Instant, RunDelay)>,
    is_starved: bool,
}

impl Starvation {
    /// From now on it has.
    pub(super) fn begin() -> Self {
        Self { looked_at: Instant::now(), run_delay: None, is_starved: false }
    }

    /// Whether it has mostly waited for a processor, and hardly run, since it was looked at first. Until it has been looked at twice
    /// nobody can know, and it is given the benefit of the doubt.
    pub(super) fn look(&mut self, roots: impl FnOnce() -> Roots) -> bool {
        let now = Instant::now();
        if now - self.looked_at < LOOK_EVERY {
            return self.is_starved;
        }
        self.looked_at = now;
        self.is_starved = match &mut self.run_delay {
            None => {
                let Roots { pids, threads } = roots();
                self.run_delay = Some((now, RunDelay::of(&pids, &threads)));
                true
            }
            Some((since, run_delay)) => {
                let waited = run_delay.waited();
                waited * STARVED_FROM >= now - *since && run_delay.ran() < RUNS_MAX
            }
        };
        self.is_starved
    }
}
