//! `--watch`: grading again whenever a file of what is graded has changed, with what has become better and worse.

use std::collections::HashMap;
use std::path::{Path, PathBuf, absolute};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use notify::{Event, EventKind, RecursiveMode, Watcher};

use super::arguments::GradeArgs;
use super::grade::play;
use super::interruption::Interruption;
use super::{INCOMPLETE, Problem, say};
use crate::english::list;
use crate::event::TrialKey;
use crate::record::RunRecord;
use crate::run::new_seed;
use crate::target::hand_in_folder::GENERATED;
use crate::verdict::Verdict;

/// An editor writes a file in several steps: this long after the last of them it has ended.
const QUIET: Duration = Duration::from_millis(200);

/// Grades what the arguments name again and again, until a signal comes.
pub(super) fn watch(grading: &mut GradeArgs) -> Result<u8, Problem> {
    // Events tell absolute paths, and a person is told what was typed.
    let names = places(grading)?;
    let places: Vec<PathBuf> = names.iter().map(absolute).collect::<Result<_, _>>()?;
    // With other messages each time, what has changed would not be the hand-in's doing alone.
    grading.seed.get_or_insert_with(new_seed);
    let reports: Vec<PathBuf> = grading.reports().into_iter().filter_map(|report| report.path).collect();
    let interruption = Interruption::watch(false)?;
    let (changed, changes) = mpsc::channel();
    let watched = places.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| concerns(&event, &watched, &reports)) {
            // Nobody waits any more once the run is over.
            let _ = changed.send(());
        }
    })
    .map_err(|error| unwatchable(&error))?;
    for place in &places {
        // Many editors put a new file into the place of the old one, which is seen only in the folder.
        let (place, mode) = match place.parent() {
            Some(folder) if !place.is_dir() => (folder, RecursiveMode::NonRecursive),
            _ => (&**place, RecursiveMode::Recursive),
        };
        watcher.watch(place, mode).map_err(|error| unwatchable(&error))?;
    }
    let names: Vec<_> = names.iter().map(|name| name.display().to_string()).collect();
    let mut before: Option<RunRecord> = None;
    loop {
        interruption.flag.store(false, Ordering::Relaxed);
        match play(grading, &interruption) {
            Ok(record) => {
                if let Some(before) = &before {
                    say(&difference(before, &record));
                }
                before = Some(record);
            }
            Err(problem) => say(&problem),
        }
        if !interruption.has_come() {
            say(&format_args!("watching {}; press Ctrl-C to stop", list(&names)));
        }
        if let Err(code) = wait(&changes, &interruption) {
            return Ok(code);
        }
    }
}

/// Waits for a change, and until nothing more changes; or tells what to exit with.
fn wait(changes: &Receiver<()>, interruption: &Interruption) -> Result<(), u8> {
    let mut has_changed = false;
    loop {
        let change = changes.recv_timeout(QUIET);
        if interruption.has_come() {
            return Err(interruption.exit_code().unwrap_or(INCOMPLETE));
        }
        match change {
            Ok(()) => has_changed = true,
            Err(RecvTimeoutError::Timeout) if has_changed => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(INCOMPLETE),
        }
    }
}

/// What has to be watched: the folder of a hand-in, or the files that the commands name.
fn places(grading: &GradeArgs) -> Result<Vec<PathBuf>, Problem> {
    if let Some(hand_in) = grading.target.hand_in() {
        return Ok(vec![hand_in.to_owned()]);
    }
    let words: Vec<String> = grading.target.commands().flat_map(|command| command.words()).cloned().collect();
    let files: Vec<_> = words.into_iter().map(PathBuf::from).filter(|path| path.is_file()).collect();
    match files.is_empty() {
        true => Err(Problem::Usage(
            "--watch needs something that can change: give a hand-in, or a --server or --client whose command names a file"
                .into(),
        )),
        false => Ok(files),
    }
}

/// Whether an event may be a change of what is graded, in one of the `watched` places: it is not what the harness or a tool has
/// written beside it.
fn concerns(event: &Event, watched: &[PathBuf], reports: &[PathBuf]) -> bool {
    let is_watched = |path: &Path| watched.iter().any(|place| path.starts_with(place));
    let is_change = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
    let is_report = |path: &Path| reports.iter().any(|report| report.file_name() == path.file_name());
    let is_generated = |path: &Path| {
        path.iter().any(|name| GENERATED.iter().any(|generated| name == *generated))
            || path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    is_change && event.paths.iter().any(|path| is_watched(path) && !is_report(path) && !is_generated(path))
}

/// What has become better, what worse, and the scores.
fn difference(before: &RunRecord, now: &RunRecord) -> String {
    let passed = |record: &RunRecord| -> HashMap<TrialKey, bool> {
        let trials = record.trials.iter();
        trials.map(|trial| (trial.finished.key.clone(), trial.finished.verdict == Verdict::Pass)).collect()
    };
    let old = passed(before);
    let changed_to = |is_pass: bool| -> Vec<String> {
        let trials = now.trials.iter().map(|trial| &trial.finished);
        let changed = trials.filter(|trial| {
            (trial.verdict == Verdict::Pass) == is_pass
                && old.get(&trial.key).is_some_and(|was| *was != is_pass)
        });
        changed.map(|trial| trial.key.to_string()).collect()
    };
    let (better, worse) = (changed_to(true), changed_to(false));
    let mut lines = Vec::new();
    for (word, trials) in [("better", better), ("worse", worse)] {
        if !trials.is_empty() {
            lines.push(format!("{word}: {}", list(&trials)));
        }
    }
    if lines.is_empty() {
        lines.push("the same as before".into());
    }
    lines.push(format!("score {}, was {}", now.score, before.score));
    lines.join("\n")
}

fn unwatchable(error: &notify::Error) -> Problem {
    Problem::Incomplete(format!("changes cannot be watched for: {error}"))
}
