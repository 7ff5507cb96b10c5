//! Servers that mean no good on the wire: a verdict that says what they did, soon, and in little memory.

use std::fs;

use serde_json::Value;

use super::stage::{Stage, end_of};
use super::support::fixtures::fixture;

/// In milliseconds.
const DEADLINE: u64 = 700;
/// The harness's own memory, whatever is sent to it: 64 MiB.
const MEMORY_MAX_KIB: u64 = 64 << 10;

/// A server below `tests/servers/wrong`, what its finding has to say, how it has ended, and how many deadlines
/// the verdict may take. Silence is one on a machine that is not busy, and five at most on one that is.
type Row = (&'static str, &'static str, &'static str, u64);

const ROWS: &[Row] = &[
    (
        "claims_four_gigabytes.py",
        "The reply declares a length of 4,294,967,295",
        "the connection was still open",
        1,
    ),
    ("endless_reply.py", "more bytes.", "the connection was still open", 1),
    ("garbage.py", "The server speaks another protocol: HTTP.", "the connection was still open", 1),
    (
        "half_reply.py",
        "The server sent 13 of the 26 bytes of the reply, then closed the connection.",
        "closed inside a frame",
        1,
    ),
    (
        "not_utf8.py",
        "The reply is wrong from byte 0 of its payload on, and is not UTF-8.",
        "the connection was still open",
        1,
    ),
    ("resets.py", "The server sent no reply: it reset the connection.", "reset", 1),
    (
        "sends_unasked.py",
        "Before the reply the server sent 9 bytes that nobody asked for.",
        "the connection was still open",
        1,
    ),
    ("silent.py", "The server sent no reply and never will: it is blocked in recv", "waits for ever", 1),
];

#[test]
fn what_a_hostile_server_does_is_said_soon() {
    for (file, said, ended, deadlines) in ROWS {
        let result = grade(file, "short");
        let finding = &result["finding"];
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        assert_eq!(result["verdict"], "fail", "{file}: {result:#}");
        assert!(text("summary").contains(said), "{file}: {result:#}");
        assert!(text("ended").starts_with(ended), "{file}: {result:#}");
        let elapsed = result["elapsed_ms"].as_f64().unwrap();
        // Half a second, for a machine with better things to do.
        assert!(elapsed < (deadlines * DEADLINE + 500) as f64, "{file}: {result:#}");
    }
}

#[test]
fn a_server_that_does_not_stop_is_said_to_hold_the_connection() {
    let result = grade("ignores_sigterm.py", "server-shutdown");
    let summary = result["finding"]["summary"].as_str().unwrap_or_default();
    assert!(summary.contains("(SIGTERM)"), "{result:#}");
    assert!(summary.contains("The server did not close the connection and never will"), "{result:#}");
}

/// Grades a server of `tests/servers/wrong` in one scenario, and looks after the harness's memory and what is left.
fn grade(file: &str, scenario: &'static str) -> Value {
    let stage = Stage::with("");
    fs::copy(fixture("servers/wrong").join(file), stage.path().join("program.py")).unwrap();
    let peak =
        peak_memory(&stage, &["--scenario", scenario, "--deadline", "700ms", "--report", "json=report"]);
    assert!(peak < MEMORY_MAX_KIB, "{file}: {peak} KiB");
    stage.assert_nothing_left();
    let report: Value = serde_json::from_slice(&fs::read(stage.path().join("report")).unwrap()).unwrap();
    report["results"][0].clone()
}

#[test]
fn two_gigabytes_of_output_do_not_grow_the_harness() {
    let stage = Stage::with(
        r#"
for _ in range(1 << 15):
    os.write(1, b"x" * 65536)
note("printed")
serve()
"#,
    );
    let peak =
        peak_memory(&stage, &["--scenario", "short", "--start-deadline", "60s", "--report", "json=report"]);
    stage.assert_nothing_left();
    assert_eq!(stage.note(), "printed");
    assert!(peak < MEMORY_MAX_KIB, "{peak} KiB");
}

/// Runs the harness to its end, and tells the most memory that it has held, in KiB.
pub(crate) fn peak_memory(stage: &Stage, arguments: &[&str]) -> u64 {
    let mut harness = stage.start(arguments);
    let mut peak = 0;
    let status = format!("/proc/{}/status", harness.id());
    end_of(&mut harness, || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
        peak = peak.max(kib.unwrap_or(0));
    });
    assert!(peak > 0, "no memory was seen");
    peak
}
