//! The arguments, as they are typed.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ColorChoice, Parser};
use clap_complete::Shell;

use super::class::ClassArgs;
use super::course::{CourseFile, CourseOptions};
use super::fuzz::FuzzArgs;
use super::interop::InteropArgs;
use super::list::ListArgs;
use super::report_argument::{REPORT_HELP, ReportArgument, formats_help, with_terminal, writers_help};
use super::selection::ScenarioArgument;
use crate::course::parse_duration;
use crate::report::selftest::Writer;
use crate::report::{Format, TERMINAL};
use crate::side::Casting;
use crate::target::TargetOptions;
use crate::target::options::Words;

/// More scenarios than this at a time are no faster anywhere, and need more descriptors than a process may have.
const JOBS_MAX: u64 = 128;
const QUIET_HELP: &str = "Print no terminal report unless --report terminal asks for it";
const SHOW_HIDDEN_HELP: &str = "Include hidden scenarios in the reports for students";
const VERBOSE_HELP: &str = "Show each verdict on a line of its own, and every finding in full";

/// Grades clients and servers that exchange length-prefixed messages.
///
/// Without a target it grades its own reference client and server: a demonstration, and a check of itself.
#[derive(Debug, Parser)]
#[command(
    name = "harness",
    display_name = "lengthwise",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 all graded scenarios passed, 1 one failed, 2 wrong usage, 3 incomplete (something \
                  was blocked or inconclusive, nothing was selected, or the target cannot be reached), 130 after Ctrl-C."
)]
pub(super) struct Arguments {
    /// A hand-in to be graded: its folder, an archive of it, or its files
    #[arg(value_name = "HAND-IN")]
    pub(super) hand_in: Vec<PathBuf>,

    /// When to use colours in output: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        ignore_case = true,
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(super) color: ColorChoice,

    #[command(flatten)]
    pub(super) grading: GradeArgs,
    #[command(subcommand)]
    pub(super) subcommand: Option<Subcommand>,
}

