//! What explains the failures: a block for each group of them that belong together, in the lines that there is room for.

use super::fields::{INDENT, LABEL_WIDTH, labelled, under_label, wrapped_list};
use super::{BAD, Detail, STRONG, UNDECIDED, finding};
use crate::bytes::{escaped, last_lines};
use crate::diagnosis::together;
use crate::english::count;
use crate::event::{NamedCause, Output, TrialFinished};
use crate::grade::RunVerdict;
use crate::prose;
use crate::record::{FailureGroup, RunRecord};
use crate::report::COLUMNS;
use crate::scenario::Tier;
use crate::verdict::Verdict;

/// A block of fewer lines says nothing.
const BLOCK_LINES_MIN: usize = 4;
/// A block beside the first one of its side is kept as short as this.
const OTHER_LINES: usize = 6;
/// How many of the last lines that a program printed are shown.
const PRINTED_LINES: usize = 4;
/// What it takes to say that there is more.
const MORE_LINES: usize = 2;

/// The blocks, what costs the most points on each side in the most detail, in at most `room` lines.
pub(in crate::report) fn blocks(
    groups: &[FailureGroup<'_>],
    record: &RunRecord,
    detail: Detail,
    room: usize,
) -> Vec<String> {
    let is_first = |index: usize| index == 0 || groups[index - 1].casting != groups[index].casting;
    let (first, others): (Vec<_>, Vec<_>) = (0..groups.len()).partition(|index| is_first(*index));

    let mut shown = vec![None; groups.len()];
    // One of the others is worth more than the last detail of the first.
    let mut room_left = room.saturating_sub(if others.is_empty() { 0 } else { OTHER_LINES + MORE_LINES });
    // The shortest first: what it leaves of its share is for the others.
    let mut blocks: Vec<_> =
        first.iter().map(|index| (*index, Block::new(&groups[*index], record, detail))).collect();
    blocks.sort_by_key(|(_, block)| block.len());
    let mut blocks_left = blocks.len();
    for (index, block) in blocks {
        let lines = block.fit(room_left / blocks_left);
        blocks_left -= 1;
        room_left = room_left.saturating_sub(lines.as_ref().map_or(0, Vec::len));
        shown[index] = lines;
    }
    if !others.is_empty() {
        room_left = room_left.saturating_add(OTHER_LINES);
    }
    let mut others_left = others.len();
    for index in others {
        others_left -= 1;
        // No more than there has to be, unless there is room for all.
        let share = (room_left / (others_left + 1)).max(OTHER_LINES).min(room_left);
        let room = if detail == Detail::Full { room_left } else { share };
        let Some(lines) = Block::new(&groups[index], record, detail).fit(room) else { break };
        room_left = room_left.saturating_sub(lines.len());
        shown[index] = Some(lines);
    }
    let left_out = shown.iter().filter(|lines| lines.is_none()).count();
    let mut lines = shown.into_iter().flatten().flatten().collect::<Vec<_>>();
    if left_out > 0 {
        let more = count(left_out, "more kind");
        lines.extend([format!("And {more} of failure, with -v."), String::new()]);
    }
    lines
}

/// The parts of a block, in the order in which they are shown.
struct Block {
    headline: String,
    cause: Vec<String>,
    /// Of several mistakes only what they are called, for want of room.
    cause_in_short: Vec<String>,
    course: Vec<String>,
    place: Vec<String>,
    printed: Vec<String>,
    example: Vec<String>,
    /// The same with ever fewer of its sentences: what was wrong stands in the last.
    example_in_short: Vec<Vec<String>>,
    evidence: Vec<String>,
    ended: Vec<String>,
    rule: Vec<String>,
    again: Vec<String>,
    others: Vec<String>,
}

impl Block {
    fn new(group: &FailureGroup<'_>, record: &RunRecord, detail: Detail) -> Self {
        let example = group.example();
        let Verdict::Fail(finding) = &example.finished.verdict else {
            unreachable!("a group of failures has only failures")
        };
        let assignment = &record.started.run.assignment;
        let cause = group.cause.map(|cause| labelled("cause", &cause.text));
        let cause_in_short = group.cause.map(|cause| in_short(cause, group.trials.len()));
        let texts = record.course_texts(&example.finished.key);
        let course: Vec<_> = texts.iter().flat_map(|text| labelled("course", text)).collect();
        let place = prose::place_of(group, record).map_or_else(Vec::new, |place| labelled("where", &place));
        let mut block = Self {
            headline: headline(group, record),
            cause: cause.unwrap_or_default(),
            cause_in_short: cause_in_short.unwrap_or_default(),
            course,
            printed: if place.is_empty() || example.finished.crash.is_some() {
                printed(&example.finished)
            } else {
                // Where it happens says more than what was printed there.
                Vec::new()
            },
            place,
            example: Vec::new(),
            example_in_short: Vec::new(),
            evidence: Vec::new(),
            ended: Vec::new(),
            rule: Vec::new(),
            again: Vec::new(),
            others: Vec::new(),
        };
        let key = &example.finished.key;
        if detail == Detail::Full {
            let all: Vec<_> = group.scenarios().map(str::to_owned).collect();
            block.others = under_label("in", &wrapped_list(&all, INDENT.len() + LABEL_WIDTH));
            return block;
        }
        let label = if group.trials.len() == 1 { "in" } else { "such as" };
        let shown = |summary: &str| labelled(label, &format!("{}: {summary}", key.scenario));
        let summary = prose::summary(finding, assignment);
        block.example = shown(&summary);
        block.example_in_short = sentence_starts(&summary).map(|start| shown(&summary[start..])).collect();
        block.evidence = finding::evidence(finding, assignment);
        block.ended = prose::ended_of(finding).map_or_else(Vec::new, |ended| labelled("ended", &ended));
        block.rule = labelled(&format!("rule {}", finding.rule.number()), &finding.rule.text(assignment));
        block.again = finding::again(&example.finished.reproduce);
        let others: Vec<_> = group.scenarios().filter(|id| *id != key.scenario).map(str::to_owned).collect();
        if !others.is_empty() {
            block.others = under_label("and in", &wrapped_list(&others, INDENT.len() + LABEL_WIDTH));
        }
        block
    }

    /// Its lines, without what there is no room for; nothing if that is everything.
    fn fit(mut self, room: usize) -> Option<Vec<String>> {
        if room < BLOCK_LINES_MIN {
            return None;
        }
        // What is left out first is what is missed least.
        let steps: &[fn(&mut Self)] = &[
            |block| block.rule.clear(),
            |block| shorten_list(&mut block.others, 2),
            |block| block.ended.clear(),
            |block| shorten_list(&mut block.others, 1),
            |block| block.shorten_example(3),
            |block| block.again.clear(),
            |block| block.evidence.clear(),
            |block| shorten(&mut block.printed, 1),
            |block| block.shorten_example(2),
            |block| block.shorten_example(1),
            |block| shorten(&mut block.place, 1),
            |block| block.others.clear(),
            |block| shorten(&mut block.course, 1),
            // Of several mistakes, each is to be known.
            |block| block.name_causes(),
            |block| shorten(&mut block.cause, 3),
            |block| shorten(&mut block.cause, 2),
        ];
        for step in steps {
            if self.len() <= room {
                break;
            }
            step(&mut self);
        }
        (self.len() <= room).then(|| self.lines())
    }

    /// Names the mistakes instead of telling what they are, where that is shorter.
    fn name_causes(&mut self) {
        if !self.cause_in_short.is_empty() && self.cause_in_short.len() < self.cause.len() {
            self.cause = std::mem::take(&mut self.cause_in_short);
        }
    }

    /// Leaves out what comes before what was wrong, until that fits into so many lines.
    fn shorten_example(&mut self, keep: usize) {
        while self.example.len() > keep && !self.example_in_short.is_empty() {
            self.example = self.example_in_short.remove(0);
        }
        shorten(&mut self.example, keep);
    }

    /// How many lines it takes, with the empty one at its end.
    fn len(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum::<usize>() + 2
    }

    fn parts(&self) -> [&Vec<String>; 10] {
        let Self {
            cause,
            course,
            place,
            printed,
            example,
            evidence,
            ended,
            rule,
            again,
            others,
            headline: _,
            cause_in_short: _,
            example_in_short: _,
        } = self;
        [cause, course, place, printed, example, evidence, ended, rule, again, others]
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.headline.clone()];
        lines.extend(self.parts().into_iter().flatten().cloned());
        lines.push(String::new());
        lines
    }
}

