//! The reference is right under every parameter of an assignment: every scenario, on either side and as a pair.
//!
//! `LENGTHWISE_GRID=all` plays every combination of the values below instead of one in several, and so the longest buffer, whose
//! messages take a while.

use std::env;

use lengthwise::assignment::Charset;
use lengthwise::event::TargetDescription;
use lengthwise::run::Runner;
use lengthwise::target::{InProcess, Target};
use lengthwise::verdict::Verdict;
use lengthwise::{Assignment, ByteOrder, HeaderWidth, Work};

use crate::support::parallel::in_parallel;

/// The edges, and what is around the lengths of the scenarios' messages.
const REMOVED_CHARS: [usize; 9] = [0, 1, 9, 10, 31, 32, 33, 100, 1000];
/// What other terms ask for.
const OTHER_WORKS: [Work; 6] = [
    Work::RemoveBack(0),
    Work::RemoveBack(1),
    Work::RemoveBack(33),
    Work::Echo,
    Work::Uppercase,
    Work::Reverse,
];
/// The edges, and what is around the header and the frames of short messages.
const BUFFER_SIZES: [usize; 9] = [1, 2, 3, 4, 5, 36, 1023, 1024, BUFFER_SIZE_MAX];
const BUFFER_SIZE_MAX: usize = 65_536;

/// How many combinations are left out for each that is played. It shares no factor with how many values there are of anything,
/// so that every value is played, and with every value of each other parameter in turn.
const EVERY: usize = 77;

const SEED: u64 = 7;

fn assignments() -> Vec<Assignment> {
    let mut assignments = Vec::new();
    let works = REMOVED_CHARS.map(Work::RemoveFront).into_iter().chain(OTHER_WORKS);
    for (index, work) in works.enumerate() {
        for header_width in HeaderWidth::ALL {
            for byte_order in ByteOrder::ALL {
                for buffer_size in BUFFER_SIZES {
                    // Of what there are two or four of, neighbours in the list have different ones.
                    let number = assignments.len() + index;
                    assignments.push(Assignment {
                        header_width,
                        byte_order,
                        counts_header: number % 2 == 1,
                        charset: Charset::ALL[number % 4],
                        work,
                        buffer_size,
                        ..Assignment::default()
                    });
                }
            }
        }
    }
    let is_all = env::var("LENGTHWISE_GRID").is_ok_and(|which| which == "all");
    let is_quick = |one: &Assignment| is_all || one.buffer_size < BUFFER_SIZE_MAX;
    assignments.into_iter().step_by(if is_all { 1 } else { EVERY }).filter(is_quick).collect()
}

/// What the reference does not pass, though it could be played.
fn not_passed(assignment: Assignment) -> Vec<String> {
    let mut runner = Runner::new(TargetDescription::new("reference"), "harness");
    runner.run.assignment = assignment;
    runner.run.seed = SEED;
    let reference = || InProcess::reference(assignment);
    let record = runner.grade(&mut Target::pair(reference(), reference()));
    let results = record.trials.iter().filter(|trial| {
        // A message may be too long for a narrow header.
        let is_too_long = matches!(trial.finished.verdict, Verdict::Unsupported { .. });
        trial.finished.verdict != Verdict::Pass
            && !(is_too_long && assignment.header_width < HeaderWidth::Four)
    });
    results
        .map(|trial| format!("{assignment:?}: {}: {:?}", trial.planned.key, trial.finished.verdict))
        .collect()
}

#[test]
fn the_reference_passes_everything_under_every_parameter() {
    let failures = in_parallel(assignments(), not_passed).concat();
    assert!(failures.is_empty(), "{failures:#?}");
}
