//! What is drawn: clients, what each of them sends, how that is cut, and how it leaves.

use proptest::collection::vec;
use proptest::prelude::{Just, any};
use proptest::prop_oneof;
use proptest::sample::{Index, select};
use proptest::strategy::{BoxedStrategy, Strategy, Union};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::text::{TextPlan, len_max, short_texts, texts};
use super::{CloseMode, Malformed};
use crate::assignment::{Assignment, HeaderWidth};
use crate::delivery::Delivery;
use crate::side::Side;
use crate::wire::{self, Header};

/// Every cut takes a turn of both sides.
const CUTS_MAX: usize = 40;
/// More bytes than this are not cut one by one.
const BYTE_BY_BYTE_MAX: usize = 120;
/// So many messages in one write pass a counter of a byte.
const BURST_MAX: usize = 300;
/// A client is told of each message by itself.
const CLIENT_BURST_MAX: usize = 24;

/// What is drawn of a case.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) order: Order,
    /// Whether the first message is longer than all buffers on its way, and what comes back is not read until nothing moves.
    pub(super) is_slow: bool,
    pub(super) visits: Vec<Visit>,
}

/// How clients follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    InTurn,
    /// The first two are connected at the same time.
    AtOnce,
}

/// What one client does.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) rounds: Vec<Round>,
    pub(super) leaving: Leaving,
}

impl Visit {
    /// A client that sends a message and has its reply.
    pub(super) fn plain() -> Self {
        Self { rounds: vec![Round::plain(vec![TextPlan::plain()])], leaving: Leaving::ShutDown }
    }

    /// A client that sends more than all buffers on the way hold.
    pub(super) fn slow(assignment: &Assignment) -> Self {
        Self { rounds: vec![Round::plain(vec![TextPlan::longest(assignment)])], leaving: Leaving::ShutDown }
    }

    /// A text that fits into every buffer between two programs: its first, or a plain one.
    pub(super) fn short_text(&self) -> TextPlan {
        let first = self.rounds.first().and_then(|round| round.texts.first());
        first.filter(|text| text.is_short()).cloned().unwrap_or_else(TextPlan::plain)
    }
}

/// Messages that are sent at once, and their replies.
#[derive(Debug, Clone)]
pub(super) struct Round {
    pub(super) texts: Vec<TextPlan>,
    pub(super) cuts: Cuts,
    pub(super) pauses: bool,
    /// Whether the replies are received only with those of the next round.
    pub(super) is_received_later: bool,
}

impl Round {
    pub(super) fn plain(texts: Vec<TextPlan>) -> Self {
        Self { texts, cuts: Cuts::By(Delivery::Whole), pauses: false, is_received_later: false }
    }
}

/// How a client leaves, or a server.
#[derive(Debug, Clone)]
pub(super) enum Leaving {
    ShutDown,
    /// The end of what the client sends follows the last message at once, if its replies are still due.
    HalfClose,
    Reset,
    /// With messages sent and their replies unread.
    Unread(Vec<TextPlan>),
    /// Together with messages.
    AtOnce(Vec<TextPlan>),
    /// After something that is no message, and perhaps with a reset.
    Broken(Break, bool),
    /// The server is gone, which the client is asked about so often.
    ServerCloses(CloseMode, usize),
    /// The server is gone, or only the client was shut down, and it is told to send these messages.
    InVain(Option<CloseMode>, Vec<TextPlan>),
}

impl Leaving {
    /// Whether a server has to show that it has survived it.
    pub(super) const fn is_rude(&self) -> bool {
        !matches!(self, Self::ShutDown | Self::HalfClose)
    }
}

/// Bytes that are no whole message.
#[derive(Debug, Clone)]
pub(super) enum Break {
    /// Bytes of a header, but not all of them.
    Header(Vec<u8>),
    /// A header that declares so much, and part of that.
    Payload(TextPlan, Index),
    /// A header that declares more than is ever accepted, and these bytes.
    Claim(Vec<u8>),
    /// A payload that is no text, after these bytes.
    NoText(Vec<u8>),
}

