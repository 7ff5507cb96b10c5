//! Programs that are slow, and programs that say nothing more: the first are never blamed, and the second are not waited
//! for.
//!
//! `slow` has right programs that take their time, `link` a right server at the other end of a slow line. `late` has
//! programs that look as if they could never reply, and do; they are what a proof of silence has to leave out. `silent` has
//! those that a proof has to find, and `spins` one that is neither.
//!
//! By default every program plays the few scenarios in which such programs were blamed. To play the whole catalogue,
//! so many times each and beside a busy loop on every processor:
//!
//! ```text
//! LENGTHWISE_SLOW_RUNS=50 cargo test --release --test slow
//! ```

mod late;
mod link;
mod program;
mod relay;
mod right;
mod silent;
mod slow;
mod spins;
#[path = "../support"]
mod support {
    pub(crate) mod changes;
    pub(crate) mod fixtures;
    pub(crate) mod harness;
    pub(crate) mod is_there;
    pub(crate) mod not_passed;
    pub(crate) mod python;
    pub(crate) mod report;
    pub(crate) mod running_server;
    pub(crate) mod runtime;
    pub(crate) mod schemas;
}

use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use program::{Program, directory};
use right::BusyLoops;

/// How many are played at the same time. Mostly it is waited.
const AT_A_TIME: usize = 12;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let busy_loops = right::runs().filter(|_| !arguments.list).map(|_| BusyLoops::start());
    // Beside busy loops it is the processors that are short.
    let at_a_time = if busy_loops.is_some() { 1 } else { AT_A_TIME };
    arguments.test_threads.get_or_insert(at_a_time);
    let trials = [slow::trials(), late::trials(), link::trials(), silent::trials(), spins::trials()];
    let mut trials: Vec<_> = trials.into_iter().flatten().collect();
    trials.push(trial("every_program_is_played", every_program_is_played));
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Before the process ends, because nothing ends them after that.
    drop(busy_loops);
    conclusion.exit_code()
}

fn trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, || {
        test();
        Ok(())
    })
}

/// A trial of what a program has to come to. It is left out where nothing runs the program.
fn trial_of(
    name: String,
    program: &'static Program,
    test: impl FnOnce(&'static Program) + Send + 'static,
) -> Trial {
    let trial = trial(name, move || test(program));
    match program.is_there() {
        true => trial,
        false => trial.with_ignored_flag(true).with_kind("nothing runs it"),
    }
}

fn every_program_is_played() {
    let files =
        fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<_> =
        files.filter(|file| !file.starts_with("frames.") && !file.starts_with("__")).collect();
    let played = [slow::programs(), late::programs(), silent::programs(), spins::programs()].concat();
    let played: BTreeSet<_> =
        played.iter().filter_map(|program| program.own_file()).map(str::to_owned).collect();
    assert_eq!(files, played, "the files, and those that are played");
}
