//! Where in a program something went wrong.

use crate::english::count;
use crate::event::{CallOutcome, CallShows, SocketCall, Trace};
use crate::record::{FailureGroup, RunRecord, TrialRecord};

/// Where it happened: `buffered_server.py:36  recv(1024) took 12 bytes of the next message`.
#[must_use]
pub fn place(trace: &Trace) -> Option<String> {
    let culprit = trace.culprit?;
    shown_by(trace.calls.get(culprit.call)?, culprit.shows)
}

/// The same, of the call itself.
pub(super) fn shown_by(call: &SocketCall, shows: CallShows) -> Option<String> {
    let what = match (shows, &call.outcome) {
        (CallShows::TookOfNext { len }, _) => format!("took {} of the next message", count(len, "byte")),
        (CallShows::Incomplete { len, missing }, _) => {
            let [came, missing] = [len, missing].map(|len| count(len, "byte"));
            format!("returned {came}, with {missing} of the message still to come")
        }
        (CallShows::SentPart { len }, _) => format!("sent only {}", count(len, "byte")),
        (CallShows::SentWrong, _) => "sent the first wrong byte".into(),
        (CallShows::Raised, CallOutcome::Raised { error }) => {
            format!("raised {}", error.trim_end_matches(": "))
        }
        (CallShows::Raised, _) => return None,
        (CallShows::Waited, _) => "waited, and nothing more was on its way".into(),
    };
    Some(format!("{}:{}  {} {what}", call.file, call.line, self::call(call)))
}

/// Where one of several failures happened that belong together: the example's place, if it has one.
#[must_use]
pub fn place_of(group: &FailureGroup<'_>, record: &RunRecord) -> Option<String> {
    let of = |trial: &TrialRecord| record.trace(&trial.finished.key).and_then(place);
    of(group.example()).or_else(|| group.trials.iter().find_map(|trial| of(trial)))
}

/// A call as it stands in the program: `recv(1024)`, `sendall(26 bytes)`, `accept()`.
#[must_use]
pub fn call(call: &SocketCall) -> String {
    let asked = match (call.asked, call.method.as_str()) {
        (None, _) => String::new(),
        (Some(asked), "send" | "sendall") => count(asked, "byte"),
        // As it stands in the program.
        (Some(asked), _) => asked.to_string(),
    };
    format!("{}({asked})", call.method)
}

/// What came of a call: `48 bytes`, `raised ConnectionResetError`, `waits`.
#[must_use]
pub fn call_outcome(call: &SocketCall) -> String {
    match &call.outcome {
        CallOutcome::Returned { len: Some(0) } if call.method.starts_with("recv") => {
            "the end of the stream".into()
        }
        CallOutcome::Returned { len: Some(len) } => count(*len, "byte"),
        CallOutcome::Returned { len: None } => "returned".into(),
        CallOutcome::Raised { error } => format!("raised {}", error.trim_end_matches(": ")),
        CallOutcome::Waits => "waits".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::CulpritCall;

    fn told(method: &str, asked: Option<usize>, outcome: CallOutcome, shows: CallShows) -> String {
        let (file, method) = ("buffered_server.py".to_owned(), method.to_owned());
        let call = SocketCall { file, line: 36, method, connection: Some(0), asked, outcome };
        place(&Trace { calls: vec![call], culprit: Some(CulpritCall { call: 0, shows }) }).unwrap()
    }

    #[test]
    fn a_call_is_shown_as_it_stands_with_what_came_of_it() {
        let returned = |len| CallOutcome::Returned { len };
        assert_eq!(
            told("recv", Some(1024), returned(Some(48)), CallShows::TookOfNext { len: 12 }),
            "buffered_server.py:36  recv(1024) took 12 bytes of the next message"
        );
        assert_eq!(
            told("recv", Some(4), returned(Some(2)), CallShows::Incomplete { len: 2, missing: 34 }),
            "buffered_server.py:36  recv(4) returned 2 bytes, with 34 bytes of the message still to come"
        );
        let error = "ConnectionResetError: [Errno 104] Connection reset by peer".to_owned();
        assert_eq!(
            told("sendall", Some(26), CallOutcome::Raised { error }, CallShows::Raised),
            "buffered_server.py:36  sendall(26 bytes) raised ConnectionResetError: [Errno 104] Connection reset by peer"
        );
        assert_eq!(
            told("accept", None, CallOutcome::Waits, CallShows::Waited),
            "buffered_server.py:36  accept() waited, and nothing more was on its way"
        );
    }
}
