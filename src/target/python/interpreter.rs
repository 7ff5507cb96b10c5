//! A Python interpreter that imports one file of a hand-in, and forks a child of itself for each scenario.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::channel::{Channel, Received};
use super::child::Child;
use super::fault::{InterpreterError, fault, how_it_ended, import_fault, is_supported, with_bounds_named};
use super::folder::Folders;
use super::places::OwnNames;
use super::submission::{MissingFile, Submission};
use crate::course::Names;
use crate::os::sock_diag::SocketTable;
use crate::side::Side;
use crate::target::StartError;
use crate::target::output::Printed;
use crate::target::process::{Confinement, Limits, PrivateDirectory, Process};
use crate::verdict::{GradingStage, HandInFault};

const ADAPTER: &str = concat!(include_str!("adapter/folder.py"), include_str!("adapter/main.py"));
/// How long the answer to an order may take. One that keeps the harness waiting is ended, with all its children.
const ANSWER_DEADLINE: Duration = Duration::from_secs(1);

/// How one side of a hand-in is run.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) python: PathBuf,
    pub(super) confinement: Confinement,
    /// What each interpreter gets a copy of.
    pub(super) folders: Arc<Folders>,
    /// How long the interpreter may take to start, and again to import.
    pub(super) start_deadline: Duration,
    /// The longest answer, in bytes.
    pub(super) answer_len_max: usize,
    /// The type of a payload in Python.
    pub(super) payloads: &'static str,
}

/// The interpreter for one side of a hand-in, shared by all of its children.
///
/// It is locked for no longer than it takes to give an order and get the answer; only the first fork waits with the
/// lock held, for the import.
#[derive(Debug, Clone)]
pub(super) struct Interpreter(Arc<Mutex<Importer>>);

/// One child of one process: the number of a child means nothing to an interpreter that was started after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChildId {
    parent_pid: u32,
    number: u32,
}

/// What an interpreter is told about a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// To have it print where it is, and end.
    Interrupt,
    /// To end it as it is.
    End,
    /// To look whether it has ended.
    Look,
    /// To kill it.
    Kill,
    /// To kill it without waiting for its end: nothing of it is to be known any more.
    Discard,
}

impl Order {
    const fn letter(self) -> u8 {
        match self {
            Self::Interrupt => b't',
            Self::End => b'e',
            Self::Look => b'w',
            Self::Kill => b'k',
            Self::Discard => b'd',
        }
    }
}

/// What an interpreter answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChildState {
    Runs,
    Ended(ExitStatus),
    /// It had ended before it was told to.
    EndedUnasked(ExitStatus),
    /// Gone with the interpreter.
    Lost,
    /// Killed together with the interpreter, which did not answer.
    Killed,
}

impl Interpreter {
    /// Starts the interpreter for one side, without waiting for it. Where the side has no file there is none.
    pub(super) fn new(submission: &Submission, side: Side, setup: Setup) -> Self {
        let process = Some(launch(submission, side, &setup));
        let submission = submission.clone();
        Self(Arc::new(Mutex::new(Importer { submission, side, setup, process, children: 0 })))
    }

    /// One for the same side that has nothing to do with this one: what ends this one, and all of its children, leaves
    /// the other alone. It is started once it is needed.
    pub(super) fn another(&self) -> Self {
        let Importer { submission, side, setup, .. } = &*self.lock();
        let (submission, setup) = (submission.clone(), setup.clone());
        Self(Arc::new(Mutex::new(Importer { submission, side: *side, setup, process: None, children: 0 })))
    }

    /// Why nothing can be forked any more, if so.
    pub(super) fn failure(&self) -> Option<StartError> {
        self.lock().process.as_ref()?.as_ref().err().cloned()
    }

    /// A file that a child can write to, until the next is forked.
    pub(super) fn file_for(&self, child: ChildId) -> Option<PathBuf> {
        let mut importer = self.lock();
        Some(importer.parent_of(child)?.directory.join(format!("calls-{}", child.number)))
    }

    /// How much of the machine each of its children may use.
    pub(super) fn limits(&self) -> Limits {
        self.lock().setup.confinement.limits.clone()
    }

    /// The version of the interpreter.
    ///
    /// # Errors
    ///
    /// Where there is none that can be used.
    pub(super) fn version(&self) -> Result<String, StartError> {
        self.lock().version()
    }

    /// A clean child, in which nothing has happened but the import.
    ///
    /// # Errors
    ///
    /// Where there is no interpreter, or it could not import the hand-in.
    pub(super) fn fork(&self) -> Result<Child, StartError> {
        let mut importer = self.lock();
        let (id, channel, output) = importer.fork()?;
        let bounds = importer.parent_of(id).and_then(|parent| parent.process.bounds().cloned());
        drop(importer);
        Ok(Child::new(self.clone(), id, channel, output, bounds))
    }

