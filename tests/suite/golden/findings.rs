//! What is told of every known mistake, on each side that can make it.
//!
//! Each is simulated, and of the scenarios that it fails the one with the fewest bytes is reported. There is a snapshot
//! for each subject of the catalogue and not for each mistake: anyone who changes a sentence reviews five files instead
//! of 188, and mistakes of a kind, whose findings should differ in a way that a student can see, stand side by side.

use std::sync::Arc;
use std::time::Duration;

use lengthwise::bug::{self, Bug};
use lengthwise::diagnosis::{Observation, ObservedOutcome};
use lengthwise::event::{Event, EventKind, NamedCause, TargetDescription, TrialFinished, TrialKey};
use lengthwise::judge::{judge, notes};
use lengthwise::report::{Detail, Format};
use lengthwise::scenario::{Case, Tier};
use lengthwise::side::Casting;

use super::{assert_golden, report, run};
use crate::diagnosed::{self, Diagnosed, SEED};

pub(super) fn names() -> Vec<String> {
    bug::TOPICS.iter().map(|(subject, _)| name(subject)).collect()
}

fn name(subject: &str) -> String {
    format!("findings-{subject}")
}

#[test]
fn every_finding_of_a_known_mistake() {
    for (subject, bugs) in bug::TOPICS {
        assert_golden(&name(subject), &of_subject(bugs));
    }
}

fn of_subject(bugs: &'static [Bug]) -> String {
    let of_bugs = diagnosed::ALL.iter().filter(|one| bugs.contains(one.bug));
    let findings = of_bugs.map(|one| format!("# {} ({})\n\n{}\n", one.bug.id, one.side, finding(one)));
    findings.collect::<Vec<_>>().join("\n")
}

fn finding(diagnosed: &Diagnosed) -> String {
    let Diagnosed { bug, side, .. } = *diagnosed;
    let smallest = diagnosed.smallest.clone();
    let Observation { case, outcome, .. } = smallest.unwrap_or_else(|| panic!("{} is not caught", bug.id));
    let ObservedOutcome::Exactly(transcript) = outcome else { unreachable!("it has failed") };
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
    told(&case, finished, diagnosed.cause.clone())
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
