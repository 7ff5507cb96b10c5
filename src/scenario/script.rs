//! A scenario with nothing left open: its payloads drawn, its replies known.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use super::{Leaving, Payload, Raw, Scenario, Step};
use crate::assignment::Assignment;
use crate::delivery::Delivery;
use crate::wire::{self, Frame, Header};

/// How many characters the message has of which only a part is sent.
const PARTIAL_CHARS: usize = 40;

/// A payload that is not UTF-8: a byte that never occurs in it, a character that stops half-way, and text of
/// more than the characters that are removed on both sides.
const NOT_UTF8: &[u8] = b"text that goes wrong \xFF here, and \xE2\x82 there, and ends well";

/// A [`Step`] whose payloads are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// See [`Step::Connect`].
    Connect,
    /// See [`Step::TurnTo`].
    TurnTo(usize),
    /// See [`Step::Send`].
    Send(Vec<String>),
    /// See [`Step::SendRaw`]: the kind, and the bytes.
    SendRaw(Raw, Vec<u8>),
    /// See [`Step::Receive`].
    Receive,
    /// See [`Step::ReceiveUntilEnd`].
    ReceiveUntilEnd,
    /// See [`Step::ReceiveNothing`].
    ReceiveNothing,
    /// See [`Step::HalfClose`].
    HalfClose,
    /// See [`Step::ShutDownClient`].
    ShutDownClient,
    /// See [`Step::ResetClient`].
    ResetClient,
    /// See [`Step::LeaveRepliesUnread`].
    LeaveRepliesUnread,
    /// See [`Step::StopServer`].
    StopServer,
    /// See [`Step::ServerLeaves`].
    ServerLeaves(Leaving),
}

/// One scenario under one delivery, for one assignment and seed: the same on every run with that seed.
#[derive(Debug, Clone)]
pub struct Script {
    /// The scenario.
    pub scenario: &'static Scenario,
    /// The assignment that it is played for.
    pub assignment: Assignment,
    /// The delivery under which the harness sends.
    pub delivery: Delivery,
    /// The seed that the payloads and random cuts come from.
    pub seed: u64,
    /// What is done, in order.
    pub actions: Vec<Action>,
}

impl Script {
    /// Draws the payloads of `scenario`.
    #[must_use]
    pub fn new(scenario: &'static Scenario, assignment: &Assignment, delivery: Delivery, seed: u64) -> Self {
        let mut random = random(seed, scenario.id);
        let actions = scenario
            .steps
            .iter()
            .map(|step| match step {
                Step::Connect => Action::Connect,
                Step::TurnTo(client) => Action::TurnTo(*client),
                Step::Send(payloads) => Action::Send(
                    payloads.iter().map(|payload| text(payload, assignment, &mut random)).collect(),
                ),
                Step::SendRaw(raw) => Action::SendRaw(*raw, bytes(*raw, assignment, &mut random)),
                Step::Receive => Action::Receive,
                Step::ReceiveUntilEnd => Action::ReceiveUntilEnd,
                Step::ReceiveNothing => Action::ReceiveNothing,
                Step::HalfClose => Action::HalfClose,
                Step::ShutDownClient => Action::ShutDownClient,
                Step::ResetClient => Action::ResetClient,
                Step::LeaveRepliesUnread => Action::LeaveRepliesUnread,
                Step::StopServer => Action::StopServer,
                Step::ServerLeaves(leaving) => Action::ServerLeaves(*leaving),
            })
            .collect();
        Self { scenario, assignment: *assignment, delivery, seed, actions }
    }

    /// The reply that the assignment wants for `message`.
    ///
    /// Written without a look at the reference server, so that a mistake there cannot hide itself.
    #[must_use]
    pub fn reply_to<'a>(&self, message: &'a str) -> &'a str {
        match message.char_indices().nth(self.assignment.removed_chars) {
            Some((start, _)) => &message[start..],
            None => "",
        }
    }

    /// The frame that carries `payload`.
    ///
    /// # Panics
    ///
    /// Where the payload is longer than the header can say: a script for which [`Script::too_long`] gives a
    /// length must not be played.
    #[must_use]
    pub fn frame<'a>(&self, payload: &'a str) -> Frame<'a> {
        Frame::new(payload.as_bytes(), &self.assignment).expect("scripts that are too long are not played")
    }

    /// The frames of several payloads, one after the other, and where they are cut when they are sent as the
    /// action at `index`.
    #[must_use]
    pub fn cut_frames(&self, payloads: &[impl AsRef<str>], index: usize) -> (Vec<u8>, Vec<usize>) {
        let frames: Vec<_> = payloads.iter().map(|payload| self.frame(payload.as_ref())).collect();
        let lens: Vec<_> = frames.iter().map(Frame::len).collect();
        let bytes = Frame::concat(&frames);
        let mut random = random(self.seed, &format!("{index} {}", self.scenario.id));
        let cuts = self.delivery.cuts(&bytes, &lens, &self.assignment, &mut random);
        (bytes, cuts)
    }

    /// How many bytes of messages are sent.
    #[must_use]
    pub fn sent_len(&self) -> usize {
        let messages = self.actions.iter().map(|action| match action {
            Action::Send(messages) => messages.iter().map(String::len).sum(),
            _ => 0,
        });
        messages.sum()
    }

    /// The length of the longest message, in bytes, if a header of the assignment's width cannot say it.
    #[must_use]
    pub fn too_long(&self) -> Option<usize> {
        let messages = self.actions.iter().flat_map(|action| match action {
            Action::Send(messages) => messages.as_slice(),
            _ => &[],
        });
        let longest = messages.map(String::len).max()?;
        (longest as u64 > self.assignment.header_width.payload_len_max()).then_some(longest)
    }
}

