//! A run that is killed at any moment leaves documents that are whole, and true of a moment of that run.
//!
//! A few are killed unless more are asked for:
//!
//! ```text
//! LENGTHWISE_KILLS=50 cargo test --test suite formats::killed
//! ```

use std::env;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lengthwise::os::wait::wait_until;

use super::little_endian;
use super::recorded::{documents, hand_in, records, written};
use crate::support::schemas;

const KILLS: u32 = 4;
/// A run is killed when it has told so many events at most: most runs of these scenarios tell more.
const EVENTS_MAX: usize = 40;

#[test]
fn a_run_that_is_killed_leaves_documents_of_what_it_had_come_to() {
    let kills = env::var("LENGTHWISE_KILLS")
        .map_or(KILLS, |kills| kills.parse().expect("LENGTHWISE_KILLS is a number"));
    let submission = hand_in(little_endian);
    for _ in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command.arg("--submission").arg(submission.path());
        command.args(["-q", "--deadline", "500ms", "--scenario", "s*", "--scenario", "length/*"]);
        // First, so that each document is of a moment that the recording has.
        command.arg("--report").arg(format!("jsonl={}", path("jsonl").display()));
        for format in documents() {
            command.arg("--report").arg(format!("{}={}", format.name, path(format.name).display()));
        }
        let mut run = command.stdin(Stdio::null()).spawn().unwrap();
        // The documents of the first event are there with the second.
        let events = rand::random_range(2..=EVENTS_MAX);
        let told =
            || fs::read(path("jsonl")).unwrap_or_default().split(|byte| *byte == b'\n').count() > events;
        let deadline = Instant::now() + Duration::from_secs(60);
        let reached = wait_until(deadline, || Ok((told() || run.try_wait()?.is_some()).then_some(())));
        run.kill().unwrap();
        run.wait().unwrap();
        assert_eq!(reached.unwrap(), Some(()), "the run does not go on");

        let records = records(&fs::read(path("jsonl")).unwrap());
        for format in documents() {
            let document = fs::read_to_string(path(format.name)).unwrap();
            schemas::assert_valid(format.name, &document);
            let is_true = records.iter().any(|record| written(format, record) == document);
            assert!(is_true, "{}, after {events} events:\n{document}", format.name);
        }
    }
}
