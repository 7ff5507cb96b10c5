//! Real servers, right ones and wrong ones, graded by the real harness: started by it, and already running.
//!
//! Every file under `tests/servers` is a server of its own, whose first line names its fault. The table below
//! says what each of them must not pass; everything else it must.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};

use lengthwise::os::proc::owners_of;
use lengthwise::os::sock_diag::SocketTable;
use lengthwise::os::wait::wait_until;
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

/// The scenarios that are played, in this order.
const GRADED: [&str; 7] =
    ["short", "medium", "long", "series", "parallel", "client-reconnect", "server-shutdown"];

/// What is not passed, and how.
type Verdicts = BTreeMap<String, String>;

/// A server, and what it must not pass.
struct Row {
    file: &'static str,
    fails: &'static [&'static str],
    /// The same for a server that was running already, where it differs: such a one meets every scenario with
    /// what the one before has left of it.
    running: Option<Running>,
    /// Whether it is right in everything that it is not listed for, and so plays the hardening tier, too.
    is_hardened: bool,
}

struct Running {
    fails: &'static [&'static str],
    blocked: &'static [&'static str],
}

const fn row(file: &'static str, fails: &'static [&'static str]) -> Row {
    Row { file, fails, running: None, is_hardened: false }
}

/// A server that is right in everything but one scenario of the hardening tier.
const fn hardened_but(file: &'static str, fails: &'static [&'static str]) -> Row {
    Row { is_hardened: true, ..row(file, fails) }
}

const fn hardened(file: &'static str) -> Row {
    hardened_but(file, &[])
}

/// A server that serves one client in its life fails where that is asked for. A running one is not there any
/// more for the others: their points are not lost, and not won either.
const fn serves_one_client(file: &'static str) -> Row {
    Row {
        file,
        fails: &["client-reconnect"],
        running: Some(Running {
            fails: &["client-reconnect"],
            blocked: &["medium", "long", "series", "parallel", "server-shutdown"],
        }),
        is_hardened: false,
    }
}

const TABLE: &[Row] = &[
    hardened("right/Threaded.java"),
    row("right/blocking.c", &[]),
    row("right/blocking.py", &[]),
    hardened("right/events.js"),
    hardened("right/forking.c"),
    row("right/graceful.py", &[]),
    hardened("right/polling.c"),
    row("right/slow.py", &[]),
    hardened("right/streams.py"),
    hardened("right/threaded.py"),
    row("right/two_sends.py", &[]),
    row("wrong/WriteUtf.java", &GRADED),
    row("wrong/byte_now_and_then.py", &GRADED),
    row("wrong/claims_four_gigabytes.py", &GRADED),
    row("wrong/closes_after_reply.py", &["series", "parallel"]),
    hardened_but("wrong/closes_at_hang_up.py", &["close/half-close"]),
    // No message of the graded scenarios has a character of more than one byte.
    row("wrong/counts_characters.py", &[]),
    serves_one_client("wrong/dies_of_disconnect.py"),
    row("wrong/drops_what_follows.py", &["parallel"]),
    hardened_but("wrong/drops_when_behind.py", &["load/both-directions-full"]),
    row("wrong/endless.js", &GRADED),
    row("wrong/endless_reply.py", &GRADED),
    row("wrong/fixed_array.c", &["long"]),
    row("wrong/garbage.py", &GRADED),
    row("wrong/half_reply.py", &GRADED),
    row("wrong/ignores_sigterm.py", &["server-shutdown"]),
    row("wrong/length_counts_header.py", &GRADED),
    row("wrong/length_of_message.py", &GRADED),
    row("wrong/little_endian_reads.py", &GRADED),
    row("wrong/little_endian_replies.py", &GRADED),
    row("wrong/machine_byte_order.c", &GRADED),
    row("wrong/merges_messages.py", &["parallel"]),
    hardened_but("wrong/newest_client_only.py", &["close/second-client-waits"]),
    row("wrong/newline_after_reply.py", &GRADED),
    row("wrong/newline_in_reply.py", &GRADED),
    row("wrong/no_header.py", &GRADED),
    row("wrong/not_utf8.py", &GRADED),
    serves_one_client("wrong/one_client_then_exits.py"),
    serves_one_client("wrong/one_client_then_idles.py"),
    row("wrong/one_event_a_message.js", &["long", "parallel"]),
    row("wrong/one_read_a_message.py", &["medium", "long", "series", "parallel"]),
    row("wrong/removes_nine.py", &GRADED),
    row("wrong/removes_nothing.py", &GRADED),
    row("wrong/resets.py", &GRADED),
    row("wrong/sends_nul.c", &GRADED),
    row("wrong/sends_once.py", &["long"]),
    row("wrong/sends_unasked.py", &GRADED),
    row("wrong/silent.py", &GRADED),
    row("wrong/stops_connection_only.py", &["server-shutdown"]),
    row("wrong/stops_listening_only.py", &["server-shutdown"]),
    row("wrong/truncates_at_buffer.py", &["medium", "long", "series", "parallel"]),
    // Four bytes of length look like an empty message and two bytes of length, and so do the replies, until a
    // length does not fit into two bytes.
    row("wrong/two_byte_header.py", &["long"]),
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

fn verdicts(ids: &'static [&str], verdict: &'static str) -> impl Iterator<Item = (String, String)> {
    ids.iter().map(move |id| (id.to_string(), verdict.to_owned()))
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = Arguments::from_args();
    // Mostly it is waited: for servers to start, and for deadlines to pass.
    arguments.test_threads.get_or_insert(4);
    let programs = TempDir::new()?;
    let mut trials = vec![Trial::test("the table names every file", table_names_every_file)];
    for row in TABLE {
        let runtime = Runtime::of(row.file);
        let is_missing = !runtime.is_there();
        let path = directory().join(row.file);
        let command = if arguments.list || is_missing {
            Ok(Vec::new())
        } else {
            runtime.prepare(&path, programs.path())
        };
        let start = command.clone();
        let started = move || row.compare(&grade_started(row, &start?)?, &row.when_started());
        let running = move || row.compare(&grade_running(row, &command?)?, &row.when_running());
        trials.extend([
            Trial::test(format!("{} --server", row.file), started).with_ignored_flag(is_missing),
            Trial::test(format!("{} --target", row.file), running).with_ignored_flag(is_missing),
        ]);
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Before the process ends, because nothing removes the directory after that.
    drop(programs);
    Ok(conclusion.exit_code())
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers")
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

/// What runs a server, by the end of its file's name.
#[derive(Clone, Copy)]
enum Runtime {
    Python,
    Node,
    C,
    Java,
}

impl Runtime {
    fn of(file: &str) -> Self {
        match Path::new(file).extension().and_then(|extension| extension.to_str()) {
            Some("py") => Self::Python,
            Some("js") => Self::Node,
            Some("c") => Self::C,
            Some("java") => Self::Java,
            _ => panic!("nothing runs {file}"),
        }
    }

    /// Whether this machine has it. Python is not asked for: most servers need it, and so it has to be there.
    fn is_there(self) -> bool {
        let (program, argument) = match self {
            Self::Python => return true,
            Self::Node => ("node", "--version"),
            Self::C => ("gcc", "--version"),
            Self::Java => ("javac", "-version"),
        };
        Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
    }

    /// The command that starts the server in `file`, which is compiled first where it has to be.
    fn prepare(self, file: &Path, programs: &Path) -> Result<Vec<String>, String> {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let program = programs.join(&*name).to_string_lossy().into_owned();
        let (file, programs) = (file.to_string_lossy(), programs.to_string_lossy());
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        match self {
            // Without site packages, which no server needs, it starts twice as fast.
            Self::Python => Ok(words(&["python3", "-I", "-S", &file])),
            Self::Node => Ok(words(&["node", &file])),
            Self::C => {
                compile("gcc", &["-Wall", "-Wextra", "-Werror", "-O1", "-o", &program, &file])?;
                Ok(words(&[&program]))
            }
            Self::Java => {
                compile("javac", &["-d", &programs, &file])?;
                Ok(words(&["java", "-XX:TieredStopAtLevel=1", "-cp", &programs, &name]))
            }
        }
    }
}

fn compile(compiler: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(compiler).args(arguments).output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn grade_started(row: &Row, command: &[String]) -> Result<Output, Failed> {
    row.grade(&["--server", &shell_words::join(command)])
}

fn grade_running(row: &Row, command: &[String]) -> Result<Output, Failed> {
    let server = RunningServer::start(command)?;
    row.grade(&["--target", &format!("127.0.0.1:{}", server.port), "--stop", "owner"])
}

/// A server that the test has started, at a port that the kernel chose.
struct RunningServer {
    child: Child,
    port: u16,
}

impl RunningServer {
    fn start(command: &[String]) -> Result<Self, Failed> {
        let child = Command::new(&command[0])
            .args(&command[1..])
            .envs([("HOST", "127.0.0.1"), ("PORT", "0"), ("BUFFER_SIZE", "1024")])
            .stderr(Stdio::null())
            .spawn()?;
        // Made before the server listens, so that it is ended also where it never does.
        let mut server = Self { child, port: 0 };
        let mut table = SocketTable::open()?;
        let pid = server.child.id();
        let listening = wait_until(Instant::now() + Duration::from_secs(30), || {
            let listeners = table.listeners(0)?;
            let own = |inode| owners_of(inode).iter().any(|owner| owner.pid == pid);
            Ok(listeners.iter().find(|one| own(one.inode)).map(|one| one.address.port()))
        });
        server.port = listening?.ok_or("the server does not listen")?;
        Ok(server)
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // Most have stopped in their last scenario.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Row {
    fn grade(&self, arguments: &[&str]) -> Result<Output, Failed> {
        let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"));
        harness.args(arguments).args(["--report", "json"]);
        if self.is_hardened {
            harness.arg("--strict");
        } else {
            harness.args(GRADED.iter().flat_map(|id| ["--scenario", id]));
        }
        // Some are silent throughout. Where nothing is to pass, nothing can be too slow to.
        if self.fails == GRADED {
            harness.args(["--deadline", "300ms"]);
        }
        Ok(harness.output()?)
    }

    fn compare(&self, output: &Output, expected: &Verdicts) -> Result<(), Failed> {
        let report: serde_json::Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
        let results = report["results"].as_array().ok_or("the report has no results")?;
        let word =
            |result: &serde_json::Value, key: &str| result[key].as_str().unwrap_or_default().to_owned();
        let played: Vec<_> = results.iter().map(|result| word(result, "id")).collect();
        let verdicts = results.iter().map(|result| (word(result, "id"), word(result, "verdict")));
        let found: Verdicts = verdicts.filter(|(_, verdict)| verdict != "pass").collect();
        let is_complete = if self.is_hardened { played.len() > 2 * GRADED.len() } else { played == GRADED };
        let code = i32::from(!expected.is_empty());
        if !is_complete || found != *expected || output.status.code() != Some(code) {
            return Err(format!(
                "expected {expected:?} and code {code}, got {found:?} and {}:\n{report:#}",
                output.status
            )
            .into());
        }
        Ok(())
    }
}
