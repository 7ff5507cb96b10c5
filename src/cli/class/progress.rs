//! What is shown while a class is graded: a line that is kept up to date at a terminal, and otherwise a line now and then.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::say;
use crate::bytes::printable;
use crate::class::Progress;

/// Without a terminal there is no line more often than this: a log is read in the end.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// So many of the hand-ins are named that are being graded.
const NAMED_MAX: usize = 2;

/// Shows how far the grading of a class has come, on standard error.
pub(super) struct ProgressLine {
    bar: Option<ProgressBar>,
    is_quiet: bool,
    state: Mutex<State>,
}

struct State {
    total: usize,
    kept: usize,
    graded: usize,
    running: Vec<String>,
    said: BTreeSet<String>,
    begun: Instant,
    told: Instant,
}

impl ProgressLine {
    /// For so many hand-ins.
    pub(super) fn new(total: usize, is_quiet: bool) -> Self {
        let now = Instant::now();
        let state = State {
            total,
            kept: 0,
            graded: 0,
            running: Vec::new(),
            said: BTreeSet::new(),
            begun: now,
            told: now,
        };
        let is_shown = !is_quiet && io::stderr().is_terminal();
        let bar = is_shown.then(|| {
            let style = ProgressStyle::with_template("{bar:20} {wide_msg}");
            let style = style.expect("the template has what the crate knows");
            let target = ProgressDrawTarget::stderr();
            ProgressBar::with_draw_target(Some(total as u64), target).with_style(style)
        });
        Self { bar, is_quiet, state: Mutex::new(state) }
    }

    /// Takes note of what has happened.
    pub(super) fn tell(&self, progress: Progress<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Progress::Kept(_) => state.kept += 1,
            Progress::Started(hand_in) => state.running.push(hand_in.id.clone()),
            Progress::Finished(hand_in) => {
                state.graded += 1;
                state.running.retain(|id| *id != hand_in.id);
            }
            Progress::Said(text) => {
                // What concerns one hand-in concerns all of them.
                let new: Vec<_> = text.lines().filter(|line| state.said.insert((*line).to_owned())).collect();
                self.aside(|| new.iter().for_each(say));
            }
        }
        if let Some(bar) = &self.bar {
            bar.set_position((state.kept + state.graded) as u64);
            bar.set_message(state.text());
        } else if !self.is_quiet && state.told.elapsed() >= LINE_EVERY {
            state.told = Instant::now();
            say(&state.text());
        }
    }

    /// Leaves the line for what is shown next.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn aside(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }
}

impl State {
    /// `120 of 300 graded, 5.1 a second, 35 s left: doe_jane, roe_richard`
    fn text(&self) -> String {
        let done = self.kept + self.graded;
        let mut text = format!("{done} of {} graded", self.total);
        #[expect(clippy::cast_precision_loss, reason = "no class has so many hand-ins")]
        let [graded, left] = [self.graded, self.total.saturating_sub(done)].map(|count| count as f64);
        let rate = graded / self.begun.elapsed().as_secs_f64();
        if self.graded > 0 && rate.is_finite() {
            let left = Duration::from_secs_f64((left / rate).round());
            text += &format!(", {rate:.1} a second, {} left", humantime::format_duration(left));
        }
        if !self.running.is_empty() {
            let more = self.running.len().saturating_sub(NAMED_MAX);
            let named = self.running[..self.running.len() - more].join(", ");
            text += &format!(": {named}");
            if more > 0 {
                text += &format!(" and {more} more");
            }
        }
        printable(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_far_how_fast_and_what() {
        let begun = Instant::now() - Duration::from_secs(10);
        let mut state = State {
            total: 300,
            kept: 100,
            graded: 0,
            running: ["a", "b", "c"].map(str::to_owned).to_vec(),
            said: BTreeSet::new(),
            begun,
            told: begun,
        };
        assert_eq!(state.text(), "100 of 300 graded: a, b and 1 more");
        state.graded = 20;
        state.running.clear();
        assert_eq!(state.text(), "120 of 300 graded, 2.0 a second, 1m 30s left");
    }
}
