//! What a message looks like on the wire, done wrong.

use super::{BASE, Bug, CLIENT, SERVER, characters, is_long, is_utf8, is_wide, removes};
use crate::assignment::{Assignment, ByteOrder, HeaderWidth};
use crate::bug::program::{Change, Failure, HeaderCodec, read_length, receive, write_in};

const RIGHT: HeaderCodec = HeaderCodec::RIGHT;

/// What `sys.getsizeof(b"")` is in CPython on a machine of 64 bits: a count of references, a type, a length and a hash of 8 bytes each,
/// and the NUL behind the bytes.
const BYTES_OBJECT_LEN: usize = 33;

/// A length with its bytes reversed.
fn swapped(len: u64, assignment: &Assignment) -> Result<Vec<u8>, Failure> {
    let mut header = (RIGHT.write)(len, assignment)?;
    header.reverse();
    Ok(header)
}

fn read_swapped(header: &[u8], assignment: &Assignment) -> u64 {
    let header: Vec<u8> = header.iter().rev().copied().collect();
    (RIGHT.read)(&header, assignment)
}

/// A length in decimal digits, as many as a header has bytes.
fn digits(len: u64, assignment: &Assignment) -> Result<Vec<u8>, Failure> {
    let (width, len) = (assignment.header_width.bytes(), len + assignment.counted_header_len() as u64);
    Ok(format!("{len:0width$}").into_bytes())
}

fn read_digits(header: &[u8], assignment: &Assignment) -> u64 {
    let len: u64 = std::str::from_utf8(header).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0);
    len.saturating_sub(assignment.counted_header_len() as u64)
}

/// A length that includes its own bytes.
fn with_header(len: u64, assignment: &Assignment) -> Result<Vec<u8>, Failure> {
    (RIGHT.write)(len + assignment.header_width.bytes() as u64, assignment)
}

fn read_with_header(header: &[u8], assignment: &Assignment) -> u64 {
    read_length(header, assignment).saturating_sub(assignment.header_width.bytes() as u64)
}

/// The length modulo 65,536.
fn sixteen_bits(len: u64, assignment: &Assignment) -> Result<Vec<u8>, Failure> {
    (RIGHT.write)(len & 0xFFFF, assignment)
}

/// A number that is negative if the highest bit is set. A loop that counts up to it ends at once, as with 0.
fn read_signed(header: &[u8], assignment: &Assignment) -> u64 {
    let len = read_length(header, assignment);
    if len >> (8 * header.len() - 1) == 0 { (RIGHT.read)(header, assignment) } else { 0 }
}

/// What comes of a length if its bytes are put together, by `join`, as the signed numbers that Java takes them for.
fn read_signed_bytes(header: &[u8], assignment: &Assignment, join: fn(u64, u64) -> u64) -> u64 {
    let mut bytes = header.to_vec();
    if assignment.byte_order == ByteOrder::LittleEndian {
        bytes.reverse();
    }
    let signed = |byte: &u8| i64::from(byte.cast_signed()).cast_unsigned();
    bytes.iter().rev().enumerate().map(|(index, byte)| signed(byte) << (8 * index)).fold(0, join)
}

fn read_sign_extended(header: &[u8], assignment: &Assignment) -> u64 {
    let len = read_signed_bytes(header, assignment, |len, byte| len | byte);
    // An int in Java has 32 bits.
    let len = if header.len() > 4 { len } else { len & u64::from(u32::MAX) };
    len.saturating_sub(assignment.counted_header_len() as u64)
}

/// The sum of signed bytes, in which a negative one takes away from those before it. A sum below zero is one that nobody can await.
fn read_added(header: &[u8], assignment: &Assignment) -> u64 {
    let len = read_signed_bytes(header, assignment, u64::wrapping_add);
    // An int in Java has 32 bits, of which the first one is the sign.
    let len = if header.len() > 4 { len } else { i64::from(len as i32).cast_unsigned() };
    len.wrapping_sub(assignment.counted_header_len() as u64)
}

