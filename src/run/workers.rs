//! The threads that play, and the order in which it is told what they have played.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use super::pool::Pool;
use super::session::Session;

/// What happens to a trial, which its place in the schedule stands for.
pub(super) enum Progress<T> {
    Started(usize),
    /// With what came of it, or what the harness panicked with.
    Finished(usize, thread::Result<T>),
}

/// Plays everything that the pool has with a thread for each of `sessions`, and tells it in the order of the schedule.
///
/// # Errors
///
/// Those of `tell`, after which no other trial is begun, or there is no thread to be had.
pub(super) fn play_all<T: Send>(
    pool: &Pool,
    sessions: &mut [Session<'_>],
    play: impl Fn(&mut Session<'_>, usize) -> T + Sync,
    mut tell: impl FnMut(Progress<T>) -> io::Result<()>,
) -> io::Result<()> {
    let (sender, receiver) = channel();
    let play = &play;
    thread::scope(|scope| {
        // Also where telling fails or panics: the scope waits for its threads.
        let _closed_in_the_end = Closing(pool);
        for (index, session) in sessions.iter_mut().enumerate() {
            let sender = sender.clone();
            let work = move || work(pool, session, play, &sender);
            match thread::Builder::new().name("player".into()).spawn_scoped(scope, work) {
                Ok(_) => {}
                Err(error) if index == 0 => return Err(error),
                // Those that there are play it all.
                Err(_) => break,
            }
        }
        drop(sender);
        let mut in_order = InOrder::default();
        for progress in receiver {
            in_order.add(progress);
            while let Some(next) = in_order.next() {
                tell(next)?;
            }
        }
        Ok(())
    })
}

/// Closes the pool when it goes.
struct Closing<'a>(&'a Pool);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn work<T>(
    pool: &Pool,
    session: &mut Session<'_>,
    play: &impl Fn(&mut Session<'_>, usize) -> T,
    sender: &Sender<Progress<T>>,
) {
    // Nobody listens any more where telling has failed.
    let tell = |progress| drop(sender.send(progress));
    while pool.await_batch() {
        let Some(_turn) = session.take_turn() else { continue };
        let Some(batch) = pool.take_batch() else { continue };
        for trial in batch.trials.clone() {
            if pool.is_closed() {
                pool.end_batch(0..0);
                return;
            }
            tell(Progress::Started(trial));
            let outcome = catch_unwind(AssertUnwindSafe(|| play(session, trial)));
            pool.open();
            let rest = trial + 1..batch.trials.end;
            let is_over = outcome.is_err() || rest.is_empty() || !session.has_shared();
            if is_over {
                session.end_shared();
            }
            tell(Progress::Finished(trial, outcome));
            if is_over {
                pool.end_batch(rest);
                break;
            }
        }
    }
}

/// Holds back what happens to a trial until all those before it are finished.
struct InOrder<T> {
    next: usize,
    is_next_started: bool,
    started: HashSet<usize>,
    finished: BTreeMap<usize, thread::Result<T>>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self { next: 0, is_next_started: false, started: HashSet::new(), finished: BTreeMap::new() }
    }
}

impl<T> InOrder<T> {
    fn add(&mut self, progress: Progress<T>) {
        match progress {
            Progress::Started(trial) => {
                self.started.insert(trial);
            }
            Progress::Finished(trial, outcome) => {
                self.finished.insert(trial, outcome);
            }
        }
    }

    /// What can be told next.
    fn next(&mut self) -> Option<Progress<T>> {
        if !self.is_next_started {
            self.is_next_started = self.started.remove(&self.next);
            return self.is_next_started.then_some(Progress::Started(self.next));
        }
        let outcome = self.finished.remove(&self.next)?;
        self.is_next_started = false;
        self.next += 1;
        Some(Progress::Finished(self.next - 1, outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_told_in_order_and_as_soon_as_it_can_be() {
        let mut in_order = InOrder::default();
        let mut told = Vec::new();
        let steps = [
            (Progress::Started(1), ""),
            (Progress::Started(0), "+0"),
            (Progress::Finished(1, Ok(())), ""),
            (Progress::Finished(0, Ok(())), "-0 +1 -1"),
            (Progress::Started(2), "+2"),
        ];
        for (progress, wanted) in steps {
            in_order.add(progress);
            while let Some(next) = in_order.next() {
                told.push(match next {
                    Progress::Started(trial) => format!("+{trial}"),
                    Progress::Finished(trial, _) => format!("-{trial}"),
                });
            }
            assert_eq!(told.join(" "), wanted);
            told.clear();
        }
    }
}
