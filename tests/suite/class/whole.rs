//! What a run over a class leaves.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;

use lengthwise::class::HandInOutcome;
use serde_json::Value;

use super::room::{FILES, Room, record, run, succeeds};
use crate::support::changes::change;
use crate::support::parallel::in_parallel;
use crate::support::report::{grade, results};
use crate::support::terminal::in_terminal;
use crate::support::whole::is_asked_for;

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Changes of the natural hand-in, of its server and of its client, that make it wrong.
type Wrong = (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)]);

const WRONG: &[Wrong] = &[
    ("removes-nine", &[("message[10:]", "message[9:]")], &[]),
    ("little-endian-server", &[("pack('!I', len", "pack('<I', len"), ("unpack('!I'", "unpack('<I'")], &[]),
    ("counts-characters", &[], &[("pack('!I', len(payload))", "pack('!I', len(message))")]),
    ("one-read", &[("recv(min(self.buffer_size, length - len(data)))", "recv(self.buffer_size)")], &[]),
    (
        "both",
        &[("message[10:]", "message[11:]")],
        &[("pack('!I', len", "pack('<I', len"), ("unpack('!I'", "unpack('<I'")],
    ),
];

#[test]
fn each_hand_in_gets_what_it_gets_alone() {
    let room = Room::new([
        ("natural", "right/natural"),
        ("polling", "right/polling"),
        ("threads", "right/threads"),
        ("two-sends", "right/two-sends"),
        ("exits", "cheats/exits-at-import"),
        ("forges", "cheats/prints-a-forged-report"),
        ("answers", "cheats/answers-from-its-own-messages"),
    ]);
    for (name, server, client) in WRONG {
        room.hand_in(name, "right/natural", name);
        for (file, changes) in [("buffered_server.py", server), ("buffered_client.py", client)] {
            let file = room.class().join(name).join(file);
            fs::write(&file, change(&fs::read_to_string(&file).unwrap(), changes)).unwrap();
        }
    }
    let out = room.results("results");
    // Enough for each mistake to show.
    let scenarios: &[_] = if is_asked_for() { &[] } else { &["--scenario", "s*,parallel,text/*"] };
    let ran = run(&mut room.grade_whole("results", scenarios));
    // Some hand-ins lack a side.
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.error);
    let record = record(&out);
    assert_eq!(record.hand_ins.len(), 12);
    let seeds = Mutex::new(BTreeSet::new());
    in_parallel(&record.hand_ins, |hand_in| {
        assert_eq!(names(&out.join("hand-ins").join(&hand_in.id)), FILES);
        let folder = room.class().join(&hand_in.id);
        let kept = fs::read_to_string(out.join("hand-ins").join(&hand_in.id).join("result.json")).unwrap();
        let kept: Value = serde_json::from_str(&kept).unwrap();
        assert!(
            seeds.lock().unwrap().insert(kept["seed"].as_u64().unwrap()),
            "{}: the seed is that of another",
            hand_in.id
        );
        let seed = kept["seed"].to_string();
        let alone =
            grade(&[&["--submission", folder.to_str().unwrap(), "--seed", &seed], scenarios].concat());
        let graded = hand_in.graded().unwrap();
        assert_eq!(Value::from(graded.score), alone["score"], "{}", hand_in.id);
        assert_eq!(decided(&kept), decided(&alone), "{}", hand_in.id);
        let verdicts = graded.results.iter().map(|result| result.as_ref().unwrap().verdict.clone());
        let of_alone = results(&alone).iter().map(|result| result["verdict"].clone());
        assert!(verdicts.map(Value::from).eq(of_alone), "{}", hand_in.id);
        let columns = record.columns.iter().map(|column| column.scenario.as_str());
        let ids = results(&alone).iter().map(|result| result["id"].as_str().unwrap());
        assert!(columns.eq(ids), "{}", hand_in.id);
    });
    for file in ["index.html", "grades.csv", "class.json"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    room.assert_nothing_left();
}

/// What a report says that decides: the verdicts, the points and the causes.
fn decided(report: &Value) -> Vec<Value> {
    let of = |value: &Value, keys: &[&str]| keys.iter().map(|key| value[*key].clone()).collect::<Vec<_>>();
    let causes = report["causes"].as_array().unwrap().iter();
    let causes = causes.flat_map(|cause| of(cause, &["text", "mistakes", "scenarios"]));
    let results = results(report).iter().flat_map(|result| of(result, &["id", "verdict", "points"]));
    of(report, &["verdict", "score", "max_score"]).into_iter().chain(causes).chain(results).collect()
}

#[test]
fn the_recording_is_whole_and_sealed_and_the_reports_are_made_of_it() {
    let room = Room::of_right(1);
    succeeds(&mut room.grade("results", &[]));
    let hand_in = room.results("results/hand-ins/right-01");
    let recording = hand_in.join("recording.jsonl.zst");
    let recording = recording.to_str().unwrap();
    let verified = succeeds(&mut room.harness(&["render", recording, "--verify"]));
    assert!(verified.out.contains("sealed, complete"), "{}", verified.out);
    for (format, file) in [("html", "page.html"), ("json", "result.json"), ("feedback", "feedback.txt")] {
        let rendered = succeeds(&mut room.harness(&["render", recording, "--report", format]));
        assert_eq!(rendered.out, fs::read_to_string(hand_in.join(file)).unwrap(), "{file}");
    }
}

