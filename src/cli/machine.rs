//! What the harness needs of the machine. Where it is missing, right programs would fail that could do nothing about it.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Problem;

/// How many files the harness may have open at least. With 32 it starts two programs at a time, and not a third.
const OPEN_FILES_MIN: u64 = 64;

/// Takes as many descriptors as it may, and tells where those are too few.
pub(super) fn has_descriptors() -> Result<(), Problem> {
    let limit = getrlimit(Resource::Nofile);
    // What it is lowered to for the programs that are started is not this one.
    if limit.current < limit.maximum && limit.current.is_some_and(|current| current < OPEN_FILES_MIN) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    }
    match getrlimit(Resource::Nofile).current {
        Some(allowed) if allowed < OPEN_FILES_MIN => Err(Problem::Incomplete(format!(
            "the harness may have only {allowed} files open at a time here, and needs {OPEN_FILES_MIN}: raise that with ulimit -n"
        ))),
        _ => Ok(()),
    }
}

/// Whether it can be seen which program listens, and what each of them does.
pub(super) fn shows_processes() -> Result<(), Problem> {
    let outcome = if cfg!(target_os = "linux") { fs::metadata("/proc/self/stat").map(drop) } else { Ok(()) };
    outcome.map_err(|error| {
        Problem::Incomplete(format!(
            "without /proc it cannot be seen what programs do, so nothing was played: mount it ({error})"
        ))
    })
}

/// Whether programs can reach each other.
pub(super) fn has_loopback() -> Result<(), Problem> {
    let reached = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| TcpStream::connect(listener.local_addr()?));
    match reached {
        Ok(_) => Ok(()),
        Err(error) => Err(Problem::Incomplete(format!(
            "programs on this machine cannot reach each other at {}, so nothing was played: is the loopback interface up? \
             ({error})",
            Ipv4Addr::LOCALHOST
        ))),
    }
}
