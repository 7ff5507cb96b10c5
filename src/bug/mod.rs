//! Mistakes that implementations of this protocol are known to make.
//!
//! A [`Bug`] is a row in one of the tables of this module: a [`Program`] that is right but for one part, and
//! what there is to say about the mistake. The program runs over any stream, a simulated one or a socket.
//! Adding a bug is adding a row; a part that cannot be exchanged yet becomes a field of [`Program`].

mod calling;
mod connection;
mod framing;
#[cfg(test)]
pub(crate) mod pairs;
mod program;
mod reading;
mod receiving;
mod serving;
mod style;
mod text;

use crate::side::Side;

pub use connection::{Failure, Memory, Stream};
pub use program::{Client, Dial, Next, Program, Server};
pub use style::{Asked, Style};

/// A mistake, as a program that makes it and as words for whoever made it.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// What the user types to have it explained.
    pub id: &'static str,
    /// Which sides can make it.
    pub sides: &'static [Side],
    /// What the program does wrong, in one sentence.
    pub text: &'static str,
    /// How it shows.
    pub shows: &'static str,
    /// Why it happens, in terms of Python's `recv`, `send` and `pack`.
    pub why: &'static str,
    /// How to find it in one's code.
    pub find: &'static str,
    /// What to do instead, in words.
    pub fix: &'static str,
    /// The program that makes this mistake and no other.
    pub program: Program,
}

impl Bug {
    /// What most rows share.
    const BASE: Self = Self {
        id: "",
        sides: EACH_SIDE,
        text: "",
        shows: "",
        why: "",
        find: "",
        fix: "",
        program: Program::RIGHT,
    };

    /// What there is to say, each under its heading, in the order in which it helps.
    #[must_use]
    pub const fn headings(&self) -> [(&'static str, &'static str); 5] {
        [
            ("What it is", self.text),
            ("How it shows", self.shows),
            ("Why it happens", self.why),
            ("How to find it", self.find),
            ("What to do", self.fix),
        ]
    }
}

const EACH_SIDE: &[Side] = &[Side::Server, Side::Client];
const SERVER: &[Side] = &[Side::Server];
const CLIENT: &[Side] = &[Side::Client];

/// What the bugs are about, each subject with its bugs.
pub const SUBJECTS: &[(&str, &[Bug])] = &[
    ("framing", framing::BUGS),
    ("reading", reading::BUGS),
    ("text", text::BUGS),
    ("serving", serving::BUGS),
    ("calling", calling::BUGS),
];

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
