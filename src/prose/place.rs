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
        (CallShows::SentWrong, _) => "sent the first byte that is wrong".into(),
        (CallShows::Raised, CallOutcome::Raised { error }) => {
            format!("raised {}", error.trim_end_matches(": "))
        }
        (CallShows::Raised, _) => return None,
        (CallShows::Waited, _) if call.method == "accept" => "is waiting for another connection".into(),
        (CallShows::Waited, _) => "is waiting for bytes that never come".into(),
    };
    Some(format!("{}:{}  {} {what}", call.file, call.line, self::call(call)))
}

/// Where one of several failures happened that belong together: the example's place or, where it has none, that of another, which
/// is named then: `buffered_server.py:36  send(26 bytes) sent only 12 bytes (in series)`.
#[must_use]
pub fn place_of(group: &FailureGroup<'_>, record: &RunRecord) -> Option<String> {
    let of = |trial: &TrialRecord| record.trace(&trial.finished.key).and_then(place);
    let of_other =
        |trial: &&TrialRecord| Some(format!("{} (in {})", of(trial)?, trial.finished.key.scenario));
    of(group.example()).or_else(|| group.trials.iter().find_map(of_other))
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
        // Which is no end: so it returns on an open connection, too.
        CallOutcome::Returned { len: Some(0) } if call.asked == Some(0) => {
            "0 bytes: none were asked for".into()
        }
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
    fn nothing_is_the_end_only_where_something_was_asked_for() {
        let outcome = |asked| {
            let (file, method) = ("buffered_server.py".to_owned(), "recv".to_owned());
            let outcome = CallOutcome::Returned { len: Some(0) };
            call_outcome(&SocketCall { file, line: 36, method, connection: Some(0), asked, outcome })
        };
        assert_eq!(outcome(Some(4)), "the end of the stream");
        assert_eq!(outcome(Some(0)), "0 bytes: none were asked for");
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
            "buffered_server.py:36  accept() is waiting for another connection"
        );
    }
}
