//! The layer `own uid`: a user that nobody else is, for each started program.

use std::env;
use std::fs;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rand::RngExt;
use rustix::fs::{FileType, Mode, fchown, fstat};
use rustix::process::{Gid, Uid, geteuid, umask};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, configure_capability_in_ambient_set, set_capabilities,
    set_keep_capabilities, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use walkdir::WalkDir;

use super::Allowed;
use super::access::OTHERS_READ;

/// Ids that no system gives to anybody: above those for containers, and below those that do not fit into 31 bits.
const IDS: std::ops::Range<u32> = 0x7000_0000..0x7FFF_FFF0;
/// The same where only the first 65,536 ids exist, as in many containers.
const FEW_IDS: std::ops::Range<u32> = 62_000..64_900;
/// Where it is said which ids there are: the first, what it is outside, and how many.
const ID_MAPS: [&str; 2] = ["/proc/self/uid_map", "/proc/self/gid_map"];
/// What the harness needs, to give a program another user and to end it.
const NEEDED: [(CapabilitySet, &str); 4] = [
    (CapabilitySet::CHOWN, "CAP_CHOWN"),
    (CapabilitySet::SETUID, "CAP_SETUID"),
    (CapabilitySet::SETGID, "CAP_SETGID"),
    (CapabilitySet::KILL, "CAP_KILL"),
];
// More rights of others, in a mode.
const OTHERS_ENTER: u32 = 0o1;
const OTHERS_WRITE: u32 = 0o2;

/// A user of a program's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::target) struct OwnUser {
    id: u32,
    /// Whether it may go into every directory and read every file, because what it needs is closed to other users. Landlock
    /// then says what it may read.
    reads_all: bool,
    /// Whether it may write to places that the next program, which is another user, writes to as well.
    shares_files: bool,
}

/// What keeps a program that has to use these paths from having a user of its own.
pub(super) fn lacks(needed: &Allowed, has_landlock: bool) -> Option<String> {
    if !geteuid().is_root() {
        return Some("it takes root".into());
    }
    let own = capabilities(None).map(|sets| sets.effective).unwrap_or(CapabilitySet::empty());
    if let Some((_, name)) = NEEDED.iter().find(|(needed, _)| !own.contains(*needed)) {
        return Some(format!("it takes {name}"));
    }
    if ids().is_none() {
        return Some("this container has no ids to spare".into());
    }
    if let Some(path) = needed.write.iter().find(|path| !has_right(path, OTHERS_WRITE)) {
        return Some(format!("other users may not write to {}", path.display()));
    }
    let closed = closed(needed)?;
    match (has_landlock, own.contains(CapabilitySet::DAC_READ_SEARCH)) {
        (true, true) => None,
        (true, false) => {
            Some(format!("{} is closed to other users, and CAP_DAC_READ_SEARCH is missing", closed.display()))
        }
        (false, _) => {
            Some(format!("{} is closed to other users, and there is no Landlock", closed.display()))
        }
    }
}

/// A path that a program has to use and that is closed to other users, if there is one.
pub(super) fn closed(needed: &Allowed) -> Option<PathBuf> {
    let temporary = env::temp_dir();
    needed.read.iter().chain([&temporary]).find(|path| !is_open(path)).cloned()
}

/// The ids that can be given here, which is looked up once.
fn ids() -> Option<std::ops::Range<u32>> {
    static FOUND: OnceLock<Option<std::ops::Range<u32>>> = OnceLock::new();
    FOUND.get_or_init(find_ids).clone()
}

fn find_ids() -> Option<std::ops::Range<u32>> {
    let maps = ID_MAPS.map(|path| fs::read_to_string(path).unwrap_or_default());
    let has = |map: &str, ids: &std::ops::Range<u32>| {
        map.lines().any(|line| {
            let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            let [first, _, count] = numbers[..] else { return false };
            first <= ids.start.into() && first + count >= ids.end.into()
        })
    };
    [IDS, FEW_IDS].into_iter().find(|ids| maps.iter().all(|map| has(map, ids)))
}

/// Whether any user can reach a path and read it. What is not there closes nothing.
fn is_open(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return true };
    has_right(&path, OTHERS_READ) && path.ancestors().skip(1).all(|above| has_right(above, OTHERS_ENTER))
}

fn has_right(path: &Path, right: u32) -> bool {
    fs::metadata(path).is_ok_and(|data| data.permissions().mode() & right == right)
}

