//! What came of a case, once it is known what else is known: whether it could be played at all, and whether a server
//! that was not there is to blame for that.

use std::time::Duration;

use super::reason::Reason;
use crate::assignment::Assignment;
use crate::conversation::{Answer, Transcript};
use crate::delivery::Boundary;
use crate::diagnosis::{Exception, OWN_SIGNALS};
use crate::event::{Crash, Output, SocketCall};
use crate::prose;
use crate::rule::Rule;
use crate::scenario::{Case, Tier};
use crate::target::{Remains, StartError};
use crate::verdict::{Fault, Note, Verdict};

/// What came of one case.
pub(super) struct Played {
    pub(super) verdict: Verdict,
    /// Why it has neither passed nor failed, where that is for the run to say.
    pub(super) reason: Option<Reason>,
    /// What happened, if anything was played.
    pub(super) transcript: Option<Transcript>,
    pub(super) output: Option<Output>,
    /// The signal that ended the one side under test, if one did.
    pub(super) signal: Option<i32>,
    /// The calls that it has made of its sockets, if they were noted.
    pub(super) calls: Vec<SocketCall>,
    /// How long the playing took, without what was done to get ready for it.
    pub(super) elapsed: Duration,
    pub(super) boundary: Option<Boundary>,
    pub(super) notes: Vec<Note>,
}

impl From<Verdict> for Played {
    /// Nothing was played.
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            reason: None,
            transcript: None,
            output: None,
            signal: None,
            calls: Vec::new(),
            elapsed: Duration::ZERO,
            boundary: None,
            notes: Vec::new(),
        }
    }
}

impl From<Reason> for Played {
    /// Nothing was played.
    fn from(reason: Reason) -> Self {
        Self { reason: Some(reason.clone()), ..reason.verdict().into() }
    }
}

impl Played {
    /// The one side under test could not be started.
    pub(super) fn not_started(why: StartError, assignment: &Assignment) -> Self {
        let (played, printed) = Self::not_started_apart(why, assignment);
        played.with_output(Output::of_side(printed))
    }

    /// A side could not be started, and printed this.
    pub(super) fn not_started_apart(why: StartError, assignment: &Assignment) -> (Self, Option<String>) {
        match why {
            StartError::Blocked(why) => (Reason::NotStarted(why).into(), None),
            StartError::AtFault { finding, output, refused: None } => (Verdict::Fail(finding).into(), output),
            StartError::AtFault { finding, output, refused: Some(refused) } => {
                let why = format!("{refused} {}", prose::summary(&finding, assignment));
                (Verdict::Inconclusive { why }.into(), output)
            }
        }
    }

    /// Whether a connection was made, where that can be seen.
    fn has_connected(&self) -> bool {
        self.transcript.as_ref().is_some_and(|transcript| !transcript.never_connected())
    }

    /// Keeps what is left of the one side under test.
    pub(super) fn keep_remains(&mut self, remains: Remains, assignment: &Assignment) {
        self.excuse_for_confinement(&remains, assignment);
        self.output = Output::of_side(remains.printed);
        self.signal = remains.signal;
        self.calls = remains.calls;
    }

    /// What broke the program of the one side under test, as far as it shows. What a client has given back as its answer is told
    /// with the answer.
    pub(super) fn crash(&self) -> Option<Crash> {
        let Verdict::Fail(finding) = &self.verdict else { return None };
        if matches!(finding.fault, Fault::HandIn { .. } | Fault::Answer { answer: Answer::Error(_), .. }) {
            return None;
        }
        let printed = match &self.output {
            Some(Output::Side(printed)) => printed.as_str(),
            Some(Output::Pair { .. }) => return None,
            None => "",
        };
        if let Some((_, name)) = OWN_SIGNALS.iter().find(|(number, _)| self.signal == Some(*number)) {
            let assertion = printed.lines().rfind(|line| line.contains(": Assertion `"));
            let assertion = assertion.map(|line| line.trim_end_matches('.').to_owned());
            return Some(Crash::Signal { name: (*name).to_owned(), assertion });
        }
        let Exception { error, place } = Exception::last_in(printed)?;
        Some(Crash::Exception { error, place })
    }

    /// Takes the blame from a program that needed more than the harness allows, or was refused a file.
    pub(super) fn excuse_for_confinement(&mut self, remains: &Remains, assignment: &Assignment) {
        let Verdict::Fail(finding) = &self.verdict else { return };
        let reached =
            remains.reached.filter(|reached| reached.is_excuse()).map(|reached| reached.to_string());
        let said: Vec<_> = finding.said().collect();
        let refused = || remains.refused(&said.join("\n")).map(|refused| refused.to_string());
        if let Some(excuse) = reached.or_else(refused) {
            let why = format!("{excuse} {}", prose::summary(finding, assignment));
            self.verdict = Verdict::Inconclusive { why };
        }
    }

    /// It has neither passed nor failed after all, for this reason.
    pub(super) fn excuse(&mut self, reason: Reason) {
        self.verdict = reason.verdict();
        self.reason = Some(reason);
    }

    /// The same, with what was printed.
    pub(super) fn with_output(self, output: Option<Output>) -> Self {
        Self { output, ..self }
    }
}

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
    use crate::conversation::{ConnectFailure, Entry};
    use crate::delivery::Delivery;
    use crate::scenario;
    use crate::verdict::{ExchangeEnd, Finding, Stimulus};

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
    fn classified(before: Option<&str>, then: &str, is_fresh: bool) -> (Verdict, ServerHistory) {
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
            assert!(matches!(classified(before, "long", true).0, Verdict::Fail(_)));
        }
    }

    #[test]
    fn a_server_that_was_never_seen_may_not_be_there_and_nothing_more_is_played() {
        let (verdict, history) = classified(None, "short", false);
        let on = blocked_on(verdict);
        assert!(on.ends_with("was refused. Is the server running, and at this address?"), "{on}");
        assert_eq!(history.unreachable().unwrap().verdict(), Verdict::Blocked { on });
        assert!(!history.serves());
    }

    #[test]
    fn a_server_that_was_there_is_to_blame_only_in_the_scenario_about_the_next_client() {
        let (verdict, history) = classified(Some("short"), "client-reconnect", false);
        assert!(matches!(verdict, Verdict::Fail(_)));
        assert!(history.serves() && history.unreachable().is_none());
        let on = blocked_on(classified(Some("short"), "long", false).0);
        assert!(on.contains("was that of short. Start it again"), "{on}");
    }
}
