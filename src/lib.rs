//! `lengthwise` grades clients and servers that exchange `[length][payload]` messages over TCP.
//!
//! # The idea
//!
//! A [`scenario`] is data: steps, a rule, deliveries. It is cast so that the server, the client or both are under
//! test, drawn into a [case](scenario::Case) whose payloads are known, and [played](mod@conversation). What happens is
//! a [transcript](conversation::Transcript); the [judge](mod@judge) compares the two and gives a [`verdict`]. A run is a list of
//! [events](event); its [`record`] is the one fold over them, and every [`report`] is made of both.
//!
//! # The layers
//!
//! A module uses only what stands above it; a test sees to that.
//!
//! | layer | modules | what it may do |
//! | --- | --- | --- |
//! | words | [`assignment`], [`rule`], [`side`], [`limits`], [`bytes`], [`nanoseconds`] | nothing but name and show things |
//! | protocol | [`wire`], [`delivery`] | no I/O, no clock, no threads |
//! | reference | [`mod@reference`] | blocking I/O, for people to read |
//! | asked | [`scenario`], [`mod@conversation`], [`bug`], [`verdict`], [`mod@judge`], [`mod@prose`], [`diagnosis`], [`event`], [`grade`], [`record`] | data and pure functions |
//! | os | [`os`] | ask the system about sockets and processes, and wait |
//! | doing | [`pace`], [`target`], [`live`], [`mod@run`], [`selftest`] | sockets, clocks, processes |
//! | saying | [`report`] | writes to the writer it is given |
//! | doors | [`fuzzing`], [`cli`] | standard output and error |
//!
//! The judge never asks the reference what is right: a mistake there would hide itself.
//!
//! # Where to add
//!
//! - a scenario: a row in a table under `scenario`;
//! - a known mistake: a row in a table under `bug::catalogue`;
//! - a report format: a file under `report` and a row of [`report::FORMATS`];
//! - a kind of target: a file under `target` that implements [`target::ServerTarget`] or [`target::ClientTarget`] and has
//!   its options, and a row in `target::TargetOptions`;
//! - a fuzz target: a function in [`fuzzing`], its one-line file under `fuzz`, and a seed.

pub mod assignment;
pub mod bug;
pub mod bytes;
pub mod cli;
pub mod conversation;
pub mod delivery;
pub mod diagnosis;
pub mod event;
pub mod fuzzing;
pub mod grade;
pub mod judge;
pub mod limits;
pub mod live;
pub mod nanoseconds;
pub mod os;
pub mod pace;
pub mod prose;
pub mod record;
pub mod reference;
pub mod report;
pub mod rule;
pub mod run;
pub mod scenario;
pub mod selftest;
pub mod side;
pub mod target;

pub mod verdict;
pub mod wire;

pub use assignment::{Assignment, ByteOrder, HeaderWidth};
pub use reference::{ReferenceClient, ReferenceServer, StopHandle};
