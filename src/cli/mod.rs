//! The command line of `harness`: the only part of the library that writes to standard output and error.

mod archive;
mod arguments;
mod assignment;
mod class;
mod course;
mod explain;
mod fuzz;
mod gallery;
mod grade;
mod hand_ins;
mod help;
mod interop;
mod interruption;
mod key;
mod list;
mod machine;
mod outputs;
mod page;
mod progress;
mod render;
mod report_argument;
mod report_file;
mod schema;
mod selection;
mod unnamed;
mod verify;
mod watch;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{ColorChoice, Parser};

use arguments::{Arguments, AssignmentAction, GradeArgs, Subcommand};
use outputs::UntilClosed;
use page::Page;
use report_argument::with_terminal;
use selection::ScenarioArgument;

use crate::bytes::{printable, without_command};
use crate::report::selftest;
use crate::target::options::SelectError;

/// The exit code for a command line that makes no sense, as `clap` has it.
const USAGE: u8 = 2;
/// The exit code for what is not everything that was asked for.
const INCOMPLETE: u8 = 3;

/// Runs the harness with these arguments, the program's own name first.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let mut out = UntilClosed::new(anstream::stdout());
    if help::is_wanted(&arguments) {
        let _ = help::short(&mut out);
        return ExitCode::SUCCESS;
    }
    let mut arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nobody reads what cannot be written.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
    };
    match arguments.color {
        ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
        ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        ColorChoice::Auto => {}
    }
    let outcome = match &mut arguments.subcommand {
        None => unnamed::take(&arguments.hand_in, &mut arguments.grading)
            .and_then(|()| grade_or_list(&mut out, &mut arguments.grading)),
        Some(Subcommand::Completions { shell }) => help::completions(&mut out, *shell).map(|()| 0),
        Some(Subcommand::Man { command }) => help::man(&mut out, command.as_deref()).map(|()| 0),
        Some(Subcommand::List(arguments)) => arguments.course.find(None).and_then(|found| {
            let is_terminal = io::stdout().is_terminal();
            list::list(&mut Page::new(out, page::columns()), arguments, &found.course, is_terminal)
                .map(|()| 0)
        }),
        Some(Subcommand::Class(arguments)) => class::class(&mut out, arguments),
        Some(Subcommand::Interop(arguments)) => interop::interop(&mut out, arguments),
        Some(Subcommand::Assignment { action }) => match action {
            AssignmentAction::Init { file } => assignment::init(&mut out, file.as_deref()),
            AssignmentAction::Check { file } => assignment::check(&mut out, file.as_deref()),
        }
        .map(|()| 0),
        Some(Subcommand::Gallery { bug, report, quiet, course }) => {
            let reports = with_terminal(selftest::TERMINAL, report, *quiet);
            course.find(None).and_then(|found| gallery::gallery(bug, &reports, &found.course, *quiet))
        }
        Some(Subcommand::Fuzz(arguments)) => {
            name_from_environment(&mut arguments.grading);
            fuzz::fuzz(arguments)
        }
        Some(Subcommand::Replay { file, grading }) => {
            grading.scenario.extend(file.drain(..).map(ScenarioArgument::File));
            grade_or_list(&mut out, grading)
        }
        Some(Subcommand::Render { recording, verify: true, key, .. }) => {
            verify::verify(&mut out, recording, key.as_deref())
        }
        Some(Subcommand::Render { recording, report, verbose, show_hidden, .. }) => {
            render::render(recording, report, outputs::detail(*verbose), *show_hidden)
        }
        Some(Subcommand::Schema) => schema::schema(&mut out).map(|()| 0),
        Some(Subcommand::Explain { id, course }) => {
            let mut page = Page::new(out, page::columns());
            course.find(None).and_then(|found| explain::explain(&mut page, &found.course, id)).map(|()| 0)
        }
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            say(&problem);
            ExitCode::from(problem.exit_code())
        }
    }
}

/// Grades what the arguments name, or shows what would be played.
fn grade_or_list(out: &mut impl Write, grading: &mut GradeArgs) -> Result<u8, Problem> {
    name_from_environment(grading);
    match grading.list {
        true => grade::list(out, grading).map(|()| 0),
        false => grade::grade(grading),
    }
}

/// Takes the target of the environment, where the command line names none.
fn name_from_environment(grading: &mut GradeArgs) {
    if grading.target.named().is_empty()
        && let Ok(address) = env::var("HARNESS_TARGET")
    {
        grading.target.name_address(address);
    }
}

/// Tells the person at the terminal something, apart from the reports.
fn say(what: &impl fmt::Display) {
    // It may name files of a submission.
    let text = printable(&format!("harness: {what}"));
    for line in text.lines() {
        let _ = writeln!(anstream::stderr(), "{}", without_command(line));
    }
}

/// Why the harness did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
enum Problem {
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// There is nothing to conclude anything from.
    #[error("{0}")]
    Incomplete(String),
    /// A signal has ended the run before anything could be played.
    #[error("interrupted: nothing was played")]
    Interrupted(u8),
    /// A recording is not as a harness wrote it.
    #[error("{0}")]
    Unverified(String),
    /// A report cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl From<SelectError> for Problem {
    fn from(error: SelectError) -> Self {
        match error {
            SelectError::Usage(error) => Self::Usage(error.to_string()),
            SelectError::Unavailable(error) => Self::Incomplete(error.to_string()),
        }
    }
}

impl Problem {
    const fn exit_code(&self) -> u8 {
        match self {
            Self::Unverified(_) => 1,
            Self::Interrupted(code) => *code,
            Self::Usage(_) => USAGE,
            Self::Incomplete(_) | Self::Output(_) => INCOMPLETE,
        }
    }
}
