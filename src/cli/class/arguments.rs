//! The arguments of `harness class`, as they are typed.

use std::io;
use std::num::NonZero;
use std::path::{self, Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::super::arguments::{parse_at_a_time, parse_seed};
use super::super::course::CourseOptions;
use super::super::hand_ins::HandInOptions;
use super::super::selection::parse_pattern;
use crate::class::{GradebookFormat, Names, Shard};
use crate::course::parse_duration;
use crate::side::Casting;
use crate::target::options::{START_DEADLINE, Words};

/// How long a hand-in may take, unless told otherwise. A right one takes a second, and one that hangs in everything half a minute.
const TIME_LIMIT: &str = "2m";

/// Which class to grade, and how.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(in crate::cli) struct ClassArgs {
    #[command(subcommand)]
    pub(super) action: Option<ClassAction>,

    /// The directory with the hand-ins
    #[arg(value_name = "DIR", required = true)]
    pub(super) directory: Option<PathBuf>,

    /// Where the results go; it is made if it is not there. It must not lie in DIR
    #[arg(long, value_name = "RESULTS", required_unless_present = "list")]
    pub(super) out: Option<PathBuf>,

    /// Only show what would be graded, and what is not taken for a hand-in
    #[arg(long)]
    pub(super) list: bool,

    /// A table of who is in the class, as a platform exports it or with columns of your own
    #[arg(long, value_name = "FILE")]
    pub(super) roster: Option<PathBuf>,

    /// Grade only one of N parts of the class, for several machines: harness class merge puts them together
    ///
    /// Which part a hand-in belongs to depends on what is in its files and on nothing else. Every part needs the same --seed.
    #[arg(long, value_name = "I/N", requires = "seed", help_heading = "Run")]
    pub(super) shard: Option<Shard>,

    /// How many hand-ins are graded at a time [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = parse_jobs, help_heading = "Run")]
    pub(super) jobs: Option<NonZero<usize>>,

    /// How long one hand-in may take. Scenarios not played by then earn no points, and the hand-in is marked for review
    #[arg(
        long,
        value_name = "TIME",
        default_value = TIME_LIMIT,
        value_parser = parse_duration,
        help_heading = "Run"
    )]
    pub(super) time_limit: Duration,

    /// What the seed of each hand-in is made from, together with its files [default: that of the results, or a new one]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true, help_heading = "Run")]
    pub(super) seed: Option<u64>,

    /// The file with the key that recordings are sealed with
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    key: Option<PathBuf>,

    #[command(flatten)]
    pub(super) documents: Documents,

    /// Play only these scenarios: ids, groups or patterns, with commas between them (repeatable)
    #[arg(long, value_name = "ID", value_parser = parse_pattern, value_delimiter = ',', help_heading = "Selection")]
    pub(super) scenario: Vec<glob::Pattern>,

    /// Put only this side under test: server, client, or pair for both together (repeatable)
    #[arg(long, value_name = "SIDE", help_heading = "Selection")]
    side: Vec<Casting>,

    /// Let hardening scenarios and the pair decide the verdicts, too; they still carry no points
    #[arg(long, help_heading = "Selection")]
    strict: bool,

    #[command(flatten)]
    pub(super) course: CourseOptions,

    #[command(flatten)]
    hand_ins: HandInOptions,
}

/// What is made of the results as a whole.
#[derive(Debug, Args)]
pub(in crate::cli) struct Documents {
    /// Leave names out of every page. The tables of grades still have them
    #[arg(long, help_heading = "Results")]
    pub(super) anonymous: bool,

    /// Write the grades for the import of a platform as well: canvas, moodle or gradescope
    #[arg(
        long,
        value_name = "PLATFORM",
        default_value_t,
        hide_default_value = true,
        help_heading = "Results"
    )]
    pub(super) format: GradebookFormat,

    /// Show neither progress nor a summary
    #[arg(short, long, help_heading = "Results")]
    pub(super) quiet: bool,
}

impl Documents {
    /// Whether pages say whose a hand-in is.
    pub(super) const fn names(&self) -> Names {
        if self.anonymous { Names::Hidden } else { Names::Shown }
    }
}

/// What can be done with a class besides grading it.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum ClassAction {
    /// Put the parts of a class together that were graded with --shard: the results are those of one run
    Merge {
        /// The results of the parts
        #[arg(required = true)]
        parts: Vec<PathBuf>,
        /// Where the results of the class go
        #[arg(long, value_name = "RESULTS")]
        out: PathBuf,
        /// Merge what is there, though parts are missing or were stopped
        #[arg(long)]
        partial: bool,
        #[command(flatten)]
        documents: Documents,
    },
}

impl ClassArgs {
    /// The options that the harness of each hand-in is given. It runs elsewhere, so that paths lead to where they lead from here.
    pub(super) fn options(&self) -> io::Result<Vec<String>> {
        let mut words = Words::new("harness");
        self.scenario.iter().for_each(|pattern| words.option("--scenario", Some(pattern)));
        self.side.iter().for_each(|side| words.option("--side", Some(side)));
        words.flag("--strict", self.strict);
        self.course.reproduce_terms(&mut words);
        let HandInOptions { python, start_deadline, containment } = &self.hand_ins;
        let python = python.as_deref().map(from_anywhere).transpose()?;
        words.option("--python", python.as_ref().map(|path| path.display()));
        words.duration("--start-deadline", *start_deadline, START_DEADLINE);
        containment.absolute()?.reproduce(&mut words);
        Ok(words.into_arguments())
    }

    pub(super) fn key(&self) -> io::Result<Option<PathBuf>> {
        self.key.as_deref().map(path::absolute).transpose()
    }
}

/// A program, which is looked for in the PATH if it has no more than a name.
fn from_anywhere(program: &Path) -> io::Result<PathBuf> {
    let is_name = program.parent() == Some(Path::new(""));
    if is_name { Ok(program.to_owned()) } else { path::absolute(program) }
}

/// A number of hand-ins to be graded at a time.
fn parse_jobs(text: &str) -> Result<NonZero<usize>, String> {
    parse_at_a_time(text, "hand-ins are graded")
}
