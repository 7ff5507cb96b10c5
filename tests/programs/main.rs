//! Real programs, graded over sockets: a test for each row of a table, and a module for each subject. `cargo test --test programs
//! slow::` runs one module. They share a process as those of `tests/suite` do.

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

use std::process::ExitCode;
use std::thread::available_parallelism;

use libtest_mimic::{Arguments, Failed, Trial};

use busy_loops::BusyLoops;

/// How many tests run at the same time, for each processor. Most of the time each waits, for a program to start or for a deadline
/// to pass.
const AT_A_TIME: usize = 3;

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
    let conclusion = libtest_mimic::run(&arguments, mixed(subjects));
    // Before the process ends, because nothing ends them after that.
    drop(busy_loops);
    conclusion.exit_code()
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
