//! Grading: from arguments to a target, a run and its reports.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::archive::unpack;
use super::arguments::GradeArgs;
use super::course::{FoundCourse, Graded};
use super::interruption::{Cutoff, Interruption, signal_ready, survive_other_signals};
use super::key::KeyFile;
use super::outputs::{Reports, detail};
use super::progress::Progress;
use super::selection::{Played, select};
use super::watch::watch;
use super::{Problem, machine, say};
use crate::class::HandInFiles;
use crate::course::Course;
use crate::english::count;
use crate::event::{ContainedBy, CourseNotes, Event, EventKind};
use crate::record::{RunRecord, TrialRecord};
use crate::run::Runner;
use crate::side::Casting;
use crate::target::Target;
use crate::target::options::{Asking, Selection};
use crate::verdict::{Protocol, Verdict};

/// Grades what the arguments name, and returns the exit code.
pub(super) fn grade(grading: &mut GradeArgs) -> Result<u8, Problem> {
    if grading.watch {
        return watch(grading);
    }
    let interruption = Interruption::watch(grading.into.is_some())?;
    let record = play(grading, &interruption).map_err(|problem| match interruption.exit_code() {
        Some(code) => Problem::Interrupted(code),
        None => problem,
    })?;
    Ok(interruption.exit_code().unwrap_or(record.verdict().exit_code()))
}

/// Plays what the arguments name, and writes the reports of it.
pub(super) fn play(grading: &GradeArgs, interruption: &Interruption) -> Result<RunRecord, Problem> {
    let Prepared { runner, mut target, mut reports } = prepare(grading, interruption)?;
    let cutoff = Cutoff::start(grading.max_time, grading.watch, interruption)?;
    // Whoever is asked to do something has to see the question.
    let is_alone = runner.run.target.kind() != "address" && grading.into.is_none();
    let mut progress: Option<Progress> = None;
    let mut alien: Option<Protocol> = None;
    // Who asks for a report wants one, whatever it says.
    let is_for_person = grading.report.is_empty();
    let played = runner.play(&mut target, &interruption.flag, |event, record| {
        alien = other_protocol(event, record).filter(|_| is_for_person);
        if alien.is_some() {
            // It has nothing to be graded, and is asked nothing more.
            return Err(io::ErrorKind::InvalidData.into());
        }
        let line = match &mut progress {
            Some(line) => line,
            none => none.insert(Progress::new(record.started.plan.len(), is_alone && !grading.is_quiet())?),
        };
        line.aside(|| reports.event(event, record));
        if let EventKind::TrialStarted { key } = &event.kind {
            line.tell(record.trials.len(), key.to_string());
        }
        if grading.fail_fast && has_failed(event, record) && !interruption.flag.swap(true, Ordering::Relaxed)
        {
            line.aside(|| say(&"stopped at the first failure: what is left was not played"));
        }
        Ok(())
    });
    drop(progress);
    if let Some(protocol) = alien {
        let address = runner.run.target.detail("address").unwrap_or_default();
        let protocol = protocol.name();
        let text =
            format!("{address} speaks {protocol}, not length-prefixed messages: is this the right port?");
        return Err(Problem::Incomplete(text));
    }
    let record = played?;
    if cutoff.has_come() {
        say(&"stopped after --max-time: what is left was not played");
    } else if interruption.has_come() && grading.into.is_none() {
        say(&"interrupted: what is left was not played");
    }
    conclude(reports, target, &record)?;
    Ok(record)
}

/// What a server that is reached by its address speaks instead, where that shows before it has done anything right.
fn other_protocol(event: &Event, record: &RunRecord) -> Option<Protocol> {
    let EventKind::TrialFinished(finished) = &event.kind else { return None };
    // One that waits for the end of a line answers only what happens to have one.
    let has_passed = record.trials.iter().any(|trial| trial.finished.verdict == Verdict::Pass);
    let is_alien = !has_passed && record.started.run.target.kind() == "address";
    finished.verdict.other_protocol().filter(|_| is_alien)
}

