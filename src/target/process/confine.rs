//! What a program does to itself between its birth and its first instruction.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, getpid, getppid, getrlimit, setrlimit, setsid};

use super::containment::Barrier;

/// The first descriptor that is not standard input, output or error.
const FIRST_OTHER: libc::c_int = 3;

/// What the harness does not trust a program with.
#[derive(Debug, Default)]
pub(super) struct Restrictions {
    pub(super) limits: Vec<(Resource, Rlimit)>,
    /// Keeps set-user-id programs from giving it rights that the harness does not have.
    pub(super) no_new_privileges: bool,
    /// Where memory runs out, the kernel ends this program and not the harness.
    pub(super) ends_first: bool,
    pub(super) barrier: Barrier,
}

/// Makes the program of `command` lead a session, and so a process group, of its own, end when the thread that
/// starts it does, and hold no descriptor but the three that it is given.
pub(super) fn confine(command: &mut Command, restrictions: Restrictions) {
    let harness = getpid();
    let confine = move || {
        setsid()?;
        die_with_parent(harness)?;
        close_others_on_exec();
        restrict(&restrictions, harness)
    };
    // SAFETY: between fork and exec only async-signal-safe things may be done. Everything here is a system call
    // through rustix, which has neither locks nor state, or through libc; nothing allocates, and what is read
    // was made before the fork.
    #[expect(unsafe_code, reason = "there is no safe way to act in a child before it runs its program")]
    unsafe {
        command.pre_exec(confine);
    }
}

fn restrict(restrictions: &Restrictions, harness: Pid) -> io::Result<()> {
    for (resource, limit) in &restrictions.limits {
        setrlimit(*resource, *limit)?;
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        use rustix::stdio::{stderr, stdin, stdout};

        if restrictions.ends_first {
            end_first();
        }
        let is_apart = restrictions.barrier.enter_namespaces()?;
        if let Some(user) = restrictions.barrier.user {
            for stream in [stdin(), stdout(), stderr()] {
                user.take_pipe(stream)?;
            }
            user.become_it()?;
            // What was said of the parent's death was forgotten with the old user.
            match is_apart {
                true => set_parent_process_death_signal(Some(Signal::KILL))?,
                false => die_with_parent(harness)?,
            }
        }
        if restrictions.no_new_privileges {
            rustix::thread::set_no_new_privs(true)?;
        }
        restrictions.barrier.close()?;
    }
    Ok(())
}

/// Has the kernel kill this process once the harness is gone, even if it is killed itself.
#[cfg(target_os = "linux")]
fn die_with_parent(harness: Pid) -> io::Result<()> {
    use rustix::process::{Signal, set_parent_process_death_signal};

    set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may be gone already.
    if getppid() == Some(harness) { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(harness: Pid) -> io::Result<()> {
    if getppid() == Some(harness) { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
}

/// A container may forbid this; the harness is then as likely to be chosen as the program.
#[cfg(target_os = "linux")]
fn end_first() {
    use rustix::fs::{Mode, OFlags, open};

    if let Ok(file) = open(c"/proc/self/oom_score_adj", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()) {
        let _ = rustix::io::write(&file, b"1000");
    }
}

/// The parent of the harness may have left it descriptors that are meant for nobody else: a results file, a lock. They
/// are marked, not closed: one of them tells the harness whether the program was started.
#[expect(unsafe_code, reason = "descriptors that nobody here owns are named by their numbers")]
fn close_others_on_exec() {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: a system call that only marks descriptors.
        let marked = unsafe {
            libc::syscall(libc::SYS_close_range, FIRST_OTHER, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC)
        };
        if marked == 0 {
            return;
        }
    }
    // Before Linux 5.11, and elsewhere.
    const SEARCHED_MAX: u64 = 1 << 16;
    let end = getrlimit(Resource::Nofile).current.unwrap_or(SEARCHED_MAX).min(SEARCHED_MAX);
    for descriptor in FIRST_OTHER..end as libc::c_int {
        // SAFETY: a system call that only marks a descriptor, and fails where there is none.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}
