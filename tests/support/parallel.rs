//! Work that all processors share.

use std::sync::Mutex;
use std::thread;

/// What comes of each job, in no particular order.
pub(crate) fn in_parallel<J: Send, R: Send>(
    jobs: impl IntoIterator<Item = J, IntoIter: Send>,
    work: impl Fn(J) -> R + Sync,
) -> Vec<R> {
    let jobs = Mutex::new(jobs.into_iter());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(job) = jobs.lock().unwrap().next() else { break };
                    let result = work(job);
                    done.lock().unwrap().push(result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}
