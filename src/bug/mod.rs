//! The catalogue of bugs: mistakes that implementations of this protocol are known to make.
//!
//! A [`Bug`] is a row in one of the tables under `catalogue`: what is to be changed about the right [`Program`] to make it, and
//! texts about the mistake for the person who made it. A part that cannot be exchanged yet becomes a field of [`Program`] and a
//! variant of `Change`.
//!
//! This module owns the programs and the texts. It must not open a socket, because a program runs over any stream, simulated or
//! real; and it must not judge what a program does.

mod catalogue;
mod program;

use crate::assignment::{Assignment, fill};
use crate::side::Side;

pub use catalogue::TOPICS;
pub(crate) use program::Exceptions;
use program::{Change, Parts};
pub use program::{Client, Dial, Failure, Memory, Next, Program, Server, Stream, Variant};

/// A mistake in the catalogue: what it changes about a program, and texts for the person who made it.
///
/// The texts name the figures of the assignment with placeholders, such as `{header_width}`, which [`Bug::text`] and
/// [`Bug::headings`] fill.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// What the user types to have it explained.
    pub id: &'static str,
    /// Which sides can make it.
    pub sides: &'static [Side],
    /// Whether it is a mistake where this is asked for, and could show.
    applies: fn(&Assignment) -> bool,
    /// What the program does wrong, in one sentence.
    text: &'static str,
    /// How it shows.
    shows: &'static str,
    /// Why it happens, in terms of Python's `recv`, `send` and `pack`.
    why: &'static str,
    /// How to find it in one's own code.
    find: &'static str,
    /// What to do instead, in words.
    fix: &'static str,
    /// The parts of a program that it does in another way.
    changes: &'static [Change],
    /// Whether who makes it may read by a size of their own, such as 4096, instead of the buffer size. When it shows depends on that.
    pub(crate) reads_by_any_size: bool,
}

impl PartialEq for Bug {
    /// No two have the same id.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Bug {}

impl Bug {
    /// Whether it is a mistake where `assignment` is asked for, and could show there: nobody removes a character too few where none
    /// is to be removed.
    #[must_use]
    pub fn applies(&self, assignment: &Assignment) -> bool {
        (self.applies)(assignment)
    }

    /// The program that makes this mistake and no other.
    #[must_use]
    pub fn program(&self) -> Program {
        Program::RIGHT.with(self.changes)
    }

    /// `program`, with this mistake as well.
    #[must_use]
    pub fn added_to(&self, program: Program) -> Program {
        program.with(self.changes)
    }

    /// Whether one program can make both mistakes: they are made in different parts of it, and not both in how a length is laid out,
    /// where what is wrong in both directions is a mistake of its own.
    #[must_use]
    pub fn composes_with(&self, other: &Self) -> bool {
        let overlap = Parts::of(self.changes).overlaps(Parts::of(other.changes));
        !(overlap || self.is_only_format() && other.is_only_format())
    }

    /// Whether all that is wrong with it is how a length is laid out.
    pub(crate) fn is_only_format(&self) -> bool {
        let is_format = |change: &Change| {
            matches!(change, Change::HeaderLen(_) | Change::ReadHeader(_) | Change::WriteHeader(_))
        };
        self.changes.iter().all(is_format)
    }

    /// Whether all that is wrong with it is that exceptions are not caught.
    #[must_use]
    pub fn is_only_uncaught(&self) -> bool {
        self.uncaught().is_some()
    }

    /// The exceptions that it does not catch, if that is all that is wrong with it.
    pub(crate) fn uncaught(&self) -> Option<Exceptions> {
        self.changes.iter().try_fold(Exceptions::NONE, |all, change| match change {
            Change::Uncaught(exceptions) => Some(all.union(*exceptions)),
            _ => None,
        })
    }

    /// Whether a program that makes `other` breaks wherever this breaks it: a client that declares an enormous length leaves inside
    /// of the payload.
    pub(crate) fn is_implied_by(&self, other: &Self) -> bool {
        self.uncaught() == Some(Exceptions::TOO_LONG)
            && other.uncaught().is_some_and(|uncaught| uncaught.contains(Exceptions::END_IN_PAYLOAD))
    }

    /// Whether a client that makes it may leave its connection open when it is shut down.
    pub(crate) fn leaves_open(&self) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::Closes(_)))
    }

    /// What the program does wrong, in one sentence, with the figures of `assignment`.
    #[must_use]
    pub fn text(&self, assignment: &Assignment) -> String {
        fill(self.text, assignment)
    }

    /// Everything there is to say about it, with the figures of `assignment`: each text under its heading, in the order
    /// in which they help.
    #[must_use]
    pub fn headings(&self, assignment: &Assignment) -> [(&'static str, String); 5] {
        [
            ("What it is", self.text),
            ("How it shows", self.shows),
            ("Why it happens", self.why),
            ("How to find it", self.find),
            ("What to do", self.fix),
        ]
        .map(|(heading, text)| (heading, fill(text, assignment)))
    }
}

/// The id of the bug that stands for all exceptions that a program does not catch. What it does not catch is one mistake: where
/// that shows in one form only, the bug that has just this form is more to the point.
pub const EXCEPTIONS_NOT_CAUGHT: &str = "exceptions-not-caught";

/// Those that are mistakes where `assignment` is asked for.
pub fn catalogue_for(assignment: &Assignment) -> impl Iterator<Item = &'static Bug> + use<> {
    let assignment = *assignment;
    catalogue().filter(move |bug| bug.applies(&assignment))
}

/// Every bug of every assignment, by subject.
pub fn catalogue() -> impl Iterator<Item = &'static Bug> {
    TOPICS.iter().flat_map(|(_, bugs)| *bugs)
}

/// The bug with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Bug> {
    catalogue().find(|bug| bug.id == id)
}

#[cfg(test)]
mod tests;
