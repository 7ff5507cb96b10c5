//! What a started program prints: read as it comes, and only its beginning and its end kept.

use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::english::count;

/// How much of the beginning is kept, in bytes: what went wrong first is often the reason for all that follows.
const HEAD_MAX: usize = 4 << 10;
/// How much of the end: what a program printed last is what explains its end.
const TAIL_MAX: usize = 12 << 10;
/// How long to wait for the rest of the output of a program that has ended. It is in the pipe by then, so this
/// ends early, unless something that the program started holds the pipe open.
const REST_DEADLINE: Duration = Duration::from_millis(200);

/// What a program printed.
#[derive(Debug)]
pub(super) struct Printed {
    kept: Arc<Mutex<Kept>>,
    closed: Receiver<()>,
}

/// The beginning and the end of a text that may be endless.
#[derive(Debug, Default)]
struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// How many bytes came between them.
    left_out: usize,
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(HEAD_MAX - self.head.len()));
        self.head.extend(head);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(TAIL_MAX);
        self.tail.drain(..excess);
        self.left_out += excess;
    }

    /// Without the lines that are not whole where something was left out, if there are any that are.
    fn text(&mut self) -> String {
        let (head, tail) = (&self.head[..], &*self.tail.make_contiguous());
        if self.left_out == 0 {
            return String::from_utf8_lossy(&[head, tail].concat()).trim_end().to_owned();
        }
        let head_end = head.iter().rposition(|byte| *byte == b'\n').map_or(head.len(), |end| end + 1);
        let tail_start = tail.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        // A last line that is longer than all that is kept is not whole, and shown all the same.
        let tail_start = if tail_start == tail.len() { 0 } else { tail_start };
        let left_out = count(self.left_out + head.len() - head_end + tail_start, "byte");
        let [head, tail] = [&head[..head_end], &tail[tail_start..]].map(String::from_utf8_lossy);
        format!("{}\n[{left_out}]\n{}", head.trim_end(), tail.trim_end())
    }
}

impl Printed {
    /// Starts to read. The program is to be given the other end, as standard output and as standard error.
    pub(super) fn collect() -> io::Result<(Self, PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let kept = Arc::<Mutex<Kept>>::default();
        let (done, closed) = channel();
        let keep = Arc::clone(&kept);
        thread::Builder::new().name("output".into()).spawn(move || {
            read_on(reader, &keep);
            let _ = done.send(());
        })?;
        Ok((Self { kept, closed }, writer))
    }

    /// What the program printed, once it has ended. What is left out in the middle is a number of bytes in brackets.
    pub(super) fn text(&self) -> String {
        let _ = self.closed.recv_timeout(REST_DEADLINE);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).text()
    }
}

fn read_on(mut reader: PipeReader, keep: &Mutex<Kept>) {
    let mut chunk = [0; 64 << 10];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return,
            Ok(len) => keep.lock().unwrap_or_else(PoisonError::into_inner).add(&chunk[..len]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn printed(text: &str) -> String {
        let (printed, mut writer) = Printed::collect().unwrap();
        writer.write_all(text.as_bytes()).unwrap();
        drop(writer);
        printed.text()
    }

    #[test]
    fn a_flood_leaves_its_first_lines_and_its_last() {
        let text = printed(&format!("the beginning\n{}the end\n", "in between\n".repeat(100_000)));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!((lines[0], lines[lines.len() - 1]), ("the beginning", "the end"));
        assert!(text.len() <= HEAD_MAX + TAIL_MAX + "[1,000,000 bytes]\n".len());
        let others = || lines[1..lines.len() - 1].iter().filter(|line| **line != "in between");
        let shown: usize = lines.iter().map(|line| line.len() + 1).sum();
        let mark = others().next().unwrap();
        // All that was printed, without what is shown, is what the mark says.
        let left_out = "the beginning\nthe end\n".len() + 1_100_000 - (shown - mark.len() - 1);
        assert_eq!(mark.replace(',', ""), format!("[{left_out} bytes]"));
        assert_eq!(others().count(), 1);
    }

    #[test]
    fn a_character_is_whole_wherever_the_two_parts_meet() {
        let text = format!("{}ä{}", "x".repeat(HEAD_MAX - 1), "y".repeat(TAIL_MAX - 1));
        assert_eq!(printed(&text), text);
    }

    #[test]
    fn of_a_single_line_both_ends_are_left() {
        let text = printed(&format!("first{}last", "x".repeat(100_000)));
        assert!(text.starts_with("firstx") && text.ends_with("xlast"), "{text}");
    }
}
