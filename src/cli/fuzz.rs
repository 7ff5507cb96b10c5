//! `harness fuzz`: cases that nobody has thought of, against any target.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;

use super::arguments::GradeArgs;
use super::grade::{Prepared, conclude, prepare};
use super::interruption::Interruption;
use super::selection::selected_by;
use super::{Problem, say};
use crate::assignment::Assignment;
use crate::course::parse_duration;
use crate::english::{count, number};
use crate::run::{Explored, Fuzzing, FuzzingProgress, Source};
use crate::scenario::Case;
use crate::side::Side;
use crate::target::options::Words;

/// For how long cases are begun, unless told otherwise.
const USUAL_TIME: Duration = Duration::from_secs(30);
/// When the first progress line is written where it stays, and how often after that.
const FIRST_LINE_AFTER: Duration = Duration::from_secs(1);
const LINE_EVERY: Duration = Duration::from_secs(5);
/// How often it is where it is replaced.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// What is generated, and for how long.
#[derive(Debug, Args)]
pub(super) struct FuzzArgs {
    /// How many cases are played at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Fuzzing")]
    cases: Option<u64>,

    /// For how long new cases are begun, as in 30s or 5m [default: 30s, unless --cases is given]
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration, help_heading = "Fuzzing")]
    time: Option<Duration>,

    /// Play the inputs of the decoder's fuzz target in this folder instead: each once, in its pieces, against a server
    #[arg(long, value_name = "DIR", conflicts_with_all = ["cases", "time"], help_heading = "Fuzzing")]
    corpus: Option<PathBuf>,

    /// The folder in which a case of each kind of failure is saved, for harness replay
    #[arg(long, value_name = "DIR", default_value = "fuzz-findings", help_heading = "Fuzzing")]
    save: PathBuf,

    #[command(flatten)]
    pub(super) grading: GradeArgs,
}

/// Plays cases, tells what was found, and returns the exit code.
pub(super) fn fuzz(arguments: &FuzzArgs) -> Result<u8, Problem> {
    let FuzzArgs { cases, time, corpus, save, grading } = arguments;
    if !grading.scenario.is_empty() {
        let text = "harness fuzz generates what it plays: harness replay FILE plays saved cases, and harness --scenario the others";
        return Err(Problem::Usage(text.into()));
    }
    let GradeArgs { fail_fast, max_time, list, watch, .. } = grading;
    if max_time.is_some() || *list || *watch {
        let text =
            "--max-time, --list and --watch are for what is graded: harness fuzz ends after --for or --cases";
        return Err(Problem::Usage(text.into()));
    }
    let inputs = corpus.as_deref().map(inputs).transpose()?;
    let interruption = Interruption::watch(grading.into.is_some())?;
    let interrupted = &interruption.flag;
    let Prepared { runner, mut target, mut reports } = prepare(grading, &interruption)?;
    let suits = |side: &Side| inputs.is_none() || *side == Side::Server;
    let sides: Vec<_> = runner.castings.iter().filter_map(|casting| casting.side()).filter(suits).collect();
    if sides.is_empty() {
        let text = match inputs {
            None => "a pair is not fuzzed: the harness plays one side itself",
            Some(_) => "the inputs of a decoder are for a server, and none is under test here",
        };
        return Err(Problem::Usage(text.into()));
    }
    let fuzzing = Fuzzing {
        sides,
        source: match &inputs {
            None => Source::Generated,
            Some(inputs) => Source::Given(Arc::new(cases_of(inputs, &runner.run.assignment))),
        },
        cases: *cases,
        time: time.or_else(|| (cases.is_none() && inputs.is_none()).then_some(USUAL_TIME)),
        fail_fast: *fail_fast,
    };
    let shown = Shown::new();
    let explored = runner.explore(&fuzzing, &mut target, interrupted, &|progress| shown.show(progress))?;
    shown.finish();
    let paths = saved(save, &explored)?;
    tell_summary(&explored, runner.run.seed, &paths);
    let again = again(&runner.reproduce, corpus.as_deref(), runner.run.seed, explored.cases);
    let selected_by = |case: &Case| selected_by(&path_of(save, case));
    let told = (&selected_by as &dyn Fn(&Case) -> String, again.as_str());
    let record = runner.tell(&fuzzing, explored, &mut target, interrupted, told, |event, record| {
        reports.event(event, record);
        Ok(())
    })?;
    conclude(reports, target, &record)?;
    Ok(interruption.exit_code().unwrap_or(record.verdict().exit_code()))
}

/// The command that plays the same cases again.
fn again(reproduce: &str, corpus: Option<&Path>, seed: u64, cases: u64) -> String {
    let mut words = Words::new("harness");
    words.flag("fuzz", true);
    match corpus {
        Some(folder) => words.option("--corpus", Some(folder.display())),
        None => {
            words.option("--seed", Some(seed));
            words.option("--cases", Some(cases.max(1)));
        }
    }
    format!("{words}{}", reproduce.strip_prefix("harness").unwrap_or_default())
}

