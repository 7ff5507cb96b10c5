//! `harness class`: a whole class, graded, resumed, and put together from parts.

mod arguments;
mod progress;

use std::env;
use std::io::{self, PipeReader, Write};
use std::num::NonZero;
use std::os::fd::AsFd;
use std::path::{self, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sha2::{Digest, Sha256};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

pub(super) use self::arguments::ClassArgs;
use self::arguments::{ClassAction, Documents};
use self::progress::ProgressLine;
use super::course::{FoundCourse, Graded};
use super::interruption::exit_code_after;
use super::selection::of_catalogue;
use super::{INCOMPLETE, Problem, machine, say};
use crate::bytes::printable;
use crate::class::{
    CLASS_FORMAT_VERSION, ClassRecord, Conditions, GRADES, GradebookFormat, GradedClass, Grading, INDEX,
    Intake, IntakeError, IntakeRow, MergeError, Part, Progress, Results, ResultsError, Roster, RosterError,
    ToGrade, grades_of, merge, summary, take_in, without_student,
};
use crate::course::FILE_NAME;
use crate::english::{count, some};
use crate::event::HARNESS_VERSION;
use crate::os::network;
use crate::run::new_seed;

/// Does what the arguments ask for, and returns the exit code.
pub(super) fn class(out: &mut impl Write, arguments: &ClassArgs) -> Result<u8, Problem> {
    match (&arguments.action, &arguments.directory) {
        (Some(ClassAction::Merge { parts, out: results, partial, documents }), _) => {
            let (record, results) = merged(parts, results, *partial)?;
            finish(out, &record, &results, documents)
        }
        (None, Some(directory)) => grade(out, arguments, directory),
        (None, None) => Err(Problem::Usage("name the directory of a class".into())),
    }
}

fn merged(parts: &[PathBuf], out: &Path, allow_holes: bool) -> Result<(ClassRecord, Results), Problem> {
    let is_part = |part: &PathBuf| {
        part.canonicalize().is_ok_and(|part| out.canonicalize().is_ok_and(|out| out == part))
    };
    if let Some(part) = parts.iter().find(|part| is_part(part)) {
        let text = format!("{} is one of the parts: choose another directory with --out", part.display());
        return Err(Problem::Usage(text));
    }
    let results = Results::open(out)?;
    let (record, holes) = merge(parts, &results, allow_holes)?;
    if let Some(holes) = holes {
        say(&format_args!("this is not the whole class: {holes}"));
    }
    Ok((record, results))
}

fn grade(out: &mut impl Write, arguments: &ClassArgs, directory: &Path) -> Result<u8, Problem> {
    let FoundCourse { course, file, text } = arguments.course.find(Some(Graded::Class(directory)))?;
    of_catalogue(&arguments.scenario, &course.assignment)?;
    let roster = arguments.roster.as_deref().map(Roster::read).transpose()?;
    let intake = take_in(directory, &course.names, roster.as_ref())?;
    let class = ToGrade::new(&intake.hand_ins, arguments.shard);
    if arguments.list {
        list(out, &intake, &class)?;
        return Ok(0);
    }
    let Some(place) = &arguments.out else {
        return Err(Problem::Usage("name the directory for the results with --out".into()));
    };
    check_apart(directory, place)?;
    machine::has_descriptors()?;
    machine::shows_processes()?;
    machine::has_loopback()?;
    let stop = Stop::watch()?;
    let results = Results::open(place)?;
    let earlier = results.part().map(|part| part.conditions.seed);
    let conditions = Conditions {
        harness_version: HARNESS_VERSION.into(),
        seed: arguments.seed.or(earlier).unwrap_or_else(new_seed),
        assignment: text.as_ref().map(|text| hex::encode(Sha256::digest(text))),
        options: arguments.options()?,
    };
    let mut part = Part {
        conditions: conditions.clone(),
        class: class.class.clone(),
        shard: arguments.shard,
        is_complete: false,
    };
    // Before anything is graded: whoever goes on does so with the same seed.
    results.set_part(&part)?;
    let jobs = arguments.jobs.or(thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN);
    let grading = Grading {
        harness: env::current_exe()?,
        own_networks: has_own_networks(jobs),
        conditions,
        key: arguments.key()?,
        course: text,
        names: &course.names,
        jobs,
        time_limit: arguments.time_limit,
    };
    let line = ProgressLine::new(class.hand_ins().count(), arguments.documents.quiet);
    let is_course = |path: &str| file.is_some() && path == FILE_NAME;
    let record = |graded: GradedClass| ClassRecord {
        format_version: CLASS_FORMAT_VERSION,
        harness_version: HARNESS_VERSION.into(),
        assignment: file.as_ref().map(|file| file.display().to_string()),
        seed: part.conditions.seed,
        pass_mark: course.rubric.pass_mark,
        columns: graded.columns,
        hand_ins: graded.hand_ins,
        unrecognized: intake.unrecognized.iter().filter(|one| !is_course(&one.path)).cloned().collect(),
        missing: intake.missing.clone(),
    };
    let show = |graded: GradedClass| {
        // If it cannot be written, the one in the end says so.
        let _ = results.write_index(&record(graded), arguments.documents.names());
    };
    let tell = |progress: Progress<'_>| line.tell(progress);
    let graded = grading.grade(&class, &results, stop.came.as_fd(), &tell, &show)?;
    line.end();
    let is_complete = graded.is_complete;
    let record = record(graded);
    part.is_complete = is_complete;
    let code = finish(out, &record, &results, &arguments.documents)?;
    results.set_part(&part)?;
    match stop.exit_code() {
        Some(code) => {
            say(&"stopped: the same command goes on from here");
            Ok(code)
        }
        None => Ok(code),
    }
}

/// Whether each hand-in is graded in a network of its own; says what follows where it is not.
fn has_own_networks(jobs: NonZero<usize>) -> bool {
    let Some(why) = network::lacks() else { return true };
    if jobs.get() > 1 {
        say(&format_args!(
            "hand-ins that are graded at the same time can reach each other, because none has a network of its own: {why}. \
             --jobs 1 grades one at a time"
        ));
    }
    false
}

/// Writes the documents on the whole, and says what they come to.
fn finish(
    out: &mut impl Write,
    record: &ClassRecord,
    results: &Results,
    documents: &Documents,
) -> Result<u8, Problem> {
    results.write(record, documents.names(), documents.format)?;
    if !documents.quiet {
        for line in summary(record) {
            writeln!(out, "{line}")?;
        }
        let tables = match documents.format {
            GradebookFormat::Spreadsheet => GRADES.to_owned(),
            format => format!("{GRADES}, {}", grades_of(format)),
        };
        let place = results.path().display();
        writeln!(
            out,
            "In {}: {INDEX}, {tables}, class.json, and hand-ins with a directory each.",
            printable(&place.to_string())
        )?;
    }
    let unknown =
        if documents.format == GradebookFormat::Spreadsheet { Vec::new() } else { without_student(record) };
    if !unknown.is_empty() {
        let (table, lacks) = (grades_of(documents.format), count(unknown.len(), "hand-in"));
        say(&format_args!(
            "{table} lacks {lacks} whose student is not known: {}. --roster FILE says who they are",
            printable(&some(&unknown.into_iter().map(str::to_owned).collect::<Vec<_>>()))
        ));
    }
    Ok(if record.is_settled() { 0 } else { INCOMPLETE })
}

/// Whether results would be taken for hand-ins, or hand-ins for results.
fn check_apart(directory: &Path, results: &Path) -> Result<(), Problem> {
    let directory = real(directory)?;
    let place = real(results)?;
    if place.starts_with(&directory) {
        let text = format!(
            "--out {} lies in the directory of the class, where it would be taken for a hand-in: choose a place outside",
            results.display()
        );
        return Err(Problem::Usage(text));
    }
    if directory.starts_with(&place) {
        let text = format!("the class lies in --out {}: choose another place", results.display());
        return Err(Problem::Usage(text));
    }
    Ok(())
}

/// A path without links, as far as it is there.
fn real(path: &Path) -> io::Result<PathBuf> {
    let path = path::absolute(path)?;
    for there in path.ancestors() {
        if let Ok(real) = there.canonicalize() {
            return Ok(real.join(path.strip_prefix(there).unwrap_or(Path::new(""))));
        }
    }
    Ok(path)
}

/// Shows what would be graded, what is no hand-in, and who has handed in nothing.
fn list(out: &mut impl Write, intake: &Intake, class: &ToGrade<'_>) -> io::Result<()> {
    for IntakeRow { path, layout, id, name, mut notes } in intake.rows() {
        let same = class.contents.iter().find(|same| same.hand_ins[1..].iter().any(|other| other.id == id));
        notes.extend(same.map(|same| format!("It is the same as {}, byte for byte.", same.hand_ins[0].id)));
        let unreadable = class.unreadable.iter().filter(|(hand_in, _)| hand_in.id == id);
        notes.extend(unreadable.map(|(_, reason)| reason.clone()));
        let layout = layout.map(|layout| layout.to_string()).unwrap_or_default();
        let words = [id, name, path, layout];
        let words: Vec<_> = words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect();
        writeln!(out, "{}", words.join("  "))?;
        notes.iter().try_for_each(|note| writeln!(out, "    {}", printable(note)))?;
    }
    Ok(())
}

/// Whether the class is to be stopped.
struct Stop {
    /// There is something to read from it once it is.
    came: PipeReader,
    signal: Arc<AtomicUsize>,
}

impl Stop {
    fn watch() -> io::Result<Self> {
        let signal = Arc::<AtomicUsize>::default();
        let (came, coming) = io::pipe()?;
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            // The number first: it is read by whoever is woken.
            flag::register_usize(number, Arc::clone(&signal), number.unsigned_abs() as usize)?;
            low_level::pipe::register(number, coming.try_clone()?)?;
        }
        Ok(Self { came, signal })
    }

    /// What the harness exits with if a signal has come.
    fn exit_code(&self) -> Option<u8> {
        let signal = Some(self.signal.load(Ordering::Relaxed)).filter(|signal| *signal != 0);
        signal.map(exit_code_after)
    }
}

impl From<ResultsError> for Problem {
    fn from(error: ResultsError) -> Self {
        match error {
            ResultsError::InUse(_) => Self::Incomplete(error.to_string()),
            ResultsError::Unusable { .. } => Self::Usage(error.to_string()),
        }
    }
}

impl From<MergeError> for Problem {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Results(error) => error.into(),
            MergeError::Output(_) | MergeError::Holes(_) => Self::Incomplete(error.to_string()),
            MergeError::NoResults(_)
            | MergeError::Whole(_)
            | MergeError::Different { .. }
            | MergeError::Twice { .. } => Self::Usage(error.to_string()),
        }
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<RosterError> for Problem {
    fn from(error: RosterError) -> Self {
        Self::Usage(error.to_string())
    }
}
