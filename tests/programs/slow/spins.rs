//! A program that runs without moving a byte is no silent one, and is not told as one.

use libtest_mimic::Trial;

use super::program::Program::{self, Own};
use super::trial_of;
use crate::support::not_passed::not_passed;
use crate::support::report::grade;

const SPINS: Program = Own("spins.py", &[]);

pub(crate) fn programs() -> Vec<&'static Program> {
    vec![&SPINS]
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial_of("spins".to_owned(), &SPINS, is_told_apart)]
}

fn is_told_apart(program: &Program) {
    let work = tempfile::tempdir().unwrap();
    let mut arguments = program.options(work.path());
    arguments.extend(["--scenario", "client-reconnect"].map(str::to_owned));
    let report = grade(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let failed: Vec<_> = not_passed(&report).collect();
    let [result] = failed[..] else { panic!("{report:#}") };
    let (summary, ended) = (&result["finding"]["summary"], &result["finding"]["ended"]);
    let said = format!("{summary} {ended}");
    assert!(said.contains("processor"), "{report:#}");
    assert!(!said.contains("silent") && !said.contains("wait"), "{report:#}");
}
