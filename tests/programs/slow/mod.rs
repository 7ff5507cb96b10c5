//! Programs that are slow, and programs that say nothing more: the first are never blamed, and the second are not waited
//! for.
//!
//! `takes_time` has right programs that take their time, `link` a right server at the other end of a slow line. `late` has
//! programs that look as if they could never reply, and do; they are what a proof of silence has to leave out. `silent` has
//! those that a proof has to find, and `spins` one that is neither.
//!
//! By default every program plays the few scenarios in which such programs were blamed. To play the whole catalogue,
//! so many times each and beside a busy loop on every processor:
//!
//! ```text
//! LENGTHWISE_SLOW_RUNS=50 cargo test --release --test programs slow::
//! ```

mod late;
mod link;
mod program;
mod relay;
mod right;
mod silent;
mod spins;
mod takes_time;

use std::collections::BTreeSet;
use std::fs;

use libtest_mimic::Trial;

use program::{Program, directory};

pub(crate) use right::runs;

use crate::trial;

pub(crate) fn trials() -> Vec<Trial> {
    let trials = [takes_time::trials(), late::trials(), link::trials(), silent::trials(), spins::trials()];
    let mut trials: Vec<_> = trials.into_iter().flatten().collect();
    trials.push(trial("slow", "every_program_is_played", every_program_is_played));
    trials
}

/// A trial of what a program has to come to. It is left out where nothing runs the program.
fn trial_of(
    name: String,
    program: &'static Program,
    test: impl FnOnce(&'static Program) + Send + 'static,
) -> Trial {
    let trial = trial("slow", &name, move || test(program));
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
    let played = [takes_time::programs(), late::programs(), silent::programs(), spins::programs()].concat();
    let played: BTreeSet<_> =
        played.iter().filter_map(|program| program.own_file()).map(str::to_owned).collect();
    assert_eq!(files, played, "the files, and those that are played");
}
