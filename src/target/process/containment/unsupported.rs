//! Where the system is not Linux, nobody has a user of its own.

use std::io;
use std::os::fd::BorrowedFd;

/// There is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::target) enum OwnUser {}

impl OwnUser {
    pub(in crate::target) fn take_pipe(self, _: BorrowedFd<'_>) -> io::Result<()> {
        match self {}
    }

    pub(in crate::target::process) fn kill_all(self) {
        match self {}
    }
}
