//! Waiting for an event by polling: a few times without a pause, then less and less often, until a deadline.

use std::io;
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// How many looks follow each other without a pause. What is awaited is mostly another process that has just been woken:
/// that takes tens of microseconds, less than the shortest sleep. The processor is not offered to others in between
/// (`sched_yield`): on a busy machine that gives away a whole time slice of milliseconds, where a process that
/// sleeps comes back as soon as its time is over.
const EAGER_LOOKS: u32 = 16;

/// The first sleep. The system rounds it up by about 50 microseconds.
const PAUSE_MIN: Duration = Duration::from_micros(20);

/// The longest sleep: what an event that was long in coming may be noticed late.
const PAUSE_MAX: Duration = Duration::from_millis(2);

/// How long to wait until the next look: not at all at first, then doubling.
#[derive(Debug, Clone)]
pub struct Backoff {
    eager_looks: u32,
    pause: Duration,
}

impl Backoff {
    /// Starts eager.
    #[must_use]
    pub const fn new() -> Self {
        Self { eager_looks: EAGER_LOOKS, pause: PAUSE_MIN }
    }

    /// Waits its time, and not past `deadline`.
    pub fn wait(&mut self, deadline: Instant) {
        if let Some(pause) = self.next_pause() {
            sleep(pause, deadline);
        }
    }

    /// Waits like [`wait`](Self::wait), but no longer than until `stream` takes bytes again or has failed.
    ///
    /// # Errors
    ///
    /// Those of poll(2), except for a signal, which ends the wait.
    pub fn wait_writable(&mut self, stream: impl AsFd, deadline: Instant) -> io::Result<()> {
        let pause = self.next_pause().unwrap_or_default().min(time_until(deadline));
        let timeout = Timespec::try_from(pause).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&stream, PollFlags::OUT)], Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// How long to wait before the next look; `None` if it follows immediately.
    fn next_pause(&mut self) -> Option<Duration> {
        if self.eager_looks > 0 {
            self.eager_looks -= 1;
            return None;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(PAUSE_MAX);
        Some(pause)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new()
    }
}

/// Sleeps for `pause`, but not past `deadline`: for what cannot be polled.
pub fn sleep(pause: Duration, deadline: Instant) {
    thread::sleep(pause.min(time_until(deadline)));
}

fn time_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// Looks until the look finds something, and returns that; `None` once the deadline has passed.
///
/// It looks at least once, however late it is called, and once more after the last wait.
///
/// # Errors
///
/// The first error of a look.
pub fn wait_until<T>(
    deadline: Instant,
    mut look: impl FnMut() -> io::Result<Option<T>>,
) -> io::Result<Option<T>> {
    let mut backoff = Backoff::new();
    loop {
        let out_of_time = Instant::now() >= deadline;
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        if out_of_time {
            return Ok(None);
        }
        backoff.wait(deadline);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let mut backoff = Backoff::new();
        let pauses: Vec<_> = std::iter::repeat_with(|| backoff.next_pause()).take(64).collect();
        assert!(pauses[..EAGER_LOOKS as usize].iter().all(Option::is_none));
        let asleep: Vec<_> = pauses.into_iter().flatten().collect();
        assert_eq!(asleep[0], PAUSE_MIN);
        assert!(asleep.is_sorted());
        assert_eq!(asleep.last(), Some(&PAUSE_MAX));
    }

    #[test]
    fn looks_once_after_the_deadline() {
        let mut looks = 0;
        let found = wait_until(Instant::now(), || {
            looks += 1;
            Ok(None::<()>)
        });
        assert_eq!((found.unwrap(), looks), (None, 1));
    }

    #[test]
    fn returns_what_was_found() {
        let mut countdown = 100;
        let found = wait_until(Instant::now() + Duration::from_secs(60), || {
            countdown -= 1;
            Ok((countdown == 0).then_some("found"))
        });
        assert_eq!(found.unwrap(), Some("found"));
    }

    #[test]
    fn an_error_ends_the_wait() {
        let result = wait_until(Instant::now() + Duration::from_secs(60), || {
            Err::<Option<()>, _>(io::Error::other("no"))
        });
        assert_eq!(result.unwrap_err().to_string(), "no");
    }
}
