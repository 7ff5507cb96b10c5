//! Deliveries that are exact because of what the kernel knows about the other end of a connection.
//!
//! TCP carries a stream, so what a test has to control is where one read of the peer ends. Where both ends are
//! on one machine the kernel's socket table ([`sock_diag`](crate::os::sock_diag)) shows how much the peer's
//! socket has received and how much of that its program has left unread, and [`Pacer`] sends the next piece of
//! a message when the one before has been read.

mod delivery_error;
mod pacer;
mod peer_socket;
mod waits;

pub use delivery_error::{DeliveryError, DeliveryFailure};
pub use pacer::Pacer;
pub use waits::{Meanwhile, Outlook, Waits};
