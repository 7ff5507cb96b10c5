//! The kernel's answers about sockets, as bytes.

use crate::os::sock_diag::{connection_state, listener, read_answers};

/// Any datagram is read without a panic, to no more answers than it has room for.
pub fn socket_table(data: &[u8]) {
    /// `struct nlmsghdr` and `struct inet_diag_msg` (`linux/inet_diag.h`), in bytes.
    const ANSWER_LEN_MIN: usize = 16 + 72;
    let Some((sequence, datagram)) = data.split_first() else { return };
    let mut answers = Vec::new();
    let _ = read_answers(datagram, u32::from(*sequence), &mut answers);
    assert!(answers.len() <= datagram.len() / ANSWER_LEN_MIN, "{} of {}", answers.len(), datagram.len());
    for answer in &answers {
        let _ = connection_state(answer);
        let _ = listener(answer).address;
    }
}
