//! What holds of the wire format for any messages, any header, and any way of cutting a stream.

use std::io::{self, Read};

use lengthwise::wire::{DecodeError, Decoder, FrameReader, ReadError, encode, encode_into};
use lengthwise::{Assignment, ByteOrder, HeaderWidth};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

fn assignments() -> impl Strategy<Value = Assignment> {
    // A payload may be longer than a single byte can declare.
    let widths = prop::sample::select(&HeaderWidth::ALL[1..]);
    let orders = prop_oneof![Just(ByteOrder::BigEndian), Just(ByteOrder::LittleEndian)];
    (widths, orders, 1..64usize).prop_map(|(header_width, byte_order, buffer_size)| Assignment {
        header_width,
        byte_order,
        buffer_size,
        ..Assignment::default()
    })
}

fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 0..80), 0..8)
}

fn stream_of(payloads: &[Vec<u8>], assignment: &Assignment) -> Vec<u8> {
    let mut stream = Vec::new();
    for payload in payloads {
        encode_into(&mut stream, payload, assignment).unwrap();
    }
    stream
}

/// `stream`, cut wherever `cuts` say.
fn pieces<'s>(stream: &'s [u8], cuts: &[Index]) -> Vec<&'s [u8]> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    ends.push(stream.len());
    ends.sort_unstable();
    let mut start = 0;
    ends.into_iter().map(|end| &stream[std::mem::replace(&mut start, end)..end]).collect()
}

/// The frames of a stream that arrives as `pieces`, and how it ended.
fn decode(pieces: &[&[u8]], assignment: &Assignment) -> (Vec<Vec<u8>>, Result<(), DecodeError>) {
    let mut decoder = Decoder::new(assignment);
    let mut frames = Vec::new();
    for mut piece in pieces.iter().copied() {
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(payload)) => frames.push(payload.to_vec()),
                Ok(None) => break,
                Err(error) => return (frames, Err(error)),
            }
        }
    }
    (frames, decoder.finish())
}

/// Gives one piece a read at most, and an interruption before each.
struct Stuttering<'s> {
    pieces: Vec<&'s [u8]>,
    interrupted: bool,
}

impl Read for Stuttering<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        // An empty piece would be the end.
        while self.pieces.first().is_some_and(|piece| piece.is_empty()) {
            self.pieces.remove(0);
        }
        self.pieces.first_mut().map_or(Ok(0), |piece| piece.read(buffer))
    }
}

fn read(reader: impl Read, assignment: &Assignment) -> (Vec<Vec<u8>>, Result<(), DecodeError>) {
    let mut reader = FrameReader::new(reader, assignment);
    let mut frames = Vec::new();
    loop {
        match reader.next_frame() {
            Ok(Some(payload)) => frames.push(payload.to_vec()),
            Ok(None) => return (frames, Ok(())),
            Err(ReadError::Decode(error)) => return (frames, Err(error)),
            Err(ReadError::Io(error)) => panic!("{error}"),
        }
    }
}

/// How a stream ends of which only the first `len` bytes come, and how many frames precede that.
fn truncated(payloads: &[Vec<u8>], width: usize, len: usize) -> (usize, Result<(), DecodeError>) {
    let mut left = len;
    for (index, payload) in payloads.iter().enumerate() {
        let error = match left {
            0 => return (index, Ok(())),
            got if got < width => DecodeError::EndedInHeader { got, wanted: width },
            got if got < width + payload.len() => {
                DecodeError::EndedInPayload { got: got - width, wanted: payload.len() }
            }
            whole => {
                left = whole - width - payload.len();
                continue;
            }
        };
        return (index, Err(error));
    }
    (payloads.len(), Ok(()))
}

proptest! {
    #[test]
    fn a_payload_survives_the_round_trip(payload in vec(any::<u8>(), 0..2000), assignment in assignments()) {
        let frame = encode(&payload, &assignment).unwrap();
        prop_assert_eq!(decode(&[&frame], &assignment), (vec![payload], Ok(())));
    }

    #[test]
    fn every_split_gives_the_same_frames(
        payloads in payloads(),
        cuts in vec(any::<Index>(), 0..40),
        assignment in assignments(),
    ) {
        let stream = stream_of(&payloads, &assignment);
        prop_assert_eq!(decode(&pieces(&stream, &cuts), &assignment), (payloads, Ok(())));
    }

    #[test]
    fn a_truncated_stream_gives_the_frames_before_and_says_how_it_ended(
        payloads in payloads(),
        end in any::<Index>(),
        cuts in vec(any::<Index>(), 0..10),
        assignment in assignments(),
    ) {
        let mut stream = stream_of(&payloads, &assignment);
        stream.truncate(end.index(stream.len() + 1));
        let (whole, result) = truncated(&payloads, assignment.header_width.bytes(), stream.len());
        prop_assert_eq!(decode(&pieces(&stream, &cuts), &assignment), (payloads[..whole].to_vec(), result));
    }

    #[test]
    fn a_reader_gives_what_the_decoder_gives(
        stream in vec(prop_oneof![3 => Just(0), 2 => 0..9u8, 1 => any::<u8>()], 0..200),
        cuts in vec(any::<Index>(), 0..20),
        assignment in assignments(),
    ) {
        let pieces = pieces(&stream, &cuts);
        let expected = decode(&pieces, &assignment);
        prop_assert_eq!(read(Stuttering { pieces, interrupted: false }, &assignment), expected);
    }

    #[test]
    fn a_claim_takes_no_memory(came in vec(any::<u8>(), 0..1000), times in 0..200usize) {
        let assignment = Assignment { payload_len_max: u64::from(u32::MAX), ..Assignment::default() };
        let mut decoder = Decoder::new(&assignment);
        prop_assert_eq!(decoder.decode(&mut &[0xff; 4][..]), Ok(None));
        for _ in 0..times {
            prop_assert_eq!(decoder.decode(&mut &came[..]), Ok(None));
        }
        prop_assert!(decoder.capacity() < 1 << 20, "{} bytes", decoder.capacity());
        let error = DecodeError::EndedInPayload { got: came.len() * times, wanted: u32::MAX as usize };
        prop_assert_eq!(decoder.finish(), Err(error));
    }

    #[test]
    fn an_error_is_final(
        excess in 1..1000u64,
        later in vec(vec(any::<u8>(), 0..20), 0..5),
        header_first in 0..4usize,
    ) {
        let assignment = Assignment { payload_len_max: 100, ..Assignment::default() };
        let header = u32::to_be_bytes(100 + excess as u32);
        let mut decoder = Decoder::new(&assignment);
        prop_assert_eq!(decoder.decode(&mut &header[..header_first]), Ok(None));
        let error = DecodeError::TooLong { declared: 100 + excess, max: 100 };
        prop_assert_eq!(decoder.decode(&mut &header[header_first..]), Err(error));
        for piece in &later {
            prop_assert_eq!(decoder.decode(&mut &piece[..]), Err(error));
        }
        prop_assert_eq!(decoder.finish(), Err(error));
    }
}
