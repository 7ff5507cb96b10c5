use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::strategies::event;
use super::*;
use crate::assignment::{Assignment, Work};
use crate::event::{EventKind, Run, RunStarted, TargetDescription, TrialKey};
use crate::side::Casting;

proptest! {
    #[test]
    fn every_event_is_one_line_and_is_read_back_equal(event in event()) {
        let line = Writer::default().line(&event);
        let end = line.iter().position(|byte| *byte == b'\n');
        prop_assert_eq!(end, Some(line.len() - 1));
        prop_assert_eq!(super::event(&line, 1, &mut texts::Reader::default()), Ok(event));
    }

    #[test]
    fn an_event_that_is_cut_anywhere_is_known_to_be_cut(event in event(), at in any::<prop::sample::Index>()) {
        let line = Writer::default().line(&event);
        let whole = line.len() - 1;
        let cut = &line[..at.index(whole)];
        prop_assert_eq!(super::event(cut, 3, &mut texts::Reader::default()), Err(RecordingError::CutInside { line: 3 }));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Recording::open(&bytes).map(|_| ());
    }
}

fn opening(change: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
    let started = RunStarted {
        proves_silence: true,
        format_version: FORMAT_VERSION,
        harness_version: "0.1.0".into(),
        run: Run {
            target: TargetDescription::built_in(),
            assignment: Assignment::default(),
            seed: 7,
            strict: false,
            course: Box::default(),
        },
        deadline: Duration::from_secs(2),
        plan: Vec::new(),
    };
    let event = Event::new(Duration::ZERO, EventKind::RunStarted(started));
    let mut value = serde_json::to_value(event).unwrap();
    change(&mut value);
    serde_json::to_vec(&value).unwrap()
}

fn line(event: &Event) -> Vec<u8> {
    Writer::default().line(event)
}

fn error(opened: Result<(Recording, Event), RecordingError>) -> String {
    opened.unwrap_err().to_string()
}

#[test]
fn a_recording_of_another_version_says_so_whatever_else_has_changed() {
    let line = opening(|value| {
        value["format_version"] = (FORMAT_VERSION + 1).into();
        value["run"] = "something new".into();
        value["harness_version"] = "9.0.0".into();
    });
    let text = error(Recording::open(&line));
    assert!(text.contains("line 1") && text.contains("version 4") && text.contains("9.0.0"), "{text}");
}

#[test]
fn a_recording_from_before_there_was_a_choice_is_read() {
    let line = opening(|value| {
        value["format_version"] = 1.into();
        let assignment = value["run"]["assignment"].as_object_mut().unwrap();
        assignment.remove("work").unwrap();
        assignment.insert("removed_chars".into(), 3.into());
    });
    let (recording, _) = Recording::open(&line).unwrap();
    let run = &recording.record().started.run;
    assert_eq!(run.assignment, Assignment { work: Work::RemoveFront(3), ..Assignment::default() });
    assert!(run.course.is_empty());
}

#[test]
fn what_is_no_recording_is_named_with_its_line() {
    for (line, wanted) in [
        ("", "empty"),
        ("hello", "line 1: expected value"),
        ("{\"a\": 1}", "line 1: missing field `event`"),
        ("[1, 2]", "line 1: "),
        ("{\n", "or only its beginning"),
        ("{\"event\": \"run-finished\", \"format_version\": 1}", "begins with \"run-finished\""),
    ] {
        let text = error(Recording::open(line.as_bytes()));
        assert!(text.contains(wanted), "{line}: {text}");
    }
}

#[test]
fn what_does_not_follow_is_named_with_its_line_and_the_rest_stays() {
    let (mut recording, _) = Recording::open(&opening(|_| {})).unwrap();
    assert_eq!(recording.finish(), Err(RecordingError::CutAfter { line: 1 }));
    let stranger = TrialKey { scenario: "short".into(), casting: Casting::Pair };
    let started = Event::new(Duration::ZERO, EventKind::TrialStarted { key: stranger });
    let text = recording.read(&line(&started)).unwrap_err().to_string();
    assert!(text.contains("line 2") && text.contains("pair short is not what the plan"), "{text}");
    let text = recording.read(b"{\"at_ns\": 1, \"event\": \"dance\"}").unwrap_err().to_string();
    assert!(text.contains("line 2") && text.contains("dance"), "{text}");
    let finished = Event::new(Duration::from_secs(1), EventKind::RunFinished);
    recording.read(&line(&finished)).unwrap();
    assert_eq!(recording.finish(), Ok(()));
    let text = recording.read(&line(&finished)).unwrap_err().to_string();
    assert!(text.contains("line 3") && text.contains("finished already"), "{text}");
}
