//! What happened in a conversation, rung by rung: in a few words beside an arrow, or as a sentence.

use super::answer::{answered, expected_answer};
use super::delivery::obstacle;
use super::finding::connect_failure;
use super::hand_in::hand_in;
use super::{crash, place, silence};
use crate::assignment::Assignment;
use crate::bytes::beginning;
use crate::conversation::{Answer, Ending, Operation};
use crate::delivery::Boundary;
use crate::english::{capitalised, count, ms, number};
use crate::event::{Crash, Exception};
use crate::ladder::{Bytes, Contents, Ladder, Piece, Rung, RungKind};
use crate::side::{Casting, Side};
use crate::silence::{BlockedIn, KnownBy, Silence};
use crate::verdict::ExpectedAnswer;
use crate::wire::Header;

/// Who stands at the head of the lifeline of a side: `harness`, `your server`.
#[must_use]
pub fn lifeline(side: Side, is_harness: bool) -> String {
    if is_harness { "harness".to_owned() } else { format!("your {side}") }
}

impl Ladder {
    /// A side, as the subject of a sentence. Of several clients it is said which one.
    fn subject(&self, side: Side, connection: Option<usize>) -> String {
        match (side, connection) {
            (Side::Client, Some(client)) if self.connections > 1 && self.is_harness(side) => {
                format!("the harness, as client {},", client + 1)
            }
            (Side::Client, Some(client)) if self.connections > 1 => format!("client {}", client + 1),
            _ if self.is_harness(side) => "the harness".to_owned(),
            _ => format!("the {side}"),
        }
    }

    /// What a rung comes to, in a few words. Which of several clients it is about is left out.
    #[must_use]
    pub fn label(&self, rung: &Rung) -> String {
        match &rung.kind {
            RungKind::Connects => "connects".into(),
            RungKind::NotConnected(_) => "cannot connect".into(),
            RungKind::NeverConnected(_) => "does not connect".into(),
            RungKind::NotAccepted(_) => "not accepted".into(),
            RungKind::Bytes(bytes) => bytes_label(bytes, &self.assignment),
            RungKind::MorePieces { count: pieces, .. } => count(*pieces, "more piece"),
            RungKind::Undelivered(undelivered) => match undelivered.pieces {
                0 | 1 => "not all of it was read".into(),
                pieces => format!("only {} of {pieces} pieces were read", undelivered.done),
            },
            RungKind::Missing { owed, frame, is_replaced } => {
                let shown = in_brackets(owed, &self.assignment).unwrap_or_default();
                match is_replaced {
                    true => format!("should be {shown}"),
                    false => format!("no {} {}: {shown}", noun(owed.from), frame + 1),
                }
            }
            // That it has done what it was told is no fault.
            RungKind::Silent { silence, .. }
                if rung.is_wrong && silence.known_by == KnownBy::Blocked(BlockedIn::Command) =>
            {
                "keeps the connection open".into()
            }
            RungKind::Silent { silence, .. } => silence_label(*silence),
            RungKind::Unfinished { waited, .. } => format!("not done after {}", ms(*waited)),
            RungKind::Ends { ending: Ending::Closed, .. } => "closes (FIN)".into(),
            RungKind::Ends { ending: Ending::Reset, .. } => "resets (RST)".into(),
            RungKind::BothClose { .. } => "both close (FIN)".into(),
            RungKind::ToldToStop { .. } => "is told to stop".into(),
            RungKind::StopPrevented(_) => "cannot be told to stop".into(),
            RungKind::Killed => "is ended by the signal".into(),
            RungKind::PortAfterStop { listening: true, .. } => "still listens on its port".into(),
            RungKind::PortAfterStop { listening: false, .. } => "has given up its port".into(),
            RungKind::Called { operation, answer } => call_label(operation, answer),
            RungKind::Due(expected) => due_label(expected),
            RungKind::TimeoutPassed(timeout) => format!("its timeout of {} passes", ms(*timeout)),
            RungKind::MemoryGrew(bytes) => format!("memory grew by {} MiB", bytes >> 20),
            RungKind::ReadAhead(bytes) => format!("has read {} ahead", count(*bytes, "byte")),
            RungKind::ConnectedAgain => "connects again, unasked".into(),
            RungKind::Culprit { call, .. } => format!("{}:{} {}()", call.file, call.line, call.method),
            RungKind::Crashed(Crash::Signal { name, .. }) => format!("dies of {name}"),
            // What it says besides would be cut here, and stands in the sentence.
            RungKind::Crashed(Crash::Exception(Exception { error, .. })) => {
                format!("raises {}", error.split(':').next().unwrap_or_default())
            }
            RungKind::Trouble { .. } => "the harness cannot go on".into(),
            RungKind::Repeated { times, is_each_anew: true, .. } => {
                format!("the same with {}", count(*times, "more client"))
            }
            RungKind::Repeated { times, .. } => format!("the same {}", count(*times, "more time")),
            RungKind::LeftOut(rungs) => format!("{} left out", count(*rungs, "step")),
        }
    }

