//! What an attack is made of, and what must not come of it.

use std::path::Path;

use lengthwise::side::Side;

use super::room::{Graded, Grader, Room};
use super::support::classroom::FILES;

/// A hand-in that attacks, and what it may earn all the same.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) side: Side,
    /// The file of that side. In it `NATURAL` stands for the source of a right one, `GUESSING` for a client that works its answers
    /// out from its own messages, `IDLE` for a server that does nothing, and `ROOM` for the folder of everything.
    pub(crate) source: &'static str,
    /// More files, by their paths.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// What else is done with the folder before it is handed in.
    pub(crate) prepare: fn(&Path),
    pub(crate) earns: Earns,
    /// What the terminal's report has to say.
    pub(crate) told: &'static [&'static str],
    /// Whether it could do harm, or does gain something, where nothing contains it.
    pub(crate) needs_containment: bool,
}

/// What the work in a hand-in is worth without the attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earns {
    Nothing,
    /// The work is right, and is neither paid more nor less for what is tried besides.
    Everything,
    /// There is nothing that could be graded.
    NoGrade,
}

impl Attack {
    /// A client without any work in it.
    pub(crate) const CLIENT: Self = Self {
        name: "",
        side: Side::Client,
        source: "GUESSING",
        files: &[],
        prepare: |_| {},
        earns: Earns::Nothing,
        told: &[],
        needs_containment: false,
    };

    pub(crate) const SERVER: Self = Self { side: Side::Server, source: "IDLE", ..Self::CLIENT };

    /// The file of its side.
    pub(crate) const fn file(&self) -> &'static str {
        let [server, client] = FILES;
        match self.side {
            Side::Server => server,
            Side::Client => client,
        }
    }
}

/// Plays the attack, and checks that it came to nothing.
pub(crate) fn check(attack: &Attack, grader: Grader) {
    let room = Room::new(grader, attack);
    let before = room.outside();
    let graded = room.grade(attack.side);
    let Graded { output, report, text } = &graded;
    let code = output.status.code();
    match attack.earns {
        Earns::NoGrade => assert_eq!(code, Some(3), "{graded:#?}"),
        Earns::Nothing | Earns::Everything => {
            let report = report.as_ref().unwrap_or_else(|| panic!("there is no report: {graded:#?}"));
            let verdict = report["verdict"].as_str().unwrap_or_default();
            let wanted =
                [("pass", 0), ("fail", 1), ("incomplete", 3)].into_iter().find(|(word, _)| *word == verdict);
            assert!(wanted.is_some_and(|(_, wanted)| code == Some(wanted)), "{graded:#?}");
            assert_eq!(report["format_version"], 1, "{graded:#?}");
            let max = report["max_score"].as_u64().filter(|max| *max > 0);
            let earned = if attack.earns == Earns::Everything { max } else { Some(0) };
            assert!(max.is_some() && report["score"].as_u64() == earned, "{graded:#?}");
        }
    }
    for told in attack.told {
        assert!(text.contains(told), "nothing says {told:?}:\n{text}");
    }
    assert_harmless(text);
    assert_eq!(room.outside(), before, "something outside has changed");
    room.assert_nothing_left();
}

/// What is printed moves no cursor, turns no text, and is no command to who keeps the log.
#[track_caller]
fn assert_harmless(text: &str) {
    let is_harmful = |character: char| {
        character != '\n' && character.is_control() || ('\u{202A}'..='\u{202E}').contains(&character)
    };
    assert!(!text.contains(is_harmful), "{text:?}");
    let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    assert!(!text.lines().any(is_command), "{text}");
}
