//! Hand-ins that would take the whole class with them.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use lengthwise::grade::RunVerdict;
use lengthwise::os::network;
use rustix::process::geteuid;

use super::attacks::attack::{Attack, Earns};
use super::attacks::{answers, files, machine, output, python};
use super::room::{Room, record, run, succeeds};
use crate::support::fixtures::fixture;
use crate::support::whole;

/// So many right hand-ins are among the hostile ones.
const RIGHT: usize = 30;

/// The dishonest hand-ins.
fn cheats() -> Vec<&'static str> {
    let entries = fs::read_dir(fixture("handins/cheats")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| &*format!("cheats/{name}").leak()).collect()
}

/// The attacks that are played alone elsewhere, each with the name of its folder.
fn attacks() -> Vec<(String, &'static Attack)> {
    let tables = [answers::ATTACKS, python::ATTACKS, files::ATTACKS, output::ATTACKS, machine::ATTACKS];
    let slug = |name: &str| name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    tables.into_iter().flatten().map(|attack| (format!("attack-{}", slug(attack.name)), attack)).collect()
}

/// Everything in a folder, with the contents of what is a file of a size that somebody would write.
fn everything_in(folder: PathBuf) -> Vec<(PathBuf, Vec<u8>)> {
    const READ_MAX: u64 = 1 << 24;
    let content = |entry: &walkdir::DirEntry| {
        let metadata = entry.metadata().unwrap();
        let is_read = metadata.is_file() && metadata.len() < READ_MAX;
        if is_read { fs::read(entry.path()).unwrap() } else { Vec::new() }
    };
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    entries.map(|entry| (entry.path().to_owned(), content(&entry))).collect()
}

/// Whether every layer holds here, an own user for each hand-in among them: the attacks are made for that.
fn can_contain(room: &Room) -> bool {
    let right = fixture("handins/right/natural");
    let mut harness = room.harness(&["--sandbox", "--scenario", "short", "-q", "--submission"]);
    geteuid().is_root() && run(harness.arg(right)).code == Some(0)
}

#[test]
fn a_hostile_hand_in_costs_only_itself() {
    // Some look for the files of a student of this name, and for the harness below the folder of everything.
    let right = (1..RIGHT).map(|number| format!("right-{number:02}")).chain(["alice".to_owned()]);
    let room = Room::new(right.map(|name| (name, "right/natural")));
    for (place, text) in [("home/secret", "a secret"), ("reports/report", "a report")] {
        let path = room.path().join(place);
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let cheats = cheats();
    for cheat in &cheats {
        room.hand_in(&cheat.replace('/', "-"), cheat, cheat);
    }
    let is_contained = can_contain(&room);
    let attacks = if is_contained { attacks() } else { Vec::new() };
    for (name, attack) in &attacks {
        let folder = room.class().join(name);
        fs::create_dir(&folder).unwrap();
        attack.write(&folder, room.path());
    }
    let others = || {
        let places = ["class", "home", "reports"].map(|place| everything_in(room.path().join(place)));
        let of_this_room = format!("left-by-{}", room.path().file_name().unwrap().display());
        let shared = ["/tmp", "/var/tmp", "/dev/shm", "/run", "/var/lock"];
        (places, shared.map(|place| PathBuf::from(place).join(&of_this_room).exists()))
    };
    let before = others();
    let mut options = vec!["--start-deadline", "5s", "--jobs", "4"];
    options.extend(is_contained.then_some("--sandbox"));
    let ran = run(&mut match whole::is_asked_for() {
        true => room.grade_whole("results", &options),
        false => room.grade("results", &options),
    });
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.error);
    room.assert_nothing_left();
    assert!(others() == before, "something outside of the results has changed");
    let places: BTreeSet<_> = fs::read_dir(room.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let wanted = ["class", "home", "reports", "results", "state", "temporary"];
    assert_eq!(places, wanted.map(str::to_owned).into());
    assert!(fs::read_dir(room.results("results/.unfinished")).unwrap().next().is_none());

    let record = record(&room.results("results"));
    let max = record.max_score();
    let mut right = 0;
    for hand_in in &record.hand_ins {
        let earns = attacks.iter().find(|(name, _)| *name == hand_in.path).map(|(_, attack)| attack.earns);
        let score = hand_in.graded().map(|graded| graded.score);
        match earns {
            // It has one side.
            Some(Earns::Everything) => assert_eq!(score, Some(max / 2), "{hand_in:?}"),
            Some(Earns::Nothing | Earns::NoGrade) => assert_eq!(score.unwrap_or(0), 0, "{hand_in:?}"),
            None if hand_in.id.starts_with("cheats-") => {
                let graded = hand_in.graded().unwrap_or_else(|| panic!("{hand_in:?}"));
                assert!(graded.verdict != RunVerdict::Pass, "{hand_in:?}");
            }
            None => {
                assert_eq!(score, Some(max), "{hand_in:?}");
                right += 1;
            }
        }
        if hand_in.id == "cheats-answers-from-its-own-messages" {
            let suspicion = "This may be an attempt to deceive the harness, or an accident: ";
            let looks = &hand_in.graded().unwrap().needs_a_look;
            assert!(looks.iter().any(|why| why.starts_with(suspicion)), "{hand_in:?}");
        }
    }
    assert_eq!(right, RIGHT);
    assert_eq!(record.hand_ins.len() + record.unrecognized.len(), RIGHT + cheats.len() + attacks.len());
}

#[test]
fn neither_results_nor_other_hand_ins_can_be_reached() {
    let room = Room::of_right(2);
    let file = room.class().join("right-02/buffered_server.py");
    let program = fs::read_to_string(&file).unwrap();
    let (results, class) = (room.results("results"), room.class());
    // As if it were the server of a hand-in that is graded at the same time.
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = if network::lacks().is_none() { other.local_addr().unwrap().port() } else { 0 };
    // What could do any of that would fail.
    let spy = format!(
        "import os, socket, sys
for act in [
    lambda: os.listdir({results:?}),
    lambda: open({results:?} + '/run.json').read(),
    lambda: open({results:?} + '/forged', 'w'),
    lambda: os.listdir({class:?}),
    lambda: open({class:?} + '/right-01/buffered_server.py').read(),
    lambda: socket.create_connection(('127.0.0.1', {port})),
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
    other.set_nonblocking(true).unwrap();
    assert_eq!(other.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
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
