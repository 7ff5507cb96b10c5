//! The protocol of `--client`: a line of JSON for each operation, and one for each answer.

use serde_json::{Map, Value, json};

use crate::bytes::escaped;
use crate::conversation::{Answer, Malformation, Operation};

/// How much of a line that cannot be understood is shown, in bytes.
const SHOWN_MAX: usize = 60;

/// What kind of answer an operation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    /// With a payload, and whether it was received.
    Receives,
    /// With nothing but that it is over.
    Acts,
}

impl AnswerKind {
    /// That of this operation.
    pub(crate) const fn of(operation: &Operation) -> Self {
        match operation {
            Operation::ReceiveMessage => Self::Receives,
            Operation::Connect { .. } | Operation::SendMessage(_) | Operation::ShutDown => Self::Acts,
        }
    }
}

/// An operation as the program reads it.
pub(crate) fn request(operation: &Operation) -> Value {
    let name = operation.name();
    match operation {
        Operation::Connect { host, port, buffer_size } => {
            json!({ "do": name, "host": host, "port": port, "buffer_size": buffer_size })
        }
        Operation::SendMessage(message) => json!({ "do": name, "message": message }),
        Operation::ReceiveMessage | Operation::ShutDown => json!({ "do": name }),
    }
}

/// What a line says about an operation.
pub(crate) fn answer(kind: AnswerKind, line: &[u8]) -> Answer {
    let Ok(Value::Object(fields)) = serde_json::from_slice(line) else {
        return malformed("printed a line that is no JSON object", line);
    };
    match (fields.get("error"), kind) {
        (Some(Value::String(text)), _) => Answer::Error(text.clone()),
        (Some(_), _) => malformed("answered with an error that is not text", line),
        (None, AnswerKind::Acts) => Answer::Done,
        (None, AnswerKind::Receives) => received(&fields).unwrap_or_else(|| {
            let kind = match (fields.get("payload"), fields.get("received")) {
                (Some(Value::Bool(_)), Some(Value::String(_))) => Malformation::Swapped,
                (Some(Value::String(_)), None) => Malformation::TextAlone,
                (Some(Value::Null), Some(Value::Bool(_))) => Malformation::NoText,
                (None | Some(Value::Null), None | Some(Value::Null)) => Malformation::Nothing,
                _ => Malformation::Other,
            };
            malformed_as(kind, "answered without a payload of text and received of true or false", line)
        }),
    }
}

fn received(fields: &Map<String, Value>) -> Option<Answer> {
    let payload = fields.get("payload")?.as_str()?.to_owned();
    let received = fields.get("received")?.as_bool()?;
    Some(Answer::Received { payload, received })
}

pub(super) fn malformed(what: &str, line: &[u8]) -> Answer {
    malformed_as(Malformation::Other, what, line)
}

fn malformed_as(kind: Malformation, what: &str, line: &[u8]) -> Answer {
    let shown = &line[..line.len().min(SHOWN_MAX)];
    let more = if shown.len() < line.len() { "…" } else { "" };
    Answer::Malformed(kind, format!("it {what}: {}{more}", escaped(shown)))
}

/// What a program has printed and nobody has taken, line by line.
#[derive(Debug)]
pub(crate) struct LineBuffer {
    pending: Vec<u8>,
    /// How much of it was looked through for the end of a line.
    searched: usize,
    len_max: usize,
}

/// A line that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// Without its end.
    Whole(Vec<u8>),
    /// The start of a line that is longer than any answer.
    TooLong(Vec<u8>),
}

impl LineBuffer {
    /// An empty one. A line of more bytes than `len_max` is none.
    pub(crate) const fn new(len_max: usize) -> Self {
        Self { pending: Vec::new(), searched: 0, len_max }
    }

    /// The longest that a line may be, in bytes.
    pub(crate) const fn len_max(&self) -> usize {
        self.len_max
    }

    /// Adds what was printed next.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// The next line of what has come, if its end has come as well or it is too long to wait for that.
    pub(crate) fn take(&mut self) -> Option<Line> {
        if let Some(offset) = self.pending[self.searched..].iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = self.pending.drain(..=self.searched + offset).collect();
            line.pop();
            self.searched = 0;
            return Some(Line::Whole(line));
        }
        self.searched = self.pending.len();
        let shown = self.pending.len().min(SHOWN_MAX);
        (self.pending.len() > self.len_max).then(|| Line::TooLong(self.pending[..shown].to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_name_the_operation_and_its_values() {
        let connect = Operation::Connect { host: "127.0.0.1".into(), port: 7, buffer_size: 16 };
        let wanted = json!({ "do": "connect", "host": "127.0.0.1", "port": 7, "buffer_size": 16 });
        assert_eq!(request(&connect), wanted);
        let send = Operation::SendMessage("a \"b\"\n".into());
        assert_eq!(request(&send).to_string(), r#"{"do":"send_message","message":"a \"b\"\n"}"#);
    }

    #[test]
    fn an_answer_has_to_be_of_the_kind_that_the_operation_has() {
        let right = Answer::Received { payload: "age".into(), received: true };
        assert_eq!(answer(AnswerKind::Receives, br#"{"payload":"age","received":true}"#), right);
        assert_eq!(answer(AnswerKind::Acts, b"{}"), Answer::Done);
        for kind in [AnswerKind::Acts, AnswerKind::Receives] {
            assert_eq!(answer(kind, br#"{"error":"no"}"#), Answer::Error("no".into()));
        }
        for wrong in [
            "{}",
            r#"{"payload":true,"received":"age"}"#,
            r#"{"payload":null,"received":false}"#,
            "[]",
            "hello",
            "",
        ] {
            let answer = answer(AnswerKind::Receives, wrong.as_bytes());
            let Answer::Malformed(_, what) = answer else { panic!("{wrong}: {answer:?}") };
            assert!(what.ends_with(wrong), "{what}");
        }
    }
}
