//! Constants that depend on each other across modules, each with the reason.
//!
//! A figure that concerns one module alone stands there. What stands here would be wrong somewhere else if it were
//! changed in one place; what can be checked is checked when this compiles.

use std::time::Duration;

use crate::assignment::{Assignment, Sizes};

/// The largest buffer, in bytes, that an assignment may have on the command line.
///
/// The longest message of a scenario grows with the buffer, and has to stay within [`PAYLOAD_LEN_MAX`].
pub(crate) const BUFFER_SIZE_MAX: usize = 65_536;

/// The longest payload that is accepted, in bytes, unless an assignment says otherwise.
pub(crate) const PAYLOAD_LEN_MAX: u64 = 64 << 20;

/// The most characters that an assignment may have the server remove.
pub(crate) const REMOVED_CHARS_MAX: u64 = 1000;

/// The longest message, in characters, that a course may choose for a graded scenario. The others wait for it to be sent and
/// received in memory.
pub(crate) const CHOSEN_CHARS_MAX: u64 = 10_000_000;

/// Reserving more memory than this, in bytes, for a payload that was only announced is worth a note: whoever does has no
/// limit like [`PAYLOAD_LEN_MAX`].
pub(crate) const RESERVED_LEN_MAX: u64 = PAYLOAD_LEN_MAX;

/// The number of characters in the longest message of a scenario: 650,000 for the course's buffer of 1,024 bytes.
///
/// They are ASCII, one byte each. [`answer_len_max`] and the adapter of hand-ins (`MESSAGE_MAX`) make room for it.
#[must_use]
pub(crate) const fn longest_message_chars(buffer_size: usize) -> usize {
    (buffer_size * 650_000).div_ceil(1024)
}

/// How long an answer of a client may be, in bytes and in any encoding: of a reply to the longest message, and some
/// words around it.
#[must_use]
pub(crate) fn answer_len_max(assignment: &Assignment) -> usize {
    /// What JSON may make of one character.
    const ESCAPED_LEN_MAX: usize = 6;
    /// An error with its traceback.
    const WORDS_LEN_MAX: usize = 64 << 10;
    let Sizes { medium, long, series, parallel, .. } = assignment.sizes;
    let chosen = [medium, long, series, parallel].into_iter().flatten().max().unwrap_or_default();
    WORDS_LEN_MAX + ESCAPED_LEN_MAX * longest_message_chars(assignment.buffer_size).max(chosen)
}

/// How many deadlines something may take as a whole while it still makes progress: a submission that sends a byte now
/// and then would never be silent. One that takes longer is slow and not wrong: it cannot be judged.
///
/// The limit of every wait, and of every delivery, which the transcript gives as the time that it took.
pub(crate) const DEADLINES_IN_ALL: u32 = 30;

/// How long, after the last reply or after a wrong byte, more bytes are waited for. They are evidence, not a
/// condition: a submission that is right has nothing to send, and most close at once.
///
/// For as long a server that is told to stop may take until it waits for something.
pub(crate) const TRAILING_WAIT_MAX: Duration = Duration::from_millis(100);

/// How many bytes more than what has to come are taken on a connection: enough to see what they are, and no matter how
/// many there are.
///
/// A prediction has all bytes that the mistake would send, so that of two streams of which the shorter is at least this
/// long only the start is compared.
pub(crate) const UNEXPECTED_LEN_MAX: usize = 16 << 10;

/// The kernel hands over at once what was sent at once, up to this length in bytes: a read for as much brings all of it.
/// Of longer pieces it may bring any part, and no prediction knows which.
///
/// A send that is longer is predicted not to be taken at once where the harness reads slowly, which is true as long as
/// this is not less than what [`SLOW_BUFFER_LEN`] makes room for.
pub(crate) const READ_AT_ONCE_MAX: usize = 16 << 10;

/// The buffers, in bytes, that the kernel keeps for a connection which the harness reads slowly.
///
/// The longest message, and the messages of `load/both-directions-full` together, have to be longer than the buffers of
/// both ends: only then is a send not taken at once.
pub(crate) const SLOW_BUFFER_LEN: usize = 16 << 10;

/// A program that has found the end of a stream this often in a row looks for it in a loop that has no other way out.
///
/// From there on it waits, over sockets as in a prediction: nobody could tell the difference, and the processor is free
/// for others. Both have to agree on it, or a mistake would show in one and not in the other.
pub(crate) const ENDS_IN_A_ROW_MAX: u32 = 100;

const _: () = assert!(longest_message_chars(BUFFER_SIZE_MAX) as u64 <= PAYLOAD_LEN_MAX);
const _: () = assert!(SLOW_BUFFER_LEN <= READ_AT_ONCE_MAX);
const _: () = assert!(longest_message_chars(1024) > 4 * SLOW_BUFFER_LEN);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_adapter_makes_room_for_the_longest_message() {
        let adapter = include_str!("target/python/adapter/main.py");
        assert!(adapter.contains("MESSAGE_MAX = 1 << 20"));
        assert!(longest_message_chars(1024) < 1 << 20);
    }
}