/// `FAIL  server: 12 scenarios, 8 points lost`, `HARDENING  server: 8 scenarios, no points lost`
fn headline(group: &FailureGroup<'_>, record: &RunRecord) -> String {
    let scenarios = count(group.trials.len(), "scenario");
    let cost = match group.points_lost() {
        0 if record.score.max > 0 => ", no points lost".to_owned(),
        0 => String::new(),
        points => format!(", {} lost", count(points as usize, "point")),
    };
    let casting = group.casting;
    // What costs nothing is not to look as if it did.
    let is_hardening = || group.trials.iter().all(|trial| trial.planned.tier == Tier::Hardening);
    let has_passed = record.verdict() == RunVerdict::Pass || !record.started.run.strict && is_hardening();
    let (style, word) = match group.points_lost() {
        0 if has_passed => (UNDECIDED, "HARDENING"),
        _ => (BAD, "FAIL"),
    };
    format!("{style}{word}{style:#}  {STRONG}{casting}{STRONG:#}: {scenarios}{cost}")
}

/// The mistakes by what they are called; nothing where there is only one.
fn in_short(cause: &NamedCause, failures: usize) -> Vec<String> {
    if cause.mistakes.len() < 2 {
        return Vec::new();
    }
    let names = cause.mistakes.iter().enumerate();
    let names: Vec<_> =
        names.map(|(index, mistake)| format!("({}) {}", index + 1, mistake.bugs.join(" or "))).collect();
    let together = together(names.len(), failures);
    labelled("cause", &format!("{together}: {}. See harness explain for each.", names.join(" ")))
}

