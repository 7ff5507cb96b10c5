//! A client in any language, which is told what to do in lines of JSON: `--client`.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use clap::Args;
use rustix::io::ioctl_fionbio;
use serde_json::{Map, Value, json};

use super::ahead::StartedAhead;
use super::options::{SelectError, Selection, Setup, TargetKind, Words};
use super::pipe::{WriterThread, wait_readable};
use super::process::{Confinement, Process};
use super::{ClientTarget, CommandLine, Remains, RunningClient, Stack, StartError, Target};
use crate::assignment::Assignment;
use crate::bytes::escaped;
use crate::conversation::{Answer, Malformation, Operation};
use crate::event::TargetDescription;
use crate::limits::answer_len_max;
use crate::os::wait::wait_until;

/// How much of a line that cannot be understood is shown, in bytes.
const SHOWN_MAX: usize = 60;
/// How long a program that has closed its output is given to end, so that it can be told how it ended.
const ENDING: Duration = Duration::from_millis(200);

/// A client that the harness starts, anew for each scenario, and talks to: a line of JSON on its standard input
/// for each operation, a line on its standard output for each answer.
#[derive(Debug)]
pub struct DriverClient {
    command: CommandLine,
    line_len_max: usize,
    confinement: Confinement,
    ahead: StartedAhead<Driver>,
}

impl DriverClient {
    /// A client that `command` starts, for this assignment.
    #[must_use]
    pub fn new(command: CommandLine, assignment: &Assignment) -> Self {
        Self {
            command,
            line_len_max: answer_len_max(assignment),
            confinement: Confinement::default(),
            ahead: StartedAhead::default(),
        }
    }

    /// Keeps the client apart in this way.
    #[must_use]
    pub fn confined(self, confinement: Confinement) -> Self {
        Self { confinement, ..self }
    }

    fn launch(&self) -> io::Result<Driver> {
        let (process, input, output) = Process::start_to_talk(self.command.bare(), &self.confinement)?;
        Ok(Driver {
            process,
            input: WriterThread::start(input)?,
            lines: Lines::new(output, self.line_len_max)?,
            answer_kind: AnswerKind::Acts,
            unsolicited: None,
        })
    }
}

impl ClientTarget for DriverClient {
    fn start(&mut self, starts_ahead: usize) -> Result<Box<dyn RunningClient>, StartError> {
        let driver = match self.ahead.take() {
            Some(driver) => driver,
            None => self
                .launch()
                .map_err(|error| StartError::blocked(LaunchError { command: self.command.clone(), error }))?,
        };
        self.ahead.add(starts_ahead, || self.launch());
        Ok(Box::new(driver))
    }

    fn try_clone(&self) -> Option<Box<dyn ClientTarget>> {
        let Self { command, line_len_max, confinement, ahead } = self;
        Some(Box::new(Self {
            command: command.clone(),
            line_len_max: *line_len_max,
            confinement: confinement.clone(),
            ahead: ahead.clone(),
        }))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("The command {command} could not be started: {error}.")]
struct LaunchError {
    command: CommandLine,
    error: io::Error,
}

/// A started program, and the ways to and from it.
#[derive(Debug)]
struct Driver {
    process: Process,
    input: WriterThread,
    lines: Lines,
    /// The kind of answer that is due.
    answer_kind: AnswerKind,
    /// An answer that was there before the operation.
    unsolicited: Option<Answer>,
}

/// What kind of answer an operation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AnswerKind {
    Receives,
    Acts,
}

impl RunningClient for Driver {
    fn begin(&mut self, operation: Operation) -> io::Result<()> {
        self.unsolicited = match self.lines.next(Duration::ZERO) {
            Line::Whole(line) => Some(malformed("printed a line before it was asked", &line)),
            _ => None,
        };
        self.answer_kind = match operation {
            Operation::ReceiveMessage => AnswerKind::Receives,
            Operation::Connect { .. } | Operation::SendMessage(_) | Operation::ShutDown => AnswerKind::Acts,
        };
        self.input.write(format!("{}\n", request(&operation)).into_bytes())
    }