/// Whether a length is the number of 32 bits in network byte order that a program in C makes with htonl.
fn is_four_bytes(assignment: &Assignment) -> bool {
    assignment.header_width == HeaderWidth::Four
        && assignment.byte_order == ByteOrder::BigEndian
        && !assignment.counts_header
}

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "other-byte-order",
        applies: is_wide,
        text: "The length is both read and written in the wrong byte order: it should be {byte_order}.",
        shows: "A server takes a length of 30 for a far greater number: it waits for the rest of the message, or \
              gives up, and never replies. A client sends a length of 30 with its bytes reversed, and the server \
              waits for the rest in the same way.",
        why: "A format that starts with ! or > is big-endian, and one that starts with < is little-endian. \
              Without such a prefix, pack and unpack use the byte order of the machine, which is nearly \
              always little-endian.",
        find: "Look at every format string for a length: it should be {length_format}.",
        fix: "Use {length_format} both where you pack and where you unpack.",
        changes: &[Change::ReadHeader(read_swapped), Change::WriteHeader(swapped)],
        ..BASE
    },
    Bug {
        id: "replies-in-other-byte-order",
        applies: is_wide,
        sides: SERVER,
        text: "The length of a reply has the wrong byte order, although that of a message is read correctly.",
        shows: "Every reply declares an enormous length, and the client waits in vain for the rest of it.",
        why: "pack is given a different format than unpack: ! and > stand for big-endian, < for \
              little-endian, and no prefix for the byte order of the machine.",
        find: "Compare the format that you pass to pack with the one that you pass to unpack.",
        fix: "Use {length_format} in both places.",
        changes: &[Change::WriteHeader(swapped)],
        ..BASE
    },
    Bug {
        id: "reads-in-other-byte-order",
        applies: is_wide,
        text: "The length of what is received is read in the wrong byte order, although that of what is sent is written \
              correctly.",
        shows: "A length of 30 is taken for a far greater number: the program waits for the rest of the message, or gives up.",
        why: "unpack is given a different format than pack: ! and > stand for big-endian, < for little-endian, and no prefix \
              for the byte order of the machine.",
        find: "Compare the format that you pass to unpack with the one that you pass to pack.",
        fix: "Use {length_format} in both places.",
        changes: &[Change::ReadHeader(read_swapped)],
        ..BASE
    },
    Bug {
        id: "sends-in-other-byte-order",
        applies: is_wide,
        sides: CLIENT,
        text: "The length of a message is sent in the wrong byte order, although that of a reply is read correctly.",
        shows: "Every message declares an enormous length, and the server waits in vain for the rest of it.",
        why: "pack is given a different format than unpack: ! and > stand for big-endian, < for little-endian, and no prefix \
              for the byte order of the machine.",
        find: "Compare the format that you pass to pack with the one that you pass to unpack.",
        fix: "Use {length_format} in both places.",
        changes: &[Change::WriteHeader(swapped)],
        ..BASE
    },
    Bug {
        id: "two-byte-length",
        applies: is_long,
        text: "The length takes 2 bytes instead of {header_width}.",
        shows: "A client is misunderstood at once. A server may seem right with messages of up to 65,535 \
              bytes: it takes the zero bytes at the start of a wider length for an empty message and answers \
              that as well, and the two replies together look like one.",
        why: "The letter in a format sets the width of the number: H packs 2 bytes, and the length has \
              {header_width}.",
        find: "Compare your format strings with {length_format}, and the argument of the recv for the \
              length with {header_width}.",
        fix: "Pack and unpack the length with {length_format}, and receive {header_width} bytes for it.",
        changes: &[
            Change::HeaderLen(|_| 2),
            Change::WriteHeader(|len, assignment| write_in(HeaderWidth::Two, len, assignment)),
        ],
        ..BASE
    },
    Bug {
        id: "eight-byte-length",
        applies: |assignment| assignment.header_width != HeaderWidth::Eight,
        text: "The length takes 8 bytes instead of {header_width}.",
        shows: "Every message starts with a length that is too wide, and the program waits for more bytes of \
              a length than the peer sends.",
        why: "Without a prefix, L is the machine's own long, which has 8 bytes on most machines. Q always \
              has 8.",
        find: "Print calcsize of your format: it should be {header_width}.",
        fix: "Use {length_format}, which has {header_width} bytes on every machine.",
        changes: &[
            Change::HeaderLen(|_| 8),
            Change::WriteHeader(|len, assignment| write_in(HeaderWidth::Eight, len, assignment)),
        ],
        ..BASE
    },
    Bug {
        id: "length-in-digits",
        text: "The length is sent as decimal digits instead of as a {header_width}-byte number.",
        shows: "A length of 30 is sent as the characters 3 and 0, with zeros in front. Read as a number, \
              they are a far greater length.",
        why: "str turns a number into decimal digits, and encode turns each digit into one byte. pack turns \
              the number into {header_width} bytes.",
        find: "Look for str or an f-string around the length.",
        fix: "Pack the length before you send it, and unpack what you receive.",
        changes: &[Change::ReadHeader(read_digits), Change::WriteHeader(digits)],
        ..BASE
    },
    Bug {
        id: "length-counts-characters",
        applies: is_utf8,
        text: "The length counts the characters of the text instead of the bytes of the payload.",
        shows: "If the text contains an accented letter, the length is too small, and the bytes left over \
              are taken for the next length.",
        why: "len of a str counts characters, and encode turns some characters into several bytes.",
        find: "Check what len is called on: it should be the bytes that encode returned.",
        fix: "Encode first, then take the length of the result.",
        changes: &[Change::DeclaredLen(|payload, _, _| Ok(characters(payload)))],
        ..BASE
    },
    Bug {
        id: "object-size-declared",
        text: "The length is the size of the Python object, which is 33 bytes more than the payload has.",
        shows: "Every length is 33 too large, and the peer waits in vain for 33 more bytes of each message.",
        why: "sys.getsizeof tells how much memory an object takes. For a bytes object that is 33 bytes of CPython's own, and then the bytes \
              themselves.",
        find: "Search your code for getsizeof.",
        fix: "Take the length with len, of the encoded bytes.",
        changes: &[Change::DeclaredLen(|payload, _, _| Ok(payload.len() + BYTES_OBJECT_LEN))],
        ..BASE
    },
    Bug {
        id: "length-counts-header",
        applies: |assignment| !assignment.counts_header,
        text: "The length includes its own {header_width} bytes.",
        shows: "Every length is {header_width} too large, and the peer waits in vain for {header_width} more \
              bytes of each message.",
        why: "The length was taken of the whole frame, or calcsize was added to it.",
        find: "Compare the length that you pack with the number of bytes that follow it.",
        fix: "Count only the bytes of the payload.",
        changes: &[Change::ReadHeader(read_with_header), Change::WriteHeader(with_header)],
        ..BASE
    },
    Bug {
        id: "replies-count-header",
        applies: |assignment| !assignment.counts_header,
        sides: SERVER,
        text: "The length of a reply includes its own {header_width} bytes, although that of a message is \
              read correctly.",
        shows: "Every reply declares {header_width} bytes more than it has, so the client waits in vain for \
              the rest.",
        why: "Where the reply is packed, the length was taken of the whole frame, or calcsize was added to \
              it.",
        find: "Compare the length that you pack with the number of bytes that follow it.",
        fix: "Count only the bytes of the payload.",
        changes: &[Change::WriteHeader(with_header)],
        ..BASE
    },
    Bug {
        id: "text-length-before-cut",
        applies: |assignment| removes(assignment) && is_utf8(assignment),
        sides: SERVER,
        text: "The length of a reply is the number of characters in the message, counted before any were \
              removed.",
        shows: "The reply declares more bytes than it has, so the client waits in vain for the rest. If the \
              text has enough accented letters, it declares too few instead.",
        why: "len is called on the str that was received, not on the bytes that are sent.",
        find: "Follow the variable that you pack: it should be the length of what encode returned for the \
              reply.",
        fix: "Encode the reply, and take the length of the result.",
        changes: &[Change::DeclaredLen(|_, message, _| Ok(characters(message)))],
        ..BASE
    },
    Bug {
        id: "length-before-cut",
        applies: removes,
        sides: SERVER,
        text: "The length of a reply is that of the message, taken before anything was removed.",
        shows: "The reply declares more bytes than it has, as many as were removed, so the client waits in \
              vain for the rest.",
        why: "The length that unpack returned for the message is packed again for the reply.",
        find: "Follow the variable that you pack: it should be computed after the slice.",
        fix: "Take the length of the encoded reply.",
        changes: &[Change::DeclaredLen(|_, message, _| Ok(message.len()))],
        ..BASE
    },
    Bug {
        id: "sixteen-bit-length",
        applies: is_long,
        text: "The length is cut to 16 bits before it is sent.",
        shows: "Messages of up to 65,535 bytes are right; one of 65,536 bytes declares a length of 0.",
        why: "Somewhere the length passes through a mask or a 16-bit variable, although {header_width} bytes \
              are packed.",
        find: "Send a message of 65,536 letters and look at its header.",
        fix: "Keep all {header_bits} bits of the length.",
        changes: &[Change::WriteHeader(sixteen_bits)],
        ..BASE
    },
    Bug {
        id: "signed-length",
        sides: SERVER,
        text: "The length is read as a signed number.",
        shows: "A length whose highest bit is set comes out negative. The loop that reads the payload ends \
              before it begins, and a message that never came gets a reply.",
        why: "A lowercase i or h in a format stands for a signed number, an uppercase one for an unsigned \
              number.",
        find: "Look for a lowercase i or h in your format strings, or, in JavaScript, for readInt32BE.",
        fix: "Unpack an unsigned number, with {length_format} or readUInt32BE.",
        changes: &[Change::ReadHeader(read_signed)],
        ..BASE
    },
    Bug {
        id: "length-counts-units",
        applies: is_utf8,
        text: "The length counts 16-bit units of the text instead of the bytes of the payload.",
        shows: "If the text contains an accented letter or an emoji, the length is too small, and the bytes left over are taken \
              for the next length.",
        why: "In Java, JavaScript and C# the length of a string counts 16-bit units. An emoji is two of them, and more bytes than that in UTF-8.",
        find: "Check what the length is taken of: it should be the array of bytes, not the string.",
        fix: "Use getBytes(UTF_8).length, or Buffer.byteLength(text).",
        changes: &[Change::DeclaredLen(|payload, _, _| {
            Ok(String::from_utf8_lossy(payload).encode_utf16().count())
        })],
        ..BASE
    },
    Bug {
        id: "sign-extended-length",
        text: "The bytes of a length are put together as signed numbers.",
        shows: "Lengths of up to 127 are read correctly. Once one of their bytes is 128 or more, the length comes out negative or \
              enormous, and the message is refused.",
        why: "A byte in Java is signed: 200 is -56, and its sign fills the upper bits when it is shifted or combined with |.",
        find: "Look for << and | on bytes without & 0xFF.",
        fix: "Have DataInputStream or ByteBuffer read the number, or write (b & 0xFF) for each byte.",
        changes: &[Change::ReadHeader(read_sign_extended)],
        ..BASE
    },
    Bug {
        id: "length-swapped-in-16-bits",
        applies: is_four_bytes,
        text: "The bytes of the length are put in order as those of a short number, and sent as those of a long one.",
        shows: "The lower two bytes of the length come first, and two zeros follow.",
        why: "In C, htons is for numbers of two bytes; a length of {header_width} bytes needs htonl.",
        find: "Look for htons and ntohs.",
        fix: "Use htonl for the length that is sent, and ntohl for the one that is received.",
        changes: &[Change::WriteHeader(|len, _| {
            let [high, low] = (len as u16).to_be_bytes();
            Ok(vec![high, low, 0, 0])
        })],
        ..BASE
    },
    Bug {
        id: "length-one-too-large",
        text: "The length that is declared is 1 larger than the payload.",
        shows: "Whoever receives it waits for one more byte, or takes the first one of the next length for it.",
        why: "strlen(text) + 1 makes room for the NUL behind a string in C. It is no part of the text, and is not sent.",
        find: "Look for + 1 where the length is computed.",
        fix: "Declare the number of bytes that follow the length.",
        changes: &[Change::DeclaredLen(|payload, _, _| Ok(payload.len() + 1))],
        ..BASE
    },
    Bug {
        id: "signed-bytes-added",
        applies: is_wide,
        text: "The bytes of a length are added up as signed numbers.",
        shows: "Lengths of up to 127 bytes are right. Each byte of a length that is 128 or more counts 256 too little: a length of 456 \
              is taken for 200, and one of 200 for a negative number.",
        why: "In Java a byte goes from -128 to 127, and it is made an int before it is shifted and added: the byte 200 counts as -56.",
        find: "Look for + between shifted bytes without & 0xFF.",
        fix: "Mask each byte with & 0xFF before it is shifted, or use DataInputStream.readInt or ByteBuffer.getInt.",
        changes: &[Change::ReadHeader(read_added)],
        ..BASE
    },
    Bug {
        id: "length-in-text",
        sides: CLIENT,
        text: "A reply is taken to have no length: its {header_width} bytes are left at the front of the text.",
        shows: "The text starts with bytes that nobody sent as text, or cannot be decoded because of them.",
        why: "What recv returns is decoded as it is, up to the first result that does not fill the buffer.",
        find: "Look for unpack in receive_message. If there is none, this is the mistake.",
        fix: "Receive the length first, unpack it, and then receive as many bytes as it declares.",
        changes: &[Change::ReceiveMessage(receive::without_length_until_short_read)],
        ..BASE
    },
    Bug {
        id: "no-length",
        sides: SERVER,
        text: "Messages have no length: what one recv returns is taken for the text, and the reply is sent without a length.",
        shows: "A reply starts too early and without its length, because the bytes of the length are taken for characters.",
        why: "It is how an echo server in most tutorials works. Here each message starts with {header_width} bytes that say how \
              long it is.",
        find: "Look for unpack and pack. If there are none, this is the mistake.",
        fix: "Receive the length first, then as many bytes as it declares, and send each reply with its own length.",
        changes: &[
            Change::ReceiveMessage(receive::without_length),
            Change::WriteHeader(|_, _| Ok(Vec::new())),
        ],
        reads_by_any_size: true,
        ..BASE
    },
];
