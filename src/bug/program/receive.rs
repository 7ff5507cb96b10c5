//! Ways to receive a message: the right one first, and then those that mistakes are made of.

use super::connection::Connection;
use super::failure::Failure;

/// A payload; `None` at the end of the stream.
pub(in crate::bug) type Received = Result<Option<Vec<u8>>, Failure>;

/// A length; `None` at the end of the stream.
pub(super) type Length = Result<Option<usize>, Failure>;

/// Asks for what is still missing of a length, and never for more.
pub(in crate::bug) fn length(connection: &mut Connection<'_>) -> Length {
    let header = connection.exactly(connection.header_len())?;
    connection.declared(&header)
}

/// Asks for what is still missing of a payload, and never for more.
pub(in crate::bug) fn payload(connection: &mut Connection<'_>, len: usize) -> Received {
    whole(connection.exactly(len)?, len).map(Some)
}

/// What was received of a payload, if that is all of it.
fn whole(received: Vec<u8>, len: usize) -> Result<Vec<u8>, Failure> {
    if received.len() < len { Err(Failure::EndInPayload { received }) } else { Ok(received) }
}

/// Takes what one `recv` brings for the length.
pub(in crate::bug) fn length_in_one_read(connection: &mut Connection<'_>) -> Length {
    let header = connection.recv(connection.header_len())?;
    connection.declared(&header)
}

/// Takes the start of what one `recv(buffer_size)` brings for the length, and drops the rest.
pub(in crate::bug) fn length_in_one_buffer(connection: &mut Connection<'_>) -> Length {
    let mut header = connection.recv(connection.buffer_size())?;
    header.truncate(connection.header_len());
    connection.declared(&header)
}

/// Reads up to a buffer at a time until the length is there, and drops what follows it.
pub(in crate::bug) fn length_by_the_buffer(connection: &mut Connection<'_>) -> Length {
    let wanted = connection.header_len();
    let mut header = at_least(connection, wanted, connection.buffer_size())?;
    header.truncate(wanted);
    connection.declared(&header)
}

/// Takes what one `recv` brings for the length, together with what a second one brings if that was not all of it.
pub(in crate::bug) fn length_in_two_reads(connection: &mut Connection<'_>) -> Length {
    let wanted = connection.header_len();
    let mut header = connection.recv(wanted)?;
    if !header.is_empty() && header.len() < wanted {
        header.extend(connection.recv(wanted - header.len())?);
    }
    connection.declared(&header)
}

/// Asks for a whole payload again after a part of it has come, and takes what follows it for a part of it.
pub(in crate::bug) fn payload_asked_again(connection: &mut Connection<'_>, len: usize) -> Received {
    reads_of(connection, len, len).map(Some)
}

/// Asks for a whole payload again, or a buffer if that is less, after a part of it has come, and takes what follows it for a part of
/// it.
pub(in crate::bug) fn payload_part_asked_again(connection: &mut Connection<'_>, len: usize) -> Received {
    reads_of(connection, connection.buffer_size().min(len), len).map(Some)
}

/// Asks for a whole length again after a part of it has come.
pub(in crate::bug) fn length_asked_again(connection: &mut Connection<'_>) -> Length {
    let wanted = connection.header_len();
    let header = at_least(connection, wanted, wanted)?;
    // One that is too long cannot be unpacked either.
    if header.len() > wanted { Err(Failure::HeaderTooLong { wanted }) } else { connection.declared(&header) }
}

/// Asks for `asked` bytes until there are `len`, or the stream ends.
fn at_least(connection: &mut Connection<'_>, len: usize, asked: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while bytes.len() < len {
        let chunk = connection.recv(asked)?;
        if chunk.is_empty() && !connection.never_ends() {
            break;
        }
        bytes.extend(chunk);
    }
    Ok(bytes)
}

/// Takes what one `recv(length)` brings for the payload.
pub(in crate::bug) fn payload_in_one_read(connection: &mut Connection<'_>, len: usize) -> Received {
    connection.recv(len).map(Some)
}

/// Takes less than the payload, where that is what one `recv(length)` brings, for the end of the stream.
pub(in crate::bug) fn payload_in_one_read_or_end(connection: &mut Connection<'_>, len: usize) -> Received {
    whole(connection.recv(len)?, len).map(Some)
}

