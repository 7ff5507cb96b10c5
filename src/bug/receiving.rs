//! Ways to receive a message: the right one first, and those that mistakes are made of.

use super::connection::{Connection, Failure};

/// A payload; `None` at the end of the stream.
type Received = Result<Option<Vec<u8>>, Failure>;

/// Asks for what is still missing, of the length and then of the payload, and for no byte more.
pub(super) fn exactly(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    whole(connection, len)
}

fn whole(connection: &mut Connection<'_>, len: usize) -> Received {
    let payload = connection.exactly(len)?;
    if payload.len() < len { Err(Failure::EndInPayload) } else { Ok(Some(payload)) }
}

/// Takes what one `recv` brings for the length.
pub(super) fn header_in_one_read(connection: &mut Connection<'_>) -> Received {
    let header = connection.recv(connection.header_len())?;
    payload_after(connection, &header)
}

/// Takes what one `recv` brings for the length, and where that is not all, what a second one brings.
pub(super) fn header_in_two_reads(connection: &mut Connection<'_>) -> Received {
    let wanted = connection.header_len();
    let mut header = connection.recv(wanted)?;
    if !header.is_empty() && header.len() < wanted {
        header.extend(connection.recv(wanted - header.len())?);
    }
    payload_after(connection, &header)
}

/// Asks for a whole length again where a part of it has come.
pub(super) fn header_asked_again(connection: &mut Connection<'_>) -> Received {
    let Some(len) = length_asked_again(connection)? else { return Ok(None) };
    whole(connection, len)
}

/// Asks for a whole payload again where a part of it has come, and takes what is behind it for a part of it.
pub(super) fn payload_asked_again(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    reads_of(connection, len, len).map(Some)
}

/// Does both.
pub(super) fn all_asked_again(connection: &mut Connection<'_>) -> Received {
    let Some(len) = length_asked_again(connection)? else { return Ok(None) };
    reads_of(connection, len, len).map(Some)
}

fn length_asked_again(connection: &mut Connection<'_>) -> Result<Option<usize>, Failure> {
    let wanted = connection.header_len();
    let header = at_least(connection, wanted, wanted)?;
    // What is longer cannot be unpacked either.
    if header.len() > wanted { Err(Failure::EndInHeader { wanted }) } else { connection.declared(&header) }
}

/// Asks for `asked` bytes until there are `len`, or the stream ends.
fn at_least(connection: &mut Connection<'_>, len: usize, asked: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while bytes.len() < len {
        let chunk = connection.recv(asked)?;
        if chunk.is_empty() {
            break;
        }
        bytes.extend(chunk);
    }
    Ok(bytes)
}

fn payload_after(connection: &mut Connection<'_>, header: &[u8]) -> Received {
    let Some(len) = connection.declared(header)? else { return Ok(None) };
    whole(connection, len)
}

/// Takes what one `recv(length)` brings for the payload.
pub(super) fn payload_in_one_read(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    connection.recv(len).map(Some)
}

/// Takes what one `recv(buffer_size)` brings for the payload.
pub(super) fn payload_in_one_buffer(connection: &mut Connection<'_>) -> Received {
    let Some(_) = connection.length()? else { return Ok(None) };
    connection.recv(connection.buffer_size()).map(Some)
}

/// Takes what one `recv` brings for the length, and what another one brings for the payload.
pub(super) fn each_part_in_one_read(connection: &mut Connection<'_>) -> Received {
    let header = connection.recv(connection.header_len())?;
    let Some(len) = connection.declared(&header)? else { return Ok(None) };
    connection.recv(connection.buffer_size().min(len)).map(Some)
}

/// Takes what one `recv(buffer_size)` brings for a message, length and all.
pub(super) fn message_in_one_read(connection: &mut Connection<'_>) -> Received {
    let mut message = connection.recv(connection.buffer_size())?;
    let Some(len) = connection.declared(&message[..message.len().min(connection.header_len())])? else {
        return Ok(None);
    };
    message.drain(..connection.header_len());
    message.truncate(len);
    Ok(Some(message))
}

/// Takes what one `recv(buffer_size)` brings for a message, whatever length it declares.
pub(super) fn length_ignored(connection: &mut Connection<'_>) -> Received {
    let mut message = connection.recv(connection.buffer_size())?;
    if message.is_empty() {
        return Ok(None);
    }
    message.drain(..connection.header_len().min(message.len()));
    Ok(Some(message))
}

/// Reads by the buffer until the payload is there, and drops what is behind it.
pub(super) fn rest_dropped(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    let payload = by_the_buffer(connection, len)?;
    Ok(Some(payload[..len].to_vec()))
}

