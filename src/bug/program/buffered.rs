//! Ways to receive a message through a buffer that keeps what follows it: the right one first, and then those that mistakes are
//! made of.

use super::connection::Connection;
use super::failure::Failure;
use super::receive::{Length, Received};

/// Reads up to a buffer at a time, and keeps what follows a message for the next one: right, as long as the buffer does
/// not outlive the connection.
pub(in crate::bug) fn buffered(connection: &mut Connection<'_>) -> Received {
    connection.fill(connection.header_len())?;
    let Some(len) = buffered_length(connection)? else { return Ok(None) };
    connection.fill(frame_len(connection, len))?;
    take_frame(connection, len)
}

/// Reads up to a buffer at a time, and drops what follows a message.
pub(in crate::bug) fn buffered_without_rest(connection: &mut Connection<'_>) -> Received {
    connection.memory.buffer.clear();
    buffered(connection)
}

/// Reads until the stream ends, and then takes one message after the other out of what has come. The last may be cut off.
pub(in crate::bug) fn after_the_end(connection: &mut Connection<'_>) -> Received {
    while connection.read_more()? > 0 {}
    let Some(len) = buffered_length(connection)? else { return Ok(None) };
    connection.take(connection.header_len());
    Ok(Some(connection.take(len)))
}

/// Reads until the stream ends, and takes the first message for all that has come.
pub(in crate::bug) fn all_for_one(connection: &mut Connection<'_>) -> Received {
    let first = after_the_end(connection)?;
    connection.memory.buffer.clear();
    Ok(first)
}

/// How long a message with a payload of `len` bytes is. A header of 8 bytes, misread, may declare any.
fn frame_len(connection: &Connection<'_>, len: usize) -> usize {
    connection.header_len().saturating_add(len)
}

/// The length at the start of the buffer.
fn buffered_length(connection: &mut Connection<'_>) -> Result<Option<usize>, Failure> {
    let buffer = &connection.memory.buffer;
    let header = buffer[..buffer.len().min(connection.header_len())].to_vec();
    connection.declared(&header)
}

/// The length of the payload at the start of the buffer, if the whole message is there.
fn whole_in_buffer(connection: &mut Connection<'_>) -> Option<usize> {
    let len = buffered_length(connection).ok().flatten()?;
    (connection.memory.buffer.len() >= frame_len(connection, len)).then_some(len)
}

fn take_frame(connection: &mut Connection<'_>, len: usize) -> Received {
    if connection.memory.buffer.len() < frame_len(connection, len) {
        let received = connection.memory.buffer[connection.header_len()..].to_vec();
        return Err(Failure::EndInPayload { received });
    }
    connection.take(connection.header_len());
    connection.memory.taken_since_read += 1;
    connection.memory.last_len = len;
    Ok(Some(connection.take(len)))
}

/// Takes at most two messages out of what one read has brought.
pub(in crate::bug) fn two_from_each_read(connection: &mut Connection<'_>) -> Received {
    if connection.memory.taken_since_read >= 2 {
        connection.read_more()?;
    }
    buffered(connection)
}

/// Considers what is left in the buffer a whole message only if it is as long as the previous one.
pub(in crate::bug) fn as_long_as_the_one_before(connection: &mut Connection<'_>) -> Received {
    let wanted = frame_len(connection, connection.memory.last_len);
    if connection.memory.taken_since_read > 0 && connection.memory.buffer.len() < wanted {
        connection.read_more()?;
    }
    buffered(connection)
}

/// How many bytes fit into a buffer in which no room is ever made.
const ROOM_LEN: usize = 1 << 20;

/// Appends to what was read before, until there is no room left.
pub(in crate::bug) fn buffer_never_emptied(connection: &mut Connection<'_>) -> Received {
    loop {
        if let Some(len) = whole_in_buffer(connection) {
            return take_frame(connection, len);
        }
        // A read for which there is no room brings nothing, which looks like the end.
        if connection.memory.filled_len >= ROOM_LEN || connection.read_more()? == 0 {
            return Ok(None);
        }
    }
}

/// Takes all messages out of the buffer, and delivers the last one first.
pub(in crate::bug) fn last_first(connection: &mut Connection<'_>) -> Received {
    if connection.memory.ahead.is_empty() {
        let Some(first) = buffered(connection)? else { return Ok(None) };
        connection.memory.ahead.push(first);
        while let Some(len) = whole_in_buffer(connection) {
            let next = take_frame(connection, len)?;
            connection.memory.ahead.extend(next);
        }
    }
    Ok(connection.memory.ahead.pop())
}

/// Takes a read that brings a length and nothing more for the end of the connection.
pub(in crate::bug) fn header_alone_is_end(connection: &mut Connection<'_>) -> Received {
    let reads = connection.fill(connection.header_len())?;
    let Some(len) = buffered_length(connection)? else { return Ok(None) };
    if reads > 0 && len > 0 && connection.memory.buffer.len() == connection.header_len() {
        return Ok(None);
    }
    connection.fill(frame_len(connection, len))?;
    take_frame(connection, len)
}

/// Keeps reading as long as reads are full, and checks only then whether a message is whole.
pub(in crate::bug) fn full_read_means_more(connection: &mut Connection<'_>) -> Received {
    loop {
        if let Some(len) = whole_in_buffer(connection) {
            return take_frame(connection, len);
        }
        let mut len = connection.read_more()?;
        if len == 0 {
            return buffered(connection);
        }
        while len == connection.buffer_size() {
            len = connection.read_more()?;
        }
    }
}

/// Compares the length of the payload with the buffer, and forgets that the header is in the buffer too.
pub(in crate::bug) fn header_not_counted(connection: &mut Connection<'_>) -> Received {
    connection.fill(connection.header_len())?;
    let Some(len) = buffered_length(connection)? else { return Ok(None) };
    let room = connection.buffer_size().max(connection.header_len()) - connection.header_len();
    let taken = if len < connection.buffer_size() { len.min(room) } else { len };
    connection.fill(frame_len(connection, taken))?;
    take_frame(connection, taken)
}

/// Reads up to a buffer at a time, and takes the length out of the buffer before its payload has come.
pub(in crate::bug) fn buffered_length_alone(connection: &mut Connection<'_>) -> Length {
    let header_len = connection.header_len();
    connection.fill(header_len)?;
    let len = buffered_length(connection)?;
    connection.take(if len.is_some() { header_len } else { 0 });
    Ok(len)
}

/// Reads a payload up to a buffer at a time, and keeps what follows it.
pub(in crate::bug) fn buffered_payload(connection: &mut Connection<'_>, len: usize) -> Received {
    connection.fill(len)?;
    if connection.memory.buffer.len() < len {
        return Err(Failure::EndInPayload { received: connection.memory.buffer.clone() });
    }
    Ok(Some(connection.take(len)))
}

/// Reads before it checks whether a whole message is in the buffer already, and so takes out at most one for each
/// `recv(buffer_size)`, or for each event.
pub(in crate::bug) fn reads_before_it_looks(connection: &mut Connection<'_>) -> Received {
    loop {
        let chunk = connection.recv(connection.buffer_size())?;
        if chunk.is_empty() {
            return Ok(None);
        }
        connection.memory.buffer.extend(&chunk);
        if let Some(len) = whole_in_buffer(connection) {
            return take_frame(connection, len);
        }
    }
}