impl Break {
    /// The bytes, and what they are called.
    pub(super) fn malformed(&self, assignment: &Assignment) -> (Malformed, Vec<u8>) {
        const NO_TEXT: &[u8] = b"\xFF\xE2\x82";
        let len_max = usize::try_from(len_max(assignment)).unwrap_or(usize::MAX);
        match self {
            Self::Header(bytes) => {
                let len = bytes.len().min(assignment.header_width.bytes() - 1);
                (Malformed::TruncatedHeader(len), bytes[..len].to_vec())
            }
            Self::Payload(text, index) => {
                let mut payload = assignment.charset.encode(text.write(assignment)).into_owned();
                // Something has to be left out.
                payload.push(b'x');
                payload.truncate(len_max);
                let header = Header::new(payload.len() as u64, assignment).expect("it is short enough");
                let part = &payload[..index.index(payload.len())];
                (Malformed::TruncatedPayload, [header.as_bytes(), part].concat())
            }
            Self::Claim(after) => {
                let longest = assignment.payload_len_declarable();
                let header = Header::new(longest, assignment).expect("it is the longest there is");
                (Malformed::OversizedLength, [header.as_bytes(), after.as_slice()].concat())
            }
            Self::NoText(before) => {
                let before = &before[..before.len().min(len_max.saturating_sub(NO_TEXT.len()))];
                let frame = wire::encode(&[before, NO_TEXT].concat(), assignment);
                (Malformed::InvalidUtf8, frame.unwrap_or_default())
            }
        }
    }
}

/// Where what is sent at once is cut.
#[derive(Debug, Clone)]
pub(super) enum Cuts {
    By(Delivery),
    /// In these places.
    At(Vec<Index>),
    /// At these offsets from the start: a length is there.
    Near(Vec<usize>),
}

impl Cuts {
    pub(super) fn offsets(&self, bytes: &[u8], frames: &[usize], assignment: &Assignment) -> Vec<usize> {
        let len = bytes.len();
        let mut offsets = match self {
            Self::By(Delivery::EveryByte) if len > BYTE_BY_BYTE_MAX => Vec::new(),
            Self::By(Delivery::Whole) => Vec::new(),
            Self::By(delivery) => {
                // Nothing is drawn by the deliveries that are used here.
                delivery.cuts(bytes, frames, assignment, &mut ChaCha8Rng::seed_from_u64(0))
            }
            Self::At(places) if len > 1 => places.iter().map(|place| 1 + place.index(len - 1)).collect(),
            Self::At(_) => Vec::new(),
            Self::Near(offsets) => {
                offsets.iter().copied().filter(|offset| (1..len).contains(offset)).collect()
            }
        };
        offsets.sort_unstable();
        offsets.dedup();
        if !matches!(self, Self::By(Delivery::EveryByte)) {
            offsets.truncate(CUTS_MAX);
        }
        offsets
    }
}

/// Plans of cases for `side` under test.
pub(super) fn plans(assignment: &Assignment, side: Side) -> BoxedStrategy<Plan> {
    let visits = vec(visits(assignment, side), 1..=3);
    match side {
        Side::Server => {
            let order = prop_oneof![9 => Just(Order::InTurn), 1 => Just(Order::AtOnce)];
            (order, rarely(100), visits)
                .prop_map(|(order, is_slow, visits)| Plan { order, is_slow, visits })
                .boxed()
        }
        Side::Client => (rarely(100), visits)
            .prop_map(|(is_slow, visits)| Plan { order: Order::InTurn, is_slow, visits })
            .boxed(),
    }
}

/// Once in about so many times.
fn rarely(times: u32) -> BoxedStrategy<bool> {
    prop_oneof![times => Just(false), 1 => Just(true)].boxed()
}

fn visits(assignment: &Assignment, side: Side) -> BoxedStrategy<Visit> {
    let leaving = match side {
        Side::Server => leaving_client(assignment),
        Side::Client => leaving_server(assignment),
    };
    (prop_oneof![1 => Just(Vec::new()), 14 => vec(rounds(assignment, side), 1..=3)], leaving)
        .prop_map(|(rounds, leaving)| Visit { rounds, leaving })
        .boxed()
}

