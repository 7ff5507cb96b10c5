//! Where the bytes of a send are cut, as data, and what is known afterwards of each cut.
//!
//! This module owns the choice of offsets, which is the same on every run. It must not send anything: making a cut true on a
//! connection is the work of `pace`.

use std::borrow::Cow;

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::assignment::Assignment;

/// How the bytes of one send travel: at which offsets they are cut into pieces.
///
/// Each piece is one write, and under exact pacing each ends a read of the other side.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Everything in one write.
    Whole,
    /// Each byte separately.
    EveryByte,
    /// Cut at these offsets, counted from the first byte of the send.
    CutAt(Cow<'static, [usize]>),
    /// Cut inside every header, after this many of its bytes.
    InHeader(usize),
    /// Cut after every header, so that no read brings a length together with its payload.
    AfterHeader,
    /// Cut inside every character that takes more than one byte, after the first of its bytes.
    InCharacter,
    /// Cut every buffer size plus this many bytes.
    AtBuffer(isize),
    /// The first frame and half of the second, then the rest.
    FrameAndAHalf,
    /// Cut at offsets drawn from the run's seed: inside every header and every payload at least once, and never between the
    /// first two frames.
    Random,
}

/// What is known of the boundary between two pieces that were sent separately. Of several, the [weakest](Self::weakest) is
/// told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Boundary {
    /// The peer had read all of the piece, and nothing after it was sent yet.
    ///
    /// So a read call ended there, unless the program had asked the kernel to wait for more within the call
    /// (`MSG_WAITALL`): no delivery can end such a call.
    #[serde(rename = "observed")]
    Confirmed,
    /// The next piece was sent after a while, but the two may have been read together.
    #[serde(rename = "requested")]
    Unconfirmed,
}

impl Boundary {
    /// The one that promises the least: a single unconfirmed boundary makes the whole of them unconfirmed. `None` if there is
    /// none.
    #[must_use]
    pub fn weakest(boundaries: impl IntoIterator<Item = Self>) -> Option<Self> {
        boundaries.into_iter().reduce(|one, other| match (one, other) {
            (Self::Confirmed, Self::Confirmed) => Self::Confirmed,
            (Self::Unconfirmed, _) | (_, Self::Unconfirmed) => Self::Unconfirmed,
        })
    }
}

impl Delivery {
    /// Cut at these offsets, for the tables of scenarios.
    #[must_use]
    pub const fn cut_at(offsets: &'static [usize]) -> Self {
        Self::CutAt(Cow::Borrowed(offsets))
    }

    /// The offsets, ascending and inside `bytes`, at which a send is cut.
    ///
    /// `frames` are the lengths of its frames, in bytes, headers included; they add up to the length of `bytes`.
    #[must_use]
    pub fn cuts(
        &self,
        bytes: &[u8],
        frames: &[usize],
        assignment: &Assignment,
        random: &mut ChaCha8Rng,
    ) -> Vec<usize> {
        let header_len = assignment.header_width.bytes();
        let mut cuts: Vec<usize> = match self {
            Self::Whole => Vec::new(),
            Self::EveryByte => (1..bytes.len()).collect(),
            Self::CutAt(offsets) => offsets.to_vec(),
            Self::InHeader(after) => {
                frame_starts(frames).map(|start| start + (*after).min(header_len)).collect()
            }
            Self::AfterHeader => frame_starts(frames).map(|start| start + header_len).collect(),
            Self::InCharacter => (1..bytes.len())
                .filter(|&offset| is_continuation(bytes[offset]) && !is_continuation(bytes[offset - 1]))
                .collect(),
            Self::AtBuffer(more) => {
                let step = assignment.buffer_size.saturating_add_signed(*more).max(1);
                (step..bytes.len()).step_by(step).collect()
            }
            Self::FrameAndAHalf => match frames {
                [first, second, ..] => vec![first + second / 2],
                [only] => vec![only / 2],
                [] => Vec::new(),
            },
            Self::Random => random_cuts(bytes.len(), frames, header_len, random),
        };
        cuts.retain(|&cut| 0 < cut && cut < bytes.len());
        cuts.dedup();
        cuts
    }
}

