//! What a hand-in is made of, and what has to come of it.

use std::fs;
use std::path::{Path, PathBuf};

use lengthwise::side::{Casting, Side};

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::scenarios::{NOTHING, Scenarios};

/// The file of each side, and the option that names a file elsewhere.
pub(crate) const FILES: [(&str, &str); 2] =
    [("buffered_server.py", "--server-file"), ("buffered_client.py", "--client-file")];

/// The old texts and the new ones, in the order in which they are replaced.
pub(crate) type Changes = &'static [(&'static str, &'static str)];

/// The graded scenarios that a hand-in must not pass, in each casting. All others it must.
pub(crate) struct Fails {
    pub(crate) server: Scenarios,
    pub(crate) client: Scenarios,
    pub(crate) pair: Scenarios,
}

impl Fails {
    pub(crate) const NOTHING: Self = Self { server: NOTHING, client: NOTHING, pair: NOTHING };

    pub(crate) fn as_cast(&self, casting: Casting) -> Scenarios {
        match casting {
            Casting::Of(Side::Server) => self.server,
            Casting::Of(Side::Client) => self.client,
            Casting::Pair => self.pair,
        }
    }
}

/// A hand-in, and everything that is expected of it.
pub(crate) struct HandIn {
    pub(crate) name: &'static str,
    /// The changes that make the natural hand-in's server wrong. There are none for a hand-in that is files.
    pub(crate) server: Changes,
    /// The same for its client.
    pub(crate) client: Changes,
    pub(crate) fails: Fails,
    /// The scenarios in which timing decides whether the fault shows: whether a server still serves when its parent is missed.
    pub(crate) may_fail: &'static [(Casting, &'static str)],
    /// The only bug that the harness may name, and has to. A mistake that is not in its catalogue has no cause.
    ///
    /// The hand-ins were written independently of the harness's own programs with these bugs.
    pub(crate) cause: Option<&'static str>,
    /// Other mistakes that may be named beside it: it has them, and they show only together with the other one, or in a scenario
    /// that carries no points.
    pub(crate) besides: &'static [&'static str],
    /// The cause in a run of all scenarios on one side. Most hand-ins have none, because such a run also shows that they
    /// do not handle errors, or that they take an empty payload for the end of the connection.
    pub(crate) cause_in_whole_run: Option<(Side, &'static str)>,
    /// How long each side may be silent. A program that computes is waited for for twice as long in every scenario in which it
    /// does, and it shows soon that it does.
    pub(crate) deadline: &'static str,
    /// What the findings have to say, in their summary or in their evidence.
    pub(crate) told: &'static [&'static str],
}

impl HandIn {
    /// A right one: it passes everything.
    pub(crate) const BASE: Self = Self {
        name: "",
        server: &[],
        client: &[],
        fails: Fails::NOTHING,
        may_fail: &[],
        cause: None,
        // The natural server does not catch the exception of a payload that is not text.
        besides: &["dies-of-no-text"],
        cause_in_whole_run: None,
        deadline: "3s",
        told: &[],
    };

    /// Writes both programs into a new folder of its name, which it returns.
    pub(crate) fn write_below(&self, parent: &Path) -> PathBuf {
        let folder = parent.join(self.name);
        fs::create_dir_all(&folder).unwrap();
        for ((file, _), changes) in FILES.iter().zip([self.server, self.client]) {
            let natural = fs::read_to_string(natural().join(file)).unwrap();
            fs::write(folder.join(file), change(&natural, changes)).unwrap();
        }
        folder
    }
}

/// The right hand-in that the wrong ones are changes of.
pub(crate) fn natural() -> PathBuf {
    fixture("handins/right/natural")
}
