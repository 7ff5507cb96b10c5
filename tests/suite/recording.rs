//! A recording of a run, and what is made of it later: the same as during the run, byte for byte.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lengthwise::event::FORMAT_VERSION;
use lengthwise::os::wait::wait_until;
use lengthwise::report::{FORMATS, Format};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::fixtures::fixture;
use crate::support::harness::harness;

/// A hand-in both files of which take the bytes of a length in the other order.
fn both_little_endian() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["buffered_client.py", "buffered_server.py"] {
        let program = fs::read_to_string(fixture("handins/right/natural").join(file)).unwrap();
        assert!(program.contains("'!I'"), "{file} frames in another way now");
        fs::write(folder.path().join(file), program.replace("'!I'", "'<I'")).unwrap();
    }
    folder
}

/// The file that a run writes its report of this format to.
fn live(format: &str) -> String {
    match format {
        "jsonl" => "run.jsonl".to_owned(),
        "terminal" => "live.txt".to_owned(),
        other => format!("live.{other}"),
    }
}

/// A run that was recorded, and the other reports of it that were written meanwhile.
struct Recorded {
    folder: TempDir,
    exit_code: i32,
}

impl Recorded {
    fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = harness(arguments);
        command.arg("--quiet");
        for Format { name, .. } in FORMATS {
            command.arg("--report").arg(format!("{name}={}", folder.path().join(live(name)).display()));
        }
        let output = command.output().unwrap();
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
        let exit_code = output.status.code().unwrap();
        Self { folder, exit_code }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Renders what the folder has under this name.
    fn render(&self, name: &str, report: &str) -> assert_cmd::assert::Assert {
        harness(&["render", self.path(name).to_str().unwrap(), "--report", report]).assert()
    }

    fn rendered(&self, name: &str, report: &str) -> String {
        String::from_utf8(self.render(name, report).get_output().stdout.clone()).unwrap()
    }
}

#[test]
fn every_report_can_be_made_again_from_the_recording_byte_for_byte() {
    let python = |path: &str| format!("python3 '{}'", fixture(path).display());
    let (wrong_server, client) = (python("servers/wrong/one_read_a_message.py"), python("clients/client.py"));
    let hand_in = both_little_endian();
    let few = ["--scenario", "s*", "--scenario", "length/empty", "--scenario", "delivery/every-byte"];
    for (target, exit_code) in [
        (vec![], 0),
        (vec!["--submission", hand_in.path().to_str().unwrap(), "--deadline", "500ms"], 1),
        (vec!["--server", &wrong_server, "--deadline", "500ms"], 1),
        (vec!["--client", &client], 0),
        (vec!["--target", "127.0.0.1:1"], 3),
    ] {
        let selection = if target.is_empty() { &[][..] } else { &few[..] };
        let run = Recorded::new(&[&target[..], selection].concat());
        assert_eq!(run.exit_code, exit_code, "{target:?}\n{}", run.text("live.txt"));
        run.render("run.jsonl", "json").code(exit_code).stderr("");
        for Format { name, .. } in FORMATS {
            assert!(run.rendered("run.jsonl", name) == run.text(&live(name)), "{target:?} {name}");
        }
        let input = fs::read(run.path("run.jsonl")).unwrap();
        let again = harness(&["render", "-"]).write_stdin(input).output().unwrap();
        assert!(again.stdout == run.text("live.txt").as_bytes(), "{target:?}");
    }
}

#[test]
fn a_recording_has_the_plan_and_of_everything_played_the_bytes() {
    let run = Recorded::new(&["--seed", "7", "--scenario", "short", "--scenario", "delivery/every-byte"]);
    let lines: Vec<Value> =
        run.text("run.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let started = &lines[0];
    assert_eq!(started["event"], "run-started");
    assert_eq!((&started["format_version"], &started["run"]["seed"]), (&FORMAT_VERSION.into(), &7.into()));
    assert_eq!(started["deadline_ns"], 2_000_000_000);
    let plan = started["plan"].as_array().unwrap();
    let finished: Vec<_> = lines.iter().filter(|line| line["event"] == "trial-finished").collect();
    assert_eq!(plan.len(), finished.len());
    for (planned, finished) in plan.iter().zip(finished) {
        assert_eq!(planned["key"], finished["key"]);
        let played = &finished["deliveries"][0];
        assert!(played["case"]["actions"][1]["messages"][0].is_string(), "{played:#}");
        let entries = played["transcript"].as_array().unwrap();
        let times: Vec<_> = entries.iter().map(|entry| entry["at_ns"].as_u64().unwrap()).collect();
        assert!(times.is_sorted() && times.iter().any(|at| *at > 0), "{played:#}");
        let is_server = finished["key"]["casting"] == "server";
        let received = entries.iter().find_map(|entry| entry.get("received")).map(|entry| &entry["bytes"]);
        assert!(!is_server || received.is_some_and(|bytes| bytes.as_str().unwrap().starts_with('\0')));
    }
    let times: Vec<_> = lines.iter().map(|line| line["at_ns"].as_u64().unwrap()).collect();
    assert!(times.is_sorted());
}

#[test]
fn of_a_recording_that_was_cut_off_what_there_is_is_rendered_and_it_is_said() {
    let run = Recorded::new(&["--scenario", "short", "--scenario", "length/empty"]);
    let whole = fs::read(run.path("run.jsonl")).unwrap();
    let ends = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(end, _)| end + 1);
    let ends: Vec<usize> = ends.collect();
    let mut cases = 0;
    for (number, end) in ends.iter().enumerate() {
        let start = if number == 0 { 0 } else { ends[number - 1] };
        let line: Value = serde_json::from_slice(&whole[start..*end]).unwrap();
        // Inside the line, which is lost with that.
        fs::write(run.path("cut.jsonl"), &whole[..usize::midpoint(start, *end)]).unwrap();
        let cut = run.render("cut.jsonl", "json").code(3);
        if number == 0 {
            cut.stdout("").stderr(contains("line 1 ends inside"));
        } else {
            let says = format!("cut off inside line {}", number + 1);
            let cut = cut.stderr(contains(says));
            let report: Value = serde_json::from_slice(&cut.get_output().stdout).unwrap();
            assert_eq!((&report["verdict"], &report["complete"]), (&"incomplete".into(), &false.into()));
            assert_eq!(report["results"].as_array().unwrap().len(), cases);
        }
        cases += usize::from(line["event"] == "trial-finished");
        if number + 1 == ends.len() {
            break;
        }
        // After the line, which stays.
        fs::write(run.path("cut.jsonl"), &whole[..*end]).unwrap();
        let says = format!("cut off after line {}: the run had not finished", number + 1);
        let cut = run.render("cut.jsonl", "terminal").code(3).stderr(contains(says));
        cut.stdout(contains("INCOMPLETE").and(contains("lengthwise")));
    }
    // Without the end of the last line, nothing is missing.
    fs::write(run.path("cut.jsonl"), &whole[..whole.len() - 1]).unwrap();
    run.render("cut.jsonl", "json").success().stderr("");
}

