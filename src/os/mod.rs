//! What the operating system tells about sockets and processes, and waiting for it to change.
//!
//! Everything here is about the system and nothing about the assignment: [`sock_diag`] shows the kernel's table
//! of TCP sockets, [`proc`] is the only reader of `/proc`, [`run_delay`] tells how long programs wait for a
//! processor, [`silence`] proves that they are blocked for good, [`network`] gives a program a network of its own, and [`wait`] is the only place of the crate that sleeps. Where
//! the system is not Linux, the table cannot be opened and no process is seen; callers then do without.

#[cfg_attr(not(target_os = "linux"), path = "network_unsupported.rs")]
pub mod network;
pub mod proc;
pub mod run_delay;
pub mod silence;
pub mod sock_diag;
#[cfg(target_os = "linux")]
pub(crate) mod unshare;
pub mod wait;
