//! What is alike is shown once.

use super::{Contents, Rung, RungKind};
use crate::conversation::{Answer, Ending, Operation};
use crate::english::repetition::Repetition;

/// More frames in a row than this are shown as one.
const FRAMES_MAX: usize = 4;
/// A repetition is not worth a word where it saves fewer rungs than this.
const SAVED_MIN: usize = 4;
/// How many rungs a ladder has at most, and how many of the last of them are shown if it would have more.
const RUNGS_MAX: usize = 26;
const RUNGS_LAST: usize = 10;

/// The rungs, with what is alike put together.
pub(super) fn collapse(rungs: Vec<Rung>) -> Vec<Rung> {
    shortened(repeated(&closed(frames(rungs))))
}

/// Frames that came one after another, as one rung where they are many.
fn frames(rungs: Vec<Rung>) -> Vec<Rung> {
    let mut shown = Vec::new();
    for alike in rungs.chunk_by(follows) {
        let [first, .., last] = alike else {
            shown.extend_from_slice(alike);
            continue;
        };
        let (RungKind::Bytes(bytes), RungKind::Bytes(end)) = (&first.kind, &last.kind) else {
            shown.extend_from_slice(alike);
            continue;
        };
        let (Contents::Frames { first: number, .. }, Contents::Frames { first: newest, count, ahead }) =
            (&bytes.contents, &end.contents)
        else {
            shown.extend_from_slice(alike);
            continue;
        };
        if alike.len() <= FRAMES_MAX {
            shown.extend_from_slice(alike);
            continue;
        }
        let mut all = bytes.clone();
        all.contents = Contents::Frames { first: *number, count: newest + count - number, ahead: *ahead };
        all.len =
            alike.iter().map(|rung| if let RungKind::Bytes(one) = &rung.kind { one.len } else { 0 }).sum();
        shown.push(Rung { kind: RungKind::Bytes(all), ..first.clone() });
    }
    shown
}

/// Whether both are whole frames, one after the other.
fn follows(one: &Rung, next: &Rung) -> bool {
    let frames = |rung: &Rung| match &rung.kind {
        RungKind::Bytes(bytes) if bytes.piece.is_none() => match bytes.contents {
            Contents::Frames { first, count, .. } => Some((bytes.from, first, count)),
            _ => None,
        },
        _ => None,
    };
    match (frames(one), frames(next)) {
        (Some((from, first, count)), Some((from_next, first_next, _))) => {
            (from, first + count, one.connection) == (from_next, first_next, next.connection)
        }
        _ => false,
    }
}

/// Both ends of a connection that is closed as it should be, as one rung.
fn closed(rungs: Vec<Rung>) -> Vec<Rung> {
    let mut shown: Vec<Rung> = Vec::with_capacity(rungs.len());
    for rung in rungs {
        let end = |rung: &Rung| match rung.kind {
            RungKind::Ends { by, ending: Ending::Closed } if !rung.is_wrong => Some((by, rung.connection)),
            _ => None,
        };
        if let (Some(last), Some((by, connection))) = (shown.last_mut(), end(&rung))
            && end(last) == Some((by.other(), connection))
        {
            let kind = RungKind::BothClose { first: by.other() };
            *last = Rung { kind, at: rung.at.or(last.at), ..rung };
        } else {
            shown.push(rung);
        }
    }
    shown
}

/// What happens again and again, once.
fn repeated(rungs: &[Rung]) -> Vec<Rung> {
    let shapes: Vec<_> = rungs.iter().map(shape).collect();
    let mut shown = Vec::new();
    let mut start = 0;
    while start < rungs.len() {
        let Repetition { period, times } = Repetition::at_start(&shapes[start..]);
        let end = start + period * times;
        if period * times < period + 1 + SAVED_MIN {
            shown.push(rungs[start].clone());
            start += 1;
            continue;
        }
        shown.extend_from_slice(&rungs[start..start + period]);
        let last = &rungs[end - 1];
        let is_each_anew = rungs[start].connection != last.connection;
        let kind = RungKind::Repeated { rungs: period, times: times - 1, is_each_anew };
        shown.push(Rung { at: last.at, connection: last.connection, kind, is_wrong: false });
        start = end;
    }
    shown
}

/// A rung without what differs from one time to the next.
fn shape(rung: &Rung) -> (bool, RungKind) {
    let mut kind = rung.kind.clone();
    match &mut kind {
        RungKind::Bytes(bytes) => {
            bytes.head.clear();
            if let Contents::Frames { first, .. } = &mut bytes.contents {
                *first = 0;
            }
        }
        RungKind::Called { operation, answer } => {
            if let Operation::SendMessage(message) = operation {
                message.clear();
            }
            if let Answer::Received { payload, .. } = answer {
                payload.clear();
            }
        }
        _ => {}
    }
    (rung.is_wrong, kind)
}

/// Without the middle where there is too much. What is wrong stays.
fn shortened(mut rungs: Vec<Rung>) -> Vec<Rung> {
    if rungs.len() <= RUNGS_MAX {
        return rungs;
    }
    let middle = RUNGS_MAX - RUNGS_LAST - 1..rungs.len() - RUNGS_LAST;
    let first_wrong = rungs.iter().position(|rung| rung.is_wrong);
    let end = first_wrong.filter(|place| middle.contains(place)).unwrap_or(middle.end);
    if middle.start < end {
        let kind = RungKind::LeftOut(end - middle.start);
        rungs.splice(middle.start..end, [Rung { at: None, connection: None, kind, is_wrong: false }]);
    }
    if rungs.len() > RUNGS_MAX {
        let more = rungs.len() - RUNGS_MAX + 1;
        rungs.truncate(RUNGS_MAX - 1);
        rungs.push(Rung { at: None, connection: None, kind: RungKind::LeftOut(more), is_wrong: false });
    }
    rungs
}
