//! How fast the decoder is, beside tokio-util's and plain copying of the same bytes.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use lengthwise::Assignment;
use lengthwise::wire::{Decoder, encode_into};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

/// About how many bytes one iteration goes through.
const STREAM_LEN: usize = 4 << 20;

fn main() {
    divan::main();
}

/// Frames of one size, arriving in chunks of another.
#[derive(Debug)]
struct Traffic {
    payload_len: usize,
    chunk_len: usize,
}

impl std::fmt::Display for Traffic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} B frames, {} B chunks", self.payload_len, self.chunk_len)
    }
}

impl Traffic {
    fn frames(&self) -> usize {
        STREAM_LEN.div_ceil(self.payload_len + 4)
    }

    fn stream(&self) -> Vec<u8> {
        let payload = vec![b'x'; self.payload_len];
        let mut stream = Vec::new();
        for _ in 0..self.frames() {
            encode_into(&mut stream, &payload, &Assignment::default()).unwrap();
        }
        stream
    }
}

const TRAFFIC: [Traffic; 4] = [
    Traffic { payload_len: 8, chunk_len: 64 << 10 },
    Traffic { payload_len: 64, chunk_len: 64 << 10 },
    Traffic { payload_len: 1_500, chunk_len: 64 << 10 },
    Traffic { payload_len: 650_000, chunk_len: 1 << 10 },
];

#[divan::bench(args = TRAFFIC)]
fn decode(bencher: Bencher<'_, '_>, traffic: &Traffic) {
    let stream = traffic.stream();
    let mut decoder = Decoder::new(&Assignment::default());
    bencher.counter(ItemsCount::new(traffic.frames())).counter(BytesCount::of_slice(&stream)).bench_local(
        || {
            for mut chunk in stream.chunks(traffic.chunk_len) {
                while let Some(payload) = decoder.decode(&mut chunk).unwrap() {
                    black_box(payload);
                }
            }
        },
    );
}

/// The usual decoder of such frames in Rust, which collects the bytes in a buffer and hands out counted
/// references to it.
#[divan::bench(args = TRAFFIC)]
fn tokio_util(bencher: Bencher<'_, '_>, traffic: &Traffic) {
    let stream = traffic.stream();
    let mut codec = LengthDelimitedCodec::builder()
        .max_frame_length(Assignment::default().payload_len_max as usize)
        .new_codec();
    let mut buffer = BytesMut::new();
    bencher.counter(ItemsCount::new(traffic.frames())).counter(BytesCount::of_slice(&stream)).bench_local(
        || {
            for chunk in stream.chunks(traffic.chunk_len) {
                buffer.extend_from_slice(chunk);
                while let Some(payload) = codec.decode(&mut buffer).unwrap() {
                    black_box(payload);
                }
            }
        },
    );
}

/// What any decoder would do that collects the bytes first.
#[divan::bench(args = TRAFFIC)]
fn copy(bencher: Bencher<'_, '_>, traffic: &Traffic) {
    let stream = traffic.stream();
    let frame_len = traffic.payload_len + 4;
    let mut copied = Vec::with_capacity(frame_len + traffic.chunk_len);
    bencher.counter(ItemsCount::new(traffic.frames())).counter(BytesCount::of_slice(&stream)).bench_local(
        || {
            for chunk in stream.chunks(traffic.chunk_len) {
                if copied.len() >= frame_len {
                    copied.clear();
                }
                copied.extend_from_slice(black_box(chunk));
            }
        },
    );
}