    /// Gives an order about a child.
    pub(super) fn order(&self, order: Order, child: ChildId) -> ChildState {
        self.lock().order(order, child)
    }

    /// Whether the child, or something that it started, holds the socket with this inode.
    pub(super) fn owns(&self, child: ChildId, inode: u64) -> bool {
        self.lock().parent_of(child).is_some_and(|parent| parent.process.owns(inode))
    }

    /// The addresses that the child, or something that it started, listens on.
    pub(super) fn listens_on(&self, child: ChildId, table: &mut SocketTable) -> Vec<SocketAddr> {
        self.lock().parent_of(child).map(|parent| parent.process.listens_on(table)).unwrap_or_default()
    }

    /// A panic elsewhere leaves what is locked sound: an order is given whole or not at all.
    fn lock(&self) -> MutexGuard<'_, Importer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChildId {
    /// The process of the interpreter, which everything of its side has started from.
    pub(super) const fn pid(self) -> u32 {
        self.parent_pid
    }
}

#[derive(Debug)]
struct Importer {
    submission: Submission,
    side: Side,
    setup: Setup,
    /// What runs, or why nothing ever will. Nothing yet where it was not needed so far.
    process: Option<Result<Box<Running>, StartError>>,
    /// How many were forked.
    children: u32,
}

#[derive(Debug)]
struct Running {
    process: Process,
    control: Channel,
    /// The directory that it may write to.
    directory: PathBuf,
    version: Option<String>,
    imported: bool,
}

/// The names of a side, as the adapter takes them.
fn names_of(names: &Names, payloads: &str, side: Side) -> String {
    let values: Vec<_> = names.constructor(side).iter().map(|value| value.word()).collect();
    let class = names.class(side).unwrap_or_default();
    [class, &names.methods(side).join(","), &names.keep_running, &values.join(","), payloads].join("\n")
}

fn launch(submission: &Submission, side: Side, setup: &Setup) -> Result<Box<Running>, StartError> {
    let Some(file) = submission.file(side) else {
        return Err(StartError::blocked(MissingFile::new(submission, side)));
    };
    if !setup.folders.has(file) {
        return Err(StartError::blocked(InterpreterError::NotCopied(file.to_owned())));
    }
    let start = || -> io::Result<Running> {
        let directory = PrivateDirectory::create()?;
        let private = directory.path().canonicalize()?;
        let places = setup.folders.copy_to(&private)?;
        let copy = |folder: &Path| places.copy_of(folder).ok_or(io::ErrorKind::NotFound);
        let (control, other) = Channel::pair(setup.answer_len_max, OwnNames::from(&places))?;
        let mut command = Command::new(&setup.python);
        // Nothing of the user's, nothing installed set up yet, no files written beside the hand-in, nothing printed late.
        command.args(["-s", "-S", "-B", "-u", "-X", "utf8", "-c", ADAPTER, side.word()]);
        command.arg(names_of(submission.names(), setup.payloads, side));
        // -I and -E would do that, too, and ignore what makes runs alike.
        command.env_remove("PYTHONPATH");
        let folder = copy(file.parent().unwrap_or(file))?;
        command.arg(&private).arg(&folder).arg(file.file_name().unwrap_or_default());
        // Above the hand-in: what starts may be a script that chooses an interpreter by what lies in the working directory.
        command.current_dir(&private);
        for folder in submission.folders(side) {
            command.arg(copy(folder)?);
        }
        let process = Process::start_with_input(command, directory, &folder, &setup.confinement, other)?;
        Ok(Running { process, control, directory: private, version: None, imported: false })
    };
    let failed = |error| InterpreterError::Launch { python: setup.python.clone(), error };
    start().map(Box::new).map_err(|error| StartError::blocked(failed(error)))
}

impl Importer {
    fn running(&mut self) -> Result<&mut Running, StartError> {
        let Self { submission, side, setup, process, .. } = self;
        let process = process.get_or_insert_with(|| launch(submission, *side, setup));
        process.as_deref_mut().map_err(|why| why.clone())
    }

    /// The process that a child was forked from, if it still runs.
    fn parent_of(&mut self, child: ChildId) -> Option<&mut Running> {
        let running = self.process.as_mut()?.as_deref_mut().ok()?;
        (running.process.pid() == child.parent_pid).then_some(running)
    }