/// What can be done besides grading.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Subcommand {
    /// List every scenario: its id, tier, castings and title
    List(ListArgs),
    /// Explain what a scenario does and why it exists, what a rule says, or what a bug is, how it shows and how to find it
    Explain {
        /// The id of a scenario, as `harness list` shows it, or a group of them, the number of a rule, or the id of a bug
        #[arg(required = true, value_name = "ID")]
        id: Vec<String>,
        #[command(flatten)]
        course: CourseFile,
    },
    /// Grade every hand-in of a class
    ///
    /// DIR is what a course platform gives as a download, or has a folder or an archive for each hand-in. Everything goes to RESULTS:
    /// for each hand-in a recording, a page, a JSON result and a text for the student; for the class a table of the grades and
    /// class.json. The same command goes on where it was stopped, however that was. The exit code is 0 when every hand-in has its
    /// grade, whatever the points, and 3 when one could not be graded, or not to the end.
    Class(Box<ClassArgs>),
    /// Play every client of a class with every server, and show who agrees with whom
    ///
    /// Each pair is played the scenarios that carry points, as a hand-in's own client and server are. The reference plays as well,
    /// and stands for the assignment. Nothing here is worth points. The exit code is 0 when every pair was played, whatever came of
    /// it, and 3 otherwise.
    Interop(Box<InteropArgs>),
    /// Write, or check, the file in which a course says what it wants
    Assignment {
        #[command(subcommand)]
        action: AssignmentAction,
    },
    /// Play every known mistake as a real server or client, and show which scenarios catch it
    ///
    /// It also shows whether the named cause is the true one. A summary comes first. The exit code is 1 if a mistake is missed, a right
    /// program is blamed, or a wrong cause is named.
    Gallery {
        /// Only these, by their ids: harness list --bugs shows all
        bug: Vec<String>,
        #[arg(long, value_name = "FORMAT[=PATH]", help = writers_help())]
        report: Vec<ReportArgument<Writer>>,
        #[arg(short, long, help = QUIET_HELP)]
        quiet: bool,
        #[command(flatten)]
        course: CourseFile,
    },
    /// Play cases that are generated from a seed, against any target, and save a small one for each kind of failure
    ///
    /// A case that fails is made smaller as long as it fails in the same way. The exit code is 0 if nothing was found, 1 if something
    /// was, 3 if the target cannot be played, and 130 after Ctrl-C, which ends with a report as well.
    Fuzz(Box<FuzzArgs>),
    /// Play saved cases again, against any target: what harness fuzz has found, or a file of your own
    ///
    /// The report is that of scenarios, and so are the exit codes. A file is text: messages, cuts and steps can be changed.
    Replay {
        /// The files of the cases
        #[arg(required = true)]
        file: Vec<PathBuf>,
        #[command(flatten)]
        grading: Box<GradeArgs>,
    },
    /// Write the JSON schema of what --report json writes
    Schema,
    /// Print shell completions: bash, zsh, fish, elvish or powershell
    Completions {
        /// The shell
        #[arg(ignore_case = true)]
        shell: Shell,
    },
    /// Print the manual page of harness or of one command, as in harness man | man -l -
    Man {
        /// The command
        command: Option<String>,
    },
    /// Make reports from a recording, as the run itself would have written them
    ///
    /// A recording is what --report jsonl=PATH writes. The exit code is that of the run; it is 3 if the recording ends
    /// before the run does, and then what there is of it is rendered. With --verify it is 0 where the recording is whole and as
    /// the harness wrote it, 1 where it was changed or has no seals, and 3 where it ends too early.
    Render {
        /// The recording, or - for standard input
        recording: PathBuf,
        #[arg(
            long,
            value_name = "FORMAT[=PATH]",
            default_value = "terminal",
            help = REPORT_HELP,
            long_help = formats_help()
        )]
        report: Vec<ReportArgument<Format>>,
        #[arg(short, long, help = VERBOSE_HELP)]
        verbose: bool,
        #[arg(long, help = SHOW_HIDDEN_HELP)]
        show_hidden: bool,
        /// Make no report, but check that the recording is as the harness wrote it
        #[arg(long, conflicts_with_all = ["report", "verbose", "show_hidden"])]
        verify: bool,
        /// The file with the key that the recording was sealed with [default: the one that this harness seals with]
        #[arg(long, value_name = "FILE", requires = "verify")]
        key: Option<PathBuf>,
    },
}

/// What can be done with the file of a course.
#[derive(Debug, clap::Subcommand)]
pub(super) enum AssignmentAction {
    /// Write a file that says what is so without one, with everything explained. No file is replaced
    Init {
        /// The file, or - for standard output [default: assignment.toml]
        file: Option<PathBuf>,
    },
    /// Read a file, and show what it comes to: the rules, the scenarios with their points, and totals
    Check {
        /// The file, or - for standard input [default: assignment.toml]
        file: Option<PathBuf>,
    },
}

/// What to grade, and how.
#[derive(Debug, Args)]
pub(super) struct GradeArgs {
    #[command(flatten)]
    pub(super) target: TargetOptions,

    /// Play only these scenarios: ids, groups or patterns, with commas between them, or the case saved in a file (repeatable)
    ///
    /// As in --scenario short,delivery or --scenario 'close/*'. The case of letters makes no difference.
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Selection")]
    pub(super) scenario: Vec<ScenarioArgument>,

    /// Put only this side under test: server, client, or pair for both together (repeatable)
    #[arg(long, alias = "casting", value_name = "SIDE", help_heading = "Selection")]
    pub(super) side: Vec<Casting>,

    /// Let hardening scenarios and the pair decide the verdict, too; they still carry no points
    #[arg(long, help_heading = "Selection")]
    pub(super) strict: bool,

    #[command(flatten)]
    pub(super) course: CourseOptions,

    /// How many scenarios are played at a time, at most [default: the number of processors]
    ///
    /// Results come in the order of the catalogue, and are the same for any number. A server at an address, or at a port
    /// that was chosen, is played with one scenario at a time.
    #[arg(long, value_name = "N", value_parser = parse_jobs, help_heading = "Run")]
    pub(super) jobs: Option<NonZero<usize>>,

