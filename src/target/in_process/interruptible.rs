//! A socket whose user can be ended from outside, whatever it does with the socket.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;

use crate::limits::ENDS_IN_A_ROW_MAX;

const AN_HOUR: Timespec = Timespec { tv_sec: 3600, tv_nsec: 0 };

/// Something that happens once, and can be waited for together with a socket.
#[derive(Debug, Clone)]
pub(super) struct EndSignal(Arc<(UnixStream, UnixStream)>);

impl EndSignal {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(UnixStream::pair()?)))
    }

    /// From here on every wait with this signal fails.
    pub(super) fn raise(&self) {
        // It can fail only where it was done before.
        let _ = self.0.0.shutdown(Shutdown::Both);
    }

    /// Waits until `socket` is ready for `wanted`.
    ///
    /// # Errors
    ///
    /// The signal was raised, or the system cannot wait.
    pub(super) fn wait_for(&self, socket: impl AsFd, wanted: PollFlags) -> io::Result<()> {
        self.wait(&mut [PollFd::new(&self.0.1, PollFlags::IN), PollFd::new(&socket, wanted)])
    }

    /// Waits until `socket` can be read, or for so long.
    ///
    /// # Errors
    ///
    /// The signal was raised, or the system cannot wait.
    fn wait_to_read(&self, socket: impl AsFd, timeout: Option<&Timespec>) -> io::Result<()> {
        let mut descriptors = [PollFd::new(&self.0.1, PollFlags::IN), PollFd::new(&socket, PollFlags::IN)];
        self.wait_for_a_while(&mut descriptors, timeout)
    }

    /// Waits until `listener` has a connection or `other` is raised, or for so long, and tells whether `other` is.
    ///
    /// # Errors
    ///
    /// This signal was raised, or the system cannot wait.
    pub(super) fn wait_for_either(
        &self,
        listener: impl AsFd,
        other: &Self,
        timeout: Option<Duration>,
    ) -> io::Result<bool> {
        let timeout = timeout.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
        let others = PollFd::new(&other.0.1, PollFlags::IN);
        let mut descriptors =
            [PollFd::new(&self.0.1, PollFlags::IN), others, PollFd::new(&listener, PollFlags::IN)];
        self.wait_for_a_while(&mut descriptors, timeout.as_ref())?;
        Ok(!descriptors[1].revents().is_empty())
    }

    /// Waits for the signal alone, and fails when it is raised.
    ///
    /// A program that does this stands for one that does something else, such as to spin. So it must not look as if it were
    /// blocked: it waits with a timeout, which is no [proof](crate::os::silence).
    pub(super) fn wait_for_end(&self) -> io::Result<()> {
        loop {
            self.wait_for_a_while(&mut [PollFd::new(&self.0.1, PollFlags::IN)], Some(&AN_HOUR))?;
        }
    }

    /// Does nothing until the signal is raised, and then fails: as a server whose `start()` has ended.
    pub(super) fn do_nothing(&self) -> io::Result<()> {
        while (&self.0.1).read(&mut [0])? > 0 {}
        Err(io::Error::other("the program was ended"))
    }

    fn wait(&self, descriptors: &mut [PollFd<'_>]) -> io::Result<()> {
        self.wait_for_a_while(descriptors, None)
    }

    fn wait_for_a_while(&self, descriptors: &mut [PollFd<'_>], timeout: Option<&Timespec>) -> io::Result<()> {
        retry_on_intr(|| poll(descriptors, timeout))?;
        match descriptors[0].revents().is_empty() {
            true => Ok(()),
            false => Err(io::Error::other("the program was ended")),
        }
    }
}

/// A connection whose reads and writes wait as those of a blocking socket do, but fail once a signal is raised.
#[derive(Debug)]
pub(super) struct Interruptible {
    stream: TcpStream,
    end: EndSignal,
    /// How long a read waits.
    timeout: Option<Timespec>,
    /// How often in a row a read has found the end of the stream.
    ends: u32,
}

impl Interruptible {
    pub(super) fn new(stream: TcpStream, end: EndSignal, timeout: Option<Duration>) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let timeout = timeout.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
        Ok(Self { stream, end, timeout, ends: 0 })
    }
}

impl Read for Interruptible {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ends >= ENDS_IN_A_ROW_MAX {
            self.end.wait_for_end()?;
        }
        loop {
            self.end.wait_to_read(&self.stream, self.timeout.as_ref())?;
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.timeout.is_none() => {}
                read => {
                    self.ends = if matches!(read, Ok(0)) { self.ends + 1 } else { 0 };
                    return read;
                }
            }
        }
    }
}

impl Write for Interruptible {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        loop {
            self.end.wait_for(&self.stream, PollFlags::OUT)?;
            match self.stream.write(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