fn rounds(assignment: &Assignment, side: Side) -> BoxedStrategy<Round> {
    let burst_max = if side == Side::Server { BURST_MAX } else { CLIENT_BURST_MAX };
    let several = prop_oneof![
        22 => vec(texts(assignment), 1..=1),
        16 => vec(texts(assignment), 2..=4),
        // Many short ones in one write.
        1 => (vec(short_texts(), 1..=4), 10..=burst_max)
            .prop_map(|(texts, count)| texts.iter().cycle().take(count).cloned().collect()),
    ];
    (several, cuts(), rarely(if side == Side::Server { 400 } else { 80 }), rarely(4))
        .prop_map(|(texts, cuts, pauses, is_received_later)| Round { texts, cuts, pauses, is_received_later })
        .boxed()
}

fn cuts() -> BoxedStrategy<Cuts> {
    let deliveries = vec![
        Delivery::EveryByte,
        Delivery::InHeader(1),
        Delivery::InHeader(2),
        Delivery::InHeader(3),
        Delivery::AfterHeader,
        Delivery::InCharacter,
        Delivery::AtBuffer(-1),
        Delivery::AtBuffer(0),
        Delivery::AtBuffer(1),
        Delivery::FrameAndAHalf,
    ];
    prop_oneof![
        4 => Just(Cuts::By(Delivery::Whole)),
        3 => select(deliveries).prop_map(Cuts::By),
        2 => vec(any::<Index>(), 1..=4).prop_map(Cuts::At),
        1 => vec(1_usize..=24, 1..=3).prop_map(Cuts::Near),
    ]
    .boxed()
}

fn leaving_client(assignment: &Assignment) -> BoxedStrategy<Leaving> {
    let several = || vec(texts(assignment), 1..=3);
    prop_oneof![
        8 => Just(Leaving::ShutDown),
        2 => Just(Leaving::HalfClose),
        1 => Just(Leaving::Reset),
        1 => several().prop_map(Leaving::Unread),
        1 => several().prop_map(Leaving::AtOnce),
        2 => (breaks(assignment), any::<bool>()).prop_map(|(one, resets)| Leaving::Broken(one, resets)),
    ]
    .boxed()
}

fn breaks(assignment: &Assignment) -> BoxedStrategy<Break> {
    let payload = (texts(assignment), any::<Index>()).prop_map(|(text, index)| Break::Payload(text, index));
    let mut kinds = vec![payload.boxed()];
    if assignment.header_width > HeaderWidth::One {
        let len_max = assignment.header_width.bytes() - 1;
        kinds.push(vec(any::<u8>(), 1..=len_max).prop_map(Break::Header).boxed());
    }
    if assignment.payload_len_declarable() > assignment.payload_len_max {
        kinds.push(vec(any::<u8>(), 0..=8).prop_map(Break::Claim).boxed());
    }
    if assignment.charset.has_invalid_bytes() {
        kinds.push(vec(any::<u8>(), 0..=40).prop_map(Break::NoText).boxed());
    }
    Union::new(kinds).boxed()
}

fn leaving_server(assignment: &Assignment) -> BoxedStrategy<Leaving> {
    let mut modes = vec![CloseMode::Clean, CloseMode::Reset, CloseMode::AfterPartialPayload];
    modes.extend((assignment.header_width > HeaderWidth::One).then_some(CloseMode::AfterPartialHeader));
    let before_vain = select(vec![None, Some(CloseMode::Clean), Some(CloseMode::Reset)]);
    prop_oneof![
        6 => Just(Leaving::ShutDown),
        2 => (select(modes), 1_usize..=2).prop_map(|(mode, times)| Leaving::ServerCloses(mode, times)),
        1 => (before_vain, vec(short_texts(), 1..=3)).prop_map(|(mode, texts)| Leaving::InVain(mode, texts)),
    ]
    .boxed()
}
