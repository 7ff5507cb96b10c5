//! Ways to receive a payload that decode a part of it before all of it is there, each of which is wrong.

use super::connection::Connection;
use super::failure::Failure;
use super::receive::{Received, payload};

/// Decodes what each read brings separately.
pub(in crate::bug) fn chunks_decoded(connection: &mut Connection<'_>, len: usize) -> Received {
    in_chunks(connection, len, decoded)
}

fn decoded(chunk: &[u8]) -> Result<String, Failure> {
    match std::str::from_utf8(chunk) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Failure::Text("'utf-8' codec can't decode the chunk")),
    }
}

/// Decodes what each read brings separately, and replaces what cannot be decoded.
pub(in crate::bug) fn chunks_decoded_with_replacement(
    connection: &mut Connection<'_>,
    len: usize,
) -> Received {
    in_chunks(connection, len, |chunk| Ok(String::from_utf8_lossy(chunk).into_owned()))
}

/// Decodes each part of the payload that fills the buffer separately.
pub(in crate::bug) fn blocks_decoded(connection: &mut Connection<'_>, len: usize) -> Received {
    let Some(payload) = payload(connection, len)? else { return Ok(None) };
    let text: String = payload.chunks(connection.buffer_size()).map(String::from_utf8_lossy).collect();
    Ok(Some(text.into_bytes()))
}

fn in_chunks(
    connection: &mut Connection<'_>,
    len: usize,
    decode: impl Fn(&[u8]) -> Result<String, Failure>,
) -> Received {
    let (mut text, mut received_len) = (String::new(), 0);
    while received_len < len {
        let chunk = connection.recv(connection.buffer_size().min(len - received_len))?;
        if chunk.is_empty() {
            return Err(Failure::EndInPayload { received: text.into_bytes() });
        }
        received_len += chunk.len();
        text.push_str(&decode(&chunk)?);
    }
    Ok(Some(text.into_bytes()))
}

/// Adds up the characters of what has come, and compares them with the length.
pub(in crate::bug) fn characters_counted(connection: &mut Connection<'_>, len: usize) -> Received {
    by_characters(connection, len, |missing, buffer_size| buffer_size.min(missing))
}

/// The same, but reads up to a buffer at a time, and takes what follows a payload for a part of it.
pub(in crate::bug) fn characters_counted_merged(connection: &mut Connection<'_>, len: usize) -> Received {
    by_characters(connection, len, |_, buffer_size| buffer_size)
}

fn by_characters(
    connection: &mut Connection<'_>,
    len: usize,
    asked: impl Fn(usize, usize) -> usize,
) -> Received {
    let (mut text, mut chars) = (String::new(), 0);
    while chars < len {
        let chunk = connection.recv(asked(len - chars, connection.buffer_size()))?;
        if chunk.is_empty() {
            return Err(Failure::EndInPayload { received: text.into_bytes() });
        }
        let chunk = decoded(&chunk)?;
        chars += chunk.chars().count();
        text.push_str(&chunk);
    }
    Ok(Some(text.into_bytes()))
}

/// Decodes what each read brings separately, and leaves out what cannot be decoded.
pub(in crate::bug) fn chunks_decoded_without_rest(connection: &mut Connection<'_>, len: usize) -> Received {
    in_chunks(connection, len, |chunk| Ok(chunk.utf8_chunks().map(|part| part.valid()).collect()))
}
