//! Smaller cases: what a failing one may be without and still fail.
//!
//! Each [class](CLASSES) of changes is tried until none of it helps: fewest clients and messages first, then fewest pieces, then
//! the shortest texts, and in the end the plainest. A change is made to actions alone, and what follows from it is made anew.

use std::mem;
use std::ops::Range;

use super::check::check;
use super::{Action, Case};
use crate::side::Side;
use crate::wire::Frame;

/// What a character that says nothing is.
const PLAIN: char = 'x';

/// A way to make a case smaller.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    /// Without these actions.
    WithoutActions(Range<usize>),
    /// Without these messages, counted through all sends.
    WithoutMessages(Range<usize>),
    /// The cuts of one action are only these.
    Cuts { action: usize, cuts: Vec<usize> },
    /// A text, counted through all messages and replies, has only its first characters.
    Chars { text: usize, chars: usize },
    /// A text is plain.
    Plain { text: usize },
}

/// Changes of one kind, of the greatest first.
type Class = fn(&Case) -> Vec<Change>;

/// The classes, in the order in which they are tried.
const CLASSES: [Class; 6] = [clients, messages, actions, cuts, lengths, plain];

/// The smallest case that `fails` is found to be true of, beginning with `case`, which fails with `side` under test. `fails` is asked
/// again and again, and may say no when its time is up.
pub(crate) fn shrink(case: Case, side: Side, mut fails: impl FnMut(&Case) -> bool) -> Case {
    let mut smallest = case;
    loop {
        let mut has_shrunk = false;
        for class in CLASSES {
            let mut next = 0;
            let mut changes = class(&smallest);
            while let Some(change) = changes.get(next) {
                match smallest.changed(change, side) {
                    Some(smaller) if smaller != smallest && fails(&smaller) => {
                        smallest = smaller;
                        has_shrunk = true;
                        changes = class(&smallest);
                    }
                    _ => next += 1,
                }
            }
        }
        if !has_shrunk {
            return smallest;
        }
    }
}

/// Without all that one client does.
fn clients(case: &Case) -> Vec<Change> {
    let is_connect = |index: &usize| case.actions[*index] == Action::Connect;
    let starts: Vec<usize> = (0..case.actions.len()).filter(is_connect).collect();
    let ends = starts.iter().skip(1).copied().chain([case.actions.len()]);
    let ranges: Vec<_> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
    ranges.into_iter().map(Change::WithoutActions).collect()
}

/// Without half of the messages, a quarter, …, one of them.
fn messages(case: &Case) -> Vec<Change> {
    let count = case.messages().count();
    let sizes = std::iter::successors(Some(count), |size| (*size > 1).then_some(size / 2));
    let ranges = sizes.filter(|size| *size > 0).flat_map(|size| {
        (0..count).step_by(size).map(move |start| Change::WithoutMessages(start..(start + size).min(count)))
    });
    ranges.collect()
}

/// Without one of the actions that nothing else waits for. What is received, and that a client leaves, stays: otherwise it would be
/// left to chance what comes before a case is over.
fn actions(case: &Case) -> Vec<Change> {
    let can_go = |index: &usize| {
        matches!(
            case.actions[*index],
            Action::Pause | Action::HalfClose | Action::SendMalformed { .. } | Action::ReceiveNothing
        )
    };
    (0..case.actions.len())
        .rev()
        .filter(can_go)
        .map(|index| Change::WithoutActions(index..index + 1))
        .collect()
}

/// With fewer cuts: none, one half, the other, without one.
fn cuts(case: &Case) -> Vec<Change> {
    let mut changes = Vec::new();
    for (action, of) in case.actions.iter().enumerate() {
        let all = of.cuts();
        if all.is_empty() {
            continue;
        }
        let (first, last) = all.split_at(all.len() / 2);
        let parts = [&[][..], first, last].map(<[usize]>::to_vec);
        let without = (0..all.len()).map(|index| [&all[..index], &all[index + 1..]].concat());
        changes.extend(parts.into_iter().chain(without).map(|cuts| Change::Cuts { action, cuts }));
    }
    changes
}

/// With a shorter text.
fn lengths(case: &Case) -> Vec<Change> {
    let removed = case.assignment.work.removed_chars();
    let mut changes = Vec::new();
    for (text, chars) in case.texts().map(|text| text.chars().count()).enumerate() {
        let steps = std::iter::successors(Some(chars / 2), |step| (*step > 1).then_some(step / 2));
        let shorter =
            [0, 1, removed, removed + 1, 2 * removed].into_iter().chain(steps.map(|step| chars - step));
        let shorter = shorter.filter(|shorter| *shorter < chars);
        changes.extend(shorter.map(|chars| Change::Chars { text, chars }));
    }
    changes
}

/// With a plain text.
fn plain(case: &Case) -> Vec<Change> {
    (0..case.texts().count()).map(|text| Change::Plain { text }).collect()
}

impl Action {
    fn cuts(&self) -> &[usize] {
        match self {
            Self::Send { cuts, .. } => cuts,
            Self::Receive { batch: Some(batch) }
            | Self::ReceiveLate { batch: Some(batch) }
            | Self::ReceiveUntilEnd { batch: Some(batch) } => &batch.cuts,
            _ => &[],
        }
    }

    fn cuts_mut(&mut self) -> Option<&mut Vec<usize>> {
        match self {
            Self::Send { cuts, .. } => Some(cuts),
            Self::Receive { batch } | Self::ReceiveLate { batch } | Self::ReceiveUntilEnd { batch } => {
                batch.as_mut().map(|batch| &mut batch.cuts)
            }
            _ => None,
        }
    }