/// Reads by the buffer until the payload is there, and takes what is behind it for a part of it.
pub(super) fn rest_merged(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    by_the_buffer(connection, len).map(Some)
}

/// Reads that ask for `asked` bytes each, until the payload is there.
fn reads_of(connection: &mut Connection<'_>, asked: usize, len: usize) -> Result<Vec<u8>, Failure> {
    let payload = at_least(connection, len, asked)?;
    if payload.len() < len { Err(Failure::EndInPayload) } else { Ok(payload) }
}

fn by_the_buffer(connection: &mut Connection<'_>, len: usize) -> Result<Vec<u8>, Failure> {
    reads_of(connection, connection.buffer_size(), len)
}

/// Reads by the buffer, and keeps what is behind a message for the next: right, if the buffer goes with the
/// connection.
pub(super) fn buffered(connection: &mut Connection<'_>) -> Received {
    connection.fill(connection.header_len())?;
    let Some(len) = buffered_length(connection)? else { return Ok(None) };
    connection.fill(connection.header_len() + len)?;
    take_frame(connection, len)
}

/// The length at the start of the buffer.
fn buffered_length(connection: &mut Connection<'_>) -> Result<Option<usize>, Failure> {
    let buffer = &connection.memory.buffer;
    let header = buffer[..buffer.len().min(connection.header_len())].to_vec();
    connection.declared(&header)
}

/// The length of the payload at the start of the buffer, if all of it is there.
fn whole_in_buffer(connection: &mut Connection<'_>) -> Option<usize> {
    let len = buffered_length(connection).ok().flatten()?;
    (connection.memory.buffer.len() >= connection.header_len() + len).then_some(len)
}

fn take_frame(connection: &mut Connection<'_>, len: usize) -> Received {
    if connection.memory.buffer.len() < connection.header_len() + len {
        return Err(Failure::EndInPayload);
    }
    connection.take(connection.header_len());
    connection.memory.taken_since_read += 1;
    connection.memory.last_len = len;
    Ok(Some(connection.take(len)))
}

/// Reads before it looks whether a whole message is in the buffer already.
pub(super) fn reads_before_it_looks(connection: &mut Connection<'_>) -> Received {
    connection.read_more()?;
    buffered(connection)
}

/// Takes two messages at most out of what one read has brought.
pub(super) fn two_from_each_read(connection: &mut Connection<'_>) -> Received {
    if connection.memory.taken_since_read >= 2 {
        connection.read_more()?;
    }
    buffered(connection)
}

/// Takes what is left in the buffer for a whole message only if it is as long as the one before.
pub(super) fn as_long_as_the_one_before(connection: &mut Connection<'_>) -> Received {
    let wanted = connection.header_len() + connection.memory.last_len;
    if connection.memory.taken_since_read > 0 && connection.memory.buffer.len() < wanted {
        connection.read_more()?;
    }
    buffered(connection)
}

/// How much a buffer has room for that nobody makes room in, in bytes.
const ROOM_LEN: usize = 1 << 20;

/// Reads behind what was read before, for which there is room once.
pub(super) fn buffer_never_emptied(connection: &mut Connection<'_>) -> Received {
    loop {
        if let Some(len) = whole_in_buffer(connection) {
            return take_frame(connection, len);
        }
        // Nothing comes where there is no room, and that looks like the end.
        if connection.memory.filled_len >= ROOM_LEN || connection.read_more()? == 0 {
            return Ok(None);
        }
    }
}