    fn version(&mut self) -> Result<String, StartError> {
        let Setup { python, start_deadline, .. } = self.setup.clone();
        let running = self.running()?;
        if let Some(version) = &running.version {
            return Ok(version.clone());
        }
        let why = match running.control.receive_from(running.process.pid(), start_deadline) {
            Received::Frame { letter: b'V', text } if is_supported(&text) => {
                running.version = Some(text.clone());
                return Ok(text);
            }
            Received::Frame { letter: b'V', text } => InterpreterError::TooOld { python, version: text },
            Received::Pending => InterpreterError::Silent { python, ms: start_deadline.as_millis() },
            Received::Frame { .. } | Received::Malformed | Received::Forged | Received::Closed => {
                running.process.end();
                InterpreterError::Unusable { python, output: running.process.printed() }
            }
        };
        Err(self.fail(StartError::blocked(why)))
    }

    /// Waits until the file is imported.
    fn import(&mut self) -> Result<(), StartError> {
        self.version()?;
        let (file, start_deadline) = (self.file_name(), self.setup.start_deadline);
        let running = self.running()?;
        if running.imported {
            return Ok(());
        }
        let received = running.control.receive_from(running.process.pid(), start_deadline);
        if !matches!(received, Received::Frame { letter: b'I', .. }) {
            let Running { process, control, .. } = running;
            let fault = import_fault(&file, start_deadline, process, control.names(), received);
            let bounds = running.process.bounds().cloned();
            let fault = with_bounds_named(fault, &self.setup.confinement.limits, bounds.as_ref());
            return Err(self.fail(fault));
        }
        if running.process.is_ending() {
            // The one that started it waits for its end, and has not seen that.
            return Err(self.lost(GradingStage::Import));
        }
        running.imported = true;
        Ok(())
    }

    fn fork(&mut self) -> Result<(ChildId, Channel, Printed), StartError> {
        self.import()?;
        let len_max = self.setup.answer_len_max;
        self.children = self.children.wrapping_add(1);
        let number = self.children;
        let running = self.running()?;
        let fork = || -> io::Result<_> {
            let (channel, other) = Channel::pair(len_max, running.control.names().clone())?;
            let (output, writer) = Printed::collect()?;
            let writer = OwnedFd::from(writer);
            if let Some(user) = running.process.user() {
                user.take_pipe(writer.as_fd())?;
            }
            running.control.order(b'f', number, &[other.as_fd(), writer.as_fd()])?;
            let id = ChildId { parent_pid: running.process.pid(), number };
            Ok((id, channel.with_nonces(), output))
        };
        fork().map_err(|_| self.lost(GradingStage::BetweenScenarios))
    }

    /// Each order has an answer, also where it says nothing new: a process that was killed answers nothing, however
    /// long it takes to be gone, so that what ended it counts for the scenario in which that happened.
    fn order(&mut self, order: Order, child: ChildId) -> ChildState {
        let Some(running) = self.parent_of(child) else { return ChildState::Lost };
        // What keeps an order from being given keeps its answer from coming.
        let _ = running.control.order(order.letter(), child.number, &[]);
        let state = match running.control.receive(ANSWER_DEADLINE) {
            Received::Frame { letter, text } => child_state(letter, &text),
            Received::Malformed | Received::Forged | Received::Pending => None,
            Received::Closed => {
                self.lost(GradingStage::Scenario);
                return ChildState::Lost;
            }
        };
        state.unwrap_or_else(|| {
            self.restart();
            ChildState::Killed
        })
    }

    /// Ends the process with its whole group, and starts another.
    fn restart(&mut self) {
        if let Some(Ok(running)) = &mut self.process {
            running.process.end();
        }
        self.process = Some(launch(&self.submission, self.side, &self.setup));
    }

    /// The process that has imported the hand-in is gone, which nobody but the hand-in has done.
    fn lost(&mut self, during: GradingStage) -> StartError {
        let file = self.file_name();
        let Running { process, control, .. } = match self.running() {
            Ok(running) => running,
            Err(why) => return why,
        };
        let status = how_it_ended(process);
        process.end();
        let output = control.names().put_into(process.printed());
        let fault = fault(HandInFault::InterpreterEnded { file, during, status }, output);
        self.fail(fault)
    }

    /// The name of the file that is imported.
    fn file_name(&self) -> String {
        let name = self.submission.file(self.side).and_then(|file| file.file_name());
        name.unwrap_or_default().to_string_lossy().into_owned()
    }

    fn fail(&mut self, why: StartError) -> StartError {
        self.process = Some(Err(why.clone()));
        why
    }
}

/// What a frame says of a child.
fn child_state(letter: u8, text: &str) -> Option<ChildState> {
    let status = || text.parse().map(ExitStatus::from_raw).ok();
    match letter {
        b'R' => Some(ChildState::Runs),
        b'E' => status().map(ChildState::Ended),
        b'G' => status().map(ChildState::EndedUnasked),
        _ => None,
    }
}
