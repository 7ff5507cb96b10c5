//! One run in every format of a report, and one self-test in every form of its own.

use lengthwise::event::{EventKind, HARNESS_VERSION, NamedMistake, TargetDescription, TrialKey};
use lengthwise::report::selftest::WRITERS;
use lengthwise::report::{Detail, FORMATS, Format};
use lengthwise::scenario::Tier;
use lengthwise::selftest::Mutant;
use lengthwise::side::{Casting, Side};

use super::{assert_golden, report, run};

/// The snapshot of the terminal's report in full.
const FULL: &str = "report-terminal-full";

pub(super) fn names() -> Vec<String> {
    let formats = FORMATS.iter().flat_map(|format| [run_name(format.name), targets_name(format.name)]);
    let selftests = WRITERS.iter().map(|writer| selftest_name(writer.name));
    formats.chain(selftests).chain([FULL.to_owned()]).collect()
}

fn run_name(format: &str) -> String {
    format!("report-{format}")
}

fn targets_name(format: &str) -> String {
    format!("targets-{format}")
}

fn selftest_name(writer: &str) -> String {
    format!("selftest-{writer}")
}

/// A page with each element on a line of its own, and without its style and what is always the same; anything else as it is.
fn in_lines(report: &str) -> String {
    let Some((_, body)) = report.split_once("</style>") else { return report.to_owned() };
    let body = body.split_once("</defs></svg>").map_or(body, |(_, body)| body);
    body.replace("><", ">\n<")
}

#[test]
fn a_run_in_every_format() {
    for format in FORMATS {
        assert_golden(&run_name(format.name), &in_lines(&report(*format, Detail::Brief, &run::events())));
    }
}

/// What is left out on the second side would leave all that it failed to the mistakes that are not.
#[test]
fn feedback_tells_each_side_all_of_its_mistakes() {
    let mistake = |text: &str| NamedMistake { bugs: Vec::new(), text: text.into(), scenarios: Vec::new() };
    let mut events = run::events();
    for event in &mut events {
        if let EventKind::Diagnosed { cause, .. } = &mut event.kind {
            cause.mistakes = vec![mistake("One recv is not enough."), mistake("The end is not noticed.")];
        }
    }
    let told = report(Format::named("feedback").unwrap(), Detail::Brief, &events);
    assert_eq!(
        told.matches("(1) One recv is not enough.\n   (2) The end is not noticed.\n").count(),
        2,
        "{told}"
    );
    assert!(told.contains("Two mistakes together explain all 2 failures:"), "{told}");
    assert!(told.contains("Two mistakes together explain the failure:"), "{told}");
}

#[test]
fn what_costs_nothing_does_not_look_like_a_failed_run() {
    let mut events = run::events();
    for event in &mut events {
        match &mut event.kind {
            EventKind::RunStarted(started) => {
                started.plan.retain(|planned| is_of_server(&planned.key));
                for planned in &mut started.plan {
                    planned.tier =
                        if planned.key.scenario == "short" { Tier::Graded } else { Tier::Hardening };
                    planned.worth = u32::from(planned.tier == Tier::Graded);
                }
            }
            EventKind::Diagnosed { cause, .. } => cause.text = "What explains it.".into(),
            _ => {}
        }
    }
    events.retain(|event| match &event.kind {
        EventKind::TrialStarted { key } => is_of_server(key),
        EventKind::TrialFinished(finished) => is_of_server(&finished.key),
        EventKind::Diagnosed { side, .. } => *side == Side::Server,
        _ => true,
    });
    let told = report(Format::named("terminal").unwrap(), Detail::Brief, &events);
    assert!(told.contains("\nHARDENING  server: 2 scenarios, no points lost\n"), "{told}");
    assert!(
        told.lines().any(|line| line.starts_with("PASS  ") && line.contains("2 failed (not graded)")),
        "{told}"
    );
}

fn is_of_server(key: &TrialKey) -> bool {
    key.casting == Casting::SERVER
}

#[test]
fn a_run_in_full() {
    let terminal = Format::named("terminal").unwrap();
    assert_golden(FULL, &report(terminal, Detail::Full, &run::events()));
}

/// Of each, a run in which nothing was played, one after the other.
#[test]
fn every_kind_of_target_in_every_format() {
    let targets = [
        TargetDescription::built_in(),
        TargetDescription::new("address").with("address", "[::1]:9000"),
        TargetDescription::new("command").with("command", "node server.js {port}"),
        TargetDescription::new("client").with("command", "node client.js").without("server"),
        TargetDescription::new("client").with("command", "node client.js").with("server", "localhost:9000"),
        TargetDescription::new("submission").with("path", "my-work").with("python", "3.13.1"),
    ];
    for format in FORMATS {
        let runs = targets.iter().map(|target| {
            let started = EventKind::RunStarted(run::started(target.clone(), Vec::new()));
            in_lines(&report(*format, Detail::Brief, &run::timed([started, EventKind::RunFinished])))
        });
        assert_golden(&targets_name(format.name), &runs.collect::<String>());
    }
}

#[test]
fn a_self_test_in_every_form() {
    for writer in WRITERS {
        let mut out = Vec::new();
        writer.write(&mut out, &mutants()).unwrap();
        // The result names the version of the harness that it was written by.
        let text = String::from_utf8(out).unwrap().replace(HARNESS_VERSION, "[version]");
        assert_golden(&selftest_name(writer.name), &text);
    }
}

/// The reference, clean and blamed, and programs of which every attribution comes up.
fn mutants() -> Vec<Mutant> {
    let mutant = |bug, side, caught_by: &[&'static str], named: &[&'static str]| Mutant {
        bug,
        side,
        caught_by: caught_by.to_vec(),
        undecided: Vec::new(),
        named: named.to_vec(),
    };
    let widely = ["short", "medium", "long", "length/empty", "length/buffer", "text/ten-emoji"];
    vec![
        mutant(None, Side::Server, &[], &[]),
        mutant(None, Side::Client, &["short"], &[]),
        mutant(Some("other-byte-order"), Side::Server, &widely, &["other-byte-order"]),
        mutant(Some("other-byte-order"), Side::Client, &["short"], &["two-byte-header", "other-byte-order"]),
        mutant(Some("nothing-removed"), Side::Server, &["short", "text/ten-emoji"], &["first-ten-kept"]),
        mutant(Some("never-closes"), Side::Client, &["disconnect/shutdown-at-once"], &[]),
        Mutant {
            undecided: vec![("server-shutdown", "The server cannot be told to stop.".to_owned())],
            ..mutant(Some("never-stops"), Side::Server, &[], &[])
        },
    ]
}
