//! What the kernel knows about the other end of a connection, and deliveries that are exact because of it.
//!
//! TCP carries a stream, so what a test has to control is where one read of the peer ends. Where both ends are
//! on one machine the kernel's socket table ([`sock_diag`]) shows how much the peer's socket has received and
//! how much of that its program has left unread, and [`Pacer`] sends the next piece of a message when the one
//! before has been read. [`wait`] is the only place of the crate that sleeps: between two looks at something
//! that is about to happen, or for the pause of a delivery that cannot look.

mod deliver;
pub mod owner;
pub mod processor;
pub mod sock_diag;
mod undelivered;
pub mod wait;
mod watch;

pub use deliver::{Boundary, Pacer, Waits};
pub use undelivered::{Cause, Undelivered};
