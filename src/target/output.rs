//! What a started program prints: read as it comes, and only its end kept.

use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How much is kept, in bytes. A program may print for ever; what it printed last is what explains its end.
const KEPT_MAX: usize = 16 << 10;
/// How long to wait for the rest of the output of a program that has ended. It is in the pipe by then, so this
/// ends early, unless something that the program started holds the pipe open.
const REST_DEADLINE: Duration = Duration::from_millis(200);

/// The end of what a program printed.
#[derive(Debug)]
pub(super) struct OutputTail {
    kept: Arc<Mutex<VecDeque<u8>>>,
    closed: Receiver<()>,
}

impl OutputTail {
    /// Starts to read. The program is to be given the other end, as standard output and as standard error.
    pub(super) fn collect() -> io::Result<(Self, PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let (done, closed) = channel();
        let keep = Arc::clone(&kept);
        thread::Builder::new().name("output".into()).spawn(move || {
            read_on(reader, &keep);
            let _ = done.send(());
        })?;
        Ok((Self { kept, closed }, writer))
    }

    /// What the program printed last, once it has ended.
    pub(super) fn text(&self) -> String {
        let _ = self.closed.recv_timeout(REST_DEADLINE);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(kept.make_contiguous()).trim_end().to_owned()
    }
}

fn read_on(mut reader: PipeReader, keep: &Mutex<VecDeque<u8>>) {
    let mut chunk = [0; 64 << 10];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return,
            Ok(len) => {
                let mut kept = keep.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&chunk[..len]);
                let excess = kept.len().saturating_sub(KEPT_MAX);
                kept.drain(..excess);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_flood_leaves_only_its_end() {
        let (tail, mut writer) = OutputTail::collect().unwrap();
        for _ in 0..100 {
            writer.write_all(&[b'x'; 4096]).unwrap();
        }
        writer.write_all(b"the end\n").unwrap();
        drop(writer);
        let words = tail.text();
        assert!(words.ends_with("xthe end"));
        assert!(words.len() <= KEPT_MAX);
    }
}
