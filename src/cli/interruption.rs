//! What ends a run before its time: a signal, or the run itself.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
};
use signal_hook::iterator::Signals;

use super::Problem;
use crate::target::end_all_started;

/// What a program exits with that this signal has stopped, as a shell has it.
pub(super) fn exit_code_after(signal: impl TryInto<u8>) -> u8 {
    // No signal has a number that does not fit.
    signal.try_into().unwrap_or_default().saturating_add(128)
}

/// What a signal wakes those with who wait for something else: bytes that nobody reads.
static WAKE: OnceLock<(PipeReader, PipeWriter)> = OnceLock::new();

/// What can be read from once a signal has come, where signals are waited for.
pub(super) fn signal_ready() -> Option<&'static PipeReader> {
    WAKE.get().map(|(ready, _)| ready)
}

/// Whether a run is to end before its time.
#[derive(Debug, Default)]
pub(super) struct Interruption {
    /// Set once nothing more is to be played.
    pub(super) flag: Arc<AtomicBool>,
    /// The signal that has come; 0 where none has.
    signal: Arc<AtomicI32>,
}

impl Interruption {
    /// From the first SIGINT, SIGTERM, SIGHUP or SIGQUIT on nothing more is played and everything that was started is ended; the
    /// second one ends the harness there and then. In a class, the first SIGHUP does so already.
    pub(super) fn watch(is_in_class: bool) -> Result<Self, Problem> {
        let interruption = Self::default();
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
        // There is one already where this process has waited for signals before.
        let _ = WAKE.set(io::pipe()?);
        let (flag, came) = (Arc::clone(&interruption.flag), Arc::clone(&interruption.signal));
        thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                let is_last = came.swap(signal, Ordering::Relaxed) != 0 || is_in_class && signal == SIGHUP;
                flag.store(true, Ordering::Relaxed);
                if let Some((_, wake)) = WAKE.get() {
                    let _ = (&*wake).write_all(&[0]);
                }
                end_all_started();
                if is_last {
                    std::process::exit(exit_code_after(signal).into());
                }
            }
        })?;
        Ok(interruption)
    }

    /// Whether a signal has come.
    pub(super) fn has_come(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// What the harness exits with if a signal has come.
    pub(super) fn exit_code(&self) -> Option<u8> {
        self.has_come().then(|| exit_code_after(self.signal.load(Ordering::Relaxed)))
    }
}

/// The time after which nothing more is played, if a run has one.
#[derive(Debug)]
pub(super) struct Cutoff {
    has_come: Arc<AtomicBool>,
    /// The thread that waits for it ends with this.
    _ended: Sender<()>,
}

impl Cutoff {
    /// From now on. Where there will be other runs, what was started ends in its own time.
    pub(super) fn start(
        after: Option<Duration>,
        is_one_of_several: bool,
        interruption: &Interruption,
    ) -> io::Result<Self> {
        let (ended, end) = mpsc::channel();
        let cutoff = Self { has_come: Arc::default(), _ended: ended };
        let Some(after) = after else { return Ok(cutoff) };
        let (flag, has_come) = (Arc::clone(&interruption.flag), Arc::clone(&cutoff.has_come));
        thread::Builder::new().name("cutoff".into()).spawn(move || {
            if end.recv_timeout(after) == Err(RecvTimeoutError::Timeout) {
                has_come.store(!flag.swap(true, Ordering::Relaxed), Ordering::Relaxed);
                if !is_one_of_several {
                    end_all_started();
                }
            }
        })?;
        Ok(cutoff)
    }

    /// Whether it has ended the run.
    pub(super) fn has_come(&self) -> bool {
        self.has_come.load(Ordering::Relaxed)
    }
}

/// Outlives the signals that mean nothing to a harness and would end it: whoever may send them could keep a report from being
/// written. What they would have told of a limit, the system call that meets it tells.
pub(super) fn survive_other_signals() -> io::Result<()> {
    for signal in [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGXCPU, SIGXFSZ] {
        signal_hook::flag::register(signal, Arc::default())?;
    }
    Ok(())
}
