//! Notes.

use crate::english::count;
use crate::verdict::Note;

/// A note in a sentence.
#[must_use]
pub fn note(note: &Note) -> String {
    match note {
        Note::NoTextAnswered { len: 0, charset } => {
            format!("The server did not answer the payload that is not {charset}.")
        }
        Note::NoTextAnswered { len, charset } => {
            format!("The server answered the payload that is not {charset} with {}.", count(*len, "byte"))
        }
        Note::MemoryReserved { bytes } => {
            format!("The server reserved {} MiB for a payload that was only announced.", bytes >> 20)
        }
        Note::ReadsAhead => {
            "The client reads past the end of the reply that it was told to receive, which is right as long as it keeps the rest."
                .to_owned()
        }
        Note::NotClosed => {
            "The client kept its connection when it was shut down; that counts only where another client follows."
                .to_owned()
        }
        Note::ShutdownFailed => {
            "The client failed to shut down; that counts only where another client follows.".to_owned()
        }
    }
}
