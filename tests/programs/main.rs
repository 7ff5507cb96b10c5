//! Real programs, graded over sockets: a test for each row of a table, and a module for each subject. `cargo test --test programs
//! slow::` runs one module. They share a process as those of `tests/suite` do.
//!
//! Unless some are asked for by name, one in four of each subject is played, and the others are ignored. To play the next of the four
//! parts, or everything:
//!
//! ```text
//! LENGTHWISE_PART=1 cargo test --test programs
//! LENGTHWISE_WHOLE=1 cargo test --test programs
//! ```

mod attacks;
mod busy_loops;
mod handins;
mod no_reply;
mod seeds;
mod servers;
mod slow;
#[path = "../support"]
mod support {
    pub(crate) mod changes;
    pub(crate) mod classroom;
    pub(crate) mod fixtures;
    pub(crate) mod graded;
    pub(crate) mod harness;
    pub(crate) mod is_there;
    pub(crate) mod not_passed;
    pub(crate) mod python;
    pub(crate) mod report;
    pub(crate) mod running_server;
    pub(crate) mod runtime;
    pub(crate) mod scenarios;
    pub(crate) mod schemas;
    pub(crate) mod whole;
}

use std::env;
use std::process::ExitCode;
use std::thread::available_parallelism;

use libtest_mimic::{Arguments, Failed, Trial};

use busy_loops::BusyLoops;
use support::whole;

/// How many tests run at the same time, for each processor. Most of the time each waits, for a program to start or for a deadline
/// to pass.
const AT_A_TIME: usize = 3;

/// How many parts the tests of each subject are played in.
const PARTS: usize = 4;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let are_busy = seeds::asked().is_some() || slow::runs().is_some();
    let busy_loops = (are_busy && !arguments.list).then(BusyLoops::start);
    // Beside busy loops it is the processors that are short.
    let for_each = if are_busy { 1 } else { AT_A_TIME };
    let processors = available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(for_each * processors);
    let subjects =
        [slow::trials(), handins::trials(), no_reply::trials(), servers::trials(), attacks::trials()];
    let is_chosen = arguments.filter.is_some() || arguments.ignored || arguments.include_ignored;
    let plays_all = is_chosen || are_busy || whole::is_asked_for();
    let subjects = if plays_all { subjects } else { subjects.map(one_part) };
    let conclusion = libtest_mimic::run(&arguments, mixed(subjects));
    // Before the process ends, because nothing ends them after that.
    drop(busy_loops);
    conclusion.exit_code()
}

/// Those of a subject that belong to the part which is asked for; the others are ignored.
fn one_part(trials: Vec<Trial>) -> Vec<Trial> {
    let part: usize = env::var("LENGTHWISE_PART")
        .map_or(0, |part| part.parse().expect("LENGTHWISE_PART is a whole number"));
    let of_part = |(index, trial): (usize, Trial)| {
        let is_ignored = trial.has_ignored_flag() || index % PARTS != part % PARTS;
        trial.with_ignored_flag(is_ignored)
    };
    trials.into_iter().enumerate().map(of_part).collect()
}

/// The tests of all subjects, evenly mixed. Those of slow programs hardly do anything but wait, and those of servers hardly ever wait:
/// one after the other, they would first leave the processors idle and then want them all at once.
fn mixed(subjects: [Vec<Trial>; 5]) -> Vec<Trial> {
    let placed = subjects.into_iter().flat_map(|trials| {
        let count = trials.len() as f64;
        trials.into_iter().enumerate().map(move |(index, trial)| ((index as f64 + 0.5) / count, trial))
    });
    let mut placed: Vec<_> = placed.collect();
    placed.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    placed.into_iter().map(|(_, trial)| trial).collect()
}

/// A test of a subject, which fails by a panic or with what it returns.
fn trial<R: Outcome>(subject: &str, name: &str, test: impl FnOnce() -> R + Send + 'static) -> Trial {
    Trial::test(format!("{subject}::{name}"), || test().into_result())
}

/// What a test comes to that has not panicked.
trait Outcome {
    fn into_result(self) -> Result<(), Failed>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), Failed> {
        Ok(())
    }
}

impl Outcome for Result<(), Failed> {
    fn into_result(self) -> Result<(), Failed> {
        self
    }
}
