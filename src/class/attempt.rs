//! A harness that grades one hand-in, and its end.

use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// How long a harness may take to end everything and to write what there is, once it was told that its time is over.
const WRITE_GRACE: Duration = Duration::from_secs(10);
/// How long it may take to end everything, where nobody waits for what there is.
const STOP_GRACE: Duration = Duration::from_millis(600);
/// What it says to standard error is kept up to this length, in bytes.
const SAID_MAX: u64 = 4096;

/// What became of a harness.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) end: End,
    /// What it said to standard error, a line for each thing.
    pub(super) said: String,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By itself.
    Exited(ExitStatus),
    /// It was told that its time is over, and then ended by itself.
    AtLimit,
    /// The same, but it had to be killed.
    KilledAtLimit,
    /// The whole class was told to stop.
    Stopped,
}

/// Runs a harness for at most `time_limit`, or until there is something to read from `stop`. It is not running any more when this
/// returns.
pub(super) fn attempt(
    mut command: Command,
    time_limit: Duration,
    stop: BorrowedFd<'_>,
) -> io::Result<Attempt> {
    let mut stopped = [PollFd::from_borrowed_fd(stop, PollFlags::IN)];
    if poll(&mut stopped, Some(&Timespec::default()))? > 0 {
        return Ok(Attempt { end: End::Stopped, said: String::new() });
    }
    let mut said = tempfile::tempfile()?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said.try_clone()?);
    // In a process group of its own, so that Ctrl-C at the terminal is for the class alone, which then decides.
    let mut running = Running::start(command.process_group(0))?;
    let deadline = Instant::now() + time_limit;
    let end = match running.wait(Some(stop), deadline)? {
        Waited::Ended(status) => End::Exited(status),
        Waited::Stopped => running.stop()?,
        Waited::TimedOut => {
            running.signal(Signal::TERM);
            match running.wait(Some(stop), Instant::now() + WRITE_GRACE)? {
                Waited::Ended(_) => End::AtLimit,
                Waited::Stopped => running.stop()?,
                Waited::TimedOut => End::KilledAtLimit,
            }
        }
    };
    drop(running);
    said.seek(SeekFrom::Start(0))?;
    let mut text = Vec::new();
    said.take(SAID_MAX).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().map(|line| line.strip_prefix("harness: ").unwrap_or(line)).collect();
    Ok(Attempt { end, said: lines.join("\n") })
}

impl Attempt {
    /// Why there is no grade, in a sentence.
    pub(super) fn reason(&self) -> String {
        match self.end {
            End::KilledAtLimit => format!(
                "Its run had not ended {} s after the time limit, and was killed.",
                WRITE_GRACE.as_secs()
            ),
            End::Exited(status) if status.signal().is_some() => {
                format!("The harness that graded it was ended by a signal ({status}).")
            }
            End::Exited(_) | End::AtLimit | End::Stopped if !self.said.is_empty() => {
                format!("It could not be graded: {}.", self.said.trim_end_matches('.'))
            }
            End::AtLimit => "The time limit was over before there was anything to write down.".into(),
            End::Stopped => "Grading was stopped.".into(),
            End::Exited(status) => format!("The harness that graded it left no grade ({status})."),
        }
    }
}

enum Waited {
    Ended(ExitStatus),
    Stopped,
    TimedOut,
}

/// Killed when it is dropped, if it has not ended.
struct Running {
    child: Child,
    /// Readable once it has ended.
    ended: OwnedFd,
}

impl Running {
    fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command.spawn()?;
        match pidfd_open(Pid::from_child(&child), PidfdFlags::empty()) {
            Ok(ended) => Ok(Self { child, ended }),
            Err(error) => {
                let _ = child.kill();
                child.wait()?;
                Err(error.into())
            }
        }
    }

    fn signal(&self, signal: Signal) {
        // It has not been waited for, so that its id is still its own.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    /// Has it end all that it has started, and itself, at once.
    fn stop(&mut self) -> io::Result<End> {
        self.signal(Signal::HUP);
        self.wait(None, Instant::now() + STOP_GRACE)?;
        Ok(End::Stopped)
    }

    fn wait(&mut self, stop: Option<BorrowedFd<'_>>, deadline: Instant) -> io::Result<Waited> {
        loop {
            let mut awaited = vec![PollFd::from_borrowed_fd(self.ended.as_fd(), PollFlags::IN)];
            awaited.extend(stop.map(|stop| PollFd::from_borrowed_fd(stop, PollFlags::IN)));
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
            match poll(&mut awaited, Some(&timeout)) {
                Ok(0) => return Ok(Waited::TimedOut),
                Ok(_) if !awaited[0].revents().is_empty() => return Ok(Waited::Ended(self.child.wait()?)),
                Ok(_) => return Ok(Waited::Stopped),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_harness_ends_by_itself_or_is_told_that_its_time_is_over() {
        let (stop, _held) = io::pipe().unwrap();
        let ended = attempt(shell("echo 'harness: why' >&2; exit 3"), WRITE_GRACE, stop.as_fd()).unwrap();
        assert_eq!(ended.reason(), "It could not be graded: why.");
        let told = "trap 'echo told >&2; kill $!; exit' TERM; sleep 60 & wait";
        let ended = attempt(shell(told), Duration::from_millis(300), stop.as_fd()).unwrap();
        assert_eq!((ended.end, ended.said.as_str()), (End::AtLimit, "told"));
        let killed = attempt(shell("kill -9 $$"), WRITE_GRACE, stop.as_fd()).unwrap();
        assert!(killed.reason().contains("signal: 9"), "{killed:?}");
    }

    #[test]
    fn a_class_that_is_stopped_waits_for_nobody() {
        let (stop, held) = io::pipe().unwrap();
        drop(held);
        let begun = Instant::now();
        let ended = attempt(shell("trap '' HUP; while :; do :; done"), WRITE_GRACE, stop.as_fd()).unwrap();
        assert_eq!(ended.end, End::Stopped);
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }
}
