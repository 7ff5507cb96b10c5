use std::collections::HashSet;
use std::io::{self, Cursor, Read, Write};

use super::*;
use crate::assignment::{Assignment, ByteOrder, HeaderWidth, Work};
use crate::conversation::Answer;
use crate::wire;

/// What lies ready to be read, and what was written.
struct Simulated {
    incoming: Cursor<Vec<u8>>,
    written: Vec<u8>,
}

impl Simulated {
    fn with(messages: &[&str]) -> Self {
        let frames = messages.iter().map(|message| frame(message));
        Self { incoming: Cursor::new(frames.collect::<Vec<_>>().concat()), written: Vec::new() }
    }
}

impl Read for Simulated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.incoming.read(buffer)? {
            // A program that does not notice the end would read it forever.
            0 => Err(io::ErrorKind::TimedOut.into()),
            len => Ok(len),
        }
    }
}

impl Write for Simulated {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.written.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn frame(text: &str) -> Vec<u8> {
    wire::encode(text.as_bytes(), &Assignment::default()).unwrap()
}

fn served(program: Program, messages: &[&str]) -> Vec<u8> {
    let mut stream = Simulated::with(messages);
    Server::new(program, Assignment::default()).serve(&mut stream, &|| true);
    stream.written
}

#[test]
fn there_are_at_least_forty_with_unique_ids_and_all_their_texts() {
    let mut ids = HashSet::new();
    for bug in catalogue() {
        assert!(ids.insert(bug.id), "{} stands twice in the catalogue", bug.id);
        assert!(!bug.sides.is_empty(), "{}", bug.id);
        for (heading, text) in bug.headings(&Assignment::default()) {
            assert!(text.len() > 10 && text.ends_with('.'), "{}: {heading}: {text:?}", bug.id);
        }
    }
    assert!(ids.len() >= 40, "{} bugs", ids.len());
}

/// An assignment that shares no figure with the default one.
fn other_assignment() -> Assignment {
    Assignment {
        header_width: HeaderWidth::Two,
        byte_order: ByteOrder::LittleEndian,
        work: Work::RemoveFront(3),
        buffer_size: 500,
        ..Assignment::default()
    }
}

#[test]
fn every_placeholder_of_a_text_is_known() {
    for bug in catalogue() {
        for (heading, text) in bug.headings(&Assignment::default()) {
            assert!(!text.contains(['{', '}']), "{}: {heading}: {text:?}", bug.id);
        }
    }
}

#[test]
fn no_text_has_a_figure_of_another_assignment() {
    let figures = ["4", "four", "fourth", "10", "ten", "tenth", "eleven", "1024", "1,024", "32", "!I"];
    // The figure of the default is that of a mistake with another.
    for bug in catalogue().filter(|bug| bug.id != "four-byte-length") {
        for (heading, text) in bug.headings(&other_assignment()) {
            let words = text.split(|letter: char| !letter.is_alphanumeric() && !"!,-".contains(letter));
            let words: Vec<_> = words.map(|word| word.trim_end_matches([',', '!'])).collect();
            for figure in figures {
                assert!(!words.contains(&figure), "{}: {heading}: {figure} in {text:?}", bug.id);
            }
        }
    }
}

#[test]
fn a_client_that_removes_too_removes_what_the_assignment_says() {
    let Some(bug) = find("client-removes-too") else { return };
    let assignment = other_assignment();
    let dial: Dial = Box::new(move || {
        let incoming = Cursor::new(wire::encode(b"a reply", &assignment).unwrap());
        Ok(Box::new(Simulated { incoming, written: Vec::new() }))
    });
    let mut client = Client::connect(bug.program(), assignment, dial).unwrap();
    let received = Answer::Received { payload: "eply".into(), received: true };
    assert_eq!(client.receive_message(), received);
}

#[test]
fn ids_are_not_those_of_scenarios() {
    for bug in catalogue() {
        assert!(crate::scenario::find(bug.id).is_none(), "{} names a scenario too", bug.id);
    }
}

#[test]
fn the_right_program_is_right_on_both_sides() {
    let text = "Four score and seven years ago";
    let reply = frame(" and seven years ago");
    assert_eq!(served(Program::RIGHT, &[text, "short", text]), [&reply[..], &frame(""), &reply].concat());

    let dial: Dial = Box::new(|| Ok(Box::new(Simulated::with(&["a reply"]))));
    let mut client = Client::connect(Program::RIGHT, Assignment::default(), dial).unwrap();
    assert_eq!(client.send_message(text), Answer::Done);
    let received = Answer::Received { payload: "a reply".into(), received: true };
    assert_eq!(client.receive_message(), received);
    assert_eq!(client.receive_message(), Answer::Received { payload: String::new(), received: false });
    assert_eq!(client.shut_down(), Answer::Done);
}

#[test]
fn what_a_bug_sends_is_known_without_a_socket() {
    let text = "0123456789é€";
    for (id, wanted) in [
        ("other-byte-order", &b""[..]),
        ("length-counts-characters", b"\0\0\0\x02\xC3\xA9\xE2\x82\xAC"),
        ("length-before-cut", b"\0\0\0\x0F\xC3\xA9\xE2\x82\xAC"),
        ("newline-added", b"\0\0\0\x06\xC3\xA9\xE2\x82\xAC\n"),
        ("newline-not-counted", b"\0\0\0\x05\xC3\xA9\xE2\x82\xAC\n"),
        ("removed-from-end", b"\0\0\0\x0201"),
        ("first-ten-kept", b"\0\0\0\x0A0123456789"),
        ("ascii-only", b""),
        ("chunks-decoded", b"\0\0\0\x05\xC3\xA9\xE2\x82\xAC"),
    ] {
        // Nothing is expected of a bug that is no longer in the catalogue.
        if let Some(bug) = find(id) {
            assert_eq!(served(bug.program(), &[text]), wanted, "{id}");
        }
    }
}

#[test]
fn what_only_one_length_shows_is_known_without_a_socket() {
    for (id, len) in [
        ("header-not-counted", 1023),
        ("one-buffer-more", 1024),
        ("last-byte-left-out", 1025),
        ("rest-of-nothing-is-end", 65_535),
    ] {
        let Some(bug) = find(id) else { continue };
        for (len, is_shown) in [(len - 10, false), (len, true), (len + 10, false)] {
            let message = "m".repeat(len);
            let is_right = served(bug.program(), &[&message]) == frame(&message[10..]);
            assert_eq!(is_right, !is_shown, "{id}: a message of {len} bytes");
        }
    }
}

#[test]
fn what_a_shorter_message_shows_is_known_without_a_socket() {
    let Some(program) = find("next-as-long-as-last").map(Bug::program) else { return };
    let (short, long) = ("0123456789a", "0123456789abc");
    assert_eq!(served(program, &[short, long, long]), [frame("a"), frame("abc"), frame("abc")].concat());
    assert_eq!(served(program, &[long, short]), frame("abc"));
}
