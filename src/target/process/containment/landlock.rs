//! The layer `landlock`: which files a program may use, and which processes it may reach.
//!
//! A rule is tied to a file or a directory and holds for everything below it. What no rule grants is denied, whoever the
//! user is, root included, and it stays denied for everything that the program starts.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::ptr;

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, Scope,
};

use super::access::Readable;

/// The newest version whose rights are used. An older kernel is asked for those that it knows.
const NEWEST: ABI = ABI::V7;

/// Devices that hold nothing and lead nowhere, and the terminal.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
];

/// The version of Landlock that the kernel has; 0 where it has none, or a container forbids it.
#[expect(unsafe_code, reason = "the crate tells what it knows of a kernel, and not what the kernel has")]
pub(super) fn version() -> i64 {
    const ASK_FOR_VERSION: libc::c_uint = 1;
    // SAFETY: a system call that is given no memory.
    unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, ptr::null::<u8>(), 0_usize, ASK_FOR_VERSION).max(0)
    }
}

pub(super) fn lacks() -> Option<String> {
    (version() == 0)
        .then(|| "the kernel has none, was started without it, or this container forbids it".into())
}

/// The rules for a program that may read and run what is `readable`, and do everything below `writable`.
pub(super) fn ruleset(readable: &Readable, writable: &[PathBuf]) -> io::Result<OwnedFd> {
    let all = AccessFs::from_all(NEWEST);
    let read = AccessFs::ReadFile | AccessFs::ReadDir | AccessFs::Execute;
    let write = all & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)
        .and_then(|rules| rules.scope(Scope::from_all(NEWEST)))
        .and_then(Ruleset::create)
        .map_err(io::Error::other)?;
    for path in &readable.whole {
        rules = grant(rules, path, read)?;
    }
    for path in &readable.listed {
        rules = grant(rules, path, AccessFs::ReadDir.into())?;
    }
    for path in &readable.unexecuted {
        rules = grant(rules, path, AccessFs::ReadFile | AccessFs::ReadDir)?;
    }
    for device in DEVICES {
        let device_access = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
        rules = grant(rules, Path::new(device), device_access | AccessFs::ReadDir)?;
    }
    for path in writable {
        rules = grant(rules, path, write)?;
    }
    Option::<OwnedFd>::from(rules).ok_or_else(|| io::ErrorKind::Unsupported.into())
}

/// What is not there needs no rule.
fn grant(rules: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> io::Result<RulesetCreated> {
    let Ok(place) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEWEST) };
    rules.add_rule(PathBeneath::new(place, access)).map_err(io::Error::other)
}

/// Puts this process, and everything that it starts, under the rules for good. It must have given up gaining privileges.
#[expect(
    unsafe_code,
    reason = "the crate's own way consumes the rules, and may allocate, which is no use after a fork"
)]
pub(super) fn restrict(ruleset: &OwnedFd) -> io::Result<()> {
    // SAFETY: a system call that takes two numbers.
    let outcome = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
