//! How a finding reads, part by part.

use super::BAD;
use super::fields::{INDENT, LABEL_WIDTH, labelled, line, paragraph, under_label};
use crate::assignment::Assignment;
use crate::bytes::{Window, first_and_last_lines};
use crate::event::Output;
use crate::prose::{self, Comparison, Evidence};
use crate::record::{RunRecord, TrialRecord};
use crate::report::COLUMNS;
use crate::verdict::{Finding, Verdict};

/// All that is to be told of a failure; nothing of any other verdict.
pub(in crate::report) fn finding(trial: &TrialRecord, record: &RunRecord) -> Vec<String> {
    let TrialRecord { planned, finished, .. } = trial;
    let Verdict::Fail(finding) = &finished.verdict else { return Vec::new() };
    let key = &finished.key;
    let assignment = &record.started.run.assignment;
    let mut lines = vec![format!("{BAD}FAIL{BAD:#}  {}  {}", key.casting, key.scenario)];
    lines.extend(paragraph(&planned.title));
    if let (Some(crash), Some(side)) = (&finished.crash, key.casting.side()) {
        lines.extend(paragraph(&prose::crash(side, crash)));
    }
    lines.extend(paragraph(&prose::summary(finding, assignment)));
    lines.extend(evidence(finding, assignment));
    lines.extend(prose::ended_of(finding).iter().flat_map(|ended| labelled("ended", ended)));
    lines.extend(labelled(&format!("rule {}", finding.rule.number()), &finding.rule.text(assignment)));
    if let Some(cause) = record.cause(key) {
        lines.extend(labelled("cause", &cause.text));
    }
    for text in record.course_texts(key) {
        lines.extend(labelled("course", text));
    }
    if let Some(place) = record.trace(key).and_then(prose::place) {
        lines.extend(labelled("where", &place));
    }
    if let Some(output) = &finished.output {
        lines.extend(printed(output));
    }
    lines.extend(again(&finished.reproduce));
    lines.push(String::new());
    lines
}

/// What had to come, and what came.
pub(super) fn evidence(finding: &Finding, assignment: &Assignment) -> Vec<String> {
    match prose::evidence(finding, assignment) {
        Evidence::Bytes(comparison) => bytes(&comparison),
        Evidence::Words { expected, received } => {
            [labelled("expected", &expected), labelled("received", &received)].concat()
        }
    }
}

fn bytes(comparison: &Comparison<'_>) -> Vec<String> {
    let place = comparison.place;
    let Window { text: expected_text, .. } = comparison.expected.window(place);
    let Window { text: received_text, column } = comparison.received.window(place);
    let caption = comparison.difference();
    let pointer = match INDENT.len() + LABEL_WIDTH + column + 2 + caption.len() <= COLUMNS {
        true => format!("{}^ {caption}", " ".repeat(column)),
        false => format!("{:>column$} ^", caption, column = column.saturating_sub(1)),
    };
    vec![
        line("expected", &expected_text),
        line("received", &received_text),
        format!("{INDENT}{:LABEL_WIDTH$}{BAD}{pointer}{BAD:#}", ""),
    ]
}

/// What the programs printed.
fn printed(output: &Output) -> Vec<String> {
    let mut lines = Vec::new();
    for (side, text) in prose::printed(output) {
        lines.extend(side.map(|side| format!("by the {side}:")));
        lines.extend(first_and_last_lines(text));
    }
    labelled("printed", &lines.join("\n"))
}

/// The command that plays it again.
pub(super) fn again(command: &str) -> Vec<String> {
    under_label("again", &command_lines(command))
}

/// A command in lines that fit behind a label. It is broken between options only and in the way of a shell, so that it
/// can be copied: a terminal that breaks a line has no regard for words.
fn command_lines(command: &str) -> Vec<String> {
    const CONTINUES: &str = " \\";
    let width = COLUMNS - INDENT.len() - LABEL_WIDTH - CONTINUES.len();
    let mut lines = vec![String::new()];
    for option in prose::options(command) {
        let line = lines.last_mut().expect("there is one from the start");
        if line.is_empty() {
            *line = option;
        } else if line.chars().count() + 1 + option.chars().count() <= width {
            *line += " ";
            *line += &option;
        } else {
            *line += CONTINUES;
            lines.push(option);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_is_broken_between_options_and_stays_the_same_command() {
        let short = "harness --target localhost:9000 --scenario short --seed 7";
        assert_eq!(command_lines(short), [short]);
        let long = "harness --server 'python3 \"my server.py\" {port}' --stop signal:INT --buffer-size 16 --sandbox \
                    --scenario delivery/header-in-two --seed 7";
        let lines = command_lines(long);
        assert_eq!(
            lines,
            [
                r#"harness --server 'python3 "my server.py" {port}' \"#,
                r"--stop signal:INT --buffer-size 16 --sandbox \",
                "--scenario delivery/header-in-two --seed 7",
            ]
        );
        let copied = lines.join("\n                ");
        assert_eq!(shell_words::split(&copied).unwrap(), shell_words::split(long).unwrap());
    }
}
