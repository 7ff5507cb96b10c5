//! Why a side has never got as far as a reply, where nothing that it has sent could show a mistake.

use super::exception::kind;
use super::observation::{Observation, ObservedOutcome};
use super::symptom::{
    ACCEPTS_INSTEAD, CLOSES_WITHOUT_REPLY, DIES_OF_A_SIGNAL, NEVER_REPLIES, NO_REPLY_IN_TIME,
    RAISES_BEFORE_REPLY, SPEAKS_ANOTHER_PROTOCOL, SPINS, Symptom,
};
use crate::conversation::{Answer, Ending, Entry, OperationKind, Transcript};
use crate::event::Exception;
use crate::scenario::{Action, FollowedBy};
use crate::side::Side;
use crate::silence::{BlockedIn, KnownBy};
use crate::verdict::Protocol;

/// The signals that a program brings upon itself. Any other may have been sent by the harness, or because of its limits.
pub(crate) const OWN_SIGNALS: &[(i32, &str)] = &[
    (libc::SIGSEGV, "SIGSEGV (it touched memory that is not its own)"),
    (libc::SIGBUS, "SIGBUS (it touched memory that does not exist)"),
    (libc::SIGABRT, "SIGABRT (abort was called, or an assert failed)"),
    (libc::SIGFPE, "SIGFPE (an arithmetic error, such as division by zero)"),
    (libc::SIGILL, "SIGILL (an illegal instruction)"),
    (libc::SIGTRAP, "SIGTRAP (a check inserted by the compiler failed)"),
];

/// How a program failed before its first reply.
#[derive(Debug, Clone, PartialEq, Eq)]
enum How {
    Dies { signal: &'static str },
    Raises { error: String, place: Option<String>, operation: Option<OperationKind> },
    Closes { was_reset: bool },
    Waits { operation: Option<OperationKind>, known_by: KnownBy },
    Speaks { protocol: Protocol },
}

impl How {
    /// What the program was seen to wait in. That the clock has run out says nothing of it.
    fn seen_waiting(&self) -> Option<KnownBy> {
        match self {
            Self::Waits { known_by, .. } => Some(*known_by).filter(|known_by| *known_by != KnownBy::Deadline),
            Self::Dies { .. } | Self::Raises { .. } | Self::Closes { .. } | Self::Speaks { .. } => None,
        }
    }
}

/// The way in which a side fails before its first reply, the same in everything that was played.
#[derive(Debug, Clone)]
pub(super) struct NoReply {
    side: Side,
    how: How,
}

impl NoReply {
    /// What the failures of a side have in common, if it has never got as far as a reply. What counts is how it fails where
    /// it has been sent a whole message, or told to send one, and nothing else has happened.
    pub(super) fn of(observations: &[Observation], side: Side) -> Option<Self> {
        let is_unplayable = |one: &Observation| matches!(one.outcome, ObservedOutcome::Unplayable);
        if observations.iter().any(|one| is_unplayable(one) || one.has_reply(side)) {
            return None;
        }
        let plain = observations.iter().filter(|one| awaits_first_reply(one));
        let hows = plain.map(|one| how(one, side)).collect::<Option<Vec<_>>>()?;
        let seen = hows.iter().filter_map(How::seen_waiting).collect();
        let mut how = hows.into_iter().map(Some).reduce(|one, other| common(one?, other?))??;
        if let How::Waits { known_by, .. } = &mut how {
            *known_by = agreed(seen);
        }
        Some(Self { side, how })
    }

    /// That a server speaks another protocol: what it sends is no reply.
    pub(super) const fn of_other_protocol(protocol: Protocol) -> Self {
        Self { side: Side::Server, how: How::Speaks { protocol } }
    }

    pub(super) const fn symptom(&self) -> &'static Symptom {
        match &self.how {
            How::Dies { .. } => &DIES_OF_A_SIGNAL,
            How::Raises { .. } => &RAISES_BEFORE_REPLY,
            How::Closes { .. } => &CLOSES_WITHOUT_REPLY,
            How::Waits { known_by: KnownBy::Spinning, .. } => &SPINS,
            How::Waits { known_by: KnownBy::Blocked(BlockedIn::Accept), .. } => &ACCEPTS_INSTEAD,
            // That the clock has run out does not say that it would never have come.
            How::Waits { known_by: KnownBy::Deadline, .. } => &NO_REPLY_IN_TIME,
            How::Waits { .. } => &NEVER_REPLIES,
            How::Speaks { .. } => &SPEAKS_ANOTHER_PROTOCOL,
        }
    }

    /// What happens, in one sentence.
    pub(super) fn text(&self) -> String {
        let side = self.side;
        match &self.how {
            How::Dies { signal } => format!("Before its first reply, the {side} dies of {signal}."),
            How::Raises { error, place, operation } => {
                let within = operation.map_or_else(String::new, |one| format!(" in {}", one.name()));
                let at = place.as_ref().map_or_else(String::new, |place| format!(" at {place}"));
                let error = error.trim_end_matches('.');
                format!("Before its first reply, the {side} raises an exception{within}{at}: {error}.")
            }
            How::Closes { was_reset } => {
                let ends = if *was_reset { "resets" } else { "closes" };
                format!("The {side} never replies: it {ends} the connection.")
            }
            How::Waits { operation, known_by } => {
                let is_known = *known_by != KnownBy::Deadline;
                let what = match operation.map(OperationKind::name) {
                    Some(name) if is_known => format!("The {side}'s {name} never returns"),
                    Some(name) => format!("The {side}'s {name} does not return before the deadline"),
                    None if is_known => format!("The {side} never replies"),
                    None => format!("The {side} does not reply before the deadline"),
                };
                format!("{what}{}.", instead(*known_by))
            }
            How::Speaks { protocol } => {
                format!("The {side} speaks {}, not length-prefixed messages.", protocol.name())
            }
        }
    }
}

