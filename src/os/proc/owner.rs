//! Looking into a process of another user, where root may not.
//!
//! In most containers root has no `CAP_SYS_PTRACE`, and may look into processes of root only. A thread that uses files as the
//! owner of a process does may look into that process: it is its own. Signals, and whoever looks into the harness, still meet
//! root, because nothing else about the thread changes.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{CapabilitySet, capabilities, set_thread_res_gid, set_thread_res_uid};

const ROOT: u32 = 0;

/// Whether nobody who is looked into can send signals to the harness, whatever its user is.
static IS_OUT_OF_REACH: AtomicBool = AtomicBool::new(false);

/// Says that no program that is another user can send signals to this process.
pub(crate) fn is_out_of_reach() {
    IS_OUT_OF_REACH.store(true, Ordering::Relaxed);
}

/// Does this as somebody who *is* the owner of a process, where that is what it takes: for `pidfd_getfd`, to which it is not
/// enough to use files as the owner. For that moment the owner may send signals to this process; so it is done only where
/// something else keeps it from that.
pub(crate) fn as_real_owner_of<T>(pid: u32, act: impl FnOnce() -> T) -> T {
    let is_safe = IS_OUT_OF_REACH.load(Ordering::Relaxed);
    let _owner = (is_safe && needs_owner()).then(|| RealOwner::of(pid)).flatten();
    act()
}

/// Does this as the owner of a process, where that is what it takes.
pub(super) fn as_owner_of<T>(pid: u32, look: impl FnOnce() -> T) -> T {
    let _owner = needs_owner().then(|| Owner::of(pid)).flatten();
    look()
}

/// Whether what any process holds can be seen, whoever's it is.
pub(crate) fn sees_every_holder() -> bool {
    geteuid().is_root() || may_look_into_all()
}

/// Whether this process is root's and may not look into those of others.
fn needs_owner() -> bool {
    geteuid().is_root() && !may_look_into_all()
}

/// Whether this process has the right to look into those of others (`PTRACE_MODE_READ_FSCREDS` in ptrace(2)).
fn may_look_into_all() -> bool {
    static MAY: OnceLock<bool> = OnceLock::new();
    *MAY.get_or_init(|| {
        capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_PTRACE))
    })
}

/// The owner of a process, unless that is root.
fn owner_of(pid: u32) -> Option<(u32, u32)> {
    let data = fs::metadata(format!("/proc/{pid}")).ok()?;
    (data.uid() != ROOT).then(|| (data.uid(), data.gid()))
}

/// As long as this is there, this thread uses files as somebody else.
struct Owner(());

impl Owner {
    fn of(pid: u32) -> Option<Self> {
        let (uid, gid) = owner_of(pid)?;
        use_files_as(uid, gid);
        Some(Self(()))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        use_files_as(ROOT, ROOT);
    }
}

/// Only this thread: the C library, which would change all, is left out.
#[expect(unsafe_code, reason = "rustix has no way to change one of a thread's ids")]
fn use_files_as(uid: u32, gid: u32) {
    // SAFETY: system calls that take a number each. The group first, while that is still allowed.
    unsafe {
        libc::syscall(libc::SYS_setfsgid, gid);
        libc::syscall(libc::SYS_setfsuid, uid);
    }
}

/// As long as this is there, this thread is really somebody else, with the rights of root.
struct RealOwner(());

impl RealOwner {
    fn of(pid: u32) -> Option<Self> {
        let (uid, gid) = owner_of(pid)?;
        let owner = Self(());
        set_thread_res_gid(Gid::from_raw(gid), None, None).ok()?;
        set_thread_res_uid(Uid::from_raw(uid), None, None).ok()?;
        Some(owner)
    }
}

impl Drop for RealOwner {
    fn drop(&mut self) {
        // Whoever still has the rights of root may always become root again.
        let _ = set_thread_res_uid(Uid::ROOT, None, None);
        let _ = set_thread_res_gid(Gid::ROOT, None, None);
    }
}
