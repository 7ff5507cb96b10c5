//! What the terminal's report tells, as plain text for documents that are read elsewhere: the same lines without colours. Nothing in
//! it moves a cursor or is a command to a log, and no text is longer than anybody reads.

use std::borrow::Cow;
use std::collections::HashSet;

use strip_ansi_escapes::strip_str;

use super::Detail;
use super::terminal::{fields, finding, group};
use crate::bytes::{printable, without_command};
use crate::english::count;
use crate::prose;
use crate::record::{FailureGroup, RunRecord, TrialRecord};

/// Of a longer text the beginning and the end are shown, in characters.
const TEXT_CHARS: usize = 8_000;
/// The same, for all that explains the failures of a run.
const EXPLANATION_CHARS: usize = 40_000;
/// The same, for what stands on one line.
const LINE_CHARS: usize = 600;

/// So many reasons why something could not be decided stand above everything else: each is told with its scenario as well.
const REASONS_MAX: usize = 3;

/// All that there is to tell of a failure; nothing of any other verdict.
pub(super) fn finding(trial: &TrialRecord, record: &RunRecord) -> String {
    shown(&without_styles(&finding::finding(trial, record)), TEXT_CHARS)
}

/// What a run comes to, and what explains its failures: those that cost something first.
pub(super) fn explanation(record: &RunRecord) -> String {
    let standings = record.standings();
    let decisive: HashSet<_> =
        standings.iter().filter(|trial| trial.is_decisive).map(|trial| &trial.planned.key).collect();
    let is_decisive =
        |group: &FailureGroup<'_>| group.trials.iter().any(|trial| decisive.contains(&trial.finished.key));
    let (counting, others): (Vec<_>, Vec<_>) =
        record.failures_to_explain().into_iter().partition(is_decisive);
    let blocks = |groups: &[FailureGroup<'_>]| group::blocks(groups, record, Detail::Brief, usize::MAX);
    let paragraph = |text: &str| [fields::wrapped(text, 0), vec![String::new()]].concat();
    let mut lines = paragraph(&prose::run(record));
    lines.extend(prose::own_names(&record.started.run.course).iter().flat_map(|names| paragraph(names)));
    let reasons = prose::open_reasons(record).into_iter().take(REASONS_MAX);
    lines.extend(reasons.flat_map(&paragraph));
    lines.extend(blocks(&counting));
    lines.extend(prose::remarks(record).iter().flat_map(|remark| paragraph(remark)));
    lines.extend(prose::not_graded(record).iter().flat_map(|sentence| paragraph(sentence)));
    lines.extend(blocks(&others));
    shown(&without_styles(&lines), EXPLANATION_CHARS)
}

/// Text in lines.
pub(super) fn text(text: &str) -> String {
    shown(text, TEXT_CHARS)
}

/// Text on one line.
pub(super) fn line(text: &str) -> String {
    let text = Ends::of(text, LINE_CHARS);
    let on_one_line = |text: &str| printable(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    without_command(&text.map(on_one_line).shortened(LINE_CHARS)).into_owned()
}

/// The lines that a terminal shows. What they quote has no escape sequences any more: all that there are belong to the report.
fn without_styles(lines: &[String]) -> String {
    strip_str(lines.join("\n"))
}

fn shown(text: &str, chars_max: usize) -> String {
    let shown = Ends::of(text.trim_end(), chars_max).map(printable).shortened(chars_max);
    let lines: Vec<_> = shown.lines().map(|line| without_command(line.trim_end()).into_owned()).collect();
    lines.join("\n")
}

/// As much of the beginning and of the end of a text as can be shown: nobody looks at the rest, however long it is.
struct Ends<'t> {
    head: Cow<'t, str>,
    /// How many characters stand between.
    left_out: usize,
    /// Nothing where the head is all of it.
    tail: Cow<'t, str>,
}

impl<'t> Ends<'t> {
    /// The ends of a text of which so many characters are shown at most.
    fn of(text: &'t str, chars_max: usize) -> Self {
        let all = Self { head: text.into(), left_out: 0, tail: "".into() };
        let Some((tail, _)) = text.char_indices().nth_back(chars_max) else { return all };
        let Some((head, _)) = text.char_indices().nth(chars_max).filter(|(head, _)| *head < tail) else {
            return all;
        };
        let left_out = text[head..tail].chars().count();
        Self { head: text[..head].into(), left_out, tail: text[tail..].into() }
    }

    /// The same, with each end as it is shown.
    fn map(self, show: impl Fn(&str) -> String) -> Self {
        Self { head: show(&self.head).into(), tail: show(&self.tail).into(), ..self }
    }

    /// One text, with a mark in the place of what is left out so that no more than so many characters are shown.
    fn shortened(self, chars_max: usize) -> String {
        let Self { head, left_out, tail } = self;
        let head_chars = head.chars().count();
        let (tail, chars) = match left_out {
            0 if head_chars <= chars_max => return head.into_owned(),
            0 => (&head, head_chars),
            _ => (&tail, head_chars + left_out + tail.chars().count()),
        };
        let tail_start = tail.char_indices().nth_back(chars_max / 2 - 1).map_or(0, |(start, _)| start);
        let head_end = head.char_indices().nth(chars_max / 2).map_or(head.len(), |(end, _)| end);
        let left_out = chars - head[..head_end].chars().count() - tail[tail_start..].chars().count();
        let (head, tail) = (&head[..head_end], &tail[tail_start..]);
        format!("{head} [… {} left out …] {tail}", count(left_out, "character"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_whatever_is_in_it() {
        assert_eq!(line("\n ::error::a\r\n b\u{2028}c \u{1b}[2J\n"), r"\::error::a b c \x1B[2J");
        let long = line(&"é\n".repeat(LINE_CHARS));
        assert!(
            long.chars().count() < LINE_CHARS + 40 && long.contains("[… 599 characters left out …]"),
            "{long}"
        );
    }

    #[test]
    fn a_text_keeps_its_lines_and_loses_its_middle_where_it_is_too_long() {
        assert_eq!(text("a\n  ::b\n##[c]\t\u{202e}\n\n"), "a\n  \\::b\n#\\#[c]\\t\\xE2\\x80\\xAE");
        let long = text(&("a".repeat(TEXT_CHARS) + "z"));
        assert!(long.ends_with("az") && long.contains("a [… 1 character left out …] a"), "{long}");
    }
}
