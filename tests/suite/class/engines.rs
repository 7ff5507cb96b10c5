//! A class on many machines: what the scripts for Slurm and Kubernetes have run, run here.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::room::{Room, record, succeeds, timeless};
use crate::support::python::python;

/// In place of Slurm's: keeps what it was given, and runs a job, or each task of an array, at once.
const SBATCH: &str = r#"#!/bin/sh
echo "$*" >> "$SUBMITTED"
for word; do script=$word; done
case "$*" in
    *--array=1-3*) tasks="1 2 3" ;;
    *) tasks= ;;
esac
for task in ${tasks:-none}; do
    SLURM_ARRAY_TASK_ID=$task sh "$script" >&2 || echo "task $task has failed" >> "$SUBMITTED"
done
wc -l < "$SUBMITTED"
"#;

/// A command in which the harness, and what else the room has, is found by its name.
fn command(room: &Room, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let harness = Path::new(env!("CARGO_BIN_EXE_harness")).parent().unwrap().to_owned();
    let places = [room.path().join("bin"), harness];
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(places.into_iter().chain(env::split_paths(&path))).unwrap();
    let mut command = Command::new(program);
    command.current_dir(room.path()).env("PATH", path);
    command.env("TMPDIR", room.path().join("temporary")).env("XDG_STATE_HOME", room.path().join("state"));
    command
}

fn script(room: &Room, name: &str, arguments: &[&str]) -> Command {
    let mut command = command(room, python());
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name)).args(arguments);
    command
}

#[test]
fn slurm_grades_the_parts_and_merges_them() {
    let room = Room::of_right(6);
    fs::create_dir(room.path().join("bin")).unwrap();
    let sbatch = room.path().join("bin/sbatch");
    fs::write(&sbatch, SBATCH).unwrap();
    fs::set_permissions(&sbatch, fs::Permissions::from_mode(0o755)).unwrap();
    let submit = || {
        let options =
            ["--shards", "3", "--partition", "long,short", "--harness", env!("CARGO_BIN_EXE_harness")];
        let more =
            ["--option=--scenario=short", "--sbatch=--account=cs101", "--anonymous", "--format", "moodle"];
        let mut submit = script(&room, "slurm", &["class", "--out", "merged"]);
        succeeds(submit.args(options).args(more).env("SUBMITTED", room.path().join("submitted")))
    };
    let ran = submit();
    assert_eq!(ran.out, "1 2\n", "{}", ran.error);
    let submitted = fs::read_to_string(room.path().join("submitted")).unwrap();
    assert!(!submitted.contains("failed"), "{submitted}{}", ran.error);
    for given in
        ["--array=1-3", "--requeue", "--partition=long,short", "--account=cs101", "--dependency=afterany:1"]
    {
        assert!(submitted.contains(given), "{given}: {submitted}");
    }
    let seed = fs::read_to_string(room.path().join("merged-parts/seed")).unwrap();
    let whole = [
        "class",
        "class",
        "--out",
        "whole",
        "--scenario",
        "short",
        "--anonymous",
        "--format",
        "moodle",
        "--seed",
    ];
    succeeds(room.harness(&whole).arg(seed.trim()));
    let whole = timeless(&room.results("whole"));
    assert_eq!(timeless(&room.results("merged")), whole);
    // Given again, it goes on with the same seed, and there is nothing left to do.
    let recording = || fs::read(room.results("merged/hand-ins/right-01/recording.jsonl.zst")).unwrap();
    let first = recording();
    submit();
    assert_eq!(recording(), first);
    assert_eq!(timeless(&room.results("merged")), whole);
}

#[test]
fn kubernetes_grades_the_parts_and_merges_them() {
    let room = Room::of_right(6);
    let options = [
        "--image",
        "registry.example.org/lengthwise:1",
        "--claim",
        "classes",
        "--shards",
        "2",
        "--seed",
        "7",
    ];
    let more = ["--option=--scenario=short", "--dir", "courses/a", "--namespace", "cs101"];
    let list = succeeds(script(&room, "kubernetes", &options).args(more)).out;
    let list: Value = serde_json::from_str(&list).unwrap();
    let [policy, grade, merge] = &list["items"].as_array().unwrap()[..] else { panic!("{list:#}") };
    assert_eq!(
        (&policy["kind"], &policy["spec"]["policyTypes"][1]),
        (&"NetworkPolicy".into(), &"Egress".into())
    );
    assert_eq!(policy["spec"]["podSelector"]["matchLabels"], grade["spec"]["template"]["metadata"]["labels"]);
    assert_eq!(
        (&grade["spec"]["completionMode"], &grade["spec"]["completions"]),
        (&"Indexed".into(), &2.into())
    );
    for job in [grade, merge] {
        assert_eq!((&job["apiVersion"], &job["kind"]), (&"batch/v1".into(), &"Job".into()));
        assert_eq!(job["metadata"]["namespace"], "cs101");
        let pod = &job["spec"]["template"]["spec"];
        assert_eq!(
            (&pod["restartPolicy"], &pod["automountServiceAccountToken"]),
            (&"Never".into(), &false.into())
        );
        assert_eq!(pod["volumes"][0]["persistentVolumeClaim"]["claimName"], "classes");
        let class = &pod["containers"][0]["volumeMounts"][0];
        assert_eq!((&class["subPath"], &class["readOnly"]), (&"courses/a".into(), &true.into()));
    }
    // What the containers run, with the volume here. Where not every layer holds, none has to.
    let run = |job: &Value, kind: &str, index: &str| {
        let container = &job["spec"]["template"]["spec"][kind][0];
        let root = room.path().to_str().unwrap();
        let text = container["command"][2].as_str().unwrap().replace("/results", &format!("{root}/results"));
        let text = text.replace("class /class ", &format!("class {root}/class "));
        let text: Vec<_> = text.split(' ').filter(|word| !word.starts_with("--contain=")).collect();
        let mut shell = command(&room, "sh");
        succeeds(shell.args(["-c", &text.join(" ")]).env("JOB_COMPLETION_INDEX", index));
    };
    fs::create_dir(room.results("results")).unwrap();
    run(grade, "containers", "0");
    run(grade, "containers", "1");
    run(merge, "initContainers", "");
    run(merge, "containers", "");
    succeeds(&mut room.grade("whole", &[]));
    assert_eq!(timeless(&room.results("results/class")), timeless(&room.results("whole")));
    assert_eq!(record(&room.results("results/class")).seed, 7);
}

#[test]
fn what_cannot_be_submitted_is_refused() {
    let room = Room::of_right(1);
    for (name, arguments, why) in [
        ("slurm", &["nowhere", "--out", "merged"][..], "there is no nowhere"),
        ("slurm", &["class", "--out", "merged", "--shards", "0"], "--shards"),
        ("kubernetes", &["--image", "i", "--claim", "c", "--dir", "/class"], "is a path on the volume"),
        (
            "kubernetes",
            &["--image", "i", "--claim", "c", "--out", "class/results"],
            "lies in the directory of the class",
        ),
    ] {
        let ran = super::room::run(&mut script(&room, name, arguments));
        assert_eq!(ran.code, Some(2), "{}", ran.error);
        assert!(ran.error.contains(why), "{}", ran.error);
    }
}