/// What a program does instead, as far as it is known.
fn instead(known_by: KnownBy) -> String {
    match known_by {
        KnownBy::Blocked(BlockedIn::Recv) => {
            ": it has read everything that it was sent, and waits for more (recv)".into()
        }
        KnownBy::Blocked(BlockedIn::Poll) => {
            ": it waits for its connections (poll), and nothing is on its way".into()
        }
        KnownBy::Blocked(BlockedIn::Accept) => ": it waits for another connection (accept)".into(),
        KnownBy::Blocked(BlockedIn::Sleep) => {
            ": it sleeps for longer than anything is waited for (sleep)".into()
        }
        KnownBy::Spinning => ": it keeps a processor busy, and sends nothing".into(),
        KnownBy::Blocked(_) | KnownBy::Deadline => String::new(),
    }
}

/// Whether a whole message was sent and its reply awaited, before anything else that a program could stumble over.
fn awaits_first_reply(observation: &Observation) -> bool {
    let starts = matches!(
        observation.case.actions[..],
        [Action::Connect, Action::Send { followed_by: FollowedBy::Anything, .. }, Action::Receive { .. }, ..]
    );
    starts && matches!(observation.outcome, ObservedOutcome::Exactly(_))
}

/// How it came to no reply, if that can be told.
fn how(observation: &Observation, side: Side) -> Option<How> {
    let ObservedOutcome::Exactly(transcript) = &observation.outcome else { return None };
    let own_signal = OWN_SIGNALS.iter().find(|(number, _)| observation.signal == Some(*number));
    if let Some((_, signal)) = own_signal {
        return Some(How::Dies { signal });
    }
    match side {
        Side::Server => how_of_server(transcript, observation.printed.as_deref().unwrap_or_default()),
        Side::Client => how_of_client(transcript),
    }
}

fn how_of_server(transcript: &Transcript, printed: &str) -> Option<How> {
    let is_accepted =
        |entry: &Entry| !matches!(entry, Entry::NotAccepted { .. } | Entry::NotConnected { .. });
    if !transcript.entries.iter().all(is_accepted) {
        return None;
    }
    if let Some(Exception { error, place }) = Exception::last_in(printed) {
        return Some(How::Raises { error, place, operation: None });
    }
    transcript.entries.iter().rev().find_map(|entry| match entry {
        Entry::Silent { silence, .. } => Some(How::Waits { operation: None, known_by: silence.known_by }),
        Entry::Ended { ending, .. } => Some(How::Closes { was_reset: *ending == Ending::Reset }),
        _ => None,
    })
}

/// The first operation that did not return as it should tells.
fn how_of_client(transcript: &Transcript) -> Option<How> {
    let failed = transcript.entries.iter().find_map(|entry| match entry {
        Entry::Answered { operation, answer } if *answer != Answer::Done => Some((operation.kind(), answer)),
        _ => None,
    });
    let (kind, answer) = failed?;
    if kind == OperationKind::Connect {
        // It has not been asked for anything yet, and the finding says all there is to say.
        return None;
    }
    let operation = Some(kind);
    match answer {
        Answer::Error(text) => {
            let Exception { error, place } = Exception::in_answer(text);
            Some(How::Raises { error, place, operation })
        }
        Answer::Silent(silence) => Some(How::Waits { operation, known_by: silence.known_by }),
        Answer::Done
        | Answer::Received { .. }
        | Answer::Malformed(..)
        | Answer::Exited(_)
        | Answer::Forged => None,
    }
}

/// What is true of both, if they are alike.
fn common(one: How, other: How) -> Option<How> {
    match (one, other) {
        (one, other) if one == other => Some(one),
        (How::Closes { .. }, How::Closes { .. }) => Some(How::Closes { was_reset: false }),
        (How::Waits { operation, .. }, How::Waits { operation: other, .. }) if operation == other => {
            Some(How::Waits { operation, known_by: KnownBy::Deadline })
        }
        (
            How::Raises { error, place, operation },
            How::Raises { error: other_error, place: other_place, operation: other_operation },
        ) if (&place, operation) == (&other_place, other_operation) => {
            // The text of an exception may contain what was sent, and so may decide which one it is.
            let (kinds, other) = (kind(&error), kind(&other_error));
            let is_known = kinds.split(" or ").any(|one| one == other);
            let error = if is_known { kinds.to_owned() } else { format!("{kinds} or {other}") };
            (is_known || place.is_some()).then_some(How::Raises { error, place, operation })
        }
        _ => None,
    }
}

/// What a program waits in, if it was never seen to wait in anything else.
fn agreed(seen: Vec<KnownBy>) -> KnownBy {
    match seen.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => *first,
        _ => KnownBy::Deadline,
    }
}
