//! `harness interop`: every client of a class with every server.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tempfile::TempDir;

use super::arguments::parse_at_a_time;
use super::course::{CourseOptions, FoundCourse, Graded};
use super::grade::{keep_to_itself, share};
use super::hand_ins::HandInOptions;
use super::interruption::{Interruption, survive_other_signals};
use super::selection::{of_catalogue, parse_pattern};
use super::{INCOMPLETE, Problem, machine, say};
use crate::class::{HandIn, Roster, take_in};
use crate::course::Names;
use crate::event::TargetDescription;
use crate::interop::{Interop, InteropRecord, Loaded, Pairs, Participant, lines, write_page};
use crate::report::escaped_json;
use crate::run::Runner;
use crate::side::{Casting, Side};
use crate::target::{InProcess, StartError, Submission};

/// The matrix for a browser, and everything for programs.
const PAGE: &str = "interop.html";
const DOCUMENT: &str = "interop.json";

/// Whom to play with whom, and how.
#[derive(Debug, Args)]
pub(super) struct InteropArgs {
    /// The directory with the hand-ins, as `harness class` takes it
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Where interop.html and interop.json go; it is made if it is not there
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,

    /// A table of who is in the class, as `harness class` takes it
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,

    /// Play only so many of the pairs of two hand-ins, chosen by the seed; each with the reference and with itself anyway
    #[arg(long, value_name = "N", help_heading = "Run")]
    sample: Option<usize>,

    /// How many pairs are played at a time [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = parse_jobs, help_heading = "Run")]
    jobs: Option<NonZero<usize>>,

    /// The seed that messages and samples are drawn from [default: another one each time]
    #[arg(long, value_name = "N", help_heading = "Run")]
    seed: Option<u64>,

    /// Play only these scenarios: ids, groups or patterns, with commas between them (repeatable)
    #[arg(long, value_name = "ID", value_parser = parse_pattern, value_delimiter = ',', help_heading = "Selection")]
    scenario: Vec<glob::Pattern>,

    #[command(flatten)]
    course: CourseOptions,

    #[command(flatten)]
    hand_ins: HandInOptions,

    /// Show neither progress nor the matrix
    #[arg(short, long)]
    quiet: bool,
}

/// A number of pairs to be played at a time.
fn parse_jobs(text: &str) -> Result<NonZero<usize>, String> {
    parse_at_a_time(text, "pairs are played")
}

