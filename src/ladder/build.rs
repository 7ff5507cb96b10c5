//! From the entries of a transcript to rungs.

use std::time::Duration;

use super::send::Send;
use super::wrong::is_about;
use super::{Bytes, Contents, Rung, RungKind};
use crate::conversation::{Answer, Entry, Operation, Transcript, Undelivered};
use crate::delivery::Boundary;
use crate::event::{Crash, PlayedCase, Trace};
use crate::scenario::{Action, Case};
use crate::side::{Casting, Side};
use crate::verdict::{Fault, Finding, Mismatch};
use crate::wire::Frame;

/// What the harness sends next, which a transcript does not repeat.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// The pieces that it is cut into.
    pub(super) pieces: Vec<Vec<u8>>,
    /// How many of their bytes belong to the frame after those that were to be sent.
    pub(super) ahead: usize,
}

/// What passes on one connection.
struct Stream<'a> {
    /// The frames that the side under test has to send.
    owed: Vec<Frame<'a>>,
    /// How many of them have come.
    whole: usize,
    /// How many of them can have come: no reply comes before its message.
    asked: usize,
    /// What came after them, and when the first of it did.
    pending: Vec<u8>,
    pending_at: Option<Duration>,
    /// How many frames the harness has sent.
    sent: usize,
    has_ended: bool,
}

