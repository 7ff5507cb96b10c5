//! A recording of a run, with anything in its lines.

use crate::record::RunRecord;
use crate::record::recording::{Recording, Writer};

/// Any bytes are read up to a line that is not that of an event, and no further. What was read comes to the same when it is written
/// and read again, and its lines stay the same from then on.
pub fn recording(data: &[u8]) {
    let mut lines = data.split_inclusive(|byte| *byte == b'\n');
    let Ok((mut recording, first)) = Recording::open(lines.next().unwrap_or_default()) else { return };
    let mut events = vec![first];
    for line in lines {
        match recording.read(line) {
            Ok(event) => events.push(event),
            Err(_) => break,
        }
    }
    let mut writer = Writer::default();
    let written: Vec<_> = events.iter().map(|event| writer.line(event)).collect();
    let (first, rest) = written.split_first().expect("there is a first event");
    let (mut again, read) = Recording::open(first).expect("what was written can be read");
    let mut read = vec![read];
    read.extend(rest.iter().map(|line| again.read(line).expect("what was written can be read")));
    assert_eq!(read, events);
    assert_eq!(again.finish().is_ok(), recording.finish().is_ok());
    let told = |record: &RunRecord| (record.score, record.trials.len(), record.verdict());
    assert_eq!(told(again.record()), told(recording.record()));
    let mut writer = Writer::default();
    assert_eq!(read.iter().map(|event| writer.line(event)).collect::<Vec<_>>(), written);
}
