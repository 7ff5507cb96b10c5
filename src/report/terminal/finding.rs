//! How a finding reads.

use std::io::{self, Write};

use super::{BAD, COLUMNS, INDENT, LABEL_WIDTH, Terminal};
use crate::bytes::{Window, last_lines, window};
use crate::event::Outcome;
use crate::verdict::{Evidence, Finding, Verdict};

impl<W: Write> Terminal<W> {
    /// What is to be told of a failure.
    pub(super) fn failure(&mut self, outcome: &Outcome) -> io::Result<()> {
        let Verdict::Fail(finding) = &outcome.verdict else { return Ok(()) };
        writeln!(self.out, "{BAD}FAIL{BAD:#}  {}  {}", outcome.casting, outcome.scenario.id)?;
        self.paragraph(outcome.scenario.title)?;
        self.paragraph(&finding.summary)?;
        match &finding.evidence {
            Evidence::Bytes { expected, received } => self.bytes(expected, received, finding)?,
            Evidence::Words { expected, received } => {
                self.labelled("expected", expected)?;
                self.labelled("received", received)?;
            }
        }
        self.labelled("ended", &finding.ended)?;
        let rule = format!("rule {}", finding.rule.number());
        self.labelled(&rule, &finding.rule.text(&self.assignment))?;
        let cause = self.causes.iter().find(|(side, _)| Some(*side) == outcome.casting.side());
        if let Some((_, cause)) = cause.cloned() {
            self.labelled("cause", &cause)?;
        }
        if let Some(output) = &outcome.output {
            self.output(output)?;
        }
        for (index, line) in command_lines(&outcome.reproduce).iter().enumerate() {
            self.line(if index == 0 { "again" } else { "" }, line)?;
        }
        writeln!(self.out)
    }

    fn bytes(&mut self, expected: &[u8], received: &[u8], finding: &Finding) -> io::Result<()> {
        let place = finding.evidence.differs_at().unwrap_or_default();
        let Window { text: expected_text, .. } = window(expected, place);
        let Window { text: received_text, column } = window(received, place);
        self.line("expected", &expected_text)?;
        self.line("received", &received_text)?;
        let remark = if received.is_empty() {
            "nothing came".to_owned()
        } else if place == received.len() {
            format!("the stream stops here, at byte {place} of {}", expected.len())
        } else if place == expected.len() {
            format!("nothing should follow byte {place}")
        } else {
            format!("byte {place} is the first wrong one")
        };
        let pointer = match INDENT.len() + LABEL_WIDTH + column + 2 + remark.len() <= COLUMNS {
            true => format!("{}^ {remark}", " ".repeat(column)),
            false => format!("{:>column$} ^", remark, column = column.saturating_sub(1)),
        };
        writeln!(self.out, "{INDENT}{:LABEL_WIDTH$}{BAD}{pointer}{BAD:#}", "")
    }

    fn output(&mut self, output: &str) -> io::Result<()> {
        self.labelled("printed", &last_lines(output).join("\n"))
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
