//! Hand-ins, graded by the harness as a course would: right ones get full marks, wrong ones fail where their one
//! fault shows and nowhere else, and dishonest ones gain nothing.
//!
//! The right ones and the dishonest ones are folders beside this file. A wrong one is a right one with a few changes,
//! written to a temporary folder when it is graded. To look at the wrong ones, or to run them by hand:
//!
//! ```text
//! LENGTHWISE_KEEP_HANDINS=/tmp/handins cargo test --test handins each_can_be_written
//! cargo run -- --submission /tmp/handins/server-removes-nine
//! ```

mod cheats;
mod grading;
mod hand_in;
mod messages;
#[path = "../support"]
mod support {
    pub(crate) mod changes;
    pub(crate) mod fixtures;
    pub(crate) mod graded;
    pub(crate) mod harness;
    pub(crate) mod not_passed;
    pub(crate) mod report;
    pub(crate) mod scenarios;
}
mod wrong;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use grading::{check, check_causes, grade_folder};
use hand_in::HandIn;
use support::fixtures::fixture;

/// How many are graded at the same time, each with one scenario at a time. More hand-ins keep the processors as busy as more
/// scenarios of one would, and start fewer interpreters.
const AT_A_TIME: usize = 4;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let mut trials = right();
    trials.extend(wrong::hand_ins().flat_map(of_wrong));
    trials.extend(cheats::HAND_INS.iter().map(|hand_in| {
        let folder = fixture("handins/cheats").join(hand_in.name);
        trial(format!("cheats/{}", hand_in.name), move || check(hand_in, &folder))
    }));
    trials.extend([
        trial("wrong: each_can_be_written", wrong::each_can_be_written),
        trial("cheats: every_folder_is_in_the_table", cheats::every_folder_is_in_the_table),
        trial("a_report_that_is_forged", cheats::a_report_that_is_forged),
        trial("a_missing_file", messages::a_missing_file),
        trial("two_files_that_agree_with_each_other", messages::two_files_that_agree_with_each_other),
        trial("what_is_printed_is_shown_with_a_finding", messages::what_is_printed_is_shown_with_a_finding),
        trial("the_line_that_shows_it_is_told", messages::the_line_that_shows_it_is_told),
        trial("a_link_out_of_the_folder_is_not_followed", messages::a_link_out_of_the_folder_is_not_followed),
        trial("what_cannot_be_graded_is_said", messages::what_cannot_be_graded_is_said),
    ]);
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, || {
        test();
        Ok(())
    })
}

fn right() -> Vec<Trial> {
    let folders = fixture("handins/right").read_dir().expect("the hand-ins are beside the tests");
    let trials = folders.map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        trial(format!("right/{name}"), move || check(&HandIn::BASE, &entry.path()))
    });
    trials.collect()
}

fn of_wrong(hand_in: &'static HandIn) -> impl Iterator<Item = Trial> {
    let name = hand_in.name;
    let graded = trial(format!("wrong/{name}"), || {
        let work = tempfile::tempdir().unwrap();
        check(hand_in, &hand_in.write_below(work.path()));
    });
    let in_whole_run = hand_in.cause_in_whole_run.map(|(side, cause)| {
        trial(format!("the cause in a whole run: {name}"), move || {
            let work = tempfile::tempdir().unwrap();
            let report = grade_folder(&hand_in.write_below(work.path()), &["--side", side.word()]);
            check_causes(&report, Some(cause));
        })
    });
    [graded].into_iter().chain(in_whole_run)
}
