//! The catalogue of bugs: mistakes that implementations of this protocol are known to make.
//!
//! A [`Bug`] is a row in one of the tables under `catalogue`: a [`Program`] that is right except for one part, and texts about
//! the mistake for the person who made it. A part that cannot be exchanged yet becomes a field of [`Program`].
//!
//! This module owns the programs and the texts. It must not open a socket, because a program runs over any stream, simulated or
//! real; and it must not judge what a program does.

mod catalogue;
#[cfg(test)]
pub(crate) mod pairs;
mod placeholders;
mod program;

use crate::assignment::Assignment;
use crate::side::Side;

pub use catalogue::SUBJECTS;
pub use program::{Client, Consulted, Dial, Failure, Memory, Next, Program, Server, Stream, Variant};

/// A mistake in the catalogue: a program that makes it, and texts for the person who made it.
///
/// The texts name the figures of the assignment with placeholders, such as `{header_width}`, which [`Bug::text`] and
/// [`Bug::headings`] fill.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// What the user types to have it explained.
    pub id: &'static str,
    /// Which sides can make it.
    pub sides: &'static [Side],
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
    /// The program that makes this mistake and no other.
    pub program: Program,
}

impl Bug {
    /// What the program does wrong, in one sentence, with the figures of `assignment`.
    #[must_use]
    pub fn text(&self, assignment: &Assignment) -> String {
        placeholders::fill(self.text, assignment)
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
        .map(|(heading, text)| (heading, placeholders::fill(text, assignment)))
    }
}

/// Every bug, by subject.
pub fn catalogue() -> impl Iterator<Item = &'static Bug> {
    SUBJECTS.iter().flat_map(|(_, bugs)| *bugs)
}

/// The bug with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Bug> {
    catalogue().find(|bug| bug.id == id)
}

#[cfg(test)]
mod tests;
