//! Where reads and messages end, done wrong.

use super::{BASE, Bug, SERVER, holds_three, is_long, is_wide, may_exceed_buffer};
use crate::bug::program::{Change, buffered, receive};

pub(in crate::bug) const BUGS: &[Bug] = &[
    Bug {
        id: "one-read-for-header",
        applies: is_wide,
        text: "A single recv is expected to return the whole length.",
        shows: "All is well as long as the length arrives in one piece. If it arrives in two, it cannot be \
              unpacked, or is taken for the end of the connection.",
        why: "recv({header_width}) returns as soon as there is one byte; {header_width} is only the most \
              that it returns. A short result does not mean that the connection has ended, either.",
        find: "Check whether the recv before unpack is in a loop, and whether its result is compared with {header_width}.",
        fix: "Receive until {header_width} bytes have come, asking for what is missing each time.",
        changes: &[Change::ReceiveLength(receive::length_in_one_read)],
        ..BASE
    },
    Bug {
        id: "two-reads-for-header",
        applies: is_long,
        text: "At most two calls of recv are expected to return the whole length.",
        shows: "A length that arrives in two pieces is read correctly; one that arrives in three cannot be \
              unpacked, or is taken for the end of the connection.",
        why: "An if checks only once whether anything is missing, and the second recv may return less than \
              it was asked for, as the first did.",
        find: "Check whether the rest of the length is received in an if instead of in a loop.",
        fix: "Turn the if into a while, and ask for what is missing each time.",
        changes: &[Change::ReceiveLength(receive::length_in_two_reads)],
        ..BASE
    },
    Bug {
        id: "header-asked-again",
        applies: is_wide,
        text: "While the length is incomplete, all of it is asked for again instead of what is missing.",
        shows: "If a length arrives in two pieces, the first bytes of the payload are read along with it, \
              and it is too long to be unpacked.",
        why: "recv({header_width}) in a loop returns up to {header_width} more bytes, even if only one is missing.",
        find: "Look at the argument of recv in the loop: it should shrink by what has been received.",
        fix: "Ask for {header_width} bytes minus those that have come.",
        changes: &[Change::ReceiveLength(receive::length_asked_again)],
        ..BASE
    },
    Bug {
        id: "payload-asked-again",
        text: "While the payload is incomplete, all of it is asked for again instead of what is missing.",
        shows: "All is well as long as nothing follows the message; otherwise bytes of the next message are \
              taken for its end.",
        why: "recv(length) in a loop returns up to that many more bytes, even if only one is missing.",
        find: "Look at the argument of recv in the loop: it should shrink by what has been received.",
        fix: "Ask for the length minus what has come.",
        changes: &[Change::ReceivePayload(receive::payload_asked_again)],
        ..BASE
    },
    Bug {
        id: "payload-part-asked-again",
        applies: may_exceed_buffer,
        text: "While the payload is incomplete, the smaller of its length and the buffer is asked for again, instead of what is missing.",
        shows: "Of a payload that comes in pieces or is longer than the buffer, the last read may take bytes of the next message.",
        why: "min(buffer_size, length) in a loop stays the same from one recv to the next, however much has come.",
        find: "Look at the argument of recv in the loop: it should shrink by what has been received.",
        fix: "Ask for min(buffer_size, length - len(data)), where data is what has come.",
        changes: &[Change::ReceivePayload(receive::payload_part_asked_again)],
        ..BASE
    },
    Bug {
        id: "one-read-for-payload",
        text: "A single recv of the declared length is expected to return the whole payload.",
        shows: "Messages that arrive in one piece are right. Otherwise the first piece is taken for the \
              whole message, and the rest for the next length.",
        why: "The argument of recv is the most that it returns. It returns whatever is there.",
        find: "Check whether the recv for the payload is in a loop.",
        fix: "Receive until as many bytes have come as the length declares.",
        changes: &[Change::ReceivePayload(receive::payload_in_one_read)],
        ..BASE
    },
    Bug {
        id: "two-reads-for-payload",
        text: "At most two calls of recv are expected to return the whole payload.",
        shows: "A payload that arrives in two pieces is read correctly. Of one that arrives in more, the first two are taken for all \
              of it, and the rest for the next length.",
        why: "An if checks only once whether anything is missing, and the second recv may return less than it was asked for, as the \
              first did.",
        find: "Check whether the rest of the payload is received in an if instead of in a loop.",
        fix: "Turn the if into a while, and ask for what is missing each time.",
        changes: &[Change::ReceivePayload(receive::payload_in_two_reads)],
        ..BASE
    },
    Bug {
        id: "one-buffer-for-payload",
        text: "A single recv of the buffer size is expected to return the whole payload, and nothing more.",
        shows: "Messages longer than the buffer lose their end, and messages that arrive together are merged.",
        why: "recv knows nothing about messages: it returns at most what it was asked for, of whatever has come.",
        find: "Check whether the recv for the payload is in a loop that compares what has come with the length.",
        fix: "Receive until as many bytes have come as the length declares, and never ask for more than is missing.",
        changes: &[Change::ReceivePayload(receive::payload_in_one_buffer)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "one-read-for-message",
        text: "A single recv is expected to return exactly one message, including its length.",
        shows: "Short messages that arrive one at a time are right; longer ones lose their end, and what \
              arrives along with a message is lost.",
        why: "TCP carries bytes, not messages: what one send sends may take several calls of recv, and one \
              recv may return what several sends sent.",
        find: "Count the calls of recv for one message: if there is only one, this is the mistake.",
        fix: "Receive the length first, and then, in a loop, as many bytes as it declares.",
        changes: &[Change::ReceiveMessage(receive::message_in_one_read)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "length-ignored",
        text: "A single recv is expected to return exactly one message, and its length is never looked at.",
        shows: "Short messages that arrive one at a time are right. Longer ones come in parts, each of which \
              is taken for a message, and what arrives along with a message is taken for its end.",
        why: "recv(buffer_size)[{header_width}:] seems to be enough as long as each recv happens to return \
              what one send sent.",
        find: "Check what happens to the first {header_width} bytes: if they are only cut off, this is the mistake.",
        fix: "Receive the length first, unpack it, and then receive as many bytes as it declares, in a loop.",
        changes: &[Change::ReceiveMessage(receive::length_ignored)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "length-not-unpacked",
        text: "The length is received and never looked at: what the next recv returns is taken for the whole payload.",
        shows: "Short messages that arrive one at a time are right. Longer ones come in parts, each of which is taken for a message; \
              messages that arrive together are merged; and an empty one is answered only when another comes.",
        why: "recv(buffer_size) seems to be enough as long as it happens to return what one send sent.",
        find: "Check what happens to the {header_width} bytes of the length: if nothing unpacks them, this is the mistake.",
        fix: "Unpack the length, and then receive as many bytes as it declares, in a loop.",
        changes: &[Change::ReceiveMessage(receive::length_not_unpacked)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "rest-of-header-read-dropped",
        text: "The length is received with a recv that may return more, and what it returns beyond the length is dropped.",
        shows: "A length that arrives alone is right. Mostly the payload arrives with it and is lost: the program waits for it in \
              vain, or takes the next message for it.",
        why: "recv(buffer_size)[:{header_width}] takes the length out of what has come, and nothing keeps the rest.",
        find: "Look at the argument of the recv for the length: it should be {header_width}.",
        fix: "Ask for the {header_width} bytes of the length and no more, in a loop until they are there.",
        changes: &[Change::ReceiveLength(receive::length_in_one_buffer)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "one-read-for-each-part",
        applies: is_wide,
        text: "One recv is expected to return the whole length, and a second one the whole payload.",
        shows: "Short messages that arrive in one piece are right; longer ones lose their end, and a length \
              that arrives in two pieces cannot be unpacked.",
        why: "recv returns what is there, and its argument is only the most that it returns.",
        find: "Check whether each recv is in a loop.",
        fix: "Receive in a loop until nothing is missing, first of the length and then of the payload.",
        changes: &[
            Change::ReceiveLength(receive::length_in_one_read),
            Change::ReceivePayload(receive::payload_in_one_part),
        ],
        ..BASE
    },
    Bug {
        id: "next-message-dropped",
        text: "Bytes of the next message that arrive in the same read are dropped.",
        shows: "Messages sent one at a time are right; of several sent at once, some are lost.",
        why: "recv(buffer_size) asks for more than the message still lacks, and returns the start of the next one, too.",
        find: "Look at the argument of recv in the loop for the payload.",
        fix: "Ask for what is missing, or for the buffer size if that is less.",
        changes: &[Change::ReceivePayload(receive::rest_dropped)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "rest-of-buffer-dropped",
        text: "What one recv returns beyond the end of a message is dropped, with the length of the next message.",
        shows: "Messages sent one at a time are right; of several sent at once, all but the first are lost.",
        why: "The buffer that a message is taken from is a variable of the function that receives one message, and ends with it.",
        find: "Look at what becomes of the bytes behind the message in the buffer.",
        fix: "Keep the buffer in the object or outside the loop, one for each connection.",
        changes: &[Change::ReceiveMessage(buffered::buffered_without_rest)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "header-in-first-read",
        sides: SERVER,
        text: "The first recv of a message is expected to bring its whole length, and what comes beyond its end is dropped.",
        shows: "Messages sent one at a time are right. If a length arrives in two pieces, it cannot be unpacked; of several messages \
              sent at once, all but the first are lost.",
        why: "recv(buffer_size) returns whatever has come: less than a length, or the next message along with this one.",
        find: "Look at the first recv of a message, and at what becomes of the bytes behind the message.",
        fix: "Receive exactly {header_width} bytes first, unpack them, and then exactly as many bytes as they declare.",
        changes: &[Change::ReceiveMessage(receive::header_in_first_read)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "header-in-first-read-alone",
        sides: SERVER,
        text: "The first recv of a message is expected to bring its whole length, and what else it brings beyond the end of the message \
              is dropped.",
        shows: "Messages sent one at a time are right. If a length arrives in two pieces, it cannot be unpacked; of several short \
              messages sent at once, all but the first are lost.",
        why: "recv(buffer_size) returns whatever has come: less than a length, or the next message along with this one. Only the calls \
              for the rest of the payload ask for no more than is missing.",
        find: "Look at the first recv of a message, and at what becomes of the bytes behind the message.",
        fix: "Receive exactly {header_width} bytes first, unpack them, and then exactly as many bytes as they declare.",
        changes: &[Change::ReceiveMessage(receive::header_in_first_read_alone)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "header-in-first-read-merged",
        text: "The first recv of a message is expected to bring its whole length, and what the last one brings beyond its end is taken \
              for a part of it.",
        shows: "Messages sent one at a time are right. If a length arrives in two pieces, it cannot be unpacked; several messages sent \
              at once become one.",
        why: "recv(buffer_size) returns whatever has come: less than a length, or the next message along with this one.",
        find: "Look at the first recv of a message, and at what becomes of the bytes behind the message.",
        fix: "Receive exactly {header_width} bytes first, unpack them, and then exactly as many bytes as they declare.",
        changes: &[Change::ReceiveMessage(receive::header_in_first_read_merged)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "empty-awaits-read",
        text: "recv is called at least once for each payload, and bytes of the next message that it returns are dropped.",
        shows: "An empty message is never answered on its own; of several messages sent at once, some are lost.",
        why: "The loop checks only after a recv whether the payload is complete, and asks for more than is missing.",
        find: "Look for while True around recv, and at its argument.",
        fix: "Loop while bytes are missing, and ask for what is missing or for the buffer size if that is less.",
        changes: &[Change::ReceivePayload(receive::rest_dropped_after_read)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "next-message-merged",
        text: "Bytes of the next message that arrive in the same read are taken for part of this one.",
        shows: "Messages sent one at a time are right; of several sent at once, the first ends with the start of the second.",
        why: "recv(buffer_size) asks for more than the message still lacks, and returns the start of the next one, too.",
        find: "Look at the argument of recv in the loop for the payload.",
        fix: "Ask for what is missing, or for the buffer size if that is less.",
        changes: &[Change::ReceivePayload(receive::rest_merged)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "reads-before-it-looks",
        text: "The program calls recv before it checks whether its buffer already holds a whole message.",
        shows: "If several messages arrive together, the last ones are handled only when another one comes.",
        why: "recv waits for new bytes, even if the buffer already holds a whole message.",
        find: "Check what comes first in the loop: the recv, or the look into the buffer. Look for an if that checks once whether a \
               message is complete.",
        fix: "Call recv only while the buffer holds no whole message: turn the if into a while.",
        changes: &[Change::ReceiveMessage(buffered::reads_before_it_looks)],
        reads_by_any_size: true,
        ..BASE
    },
    Bug {
        id: "two-from-each-read",
        applies: holds_three,
        text: "At most two messages are taken out of what one read returned.",
        shows: "If three short messages arrive together, the third one waits until another comes.",
        why: "An if handles a second message where a loop is needed.",
        find: "Look for an if that checks whether anything is left in the buffer.",
        fix: "Take messages out of the buffer as long as it holds a whole one.",
        changes: &[Change::ReceiveMessage(buffered::two_from_each_read)],
        ..BASE
    },
    Bug {
        id: "next-as-long-as-last",
        text: "Whether the buffer holds another whole message is decided by the length of the previous one.",
        shows: "If several messages arrive together, one that is shorter than the one before it is handled \
              only when another comes.",
        why: "The condition of the loop still has the length of the previous message: that of the next one \
              is unpacked only inside the loop.",
        find: "Check which length the condition of the loop uses, and where it is unpacked.",
        fix: "Unpack the length of the next message before you check whether all of it is there.",
        changes: &[Change::ReceiveMessage(buffered::as_long_as_the_one_before)],
        ..BASE
    },
    Bug {
        id: "buffer-never-emptied",
        applies: is_long,
        // Only a client that sends far ahead fills the buffer of a server; replies are asked for one at a time.
        sides: SERVER,
        text: "A buffer of fixed size is filled further and further, and never emptied.",
        shows: "After a megabyte on one connection the server closes it, whatever it was sent.",
        why: "The position for the next bytes only ever grows. At the end of the buffer, recv is asked for 0 \
              bytes, and what it returns looks like the end of the connection.",
        find: "Look for the variable that holds the position for the next bytes, and check whether anything \
              ever makes it smaller.",
        fix: "Drop what was taken out, or move what is left to the front.",
        changes: &[Change::ReceiveMessage(buffered::buffer_never_emptied)],
        ..BASE
    },
    Bug {
        id: "last-first",
        text: "Of the messages that one read returned, the last is handled first.",
        shows: "Short messages that arrive together are handled in reverse order.",
        why: "pop removes the last element of a list unless it is told to remove the first.",
        find: "Look for pop without an argument.",
        fix: "Handle the messages in the order in which they came.",
        changes: &[Change::ReceiveMessage(buffered::last_first)],
        ..BASE
    },
    Bug {
        id: "header-alone-is-end",
        text: "A read that returns a length without a payload is taken for the end of the connection.",
        shows: "If the payload arrives a moment after its length, the connection is given up.",
        why: "recv may return the length alone, even if both were sent at once.",
        find: "Check what happens when nothing follows the header.",
        fix: "Receive until the payload is complete; only an empty result of recv means the end.",
        changes: &[Change::ReceiveMessage(buffered::header_alone_is_end)],
        ..BASE
    },
    Bug {
        id: "full-read-means-more",
        applies: may_exceed_buffer,
        text: "After a read that fills the buffer another one is awaited, even if the message is complete.",
        shows: "A message that ends exactly where the buffer does is never answered.",
        why: "How much one recv returns means nothing: a short result does not mark the end of a message, \
              and a full one does not announce more.",
        find: "Look for a comparison of what was received with the buffer size.",
        fix: "Let the length determine when to stop.",
        changes: &[Change::ReceiveMessage(buffered::full_read_means_more)],
        ..BASE
    },
    Bug {
        id: "first-read-is-full",
        applies: may_exceed_buffer,
        text: "The first read of a message longer than the buffer is assumed to fill the buffer.",
        shows: "If that read returns less, the end of the message is missed and taken for the next length.",
        why: "What is still missing was computed from the buffer size instead of from what recv returned.",
        find: "Look for a subtraction of the buffer size.",
        fix: "Subtract the number of bytes that came.",
        changes: &[Change::ReceivePayload(receive::first_read_is_full)],
        ..BASE
    },
    Bug {
        id: "one-buffer-more",
        applies: may_exceed_buffer,
        text: "After a payload that fills the buffer exactly, one more buffer is awaited.",
        shows: "A message of exactly {buffer_size} bytes is never answered, and neither is an empty one.",
        why: "The size of the last, shorter part was computed as the remainder of a division, which is 0 here.",
        find: "Look for a percent sign.",
        fix: "Count what has come, and stop when it is as much as the length declares.",
        changes: &[Change::ReceivePayload(receive::one_buffer_more)],
        ..BASE
    },
    Bug {
        id: "header-not-counted",
        applies: |assignment| is_wide(assignment) && may_exceed_buffer(assignment),
        text: "A payload shorter than the buffer is assumed to fit into one buffer together with its length.",
        shows: "A message just shorter than the buffer loses its last bytes.",
        why: "recv(buffer_size) returns the length, too, which leaves {header_width} bytes less for the payload.",
        find: "Look for a comparison of the length with the buffer size.",
        fix: "Let the length determine when to stop, not the buffer.",
        changes: &[Change::ReceiveMessage(buffered::header_not_counted)],
        ..BASE
    },
    Bug {
        id: "header-counted",
        text: "What has come is compared with the length while the {header_width} bytes of the length itself are counted, too.",
        shows: "A message that arrives in several pieces may lose its last bytes, which are then taken for the next length.",
        why: "The length declares how many bytes the payload has. The buffer that is compared with it holds the length as well.",
        find: "Look at the condition of the loop around recv, and at what the buffer holds before the loop.",
        fix: "Loop until the buffer has {header_width} bytes more than the length declares, or receive the payload into a buffer of its \
              own.",
        changes: &[Change::ReceivePayload(receive::header_counted)],
        ..BASE
    },
    Bug {
        id: "header-counted-in-first-read",
        text: "What has come since the first recv of a message is compared with the length, although it holds the {header_width} bytes of \
              the length as well, and what comes beyond the end of the message is dropped.",
        shows: "A message that arrives in several pieces may lose its last bytes; of several messages sent at once, all but the first \
              are lost.",
        why: "The length declares how many bytes the payload has, not how many the message has.",
        find: "Look at the condition of the loop around recv, and at what the buffer holds before the loop.",
        fix: "Receive exactly {header_width} bytes first, unpack them, and then exactly as many bytes as they declare.",
        changes: &[Change::ReceiveMessage(receive::header_counted_in_first_read)],
        ..BASE
    },
    Bug {
        id: "awaits-exactly-one",
        text: "recv is called until what has come is exactly one message.",
        shows: "Messages sent one at a time are right; after two that arrive together, the program waits forever.",
        why: "One recv may bring the end of a message and the start of the next. The number of bytes is then never equal to what is \
              awaited.",
        find: "Look for == or != in the condition of the loop around recv.",
        fix: "Loop until there is enough, and keep what follows a message for the next one.",
        changes: &[Change::ReceiveMessage(receive::until_exactly_one)],
        ..BASE
    },
    Bug {
        id: "last-byte-left-out",
        applies: may_exceed_buffer,
        text: "The last part of a message is left out if it is a single byte.",
        shows: "A message one byte longer than the buffer loses that byte, which is then taken for the start \
              of the next length.",
        why: "range stops before its second argument anyway, so range(buffer_size, length - 1, buffer_size) \
              is one part short if the last part starts at length - 1.",
        find: "Look for a 1 that is subtracted from the length, and for > 1 where > 0 is meant.",
        fix: "Loop while bytes are missing, and ask for as many as are.",
        changes: &[Change::ReceivePayload(receive::last_byte_left_out)],
        ..BASE
    },
    Bug {
        id: "rest-of-nothing-is-end",
        applies: is_long,
        text: "A long payload is received in parts of 65,535 bytes and a remainder, and an empty remainder \
              is taken for the end of the connection.",
        shows: "A message of exactly 65,535 bytes, or of twice as many, ends the conversation.",
        why: "divmod leaves a remainder of 0, and recv(0) returns an empty result at once, just as recv does \
              at the end of the connection.",
        find: "Look for a recv whose argument may be 0.",
        fix: "Loop while bytes are missing, and call recv only then.",
        changes: &[Change::ReceivePayload(receive::rest_of_nothing_is_end)],
        ..BASE
    },
    Bug {
        id: "reads-counted",
        text: "The number of reads that a message takes is computed from its length.",
        shows: "Messages that arrive in small pieces lose their end.",
        why: "recv may return less than it was asked for, so a message may take more reads than it fills buffers.",
        find: "Look for a division by the buffer size.",
        fix: "Loop until enough bytes have come, however many reads that takes.",
        changes: &[Change::ReceivePayload(receive::reads_counted)],
        ..BASE
    },
];
