//! Help, for people and for shells.

use predicates::prelude::*;
use predicates::str::contains;

use super::{harness, refused};

#[test]
fn short_help_fits_a_screen_and_begins_with_what_most_people_type() {
    let shown = harness(&["-h"]).assert().success();
    let text = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
    assert!(text.lines().count() <= 24 && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.lines().nth(2).unwrap().trim_start().starts_with("harness hi/mine"), "{text}");
    for option in ["--start-deadline", "--max-time", "--watch", "--color"] {
        harness(&["--help"]).assert().success().stdout(contains(option));
    }
    // Of a command it is that of the command.
    harness(&["list", "-h"]).assert().success().stdout(contains("--bugs"));
}

#[test]
fn one_name_stands_everywhere() {
    let name = format!("lengthwise {}", env!("CARGO_PKG_VERSION"));
    harness(&["-V"]).assert().success().stdout(format!("{name}\n"));
    harness(&["--scenario", "short"]).assert().success().stdout(predicate::str::starts_with(name));
}

#[test]
fn shells_complete_words_and_there_is_a_manual() {
    for shell in ["bash", "zsh", "fish", "Bash", "elvish", "powershell"] {
        // An option that no help shows is none to complete.
        harness(&["completions", shell])
            .assert()
            .success()
            .stdout(contains("max-time").and(contains("gallery")).and(contains("timed").not()));
    }
    harness(&["completions", "cmd"]).assert().code(2);
    let page = contains(".TH harness 1").and(contains("harness \\- Grades")).and(contains("max\\-time"));
    harness(&["man"]).assert().success().stdout(page);
    harness(&["man", "list"]).assert().success().stdout(contains(".TH harness-list 1"));
    refused("man lst", 2, "did you mean list?");
}
