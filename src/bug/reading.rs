//! Where reads and messages end, done wrong.

use super::program::Program;
use super::{Bug, SERVER, receiving};

const BASE: Bug = Bug::BASE;
const RIGHT: Program = Program::RIGHT;

pub(super) const BUGS: &[Bug] = &[
    Bug {
        id: "one-read-for-header",
        text: "One recv is taken to bring the whole length.",
        shows: "As long as the length comes in one piece all is well; cut in two it cannot be unpacked, or is taken \
                for the end.",
        why: "recv(4) returns as soon as one byte is there, and 4 is only the most that it returns; what is less is \
              no end of the connection either.",
        find: "See whether the recv before unpack stands in a loop, and whether its result is compared with 4.",
        fix: "Receive until four bytes have come, asking for what is missing each time.",
        program: Program { receive: receiving::header_in_one_read, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "two-reads-for-header",
        text: "At most two recv are taken to bring the whole length.",
        shows: "A length cut in two is put together; cut in three it cannot be unpacked, or is taken for the end.",
        why: "An if looks once whether anything is missing. A second recv may bring less than was asked for, as the first \
              did.",
        find: "See whether an if stands where the rest of the length is received.",
        fix: "Make a while of it, and ask for what is missing each time.",
        program: Program { receive: receiving::header_in_two_reads, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "header-asked-again",
        text: "While the length is not whole, all of it is asked for again instead of what is missing.",
        shows: "A length cut in two takes the first bytes of the payload with it: it is too long to be unpacked.",
        why: "recv(4) in a loop brings four bytes more, if they are there, even if a single one was missing.",
        find: "Look at the number that recv is given in the loop: it must become smaller by what has come.",
        fix: "Ask for four less what has come.",
        program: Program { receive: receiving::header_asked_again, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "payload-asked-again",
        text: "While the payload is not whole, all of it is asked for again instead of what is missing.",
        shows: "As long as nothing follows the message all is well; otherwise bytes of the next one are taken for its end.",
        why: "recv(length) in a loop brings as many bytes more, if they are there, even if a single one was missing.",
        find: "Look at the number that recv is given in the loop: it must become smaller by what has come.",
        fix: "Ask for the length less what has come.",
        program: Program { receive: receiving::payload_asked_again, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "all-asked-again",
        text: "While a length or a payload is not whole, all of it is asked for again instead of what is missing.",
        shows: "What comes in one piece is right; where a read brings a part, bytes of what follows are taken for its end.",
        why: "recv(length) in a loop brings as many bytes more, if they are there, even if a single one was missing.",
        find: "Look at the number that recv is given in the loop: it must become smaller by what has come.",
        fix: "Ask for the length less what has come.",
        program: Program { receive: receiving::all_asked_again, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "one-read-for-payload",
        text: "One recv of the declared length is taken to bring the whole payload.",
        shows: "Messages in one piece are right; otherwise what came first is taken for all, and the rest for \
                the next length.",
        why: "The number given to recv is the most that it returns. It returns what is there.",
        find: "See whether the recv for the payload stands in a loop.",
        fix: "Receive until as many bytes have come as the length says.",
        program: Program { receive: receiving::payload_in_one_read, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "one-buffer-for-payload",
        text: "One recv of the buffer size is taken to bring the whole payload, and no more than that.",
        shows: "Messages longer than the buffer lose their end, and messages that arrive together are merged.",
        why: "recv knows nothing of messages: it returns at most what was asked for, of whatever has come.",
        find: "See whether the recv for the payload stands in a loop that looks at the length.",
        fix: "Receive until as many bytes have come as the length says, and never ask for more than is missing.",
        program: Program { receive: receiving::payload_in_one_buffer, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "one-read-for-message",
        text: "One recv is taken for one message, length and all.",
        shows: "Short messages that come alone are right; longer ones lose their end, and what comes with them \
                is lost.",
        why: "TCP carries bytes, not messages: one send may be several recv, and several send one recv.",
        find: "Count the calls of recv for one message: with only one, it is this.",
        fix: "Receive the length first, then as many bytes as it says, in a loop.",
        program: Program { receive: receiving::message_in_one_read, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "length-ignored",
        text: "One recv is taken for one message, and its length is never looked at.",
        shows: "Short messages that come alone are right; longer ones come in parts, each taken for a message, and \
                what comes with a message is taken for its end.",
        why: "recv(buffer_size)[4:] seems to be enough as long as each send happens to be one recv.",
        find: "See what becomes of the first four bytes: if they are only cut off, it is this.",
        fix: "Receive the length first, unpack it, and then receive as many bytes as it says, in a loop.",
        program: Program { receive: receiving::length_ignored, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "one-read-for-each-part",
        text: "One recv is taken to bring the whole length, and a second one the whole payload.",
        shows: "Short messages that come in one piece are right; longer ones lose their end, and a length that is \
                cut in two cannot be unpacked.",
        why: "recv returns what is there, and its argument is only the most that it returns.",
        find: "See whether each recv stands in a loop.",
        fix: "Receive until as many bytes have come as are wanted, first of the length and then of the payload.",
        program: Program { receive: receiving::each_part_in_one_read, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "next-message-dropped",
        text: "Bytes of the next message that a read brings along are dropped.",
        shows: "One message at a time is right; of several sent at once some are lost.",
        why: "recv(buffer_size) asks for more than the message still lacks, and gets the start of the next.",
        find: "Look at the argument of recv in the loop for the payload.",
        fix: "Ask for what is missing, or for the buffer size where that is less.",
        program: Program { receive: receiving::rest_dropped, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "next-message-merged",
        text: "Bytes of the next message that a read brings along are taken for a part of this one.",
        shows: "One message at a time is right; of several sent at once the first ends with the start of the \
                second.",
        why: "recv(buffer_size) asks for more than the message still lacks, and gets the start of the next.",
        find: "Look at the argument of recv in the loop for the payload.",
        fix: "Ask for what is missing, or for the buffer size where that is less.",
        program: Program { receive: receiving::rest_merged, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "reads-before-it-looks",
        text: "More is read before it is seen that a whole message is there already.",
        shows: "Of several messages that arrive together the last are only taken when another comes.",
        why: "recv waits until there is something, even if the buffer holds a whole message.",
        find: "See what comes first in the loop, the recv or the look at the buffer.",
        fix: "Read only while the buffer holds no whole message.",
        program: Program { receive: receiving::reads_before_it_looks, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "two-from-each-read",
        text: "At most two messages are taken out of what one read has brought.",
        shows: "Three short messages that arrive together are too many: the third waits for a fourth.",
        why: "Where there is an if for a second message there has to be a loop.",
        find: "Look for an if that asks whether something is left in the buffer.",
        fix: "Take messages out of the buffer for as long as there is a whole one.",
        program: Program { receive: receiving::two_from_each_read, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "next-as-long-as-last",
        text: "Whether a whole message is left in the buffer is judged by the length of the one before.",
        shows: "Of several messages that arrive together one that is shorter than the one before is only taken when \
                another comes.",
        why: "The condition of the loop still has the length of the message that was taken last: the next one's is \
              unpacked only inside the loop.",
        find: "See which length the condition of the loop uses, and where it is unpacked.",
        fix: "Unpack the length of the next message before you ask whether all of it is there.",
        program: Program { receive: receiving::as_long_as_the_one_before, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "buffer-never-emptied",
        // Only a client that is far ahead with its messages fills a server's buffer; replies are asked for one by one.
        sides: SERVER,
        text: "A buffer of a fixed size is filled behind what was taken out of it, and never emptied.",
        shows: "After a megabyte on one connection the server closes it, whatever it is sent.",
        why: "The place where the next bytes go only ever grows. At the end of the buffer recv is asked for nothing, \
              and what it returns then is the same as at the end of the connection.",
        find: "Look for the variable that says where the next bytes go, and see whether anything makes it smaller.",
        fix: "Drop what was taken out, or move what is left to the front.",
        program: Program { receive: receiving::buffer_never_emptied, ..RIGHT },
    },
    Bug {
        id: "last-first",
        text: "Of the messages that one read brings, the last is taken first.",
        shows: "Short messages that arrive together are taken in the reverse order.",
        why: "pop takes the last of a list unless it is told to take the first.",
        find: "Look for pop without an argument.",
        fix: "Take the messages in the order in which they came.",
        program: Program { receive: receiving::last_first, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "header-alone-is-end",
        text: "A read that brings a length and no payload is taken for the end.",
        shows: "When the payload comes a moment after its length, the connection is given up.",
        why: "One recv may return the length alone, even if both were sent at once.",
        find: "See what happens where nothing is left behind the header.",
        fix: "Ask for the payload until it is whole; only an empty result of recv means the end.",
        program: Program { receive: receiving::header_alone_is_end, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "full-read-means-more",
        text: "After a full read another is waited for, whether or not the message is whole.",
        shows: "A message that ends just where the buffer does is never answered.",
        why: "A recv that returns fewer bytes than asked for says nothing about the end of a message, and a full \
              one nothing about there being more.",
        find: "Look for a comparison of what was received with the buffer size.",
        fix: "Let the length decide when to stop.",
        program: Program { receive: receiving::full_read_means_more, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "first-read-is-full",
        text: "The first read of a message longer than the buffer is taken to be full.",
        shows: "When that read brings less, the end of the message is missing and taken for the next length.",
        why: "What is still missing was computed from the buffer size instead of from what recv returned.",
        find: "Look for a subtraction of the buffer size.",
        fix: "Subtract the number of bytes that came.",
        program: Program { receive: receiving::first_read_is_full, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "one-buffer-more",
        text: "After a payload that fills the buffer exactly, another buffer is waited for.",
        shows: "A message of exactly 1,024 bytes is never answered, nor is an empty one.",
        why: "The last, shorter part was computed with the remainder of a division, which is 0 here.",
        find: "Look for a percent sign.",
        fix: "Count what has come and stop when it is as much as the length says.",
        program: Program { receive: receiving::one_buffer_more, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "header-not-counted",
        text: "A payload shorter than the buffer is taken to come with its length in one buffer.",
        shows: "A message just shorter than the buffer loses its last bytes.",
        why: "recv(buffer_size) brings the length too, so there are four bytes less for the payload.",
        find: "Look for a comparison of the length with the buffer size.",
        fix: "Let the length decide when to stop, and not the buffer.",
        program: Program { receive: receiving::header_not_counted, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "last-byte-left-out",
        text: "A last part of a single byte is left out.",
        shows: "A message that is one byte longer than the buffer loses that byte, which is then taken for the start of \
                the next length.",
        why: "range already stops before its second number, so that range(buffer_size, length - 1, buffer_size) is one \
              part short where the last part starts at length - 1.",
        find: "Look for a 1 that is subtracted from the length, and for > 1 where > 0 is meant.",
        fix: "Loop while bytes are missing, and ask for as many as are.",
        program: Program { receive: receiving::last_byte_left_out, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "rest-of-nothing-is-end",
        text: "A long payload is received in parts of 65,535 bytes and a rest, and no rest is taken for the end.",
        shows: "A message of exactly 65,535 bytes, or twice as many, ends the conversation.",
        why: "divmod leaves a rest of 0, and recv(0) returns an empty result at once, as recv does at the end of the \
              connection.",
        find: "Look for recv with an argument that may be 0.",
        fix: "Loop while bytes are missing, and call recv only then.",
        program: Program { receive: receiving::rest_of_nothing_is_end, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "reads-counted",
        text: "How many reads a message takes is computed from its length.",
        shows: "Messages that come in small pieces lose their end.",
        why: "recv may return less than was asked for, so there may be more reads than full buffers.",
        find: "Look for a division by the buffer size.",
        fix: "Loop until enough bytes have come, however many reads that takes.",
        program: Program { receive: receiving::reads_counted, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "empty-is-end",
        text: "An empty payload is taken for the end of the connection.",
        shows: "After an empty message the connection is given up.",
        why: "An empty result of recv means the end; an empty payload is a message, for which nothing need be \
              received at all.",
        find: "Look for a test whether the payload is empty.",
        fix: "Test what recv returned, not what the message says.",
        program: Program { receive: receiving::empty_is_end, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "half-is-whole",
        text: "Where the connection ends inside a message, what has come is taken for all of it.",
        shows: "Half a message is treated as a message.",
        why: "The loop for the payload stops at an empty recv, and nobody asks whether enough has come.",
        find: "See what happens after the loop that an empty recv has ended.",
        fix: "Compare what has come with the length, and treat less as a disconnect.",
        program: Program { receive: receiving::half_is_whole, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "never-ends",
        text: "The loop that receives never ends when the other side is gone.",
        shows: "After a disconnect the program hangs and keeps a processor busy.",
        why: "recv returns an empty result at once and every time when the connection has ended, so a loop that \
              waits for four bytes runs for ever.",
        find: "See what each loop around recv does with an empty result.",
        fix: "Leave the loop at an empty result.",
        program: Program { receive: receiving::never_ends, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "never-ends-inside-header",
        text: "The loop that receives the rest of a length never ends when the other side is gone.",
        shows: "After a disconnect inside a length the program hangs and keeps a processor busy.",
        why: "An empty first recv is noticed; the recv for the rest of the length is not looked at.",
        find: "See what each loop around recv does with an empty result.",
        fix: "Leave the loop at an empty result.",
        program: Program { receive: receiving::never_ends_inside_header, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "never-ends-inside-payload",
        text: "The loop that receives a payload never ends when the other side is gone.",
        shows: "After a disconnect inside a message the program hangs and keeps a processor busy.",
        why: "recv returns an empty result at once and every time when the connection has ended, so a loop that \
              waits for the length to be reached runs for ever.",
        find: "See what each loop around recv does with an empty result.",
        fix: "Leave the loop at an empty result.",
        program: Program { receive: receiving::never_ends_in_payload, ..RIGHT },
        ..BASE
    },
    Bug {
        id: "sends-once",
        text: "One send is taken to send everything.",
        shows: "A long message loses its end when the other side does not read fast enough.",
        why: "send may take less than it is given, and returns how much. On Linux it does so for a socket with a \
              timeout or one that does not block, as soon as the other side is slow; without settimeout it goes on \
              until all is sent, and only on another system does the mistake show. sendall always goes on.",
        find: "Look for send whose result is not used.",
        fix: "Use sendall, or send the rest again until nothing is left.",
        program: Program { send: |connection, frame| connection.send(frame).map(|_| ()), ..RIGHT },
        ..BASE
    },
];
