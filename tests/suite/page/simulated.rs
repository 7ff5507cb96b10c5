//! Runs in which known mistakes are simulated, with everything that makes a page long.

use std::sync::Arc;
use std::time::Duration;

use lengthwise::assignment::Assignment;
use lengthwise::bug::Bug;
use lengthwise::diagnosis::SimulatedSubject;
use lengthwise::event::{
    Event, EventKind, FORMAT_VERSION, NamedCause, NamedMistake, Output, PlannedTrial, PlayedCase, Run,
    RunStarted, TargetDescription, TrialFinished, TrialKey,
};
use lengthwise::judge::{judge, notes};
use lengthwise::scenario::{self, Case, Tier};
use lengthwise::side::{Casting, Side};
use lengthwise::verdict::Verdict;

const SEED: u64 = 7;

/// A run of all scenarios on both sides, in which each makes its mistake.
pub(crate) fn run(server: &Bug, client: &Bug) -> Vec<Event> {
    let sides = [(server, Side::Server), (client, Side::Client)];
    let trials: Vec<_> = sides.iter().flat_map(|(bug, side)| trials(bug, *side)).collect();
    let causes = sides.iter().map(|(bug, side)| cause(bug, *side, &trials));
    let plan = trials.iter().map(|(planned, _)| planned.clone()).collect();
    let started = RunStarted {
        proves_silence: true,
        format_version: FORMAT_VERSION,
        harness_version: "0.0.0".into(),
        run: Run {
            target: TargetDescription::new("submission").with("path", "my-work"),
            assignment: Assignment::default(),
            seed: SEED,
            strict: false,
            course: Box::default(),
        },
        deadline: Duration::from_secs(2),
        plan,
    };
    let causes: Vec<_> = causes.collect();
    let finished = trials.into_iter().map(|(_, finished)| EventKind::TrialFinished(Arc::new(finished)));
    let kinds = [EventKind::RunStarted(started)].into_iter().chain(finished).chain(causes);
    let kinds = kinds.chain([EventKind::RunFinished]);
    kinds.map(|kind| Event::new(Duration::ZERO, kind)).collect()
}

fn cause(bug: &Bug, side: Side, trials: &[(PlannedTrial, TrialFinished)]) -> EventKind {
    let failed = |(_, finished): &&(PlannedTrial, TrialFinished)| {
        finished.key.casting == side.into() && matches!(finished.verdict, Verdict::Fail(_))
    };
    let scenarios = trials.iter().filter(failed).map(|(_, finished)| finished.key.scenario.clone()).collect();
    let (bugs, text) = (vec![bug.id.to_owned()], bug.text(&Assignment::default()));
    let mistakes = vec![NamedMistake { bugs: bugs.clone(), text: text.clone(), scenarios }];
    EventKind::Diagnosed { side, cause: NamedCause { bugs, text, mistakes }, experiments: Vec::new() }
}

fn trials(bug: &Bug, side: Side) -> Vec<(PlannedTrial, TrialFinished)> {
    let program = bug.program();
    let subject = SimulatedSubject { program: &program, side, assignment: Assignment::default() };
    let casting = Casting::from(side);
    let scenarios = scenario::catalogue().filter(|scenario| scenario.castings.contains(&casting));
    let trial = |scenario: &'static scenario::Scenario| {
        let mut deliveries = Vec::new();
        let mut verdict = Verdict::Pass;
        let mut remarks = Vec::new();
        for delivery in scenario.deliveries {
            let case = Case::new(scenario, &Assignment::default(), delivery, SEED);
            let transcript = subject.transcript(&case);
            verdict = judge(&case, casting, &transcript);
            remarks = notes(&case, &transcript);
            deliveries.push(PlayedCase { case, transcript, elapsed: Duration::ZERO });
            if verdict != Verdict::Pass {
                break;
            }
        }
        let key = TrialKey::new(scenario, casting);
        let worth = u32::from(scenario.tier == Tier::Graded);
        let planned = PlannedTrial {
            key: key.clone(),
            tier: scenario.tier,
            title: scenario.title(&Assignment::default()),
            worth,
            hidden: false,
        };
        let finished = TrialFinished {
            reproduce: format!(
                "harness --submission my-work --side {side} --scenario {} --seed 7",
                scenario.id
            ),
            key,
            verdict,
            failed_delivery: None,
            passed_deliveries: None,
            deliveries,
            elapsed: Duration::ZERO,
            boundary: None,
            notes: remarks,
            output: Output::of_side(Some("<b>\u{1b}[2J&\u{202e}".repeat(10_000))),
            crash: None,
        };
        (planned, finished)
    };
    scenarios.map(trial).collect()
}