    /// What happened, in a sentence.
    #[must_use]
    pub fn sentence(&self, rung: &Rung) -> String {
        let under_test = |side| self.subject(side, rung.connection);
        let sentence = match &rung.kind {
            RungKind::Connects => format!("{} connects.", under_test(Side::Client)),
            RungKind::NotConnected(why) => {
                format!("{} cannot connect: {}.", under_test(Side::Client), connect_failure(why))
            }
            RungKind::NeverConnected(silence) => silence::never_connected(*silence),
            RungKind::NotAccepted(None) => {
                "no program takes the connection: the server stops listening.".into()
            }
            RungKind::NotAccepted(Some(silence)) => {
                silence::in_vain("the server does not accept the connection", Side::Server, *silence)
            }
            RungKind::Bytes(bytes) => self.bytes_sentence(bytes, rung),
            RungKind::MorePieces { from, count: pieces, lens, boundary } => {
                let pieces = count(*pieces, "more piece");
                format!("{} sends {pieces} of {}, {}.", under_test(*from), sizes(*lens), each_read(*boundary))
            }
            RungKind::Undelivered(undelivered) => {
                let peer = self.casting.side().unwrap_or(Side::Server);
                format!("not all of it could be sent: {}.", obstacle(undelivered, peer))
            }
            RungKind::Missing { owed, frame, is_replaced } => missing_sentence(owed, *frame, *is_replaced),
            RungKind::Silent { side, silence } => {
                format!("{} {}.", under_test(*side), silence::did_nothing(*side, *silence))
            }
            RungKind::Unfinished { side, waited } => {
                format!("{} is not done after {}.", under_test(*side), ms(*waited))
            }
            RungKind::Ends { by, ending } => self.end_sentence(*by, *ending, rung),
            RungKind::BothClose { first } => self.both_close_sentence(*first, rung),
            RungKind::ToldToStop { how } => format!("the server is told to stop ({how})."),
            RungKind::StopPrevented(fault) => hand_in(fault),
            RungKind::Killed => "the signal ends the server's program.".into(),
            RungKind::PortAfterStop { listening: false, .. } => "the server has given up its port.".into(),
            RungKind::PortAfterStop { silence, listening: true } => {
                silence::in_vain("the server does not stop listening on its port", Side::Server, *silence)
            }
            RungKind::Called { operation, answer } => self.call_sentence(operation, answer, rung),
            RungKind::Due(expected) => format!("it should have come to: {}.", expected_answer(expected)),
            RungKind::TimeoutPassed(timeout) => {
                let peer = under_test(self.casting.side().unwrap_or(Side::Server));
                format!("{peer} waits for {}, and nothing is sent to it until then.", ms(*timeout))
            }
            RungKind::MemoryGrew(bytes) => {
                format!("the memory of the server's program has grown by {} MiB.", bytes >> 20)
            }
            RungKind::ReadAhead(bytes) => {
                format!("the client has read {} past the end of that reply.", count(*bytes, "byte"))
            }
            RungKind::ConnectedAgain => "the client makes another connection, unasked.".into(),
            // What was raised is told as what broke the program.
            RungKind::Culprit { call, shows } => {
                format!("{}.", place::shown_by(call, *shows).unwrap_or_else(|| place::call(call)))
            }
            RungKind::Crashed(broken) => crash(self.casting.side().unwrap_or(Side::Server), broken),
            RungKind::Trouble { why } => why.clone(),
            RungKind::Repeated { rungs, times, is_each_anew } => {
                repeated_sentence(*rungs, *times, *is_each_anew)
            }
            RungKind::LeftOut(rungs) => format!("{} are left out here.", count(*rungs, "step")),
        };
        // A file's name stays as it is.
        if matches!(rung.kind, RungKind::Culprit { .. }) { sentence } else { capitalised(&sentence) }
    }

    fn both_close_sentence(&self, first: Side, rung: &Rung) -> String {
        let (one, other) = (self.subject(first, rung.connection), self.subject(first.other(), None));
        format!("{one} closes the connection (FIN), and so does {other}.")
    }

    fn call_sentence(&self, operation: &Operation, answer: &Answer, rung: &Rung) -> String {
        let client = self.subject(Side::Client, rung.connection);
        let told = told(operation);
        match answer {
            Answer::Done if *operation != Operation::ReceiveMessage => {
                format!("{client} is told {told}, and returns.")
            }
            _ => format!("{client} is told {told}: {}.", answered(answer).trim_end_matches('.')),
        }
    }