/// The longest payload that there is room for in an array.
const ARRAY_LEN_MAX: usize = 64 << 20;

/// Takes what one `recv(length)` brings for the payload, and zeros for what it has not brought.
pub(in crate::bug) fn payload_filled_up(connection: &mut Connection<'_>, len: usize) -> Received {
    if len > ARRAY_LEN_MAX {
        return Err(Failure::TooLong(len as u64));
    }
    let mut payload = connection.recv(len)?;
    payload.resize(len, 0);
    Ok(Some(payload))
}

/// Takes the first read that brings less of a payload than it was asked for to be the last.
pub(in crate::bug) fn payload_until_short_read(connection: &mut Connection<'_>, len: usize) -> Received {
    let mut payload = Vec::new();
    while payload.len() < len {
        let wanted = connection.buffer_size().min(len - payload.len());
        let chunk = connection.recv(wanted)?;
        let is_short = chunk.len() < wanted;
        payload.extend(chunk);
        if is_short {
            break;
        }
    }
    Ok(Some(payload))
}

/// Takes what one `recv(length)` brings for the payload, together with what a second one brings if that was not all of it.
pub(in crate::bug) fn payload_in_two_reads(connection: &mut Connection<'_>, len: usize) -> Received {
    let mut payload = connection.recv(len)?;
    payload.extend(connection.recv(len - payload.len())?);
    Ok(Some(payload))
}

/// Takes what one `recv(buffer_size)` brings for the payload.
pub(in crate::bug) fn payload_in_one_buffer(connection: &mut Connection<'_>, _len: usize) -> Received {
    connection.recv(connection.buffer_size()).map(Some)
}

/// Takes what one `recv`, of a buffer at most, brings for the payload.
pub(in crate::bug) fn payload_in_one_part(connection: &mut Connection<'_>, len: usize) -> Received {
    connection.recv(connection.buffer_size().min(len)).map(Some)
}

/// Takes what one `recv(buffer_size)` brings for a whole message, including its length.
pub(in crate::bug) fn message_in_one_read(connection: &mut Connection<'_>) -> Received {
    let mut message = connection.recv(connection.buffer_size())?;
    let Some(len) = connection.declared(&message[..message.len().min(connection.header_len())])? else {
        return Ok(None);
    };
    message.drain(..connection.header_len());
    message.truncate(len);
    Ok(Some(message))
}

/// Takes what one `recv(buffer_size)` brings for a message, whatever length it declares.
pub(in crate::bug) fn length_ignored(connection: &mut Connection<'_>) -> Received {
    let mut message = connection.recv(connection.buffer_size())?;
    if message.is_empty() {
        return Ok(None);
    }
    message.drain(..connection.header_len().min(message.len()));
    Ok(Some(message))
}

/// Drops what one `recv` brings for a length, and takes what one `recv(buffer_size)` brings for the payload.
pub(in crate::bug) fn length_not_unpacked(connection: &mut Connection<'_>) -> Received {
    if connection.recv(connection.header_len())?.is_empty() {
        return Ok(None);
    }
    connection.recv(connection.buffer_size()).map(Some)
}

/// Takes what one `recv(buffer_size)` brings for a length and the start of its payload, reads the rest of that up to a buffer at a
/// time, and drops what follows it.
pub(in crate::bug) fn header_in_first_read(connection: &mut Connection<'_>) -> Received {
    let Some((len, mut payload)) = after_header_in_first_read(connection)? else { return Ok(None) };
    payload.truncate(len);
    Ok(Some(payload))
}

/// The same, but takes what follows a payload for a part of it.
pub(in crate::bug) fn header_in_first_read_merged(connection: &mut Connection<'_>) -> Received {
    Ok(after_header_in_first_read(connection)?.map(|(_, payload)| payload))
}

/// A length, and what the `recv(buffer_size)` that has brought it has brought behind it.
fn first_read(connection: &mut Connection<'_>) -> Result<Option<(usize, Vec<u8>)>, Failure> {
    let mut payload = connection.recv(connection.buffer_size())?;
    let header: Vec<u8> = payload.drain(..payload.len().min(connection.header_len())).collect();
    Ok(connection.declared(&header)?.map(|len| (len, payload)))
}