/// Plays the pairs, shows and writes what comes of them, and returns the exit code.
pub(super) fn interop(out: &mut impl Write, arguments: &InteropArgs) -> Result<u8, Problem> {
    let FoundCourse { course, file, .. } =
        arguments.course.find(Some(Graded::Class(&arguments.directory)))?;
    let scenarios = of_catalogue(&arguments.scenario, &course.assignment)?;
    if !scenarios.iter().any(|scenario| scenario.castings.contains(&Casting::Pair)) {
        let text = "what was selected is not played by pairs: harness list shows what is";
        return Err(Problem::Incomplete(text.into()));
    }
    let HandInOptions { python, start_deadline, containment } = &arguments.hand_ins;
    let python = python.as_deref().unwrap_or(Path::new("python3"));
    let confinement = containment.confinement(&Command::new(python), false, &[])?;
    let roster = arguments.roster.as_deref().map(Roster::read).transpose()?;
    let intake = take_in(&arguments.directory, &course.names, roster.as_ref())?;
    if intake.hand_ins.is_empty() {
        let text = format!("there is no hand-in in {}", arguments.directory.display());
        return Err(Problem::Incomplete(text));
    }
    machine::has_descriptors()?;
    machine::shows_processes()?;
    machine::has_loopback()?;
    let interruption = Interruption::watch(false)?;
    survive_other_signals()?;
    keep_to_itself();
    if !confinement.containment.to_string().is_empty() {
        share();
    }
    // Before anything is played that could not be written in the end.
    if let Some(folder) = &arguments.out {
        fs::create_dir_all(folder)?;
    }
    let folders = tempfile::tempdir()?;
    let found: Vec<_> = intake
        .hand_ins
        .iter()
        .enumerate()
        .map(|(index, one)| find(one, index, &folders, &course.names))
        .collect();
    let reference = Participant { id: "the reference".into(), name: None, unplayable: None };
    let hand_ins = intake.hand_ins.iter().zip(&found).map(|(hand_in, found)| Participant {
        id: hand_in.id.clone(),
        name: hand_in.name.clone(),
        unplayable: found.as_ref().err().cloned(),
    });
    let participants: Vec<_> = [reference].into_iter().chain(hand_ins).collect();
    let load = |place: usize| -> Loaded {
        let Some(index) = place.checked_sub(InteropRecord::REFERENCE + 1) else {
            let reference = InProcess::reference(course.assignment);
            return Ok((Box::new(reference), Box::new(reference)));
        };
        let submission =
            found[index].as_ref().map_err(|why| StartError::blocked(io::Error::other(why.clone())))?;
        let loaded = submission.load(python, &course.assignment, *start_deadline, &confinement)?;
        Ok((Box::new(loaded.server), Box::new(loaded.client)))
    };
    let mut runner = Runner::new(TargetDescription::new("submission"), "harness interop");
    runner.run.assignment = course.assignment;
    runner.run.seed = arguments.seed.unwrap_or(runner.run.seed);
    runner.rubric = course.rubric;
    runner.deadline = course.deadline;
    runner.scenarios = scenarios;
    let bar = progress_bar(arguments.quiet);
    let record = Interop {
        runner,
        assignment: file.map(|file| file.display().to_string()),
        participants,
        pairs: arguments.sample.map_or(Pairs::All, Pairs::Sample),
        jobs: arguments.jobs.or(thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN),
        load: &load,
    }
    .play(&interruption.flag, &|played, of| {
        bar.set_length(of as u64);
        bar.set_position(played as u64);
    });
    bar.finish_and_clear();
    finish(out, &record, arguments)?;
    if interruption.has_come() {
        say(&"stopped: this is what was played until then");
        return Ok(interruption.exit_code().unwrap_or(INCOMPLETE));
    }
    Ok(0)
}

/// Lays a hand-in out, and finds its files; or says why not, in a sentence.
fn find(hand_in: &HandIn, index: usize, folders: &TempDir, names: &Names) -> Result<Submission, String> {
    let folder = folders.path().join(index.to_string());
    let unpacked = fs::create_dir(&folder).and_then(|()| hand_in.unpack(&folder));
    unpacked.map_err(|error| format!("It cannot be unpacked: {error}."))?;
    let [server, client] = [Side::Server, Side::Client].map(|side| hand_in.file(side));
    let found = Submission::find(&folder, server, client, names);
    found.map_err(|_| {
        format!("There is neither {} nor {} in it.", names.file(Side::Server), names.file(Side::Client))
    })
}

fn progress_bar(is_quiet: bool) -> ProgressBar {
    if is_quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:20} {pos} of {len} pairs, {eta} left");
    ProgressBar::new(0).with_style(style.expect("the template has what the crate knows"))
}

fn finish(out: &mut impl Write, record: &InteropRecord, arguments: &InteropArgs) -> Result<(), Problem> {
    if !arguments.quiet {
        for line in lines(record) {
            writeln!(out, "{line}")?;
        }
    }
    let Some(folder) = &arguments.out else { return Ok(()) };
    let (mut page, mut document) = (Vec::new(), Vec::new());
    write_page(&mut page, record)?;
    escaped_json::write(&mut document, record)?;
    for (name, bytes) in [(PAGE, page), (DOCUMENT, document)] {
        fs::write(folder.join(name), bytes)?;
    }
    if !arguments.quiet {
        writeln!(out, "In {}: {PAGE} and {DOCUMENT}.", folder.display())?;
    }
    Ok(())
}
