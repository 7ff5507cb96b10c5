//! A saved case, as a person has left it.

use crate::Assignment;
use crate::scenario::Case;
use crate::side::Casting;

/// Any text is a case or is refused with a line that there is. A case that is read can be played by somebody, and is the same when it
/// is written and read again.
pub fn case(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let case = match Case::from_file(text, &Assignment::default()) {
        Ok(case) => case,
        Err(error) => {
            let error = error.to_string();
            let line = error.strip_prefix("line ").and_then(|rest| rest.split(':').next()?.parse().ok());
            // Behind the last end of a line, there is one more.
            let lines = text.matches('\n').count() + 1;
            return assert!(line.is_some_and(|line: usize| (1..=lines).contains(&line)), "{error}");
        }
    };
    assert!(Casting::ALL.iter().any(|casting| case.suits(*casting)), "nobody can play it");
    let written = case.to_file();
    match Case::from_file(&written, &Assignment::default()) {
        Ok(again) => assert_eq!(again, case, "{written}"),
        Err(error) => panic!("{error}\n{written}"),
    }
}
