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

mod causes;
mod cheats;
mod grading;
mod hand_in;
mod messages;
mod names;
#[path = "../support"]
mod support {
    pub(crate) mod changes;
    pub(crate) mod fixtures;
    pub(crate) mod graded;
    pub(crate) mod harness;
    pub(crate) mod not_passed;
    pub(crate) mod report;
    pub(crate) mod scenarios;
    pub(crate) mod schemas;
    pub(crate) mod seeds;
}
mod wrong;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;

use grading::{check, check_causes, grade_folder};
use hand_in::{FILES, HandIn};
use support::fixtures::fixture;
use support::seeds;

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
    trials.extend(
        causes::LOOKALIKES
            .iter()
            .map(|lookalike| trial(format!("causes/{}", lookalike.name), || causes::check(lookalike))),
    );
    trials.extend([
        trial("wrong: each_can_be_written", wrong::each_can_be_written),
        trial("cheats: every_folder_is_in_the_table", cheats::every_folder_is_in_the_table),
        trial("a_report_that_is_forged", cheats::a_report_that_is_forged),
        trial("a_right_file_is_right_by_any_name", names::a_right_file_is_right_by_any_name),
        trial("files_that_import_each_other", names::files_that_import_each_other),
        trial("a_file_beside_a_package_of_its_name", names::a_file_beside_a_package_of_its_name),
        trial("a_missing_file", messages::a_missing_file),
        trial("a_format_with_which_everything_is_right", messages::a_format_with_which_everything_is_right),
        trial("two_files_that_agree_with_each_other", messages::two_files_that_agree_with_each_other),
        trial("what_is_printed_is_shown_with_a_finding", messages::what_is_printed_is_shown_with_a_finding),
        trial("the_line_that_shows_it_is_told", messages::the_line_that_shows_it_is_told),
        trial("a_link_out_of_the_folder_is_not_followed", messages::a_link_out_of_the_folder_is_not_followed),
        trial("what_cannot_be_graded_is_said", messages::what_cannot_be_graded_is_said),
    ]);
    let work = TempDir::new().expect("a temporary folder can be made");
    trials.extend(seeds::trials(whole(work.path())));
    seeds::beside_busy_loops(|| libtest_mimic::run(&arguments, trials)).exit_code()
}

/// Every hand-in that is honest and has both files, and what grades it.
fn whole(
    work: &Path,
) -> impl Iterator<Item = (String, impl FnOnce() -> Result<Vec<String>, String> + Send + 'static)> {
    let right =
        right_folders().into_iter().filter(|folder| FILES.iter().all(|(file, _)| folder.join(file).exists()));
    let work = work.to_owned();
    let wrong = wrong::hand_ins().map(move |hand_in| hand_in.write_below(&work));
    right.chain(wrong).map(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, move || Ok(vec!["--submission".to_owned(), folder.to_string_lossy().into_owned()]))
    })
}

fn trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, || {
        test();
        Ok(())
    })
}

fn right() -> Vec<Trial> {
    let trials = right_folders().into_iter().map(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        trial(format!("right/{name}"), move || check(&HandIn::BASE, &folder))
    });
    trials.collect()
}

fn right_folders() -> Vec<PathBuf> {
    let folders = fixture("handins/right").read_dir().expect("the hand-ins are beside the tests");
    let mut folders: Vec<_> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
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
            check_causes(&report, Some(cause), hand_in.besides);
        })
    });
    [graded].into_iter().chain(in_whole_run)
}
