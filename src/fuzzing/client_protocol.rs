//! The lines of a client in another language, which may print anything.

use arbitrary::{Result, Unstructured};
use serde_json::{Value, json};

use crate::bytes::is_unprintable;
use crate::conversation::{Answer, Operation};
use crate::target::client_protocol::{AnswerKind, Line, LineBuffer, answer, request};

/// No line is longer, in bytes: short, so that few bytes are too many.
const LINE_LEN_MAX: usize = 80;

/// What a program prints comes out line by line, wherever it was cut; each line is an answer or is shown, and shows nothing that a
/// terminal would obey. A right answer is understood, and an operation is told in one line.
pub fn client_protocol(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

fn check(input: &mut Unstructured<'_>) -> Result<()> {
    let pieces = usize::from(input.arbitrary::<u8>()? % 32).min(input.len());
    let piece_lens = input.bytes(pieces)?;
    let printed = input.bytes(input.len())?;
    let mut rest = printed;
    let mut buffer = LineBuffer::new(LINE_LEN_MAX);
    // Where the next line begins.
    let (mut start, mut came) = (0, 0);
    for len in piece_lens.iter().map(|len| usize::from(*len)).chain([usize::MAX]) {
        let (piece, after) = rest.split_at(len.min(rest.len()));
        rest = after;
        came += piece.len();
        buffer.push(piece);
        loop {
            let there = &printed[start..came];
            let end = there.iter().position(|byte| *byte == b'\n');
            let line = buffer.take();
            match (&line, end) {
                (Some(Line::Whole(line)), Some(end)) => assert_eq!(*line, there[..end]),
                (Some(Line::TooLong(shown)), None) => {
                    assert!(there.len() > LINE_LEN_MAX && there.starts_with(shown));
                    return Ok(());
                }
                (None, None) => assert!(there.len() <= LINE_LEN_MAX, "{} bytes wait", there.len()),
                (line, end) => panic!("{line:?} where a line ends at {end:?}"),
            }
            let (Some(Line::Whole(line)), Some(end)) = (line, end) else { break };
            start += end + 1;
            check_line(&line);
        }
    }
    Ok(())
}

fn check_line(line: &[u8]) {
    for kind in [AnswerKind::Receives, AnswerKind::Acts] {
        match answer(kind, line) {
            Answer::Malformed(_, shown) => assert!(!shown.chars().any(is_unprintable), "{shown:?}"),
            Answer::Received { .. } => assert_eq!(kind, AnswerKind::Receives),
            Answer::Done => assert_eq!(kind, AnswerKind::Acts),
            Answer::Error(_) => {}
            other => panic!("a line is no {other:?}"),
        }
    }
    // The line as a text that is received, sent, and raised.
    let payload = String::from_utf8_lossy(line).into_owned();
    for received in [true, false] {
        let written = json!({ "payload": payload, "received": received }).to_string();
        let read = answer(AnswerKind::Receives, written.as_bytes());
        assert_eq!(read, Answer::Received { payload: payload.clone(), received });
    }
    let raised = answer(AnswerKind::Acts, json!({ "error": payload }).to_string().as_bytes());
    assert_eq!(raised, Answer::Error(payload.clone()));
    let told = request(&Operation::SendMessage(payload.clone())).to_string();
    assert!(!told.contains('\n'), "{told:?}");
    let told: Value = serde_json::from_str(&told).expect("an operation is told in JSON");
    assert_eq!(told["message"], payload);
}