    /// End with the first failure that counts
    #[arg(long, help_heading = "Run")]
    pub(super) fail_fast: bool,

    /// How long the run may take, as in 30s: what is left then is not played
    #[arg(long, value_name = "TIME", value_parser = parse_duration, allow_hyphen_values = true, help_heading = "Run")]
    pub(super) max_time: Option<Duration>,

    /// List what would be played, without playing it
    #[arg(long, help_heading = "Run")]
    pub(super) list: bool,

    /// Grade again whenever a file of what is graded has changed, and say what has become better and worse; Ctrl-C ends it
    #[arg(long, conflicts_with = "list", help_heading = "Run")]
    pub(super) watch: bool,

    /// Only pause between the pieces of a delivery, as for a server on another machine: to test the harness
    #[arg(long, hide = true)]
    pub(super) timed: bool,

    /// Put what a class keeps of a hand-in into this new directory
    #[arg(long, value_name = "DIR", hide = true, requires = "submission")]
    pub(super) into: Option<PathBuf>,

    /// The process that grades this class: without it, nobody waits for what would come of this
    #[arg(long, value_name = "PID", requires = "into", hide = true)]
    pub(super) class: Option<u32>,

    /// The seed that messages are drawn from, to repeat a run [default: a new one each time]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true, env = "HARNESS_SEED", hide_env_values = true, help_heading = "Run")]
    pub(super) seed: Option<u64>,

    #[arg(
        long,
        value_name = "FORMAT[=PATH]",
        help_heading = "Run",
        help = format!("{REPORT_HELP}, beside the terminal's"),
        long_help = format!("{}\n\nThe terminal's report is shown as well, unless another one goes to standard output.", formats_help())
    )]
    pub(super) report: Vec<ReportArgument<Format>>,

    /// The file with the key that a recording is sealed with, made where there is none [default: lengthwise/key in
    /// $XDG_STATE_HOME or ~/.local/state]
    ///
    /// Whoever has it can check with harness render --verify that a recording is as it was written, and could change one
    /// unnoticed. A submission that landlock or own-uid contains cannot read it.
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub(super) key: Option<PathBuf>,

    #[arg(short, long, help_heading = "Run", help = VERBOSE_HELP)]
    pub(super) verbose: bool,

    #[arg(short, long, help_heading = "Run", help = QUIET_HELP, conflicts_with = "verbose")]
    quiet: bool,

    #[arg(long, help_heading = "Run", help = SHOW_HIDDEN_HELP)]
    pub(super) show_hidden: bool,
}

/// A seed.
pub(super) fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// A number of scenarios to be played at a time.
fn parse_jobs(text: &str) -> Result<NonZero<usize>, String> {
    parse_at_a_time(text, "scenarios are played")
}

/// A number of what is done at a time, in words that stand behind "how many".
pub(super) fn parse_at_a_time(text: &str, what: &str) -> Result<NonZero<usize>, String> {
    let jobs = text.parse().ok().filter(|jobs| (1..=JOBS_MAX).contains(jobs));
    let jobs = jobs.and_then(|jobs| NonZero::new(usize::try_from(jobs).ok()?));
    jobs.ok_or_else(|| format!("expected how many {what} at a time, from 1 to {JOBS_MAX}"))
}

impl GradeArgs {
    /// Whether nobody wants to see anything on the terminal.
    pub(super) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// The reports that are to be written: the terminal's is one of them, unless another goes to standard output or it is not wanted.
    pub(super) fn reports(&self) -> Vec<ReportArgument<Format>> {
        with_terminal(TERMINAL, &self.report, self.quiet)
    }

