//! The brief report on what known mistakes come to fits on a screen.

use std::sync::Arc;
use std::time::Duration;

use lengthwise::Assignment;
use lengthwise::bug;
use lengthwise::diagnosis::{Observation, ObservedOutcome, SimulatedSubject};
use lengthwise::event::{Event, EventKind, Output, TargetDescription, TrialFinished, TrialKey};
use lengthwise::judge::judge;
use lengthwise::report::{Detail, Format};
use lengthwise::side::{Casting, Side};
use lengthwise::verdict::Verdict;

use super::{report, run};

const SEED: u64 = 7;
const LINES_MAX: usize = 40;
const COLUMNS: usize = 80;
/// One in so many is looked at: they take as long as they do because each fails in dozens of scenarios.
const SAMPLE: usize = 5;

/// What a side comes to in a run, with an exception of its own in every third of its failures.
fn trials(bug: &bug::Bug, side: Side) -> Vec<(Observation, TrialFinished)> {
    let program = bug.program();
    let subject = SimulatedSubject { program: &program, side, assignment: Assignment::default() };
    let trial = |(number, observation): (usize, Observation)| {
        let case = &observation.case;
        let verdict = match &observation.outcome {
            ObservedOutcome::Exactly(transcript) => judge(case, side.into(), transcript),
            _ => Verdict::Pass,
        };
        let exception = format!(
            "Traceback (most recent call last):\n  File \"server.py\", line {number}, in start\n    x\nValueError: x"
        );
        let output = (number % 3 == 0).then(|| Output::of_side(Some(exception))).flatten();
        let finished = TrialFinished {
            key: TrialKey { scenario: case.id.clone(), casting: side.into() },
            verdict,
            failed_delivery: None,
            passed_deliveries: None,
            deliveries: Vec::new(),
            elapsed: Duration::ZERO,
            boundary: None,
            notes: Vec::new(),
            output,
            crash: None,
            reproduce: format!("harness --submission my-work --side {side} --scenario {} --seed 7", case.id),
        };
        (observation, finished)
    };
    let played = subject.observations(SEED).into_iter().enumerate().map(trial);
    // A scenario is over with the first delivery under which it fails.
    let mut trials: Vec<(Observation, TrialFinished)> = Vec::new();
    for (observation, finished) in played {
        match trials.last_mut().filter(|(_, last)| last.key == finished.key) {
            Some(last) if last.1.verdict == Verdict::Pass => *last = (observation, finished),
            Some(_) => {}
            None => trials.push((observation, finished)),
        }
    }
    trials
}

#[test]
fn whatever_is_wrong_the_brief_report_fits_on_a_screen_and_ends_with_the_score() {
    let bugs = |side| {
        bug::catalogue_for(&Assignment::default()).filter(|bug| bug.sides.contains(&side)).collect::<Vec<_>>()
    };
    let (servers, clients) = (bugs(Side::Server), bugs(Side::Client));
    for (server, client) in servers.iter().zip(clients.iter().cycle()).step_by(SAMPLE) {
        let trials = [trials(server, Side::Server), trials(client, Side::Client)].concat();
        let plan = trials.iter().map(|(Observation { case, .. }, finished)| {
            run::planned(finished.key.casting, &case.id, case.tier, &case.title, 1)
        });
        let started = run::started(TargetDescription::built_in(), plan.collect());
        let finished = trials.iter().map(|(_, one)| EventKind::TrialFinished(Arc::new(one.clone())));
        let kinds =
            [EventKind::RunStarted(started)].into_iter().chain(finished).chain([EventKind::RunFinished]);
        let events: Vec<_> = kinds.map(|kind| Event::new(Duration::ZERO, kind)).collect();
        let text = report(Format::named("terminal").unwrap(), Detail::Brief, &events);
        let what = format!("{} and {}:\n{text}", server.id, client.id);
        assert!(text.lines().count() <= LINES_MAX, "{} lines: {what}", text.lines().count());
        let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= COLUMNS, "{widest}\n{what}");
        assert!(text.lines().last().unwrap().contains("score"), "{what}");
        for casting in [Casting::SERVER, Casting::CLIENT] {
            assert!(text.contains(&format!("FAIL  {casting}: ")), "no block for the {casting}: {what}");
            let cut =
                text.lines().find(|line| line.ends_with('…') && line.trim_start().starts_with("such as"));
            assert_eq!(cut, None, "a sentence that is cut: {what}");
        }
    }
}