    fn bytes_sentence(&self, bytes: &Bytes, rung: &Rung) -> String {
        let sender = self.subject(bytes.from, rung.connection);
        let receiver = match (bytes.from, rung.connection) {
            (Side::Server, Some(client)) if self.connections > 1 => format!(" to client {}", client + 1),
            _ => String::new(),
        };
        let (noun, len) = (noun(bytes.from), count(bytes.len, "byte"));
        if let Some(Piece { number, of, boundary }) = bytes.piece {
            let read = match boundary {
                Some(Boundary::Confirmed) => ": a read ends behind it",
                Some(Boundary::Unconfirmed) => "; it may be read together with the next one",
                None => "",
            };
            return format!("{sender} sends piece {} of {of}, {len}{receiver}{read}.", number + 1);
        }
        match &bytes.contents {
            Contents::Frames { first, count: 1, ahead: 0 } => {
                format!("{sender} sends {noun} {}, {len}{receiver}.", first + 1)
            }
            Contents::Frames { first, count: frames, ahead } => {
                let ahead = match ahead {
                    0 => String::new(),
                    ahead => format!(", {} of the next among them", number(*ahead)),
                };
                format!("{sender} sends {}, {len}{ahead}{receiver}.", several(noun, *first, *frames))
            }
            Contents::Part { frame, of } => {
                format!(
                    "{sender} sends {} of the {} bytes of {noun} {}{receiver}.",
                    number(bytes.len),
                    number(*of),
                    frame + 1
                )
            }
            Contents::Other { instead_of: Some(frame) } => {
                format!("{sender} sends {len}{receiver}, not {noun} {} as it should be.", frame + 1)
            }
            Contents::Other { instead_of: None } if self.is_harness(bytes.from) => {
                match self.payload(bytes) {
                    Some(payload) => {
                        let (payload, charset) = (count(payload, "byte"), self.assignment.charset);
                        format!("{sender} sends a {noun} of {payload} that is not {charset}{receiver}.")
                    }
                    None => format!("{sender} sends {len} of an incomplete {noun}{receiver}."),
                }
            }
            Contents::Other { instead_of: None } => {
                format!("{sender} sends {len}{receiver} that no {noun} needs.")
            }
        }
    }

    /// The length of the payload, in bytes, where what was sent is a whole frame.
    fn payload(&self, bytes: &Bytes) -> Option<usize> {
        let declared = Header::declared(&bytes.head, &self.assignment)?;
        let payload = declared.checked_sub(self.assignment.counted_header_len() as u64)?;
        let is_whole = payload + self.assignment.header_width.bytes() as u64 == bytes.len as u64;
        is_whole.then(|| usize::try_from(payload).ok()).flatten()
    }

    fn end_sentence(&self, by: Side, ending: Ending, rung: &Rung) -> String {
        let who = self.subject(by, rung.connection);
        let whose = match (by, rung.connection) {
            (Side::Server, Some(client)) if self.connections > 1 => format!(" of client {}", client + 1),
            _ => String::new(),
        };
        match ending {
            Ending::Closed => format!("{who} closes the connection{whose} (FIN)."),
            Ending::Reset => format!("{who} resets the connection{whose} (RST)."),
        }
    }

    /// Which client a rung is about, where there are several.
    #[must_use]
    pub fn client_of(&self, rung: &Rung) -> Option<usize> {
        let is_of_client = !matches!(rung.kind, RungKind::Repeated { .. } | RungKind::LeftOut(_));
        rung.connection.filter(|_| self.connections > 1 && is_of_client)
    }
}

const fn noun(from: Side) -> &'static str {
    match from {
        Side::Server => "reply",
        Side::Client => "message",
    }
}

/// `messages 1 to 3`
fn several(noun: &str, first: usize, frames: usize) -> String {
    let plural = if noun == "reply" { "replies" } else { "messages" };
    match frames {
        1 => format!("{noun} {}", first + 1),
        _ => format!("{plural} {} to {}", first + 1, number(first + frames)),
    }
}

fn bytes_label(bytes: &Bytes, assignment: &Assignment) -> String {
    let (noun, len) = (noun(bytes.from), count(bytes.len, "byte"));
    if let Some(Piece { number, of, .. }) = bytes.piece {
        return format!("piece {} of {of}: {len}", number + 1);
    }
    let shown = || in_brackets(bytes, assignment).unwrap_or_else(|| len.clone());
    match &bytes.contents {
        Contents::Frames { first, count: 1, .. } => format!("{noun} {}: {}", first + 1, shown()),
        Contents::Frames { first, count: frames, .. } => {
            format!("{}: {len}", several(noun, *first, *frames))
        }
        Contents::Part { of, .. } => format!("{} of {} bytes", number(bytes.len), number(*of)),
        // What it should be stands below it.
        Contents::Other { .. } => {
            let header_len = assignment.header_width.bytes();
            match Header::declared(&bytes.head, assignment) {
                Some(declared) if declared + header_len as u64 != bytes.len as u64 => {
                    format!("{len}: {}", shown())
                }
                _ => shown(),
            }
        }
    }
}

