//! Waiting until a program has done with what it has read, before more is sent.

use std::io;
use std::process;
use std::time::Instant;

use super::pause::RUNS_MAX;
use crate::os::proc::{are_asleep, holds};
use crate::os::run_delay::RunDelay;
use crate::os::wait::wait_until;
use crate::pace::{Meanwhile, Outlook};

/// The programs at the other end of a connection.
///
/// Where a read ends does not decide everything: a program can ask whether more has come, and many do without knowing it, such as one
/// with a `BufferedInputStream` in Java, which asks before it returns less than it was asked for. So what comes next must not come
/// while the program is still busy with what it has.
#[derive(Default)]
pub(super) struct Settling {
    /// The program's socket, and the processes that hold it: nothing before they were looked for, none where they are not known, or
    /// never sleep.
    holders: Option<(u64, Vec<u32>)>,
}

impl Settling {
    /// Waits until the programs, which `find` finds, are asleep, but not for those that go on running.
    pub(super) fn wait(&mut self, latest: Instant, find: impl FnOnce() -> (u64, Vec<u32>)) {
        let (inode, pids) = self.holders.get_or_insert_with(find);
        // A program of this process decides by what it reads alone.
        if pids.is_empty() || pids.contains(&process::id()) {
            return;
        }
        let mut run_delay = None;
        // It cannot fail: no look does.
        let settled = wait_until(latest, || {
            if are_asleep(pids) {
                return Ok(Some(true));
            }
            // One that was just being started, or has ended, has nothing to do with it any more.
            pids.retain(|pid| holds(*pid, *inode));
            let run_delay = run_delay.get_or_insert_with(|| RunDelay::of(pids, &[]));
            run_delay.waited();
            Ok((run_delay.ran() >= RUNS_MAX).then_some(false))
        });
        if !matches!(settled, Ok(Some(true))) {
            pids.clear();
        }
    }
}

/// What is done while a delivery waits, and what once a piece was read.
pub(super) struct Alternately<W, R> {
    pub(super) wait: W,
    pub(super) has_read: R,
}

impl<W: FnMut(u64) -> io::Result<Outlook>, R: FnMut()> Meanwhile for Alternately<W, R> {
    fn wait(&mut self, sent_len: u64) -> io::Result<Outlook> {
        (self.wait)(sent_len)
    }

    fn has_read(&mut self) {
        (self.has_read)();
    }
}
