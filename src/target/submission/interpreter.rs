//! A Python interpreter that imports one file of a hand-in, and forks a child of itself for each scenario.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::channel::{Channel, Received};
use super::files::Submission;
use crate::bytes::last_lines;
use crate::os::sock_diag::SocketTable;
use crate::os::wait::wait_until;
use crate::rule::Rule;
use crate::side::Side;
use crate::target::NotStarted;
use crate::target::output::OutputTail;
use crate::target::process::{Confinement, Process};
use crate::verdict::{Evidence, Finding};

const ADAPTER: &str = include_str!("adapter.py");
/// The oldest version that the adapter runs on.
const VERSION_MIN: (u32, u32) = (3, 8);
/// How long the end of a child may take. It is killed then, together with the interpreter it comes from.
const END_WAIT: Duration = Duration::from_secs(1);
/// How the adapter ends where it finds its descriptors closed: `CLOSED` there.
const DESCRIPTORS_CLOSED: i32 = 93;

/// How one side of a hand-in is run.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) python: PathBuf,
    pub(super) confinement: Confinement,
    /// How long the interpreter may take to start, and again to import.
    pub(super) start_deadline: Duration,
    /// The longest answer, in bytes.
    pub(super) answer_len_max: usize,
}

/// The interpreter for one side of a hand-in.
#[derive(Debug)]
pub(super) struct Interpreter {
    submission: Submission,
    side: Side,
    setup: Setup,
    state: State,
}

#[derive(Debug)]
enum State {
    Down,
    Up(Box<Running>),
    /// It will not get better.
    Failed(NotStarted),
}

#[derive(Debug)]
struct Running {
    process: Process,
    control: Channel,
    version: Option<String>,
    imported: bool,
}

/// A child of the interpreter, for one scenario.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) channel: Channel,
    output: OutputTail,
    ended: Option<String>,
    /// Whether it had ended before it was told to.
    ended_by_itself: bool,
}

impl Interpreter {
    /// Starts the interpreter for one side, without waiting for it. Where the side has no file there is none.
    pub(super) fn new(submission: &Submission, side: Side, setup: Setup) -> Self {
        let mut interpreter = Self { submission: submission.clone(), side, setup, state: State::Down };
        interpreter.state = match interpreter.launch() {
            Ok(running) => State::Up(Box::new(running)),
            Err(why) => State::Failed(why),
        };
        interpreter
    }

    fn launch(&self) -> Result<Running, NotStarted> {
        let Some(file) = self.submission.file(self.side) else {
            return Err(self.submission.missing(self.side).into());
        };
        let start = || -> io::Result<Running> {
            let (control, other) = Channel::pair(self.setup.answer_len_max)?;
            let mut command = Command::new(&self.setup.python);
            // Isolated, nothing installed set up yet, no files written beside the hand-in, nothing printed late.
            command.args(["-I", "-S", "-B", "-u", "-X", "utf8", "-c", ADAPTER, self.side.word()]);
            command.arg(file.parent().map_or(OsStr::new("/"), |folder| folder.as_os_str()));
            command.arg(file.file_name().unwrap_or_default()).args(self.submission.folders(self.side));
            let process = Process::start_with_input(command, &self.setup.confinement, other)?;
            Ok(Running { process, control, version: None, imported: false })
        };
        start().map_err(|error| {
            let python = self.setup.python.display();
            format!(
                "The Python interpreter {python} could not be started: {error}. Choose one with --python."
            )
            .into()
        })
    }

