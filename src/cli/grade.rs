//! Grading: from arguments to a target, a run and its reports.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
};
use signal_hook::iterator::Signals;

use super::arguments::GradeArgs;
use super::course::{FoundCourse, Graded};
use super::key::KeyFile;
use super::outputs::{Reports, detail};
use super::selection::{Played, select};
use super::{Problem, machine, say};
use crate::class::HandInFiles;
use crate::course::Course;
use crate::event::{ContainedBy, CourseNotes};
use crate::record::RunRecord;
use crate::run::Runner;
use crate::side::Casting;
use crate::target::options::{Asking, Selection};
use crate::target::{Target, end_all_started};

/// Grades what the arguments name, and returns the exit code.
pub(super) fn grade(grading: &GradeArgs) -> Result<u8, Problem> {
    let Prepared { runner, mut target, mut reports, interrupted } = prepare(grading)?;
    let record = runner.play(&mut target, &interrupted, |event, record| {
        reports.event(event, record);
        Ok(())
    })?;
    conclude(reports, target, &record)?;
    Ok(record.verdict().exit_code())
}

/// Ends all that was started, and the reports.
pub(super) fn conclude(mut reports: Reports, target: Target, record: &RunRecord) -> Result<(), Problem> {
    reports.finish(record);
    // So that nothing is left that could write to a report.
    drop(target);
    reports.finalize(record)
}

/// All that a run needs.
pub(super) struct Prepared {
    pub(super) runner: Runner,
    pub(super) target: Target,
    pub(super) reports: Reports,
    /// Set once nothing more is to be played.
    pub(super) interrupted: Arc<AtomicBool>,
}