    /// The texts of both sides.
    fn texts(&self) -> [&[String]; 2] {
        match self {
            Self::Send { messages, replies, .. } => [messages, replies],
            _ => [&[], &[]],
        }
    }

    fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let [messages, replies] = match self {
            Self::Send { messages, replies, .. } => [messages.as_mut_slice(), replies.as_mut_slice()],
            _ => [&mut [][..], &mut [][..]],
        };
        messages.iter_mut().chain(replies)
    }
}

impl Case {
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.actions.iter().flat_map(Action::texts).flatten().map(String::as_str)
    }

    /// The case with a change and what follows from it; nothing where that cannot be played.
    fn changed(&self, change: &Change, side: Side) -> Option<Self> {
        let mut case = self.clone();
        match change {
            Change::WithoutActions(range) => {
                case.actions.drain(range.clone());
            }
            Change::WithoutMessages(range) => case.remove_messages(range),
            Change::Cuts { action, cuts } => *case.actions[*action].cuts_mut()? = cuts.clone(),
            Change::Chars { text, chars } => {
                let text = case.actions.iter_mut().flat_map(Action::texts_mut).nth(*text)?;
                let end = text.char_indices().nth(*chars)?.0;
                text.truncate(end);
            }
            Change::Plain { text } => {
                let text = case.actions.iter_mut().flat_map(Action::texts_mut).nth(*text)?;
                *text = PLAIN.to_string().repeat(text.chars().count());
            }
        }
        case.settle_again(side)
    }

    fn remove_messages(&mut self, range: &Range<usize>) {
        let mut number = 0;
        for action in &mut self.actions {
            let Action::Send { messages, replies, .. } = action else { continue };
            let first = number;
            number += messages.len();
            let is_kept: Vec<bool> = (first..number).map(|number| !range.contains(&number)).collect();
            let mut keep = is_kept.iter();
            messages.retain(|_| *keep.next().unwrap_or(&true));
            let mut keep = is_kept.iter();
            replies.retain(|_| *keep.next().unwrap_or(&true));
        }
        self.actions.retain(|action| !matches!(action, Action::Send { messages, .. } if messages.is_empty()));
    }

    /// Makes anew what follows from the messages, and describes the case. Nothing where it cannot be played.
    pub(super) fn settle_again(mut self, side: Side) -> Option<Self> {
        self.drop_receives_in_vain();
        self.relate_actions();
        let inside = |case: &Self, cuts: &[usize], payloads: &[&str]| -> Vec<usize> {
            let len: usize = payloads.iter().map(|payload| Frame::len(&case.frame(*payload))).sum();
            cuts.iter().copied().filter(|cut| *cut < len).collect()
        };
        for index in 0..self.actions.len() {
            let Action::Send { messages, cuts, .. } = &self.actions[index] else { continue };
            let payloads: Vec<&str> = messages.iter().map(String::as_str).collect();
            let kept = inside(&self, cuts, &payloads);
            if let Some(cuts) = self.actions[index].cuts_mut() {
                *cuts = kept;
            }
        }
        self.batch_replies(|case, batch, replies, _| {
            batch.map(|batch| inside(case, &batch.cuts, replies)).unwrap_or_default()
        });
        check(&self).ok()?;
        self.describe(side);
        Some(self)
    }

    /// Leaves out what would wait for a reply that is not due.
    fn drop_receives_in_vain(&mut self) {
        let (mut due, mut turn) = (Vec::<usize>::new(), 0);
        let actions = mem::take(&mut self.actions);
        for action in actions {
            match &action {
                Action::Connect => {
                    turn = due.len();
                    due.push(0);
                }
                Action::SwitchClient { client } => turn = *client,
                Action::Send { messages, .. } => {
                    due.get_mut(turn).into_iter().for_each(|due| *due += messages.len());
                }
                Action::Receive { .. } => match due.get_mut(turn) {
                    Some(due @ 1..) => *due -= 1,
                    _ => continue,
                },
                _ => {}
            }
            self.actions.push(action);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::Assignment;
    use crate::scenario::Generator;

    #[test]
    fn a_case_shrinks_to_what_makes_it_fail() {
        let generator = Generator::new(Assignment::default(), Side::Server, 7);
        let has_long = |case: &Case| case.messages().any(|message| message.len() >= 300);
        let case = (0..).map(|number| generator.case(number)).find(has_long).unwrap();
        let smallest = shrink(case, Side::Server, has_long);
        assert_eq!(smallest.messages().collect::<Vec<_>>(), ["x".repeat(300)]);
        assert!(smallest.actions.iter().all(|action| action.cuts().is_empty()));
        // Nothing else is needed, but that the reply is received.
        let connects = smallest.actions.iter().filter(|action| **action == Action::Connect).count();
        assert!(connects == 1 && smallest.actions.len() <= 4, "{}", smallest.to_file());
    }

    #[test]
    fn the_cut_that_makes_a_case_fail_is_kept() {
        for side in Side::ALL {
            let generator = Generator::new(Assignment::default(), *side, 7);
            let is_cut = |case: &Case| case.actions.iter().any(|action| action.cuts().contains(&2));
            let case = (0..).map(|number| generator.case(number)).find(is_cut).unwrap();
            let smallest = shrink(case, *side, is_cut);
            let cuts: Vec<&[usize]> =
                smallest.actions.iter().map(Action::cuts).filter(|cuts| !cuts.is_empty()).collect();
            assert_eq!(cuts, [&[2][..]]);
            assert_eq!(smallest.messages().count(), 1, "{}", smallest.to_file());
        }
    }
}