    /// The version of the interpreter.
    ///
    /// # Errors
    ///
    /// Where there is none that can be used.
    pub(super) fn version(&mut self) -> Result<String, NotStarted> {
        if let State::Down = self.state {
            self.state = State::Up(Box::new(self.launch()?));
        }
        let running = match &mut self.state {
            State::Up(running) => running,
            State::Failed(why) => return Err(why.clone()),
            State::Down => unreachable!("it was just launched"),
        };
        if let Some(version) = &running.version {
            return Ok(version.clone());
        }
        let python = self.setup.python.display();
        let why = match running.control.receive(self.setup.start_deadline) {
            Received::Frame { letter: b'V', text } if is_served(&text) => {
                running.version = Some(text.clone());
                return Ok(text);
            }
            Received::Frame { letter: b'V', text } => {
                let (major, minor) = VERSION_MIN;
                format!(
                    "{python} is Python {text}; {major}.{minor} or later is needed. Choose one with --python."
                )
            }
            Received::Pending => {
                let waited = self.setup.start_deadline.as_millis();
                format!("{python} had not started after {waited} ms. Is it a Python interpreter?")
            }
            Received::Frame { .. } | Received::Garbled | Received::Closed => {
                running.process.end();
                format!(
                    "{python} is no Python interpreter that can be used. It printed: {}",
                    running.process.output_tail()
                )
            }
        };
        Err(self.fail(why.into()))
    }

    /// The process that has imported the hand-in is gone, which nobody else has done.
    fn lost(&mut self, when: &str) -> NotStarted {
        let file = self.file_name();
        let State::Up(running) = &mut self.state else { unreachable!("what is not there cannot be lost") };
        let status = how_it_ended(&mut running.process);
        running.process.end();
        let fault = fault(
            format!("The interpreter that had imported {file} was ended {when}: {status}."),
            "a hand-in that leaves the processes around it alone",
            status,
            Some(running.process.output_tail()),
        );
        self.fail(fault)
    }

    /// The name of the file that is imported.
    fn file_name(&self) -> String {
        let name = self.submission.file(self.side).and_then(|file| file.file_name());
        name.unwrap_or_default().to_string_lossy().into_owned()
    }

    fn fail(&mut self, why: NotStarted) -> NotStarted {
        self.state = State::Failed(why.clone());
        why
    }

    /// Waits until the file is imported.
    fn import(&mut self) -> Result<&mut Running, NotStarted> {
        self.version()?;
        let file = self.file_name();
        let State::Up(running) = &mut self.state else { unreachable!("its version is known") };
        if !running.imported {
            let received = running.control.receive(self.setup.start_deadline);
            if !matches!(received, Received::Frame { letter: b'I', .. }) {
                let fault = import_fault(&file, self.setup.start_deadline, running, received);
                return Err(self.fail(fault));
            }
            if running.process.is_ending() {
                // The one that started it waits for its end, and has not seen that.
                return Err(self.lost("by its import"));
            }
            running.imported = true;
        }
        match &mut self.state {
            State::Up(running) => Ok(running),
            State::Down | State::Failed(_) => unreachable!("it has imported"),
        }
    }

    /// A clean child, in which nothing has happened but the import.
    pub(super) fn fork(&mut self) -> Result<Child, NotStarted> {
        let len_max = self.setup.answer_len_max;
        let running = self.import()?;
        let fork = || -> io::Result<Child> {
            let (channel, other) = Channel::pair(len_max)?;
            let (output, writer) = OutputTail::collect()?;
            let writer = OwnedFd::from(writer);
            running.control.order(b'f', &[other.as_fd(), writer.as_fd()])?;
            Ok(Child { channel, output, ended: None, ended_by_itself: false })
        };
        match fork() {
            Ok(child) => Ok(child),
            Err(_) => Err(self.lost("before a scenario")),
        }
    }

    /// Ends a child, and tells how it ended. One that runs prints where it is.
    pub(super) fn end(&mut self, child: &mut Child) -> String {
        if let Some(ended) = &child.ended {
            return ended.clone();
        }
        let State::Up(running) = &mut self.state else { return "it was ended".into() };
        // What keeps an order from being given keeps its answer from coming.
        let _ = running.control.order(b'e', &[]);
        let ended = match running.control.receive(END_WAIT) {
            Received::Frame { letter: letter @ (b'E' | b'G'), text } => {
                child.ended_by_itself = letter == b'G';
                text.parse().map(ExitStatus::from_raw).ok()
            }
            Received::Closed => {
                self.lost("during a scenario");
                return "together with the process that it comes from".into();
            }
            Received::Frame { .. } | Received::Garbled | Received::Pending => None,
        };
        if ended.is_none() {
            // It does not let itself be ended. It is, with its whole group, and the next scenario starts afresh.
            self.state = State::Down;
        }
        let ended = ended.map_or_else(|| "it was killed".to_owned(), |status| status.to_string());
        child.ended = Some(ended.clone());
        ended
    }

