//! Telling a server to stop while it waits for a socket.
//!
//! A thread that sits in `accept` or `read` does not look at a flag. So the server never sits there: it waits
//! for its socket and for a stop signal at once, and a stop is something that can be waited for. It is a byte
//! in a socket pair. Nobody takes the byte out again, so a stop that was told once is seen by every later wait.
//!
//! A read that finds bytes does not wait, so it looks at a flag: a long message is hundreds of reads.

use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, retry_on_intr};
#[cfg(feature = "cli")]
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
    low_level::pipe,
};

/// Stops a [`ReferenceServer`](super::ReferenceServer), from any thread and at any time.
///
/// A handle stays usable when its server is gone; stopping is then without effect.
#[derive(Debug, Clone)]
pub struct StopHandle {
    is_told: Arc<AtomicBool>,
    waker: Arc<UnixStream>,
}

impl StopHandle {
    /// Tells the server to stop. Telling it again changes nothing, and a server that is told before it starts
    /// returns as soon as it does.
    pub fn stop(&self) {
        self.is_told.store(true, Ordering::Relaxed);
        // The write fails only where there is nothing to do: the pair is full of earlier stops, or the server
        // is gone.
        let _ = (&*self.waker).write(&[1]);
    }

    /// Has SIGINT and SIGTERM stop the server for as long as the process lives, instead of ending the process (feature `cli`).
    ///
    /// # Errors
    ///
    /// No descriptor is left for the signal handlers, or the system refuses to install them.
    #[cfg(feature = "cli")]
    pub fn stop_on_termination_signals(&self) -> io::Result<()> {
        for signal in [SIGINT, SIGTERM] {
            flag::register(signal, Arc::clone(&self.is_told))?;
            pipe::register(signal, self.waker.try_clone()?)?;
        }
        Ok(())
    }
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    /// The server was told to stop. This goes before readiness, so a busy peer cannot keep a server running.
    Stopped,
    /// The socket is ready, or has failed in a way that the next call on it tells.
    Ready,
}

/// The server's end of its stop handles.
#[derive(Debug)]
pub(super) struct StopSignal {
    raised: UnixStream,
    handle: StopHandle,
}

impl StopSignal {
    pub(super) fn new() -> io::Result<Self> {
        let (raised, waker) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        Ok(Self { raised, handle: StopHandle { is_told: Arc::default(), waker: Arc::new(waker) } })
    }

    pub(super) fn handle(&self) -> StopHandle {
        self.handle.clone()
    }

    fn is_told(&self) -> bool {
        self.handle.is_told.load(Ordering::Relaxed)
    }

    /// Waits until `socket` is ready for `wanted` or the server is told to stop.
    pub(super) fn wait_for(&self, socket: impl AsFd, wanted: PollFlags) -> io::Result<Woken> {
        let mut waiting = [PollFd::new(&self.raised, PollFlags::IN), PollFd::new(&socket, wanted)];
        retry_on_intr(|| poll(&mut waiting, None))?;
        Ok(if waiting[0].revents().is_empty() { Woken::Ready } else { Woken::Stopped })
    }

    /// Waits for `pause`, or less if the server is told to stop or a signal arrives before it is over.
    pub(super) fn wait_at_most(&self, pause: &Timespec) -> io::Result<()> {
        match poll(&mut [PollFd::new(&self.raised, PollFlags::IN)], Some(pause)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A connection whose reads and writes fail once the server is told to stop, instead of waiting for the peer.
///
/// What the system takes at once is still sent after a stop, so a reply is torn only if the client is not
/// reading it.
#[derive(Debug)]
pub(super) struct Interruptible<'a> {
    stream: &'a TcpStream,
    stop: &'a StopSignal,
}

impl<'a> Interruptible<'a> {
    pub(super) fn new(stream: &'a TcpStream, stop: &'a StopSignal) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, stop })
    }

    fn wait_for(&self, wanted: PollFlags) -> io::Result<()> {
        match self.stop.wait_for(self.stream, wanted)? {
            Woken::Ready => Ok(()),
            Woken::Stopped => Err(stopped()),
        }
    }
}

fn stopped() -> io::Error {
    io::Error::other("server was told to stop")
}

impl Read for Interruptible<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.stop.is_told() {
                return Err(stopped());
            }
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait_for(PollFlags::IN)?,
                read => return read,
            }
        }
    }
}

impl Write for Interruptible<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        loop {
            match self.stream.write_vectored(parts) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait_for(PollFlags::OUT)?,
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Both ends of a connection.
    fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (near, listener.accept().unwrap().0)
    }

    #[test]
    fn a_stop_goes_before_what_there_is_to_read() {
        let (near, mut far) = connection();
        far.write_all(b"unread").unwrap();
        let stop = StopSignal::new().unwrap();
        let mut stream = Interruptible::new(&near, &stop).unwrap();
        assert_eq!(stream.read(&mut [0; 2]).unwrap(), 2);
        stop.handle().stop();
        let error = stream.read(&mut [0; 2]).unwrap_err();
        assert_eq!(error.to_string(), "server was told to stop");
    }

    #[test]
    fn what_the_system_takes_at_once_is_sent_after_a_stop() {
        let (near, mut far) = connection();
        let stop = StopSignal::new().unwrap();
        stop.handle().stop();
        Interruptible::new(&near, &stop).unwrap().write_all(b"reply").unwrap();
        let mut reply = [0; 5];
        far.read_exact(&mut reply).unwrap();
        assert_eq!(&reply, b"reply");
    }

    #[test]
    fn a_write_that_would_wait_ends_with_a_stop() {
        let (near, _far) = connection();
        let stop = StopSignal::new().unwrap();
        stop.handle().stop();
        let mut stream = Interruptible::new(&near, &stop).unwrap();
        let error = stream.write_all(&vec![0; 64 << 20]).unwrap_err();
        assert_eq!(error.to_string(), "server was told to stop");
    }

    #[test]
    fn any_number_of_stops_are_one() {
        let (near, _far) = connection();
        let stop = StopSignal::new().unwrap();
        for _ in 0..10_000 {
            stop.handle().clone().stop();
        }
        for _ in 0..2 {
            assert_eq!(stop.wait_for(&near, PollFlags::OUT).unwrap(), Woken::Stopped);
        }
        let handle = stop.handle();
        drop(stop);
        handle.stop();
    }
}
