//! How a finding reads.

use std::io::{self, Write};

use super::{BAD, COLUMNS, INDENT, LABEL_WIDTH, Terminal, command_lines};
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
        let cause = self.causes.iter().find(|(side, _)| *side == outcome.casting);
        if let Some((_, cause)) = cause.cloned() {
            self.labelled("cause", &cause)?;
        }
        if let Some(output) = &outcome.output {
            self.output(output)?;
        }
        for (index, line) in command_lines(&outcome.again).iter().enumerate() {
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
