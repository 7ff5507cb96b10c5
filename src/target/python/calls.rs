//! The calls that a child has noted, as `observe.py` writes them.

use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::event::{CallOutcome, SocketCall};

/// What is done in the child to note them.
pub(super) const OBSERVER: &str = include_str!("adapter/observe.py");
/// How much of the file is read. It is the hand-in's to write to, too.
const LEN_MAX: u64 = 1 << 20;

/// The calls in a file. What is not as it should be is left out.
pub(super) fn read(path: &Path) -> Vec<SocketCall> {
    let mut text = Vec::new();
    // Where there is no file, nothing was noted. The hand-in may have put something else in its place: a link to what is not
    // its own, or a FIFO.
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(path).ok().filter(|file| file.metadata().is_ok_and(|data| data.is_file()));
    let _ = file.map(|file| file.take(LEN_MAX).read_to_end(&mut text));
    parse(&String::from_utf8_lossy(&text))
}

fn parse(text: &str) -> Vec<SocketCall> {
    let mut calls: Vec<(&str, SocketCall)> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split('\t').collect();
        match words[..] {
            ["B", number, connection, file, line, method, asked] => {
                let Ok(line) = line.parse() else { continue };
                let call = SocketCall {
                    file: file.into(),
                    line,
                    method: method.into(),
                    connection: connection.parse().ok(),
                    asked: asked.parse().ok(),
                    outcome: CallOutcome::Waits,
                };
                calls.push((number, call));
            }
            ["E", number, "=", len, connection] => {
                if let Some((_, call)) = calls.iter_mut().rfind(|(of, _)| *of == number) {
                    call.outcome = CallOutcome::Returned { len: len.parse().ok() };
                    call.connection = connection.parse().ok().or(call.connection);
                }
            }
            ["E", number, "!", error] => {
                if let Some((_, call)) = calls.iter_mut().rfind(|(of, _)| *of == number) {
                    call.outcome = CallOutcome::Raised { error: error.into() };
                }
            }
            _ => {}
        }
    }
    calls.into_iter().map(|(_, call)| call).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_what_came_of_them_and_what_is_no_call_is_left_out() {
        let text = "B\t1\t-\ts.py\t9\taccept\t-\nE\t1\t=\t-\t0\nB\t2\t0\ts.py\t12\trecv\t4\nE\t2\t=\t2\t-\n\
                    nonsense\nE\t9\t=\t2\t-\nB\t3\t0\ts.py\t13\tsend\t26\nE\t3\t!\tOSError: no\nB\t4\t0\ts.py\t12\trecv\t4\n";
        let call = |line, method: &str, asked, outcome| SocketCall {
            file: "s.py".into(),
            line,
            method: method.into(),
            connection: Some(0),
            asked,
            outcome,
        };
        assert_eq!(
            parse(text),
            [
                call(9, "accept", None, CallOutcome::Returned { len: None }),
                call(12, "recv", Some(4), CallOutcome::Returned { len: Some(2) }),
                call(13, "send", Some(26), CallOutcome::Raised { error: "OSError: no".into() }),
                call(12, "recv", Some(4), CallOutcome::Waits),
            ]
        );
    }
}
