//! Hand-ins, graded by the harness as a course would: right ones get full marks, wrong ones fail where their one
//! fault shows and nowhere else, and dishonest ones gain nothing.
//!
//! Most right ones and the dishonest ones are folders. A wrong one is a right one with a few changes, written to a temporary
//! folder when it is graded; so are some right ones. To look at the wrong ones, or to run them by hand:
//!
//! ```text
//! LENGTHWISE_KEEP_HANDINS=/tmp/handins cargo test --test programs each_can_be_written
//! cargo run -- --submission /tmp/handins/server-removes-nine
//! ```

mod causes;
mod cheats;
mod grading;
mod hand_in;
mod messages;
mod names;
mod wrong;

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::support::fixtures::fixture;
use crate::{seeds, trial};
use grading::{check, check_causes, grade_folder};
use hand_in::{FILES, HandIn};

/// Right ones that are the natural one with a few changes.
const CHANGED: &[HandIn] = &[HandIn {
    name: "green-threads",
    server: &[(
        "class BufferedTCPEchoServer:",
        "import _thread

# As gevent does it: what is started waits for its turn, which a loop gives it that is not run here.
waiting = []
_thread.start_new_thread = lambda function, values, named={}: waiting.append((function, values, named))


class BufferedTCPEchoServer:",
    )],
    ..HandIn::BASE
}];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = right();
    trials.extend(wrong::hand_ins().flat_map(of_wrong));
    trials.extend(cheats::HAND_INS.iter().map(|hand_in| {
        let folder = fixture("handins/cheats").join(hand_in.name);
        trial("handins", &format!("cheats/{}", hand_in.name), move || check(hand_in, &folder))
    }));
    trials.extend(causes::LOOKALIKES.iter().map(|lookalike| {
        trial("handins", &format!("causes/{}", lookalike.name), || causes::check(lookalike))
    }));
    let others: &[(&str, fn())] = &[
        ("wrong: each_can_be_written", wrong::each_can_be_written),
        ("cheats: every_folder_is_in_the_table", cheats::every_folder_is_in_the_table),
        ("a_report_that_is_forged", cheats::a_report_that_is_forged),
        ("a_right_file_is_right_by_any_name", names::a_right_file_is_right_by_any_name),
        ("files_that_import_each_other", names::files_that_import_each_other),
        ("a_file_beside_a_package_of_its_name", names::a_file_beside_a_package_of_its_name),
        ("a_missing_file", messages::a_missing_file),
        ("a_format_with_which_everything_is_right", messages::a_format_with_which_everything_is_right),
        ("two_files_that_agree_with_each_other", messages::two_files_that_agree_with_each_other),
        ("what_is_printed_is_shown_with_a_finding", messages::what_is_printed_is_shown_with_a_finding),
        ("the_line_that_shows_it_is_told", messages::the_line_that_shows_it_is_told),
        ("a_link_out_of_the_folder_is_not_followed", messages::a_link_out_of_the_folder_is_not_followed),
        ("what_cannot_be_graded_is_said", messages::what_cannot_be_graded_is_said),
    ];
    trials.extend(others.iter().map(|(name, test)| trial("handins", name, *test)));
    trials.extend(seeds::trials(whole()));
    trials
}

/// Every hand-in that is honest and has both files, and what grades it.
fn whole() -> impl Iterator<Item = (String, impl Fn(&Path) -> Result<Vec<String>, String> + Send)> {
    let right =
        right_folders().into_iter().filter(|folder| FILES.iter().all(|(file, _)| folder.join(file).exists()));
    let right = right
        .map(|folder| (folder.file_name().unwrap().to_string_lossy().into_owned(), Honest::Right(folder)));
    let changed = CHANGED.iter().chain(wrong::hand_ins());
    let changed = changed.map(|hand_in| (hand_in.name.to_owned(), Honest::Changed(hand_in)));
    right.chain(changed).map(|(name, honest)| {
        (name, move |work: &Path| {
            let folder = match &honest {
                Honest::Right(folder) => folder.clone(),
                Honest::Changed(hand_in) => hand_in.write_below(work),
            };
            Ok(vec!["--submission".to_owned(), folder.to_string_lossy().into_owned()])
        })
    })
}

enum Honest {
    Right(PathBuf),
    Changed(&'static HandIn),
}

fn right() -> Vec<Trial> {
    let trials = right_folders().into_iter().map(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        trial("handins", &format!("right/{name}"), move || check(&HandIn::BASE, &folder))
    });
    let changed = CHANGED.iter().map(|hand_in| {
        trial("handins", &format!("right/{}", hand_in.name), || {
            let work = tempfile::tempdir().unwrap();
            check(hand_in, &hand_in.write_below(work.path()));
        })
    });
    trials.chain(changed).collect()
}

fn right_folders() -> Vec<PathBuf> {
    let folders = fixture("handins/right").read_dir().expect("the hand-ins are beside the tests");
    let mut folders: Vec<_> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn of_wrong(hand_in: &'static HandIn) -> impl Iterator<Item = Trial> {
    let name = hand_in.name;
    let graded = trial("handins", &format!("wrong/{name}"), || {
        let work = tempfile::tempdir().unwrap();
        check(hand_in, &hand_in.write_below(work.path()));
    });
    let in_whole_run = hand_in.cause_in_whole_run.map(|(side, cause)| {
        trial("handins", &format!("the cause in a whole run: {name}"), move || {
            let work = tempfile::tempdir().unwrap();
            let report = grade_folder(&hand_in.write_below(work.path()), &["--side", side.word()]);
            check_causes(&report, Some(cause), hand_in.besides);
        })
    });
    [graded].into_iter().chain(in_whole_run)
}
