//! Which processes hold a socket.
//!
//! Only the processes whose descriptors this user may list are seen: its own, and everyone's for root.

use super::{NamedProcess, are_asleep, linux};

/// The processes that hold the socket with this inode, the lowest process id first: several after a fork, none
/// when no process holds it or the holder is not visible.
#[must_use]
pub fn owners_of(inode: u64) -> Vec<NamedProcess> {
    let mut owners = linux::owners_of(inode);
    owners.sort_unstable_by_key(|owner| owner.pid);
    owners
}

/// Whether this process holds the socket with this inode: far less to look at than [`owners_of`] does.
#[must_use]
pub fn holds(pid: u32, inode: u64) -> bool {
    linux::holds_socket(pid, inode)
}

/// How much memory the process that holds the socket with this inode has made room for, in bytes: all that it
/// could use, whether it has touched it yet or not (`VmSize` in proc(5)). Of several processes, the largest.
#[must_use]
pub fn memory_of(inode: u64) -> Option<u64> {
    owners_of(inode).iter().filter_map(|owner| linux::memory(owner.pid)).max()
}

/// Looks repeatedly at the processes that hold a socket, without searching through all processes each time.
#[derive(Debug, Default)]
pub struct Holders {
    /// The holders of the last socket that was asked for. Mostly the same processes hold the next one.
    pids: Vec<u32>,
}

impl Holders {
    /// Whether every process that holds the socket with this inode is [asleep](are_asleep).
    ///
    /// `false` where no holder is seen, and for a socket of this process, which is awake.
    pub fn are_asleep(&mut self, inode: u64) -> bool {
        let pids = self.of(inode);
        !pids.is_empty() && are_asleep(pids)
    }

    /// Whether [`Holders::are_asleep`] can be true of this socket at all.
    pub fn can_be_asleep(&mut self, inode: u64) -> bool {
        let pids = self.of(inode);
        !pids.is_empty() && !pids.contains(&std::process::id())
    }

    /// The processes that hold the socket with this inode.
    pub fn of(&mut self, inode: u64) -> &[u32] {
        self.pids.retain(|pid| linux::holds_socket(*pid, inode));
        if self.pids.is_empty() {
            self.pids = owners_of(inode).iter().map(|owner| owner.pid).collect();
        }
        &self.pids
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpListener;
    use std::process;

    use rustix::process::getppid;

    use super::*;
    use crate::os::sock_diag::SocketTable;

    #[test]
    fn a_listener_is_held_by_the_process_that_made_it_and_no_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let inode = SocketTable::open().unwrap().listeners(port).unwrap()[0].inode;
        let parent = getppid().unwrap().as_raw_nonzero().get().try_into().unwrap();
        assert!(owners_of(inode).iter().any(|owner| owner.pid == process::id()));
        assert!(holds(process::id(), inode) && !holds(parent, inode));
    }

    #[test]
    fn the_inode_of_no_socket_has_no_holder() {
        assert_eq!(owners_of(0), []);
    }
}
