//! What the kernel keeps a submission from, in layers. Each layer holds or does not, and none needs a program to be
//! installed.
//!
//! | layer | needs | what it stops |
//! | --- | --- | --- |
//! | `landlock` | Linux 5.13 with Landlock; 6.2 for files that are cut short, 6.12 for signals and abstract sockets | reading anything but the system, the interpreter and the submission itself: the harness, its working directory, other hand-ins, the home directory, `/tmp`, the terminal. Writing anywhere but in the submission's temporary directory. Looking into processes outside (`ptrace`, `/proc/PID/mem`, `/proc/PID/fd`), and from 6.12 on signals to them |
//! | `own uid` | root, with the capabilities `CHOWN`, `SETUID`, `SETGID` and `KILL` | signals to, and limits, priorities and memory of, every process of somebody else, on any kernel. Writing to files of somebody else, `/proc/sys` among them. A number of processes that counts for this submission alone, and one signal that ends them all |
//! | `seccomp` | Linux on x86-64, ARM64 or 64-bit RISC-V, built with seccomp | system calls that reach into other processes or change the system, whoever the user is: lowering the limits of another process (`prlimit`), `ptrace`, `process_vm_*`, `bpf`, `keyctl`, `kexec`, `setns`, `open_by_handle_at` and those that mount |
//! | `namespaces` | root with `CAP_SYS_ADMIN`, or a kernel that lets anybody make user namespaces | naming any process outside. Writing anywhere but in the temporary directory, and a `/tmp`, `/dev/shm` and `/run` that are shared with others: it has its own, in which it sees nothing but what it may use, and no socket of a service. Processes that outlive the submission: they end with the first process of the namespace, however many there are. Shared memory and queues of System V that would outlive it |
//!
//! The network is not taken away: it is what a submission is reached by. Each hand-in of a class is graded in a network of its own,
//! harness included, where the kernel lets the user of the harness make one: none reaches another that is graded at the same time.
//!
//! The rules of Landlock do not cover who may use a file and when it was changed (`chmod`, `utime`), nor connections to sockets that
//! have a path: without `own uid` and `namespaces`, a program can do that to what belongs to the user of the harness.
//!
//! Without `namespaces` a program can read which processes there are and with which arguments they were started, those of the
//! harness included. Without `own uid`, as where the harness is not run by root, it may change the priority of the harness and
//! the processors that it runs on.

mod access;
#[cfg(target_os = "linux")]
mod grounds;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg_attr(not(target_os = "linux"), path = "unsupported.rs")]
mod own_user;
#[cfg(target_os = "linux")]
mod seccomp;
#[cfg(target_os = "linux")]
mod temporary;

use std::fmt;
use std::io::{self, PipeReader, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

pub(in crate::target) use access::named_in;
#[cfg(feature = "cli")]
pub(in crate::target) use access::{find_program, needed_by};
pub(in crate::target) use own_user::OwnUser;

#[cfg(target_os = "linux")]
use crate::os::proc;
#[cfg(target_os = "linux")]
use namespaces::Namespaces;
#[cfg(target_os = "linux")]
use seccompiler::BpfProgram;
#[cfg(target_os = "linux")]
use temporary::{OwnDirectory, RUNTIME, TEMPORARY};

/// Where a program with namespaces of its own sees nothing that it may not use.
pub(in crate::target::process) const HIDDEN: &[&str] = &["/tmp", "/dev/shm", "/run"];

/// A way to keep a submission apart, which the kernel may or may not offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Rules of Landlock for files, and for signals and sockets where the kernel knows them.
    Landlock,
    /// An unused user id for each started program.
    OwnUser,
    /// A filter for system calls that no client or server needs.
    Seccomp,
    /// Processes and mounts of its own.
    Namespaces,
}

impl Layer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Landlock, Self::OwnUser, Self::Seccomp, Self::Namespaces];

    /// What it is called on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Landlock => "landlock",
            Self::OwnUser => "own-uid",
            Self::Seccomp => "seccomp",
            Self::Namespaces => "namespaces",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Layer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = Self::ALL.map(Self::word).join(", ");
        let known = Self::ALL.into_iter().find(|layer| layer.word() == text);
        known.ok_or_else(|| format!("{text} is no layer; there are {words}"))
    }
}

/// Why a layer does not hold here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {layer} here: {why}")]
pub struct MissingLayer {
    layer: Layer,
    why: String,
}

/// The layers that hold for a submission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Containment {
    layers: Vec<Layer>,
    /// What was found out for the programs that were started under them.
    #[cfg(target_os = "linux")]
    known: grounds::Known,
}

impl Containment {
    /// All that hold here for a program that has to use these paths.
    #[must_use]
    pub fn available(needed: &Allowed) -> Self {
        let mut held = Self::default();
        for layer in Layer::ALL {
            // In this order: what one may do can depend on those before.
            if held.lacks(layer, needed).is_none() {
                held.layers.push(layer);
            }
        }
        held
    }

    /// These layers and no others.
    ///
    /// # Errors
    ///
    /// The first of them that does not hold here.
    pub fn of(layers: &[Layer], needed: &Allowed) -> Result<Self, MissingLayer> {
        let mut held = Self::default();
        for layer in Layer::ALL.into_iter().filter(|layer| layers.contains(layer)) {
            match held.lacks(layer, needed) {
                None => held.layers.push(layer),
                Some(why) => return Err(MissingLayer { layer, why }),
            }
        }
        Ok(held)
    }

    /// Whether a layer holds.
    #[must_use]
    pub fn has(&self, layer: Layer) -> bool {
        self.layers.contains(&layer)
    }

