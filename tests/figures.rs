//! What the README says of fuzzing. It is found out while cargo runs nothing else.

#[path = "support"]
mod support {
    pub(crate) mod whole;
}

use std::num::NonZero;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use lengthwise::Assignment;
use lengthwise::bug::{self, Bug};
use lengthwise::event::TargetDescription;
use lengthwise::run::{Fuzzing, Runner, Source};
use lengthwise::side::Side;
use lengthwise::target::{InProcess, Target};

use support::whole::one_in;

/// Cases for `side` of the program that has this bug, until it is found.
fn find(bug: &Bug, side: Side) -> Option<(Duration, usize)> {
    let program = InProcess::bug(bug.program(), Assignment::default());
    let mut target = match side {
        Side::Server => Target::server(program),
        Side::Client => Target::client(program),
    };
    let mut runner = Runner::new(TargetDescription::built_in(), "harness gallery");
    runner.run.seed = 7;
    runner.deadline = Duration::from_millis(200);
    runner.jobs = NonZero::<usize>::MIN;
    let time = Some(Duration::from_secs(10));
    let fuzzing =
        Fuzzing { sides: vec![side], source: Source::Generated, cases: None, time, fail_fast: true };
    let interrupted = Arc::new(AtomicBool::new(false));
    let explored = runner.explore(&fuzzing, &mut target, &interrupted, &|_| {}).unwrap();
    let messages = explored.found.first()?.case.messages().count();
    Some((explored.elapsed, messages))
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures of the README")]
fn nearly_every_mistake_of_the_gallery_is_found_within_ten_seconds_and_made_small() {
    let sides = |bug: &'static Bug| bug.sides.iter().map(move |side| (bug, *side));
    // The figures are those of all; a part shows when something gets worse.
    let all: Vec<_> =
        bug::catalogue_for(&Assignment::default()).flat_map(sides).step_by(one_in(10)).collect();
    let (next, results) = (Mutex::new(all.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let Some((bug, side)) = next.lock().unwrap().next() else { break };
                    let found = find(bug, *side);
                    results.lock().unwrap().push((bug.id, *side, found));
                }
            });
        }
    });
    let results = results.into_inner().unwrap();
    let missed: Vec<_> = results.iter().filter(|(.., found)| found.is_none()).collect();
    let large: Vec<_> =
        results.iter().filter(|(.., found)| found.is_some_and(|(_, messages)| messages > 2)).collect();
    let mut times: Vec<_> = results.iter().filter_map(|(.., found)| Some(found.as_ref()?.0)).collect();
    times.sort_unstable();
    println!(
        "{} of {} found, the median after {:?}, {} of them with more than two messages",
        times.len(),
        results.len(),
        times[times.len() / 2],
        large.len()
    );
    println!("missed: {missed:?}\nmore than two messages: {large:?}");
    assert!(times.len() * 100 >= results.len() * 95 && large.len() * 100 <= results.len() * 5, "too few");
}
