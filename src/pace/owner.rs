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

/// Whether this process holds the socket with this inode: far less to look at than [`owners_of`] does.
#[must_use]
pub fn holds(pid: u32, inode: u64) -> bool {
    proc::holds_socket(pid, inode)
}

/// Looks again and again at whoever holds a socket, without searching through all processes each time.
#[derive(Debug, Default)]
pub struct Holders {
    /// Who held the last socket that was asked for. Mostly the same processes hold the next one.
    pids: Vec<u32>,
}

impl Holders {
    /// Whether everybody who holds the socket with this inode sleeps, in all threads: whatever they had to do,
    /// they have done it, and now they wait for something.
    ///
    /// `false` where nobody is seen to hold it, and for a socket of this process, which is awake.
    pub fn sleep(&mut self, inode: u64) -> bool {
        let pids = self.of(inode);
        !pids.is_empty() && pids.iter().all(|pid| proc::sleeps(*pid))
    }

    /// Whether [`Holders::sleep`] can be true of this socket at all.
    pub fn can_sleep(&mut self, inode: u64) -> bool {
        let pids = self.of(inode);
        !pids.is_empty() && !pids.contains(&std::process::id())
    }

    fn of(&mut self, inode: u64) -> &[u32] {
        self.pids.retain(|pid| proc::holds_socket(*pid, inode));
        if self.pids.is_empty() {
            self.pids = owners_of(inode).iter().map(|owner| owner.pid).collect();
        }
        &self.pids
    }
}

/// How much memory the process that holds the socket with this inode has made room for, in bytes: all that it
/// could use, whether it has touched it yet or not (`VmSize` in proc(5)). Of several processes, the largest.
#[must_use]
pub fn memory_of(inode: u64) -> Option<u64> {
    owners_of(inode).iter().filter_map(|owner| proc::memory(owner.pid)).max()
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

/// The processes that `ancestor` has started and those that they have, nearest first: none where the kernel keeps
/// no list of children.
#[must_use]
pub fn descendants_of(ancestor: u32) -> Vec<Owner> {
    let mut found = proc::children(ancestor);
    let mut looked_at = 0;
    while let Some(next) = found.get(looked_at) {
        found.extend(proc::children(next.pid));
        looked_at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::process::{self, Command, Stdio};

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
    fn children_of_children_are_descendants() {
        let mut shell = Command::new("sh")
            .args(["-c", "exec 3<&0; sh -c 'echo; read line <&3' & echo; wait"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Both have started once both have printed.
        let printed = BufReader::new(shell.stdout.take().unwrap()).lines().take(2).count();
        let found = descendants_of(process::id());
        assert_eq!(printed, 2);
        let place = |wanted: u32| found.iter().position(|one| one.pid == wanted);
        let child = place(shell.id()).expect("the shell is found");
        let grandchild = found.iter().position(|one| proc::parent(one.pid) == Some(shell.id()));
        assert!(grandchild.expect("what the shell has started is found") > child);
        drop(shell.stdin.take());
        shell.wait().unwrap();
    }

    #[test]
    fn a_listener_is_held_by_whoever_made_it_and_nobody_else() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let inode = SocketTable::open().unwrap().listeners(port).unwrap()[0].inode;
        let parent = getppid().unwrap().as_raw_nonzero().get().try_into().unwrap();
        assert!(holds(process::id(), inode) && !holds(parent, inode));
    }

    #[test]
    fn nobody_holds_the_inode_of_no_socket() {
        assert_eq!(owners_of(0), []);
    }
}
