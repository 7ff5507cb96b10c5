//! The arguments, as they are typed.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, ValueEnum};

use super::report_argument::{REPORT_HELP, ReportArgument, formats_help, writers_help};
use crate::assignment::{Assignment, ByteOrder, HeaderWidth};
use crate::report::Format;
use crate::report::selftest::Writer;
use crate::side::Casting;
use crate::target::{CommandLine, Stop};

/// The largest buffer that the sizes of the scenarios are made for, in bytes.
const BUFFER_SIZE_MAX: i64 = 65_536;

/// Grades clients and servers that exchange length-prefixed messages.
///
/// Without a target it grades its own reference client and server: a demonstration, and a check of itself.
#[derive(Debug, Parser)]
#[command(
    name = "harness",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 all graded scenarios passed, 1 one failed, 2 wrong usage, 3 incomplete (something \
                  was blocked or inconclusive, nothing was selected, or the target cannot be reached)."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) grading: GradeArgs,
    #[command(subcommand)]
    pub(super) subcommand: Option<Subcommand>,
}

/// What can be done besides grading.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Subcommand {
    /// List every scenario: its id, tier, castings and title
    List,
    /// Tell what a scenario does and why it exists, or what a bug is, how it shows and how to find it
    Explain {
        /// The id of a scenario, as `harness list` shows it, or of a bug, as `harness gallery` does
        id: String,
    },
    /// Play every known mistake as a real server or client, and show which scenarios catch it
    ///
    /// And whether the cause that is named is the true one. The exit code is 1 if a mistake is missed, a right
    /// program is blamed, or a wrong cause is named.
    Gallery {
        #[arg(long, value_name = "FORMAT[=PATH]", default_value = "terminal", help = writers_help())]
        report: Vec<ReportArgument<Writer>>,
    },
    /// Make reports from a recording, as the run itself would have written them
    ///
    /// A recording is what --report jsonl=PATH writes. The exit code is that of the run; it is 3 if the recording ends
    /// before the run does, and then what there is of it is rendered.
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
    },
}

