//! Programs that speak the protocol, right or wrong, over any stream.
//!
//! A [`Program`] is a value made of parts that can be exchanged one by one. A [`Server`] or a [`Client`] runs it over
//! a stream that it is given. Nothing here opens a socket, and nothing here knows what a mistake is called: that is
//! the business of the [catalogue](super::catalogue).

mod change;
mod connection;
pub(super) mod decode;
mod exceptions;
mod failure;
mod header;
mod parts;
pub(super) mod receive;
mod session;
mod variant;

pub use connection::{Memory, Stream};
pub use failure::{Failure, Next};
pub use parts::Program;
pub use session::{Client, Dial, Server};
pub use variant::Variant;

pub(super) use change::{Change, Parts};
pub(crate) use exceptions::Exceptions;
pub(super) use header::{HeaderCodec, read_length};
pub(super) use parts::{AtEnd, SessionEnd, Stops};
