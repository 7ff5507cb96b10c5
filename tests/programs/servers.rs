//! Real servers, right ones and wrong ones, graded by the real harness: started by it, or already running.
//!
//! One in two is started, and the others are running. To have each of them graded in both ways:
//!
//! ```text
//! LENGTHWISE_WHOLE=1 cargo test --test programs servers::
//! ```
//!
//! Every file under `tests/servers` is a server of its own, whose first line names its fault. The table below
//! says what each of them must not pass; everything else it must.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::fixtures::fixture;
use crate::support::graded::graded;
use crate::support::is_there::is_there;
use crate::support::not_passed::{id, not_passed};
use crate::support::report::{grade, results};
use crate::support::running_server::RunningServer;
use crate::support::runtime::Runtime;
use crate::support::scenarios::Scenarios::{self, Graded, GradedExcept, These};
use crate::support::scenarios::{LONGER_THAN_A_READ, NOTHING};
use crate::support::whole;
use crate::{seeds, trial};

/// What is not passed, and how.
type Verdicts = BTreeMap<String, String>;

/// A server, and what it must not pass.
struct Row {
    file: &'static str,
    fails: Scenarios,
    /// The same for a server that was running already, where it differs: such a one meets every scenario with
    /// what the one before has left of it.
    running: Option<Running>,
    /// Whether it is right in everything that it is not listed for, and so plays the hardening tier, too.
    is_hardened: bool,
}

struct Running {
    fails: Scenarios,
    blocked: Scenarios,
}

const fn row(file: &'static str, fails: Scenarios) -> Row {
    Row { file, fails, running: None, is_hardened: false }
}