/// What to grade, and how.
#[derive(Debug, Args)]
pub(super) struct GradeArgs {
    /// Grade the server that is running at this address
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "server", help_heading = "Target")]
    pub(super) target: Option<String>,

    /// Grade the server that this command starts
    ///
    /// {host}, {port} and {buffer_size} stand for what they say, and are in the environment as HOST, PORT and
    /// BUFFER_SIZE. The command is split as a shell splits, and started without a shell, anew for each scenario.
    #[arg(long, value_name = "COMMAND", help_heading = "Target")]
    pub(super) server: Option<CommandLine>,

    /// Grade the client that this command starts, anew for each scenario
    ///
    /// It is told on its standard input, in lines of JSON, to connect, send, receive and shut down, and answers
    /// each with a line on its standard output: see the README.
    #[arg(long, value_name = "COMMAND", help_heading = "Target")]
    pub(super) client: Option<CommandLine>,

    /// Grade the hand-in in this folder: buffered_client.py and buffered_server.py
    ///
    /// They may also be in the only folder in it.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["target", "server", "client", "stop"],
        help_heading = "Target"
    )]
    pub(super) submission: Option<PathBuf>,

    /// The hand-in's client, where it has another name
    #[arg(long, value_name = "FILE", requires = "submission", help_heading = "Target")]
    pub(super) client_file: Option<PathBuf>,

    /// The hand-in's server, where it has another name
    #[arg(long, value_name = "FILE", requires = "submission", help_heading = "Target")]
    pub(super) server_file: Option<PathBuf>,

    /// The Python interpreter that runs the hand-in, 3.8 or later [default: python3]
    #[arg(long, value_name = "PATH", requires = "submission", help_heading = "Target")]
    pub(super) python: Option<PathBuf>,

    /// The address that the started server is to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS", requires = "server", help_heading = "Target")]
    pub(super) host: Option<IpAddr>,

    /// The port that the started server listens on, where it cannot be told one [default: a free one]
    #[arg(
        long,
        value_name = "PORT",
        requires = "server",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Target"
    )]
    pub(super) port: Option<u16>,

    /// How long the started server may take until it listens, and a hand-in until it is imported
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Target")]
    pub(super) start_deadline: Duration,

    /// Run what is started in namespaces of its own, with no file to write to but temporary ones
    ///
    /// Needs bubblewrap (bwrap). The network of this machine stays visible, because a server is reached by it.
    #[arg(long, help_heading = "Target")]
    pub(super) sandbox: bool,

    /// How the server is told to stop: owner, pid:N, signal:NAME, command:CMD or prompt
    ///
    /// owner: SIGTERM to the process on this machine that listens on the port. pid:N: SIGTERM to that process.
    /// signal:NAME: that signal, to what was started or else to the owner. command:CMD: by this command, with
    /// the placeholders of --server. prompt: by hand, when asked. The default is SIGTERM for --server and, at
    /// a terminal, prompt for --target.
    #[arg(long, value_name = "HOW", help_heading = "Target")]
    pub(super) stop: Option<Stop>,

    /// Play only the scenarios whose id matches; may be given several times
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub(super) scenario: Vec<glob::Pattern>,

    /// Put only this side under test: server, client, or pair for both together (repeatable)
    #[arg(long, alias = "casting", value_name = "SIDE", help_heading = "Selection")]
    pub(super) side: Vec<Casting>,

    /// Let hardening scenarios and the pair count like graded ones
    #[arg(long, help_heading = "Selection")]
    pub(super) strict: bool,

    /// The buffer that the assignment is done with, in bytes
    #[arg(
        long,
        value_name = "N",
        default_value = "1024",
        value_parser = clap::value_parser!(u32).range(1..=BUFFER_SIZE_MAX),
        help_heading = "Assignment"
    )]
    buffer_size: u32,

    /// The width of the length in front of each message, in bytes
    #[arg(long, value_name = "N", default_value = "4", help_heading = "Assignment")]
    header_width: WidthArgument,

    /// The order of the bytes of that length
    #[arg(long, value_name = "ORDER", default_value = "big", help_heading = "Assignment")]
    byte_order: OrderArgument,

    /// How many characters the server removes
    #[arg(
        long,
        value_name = "N",
        default_value = "10",
        value_parser = clap::value_parser!(u32).range(0..=1_000),
        help_heading = "Assignment"
    )]
    removed_chars: u32,

    /// How long a submission may be silent
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration, help_heading = "Run")]
    pub(super) deadline: Duration,

    /// Only pause between the pieces of a delivery, as for a server on another machine: to test the harness
    #[arg(long, hide = true)]
    pub(super) timed: bool,

    /// The number that messages are drawn from, to repeat a run [default: another one each time]
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub(super) seed: Option<u64>,

    #[arg(
        long,
        value_name = "FORMAT[=PATH]",
        default_value = "terminal",
        help_heading = "Run",
        help = REPORT_HELP,
        long_help = formats_help()
    )]
    pub(super) report: Vec<ReportArgument<Format>>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WidthArgument {
    #[value(name = "2")]
    Two,
    #[value(name = "4")]
    Four,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OrderArgument {
    Big,
    Little,
}

/// `2s`, `500ms`, `1m 30s`; a bare number is taken for seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string()),
        Err(_) => {
            humantime::parse_duration(text).map_err(|error| format!("{error}; write for example 500ms or 2s"))
        }
    }?;
    const MIN: Duration = Duration::from_millis(1);
    const MAX: Duration = Duration::from_secs(3600);
    if (MIN..=MAX).contains(&parsed) { Ok(parsed) } else { Err("expected between 1ms and 1h".into()) }
}