    /// The process of the interpreter, which everything of this side has started from.
    pub(super) fn pid(&self) -> Option<u32> {
        match &self.state {
            State::Up(running) => Some(running.process.pid()),
            State::Down | State::Failed(_) => None,
        }
    }

    /// Whether the child, or something that it started, holds the socket with this inode.
    pub(super) fn owns(&self, inode: u64) -> bool {
        matches!(&self.state, State::Up(running) if running.process.owns(inode))
    }

    /// The addresses that the child, or something that it started, listens on.
    pub(super) fn listens_on(&self, table: &mut SocketTable) -> Vec<std::net::SocketAddr> {
        match &self.state {
            State::Up(running) => running.process.listens_on(table),
            State::Down | State::Failed(_) => Vec::new(),
        }
    }
}

impl Child {
    /// What it printed last, once it has ended, and how, where that was nobody else's doing.
    pub(super) fn output_tail(&self) -> String {
        let words = self.output.text();
        match &self.ended {
            Some(ended) if self.ended_by_itself => {
                format!("{words}\nIts process had ended before the harness ended it: {ended}.")
                    .trim()
                    .to_owned()
            }
            _ => words,
        }
    }
}

/// A hand-in that cannot be played with, and why.
pub(super) fn fault(
    summary: String,
    expected: impl fmt::Display,
    received: String,
    output: Option<String>,
) -> NotStarted {
    let evidence = Evidence::Values { expected: expected.to_string(), received };
    let finding = Finding { summary, rule: Rule::HandIn, evidence, ended: "not started".into() };
    NotStarted::AtFault { finding: Box::new(finding), output }
}

/// What is wrong with a hand-in that is not imported.
fn import_fault(file: &str, waited: Duration, running: &mut Running, received: Received) -> NotStarted {
    let expected = "a file that can be imported, and has the class that the assignment names";
    let (summary, received) = match received {
        Received::Frame { letter: b'F', text } => {
            let (summary, details) = text.split_once('\0').unwrap_or((&text, ""));
            (summary.to_owned(), details.to_owned())
        }
        Received::Pending => {
            // It prints where it is.
            let _ = running.process.signal(Signal::USR1);
            let waited = waited.as_millis();
            let where_it_is = last_lines(&running.process.output_tail()).join("\n");
            let received = match where_it_is.is_empty() {
                true => "nothing, not even where it is: it ignores the signal that asks for that".to_owned(),
                false => where_it_is,
            };
            (format!("The import of {file} had not ended after {waited} ms."), received)
        }
        Received::Closed => {
            let status = how_it_ended(&mut running.process);
            let has_closed = running.process.exit_status().and_then(|status| status.code());
            let summary = match has_closed {
                Some(DESCRIPTORS_CLOSED) => {
                    format!("The import of {file} closed descriptors that are not its own.")
                }
                _ => format!("The import of {file} ended the interpreter: {status}."),
            };
            (summary, status)
        }
        Received::Frame { .. } | Received::Garbled => {
            let summary = format!("At its import {file} wrote to a descriptor that is not its own.");
            (summary, "bytes on the harness's channel".to_owned())
        }
    };
    running.process.end();
    fault(summary, expected, received, Some(running.process.output_tail()))
}

/// How the interpreter has ended, which it is about to do.
fn how_it_ended(process: &mut Process) -> String {
    match wait_until(Instant::now() + END_WAIT, || Ok(process.exit_status())) {
        Ok(Some(status)) => status.to_string(),
        _ => "its connection to the harness is closed".into(),
    }
}

fn is_served(version: &str) -> bool {
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    parts.next().zip(parts.next()).is_some_and(|version| version >= VERSION_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, served) in
            [("3.8.0", true), ("3.13.1", true), ("3.7.9", false), ("4.0", true), ("x", false)]
        {
            assert_eq!(is_served(version), served, "{version}");
        }
    }
}
