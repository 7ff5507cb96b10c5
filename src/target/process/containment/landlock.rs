//! The layer `landlock`: which files a program may use, and which processes it may reach.
//!
//! A rule is tied to a file or a directory and holds for everything below it. What no rule grants is denied, whoever the
//! user is, root included, and it stays denied for everything that the program starts.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::ptr;

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, Scope,
};
use rustix::fs::{Mode, OFlags, open};

use super::access::Readable;

/// The newest version whose rights are used. An older kernel is asked for those that it knows.
const NEWEST: ABI = ABI::V7;

/// Devices that hold nothing and lead nowhere. A terminal is that of whoever grades.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// The version of Landlock that the kernel has; 0 where it has none, or a container forbids it.
#[expect(unsafe_code, reason = "the crate tells what it knows of a kernel, and not what the kernel has")]
pub(super) fn version() -> i64 {
    const ASK_FOR_VERSION: libc::c_uint = 1;
    // SAFETY: a system call that is given no memory.
    unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, ptr::null::<u8>(), 0_usize, ASK_FOR_VERSION).max(0)
    }
}

/// Whether signals to processes outside are kept back.
pub(super) fn scopes_signals() -> bool {
    version() >= ABI::V6 as i64
}

pub(super) fn lacks() -> Option<String> {
    (version() == 0)
        .then(|| "the kernel has none, was started without it, or this container forbids it".into())
}

/// Rules that a program can be put under.
#[derive(Debug)]
pub(super) struct Rules {
    ruleset: OwnedFd,
    /// What may be done where a program may write, in the kernel's form.
    write: u64,
    /// What may be done with a device.
    device: u64,
}

/// The rules for a program that may read and run what is `readable`, and do everything below `writable`.
pub(super) fn ruleset(readable: &Readable, writable: &[PathBuf]) -> io::Result<Rules> {
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
    let device_access = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    for device in DEVICES {
        rules = grant(rules, Path::new(device), device_access)?;
    }
    for path in writable {
        rules = grant(rules, path, write)?;
    }
    let ruleset = Option::<OwnedFd>::from(rules).ok_or(io::ErrorKind::Unsupported)?;
    let known = AccessFs::from_all(ABI::from(i32::try_from(version()).unwrap_or(i32::MAX)));
    Ok(Rules { ruleset, write: (write & known).bits(), device: (device_access & known).bits() })
}

/// What is not there needs no rule.
fn grant(rules: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> io::Result<RulesetCreated> {
    let Ok(place) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEWEST) };
    rules.add_rule(PathBeneath::new(place, access)).map_err(io::Error::other)
}

/// Between fork and exec, where the crate's own ways are no use: they may allocate.
impl Rules {
    /// Lets everything at a path be read.
    pub(super) fn allow_reading(&self, path: &CStr) -> io::Result<()> {
        self.allow(path, (AccessFs::ReadFile | AccessFs::ReadDir).bits())
    }

    /// Lets everything at a path be written to.
    pub(super) fn allow_writing(&self, path: &CStr) -> io::Result<()> {
        self.allow(path, self.write)
    }

    /// Lets devices at a path be used.
    pub(super) fn allow_devices(&self, path: &CStr) -> io::Result<()> {
        self.allow(path, self.device)
    }

    #[expect(unsafe_code, reason = "a rule is passed to the kernel by its address")]
    fn allow(&self, path: &CStr, allowed_access: u64) -> io::Result<()> {
        const PATH_BENEATH: libc::c_uint = 1;
        /// As the kernel has it.
        #[repr(C, packed)]
        struct Rule {
            allowed_access: u64,
            parent_fd: i32,
        }
        // What is not there needs no rule.
        let Ok(place) = open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) else { return Ok(()) };
        let rule = Rule { allowed_access, parent_fd: place.as_raw_fd() };
        let ruleset = self.ruleset.as_raw_fd();
        // SAFETY: the rule lives longer than the call.
        outcome(unsafe {
            libc::syscall(libc::SYS_landlock_add_rule, ruleset, PATH_BENEATH, &raw const rule, 0)
        })
    }

    /// Puts this process, and everything that it starts, under the rules for good. It must have given up gaining privileges.
    #[expect(unsafe_code, reason = "the crate's own way consumes the rules")]
    pub(super) fn restrict(&self) -> io::Result<()> {
        // SAFETY: a system call that takes two numbers.
        outcome(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, self.ruleset.as_raw_fd(), 0) })
    }
}

fn outcome(returned: libc::c_long) -> io::Result<()> {
    if returned == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