impl GradeArgs {
    /// The assignment that these arguments describe.
    pub(super) fn assignment(&self) -> Assignment {
        Assignment {
            header_width: match self.header_width {
                WidthArgument::Two => HeaderWidth::Two,
                WidthArgument::Four => HeaderWidth::Four,
            },
            byte_order: match self.byte_order {
                OrderArgument::Big => ByteOrder::BigEndian,
                OrderArgument::Little => ByteOrder::LittleEndian,
            },
            removed_chars: self.removed_chars as usize,
            buffer_size: self.buffer_size as usize,
            ..Assignment::default()
        }
    }

    /// The options that reach the same target with the same assignment, without selection, seed and reports.
    pub(super) fn again(&self) -> String {
        let mut words = vec!["harness".to_owned()];
        let mut add = |option: &str, value: String| words.extend([option.to_owned(), value]);
        if let Some(target) = &self.target {
            add("--target", target.clone());
        }
        if let Some(server) = &self.server {
            add("--server", server.to_string());
        }
        if let Some(client) = &self.client {
            add("--client", client.to_string());
        }
        let paths = [
            ("--submission", &self.submission),
            ("--client-file", &self.client_file),
            ("--server-file", &self.server_file),
            ("--python", &self.python),
        ];
        for (option, path) in paths {
            if let Some(path) = path {
                add(option, path.display().to_string());
            }
        }
        if let Some(host) = self.host {
            add("--host", host.to_string());
        }
        if let Some(port) = self.port {
            add("--port", port.to_string());
        }
        if let Some(stop) = &self.stop {
            add("--stop", stop.to_string());
        }
        let (own, usual) = (self.assignment(), Assignment::default());
        if own.buffer_size != usual.buffer_size {
            add("--buffer-size", own.buffer_size.to_string());
        }
        if own.header_width != usual.header_width {
            add("--header-width", own.header_width.bytes().to_string());
        }
        if own.byte_order != usual.byte_order {
            add("--byte-order", "little".to_owned());
        }
        if own.removed_chars != usual.removed_chars {
            add("--removed-chars", own.removed_chars.to_string());
        }
        if self.start_deadline != Duration::from_secs(10) {
            add("--start-deadline", humantime::format_duration(self.start_deadline).to_string());
        }
        if self.deadline != Duration::from_secs(2) {
            add("--deadline", humantime::format_duration(self.deadline).to_string());
        }
        if self.sandbox {
            words.push("--sandbox".to_owned());
        }
        shell_words::join(words)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use proptest::prelude::*;

    use super::*;

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
    fn the_default_assignment_is_the_assignments_own() {
        assert_eq!(parse("").unwrap().assignment(), Assignment::default());
    }

    #[test]
    fn a_command_that_repeats_a_run_leads_to_the_same_target() {
        for line in [
            "--target [::1]:9000 --deadline 500ms",
            "--server 'python3 \"my server.py\" {port}' --stop signal:INT --buffer-size 16 --sandbox",
            "--client 'node client.js' --server x",
            "--submission 'my work' --client-file c.py --server-file s.py --python python3.12",
            "--server x --host ::1 --port 7 --header-width 2 --byte-order little --removed-chars 3",
        ] {
            let again = parse(line).unwrap().again();
            let repeated = parse(again.strip_prefix("harness").unwrap()).unwrap();
            assert_eq!(repeated.again(), again);
            assert_eq!(repeated.assignment(), parse(line).unwrap().assignment());
        }
        assert_eq!(parse("").unwrap().again(), "harness");
    }

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["", "soon", "-1", "0", "1y", "NaN", "1e300"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
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
            let _ = duration(&text);
            let _ = Arguments::try_parse_from(["harness", &text, &tail]);
        }
    }

    #[test]
    fn mistakes_are_named() {
        let says = |line: &str| parse(line).unwrap_err();
        assert!(says("--target a:1 --server b").contains("cannot be used with"));
        assert!(says("--report html").contains("one of terminal, json, jsonl"));
        assert!(says("--buffer-size 0").contains("1..=65536"));
        assert!(says("--port 0 --server x").contains("1..=65535"));
        assert!(says("--host ::1").contains("--server"));
        assert!(says("--deadline soon").contains("500ms"));
    }
}
