//! The harness, started by somebody who sits at a terminal.

use std::fs::File;
use std::io::Read;
use std::process::Command;

use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What the harness shows with these arguments in a terminal of so many columns, without colours.
#[track_caller]
pub(crate) fn in_terminal(columns: u16, arguments: &[&str]) -> String {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let terminal = openpt(flags).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    tcsetwinsize(&terminal, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let output = ioctl_tiocgptpeer(&terminal, flags).unwrap();
    let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS")
        .stdin(output.try_clone().unwrap())
        .stderr(output.try_clone().unwrap())
        .stdout(output)
        .spawn()
        .unwrap();
    let shown = read_to_end(File::from(terminal));
    let status = harness.wait().unwrap();
    assert!(status.success(), "{status}: {shown}");
    // A terminal starts a line at its first column only if it is told to.
    shown.replace("\r\n", "\n")
}

fn read_to_end(mut terminal: File) -> String {
    let mut shown = Vec::new();
    match terminal.read_to_end(&mut shown) {
        // This is how Linux tells that nobody has the other end open any more.
        Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => {}
        outcome => assert_eq!(outcome.unwrap(), shown.len()),
    }
    String::from_utf8(shown).unwrap()
}
