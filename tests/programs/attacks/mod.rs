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

use std::collections::HashSet;

use libtest_mimic::Trial;

use attack::Attack;
use check::check;
use room::Grader;

use crate::trial;

pub(crate) fn trials() -> Vec<Trial> {
    let tables = [answers::ATTACKS, python::ATTACKS, files::ATTACKS, output::ATTACKS, machine::ATTACKS];
    let attacks = || tables.into_iter().flatten();
    let names: HashSet<_> = attacks().map(|attack| attack.name).collect();
    assert_eq!(names.len(), attacks().count(), "each attack has a name of its own");
    let can_contain = Grader::can_contain();
    let trials = attacks().flat_map(|attack| {
        let graders = [Grader::Contained, Grader::Uncontained].into_iter();
        let possible =
            graders.filter(move |grader| *grader == Grader::Contained || !attack.needs_containment);
        possible.map(move |grader| of_attack(attack, grader, can_contain || grader == Grader::Uncontained))
    });
    trials.collect()
}

fn of_attack(attack: &'static Attack, grader: Grader, is_possible: bool) -> Trial {
    let name = format!("{}{}", attack.name, if grader == Grader::Uncontained { ", uncontained" } else { "" });
    trial("attacks", &name, move || check(attack, grader)).with_ignored_flag(!is_possible)
}
