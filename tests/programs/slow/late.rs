//! Right servers that seem to wait forever and do not: what wakes them shows in no argument of the system call that they
//! wait in. Each reply comes 400 ms late or later, and has to be waited for.

use libtest_mimic::Trial;

use super::program::Program::{self, Own};
use super::{right, trial_of};

const PROGRAMS: &[Program] = &[
    // A timeout, a timer or an alarm.
    Own("late_timeouts.c", &["poll"]),
    Own("late_timeouts.c", &["receive-timeout"]),
    Own("late_timeouts.c", &["timerfd-epoll"]),
    Own("late_timeouts.c", &["timerfd-read"]),
    Own("late_timeouts.c", &["alarm"]),
    Own("late_timeouts.c", &["interval-timer"]),
    Own("late_timeouts.c", &["posix-timer"]),
    Own("late_uring.c", &[]),
    Own("late.py", &["settimeout"]),
    Own("late.py", &["signal_handler"]),
    Own("late.py", &["main_times_out"]),
    // Another thread.
    Own("late.py", &["thread"]),
    Own("late.py", &["timer"]),
    Own("late.py", &["helper"]),
    Own("late.py", &["eventfd"]),
    Own("late.py", &["main_accepts"]),
    Own("late_asyncio.py", &[]),
    Own("late_worker.js", &[]),
    // Another process that has the connection.
    Own("late.py", &["fork"]),
    Own("late.py", &["orphan"]),
    Own("late.py", &["passed"]),
    // Another process that wakes this one.
    Own("late.py", &["shell"]),
    Own("late_woken.c", &["child"]),
    Own("late_woken.c", &["pipe"]),
    Own("late_woken.c", &["unix-socket"]),
    Own("late_woken.c", &["fifo"]),
    Own("late_woken.c", &["terminal"]),
    Own("late_woken.c", &["eventfd"]),
    Own("late_woken.c", &["eventfd-poll"]),
    Own("late_woken.c", &["inotify"]),
    Own("late_woken.c", &["semaphore"]),
    Own("late_woken.c", &["old-semaphore"]),
    Own("late_woken.c", &["message-queue"]),
    Own("late_woken.c", &["lock"]),
    Own("late_woken.c", &["signalfd"]),
    Own("late_woken.c", &["sigwait"]),
    Own("late_woken.c", &["sigsuspend"]),
    Own("late_woken.c", &["signal-in-recv"]),
    Own("late_woken.c", &["stopped"]),
];

pub(crate) fn programs() -> Vec<&'static Program> {
    PROGRAMS.iter().collect()
}

pub(crate) fn trials() -> Vec<Trial> {
    let trials = PROGRAMS.iter().map(|program| {
        let name = format!("late {}", program.name());
        trial_of(name, program, |program| right::check(program, &["series"], None))
    });
    trials.collect()
}
