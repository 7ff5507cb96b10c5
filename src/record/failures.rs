//! The failures of a run, by what they have in common.
//!
//! A person who reads of sixty failures wants to know of the two mistakes behind them. Failures that a cause explains belong
//! together; where no cause is known, those that look alike do: the same exception at the same line, or the same fault that
//! ended in the same way.

use std::mem::{Discriminant, discriminant};

use super::{RunRecord, TrialRecord};
use crate::conversation::{Answer, ConnectFailure, OperationKind};
use crate::event::{Crash, Exception, NamedCause};
use crate::side::Casting;
use crate::verdict::{ExchangeEnd, Fault, Finding, HandInFault, Mismatch, Verdict, WrongText};

/// Failures in one casting that have one explanation, or that look alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureGroup<'a> {
    /// The side under test.
    pub casting: Casting,
    /// What explains them, where that is known.
    pub cause: Option<&'a NamedCause>,
    /// The trials, in the order of the plan. There is at least one.
    pub trials: Vec<&'a TrialRecord>,
}

impl<'a> FailureGroup<'a> {
    /// The points that they cost.
    #[must_use]
    pub fn points_lost(&self) -> u32 {
        let lost = self.trials.iter().map(|trial| trial.score.max - trial.score.reached);
        lost.fold(0, u32::saturating_add)
    }

    /// The one that shows best what goes wrong: of those that cost points, or else of all, one in which what came can be laid beside
    /// what was due, and where no reset has overtaken what came before it; of several the shortest, and of those the one in which the
    /// least was sent.
    #[must_use]
    pub fn example(&self) -> &'a TrialRecord {
        let key = |trial: &&&TrialRecord| {
            let costs_nothing = trial.score.max == trial.score.reached;
            let (is_comparison, is_reset) = comparison(trial);
            (costs_nothing, !is_comparison, is_reset, happenings(trial), bytes_sent(trial))
        };
        self.trials.iter().min_by_key(key).expect("a group has a trial")
    }

    /// The ids of the scenarios, in the order of the plan.
    pub fn scenarios(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.trials.iter().map(|trial| trial.finished.key.scenario.as_str())
    }
}

impl RunRecord {
    /// The failures so far, by what they have in common: one casting after the other, and of each what costs the most points
    /// first, then what shows in the most scenarios.
    #[must_use]
    pub fn failures(&self) -> Vec<FailureGroup<'_>> {
        let mut groups: Vec<(FailureGroup<'_>, Option<FailureSignature<'_>>)> = Vec::new();
        for trial in &self.trials {
            let Verdict::Fail(finding) = &trial.finished.verdict else { continue };
            let casting = trial.finished.key.casting;
            let cause = self.cause(&trial.finished.key);
            let signature =
                cause.is_none().then(|| FailureSignature::of(finding, trial.finished.crash.as_ref()));
            let known = groups.iter_mut().find(|(group, other)| {
                (group.casting, group.cause, other.as_ref()) == (casting, cause, signature.as_ref())
            });
            match known {
                Some((group, _)) => group.trials.push(trial),
                None => groups.push((FailureGroup { casting, cause, trials: vec![trial] }, signature)),
            }
        }
        let mut groups: Vec<_> = groups.into_iter().map(|(group, _)| group).collect();
        let place = |casting| Casting::ALL.iter().position(|other| *other == casting);
        groups.sort_by_key(|group| {
            (place(group.casting), u32::MAX - group.points_lost(), usize::MAX - group.trials.len())
        });
        groups
    }
}

impl RunRecord {
    /// The failures that a reader wants explained. What a side gets wrong shows in the pair as well, and is explained there.
    #[must_use]
    pub fn failures_to_explain(&self) -> Vec<FailureGroup<'_>> {
        let mut groups = self.failures();
        let is_of_side = |group: &FailureGroup<'_>| group.casting != Casting::Pair;
        if groups.iter().any(is_of_side) {
            groups.retain(is_of_side);
        }
        groups
    }

    /// The same, what costs the most points first, whatever the side: a student has one score.
    #[must_use]
    pub fn failures_by_cost(&self) -> Vec<FailureGroup<'_>> {
        let mut groups = self.failures_to_explain();
        groups.sort_by_key(|group| u32::MAX - group.points_lost());
        groups
    }
}

