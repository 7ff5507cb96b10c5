//! What a message looks like on the wire, done wrong.

use super::connection::Failure;
use super::program::{Header, read_length};
use super::{Bug, Program, SERVER};
use crate::assignment::Assignment;

const BASE: Bug = Bug::BASE;
const RIGHT: Program = Program::RIGHT;

/// The bytes of a length the other way round.
fn swapped(len: u64, assignment: &Assignment) -> Result<Vec<u8>, Failure> {
    let mut header = (RIGHT.header.write)(len, assignment)?;
    header.reverse();
    Ok(header)
}

fn read_swapped(header: &[u8], assignment: &Assignment) -> u64 {
    let header: Vec<u8> = header.iter().rev().copied().collect();
    read_length(&header, assignment)
}

/// A length in the digits of the decimal system, as many as a header has bytes.
fn digits(len: u64, assignment: &Assignment) -> Result<Vec<u8>, Failure> {
    let width = assignment.header_width.bytes();
    Ok(format!("{len:0width$}").into_bytes())
}

fn read_digits(header: &[u8], _: &Assignment) -> u64 {
    std::str::from_utf8(header).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn two_bytes(len: u64, _: &Assignment) -> Result<Vec<u8>, Failure> {
    u16::try_from(len).map(|len| len.to_be_bytes().to_vec()).map_err(|_| Failure::Length(len))
}

/// A length with its header counted.
fn with_header(len: u64, assignment: &Assignment) -> Result<Vec<u8>, Failure> {
    (RIGHT.header.write)(len + assignment.header_width.bytes() as u64, assignment)
}

fn read_with_header(header: &[u8], assignment: &Assignment) -> u64 {
    read_length(header, assignment).saturating_sub(assignment.header_width.bytes() as u64)
}

/// The length modulo 65,536.
fn sixteen_bits(len: u64, assignment: &Assignment) -> Result<Vec<u8>, Failure> {
    (RIGHT.header.write)(len & 0xFFFF, assignment)
}

/// A negative number, which no loop that counts up to it ever waits for, where the highest bit is set.
fn read_signed(header: &[u8], assignment: &Assignment) -> u64 {
    let len = read_length(header, assignment);
    if len >> (8 * header.len() - 1) == 0 { len } else { 0 }
}

/// The number of characters of what is mostly text.
fn characters(payload: &[u8]) -> usize {
    String::from_utf8_lossy(payload).chars().count()
}

pub(super) const BUGS: &[Bug] = &[
    Bug {
        id: "other-byte-order",
        text: "The bytes of the length stand in the wrong order.",
        shows: "A length of 30 goes out as 1E 00 00 00 and is taken for more than 500 million on the other side, \
                which then waits for ever.",
        why: "pack and unpack use the machine's own order, the lowest byte first on nearly all of them, unless \
              the format starts with an exclamation mark.",
        find: "Look at every format string: each must start with an exclamation mark.",
        fix: "Say network order in the format, both where you pack and where you unpack.",
        program: Program { header: Header { read: read_swapped, write: swapped, ..RIGHT.header }, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "replies-in-other-byte-order",
        sides: SERVER,
        text: "The length of a reply has the wrong byte order, though that of a message is understood.",
        shows: "Every reply declares an enormous length, and its end is waited for in vain.",
        why: "The format of pack is another than that of unpack: \"!I\" is the order of the network, \"I\" and \"<I\" \
              are that of most processors.",
        find: "Compare the format that you give to pack with the one that you give to unpack.",
        fix: "Use \"!I\" in both.",
        program: Program { header: Header { write: swapped, ..RIGHT.header }, ..RIGHT },
    },
    Bug {
        id: "two-byte-length",
        text: "The length takes two bytes instead of four.",
        shows: "What a client sends is misunderstood at once. A server seems right up to 65,535 bytes: it takes the \
                two zero bytes in front of a length for an empty message and answers that as well, and the two \
                answers together look like one.",
        why: "H in a format stands for two bytes, I for four.",
        find: "Look for H in your format strings and for a 2 where a length is received.",
        fix: "Pack and unpack an unsigned number of four bytes, and receive four bytes for it.",
        program: Program { header: Header { len: |_| 2, read: read_length, write: two_bytes }, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "eight-byte-length",
        text: "The length takes eight bytes instead of four.",
        shows: "Four more bytes than announced come before the payload, and four bytes too many are waited for.",
        why: "L without an exclamation mark is the machine's own long, eight bytes on most; Q always is.",
        find: "Print what calcsize says of your format: it must say 4.",
        fix: "Use a format that has four bytes on every machine.",
        program: Program {
            header: Header { len: |_| 8, read: read_length, write: |len, _| Ok(len.to_be_bytes().to_vec()) },
            ..RIGHT
        },
        ..BASE
    },
    Bug {
        id: "length-in-digits",
        text: "The length is sent as decimal digits instead of a number in four bytes.",
        shows: "The header reads 0030 as text, which is a length of more than 800 million.",
        why: "str makes text of a number, and encode makes one byte of each digit; pack is what makes four bytes \
              of a number.",
        find: "Look for str or an f-string around the length.",
        fix: "Pack the length, and unpack it.",
        program: Program { header: Header { read: read_digits, write: digits, ..RIGHT.header }, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "length-counts-characters",
        text: "The length counts the characters of the text instead of the bytes of the payload.",
        shows: "With an accent in the text the length is too small; the bytes left over are taken for the next \
                length.",
        why: "len of a str counts characters; encode makes two, three or four bytes of some of them.",
        find: "See what len is called on: it must be the bytes that encode returned.",
        fix: "Encode first, then take the length of the result.",
        program: Program { count: |payload, _| characters(payload), ..RIGHT },
        ..BASE
    },
    Bug {
        id: "length-counts-header",
        text: "The length counts its own four bytes too.",
        shows: "Every length is four too large, and the last four bytes of each message are waited for in vain.",
        why: "The length was taken of the whole frame, or calcsize was added.",
        find: "Compare the length that you pack with the number of bytes behind it.",
        fix: "Count the payload alone.",
        program: Program {
            header: Header { read: read_with_header, write: with_header, ..RIGHT.header },
            ..RIGHT
        },
        ..BASE
    },
    Bug {
        id: "replies-count-header",
        sides: SERVER,
        text: "The length of a reply counts its own four bytes too, though that of a message is understood.",
        shows: "Every reply declares four bytes more than it has, so its end is waited for in vain.",
        why: "The length was taken of the whole frame, or calcsize was added, where the reply is packed.",
        find: "Compare the length that you pack with the number of bytes behind it.",
        fix: "Count the payload alone.",
        program: Program { header: Header { write: with_header, ..RIGHT.header }, ..RIGHT },
    },
    Bug {
        id: "text-length-before-cut",
        sides: SERVER,
        text: "The length of a reply is the number of characters of the message, before anything was removed.",
        shows: "The reply declares ten bytes more than it has, so its end is waited for in vain. With enough accents in \
                the text it declares too few instead.",
        why: "len is called on the str that was received, not on the bytes that are sent.",
        find: "Follow the variable that you pack: it must be the length of what encode returned for the reply.",
        fix: "Encode the reply, and take the length of that.",
        program: Program { count: |_, message| characters(message), ..RIGHT },
    },
    Bug {
        id: "length-before-cut",
        sides: SERVER,
        text: "The length of a reply is that of the message, before anything was removed.",
        shows: "The reply declares ten bytes more than it has, so its end is waited for in vain.",
        why: "The length that unpack gave for the message is packed again for the reply.",
        find: "Follow the variable that you pack: it must be computed after the slice.",
        fix: "Take the length of the encoded reply.",
        program: Program { count: |_, message| message.len(), ..RIGHT },
    },
    Bug {
        id: "sixteen-bit-length",
        text: "The length is cut to 16 bits before it is sent.",
        shows: "Up to 65,535 bytes everything is right; 65,536 bytes are announced as 0.",
        why: "Somewhere the length passes through a mask or two bytes, though four are packed.",
        find: "Send a message of 65,536 letters and look at the header.",
        fix: "Keep all 32 bits of the length.",
        program: Program { header: Header { write: sixteen_bits, ..RIGHT.header }, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "signed-length",
        sides: SERVER,
        text: "The length is read as a number with a sign.",
        shows: "A length from 2,147,483,648 on comes out negative; the loop that reads the payload ends before \
                it starts, and an answer is sent to a message that never came.",
        why: "i in a format stands for a number with a sign, I for one without.",
        find: "Look for a small i in your format strings.",
        fix: "Unpack an unsigned number.",
        program: Program { header: Header { read: read_signed, ..RIGHT.header }, ..RIGHT },
    },
    Bug {
        id: "newline-added",
        text: "A newline is added to what is sent, and counted.",
        shows: "Every length is one too large, and every payload ends with a newline.",
        why: "Habit from protocols whose messages are lines; here the length says where a message ends.",
        find: "Look for a backslash n where a payload is put together.",
        fix: "Send the text as it is.",
        program: Program {
            dress: |mut payload, _| {
                payload.push(b'\n');
                Ok(payload)
            },
            ..RIGHT
        },
        ..BASE
    },
    Bug {
        id: "newline-not-counted",
        text: "A newline follows each message, and the length does not count it.",
        shows: "The first message is right; the newline behind it is taken for the start of the next length.",
        why: "The newline is added to the frame after the length was taken.",
        find: "Compare the bytes that you send with four more than the length.",
        fix: "Send nothing behind the payload.",
        program: Program {
            dress: |mut payload, _| {
                payload.push(b'\n');
                Ok(payload)
            },
            count: |payload, _| payload.len() - 1,
            ..RIGHT
        },
        ..BASE
    },
    Bug {
        id: "nul-added",
        text: "A NUL is added to what is sent, and counted.",
        shows: "Every length is one too large, and every payload ends with a zero byte.",
        why: "Habit from C, where a NUL ends a string; or a format for pack with one byte too many for the text.",
        find: "Print the payload as bytes just before it is sent.",
        fix: "Send the encoded text and nothing else.",
        program: Program {
            dress: |mut payload, _| {
                payload.push(0);
                Ok(payload)
            },
            ..RIGHT
        },
        ..BASE
    },
    Bug {
        id: "cut-to-buffer",
        text: "What is sent is cut to the length of the buffer.",
        shows: "Messages shorter than the buffer are right; longer ones lose their end.",
        why: "The buffer size limits what one recv returns. It is no limit for send, nor for a message.",
        find: "Look for the buffer size where you send.",
        fix: "Send the whole payload, however long.",
        program: Program {
            dress: |mut payload, assignment| {
                payload.truncate(assignment.buffer_size);
                Ok(payload)
            },
            ..RIGHT
        },
        ..BASE
    },
];
