//! Everyone with everyone: each client of a class with each server.
//!
//! Two programs that make the same mistake work together, and two that are right always do. So who agrees with whom shows what no
//! test of one hand-in does: hand-ins that have one mistake in common, and the one that nobody understands. The reference
//! stands for the assignment, as a client and a server of its own among the others.
//!
//! This module plays pairs, and makes a value of them, an [`InteropRecord`], of which the page and the texts are made. It must not
//! read a command line, and nothing here is worth points.

mod agreement;
mod page;
mod play;
mod record;
mod text;

pub use page::write_page;
pub use play::{Interop, Loaded, LoadedPair, Pairs};
pub use record::{Cell, INTEROP_FORMAT_VERSION, InteropRecord, Participant};
pub use text::lines;
