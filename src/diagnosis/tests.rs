use super::hypotheses::hypotheses;
use super::simulated::{TransferSizes, simulate};
use super::*;
use crate::assignment::{Assignment, HeaderWidth, WireFormat, Work};
use crate::bug::{self, Bug, Program, Variant};
use crate::conversation::{Entry, Obstacle, Undelivered};
use crate::judge::judge;
use crate::scenario::{self, Case, Sending};
use crate::side::Side;
use crate::verdict::Verdict;

/// Any seed will do.
const SEED: u64 = 7;

fn cases(side: Side) -> Vec<Case> {
    let scenarios = scenario::catalogue().filter(|scenario| scenario.castings.contains(&side.into()));
    let cast = scenarios.flat_map(|scenario| {
        let of = move |delivery: &_| Case::new(scenario, &Assignment::default(), delivery, SEED);
        scenario.deliveries.iter().map(of)
    });
    cast.collect()
}

/// The bugs that a run names, after the conversations at its end.
fn named(program: &Program, side: Side) -> Vec<&'static str> {
    named_among(&bug::catalogue_for(&Assignment::default()).collect::<Vec<_>>(), program, side)
}

/// The same, if no bugs are known but `bugs`.
fn named_among(bugs: &[&'static Bug], program: &Program, side: Side) -> Vec<&'static str> {
    let mut subject = SimulatedSubject { program, side, assignment: Assignment::default() };
    let played = subject.observations(SEED);
    let left = investigate(bugs, &mut played.clone(), side, &mut subject);
    let cause = Cause::of(&left, &played, side);
    cause.iter().flat_map(Cause::mistakes).flat_map(Mistake::ids).collect()
}

/// What explains what a run of all scenarios observes of a side that runs `program`.
fn explaining(program: &Program, side: Side) -> Vec<Hypothesis> {
    let of_side = bug::catalogue_for(&Assignment::default()).filter(|bug| bug.sides.contains(&side));
    hypotheses(
        of_side,
        &SimulatedSubject { program, side, assignment: Assignment::default() }.observations(SEED),
        side,
    )
}

#[test]
fn a_right_program_has_no_cause() {
    for side in [Side::Server, Side::Client] {
        for case in cases(side) {
            for variant in Variant::all(side) {
                let program = Program::RIGHT.with_variant(variant);
                let transcript = predict(&case, side, &program);
                let verdict = transcript.map(|transcript| judge(&case, side.into(), &transcript));
                assert_eq!(verdict, Some(Verdict::Pass), "{side} {}", case.id);
            }
        }
        assert!(explaining(&Program::RIGHT, side).is_empty());
    }
}

#[test]
fn a_client_that_never_closes_has_one_mistake_whether_or_not_it_can_still_send() {
    let Some(bug) = bug::find("never-closes") else { return };
    for variant in Variant::USUAL.neighbours(Side::Client) {
        let program = bug.program().with_variant(variant);
        assert_eq!(named(&program, Side::Client), [bug.id], "{variant:?}");
    }
}

/// The format with which everything is right that a run observes, as it is told.
fn format(program: &Program, side: Side) -> Option<WireFormat> {
    let mut subject = SimulatedSubject { program, side, assignment: Assignment::default() };
    let mut observations = subject.observations(SEED);
    let bugs: Vec<&Bug> = bug::catalogue_for(&Assignment::default()).collect();
    let hypotheses = investigate(&bugs, &mut observations, side, &mut subject);
    other_format(&hypotheses, &observations, side)
}

#[test]
fn a_side_that_is_right_with_another_format_is_told_which() {
    let wanted = Assignment::default().wire_format();
    for side in [Side::Server, Side::Client] {
        for other in WireFormat::all() {
            let program = Program::RIGHT.in_format(other);
            let (told, own) = (format(&program, side), Some(other).filter(|other| *other != wanted));
            // A length of another width may keep a side from its first reply, and then most mistakes look alike.
            let is_alike = matches!(other.header_width, HeaderWidth::Two | HeaderWidth::Four);
            assert!(told == own || told.is_none() && !is_alike, "{side} {other:?}: {told:?}");
        }
    }
}

#[test]
fn a_side_with_any_other_mistake_is_told_of_no_format() {
    let of_format = ["other-byte-order", "two-byte-length"];
    for bug in
        bug::catalogue_for(&Assignment::default()).filter(|bug| !of_format.contains(&bug.id)).step_by(4)
    {
        for side in bug.sides {
            assert_eq!(format(&bug.program(), *side), None, "{side} with {}", bug.id);
        }
    }
    // Nor is one that has another mistake besides.
    let Some(bug) = bug::find("greeting") else { return };
    for other in WireFormat::all() {
        let program = bug.added_to(Program::RIGHT.in_format(other));
        assert_eq!(format(&program, Side::Server), None, "{other:?}");
    }
}

#[test]
fn a_right_program_passes_every_scenario_under_every_parameter() {
    let assignments = [0, 1, 9, 32, 40, 1000].into_iter().flat_map(|removed_chars| {
        [1, 1024, 4096].into_iter().flat_map(move |buffer_size| {
            [HeaderWidth::Two, HeaderWidth::Four].into_iter().map(move |header_width| Assignment {
                work: Work::RemoveFront(removed_chars),
                buffer_size,
                header_width,
                ..Assignment::default()
            })
        })
    });
    for assignment in assignments {
        for side in [Side::Server, Side::Client] {
            let scenarios = scenario::catalogue().filter(|one| one.castings.contains(&side.into()));
            for scenario in scenarios {
                let case = Case::new(scenario, &assignment, &scenario.deliveries[0], SEED);
                if case.too_long().is_some() {
                    continue;
                }
                let transcript = simulate(&case, side, &Program::RIGHT, TransferSizes::Greedy);
                let verdict = judge(&case, side.into(), &transcript);
                assert_eq!(verdict, Verdict::Pass, "{side} {} with {assignment:?}", case.id);
            }
        }
    }
}

#[test]
fn the_true_cause_is_named_for_every_server_with_a_bug() {
    the_true_cause_is_named(Side::Server);
}

#[test]
fn the_true_cause_is_named_for_every_client_with_a_bug() {
    the_true_cause_is_named(Side::Client);
}

#[test]
fn the_true_cause_is_named_however_much_a_read_asks_for() {
    // What looks the same where a read asks for as much as an event brings, or for a length together with a buffer.
    let alike = [
        ("one-read-for-message", "one-event-for-message"),
        ("reads-before-it-looks", "one-for-each-event"),
        ("rest-of-buffer-dropped", "next-message-dropped"),
    ];
    let bugs = [
        "one-buffer-for-payload",
        "one-read-for-message",
        "length-ignored",
        "length-not-unpacked",
        "next-message-dropped",
        "next-message-merged",
        "header-in-first-read",
        "reads-before-it-looks",
        "rest-of-buffer-dropped",
        "short-read-is-end",
        "leftovers-kept",
    ];
    for bug in bugs.into_iter().filter_map(bug::find) {
        for variant in Variant::USUAL.with_other_reads() {
            let named = named(&bug.program().with_variant(variant), Side::Server);
            let is_true = |id: &&str| *id == bug.id || alike.contains(&(bug.id, *id));
            assert!(named.iter().any(is_true), "{} with {variant:?} is taken for {named:?}", bug.id);
        }
    }
}

#[test]
fn two_true_mistakes_are_named_however_much_a_read_asks_for() {
    let pair = ["one-buffer-for-payload", "one-read-for-header"].map(bug::find);
    let [Some(payload), Some(header)] = pair else { return };
    for variant in Variant::USUAL.with_other_reads() {
        let program = header.added_to(payload.program()).with_variant(variant);
        let named = named(&program, Side::Server);
        assert!(named.contains(&payload.id) && named.contains(&header.id), "{variant:?}: {named:?}");
    }
}

fn the_true_cause_is_named(side: Side) {
    let (mut all, mut alone) = (0, 0);
    for bug in bug::catalogue_for(&Assignment::default()).filter(|bug| bug.sides.contains(&side)) {
        let named = named(&bug.program(), side);
        assert!(named.contains(&bug.id), "{} ({side}) is taken for {named:?}", bug.id);
        all += 1;
        alone += usize::from(named.len() == 1);
    }
    assert!(alone * 100 >= all * 95, "only {alone} of {all} are named alone");
}

#[test]
fn what_a_slow_program_does_as_well_is_told_from_what_is_wrong() {
    for (bug, scenario, is_more) in [
        // Whoever accepts the next client late enough looks like this one, as long as only the clock is known.
        ("one-client-while-listening", "client-reconnect", false),
        ("one-message", "series", true),
        ("one-too-few-removed", "short", true),
    ] {
        let (Some(bug), Some(scenario)) = (bug::find(bug), scenario::find(scenario)) else { continue };
        let case = Case::new(scenario, &Assignment::default(), &scenario.deliveries[0], SEED);
        let transcript = simulate(&case, Side::Server, &bug.program(), TransferSizes::Greedy);
        let observation = Observation::new(case, ObservedOutcome::Exactly(transcript));
        assert_eq!(observation.is_more_than_late(Side::Server), is_more, "{}", bug.id);
    }
}

#[test]
fn a_single_hypothesis_is_not_believed_without_confirmation() {
    // Both are silent in every scenario, but not if the length of an empty message comes first.
    let (mistake, other) = ("other-byte-order", "eight-byte-length");
    for (mistake, other) in [(mistake, other), (other, mistake)] {
        let (Some(mistake), Some(other)) = (bug::find(mistake), bug::find(other)) else { return };
        let subject = SimulatedSubject {
            program: &mistake.program(),
            side: Side::Server,
            assignment: Assignment::default(),
        };
        let observations = subject.observations(SEED);
        assert!(!hypotheses([other].into_iter(), &observations, Side::Server).is_empty(), "{}", other.id);
        assert!(named_among(&[other], &mistake.program(), Side::Server).is_empty(), "{}", other.id);
        assert_eq!(named_among(&[mistake], &mistake.program(), Side::Server), [mistake.id]);
    }
}

/// A server that gives up when a timeout has passed, which is seen only from a certain further conversation on.
struct Impatient {
    bug: &'static Bug,
    seen_from: usize,
    played: usize,
}

impl Impatient {
    fn observation(&self, case: &Case) -> Observation {
        let predicted = Case { sending: Sending::AfterTimeouts, ..case.clone() };
        let mut transcript = simulate(&predicted, Side::Server, &self.bug.program(), TransferSizes::Greedy);
        transcript.entries.retain_mut(|entry| match entry {
            Entry::TimeoutPassed { gave_up, .. } => {
                *gave_up = true;
                self.played >= self.seen_from
            }
            Entry::Sent { pieces, undelivered, .. } => {
                *undelivered = Some(Undelivered { obstacle: Obstacle::Closed, done: 0, pieces: *pieces });
                true
            }
            _ => true,
        });
        Observation::new(case.clone(), ObservedOutcome::Exactly(transcript))
    }
}

impl Subject for Impatient {
    fn next_instance(&self) -> Option<Instance> {
        Some(Instance::Fresh)
    }

    fn play(&mut self, case: &Case) -> Option<Observation> {
        self.played += 1;
        Some(self.observation(case))
    }
}

#[test]
fn a_timeout_that_was_not_seen_to_pass_is_looked_for_again() {
    let Some(bug) = bug::find("timeout-is-end") else { return };
    let every_byte = scenario::find("delivery/every-byte").unwrap();
    let case = Case::new(every_byte, &Assignment::default(), &every_byte.deliveries[0], SEED);
    for (seen_from, wanted) in [(1, ["timeout-is-end"].as_slice()), (4, &["timeout-is-end"]), (100, &[])] {
        let mut subject = Impatient { bug, seen_from, played: 0 };
        let mut observations = vec![subject.observation(&case)];
        let left = investigate(&[bug], &mut observations, Side::Server, &mut subject);
        let ids: Vec<_> = left.iter().flat_map(|one| &one.bugs).map(|bug| bug.id).collect();
        assert_eq!(ids, wanted, "seen from the conversation {seen_from} on");
        assert!(subject.played >= seen_from.min(5), "{} further conversations", subject.played);
    }
}

#[test]
fn an_exception_that_nothing_shows_is_not_among_those_that_are_not_caught() {
    let uncaught = ["dies-of-disconnect", "dies-inside-payload"];
    let program =
        uncaught.iter().filter_map(|id| bug::find(id)).fold(Program::RIGHT, |all, bug| bug.added_to(all));
    // Of those that differ only in what is left after the crash, one.
    for variant in Variant::all(Side::Server).step_by(3) {
        let hypotheses = explaining(&program.with_variant(variant), Side::Server);
        assert!(!hypotheses.is_empty(), "{variant:?}");
        let has_more = |bug: &&Bug| bug.id == "dies-of-no-text";
        assert!(!hypotheses.iter().flat_map(|one| &one.bugs).any(has_more), "{variant:?}");
    }
}
