//! What the kernel knows about the other end of a connection, and deliveries that are exact because of it.
//!
//! TCP carries a stream, so what a test has to control is where one read of the peer ends. Where both ends are
//! on one machine the kernel's socket table ([`sock_diag`]) shows how much the peer's socket has received and
//! how much of that its program has left unread. [`wait`] is the only place of the crate that sleeps, and only
//! between two looks at something that is about to happen.

pub mod owner;
pub mod sock_diag;
pub mod wait;
