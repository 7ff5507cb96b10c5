//! `--watch`: grading again whenever a file of what is graded has changed, with what has become better and worse.

use std::collections::{BTreeMap, HashMap};
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
    // Many editors put a new file into the place of the old one, and a folder may be replaced, too: that is seen only above it.
    for place in &places {
        let above = place.parent().unwrap_or(place);
        watcher.watch(above, RecursiveMode::NonRecursive).map_err(|error| unwatchable(&error))?;
    }
    let names: Vec<_> = names.iter().map(|name| name.display().to_string()).collect();
    let mut before: Option<RunRecord> = None;
    loop {
        interruption.flag.store(false, Ordering::Relaxed);
        // It may be another folder than before, of the same name. Where there is none now, the one above tells when there is.
        for folder in places.iter().filter(|place| place.is_dir()) {
            watcher.watch(folder, RecursiveMode::Recursive).map_err(|error| unwatchable(&error))?;
        }
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
    const PASS: &str = Verdict::Pass.word();
    let trials = before.trials.iter().map(|trial| &trial.finished);
    let old: HashMap<&TrialKey, &str> = trials.map(|trial| (&trial.key, trial.verdict.word())).collect();
    let trials = now.trials.iter().map(|trial| &trial.finished);
    let mut changed: BTreeMap<(u8, String), Vec<String>> = BTreeMap::new();
    for trial in trials {
        let what = match (old.get(&trial.key), trial.verdict.word()) {
            (Some(was), is) if *was == is => continue,
            (None, _) => continue,
            (Some(_), PASS) => (0, "better".to_owned()),
            (Some(&PASS), _) => (1, "worse".to_owned()),
            (Some(_), is) => (2, format!("now {is}")),
        };
        changed.entry(what).or_default().push(trial.key.to_string());
    }
    let mut lines: Vec<_> =
        changed.into_iter().map(|((_, what), trials)| format!("{what}: {}", list(&trials))).collect();
    if lines.is_empty() {
        lines.push("no scenario has another result".into());
    }
    lines.push(match now.score == before.score {
        true => format!("score still {}", now.score),
        false => format!("score {}, was {}", now.score, before.score),
    });
    lines.join("\n")
}

fn unwatchable(error: &notify::Error) -> Problem {
    Problem::Incomplete(format!("changes cannot be watched for: {error}"))
}