pub(super) struct Builder<'a> {
    pub(super) case: &'a Case,
    casting: Casting,
    finding: Option<&'a Finding>,
    entries: Vec<(Duration, &'a Entry)>,
    /// How many of the entries are done.
    done: usize,
    streams: Vec<Stream<'a>>,
    rungs: Vec<Rung>,
    outgoing: Option<Outgoing>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(played: &'a PlayedCase, casting: Casting, finding: Option<&'a Finding>) -> Self {
        let transcript: &Transcript = &played.transcript;
        Self {
            case: &played.case,
            casting,
            finding,
            entries: transcript.timed().collect(),
            done: 0,
            streams: Vec::new(),
            rungs: Vec::new(),
            outgoing: None,
        }
    }

    /// What comes next, if anything does.
    pub(super) fn peek(&self) -> Option<&'a Entry> {
        self.entries.get(self.done).map(|(_, entry)| *entry)
    }

    /// Takes everything up to the next entry of this kind; nothing where there is none.
    pub(super) fn take_through(&mut self, is_last: impl Fn(&Entry) -> bool) -> bool {
        let Some(more) = self.entries[self.done..].iter().position(|(_, entry)| is_last(entry)) else {
            return false;
        };
        (0..=more).for_each(|_| self.take());
        true
    }

    /// Takes the next entry.
    pub(super) fn take(&mut self) {
        let Some((at, entry)) = self.entries.get(self.done).copied() else { return };
        self.done += 1;
        self.entry(at, entry);
    }

    /// Says what the next entry of a send has sent.
    pub(super) fn expect_sent(&mut self, outgoing: Outgoing) {
        self.outgoing = Some(outgoing);
    }

    /// How many frames of the side under test have come on a connection.
    pub(super) fn whole(&self, connection: usize) -> usize {
        self.streams.get(connection).map_or(0, |stream| stream.whole)
    }

    /// Whether the side under test has ended a connection, or there is none.
    pub(super) fn has_ended(&self, connection: usize) -> bool {
        self.streams.get(connection).is_none_or(|stream| stream.has_ended)
    }

    pub(super) const fn connections(&self) -> usize {
        self.streams.len()
    }

    /// Adds something that the transcript does not say.
    pub(super) fn add(&mut self, connection: usize, kind: RungKind) {
        self.push(None, Some(connection), kind);
    }

    fn push(&mut self, at: Option<Duration>, connection: Option<usize>, kind: RungKind) {
        let is_wrong = self.is_wrong(connection, &kind);
        self.rungs.push(Rung { at, connection, kind, is_wrong });
    }

    /// The rungs, and how many connections were made.
    pub(super) fn finish(mut self, crash: Option<&Crash>, trace: Option<&Trace>) -> (usize, Vec<Rung>) {
        while self.done < self.entries.len() {
            self.take();
        }
        (0..self.streams.len()).for_each(|connection| self.flush(connection));
        if let Some(finding) = self.finding
            && let Fault::Bytes { mismatch: Mismatch::Stops { whole, of_next: 0, .. }, .. } = finding.fault
        {
            self.missing(finding.connection(), whole, false);
        }
        if let Some(crash) = crash {
            let place = self.place_of_crash();
            self.insert(place, RungKind::Crashed(crash.clone()), true);
            // What has broken waits for nothing.
            let mut index = 0;
            self.rungs.retain(|rung| {
                index += 1;
                index <= place || rung.is_wrong || !matches!(rung.kind, RungKind::Silent { .. })
            });
        }
        // The call that shows it stands right before what is wrong.
        if let Some((trace, culprit)) = trace.and_then(|trace| Some((trace, trace.culprit?)))
            && let Some(call) = trace.calls.get(culprit.call)
            && let Some(wrong) = self.rungs.iter().position(|rung| rung.is_wrong)
        {
            self.insert(wrong, RungKind::Culprit { call: call.clone(), shows: culprit.shows }, false);
        }
        (self.streams.len(), self.rungs)
    }

    /// Puts something in that was seen elsewhere.
    fn insert(&mut self, place: usize, kind: RungKind, is_wrong: bool) {
        self.rungs.insert(place, Rung { at: None, connection: None, kind, is_wrong });
    }

    /// When a program broke is not known: before the first thing that is wrong, and before the end of the connection that came of
    /// it. What no longer took a client broke with the one before, at the latest.
    fn place_of_crash(&self) -> usize {
        let Some(wrong) = self.rungs.iter().position(|rung| rung.is_wrong) else { return self.rungs.len() };
        let is_gone = matches!(self.rungs[wrong].kind, RungKind::NotConnected(_) | RungKind::NotAccepted(_));
        let before = &self.rungs[..wrong];
        let connection = self.rungs[wrong].connection;
        let is_its_end = |rung: &Rung| {
            matches!(rung.kind, RungKind::Ends { by, .. } if Some(by) == self.casting.side())
                && (is_gone || rung.connection == connection)
        };
        let is_of_client_before = |rung: &Rung| rung.connection.is_some() && rung.connection != connection;
        let after_client_before =
            || before.iter().rposition(is_of_client_before).filter(|_| is_gone).map(|last| last + 1);
        before.iter().rposition(is_its_end).or_else(after_client_before).unwrap_or(wrong)
    }

    fn entry(&mut self, at: Duration, entry: &Entry) {
        let at = Some(at);
        match entry {
            Entry::Connected { connection } => {
                self.connect(*connection);
                self.push(at, Some(*connection), RungKind::Connects);
            }
            Entry::NotConnected { why } => self.push(at, None, RungKind::NotConnected(why.clone())),
            Entry::NeverConnected { silence } => self.push(at, None, RungKind::NeverConnected(*silence)),
            Entry::NotAccepted { connection, silence } => {
                self.flush(*connection);
                self.push(at, Some(*connection), RungKind::NotAccepted(*silence));
            }
            Entry::Sent { connection, messages, len, pieces, requested, undelivered } => {
                let boundary = if *requested == 0 { Boundary::Confirmed } else { Boundary::Unconfirmed };
                self.sent(at, *connection, *messages, (*len, *pieces), boundary);
                if let Some(undelivered) = undelivered {
                    self.undelivered(at, *connection, undelivered);
                }
                self.take_frames(*connection, at);
            }
            Entry::Received { connection, bytes } => self.received(at, *connection, bytes),
            Entry::Silent { connection, silence } => {
                self.flush(*connection);
                if let Some(side) = self.casting.side() {
                    self.push(at, Some(*connection), RungKind::Silent { side, silence: *silence });
                }
            }
            Entry::Unfinished { connection, waited } => {
                self.flush(*connection);
                if let Some(side) = self.casting.side() {
                    self.push(at, Some(*connection), RungKind::Unfinished { side, waited: *waited });
                }
            }
            Entry::Ended { connection, ending } => {
                self.flush(*connection);
                if let (Some(stream), Some(by)) = (self.streams.get_mut(*connection), self.casting.side()) {
                    stream.has_ended = true;
                    self.push(at, Some(*connection), RungKind::Ends { by, ending: *ending });
                }
            }
            Entry::ToldToStop { how } => self.push(at, None, RungKind::ToldToStop { how: how.clone() }),
            Entry::StopPrevented { fault } => self.push(at, None, RungKind::StopPrevented(fault.clone())),
            Entry::KilledBySignal => self.push(at, None, RungKind::Killed),
            Entry::PortAfterStop { silence, listening } => {
                let (silence, listening) = (*silence, *listening);
                self.push(at, None, RungKind::PortAfterStop { silence, listening });
            }
            Entry::Answered { operation, answer } => self.answered(at, operation, answer),
            Entry::TimeoutPassed { connection, timeout, .. } => {
                self.push(at, Some(*connection), RungKind::TimeoutPassed(*timeout));
            }
            Entry::MemoryGrew { bytes } => self.push(at, None, RungKind::MemoryGrew(*bytes)),
            Entry::ReadAhead { bytes } => self.push(at, self.newest(), RungKind::ReadAhead(*bytes)),
            Entry::ConnectedAgain => self.push(at, None, RungKind::ConnectedAgain),
            Entry::StopFailed { why } | Entry::HarnessError { why } => {
                self.push(at, None, RungKind::Trouble { why: why.clone() });
            }
            // The answer that comes next says it.
            Entry::Raised | Entry::Aborted => {}
        }
    }

    fn newest(&self) -> Option<usize> {
        self.streams.len().checked_sub(1)
    }

    fn connect(&mut self, connection: usize) {
        let owed = owed(self.case, self.casting, connection);
        let asked = if self.casting == Casting::CLIENT { usize::MAX } else { 0 };
        self.streams.push(Stream {
            owed,
            whole: 0,
            asked,
            pending: Vec::new(),
            pending_at: None,
            sent: 0,
            has_ended: false,
        });
    }

    fn answered(&mut self, at: Option<Duration>, operation: &Operation, answer: &Answer) {
        let kind = RungKind::Called { operation: operation.clone(), answer: answer.clone() };
        let connection = self.newest();
        // What was sent and received is seen on the wire: what a call gave back matters where it is wrong, or another one is.
        let is_plain = match answer {
            Answer::Done => *operation != Operation::ReceiveMessage,
            Answer::Received { received: true, .. } => !self.is_about_answers(),
            _ => false,
        };
        let is_wrong = self.is_wrong(connection, &kind);
        if self.casting == Casting::Pair || !is_plain || is_wrong {
            self.push(at, connection, kind);
        }
        if let Some(Fault::Answer { expected, .. }) = self.finding.map(|finding| &finding.fault)
            && is_wrong
        {
            self.push(None, connection, RungKind::Due(expected.clone()));
        }
    }

    /// The harness has sent something, in one piece or in several.
    fn sent(
        &mut self,
        at: Option<Duration>,
        connection: usize,
        messages: usize,
        (len, pieces): (usize, usize),
        boundary: Boundary,
    ) {
        let Some(from) = self.casting.side().map(Side::other) else { return };
        let Some(stream) = self.streams.get_mut(connection) else { return };
        let known = self.outgoing.take().filter(|outgoing| {
            (outgoing.pieces.len(), outgoing.pieces.iter().map(Vec::len).sum()) == (pieces, len)
        });
        let Outgoing { pieces, ahead } = known.unwrap_or_default();
        let contents = match messages {
            0 => Contents::Other { instead_of: None },
            count => Contents::Frames { first: stream.sent, count, ahead },
        };
        stream.sent += messages;
        if self.casting == Casting::SERVER {
            stream.asked = stream.asked.saturating_add(messages);
        }
        let kinds = Send { from, contents, len, boundary }.rungs(&pieces);
        let last = kinds.len() - 1;
        for (number, kind) in kinds.into_iter().enumerate() {
            // When the others were sent is not known.
            self.push(at.filter(|_| number == last), Some(connection), kind);
        }
    }

    fn undelivered(&mut self, at: Option<Duration>, connection: usize, undelivered: &Undelivered) {
        self.push(at, Some(connection), RungKind::Undelivered(undelivered.clone()));
    }

    fn received(&mut self, at: Option<Duration>, connection: usize, bytes: &[u8]) {
        let Some(stream) = self.streams.get_mut(connection) else { return };
        stream.pending.extend_from_slice(bytes);
        stream.pending_at = stream.pending_at.or(at);
        self.take_frames(connection, at);
    }

    /// Shows the frames that have come whole. A delivery is noted when it is over, and so after the replies that came meanwhile:
    /// they are shown behind it.
    fn take_frames(&mut self, connection: usize, at: Option<Duration>) {
        let (Some(from), Some(stream)) = (self.casting.side(), self.streams.get_mut(connection)) else {
            return;
        };
        let (mut start, mut found) = (0, Vec::new());
        while let Some(frame) = stream.owed.get(stream.whole).filter(|_| stream.whole < stream.asked) {
            let rest = &stream.pending[start..];
            if frame.common_len(rest) < frame.len() {
                break;
            }
            let contents = Contents::Frames { first: stream.whole, count: 1, ahead: 0 };
            let bytes = Bytes::new(from, contents, &rest[..frame.len()]);
            found.push((stream.pending_at, RungKind::Bytes(bytes)));
            start += frame.len();
            stream.whole += 1;
            stream.pending_at = at;
        }
        stream.pending.drain(..start);
        for (at, kind) in found {
            self.push(at, Some(connection), kind);
        }
    }

    /// Nothing more comes: shows what is left.
    fn flush(&mut self, connection: usize) {
        if let Some(stream) = self.streams.get_mut(connection) {
            stream.asked = usize::MAX;
        }
        self.take_frames(connection, None);
        let (Some(from), Some(stream)) = (self.casting.side(), self.streams.get_mut(connection)) else {
            return;
        };
        if stream.pending.is_empty() {
            return;
        }
        let next = stream.owed.get(stream.whole);
        let contents = match next {
            Some(frame) if frame.common_len(&stream.pending) == stream.pending.len() => {
                Contents::Part { frame: stream.whole, of: frame.len() }
            }
            next => Contents::Other { instead_of: next.map(|_| stream.whole) },
        };
        let kind = RungKind::Bytes(Bytes::new(from, contents.clone(), &std::mem::take(&mut stream.pending)));
        let at = stream.pending_at;
        let is_wrong = self.is_wrong(Some(connection), &kind);
        self.push(at, Some(connection), kind);
        if let Contents::Other { instead_of: Some(frame) } = contents
            && is_wrong
        {
            self.missing(connection, frame, true);
        }
    }

    /// Shows what had to come.
    fn missing(&mut self, connection: usize, frame: usize, is_replaced: bool) {
        let (Some(from), Some(stream)) = (self.casting.side(), self.streams.get(connection)) else { return };
        let Some(owed) = stream.owed.get(frame) else { return };
        let contents = Contents::Frames { first: frame, count: 1, ahead: 0 };
        let owed = Bytes::new(from, contents, &owed.to_vec());
        self.add(connection, RungKind::Missing { owed, frame, is_replaced });
    }

    fn is_about_answers(&self) -> bool {
        self.finding.is_some_and(|finding| matches!(finding.fault, Fault::Answer { .. }))
    }

    fn is_wrong(&self, connection: Option<usize>, kind: &RungKind) -> bool {
        self.finding.is_some_and(|finding| is_about(finding, connection, kind))
    }
}

/// The frames that the side under test has to send on a connection.
fn owed(case: &Case, casting: Casting, connection: usize) -> Vec<Frame<'_>> {
    let (mut made, mut turn, mut owed) = (0, 0, Vec::new());
    for action in &case.actions {
        match action {
            Action::Connect => {
                turn = made;
                made += 1;
            }
            Action::SwitchClient { client } => turn = *client,
            Action::Send { messages, .. } if turn == connection => match casting {
                Casting::SERVER => owed.extend(case.replies(action, casting).map(|reply| case.frame(reply))),
                _ => owed.extend(messages.iter().map(|message| case.frame(message))),
            },
            _ => {}
        }
    }
    owed
}