impl OwnUser {
    /// A user that nobody is, for a program. Whether something that it has to use is closed to other users, and whether it writes
    /// where others do, too.
    pub(super) fn new(reads_all: bool, shares_files: bool) -> io::Result<Self> {
        let ids = ids().ok_or(io::ErrorKind::Unsupported)?;
        let is_taken = |id: u32| {
            let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
            processes.filter_map(|entry| entry.metadata().ok()).any(|data| data.uid() == id)
        };
        let mut random = rand::rng();
        // Among so many a second process with the same one is no more likely than a broken processor.
        let is_unlikely = ids.len() > 1 << 20;
        let id = loop {
            let id = random.random_range(ids.clone());
            if is_unlikely || !is_taken(id) {
                break id;
            }
        };
        Ok(Self { id, reads_all, shares_files })
    }

    fn ids(self) -> (Uid, Gid) {
        (Uid::from_raw(self.id), Gid::from_raw(self.id))
    }

    /// Makes everything in a directory this user's.
    pub(super) fn take(self, directory: &Path) -> io::Result<()> {
        for entry in WalkDir::new(directory) {
            lchown(entry?.path(), Some(self.id), Some(self.id))?;
        }
        Ok(())
    }

    /// Makes a pipe this user's, so that a program can open it again by its name, as `/dev/stdout`.
    pub(in crate::target) fn take_pipe(self, pipe: BorrowedFd<'_>) -> io::Result<()> {
        if FileType::from_raw_mode(fstat(pipe)?.st_mode) == FileType::Fifo {
            let (uid, gid) = self.ids();
            fchown(pipe, Some(uid), Some(gid))?;
        }
        Ok(())
    }

    /// In the child: becomes this user for good. Only system calls.
    pub(in crate::target::process) fn become_it(self) -> io::Result<()> {
        let (uid, gid) = self.ids();
        if self.shares_files {
            umask(Mode::empty());
        }
        set_thread_groups(&[])?;
        set_thread_res_gid(gid, gid, gid)?;
        if self.reads_all {
            set_keep_capabilities(true)?;
        }
        set_thread_res_uid(uid, uid, uid)?;
        if self.reads_all {
            let kept = CapabilitySet::DAC_READ_SEARCH;
            set_capabilities(None, CapabilitySets { effective: kept, permitted: kept, inheritable: kept })?;
            configure_capability_in_ambient_set(kept, true)?;
        }
        Ok(())
    }

    /// Kills every process of this user at once: none can be forked meanwhile that is missed.
    pub(in crate::target::process) fn kill_all(self) {
        let kill = move || -> io::Result<()> {
            let (uid, _) = self.ids();
            set_thread_res_uid(uid, uid, uid)?;
            kill_everyone();
            Err(io::ErrorKind::Interrupted.into())
        };
        let mut command = Command::new("true");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // SAFETY: two system calls, and an error that is made without allocating. It never gets to run a program.
        #[expect(unsafe_code, reason = "only a process of that user can send a signal to all of that user's")]
        unsafe {
            command.pre_exec(kill);
        }
        drop(command.spawn());
    }
}

/// In the child of a harness that is root's, where it stays root: gives up what a program of root's needs to undo the other
/// layers, or to look into processes outside in spite of them. What it takes to use files stays.
#[expect(unsafe_code, reason = "a system call for capabilities that have no name yet, too")]
pub(super) fn stay_root_of_files() {
    const KEPT: CapabilitySet = CapabilitySet::CHOWN
        .union(CapabilitySet::DAC_OVERRIDE)
        .union(CapabilitySet::DAC_READ_SEARCH)
        .union(CapabilitySet::FOWNER)
        .union(CapabilitySet::FSETID)
        .union(CapabilitySet::NET_BIND_SERVICE);
    for number in (0..u64::BITS).filter(|number| KEPT.bits() & 1 << number == 0) {
        // SAFETY: a system call that takes two numbers. It fails where the harness may not do it, which then has few rights
        // itself, and for what is no capability.
        unsafe { libc::prctl(libc::PR_CAPBSET_DROP, libc::c_ulong::from(number), 0, 0, 0) };
    }
}

#[expect(unsafe_code, reason = "rustix has no way to name every process")]
fn kill_everyone() {
    // SAFETY: a system call that takes two numbers.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}