/// The inputs in a folder, by name.
fn inputs(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let read = || -> io::Result<Vec<_>> {
        let mut inputs = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                inputs.push((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?));
            }
        }
        inputs.sort();
        Ok(inputs)
    };
    let inputs = read().map_err(|error| {
        Problem::Usage(format!("the corpus {} cannot be read: {error}", folder.display()))
    })?;
    match inputs.is_empty() {
        true => Err(Problem::Incomplete(format!("there are no inputs in {}", folder.display()))),
        false => Ok(inputs),
    }
}

/// The inputs as cases. In front of its stream an input has two bytes of settings, which concern the decoder alone, the number of its
/// pieces, and their lengths.
fn cases_of(inputs: &[(String, Vec<u8>)], assignment: &Assignment) -> Vec<Case> {
    let cases = inputs.iter().filter_map(|(name, bytes)| {
        let [_, _, pieces, rest @ ..] = bytes.as_slice() else { return None };
        let (pieces, stream) = rest.split_at_checked(usize::from(*pieces))?;
        let cuts = pieces.iter().scan(0, |offset, len| {
            *offset += usize::from(*len);
            Some(*offset)
        });
        let mut cuts: Vec<usize> = cuts.filter(|cut| (1..stream.len()).contains(cut)).collect();
        cuts.dedup();
        let name: String =
            name.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '-').take(60).collect();
        Case::of_stream(format!("corpus/{name}"), stream, &cuts, assignment)
    });
    cases.collect()
}

/// Where a case is saved.
fn path_of(folder: &Path, case: &Case) -> PathBuf {
    let name = case.id.rsplit('/').next().unwrap_or(&case.id);
    folder.join(format!("{name}.json"))
}

/// Saves what was found, and returns where.
fn saved(folder: &Path, explored: &Explored) -> Result<Vec<PathBuf>, Problem> {
    let mut paths = Vec::new();
    for found in &explored.found {
        let path = path_of(folder, &found.case);
        fs::create_dir_all(folder).and_then(|()| fs::write(&path, found.case.to_file())).map_err(
            |error| Problem::Incomplete(format!("the case {} cannot be saved: {error}", path.display())),
        )?;
        paths.push(path);
    }
    Ok(paths)
}

/// What is said apart from the reports.
fn tell_summary(explored: &Explored, seed: u64, paths: &[PathBuf]) {
    let Explored { found, cases, undecided, unsteady, growth, elapsed, .. } = explored;
    let per_second = *cases as f64 / elapsed.as_secs_f64().max(f64::EPSILON);
    let kinds = match found.len() {
        0 => "no failure".to_owned(),
        kinds => format!("{} of failure", count(kinds, "kind")),
    };
    let cases = count(usize::try_from(*cases).unwrap_or(usize::MAX), "case");
    say(&format_args!(
        "{cases} in {:.1} s, {per_second:.0} a second, {kinds}, seed {seed}",
        elapsed.as_secs_f64()
    ));
    if *undecided > 0 {
        say(&format_args!(
            "{} of them came to nothing: the machine was too busy, or the harness failed",
            number(*undecided)
        ));
    }
    if *unsteady > 0 {
        say(&format_args!(
            "{} failed only on a program that had played others, and not again",
            number(*unsteady)
        ));
    }
    for growth in growth {
        say(growth);
    }
    for path in paths {
        say(&format_args!("saved {}", path.display()));
    }
}

/// The progress line.
struct Shown {
    bar: Option<ProgressBar>,
    /// When the next line is due.
    due: Mutex<Instant>,
}

impl Shown {
    fn new() -> Self {
        let bar = io::stderr().is_terminal().then(ProgressBar::new_spinner);
        let first = if bar.is_some() { DRAW_EVERY } else { FIRST_LINE_AFTER };
        Self { bar, due: Mutex::new(Instant::now() + first) }
    }

    fn show(&self, progress: FuzzingProgress) {
        let every = if self.bar.is_some() { DRAW_EVERY } else { LINE_EVERY };
        {
            let (mut due, now) = (self.due.lock().unwrap_or_else(PoisonError::into_inner), Instant::now());
            if now < *due {
                return;
            }
            *due = now + every;
        }
        let FuzzingProgress { cases, failures, kinds, elapsed } = progress;
        let per_second = cases as f64 / elapsed.as_secs_f64().max(f64::EPSILON);
        let line = format!(
            "{}, {per_second:.0} a second, {} of {} after {:.0} s",
            count(usize::try_from(cases).unwrap_or(usize::MAX), "case"),
            count(usize::try_from(failures).unwrap_or(usize::MAX), "failure"),
            count(kinds, "kind"),
            elapsed.as_secs_f64()
        );
        match &self.bar {
            Some(bar) => {
                bar.set_message(line);
                bar.tick();
            }
            None => say(&line),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
