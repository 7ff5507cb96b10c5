//! Which processes hold a socket, read from `/proc`.
//!
//! Only the processes whose descriptors this user may list are seen: its own, and everybody's for root. On a
//! system without `/proc` none is.

#[cfg_attr(not(target_os = "linux"), path = "owner/unsupported.rs")]
mod proc;

/// A process that holds a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The process id.
    pub pid: u32,
    /// The name of its program, at most 15 bytes long: `comm` in proc(5).
    pub name: String,
}

/// The processes that hold the socket with this inode, the lowest process id first: several after a fork, none
/// when nobody holds it or the holder is not visible.
#[must_use]
pub fn owners_of(inode: u64) -> Vec<Owner> {
    let mut owners = proc::owners_of(inode);
    owners.sort_unstable_by_key(|owner| owner.pid);
    owners
}

/// Whether `pid` is `ancestor`, or a child of it, or a child's child and so on.
///
/// A process whose parent has ended belongs to the init process from then on, and no longer descends from the
/// one that started it.
#[must_use]
pub fn descends_from(pid: u32, ancestor: u32) -> bool {
    let mut current = pid;
    while current != ancestor {
        match proc::parent(current) {
            Some(next) if next != 0 => current = next,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::process;

    use rustix::process::getppid;

    use super::*;
    use crate::pace::sock_diag::SocketTable;

    #[test]
    fn this_process_holds_its_listener() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let inode = SocketTable::open().unwrap().listeners(port).unwrap()[0].inode;
        assert!(owners_of(inode).iter().any(|owner| owner.pid == process::id()));
    }

    #[test]
    fn a_child_descends_from_its_parent_and_not_the_other_way_round() {
        let parent = getppid().unwrap().as_raw_nonzero().get().try_into().unwrap();
        assert!(descends_from(process::id(), process::id()));
        assert!(descends_from(process::id(), parent));
        assert!(!descends_from(parent, process::id()));
    }

    #[test]
    fn nobody_holds_the_inode_of_no_socket() {
        assert_eq!(owners_of(0), []);
    }
}
