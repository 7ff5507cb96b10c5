//! The recording: every event in a line of its own, from which all other reports can be made.

use std::io::{self, Write};

use super::Report;
use crate::event::Event;
use crate::record::RunRecord;
use crate::record::recording;

/// Writes each event as it happens.
pub(super) struct Jsonl<W> {
    out: W,
}

impl<W: Write> Jsonl<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Report for Jsonl<W> {
    fn event(&mut self, event: &Event, _: &RunRecord) -> io::Result<()> {
        // One write for each line: anyone who reads along, or after the harness was killed, finds whole lines.
        self.out.write_all(&recording::line(event))?;
        self.out.flush()
    }

    fn finish(&mut self, _: &RunRecord) -> io::Result<()> {
        Ok(())
    }
}
