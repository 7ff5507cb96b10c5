//! The assignment, done: a client and a server that are right.
//!
//! They are there to be read, to be the other side while one's own is written, and to be what every scenario is checked
//! against before it judges anyone. Both are plain blocking I/O:
//!
//! - [`server`]: [`serve`] is a whole conversation with one client, over any stream; [`ReferenceServer`] has that
//!   conversation with one client after another, until a [`StopHandle`] ends it.
//! - [`client`]: [`ReferenceClient`] sends messages and receives replies, or says why it received none.
//!
//! This module must not know that anyone is graded, and the judge must not know this module.

pub mod client;
// For the programs of that name, and nobody else.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod program;
mod send;
pub mod server;
#[cfg(test)]
mod simulated;
mod stop;
mod text;

pub use client::{NotReceived, ReferenceClient};
pub use send::SendError;
pub use server::{ConversationError, ReferenceServer, serve};
pub use stop::StopHandle;
pub use text::NotText;
