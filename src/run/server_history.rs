//! What is known of a server from what was played against it, and whether it is to blame when it could not be reached.

use super::played::Played;
use super::reason::Reason;
use crate::prose;
use crate::rule::Rule;
use crate::scenario::{Case, Tier};
use crate::verdict::Verdict;

/// What is known of the server under test from what was played against it.
#[derive(Default)]
pub(super) struct ServerHistory {
    /// The last scenario in which it took a connection, and whether it passed.
    last_connected: Option<(String, bool)>,
    /// Why it cannot be played against any more.
    unreachable: Option<Reason>,
}

impl ServerHistory {
    /// Why nothing more is to be played against it, if so.
    pub(super) fn unreachable(&self) -> Option<Reason> {
        self.unreachable.clone()
    }

    /// Whether it served when it was last looked at, and did so right.
    pub(super) const fn serves(&self) -> bool {
        matches!(self.last_connected, Some((_, true)))
    }

    /// Why a server that did not take the harness's first connection is not to blame for that, if so.
    ///
    /// A server that was started for the case was there. One that was running already is wrong only where the harness
    /// knows that it was there and that nothing has gone wrong since, and only in the scenario that is about that.
    pub(super) fn excuse_unreachable(&self, case: &Case, is_fresh: bool, played: &Played) -> Option<Reason> {
        let Verdict::Fail(finding) = &played.verdict else { return None };
        if is_fresh || played.has_connected() {
            return None;
        }
        let last_connected = match &self.last_connected {
            None => None,
            Some((_, true)) if case.rule == Rule::NextClient && case.tier == Tier::Graded => return None,
            Some((last, _)) => Some(last.clone()),
        };
        Some(Reason::Unreachable { summary: prose::summary(finding, &case.assignment), last_connected })
    }

    /// Remembers what a case has shown of the server.
    pub(super) fn record(&mut self, case: &Case, played: &Played) {
        if played.has_connected() {
            self.last_connected = Some((case.id.clone(), played.verdict == Verdict::Pass));
        } else if let (None, Some(reason)) = (&self.last_connected, &played.reason) {
            self.unreachable = Some(reason.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::Assignment;
    use crate::conversation::{ConnectFailure, Entry, Transcript};
    use crate::delivery::Delivery;
    use crate::scenario;
    use crate::verdict::{ExchangeEnd, Fault, Finding, Stimulus};

    fn case(id: &str) -> Case {
        Case::new(scenario::find(id).unwrap(), &Assignment::default(), &Delivery::Whole, 7)
    }

    /// A case that was passed, or one in which the server refused the first connection.
    fn played(passed: bool) -> Played {
        let why = ConnectFailure::Refused { elsewhere: None };
        let refused = Finding {
            stimulus: Stimulus::Connect { client: 0, earlier: None },
            fault: Fault::NotConnected { why: why.clone() },
            rule: Rule::Connects,
            ended: ExchangeEnd::NotConnected,
        };
        let (verdict, entry) = match passed {
            true => (Verdict::Pass, Entry::Connected { connection: 0 }),
            false => (Verdict::Fail(Box::new(refused)), Entry::NotConnected { why }),
        };
        Played { transcript: Some(Transcript::from(vec![entry])), ..verdict.into() }
    }

    /// The verdict on a server that refuses `then`, after it has served `before`, if anything.
    fn judged_after(before: Option<&str>, then: &str, is_fresh: bool) -> (Verdict, ServerHistory) {
        let mut history = ServerHistory::default();
        if let Some(id) = before {
            history.record(&case(id), &played(true));
        }
        let mut played = played(false);
        if let Some(reason) = history.excuse_unreachable(&case(then), is_fresh, &played) {
            played.excuse(reason);
        }
        history.record(&case(then), &played);
        (played.verdict, history)
    }

    fn blocked_on(verdict: Verdict) -> String {
        let Verdict::Blocked { on } = verdict else { panic!("{verdict:?} blames the server") };
        on
    }

    #[test]
    fn a_server_that_was_started_for_the_case_is_to_blame() {
        for before in [None, Some("short")] {
            assert!(matches!(judged_after(before, "long", true).0, Verdict::Fail(_)));
        }
    }

    #[test]
    fn a_server_that_was_never_seen_may_not_be_there_and_nothing_more_is_played() {
        let (verdict, history) = judged_after(None, "short", false);
        let on = blocked_on(verdict);
        assert!(on.ends_with("was refused. Is the server running, and at this address?"), "{on}");
        assert_eq!(history.unreachable().unwrap().verdict(), Verdict::Blocked { on });
        assert!(!history.serves());
    }

    #[test]
    fn a_server_that_was_there_is_to_blame_only_in_the_scenario_about_the_next_client() {
        let (verdict, history) = judged_after(Some("short"), "client-reconnect", false);
        assert!(matches!(verdict, Verdict::Fail(_)));
        assert!(history.serves() && history.unreachable().is_none());
        let on = blocked_on(judged_after(Some("short"), "long", false).0);
        assert!(on.contains("was that of short. Start it again"), "{on}");
    }
}