/// A frame in the way of the assignment, the length in front in brackets: `[30] Four score a…`.
fn in_brackets(bytes: &Bytes, assignment: &Assignment) -> Option<String> {
    /// How many columns of the payload are shown.
    const COLUMNS: usize = 10;
    let declared = Header::declared(&bytes.head, assignment)?;
    let header_len = assignment.header_width.bytes();
    let payload = beginning(&bytes.head[header_len..], bytes.len - header_len, COLUMNS);
    Some(format!("[{}] {payload}", number(declared)))
}

fn missing_sentence(owed: &Bytes, frame: usize, is_replaced: bool) -> String {
    let (noun, len) = (noun(owed.from), count(owed.len, "byte"));
    match is_replaced {
        true => format!("{noun} {} should be {len}.", frame + 1),
        false => format!("{noun} {}, of {len}, does not come.", frame + 1),
    }
}

fn repeated_sentence(rungs: usize, times: usize, is_each_anew: bool) -> String {
    match (rungs, is_each_anew) {
        (_, true) => format!("{} do the same.", count(times, "more client")),
        (1, false) => format!("this happens {}.", count(times, "more time")),
        (_, false) => format!("these {rungs} steps happen {}.", count(times, "more time")),
    }
}

/// How long pieces are.
fn sizes((shortest, longest): (usize, usize)) -> String {
    if shortest == longest {
        format!("{} each", count(shortest, "byte"))
    } else {
        format!("{} to {}", number(shortest), count(longest, "byte"))
    }
}

const fn each_read(boundary: Boundary) -> &'static str {
    match boundary {
        Boundary::Confirmed => "each read by itself",
        Boundary::Unconfirmed => "which may be read together",
    }
}

fn silence_label(silence: Silence) -> String {
    match silence.known_by {
        KnownBy::Deadline => format!("silent for {}", ms(silence.waited)),
        KnownBy::Blocked(within) => match within.call() {
            Some(call) => format!("waits in {call} for ever"),
            None if within == BlockedIn::Command => "has nothing left to do".into(),
            None => "waits for ever".into(),
        },
        KnownBy::Spinning => format!("busy for {}", ms(silence.waited)),
    }
}

/// `returns age`, `send_message: fails: OSError`
fn call_label(operation: &Operation, answer: &Answer) -> String {
    match answer {
        Answer::Done if *operation != Operation::ReceiveMessage => operation.name().into(),
        Answer::Received { payload, received: true } => format!("returns {}", text_shown(payload)),
        Answer::Received { payload, received: false } if payload.is_empty() => {
            "returns that nothing came".into()
        }
        _ => format!("{}: {}", operation.name(), answered(answer)),
    }
}

/// What a call should have come to, in a few words.
fn due_label(expected: &ExpectedAnswer) -> String {
    match expected {
        ExpectedAnswer::Return | ExpectedAnswer::ReturnOrFail => "should return".into(),
        ExpectedAnswer::Fail => "should fail".into(),
        ExpectedAnswer::Reply(reply) | ExpectedAnswer::ReplyOrDisconnect(reply) => {
            format!("should return {}", text_shown(reply))
        }
        ExpectedAnswer::Disconnect => "should return that nothing came".into(),
    }
}

/// The beginning of a text.
fn text_shown(text: &str) -> String {
    /// In characters.
    const SHOWN_MAX: usize = 12;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "an empty text".into(),
        None => text.into(),
    }
}

/// What a client is told, behind `is told`.
fn told(operation: &Operation) -> String {
    match operation {
        Operation::Connect { .. } => "to connect".into(),
        Operation::SendMessage(message) => {
            format!("to send a message of {}", count(message.chars().count(), "character"))
        }
        Operation::ReceiveMessage => "to receive".into(),
        Operation::ShutDown => "to shut down".into(),
    }
}

impl Ladder {
    /// What a reader has to know of the picture before anything else, if there is something.
    #[must_use]
    pub const fn remark(&self) -> Option<&'static str> {
        match self.casting {
            Casting::Pair => Some(
                "What the two send each other is not seen by the harness: only what the client is told, and what comes of it.",
            ),
            Casting::Of(_) => None,
        }
    }
}