/// Makes everything ready that the arguments name, and starts what has to be there before a run.
pub(super) fn prepare(grading: &GradeArgs) -> Result<Prepared, Problem> {
    let hand_in = grading.target.hand_in().map(Graded::HandIn);
    let FoundCourse { mut course, file, .. } = grading.course.find(hand_in)?;
    // The run carries what has come of the date: no report compares it with a clock.
    course.rubric.show_what_is_due(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
    // What cannot be played with any target is told before one is started.
    select(&grading.scenario, &course.assignment, Casting::ALL)?;
    machine::has_descriptors()?;
    // Before anything is started, and has a directory that has to go.
    let interrupted = watch_for_interruption(grading.into.is_some())?;
    survive_other_signals()?;
    if grading.into.is_some() {
        end_with_class()?;
    }
    keep_to_itself();
    let asking = Asking { ask, is_attended: io::stdin().is_terminal() };
    let key = key(grading)?;
    let secrets: Vec<_> = key.iter().map(|key| key.path.clone()).collect();
    let selected = grading.target.select(&course, asking, &secrets);
    let Selection { description, target } =
        selected.map_err(|error| match interrupted.load(Ordering::Relaxed) {
            true => Problem::Incomplete("the run was interrupted".into()),
            false => error.into(),
        })?;
    if description.starts_programs() {
        machine::shows_processes()?;
    }
    if description.starts_programs() || target.client.is_some() {
        machine::has_loopback()?;
    }
    if let Some(ContainedBy::Layers(_)) = description.containment() {
        share();
    }
    let castings = castings(grading, &target)?;
    let Played { scenarios, cases } = select(&grading.scenario, &course.assignment, &castings)?;
    let reports = Reports::open(&grading.reports(), detail(grading.verbose))?;
    let mut reports = reports.showing_hidden(grading.show_hidden);
    if let Some(directory) = &grading.into {
        reports = reports.with_files(directory, HandInFiles::new(directory, Arc::clone(&interrupted))?);
    }
    if let Some(KeyFile { key, .. }) = &key {
        reports = reports.sealed(key);
    }
    let mut runner = Runner::new(description, grading.reproduce());
    runner.run.assignment = course.assignment;
    *runner.run.course = notes(&course, file.as_deref());
    runner.rubric = course.rubric;
    runner.run.seed = grading.seed.unwrap_or(runner.run.seed);
    runner.run.strict = grading.strict;
    runner.scenarios = scenarios;
    runner.cases = cases;
    runner.castings = castings;
    runner.deadline = course.deadline;
    runner.exact = !grading.timed;
    runner.jobs = grading.jobs.unwrap_or(runner.jobs);
    Ok(Prepared { runner, target, reports, interrupted })
}

/// What reports show of a course.
fn notes(course: &Course, file: Option<&Path>) -> CourseNotes {
    CourseNotes {
        file: file.map(|file| file.display().to_string()),
        pass_mark: course.rubric.pass_mark,
        hidden_until: course.rubric.hidden_until.as_ref().map(|until| until.text.clone()),
        names: course.names.own().map(|(usual, own)| (usual.to_owned(), own.to_owned())).collect(),
        texts: course.texts.clone(),
    }
}

/// The key that a recording is sealed with, if there is to be one. It is there before anything is started.
fn key(grading: &GradeArgs) -> Result<Option<KeyFile>, Problem> {
    let chosen = grading.key.as_deref();
    let is_recorded = grading.reports().iter().any(|report| report.format.is_recording());
    if !is_recorded && grading.into.is_none() {
        return match chosen {
            Some(_) => Err(Problem::Usage("--key seals a recording: give --report jsonl=FILE, too".into())),
            None => Ok(None),
        };
    }
    match KeyFile::open_or_make(chosen) {
        Ok(key) => Ok(Some(key)),
        Err(error) if chosen.is_some() => {
            Err(Problem::Usage(format!("the recording cannot be sealed with that key: {error}")))
        }
        Err(error) => {
            say(&format_args!(
                "the recording gets no seals, because there is no key: {error}. Name another file for the key with --key FILE"
            ));
            Ok(None)
        }
    }
}

fn castings(grading: &GradeArgs, target: &Target) -> Result<Vec<Casting>, Problem> {
    let possible = target.castings();
    match grading.side.iter().find(|casting| !possible.contains(casting)) {
        Some(casting) => {
            Err(Problem::Usage(format!("--side {casting}: this target has only the side {}", possible[0])))
        }
        None if grading.side.is_empty() => Ok(possible),
        None => Ok(grading.side.clone()),
    }
}

/// Asks the person at the terminal, apart from the reports.
fn ask(question: &str) -> io::Result<()> {
    let mut terminal = anstream::stderr();
    write!(terminal, "{question} ")?;
    terminal.flush()?;
    // Unlike a read, this ends when a signal comes: Ctrl-C is an answer, too.
    poll(&mut [PollFd::new(&io::stdin(), PollFlags::IN)], None)?;
    match io::stdin().read_line(&mut String::new())? {
        0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "standard input has ended")),
        _ => Ok(()),
    }
}

/// Keeps programs of the same user from looking into this process: what it expects is in its memory, and its
/// reports are among its descriptors. To root all is open.
pub(super) fn keep_to_itself() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Takes that back where the submission is kept apart: what nobody may look into cannot see either what its own threads are
/// blocked in.
pub(super) fn share() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::Dumpable);
}

/// Outlives the signals that mean nothing to a harness and would end it: whoever may send them could keep a report from being
/// written. What they would have told of a limit, the system call that meets it tells.
pub(super) fn survive_other_signals() -> io::Result<()> {
    for signal in [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGXCPU, SIGXFSZ] {
        signal_hook::flag::register(signal, Arc::default())?;
    }
    Ok(())
}

/// Has the kernel send SIGHUP when the class is gone that this hand-in is one of: nobody waits for what would come of it.
fn end_with_class() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::HUP))?;
    Ok(())
}

/// From the first SIGINT, SIGTERM, SIGHUP or SIGQUIT on nothing more is played and everything that was started is ended; the
/// second one ends the harness there and then. In a class, the first SIGHUP does so already.
pub(super) fn watch_for_interruption(is_in_class: bool) -> Result<Arc<AtomicBool>, Problem> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    let flag = Arc::clone(&interrupted);
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            let is_last = flag.swap(true, Ordering::Relaxed) || is_in_class && signal == SIGHUP;
            end_all_started();
            if is_last {
                std::process::exit(128 + signal);
            }
        }
    })?;
    Ok(interrupted)
}