fn after_header_in_first_read(connection: &mut Connection<'_>) -> Result<Option<(usize, Vec<u8>)>, Failure> {
    let Some((len, mut payload)) = first_read(connection)? else { return Ok(None) };
    payload.extend(by_the_buffer(connection, len.saturating_sub(payload.len()))?);
    Ok(Some((len, payload)))
}

/// Takes what one `recv(buffer_size)` brings for a length and the start of its payload, drops what else that brings, and then asks
/// for what is still missing of the payload, and never for more.
pub(in crate::bug) fn header_in_first_read_alone(connection: &mut Connection<'_>) -> Received {
    let Some((len, mut payload)) = first_read(connection)? else { return Ok(None) };
    payload.truncate(len);
    payload.extend(connection.exactly(len - payload.len())?);
    whole(payload, len).map(Some)
}

/// Reads up to a buffer at a time until the payload is there, and drops what follows it.
pub(in crate::bug) fn rest_dropped(connection: &mut Connection<'_>, len: usize) -> Received {
    let payload = by_the_buffer(connection, len)?;
    Ok(Some(payload[..len].to_vec()))
}

/// Reads up to a buffer at a time, at least once, until the payload is there, and drops what follows it.
pub(in crate::bug) fn rest_dropped_after_read(connection: &mut Connection<'_>, len: usize) -> Received {
    let payload = by_the_buffer(connection, len.max(1))?;
    Ok(Some(payload[..len].to_vec()))
}

/// Reads up to a buffer at a time until the payload is there, and takes what follows it for a part of it.
pub(in crate::bug) fn rest_merged(connection: &mut Connection<'_>, len: usize) -> Received {
    by_the_buffer(connection, len).map(Some)
}

/// Asks for `asked` bytes at a time until the payload is there.
fn reads_of(connection: &mut Connection<'_>, asked: usize, len: usize) -> Result<Vec<u8>, Failure> {
    whole(at_least(connection, len, asked)?, len)
}

fn by_the_buffer(connection: &mut Connection<'_>, len: usize) -> Result<Vec<u8>, Failure> {
    reads_of(connection, connection.buffer_size(), len)
}

/// Assumes that the first read of a payload longer than the buffer brings a whole buffer.
pub(in crate::bug) fn first_read_is_full(connection: &mut Connection<'_>, len: usize) -> Received {
    if len <= connection.buffer_size() {
        return payload(connection, len);
    }
    let mut payload = connection.recv(connection.buffer_size())?;
    payload.extend(connection.exactly(len - connection.buffer_size())?);
    Ok(Some(payload))
}

/// Waits for one more buffer after a payload whose length is a multiple of the buffer size.
pub(in crate::bug) fn one_buffer_more(connection: &mut Connection<'_>, len: usize) -> Received {
    let wanted =
        if len.is_multiple_of(connection.buffer_size()) { len + connection.buffer_size() } else { len };
    payload(connection, wanted)
}

/// Leaves out the last part of a payload longer than the buffer if it is a single byte.
pub(in crate::bug) fn last_byte_left_out(connection: &mut Connection<'_>, len: usize) -> Received {
    let is_alone = len > connection.buffer_size() && len % connection.buffer_size() == 1;
    payload(connection, len - usize::from(is_alone))
}

/// The most bytes that one `recv` is asked for by a program that ignores the buffer size.
const PART_LEN: usize = 65_535;

/// Receives a payload in full parts and a remainder, and takes an empty remainder for the end of the connection.
pub(in crate::bug) fn rest_of_nothing_is_end(connection: &mut Connection<'_>, len: usize) -> Received {
    let payload = payload(connection, len)?;
    Ok(payload.filter(|_| len == 0 || !len.is_multiple_of(PART_LEN)))
}

/// Counts the bytes of the length as if they were a part of the payload, and so stops that much too early.
pub(in crate::bug) fn header_counted(connection: &mut Connection<'_>, len: usize) -> Received {
    let wanted = len.saturating_sub(connection.header_len());
    let mut payload = Vec::new();
    while payload.len() < wanted {
        let chunk = connection.recv(connection.buffer_size().min(len - payload.len()))?;
        if chunk.is_empty() && !connection.never_ends() {
            return Err(Failure::EndInPayload { received: payload });
        }
        payload.extend(chunk);
    }
    Ok(Some(payload))
}