    fn is_told(&self) -> bool {
        self.input.is_done()
    }

    fn answer_ready(&self) -> BorrowedFd<'_> {
        self.lines.output.as_fd()
    }

    fn finish(&mut self, wait: Duration) -> Option<Answer> {
        if let Some(answer) = self.unsolicited.take() {
            return Some(answer);
        }
        match self.lines.next(wait) {
            Line::Whole(line) => Some(answer(self.answer_kind, &line)),
            Line::Pending => None,
            Line::TooLong(line) => {
                let len = self.lines.len_max;
                Some(malformed(&format!("printed more than {len} bytes without the end of a line"), &line))
            }
            Line::Closed => Some(Answer::Exited(self.how_it_ended())),
        }
    }

    fn raises(&self) -> bool {
        false
    }

    fn pid(&self) -> Option<u32> {
        Some(self.process.pid())
    }

    fn end(mut self: Box<Self>, _stack: Stack) -> Remains {
        self.process.end();
        self.process.remains()
    }
}

impl Driver {
    fn how_it_ended(&mut self) -> String {
        let status = wait_until(Instant::now() + ENDING, || Ok(self.process.exit_status()));
        match status {
            Ok(Some(status)) => format!("its program ended: {status}"),
            _ => "its program closed its standard output".into(),
        }
    }
}

