//! How a failure fails: two of one kind are told once.

use std::mem::{Discriminant, discriminant};

use crate::conversation::{Answer, OperationKind};
use crate::side::Side;
use crate::verdict::{ExchangeEnd, Fault, Finding, Mismatch, WrongText};

/// What failures have in common that most likely have one reason. The rule is left out: which one is named depends on what else
/// a case is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    side: Side,
    fault: Discriminant<Fault>,
    mismatch: Option<Discriminant<Mismatch>>,
    text: Option<Discriminant<WrongText>>,
    answer: Option<(OperationKind, Discriminant<Answer>)>,
    ended: Discriminant<ExchangeEnd>,
}

impl Kind {
    /// The side that fails.
    pub(super) const fn side(&self) -> Side {
        self.side
    }

    /// Whether a smaller case that fails like this shows the same: how a wrong text relates to its message depends on the text, and
    /// of a plain one it cannot be told.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let without_text = |kind: &Self| Self { text: None, ..kind.clone() };
        without_text(self) == without_text(other)
    }

    pub(super) fn of(side: Side, finding: &Finding) -> Self {
        let (mut mismatched, mut text, mut answered) = (None, None, None);
        match &finding.fault {
            Fault::Bytes { mismatch, .. } => {
                mismatched = Some(discriminant(mismatch));
                if let Mismatch::Text { text: wrong, .. } = mismatch {
                    text = Some(discriminant(wrong));
                }
            }
            Fault::Answer { operation, answer, .. } => answered = Some((*operation, discriminant(answer))),
            _ => {}
        }
        Self {
            side,
            fault: discriminant(&finding.fault),
            mismatch: mismatched,
            text,
            answer: answered,
            ended: discriminant(&finding.ended),
        }
    }
}
