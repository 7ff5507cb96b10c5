//! A network of a program's own: nothing is in it but what the program, and what it starts, listens at, and nobody outside is
//! reached from it.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::OnceLock;

use rustix::net::{AddressFamily, SocketType, socket};
use rustix::thread::UnshareFlags;

use super::unshare::{self, UserMaps};

/// What keeps a program from having a network of its own; nothing where one can be made. Tried once.
pub fn lacks() -> Option<String> {
    static WHY: OnceLock<Option<String>> = OnceLock::new();
    WHY.get_or_init(|| {
        let error = unshare::failure_of(enter())?;
        Some(format!("the kernel, or this container, does not allow it ({error})"))
    })
    .clone()
}

/// Has the program that `command` starts be in a network of its own. It does not start where that [`lacks`] something.
pub fn isolate(command: &mut Command) {
    let enter = enter();
    // SAFETY: what it needs was made before, and it does nothing but system calls.
    #[expect(unsafe_code, reason = "a process can enter a network, but not be put into one")]
    unsafe {
        command.pre_exec(enter);
    }
}

/// What a child does to be in a network of its own.
fn enter() -> impl Fn() -> io::Result<()> + Send + Sync + 'static {
    let maps = UserMaps::new();
    move || {
        maps.unshare(UnshareFlags::NEWNET)?;
        start_loopback()
    }
}

/// A new network has the interface, but it is down.
fn start_loopback() -> io::Result<()> {
    let any = socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    // SAFETY: all zeros are a request for an interface without a name.
    #[expect(unsafe_code, reason = "rustix does not have these requests")]
    let outcome = unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        for (place, byte) in request.ifr_name.iter_mut().zip(b"lo") {
            *place = byte.cast_signed() as libc::c_char;
        }
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        libc::ioctl(any.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request)
    };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_is_inside_is_reached_and_what_is_outside_is_not() {
        if lacks().is_some() {
            return;
        }
        let outside = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = outside.local_addr().unwrap().port();
        let program = format!(
            "import socket\ninside = socket.create_server(('127.0.0.1', 0))\nsocket.create_connection(inside.getsockname())\n\
             try:\n    socket.create_connection(('127.0.0.1', {port}))\nexcept ConnectionRefusedError:\n    exit(7)"
        );
        let mut command = Command::new("python3");
        isolate(command.args(["-c", &program]));
        assert_eq!(command.status().unwrap().code(), Some(7));
        outside.set_nonblocking(true).unwrap();
        assert_eq!(outside.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
