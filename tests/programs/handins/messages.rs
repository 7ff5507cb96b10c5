//! What is said of a hand-in besides its verdicts.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::grading::grade_graded;
use super::hand_in::{FILES, HandIn, natural};
use super::wrong;
use crate::support::harness::harness;
use crate::support::report::{grade, results};

fn submission(folder: &Path) -> [&str; 2] {
    ["--submission", folder.to_str().unwrap()]
}

pub(crate) fn a_missing_file() {
    let work = tempfile::tempdir().unwrap();
    let inner = work.path().join("my work");
    fs::create_dir(&inner).unwrap();
    fs::copy(natural().join("buffered_server.py"), inner.join("buffered_server.py")).unwrap();
    harness(&submission(work.path()))
        .assert()
        .code(3)
        .stdout(contains("There is no buffered_client.py in").and(contains("score 15/30")));
}

pub(crate) fn two_files_that_agree_with_each_other() {
    let work = tempfile::tempdir().unwrap();
    let hand_in = wrong::find("both-little-endian").write_below(work.path());
    let output =
        harness(&submission(&hand_in)).args(["--scenario", "short", "--deadline", "1s"]).assert().code(1);
    let text = String::from_utf8_lossy(&output.get_output().stdout).replace('\n', " ");
    assert!(
        text.contains(
            "Together they pass short, where the server and the client each fail: your two files agree with each \
             other, not with the assignment.",
        ),
        "{text}"
    );
}

pub(crate) fn a_format_with_which_everything_is_right() {
    let work = tempfile::tempdir().unwrap();
    let hand_in = wrong::find("both-little-endian").write_below(work.path());
    let output = harness(&submission(&hand_in)).arg("--seed=7").assert().code(1);
    let told = "Try both sides with --byte-order little: everything that was seen would be right.";
    let text = String::from_utf8_lossy(&output.get_output().stdout).replace('\n', " ");
    assert!(text.contains(told), "{text}");
}

pub(crate) fn what_is_printed_is_shown_with_a_finding() {
    let work = tempfile::tempdir().unwrap();
    let report =
        grade_graded(HandIn::BASE.deadline, &wrong::find("server-start-fails").write_below(work.path()));
    let printed = report["results"][0]["finding"]["output"].as_str().unwrap_or_default();
    assert!(printed.contains("connection, _ = self.socket.accept()"), "the traceback is not in {printed:?}");
}

pub(crate) fn the_line_that_shows_it_is_told() {
    for (name, what) in [
        ("server-reads-too-far", "of the next message"),
        ("server-reads-once", "of the message still to come"),
        ("server-length-of-the-message", "sent the first byte that is wrong"),
        ("client-reads-once", "of the message still to come"),
    ] {
        let work = tempfile::tempdir().unwrap();
        let hand_in = wrong::find(name).write_below(work.path());
        let report = grade_graded(HandIn::BASE.deadline, &hand_in);
        let findings = || results(&report).iter().map(|result| &result["finding"]);
        let places: Vec<&str> = findings().filter_map(|finding| finding["where"].as_str()).collect();
        assert!(places.iter().any(|place| place.ends_with(what)), "{name}: {places:?} in {report:#}");
        for place in places {
            let (at, call) = place.split_once("  ").unwrap();
            let (file, line) = at.split_once(':').unwrap();
            let source = fs::read_to_string(hand_in.join(file)).unwrap();
            let line = source.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
            let method = call.split('(').next().unwrap();
            assert!(line.contains(&format!(".{method}(")), "{name}: {place} is the line {line:?}");
        }
        let observed = findings().filter(|finding| !finding["calls"].is_null()).count();
        assert!((1..=8).contains(&observed), "{name}: {observed} were observed");
    }
}

pub(crate) fn a_link_out_of_the_folder_is_not_followed() {
    let work = tempfile::tempdir().unwrap();
    let [own, other] = ["own", "other"].map(|name| work.path().join(name));
    for folder in [&own, &other] {
        fs::create_dir(folder).unwrap();
    }
    for (file, _) in FILES {
        fs::copy(natural().join(file), other.join(file)).unwrap();
        symlink(other.join(file), own.join(file)).unwrap();
    }
    harness(&submission(&own)).assert().code(3).stderr(contains("is a link that leads out of the folder"));
    let report = grade(&["--scenario", "short", "--submission", other.to_str().unwrap()]);
    assert!(report["target"].get("left_out").is_none(), "{report:#}");
    symlink(own.join("nothing"), other.join("dangling")).unwrap();
    let report = grade(&["--scenario", "short", "--submission", other.to_str().unwrap()]);
    assert_eq!(report["target"]["left_out"], "dangling (links that lead nowhere or out of the folder)");
}

pub(crate) fn what_cannot_be_graded_is_said() {
    let (empty, natural) = (tempfile::tempdir().unwrap(), natural());
    for (folder, more, said) in [
        (empty.path(), ["--seed", "1"], "neither buffered_client.py nor"),
        (Path::new("/nowhere at all"), ["--seed", "1"], "cannot be read"),
        (&natural, ["--client-file", "missing.py"], "there is no file"),
        (&natural, ["--python", "no-such-python"], "could not be started"),
        (&natural, ["--python", "true"], "no Python interpreter that can be used"),
    ] {
        harness(&submission(folder)).args(more).assert().code(3).stderr(contains(said));
    }
}
