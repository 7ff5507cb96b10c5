//! A recording that is compressed as it is written, and the reading of one that may be.
//!
//! The texts of a scenario come again in it, under each delivery and on each side, megabytes apart. So the window is far longer than
//! what compressors have otherwise: without that, a recording takes twice the room.

use std::io::{self, BufRead, BufReader, Write};

use crate::event::Event;
use crate::record::recording::{Key, Writer};

/// How well it is compressed: what is random in a recording no higher level makes shorter.
const LEVEL: i32 = 1;
/// How far back a text is found again: 2 to this power, in bytes. A decoder needs as much memory, and takes up to 27 unasked.
const WINDOW_LOG: u32 = 25;
/// What a frame of Zstandard begins with, according to RFC 8878, section 3.1.1.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A recording in memory.
pub(crate) struct CompressedRecording {
    out: zstd::Encoder<'static, Vec<u8>>,
    writer: Writer,
}

impl CompressedRecording {
    pub(crate) fn new() -> io::Result<Self> {
        let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL)?;
        encoder.long_distance_matching(true)?;
        encoder.window_log(WINDOW_LOG)?;
        encoder.include_checksum(true)?;
        Ok(Self { out: encoder, writer: Writer::default() })
    }

    /// Seals every line with this key.
    pub(crate) fn seal_with(&mut self, key: &Key) {
        self.writer = Writer::default().sealed(key);
    }

    pub(crate) fn add(&mut self, event: &Event) -> io::Result<()> {
        self.out.write_all(&self.writer.line(event))
    }

    /// All of it, now that there are no more events.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        self.out.finish()
    }
}

/// What is in `input`, decompressed if it is compressed.
pub(crate) fn decompressed(mut input: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    // A pipe may give less at first than there is to come, but hardly less than the few bytes that it takes.
    match input.fill_buf()?.starts_with(&MAGIC) {
        true => Ok(Box::new(BufReader::new(zstd::Decoder::with_buffer(input)?))),
        false => Ok(Box::new(input)),
    }
}
