//! The wire format: a length, then that many bytes.
//!
//! A stream has no message boundaries, so everything here works on bytes as they happen to arrive. [`Decoder`] is told of them
//! and says which frames they hold. [`FrameReader`] puts a [`std::io::Read`] in front of it. [`encode`] goes the other way, and
//! [`Frame`] with it.
//!
//! This module owns the one definition of a frame. It must not perform I/O of its own, read a clock or start a thread, and it
//! must not decide whether a payload is UTF-8: that is for the code that has the whole of it, since a character may be cut by
//! the end of a read.

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
