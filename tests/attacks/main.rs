//! Attacks of hand-ins on their grade, on the harness and on the machine: none gains a point, none costs a right hand-in one,
//! and the harness ends by itself with a report of its own.
//!
//! Each attack is a row of a table. It is played by root under every layer that holds here and, where it could not do any harm, by
//! an ordinary user without any.

mod answers;
mod attack;
mod check;
mod files;
mod machine;
mod output;
mod python;
mod room;
#[path = "../support"]
mod support {
    pub(crate) mod classroom;
    pub(crate) mod fixtures;
}

use std::collections::HashSet;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use attack::Attack;
use check::check;
use room::Grader;

/// How many attacks are played at the same time: each waits for a deadline most of its time.
const AT_A_TIME: usize = 4;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let tables = [answers::ATTACKS, python::ATTACKS, files::ATTACKS, output::ATTACKS, machine::ATTACKS];
    let attacks = || tables.into_iter().flatten();
    let names: HashSet<_> = attacks().map(|attack| attack.name).collect();
    assert_eq!(names.len(), attacks().count(), "each attack has a name of its own");
    let can_contain = Grader::can_contain();
    let trials = attacks().flat_map(|attack| {
        let graders = [Grader::Contained, Grader::Uncontained].into_iter();
        let possible =
            graders.filter(move |grader| *grader == Grader::Contained || !attack.needs_containment);
        possible.map(move |grader| trial(attack, grader, can_contain || grader == Grader::Uncontained))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn trial(attack: &'static Attack, grader: Grader, is_possible: bool) -> Trial {
    let name = format!("{}{}", attack.name, if grader == Grader::Uncontained { ", uncontained" } else { "" });
    let test = move || {
        check(attack, grader);
        Ok(())
    };
    Trial::test(name, test).with_ignored_flag(!is_possible)
}