/// Whether an event is a failure that counts.
fn has_failed(event: &Event, record: &RunRecord) -> bool {
    let EventKind::TrialFinished(finished) = &event.kind else { return false };
    let decides = |trial: &TrialRecord| record.started.run.strict || trial.score.max > 0;
    matches!(finished.verdict, Verdict::Fail(_)) && record.trials.last().is_some_and(decides)
}

/// Shows what would be played, without starting anything.
pub(super) fn list(out: &mut impl Write, grading: &GradeArgs) -> Result<(), Problem> {
    let FoundCourse { course, .. } = grading.course.find(grading.target.hand_in().map(Graded::HandIn))?;
    let sides = if grading.side.is_empty() { Casting::ALL } else { &grading.side };
    let Played { scenarios, cases } = select(&grading.scenario, &course.assignment, sides)?;
    for scenario in scenarios {
        for casting in scenario.castings.iter().filter(|casting| sides.contains(casting)) {
            let points = course.rubric.points(scenario, *casting);
            let worth =
                if points > 0 { format!("  {}", count(points as usize, "point")) } else { String::new() };
            writeln!(out, "{casting:<6}  {}{worth}", scenario.id)?;
        }
    }
    for case in cases {
        case.castings.iter().try_for_each(|casting| writeln!(out, "{casting:<6}  {}", case.case.id))?;
    }
    Ok(())
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
}

/// Makes everything ready that the arguments name, and starts what has to be there before a run.
pub(super) fn prepare(grading: &GradeArgs, interruption: &Interruption) -> Result<Prepared, Problem> {
    let hand_in = grading.target.hand_in().map(Graded::HandIn);
    let FoundCourse { mut course, file, .. } = grading.course.find(hand_in)?;
    // The run carries what has come of the date: no report compares it with a clock.
    course.rubric.show_what_is_due(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
    // What cannot be played with any target is told before one is started.
    select(&grading.scenario, &course.assignment, Casting::ALL)?;
    machine::has_descriptors()?;
    survive_other_signals()?;
    if let Some(class) = grading.class {
        end_with(class)?;
    }
    keep_to_itself();
    let asking = Asking { ask, is_attended: io::stdin().is_terminal() };
    let key = key(grading)?;
    let secrets: Vec<_> = key.iter().map(|key| key.path.clone()).collect();
    warn_of_shell(grading);
    let unpacked = unpack(grading.target.hand_in(), &course.names)?;
    let unpacked = unpacked.as_ref().map(|archive| &archive.hand_in);
    let selected = grading.target.select(&course, asking, &secrets, unpacked);
    let Selection { description, target } =
        selected.map_err(|error| match interruption.flag.load(Ordering::Relaxed) {
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
        reports = reports.with_files(directory, HandInFiles::new(directory, Arc::clone(&interruption.flag))?);
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
    Ok(Prepared { runner, target, reports })
}

/// Says that no shell runs a command, where one was meant to.
fn warn_of_shell(grading: &GradeArgs) {
    for command in grading.target.commands() {
        if let Some(word) = command.word_for_a_shell() {
            say(&format_args!(
                "the command is not run by a shell, so {word} is passed to the program as an argument: write sh -c '…' for a redirection"
            ));
        }
    }
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
    // Ctrl-C is an answer, too.
    let input = io::stdin();
    let mut awaited = vec![PollFd::new(&input, PollFlags::IN)];
    awaited.extend(signal_ready().map(|ready| PollFd::new(ready, PollFlags::IN)));
    while let Err(error) = poll(&mut awaited, None) {
        // The signal may have come to this thread.
        if error != Errno::INTR {
            return Err(error.into());
        }
    }
    if awaited.iter().skip(1).any(|signal| !signal.revents().is_empty()) {
        return Err(io::ErrorKind::Interrupted.into());
    }
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

/// Has the kernel send SIGHUP when the class is gone that this hand-in is one of: nobody waits for what would come of it.
fn end_with(class: u32) -> Result<(), Problem> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::HUP))
        .map_err(io::Error::from)?;
    // It may have gone before.
    if std::os::unix::process::parent_id() == class {
        return Ok(());
    }
    Err(Problem::Incomplete("the class that this hand-in is one of is not being graded any more".into()))
}
