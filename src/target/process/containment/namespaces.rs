//! The layer `namespaces`: processes, mounts, shared memory of System V and, where the harness is not run by root, users of a
//! program's own.
//!
//! Three processes stand where one did. The *keeper* is the harness's child. It makes the namespaces, starts the other two in
//! them, and ends as the program does. The *first process* of the namespaces adopts what the program leaves behind; when it
//! ends, the kernel kills everything in them, and it ends with the keeper. The *program* has a session of its own, and sees
//! no process but its own.
//!
//! All of this is done between fork and exec, where only system calls may be made. What they need is made before.

use std::env;
use std::ffi::{CStr, CString};
use std::io::{self, PipeReader, PipeWriter};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use procfs::process::Process;
use rustix::fs::{Access, access};
use rustix::io::write;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind_recursive, mount_change};
use rustix::process::{Signal, chdir, set_parent_process_death_signal, setsid};
use rustix::thread::UnshareFlags;

use super::access::Readable;
use super::temporary::{OwnDirectory, TEMPORARY};
use crate::os::unshare::{self, UserMaps};

pub(super) const PROC: &CStr = c"/proc";
/// Memory that is shared by name.
pub(super) const SHARED_MEMORY: &CStr = c"/dev/shm";
/// Terminals that a program makes, and what it makes them with. With a file system of its own it finds those of nobody else.
const TERMINALS: &CStr = c"/dev/pts";
const TERMINALS_OPTIONS: &CStr = c"newinstance,ptmxmode=0666,mode=0620";
const TERMINAL_DEVICES: [&CStr; 2] = [TERMINALS, c"/dev/ptmx"];
pub(super) const SHARED_MEMORY_OPTIONS: &CStr = c"mode=1777,size=64m,nr_inodes=16k";

/// What is needed to make them.
#[derive(Debug)]
pub(super) struct Namespaces {
    /// Where the keeper says which process the program is.
    announce: PipeWriter,
    writable: Vec<CString>,
    /// Where the harness's arguments and environment are in memory.
    told: Range<usize>,
    /// Where the program is run.
    place: Option<CString>,
    /// What takes the place of directories that are everybody's.
    own: Vec<OwnDirectory>,
    /// Whether terminals are the program's own: known in the child.
    has_own_terminals: AtomicBool,
    user_maps: UserMaps,
}

/// What keeps a program from having namespaces of its own. Tried once.
pub(super) fn lacks() -> Option<String> {
    static WHY: OnceLock<Option<String>> = OnceLock::new();
    WHY.get_or_init(try_them).clone()
}

fn try_them() -> Option<String> {
    let make = || {
        let place = [env::temp_dir()];
        let own = OwnDirectory::new(TEMPORARY, &Readable::default(), &place)?;
        // Not where the harness is: that may lie in the `/tmp` that is not there for the program.
        Namespaces::new(&place, Some(&place[0]), own.into_iter().collect())
    };
    let error = match make() {
        // It is announced as long as there is somebody to be told.
        Ok((namespaces, _announced)) => unshare::failure_of(move || namespaces.enter())?,
        Err(error) => error,
    };
    Some(format!("the kernel, or this container, does not allow them ({error})"))
}

impl Namespaces {
    /// For a program that may write to these places, and the pipe that says which process it is.
    pub(super) fn new(
        writable: &[PathBuf],
        place: Option<&Path>,
        own: Vec<OwnDirectory>,
    ) -> io::Result<(Self, PipeReader)> {
        let name = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from);
        let (announced, announce) = io::pipe()?;
        let place = match place {
            Some(place) => Some(name(place)?),
            None => env::current_dir().ok().and_then(|place| name(&place).ok()),
        };
        let writable = writable.iter().map(|path| name(path)).collect::<io::Result<_>>()?;
        Ok((
            Self {
                announce,
                writable,
                told: told(),
                place,
                own,
                has_own_terminals: AtomicBool::new(false),
                user_maps: UserMaps::new(),
            },
            announced,
        ))
    }

    /// Where, of directories of its own, the program may write.
    pub(super) fn writable(&self) -> impl Iterator<Item = &CStr> {
        self.own.iter().filter_map(OwnDirectory::writable)
    }

    /// The devices that terminals are made with, if those are the program's own.
    pub(super) fn terminals(&self) -> &[&CStr] {
        if self.has_own_terminals.load(Ordering::Relaxed) { &TERMINAL_DEVICES } else { &[] }
    }

    /// Goes on in the program; the keeper and the first process never return.
    pub(super) fn enter(&self) -> io::Result<()> {
        self.user_maps.unshare(UnshareFlags::NEWNS | UnshareFlags::NEWPID | UnshareFlags::NEWIPC)?;
        let (ready, tell) = io::pipe()?;
        let first = fork()?;
        if first == 0 {
            be_first(&tell, &self.told);
        }
        // It is known to end with this process before there is anything that has to.
        drop(tell);
        rustix::io::read(&ready, &mut [0; 1])?;
        let program = fork()?;
        if program != 0 {
            let _ = write(&self.announce, &program.to_ne_bytes());
            keep(first, program);
        }
        set_parent_process_death_signal(Some(Signal::KILL))?;
        setsid()?;
        self.mount()
    }

    /// Everything can be read as before, and nothing written to but what is granted. `/proc` shows what is in the
    /// namespace.
    fn mount(&self) -> io::Result<()> {
        mount_change(c"/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        for path in &self.writable {
            mount_bind_recursive(path.as_c_str(), path.as_c_str())?;
        }
        set_read_only(c"/", true)?;
        for path in &self.writable {
            set_read_only(path, false)?;
        }
        for directory in &self.own {
            directory.mount()?;
        }
        let plain = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        mount(c"proc", PROC, c"proc", plain | MountFlags::RDONLY, None)?;
        if access(SHARED_MEMORY, Access::EXISTS).is_ok() {
            mount(c"tmpfs", SHARED_MEMORY, c"tmpfs", plain, SHARED_MEMORY_OPTIONS)?;
        }
        // One that cannot have any is not let near those of others.
        let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
        let mounted = mount(c"devpts", TERMINALS, c"devpts", flags, TERMINALS_OPTIONS);
        self.has_own_terminals.store(mounted.is_ok(), Ordering::Relaxed);
        // Not where it was, but what lies there now.
        self.place.as_ref().map_or(Ok(()), |place| Ok(chdir(place.as_c_str())?))
    }
}