/// The message that `payload` stands for.
fn text(payload: &Payload, assignment: &Assignment, random: &mut ChaCha8Rng) -> String {
    match payload {
        Payload::Drawn(size) => drawn(size.chars(assignment), random),
        Payload::Starting(start, size) => format!("{start}{}", drawn(size.chars(assignment), random)),
        Payload::Filled(start, unit, size) => {
            start.chars().chain(unit.chars().cycle()).take(size.chars(assignment)).collect()
        }
    }
}

fn drawn(chars: usize, random: &mut ChaCha8Rng) -> String {
    let mut bytes = vec![0; chars];
    random.fill_bytes(&mut bytes);
    for byte in &mut bytes {
        *byte = letter(*byte);
    }
    String::from_utf8(bytes).expect("letters are ASCII")
}

/// What a drawn payload is made of: one of 64 characters of which none needs escaping, in any language.
///
/// Worked out instead of looked up: many at a time, that takes a quarter of the time.
const fn letter(random: u8) -> u8 {
    match random % 64 {
        number @ 0..26 => b'A' + number,
        number @ 26..52 => b'a' + (number - 26),
        number @ 52..62 => b'0' + (number - 52),
        62 => b'+',
        _ => b'-',
    }
}

/// The bytes that `raw` stands for.
fn bytes(raw: Raw, assignment: &Assignment, random: &mut ChaCha8Rng) -> Vec<u8> {
    let frame = |payload: &[u8]| wire::encode(payload, assignment).expect("the payload is short");
    let header_len = assignment.header_width.bytes();
    match raw {
        Raw::HeaderPart(len) => {
            frame(drawn(PARTIAL_CHARS, random).as_bytes())[..len.min(header_len)].to_vec()
        }
        Raw::PayloadPart => {
            frame(drawn(PARTIAL_CHARS, random).as_bytes())[..header_len + PARTIAL_CHARS / 2].to_vec()
        }
        Raw::LongestClaim => {
            let longest = assignment.header_width.payload_len_max();
            let header = Header::new(longest, assignment).expect("the length is the longest there is");
            [header.as_bytes(), drawn(8, random).as_bytes()].concat()
        }
        Raw::NotUtf8 => frame(NOT_UTF8),
    }
}

/// A generator that depends on nothing but the seed and what it is for.
fn random(seed: u64, purpose: &str) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    for (index, byte) in purpose.bytes().enumerate() {
        key[8 + index % 24] ^= byte;
    }
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(id: &str, seed: u64) -> Script {
        Script::new(crate::scenario::find(id).unwrap(), &Assignment::default(), Delivery::Whole, seed)
    }

    fn messages(id: &str, seed: u64) -> Vec<String> {
        let actions = script(id, seed).actions.into_iter();
        actions
            .flat_map(|action| match action {
                Action::Send(messages) => messages,
                _ => Vec::new(),
            })
            .collect()
    }

    #[test]
    fn a_seed_gives_the_same_payloads_again_and_another_seed_gives_others() {
        assert_eq!(messages("series", 7), messages("series", 7));
        assert_ne!(messages("series", 7), messages("series", 8));
        assert_ne!(messages("series", 7), messages("parallel", 7));
    }

    #[test]
    fn every_letter_is_drawn_equally_often() {
        let letters: String = (0..=u8::MAX).map(|byte| char::from(letter(byte))).collect();
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
        assert_eq!(letters, alphabet.repeat(4));
    }

    #[test]
    fn messages_of_one_scenario_differ_from_each_other() {
        let drawn = messages("parallel", 7);
        assert_eq!(drawn.len(), 3);
        assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]);
    }

    #[test]
    fn a_reply_is_what_a_slice_of_characters_leaves() {
        let script = script("short", 7);
        assert_eq!(script.reply_to("Four score and seven years ago"), " and seven years ago");
        assert_eq!(script.reply_to("ééééééééééü"), "ü");
        assert_eq!(script.reply_to("short"), "");
    }

    #[test]
    fn filled_payloads_have_their_length_in_characters() {
        let mut random = random(7, "a test");
        let payload = Payload::Filled("a", "é€", super::super::Size::Chars(5));
        assert_eq!(text(&payload, &Assignment::default(), &mut random), "aé€é€");
    }

    #[test]
    fn raw_bytes_are_what_they_say() {
        let assignment = Assignment::default();
        let mut random = random(7, "a test");
        let mut made = |raw| bytes(raw, &assignment, &mut random);
        assert_eq!(made(Raw::HeaderPart(2)), [0, 0]);
        assert_eq!(made(Raw::PayloadPart).len(), 4 + 20);
        assert!(made(Raw::LongestClaim).starts_with(&[0xFF; 4]));
        assert!(std::str::from_utf8(&made(Raw::NotUtf8)).is_err());
    }
}
