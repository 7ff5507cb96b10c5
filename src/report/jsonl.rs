//! The recording: every event in a line of its own, from which all other reports can be made.

use std::io::{self, Write};

use super::Report;
use crate::event::Event;
use crate::record::RunRecord;
#[cfg(feature = "seals")]
use crate::record::recording::Key;
use crate::record::recording::Writer;

/// Writes each event as it happens.
pub(super) struct Jsonl<W> {
    out: W,
    writer: Writer,
}

impl<W: Write> Jsonl<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, writer: Writer::default() }
    }
}

impl<W: Write> Report for Jsonl<W> {
    fn event(&mut self, event: &Event, _: &RunRecord) -> io::Result<()> {
        // One write for each line: anyone who reads along, or after the harness was killed, finds whole lines.
        self.out.write_all(&self.writer.line(event))?;
        self.out.flush()
    }

    #[cfg(feature = "seals")]
    fn seal_with(&mut self, key: &Key) {
        self.writer = Writer::default().sealed(key);
    }

    fn finish(&mut self, _: &RunRecord) -> io::Result<()> {
        Ok(())
    }
}
