//! A send of the harness, in its pieces.

use super::{Bytes, Contents, Piece, RungKind};
use crate::delivery::Boundary;
use crate::side::Side;

/// More pieces than this are not shown one by one.
const PIECES_MAX: usize = 5;
/// How many of the first are shown then. The last one is, too.
const PIECES_FIRST: usize = 2;

/// What is known of a send.
pub(super) struct Send {
    pub(super) from: Side,
    pub(super) contents: Contents,
    /// In bytes.
    pub(super) len: usize,
    /// What is known of where its pieces end.
    pub(super) boundary: Boundary,
}

impl Send {
    /// What is shown of it: a rung for each of its pieces, or for the first and the last and for all between them. Where its bytes
    /// are not known, there are no pieces.
    pub(super) fn rungs(&self, pieces: &[Vec<u8>]) -> Vec<RungKind> {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).filter(|piece| !piece.is_empty()).collect();
        let bytes = |bytes: &[u8]| Bytes::new(self.from, self.contents.clone(), bytes);
        let of = pieces.len();
        if of < 2 {
            let only = bytes(pieces.first().copied().unwrap_or_default());
            return vec![RungKind::Bytes(Bytes { len: self.len, ..only })];
        }
        let piece = |number: usize| {
            let boundary = (number + 1 < of).then_some(self.boundary);
            let piece = Some(Piece { number, of, boundary });
            RungKind::Bytes(Bytes { piece, ..bytes(pieces[number]) })
        };
        if of <= PIECES_MAX {
            return (0..of).map(piece).collect();
        }
        let others = || pieces[PIECES_FIRST..of - 1].iter().map(|piece| piece.len());
        let more = RungKind::MorePieces {
            from: self.from,
            count: others().count(),
            lens: (others().min().unwrap_or_default(), others().max().unwrap_or_default()),
            boundary: self.boundary,
        };
        (0..PIECES_FIRST).map(piece).chain([more, piece(of - 1)]).collect()
    }
}