/// The offset of each frame's first byte.
fn frame_starts(frames: &[usize]) -> impl Iterator<Item = usize> {
    frames.iter().scan(0, |next, len| {
        let start = *next;
        *next += len;
        Some(start)
    })
}

/// Arbitrary cuts. Another seed makes others, but of the same kinds: which programs they are too much for must not depend on it.
fn random_cuts(len: usize, frames: &[usize], header_len: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut cuts: Vec<usize> = (1..len).filter(|_| random.random_bool(0.2)).take(64).collect();
    for (start, frame_len) in frame_starts(frames).zip(frames) {
        let payload = start + header_len;
        let inside = [start + 1..payload, payload + 1..start + frame_len];
        cuts.extend(
            inside.into_iter().filter(|range| !range.is_empty()).map(|range| random.random_range(range)),
        );
    }
    if let [first, _, ..] = frames {
        cuts.retain(|cut| cut != first);
    }
    cuts.sort_unstable();
    cuts
}

/// Whether a byte continues a character in UTF-8.
const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// The pieces between `cuts`, in order. Together they are `bytes`.
pub fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::with_capacity(cuts.len() + 1);
    let mut start = 0;
    for &cut in cuts {
        pieces.push(&bytes[start..cut]);
        start = cut;
    }
    pieces.push(&bytes[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::*;

    fn cuts(delivery: Delivery, bytes: &[u8], frames: &[usize]) -> Vec<usize> {
        let assignment = Assignment { buffer_size: 8, ..Assignment::default() };
        delivery.cuts(bytes, frames, &assignment, &mut ChaCha8Rng::seed_from_u64(7))
    }

    #[test]
    fn every_delivery_cuts_where_it_says() {
        let bytes = "\0\0\0\u{3}aé\0\0\0\u{4}wxyz".as_bytes();
        let frames = [7, 8];
        assert!(cuts(Delivery::Whole, bytes, &frames).is_empty());
        assert_eq!(cuts(Delivery::EveryByte, bytes, &frames), (1..15).collect::<Vec<_>>());
        assert_eq!(cuts(Delivery::cut_at(&[0, 2, 9, 99]), bytes, &frames), [2, 9]);
        assert_eq!(cuts(Delivery::InHeader(1), bytes, &frames), [1, 8]);
        assert_eq!(cuts(Delivery::AfterHeader, bytes, &frames), [4, 11]);
        assert_eq!(cuts(Delivery::InCharacter, bytes, &frames), [6]);
        assert_eq!(cuts(Delivery::AtBuffer(-1), bytes, &frames), [7, 14]);
        assert_eq!(cuts(Delivery::AtBuffer(1), bytes, &frames), [9]);
        assert_eq!(cuts(Delivery::FrameAndAHalf, bytes, &frames), [11]);
    }

    #[test]
    fn one_boundary_that_was_only_requested_makes_all_of_them_so() {
        use Boundary::{Confirmed, Unconfirmed};
        assert_eq!(Boundary::weakest([]), None);
        assert_eq!(Boundary::weakest([Confirmed, Confirmed]), Some(Confirmed));
        assert_eq!(Boundary::weakest([Confirmed, Unconfirmed, Confirmed]), Some(Unconfirmed));
        assert_eq!(Boundary::weakest([Unconfirmed, Confirmed]), Some(Unconfirmed));
    }

    #[test]
    fn random_cuts_are_of_every_kind_with_every_seed() {
        let (bytes, frames) = ([b'x'; 30], [10, 12, 8]);
        for seed in 0..200 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let cuts = Delivery::Random.cuts(&bytes, &frames, &Assignment::default(), &mut random);
            for inside in [1..4, 5..10, 11..14, 15..22, 23..26, 27..30] {
                assert!(cuts.iter().any(|cut| inside.contains(cut)), "seed {seed}: {cuts:?}");
            }
            assert!(!cuts.contains(&10), "seed {seed}: {cuts:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_put_together_are_the_bytes(bytes: Vec<u8>, seed: u64) {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let frames = [bytes.len()];
            let cuts = Delivery::Random.cuts(&bytes, &frames, &Assignment::default(), &mut random);
            let pieces = pieces(&bytes, &cuts);
            prop_assert_eq!(pieces.concat(), bytes.clone());
            prop_assert!(bytes.is_empty() || pieces.iter().all(|piece| !piece.is_empty()));
        }
    }
}
