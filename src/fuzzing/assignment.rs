//! The file of a course, with anything in it.

use crate::course::Course;
use crate::limits::BUFFER_SIZE_MAX;
use crate::scenario::{self, Case};

/// Any text is a course or is refused with a line that there is. What a course asks for can be played, and is the same when it is
/// read again.
pub fn assignment(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Course::read(text) {
        Err(error) => {
            let error = error.to_string();
            let line = error.strip_prefix("line ").and_then(|rest| rest.split(':').next()?.parse().ok());
            // Behind the last end of a line, there is one more.
            let lines = text.matches('\n').count() + 1;
            assert!(line.is_some_and(|line: usize| (1..=lines).contains(&line)), "{error}");
        }
        Ok(course) => {
            assert_eq!(Course::read(text), Ok(course.clone()));
            let assignment = course.assignment;
            assert!((1..=BUFFER_SIZE_MAX).contains(&assignment.buffer_size), "{}", assignment.buffer_size);
            assert_eq!(Course::read_assignment(text), Ok(assignment));
            for scenario in scenario::catalogue_for(&assignment).filter(|one| one.id == "short") {
                let case = Case::new(scenario, &assignment, &scenario.deliveries[0], 7);
                assert!(case.messages().next().is_some(), "there is something to send");
            }
        }
    }
}
