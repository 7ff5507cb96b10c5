//! A server that runs before the harness does.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lengthwise::os::proc::owners_of;
use lengthwise::os::sock_diag::SocketTable;
use lengthwise::os::wait::wait_until;

/// Started by the test, at a port that the kernel chose.
pub(crate) struct RunningServer {
    child: Child,
    port: u16,
}

impl RunningServer {
    pub(crate) fn start(command: &[String]) -> io::Result<Self> {
        let child = Command::new(&command[0])
            .args(&command[1..])
            .envs([("HOST", "127.0.0.1"), ("PORT", "0"), ("BUFFER_SIZE", "1024")])
            .stderr(Stdio::null())
            .spawn()?;
        // Made before the server listens, so that it is ended also where it never does.
        let mut server = Self { child, port: 0 };
        let mut table = SocketTable::open()?;
        let pid = server.pid();
        let listening = wait_until(Instant::now() + Duration::from_secs(30), || {
            let listeners = table.listeners(0)?;
            let own = |inode| owners_of(inode).iter().any(|owner| owner.pid == pid);
            Ok(listeners.iter().find(|one| own(one.inode)).map(|one| one.address.port()))
        });
        server.port = listening?.ok_or_else(|| io::Error::other("the server does not listen"))?;
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // Most have stopped in their last scenario.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
