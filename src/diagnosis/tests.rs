use super::*;
use crate::assignment::Assignment;
use crate::bug;
use crate::bug::pairs::pairs;

/// Which seed is no matter.
const SEED: u64 = 7;

fn cases(side: Side) -> Vec<Case> {
    let scenarios = scenario::catalogue().filter(|scenario| scenario.castings.contains(&side.into()));
    let cast = scenarios.flat_map(|scenario| {
        let of = move |delivery: &_| Case::new(scenario, &Assignment::default(), delivery, SEED);
        scenario.deliveries.iter().map(of)
    });
    cast.collect()
}

/// The bugs that a run comes to, with the conversations that it has at the end.
fn named(program: &Program, side: Side) -> Vec<&'static str> {
    named_among(&bug::catalogue().collect::<Vec<_>>(), program, side)
}

/// The same, where no others are known than `bugs`.
fn named_among(bugs: &[&'static Bug], program: &Program, side: Side) -> Vec<&'static str> {
    let mut simulation = Simulation { program, side };
    let suspects = inquire(bugs, simulation.witnesses(SEED), side, &mut simulation);
    suspects.iter().map(|suspect| suspect.bug.id).collect()
}

/// The bugs that explain what a run of all scenarios sees of a side that runs `program`.
fn explaining(program: &Program, side: Side) -> Vec<Suspect> {
    let of_side = bug::catalogue().filter(|bug| bug.sides.contains(&side));
    suspects(of_side, &Simulation { program, side }.witnesses(SEED), side)
}

#[test]
fn who_is_right_has_no_cause() {
    for side in [Side::Server, Side::Client] {
        for case in cases(side) {
            for style in Style::all() {
                let program = Program::RIGHT.in_style(style);
                let transcript = predict(&case, side, &program);
                let verdict = transcript.map(|transcript| judge(&case, side.into(), &transcript));
                let had_no_say = play(&case, side, &program, Chance::Most).asked == Asked::default();
                assert!(!had_no_say || verdict == Some(Verdict::Pass), "{side} {}", case.id);
            }
        }
        assert!(explaining(&Program::RIGHT, side).is_empty());
    }
}

#[test]
fn the_true_cause_is_named_of_every_server_with_a_bug() {
    the_true_cause_is_named(Side::Server);
}

#[test]
fn the_true_cause_is_named_of_every_client_with_a_bug() {
    the_true_cause_is_named(Side::Client);
}

fn the_true_cause_is_named(side: Side) {
    let (mut all, mut alone) = (0, 0);
    for bug in bug::catalogue().filter(|bug| bug.sides.contains(&side)) {
        let named = named(&bug.program, side);
        assert!(named.contains(&bug.id), "{} ({side}) is taken for {named:?}", bug.id);
        all += 1;
        alone += usize::from(named.len() == 1);
    }
    assert!(alone * 100 >= all * 95, "only {alone} of {all} are named alone");
}

/// The scenarios that a side which runs `program` fails.
fn failed(program: &Program, side: Side) -> Vec<String> {
    let witnesses = Simulation { program, side }.witnesses(SEED);
    let failed = witnesses.iter().filter(|witness| matches!(witness.seen, Seen::This(_)));
    failed.map(|witness| witness.case.id.clone()).collect()
}

#[test]
fn of_two_bugs_at_once_none_is_named_unless_it_explains_everything() {
    let mut unexplained = 0;
    for side in [Side::Server, Side::Client] {
        for (bugs, both) in pairs(side) {
            let suspects = explaining(&both, side);
            unexplained += usize::from(suspects.is_empty());
            for suspect in suspects {
                let (predicted, seen) = (failed(&suspect.program, side), failed(&both, side));
                let ids = bugs.map(|bug| bug.id);
                assert_eq!(predicted, seen, "{side} with {ids:?} is taken for {}", suspect.bug.id);
            }
        }
    }
    // The others hide each other: what makes every message wrong leaves nothing else to be seen.
    assert!(unexplained > 10, "only {unexplained} are left open");
}

/// Tries every style, and hears every witness of each.
fn is_explained_in_some_style(bug: &Bug, witnesses: &[Witness], side: Side) -> bool {
    let witnesses: Vec<_> = witnesses.iter().collect();
    let explains = |program: &Program| explains(&witnesses, side, program, 0).is_ok();
    let mut styles = Style::all();
    styles.any(|style| explains(&bug.program.in_style(style)) && !explains(&Program::RIGHT.in_style(style)))
}

#[test]
fn no_style_is_left_out_that_explains() {
    let mut explained = 0;
    for side in [Side::Server, Side::Client] {
        let of_side = bug::catalogue().filter(|bug| bug.sides.contains(&side));
        for (number, bug) in of_side.enumerate().filter(|(number, _)| number % 11 == 0) {
            // Each bug in other styles.
            for style in Style::all().skip(number % 19).step_by(19) {
                let program = bug.program.in_style(style);
                let witnesses = Simulation { program: &program, side }.witnesses(SEED);
                let is_found = !suspects([bug].into_iter(), &witnesses, side).is_empty();
                assert_eq!(
                    is_found,
                    is_explained_in_some_style(bug, &witnesses, side),
                    "{side} with {} in {style:?}",
                    bug.id
                );
                explained += usize::from(is_found && !style.differs_only_in(Asked::default()));
            }
        }
    }
    assert!(explained > 10, "only {explained} were made in a style and explained");
}

#[test]
fn who_is_left_alone_is_not_believed_without_a_proof() {
    // Both are silent in every scenario, but not where the length of an empty message comes first.
    let (mistake, other) = ("other-byte-order", "eight-byte-length");
    for (mistake, other) in [(mistake, other), (other, mistake)] {
        let (Some(mistake), Some(other)) = (bug::find(mistake), bug::find(other)) else { return };
        let witnesses = Simulation { program: &mistake.program, side: Side::Server }.witnesses(SEED);
        assert!(!suspects([other].into_iter(), &witnesses, Side::Server).is_empty(), "{}", other.id);
        assert!(named_among(&[other], &mistake.program, Side::Server).is_empty(), "{}", other.id);
        assert_eq!(named_among(&[mistake], &mistake.program, Side::Server), [mistake.id]);
    }
}
