//! Hand-ins that would take the whole class with them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use lengthwise::grade::RunVerdict;
use rustix::process::geteuid;

use super::room::{Room, record, run, succeeds};
use super::support::fixtures::fixture;

/// The dishonest hand-ins.
fn cheats() -> Vec<&'static str> {
    let entries = fs::read_dir(fixture("handins/cheats")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| &*format!("cheats/{name}").leak()).collect()
}

fn everything_in(folder: PathBuf) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    entries.map(|entry| (entry.path().to_owned(), fs::read(entry.path()).unwrap_or_default())).collect()
}

#[test]
fn a_hostile_hand_in_costs_only_itself() {
    let room = Room::of_right(6);
    let cheats = cheats();
    for cheat in &cheats {
        room.hand_in(&cheat.replace('/', "-"), cheat, cheat);
    }
    let before = everything_in(room.class());
    let ran = run(&mut room.grade("results", &["--start-deadline", "5s", "--jobs", "4"]));
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.error);
    room.assert_nothing_left();
    assert_eq!(everything_in(room.class()), before);
    let places: BTreeSet<_> = fs::read_dir(room.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(places, ["class", "results", "state", "temporary"].map(str::to_owned).into());
    let record = record(&room.results("results"));
    assert_eq!(record.hand_ins.len(), 6 + cheats.len());
    for hand_in in &record.hand_ins {
        let graded = hand_in.graded().unwrap_or_else(|| panic!("{hand_in:?}"));
        if hand_in.id.starts_with("right") {
            assert_eq!((graded.score, graded.max_score), (2, 2), "{hand_in:?}");
        } else {
            assert!(graded.verdict != RunVerdict::Pass, "{hand_in:?}");
        }
        if hand_in.id == "cheats-answers-from-its-own-messages" {
            let suspicion = "This may be an attempt to deceive the harness, or an accident: ";
            assert!(graded.needs_a_look.iter().any(|why| why.starts_with(suspicion)), "{hand_in:?}");
        }
    }
    assert!(fs::read_dir(room.results("results/.unfinished")).unwrap().next().is_none());
}

#[test]
fn neither_results_nor_other_hand_ins_can_be_reached() {
    let room = Room::of_right(2);
    let file = room.class().join("right-02/buffered_server.py");
    let program = fs::read_to_string(&file).unwrap();
    let (results, class) = (room.results("results"), room.class());
    // What could do any of that would fail.
    let spy = format!(
        "import os, sys
for act in [
    lambda: os.listdir({results:?}),
    lambda: open({results:?} + '/run.json').read(),
    lambda: open({results:?} + '/forged', 'w'),
    lambda: os.listdir({class:?}),
    lambda: open({class:?} + '/right-01/buffered_server.py').read(),
]:
    try:
        act()
    except OSError:
        continue
    sys.exit('reached')
"
    );
    fs::write(&file, spy + &program).unwrap();
    let ran = succeeds(&mut room.grade("results", &[]));
    let record = record(&results);
    assert!(record.hand_ins.iter().all(|one| one.graded().unwrap().score == 2), "{}", ran.out);
    assert!(!results.join("forged").exists());
}

#[test]
fn a_time_limit_ends_one_hand_in_and_says_so() {
    let room = Room::new([("a-right", "right/natural"), ("hangs", "cheats/loops-at-import")]);
    let grade =
        |limit: &str| run(&mut room.grade("results", &["--start-deadline", "60s", "--time-limit", limit]));
    let ran = grade("3s");
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.error);
    let class = record(&room.results("results"));
    assert_eq!(class.hand_ins[0].graded().unwrap().verdict, RunVerdict::Pass);
    let graded = class.hand_ins[1].graded().unwrap();
    assert_eq!((graded.verdict, graded.score), (RunVerdict::Incomplete, 0));
    assert_eq!(graded.needs_a_look[0], "Its run was stopped after 3s, the time limit.");
    let recording = || fs::read(room.results("results/hand-ins/hangs/recording.jsonl.zst")).unwrap();
    let first = recording();
    // With less time nothing else would come of it, and with more perhaps.
    grade("2s");
    assert_eq!(recording(), first);
    grade("4s");
    assert_ne!(recording(), first);
    room.assert_nothing_left();
}

/// On a file system of its own, which only root can mount, and which nobody else can see.
#[test]
fn a_full_disk_loses_nothing_and_what_is_missing_is_graded_when_there_is_room() {
    if !geteuid().is_root() {
        return;
    }
    let room = Room::of_right(4);
    succeeds(&mut room.grade("elsewhere", &[]));
    let files = everything_in(room.results("elsewhere/hand-ins/right-01"));
    let len: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    fs::create_dir(room.results("disk")).unwrap();
    // For two hand-ins and a half.
    let script = r#"
        mount -t tmpfs -o size=$1 tmpfs disk && shift
        "$@"; echo "full: $?"
        for hand_in in disk/out/hand-ins/*/; do ls "$hand_in" | wc -l; done
        mount -o remount,size=64m disk
        "$@" && echo "whole"
    "#;
    let grade = room.grade("disk/out", &["-q", "--jobs", "1"]);
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c", script, "sh"])
        .arg((len * 5 / 2).to_string())
        .arg(grade.get_program())
        .args(grade.get_args());
    command.envs(grade.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(room.path());
    let ran = run(&mut command);
    assert!(ran.out.contains("full: 3"), "{}{}", ran.out, ran.error);
    assert!(ran.out.ends_with("whole\n"), "{}{}", ran.out, ran.error);
    let in_between: Vec<&str> = ran.out.lines().filter(|line| line.parse::<u32>().is_ok()).collect();
    assert!(!in_between.is_empty() && in_between.len() < 4, "{}", ran.out);
    assert!(in_between.iter().all(|count| *count == "5"), "each is whole or not there: {}", ran.out);
}