/// A server that is right in everything but one scenario of the hardening tier.
const fn hardened_but(file: &'static str, fails: &'static [&'static str]) -> Row {
    Row { is_hardened: true, ..row(file, These(fails)) }
}

const fn hardened(file: &'static str) -> Row {
    hardened_but(file, &[])
}

/// A server that serves one client in its life fails where that is asked for. A running one is not there any
/// more for the others: their points are not lost, and not won either.
const fn serves_one_client(file: &'static str) -> Row {
    Row {
        file,
        fails: These(&["client-reconnect"]),
        running: Some(Running {
            fails: These(&["client-reconnect"]),
            blocked: GradedExcept(&["short", "client-reconnect"]),
        }),
        is_hardened: false,
    }
}

const TABLE: &[Row] = &[
    hardened("right/DefaultCharset.java"),
    hardened("right/Threaded.java"),
    row("right/blocking.c", NOTHING),
    row("right/blocking.py", NOTHING),
    hardened("right/events.js"),
    hardened("right/forking.c"),
    row("right/graceful.py", NOTHING),
    row("right/main_thread_ends.c", NOTHING),
    hardened("right/polling.c"),
    row("right/slow.py", NOTHING),
    hardened("right/streams.py"),
    hardened("right/threaded.py"),
    row("right/two_sends.py", NOTHING),
    row("wrong/WriteUtf.java", Graded),
    row("wrong/byte_now_and_then.py", Graded),
    row("wrong/claims_four_gigabytes.py", Graded),
    row("wrong/closes_after_reply.py", These(&["series", "parallel"])),
    hardened_but("wrong/closes_at_hang_up.py", &["close/half-close"]),
    // No message of the graded scenarios has a character of more than one byte.
    row("wrong/counts_characters.py", NOTHING),
    serves_one_client("wrong/dies_of_disconnect.py"),
    row("wrong/drops_what_follows.py", These(&["parallel"])),
    hardened_but("wrong/drops_when_behind.py", &["load/both-directions-full"]),
    row("wrong/endless.js", Graded),
    row("wrong/endless_reply.py", Graded),
    row("wrong/fixed_array.c", These(&["long"])),
    row("wrong/garbage.py", Graded),
    row("wrong/half_reply.py", Graded),
    row("wrong/ignores_sigterm.py", These(&["server-shutdown"])),
    row("wrong/length_counts_header.py", Graded),
    row("wrong/length_of_message.py", Graded),
    row("wrong/little_endian_reads.py", Graded),
    row("wrong/little_endian_replies.py", Graded),
    row("wrong/machine_byte_order.c", Graded),
    row("wrong/merges_messages.py", These(&["parallel"])),
    hardened_but("wrong/newest_client_only.py", &["close/second-client-waits"]),
    row("wrong/newline_after_reply.py", Graded),
    row("wrong/newline_in_reply.py", Graded),
    row("wrong/no_header.py", Graded),
    row("wrong/not_utf8.py", Graded),
    serves_one_client("wrong/one_client_then_exits.py"),
    serves_one_client("wrong/one_client_then_idles.py"),
    row("wrong/one_event_a_message.js", These(&["long", "parallel"])),
    row("wrong/one_read_a_message.py", LONGER_THAN_A_READ),
    row("wrong/removes_nine.py", Graded),
    row("wrong/removes_nothing.py", Graded),
    row("wrong/resets.py", Graded),
    row("wrong/sends_nul.c", Graded),
    row("wrong/sends_once.py", These(&["long"])),
    row("wrong/sends_unasked.py", Graded),
    row("wrong/silent.py", Graded),
    row("wrong/stops_connection_only.py", These(&["server-shutdown"])),
    row("wrong/stops_listening_only.py", These(&["server-shutdown"])),
    row("wrong/truncates_at_buffer.py", LONGER_THAN_A_READ),
    // Four bytes of length look like an empty message and two bytes of length, and so do the replies, until a
    // length does not fit into two bytes.
    row("wrong/two_byte_header.py", These(&["long"])),
];

impl Row {
    fn when_started(&self) -> Verdicts {
        verdicts(self.fails, "fail").collect()
    }

    fn when_running(&self) -> Verdicts {
        match &self.running {
            None => self.when_started(),
            Some(running) => {
                verdicts(running.fails, "fail").chain(verdicts(running.blocked, "blocked")).collect()
            }
        }
    }
}

fn verdicts(scenarios: Scenarios, verdict: &'static str) -> impl Iterator<Item = (String, String)> {
    scenarios.ids().into_iter().map(move |id| (id.to_owned(), verdict.to_owned()))
}

/// The server of a row, which is compiled, if it has to be, when something first starts it.
struct Server {
    path: PathBuf,
    /// What is compiled goes there. It is removed with the last trial that could need it.
    programs: Arc<TempDir>,
    command: OnceLock<Result<Vec<String>, String>>,
}

impl Server {
    fn runtime(&self) -> Runtime {
        Runtime::of(&self.path)
    }

    fn command(&self) -> Result<&[String], String> {
        let prepare = || self.runtime().prepare(&self.path, self.programs.path());
        self.command.get_or_init(prepare).as_deref().map_err(Clone::clone)
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let programs = Arc::new(tempfile::tempdir().expect("a temporary folder can be made"));
    let mut trials = vec![trial("servers", "the table names every file", table_names_every_file)];
    let mut seeded = Vec::new();
    for (number, row) in TABLE.iter().enumerate() {
        let (path, programs) = (directory().join(row.file), Arc::clone(&programs));
        let server = Arc::new(Server { path, programs, command: OnceLock::new() });
        let is_missing = !is_there(server.runtime());
        let [start, run, seed] = [(); 3].map(|()| Arc::clone(&server));
        let started = move || row.compare(&grade_started(row, start.command()?), &row.when_started());
        let running = move || row.compare(&grade_running(row, run.command()?)?, &row.when_running());
        let arguments = move |_: &Path| Ok(vec!["--server".to_owned(), shell_words::join(seed.command()?)]);
        let started = trial("servers", &format!("{} --server", row.file), started);
        let running = trial("servers", &format!("{} --target", row.file), running);
        let of_row = match number % 2 {
            // What they come to differs.
            _ if whole::is_asked_for() || row.running.is_some() => vec![started, running],
            0 => vec![started],
            _ => vec![running],
        };
        trials.extend(of_row.into_iter().map(|trial| trial.with_ignored_flag(is_missing)));
        seeded.extend((!is_missing).then(|| (row.file.to_owned(), arguments)));
    }
    trials.extend(seeds::trials(seeded.into_iter()));
    trials
}

fn directory() -> PathBuf {
    fixture("servers")
}

fn table_names_every_file() -> Result<(), Failed> {
    let mut files = Vec::new();
    for kind in ["right", "wrong"] {
        for entry in fs::read_dir(directory().join(kind))? {
            let path = entry?.path();
            let first_line = fs::read_to_string(&path)?.lines().next().unwrap_or_default().to_lowercase();
            if !first_line.contains(&format!(" {kind}: ")) {
                return Err(
                    format!("{} does not say at once what it is: {first_line}", path.display()).into()
                );
            }
            files.push(path.strip_prefix(directory())?.to_string_lossy().into_owned());
        }
    }
    files.sort();
    let rows: Vec<_> = TABLE.iter().map(|row| row.file).collect();
    if files == rows {
        Ok(())
    } else {
        Err(format!("the files are\n{files:?}\nthe rows are\n{rows:?}").into())
    }
}

fn grade_started(row: &Row, command: &[String]) -> Value {
    row.grade(&["--server", &shell_words::join(command)])
}

fn grade_running(row: &Row, command: &[String]) -> Result<Value, Failed> {
    let server = RunningServer::start(command)?;
    Ok(row.grade(&["--target", &server.address().to_string(), "--stop", "owner"]))
}

impl Row {
    fn grade(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        if self.is_hardened {
            arguments.push("--strict");
        } else {
            arguments.extend(graded().flat_map(|id| ["--scenario", id]));
        }
        // Some are silent throughout. Where nothing is to pass, nothing can be too slow to.
        if matches!(self.fails, Graded) {
            arguments.extend(["--deadline", "300ms"]);
        }
        grade(&arguments)
    }

    fn compare(&self, report: &Value, expected: &Verdicts) -> Result<(), Failed> {
        let verdict = |result: &Value| result["verdict"].as_str().unwrap_or_default().to_owned();
        let found: Verdicts =
            not_passed(report).map(|result| (id(result).to_owned(), verdict(result))).collect();
        let played = results(report).iter().map(id);
        let is_complete =
            if self.is_hardened { played.count() > 2 * graded().count() } else { played.eq(graded()) };
        let as_a_whole = if expected.is_empty() { "pass" } else { "fail" };
        if !is_complete || found != *expected || report["verdict"] != as_a_whole {
            return Err(format!("expected {expected:?}, got {found:?}:\n{report:#}").into());
        }
        Ok(())
    }
}