/// The whole tree is made read-only, but only the one mount writable again.
#[expect(unsafe_code, reason = "rustix does not have this system call")]
fn set_read_only(path: &CStr, is_read_only: bool) -> io::Result<()> {
    let (flags, attr_set, attr_clr) = match is_read_only {
        true => (libc::AT_RECURSIVE, libc::MOUNT_ATTR_RDONLY, 0),
        false => (0, 0, libc::MOUNT_ATTR_RDONLY),
    };
    let attributes = libc::mount_attr { attr_set, attr_clr, propagation: 0, userns_fd: 0 };
    // SAFETY: both pointers are to what lives longer than the call, and the size is that of the second.
    let outcome = unsafe {
        let len = size_of::<libc::mount_attr>();
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attributes,
            len,
        )
    };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[expect(unsafe_code, reason = "rustix has no fork")]
fn fork() -> io::Result<libc::pid_t> {
    // SAFETY: this is the only thread of the process, and its child does nothing but system calls.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        pid => Ok(pid),
    }
}

/// Where the arguments of this process and its environment are in memory, one after the other. Nowhere if the kernel does not
/// say so.
fn told() -> Range<usize> {
    let stat = Process::myself().and_then(|process| process.stat()).ok();
    let bounds = stat.and_then(|stat| Some((stat.arg_start?, stat.env_end?)));
    let bounds = bounds.and_then(|(start, end)| Some((start.try_into().ok()?, end.try_into().ok()?)));
    bounds.map_or(0..0, |(start, end)| start..end)
}

/// The first process: it ends with the keeper, and until then it is there for others to be adopted by. What the harness was
/// told is nothing to them: they could read it in `/proc`.
#[expect(unsafe_code, reason = "no value may be dropped here, and none allocated")]
fn be_first(tell: &PipeWriter, told: &Range<usize>) -> ! {
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    // SAFETY: system calls. Descriptors that belong to values are closed, and the values never used again.
    unsafe {
        // Nobody has to wait for what it adopts.
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
        // The kernel has put it there, and in this process nothing reads it any more.
        if !told.is_empty() {
            ptr::with_exposed_provenance_mut::<u8>(told.start).write_bytes(0, told.len());
        }
        let _ = write(tell, &[0]);
        close_all();
        loop {
            libc::pause();
        }
    }
}

/// The keeper: it waits for the program, ends what the program has left, and ends as the program has.
#[expect(unsafe_code, reason = "no value may be dropped here, and none allocated")]
fn keep(first: libc::pid_t, program: libc::pid_t) -> ! {
    // SAFETY: system calls. Descriptors that belong to values are closed, and the values never used again.
    unsafe {
        close_all();
        let mut status = 0;
        while libc::waitpid(program, &raw mut status, 0) == -1
            && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
        {}
        libc::kill(first, libc::SIGKILL);
        libc::waitpid(first, ptr::null_mut(), 0);
        if libc::WIFSIGNALED(status) {
            let signal = libc::WTERMSIG(status);
            libc::signal(signal, libc::SIG_DFL);
            let mut set = std::mem::zeroed();
            libc::sigfillset(&raw mut set);
            libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, ptr::null_mut());
            libc::kill(libc::getpid(), signal);
        }
        libc::_exit(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 1 })
    }
}

/// What the program holds has to be closed when the program ends.
#[expect(unsafe_code, reason = "descriptors that nobody here owns are named by their numbers")]
fn close_all() {
    // SAFETY: whoever calls this uses no descriptor any more.
    unsafe { libc::syscall(libc::SYS_close_range, 0, libc::c_uint::MAX, 0) };
}
