//! What stands on the command line without an option: a hand-in, or something that was meant otherwise.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use super::Problem;
use super::arguments::{Arguments, GradeArgs};
use super::selection::{ScenarioArgument, nearest_scenario, parse_pattern};
use crate::class::is_archive;
use crate::course::Names;
use crate::scenario;
use crate::suggestion::nearest;
use crate::target::{is_python, side_of};

/// Takes each of the words for what it is: a hand-in as --submission does, a scenario behind others as --scenario does.
pub(super) fn take(words: &[PathBuf], grading: &mut GradeArgs) -> Result<(), Problem> {
    let mut hand_in: Vec<&Path> = Vec::new();
    for word in words {
        if is_hand_in(word) {
            hand_in.push(word);
        } else if let Some(pattern) = pattern_behind_others(word, grading) {
            grading.scenario.push(ScenarioArgument::Pattern(pattern));
        } else {
            return Err(Problem::Usage(unknown(word)));
        }
    }
    let Some(first) = hand_in.first() else { return Ok(()) };
    let named = grading.target.named();
    if named
        .first()
        .is_some_and(|option| !["--client-file", "--server-file", "--python"].contains(&&**option))
    {
        let text = format!("{} and {}: give only one of them to be graded", first.display(), named.join(" "));
        return Err(Problem::Usage(text));
    }
    if grading.target.has_stop() {
        return Err(Problem::Usage("--stop needs a server to stop: give --target or --server".into()));
    }
    grading.target.name_hand_in(first.to_path_buf());
    if hand_in.len() > 1 {
        both_files(&hand_in, grading)?;
    }
    Ok(())
}

/// Names the files of the two sides, where each was typed.
fn both_files(paths: &[&Path], grading: &mut GradeArgs) -> Result<(), Problem> {
    let side = |path: &Path| path.file_name().and_then(|name| side_of(name, &Names::default()));
    if let [one, other] = paths
        && one.parent() == other.parent()
        && is_python(one)
        && is_python(other)
    {
        return match (side(one), side(other)) {
            (Some(own), Some(others)) if own != others => {
                for (side, path) in [(own, one), (others, other)] {
                    grading.target.name_file(side, path.file_name().unwrap_or_default().into());
                }
                Ok(())
            }
            _ => Err(Problem::Usage(
                "nothing says which file is the client and which the server: name them with --client-file and --server-file"
                    .into(),
            )),
        };
    }
    Err(Problem::Usage(
        "one hand-in is graded at a time: harness class DIR grades all that are in DIR".into(),
    ))
}

fn is_hand_in(path: &Path) -> bool {
    path.is_dir() || path.is_file() && (is_python(path) || path.file_name().is_some_and(is_archive))
}

/// The scenarios that a word means behind a --scenario.
fn pattern_behind_others(word: &Path, grading: &GradeArgs) -> Option<glob::Pattern> {
    let pattern = parse_pattern(word.to_str()?).ok()?;
    let is_known = scenario::catalogue().any(|scenario| pattern.matches(scenario.id));
    (is_known && !grading.scenario.is_empty()).then_some(pattern)
}

/// What to say of a word that is none of this: what was meant, or what can be typed.
fn unknown(word: &Path) -> String {
    let shown = word.display().to_string();
    let extension = word.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let lower = shown.to_lowercase();
    let commands: Vec<String> =
        Arguments::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    if commands.contains(&lower) {
        return format!("{lower} has to come first, as in harness {lower}");
    }
    if word.is_file() {
        let meant = match extension {
            "jsonl" | "zst" => format!("to make a report of a recording: harness render {shown}"),
            "json" => format!("to play a saved case: harness replay {shown}"),
            _ => format!("to grade a program: harness --server ./{shown}, or harness --client ./{shown}"),
        };
        return format!("{shown} is no folder, archive or file in Python; {meant}");
    }
    let is_path = shown.contains('/') || is_python(word) || word.file_name().is_some_and(is_archive);
    if scenario::find(&lower).is_some() {
        return format!("{lower} is a scenario: type harness --scenario {lower}, or harness explain {lower}");
    }
    if shown.contains("://") || lower.starts_with("localhost:") || shown.parse::<SocketAddr>().is_ok() {
        return format!("to grade a server that is running: harness --target {shown}");
    }
    if let Some(command) = nearest(&lower, commands.iter().map(String::as_str)).filter(|_| !is_path) {
        return format!("there is no {shown}: did you mean harness {command}?");
    }
    if let Some(id) = nearest_scenario(&lower).filter(|_| !is_path) {
        return format!("there is no {shown}: did you mean harness --scenario {id}?");
    }
    format!(
        "no such file or directory: {shown} (nor a command of that name). Give a hand-in's folder or archive, or see harness -h"
    )
}
