//! The wire format: a length, then that many bytes.
//!
//! A stream has no message boundaries, so everything here works on bytes as they happen to arrive. [`Decoder`]
//! is told of them and says which frames they hold; it performs no I/O, reads no clock and starts no thread.
//! [`FrameReader`] puts a [`std::io::Read`] in front of it. [`encode`] goes the other way, and [`Frame`] with it.
//!
//! Payloads are bytes at this layer: whether they are UTF-8 is decided by whoever reads them, once they are
//! whole, since a character may be cut by the end of a read.

mod decoder;
mod encoder;
mod error;
mod frame;
mod header;
mod reader;

pub use decoder::Decoder;
pub use encoder::{encode, encode_into};
pub use error::{DecodeError, EncodeError, ReadError};
pub use frame::Frame;
pub use header::Header;
pub use reader::FrameReader;
