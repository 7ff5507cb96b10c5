//! Events, as they happen.

use std::io;
use std::time::{Duration, Instant};

use crate::event::{Event, EventKind, RunStarted};
use crate::record::RunRecord;

/// The events of a run, each told as it happens and put on record.
pub(super) struct EventLog<R> {
    started: Instant,
    record: RunRecord,
    report: R,
}

impl<R: FnMut(&Event, &RunRecord) -> io::Result<()>> EventLog<R> {
    /// Begins with the start of the run, which something has gone on for so long before.
    pub(super) fn start(started: RunStarted, before: Duration, mut report: R) -> io::Result<Self> {
        let event = Event::new(Duration::ZERO, EventKind::RunStarted(started));
        let record = RunRecord::start(&event).map_err(io::Error::other)?;
        report(&event, &record)?;
        let now = Instant::now();
        Ok(Self { started: now.checked_sub(before).unwrap_or(now), record, report })
    }

    /// Adds what has just happened.
    pub(super) fn add(&mut self, kind: EventKind) -> io::Result<()> {
        let event = Event::new(self.started.elapsed(), kind);
        self.record.apply(&event).map_err(io::Error::other)?;
        (self.report)(&event, &self.record)
    }

    /// What the run has come to so far.
    pub(super) const fn record(&self) -> &RunRecord {
        &self.record
    }

    /// What the run has come to.
    pub(super) fn into_record(self) -> RunRecord {
        self.record
    }
}