#[test]
fn hand_ins_that_are_the_same_are_graded_once() {
    let room = Room::of_right(2);
    room.hand_in("a-copy", "right/natural", "right-02");
    let ran = succeeds(&mut room.grade("results", &[]));
    assert!(ran.out.contains("1 hand-in is byte-for-byte identical to another."), "{}", ran.out);
    let record = record(&room.results("results"));
    let same: Vec<_> = record.hand_ins.iter().map(|one| (one.id.as_str(), one.same_as.as_deref())).collect();
    assert_eq!(same, [("a-copy", None), ("right-01", None), ("right-02", Some("a-copy"))]);
    assert_eq!(record.hand_ins[0].outcome, record.hand_ins[2].outcome);
    let recording =
        |id: &str| fs::read(room.results("results/hand-ins").join(id).join("recording.jsonl.zst")).unwrap();
    assert_eq!(recording("a-copy"), recording("right-02"));
    assert_ne!(recording("a-copy"), recording("right-01"));
}

#[test]
fn what_cannot_be_graded_is_told_and_costs_nobody_else_anything() {
    let room = Room::of_right(1);
    fs::create_dir(room.class().join("empty-handed")).unwrap();
    fs::write(room.class().join("empty-handed/notes.txt"), "nothing yet").unwrap();
    let ran = succeeds(&mut room.grade("results", &[]));
    assert!(ran.out.contains("Not taken for a hand-in:\n  empty-handed"), "{}", ran.out);
    let class = record(&room.results("results"));
    assert_eq!((class.hand_ins.len(), class.unrecognized.len()), (1, 1));
    assert_eq!(class.hand_ins[0].graded().unwrap().score, 2);
    let ran = run(&mut room.grade("others", &["--python", "/nowhere/python3"]));
    assert_eq!(ran.code, Some(3));
    let class = record(&room.results("others"));
    let HandInOutcome::NotGraded { reason } = &class.hand_ins[0].outcome else { panic!("{class:?}") };
    assert!(reason.starts_with("It could not be graded: "), "{reason}");
    assert!(ran.out.contains("1 hand-in needs review:"), "{}", ran.out);
}

#[test]
fn results_are_nobody_elses_business() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::of_right(1);
    succeeds(&mut room.grade("results", &[]));
    let mode = fs::metadata(room.results("results")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[test]
fn places_that_would_mix_are_refused() {
    let room = Room::of_right(1);
    for out in ["class", "class/results", "class/../class/right-01/deep/results", "."] {
        let ran = run(&mut room.grade(out, &[]));
        assert_eq!(ran.code, Some(2), "{out}: {}", ran.error);
        assert!(ran.error.contains("--out") && ran.error.contains("place"), "{}", ran.error);
    }
    assert_eq!(names(&room.class()), ["right-01"]);
    assert_eq!(names(&room.class().join("right-01")), ["buffered_client.py", "buffered_server.py"]);
}

#[test]
fn what_would_be_graded_can_be_seen_before() {
    let room = Room::of_right(2);
    room.hand_in("zoe", "right/natural", "right-02");
    let ran = succeeds(&mut room.harness(&["class", "class", "--list"]));
    let hand_ins = ran.out.lines().filter(|line| !line.starts_with(' '));
    assert_eq!(hand_ins.count(), 3, "{}", ran.out);
    assert!(ran.out.ends_with("    It is the same as right-02, byte for byte.\n"), "{}", ran.out);
    assert!(!room.results("results").exists());
}

#[test]
fn the_file_of_the_course_beside_the_hand_ins_is_that_of_all() {
    let room = Room::of_right(2);
    fs::write(room.class().join("assignment.toml"), "[rubric]\npass-mark = 1\n[rubric.points]\nshort = 5\n")
        .unwrap();
    let before = fs::read_to_string(room.class().join("right-01/buffered_server.py")).unwrap();
    succeeds(&mut room.grade("results", &[]));
    let record = record(&room.results("results"));
    assert_eq!((record.pass_mark, record.max_score()), (Some(1), 10));
    assert!(record.hand_ins.iter().all(|one| one.graded().unwrap().score == 10));
    assert!(record.unrecognized.is_empty(), "{:?}", record.unrecognized);
    assert_eq!(fs::read_to_string(room.class().join("right-01/buffered_server.py")).unwrap(), before);
}

#[test]
fn a_student_reads_nothing_twice() {
    let room = Room::new([("ends", "cheats/ends-after-a-reply")]);
    run(&mut room.harness(&["class", "class", "--out", "results", "--seed", "7", "-q"]));
    let text = fs::read_to_string(room.results("results/hand-ins/ends/feedback.txt")).unwrap();
    assert!(text.contains("1. Server: "), "{text}");
    let words: Vec<_> = text.split_whitespace().collect();
    let prose = words.join(" ");
    let mut sentences: Vec<_> = prose.split(". ").filter(|sentence| sentence.contains(' ')).collect();
    sentences.sort_unstable();
    assert!(sentences.windows(2).all(|pair| pair[0] != pair[1]), "{text}");
    assert!(text.lines().count() < 60, "{text}");
}

#[test]
fn at_a_terminal_a_line_is_kept_up_to_date() {
    let room = Room::of_right(2);
    let places = [room.class(), room.results("results"), room.path().join("key")];
    let [class, out, key] = places.map(|path| path.to_str().unwrap().to_owned());
    let options = ["--scenario", "short", "--jobs", "1", "--key", &key];
    let shown = in_terminal(80, &[&["class", &class, "--out", &out], &options[..]].concat());
    assert!(shown.contains("0 of 2 graded: right-01"), "{shown}");
    assert!(shown.contains("2 of 2 graded, "), "{shown}");
    assert!(shown.contains("2 hand-ins: 2.0 of 2 points on average."), "{shown}");
}