/// Whether the bytes or the answer that came were not those that were due, and whether the exchange ended with a reset.
fn comparison(trial: &TrialRecord) -> (bool, bool) {
    let Verdict::Fail(finding) = &trial.finished.verdict else { return (false, false) };
    let is_comparison = matches!(finding.fault, Fault::Bytes { .. } | Fault::Answer { .. });
    (is_comparison, finding.ended == ExchangeEnd::Reset)
}

/// How much happened. Where nothing was played, nothing.
fn happenings(trial: &TrialRecord) -> usize {
    trial.finished.deliveries.last().map_or(0, |played| played.transcript.entries.len())
}

/// How much the harness sent, in bytes. Where nothing was played, nothing.
fn bytes_sent(trial: &TrialRecord) -> usize {
    trial.finished.deliveries.last().map_or(0, |played| played.case.sent_len())
}

/// What failures that look alike have in common for a reader: what the program raised or died of before anything else, and
/// never the rule. The groups of which one failure each is played again, for a trace, are others: those are by rule, fault and end.
#[derive(Debug, PartialEq, Eq)]
enum FailureSignature<'a> {
    /// The hand-in could not be played with. An address or a process number in the details makes no difference.
    HandIn(Discriminant<HandInFault>, Option<&'a str>),
    /// The program raised this exception, at this place.
    Raised(Exception),
    /// A signal that it brought upon itself has ended it.
    Killed(&'a str),
    /// The server had ended, or was about to: whether the next client finds that out when it connects or afterwards is left to chance.
    NotListening,
    /// The same fault, with the same end.
    Fault(Discriminant<Fault>, Option<Shape>, Discriminant<ExchangeEnd>),
}

/// In which way bytes or an answer were wrong, without the figures.
#[derive(Debug, PartialEq, Eq)]
enum Shape {
    Bytes(Discriminant<Mismatch>, Option<WrongText>),
    Answer(OperationKind, Discriminant<Answer>),
}

impl<'a> FailureSignature<'a> {
    fn of(finding: &'a Finding, crash: Option<&'a Crash>) -> Self {
        if let Fault::HandIn { why } = &finding.fault {
            let text = match why {
                HandInFault::NotLoaded { why, .. } => Some(why.as_str()),
                _ => None,
            };
            return Self::HandIn(discriminant(why), text);
        }
        if let Some(exception) = exception(finding, crash) {
            return Self::Raised(exception.without_text());
        }
        if let Some(Crash::Signal { name, .. }) = crash {
            return Self::Killed(name);
        }
        let shape = match &finding.fault {
            Fault::NotConnected { why: ConnectFailure::Refused { elsewhere: None } }
            | Fault::NotAccepted { silence: None } => return Self::NotListening,
            Fault::Bytes { mismatch, .. } => {
                let text = match mismatch {
                    Mismatch::Text { text, .. } => Some(*text),
                    _ => None,
                };
                Some(Shape::Bytes(discriminant(mismatch), text))
            }
            Fault::Answer { operation, answer, .. } => Some(Shape::Answer(*operation, discriminant(answer))),
            _ => None,
        };
        Self::Fault(discriminant(&finding.fault), shape, discriminant(&finding.ended))
    }
}

/// The exception that a program under test ended with, or that an operation of it raised.
fn exception(finding: &Finding, crash: Option<&Crash>) -> Option<Exception> {
    if let Fault::Answer { answer: Answer::Error(text), .. } = &finding.fault {
        return Some(Exception::in_answer(text));
    }
    match crash? {
        Crash::Exception(exception) => Some(exception.clone()),
        Crash::Signal { .. } => None,
    }
}
