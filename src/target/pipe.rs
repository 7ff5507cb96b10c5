//! Pipes to and from a program that may neither read nor answer.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Writes what it is given on a thread of its own, so that nothing has to wait for a program that does not read.
///
/// The thread ends when there is no more to write, or nothing left to read it.
#[derive(Debug)]
pub(super) struct WriterThread {
    sender: Sender<Vec<u8>>,
    /// How many pieces are still to be written.
    pending: Arc<AtomicUsize>,
}

impl WriterThread {
    /// Starts to write to `program`.
    pub(super) fn start(mut program: impl Write + Send + 'static) -> io::Result<Self> {
        let (sender, pieces) = channel::<Vec<u8>>();
        let pending = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&pending);
        thread::Builder::new().name("writer".into()).spawn(move || {
            for bytes in pieces {
                if program.write_all(&bytes).is_err() {
                    break;
                }
                left.fetch_sub(1, Ordering::Release);
            }
        })?;
        Ok(Self { sender, pending })
    }

    /// Writes `bytes` after all that was given before.
    ///
    /// # Errors
    ///
    /// Where the program was found to read no more.
    pub(super) fn write(&self, bytes: Vec<u8>) -> io::Result<()> {
        self.pending.fetch_add(1, Ordering::Relaxed);
        self.sender.send(bytes).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// Whether everything that was given has been written.
    pub(super) fn is_done(&self) -> bool {
        self.pending.load(Ordering::Acquire) == 0
    }
}

/// Waits until there is something to read. Tells whether there may be; not any more once `deadline` has passed.
pub(super) fn wait_readable(descriptor: impl AsFd, deadline: Instant) -> bool {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return false;
    }
    let timeout = Timespec::try_from(left).ok();
    // The outcome does not matter: the caller looks again.
    let _ = poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], timeout.as_ref());
    true
}
