//! A class whose harness was stopped, in whatever way.

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use std::{env, fs};

use lengthwise::os::wait::wait_until;
use rand::RngExt;
use rustix::process::{Pid, Signal, kill_process};

use super::room::{Room, record, run, start, succeeds, timeless, wait_for};

/// How often it is killed, unless asked for more.
const KILLS: usize = 12;
const HAND_INS: usize = 4;

fn kills() -> usize {
    env::var("LENGTHWISE_KILLS").map_or(KILLS, |kills| kills.parse().expect("LENGTHWISE_KILLS is a number"))
}

fn grade(room: &Room) -> Command {
    room.grade("results", &["--jobs", "2"])
}

/// Whether a file of this name is in a directory that is not in its place yet.
fn is_unfinished(results: &Path, name: &str) -> bool {
    let unfinished = fs::read_dir(results.join(".unfinished")).into_iter().flatten().flatten();
    unfinished.into_iter().any(|entry| entry.path().join(name).exists())
}

fn hand_ins(results: &Path) -> usize {
    fs::read_dir(results.join("hand-ins")).map_or(0, Iterator::count)
}

/// Kills it at one of several moments: after a random time, when a hand-in has everything but its place, or when one has that, too.
fn kill(child: &mut Child, results: &Path, round: usize, whole: Duration) {
    match round % 3 {
        0 => {
            let moment = Instant::now() + whole.mul_f64(rand::rng().random_range(0.0..1.0));
            let _ = wait_until(moment, || child.try_wait());
        }
        1 => wait_for(child, || is_unfinished(results, "kept/grade.json")),
        _ => {
            let before = hand_ins(results);
            wait_for(child, || hand_ins(results) > before);
        }
    }
    // With what it has started: it has not been waited for, so that its id is its own.
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_class_goes_on_as_if_nothing_had_been() {
    let undisturbed = Room::of_right(HAND_INS);
    let begun = Instant::now();
    succeeds(&mut grade(&undisturbed));
    let whole = begun.elapsed();
    let wanted = timeless(&undisturbed.results("results"));
    let mut left = kills();
    while left > 0 {
        let room = Room::of_right(HAND_INS);
        let results = room.results("results");
        // Several times the same class, as somebody would who has a bad evening.
        for _ in 0..left.min(4) {
            kill(&mut start(&mut grade(&room)), &results, left, whole);
            left -= 1;
        }
        succeeds(&mut grade(&room));
        assert_eq!(timeless(&results), wanted);
        room.assert_nothing_left();
    }
}

#[test]
fn what_was_graded_for_the_same_is_kept_and_everything_else_is_graded_anew() {
    let room = Room::of_right(2);
    let results = room.results("results");
    succeeds(&mut grade(&room));
    let recordings = || {
        let of = |id: &str| fs::read(results.join("hand-ins").join(id).join("recording.jsonl.zst")).unwrap();
        [of("right-01"), of("right-02")]
    };
    let first = recordings();
    // Without a seed it is that of the results.
    succeeds(&mut room.harness(&["class", "class", "--out", "results", "--scenario", "short"]));
    assert_eq!(recordings(), first);
    // A file has changed.
    fs::write(room.class().join("right-02/notes.txt"), "").unwrap();
    succeeds(&mut grade(&room));
    let second = recordings();
    assert_eq!(first[0], second[0]);
    assert_ne!(first[1], second[1]);
    // A file is missing, or is none of ours.
    fs::remove_file(results.join("hand-ins/right-01/page.html")).unwrap();
    fs::write(results.join("hand-ins/right-02/grade.json"), "{").unwrap();
    succeeds(&mut grade(&room));
    let third = recordings();
    assert!(second[0] != third[0] && second[1] != third[1]);
    // Something else is asked for.
    for options in [&["--strict"][..], &["--deadline", "3s"]] {
        let before = recordings();
        succeeds(grade(&room).args(options));
        let after = recordings();
        assert!(before[0] != after[0] && before[1] != after[1], "{options:?}");
    }
}

#[test]
fn ctrl_c_ends_it_at_once_with_what_there_is() {
    let room = Room::new([("a-right", "right/natural"), ("hangs", "cheats/loops-at-import")]);
    let results = room.results("results");
    let mut class = start(&mut room.grade("results", &["--jobs", "1", "--start-deadline", "60s"]));
    // The second one is about to be graded.
    wait_for(&mut class, || results.join("hand-ins/a-right").exists() && is_unfinished(&results, "kept"));
    let begun = Instant::now();
    kill_process(Pid::from_child(&class), Signal::INT).unwrap();
    assert_eq!(class.wait().unwrap().code(), Some(130));
    // It takes less than one, but not on every machine that runs tests.
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    room.assert_nothing_left();
    let record = record(&results);
    assert_eq!(record.hand_ins[0].graded().unwrap().score, 2);
    assert!(record.hand_ins[1].graded().is_none());
}

#[test]
fn two_at_a_time_do_not_mix() {
    let room = Room::new([("hangs", "cheats/loops-at-import")]);
    let mut first = start(&mut room.grade("results", &["--start-deadline", "60s"]));
    wait_for(&mut first, || is_unfinished(&room.results("results"), "kept"));
    let second = run(&mut grade(&room));
    assert_eq!(second.code, Some(3));
    assert!(second.error.contains("another harness is at work"), "{}", second.error);
    kill_process(Pid::from_child(&first), Signal::TERM).unwrap();
    assert_eq!(first.wait().unwrap().code(), Some(143));
    room.assert_nothing_left();
}