/// Takes all messages out of the buffer, and the last of them first.
pub(super) fn last_first(connection: &mut Connection<'_>) -> Received {
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

/// Takes a read that brings a length and nothing behind it for the end.
pub(super) fn header_alone_is_end(connection: &mut Connection<'_>) -> Received {
    let reads = connection.fill(connection.header_len())?;
    let Some(len) = buffered_length(connection)? else { return Ok(None) };
    if reads > 0 && len > 0 && connection.memory.buffer.len() == connection.header_len() {
        return Ok(None);
    }
    connection.fill(connection.header_len() + len)?;
    take_frame(connection, len)
}

/// Reads on for as long as reads are full, and looks only then whether a message is whole.
pub(super) fn full_read_means_more(connection: &mut Connection<'_>) -> Received {
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

/// Of a payload longer than the buffer, takes the first read to bring a whole buffer.
pub(super) fn first_read_is_full(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    if len <= connection.buffer_size() {
        return whole(connection, len);
    }
    let mut payload = connection.recv(connection.buffer_size())?;
    payload.extend(connection.exactly(len - connection.buffer_size())?);
    Ok(Some(payload))
}

/// Of a payload that fills the buffer, once or several times, waits for one buffer more.
pub(super) fn one_buffer_more(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    let wanted = if len % connection.buffer_size() == 0 { len + connection.buffer_size() } else { len };
    whole(connection, wanted)
}

/// Of a payload longer than the buffer, leaves out a last part of a single byte.
pub(super) fn last_byte_left_out(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    let is_alone = len > connection.buffer_size() && len % connection.buffer_size() == 1;
    whole(connection, len - usize::from(is_alone))
}

/// The most that one `recv` is asked for where the buffer size is not looked at, in bytes.
const PART_LEN: usize = 65_535;

/// Receives a payload in full parts and the rest of it, and takes nothing left for the rest for the end.
pub(super) fn rest_of_nothing_is_end(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    let payload = whole(connection, len)?;
    Ok(payload.filter(|_| len == 0 || len % PART_LEN > 0))
}

/// Compares the length of the payload with the buffer, and forgets that the header is in it too.
pub(super) fn header_not_counted(connection: &mut Connection<'_>) -> Received {
    connection.fill(connection.header_len())?;
    let Some(len) = buffered_length(connection)? else { return Ok(None) };
    let room = connection.buffer_size().max(connection.header_len()) - connection.header_len();
    let taken = if len < connection.buffer_size() { len.min(room) } else { len };
    connection.fill(connection.header_len() + taken)?;
    take_frame(connection, taken)
}

/// Works out from the length how many reads it will take.
pub(super) fn reads_counted(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    let mut payload = Vec::new();
    for _ in 0..len.div_ceil(connection.buffer_size()) {
        payload.extend(connection.recv(connection.buffer_size().min(len - payload.len()))?);
    }
    Ok(Some(payload))
}

/// Asks for the length and for the payload until they are whole, whether or not anything comes.
pub(super) fn never_ends(connection: &mut Connection<'_>) -> Received {
    let header = without_end(connection, connection.header_len())?;
    let Some(len) = connection.declared(&header)? else { return Ok(None) };
    without_end(connection, len).map(Some)
}

/// Asks for the rest of a length that has begun, whether or not anything comes.
pub(super) fn never_ends_inside_header(connection: &mut Connection<'_>) -> Received {
    let mut header = connection.recv(connection.header_len())?;
    if !header.is_empty() {
        header.extend(without_end(connection, connection.header_len() - header.len())?);
    }
    payload_after(connection, &header)
}

/// Asks for the payload until it is whole, whether or not anything comes.
pub(super) fn never_ends_in_payload(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    without_end(connection, len).map(Some)
}

fn without_end(connection: &mut Connection<'_>, len: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while bytes.len() < len {
        bytes.extend(connection.recv(connection.buffer_size().min(len - bytes.len()))?);
    }
    Ok(bytes)
}

/// Takes what has come of a payload for all of it where the stream ends.
pub(super) fn half_is_whole(connection: &mut Connection<'_>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    connection.exactly(len).map(Some)
}

/// Takes an empty payload for the end.
pub(super) fn empty_is_end(connection: &mut Connection<'_>) -> Received {
    Ok(exactly(connection)?.filter(|payload| !payload.is_empty()))
}

/// Decodes what each read brings by itself.
pub(super) fn chunks_decoded(connection: &mut Connection<'_>) -> Received {
    in_chunks(connection, |chunk| match std::str::from_utf8(chunk) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Failure::Text("'utf-8' codec can't decode the chunk")),
    })
}

/// Decodes what each read brings by itself, and puts a mark where that fails.
pub(super) fn chunks_decoded_with_marks(connection: &mut Connection<'_>) -> Received {
    in_chunks(connection, |chunk| Ok(String::from_utf8_lossy(chunk).into_owned()))
}

/// Decodes each part of the payload that fills a buffer by itself.
pub(super) fn blocks_decoded(connection: &mut Connection<'_>) -> Received {
    let Some(payload) = exactly(connection)? else { return Ok(None) };
    let text: String = payload.chunks(connection.buffer_size()).map(String::from_utf8_lossy).collect();
    Ok(Some(text.into_bytes()))
}

fn in_chunks(connection: &mut Connection<'_>, decode: impl Fn(&[u8]) -> Result<String, Failure>) -> Received {
    let Some(len) = connection.length()? else { return Ok(None) };
    let (mut text, mut received_len) = (String::new(), 0);
    while received_len < len {
        let chunk = connection.recv(connection.buffer_size().min(len - received_len))?;
        if chunk.is_empty() {
            return Err(Failure::EndInPayload);
        }
        received_len += chunk.len();
        text.push_str(&decode(&chunk)?);
    }
    Ok(Some(text.into_bytes()))
}
