//! How long hand-ins in Python take to be graded, as multiples of a bare start of the interpreter.
//!
//! Each round starts the interpreter and grades every hand-in once, so that whatever else the machine does meets them
//! alike; medians are compared. The figures are in `.github/PERFORMANCE.md`.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lengthwise::scenario::{self, Tier};
use serde_json::Value;
use support::changes::change;
use support::fixtures::fixture;

#[path = "../tests/support"]
mod support {
    pub(crate) mod changes;
    pub(crate) mod fixtures;
}

const ROUNDS: usize = 3;
/// What a hand-in imports.
const BARE_START: &str = "import socket, struct, threading";
/// It passes everything. Only its server looks at `keep_running` every 50 ms, which the harness waits for.
const RIGHT: &str = "threads";
/// The right hand-in that the wrong ones are changes of.
const NATURAL: &str = "natural";
const FILES: [&str; 2] = ["buffered_server.py", "buffered_client.py"];
/// Wrong hand-ins: a name, the file that the mistake is in, the right text and the wrong one.
const WRONG: [(&str, &str, &str, &str); 5] = [
    ("server-removes-nine", FILES[0], "message[10:]", "message[9:]"),
    ("server-removes-nothing", FILES[0], "message[10:]", "message"),
    ("server-length-of-the-message", FILES[0], "len(reply)", "len(message)"),
    ("client-removes-again", FILES[1], "payload.decode(), True", "payload.decode()[10:], True"),
    (
        "client-sends-twice",
        FILES[1],
        "pack('!I', len(payload)) + payload",
        "(pack('!I', len(payload)) + payload) * 2",
    ),
];

/// A hand-in, and how long each round has taken.
struct HandIn {
    name: &'static str,
    folder: PathBuf,
    graded: Vec<Graded>,
    whole: Vec<Graded>,
}

/// How long a hand-in took to be graded.
struct Graded {
    /// From the start of the harness to its end.
    elapsed: Duration,
    /// How much of a run's time came before the diagnosis, and how much it added.
    trials: Duration,
    diagnosis: Duration,
}

fn main() -> io::Result<()> {
    let python = interpreter()?;
    let work = tempfile::tempdir()?;
    let right = (RIGHT, fixture("handins/right").join(RIGHT));
    let wrong =
        WRONG.iter().map(|(name, file, old, new)| (*name, wrong(work.path(), name, file, (old, new))));
    let mut hand_ins: Vec<HandIn> = [right]
        .into_iter()
        .chain(wrong)
        .map(|(name, folder)| HandIn { name, folder, graded: Vec::new(), whole: Vec::new() })
        .collect();
    let graded = scenario::catalogue().filter(|scenario| scenario.tier == Tier::Graded);
    let graded: Vec<OsString> = graded.flat_map(|one| ["--scenario".into(), one.id.into()]).collect();
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        starts.push(bare_start(&python)?);
        for hand_in in &mut hand_ins {
            hand_in.graded.push(grade(&python, &hand_in.folder, &graded)?);
            hand_in.whole.push(grade(&python, &hand_in.folder, &[])?);
        }
    }
    let start = median(starts);
    let mut out = io::stdout().lock();
    writeln!(out, "a bare start of the interpreter: {} ms", start.as_millis())?;
    writeln!(out, "| hand-in | graded tier | its diagnosis | whole catalogue | its diagnosis |")?;
    writeln!(out, "| --- | --: | --: | --: | --: |")?;
    for HandIn { name, graded, whole, .. } in &hand_ins {
        let [graded, whole] = [graded, whole].map(|rounds| cells(rounds, start));
        writeln!(out, "| `{name}` | {graded} | {whole} |")?;
    }
    Ok(())
}

/// The interpreter itself: `python3` may be a script of a version manager, which takes time of its own.
fn interpreter() -> io::Result<PathBuf> {
    let printed = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output()?;
    Ok(String::from_utf8_lossy(&printed.stdout).trim().into())
}

/// Writes the natural hand-in with one change below `parent`.
fn wrong(parent: &Path, name: &str, changed: &str, texts: (&str, &str)) -> PathBuf {
    let folder = parent.join(name);
    fs::create_dir(&folder).expect("the folder is new");
    for file in FILES {
        let natural = fs::read_to_string(fixture("handins/right").join(NATURAL).join(file));
        let changes: &[_] = if file == changed { &[texts] } else { &[] };
        let program = change(&natural.expect("the hand-in is beside the tests"), changes);
        fs::write(folder.join(file), program).expect("the folder can be written to");
    }
    folder
}

fn bare_start(python: &Path) -> io::Result<Duration> {
    let started = Instant::now();
    Command::new(python).args(["-c", BARE_START]).status()?;
    Ok(started.elapsed())
}

fn grade(python: &Path, folder: &Path, options: &[OsString]) -> io::Result<Graded> {
    let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"));
    harness.arg("--submission").arg(folder).arg("--python").arg(python).args(options);
    harness.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
    harness.args(["--seed", "1", "--report", "jsonl"]).stderr(Stdio::inherit());
    let started = Instant::now();
    let output = harness.output()?;
    let elapsed = started.elapsed();
    let (mut trials, mut end) = (Duration::ZERO, Duration::ZERO);
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_slice(line)?;
        end = Duration::from_nanos(event["at_ns"].as_u64().unwrap_or_default());
        if event["event"] == "trial-finished" {
            trials = end;
        }
    }
    Ok(Graded { elapsed, trials, diagnosis: end.saturating_sub(trials) })
}

/// How often the interpreter could have been started meanwhile, and what the diagnosis added.
fn cells(rounds: &[Graded], start: Duration) -> String {
    let elapsed = median(rounds.iter().map(|one| one.elapsed).collect());
    let trials = median(rounds.iter().map(|one| one.trials).collect());
    let diagnosis = median(rounds.iter().map(|one| one.diagnosis).collect());
    let ratio = elapsed.as_secs_f64() / start.as_secs_f64();
    format!("{ratio:.1} | {:.0} %", 100.0 * diagnosis.as_secs_f64() / trials.as_secs_f64())
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations[durations.len() / 2]
}
