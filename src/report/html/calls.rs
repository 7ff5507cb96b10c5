//! What a program did with its sockets, call by call, in the lines of its own files.

use maud::{Markup, html};

use super::document::short;
use crate::english::count;
use crate::event::Trace;
use crate::prose;
use crate::record::{RunRecord, TrialRecord};

/// So many calls are shown: those up to the one that shows what went wrong, and one after it.
const CALLS_MAX: usize = 10;
const AFTER_CULPRIT: usize = 2;

pub(super) fn calls(trial: &TrialRecord, record: &RunRecord) -> Markup {
    let Some(trace) = record.trace(&trial.finished.key) else { return html! {} };
    let shown = shown(trace);
    let (before, after) = (shown.start, trace.calls.len() - shown.end);
    let culprit = trace.culprit.map(|culprit| culprit.call);
    html! {
        table.calls {
            caption { "Your program's socket calls, in a second, traced run" }
            thead { tr { th scope="col" { "line" } th scope="col" { "call" } th scope="col" { "result" } } }
            tbody {
                @if before > 0 { tr { td colspan="3" { "… " (count(before, "call")) " before" } } }
                @for (index, call) in trace.calls[shown.clone()].iter().enumerate() {
                    @let is_culprit = culprit == Some(shown.start + index);
                    tr.culprit[is_culprit] {
                        td { @if is_culprit { span.mark title="the call that shows it" { "▶ " } } (short(&call.file)) ":" (call.line) }
                        td { code { (short(&prose::call(call))) } }
                        td { (short(&prose::call_outcome(call))) }
                    }
                }
                @if after > 0 { tr { td colspan="3" { "… " (count(after, "call")) " after" } } }
            }
        }
    }
}

/// The calls that are shown: those around the one that shows what went wrong, or else the last.
fn shown(trace: &Trace) -> std::ops::Range<usize> {
    let len = trace.calls.len();
    let end = trace.culprit.map_or(len, |culprit| (culprit.call + 1 + AFTER_CULPRIT).min(len));
    end.saturating_sub(CALLS_MAX)..end
}
