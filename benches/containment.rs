//! What it costs to contain a program: whole runs under each layer and under all, beside runs under none, in turns. The figures are
//! in `.github/PERFORMANCE.md`.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::fixtures::fixture;

#[path = "../tests/support"]
mod support {
    pub(crate) mod fixtures;
}

/// How often each run is repeated.
const ROUNDS: usize = 7;

/// What is compared; first what nothing contains. A layer that does not hold here is left out.
const LAYERS: &[(&str, &[&str])] = &[
    ("none", &["--no-sandbox"]),
    ("landlock", &["--contain", "landlock"]),
    ("landlock, own uid", &["--contain", "landlock,own-uid"]),
    ("seccomp", &["--contain", "seccomp"]),
    ("namespaces", &["--contain", "namespaces"]),
    ("all", &[]),
];

fn main() -> Result<(), Box<dyn Error>> {
    let server = fixture("servers/right/graceful.py");
    let targets: [(&str, [OsString; 2]); 2] = [
        ("a hand-in", ["--submission".into(), fixture("handins/right/natural").into()]),
        ("a server", ["--server".into(), format!("python3 '{}'", server.display()).into()]),
    ];
    let mut out = io::stdout();
    for (name, target) in targets {
        let mut taken: Vec<(&str, Vec<Duration>)> = Vec::new();
        for (layers, options) in LAYERS {
            // Once without being counted: it may not hold here.
            if run(&target, options)?.is_some() {
                taken.push((layers, Vec::new()));
            }
        }
        for _ in 0..ROUNDS {
            for (layers, times) in &mut taken {
                let options =
                    LAYERS.iter().find(|(name, _)| name == layers).map_or(&[][..], |(_, options)| *options);
                times.extend(run(&target, options)?);
            }
        }
        let medians: Vec<_> = taken.iter_mut().map(|(layers, times)| (*layers, median(times))).collect();
        let (_, bare) = medians[0];
        writeln!(out, "{name}, the median of {ROUNDS} whole runs")?;
        for (layers, taken) in &medians {
            let ratio = taken.as_secs_f64() / bare.as_secs_f64();
            writeln!(out, "  {layers:<18} {:>6} ms  {ratio:.2}", taken.as_millis())?;
        }
    }
    Ok(())
}

/// How long a run takes; nothing where it cannot be contained like that.
fn run(target: &[OsString], options: &[&str]) -> io::Result<Option<Duration>> {
    let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"));
    harness.args(target).args(options).args(["--seed", "1"]).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = harness.status()?;
    let elapsed = started.elapsed();
    Ok(status.success().then_some(elapsed))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
