//! How a finding reads.

use std::io::{self, Write};

use super::{BAD, INDENT, LABEL_WIDTH, Terminal};
use crate::bytes::{Window, common_len, first_and_last_lines, window};
use crate::event::Output;
use crate::prose::{self, Evidence};
use crate::record::{RunRecord, TrialRecord};
use crate::report::COLUMNS;
use crate::verdict::Verdict;

impl<W: Write> Terminal<W> {
    /// What is to be told of a failure.
    pub(super) fn failure(&mut self, trial: &TrialRecord, record: &RunRecord) -> io::Result<()> {
        let TrialRecord { planned, finished, .. } = trial;
        let Verdict::Fail(finding) = &finished.verdict else { return Ok(()) };
        let key = &finished.key;
        writeln!(self.out, "{BAD}FAIL{BAD:#}  {}  {}", key.casting, key.scenario)?;
        self.paragraph(&planned.title)?;
        if let (Some(crash), Some(side)) = (&finished.crash, key.casting.side()) {
            self.paragraph(&prose::crash(side, crash))?;
        }
        self.paragraph(&prose::summary(finding, &record.started.run.assignment))?;
        match prose::evidence(finding) {
            Evidence::Bytes { expected, received } => self.bytes(expected, received)?,
            Evidence::Words { expected, received } => {
                self.labelled("expected", &expected)?;
                self.labelled("received", &received)?;
            }
        }
        self.labelled("ended", &prose::ended(finding.ended))?;
        let rule = format!("rule {}", finding.rule.number());
        self.labelled(&rule, &finding.rule.text(&record.started.run.assignment))?;
        if let Some(cause) = record.cause(key) {
            self.labelled("cause", &cause.text)?;
        }
        if let Some(place) = record.trace(key).and_then(prose::place) {
            self.labelled("where", &place)?;
        }
        if let Some(output) = &finished.output {
            self.output(output)?;
        }
        for (index, line) in command_lines(&finished.reproduce).iter().enumerate() {
            self.line(if index == 0 { "again" } else { "" }, line)?;
        }
        writeln!(self.out)
    }

    fn bytes(&mut self, expected: &[u8], received: &[u8]) -> io::Result<()> {
        let place = common_len(expected, received);
        let Window { text: expected_text, .. } = window(expected, place);
        let Window { text: received_text, column } = window(received, place);
        self.line("expected", &expected_text)?;
        self.line("received", &received_text)?;
        let caption = prose::difference(expected, received, place);
        let pointer = match INDENT.len() + LABEL_WIDTH + column + 2 + caption.len() <= COLUMNS {
            true => format!("{}^ {caption}", " ".repeat(column)),
            false => format!("{:>column$} ^", caption, column = column.saturating_sub(1)),
        };
        writeln!(self.out, "{INDENT}{:LABEL_WIDTH$}{BAD}{pointer}{BAD:#}", "")
    }

    fn output(&mut self, output: &Output) -> io::Result<()> {
        let mut lines = Vec::new();
        for (side, text) in prose::printed(output) {
            lines.extend(side.map(|side| format!("by the {side}:")));
            lines.extend(first_and_last_lines(text));
        }
        self.labelled("printed", &lines.join("\n"))
    }
}

/// A command in lines that fit behind a label. It is broken between options only and in the way of a shell, so that it
/// can be copied: a terminal that breaks a line has no regard for words.
fn command_lines(command: &str) -> Vec<String> {
    const CONTINUES: &str = " \\";
    let width = COLUMNS - INDENT.len() - LABEL_WIDTH - CONTINUES.len();
    let Ok(words) = shell_words::split(command) else { return vec![command.to_owned()] };
    let mut lines = vec![String::new()];
    for option in words.chunk_by(|_, next| !next.starts_with("--")) {
        let option = shell_words::join(option);
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
