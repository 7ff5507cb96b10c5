//! Assignments of other terms: whoever is right passes everything, and every mistake that is one is caught and named.

use lengthwise::bug::{self, Bug, Program};
use lengthwise::diagnosis::{Cause, Mistake, ObservedOutcome, SimulatedSubject, investigate};
use lengthwise::event::{NamedCause, TargetDescription};
use lengthwise::grade::{Points, RunVerdict};
use lengthwise::record::RunRecord;
use lengthwise::run::Runner;
use lengthwise::scenario::{self, Case};
use lengthwise::side::{Casting, Side};
use lengthwise::target::{InProcess, Target};
use lengthwise::verdict::Verdict;
use lengthwise::{Assignment, HeaderWidth};

use crate::support::parallel::in_parallel;
use crate::support::terms;
use crate::support::whole::one_in;

const SEED: u64 = 7;
/// Of the mistakes with each assignment, one in so many is played in simulation, unless everything was asked for.
const CAUGHT: usize = 3;
/// One in so many is diagnosed, which takes longer, and one in so many is played over sockets. Neither shares a factor with how many
/// sides there are.
const DIAGNOSED: usize = 9;
const PLAYED: usize = 25;

/// The mistakes with an assignment, on each side that can make them.
fn mistakes(assignment: Assignment) -> impl Iterator<Item = (Assignment, &'static Bug, Side)> {
    let of = move |bug: &'static Bug| bug.sides.iter().map(move |side| (assignment, bug, *side));
    bug::catalogue_for(&assignment).flat_map(of)
}

#[test]
fn a_right_program_passes_and_every_mistake_is_caught() {
    let is_caught = |assignment, program: Program, side, cases: &[Case]| {
        let subject = SimulatedSubject { program: &program, side, assignment };
        let observed = subject.observations_of(cases);
        observed.iter().any(|one| matches!(one.outcome, ObservedOutcome::Exactly(_)))
    };
    let sides =
        terms::all().into_iter().flat_map(|assignment| Side::ALL.iter().map(move |side| (assignment, *side)));
    let missed = in_parallel(sides, |(assignment, side)| {
        let cases = SimulatedSubject::cases(side, &assignment, SEED);
        assert!(!is_caught(assignment, Program::RIGHT, side, &cases), "{side} with {assignment:?}");
        let of_side = bug::catalogue_for(&assignment).filter(|bug| bug.sides.contains(&side));
        let looked_at = of_side.step_by(one_in(CAUGHT));
        let missed = looked_at.filter(|bug| !is_caught(assignment, bug.program(), side, &cases));
        missed.map(|bug| format!("{} ({side}) with {assignment:?}", bug.id)).collect::<Vec<_>>()
    });
    let missed: Vec<_> = missed.into_iter().flatten().collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn nothing_but_the_true_cause_is_named() {
    let jobs = terms::terms().into_iter().flat_map(|assignment| mistakes(assignment).step_by(DIAGNOSED));
    let named = in_parallel(jobs, |(assignment, bug, side)| {
        let mut subject = SimulatedSubject { program: &bug.program(), side, assignment };
        let observations = subject.observations(SEED);
        let bugs: Vec<_> = bug::catalogue_for(&assignment).collect();
        let hypotheses = investigate(&bugs, &mut observations.clone(), side, &mut subject);
        let cause = Cause::of(&hypotheses, &observations, side);
        let ids: Vec<_> = cause.iter().flat_map(Cause::mistakes).flat_map(Mistake::ids).collect();
        (format!("{} ({side}) with {assignment:?}", bug.id), bug.id, ids)
    });
    let is_wrong = |(_, id, named): &&(String, &str, Vec<&str>)| !named.is_empty() && !named.contains(id);
    let wrong: Vec<_> = named.iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "these are taken for others: {wrong:#?}");
    let alone = named.iter().filter(|(_, id, named)| named == &[*id]).count();
    assert!(alone * 100 >= named.len() * 80, "only {alone} of {} are named alone: {named:#?}", named.len());
}

/// What comes of a program over sockets.
fn played(assignment: Assignment, mut target: Target, castings: &[Casting]) -> RunRecord {
    let mut runner = Runner::new(TargetDescription::new("a program"), "harness");
    runner.run.assignment = assignment;
    runner.run.seed = SEED;
    runner.castings = castings.to_vec();
    runner.grade(&mut target)
}

#[test]
fn the_reference_passes_everything_over_sockets() {
    for assignment in terms::all() {
        let reference = || InProcess::reference(assignment);
        let record = played(assignment, Target::pair(reference(), reference()), Casting::ALL);
        for trial in &record.trials {
            let is_too_long = matches!(trial.finished.verdict, Verdict::Unsupported { .. });
            let may_be = is_too_long && assignment.header_width < HeaderWidth::Three;
            assert!(
                trial.finished.verdict == Verdict::Pass || may_be,
                "{assignment:?}: {:?}",
                trial.finished
            );
        }
    }
}

#[test]
fn mistakes_are_caught_over_sockets_as_predicted() {
    let jobs = terms::terms().into_iter().flat_map(|assignment| mistakes(assignment).step_by(PLAYED));
    let wrong = in_parallel(jobs, |(assignment, bug, side)| {
        let program = InProcess::bug(bug.program(), assignment);
        let target = match side {
            Side::Server => Target::server(program),
            Side::Client => Target::client(program),
        };
        let record = played(assignment, target, &[Casting::Of(side)]);
        // Where no reply ever came, nothing tells mistakes apart, and a symptom is named instead.
        let is_named = |cause: &NamedCause| {
            let mut mistakes = cause.bugs.iter().filter(|id| bug::find(id).is_some()).peekable();
            mistakes.peek().is_none() || mistakes.any(|id| id == bug.id)
        };
        let is_right = record.tally.failed > 0 && record.causes.iter().all(|(_, cause)| is_named(cause));
        (!is_right).then(|| format!("{} ({side}) with {assignment:?}: {:?}", bug.id, record.causes))
    });
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The second of three deliveries takes more reads of a length than this mistake makes, and the third one, too.
#[test]
fn where_each_delivery_counts_a_failure_gets_its_part_of_the_points() {
    let (Some(bug), Some(scenario)) =
        (bug::find("one-read-for-header"), scenario::find("delivery/two-frames-one-read"))
    else {
        return;
    };
    let reached = |partial| {
        let mut runner = Runner::new(TargetDescription::new("a program"), "harness");
        runner.run.seed = SEED;
        runner.scenarios = vec![scenario];
        runner.rubric.set_points([(scenario.id.to_owned(), Points { server: 10, client: 0 })]);
        runner.rubric.partial = partial;
        let program = InProcess::bug(bug.program(), Assignment::default());
        let record = runner.grade(&mut Target::server(program));
        let played = record.trials[0].finished.deliveries.len();
        (record.score.to_string(), played, record.verdict())
    };
    assert_eq!(reached(false), ("0/10".into(), 2, RunVerdict::Fail));
    assert_eq!(reached(true), ("3/10".into(), 3, RunVerdict::Fail));
}