/// An operation as the program reads it.
fn request(operation: &Operation) -> Value {
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
fn answer(kind: AnswerKind, line: &[u8]) -> Answer {
    let Ok(Value::Object(fields)) = serde_json::from_slice(line) else {
        return malformed("printed a line that is no JSON object", line);
    };
    match (fields.get("error"), kind) {
        (Some(Value::String(text)), _) => Answer::Error(text.clone()),
        (Some(_), _) => malformed("answered with an error that is not text", line),
        (None, AnswerKind::Acts) => Answer::Done,
        (None, AnswerKind::Receives) => received(&fields).unwrap_or_else(|| {
            let is_swapped = fields.get("payload").is_some_and(Value::is_boolean)
                && fields.get("received").is_some_and(Value::is_string);
            let is_text_alone =
                fields.get("payload").is_some_and(Value::is_string) && !fields.contains_key("received");
            let kind = match (is_swapped, is_text_alone) {
                (true, _) => Malformation::Swapped,
                (_, true) => Malformation::TextAlone,
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

fn malformed(what: &str, line: &[u8]) -> Answer {
    malformed_as(Malformation::Other, what, line)
}

fn malformed_as(kind: Malformation, what: &str, line: &[u8]) -> Answer {
    let shown = &line[..line.len().min(SHOWN_MAX)];
    let more = if shown.len() < line.len() { "…" } else { "" };
    Answer::Malformed(kind, format!("it {what}: {}{more}", escaped(shown)))
}

/// The lines that a program prints, without ever waiting longer than is said or keeping more than is allowed.
#[derive(Debug)]
struct Lines {
    output: PipeReader,
    /// What came and was not taken yet.
    pending: Vec<u8>,
    /// How much of it was looked through for the end of a line.
    searched: usize,
    len_max: usize,
}

enum Line {
    /// Without its end.
    Whole(Vec<u8>),
    Pending,
    /// The start of a line that is longer than any answer.
    TooLong(Vec<u8>),
    Closed,
}

impl Lines {
    fn new(output: PipeReader, len_max: usize) -> io::Result<Self> {
        ioctl_fionbio(&output, true)?;
        Ok(Self { output, pending: Vec::new(), searched: 0, len_max })
    }

    fn next(&mut self, wait: Duration) -> Line {
        let deadline = Instant::now() + wait;
        let mut chunk = [0; 64 << 10];
        loop {
            if let Some(line) = self.take() {
                return line;
            }
            match self.output.read(&mut chunk) {
                Ok(0) => return Line::Closed,
                Ok(len) => self.pending.extend_from_slice(&chunk[..len]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !wait_readable(&self.output, deadline) {
                        return Line::Pending;
                    }
                }
                Err(_) => return Line::Closed,
            }
        }
    }

    /// The next line of what has come.
    fn take(&mut self) -> Option<Line> {
        if let Some(offset) = self.pending[self.searched..].iter().position(|byte| *byte == b'\n') {
            let mut line: Vec<u8> = self.pending.drain(..=self.searched + offset).collect();
            line.pop();
            self.searched = 0;
            return Some(Line::Whole(line));
        }
        self.searched = self.pending.len();
        (self.pending.len() > self.len_max).then(|| Line::TooLong(self.pending[..SHOWN_MAX].to_vec()))
    }
}

/// The options that name a client to start.
#[derive(Debug, Args)]
pub(super) struct DriverOptions {
    /// Grade the client that this command starts, anew for each scenario
    ///
    /// It is told on its standard input, in lines of JSON, to connect, send, receive and shut down, and answers
    /// each with a line on its standard output: see the README. Its environment is that of a --server.
    #[arg(long, value_name = "COMMAND", help_heading = "Target")]
    client: Option<CommandLine>,
}

#[derive(Debug, thiserror::Error)]
#[error("--client has no address to be filled in: the client is told where to connect on its input")]
struct NoAddress;

impl TargetKind for DriverOptions {
    fn select(&self, setup: &Setup<'_>) -> Result<Option<Selection>, SelectError> {
        let Some(command) = &self.client else { return Ok(None) };
        if command.has_placeholder() {
            return Err(SelectError::usage(NoAddress));
        }
        let client = DriverClient::new(command.clone(), setup.assignment);
        let confinement = setup.confinement(&command.bare(), true)?;
        let description = TargetDescription::new("client").with("command", command).without("server");
        let target = Target::client(client.confined(confinement.clone()));
        Ok(Some(Selection::started(description, target, &confinement)))
    }

    fn command(&self) -> Option<&CommandLine> {
        self.client.as_ref()
    }

    fn reproduce(&self, words: &mut Words) {
        words.option("--client", self.client.as_ref());
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

    fn start(script: &str) -> Box<dyn RunningClient> {
        DriverClient::new(format!("sh -c '{script}'").parse().unwrap(), &Assignment::default())
            .start(0)
            .unwrap()
    }

    fn tell(script: &str, operation: Operation, wait: Duration) -> Option<Answer> {
        let mut client = start(script);
        client.begin(operation).unwrap();
        client.finish(wait)
    }

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn a_program_that_ends_is_gone_and_says_how() {
        let answer = tell("read line; exit 3", Operation::ShutDown, PATIENCE);
        assert_eq!(answer, Some(Answer::Exited("its program ended: exit status: 3".into())));
    }

    #[test]
    fn silence_is_no_answer() {
        assert_eq!(tell("sleep 1000", Operation::ShutDown, Duration::from_millis(1)), None);
    }

    #[test]
    fn a_line_without_end_is_not_read_for_ever() {
        let answer = tell("yes | tr -d \"\\n\"", Operation::ReceiveMessage, PATIENCE);
        let Some(Answer::Malformed(_, what)) = answer else { panic!("{answer:?}") };
        assert!(what.contains("without the end of a line: yyyy"), "{what}");
    }

    #[test]
    fn a_line_that_nobody_asked_for_is_no_answer() {
        let mut client = start("echo ready; read line; echo {}");
        assert!(wait_readable(client.answer_ready(), Instant::now() + PATIENCE));
        client.begin(Operation::ShutDown).unwrap();
        let answer = client.finish(PATIENCE);
        assert_eq!(
            answer,
            Some(Answer::Malformed(
                Malformation::Other,
                "it printed a line before it was asked: ready".into()
            ))
        );
    }
}
