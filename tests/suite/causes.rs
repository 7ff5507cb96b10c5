//! How often the true causes are named of programs that have two mistakes at once, in simulation.

use std::iter;
use std::sync::LazyLock;

use lengthwise::Assignment;
use lengthwise::bug::{self, Bug, Program};
use lengthwise::conversation::Transcript;
use lengthwise::diagnosis::{Cause, Mistake, Observation, ObservedOutcome, SimulatedSubject, investigate};
use lengthwise::scenario::Case;
use lengthwise::side::Side;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::support::parallel::in_parallel;

/// Any seed will do.
const SEED: u64 = 7;
/// How many pairs are drawn.
const PAIRS: usize = 60;
/// In how many of a hundred pairs both mistakes are named, at least.
const NAMED_MIN: usize = 80;

/// Two mistakes in one program.
struct Pair {
    side: Side,
    bugs: [&'static Bug; 2],
}

impl Pair {
    fn program(&self) -> Program {
        self.bugs[1].added_to(self.bugs[0].program())
    }

    /// Whether neither hides the other: something else happens than with one alone.
    fn is_seen(&self) -> bool {
        let both = observed(&self.program(), self.side);
        self.bugs.iter().all(|bug| failures(&observed(&bug.program(), self.side)) != failures(&both))
    }
}

fn observed(program: &Program, side: Side) -> Vec<Observation> {
    static CASES: LazyLock<[Vec<Case>; 2]> = LazyLock::new(|| {
        [Side::Server, Side::Client].map(|side| SimulatedSubject::cases(side, &Assignment::default(), SEED))
    });
    let subject = SimulatedSubject { program, side, assignment: Assignment::default() };
    subject.observations_of(&CASES[usize::from(side == Side::Client)])
}

fn failures(observations: &[Observation]) -> Vec<(&str, &Transcript)> {
    let failed = observations.iter().filter_map(|one| match &one.outcome {
        ObservedOutcome::Exactly(transcript) => Some((one.case.id.as_str(), transcript)),
        ObservedOutcome::Pass | ObservedOutcome::Unplayable => None,
    });
    failed.collect()
}

/// What is named of a program if only the bugs of this catalogue are known.
fn named(program: &Program, side: Side, catalogue: &[&'static Bug]) -> Vec<&'static str> {
    let observations = observed(program, side);
    let mut subject = SimulatedSubject { program, side, assignment: Assignment::default() };
    let hypotheses = investigate(catalogue, &mut observations.clone(), side, &mut subject);
    let cause = Cause::of(&hypotheses, &observations, side);
    cause.iter().flat_map(Cause::mistakes).flat_map(Mistake::ids).collect()
}

/// Pairs of bugs that touch different parts of a program, of which neither hides the other, drawn at random.
fn pairs() -> Vec<Pair> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let mut pairs = Vec::new();
    while pairs.len() < PAIRS {
        let drawn = iter::repeat_with(|| drawn(&mut random)).flatten().take(PAIRS).collect::<Vec<_>>();
        let seen =
            in_parallel(drawn.into_iter().enumerate(), |(at, pair)| pair.is_seen().then_some((at, pair)));
        let mut seen: Vec<_> = seen.into_iter().flatten().collect();
        seen.sort_by_key(|(at, _)| *at);
        pairs.extend(seen.into_iter().map(|(_, pair)| pair));
    }
    pairs.truncate(PAIRS);
    pairs
}

/// Two bugs of a side, if they make a pair.
fn drawn(random: &mut SmallRng) -> Option<Pair> {
    let side = if random.random() { Side::Server } else { Side::Client };
    // What is not caught is one mistake, however much that is.
    let is_single = |bug: &&Bug| bug.sides.contains(&side) && bug.id != bug::EXCEPTIONS_NOT_CAUGHT;
    let bugs: Vec<&Bug> = bug::catalogue_for(&Assignment::default()).filter(is_single).collect();
    let (one, other) = (*bugs.choose(random)?, *bugs.choose(random)?);
    let is_catching = one.is_only_uncaught() && other.is_only_uncaught();
    let is_pair = one != other && !is_catching && one.composes_with(other);
    is_pair.then_some(Pair { side, bugs: [one, other] })
}

fn told(pair: &Pair, named: &[&str]) -> String {
    format!("{} with {:?}: {named:?}", pair.side, pair.bugs.map(|bug| bug.id))
}

#[test]
fn both_of_two_mistakes_are_named() {
    let all: Vec<&Bug> = bug::catalogue_for(&Assignment::default()).collect();
    let pairs = pairs();
    let missed: Vec<String> = in_parallel(&pairs, |pair| {
        let named = named(&pair.program(), pair.side, &all);
        let is_true = named.len() == 2 && pair.bugs.iter().all(|bug| named.contains(&bug.id));
        (!is_true).then(|| told(pair, &named))
    })
    .into_iter()
    .flatten()
    .collect();
    let right = pairs.len() - missed.len();
    assert!(
        right * 100 >= pairs.len() * NAMED_MIN,
        "only {right} of {}:\n{}",
        pairs.len(),
        missed.join("\n")
    );
}

/// Mistakes that students make together, of which a search that adds one at a time could miss the second.
const MADE_TOGETHER: &[(Side, &[&str])] = &[
    (Side::Server, &["each-part-asked-again", "bytes-removed"]),
    (Side::Server, &["leftovers-kept", "bytes-removed"]),
    (Side::Server, &["length-counts-units", "units-removed-in-java"]),
    (Side::Server, &["next-message-dropped", "never-ends-inside-payload"]),
    (Side::Server, &["next-message-merged", "never-ends-inside-payload"]),
    (Side::Server, &["replies-in-other-byte-order", "dies-of-disconnect"]),
    (Side::Server, &["one-read-for-header", "one-read-for-payload"]),
    (Side::Client, &["one-read-for-header", "one-read-for-payload", "raises-at-end"]),
    (Side::Server, &["text-length-before-cut", "one-read-for-payload", "dies-of-disconnect"]),
    (Side::Server, &["frame-for-each-buffer", "empty-reply-not-sent"]),
    (Side::Client, &["success-at-end", "raises-of-send"]),
    // A byte order, and another mistake that costs points.
    (Side::Server, &["other-byte-order", "one-too-few-removed"]),
    // What ends inside a payload, however that is received.
    (Side::Server, &["header-counted-in-first-read", "half-is-whole"]),
    (Side::Server, &["header-in-first-read-alone", "payload-cut-to-characters", "never-ends-inside-payload"]),
    (Side::Server, &["half-is-empty", "dies-of-no-text"]),
    (Side::Server, &["payload-kept", "reply-stripped", "dies-of-broken-pipe"]),
    (Side::Server, &["every-occurrence-removed", "ascii-kept"]),
    (Side::Client, &["awaits-exactly-one", "none-for-text"]),
];

#[test]
fn mistakes_that_are_made_together_are_named_together() {
    let all: Vec<&Bug> = bug::catalogue_for(&Assignment::default()).collect();
    let missed: Vec<String> = in_parallel(MADE_TOGETHER, |(side, ids)| {
        let bugs = ids.iter().map(|id| bug::find(id).unwrap());
        let program = bugs.fold(Program::RIGHT, |program, bug| bug.added_to(program));
        let mut named = named(&program, *side, &all);
        let mut made = ids.to_vec();
        named.sort_unstable();
        made.sort_unstable();
        (named != made).then(|| format!("{side} with {made:?}: {named:?}"))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