    /// What keeps a layer from holding together with these, for a program that has to use these paths.
    #[cfg(target_os = "linux")]
    fn lacks(&self, layer: Layer, needed: &Allowed) -> Option<String> {
        match layer {
            Layer::Landlock => landlock::lacks(),
            Layer::OwnUser => own_user::lacks(needed, self.has(Layer::Landlock)),
            Layer::Seccomp => seccomp::lacks(),
            Layer::Namespaces => namespaces::lacks(),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn lacks(&self, _: Layer, _: &Allowed) -> Option<String> {
        Some("only Linux has it".into())
    }
}

/// As a report says it: `landlock 7, own uid`. Empty where nothing holds.
impl fmt::Display for Containment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.layers.iter().map(|layer| match layer {
            #[cfg(target_os = "linux")]
            Layer::Landlock => format!("landlock {}", landlock::version()),
            layer => layer.word().replace('-', " "),
        });
        f.write_str(&names.collect::<Vec<_>>().join(", "))
    }
}

/// Paths that a submission may use besides those that every program needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// What it may read, and run.
    pub read: Vec<PathBuf>,
    /// Where it may write as well.
    pub write: Vec<PathBuf>,
    /// What it may not read, although it is inside of what it may.
    pub except: Vec<PathBuf>,
}

/// The layers for one program, made before it is forked: what is left to do in the child is system calls.
#[derive(Debug, Default)]
pub(super) struct Barrier {
    #[cfg(target_os = "linux")]
    ruleset: Option<landlock::Rules>,
    pub(super) user: Option<OwnUser>,
    #[cfg(target_os = "linux")]
    filter: Option<BpfProgram>,
    #[cfg(target_os = "linux")]
    namespaces: Option<Namespaces>,
    /// Where the number of the program's process comes from, where that is not the one that was started.
    announced: Option<PipeReader>,
}

impl Barrier {
    /// How to learn which process the program is, once it has been started.
    pub(super) fn announced(&mut self) -> Announced {
        Announced(self.announced.take())
    }
}

/// Tells which process the program is.
#[derive(Debug)]
pub(super) struct Announced(Option<PipeReader>);

impl Announced {
    /// Its number, where it is not the process that was started.
    pub(super) fn pid(self) -> io::Result<Option<u32>> {
        let Some(mut pipe) = self.0 else { return Ok(None) };
        let mut pid = [0; size_of::<u32>()];
        pipe.read_exact(&mut pid)?;
        Ok(Some(u32::from_ne_bytes(pid)))
    }
}

#[cfg(target_os = "linux")]
impl Barrier {
    /// For a program that may write to `private`, and reads there what belongs to it.
    pub(super) fn new(
        containment: &Containment,
        command: &Command,
        private: &Path,
        allowed: &Allowed,
    ) -> io::Result<Self> {
        let grounds = containment.known.of(command, allowed, containment.has(Layer::OwnUser));
        let user = match containment.has(Layer::OwnUser) {
            true => {
                let user = OwnUser::new(grounds.is_closed, !allowed.write.is_empty())?;
                user.take(private)?;
                if containment.has(Layer::Landlock) && landlock::scopes_signals() {
                    proc::is_out_of_reach();
                }
                Some(user)
            }
            false => None,
        };
        let mut writable = vec![private.to_owned()];
        writable.extend_from_slice(&allowed.write);
        let readable = &grounds.readable;
        let (namespaces, announced) = match containment.has(Layer::Namespaces) {
            true => {
                let own = [TEMPORARY, RUNTIME]
                    .into_iter()
                    .filter_map(|shared| OwnDirectory::new(shared, readable, &writable).transpose())
                    .collect::<io::Result<_>>()?;
                let (namespaces, announced) = Namespaces::new(&writable, command.get_current_dir(), own)?;
                (Some(namespaces), Some(announced))
            }
            false => (None, None),
        };
        let ruleset = match containment.has(Layer::Landlock) {
            true => Some(landlock::ruleset(readable, &writable)?),
            false => None,
        };
        let filter = match containment.has(Layer::Seccomp) {
            true => Some(seccomp::filter().map_err(io::Error::other)?),
            false => None,
        };
        Ok(Self { ruleset, user, filter, namespaces, announced })
    }

    /// In the child, as the harness's user: whether the rest is done in namespaces of its own.
    pub(super) fn enter_namespaces(&self) -> io::Result<bool> {
        self.namespaces.as_ref().map(Namespaces::enter).transpose().map(|entered| entered.is_some())
    }

    /// In the child, once it needs no rights of the harness's any more. The last thing that it does before it runs its program.
    pub(super) fn close(&self) -> io::Result<()> {
        let is_contained = self.ruleset.is_some() || self.namespaces.is_some();
        if is_contained && self.user.is_none() && rustix::process::geteuid().is_root() {
            own_user::stay_root_of_files();
        }
        if let Some(ruleset) = &self.ruleset {
            if let Some(namespaces) = &self.namespaces {
                // What lies there now is not what a rule was made for.
                ruleset.allow_reading(namespaces::PROC)?;
                ruleset.allow_writing(namespaces::SHARED_MEMORY)?;
                namespaces.writable().try_for_each(|place| ruleset.allow_writing(place))?;
                namespaces.terminals().iter().try_for_each(|place| ruleset.allow_devices(place))?;
            }
            ruleset.restrict()?;
        }
        self.filter.as_ref().map_or(Ok(()), seccomp::restrict)
    }
}

#[cfg(not(target_os = "linux"))]
impl Barrier {
    pub(super) fn new(_: &Containment, _: &Command, _: &Path, _: &Allowed) -> io::Result<Self> {
        Ok(Self::default())
    }
}
