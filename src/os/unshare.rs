//! Namespaces for a program that is about to be run: who may make them, and as whom.

use std::ffi::CStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::write;
use rustix::process::{DumpableBehavior, getegid, geteuid, set_dumpable_behavior};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// What ends a trial that has succeeded.
const WORKS: i32 = libc::ECANCELED;

/// What keeps a child from doing `enter` between fork and exec; nothing where it can. The child never gets to run a program, and
/// `enter` does nothing but system calls.
pub(crate) fn failure_of(enter: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Option<io::Error> {
    let mut command = Command::new("true");
    // SAFETY: what is done in the child is up to the caller, who allows for it.
    #[expect(unsafe_code, reason = "only a child can tell whether the kernel allows it")]
    unsafe {
        command.pre_exec(move || enter().and(Err(io::Error::from_raw_os_error(WORKS))));
    }
    command.spawn().err().filter(|error| error.raw_os_error() != Some(WORKS))
}

/// What a user who is not root is called in a user namespace of their own: the same as outside. Root needs no such namespace.
#[derive(Debug)]
pub(crate) struct UserMaps(Option<[(&'static CStr, String); 3]>);

impl UserMaps {
    /// For the user of this process.
    pub(crate) fn new() -> Self {
        let own = |id: u32| format!("{id} {id} 1");
        Self((!geteuid().is_root()).then(|| {
            [
                (c"/proc/self/setgroups", "deny".to_owned()),
                (c"/proc/self/uid_map", own(geteuid().as_raw())),
                (c"/proc/self/gid_map", own(getegid().as_raw())),
            ]
        }))
    }

    /// Between fork and exec, where nothing may be allocated: puts this process into namespaces of its own.
    ///
    /// # Errors
    ///
    /// The kernel, or the container, does not allow it.
    pub(crate) fn unshare(&self, mut namespaces: UnshareFlags) -> io::Result<()> {
        if self.0.is_some() {
            namespaces |= UnshareFlags::NEWUSER;
            // Or the files below belong to root.
            set_dumpable_behavior(DumpableBehavior::Dumpable)?;
        }
        // SAFETY: no other thread is in this process, and no descriptor is shared.
        #[expect(unsafe_code, reason = "what it does to descriptors is not asked for")]
        unsafe {
            unshare_unsafe(namespaces)?;
        }
        for (file, text) in self.0.iter().flatten() {
            write(&open(*file, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?, text.as_bytes())?;
        }
        if self.0.is_some() {
            set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        }
        Ok(())
    }
}