/// The same, but with the length in what the first `recv(buffer_size)` brings, and drops what follows the payload.
pub(in crate::bug) fn header_counted_in_first_read(connection: &mut Connection<'_>) -> Received {
    let Some((len, mut payload)) = first_read(connection)? else { return Ok(None) };
    let wanted = len.saturating_sub(connection.header_len());
    payload.extend(at_least(connection, wanted.saturating_sub(payload.len()), connection.buffer_size())?);
    let mut payload = whole(payload, wanted)?;
    payload.truncate(len);
    Ok(Some(payload))
}

/// Reads up to a buffer at a time until what has come is exactly one message, and goes on reading if it is more.
pub(in crate::bug) fn until_exactly_one(connection: &mut Connection<'_>) -> Received {
    let mut message = Vec::new();
    let header_len = connection.header_len();
    loop {
        let chunk = connection.recv(connection.buffer_size())?;
        message.extend(&chunk);
        let header = &message[..message.len().min(header_len)];
        if chunk.is_empty() {
            let is_cut = connection.declared(header)?.is_some();
            return if is_cut {
                Err(Failure::EndInPayload { received: message.split_off(header_len) })
            } else {
                Ok(None)
            };
        }
        if message.len() >= header_len && connection.declared(header)? == Some(message.len() - header_len) {
            return Ok(Some(message.split_off(header_len)));
        }
    }
}

/// Computes from the length how many reads it will take.
pub(in crate::bug) fn reads_counted(connection: &mut Connection<'_>, len: usize) -> Received {
    let mut payload = Vec::new();
    for _ in 0..len.div_ceil(connection.buffer_size()) {
        payload.extend(connection.recv(connection.buffer_size().min(len - payload.len()))?);
    }
    Ok(Some(payload))
}

/// Keeps asking for a length until it is whole, even after the end of the stream.
pub(in crate::bug) fn length_never_ends(connection: &mut Connection<'_>) -> Length {
    let header = without_end(connection, connection.header_len())?;
    connection.declared(&header)
}

/// Keeps asking for the rest of a length that has begun, even after the end of the stream.
pub(in crate::bug) fn never_ends_in_length(connection: &mut Connection<'_>) -> Length {
    let mut header = connection.recv(connection.header_len())?;
    if !header.is_empty() {
        header.extend(without_end(connection, connection.header_len() - header.len())?);
    }
    connection.declared(&header)
}

fn without_end(connection: &mut Connection<'_>, len: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while bytes.len() < len {
        bytes.extend(connection.recv(connection.buffer_size().min(len - bytes.len()))?);
    }
    Ok(bytes)
}

/// Takes whatever one `recv` brings for a message, which has no length.
pub(in crate::bug) fn without_length(connection: &mut Connection<'_>) -> Received {
    let message = connection.recv(connection.buffer_size())?;
    Ok(Some(message).filter(|message| !message.is_empty()))
}

/// Takes everything up to the first read that does not fill the buffer for a message, which has no length.
pub(in crate::bug) fn without_length_until_short_read(connection: &mut Connection<'_>) -> Received {
    let message = until_short_read(connection, 0)?;
    Ok(message.filter(|message| !message.is_empty()))
}

/// Keeps only what the last read has brought of a payload.
pub(in crate::bug) fn last_part_kept(connection: &mut Connection<'_>, len: usize) -> Received {
    let (mut part, mut received_len) = (Vec::new(), 0);
    while received_len < len {
        part = connection.recv(connection.buffer_size().min(len - received_len))?;
        if part.is_empty() {
            return Err(Failure::EndInPayload { received: part });
        }
        received_len += part.len();
    }
    Ok(Some(part))
}

/// Reads a payload up to the first read that does not fill the buffer, whatever its length.
pub(in crate::bug) fn until_short_read(connection: &mut Connection<'_>, _len: usize) -> Received {
    let mut payload = Vec::new();
    loop {
        let chunk = connection.recv(connection.buffer_size())?;
        payload.extend(&chunk);
        if chunk.len() < connection.buffer_size() {
            return Ok(Some(payload));
        }
    }
}
