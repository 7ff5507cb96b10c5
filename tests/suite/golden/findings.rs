//! What is told of every known mistake, on each side that can make it.
//!
//! Each is simulated, and of the scenarios that it fails the one with the fewest bytes is reported. There is a snapshot
//! for each subject of the catalogue and not for each mistake: anyone who changes a sentence reviews five files instead
//! of 188, and mistakes of a kind, whose findings should differ in a way that a student can see, stand side by side.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lengthwise::assignment::Assignment;
use lengthwise::bug::{self, Bug};
use lengthwise::diagnosis::{Cause, Observation, ObservedOutcome, SimulatedSubject, investigate};
use lengthwise::event::{Event, EventKind, NamedCause, TargetDescription, TrialFinished, TrialKey};
use lengthwise::judge::{judge, notes};
use lengthwise::report::{Detail, Format};
use lengthwise::scenario::{Case, Tier};
use lengthwise::side::{Casting, Side};

use super::{assert_golden, report, run};
use crate::support::terms;

const SEED: u64 = 7;

pub(super) fn names() -> Vec<String> {
    bug::TOPICS.iter().map(|(subject, _)| name(subject)).collect()
}

fn name(subject: &str) -> String {
    format!("findings-{subject}")
}

#[test]
fn every_finding_of_a_known_mistake() {
    let findings: Vec<_> = thread::scope(|scope| {
        let subjects = bug::TOPICS.iter().map(|(subject, bugs)| (subject, scope.spawn(|| of_subject(bugs))));
        let subjects: Vec<_> = subjects.collect();
        subjects.into_iter().map(|(subject, findings)| (subject, findings.join().unwrap())).collect()
    });
    for (subject, findings) in findings {
        assert_golden(&name(subject), &findings);
    }
}

fn of_subject(bugs: &'static [Bug]) -> String {
    let programs = bugs.iter().flat_map(|bug| bug.sides.iter().map(move |side| (bug, *side)));
    let findings = programs.map(|(bug, side)| format!("# {} ({side})\n\n{}\n", bug.id, finding(bug, side)));
    findings.collect::<Vec<_>>().join("\n")
}

/// The first of some assignments with which a bug is a mistake.
fn assignment_for(bug: &Bug) -> Assignment {
    let applying = terms::all().into_iter().find(|assignment| bug.applies(assignment));
    applying.unwrap_or_else(|| {
        panic!("{} is a mistake in none of the assignments of tests/support/terms.rs", bug.id)
    })
}

fn finding(bug: &Bug, side: Side) -> String {
    let assignment = assignment_for(bug);
    let mut subject = SimulatedSubject { program: &bug.program(), side, assignment };
    let mut observations = subject.observations(SEED);
    let failed = observations.iter().filter(|one| matches!(one.outcome, ObservedOutcome::Exactly(_)));
    let smallest = failed.min_by_key(|one| one.case.sent_len());
    let Observation { case, outcome, .. } =
        smallest.unwrap_or_else(|| panic!("{} is not caught", bug.id)).clone();
    let ObservedOutcome::Exactly(transcript) = outcome else { unreachable!("it has failed") };
    let played = observations.clone();
    let hypotheses = investigate(
        &bug::catalogue_for(&assignment).collect::<Vec<_>>(),
        &mut observations,
        side,
        &mut subject,
    );
    let cause = Cause::of(&hypotheses, &played, side);
    let key = TrialKey { scenario: case.id.clone(), casting: side.into() };
    let finished = TrialFinished {
        verdict: judge(&case, side.into(), &transcript),
        failed_delivery: Some(case.delivery.clone()),
        passed_deliveries: None,
        boundary: transcript.weakest_boundary(),
        notes: notes(&case, &transcript),
        reproduce: format!("harness --scenario {} --side {side} --seed {SEED}", case.id),
        key,
        deliveries: Vec::new(),
        elapsed: Duration::ZERO,
        output: None,
        crash: None,
    };
    told(&case, finished, cause.map(|cause| NamedCause::new(&cause, &assignment)))
}

/// The part of the terminal's report that tells of the failure.
fn told(case: &Case, finished: TrialFinished, cause: Option<NamedCause>) -> String {
    let key = finished.key.clone();
    let side = key.casting.side().expect("a bug has a side");
    let plan = vec![run::planned(
        key.casting,
        &case.id,
        case.tier,
        &case.title,
        u32::from(case.tier == Tier::Graded),
    )];
    let mut started = run::started(TargetDescription::built_in(), plan);
    started.run.assignment = case.assignment;
    let mut kinds = vec![EventKind::RunStarted(started), EventKind::TrialFinished(Arc::new(finished))];
    kinds.extend(cause.map(|cause| EventKind::Diagnosed { side, cause, experiments: Vec::new() }));
    kinds.push(EventKind::RunFinished);
    let events: Vec<_> = kinds.into_iter().map(|kind| Event::new(Duration::ZERO, kind)).collect();
    let text = report(Format::named("terminal").unwrap(), Detail::Full, &events);
    let start =
        text.find(&heading(key.casting, &case.id)).unwrap_or_else(|| panic!("nothing is told:\n{text}"));
    text[start..].split("\n\n").next().unwrap_or_default().to_owned()
}

fn heading(casting: Casting, id: &str) -> String {
    format!("FAIL  {casting}  {id}\n")
}
