//! Names of scenarios, rules and bugs.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use super::{harness, refused};

#[test]
fn scenarios_are_selected_in_any_case_by_group_and_with_commas() {
    let in_one_word = harness(&["--scenario", "short medium"]).assert().code(2);
    in_one_word.stderr(contains("separate names with commas, as in --scenario short,medium"));
    refused("--scenario delivry", 2, "did you mean delivery?");
    for (line, passed) in [
        ("--scenario Short", "3 passed"),
        ("--scenario short,medium", "6 passed"),
        ("--scenario short medium", "6 passed"),
        ("--scenario delivery --side server", "12 passed"),
        ("--scenario delivery/ --side server", "12 passed"),
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        harness(&arguments).assert().success().stdout(contains(passed));
    }
    refused("--scenario paralel", 2, "did you mean parallel?");
    refused("--scenario short,paralel", 2, "did you mean parallel?");
    refused("--scenario nonsense", 2, "harness list shows all of them");
    harness(&["class", "tests/handins", "--list", "--scenario", "Delivery,short"]).assert().success();
}

#[test]
fn near_names_groups_and_rules_are_explained() {
    for (line, says) in [
        ("explain paralel", "Three messages sent at once"),
        ("explain Short", "Why it exists"),
        ("explain delivery", "delivery/header-in-two"),
        ("explain 4", "One reply for each message"),
        ("explain rule 4", "One reply for each message"),
        ("explain short medium", "medium (graded)"),
        ("explain sends-onse", "How to find it"),
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        harness(&arguments).assert().success().stdout(contains(says));
    }
    harness(&["explain", "paralel"])
        .assert()
        .stderr(contains("nothing is called paralel; this is about parallel"));
    refused("explain nonsense", 2, "harness list --bugs");
    refused("explain rule 99", 2, "numbered from 1 to 13");
}

#[test]
fn the_list_is_filtered_and_has_bugs_and_a_form_for_programs() {
    let lines = |line: &str| {
        let arguments: Vec<&str> = line.split(' ').collect();
        let output = harness(&arguments).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    assert!(lines("list delivery").lines().all(|line| line.contains("deliver")));
    assert!(lines("list --bugs").contains("sends-once"));
    assert_eq!(lines("list --bugs sends-once").lines().count(), 1);
    let json: Value = serde_json::from_str(&lines("list short --report JSON")).unwrap();
    assert_eq!(json["scenarios"][0]["id"], "short");
    assert_eq!(json["scenarios"][0]["points"][0]["points"], 1);
    let json: Value = serde_json::from_str(&lines("list --bugs sends-once --report json")).unwrap();
    assert_eq!(json["bugs"][0]["id"], "sends-once");
    refused("list paralell", 2, "did you mean parallel?");
}

#[test]
fn the_gallery_plays_some_bugs_and_tells_the_sum_first() {
    let played = harness(&["gallery", "Sends-Once"]).assert().success();
    played.stdout(
        predicate::str::starts_with("2 of 2 bugs caught;").and(contains("client  true    sends-once")),
    );
    refused("gallery sends-onse", 2, "did you mean sends-once?");
}