#[test]
fn what_is_no_recording_replaces_no_report() {
    let run = Recorded::new(&["--scenario", "short"]);
    let version = |version: u32| format!("\"format_version\":{version}");
    let other_version =
        run.text("run.jsonl").replacen(&version(FORMAT_VERSION), &version(FORMAT_VERSION + 1), 1);
    let report = run.path("live.json");
    let kept = fs::read(&report).unwrap();
    for (content, exit_code, says) in [
        ("", 3, "the recording is empty"),
        ("a poem\nof two lines\n", 2, "no recording of a run: line 1"),
        ("{\n  \"format_version\": 1\n}\n", 3, "line 1 ends inside a JSON document"),
        (other_version.as_str(), 2, "line 1: the recording has the format version 4"),
    ] {
        fs::write(run.path("other"), content).unwrap();
        let rendered = run.render("other", &format!("json={}", report.display()));
        rendered.code(exit_code).stdout("").stderr(contains(says));
        assert!(fs::read(&report).unwrap() == kept, "{content}");
    }
    run.render("missing", "json").code(2).stderr(contains("cannot be read"));
}

#[test]
fn a_line_that_is_no_event_ends_what_can_be_rendered() {
    let run = Recorded::new(&["--scenario", "short"]);
    let text = run.text("run.jsonl");
    let lines: Vec<_> = text.lines().collect();
    let damaged = [&lines[..3], &["{\"event\":\"dance\",\"at_ns\":1}"], &lines[3..]].concat().join("\n");
    fs::write(run.path("damaged.jsonl"), damaged).unwrap();
    let rendered = run.render("damaged.jsonl", "json").code(3);
    let rendered =
        rendered.stderr(contains("line 4 of the recording is not an event: unknown variant `dance`"));
    let report: Value = serde_json::from_slice(&rendered.get_output().stdout).unwrap();
    assert_eq!(report["results"].as_array().unwrap().len(), 1);
}

#[test]
fn a_recording_is_not_replaced_by_what_is_made_of_it() {
    let run = Recorded::new(&["--scenario", "short"]);
    let recording = run.path("run.jsonl");
    let rendered = run.render("run.jsonl", &format!("json={}", recording.display()));
    rendered.code(2).stderr(contains("would replace the recording"));
    run.render("run.jsonl", "json").success();
}

#[test]
fn a_run_that_is_killed_leaves_whole_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["--server", "sleep 1000", "--start-deadline", "1h"])
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .args(["--report", &format!("jsonl={}", path.display())])
        .spawn()
        .unwrap();
    let written = || fs::read_to_string(&path).unwrap_or_default();
    // The start of the run and of its first case are there at once, although the run waits.
    let deadline = Instant::now() + Duration::from_secs(20);
    let is_written = wait_until(deadline, || Ok((written().lines().count() == 2).then_some(())));
    run.kill().unwrap();
    run.wait().unwrap();
    let written = written();
    assert_eq!(is_written.unwrap(), Some(()), "{written}");
    assert!(written.ends_with('\n'));
    let path = path.to_str().unwrap();
    harness(&["render", path]).assert().code(3).stderr(contains("cut off after line 2"));
}

#[test]
fn a_pair_that_agrees_with_itself_alone_is_pointed_out_to_programs_too() {
    let hand_in = both_little_endian();
    let hand_in = hand_in.path().to_str().unwrap();
    let run = Recorded::new(&["--submission", hand_in, "--deadline", "500ms", "--scenario", "short"]);
    let report: Value = serde_json::from_str(&run.text("live.json")).unwrap();
    let agreement = &report["agreement"];
    assert_eq!(agreement["scenarios"], serde_json::json!(["short"]));
    assert_eq!(agreement["failing_sides"], serde_json::json!(["server", "client"]));
    let text = agreement["text"].as_str().unwrap();
    assert!(text.ends_with("your two files agree with each other, not with the assignment."), "{text}");
    // In the terminal the same sentence is broken into lines.
    let terminal = run.text("live.txt").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(terminal.contains(text), "{terminal}");
    let right = Recorded::new(&["--scenario", "short"]);
    assert!(serde_json::from_str::<Value>(&right.text("live.json")).unwrap()["agreement"].is_null());
}