/// What broke the program or, where nothing did, the last lines that were printed.
fn printed(finished: &TrialFinished) -> Vec<String> {
    match (&finished.crash, &finished.output) {
        (Some(crash), _) => {
            let (label, text) = prose::broken_by(crash);
            labelled(label, &escaped(text.as_bytes()))
        }
        (None, Some(output)) => match was_at(output) {
            Some(places) => labelled("was at", &places),
            None => last_printed(output),
        },
        (None, None) => Vec::new(),
    }
}

/// Where a hand-in was when the harness ended it, if that is known of the one side under test.
fn was_at(output: &Output) -> Option<String> {
    let [(None, text)] = prose::printed(output)[..] else { return None };
    let (_, places) = text.split_once(prose::STILL_RUNNING)?;
    let lines = last_lines(places);
    Some(lines[lines.len().saturating_sub(PRINTED_LINES)..].join("\n"))
}

/// The last lines that were printed.
fn last_printed(output: &Output) -> Vec<String> {
    let lines = prose::printed(output).into_iter().flat_map(|(side, text)| {
        let lines = last_lines(text);
        let skipped = lines.len().saturating_sub(PRINTED_LINES);
        let side = side.map(|side| format!("by the {side}:"));
        // What stands below it the program has not printed itself.
        let heading = lines[..skipped].iter().find(|line| *line == prose::STILL_RUNNING).cloned();
        side.into_iter().chain(heading).chain(lines.into_iter().skip(skipped))
    });
    labelled("printed", &lines.collect::<Vec<_>>().join("\n"))
}

/// Keeps so many lines of prose, and marks that there was more.
fn shorten(lines: &mut Vec<String>, keep: usize) {
    if lines.len() <= keep {
        return;
    }
    lines.truncate(keep);
    if let Some(last) = lines.last_mut() {
        mark(last, "…");
    }
}

/// Where the sentences of a text start, but for the first.
fn sentence_starts(text: &str) -> impl Iterator<Item = usize> {
    let ends = text.match_indices(". ").map(|(at, end)| at + end.len());
    ends.filter(|start| text[*start..].starts_with(char::is_uppercase))
}

/// Keeps so many lines of a list, and says how many items are missing.
fn shorten_list(lines: &mut Vec<String>, keep: usize) {
    if lines.len() <= keep {
        return;
    }
    let missing: usize =
        lines[keep..].iter().map(|line| line.split(',').filter(|item| !item.trim().is_empty()).count()).sum();
    lines.truncate(keep);
    if let Some(last) = lines.last_mut() {
        mark(last, &format!(" and {missing} more"));
    }
}

/// Puts a mark at the end of a line, in the place of whole words if there is no room behind them.
fn mark(line: &mut String, mark: &str) {
    let width = |line: &str| strip_ansi_escapes::strip_str(line).chars().count();
    while width(line) + mark.chars().count() > COLUMNS {
        let Some((rest, _)) = line.trim_end().rsplit_once(' ') else { break };
        line.truncate(rest.len());
    }
    let end = line.trim_end_matches(&[',', ' '][..]).len();
    line.truncate(end);
    line.push_str(mark);
}