    /// The command that grades the same target in the same way, without selection, seed and reports.
    pub(super) fn reproduce(&self) -> String {
        let mut words = Words::new("harness");
        self.target.reproduce(&mut words);
        self.course.reproduce(&mut words);
        words.flag("--strict", self.strict);
        words.to_string()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use proptest::prelude::*;

    use super::super::course::FoundCourse;
    use super::*;
    use crate::assignment::Assignment;
    use crate::run::Runner;
    use crate::target::{CommandLine, Stop};

    fn parse(words: &str) -> Result<GradeArgs, String> {
        let words = shell_words::split(words).unwrap();
        let arguments = Arguments::try_parse_from([vec!["harness".to_owned()], words].concat());
        arguments.map(|arguments| arguments.grading).map_err(|error| error.to_string())
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_options_a_run_is_the_runners_own() {
        let FoundCourse { course, file, .. } = parse("").unwrap().course.find(None).unwrap();
        assert_eq!((course.assignment, file), (Assignment::default(), None));
        assert_eq!(course.deadline, Runner::DEADLINE);
    }

    #[test]
    fn the_terminals_report_is_shown_unless_another_takes_its_place_or_nobody_wants_it() {
        let reports = |line: &str| -> Vec<_> {
            let named = |report: &ReportArgument<Format>| (report.format.name, report.path.is_some());
            parse(line).unwrap().reports().iter().map(named).collect()
        };
        let (terminal, file) = (("terminal", false), ("json", true));
        assert_eq!(reports(""), [terminal]);
        assert_eq!(reports("--report json=a.txt"), [terminal, file]);
        assert_eq!(reports("--report terminal=a --report jsonl"), [("terminal", true), ("jsonl", false)]);
        for standard_output in
            ["json", "json=-", "json=/dev/stdout", "json=/dev/fd/1", "json=/proc/self/fd/1"]
        {
            assert_eq!(reports(&format!("--report {standard_output}")), [("json", false)]);
        }
        assert_eq!(reports("-q --report json=a"), [file]);
        assert_eq!(reports("--quiet"), []);
    }

    #[test]
    fn a_command_that_repeats_a_run_leads_to_the_same_target() {
        for line in [
            "--target [::1]:9000 --deadline 500ms",
            "--server 'python3 \"my server.py\" {port}' --stop signal:INT --buffer-size 16 --sandbox",
            "--client 'node client.js' --server x",
            "--submission 'my work' --client-file c.py --server-file s.py --python python3.12",
            "--server x --host ::1 --port 7 --header-width 2 --byte-order little --removed-chars 3",
            "--target a:1 --start-deadline 3s --strict",
            "--assignment 'a course.toml' --header-width 8 --removed-chars 10",
        ] {
            let arguments = parse(line).unwrap();
            let command = arguments.reproduce();
            let repeated = parse(command.strip_prefix("harness").unwrap()).unwrap();
            assert_eq!(format!("{repeated:?}"), format!("{arguments:?}"), "{command}");
        }
        assert_eq!(parse("").unwrap().reproduce(), "harness");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in ".*", tail in ".*") {
            for text in [text.clone(), format!("pid:{tail}"), format!("signal:{tail}"), format!("command:{tail}")] {
                let _ = text.parse::<Stop>();
            }
            let _ = text.parse::<CommandLine>();
            let _ = text.parse::<Casting>();
            let _ = text.parse::<ReportArgument<Format>>();
            let _ = format!("json={tail}").parse::<ReportArgument<Format>>();
            let _ = parse_duration(&text);
            let _ = parse_jobs(&text);
            let _ = Arguments::try_parse_from(["harness", &text, &tail]);
        }
    }

    #[test]
    fn mistakes_are_named() {
        let says = |line: &str| parse(line).unwrap_err();
        assert!(says("--target a:1 --server b").contains("cannot be used with"));
        assert!(says("--report pdf").contains("one of terminal, json, jsonl"));
        assert!(says("--buffer-size 0").contains("1..=65536"));
        assert!(says("--port 0 --server x").contains("1..=65535"));
        assert!(says("--host ::1").contains("--server"));
        assert!(says("--deadline soon").contains("500ms"));
        for silly in ["0", "-1", "129", "two", "18446744073709551616", ""] {
            let text = says(&format!("--jobs='{silly}'"));
            assert!(text.contains("how many scenarios are played at a time, from 1 to 128"), "{text}");
        }
    }
}
