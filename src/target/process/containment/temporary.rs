//! A `/tmp` of a program's own, in its mount namespace: programs that write there whatever they are told go on to work, and what
//! they write reaches nobody and is gone with them. And a `/run`, where the sockets of services lie: no layer keeps a program from
//! connecting to one that it finds.
//!
//! Of everybody's directory there is in it what the program may use, in its place, and nothing else. The rules of Landlock that hold
//! for a directory hold for everything below it, mounts included: what lies there and is not granted must not be there at all.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, mkdir, open};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount, mount_bind_recursive, mount_move};
use rustix::process::umask;

use super::access::Readable;
use super::namespaces::PROC;

/// A directory that programs know by name.
#[derive(Debug)]
pub(super) struct Shared {
    path: &'static str,
    options: &'static CStr,
    is_writable: bool,
}

/// For everybody, and no more than a file or a few: it is memory of the machine's.
pub(super) const TEMPORARY: Shared =
    Shared { path: "/tmp", options: c"mode=1777,size=64m,nr_inodes=16k", is_writable: true };
/// What services are reached by.
pub(super) const RUNTIME: Shared =
    Shared { path: "/run", options: c"mode=755,size=1m,nr_inodes=1k", is_writable: false };
/// Where it is put together. Nothing is needed there meanwhile, and something else is mounted there afterwards.
const WORKSHOP: &CStr = PROC;

/// What is put into it. All of it is made before the program is forked.
#[derive(Debug)]
pub(super) struct OwnDirectory {
    of: Shared,
    place: CString,
    parts: Vec<Part>,
}

/// What something of everybody's becomes.
#[derive(Debug)]
enum Part {
    /// A directory in which something is kept.
    Above(CString),
    /// Kept with everything below it, from where it is.
    Directory {
        from: CString,
        to: CString,
    },
    File {
        from: CString,
        to: CString,
    },
}

impl OwnDirectory {
    /// For a program that may use this. None where that is everybody's directory itself, or there is none.
    pub(super) fn new(of: Shared, readable: &Readable, writable: &[PathBuf]) -> io::Result<Option<Self>> {
        let Ok(place) = Path::new(of.path).canonicalize() else { return Ok(None) };
        let writable = writable.iter().filter_map(|path| path.canonicalize().ok());
        let granted: BTreeSet<_> =
            readable.whole.iter().chain(&readable.unexecuted).cloned().chain(writable).collect();
        if granted.iter().any(|path| place.starts_with(path)) {
            return Ok(None);
        }
        let mut parts = Parts { place: &place, made: BTreeSet::new(), parts: Vec::new() };
        let mut last: Option<&Path> = None;
        // In their order each is after everything that it is in.
        for path in granted.iter().filter(|path| path.starts_with(&place)) {
            if last.is_none_or(|last| !path.starts_with(last)) {
                parts.keep(path)?;
                last = Some(path);
            }
        }
        for path in readable.listed.iter().filter(|path| path.starts_with(&place)) {
            parts.make(path)?;
        }
        Ok(Some(Self { of, parts: parts.parts, place: name(&place)? }))
    }

    /// Where the program may write, if this is such a directory.
    pub(super) fn writable(&self) -> Option<&CStr> {
        self.of.is_writable.then_some(&*self.place)
    }

    /// In the child: puts it together, and in the place of everybody's. Only system calls.
    pub(super) fn mount(&self) -> io::Result<()> {
        // What leads to something is open to whoever may use that.
        let mask = umask(Mode::empty());
        let put_together = self.put_together();
        umask(mask);
        put_together
    }

    fn put_together(&self) -> io::Result<()> {
        mount(c"tmpfs", WORKSHOP, c"tmpfs", MountFlags::NOSUID | MountFlags::NODEV, self.of.options)?;
        for part in &self.parts {
            match part {
                Part::Above(to) => make_directory(to)?,
                Part::Directory { from, to } => {
                    make_directory(to)?;
                    mount_bind_recursive(from.as_c_str(), to.as_c_str())?;
                }
                Part::File { from, to } => {
                    open(to.as_c_str(), OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR)?;
                    mount_bind_recursive(from.as_c_str(), to.as_c_str())?;
                }
            }
        }
        Ok(mount_move(WORKSHOP, self.place.as_c_str())?)
    }
}

fn make_directory(path: &CStr) -> io::Result<()> {
    match mkdir(path, Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What is to be made, in the order in which it can be.
struct Parts<'a> {
    place: &'a Path,
    made: BTreeSet<PathBuf>,
    parts: Vec<Part>,
}

impl Parts<'_> {
    /// Keeps something below the place.
    fn keep(&mut self, path: &Path) -> io::Result<()> {
        // What has gone meanwhile is not there to be kept.
        let Ok(data) = path.symlink_metadata() else { return Ok(()) };
        if let Some(above) = path.parent() {
            self.make(above)?;
        }
        let (from, to) = (name(path)?, self.target(path)?);
        self.parts.push(match data.is_dir() {
            true => Part::Directory { from, to },
            false => Part::File { from, to },
        });
        Ok(())
    }

    /// Makes a directory below the place, and those that it is in.
    fn make(&mut self, path: &Path) -> io::Result<()> {
        let below = path.ancestors().take_while(|above| *above != self.place).collect::<Vec<_>>();
        for path in below.into_iter().rev() {
            if self.made.insert(path.to_owned()) {
                self.parts.push(Part::Above(self.target(path)?));
            }
        }
        Ok(())
    }

    /// Where something is while all is put together.
    fn target(&self, path: &Path) -> io::Result<CString> {
        let inside = path.strip_prefix(self.place).map_err(io::Error::other)?;
        name(&Path::new(WORKSHOP.to_str().map_err(io::Error::other)?).join(inside))
    }
}

fn name(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}
