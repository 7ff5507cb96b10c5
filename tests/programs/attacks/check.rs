//! That an attack comes to nothing.

use super::attack::{Attack, Earns};
use super::room::{Graded, Grader, Room};

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
