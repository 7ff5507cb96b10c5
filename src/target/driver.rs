//! A client in any language, which is told what to do in lines of JSON: `--client`.

use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::io::{ioctl_fionbio, ioctl_fionread};

use super::ahead::StartedAhead;
use super::client_protocol::{AnswerKind, Line, LineBuffer, answer, malformed, request};
use super::pipe::{WriterThread, wait_readable};
use super::process::{Confinement, Process};
use super::{ClientTarget, CommandLine, Remains, RunningClient, Stack, StartError};
use crate::assignment::Assignment;
use crate::conversation::{Answer, Operation};
use crate::english::system_error;
use crate::limits::answer_len_max;
use crate::os::wait::wait_until;
#[cfg(feature = "cli")]
use {
    super::Target,
    super::options::{SelectError, Selection, Setup, TargetKind, Words},
    crate::event::TargetDescription,
    clap::Args,
};

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
            pipe: input.try_clone()?,
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
#[error("The command {command} could not be started: {}.", system_error(error))]
struct LaunchError {
    command: CommandLine,
    error: io::Error,
}

/// A started program, and the ways to and from it.
#[derive(Debug)]
struct Driver {
    process: Process,
    /// What it reads from, to see what it has not read.
    pipe: PipeWriter,
    input: WriterThread,
    lines: Lines,
    /// The kind of answer that is due.
    answer_kind: AnswerKind,
    /// An answer that was there before the operation.
    unsolicited: Option<Answer>,
}

impl RunningClient for Driver {
    fn begin(&mut self, operation: Operation) -> io::Result<()> {
        self.unsolicited = match self.lines.next(Duration::ZERO) {
            NextLine::Came(Line::Whole(line)) => Some(malformed("printed a line before it was asked", &line)),
            _ => None,
        };
        self.answer_kind = AnswerKind::of(&operation);
        self.input.write(format!("{}\n", request(&operation)).into_bytes())
    }

    fn is_told(&self) -> bool {
        self.input.is_done()
    }

    fn has_read(&self) -> bool {
        ioctl_fionread(&self.pipe).is_ok_and(|unread| unread == 0)
    }

    fn answer_ready(&self) -> BorrowedFd<'_> {
        self.lines.output.as_fd()
    }

    fn finish(&mut self, wait: Duration) -> Option<Answer> {
        if let Some(answer) = self.unsolicited.take() {
            return Some(answer);
        }
        match self.lines.next(wait) {
            NextLine::Came(Line::Whole(line)) => Some(answer(self.answer_kind, &line)),
            NextLine::Pending => None,
            NextLine::Came(Line::TooLong(line)) => {
                let len = self.lines.pending.len_max();
                Some(malformed(&format!("printed more than {len} bytes without the end of a line"), &line))
            }
            NextLine::Closed => Some(Answer::Exited(self.how_it_ended())),
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

/// The lines that a program prints, without ever waiting longer than is said or keeping more than is allowed.
#[derive(Debug)]
struct Lines {
    output: PipeReader,
    pending: LineBuffer,
}

impl Lines {
    fn new(output: PipeReader, len_max: usize) -> io::Result<Self> {
        ioctl_fionbio(&output, true)?;
        Ok(Self { output, pending: LineBuffer::new(len_max) })
    }

    fn next(&mut self, wait: Duration) -> NextLine {
        let deadline = Instant::now() + wait;
        let mut chunk = [0; 64 << 10];
        loop {
            if let Some(line) = self.pending.take() {
                return NextLine::Came(line);
            }
            match self.output.read(&mut chunk) {
                Ok(0) => return NextLine::Closed,
                Ok(len) => self.pending.push(&chunk[..len]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !wait_readable(&self.output, deadline) {
                        return NextLine::Pending;
                    }
                }
                Err(_) => return NextLine::Closed,
            }
        }
    }
}

/// What a wait for a line came to.
enum NextLine {
    Came(Line),
    Pending,
    Closed,
}

/// The options that name a client to start.
#[cfg(feature = "cli")]
#[derive(Debug, Args)]
pub(super) struct DriverOptions {
    /// Grade the client that this command starts, anew for each scenario
    ///
    /// It is told on its standard input, in lines of JSON, to connect, send, receive and shut down, and answers
    /// each with a line on its standard output: see the README. Its environment is that of a --server.
    #[arg(long, value_name = "COMMAND", help_heading = "Target")]
    client: Option<CommandLine>,
}

#[cfg(feature = "cli")]
#[derive(Debug, thiserror::Error)]
#[error("--client has no address to be filled in: the client is told where to connect on its input")]
struct NoAddress;

#[cfg(feature = "cli")]
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
    use crate::conversation::Malformation;

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
